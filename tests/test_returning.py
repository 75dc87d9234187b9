"""Brought back: from anyone, anything, in any state. Each part of a line has one outcome, and a loan closes with the last."""

from typing import Any

import pytest

from domain.asset import Asset, Custody, CustodyKind, Existence, Flag, Kind
from domain.body import BodyMerged, BodyTookIn
from domain.life.disposing import Deregistered, HeldForDisposal, LeftForGood
from domain.life.keeping import CaseOpened, MissingReported
from domain.life.lending import CameBack, Inspected, KeptInside, Lent, LostOnLoan, Returned, SetApart
from domain.life.splitting import SplitFrom, SplitOff
from domain.papers.damage_case import DamageReported
from domain.papers.loan import (
    LineOutcome,
    LineReturned,
    Loan,
    LoanBecameInternal,
    LoanClosed,
    LoanLine,
    LoanOpened,
)
from domain.papers.slip import SlipIssued, SlipKind
from domain.place import PlaceClosed, PlaceOutOfUse, PlaceTakenOutOfUse
from domain.policies import InspectionDue, NotYourStore, OnLoan
from domain.refusals import AlreadyDone, InvalidValue, NotYours, SamePerson, Unknown
from domain.usecases.loan_rules import NotInTransit, StillTwoBodies
from domain.usecases.returning import ReturnLine
from domain.values import Condition, Signature, SignedBy
from tests.examples import (
    ABOLISHED,
    ANA,
    ANA_KEEPS,
    BIN_A1,
    CHEN_MANAGES,
    EDUCATION,
    FRIDAY,
    HEALTH,
    OFFICES,
    STORES_COMPANY,
    TAX,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    named_id,
)
from tests.goods import CHAIRS, DESKS, LAPTOP, card, said
from tests.store_room import (
    BAI_MANAGES,
    BY_WANG,
    IN_STORE,
    LIU_KEEPS,
    LOAN,
    RESERVATION,
    SECOND_SHELF,
    SIX_DESKS,
    STORE_ROOM,
    TEN_CHAIRS,
    WANG,
    WITH_DISK,
    XIE_ASKS,
    by_hand,
    lent,
    promised,
)
from tests.story import MONDAY, Step, Story, given, on

BACK: dict[str, Any] = {"as_": ANA_KEEPS, "place": WAREHOUSE}
IT = (ReturnLine(asset=LAPTOP),)


def brought(
    quantity: int, outcome: LineOutcome = LineOutcome.RETURNED, condition: Condition = Condition.UNKNOWN
) -> ReturnLine:
    return ReturnLine(asset=CHAIRS, quantity=quantity, outcome=outcome, condition=condition)


def part_of(story: Story) -> Asset:
    """The lot that was split off."""
    [stream] = [row.stream for row in story.new if isinstance(row.fact, SplitFrom)]
    return story.thing(Asset, stream)


def test_what_comes_back_is_the_store_s_again_and_the_loan_is_closed() -> None:
    story = given(STORE_ROOM, IN_STORE, lent()).when("take_back", **BACK, lines=IT, giver=BY_WANG)
    story.then((LAPTOP, Returned), (LOAN, LineReturned), (LOAN, LoanClosed), SlipIssued)
    asset = story.thing(Asset, LAPTOP)
    assert (asset.where, asset.outs) == (Custody(CustodyKind.CUSTODIAN, OFFICES), {})
    assert story.thing(Loan, LOAN).outcomes == ((LAPTOP, 1, LineOutcome.RETURNED),)
    assert story.answer["loans"] == [LOAN]
    slip = story.fact(SlipIssued)
    assert (slip.kind, slip.paper) == (SlipKind.RETURN, LOAN)
    assert (slip.giver, slip.receiver) == (story.thing(Loan, LOAN).borrower, OFFICES)
    assert slip.giver_signature == BY_WANG
    assert slip.receiver_signature == Signature(ANA, SignedBy.ACCOUNT)


def test_it_is_free_again_at_once_unless_it_must_be_inspected() -> None:
    story = given(STORE_ROOM, IN_STORE, lent()).when("take_back", **BACK, lines=IT)
    story.when(
        "lend", as_=ANA_KEEPS, lines=(LoanLine(LAPTOP, 1),), borrower=TAX, receiver=BY_WANG, due=FRIDAY
    ).then(LoanOpened, Lent, SlipIssued)


