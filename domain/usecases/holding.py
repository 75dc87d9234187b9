"""What a request has of the goods: held while it is pending, promised when it is approved. Asked again before every step.

`settle` says what of the request can be had now, without changing anything: a screen asks it too. `hold` writes that down.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.asset import Asset, Promise
from domain.body import Body
from domain.command import Command
from domain.life.pooling import Held, Reserved
from domain.limits import leave_slot, ready_after, take_slot
from domain.open_days import after_working_days
from domain.papers.request import Request, RequestApproved, RequestUnitExchanged
from domain.place import HOME, Place
from domain.policy_book import terms
from domain.refusals import Refusal
from domain.terms import Form, HoldTimes, OpeningHours, PickUp
from domain.usecases.choosing import (
    MAKING_ROOM,
    Ask,
    Take,
    asks,
    find,
    let_go,
    make_room,
    must_be_on_offer,
    not_enough,
    spare,
)
from domain.usecases.displacing import leave_its_slot
from domain.usecases.kit_lines import whole_kit

HOLDING = (Held, RequestUnitExchanged, *MAKING_ROOM)
"""What a step records beside itself: the goods are held anew, those that are gone are exchanged, a weaker hold gives way."""


class Settlement(Struct, frozen=True):
    """What can be had now: asset -> (line, how many); and why a line cannot be had in full."""

    units: dict[UUID, tuple[int, int]]
    short: dict[int, Refusal]


class Conflict(Struct, frozen=True):
    """What somebody who decides has to know of a unit: how many of it can be had now, and who else has claims on it in that time."""

    asset: UUID
    line: int
    quantity: int
    can: int
    others: tuple[tuple[UUID, Promise], ...]
    why: Refusal | None


def conflicts(c: Command, paper: Request) -> list[Conflict]:
    """Unit by unit, what stands in the way of a request, or stands beside it."""
    if paper.ended:
        return []
    ask, found = asks(c, paper), []
    for asset in c.load_all(Asset, paper.units):
        line, quantity = paper.units[asset.id]
        can, why = _can(c, asset, ask, f"lines.{line}")
        others = tuple(
            (other, promise)
            for other, promise in asset.promises.items()
            if other != paper.id and promise.binds(c.now) and promise.window.overlaps(ask.window)
        )
        if others or can < quantity:
            found.append(Conflict(asset.id, line, quantity, min(can, quantity), others, why))
    return found


def settle(c: Command, paper: Request, ask: Ask, wanted: dict[int, int]) -> Settlement:
    """So many of each line as are there now: what is allotted first, then others of the class."""
    units: dict[UUID, tuple[int, int]] = {}
    short: dict[int, Refusal] = {}
    for n, line in enumerate(paper.lines):
        if line.kit is not None:
            takes, no = whole_kit(c, paper, ask, n) if wanted.get(n, 0) else ([], None)
            short |= {n: no} if no else {}
            units |= {take.asset.id: (n, 1) for take in takes}
            continue
        missing, takes, why = wanted.get(n, 0), list[Take](), None
        allotted = [(asset, quantity) for asset, (of, quantity) in paper.units.items() if of == n]
        for asset, quantity in zip(
            c.load_all(Asset, (id for id, _ in allotted)), (some for _, some in allotted), strict=True
        ):
            can, no = _can(c, asset, ask, f"lines.{n}")
            some = min(missing, can, quantity)
            why = why or no
            if some > 0:
                takes.append(Take(asset, some))
                missing -= some
        if missing and line.class_code is not None:
            others, no = find(c, ask, line, missing, [*paper.units, *units])
            takes += others
            why = why or no
            missing -= sum(take.quantity for take in others)
        if missing:
            short[n] = why or not_enough(c, ask, line, wanted[n], takes, f"lines.{n}")
        for take in takes:
            units[take.asset.id] = (n, take.quantity)
    return Settlement(units, short)


def must_be_there(c: Command, paper: Request, *, in_full: bool = False) -> None:
    """Some of it (or all) can still be had. Raises why not."""
    found = settle(c, paper, asks(c, paper), paper.left)
    if found.short and (in_full or not found.units):
        raise next(iter(found.short.values()))


def hold(c: Command, paper: Request, ask: Ask, units: dict[UUID, tuple[int, int]], until: datetime) -> None:
    """Holds these goods for the request until then; what it held besides is let go."""
    let_go(c, paper.id, [asset for asset in paper.units if asset not in units])
    _exchange(paper, units)
    for id, (_, quantity) in units.items():
        asset = c.load(Asset, id)
        make_room(c, Take(asset, quantity), ask, paper.id)
        asset.record(
            Held(
                reservation=paper.id, body=paper.body, quantity=quantity, window=ask.window, until=min(until, ask.window.end),
                ready=ready_after(c, asset, ask.window.end),
            )
        )  # fmt: skip


def reserve(
    c: Command, paper: Request, ask: Ask, units: dict[UUID, tuple[int, int]], until: datetime | None
) -> None:
    """Promises these goods firmly."""
    let_go(c, paper.id, [asset for asset in paper.units if asset not in units])
    _exchange(paper, units)
    for id, (_, quantity) in units.items():
        asset = c.load(Asset, id)
        make_room(c, Take(asset, quantity), ask, paper.id)
        asset.record(
            Reserved(
                reservation=paper.id, body=paper.body, quantity=quantity, window=ask.window, until=until,
                ready=ready_after(c, asset, ask.window.end),
            )
        )  # fmt: skip


def approve(c: Command, paper: Request, ask: Ask, units: dict[UUID, tuple[int, int]]) -> None:
    """Nobody is left to decide: the goods are promised, and kept ready for a while."""
    due = collected_until(c, paper)
    reserve(c, paper, ask, units, due if paper.form is not Form.IN_PLACE else None)
    paper.record(RequestApproved(due=due))


def keep_slot(c: Command, paper: Request, begins: datetime | None = None) -> None:
    """Its place among those who collect at the same time. `begins`: it moves there."""
    if paper.warehouse is None or paper.window is None or paper.form is not Form.LOAN:
        return
    place = c.load(Place, paper.warehouse)
    if begins is not None and begins != paper.window.start:
        leave_slot(c, place, paper.window.start, paper.id)
    take_slot(c, place, begins or paper.window.start, paper.id)


def let_all_go(c: Command, paper: Request) -> None:
    """The request is over: its goods are free, and its place among those who collect."""
    let_go(c, paper.id, list(paper.units))
    leave_its_slot(c, paper)


def held_until(c: Command, paper: Request) -> datetime:
    """How long a pending request holds its goods from now on."""
    return _within(c, paper, hold_times(c, paper.warehouse, paper.holder).pending_hours)


def answered_until(c: Command, paper: Request) -> datetime:
    """How long whoever asked may think about a change."""
    return _within(c, paper, hold_times(c, paper.warehouse, paper.holder).change_hours)


def hold_times(c: Command, warehouse: UUID | None, holder: UUID) -> HoldTimes:
    place = c.load(Place, warehouse) if warehouse else None
    return terms(c, HoldTimes, warehouse=place, body=None if place else c.load(Body, holder)).terms


def collected_until(c: Command, paper: Request) -> datetime | None:
    """How long it is kept ready once it is approved, in working days of the warehouse. What is used in place is not collected."""
    if paper.form is Form.IN_PLACE:
        return paper.window.end if paper.window else None
    place = c.load(Place, paper.warehouse) if paper.warehouse else None
    owner = None if place else c.load(Body, paper.holder)
    days = terms(c, PickUp, warehouse=place, body=owner).terms.deadline_working_days
    hours = terms(c, OpeningHours, warehouse=place, body=owner).terms
    begins = max(c.now, paper.window.start) if paper.window else c.now
    until = after_working_days(hours, place.zone if place else _zone_of(c, paper), begins, days)
    return min(until, paper.window.end) if paper.window else until


def _zone_of(c: Command, paper: Request) -> ZoneInfo:
    """Goods that lie in no warehouse have no hours of their own: the day is that of their place, if they have one."""
    places = (asset.place for asset in c.load_all(Asset, paper.units) if asset.place is not None)
    return next((c.load(Place, place).zone for place in places), HOME)


def _within(c: Command, paper: Request, hours: int) -> datetime:
    until = c.now + timedelta(hours=hours)
    return min(until, paper.window.end) if paper.window else until


def _can(c: Command, asset: Asset, ask: Ask, path: str) -> tuple[int, Refusal | None]:
    try:
        must_be_on_offer(c, asset, ask, path)
    except Refusal as no:
        return 0, no
    return max(spare(c, asset, ask), 0), None


def _exchange(paper: Request, units: dict[UUID, tuple[int, int]]) -> None:
    """What is in place of what is gone, line by line; what was cut has nothing in its place."""
    gone: dict[int, list[tuple[UUID, int]]] = defaultdict(list)
    for asset, (line, had) in paper.units.items():
        less = had - units.get(asset, (line, 0))[1]
        if less > 0:
            gone[line].append((asset, less))
    for asset, (line, has) in units.items():
        more = has - paper.units.get(asset, (line, 0))[1]
        while more > 0 and gone[line]:
            other, less = gone[line].pop()
            moved = min(more, less)
            paper.record(RequestUnitExchanged(line=line, gone=other, taken=asset, quantity=moved))
            more -= moved
            if less > moved:
                gone[line].append((other, less - moved))
