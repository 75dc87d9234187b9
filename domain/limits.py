"""Does a wish keep within the limits that are set? Lead time, opening hours, longest term, pick-up slots, preparation.

Only promises and decisions are limited; what has already happened is never refused by a limit. Every refusal names its rule and the
version of it. Days and hours are those of the warehouse; goods that lie in none have no hours, and their day is `HOME`'s.
Hours that nobody set count working days, but close nobody's store.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.asset import Asset
from domain.body import Body, same_accountable
from domain.command import CLOCK_SKEW, Command
from domain.open_days import (
    NeverOpen,
    after_working_days,
    first_hour,
    is_open,
    next_opening,
    working_days_between,
)
from domain.place import HOME, Place
from domain.policy_book import InForce, rows_of, terms
from domain.refusals import Refusal
from domain.terms import MOST_DAYS, Form, LoanTerms, OpeningHours, PickUp, Preparation, Terms
from domain.values import Window

T = TypeVar("T", bound=Terms)

SLOT = "pick_up_slot"
"""The kind of claim that keeps a place in a slot: two requests never get the same one."""
MOST_PLACES_AHEAD = 1000
LONGEST = timedelta(days=MOST_DAYS)
Span = tuple[datetime, datetime]


class TooFarAhead(Refusal):
    """So early nobody knows what will be there: it is asked for nearer the time."""

    code = "TOO_FAR_AHEAD"


class StartInThePast(Refusal):
    """What is asked for would have begun already."""

    code = "START_IN_THE_PAST"


class TooShortNotice(Refusal):
    """It is to be asked for so many working days before."""

    code = "TOO_SHORT_NOTICE"


class StoreClosed(Refusal):
    """The warehouse is closed when it would have to hand out, or to take back."""

    code = "STORE_CLOSED"


class TermTooLong(Refusal):
    """Longer than one borrower may have one item, earlier loans of it counted in that were too short a while ago."""

    code = "TERM_TOO_LONG"


class SlotFull(Refusal):
    """As many as fit into this pick-up slot have it already."""

    code = "SLOT_FULL"


def must_be_within_limits(
    c: Command, *, asset: Asset, borrower: Body, window: Window, form: Form, path: str = "window", paper: UUID | None = None
) -> None:  # fmt: skip
    """Before anything is promised for a window. What is given for good has no window to keep. `paper`: whose own promise this is.

    Raises `StartInThePast`, `TooShortNotice`, `TooFarAhead`, `StoreClosed`, `TermTooLong`.
    """
    if form is Form.TRANSFER:
        return
    must_not_have_begun(c, window, path)
    must_be_asked_in_time(c, asset, window, path)
    must_be_open_at(c, asset, window.start, f"{path}.start")
    must_be_open_at(c, asset, window.end, f"{path}.end")
    must_be_within_term(c, asset=asset, borrower=borrower, window=window, form=form, path=path, paper=paper)


def must_not_have_begun(c: Command, window: Window, path: str) -> None:
    """The clock of a phone may be a little slow. Raises `StartInThePast`."""
    if window.start + CLOCK_SKEW < c.now:
        raise StartInThePast(f"{path}.start", start=window.start.isoformat())


def must_be_asked_in_time(c: Command, asset: Asset, window: Window, path: str) -> None:
    """So many working days before, and not too early. Raises `TooShortNotice`, `TooFarAhead`, which say when it could begin."""
    found = terms_for(c, LoanTerms, asset)
    ahead, zone = found.terms.ahead_days, zone_of(c, asset)
    if ahead and _day(window.start, zone) > (latest := _day(c.now, zone) + timedelta(days=ahead)):
        raise TooFarAhead(
            f"{path}.start",
            asset=asset.number,
            days=ahead,
            latest=latest.isoformat(),
            rule=found.rule,
            policy=found.policy,
        )
    days = found.terms.lead_working_days
    if not days:
        return
    hours = terms_for(c, OpeningHours, asset).terms
    if working_days_between(hours, zone, c.now, window.start) < days:
        raise TooShortNotice(
            f"{path}.start", asset=asset.number, days=days, rule=found.rule, policy=found.policy,
            earliest=_if_ever(lambda: first_hour(hours, zone, after_working_days(hours, zone, c.now, days)), zone),
        )  # fmt: skip


def must_be_open_at(c: Command, asset: Asset, instant: datetime, path: str) -> None:
    """Somebody must be there to hand it out and to take it back. Raises `StoreClosed`, which says when it opens next."""
    if asset.place is None:
        return
    found = terms_for(c, OpeningHours, asset)
    store, zone = c.load(Place, asset.place), zone_of(c, asset)
    if found.policy and not is_open(found.terms, zone, instant):
        raise StoreClosed(
            path, warehouse=c.load(Place, store.warehouse).name, at=_said(instant, zone), rule=found.rule, policy=found.policy,
            opens=_if_ever(lambda: next_opening(found.terms, zone, instant), zone),
        )  # fmt: skip


def must_be_within_term(
    c: Command, *, asset: Asset, borrower: Body, window: Window, form: Form = Form.LOAN, path: str = "window", extensions: int = 0,
    paper: UUID | None = None,
) -> None:  # fmt: skip
    """The longest term, counted per item and borrower: out again sooner than the break after it came back, the clock goes on.

    `extensions`: how often it has been extended, this time included. Raises `TermTooLong`, which says since when the clock runs.
    """
    found, zone = terms_for(c, LoanTerms, asset), zone_of(c, asset)
    limit = found.terms
    most = limit.most_days + min(extensions, limit.extensions) * limit.extension_days
    others = [] if form is Form.IN_PLACE else list(_spans(c, asset, borrower, paper))
    since, until = _in_one_go((window.start, window.end), others, timedelta(days=limit.break_days))
    if _days(since, until, zone) > most:
        raise TermTooLong(
            path, asset=asset.number, body=borrower.name, days=most, since=_said(since, zone), until=_said(until, zone),
            latest=(_day(since, zone) + timedelta(days=most)).isoformat(), rule=found.rule, policy=found.policy,
        )  # fmt: skip


def ready_after(c: Command, asset: Asset, end: datetime, store: Place | None = None) -> datetime | None:
    """When it can go out again after it came back at `end`, prepared by its store, or by the one that takes it back. `None`: at once.

    Never refuses, because a return always lands: a store that does not open within a year prepares by the calendar.
    """
    days = terms_for(c, Preparation, asset, store).terms.working_days
    if not days or end - c.now > LONGEST:
        return None
    hours = terms_for(c, OpeningHours, asset, store).terms
    try:
        return after_working_days(hours, zone_of(c, asset, store), end, days)
    except NeverOpen:
        return end + timedelta(days=days)


def claimed(c: Command, asset: Asset, window: Window) -> Window:
    """What a promise for a window takes: with the time to prepare it again afterwards."""
    return Window(window.start, ready_after(c, asset, window.end) or window.end)


def take_slot(c: Command, warehouse: Place, at: datetime, paper: UUID, path: str = "window.start") -> None:
    """A place in the pick-up slot of this instant, for a paper. Raises `SlotFull`, which says which slot has a place."""
    found = terms(c, PickUp, warehouse=warehouse)
    if not _in_slots(found.terms):
        return
    begins = _slot(at.astimezone(warehouse.zone), found.terms)
    places = _places(warehouse, begins, found.terms)
    owners = _owners(c, places)
    if paper in owners.values():
        return
    left = next((one for one in places if one not in owners), None)
    if left is None:
        free = _next_slot(c, warehouse, begins, found.terms)
        raise SlotFull(
            path, warehouse=warehouse.name, slot=_said(begins, warehouse.zone), places=found.terms.per_slot,
            next=_said(free, warehouse.zone) if free else "", rule=found.rule, policy=found.policy,
        )  # fmt: skip
    c.claim(SLOT, left, paper)


def leave_slot(c: Command, warehouse: Place, at: datetime, paper: UUID) -> None:
    """The paper needs its place in the slot no longer: the one it took, whatever the slots are by now."""
    local = at.astimezone(warehouse.zone)
    keys = {key for grid in _grids(c, warehouse) for key in _places(warehouse, _slot(local, grid), grid)}
    for key, owner in c.owners_of(SLOT, sorted(keys)).items() if keys else ():
        if owner == paper:
            c.release(SLOT, key, paper)


def _grids(c: Command, warehouse: Place) -> list[PickUp]:
    """Every division into slots that ever held here: a place keeps the name it had when it was taken."""
    rows = rows_of(c, PickUp)
    here = (row.terms for row in rows if row.scope.warehouse in {None, warehouse.warehouse})
    return [grid for grid in dict.fromkeys(here) if isinstance(grid, PickUp) and _in_slots(grid)]


def terms_for(c: Command, kind: type[T], asset: Asset, store: Place | None = None) -> InForce[T]:
    """The terms that hold for an asset: of its warehouse (or another store it lies in now), its holder, its class."""
    where = store or (c.load(Place, asset.place) if asset.place else None)
    return terms(c, kind, warehouse=where, body=c.load(Body, asset.holder), class_code=asset.class_code)


def zone_of(c: Command, asset: Asset, store: Place | None = None) -> ZoneInfo:
    """Where its days begin and end."""
    if store is not None:
        return store.zone
    return c.load(Place, asset.place).zone if asset.place else HOME


def _spans(c: Command, asset: Asset, borrower: Body, paper: UUID | None) -> Iterator[Span]:
    """When this borrower had it, has it, or is promised it."""
    ours = {
        body: same_accountable(c, body, borrower.id)
        for body in {*(one.body for one in asset.spells), *(one.body for one in asset.promises.values())}
    }
    due = {(out.custody.body, out.since): out.due for out in asset.outs.values()}
    for spell in asset.spells:
        if ours[spell.body]:
            yield spell.since, spell.back or max(due.get((spell.body, spell.since)) or c.now, c.now)
    for reservation, promise in asset.promises.items():
        for_good = promise.window.end - promise.window.start > LONGEST
        if ours[promise.body] and reservation != paper and promise.binds(c.now) and not for_good:
            yield promise.window.start, promise.window.end


def _in_one_go(span: Span, others: list[Span], pause: timedelta) -> Span:
    """From when to when the clock runs that this span is part of."""
    since, until = span
    growing = True
    while growing:
        growing = False
        for start, end in others:
            joins = start < until + pause and end > since - pause and pause
            if joins and (start < since or end > until):
                since, until, growing = min(since, start), max(until, end), True
    return since, until


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> int:
    """Half-open: what ends at midnight ends on the day before."""
    return (_day(until - timedelta.resolution, zone) - _day(since, zone)).days


def _day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def _in_slots(pick_up: PickUp) -> bool:
    return pick_up.slot_minutes > 0 and pick_up.per_slot > 0


def _slot(local: datetime, pick_up: PickUp) -> datetime:
    """When the slot begins, counted from midnight by the clock on the wall."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (local.hour * 60 + local.minute) // pick_up.slot_minutes
    return midnight + passed * timedelta(minutes=pick_up.slot_minutes)


