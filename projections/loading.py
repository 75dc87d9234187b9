"""A whole log, folded thing by thing into bare tables: the long part of a rebuild, shared by two processes.

`python -m projections.loading` is the second of them: it reads its task as JSON from standard input and answers line by line.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import LiteralString

from projections.feed import COLUMNS, Batch, Connection, Entry, Poison, entry
from projections.lives import Lives
from projections.projection import Projection, use
from projections.store.connect import connect

AT_ONCE = 5000
"""Events folded at a time, rounded up to whole things."""
SHARED_FROM = 50_000
"""A shorter log is done before a second process has started."""

_BY_THING: LiteralString = (
    f"SELECT {COLUMNS} FROM gongwu.event WHERE position <= %(last)s"
    " AND get_byte(uuid_send(stream), 15) %% %(of)s = %(share)s ORDER BY stream, version"
)

Progress = Callable[[str, int, int], None]


class RebuildFailed(Exception):
    """A fact in the log cannot be digested; the live tables stay as they are."""


def next_of(projection: Projection) -> str:
    """The schema in which a projection is made anew."""
    return f"{projection.name}_next"


def loading_connection(conninfo: str) -> Connection:
    connection = connect(conninfo, name="gongwu-rebuild", statement_timeout_s=0, lock_timeout_s=60)
    connection.execute("SET synchronous_commit TO off")
    connection.execute("SET maintenance_work_mem TO '256MB'")
    connection.execute("SET work_mem TO '64MB'")  # the log is sorted by thing
    connection.execute(
        "SET default_statistics_target TO 30"
    )  # looking at 30,000 rows of each table took longer than its indexes
    return connection


def load(
    conninfo: str, projections: Sequence[Projection], last: int, progress: Progress | None
) -> dict[str, int]:
    """Folds the log up to a position into the new tables and returns the digests. Raises `RebuildFailed`."""
    if last < SHARED_FROM:
        return load_share(
            conninfo, projections, last, 0, 1, lambda done: progress and progress("events", done, last)
        )
    # The task goes through standard input: a connection string may hold a password, and a command line is for everybody to see.
    task = {
        "conninfo": conninfo,
        "names": [one.name for one in projections],
        "last": last,
        "share": 1,
        "of": 2,
    }
    path = os.pathsep.join(one for one in sys.path if one)
    with subprocess.Popen(
        [sys.executable, "-m", "projections.loading"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as other:  # fmt: skip
        try:
            assert other.stdin is not None  # noqa: S101  # PIPE was asked for
            assert other.stdout is not None  # noqa: S101  # asked for as a pipe two lines above
            other.stdin.write(json.dumps(task))
            other.stdin.close()
            mine = load_share(
                conninfo,
                projections,
                last,
                0,
                2,
                lambda done: progress and progress("events", 2 * done, last),
            )
            answer = json.loads(
                other.stdout.read() or '{"failed": "the second process ended without an answer"}'
            )
        except BaseException:
            other.kill()
            raise
    if "failed" in answer:
        raise RebuildFailed(answer["failed"])
    return {name: digest + int(answer["digests"][name]) for name, digest in mine.items()}


def load_share(
    conninfo: str,
    projections: Sequence[Projection],
    last: int,
    share: int,
    of: int,
    tell: Callable[[int], object] = lambda done: None,
) -> dict[str, int]:
    """Folds one share of all things and returns its part of the digests. Raises `RebuildFailed`."""
    digests = {str(one.name): 0 for one in projections}
    lives, done = Lives(), 0
    # Nothing here makes cycles, and looking for them among millions of short-lived rows costs a fifth of the time.
    was_on = gc.isenabled()
    gc.disable()
    try:
        with loading_connection(conninfo) as connection, loading_connection(conninfo) as reading:
            for entries in whole_things(reading, last, share, of):
                batch = Batch(entries, fresh=True)
                with connection.transaction():
                    for one in projections:
                        use(connection, next_of(one))
                        changes = one.fold(connection, batch, lives)
                        changes.write(connection)
                        digests[one.name] += changes.digest
                done += len(entries)
                tell(done)
    except Poison as poison:
        raise RebuildFailed(f"position {poison.position}: {poison.error}") from poison
    finally:
        if was_on:
            gc.enable()
    return digests


def whole_things(reading: Connection, last: int, share: int = 0, of: int = 1) -> Iterator[list[Entry]]:
    """The log in stretches that have all facts of all their things."""
    gathered: list[Entry] = []
    with reading.transaction(), reading.cursor("log", binary=True) as cursor:
        cursor.itersize = AT_ONCE
        for row in cursor.execute(_BY_THING, {"last": last, "of": of, "share": share}):
            if len(gathered) >= AT_ONCE and gathered[-1].stream != row[1]:
                yield gathered
                gathered = []
            gathered.append(entry(row))
    if gathered:
        yield gathered


def _second() -> None:
    from projections.catalogue import ALL  # noqa: PLC0415  # the catalogue knows projections, which know this file

    task = json.load(sys.stdin)
    chosen = [one for one in ALL if one.name in task["names"]]
    try:
        digests = load_share(task["conninfo"], chosen, task["last"], task["share"], task["of"])
    except RebuildFailed as failed:
        answer: dict[str, object] = {"failed": str(failed)}
    else:
        answer = {"digests": {name: str(digest) for name, digest in digests.items()}}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _second()
