"""Damage and loss on a loan, until it is settled: assessed by somebody else, agreed to by who is liable, paid, or waived by another body.

The loan closes with the last of its cases. A case is settled without a word about money where nothing is owed.
"""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, Relation, answers_now, same_accountable
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
from domain.papers.outside_decision import Matter, OutsideDecision, list_hash
from domain.place import Place
from domain.policy_book import terms
from domain.refusals import InvalidValue, Refusal
from domain.terms import WaiverLimit
from domain.usecases import Outcome, use_case
from domain.usecases.blocking import scopes_at
from domain.usecases.decisions import SHA256, must_be_approved
from domain.usecases.outcomes import is_worse, report
from domain.usecases.pooling import ReasonMissing
from domain.usecases.transferring import AuthorityUnknown, NotTheAuthority
from domain.values import Condition, Money, Role, Signature, SignedBy, free_text

BY_LENDER = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)
DECIDING = (Role.APPROVER, Role.OFFICER, Role.ASSET_MANAGER)
LONGEST_NUMBER = 60


class NotWorse(Refusal):
    """It is not worse than when it was handed over: there is no damage to settle."""

    code = "NOT_WORSE"


class NotOnThisLoan(Refusal):
    """The loan says nothing of this having come back."""

    code = "NOT_ON_THIS_LOAN"


class OfTheBorrower(Refusal):
    """Whoever owes, or belongs to who owes, does not judge or waive it."""

    code = "OF_THE_BORROWER"


class WaiverAboveLimit(Refusal):
    """So much is waived by another body than the lender: its offices administration or fiscal authority."""

    code = "WAIVER_ABOVE_LIMIT"


SETTLING = (DamageSettled, LiabilitySettled, LoanClosed)


@use_case(
    "report_damage",
    by=BY_LENDER,
    emits=(DamageReported, LiabilityOpened, CaseOpened),
    gives=("damage",),
)
def report_damage(
    c: Command, *, loan: UUID, asset: UUID, condition: Condition, said: str, quantity: int = 1
) -> Outcome:
    """Damage that was found after the return (at the inspection): worse than at the hand-over, on a line that came back."""
    paper, one = c.load(Loan, loan, "loan"), c.load(Asset, asset, "asset")
    c.must(BY_LENDER, *scopes_at(c, paper.point), *c.load(Body, paper.lender).scopes)
    back = sum(
        count for id, count, outcome in paper.outcomes if id == one.id and outcome is LineOutcome.RETURNED
    )
    if not back:
        raise NotOnThisLoan("asset", asset=one.number)
    if not 1 <= quantity <= back:
        raise InvalidValue("quantity", value=quantity, most=back)
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


@use_case(
    "assess_damage",
    by=(Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER, Role.APPROVER),
    emits=(DamageAssessed, *SETTLING),
    gives=("damage",),
)
def assess_damage(
    c: Command, *, damage: UUID, cause: DamageCause, liable: UUID | None = None, amount: Money | None = None
) -> Outcome:
    """Says what it came from, who is liable and for how much. Never whoever took it back, never anybody of the borrower or of who is
    liable. Where nothing is owed, the case is settled.
    """
    case = c.load(DamageCase, damage, "damage")
    c.must((*BY_LENDER, Role.APPROVER), *scopes_at(c, case.point), *c.load(Body, case.lender).scopes)
    rule.not_the_same_person(c.person, (case.reported_by,), "assessor", "receiver")
    _must_not_be_of(c, case.borrower)
    if (liable is None) != (not amount):
        raise InvalidValue("liable", value=str(liable or ""))
    if amount is not None and amount.amount < 0:
        raise InvalidValue("amount", value=str(amount.amount))
    if liable is not None:
        c.load(Body, liable, "liable")
        _must_not_be_of(c, liable)
    case.assess(cause, liable, amount)
    _settle(c, case)
    return {"damage": case.id}


@use_case("agree_compensation", by=DECIDING, emits=(CompensationAgreed,), gives=("damage",))
def agree_compensation(c: Command, *, damage: UUID, signature: Signature | None = None) -> Outcome:
    """The liable body accepts what was assessed: one of its people signs here, or signed on paper and the lender enters it."""
    case = c.load(DamageCase, damage, "damage")
    case.what_is_owed()
    liable = c.load(Body, case.liable) if case.liable else c.load(Body, case.borrower)
    own = (*liable.scopes, *answers_now(c, liable.id).scopes)
    if signature is None or signature.how is SignedBy.ACCOUNT:
        c.must(DECIDING, *own)
    else:
        c.must(DECIDING, *own, *c.load(Body, case.lender).scopes)
    signature = signature or Signature(c.person, SignedBy.ACCOUNT)
    rule.not_the_same_person(
        signature.person, (case.assessed_by, case.reported_by), "liable_party", "assessor"
    )
    case.agree(signature)
    return {"damage": case.id}


