"""What was approved is handed over by scan: any unit that fits, nothing that is promised to others, and never more than was scanned."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from domain.asset import Asset, CustodyKind
from domain.availability import free
from domain.body import BodyAbolished, DutyPersonNamed, Relation, RelationSet
from domain.life.keeping import CaseOpened, ConditionSeen
from domain.life.lending import Dispatched, Lent
from domain.life.pooling import Listed, ReservationReleased, Reserved
from domain.life.transferring import HeldForTransfer
from domain.numbering import paper_number
from domain.papers.loan import Loan, LoanLine, LoanOpened
from domain.papers.outside_decision import DecisionExpired, DecisionRecorded, DecisionVerified, Matter
from domain.papers.pool_check import Need, PurchaseAvoided, Verdict
from domain.papers.request import (
    Request,
    RequestEnded,
    RequestHandedOver,
    RequestNotThere,
    RequestState,
    RequestUnitExchanged,
    RequestUnitPicked,
    RequestUnitPutBack,
)
from domain.papers.signing import CodeForSomethingElse, SignedWithCode
from domain.papers.slip import SlipIssued, SlipKind
from domain.papers.transfer import Side, Transfer, TransferApproved, TransferConsented, TransferProposed
from domain.policies import ConditionNotUsable, InspectionDue, OnLoan
from domain.refusals import InvalidValue, NotYours, SamePerson, Unknown
from domain.terms import Form
from domain.usecases.as_approved import TOO_EARLY, DueAfterApproved
from domain.usecases.duty_persons import NotAMember
from domain.usecases.handing_over import NotAllPicked
from domain.usecases.picking import NotForThisRequest, PromisedToOthers, progress
from domain.usecases.pooling import NotFree
from domain.usecases.request_rules import NothingPicked, TimeIsOver, UsedInPlace
from domain.usecases.requesting import CartLine
from domain.usecases.returning import ReturnLine
from domain.values import ClassCode, Condition, Fresh, Role, Secret, Signature, SignedBy, Window
from tests.asking import ASKING, LEI, LEI_APPROVES, MIDWEEK, NIU, NIU_APPROVES, of
from tests.examples import (
    ABOLISHED,
    ANA,
    ANA_KEEPS,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    FINANCE,
    FRIDAY,
    HEALTH,
    MA,
    OFFICES,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import book, card, cny, said
from tests.store_room import BAI, BY_WANG, LIU_KEEPS, SECOND_STORE, WANG, XIE, XIE_ASKS, by_hand
from tests.story import LONG_AGO, MONDAY, Story, given, on

BEAMER = ClassCode("gbt14885", "2022", "A02020200")
BEAMERS = tuple(named_id(f"投影机{n}") for n in range(5))
MICROPHONES = named_id("话筒")
QIN, SHI = named_id("person:秦岚"), named_id("person:石头")
QIN_ASKS, SHI_APPROVES = account_of(QIN), account_of(SHI)
"""They ask and decide for the finance department."""


def beamer(id: UUID, *, holder: UUID = EDUCATION, place: UUID = WAREHOUSE) -> list[Any]:
    listed = Listed(listing=named_id(f"上架:{id}"), loan=True, transfer=True)
    return [
        card(id, said("投影机", worth=book("5000"), class_code=BEAMER), holder=holder, place=place),
        on(id, listed, at=LONG_AGO),
    ]


GROUND = [
    *ASKING,
    account(QIN, FINANCE, (Role.OFFICER, FINANCE)),
    account(SHI, FINANCE, (Role.APPROVER, FINANCE)),
    on(FINANCE, DutyPersonNamed(person=WANG)),
]


def store_of(count: int) -> list[Any]:
    return [step for id in BEAMERS[:count] for step in beamer(id)]


def some(quantity: int) -> CartLine:
    return CartLine(class_code=BEAMER, quantity=quantity)


def ask(story: Story, *lines: CartLine, who: str = "health", **more: Any) -> UUID:
    """Asked for and approved by both sides; gives the request."""
    asker, body, approver = {
        "health": (XIE_ASKS, HEALTH, LEI_APPROVES),
        "finance": (QIN_ASKS, FINANCE, SHI_APPROVES),
    }[who]
    said = {"body": body, "purpose": "会议", "lines": lines, "window": MIDWEEK, "form": Form.LOAN} | more
    story.when("submit_requests", as_=asker, **said)
    assert story.refusal is None, f"{story.refusal!r} {story.refusal.path}"
    request: UUID = story.answer["requests"][0]
    for person in (approver, NIU_APPROVES, SHI_APPROVES, DING_APPROVES):
        if paper(story, request).state is RequestState.SUBMITTED:
            story.when("approve_request", as_=person, request=request)
    assert paper(story, request).state is RequestState.APPROVED, f"{story.refusal!r}"
    return request


def paper(story: Story, id: UUID) -> Request:
    return story.thing(Request, id)


def allotted(story: Story, request: UUID) -> list[UUID]:
    return list(paper(story, request).units)


def others(story: Story, *requests: UUID) -> list[UUID]:
    """The beamers that nobody was allotted."""
    taken = {unit for request in requests for unit in allotted(story, request)}
    return [one for one in BEAMERS if one not in taken and one in story.log.streams]


def pick(story: Story, request: UUID, *assets: UUID, **more: Any) -> Story:
    for asset in assets:
        story.when("pick_unit", as_=ANA_KEEPS, request=request, asset=asset, **more)
    return story


def hand(story: Story, request: UUID, **more: Any) -> Story:
    return story.when("hand_over_request", as_=ANA_KEEPS, request=request, **({"receiver": BY_WANG} | more))


def promises(story: Story, asset: UUID) -> set[UUID]:
    return set(story.thing(Asset, asset).promises)


# Picking.


def test_an_allotted_unit_is_scanned_and_counts() -> None:
    story = given(GROUND, store_of(5))
    request = ask(story, some(5))
    pick(story, request, *allotted(story, request)[:3]).then(RequestUnitPicked)
    assert progress(paper(story, request)) == {0: (3, 5)}
    first = allotted(story, request)[0]
    pick(story, request, first).refused(NotForThisRequest)
    story.when("unpick_unit", as_=ANA_KEEPS, request=request, asset=first).then(RequestUnitPutBack)
    assert progress(paper(story, request)) == {0: (2, 5)}
    story.when("unpick_unit", as_=ANA_KEEPS, request=request, asset=first).refused(InvalidValue, "quantity")
    assert request in promises(story, first), "it is still promised"


def test_any_unit_of_the_class_that_is_free_takes_the_place_of_an_allotted_one() -> None:
    story = given(GROUND, store_of(3))
    request = ask(story, some(1))
    [old], new = allotted(story, request), others(story, request)[0]
    pick(story, request, new).then(
        (old, ReservationReleased), (new, Reserved), RequestUnitExchanged, RequestUnitPicked
    )
    assert (promises(story, old), promises(story, new)) == (set(), {request})
    assert paper(story, request).picked == {new: 1}
    assert story.thing(Asset, new).promises[request].window == MIDWEEK
    pick(story, request, old).refused(NotForThisRequest, "asset")


def test_a_unit_allotted_to_another_request_of_the_class_is_swapped() -> None:
    story = given(GROUND, store_of(2))
    ours, theirs = ask(story, some(1)), ask(story, some(1), who="finance")
    [old], [new] = allotted(story, ours), allotted(story, theirs)
    pick(story, ours, new)
    story.then(
        (old, ReservationReleased), (new, ReservationReleased), (old, Reserved), (new, Reserved), (ours, RequestUnitExchanged),
        (theirs, RequestUnitExchanged), RequestUnitPicked,
    )  # fmt: skip
    assert (promises(story, old), promises(story, new)) == ({theirs}, {ours})
    assert allotted(story, theirs) == [old]
    hand(pick(story, theirs, old), theirs, at=TUESDAY)
    assert story.refusal is None, "and both are handed over"
    hand(story, ours)
    assert story.refusal is None


def test_what_the_other_request_has_scanned_already_is_not_swapped() -> None:
    story = given(GROUND, store_of(2))
    ours, theirs = ask(story, some(1)), ask(story, some(1), who="finance")
    [new] = allotted(story, theirs)
    pick(story, theirs, new)
    pick(story, ours, new).refused(PromisedToOthers, "asset")


def test_a_swap_that_the_other_window_does_not_allow_is_refused() -> None:
    """Theirs goes on into Friday, when ours is promised by name to somebody else."""
    story = given(GROUND, store_of(2))
    ours = ask(story, some(1))
    [old] = allotted(story, ours)
    friday = Window(THURSDAY, FRIDAY)
    story.given(on(old, Reserved(reservation=named_id("点名预留"), body=OFFICES, quantity=1, window=friday)))
    theirs = ask(story, some(1), who="finance", window=Window(TUESDAY, FRIDAY))
    [new] = allotted(story, theirs)
    pick(story, ours, new).refused(PromisedToOthers)
    assert promises(story, new) == {theirs}, "nothing has changed"


def test_a_scan_of_something_promised_to_others_warns_with_who_and_when() -> None:
    story = given(GROUND, store_of(2))
    ours = ask(story, some(1))
    named = others(story, ours)[0]
    theirs = ask(story, of(named), who="finance")
    pick(story, ours, named).refused(PromisedToOthers, "asset")
    assert story.refusal is not None
    assert story.refusal.values["body"] == "甘肃省财政厅"
    assert story.refusal.values["start"] == TUESDAY.isoformat()
    assert story.refusal.values["end"] == THURSDAY.isoformat()
    assert promises(story, named) == {theirs}


def test_a_unit_that_is_not_back_by_then_is_not_picked() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, some(1))
    other = others(story, request)[0]
    lend = {
        "as_": ANA_KEEPS,
        "lines": (LoanLine(other, 1),),
        "borrower": FINANCE,
        "receiver": BY_WANG,
        "due": WEDNESDAY,
    }
    story.when("lend", **lend)
    pick(story, request, other).refused(OnLoan, "asset")


def test_a_hold_of_somebody_further_out_does_not_give_way_at_the_counter() -> None:
    """It may be swapped; it is not taken away by a scan of the wrong one."""
    story = given(GROUND, store_of(2))
    request = ask(story, some(1))
    other = others(story, request)[0]
    story.when(
        "submit_requests", as_=QIN_ASKS, body=FINANCE, purpose="会议", lines=(of(other),), window=MIDWEEK
    )
    held = story.answer["requests"][0]
    pick(story, request, other).refused(PromisedToOthers)
    assert promises(story, other) == {held}


def test_of_two_keepers_who_scan_the_same_unit_at_the_same_moment_one_gets_it() -> None:
    story = given(GROUND, store_of(3))
    request = ask(story, some(1))
    new = others(story, request)[0]
    meanwhile = on(new, Reserved(reservation=named_id("点名预留"), body=FINANCE, quantity=1, window=MIDWEEK))
    story.when("pick_unit", as_=ANA_KEEPS, request=request, asset=new, meanwhile_=(meanwhile,)).refused(
        PromisedToOthers
    )


def test_what_does_not_fit_is_not_picked() -> None:
    elsewhere, theirs = named_id("别处的投影机"), named_id("别家的投影机")
    story = given(GROUND, store_of(1), beamer(elsewhere, place=SECOND_STORE), beamer(theirs, holder=OFFICES))
    other_class = card(named_id("音箱"), said("音箱"), place=WAREHOUSE)
    story.given(other_class, account(ANA, EDUCATION, (Role.KEEPER, SECOND_STORE)))
    request = ask(story, some(1), window=MIDWEEK)
    mine = paper(story, request)
    wrong = [one for one in (elsewhere, theirs, BEAMERS[0]) if one not in mine.units]
    pick(story, request, named_id("音箱")).refused(NotForThisRequest, "asset")
    for one in wrong:
        story.when("pick_unit", as_=ANA_KEEPS, request=request, asset=one)
        assert story.refusal is not None
        assert story.refusal.code in {"NOT_FOR_THIS_REQUEST", "NOT_YOUR_STORE"}
    pick(story, request, named_id("没有的东西")).refused(Unknown)


def test_a_particular_thing_that_was_asked_for_is_not_exchanged() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, of(BEAMERS[0]))
    pick(story, request, BEAMERS[1]).refused(NotForThisRequest)
    pick(story, request, BEAMERS[0]).then(RequestUnitPicked)


def test_what_is_broken_or_not_inspected_is_not_picked() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    story.given(on(one, ConditionSeen(condition=Condition.BROKEN)))
    pick(story, request, one).refused(ConditionNotUsable, "asset")


def test_only_the_lending_point_picks_and_hands_over() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    for who in (XIE_ASKS, LIU_KEEPS, QIN_ASKS):
        story.when("pick_unit", as_=who, request=request, asset=one).refused(NotYours)
        story.when("hand_over_request", as_=who, request=request, receiver=BY_WANG).refused(NotYours)


def test_nothing_is_picked_for_a_request_that_is_not_approved_or_is_over() -> None:
    story = given(GROUND, store_of(1))
    story.when("submit_requests", as_=XIE_ASKS, body=HEALTH, purpose="会议", lines=(some(1),), window=MIDWEEK)
    request = story.answer["requests"][0]
    [one] = allotted(story, request)
    pick(story, request, one).refused(RequestNotThere)
    hand(story, request).refused(RequestNotThere)
    for who in (LEI_APPROVES, NIU_APPROVES):
        story.when("approve_request", as_=who, request=request)
    pick(story, request, one, at=THURSDAY + timedelta(minutes=1)).refused(TimeIsOver)
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    hand(pick(story, request, *allotted(story, request)), request)
    pick(story, request, BEAMERS[0]).refused(RequestEnded)


def test_of_a_lot_so_many_are_picked_and_more_of_it_take_the_place_of_others() -> None:
    lot = card(
        MICROPHONES, said("话筒", 3, unit="支", worth=book("900.00"), class_code=BEAMER), place=WAREHOUSE
    )
    listed = on(MICROPHONES, Listed(listing=named_id("上架话筒"), loan=True), at=LONG_AGO)
    story = given(GROUND, store_of(2), lot, listed)
    request = ask(story, some(5))
    assert {MICROPHONES, *BEAMERS[:2]} == set(allotted(story, request))
    pick(story, request, MICROPHONES, quantity=4).refused(NotForThisRequest)
    pick(story, request, MICROPHONES, quantity=3).then(RequestUnitPicked)
    story = given(GROUND, store_of(2), lot, listed)
    request = ask(story, some(2))
    assert paper(story, request).units == {MICROPHONES: (0, 2)}, "the most free first"
    pick(story, request, BEAMERS[0]).then(
        (MICROPHONES, ReservationReleased), (MICROPHONES, Reserved), (BEAMERS[0], Reserved), RequestUnitExchanged, RequestUnitPicked,
    )  # fmt: skip
    assert story.thing(Asset, MICROPHONES).promises[request].quantity == 1
    assert story.thing(Asset, MICROPHONES).free(MIDWEEK, story.now) == 2
    pick(story, request, MICROPHONES).then(RequestUnitPicked)
    hand(story, request)
    assert story.refusal is None


# Handing over.


def test_one_command_gives_the_loan_its_slip_the_release_slip_and_the_gate_pass() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, some(2))
    units = allotted(story, request)
    hand(pick(story, request, *units), request, at=TUESDAY)
    assert story.refusal is None, story.refusal
    kinds = [row.fact.kind for row in story.new if isinstance(row.fact, SlipIssued)]
    assert sorted(kinds) == sorted([SlipKind.LOAN, SlipKind.RELEASE, SlipKind.GATE_PASS])
    assert {"series", "release_series", "gate_pass_series", "loan"} <= story.answer.keys()
    loan = story.thing(Loan, story.answer["loan"])
    assert (loan.borrower, loan.due, loan.out) == (HEALTH, THURSDAY, dict.fromkeys(units, 1))
    assert paper(story, request).state is RequestState.FULFILLED
    assert all(not promises(story, one) for one in units)
    assert all(story.thing(Asset, one).where.kind is CustodyKind.OUT for one in units)


def test_nothing_is_handed_over_that_was_not_scanned() -> None:
    story = given(GROUND, store_of(3))
    request = ask(story, some(3))
    hand(story, request).refused(NothingPicked)
    pick(story, request, *allotted(story, request)[:2])
    hand(story, request).refused(NotAllPicked, "partly")
    first = story.when(
        "hand_over_request", as_=ANA_KEEPS, request=request, receiver=BY_WANG, partly=True
    ).answer["loan"]
    assert len(story.thing(Loan, first).out) == 2
    left = paper(story, request)
    assert (left.state, left.left, len(left.units)) == (RequestState.APPROVED, {0: 1}, 1)
    assert progress(left) == {0: (2, 3)}
    hand(pick(story, request, *allotted(story, request)), request)
    assert paper(story, request).state is RequestState.FULFILLED
    assert paper(story, request).papers == (first, story.answer["loan"])


def test_condition_accessories_and_papers_go_on_the_loan_line() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    pick(story, request, one)
    line = LoanLine(one, 1, Condition.WORN, ("遥控器", "电源线"), ("ab" * 32,))
    hand(story, request, lines=(LoanLine(one, 2),)).refused(InvalidValue, "lines.0.quantity")
    hand(story, request, lines=(LoanLine(one, 1, Condition.BROKEN),)).refused(ConditionNotUsable)
    hand(story, request, lines=(line,))
    assert story.fact(LoanOpened).lines == (line,)
    assert story.fact(Lent).condition is Condition.WORN


def test_a_late_hand_over_starts_today_and_is_due_as_approved() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    pick(story, request, *allotted(story, request))
    hand(story, request, at=WEDNESDAY)
    [out] = story.thing(Asset, story.fact(LoanOpened).lines[0].asset).outs.values()
    assert (out.since, out.due) == (WEDNESDAY, THURSDAY)


def test_an_early_hand_over_is_checked_for_whether_it_is_free() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    pick(story, request, one)
    before = Window(MONDAY + timedelta(hours=4), TUESDAY)
    story.given(on(one, Reserved(reservation=named_id("周一预留"), body=FINANCE, quantity=1, window=before)))
    hand(story, request, at=MONDAY + timedelta(hours=2)).refused(NotFree)
    hand(story, request, at=TUESDAY)
    assert story.refusal is None


def test_nothing_is_handed_over_for_longer_than_it_was_approved() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    pick(story, request, one)
    hand(story, request, due=FRIDAY).refused(DueAfterApproved, "due")
    said = story.refusal.values if story.refusal else {}
    assert (said["approved"], said["request"]) == (THURSDAY.isoformat(), paper_number(Request.KIND, request))
    lend: dict[str, Any] = {
        "as_": ANA_KEEPS,
        "lines": (LoanLine(one, 1),),
        "borrower": HEALTH,
        "receiver": BY_WANG,
    }
    for named in ({"reservation": request}, {}):
        story.when("lend", **lend, **named, due=FRIDAY).refused(DueAfterApproved, "due")
    hand(story, request, due=WEDNESDAY)
    assert story.refusal is None, "a shorter time is nobody's loss"
    story.when("extend_loan", as_=ANA_KEEPS, loan=story.answer["loan"], due=FRIDAY, reason_="会议延期")
    assert story.refusal is None


def test_what_went_out_offline_for_longer_than_approved_lands_as_a_breach() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    story.when(
        "lend", as_=ANA_KEEPS, lines=(LoanLine(one, 1),), borrower=HEALTH, receiver=BY_WANG, due=FRIDAY, reservation=request,
        at=TUESDAY, already_happened=True,
    )  # fmt: skip
    assert story.refusal is None
    assert story.thing(Asset, one).cases == {"breach:DUE_AFTER_APPROVED"}


def test_what_is_handed_over_before_its_approved_day_goes_out_with_a_remark() -> None:
    for hour, early in ((MONDAY + timedelta(hours=5), True), (TUESDAY - timedelta(hours=1), False)):
        story = given(GROUND, store_of(1))
        request = ask(story, some(1))
        [one] = allotted(story, request)
        pick(story, request, one)
        hand(story, request, at=hour)
        assert story.refusal is None
        cases = [row.fact for row in story.new if isinstance(row.fact, CaseOpened)]
        assert cases == ([CaseOpened(case=TOO_EARLY, paper=story.answer["loan"])] if early else [])
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    story.when(
        "dispatch", as_=ANA_KEEPS, lines=(LoanLine(one, 1),), borrower=HEALTH, due=THURSDAY, carrier="顺丰速运", reservation=request
    )  # fmt: skip
    assert story.fact(CaseOpened).case == TOO_EARLY


def test_with_a_carrier_it_is_on_its_way_with_release_slip_and_gate_pass() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    pick(story, request, *allotted(story, request))
    hand(story, request, carrier="顺丰速运").refused(InvalidValue, "carrier")
    hand(story, request, receiver=None).refused(InvalidValue, "carrier")
    hand(story, request, receiver=None, carrier="顺丰速运")
    assert story.fact(Dispatched).carrier == "顺丰速运"
    kinds = {row.fact.kind for row in story.new if isinstance(row.fact, SlipIssued)}
    assert kinds == {SlipKind.RELEASE, SlipKind.GATE_PASS}
    assert paper(story, request).state is RequestState.FULFILLED


def test_one_person_never_signs_both_sides_and_only_the_borrower_s_people_sign() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    pick(story, request, *allotted(story, request))
    hand(story, request, receiver=by_hand(ANA)).refused(SamePerson)
    hand(story, request, receiver=by_hand(MA)).refused(NotAMember, "receiver")


def test_a_code_signs_what_had_been_scanned_when_it_was_asked_for() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, some(2))
    one, other = allotted(story, request)

    def code() -> Signature:
        digits = "48201735"
        story.when("issue_code", as_=XIE_ASKS, digits=Fresh(digits), paper=request)
        story.when("enter_code", as_=ANA_KEEPS, person=XIE, digits=Secret(digits), paper=request)
        return Signature(XIE, SignedBy.ONE_TIME_CODE, code=story.answer["code"])

    pick(story, request, one)
    early = code()
    pick(story, request, other)
    hand(story, request, receiver=early).refused(CodeForSomethingElse, "receiver")
    hand(story, request, receiver=code())
    assert story.refusal is None, story.refusal
    assert SignedWithCode in {type(row.fact) for row in story.new}


def test_a_body_abolished_since_the_approval_gets_nothing() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    pick(story, request, *allotted(story, request))
    gone = BodyAbolished(decree=ABOLISHED.decree, decree_date=ABOLISHED.decree_date)
    story.given(on(HEALTH, gone, at=MONDAY))
    hand(story, request).refused("NO_STANDING")


def test_what_broke_since_it_was_scanned_is_not_handed_over() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    pick(story, request, one)
    story.given(on(one, ConditionSeen(condition=Condition.BROKEN)))
    hand(story, request).refused(ConditionNotUsable)


def test_lent_straight_from_the_shelf_it_is_less_to_hand_over() -> None:
    """A keeper who lends what was promised without scanning it for the request still keeps that promise."""
    story = given(GROUND, store_of(2))
    request = ask(story, some(2))
    one, other = allotted(story, request)
    lend = {"as_": ANA_KEEPS, "borrower": HEALTH, "receiver": BY_WANG, "due": THURSDAY}
    story.when("lend", lines=(LoanLine(one, 1),), reservation=request, **lend)
    assert story.fact(RequestHandedOver).units[0].asset == one
    story.when("lend", lines=(LoanLine(other, 1),), **lend)
    assert paper(story, request).state is RequestState.FULFILLED


def test_a_hold_of_an_undecided_request_is_no_promise_to_be_kept() -> None:
    story = given(GROUND, store_of(1))
    story.when("submit_requests", as_=XIE_ASKS, body=HEALTH, purpose="会议", lines=(some(1),), window=MIDWEEK)
    lend = {"as_": ANA_KEEPS, "borrower": HEALTH, "receiver": BY_WANG, "due": THURSDAY}
    story.when("lend", lines=(LoanLine(BEAMERS[0], 1),), **lend).refused(NotFree)


# In place, and for good.


def test_what_is_used_in_place_is_not_handed_over() -> None:
    room = named_id("会议室")
    listed = on(room, Listed(listing=named_id("上架会议室"), in_place=True), at=LONG_AGO)
    story = given(GROUND, card(room, said("会议室")), listed)
    request = ask(story, of(room), form=Form.IN_PLACE)
    story.when("pick_unit", as_=account_of(named_id("person:陈晓梅")), request=request, asset=room).refused(
        UsedInPlace
    )
    assert story.thing(Asset, room).custody.kind is CustodyKind.CUSTODIAN


def given_for_good(*more: Any) -> tuple[Story, UUID]:
    story = given(GROUND, store_of(1), more)
    return story, ask(story, of(BEAMERS[0]), form=Form.TRANSFER, window=None)


def test_for_good_it_goes_on_a_transfer_paper_with_the_consents_of_the_request() -> None:
    story, request = given_for_good()
    pick(story, request, BEAMERS[0])
    hand(story, request)
    assert story.refusal is None, story.refusal
    proposed = story.fact(TransferProposed)
    assert (proposed.giver, proposed.receiver, proposed.request) == (EDUCATION, HEALTH, request)
    transfer = story.thing(Transfer, story.answer["transfer"])
    assert set(transfer.consents) == {Side.GIVER, Side.RECEIVER}
    assert set(transfer.consents.values()) == {LEI, NIU}, "who decided, not who handed over"
    assert paper(story, request).state is RequestState.FULFILLED
    assert promises(story, BEAMERS[0]) == set(), "held by the transfer now, not by the request"


def test_what_the_request_has_decided_is_handed_over_at_once_and_the_holder_changes() -> None:
    story, request = given_for_good()
    hand(pick(story, request, BEAMERS[0]), request)
    transfer = story.thing(Transfer, story.answer["transfer"])
    assert (transfer.missing, transfer.closed) == ((), True)
    assert story.thing(Asset, BEAMERS[0]).holder == HEALTH


def test_a_decision_that_the_request_does_not_have_is_waited_for() -> None:
    """Since it was approved another authority has become the one that decides for the giver."""
    story, request = given_for_good(account(MA, TAX, (Role.APPROVER, TAX)))
    story.given(on(EDUCATION, RelationSet(relation=Relation.OFFICES_ADMINISTRATION, other=TAX), at=MONDAY))
    hand(pick(story, request, BEAMERS[0]), request)
    transfer = story.thing(Transfer, story.answer["transfer"])
    assert {type(row.fact) for row in story.new} >= {HeldForTransfer, TransferConsented}
    assert transfer.missing == ("decision",)
    assert story.thing(Asset, BEAMERS[0]).holder == EDUCATION
    story.when("approve_transfer", as_=account_of(MA), transfer=transfer.id, authority=TAX).then(
        TransferApproved
    )
    story.when("hand_over_transfer", as_=CHEN_MANAGES, transfer=transfer.id, receiver=BY_WANG)
    assert story.refusal is None, story.refusal
    assert story.thing(Asset, BEAMERS[0]).holder == HEALTH


@pytest.mark.parametrize("form", [Form.LOAN, Form.TRANSFER])
def test_a_document_that_decided_a_step_must_still_be_alive_when_it_is_handed_over(form: Form) -> None:
    story = given(GROUND, store_of(1))
    lines = {"lines": (of(BEAMERS[0]),), "form": form, "window": MIDWEEK if form is Form.LOAN else None}
    story.when("submit_requests", as_=XIE_ASKS, body=HEALTH, purpose="会议", **lines)
    request, document = story.answer["requests"][0], named_id("批复")
    entered = DecisionRecorded(
        matter=Matter.SHARING, body=HEALTH, authority=EDUCATION, number="甘教函〔2026〕8号", dated=date(2026, 3, 1),
        list_hash=paper(story, request).list_hash, scan="cd" * 32, expires=WEDNESDAY,
    )  # fmt: skip
    story.given(
        on(document, entered, at=MONDAY, person=XIE), on(document, DecisionVerified(), at=MONDAY, person=BAI)
    )
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    story.when("decide_request_by_document", as_=XIE_ASKS, request=request, decision=document)
    if form is Form.TRANSFER:
        story.when("approve_request", as_=DING_APPROVES, request=request)
    assert paper(story, request).state is RequestState.APPROVED, story.refusal
    pick(story, request, BEAMERS[0])
    hand(story, request, at=WEDNESDAY + timedelta(hours=1)).refused(DecisionExpired)
    if form is Form.LOAN:
        past_it = {
            "lines": (LoanLine(BEAMERS[0], 1),),
            "borrower": HEALTH,
            "receiver": BY_WANG,
            "due": THURSDAY,
        }
        story.when("lend", as_=ANA_KEEPS, reservation=request, **past_it).refused(DecisionExpired)
    story.now = TUESDAY
    hand(story, request)
    assert story.refusal is None, story.refusal


def test_what_was_approved_for_good_is_not_lent_instead() -> None:
    story, request = given_for_good()
    lend = {
        "as_": ANA_KEEPS,
        "lines": (LoanLine(BEAMERS[0], 1),),
        "borrower": HEALTH,
        "receiver": BY_WANG,
        "due": THURSDAY,
    }
    story.when("lend", **lend).refused(NotFree)
    story.when("lend", reservation=request, **lend).refused(NotFree)


def test_a_picked_unit_waits_for_its_inspection() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    story.when(
        "lend",
        as_=ANA_KEEPS,
        lines=(LoanLine(one, 1),),
        borrower=FINANCE,
        receiver=BY_WANG,
        due=TUESDAY - timedelta(hours=1),
    )
    assert story.refusal is None, story.refusal
    back = ReturnLine(asset=one, condition=Condition.BROKEN)
    story.when("take_back", as_=ANA_KEEPS, lines=(back,), place=WAREHOUSE)
    pick(story, request, one).refused(InspectionDue, "asset")


# The purchase that it spares.


def certified_need(story: Story, quantity: int = 2) -> UUID:
    """The health department was told by a reviewer to take so many from the pool."""
    need = Need(
        class_code=BEAMER,
        function="会议投影",
        quantity=quantity,
        unit_price=cny(5000),
        start=TUESDAY,
        end=FRIDAY,
    )
    check: UUID = story.when(
        "apply_pool_check", as_=XIE_ASKS, body=HEALTH, purpose="会议室", lines=(need,)
    ).answer["pool_check"]
    verdicts = (Verdict(line=0, allot=quantity, may_buy=0),)
    story.when("review_pool_check", as_=DING_APPROVES, pool_check=check, verdicts=verdicts)
    assert story.refusal is None, story.refusal
    return check


def test_purchase_avoided_counts_once_at_the_accepted_hand_over() -> None:
    story = given(GROUND, store_of(2))
    check = certified_need(story)
    request = ask(story, CartLine(class_code=BEAMER, quantity=2, pool_check=check, pool_check_line=0))
    pick(story, request, *allotted(story, request))
    assert PurchaseAvoided not in {type(row.fact) for row in story.log.rows}, "an approval spares nothing yet"
    hand(story, request)
    counted = [row.fact for row in story.new if isinstance(row.fact, PurchaseAvoided)]
    assert (sum(one.quantity for one in counted), {one.request for one in counted}) == (2, {request})


def test_what_a_carrier_brings_counts_when_it_is_signed_for() -> None:
    story = given(GROUND, store_of(1))
    check = certified_need(story, 1)
    request = ask(story, CartLine(class_code=BEAMER, quantity=1, pool_check=check, pool_check_line=0))
    pick(story, request, *allotted(story, request))
    hand(story, request, receiver=None, carrier="顺丰速运")
    assert PurchaseAvoided not in {type(row.fact) for row in story.new}
    story.when("receive", as_=XIE_ASKS, loan=story.answer["loan"])
    assert story.fact(PurchaseAvoided).quantity == 1


def test_a_part_of_a_lot_for_good_counts_when_it_is_accepted_and_the_rest_stays_promised() -> None:
    lot = card(
        MICROPHONES, said("话筒", 5, unit="支", worth=book("900.00"), class_code=BEAMER), place=WAREHOUSE
    )
    listed = on(MICROPHONES, Listed(listing=named_id("上架话筒"), transfer=True), at=LONG_AGO)
    story = given(GROUND, lot, listed)
    check = certified_need(story, 4)
    line = CartLine(class_code=BEAMER, quantity=4, pool_check=check, pool_check_line=0)
    request = ask(story, line, form=Form.TRANSFER, window=None)
    pick(story, request, MICROPHONES, quantity=3)
    hand(story, request, partly=True)
    assert story.refusal is None, story.refusal
    assert story.fact(PurchaseAvoided).quantity == 3
    assert paper(story, request).left == {0: 1}
    assert story.thing(Asset, MICROPHONES).quantity == 2
    assert story.thing(Asset, MICROPHONES).promises[request].quantity == 1
    hand(pick(story, request, MICROPHONES), request)
    assert story.refusal is None, story.refusal
    assert paper(story, request).state is RequestState.FULFILLED


# Whatever is scanned, in whatever order.


def must_be_sound(story: Story, requests: list[UUID]) -> None:
    """Every request has what it was promised, on units that carry exactly that, and nothing is promised twice."""
    for id in requests:
        one = paper(story, id)
        if not one.ended:
            assert sum(held for _, held in one.units.values()) == sum(one.left.values())
        for unit, (_, held) in one.units.items():
            assert story.thing(Asset, unit).promises[id].quantity == held
        assert all(some <= one.units[unit][1] for unit, some in one.picked.items())
    for unit in BEAMERS:
        asset = story.thing(Asset, unit)
        assert all(unit in paper(story, id).units for id in asset.promises)
        for promise in asset.promises.values():
            assert free(1, asset.claims(story.now), promise.window) >= 0, "promised twice"


@pytest.mark.slow
@anything(st.data())
@settings(max_examples=40, deadline=None)
def test_however_units_are_scanned_nothing_is_promised_twice(data: st.DataObject) -> None:
    story = given(GROUND, store_of(5))
    windows = (MIDWEEK, Window(TUESDAY, WEDNESDAY), Window(WEDNESDAY, FRIDAY))
    requests: list[UUID] = []
    for who in ("health", "finance", "health"):
        line = data.draw(st.sampled_from([some(1), some(2), of(BEAMERS[0])]))
        window = data.draw(st.sampled_from(windows))
        asked = {"health": (XIE_ASKS, HEALTH), "finance": (QIN_ASKS, FINANCE)}[who]
        story.when(
            "submit_requests", as_=asked[0], body=asked[1], purpose="会议", lines=(line,), window=window
        )
        requests += story.answer.get("requests", [])
        for person in (LEI_APPROVES, SHI_APPROVES, NIU_APPROVES) if story.refusal is None else ():
            story.when("approve_request", as_=person, request=requests[-1])
    must_be_sound(story, requests)
    for _ in range(data.draw(st.integers(0, 12)) if requests else 0):
        request, unit = data.draw(st.sampled_from(requests)), data.draw(st.sampled_from(BEAMERS))
        action = data.draw(
            st.sampled_from(("pick_unit", "pick_unit", "pick_unit", "unpick_unit", "hand_over_request"))
        )
        more: dict[str, Any] = (
            {"receiver": BY_WANG, "partly": True} if action == "hand_over_request" else {"asset": unit}
        )
        story.when(action, as_=ANA_KEEPS, request=request, **more)
        must_be_sound(story, requests)
