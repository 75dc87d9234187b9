"""Damage and loss on a loan: reported by who took it back, assessed by somebody else, agreed, paid or waived; then the loan closes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.asset import Asset, Custody, CustodyKind, Existence
from domain.body import Relation, RelationSet
from domain.life.keeping import CaseOpened
from domain.life.lending import Returned
from domain.life.on_loan import BroughtInstead, Exchanged, UsedUp
from domain.life.registering import ReceivedUncarded
from domain.papers.damage_case import (
    CompensationAgreed,
    CompensationDiffers,
    CompensationPaid,
    CompensationWaived,
    DamageAssessed,
    DamageCase,
    DamageCause,
    DamageEnded,
    DamageReported,
    DamageSettled,
    DamageState,
    NotAssessed,
)
from domain.papers.disposal_case import DisposalForm
from domain.papers.loan import (
    LiabilityOpened,
    LiabilitySettled,
    LineOutcome,
    LineReturned,
    Loan,
    LoanClosed,
    LoanLine,
)
from domain.papers.outside_decision import DecisionRecorded, DecisionVerified, Matter, list_hash
from domain.papers.slip import SlipIssued
from domain.refusals import AlreadyDone, InvalidValue, NotYours, SamePerson
from domain.terms import InspectionRule, OpenDay, OpeningHours, Preparation, WaiverLimit
from domain.usecases.compensating import (
    AboveItsValue,
    FoundTooLate,
    LiableNotNamed,
    NotOnThisLoan,
    NotWorse,
    ValueNotKnown,
    WaiverAboveLimit,
)
from domain.usecases.damage_rules import OfTheBorrower
from domain.usecases.loan_rules import NothingCameBack
from domain.usecases.outcomes import Brought
from domain.usecases.pooling import ReasonMissing
from domain.usecases.returning import ReturnLine
from domain.usecases.transferring import AuthorityUnknown, NotTheAuthority
from domain.values import Condition, Money, Role, Signature, SignedBy
from tests.examples import (
    ANA_KEEPS,
    BEN_ASKS,
    BIN_A1,
    CHEN,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EVA_MANAGES,
    FINANCE,
    FRIDAY,
    HEALTH,
    OFFICES,
    TUESDAY,
    WAREHOUSE,
    account,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, cny
from tests.store_room import (
    BAI_MANAGES,
    BY_WANG,
    IN_STORE,
    LIU_KEEPS,
    LOAN,
    SIX_DESKS,
    STORE_ROOM,
    TEN_CHAIRS,
    WANG,
    XIE_ASKS,
    by_hand,
    lent,
)
from tests.story import MONDAY, Story, given, on
from tests.test_extending import set_terms

ZHAO = named_id("person:赵敏")
APPROVES_AT_EDUCATION = account(ZHAO, EDUCATION, (Role.APPROVER, EDUCATION))
ZHAO_APPROVES = APPROVES_AT_EDUCATION.stream
BACK: dict[str, Any] = {"as_": ANA_KEEPS, "place": WAREHOUSE}
FOUND: dict[str, Any] = {"cause": DamageCause.NEGLECT, "liable": HEALTH, "amount": cny(1200)}


def case_of(story: Story) -> UUID:
    """The damage case that the last request opened."""
    [stream] = [row.stream for row in story.new if isinstance(row.fact, DamageReported)]
    return stream


def broken(outcome: LineOutcome = LineOutcome.DAMAGED) -> tuple[Story, UUID]:
    """The laptop came back broken (or did not come back)."""
    story = given(STORE_ROOM, APPROVES_AT_EDUCATION, IN_STORE, lent())
    story.when(
        "take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, outcome=outcome, condition=Condition.BROKEN),)
    )
    return story, case_of(story)


def assessed() -> tuple[Story, UUID]:
    story, case = broken()
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND).then(DamageAssessed)
    return story, case


def test_what_came_back_worse_is_here_but_its_loan_is_not_closed_before_it_is_settled() -> None:
    story, case = broken()
    asset, loan = story.thing(Asset, LAPTOP), story.thing(Loan, LOAN)
    assert asset.where == Custody(CustodyKind.CUSTODIAN, OFFICES), "a physical fact waits for nobody"
    assert (loan.out, loan.closed, loan.liabilities) == ({}, False, frozenset({case}))
    assert not loan.overdue(FRIDAY), "it is back: what is open is a debt, not a return"
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND)
    assert not story.thing(Loan, LOAN).closed
    story.when("agree_compensation", as_=BAI_MANAGES, damage=case).then(CompensationAgreed)
    story.when(
        "record_compensation_paid",
        as_=CHEN_MANAGES,
        damage=case,
        amount=cny(1200),
        scan="ab" * 32,
        number="甘财0012",
    )
    story.then(CompensationPaid, DamageSettled, (LOAN, LiabilitySettled(damage=case)), (LOAN, LoanClosed))


def test_ordinary_wear_needs_no_assessment() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, condition=Condition.WORN),))
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)


def test_where_nothing_is_owed_the_assessment_settles_it() -> None:
    story, case = broken()
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, cause=DamageCause.FORCE_MAJEURE)
    story.then(DamageAssessed, DamageSettled, LiabilitySettled, LoanClosed)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND).refused(DamageEnded)


def test_who_took_it_back_does_not_assess_it_and_nobody_of_the_borrower_does() -> None:
    story, case = broken()
    story.when("assess_damage", as_=ANA_KEEPS, damage=case, **FOUND).refused(SamePerson)
    story.when("assess_damage", as_=BAI_MANAGES, damage=case, **FOUND).refused(NotYours)
    both = account(named_id("person:双面"), HEALTH, (Role.ASSET_MANAGER, EDUCATION))
    story.given(both).when("assess_damage", as_=both.stream, damage=case, **FOUND).refused(OfTheBorrower)
    story.when(
        "assess_damage", as_=BEN_ASKS, damage=case, cause=DamageCause.WEAR, liable=EDUCATION, amount=cny(5)
    ).refused(OfTheBorrower)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND).then(DamageAssessed)


def test_an_assessment_names_who_owes_exactly_where_something_is_owed() -> None:
    story, case = broken()
    ask: dict[str, Any] = {"as_": CHEN_MANAGES, "damage": case, "cause": DamageCause.ACCIDENT}
    story.when("assess_damage", **ask, amount=cny(5)).refused(InvalidValue, "liable")
    story.when("assess_damage", **ask, liable=HEALTH).refused(InvalidValue, "amount")
    story.when("assess_damage", **ask, liable=HEALTH, amount=cny(-5)).refused(InvalidValue, "amount")


def test_who_is_liable_is_the_borrower_or_named_on_the_loan_or_it_is_said_why() -> None:
    story, case = broken()
    other: dict[str, Any] = {"as_": CHEN_MANAGES, "damage": case, **FOUND, "liable": FINANCE}
    story.when("assess_damage", **other).refused(LiableNotNamed, "liable")
    story.when("assess_damage", **other, reason_="该局搬运时跌落").then(DamageAssessed)
    story.when("assess_damage", **other | {"liable": OFFICES}).then(DamageAssessed)  # it keeps the store
    story.when("assess_damage", **other | {"liable": HEALTH}).then(DamageAssessed)


def test_more_than_a_thing_is_worth_is_owed_only_with_a_reason_or_a_document() -> None:
    story, case = broken()
    ask: dict[str, Any] = {"as_": CHEN_MANAGES, "damage": case, **FOUND}
    story.when("assess_damage", **ask | {"amount": cny(6999)}).then(DamageAssessed)
    story.when("assess_damage", **ask | {"amount": cny("6999.01")}).refused(AboveItsValue, "amount")
    story.when("assess_damage", **ask | {"amount": Money(Decimal(5), "USD")}).refused(ValueNotKnown, "amount")
    story.when("assess_damage", **ask | {"amount": cny(9000)}, evidence_=("ab" * 32,)).then(DamageAssessed)
    story.when("assess_damage", **ask | {"amount": cny(9000)}, reason_="含数据恢复费").then(DamageAssessed)


def test_a_part_of_a_lot_is_worth_its_part() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 4))
    story.when("take_back", **BACK, lines=(ReturnLine(asset=CHAIRS, quantity=2, outcome=LineOutcome.LOST),))
    ask: dict[str, Any] = {"as_": CHEN_MANAGES, "damage": case_of(story), **FOUND}
    story.when("assess_damage", **ask | {"amount": cny("200.01")}).refused(AboveItsValue)
    assert story.refusal is not None
    assert str(story.refusal.values["worth"]) == "200.00"
    story.when("assess_damage", **ask | {"amount": cny(200)}).then(DamageAssessed)


def test_the_liable_body_agrees_itself_or_signs_on_paper() -> None:
    story, case = broken()
    story.when("agree_compensation", as_=BAI_MANAGES, damage=case).refused(NotAssessed)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND)
    story.when("agree_compensation", as_=CHEN_MANAGES, damage=case).refused(NotYours)
    story.when("agree_compensation", as_=CHEN_MANAGES, damage=case, signature=by_hand(CHEN)).refused(
        SamePerson
    )
    story.when("agree_compensation", as_=CHEN_MANAGES, damage=case, signature=by_hand(WANG)).then(
        CompensationAgreed
    )
    assert story.thing(DamageCase, case).state is DamageState.AGREED
    story.when("agree_compensation", as_=BAI_MANAGES, damage=case).refused(AlreadyDone)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND).refused(AlreadyDone)


def test_it_is_paid_to_the_cent_with_a_receipt() -> None:
    story, case = broken()
    pay: dict[str, Any] = {"as_": CHEN_MANAGES, "damage": case, "scan": "ab" * 32}
    story.when("record_compensation_paid", **pay, amount=cny(1200)).refused(NotAssessed)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND)
    story.when("record_compensation_paid", **pay, amount=cny("1199.99")).refused(
        CompensationDiffers, "amount"
    )
    story.when("record_compensation_paid", **pay | {"scan": "no hash"}, amount=cny(1200)).refused(
        InvalidValue, "scan"
    )
    story.when("record_compensation_paid", **pay | {"as_": BAI_MANAGES}, amount=cny(1200)).refused(NotYours)
    story.when("record_compensation_paid", **pay, amount=cny(1200))
    story.when("record_compensation_paid", **pay, amount=cny(1200)).refused(DamageEnded)


def test_two_cases_that_are_settled_at_the_same_moment_close_the_loan_once() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 2))
    damaged = ReturnLine(asset=CHAIRS, quantity=1, outcome=LineOutcome.DAMAGED)
    story.when("take_back", **BACK, lines=(damaged, damaged))
    one, other = story.answer["damages"]
    nothing_owed = [DamageAssessed(cause=DamageCause.WEAR), DamageSettled()]
    meanwhile = [on(other, *nothing_owed), on(LOAN, LiabilitySettled(damage=other))]
    story.when("assess_damage", as_=CHEN_MANAGES, damage=one, cause=DamageCause.WEAR, meanwhile_=meanwhile)
    story.then(DamageAssessed, DamageSettled, (LOAN, LiabilitySettled(damage=one)), (LOAN, LoanClosed))


def test_a_case_that_was_settled_meanwhile_is_not_paid_again() -> None:
    story, case = assessed()
    meanwhile = [on(case, DamageSettled()), on(LOAN, LiabilitySettled(damage=case), LoanClosed())]
    story.when(
        "record_compensation_paid", as_=CHEN_MANAGES, damage=case, amount=cny(1200), scan="ab" * 32, meanwhile_=meanwhile
    ).refused(DamageEnded)  # fmt: skip


# Waived.


def test_a_small_amount_is_waived_by_an_approver_of_the_lender_who_did_not_assess_it() -> None:
    story, case = assessed()
    story.when("waive_compensation", as_=ZHAO_APPROVES, damage=case).refused(ReasonMissing)
    story.when("waive_compensation", as_=CHEN_MANAGES, damage=case, reason_="抢险中损坏").refused(NotYours)
    story.when("waive_compensation", as_=ZHAO_APPROVES, damage=case, reason_="抢险中损坏")
    story.then(CompensationWaived, DamageSettled, LiabilitySettled, LoanClosed)


def test_a_waiver_above_the_limit_is_another_body_s() -> None:
    limit = set_terms(WaiverLimit(from_value=cny(1000)))
    story, case = assessed()
    story.given(limit).when("waive_compensation", as_=ZHAO_APPROVES, damage=case, reason_="抢险中损坏")
    story.refused(WaiverAboveLimit)
    assert story.refusal is not None
    assert (story.refusal.values["rule"], story.refusal.values["policy"]) == ("waiver_limit", 1)
    story.when("waive_compensation", as_=DING_APPROVES, damage=case, reason_="抢险中损坏")
    story.then(CompensationWaived, DamageSettled, LiabilitySettled, LoanClosed)


def test_who_alone_may_waive_so_much_is_named_and_so_reads_the_case() -> None:
    limit = set_terms(WaiverLimit(from_value=cny(1000)))
    story, case = broken()
    story.given(limit).when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND | {"amount": cny(999)})
    assert story.thing(DamageCase, case).parties == frozenset()
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND)
    assert story.thing(DamageCase, case).parties == {OFFICES, FINANCE}


def test_nobody_waives_what_its_own_body_owes() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(to=OFFICES), set_terms(WaiverLimit(from_value=cny(1000))))
    story.when(
        "take_back",
        **BACK | {"as_": ANA_KEEPS},
        lines=(ReturnLine(asset=LAPTOP, condition=Condition.BROKEN),),
    )
    case = case_of(story)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND | {"liable": OFFICES})
    story.when("waive_compensation", as_=DING_APPROVES, damage=case, reason_="自家的").refused(NotYours)


def test_without_an_authority_above_nobody_waives_much() -> None:
    story = given(
        STORE_ROOM,
        IN_STORE,
        lent(to=OFFICES),
        set_terms(WaiverLimit(from_value=cny(1000))),
        APPROVES_AT_EDUCATION,
    )
    story.given(on(EDUCATION, RelationSet(relation=Relation.FISCAL_AUTHORITY, other=OFFICES)))
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, condition=Condition.BROKEN),))
    case = case_of(story)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND | {"liable": OFFICES})
    story.when("waive_compensation", as_=ZHAO_APPROVES, damage=case, reason_="无力赔偿").refused(
        AuthorityUnknown
    )


@pytest.mark.parametrize(("authority", "counts"), [(OFFICES, True), (EDUCATION, False)])
def test_a_waiver_may_be_decided_outside_by_an_authority_above(authority: UUID, counts: bool) -> None:
    story, case = assessed()
    document = named_id("赔偿减免批复")
    listed = list_hash(story.thing(DamageCase, case).items)
    recorded = DecisionRecorded(
        matter=Matter.COMPENSATION, body=EDUCATION, authority=authority, number="甘机管函〔2026〕9号", dated=MONDAY.date(),
        list_hash=listed, scan="ab" * 32,
    )  # fmt: skip
    story.given(set_terms(WaiverLimit(from_value=cny(1000))), on(document, recorded, DecisionVerified()))
    story.when("waive_compensation", as_=CHEN_MANAGES, damage=case, decision=document, reason_="按批复减免")
    if counts:
        story.then(CompensationWaived, DamageSettled, LiabilitySettled, LoanClosed)
    else:
        story.refused(NotTheAuthority, "decision")


# Lost, used up, exchanged.


def test_a_loan_with_a_loss_closes_when_the_loss_is_settled() -> None:
    story, case = broken(LineOutcome.LOST)
    assert story.thing(Asset, LAPTOP).where == Custody(CustodyKind.UNACCOUNTED, HEALTH)
    assert not story.thing(Loan, LOAN).closed
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case, **FOUND | {"cause": DamageCause.THEFT})
    story.when("record_compensation_paid", as_=CHEN_MANAGES, damage=case, amount=cny(1200), scan="ab" * 32)
    assert story.thing(Loan, LOAN).closed
    assert story.thing(Asset, LAPTOP).existence is Existence.REGISTERED, (
        "the books let it go only by a decision"
    )


def test_each_line_of_a_return_has_its_own_outcome_and_only_what_is_not_simply_back_keeps_the_loan_open() -> (
    None
):
    lines = (LoanLine(CHAIRS, 6), LoanLine(LAPTOP, 1))
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS).when(
        "lend", as_=ANA_KEEPS, lines=lines, borrower=HEALTH, receiver=BY_WANG, due=FRIDAY
    )
    loan = story.answer["loan"]
    story.when(
        "take_back", **BACK, lines=(
            ReturnLine(asset=CHAIRS, quantity=3), ReturnLine(asset=CHAIRS, quantity=1, outcome=LineOutcome.DAMAGED),
            ReturnLine(asset=CHAIRS, quantity=1, outcome=LineOutcome.LOST),
        )
    )  # fmt: skip
    paper = story.thing(Loan, loan)
    assert (paper.out, len(paper.liabilities)) == ({CHAIRS: 1, LAPTOP: 1}, 2), (
        "a partial return does not free the whole loan"
    )
    story.when(
        "take_back",
        **BACK,
        lines=(ReturnLine(asset=CHAIRS, quantity=1, outcome=LineOutcome.CONSUMED), ReturnLine(asset=LAPTOP)),
    )
    paper = story.thing(Loan, loan)
    assert sorted(outcome.value for _, _, outcome in paper.outcomes) == [
        "consumed",
        "damaged",
        "lost",
        "returned",
        "returned",
    ]
    assert (paper.out, paper.closed) == ({}, False)
    for damage in sorted(paper.liabilities):
        story.when("assess_damage", as_=CHEN_MANAGES, damage=damage, cause=DamageCause.USED_AS_AGREED)
    assert story.thing(Loan, loan).closed


def test_what_was_used_up_leaves_the_books_only_by_a_decision() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 5))
    used_up = ReturnLine(asset=CHAIRS, quantity=2, outcome=LineOutcome.CONSUMED)
    story.when("take_back", **BACK, lines=(used_up, ReturnLine(asset=CHAIRS, quantity=3)))
    [part] = [row.stream for row in story.new if isinstance(row.fact, UsedUp) and row.stream != CHAIRS]
    used, rest = story.thing(Asset, part), story.thing(Asset, CHAIRS)
    assert (used.quantity, used.custody, used.alive) == (2, Custody(CustodyKind.UNACCOUNTED, HEALTH), True)
    assert (rest.quantity, rest.here, rest.cases) == (8, 8, frozenset({"consumed"}))
    assert used.book is not None
    assert str(used.book.original.amount) == "200.00", "its value waits with it"
    story.when(
        "apply_disposal",
        as_=CHEN_MANAGES,
        lines=(LoanLine(part, 2),),
        form=DisposalForm.LOSS,
        reason_="借用中耗用",
        evidence_=("ab" * 32,),
    )
    assert story.refusal is None
    story.when("move_to_pending_losses", as_=CHEN_MANAGES, disposal=story.answer["disposal"])
    assert story.thing(Asset, part).pending_loss is not None


def test_only_countable_things_are_used_up() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP, outcome=LineOutcome.CONSUMED),)).refused(
        InvalidValue, "lines.0.outcome"
    )


def test_another_one_that_came_instead_is_a_thing_of_its_own_and_the_original_is_still_answered_for() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    brought = Brought(name="便携式计算机（新）", serial="SN-2", condition=Condition.NEW)
    story.when(
        "take_back",
        **BACK | {"place": BIN_A1},
        lines=(ReturnLine(asset=LAPTOP, outcome=LineOutcome.SWAPPED, brought=brought),),
    )
    story.then(
        (LAPTOP, CaseOpened(case="swapped")), CaseOpened, ReceivedUncarded, BroughtInstead, (LAPTOP, Exchanged), LineReturned,
        DamageReported, SlipIssued,
    )  # fmt: skip
    case, new = story.thing(DamageCase, case_of(story)), story.thing(Asset, story.fact(Exchanged).replacement)
    assert (case.replacement, case.outcome) == (new.id, LineOutcome.SWAPPED)
    assert (new.existence, new.serial, new.place, new.usable) == (Existence.UNCARDED, "SN-2", BIN_A1, 0)
    assert (new.custody, new.cases) == (Custody(CustodyKind.CUSTODIAN, OFFICES), frozenset({"swapped"}))
    assert new.book is None
    original = story.thing(Asset, LAPTOP)
    assert (original.where, original.existence) == (
        Custody(CustodyKind.UNACCOUNTED, HEALTH),
        Existence.REGISTERED,
    )
    story.when("inspect", as_=ANA_KEEPS, asset=new.id, condition=Condition.NEW)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=case.id, cause=DamageCause.ACCIDENT)
    assert story.thing(Loan, LOAN).closed


def test_of_a_lot_some_are_exchanged_and_the_rest_stays() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 5))
    story.when(
        "take_back", **BACK, lines=(ReturnLine(asset=CHAIRS, quantity=2, outcome=LineOutcome.SWAPPED),)
    )
    lot, loan = story.thing(Asset, CHAIRS), story.thing(Loan, LOAN)
    assert (lot.quantity, loan.out) == (8, {CHAIRS: 3})
    [new] = [row.stream for row in story.new if isinstance(row.fact, ReceivedUncarded)]
    assert (story.thing(Asset, new).quantity, story.thing(Asset, new).kind) == (2, lot.kind)


# Found later, and inspected by class.


def test_damage_found_at_the_inspection_opens_a_case_on_the_loan_it_came_back_from() -> None:
    story = given(STORE_ROOM, IN_STORE, SIX_DESKS, lent())
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP),))
    report: dict[str, Any] = {"as_": ANA_KEEPS, "loan": LOAN, "asset": LAPTOP, "said": "键盘进水"}
    story.when("report_damage", **report, condition=Condition.WORN).refused(NotWorse)
    story.when("report_damage", **report | {"as_": LIU_KEEPS}, condition=Condition.BROKEN).refused(NotYours)
    story.when("report_damage", **report | {"asset": CHAIRS}, condition=Condition.BROKEN).refused("UNKNOWN")
    story.when("report_damage", **report, condition=Condition.BROKEN).then(DamageReported, CaseOpened)
    story.when("assess_damage", as_=CHEN_MANAGES, damage=story.answer["damage"], **FOUND)
    assert story.thing(Loan, LOAN).closed, "what was closed stays closed: the case itself is open"


def test_after_the_loan_was_closed_damage_is_reported_within_the_time_that_the_inspection_rule_gives() -> (
    None
):
    ten_days = set_terms(InspectionRule(after_each_loan=False, report_days=10))
    story = given(STORE_ROOM, IN_STORE, ten_days, lent())
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP),))
    closed = story.thing(Loan, LOAN).closed_at
    assert closed == story.now
    report: dict[str, Any] = {
        "as_": ANA_KEEPS, "loan": LOAN, "asset": LAPTOP, "said": "键盘进水", "condition": Condition.BROKEN,
    }  # fmt: skip
    story.when("report_damage", **report, at=closed + timedelta(days=11)).refused(FoundTooLate, "loan")
    assert story.refusal is not None
    assert (story.refusal.values["days"], story.refusal.values["policy"]) == (10, 1)
    story = given(STORE_ROOM, IN_STORE, ten_days, lent())
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP),))
    story.when("report_damage", **report, at=closed + timedelta(days=10)).then(DamageReported, CaseOpened)
    case = story.thing(DamageCase, story.answer["damage"])
    assert (case.loan, case.borrower) == (LOAN, HEALTH), "the case names the loan, which stays closed"
    assert story.thing(Loan, LOAN).closed


def test_damage_found_while_the_loan_still_runs_keeps_it_open() -> None:
    lines = (LoanLine(CHAIRS, 2), LoanLine(LAPTOP, 1))
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS).when(
        "lend", as_=ANA_KEEPS, lines=lines, borrower=HEALTH, receiver=BY_WANG, due=FRIDAY
    )
    loan = story.answer["loan"]
    report: dict[str, Any] = {
        "as_": ANA_KEEPS,
        "loan": loan,
        "asset": LAPTOP,
        "condition": Condition.BROKEN,
        "said": "键盘进水",
    }
    story.when("report_damage", **report).refused(NothingCameBack)
    story.when("take_back", **BACK, lines=(ReturnLine(asset=LAPTOP),))
    story.when("report_damage", **report | {"asset": CHAIRS}).refused(NotOnThisLoan)
    story.when("report_damage", **report).then(DamageReported, LiabilityOpened, CaseOpened)
    damage = story.answer["damage"]
    story.when("take_back", **BACK, lines=(ReturnLine(asset=CHAIRS, quantity=2),))
    assert not story.thing(Loan, loan).closed
    story.when("assess_damage", as_=CHEN_MANAGES, damage=damage, cause=DamageCause.WEAR)
    assert story.thing(Loan, loan).closed


def test_by_class_every_return_is_looked_at_before_it_is_free_again() -> None:
    rule = set_terms(InspectionRule(after_each_loan=True), class_code="A0201")
    story = given(STORE_ROOM, IN_STORE, lent(), rule).when(
        "take_back", **BACK, lines=(ReturnLine(asset=LAPTOP),)
    )
    assert (story.fact(Returned).inspect, story.thing(Asset, LAPTOP).usable) == (True, 0)
    story.when("inspect", as_=ANA_KEEPS, asset=LAPTOP, condition=Condition.GOOD)
    assert story.thing(Asset, LAPTOP).usable == 1
    other = set_terms(InspectionRule(after_each_loan=True), class_code="A99")
    story = given(STORE_ROOM, IN_STORE, lent(), other).when(
        "take_back", **BACK, lines=(ReturnLine(asset=LAPTOP),)
    )
    assert story.thing(Asset, LAPTOP).usable == 1


def test_a_return_lands_though_the_store_never_opens_again_to_prepare_it() -> None:
    days = tuple(MONDAY.date() + timedelta(days=n) for n in range(500))
    hours = OpeningHours(week=(OpenDay(1, "09:00", "17:00"),), closed=days)
    rules = [
        set_terms(Preparation(working_days=1), warehouse=WAREHOUSE),
        set_terms(hours, warehouse=WAREHOUSE),
    ]
    story = given(STORE_ROOM, IN_STORE, lent(), rules).when(
        "take_back", **BACK, lines=(ReturnLine(asset=LAPTOP),)
    )
    story.then(Returned, LineReturned, LoanClosed, SlipIssued)


def test_a_signature_on_the_compensation_is_the_signer_s_own() -> None:
    story, case = assessed()
    story.when(
        "agree_compensation", as_=XIE_ASKS, damage=case, signature=Signature(WANG, SignedBy.ACCOUNT)
    ).refused("NOT_YOUR_SIGNATURE")
    story.when("agree_compensation", as_=EVA_MANAGES, damage=case).refused(NotYours)
    story.when("agree_compensation", as_=XIE_ASKS, damage=case, at=TUESDAY + timedelta(days=9)).then(
        CompensationAgreed
    )
