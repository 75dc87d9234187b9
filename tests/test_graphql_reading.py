"""Reading over HTTP: a point on both clocks is said once, and the lines of a page of papers are read together."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.values import Condition
from projections import papers
from projections.feed import Connection
from tests.errands import in_days
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


@pytest.mark.parametrize(
    "asked",
    [
        "{ assets(asOf: $at) { nodes { id } } }",
        '{ asset(id: "00000000-0000-0000-0000-000000000001", asOf: $at) { id } }',
        '{ history(id: "00000000-0000-0000-0000-000000000001", asOf: $at) { nodes { sentence } } }',
    ],
)
@pytest.mark.parametrize(("language", "told"), [("en", "not both"), ("zh", "只能填写一项")])
def test_what_is_to_be_known_is_not_said_in_two_ways(
    town: Town, asked: str, language: str, told: str
) -> None:
    at = {"knownAt": "2026-11-23T08:00:00Z", "knownAtPosition": "5"}
    answer = town.as_("auditor", language).ask(f"query($at: AsOf) {asked}", at=at)
    [error] = answer.body["errors"]
    assert error["extensions"]["code"] == "KNOWN_TWICE"
    assert told in error["message"]


def test_history_up_to_a_true_moment_leaves_out_what_happened_later(town: Town) -> None:
    [asset] = town.in_store("education", "有过去的桌子")
    manager = town.as_("education_asset_manager")
    day = timedelta(days=1)
    for ago, condition in ((3, Condition.WORN), (1, Condition.GOOD)):
        manager.done(
            "see_condition", asset=asset, condition=condition, occurred_at=datetime.now(UTC) - ago * day
        )
    town.installation.runner.wait_for("history", town.installation.recorder.head(), 30)
    asked = "query($id: UUID!, $at: AsOf) { history(id: $id, asOf: $at) { totalCount nodes { topic occurredAt } } }"
    past = datetime.now(UTC) - 2 * day
    seen = manager.data(asked, id=asset, at={"trueAt": past})["history"]
    assert [one["topic"] for one in seen["nodes"]] == ["asset.taken_over", "asset.condition_seen"]
    assert seen["totalCount"] == 2
    assert manager.data(asked, id=asset, at={})["history"]["totalCount"] > 3


def test_the_lines_of_a_page_of_papers_are_read_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assets = town.take_over("offices", *(f"成批借{n}" for n in range(4)), place="store")
    receiver = town.signature("health_officer")
    for asset in assets:
        said: dict[str, Any] = {"lines": [{"asset": asset, "quantity": 1}], "borrower": town.bodies["health"]}
        town.as_("keeper").done("lend", **said, receiver=receiver, due=in_days(7))
    read, asked = papers.lines, list[Sequence[UUID]]()

    def noted(connection: Connection, ids: Sequence[UUID]) -> list[papers.LineRow]:
        asked.append(list(ids))
        return read(connection, ids)

    monkeypatch.setattr(papers, "lines", noted)
    head = str(town.installation.recorder.head())
    question = 'query($at: Position) { papers(kind: "loan", afterPosition: $at) { nodes { id lines { assetId quantity } } } }'
    nodes = town.as_("keeper").data(question, at=head)["papers"]["nodes"]
    assert {line["assetId"] for node in nodes for line in node["lines"]} >= {str(one) for one in assets}
    assert [len(one["lines"]) for one in nodes] == [1] * len(nodes)
    assert len(asked) == 1, "one statement for all papers of the page"
