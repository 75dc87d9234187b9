"""How the departments use the pool: they ask, are decided on, get, keep longer, wait, and ask before they buy.

As on the other days, every step is a use case. Requests run by the shipped terms: rounds open by ring, counters are open on working
days, both bodies decide, across levels their superiors too.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from api.demo.goods import DESKTOP, MEETING_CHAIR, SCREEN
from api.demo.people import CULTURE, HEALTH, LANZHOU_FINANCE, STORE
from api.demo.stage import Stage, ids
from domain.papers.demand import DemandKind
from domain.papers.pool_check import Need, Unfit, Verdict
from domain.papers.request_reasons import CancelReason, RefusalReason
from domain.terms import Form
from domain.usecases.requesting import CartLine
from domain.values import ClassCode, Money, Window

Goods = Mapping[str, list[UUID]]
MANAGER = "console"


def share(stage: Stage, goods: Goods) -> None:
    """All acts, in the order of their days."""
    asked_and_got(stage, goods)
    not_got(stage, goods)
    kept_longer(stage, goods)
    as_one(stage, goods)
    before_buying(stage)
    still_open(stage, goods)


def asked_and_got(stage: Stage, goods: Goods) -> None:
    """A whole process: asked for, decided by both bodies, scanned at the counter, handed over with the release slip and the gate pass."""
    window = Window(_working_day(stage, 21, 10), _working_day(stage, -25, 16))
    screens = goods["JG-TV"][3:5]
    request = _asked(stage, "刘敏", HEALTH, 26, "全省疾控视频培训", window, *screens)
    stage.do("李建平", "approve_request", stage.day(25, 15), request=request)
    stage.do("丁国栋", "approve_request", stage.day(24), request=request)
    for screen in screens:
        stage.do("安娜", "pick_unit", window.start, request=request, asset=screen)
    stage.do(
        "安娜", "hand_over_request", window.start + timedelta(minutes=20), request=request,
        receiver=stage.signed_on_paper("刘敏", "hand-over of two screens"),
    )  # fmt: skip


def not_got(stage: Stage, goods: Goods) -> None:
    """Refused with a reason, taken back by who asked, and cut: that one waits for an answer."""
    window = Window(_working_day(stage, -8, 9), _working_day(stage, -15, 16))
    refused = _asked(stage, "刘敏", HEALTH, 9, "临时办公", window, goods["JG-SW"][2])
    stage.do("李建平", "approve_request", stage.day(9, 15), request=refused)
    stage.do(
        "丁国栋",
        "refuse_request",
        stage.day(8),
        request=refused,
        why=RefusalReason.JUSTIFICATION_INSUFFICIENT,
    )
    back = _asked(stage, "刘敏", HEALTH, 7, "学术年会", window, goods["JG-SW"][3])
    stage.do("刘敏", "cancel_request", stage.day(6), request=back, why=CancelReason.NOT_NEEDED)


def kept_longer(stage: Stage, goods: Goods) -> None:
    """The borrower asks to keep the printers longer; who is late is reminded, once for all it has."""
    stage.app.runner.catch_up()
    statement = "SELECT paper FROM availability.claim WHERE asset = %s AND kind = 'loan'"
    [(loan,)] = stage.app.reader.rows(statement, [goods["JY-DY"][1]])
    stage.do("刘敏", "request_extension", stage.day(1, 10), loan=loan, due=_working_day(stage, -50, 16))
    stage.do(
        "安娜", "remind_overdue", stage.day(1, 9), borrower=LANZHOU_FINANCE, warehouse=STORE, day=stage.day(1, 9).date()
    )  # fmt: skip


def as_one(stage: Stage, goods: Goods) -> None:
    """A kit: a projector and a printer that go to meetings together."""
    stage.do(
        "安娜", "make_kit", stage.day(5), name="流动会议套件（投影仪、打印机）", members=(goods["JY-TY"][5], goods["JY-DY"][3]),
    )  # fmt: skip


def before_buying(stage: Stage) -> None:
    """Before it buys, a department asks the pool: what matched, why it does not do, and what the reviewer decided."""
    start, until = stage.day(-10), stage.day(-40)
    lines = tuple(
        Need(
            class_code=ClassCode("gbt14885", "2022", code), function=function, quantity=quantity, start=start, end=until,
            unit_price=Money(Decimal(price), "CNY"),
        )
        for code, function, quantity, price in (
            (SCREEN, "55英寸以上显示，可壁挂", 12, "5800.00"),
            (MEETING_CHAIR, "会议用，带扶手", 40, "320.00"),
            (DESKTOP, "日常办公", 6, "4700.00"),
        )
    )  # fmt: skip
    done = stage.do(
        "刘敏", "apply_pool_check", stage.day(4), body=HEALTH, purpose="2027年度会议室更新", lines=lines
    )
    check = UUID(done["pool_check"])
    stage.do(
        "刘敏", "refuse_match", stage.day(4, 11), pool_check=check, line=0, match=0, why=Unfit.FUNCTION,
        note="投影仪，不是显示屏",
    )  # fmt: skip
    stage.do(
        "丁国栋", "review_pool_check", stage.day(3), pool_check=check,
        verdicts=(
            Verdict(line=0, allot=0, may_buy=12, note="其余为其他单位预留"),
            Verdict(line=1, allot=0, may_buy=40),
            Verdict(line=2, allot=0, may_buy=6),
        ),
    )  # fmt: skip


def still_open(stage: Stage, goods: Goods) -> None:
    """What waits today: a decision across levels, a cut to agree with, and two in the queue."""
    window = Window(_working_day(stage, -20, 10), _working_day(stage, -24, 16))
    _asked(stage, "方志远", LANZHOU_FINANCE, 1, "预算编审集中办公", window, goods["JG-YY"][0], quantity=60)
    cut = _asked(stage, "刘敏", HEALTH, 1, "迎检现场会", window, goods["JG-SW"][4])
    stage.do(
        "李建平", "approve_request", stage.day(1, 16), request=cut, window=Window(window.start, window.end - timedelta(days=1))
    )  # fmt: skip
    stage.do(
        MANAGER, "enter_demand", stage.day(2), body=CULTURE, kind=DemandKind.WAIT, quantity=4, until=stage.day(-60),
        class_code=ClassCode("gbt14885", "2022", SCREEN), window=Window(stage.day(-30), stage.day(-45)), note="展厅布展",
    )  # fmt: skip
    stage.do(
        "刘敏", "enter_demand", stage.day(1), body=HEALTH, kind=DemandKind.WISH, quantity=2, until=stage.day(-90),
        class_code=ClassCode("gbt14885", "2022", "A02100000"), form=Form.TRANSFER, note="疫苗冷藏",
    )  # fmt: skip


def _asked(
    stage: Stage, who: str, body: UUID, ago: int, purpose: str, window: Window, *assets: UUID, quantity: int = 1
) -> UUID:  # fmt: skip
    done = stage.do(
        who, "submit_requests", stage.day(ago), body=body, purpose=purpose, window=window,
        lines=tuple(CartLine(asset=asset, quantity=quantity) for asset in assets),
    )  # fmt: skip
    return ids(done, "requests")[0]


def _working_day(stage: Stage, ago: int, hour: int) -> datetime:
    """That day, or the Monday after it: counters are closed at weekends."""
    day = stage.today - timedelta(days=ago)
    return stage.day(ago - (7 - day.weekday() if day.weekday() > 4 else 0), hour)