def _next_slot(c: Command, warehouse: Place, full: datetime, pick_up: PickUp) -> datetime | None:
    """The next slot that has a place, when somebody is there; as far as a question of reasonable size sees."""
    hours, step = terms(c, OpeningHours, warehouse=warehouse).terms, timedelta(minutes=pick_up.slot_minutes)
    ahead = [full + n * step for n in range(1, 1 + max(1, MOST_PLACES_AHEAD // pick_up.per_slot))]
    slots = {
        begins: _places(warehouse, begins, pick_up)
        for begins in ahead
        if is_open(hours, warehouse.zone, begins)
    }
    owners = _owners(c, [one for places in slots.values() for one in places])
    return next(
        (begins for begins, places in slots.items() if any(one not in owners for one in places)), None
    )


def _owners(c: Command, places: list[str]) -> dict[str, UUID]:
    """Who has these places, this command's own included."""
    wanted = {*places}
    own = {key: owner for kind, key, owner in c.claims if kind == SLOT and key in wanted}
    return {**c.owners_of(SLOT, places), **own} if places else {}


def _places(warehouse: Place, begins: datetime, pick_up: PickUp) -> list[str]:
    return [f"{warehouse.warehouse}/{begins:%Y-%m-%dT%H:%M}/{n}" for n in range(pick_up.per_slot)]


def _if_ever(when: Callable[[], datetime], zone: ZoneInfo) -> str:
    """The moment that would do; empty when the store does not open within a year."""
    try:
        return _said(when(), zone)
    except NeverOpen:
        return ""


def _said(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as a refusal says it: in the warehouse's own time, exact to the offset."""
    return instant.astimezone(UTC).astimezone(zone).isoformat(timespec="minutes")
