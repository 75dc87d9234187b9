"""Overdue: nobody has to notice it, it is so by time. Here somebody is told, one digest per borrower and warehouse, step by step."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain.body import Body, Relation
from domain.command import Command
from domain.papers.loan import Loan
from domain.papers.reminder import Reminder, ReminderLine, ReminderSent, reminder_of
from domain.papers.running_loan import FellOverdue, Reminded, ReminderLevel
from domain.refusals import InvalidValue
from domain.terms import Reminders
from domain.usecases import Outcome, use_case
from domain.usecases.blocking import scopes_at, terms_at, zone_at
from domain.values import Role

REMINDING = (Role.CLERK, Role.KEEPER, Role.ASSET_MANAGER)


@use_case(
    "remind_overdue",
    by=REMINDING,
    emits=(ReminderSent, FellOverdue, Reminded),
    gives=("reminder",),
)
def remind_overdue(c: Command, *, borrower: UUID, warehouse: UUID, day: date) -> Outcome:
    """Tells a borrower in one digest what is due or overdue at a warehouse (or at a holder without one) on a day.

    Each step of the ladder is told once per loan and due day: asked again, or late, or by two at once, nothing is told twice.
    """
    c.must(REMINDING, *scopes_at(c, warehouse))
    zone = zone_at(c, warehouse)
    if day > c.now.astimezone(zone).date():
        raise InvalidValue("day", value=day.isoformat(), latest=c.now.astimezone(zone).date().isoformat())
    body = c.load(Body, c.load(Body, borrower, "borrower").accountable)
    digest = c.begin(Reminder, reminder_of(body.id, warehouse))
    ladder = terms_at(c, Reminders, warehouse).terms
    lines = []
    for loan in c.load_all(Loan, [one.loan for one in c.open_loans(body.id, warehouse)]):
        if not loan.out or loan.due is None:
            continue
        if loan.overdue(c.now) and loan.told_overdue != loan.due:
            loan.record(FellOverdue(due=loan.due, borrower=loan.borrower))
        days = (day - loan.due.astimezone(zone).date()).days
        step = step_at(ladder, days)
        if step is not None and not digest.was_told(loan.id, loan.due, step):
            lines.append(ReminderLine(loan.id, loan.due, days, step, level_at(ladder, days)))
    if lines:
        _tell(c, digest, body, warehouse, day, lines)
    return {"reminder": digest.id}


def step_at(ladder: Reminders, days: int) -> int | None:
    """The last step of the ladder that is reached so many days after the day (before it: negative); a late clerk misses none."""
    reached = [step for step in ladder.after_days if step <= days]
    if days <= 0:
        reached += [-step for step in ladder.before_days if -step <= days]
    return max(reached, default=None)


def level_at(ladder: Reminders, days: int) -> ReminderLevel:
    """Who is told besides the borrower, so many days after the day."""
    if days > 0 and days >= ladder.superior_after_days:
        return ReminderLevel.SUPERIOR
    return ReminderLevel.MANAGER if days > 0 and days >= ladder.manager_after_days else ReminderLevel.BORROWER


def _tell(
    c: Command, digest: Reminder, body: Body, point: UUID, day: date, lines: Sequence[ReminderLine]
) -> None:
    above = body.related(Relation.SUPERVISED_BY, c.now)
    everybody = [body.id]
    for line in lines:
        told = (body.id, above) if line.level is ReminderLevel.SUPERIOR and above else (body.id,)
        everybody += told
        c.load(Loan, line.loan).record(
            Reminded(
                reminder=digest.id, due=line.due, days=line.days, step=line.step, level=line.level, told=told
            )
        )
    digest.record(
        ReminderSent(
            borrower=body.id, point=point, day=day, lines=tuple(lines), told=tuple(dict.fromkeys(everybody))
        )
    )
