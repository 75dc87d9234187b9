"""Transferred for good: held for it, on the way, accepted, refused, short, back, reversed.

The holder changes at acceptance and nowhere else. Numbers, open cases, flags and title travel along.
"""

from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Book, Custody, CustodyKind, Flag, ValueType
from domain.shares import take
from domain.values import Condition, Funding, Money

TRANSFER_COSTS = "transfer_costs"
"""The source of money that stands for the receiver's freight and taxes."""


class HeldForTransfer(Fact, frozen=True, kw_only=True):
    """It is on the list of a transfer: promised to nobody else until that is accepted, refused or withdrawn."""

    TOPIC = "asset.held_for_transfer"
    transfer: UUID
    receiver: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.transfer = self.transfer


class ReleasedFromTransfer(Fact, frozen=True, kw_only=True):
    """The transfer is off for it; it stays where it is, on the same books."""

    TOPIC = "asset.released_from_transfer"
    transfer: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.transfer = None


class SentOnTransfer(Fact, frozen=True, kw_only=True):
    """The giver handed it to a carrier for the receiver: in transit, still on the giver's books."""

    TOPIC = "asset.sent_on_transfer"
    transfer: UUID
    receiver: UUID
    carrier: str

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.TRANSIT, self.receiver, None, self.transfer)
        thing.place, thing.listing = None, None


class ArrivedOnTransfer(Fact, frozen=True, kw_only=True):
    """The receiver has it, but a consent or a decision is missing: it is there for the giver's account."""

    TOPIC = "asset.arrived_on_transfer"
    transfer: UUID
    receiver: UUID
    person: UUID
    condition: Condition

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.OUT, self.receiver, self.person, self.transfer)
        thing.place, thing.condition = None, self.condition


class Transferred(Fact, frozen=True, kw_only=True):
    """The receiver accepted it and is its holder from now on.

    `book`: what the receiver's books say; `operator`: who has it now. A loan to the receiver ends by this.
    """

    TOPIC = "asset.transferred"
    transfer: UUID
    giver: UUID
    receiver: UUID
    operator: UUID
    condition: Condition
    person: UUID | None = None
    place: UUID | None = None
    book: Book | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.holder, thing.book, thing.condition = self.receiver, self.book, self.condition
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator, self.person)
        thing.place, thing.transfer, thing.listing = self.place, None, None
        thing.outs = {}
        thing.entered_by |= {at.meta.person}


class RefusedOnTransfer(Fact, frozen=True, kw_only=True):
    """The receiver turned it away: it is on its way back to the giver."""

    TOPIC = "asset.refused_on_transfer"
    transfer: UUID
    giver: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.transfer = self.transfer
        thing.custody = Custody(CustodyKind.TRANSIT, self.giver, None, self.transfer)


class BackFromTransfer(Fact, frozen=True, kw_only=True):
    """It is back in a store after a transfer that did not come to pass. Always lands. What has storage must be wiped.

    Without `transfer`, no transfer explains it; one that still holds it goes on.
    """

    TOPIC = "asset.back_from_transfer"
    transfer: UUID | None = None
    operator: UUID
    place: UUID
    condition: Condition

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator)
        thing.place, thing.condition = self.place, self.condition
        thing.inspection_due |= Flag.STORAGE_MEDIA in thing.flags
        if self.transfer is not None:
            thing.transfer = None


class ShortOnTransfer(Fact, frozen=True, kw_only=True):
    """It left and did not arrive: unaccounted for, the giver is liable until it is found or written off."""

    TOPIC = "asset.short_on_transfer"
    transfer: UUID
    liable: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.UNACCOUNTED, self.liable)
        thing.transfer, thing.listing, thing.place = None, None, None


class TransferReversed(Fact, frozen=True, kw_only=True):
    """The transfer was undone by decision: it is on the giver's books again, at the value it left with."""

    TOPIC = "asset.transfer_reversed"
    transfer: UUID
    giver: UUID
    operator: UUID
    person: UUID | None = None
    place: UUID | None = None
    book: Book | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.holder, thing.book, thing.listing = self.giver, self.book, None
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator, self.person)
        thing.place = self.place
        thing.entered_by |= {at.meta.person}


def book_at_receiver(book: Book, costs: Money | None) -> tuple[Book, Money | None]:
    """What the receiver's books say, and which costs are expense.

    The giver's net value plus freight and taxes. Net 0: original value and accumulated depreciation are
    carried over, and freight is expense. A nominal value (and none at all) stays what it is.
    """
    if book.kind in (ValueType.NOMINAL, ValueType.NONE) or not book.net:
        return book, costs
    net = book.net
    funding = take(Book(book.original, book.kind, None, book.funding), net)[0].funding
    if costs:
        net += costs
        funding = (*funding, Funding(TRANSFER_COSTS, costs)) if funding else ()
    return Book(net, book.kind, None, funding), None
