"""What administrators set: every kind of terms once, in a corner of the country where nobody else of the town is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.errands_requests import ask, look, offered
from tests.town import Town, cny

WEEK = [{"weekday": day, "opens": "08:30", "closes": "17:30"} for day in range(1, 6)]
TERMS: dict[str, dict[str, Any]] = {
    "set_approval_chain": {"cases": [{"form": "LOAN", "steps": ["OWN_BODY", "HOLDER"], "from_value": cny(100)}]},
    "set_sharing_rounds": {"rounds": [{"ring": "SAME_LEVEL", "opens_after_days": 3}], "reconfirm_days": 30},
    "set_opening_hours": {"week": WEEK, "closed": [date(2026, 10, 1)], "exchanged": [date(2026, 10, 10)]},
    "set_loan_terms": {"most_days": 30, "extensions": 1, "extension_days": 10, "break_days": 5, "lead_working_days": 1},
    "set_pick_up": {"deadline_working_days": 5, "slot_minutes": 30, "per_slot": 4},
    "set_preparation": {"working_days": 1},
    "set_hold_times": {"pending_hours": 24, "change_hours": 12, "turn_hours": 48},
    "set_inspection_rule": {"after_each_loan": True},
    "set_blocking": {"overdue_days": 10, "unsigned_days": 5},
    "set_reminders": {"before_days": [3, 1], "after_days": [1, 7], "manager_after_days": 7, "superior_after_days": 14},
    "set_purchase_check": {"from_value": cny(5000), "valid_days": 60},
    "set_waiver_limit": {"from_value": cny(2000)},
}  # fmt: skip


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def terms_are_set_and_ended(town: Town) -> None:
    admin = town.as_("admin")
    where = {"region": "99", "class_code": "A02"}
    made = [
        admin.done(
            name,
            scope=where,
            valid_from=date(2026, 1, 1),
            document="某机管〔2026〕1号",
            terms=terms,
            reason="补录",
        )["policyId"]
        for name, terms in TERMS.items()
    ]
    assert len(set(made)) == len(TERMS)
    admin.done("end_policy", policy=made[-1], valid_until=date(2027, 1, 1))
    rows = town.as_("nobody").query("policies", kind="LOAN_TERMS")
    [shipped, own] = [row for row in rows if row["scope"]["region"] in ("", "99")]
    assert (shipped["version"], shipped["terms"]["mostDays"], own["terms"]["mostDays"]) == (0, 180, 30)
    assert own["version"] > 0
    assert "30" in own["text"]
    ended = town.as_("nobody").query("policies", kind="WAIVER_LIMIT")[-1]
    assert (ended["validUntil"], ended["terms"]["fromValue"]["amount"]) == ("2027-01-01", "2000.00")


def offers_go_on_and_are_taken_back(town: Town) -> None:
    """At the holder's own site: confirmed, prolonged, taken back for own use."""
    manager = town.as_("education_asset_manager")
    [asset] = town.take_over("education", "在用的显微镜", place="school")
    manager.done("list_asset", asset=asset, in_place=True, until=in_days(100))
    shown = manager.query("asset", id=asset)["listing"]
    assert (shown["inPlace"], shown["unconfirmed"]) == (True, False)
    assert shown["confirmBy"] > shown["since"]
    for where, count in (
        ({"in_place": True}, 1),
        ({"in_place": False}, 0),
        ({"unconfirmed": True}, 0),
        ({"unconfirmed": False}, 1),
    ):
        assert manager.query("assets", where={"text": "在用的显微镜", **where})["totalCount"] == count
    then = {"true_at": in_days(95)}
    late = manager.query("assets", where={"text": "在用的显微镜", "unconfirmed": True}, as_of=then)
    assert late["totalCount"] == 1, "in three months, by time alone"
    manager.done("confirm_listing", asset=asset, until=in_days(200))
    manager.done("take_back_listing", asset=asset, reason="本单位教学需要")
    assert manager.query("asset", id=asset)["listing"] is None


def the_order_of_time_is_overridden(town: Town) -> None:
    """The health commission holds it, the finance bureau waits for it; the holder's manager decides, and says why."""
    [asset] = offered(town, "唯一的同传设备")
    request = ask(town, {"asset": asset})
    window = {"start": in_days(1), "end": in_days(3)}
    finance, manager = town.as_("finance_officer"), town.as_("education_asset_manager")
    demand = finance.done(
        "enter_demand", body=town.bodies["finance"], kind="WAIT", asset=asset, window=window, until=in_days(2)
    )["demandId"]
    seen = manager.query("rounds", asset=asset)
    assert [one["open"] for one in seen["rounds"]] == [True, True, True]
    assert [(one["place"], one["ring"], one["decided"], one["requestId"]) for one in seen["askers"]] == [
        (1, "SAME_LEVEL", False, str(request))
    ]
    others = finance.query("rounds", asset=asset)["askers"]
    assert [(one["place"], one["body"]) for one in others] == [(1, None)], (
        "who it is, is not told to everybody"
    )
    manager.done("override_order", request=request, demand=demand, reason="国际会议当日必需")
    assert look(town, "health_officer", request)["state"] == "DISPLACED"


def a_room_is_used_by_the_hour(town: Town) -> None:
    [room] = offered(town, "会议室", loan=False, in_place=True)
    hours = {"start": in_days(-0.001), "end": in_days(0.2)}
    request = ask(town, {"asset": room}, form="IN_PLACE", window=hours)
    town.as_("education_approver").done("approve_request", request=request)
    town.as_("health_officer").done("confirm_use", request=request)
    assert look(town, "health_officer", request)["state"] == "FULFILLED"


POLICIES = (
    terms_are_set_and_ended,
    offers_go_on_and_are_taken_back,
    the_order_of_time_is_overridden,
    a_room_is_used_by_the_hour,
)
