"""What is there, whose, where, in what state: today, and as it was on any day by what was known on any day.

Queries (all take an open connection and a `Reach`; rows are `Item`s):
    page(connection, reach, after=, first=, order=, backwards=, where=, values=, as_of=)   keyset order by number or by id
    count(connection, reach, where=, values=, most=, as_of=)                              capped
    one(connection, reach, asset, as_of=)
    by_number(connection, reach, number, issuer=)                                         any number anybody ever gave
    many(connection, reach, assets, as_of=)
`where`: conditions on the row `a` (see `COLUMNS`), `values`: their named parameters. `as_of`: `AsOf(true_at, known_at)`; either may
be left out. A `known_at` that is a time becomes a position by `feed.position_at`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, LiteralString, NamedTuple
from uuid import UUID

from projections.cards import CARD_COLUMNS, STATE_COLUMNS
from projections.feed import Connection
from projections.lines import compared
from projections.reach import MAY_READ_THERE, OFFERED, OUT, STORES, Reach

COLUMNS: tuple[LiteralString, ...] = (
    "asset", "number", "version", "updated", "since", *CARD_COLUMNS,
    *(column for column in STATE_COLUMNS if column not in ("number", "version")),
)  # fmt: skip

Order = Literal["number", "id"]
FOREVER = 2**63 - 1


class AsOf(NamedTuple):
    """A point on both clocks: true at a moment, by what was known at a log position. Left out: now, and all we know."""

    true_at: datetime | None = None
    known_at: int | None = None


class Item(NamedTuple):
    """An asset as lists and pages show it."""

    asset: UUID
    number: str
    version: int
    updated: int
    since: datetime
    name: str
    model: str
    serial: str
    kind: str
    unit: str
    class_scheme: str | None
    class_edition: str | None
    class_code: str | None
    class_unverified: bool
    original: Any
    accumulated: Any
    net: Any
    currency: str | None
    value_type: str | None
    funding: list[dict[str, str]] | None
    not_fixed_asset: bool
    acquired: str
    place_said: str
    use_said: str
    remark: str
    missing: list[str]
    source_file: str | None
    source_row: int | None
    giver: UUID | None
    existence: str
    quantity: int
    holder: UUID
    custody_kind: str
    custody_body: UUID
    custody_person: UUID | None
    custody_paper: UUID | None
    place: UUID | None
    condition: str
    title: str
    flags: list[str]
    listing: UUID | None
    listed_loan: bool
    listed_transfer: bool
    listed_until: datetime | None
    listed_in_place: bool
    listed_since: datetime | None
    confirm_by: datetime | None
    usable: int
    reserved: int
    lent: int
    lent_since: datetime | None
    due: datetime | None
    in_inspection: bool
    repair: UUID | None
    transfer: UUID | None
    disposal: UUID | None
    cases: list[str]
    merged_into: UUID | None
    late: bool
    claims: list[dict[str, Any]] | None
    place_name: str | None
    warehouse: UUID | None

    def overdue(self, now: datetime) -> bool:
        """Holds by time: nobody has to record it."""
        return self.due is not None and self.due <= now


VISIBLE: LiteralString = (
    "s.known_from <= %(known)s AND (s.known_to IS NULL OR s.known_to > %(known)s)"
    " AND s.true_from <= %(true)s::timestamptz"
    " AND (s.true_to IS NULL OR s.true_to > %(true)s::timestamptz OR s.ended_known > %(known)s)"
)
"""Which rows of `register.state` count at (true, known)."""


TEXT: LiteralString = (
    "a.asset IN (SELECT asset FROM register.card WHERE name ILIKE %(text)s"
    " UNION ALL SELECT thing FROM codes.code WHERE written = %(exact)s AND source = 'number')"
)
"""Anywhere in the name, or a number it ever had."""


def text_values(text: str) -> dict[str, object]:
    """The parameters of `TEXT`."""
    said = text.strip()
    literally = said[:200].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"text": f"%{literally}%", "exact": compared(said)}


def _columns(**elsewhere: LiteralString) -> LiteralString:
    """The columns of an item, from a state `s` and a card `c`."""
    names = (
        {"updated": "s.known_from", "since": "s.true_from"}
        | {name: f"c.{name}" for name in CARD_COLUMNS}
        | elsewhere
    )
    return ", ".join(f"{names.get(name, 's.' + name)} AS {name}" for name in COLUMNS)


TODAY: LiteralString = "register.current AS a"
# LIMIT 1 keeps the card a look-up per row shown. Joined freely, PostgreSQL takes it for a filter that drops nearly all rows, and sorts
# the whole register for the sake of one page.
_ONE_CARD: LiteralString = "CROSS JOIN LATERAL (SELECT * FROM register.card c WHERE c.asset = s.asset AND c.card = s.card LIMIT 1) AS c"
PAST: LiteralString = f"(SELECT {_columns()} FROM register.state s {_ONE_CARD} WHERE {VISIBLE}) AS a"
_NEWEST_FIRST: LiteralString = (
    "CROSS JOIN LATERAL (SELECT * FROM register.state s WHERE s.asset = k.asset"
    f" AND {VISIBLE} ORDER BY s.true_from DESC LIMIT 1) AS s"
)
PAST_IN_ORDER: LiteralString = (
    f"(SELECT {_columns(asset='k.asset', number='k.number')}"
    f" FROM register.current k {_NEWEST_FIRST} {_ONE_CARD}) AS a"
)
"""The same for a walk along all assets: one look per asset at its newest row, instead of at all it ever had."""
_PAST_STATES: LiteralString = (
    f"(SELECT s.*, s.known_from AS updated, s.true_from AS since FROM register.state s WHERE {VISIBLE}) AS a"
)
_PAST_BY_KEY: LiteralString = (
    f"CROSS JOIN LATERAL (SELECT {_columns()} FROM register.state s {_ONE_CARD}"
    " WHERE s.asset = kept.asset AND s.known_from = kept.updated AND s.true_from = kept.since) AS a"
)
NEWEST: LiteralString = (
    f"SELECT {_columns()} FROM register.state s JOIN register.card c ON c.asset = s.asset AND c.card = s.card"
    " WHERE s.known_to IS NULL AND s.true_to IS NULL"
)
"""What `register.current` must hold."""

_SHOWN: LiteralString = ", ".join([*(f"a.{name}" for name in COLUMNS), "p.name", "p.warehouse"])
_PLACED: LiteralString = " LEFT JOIN organisations.place p ON p.id = a.place"

NAMED: dict[str, LiteralString] = {
    "h.": " LEFT JOIN organisations.body h ON h.id = a.holder",
    "k.": " LEFT JOIN organisations.body k ON k.id = a.custody_body",
}


def page(
    connection: Connection,
    reach: Reach,
    *,
    after: tuple[str, UUID] | None = None,
    first: int = 100,
    order: Order = "number",
    backwards: bool = False,
    where: Sequence[LiteralString] = (),
    values: Mapping[str, object] | None = None,
    as_of: AsOf | None = None,
    now: datetime | None = None,
) -> list[Item]:
    """Items beyond a key (number, id), in order; `backwards`: those before it, nearest first. Ask for one more to know if there is more."""
    how = way_of(reach)
    statement = page_statement(
        _SHOWN, how, order, backwards, after is not None, tuple(where), as_of is not None
    )
    given = {
        **(values or {}), **reach.values(), **_moment(as_of), "now": _now(now, as_of), "first": first,
        "after_number": after[0] if after else None, "after_asset": after[1] if after else None,
    }  # fmt: skip
    return _items(connection, statement, given) if as_of is None else _kept(connection, statement, given)


def count(
    connection: Connection,
    reach: Reach,
    *,
    where: Sequence[LiteralString] = (),
    values: Mapping[str, object] | None = None,
    most: int = 10_000,
    as_of: AsOf | None = None,
    now: datetime | None = None,
) -> int:
    """How many there are, counted no further than `most`."""
    source, may_read = _source(as_of), "true" if reach.everything else MAY_READ_THERE
    statement = f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {_all(may_read, *where)} LIMIT %(most)s) AS found"
    given = {**(values or {}), **reach.values(), **_moment(as_of), "now": _now(now, as_of), "most": most}
    row = connection.execute(statement, given).fetchone()
    return int(row[0]) if row else 0


def many(
    connection: Connection,
    reach: Reach,
    assets: Sequence[UUID],
    *,
    as_of: AsOf | None = None,
    now: datetime | None = None,
) -> list[Item]:
    """Those of these assets that may be read, by number."""
    may_read = "true" if reach.everything else MAY_READ_THERE
    statement = f"SELECT {_SHOWN} FROM {_source(as_of)}{_PLACED} WHERE a.asset = ANY(%(assets)s) AND {may_read} ORDER BY a.number, a.asset"
    given = {**reach.values(), **_moment(as_of), "now": _now(now, as_of), "assets": list(assets)}
    return _items(connection, statement, given)


def one(
    connection: Connection,
    reach: Reach,
    asset: UUID,
    *,
    as_of: AsOf | None = None,
    now: datetime | None = None,
) -> Item | None:
    """One asset, if it may be read."""
    found = many(connection, reach, [asset], as_of=as_of, now=now)
    return found[0] if found else None


def by_number(
    connection: Connection, reach: Reach, number: str, *, issuer: str | None = None, as_of: AsOf | None = None
) -> list[Item]:
    """The assets that ever had this number, in capitals or not: our own (issuer ''), or an alias of any issuer."""
    may_read = "true" if reach.everything else MAY_READ_THERE
    statement = (
        f"SELECT {_SHOWN} FROM {_source(as_of)}{_PLACED} WHERE a.asset = ANY(ARRAY("
        "SELECT thing FROM codes.code WHERE written = %(number)s AND source = 'number'"
        " AND (%(issuer)s::text IS NULL OR issuer = %(issuer)s)"
        f")) AND {may_read} ORDER BY a.number, a.asset LIMIT 100"
    )
    given = {**reach.values(), **_moment(as_of), "now": _now(None, as_of), "issuer": issuer}
    return _items(connection, statement, given | {"number": compared(number)})


class NumberRow(NamedTuple):
    """A number somebody gave an asset."""

    asset: UUID
    issuer: str
    number: str
    since: datetime | None


def numbers(connection: Connection, assets: Sequence[UUID]) -> list[NumberRow]:
    """All numbers of assets that were read by one of the queries above."""
    statement: LiteralString = (
        "SELECT thing, issuer, said, since FROM codes.code WHERE thing = ANY(%s) AND source = 'number'"
        " ORDER BY thing, since NULLS FIRST, issuer, said"
    )
    return [NumberRow(*row) for row in connection.execute(statement, (list(assets),))]


def _items(connection: Connection, statement: str, given: Mapping[str, object]) -> list[Item]:
    with connection.cursor(binary=True) as cursor:
        return list(map(Item._make, cursor.execute(statement, given)))


def _kept(connection: Connection, statement: str, given: Mapping[str, object]) -> list[Item]:
    """By a plan that is kept: PostgreSQL would plan a page of the past anew each time, which takes longer than to run it."""
    with connection.pipeline(), connection.transaction():
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor = connection.cursor(binary=True).execute(statement, given)
    return list(map(Item._make, cursor))


def _source(as_of: AsOf | None) -> str:
    return TODAY if as_of is None else PAST


def _moment(as_of: AsOf | None) -> dict[str, object]:
    if as_of is None:
        return {}
    known = FOREVER if as_of.known_at is None else as_of.known_at
    return {"true": as_of.true_at or "infinity", "known": known}


def _now(now: datetime | None, as_of: AsOf | None) -> datetime | None:
    return as_of.true_at if as_of and as_of.true_at else now


def _all(*conditions: str) -> str:
    return " AND ".join(f"({one})" for one in conditions)


def slice_statement(
    shown: str, how: "Way", backwards: bool, after: bool, before: bool, where: tuple[str, ...], past: bool
) -> str:
    """A page whose ends are the parameters `after_0, after_1` and `before_0, before_1` (number, asset) and whose size is `first`."""
    near, far = ("before", "after") if backwards else ("after", "before")
    if {"after": after, "before": before}[far]:
        beyond = ">" if far == "after" else "<"
        where = (*where, f"(a.number, a.asset) {beyond} (%({far}_0)s, %({far}_1)s::uuid)")
    text = page_statement(
        shown, how, "number", backwards, {"after": after, "before": before}[near], where, past
    )
    return text.replace("%(after_number)s", f"%({near}_0)s").replace("%(after_asset)s", f"%({near}_1)s::uuid")


Way = Literal["everything", "small", "wide"]


def way_of(reach: Reach) -> Way:
    """How a page is read for this reach."""
    return "everything" if reach.everything else "small" if reach.small else "wide"


@lru_cache(maxsize=1024)
def page_statement(
    shown: str, how: Way, order: Order, backwards: bool, bounded: bool, where: tuple[str, ...], past: bool
) -> str:
    """The SELECT of one page: `shown` are columns of the row `a`, of its place `p`, its holder `h` or its custody's body `k`."""
    named = _PLACED + "".join(join for name, join in NAMED.items() if name in shown)
    source: str = PAST_IN_ORDER if past else TODAY
    key = "a.asset" if order == "id" else "a.number, a.asset"
    way, beyond = ("DESC", "<") if backwards else ("ASC", ">")
    ordered = ", ".join(f"{part} {way}" for part in key.split(", "))
    bound = "%(after_asset)s" if order == "id" else "%(after_number)s, %(after_asset)s"
    wanted = _all(f"({key}) {beyond} ({bound})" if bounded else "true", *where)
    if how != "small":
        may_read = MAY_READ_THERE if how == "wide" else "true"
        return (
            f"SELECT {shown} FROM (SELECT a.* FROM {source} WHERE {wanted} AND {may_read} ORDER BY {ordered} LIMIT %(first)s) AS a"
            f"{named} ORDER BY {ordered}"
        )
    return _small(shown, named, order, ordered, wanted, past=past)


