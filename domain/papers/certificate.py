"""A certificate of a pool check (核查凭证): numbered without gaps per office and year, and proved by a short code.

Whoever has its number and its code learns its verdict, its quantities and how long it is valid, and nothing else.
"""

from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from domain.aggregate import Fact, Root, encode
from domain.values import SPACE, ClassCode, Value

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class CertifiedLine(Value, frozen=True, kw_only=True):
    """What a certificate says of a line."""

    class_code: ClassCode
    quantity: int
    allot: int
    may_buy: int


class CertificateIssued(Fact, frozen=True, kw_only=True):
    """A certificate of a pool check; its number is the version of this fact in the office's series of the year."""

    TOPIC = "certificate.issued"
    paper: UUID
    office: UUID
    code: str
    year: int
    valid_until: datetime
    lines: tuple[CertifiedLine, ...]


class CertificateSeries(Root):
    """The certificates of one office and year: the version is the last number."""

    KIND = "certificate"


def certificates_of(office: UUID, year: int) -> UUID:
    """The stream of an office's certificates of a year."""
    return uuid5(SPACE, f"certificates:{office}:{year}")


def certificate_number(fact: CertificateIssued, n: int) -> str:
    """The number as it is printed, e.g. `核-62000000X-2026-000123`."""
    return f"核-{fact.code}-{fact.year}-{n:06d}"


def check_code(fact: CertificateIssued, n: int) -> str:
    """Ten letters that only who has the certificate's content can know: 50 bits of its hash, its number included."""
    hashed = sha256(certificate_number(fact, n).encode() + b"\n" + encode(fact)).digest()
    bits = int.from_bytes(hashed[:8], "big")
    return "".join(_LETTERS[bits >> shift & 31] for shift in range(0, 50, 5))
