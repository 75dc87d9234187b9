"""What must never happen, tried with real server processes on one real database: each test is named after it."""

import http.client
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.aggregate import FACTS
from domain.asset import Asset
from domain.body import BodyAbolished
from domain.command import Envelope
from domain.papers.intake import IntakeLine, IntakeMode, IntakeSource
from domain.papers.loan import LoanLine
from domain.usecases import USE_CASES
from domain.values import Condition, Role, Window
from projections.catalogue import ALL
from projections.desk import Decided, Desk, recorded
from projections.rebuild import rebuild
from projections.store.embedded import EmbeddedServer
from projections.store.recorder import Append, Recorder, Verdict
from projections.verify import verify
from tests.clusters import forget, temporary_folder
from tests.command_line import begin
from tests.cutting_line import CuttingLine
from tests.errands import ERRANDS, document, in_days
from tests.story import state
from tests.town import Client, Town, command, new_town, plain, town_in

pytestmark = pytest.mark.postgres

ROUNDS, CLIENTS = 200, 32
DUE = in_days(7)


@contextmanager
def serve(data: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`gongwu serve` as a process of the operating system, and its port. It may be dead already when the block ends."""
    process = begin(data, "--json", "serve", "--port", "0")
    try:
        assert process.stdout is not None
        port = urlsplit(json.loads(process.stdout.readline())["address"]).port
        assert port is not None
        yield process, port
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder / "data"
        forget(EmbeddedServer(folder / "data"))


@pytest.fixture(scope="module")
def town(place: Path) -> Iterator[Town]:
    """The town; the process that runs the tests also serves it, and follows the log."""
    with town_in(place) as made:
        yield made


@pytest.fixture(scope="module")
def ports(town: Town, place: Path) -> Iterator[tuple[int, int]]:
    """Two more server processes on the same database."""
    with serve(place) as (_, one), serve(place) as (_, two):
        yield one, two


class Caller:
    """A client that costs little: the same bytes but for what changes, one kept connection."""

    def __init__(self, port: int, token: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept-Language": "en",
        }

    def call(self, name: str, **input: Any) -> dict[str, Any]:
        """The one member of the union; raises `OSError` or `HTTPException` when the line is cut."""
        self.line.request(
            "POST",
            "/graphql",
            json.dumps({"query": short(name), "variables": {"input": plain(input)}}),
            self.headers,
        )
        answer = self.line.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, body
        assert "errors" not in body, body
        found: dict[str, Any] = next(iter(body["data"].values()))
        return found

    def close(self) -> None:
        self.line.close()


def short(name: str) -> str:
    """A mutation that asks only what became of it."""
    head = command(name).partition("__typename")[0]
    payload = "".join(part.capitalize() for part in name.split("_")) + "Payload"
    return f"{head} __typename ... on UserError {{ code }} ... on {payload} {{ position replayed }} }} }}"


def events_of(town: Town, commands: Sequence[UUID]) -> dict[UUID, list[tuple[int, str, UUID]]]:
    """(position, topic, stream) of what each command left in the log."""
    rows = town.sql(
        "SELECT (meta ->> 'command')::uuid, position, topic, stream FROM gongwu.events WHERE (meta ->> 'command')::uuid = ANY(%s)"
        " ORDER BY position",
        list(commands),
    )
    found: dict[UUID, list[tuple[int, str, UUID]]] = defaultdict(list)
    for id, position, topic, stream in rows:
        found[id].append((position, topic, stream))
    return found


def lending(town: Town, assets: Sequence[UUID]) -> dict[str, Any]:
    return {
        "lines": [{"asset": one, "quantity": 1} for one in assets],
        "borrower": town.bodies["health"],
        "receiver": town.signature("health_officer"),
        "due": DUE,
    }


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_winners_for_one_item(town: Town, ports: tuple[int, int]) -> None:
    """Two processes, HTTP, a barrier, 200 rounds of 32 clients: one wins each round, 31 get a refusal, and the log agrees."""
    assets = town.take_over("offices", *(f"抢手货{n}" for n in range(ROUNDS)), place="store")
    barrier = threading.Barrier(CLIENTS, timeout=120)
    answers: list[list[dict[str, Any]]] = [[] for _ in range(CLIENTS)]
    said = [lending(town, [asset]) for asset in assets]

    def compete(me: int) -> None:
        with closing(Caller(ports[me % 2], town.tokens["keeper"])) as caller:
            for one in said:
                barrier.wait()
                answers[me].append(caller.call("lend", command_id=uuid4(), **one))

    run_all(compete, range(CLIENTS))
    for round_ in range(ROUNDS):
        told = Counter((one[round_]["__typename"], one[round_].get("code")) for one in answers)
        assert told == {("LendPayload", None): 1, ("Refused", "ON_LOAN"): CLIENTS - 1}, (
            f"round {round_}: {told}"
        )
    log = town.sql(
        "SELECT stream, count(*) FROM gongwu.event WHERE topic = 'asset.lent' AND stream = ANY(%s) GROUP BY 1",
        assets,
    )
    assert dict(log) == dict.fromkeys(assets, 1)
    winners = {int(one["position"]) for mine in answers for one in mine if one["__typename"] == "LendPayload"}
    slips = town.sql(
        "SELECT version FROM gongwu.event WHERE topic = 'slip.issued' AND position = ANY(%s) ORDER BY 1",
        list(winners),
    )
    assert [row[0] for row in slips] == list(range(slips[0][0], slips[0][0] + ROUNDS)), (
        "and the slips have no gap"
    )


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


def committed(town: Town, id: UUID) -> int:
    """Waits until a command has a receipt; its position."""
    ends = time.monotonic() + 30
    while not (rows := town.sql("SELECT position FROM gongwu.receipt WHERE command_id = %s", id)):
        assert time.monotonic() < ends, "it never got there"
        time.sleep(0.005)
    return int(rows[0][0])


def must_be_there_once(town: Town, journal: dict[UUID, UUID]) -> None:
    """The client's journal joined to the log: missing 0, doubled 0, and nothing half."""
    log = events_of(town, list(journal))
    assert not [id for id in journal if id not in log], "missing"
    for id, asset in journal.items():
        topics = Counter(topic for _, topic, _ in log[id])
        assert topics["asset.lent"] == topics["loan.opened"] == topics["slip.issued"] == 1, (asset, topics)
        positions = [position for position, _, _ in log[id]]
        assert positions == list(range(positions[0], positions[0] + len(positions)))
    lent = town.sql(
        "SELECT count(*) FROM gongwu.event WHERE topic = 'asset.lent' AND stream = ANY(%s)",
        list(journal.values()),
    )
    assert lent == [(len(journal),)], "doubled"


@pytest.mark.slow
def test_a_lost_or_doubled_command_when_the_server_is_killed_between_commit_and_answer(
    town: Town, place: Path
) -> None:
    """The answer is held back until the receipt is in the database, then the server is killed with -9."""
    [asset] = town.take_over("offices", "断电货", place="store")
    id, said = uuid4(), lending(town, [asset])
    with serve(place) as (process, port), CuttingLine(port) as line:
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
    with serve(place) as (_, port), closing(Caller(port, town.tokens["keeper"])) as caller:
        again = caller.call("lend", command_id=id, **said)
    assert (again["replayed"], int(again["position"])) == (True, position)
    must_be_there_once(town, {id: asset})


@pytest.mark.slow
def test_a_lost_or_doubled_command_when_the_server_is_killed_at_any_moment(town: Town, place: Path) -> None:
    """Eight writers, a server killed with -9 among them twice; who heard nothing asks the next one with the same id."""
    assets = iter(town.take_over("offices", *(f"断续货{n}" for n in range(8 * 15)), place="store"))
    work = [[(uuid4(), next(assets)) for _ in range(15)] for _ in range(8)]
    rng = random.Random(20261123)
    waiting = [list(mine) for mine in work]
    for life in range(3):
        with serve(place) as (process, port):
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


@pytest.mark.slow
def test_half_of_a_multi_stream_command(town: Town, ports: tuple[int, int]) -> None:
    """Commands over three things each, overlapping at random: what is accepted is there whole, what is refused left nothing."""
    assets = town.take_over("offices", *(f"成套货{n}" for n in range(30)), place="store")
    rng = random.Random(7)
    wanted = {uuid4(): rng.sample(assets, 3) for _ in range(64)}
    answers: dict[UUID, dict[str, Any]] = {}

    def ask(me: int) -> None:
        with closing(Caller(ports[me % 2], town.tokens["keeper"])) as caller:
            for id in list(wanted)[me::16]:
                answers[id] = caller.call("lend", command_id=id, **lending(town, wanted[id]))

    run_all(ask, range(16))
    log = events_of(town, list(wanted))
    lent: Counter[UUID] = Counter()
    for id, three in wanted.items():
        if answers[id]["__typename"] == "LendPayload":
            assert Counter(topic for _, topic, _ in log[id])["asset.lent"] == 3
            assert {stream for _, topic, stream in log[id] if topic == "asset.lent"} == set(three)
            assert {topic for _, topic, _ in log[id]} >= {"loan.opened", "slip.issued"}
            positions = [position for position, _, _ in log[id]]
            assert positions == list(range(positions[0], positions[0] + len(positions))), "in one piece"
            lent.update(three)
        else:
            assert answers[id]["code"] == "ON_LOAN"
            assert id not in log
    assert len(lent) >= 3
    assert max(lent.values()) == 1


@pytest.mark.slow
def test_an_event_never_seen_by_a_projection_while_32_writers_write(
    town: Town, ports: tuple[int, int]
) -> None:
    """Three processes follow the log and two take commands; afterwards each event is in the history, and a rebuild is the same."""
    assets = town.take_over("offices", *(f"记录货{n}" for n in range(CLIENTS)), place="store")
    heard: list[list[int]] = [[] for _ in range(CLIENTS)]
    before = town.installation.recorder.head()

    def write(me: int) -> None:
        with closing(Caller(ports[me % 2], town.tokens["keeper"])) as caller:
            for n in range(20):
                condition = (Condition.GOOD, Condition.WORN)[n % 2]
                heard[me].append(
                    int(
                        caller.call(
                            "see_condition", command_id=uuid4(), asset=assets[me], condition=condition
                        )["position"]
                    )
                )

    run_all(write, range(CLIENTS))
    positions = {position for mine in heard for position in mine}
    assert len(positions) == CLIENTS * 20
    assert positions <= set(range(before + 1, town.installation.recorder.head() + 1))
    for name in ("register", "availability", "history", "papers", "organisations"):
        town.installation.runner.wait_for(name, max(positions), 30)
    unseen = town.sql(
        "SELECT e.position FROM gongwu.event e LEFT JOIN history.event h USING (position) WHERE h.position IS NULL"
    )
    assert unseen == []
    shown = town.sql("SELECT asset, version FROM register.current WHERE asset = ANY(%s)", assets)
    assert dict(shown) == dict.fromkeys(assets, 21)
    made = rebuild(town.installation.logins.projector, ALL)
    assert {one.name: one.same for one in made} == dict.fromkeys((str(one.name) for one in ALL), True)
    assert wrong(town) == []


def wrong(town: Town) -> list[str]:
    return [line for one in verify(town.installation.logins.projector, ALL) for line in one.wrong]


def tables(town: Town) -> dict[str, list[str]]:
    """Every row of every read model, as text."""
    found = {}
    with psycopg.connect(town.installation.logins.projector, autocommit=True) as connection:
        names = connection.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1",
            ([str(one.name) for one in ALL],),
        ).fetchall()
        for (name,) in names:
            found[name] = [
                row[0] for row in connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1".encode())
            ]
    return found


