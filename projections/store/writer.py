"""One thread that appends for all: what callers ask for meanwhile goes in as the next group, one commit."""

import logging
import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from psycopg import errors, pq

from projections.store import wire
from projections.store.connect import connect, failure, prepare
from projections.store.contract import DatabaseAway, LogBroken, LogError, OutcomeUnknown, Verdict

logger = logging.getLogger(__name__)

MAX_GROUP = 256  # commands in one commit
MAX_GROUP_EVENTS = 10_000
MAX_GROUP_BYTES = 32 * 1024 * 1024
MAX_WAITING = 4_096  # callers in the queue; more would only wait for their deadlines
STATEMENT_TIMEOUT_S = 20.0
LOCK_TIMEOUT_S = 10.0
AWAY_AFTER_S = 1.0  # how long an unreachable database keeps callers waiting before they are told
RETRY_PAUSE_S = 0.05
_NAME = b"gongwu_append"

# The server is going, gone, or not the primary any more: this connection is of no use.
_BROKEN = ("08", "57P01", "57P02", "57P03", "57P05", "25006")
# Nothing was written, and asking again later may well work: out of resources, too slow, locked.
_BUSY = ("53", "57", "55P03", "40", "58")


class Pending:
    """A caller waiting for a verdict on its command."""

    __slots__ = ("deadline", "done", "error", "packed", "verdict")

    def __init__(self, packed: wire.Packed, deadline: float) -> None:
        self.packed = packed
        self.deadline = deadline
        self.verdict: Verdict | None = None
        self.error: LogError | None = None
        self.done = threading.Lock()  # the cheapest thing one can wait for with a time limit
        self.done.acquire()

    def fail(self, error: LogError) -> None:
        self.error = error
        self.done.release()


