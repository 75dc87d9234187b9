"""What must never happen: two winners for one item, or half of a command over several."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.asset import Asset
from domain.papers.loan import LoanLine
from domain.values import Window
from projections.desk import recorded
from tests.errands import in_days
from tests.meanwhile import decided
from tests.servers import CLIENTS, Caller, events_of, lending, run_all, two_servers
from tests.story import state
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


ROUNDS = 200


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
