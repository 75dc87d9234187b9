"""One truth about what is free: catalogue, class, asset, calendar, cart, approval, hand-over and extension say the same number.

Random promises on three things and a lot of one class; then every way of asking is compared with the slow count of the claims.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.values import ClassCode
from tests.errands import in_days
from tests.errands_requests import offered
from tests.town import Town, new_town

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


@pytest.mark.parametrize("seed", range(3))
def test_all_ways_of_asking_give_the_same_number(town: Town, seed: int) -> None:
    random, code = Random(seed), ClassCode("gbt14885", "2022", f"A0206{seed:02}{uuid4().int % 100:02}")
    goods = stock(town, code)
    claims: list[tuple[UUID, int, int, int]] = []
    manager = town.as_("education_asset_manager")
    for _ in range(12):
        asset, first = random.choice(list(goods)), random.randrange(1, 20)
        last, quantity = first + random.randrange(1, 8), random.choice((1, 1, 2)) if goods[asset] > 1 else 1
        said = {
            "asset": asset,
            "body": town.bodies["finance"],
            "quantity": quantity,
            "window": span(first, last),
        }
        if manager.do("reserve_asset", **said)["__typename"].endswith("Payload"):
            claims.append((asset, quantity, first, last))
    assert len(claims) > 3
    for _ in range(6):
        first = random.randrange(1, 20)
        last = first + random.randrange(1, 9)
        expected = sum(
            count - max(taken(claims, asset, day) for day in range(first, last))
            for asset, count in goods.items()
        )
        assert numbers(town, code, list(goods), first, last) == dict.fromkeys(WAYS, expected), (
            claims,
            first,
            last,
        )


WAYS = ("catalogue", "class", "assets", "preview", "one too many")


def numbers(town: Town, code: ClassCode, assets: list[UUID], first: int, last: int) -> dict[str, int]:
    """What each way of asking says; the last asks for one more than the others have shown, and is told how many there are."""
    officer = town.as_("health_officer")
    after = {"after_position": str(town.installation.recorder.head())}
    window = span(first, last)
    [row] = officer.query("catalogue", class_code=code.code, window=window, **after)["nodes"]
    of_class = sum(
        one["free"] for one in officer.query("freeOfClass", class_code=code.code, window=window, **after)
    )
    each = sum(one["free"] for one in officer.query("availability", assets=assets, window=window, **after))
    least = min(
        one["free"] for one in officer.query("comesFree", class_code=code.code, window=window, **after)
    )
    assert least >= of_class, "at any moment at least as many are free as in the whole window"
    asked = {"body": town.bodies["health"], "window": window}
    fits = [
        n for n in range(1, 9) if officer.query("cartPreview", lines=[line(code, n)], **asked)["accepted"]
    ]
    assert fits == list(range(1, len(fits) + 1))
    no = officer.do("submit_requests", purpose="会议", lines=[line(code, len(fits) + 1)], **asked)
    said = {one["name"]: one["value"] for one in no["details"]} if "details" in no else {}
    return {
        "catalogue": row["free"], "class": of_class, "assets": each, "preview": len(fits), "one too many": int(said.get("free", -1)),
    }  # fmt: skip


def test_what_the_catalogue_shows_can_be_asked_approved_and_handed_over_and_not_one_more(town: Town) -> None:
    code = ClassCode("gbt14885", "2022", f"A02077{uuid4().int % 100:02}1")
    stock(town, code)
    officer, window = town.as_("health_officer"), span(1, 3)
    after = {"after_position": str(town.installation.recorder.head())}
    [row] = officer.query("catalogue", class_code=code.code, window=window, **after)["nodes"]
    asked: dict[str, Any] = {"body": town.bodies["health"], "purpose": "会议", "window": window}
    made = officer.done("submit_requests", lines=[line(code, row["free"])], **asked)
    assert officer.do("submit_requests", lines=[line(code, 1)], **asked)["code"] in {
        "NOT_FREE",
        "ALREADY_REQUESTED",
    }
    for request in made["requestIds"]:
        for who in ("health_approver", "education_approver"):
            town.as_(who).done("approve_request", request=request)
    after = {"after_position": str(town.installation.recorder.head())}
    [row] = officer.query("catalogue", class_code=code.code, window=window, **after)["nodes"]
    assert row["free"] == 0


def stock(town: Town, code: ClassCode) -> dict[UUID, int]:
    """Three things and a lot of five, offered; how many each has."""
    offered(town, "为了轮次")  # rounds are open to everybody from now on
    single = town.in_store("education", *(f"投影机{n}" for n in range(3)), class_code=code)
    many = town.in_store("education", "话筒", lot=5, class_code=code)
    for one in (*single, *many):
        town.as_("keeper").done("list_asset", asset=one, loan=True)
    return {**dict.fromkeys(single, 1), **dict.fromkeys(many, 5)}


def taken(claims: list[tuple[UUID, int, int, int]], asset: UUID, day: int) -> int:
    return sum(quantity for one, quantity, first, last in claims if one == asset and first <= day < last)


def span(first: int, last: int) -> dict[str, Any]:
    base = in_days(0).replace(minute=0, second=0, microsecond=0)
    return {"start": base + timedelta(days=first), "end": base + timedelta(days=last)}


def line(code: ClassCode, quantity: int) -> dict[str, Any]:
    return {
        "class_code": {"scheme": code.scheme, "edition": code.edition, "code": code.code},
        "quantity": quantity,
    }