class Writer:
    """The thread, its connection and its queue. `submit` from any thread; `close` finishes what is queued."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._queue: SimpleQueue[Pending | None] = SimpleQueue()
        self._again: list[Pending] = []
        self._left: Pending | None = None  # taken from the queue, but too big for the group it came with
        self._connection: psycopg.Connection[Any] | None = None
        self._unconfirmed = False
        self._gate = threading.Lock()
        self._closed = False
        self._why_closed = "the log is closed"
        self._thread = threading.Thread(target=self._run, name="gongwu-writer", daemon=True)
        self._thread.start()

    def submit(self, pending: Pending) -> None:
        """Queue a command; its `done` is released when it has a verdict or an error."""
        with self._gate:
            if self._closed:
                raise DatabaseAway(self._why_closed)
            if self._queue.qsize() >= MAX_WAITING:
                raise DatabaseAway("too many commands are waiting for the log")
            self._queue.put(pending)

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join(timeout=STATEMENT_TIMEOUT_S + AWAY_AFTER_S)

    def _run(self) -> None:
        try:
            while (group := self._collect()) is not None:
                if group:
                    self._append(group)
        except BaseException:
            logger.exception("the log's writer has died; nothing more will be appended by this process")
            self._why_closed = "the log's writer has died"
        finally:
            self._stop()

    def _stop(self) -> None:
        with self._gate:
            self._closed = True
        self._fail_waiting(DatabaseAway(self._why_closed))
        self._disconnect()

    def _collect(self) -> list[Pending] | None:
        """The next group: whatever is there now, at least one; None when closed and done."""
        waiting, self._again = self._again, []
        if self._left is not None:
            waiting.append(self._left)
            self._left = None
        if not waiting:
            first = self._queue.get()
            if first is None:
                return None
            waiting.append(first)
        size = sum(pending.packed.size for pending in waiting)
        events = sum(pending.packed.counts[0] for pending in waiting)
        while len(waiting) < MAX_GROUP:
            try:
                pending = self._queue.get_nowait()
            except Empty:
                break
            if pending is None:  # closing: come back for it after this group
                self._queue.put(None)
                break
            size += pending.packed.size
            events += pending.packed.counts[0]
            if size > MAX_GROUP_BYTES or events > MAX_GROUP_EVENTS:
                self._left = pending
                break
            waiting.append(pending)
        now = time.monotonic()
        return [pending for pending in waiting if pending.deadline > now]  # the others' callers have left

    def _append(self, group: list[Pending]) -> None:
        try:
            answers = self._commit([pending.packed for pending in group], max(p.deadline for p in group))
        except LogError as error:
            for pending in group:
                pending.fail(error)
            if isinstance(error, DatabaseAway) and self._connection is None:
                self._fail_waiting(error)
        except BaseException as error:
            for pending in group:
                pending.fail(LogBroken(f"{type(error).__name__}: {error}"))
            if not isinstance(error, Exception):
                raise
            logger.exception("a group of %d commands could not be appended", len(group))
            self._disconnect()
        else:
            for pending, verdict in zip(group, answers, strict=True):
                if verdict is None:
                    self._again.append(pending)
                else:
                    pending.verdict = verdict
                    pending.done.release()

    def _commit(self, group: Sequence[wire.Packed], deadline: float) -> list[Verdict | None]:
        """Append a group in one transaction; after a lost connection once more, since receipts tell."""
        parameters = wire.parameters(group)
        sent = False
        for _ in range(2):
            self._connect(deadline, sent=sent)
            sent = True
            result = self._execute(parameters)
            if result is not None:
                return wire.verdicts(result, group)
            self._disconnect()
        raise OutcomeUnknown("the connection was lost twice while writing")

    def _execute(self, parameters: Sequence[bytes]) -> pq.abc.PGresult | None:
        """The function's answer, or None when the connection broke and nobody knows."""
        connection = self._connection
        assert connection is not None  # noqa: S101  # _connect has just made it
        self._unconfirmed = False
        try:
            result = connection.pgconn.exec_prepared(_NAME, parameters, wire.BINARY, 1)
        except psycopg.OperationalError:
            return None
        if result.status == pq.ExecStatus.TUPLES_OK:
            if self._unconfirmed:
                raise OutcomeUnknown("committed here, but no standby has confirmed it")
            return result
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        if connection.pgconn.status != pq.ConnStatus.OK or state.startswith(_BROKEN):
            return None
        error = failure(connection, result)
        logger.error("the database refused a group of commands: %s %s", state, error)
        if state.startswith(_BUSY):
            raise DatabaseAway(str(error)) from error
        raise LogBroken(f"{state} {error}") from error

    def _connect(self, deadline: float, *, sent: bool) -> None:
        """Have a connection. What may be written already is worth waiting for until the deadline."""
        if self._connection is not None:
            return
        started = time.monotonic()
        until = deadline if sent else min(deadline, started + AWAY_AFTER_S)
        pause = RETRY_PAUSE_S
        while True:
            try:
                self._connection = self._open()
            except psycopg.OperationalError as error:
                if time.monotonic() + pause >= until:
                    if sent:
                        raise OutcomeUnknown("the connection was lost while writing") from error
                    raise DatabaseAway(f"the database cannot be reached: {error}") from error
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
            else:
                return

    def _open(self) -> psycopg.Connection[Any]:
        connection = connect(
            self._conninfo,
            name="gongwu-writer",
            statement_timeout_s=STATEMENT_TIMEOUT_S,
            lock_timeout_s=LOCK_TIMEOUT_S,
        )
        try:
            prepare(connection, _NAME, wire.STATEMENT, wire.PARAMETER_OIDS)
        except BaseException:
            connection.close()
            raise
        connection.add_notice_handler(self._notice)
        return connection

    def _notice(self, diagnostic: errors.Diagnostic) -> None:
        # A cancelled wait for a standby is reported as success with a mere warning.
        if diagnostic.severity_nonlocalized == "WARNING":
            logger.warning("the database warns: %s", diagnostic.message_primary)
            self._unconfirmed = True

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _fail_waiting(self, error: LogError) -> None:
        """Tell everybody in the queue at once, rather than one after the other."""
        waiting, self._again = self._again, []
        if self._left is not None:
            waiting.append(self._left)
            self._left = None
        closing = False
        while True:
            try:
                pending = self._queue.get_nowait()
            except Empty:
                break
            if pending is None:
                closing = True
            else:
                waiting.append(pending)
        if closing:
            self._queue.put(None)
        for pending in waiting:
            pending.fail(error)
