"""A hold that has lapsed, on every screen: it is reserved, claimed and taken nowhere, though no clerk has come to say so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.commands.exporting import COLUMNS, _rows
from domain.life.pooling import Held, Reserved
from domain.values import Window
from tests.histories import Happened, record
from tests.town import Town, new_town

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def held(town: Town, asset: UUID, until: datetime, start: datetime, kind: Any = Held) -> dict[str, Any]:
    """Written into the log as it was an hour ago, with nobody to note that its time is up."""
    fact = kind(
        reservation=uuid4(),
        body=town.bodies["health"],
        quantity=1,
        window=Window(start, start + 48 * HOUR),
        until=until,
    )
    position = record(town.installation.recorder, [Happened(asset, fact, datetime.now(UTC) - HOUR)])
    return {"after_position": str(position)}


def availability_said(town: Town, asset: UUID) -> str:
    [row] = [
        row
        for row in _rows(town.installation, town.bodies["education"], "en", lambda done, of=None: None)
        if row[COLUMNS.index("name")] == names[asset]
    ]
    return str(row[COLUMNS.index("availability")])


names: dict[UUID, str] = {}


def test_a_lapsed_hold_is_on_no_screen(town: Town) -> None:
    now, client = datetime.now(UTC), town.as_("education_officer")
    lapsed, held_still, next_week = town.in_store("education", "甲机", "乙机", "丙机")
    names.update({lapsed: "甲机", held_still: "乙机", next_week: "丙机"})
    held(town, lapsed, now - timedelta(minutes=1), now - HOUR)
    held(town, held_still, now + HOUR, now - HOUR)
    after = held(town, next_week, now + 200 * HOUR, now + 100 * HOUR, Reserved)
    town.installation.runner.catch_up()
    window = {"start": now + HOUR, "end": now + 2 * HOUR}
    seen = {
        asset: (
            client.query("asset", id=asset, **after)["reserved"],
            [
                (one["free"], len(one["claims"]))
                for one in client.query("availability", assets=[asset], window=window, **after)
            ],
            availability_said(town, asset),
        )
        for asset in names
    }
    assert seen == {
        lapsed: (0, [(1, 0)], "free"),
        held_still: (1, [(0, 1)], "not free"),
        next_week: (1, [(1, 1)], "free"),
    }
    then = client.query("asset", id=lapsed, as_of={"true_at": now - timedelta(minutes=30)}, **after)
    assert then["reserved"] == 1, "then it was held"