def _small(shown: str, named: str, order: Order, ordered: str, wanted: str, *, past: bool) -> str:
    """Body by body along an index, only the keys; then the rows of those that make the page.

    What one's own bodies hold is looked at first: nobody else's things behind the last of these can be on the page, and an offer or a
    loan of the past that is nobody's own is looked for no further.
    """
    source: str = PAST if any(f"a.{name}" in wanted for name in CARD_COLUMNS) else _PAST_STATES
    if not past:
        source = TODAY
    first = f"ORDER BY {ordered} LIMIT %(first)s"
    near = f"{wanted} AND {_not_behind(order, backwards=ordered.endswith('DESC'))} {first}"
    mine = "ANY(%(bodies)s::uuid[])"
    held = f"a.holder = r.body AND {wanted} {first}"
    kept = f"a.custody_body = r.body AND a.custody_body <> a.holder AND NOT a.holder = {mine} AND {near}"
    strange = f"NOT a.holder = {mine} AND NOT a.custody_body = {mine}"
    offered = f"{OFFERED} AND {strange} AND {near}"
    away = f"{OUT} AND a.place = s.place AND NOT {OFFERED} AND {strange} AND {near}"
    key = "a.asset, a.number, a.updated, a.since"
    arms = [
        "SELECT * FROM held",
        f"SELECT f.* FROM reach r CROSS JOIN LATERAL (SELECT {key} FROM {source} WHERE {kept}) AS f",
        f"SELECT f.* FROM (SELECT {key} FROM {source} WHERE {offered}) AS f",
        f"SELECT f.* FROM ({STORES}) AS s (place) CROSS JOIN LATERAL (SELECT {key} FROM {source} WHERE {away}) AS f",
    ]
    union = " UNION ALL ".join(f"({arm})" for arm in arms)
    rows = _PAST_BY_KEY if past else "JOIN register.current a ON a.asset = kept.asset"
    return (
        "WITH reach (body) AS (SELECT DISTINCT unnest(%(bodies)s::uuid[])), held AS (SELECT a.* FROM reach r"
        f" CROSS JOIN LATERAL (SELECT {key} FROM {source} WHERE {held}) AS a {first}),"
        f" last AS (SELECT a.number, a.asset FROM held AS a ORDER BY {ordered} OFFSET greatest(%(first)s - 1, 0) LIMIT 1) SELECT {shown}"
        f" FROM (SELECT * FROM ({union}) AS a {first}) AS kept {rows}{named} ORDER BY {ordered}"
    )


def _not_behind(order: Order, *, backwards: bool) -> str:
    """Not behind the last of `last`, which is empty if one's own do not fill the page: then, not behind anything."""
    beyond, number, asset = (
        (">=", "''", UUID(int=0)) if backwards else ("<=", "chr(1114111)", UUID(int=(1 << 128) - 1))
    )
    last_asset = f"coalesce((SELECT asset FROM last), '{asset}')"
    if order == "id":
        return f"a.asset {beyond} {last_asset}"
    return f"(a.number, a.asset) {beyond} (coalesce((SELECT number FROM last), {number}), {last_asset})"
