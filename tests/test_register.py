"""The register is the fold of the log, on both clocks, whatever comes late."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import register
from projections.catalogue import ALL
from projections.reach import EVERYTHING, Reach
from projections.register import AsOf, Item
from projections.runner import Runner
from projections.store.recorder import LogRow, Recorder
from tests.clusters import Database
from tests.histories import BODIES, as_shown, history, record, so_at

pytestmark = pytest.mark.postgres


class Ground:
    """A database with a log, projections that follow it, and a reader."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.recorder = Recorder(database.app)
        self.runner = Runner(database.projector, ALL)
        self.runner.prepare()
        self.reading = psycopg.connect(database.app, autocommit=True)

    def close(self) -> None:
        self.reading.close()
        self.runner.close()
        self.recorder.close()

    def rows(self, after: int = 0) -> dict[UUID, list[LogRow]]:
        found: dict[UUID, list[LogRow]] = defaultdict(list)
        for row in self.recorder.read_log(after, 100_000):
            found[row.stream].append(row)
        return found

    def all_items(self, reach: Reach, as_of: AsOf | None = None) -> dict[UUID, Item]:
        return {one.asset: one for one in register.page(self.reading, reach, first=100_000, as_of=as_of)}


@pytest.fixture(scope="module")
def ground(module_database: Database) -> Iterator[Ground]:
    made = Ground(module_database)
    yield made
    made.close()


def shown(item: Item) -> dict[str, object]:
    return {name: getattr(item, name) for name in as_shown(so_nobody())}


def so_nobody():  # type: ignore[no-untyped-def]
    from domain.asset import Asset

    return Asset(UUID(int=1))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_the_register_at_any_point_of_both_clocks_is_the_slow_fold(ground: Ground, seed: int) -> None:
    random = Random(seed)
    start = ground.recorder.head()
    told = history(random, assets=6, facts=80)
    cut = random.randrange(len(told))
    record(ground.recorder, told[:cut], at_once=random.randrange(1, 30))
    ground.runner.catch_up()
    record(ground.recorder, told[cut:], at_once=random.randrange(1, 30))
    ground.runner.catch_up()
    log = ground.rows(start)
    mine = set(log)
    end = ground.recorder.head()
    now = ground.all_items(EVERYTHING)
    assert {id for id in now if id in mine} == mine
    for id in mine:
        so = so_at(log[id], None, end)
        assert so is not None
        assert shown(now[id]) == as_shown(so)
    for _ in range(25):
        known_at = random.randrange(start, end + 1)
        true_at = random.choice(told).at
        then = ground.all_items(EVERYTHING, AsOf(true_at, known_at))
        for id in mine:
            so = so_at(log[id], true_at, known_at)
            if so is None or so.existence.value == "none":
                assert id not in then
            else:
                assert shown(then[id]) == as_shown(so)
