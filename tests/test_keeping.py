"""Kept and used inside a body: put away, moved, issued, turned in, handed to another person, missed and found."""

from typing import Any
from uuid import UUID

import pytest

from domain.aggregate import Fact
from domain.asset import Asset, Custody, CustodyKind, Flag, Title
from domain.body import BodyClosed
from domain.life.disposing import HeldForDisposal
from domain.life.keeping import (
    CaseOpened,
    CaseSettled,
    ConditionSeen,
    CustodianChanged,
    Flagged,
    FoundAgain,
    Issued,
    MissingReported,
    Moved,
    PutAway,
    TitleChanged,
    TurnedIn,
    Unflagged,
)
from domain.life.lending import CameBack, Returned
from domain.life.repairing import RepairBegun
from domain.life.splitting import MergedAway
from domain.life.transferring import HeldForTransfer
from domain.papers.loan import LineReturned, LoanClosed, LoanLine
from domain.papers.slip import SlipIssued, SlipKind
from domain.place import PlaceClosed, PlaceOutOfUse, PlaceTakenOutOfUse
from domain.policies import (
    BeingTransferred,
    InRepair,
    InspectionDue,
    NotAlive,
    NotInCustody,
    NotYourStore,
    OnLoan,
    Promised,
)
from domain.policies import HeldForDisposal as InDisposal
from domain.refusals import AlreadyDone, NotYours, Refusal, SamePerson
from domain.usecases.keeping import NoSuchCase, NotInsideTheBody, NotTheCustodian, WitnessesMissing
from domain.usecases.pooling import ReasonMissing
from domain.values import Condition, Signature, SignedBy, Window
from tests.examples import (
    ABOLISHED,
    ANA,
    ANA_KEEPS,
    BEN,
    BEN_ASKS,
    BIN_A1,
    CHEN,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EDUCATION_FINANCE,
    EDUCATION_OFFICE,
    EVA_MANAGES,
    FRIDAY,
    HEALTH,
    MA,
    OFFICES,
    TAX,
    TUESDAY,
    ZONE_A,
)
from tests.goods import CHAIRS, LAPTOP, card, said
from tests.store_room import (
    BAI_MANAGES,
    BY_WANG,
    IN_STORE,
    LIU_KEEPS,
    LOAN,
    SECOND_SHELF,
    STORE_ROOM,
    TEN_CHAIRS,
    WANG,
    WITH_DISK,
    XIE,
    by_hand,
    lent,
    listed,
    promised,
)
from tests.story import Story, given, on

BY_ANA = Signature(ANA, SignedBy.ACCOUNT)
AT_HOME = card(LAPTOP, said())
IN_USE = on(LAPTOP, Issued(body=EDUCATION_OFFICE, receiver=BY_WANG, giver=BY_ANA))
ISSUE: dict[str, Any] = {
    "as_": ANA_KEEPS,
    "asset": LAPTOP,
    "body": EDUCATION_OFFICE,
    "receiver": BY_WANG,
}
CHANGE: dict[str, Any] = {
    "as_": CHEN_MANAGES,
    "asset": LAPTOP,
    "body": EDUCATION_FINANCE,
    "receiver": by_hand(BEN),
}


def laptop(story: Story) -> Asset:
    return story.thing(Asset, LAPTOP)


# Put away.


def test_a_thing_moves_inside_the_store_that_has_it() -> None:
    story = given(STORE_ROOM, IN_STORE).when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1)
    story.then(Moved(place=BIN_A1))
    assert laptop(story).custody == Custody(CustodyKind.CUSTODIAN, OFFICES)
    story.when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1).then()


def test_a_lot_of_which_some_are_out_moves_like_any_other() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 3))
    story.when("put_away", as_=ANA_KEEPS, asset=CHAIRS, place=BIN_A1).then(Moved)
    assert (story.thing(Asset, CHAIRS).here, story.thing(Asset, CHAIRS).usable) == (7, 10)


def test_what_a_division_of_the_operator_had_is_put_away_without_more_ado() -> None:
    of_the_operator = card(LAPTOP, said(), holder=OFFICES)
    story = given(STORE_ROOM, of_the_operator).when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=ZONE_A)
    story.then(Moved(place=ZONE_A))


