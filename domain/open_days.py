"""On which days and hours is a warehouse open? Working days, counted in its own time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from domain.refusals import Refusal
from domain.terms import OpenDay, OpeningHours

LONGEST_LOOK = 400
"""Days looked ahead: a store that does not open within a year has no next opening."""


class NeverOpen(Refusal):
    """The warehouse does not open within a year by the hours that are set."""

    code = "NEVER_OPEN"


def hours_on(hours: OpeningHours, day: date) -> list[OpenDay]:
    """The stretches of a day in their order; none when it is closed: not in the week, or closed, unless it is worked for another."""
    if day in hours.closed:
        return []
    weekday = day.isoweekday()
    if day in hours.exchanged:
        weekday = min((one.weekday for one in hours.week), default=1)
    return sorted((one for one in hours.week if one.weekday == weekday), key=lambda one: one.opens)


def is_open(hours: OpeningHours, zone: ZoneInfo, instant: datetime) -> bool:
    """Whether somebody is there at this instant. The closing time itself still counts: who comes by then is served."""
    today = instant.astimezone(zone).date()
    return any(
        opens(one, zone, day) <= instant <= closes(one, zone, day)
        for day in (today, today - timedelta(days=1))  # yesterday's 24:00 is today's midnight
        for one in hours_on(hours, day)
    )


def opens(stretch: OpenDay, zone: ZoneInfo, day: date) -> datetime:
    return _instant(day, stretch.opens, zone)


def closes(stretch: OpenDay, zone: ZoneInfo, day: date) -> datetime:
    if stretch.closes == "24:00":
        return _instant(day + timedelta(days=1), "00:00", zone)
    return _instant(day, stretch.closes, zone)


def first_hour(hours: OpeningHours, zone: ZoneInfo, instant: datetime) -> datetime:
    """When the day opens in which an instant of its hours is."""
    day = (instant - timedelta.resolution).astimezone(zone).date()
    found = hours_on(hours, day)
    return opens(found[0], zone, day) if found else instant


def next_opening(hours: OpeningHours, zone: ZoneInfo, instant: datetime) -> datetime:
    """This instant if it is open, else when it opens next. Raises `NeverOpen`."""
    if is_open(hours, zone, instant):
        return instant
    for day, stretches in _open_days(hours, instant.astimezone(zone).date()):
        for one in stretches:
            if opens(one, zone, day) >= instant:
                return opens(one, zone, day)
    raise NeverOpen("openingHours")


def after_working_days(hours: OpeningHours, zone: ZoneInfo, instant: datetime, days: int) -> datetime:
    """The end of the n-th working day after this instant's day; with 0 days, the instant itself. Raises `NeverOpen`."""
    if days == 0:
        return instant
    tomorrow = instant.astimezone(zone).date() + timedelta(days=1)
    for passed, (day, stretches) in enumerate(_open_days(hours, tomorrow), 1):
        if passed == days:
            return max(closes(one, zone, day) for one in stretches)
    raise NeverOpen("openingHours")


def working_days_between(hours: OpeningHours, zone: ZoneInfo, start: datetime, end: datetime) -> int:
    """How many working days begin after the day of `start`, up to the day of `end`."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    return sum(bool(hours_on(hours, first + timedelta(days=n))) for n in range(1, (last - first).days + 1))


def _open_days(hours: OpeningHours, first: date) -> Iterator[tuple[date, list[OpenDay]]]:
    """The open days from a day on; gives up when there has been none for a year."""
    idle = 0
    for n in count():
        day = first + timedelta(days=n)
        stretches = hours_on(hours, day)
        if stretches:
            idle = 0
            yield day, stretches
        else:
            idle += 1
            if idle > LONGEST_LOOK:
                return


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """In UTC: two times of one zone would be compared by their clocks, also in the hour that comes twice."""
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)
