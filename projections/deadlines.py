"""What is due and has not been fired yet?

Queries (an open connection of the server's own login: receipts are read too):
    due(connection, now, after=, first=, except_for=)   fired by nobody yet, the longest due first
    standing(connection, now)                           how many of these there are, since when the oldest is due, when the next comes
    of(connection, things)                              all open deadlines of some things

A deadline that was fired has a receipt, accepted or refused, even before its row is gone: it is never found here again.
"""

from collections.abc import Collection
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.values import CLERK
from projections.feed import Connection

MOST_COUNTED = 10_000

_LOWEST = UUID(int=0)
_UNFIRED: LiteralString = (
    "NOT EXISTS (SELECT FROM gongwu.receipt r WHERE r.account = %(clerk)s AND r.command_id = d.command)"
)
_DUE: LiteralString = (
    "SELECT d.kind, d.thing, d.due, NULLIF(d.about, d.thing), d.command FROM deadlines.deadline d"
    f" WHERE d.due <= %(now)s AND (d.due, d.command) > (%(due)s::timestamptz, %(command)s) AND {_UNFIRED}"
    " AND NOT d.command = ANY(%(except)s::uuid[]) ORDER BY d.due, d.command LIMIT %(first)s"
)
_STANDING: LiteralString = (
    "SELECT count(*), min(due), (SELECT min(due) FROM deadlines.deadline WHERE due > %(now)s) FROM"
    f" (SELECT d.due FROM deadlines.deadline d WHERE d.due <= %(now)s AND {_UNFIRED} ORDER BY d.due LIMIT %(most)s) AS found"
)
_OF: LiteralString = "SELECT kind, thing, due, NULLIF(about, thing), command FROM deadlines.deadline WHERE thing = ANY(%s) ORDER BY due, kind, command"


class DueRow(NamedTuple):
    """Something to be done about a thing since `due`. The key for the next page is (due, command)."""

    kind: str
    thing: UUID
    due: datetime
    about: UUID | None
    command: UUID


class Standing(NamedTuple):
    """What has come due and was not fired yet: how many (counting stops), since when the oldest; and when the next one comes."""

    waiting: int
    oldest: datetime | None
    next: datetime | None

    def lag_s(self, now: datetime) -> float:
        """How late the clerk is."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest else 0.0


def due(
    connection: Connection,
    now: datetime,
    *,
    after: tuple[datetime, UUID] | None = None,
    first: int = 100,
    except_for: Collection[UUID] = (),
) -> list[DueRow]:
    """What came due by now, the longest due first. `except_for`: commands that are left alone for now."""
    when, command = after or ("-infinity", _LOWEST)
    given = {
        "clerk": CLERK, "now": now, "due": when, "command": command, "except": list(except_for), "first": first,
    }  # fmt: skip
    return [DueRow(*row) for row in connection.execute(_DUE, given)]


def standing(connection: Connection, now: datetime) -> Standing:
    row = connection.execute(_STANDING, {"clerk": CLERK, "now": now, "most": MOST_COUNTED}).fetchone()
    return Standing(*row) if row else Standing(0, None, None)


def of(connection: Connection, things: Collection[UUID]) -> list[DueRow]:
    """All open deadlines of these things, also those to come."""
    return [DueRow(*row) for row in connection.execute(_OF, (list(things),))]
