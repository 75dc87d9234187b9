"""What happens in the demo, act by act. Every step is a use case, so that the demo can show nothing the rules forbid."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from api.demo.goods import WARES, old_rows
from api.demo.people import (
    BINS,
    CULTURE,
    EDUCATION,
    EDUCATION_BASIC,
    FINANCE,
    HEALTH,
    INSPECTION,
    LANZHOU_FINANCE,
    OFFICES,
    STORE,
    TAX,
    VIRTUAL,
    WORKSHOP,
    ZONE_B,
)  # fmt: skip
from api.demo.sharing import share
from api.demo.stage import Stage
from domain.asset import Book, Kind, Title, ValueType
from domain.life.correcting import Field, Said
from domain.life.registering import CardNumber, Description
from domain.numbering import CARD, card_key
from domain.papers.acquisition import AcceptedLine, AcquiredBy, AcquisitionLine, DeliveredLine
from domain.papers.damage_case import DamageCause
from domain.papers.disposal_case import DisposalForm
from domain.papers.intake import CameLine, IntakeLine, IntakeMode, IntakeSource
from domain.papers.loan import LineOutcome, LoanLine
from domain.papers.slip import SlipKind
from domain.papers.transfer import Side
from domain.usecases.lots import Part
from domain.usecases.returning import ReturnLine
from domain.usecases.writing_off import ExitLine
from domain.values import ClassCode, Condition, Funding, Money, Window

MANAGERS = {EDUCATION: "陈晓梅", HEALTH: "王海燕", OFFICES: "马依娃", CULTURE: "console"}

Goods = Mapping[str, list[UUID]]


def play(stage: Stage) -> None:
    """All acts, in the order of their days."""
    goods = taken_over(stage)
    bought(stage)
    brought_in(stage, goods)
    put_away(stage, goods)
    offered(stage, goods)
    lent_and_back(stage, goods)
    lots(stage, goods)
    handed_in(stage, goods)
    out_of_order(stage, goods)
    passed_on(stage, goods)
    written_off(stage, goods)
    put_right(stage, goods)
    lent_now(stage, goods)
    share(stage, goods)
    on_paper(stage, goods)


def taken_over(stage: Stage) -> Goods:
    """Old registers become cards; by the prefix of their old number."""
    goods: dict[str, list[UUID]] = defaultdict(list)
    for n, holder in enumerate(WARES):
        rows = old_rows(stage, holder)
        file = hashlib.sha256(f"demo register {holder}".encode()).hexdigest()
        stage.do(
            MANAGERS[holder], "take_over_assets", stage.day(170 - n, 10), file=file, cut_off=stage.day(180, 0), rows=rows
        )  # fmt: skip
        numbers = [row.card.number for row in rows if row.card]
        owners = stage.app.recorder.owners(CARD, [card_key(holder, "card", number) for number in numbers])
        for number in numbers:
            goods[number.rsplit("-", 1)[0]].append(owners[card_key(holder, "card", number)])
    return goods


def bought(stage: Stage) -> None:
    """Ten laptops for meetings: bought, delivered, accepted by two others, registered one by one."""
    price = Money(Decimal("6500.00"), "CNY")
    total = Money(price.amount * 10, "CNY")
    paper = UUID(
        stage.do(
            "马依娃", "record_acquisition", stage.day(150), body=OFFICES, how=AcquiredBy.PURCHASE,
            lines=(AcquisitionLine(name="会议平板电脑", quantity=10, value=total, unit="台", model="MatePad Pro"),),
            funding=(Funding("fiscal", total),), supplier="甘肃中科信息技术有限公司", contract="GSJG-2026-031",
        )["acquisition"]
    )  # fmt: skip
    stage.do(
        "石磊",
        "receive_delivery",
        stage.day(140),
        acquisition=paper,
        lines=(DeliveredLine(0, 10, Condition.NEW),),
    )
    stage.do(
        "石磊", "sign_acceptance", stage.day(139, 15), acquisition=paper, lines=(AcceptedLine(0, 10),),
        inspectors=(stage.signed_on_paper("石磊", "acceptance of ten tablets"), stage.signed_on_paper("何强", "acceptance of ten tablets")),
    )  # fmt: skip
    for n in range(1, 11):
        stage.do(
            "马依娃", "register_asset", stage.day(138, 10, n), holder=OFFICES, basis=paper, line=0, place=BINS[7],
            said=Description(
                name="会议平板电脑", kind=Kind.SERIALISED, quantity=1, unit="台", model="MatePad Pro", serial=f"MP2026{n:04}",
                class_code=ClassCode("gbt14885", "2022", "A02010108"),
                book=Book(price, ValueType.ORIGINAL, None, (Funding("fiscal", price),)),
            ),
            acquired=stage.day(139), condition=Condition.NEW, card=CardNumber("card", f"JG-PB-{n:04}"),
        )  # fmt: skip


def brought_in(stage: Stage, goods: Goods) -> None:
    """Idle goods come into the pool: kept on the givers' books, in the store or where they stand."""
    idle = [*goods["JY-TY"][:8], *goods["JY-DY"][:4], *goods["JY-GZ"][:6], *goods["JY-BJ"][:6]]
    intake = _applied(stage, "贲志强", EDUCATION, STORE, idle, 130, photo="goods of the education department")
    stage.do("丁国栋", "approve_intake", stage.day(127, 11), intake=intake)
    stage.do(
        "安娜", "receive_intake", stage.day(125, 14), intake=intake, place=INSPECTION,
        giver=stage.signed_on_paper("贲志强", "intake signed by the giver"),
        lines=tuple(
            CameLine(line=n, turned_away=1) if n == 17 else CameLine(line=n, received=1, condition=Condition.GOOD, wiped=True)
            for n in range(len(idle))
        ),
    )  # fmt: skip
    virtual = [*goods["JY-TY"][8:], *goods["JY-DN"][:6]]
    intake = _applied(stage, "贲志强", EDUCATION, VIRTUAL, virtual, 120, virtual=True)
    stage.do("丁国栋", "approve_intake", stage.day(118), intake=intake)
    stage.do(
        "陈晓梅", "confirm_virtual_intake", stage.day(117), intake=intake,
        lines=tuple(CameLine(line=n, received=1) for n in range(len(virtual))),
    )  # fmt: skip
    _applied(stage, "刘敏", HEALTH, STORE, goods["WJ-SZ"][2:], 4)  # still to be decided


