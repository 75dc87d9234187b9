"""How many durable appends per second, against bare single-row INSERTs by psycopg on the same server?

`run(owner, app)` takes two connection strings of one database with our schema: the owner's, to make the
limit's own table, and the server's. Each append is a command with one 300-byte event, its metadata, a guard
and a receipt.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg

from benchmarks.figures import Row, in_turn, row
from projections.store.recorder import Accepted, Append, NewEvent, Recorder

THREADS = (1, 8, 32)
FLOOR_AT_32 = 0.9

BODY = b'{"holder":"0190f5f0-0000-7000-8000-000000000001","note":"' + b"x" * 240 + b'"}'
META = b'{"actor":"0190f5f0-0000-7000-8000-000000000002","device":"counter-1","reason":"benchmark"}'

LIMIT_TABLE = """
DROP TABLE IF EXISTS public.bare;
CREATE TABLE public.bare (
    position    bigserial   PRIMARY KEY,
    stream      uuid        NOT NULL,
    version     integer     NOT NULL,
    topic       text        NOT NULL,
    body        bytea       NOT NULL,
    meta        bytea       NOT NULL,
    occurred_at timestamptz NOT NULL,
    UNIQUE (stream, version)
)
"""
LIMIT_INSERT = """
INSERT INTO public.bare (stream, version, topic, body, meta, occurred_at) VALUES (%b, %b, %b, %b, %b, %b)
"""


def run(owner: str, app: str, *, seconds: float = 3.0, rounds: int = 3) -> list[Row]:
    """Rows append.{1,8,32}: ours and the limit in turn."""
    rows = []
    for n in THREADS:
        ours, bare = in_turn(
            rounds, partial(_appends, app, n, seconds), partial(bare_inserts, owner, n, seconds)
        )
        rows.append(
            row(f"append.{n}", ours, "commands/s", limit=bare, target=FLOOR_AT_32 if n == 32 else None)
        )
    return rows


def _appends(app: str, threads: int, seconds: float) -> float:
    account = uuid4()

    def once() -> None:
        stream = uuid4()
        event = NewEvent(stream, 1, "asset.lent", BODY, META, datetime.now(UTC))
        command = Append(account, uuid4(), stream.bytes * 2, (event,), ((stream, 0),))
        verdict = log.append(command, 30)
        assert isinstance(verdict, Accepted), verdict

    with Recorder(app) as log:
        return rate([once] * threads, seconds)


def bare_inserts(owner: str, threads: int, seconds: float) -> float:
    """The limit: durable single-row INSERTs per second, each thread with a connection of its own."""
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(LIMIT_TABLE)
    try:
        return _inserts(owner, threads, seconds)
    finally:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("DROP TABLE public.bare")


def _inserts(owner: str, threads: int, seconds: float) -> float:
    with ExitStack() as stack:
        connections = [
            stack.enter_context(psycopg.connect(owner, autocommit=True, prepare_threshold=0))
            for _ in range(threads)
        ]
        return rate([_insert_with(connection.cursor()) for connection in connections], seconds)


def _insert_with(cursor: psycopg.Cursor[Any]) -> Callable[[], None]:
    def once() -> None:
        values: tuple[UUID, int, str, bytes, bytes, datetime]
        values = (uuid4(), 1, "asset.lent", BODY, META, datetime.now(UTC))
        cursor.execute(LIMIT_INSERT, values)

    return once


def rate(works: list[Callable[[], None]], seconds: float) -> float:
    """All works over and over, each in its thread, for that long after a short warming up."""
    counts = [0] * len(works)
    failures: list[BaseException] = []
    start = threading.Barrier(len(works) + 1)
    stop = threading.Event()

    def worker(number: int) -> None:
        try:
            for _ in range(20):
                works[number]()
            start.wait()
            while not stop.is_set():
                works[number]()
                counts[number] += 1
        except BaseException as error:
            failures.append(error)
            start.abort()

    workers = [threading.Thread(target=worker, args=(n,)) for n in range(len(works))]
    for thread in workers:
        thread.start()
    with suppress(threading.BrokenBarrierError):  # a worker has failed: its error is raised below
        start.wait()
    began = time.perf_counter()
    if not failures:
        time.sleep(seconds)
    stop.set()
    for thread in workers:
        thread.join()
    took = time.perf_counter() - began
    if failures:
        raise failures[0]
    return sum(counts) / took
