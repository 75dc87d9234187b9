"""What the log does when connections break, replies get lost, the database goes away or somebody dawdles."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from projections.store.recorder import (
    Accepted,
    Append,
    DatabaseAway,
    Listener,
    LogBroken,
    NewEvent,
    OutcomeUnknown,
    Recorder,
    Verdict,
)
from tests.clusters import Cluster, Database
from tests.cutting_proxy import CuttingProxy

pytestmark = pytest.mark.postgres

ACCOUNT = uuid4()
WRITE = b"gongwu_append\0\0\x18"  # how each of the writer's calls begins: prepared statement, 24 parameters


def lend(stream: UUID | None = None, version: int | None = 1) -> Append:
    event = NewEvent(stream or uuid4(), version, "asset.lent", b"{}", b"{}", datetime.now(UTC))
    return Append(ACCOUNT, uuid4(), b"input", (event,))


@contextmanager
def held_up(database: Database) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else holds the log's lock, as another server's long group would."""
    with psycopg.connect(database.owner) as somebody:
        somebody.execute("SELECT pg_advisory_xact_lock(7309455170)")
        yield somebody


def test_a_commit_whose_reply_was_lost_is_answered_by_its_receipt(any_database: Database) -> None:
    with CuttingProxy(any_database.app) as proxy, Recorder(proxy.conninfo) as log:
        log.append(lend(), 5)
        proxy.cut_next(WRITE)
        chair = uuid4()
        verdict = log.append(lend(chair), 10)
        assert proxy.cut == 1
        assert isinstance(verdict, Accepted)
        assert (verdict.position, verdict.versions) == (2, {chair: 1})
        assert verdict.replayed, "the second try found the receipt of the first"
        assert log.head() == 2


def test_a_reply_lost_twice_is_an_unknown_outcome_until_asked_again(any_database: Database) -> None:
    with CuttingProxy(any_database.app) as proxy, Recorder(proxy.conninfo) as log:
        asked = lend()
        proxy.cut_next(WRITE, times=2)
        with pytest.raises(OutcomeUnknown):
            log.append(asked, 10)
        again = log.append(asked, 10)
        assert isinstance(again, Accepted)
        assert (again.position, again.replayed, log.head()) == (1, True, 1)


def test_killed_connections_neither_lose_nor_double_a_command(any_database: Database) -> None:
    slips, writers, each = uuid4(), 8, 60
    verdicts: list[Verdict] = []
    retried = threading.Event()

    def write() -> None:
        for _ in range(each):
            asked = lend(slips, None)
            while True:
                try:
                    verdicts.append(log.append(asked, 20))
                    break
                except (OutcomeUnknown, DatabaseAway):
                    retried.set()

    with Recorder(any_database.app) as log, psycopg.connect(any_database.owner, autocommit=True) as killer:
        threads = [threading.Thread(target=write) for _ in range(writers)]
        for thread in threads:
            thread.start()
        kills = 0
        while any(thread.is_alive() for thread in threads):
            found = killer.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'gongwu-writer'"
            ).fetchone()
            kills += found[0] if found else 0
            time.sleep(0.02)
        for thread in threads:
            thread.join()
        rows = log.read([slips])[slips]
    assert kills > 2
    assert all(isinstance(verdict, Accepted) for verdict in verdicts)
    assert len(rows) == writers * each
    assert sorted(v.position for v in verdicts if isinstance(v, Accepted)) == [row.position for row in rows]
    assert [row.position for row in rows] == list(range(1, writers * each + 1))


def test_readers_survive_killed_connections(any_database: Database) -> None:
    with Recorder(any_database.app) as log, psycopg.connect(any_database.owner, autocommit=True) as killer:
        log.append(lend(), 5)
        threads = [threading.Thread(target=log.head) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'gongwu-log'"
        )
        assert log.head() == 1


