"""How is a card's value divided, and put together again?

Nothing is lost to rounding: original value, accumulated depreciation and every source of money are conserved
to the cent. A part gets its share rounded down; what is left stays with the rest, so the last part takes the
remaining cents. No part is ever depreciated by more than its value, and the sources of every part add up to
it.
"""

from collections.abc import Sequence
from decimal import Decimal

from domain.asset import Book
from domain.values import Funding, Money


def take(book: Book, amount: Money) -> tuple[Book, Book]:
    """A part with this original value, and the rest. The amount is at most the book's original value."""
    whole, wanted, currency = _cents(book.original), _cents(amount), book.original.currency
    part_of_funding, rest_of_funding = [], []
    below = taken = 0
    for source in book.funding:
        below += _cents(source.value)
        upto = below * wanted // whole if whole else 0
        part_of_funding.append(Funding(source.source, _money(upto - taken, currency)))
        rest_of_funding.append(Funding(source.source, source.value - part_of_funding[-1].value))
        taken = upto
    part_accumulated = rest_accumulated = None
    if book.accumulated is not None:
        part_accumulated = _money(_cents(book.accumulated) * wanted // whole if whole else 0, currency)
        rest_accumulated = book.accumulated - part_accumulated
    return (
        Book(amount, book.kind, part_accumulated, tuple(part_of_funding)),
        Book(book.original - amount, book.kind, rest_accumulated, tuple(rest_of_funding)),
    )


def share(book: Book, quantity: int, of: int) -> tuple[Book, Book]:
    """The value of so many out of so many, and of what remains."""
    return take(book, _part(book, quantity, of))


def deal(book: Book, quantities: Sequence[int]) -> list[Book]:
    """The value dealt out by quantity; the last one takes the rest."""
    whole, dealt = sum(quantities), []
    for amount in [_part(book, quantity, whole) for quantity in quantities[:-1]]:
        part, book = take(book, amount)
        dealt.append(part)
    return [*dealt, book]


def deal_amounts(book: Book, amounts: Sequence[Money]) -> list[Book]:
    """The value dealt out by given original values, which add up to the whole."""
    dealt = []
    for amount in amounts:
        part, book = take(book, amount)
        dealt.append(part)
    return dealt


def put_together(one: Book, other: Book) -> Book:
    """Both values on one card. A source that paid for both is one source."""
    accumulated = one.accumulated
    if other.accumulated is not None:
        accumulated = other.accumulated if accumulated is None else accumulated + other.accumulated
    paid = {source.source: source.value for source in one.funding}
    for source in other.funding:
        before = paid.get(source.source)
        paid[source.source] = source.value if before is None else before + source.value
    funding = tuple(Funding(source, value) for source, value in paid.items())
    return Book(one.original + other.original, one.kind, accumulated, funding)


def _part(book: Book, quantity: int, of: int) -> Money:
    return _money(_cents(book.original) * quantity // of, book.original.currency)


def _cents(money: Money) -> int:
    return int(money.amount.scaleb(2))


def _money(cents: int, currency: str) -> Money:
    return Money(Decimal(cents).scaleb(-2), currency)
