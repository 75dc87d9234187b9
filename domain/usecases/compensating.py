"""Damage and loss on a loan, until it is settled: assessed by somebody else, agreed to by who is liable, paid, or waived by another body.

The loan closes with the last of its cases. A case is settled without a word about money where nothing is owed.
"""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, same_accountable
from domain.command import Command
from domain.life.keeping import CaseOpened
from domain.papers.damage_case import (
    CompensationAgreed,
    CompensationPaid,
    CompensationWaived,
    DamageAssessed,
    DamageCase,
    DamageCause,
    DamageReported,
    DamageSettled,
)
from domain.papers.loan import LiabilityOpened, LiabilitySettled, LineOutcome, Loan, LoanClosed
from domain.papers.outside_decision import Matter, OutsideDecision
from domain.place import Place
from domain.policy_book import terms
from domain.refusals import InvalidValue, Refusal
from domain.terms import InspectionRule
from domain.usecases import Outcome, use_case
from domain.usecases.blocking import days_after, zone_at
from domain.usecases.damage_rules import (
    DECIDING,
    JUDGING,
    MANAGING,
    ask_damage,
    authorities,
    is_much,
    liable_scopes,
    limit_of,
    must_not_be_of,
    reaches_the_limit,
)
from domain.usecases.decisions import SHA256, must_be_approved
from domain.usecases.loan_rules import LENDING_SIDE, ask_loan
from domain.usecases.outcomes import is_worse, report
from domain.usecases.pooling import ReasonMissing
from domain.usecases.transferring import NotTheAuthority
from domain.values import Condition, Money, Role, Signature, SignedBy, free_text

LONGEST_NUMBER = 60


class NotWorse(Refusal):
    """It is not worse than when it was handed over: there is no damage to settle."""

    code = "NOT_WORSE"


class NotOnThisLoan(Refusal):
    """The loan says nothing of this having come back."""

    code = "NOT_ON_THIS_LOAN"


class WaiverAboveLimit(Refusal):
    """So much is waived by another body than the lender: its offices administration or fiscal authority."""

    code = "WAIVER_ABOVE_LIMIT"


class LiableNotNamed(Refusal):
    """Neither the borrower nor a body that the papers of the loan name: why it should be liable has to be said."""

    code = "LIABLE_NOT_NAMED"


class AboveItsValue(Refusal):
    """More than the books say it is worth: why has to be said, or shown by a document."""

    code = "ABOVE_ITS_VALUE"


class ValueNotKnown(Refusal):
    """The books don't say what it is worth: where the amount comes from has to be said, or shown by a document."""

    code = "VALUE_NOT_KNOWN"


class FoundTooLate(Refusal):
    """So long after the loan was closed the damage is not this borrower's any more."""

    code = "FOUND_TOO_LATE"


SETTLING = (DamageSettled, LiabilitySettled, LoanClosed)


@use_case(
    "report_damage",
    by=LENDING_SIDE,
    emits=(DamageReported, LiabilityOpened, CaseOpened),
    gives=("damage",),
)
def report_damage(
    c: Command, *, loan: UUID, asset: UUID, condition: Condition, said: str, quantity: int = 1
) -> Outcome:
    """Damage that was found after the return (at the inspection): worse than at the hand-over, on a line that came back.

    On a loan that is closed within the time that the inspection rule gives; it stays closed, and the case names it.
    """
    paper, one = ask_loan("report_damage", c, c.load(Loan, loan, "loan")), c.load(Asset, asset, "asset")
    back = sum(
        count for id, count, outcome in paper.outcomes if id == one.id and outcome is LineOutcome.RETURNED
    )
    if not back:
        raise NotOnThisLoan("asset", asset=one.number)
    if not 1 <= quantity <= back:
        raise InvalidValue("quantity", value=quantity, most=back)
    _must_be_in_time(c, paper, one)
    before = paper.conditions.get(one.id, Condition.UNKNOWN)
    if not is_worse(before, condition):
        raise NotWorse("condition", asset=one.number, condition=condition)
    what = free_text(said, "said")
    if not what:
        raise InvalidValue("said", value="")
    case = report(c, paper, one, one, quantity, LineOutcome.DAMAGED, before, condition, said=what)
    if not paper.closed:
        paper.record(LiabilityOpened(damage=case.id, asset=one.id, quantity=quantity))
    one.record(CaseOpened(case=LineOutcome.DAMAGED.value, paper=case.id))
    return {"damage": case.id}


@use_case("assess_damage", by=JUDGING, emits=(DamageAssessed, *SETTLING), gives=("damage",))
def assess_damage(
    c: Command, *, damage: UUID, cause: DamageCause, liable: UUID | None = None, amount: Money | None = None
) -> Outcome:
    """Says what it came from, who is liable and for how much. Never whoever took it back, never anybody of the borrower or of who is
    liable. Where nothing is owed, the case is settled. Who is not named on the loan, and more than the thing is worth, need a reason or a
    document.
    """
    case = ask_damage("assess_damage", c, c.load(DamageCase, damage, "damage"))
    if (liable is None) != (not amount):
        raise InvalidValue("liable" if liable is None else "amount", value="")
    if amount is not None and amount.amount < 0:
        raise InvalidValue("amount", value=str(amount.amount), least=0)
    if liable is not None:
        c.load(Body, liable, "liable")
        must_not_be_of(c, liable)
        _must_be_explained(c, case, liable, amount)
    much = is_much(amount, limit_of(c, case))
    above = tuple(body.id for body in authorities(c, case, liable)) if much else ()
    case.assess(cause, liable, amount, above)
    _settle(c, case)
    return {"damage": case.id}


