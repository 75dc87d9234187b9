"""Lanes: answers and failures come back, too many are sent away, and closing drops what waits but not what runs."""

import asyncio
import threading
from collections.abc import Iterator, Sequence

import pytest

from api.graphql.lanes import Lane

LONG = 10.0


@pytest.fixture
def lane() -> Iterator[Lane]:
    made = Lane("test", 2, 1)
    yield made
    made.close()


def fails() -> int:
    raise LookupError("nothing there")


def test_answers_and_failures_come_back_to_whoever_asked(lane: Lane) -> None:
    async def ask() -> Sequence[object]:
        return await asyncio.gather(
            lane.run(lambda: 1), lane.run(fails), lane.run(lambda: 2), return_exceptions=True
        )

    for _ in range(2):  # each in an event loop of its own
        one, failed, two = asyncio.run(ask())
        assert (one, two) == (1, 2)
        assert isinstance(failed, LookupError)
    assert lane.inside == 0


def test_who_finds_a_full_lane_is_told_so_at_once(lane: Lane) -> None:
    go_on = threading.Event()

    async def ask() -> None:
        running = [asyncio.create_task(lane.run(lambda: go_on.wait(LONG))) for _ in range(3)]
        await asyncio.sleep(0)
        assert await lane.run(lambda: True) is None
        go_on.set()
        assert await asyncio.gather(*running) == [True, True, True]

    asyncio.run(ask())


def test_a_lane_serves_on_after_somebody_has_given_up(lane: Lane) -> None:
    go_on, done = threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait(LONG)
        done.set()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lane.run(work), 0.01)

    asyncio.run(give_up())  # its event loop is gone before the work is done
    go_on.set()
    assert done.wait(LONG)
    assert asyncio.run(lane.run(lambda: 3)) == 3
    assert lane.inside == 0


def test_closing_finishes_what_runs_and_drops_what_waits() -> None:
    lane, began, go_on = Lane("test", 1, 5), threading.Event(), threading.Event()
    ran: list[str] = []

    def slow() -> str:
        began.set()
        go_on.wait(LONG)
        ran.append("slow")
        return "slow"

    async def close() -> list[object]:
        tasks = [asyncio.create_task(lane.run(work)) for work in (slow, lambda: ran.append("dropped"))]
        assert await asyncio.to_thread(began.wait, LONG)
        closing = asyncio.create_task(asyncio.to_thread(lane.close))
        await asyncio.wait([tasks[1]])
        go_on.set()
        await closing
        return await asyncio.gather(*tasks, return_exceptions=True)

    finished, dropped = asyncio.run(close())
    assert finished == "slow"
    assert isinstance(dropped, asyncio.CancelledError)
    assert ran == ["slow"]
