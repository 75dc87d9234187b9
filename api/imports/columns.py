"""What do the columns of a register mean? A guess with a score, shown before anything is imported."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from openpyxl.utils.cell import get_column_letter

from api.imports.cells import Cell, number, text
from api.imports.dates import said_date
from api.imports.headings import Heading
from api.imports.verdicts import Code, Unreadable
from api.imports.vocabulary import ENOUGH, FUNDING, Meaning, bare, factor, kind, label, meanings
from domain.texts import Language

SAMPLED = 200
UNMISTAKABLE = 0.9
_SAYS_WHICH = re.compile("代码|编码|编号|号|名称|code|name", re.IGNORECASE)
_LOOKS_LIKE_A_CODE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")


class Column(Struct, frozen=True):
    """One column: where it is, what it is called, and what we take it for."""

    at: int
    heading: str
    field: str | None
    score: float
    factor: int | None = None

    @property
    def letter(self) -> str:
        """As a spreadsheet names it."""
        return get_column_letter(self.at + 1)


class Columns(Struct, frozen=True):
    """All columns of a table, and what could not be settled."""

    columns: tuple[Column, ...]
    doubled: tuple[str, ...] = ()
    """Headings that occur twice with different contents where only one can count."""

    def of(self, field: str) -> Column | None:
        """The column taken for this field."""
        return next((column for column in self.columns if column.field == field), None)

    @property
    def funding(self) -> tuple[tuple[str, Column], ...]:
        """The columns that split the original value: source and column."""
        return tuple(
            (column.field.removeprefix(f"{FUNDING}."), column)
            for column in self.columns
            if column.field and column.field.startswith(f"{FUNDING}.")
        )

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headings that are not imported, because nobody knows what they mean."""
        return tuple(column.heading for column in self.columns if column.field is None and column.heading)

    def as_json(self) -> dict[str, Any]:
        """As `--json` shows it, and as a mapping file can be started from."""
        return {
            "columns": [msgspec.to_builtins(column) | {"letter": column.letter} for column in self.columns],
            "unknown": list(self.unknown),
            "doubled": list(self.doubled),
        }

    def as_table(self, language: Language) -> list[tuple[str, str, str, str]]:
        """As people see it: letter, heading, what it is taken for, how sure."""
        return [
            (
                column.letter,
                column.heading,
                label(column.field, language) if column.field else "–",
                f"{column.score:.0%}" if column.field else "",
            )
            for column in self.columns
        ]


def guess(heading: Heading, samples: Sequence[Sequence[Cell]]) -> Columns:
    """Each column's likeliest meaning; a meaning goes to the column that fits it best."""
    bids: list[tuple[float, int, str]] = []
    told = [_values(samples, at) for at in range(len(heading.parts))]
    for at, parts in enumerate(heading.parts):
        bids += [(-one.score, at, one.field) for one in _fitting(meanings(parts), parts, told[at])]
    taken: dict[int, tuple[str, float]] = {}
    given: set[str] = set()
    for score, at, field in sorted(bids):
        if -score >= ENOUGH and at not in taken and field not in given:
            taken[at] = (field, -score)
            given.add(field)
    columns = tuple(
        Column(at, title, field, score, factor(title))
        for at, title in enumerate(heading.titles)
        for field, score in [taken.get(at, (None, 0.0))]
    )
    return Columns(columns, _doubled(columns, told))


def _values(samples: Sequence[Sequence[Cell]], at: int) -> list[Cell]:
    return [line[at] for line in samples[:SAMPLED] if at < len(line) and line[at] not in {None, ""}]


def _fitting(candidates: tuple[Meaning, ...], parts: tuple[str, ...], values: list[Cell]) -> list[Meaning]:
    """The candidates, corrected by what the cells look like."""
    fitting = []
    for meaning in candidates:
        field, score = meaning
        looks = kind(field)
        if score >= UNMISTAKABLE and looks != "unit" and field not in {"class_code", "class_name"}:
            pass  # cells that do not fit such a heading are wrong, and must be said to be
        elif (looks in {"money", "quantity"} and not _mostly(values, _is_number)) or (
            looks == "date" and not _mostly(values, _is_date)
        ):
            score -= 0.5
        elif looks == "unit" and not _mostly(values, _is_unit):
            score -= 0.5
            if bare(parts[-1]) == "单位":
                fitting.append(Meaning("body", 0.8))
        elif field in {"class_code", "class_name"} and values and not _SAYS_WHICH.search(parts[-1]):
            codes = _mostly(values, _is_code_like)
            if codes != (field == "class_code"):
                field, score = ("class_code" if codes else "class_name"), score - 0.1
        fitting.append(Meaning(field, score))
    return fitting


def _mostly(values: list[Cell], holds: Callable[[Cell], bool]) -> bool:
    return sum(map(holds, values)) * 2 >= len(values)


def _is_number(cell: Cell) -> bool:
    try:
        number(cell)
    except Unreadable:
        return False
    return True


def _is_date(cell: Cell) -> bool:
    try:
        said_date(cell)
    except Unreadable as problem:
        return problem.code is Code.DATE_AMBIGUOUS
    return True


def _is_unit(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell.strip()) <= 5 and not any(map(str.isdecimal, cell))


def _is_code_like(cell: Cell) -> bool:
    return isinstance(cell, int) or (
        isinstance(cell, str)
        and _LOOKS_LIKE_A_CODE.issuperset(cell.strip().upper())
        and any(map(str.isdecimal, cell))
    )


def _doubled(columns: tuple[Column, ...], told: list[list[Cell]]) -> tuple[str, ...]:
    times = Counter(bare(column.heading) for column in columns if column.heading)
    found = []
    for column in columns:
        if column.field is None or times[bare(column.heading)] == 1 or kind(column.field) == "ignored":
            continue
        others = [
            other for other in columns if other is not column and bare(other.heading) == bare(column.heading)
        ]
        if any(list(map(_shown, told[other.at])) != list(map(_shown, told[column.at])) for other in others):
            found.append(column.heading)
    return tuple(dict.fromkeys(found))


def _shown(cell: Cell) -> str:
    try:
        return text(cell)
    except Unreadable:
        return ""