@pytest.mark.parametrize("before", [(AT_HOME,), (AT_HOME, IN_USE)], ids=["of another body", "of a person"])
def test_what_somebody_else_had_lands_with_a_case_because_nobody_handed_it_over(before: Any) -> None:
    story = given(STORE_ROOM, before).when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1)
    story.then(PutAway(place=BIN_A1, operator=OFFICES), CaseOpened(case="without_hand_over"))


def test_what_is_in_another_store_lands_where_it_is() -> None:
    story = given(STORE_ROOM, IN_STORE).when("put_away", as_=LIU_KEEPS, asset=LAPTOP, place=SECOND_SHELF)
    story.then(PutAway, CaseOpened(case="without_hand_over"))
    assert laptop(story).place == SECOND_SHELF


def test_what_is_on_loan_and_stands_on_the_shelf_is_back() -> None:
    story = given(STORE_ROOM, IN_STORE, lent()).when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1)
    story.then(Returned, (LOAN, LineReturned), (LOAN, LoanClosed), CaseOpened(case="stray"))
    asset = laptop(story)
    assert (asset.where, asset.inspection_due) == (Custody(CustodyKind.CUSTODIAN, OFFICES), True)


def test_a_lot_that_is_wholly_out_and_stands_on_the_shelf_is_a_case() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 10))
    story.when("put_away", as_=ANA_KEEPS, asset=CHAIRS, place=BIN_A1).then(CaseOpened(case="stray"))


@pytest.mark.parametrize(
    "fact", [MissingReported(liable=HEALTH), MergedAway(into=CHAIRS)], ids=["missing", "not on the books"]
)
def test_what_the_books_do_not_have_lands_with_a_case(fact: Fact) -> None:
    story = given(STORE_ROOM, IN_STORE, on(LAPTOP, fact))
    story.when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1).then(CameBack, CaseOpened(case="stray"))
    assert laptop(story).custody == Custody(CustodyKind.CUSTODIAN, OFFICES)


def test_only_its_keeper_puts_things_into_a_store_and_a_closed_place_takes_none() -> None:
    story = given(STORE_ROOM, IN_STORE, on(BIN_A1, PlaceTakenOutOfUse(), PlaceClosed()))
    story.when("put_away", as_=LIU_KEEPS, asset=LAPTOP, place=ZONE_A).refused(NotYours)
    story.when("put_away", as_=CHEN_MANAGES, asset=LAPTOP, place=ZONE_A).refused(NotYours)
    story.when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1).refused(PlaceOutOfUse)


# Issued and turned in.


def test_a_thing_is_issued_inside_its_holder_with_two_signatures_and_a_slip() -> None:
    story = given(STORE_ROOM, IN_STORE).when("issue_asset", **ISSUE)
    story.then(Issued(body=EDUCATION_OFFICE, receiver=BY_WANG, giver=BY_ANA), SlipIssued)
    assert laptop(story).custody == Custody(CustodyKind.CUSTODIAN, EDUCATION_OFFICE, WANG)
    assert laptop(story).holder == EDUCATION
    assert story.fact(SlipIssued).kind is SlipKind.RELEASE


def test_nobody_issues_to_himself() -> None:
    given(STORE_ROOM, IN_STORE).when("issue_asset", **ISSUE | {"receiver": by_hand(ANA)}).refused(SamePerson)


@pytest.mark.parametrize("body", [HEALTH, OFFICES])
def test_nothing_is_issued_to_another_body(body: UUID) -> None:
    given(STORE_ROOM, IN_STORE).when("issue_asset", **ISSUE | {"body": body}).refused(
        NotInsideTheBody, "body"
    )


def test_a_division_whose_file_is_closed_is_issued_nothing() -> None:
    story = given(STORE_ROOM, IN_STORE, on(EDUCATION_OFFICE, ABOLISHED, BodyClosed()))
    story.when("issue_asset", **ISSUE).refused("BODY_FILE_CLOSED")


