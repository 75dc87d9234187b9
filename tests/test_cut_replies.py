"""What must never happen: a lost or doubled command when the reply is cut, a server is killed, the database crashes."""

import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.values import Condition
from projections.catalogue import ALL
from tests.cutting_line import CuttingLine
from tests.servers import Caller, committed, lending, must_be_there_once, serve, short, two_servers, wrong
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """The town; the process that runs the tests also serves it, and follows the log."""
    with new_town() as made:
        yield made


@pytest.fixture(scope="module")
def ports(town: Town) -> Iterator[tuple[int, int]]:
    """Two more server processes on the same database."""
    with two_servers(town) as both:
        yield both


@pytest.mark.slow
def test_a_lost_or_doubled_command_when_the_reply_is_cut(town: Town, ports: tuple[int, int]) -> None:
    """The line is cut after the commit; asked again with the same id, the first outcome is given; the journal is in the log once."""
    assets = town.take_over("offices", *(f"断线货{n}" for n in range(24)), place="store")
    journal = {uuid4(): asset for asset in assets}
    first: dict[UUID, int] = {}
    with CuttingLine(ports[0]) as line:
        for at, (id, asset) in enumerate(journal.items()):
            said = lending(town, [asset])
            if at % 3:
                line.cutting.set()
                with (
                    closing(Caller(line.port, town.tokens["keeper"])) as caller,
                    pytest.raises((OSError, http.client.HTTPException)),
                ):
                    caller.call("lend", command_id=id, **said)
                first[id] = committed(town, id)
                line.cutting.clear()
            for port in (line.port, ports[1]):
                with closing(Caller(port, town.tokens["keeper"])) as caller:
                    answer = caller.call("lend", command_id=id, **said)
                assert answer["__typename"] == "LendPayload", answer
                assert answer["replayed"] == (id in first)
                assert int(answer["position"]) == first.setdefault(id, int(answer["position"]))
        assert line.cut >= 16
    must_be_there_once(town, journal)


@pytest.mark.slow
def test_a_lost_or_doubled_command_when_the_server_is_killed_between_commit_and_answer(town: Town) -> None:
    """The answer is held back until the receipt is in the database, then the server is killed with -9."""
    [asset] = town.take_over("offices", "断电货", place="store")
    id, said = uuid4(), lending(town, [asset])
    with serve(town.installation.settings.data_dir) as (process, port), CuttingLine(port) as line:
        with closing(Caller(port, town.tokens["keeper"])) as warm:
            assert (
                warm.call("inspect", command_id=uuid4(), asset=uuid4(), condition=Condition.GOOD)["code"]
                == "UNKNOWN"
            )
        line.cutting.set()
        with (
            closing(Caller(line.port, town.tokens["keeper"])) as caller,
            pytest.raises((OSError, http.client.HTTPException)),
        ):
            caller.call("lend", command_id=id, **said)
        position = committed(town, id)
        process.kill()
        process.wait(30)
        with pytest.raises(OSError, match="refused"):
            Caller(port, town.tokens["keeper"]).call("lend", command_id=id, **said)
    with (
        serve(town.installation.settings.data_dir) as (_, port),
        closing(Caller(port, town.tokens["keeper"])) as caller,
    ):
        again = caller.call("lend", command_id=id, **said)
    assert (again["replayed"], int(again["position"])) == (True, position)
    must_be_there_once(town, {id: asset})


@pytest.mark.slow
def test_a_lost_or_doubled_command_when_the_server_is_killed_at_any_moment(town: Town) -> None:
    """Eight writers, a server killed with -9 among them twice; who heard nothing asks the next one with the same id."""
    assets = iter(town.take_over("offices", *(f"断续货{n}" for n in range(8 * 15)), place="store"))
    work = [[(uuid4(), next(assets)) for _ in range(15)] for _ in range(8)]
    rng = random.Random(20261123)
    waiting = [list(mine) for mine in work]
    for life in range(3):
        with serve(town.installation.settings.data_dir) as (process, port):
            gone = threading.Event()

            def write(me: int, port: int = port, gone: threading.Event = gone) -> None:
                caller = Caller(port, town.tokens["keeper"])
                with closing(caller):
                    while waiting[me] and not gone.is_set():
                        id, asset = waiting[me][0]
                        try:
                            answer = caller.call("lend", command_id=id, **lending(town, [asset]))
                        except (OSError, http.client.HTTPException):
                            return
                        assert answer["__typename"] == "LendPayload", answer
                        waiting[me].pop(0)

            threads = [threading.Thread(target=write, args=(me,)) for me in range(8)]
            for thread in threads:
                thread.start()
            if life < 2:
                target = sum(map(len, waiting)) - rng.randrange(15, 30)
                while sum(map(len, waiting)) > target:
                    time.sleep(0.001)
                process.kill()
            for thread in threads:
                thread.join()
    assert not any(waiting)
    must_be_there_once(town, {id: asset for mine in work for id, asset in mine})


@pytest.mark.slow
def test_a_lost_or_doubled_command_or_event_when_the_database_crashes() -> None:
    """A backend is killed with -9: PostgreSQL throws everybody out and recovers. What was acknowledged is there, nothing is twice."""
    with new_town() as town:
        assets = iter(town.take_over("offices", *(f"崩溃货{n}" for n in range(8 * 25)), place="store"))
        work = [[(uuid4(), next(assets)) for _ in range(25)] for _ in range(8)]
        heard: list[UUID] = []

        def write(me: int) -> None:
            client = town.as_("keeper")
            for id, asset in work[me]:
                ends = time.monotonic() + 60
                while True:
                    answer = client.ask(short("lend"), input={"command_id": id, **lending(town, [asset])})
                    if answer.status == 200:
                        break
                    assert (answer.status, time.monotonic() < ends) == (503, True), answer.raw
                    time.sleep(0.05)
                assert answer.body["data"]["lend"]["__typename"] == "LendPayload", answer.raw
                heard.append(id)

        with ThreadPoolExecutor(8) as pool:
            writers = [pool.submit(write, me) for me in range(8)]
            for enough in (50, 120):
                while len(heard) < enough and not any(one.done() for one in writers):
                    time.sleep(0.001)
                with psycopg.connect(town.installation.logins.owner, autocommit=True) as owner:
                    row = owner.execute(
                        "SELECT pid FROM pg_stat_activity WHERE usename = 'gongwu_app' LIMIT 1"
                    ).fetchone()
                assert row is not None
                os.kill(row[0], signal.SIGKILL)
            for writer in writers:
                writer.result()
        town.installation.reader.pool.check()  # lets go of the lines that the crash has cut
        must_be_there_once(town, {id: asset for mine in work for id, asset in mine})
        for one in ALL:
            town.installation.runner.wait_for(str(one.name), town.installation.recorder.head(), 60)
        assert wrong(town) == [], "rows that the crash took away were folded again, none twice"
