"""Before a purchase the pool is asked; what is not there is waited for; in an emergency the order of things is another one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.values import Window
from tests.errands_requests import offered
from tests.town import CLASS, Town, cny


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def need(quantity: int, **more: Any) -> dict[str, Any]:
    code = {"scheme": CLASS.scheme, "edition": CLASS.edition, "code": CLASS.code}
    wanted = {"start": in_days(200), "end": in_days(230), "unit_price": cny(6000), **more}
    return {"class_code": code, "function": "能运行办公软件", "quantity": quantity, **wanted}


def asked_before_buying(town: Town) -> None:
    keeper, officer, approver = town.as_("keeper"), town.as_("health_officer"), town.as_("offices_approver")
    for asset in town.in_store("education", "备用电脑甲", "备用电脑乙"):
        keeper.done("list_asset", asset=asset)
    applied = officer.done(
        "apply_pool_check", body=town.bodies["health"], purpose="疫情值班室", lines=[need(3), need(1)]
    )
    paper = applied["poolCheckId"]
    shown = officer.query("poolCheck", id=paper, after_position=applied["position"])
    found = shown["lines"][0]["matches"]
    assert sum(one["free"] for one in found) >= 2
    for one in found:
        for n in (0, 1):
            officer.done("refuse_match", pool_check=paper, line=n, match=one["match"], why="TOO_LATE")
    verdicts = [{"line": 0, "allot": 2, "may_buy": 1}, {"line": 1, "allot": 1, "may_buy": 0}]
    reviewed = approver.done("review_pool_check", pool_check=paper, verdicts=verdicts)
    shown = officer.query("poolCheck", id=paper, after_position=reviewed["position"])
    assert shown["live"]
    known = {"number": shown["number"], "code": shown["checkCode"]}
    real = town.as_("nobody").query("verifyCertificate", **known)
    assert real["valid"]
    assert [one["mayBuy"] for one in real["lines"]] == [1, 0]
    assert town.as_("nobody").query("verifyCertificate", **{**known, "code": "0000000000"}) is None
    line = {"name": "电脑", "quantity": 1, "value": cny(6000), "class_code": need(1)["class_code"]}
    officer.done(
        "record_acquisition", body=town.bodies["health"], how="PURCHASE", lines=[line], certificate=paper,
        funding=[{"source": "财政拨款", "value": cny(6000)}],
    )  # fmt: skip
    approver.done("withdraw_pool_check", pool_check=paper, reason="预算调整")
    gone = officer.done("apply_pool_check", body=town.bodies["health"], purpose="会议室", lines=[need(1)])
    officer.done("withdraw_pool_check", pool_check=gone["poolCheckId"], reason="不买了")


def waited_for(town: Town) -> None:
    keeper, health, admin = town.as_("keeper"), town.as_("health_officer"), town.as_("offices_approver")
    [asset] = offered(town, "唯一的测绘仪")
    window = {"start": in_days(300), "end": in_days(303)}

    def wait(kind: str = "WAIT", **more: Any) -> str:
        wanted = {
            "body": town.bodies["health"],
            "asset": asset,
            "window": window,
            "until": in_days(290),
            **more,
        }
        return str(health.done("enter_demand", kind=kind, **wanted)["demandId"])

    first = wait()
    again = {"body": town.bodies["health"], "asset": asset, "window": window, "until": in_days(290)}
    assert health.refused("enter_demand", kind="WAIT", **again) == "WAITS_ALREADY"
    second = wait(note="备用", window={**window, "end": in_days(302)})
    watching, given_up = wait("WATCH"), wait("WISH")
    health.done("withdraw_demand", demand=given_up)
    keeper.done("match_demand", demand=watching)
    assert keeper.refused("match_demand", demand=second) == "NOT_YOUR_TURN"
    admin.done("move_demand", demand=second, ahead_of=first, reason="防汛急用")
    came = keeper.done("match_demand", demand=second)
    shown = health.query("demand", id=second, after_position=came["position"])
    assert [one["assetId"] for one in shown["units"]] == [str(asset)]
    health.done("pass_turn", demand=second)
    asked = keeper.done("match_demand", demand=first)
    taken = health.done("take_up_turn", demand=first, purpose="测绘")
    assert taken["requestId"]
    listed = town.as_("nobody").query("demands", asset=asset, after_position=taken["position"])
    assert [(one["id"], one["body"], one["place"]) for one in listed["nodes"]] == [(watching, None, None)]
    assert asked["position"] < taken["position"]


def in_an_emergency(town: Town) -> None:
    keeper, officer, second = town.as_("keeper"), town.as_("health_officer"), town.as_("health_asset_manager")
    [asset] = offered(town, "应急发电机")
    window = Window(in_days(3), in_days(9))
    keeper.done("reserve_asset", asset=asset, body=town.bodies["finance"], window=window)
    lines = [{"quantity": 1, "asset": asset}]
    listed = officer.query("emergencyListHash", lines=lines)
    decision = officer.done(
        "record_decision", matter="EMERGENCY", body=town.bodies["health"], authority=town.bodies["offices"],
        number=f"应急〔2026〕{asset.hex[:6]}号", dated=in_days(-1).date(), list_hash=listed, scan=town.paper(listed),
    )["decisionId"]  # fmt: skip
    second.done("verify_decision", decision=decision)
    approver = town.as_("offices_approver")
    issued = approver.done(
        "issue_emergency_order", decision=decision, body=town.bodies["health"], window=window,
        lines=lines,
    )  # fmt: skip
    shown = officer.query("emergency", id=issued["emergencyId"], after_position=issued["position"])
    assert [(one["was"], one["quantity"]) for one in shown["units"]] == [("PROMISED", 1)]
    queue = town.as_("finance_asset_manager").query("demands", class_code=CLASS.code, first=100)
    assert any(one["displaced"] and one["body"] for one in queue["nodes"])
    approver.done("end_emergency_order", emergency=issued["emergencyId"], reason="险情解除")


DEMANDS = (asked_before_buying, waited_for, in_an_emergency)
