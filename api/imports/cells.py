"""What does one cell say? Text, code, number, amount of money: as offices write them, never guessed at.

A blank cell is `None`; a cell that does not hold what its column promises raises `Unreadable` with a code.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from api.imports.verdicts import Code, Unreadable

Cell = str | int | float | bool | datetime | date | time | timedelta | None

UNCALCULATED = "#UNCALCULATED!"
"""Stands in a workbook's cell for a formula without a stored result."""
ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
BLANKS = frozenset(
    {"", "-", "--", "—", "——", "–", "/", "\\", "无", "不详", "未知", "null", "none", "n/a", "nan", "空"}
)
"""What people type where there is nothing to say."""

CENT = Decimal("0.01")
NOISE = Decimal("0.000001")
LARGEST = Decimal("1e13")
LONGEST_NUMBER = 40
EXCEL_DIGITS = 15

_RESIDUE = re.compile(r"_x000[9AaDd]_|_x00[Aa]0_")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MONEY_WORDS = re.compile(
    r"^(?:人民币|rmb|cny|usd|us\$|[¥$€£])|(?:人民币|rmb|cny|usd|元整|圆整|元|圆)$", re.IGNORECASE
)
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[, ']\d{3})+(?:\.\d*)?", re.ASCII)
_GROUPED_COMMA = re.compile(r"[+-]?\d{1,3}(?:[. ']\d{3})*(?:,\d*)?", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2}", re.ASCII)


def text(cell: Cell) -> str:
    """The cell on one line, tidied: no residues of exports, no invisible characters, no doubled spaces."""
    return _line(cell) if isinstance(cell, str) else " ".join(long_text(cell).split())


@lru_cache(maxsize=65_536)
def _line(cell: str) -> str:
    return " ".join(long_text(cell).split())


def long_text(cell: Cell) -> str:
    """The cell as text that may have several lines."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        if cell.isascii() and cell.isprintable() and not cell.startswith(("#", "'")) and "_x" not in cell:
            return cell.strip()
        tidy = _RESIDUE.sub("\n", cell)
        tidy = _CONTROL.sub(" ", _INVISIBLE.sub("", tidy)).replace("\r\n", "\n").replace("\r", "\n").strip()
        if tidy.startswith("#"):
            _must_not_be_an_error(tidy)
        return unicodedata.normalize("NFC", _unguarded(tidy))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, float):
        return shortest(cell)
    return str(cell)


def code(cell: Cell) -> str:
    """A number that is really a text: card number, class code, serial."""
    if isinstance(cell, str) and len(cell) > 4 and cell.isascii() and cell.isalnum():
        return cell
    if isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= 10**EXCEL_DIGITS:
        raise Unreadable(Code.NUMBER_LOST_DIGITS, f"{cell:.6g}")
    said = unicodedata.normalize("NFKC", text(cell))
    if _SCIENTIFIC.fullmatch(said):
        raise Unreadable(Code.NUMBER_LOST_DIGITS, said)
    said = said.removeprefix("'")  # by which people force text in a spreadsheet
    return "" if said.lower() in BLANKS else said.removesuffix(".0") if _all_digits(said) else said


def number(cell: Cell, decimal_comma: bool = False) -> Decimal | None:
    """A number, with or without thousands separators, full-width digits, currency signs, 万."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool | datetime | date | time | timedelta):
        raise Unreadable(Code.VALUE_NOT_A_NUMBER, text(cell))
    if isinstance(cell, int):
        return Decimal(cell)
    said = repr(cell) if isinstance(cell, float) else cell
    return _number_of(said, decimal_comma)


@lru_cache(maxsize=65_536)
def _number_of(said: str, decimal_comma: bool) -> Decimal | None:
    plain = said
    if not _PLAIN.fullmatch(said):
        plain = unicodedata.normalize("NFKC", text(said)).replace("−", "-").replace("，", ",").strip()
        if plain.lower() in BLANKS:
            return None
        bracketed = plain.startswith("(") and plain.endswith(")")
        plain = _MONEY_WORDS.sub("", plain.strip("()").strip()).strip()
        plain = _MONEY_WORDS.sub("", plain).strip()
        if bracketed:
            plain = f"-{plain}"
    if len(plain) > LONGEST_NUMBER:
        raise Unreadable(Code.VALUE_NOT_A_NUMBER, said)
    scale = 1
    for word, factor in (("万", 10_000), ("亿", 100_000_000)):
        if plain.endswith(word):
            plain, scale = plain[:-1].strip(), factor
    if decimal_comma and _GROUPED_COMMA.fullmatch(plain):
        plain = plain.replace(".", "").replace(" ", "").replace("'", "").replace(",", ".")
    elif not decimal_comma and _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "").replace(" ", "").replace("'", "")
    if not _PLAIN.fullmatch(plain):
        raise Unreadable(Code.VALUE_NOT_A_NUMBER, said)
    return Decimal(plain) * scale


@lru_cache(maxsize=65_536, typed=True)
def money(cell: Cell, scale: Decimal | int = 1, decimal_comma: bool = False) -> tuple[Decimal, bool] | None:
    """An amount to the cent, and whether it had to be rounded by more than the noise of binary fractions."""
    found = number(cell, decimal_comma)
    if found is None:
        return None
    amount = found if scale == 1 else found * scale
    if amount < 0 and abs(amount) >= NOISE:
        raise Unreadable(Code.VALUE_NEGATIVE, amount)
    if amount > LARGEST:
        raise Unreadable(Code.VALUE_TOO_LARGE, f"{amount:.3e}")
    cents = abs(amount).quantize(CENT, ROUND_HALF_UP)
    return cents, abs(cents - abs(amount)) >= NOISE


def shortest(value: float) -> str:
    """A float as people would write it: whole if it is whole, without the noise of binary fractions."""
    if value.is_integer() and abs(value) < 10**EXCEL_DIGITS:
        return str(int(value))
    rounded = round(value, 6)
    return repr(rounded) if abs(value) >= 1 and abs(rounded - value) < 1e-9 else repr(value)


def _unguarded(tidy: str) -> str:
    """Without the apostrophe by which an export keeps a text from being a formula."""
    return tidy[1:] if tidy[:1] == "'" and tidy[1:2] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} else tidy


def _all_digits(said: str) -> bool:
    return said.removesuffix(".0").isdecimal() and said.isascii()


def _must_not_be_an_error(said: str) -> None:
    if said == UNCALCULATED:
        raise Unreadable(Code.FORMULA_WITHOUT_VALUE)
    if said.upper() in ERRORS:
        raise Unreadable(Code.CELL_ERROR, said)
