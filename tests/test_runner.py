"""The runner: every fact once, none skipped, one projection's poison is nobody else's, and what is rebuilt is what was there."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.aggregate import Meta, encode
from projections import loading
from projections import rebuild as rebuilding
from projections.catalogue import ALL
from projections.loading import RebuildFailed
from projections.rebuild import RebuildRunning, rebuild
from projections.runner import ProjectionBehind, Runner
from projections.store.recorder import Append, NewEvent, Recorder
from tests.clusters import Database
from tests.ground import Ground
from tests.histories import ACCOUNT, BODIES, DAY_ONE, PEOPLE, history, record

pytestmark = pytest.mark.postgres

PROJECTOR = """
import sys
from projections.catalogue import ALL
from projections.runner import Runner
runner = Runner(sys.argv[1], ALL)
print("ready", flush=True)
runner.catch_up(int(sys.argv[2]))
print("done", flush=True)
"""


@pytest.fixture
def ground(database: Database) -> Iterator[Ground]:
    with Ground(database) as made:
        yield made


@pytest.fixture(scope="module")
def lasting(module_database: Database) -> Iterator[Ground]:
    with Ground(module_database) as made:
        yield made


def test_the_projections_follow_on_both_servers(any_database: Database) -> None:
    with Ground(any_database) as ground:
        record(ground.recorder, history(Random(1), 10, 300))
        ground.runner.catch_up()
        assert ground.wrong() == []
        assert all(one.same for one in rebuild(any_database.projector, ALL))
        assert ground.wrong() == []
        assert len(ground.items()) == 10


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_rebuilt_is_live_by_digest_and_row_by_row(lasting: Ground, seed: int) -> None:
    random = Random(seed)
    told = history(random, 6, 120, late=random.choice((0.0, 0.25)))
    while told:
        cut = random.randrange(1, 40)
        record(lasting.recorder, told[:cut], at_once=random.randrange(1, 40))
        told = told[cut:]
        lasting.runner.catch_up()
    assert lasting.wrong() == []
    live = lasting.tables()
    rebuilt = rebuild(lasting.database.projector, ALL)
    assert [one.same for one in rebuilt] == [True] * len(ALL)
    assert lasting.tables() == live
    assert lasting.wrong() == []


def test_a_rebuild_needs_nothing_but_the_log(ground: Ground) -> None:
    record(ground.recorder, history(Random(2), 10, 200))
    ground.runner.catch_up()
    live = ground.tables()
    for one in ALL:
        ground.execute_as_projector(f"ALTER SCHEMA {one.name} RENAME TO hidden_{one.name}")
        ground.execute_as_projector(f"REVOKE ALL ON SCHEMA hidden_{one.name} FROM CURRENT_USER")
    rebuild(ground.database.projector, ALL)
    assert ground.tables() == live


def test_a_long_log_is_rebuilt_by_two_processes_to_the_same_rows(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(ground.recorder, history(Random(3), 40, 400))
    ground.runner.catch_up()
    monkeypatch.setattr(loading, "SHARED_FROM", 1)
    assert all(one.same for one in rebuild(ground.database.projector, ALL))
    assert ground.wrong() == []


def test_readers_never_miss_the_tables_while_they_are_replaced(ground: Ground) -> None:
    record(ground.recorder, history(Random(4), 20, 200))
    ground.runner.catch_up()
    seen: set[int] = set()
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                seen.add(len(ground.items()))
        except BaseException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(3):
        rebuild(ground.database.projector, ALL)
    stop.set()
    reader.join()
    assert failures == []
    assert seen == {20}


@pytest.mark.parametrize(
    "planted",
    [
        "UPDATE register.state SET place = gen_random_uuid() WHERE ctid = (SELECT min(ctid) FROM register.state)",
        "DELETE FROM register.state WHERE ctid = (SELECT min(ctid) FROM register.state WHERE true_to IS NOT NULL)",
        "UPDATE register.state SET ended_known = 9 WHERE ctid = (SELECT min(ctid) FROM register.state WHERE true_to IS NOT NULL)",
        "UPDATE register.current SET quantity = quantity + 1 WHERE ctid = (SELECT min(ctid) FROM register.current)",
        "UPDATE register.card SET remark = 'x' WHERE ctid = (SELECT min(ctid) FROM register.card)",
        "INSERT INTO codes.code SELECT asset, 99, 'number', 'forged', 'X1', 'X1', false, NULL FROM register.current LIMIT 1",
        "UPDATE availability.stock SET usable = usable + 1 WHERE ctid = (SELECT min(ctid) FROM availability.stock)",
        "DELETE FROM availability.claim WHERE ctid = (SELECT min(ctid) FROM availability.claim)",
        "UPDATE availability.total SET usable = usable + 1 WHERE ctid = (SELECT min(ctid) FROM availability.total)",
        "DELETE FROM availability.total WHERE ctid = (SELECT min(ctid) FROM availability.total)",
        "UPDATE history.event SET person = gen_random_uuid() WHERE ctid = (SELECT min(ctid) FROM history.event)",
        "DELETE FROM history.seen WHERE ctid = (SELECT min(ctid) FROM history.seen)",
        "INSERT INTO organisations.reach VALUES (gen_random_uuid(), gen_random_uuid())",
    ],
)
def test_a_planted_wrong_row_is_found(lasting: Ground, planted: str) -> None:
    record(lasting.recorder, history(Random(5), 10, 100))
    lasting.runner.catch_up()
    assert lasting.wrong() == []
    lasting.execute_as_projector(planted)
    assert len(lasting.wrong()) >= 1
    rebuilt = rebuild(lasting.database.projector, ALL)
    assert all(
        one.same for one in rebuilt
    )  # the digest kept by the fold was right: the row was not the fold's
    assert lasting.wrong() == []


def test_no_fact_is_skipped_while_32_writers_write(ground: Ground) -> None:
    ground.runner.start()
    histories = [history(Random(n), 3, 40) for n in range(32)]

    def write(n: int) -> None:
        record(ground.recorder, histories[n], at_once=2)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(32)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    head = ground.recorder.head()
    assert head == 32 * 43
    for one in ALL:
        ground.runner.wait_for(one.name, head, 30)
    positions = [row[0] for row in ground.reading.execute("SELECT position FROM history.event ORDER BY 1")]
    assert positions == list(range(1, head + 1))
    assert all(one.same for one in rebuild(ground.database.projector, ALL))


def test_two_runners_at_once_do_everything_once(ground: Ground) -> None:
    other = Runner(ground.database.projector, ALL)
    head = 0
    with ground.runner.start(), other.start():
        for n in range(20):
            head = record(ground.recorder, history(Random(n), 3, 20), at_once=5)
        for one in ALL:
            ground.runner.wait_for(one.name, head, 30)
            other.wait_for(one.name, head, 30)
    assert ground.wrong() == []
    assert all(one.same for one in rebuild(ground.database.projector, ALL))


def test_a_projector_killed_at_any_moment_does_nothing_twice_and_nothing_half(ground: Ground) -> None:
    random = Random(6)
    head = record(ground.recorder, history(random, 40, 3000))
    kills = 0
    root = Path(__file__).parent.parent
    for _ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", PROJECTOR, ground.database.projector, str(head)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(random.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        left = process.stdout.read()
        process.stdout.close()
        process.wait()
        kills += left == ""
        if left:
            head = record(ground.recorder, history(random, 10, 1500))
    assert kills
    ground.runner.catch_up()
    assert ground.wrong() == []
    assert all(one.same for one in rebuild(ground.database.projector, ALL))


def poison(recorder: Recorder, topic: str, body: bytes) -> int:
    meta = encode(Meta(account=ACCOUNT, person=PEOPLE[0], body=BODIES[0], command=uuid4(), use_case="poison"))
    event = NewEvent(uuid4(), 1, topic, body, meta, DAY_ONE)
    return recorder.append(Append(ACCOUNT, uuid4(), b"-", events=(event,)), 10).position  # type: ignore[union-attr]  # accepted


OF_ASSETS = {"register", "codes", "availability", "history", "deadlines", "inbox", "figures", "labels"}


@pytest.mark.parametrize(
    ("topic", "body", "stopped"),
    [
        ("asset.never_heard_of", b"{}", OF_ASSETS),
        ("asset.moved", b'{"place":"nowhere"}', OF_ASSETS),
        ("loan.closed", b"[1]", {"papers", "history", "deadlines", "inbox", "figures"}),
        ("unicorn.seen", b"{}", {"history"}),
    ],
)
def test_a_poison_event_stops_only_those_who_listen_and_is_never_skipped(
    ground: Ground, topic: str, body: bytes, stopped: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = record(ground.recorder, history(Random(7), 5, 30))
    poisoned = poison(ground.recorder, topic, body)
    head = record(ground.recorder, history(Random(8), 5, 30))
    ground.runner.catch_up()
    status = ground.runner.status()
    for name, one in status.items():
        if name in stopped:
            assert (one["position"], one["stopped"], one["lag"]) == (before, poisoned, head - before)
            assert one["error"]
            with pytest.raises(ProjectionBehind):
                ground.runner.wait_for(name, head, 5)
        else:
            assert (one["position"], one["stopped"], one["error"]) == (head, None, None)
    assert ground.wrong() == []
    for shared_from in (10**9, 1):
        monkeypatch.setattr(loading, "SHARED_FROM", shared_from)
        with pytest.raises(RebuildFailed, match=str(poisoned)):
            rebuild(ground.database.projector, ALL)
    assert ground.wrong() == []


def test_a_repaired_fold_goes_on_where_it_stopped(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    record(ground.recorder, history(Random(9), 5, 60))
    with monkeypatch.context() as patched:

        def broken(*_: object) -> None:
            raise ZeroDivisionError("a bug of ours")

        patched.setattr("projections.availability_fold._stock", broken)
        ground.runner.catch_up()
        status = ground.runner.status()
        assert status["availability"]["stopped"] == 1
        assert "a bug of ours" in status["availability"]["error"]
        assert status["register"]["lag"] == 0
    with Runner(ground.database.projector, ALL).start() as again:
        again.wait_for("availability", ground.recorder.head(), 10)
        assert all(one["lag"] == 0 and one["stopped"] is None for one in again.status().values())
    assert ground.wrong() == []
    assert all(one.same for one in rebuild(ground.database.projector, ALL))


def test_processes_that_start_on_an_empty_place_at_once_make_the_tables_once(database: Database) -> None:
    starting = [Runner(database.projector, ALL) for _ in range(4)]
    failures: list[BaseException] = []

    def prepare(one: Runner) -> None:
        try:
            one.prepare()
        except RebuildRunning:
            return
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=prepare, args=(one,)) for one in starting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Ground(database) as ground:
        record(ground.recorder, history(Random(14), 2, 5))
        ground.runner.catch_up()
        assert ground.wrong() == []


def test_a_reader_of_the_old_tables_may_go_on_reading(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(ground.recorder, history(Random(15), 5, 20))
    ground.runner.catch_up()
    hurried = loading.loading_connection

    def impatient(conninfo: str) -> psycopg.Connection[object]:
        connection = hurried(conninfo)
        connection.execute("SET lock_timeout TO '100ms'")
        return connection

    monkeypatch.setattr(rebuilding, "loading_connection", impatient)
    with psycopg.connect(ground.database.app) as long_reading:
        first = long_reading.execute("SELECT count(*) FROM register.current").fetchone()
        assert all(one.same for one in rebuild(ground.database.projector, ALL))
        assert long_reading.execute("SELECT count(*) FROM register.current").fetchone() == first
    assert all(one.same for one in rebuild(ground.database.projector, ALL))
    left = ground.reading.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname ~ '_(old|next)$'"
    ).fetchall()
    assert left == []


def test_waiting_for_a_position_ends_when_it_is_there_or_when_the_time_is_up(ground: Ground) -> None:
    head = record(ground.recorder, history(Random(10), 2, 5))
    with pytest.raises(ProjectionBehind) as behind:
        ground.runner.wait_for("register", head, 0.05)
    assert (behind.value.position, behind.value.asked) == (0, head)
    with ground.runner.start():
        ground.runner.wait_for("register", head, 10)
        assert len(ground.items()) == 2


def test_an_older_version_of_a_projection_is_rebuilt_at_the_next_start(ground: Ground) -> None:
    record(ground.recorder, history(Random(11), 2, 5))
    ground.runner.catch_up()
    ground.execute_as_projector("UPDATE projection.position SET version = version - 1 WHERE name = 'history'")
    rebuilt = Runner(ground.database.projector, ALL).prepare()
    assert [(one.name, one.same) for one in rebuilt] == [("history", None)]
    assert ground.wrong() == []


def test_the_server_reads_the_tables_but_cannot_change_them(ground: Ground) -> None:
    record(ground.recorder, history(Random(12), 2, 5))
    ground.runner.catch_up()
    rebuild(ground.database.projector, ALL)
    assert len(ground.items()) == 2
    for statement in (
        "DELETE FROM register.current", "UPDATE history.event SET late = true", "DROP TABLE availability.stock",
        "UPDATE projection.position SET position = 0",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ground.reading.execute(statement.encode())


def test_the_projector_cannot_write_the_log(ground: Ground) -> None:
    record(ground.recorder, history(Random(13), 1, 1))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ground.execute_as_projector("DELETE FROM gongwu.event")
