"""Handed out: two signatures, two bodies, one borrower at a time, and nothing that is promised to somebody else."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.aggregate import Fact
from domain.asset import Asset, Custody, CustodyKind, Flag, Title
from domain.body import BodyFileClosed, BodyMerged, BodyTookIn, NoStanding
from domain.life.keeping import CaseOpened, ConditionSeen, Flagged, MissingReported, TitleChanged
from domain.life.lending import CameBack, Dispatched, Lent, Received, Returned
from domain.life.repairing import RepairBegun
from domain.papers.loan import (
    ArrivedLine,
    LineOutcome,
    LineReturned,
    Loan,
    LoanClosed,
    LoanLine,
    LoanOpened,
    LoanReceived,
)
from domain.papers.slip import SlipIssued, SlipKind, series_of
from domain.policies import (
    CaseProperty,
    ConditionNotUsable,
    InRepair,
    InspectionDue,
    NotInCustody,
    NotYourStore,
    OnLoan,
    TitleNotClear,
)
from domain.refusals import InTheFuture, InvalidValue, NotYours, Refusal, SamePerson, Unknown
from domain.usecases.lending import SeveralHolders, SeveralStores
from domain.usecases.loan_rules import NotInTransit, NotYourReceipt
from domain.usecases.pooling import LendingToOneself, NotFree
from domain.usecases.returning import ReturnLine
from domain.values import CONSOLE, ROOT, Condition, Signature, SignedBy, Window
from tests.examples import (
    ABOLISHED,
    ANA,
    ANA_KEEPS,
    BIN_A1,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EDUCATION_OFFICE,
    FRIDAY,
    HEALTH,
    LANZHOU_FINANCE,
    OFFICES,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
)
from tests.goods import CHAIRS, DESKS, LAPTOP, card, said
from tests.store_room import (
    BAI_MANAGES,
    BY_WANG,
    BY_XIE,
    IN_STORE,
    LIU_KEEPS,
    LOAN,
    RESERVATION,
    SECOND_SHELF,
    SIX_DESKS,
    STORE_ROOM,
    TEN_CHAIRS,
    WANG,
    XIE,
    XIE_ASKS,
    by_hand,
    lent,
    promised,
)
from tests.story import MONDAY, Story, given, on

ONE = (LoanLine(LAPTOP, 1),)
BY_ANA = Signature(ANA, SignedBy.ACCOUNT)
LEND: dict[str, Any] = {
    "as_": ANA_KEEPS,
    "lines": ONE,
    "borrower": HEALTH,
    "receiver": BY_WANG,
    "due": FRIDAY,
}
SEND: dict[str, Any] = {
    "as_": ANA_KEEPS,
    "lines": ONE,
    "borrower": HEALTH,
    "due": FRIDAY,
    "carrier": "顺丰速运",
}


def chairs(quantity: int) -> tuple[LoanLine, ...]:
    return (LoanLine(CHAIRS, quantity),)


def borrowed(story: Story) -> Asset:
    return story.thing(Asset, LAPTOP)


def test_at_the_counter_one_command_hands_over_with_both_signatures() -> None:
    story = given(STORE_ROOM, IN_STORE).when("lend", **LEND).then(LoanOpened, Lent, SlipIssued)
    paper = story.thing(Loan, story.answer["loan"])
    assert (paper.giver, paper.receiver) == (BY_ANA, BY_WANG)
    assert (paper.lender, paper.borrower, paper.due, paper.out) == (EDUCATION, HEALTH, FRIDAY, {LAPTOP: 1})
    assert borrowed(story).where == Custody(CustodyKind.OUT, HEALTH, WANG, paper.id)
    slip = story.fact(SlipIssued)
    assert (slip.kind, slip.giver_signature, slip.receiver_signature) == (SlipKind.LOAN, BY_ANA, BY_WANG)
    assert story.answer["series"] == series_of(WAREHOUSE, SlipKind.LOAN, 2026)


def test_holder_and_book_value_do_not_change_by_a_loan() -> None:
    before = given(STORE_ROOM, IN_STORE).thing(Asset, LAPTOP)
    after = borrowed(given(STORE_ROOM, IN_STORE).when("lend", **LEND))
    assert (after.holder, after.book) == (before.holder, before.book)
    assert before.book is not None


def test_one_person_never_signs_both_sides() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("lend", **LEND | {"receiver": BY_ANA}).refused(SamePerson)
    story.when("lend", **LEND | {"giver": by_hand(WANG)}).refused(SamePerson)
    story.when("lend", **LEND | {"receiver": by_hand(ANA), "already_happened": True}).refused(SamePerson)


@pytest.mark.parametrize("borrower", [EDUCATION, EDUCATION_OFFICE], ids=["the holder", "its division"])
def test_no_body_borrows_from_itself(borrower: UUID) -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("lend", **LEND | {"borrower": borrower}).refused(LendingToOneself, "borrower")
    story.when("dispatch", **SEND | {"borrower": borrower}).refused(LendingToOneself, "borrower")


def test_a_division_does_not_borrow_from_the_body_it_belongs_to() -> None:
    of_a_division = card(LAPTOP, said(), holder=EDUCATION_OFFICE, place=WAREHOUSE)
    given(STORE_ROOM, of_a_division).when("lend", **LEND | {"borrower": EDUCATION}).refused(LendingToOneself)
    given(STORE_ROOM, of_a_division).when("lend", **LEND).then(LoanOpened, Lent, SlipIssued)


def test_a_body_does_not_borrow_what_came_to_it_by_a_merger() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.given(on(EDUCATION, BodyMerged(into=HEALTH, decree="甘编发〔2026〕9号", decree_date=MONDAY.date())))
    story.when("lend", **LEND).refused(LendingToOneself)


def test_nobody_without_standing_borrows() -> None:
    given(STORE_ROOM, IN_STORE, on(HEALTH, ABOLISHED)).when("lend", **LEND).refused(NoStanding, "borrower")


def test_a_borrower_abolished_while_it_is_being_lent_to_gets_nothing() -> None:
    given(STORE_ROOM, IN_STORE).when("lend", **LEND, meanwhile_=[on(HEALTH, ABOLISHED)]).refused(NoStanding)


def test_there_is_at_most_one_borrower_at_a_time() -> None:
    story = given(STORE_ROOM, IN_STORE).when("lend", **LEND).then(LoanOpened, Lent, SlipIssued)
    story.when("lend", **LEND | {"borrower": TAX}).refused(OnLoan, "lines.0")
    story.when("dispatch", **SEND | {"borrower": TAX}).refused(OnLoan, "lines.0")


def test_of_two_who_take_the_same_thing_at_the_same_moment_one_wins() -> None:
    story = given(STORE_ROOM, IN_STORE).when("lend", **LEND, meanwhile_=lent(to=TAX))
    story.refused(OnLoan)


@pytest.mark.parametrize(
    ("fact", "no"),
    [
        (TitleChanged(title=Title.SEALED), TitleNotClear),
        (Flagged(flag=Flag.CASE_PROPERTY), CaseProperty),
        (ConditionSeen(condition=Condition.REPAIRABLE), ConditionNotUsable),
        (CameBack(condition=Condition.GOOD, operator=OFFICES, place=WAREHOUSE), InspectionDue),
        (MissingReported(liable=OFFICES), NotInCustody),
        (RepairBegun(repair=LOAN), InRepair),
    ],
)
def test_what_is_not_fit_to_be_lent_is_not_lent(fact: Fact, no: type[Refusal]) -> None:
    story = given(STORE_ROOM, IN_STORE, on(LAPTOP, fact))
    story.when("lend", **LEND).refused(no, "lines.0")
    story.when("dispatch", **SEND).refused(no, "lines.0")


def test_what_is_promised_to_somebody_else_is_not_lent_and_it_says_to_whom() -> None:
    story = given(STORE_ROOM, IN_STORE, promised(to=TAX))
    story.when("lend", **LEND).refused(NotFree, "lines.0")
    assert story.refusal is not None
    assert story.refusal.values["by"] == "国家税务总局甘肃省税务局"
    story.when("lend", **LEND | {"due": TUESDAY}).then(LoanOpened, Lent, SlipIssued)


def test_a_promise_is_kept_by_its_own_body() -> None:
    story = given(STORE_ROOM, IN_STORE, promised())
    story.when("lend", **LEND, reservation=RESERVATION).then(LoanOpened, Lent, SlipIssued)
    assert story.fact(Lent).reservation == RESERVATION
    assert borrowed(story).promises == {}


def test_the_borrower_s_own_promise_is_found_without_naming_it() -> None:
    story = given(STORE_ROOM, IN_STORE, promised()).when("lend", **LEND).then(LoanOpened, Lent, SlipIssued)
    assert story.fact(Lent).reservation == RESERVATION


def test_naming_somebody_else_s_promise_does_not_help() -> None:
    story = given(STORE_ROOM, IN_STORE, promised(to=TAX))
    story.when("lend", **LEND, reservation=RESERVATION).refused(NotFree, "reservation")
    story.when("dispatch", **SEND, reservation=RESERVATION).refused(NotFree, "reservation")


def test_a_promise_nobody_made_is_not_kept() -> None:
    given(STORE_ROOM, IN_STORE).when("lend", **LEND, reservation=RESERVATION).refused(Unknown, "reservation")


def test_a_part_of_a_promise_is_kept_and_the_rest_still_holds() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, promised(CHAIRS, 6))
    story.when("lend", **LEND | {"lines": chairs(2)}).then(LoanOpened, Lent, SlipIssued)
    lot = story.thing(Asset, CHAIRS)
    assert [promise.quantity for promise in lot.promises.values()] == [4]
    assert lot.free(Window(WEDNESDAY, THURSDAY), story.now) == 4
    story.when("lend", **LEND | {"lines": chairs(5), "borrower": TAX}).refused(NotFree, "lines.0")
    story.when("lend", **LEND | {"lines": chairs(4), "borrower": TAX}).then(LoanOpened, Lent, SlipIssued)


@pytest.mark.parametrize("quantity", [0, -1, 11])
def test_no_more_of_a_lot_is_lent_than_it_has(quantity: int) -> None:
    given(STORE_ROOM, TEN_CHAIRS).when("lend", **LEND | {"lines": chairs(quantity)}).refused(
        InvalidValue, "lines.0.quantity"
    )


@pytest.mark.parametrize("lines", [(), (LoanLine(LAPTOP, 1), LoanLine(LAPTOP, 1))])
def test_a_loan_names_each_thing_once(lines: tuple[LoanLine, ...]) -> None:
    given(STORE_ROOM, IN_STORE).when("lend", **LEND | {"lines": lines}).refused(InvalidValue, "lines")


@pytest.mark.parametrize("due", [MONDAY, MONDAY - timedelta(days=1), datetime(2027, 1, 1)])  # noqa: DTZ001  # without a zone: that is the point
def test_a_loan_is_due_after_it_began(due: datetime) -> None:
    given(STORE_ROOM, IN_STORE).when("lend", **LEND | {"due": due}, happened_=MONDAY).refused(
        InvalidValue, "due"
    )


def test_each_lender_has_a_paper_of_its_own() -> None:
    of_others = card(DESKS, said("办公桌", 6), holder=TAX, place=WAREHOUSE)
    lines = (LoanLine(LAPTOP, 1), LoanLine(DESKS, 2))
    given(STORE_ROOM, IN_STORE, of_others).when("lend", **LEND | {"lines": lines}).refused(SeveralHolders)


def test_each_store_has_a_slip_of_its_own() -> None:
    elsewhere = card(DESKS, said("办公桌", 6), place=SECOND_SHELF)
    lines = (LoanLine(LAPTOP, 1), LoanLine(DESKS, 2))
    story = given(STORE_ROOM, IN_STORE, elsewhere)
    story.when("lend", **LEND | {"lines": lines, "as_": CONSOLE}).refused(SeveralStores)
    on_another_shelf = card(DESKS, said("办公桌", 6), place=BIN_A1)
    story = given(STORE_ROOM, IN_STORE, on_another_shelf)
    story.when("lend", **LEND | {"lines": lines}).then(LoanOpened, Lent, Lent, SlipIssued)


@pytest.mark.parametrize("who", [LIU_KEEPS, BAI_MANAGES])
def test_only_the_keeper_of_the_store_hands_out(who: UUID) -> None:
    given(STORE_ROOM, IN_STORE).when("lend", **LEND | {"as_": who}).refused(NotYourStore)


def test_whoever_has_no_role_for_it_hands_out_nothing() -> None:
    given(STORE_ROOM, IN_STORE).when("lend", **LEND | {"as_": DING_APPROVES}).refused(NotYours)


def test_at_a_virtual_site_the_holder_s_people_hand_out_without_a_slip_of_a_store() -> None:
    at_home = card(LAPTOP, said(), holder=EDUCATION_OFFICE)
    story = given(STORE_ROOM, at_home).when("lend", **LEND | {"as_": CHEN_MANAGES}).then(LoanOpened, Lent)
    assert "series" not in story.answer


def test_what_is_overdue_when_it_is_written_down_needs_to_be_free_without_end() -> None:
    late = LEND | {"due": MONDAY, "happened_": MONDAY - timedelta(hours=2), "at": TUESDAY}
    given(STORE_ROOM, IN_STORE).when("lend", **late).then(LoanOpened, Lent, SlipIssued)
    story = given(STORE_ROOM, IN_STORE, promised(to=TAX, window=Window(THURSDAY, FRIDAY)))
    story.when("lend", **late).refused(NotFree)


def test_nothing_is_lent_in_the_future() -> None:
    given(STORE_ROOM, IN_STORE).when("lend", **LEND, happened_=WEDNESDAY, at=TUESDAY).refused(InTheFuture)


# What happened while the phone was offline.


def test_an_offline_hand_out_by_the_rules_lands_like_any_other() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("lend", **LEND, already_happened=True, happened_=MONDAY).then(LoanOpened, Lent, SlipIssued)
    assert story.thing(Asset, LAPTOP).cases == frozenset()


def test_an_offline_hand_out_of_what_was_promised_to_others_is_a_breach_to_settle() -> None:
    story = given(STORE_ROOM, IN_STORE, promised(to=TAX)).when("lend", **LEND, already_happened=True)
    story.then(CaseOpened(case="breach:NOT_FREE"), LoanOpened, Lent, SlipIssued)
    asset = borrowed(story)
    assert asset.where.body == HEALTH
    assert [promise.body for promise in asset.promises.values()] == [TAX], (
        "the promise is still to be settled"
    )
    assert asset.free(Window(TUESDAY, WEDNESDAY), story.now) == -1


def test_what_seemed_to_be_out_must_have_come_back_before_it_was_handed_out_again() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(to=TAX)).when("lend", **LEND, already_happened=True)
    story.then(
        CaseOpened(case="breach:ON_LOAN"),
        CaseOpened(case="breach:NOT_FREE"),
        Returned,
        LineReturned,
        (LOAN, LoanClosed),
        LoanOpened,
        Lent,
        SlipIssued,
    )
    assert list(borrowed(story).outs) == [story.answer["loan"]], "one borrower at a time, also after a breach"


def test_of_a_lot_only_as_many_must_have_come_back_as_were_handed_out() -> None:
    story = given(
        STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 5, to=TAX), lent(CHAIRS, 3, to=LANZHOU_FINANCE, loan=RESERVATION)
    )
    story.when("lend", **LEND | {"lines": chairs(4)}, already_happened=True)
    lot = story.thing(Asset, CHAIRS)
    assert (lot.here, sorted(out.quantity for out in lot.outs.values())) == (0, [3, 3, 4])
    assert story.thing(Loan, LOAN).out == {CHAIRS: 3}
    assert story.thing(Loan, LOAN).outcomes == ((CHAIRS, 2, LineOutcome.RETURNED),)


def test_every_rule_an_offline_hand_out_broke_is_a_case() -> None:
    story = given(STORE_ROOM, IN_STORE, on(LAPTOP, TitleChanged(title=Title.SEALED)), on(HEALTH, ABOLISHED))
    story.when("lend", **LEND, already_happened=True)
    assert story.thing(Asset, LAPTOP).cases == {"breach:TITLE_NOT_CLEAR", "breach:NO_STANDING"}
    assert BodyTookIn(item=LAPTOP) in [row.fact for row in story.new]


def test_an_offline_hand_out_from_a_store_that_should_not_have_had_it_lands_without_that_store_s_slip() -> (
    None
):
    story = given(STORE_ROOM, IN_STORE).when("lend", **LEND | {"as_": LIU_KEEPS}, already_happened=True)
    story.then(CaseOpened(case="breach:NOT_YOUR_STORE"), LoanOpened, Lent)
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=WAREHOUSE)
    story.when("lend", **LEND).then(LoanOpened, Lent, SlipIssued)


def test_only_who_keeps_a_store_or_the_thing_says_that_it_was_handed_out() -> None:
    given(STORE_ROOM, IN_STORE).when("lend", **LEND | {"as_": XIE_ASKS}, already_happened=True).refused(
        NotYours
    )


# With a carrier.


def test_with_a_carrier_it_is_in_transit_until_the_borrower_signs() -> None:
    story = given(STORE_ROOM, IN_STORE).when("dispatch", **SEND).then(LoanOpened, Dispatched, SlipIssued)
    loan = story.answer["loan"]
    assert story.fact(SlipIssued).kind is SlipKind.RELEASE
    assert borrowed(story).where == Custody(CustodyKind.TRANSIT, HEALTH, None, loan)
    assert borrowed(story).usable == 1, "the loan claims it; it is not broken"
    assert borrowed(story).free(Window(TUESDAY, WEDNESDAY), story.now) == 0
    story.when("receive", as_=XIE_ASKS, loan=loan).then(LoanReceived, Received)
    assert borrowed(story).where == Custody(CustodyKind.OUT, HEALTH, XIE, loan)
    story.when("receive", as_=XIE_ASKS, loan=loan).refused(NotInTransit)


def test_a_carrier_has_a_name() -> None:
    given(STORE_ROOM, IN_STORE).when("dispatch", **SEND | {"carrier": "  "}).refused(InvalidValue, "carrier")


def test_only_the_borrower_s_own_people_sign_for_what_came() -> None:
    story = given(STORE_ROOM, IN_STORE).when("dispatch", **SEND)
    loan = story.answer["loan"]
    for stranger in (ANA_KEEPS, CHEN_MANAGES):
        story.when("receive", as_=stranger, loan=loan, receiver=BY_WANG).refused(NotYourReceipt)
    story.when("receive", as_=XIE_ASKS, loan=loan, receiver=BY_WANG).then(LoanReceived, Received)
    assert borrowed(story).where.person == WANG


def test_who_sent_it_does_not_sign_for_it() -> None:
    story = given(STORE_ROOM, IN_STORE).when("dispatch", **SEND)
    loan = story.answer["loan"]
    story.when("receive", as_=XIE_ASKS, loan=loan, receiver=by_hand(ANA)).refused(SamePerson)


def test_what_came_is_signed_for_even_by_a_body_in_liquidation() -> None:
    story = given(STORE_ROOM, IN_STORE).when("dispatch", **SEND)
    story.given(on(HEALTH, ABOLISHED)).when("receive", as_=XIE_ASKS, loan=story.answer["loan"])
    story.then(LoanReceived, Received, (HEALTH, BodyTookIn(item=LAPTOP)))


def test_what_came_back_on_the_way_is_not_signed_for() -> None:
    story = given(STORE_ROOM, IN_STORE).when("dispatch", **SEND)
    loan = story.answer["loan"]
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=WAREHOUSE, loan=loan)
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)
    story.when("receive", as_=XIE_ASKS, loan=loan).refused(NotInTransit)


def test_two_lots_go_out_on_one_paper_and_each_has_its_line() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, SIX_DESKS)
    lines = (LoanLine(CHAIRS, 4), LoanLine(DESKS, 2))
    story.when("dispatch", **SEND | {"lines": lines}).then(LoanOpened, Dispatched, Dispatched, SlipIssued)
    loan = story.answer["loan"]
    slip = story.fact(SlipIssued)
    assert [(line.asset, line.quantity, str(line.value.amount)) for line in slip.lines] == [
        (CHAIRS, 4, "400.00"),
        (DESKS, 2, "200.00"),
    ]
    story.when("receive", as_=XIE_ASKS, loan=loan, receiver=BY_XIE).then(LoanReceived, Received, Received)
    assert story.thing(Asset, CHAIRS).outs[loan].quantity == 4
    assert story.thing(Asset, CHAIRS).here == 6


def test_an_unknown_loan_is_unknown() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("receive", as_=XIE_ASKS, loan=LOAN).refused(Unknown, "loan")
    story.when("receive", as_=XIE_ASKS, loan=ROOT).refused(Unknown, "loan")


def test_a_closed_body_is_given_nothing_not_even_late() -> None:
    story = given(STORE_ROOM, IN_STORE, on(HEALTH, ABOLISHED)).when("close_body", body=HEALTH)
    assert story.refusal is None
    story.when("lend", **LEND, already_happened=True).refused(BodyFileClosed, "borrower")


def sent_by_carrier() -> tuple[Story, UUID]:
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS)
    story.when("dispatch", **SEND | {"lines": (LoanLine(CHAIRS, 4), LoanLine(LAPTOP, 1))})
    return story, story.answer["loan"]


def test_what_the_carrier_did_not_bring_stays_on_its_way_with_a_case() -> None:
    story, loan = sent_by_carrier()
    came = (ArrivedLine(CHAIRS, 3),)
    story.when("receive", as_=XIE_ASKS, loan=loan, lines=came)
    assert story.refusal is None
    assert story.fact(LoanReceived).missing == (LoanLine(CHAIRS, 1), LoanLine(LAPTOP, 1))
    chairs, laptop = story.thing(Asset, CHAIRS), story.thing(Asset, LAPTOP)
    assert (chairs.outs[loan].quantity, chairs.outs[loan].on_the_way) == (4, 1)
    assert chairs.outs[loan].custody == Custody(CustodyKind.OUT, HEALTH, XIE, loan)
    assert laptop.where.kind is CustodyKind.TRANSIT, "nobody has signed for it: the carrier answers"
    assert chairs.cases == laptop.cases == {"missing_on_the_way"}
    assert story.thing(Loan, loan).on_the_way == {CHAIRS: 1, LAPTOP: 1}
    story.when("receive", as_=XIE_ASKS, loan=loan, lines=(ArrivedLine(LAPTOP, 1),)).then(
        LoanReceived, Received
    )
    assert story.thing(Asset, LAPTOP).where.kind is CustodyKind.OUT
    story.when("receive", as_=XIE_ASKS, loan=loan).then(LoanReceived, Received)
    assert story.thing(Asset, CHAIRS).outs[loan].on_the_way == 0
    story.when("receive", as_=XIE_ASKS, loan=loan).refused(NotInTransit)


def test_what_the_carrier_broke_is_seen_at_the_receipt_and_is_a_case() -> None:
    story, loan = sent_by_carrier()
    came = (ArrivedLine(CHAIRS, 4), ArrivedLine(LAPTOP, 1, Condition.BROKEN))
    story.when("receive", as_=XIE_ASKS, loan=loan, lines=came)
    story.then(LoanReceived, Received, Received, CaseOpened(case="damaged_on_the_way", paper=loan))
    assert story.thing(Asset, LAPTOP).condition is Condition.BROKEN


def test_what_comes_back_to_the_store_from_the_carrier_is_no_longer_on_its_way() -> None:
    story, loan = sent_by_carrier()
    story.when("receive", as_=XIE_ASKS, loan=loan, lines=(ArrivedLine(CHAIRS, 3),))
    back = (ReturnLine(asset=CHAIRS, quantity=4), ReturnLine(asset=LAPTOP))
    story.when("take_back", as_=ANA_KEEPS, lines=back, place=WAREHOUSE, loan=loan)
    assert story.refusal is None
    assert story.thing(Loan, loan).on_the_way == {}
    story.when("receive", as_=XIE_ASKS, loan=loan).refused(NotInTransit)


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ((ArrivedLine(CHAIRS, 5),), "lines.0.quantity"),
        ((ArrivedLine(CHAIRS, -1),), "lines.0.quantity"),
        ((ArrivedLine(DESKS, 1),), "lines.0.asset"),
        ((ArrivedLine(CHAIRS, 1), ArrivedLine(CHAIRS, 1)), "lines"),
        ((ArrivedLine(CHAIRS, 0), ArrivedLine(LAPTOP, 0)), "lines"),
    ],
)
def test_nobody_signs_for_what_was_never_sent_twice_or_for_nothing(
    lines: tuple[ArrivedLine, ...], path: str
) -> None:
    story, loan = sent_by_carrier()
    story.when("receive", as_=XIE_ASKS, loan=loan, lines=lines).refused(InvalidValue, path)
