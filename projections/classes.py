"""How many of a class are free, where, and what comes free when? And which classes are there at all?

Things without a claim in the window, and those with just one, are summed by the database; for the others the domain's function is
asked, one by one. So the answer is the sum of what `domain.availability.free` says of each thing, whoever asks.

Queries (an open connection, a `Reach`; `now` is always given):
    free_of_class(connection, reach, code, window, now, scheme=, edition=)   [FreeAt]: where, how many of how many
    comes_free(connection, reach, code, window, now, ...)                    [Free]: how many are free from when on, over a long time
    classes(connection, reach, now, code=, after=, first=)                   [ClassRow]: by code
    count_classes(connection, reach, now, code=, most=)
    free_of_classes(connection, reach, keys, window, now)                    {(code, edition, scheme): how many}
    candidates(connection, wanted, now)                                      listed assets that may serve a wish, best first
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.availability import Claim, Free, Wanted, steps
from domain.availability import free as free_of
from domain.refusals import TooMany
from domain.values import Window
from projections.availability import CLAIM_COLUMNS, ClaimRow
from projections.feed import Connection
from projections.reach import MAY_READ, OFFERED, Reach

MOST_CLAIMS = 20_000
"""What comes free when is asked of so many claims at most: more are asked for a shorter time."""
SPARE = 50
"""So many candidates more than were asked for: some may have been taken meanwhile."""

ClassKey = tuple[str, str, str]
"""Code, edition, scheme: a code means nothing without the other two."""


class FreeAt(NamedTuple):
    """So many are free in the window at one place. `assets`: how many cards that are; `usable`: in usable condition."""

    place: UUID | None
    place_name: str | None
    warehouse: UUID | None
    holder: UUID
    assets: int
    usable: int
    free: int


class ClassRow(NamedTuple):
    """A class of which something usable is there. `offered`: how many of them are listed in the pool."""

    code: str
    edition: str
    scheme: str
    assets: int
    usable: int
    offered: int


_CLASS: LiteralString = "{0}.class_code >= %(code)s AND {0}.class_code < %(code_end)s"
_THESE: LiteralString = "{0}.class_code = ANY(%(codes)s)"
_IN_THE_WAY: LiteralString = """(
    SELECT c.asset, c.quantity FROM availability.claim c WHERE tstzrange(c.start, c.ready) && tstzrange(%(start)s, %(end)s)
        AND (c.lapses IS NULL OR c.lapses > %(now)s) AND (c.until IS NULL OR c.until > %(now)s) AND {claim}
    UNION ALL
    SELECT c.asset, c.quantity FROM availability.claim c
        WHERE c.kind = 'loan' AND c.until <= %(now)s AND c.start < %(end)s AND {claim}
)"""
_FREE: LiteralString = (
    "SELECT {by}, count(*), sum(a.usable), sum(a.usable - coalesce(t.quantity, 0)) FILTER (WHERE coalesce(t.claims, 0) < 2),"
    " array_agg(a.asset) FILTER (WHERE t.claims > 1), array_agg(a.usable) FILTER (WHERE t.claims > 1)"
    " FROM availability.stock a"
    " LEFT JOIN (SELECT asset, count(*)::int AS claims, sum(quantity)::int AS quantity FROM {taken} AS found GROUP BY asset) AS t"
    " ON t.asset = a.asset WHERE a.usable > 0 AND {stock}"
    " AND (%(scheme)s::text IS NULL OR a.class_scheme = %(scheme)s) AND (%(edition)s::text IS NULL OR a.class_edition = %(edition)s)"
    f" AND (%(everything)s OR {MAY_READ}) GROUP BY {{by}}"
)


def _free_statement(by: LiteralString, which: LiteralString) -> LiteralString:
    taken = _IN_THE_WAY.replace("{claim}", which.replace("{0}", "c"))
    return _FREE.replace("{by}", by).replace("{taken}", taken).replace("{stock}", which.replace("{0}", "a"))


_BY_PLACE = (
    f"SELECT f.place, p.name, p.warehouse, f.holder, f.n, f.usable, f.free, f.assets, f.counts"
    f" FROM ({_free_statement('a.place, a.holder', _CLASS)}) AS f (place, holder, n, usable, free, assets, counts)"
    f" LEFT JOIN organisations.place p ON p.id = f.place ORDER BY p.name, f.place, f.holder"
)
_BY_CLASS = _free_statement("a.class_code, a.class_edition, a.class_scheme", _THESE)
_CLAIMS_IN_WINDOW: LiteralString = (
    f"SELECT {CLAIM_COLUMNS} FROM availability.claim c WHERE c.asset = ANY(%(assets)s) AND c.start < %(end)s"
    " AND (c.ready IS NULL OR c.ready > %(start)s OR (c.kind = 'loan' AND c.until <= %(now)s))"
)
_LISTED: LiteralString = (
    "FROM availability.stock a WHERE a.usable > 0 AND a.class_code >= %(code)s AND a.class_code < %(code_end)s"
    f" AND (%(everything)s OR {MAY_READ})"
)
_CLASSES: LiteralString = (
    "SELECT a.class_code, a.class_edition, a.class_scheme, count(*), sum(a.usable),"
    f" coalesce(sum(a.usable) FILTER (WHERE {OFFERED}), 0) {_LISTED}"
    " AND (a.class_code, a.class_edition, a.class_scheme) > (%(after_code)s, %(after_edition)s, %(after_scheme)s)"
    " GROUP BY a.class_code, a.class_edition, a.class_scheme ORDER BY 1, 2, 3 LIMIT %(first)s"
)
_COUNT_CLASSES: LiteralString = (
    "SELECT count(*) FROM (SELECT a.class_code, a.class_edition, a.class_scheme"
    f" {_LISTED} GROUP BY 1, 2, 3 LIMIT %(most)s) AS found"
)
_TOTAL: LiteralString = f"SELECT coalesce(sum(a.usable), 0) {_LISTED} AND (%(scheme)s::text IS NULL OR a.class_scheme = %(scheme)s)"
_CLAIMS_OF_CLASS: LiteralString = (
    f"SELECT {CLAIM_COLUMNS} FROM availability.claim c JOIN availability.stock a ON a.asset = c.asset"
    " WHERE a.usable > 0 AND c.class_code >= %(code)s AND c.class_code < %(code_end)s AND c.start < %(end)s"
    " AND (c.ready IS NULL OR c.ready > %(start)s OR (c.kind = 'loan' AND c.until <= %(now)s))"
    " AND (%(scheme)s::text IS NULL OR a.class_scheme = %(scheme)s)"
    f" AND (%(everything)s OR {MAY_READ}) LIMIT %(most)s"
)
_CANDIDATES: LiteralString = """
SELECT a.asset FROM availability.stock a LEFT JOIN organisations.place p ON p.id = a.place
    WHERE a.usable > 0 AND a.class_code >= %(code)s AND a.class_code < %(code_end)s
        AND (%(scheme)s = '' OR a.class_scheme = %(scheme)s) AND (%(edition)s = '' OR a.class_edition = %(edition)s)
        AND a.listing IS NOT NULL AND (a.listed_until IS NULL OR a.listed_until > %(now)s)
        AND (%(warehouse)s::uuid IS NULL OR p.warehouse = %(warehouse)s)
        AND (%(holder)s::uuid IS NULL OR (a.holder = %(holder)s AND p.id IS NULL))
    ORDER BY (
        SELECT 1000 * count(*) FILTER (
            WHERE c.start < %(end)s AND (c.ready IS NULL OR c.ready > %(start)s OR (c.kind = 'loan' AND c.until <= %(now)s))
        ) - count(*)
            FROM availability.claim c WHERE c.asset = a.asset AND (c.lapses IS NULL OR c.lapses > %(now)s)
    ), a.quantity, a.asset LIMIT %(most)s
