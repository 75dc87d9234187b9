"""A database with a log, the projections that follow it, and somebody who reads: what tests of the read side stand on."""

from collections import defaultdict
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg

from projections import register
from projections.catalogue import ALL
from projections.reach import EVERYTHING, Reach
from projections.register import AsOf, Item
from projections.runner import Runner
from projections.store.recorder import LogRow, Recorder
from projections.verify import verify
from tests.clusters import Database


class Ground:
    """Opened on a fresh database, or on one that has a log already."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.recorder = Recorder(database.app)
        self.runner = Runner(database.projector, ALL)
        self.runner.prepare()
        self.reading = psycopg.connect(database.app, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.reading.close()
        self.runner.close()
        self.recorder.close()

    def rows(self, after: int = 0) -> dict[UUID, list[LogRow]]:
        """The log, by thing."""
        found: dict[UUID, list[LogRow]] = defaultdict(list)
        for row in self.recorder.read_log(after, 1_000_000):
            found[row.stream].append(row)
        return found

    def items(self, reach: Reach = EVERYTHING, as_of: AsOf | None = None) -> dict[UUID, Item]:
        """All the register shows."""
        return {one.asset: one for one in register.page(self.reading, reach, first=1_000_000, as_of=as_of)}

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every read model, as text, in a fixed order."""
        found = {}
        with psycopg.connect(self.database.projector, autocommit=True) as connection:
            for schema, name in connection.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2",
                ([one.name for one in ALL],),
            ).fetchall():
                rows = connection.execute(f"SELECT t::text FROM {schema}.{name} t ORDER BY 1").fetchall()
                found[f"{schema}.{name}"] = rows
        return found

    def wrong(self) -> list[str]:
        """What the full recount finds."""
        return [line for one in verify(self.database.projector, ALL) for line in one.wrong]

    def execute_as_projector(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.database.projector, autocommit=True) as connection:
            connection.execute(statement.encode(), values or None)