def test_nobody_who_brings_something_is_asked_for_a_signature_but_the_keeper_never_signs_for_him() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", **BACK, lines=IT, giver=by_hand(ANA)).refused(SamePerson)
    story.when("take_back", **BACK, lines=IT).then(Returned, LineReturned, LoanClosed, SlipIssued)


def test_any_store_takes_it_back() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", as_=LIU_KEEPS, place=SECOND_SHELF, lines=IT)
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)
    asset = story.thing(Asset, LAPTOP)
    assert (asset.place, asset.custody.body, asset.holder) == (SECOND_SHELF, STORES_COMPANY, EDUCATION)
    assert story.fact(SlipIssued).code == "B-1" or story.fact(SlipIssued).code == "GSW2"


def test_only_its_keeper_takes_things_into_a_store() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", as_=LIU_KEEPS, place=WAREHOUSE, lines=IT).refused(NotYours)
    story.when("take_back", as_=XIE_ASKS, place=WAREHOUSE, lines=IT).refused(NotYours)


def test_a_borrower_in_liquidation_or_one_who_lost_its_standing_still_returns() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(), on(HEALTH, ABOLISHED))
    story.when("take_back", **BACK, lines=IT).then(Returned, LineReturned, LoanClosed, SlipIssued)


def test_a_store_out_of_use_takes_what_comes_and_a_closed_one_is_none() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(), on(BIN_A1, PlaceTakenOutOfUse()))
    story.when("take_back", as_=ANA_KEEPS, place=BIN_A1, lines=IT)
    assert story.refusal is None
    story = given(STORE_ROOM, IN_STORE, lent(), on(BIN_A1, PlaceTakenOutOfUse(), PlaceClosed()))
    story.when("take_back", as_=ANA_KEEPS, place=BIN_A1, lines=IT).refused(PlaceOutOfUse)


# Partly back.


def test_a_partial_return_frees_only_that_line() -> None:
    both = LoanOpened(
        warehouse=WAREHOUSE, lender=EDUCATION, borrower=HEALTH, lines=(LoanLine(CHAIRS, 4), LoanLine(DESKS, 2)),
        due=WEDNESDAY, giver=Signature(ANA, SignedBy.ACCOUNT), receiver=BY_WANG,
    )  # fmt: skip

    def out(quantity: int) -> Lent:
        return Lent(
            loan=LOAN,
            borrower=HEALTH,
            person=WANG,
            quantity=quantity,
            condition=Condition.GOOD,
            due=WEDNESDAY,
        )

    story = given(
        STORE_ROOM,
        TEN_CHAIRS,
        SIX_DESKS,
        on(LOAN, both),
        on(CHAIRS, out(4), at=MONDAY),
        on(DESKS, out(2), at=MONDAY),
    )
    story.when("take_back", **BACK, lines=(brought(4),)).then((CHAIRS, Returned), LineReturned, SlipIssued)
    loan = story.thing(Loan, LOAN)
    assert (loan.out, loan.closed) == ({DESKS: 2}, False)
    assert (story.thing(Asset, CHAIRS).here, story.thing(Asset, DESKS).here) == (10, 4)
    story.when("take_back", **BACK, lines=(ReturnLine(asset=DESKS, quantity=2),))
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)


def test_a_lot_comes_back_in_parts_and_stays_one_lot() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 5))
    story.when("take_back", **BACK, lines=(brought(2),)).then(Returned, LineReturned, SlipIssued)
    story.when("take_back", **BACK, lines=(brought(3),)).then(Returned, LineReturned, LoanClosed, SlipIssued)
    lot = story.thing(Asset, CHAIRS)
    assert (lot.quantity, lot.here, lot.usable) == (10, 10, 10)


def test_a_return_finds_the_oldest_loan_by_itself_and_goes_on_to_the_next() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 3), lent(CHAIRS, 3, to=TAX, loan=RESERVATION))
    story.when("take_back", **BACK, lines=(brought(4),))
    story.then(Returned, LineReturned, LoanClosed, Returned, LineReturned, SlipIssued)
    assert story.thing(Loan, LOAN).closed
    assert story.thing(Loan, RESERVATION).out == {CHAIRS: 2}


