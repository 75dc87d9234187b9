"""What stands on a slip?

Everything the paper shows, in the words people read: the caller looks up the names of bodies and persons.
Nothing here reads the clock, the log or the directory, so the same slip always prints as the same bytes.
"""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from domain.papers.slip import SlipKind
from domain.values import Money
from labels.fonts import missing

__all__ = ["Copy", "Party", "SlipKind", "SlipLine", "SlipPaper", "Unprintable", "unprintable"]


class Copy(StrEnum):
    """Who files a copy (联)."""

    STORE = "store"
    BODY = "body"
    FINANCE = "finance"
    GATE = "gate"


class Party(Struct, frozen=True):
    """One side of the paper: a body and the person who acts for it."""

    body: str
    person: str = ""


class SlipLine(Struct, frozen=True, kw_only=True):
    """One asset, or so many of a lot. `condition` is a `Condition` of the register or what somebody wrote."""

    property_number: str
    name: str
    model: str = ""
    unit: str = ""
    quantity: int = 1
    condition: str = ""
    accessories: str = ""
    note: str = ""
    value: Money | None = None


class SlipPaper(Struct, frozen=True, kw_only=True):
    """A slip ready to print. `request`, `purpose`: what was asked for on which number, where the goods go out or come back for a request.
    `reprint` counts the prints after the first; `void` is why it is void.

    `recorded`: the day the register took it, where that was a later one than the day of issue.
    """

    kind: SlipKind
    number: str
    warehouse: str
    year: int
    issued_at: datetime
    giver: Party
    receiver: Party
    lines: tuple[SlipLine, ...]
    letterhead: str = ""
    witness: Party | None = None
    basis: str = ""
    request: str = ""
    purpose: str = ""
    due: date | None = None
    related: tuple[str, ...] = ()
    remarks: str = ""
    recorded: date | None = None
    reprint: int = 0
    void: str | None = None
    copies: tuple[Copy, ...] = ()

    def __post_init__(self) -> None:
        if self.issued_at.utcoffset() is None:
            raise ValueError("a slip is issued at a time with a time zone")

    @property
    def currency(self) -> str | None:
        """What all values are in; None if they are in several currencies, which nobody can add up."""
        found = {line.value.currency for line in self.lines if line.value is not None}
        return None if len(found) > 1 else next(iter(found), "")

    def filed_by(self) -> tuple[Copy, ...]:
        """The copies to print: those asked for, or what is usual for the kind."""
        if self.copies:
            return self.copies
        if self.kind is SlipKind.GATE_PASS:
            return (Copy.STORE, Copy.GATE)
        return (Copy.STORE, Copy.BODY, Copy.FINANCE)


class Unprintable(Struct, frozen=True):
    """A character without a glyph, and where it stands: `lines[3].name`."""

    character: str
    where: str

    @property
    def code_point(self) -> str:
        return f"U+{ord(self.character):04X}"


def unprintable(paper: SlipPaper) -> tuple[Unprintable, ...]:
    """Every character that will come out as □, for whoever prints to see before the paper is signed."""
    return tuple(
        Unprintable(character, where) for where, text in _texts(paper, "") for character in missing(text)
    )


def _texts(part: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, str):
        yield where, part
    elif isinstance(part, tuple):
        for at, one in enumerate(part):
            yield from _texts(one, f"{where}[{at}]")
    elif isinstance(part, Struct):
        for name in part.__struct_fields__:
            yield from _texts(getattr(part, name), f"{where}.{name}".lstrip("."))
