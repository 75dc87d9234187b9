"""The log: append commands, read streams, read everything in order.

A subclass of the eventsourcing library's recorder, so that the library's own tools can read the log too; what
writes is one function in the database (append.sql) called for whole groups of commands (writer.py).
"""

import struct
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Self, TypeVar
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import QueryCanceled
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from projections.store import wire
from projections.store.connect import pool, with_limits
from projections.store.contract import (
    Accepted,
    Append,
    BadCommand,
    CommandIdReused,
    Conflict,
    DatabaseAway,
    LogBroken,
    LogError,
    LogRow,
    NewEvent,
    OutcomeUnknown,
    Taken,
    Verdict,
    check,
)
from projections.store.listen import CHANNEL, Listener
from projections.store.reading import ReadingConnection
from projections.store.writer import Pending, Writer

__all__ = [
    "Accepted",
    "Append",
    "BadCommand",
    "CommandIdReused",
    "Conflict",
    "DatabaseAway",
    "Listener",
    "LogBroken",
    "LogError",
    "LogRow",
    "NewEvent",
    "OutcomeUnknown",
    "Recorder",
    "Taken",
    "Verdict",
]

T = TypeVar("T")

READERS = 4  # connections for reading; more would only fight for the processors
NOBODY = UUID(int=0)  # the account of what the library's own tools append
LIBRARY_DEADLINE_S = 30.0

_NO_USE_TRYING_AGAIN = (PoolTimeout, PoolClosed, TooManyRequests, QueryCanceled)


class Recorder(PostgresApplicationRecorder):
    """The log of one database, for all threads of this process. Close it when done."""

    def __init__(self, conninfo: str, *, readers: int = READERS) -> None:
        super().__init__(_LibraryDatastore(conninfo), events_table_name="stored_events")
        self.channel_name = CHANNEL
        self._pool: ConnectionPool[ReadingConnection] = pool(
            conninfo,
            name="gongwu-log",
            size=readers,
            connection_class=ReadingConnection,
            configure=ReadingConnection.prepare_statements,
        )
        self._tries = readers + 1
        self._writer = Writer(conninfo)

    def append(self, command: Append, deadline_s: float) -> Verdict:
        """Append one command, together with whatever other threads append at this moment.

        Raises OutcomeUnknown when the deadline passes first: the same command may then be sent again at any
        time, and its receipt answers. DatabaseAway means that nothing was written.
        """
        check(command)
        taken = _claimed_twice(command)
        if taken is not None:
            return taken
        try:
            packed = wire.Packed(command)
        except (struct.error, UnicodeEncodeError) as error:
            raise BadCommand(str(error)) from error
        pending = Pending(packed, time.monotonic() + deadline_s)
        self._writer.submit(pending)
        if not pending.done.acquire(timeout=deadline_s):
            raise OutcomeUnknown(f"no answer from the log within {deadline_s:g} s")
        if pending.verdict is not None:
            return pending.verdict
        failure = pending.error or LogBroken("the writer gave no answer")
        raise type(failure)(*failure.args) from failure  # each caller its own: the group shares the first

    def receipt(self, account: UUID, command_id: UUID) -> Accepted | None:
        """The outcome of a command decided before, if there is one."""
        return self._reading(lambda connection: connection.receipt(account, command_id))

    def read(self, streams: Sequence[UUID]) -> dict[UUID, list[LogRow]]:
        """The events of some streams, each in order; a stream without events is an empty list."""
        return self._reading(lambda connection: connection.streams(streams))

    def event(self, stream: UUID, version: int) -> LogRow | None:
        """One event of a stream, if there is one: what is recorded never changes."""
        return self._reading(lambda connection: connection.event(stream, version))

    def read_log(self, after: int, limit: int, topics: Sequence[str] | None = None) -> list[LogRow]:
        """The next events after a position, at most `limit`, in the order of the log."""
        return self._reading(lambda connection: connection.log(after, limit, topics))

    def owners(self, kind: str, keys: Sequence[str]) -> dict[str, UUID]:
        """Who owns which of these keys; a free key is left out."""
        return self._reading(lambda connection: connection.owners(kind, keys))

    def head(self) -> int:
        """The position of the last event, 0 when there is none."""
        return self._reading(lambda connection: connection.head())

    def close(self) -> None:
        """Finish what is being written, then let go of all connections."""
        self._writer.close()
        self._pool.close()
        self.datastore.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def create_table(self) -> None:
        """Nothing: `schema.install` makes the tables, and this login may not."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """The library's way in: one command of nobody's, happening now."""
        if not stored_events:
            return None
        now = datetime.now(UTC)
        events = tuple(
            NewEvent(_uuid(e.originator_id), e.originator_version, e.topic, e.state, b"{}", now)
            for e in stored_events
        )
        verdict = self.append(Append(NOBODY, uuid4(), b"library", events=events), LIBRARY_DEADLINE_S)
        if not isinstance(verdict, Accepted):
            raise IntegrityError(str(verdict))
        return range(verdict.first, verdict.position + 1)

    def _reading(self, question: Callable[[ReadingConnection], T]) -> T:
        # After a restart each connection of the pool fails once, so one try more than there are connections.
        for attempt in range(self._tries):
            try:
                connection = self._pool.getconn()
                try:
                    return question(connection)
                finally:
                    self._pool.putconn(connection)
            except psycopg.OperationalError as error:
                if attempt == self._tries - 1 or isinstance(error, _NO_USE_TRYING_AGAIN):
                    raise DatabaseAway(f"the log cannot be read: {error}") from error
        raise AssertionError


class _LibraryDatastore(PostgresDatastore):
    """The library's pool with our session limits; connects only when the library's own tools are used."""

    def __init__(self, conninfo: str) -> None:
        limited = with_limits(conninfo, "gongwu-library", statement_timeout_s=30, lock_timeout_s=10)
        parts = conninfo_to_dict(limited)
        super().__init__(
            dbname=str(parts.pop("dbname", "")),
            host=str(parts.pop("host", "")),
            port=str(parts.pop("port", "5432")),
            user=str(parts.pop("user", "")),
            password=str(parts.pop("password", "")),
            schema="gongwu",
            pool_size=0,
            max_overflow=2,
            idle_in_transaction_session_timeout=60,
        )
        assert isinstance(self.pool.kwargs, dict)  # noqa: S101  # the library has just given it one
        self.pool.kwargs.update(parts)

    def register_type_adapters(self) -> None:
        """None are needed: our own function takes plain arrays."""


def _claimed_twice(command: Append) -> Taken | None:
    """A key that the command itself wants for two owners: the first one has it."""
    owners: dict[tuple[str, str], UUID] = {}
    for kind, key, owner in command.claims:
        if owners.setdefault((kind, key), owner) != owner:
            return Taken(kind, key, owners[kind, key])
    return None


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