@pytest.fixture(scope="module")
def a_year(town: Town) -> Town:
    """Everything that can happen has happened, and the projections have come to the end of it."""
    for errand in ERRANDS:
        errand(town)
    for one in ALL:
        town.installation.runner.wait_for(str(one.name), town.installation.recorder.head(), 30)
    return town


def test_a_rebuilt_projection_that_differs_from_the_live_one(a_year: Town) -> None:
    """From the log alone: the live tables cannot be read meanwhile. Then every row is compared, and the digests."""
    live = tables(a_year)
    assert sum(map(len, live.values())) > 1000
    with psycopg.connect(a_year.installation.logins.projector, autocommit=True) as connection:
        for name in live:
            connection.execute(f"ALTER TABLE {name} RENAME TO hidden_{name.partition('.')[2]}".encode())
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT FROM register.current")
    made = rebuild(a_year.installation.logins.projector, ALL)
    assert {one.name: one.same for one in made} == dict.fromkeys((str(one.name) for one in ALL), True)
    again = tables(a_year)
    assert again.keys() == live.keys()
    for name, rows in live.items():
        assert again[name] == rows, name


PLANTED = {
    "register": "UPDATE register.current SET quantity = quantity + 1 WHERE asset = (SELECT min(asset::text)::uuid FROM register.current)",
    "availability": "DELETE FROM availability.claim WHERE ctid = (SELECT min(ctid) FROM availability.claim)",
    "history": "UPDATE history.event SET late = NOT late WHERE position = 5",
    "papers": "UPDATE papers.paper SET closed = NOT closed WHERE id = (SELECT min(id::text)::uuid FROM papers.paper)",
    "organisations": "UPDATE organisations.role SET scope = gen_random_uuid() WHERE ctid = (SELECT min(ctid) FROM organisations.role)",
}


