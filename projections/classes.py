"""How many of a class are free, where, and what comes free when? And which classes are there at all?

The database adds up how much is there, by totals that the fold keeps, and takes away what things with just one claim in the window
are taken for; of the others the domain's function says how much is taken, one by one. So the answer is the sum of what
`domain.availability.free` says of each thing, whoever asks, and what it costs grows with the claims, not with the things of a class.

Queries (an open connection, a `Reach`; `now` is always given):
    free_of_class(connection, reach, code, window, now, scheme=, edition=)   [FreeAt]: where, how many of how many
    comes_free(connection, reach, code, window, now, ...)                    [Free]: how many are free from when on, over a long time
    classes(connection, reach, now, code=, after=, first=)                   [ClassRow]: by code
    count_classes(connection, reach, now, code=, most=)
    free_of_classes(connection, reach, keys, window, now)                    {(code, edition, scheme): how many}
    candidates(connection, wanted, now)                                      listed assets that may serve a wish, best first
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.availability import Free, Wanted, steps
from domain.availability import free as free_of
from domain.refusals import TooMany
from domain.values import Window
from projections.availability import CLAIM_COLUMNS, ClaimRow, claims_of
from projections.feed import Connection
from projections.reach import MAY_READ_TOTAL, OFFERED_IN_TOTAL, Reach

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
_EDITION: LiteralString = (
    "(%(scheme)s::text IS NULL OR a.class_scheme = %(scheme)s)"
    " AND (%(edition)s::text IS NULL OR a.class_edition = %(edition)s)"
)
_READABLE: LiteralString = f"(%(everything)s OR {MAY_READ_TOTAL})"
_IN_THE_WAY: LiteralString = """(
    SELECT {columns} FROM (
        SELECT c.* FROM availability.claim c WHERE tstzrange(c.start, c.ready) && tstzrange(%(start)s, %(end)s)
            AND (c.lapses IS NULL OR c.lapses > %(now)s) AND (c.until IS NULL OR c.until > %(now)s) AND {which c}
        UNION ALL
        SELECT c.* FROM availability.claim c WHERE c.kind = 'loan' AND c.until <= %(now)s AND c.start < %(end)s AND {which c}
    ) AS c WHERE c.asset NOT IN (SELECT s.asset FROM availability.stock s WHERE s.usable = 0 AND {which s})
)"""
"""Of what cannot be lent nothing is free anyway: its claims take nothing away. Asked by NOT IN, because that is a look-up in a hash
table however many there turn out to be.
"""
_TAKEN: LiteralString = """
    SELECT total, sum(quantity) FILTER (WHERE claims = 1) AS quantity, string_agg(asset::text, ',') FILTER (WHERE claims > 1) AS several
    FROM (
        SELECT any_value(total) AS total, asset, count(*) AS claims, sum(quantity) AS quantity FROM {in_the_way} AS c GROUP BY asset
    ) AS one_by_one GROUP BY total
