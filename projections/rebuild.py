"""Tables made anew from the log, beside the live ones, and put in their place in one moment.

The log is read thing by thing, so that every thing is folded in one go and nothing is ever looked up; rows are loaded by COPY into
bare tables, indexes come last. Then the new tables follow the log like any projection until they are where the live ones are, and
the schemas change names in one transaction, while reads go on. Only the log is read: the live tables may be wrong, or gone.
"""

import gc
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, LiteralString, NamedTuple

from psycopg.sql import SQL, Identifier

from projections import positions as place
from projections.feed import COLUMNS, Batch, Connection, Entry, Poison, entry, head
from projections.lives import Lives
from projections.positions import positions
from projections.projection import Projection, use
from projections.stepping import Steps, lagging
from projections.store.connect import connect

LOAD = 5000
"""Events folded at a time, rounded up to whole things."""
SHARES = 2
SHARED_FROM = 50_000

_BY_THING: LiteralString = (
    f"SELECT {COLUMNS} FROM gongwu.event WHERE position <= %(last)s"
    " AND get_byte(uuid_send(stream), 15) %% %(of)s = %(share)s ORDER BY stream, version"
)

Progress = Callable[[str, int, int], None]


class RebuildRunning(Exception):
    """Another process is rebuilding right now."""


class RebuildFailed(Exception):
    """A fact in the log cannot be digested; the live tables stay as they are."""


class Rebuilt(NamedTuple):
    """One projection made anew. `same`: its digest is that of the tables it replaced, at the same position (None: there were none)."""

    name: str
    position: int
    digest: str
    same: bool | None
    events: int
    seconds: float


def rebuild(conninfo: str, projections: Sequence[Projection], *, progress: Progress | None = None) -> list[Rebuilt]:
    """Makes these projections anew and switches to them. `progress(what, done, of)`.

    Raises `RebuildRunning`, and `RebuildFailed` when a fact cannot be digested.
    """
    began = time.monotonic()
    with _connect(conninfo) as connection:
        place.prepare(connection)
        if not _alone(connection):
            raise RebuildRunning
        _clear(connection, projections)
        last = head(connection)
        with connection.transaction():
            for one in projections:
                one.create(connection, _next(one))
        digests = _load(conninfo, projections, last, progress)
        _finish(connection, projections, digests, last, progress)
        return [_switch(connection, one, last, began) for one in projections]


def _load(conninfo: str, projections: Sequence[Projection], last: int, progress: Progress | None) -> dict[str, int]:
    """A long log is folded by two processes, each its half of the things: one Python uses one core."""
    if last < SHARED_FROM:
        return load_share(conninfo, projections, last, 0, 1)
    context = multiprocessing.get_context("spawn")
    done = context.Value("q", 0)
    with ProcessPoolExecutor(SHARES, context, initializer=_count_into, initargs=(done,)) as pool:
        shares = [pool.submit(load_share, conninfo, projections, last, share, SHARES) for share in range(SHARES)]
        while wait(shares, 0.5, FIRST_EXCEPTION).not_done:
            if progress:
                progress("events", done.value, last)
            if any(share.done() and share.exception() for share in shares):
                break
        found = [share.result() for share in shares]
    return {one.name: sum(digests[one.name] for digests in found) for one in projections}


def load_share(conninfo: str, projections: Sequence[Projection], last: int, share: int, of: int) -> dict[str, int]:
    """Folds one share of all things into the new tables and returns its part of the digests. Raises `RebuildFailed`."""
    digests = {str(one.name): 0 for one in projections}
    lives = Lives()
    # Nothing here makes cycles, and looking for them among millions of short-lived rows costs a fifth of the time.
    gc.disable()
    try:
        with _connect(conninfo) as connection, _connect(conninfo) as reading:
            for entries in _whole_things(reading, last, share, of):
                batch = Batch(entries, fresh=True)
                with connection.transaction():
                    for one in projections:
                        use(connection, _next(one))
                        changes = one.fold(connection, batch, lives)
                        changes.write(connection)
                        digests[one.name] += changes.digest
                if _done is not None:
                    with _done.get_lock():
                        _done.value += len(entries)
    except Poison as poison:
        raise RebuildFailed(f"position {poison.position}: {poison.error}") from None
    finally:
        gc.enable()
    return digests


_done: Any = None


def _count_into(done: Any) -> None:
    global _done  # noqa: PLW0603  # a process of our own: this is its only task
    _done = done


def _whole_things(reading: Connection, last: int, share: int = 0, of: int = 1) -> Iterator[list[Entry]]:
    gathered: list[Entry] = []
    with reading.transaction(), reading.cursor("log", binary=True) as cursor:
        cursor.itersize = LOAD
        for row in cursor.execute(_BY_THING, {"last": last, "of": of, "share": share}):
            if len(gathered) >= LOAD and gathered[-1].stream != row[1]:
                yield gathered
                gathered = []
            gathered.append(entry(row))
    if gathered:
        yield gathered


def _finish(
    connection: Connection, projections: Sequence[Projection], digests: dict[str, int], last: int, progress: Progress | None
) -> None:
    for at, one in enumerate(projections):
        if progress:
            progress("indexes", at, len(projections))
        with connection.transaction():
            one.loaded(connection, _next(one))
            place.enter(connection, _next(one), one.version, last, digests[one.name])
    steps = Steps({_next(one): one for one in projections})
    while steps.step(connection):
        pass


def _switch(connection: Connection, projection: Projection, counted: int, began: float) -> Rebuilt:
    """The new tables catch up to where the live ones are, while nobody moves those, and take their place."""
    name, new = str(projection.name), _next(projection)
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
    connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(f"{name}_old")))
    return Rebuilt(name, made.position, made.digest.hex(), same, counted, time.monotonic() - began)


def _rename(connection: Connection, name: str, new: str, *, was_there: bool) -> None:
    there = connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", (name,)).fetchone()
    if there and there[0]:
        connection.execute(SQL("ALTER SCHEMA {} RENAME TO {}").format(Identifier(name), Identifier(f"{name}_old")))
    connection.execute(SQL("ALTER SCHEMA {} RENAME TO {}").format(Identifier(new), Identifier(name)))
    if was_there:
        place.leave(connection, [name])
    place.rename(connection, new, name)


def _clear(connection: Connection, projections: Sequence[Projection]) -> None:
    """What an interrupted rebuild left behind."""
    with connection.transaction():
        for one in projections:
            for left in (_next(one), f"{one.name}_old"):
                connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(left)))
        place.leave(connection, [_next(one) for one in projections])


def _next(projection: Projection) -> str:
    return f"{projection.name}_next"


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


def _connect(conninfo: str) -> Connection:
    connection = connect(conninfo, name="gongwu-rebuild", statement_timeout_s=0, lock_timeout_s=60)
    connection.execute("SET synchronous_commit TO off")
    connection.execute("SET maintenance_work_mem TO '256MB'")
    return connection
