"""Who reads a request: the bodies it is the business of, whoever runs its warehouse, auditors of the region; also in counts."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from domain.values import Role
from tests.errands_requests import ask, in_days, offered
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres

READERS = {
    "health_officer": True, "health_approver": True, "education_approver": True, "education_officer": True, "keeper": True,
    "auditor": True, "admin": True, "offices_officer": True, "room_officer": False, "jiayuguan_manager": False, "auditor_elsewhere": False,
    "nobody": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[Town, UUID]]:
    with new_town() as town:
        [projector] = offered(town, "会议投影仪")
        request = ask(town, {"asset": projector})
        town.installation.runner.wait_for("papers", town.installation.recorder.head(), 20)
        yield town, request


def reads(town: Town, who: str, **where: Any) -> set[str]:
    found = town.as_(who).query("requests", first=5, where=where)
    assert found["totalCount"] == len(found["nodes"])
    return {one["id"] for one in found["nodes"]}


@pytest.mark.parametrize("who", READERS)
def test_who_has_to_do_with_a_request_reads_it_and_nobody_else(asked: tuple[Town, UUID], who: str) -> None:
    town, request = asked
    expected = {str(request)} if READERS[who] else set()
    for where in (
        {},
        {"body": town.bodies["health"]},
        {"open_only": True, "states": ["SUBMITTED"]},
        {"warehouse": town.places["store"]},
    ):
        assert reads(town, who, **where) == expected
    assert (town.as_(who).query("request", id=request) is not None) == READERS[who]
    assert reads(town, who, holder=town.bodies["finance"]) == set()


def test_what_needs_a_decision_is_shown_to_who_may_give_it(asked: tuple[Town, UUID]) -> None:
    """It is the turn of the asker's own body: of its approver, not of who asked, whatever roles that person has."""
    town, request = asked
    waiting = {who for who in READERS if reads(town, who, needs_my_decision=True) == {str(request)}}
    assert waiting == {"health_approver"}
    town.installation.accounts.open(
        "health_officer先生", town.bodies["health"], ((Role.APPROVER, town.bodies["health"]),), town.installation.envelope,
        name="town:health_officer",
    )  # fmt: skip
    assert reads(town, "health_officer", needs_my_decision=True) == set()


def test_a_cart_is_shown_as_what_would_become_of_it_and_nothing_is_recorded(asked: tuple[Town, UUID]) -> None:
    town, _ = asked
    [screen] = offered(town, "投影幕")
    head = town.installation.recorder.head()
    said = {
        "body": town.bodies["health"],
        "lines": [{"asset": screen}],
        "window": {"start": in_days(1), "end": in_days(3)},
    }
    shown = town.as_("health_officer").query("cartPreview", **said)
    [made] = shown["requests"]
    assert shown["accepted"]
    assert made["units"] == [{"assetId": str(screen), "quantity": 1}]
    assert [step["step"] for step in made["steps"]] == ["OWN_BODY", "HOLDER"]
    ask(town, {"asset": screen})
    assert town.installation.recorder.head() > head
    again = town.as_("finance_officer").query("cartPreview", **{**said, "body": town.bodies["finance"]})
    assert (again["accepted"], again["code"], again["requests"]) == (False, "NOT_FREE", [])
