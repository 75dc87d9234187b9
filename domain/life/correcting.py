"""Put right: a field that was entered wrongly, a date, a thing that was registered twice.

A correction is true from the moment the corrected fact was, and known from the moment it is recorded: its
own date is the corrected fact's date. So a question about what was so finds it right, and a question about
what was known then still finds what was said.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Recorded, Stamp
from domain.asset import Asset, Book, Custody, CustodyKind, Existence, Number, OtherCode
from domain.values import ClassCode, Condition, Value


class Field(StrEnum):
    """What can be corrected. The holder is not among them: that is a transfer, or an import taken back."""

    NAME = "name"
    MODEL = "model"
    SERIAL = "serial"
    UNIT = "unit"
    QUANTITY = "quantity"
    CLASS = "class_code"
    CONDITION = "condition"
    PLACE = "place"
    VALUE = "book"
    NOT_FIXED_ASSET = "not_fixed_asset"


class Said(Value, frozen=True, kw_only=True):
    """What a field says: exactly one of these, the one that fits the field."""

    text: str | None = None
    number: int | None = None
    class_code: ClassCode | None = None
    condition: Condition | None = None
    place: UUID | None = None
    book: Book | None = None
    yes: bool | None = None


_WHICH = {
    Field.QUANTITY: "number",
    Field.CLASS: "class_code",
    Field.CONDITION: "condition",
    Field.PLACE: "place",
    Field.VALUE: "book",
    Field.NOT_FIXED_ASSET: "yes",
}


def which(field: Field) -> str:
    """The member of `Said` that fits a field."""
    return _WHICH.get(field, "text")


def said_of(asset: Asset, field: Field) -> Said:
    """What the asset says in this field now."""
    return Said(**{which(field): getattr(asset, field.value)})


class Corrected(Fact, frozen=True, kw_only=True):
    """What an earlier fact said in one field was wrong; the command's reason says how that is known.

    `corrects` and `version`: the stream and the fact. Where something later says otherwise, that stays; a
    quantity is corrected by its difference.
    """

    TOPIC = "asset.corrected"
    corrects: UUID
    version: int
    field: Field
    old: Said
    new: Said

    def apply(self, thing: Asset, at: Stamp) -> None:
        if self.field is Field.QUANTITY:
            thing.quantity += (self.new.number or 0) - (self.old.number or 0)
        elif said_of(thing, self.field) == self.old:
            setattr(thing, self.field.value, getattr(self.new, which(self.field)))


class TimeCorrected(Fact, frozen=True, kw_only=True):
    """An earlier fact happened at another time than was said: `was` is wrong, `true` is right.

    What is so now is not changed by it, but for when the thing began; when it was so, is: see `in_true_order`.
    """

    TOPIC = "asset.time_corrected"
    corrects: UUID
    version: int
    was: datetime
    true: datetime

    def apply(self, thing: Asset, at: Stamp) -> None:
        """Facts are folded as they are recorded here; only the first one says since when there is the thing."""
        if self.version == 1 and self.corrects == thing.id:
            thing.began = self.true


class DoubleEnded(Fact, frozen=True, kw_only=True):
    """It was a second registration of a thing that has a card: that one stays. `book`: the value that falls by this."""

    TOPIC = "asset.double_ended"
    into: UUID
    book: Book | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.existence, thing.merged_into = Existence.MERGED, self.into
        thing.quantity, thing.book, thing.listing = 0, None, None
        thing.custody, thing.place = Custody(CustodyKind.GONE, thing.custody.body), None


class DoubleTakenIn(Fact, frozen=True, kw_only=True):
    """A second registration of this thing was ended. Its numbers and codes find this one from now on; no value is added."""

    TOPIC = "asset.double_taken_in"
    other: UUID
    numbers: tuple[Number, ...] = ()
    codes: tuple[OtherCode, ...] = ()

    def apply(self, thing: Asset, at: Stamp) -> None:
        known = {(one.issuer, one.number) for one in thing.numbers}
        thing.numbers += tuple(one for one in self.numbers if (one.issuer, one.number) not in known)
        carried = {one.code for one in thing.codes}
        thing.codes += tuple(one for one in self.codes if one.code not in carried)


def true_times(recorded: Sequence[Recorded]) -> dict[int, datetime]:
    """When each fact of one asset happened, by all that is known at the last of them: version -> time."""
    times: dict[int, datetime] = {}
    for one in sorted(recorded, key=lambda one: one.version):
        times[one.version] = one.occurred_at
        if isinstance(one.fact, TimeCorrected):
            times[one.fact.version] = one.fact.true
    return times


def in_true_order(recorded: Sequence[Recorded]) -> list[tuple[datetime, Recorded]]:
    """The facts of one asset as they came true (ties: as recorded), each with its true time.

    A correction of a field goes with the fact it corrects, wherever that belongs.
    """
    times = true_times(recorded)
    for one in sorted(recorded, key=lambda one: one.version):
        if isinstance(one.fact, Corrected):
            times[one.version] = times.get(one.fact.version, one.occurred_at)
    return sorted(
        ((times[one.version], one) for one in recorded), key=lambda pair: (pair[0], pair[1].version)
    )