@use_case("agree_compensation", by=DECIDING, emits=(CompensationAgreed,), gives=("damage",))
def agree_compensation(c: Command, *, damage: UUID, signature: Signature | None = None) -> Outcome:
    """The liable body accepts what was assessed: one of its people signs here, or signed on paper and the lender enters it."""
    case = ask_damage("agree_compensation", c, c.load(DamageCase, damage, "damage"))
    if signature is None or signature.how is SignedBy.ACCOUNT:
        c.must(DECIDING, *liable_scopes(c, case))
    signature = signature or Signature(c.person, SignedBy.ACCOUNT)
    rule.not_the_same_person(
        signature.person, (case.assessed_by, case.reported_by), "liable_party", "assessor"
    )
    case.agree(signature)
    return {"damage": case.id}


@use_case("record_compensation_paid", by=MANAGING, emits=(CompensationPaid, *SETTLING), gives=("damage",))
def record_compensation_paid(
    c: Command, *, damage: UUID, amount: Money, scan: str, number: str = ""
) -> Outcome:
    """What was owed was paid, to the cent: with the scan of the receipt. Settles the case."""
    case = ask_damage("record_compensation_paid", c, c.load(DamageCase, damage, "damage"))
    if not SHA256.fullmatch(scan):
        raise InvalidValue("scan", value=scan[:64], because="no_hash")
    if len(number) > LONGEST_NUMBER:
        raise InvalidValue("number", value=number[:40], longest=LONGEST_NUMBER)
    case.pay(amount, scan, number.strip())
    _settle(c, case)
    return {"damage": case.id}


@use_case("waive_compensation", by=DECIDING, emits=(CompensationWaived, *SETTLING), gives=("damage",))
def waive_compensation(c: Command, *, damage: UUID, decision: UUID | None = None) -> Outcome:
    """What is owed need not be paid. Needs a reason, and an approver who neither reported nor assessed it; from the policy's limit on one
    of another body than the lender's (its offices administration or fiscal authority), or a verified document of such a body.
    """
    case = ask_damage("waive_compensation", c, c.load(DamageCase, damage, "damage"))
    if not c.meta.reason:
        raise ReasonMissing("reason")
    lender, above, limit = c.load(Body, case.lender), authorities(c, case), limit_of(c, case)
    scopes_above = tuple(scope for body in above for scope in body.scopes)
    much = reaches_the_limit(case, limit)
    if decision is not None:
        authority = c.load(OutsideDecision, decision, "decision").authority
        if authority not in {body.id for body in above} and (much or authority != lender.id):
            raise NotTheAuthority("decision", body=c.load(Body, authority).name)
    elif much and not any(c.may(Role.APPROVER, scope) for scope in scopes_above):
        raise WaiverAboveLimit(
            "damage", amount=case.what_is_owed().amount, limit=limit.terms.from_value.amount, rule=limit.rule, policy=limit.policy
        )  # fmt: skip
    must_be_approved(
        c,
        matter=Matter.COMPENSATION,
        listed=case.list_hash,
        applicants=(case.reported_by, case.assessed_by),
        scopes=scopes_above if much and decision is None else (*lender.scopes, *scopes_above),
        decision=decision,
    )
    case.waive(decision)
    _settle(c, case)
    return {"damage": case.id}


def _must_be_explained(c: Command, case: DamageCase, liable: UUID, amount: Money | None) -> None:
    """The borrower, or whom its papers name, up to what the thing is worth; for anything else a reason or a document."""
    if c.meta.reason or c.meta.evidence:
        return
    store = c.load(Place, case.warehouse) if case.warehouse else None
    named = (case.borrower, case.lender, *((store.operator, store.owner) if store else ()))
    if not any(same_accountable(c, liable, one) for one in dict.fromkeys(named)):
        raise LiableNotNamed(
            "liable", body=c.load(Body, liable).name, borrower=c.load(Body, case.borrower).name
        )
    card = c.load(Asset, case.part or case.asset)
    if card.book is None or (amount is not None and amount.currency != card.book.original.currency):
        raise ValueNotKnown("amount", asset=card.number)
    worth = (
        card.book.original.part(min(case.quantity, card.quantity), card.quantity)
        if card.quantity
        else card.book.original
    )
    if amount is not None and amount.amount > worth.amount:
        raise AboveItsValue("amount", asset=card.number, amount=amount.amount, worth=worth.amount)


def _must_be_in_time(c: Command, loan: Loan, asset: Asset) -> None:
    """What is found long after the loan was closed may have happened since. Raises `FoundTooLate`."""
    if loan.closed_at is None:
        return
    store = c.load(Place, loan.warehouse) if loan.warehouse else None
    found = terms(
        c, InspectionRule, warehouse=store, body=c.load(Body, loan.lender), class_code=asset.class_code
    )
    if days_after(zone_at(c, loan.point), loan.closed_at, c.now) > found.terms.report_days:
        raise FoundTooLate(
            "loan", asset=asset.number, closed=loan.closed_at.isoformat(), days=found.terms.report_days, rule=found.rule,
            policy=found.policy,
        )  # fmt: skip


def _settle(c: Command, case: DamageCase) -> None:
    if case.closed:
        c.load(Loan, case.loan).settle(case.id)
