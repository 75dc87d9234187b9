"""A mapping file: what an office knows better than our guess. TOML or JSON, checked before it is used.

heading_row = 3
[columns]                 # by heading, by letter, or by number from 1
number = "卡片编号"
value = "K"
[funding]
fiscal = "财政拨款"
[constants]
class_edition = "2022"
[dates]
order = "dmy"
"""

import json
import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from msgspec.structs import replace
from openpyxl.utils.cell import column_index_from_string
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from api.imports.columns import Column, Columns
from api.imports.verdicts import Code, FileRefused
from api.imports.vocabulary import FUNDING, bare, fields

LARGEST_MAPPING = 256 * 1024
Reference = Annotated[str, Field(min_length=1, max_length=200)] | Annotated[int, Field(ge=1, le=16_384)]
Said = Annotated[str, Field(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Constants(_Strict):
    """What is true of every row of the file."""

    body: Said | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    unit: Said | None = None
    class_scheme: Said | None = None
    class_edition: Said | None = None
    department: Said | None = None
    place: Said | None = None
    mode: Said | None = None


class Dates(_Strict):
    """How dates are written."""

    order: Literal["dmy", "mdy"] | None = None
    formats: tuple[Annotated[str, Field(min_length=2, max_length=40)], ...] = ()

    @field_validator("formats")
    @classmethod
    def _with_a_year(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        if not all("%Y" in one or "%y" in one for one in formats):
            raise ValueError("a date format needs %Y or %y")
        return formats


class Amounts(_Strict):
    """How amounts are written."""

    scale: Annotated[Decimal, Field(gt=0, le=1_000_000_000)] | None = None
    decimal: Literal[".", ","] = "."


class Mapping(_Strict):
    """Everything a mapping file may say."""

    sheet: Annotated[str, Field(max_length=100)] | Annotated[int, Field(ge=1)] | None = None
    encoding: Annotated[str, Field(max_length=40)] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    heading_row: Annotated[int, Field(ge=0, le=1_000)] | None = None
    heading_rows: Annotated[int, Field(ge=1, le=4)] = 1
    columns: dict[str, Reference] = {}
    funding: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")], Reference] = {}
    ignore: tuple[Reference, ...] = ()
    constants: Constants = Constants()
    dates: Dates = Dates()
    amounts: Amounts = Amounts()
    cut_off: date | None = None

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, Reference]) -> dict[str, Reference]:
        for field in columns:
            if field not in fields() or field.startswith(FUNDING):
                raise ValueError(f"there is no field {field[:40]}")
        return columns


NO_MAPPING = Mapping()


def read_mapping(path: Path) -> Mapping:
    """The mapping file, or a refusal that says where it is wrong."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_MAPPING + 1)
        if len(raw) > LARGEST_MAPPING:
            raise FileRefused(path.name, Code.FILE_TOO_LARGE, limit=0.25)
        text = raw.decode("utf-8-sig")
        return Mapping.model_validate(
            json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        )
    except OSError as problem:
        raise FileRefused(path.name, Code.FILE_NOT_READABLE, reason=problem.strerror or "?") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise FileRefused(path.name, Code.MAPPING_INVALID, where=where, reason=first["msg"]) from None
    except (ValueError, RecursionError) as problem:
        raise FileRefused(path.name, Code.MAPPING_INVALID, where=path.name, reason=problem) from None


def apply(mapping: Mapping, guessed: Columns, file: str) -> Columns:
    """The guess, overridden by what the mapping says. Marks of secrecy are looked at whatever it says."""
    wanted: dict[int, str] = {}
    for field, reference in mapping.columns.items():
        wanted[_find(guessed.columns, reference, f"columns.{field}", file)] = field
    for source, reference in mapping.funding.items():
        wanted[_find(guessed.columns, reference, f"funding.{source}", file)] = f"{FUNDING}.{source}"
    ignored = {_find(guessed.columns, reference, "ignore", file) for reference in mapping.ignore}
    said = set(wanted.values())
    columns = []
    for column in guessed.columns:
        if column.field == "secrecy" and wanted.get(column.at) != "secrecy":
            columns.append(column)
        elif column.at in wanted:
            columns.append(replace(column, field=wanted[column.at], score=1.0))
        elif column.at in ignored or column.field in said or (mapping.funding and _splits(column)):
            columns.append(replace(column, field=None, score=0.0))
        else:
            columns.append(column)
    settled = {bare(guessed.columns[at].heading) for at in wanted}
    doubled = tuple(heading for heading in guessed.doubled if bare(heading) not in settled)
    return Columns(tuple(columns), doubled)


def _splits(column: Column) -> bool:
    return bool(column.field and column.field.startswith(FUNDING))


def _find(columns: Sequence[Column], reference: str | int, where: str, file: str) -> int:
    if isinstance(reference, str):
        for same in (lambda heading: heading == reference, lambda heading: bare(heading) == bare(reference)):
            for column in columns:
                if column.heading and same(column.heading):
                    return column.at
        if len(reference) <= 3 and reference.isascii() and reference.isalpha():
            reference = column_index_from_string(reference.upper()) if reference.upper() <= "XFD" else 16_385
    if isinstance(reference, int) and reference <= len(columns):
        return columns[reference - 1].at
    raise FileRefused(file, Code.MAPPING_INVALID, where=where, reason=f"? {reference}")
