"""What a screen offers on a demand or a pool check is what a command accepts: for anybody, at any point, for the same reason."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as anything
from hypothesis import strategies as st

from domain.command import Command, Envelope
from domain.papers.demand import Demand, DemandKind
from domain.papers.emergency import Emergency
from domain.papers.pool_check import PoolCheck, Unfit, Verdict
from domain.usecases.demand_rules import permitted_on_demand
from domain.usecases.emergencies import permitted_on_emergency
from domain.usecases.pool_check_rules import permitted_on_pool_check
from domain.values import CLERK, CONSOLE
from tests.examples import (
    ABOLISHED,
    ANA_KEEPS,
    BEN_ASKS,
    CHEN_MANAGES,
    DING_APPROVES,
    EVA_MANAGES,
    FANG_ASKS,
    HAN_AUDITS,
    HEALTH,
    TAX,
    account,
)
from tests.store_room import XIE_ASKS
from tests.story import MONDAY, Story, given, on
from tests.test_demand import PAN_ASKS, QUEUE, all_taken, free_up, wait
from tests.test_emergency import decided, laptops, order
from tests.test_permitted_actions import branch
from tests.test_pool_check import asked, paper_of

PEOPLE = (XIE_ASKS, PAN_ASKS, ANA_KEEPS, DING_APPROVES, BEN_ASKS, HAN_AUDITS, CLERK, CONSOLE)
ON_DEMANDS: dict[str, dict[str, Any]] = {
    "withdraw_demand": {}, "match_demand": {}, "take_up_turn": {"purpose": "会议"}, "pass_turn": {}, "lapse_demand": {},
}  # fmt: skip
AT_A_CHECK = (BEN_ASKS, CHEN_MANAGES, DING_APPROVES, EVA_MANAGES, FANG_ASKS, HAN_AUDITS, CONSOLE)


def looks(story: Story, who: UUID) -> Command:
    """What a screen asks with, at the moment at which the next command is given."""
    now = story.now + timedelta(minutes=1)
    return Command(
        Envelope(account=who, command_id=who), "look", now=now, read=story.log.read, owners=story.log.owners, new_id=lambda: who,
        candidates=lambda wanted: story.log.candidates(wanted, now), waiting=story.log.waiting,
        open_loans=story.log.open_loans,
    )  # fmt: skip


@pytest.mark.slow
@anything(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_what_is_permitted_on_a_demand_is_accepted_and_what_is_not_is_refused_for_the_same_reason(
    data: st.DataObject,
) -> None:
    story = all_taken()
    demands = [wait(story, body, kind=data.draw(st.sampled_from(list(DemandKind)))) for body in (HEALTH, TAX)]
    for _ in range(data.draw(st.integers(0, 5), label="steps before")):
        what = data.draw(st.sampled_from(("act", "act", "act", "free", "wait", "abolish")))
        if what == "act":
            action = data.draw(st.sampled_from(sorted(ON_DEMANDS)))
            story.when(
                action,
                as_=data.draw(st.sampled_from(PEOPLE)),
                demand=data.draw(st.sampled_from(demands)),
                **ON_DEMANDS[action],
            )
        elif what == "free" and not story.log.streams.get(FREED):
            free_up(story).given(on(FREED, account(FREED, HEALTH).facts[0]))
        elif what == "wait":
            story.now += timedelta(hours=data.draw(st.sampled_from((5, 25, 73))))
        elif what == "abolish":
            story.given(on(HEALTH, ABOLISHED, at=MONDAY))
    who, one = data.draw(st.sampled_from(PEOPLE)), data.draw(st.sampled_from(demands))
    c = looks(story, who)
    for action, no in permitted_on_demand(c, c.load(Demand, one)).items():
        if action in ON_DEMANDS:
            end = branch(story).when(action, as_=who, demand=one, **ON_DEMANDS[action])
            assert (end.refusal and end.refusal.code) == (no and no.code), action


FREED = UUID(int=7)


@pytest.mark.slow
@anything(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_permitted_on_a_pool_check_is_accepted_and_what_is_not_is_refused_for_the_same_reason(
    data: st.DataObject,
) -> None:
    story = asked()
    paper = paper_of(story)
    said: dict[str, dict[str, Any]] = {
        "refuse_match": {"line": 0, "match": 0, "why": Unfit.TOO_FAR},
        "review_pool_check": {"verdicts": (Verdict(line=0, allot=5, may_buy=7, note="其余另用"),)},
        "withdraw_pool_check": {"reason_": "不买了"},
    }
    for _ in range(data.draw(st.integers(0, 3), label="steps before")):
        action = data.draw(st.sampled_from(sorted(said)))
        story.when(action, as_=data.draw(st.sampled_from(AT_A_CHECK)), pool_check=paper, **said[action])
    who = data.draw(st.sampled_from(AT_A_CHECK))
    c = looks(story, who)
    for action, no in permitted_on_pool_check(c, c.load(PoolCheck, paper)).items():
        end = branch(story).when(action, as_=who, pool_check=paper, **said[action])
        assert (end.refusal and end.refusal.code) == (no and no.code), action


def test_an_order_is_ended_by_its_office_once_and_that_is_what_a_screen_offers() -> None:
    story = given(QUEUE, decided(laptops(1)))
    id = order(story, laptops(1)).answer["emergency"]
    for who, code in ((DING_APPROVES, None), (BEN_ASKS, "NOT_YOURS"), (HAN_AUDITS, "NOT_YOURS")):
        c = looks(story, who)
        no = permitted_on_emergency(c, c.load(Emergency, id))["end_emergency_order"]
        end = branch(story).when("end_emergency_order", as_=who, emergency=id, reason_="解除")
        assert (end.refusal and end.refusal.code) == (no and no.code) == code
    story.when("end_emergency_order", as_=DING_APPROVES, emergency=id, reason_="解除")
    c = looks(story, DING_APPROVES)
    no = permitted_on_emergency(c, c.load(Emergency, id))["end_emergency_order"]
    assert no is not None
    assert no.code == "ALREADY_DONE"
