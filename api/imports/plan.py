"""How a file is going to be read: where its heading is, what each column means, what is true of all rows.

A plan is made from the file itself and an optional mapping file, shown to whoever imports, and then used.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from api.imports.cells import Cell, code, text
from api.imports.columns import SAMPLED, Column, Columns, guess
from api.imports.dates import day_or_month_first
from api.imports.headings import LOOKED_AT, Heading, find_heading
from api.imports.mapping import NO_MAPPING, Mapping, apply
from api.imports.table import Table
from api.imports.verdicts import Code, FileRefused, Unreadable
from api.imports.vocabulary import bare
from domain.classification import editions_naming


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that has to be settled before the first row is read."""

    table: Table
    heading: Heading
    columns: Columns
    mapping: Mapping
    today: date
    date_orders: MappingOf[int, str]
    class_scheme: str | None = None
    class_edition: str | None = None
    body: str | None = None
    currency: str = "CNY"

    @property
    def cut_off(self) -> date:
        """The day up to which the file counts."""
        return self.mapping.cut_off or self.today

    def factor(self, column: Column) -> int | None:
        """By how much this column's amounts are to be multiplied, if the file says so."""
        return column.factor or self.heading.factor

    def as_json(self) -> dict[str, Any]:
        """What is shown before anything is imported."""
        return {
            "file": self.table.file,
            "sha256": self.table.sha256,
            "kind": self.table.kind,
            "encoding": self.table.encoding,
            "delimiter": self.table.delimiter,
            "sheet": self.table.sheet,
            "sheets": list(self.table.sheets),
            "heading_rows": [self.heading.first, self.heading.last],
            "amounts_in": self.heading.factor,
            "body": self.body,
            "currency": self.currency,
            "class_scheme": self.class_scheme,
            "class_edition": self.class_edition,
            "cut_off": self.cut_off.isoformat(),
        } | self.columns.as_json()


@cache
def known_words(kind: str) -> dict[str, str]:
    """Words of cells that stand for something we know: the word without its dress -> what it stands for."""
    table = tomllib.loads((files("api.imports") / "words.toml").read_text("utf-8"))[kind]
    return {plain(word): meaning for meaning, words in table.items() for word in words}


def plain(word: str) -> str:
    """A cell's word as words are compared."""
    return bare(word) or word.strip()


def make_plan(table: Table, *, today: date, mapping: Mapping = NO_MAPPING, currency: str = "CNY") -> Plan:
    """The plan for a register; refused if its heading or a column that every card needs cannot be found."""
    first = list(islice(table.records(), LOOKED_AT + SAMPLED))
    looked_at = [record for record in first if record.row <= LOOKED_AT or record.row == mapping.heading_row]
    heading = find_heading(table, looked_at, mapping.heading_row, mapping.heading_rows)
    samples = [record.cells for record in first if record.row > heading.last and record.cells]
    columns = apply(mapping, guess(heading, samples), table.file)
    if columns.of("name") is None:
        raise FileRefused(table.file, Code.COLUMN_MISSING, column="资产名称 / name")
    if columns.doubled:
        raise FileRefused(table.file, Code.COLUMN_DOUBLED, column=columns.doubled[0])
    orders = {
        column.at: order
        for field in ("acquired", "booked")
        if (column := columns.of(field))
        and (
            order := mapping.dates.order
            or day_or_month_first([cells[column.at] for cells in samples if column.at < len(cells)])
        )
    }
    scheme, edition = _edition(columns, samples, mapping)
    constants = mapping.constants
    return Plan(
        table, heading, columns, mapping, today, orders, scheme, edition,
        constants.body or heading.body, constants.currency or currency,
    )  # fmt: skip


def _edition(
    columns: Columns, samples: list[tuple[Cell, ...]], mapping: Mapping
) -> tuple[str | None, str | None]:
    """The edition of the class codes: as the mapping says, else as codes with their names give it away."""
    said = mapping.constants.class_edition
    if said is not None:
        known = known_words("class_scheme").get(plain(said))
        scheme, _, edition = known.partition("/") if known else (mapping.constants.class_scheme, "", said)
        return mapping.constants.class_scheme or scheme or "gbt14885", edition
    codes, names = columns.of("class_code"), columns.of("class_name")
    if codes is None or names is None:
        return None, None
    votes: Counter[tuple[str, str]] = Counter()
    for cells in samples:
        if max(codes.at, names.at) < len(cells):
            try:
                pair = code(cells[codes.at]), text(cells[names.at])
            except Unreadable:
                continue
            votes.update((one.scheme, one.edition) for one in editions_naming(*pair))
    return votes.most_common(1)[0][0] if votes else (None, None)
