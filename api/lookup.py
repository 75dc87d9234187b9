"""What people type for a body or a warehouse: an id, a code, or the exact name."""

from typing import LiteralString
from uuid import UUID

from domain.values import ROOT
from projections.feed import Connection

_BODY: LiteralString = (
    "SELECT id FROM organisations.body WHERE NOT closed AND (code = %(said)s OR name = %(said)s) LIMIT 2"
)
_PLACE: LiteralString = (
    "SELECT id FROM organisations.place"
    " WHERE NOT closed AND id = warehouse AND (code = %(said)s OR name = %(said)s) LIMIT 2"
)
_ANY_PLACE: LiteralString = (
    "SELECT p.id FROM organisations.place p JOIN organisations.place w ON w.id = p.warehouse WHERE NOT p.closed"
    " AND (p.code = %(said)s OR p.name = %(said)s OR concat_ws('/', w.code, p.code) = %(said)s) LIMIT 2"
)
"""A zone or a bin by itself where its code is the only one, else as WAREHOUSE/CODE."""


class Ambiguous(ValueError):
    """There is no such body or place, or several."""


def body_of(connection: Connection, said: str) -> UUID:
    """The body meant; `root` is the root body. Raises `Ambiguous`."""
    return _one(connection, said, (("organisations.body", _BODY),))


def scope_of(connection: Connection, said: str) -> UUID:
    """The body or warehouse meant. Raises `Ambiguous`."""
    return _one(connection, said, (("organisations.body", _BODY), ("organisations.place", _PLACE)))


def place_of(connection: Connection, said: str) -> UUID:
    """The warehouse, zone or bin meant. Raises `Ambiguous`."""
    return _one(connection, said, (("organisations.place", _ANY_PLACE),))


def _one(connection: Connection, said: str, asked: tuple[tuple[LiteralString, LiteralString], ...]) -> UUID:
    said = said.strip()
    if said.lower() == "root":
        return ROOT
    try:
        id = UUID(said)
    except ValueError:
        found = [row[0] for _, statement in asked for row in connection.execute(statement, {"said": said})]
    else:
        found = [
            id
            for table, _ in asked
            if connection.execute(f"SELECT FROM {table} WHERE id = %s", (id,)).fetchone() is not None
        ]
    if len(found) != 1:
        raise Ambiguous(
            f"there {'is nothing' if not found else 'are several'} called {said}: give an id, a code or the exact name"
        )
    return UUID(str(found[0]))
