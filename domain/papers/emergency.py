"""An emergency order (应急调用令): by a decision's number it takes what is free, displaces what is promised and recalls what is lent.

It is never refused because there is too little: it takes what there is and says what is missing.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.papers.outside_decision import ListItem
from domain.values import ClassCode, Value, Window


class Taken(StrEnum):
    """What a thing was before the order took it."""

    FREE = "was_free"
    HELD = "was_held"
    PROMISED = "was_promised"
    LENT = "was_lent"


class EmergencyLine(Value, frozen=True, kw_only=True):
    """So many of one asset, or of a class (a code, or the beginning of one)."""

    quantity: int
    asset: UUID | None = None
    class_code: ClassCode | None = None

    @property
    def item(self) -> ListItem:
        """As the decision's list names it."""
        code = self.class_code
        name = f"{code.scheme} {code.edition} {code.code}" if code else ""
        return ListItem(asset=self.asset, name=name, quantity=self.quantity)


class EmergencyUnit(Value, frozen=True):
    """So many of an asset, and what they were before."""

    asset: UUID
    quantity: int
    was: Taken


class EmergencyIssued(Fact, frozen=True, kw_only=True):
    """An emergency order for a body, by a verified decision. What is lent is wanted back by `back_by`."""

    TOPIC = "emergency.issued"
    body: UUID
    office: UUID
    decision: UUID
    number: str
    window: Window
    back_by: datetime
    lines: tuple[EmergencyLine, ...]

    def apply(self, thing: "Emergency", at: Stamp) -> None:
        thing.body, thing.office, thing.decision, thing.number = (
            self.body,
            self.office,
            self.decision,
            self.number,
        )
        thing.window, thing.lines, thing.due = self.window, self.lines, self.window.end


class UnitsTaken(Fact, frozen=True, kw_only=True):
    """These goods are promised to the order, for this line; so many more are not to be had (`missing`)."""

    TOPIC = "emergency.units_taken"
    line: int
    units: tuple[EmergencyUnit, ...]
    missing: int = 0

    def apply(self, thing: "Emergency", at: Stamp) -> None:
        thing.units = (*thing.units, *self.units)
        thing.missing = {**thing.missing, self.line: self.missing}


class EmergencyEnded(Fact, frozen=True, kw_only=True):
    """The emergency is over: what was not fetched is free again; the command's reason says why. What is out comes back as from a loan."""

    TOPIC = "emergency.ended"

    def apply(self, thing: "Emergency", at: Stamp) -> None:
        thing.closed = True


class Emergency(Root):
    """The state of one emergency order. Its id is that of its promises."""

    KIND = "emergency"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.body: UUID = id
        self.office: UUID = id
        self.decision: UUID | None = None
        self.number = ""
        self.window: Window | None = None
        self.due: datetime | None = None
        self.lines: tuple[EmergencyLine, ...] = ()
        self.units: tuple[EmergencyUnit, ...] = ()
        self.missing: dict[int, int] = {}
        self.closed = False
