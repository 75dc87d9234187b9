"""One card becomes several, several lots become one. Quantity and value are conserved: `domain/shares.py`."""

from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Book, Custody, CustodyKind, Existence, Title
from domain.life.registering import Description, describe
from domain.values import Condition


class SplitOff(Fact, frozen=True, kw_only=True):
    """So many of a lot became a lot of their own (`part`). `taken`: the value that went along; `left`: what
    remains here.
    """

    TOPIC = "asset.split_off"
    part: UUID
    quantity: int
    taken: Book | None = None
    left: Book | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.quantity -= self.quantity
        thing.split_away += self.quantity
        thing.parts.append(self.part)
        thing.book = self.left


class SplitFrom(Fact, frozen=True, kw_only=True):
    """It came into being out of a lot or a batch card, and is what that was: same books, holder, place,
    condition and title.
    """

    TOPIC = "asset.split_from"
    source: UUID
    said: Description
    number: str
    existence: Existence
    holder: UUID
    custody: Custody
    place: UUID | None = None
    condition: Condition = Condition.UNKNOWN
    title: Title = Title.CLEAR
    inspection_due: bool = False
    entered_by: tuple[UUID, ...] = ()

    def apply(self, thing: Asset, at: Stamp) -> None:
        describe(thing, self.said)
        thing.existence, thing.number = self.existence, self.number
        thing.holder, thing.custody, thing.place = self.holder, self.custody, self.place
        thing.condition, thing.title, thing.inspection_due = self.condition, self.title, self.inspection_due
        thing.entered_by |= {*self.entered_by, at.meta.person}


class MergedIn(Fact, frozen=True, kw_only=True):
    """Another lot of the same things came onto this card. `book`: the value of both."""

    TOPIC = "asset.merged_in"
    other: UUID
    quantity: int
    book: Book | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.quantity += self.quantity
        thing.book = self.book


class MergedAway(Fact, frozen=True, kw_only=True):
    """This lot went onto the card of another one. Its numbers still find it, and lead there."""

    TOPIC = "asset.merged_away"
    into: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.merged_into = self.into
        _end(thing, Existence.MERGED)


class Itemised(Fact, frozen=True, kw_only=True):
    """A batch card or a lot was taken apart: each part has a card of its own now, and this one is closed."""

    TOPIC = "asset.itemised"
    parts: tuple[UUID, ...]

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.parts += self.parts
        _end(thing, Existence.ITEMISED)


def _end(thing: Asset, existence: Existence) -> None:
    thing.existence, thing.quantity, thing.book = existence, 0, None
    thing.custody = Custody(CustodyKind.GONE, thing.custody.body)