@pytest.mark.parametrize("name", sorted(str(one.name) for one in ALL))
def test_a_planted_wrong_row_that_nobody_finds(a_year: Town, name: str) -> None:
    assert wrong(a_year) == []
    with psycopg.connect(a_year.installation.logins.projector, autocommit=True) as connection:
        assert connection.execute(PLANTED[name].encode()).rowcount == 1
    found = wrong(a_year)
    assert found, f"a wrong row in {name} was not found"
    [one] = [one for one in ALL if str(one.name) == name]
    assert rebuild(a_year.installation.logins.projector, [one])[0].position
    assert wrong(a_year) == []


class Meanwhile:
    """The real log; just before the first append somebody else does something."""

    def __init__(self, recorder: Recorder, does: Callable[[], object]) -> None:
        self._recorder, self._does = recorder, does
        self.verdicts: list[Verdict] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recorder, name)

    def append(self, command: Append, deadline_s: float) -> Verdict:
        if not self.verdicts:
            self._does()
        self.verdicts.append(self._recorder.append(command, deadline_s))
        return self.verdicts[-1]


def decided(
    town: Town, who: str, use_case: str, does: Callable[[], object] | None = None, **input: Any
) -> tuple[Decided, list[str]]:
    """Decides here, in this process; what happens between decision and append is up to `does`. Also the log's verdicts."""
    log = Meanwhile(town.installation.recorder, does or (lambda: None))
    hands = town.installation.desk._hands
    desk = Desk(log, hands=hands)  # type: ignore[arg-type]  # it is the recorder, and a moment before its append
    answer = desk.execute(use_case, Envelope(account=town.accounts[who], command_id=uuid4()), input)
    return answer, [type(one).__name__ for one in log.verdicts]


