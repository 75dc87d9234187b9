"""The whole API over HTTP on a real installation: what is written can be read, in both languages, at any point of both clocks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from strawberry.utils.str_converters import to_snake_case

from api import schema
from tests.errands import ERRANDS
from tests.town import Client, Town, new_town, root_fields

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def test_every_mutation_is_accepted_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted: set[str] = set()
    done = Client.done

    def noted(self: Client, name: str, /, **input: object) -> dict[str, object]:
        answer = done(self, name, **input)
        accepted.add(name)
        return answer

    monkeypatch.setattr(Client, "done", noted)
    for errand in ERRANDS:
        errand(town)
    missing = {to_snake_case(name) for name in root_fields("Mutation")} - accepted
    assert not missing, f"no errand in tests/errands.py needs {sorted(missing)}"


def test_the_checked_in_schema_is_the_one_that_is_served() -> None:
    assert Path("api/schema.graphql").read_text() == schema.printed(), (
        "run: python -m api.schema > api/schema.graphql"
    )
