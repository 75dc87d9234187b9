"""A file that can be read as a table: its records, its sheets, and how much it may hold."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from api.imports.cells import Cell
from api.imports.dates import EXCEL_EPOCH
from api.imports.verdicts import Code, FileRefused

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold."""

    bytes: int = 256 * MEGABYTE
    unpacked_bytes: int = 1024 * MEGABYTE
    shared_text_bytes: int = 128 * MEGABYTE
    rows: int = 2_000_000
    columns: int = 256
    record_chars: int = 32_768
    record_lines: int = 100


class Record(NamedTuple):
    """One record: its number in the file and its cells, or why it cannot be taken apart."""

    row: int
    cells: tuple[Cell, ...]
    broken: Code | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read as a table, as often as wanted."""

    path: Path
    file: str
    sha256: str
    kind: str
    read: Callable[[], Iterator[Record]]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = field(default=(), repr=False)
    """Merged ranges of a sheet: first row, last row, first column, last column; columns from 0."""
    limits: Limits = Limits()
    excel_epoch: datetime = EXCEL_EPOCH

    def records(self) -> Iterator[Record]:
        """All records from the first; empty ones at the end are not records."""
        last = found = 0
        for record in self.read():
            if (
                record.broken is None
                and not any(record.cells)
                and not any(map(_says_something, record.cells))
            ):
                continue
            found += record.row - last
            if found > self.limits.rows:
                raise FileRefused(self.file, Code.TOO_MANY_ROWS, record.row, limit=self.limits.rows)
            for row in range(last + 1, record.row):
                yield Record(row, ())
            last = record.row
            yield record


def _says_something(cell: Cell) -> bool:
    return cell is not None and cell != ""
