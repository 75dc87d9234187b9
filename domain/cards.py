"""What must be so on every card, whoever writes it: an importer, a registrar, an intake.

`sound(said)` gives the description back as it will be recorded (name tidied, class checked against its
edition), or refuses it.
"""

from functools import lru_cache

from domain.asset import Book, Kind, ValueType
from domain.classification import class_code
from domain.life.registering import Description
from domain.refusals import InvalidValue, Refusal
from domain.values import LONGEST_NAME, ClassCode, named

BATCH_UNITS = frozenset({"批", "batch"})
"""Units that say: this one card stands for many things (tables and chairs bought together)."""
MOST_PIECES = 1_000_000_000
MOST_SOURCES = 50


class QuantityNotPositive(Refusal):
    """A card is for at least one thing."""

    code = "QUANTITY_NOT_POSITIVE"


class SerialisedIsOne(Refusal):
    """A thing with a card of its own is one thing; several are a lot."""

    code = "SERIALISED_IS_ONE"


class BatchIsOne(Refusal):
    """A batch card (批) has quantity 1: the things in it are counted when it is itemised."""

    code = "BATCH_IS_ONE"


class ValueNegative(Refusal):
    """An original value is never below zero."""

    code = "VALUE_NEGATIVE"


class FundingDoesNotAddUp(Refusal):
    """What the sources of money paid is not the original value."""

    code = "FUNDING_DOES_NOT_ADD_UP"


class DepreciationAboveValue(Refusal):
    """More is depreciated than it was worth."""

    code = "DEPRECIATION_ABOVE_VALUE"


class NoValueHasAmount(Refusal):
    """A card without a value cannot show an amount."""

    code = "NO_VALUE_HAS_AMOUNT"


class ClassNotInEdition(Refusal):
    """The classification has no such class in that edition."""

    code = "CLASS_NOT_IN_EDITION"


def sound(said: Description, path: str = "said") -> Description:
    """The description as it will be recorded. Raises a refusal that names what cannot be so."""
    name = named(said.name, f"{path}.name")
    for text in (said.unit, said.model, said.serial):
        if len(text) > LONGEST_NAME:
            raise InvalidValue(path, value=text[:40], longest=LONGEST_NAME)
    quantity = said.quantity
    if quantity < 1:
        raise QuantityNotPositive(f"{path}.quantity", value=quantity)
    if quantity > MOST_PIECES:
        raise InvalidValue(f"{path}.quantity", value=quantity, most=MOST_PIECES)
    if quantity > 1 and said.unit in BATCH_UNITS:
        raise BatchIsOne(f"{path}.quantity", value=quantity, unit=said.unit)
    if quantity > 1 and said.kind is Kind.SERIALISED:
        raise SerialisedIsOne(f"{path}.quantity", value=quantity)
    if said.book is not None:
        must_add_up(said.book, f"{path}.book")
    klass = said.class_code
    checked = None if klass is None else checked_class(klass, f"{path}.class")
    if checked == klass and name == said.name:
        return said
    return Description(
        name=name,
        kind=said.kind,
        quantity=quantity,
        unit=said.unit,
        model=said.model,
        serial=said.serial,
        class_code=checked,
        book=said.book,
        not_fixed_asset=said.not_fixed_asset,
        flags=said.flags,
    )


def must_add_up(book: Book, path: str = "book") -> None:
    """Value not negative; sources of money add up to it exactly; no more depreciated than there is."""
    original, currency = book.original.amount, book.original.currency
    if original < 0:
        raise ValueNegative(path, value=original)
    if original and book.kind is ValueType.NONE:
        raise NoValueHasAmount(path, value=original)
    if book.accumulated is not None:
        if book.accumulated.currency != currency or book.accumulated.amount < 0:
            raise InvalidValue(f"{path}.accumulated", value=book.accumulated.amount, because="accumulated")
        if book.accumulated.amount > original:
            raise DepreciationAboveValue(path, value=original, accumulated=book.accumulated.amount)
    if book.funding:
        _must_be_paid(book, path)


def _must_be_paid(book: Book, path: str) -> None:
    sources = [one.source for one in book.funding]
    if len(sources) > MOST_SOURCES:
        raise InvalidValue(f"{path}.funding", value=len(sources), most=MOST_SOURCES)
    if twice := next((one for one in sources if sources.count(one) > 1), None):
        raise InvalidValue(f"{path}.funding", value=twice[:40], once=1)
    for one in book.funding:
        if one.value.currency != book.original.currency or one.value.amount < 0 or not one.source.strip():
            raise InvalidValue(
                f"{path}.funding", value=one.value.amount, source=one.source[:40], because="source_of_money"
            )
    paid = sum(one.value.amount for one in book.funding)
    if paid != book.original.amount:
        raise FundingDoesNotAddUp(path, value=book.original.amount, funding=paid)


def checked_class(said: ClassCode, path: str = "class") -> ClassCode:
    """The class as its edition writes it, flagged when the edition's table is partial and doesn't have it."""
    found = _found(said.scheme, said.edition, said.code)
    if found is None:
        raise ClassNotInEdition(
            path, scheme=said.scheme[:40], edition=said.edition[:40], value=said.code[:40]
        )
    return found


@lru_cache(maxsize=8192)
def _found(scheme: str, edition: str, code: str) -> ClassCode | None:
    try:
        return class_code(scheme, edition, code)
    except InvalidValue:
        return None
