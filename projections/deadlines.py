"""What is due and has not been fired yet?

Queries (an open connection of the server's own login: receipts are read too):
    due(connection, now, first=, except_for=)   fired by nobody yet, the longest due first
    daily(connection, now, except_for=)         what is asked for every day, and was not asked for today
    fired(connection, commands)                 which of these the clerk has given already
    standing(connection, now)                   how many wait, since when the oldest is due, when the next comes (daily ones apart)
    of(connection, things)                      all open deadlines of some things

A deadline that was fired has a receipt, accepted or refused, even before its row is gone: it is never found here again.
"""

from collections.abc import Collection
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.deadlines import Fired, daily_command
from domain.place import HOME
from domain.values import CLERK
from projections.feed import Connection

MOST_COUNTED = 10_000
MORNING = 7
"""The hour of the place's own day from which on daily deadlines are asked for."""

_UNFIRED: LiteralString = (
    "NOT EXISTS (SELECT FROM gongwu.receipt r WHERE r.account = %(clerk)s AND r.command_id = d.command)"
)
_DUE: LiteralString = (
    "SELECT d.kind, d.thing, d.due, NULLIF(d.about, d.thing), d.command, d.given FROM deadlines.deadline d"
    f" WHERE d.command IS NOT NULL AND d.due <= %(now)s AND {_UNFIRED}"
    " AND NOT d.command = ANY(%(except)s::uuid[]) ORDER BY d.due, d.command LIMIT %(first)s"
)
_DAILY: LiteralString = """
SELECT d.kind, d.given, p.time_zone, min(d.due) FROM deadlines.deadline d
    LEFT JOIN organisations.place p ON p.id = d.given[cardinality(d.given)]
    WHERE d.command IS NULL AND d.due <= %(now)s GROUP BY 1, 2, 3 ORDER BY 4, 1, 2
"""
_FIRED: LiteralString = (
    "SELECT command_id FROM gongwu.receipt WHERE account = %(clerk)s AND command_id = ANY(%(commands)s)"
)
_STANDING: LiteralString = (
    "SELECT count(*), min(due), (SELECT min(due) FROM deadlines.deadline WHERE due > %(now)s AND command IS NOT NULL) FROM"
    " (SELECT d.due FROM deadlines.deadline d"
    f" WHERE d.command IS NOT NULL AND d.due <= %(now)s AND {_UNFIRED} ORDER BY d.due LIMIT %(most)s) AS found"
)
_OF: LiteralString = (
    "SELECT kind, thing, due, NULLIF(about, thing), command, given FROM deadlines.deadline"
    " WHERE thing = ANY(%s) ORDER BY due, kind, command"
)


class DueRow(NamedTuple):
    """Something to be done about a thing since `due`. `command`: what doing it is called; of a daily one `due` is the first day."""

    kind: str
    fired: Fired
    due: datetime
    command: UUID


class Standing(NamedTuple):
    """What has come due and was not fired yet: how many (counting stops), since when the oldest; and when the next one comes."""

    waiting: int
    oldest: datetime | None
    next: datetime | None

    def lag_s(self, now: datetime) -> float:
        """How late the clerk is."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest else 0.0


class OpenRow(NamedTuple):
    """An open deadline of a thing. Without a `command` it is asked for daily, from `due` on."""

    kind: str
    thing: UUID
    due: datetime
    about: UUID | None
    command: UUID | None
    given: list[UUID]


def due(
    connection: Connection, now: datetime, *, first: int = 100, except_for: Collection[UUID] = ()
) -> list[DueRow]:
    """What came due by now, the longest due first. `except_for`: commands that are left alone for now."""
    given = {"clerk": CLERK, "now": now, "except": list(except_for), "first": first}
    return [
        DueRow(kind, Fired(thing, about, tuple(more)), since, command)
        for kind, thing, since, about, command, more in connection.execute(_DUE, given)
    ]


def daily(connection: Connection, now: datetime, *, except_for: Collection[UUID] = ()) -> list[DueRow]:
    """What is to be asked for today, one for all that mean the same. A day begins where the goods lie, and is used from the morning on."""
    found = {}
    for kind, more, zone, since in connection.execute(_DAILY, {"now": now}):
        local = now.astimezone(ZoneInfo(zone) if zone else HOME)
        if local.hour >= MORNING:
            command = daily_command(kind, more, local.date())
            found[command] = DueRow(kind, Fired(more[-1], None, tuple(more), local.date()), since, command)
    for command in except_for:
        found.pop(command, None)
    for command in fired(connection, found):
        del found[command]
    return list(found.values())


def fired(connection: Connection, commands: Collection[UUID]) -> set[UUID]:
    """Those of these commands that the clerk has given already, whatever came of it."""
    given = {"clerk": CLERK, "commands": list(commands)}
    return {row[0] for row in connection.execute(_FIRED, given)} if commands else set()


def standing(connection: Connection, now: datetime) -> Standing:
    row = connection.execute(_STANDING, {"clerk": CLERK, "now": now, "most": MOST_COUNTED}).fetchone()
    return Standing(*row) if row else Standing(0, None, None)


def of(connection: Connection, things: Collection[UUID]) -> list[OpenRow]:
    """All open deadlines of these things, also those to come."""
    return [OpenRow(*row) for row in connection.execute(_OF, (list(things),))]