def test_after_its_deadline_a_command_is_unknown_and_can_be_asked_again(any_database: Database) -> None:
    with Recorder(any_database.app) as log:
        asked, queued = lend(), lend()
        with held_up(any_database):
            began = time.monotonic()
            with pytest.raises(OutcomeUnknown):
                log.append(asked, 0.3)
            with pytest.raises(OutcomeUnknown):
                log.append(queued, 0.3)
            assert time.monotonic() - began < 8, "long before the lock's own time limit"
        first, second = log.append(asked, 10), log.append(queued, 10)
        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        assert (first.replayed, second.replayed) == (True, False), "nobody waited for the queued one any more"
        assert log.head() == 2


def test_what_waits_meanwhile_goes_in_as_one_group(any_database: Database) -> None:
    chair, verdicts = uuid4(), list[Verdict]()
    commands = [lend(), *[lend(chair) for _ in range(5)], *[lend() for _ in range(10)]]
    with Recorder(any_database.app) as log, Listener(any_database.app) as news:
        threads = [threading.Thread(target=lambda c=c: verdicts.append(log.append(c, 20))) for c in commands]
        assert news.wait(5)
        with held_up(any_database) as somebody:
            threads[0].start()
            wait_for_the_lock(somebody)
            for thread in threads[1:]:
                thread.start()
            until = time.monotonic() + 10
            while log._writer._queue.qsize() < len(threads) - 1 and time.monotonic() < until:
                time.sleep(0.01)
        for thread in threads:
            thread.join()
        times = {row.recorded_at for row in log.read_log(0, 100)}
    assert sum(isinstance(verdict, Accepted) for verdict in verdicts) == 12, "one of the five got the chair"
    assert len(times) == 2, "the first one alone, then all the others at once"


