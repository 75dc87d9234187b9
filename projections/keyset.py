"""Pages by key: where a page starts is the sort key of a row, never a count of rows to skip.

So page one thousand costs what page one costs, and rows that come and go in between shift nothing. The
statement is put together once per shape (columns, filters present, order, direction) and remembered;
everything that comes from outside is a parameter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, LiteralString

from psycopg import sql

KeyType = Literal["text", "bigint", "uuid", "date", "timestamptz"]


@dataclass(frozen=True, slots=True)
class Key:
    """One part of a sort key. The expression must never be null; the last key of an order must be unique."""

    sql: LiteralString
    type: KeyType
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Arm:
    """One way into a list that is read along several indexes at once.

    With `each`, a FROM item such as `(SELECT unnest(%(bodies)s::uuid[]) AS body) AS r`, once per row of it.
    """

    condition: LiteralString
    each: LiteralString | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What a list reads: a FROM item under an alias, and the condition that always holds.

    `joins` decorate the rows of the page only, after it was cut. `arms`, together, must find exactly what
    `always` says, each row once; they are used for pages, `always` for counts and single rows.
    """

    table: LiteralString
    always: LiteralString = "true"
    joins: LiteralString = ""
    arms: tuple[Arm, ...] = ()
    alias: LiteralString = "a"


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of the ordered rows: from the front or from the back, after or before a key, at most `size` rows."""

    size: int
    backwards: bool = False
    after: tuple[str, ...] | None = None
    before: tuple[str, ...] | None = None


@lru_cache(maxsize=2048)
def statement(
    source: Source,
    columns: tuple[LiteralString, ...],
    filters: tuple[LiteralString, ...],
    order: tuple[Key, ...],
    size: int,
    backwards: bool,
    bounded: tuple[bool, bool],
) -> str:
    """The SELECT of one slice: the columns, then the key as text.

    `bounded` tells whether the slice has an `after` and a `before`.
    """
    wanted: list[sql.Composable] = [sql.SQL(one) for one in filters]
    wanted += [
        _beyond(order, name) for name, given in zip(("after", "before"), bounded, strict=True) if given
    ]
    ordered = sql.SQL(" ORDER BY {}").format(
        sql.SQL(", ").join(sql.SQL(f"{key.sql} {_direction(key, backwards)}") for key in order)
    )
    cut = sql.SQL("{} LIMIT {}").format(ordered, sql.Literal(size))
    select = sql.SQL("SELECT {} FROM ").format(
        sql.SQL(", ").join([*map(sql.SQL, columns), *(sql.SQL(f"({key.sql})::text") for key in order)])
    )
    if not source.arms and not source.joins:
        made = sql.SQL("{}{}{}{}").format(select, sql.SQL(source.table), _where(source.always, wanted), cut)
    else:
        inner = _arms(source, wanted, cut) if source.arms else _rows(source, source.always, wanted, cut)
        made = sql.SQL("{}({}) AS {} {}{}").format(
            select, inner, sql.SQL(source.alias), sql.SQL(source.joins), ordered
        )
    return made.as_string(None)


@lru_cache(maxsize=512)
def count_statement(source: Source, filters: tuple[LiteralString, ...], most: int) -> str:
    """Counts the rows of a list, but no further than `most`: the exact number of a million is not cheap."""
    wanted = list(map(sql.SQL, filters))
    return (
        sql.SQL("SELECT count(*) FROM (SELECT 1 FROM {}{} LIMIT {}) AS found")
        .format(sql.SQL(source.table), _where(source.always, wanted), sql.Literal(most))
        .as_string(None)
    )


@lru_cache(maxsize=512)
def single_statement(
    source: Source, columns: tuple[LiteralString, ...], filters: tuple[LiteralString, ...]
) -> str:
    """The SELECT of at most one row."""
    rows = _rows(source, source.always, list(map(sql.SQL, filters)), sql.SQL(" LIMIT 1"))
    shown = sql.SQL(", ").join(map(sql.SQL, columns or ("1",)))
    return (
        sql.SQL("SELECT {} FROM ({}) AS {} {}")
        .format(shown, rows, sql.SQL(source.alias), sql.SQL(source.joins))
        .as_string(None)
    )


def values(stretch: Slice, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a slice's statement."""
    found = dict(given)
    for name, key in (("after", stretch.after), ("before", stretch.before)):
        found.update({f"{name}_{at}": value for at, value in enumerate(key or ())})
    return found


def _where(first: LiteralString, wanted: Sequence[sql.Composable]) -> sql.Composable:
    each = [sql.SQL("({})").format(one) for one in (sql.SQL(first), *wanted)]
    return sql.SQL(" WHERE {}").format(sql.SQL(" AND ").join(each))


def _rows(
    source: Source, first: LiteralString, wanted: Sequence[sql.Composable], cut: sql.Composable
) -> sql.Composable:
    return sql.SQL("SELECT {}.* FROM {}{}{}").format(
        sql.SQL(source.alias), sql.SQL(source.table), _where(first, wanted), cut
    )


def _arms(source: Source, wanted: Sequence[sql.Composable], cut: sql.Composable) -> sql.Composable:
    """Every arm gives its own first rows, and the first of all those are the page."""
    found: list[sql.Composable] = []
    for arm in source.arms:
        rows = _rows(source, arm.condition, wanted, cut)
        each = sql.SQL(f"{arm.each} CROSS JOIN LATERAL " if arm.each else "")
        found.append(sql.SQL("(SELECT f.* FROM {}({}) AS f)").format(each, rows))
    return sql.SQL("SELECT {0}.* FROM ({1}) AS {0}{2}").format(
        sql.SQL(source.alias), sql.SQL(" UNION ALL ").join(found), cut
    )


def _direction(key: Key, backwards: bool) -> LiteralString:
    return "DESC" if key.descending != backwards else "ASC"


def _beyond(order: Sequence[Key], name: str) -> sql.Composable:
    """Rows strictly beyond a key.

    One row comparison where all parts run the same way (an index can use it), else the long form.
    """
    given = [
        sql.SQL("{}::{}").format(sql.Placeholder(f"{name}_{at}"), sql.SQL(key.type))
        for at, key in enumerate(order)
    ]
    columns = [sql.SQL(key.sql) for key in order]
    ways = [_way(key, name) for key in order]
    if len({*map(str, ways)}) == 1:
        comma = sql.SQL(", ")
        return sql.SQL("({}) {} ({})").format(comma.join(columns), sql.SQL(ways[0]), comma.join(given))
    cases: list[sql.Composable] = []
    for at in range(len(order)):
        equal = [sql.SQL("{} = {}").format(columns[i], given[i]) for i in range(at)]
        last = sql.SQL("{} {} {}").format(columns[at], sql.SQL(ways[at]), given[at])
        cases.append(sql.SQL("({})").format(sql.SQL(" AND ").join([*equal, last])))
    return sql.SQL(" OR ").join(cases)


def _way(key: Key, name: str) -> LiteralString:
    return "<" if key.descending == (name == "after") else ">"
