"""What a screen offers on a kit is what a command accepts: for anybody, at any point, permitted and accepted are one."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as anything
from hypothesis import strategies as st

from domain.life.repairing import RepairBegun
from domain.papers.kit import Kit
from domain.policies import InRepair
from domain.usecases.kit_rules import ON_KIT, permitted_on_kit
from domain.usecases.returning import ReturnLine
from tests.examples import ANA_KEEPS, BEN_ASKS, CHEN_MANAGES, FRIDAY, HAN_AUDITS, HEALTH, WAREHOUSE, named_id
from tests.store_room import BY_WANG, LIU_KEEPS, XIE_ASKS
from tests.story import Story, on
from tests.test_kits import LENS, PARTS, SPARE, WINDOW, kit_of
from tests.test_permitted_actions import branch, looks

PEOPLE = (ANA_KEEPS, LIU_KEEPS, BEN_ASKS, CHEN_MANAGES, XIE_ASKS, HAN_AUDITS)


def asks(story: Story, kit: Any) -> dict[str, dict[str, Any]]:
    """For each action an input with which nothing but the rules of the kit can say no."""
    promised = story.thing(Kit, kit).reservations
    return {
        "rename_kit": {"name": "新套装"},
        "add_kit_member": {"asset": SPARE},
        "remove_kit_member": {"asset": LENS, "reason_": "另作他用"},
        "dissolve_kit": {},
        "list_kit": {},
        "withdraw_kit": {"reason_": "自用"},
        "reserve_kit": {"body": HEALTH, "window": WINDOW},
        "release_kit": {"reservation": min(promised, default=named_id("无")), "reason_": "活动取消"},
        "lend_kit": {"borrower": HEALTH, "receiver": BY_WANG, "due": FRIDAY},
        "take_back_kit": {"lines": tuple(ReturnLine(asset=one) for one in PARTS), "place": WAREHOUSE},
        "move_kit": {"place": WAREHOUSE},
    }


def test_every_action_on_a_kit_is_known_by_its_rules() -> None:
    story, own = kit_of()
    assert set(asks(story, own["kit"])) == set(ON_KIT)


def test_the_member_in_the_way_says_why_the_kit_may_not() -> None:
    story, own = kit_of()
    broken = RepairBegun(repair=named_id("送修"))
    story.given(on(LENS, broken))
    c = looks(story, ANA_KEEPS)
    answers = permitted_on_kit(c, c.load(Kit, own["kit"]))
    assert isinstance(answers["lend_kit"], InRepair)
    assert answers["rename_kit"] is None


KEPT_FREE = frozenset({"NOT_FREE", "IN_ANOTHER_KIT", "NOT_IN_THIS_KIT", "NOT_YOURS", "NOT_LISTED", "WINDOW"})
"""What depends on the window, the thing or the place that is named, and is asked besides."""


@pytest.mark.slow
@anything(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_permitted_on_a_kit_is_accepted_and_what_is_not_is_refused_for_the_same_reason(
    data: st.DataObject,
) -> None:
    story, own = kit_of()
    kit = own["kit"]
    for _ in range(data.draw(st.integers(0, 5), label="steps before")):
        action = data.draw(st.sampled_from(sorted(ON_KIT)))
        story.when(action, as_=data.draw(st.sampled_from(PEOPLE)), kit=kit, **asks(story, kit)[action])
    who = data.draw(st.sampled_from(PEOPLE))
    c = looks(story, who)
    for action, no in permitted_on_kit(c, c.load(Kit, kit)).items():
        end = branch(story).when(action, as_=who, kit=kit, **asks(story, kit)[action])
        if no is not None:
            assert end.refusal is not None
            assert end.refusal.code == no.code, action
        elif end.refusal is not None:
            assert end.refusal.code in KEPT_FREE, (action, end.refusal.code)
