"""Which labels are there, what do they name, and what has become of what they name?

Queries (an open connection; those with a `Reach` give only labels of what the account holds, keeps or runs, and its own blanks):
    by_token(connection, token)                          for whoever asks what a code is; what may be shown of it is the caller's business
    of_things(connection, reach, things)                 all labels that name or ever named these
    many(connection, reach, ids)
    page(connection, reach, state=, body=, damaged=, after=, first=)   by (made, id), newest first
    count(connection, reach, state=, body=, damaged=, most=)
    printed(connection, job, after=, first=)             the labels of a print job, in the order of the paper
    successors(connection, thing)                        what it has gone on as, nearest first
"""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from projections.feed import Connection
from projections.reach import STORES, Reach


class LabelRow(NamedTuple):
    """A label as lists show it. `thing`: what it names, or named last."""

    id: UUID
    version: int
    token: str
    state: str
    kind: str | None
    thing: UUID | None
    piece: int | None
    body: UUID
    copies: int
    affixed: str | None
    damaged: bool
    replaced_by: UUID | None
    why: str | None
    made: datetime
    changed: datetime
    scans: int
    scanned: datetime | None
    scan_place: UUID | None
    scan_with: UUID | None


class PrintedRow(NamedTuple):
    """A label on the paper of a job. `copy`: 0 when it was printed for the first time."""

    chunk: int
    n: int
    copy: int
    id: UUID
    token: str
    state: str
    kind: str | None
    thing: UUID | None
    piece: int | None
    body: UUID


MOST_SUCCESSORS = 200
_COLUMNS: LiteralString = ", ".join(f"l.{name}" for name in LabelRow._fields)
_OWN: LiteralString = f"""(%(everything)s OR CASE
    WHEN l.kind IN ('asset', 'piece') THEN EXISTS (
        SELECT FROM register.current a WHERE a.asset = l.thing AND (a.holder = ANY(%(bodies)s::uuid[])
            OR a.custody_body = ANY(%(bodies)s::uuid[]) OR a.place = ANY(ARRAY({STORES}))))
    WHEN l.kind = 'place' THEN EXISTS (
        SELECT FROM organisations.place p WHERE p.id = l.thing
            AND (p.operator = ANY(%(bodies)s::uuid[]) OR p.owner = ANY(%(bodies)s::uuid[])))
    ELSE l.body = ANY(%(bodies)s::uuid[]) END)"""
"""What is merely on offer has labels that are nobody else's business."""
_WANTED: LiteralString = (
    f"{_OWN} AND (%(state)s::text IS NULL OR l.state = %(state)s) AND (%(body)s::uuid IS NULL OR l.body = %(body)s)"
    " AND (%(damaged)s::boolean IS NULL OR l.damaged = %(damaged)s)"
)
_BY_TOKEN: LiteralString = f"SELECT {_COLUMNS} FROM labels.label l WHERE l.token = %s"
_OF_THINGS: LiteralString = (
    f"SELECT {_COLUMNS} FROM labels.label l WHERE l.id = ANY(ARRAY(SELECT label FROM labels.named WHERE thing = ANY(%(things)s)))"
    f" AND {_OWN} ORDER BY l.made DESC, l.id DESC"
)
_MANY: LiteralString = (
    f"SELECT {_COLUMNS} FROM labels.label l WHERE l.id = ANY(%(ids)s) AND {_OWN} ORDER BY l.made, l.id"
)
_PAGE: LiteralString = (
    f"SELECT {_COLUMNS} FROM labels.label l WHERE (l.made, l.id) < (%(made)s::timestamptz, %(id)s) AND {_WANTED}"
    " ORDER BY l.made DESC, l.id DESC LIMIT %(first)s"
)
_COUNT: LiteralString = (
    f"SELECT count(*) FROM (SELECT FROM labels.label l WHERE {_WANTED} LIMIT %(most)s) AS found"
)
_PRINTED: LiteralString = (
    "SELECT p.chunk, p.n, p.copy, l.id, l.token, l.state, l.kind, l.thing, l.piece, l.body"
    " FROM labels.printed p JOIN labels.label l ON l.id = p.label"
    " WHERE p.job = %(job)s AND (p.chunk, p.n) > (%(chunk)s, %(n)s) ORDER BY p.chunk, p.n LIMIT %(first)s"
)
_SUCCESSORS: LiteralString = """
WITH RECURSIVE onward (id, far) AS (
    SELECT successor, 1 FROM labels.lineage WHERE thing = %(thing)s
    UNION
    SELECT l.successor, o.far + 1 FROM onward o JOIN labels.lineage l ON l.thing = o.id WHERE o.far < 100
)
SELECT id FROM onward WHERE id <> %(thing)s GROUP BY id ORDER BY min(far), id LIMIT %(most)s
"""
_HIGHEST = UUID(int=2**128 - 1)


def by_token(connection: Connection, token: str) -> LabelRow | None:
    """The label with this token, in any state."""
    row = connection.execute(_BY_TOKEN, (token,)).fetchone()
    return LabelRow(*row) if row else None


def of_things(connection: Connection, reach: Reach, things: Sequence[UUID]) -> list[LabelRow]:
    """All labels that name or ever named these things or pieces of them, the newest first."""
    given = {**reach.values(), "everything": reach.everything, "things": list(things)}
    return [LabelRow(*row) for row in connection.execute(_OF_THINGS, given)]


def many(connection: Connection, reach: Reach, ids: Sequence[UUID]) -> list[LabelRow]:
    """Those of these labels that may be read."""
    given = {**reach.values(), "everything": reach.everything, "ids": list(ids)}
    return [LabelRow(*row) for row in connection.execute(_MANY, given)]


def page(
    connection: Connection,
    reach: Reach,
    *,
    state: str | None = None,
    body: UUID | None = None,
    damaged: bool | None = None,
    after: tuple[datetime, UUID] | None = None,
    first: int = 100,
) -> list[LabelRow]:
    """Labels by (made, id) beyond a key, the newest first."""
    made, id = after or ("infinity", _HIGHEST)
    given = {
        **reach.values(), "everything": reach.everything, "state": state, "body": body, "damaged": damaged, "made": made, "id": id,
        "first": first,
    }  # fmt: skip
    return [LabelRow(*row) for row in connection.execute(_PAGE, given)]


def count(
    connection: Connection,
    reach: Reach,
    *,
    state: str | None = None,
    body: UUID | None = None,
    damaged: bool | None = None,
    most: int = 10_000,
) -> int:
    """How many labels `page` has in all; counting stops at `most`."""
    given = {
        **reach.values(), "everything": reach.everything, "state": state, "body": body, "damaged": damaged, "most": most,
    }  # fmt: skip
    row = connection.execute(_COUNT, given).fetchone()
    return int(row[0]) if row else 0


def printed(
    connection: Connection, job: UUID, *, after: tuple[int, int] | None = None, first: int = 1000
) -> list[PrintedRow]:
    """The labels of a print job beyond a place (chunk, n), in the order of the paper."""
    chunk, n = after or (-1, -1)
    given = {"job": job, "chunk": chunk, "n": n, "first": first}
    return [PrintedRow(*row) for row in connection.execute(_PRINTED, given)]


def successors(connection: Connection, thing: UUID) -> list[UUID]:
    """What a thing has gone on as: split off, merged into, taken apart into; the nearest first, also those that have ended since."""
    given = {"thing": thing, "most": MOST_SUCCESSORS}
    return [row[0] for row in connection.execute(_SUCCESSORS, given)]
