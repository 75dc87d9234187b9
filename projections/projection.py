"""What every projection is: a question, its tables, the kinds of things it listens to, its fold, its digest."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import ClassVar, LiteralString
from uuid import UUID

from psycopg.sql import SQL, Composed, Identifier

from projections.changes import Changes, Connection, Table
from projections.feed import Batch
from projections.lines import hashed
from projections.lives import Lives

AFTER_LOADING = "-- After loading:"


class Projection:
    """Tables that answer one question, made from the log and nothing else."""

    name: ClassVar[LiteralString]
    version: ClassVar[int]
    """Raised with every change of tables or fold: tables of an older version are rebuilt at the next start."""
    kinds: ClassVar[tuple[str, ...]]
    """The kinds of things it listens to; it stops at an unreadable fact of these."""
    tables: ClassVar[tuple[Table, ...]]
    """What the digest covers."""

    def listens(self, batch: Batch) -> bool:
        """Whether there is anything for it in a batch."""
        return not batch.kinds().isdisjoint(self.kinds)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        """What a batch changes. Raises `Poison`."""
        raise NotImplementedError

    def finish(self, connection: Connection, changes: Changes) -> None:
        """After the rows of a batch were written: what follows from them."""

    def load(self, connection: Connection) -> None:
        """After the rows of a whole log were loaded, before the indexes: what follows from them."""

    def create(self, connection: Connection, schema: str) -> None:
        """Makes the schema and its bare tables."""
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
        use(connection, schema)
        connection.execute(self._sql()[0])

    def loaded(self, connection: Connection, schema: str) -> None:
        """After the rows of a whole log were loaded: what follows from them, and the indexes."""
        use(connection, schema)
        for table in self.tables:  # first: a plan made without numbers can take hours
            connection.execute(SQL("ANALYZE {}").format(Identifier(table.name)))
        self.load(connection)
        connection.execute(self._sql()[1])

    def recount(self, connection: Connection) -> int:
        """The digest as the rows have it."""
        return sum(
            hashed(table.digest_name, line)
            for table in self.tables
            for line in lines(connection, table, ", ".join(table.all_columns))
        )

    def contradictions(self, connection: Connection) -> list[str]:
        """What else is wrong: derived rows that do not follow from the counted ones."""
        return []

    def _sql(self) -> tuple[str, str]:
        tables, _, indexes = (
            files(__package__).joinpath(f"{self.name}.sql").read_text("utf-8").partition(AFTER_LOADING)
        )
        return tables, indexes


def use(connection: Connection, schema: str) -> None:
    """Tables are found in this schema until the transaction ends."""
    connection.execute(_path_to(schema))


@cache
def _path_to(schema: str) -> Composed:
    return SQL("SET LOCAL search_path TO {}, pg_temp").format(Identifier(schema))


def replace(
    connection: Connection,
    changes: Changes,
    table: Table,
    begun: Collection[UUID],
    new: Sequence[str],
    *,
    one_each: bool = False,
) -> Iterable[str]:
    """The rows of these things are these lines from now on. `begun`: those that may have rows already, by the first key column;
    `one_each`: there is certainly but one line for each key. Returns the lines that were there.
    """
    if one_each and not begun:
        changes.add(table, *new)
        return ()
    width = len(table.key)
    made = {tuple(line.split("\t", width)[:width]): line for line in new}
    if not begun:
        changes.add(table, *made.values())
        return ()
    where = f"WHERE {table.key[0][0]} = ANY(%(begun)s::uuid[])"
    found = lines(connection, table, ", ".join(table.all_columns), where, {"begun": list(begun)})
    there = {tuple(line.split("\t", width)[:width]): line for line in found}
    for key in there.keys() | made.keys():
        changes.put(table, key, there.get(key), made.get(key))
    return there.values()


def lines(
    connection: Connection, table: Table, columns: str, where: str = "", values: object = None
) -> Iterator[str]:
    """The rows of a table as the lines they were loaded from."""
    statement = f"COPY (SELECT {columns} FROM {table.name} {where}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(statement, values) as stream:  # type: ignore[arg-type]  # None or a mapping
        for row in stream:
            yield bytes(row).decode()[:-1]