def _applied(
    stage: Stage, who: str, body: UUID, store: UUID, assets: list[UUID], ago: int, *, mode: IntakeMode = IntakeMode.RETAINED,
    virtual: bool = False, photo: str = "",
) -> UUID:  # fmt: skip
    evidence = (stage.photo(photo),) if photo else ()
    done = stage.do(
        who, "apply_for_intake", stage.day(ago, 9, 30), evidence=evidence, mode=mode, source=IntakeSource.IDLE, body=body,
        warehouse=store, virtual=virtual, lines=tuple(IntakeLine(asset=one, quantity=1) for one in assets),
    )  # fmt: skip
    return UUID(done["intake"])


def put_away(stage: Stage, goods: Goods) -> None:
    """From the inspection room into the bins."""
    stored = [*goods["JY-TY"][:8], *goods["JY-DY"][:4], *goods["JY-GZ"][:5], *goods["JY-BJ"][:6]]
    for n, asset in enumerate(stored):
        stage.do("安娜", "put_away", stage.day(124, 9, n), asset=asset, place=BINS[n % 6])
    for n, asset in enumerate(
        [*goods["JG-SW"], *goods["JG-TV"], *goods["JG-YY"], *goods["JG-ZZ"], *goods["JG-FW"]]
    ):
        stage.do("安娜", "put_away", stage.day(123, 10, n), asset=asset, place=ZONE_B if n > 11 else BINS[6])


def offered(stage: Stage, goods: Goods) -> None:
    """The pool's listings."""
    listed = [
        *goods["JY-TY"][:8], *goods["JY-DY"][:4], *goods["JY-BJ"][:6], *goods["JG-SW"], *goods["JG-TV"], *goods["JG-YY"], *goods["JG-ZZ"],
    ]  # fmt: skip
    for n, asset in enumerate(goods["JY-TY"][8:]):
        stage.do("陈晓梅", "list_asset", stage.day(116, 9, n), asset=asset, loan=True)
    for n, asset in enumerate(listed):
        stage.do("安娜", "list_asset", stage.day(122, 9, n), asset=asset, loan=True, transfer=n % 4 == 0)
    for n, asset in enumerate(goods["WJ-KT"][:4]):
        stage.do(
            "王海燕",
            "list_asset",
            stage.day(60, 9, n),
            asset=asset,
            loan=False,
            transfer=True,
            until=stage.day(-30),
        )
    stage.do("安娜", "withdraw_listing", stage.day(90), asset=goods["JG-TV"][5], reason="会议室自用")


