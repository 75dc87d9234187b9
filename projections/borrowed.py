"""What has a body borrowed, from whom, until when: its register of borrowed things (备查簿), on any date by what is known, or was then.

Queries (an open connection, a `Reach`; of a body, with its divisions):
    page(connection, reach, body, after=, first=, as_of=)   by (number, asset, loan)
    count(connection, reach, body, most=, as_of=)           how many lines; counting stops at `most`
Who may read the holder or the borrower reads the line: both keep a book of it.
"""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from projections.feed import Connection
from projections.reach import Reach
from projections.register import FOREVER, PAST, TODAY, AsOf


class BorrowedRow(NamedTuple):
    """So many of a thing are at a body on a loan, or on the way to it. `holder`: whose it is; `place`: where it belongs."""

    asset: UUID
    number: str
    name: str
    model: str
    unit: str
    holder: UUID
    place: UUID | None
    loan: UUID
    loan_number: str | None
    borrower: UUID
    quantity: int
    since: datetime
    due: datetime | None

    def overdue(self, now: datetime) -> bool:
        return self.due is not None and self.due <= now


_BORROWERS: LiteralString = "SELECT id FROM organisations.body WHERE id = %(body)s OR accountable = %(body)s"
# The papers name what a body ever borrowed; the register says what of it was out at that moment.
_LINES: LiteralString = """
    CROSS JOIN LATERAL json_array_elements(a.claims) AS c LEFT JOIN papers.paper p ON p.id = (c->>'paper')::uuid
    WHERE a.claims IS NOT NULL AND c->>'kind' = 'loan' AND (c->>'body')::uuid = ANY(%(borrowers)s::uuid[])
        AND a.asset = ANY(ARRAY(
            SELECT DISTINCT l.asset FROM papers.paper q JOIN papers.line l ON l.paper = q.id
                WHERE q.kind = 'loan' AND q.parties && %(borrowers)s::uuid[] AND l.asset IS NOT NULL
        ))
        AND (%(everything)s OR a.holder = ANY(%(bodies)s::uuid[]) OR (c->>'body')::uuid = ANY(%(bodies)s::uuid[]))
"""
_SHOWN: LiteralString = (
    "a.asset, a.number, a.name, a.model, a.unit, a.holder, a.place, (c->>'paper')::uuid AS loan, p.number AS loan_number,"
    " (c->>'body')::uuid AS borrower, (c->>'quantity')::int AS quantity,"
    " (c->>'start')::timestamptz AS since, (c->>'end')::timestamptz AS due"
)
_LOWEST = UUID(int=0)


def page(
    connection: Connection, reach: Reach, body: UUID, *, after: tuple[str, UUID, UUID] | None = None, first: int = 100,
    as_of: AsOf | None = None,
) -> list[BorrowedRow]:  # fmt: skip
    """What the body has (or had then), by number, beyond a key."""
    number, asset, loan = after or ("", _LOWEST, _LOWEST)
    given = {
        **_given(connection, reach, body, as_of),
        "number": number,
        "asset": asset,
        "loan": loan,
        "first": first,
    }
    statement = (
        f"SELECT {_SHOWN} FROM {_source(as_of)}{_LINES}"
        " AND (a.number, a.asset, (c->>'paper')::uuid) > (%(number)s, %(asset)s, %(loan)s)"
        " ORDER BY a.number, a.asset, loan LIMIT %(first)s"
    )
    return [BorrowedRow(*row) for row in connection.execute(statement, given)]


def count(
    connection: Connection, reach: Reach, body: UUID, *, most: int = 10_000, as_of: AsOf | None = None
) -> int:
    """How many lines `page` has in all."""
    statement = f"SELECT count(*) FROM (SELECT FROM {_source(as_of)}{_LINES} LIMIT %(most)s) AS found"
    row = connection.execute(statement, {**_given(connection, reach, body, as_of), "most": most}).fetchone()
    return int(row[0]) if row else 0


def _source(as_of: AsOf | None) -> LiteralString:
    return TODAY if as_of is None else PAST


def _given(connection: Connection, reach: Reach, body: UUID, as_of: AsOf | None) -> dict[str, object]:
    moment = as_of or AsOf()
    borrowers = [row[0] for row in connection.execute(_BORROWERS, {"body": body})]
    return {
        **reach.values(), "everything": reach.everything, "borrowers": borrowers, "true": moment.true_at or "infinity",
        "known": FOREVER if moment.known_at is None else moment.known_at,
    }  # fmt: skip