def test_only_who_has_it_issues_it() -> None:
    given(STORE_ROOM, IN_STORE).when("issue_asset", **ISSUE | {"as_": CHEN_MANAGES}).refused(NotYourStore)
    story = given(STORE_ROOM, AT_HOME).when("issue_asset", **ISSUE | {"as_": CHEN_MANAGES})
    story.then(Issued)
    story = given(STORE_ROOM, AT_HOME).when("issue_asset", **ISSUE | {"as_": BEN_ASKS}).then(Issued)


def test_the_manager_of_a_body_also_issues_what_one_of_its_divisions_has() -> None:
    story = given(STORE_ROOM, AT_HOME, IN_USE)
    story.when("issue_asset", **ISSUE | {"as_": CHEN_MANAGES, "receiver": by_hand(XIE)}).then(Issued)


@pytest.mark.parametrize(
    ("given_", "no"),
    [
        (lent(), OnLoan),
        (promised(), Promised),
        (on(LAPTOP, RepairBegun(repair=LOAN)), InRepair),
        (on(LAPTOP, HeldForDisposal(disposal=LOAN)), InDisposal),
        (on(LAPTOP, HeldForTransfer(transfer=LOAN, receiver=HEALTH)), BeingTransferred),
        (on(LAPTOP, MissingReported(liable=OFFICES)), NotInCustody),
    ],
)
def test_what_is_lent_promised_or_on_its_way_elsewhere_is_not_issued(given_: Any, no: type[Refusal]) -> None:
    given(STORE_ROOM, IN_STORE, given_).when("issue_asset", **ISSUE).refused(no)


def test_a_thing_is_turned_in_to_a_store() -> None:
    story = given(STORE_ROOM, AT_HOME, IN_USE)
    story.when(
        "turn_in", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1, condition=Condition.WORN, giver=BY_WANG
    ).then(TurnedIn, SlipIssued)
    asset = laptop(story)
    assert (asset.custody, asset.place, asset.condition) == (
        Custody(CustodyKind.CUSTODIAN, OFFICES),
        BIN_A1,
        Condition.WORN,
    )
    assert story.fact(SlipIssued).giver_signature == BY_WANG
    assert asset.usable == 1


def test_the_keeper_does_not_sign_for_who_turns_it_in() -> None:
    given(STORE_ROOM, AT_HOME, IN_USE).when(
        "turn_in", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1, condition=Condition.GOOD, giver=by_hand(ANA)
    ).refused(SamePerson)


def test_what_has_storage_is_wiped_after_it_was_turned_in() -> None:
    story = given(STORE_ROOM, WITH_DISK, IN_USE)
    story.when("turn_in", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1, condition=Condition.GOOD)
    assert laptop(story).inspection_due
    story.when("reserve_asset", asset=LAPTOP, body=TAX, window=Window(TUESDAY, FRIDAY)).refused(InspectionDue)


def test_turning_in_what_is_on_loan_ends_the_loan_with_a_case() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("turn_in", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1, condition=Condition.GOOD)
    story.then(Returned, LineReturned, LoanClosed, CaseOpened(case="stray"), SlipIssued)
    assert laptop(story).outs == {}


def test_turning_in_what_is_not_on_the_books_lands_with_a_case() -> None:
    story = given(STORE_ROOM, IN_STORE, on(LAPTOP, MergedAway(into=CHAIRS)))
    story.when("turn_in", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1, condition=Condition.GOOD)
    story.then(CameBack, CaseOpened(case="stray"), SlipIssued)


# From one person to another.


def test_a_thing_passes_from_one_person_to_another_of_the_same_body_both_signing() -> None:
    story = given(STORE_ROOM, AT_HOME, IN_USE).when("change_custodian", **CHANGE, giver=BY_WANG)
    story.then(CustodianChanged(body=EDUCATION_FINANCE, receiver=by_hand(BEN), giver=BY_WANG))
    assert laptop(story).custody == Custody(CustodyKind.CUSTODIAN, EDUCATION_FINANCE, BEN)


