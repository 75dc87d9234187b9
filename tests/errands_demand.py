"""Before a purchase the pool is asked; what is not there is waited for; in an emergency the order of things is another one."""

from datetime import UTC, datetime, timedelta
from typing import Any

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
        for line in (0, 1):
            officer.done("refuse_match", pool_check=paper, line=line, match=one["match"], why="TOO_LATE")
    verdicts = [{"line": 0, "allot": 2, "may_buy": 1}, {"line": 1, "allot": 1, "may_buy": 0}]
    reviewed = approver.done("review_pool_check", pool_check=paper, verdicts=verdicts)
    shown = officer.query("poolCheck", id=paper, after_position=reviewed["position"])
    assert shown["live"]
    known = {"number": shown["number"], "code": shown["checkCode"]}
    real = town.as_("nobody").query("verifyCertificate", **known)
    assert real["valid"]
    assert [line["mayBuy"] for line in real["lines"]] == [1, 0]
    assert town.as_("nobody").query("verifyCertificate", **{**known, "code": "0000000000"}) is None
    line = {"name": "电脑", "quantity": 1, "value": cny(6000), "class_code": need(1)["class_code"]}
    officer.done(
        "record_acquisition", body=town.bodies["health"], how="PURCHASE", lines=[line], certificate=paper,
        funding=[{"source": "财政拨款", "value": cny(6000)}],
    )  # fmt: skip
    approver.done("withdraw_pool_check", pool_check=paper, reason="预算调整")
    gone = officer.done("apply_pool_check", body=town.bodies["health"], purpose="会议室", lines=[need(1)])
    officer.done("withdraw_pool_check", pool_check=gone["poolCheckId"], reason="不买了")
