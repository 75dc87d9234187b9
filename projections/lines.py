"""How does a row look as a line of COPY, and what is its part of a digest?

A projection writes its rows as lines exactly as PostgreSQL prints them again. So the digest kept by the fold (the sum of the hashes
of all lines) can be recounted from the tables by anybody, and a single changed character in a single row shows.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from uuid import UUID

NULL = "\\N"
DIGESTS = 1 << 128
"""Digests are added and subtracted modulo this."""

_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\0": None}
)
_TO_QUOTE = frozenset('{}",\\ \t\n\r\v\f')


def text(value: str) -> str:
    return value if value.isalnum() else value.translate(_ESCAPES)


def moment(value: datetime | None) -> str:
    if value is None:
        return NULL
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    if value.microsecond:
        return value.isoformat(" ")[:-6].rstrip("0") + "+00"
    return value.isoformat(" ")[:-3]


def uid(value: UUID | None) -> str:
    if value is None:
        return NULL
    digits = f"{value.int:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def yes(value: object) -> str:
    return "t" if value else "f"


def amount(value: Decimal | None) -> str:
    return NULL if value is None else f"{value:.2f}"


def words(values: Iterable[str]) -> str:
    """An array of texts."""
    return "{" + ",".join(map(_element, values)) + "}"


def uids(values: Iterable[UUID]) -> str:
    """An array of ids."""
    return "{" + ",".join(map(uid, values)) + "}"


def _element(value: str) -> str:
    value = value.replace("\0", "")
    if value and value.upper() != "NULL" and _TO_QUOTE.isdisjoint(value):
        return value
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return text(f'"{quoted}"')


def hashed(what: bytes, line: str) -> int:
    """The part of one row in the digest. `what`: which kind of row, at most 16 bytes."""
    return int.from_bytes(blake2b(line.encode(), digest_size=16, person=what).digest(), "little")


def as_bytes(digest: int) -> bytes:
    return (digest % DIGESTS).to_bytes(16, "big")
