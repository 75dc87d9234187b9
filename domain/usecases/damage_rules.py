"""What may be done with a damage case now? The rules that each use case on one asks first; a screen asks the very same.

`ON_DAMAGE` is the list (`permitted_on_damage`). Whoever reports does not assess, and whoever owes neither judges nor waives.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from domain import policies as rule
from domain.body import Body, Relation, answers_now, same_accountable
from domain.command import Command
from domain.papers.damage_case import DamageCase, DamageState
from domain.place import Place
from domain.policy_book import InForce, terms
from domain.refusals import AlreadyDone, NotYours, Refusal
from domain.terms import WaiverLimit
from domain.usecases import USE_CASES
from domain.usecases.blocking import scopes_at
from domain.usecases.transferring import AuthorityUnknown
from domain.values import Money, Role

DamageRule = Callable[[Command, DamageCase], None]

MANAGING = (Role.OFFICER, Role.ASSET_MANAGER)
DECIDING = (Role.APPROVER, *MANAGING)
JUDGING = (Role.KEEPER, *DECIDING)


class OfTheBorrower(Refusal):
    """Whoever owes, or belongs to who owes, does not judge or waive it."""

    code = "OF_THE_BORROWER"


def the_lending_side_asks(c: Command, case: DamageCase) -> None:
    """The store it was lent from, or the lender's own people."""
    c.must(JUDGING, *scopes_at(c, case.point), *c.load(Body, case.lender).scopes)


def the_lender_asks(c: Command, case: DamageCase) -> None:
    c.must(MANAGING, *c.load(Body, case.lender).scopes)


def either_side_asks(c: Command, case: DamageCase) -> None:
    """The liable body's people, or the lender's who enter what was signed on paper."""
    c.must(DECIDING, *liable_scopes(c, case), *c.load(Body, case.lender).scopes)


def the_lender_or_those_above_ask(c: Command, case: DamageCase) -> None:
    above = (scope for body in authorities(c, case) for scope in body.scopes)
    c.must(DECIDING, *c.load(Body, case.lender).scopes, *above)


def who_took_it_back_does_not_assess(c: Command, case: DamageCase) -> None:
    rule.not_the_same_person(c.person, (case.reported_by,), "assessor", "receiver")


def nobody_of_the_borrower_judges(c: Command, case: DamageCase) -> None:
    for body in dict.fromkeys((case.borrower, case.liable or case.borrower)):
        must_not_be_of(c, body)


def it_is_open(c: Command, case: DamageCase) -> None:
    case.must_be_open()


def it_is_assessed(c: Command, case: DamageCase) -> None:
    case.what_is_owed()


def it_is_not_agreed(c: Command, case: DamageCase) -> None:
    if case.state is DamageState.AGREED:
        raise AlreadyDone("damage", what=case.state)


def somebody_may_waive_so_much(c: Command, case: DamageCase) -> None:
    if reaches_the_limit(case, limit_of(c, case)) and not authorities(c, case):
        raise AuthorityUnknown("damage", body=c.load(Body, case.lender).name)


def must_not_be_of(c: Command, body: UUID) -> None:
    """Neither the account nor whom it acts for belongs to that body."""
    for one in dict.fromkeys((c.account.body, c.acting_body)):
        if one is not None and same_accountable(c, one, body):
            raise OfTheBorrower("account", body=c.load(Body, body).name)


def liable_scopes(c: Command, case: DamageCase) -> tuple[UUID, ...]:
    """Where a role has to be held to agree for who owes: the body itself, or the one it was merged into."""
    liable = c.load(Body, case.liable or case.borrower)
    return (*liable.scopes, *answers_now(c, liable.id).scopes)


def authorities(c: Command, case: DamageCase, liable: UUID | None = None) -> list[Body]:
    """Who may waive much: the authorities over the lender, but neither the lender itself nor who borrowed or owes."""
    lender = c.load(Body, c.load(Body, case.lender).accountable)
    related = (
        lender.related(kind, c.now) for kind in (Relation.OFFICES_ADMINISTRATION, Relation.FISCAL_AUTHORITY)
    )
    bodies = c.load_all(Body, dict.fromkeys(body for body in related if body is not None))
    concerned = [case.lender, case.borrower, *(one for one in (case.liable, liable) if one is not None)]
    return [body for body in bodies if not any(same_accountable(c, body.id, one) for one in concerned)]


def limit_of(c: Command, case: DamageCase) -> InForce[WaiverLimit]:
    """From which amount on another body waives."""
    warehouse = c.load(Place, case.warehouse) if case.warehouse else None
    return terms(c, WaiverLimit, warehouse=warehouse, body=c.load(Body, case.lender))


def reaches_the_limit(case: DamageCase, limit: InForce[WaiverLimit]) -> bool:
    return is_much(case.owed, limit)


def is_much(owed: Money | None, limit: InForce[WaiverLimit]) -> bool:
    """An amount in another currency might be above any limit."""
    most = limit.terms.from_value
    return owed is not None and (owed.currency != most.currency or owed.amount >= most.amount)


ON_DAMAGE: dict[str, Sequence[DamageRule]] = {
    "assess_damage": (
        the_lending_side_asks, who_took_it_back_does_not_assess, nobody_of_the_borrower_judges, it_is_open, it_is_not_agreed,
    ),
    "agree_compensation": (either_side_asks, it_is_assessed, it_is_not_agreed),
    "record_compensation_paid": (the_lender_asks, it_is_assessed),
    "waive_compensation": (
        the_lender_or_those_above_ask, it_is_assessed, nobody_of_the_borrower_judges, somebody_may_waive_so_much,
    ),
}  # fmt: skip
"""What can be done with a damage case, and its rules in order: the first that says no is the answer."""


def ask_damage(action: str, c: Command, case: DamageCase) -> DamageCase:
    """The case, if its rules allow this now."""
    for one in ON_DAMAGE[action]:
        one(c, case)
    return case


def permitted_on_damage(c: Command, case: DamageCase) -> dict[str, Refusal | None]:
    """For every action on a case: `None` if this account may do it now, else why not."""
    answers: dict[str, Refusal | None] = {}
    for action in ON_DAMAGE:
        try:
            by = USE_CASES[action].by
            if not any(grant.role in by for grant in c.account.grants):
                raise NotYours("account", needs=", ".join(by))
            ask_damage(action, c, case)
            answers[action] = None
        except Refusal as no:
            answers[action] = no
    return answers
