"""Reminders: one digest per borrower and lending point and day, one line per loan. Which step of the ladder each loan has reached."""

from datetime import date, datetime
from uuid import UUID, uuid5

from domain.aggregate import Fact, Root, Stamp
from domain.papers.running_loan import ReminderLevel
from domain.values import SPACE, Value


class ReminderLine(Value, frozen=True):
    """A loan, its day, how many days after that it is (before it: negative), and the step of the ladder that is reached."""

    loan: UUID
    due: datetime
    days: int
    step: int
    level: ReminderLevel


class ReminderSent(Fact, frozen=True, kw_only=True):
    """The borrower was told what has to be back, in one digest; `told`: all bodies that were told, also those above it."""

    TOPIC = "reminder.sent"
    borrower: UUID
    point: UUID
    day: date
    lines: tuple[ReminderLine, ...]
    told: tuple[UUID, ...]

    def apply(self, thing: "Reminder", at: Stamp) -> None:
        thing.borrower, thing.point, thing.day = self.borrower, self.point, self.day
        thing.steps |= {line.loan: (line.due, line.step) for line in self.lines}


class Reminder(Root):
    """What one borrower was told at one lending point."""

    KIND = "reminder"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.borrower: UUID = id
        self.point: UUID = id
        self.day: date | None = None
        self.steps: dict[UUID, tuple[datetime, int]] = {}

    def was_told(self, loan: UUID, due: datetime, step: int) -> bool:
        """Whether this step, or a later one, was told for this day of the loan; another day begins anew."""
        told = self.steps.get(loan)
        return told is not None and told[0] == due and told[1] >= step


def reminder_of(borrower: UUID, point: UUID) -> UUID:
    """The stream of an accountable body's reminders at a lending point."""
    return uuid5(SPACE, f"reminder:{borrower}:{point}")
