"""A transfer for good (调拨, in regulations 无偿划转): from one accountable body to another, and what became of every line.

Both bodies consent, the authorities decide on exactly this list, the giver hands over, the receiver accepts.
The paper keeps, line by line, what went out of one body's books and what came into the other's.
"""

from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.asset import Book
from domain.papers.outside_decision import ListItem
from domain.refusals import AlreadyDone, Refusal
from domain.values import Condition, Money, Signature


class Basis(StrEnum):
    """Why it passes on."""

    REDISTRIBUTION = "redistribution"
    REFORM = "reform"
    CROSS_LEVEL = "cross_level"


class Side(StrEnum):
    """The two bodies of the paper."""

    GIVER = "giver"
    RECEIVER = "receiver"


class Ending(StrEnum):
    """What became of a line, or of a part of it."""

    ACCEPTED = "accepted"
    SHORT = "short"
    REFUSED = "turned_away"


class TransferEnded(Refusal):
    """The transfer was refused, withdrawn or finished."""

    code = "TRANSFER_ENDED"


class TransferNotAgreed(Refusal):
    """A consent or a decision is missing."""

    code = "TRANSFER_NOT_AGREED"


class HandedOverAlready(Refusal):
    """The goods have left: now they are accepted or come back."""

    code = "HANDED_OVER_ALREADY"


class NotHandedOver(Refusal):
    """There is nothing to accept: the giver has not handed it over."""

    code = "NOT_HANDED_OVER"


class TransferProposed(Fact, frozen=True, kw_only=True):
    """Somebody of the giver put a list forward. `authorities`: who has to decide on it; `request`: the approved request it fulfils."""

    TOPIC = "transfer.proposed"
    giver: UUID
    receiver: UUID
    basis: Basis
    items: tuple[ListItem, ...]
    list_hash: str
    authorities: tuple[UUID, ...]
    request: UUID | None = None

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.giver, thing.receiver, thing.basis = self.giver, self.receiver, self.basis
        thing.request = self.request
        thing.items, thing.list_hash, thing.authorities = self.items, self.list_hash, self.authorities
        thing.open = {item.asset: item.quantity for item in self.items if item.asset is not None}
        thing.proposed_by = at.meta.person


class TransferConsented(Fact, frozen=True, kw_only=True):
    """The giver's or the receiver's own people agree to this list; `person`: who did, if that was in the request it fulfils."""

    TOPIC = "transfer.consented"
    side: Side
    body: UUID
    person: UUID | None = None

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.consents[self.side] = self.person or at.meta.person


class TransferApproved(Fact, frozen=True, kw_only=True):
    """An authority decided for it: by a document from outside (`decision`), or through its approver here; `person`: who did, if that
    was in the request it fulfils.
    """

    TOPIC = "transfer.approved"
    authority: UUID
    decision: UUID | None = None
    person: UUID | None = None

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.approvals[self.authority] = self.decision
        thing.decided_by |= {self.person or at.meta.person}


class TransferRefused(Fact, frozen=True, kw_only=True):
    """A body or an authority does not agree; the command's reason says why."""

    TOPIC = "transfer.refused"
    by_body: UUID

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.closed = True


class TransferWithdrawn(Fact, frozen=True, kw_only=True):
    """The giver took it back before anything was handed over; the command's reason says why."""

    TOPIC = "transfer.withdrawn"

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.closed = True


class TransferHandedOver(Fact, frozen=True, kw_only=True):
    """The giver signed and let the goods go: to a carrier, or across the counter, where both sides sign."""

    TOPIC = "transfer.handed_over"
    assets: tuple[UUID, ...]
    giver: Signature
    carrier: str = ""
    receiver: Signature | None = None

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.handed_over |= {*self.assets}
        thing.giver_signature = self.giver


class TransferSignedFor(Fact, frozen=True, kw_only=True):
    """The receiver signed the list of what came."""

    TOPIC = "transfer.signed_for"
    receiver: Signature

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.receiver_signature = self.receiver


class TransferLineEnded(Fact, frozen=True, kw_only=True):
    """A line, or a part of it (`piece`), has its outcome.

    `went_out` and `came_in`: the amounts in both bodies' books, at the same instant; `costs`: the receiver's
    freight and taxes, of which `expensed` is not in the value.
    """

    TOPIC = "transfer.line_ended"
    asset: UUID
    piece: UUID
    quantity: int
    ending: Ending
    condition: Condition = Condition.UNKNOWN
    went_out: Book | None = None
    came_in: Book | None = None
    costs: Money | None = None
    expensed: Money | None = None

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        left = thing.open.get(self.asset, 0) - self.quantity
        if left > 0:
            thing.open[self.asset] = left
        else:
            thing.open.pop(self.asset, None)
        if self.ending is Ending.ACCEPTED:
            thing.accepted[self.piece] = (self.went_out, self.came_in)


class TransferClosed(Fact, frozen=True, kw_only=True):
    """Every line has its outcome."""

    TOPIC = "transfer.closed"

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.closed = True


class TransferUndone(Fact, frozen=True, kw_only=True):
    """The authorities decided to undo it: what was accepted is back on the giver's books."""

    TOPIC = "transfer.undone"
    assets: tuple[UUID, ...]
    giver: Signature
    receiver: Signature
    decisions: tuple[UUID, ...] = ()

    def apply(self, thing: "Transfer", at: Stamp) -> None:
        thing.undone = True


class Transfer(Root):
    """The state of one transfer."""

    KIND = "transfer"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.giver: UUID = id
        self.receiver: UUID = id
        self.basis = Basis.REDISTRIBUTION
        self.request: UUID | None = None
        self.items: tuple[ListItem, ...] = ()
        self.list_hash = ""
        self.authorities: tuple[UUID, ...] = ()
        self.proposed_by: UUID | None = None
        self.consents: dict[Side, UUID] = {}
        self.approvals: dict[UUID, UUID | None] = {}
        self.decided_by: frozenset[UUID] = frozenset()
        self.open: dict[UUID, int] = {}
        self.handed_over: frozenset[UUID] = frozenset()
        self.giver_signature: Signature | None = None
        self.receiver_signature: Signature | None = None
        self.accepted: dict[UUID, tuple[Book | None, Book | None]] = {}
        self.closed = False
        self.undone = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The consents and decisions that are missing before it may be handed over."""
        consents = tuple(f"{side.value}_consent" for side in Side if side not in self.consents)
        decided = all(authority in self.approvals for authority in self.authorities)
        return consents if decided else (*consents, "decision")

    def must_be_undecided(self) -> None:
        if self.closed:
            raise TransferEnded("transfer")
        if self.handed_over:
            raise HandedOverAlready("transfer")

    def must_be_agreed(self) -> None:
        if self.missing:
            raise TransferNotAgreed("transfer", missing=", ".join(self.missing))

    def consent(self, side: Side, body: UUID) -> None:
        if self.closed:
            raise TransferEnded("transfer")
        if side in self.consents:
            raise AlreadyDone("side", what=side)
        self.record(TransferConsented(side=side, body=body))

    def approve(self, authority: UUID, decision: UUID | None) -> None:
        if self.closed:
            raise TransferEnded("transfer")
        if authority in self.approvals:
            raise AlreadyDone("authority", what=str(authority))
        self.record(TransferApproved(authority=authority, decision=decision))

    def line_ends(self, ended: TransferLineEnded) -> None:
        """One part of a line gets its outcome; the last one closes the paper."""
        self.record(ended)
        if not self.open and not self.closed:
            self.record(TransferClosed())