def lent_and_back(stage: Stage, goods: Goods) -> None:
    """Loans of the past: returned and inspected, returned and waiting, damaged and assessed (who borrowed it has yet to agree)."""
    first = [LoanLine(one, 1) for one in goods["JY-TY"][:3]]
    loan = _lent(stage, first, HEALTH, "刘敏", 110, 96)
    stage.do("安娜", "issue_gate_pass", stage.day(110, 16), loan=loan)
    stage.do(
        "安娜", "take_back", stage.day(97, 15), loan=loan, place=INSPECTION,
        giver=stage.signed_on_paper("刘敏", "return signed by the giver"),
        lines=tuple(ReturnLine(asset=line.asset, condition=Condition.GOOD) for line in first),
    )  # fmt: skip
    for n, line in enumerate(first):
        stage.do("安娜", "inspect", stage.day(96, 10, n), asset=line.asset, condition=Condition.GOOD)
        stage.do("安娜", "put_away", stage.day(96, 11, n), asset=line.asset, place=BINS[n])
    laptops = [LoanLine(one, 1) for one in goods["JY-BJ"][:3]]
    loan = _lent(stage, laptops, LANZHOU_FINANCE, "方志远", 70, 40)
    back = stage.do(
        "安娜", "take_back", stage.day(3, 15), loan=loan, place=INSPECTION,
        giver=stage.signed_on_paper("方志远", "return of the projectors, signed"),
        lines=(
            ReturnLine(asset=laptops[0].asset, condition=Condition.GOOD),
            ReturnLine(asset=laptops[1].asset, condition=Condition.WORN),
            ReturnLine(asset=laptops[2].asset, outcome=LineOutcome.DAMAGED, condition=Condition.BROKEN),
        ),
    )  # fmt: skip
    [damage] = back["damages"]
    stage.do(
        "陈晓梅", "assess_damage", stage.day(2, 10), damage=UUID(str(damage)), cause=DamageCause.NEGLECT, liable=LANZHOU_FINANCE,
        amount=Money(Decimal("900.00"), "CNY"), reason="屏幕破裂，按维修费赔偿",
    )  # fmt: skip


def _lent(stage: Stage, lines: list[LoanLine], to: UUID, who: str, ago: int, due: int) -> UUID:
    done = stage.do(
        "安娜", "lend", stage.day(ago, 15), lines=tuple(lines), borrower=to, due=stage.day(due, 17),
        receiver=stage.signed_on_paper(who, f"loan slip signed {ago} days ago"),
        evidence=(stage.photo(f"loan slip signed {ago} days ago"),),
    )  # fmt: skip
    return UUID(done["loan"])


def lots(stage: Stage, goods: Goods) -> None:
    """Part of a lot lent, a lot split, a batch card (批) itemised."""
    _lent(stage, [LoanLine(goods["JG-YY"][0], 120), LoanLine(goods["JG-ZZ"][0], 10)], TAX, "孙丽", 30, -10)
    stage.do("陈晓梅", "split_lot", stage.day(100), asset=goods["JY-YZ"][0], quantity=20)
    parts = tuple(
        Part(kind=Kind.LOT, quantity=40, name=name, unit=unit, value=Money(Decimal(value), "CNY"))
        for name, unit, value in (("课桌", "张", "24000.00"), ("课椅", "把", "12000.00"))
    )
    stage.do("陈晓梅", "itemise_card", stage.day(99), asset=goods["JY-PK"][0], parts=parts)


def handed_in(stage: Stage, goods: Goods) -> None:
    """Handed in (上缴): the pool's body becomes the holder with the numbered receipt."""
    given = goods["WJ-KT"][4:]
    intake = _applied(
        stage, "刘敏", HEALTH, STORE, given, 85, mode=IntakeMode.HANDED_IN, photo="decision to hand in"
    )
    stage.do("丁国栋", "approve_intake", stage.day(83), intake=intake)
    stage.do(
        "安娜", "receive_intake", stage.day(80, 10), intake=intake, place=ZONE_B,
        giver=stage.signed_on_paper("刘敏", "intake of zone B, signed by the giver"),
        lines=tuple(CameLine(line=n, received=1, condition=Condition.GOOD) for n in range(len(given))),
    )  # fmt: skip


