"""The words all nouns share: money, windows, classes, signatures, roles. Small, frozen, self-checking."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from uuid import UUID, uuid5

from msgspec import Struct

from domain.refusals import InvalidValue

SPACE = UUID("6f6e6777-7500-5000-8000-000000000000")
"""The namespace of every id that is made from a name."""
ROOT = uuid5(SPACE, "body:root")
"""The root body of an installation: the administration itself."""
CONSOLE = uuid5(SPACE, "account:console")
"""The built-in account of the command line."""
CLERK = uuid5(SPACE, "account:clerk")
"""The built-in account that does what is due."""

CENT = Decimal("0.01")
LARGEST_AMOUNT = Decimal("1e15")
LONGEST_NAME = 200
LONGEST_TEXT = 1000


class Value(Struct, frozen=True, omit_defaults=True):
    """A value: equal by content, stored as plain JSON. Defaults are `None`, empty or false, and never change."""


class Secret:
    """Something said once and kept nowhere: it has no stored form, so no fact, receipt or fingerprint can hold it."""

    __slots__ = ("said",)

    def __init__(self, said: str) -> None:
        self.said = said

    def __repr__(self) -> str:
        return "Secret()"


class Fresh(Secret):
    """One that nobody chose: made at random where the request comes in, and shown once to whoever asked for it."""


def unsaid(value: object) -> None:
    """How a secret is written where an input has to be written: not at all."""
    if not isinstance(value, Secret):
        raise TypeError(type(value))


class Money(Value, frozen=True):
    """An amount in a currency (ISO 4217), to the cent."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if (
            not self.amount.is_finite()
            or abs(self.amount) > LARGEST_AMOUNT
            or self.amount != self.amount.quantize(CENT)
        ):
            raise InvalidValue("amount", value=str(self.amount), because="amount")
        if len(self.currency) != 3 or not self.currency.isupper() or not self.currency.isascii():
            raise InvalidValue("currency", value=self.currency, because="currency")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def part(self, numerator: int, denominator: int) -> "Money":
        """The share `numerator/denominator`, rounded to the cent; what is left stays with the rest."""
        with localcontext() as context:
            context.prec = 40
            share = (self.amount * numerator / denominator).quantize(CENT, ROUND_HALF_UP)
        return Money(share, self.currency)

    def _same(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise InvalidValue("currency", value=other.currency, expected=self.currency)
        return other


class Funding(Value, frozen=True):
    """What one source of money paid. The parts of a card add up to its original value."""

    source: str
    value: Money


class ClassCode(Value, frozen=True):
    """A classification code. It means nothing without its scheme and edition: A02010104 is a desktop in one and a server in another."""

    scheme: str
    edition: str
    code: str
    unverified: bool = False


class Window(Value, frozen=True):
    """A stretch of time, half-open: `start` belongs to it, `end` does not."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None or self.start >= self.end:
            raise InvalidValue("window", value=self.end.isoformat(), after=self.start.isoformat())

    def overlaps(self, other: "Window") -> bool:
        return self.start < other.end and other.start < self.end


class Role(StrEnum):
    """What an account may do, always within a scope: a body (with its divisions) or a warehouse."""

    KEEPER = "keeper"
    OFFICER = "officer"
    APPROVER = "approver"
    ASSET_MANAGER = "asset_manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    CLERK = "clerk"


PEOPLES_ROLES = tuple(role for role in Role if role is not Role.CLERK)
"""What people can be: the clerk is a part of the program, and its role is nobody's to give."""


class Grant(Value, frozen=True):
    """A role in a scope (the id of a body or of a warehouse)."""

    role: Role
    scope: UUID


class SignedBy(StrEnum):
    """How a side of a paper was signed."""

    ACCOUNT = "account"
    ONE_TIME_CODE = "one_time_code"
    PAPER = "paper"


class Signature(Value, frozen=True):
    """One side of a paper. A person without an account signs the printed slip by hand (its scan is the signature), or says a
    one-time code (`code`: under which it was typed in, see `enter_code`).
    """

    person: UUID
    how: SignedBy
    scan: str | None = None
    code: UUID | None = None

    def __post_init__(self) -> None:
        if (self.how is SignedBy.PAPER) != (self.scan is not None):
            raise InvalidValue("scan", value=self.scan or "", how=self.how, because="scan_of_a_signature")


class Condition(StrEnum):
    """The physical condition last seen."""

    UNKNOWN = "unknown"
    NEW = "new"
    GOOD = "good"
    WORN = "worn"
    REPAIRABLE = "repairable"
    BROKEN = "broken"
    SCRAP = "scrap"


USABLE = frozenset({Condition.UNKNOWN, Condition.NEW, Condition.GOOD, Condition.WORN})


def named(text: str, path: str = "name") -> str:
    """A name as people write it: trimmed, on one line, not empty, not endless."""
    tidy = " ".join(text.split())
    if not tidy or len(tidy) > LONGEST_NAME:
        raise InvalidValue(path, value=tidy[:40], longest=LONGEST_NAME)
    return tidy


def free_text(text: str, path: str) -> str:
    """Free text with a limit. It is no place for names of people: those live in the directory."""
    tidy = text.strip()
    if len(tidy) > LONGEST_TEXT:
        raise InvalidValue(path, value=f"{tidy[:20]}…", longest=LONGEST_TEXT)
    if "\x00" in tidy:
        raise InvalidValue(path, value=tidy[:20], because="nul")
    return tidy
