"""Opening an Excel workbook (.xlsx): which sheet, what is merged, and its rows one by one.

A workbook is a zip of XML that strangers wrote: sizes are checked before anything is unpacked, a sheet is
streamed, and whatever the reader cannot digest becomes a refusal. The reader leaves out two things that cards
may depend on, so the sheet's own XML is skimmed for them first: merged ranges, and formulas that were never
calculated.
"""

import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.cell import column_index_from_string
from openpyxl.workbook import Workbook

from api.imports.cells import UNCALCULATED, Cell
from api.imports.encoding import CHUNK
from api.imports.table import MEGABYTE, Limits, Record, Table
from api.imports.verdicts import Code, FileRefused

MOST_PARTS = 5_000
MOST_ROWS = 1_048_576
MOST_MARKS = 1_000_000
OVERLAP = 4_096
RATIO = 400
"""Real sheets of repeated rows shrink a hundredfold; a bomb a thousandfold."""
RATIO_FROM = 64 * MEGABYTE
BATCH = 200

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)"
)


def look(path: Path, file: str, sha256: str, limits: Limits, sheet: str | int | None) -> Table:
    """The workbook as a table of one sheet: the one asked for, or the first visible one that is not empty."""
    _check_sizes(path, file, limits)
    book = _open(path, file)
    try:
        names = tuple(book.sheetnames)
        chosen = _chosen(book, file, sheet)
        chosen_sheet: Any = book[chosen]
        part: str = chosen_sheet._worksheet_path
        epoch: datetime = book.epoch
    except FileRefused:
        raise
    except Exception as problem:
        raise FileRefused(file, Code.XLSX_BROKEN) from problem
    finally:
        book.close()
    merged, uncalculated = _skim(path, file, part)
    rows = _Sheet(path, file, chosen, limits, merged, uncalculated)
    return Table(
        path,
        file,
        sha256,
        "xlsx",
        rows.read,
        sheet=chosen,
        sheets=names,
        merged=merged,
        limits=limits,
        excel_epoch=epoch,
    )


