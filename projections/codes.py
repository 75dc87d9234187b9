"""What has this code? Numbers, serials, codes of others, names of kits, codes of places: within what an account may read.

find(connection, reach, text, most=, now=) -> Found    whatever carries it, best match first; `more`: there are others
codes(connection, things)                              the codes of others on things that were read

Codes of others need not be unique. What the account may not read is left out before anything is counted, so an answer never tells
whether something else has the code.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.label_code import written
from projections.feed import Connection
from projections.lines import LONGEST
from projections.reach import MAY_READ, MAY_READ_THERE, Reach

MOST_LOOKED_AT = 20_000
"""A text that even more things carry (a serial that says "none") tells nothing; looking through them all would cost a second."""


class Match(NamedTuple):
    """Something that carries the text. `kind`: asset, kit or place; `source`: which code of it that is, and who gave it (`issuer`).

    `alive`: the books know it today; else it was written off, or has gone on as another card.
    """

    kind: str
    thing: UUID
    source: str
    issuer: str
    said: str
    since: datetime | None
    preferred: bool
    alive: bool


class Found(NamedTuple):
    """So many of them, and whether there are more."""

    matches: list[Match]
    more: bool


class CodeRow(NamedTuple):
    """A code of others on an asset."""

    thing: UUID
    kind: str
    code: str
    preferred: bool
    since: datetime | None


_CARRIERS: LiteralString = (
    "(SELECT * FROM codes.code WHERE written = %(text)s AND source <> 'name' LIMIT %(looked_at)s) AS c"
)
_BEST: LiteralString = "array_position(ARRAY['number', 'attached', 'serial'], c.source), c.n"
_ALIVE: LiteralString = "a.existence IN ('taken_over', 'registered', 'uncarded')"
_ASSETS: LiteralString = f"""
SELECT kind, asset, source, issuer, said, since, preferred, alive FROM (
    SELECT DISTINCT ON (a.asset) 'asset' AS kind, a.asset, c.source, c.issuer, c.said, c.since, c.preferred, a.number,
            {_ALIVE} AS alive
        FROM {_CARRIERS} JOIN register.current a ON a.asset = c.thing
        WHERE a.existence <> 'undone' AND (%(everything)s OR {MAY_READ_THERE}) ORDER BY a.asset, {_BEST}
) AS found ORDER BY alive DESC, array_position(ARRAY['number', 'attached', 'serial'], source), number, asset LIMIT %(most)s
"""
_KITS: LiteralString = f"""
SELECT 'kit', c.thing, 'name', '', c.said, NULL::timestamptz, false, true
    FROM (SELECT * FROM codes.code WHERE written = %(text)s AND source = 'name' LIMIT %(looked_at)s) AS c
    JOIN papers.paper p ON p.id = c.thing
    WHERE %(everything)s OR p.parties && %(bodies)s::uuid[] OR NOT EXISTS (
        SELECT FROM json_array_elements_text(p.detail->'members') AS m (asset) LEFT JOIN register.current a ON a.asset = m.asset::uuid
            WHERE {MAY_READ} IS NOT TRUE)
    ORDER BY c.thing LIMIT %(most)s
"""
_PLACES: LiteralString = (
    "SELECT 'place', p.id, 'place', w.code, p.code, NULL::timestamptz, false, true FROM organisations.place p"
    " JOIN organisations.place w ON w.id = p.warehouse WHERE p.code = %(text)s AND NOT p.closed ORDER BY w.code, p.id LIMIT %(most)s"
)


def find(connection: Connection, reach: Reach, text: str, *, most: int, now: datetime) -> Found:
    """Whatever carries this text; things before kits, kits before places."""
    wanted = written(text)
    if not wanted or len(wanted) > LONGEST or not wanted.isprintable():
        return Found([], more=False)
    given = {
        **reach.values(), "everything": reach.everything, "now": now, "text": wanted, "looked_at": MOST_LOOKED_AT, "most": most + 1,
    }  # fmt: skip
    found: list[Match] = []
    for statement in (_ASSETS, _KITS, _PLACES):
        found += map(Match._make, connection.execute(statement, given))
    return Found(found[:most], len(found) > most)


def codes(connection: Connection, things: Sequence[UUID]) -> list[CodeRow]:
    """The codes of others on things that were read: the preferred one first."""
    statement: LiteralString = (
        "SELECT thing, issuer, said, preferred, since FROM codes.code WHERE thing = ANY(%s) AND source = 'attached'"
        " ORDER BY thing, preferred DESC, n"
    )
    return [CodeRow(*row) for row in connection.execute(statement, (list(things),))]
