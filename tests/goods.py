"""Goods the stories are about: cards in any state, made with one line."""

from decimal import Decimal
from uuid import UUID

from domain.asset import Book, Custody, CustodyKind, Flag, Kind, ValueType
from domain.life.registering import Description, ReceivedUncarded, Registered
from domain.numbering import property_number
from domain.values import ClassCode, Condition, Funding, Money
from tests.examples import CHEN, EDUCATION, OFFICES, WAREHOUSE, named_id
from tests.story import LONG_AGO, Step, on

DESKS, CHAIRS, LAPTOP, BATCH, TENTS = map(named_id, ("办公桌", "椅子", "便携式计算机", "一批桌椅", "帐篷"))
DESKTOP = ClassCode("gbt14885", "2022", "A02010105")


def cny(amount: str | int) -> Money:
    return Money(Decimal(amount).quantize(Decimal("0.01")), "CNY")


def book(
    original: str, accumulated: str | None = None, kind: ValueType = ValueType.ORIGINAL, **funding: str
) -> Book:
    """A value; `book("100", "30", fiscal="60", own="40")`."""
    paid = tuple(Funding(source, cny(amount)) for source, amount in funding.items())
    return Book(cny(original), kind, cny(accumulated) if accumulated is not None else None, paid)


def said(
    name: str = "便携式计算机",
    quantity: int = 1,
    *,
    unit: str = "台",
    worth: Book | None = None,
    kind: Kind | None = None,
    flags: tuple[Flag, ...] = (),
    class_code: ClassCode | None = DESKTOP,
    not_fixed_asset: bool = False,
) -> Description:
    return Description(
        name=name,
        kind=kind or (Kind.LOT if quantity > 1 else Kind.SERIALISED),
        quantity=quantity,
        unit=unit,
        class_code=class_code,
        book=worth,
        flags=flags,
        not_fixed_asset=not_fixed_asset,
    )


def card(
    id: UUID,
    what: Description,
    *,
    holder: UUID = EDUCATION,
    place: UUID | None = None,
    condition: Condition = Condition.GOOD,
    person: UUID = CHEN,
) -> Step:
    """A registered card, in its holder's own custody, or in a store of the offices administration."""
    keeper = Custody(CustodyKind.CUSTODIAN, OFFICES if place else holder)
    number = property_number(id)
    registered = Registered(
        said=what, number=number, holder=holder, custody=keeper, place=place, condition=condition
    )
    return on(id, registered, at=LONG_AGO, person=person, claims=[("property_number", number)])


def uncarded(id: UUID, what: Description, *, holder: UUID = OFFICES, person: UUID = CHEN) -> Step:
    """Goods on nobody's books, in the custody of the store."""
    keeper = Custody(CustodyKind.CUSTODIAN, OFFICES)
    number = property_number(id)
    received = ReceivedUncarded(
        said=what, number=number, holder=holder, custody=keeper, place=WAREHOUSE, condition=Condition.GOOD
    )
    return on(id, received, person=person, claims=[("property_number", number)])
