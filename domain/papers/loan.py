"""A loan: what left, to whom, until when, and what became of each line.

It closes when every line has its outcome and every damage or loss on it is settled. What happens while it runs (an extension, a
recall, a reminder) is in `domain/papers/running_loan.py`.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.values import Condition, Signature, Value


class LoanLine(Value, frozen=True):
    """So many of an asset; at a hand-over also in what condition, with which accessories and papers (by hash)."""

    asset: UUID
    quantity: int
    condition: Condition = Condition.UNKNOWN
    accessories: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


class ArrivedLine(Value, frozen=True):
    """So many of an asset came with the carrier, in what condition."""

    asset: UUID
    quantity: int
    condition: Condition = Condition.UNKNOWN


class LineOutcome(StrEnum):
    """What became of a line, or of a part of it."""

    RETURNED = "returned"
    DAMAGED = "damaged"
    INCOMPLETE = "incomplete"
    LOST = "lost"
    CONSUMED = "consumed"
    SWAPPED = "swapped"
    TRANSFERRED = "transferred"


class Asked(Value, frozen=True):
    """What the borrower asked for: until when, for which things, and who asked."""

    due: datetime
    assets: tuple[UUID, ...]
    person: UUID


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
        thing.dues = dict.fromkeys(thing.out, self.due)
        thing.conditions = {line.asset: line.condition for line in self.lines}
        thing.opened = at.occurred_at
        thing.receiver, thing.in_transit, thing.giver = self.receiver, bool(self.carrier), self.giver
        thing.reservation = self.reservation
        thing.on_the_way = dict(thing.out) if self.carrier else {}


class LoanReceived(Fact, frozen=True, kw_only=True):
    """The borrower signed for what the carrier brought. `missing`: what of it did not come and is still on its way."""

    TOPIC = "loan.received"
    receiver: Signature
    missing: tuple[LoanLine, ...] = ()

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.receiver, thing.in_transit = self.receiver, False
        thing.on_the_way = {line.asset: line.quantity for line in self.missing}


class LineReturned(Fact, frozen=True, kw_only=True):
    """So many of a line came back, or are lost: the outcome of that part. `damage`: the case that settles it, if it needs one."""

    TOPIC = "loan.line_returned"
    asset: UUID
    quantity: int
    outcome: LineOutcome
    condition: Condition = Condition.UNKNOWN
    damage: UUID | None = None

    def apply(self, thing: "Loan", at: Stamp) -> None:
        left = thing.out.get(self.asset, 0) - self.quantity
        thing.outcomes += ((self.asset, self.quantity, self.outcome),)
        if left > 0:
            thing.out[self.asset] = left
        else:
            thing.out.pop(self.asset, None)
        if self.asset in thing.on_the_way:
            thing.on_the_way[self.asset] = min(thing.on_the_way[self.asset], max(left, 0))
            if not thing.on_the_way[self.asset]:
                del thing.on_the_way[self.asset]
        if self.damage is not None:
            thing.liabilities |= {self.damage}
        if thing.out:
            thing.due = thing.next_due()


class LiabilityOpened(Fact, frozen=True, kw_only=True):
    """Damage was found on what had come back already: the loan closes only when that is settled too."""

    TOPIC = "loan.liability_opened"
    damage: UUID
    asset: UUID
    quantity: int

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.liabilities |= {self.damage}


class LiabilitySettled(Fact, frozen=True, kw_only=True):
    """A damage or loss on it is settled: nothing was owed, it was paid, or it was waived."""

    TOPIC = "loan.liability_settled"
    damage: UUID

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.liabilities -= {self.damage}


class LoanClosed(Fact, frozen=True, kw_only=True):
    """Every line has its outcome, and nothing of it is open to be settled."""

    TOPIC = "loan.closed"

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.closed, thing.closed_at = True, at.occurred_at


class LoanBecameInternal(Fact, frozen=True, kw_only=True):
    """Lender and borrower became one body by decree: the loan ends as an issue inside it, neither returned nor overdue."""

    TOPIC = "loan.became_internal"
    body: UUID

    def apply(self, thing: "Loan", at: Stamp) -> None:
        thing.closed, thing.out, thing.on_the_way = True, {}, {}


class Loan(Root):
    """The state of one loan."""

    KIND = "loan"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.warehouse: UUID | None = None
        self.lender: UUID = id
        self.borrower: UUID = id
        self.opened: datetime | None = None
        self.due: datetime | None = None
        """The earliest day on which something that is still out has to be back."""
        self.dues: dict[UUID, datetime | None] = {}
        self.out: dict[UUID, int] = {}
        self.conditions: dict[UUID, Condition] = {}
        """In what condition each line was handed over, where that was said."""
        self.outcomes: tuple[tuple[UUID, int, LineOutcome], ...] = ()
        self.reservation: UUID | None = None
        self.giver: Signature | None = None
        self.receiver: Signature | None = None
        self.in_transit = False
        """With a carrier, and nobody has signed for any of it yet."""
        self.on_the_way: dict[UUID, int] = {}
        """What a carrier has and nobody has signed for."""
        self.liabilities: frozenset[UUID] = frozenset()
        """The damage cases that are not settled yet."""
        self.extensions = 0
        self.asked: Asked | None = None
        self.recalled: frozenset[UUID] = frozenset()
        self.told_overdue: datetime | None = None
        """The due day whose passing somebody was told."""
        self.reminded = 0
        self.to_superior = False
        self.closed = False
        self.closed_at: datetime | None = None
        """When every line had its outcome and all of it was settled."""

    @property
    def point(self) -> UUID:
        """Where it was lent: the warehouse, or the lender where the goods lie in none."""
        return self.warehouse or self.lender

    def next_due(self) -> datetime | None:
        """When the first of what is still out has to be back."""
        return min((due for asset in self.out if (due := self.dues.get(asset, self.due))), default=None)

    def overdue(self, now: datetime) -> bool:
        """Overdue holds by time: something is still out and the due instant has passed."""
        return not self.closed and self.due is not None and self.due <= now and bool(self.out)

    def line_ends(
        self,
        asset: UUID,
        quantity: int,
        outcome: LineOutcome,
        condition: Condition,
        damage: UUID | None = None,
    ) -> None:
        """One part of a line gets its outcome; the last one closes the loan, unless something is still to be settled."""
        self.record(
            LineReturned(asset=asset, quantity=quantity, outcome=outcome, condition=condition, damage=damage)
        )
        self.close_if_settled()

    def settle(self, damage: UUID) -> None:
        """A damage case on it is done."""
        if damage in self.liabilities:
            self.record(LiabilitySettled(damage=damage))
            self.close_if_settled()

    def close_if_settled(self) -> None:
        if not self.out and not self.liabilities and not self.closed:
            self.record(LoanClosed())
