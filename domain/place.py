"""Where goods are: warehouses, physical and virtual, sites of holders, and the zones, bins and rooms in them.

A place is run by an operator for the body whose pool it is; a change of operator is a fact on the warehouse
and on all places within it. A place is taken out of use first (nothing is put there any more) and closed
when nothing is left there or below it.
"""

import re
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.aggregate import Fact, Root, Stamp
from domain.refusals import AlreadyDone, InvalidValue, Refusal

HOME = ZoneInfo("Asia/Shanghai")
"""Whose days count where no place has its own: at a holder's site without an address, for a body as a whole."""
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


class PlaceKind(StrEnum):
    """What it is. A virtual warehouse has no shelves; a site is where a holder keeps things for the pool."""

    WAREHOUSE = "warehouse"
    VIRTUAL = "virtual"
    SITE = "site"
    ZONE = "zone"
    BIN = "bin"
    ROOM = "room"


TOP = frozenset({PlaceKind.WAREHOUSE, PlaceKind.VIRTUAL, PlaceKind.SITE})
WITHIN = {
    PlaceKind.ZONE: frozenset({PlaceKind.WAREHOUSE, PlaceKind.SITE, PlaceKind.ROOM}),
    PlaceKind.ROOM: frozenset({PlaceKind.WAREHOUSE, PlaceKind.SITE}),
    PlaceKind.BIN: frozenset({PlaceKind.WAREHOUSE, PlaceKind.SITE, PlaceKind.ROOM, PlaceKind.ZONE}),
}


class PlaceOutOfUse(Refusal):
    """Nothing is put there any more."""

    code = "PLACE_OUT_OF_USE"


class PlaceStillInUse(Refusal):
    """A place is closed only after it was taken out of use."""

    code = "PLACE_STILL_IN_USE"


class PlaceNotEmpty(Refusal):
    """A place is closed only when nothing is there."""

    code = "PLACE_NOT_EMPTY"


class PlaceHasPlaces(Refusal):
    """A place is closed after all places in it."""

    code = "PLACE_HAS_PLACES"


class PlaceDoesNotFit(Refusal):
    """Such a place cannot be inside such a place."""

    code = "PLACE_DOES_NOT_FIT"


class PlaceRegistered(Fact, frozen=True):
    """A place came into the register. `owner`: whose pool it is. Without a `warehouse`, it is one itself."""

    TOPIC = "place.registered"
    name: str
    kind: PlaceKind
    code: str
    operator: UUID
    owner: UUID
    time_zone: str
    warehouse: UUID | None = None
    parent: UUID | None = None

    def apply(self, thing: "Place", at: Stamp) -> None:
        thing.name, thing.kind, thing.code = self.name, self.kind, self.code
        thing.operator, thing.owner, thing.time_zone = self.operator, self.owner, self.time_zone
        thing.warehouse, thing.parent = self.warehouse or thing.id, self.parent


class PlaceAdded(Fact, frozen=True):
    """A place was set up in this place."""

    TOPIC = "place.place_added"
    place: UUID

    def apply(self, thing: "Place", at: Stamp) -> None:
        thing.places |= {self.place}


class PlaceRemoved(Fact, frozen=True):
    """A place in this place was closed."""

    TOPIC = "place.place_removed"
    place: UUID

    def apply(self, thing: "Place", at: Stamp) -> None:
        thing.places -= {self.place}


class PlaceRenamed(Fact, frozen=True):
    """The place is called something else."""

    TOPIC = "place.renamed"
    name: str

    def apply(self, thing: "Place", at: Stamp) -> None:
        thing.name = self.name


class OperatorChanged(Fact, frozen=True):
    """Somebody else runs the place from that day on. `handover`: the paper of the joint count."""

    TOPIC = "place.operator_changed"
    from_body: UUID
    to_body: UUID
    handover: UUID | None = None

    def apply(self, thing: "Place", at: Stamp) -> None:
        thing.operator = self.to_body


class PlaceTakenOutOfUse(Fact, frozen=True):
    """Nothing is put there any more; what is there may leave."""

    TOPIC = "place.taken_out_of_use"

    def apply(self, thing: "Place", at: Stamp) -> None:
        thing.in_use = False


class PlaceBackInUse(Fact, frozen=True):
    """Things may be put there again."""

    TOPIC = "place.back_in_use"

    def apply(self, thing: "Place", at: Stamp) -> None:
        thing.in_use = True


class PlaceClosed(Fact, frozen=True):
    """The place is empty and is no place for goods any more."""

    TOPIC = "place.closed"

    def apply(self, thing: "Place", at: Stamp) -> None:
        thing.closed, thing.in_use = True, False


class Place(Root):
    """A warehouse, or a place in one."""

    KIND = "place"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.name = ""
        self.kind = PlaceKind.WAREHOUSE
        self.code = ""
        self.warehouse: UUID = id
        self.operator: UUID = id
        self.owner: UUID = id
        self.time_zone = "UTC"
        self.parent: UUID | None = None
        self.places: frozenset[UUID] = frozenset()
        self.in_use = True
        self.closed = False

    @property
    def scopes(self) -> tuple[UUID, ...]:
        """A role granted in one of these holds here: the warehouse, and the body that runs it."""
        return (self.warehouse, self.operator)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and end here."""
        return ZoneInfo(self.time_zone)

    def must_be_in_use(self, path: str = "place") -> None:
        """Before putting anything here. Raises `PlaceOutOfUse`."""
        if not self.in_use:
            raise PlaceOutOfUse(path, place=self.name)

    def must_take(self, kind: PlaceKind, path: str = "parent") -> None:
        """Before setting up a place of this kind in it."""
        self.must_be_in_use(path)
        if self.kind not in WITHIN.get(kind, frozenset()):
            raise PlaceDoesNotFit(path, place=self.name, outer=self.kind, inner=kind)

    def rename(self, name: str) -> None:
        if name != self.name:
            self.record(PlaceRenamed(name=name))

    def change_operator(self, operator: UUID, handover: UUID | None) -> None:
        if operator != self.operator:
            self.record(OperatorChanged(from_body=self.operator, to_body=operator, handover=handover))

    def take_out_of_use(self) -> None:
        if self.in_use:
            self.record(PlaceTakenOutOfUse())

    def put_back_in_use(self) -> None:
        if self.closed:
            raise PlaceOutOfUse("place", place=self.name)
        if not self.in_use:
            self.record(PlaceBackInUse())

    def close(self, things: int) -> None:
        """`things`: how many are still there, counted after this place was read."""
        if self.closed:
            raise AlreadyDone("place", what=self.name)
        if self.in_use:
            raise PlaceStillInUse("place", place=self.name)
        if self.places:
            raise PlaceHasPlaces("place", place=self.name, count=len(self.places))
        if things:
            raise PlaceNotEmpty("place", place=self.name, count=things)
        self.record(PlaceClosed())


PLACE_CODE = "place_code"
"""The kind of claim that keeps a code unique: a warehouse's among all, a place's within its warehouse."""


def place_code(text: str) -> str:
    """The short code that is printed on slips and shelves: ASCII, in capitals, at most twelve characters."""
    tidy = text.strip().upper()
    if not CODE.fullmatch(tidy):
        raise InvalidValue("code", value=tidy[:40], because="place_code")
    return tidy


def known_time_zone(name: str) -> str:
    """The name of a time zone that exists."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise InvalidValue("timeZone", value=name[:40], because="time_zone") from None
    return name
