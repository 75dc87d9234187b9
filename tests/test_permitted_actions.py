"""What a screen offers is what a command accepts: in any state, for anybody, permitted and accepted are the same."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as anything
from hypothesis import strategies as st

import domain.vocabulary  # noqa: F401  # every use case that asks rules of an asset
from domain.asset import Asset, Existence
from domain.body import Relation, RelationSet
from domain.command import Command, Envelope
from domain.refusals import Refusal
from domain.usecases import USE_CASES, permitted_actions
from domain.values import CONSOLE
from tests.examples import (
    ANA_KEEPS,
    BEN_ASKS,
    CHEN_MANAGES,
    DING_APPROVES,
    EVA_MANAGES,
    FINANCE,
    GAO_ADMINISTERS,
    HAN_AUDITS,
    OFFICES,
)
from tests.goods import BATCH, CHAIRS, DESKS, LAPTOP, TENTS, book, card, said, uncarded
from tests.plausible import NEXT_MINUTE, PLAUSIBLE, REASON
from tests.store_room import BAI_MANAGES, IN_STORE, LIU_KEEPS, STORE_ROOM, TEN_CHAIRS, XIE_ASKS
from tests.story import Log, Story, given, on

GOODS = [
    on(OFFICES, RelationSet(relation=Relation.FISCAL_AUTHORITY, other=FINANCE)),
    IN_STORE,
    TEN_CHAIRS,
    card(DESKS, said("办公桌", 6, unit="张", worth=book("600.00"))),
    card(BATCH, said("一批桌椅", 1, unit="批", worth=book("100.00"))),
    uncarded(TENTS, said("帐篷", 4, unit="顶")),
]
THINGS = (LAPTOP, CHAIRS, DESKS, BATCH, TENTS)
PEOPLE = (
    ANA_KEEPS, BAI_MANAGES, BEN_ASKS, CHEN_MANAGES, DING_APPROVES, EVA_MANAGES, GAO_ADMINISTERS, HAN_AUDITS, LIU_KEEPS, XIE_ASKS,
    CONSOLE,
)  # fmt: skip


def branch(story: Story) -> Story:
    """The same story, to be told differently from here on."""
    other = Story([])
    other.log, other.now, other._ids = Log(), story.now, story._ids
    other.log.rows = list(story.log.rows)
    other.log.streams = {stream: list(rows) for stream, rows in story.log.streams.items()}
    other.log.owned = dict(story.log.owned)
    return other


def looks(story: Story, account: UUID) -> Command:
    """What a screen asks with, at the moment at which the next request is made."""
    return Command(
        Envelope(account=account, command_id=account), "look", now=story.now + NEXT_MINUTE, read=story.log.read,
        owners=story.log.owners, new_id=lambda: account,
    )  # fmt: skip


def offered(story: Story, account: UUID, asset: UUID) -> dict[str, Refusal | None]:
    command = looks(story, account)
    return permitted_actions(command, command.load(Asset, asset))


def tried(story: Story, account: UUID, asset: UUID, action: str) -> list[Story]:
    """The action with every plausible input, each on a branch of its own; stops at the first that is accepted."""
    ends: list[Story] = []
    start = branch(story)
    for input in PLAUSIBLE[action](start, account, start.thing(Asset, asset)):
        end = branch(start).when(action, as_=account, **REASON, **input)
        ends.append(end)
        if end.refusal is None:
            break
    return ends


def lives_on(data: st.DataObject) -> Story:
    """A state that a few requests by anybody have led to."""
    story = given(STORE_ROOM, GOODS)
    for _ in range(data.draw(st.integers(0, 8), label="requests before")):
        asset, action = data.draw(st.sampled_from(THINGS)), data.draw(st.sampled_from(sorted(PLAUSIBLE)))
        inputs = list(PLAUSIBLE[action](story, CONSOLE, story.thing(Asset, asset)))
        story.when(action, as_=CONSOLE, **REASON, **data.draw(st.sampled_from(inputs)))
        story.now += data.draw(st.sampled_from((NEXT_MINUTE, NEXT_MINUTE * 60 * 30)))
    return story


def broken(story: Story, asset: UUID) -> bool:
    """More was promised than there is, by a loss: then only what has happened already can still be handed out."""
    return any("promised" in case for case in story.thing(Asset, asset).cases)


@pytest.mark.slow
@anything(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_what_is_permitted_is_accepted_and_what_is_not_is_refused_for_the_same_reason(
    data: st.DataObject,
) -> None:
    story = lives_on(data)
    asset = data.draw(
        st.sampled_from([id for id in THINGS if story.thing(Asset, id).existence is not Existence.NONE])
    )
    account = data.draw(st.sampled_from(PEOPLE))
    for action, no in offered(story, account, asset).items():
        ends = tried(story, account, asset, action)
        refusals = [(end.refusal.code, end.refusal.values) for end in ends if end.refusal is not None]
        if no is None:
            assert ends[-1].refusal is None or broken(story, asset), f"{action} is offered, but {refusals}"
        else:
            assert {code for code, _ in refusals} == {no.code}, (
                f"{action} is not offered for {no.code}, but {refusals}"
            )
            assert len(refusals) == len(ends), f"{action} is not offered for {no.code}, but accepted"


def test_every_action_on_an_asset_has_a_plausible_input() -> None:
    offered(given(STORE_ROOM, GOODS).when("list_asset", asset=LAPTOP), CONSOLE, LAPTOP)
    assert {case.name for case in USE_CASES.values() if case.rules} == {*PLAUSIBLE}


def test_an_auditor_is_offered_nothing() -> None:
    story = given(STORE_ROOM, GOODS).when("list_asset", asset=LAPTOP)
    answers = offered(story, HAN_AUDITS, LAPTOP)
    assert {no.code for no in answers.values() if no is not None} == {"NOT_YOURS"}
    assert None not in answers.values()


def test_a_keeper_is_offered_what_a_keeper_does() -> None:
    story = given(STORE_ROOM, GOODS).when("list_asset", asset=CHAIRS)
    may: Any = {action for action, no in offered(story, ANA_KEEPS, LAPTOP).items() if no is None}
    assert {
        "lend",
        "dispatch",
        "put_away",
        "list_asset",
        "reserve_asset",
        "issue_asset",
        "turn_in",
        "inspect",
        "take_back",
    } <= may
    assert not {"change_title", "propose_transfer", "apply_disposal", "value_asset", "withdraw_listing"} & may


def test_a_keeper_may_take_back_what_is_at_hand_and_what_another_store_keeps_and_no_one_else_may() -> None:
    story = given(STORE_ROOM, GOODS)
    for asset in THINGS:
        for keeper in (ANA_KEEPS, LIU_KEEPS):
            assert offered(story, keeper, asset)["take_back"] is None
            assert tried(story, keeper, asset, "take_back")[-1].refusal is None
        refused = offered(story, BEN_ASKS, asset)["take_back"]
        assert refused is not None
        assert refused.code == "NOT_YOURS"
