"""While a loan runs: an extension is asked for and decided, it is recalled, it falls overdue and somebody is told."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.papers.loan import Asked, Loan, LoanLine
from domain.values import Value


class NoExtension(StrEnum):
    """Why an extension is refused."""

    LENDER_NEEDS_IT = "lender_needs_it"
    PROMISED_TO_OTHERS = "promised_to_others"
    TERM_USED_UP = "term_used_up"
    TERMS_NOT_KEPT = "terms_not_kept"
    ANOTHER_REASON = "another_reason"


class RecallReason(StrEnum):
    """Why something is wanted back early."""

    LENDER_NEEDS_IT = "lender_needs_it"
    EMERGENCY = "emergency_order"
    MISUSED = "used_wrongly"
    DUE_FOR_INSPECTION = "due_for_inspection"
    ANOTHER_REASON = "another_reason"


class ReminderLevel(StrEnum):
    """Who is reminded: the borrower, also its asset manager, also the body above it."""

    BORROWER = "the_borrower"
    MANAGER = "its_manager"
    SUPERIOR = "its_superior"


class InTheWay(Value, frozen=True):
    """Somebody else is promised so many of a thing in the time that was asked for."""

    asset: UUID
    body: UUID
    quantity: int
    start: datetime
    end: datetime | None = None


class LentToSuperior(Fact, frozen=True, kw_only=True):
    """The borrower stands above the lender. It is not refused, but nobody shall overlook it."""

    TOPIC = "loan.lent_to_superior"
    lender: UUID
    superior: UUID

    def apply(self, thing: Loan, at: Stamp) -> None:
        thing.to_superior = True


class ExtensionRequested(Fact, frozen=True, kw_only=True):
    """The borrower asked to keep some of it longer."""

    TOPIC = "loan.extension_requested"
    due: datetime
    assets: tuple[UUID, ...]

    def apply(self, thing: Loan, at: Stamp) -> None:
        thing.asked = Asked(self.due, self.assets, at.meta.person)


class ExtensionGranted(Fact, frozen=True, kw_only=True):
    """These lines, which were still out, may stay longer. What was overdue runs again; what was recalled is not any more."""

    TOPIC = "loan.extension_granted"
    due: datetime
    lines: tuple[LoanLine, ...]

    def apply(self, thing: Loan, at: Stamp) -> None:
        assets = [line.asset for line in self.lines]
        thing.dues |= dict.fromkeys(assets, self.due)
        thing.due = thing.next_due()
        thing.recalled -= {*assets}
        thing.extensions, thing.asked, thing.reminded = thing.extensions + 1, None, 0


class ExtensionRefused(Fact, frozen=True, kw_only=True):
    """It stays as it was agreed. `clashes`: who was promised what was asked for, and when; the command's reason says more."""

    TOPIC = "loan.extension_refused"
    why: NoExtension
    due: datetime
    clashes: tuple[InTheWay, ...] = ()

    def apply(self, thing: Loan, at: Stamp) -> None:
        thing.asked = None


class LoanRecalled(Fact, frozen=True, kw_only=True):
    """These lines are wanted back earlier. `order`: the emergency order that asks for them."""

    TOPIC = "loan.recalled"
    due: datetime
    lines: tuple[LoanLine, ...]
    why: RecallReason
    borrower: UUID
    order: UUID | None = None

    def apply(self, thing: Loan, at: Stamp) -> None:
        assets = [line.asset for line in self.lines]
        thing.dues |= dict.fromkeys(assets, self.due)
        thing.due = thing.next_due()
        thing.recalled |= {*assets}
        thing.asked = None


class FellOverdue(Fact, frozen=True, kw_only=True):
    """Its day has passed and something is still out. It is overdue by time alone; this says when somebody was told."""

    TOPIC = "loan.fell_overdue"
    due: datetime
    borrower: UUID

    def apply(self, thing: Loan, at: Stamp) -> None:
        thing.told_overdue = self.due


class Reminded(Fact, frozen=True, kw_only=True):
    """Somebody was told that it has to be back: so many days after its day (before it: negative). `told`: the bodies."""

    TOPIC = "loan.reminded"
    reminder: UUID
    due: datetime
    days: int
    step: int
    level: ReminderLevel
    told: tuple[UUID, ...]

    def apply(self, thing: Loan, at: Stamp) -> None:
        thing.reminded += 1
