"""Opening a file for import: which kind, which encoding, which delimiter, and its records one by one.

    table = open_table(Path("register.csv"))
    table.sha256, table.encoding, table.sheets
    for record in table.records(): ...

The row of a record is its number among the CSV's records (the heading is 1 in a file that begins with it),
as a spreadsheet would number it; line breaks inside quotes do not count. Reading takes constant memory. The
encoding is settled by decoding the whole file strictly; damaged characters become a verdict of their record,
never odd text.
"""

import csv
import hashlib
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from api.imports.encoding import CHUNK, lines_of, settle
from api.imports.table import MEGABYTE, Limits, Record, Table
from api.imports.verdicts import Code, FileRefused

DELIMITERS = (",", "\t", ";", "|")
SAMPLE_LINES = 200


NO_LIMITS_GIVEN = Limits()


def open_table(
    path: Path,
    *,
    limits: Limits = NO_LIMITS_GIVEN,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | int | None = None,
    name: str | None = None,
) -> Table:
    """The file as a table, or a refusal. `sheet` is a name or counts from 1; `name` is for showing."""
    file = name or path.name
    try:
        with path.open("rb") as stream:
            head = stream.read(8192)
            size = path.stat().st_size
            if size > limits.bytes:
                raise FileRefused(file, Code.FILE_TOO_LARGE, limit=limits.bytes // MEGABYTE)
            kind = _kind(file, stream, head)
            sha256 = _sha256(stream)
            if kind == "xlsx":
                from api.imports.workbooks import look  # noqa: PLC0415  # only workbooks need it

                return look(path, file, sha256, limits, sheet)
            used = settle(file, stream, encoding)
    except OSError as problem:
        raise FileRefused(file, Code.FILE_NOT_READABLE, reason=problem.strerror or "?") from None
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise FileRefused(file, Code.MAPPING_INVALID, where="delimiter", reason=delimiter)
    between, skipped = _delimiter(path, used, delimiter)
    lines = _CsvFile(path, file, used, between, skipped, limits)
    return Table(path, file, sha256, "csv", lines.read, encoding=used, delimiter=between, limits=limits)


def _kind(file: str, stream: BinaryIO, head: bytes) -> str:
    if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise FileRefused(file, Code.FILE_EMPTY if not stream.read(CHUNK).strip() else Code.NOT_A_TABLE)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        stream.seek(0)
        old = stream.read(16 * MEGABYTE)
        locked = "EncryptedPackage".encode("utf-16-le") in old
        raise FileRefused(file, Code.PASSWORD_PROTECTED if locked else Code.XLS_NOT_SUPPORTED)
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<(?:!doctype html|html|table|head|meta|\?xml|body)", start):
        raise FileRefused(file, Code.HTML_NOT_SUPPORTED)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in head and not wide:
        raise FileRefused(file, Code.NOT_A_TABLE)
    return "csv"


def _sha256(stream: io.BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


def _delimiter(path: Path, encoding: str, wanted: str | None) -> tuple[str, int]:
    """The delimiter that most records agree on, and how many lines only say so (`sep=;`, by Excel)."""
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        lines = list(islice(lines_of(stream), SAMPLE_LINES))
    if lines and (match := re.fullmatch(r'"?sep=(.)"?\s*', lines[0])):
        return wanted or match[1], 1
    if wanted is not None:
        return wanted, 0

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = Counter(line.count(delimiter) for line in lines)
        return max((times * count for count, times in counts.items()), default=0), -DELIMITERS.index(
            delimiter
        )

    return max(DELIMITERS, key=agreement), 0


class _Lines:
    """The lines of one record at a time; those of a record that went wrong can be read again."""

    def __init__(self, lines: Iterator[str], longest: int) -> None:
        self._fresh, self._again, self._longest = lines, deque[str](), longest
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= self._longest:
            raise _TooManyLines
        line = self._again.popleft() if self._again else next(self._fresh)
        self.taken.append(line)
        return line

    def give_back_all_but_the_first(self) -> None:
        """An open quotation mark has swallowed what follows: only its own line is to blame."""
        self._again.extendleft(reversed(self.taken[1:]))


class _TooManyLines(Exception):
    """A record that does not end."""


@dataclass(frozen=True, slots=True)
class _CsvFile:
    """A CSV file whose particulars are known."""

    path: Path
    file: str
    encoding: str
    delimiter: str
    skipped: int
    limits: Limits

    def read(self) -> Iterator[Record]:
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as stream:
            lines = _Lines(islice(lines_of(stream), self.skipped, None), self.limits.record_lines)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True, skipinitialspace=True)
            row = self.skipped
            while True:
                row += 1
                lines.taken.clear()
                try:
                    cells = next(reader, None)
                except (csv.Error, _TooManyLines):
                    lines.give_back_all_but_the_first()
                    long = len(lines.taken[0]) > self.limits.record_chars
                    yield Record(row, (), Code.RECORD_TOO_LONG if long else Code.QUOTES_BROKEN)
                    continue
                if cells is None:
                    return
                yield self._checked(row, cells)

    def _checked(self, row: int, cells: list[str]) -> Record:
        whole = "".join(cells)
        if len(cells) > self.limits.columns or len(whole) > self.limits.record_chars:
            return Record(row, (), Code.RECORD_TOO_LONG)
        if not whole.isascii() and ("\ufffd" in whole or "锟斤拷" in whole):
            return Record(row, (), Code.ENCODING_BROKEN)
        return Record(row, tuple(cells))
