"""Longer, or back earlier: who may say so, what stands in the way, and that only what is still out is asked about again."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.asset import Asset
from domain.body import Relation, RelationSet
from domain.life.lending import Returned
from domain.life.on_loan import LoanExtended, Recalled
from domain.limits import TermTooLong
from domain.papers.loan import LineOutcome, LineReturned, Loan, LoanClosed, LoanLine
from domain.papers.running_loan import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    InTheWay,
    LentToSuperior,
    LoanRecalled,
    NoExtension,
    RecallReason,
)
from domain.policy_book import BOOK, PolicySet
from domain.refusals import AlreadyDone, InvalidValue, NotYours, SamePerson
from domain.terms import LoanTerms, Scope, Terms
from domain.usecases.extending import ExtensionClashes, ExtensionTooLong
from domain.usecases.loan_rules import (
    AskedTooLate,
    DueBeforeThat,
    ExtensionsUsedUp,
    LoanIsRecalled,
    NotAsked,
    NothingOut,
)
from domain.usecases.pooling import NotFree
from domain.usecases.returning import ReturnLine
from domain.values import Condition, Role, Window
from tests.examples import (
    ANA_KEEPS,
    CHEN_MANAGES,
    EDUCATION,
    FRIDAY,
    HEALTH,
    NEXT_MONDAY,
    OFFICES,
    TAX,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    named_id,
)
from tests.goods import CHAIRS, DESKS, LAPTOP
from tests.store_room import (
    BAI_MANAGES,
    BY_WANG,
    IN_STORE,
    LIU_KEEPS,
    LOAN,
    SIX_DESKS,
    STORE_ROOM,
    TEN_CHAIRS,
    XIE,
    XIE_ASKS,
    lent,
    promised,
)
from tests.story import MONDAY, Step, given, on

ASK: dict[str, Any] = {"as_": XIE_ASKS, "loan": LOAN, "due": FRIDAY}


def set_terms(terms: Terms, **scope: Any) -> Step:
    """An administrator has set this."""
    row = PolicySet(
        policy=named_id(f"terms:{type(terms).__name__}"), scope=Scope(**scope), valid_from=date(2025, 1, 1), terms=terms,
        document="甘机管发〔2025〕3号",
    )  # fmt: skip
    return on(BOOK, row)


def replaced(step: Step, stream: UUID) -> Step:
    """The same facts on another stream: somebody with a second account."""
    return Step(stream, step.facts, step.at, step.meta, ())


# Longer.


def test_the_borrower_asks_and_the_keeper_grants_it() -> None:
    story = given(STORE_ROOM, IN_STORE, lent()).when("request_extension", **ASK)
    story.then((LOAN, ExtensionRequested(due=FRIDAY, assets=(LAPTOP,))))
    story.when("grant_extension", as_=ANA_KEEPS, loan=LOAN)
    story.then(
        (LOAN, ExtensionGranted(due=FRIDAY, lines=(LoanLine(LAPTOP, 1),))),
        (LAPTOP, LoanExtended(loan=LOAN, due=FRIDAY)),
    )
    loan = story.thing(Loan, LOAN)
    assert (loan.due, loan.asked, loan.extensions) == (FRIDAY, None, 1)
    assert story.thing(Asset, LAPTOP).outs[LOAN].due == FRIDAY


def test_only_the_borrower_asks_and_only_the_lender_s_side_decides() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("request_extension", **ASK | {"as_": CHEN_MANAGES}).refused(NotYours)
    story.when("grant_extension", as_=ANA_KEEPS, loan=LOAN).refused(NotAsked)
    story.when("request_extension", **ASK).when("request_extension", **ASK).refused(AlreadyDone)
    for who in (XIE_ASKS, BAI_MANAGES, LIU_KEEPS):
        story.when("grant_extension", as_=who, loan=LOAN).refused(NotYours)
        story.when("extend_loan", as_=who, loan=LOAN, due=FRIDAY).refused(NotYours)
    story.when("grant_extension", as_=CHEN_MANAGES, loan=LOAN).then(ExtensionGranted, LoanExtended)


def test_who_asks_for_an_extension_does_not_grant_it() -> None:
    both = replaced(account(XIE, EDUCATION, (Role.ASSET_MANAGER, EDUCATION)), named_id("第二个账号"))
    story = given(STORE_ROOM, IN_STORE, lent(), both).when("request_extension", **ASK)
    story.when("grant_extension", as_=both.stream, loan=LOAN).refused(SamePerson)


def test_an_extension_asks_again_about_the_lines_that_are_still_out_and_about_no_others() -> None:
    chairs_are_promised = promised(CHAIRS, 10, to=TAX, window=Window(WEDNESDAY + timedelta(hours=1), FRIDAY))
    story = given(STORE_ROOM, TEN_CHAIRS, SIX_DESKS).when(
        "lend", as_=ANA_KEEPS, lines=(LoanLine(CHAIRS, 4), LoanLine(DESKS, 2)), borrower=HEALTH, receiver=BY_WANG, due=WEDNESDAY
    )  # fmt: skip
    loan = story.answer["loan"]
    story.when("request_extension", as_=XIE_ASKS, loan=loan, due=FRIDAY)
    story.given(chairs_are_promised)
    story.when("grant_extension", as_=ANA_KEEPS, loan=loan).refused(ExtensionClashes, "due")
    assert story.refusal is not None
    assert "国家税务总局甘肃省税务局" in str(story.refusal.values["clashes"]), "it says who"
    assert "2026-03-04" in str(story.refusal.values["clashes"]), "and when"
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=CHAIRS, quantity=4),), place=WAREHOUSE)
    story.when("grant_extension", as_=ANA_KEEPS, loan=loan)
    story.then(ExtensionGranted(due=FRIDAY, lines=(LoanLine(DESKS, 2),)), (DESKS, LoanExtended))


def test_what_is_extended_is_not_promised_to_anybody_else_meanwhile() -> None:
    story = given(STORE_ROOM, IN_STORE, lent()).when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY)
    story.when(
        "reserve_asset", as_=ANA_KEEPS, asset=LAPTOP, body=TAX, window=Window(WEDNESDAY + timedelta(hours=1), NEXT_MONDAY)
    ).refused(NotFree)  # fmt: skip


def test_of_an_extension_and_a_promise_at_the_same_moment_one_wins() -> None:
    late = promised(LAPTOP, to=TAX, window=Window(WEDNESDAY + timedelta(hours=1), FRIDAY))
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY, meanwhile_=[late])
    story.refused(ExtensionClashes)


def test_what_comes_back_while_an_extension_is_granted_is_not_extended() -> None:
    back = Returned(loan=LOAN, quantity=1, condition=Condition.GOOD, operator=OFFICES, place=WAREHOUSE)
    ended = LineReturned(asset=LAPTOP, quantity=1, outcome=LineOutcome.RETURNED)
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when(
        "extend_loan", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY, meanwhile_=[on(LAPTOP, back), on(LOAN, ended, LoanClosed())]
    ).refused(NothingOut)  # fmt: skip


def test_an_extended_loan_that_was_overdue_runs_again() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(due=TUESDAY))
    assert story.thing(Loan, LOAN).overdue(WEDNESDAY)
    story.when("extend_loan", as_=ANA_KEEPS, at=WEDNESDAY, loan=LOAN, due=FRIDAY)
    story.then(ExtensionGranted, LoanExtended)
    loan = story.thing(Loan, LOAN)
    assert not loan.overdue(WEDNESDAY)
    assert loan.overdue(FRIDAY)


def test_an_overdue_loan_is_not_extended_over_a_promise_that_has_begun() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(due=TUESDAY), promised(LAPTOP, to=TAX))
    story.when("extend_loan", as_=ANA_KEEPS, at=WEDNESDAY, loan=LOAN, due=FRIDAY).refused(ExtensionClashes)


def test_how_often_and_how_long_is_policy_and_a_refusal_names_it() -> None:
    strict = set_terms(LoanTerms(most_days=30, extensions=1, extension_days=2), warehouse=WAREHOUSE)
    story = given(STORE_ROOM, IN_STORE, lent(), strict)
    story.when("request_extension", **ASK | {"due": FRIDAY + timedelta(days=1)}).refused(
        ExtensionTooLong, "due"
    )
    assert story.refusal is not None
    assert story.refusal.values["most"] == 2
    assert story.refusal.values["policy"] == 1
    assert str(story.refusal.values["rule"]).startswith("loan_terms/")
    story.when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY).then(ExtensionGranted, LoanExtended)
    story.when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY + timedelta(days=1)).refused(
        ExtensionsUsedUp
    )
    story.when("request_extension", **ASK | {"due": FRIDAY + timedelta(days=1)}).refused(ExtensionsUsedUp)


def test_the_longest_term_of_an_item_and_its_borrower_goes_on_over_an_extension_and_a_new_loan() -> None:
    strict = set_terms(
        LoanTerms(most_days=5, extensions=1, extension_days=3, break_days=7), warehouse=WAREHOUSE
    )
    story = given(STORE_ROOM, IN_STORE, strict)
    lend = {"as_": ANA_KEEPS, "lines": (LoanLine(LAPTOP, 1),), "borrower": HEALTH, "receiver": BY_WANG}
    story.when("lend", **lend, due=WEDNESDAY)
    story.when("take_back", as_=ANA_KEEPS, at=TUESDAY, lines=(ReturnLine(asset=LAPTOP),), place=WAREHOUSE)
    story.when("lend", **lend, at=WEDNESDAY, due=FRIDAY)
    loan = story.answer["loan"]
    story.when("extend_loan", as_=ANA_KEEPS, loan=loan, due=MONDAY + timedelta(days=9)).refused(
        ExtensionTooLong
    )
    story.when("extend_loan", as_=ANA_KEEPS, loan=loan, due=MONDAY + timedelta(days=7)).then(
        ExtensionGranted, LoanExtended
    )
    again = set_terms(
        LoanTerms(most_days=2, extensions=9, extension_days=3, break_days=7), warehouse=WAREHOUSE
    )
    story.given(again).when("extend_loan", as_=ANA_KEEPS, loan=loan, due=MONDAY + timedelta(days=9)).refused(
        TermTooLong, "due"
    )


def test_an_extension_is_later_and_of_something_that_is_out() -> None:
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS, lent())
    story.when("request_extension", **ASK | {"due": TUESDAY}).refused(InvalidValue, "due")
    story.when("request_extension", **ASK, assets=(CHAIRS,)).refused(NothingOut)
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=WAREHOUSE)
    story.when("request_extension", **ASK).refused(NothingOut)
    story.when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY).refused(NothingOut)


def test_it_may_be_granted_for_a_shorter_time_but_not_for_a_longer_one() -> None:
    story = given(STORE_ROOM, IN_STORE, lent()).when("request_extension", **ASK)
    story.when("grant_extension", as_=ANA_KEEPS, loan=LOAN, due=NEXT_MONDAY).refused(InvalidValue, "due")
    story.when("grant_extension", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY - timedelta(days=1))
    assert story.fact(LoanExtended).due == FRIDAY - timedelta(days=1)


def test_a_refused_extension_says_why_and_who_has_it_then() -> None:
    taken = Window(WEDNESDAY + timedelta(hours=1), FRIDAY)
    story = given(STORE_ROOM, IN_STORE, lent()).when("request_extension", **ASK)
    story.given(promised(LAPTOP, to=TAX, window=taken))
    story.when("refuse_extension", as_=ANA_KEEPS, loan=LOAN, why=NoExtension.PROMISED_TO_OTHERS)
    [clash] = story.fact(ExtensionRefused).clashes
    assert clash == InTheWay(LAPTOP, TAX, 1, taken.start, taken.end)
    assert story.thing(Loan, LOAN).due == WEDNESDAY
    story.when("refuse_extension", as_=ANA_KEEPS, loan=LOAN, why=NoExtension.ANOTHER_REASON).refused(NotAsked)


def test_what_was_not_decided_in_time_can_only_be_refused() -> None:
    story = given(STORE_ROOM, IN_STORE, lent()).when("request_extension", **ASK)
    story.when("grant_extension", as_=ANA_KEEPS, at=FRIDAY, loan=LOAN).refused(AskedTooLate)
    story.when("refuse_extension", as_=ANA_KEEPS, loan=LOAN, why=NoExtension.ANOTHER_REASON).then(
        ExtensionRefused
    )


# Back earlier.


def test_the_lender_recalls_it_and_the_day_moves_forward() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 4, due=FRIDAY))
    story.when("recall_loan", as_=CHEN_MANAGES, loan=LOAN, due=TUESDAY, why=RecallReason.LENDER_NEEDS_IT)
    story.then(
        (LOAN, LoanRecalled(due=TUESDAY, lines=(LoanLine(CHAIRS, 4),), why=RecallReason.LENDER_NEEDS_IT, borrower=HEALTH)),
        (CHAIRS, Recalled(loan=LOAN, due=TUESDAY)),
    )  # fmt: skip
    assert story.thing(Loan, LOAN).overdue(WEDNESDAY)
    assert story.thing(Asset, CHAIRS).free(Window(WEDNESDAY, FRIDAY), MONDAY) == 10, (
        "it is free again from that day on"
    )


def test_only_some_of_a_loan_is_recalled_and_the_rest_keeps_its_day() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, SIX_DESKS).when(
        "lend", as_=ANA_KEEPS, lines=(LoanLine(CHAIRS, 4), LoanLine(DESKS, 2)), borrower=HEALTH, receiver=BY_WANG, due=FRIDAY
    )  # fmt: skip
    loan = story.answer["loan"]
    story.when(
        "recall_loan", as_=ANA_KEEPS, loan=loan, due=TUESDAY, why=RecallReason.MISUSED, assets=(DESKS,)
    )
    paper = story.thing(Loan, loan)
    assert (paper.due, paper.dues[CHAIRS], paper.dues[DESKS]) == (TUESDAY, FRIDAY, TUESDAY)
    assert story.thing(Asset, CHAIRS).outs[loan].due == FRIDAY
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=DESKS, quantity=2),), place=WAREHOUSE)
    assert story.thing(Loan, loan).due == FRIDAY, "what is left is due on the day that was agreed for it"


def test_only_the_lender_s_side_recalls_and_only_to_an_earlier_day() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    recall: dict[str, Any] = {
        "loan": LOAN,
        "due": TUESDAY,
        "why": RecallReason.ANOTHER_REASON,
        "reason_": "搬迁",
    }
    for who in (XIE_ASKS, LIU_KEEPS):
        story.when("recall_loan", as_=who, **recall).refused(NotYours)
    story.when("recall_loan", as_=ANA_KEEPS, **recall | {"due": FRIDAY}).refused(DueBeforeThat)
    story.when("recall_loan", as_=ANA_KEEPS, **recall | {"due": MONDAY}).refused(InvalidValue, "due")
    story.when("recall_loan", as_=ANA_KEEPS, **recall).then(LoanRecalled, Recalled)


def test_what_is_recalled_is_extended_only_by_its_lender() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(due=FRIDAY))
    story.when("recall_loan", as_=ANA_KEEPS, loan=LOAN, due=TUESDAY, why=RecallReason.LENDER_NEEDS_IT)
    story.when("request_extension", **ASK | {"due": NEXT_MONDAY}).refused(LoanIsRecalled)
    story.when("extend_loan", as_=CHEN_MANAGES, loan=LOAN, due=FRIDAY).then(ExtensionGranted, LoanExtended)
    assert story.thing(Loan, LOAN).recalled == frozenset()


# A superior that borrows from its subordinate.


@pytest.mark.parametrize("far", [False, True])
def test_a_superior_that_borrows_from_its_subordinate_is_flagged_and_not_refused(far: bool) -> None:
    def under(body: UUID, above: UUID) -> Step:
        return on(body, RelationSet(relation=Relation.SUPERVISED_BY, other=above))

    line = [under(EDUCATION, TAX), under(TAX, HEALTH)] if far else [under(EDUCATION, HEALTH)]
    story = given(STORE_ROOM, IN_STORE, line).when(
        "lend", as_=ANA_KEEPS, lines=(LoanLine(LAPTOP, 1),), borrower=HEALTH, receiver=BY_WANG, due=FRIDAY
    )
    assert story.fact(LentToSuperior) == LentToSuperior(lender=EDUCATION, superior=HEALTH)
    assert story.thing(Loan, story.answer["loan"]).to_superior
