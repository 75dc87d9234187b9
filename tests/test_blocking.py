"""Blocked at a warehouse: overdue returns, unsigned receipts, a manager's word. Returning is always allowed."""

from datetime import timedelta
from typing import Any

from domain.asset import Asset
from domain.body import Body, DutyPersonNamed
from domain.life.lending import Lent, Returned
from domain.life.pooling import Reserved
from domain.notices import NOTICES, To, Told
from domain.papers.borrower import BorrowingBlocked, BorrowingCleared
from domain.papers.loan import LineOutcome, LineReturned, LoanClosed, LoanLine, LoanOpened
from domain.papers.slip import SlipIssued
from domain.refusals import AlreadyDone, InvalidValue, NotYours
from domain.terms import Blocking
from domain.usecases.blocking import BorrowerIsBlocked, BorrowerOverdue, ReceiptsUnsigned
from domain.usecases.damage_rules import OfTheBorrower
from domain.usecases.pooling import ReasonMissing
from domain.usecases.returning import ReturnLine
from domain.usecases.suspending import NotBlocked
from domain.values import Condition, Role, Window
from tests.examples import (
    ANA_KEEPS,
    BIN_A1,
    CHEN_MANAGES,
    EDUCATION_FINANCE,
    EDUCATION_OFFICE,
    EVA_MANAGES,
    FRIDAY,
    HEALTH,
    NEXT_YEAR,
    OFFICES,
    TAX,
    TUESDAY,
    WAREHOUSE,
)
from tests.goods import CHAIRS, DESKS, LAPTOP, card, said
from tests.store_room import (
    BAI_MANAGES,
    BY_WANG,
    IN_STORE,
    LIU_KEEPS,
    SECOND_SHELF,
    SIX_DESKS,
    STORE_ROOM,
    TEN_CHAIRS,
    WANG,
    XIE_ASKS,
)
from tests.story import MONDAY, Story, given, on
from tests.test_extending import set_terms

AFTER_FIVE_DAYS = set_terms(Blocking(overdue_days=5, unsigned_days=3), warehouse=WAREHOUSE)
IN_TIME, TOO_LATE = TUESDAY + timedelta(days=4), TUESDAY + timedelta(days=5)


def lend(asset: Any = CHAIRS, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "as_": ANA_KEEPS, "lines": (LoanLine(asset, quantity),), "borrower": HEALTH, "receiver": BY_WANG, "due": MONDAY + timedelta(days=60)
    } | more  # fmt: skip


def borrowed(due: Any = TUESDAY) -> Story:
    """The health commission has a laptop until Tuesday."""
    return given(STORE_ROOM, IN_STORE, TEN_CHAIRS, SIX_DESKS, AFTER_FIVE_DAYS).when(
        "lend", **lend(LAPTOP, due=due)
    )


def test_who_has_not_returned_for_so_long_borrows_nothing_new_here() -> None:
    story = borrowed().when("lend", **lend(), at=IN_TIME).then(LoanOpened, Lent, SlipIssued)
    story.when("lend", **lend(), at=TOO_LATE).refused(BorrowerOverdue, "borrower")
    assert story.refusal is not None
    no = story.refusal.values
    assert (no["days"], no["count"], no["most"], no["policy"]) == (5, 1, 5, 1)
    assert str(no["rule"]).startswith("blocking/")
    assert str(no["loans"]).startswith("LOA-")
    story.when(
        "dispatch",
        as_=ANA_KEEPS,
        lines=(LoanLine(CHAIRS, 1),),
        borrower=HEALTH,
        carrier="顺丰",
        due=MONDAY + timedelta(days=60),
    )
    story.refused(BorrowerOverdue)


def test_who_is_blocked_is_promised_nothing_either() -> None:
    reserve = {
        "as_": ANA_KEEPS,
        "asset": CHAIRS,
        "window": Window(TOO_LATE + timedelta(days=2), TOO_LATE + timedelta(days=3)),
    }
    story = (
        borrowed().when("reserve_asset", **reserve, body=HEALTH, at=TOO_LATE).refused(BorrowerOverdue, "body")
    )
    story.when("reserve_asset", **reserve, body=TAX).then(Reserved)


