"""What stands on a label?

Everything the paper shows, in the words people read: the caller looks up names. What the register keeps of a label is domain/label.py.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from labels.fonts import missing

Lang = Literal["zh", "en", "both"]


class Shown(StrEnum):
    """What may be printed besides number, name, owning body and phone."""

    MODEL = "model"
    CLASS = "class"
    PLACE = "place"
    CUSTODIAN = "custodian"
    ACQUIRED = "acquired"
    VALUE = "value"


class Field(Struct, frozen=True):
    """One more line. `value` in the words people read."""

    shown: Shown
    value: str


class LabelPaper(Struct, frozen=True, kw_only=True):
    """A label ready to print. Without `number` and `name` it is a blank one, with room to write.

    `payload`: what the code carries; `piece`: which one of a lot; `copy` counts the prints after the first.
    """

    payload: str
    token: str
    body: str
    phone: str
    number: str = ""
    name: str = ""
    piece: int = 0
    fields: tuple[Field, ...] = ()
    copy: int = 0

    @property
    def blank(self) -> bool:
        return not self.number and not self.name

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text of the register on it, and where it stands."""
        yield from (("body", self.body), ("name", self.name), ("number", self.number), ("phone", self.phone))
        yield from ((one.shown.value, one.value) for one in self.fields)


class Trouble(Struct, frozen=True):
    """What would not come out as it is in the register: `token` of the label, `where` on it, `what` is the matter, `text` the part."""

    token: str
    where: str
    what: Literal["missing_glyph", "cut", "left_out"]
    text: str


def unprintable(paper: LabelPaper) -> list[Trouble]:
    """Every character that the font lacks and that comes out as □, by its code point."""
    return [
        Trouble(paper.token, where, "missing_glyph", f"{character} U+{ord(character):04X}")
        for where, text in paper.texts()
        for character in missing(text)
    ]
