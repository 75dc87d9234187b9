"""Eight keepers' screens ask for the last places of one pick-up slot at the same moment: as many get one as there are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest

from tests.town import new_town

pytestmark = pytest.mark.postgres

PLACES, ASKERS = 3, 8


def test_no_more_requests_get_a_slot_than_it_has_places_whoever_asks_at_the_same_moment() -> None:
    with new_town() as town:
        store, barrier = town.places["store"], Barrier(ASKERS)
        town.as_("admin").done(
            "set_pick_up", scope={"warehouse": store}, valid_from=date(2026, 1, 1), document="兰机管〔2026〕5号", reason="补录",
            terms={"deadline_working_days": 5, "slot_minutes": 30, "per_slot": PLACES},
        )  # fmt: skip
        assets = town.in_store("education", *(f"抢时段的设备{n}" for n in range(ASKERS)))
        ten = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=7)

        def ask(n: int) -> str:
            client = town.as_("keeper")
            window = {"start": ten + timedelta(minutes=n), "end": ten + timedelta(days=1)}
            barrier.wait()
            answer = client.do("reserve_asset", asset=assets[n], body=town.bodies["health"], window=window)
            return str(answer.get("code", "reserved"))

        with ThreadPoolExecutor(ASKERS) as pool:
            answers = sorted(pool.map(ask, range(ASKERS)))
        assert answers == ["SLOT_FULL"] * (ASKERS - PLACES) + ["reserved"] * PLACES
        [(taken,)] = town.sql("SELECT count(*) FROM gongwu.claim WHERE kind = 'pick_up_slot'")
        assert taken == PLACES
