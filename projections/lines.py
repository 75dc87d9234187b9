"""How does a row look as a line of COPY, and what is its part of a digest?

A projection writes its rows as lines exactly as PostgreSQL prints them again. So the digest kept by the fold (the sum of the hashes
of all lines) can be recounted from the tables by anybody, and a single changed character in a single row shows.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from uuid import UUID

from domain.label_code import written

NULL = "\\N"
LONGEST = 200
"""Of what is looked up at all: an index keeps it, and nobody types more."""
DIGESTS = 1 << 128
"""Digests are added and subtracted modulo this."""

_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\0": None}
)
_MOST = 10_000
_UIDS: dict[int, str] = {}
_MOMENTS: dict[datetime, str] = {}
"""Most ids and moments are written many times: bodies, places, the moment of a command."""
_HASHES: dict[bytes, blake2b] = {}
_TO_QUOTE = frozenset('{}",\\ \t\n\r\v\f')


def text(value: str) -> str:
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def compared(said: str) -> str:
    """What a number or a code is found by, however it is written."""
    return written(said)[:LONGEST]


def moment(value: datetime | None) -> str:
    if value is None:
        return NULL
    written = _MOMENTS.get(value)
    if written is None:
        if len(_MOMENTS) > _MOST:
            _MOMENTS.clear()
        plain = value.astimezone(UTC).isoformat(" ")[:-6]
        written = _MOMENTS[value] = f"{plain.rstrip('0') if value.microsecond else plain}+00"
    return written


def uid(value: UUID | None) -> str:
    if value is None:
        return NULL
    written = _UIDS.get(value.int)
    if written is None:
        if len(_UIDS) > _MOST:
            _UIDS.clear()
        written = _UIDS[value.int] = str(value)
    return written


def yes(value: object) -> str:
    return "t" if value else "f"


def amount(value: Decimal | None) -> str:
    if value is None:
        return NULL
    plain = str(value)
    return plain if plain[-3:-2] == "." else f"{value:.2f}"


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
    hash = _HASHES.get(what)
    if hash is None:
        hash = _HASHES[what] = blake2b(digest_size=16, person=what)
    one = hash.copy()
    one.update(line.encode())
    return int.from_bytes(one.digest(), "little")


def hashed_all(what: bytes, lines: Iterable[str]) -> int:
    """The part of many rows in the digest."""
    hash, sum = blake2b(digest_size=16, person=what), 0
    for line in lines:
        one = hash.copy()
        one.update(line.encode())
        sum += int.from_bytes(one.digest(), "little")
    return sum


def as_bytes(digest: int) -> bytes:
    return (digest % DIGESTS).to_bytes(16, "big")
