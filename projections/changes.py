"""What a batch of facts changes in a projection's tables, and how that is written: rows out, rows in, the digest moved along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, LiteralString

import psycopg

from projections.lines import hashed, hashed_all

Connection = psycopg.Connection[Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """A table whose rows come and go as lines. The key columns come first, with their types."""

    name: LiteralString
    key: tuple[tuple[LiteralString, LiteralString], ...]
    columns: tuple[LiteralString, ...]

    @cached_property
    def digest_name(self) -> bytes:
        return self.name.encode()

    @property
    def all_columns(self) -> tuple[LiteralString, ...]:
        return (*(name for name, _ in self.key), *self.columns)


class Changes:
    """What one batch changes in one projection."""

    def __init__(self) -> None:
        self.digest = 0
        self.rows: dict[Table, dict[Key, tuple[bool, str | None]]] = {}
        self.added: dict[Table, list[str]] = {}
        self.touched: set[Any] = set()
        """Whatever the projection wants to look at once more after writing."""

    def put(self, table: Table, key: Key, old: str | None, new: str | None) -> None:
        """The row with this key was the line `old` and is `new` now. `None`: there was, or is, no such row."""
        if old == new:
            return
        what = table.digest_name
        if old is not None:
            self.digest -= hashed(what, old)
        if new is not None:
            self.digest += hashed(what, new)
        rows = self.rows.setdefault(table, {})
        before = rows.get(key)
        rows[key] = (old is not None if before is None else before[0], new)

    def add(self, table: Table, *lines: str) -> None:
        """Rows that are new for sure and stay as they are."""
        self.digest += hashed_all(table.digest_name, lines)
        self.added.setdefault(table, []).extend(lines)

    def write(self, connection: Connection) -> None:
        """Writes all rows; the tables are found on the search path."""
        for table, added in self.added.items():
            copy(connection, table.name, table.all_columns, added)
        for table, rows in self.rows.items():
            gone = [key for key, (was_there, _) in rows.items() if was_there]
            if gone:
                delete(connection, table, gone)
            copy(
                connection,
                table.name,
                table.all_columns,
                [line for _, line in rows.values() if line is not None],
            )


def copy(
    connection: Connection, table: LiteralString, columns: Sequence[LiteralString], lines: Sequence[str]
) -> None:
    """Loads lines into a table."""
    if not lines:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream,
    ):
        stream.write("\n".join(lines) + "\n")


def delete(connection: Connection, table: Table, keys: Sequence[Key]) -> None:
    values: Mapping[str, list[Any]] = {
        name: [key[at] for key in keys] for at, (name, _) in enumerate(table.key)
    }
    given = ", ".join(f"%({name})s::{type}[]" for name, type in table.key)
    names = ", ".join(name for name, _ in table.key)
    equal = " AND ".join(f"t.{name} = k.{name}" for name, _ in table.key)
    statement = f"DELETE FROM {table.name} t USING unnest({given}) AS k ({names}) WHERE {equal}"
    connection.execute(statement, values)
