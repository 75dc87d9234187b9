"""The ground the benchmarks of commands and pages stand on: two bodies, a warehouse, and assets, all through the log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from domain.asset import Book, Kind, ValueType
from domain.body import Level
from domain.command import Envelope
from domain.ids import uuid7
from domain.life.registering import CardNumber, Description
from domain.usecases.taking_over import OldRow
from domain.values import CONSOLE, SPACE, ClassCode, Condition, Money
from projections.desk import Desk

CHUNK = 1000
NAMES = ("投影仪", "台式计算机", "会议桌", "办公椅", "复印机", "服务器", "空调", "文件柜")
CUT_OFF = datetime(2026, 1, 1, tzinfo=UTC)
SLIP_FILE = b"%PDF-1.4\n% signed by hand\n%%EOF\n"
SIGNED_SLIP = sha256(SLIP_FILE).hexdigest()
"""The scan of the slip that everybody signs."""
LENDING_PERSON, BORROWING_PERSON = uuid5(SPACE, "bench:lender"), uuid5(SPACE, "bench:borrower")


@dataclass(frozen=True)
class World:
    """Whom the benchmarks lend from and to, and where."""

    offices: UUID
    borrower: UUID
    warehouse: UUID


def ask(desk: Desk, use_case: str, **input: Any) -> Any:
    """One command of the console, which must be accepted."""
    decided = desk.execute(use_case, Envelope(account=CONSOLE, command_id=uuid7()), input, 60)
    assert not decided.refused, (use_case, decided.refused, decided.path, decided.values)
    return decided.outcome


def build(desk: Desk) -> World:
    """Two bodies and a warehouse."""
    offices = UUID(
        ask(desk, "register_body", name="省机关事务管理局", level=Level.PROVINCE, region="62")["body"]
    )
    borrower = UUID(ask(desk, "register_body", name="省教育厅", level=Level.PROVINCE, region="62")["body"])
    ask(desk, "name_duty_person", body=borrower, person=BORROWING_PERSON)
    code = f"B{uuid7().hex[-6:].upper()}"
    warehouse = ask(
        desk,
        "register_warehouse",
        name="省级公物仓",
        code=code,
        owner=offices,
        operator=offices,
        time_zone="Asia/Shanghai",
    )["place"]
    return World(offices, borrower, UUID(warehouse))


def stock(desk: Desk, world: World, count: int, label: str) -> None:
    """So many assets, taken over from a register into the warehouse, a thousand to a command."""
    file = sha256(label.encode()).hexdigest()
    rows = list(old_rows(world, count, label))
    for start in range(0, count, CHUNK):
        outcome = ask(
            desk, "take_over_assets", file=file, cut_off=CUT_OFF, rows=tuple(rows[start : start + CHUNK])
        )
        assert outcome["created"] == len(rows[start : start + CHUNK]), outcome


def old_rows(world: World, count: int, label: str) -> Iterator[OldRow]:
    for at in range(count):
        yield OldRow(
            row=at + 1,
            said=Description(
                name=f"{NAMES[at % len(NAMES)]} {at % 97}",
                kind=Kind.SERIALISED,
                quantity=1,
                unit="台",
                model=f"M-{at % 50}",
                class_code=ClassCode("gbt14885", "2022", "A02010105", unverified=True),
                book=Book(Money(Decimal(1000 + at % 9000), "CNY"), ValueType.ORIGINAL),
            ),
            holder=world.offices,
            card=CardNumber("预算管理一体化", f"{label}-{at:08d}"),
            place=world.warehouse,
            condition=Condition.GOOD,
            occurred_at=CUT_OFF - timedelta(days=at % 3000),
        )
