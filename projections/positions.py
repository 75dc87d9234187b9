"""How far is each projection, has it stopped, and who may move it?"""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import LiteralString, NamedTuple

from projections.feed import Connection, head
from projections.lines import as_bytes

_ALL: LiteralString = (
    "SELECT name, version, position, digest, stopped_on, error FROM projection.position WHERE name = ANY(%s)"
)
_TRY: LiteralString = (
    "SELECT name FROM unnest(%s::text[]) AS name"
    " WHERE pg_try_advisory_xact_lock(hashtextextended('gongwu projection ' || name, 0))"
)
_HOLD: LiteralString = "SELECT pg_advisory_lock(hashtextextended('gongwu projection ' || %s, 0))"
_LET_GO: LiteralString = "SELECT pg_advisory_unlock(hashtextextended('gongwu projection ' || %s, 0))"
_MOVE: LiteralString = (
    "UPDATE projection.position p SET position = u.position, digest = u.digest"
    " FROM unnest(%s::text[], %s::bigint[], %s::bytea[]) AS u (name, position, digest) WHERE p.name = u.name"
)
_STOP: LiteralString = (
    "UPDATE projection.position SET stopped_at = clock_timestamp(), stopped_on = %s, error = %s"
    " WHERE name = %s AND position = %s"
)
_FREE: LiteralString = (
    "UPDATE projection.position SET stopped_at = NULL, stopped_on = NULL, error = NULL"
    " WHERE name = ANY(%s) AND stopped_at IS NOT NULL"
)
_ENTER: LiteralString = (
    "INSERT INTO projection.position (name, version, position, digest) VALUES (%s, %s, %s, %s)"
)
_LEAVE: LiteralString = "DELETE FROM projection.position WHERE name = ANY(%s)"
_RENAME: LiteralString = "UPDATE projection.position SET name = %s WHERE name = %s"


class Position(NamedTuple):
    """How far one projection is. `stopped_on`: the position of the fact it could not digest."""

    name: str
    version: int
    position: int
    digest: bytes
    stopped_on: int | None
    error: str | None


def prepare(connection: Connection) -> None:
    """Makes the table of positions."""
    there = connection.execute("SELECT to_regclass('projection.position') IS NOT NULL").fetchone()
    if there and there[0]:
        return
    with connection.transaction():  # two processes may start on an empty place at once
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('gongwu projections', 0))")
        connection.execute(files(__package__).joinpath("position.sql").read_text("utf-8"))


def positions(connection: Connection, names: Iterable[str]) -> dict[str, Position]:
    return {row[0]: Position(*row) for row in connection.execute(_ALL, (list(names),))}


def try_lock(connection: Connection, names: Sequence[str]) -> list[str]:
    """Those of these projections that this transaction may move now."""
    return [row[0] for row in connection.execute(_TRY, (list(names),))]


def hold(connection: Connection, name: str) -> None:
    """Nobody but this connection moves it until `let_go`."""
    connection.execute(_HOLD, (name,))


def let_go(connection: Connection, name: str) -> None:
    connection.execute(_LET_GO, (name,))


def move(connection: Connection, moved: Mapping[str, tuple[int, int]]) -> None:
    """To their new position and digest."""
    names = list(moved)
    connection.execute(
        _MOVE, (names, [moved[name][0] for name in names], [as_bytes(moved[name][1]) for name in names])
    )


def stop(connection: Connection, name: str, position: int, stopped_on: int, error: str) -> None:
    connection.execute(_STOP, (stopped_on, error[:2000].replace("\0", ""), name, position))


def free(connection: Connection, names: Iterable[str]) -> None:
    """Stopped projections try again: the fault may have been ours, and repaired."""
    connection.execute(_FREE, (list(names),))


def enter(connection: Connection, name: str, version: int, position: int, digest: int) -> None:
    connection.execute(_ENTER, (name, version, position, as_bytes(digest)))


def leave(connection: Connection, names: Iterable[str]) -> None:
    connection.execute(_LEAVE, (list(names),))


def rename(connection: Connection, old: str, new: str) -> None:
    connection.execute(_RENAME, (new, old))


def status(connection: Connection, names: Iterable[str]) -> dict[str, dict[str, object]]:
    """{name: {position, lag, digest, stopped, error}}, as `gongwu status` and the health route show it."""
    there = connection.execute("SELECT to_regclass('projection.position') IS NOT NULL").fetchone()
    found = positions(connection, names) if there and there[0] else {}
    last = head(connection)
    return {
        name: {
            "position": one.position, "lag": max(0, last - one.position), "digest": one.digest.hex(),
            "stopped": one.stopped_on, "error": one.error,
        }
        if (one := found.get(name))
        else {"position": 0, "lag": last, "digest": None, "stopped": None, "error": "not built yet"}
        for name in names
    }  # fmt: skip
