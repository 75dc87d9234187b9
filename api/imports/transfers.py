"""The US record of excess property: shipments that were made, and requests that were closed without one.

    for outcome in read_shipments(tables): ...       # ShipmentRow | Verdict

A shipment is one fact with its one date. A closed request is a refusal only where its reason is one. Rows that are
alike are counted within their file, so that it does not matter how files are spread over runs.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from hashlib import sha256
from itertools import islice
from operator import itemgetter

from msgspec import Struct

from api.imports import transfer_cells as parse
from api.imports.cells import Cell, text
from api.imports.problems import Problems
from api.imports.table import Record, Table
from api.imports.transfer_cells import PARSED, Closing, words
from api.imports.verdicts import Code, FileRefused, Note, Unreadable, Verdict
from api.imports.vocabulary import bare
from domain.classification import US_FSC
from domain.values import LONGEST_NAME, ClassCode, Money

LOOKED_AT = 20
MOST_TELLING = 5


class ShipmentRow(Struct, frozen=True, gc=False):
    """A lot that went from the federal pool to an agency, in one fact."""

    file: str
    row: int
    identity: str
    state: str
    agency: str
    number: str | None
    class_code: ClassCode | None
    stock_number: str | None
    item: str
    unit: str | None
    quantity: int
    unit_value: Money | None
    shipped: date
    notes: tuple[Note, ...] = ()

    @property
    def local(self) -> bool:
        """Numbered by the office that turned it in, not nationally."""
        return self.stock_number is not None and not self.stock_number.isdecimal()

    @property
    def body_key(self) -> str:
        """An agency's name within its state is its only identity."""
        return f"{self.state}/{self.agency.upper()}"


class CancellationRow(Struct, frozen=True, gc=False):
    """A request that was closed without a shipment. Its time is local and says no zone."""

    file: str
    row: int
    identity: str
    cancelled_by: str | None
    number: str | None
    state: str
    agency: str
    class_code: ClassCode | None
    stock_number: str | None
    item: str
    unit: str | None
    quantity: int
    unit_value: Money | None
    requested: datetime
    reason: str
    closing: Closing
    notes: tuple[Note, ...] = ()

    @property
    def local(self) -> bool:
        """Numbered by the office that turned it in, not nationally."""
        return self.stock_number is not None and not self.stock_number.isdecimal()

    @property
    def body_key(self) -> str:
        """An agency's name within its state is its only identity."""
        return f"{self.state}/{self.agency.upper()}"


def read_shipments(tables: Sequence[Table], *, today: date) -> Iterator[ShipmentRow | Verdict]:
    """Every row of the files, in order: a shipment or its verdict."""
    numbers: set[int] = set()
    for table in tables:
        reader = _Reader(table, "shipments", today, numbers)
        for record in reader.records():
            told = reader.lot(record)
            if isinstance(told, Verdict):
                yield told
                continue
            identity, notes, (state, agency, number, klass, stock, item, unit, pieces, value, when) = told
            yield ShipmentRow(
                table.file, record.row, identity, state, agency, number, klass, stock, item, unit, pieces, value,
                when.date(), notes,
            )  # fmt: skip


def read_cancellations(tables: Sequence[Table], *, today: date) -> Iterator[CancellationRow | Verdict]:
    """Every row of the files, in order: a closed request or its verdict."""
    numbers: set[int] = set()
    for table in tables:
        reader = _Reader(table, "cancellations", today, numbers)
        at_reason, at_by = reader.at["reason"], reader.at.get("cancelled_by")
        for record in reader.records():
            told = reader.lot(record)
            if isinstance(told, Verdict):
                yield told
                continue
            identity, notes, (state, agency, number, klass, stock, item, unit, pieces, value, when) = told
            reason, closing = parse.closing(record.cells[at_reason])
            if closing == "unknown":
                notes = (*notes, Note.REASON_UNKNOWN)
            by = None if at_by is None else parse.unit(record.cells[at_by])
            yield CancellationRow(
                table.file, record.row, identity, by, number, state, agency, klass, stock, item, unit, pieces, value,
                when, reason, closing, notes,
            )  # fmt: skip


Lot = tuple[
    str, str, str | None, ClassCode | None, str | None, str, str | None, int, Money | None, datetime
]  # fmt: skip


_OPTIONAL = frozenset({"nsn", "cancelled_by", "unit", "number"})
_CLASS_NOTES: dict[bool | None, tuple[Note, ...]] = {
    None: (Note.CLASS_MISSING,), True: (Note.CLASS_UNVERIFIED,), False: (),
}  # fmt: skip


