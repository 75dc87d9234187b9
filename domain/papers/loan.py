"""A loan: what left, to whom, until when, and what became of each line. It closes when every line has its outcome."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.values import Condition, Signature, Value


class LoanLine(Value, frozen=True):
    """So many of an asset."""

    asset: UUID
    quantity: int


class LineOutcome(StrEnum):
    """What became of a line, or of a part of it."""

    RETURNED = "returned"
    DAMAGED = "damaged"
    INCOMPLETE = "incomplete"
    LOST = "lost"
    TRANSFERRED = "transferred"


class LoanOpened(Fact, frozen=True, kw_only=True):
    """Goods were handed over, or given to a carrier, for a borrower. `carrier` empty: handed over at the counter, both sides signed."""

    TOPIC = "loan.opened"
    warehouse: UUID | None = None
    lender: UUID
    borrower: UUID
    lines: tuple[LoanLine, ...]
    due: datetime | None = None
    carrier: str = ""
    giver: Signature
    receiver: Signature | None = None
    reservation: UUID | None = None

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.warehouse, thing.lender, thing.borrower, thing.due = (
            self.warehouse,
            self.lender,
            self.borrower,
            self.due,
        )
        thing.out = {line.asset: line.quantity for line in self.lines}
        thing.receiver, thing.in_transit, thing.giver = self.receiver, bool(self.carrier), self.giver


class LoanReceived(Fact, frozen=True, kw_only=True):
    """The borrower signed for what the carrier brought."""

    TOPIC = "loan.received"
    receiver: Signature

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.receiver, thing.in_transit = self.receiver, False


class LineReturned(Fact, frozen=True, kw_only=True):
    """So many of a line came back, or are lost: the outcome of that part."""

    TOPIC = "loan.line_returned"
    asset: UUID
    quantity: int
    outcome: LineOutcome
    condition: Condition = Condition.UNKNOWN

    def apply(self, thing: "Loan", at: Stamp) -> None:
        left = thing.out.get(self.asset, 0) - self.quantity
        thing.outcomes += ((self.asset, self.quantity, self.outcome),)
        if left > 0:
            thing.out[self.asset] = left
        else:
            thing.out.pop(self.asset, None)


class LoanClosed(Fact, frozen=True, kw_only=True):
    """Every line has its outcome."""

    TOPIC = "loan.closed"

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.closed = True


class LoanBecameInternal(Fact, frozen=True, kw_only=True):
    """Lender and borrower became one body by decree: the loan ends as an issue inside it, neither returned nor overdue."""

    TOPIC = "loan.became_internal"
    body: UUID

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.closed, thing.out = True, {}


class Loan(Root):
    """The state of one loan."""

    KIND = "loan"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.warehouse: UUID | None = None
        self.lender: UUID = id
        self.borrower: UUID = id
        self.due: datetime | None = None
        self.out: dict[UUID, int] = {}
        self.outcomes: tuple[tuple[UUID, int, LineOutcome], ...] = ()
        self.giver: Signature | None = None
        self.receiver: Signature | None = None
        self.in_transit = False
        self.closed = False

    def overdue(self, now: datetime) -> bool:
        """Overdue holds by time: something is still out and the due instant has passed."""
        return not self.closed and self.due is not None and self.due <= now and bool(self.out)

    def line_ends(self, asset: UUID, quantity: int, outcome: LineOutcome, condition: Condition) -> None:
        """One part of a line gets its outcome; the last one closes the loan."""
        self.record(LineReturned(asset=asset, quantity=quantity, outcome=outcome, condition=condition))
        if not self.out and not self.closed:
            self.record(LoanClosed())
