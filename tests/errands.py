"""Everything the town's people do in a working year, through the API: every mutation is accepted here at least once.

Each errand is one stretch of life and stands on its own; `ERRANDS` is all of them. A mutation without an errand fails a test.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from domain.asset import Book, Flag, ValueType
from domain.papers.outside_decision import ListItem, list_hash
from domain.values import SPACE, Condition, Role, Window
from tests.errands_demand import DEMANDS
from tests.errands_hand_over import HAND_OVERS
from tests.errands_labels import LABELS
from tests.errands_loans import LOANS
from tests.errands_notices import an_inbox_is_read
from tests.errands_policies import POLICIES
from tests.errands_requests import REQUESTS
from tests.errands_scan import SCANS
from tests.town import CLASS, Town, cny, thing

Errand = Callable[[Town], None]
ERRANDS: list[Errand] = []


def errand(function: Errand) -> Errand:
    ERRANDS.append(function)
    return function


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def document(town: Town, who: str, matter: str, body: UUID, authority: UUID, listed: str) -> UUID:
    """A decision from outside, entered by one and verified by another of the education bureau."""
    made = town.as_(f"{who}_officer").done(
        "record_decision", matter=matter, body=body, authority=authority, number=f"兰财资〔2026〕{uuid4().hex[:4]}号",
        dated=in_days(-2).date(), list_hash=listed, scan=town.paper(listed),
    )  # fmt: skip
    id = UUID(made["decisionId"])
    town.as_(f"{who}_asset_manager").done("verify_decision", decision=id)
    return id


@errand
def bodies_come_and_go(town: Town) -> None:
    admin = town.as_("admin")
    county = admin.done(
        "register_body", name="某县教育局", level="COUNTY", region="620102", superior=town.bodies["education"]
    )
    one = UUID(county["bodyId"])
    admin.done("rename_body", body=one, name="某区教育局", decree="城政发〔2026〕1号")
    admin.done("change_region", body=one, region="620103", level="COUNTY")
    admin.done("set_relation", body=one, relation="FISCAL_AUTHORITY", other=town.bodies["finance"])
    admin.done("end_relation", body=one, relation="FISCAL_AUTHORITY")
    office = admin.done("register_body", name="赛事筹备办", kind="TEMPORARY", parent=one, until=in_days(30))
    admin.done("change_term", body=office["bodyId"], until=in_days(60), decree="城政发〔2026〕2号")
    admin.done(
        "abolish_body",
        body=office["bodyId"],
        decree="城政发〔2026〕3号",
        decree_date=in_days(-1).date(),
        occurred_at=in_days(-1),
    )
    admin.done("close_body", body=office["bodyId"])
    two, three = (
        UUID(admin.done("register_body", name=f"新设{n}局", level="COUNTY", region="620103")["bodyId"])
        for n in "甲乙"
    )
    admin.done(
        "split_body",
        body=one,
        parts=[two],
        decree="城政发〔2026〕4号",
        decree_date=in_days(-1).date(),
        continues=True,
    )
    admin.done("merge_body", body=three, into=one, decree="城政发〔2026〕5号", decree_date=in_days(-1).date())


@errand
def places_come_and_go(town: Town) -> None:
    admin = town.as_("admin")
    store = admin.done(
        "register_warehouse", name="旧仓", code=f"O{uuid4().hex[:6].upper()}", owner=town.bodies["offices"],
        operator=town.bodies["offices"], time_zone="Asia/Shanghai",
    )["placeId"]  # fmt: skip
    shelf = admin.done("register_place", name="货架", kind="ZONE", code="S", parent=store)["placeId"]
    admin.done("rename_place", place=shelf, name="一号货架")
    admin.done("change_operator", place=store, operator=town.bodies["finance"])
    admin.done("take_place_out_of_use", place=shelf)
    admin.done("put_place_back_in_use", place=shelf)
    admin.done("take_place_out_of_use", place=shelf)
    admin.done("close_place", place=shelf)


@errand
def accounts_come_and_go(town: Town) -> None:
    admin = town.as_("admin")
    id = uuid5(SPACE, f"town:guest:{uuid4()}")
    account = admin.done(
        "open_account", person=town.enter("新来的同事"), body=town.bodies["education"], id=id
    )["accountId"]
    admin.done("grant_role", account=account, role=Role.OFFICER, scope=town.bodies["education"])
    admin.done("revoke_role", account=account, role=Role.OFFICER, scope=town.bodies["education"])
    admin.done("close_account", account=account)


@errand
def bought_accepted_registered(town: Town) -> None:
    officer, manager, body = (
        town.as_("education_officer"),
        town.as_("education_asset_manager"),
        town.bodies["education"],
    )
    bought = {
        "body": body, "how": "PURCHASE", "funding": [{"source": "财政拨款", "value": cny(6000)}],
        "lines": [{"name": "笔记本电脑", "quantity": 2, "value": cny(6000), "unit": "台"}],
    }  # fmt: skip
    paper = officer.done("record_acquisition", **bought)["acquisitionId"]
    manager.done(
        "receive_delivery", acquisition=paper, lines=[{"line": 0, "quantity": 2, "condition": Condition.NEW}]
    )
    inspectors = [town.signature("education_second"), town.signature("education_approver")]
    manager.done(
        "sign_acceptance", acquisition=paper, lines=[{"line": 0, "quantity": 2}], inspectors=inspectors
    )
    made = manager.done(
        "register_asset", said=thing("笔记本电脑"), holder=body, basis=paper, place=town.places["school"]
    )
    asset = made["assetId"]
    assert made["asset"]["number"] == made["number"]
    manager.done("number_asset", asset=asset, issuer="预算管理一体化", number=f"K{uuid4().hex[:8]}")
    manager.done(
        "reclassify_asset",
        asset=asset,
        class_code={"scheme": CLASS.scheme, "edition": CLASS.edition, "code": "A02010104"},
    )
    manager.done("set_flag", asset=asset, flag=Flag.STORAGE_MEDIA, on=True, reason="有硬盘")
    manager.done("change_title", asset=asset, title="DISPUTED", reason="有争议")
    manager.done("change_title", asset=asset, title="CLEAR", reason="已解决")
    again = officer.done("record_acquisition", **bought)["acquisitionId"]
    manager.done("receive_delivery", acquisition=again, lines=[{"line": 0, "quantity": 1}])
    manager.done("refuse_acceptance", acquisition=again, inspectors=inspectors, reason="不合格")


@errand
def used_in_the_house(town: Town) -> None:
    manager, keeper = town.as_("education_asset_manager"), town.as_("school_keeper")
    [asset] = town.take_over("education", "办公桌")
    keeper.done("put_away", asset=asset, place=town.places["school"])
    answer = keeper.done(
        "issue_asset", asset=asset, body=town.bodies["room"], receiver=town.signature("room_officer")
    )
    assert answer["slip"]["number"].startswith("LZE1-")
    manager.done(
        "change_custodian",
        asset=asset,
        body=town.bodies["desk"],
        receiver=town.signature("desk_officer"),
        giver=town.signature("room_officer"),
    )
    leaver = town.accounts["desk_officer"]
    assert town.as_("admin").refused("close_account", account=leaver) == "STILL_CUSTODIAN"
    manager.done("see_condition", asset=asset, condition=Condition.WORN)
    keeper.done(
        "turn_in",
        asset=asset,
        place=town.places["school"],
        condition=Condition.WORN,
        giver=town.signature("desk_officer"),
    )
    keeper.done("report_missing", asset=asset)
    keeper.done("report_found", asset=asset, place=town.places["school"], condition=Condition.GOOD)
    stray = town.take_over("education", "走失的椅子")[0]
    keeper.done("take_back_from_repair", asset=stray, place=town.places["school"], condition=Condition.GOOD)
    manager.done("settle_case", asset=stray, case="stray_repair_return", reason="查明")


@errand
def into_the_pool(town: Town) -> None:
    officer, keeper, body = town.as_("education_officer"), town.as_("keeper"), town.bodies["education"]
    assets = town.take_over("education", "会议桌", "沙发", "茶几", "书柜")

    def apply(mode: str, *lines: dict[str, Any], **more: Any) -> str:
        place = town.places["virtual" if more.get("virtual") else "store"]
        asked = officer.done(
            "apply_for_intake", mode=mode, source="IDLE", body=body, warehouse=place, lines=lines, **more
        )
        return str(asked["intakeId"])

    paper = apply("RETAINED", {"asset": assets[0]}, {"goods": thing("无卡空调"), "quantity": 1})
    town.as_("education_asset_manager").done("examine_intake", intake=paper)
    town.as_("offices_approver").done("approve_intake", intake=paper)
    came = keeper.done(
        "receive_intake", intake=paper, place=town.places["bin"], lines=[{"line": 0, "received": 1}, {"line": 1, "received": 1}],
        surplus=[{"goods": thing("多来的风扇"), "quantity": 1}],
    )  # fmt: skip
    assert len(came["assetIds"]) == 3
    uncarded = next(UUID(id) for id in came["assetIds"] if UUID(id) != assets[0])
    manager = town.as_("education_second")
    manager.done("value_asset", asset=uncarded, book=Book(cny(800), ValueType.ORIGINAL), basis="评估")
    handed = apply("HANDED_IN", {"asset": assets[1]})
    town.as_("offices_approver").done("approve_intake", intake=handed)
    assert keeper.done(
        "receive_intake", intake=handed, place=town.places["store"], lines=[{"line": 0, "received": 1}]
    )["receiptSlip"]["number"]
    shared = apply("RETAINED", {"asset": assets[2]}, virtual=True)
    town.as_("offices_approver").done("approve_intake", intake=shared)
    officer.done("confirm_virtual_intake", intake=shared, lines=[{"line": 0, "received": 1}])
    town.as_("offices_approver").done(
        "reject_intake", intake=apply("RETAINED", {"asset": assets[3]}), reason="仓满"
    )
    officer.done("withdraw_intake", intake=apply("RETAINED", {"asset": assets[3]}), reason="又要用")


@errand
def lent_and_back(town: Town) -> None:
    keeper, health = town.as_("keeper"), town.as_("health_officer")
    one, two, three = town.in_store("education", "投影仪", "音响", "无人机", flags=(Flag.STORAGE_MEDIA,))
    keeper.done("inspect", asset=one, condition=Condition.GOOD, wiped=True)
    keeper.done("list_asset", asset=one)
    window = Window(in_days(20), in_days(30))
    promise = keeper.done("reserve_asset", asset=one, body=town.bodies["health"], window=window)[
        "reservationId"
    ]
    keeper.done("release_reservation", asset=one, reservation=promise, reason="不用了")
    lent = keeper.done(
        "lend",
        lines=[{"asset": one, "quantity": 1}],
        borrower=town.bodies["health"],
        receiver=town.signature("health_officer"),
        due=in_days(5),
    )
    keeper.done("issue_gate_pass", loan=lent["loanId"])
    slip = lent["slip"]
    which = {
        "warehouse": town.places["store"],
        "kind": "LOAN",
        "year": datetime.now(UTC).year,
        "number": slip["sequence"],
    }
    assert keeper.done("reprint_slip", **which)["copy"] == 1
    keeper.done("void_slip", **which, reason="写错")
    keeper.done(
        "take_back",
        lines=[{"asset": one, "outcome": "DAMAGED", "condition": Condition.WORN}],
        place=town.places["store"],
    )
    keeper.done("inspect", asset=one, condition=Condition.GOOD, wiped=True)
    keeper.done("withdraw_listing", asset=one, reason="自用")
    sent = keeper.done(
        "dispatch",
        lines=[{"asset": two, "quantity": 1}, {"asset": three, "quantity": 1}],
        borrower=town.bodies["health"],
        due=in_days(5),
        carrier="顺丰",
    )
    health.done("receive", loan=sent["loanId"], lines=[{"asset": two, "quantity": 1}])
    at = str(town.installation.recorder.head())
    shown = {
        one["assetId"]: one for one in health.query("loan", id=sent["loanId"], after_position=at)["lines"]
    }
    assert [shown[str(one)]["onTheWay"] for one in (two, three)] == [0, 1], (
        "what did not come is still on its way"
    )
    health.done("receive", loan=sent["loanId"])


@errand
def lots_are_split_and_merged(town: Town) -> None:
    keeper, manager = town.as_("keeper"), town.as_("education_asset_manager")
    lot, other = town.in_store("education", "折叠椅", "帐篷", lot=10, unit="把")
    part = keeper.done("split_lot", asset=lot, quantity=4)["partId"]
    assert keeper.done("merge_lots", asset=lot, others=[part])["quantity"] == 10
    parts = [{"quantity": 5, "kind": "LOT"}, *({"quantity": 1} for _ in range(5))]
    assert len(manager.done("itemise_card", asset=other, parts=parts)["partIds"]) == 6


@errand
def mended(town: Town) -> None:
    keeper, approver = town.as_("keeper"), town.as_("education_approver")
    one, two, three = town.in_store("education", "复印机", "碎纸机", "扫描仪")
    order: dict[str, Any] = {"workshop": town.bodies["workshop"], "fault": "不通电"}
    for asset in (one, two, three):
        keeper.done("report_fault", asset=asset, fault="不通电")
    repair = keeper.done("order_repair", asset=one, estimate=cny(2900), **order)["repairId"]
    approver.done("allow_repair", repair=repair, reason="仍值得")
    keeper.done("send_for_repair", repair=repair)
    keeper.done("take_back_from_repair", asset=one, place=town.places["store"], condition=Condition.GOOD)
    keeper.done("complete_repair", repair=repair, cost=cny(2500))
    hopeless = keeper.done("order_repair", asset=two, **order)["repairId"]
    keeper.done("declare_repair_uneconomic", repair=hopeless, reason="无配件")
    keeper.done(
        "drop_repair",
        repair=keeper.done("order_repair", asset=three, **order)["repairId"],
        reason="自己修好了",
    )


@errand
def given_for_good(town: Town) -> None:
    keeper, giver, taker = town.as_("keeper"), town.as_("education_officer"), town.as_("health_officer")
    assets = town.in_store("education", *(f"调拨物资{n}" for n in range(6)))
    offices, health = town.bodies["offices"], town.bodies["health"]

    def propose(asset: UUID) -> tuple[str, str]:
        made = giver.done("propose_transfer", lines=[{"asset": asset, "quantity": 1}], receiver=health)
        return str(made["transferId"]), str(made["listHash"])

    def agreed(asset: UUID) -> str:
        paper, _ = propose(asset)
        town.as_("education_approver").done("consent_to_transfer", transfer=paper, side="GIVER")
        town.as_("health_approver").done("consent_to_transfer", transfer=paper, side="RECEIVER")
        town.as_("offices_approver").done("approve_transfer", transfer=paper, authority=offices)
        return paper

    both = {"receiver": town.signature("health_officer"), "giver": town.signature("keeper")}
    first = agreed(assets[0])
    handed = keeper.done("hand_over_transfer", transfer=first, **both)
    assert handed["slip"]["number"]
    listed = list_hash([ListItem(asset=assets[0], quantity=1, value=cny(3000))])
    anew = document(town, "education", "TRANSFER", town.bodies["education"], offices, listed)
    giver.done(
        "undo_transfer",
        transfer=first,
        giver=town.signature("health_officer"),
        receiver=town.signature("education_officer"),
        decisions=[anew],
    )
    second = agreed(assets[1])
    keeper.done("dispatch_transfer", transfer=second, carrier="德邦")
    taker.done("accept_transfer", transfer=second)
    third = agreed(assets[2])
    keeper.done("dispatch_transfer", transfer=third, carrier="德邦")
    taker.done(
        "accept_transfer", transfer=third, lines=[{"asset": assets[2], "accepted": 0, "turnedAway": 1}]
    )
    keeper.done(
        "take_back_from_transfer", asset=assets[2], place=town.places["store"], condition=Condition.GOOD
    )
    refused, _ = propose(assets[3])
    town.as_("health_approver").done("refuse_transfer", transfer=refused, body=health, reason="不需要")
    back, hashed = propose(assets[4])
    giver.done("withdraw_transfer", transfer=back, reason="又要用")
    wrong = document(town, "education", "TRANSFER", town.bodies["education"], offices, hashed)
    giver.done("take_back_decision", decision=wrong, reason="录错")


@errand
def disposed_of(town: Town) -> None:
    manager, officer, approver = (
        town.as_("education_asset_manager"),
        town.as_("education_officer"),
        town.as_("education_approver"),
    )
    sold, kept, unwanted, lost = town.take_over("education", "旧复印机", "旧沙发", "旧电视", "遗失的相机")
    why: dict[str, Any] = {"reason": "已到年限", "evidence": [town.paper("技术鉴定")]}

    def apply(asset: UUID, form: str) -> str:
        return str(
            officer.done("apply_disposal", lines=[{"asset": asset, "quantity": 1}], form=form, **why)[
                "disposalId"
            ]
        )

    case = apply(sold, "SALE")
    approver.done("approve_disposal", disposal=case, number="兰教资〔2026〕1号")
    officer.done("execute_disposal", disposal=case, lines=[{"asset": sold}], to_body=town.bodies["workshop"])
    manager.done("settle_proceeds", disposal=case, proceeds=cny(500), costs=cny(20))
    manager.done("deregister_disposed", disposal=case)
    manager.done("remit_proceeds", disposal=case, amount=cny(480), receipt="缴款书0001")
    manager.done("close_disposal", disposal=case)
    approver.done("refuse_disposal", disposal=apply(kept, "DONATION"), reason="还能用")
    officer.done("withdraw_disposal", disposal=apply(unwanted, "SALE"), reason="又要用")
    manager.done("report_missing", asset=lost)
    loss = apply(lost, "LOSS")
    manager.done("move_to_pending_losses", disposal=loss)
    approver.done("approve_disposal", disposal=loss)
    manager.done("settle_proceeds", disposal=loss, proceeds=cny(0), costs=cny(0))
    manager.done("deregister_disposed", disposal=loss)
    manager.done("close_disposal", disposal=loss)
    town.as_("school_keeper").done("put_away", asset=lost, place=town.places["school"])
    town.as_("education_approver").done(
        "reinstate_asset", asset=lost, book=Book(cny(1500), ValueType.ORIGINAL)
    )


@errand
def put_right(town: Town) -> None:
    manager = town.as_("education_asset_manager")
    asset, double, other = town.take_over("education", "写错名字的电脑", "投影机一", "投影机一")
    manager.done(
        "correct_asset", asset=asset, version=1, field="NAME", new={"text": "写对名字的电脑"}, reason="录错"
    )
    manager.done("correct_time", asset=asset, version=1, true_at=in_days(-40), reason="日期录错")
    manager.done("merge_double", asset=other, double=double, reason="一物两卡")


@errand
def lender_and_borrower_become_one(town: Town) -> None:
    admin, keeper = town.as_("admin"), town.as_("keeper")
    for name in ("sports", "culture"):
        made = admin.done(
            "register_body",
            name=f"{name}局",
            level="CITY",
            region="6201",
            offices_administration=town.bodies["offices"],
        )
        town.bodies[name] = UUID(made["bodyId"])
    town.let_in("sports_asset_manager", "sports", (Role.ASSET_MANAGER, town.bodies["sports"]))
    [asset] = town.in_store("sports", "舞台")
    town.let_in("culture_officer", "culture", (Role.OFFICER, town.bodies["culture"]))
    receiver = town.signature("culture_officer")
    loan = keeper.done(
        "lend",
        lines=[{"asset": asset, "quantity": 1}],
        borrower=town.bodies["culture"],
        receiver=receiver,
        due=in_days(5),
    )["loanId"]
    yesterday = in_days(-1)
    admin.done(
        "merge_body",
        body=town.bodies["culture"],
        into=town.bodies["sports"],
        decree="兰机编〔2026〕9号",
        decree_date=yesterday.date(),
    )
    town.as_("sports_asset_manager").done("end_loan_inside", loan=loan)


for policies in POLICIES:
    errand(policies)
for loans in LOANS:
    errand(loans)
for demands in DEMANDS:
    errand(demands)
for requests in REQUESTS:
    errand(requests)
for hand_overs in HAND_OVERS:
    errand(hand_overs)
for scans in SCANS:
    errand(scans)
for labels in LABELS:
    errand(labels)
errand(an_inbox_is_read)
