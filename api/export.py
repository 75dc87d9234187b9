"""Writing a register out, as CSV or as an Excel workbook: row by row, however many there are.

    write_csv(file, columns, rows, "zh")
    write_xlsx(path, columns, rows, "zh")

`columns` are names of `[column.…]` in the texts, or whole keys such as `borrowed.due`; a row has a value for each.
Numbers stay numbers and dates stay dates.
What a spreadsheet would take for a formula is made text, since what people typed years ago must not run today.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TextIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from domain.texts import Language, say

Value = str | int | float | Decimal | bool | date | datetime | None

MOST_ROWS = 1_048_575
"""What one sheet holds below its heading."""
LONGEST_CELL = 32_767
EXACT_DIGITS = 15
BYTE_ORDER_MARK = "\ufeff"

_FORMULA = re.compile(r"[=+\-@\t\r\n]|[＝＋－＠]")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_A_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


class TooManyRows(Exception):
    """One sheet cannot hold so many rows; a CSV can."""


def headings(columns: Sequence[str], language: Language) -> list[str]:
    """What the columns are called."""
    return [say(language, column if "." in column else f"column.{column}") for column in columns]


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula, and that every one can hold."""
    tidy = _UNWRITABLE.sub("", text)[:LONGEST_CELL]
    if _FORMULA.match(tidy) and not _A_NUMBER.fullmatch(tidy):
        return f"'{tidy}"[:LONGEST_CELL]
    return tidy


def write_csv(
    file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Value]], language: Language
) -> int:
    """Writes the rows as CSV, as Excel reads it in any country: UTF-8 with its mark, CRLF. Returns how many."""
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(headings(columns, language))
    written = 0
    for row in rows:
        writer.writerow([_plain(value) for value in row])
        written += 1
    return written


def write_xlsx(
    file: Path | IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Value]], language: Language
) -> int:
    """Writes the rows as one sheet of a workbook. Returns how many."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(say(language, "export.sheet"))
    sheet.freeze_panes = "A2"
    titles = headings(columns, language)
    for at, title in enumerate(titles, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = max(12, min(40, 2 * len(title) + 4))
    heading = []
    for title in titles:
        cell = WriteOnlyCell(sheet, value=title)
        cell.font, cell.alignment = Font(bold=True), Alignment(horizontal="center")
        heading.append(cell)
    sheet.append(heading)
    written = 0
    for row in rows:
        if written == MOST_ROWS:
            raise TooManyRows
        sheet.append([_typed(sheet, value) for value in row])
        written += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(max(1, len(titles)))}{written + 1}"
    book.save(file)
    return written


def _plain(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _typed(sheet: WriteOnlyWorksheet, value: Value) -> object:
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=guarded(value))
        cell.data_type = "s"  # never what the library would take it for
        return cell
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.replace(tzinfo=None)  # a workbook knows no zones; the caller has chosen one
    if (
        isinstance(value, int | Decimal)
        and not isinstance(value, bool)
        and len(str(abs(value))) > EXACT_DIGITS
    ):
        return str(value)  # a workbook keeps fifteen digits
    return value