def test_who_hands_it_over_is_who_has_it() -> None:
    story = given(STORE_ROOM, AT_HOME, IN_USE)
    story.when("change_custodian", **CHANGE, giver=by_hand(XIE)).refused(NotTheCustodian, "giver")
    story.when("change_custodian", **CHANGE, giver=by_hand(BEN)).refused(SamePerson)


def test_a_leaver_who_does_not_sign_is_replaced_by_two_witnesses() -> None:
    story = given(STORE_ROOM, AT_HOME, IN_USE)
    for witnesses in ((), (MA,), (MA, MA), (MA, BEN), (MA, CHEN), (MA, WANG)):
        story.when("change_custodian", **CHANGE, witnesses=witnesses).refused(WitnessesMissing)
    story.when("change_custodian", **CHANGE, witnesses=(MA, XIE)).then(CustodianChanged)


def test_who_supervises_a_hand_over_does_not_receive_it() -> None:
    given(STORE_ROOM, AT_HOME, IN_USE).when(
        "change_custodian", **CHANGE | {"receiver": by_hand(CHEN)}, witnesses=(MA, XIE)
    ).refused(SamePerson)


def test_a_hand_over_to_another_body_is_a_loan_or_a_transfer() -> None:
    given(STORE_ROOM, AT_HOME, IN_USE).when(
        "change_custodian", **CHANGE | {"body": HEALTH}, giver=BY_WANG
    ).refused(NotInsideTheBody)


@pytest.mark.parametrize("who", [BAI_MANAGES, EVA_MANAGES])
def test_only_the_manager_of_the_body_that_has_it_changes_the_custodian(who: UUID) -> None:
    given(STORE_ROOM, AT_HOME, IN_USE).when(
        "change_custodian", **CHANGE | {"as_": who}, giver=BY_WANG
    ).refused(NotYours)


def test_the_holder_does_not_change_custodians_in_a_store_of_others() -> None:
    given(STORE_ROOM, IN_STORE).when("change_custodian", **CHANGE, giver=BY_WANG).refused(NotYours)


def test_what_is_on_loan_keeps_its_borrower() -> None:
    at_home_and_lent = [AT_HOME, *lent()]
    given(STORE_ROOM, at_home_and_lent).when("change_custodian", **CHANGE, giver=BY_WANG).refused(OnLoan)


# Missing and found.


def test_what_is_missing_has_somebody_liable_and_is_offered_no_more() -> None:
    story = given(STORE_ROOM, IN_STORE, listed()).when("report_missing", as_=ANA_KEEPS, asset=LAPTOP)
    story.then(MissingReported(liable=OFFICES))
    asset = laptop(story)
    assert (asset.custody.kind, asset.listing, asset.usable) == (CustodyKind.UNACCOUNTED, None, 0)
    story.when("report_missing", asset=LAPTOP).refused(NotInCustody)


def test_missing_what_was_promised_is_a_case() -> None:
    story = given(STORE_ROOM, IN_STORE, promised()).when("report_missing", as_=ANA_KEEPS, asset=LAPTOP)
    story.then(MissingReported, CaseOpened(case="promised_too_much"))


def test_what_is_on_loan_is_not_missing_but_the_borrower_s_to_answer_for() -> None:
    given(STORE_ROOM, IN_STORE, lent()).when("report_missing", as_=ANA_KEEPS, asset=LAPTOP).refused(OnLoan)


def test_only_holder_or_keeper_miss_a_thing() -> None:
    given(STORE_ROOM, IN_STORE).when("report_missing", as_=BAI_MANAGES, asset=LAPTOP).refused(NotYourStore)


def test_a_missing_thing_turns_up_in_any_store() -> None:
    story = given(STORE_ROOM, WITH_DISK, on(LAPTOP, MissingReported(liable=HEALTH)))
    story.when("report_found", as_=LIU_KEEPS, asset=LAPTOP, place=SECOND_SHELF, condition=Condition.WORN)
    story.then(FoundAgain)
    asset = laptop(story)
    assert (asset.place, asset.condition) == (SECOND_SHELF, Condition.WORN)
    assert asset.inspection_due, "it has storage, and nobody knows who had it"


