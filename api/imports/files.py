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
from codecs import StreamReader, getincrementaldecoder, getreader
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from api.imports.cells import EXCEL_EPOCH, Cell
from api.imports.verdicts import Code, FileRefused

MEGABYTE = 1024 * 1024
CHUNK = MEGABYTE
DELIMITERS = (",", "\t", ";", "|")
SAMPLE_LINES = 200
SAMPLE_BYTES = 65_536
LONGEST_LINE = 65_536
BROKEN_SHARE = 0.1
"""Where more of the lines than this are damaged in the likeliest encoding, the file is refused as a whole."""


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
                from api.imports.workbooks import look  # noqa: PLC0415  it knows `Table`; only workbooks need it

                return look(path, file, sha256, limits, sheet)
            used = _encoding(file, stream, encoding)
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


def _encoding(file: str, stream: BinaryIO, wanted: str | None) -> str:
    """The one encoding in which the file is whole; else the one in which nearly all of it is."""
    stream.seek(0)
    head = stream.read(4)
    if wanted is not None:
        candidates = [wanted]
    elif head.startswith(b"\xef\xbb\xbf"):
        candidates = ["utf-8-sig"]
    elif head.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        sample = _telling(stream)
        candidates = ["gb18030", "utf-8"] if _is_gb18030_after_all(sample) else ["utf-8", "gb18030"]
        if not _reads_as_chinese(sample):
            candidates.remove("gb18030")
    try:
        for candidate in candidates:
            if _decodes(stream, candidate):
                return candidate
        damages = [(_damage(stream, candidate), candidate) for candidate in candidates]
    except LookupError:
        raise FileRefused(file, Code.MAPPING_INVALID, where="encoding", reason=str(wanted)) from None
    (broken, telling, first), best = min(damages)
    if broken * 2 > telling or broken > max(telling * BROKEN_SHARE, 2):
        raise FileRefused(file, Code.ENCODING_BROKEN, first)
    return best


def _telling(stream: BinaryIO) -> bytes:
    """Some of the file from the first line that is not plain ASCII."""
    stream.seek(0)
    before = b""
    while chunk := stream.read(CHUNK):
        window = before + chunk
        if match := re.search(rb"[^\x00-\x7f]", window):
            start = window.rfind(b"\n", 0, match.start()) + 1
            return (window + stream.read(SAMPLE_BYTES))[start : start + SAMPLE_BYTES]
        before = window[-LONGEST_LINE:]
    return b""


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = getincrementaldecoder(encoding)("strict")
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _damage(stream: BinaryIO, encoding: str) -> tuple[int, int, int]:
    """How many lines are damaged, how many are not plain ASCII at all, and where the first damage is."""
    stream.seek(0)
    telling = broken = first = 0
    for at, line in enumerate(_lines(getreader(encoding)(stream, "replace")), start=1):
        if not line.isascii():
            telling += 1
            if "\ufffd" in line:
                broken += 1
                first = first or at
    return broken, telling, first


def _reads_as_chinese(head: bytes) -> bool:
    """Nearly any bytes decode as GB 18030; Chinese text is mostly the 6,763 common characters, in runs."""
    words = getincrementaldecoder("gb18030")("replace").decode(head)
    strange = [char for char in words if char > "\u2e7f"]
    if not strange:
        return False
    rare = sum(not _is_common(char) for char in strange)
    alone = len(re.findall("(?<=[A-Za-z])[\u2e80-\U0010ffff](?![\u2e80-\U0010ffff])", words))
    return rare <= len(strange) * 0.2 and alone <= len(strange) * 0.5


def _is_common(char: str) -> bool:
    try:
        return len(char.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _is_gb18030_after_all(head: bytes) -> bool:
    """Some GB 18030 text is valid UTF-8 by chance: pairs that look like runs of accented letters."""
    try:
        as_utf8 = getincrementaldecoder("utf-8")().decode(head)
        as_gb = getincrementaldecoder("gb18030")().decode(head)
    except UnicodeError:
        return False
    odd = [char for char in as_utf8 if char > "\x7f"]
    if not odd or any(char > "\u07ff" for char in odd):
        return False
    runs = len(re.findall("[^\x00-\x7f]+", as_utf8))
    in_words = len(re.findall("(?<=[A-Za-z])[^\x00-\x7f]+|[^\x00-\x7f]+(?=[A-Za-z])", as_utf8))
    return in_words * 2 < runs and all(_is_common(char) for char in as_gb if char > "\x7f")


def _delimiter(path: Path, encoding: str, wanted: str | None) -> tuple[str, int]:
    """The delimiter that most records agree on, and how many lines only say so (`sep=;`, by Excel)."""
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        lines = list(islice(_lines(stream), SAMPLE_LINES))
    if lines and (match := re.fullmatch(r'"?sep=(.)"?\s*', lines[0])):
        return wanted or match[1], 1
    if wanted is not None:
        return wanted, 0

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = Counter(line.count(delimiter) for line in lines)
        del counts[0]
        common, times = counts.most_common(1)[0] if counts else (0, 0)
        return times * common, -DELIMITERS.index(delimiter)

    return max(DELIMITERS, key=agreement), 0


def _lines(stream: io.TextIOBase | StreamReader) -> Iterator[str]:
    """Lines, none of them endless: what is cut off is still too long for a record."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            while (rest := stream.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
                pass
        yield line


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
            lines = _Lines(islice(_lines(stream), self.skipped, None), self.limits.record_lines)
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
