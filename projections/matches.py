"""What is offered for a wish, by place and holder: free in its whole window, or coming free soon after its start.

Queries (an open connection):
    found(connection, wanted, soon, now)     the matches, most free first; who may read is not asked: what is listed everybody sees
"""

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from domain.availability import Match, Wanted, match
from projections.availability import claims_of
from projections.feed import Connection

_OFFERED: LiteralString = """
SELECT a.place, p.warehouse, a.holder, a.asset, a.usable, EXISTS (
        SELECT FROM availability.claim c WHERE c.asset = a.asset AND c.start < %(end)s
            AND (c.ready IS NULL OR c.ready > %(start)s OR (c.kind = 'loan' AND c.until <= %(now)s))
            AND (c.lapses IS NULL OR c.lapses > %(now)s)
    ) AS claimed
    FROM availability.stock a LEFT JOIN organisations.place p ON p.id = a.place
    WHERE a.usable > 0 AND a.class_code >= %(code)s AND a.class_code < %(code_end)s AND (%(scheme)s = '' OR a.class_scheme = %(scheme)s)
        AND (%(edition)s = '' OR a.class_edition = %(edition)s)
        AND a.listing IS NOT NULL AND (a.listed_until IS NULL OR a.listed_until > %(now)s)
"""
_BY_PLACE: LiteralString = f"""
SELECT place, warehouse, holder, coalesce(sum(usable) FILTER (WHERE NOT claimed), 0)::int,
    array_agg(asset) FILTER (WHERE claimed), array_agg(usable) FILTER (WHERE claimed)
    FROM ({_OFFERED}) AS found GROUP BY place, warehouse, holder
"""


def found(connection: Connection, wanted: Wanted, soon: timedelta, now: datetime) -> list[Match]:
    """The matches of a wish, most free first. Unclaimed goods are summed by the database; of the others the domain is asked."""
    given = {
        "code": wanted.class_code, "code_end": wanted.class_code + "\U0010ffff", "scheme": wanted.scheme,
        "edition": wanted.edition, "now": now, "start": wanted.window.start, "end": wanted.window.end,
    }  # fmt: skip
    rows = connection.execute(_BY_PLACE, given).fetchall()
    claims = claims_of(connection, [asset for row in rows for asset in row[4] or ()], wanted.window, now)
    made = []
    for place, warehouse, holder, unclaimed, assets, usable in rows:
        at = Match(holder=holder, free=unclaimed, place=place, warehouse=warehouse)
        for asset, stock in zip(assets or (), usable or (), strict=True):
            one = match(stock, claims.get(asset, ()), wanted.window, soon, at)
            at = at + one if one is not None else at
        if at.free or at.soon:
            made.append(at)
    return sorted(made, key=_best_first)


def _best_first(one: Match) -> tuple[int, int, UUID, str]:
    return -one.free, -one.soon, one.holder, str(one.place)