def test_a_guard_read_stale(town: Town, ports: tuple[int, int]) -> None:
    """A body is abolished, by another process, after it was decided to lend to it and before that is recorded: refused."""
    admin = town.as_("admin")
    borrower = UUID(admin.done("register_body", name="将撤销的局", level="CITY", region="6201")["bodyId"])
    [asset] = town.take_over("offices", "撤销货", place="store")
    other = Client(ports[0], town.tokens["admin"])
    admin.done("name_duty_person", body=borrower, person=town.people["health_officer"])
    receiver = town.signature("health_officer")
    said: dict[str, Any] = {
        "lines": (LoanLine(asset, 1),),
        "borrower": borrower,
        "receiver": receiver,
        "due": in_days(7),
    }
    before = town.installation.recorder.head()

    def abolish() -> None:
        yesterday = in_days(-1)
        other.done(
            "abolish_body",
            body=borrower,
            decree="兰机编〔2026〕7号",
            decree_date=yesterday.date(),
            occurred_at=yesterday,
        )

    answer, verdicts = decided(town, "keeper", "lend", abolish, **said)
    other.hang_up()
    assert verdicts == ["Conflict", "Accepted"], "the guard noticed, and it was decided again"
    assert (answer.refused, answer.path) == ("NO_STANDING", "borrower")
    topics = [row.topic for row in town.installation.recorder.read_log(before, 100)]
    assert topics == [BodyAbolished.TOPIC]


