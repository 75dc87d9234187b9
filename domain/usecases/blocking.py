"""Is a borrower blocked at a warehouse? Returns long overdue, receipts long unsigned, or a manager's word; returning is always allowed.

The read models name the open loans to look at (`Command.open_loans`); before it says no, the loans themselves are asked, so a view
that lags behind by seconds never blocks anybody. It cannot let anybody slip through either: what blocks is days old. A manager's word
is on the body's own file and guards the decision.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.asset import Asset
from domain.body import Body, Relation
from domain.command import Command
from domain.numbering import paper_number
from domain.papers.loan import Loan
from domain.papers.running_loan import LentToSuperior
from domain.place import HOME, Place
from domain.policy_book import InForce, terms
from domain.refusals import Refusal
from domain.terms import Blocking, Terms
from domain.values import ClassCode

NAMED = 5
LONGEST_LINE = 20

T = TypeVar("T", bound=Terms)


class BorrowerOverdue(Refusal):
    """The borrower has returns here that are overdue for so long that it gets nothing new: it returns them first."""

    code = "BORROWER_OVERDUE"


class ReceiptsUnsigned(Refusal):
    """The borrower has not signed for what was sent to it from here: it signs first."""

    code = "RECEIPTS_UNSIGNED"


class BorrowerIsBlocked(Refusal):
    """A manager blocked the borrower here."""

    code = "BORROWER_IS_BLOCKED"


def must_not_be_blocked(c: Command, body: Body, point: UUID, path: str = "body") -> None:
    """Before every new promise to a body at a warehouse (or of a holder's goods that lie in none). Raises which rule says no, and why.

    A manager's block goes before what holds by time, and a manager's clearance before an automatic one.
    """
    block = c.load(Body, body.accountable).blocks.get(point)
    if block is not None and block.cleared_until is None and (block.until is None or block.until > c.now):
        raise BorrowerIsBlocked(
            path,
            body=body.name,
            why=block.reason,
            until=block.until.date().isoformat() if block.until else "",
        )
    if block is not None and block.cleared_until is not None and block.cleared_until > c.now:
        return
    loans = c.open_loans(body.accountable, point, c.now)
    late = [one.loan for one in loans if one.due is not None and one.due <= c.now]
    unsigned = [one.loan for one in loans if one.unsigned]
    if not (late or unsigned):
        return
    found, zone = terms_at(c, Blocking, point), zone_at(c, point)
    most = found.terms.overdue_days
    worst = _longest(c, late, zone, most, lambda loan: loan.due if loan.overdue(c.now) else None)
    if worst:
        raise BorrowerOverdue(path, body=body.name, **worst, most=most, rule=found.rule, policy=found.policy)
    most = found.terms.unsigned_days
    worst = _longest(
        c, unsigned, zone, most, lambda loan: loan.opened if loan.in_transit and loan.out else None
    )
    if worst:
        raise ReceiptsUnsigned(path, body=body.name, **worst, most=most, rule=found.rule, policy=found.policy)


def note_superior(c: Command, loan: Loan) -> None:
    """A loan begins: a superior that borrows from its subordinate is flagged."""
    lender, borrower = (c.load(Body, c.load(Body, one).accountable) for one in (loan.lender, loan.borrower))
    if borrower.id in superiors_of(c, lender):
        loan.record(LentToSuperior(lender=lender.id, superior=borrower.id))


def superiors_of(c: Command, body: Body) -> list[UUID]:
    """The line of bodies above one, nearest first, as it is now."""
    found: list[UUID] = []
    above = body.related(Relation.SUPERVISED_BY, c.now)
    while above is not None and above not in found and len(found) < LONGEST_LINE:
        found.append(above)
        above = c.load(Body, above).related(Relation.SUPERVISED_BY, c.now)
    return found


def point_of(c: Command, asset: Asset) -> UUID:
    """Where it is lent: the warehouse it lies in, or its holder."""
    return c.load(Place, asset.place).warehouse if asset.place is not None else asset.holder


def scopes_at(c: Command, point: UUID) -> tuple[UUID, ...]:
    """Where a role has to be held to act for a lending point: the warehouse and who runs it, or the holder."""
    return c.load_any((Place, Body), point).scopes  # type: ignore[attr-defined, no-any-return]  # both kinds have scopes


def terms_at(c: Command, kind: type[T], point: UUID, class_code: ClassCode | None = None) -> InForce[T]:
    """The terms that hold at a lending point."""
    where = c.load_any((Place, Body), point)
    if isinstance(where, Place):
        return terms(c, kind, warehouse=where, class_code=class_code)
    return terms(c, kind, body=c.load(Body, point), class_code=class_code)


def zone_at(c: Command, point: UUID) -> ZoneInfo:
    """The time zone in which days begin at a lending point."""
    where = c.load_any((Place, Body), point)
    return where.zone if isinstance(where, Place) else HOME


def days_after(zone: ZoneInfo, day: datetime, now: datetime) -> int:
    """So many local days lie between; negative before it."""
    return (now.astimezone(zone).date() - day.astimezone(zone).date()).days


def _longest(
    c: Command, loans: list[UUID], zone: ZoneInfo, most: int, since: Callable[[Loan], datetime | None]
) -> dict[str, object]:
    """Of the loans that have stood so for `most` days or more: how many, which, and for how many days the oldest has."""
    if not most or not loans:
        return {}
    found = []
    for loan in c.load_all(Loan, loans):
        begun = since(loan)
        if begun is not None and (days := days_after(zone, begun, c.now)) >= most:
            found.append((days, paper_number(Loan.KIND, loan.id)))
    if not found:
        return {}
    found.sort(reverse=True)
    return {"days": found[0][0], "count": len(found), "loans": ", ".join(name for _, name in found[:NAMED])}
