"""Terms are open to everybody, and so is who set them and why: also to those they were set for from above."""

from collections.abc import Iterator
from datetime import date

import pytest

from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def test_what_the_root_sets_for_a_warehouse_is_in_the_history_that_its_body_reads(town: Town) -> None:
    said = {"document": "省机管〔2026〕9号", "terms": {"working_days": 1}}
    ours = {"warehouse": town.places["store"]}
    town.as_("admin").done("set_preparation", scope=ours, valid_from=date(2099, 1, 1), **said)
    done = town.as_("admin").done(
        "set_preparation", scope={}, valid_from=date(2026, 1, 1), reason="文件已下发", **said
    )
    [book] = {one["bookId"] for one in town.as_("keeper").query("policies", kind="PREPARATION")}
    for who in ("keeper", "health_officer", "admin"):
        told = town.as_(who).query("history", id=book, after_position=done["position"])
        assert [one["topic"] for one in told["nodes"]] == ["policy.set"] * 2, who
        assert told["totalCount"] == 2
        assert any(
            "back-dated" in one["sentence"] and "文件已下发" in one["sentence"] for one in told["nodes"]
        ) or any("追溯" in one["sentence"] and "文件已下发" in one["sentence"] for one in told["nodes"])
    rows = town.as_("health_officer").query("policies", kind="PREPARATION")
    assert {one["validFrom"]: one["backDated"] for one in rows if one["version"]} == {
        "2099-01-01": False,
        "2026-01-01": True,
    }
