"""From what a row says to what is asked of the register: cards of an old register as `OldRow`s of a body that exists."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID

from api.imports.card import CardRow
from api.imports.transfers import CancellationRow, ShipmentRow
from domain.asset import Book, Kind, ValueType
from domain.life.registering import CardNumber, Description
from domain.papers.past_request import Closing, PastRequestTakenOver
from domain.usecases.taking_over import OldRow
from domain.values import LONGEST_TEXT, ROOT, Money

CARD = "card"
"""The issuer of the numbers a body's own card system gave."""

People = Mapping[tuple[UUID, str], UUID]


def old_row(card: CardRow, holder: UUID, people: People) -> OldRow:
    """A card of an old register. Raises `Refusal` for values that cannot be."""
    said, number = card.acquired, card.number
    remark = _remark(card, holder)
    return OldRow(
        row=card.row,
        said=Description(
            name=card.name,
            kind=Kind.SERIALISED if card.quantity == 1 else Kind.LOT,
            quantity=card.quantity,
            unit=card.unit or "",
            model=" ".join(one for one in (card.brand, card.model) if one)[:200],
            serial=card.serial or "",
            class_code=card.class_code,
            book=_book(card),
        ),
        holder=holder,
        card=CardNumber(CARD, number) if number else None,
        identity="" if number else card.identity,
        custodian=people.get((holder, card.custodian)) if card.custodian else None,
        place_said=card.place or "",
        acquired_said=said.iso if said else "",
        use_said=card.use_state_said or "",
        remark=remark,
        condition=card.condition,
        missing=tuple(note.value for note in card.notes),
    )


def _book(card: CardRow) -> Book | None:
    if card.value is None:
        return None
    kind = ValueType.NOMINAL if card.value.amount == 1 else ValueType.ORIGINAL
    return Book(original=card.value, kind=kind, accumulated=card.depreciation, funding=card.funding)


_TOLD = (
    ("department", "部门"), ("mode", "取得方式"), ("maker", "厂家"), ("supplier", "供应商"),
    ("voucher", "凭证号"), ("card_number", "卡片编号"),
    ("class_said", "分类"), ("class_name", "分类名称"), ("measure", "计量"),
)  # fmt: skip


def _remark(card: CardRow, holder: UUID) -> str:
    """What has no field of its own stays in words, so that nothing the file said is lost."""
    parts = [card.remark] if card.remark else []
    if card.body and holder == ROOT:  # nobody knows a body of that name
        parts.append(f"单位：{card.body}")
    for field, called in _TOLD:
        value = getattr(card, field)
        if value:
            parts.append(f"{called}：{value}")
    return "；".join(parts)[:LONGEST_TEXT]


def lot_row(row: ShipmentRow, holder: UUID, pool: UUID) -> OldRow:
    """A lot that was passed on to an agency: one fact with its one date. Raises `Refusal`."""
    value = row.unit_value
    book = (
        Book(Money(value.amount * row.quantity, value.currency), ValueType.ORIGINAL)
        if value is not None
        else None
    )
    return OldRow(
        row=row.row,
        said=Description(
            name=row.item, kind=Kind.LOT, quantity=row.quantity, unit=row.unit or "", model=row.stock_number or "",
            class_code=row.class_code, book=book,
        ),
        holder=holder,
        giver=pool,
        identity=f"shipment:{row.identity}",
        occurred_at=_noon(row.shipped),
        acquired_said=row.shipped.isoformat(),
        remark=f"requisition {row.number}" if row.number else "",
        missing=tuple(note.value for note in row.notes),
    )  # fmt: skip


def past_request(row: CancellationRow, file: str, requester: UUID) -> PastRequestTakenOver:
    """A request that was closed without a shipment."""
    return PastRequestTakenOver(
        requester=requester, item=row.item, quantity=row.quantity, requested=row.requested.isoformat(), closing=Closing(row.closing),
        reason=row.reason, file=file, row=row.row, identity=row.identity, unit=row.unit or "", class_code=row.class_code,
        stock_number=row.stock_number or "", unit_value=row.unit_value, number=row.number or "", closed_by=row.cancelled_by or "",
        missing=tuple(note.value for note in row.notes),
    )  # fmt: skip


def _noon(day: date) -> datetime:
    """A day without a time or a zone, as an instant that is on that day nearly everywhere in America."""
    return datetime.combine(day, time(18), UTC)
