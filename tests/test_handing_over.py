"""Handing over what was scanned: the loan, its slips, who signs, and what stands in the way by then."""

from datetime import timedelta
from typing import Any

from domain.asset import Asset, CustodyKind
from domain.body import BodyAbolished
from domain.life.keeping import CaseOpened, ConditionSeen
from domain.life.lending import Dispatched, Lent
from domain.life.pooling import Reserved
from domain.numbering import paper_number
from domain.papers.loan import Loan, LoanLine, LoanOpened
from domain.papers.request import (
    Request,
    RequestHandedOver,
    RequestState,
)
from domain.papers.signing import CodeForSomethingElse, SignedWithCode
from domain.papers.slip import SlipIssued, SlipKind
from domain.policies import ConditionNotUsable
from domain.refusals import InvalidValue, SamePerson
from domain.usecases.as_approved import TOO_EARLY, DueAfterApproved
from domain.usecases.duty_persons import NotAMember
from domain.usecases.handing_over import NotAllPicked
from domain.usecases.picking import progress
from domain.usecases.pooling import NotFree
from domain.usecases.request_rules import NothingPicked
from domain.values import Condition, Fresh, Secret, Signature, SignedBy, Window
from tests.asking import MIDWEEK
from tests.counter import BEAMERS, GROUND, allotted, ask, hand, paper, pick, promises, some, store_of
from tests.examples import (
    ABOLISHED,
    ANA,
    ANA_KEEPS,
    FINANCE,
    FRIDAY,
    HEALTH,
    MA,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    named_id,
)
from tests.store_room import BY_WANG, XIE, XIE_ASKS, by_hand
from tests.story import MONDAY, given, on


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
