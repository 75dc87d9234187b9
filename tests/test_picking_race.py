"""Two keepers scan the same unit for two requests at the same moment, through the real server: one gets it, the other is told."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

import pytest

from domain.values import Role
from tests.errands_requests import in_days, look, offered
from tests.test_request_race import at_once, promised
from tests.town import CLASS, Town, new_town

pytestmark = pytest.mark.postgres

ROUNDS = 6


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as town:
        town.let_in("second_keeper", "offices", (Role.KEEPER, town.places["store"]))
        yield town


def approved(town: Town, body: str) -> UUID:
    """One of the class, approved by the asker and by the holder."""
    code = {"scheme": CLASS.scheme, "edition": CLASS.edition, "code": CLASS.code}
    [request] = town.as_(f"{body}_officer").done(
        "submit_requests", body=town.bodies[body], purpose="会议", lines=[{"class_code": code, "quantity": 1}],
        window={"start": in_days(1), "end": in_days(3)},
    )["requestIds"]  # fmt: skip
    for who in (f"{body}_approver", "education_approver"):
        town.as_(who).done("approve_request", request=request)
    return UUID(request)


def allotted(town: Town, request: UUID) -> UUID:
    [line] = look(town, "keeper", request)["lines"]
    return UUID(line["units"][0]["assetId"])


def test_two_keepers_who_scan_the_same_unit_at_the_same_moment(town: Town) -> None:
    units = offered(town, *(f"抢手投影{n}" for n in range(3 * ROUNDS)))
    keepers = ("keeper", "second_keeper")
    for _ in range(ROUNDS):
        requests = [approved(town, body) for body in ("health", "finance")]
        taken = {allotted(town, request) for request in requests}
        wanted = next(
            one
            for one in units
            if one not in taken and not promised(town, one).promises and not promised(town, one).outs
        )

        asks = zip(keepers, requests, strict=True)
        answers = at_once(
            [partial(town.as_(who).do, "pick_unit", request=one, asset=wanted) for who, one in asks]
        )
        assert sorted(str(one.get("code", "")) for one in answers) == ["", "PROMISED_TO_OTHERS"]
        assert len(promised(town, wanted).promises) == 1
        loser = requests[1 if answers[0]["__typename"].endswith("Payload") else 0]
        town.as_("keeper").done("pick_unit", request=loser, asset=allotted(town, loser))
        signs = [town.signature("health_officer"), town.signature("finance_officer")]
        hands = zip(keepers, requests, signs, strict=True)
        done = at_once(
            [
                partial(town.as_(who).do, "hand_over_request", request=one, receiver=by)
                for who, one, by in hands
            ]
        )
        assert all(one["__typename"] == "HandOverRequestPayload" for one in done), done
        assert {look(town, "keeper", request)["state"] for request in requests} == {"FULFILLED"}
    out = [one for one in units if promised(town, one).outs]
    assert len(out) == 2 * ROUNDS
    assert all(len(promised(town, one).outs) == 1 for one in out)
