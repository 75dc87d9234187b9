"""Single cells of the US transfer record. They repeat a lot, so what was understood once is kept."""

import re
import tomllib
from collections.abc import Callable
from datetime import datetime, time
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

from api.imports.cells import Cell, code, money, number, text
from api.imports.dates import EXCEL_EPOCH, said_date
from api.imports.verdicts import Code, Unreadable
from domain.classification import US_FSC, class_code
from domain.refusals import InvalidValue
from domain.values import LONGEST_NAME, ClassCode, Money

FSC_EDITION = "2019"
CURRENCY = "USD"
MOST_PIECES = 10_000_000
LONGEST_CODE = 64
Closing = Literal["refusal", "withdrawn", "not_said", "unknown"]

_NSN = re.compile(r"\d{4}-?(?:\d{2}-?\d{3}-?\d{4}|[A-Z]{2}-?[\w-]{7,9})", re.ASCII)
_EXACT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?", re.ASCII)


@cache
def words() -> dict[str, dict[str, Any]]:
    """What the columns were called over the years, and what the reasons amount to."""
    return tomllib.loads((files("api.imports") / "transfers.toml").read_text("utf-8"))


@cache
def closing_reasons() -> dict[str, Closing]:
    """Reason class -> what it amounts to."""
    return dict(words()["reasons"])


@lru_cache(maxsize=1_024)
def state(cell: Cell) -> str:
    """The state's two letters."""
    said = text(cell).upper()
    if re.fullmatch("[A-Z]{2}", said) is None:
        raise Unreadable(Code.STATE_MALFORMED, said)
    return said


@lru_cache(maxsize=65_536)
def agency(cell: Cell) -> str:
    """The agency's name; within its state its only identity."""
    return _named(cell, Code.BODY_MISSING)


@lru_cache(maxsize=65_536)
def item(cell: Cell) -> str:
    """What the lot consists of."""
    return _named(cell, Code.NAME_MISSING)


def _named(cell: Cell, missing: Code) -> str:
    said = text(cell)
    if not said:
        raise Unreadable(missing)
    if len(said) > LONGEST_NAME:
        raise Unreadable(Code.TOO_LONG)
    return said


def reference(cell: Cell) -> str | None:
    """A requisition or request number, `None` where there is none."""
    said = code(cell)
    if len(said) > LONGEST_CODE:
        raise Unreadable(Code.TOO_LONG)
    return said or None


@lru_cache(maxsize=4_096)
def supply_class(cell: Cell) -> ClassCode | None:
    """The federal supply class, `None` where none is given."""
    said = code(cell)
    if not said:
        return None
    if _NSN.fullmatch(said):
        said = said[:4]
    try:
        return class_code(US_FSC, FSC_EDITION, said)
    except InvalidValue:
        raise Unreadable(Code.CLASS_MALFORMED, said) from None


@lru_cache(maxsize=65_536)
def stock(cell: Cell) -> str | None:
    """The stock number: nine digits, or what the office that turned it in made up."""
    said = reference(cell)
    return said[4:].replace("-", "").strip() if said and _NSN.fullmatch(said) else said


@lru_cache(maxsize=4_096)
def unit(cell: Cell) -> str | None:
    """The unit of issue."""
    return reference(cell)


@lru_cache(maxsize=65_536)
def quantity(cell: Cell) -> int:
    """How many: whole and at least one."""
    try:
        count = number(cell)
    except Unreadable as problem:
        raise Unreadable(Code.QUANTITY_NOT_A_NUMBER, problem.value) from None
    if count is None:
        raise Unreadable(Code.QUANTITY_MISSING)
    if count <= 0:
        raise Unreadable(Code.QUANTITY_NOT_POSITIVE, f"{count:f}")
    if count > MOST_PIECES:
        raise Unreadable(Code.QUANTITY_TOO_LARGE, f"{count:.3e}")
    if count != round(count):
        raise Unreadable(Code.QUANTITY_NOT_WHOLE, f"{count:f}")
    return round(count)


@lru_cache(maxsize=65_536)
def unit_value(cell: Cell) -> Money | None:
    """The original value of one."""
    found = money(cell)
    return None if found is None else Money(found[0], CURRENCY)


@lru_cache(maxsize=65_536)
def when(cell: Cell, excel_epoch: datetime = EXCEL_EPOCH) -> datetime:
    """The day or instant the row is about."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, str) and _EXACT.fullmatch(cell):
        try:
            return datetime.fromisoformat(cell)
        except ValueError:
            raise Unreadable(Code.DATE_UNREADABLE, cell) from None
    told = said_date(cell, "mdy", excel_epoch=excel_epoch)
    if told is None:
        raise Unreadable(Code.DATE_MISSING)
    if told.exact is None:
        raise Unreadable(Code.DATE_UNREADABLE, told.said)
    return datetime.combine(told.exact, time())


def closing(cell: Cell) -> tuple[str, Closing]:
    """The reason class of a closed request, and what it amounts to."""
    said = text(cell).lower() or "blank"
    return (said, known) if (known := closing_reasons().get(said)) else (said[:LONGEST_CODE], "unknown")


PARSED: dict[str, Callable[..., Any]] = {
    "state": state, "agency": agency, "number": reference, "fsc": supply_class, "niin": stock, "item": item,
    "unit": unit, "quantity": quantity, "value": unit_value, "date": when,
}  # fmt: skip
