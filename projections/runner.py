"""Who keeps the projections up to date, and how does a reader wait for what was just written?

In `serve` a thread follows the log; a writing command catches up itself before it returns. Any number of processes may try: for each
projection one moves it at a time, and the position tells everybody what is done.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import psycopg

from projections import positions as place
from projections.feed import Connection, head
from projections.positions import Position, positions
from projections.projection import Projection
from projections.rebuild import Rebuilt, rebuild
from projections.stepping import BATCH, Steps, lagging
from projections.store.connect import connect
from projections.store.listen import Listener

LINGER_S = 0.25
"""After a batch the runner lets a few events gather, unless somebody waits for them."""
IDLE_S = 5.0
POLL_S = 0.02

_log = logging.getLogger("gongwu.projections")


class ProjectionBehind(Exception):
    """A projection has not come to the position asked for in the time given, or stopped before it."""

    def __init__(self, name: str, position: int, asked: int) -> None:
        super().__init__(f"{name} is at {position}, asked for {asked}")
        self.name, self.position, self.asked = name, position, asked


@contextmanager
def without_collecting() -> Iterator[None]:
    """A fold makes no cycles; looking for them among its many short-lived rows would cost a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Runner:
    """Moves all projections of one database; `conninfo` is the projector's, `batch` how many events are folded at a time."""

    def __init__(self, conninfo: str, projections: Sequence[Projection], *, batch: int = BATCH) -> None:
        self._conninfo = conninfo
        self._projections = {str(one.name): one for one in projections}
        self._steps = Steps(self._projections, batch)
        self._reached: dict[str, Position] = {}
        self._moved = threading.Condition()
        self._waiting = 0
        self._hurry = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._listener: Listener | None = None
        self._looking: Connection | None = None
        self._look_lock = threading.Lock()

    def prepare(self, progress: Callable[[str, int, int], None] | None = None) -> list[Rebuilt]:
        """Makes what is missing and rebuilds what an older version made."""
        with self._connect() as connection:
            place.prepare(connection)
            there = positions(connection, self._projections)
        old = [
            one
            for name, one in self._projections.items()
            if name not in there or there[name].version != one.version
        ]
        return rebuild(self._conninfo, old, progress=progress) if old else []

    def start(self) -> Self:
        """Follows the log in a thread of its own until `close`. What had stopped tries once more."""
        with self._connect() as connection:
            place.free(connection, self._projections)
        self._listener = Listener(self._conninfo)
        self._thread = threading.Thread(target=self._follow, name="projections", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends the thread after its present batch."""
        self._stopping.set()
        self._hurry.set()
        if self._listener is not None:
            self._listener.wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        with self._look_lock:
            if self._looking is not None:
                self._looking.close()
                self._looking = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def catch_up(self, position: int | None = None, *, timeout_s: float = 600.0) -> None:
        """Returns when all projections that did not stop have come to the position (the log's end). Raises `ProjectionBehind`."""
        ends = time.monotonic() + timeout_s
        with self._connect() as connection, without_collecting():
            target = head(connection) if position is None else position
            while True:
                moved = self._steps.step(connection)
                behind = lagging(positions(connection, self._projections), target)
                if not behind:
                    return
                if time.monotonic() > ends:
                    name, one = next(iter(behind.items()))
                    raise ProjectionBehind(name, one.position, target)
                if not moved:
                    time.sleep(POLL_S)

    def wait_for(self, name: str, position: int, timeout_s: float) -> None:
        """Returns when the projection has come to the position. Raises `ProjectionBehind`, at once if it stopped before."""
        ends = time.monotonic() + timeout_s
        reached = self._reached.get(name)
        if reached is not None and reached.position >= position:
            return
        with self._moved:
            self._waiting += 1
        try:
            while True:
                self._hurry.set()
                with self._moved:
                    self._moved.wait(min(POLL_S, max(0.0, ends - time.monotonic())))
                reached = self._reached.get(name)
                if reached is None or reached.position < position:
                    reached = self._look(name)
                if reached is not None and reached.position >= position:
                    return
                if time.monotonic() >= ends or (reached is not None and reached.stopped_on is not None):
                    raise ProjectionBehind(name, reached.position if reached else 0, position)
        finally:
            with self._moved:
                self._waiting -= 1

    def status(self) -> dict[str, dict[str, Any]]:
        """{name: {position, lag, digest, stopped, error}}."""
        with self._look_lock:
            return place.status(self._looker(), self._projections)

    def _look(self, name: str) -> Position | None:
        """Where it is by the database: another process may be the one that moves it."""
        with self._look_lock:
            try:
                found = positions(self._looker(), self._projections)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                return self._reached.get(name)
        self._reached |= found
        return found.get(name)

    def _looker(self) -> Connection:
        if self._looking is None or self._looking.closed or self._looking.broken:
            self._looking = self._connect()
        return self._looking

    def _follow(self) -> None:
        pause = 0.1
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    while not self._stopping.is_set():
                        self._once(connection)
                        pause = 0.1
            except psycopg.Error as error:
                _log.warning("the projections wait for the database: %s", error)
                self._stopping.wait(pause)
                pause = min(5.0, pause * 2)
            except Exception:
                _log.exception("the projections met a fault of their own and start again")
                self._stopping.wait(pause)
                pause = min(5.0, pause * 2)

    def _once(self, connection: Connection) -> None:
        moved = self._steps.step(connection)
        if moved:
            found = positions(connection, self._projections)
            with self._moved:
                self._reached |= found
                self._moved.notify_all()
                waiting = self._waiting
            if not waiting and not self._steps.full(moved, found):
                self._hurry.clear()
                self._hurry.wait(LINGER_S)
        elif self._listener is not None:
            self._listener.wait(IDLE_S)

    def _connect(self) -> Connection:
        connection = connect(
            self._conninfo, name="gongwu-projector", statement_timeout_s=600, lock_timeout_s=30
        )
        # What a crash takes away is folded again from the log: rows and position are lost together or not at all.
        connection.execute("SET synchronous_commit TO off")
        return connection