def test_others_are_not_blocked_and_nobody_is_elsewhere() -> None:
    elsewhere = card(DESKS, said("办公桌", 6, unit="张"), place=SECOND_SHELF)
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS, elsewhere, AFTER_FIVE_DAYS).when(
        "lend", **lend(LAPTOP, due=TUESDAY)
    )
    story.when("lend", **lend(borrower=TAX), at=TOO_LATE).then(LoanOpened, Lent, SlipIssued)
    story.when("lend", **lend(DESKS, as_=LIU_KEEPS)).then(LoanOpened, Lent, SlipIssued)
    story.when("lend", **lend()).refused(BorrowerOverdue)


def test_returning_is_always_allowed_and_lifts_the_block() -> None:
    story = borrowed().when("lend", **lend(), at=TOO_LATE).refused(BorrowerOverdue)
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=BIN_A1)
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)
    story.when("lend", **lend()).then(LoanOpened, Lent, SlipIssued)


def test_a_manually_blocked_borrower_still_returns() -> None:
    story = borrowed().when(
        "block_borrower", as_=EVA_MANAGES, body=HEALTH, warehouse=WAREHOUSE, reason_="屡次逾期"
    )
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=BIN_A1)
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)


def test_an_extension_lifts_the_block() -> None:
    story = borrowed().when("lend", **lend(), at=TOO_LATE).refused(BorrowerOverdue)
    loan = next(iter(story.thing(Asset, LAPTOP).outs))
    story.when("extend_loan", as_=ANA_KEEPS, loan=loan, due=TOO_LATE + timedelta(days=9))
    story.when("lend", **lend()).then(LoanOpened, Lent, SlipIssued)


def test_who_does_not_sign_for_what_was_sent_gets_nothing_new() -> None:
    sent = {"as_": ANA_KEEPS, "lines": (LoanLine(LAPTOP, 1),), "borrower": HEALTH, "carrier": "顺丰"}
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS, AFTER_FIVE_DAYS)
    story.when("dispatch", **sent, due=MONDAY + timedelta(days=60))
    loan = story.answer["loan"]
    story.when("lend", **lend(), at=MONDAY + timedelta(days=2)).then(LoanOpened, Lent, SlipIssued)
    story.when("lend", **lend(), at=MONDAY + timedelta(days=3)).refused(ReceiptsUnsigned, "borrower")
    assert story.refusal is not None
    assert (story.refusal.values["days"], story.refusal.values["most"]) == (3, 3)
    story.when("receive", as_=XIE_ASKS, loan=loan)
    story.when("lend", **lend()).then(LoanOpened, Lent, SlipIssued)


def test_a_policy_of_no_days_blocks_nobody() -> None:
    free = set_terms(Blocking(overdue_days=0, unsigned_days=0), warehouse=WAREHOUSE)
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS, free).when("lend", **lend(LAPTOP, due=TUESDAY))
    story.when("lend", **lend(), at=TUESDAY + timedelta(days=50)).then(LoanOpened, Lent, SlipIssued)


def test_a_view_that_lags_behind_blocks_nobody() -> None:
    """Another paper may end a loan; what the loan itself says counts."""
    story = borrowed()
    loan = next(iter(story.thing(Asset, LAPTOP).outs))
    back = Returned(loan=loan, quantity=1, condition=Condition.GOOD, operator=TAX)
    line = LineReturned(asset=LAPTOP, quantity=1, outcome=LineOutcome.RETURNED)
    story.given(on(LAPTOP, back), on(loan, line, LoanClosed()))
    assert loan in {one.loan for one in story.log.open_loans(HEALTH, WAREHOUSE)}
    story.when("lend", **lend(), at=TOO_LATE).then(LoanOpened, Lent, SlipIssued)


def test_a_hand_out_decided_before_a_block_is_decided_again() -> None:
    """The borrower's file is what the decision rests on: a block at the same moment wins."""
    story = given(STORE_ROOM, TEN_CHAIRS)
    story.when("lend", **lend(), meanwhile_=[on(HEALTH, BorrowingBlocked(point=WAREHOUSE))])
    story.refused(BorrowerIsBlocked)


def test_what_was_handed_out_offline_to_a_blocked_borrower_lands_as_a_breach() -> None:
    story = borrowed()
    story.when("lend", **lend(already_happened=True), at=TOO_LATE)
    assert story.refusal is None
    assert story.thing(Asset, CHAIRS).cases == {"breach:BORROWER_OVERDUE"}


# By a manager.


