"""Asking through the API: carts, steps, cuts, documents from outside, and how a request comes to nothing."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.town import Town


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def offered(town: Town, *names: str, lot: int = 1, **forms: bool) -> list[UUID]:
    """Goods of the education bureau in the store, where every ring may ask at once."""
    admin, store = town.as_("admin"), town.places["store"]
    if not admin.query("policies", kind="SHARING_ROUNDS", warehouse=store):
        rings = [
            {"ring": one, "opens_after_days": 0} for one in ("OWN_DEPARTMENT", "SAME_LEVEL", "OTHER_LEVELS")
        ]
        admin.done(
            "set_sharing_rounds", scope={"warehouse": store}, valid_from=in_days(-2).date(), document="兰机管〔2026〕3号", reason="补录",
            terms={"rounds": rings},
        )  # fmt: skip
    made = town.in_store("education", *names, lot=lot)
    for one in made:
        town.as_("keeper").done("list_asset", asset=one, **{"loan": True, **forms})
    return made


def ask(town: Town, *lines: dict[str, Any], **other: Any) -> UUID:
    """The health commission's officer asks for a few days."""
    said = {
        "body": town.bodies["health"], "purpose": "全市卫生工作会议", "lines": list(lines),
        "window": {"start": in_days(1), "end": in_days(3)}, **other,
    }  # fmt: skip
    [request] = town.as_("health_officer").done("submit_requests", **said)["requestIds"]
    return UUID(request)


def look(town: Town, who: str, request: UUID) -> Any:
    """The request as it is now."""
    return town.as_(who).query("request", id=request, after_position=str(town.installation.recorder.head()))


def asked_and_decided_step_by_step(town: Town) -> None:
    [projector] = offered(town, "会议投影仪")
    request = ask(town, {"asset": projector})
    seen = town.as_("health_approver").query(
        "requests",
        where={"needs_my_decision": True},
        first=5,
        after_position=str(town.installation.recorder.head()),
    )
    assert str(request) in {one["id"] for one in seen["nodes"]}
    asked = "query ($id: UUID!) { request(id: $id) { permittedActions { name permitted code message } conflicts { line available } } }"
    shown = town.as_("health_approver").data(asked, id=request)["request"]
    may = {one["name"]: one["permitted"] for one in shown["permittedActions"]}
    assert shown["conflicts"] == []
    assert may["approveRequest"]
    assert not may["cancelRequest"]
    town.as_("health_approver").done("approve_request", request=request)
    town.as_("education_approver").done("approve_request", request=request)
    shown = look(town, "keeper", request)
    assert (shown["state"], [step["state"] for step in shown["steps"]]) == (
        "APPROVED",
        ["DECIDED", "DECIDED"],
    )


def cut_and_agreed_or_not(town: Town) -> None:
    [chairs] = offered(town, "折叠椅", lot=10)
    for answer in ("accept_change", "decline_change"):
        request = ask(town, {"asset": chairs, "quantity": 5})
        town.as_("health_approver").done(
            "approve_request", request=request, cuts=[{"line": 0, "quantity": 2}]
        )
        town.as_("health_asset_manager").done(answer, request=request)
        if answer == "accept_change":
            town.as_("health_officer").done(
                "cancel_request", request=request, why="DATES_MOVED", note="会议改期"
            )


def refused_or_decided_by_a_document(town: Town) -> None:
    [screen, stage] = offered(town, "投影幕", "舞台")
    request = ask(town, {"asset": screen})
    town.as_("health_approver").done(
        "refuse_request", request=request, why="JUSTIFICATION_INSUFFICIENT", note="请补充会议通知"
    )
    request = ask(town, {"asset": stage})
    listed = look(town, "health_officer", request)["listHash"]
    made = town.as_("health_officer").done(
        "record_decision", matter="SHARING", body=town.bodies["health"], authority=town.bodies["health"],
        number=f"兰卫办〔2026〕{uuid4().hex[:4]}号", dated=in_days(-1).date(), list_hash=listed, scan=town.paper(listed),
    )  # fmt: skip
    decision = UUID(made["decisionId"])
    town.as_("health_asset_manager").done("verify_decision", decision=decision)
    town.as_("health_officer").done("decide_request_by_document", request=request, decision=decision)


def lapsed(town: Town) -> None:
    [flag] = offered(town, "彩旗")
    end = in_days(0) + timedelta(seconds=2)
    request = ask(town, {"asset": flag}, window={"start": in_days(0), "end": end})
    assert town.as_("keeper").refused("lapse_request", request=request) == "NOT_DUE_YET"
    time.sleep(max((end - datetime.now(UTC)).total_seconds(), 0) + 0.1)
    town.as_("keeper").done("lapse_request", request=request)


REQUESTS = [asked_and_decided_step_by_step, cut_and_agreed_or_not, refused_or_decided_by_a_document, lapsed]