@use_case(
    "record_compensation_paid",
    by=(Role.OFFICER, Role.ASSET_MANAGER),
    emits=(CompensationPaid, *SETTLING),
    gives=("damage",),
)
def record_compensation_paid(
    c: Command, *, damage: UUID, amount: Money, scan: str, number: str = ""
) -> Outcome:
    """What was owed was paid, to the cent: with the scan of the receipt. Settles the case."""
    case = c.load(DamageCase, damage, "damage")
    c.must((Role.OFFICER, Role.ASSET_MANAGER), *c.load(Body, case.lender).scopes)
    if not SHA256.fullmatch(scan):
        raise InvalidValue("scan", value=scan[:64])
    if len(number) > LONGEST_NUMBER:
        raise InvalidValue("number", value=number[:40])
    case.pay(amount, scan, number.strip())
    _settle(c, case)
    return {"damage": case.id}


@use_case("waive_compensation", by=DECIDING, emits=(CompensationWaived, *SETTLING), gives=("damage",))
def waive_compensation(c: Command, *, damage: UUID, decision: UUID | None = None) -> Outcome:
    """What is owed need not be paid. Needs a reason, and an approver who neither reported nor assessed it; from the policy's limit on one
    of another body than the lender's (its offices administration or fiscal authority), or a verified document of such a body.
    """
    case = c.load(DamageCase, damage, "damage")
    owed = case.what_is_owed()
    if not c.meta.reason:
        raise ReasonMissing("reason")
    lender = c.load(Body, case.lender)
    above = _above(c, case)
    scopes_above = tuple(scope for body in above for scope in body.scopes)
    c.must(DECIDING, *lender.scopes, *scopes_above)
    for body in dict.fromkeys((case.borrower, case.liable or case.borrower)):
        _must_not_be_of(c, body)
    limit = terms(
        c, WaiverLimit, warehouse=c.load(Place, case.warehouse) if case.warehouse else None, body=lender
    )
    most = limit.terms.from_value
    much = owed.currency != most.currency or owed.amount >= most.amount
    if much and not above:
        raise AuthorityUnknown("damage", body=lender.name)
    if decision is not None:
        authority = c.load(OutsideDecision, decision, "decision").authority
        if authority not in {body.id for body in above} and (much or authority != lender.id):
            raise NotTheAuthority("decision", body=c.load(Body, authority).name)
    elif much and not any(c.may(Role.APPROVER, scope) for scope in scopes_above):
        raise WaiverAboveLimit(
            "damage", amount=owed.amount, limit=most.amount, rule=limit.rule, policy=limit.policy
        )
    must_be_approved(
        c,
        matter=Matter.COMPENSATION,
        listed=list_hash(case.items),
        applicants=(case.reported_by, case.assessed_by),
        scopes=scopes_above if much and decision is None else (*lender.scopes, *scopes_above),
        decision=decision,
    )
    case.waive(decision)
    _settle(c, case)
    return {"damage": case.id}


def _settle(c: Command, case: DamageCase) -> None:
    if case.closed:
        c.load(Loan, case.loan).settle(case.id)


def _above(c: Command, case: DamageCase) -> list[Body]:
    """Who may waive much: the authorities over the lender, but neither the lender itself nor who borrowed or owes."""
    lender = c.load(Body, c.load(Body, case.lender).accountable)
    related = (
        lender.related(kind, c.now) for kind in (Relation.OFFICES_ADMINISTRATION, Relation.FISCAL_AUTHORITY)
    )
    bodies = c.load_all(Body, dict.fromkeys(body for body in related if body is not None))
    concerned = [case.lender, case.borrower, *([case.liable] if case.liable else [])]
    return [body for body in bodies if not any(same_accountable(c, body.id, one) for one in concerned)]


def _must_not_be_of(c: Command, body: UUID) -> None:
    """Neither the account nor whom it acts for belongs to that body."""
    for one in dict.fromkeys((c.account.body, c.acting_body)):
        if one is not None and same_accountable(c, one, body):
            raise OfTheBorrower("account", body=c.load(Body, body).name)