Race = tuple[str, str, dict[str, Any], Callable[[], object]]


def fresh_body(town: Town) -> UUID:
    admin = town.as_("admin")
    more = {"fiscal_authority": town.bodies["finance"], "offices_administration": town.bodies["offices"]}
    return UUID(admin.done("register_body", name="竞态局", level="CITY", region="6201", **more)["bodyId"])


def abolishing(town: Town, body: UUID) -> Callable[[], object]:
    day = in_days(-1)
    said = {"decree": f"兰机编〔2026〕{body.hex[-6:]}号", "decree_date": day.date(), "occurred_at": day}
    return lambda: town.as_("admin").done("abolish_body", body=body, **said)


def promised_to_one_abolished(town: Town, asset: UUID) -> Race:
    body = fresh_body(town)
    said = {"asset": asset, "body": body, "window": Window(in_days(1), in_days(2))}
    return "keeper", "reserve_asset", said, abolishing(town, body)


def given_to_one_abolished(town: Town, asset: UUID) -> Race:
    body = fresh_body(town)
    said = {"lines": (LoanLine(asset, 1),), "receiver": body}
    return "education_officer", "propose_transfer", said, abolishing(town, body)


def asked_by_one_who_is_let_go(town: Town, asset: UUID) -> Race:
    who = f"leaver {asset}"
    town.let_in(who, "education", (Role.ASSET_MANAGER, town.bodies["education"]))
    taken = {"account": town.accounts[who], "role": Role.ASSET_MANAGER, "scope": town.bodies["education"]}
    return (
        who,
        "see_condition",
        {"asset": asset, "condition": Condition.GOOD},
        lambda: town.as_("admin").done("revoke_role", **taken),
    )


def into_a_place_out_of_use(town: Town, asset: UUID) -> Race:
    admin, code = town.as_("admin"), f"R{asset.hex[-6:]}".upper()
    zone = UUID(
        admin.done("register_place", name="竞态区", kind="ZONE", code=code, parent=town.places["store"])[
            "placeId"
        ]
    )
    said = {
        "mode": IntakeMode.RETAINED,
        "source": IntakeSource.IDLE,
        "body": town.bodies["education"],
        "warehouse": zone,
    }
    return (
        "education_officer", "apply_for_intake", {**said, "lines": (IntakeLine(asset=asset),)},
        lambda: admin.done("take_place_out_of_use", place=zone),
    )  # fmt: skip