def test_what_is_more_than_the_named_loan_goes_on_to_others_with_a_case_and_the_answer_says_so() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 3), lent(CHAIRS, 3, to=TAX, loan=RESERVATION))
    story.when("take_back", **BACK, lines=(brought(8),), loan=RESERVATION)
    assert [(part["line"], part["loan"], part["quantity"]) for part in story.answer["landed"]] == [
        (0, RESERVATION, 3), (0, LOAN, 3), (0, None, 2),
    ]  # fmt: skip
    assert story.thing(Asset, CHAIRS).cases == {"other_loan", "stray_return"}
    story = given(STORE_ROOM, TEN_CHAIRS, IN_STORE, lent(CHAIRS, 3), lent(loan=RESERVATION))
    story.when("take_back", **BACK, lines=(brought(3), *IT), loan=LOAN)
    assert [part["loan"] for part in story.answer["landed"]] == [LOAN, RESERVATION]
    assert story.thing(Asset, LAPTOP).cases == set(), "a stray goes to its own loan"


def test_of_a_loss_that_no_loan_explains_nothing_is_dropped_silently() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 3))
    story.when("take_back", **BACK, lines=(brought(5, LineOutcome.LOST),))
    lost, rest = story.answer["landed"]
    assert (lost["loan"], lost["quantity"], rest["loan"], rest["quantity"]) == (LOAN, 3, None, 2)
    assert lost["damage"] in story.answer["damages"]
    assert "gone_without_loan" in story.thing(Asset, CHAIRS).cases


def test_a_named_loan_is_ended_first() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 3), lent(CHAIRS, 3, to=TAX, loan=RESERVATION))
    story.when("take_back", **BACK, lines=(brought(3),), loan=RESERVATION)
    assert (story.thing(Loan, LOAN).closed, story.thing(Loan, RESERVATION).closed) == (False, True)
    story.when("take_back", **BACK, lines=(brought(1),), loan=DESKS).refused(Unknown, "loan")


def test_a_return_names_what_came() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", **BACK, lines=()).refused(InvalidValue, "lines")
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, quantity=0),)).refused(
        InvalidValue, "lines.0.quantity"
    )
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, quantity=2),)).refused(
        InvalidValue, "lines.0.quantity"
    )
    story.when(
        "take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, outcome=LineOutcome.TRANSFERRED),)
    ).refused(InvalidValue, "lines.0.outcome")


# Damaged, incomplete, lost.


@pytest.mark.parametrize("outcome", [LineOutcome.DAMAGED, LineOutcome.INCOMPLETE])
def test_what_comes_back_damaged_or_incomplete_lands_with_a_case_and_waits_for_inspection(
    outcome: LineOutcome,
) -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, outcome=outcome),))
    story.then(Returned, LineReturned, DamageReported, CaseOpened(case=outcome.value), SlipIssued)
    asset = story.thing(Asset, LAPTOP)
    assert (asset.inspection_due, asset.usable) == (True, 0)
    assert story.thing(Loan, LOAN).outcomes == ((LAPTOP, 1, outcome),)
    story.when("inspect", as_=ANA_KEEPS, asset=LAPTOP, condition=Condition.WORN).then(Inspected)
    assert story.thing(Asset, LAPTOP).usable == 1


def test_what_comes_back_worse_than_it_went_out_is_damaged_whatever_was_said() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, condition=Condition.BROKEN),))
    story.then(Returned, LineReturned, DamageReported, CaseOpened(case="damaged"), SlipIssued)
    assert story.thing(Loan, LOAN).outcomes == ((LAPTOP, 1, LineOutcome.DAMAGED),)
    assert story.thing(Asset, LAPTOP).inspection_due


def test_what_is_lost_has_an_outcome_and_the_borrower_is_liable() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, outcome=LineOutcome.LOST),))
    story.then(
        LostOnLoan(loan=LOAN, quantity=1, liable=HEALTH), LineReturned, DamageReported, CaseOpened, SlipIssued
    )
    asset = story.thing(Asset, LAPTOP)
    assert asset.where == Custody(CustodyKind.UNACCOUNTED, HEALTH)
    assert (asset.usable, asset.holder, asset.existence) == (0, EDUCATION, Existence.REGISTERED)


