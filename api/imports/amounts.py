"""How many, how much, and who paid: the figures of one record, and whether they agree with each other."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from api.imports.cells import LARGEST, LONGEST_NUMBER, Cell, money, number, text
from api.imports.columns import Column
from api.imports.plan import Plan, known_words, plain
from api.imports.problems import Problems
from api.imports.verdicts import Code, Note, Unreadable
from api.imports.vocabulary import FUNDING, exact
from domain.values import LONGEST_NAME, Funding, Money

MOST_PIECES = 10_000_000
NOISE = Decimal("0.000001")
LONGEST_UNIT = 20
FundingColumns = tuple[tuple[str, Column], ...]


class Amounts(Struct, frozen=True):
    """The figures of a card."""

    quantity: int = 1
    unit: str | None = None
    measure: str | None = None
    value: Money | None = None
    unit_price: Money | None = None
    funding: tuple[Funding, ...] = ()
    depreciation: Money | None = None

    def contents(self) -> tuple[object, ...]:
        """What of it makes one row equal to another."""
        told = [
            None if one is None else one.amount for one in (self.value, self.unit_price, self.depreciation)
        ]
        paid = ",".join(f"{part.source}={part.value.amount}" for part in self.funding)
        return self.quantity, self.unit, self.measure, *told, paid


class _Figures:
    """Reads the figures of one record and collects what is wrong with them."""

    def __init__(
        self,
        plan: Plan,
        cells: tuple[Cell, ...],
        at: Mapping[str, Column],
        funding: FundingColumns,
        problems: Problems,
        notes: list[Note],
    ) -> None:
        self.plan, self.cells, self.at, self.problems, self.notes = plan, cells, at, problems, notes
        self.funding = funding

    def cell(self, field: str) -> tuple[Column, Cell] | None:
        column = self.at.get(field)
        return None if column is None or column.at >= len(self.cells) else (column, self.cells[column.at])

    def word(self, field: str, longest: int) -> str | None:
        found = self.cell(field)
        if found is None:
            return None
        try:
            said = text(found[1])
        except Unreadable as problem:
            self.problems.add(problem.code, column=found[0].heading, value=problem.value)
            return None
        if len(said) > longest:
            self.problems.add(Code.TOO_LONG, column=found[0].heading, limit=longest)
            return None
        return said or None

    def amount(self, column: Column, cell: Cell) -> Decimal | None:
        settings = self.plan.mapping.amounts
        scale = settings.scale or self.plan.factor(column) or 1
        try:
            found = money(cell, scale, settings.decimal == ",")
        except Unreadable as problem:
            self.problems.add(problem.code, column=column.heading, value=problem.value)
            return None
        if found is None:
            return None
        if found[1] and Note.VALUE_ROUNDED not in self.notes:
            self.notes.append(Note.VALUE_ROUNDED)
        return found[0]

    def amount_of(self, field: str) -> Decimal | None:
        found = self.cell(field)
        return None if found is None else self.amount(*found)

    def quantity(self) -> tuple[int, str | None, str | None]:
        """Pieces, unit, and what one thing measures where the unit is one of area, length, mass."""
        unit = self.word("unit", LONGEST_UNIT) or self.plan.mapping.constants.unit
        found = self.cell("quantity")
        try:
            count = None if found is None else number(found[1], self.plan.mapping.amounts.decimal == ",")
        except Unreadable as problem:
            code = Code.QUANTITY_NOT_A_NUMBER if problem.code is Code.VALUE_NOT_A_NUMBER else problem.code
            self.problems.add(code, column=found[0].heading if found else "", value=problem.value)
            return 1, unit, None
        if count is None:
            self.notes.append(Note.QUANTITY_MISSING)
            return 1, unit, None
        if count <= 0:
            self.problems.add(Code.QUANTITY_NOT_POSITIVE, value=f"{count:f}"[:LONGEST_NUMBER])
        elif count > MOST_PIECES:
            self.problems.add(Code.QUANTITY_TOO_LARGE, value=f"{count:.3e}")
        elif unit and plain(unit) in known_words("measure"):
            return 1, unit, f"{round(count, 6).normalize():f} {unit}"
        elif round(count) < 1 or abs(count - round(count)) > NOISE:
            self.problems.add(Code.QUANTITY_NOT_WHOLE, value=f"{count:f}")
        else:
            return round(count), unit, None
        return 1, unit, None

    def currency(self) -> str:
        said = self.word("currency", LONGEST_UNIT)
        if said is None:
            return self.plan.currency
        known = known_words("currency").get(plain(said))
        if known is None and len(said) == 3 and said.isascii() and said.isupper() and said.isalpha():
            return said
        if known is None:
            self.problems.add(Code.CURRENCY_UNKNOWN, value=said)
        return known or self.plan.currency

    def paid_by(self) -> dict[str, Decimal]:
        """Amounts by source, of the columns that split the value."""
        parts: dict[str, Decimal] = {}
        for source, column in self.funding:
            if column.at < len(self.cells) and (part := self.amount(column, self.cells[column.at])):
                parts[source] = part
        return parts


def read_amounts(
    plan: Plan,
    cells: tuple[Cell, ...],
    at: Mapping[str, Column],
    funding: FundingColumns,
    problems: Problems,
    notes: list[Note],
) -> Amounts:
    """The figures of one record; what is wrong is added to `problems`, what is missing to `notes`."""
    told = _Figures(plan, cells, at, funding, problems, notes)
    quantity, unit, measure = told.quantity()
    currency = told.currency()
    price, value, parts = told.amount_of("unit_price"), told.amount_of("value"), told.paid_by()
    source = told.word("funding_source", LONGEST_NAME)
    if problems.found:
        return Amounts(quantity, unit, measure)
    pieces = quantity if measure is None else 1
    if value is None and parts:
        value = sum(parts.values(), Decimal())
    elif value is None and price is not None and measure is None:
        value = price * pieces
    elif value is not None and price is not None and measure is None and price * pieces != value:
        notes.append(Note.PRICE_DIFFERS)
    if value is None:
        notes.append(Note.VALUE_MISSING)
    elif value > LARGEST:
        problems.add(Code.VALUE_TOO_LARGE, column="×", value=f"{value:.3e}")
        return Amounts(quantity, unit, measure)
    if value is not None and parts and sum(parts.values()) != value:
        problems.add(Code.FUNDING_DOES_NOT_ADD_UP, found=sum(parts.values()), expected=value)
    if not parts and source and value:
        known = exact(source)
        named = (
            known.field.removeprefix(f"{FUNDING}.") if known and known.field.startswith(FUNDING) else source
        )
        parts = {named: value}
    gone = _depreciation(told, value)
    return Amounts(
        quantity, unit, measure,
        None if value is None else _money(value, currency),
        None if price is None else _money(price, currency),
        tuple(Funding(source, _money(part, currency)) for source, part in parts.items()),
        None if gone is None else _money(gone, currency),
    )  # fmt: skip


@lru_cache(maxsize=16_384)
def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount, currency)


def _depreciation(told: _Figures, value: Decimal | None) -> Decimal | None:
    gone, net = told.amount_of("depreciation"), told.amount_of("net")
    if value is None:
        return gone
    if gone is not None and gone > value:
        told.problems.add(Code.DEPRECIATION_ABOVE_VALUE, found=gone, expected=value)
    elif net is not None and net > value:
        told.problems.add(Code.NET_ABOVE_VALUE, found=net, expected=value)
    elif net is not None and gone is None:
        gone = value - net
    elif net is not None and gone is not None and gone + net != value:
        told.notes.append(Note.NET_DIFFERS)
    return gone