def test_only_what_is_missing_is_found() -> None:
    found: dict[str, Any] = {"as_": ANA_KEEPS, "asset": LAPTOP, "place": BIN_A1, "condition": Condition.GOOD}
    given(STORE_ROOM, IN_STORE).when("report_found", **found).refused(AlreadyDone)
    given(STORE_ROOM, IN_STORE, on(LAPTOP, MergedAway(into=CHAIRS))).when("report_found", **found).refused(
        NotAlive
    )
    missing = on(LAPTOP, MissingReported(liable=HEALTH))
    given(STORE_ROOM, IN_STORE, missing).when("report_found", **found | {"as_": DING_APPROVES}).refused(
        NotYours
    )


# Seen, title, flags, cases.


def test_somebody_saw_its_condition() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("see_condition", as_=ANA_KEEPS, asset=LAPTOP, condition=Condition.BROKEN).then(ConditionSeen)
    assert laptop(story).usable == 0
    story.when("see_condition", as_=BAI_MANAGES, asset=LAPTOP, condition=Condition.GOOD).refused(NotYourStore)


def test_the_holder_records_a_change_of_title_with_a_reason() -> None:
    story = given(STORE_ROOM, IN_STORE)
    change: dict[str, Any] = {"asset": LAPTOP, "title": Title.SEALED}
    story.when("change_title", as_=CHEN_MANAGES, **change).refused(ReasonMissing)
    story.when("change_title", as_=ANA_KEEPS, reason_="法院查封", **change).refused(NotYours)
    story.when("change_title", as_=CHEN_MANAGES, reason_="法院查封", **change).then(TitleChanged)
    story.when("change_title", as_=CHEN_MANAGES, reason_="法院查封", **change).then()


def test_special_control_is_put_on_and_taken_off_with_a_reason() -> None:
    story = given(STORE_ROOM, IN_STORE)
    flag: dict[str, Any] = {"as_": CHEN_MANAGES, "asset": LAPTOP, "flag": Flag.STORAGE_MEDIA}
    story.when("set_flag", on=True, **flag).refused(ReasonMissing)
    story.when("set_flag", on=True, reason_="加装硬盘", **flag).then(Flagged)
    story.when("set_flag", on=True, reason_="加装硬盘", **flag).then()
    story.when("set_flag", on=False, reason_="拆除硬盘", **flag).then(Unflagged)
    story.when("set_flag", on=False, reason_="拆除硬盘", **flag).then()
    assert laptop(story).flags == frozenset()


def test_a_case_is_settled_with_a_reason_by_holder_or_keeper() -> None:
    stray = on(LAPTOP, CaseOpened(case="stray"))
    story = given(STORE_ROOM, IN_STORE, stray)
    story.when("settle_case", as_=ANA_KEEPS, asset=LAPTOP, case="stray").refused(ReasonMissing)
    story.when("settle_case", as_=BAI_MANAGES, asset=LAPTOP, case="stray", reason_="-").refused(NotYourStore)
    story.when("settle_case", as_=ANA_KEEPS, asset=LAPTOP, case="damaged", reason_="-").refused(NoSuchCase)
    story.when("settle_case", as_=ANA_KEEPS, asset=LAPTOP, case="stray", reason_="已核实").then(
        CaseSettled(case="stray")
    )
    story.when("settle_case", as_=ANA_KEEPS, asset=LAPTOP, case="stray", reason_="已核实").refused(NoSuchCase)


def test_a_breach_is_settled_only_by_those_it_concerns() -> None:
    story = given(STORE_ROOM, IN_STORE, promised(to=TAX)).when(
        "lend", as_=ANA_KEEPS, lines=(LoanLine(LAPTOP, 1),), borrower=HEALTH, receiver=BY_WANG, due=FRIDAY,
        already_happened=True,
    )  # fmt: skip
    assert story.refusal is None
    story.when("settle_case", as_=LIU_KEEPS, asset=LAPTOP, case="breach:NOT_FREE", reason_="-").refused(
        NotYourStore
    )
    story.when(
        "settle_case", as_=CHEN_MANAGES, asset=LAPTOP, case="breach:NOT_FREE", reason_="已与税务局协商"
    ).then(CaseSettled)