def test_what_a_carrier_lost_is_not_the_borrower_s_to_answer_for() -> None:
    story = given(STORE_ROOM, IN_STORE).when(
        "dispatch", as_=ANA_KEEPS, lines=(LoanLine(LAPTOP, 1),), borrower=HEALTH, due=FRIDAY, carrier="顺丰"
    )
    loan = story.answer["loan"]
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, outcome=LineOutcome.LOST),))
    assert story.fact(LostOnLoan).liable == OFFICES
    story.when("receive", as_=XIE_ASKS, loan=loan).refused(NotInTransit)


def test_losing_what_was_promised_to_somebody_is_a_case() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, promised(CHAIRS, 8, to=TAX), lent(CHAIRS, 2))
    story.when("take_back", **BACK, lines=(brought(2, LineOutcome.LOST),))
    assert story.thing(Asset, CHAIRS).cases == {"lost"}
    story = given(STORE_ROOM, TEN_CHAIRS, promised(CHAIRS, 9, to=TAX), lent(CHAIRS, 2))
    story.when("take_back", **BACK, lines=(brought(2, LineOutcome.LOST),))
    assert story.thing(Asset, CHAIRS).cases == {"lost", "promised_too_much"}


def test_setting_apart_what_was_promised_to_somebody_is_a_case() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, promised(CHAIRS, 9, to=TAX), lent(CHAIRS, 5, due=TUESDAY))
    story.when("take_back", **BACK, lines=(brought(4), brought(1, LineOutcome.DAMAGED)))
    assert story.thing(Asset, CHAIRS).cases == {"damaged"}
    story.given(lent(CHAIRS, 1, loan=RESERVATION, due=None))
    story.when("take_back", **BACK, lines=(brought(1, LineOutcome.INCOMPLETE),))
    assert story.thing(Asset, CHAIRS).cases == {"damaged", "incomplete", "promised_too_much"}


def test_the_lost_part_of_a_lot_is_missed_for_itself() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 5))
    story.when("take_back", **BACK, lines=(brought(2, LineOutcome.LOST), brought(3)))
    loan = story.thing(Loan, LOAN)
    assert (loan.out, loan.closed, len(loan.liabilities)) == ({}, False, 1), (
        "what was lost is still to be settled"
    )
    lot, lost = story.thing(Asset, CHAIRS), part_of(story)
    assert (lot.quantity, lot.here, lot.custody.kind) == (8, 8, CustodyKind.CUSTODIAN)
    assert (lost.quantity, lost.custody) == (2, Custody(CustodyKind.UNACCOUNTED, HEALTH))
    assert lot.book is not None
    assert lost.book is not None
    assert [str(one.book.original.amount) for one in (lot, lost) if one.book] == ["800.00", "200.00"]


def test_the_damaged_part_of_a_lot_is_set_apart_and_the_rest_is_free() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 5))
    story.when("take_back", **BACK, lines=(brought(1, LineOutcome.DAMAGED), brought(4)))
    lot, damaged = story.thing(Asset, CHAIRS), part_of(story)
    assert (lot.quantity, lot.usable, lot.inspection_due, lot.condition) == (9, 9, False, Condition.GOOD)
    assert (damaged.quantity, damaged.usable, damaged.inspection_due) == (1, 0, True)
    assert damaged.kind is Kind.LOT


def test_the_damaged_part_of_a_lot_that_is_wholly_out_does_not_spoil_the_rest() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 10))
    story.when("take_back", **BACK, lines=(brought(4, LineOutcome.DAMAGED, Condition.BROKEN),))
    story.when("take_back", **BACK, lines=(brought(6),))
    lot = story.thing(Asset, CHAIRS)
    assert (lot.quantity, lot.usable, lot.condition) == (6, 6, Condition.GOOD)


