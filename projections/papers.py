"""Which papers are there, in what state, with which lines; and the slips, with voids and reprints.

Queries (an open connection, a `Reach`):
    page(connection, reach, kind=, state=, open_only=, body=, after=, first=, newest_first=)   by (opened, id)
    one(connection, reach, id), many(connection, reach, ids)
    lines(connection, ids)                               lines of papers that were read by one of the above
    of_asset(connection, reach, asset, first=, open_only=)           the papers that name an asset, newest first
    due(connection, reach, kind, before, after=, first=) what is open and due before a moment
    slips(connection, reach, paper= | number= | warehouse=, kind=, year=, after=, first=)
    count(connection, reach, ..., most=), count_slips(connection, reach, ..., most=)   how many `page` and `slips` have in all
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from projections.feed import Connection
from projections.reach import Reach


class PaperRow(NamedTuple):
    """A paper as lists show it. `kind`: the kind of stream (loan, intake …); `detail`: all its own fold knows."""

    id: UUID
    kind: str
    version: int
    number: str
    state: str
    giving: UUID | None
    receiving: UUID | None
    warehouse: UUID | None
    opened: datetime
    changed: datetime
    due: datetime | None
    closed: bool
    lines: int
    parties: list[UUID]
    detail: dict[str, Any]

    def overdue(self, now: datetime) -> bool:
        return not self.closed and self.due is not None and self.due <= now


class LineRow(NamedTuple):
    """One line of a paper; `undone`: how many have no outcome yet (None: lines of this paper have none)."""

    paper: UUID
    n: int
    asset: UUID | None
    name: str
    quantity: int
    undone: int | None


class SlipRow(NamedTuple):
    """An issued slip. `position`: the fact in the log that has everything it says."""

    series: UUID
    n: int
    number: str
    kind: str
    warehouse: UUID
    year: int
    paper: UUID
    issued: datetime
    office: UUID
    giver: UUID | None
    receiver: UUID | None
    lines: int
    position: int
    voided: bool
    reason: str
    copies: int


_PAPER: LiteralString = ", ".join(f"a.{name}" for name in PaperRow._fields)
_OWN: LiteralString = "(%(everything)s OR a.parties && %(bodies)s::uuid[])"
_MANY: LiteralString = (
    f"SELECT {_PAPER} FROM papers.paper a WHERE a.id = ANY(%(ids)s) AND {_OWN} ORDER BY a.opened, a.id"
)
_LINES: LiteralString = (
    "SELECT paper, n, asset, name, quantity, undone FROM papers.line WHERE paper = ANY(%s) ORDER BY paper, n"
)
_OF_ASSET: LiteralString = (
    f"SELECT DISTINCT {_PAPER.replace('a.detail', 'a.detail::text')} FROM papers.line l JOIN papers.paper a ON a.id = l.paper"
    f" WHERE l.asset = %(asset)s AND {_OWN} AND (NOT %(open_only)s OR NOT a.closed) ORDER BY a.opened DESC, a.id DESC LIMIT %(first)s"
)
_DUE: LiteralString = (
    f"SELECT {_PAPER} FROM papers.paper a WHERE a.kind = %(kind)s AND NOT a.closed AND a.due IS NOT NULL AND a.due <= %(until)s"
    f" AND (a.due, a.id) > (%(due)s::timestamptz, %(id)s) AND {_OWN} ORDER BY a.due, a.id LIMIT %(first)s"
)
_SLIP: LiteralString = """
    WHERE (%(paper)s::uuid IS NULL OR s.paper = %(paper)s) AND (%(number)s::text IS NULL OR s.number = %(number)s)
        AND (%(warehouse)s::uuid IS NULL OR s.warehouse = %(warehouse)s) AND (%(kind)s::text IS NULL OR s.kind = %(kind)s)
        AND (%(year)s::int IS NULL OR s.year = %(year)s)
        AND (%(everything)s OR s.office = ANY(%(bodies)s::uuid[]) OR s.giver = ANY(%(bodies)s::uuid[])
            OR s.receiver = ANY(%(bodies)s::uuid[])
            OR EXISTS (SELECT FROM papers.paper a WHERE a.id = s.paper AND a.parties && %(bodies)s::uuid[])
            OR EXISTS (SELECT FROM organisations.place p WHERE p.id = s.warehouse AND p.operator = ANY(%(bodies)s::uuid[])))
"""
_SLIPS: LiteralString = f"""
SELECT s.series, s.n, s.number, s.kind, s.warehouse, s.year, s.paper, s.issued, s.office, s.giver, s.receiver, s.lines, s.position,
    coalesce(m.voided, false), coalesce(m.reason, ''), coalesce(m.copies, 0)
    FROM papers.slip s
    LEFT JOIN papers.mark m ON m.marks = s.marks AND m.n = s.n
    {_SLIP} AND (s.number, s.series) > (%(after_number)s, %(after_series)s)
    ORDER BY s.number, s.series LIMIT %(first)s
