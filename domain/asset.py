"""One asset: a thing with a card of its own, or a lot of countable things on one card.

Its state is several independent facts, not one status: existence, holder, custody, place, promises, condition, value, title, flags.
A lot is an asset with a quantity; a serialised thing has quantity 1. What changes holder, condition or existence of a part of a lot
splits that part off first. What can happen to an asset is written in `domain/life/`, one file per stretch of its life.
The asset's stream is the lock: two promises on one thing can never both be written.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root
from domain.availability import Claim, claim_of_loan, claim_of_promise, free
from domain.values import USABLE, ClassCode, Condition, Funding, Money, Value, Window


class Kind(StrEnum):
    """Fixed when the asset comes into being."""

    SERIALISED = "serialised"
    LOT = "lot"


class Existence(StrEnum):
    """Whether the books know it. On nobody's books: in the pool's custody without a card (lendable, not transferable or disposable)."""

    NONE = "none"
    TAKEN_OVER = "taken_over"
    REGISTERED = "registered"
    UNCARDED = "uncarded"
    WRITTEN_OFF = "written_off"
    MERGED = "merged"
    ITEMISED = "itemised"
    UNDONE = "undone"


ALIVE = (Existence.TAKEN_OVER, Existence.REGISTERED, Existence.UNCARDED)


class CustodyKind(StrEnum):
    """Who answers for the thing right now. Exactly one at any moment."""

    CUSTODIAN = "custodian"
    TRANSIT = "transit"
    OUT = "out"
    UNACCOUNTED = "unaccounted"
    GONE = "gone"


class Custody(Value, frozen=True):
    """A custodian (body, maybe a person), a transit (towards `body`, on `paper`), at `body` for the holder's account (a loan, a repair),
    unaccounted with `body` liable, or gone (it left for good)."""

    kind: CustodyKind
    body: UUID
    person: UUID | None = None
    paper: UUID | None = None


class Title(StrEnum):
    """The state of the title. Only a clear one may be shared or disposed of."""

    CLEAR = "clear"
    UNREGISTERED = "unregistered"
    DISPUTED = "disputed"
    PLEDGED = "pledged"
    SEALED = "sealed"


class Flag(StrEnum):
    """What needs special control."""

    STORAGE_MEDIA = "storage_media"
    HAZARDOUS = "hazardous"
    RELIC = "relic"
    CASE_PROPERTY = "case_property"


class ValueType(StrEnum):
    """How the original value is known (the national card's value types)."""

    ORIGINAL = "original"
    ESTIMATED = "estimated"
    REPLACEMENT = "replacement"
    NOMINAL = "nominal"
    NONE = "none"


class Number(Value, frozen=True):
    """A number somebody gave the asset, from a day on. An alias: it is found for ever, but identity is ours."""

    issuer: str
    number: str
    since: datetime


class CodeKind(StrEnum):
    """Whose code a thing carries besides our own label."""

    OLD_STICKER = "old_sticker"
    MAKERS_BARCODE = "makers_barcode"
    GIAI = "giai"
    GRAI = "grai"
    OTHER = "other_code"


class OtherCode(Value, frozen=True):
    """A code on the thing that is not ours, as it reads: an old sticker, a maker's barcode, a GS1 identifier. Others may carry it too."""

    kind: CodeKind
    code: str
    since: datetime


class Book(Value, frozen=True):
    """What the books say: the original value, how it is known, what paid it, what has been depreciated."""

    original: Money
    kind: ValueType
    accumulated: Money | None = None
    funding: tuple[Funding, ...] = ()

    @property
    def net(self) -> Money:
        return self.original - self.accumulated if self.accumulated else self.original


class Promise(Value, frozen=True):
    """So many for a body in a window, on a paper. `until`: how long it is kept ready; `ready`: when it can go out again after the window.

    Not `firm`: it only holds stock for a request that is not decided yet.
    """

    quantity: int
    body: UUID
    window: Window
    until: datetime | None = None
    ready: datetime | None = None
    firm: bool = True

    def binds(self, now: datetime) -> bool:
        """A promise nobody came for binds no longer than its window, or than it was to be kept ready."""
        return self.window.end > now and (self.until is None or self.until > now)

    def less(self, quantity: int) -> "Promise":
        return Promise(self.quantity - quantity, self.body, self.window, self.until, self.ready, self.firm)


class Out(Value, frozen=True):
    """So many are out on a loan paper, at a borrower or on the way there. `ready`: when they can go out again after the due day;
    `on_the_way`: so many of them the carrier still has, though the rest has arrived.
    """

    quantity: int
    custody: Custody
    since: datetime
    due: datetime | None
    condition: Condition
    ready: datetime | None = None
    on_the_way: int = 0


class Preparing(Value, frozen=True):
    """So many came back and are being prepared until then: cleaned, checked, charged."""

    quantity: int
    since: datetime
    until: datetime


class Spell(Value, frozen=True):
    """A body had it on loan from a day to a day (`None`: has it still)."""

    body: UUID
    since: datetime
    back: datetime | None = None


class Listing(Value, frozen=True):
    """Offered in the pool: everybody sees it and may ask, each ring from its round on. `since`: the day it was offered;
    `confirmed`: when its holder last said that the offer stands, `confirm_by`: when he is to say so again; `told`: that he has not;
    `in_place`: to be used where it stands, by hours.
    """

    id: UUID
    loan: bool
    transfer: bool
    until: datetime | None = None
    in_place: bool = False
    since: datetime | None = None
    confirmed: datetime | None = None
    confirm_by: datetime | None = None
    told: bool = False

    def live(self, now: datetime) -> bool:
        return self.until is None or self.until > now

    def unconfirmed(self, now: datetime) -> bool:
        """By time alone: whether its holder still means it, nobody knows."""
        return self.confirm_by is not None and self.confirm_by <= now


class Asset(Root):
    """The state of one asset, folded from `domain/life/`."""

    KIND = "asset"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.kind = Kind.SERIALISED
        self.existence = Existence.NONE
        self.name = ""
        self.model = ""
        self.serial = ""
        self.unit = ""
        self.quantity = 0
        self.split_away = 0
        """How many have gone on as lots of their own."""
        self.parts: list[UUID] = []
        """What was split off it or it was taken apart into, oldest first."""
        self.class_code: ClassCode | None = None
        self.number = ""
        self.numbers: tuple[Number, ...] = ()
        self.codes: tuple[OtherCode, ...] = ()
        """Codes of others that it carries."""
        self.preferred_code = ""
        """The one of them by which people should scan it; empty: our own label."""
        self.holder: UUID = id
        self.custody = Custody(CustodyKind.UNACCOUNTED, id)
        self.place: UUID | None = None
        self.condition = Condition.UNKNOWN
        self.book: Book | None = None
        self.not_fixed_asset = False
        self.title = Title.CLEAR
        self.flags: frozenset[Flag] = frozenset()
        self.listing: Listing | None = None
        self.promises: dict[UUID, Promise] = {}
        self.outs: dict[UUID, Out] = {}
        self.preparing: tuple[Preparing, ...] = ()
        self.spells: tuple[Spell, ...] = ()
        """The loans of the past and of today, oldest first: a term counts per item and borrower."""
        self.kit: UUID | None = None
        self.inspection_due = False
        self.wiped = False
        """Its storage was erased, and nobody has used it since."""
        self.repair: UUID | None = None
        self.transfer: UUID | None = None
        self.disposal: UUID | None = None
        self.pending_loss: UUID | None = None
        self.physically_gone = False
        self.cases: frozenset[str] = frozenset()
        self.entered_by: frozenset[UUID] = frozenset()
        self.merged_into: UUID | None = None
        self.told: tuple[tuple[int, Fact], ...] = ()
        """What files said about it, oldest first, with the version at which they said it: an import can be compared and undone."""

    @property
    def alive(self) -> bool:
        """On the books or in the pool's custody: something that can still be moved, shared and asked for."""
        return self.existence in ALIVE

    @property
    def here(self) -> int:
        """How many are not out on a loan."""
        return self.quantity - sum(out.quantity for out in self.outs.values())

    @property
    def pieces(self) -> int:
        """How many it has ever had: the pieces of a lot are numbered from 1 to this, also those that have left it."""
        return self.quantity + self.split_away

    @property
    def where(self) -> Custody:
        """The custody of a serialised asset, wherever it is; of a lot, the custody of what is not out."""
        if self.kind is Kind.SERIALISED and self.outs:
            return next(iter(self.outs.values())).custody
        return self.custody

    @property
    def usable(self) -> int:
        """The usable stock from this moment on: none when gone, broken, in inspection, in transit, in repair or in a disposal case."""
        stopped = (
            not self.alive or self.physically_gone or self.inspection_due or self.repair or self.disposal or self.transfer
            or self.condition not in USABLE or self.custody.kind is not CustodyKind.CUSTODIAN
        )  # fmt: skip
        return 0 if stopped else self.quantity

    def claims(self, now: datetime, except_paper: UUID | None = None) -> Iterator[Claim]:
        """What is promised or out. `except_paper`: a promise being kept doesn't stand in its own way."""
        for paper, promise in self.promises.items():
            if paper != except_paper:
                claim = claim_of_promise(promise.quantity, promise.window, now, promise.until, promise.ready)
                if claim is not None:
                    yield claim
        for paper, out in self.outs.items():
            if paper != except_paper:
                yield claim_of_loan(out.quantity, out.since, out.due, now, out.ready)
        for one in self.preparing:
            if one.until > now:
                yield Claim(one.quantity, one.since, one.until)

    def free(self, window: Window, now: datetime, except_paper: UUID | None = None) -> int:
        """How many are free in the window: `domain.availability.free`, asked for this asset."""
        return free(self.usable, self.claims(now, except_paper), window)