def by_a_decision_taken_back(town: Town, asset: UUID) -> Race:
    officer, body = town.as_("education_officer"), town.bodies["education"]
    said = {
        "mode": "RETAINED",
        "source": "IDLE",
        "body": body,
        "warehouse": town.places["store"],
        "lines": [{"asset": asset}],
    }
    asked = officer.done("apply_for_intake", **said)
    decision = document(town, "education", "INTAKE", body, town.bodies["finance"], asked["listHash"])
    taken_back = {"decision": decision, "reason": "录错"}
    return (
        "education_asset_manager", "approve_intake", {"intake": UUID(asked["intakeId"]), "decision": decision},
        lambda: officer.done("take_back_decision", **taken_back),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (promised_to_one_abolished, "NO_STANDING"),
        (given_to_one_abolished, "NO_STANDING"),
        (asked_by_one_who_is_let_go, "NOT_YOURS"),
        (into_a_place_out_of_use, "PLACE_OUT_OF_USE"),
        (by_a_decision_taken_back, "DECISION_WITHDRAWN"),
    ],
)
def test_what_a_decision_only_reads_is_guarded_too(
    town: Town, make: Callable[[Town, UUID], Race], code: str
) -> None:
    """The other command writes nothing that this one writes: only the guard stands between them."""
    [asset] = town.in_store("education", "竞态货")
    who, use_case, said, meanwhile = make(town, asset)
    before = town.installation.recorder.read([asset])[asset]
    answer, verdicts = decided(town, who, use_case, meanwhile, **said)
    assert verdicts == ["Conflict", "Accepted"]
    assert answer.refused == code
    assert town.installation.recorder.read([asset])[asset] == before


def test_a_file_closed_while_something_comes_into_its_hands(town: Town, ports: tuple[int, int]) -> None:
    """Its hands were counted empty; before the closing is recorded, another process lands goods there: counted again, refused."""
    admin = town.as_("admin")
    body = UUID(admin.done("register_body", name="将关档的局", level="CITY", region="6201")["bodyId"])
    yesterday = in_days(-1)
    admin.done(
        "abolish_body",
        body=body,
        decree="兰机编〔2026〕8号",
        decree_date=yesterday.date(),
        occurred_at=yesterday,
    )
    [asset] = town.take_over("offices", "最后一件", place="store")
    other = Client(ports[1], town.tokens["keeper"])

    def land() -> None:
        other.done("lend", **{**lending(town, [asset]), "borrower": body}, already_happened=True)

    answer, verdicts = decided(town, "admin", "close_body", land, body=body)
    assert verdicts == ["Conflict", "Accepted"]
    assert answer.refused, "its hands are not empty any more"
    other.done("take_back", lines=[{"asset": asset}], place=town.places["store"])
    other.hang_up()
    answer, verdicts = decided(town, "admin", "close_body", body=body)
    assert (answer.refused, verdicts) == ("", ["Accepted"])


def test_a_python_path_as_stored_name(a_year: Town) -> None:
    topics = {row[0] for row in a_year.sql("SELECT DISTINCT topic FROM gongwu.event")}
    assert topics <= FACTS.keys()
    assert len(topics) > 100, "nearly every fact there is"
    names = {row[0] for row in a_year.sql("SELECT DISTINCT meta ->> 'use_case' FROM gongwu.events")}
    assert names <= {"found", *USE_CASES}
    paths = a_year.sql(
        "SELECT position, topic FROM gongwu.event WHERE convert_from(body, 'UTF8') ~ '(domain|projections|api)\\.[a-z_]+'"
        " OR convert_from(meta, 'UTF8') ~ '(domain|projections|api)\\.[a-z_]+' OR topic ~ ':|^(domain|projections|api)\\.'"
    )
    assert paths == []


