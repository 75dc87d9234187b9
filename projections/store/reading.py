"""The questions one connection can be asked about the log, each a prepared statement with a binary answer."""

from collections.abc import Sequence
from functools import partial
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer

from projections.store.connect import failure, prepare
from projections.store.contract import Accepted, LogRow

MAX_ROWS = 100_000

_EVENTS = "SELECT position, stream, version, topic, body, meta, occurred_at, recorded_at FROM gongwu.event"
_STREAMS = _EVENTS + " WHERE stream = ANY ($1) ORDER BY stream, version"
_LOG = _EVENTS + " WHERE position > %s ORDER BY position LIMIT %s"
_LOG_OF = _EVENTS + " WHERE position > %s AND topic = ANY (%s) ORDER BY position LIMIT %s"
_ONE = _EVENTS + " WHERE stream = %s AND version = %s"
_HEAD = "SELECT coalesce(max(position), 0) FROM gongwu.event"
_OWNERS = "SELECT key, owner FROM gongwu.claim WHERE kind = %s AND key = ANY (%s)"
_RECEIPT = """
SELECT r.position, r.first, r.recorded_at, r.answer, r.refused,
       array_agg(e.stream ORDER BY e.position) FILTER (WHERE e.stream IS NOT NULL),
       array_agg(e.version ORDER BY e.position) FILTER (WHERE e.stream IS NOT NULL)
FROM gongwu.receipt r LEFT JOIN gongwu.event e ON e.position BETWEEN r.first AND r.position
WHERE r.account = %s AND r.command_id = %s
GROUP BY r.account, r.command_id
"""

_NAME = b"gongwu_streams"
_UUID_ARRAY = 2951
_array_head = Struct("!iiIii").pack
_row: Any = partial(tuple.__new__, LogRow)


class ReadingConnection(psycopg.Connection[Any]):
    """A connection of the log's reading pool."""

    _transformer: Any = None  # how its answers become Python values; made from the first one

    def prepare_statements(self) -> None:
        """Once per connection. Every command reads streams first, so that question skips psycopg's cursors."""
        # A plan made while the log was empty would otherwise be kept, and read the whole log, after an import.
        self.execute("SET enable_seqscan = off")
        # For one or two streams PostgreSQL would think a plan of its own each time better, and plan longer than it reads.
        self.execute("SET plan_cache_mode = force_generic_plan")
        prepare(self, _NAME, _STREAMS.encode(), [_UUID_ARRAY])

    def streams(self, streams: Sequence[UUID]) -> dict[UUID, list[LogRow]]:
        """The events of some streams, each in order."""
        found: dict[UUID, list[LogRow]] = {stream: [] for stream in streams}
        if not found:
            return found
        wanted = _array_head(1, 0, 2950, len(found), 1) + b"".join([b"\0\0\0\x10" + s.bytes for s in found])
        result = self.pgconn.exec_prepared(_NAME, [wanted], [1], 1)
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise failure(self, result)
        transformer = self._transformer
        if transformer is None:
            transformer = self._transformer = Transformer(self)
            transformer.set_pgresult(result, format=pq.Format.BINARY)
        else:
            transformer.set_pgresult(result, set_loaders=False)
        for row in transformer.load_rows(0, result.ntuples, _row):
            found[row.stream].append(row)
        return found

    def log(self, after: int, limit: int, topics: Sequence[str] | None) -> list[LogRow]:
        """The next events after a position, in order."""
        limit = min(limit, MAX_ROWS)
        with self.cursor(binary=True, row_factory=_log_row) as cursor:
            if topics is None:
                cursor.execute(_LOG, (after, limit), prepare=True)
            else:
                cursor.execute(_LOG_OF, (after, list(topics), limit), prepare=True)
            return cursor.fetchall()

    def event(self, stream: UUID, version: int) -> LogRow | None:
        """One event of a stream."""
        with self.cursor(binary=True, row_factory=_log_row) as cursor:
            found: LogRow | None = cursor.execute(_ONE, (stream, version), prepare=True).fetchone()
            return found

    def head(self) -> int:
        """The position of the last event."""
        return int(self._one(_HEAD, ())[0])

    def owners(self, kind: str, keys: Sequence[str]) -> dict[str, UUID]:
        """Who owns which of these keys."""
        with self.cursor(binary=True) as cursor:
            return dict(cursor.execute(_OWNERS, (kind, list(keys)), prepare=True).fetchall())

    def receipt(self, account: UUID, command_id: UUID) -> Accepted | None:
        """The outcome of a command decided before."""
        row = self._one(_RECEIPT, (account, command_id))
        if row is None:
            return None
        position, first, recorded_at, answer, refused, streams, versions = row
        written = dict(zip(streams or (), versions or (), strict=True))
        return Accepted(position, first, recorded_at, written, answer, refused, replayed=True)

    def _one(self, statement: str, values: tuple[Any, ...]) -> Any:
        with self.cursor(binary=True) as cursor:
            return cursor.execute(statement.encode(), values, prepare=True).fetchone()


def _log_row(_: Any) -> Any:
    return _row
