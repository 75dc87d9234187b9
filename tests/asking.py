"""What the stories of asking stand on: goods of the education department offered in the warehouse, and who decides on them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.life.pooling import Listed
from domain.papers.request import Request
from domain.terms import Form
from domain.usecases.requesting import CartLine
from domain.values import Role, Window
from tests.examples import (
    EDUCATION,
    FRIDAY,
    HEALTH,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, DESKTOP, LAPTOP, book, card, said
from tests.store_room import IN_STORE, STORE_ROOM, TEN_CHAIRS, XIE_ASKS
from tests.story import LONG_AGO, Step, Story, given, on

LEI, NIU = named_id("person:雷鸣"), named_id("person:牛莉")
LEI_APPROVES, NIU_APPROVES = account_of(LEI), account_of(NIU)
"""They decide for the health department, which asks, and for the education department, which holds."""
SECOND_LAPTOP, THIRD_LAPTOP = named_id("便携式计算机二"), named_id("便携式计算机三")
MIDWEEK = Window(TUESDAY, THURSDAY)
WHOLE_WEEK = Window(TUESDAY, FRIDAY)


def offered(
    *assets: UUID, until: datetime | None = None, transfer: bool = True, in_place: bool = False
) -> list[Step]:
    return [
        on(
            asset,
            Listed(
                listing=named_id(f"上架:{asset}"),
                loan=True,
                transfer=transfer,
                until=until,
                in_place=in_place,
            ),
            at=LONG_AGO,
        )
        for asset in assets
    ]


def laptop(id: UUID, *, holder: UUID = EDUCATION, place: UUID | None = WAREHOUSE) -> Step:
    return card(id, said(worth=book("6999")), holder=holder, place=place)


ASKING = [
    *STORE_ROOM,
    account(LEI, HEALTH, (Role.APPROVER, HEALTH)),
    account(NIU, EDUCATION, (Role.APPROVER, EDUCATION)),
    IN_STORE,
    TEN_CHAIRS,
    *offered(LAPTOP, CHAIRS),
]
THREE_LAPTOPS = [laptop(SECOND_LAPTOP), laptop(THIRD_LAPTOP), *offered(SECOND_LAPTOP, THIRD_LAPTOP)]


def of(asset: UUID, quantity: int = 1) -> CartLine:
    return CartLine(asset=asset, quantity=quantity)


def some(quantity: int, warehouse: UUID | None = None, wishes: str = "") -> CartLine:
    """So many of the class of the laptops (and of the chairs, which share it here)."""
    return CartLine(class_code=DESKTOP, quantity=quantity, warehouse=warehouse, wishes=wishes)


def wish(*lines: CartLine, **other: Any) -> Mapping[str, Any]:
    """What the health department's officer asks for."""
    return {
        "as_": XIE_ASKS, "body": HEALTH, "purpose": "全省卫生工作会议", "lines": lines, "window": MIDWEEK, "form": Form.LOAN, **other,
    }  # fmt: skip


def asked(*lines: CartLine, before: Any = (), **other: Any) -> tuple[Story, UUID]:
    """A story in which the request was made, and the request."""
    story = given(ASKING, before).when("submit_requests", **wish(*lines, **other))
    assert story.refusal is None, f"{story.refusal!r} {story.refusal.path}"
    return story, story.answer["requests"][0]


def approved(*lines: CartLine, before: Any = (), **other: Any) -> tuple[Story, UUID]:
    """A story in which the asker's own body and the holder have decided for it."""
    story, request = asked(*lines, before=before, **other)
    for who in (LEI_APPROVES, NIU_APPROVES):
        story.when("approve_request", as_=who, request=request)
        assert story.refusal is None, f"{story.refusal!r}"
    return story, request


def paper(story: Story, request: UUID) -> Request:
    return story.thing(Request, request)
