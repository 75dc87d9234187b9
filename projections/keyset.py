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
class Source:
    """What a list reads: a FROM clause, and the condition that always holds."""

    table: LiteralString
    always: LiteralString = "true"


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
    shown = sql.SQL(", ").join([*map(sql.SQL, columns), *(sql.SQL(f"({key.sql})::text") for key in order)])
    return (
        sql.SQL("SELECT {} FROM {}{}{} LIMIT {}")
        .format(shown, sql.SQL(source.table), _where(source.always, wanted), ordered, sql.Literal(size))
        .as_string(None)
    )


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
    return (
        sql.SQL("SELECT {} FROM {}{} LIMIT 1")
        .format(
            sql.SQL(", ").join(map(sql.SQL, columns or ("1",))),
            sql.SQL(source.table),
            _where(source.always, list(map(sql.SQL, filters))),
        )
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