def wait_for_the_lock(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        waiting = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone()
        if waiting and waiting[0]:
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits for the lock")


def test_a_database_that_is_away_is_said_to_be_away(any_database: Database) -> None:
    proxy = CuttingProxy(any_database.app)
    with Recorder(proxy.conninfo) as log, Listener(proxy.conninfo) as news:
        log.append(lend(), 5)
        assert log.head() == 1
        proxy.close()
        with pytest.raises((DatabaseAway, OutcomeUnknown)):
            log.append(lend(), 3)
        with pytest.raises(DatabaseAway):
            log.append(lend(), 3)
        with pytest.raises(DatabaseAway):
            log.head()
        news.wait(0.05)
        news.wait(0.05)
    with Recorder(any_database.app) as log:
        assert log.head() in (1, 2)


def test_an_error_fails_everybody_in_the_group_and_the_writer_lives_on(any_database: Database) -> None:
    with Recorder(any_database.app) as log, psycopg.connect(any_database.owner, autocommit=True) as owner:
        owner.execute("ALTER TABLE gongwu.event ADD CONSTRAINT trouble CHECK (topic <> 'asset.lent')")
        began = time.monotonic()
        errors: list[BaseException] = []

        def fail() -> None:
            try:
                log.append(lend(), 30)
            except LogBroken as error:
                errors.append(error)

        threads = [threading.Thread(target=fail) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(errors) == 8
        assert time.monotonic() - began < 20, "nobody waited for the deadline"
        owner.execute("ALTER TABLE gongwu.event DROP CONSTRAINT trouble")
        assert isinstance(log.append(lend(), 5), Accepted)


def test_what_no_standby_has_confirmed_is_not_said_to_be_done(debian_cluster: Cluster) -> None:
    """A cancelled wait for a standby ends in a mere warning, and a retry must not find the receipt and lie."""
    with debian_cluster.new_database(installed=True) as database:
        ask_without_a_standby(database, lend())


def ask_without_a_standby(database: Database, asked: Append) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner, Recorder(database.app) as log:
        log.append(lend(), 5)
        require_standby(database, "ghost")
        try:
            told: list[type[Exception]] = []

            def ask() -> None:
                try:
                    log.append(asked, 20)
                except OutcomeUnknown as error:
                    told.append(type(error))

            asking = threading.Thread(target=ask)
            asking.start()
            until = time.monotonic() + 15
            while asking.is_alive() and time.monotonic() < until:
                owner.execute(
                    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event = 'SyncRep'"
                )
                time.sleep(0.05)
            asking.join()
            assert told == [OutcomeUnknown]
            with pytest.raises(OutcomeUnknown):
                log.append(asked, 1)
        finally:
            require_standby(database, "")
        again = log.append(asked, 20)
    assert isinstance(again, Accepted)
    assert (again.replayed, again.position) == (True, 2)


def require_standby(database: Database, name: str) -> None:
    with psycopg.connect(database.cluster.dsn("gongwu_owner", "postgres"), autocommit=True) as owner:
        owner.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'".encode())
        owner.execute("SELECT pg_reload_conf()")
        until = time.monotonic() + 10
        while owner.execute("SHOW synchronous_standby_names").fetchone() != (name,):
            assert time.monotonic() < until
            time.sleep(0.02)
    time.sleep(0.3)  # the other connections hear of it when they are next idle


def test_a_writer_that_dies_says_so_and_keeps_nobody_waiting(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(database.app) as log:
        log.append(lend(), 5)
        log._writer._queue.put("not a command")  # type: ignore[arg-type]  # some fault of ours
        log._writer._thread.join()
        with pytest.raises(DatabaseAway, match="writer has died"):
            log.append(lend(), 60)
        assert "writer has died" in caplog.text
        assert log.head() == 1, "reading goes on"


def test_nothing_waits_for_ever_and_nothing_is_acknowledged_early(any_database: Database) -> None:
    with Recorder(any_database.app) as log:
        log.append(lend(), 5)
        writing = log._writer._connection
        assert writing is not None
        with log._pool.connection() as reading, log.datastore.get_connection() as librarys:
            for connection in (reading, writing, librarys):
                settings = {
                    row["name"]: row["setting"]
                    for row in connection.cursor(row_factory=dict_row).execute(
                        "SELECT name, setting FROM pg_settings"
                    )
                }
                for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                    assert 0 < int(settings[limit]) <= 60_000
                assert settings["synchronous_commit"] == "on"
                assert settings["TimeZone"] == "UTC"
                assert settings["default_transaction_isolation"] == "read committed"


def test_a_plan_made_for_a_small_log_is_not_kept_for_a_big_one(any_database: Database) -> None:
    with Recorder(any_database.app, readers=1) as log:
        log.append(lend(), 5)
        with psycopg.connect(any_database.owner) as owner:
            owner.execute("ANALYZE gongwu.event")  # one page: to read all of it is the best plan today
        for _ in range(8):
            log.read([uuid4(), uuid4()])
        with log._pool.connection() as reading:
            found = reading.execute(f"EXPLAIN EXECUTE gongwu_streams ('{{{uuid4()}}}')".encode()).fetchall()
        assert "Index" in str(found)
        assert "Seq Scan" not in str(found)


def test_closing_finishes_what_is_queued_and_then_refuses(any_database: Database) -> None:
    log = Recorder(any_database.app)
    verdicts: list[Verdict] = []
    threads = [threading.Thread(target=lambda: verdicts.append(log.append(lend(), 20))) for _ in range(4)]
    with held_up(any_database) as somebody:
        threads[0].start()
        wait_for_the_lock(somebody)
        for thread in threads[1:]:
            thread.start()
        while log._writer._queue.qsize() < 3:
            time.sleep(0.01)
        closing = threading.Thread(target=log.close)
        closing.start()
        while not log._writer._closed:
            time.sleep(0.01)
        with pytest.raises(DatabaseAway):
            log.append(lend(), 5)
    closing.join()
    for thread in threads:
        thread.join()
    assert len(verdicts) == 4
    assert not log._writer._thread.is_alive()
    log.close()
