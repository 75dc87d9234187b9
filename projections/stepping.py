"""One step of projections along the log: a batch is folded in memory, and its rows and the new position are committed together.

Exactly once, whoever steps: the position is read under the projection's lock, in the transaction that moves it. A fact that one
projection cannot digest stops that one just before it; the others go on.
"""

import logging
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

import psycopg

from projections.feed import Batch, Connection, Poison, read_after
from projections.lines import DIGESTS
from projections.lives import Lives
from projections.positions import Position, move, positions, stop, try_lock
from projections.projection import Projection, use

BATCH = 2000

_log = logging.getLogger("gongwu.projections")


class _Stuck(Exception):
    """A projection failed on this batch. `on`: the position of the fact, where it is known."""

    def __init__(self, name: str, on: int | None, error: str, read: int) -> None:
        super().__init__(name, on, error)
        self.name, self.on, self.error, self.read = name, on, error, read


class Steps:
    """Steps projections (schema -> projection); a second thread waits for the first."""

    def __init__(self, projections: Mapping[str, Projection], batch: int = BATCH) -> None:
        self.projections = dict(projections)
        self._batch = batch
        self._lives: dict[int, Lives] = {}
        """Folded assets, by the position they are folded to."""
        self._turn = Lock()

    def step(self, connection: Connection) -> dict[str, Position]:
        """Moves everything that can be moved by one batch and returns where all projections were before, for those that moved."""
        moved: dict[str, Position] = {}
        with self._turn:
            for names in self._groups(connection):
                moved |= self._group(connection, names)
        return moved

    def full(self, before: Mapping[str, Position], after: Mapping[str, Position]) -> bool:
        """Whether a step took all it could: there is more to do at once."""
        return any(
            after[name].position - one.position >= self._batch
            for name, one in before.items()
            if name in after
        )

    def _groups(self, connection: Connection) -> Iterable[list[str]]:
        """Those that are at the same position go together: the log is read and decoded once for them."""
        groups: dict[int, list[str]] = {}
        for one in positions(connection, self.projections).values():
            if one.stopped_on is None:
                groups.setdefault(one.position, []).append(one.name)
        return groups.values()

    def _group(self, connection: Connection, names: list[str]) -> dict[str, Position]:
        limit = self._batch
        while names:
            try:
                with connection.transaction():
                    return self._move(connection, names, limit)
            except _Stuck as stuck:
                self._lives.clear()
                before = positions(connection, [stuck.name])[stuck.name].position
                if (stuck.on is not None and stuck.on <= before + 1) or (
                    stuck.on is None and stuck.read == 1
                ):
                    _log.error(
                        "projection %s stopped at position %d: %s", stuck.name, before + 1, stuck.error
                    )
                    stop(connection, stuck.name, before, before + 1, stuck.error)
                    names = [name for name in names if name != stuck.name]
                else:
                    limit = stuck.on - before - 1 if stuck.on else max(1, stuck.read // 2)
            except BaseException:
                self._lives.clear()  # what was folded was not written
                raise
        return {}

    def _move(self, connection: Connection, names: list[str], limit: int) -> dict[str, Position]:
        found = positions(connection, try_lock(connection, names))
        start = min((one.position for one in found.values()), default=0)
        mine = {name: one for name, one in found.items() if one.position == start and one.stopped_on is None}
        entries = read_after(connection, start, limit) if mine else []
        if not entries:
            return {}
        batch, lives = Batch(entries), self._lives.get(start) or Lives()
        moved: dict[str, tuple[int, int]] = {}
        for name, before in mine.items():
            digest = self._apply(connection, name, batch, lives)
            moved[name] = (entries[-1].position, (int.from_bytes(before.digest, "big") + digest) % DIGESTS)
        move(connection, moved)
        if "lives" in batch.shared:
            lives.keep(batch.shared["lives"])
        self._lives = {at: kept for at, kept in self._lives.items() if at > start} | {
            entries[-1].position: lives
        }
        return mine

    def _apply(self, connection: Connection, name: str, batch: Batch, lives: Lives) -> int:
        projection = self.projections[name]
        if not projection.listens(batch):
            return 0
        try:
            use(connection, name)
            changes = projection.fold(connection, batch, lives)
            changes.write(connection)
            projection.finish(connection, changes)
        except Poison as poison:
            raise _Stuck(name, poison.position, poison.error, len(batch.entries)) from poison
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise  # the database is away or overloaded: nobody's fault, try again
        except Exception as error:
            raise _Stuck(name, None, f"{type(error).__name__}: {error}", len(batch.entries)) from error
        return changes.digest


def lagging(found: Mapping[str, Position], target: int) -> dict[str, Any]:
    """Those that have not come to a position, and did not stop before it."""
    return {name: one for name, one in found.items() if one.position < target and one.stopped_on is None}
