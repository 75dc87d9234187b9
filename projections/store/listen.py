"""Sleep until the log has grown: what a projection runner does between two batches."""

import os
import select
import time
from typing import Any, Self

import psycopg

from projections.store.connect import connect

CHANNEL = "gongwu_log"


class Listener:
    """A connection that hears of new events. For one waiting thread; `wake` from any other."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.Connection[Any] | None = None
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._closed = False

    def wait(self, timeout_s: float) -> bool:
        """True when the log may have grown or somebody called `wake`, False after the time is up.

        Also true when the connection had to be made anew, since news may have been missed: look first.
        While the database is away this sleeps for the time given and raises nothing.
        """
        if self._connection is None:
            try:
                self._connection = connect(self._conninfo, name="gongwu-listener", statement_timeout_s=10)
                self._connection.execute(f"LISTEN {CHANNEL}".encode())
            except psycopg.OperationalError:
                self._drop()
                return self._sleep(timeout_s, ())
            return True
        pgconn = self._connection.pgconn
        try:
            if not self._heard(pgconn):
                until = time.monotonic() + timeout_s
                while (left := until - time.monotonic()) > 0:
                    if self._sleep(left, (pgconn.socket,)):
                        break
                    if self._heard(pgconn):
                        break
                else:
                    return False
        except psycopg.OperationalError:
            self._drop()
        return True

    def wake(self) -> None:
        """End the present or the next wait at once."""
        try:
            os.write(self._wake_write, b"!")
        except (BlockingIOError, OSError):  # already full of wake-ups, or closed
            return

    def close(self) -> None:
        """Let go of the connection; not while another thread waits."""
        if not self._closed:
            self._closed = True
            self._drop()
            os.close(self._wake_read)
            os.close(self._wake_write)

    @staticmethod
    def _heard(pgconn: Any) -> bool:
        pgconn.consume_input()
        heard = False
        while pgconn.notifies() is not None:
            heard = True
        return heard

    def _sleep(self, timeout_s: float, sockets: tuple[int, ...]) -> bool:
        """Wait for one of the sockets or `wake`; true when woken."""
        poll = select.poll()  # not select(): a busy server has file numbers above 1023
        for file in (self._wake_read, *sockets):
            poll.register(file, select.POLLIN)
        if self._wake_read not in dict(poll.poll(timeout_s * 1000)):
            return False
        while True:
            try:
                if not os.read(self._wake_read, 4096):
                    return True
            except BlockingIOError:
                return True

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
