"""A page of requests with what stands in the way of each and what may be done with it: its rows are read together, not one by one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from projections.store.recorder import LogRow, Recorder
from tests.errands_requests import ask, offered
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres

PAGE = """query ($at: Position) { requests(first: 50, afterPosition: $at) { nodes {
    id conflicts { line available others { paperId } } permittedActions { name permitted code message } } } }"""
ONE = """query ($id: UUID!) { request(id: $id) {
    id conflicts { line available others { paperId } } permittedActions { name permitted code message } } }"""


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many streams each question to the log asked for."""
    asked: list[int] = []
    read: Callable[[Recorder, Sequence[UUID]], dict[UUID, list[LogRow]]] = Recorder.read

    def counted(recorder: Recorder, streams: Sequence[UUID]) -> dict[UUID, list[LogRow]]:
        asked.append(len(streams))
        return read(recorder, streams)

    monkeypatch.setattr(Recorder, "read", counted)
    return asked


def test_so_many_more_rows_are_not_so_many_more_questions(town: Town, questions: list[int]) -> None:
    def page() -> tuple[list[Any], int]:
        before, at = len(questions), str(town.installation.recorder.head())
        nodes = town.as_("health_approver").data(PAGE, at=at)["requests"]["nodes"]
        return nodes, len(questions) - before

    def more(count: int) -> None:
        for thing in offered(town, *("会议投影仪" for _ in range(count))):
            ask(town, {"asset": thing})

    more(3)
    page()
    few, for_few = page()
    more(12)
    many, for_many = page()
    assert (len(few), len(many)) == (3, 15)
    assert for_many <= for_few + 1, (for_few, for_many)
    assert for_many < 20
    for node in many:
        assert town.as_("health_approver").data(ONE, id=node["id"])["request"] == node