REWRITING = """
UPDATE gongwu.event SET body = '{}'
DELETE FROM gongwu.event
TRUNCATE gongwu.event
TRUNCATE gongwu.receipt, gongwu.claim
UPDATE gongwu.receipt SET answer = '{}'
DELETE FROM gongwu.claim
INSERT INTO gongwu.event SELECT position + 99999, stream, version, topic, body, meta, now(), now() FROM gongwu.event LIMIT 1
INSERT INTO gongwu.receipt VALUES (gen_random_uuid(), gen_random_uuid(), '\\x00', false, 1, 1, now(), '{}')
INSERT INTO gongwu.claim VALUES ('a', 'b', gen_random_uuid())
MERGE INTO gongwu.event e USING (SELECT 1) AS x ON false WHEN NOT MATCHED THEN INSERT (position) VALUES (1)
UPDATE gongwu.events SET topic = 'x'
DELETE FROM gongwu.stored_events
COPY gongwu.event FROM STDIN
ALTER TABLE gongwu.event DISABLE TRIGGER ALL
ALTER TABLE gongwu.event DISABLE TRIGGER only_grows
DROP TRIGGER only_grows ON gongwu.event
CREATE TRIGGER mine BEFORE INSERT ON gongwu.event FOR EACH ROW EXECUTE FUNCTION gongwu.refuse_rewriting()
DROP TABLE gongwu.event
DROP SCHEMA gongwu CASCADE
DROP FUNCTION gongwu.append
CREATE OR REPLACE FUNCTION gongwu.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'
ALTER TABLE gongwu.event OWNER TO CURRENT_USER
ALTER TABLE gongwu.event RENAME TO other
DO $$ BEGIN LOCK TABLE gongwu.event IN ACCESS EXCLUSIVE MODE; END $$
SET ROLE gongwu_owner
SET ROLE postgres
SET SESSION AUTHORIZATION gongwu_owner
SET session_replication_role = replica
ALTER ROLE CURRENT_USER SUPERUSER
ALTER SYSTEM SET fsync = off
CREATE EXTENSION dblink
SELECT pg_read_file('/etc/hostname')
COPY (SELECT 1) TO PROGRAM 'true'
""".strip().splitlines()


def test_a_rewritten_log_by_the_servers_own_connection(town: Town) -> None:
    """Every connection this very server uses: of the recorder's readers, its writer, the queries, the projector."""
    installation = town.installation
    town.as_("nobody").do("inspect", asset=uuid4(), condition=Condition.GOOD)
    writing = installation.recorder._writer._connection
    assert writing is not None
    count = (
        "SELECT count(*), sum(hashtextextended(e::text, 0)::numeric) FROM gongwu.event e WHERE position <= %s"
    )
    head = installation.recorder.head()
    before = town.sql(count, head)
    with (
        installation.recorder._pool.connection() as reading,
        installation.reader.pool.connection() as querying,
        installation.runner._connect() as projecting,
    ):
        for connection in (reading, writing, querying, projecting):
            assert connection.autocommit
            for statement in REWRITING:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
            connection.execute(
                "GRANT UPDATE, INSERT ON gongwu.event TO CURRENT_USER"
            )  # a warning, and nothing is granted
            may = connection.execute(
                "SELECT has_table_privilege('gongwu.event', 'INSERT, UPDATE, DELETE, TRUNCATE')"
            ).fetchone()
            assert may == (False,)
            assert connection.execute(
                "SELECT current_user IN ('gongwu_app', 'gongwu_projector')"
            ).fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            projecting.execute("SELECT * FROM directory.token")
    assert town.sql(count, head) == before


Ask = Callable[[Town, UUID], tuple[str, str, dict[str, Any]]]
"""(who, use case, input) for a command on one asset."""