def test_a_part_of_a_lot_that_comes_back_to_another_store_lies_there_for_itself() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 4))
    story.when("take_back", as_=LIU_KEEPS, place=SECOND_SHELF, lines=(brought(4),))
    story.then(Returned, SplitOff, SplitFrom, SetApart, LineReturned, LoanClosed, SlipIssued)
    lot, part = story.thing(Asset, CHAIRS), part_of(story)
    assert (lot.place, lot.here, part.place, part.here) == (WAREHOUSE, 6, SECOND_SHELF, 4)
    assert (part.custody.body, part.usable) == (STORES_COMPANY, 4)


def test_taken_back_at_the_counter_a_part_goes_to_the_shelf_where_the_rest_is() -> None:
    on_a_shelf = card(CHAIRS, said("椅子", 10, unit="把"), place=BIN_A1)
    story = given(STORE_ROOM, on_a_shelf, lent(CHAIRS, 4)).when("take_back", **BACK, lines=(brought(4),))
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)
    assert (story.thing(Asset, CHAIRS).place, story.thing(Asset, CHAIRS).here) == (BIN_A1, 10)


def test_a_whole_lot_that_comes_back_to_another_store_is_there() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 10))
    story.when("take_back", as_=LIU_KEEPS, place=SECOND_SHELF, lines=(brought(10),))
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)
    assert story.thing(Asset, CHAIRS).place == SECOND_SHELF


def test_a_part_in_another_condition_is_set_apart() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 4))
    story.when("take_back", **BACK, lines=(brought(4, condition=Condition.WORN),))
    assert story.thing(Asset, CHAIRS).condition is Condition.GOOD
    assert (part_of(story).condition, part_of(story).usable) == (Condition.WORN, 4)


# What no loan explains.


def gone_for_good() -> Step:
    case = named_id("处置案")
    return on(LAPTOP, HeldForDisposal(disposal=case), LeftForGood(disposal=case), Deregistered(disposal=case))


def test_more_than_was_lent_lands_with_a_case() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 3))
    story.when("take_back", **BACK, lines=(brought(4),))
    story.then(Returned, LineReturned, LoanClosed, CaseOpened(case="stray_return"), SlipIssued)
    assert story.thing(Asset, CHAIRS).quantity == 10, "what is too much is for a count to settle"


def test_a_thing_no_loan_knows_lands_with_a_case_and_is_inspected_first() -> None:
    in_use = card(LAPTOP, said(), holder=EDUCATION)
    story = given(STORE_ROOM, in_use).when("take_back", **BACK, lines=IT)
    story.then(CameBack, CaseOpened(case="stray_return"), SlipIssued)
    asset = story.thing(Asset, LAPTOP)
    assert (asset.custody.body, asset.place, asset.holder) == (OFFICES, WAREHOUSE, EDUCATION)
    assert asset.usable == 0
    assert story.answer["loans"] == []


def test_a_thing_that_was_missing_lands() -> None:
    story = given(STORE_ROOM, IN_STORE, on(LAPTOP, MissingReported(liable=HEALTH)))
    story.when("take_back", **BACK, lines=IT).then(CameBack, CaseOpened, SlipIssued)
    assert story.thing(Asset, LAPTOP).custody == Custody(CustodyKind.CUSTODIAN, OFFICES)


def test_a_part_of_a_missing_lot_lands_for_itself() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, on(CHAIRS, MissingReported(liable=HEALTH)))
    story.when("take_back", **BACK, lines=(brought(3),))
    story.then(SplitOff, SplitFrom, CameBack, CaseOpened, SlipIssued)
    assert story.thing(Asset, CHAIRS).custody.kind is CustodyKind.UNACCOUNTED
    assert (part_of(story).quantity, part_of(story).custody.kind) == (3, CustodyKind.CUSTODIAN)


def test_a_thing_that_was_written_off_lands_and_stays_written_off() -> None:
    story = given(STORE_ROOM, IN_STORE, gone_for_good()).when("take_back", **BACK, lines=IT)
    story.then(CameBack, CaseOpened(case="stray_return"), SlipIssued)
    asset = story.thing(Asset, LAPTOP)
    assert (asset.existence, asset.custody.kind) == (Existence.WRITTEN_OFF, CustodyKind.CUSTODIAN)
    assert asset.usable == 0


# Wiped before it is lent again.


