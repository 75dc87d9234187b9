"""What has an accountable body out at a lending point? For decisions that may block it, not for people.

Each lending asks, and most borrowers have nothing late and nothing to sign for. So which bodies have is looked up once for all lendings
of some seconds; of those, the loans are looked up each time. Nobody waits for the read models: what blocks is days old.
"""

import time
from datetime import datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.command import OpenLoan
from projections.feed import Connection
from projections.reading import Reader

REMEMBER = timedelta(seconds=10)

_OF_ONE: LiteralString = """
SELECT p.id, p.due, p.state = 'in_transit' FROM organisations.body b
    JOIN papers.paper p ON p.receiving = b.id AND p.kind = 'loan' AND NOT p.closed
    WHERE b.accountable = %(borrower)s AND coalesce(p.warehouse, p.giving) = %(point)s
        AND (%(late_at)s::timestamptz IS NULL OR p.due <= %(late_at)s OR p.state = 'in_transit')
    ORDER BY p.due LIMIT 500
"""
_WHO_MAY_BE_BLOCKED: LiteralString = """
SELECT b.accountable FROM organisations.body b WHERE EXISTS (
    SELECT FROM papers.paper p WHERE p.receiving = b.id AND p.kind = 'loan' AND NOT p.closed AND p.due <= %(until)s
) OR EXISTS (
    SELECT FROM papers.paper p WHERE p.receiving = b.id AND p.kind = 'loan' AND NOT p.closed AND p.state = 'in_transit'
)
"""


class _Late(NamedTuple):
    """Who has something late or unsigned, for whoever asks about a moment between these."""

    since: datetime
    until: datetime
    who: frozenset[UUID]


class OpenLoans:
    """The loans of which something is out, the first due first, as the read models know them; for all threads of a process."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._late: _Late | None = None
        self._old_at = 0.0

    def __call__(self, borrower: UUID, point: UUID, late_at: datetime | None = None) -> list[OpenLoan]:
        """`late_at`: only those that are due by then, or not signed for; some more do no harm."""
        if late_at is not None:
            late = self._who_is_late(late_at)
            if late is not None and late.since <= late_at <= late.until and borrower not in late.who:
                return []
        with self._reader.connection() as connection:
            return of_one(connection, borrower, point, late_at)

    def _who_is_late(self, at: datetime) -> _Late | None:
        """Looked up again by one thread when it is old; the others go on with what there is."""
        now = time.monotonic()
        if now >= self._old_at:
            self._old_at = now + REMEMBER.total_seconds()
            until = at + REMEMBER
            rows = self._reader.rows(_WHO_MAY_BE_BLOCKED, {"until": until})
            self._late = _Late(at, until, frozenset(body for (body,) in rows))
        return self._late


def of_one(
    connection: Connection, borrower: UUID, point: UUID, late_at: datetime | None = None
) -> list[OpenLoan]:
    """At a warehouse, or of a holder's goods that lie in none."""
    given = {"borrower": borrower, "point": point, "late_at": late_at}
    return [OpenLoan(*row) for row in connection.execute(_OF_ONE, given)]
