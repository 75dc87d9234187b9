"""How times, dates, decimals, positions and ids are written: one way each.

A time is always UTC with six digits and `Z`, so that times sort as text. A decimal and a log position are
strings: a JSON number would lose digits. Serialisers let a string through unchanged, because list statements
let PostgreSQL write these forms itself.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal as PyDecimal
from decimal import InvalidOperation
from typing import Any, NewType
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

Position = NewType("Position", int)
Decimal = PyDecimal
DIGITS = re.compile(r"[0-9]{1,18}")
DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,10})?")
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _bad(kind: str, wanted: str) -> GraphQLError:
    return GraphQLError(f"{kind} must be {wanted}.", extensions={"code": "BAD_USER_INPUT"})


def write_instant(value: datetime | str) -> str:
    """2026-11-23T08:00:00.000000Z"""
    if isinstance(value, str):
        return value
    if value.tzinfo is None:
        raise ValueError("a time without zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_instant(value: Any) -> datetime:
    """RFC 3339 with an offset; a time without one has no meaning here."""
    if isinstance(value, str) and INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise _bad("DateTime", "an RFC 3339 time with zone, such as 2026-11-23T08:00:00Z")


def write_day(value: date | str) -> str:
    """2026-11-23"""
    return value if isinstance(value, str) else value.isoformat()


def read_day(value: Any) -> date:
    """Only the full form YYYY-MM-DD."""
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _bad("Date", "a day such as 2026-11-23")


def write_decimal(value: PyDecimal | str) -> str:
    """Plain digits, never an exponent."""
    return value if isinstance(value, str) else format(value, "f")


def read_decimal(value: Any) -> PyDecimal:
    """A string: a JSON number has been through binary fractions before it gets here."""
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        try:
            return PyDecimal(value)
        except InvalidOperation:
            pass
    raise _bad("Decimal", 'a string of digits, such as "1200.50"')


def write_position(value: int | str) -> str:
    """A string of digits."""
    return value if isinstance(value, str) else str(value)


def read_position(value: Any) -> Position:
    """A string of digits, as a command's answer gave it."""
    if isinstance(value, str) and DIGITS.fullmatch(value):
        return Position(int(value))
    raise _bad("Position", "a string of digits")


def write_uuid(value: UUID | str) -> str:
    """Lower case with dashes."""
    return value if isinstance(value, str) else str(value)


def read_uuid(value: Any) -> UUID:
    """Only the usual form with dashes; Python would take many more."""
    if isinstance(value, str) and len(value) == 36:
        try:
            return UUID(value)
        except ValueError:
            pass
    raise _bad("UUID", "an id such as 018f3a10-0000-7000-8000-000000000000")


def _scalar(name: str, text: str, write: Any, read: Any) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=text, serialize=write, parse_value=read)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime", "An instant in UTC: 2026-11-23T08:00:00.000000Z.", write_instant, read_instant
    ),
    date: _scalar("Date", "A day: 2026-11-23.", write_day, read_day),
    PyDecimal: _scalar("Decimal", "An exact decimal number, as a string.", write_decimal, read_decimal),
    Position: _scalar("Position", "A position in the log, as a string.", write_position, read_position),
    UUID: _scalar("UUID", "The id of a thing.", write_uuid, read_uuid),
}


def config() -> StrawberryConfig:
    """The schema's settings.

    Not `sort_schema`: sorting makes plain enum types of strawberry's own, and an enum written in the document
    would reach its resolver as a bare string.
    """
    return StrawberryConfig(scalar_map=SCALARS)