def test_a_manager_blocks_with_a_reason_and_an_end() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS)
    block: dict[str, Any] = {"as_": EVA_MANAGES, "body": HEALTH, "warehouse": WAREHOUSE, "until": FRIDAY}
    story.when("block_borrower", **block).refused(ReasonMissing)
    story.when("block_borrower", **block | {"until": MONDAY}, reason_="屡次逾期").refused(
        InvalidValue, "until"
    )
    story.when("block_borrower", **block | {"warehouse": BIN_A1}, reason_="屡次逾期").refused(
        InvalidValue, "warehouse"
    )
    for who in (BAI_MANAGES, CHEN_MANAGES, ANA_KEEPS):
        story.when("block_borrower", **block | {"as_": who}, reason_="屡次逾期").refused(NotYours)
    story.when("block_borrower", **block, reason_="屡次逾期").then(BorrowingBlocked)
    story.when("lend", **lend()).refused(BorrowerIsBlocked, "borrower")
    assert story.refusal is not None
    assert (story.refusal.values["why"], story.refusal.values["until"]) == ("屡次逾期", "2026-03-06")
    story.when("lend", **lend(), at=FRIDAY).then(LoanOpened, Lent, SlipIssued)


def test_what_holds_by_time_does_not_overwrite_a_manager() -> None:
    story = borrowed()
    story.when("block_borrower", as_=EVA_MANAGES, body=HEALTH, warehouse=WAREHOUSE, reason_="屡次逾期")
    story.when("lend", **lend(), at=TOO_LATE).refused(BorrowerIsBlocked)
    clear: dict[str, Any] = {
        "as_": EVA_MANAGES,
        "body": HEALTH,
        "warehouse": WAREHOUSE,
        "reason_": "防汛急用",
    }
    story.when("clear_borrower", **clear).then(BorrowingCleared)
    story.when("lend", **lend()).refused(BorrowerOverdue)
    story.when("clear_borrower", **clear, until=TOO_LATE + timedelta(days=9))
    story.when("lend", **lend()).then(LoanOpened, Lent, SlipIssued)
    story.when("lend", **lend(), at=TOO_LATE + timedelta(days=9)).refused(BorrowerOverdue)


def test_nobody_clears_its_own_body() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS)
    clear: dict[str, Any] = {"as_": EVA_MANAGES, "warehouse": WAREHOUSE, "reason_": "急用"}
    story.when("clear_borrower", **clear, body=OFFICES).refused(OfTheBorrower)
    story.when("clear_borrower", **clear, body=HEALTH).refused(NotBlocked)


def test_a_block_is_cleared_once_and_the_body_is_told() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS)
    ask: dict[str, Any] = {"as_": EVA_MANAGES, "body": HEALTH, "warehouse": WAREHOUSE, "reason_": "已整改"}
    story.when("clear_borrower", **ask).refused(NotBlocked, "body")
    story.when("block_borrower", **ask | {"reason_": "屡次逾期"}, until=FRIDAY)
    story.when("clear_borrower", **ask).then(BorrowingCleared)
    [told] = [one for one in NOTICES if one.fact is BorrowingCleared]
    body = story.thing(Body, HEALTH)
    assert To(Role.OFFICER.value, HEALTH) in told.to(
        Told(story.fact(BorrowingCleared), body, body, story.new[0].meta)
    )
    story.when("clear_borrower", **ask).refused(NotBlocked, "body")
    story.when("block_borrower", **ask | {"reason_": "又逾期"}, until=FRIDAY)
    story.when("clear_borrower", **ask, at=FRIDAY).refused(NotBlocked, "body")
    story.when("clear_borrower", **ask, until=NEXT_YEAR).then(BorrowingCleared)
    story.when("clear_borrower", **ask, until=NEXT_YEAR).refused(AlreadyDone, "until")
    story.when("clear_borrower", **ask).then(BorrowingCleared)


def test_a_division_is_blocked_with_the_body_that_answers_for_it() -> None:
    """Education's office keeps tax's chairs too long; then education's finance division gets none either."""
    ours = [
        *STORE_ROOM,
        card(CHAIRS, said("椅子", 10, unit="把"), holder=TAX, place=WAREHOUSE),
        AFTER_FIVE_DAYS,
    ]
    duty = [on(body, DutyPersonNamed(person=WANG)) for body in (EDUCATION_OFFICE, EDUCATION_FINANCE)]
    story = given(ours, duty).when("lend", **lend(borrower=EDUCATION_OFFICE, due=TUESDAY))
    story.when("lend", **lend(borrower=EDUCATION_FINANCE), at=TOO_LATE).refused(BorrowerOverdue)