def out_of_order(stage: Stage, goods: Goods) -> None:
    """A fault, repairs out and back, one over the limit, something missing and something found."""
    laptop, printer, fridge = goods["JY-BJ"][2], goods["JY-DY"][0], goods["WJ-BX"][0]
    order = UUID(
        stage.do(
            "安娜", "order_repair", stage.day(2, 9), asset=laptop, workshop=WORKSHOP, fault="屏幕破裂",
            estimate=Money(Decimal("900.00"), "CNY"),
        )["repair"]
    )  # fmt: skip
    stage.do(
        "安娜",
        "send_for_repair",
        stage.day(2, 15),
        repair=order,
        receiver=stage.signed_on_paper("何强", "to the workshop"),
    )
    stage.do("安娜", "report_fault", stage.day(50), asset=printer, fault="卡纸，定影组件过热")
    order = UUID(
        stage.do(
            "安娜", "order_repair", stage.day(49), asset=printer, workshop=WORKSHOP, fault="更换定影组件",
            estimate=Money(Decimal("420.00"), "CNY"),
        )["repair"]
    )  # fmt: skip
    stage.do(
        "安娜",
        "send_for_repair",
        stage.day(48),
        repair=order,
        receiver=stage.signed_on_paper("何强", "printer to the workshop"),
    )
    stage.do(
        "安娜", "take_back_from_repair", stage.day(40), asset=printer, place=BINS[1], condition=Condition.GOOD
    )
    stage.do(
        "安娜",
        "complete_repair",
        stage.day(40, 11),
        repair=order,
        cost=Money(Decimal("398.00"), "CNY"),
        parts="定影组件",
    )
    stage.do(
        "王海燕", "order_repair", stage.day(20), asset=fridge, workshop=WORKSHOP, fault="压缩机故障",
        estimate=Money(Decimal("13800.00"), "CNY"),
    )  # fmt: skip
    stage.do("陈晓梅", "report_missing", stage.day(25), asset=goods["JY-DN"][20], reason="盘点未见实物")
    stage.do("安娜", "report_missing", stage.day(35), asset=goods["JY-GZ"][0], reason="盘点未见实物")
    stage.do(
        "安娜",
        "report_found",
        stage.day(33),
        asset=goods["JY-GZ"][0],
        place=BINS[3],
        condition=Condition.GOOD,
    )


def passed_on(stage: Stage, goods: Goods) -> None:
    """Transfers for good: one accepted, one on its way through the offices."""
    done = stage.do(
        "王海燕", "propose_transfer", stage.day(75), lines=tuple(LoanLine(one, 1) for one in goods["WJ-DN"][:4]), receiver=EDUCATION
    )  # fmt: skip
    transfer = UUID(done["transfer"])
    stage.do("陈晓梅", "consent_to_transfer", stage.day(74), transfer=transfer, side=Side.RECEIVER)
    stage.do("console", "consent_to_transfer", stage.day(73), transfer=transfer, side=Side.GIVER)
    stage.do("丁国栋", "approve_transfer", stage.day(72), transfer=transfer, authority=OFFICES)
    stage.do(
        "王海燕", "hand_over_transfer", stage.day(70, 10), transfer=transfer,
        giver=stage.signed_on_paper("王海燕", "transfer, signed by the giver"),
        receiver=stage.signed_on_paper("贲志强", "transfer, signed by the receiver"),
        evidence=(stage.photo("hand-over list"),),
    )  # fmt: skip
    stage.do(
        "王海燕", "propose_transfer", stage.day(6), lines=tuple(LoanLine(one, 1) for one in goods["WJ-BJ"][:3]), receiver=CULTURE
    )  # fmt: skip


