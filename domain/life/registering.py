"""Coming into being: taken over from an old register, registered, received without a card; numbers, class and
value.
"""

from datetime import datetime
from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Book, Custody, CustodyKind, Existence, Flag, Kind, Number
from domain.values import ClassCode, Condition, Value


class Description(Value, frozen=True, kw_only=True):
    """What a card says about the thing itself."""

    name: str
    kind: Kind
    quantity: int
    unit: str = ""
    model: str = ""
    serial: str = ""
    class_code: ClassCode | None = None
    book: Book | None = None
    not_fixed_asset: bool = False
    flags: tuple[Flag, ...] = ()


class Source(Value, frozen=True):
    """The row of a file something was taken over from: the file's SHA-256, the row, the day the file is true
    for.
    """

    file: str
    row: int
    cut_off: datetime


class CardNumber(Value, frozen=True):
    """A number an issuer (a card system, a body, an old label) gave."""

    issuer: str
    number: str

    def __str__(self) -> str:
        return f"{self.number} ({self.issuer})" if self.issuer else self.number


def describe(asset: Asset, said: Description) -> None:
    """The card says this now."""
    asset.name, asset.kind, asset.quantity = said.name, said.kind, said.quantity
    asset.unit, asset.model, asset.serial = said.unit, said.model, said.serial
    asset.class_code, asset.book, asset.not_fixed_asset = said.class_code, said.book, said.not_fixed_asset
    asset.flags = frozenset(said.flags)


class TakenOver(Fact, frozen=True, kw_only=True):
    """An old register's row became a card. It says what the file says and nothing more; missing papers are a
    list of things to do.

    `giver`: in taken-over history, the body that passed it on to the holder on that very day. `identity`: the
    hash of a row without a number and its ordinal among the same rows. What the file says in words
    (`place_said` …) is kept as it stands there.
    """

    TOPIC = "asset.taken_over"
    said: Description
    number: str
    holder: UUID
    source: Source
    card: CardNumber | None = None
    giver: UUID | None = None
    custodian: UUID | None = None
    place: UUID | None = None
    place_said: str = ""
    acquired_said: str = ""
    use_said: str = ""
    remark: str = ""
    condition: Condition = Condition.UNKNOWN
    missing: tuple[str, ...] = ()
    identity: str = ""

    def apply(self, thing: Asset, at: Stamp) -> None:
        describe(thing, self.said)
        thing.existence, thing.holder, thing.place = Existence.TAKEN_OVER, self.holder, self.place
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.holder, self.custodian)
        thing.condition, thing.number = self.condition, self.number
        thing.told = ((at.version, self),)
        if self.card:
            thing.numbers += (Number(self.card.issuer, self.card.number, at.occurred_at),)
        thing.entered_by |= {at.meta.person}


class DescribedAgain(Fact, frozen=True, kw_only=True):
    """A later file says something else about a card that was taken over from the same body under the same
    number.
    """

    TOPIC = "asset.described_again"
    said: Description
    source: Source
    place_said: str = ""
    acquired_said: str = ""
    use_said: str = ""
    remark: str = ""
    missing: tuple[str, ...] = ()

    def apply(self, thing: Asset, at: Stamp) -> None:
        describe(thing, self.said)
        thing.told += ((at.version, self),)


class DescriptionRestored(Fact, frozen=True, kw_only=True):
    """The import that had described the card again was taken back: the card says what it said before. `file`:
    the import's SHA-256.
    """

    TOPIC = "asset.description_restored"
    file: str
    said: Description

    def apply(self, thing: Asset, at: Stamp) -> None:
        describe(thing, self.said)
        before = thing.told[:-1]
        thing.told = (*before[:-1], (at.version, before[-1][1])) if before else ()


class Registered(Fact, frozen=True, kw_only=True):
    """An accepted thing got its card: it is on the books of its holder."""

    TOPIC = "asset.registered"
    said: Description
    number: str
    holder: UUID
    custody: Custody
    basis: UUID | None = None
    place: UUID | None = None
    acquired: datetime | None = None
    condition: Condition = Condition.UNKNOWN

    def apply(self, thing: Asset, at: Stamp) -> None:
        describe(thing, self.said)
        thing.existence, thing.holder, thing.custody = Existence.REGISTERED, self.holder, self.custody
        thing.place, thing.condition, thing.number = self.place, self.condition, self.number
        thing.entered_by |= {at.meta.person}


class ReceivedUncarded(Fact, frozen=True, kw_only=True):
    """Goods on nobody's books came into the pool's custody: they may be lent, not transferred or disposed of,
    until they are valued.
    """

    TOPIC = "asset.received_uncarded"
    said: Description
    number: str
    holder: UUID
    custody: Custody
    basis: UUID | None = None
    place: UUID | None = None
    condition: Condition = Condition.UNKNOWN

    def apply(self, thing: Asset, at: Stamp) -> None:
        describe(thing, self.said)
        thing.existence, thing.holder, thing.custody = Existence.UNCARDED, self.holder, self.custody
        thing.place, thing.condition, thing.number = self.place, self.condition, self.number
        thing.entered_by |= {at.meta.person}


class Valued(Fact, frozen=True, kw_only=True):
    """The value became known or final. What was on nobody's books is registered by it."""

    TOPIC = "asset.valued"
    book: Book
    basis: str = ""

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.book = self.book
        if thing.existence is Existence.UNCARDED:
            thing.existence = Existence.REGISTERED
        thing.entered_by |= {at.meta.person}


class Numbered(Fact, frozen=True, kw_only=True):
    """An issuer gave it a number, from that day on. Older numbers still find it."""

    TOPIC = "asset.numbered"
    card: CardNumber

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.numbers += (Number(self.card.issuer, self.card.number, at.occurred_at),)


class Reclassified(Fact, frozen=True, kw_only=True):
    """It belongs to another class, or to the same in a newer edition."""

    TOPIC = "asset.reclassified"
    class_code: ClassCode

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.class_code = self.class_code


class TakeOverUndone(Fact, frozen=True, kw_only=True):
    """The import that made this card was taken back before anything else had touched it. `file`: the import's
    SHA-256.
    """

    TOPIC = "asset.take_over_undone"
    file: str

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.existence, thing.quantity, thing.listing = Existence.UNDONE, 0, None
        thing.custody = Custody(CustodyKind.GONE, thing.custody.body)
