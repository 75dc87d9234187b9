"""The totals of a class, moved along batch by batch, say the same as asking every thing: for every reach, window and moment."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.values import Window
from projections import availability, classes
from projections.reach import EVERYTHING, Reach
from tests.clusters import Database
from tests.ground import Ground
from tests.histories import BODIES, DAY_ONE, history, record

pytestmark = pytest.mark.postgres

LENDABLE = "SELECT asset, place, holder FROM availability.stock WHERE class_code IS NOT NULL AND usable > 0"


@pytest.fixture(scope="module")
def ground(module_database: Database) -> Iterator[Ground]:
    with Ground(module_database) as made:
        yield made


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_totals_that_were_moved_along_say_the_same_as_every_thing_for_every_reach(
    ground: Ground, seed: int
) -> None:
    random = Random(seed)
    told = history(random, assets=8, facts=80, late=0.2)
    while told:
        cut = random.randrange(1, 30)
        record(ground.recorder, told[:cut], at_once=random.randrange(1, 20))
        told = told[cut:]
        ground.runner.catch_up()
    where = {asset: (place, holder) for asset, place, holder in ground.reading.execute(LENDABLE)}
    for _ in range(6):
        bodies = tuple(random.sample(BODIES, random.randrange(4)))
        reach = random.choice((EVERYTHING, Reach(False, bodies)))
        now, opens = DAY_ONE + hours(random.randrange(40)), DAY_ONE + hours(random.randrange(80))
        window = Window(opens, opens + hours(random.randrange(1, 60)))
        slowly: dict[tuple[UUID | None, UUID], int] = defaultdict(int)
        for asset, count in availability.free(ground.reading, reach, list(where), window, now).items():
            slowly[where[asset]] += count
        found = classes.free_of_class(ground.reading, reach, "", window, now)
        assert {(one.place, one.holder): one.free for one in found} == slowly
        known = [one[:3] for one in classes.classes(ground.reading, reach, now, first=500)]
        each = classes.free_of_classes(ground.reading, reach, known, window, now)
        assert sum(each.values()) == sum(slowly.values())