"""


def free_of_class(
    connection: Connection, reach: Reach, code: str, window: Window, now: datetime, *,
    scheme: str | None = None, edition: str | None = None,
) -> list[FreeAt]:  # fmt: skip
    """How many of a class (or of all classes whose code begins so) are free in the window, by place and holder."""
    given = {**_asked(reach, code, now, scheme, edition), "start": window.start, "end": window.end}
    rows = connection.execute(_BY_PLACE, given).fetchall()
    claimed = _claims_in(connection, window, now, (asset for row in rows for asset in row[7] or ()))
    return [
        FreeAt(place, name, warehouse, holder, cards, usable, _sum(summed, assets, counts, claimed, window))
        for place, name, warehouse, holder, cards, usable, summed, assets, counts in rows
    ]


def comes_free(
    connection: Connection, reach: Reach, code: str, window: Window, now: datetime, *, scheme: str | None = None
) -> list[Free]:
    """How many of a class are free at each moment, as steps: what comes free when. Raises `TooMany` claims in a long window."""
    given = {**_asked(reach, code, now, scheme, None), "start": window.start, "end": window.end, "most": MOST_CLAIMS + 1}
    total = connection.execute(_TOTAL, given).fetchone()
    rows = connection.execute(_CLAIMS_OF_CLASS, given).fetchall()
    if len(rows) > MOST_CLAIMS:
        raise TooMany("window", most=MOST_CLAIMS)
    claims = (ClaimRow(*row).claim(now) for row in rows)
    return steps(int(total[0]) if total else 0, (one for one in claims if one is not None), window)


def classes(
    connection: Connection, reach: Reach, now: datetime, *, code: str = "", after: ClassKey | None = None, first: int = 50
) -> list[ClassRow]:  # fmt: skip
    """The classes of which something usable may be read, by code."""
    last_code, last_edition, last_scheme = after or ("", "", "")
    given = {
        **_asked(reach, code, now, None, None), "first": first,
        "after_code": last_code, "after_edition": last_edition, "after_scheme": last_scheme,
    }  # fmt: skip
    return [ClassRow(*row) for row in connection.execute(_CLASSES, given)]


def count_classes(connection: Connection, reach: Reach, now: datetime, *, code: str = "", most: int = 10_000) -> int:
    """How many `classes` has in all; counting stops at `most`."""
    row = connection.execute(_COUNT_CLASSES, {**_asked(reach, code, now, None, None), "most": most}).fetchone()
    return int(row[0]) if row else 0


def free_of_classes(
    connection: Connection, reach: Reach, keys: Sequence[ClassKey], window: Window, now: datetime
) -> dict[ClassKey, int]:
    """How many of each of these classes are free in the window, wherever they may be read."""
    given = {
        **_asked(reach, "", now, None, None), "codes": [key[0] for key in keys], "start": window.start, "end": window.end,
    }  # fmt: skip
    rows = connection.execute(_BY_CLASS, given).fetchall()
    claimed = _claims_in(connection, window, now, (asset for row in rows for asset in row[6] or ()))
    found = {(row[0], row[1], row[2]): _sum(row[5], row[6], row[7], claimed, window) for row in rows}
    return {key: found.get(key, 0) for key in keys}


def candidates(connection: Connection, wanted: Wanted, now: datetime) -> list[UUID]:
    """Listed assets of a class that may serve a wish: the least claimed in the window first, and of those the busiest at other times,
    so that long free stretches stay whole.
    """
    given = {
        **_code(wanted.class_code), "scheme": wanted.scheme, "edition": wanted.edition, "now": now,
        "warehouse": wanted.warehouse, "holder": wanted.holder, "start": wanted.window.start, "end": wanted.window.end,
        "most": wanted.quantity + SPARE,
    }  # fmt: skip
    return [row[0] for row in connection.execute(_CANDIDATES, given)]


def _sum(
    summed: int | None, assets: Sequence[UUID] | None, counts: Sequence[int] | None, claimed: dict[UUID, list[Claim]], window: Window
) -> int:  # fmt: skip
    asked = (free_of(count, claimed[asset], window) for asset, count in zip(assets or (), counts or (), strict=True))
    return int(summed or 0) + sum(asked)


def _claims_in(
    connection: Connection, window: Window, now: datetime, assets: Iterable[UUID]
) -> dict[UUID, list[Claim]]:
    found: dict[UUID, list[Claim]] = defaultdict(list)
    wanted = list(assets)
    if wanted:
        given = {"assets": wanted, "start": window.start, "end": window.end, "now": now}
        for row in connection.execute(_CLAIMS_IN_WINDOW, given):
            claim = ClaimRow(*row).claim(now)
            if claim is not None:
                found[row[0]].append(claim)
    return found


def _asked(reach: Reach, code: str, now: datetime, scheme: str | None, edition: str | None) -> dict[str, object]:
    return {
        **reach.values(), **_code(code), "everything": reach.everything, "now": now, "scheme": scheme, "edition": edition,
    }  # fmt: skip


def _code(code: str) -> dict[str, str]:
    """A code, or the beginning of one, as a range: from itself to just before whatever no longer begins so."""
    return {"code": code, "code_end": code + "\U0010ffff"}
