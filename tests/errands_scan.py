"""Codes and contacts: what else stands on a thing, how a body is reached, and what a scan makes of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.town import Town

SCAN = """query($code: String!, $at: UUID, $after: Position) { scan(code: $code, at: $at, afterPosition: $after) {
    __typename
    ... on ScannedThing { ...thing }
    ... on ScannedChoice { things { ...thing } more label { ...sticker } }
    ... on ScannedRetired { retiredLabel { ...sticker } instead { ...sticker } things { ...thing } warnings { code message } }
    ... on ScannedBlank { blankLabel { ...sticker } body { id name } }
    ... on ScannedUnknown { code why message owner { name contact { name phone address note } } retryAfterS }
} }
fragment sticker on ScannedLabel { id code state piece reprints affixed damaged why scannedAt scanPlace { id name } }
fragment thing on ScannedThing {
    kind id piece number name foundBy said holder { id name } belongsAt { id name warehouseId } warnings { code message }
    label { ...sticker } asset { id number name holder { name } codes { code } } kit { id name } place { id code } slip { number }
    papers { id kind number due }
}"""
"""All that a scan shows, what may be done apart."""


def scan(town: Town, code: str, who: str, language: Any = "en", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = town.as_(who, language).data(SCAN, code=code, **more)["scan"]
    return found


def others_codes_are_noted(town: Town) -> None:
    manager = town.as_("education_asset_manager")
    [asset] = town.take_over("education", "旧显微镜")
    sticker = f"甘教设{uuid4().hex[:6]}"
    made = manager.done("attach_code", asset=asset, kind="OLD_STICKER", code=sticker, preferred=True)
    shown = manager.query("asset", id=asset, after_position=made["position"])["codes"]
    assert [(one["kind"], one["code"], one["preferred"]) for one in shown] == [
        ("OLD_STICKER", sticker.upper(), True)
    ]
    manager.done("attach_code", asset=asset, kind="MAKERS_BARCODE", code="6901234567892")
    made = manager.done("remove_code", asset=asset, code=sticker, reason="脱落")
    shown = manager.query("asset", id=asset, after_position=made["position"])["codes"]
    assert [one["code"] for one in shown] == ["6901234567892"]


def a_body_says_how_it_is_reached(town: Town) -> None:
    manager, desk = town.as_("education_asset_manager"), town.bodies["education"]
    made = manager.done("set_contact", body=desk, phone="0931-8461234", address="中央广场1号", note="工作日")
    shown = manager.query("body", id=town.bodies["room"], after_position=made["position"])["contact"]
    assert (shown["bodyId"], shown["phone"], shown["address"]) == (str(desk), "0931-8461234", "中央广场1号")
    manager.done("set_contact", body=town.bodies["room"], phone="0931-8461234转12")
    ended = manager.done("end_contact", body=town.bodies["room"])
    assert manager.query("body", id=town.bodies["room"], after_position=ended["position"])["contact"][
        "bodyId"
    ] == str(desk)


def goods_go_out_and_come_back_by_their_labels(town: Town) -> None:
    keeper, manager = town.as_("keeper"), town.as_("education_asset_manager")
    [asset] = town.in_store("education", "扫码出借的投影仪")
    made = manager.done("issue_labels", things=[{"kind": "ASSET", "thing": asset}])
    found = scan(town, made["tokens"][0], "keeper", after=made["position"])
    assert (found["id"], found["label"]["state"]) == (str(asset), "LIVE")
    new = manager.done("replace_label", label=made["labelIds"][0], why="WORN")
    loan = {
        "lines": [{"asset": asset, "quantity": 1}], "borrower": town.bodies["health"], "due": datetime.now(UTC) + timedelta(days=5),
        "receiver": town.signature("health_officer"), "labels": [{"code": made["tokens"][0]}],
    }  # fmt: skip
    assert keeper.refused("lend", **loan) == "RETIRED_LABEL"
    loan["labels"] = [
        {"code": scan(town, made["tokens"][0], "keeper", after=new["position"])["instead"]["code"]}
    ]
    out = keeper.done("lend", **loan)
    back = {
        "lines": [{"asset": asset}],
        "place": town.places["store"],
        "labels": [{"code": made["tokens"][0]}],
    }
    assert keeper.done("take_back", **back)["loanIds"] == [out["loanId"]], (
        "a return lands by the old label too"
    )
    shown = keeper.done("record_scan", code=made["tokens"][0], place=town.places["store"])
    found = scan(town, made["tokens"][0], "keeper", after=shown["position"])
    assert found["__typename"] == "ScannedRetired"
    assert found["retiredLabel"]["scanPlace"]["id"] == str(town.places["store"])


SCANS: list[Callable[[Town], None]] = [
    others_codes_are_noted,
    a_body_says_how_it_is_reached,
    goods_go_out_and_come_back_by_their_labels,
]
