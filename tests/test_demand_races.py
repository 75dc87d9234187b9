"""Several at the same moment, on a real log: one turn, in order; one request for it; certificate numbers without a gap."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from tests.errands_demand import in_days, need
from tests.errands_requests import offered
from tests.town import CLASS, Town, cny, new_town

pytestmark = pytest.mark.postgres
ROUNDS = 8


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def at_once(*asked: Callable[[], dict[str, Any]]) -> list[dict[str, Any]]:
    """All of these at the same moment."""
    barrier = Barrier(len(asked))

    def run(one: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        barrier.wait(10)
        return one()

    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(run, asked))


def codes(answers: list[dict[str, Any]]) -> list[str]:
    return [str(one.get("code", "done")) for one in answers]


def demand(town: Town, asset: Any, body: str) -> str:
    made = town.as_(f"{body}_officer").done(
        "enter_demand", body=town.bodies[body], kind="WAIT", asset=asset, until=in_days(90),
        window={"start": in_days(80), "end": in_days(85)},
    )  # fmt: skip
    return str(made["demandId"])


def test_of_two_who_match_at_the_same_moment_the_first_in_the_queue_gets_the_only_thing(town: Town) -> None:
    for n, thing in enumerate(offered(town, *(f"抢手的相机{n}" for n in range(ROUNDS)))):
        first, second = demand(town, thing, "health"), demand(town, thing, "finance")
        keepers = [town.as_("keeper") for _ in range(3)]
        answers = at_once(
            *(
                partial(keeper.do, "match_demand", demand=one)
                for keeper, one in zip(keepers, (second, first, first), strict=True)
            )
        )
        assert codes(answers)[0] in {"NOT_YOUR_TURN", "NOT_FREE"}, f"round {n}: {answers[0]}"
        assert sorted(codes(answers)[1:]) == ["DEMAND_ENDED", "done"], f"round {n}: {answers}"


def test_a_turn_is_taken_up_once(town: Town) -> None:
    for thing in offered(town, *(f"抢手的话筒{n}" for n in range(ROUNDS))):
        waiting = demand(town, thing, "health")
        town.as_("keeper").done("match_demand", demand=waiting)
        officers = [town.as_("health_officer") for _ in range(2)]
        answers = at_once(
            *(partial(one.do, "take_up_turn", demand=waiting, purpose="直播") for one in officers)
        )
        assert sorted(codes(answers)) == ["NO_TURN", "done"], answers
        held = town.sql(
            "SELECT count(*) FROM availability.claim WHERE asset = %s AND kind = 'reservation'", thing
        )
        assert held in ([(0,)], [(1,)]), "one promise, once the read model is there"


def test_certificates_decided_at_the_same_moment_have_numbers_without_a_gap(town: Town) -> None:
    officer = town.as_("health_officer")
    made = [
        officer.done("apply_pool_check", body=town.bodies["health"], purpose=f"第{n}批", lines=[need(1)])[
            "poolCheckId"
        ]
        for n in range(ROUNDS)
    ]
    verdict = {"line": 0, "allot": 0, "may_buy": 1, "note": "统一采购"}
    clients = [town.as_("offices_approver") for _ in made]
    answers = at_once(
        *(
            partial(client.do, "review_pool_check", pool_check=paper, verdicts=[verdict])
            for client, paper in zip(clients, made, strict=True)
        )
    )
    assert codes(answers) == ["done"] * ROUNDS
    numbers = sorted(int(one["certificateSlip"]["number"].rpartition("-")[2]) for one in answers)
    assert numbers == list(range(numbers[0], numbers[0] + ROUNDS))


def test_two_purchases_at_the_same_moment_do_not_use_one_permission_twice(town: Town) -> None:
    officer, body = town.as_("health_officer"), town.bodies["health"]
    paper = officer.done("apply_pool_check", body=body, purpose="设备", lines=[need(2)])["poolCheckId"]
    verdict = {"line": 0, "allot": 0, "may_buy": 2, "note": "统一采购"}
    town.as_("offices_approver").done("review_pool_check", pool_check=paper, verdicts=[verdict])
    code = {"scheme": CLASS.scheme, "edition": CLASS.edition, "code": CLASS.code}
    line = {"name": "电脑", "quantity": 2, "value": cny(12000), "class_code": code}
    bought = {
        "body": body, "how": "PURCHASE", "lines": [line], "certificate": paper, "funding": [{"source": "财政拨款", "value": cny(12000)}],
    }  # fmt: skip
    clients = [town.as_("health_officer") for _ in range(4)]
    answers = at_once(*(partial(client.do, "record_acquisition", **bought) for client in clients))
    assert codes(answers) == ["done"] * 4, "flagged, never refused"
    last = max(int(one["position"]) for one in answers)
    shown = officer.query("poolCheck", id=paper, after_position=str(last))
    assert shown["lines"][0]["bought"] == 2