def test_what_has_storage_is_wiped_before_it_is_lent_again() -> None:
    story = given(STORE_ROOM, WITH_DISK, lent()).when("take_back", **BACK, lines=IT)
    lend = {"lines": (LoanLine(LAPTOP, 1),), "borrower": TAX, "receiver": BY_WANG, "due": FRIDAY}
    story.when("lend", **lend).refused(InspectionDue)
    story.when("inspect", as_=ANA_KEEPS, asset=LAPTOP, condition=Condition.GOOD).then(Inspected)
    story.when("lend", **lend).refused(InspectionDue)
    story.when("inspect", as_=ANA_KEEPS, asset=LAPTOP, condition=Condition.GOOD, wiped=True).then(Inspected)
    story.when("lend", **lend).then(LoanOpened, Lent, SlipIssued)


def test_what_has_storage_waits_to_be_wiped_however_it_came_back() -> None:
    back = Returned(loan=LOAN, quantity=1, condition=Condition.GOOD, operator=OFFICES, place=WAREHOUSE)
    assert given(STORE_ROOM, WITH_DISK, lent(), on(LAPTOP, back)).thing(Asset, LAPTOP).inspection_due
    assert not given(STORE_ROOM, IN_STORE, lent(), on(LAPTOP, back)).thing(Asset, LAPTOP).inspection_due


def test_of_a_lot_with_storage_what_comes_back_is_set_apart_until_it_is_wiped() -> None:
    tablets = card(CHAIRS, said("平板电脑", 10, flags=(Flag.STORAGE_MEDIA,)), place=WAREHOUSE)
    story = given(STORE_ROOM, tablets, lent(CHAIRS, 3)).when("take_back", **BACK, lines=(brought(3),))
    assert (story.thing(Asset, CHAIRS).usable, part_of(story).usable) == (7, 0)
    story.when("inspect", as_=ANA_KEEPS, asset=part_of(story).id, condition=Condition.GOOD, wiped=True)
    assert story.thing(Asset, story.new[0].stream).usable == 3


def test_only_its_keeper_inspects_and_only_what_is_here() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("inspect", as_=ANA_KEEPS, asset=LAPTOP, condition=Condition.GOOD).refused(OnLoan)
    story = given(STORE_ROOM, IN_STORE)
    story.when("inspect", as_=LIU_KEEPS, asset=LAPTOP, condition=Condition.GOOD).refused(NotYourStore)


# Lender and borrower became one.


def test_a_loan_between_bodies_that_became_one_ends_as_use_inside_it() -> None:
    merged = BodyMerged(into=EDUCATION, decree="甘编发〔2026〕9号", decree_date=MONDAY.date())
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 4)).when(
        "end_loan_inside", as_=CHEN_MANAGES, loan=LOAN
    )
    assert story.refusal is not None
    story.when("end_loan_inside", loan=LOAN).refused(StillTwoBodies)
    story.given(on(HEALTH, merged)).when("end_loan_inside", as_=BAI_MANAGES, loan=LOAN).refused(NotYours)
    story.when("end_loan_inside", as_=CHEN_MANAGES, loan=LOAN)
    story.then((CHAIRS, KeptInside), SplitOff, SplitFrom, KeptInside, LoanBecameInternal(body=EDUCATION))
    kept = part_of(story)
    assert (kept.quantity, kept.custody) == (4, Custody(CustodyKind.CUSTODIAN, EDUCATION, WANG))
    assert story.thing(Asset, CHAIRS).here == 6
    loan = story.thing(Loan, LOAN)
    assert (loan.closed, loan.overdue(FRIDAY), loan.outcomes) == (True, False, ())
    story.when("end_loan_inside", as_=CHEN_MANAGES, loan=LOAN).refused(AlreadyDone)


def test_a_return_into_the_store_of_a_body_in_liquidation_is_noted_in_its_file() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(), on(STORES_COMPANY, ABOLISHED))
    story.when("take_back", as_=LIU_KEEPS, place=SECOND_SHELF, lines=IT)
    story.then(Returned, LineReturned, LoanClosed, SlipIssued, (STORES_COMPANY, BodyTookIn(item=LAPTOP)))
