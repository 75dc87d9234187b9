"""At the counter: who may sign for a borrower, codes that sign once, kits, and a request handed over unit by unit."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from api.graphql.principal import Principal
from api.paper_data import PaperData
from domain.numbering import paper_number
from domain.papers.request import Request
from domain.values import Condition, Signature, SignedBy
from tests.errands_requests import ask, look, offered
from tests.town import CLASS, Town


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def somebody_without_an_account_signs(town: Town) -> None:
    health = town.bodies["health"]
    entered = town.as_("health_administrator").done("enter_person", body=health, name="值班员老周")
    person = UUID(entered["personId"])
    assert town.installation.directory.names([person]) == {person: "值班员老周"}
    manager, keeper = town.as_("health_asset_manager"), town.as_("keeper")
    manager.done("name_duty_person", body=health, person=person)
    [asset] = town.in_store("education", "值班用的电筒")
    lines = [{"asset": asset, "quantity": 1, "accessories": ["充电器"]}]
    asked = manager.done("issue_code", body=health, person=person, lines=lines)
    assert len(asked["digits"]) == 8
    said = keeper.done("enter_code", person=person, digits=asked["digits"], lines=lines)
    signed = Signature(person, SignedBy.ONE_TIME_CODE, code=UUID(said["codeId"]))
    keeper.done("lend", lines=lines, borrower=health, receiver=signed, due=in_days(3))
    manager.done("end_duty_person", body=health, person=person)


def a_kit_goes_out_and_comes_back(town: Town) -> None:
    keeper, health, spare = town.as_("keeper"), town.bodies["health"], {"reason": "配件更换"}
    parts = town.in_store("education", "摄像机", "三脚架", "麦克风")
    [lamp] = town.in_store("education", "补光灯")
    kit = keeper.done("make_kit", name="采访套装", members=parts)["kitId"]
    keeper.done("rename_kit", kit=kit, name="外景采访套装")
    keeper.done("add_kit_member", kit=kit, asset=lamp)
    keeper.done("remove_kit_member", kit=kit, asset=parts[2], **spare)
    keeper.done("move_kit", kit=kit, place=town.places["bin"])
    asked = "query($id: UUID!) { kit(id: $id) { permittedActions { name permitted } } }"
    able = {one["name"]: one["permitted"] for one in keeper.data(asked, id=kit)["kit"]["permittedActions"]}
    assert (able["listKit"], able["withdrawKit"]) == (True, False)
    keeper.done("list_kit", kit=kit)
    keeper.done("withdraw_kit", kit=kit, reason="暂不外借")
    window = {"start": in_days(1), "end": in_days(2)}
    held = keeper.done("reserve_kit", kit=kit, body=health, window=window)["reservationId"]
    keeper.done("release_kit", kit=kit, reservation=held, reason="活动改期")
    receiver = town.signature("health_officer")
    lent = keeper.done("lend_kit", kit=kit, borrower=health, due=in_days(2), receiver=receiver)
    assert lent["slip"]["number"]
    back = [{"asset": one} for one in (*parts[:2], lamp)]
    keeper.done("take_back_kit", kit=kit, lines=back, place=town.places["store"])
    shown = town.as_("keeper").query("paper", id=kit, after_position=str(town.installation.recorder.head()))
    assert (shown["number"], len(shown["lines"])) == ("外景采访套装", 3)
    keeper.done("dissolve_kit", kit=kit)


def handed_over_by_scan(town: Town) -> None:
    units = offered(town, "会议话筒甲", "会议话筒乙", "会议话筒丙")
    keeper = town.as_("keeper")
    code = {"scheme": CLASS.scheme, "edition": CLASS.edition, "code": CLASS.code}
    request = ask(town, {"asset": units[0]}, {"class_code": code, "quantity": 1})
    for who in ("health_approver", "education_approver"):
        town.as_(who).done("approve_request", request=request)
    allotted = {unit["assetId"] for line in look(town, "keeper", request)["lines"] for unit in line["units"]}
    another = next(one for one in units[1:] if str(one) not in allotted)
    keeper.done("pick_unit", request=request, asset=another)
    keeper.done("unpick_unit", request=request, asset=another)
    for one in (units[0], another):
        keeper.done("pick_unit", request=request, asset=one)
    assert [line["progress"] for line in look(town, "keeper", request)["lines"]] == [1, 1]
    lines = [
        {"asset": another, "quantity": 1, "condition": Condition.GOOD, "papers": [town.paper("交接照片")]}
    ]
    done = keeper.done(
        "hand_over_request", request=request, receiver=town.signature("health_officer"), lines=lines
    )
    assert all(done[slip]["number"] for slip in ("slip", "releaseSlip", "gatePassSlip"))
    asked = look(town, "keeper", request)
    assert asked["state"] == "FULFILLED"
    for slip in ("slip", "releaseSlip", "gatePassSlip"):
        assert_says_for_what(town, done[slip], asked)


def assert_says_for_what(town: Town, slip: dict[str, Any], request: dict[str, Any]) -> None:
    """The printed slip names the request and its purpose."""
    keeper = Principal(town.accounts["keeper"], "t")
    series, number = slip["number"].rsplit("-", 1)
    paper = PaperData(town.installation).slip(keeper, series, int(number))
    assert paper is not None
    assert (paper.request, paper.purpose) == (
        paper_number(Request.KIND, UUID(request["id"])),
        request["purpose"],
    )
    assert paper.request.startswith("REQ-")
    assert paper.purpose


def a_kit_is_asked_for_and_goes_whole(town: Town) -> None:
    parts = offered(town, "摄像机甲", "话筒甲", "灯架甲")
    keeper, officer = town.as_("keeper"), town.as_("health_officer")
    kit = keeper.done("make_kit", name="直播套装", members=parts)["kitId"]
    window = {"start": in_days(1), "end": in_days(3)}
    shown = officer.query("cartPreview", body=town.bodies["health"], lines=[{"kit": kit}], window=window)
    [made] = shown["requests"]
    assert {unit["assetId"] for unit in made["units"]} == {str(one) for one in parts}
    request = ask(town, {"kit": kit})
    alone = [{"asset": parts[0], "quantity": 1}]
    receiver = town.signature("health_officer")
    lend = {"borrower": town.bodies["health"], "due": in_days(0.5), "receiver": receiver}
    assert keeper.refused("lend", lines=alone, **lend) == "IN_A_KIT"
    for who in ("health_approver", "education_approver"):
        town.as_(who).done("approve_request", request=request)
    for one in parts[:2]:
        keeper.done("pick_unit", request=request, asset=one)
    [line] = look(town, "keeper", request)["lines"]
    assert (line["kitId"], line["kitName"], line["progress"], line["quantity"]) == (kit, "直播套装", 2, 3)
    assert (
        keeper.refused("hand_over_request", request=request, receiver=receiver, partly=True)
        == "KIT_GOES_WHOLE"
    )
    keeper.done("pick_unit", request=request, asset=parts[2])
    keeper.done("hand_over_request", request=request, receiver=receiver)
    at = str(town.installation.recorder.head())
    told = officer.query("history", id=request, first=50, after_position=at)["nodes"]
    assert any("直播套装 (3)" in one["sentence"] for one in told), told
    of_kit = officer.query("history", id=kit, first=50, after_position=at)["nodes"]
    assert any("asked for the kit 直播套装" in one["sentence"] for one in of_kit), of_kit
    back = [{"asset": one} for one in parts]
    keeper.done("take_back_kit", kit=kit, lines=back, place=town.places["store"])
    assert look(town, "health_officer", request)["state"] == "FULFILLED"


HAND_OVERS = (
    somebody_without_an_account_signs,
    a_kit_goes_out_and_comes_back,
    handed_over_by_scan,
    a_kit_is_asked_for_and_goes_whole,
)