class _Reader:
    """Reads one file of either kind."""

    def __init__(self, table: Table, kind: str, today: date, numbers: set[int]) -> None:
        self.table, self.numbers = table, numbers
        self.tonight = datetime.combine(today, time.max)
        self.heading, self.at, self.wide = self._heading(words()[kind])
        self.ordinals: dict[bytes, int] = {}
        self.closed_by = [self.at[field] for field in ("reason", "cancelled_by") if field in self.at]
        known = [self.at.get(field, self.wide) for field in PARSED]
        self.pick = itemgetter(*known)
        self.parts = list(zip(PARSED, known, PARSED.values(), strict=True))

    def _heading(self, called: dict[str, list[str]]) -> tuple[int, dict[str, int], int]:
        """The row of the heading, where each field is, how many fields there are; refused if one is missing."""
        meaning = {bare(word): field for field, synonyms in called.items() for word in synonyms}
        for record in islice(self.table.records(), LOOKED_AT):
            titles = [bare(str(cell or "")) for cell in record.cells]
            found: dict[str, int] = {}
            for at, title in enumerate(titles):
                if title in meaning and found.setdefault(meaning[title], at) != at:
                    raise FileRefused(
                        self.table.file, Code.COLUMN_DOUBLED, record.row, column=record.cells[at]
                    )
            if len(found) < MOST_TELLING:
                continue
            if "nsn" in found:
                found.setdefault("fsc", found["nsn"])
                found.setdefault("niin", found["nsn"])
            missing = [field for field in called if field not in found and field not in _OPTIONAL]
            if missing:
                raise FileRefused(
                    self.table.file, Code.COLUMN_MISSING, record.row, column=called[missing[0]][0]
                )
            while titles and not titles[-1]:
                titles.pop()
            return record.row, found, len(titles)
        raise FileRefused(self.table.file, Code.HEADING_NOT_FOUND, looked=LOOKED_AT)

    def records(self) -> Iterator[Record]:
        """The records below the heading."""
        return (record for record in self.table.records() if record.row > self.heading)

    def lot(self, record: Record) -> "Verdict | tuple[str, tuple[Note, ...], Lot]":
        """What the record says of a lot, with its identity and notes."""
        cells = record.cells
        if len(cells) != self.wide or record.broken is not None:
            reason = self._why_no_row(record)
            if reason is not None:
                return reason
            cells = (cells + (None,) * self.wide)[: self.wide]
        try:
            told = self._told((*cells, None))
        except Unreadable:
            return self._problems(record)
        if told[9] > self.tonight:
            return self._problems(record)
        notes: tuple[Note, ...] = _CLASS_NOTES[told[3].unverified if told[3] else None]
        number = told[2]
        if number is None:
            notes = (*notes, Note.NUMBER_MISSING)
        elif (key := hash(number)) in self.numbers:
            notes = (*notes, Note.NUMBER_REPEATED)
        else:
            self.numbers.add(key)
        return self._identity(told, cells), notes, told

    def _told(self, cells: tuple[Cell, ...]) -> Lot:
        state, agency, number, fsc, stock, item, unit, pieces, value, when = self.pick(cells)
        return (
            parse.state(state), parse.agency(agency), parse.reference(number), parse.supply_class(fsc),
            parse.stock(stock), parse.item(item), parse.unit(unit), parse.quantity(pieces), parse.unit_value(value),
            parse.when(when, self.table.excel_epoch),
        )  # fmt: skip

    def _identity(self, told: Lot, cells: tuple[Cell, ...]) -> str:
        """The contents and their ordinal among rows that are alike in this file."""
        state, agency, number, klass, stock, item, unit, pieces, value, when = told
        contents = (
            f"{state}\x1f{agency}\x1f{number}\x1f{klass and klass.code}\x1f{stock}\x1f{item}\x1f{unit}\x1f{pieces}"
            f"\x1f{None if value is None else value.amount}\x1f{when}"
        )
        for at in self.closed_by:
            contents += f"\x1f{text(cells[at])}"
        digest = sha256(contents.encode("utf-8", "replace")).digest()
        short = digest[:8]
        ordinal = self.ordinals[short] = self.ordinals.get(short, 0) + 1
        return digest.hex() if ordinal == 1 else sha256(digest + ordinal.to_bytes(4, "big")).hexdigest()

    def _why_no_row(self, record: Record) -> Verdict | None:
        file, row, cells = self.table.file, record.row, record.cells
        if record.broken is not None:
            limit = self.table.limits.record_chars
            told = (("limit", str(limit)),) if record.broken is Code.RECORD_TOO_LONG else ()
            return Verdict(file, row, record.broken, values=told)
        if not any(cell is not None and str(cell).strip() for cell in cells):
            return Verdict(file, row, Code.EMPTY_ROW)
        if self.table.kind == "csv" and (len(cells) < self.wide or any(cells[self.wide :])):
            values = (("found", str(len(cells))), ("expected", str(self.wide)))
            return Verdict(file, row, Code.WRONG_FIELD_COUNT, values=values)
        return None

    def _problems(self, record: Record) -> Verdict:
        """The verdict of a record that cannot be read: every part is looked at, the first problem counts."""
        cells = (*record.cells, *(None,) * self.wide)[: self.wide]
        cells = (*cells, None)
        if not any(cell is not None and str(cell).strip() for cell in cells):
            return Verdict(self.table.file, record.row, Code.EMPTY_ROW)
        if bare(str(cells[self.at["state"]])) in words()["shipments"]["state"]:
            return Verdict(self.table.file, record.row, Code.HEADING_REPEATED)
        problems = Problems()
        for field, at, understood in self.parts:
            try:
                told = understood(cells[at])
            except Unreadable as problem:
                problems.add(
                    problem.code, column=field, value=problem.value, edition=US_FSC, limit=LONGEST_NAME
                )
                continue
            if field == "date" and told > self.tonight:
                problems.add(Code.DATE_IN_FUTURE, column=field, value=told.date().isoformat())
        return problems.verdict(self.table.file, record.row)
