"""What day does a cell say? A day, a month or a year, in any way offices write one, and never more than is said."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from msgspec import Struct

from api.imports.cells import BLANKS, LONGEST_NUMBER, Cell, shortest, text
from api.imports.verdicts import Code, Unreadable

NO_DATES = frozenset(
    {"0000-00-00", "1900-01-00", "1900-1-0", "1899-12-30", "1899-12-31", "1900-01-01", "1900-1-1"}
)
"""What programs write where there is no date."""
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet knows no zone
EXCEL_SERIALS = (1, 2_958_465)
EARLIEST_YEAR = 1800


class SaidDate(Struct, frozen=True):
    """A date as far as the file says it: a day, a month, or only a year."""

    said: str
    year: int
    month: int | None = None
    day: int | None = None

    @property
    def exact(self) -> date | None:
        """The day, if one is said."""
        return date(self.year, self.month, self.day) if self.month and self.day else None

    @property
    def earliest(self) -> date:
        """The first day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def iso(self) -> str:
        """2015, 2015-03 or 2015-03-02."""
        return self.earliest.isoformat()[: 10 if self.day else 7 if self.month else 4]


_CLOCK = (
    r"(?:[T ]+\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:[.,]\d+)?秒?)? ?(?:[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?\.?" + _CLOCK, re.ASCII
)
_YEAR_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?:份)?", re.ASCII)
_YEAR = re.compile(r"(\d{4})\s*(?:年|年度)?", re.ASCII)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})?(?:\.0)?" + _CLOCK, re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _CLOCK, re.ASCII)
_DAY_MONTH_WORD = re.compile(r"(\d{1,2})[- .]+([A-Za-z]{3,9})[- .,]+(\d{4})" + _CLOCK, re.ASCII)
_MONTH_WORD_DAY = re.compile(r"([A-Za-z]{3,9})[- .]+(\d{1,2})[- .,]+(\d{4})" + _CLOCK, re.ASCII)
_MONTHS = {
    name: at
    for at, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
            "aug august", "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_HAN_DIGITS = str.maketrans("〇零○Ｏ一二三四五六七八九", "0000123456789")
_HAN_TENS = re.compile(r"([一二三])?十([一二三四五六七八九])?")


def said_date(
    cell: Cell, order: str | None = None, formats: tuple[str, ...] = (), excel_epoch: datetime = EXCEL_EPOCH
) -> SaidDate | None:
    """A date in any way offices write one. `order` (dmy, mdy) settles 03/04/2020; `formats` come first."""
    if cell is None or isinstance(cell, bool | time | timedelta):
        if cell is None:
            return None
        raise Unreadable(Code.DATE_UNREADABLE, text(cell))
    if isinstance(cell, datetime | date):
        return _day(cell.isoformat()[:10], cell.year, cell.month, cell.day)
    if isinstance(cell, int | float):
        cell = shortest(float(cell))
        if _YEAR_MONTH.fullmatch(cell) and cell.endswith(".1"):
            raise Unreadable(Code.DATE_AMBIGUOUS, cell)  # January, or October that lost its zero as a number
    return _date_of(cell, order, formats, excel_epoch)


@lru_cache(maxsize=65_536)
def _date_of(
    cell: str, order: str | None, formats: tuple[str, ...], excel_epoch: datetime
) -> SaidDate | None:
    said = unicodedata.normalize("NFKC", text(cell))
    plain = said.replace("，", ",")
    if plain.lower() in BLANKS or plain.replace("/", "-").replace(".", "-")[:10].strip() in NO_DATES:
        return None
    for pattern in formats:
        try:
            told = datetime.strptime(plain, pattern)  # noqa: DTZ007  a day, not an instant
        except ValueError:
            continue
        return _day(said, told.year, told.month, told.day)
    if any(char in plain for char in "〇零○一二三四五六七八九十"):
        plain = _HAN_TENS.sub(lambda tens: f"{tens[1] or '一'}{tens[2] or '〇'}", plain).translate(
            _HAN_DIGITS
        )
    if match := _YEAR_FIRST.fullmatch(plain) or _DIGITS.fullmatch(plain):
        return _day(said, int(match[1]), int(match[2]), int(match[3]) if match[3] else None)
    if match := _YEAR_MONTH.fullmatch(plain):
        return _day(said, int(match[1]), int(match[2]))
    if match := _YEAR.fullmatch(plain):
        return _day(said, int(match[1]))
    if match := _SERIAL.fullmatch(plain):
        return _serial(said, float(plain), excel_epoch)
    if match := _YEAR_LAST.fullmatch(plain):
        return _year_last(said, int(match[1]), int(match[2]), int(match[3]), order)
    if match := _DAY_MONTH_WORD.fullmatch(plain):
        return _day(said, int(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1]))
    if match := _MONTH_WORD_DAY.fullmatch(plain):
        return _day(said, int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2]))
    raise Unreadable(Code.DATE_UNREADABLE, said)


def day_or_month_first(cells: list[Cell]) -> str | None:
    """Which order dates with the year at the end have in this column, if one of them gives it away."""
    orders = set()
    for cell in cells:
        match = _YEAR_LAST.fullmatch(cell.strip()) if isinstance(cell, str) else None
        if match and int(match[1]) > 12 >= int(match[2]):
            orders.add("dmy")
        elif match and int(match[2]) > 12 >= int(match[1]):
            orders.add("mdy")
    return orders.pop() if len(orders) == 1 else None


def _year_last(said: str, first: int, second: int, year: int, order: str | None) -> SaidDate | None:
    if first == second or (first > 12) != (second > 12):
        day, month = (first, second) if first > 12 or first == second else (second, first)
        return _day(said, year, month, day)
    if order is None:
        raise Unreadable(Code.DATE_AMBIGUOUS, said)
    day, month = (first, second) if order == "dmy" else (second, first)
    return _day(said, year, month, day)


def _serial(said: str, serial: float, excel_epoch: datetime) -> SaidDate | None:
    lowest, highest = EXCEL_SERIALS
    if not lowest <= serial <= highest:
        raise Unreadable(Code.DATE_UNREADABLE, said)
    told = excel_epoch + timedelta(days=int(serial))
    return _day(said, told.year, told.month, told.day)


def _day(said: str, year: int, month: int | None = None, day: int | None = None) -> SaidDate | None:
    if month == 0 and day in {0, None}:
        month, day = None, None  # 2015-00-00: only the year is known
    elif day == 0:
        day = None
    try:
        earliest = date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise Unreadable(Code.DATE_UNREADABLE, said) from None
    if earliest.isoformat() in NO_DATES and day:
        return None
    if earliest.year < EARLIEST_YEAR:
        raise Unreadable(Code.DATE_UNREADABLE, said)
    return SaidDate(said[:LONGEST_NUMBER], year, month, day)
