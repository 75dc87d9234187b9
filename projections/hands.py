"""How many things are in a body's hands, or at a place, and which does a person have as custodian? Found by the read models, decided
by the domain (`domain.hands`, `close_account`).

The statement finds everything that might be (a few things more do no harm); whether it is, the domain's own function says, on the
thing's own facts. Whoever asks has waited until the read models have come to the end of the log (docs/decisions/0006).
"""

from typing import LiteralString
from uuid import UUID

from domain.aggregate import Root
from domain.asset import Asset
from domain.hands import hands_on
from domain.place import Place
from projections.feed import Connection, read_streams, readable

NEEDED = ("register", "availability", "organisations")
"""The read models that must have come to the end of the log."""
ENOUGH = 1000
"""Counted no further: a file with so much in hand stays open, whatever the exact number."""
CHUNK = 250

_PERHAPS: LiteralString = """
SELECT 'place' AS kind, id FROM organisations.place WHERE (operator = %(id)s OR owner = %(id)s) AND NOT closed
UNION
SELECT 'asset', asset FROM register.current WHERE holder = %(id)s OR custody_body = %(id)s OR place = %(id)s
UNION
SELECT 'asset', asset FROM availability.claim WHERE body = %(id)s
UNION
SELECT 'asset', asset FROM availability.stock WHERE custody_body = %(id)s
"""
_CUSTODIAN: LiteralString = """
WITH body AS (SELECT id FROM organisations.body WHERE accountable = %(body)s)
SELECT asset FROM register.current WHERE custody_person = %(person)s AND custody_kind = 'custodian' AND (
    holder = %(body)s OR custody_body <> holder AND custody_body IN (SELECT id FROM body)
) ORDER BY number, asset LIMIT %(most)s
"""
_LAST = 2**62


def count(connection: Connection, id: UUID) -> int:
    """How many; at most `ENOUGH` are counted."""
    perhaps = connection.execute(_PERHAPS, {"id": id}).fetchall()
    found = 0
    for kind in (Place, Asset):
        ids = [one for name, one in perhaps if name == kind.KIND]
        for at in range(0, len(ids), CHUNK):
            streams = read_streams(connection, ids[at : at + CHUNK], _LAST)
            found += sum(id in _hands(kind.replay(one, readable(facts))) for one, facts in streams.items())
            if found >= ENOUGH:
                return ENOUGH
    return found


def in_custody(connection: Connection, person: UUID, body: UUID) -> list[UUID]:
    """What a person has as custodian at an accountable body and its divisions; at most `ENOUGH`."""
    given = {"person": person, "body": body, "most": ENOUGH}
    return [row[0] for row in connection.execute(_CUSTODIAN, given)]


def _hands(thing: Root) -> frozenset[UUID]:
    return hands_on(thing) if isinstance(thing, Asset | Place) else frozenset()
