"""A body stands in the queue once for the same, also when it was displaced."""

from domain.papers.demand import Demand, DemandEntered, DemandKind, DemandState
from domain.usecases.demanding import WaitsAlready
from tests.asking import of, wish
from tests.examples import HEALTH, NEXT_MONDAY
from tests.goods import LAPTOP
from tests.store_room import XIE_ASKS
from tests.story import Story
from tests.test_rings import contested, override


def waits_too(story: Story) -> Story:
    return story.when(
        "enter_demand",
        as_=XIE_ASKS,
        body=HEALTH,
        kind=DemandKind.WAIT,
        until=NEXT_MONDAY,
        asset=LAPTOP,
        window=wish(of(LAPTOP))["window"],
    )


def test_who_was_displaced_does_not_enter_the_same_again() -> None:
    story, request, demand = contested()
    override(story, request, demand)
    first = next(row.stream for row in story.new if isinstance(row.fact, DemandEntered))
    waits_too(story).refused(WaitsAlready, "body")
    story.when("withdraw_demand", as_=XIE_ASKS, demand=first)
    assert story.thing(Demand, first).state is DemandState.GIVEN_UP
    waits_too(story).then(DemandEntered)


def test_what_the_body_had_entered_before_stays_when_it_is_displaced() -> None:
    story, request, demand = contested()
    waits_too(story).then(DemandEntered)
    before = story.answer["demand"]
    override(story, request, demand)
    assert story.refusal is None
    entered = [row.fact for row in story.new if isinstance(row.fact, DemandEntered)]
    assert [one.first for one in entered] == [True]
    assert story.thing(Demand, before).waits(story.now)
    waits_too(story).refused(WaitsAlready, "body")
