"""Whose is what a label is on? All that a stranger is told; it needs no account, and says nothing of the thing.

owner(connection, label) -> OwnerRow | None     the body by its full name, how it is reached, and whether the books still know the thing
of_body(connection, body) -> OwnerRow | None    the same of a body itself
"""

from typing import LiteralString, NamedTuple
from uuid import UUID

from projections import organisations
from projections.feed import Connection
from projections.labels import LabelRow


class OwnerRow(NamedTuple):
    """The body (a division with the name of the one that answers for it), whom to ask, and where to bring it.

    `ended`: the thing was written off; it may be somebody else's by now.
    """

    body: UUID
    name: str
    contact: organisations.ContactRow | None
    ended: bool


_OF_ASSET: LiteralString = "SELECT holder, existence = 'written_off' FROM register.current WHERE asset = %s"
_OF_KIT: LiteralString = "SELECT giving, false FROM papers.paper WHERE id = %s AND giving IS NOT NULL"
_OF_PLACE: LiteralString = "SELECT owner, false FROM organisations.place WHERE id = %s"
_HOLDERS: dict[str | None, LiteralString] = {
    "asset": _OF_ASSET,
    "piece": _OF_ASSET,
    "kit": _OF_KIT,
    "place": _OF_PLACE,
}
"""Of anything else (a slip, a blank) the body that is printed on it."""
_NAMED: LiteralString = """
SELECT concat_ws(' ', CASE WHEN NOT starts_with(b.name, a.name) THEN a.name END, b.name)
    FROM organisations.body b LEFT JOIN organisations.body a ON a.id = b.accountable AND a.id <> b.id WHERE b.id = %s
"""


def owner(connection: Connection, label: LabelRow) -> OwnerRow | None:
    """Three short statements at most."""
    statement = _HOLDERS.get(label.kind)
    found = connection.execute(statement, (label.thing,)).fetchone() if statement is not None else None
    body, ended = found or (label.body, False)
    named = of_body(connection, body)
    return named._replace(ended=ended) if named else None


def of_body(connection: Connection, body: UUID) -> OwnerRow | None:
    """The body itself, as a label names it."""
    named = connection.execute(_NAMED, (body,)).fetchone()
    return OwnerRow(body, named[0], organisations.contact(connection, body), ended=False) if named else None
