"""Answers of commands that skip the executor say what the executor says."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from api.schema import mutations
from api.schema.plain_payload import plain_payload
from tests.errands import in_days
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres

LEND = """
mutation ($input: LendInput!, $brief: Boolean!) {
  lend(input: $input) { brief: __typename @include(if: $brief) ... on LendPayload { %s } ... on UserError { code message } }
}
"""
ASKED = [
    "__typename position loanId",
    "position commandId replayed loanId changed { id version }",
    "at: position at: position thing: changed { v: version __typename } ...Rest @skip(if: $brief)",
    "replayed ... on LendPayload { loanId @include(if: $brief) } changed { id }",
    "position slip { number }",
]
REST = "fragment Rest on LendPayload { replayed again: replayed changed { version id } }"


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("brief", [True, False])
def test_a_finished_payload_is_the_one_the_executor_would_make(
    town: Town, monkeypatch: pytest.MonkeyPatch, asked: str, brief: bool
) -> None:
    [asset] = town.in_store("education", "投影仪")
    keeper = town.as_("keeper")
    given = {
        "command_id": uuid4(), "lines": [{"asset": asset, "quantity": 1}], "due": in_days(7), "borrower": town.bodies["health"],
        "receiver": town.signature("health_officer"),
    }  # fmt: skip
    document = LEND % asked + (REST if "Rest" in asked else "")
    keeper.data(document, input=given, brief=brief)
    made: list[object] = []

    def noted(*given: Any) -> Any:
        made.append(plain_payload(*given))
        return made[-1]

    monkeypatch.setattr(mutations, "plain_payload", noted)
    finished = keeper.data(document, input=given, brief=brief)
    assert (made[0] is None) == ("slip" in asked), "only plain fields skip the executor"
    monkeypatch.setattr(mutations, "plain_payload", lambda *_: None)
    walked = keeper.data(document, input=given, brief=brief)
    assert finished == walked
    assert list(finished["lend"]) == list(walked["lend"])
    assert "code" not in finished["lend"]


def test_a_command_that_turns_out_unfinished_on_the_short_way_is_not_given_twice(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = LEND % "position loanId slip @include(if: $brief) { number }"
    keeper, [free, out] = town.as_("keeper"), town.in_store("education", "投影仪", "音箱")
    commands: list[object] = []
    decide = town.installation.desk.execute

    def noted(*given: Any) -> Any:
        commands.append(given)
        return decide(*given)

    monkeypatch.setattr(town.installation.desk, "execute", noted)

    def lend(asset: object, *, brief: bool = False) -> dict[str, Any]:
        given = {
            "command_id": uuid4(), "lines": [{"asset": asset, "quantity": 1}], "due": in_days(7), "borrower": town.bodies["health"],
            "receiver": town.signature("health_officer"),
        }  # fmt: skip
        found: dict[str, Any] = keeper.data(document, input=given, brief=brief)["lend"]
        return found

    assert "code" in lend(uuid4()), "whoever is refused first teaches nothing"
    assert "position" in lend(out)
    refused = lend(out)
    assert "message" in refused
    assert "position" not in refused
    walked = lend(free, brief=True)
    assert walked["slip"]["number"]
    assert len(commands) == 4
