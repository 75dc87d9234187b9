"""Which requests are there, and whose turn is it? Rows of the read model `papers`, with all that a request's own fold knows.

Queries (an open connection, a `Reach`); a request is read by the bodies it is the business of, and by who runs its warehouse:
    page(connection, reach, wanted, after=, first=)   the newest first, by (opened, id)
    count(connection, reach, wanted, most=)           how many `page` has in all
    one(connection, reach, id)
    deciding(connection, account)                     the bodies for which an account's approver role decides
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from domain.values import ROOT, Role
from projections.feed import Connection
from projections.papers import PaperRow
from projections.reach import Reach


class Wanted(NamedTuple):
    """Which requests. `body`: who asks; `waiting`: it is the turn of one of these; `undecided_by`: a person who may still decide."""

    body: UUID | None = None
    holder: UUID | None = None
    warehouse: UUID | None = None
    cart: UUID | None = None
    states: Sequence[str] | None = None
    open_only: bool = False
    waiting: Sequence[UUID] | None = None
    undecided_by: UUID | None = None


_ROW: LiteralString = ", ".join(f"a.{name}" for name in PaperRow._fields)
_FROM: LiteralString = """
    FROM papers.paper a
    WHERE a.kind = 'request' AND (%(everything)s OR a.parties && %(bodies)s::uuid[] OR (a.warehouse IS NOT NULL AND a.warehouse = ANY(
        ARRAY(SELECT p.id FROM organisations.place p WHERE p.id = p.warehouse AND p.operator = ANY(%(bodies)s::uuid[])))))
"""
_CONDITIONS: dict[str, LiteralString] = {
    "body": "a.receiving = %(body)s",
    "holder": "a.giving = %(holder)s",
    "warehouse": "a.warehouse = %(warehouse)s",
    "cart": "a.detail->>'cart' = %(cart)s::text",
    "states": "a.state = ANY(%(states)s)",
    "open_only": "NOT a.closed",
    "waiting": "a.waiting = ANY(%(waiting)s::uuid[]) AND a.state = 'submitted'",
    "undecided_by": (
        "NOT jsonb_exists((a.detail->'askers')::jsonb, %(undecided_by)s::text)"
        " AND NOT jsonb_exists((a.detail->'deciders')::jsonb, %(undecided_by)s::text)"
    ),
}
_DECIDING: LiteralString = """
SELECT r.body FROM organisations.role g JOIN organisations.reach r ON r.ancestor = g.scope
    WHERE g.account = %(account)s AND g.role = %(approver)s
UNION
SELECT b.id FROM organisations.body b JOIN organisations.role g ON g.scope = ANY(b.successors)
    WHERE g.account = %(account)s AND g.role = %(approver)s AND cardinality(b.successors) = 1
"""
_EVERYBODY: LiteralString = (
    "SELECT FROM organisations.role WHERE account = %(account)s AND role = %(approver)s AND scope = %(root)s"
)
_HIGHEST = UUID(int=2**128 - 1)


def page(
    connection: Connection,
    reach: Reach,
    wanted: Wanted,
    *,
    after: tuple[datetime, UUID] | None = None,
    first: int = 100,
) -> list[PaperRow]:
    """Requests, the newest first."""
    opened, id = after or ("infinity", _HIGHEST)
    given = {**_given(reach, wanted), "opened": opened, "id": id, "first": first}
    statement = (
        f"SELECT {_ROW} {_FROM} {_where(wanted)} AND (a.opened, a.id) < (%(opened)s::timestamptz, %(id)s)"
        " ORDER BY a.opened DESC, a.id DESC LIMIT %(first)s"
    )
    return [PaperRow(*row) for row in connection.execute(statement, given)]


def count(connection: Connection, reach: Reach, wanted: Wanted, *, most: int = 10_000) -> int:
    """How many there are; counting stops at `most`."""
    statement = f"SELECT count(*) FROM (SELECT {_FROM} {_where(wanted)} LIMIT %(most)s) AS found"
    row = connection.execute(statement, {**_given(reach, wanted), "most": most}).fetchone()
    return int(row[0]) if row else 0


def one(connection: Connection, reach: Reach, id: UUID) -> PaperRow | None:
    statement = f"SELECT {_ROW} {_FROM} AND a.id = %(id)s"
    row = connection.execute(statement, {**_given(reach, Wanted()), "id": id}).fetchone()
    return PaperRow(*row) if row else None


def deciding(connection: Connection, account: UUID) -> list[UUID] | None:
    """The bodies whose steps this account's approver role decides. `None`: all."""
    given = {"account": account, "approver": Role.APPROVER.value, "root": ROOT}
    if connection.execute(_EVERYBODY, given).fetchone() is not None:
        return None
    return [row[0] for row in connection.execute(_DECIDING, given)]


def _where(wanted: Wanted) -> LiteralString:
    asked: LiteralString = ""
    for name, condition in _CONDITIONS.items():
        value = getattr(wanted, name)
        if value is not None and value is not False:
            asked += " AND " + condition
    return asked


def _given(reach: Reach, wanted: Wanted) -> dict[str, Any]:
    asked = {
        name: list(value) if isinstance(value, tuple | list) else value
        for name, value in wanted._asdict().items()
    }
    return {**reach.values(), "everything": reach.everything, **asked}