def _check_sizes(path: Path, file: str, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeError):
        raise FileRefused(file, Code.XLSX_BROKEN) from None
    if not any(part.filename.endswith("workbook.xml") for part in parts):
        raise FileRefused(file, Code.NOT_A_TABLE)
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    held = sum(
        part.file_size
        for part in parts  # sheets are streamed and pictures left alone; all else is read into memory
        if part.filename.lower().endswith((".xml", ".rels")) and "/worksheets/" not in part.filename.lower()
    )
    if (
        len(parts) > MOST_PARTS
        or unpacked > limits.unpacked_bytes
        or held > limits.shared_text_bytes
        or (unpacked > RATIO_FROM and unpacked > packed * RATIO)
    ):
        raise FileRefused(file, Code.UNPACKS_TOO_LARGE, limit=limits.unpacked_bytes // MEGABYTE)


def _open(path: Path, file: str) -> Workbook:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of styles and extensions that no card depends on
            return openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as problem:  # any bytes may be in there, and the reader raises whatever it stumbles over
        raise FileRefused(file, Code.XLSX_BROKEN) from problem


def _chosen(book: Workbook, file: str, sheet: str | int | None) -> str:
    readable = [one.title for one in book.worksheets]
    if sheet is not None:
        at = sheet - 1 if isinstance(sheet, int) else readable.index(sheet) if sheet in readable else -1
        if not 0 <= at < len(readable):
            raise FileRefused(file, Code.SHEET_UNKNOWN, sheet=sheet, sheets="、".join(readable))
        return readable[at]
    visible = [one for one in book.worksheets if one.sheet_state == "visible"] or book.worksheets
    for one in visible:
        one.reset_dimensions()  # they are often wrong, and then cells are lost
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if any(
                any(cell is not None for cell in row) for row in islice(one.iter_rows(values_only=True), 100)
            ):
                return str(one.title)
    if not visible:
        raise FileRefused(file, Code.NOT_A_TABLE)
    raise FileRefused(file, Code.FILE_EMPTY)


Merged = tuple[tuple[int, int, int, int], ...]


def _skim(path: Path, file: str, part: str) -> tuple[Merged, frozenset[tuple[int, int]]]:
    merged: set[tuple[int, int, int, int]] = set()
    uncalculated: set[tuple[int, int]] = set()
    found: Code | None = None
    try:
        with zipfile.ZipFile(path) as archive, archive.open(part.lstrip("/")) as stream:
            before = b""
            while found is None and (chunk := stream.read(CHUNK)):
                window = before + chunk
                if b"mergeCell" in window:
                    for left, top, right, bottom in _MERGED.findall(window):
                        merged.add((int(top), int(bottom), _column(left), _column(right)))
                if b"<f" in window or b":f" in window:
                    uncalculated.update(
                        (int(row), _column(column)) for column, row in _FORMULA.findall(window)
                    )
                if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                    found = Code.XLSX_BROKEN
                elif len(merged) + len(uncalculated) > MOST_MARKS:
                    found = Code.UNPACKS_TOO_LARGE
                before = window[-OVERLAP:]
    except Exception as problem:  # as above: any bytes may be in there
        raise FileRefused(file, Code.XLSX_BROKEN) from problem
    if found is not None:
        raise FileRefused(file, found, limit=MOST_MARKS)
    return tuple(sorted(merged)), frozenset(uncalculated)


def _column(letters: bytes) -> int:
    return column_index_from_string(letters.decode("ascii")) - 1


class _Sheet:
    """One sheet whose particulars are known."""

    def __init__(
        self,
        path: Path,
        file: str,
        sheet: str,
        limits: Limits,
        merged: Merged,
        uncalculated: frozenset[tuple[int, int]],
    ) -> None:
        self._path, self._file, self._sheet, self._limits = path, file, sheet, limits
        self._merged, self._uncalculated = merged, uncalculated

    def read(self) -> Iterator[Record]:
        """The rows from the first, in batches, so that the reader's complaints can be caught in one place."""
        book = _open(self._path, self._file)
        try:
            sheet: Any = book[self._sheet]
            sheet.reset_dimensions()
            formats = list(getattr(book, "_number_formats", ["00"]))
            padded = any(
                _pads(shown) for shown in formats
            )  # only then the cells' formats have to be looked at
            rows = enumerate(sheet.iter_rows(values_only=not padded), start=1)
            down = _Downwards(self._merged)
            while True:
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        batch = [self._record(row, cells, down) for row, cells in islice(rows, BATCH)]
                except Exception as problem:  # as above: any bytes may be in there
                    raise FileRefused(self._file, Code.XLSX_BROKEN) from problem
                if not batch:
                    return
                if (
                    batch[-1].row > MOST_ROWS
                ):  # a row may claim any number, and all before it would be counted
                    raise FileRefused(self._file, Code.TOO_MANY_ROWS, limit=MOST_ROWS)
                yield from batch
        finally:
            book.close()

    def _record(self, row: int, cells: tuple[Any, ...], down: "_Downwards") -> Record:
        said: list[Cell] = [
            cell if cell is None or isinstance(cell, str | int | float | datetime) else _said(cell)
            for cell in cells[: self._limits.columns]
        ]
        if self._uncalculated:
            for column in range(len(said)):
                if said[column] is None and (row, column) in self._uncalculated:
                    said[column] = UNCALCULATED
        down.fill(row, said)
        while said and said[-1] is None:
            said.pop()
        total = sum(len(one) for one in said if isinstance(one, str))
        if total > self._limits.record_chars:
            return Record(row, (), Code.RECORD_TOO_LONG)
        return Record(row, tuple(said))


class _Downwards:
    """A text merged over several rows of a column is true of all; an amount is not: it stays in the first."""

    def __init__(self, merged: Merged) -> None:
        self._tall = [one for one in merged if one[1] > one[0] and one[2] == one[3]]
        self._open: dict[int, tuple[int, Cell]] = {}
        self._at = 0

    def fill(self, row: int, said: list[Cell]) -> None:
        while self._at < len(self._tall) and self._tall[self._at][0] <= row:
            _, bottom, column, _ = self._tall[self._at]
            value = said[column] if column < len(said) else None
            if isinstance(value, datetime) or (isinstance(value, str) and not value.strip().isdecimal()):
                self._open[column] = (bottom, value)
            self._at += 1
        for column, (bottom, value) in list(self._open.items()):
            if row > bottom:
                del self._open[column]
            elif column < len(said) and said[column] is None:
                said[column] = value
            elif column >= len(said) and any(one is not None for one in said):
                said.extend([None] * (column - len(said)) + [value])


def _said(cell: Any) -> Cell:
    """What the cell shows, where that differs from what it holds: numbers padded with zeros are codes."""
    value: Cell = getattr(cell, "value", None) if hasattr(cell, "number_format") else cell
    if isinstance(value, int) and not isinstance(value, bool) and _pads(shown := str(cell.number_format)):
        return str(value).zfill(len(shown))
    return str(value) if isinstance(value, timedelta) else value


def _pads(shown: str) -> bool:
    return len(shown) > 1 and not shown.strip("0")
