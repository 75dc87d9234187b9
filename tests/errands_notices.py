"""Reading one's inbox: what is new, what is asked of one, and that it is read on every screen once it is marked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.town import Town


def an_inbox_is_read(town: Town) -> None:
    officer, manager = town.as_("education_officer"), town.as_("education_asset_manager")
    position = ""
    for _ in range(3):
        made = officer.done(
            "record_decision", matter="OTHER", body=town.bodies["education"], authority=town.bodies["finance"],
            number=f"兰财资〔2026〕{uuid4().hex[:6]}号", dated=(datetime.now(UTC) - timedelta(days=2)).date(),
            list_hash=uuid4().hex * 2, scan=town.paper("批复"),
        )  # fmt: skip
        position = made["position"]
    page = manager.query("inbox", unread_only=True, first=2, after_position=position)
    assert page["pageInfo"]["hasNextPage"]
    newest: dict[str, Any] = page["nodes"][0]
    behind = manager.query("inbox", unread_only=True, first=2, after=page["pageInfo"]["endCursor"])
    assert newest["id"] not in [node["id"] for node in behind["nodes"]]
    assert int(behind["nodes"][0]["position"]) < int(page["nodes"][1]["position"])
    assert (newest["name"], newest["toDo"], newest["read"]) == ("decision.to_verify", True, False)
    assert newest["sentence"]
    unread = manager.query("unreadCount")
    one = manager.done("mark_read", notices=[newest["id"]])
    assert manager.query("unreadCount", after_position=one["position"]) == unread - 1
    everything = manager.done("mark_read", up_to=newest["position"])
    assert manager.query("unreadCount", after_position=everything["position"]) == 0
    nodes = manager.query("inbox", first=2)["nodes"]
    assert [node["read"] for node in nodes] == [True, True]
    second = town.as_("education_approver")
    assert second.query("unreadCount") >= 3, "read marks are each account's own"
    told = [node["id"] for node in officer.query("inbox", first=100)["nodes"]]
    assert newest["id"] not in told, "nobody is told what he did himself"
    refused = town.as_("health_officer").do("mark_read", notices=[newest["id"]])
    assert refused["code"] == "INVALID_VALUE", "what one is not told, one cannot mark"
    for who in ("health_officer", "health_asset_manager"):
        for node in town.as_(who).query("inbox", first=100)["nodes"]:
            assert node["sentence"]
            assert not node["freeInstead"] or node["name"].startswith("request.")
