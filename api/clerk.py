"""The clerk: does what is due, once, whoever else does it too, however late it comes.

What is due stands in the projection `deadlines`; what is done about it, in `domain.deadlines`. Firing a deadline is a command whose
id is made from the deadline itself, so its receipt makes it happen once: in two processes, twice, after a week, or when the process
is killed in between. Nothing holds or lapses because the clerk runs: that is so by time (docs/decisions/0016-clerk-and-deadlines.md).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple, Self
from uuid import UUID

import psycopg

from api.installation import READ_MODELS_WAIT_S, Installation
from domain.command import Envelope
from domain.deadlines import DEADLINES, Deadline
from domain.values import CLERK
from projections import deadlines, demand
from projections.deadlines import DueRow
from projections.demand import Serveable
from projections.desk import Desk
from projections.reading import Crowded, Reader, TooSlow
from projections.runner import ProjectionBehind
from projections.store.recorder import DatabaseAway, OutcomeUnknown
from projections.store.unavailable import DatabaseUnavailable

BATCH = 100
FIRST_REST_S, LONGEST_REST_S = 60.0, 3600.0
"""How long a deadline that failed by a fault of ours is left alone; each time twice as long."""
LOOKS_AGAIN_S, RESTS_S = 600.0, 15.0
"""How often the queue is looked at when nothing happens, and how long between two looks while much does."""
LONGEST_PAUSE_S = 60.0
STOPS_WITHIN_S = 1.0
AWAY = (DatabaseUnavailable, DatabaseAway, Crowded, psycopg.OperationalError, psycopg.InterfaceError)
"""The database does not answer: nothing is wrong with the deadline at hand, and the next one would fare no better."""
LATER = (OutcomeUnknown, ProjectionBehind, TooSlow)
"""This one was not decided in its time: it is asked for again, under the same id, in the next round."""

_TRY: str = "SELECT pg_try_advisory_lock(hashtextextended('gongwu clerk', 0))"
_LET_GO: str = "SELECT pg_advisory_unlock(hashtextextended('gongwu clerk', 0))"

_log = logging.getLogger("gongwu.clerk")


class Done(NamedTuple):
    """What a round came to. `refused`: a rule said no, kept for ever; `failed`: a fault of ours, tried again later."""

    fired: int = 0
    refused: int = 0
    failed: int = 0

    def plus(self, other: "Done") -> "Done":
        return Done(self.fired + other.fired, self.refused + other.refused, self.failed + other.failed)


class Clerk:
    """Fires what is due, in a thread of its own (`start`), or for one round (`once`)."""

    def __init__(
        self,
        desk: Desk,
        reader: Reader,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        interval_s: float = 5.0,
        alone: bool = True,
        listed: Sequence[Deadline] = DEADLINES,
        settle: Callable[[int], object] = lambda position: None,
    ) -> None:
        """`alone`: while another process does a round, this one sits out. It saves work; being right does not rest on it.

        `settle`: waits until the read models have come to a position of the log.
        """
        self._desk, self._reader, self._clock, self._interval_s, self._alone = (
            desk,
            reader,
            clock,
            interval_s,
            alone,
        )
        self._settle = settle
        self._deadlines = {one.kind: one for one in listed}
        self._resting: dict[UUID, tuple[float, float]] = {}
        """Deadlines that failed: until when they rest, and how long that was."""
        self._looked = -LOOKS_AGAIN_S, -1
        """When the queue was looked at last, and how long the log was then."""
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @classmethod
    def of(cls, installation: Installation, *, alone: bool = True) -> Self:
        """The clerk of an installation whose projections are being followed."""

        def settle(position: int) -> None:
            for name in ("availability", "papers"):
                installation.runner.wait_for(name, position, READ_MODELS_WAIT_S)

        interval_s = installation.settings.clerk_interval_s
        return cls(installation.desk, installation.reader, interval_s=interval_s, alone=alone, settle=settle)

    def start(self) -> Self:
        """Rounds until `close`."""
        self._thread = threading.Thread(target=self._follow, name="clerk", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends after the command at hand, within a second. One that takes longer is decided once all the same, now or next time."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOPS_WITHIN_S)
            self._thread = None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def once(self, *, matching: bool = True) -> Done:
        """One round: all that is due by now, and whose turn it is. Raises one of `AWAY`."""
        with self._turn() as mine:
            if not mine:
                return Done()
            done = self._round()
            return done.plus(self._match()) if matching else done

    def _round(self) -> Done:
        done, later = Done(), set[UUID]()
        while not self._stopping.is_set():
            with self._reader.connection() as connection:
                rows = deadlines.due(
                    connection, self._clock(), first=BATCH, except_for=[*self._rested(), *later]
                )
            if not rows:
                break
            done = done.plus(self._fire_all(rows, later))
        with self._reader.connection() as connection:
            rows = deadlines.daily(connection, self._clock(), except_for=[*self._rested(), *later])
        return done.plus(self._fire_all(rows, later))

    def _match(self) -> Done:
        """Turns in the queue, for whoever can be served now. After each the queue is looked at anew: the next sees what is left."""
        done = Done()
        while not self._stopping.is_set():
            with self._reader.connection() as connection:
                found = demand.serveable(connection, self._clock())
                tried = deadlines.fired(connection, [one.command for one in found])
            resting = {*tried, *self._rested()}
            position = None
            for one in found:
                if self._stopping.is_set() or position is not None:
                    break
                if one.command not in resting:
                    part, position = self._serve(one)
                    done = done.plus(part)
            if position is None:
                break
            try:
                self._settle(position)
            except ProjectionBehind:
                break  # the queue is looked at again in the next round
        return done

    def _serve(self, one: Serveable) -> tuple[Done, int | None]:
        """Tries one demand: where in the log its turn came, or nothing when somebody or something else stands in the way."""
        envelope = Envelope(account=CLERK, command_id=one.command, device="clerk")
        try:
            decided = self._desk.execute("match_demand", envelope, {"demand": one.demand})
        except LATER as error:
            _log.info("demand %s was not matched in its time: %s", one.demand, error)
            return Done(), None
        except AWAY:
            raise
        except Exception:
            self._let_rest(one.command)
            _log.exception("demand %s could not be matched and is left alone for a while", one.demand)
            return Done(failed=1), None
        return (Done(), None) if decided.refused else (Done(fired=1), decided.position)

    def _fire_all(self, rows: Iterable[DueRow], later: set[UUID]) -> Done:
        done = Done()
        for row in rows:
            if self._stopping.is_set():
                break
            try:
                done = done.plus(self._fire(row))
            except LATER as error:
                later.add(row.command)
                _log.info("%s of %s was not decided in its time: %s", row.kind, row.fired.thing, error)
        return done

    def _fire(self, row: DueRow) -> Done:
        """One deadline. Raises one of `AWAY` or `LATER`; any other fault lets this deadline rest, and the others go on."""
        try:
            deadline = self._deadlines[row.kind]
            envelope = Envelope(account=CLERK, command_id=row.command, device="clerk")
            decided = self._desk.execute(deadline.use_case, envelope, deadline.takes(row.fired))
        except (*AWAY, *LATER):
            raise
        except Exception:
            rest = self._let_rest(row.command)
            _log.exception(
                "%s of %s, due since %s, failed and is left alone for %d s",
                row.kind,
                row.fired.thing,
                row.due,
                rest,
            )
            return Done(failed=1)
        self._resting.pop(row.command, None)
        if decided.refused:
            _log.warning(
                "%s of %s, due since %s, was refused: %s", row.kind, row.fired.thing, row.due, decided.refused
            )
            return Done(refused=1)
        return Done(fired=1)

    def _let_rest(self, command: UUID) -> float:
        """Left alone for so many seconds, each time twice as long."""
        rest = min(
            LONGEST_REST_S, 2 * self._resting[command][1] if command in self._resting else FIRST_REST_S
        )
        self._resting[command] = (time.monotonic() + rest, rest)
        return rest

    def _rested(self) -> list[UUID]:
        now = time.monotonic()
        return [command for command, (until, _) in self._resting.items() if until > now]

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        if not self._alone:
            yield True
            return
        with self._reader.connection() as connection:
            row = connection.execute(_TRY.encode()).fetchone()
            if not (row and row[0]):
                yield False
                return
            try:
                yield True
            finally:
                if not connection.broken:
                    connection.execute(_LET_GO.encode())

    def _news(self) -> bool:
        """Whether the queue is worth a look: something came in, came back or was let go since the last one, or time has passed."""
        head, now = self._desk.recorder.head(), time.monotonic()
        looked, position = self._looked
        if now - looked < (LOOKS_AGAIN_S if head == position else RESTS_S):
            return False
        self._looked = now, head
        return True

    def _follow(self) -> None:
        pause = self._interval_s
        while not self._stopping.is_set():
            try:
                self.once(matching=self._news())
                pause = self._interval_s
            except (*AWAY, TooSlow) as error:
                if self._stopping.is_set():
                    return
                _log.warning("the clerk waits for the database: %s", error)
                pause = min(LONGEST_PAUSE_S, max(pause, 0.1) * 2)
            except Exception:
                _log.exception("the clerk met a fault of its own and starts again")
                pause = min(LONGEST_PAUSE_S, max(pause, 0.1) * 2)
            self._stopping.wait(pause)
