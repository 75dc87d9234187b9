"""Numbered slips: one gapless series per warehouse, kind and year.

The number of a slip is its version in the series' stream, which the log gives under its lock: no gap, no double, nobody waits.
A slip says what was so when it was issued, so a reprint says the same. Voids and reprints are visible for ever.
"""

from enum import StrEnum
from functools import lru_cache
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from domain.aggregate import Fact, Root, Stamp
from domain.asset import Asset
from domain.command import Command
from domain.place import Place
from domain.refusals import AlreadyDone
from domain.values import SPACE, Condition, Money, Signature, Value


class SlipKind(StrEnum):
    """Which paper it is."""

    INTAKE = "intake"
    RELEASE = "release"
    LOAN = "loan"
    RETURN = "return"
    HAND_OVER = "hand_over"
    RECEIPT = "receipt"
    GATE_PASS = "gate_pass"  # noqa: S105  # a paper, no password


class SlipLine(Value, frozen=True, kw_only=True):
    """One line as it stood on that day."""

    asset: UUID | None = None
    number: str = ""
    name: str
    model: str = ""
    unit: str = ""
    quantity: int
    condition: Condition = Condition.UNKNOWN
    value: Money | None = None
    note: str = ""
    accessories: tuple[str, ...] = ()


class SlipIssued(Fact, frozen=True, kw_only=True):
    """A slip was issued; its number is the version of this fact in the series."""

    TOPIC = "slip.issued"
    kind: SlipKind
    warehouse: UUID
    code: str
    year: int
    paper: UUID
    lines: tuple[SlipLine, ...]
    giver: UUID | None = None
    receiver: UUID | None = None
    giver_signature: Signature | None = None
    receiver_signature: Signature | None = None
    basis: str = ""


class SlipVoided(Fact, frozen=True, kw_only=True):
    """A slip of the series is void; its number stays used. The command's reason says why."""

    TOPIC = "slip_marks.voided"
    number: int

    def apply(self, thing: "SlipMarks", at: Stamp) -> None:
        thing.voided |= {self.number}


class SlipReprinted(Fact, frozen=True, kw_only=True):
    """A slip was printed again (补打), copy so many."""

    TOPIC = "slip_marks.reprinted"
    number: int
    copy: int

    def apply(self, thing: "SlipMarks", at: Stamp) -> None:
        thing.copies[self.number] = self.copy


class SlipSeries(Root):
    """The slips of one kind, warehouse and year: the version is the last number."""

    KIND = "slip"


class SlipMarks(Root):
    """What became of the slips of one series."""

    KIND = "slip_marks"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.voided: frozenset[int] = frozenset()
        self.copies: dict[int, int] = {}

    def void(self, number: int) -> None:
        if number in self.voided:
            raise AlreadyDone("number", what=number)
        self.record(SlipVoided(number=number))

    def reprint(self, number: int) -> None:
        self.record(SlipReprinted(number=number, copy=self.copies.get(number, 0) + 1))


@lru_cache(maxsize=10_000)
def series_of(warehouse: UUID, kind: SlipKind, year: int) -> UUID:
    """The stream of a series."""
    return uuid5(SPACE, f"slips:{warehouse}:{kind.value}:{year}")


def marks_of(series: UUID) -> UUID:
    """The stream of voids and reprints of a series."""
    return uuid5(series, "marks")


def slip_number(code: str, kind: SlipKind, year: int, number: int) -> str:
    """The number as it is printed, e.g. `GS1-LOAN-2026-000123`."""
    return f"{code}-{kind.value.upper().replace('_', '')}-{year}-{number:06d}"


def line_of(asset: Asset, quantity: int, note: str = "", accessories: tuple[str, ...] = ()) -> SlipLine:
    value = asset.book.original if asset.book and asset.quantity else None
    if value and quantity != asset.quantity:
        value = value.part(quantity, asset.quantity)
    return SlipLine(
        asset=asset.id, number=asset.number, name=asset.name, model=asset.model, unit=asset.unit, quantity=quantity,
        condition=asset.condition, value=value, note=note, accessories=accessories,
    )  # fmt: skip


def issue_slip(
    c: Command, kind: SlipKind, store: Place, paper: UUID, lines: tuple[SlipLine, ...], *,
    giver: UUID | None = None, receiver: UUID | None = None,
    giver_signature: Signature | None = None, receiver_signature: Signature | None = None, basis: str = "",
) -> UUID:  # fmt: skip
    """Issues the next slip in the series of the warehouse a store is in, of this year (its own calendar); returns the series' stream."""
    warehouse = store if store.id == store.warehouse else c.load(Place, store.warehouse)
    year = c.now.astimezone(ZoneInfo(warehouse.time_zone)).year
    series = series_of(warehouse.id, kind, year)
    c.next_in(
        series,
        SlipIssued(
            kind=kind, warehouse=warehouse.id, code=warehouse.code, year=year, paper=paper, lines=lines,
            giver=giver, receiver=receiver, giver_signature=giver_signature, receiver_signature=receiver_signature, basis=basis,
        ),
    )  # fmt: skip
    return series
