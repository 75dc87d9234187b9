"""What a screen offers on a request is what a command accepts: for anybody, at any point, permitted and accepted are the same."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as anything
from hypothesis import strategies as st

import domain.vocabulary  # noqa: F401  # all use cases
from domain.command import Command, Envelope
from domain.life.disposing import HeldForDisposal
from domain.papers.outside_decision import DecisionRecorded, DecisionVerified, Matter
from domain.papers.request import Request
from domain.papers.request_reasons import CancelReason, RefusalReason
from domain.refusals import Refusal
from domain.usecases.approving import LineCut
from domain.usecases.choosing import asks
from domain.usecases.holding import settle
from domain.usecases.request_rules import permitted_on_request
from domain.values import CONSOLE, Role, Window
from tests.asking import ASKING, LEI_APPROVES, NIU_APPROVES, THREE_LAPTOPS, of, some, wish
from tests.examples import (
    ABOLISHED,
    ANA_KEEPS,
    BEN_ASKS,
    EDUCATION,
    FRIDAY,
    HAN_AUDITS,
    HEALTH,
    TAX,
    account,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP
from tests.store_room import BAI_MANAGES, XIE, XIE_ASKS
from tests.story import MONDAY, Story, given, on
from tests.test_permitted_actions import branch

MINE = ("approve_request", "refuse_request", "decide_request_by_document", "accept_change", "decline_change", "cancel_request",
        "lapse_request")  # fmt: skip
PEOPLE = (LEI_APPROVES, NIU_APPROVES, XIE_ASKS, BAI_MANAGES, BEN_ASKS, ANA_KEEPS, HAN_AUDITS, CONSOLE)
LATER = Window(FRIDAY, FRIDAY + timedelta(days=10))
DISPOSAL = named_id("处置")
NEXT_MINUTE = timedelta(minutes=1)
XIE_MAY_APPROVE = on(XIE_ASKS, account(XIE, HEALTH, (Role.APPROVER, HEALTH)).facts[-1])
WISHES = (
    wish(of(LAPTOP)), wish(of(CHAIRS, 4), of(LAPTOP)), wish(some(2), window=LATER), wish(of(CHAIRS, 9), window=LATER),
    wish(of(LAPTOP), as_=BAI_MANAGES, window=LATER),
)  # fmt: skip


def looks(story: Story, who: UUID) -> Command:
    """What a screen asks with, at the moment at which the next request is made."""
    now = story.now + NEXT_MINUTE
    return Command(
        Envelope(account=who, command_id=who), "look", now=now, read=story.log.read, owners=story.log.owners, new_id=lambda: who,
        candidates=lambda wanted: story.log.candidates(wanted, now), open_loans=story.log.open_loans,
    )  # fmt: skip


def inputs(story: Story, action: str, request: UUID) -> Iterator[dict[str, Any]]:
    """What anybody might send."""
    match action:
        case "approve_request":
            yield {}
            yield from cuts(story, request)
        case "refuse_request":
            yield {"why": RefusalReason.UNFIT}
        case "cancel_request":
            yield {"why": CancelReason.NOT_NEEDED}
        case "decide_request_by_document":
            yield {"decision": document_on(story, request)}
        case _:
            yield {}


def cuts(story: Story, request: UUID) -> Iterator[dict[str, Any]]:
    """Down to what can be had."""
    c = looks(story, CONSOLE)
    paper = c.load(Request, request)
    if not paper.ended:
        found = settle(c, paper, asks(c, paper), paper.left)
        can = dict.fromkeys(paper.left, 0)
        for line, quantity in found.units.values():
            can[line] += quantity
        yield {"cuts": tuple(LineCut(line, quantity) for line, quantity in can.items())}


def document_on(story: Story, request: UUID) -> UUID:
    """A document of its own for each state of the request."""
    return named_id(f"批复:{story.thing(Request, request).version}")


def documented(story: Story, request: UUID) -> Story:
    """Somebody has entered, and somebody else verified, a document of the body whose turn it is on the list as it is now."""
    paper = story.thing(Request, request)
    recorded = DecisionRecorded(
        matter=Matter.SHARING, body=HEALTH, authority=paper.waiting or EDUCATION, number="甘卫办〔2026〕1号", dated=MONDAY.date(),
        list_hash=paper.list_hash, scan="ab" * 32,
    )  # fmt: skip
    id = document_on(story, request)
    return branch(story).given(() if id in story.log.streams else on(id, recorded, DecisionVerified()))


def lives_on(data: st.DataObject) -> tuple[Story, UUID]:
    """A request, and what a few people did since."""
    story = given(ASKING, THREE_LAPTOPS)
    if data.draw(st.booleans(), label="who asks may approve, elsewhere"):
        story.given(XIE_MAY_APPROVE)
    story.when("submit_requests", **data.draw(st.sampled_from(WISHES)))
    request = story.answer["requests"][0]
    for _ in range(data.draw(st.integers(0, 5), label="steps before")):
        what = data.draw(st.sampled_from(("act", "act", "act", "wait", "promise", "dispose", "abolish")))
        if what == "act":
            action = data.draw(st.sampled_from(MINE))
            before = documented(story, request) if action == "decide_request_by_document" else story
            said = data.draw(st.sampled_from(list(inputs(story, action, request))))
            after = before.when(action, as_=data.draw(st.sampled_from(PEOPLE)), request=request, **said)
            if action != "decide_request_by_document" or after.refusal is None:
                story = after
        elif what == "wait":
            story.now += timedelta(hours=data.draw(st.sampled_from((20, 49, 121))))
        elif what == "promise":
            asset, most = data.draw(st.sampled_from(((LAPTOP, 1), (CHAIRS, 6))))
            story.when("reserve_asset", asset=asset, body=TAX, window=LATER, quantity=most)
        elif what == "dispose":
            story.given(on(data.draw(st.sampled_from((LAPTOP, CHAIRS))), HeldForDisposal(disposal=DISPOSAL)))
        else:
            story.given(on(HEALTH, ABOLISHED, at=MONDAY))
    return story, request


@pytest.mark.slow
@anything(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_what_is_permitted_on_a_request_is_accepted_and_what_is_not_is_refused_for_the_same_reason(
    data: st.DataObject,
) -> None:
    story, request = lives_on(data)
    who = data.draw(st.sampled_from(PEOPLE))
    c = looks(story, who)
    for action, no in permitted_on_request(c, c.load(Request, request)).items():
        if action not in MINE:
            continue
        start = documented(story, request) if action == "decide_request_by_document" else story
        ends = [
            branch(start).when(action, as_=who, request=request, **said)
            for said in inputs(story, action, request)
        ]
        refusals: list[Refusal] = [end.refusal for end in ends if end.refusal is not None]
        if no is None:
            assert len(refusals) < len(ends), f"{action} is offered, but {refusals}"
        else:
            assert {one.code for one in refusals} == {no.code}, (
                f"{action} is not offered for {no.code}, but {refusals}"
            )
            assert len(refusals) == len(ends), f"{action} is not offered for {no.code}, but accepted"


def test_an_auditor_is_offered_nothing_on_a_request() -> None:
    story = given(ASKING).when("submit_requests", **wish(of(LAPTOP)))
    c = looks(story, HAN_AUDITS)
    answers = permitted_on_request(c, c.load(Request, story.answer["requests"][0]))
    assert {no.code if no else None for no in answers.values()} == {"NOT_YOURS"}
