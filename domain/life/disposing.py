"""On the way out: held for disposal, in the pending losses, left for good, off the books, settled, reinstated.

Three exits, each a fact of its own: the thing leaves, the books let it go, the case is closed with the money
remitted. After the books let it go, only the closing of the case and a reinstatement can follow.
"""

from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Book, Custody, CustodyKind, Existence
from domain.values import Condition


class HeldForDisposal(Fact, frozen=True, kw_only=True):
    """It is on the list of a disposal case: locked for everything else until that is decided and done."""

    TOPIC = "asset.held_for_disposal"
    disposal: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.disposal, thing.listing = self.disposal, None


class ReleasedFromDisposal(Fact, frozen=True, kw_only=True):
    """The case was refused or withdrawn for it: it stays, and is free again."""

    TOPIC = "asset.released_from_disposal"
    disposal: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.disposal, thing.pending_loss = None, None


class MovedToPendingLosses(Fact, frozen=True, kw_only=True):
    """Its value went to the pending losses (待处理财产损溢), where shortage and scrapping wait for the decision."""

    TOPIC = "asset.moved_to_pending_losses"
    disposal: UUID
    book: Book | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.pending_loss = self.disposal


class LeftForGood(Fact, frozen=True, kw_only=True):
    """The physical exit: it left, to a recycler, a buyer, a donee. `erasure`: the proof that its storage was erased."""

    TOPIC = "asset.left_for_good"
    disposal: UUID
    to_body: UUID | None = None
    erasure: str = ""

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.physically_gone, thing.place, thing.listing = True, None, None
        thing.custody = Custody(CustodyKind.GONE, self.to_body or thing.holder, None, self.disposal)


class Deregistered(Fact, frozen=True, kw_only=True):
    """The exit from the books. `book`: the value with which it left them."""

    TOPIC = "asset.deregistered"
    disposal: UUID
    book: Book | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.existence, thing.listing = Existence.WRITTEN_OFF, None


class DisposalSettled(Fact, frozen=True, kw_only=True):
    """The third exit: its case is closed, the money remitted."""

    TOPIC = "asset.disposal_settled"
    disposal: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.disposal, thing.pending_loss = None, None
        if not thing.alive and thing.custody.kind is CustodyKind.UNACCOUNTED:
            thing.custody = Custody(CustodyKind.GONE, thing.custody.body)


class Reinstated(Fact, frozen=True, kw_only=True):
    """Found again after it was written off: the same identity and numbers, at the value a decision states."""

    TOPIC = "asset.reinstated"
    holder: UUID
    operator: UUID
    place: UUID
    condition: Condition
    book: Book
    decision: UUID | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.existence, thing.holder, thing.book = Existence.REGISTERED, self.holder, self.book
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator)
        thing.place, thing.condition = self.place, self.condition
        thing.physically_gone, thing.pending_loss, thing.disposal = False, None, None
        thing.entered_by |= {at.meta.person}
