"""The record of a folder, quarter by quarter, as what a replay needs: who got what by when, who asked for what and got nothing.

A kind of thing is its supply class, stock number, item and unit. Only kinds that somebody got in a quarter and somebody else asked for
compete; their winners are asked for again, everybody who lost is. Rows that cannot be read are counted by the reason they state.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from api.imports.files import open_table
from api.imports.transfer_cells import FSC_EDITION
from api.imports.transfers import CancellationRow, ShipmentRow, read_cancellations, read_shipments
from api.imports.verdicts import Verdict
from domain.classification import US_FSC, class_code
from domain.usecases.requesting import MOST_LINES, MOST_UNITS
from domain.values import ClassCode

DOCUMENT_NUMBER = re.compile(r"[A-Z0-9]{6}(\d)(\d{3})[A-Z0-9]{4}")
"""Six of the office, the last digit of the year, the day of the year, four in series: the day on which it became a requisition."""
LISTED_BEFORE = timedelta(days=1)
BLANK = "blank"


class Kind(NamedTuple):
    """What is asked for by one name."""

    class_code: str
    stock_number: str
    item: str
    unit: str

    @property
    def code(self) -> ClassCode | None:
        return class_code(US_FSC, FSC_EDITION, self.class_code) if self.class_code else None


class Agency(NamedTuple):
    """Within a state a name is its only identity."""

    state: str
    name: str

    @property
    def key(self) -> str:
        return f"US-{self.state}/{self.name.upper()}"


class Asked(NamedTuple):
    """A request that was closed without anything."""

    row: int
    kind: Kind
    agency: Agency
    quantity: int
    at: datetime
    reason: str


class Won(NamedTuple):
    """So many went to an agency, which had asked by `latest`."""

    kind: Kind
    agency: Agency
    quantity: int
    latest: datetime


class Cart(NamedTuple):
    """What an agency asked for at once, and got."""

    agency: Agency
    at: datetime
    lines: dict[Kind, int]


@dataclass
class Quarter:
    """One pair of files. `rows`: how many closed requests the file has by reason, counted by nothing but a reader of CSV."""

    name: str
    rows: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    asked: list[Asked] = field(default_factory=list)
    won: list[Won] = field(default_factory=list)
    by_document: int = 0
    shipments_unreadable: int = 0

    @property
    def stock(self) -> dict[Kind, int]:
        """Of what somebody asked for in vain: all that was shipped."""
        wanted = {one.kind for one in self.asked}
        found: dict[Kind, int] = defaultdict(int)
        for one in self.won:
            if one.kind in wanted:
                found[one.kind] += one.quantity
        return found

    @property
    def begins(self) -> datetime:
        """Before anybody in it asked for anything."""
        moments = [*(one.at for one in self.asked), *(one.latest for one in self.won)]
        return min(moments, default=datetime.now(UTC)) - LISTED_BEFORE

    def last_wanted(self) -> dict[Kind, datetime]:
        """When the last of a kind became a requisition, at the latest."""
        found: dict[Kind, datetime] = {}
        for one in self.won:
            found[one.kind] = max(one.latest, found.get(one.kind, one.latest))
        return found

    def served(self) -> dict[str, list[datetime]]:
        """When something became a requisition for an agency, at the latest."""
        found: dict[str, list[datetime]] = defaultdict(list)
        for one in self.won:
            found[one.agency.key].append(one.latest)
        return found


def read(folder: Path, *, only: int | None = None) -> list[Quarter]:
    """The quarters of a folder, oldest first; `only` so many."""
    files = sorted(folder.resolve().glob("*-cancellations.csv"))
    if not files:
        raise SystemExit(f"no *-cancellations.csv in {folder}")
    return [
        _quarter(file, file.with_name(file.name.replace("cancellations", "shipments")))
        for file in files[:only]
    ]


def carts(won: Iterable[Won], stock: dict[Kind, int], at: datetime | None) -> list[Cart]:
    """What was got of these kinds, as few requests as the limits of one allow. `at`: all at once then; else each at its latest."""
    together: dict[tuple[Agency, datetime], list[dict[Kind, int]]] = defaultdict(list)
    for one in won:
        if one.kind in stock:
            mine = together[one.agency, at or one.latest]
            for part in _parts(one.quantity):
                _into(mine, one.kind, part)
    return [Cart(agency, when, lines) for (agency, when), several in together.items() for lines in several]


def _into(mine: list[dict[Kind, int]], kind: Kind, quantity: int) -> None:
    for lines in mine:
        if sum(lines.values()) + quantity <= MOST_UNITS and (kind in lines or len(lines) < MOST_LINES):
            lines[kind] = lines.get(kind, 0) + quantity
            return
    mine.append({kind: quantity})


def _parts(quantity: int) -> Iterator[int]:
    """A request asks for no more than so many pieces."""
    while quantity > 0:
        yield min(quantity, MOST_UNITS)
        quantity -= MOST_UNITS


def _quarter(cancellations: Path, shipments: Path) -> Quarter:
    found, today = Quarter(cancellations.name.removesuffix("-cancellations.csv")), datetime.now(UTC).date()
    said = _reasons(cancellations)
    found.rows.update(said.values())
    for one in read_cancellations([open_table(cancellations)], today=today):
        if isinstance(one, Verdict):
            found.unreadable[said.get(one.row, BLANK)] += 1
            continue
        at = one.requested.replace(tzinfo=UTC)
        found.asked.append(
            Asked(one.row, _kind(one), Agency(one.state, one.agency), one.quantity, at, one.reason)
        )
    for row in read_shipments([open_table(shipments)], today=today) if shipments.is_file() else ():
        if isinstance(row, Verdict):
            found.shipments_unreadable += 1
            continue
        day = _requisitioned(row.number, row.shipped)
        found.by_document += day is not None
        latest = datetime.combine(day or row.shipped, time.max, UTC)
        found.won.append(Won(_kind(row), Agency(row.state, row.agency), row.quantity, latest))
    return found


def _reasons(file: Path) -> dict[int, str]:
    """Row number -> the reason it states."""
    with file.open(newline="", encoding="utf-8-sig") as stream:
        rows = csv.reader(stream)
        at = next(rows).index("reason")
        return {n: (cells[at].strip() if at < len(cells) else "") or BLANK for n, cells in enumerate(rows, 2)}


def _kind(row: ShipmentRow | CancellationRow) -> Kind:
    return Kind(
        row.class_code.code if row.class_code else "", row.stock_number or "", row.item, row.unit or ""
    )


def _requisitioned(number: str | None, shipped: date) -> date | None:
    """The day that a requisition's number carries, if it lies before the shipment."""
    found = DOCUMENT_NUMBER.fullmatch(number or "")
    if found is None or not 1 <= int(found[2]) <= 366:
        return None
    year = shipped.year - (shipped.year - int(found[1])) % 10
    day = date(year, 1, 1) + timedelta(days=int(found[2]) - 1)
    return day if day <= shipped else None
