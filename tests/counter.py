"""A store with five projectors and a lot of microphones, and requests that have come as far as its counter."""

from typing import Any
from uuid import UUID

from domain.asset import Asset
from domain.body import DutyPersonNamed
from domain.life.pooling import Listed
from domain.papers.request import (
    Request,
    RequestState,
)
from domain.terms import Form
from domain.usecases.requesting import CartLine
from domain.values import ClassCode, Role
from tests.asking import ASKING, LEI_APPROVES, MIDWEEK, NIU_APPROVES
from tests.examples import (
    ANA_KEEPS,
    DING_APPROVES,
    EDUCATION,
    FINANCE,
    HEALTH,
    WAREHOUSE,
    account,
    account_of,
    named_id,
)
from tests.goods import book, card, said
from tests.store_room import BY_WANG, WANG, XIE_ASKS
from tests.story import LONG_AGO, Story, on

BEAMER = ClassCode("gbt14885", "2022", "A02020200")
BEAMERS = tuple(named_id(f"投影机{n}") for n in range(5))
MICROPHONES = named_id("话筒")
QIN, SHI = named_id("person:秦岚"), named_id("person:石头")
QIN_ASKS, SHI_APPROVES = account_of(QIN), account_of(SHI)
"""They ask and decide for the finance department."""


def beamer(id: UUID, *, holder: UUID = EDUCATION, place: UUID = WAREHOUSE) -> list[Any]:
    listed = Listed(listing=named_id(f"上架:{id}"), loan=True, transfer=True)
    return [
        card(id, said("投影机", worth=book("5000"), class_code=BEAMER), holder=holder, place=place),
        on(id, listed, at=LONG_AGO),
    ]


GROUND = [
    *ASKING,
    account(QIN, FINANCE, (Role.OFFICER, FINANCE)),
    account(SHI, FINANCE, (Role.APPROVER, FINANCE)),
    on(FINANCE, DutyPersonNamed(person=WANG)),
]


def store_of(count: int) -> list[Any]:
    return [step for id in BEAMERS[:count] for step in beamer(id)]


def some(quantity: int) -> CartLine:
    return CartLine(class_code=BEAMER, quantity=quantity)


def ask(story: Story, *lines: CartLine, who: str = "health", **more: Any) -> UUID:
    """Asked for and approved by both sides; gives the request."""
    asker, body, approver = {
        "health": (XIE_ASKS, HEALTH, LEI_APPROVES),
        "finance": (QIN_ASKS, FINANCE, SHI_APPROVES),
    }[who]
    said = {"body": body, "purpose": "会议", "lines": lines, "window": MIDWEEK, "form": Form.LOAN} | more
    story.when("submit_requests", as_=asker, **said)
    assert story.refusal is None, f"{story.refusal!r} {story.refusal.path}"
    request: UUID = story.answer["requests"][0]
    for person in (approver, NIU_APPROVES, SHI_APPROVES, DING_APPROVES):
        if paper(story, request).state is RequestState.SUBMITTED:
            story.when("approve_request", as_=person, request=request)
    assert paper(story, request).state is RequestState.APPROVED, f"{story.refusal!r}"
    return request


def paper(story: Story, id: UUID) -> Request:
    return story.thing(Request, id)


def allotted(story: Story, request: UUID) -> list[UUID]:
    return list(paper(story, request).units)


def others(story: Story, *requests: UUID) -> list[UUID]:
    """The beamers that nobody was allotted."""
    taken = {unit for request in requests for unit in allotted(story, request)}
    return [one for one in BEAMERS if one not in taken and one in story.log.streams]


def pick(story: Story, request: UUID, *assets: UUID, **more: Any) -> Story:
    for asset in assets:
        story.when("pick_unit", as_=ANA_KEEPS, request=request, asset=asset, **more)
    return story


def hand(story: Story, request: UUID, **more: Any) -> Story:
    return story.when("hand_over_request", as_=ANA_KEEPS, request=request, **({"receiver": BY_WANG} | more))


def promises(story: Story, asset: UUID) -> set[UUID]:
    return set(story.thing(Asset, asset).promises)
