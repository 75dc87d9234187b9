"""Long random histories of asking: whatever people do in whatever order, nobody is promised what is not there.

The slow, obviously right model: at every edge of every claim, what is claimed then is counted one by one.
"""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import given as anything
from hypothesis import strategies as st

from domain.asset import Asset
from domain.papers.request import Request, RequestState
from domain.papers.request_reasons import CancelReason, RefusalReason
from domain.terms import Form
from domain.usecases.approving import LineCut
from domain.values import CONSOLE, ROOT, Role, Window
from tests.asking import ASKING, SECOND_LAPTOP, THIRD_LAPTOP, THREE_LAPTOPS, of, some, wish
from tests.examples import (
    FANG_ASKS,
    FRIDAY,
    HEALTH,
    LANZHOU_FINANCE,
    NEXT_MONDAY,
    TAX,
    THURSDAY,
    TUESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP
from tests.properties import at_most
from tests.store_room import XIE_ASKS
from tests.story import Story, given

GOODS = (LAPTOP, SECOND_LAPTOP, THIRD_LAPTOP, CHAIRS)
WINDOWS = (
    Window(TUESDAY, THURSDAY), Window(THURSDAY, FRIDAY), Window(TUESDAY, NEXT_MONDAY), Window(FRIDAY, NEXT_MONDAY + timedelta(days=30)),
)  # fmt: skip
CHIEFS = tuple(account_of(named_id(f"person:主任{n}")) for n in range(3))
"""May decide for everybody, but each of them one step of a request."""
CHIEFS_OFFICE = [
    account(named_id(f"person:主任{n}"), ROOT, *((role, ROOT) for role in Role)) for n in range(3)
]
LINES = (of(LAPTOP), of(CHAIRS, 3), of(CHAIRS, 8), some(1), some(2), some(6), of(SECOND_LAPTOP))
ACTIONS = (
    "ask",
    "ask",
    "approve",
    "approve",
    "approve",
    "cut",
    "accept",
    "decline",
    "refuse",
    "cancel",
    "lapse",
    "reserve",
    "wait",
)


def requests_in(story: Story) -> list[Request]:
    return [
        Request.replay(id, rows)
        for id, rows in story.log.streams.items()
        if rows and rows[0].fact.TOPIC.startswith("request.")
    ]


def act(data: st.DataObject, story: Story) -> None:
    """One thing somebody does: who may is another story."""
    what = data.draw(st.sampled_from(ACTIONS))
    if what == "wait":
        story.now += timedelta(hours=data.draw(st.sampled_from((1, 20, 49, 121))))
        return
    if what == "ask":
        who, body = data.draw(st.sampled_from(((XIE_ASKS, HEALTH), (FANG_ASKS, LANZHOU_FINANCE))))
        lines = data.draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=3, unique=True))
        form = data.draw(st.sampled_from((Form.LOAN, Form.LOAN, Form.LOAN, Form.TRANSFER)))
        window = None if form is Form.TRANSFER else data.draw(st.sampled_from(WINDOWS))
        story.when(
            "submit_requests",
            **wish(*lines, as_=who, body=body, form=form, window=window, partly=data.draw(st.booleans())),
        )
        return
    if what == "reserve":
        asset, window = data.draw(st.sampled_from(GOODS)), data.draw(st.sampled_from(WINDOWS))
        story.when("reserve_asset", asset=asset, body=TAX, window=window, quantity=1)
        return
    made = requests_in(story)
    if made:
        paper = data.draw(st.sampled_from(sorted(made, key=lambda one: one.id)))
        name, said = request_action(data, what, paper)
        story.when(name, as_=data.draw(st.sampled_from((CONSOLE, *CHIEFS))), request=paper.id, **said)


def request_action(data: st.DataObject, what: str, paper: Request) -> tuple[str, dict[str, Any]]:
    line = data.draw(st.integers(0, max(len(paper.lines) - 1, 0)))
    named: dict[str, tuple[str, dict[str, Any]]] = {
        "approve": ("approve_request", {}),
        "cut": ("approve_request", {"cuts": (LineCut(line, data.draw(st.integers(0, 3))),)}),
        "accept": ("accept_change", {}),
        "decline": ("decline_change", {}),
        "refuse": ("refuse_request", {"why": RefusalReason.UNFIT}),
        "cancel": ("cancel_request", {"why": CancelReason.NOT_NEEDED}),
        "lapse": ("lapse_request", {}),
    }
    return named[what]


def check(story: Story) -> None:
    now = story.now
    assets = {id: story.thing(Asset, id) for id in GOODS}
    for asset in assets.values():
        claims = list(asset.claims(now))
        for instant in {claim.start for claim in claims}:
            taken = sum(
                one.quantity
                for one in claims
                if one.start <= instant and (one.end is None or one.end > instant)
            )
            assert taken <= asset.quantity, (
                f"{asset.name}: {taken} of {asset.quantity} are promised at {instant}"
            )
    for paper in requests_in(story):
        on_assets = {id: one.promises[paper.id] for id, one in assets.items() if paper.id in one.promises}
        assert {id: quantity for id, (_, quantity) in paper.units.items()} == {
            id: one.quantity for id, one in on_assets.items()
        }
        for n in range(len(paper.lines)):
            allotted = sum(quantity for line, quantity in paper.units.values() if line == n)
            assert allotted == (0 if paper.ended else paper.left[n]), "what is left is allotted, no more"
        assert all(one.firm == (paper.state is RequestState.APPROVED) for one in on_assets.values())
        assert (paper.waiting is not None) == (paper.state in {RequestState.SUBMITTED, RequestState.CHANGED})
        if paper.state is RequestState.APPROVED:
            assert {one.person for one in paper.decided}.isdisjoint({paper.asker})


@anything(st.data())
@settings(
    max_examples=at_most(50),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_whatever_people_ask_and_decide_nobody_is_promised_what_is_not_there(data: st.DataObject) -> None:
    story = given(ASKING, THREE_LAPTOPS, CHIEFS_OFFICE)
    for _ in range(data.draw(st.integers(3, 14), label="steps")):
        act(data, story)
        check(story)