"""
_FREE: LiteralString = (
    "SELECT {by}, sum(a.assets)::int, sum(a.usable)::int, (sum(a.usable) - coalesce(sum(t.quantity), 0))::int, string_agg(t.several, ',')"
    " FROM availability.total a LEFT JOIN ({taken}) AS t ON t.total = a.id"
    f" WHERE {{stock}} AND {_EDITION} AND {_READABLE} GROUP BY {{by}}"
)


def _in_the_way(columns: LiteralString, which: LiteralString) -> LiteralString:
    claims, things = which.replace("{0}", "c"), which.replace("{0}", "s")
    return _IN_THE_WAY.replace("{columns}", columns).replace("{which c}", claims).replace("{which s}", things)


def _free_statement(by: LiteralString, which: LiteralString) -> LiteralString:
    """What is there, less what is taken; things with several claims in the window are named, for the domain to be asked."""
    taken = _TAKEN.replace("{in_the_way}", _in_the_way("c.total, c.asset, c.quantity", which))
    return _FREE.replace("{by}", by).replace("{taken}", taken).replace("{stock}", which.replace("{0}", "a"))


_BY_PLACE = (
    f"SELECT f.place, p.name, p.warehouse, f.holder, f.assets, f.usable, f.free, f.several"
    f" FROM ({_free_statement('a.place, a.holder', _CLASS)}) AS f (place, holder, assets, usable, free, several)"
    f" LEFT JOIN organisations.place p ON p.id = f.place ORDER BY p.name, f.place, f.holder"
)
_BY_CLASS = _free_statement("a.class_code, a.class_edition, a.class_scheme", _THESE)
_LISTED: LiteralString = f"FROM availability.total a WHERE a.class_code >= %(code)s AND a.class_code < %(code_end)s AND {_READABLE}"
_CLASSES: LiteralString = (
    "SELECT a.class_code, a.class_edition, a.class_scheme, sum(a.assets)::int, sum(a.usable)::int,"
    f" coalesce(sum(a.usable) FILTER (WHERE {OFFERED_IN_TOTAL}), 0)::int {_LISTED}"
    " AND (a.class_code, a.class_edition, a.class_scheme) > (%(after_code)s, %(after_edition)s, %(after_scheme)s)"
    " GROUP BY a.class_code, a.class_edition, a.class_scheme ORDER BY 1, 2, 3 LIMIT %(first)s"
)
_COUNT_CLASSES: LiteralString = (
    "SELECT count(*) FROM (SELECT a.class_code, a.class_edition, a.class_scheme"
    f" {_LISTED} GROUP BY 1, 2, 3 LIMIT %(most)s) AS found"
)
_USABLE: LiteralString = f"SELECT coalesce(sum(a.usable), 0)::int {_LISTED} AND {_EDITION}"
_CLAIMS_OF_CLASS: LiteralString = (
    f"SELECT c.* FROM {_in_the_way(f'{CLAIM_COLUMNS}, c.total', _CLASS)} AS c JOIN availability.total a ON a.id = c.total"
    f" WHERE {_EDITION} AND {_READABLE} LIMIT %(most)s"
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
    taken = _taken(connection, window, now, [row[-1] for row in rows])
    return [
        FreeAt(place, name, warehouse, holder, cards, usable, free + taken(several))
        for place, name, warehouse, holder, cards, usable, free, several in rows
    ]


def comes_free(
    connection: Connection,
    reach: Reach,
    code: str,
    window: Window,
    now: datetime,
    *,
    scheme: str | None = None,
) -> list[Free]:
    """How many of a class are free at each moment, as steps: what comes free when. Raises `TooMany` claims in a long window."""
    given = {
        **_asked(reach, code, now, scheme, None),
        "start": window.start,
        "end": window.end,
        "most": MOST_CLAIMS + 1,
    }
    usable = connection.execute(_USABLE, given).fetchone()
    rows = connection.execute(_CLAIMS_OF_CLASS, given).fetchall()
    if len(rows) > MOST_CLAIMS:
        raise TooMany("window", most=MOST_CLAIMS)
    claims = (ClaimRow(*row[:-1]).claim(now) for row in rows)
    return steps(usable[0] if usable else 0, (one for one in claims if one is not None), window)


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


def count_classes(
    connection: Connection, reach: Reach, now: datetime, *, code: str = "", most: int = 10_000
) -> int:
    """How many `classes` has in all; counting stops at `most`."""
    row = connection.execute(
        _COUNT_CLASSES, {**_asked(reach, code, now, None, None), "most": most}
    ).fetchone()
    return int(row[0]) if row else 0


def free_of_classes(
    connection: Connection, reach: Reach, keys: Sequence[ClassKey], window: Window, now: datetime
) -> dict[ClassKey, int]:
    """How many of each of these classes are free in the window, wherever they may be read."""
    given = {
        **_asked(reach, "", now, None, None), "codes": [key[0] for key in keys], "start": window.start, "end": window.end,
    }  # fmt: skip
    rows = connection.execute(_BY_CLASS, given).fetchall()
    taken = _taken(connection, window, now, [row[-1] for row in rows])
    found = {(row[0], row[1], row[2]): row[-2] + taken(row[-1]) for row in rows}
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


def _taken(
    connection: Connection, window: Window, now: datetime, several: Iterable[str | None]
) -> Callable[[str | None], int]:
    """What the domain says is free of nothing at all of things with several claims: how many of them are taken, as a negative number."""
    ids = [UUID(id) for named in several if named for id in named.split(",")]
    claims = claims_of(connection, ids, window, now)
    return lambda named: (
        sum(free_of(0, claims.get(UUID(id), ()), window) for id in named.split(",")) if named else 0
    )


def _asked(
    reach: Reach, code: str, now: datetime, scheme: str | None, edition: str | None
) -> dict[str, object]:
    return {
        **reach.values(), **_code(code), "everything": reach.everything, "now": now, "scheme": scheme, "edition": edition,
    }  # fmt: skip


def _code(code: str) -> dict[str, str]:
    """A code, or the beginning of one, as a range: from itself to just before whatever no longer begins so."""
    return {"code": code, "code_end": code + "\U0010ffff"}