def written_off(stage: Stage, goods: Goods) -> None:
    """A disposal that is done but for the money, one that waits for its decision, a loss."""
    chairs = goods["JG-JB"]
    evidence = (stage.photo("appraisal of the technical office"),)
    done = stage.do(
        "马依娃", "apply_disposal", stage.day(65), lines=tuple(LoanLine(one, 1) for one in chairs[:6]), form=DisposalForm.SALE,
        reason="破损严重，已无维修价值", evidence=evidence,
    )  # fmt: skip
    case = UUID(done["disposal"])
    stage.do("丁国栋", "approve_disposal", stage.day(60), disposal=case, number="甘机管资〔2026〕45号")
    stage.do(
        "马依娃", "execute_disposal", stage.day(55), disposal=case, lines=tuple(ExitLine(asset=one) for one in chairs[:6]),
        to_body=WORKSHOP,
        giver=stage.signed_on_paper("马依娃", "six chairs, handed out"),
        receiver=stage.signed_on_paper("何强", "six chairs, sold"),
    )  # fmt: skip
    stage.do(
        "马依娃", "apply_disposal", stage.day(5), lines=tuple(LoanLine(one, 1) for one in goods["JG-FW"]), form=DisposalForm.SCRAPPING,
        reason="超过最低使用年限，主板损坏", evidence=evidence,
    )  # fmt: skip


def put_right(stage: Stage, goods: Goods) -> None:
    """Wrong entries corrected by somebody else, numbers of another system, a title in dispute, custody inside a body."""
    asset = goods["JY-DN"][10]
    stage.do(
        "console", "correct_asset", stage.day(45), asset=asset, version=1, field=Field.MODEL, new=Said(text="启天 M455"),
        reason="登记时型号录错",
    )  # fmt: skip
    stage.do(
        "王海燕",
        "number_asset",
        stage.day(58),
        asset=goods["WJ-BX"][1],
        issuer="预算管理一体化",
        number="620000-2026-001182",
    )
    stage.do(
        "王海燕",
        "change_title",
        stage.day(44),
        asset=goods["WJ-BX"][2],
        title=Title.DISPUTED,
        reason="与供应商存在争议",
    )
    for n, one in enumerate(goods["JY-DN"][6:9]):
        stage.do(
            "陈晓梅", "issue_asset", stage.day(43, 9, n), asset=one, body=EDUCATION_BASIC,
            giver=stage.signed_on_paper("陈晓梅", "issue slip, signed"),
            receiver=stage.signed_on_paper("马建军", "issue of a computer"),
        )  # fmt: skip


def lent_now(stage: Stage, goods: Goods) -> None:
    """What is out and promised today: in time, overdue, on the way, reserved for next week."""
    _lent(stage, [LoanLine(one, 1) for one in goods["JY-TY"][3:5]], TAX, "孙丽", 45, 12)  # overdue
    _lent(stage, [LoanLine(goods["JG-TV"][0], 1)], LANZHOU_FINANCE, "方志远", 60, 30)  # overdue
    _lent(stage, [LoanLine(goods["JG-SW"][0], 1)], HEALTH, "刘敏", 12, -18)
    _lent(stage, [LoanLine(one, 1) for one in goods["JY-DY"][1:3]], HEALTH, "刘敏", 8, -22)
    stage.do(
        "安娜", "dispatch", stage.day(1, 16), lines=(LoanLine(goods["JG-SW"][1], 1),), borrower=LANZHOU_FINANCE, due=stage.day(-20, 17),
        carrier="兰州货运（甘A·62019）",
    )  # fmt: skip
    week = Window(stage.day(-7, 8), stage.day(-12, 18))
    for n, (asset, body) in enumerate(
        (
            (goods["JY-TY"][0], HEALTH),
            (goods["JY-TY"][1], TAX),
            (goods["JG-TV"][1], LANZHOU_FINANCE),
            (goods["JG-TV"][2], CULTURE),
        )
    ):
        stage.do("安娜", "reserve_asset", stage.day(2, 14, n), asset=asset, body=body, window=week)
    stage.do(
        "安娜", "reserve_asset", stage.day(2, 15), asset=goods["JG-YY"][0], body=CULTURE, quantity=150,
        window=Window(week.start, week.end + timedelta(days=10)),
    )  # fmt: skip
    stage.do(
        "安娜", "reserve_asset", stage.day(2, 16), asset=goods["JG-YY"][0], body=FINANCE, quantity=30, window=week,
    )  # fmt: skip


def on_paper(stage: Stage, goods: Goods) -> None:
    """A slip printed again, another one void."""
    year = stage.day(0).year
    issued = stage.day(0)
    stage.do("安娜", "reprint_slip", issued, warehouse=STORE, kind=SlipKind.LOAN, year=year, number=1)
    stage.do(
        "安娜",
        "void_slip",
        issued,
        warehouse=STORE,
        kind=SlipKind.GATE_PASS,
        year=year,
        number=1,
        reason="车牌号写错，重新开具",
    )
