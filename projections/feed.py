"""The log as projections read it: in batches, decoded once for all of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, LiteralString, NamedTuple, cast
from uuid import UUID

import psycopg

import domain.facts  # noqa: F401  # whoever reads the log must know every fact
from domain.aggregate import Meta, Recorded, Root, Stamp, decode, decode_meta

Connection = psycopg.Connection[Any]

COLUMNS: LiteralString = "position, stream, version, topic, body, meta, occurred_at, recorded_at"
AFTER: LiteralString = f"SELECT {COLUMNS} FROM gongwu.event WHERE position > %s ORDER BY position LIMIT %s"
OF_STREAMS: LiteralString = (
    f"SELECT {COLUMNS} FROM gongwu.event WHERE stream = ANY(%s) AND position < %s ORDER BY stream, version"
)
HEAD: LiteralString = "SELECT coalesce(max(position), 0) FROM gongwu.event"

POSITION_AT: LiteralString = """
WITH RECURSIVE halving (low, high) AS (
    SELECT 0::bigint, coalesce(max(position), 0) FROM gongwu.event
    UNION ALL
    SELECT CASE WHEN e.recorded_at <= %(at)s THEN e.position ELSE low END,
           CASE WHEN e.recorded_at <= %(at)s THEN high ELSE e.position - 1 END
    FROM halving JOIN gongwu.event e ON e.position = (low + high + 1) / 2
    WHERE low < high
)
SELECT low FROM halving WHERE low = high
"""
"""Positions have no gaps and `recorded_at` never decreases: a search by halves needs no index of its own."""

_MOST_METAS = 1_000
_METAS: dict[bytes, Meta] = {}
"""All facts of a command carry the same meta."""


class Poison(Exception):
    """A fact that a projection cannot digest. It stops there, and says so; it never skips."""

    def __init__(self, position: int, error: str) -> None:
        super().__init__(position, error)
        self.position, self.error = position, error


class Unreadable(NamedTuple):
    """A stored event that no longer decodes. Whoever listens to its kind stops at it."""

    position: int
    stream: UUID
    version: int
    topic: str
    error: str
    occurred_at: datetime


Entry = Recorded | Unreadable


def entry(row: Sequence[Any]) -> Entry:
    position, stream, version, topic, body, meta, occurred_at, recorded_at = row
    try:
        who = _METAS.get(meta)
        if who is None:
            if len(_METAS) > _MOST_METAS:
                _METAS.clear()
            who = _METAS[meta] = decode_meta(meta)
        if occurred_at.tzinfo is not UTC or recorded_at.tzinfo is not UTC:
            occurred_at, recorded_at = occurred_at.astimezone(UTC), recorded_at.astimezone(UTC)
        return Recorded(position, stream, version, decode(topic, body), who, occurred_at, recorded_at)
    except (
        Exception
    ) as error:  # whatever is wrong with it, it is this event's fault and stops who listens to it
        return Unreadable(position, stream, version, topic, f"{type(error).__name__}: {error}", occurred_at)


def read_after(connection: Connection, position: int, most: int) -> list[Entry]:
    with connection.cursor(binary=True) as cursor:
        return [entry(row) for row in cursor.execute(AFTER, (position, most))]


def read_streams(connection: Connection, streams: Sequence[UUID], before: int) -> dict[UUID, list[Entry]]:
    """What happened to these things before a position."""
    found: dict[UUID, list[Entry]] = defaultdict(list)
    if streams:
        with connection.cursor(binary=True) as cursor:
            for row in cursor.execute(OF_STREAMS, (list(streams), before)):
                found[row[1]].append(entry(row))
    return found


def head(connection: Connection) -> int:
    row = connection.execute(HEAD).fetchone()
    return int(row[0]) if row else 0


def position_at(connection: Connection, at: datetime) -> int:
    """The position of the last event recorded by then: what the log knew at that time."""
    row = connection.execute(POSITION_AT, {"at": at}).fetchone()
    return int(row[0]) if row else 0


def advance(root: Root, one: Recorded) -> None:
    """One more fact happens to a thing: the domain's own fold."""
    root.version = one.version
    one.fact.apply(root, Stamp(one.version, one.occurred_at, one.meta))


def readable(entries: Sequence[Entry]) -> Sequence[Recorded]:
    """The facts in order. Raises `Poison` at the first that does not decode."""
    for one in entries:
        if type(one) is Unreadable:
            raise Poison(one.position, one.error)
    return cast(Sequence[Recorded], entries)


class Batch:
    """A stretch of the log. `fresh`: it has the whole streams of all its things (a rebuild), so there is nothing older to read."""

    def __init__(self, entries: Sequence[Entry], *, fresh: bool = False) -> None:
        self.entries, self.fresh = entries, fresh
        self.first = min((one.position for one in entries), default=0)
        self._kinds: dict[str, dict[UUID, list[Entry]]] | None = None
        self._types: set[type] | None = None
        self.shared: dict[str, Any] = {}
        """What one projection worked out and another can use, such as the folded assets."""

    def of(self, kind: str) -> Mapping[UUID, Sequence[Entry]]:
        """The batch's entries of one kind of thing, by thing, each in order."""
        return self._by_kind().get(kind, {})

    def kinds(self) -> set[str]:
        """The kinds of things it is about."""
        return set(self._by_kind())

    def may_have(self, facts: AbstractSet[type]) -> bool:
        """Whether any of these facts is in it, or one that can no longer be read."""
        if self._types is None:
            self._types = {
                Unreadable if isinstance(one, Unreadable) else type(one.fact) for one in self.entries
            }
        return Unreadable in self._types or not self._types.isdisjoint(facts)

    def _by_kind(self) -> dict[str, dict[UUID, list[Entry]]]:
        if self._kinds is None:
            kinds: dict[str, dict[UUID, list[Entry]]] = defaultdict(lambda: defaultdict(list))
            for one in self.entries:
                topic = one.topic if isinstance(one, Unreadable) else one.fact.TOPIC
                kinds[topic[: topic.index(".")] if "." in topic else topic][one.stream].append(one)
            self._kinds = kinds
        return self._kinds

    def facts(self, kind: str) -> Iterator[list[Recorded]]:
        """The batch's facts of one kind, thing by thing. Raises `Poison`."""
        for entries in self.of(kind).values():
            yield list(readable(entries))

    def streams(self, connection: Connection, kind: str) -> dict[UUID, list[Recorded]]:
        """All facts of every thing of one kind that the batch touches, from its first to the batch's last. Raises `Poison`."""
        key = f"streams of {kind}"
        if key not in self.shared:
            touched = self.of(kind)
            older = read_streams(connection, self.begun(kind), self.first)
            self.shared[key] = {
                id: list(readable([*older.get(id, ()), *entries])) for id, entries in touched.items()
            }
        found: dict[UUID, list[Recorded]] = self.shared[key]
        return found

    def begun(self, kind: str) -> list[UUID]:
        """The things of this kind that had facts before the batch."""
        return [id for id, entries in self.of(kind).items() if entries[0].version > 1 and not self.fresh]
