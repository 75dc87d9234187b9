"""How many there are in all, whatever page is shown and whoever asks: what its own pages add up to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.schema import lists
from domain.papers.slip import SlipKind
from projections import papers
from tests.errands import in_days
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


LISTS: list[tuple[str, dict[str, Any]]] = [
    ("bodies", {}),
    ("bodies", {"text": "局", "region": "62"}),
    ("places", {}),
    ("places", {"warehouse": "store"}),
    ("papers", {}),
    ("papers", {"kind": "loan", "open_only": True, "body": "health"}),
    ("papers", {"state": "open"}),
    ("slips", {}),
    ("slips", {"kind": SlipKind.LOAN, "year": datetime.now(UTC).year}),
    ("slips", {"warehouse": "store"}),
    ("overdueLoans", {}),
    ("happenings", {}),
    ("happenings", {"kinds": ["loan", "slip"]}),
]


@pytest.fixture(scope="module")
def lent_out(town: Town) -> None:
    """Loans for the lists to count; three of them overdue."""
    for at, asset in enumerate(town.in_store("education", *(f"计数箱{at}" for at in range(5)))):
        past = {"due": in_days(-2), "occurred_at": in_days(-9)} if at < 3 else {"due": in_days(7)}
        town.as_("keeper").done(
            "lend", lines=[{"asset": asset, "quantity": 1}], borrower=town.bodies["health"],
            receiver=town.signature("health_officer"), **past,
        )  # fmt: skip


@pytest.mark.parametrize("who", ["admin", "keeper", "health_officer", "education_asset_manager"])
@pytest.mark.parametrize(("name", "more"), LISTS)
def test_a_page_tells_how_many_there_are_in_all(
    town: Town, lent_out: None, monkeypatch: pytest.MonkeyPatch, who: str, name: str, more: dict[str, Any]
) -> None:
    client, ids = town.as_(who), {**town.bodies, **town.places}
    town.installation.runner.catch_up()
    given = {key: ids[one] if key in ("warehouse", "body") else one for key, one in more.items()}
    found, cursor = 0, None
    while True:
        page = client.query(name, **given, first=200, after=cursor)
        found += len(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
    start = client.query(name, **given, first=1)
    assert (start["totalCount"], start["totalCountIsExact"]) == (found, True)
    if found > 1:
        rest = client.query(name, **given, first=1, after=start["pageInfo"]["endCursor"])
        assert (rest["totalCount"], rest["totalCountIsExact"]) == (found, True)
        for most in (found, found - 1):
            monkeypatch.setattr(lists, "MOST_COUNTED", most)
            capped = client.query(name, **given, first=1)
            assert (capped["totalCount"], capped["totalCountIsExact"]) == (most, most == found)
    elif who == "admin":
        assert name == "papers", "there is something to count"


def test_the_lines_of_a_page_of_papers_are_read_at_once(
    town: Town, lent_out: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.installation.runner.catch_up()
    asked, read = list[int](), papers.lines

    def counted(connection: Any, ids: Any) -> Any:
        asked.append(len(ids))
        return read(connection, ids)

    monkeypatch.setattr(papers, "lines", counted)
    for first in (1, 5):
        found = town.as_("keeper").query("papers", kind="loan", first=first)["nodes"]
        assert [len(one["lines"]) for one in found] == [1] * first
    assert asked == [1, 5], "one question for each page, however many papers it has"
