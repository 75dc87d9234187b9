"""What the offices have on their old registers when the play begins: names, models, prices as one meets them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from api.demo.people import CULTURE, EDUCATION, HEALTH, OFFICES
from api.demo.stage import Stage
from domain.asset import Book, Flag, Kind, ValueType
from domain.life.registering import CardNumber, Description
from domain.usecases.taking_over import OldRow
from domain.values import ClassCode, Condition, Funding, Money


class Ware(NamedTuple):
    """A kind of thing on an old register: so many cards, each alike but for its number."""

    prefix: str
    cards: int
    name: str
    code: str
    price: str
    unit: str = "台"
    model: str = ""
    quantity: int = 1
    media: bool = False
    condition: Condition = Condition.GOOD


DESKTOP, LAPTOP, SERVER, PRINTER = "A02010105", "A02010108", "A02010104", "A02021004"
MEETING_TABLE = "A05010202"
CHAIR, MEETING_CHAIR, CABINET, AIRCON, SCREEN, SHREDDER, BOARD = (
    "A05010301", "A05010303", "A05010502", "A02061804", "A02091104", "A02021301", "A02020700",
)  # fmt: skip

WARES: dict[UUID, tuple[Ware, ...]] = {
    EDUCATION: (
        Ware("JY-DN", 30, "台式计算机", DESKTOP, "4680.00", model="启天 M437", media=True),
        Ware("JY-BJ", 12, "便携式计算机", LAPTOP, "6899.00", model="ThinkPad E14", media=True),
        Ware("JY-TY", 10, "投影仪", SCREEN, "8800.00", model="CB-X06E"),
        Ware("JY-DY", 6, "A4彩色打印机", PRINTER, "3280.00", model="M454dn"),
        Ware("JY-GZ", 8, "文件柜", CABINET, "960.00", unit="个"),
        Ware("JY-YZ", 1, "会议椅", MEETING_CHAIR, "24000.00", unit="把", quantity=120),
        Ware("JY-PK", 1, "课桌椅", CHAIR, "36000.00", unit="批"),
    ),
    HEALTH: (
        Ware("WJ-DN", 22, "台式计算机", DESKTOP, "4990.00", model="商祺 N80", media=True),
        Ware("WJ-BJ", 8, "便携式计算机", LAPTOP, "7150.00", model="MateBook B5", media=True),
        Ware("WJ-KT", 8, "空调机", AIRCON, "3150.00", model="KFR-35GW"),
        Ware("WJ-SZ", 4, "碎纸机", SHREDDER, "1180.00"),
        Ware("WJ-ZP", 1, "应急帐篷", "A05020000", "90000.00", unit="顶", quantity=60),
        Ware("WJ-BX", 3, "低温冰箱", "A02100000", "21500.00", model="DW-86L338", condition=Condition.WORN),
    ),
    OFFICES: (
        Ware("JG-DN", 12, "台式计算机", DESKTOP, "4350.00", model="昭阳 X5", media=True),
        Ware("JG-SW", 5, "电子白板", BOARD, "12600.00"),
        Ware("JG-TV", 6, "平板电视机", SCREEN, "5600.00", model="65E8"),
        Ware("JG-CL", 3, "轻型客车", "A02030000", "238000.00", unit="辆", model="全顺"),
        Ware("JG-YY", 1, "折叠椅", CHAIR, "18000.00", unit="把", quantity=300),
        Ware("JG-ZZ", 1, "会议桌", MEETING_TABLE, "42000.00", unit="张", quantity=40),
        Ware(
            "JG-FW",
            2,
            "服务器",
            SERVER,
            "46800.00",
            model="TaiShan 200",
            media=True,
            condition=Condition.WORN,
        ),
        Ware("JG-JB", 20, "办公椅", CHAIR, "580.00", unit="把", condition=Condition.WORN),
    ),
    CULTURE: (
        Ware("WL-YX", 6, "有源音箱", "A02090000", "4200.00", unit="只"),
        Ware("WL-ZJ", 10, "展架", "A05010000", "1350.00", unit="组"),
        Ware("WL-DG", 6, "追光灯", "A02090000", "3980.00"),
    ),
}
NOT_SAID = ("PHOTO_MISSING",)


def old_rows(stage: Stage, holder: UUID) -> tuple[OldRow, ...]:
    """The rows of a body's old register."""
    rows: list[OldRow] = []
    for ware in WARES[holder]:
        for n in range(1, ware.cards + 1):
            rows.append(_row(stage, holder, ware, n, len(rows) + 2))
    return tuple(rows)


def _row(stage: Stage, holder: UUID, ware: Ware, n: int, row: int) -> OldRow:
    price = Decimal(ware.price)
    bought: date = stage.today - timedelta(days=400 + 83 * (n % 17) + 11 * row)
    months = min(72, (stage.today - bought).days // 30)
    worn = (price * months / 90).quantize(Decimal("0.01"))
    return OldRow(
        row=row,
        said=Description(
            name=ware.name,
            kind=Kind.SERIALISED if ware.quantity == 1 else Kind.LOT,
            quantity=ware.quantity,
            unit=ware.unit,
            model=ware.model,
            serial=f"{ware.prefix.replace('-', '')}{n:05}" if ware.media else "",
            class_code=ClassCode("gbt14885", "2022", ware.code),
            book=Book(
                Money(price, "CNY"),
                ValueType.ORIGINAL,
                Money(worn, "CNY"),
                (Funding("fiscal", Money(price, "CNY")),),
            ),
            flags=(Flag.STORAGE_MEDIA,) if ware.media else (),
        ),
        holder=holder,
        card=CardNumber("card", f"{ware.prefix}-{n:04}"),
        acquired_said=bought.isoformat(),
        use_said="在用" if row % 3 else "闲置",
        place_said=f"{row % 5 + 1}楼{row % 12 + 1:02}室",
        condition=ware.condition,
        missing=NOT_SAID if row % 9 == 0 else (),
    )
