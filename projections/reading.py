"""How queries reach PostgreSQL: one statement at a time from a bounded pool, shared by the server's threads.

What goes wrong outside the statement itself is told apart by three names, so that the edge can answer "come
back later" without knowing the driver.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from domain.refusals import InvalidValue
from projections.store.unavailable import DatabaseUnavailable

Row = tuple[Any, ...]


class Crowded(Exception):
    """All connections are in use and none came free in time."""


class TooSlow(Exception):
    """The statement was stopped at its time limit."""


class Reader:
    """Runs read statements on a pool of autocommit connections (`projections.store.connect.pool`)."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self.pool = pool
        self._held = local()

    def rows(self, query: str, values: Mapping[str, object] | Sequence[object] | None = None) -> list[Row]:
        """All rows of one statement, each a tuple.

        `query` is program text: whatever comes from outside goes into `values`.
        """
        with self.connection() as connection:
            found: list[Row] = connection.execute(query, values).fetchall()
            return found

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """One connection of the pool, for the query functions of a read model.

        A thread that asks again before it has given it back gets the same one: if each held one and waited for another, all of
        them would wait for ever.
        """
        held: psycopg.Connection[Any] | None = getattr(self._held, "connection", None)
        if held is not None:
            yield held
            return
        try:
            connection = (
                self.pool.getconn()
            )  # without the pool's own commit: these connections are in autocommit mode
            try:
                self._held.connection = connection
                yield connection
            finally:
                self._held.connection = None
                self.pool.putconn(connection)
        except (PoolTimeout, TooManyRequests) as error:
            raise Crowded from error
        except errors.QueryCanceled as error:
            raise TooSlow from error
        except psycopg.DataError as error:
            if error.sqlstate is None:  # the driver itself would not send it: text with a NUL
                raise InvalidValue("", value="\\0", because="nul") from error
            raise
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseUnavailable("unreachable", str(error)) from error

    def alive(self) -> bool:
        """Whether the database answers."""
        try:
            return self.rows("SELECT 1") == [(1,)]
        except (DatabaseUnavailable, Crowded, TooSlow):
            return False
