"""Tables made anew from the log, beside the live ones, and put in their place in one moment.

The log is read thing by thing, so that every thing is folded in one go and nothing is ever looked up; rows are loaded by COPY into
bare tables, indexes come last. Then the new tables follow the log like any projection until they are where the live ones are, and
the schemas change names in one transaction, while reads go on. Only the log is read: the live tables may be wrong, or gone.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import NamedTuple

from psycopg import errors
from psycopg.sql import SQL, Identifier

from projections import positions as place
from projections.feed import Connection, head
from projections.loading import Progress, RebuildFailed, load, loading_connection, next_of
from projections.positions import positions
from projections.projection import Projection
from projections.stepping import Steps, lagging

__all__ = ["RebuildFailed", "RebuildRunning", "Rebuilt", "rebuild"]


class RebuildRunning(Exception):
    """Another process is rebuilding right now."""


class Rebuilt(NamedTuple):
    """One projection made anew. `same`: its digest is that of the tables it replaced, at the same position (None: there were none)."""

    name: str
    position: int
    digest: str
    same: bool | None
    events: int
    seconds: float


def rebuild(
    conninfo: str, projections: Sequence[Projection], *, progress: Progress | None = None
) -> list[Rebuilt]:
    """Makes these projections anew and switches to them. `progress(what, done, of)`.

    Raises `RebuildRunning`, and `RebuildFailed` when a fact cannot be digested.
    """
    began = time.monotonic()
    with loading_connection(conninfo) as connection:
        place.prepare(connection)
        if not _alone(connection):
            raise RebuildRunning
        _clear(connection, projections)
        last = head(connection)
        with connection.transaction():
            for one in projections:
                one.create(connection, next_of(one))
        digests = load(conninfo, projections, last, progress)
        _finish(conninfo, projections, digests, last, progress)
        return [_switch(connection, one, last, began) for one in projections]


def _finish(
    conninfo: str,
    projections: Sequence[Projection],
    digests: dict[str, int],
    last: int,
    progress: Progress | None,
) -> None:
    """What follows from the rows, and the indexes: two projections at a time. Then they follow the log."""

    def finish(one: Projection) -> None:
        with loading_connection(conninfo) as connection, connection.transaction():
            one.loaded(connection, next_of(one))
            place.enter(connection, next_of(one), one.version, last, digests[one.name])

    with ThreadPoolExecutor(2) as threads:
        for at, _ in enumerate(threads.map(finish, projections)):
            if progress:
                progress("indexes", at + 1, len(projections))
    steps = Steps({next_of(one): one for one in projections})
    with loading_connection(conninfo) as connection:
        while steps.step(connection):
            pass


def _switch(connection: Connection, projection: Projection, counted: int, began: float) -> Rebuilt:
    """The new tables catch up to where the live ones are, while nobody moves those, and take their place."""
    name, new = str(projection.name), next_of(projection)
    steps = Steps({new: projection})
    with _moving_nobody(connection, name):
        while True:
            found = positions(connection, [name, new])
            live, made = found.get(name), found[new]
            if made.stopped_on is not None:
                raise RebuildFailed(f"position {made.stopped_on}: {made.error}")
            if live is None or not lagging({new: made}, live.position):
                break
            steps.step(connection)
        same = None
        if live is not None and live.position == made.position and live.version == made.version:
            same = live.digest == made.digest
        with connection.transaction():
            _rename(connection, name, new, was_there=live is not None)
    with suppress(
        errors.LockNotAvailable
    ):  # somebody is still reading the old tables: the next rebuild removes them
        connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(f"{name}_old")))
    return Rebuilt(name, made.position, made.digest.hex(), same, counted, time.monotonic() - began)


def _rename(connection: Connection, name: str, new: str, *, was_there: bool) -> None:
    there = connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", (name,)).fetchone()
    if there and there[0]:
        connection.execute(
            SQL("ALTER SCHEMA {} RENAME TO {}").format(Identifier(name), Identifier(f"{name}_old"))
        )
    connection.execute(SQL("ALTER SCHEMA {} RENAME TO {}").format(Identifier(new), Identifier(name)))
    if was_there:
        place.leave(connection, [name])
    place.rename(connection, new, name)


def _clear(connection: Connection, projections: Sequence[Projection]) -> None:
    """What an interrupted rebuild left behind."""
    with connection.transaction():
        for one in projections:
            for left in (next_of(one), f"{one.name}_old"):
                connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(left)))
        place.leave(connection, [next_of(one) for one in projections])


def _alone(connection: Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended('gongwu rebuild', 0))").fetchone()
    return bool(row and row[0])


@contextmanager
def _moving_nobody(connection: Connection, name: str) -> Iterator[None]:
    place.hold(connection, name)
    try:
        yield
    finally:
        place.let_go(connection, name)
