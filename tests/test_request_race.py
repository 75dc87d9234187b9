"""Who asks for the same thing at the same moment, through the real server: never is more held than there is, nor approved."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from domain.asset import Asset
from projections.desk import recorded
from tests.errands_requests import in_days, offered
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres

ASKERS = ("health", "finance")
ROUNDS = 8


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as town:
        yield town


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """All of them, started together."""
    ready = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        ready.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def asking(town: Town, body: str, line: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    client = town.as_(f"{body}_officer")
    window = {"start": in_days(1), "end": in_days(3)}
    return lambda: client.do(
        "submit_requests", body=town.bodies[body], purpose="会议", lines=[line], window=window
    )


def approving(town: Town, request: str) -> Callable[[], dict[str, Any]]:
    client = town.as_("education_approver")
    return lambda: client.do("approve_request", request=request)


def promised(town: Town, asset: UUID) -> Asset:
    """The thing as the log has it."""
    rows = town.installation.recorder.read([asset])[asset]
    return Asset.replay(asset, map(recorded, rows))


def test_two_who_ask_for_one_item_at_the_same_moment(town: Town) -> None:
    """One gets it, the other is told that it is not free; whoever is approved is the one who has it."""
    things = offered(town, *(f"抢手设备{n}" for n in range(ROUNDS)))
    for asset in things:
        answers = at_once([asking(town, body, {"asset": asset}) for body in ASKERS])
        codes = sorted(str(one.get("code", "")) for one in answers)
        assert codes == ["", "NOT_FREE"]
        [request] = next(one["requestIds"] for one in answers if "requestIds" in one)
        assert {str(paper) for paper in promised(town, asset).promises} == {request}


def test_of_a_lot_never_more_is_held_than_there_is(town: Town) -> None:
    [chairs] = offered(town, "会议椅", lot=10)
    answers = at_once(
        [asking(town, "health" if n % 2 else "finance", {"asset": chairs, "quantity": 3}) for n in range(8)]
    )
    accepted = [one for one in answers if "requestIds" in one]
    held = promised(town, chairs).promises.values()
    assert sum(one.quantity for one in held) == 3 * len(accepted) <= 10
    assert {one.get("code") for one in answers if one not in accepted} <= {"NOT_FREE", "ALREADY_REQUESTED"}


def test_wishes_for_a_class_at_the_same_moment_choose_different_units(town: Town) -> None:
    """Only this store has them: each wish finds one that nobody else has, or is told that there is none left."""
    made = [thing for n in range(5) for thing in offered(town, f"同类设备{n}")]
    line = {
        "classCode": {"scheme": "gbt14885", "edition": "2022", "code": "A02010105"},
        "warehouse": town.places["store"],
    }
    answers = at_once([asking(town, ASKERS[n % 2], line) for n in range(6)])
    chosen = [one for one in answers if "requestIds" in one]
    assert len(chosen) >= len(made)
    for asset in made:
        assert len(promised(town, asset).promises) <= 1


def test_two_approvals_of_one_step_decide_it_once(town: Town) -> None:
    [asset] = offered(town, "双签设备")
    [request] = asking(town, "health", {"asset": asset})()["requestIds"]
    town.as_("health_approver").done("approve_request", request=request)
    answers = at_once([approving(town, request) for _ in range(2)])
    assert sorted(str(one.get("code", "")) for one in answers) == ["", "REQUEST_NOT_THERE"]
    assert [one.firm for one in promised(town, asset).promises.values()] == [True]
