"""The stories' own checks: what no story may let pass."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Kind
from domain.body import Body, BodyRenamed
from domain.command import Command
from domain.life.registering import Description, Source, TakenOver
from domain.place import Place, PlaceRenamed
from domain.usecases import Outcome
from tests.examples import ABOLISHED, ANA_KEEPS, GANSU, HEALTH, LAST_FRIDAY, OFFICES, WAREHOUSE, named_id
from tests.story import Log, add_use_case, given, on

CARD = named_id("card")
TAKEN_OVER = TakenOver(
    said=Description(name="投影仪", kind=Kind.SERIALISED, quantity=1), number="GW-1", holder=HEALTH,
    source=Source("0" * 64, 1, datetime(2026, 1, 1, tzinfo=UTC)),
)  # fmt: skip


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a use case for one test."""

    def make(function: Any, *emits: type[Fact]) -> None:
        add_use_case(monkeypatch, "probe", function, *emits)

    return make


def test_something_in_the_hands_of_a_body_nobody_loaded_is_noticed(probe: Any) -> None:
    def careless(c: Command) -> Outcome:
        c.begin(Asset, CARD).record(TAKEN_OVER)
        return {}

    probe(careless, TakenOver)
    with pytest.raises(AssertionError, match="without loading it"):
        given(GANSU).when("probe")


def test_something_in_the_hands_of_a_body_in_liquidation_has_to_be_noted(probe: Any) -> None:
    def careless(c: Command) -> Outcome:
        c.load(Body, HEALTH)
        c.begin(Asset, CARD).record(TAKEN_OVER)
        return {}

    probe(careless, TakenOver)
    given(GANSU).when("probe").then(TakenOver)
    with pytest.raises(AssertionError, match="liquidation"):
        given(GANSU, on(HEALTH, ABOLISHED, at=LAST_FRIDAY)).when("probe")


def test_a_state_that_replay_does_not_give_is_noticed(probe: Any) -> None:
    def careless(c: Command) -> Outcome:
        place = c.load(Place, WAREHOUSE)
        place.name = "not by a fact"
        return {}

    probe(careless)
    with pytest.raises(AssertionError, match="replays to something else"):
        given(GANSU).when("probe")


def test_a_fact_that_does_not_survive_its_bytes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Leaky(PlaceRenamed, frozen=True):
        secret: str = ""

        def apply(self, thing: Any, at: Stamp) -> None:
            thing.name = self.secret

    step = on(WAREHOUSE, Leaky(name="甲", secret="乙"))
    with pytest.raises(AssertionError, match="reads back as"):
        Log().add_step(step)


def test_a_fact_the_use_case_does_not_announce_is_noticed(probe: Any) -> None:
    def careless(c: Command) -> Outcome:
        c.load(Body, HEALTH).rename("甲", "")
        return {}

    probe(careless)
    with pytest.raises(AssertionError, match="does not say that it emits"):
        given(GANSU).when("probe")
    probe(careless, BodyRenamed)
    given(GANSU).when("probe").then((HEALTH, BodyRenamed(name="甲")))


def test_a_claim_somebody_else_has_is_refused_and_nothing_is_recorded(probe: Any) -> None:
    def claims(c: Command, *, owner: UUID) -> Outcome:
        c.load(Body, HEALTH).rename("甲", "")
        c.claim("place_code", "GSW1", owner)
        return {}

    probe(claims, BodyRenamed)
    story = given(GANSU).when("probe", owner=OFFICES).refused("NUMBER_TAKEN")
    assert story.thing(Body, HEALTH).name == "甘肃省卫生健康委员会"
    story.when("probe", owner=WAREHOUSE).then(BodyRenamed)


def test_then_wants_exactly_what_happened(probe: Any) -> None:
    story = given(GANSU).when("rename_body", body=HEALTH, name="甲")
    for wrong in ((), (BodyRenamed, BodyRenamed), (BodyRenamed(name="乙"),), ((OFFICES, BodyRenamed),)):
        with pytest.raises(AssertionError):
            story.then(*wrong)
    with pytest.raises(AssertionError):
        story.refused("NOT_YOURS")
    with pytest.raises(AssertionError):
        given(GANSU).when("rename_body", as_=ANA_KEEPS, body=HEALTH, name="甲").then(BodyRenamed)