ASKS: dict[str, Ask] = {
    "lend": lambda town, asset: (
        "keeper",
        "lend",
        {
            "lines": (LoanLine(asset, 2),),
            "borrower": town.bodies["health"],
            "receiver": town.signature("health_officer"),
            "due": in_days(7),
        },
    ),
    "reserve": lambda town, asset: (
        "keeper",
        "reserve_asset",
        {
            "asset": asset,
            "body": town.bodies["finance"],
            "window": Window(in_days(1), in_days(2)),
            "quantity": 2,
        },
    ),
    "split": lambda town, asset: ("keeper", "split_lot", {"asset": asset, "quantity": 2}),
    "miss": lambda town, asset: ("keeper", "report_missing", {"asset": asset}),
    "list": lambda town, asset: ("keeper", "list_asset", {"asset": asset}),
    "propose": lambda town, asset: (
        "offices_officer",
        "propose_transfer",
        {"lines": (LoanLine(asset, 3),), "receiver": town.bodies["education"]},
    ),
}


@pytest.mark.parametrize("one", ASKS)
@pytest.mark.parametrize("two", ASKS)
def test_two_commands_at_once_are_some_order_of_them(town: Town, one: str, two: str) -> None:
    """Whichever is recorded first, and whenever the other was decided: what comes of it is what one after the other would give."""
    if not town.sql("SELECT FROM organisations.relation WHERE body = %s", town.bodies["offices"]):
        admin = town.as_("admin")
        admin.done(
            "set_relation",
            body=town.bodies["offices"],
            relation="FISCAL_AUTHORITY",
            other=town.bodies["finance"],
        )
        town.installation.runner.wait_for("organisations", town.installation.recorder.head(), 10)
    assets = town.take_over("offices", *["并发货"] * 4, place="store", lot=3, unit="个")

    def run(name: str, asset: UUID, does: Callable[[], object] | None = None) -> str:
        who, use_case, input = ASKS[name](town, asset)
        answer, _ = decided(town, who, use_case, does, **input)
        return answer.refused or "accepted"

    def in_order(first: str, second: str, asset: UUID) -> tuple[dict[str, str], dict[str, Any]]:
        said = {f"{first} 1": run(first, asset)}
        said[f"{second} 2" if first == second else second] = run(second, asset)
        return said, so(asset)

    def so(asset: UUID) -> dict[str, Any]:
        rows = town.installation.recorder.read([asset])[asset]
        shown = state(Asset.replay(asset, map(recorded, rows)))
        kept = ("existence", "quantity", "holder", "place", "here", "usable")
        return {name: shown.get(name) for name in kept} | {
            "out": sorted(out.quantity for out in shown["outs"].values()),
            "promised": sorted(promise.quantity for promise in shown["promises"].values()),
            "listed": shown["listing"] is not None,
            "held": shown["transfer"] is not None,
            "custody": shown["custody"].kind,
            "topics": sorted(row.topic for row in rows),
        }

    def verdicts(said: dict[str, str]) -> list[str]:
        return sorted(f"{name.partition(' ')[0]} {answer}" for name, answer in said.items())

    either = [
        (verdicts(said), end) for said, end in (in_order(one, two, assets[0]), in_order(two, one, assets[1]))
    ]
    for first, second, asset in ((one, two, assets[2]), (two, one, assets[3])):
        said: dict[str, str] = {}

        def meanwhile(second: str = second, asset: UUID = asset, said: dict[str, str] = said) -> None:
            said[f"{second} 2"] = run(second, asset)

        said[f"{first} 1"] = run(first, asset, meanwhile)
        assert (verdicts(said), so(asset)) in either


def run_all(work: Callable[[int], None], who: Sequence[int] | range) -> None:
    """All at once; the first failure is the test's."""
    with ThreadPoolExecutor(len(who)) as pool:
        for done in [pool.submit(work, one) for one in who]:
            done.result()


def test_the_clock_of_the_log_never_goes_back(a_year: Town) -> None:
    rows = a_year.sql(
        "SELECT count(*) FROM (SELECT recorded_at < lag(recorded_at) OVER (ORDER BY position) AS back FROM gongwu.event) AS x WHERE back"
    )
    assert rows == [(0,)]
    [(last, count)] = a_year.sql("SELECT max(position), count(*) FROM gongwu.event")
    assert last == count, "and there is no gap"
