"""What happened, to one thing or to all: rows here, sentences in `projections.sentences`.

Queries (an open connection, a `Reach`):
    of(connection, reach, thing, after=, first=, newest_first=, known_at=, true_at=)   one thing's history, as things came true
    feed(connection, reach, before=, first=, kinds=)                         everything that may be read, newest recorded first
    count(connection, reach, thing, most=), count_feed(connection, reach, kinds=, most=)   how many of either; counting stops at `most`
A row may be read by those whose bodies it concerned; an asset's whole history also by whoever reads its present holder; who set which
terms by everybody, as the terms themselves.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from domain.policy_book import BOOK
from projections.feed import Connection
from projections.reach import Reach


class HistoryRow(NamedTuple):
    """One fact that happened. `fact` and `meta` are the stored documents."""

    position: int
    thing: UUID
    kind: str
    topic: str
    version: int
    occurred: datetime
    recorded: datetime
    late: bool
    person: UUID
    account: UUID
    office: UUID
    fact: bytes
    meta: bytes


_ROW: LiteralString = (
    "SELECT h.position, h.thing, h.kind, h.topic, h.version, h.occurred, h.recorded, h.late, h.person,"
    " h.account, h.office, e.body, e.meta"
)
_FROM: LiteralString = " FROM history.event h JOIN gongwu.event e ON e.position = h.position"
_OWN: LiteralString = (
    "(%(everything)s OR h.bodies && %(bodies)s::uuid[] OR EXISTS"
    " (SELECT FROM register.current a WHERE a.asset = %(thing)s AND a.holder = ANY(%(bodies)s::uuid[])))"
)
_LABELS: LiteralString = "SELECT DISTINCT label FROM labels.named WHERE thing = %s LIMIT 2000"
_THING: LiteralString = "h.thing = %(thing)s"
_AND_LABELS: LiteralString = "h.thing = ANY(%(things)s)"
"""One thing alone is read in the order of an index."""
_KNOWN: LiteralString = (
    "(%(known)s::bigint IS NULL OR h.position <= %(known)s)"
    " AND (%(true)s::timestamptz IS NULL OR h.occurred <= %(true)s)"
)
_OF: LiteralString = (
    f" AND {_KNOWN} AND {_OWN} AND (h.occurred, h.position) > (%(occurred)s::timestamptz, %(position)s::bigint)"
    " ORDER BY h.occurred, h.position LIMIT %(first)s"
)
_OF_NEWEST: LiteralString = (
    f" AND {_KNOWN} AND {_OWN} AND (h.occurred, h.position) < (%(occurred)s::timestamptz, %(position)s::bigint)"
    " ORDER BY h.occurred DESC, h.position DESC LIMIT %(first)s"
)
_BEFORE: LiteralString = "h.position < %(before)s AND (%(kinds)s::text[] IS NULL OR h.kind = ANY(%(kinds)s))"
_FEED: LiteralString = f"{_ROW}{_FROM} WHERE {_BEFORE} ORDER BY h.position DESC LIMIT %(first)s"
_FEED_FILTERED: LiteralString = f"{_ROW}{_FROM} WHERE {_BEFORE} AND h.bodies && %(bodies)s::uuid[] ORDER BY h.position DESC LIMIT %(first)s"
_FEED_BY_BODY: LiteralString = f"""
{_ROW} FROM (
    SELECT DISTINCT found.position FROM unnest(%(bodies)s::uuid[]) AS mine (body) CROSS JOIN LATERAL (
        SELECT s.position FROM history.seen s JOIN history.event h ON h.position = s.position
        WHERE s.body = mine.body AND s.position < %(before)s AND {_BEFORE}
        ORDER BY s.position DESC LIMIT %(first)s
    ) AS found ORDER BY 1 DESC LIMIT %(first)s
) AS mine JOIN history.event h ON h.position = mine.position JOIN gongwu.event e ON e.position = h.position
ORDER BY h.position DESC
"""
_KINDS: LiteralString = "(%(kinds)s::text[] IS NULL OR h.kind = ANY(%(kinds)s))"
_COUNT_FEED: LiteralString = (
    f"SELECT count(*) FROM (SELECT FROM history.event h WHERE {_KINDS} LIMIT %(most)s) AS found"
)
_COUNT_FEED_FILTERED: LiteralString = (
    "SELECT count(*) FROM"
    f" (SELECT FROM history.event h WHERE {_KINDS} AND h.bodies && %(bodies)s::uuid[] LIMIT %(most)s) AS found"
)
_COUNT_FEED_BY_BODY: LiteralString = f"""
SELECT count(*) FROM (
    SELECT DISTINCT found.position FROM unnest(%(bodies)s::uuid[]) AS mine (body) CROSS JOIN LATERAL (
        SELECT s.position FROM history.seen s
        WHERE s.body = mine.body
            AND (%(kinds)s::text[] IS NULL OR EXISTS (SELECT FROM history.event h WHERE h.position = s.position AND {_KINDS}))
        LIMIT %(most)s
    ) AS found LIMIT %(most)s
) AS mine
"""
_LAST = 2**63 - 1


def of(
    connection: Connection,
    reach: Reach,
    thing: UUID,
    *,
    after: tuple[datetime, int] | None = None,
    first: int = 100,
    newest_first: bool = False,
    known_at: int | None = None,
    true_at: datetime | None = None,
) -> list[HistoryRow]:
    """What happened to a thing, beyond a key (occurred, position). `known_at`: only what was recorded up to a position; `true_at`:
    only what had happened by then.
    """
    occurred, position = after or (("infinity", _LAST) if newest_first else ("-infinity", 0))
    which, labels = _with_its_labels(connection, thing)
    given = {
        **reach.values(), "everything": reach.everything or thing == BOOK, "thing": thing, "things": [thing, *labels], "occurred": occurred,
        "position": position, "first": first, "known": known_at, "true": true_at,
    }  # fmt: skip
    return _rows(connection, f"{_ROW}{_FROM} WHERE {which}{_OF_NEWEST if newest_first else _OF}", given)


def count(
    connection: Connection,
    reach: Reach,
    thing: UUID,
    *,
    most: int = 10_000,
    known_at: int | None = None,
    true_at: datetime | None = None,
) -> int:
    """How many entries `of` has in all; counting stops at `most`."""
    which, labels = _with_its_labels(connection, thing)
    given = {
        **reach.values(), "everything": reach.everything or thing == BOOK, "thing": thing, "things": [thing, *labels],
        "known": known_at, "true": true_at, "most": most,
    }  # fmt: skip
    rows = f"SELECT FROM history.event h WHERE {which} AND {_KNOWN} AND {_OWN} LIMIT %(most)s"
    row = connection.execute(f"SELECT count(*) FROM ({rows}) AS found", given).fetchone()
    return int(row[0]) if row else 0


def feed(
    connection: Connection,
    reach: Reach,
    *,
    before: int | None = None,
    first: int = 100,
    kinds: Sequence[str] | None = None,
) -> list[HistoryRow]:
    """What happened anywhere, the newest record first; `kinds`: only to these kinds of things (asset, loan, body …)."""
    statement = _FEED if reach.everything else _FEED_BY_BODY if reach.small else _FEED_FILTERED
    given = {
        **reach.values(), "before": _LAST if before is None else before, "first": first,
        "kinds": None if kinds is None else list(kinds),
    }  # fmt: skip
    return _rows(connection, statement, given)


def count_feed(
    connection: Connection, reach: Reach, *, kinds: Sequence[str] | None = None, most: int = 10_000
) -> int:
    """How many entries `feed` has in all; counting stops at `most`."""
    statement = (
        _COUNT_FEED if reach.everything else _COUNT_FEED_BY_BODY if reach.small else _COUNT_FEED_FILTERED
    )
    given = {**reach.values(), "kinds": None if kinds is None else list(kinds), "most": most}
    row = connection.execute(statement, given).fetchone()
    return int(row[0]) if row else 0


def _with_its_labels(connection: Connection, thing: UUID) -> tuple[LiteralString, list[UUID]]:
    """Which rows are a thing's, and the labels that name it or ever did."""
    labels = [row[0] for row in connection.execute(_LABELS, (thing,))]
    return (_AND_LABELS if labels else _THING), labels


def _rows(connection: Connection, statement: str, given: dict[str, Any]) -> list[HistoryRow]:
    with connection.cursor(binary=True) as cursor:
        return list(map(HistoryRow._make, cursor.execute(statement, given)))
