"""Are the tables what the fold wrote? Every row is read back and counted again, and the sum compared with the digest kept all along."""

from collections.abc import Sequence
from typing import NamedTuple

from psycopg import IsolationLevel

from projections.lines import as_bytes
from projections.positions import positions
from projections.projection import Projection, use
from projections.store.connect import connect


class Verified(NamedTuple):
    """One projection's recount. `wrong` is empty when its rows are exactly what the fold wrote."""

    name: str
    position: int
    kept: str
    counted: str
    wrong: tuple[str, ...]


def verify(conninfo: str, projections: Sequence[Projection]) -> list[Verified]:
    """Recounts all rows of these projections, each at one moment, while they go on."""
    found = []
    with connect(conninfo, name="gongwu-verify", statement_timeout_s=0) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        for one in projections:
            with connection.transaction():
                use(connection, one.name)
                at = positions(connection, [one.name]).get(one.name)
                if at is None:
                    found.append(Verified(one.name, 0, "", "", ("not built yet",)))
                    continue
                counted, kept = as_bytes(one.recount(connection)), at.digest
                wrong = one.contradictions(connection)
                if counted != kept:
                    wrong.append(
                        f"{one.name}: the rows do not add up to the digest kept at position {at.position}"
                    )
                found.append(Verified(one.name, at.position, kept.hex(), counted.hex(), tuple(wrong)))
    return found