"""
_COUNT_SLIPS: LiteralString = (
    f"SELECT count(*) FROM (SELECT FROM papers.slip s {_SLIP} LIMIT %(most)s) AS found"
)
_LOWEST = UUID(int=0)
_HIGHEST = UUID(int=2**128 - 1)


def page(
    connection: Connection,
    reach: Reach,
    *,
    kind: str | None = None,
    state: str | None = None,
    open_only: bool = False,
    body: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    first: int = 100,
    newest_first: bool = True,
) -> list[PaperRow]:
    """Papers by (opened, id), beyond a key. `body`: only those it is a party of."""
    way, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    wanted = [
        f"(a.opened, a.id) {beyond} (%(opened)s::timestamptz, %(id)s)",
        *_wanted(kind, state, open_only, body),
    ]
    opened, id = after or (("infinity", _HIGHEST) if newest_first else ("-infinity", _LOWEST))
    given = {
        **reach.values(), "everything": reach.everything, "kind": kind, "state": state, "body": body, "opened": opened, "id": id,
        "first": first,
    }  # fmt: skip
    statement = f"SELECT {_PAPER} FROM papers.paper a WHERE {' AND '.join(wanted)} ORDER BY a.opened {way}, a.id {way} LIMIT %(first)s"
    return [PaperRow(*row) for row in connection.execute(statement, given)]


def count(
    connection: Connection,
    reach: Reach,
    *,
    kind: str | None = None,
    state: str | None = None,
    open_only: bool = False,
    body: UUID | None = None,
    most: int = 10_000,
) -> int:
    """How many papers `page` has in all; counting stops at `most`."""
    given = {
        **reach.values(), "everything": reach.everything, "kind": kind, "state": state, "body": body, "most": most,
    }  # fmt: skip
    conditions = " AND ".join(_wanted(kind, state, open_only, body))
    return _counted(
        connection,
        f"SELECT count(*) FROM (SELECT FROM papers.paper a WHERE {conditions} LIMIT %(most)s) AS found",
        given,
    )


def many(connection: Connection, reach: Reach, ids: Sequence[UUID]) -> list[PaperRow]:
    """Those of these papers that may be read."""
    given = {**reach.values(), "everything": reach.everything, "ids": list(ids)}
    return [PaperRow(*row) for row in connection.execute(_MANY, given)]


def one(connection: Connection, reach: Reach, id: UUID) -> PaperRow | None:
    found = many(connection, reach, [id])
    return found[0] if found else None


def lines(connection: Connection, papers: Sequence[UUID]) -> list[LineRow]:
    return [LineRow(*row) for row in connection.execute(_LINES, (list(papers),))]


def of_asset(
    connection: Connection, reach: Reach, asset: UUID, *, first: int = 100, open_only: bool = False
) -> list[PaperRow]:
    """The papers that name an asset, the newest first."""
    given = {
        **reach.values(),
        "everything": reach.everything,
        "asset": asset,
        "first": first,
        "open_only": open_only,
    }
    return [PaperRow(*row) for row in connection.execute(_OF_ASSET, given)]


def due(
    connection: Connection,
    reach: Reach,
    kind: str,
    until: datetime,
    *,
    after: tuple[datetime, UUID] | None = None,
    first: int = 100,
) -> list[PaperRow]:
    """What is open and due by a moment, the longest due first."""
    when, id = after or ("-infinity", _LOWEST)
    given = {
        **reach.values(), "everything": reach.everything, "kind": kind, "until": until, "due": when, "id": id, "first": first,
    }  # fmt: skip
    return [PaperRow(*row) for row in connection.execute(_DUE, given)]


def slips(
    connection: Connection,
    reach: Reach,
    *,
    paper: UUID | None = None,
    number: str | None = None,
    warehouse: UUID | None = None,
    kind: str | None = None,
    year: int | None = None,
    after: tuple[str, UUID] | None = None,
    first: int = 100,
) -> list[SlipRow]:
    """Slips by number; each with what became of it."""
    after_number, after_series = after or ("", _LOWEST)
    given = {
        **reach.values(), "everything": reach.everything, "paper": paper, "number": number, "warehouse": warehouse, "kind": kind,
        "year": year, "after_number": after_number, "after_series": after_series, "first": first,
    }  # fmt: skip
    return [SlipRow(*row) for row in connection.execute(_SLIPS, given)]


def count_slips(
    connection: Connection,
    reach: Reach,
    *,
    paper: UUID | None = None,
    number: str | None = None,
    warehouse: UUID | None = None,
    kind: str | None = None,
    year: int | None = None,
    most: int = 10_000,
) -> int:
    """How many `slips` there are in all; counting stops at `most`."""
    given = {
        **reach.values(), "everything": reach.everything, "paper": paper, "number": number, "warehouse": warehouse, "kind": kind,
        "year": year, "most": most,
    }  # fmt: skip
    return _counted(connection, _COUNT_SLIPS, given)


def _wanted(kind: str | None, state: str | None, open_only: bool, body: UUID | None) -> list[str]:
    """What a paper must be to be read and listed."""
    asked = (
        ("a.kind = %(kind)s", kind is not None),
        ("a.state = %(state)s", state is not None),
        ("NOT a.closed", open_only),
        ("a.parties @> ARRAY[%(body)s]", body is not None),
    )
    return [_OWN, *(condition for condition, given in asked if given)]


def _counted(connection: Connection, statement: str, given: dict[str, Any]) -> int:
    row = connection.execute(statement, given).fetchone()
    return int(row[0]) if row else 0
