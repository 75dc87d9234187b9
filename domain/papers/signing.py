"""One-time codes: how somebody signs who cannot press a button here, but can say a few digits.

A code is asked for on the signer's side, said to the other side and typed in there. The log holds only its salted hash; the digits
themselves are a `Secret`: shown once, never in a fact, a receipt or a fingerprint. A code is for one person and for exactly what
is signed (a paper, a thing, or a list), for a few minutes and a few tries, and is used once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import scrypt
from hmac import compare_digest
from uuid import UUID, uuid5

from domain.aggregate import Fact, Root, Stamp
from domain.papers.outside_decision import ListItem, list_hash
from domain.refusals import Refusal
from domain.values import SPACE, Secret

VALID_FOR = timedelta(minutes=15)
TRIES = 5
DIGITS = 8
"""How many digits a code has, and for how long and how many tries it is good."""


class CodeNotEntered(Refusal):
    """A signature by one-time code needs a code that was typed in and was right."""

    code = "CODE_NOT_ENTERED"


class CodeExpired(Refusal):
    """The code was good for a few minutes only; a new one has to be asked for."""

    code = "CODE_EXPIRED"


class CodeUsed(Refusal):
    """The code has signed something already; each code signs once."""

    code = "CODE_USED"


class CodeLocked(Refusal):
    """The code was typed in wrongly too often; a new one has to be asked for."""

    code = "CODE_LOCKED"


class CodeForSomethingElse(Refusal):
    """The code was given to somebody else, or to sign something else."""

    code = "CODE_FOR_SOMETHING_ELSE"


class CodeIssued(Fact, frozen=True, kw_only=True):
    """A person was given a one-time code to sign this with; only its salted hash is kept. An older code for it is void. `listed`: what
    had been scanned for a request by then, as a hash.
    """

    TOPIC = "signing.code_issued"
    person: UUID
    about: str
    salt: str
    seal: str
    until: datetime
    listed: str = ""

    def apply(self, thing: "Signing", at: Stamp) -> None:
        thing.person, thing.about, thing.salt, thing.seal, thing.until = (
            self.person, self.about, self.salt, self.seal, self.until,
        )  # fmt: skip
        thing.listed = self.listed
        thing.asked_by, thing.wrong, thing.entered, thing.used = at.meta.person, 0, False, False


class CodeMistyped(Fact, frozen=True, kw_only=True):
    """Somebody typed in wrong digits."""

    TOPIC = "signing.code_mistyped"

    def apply(self, thing: "Signing", at: Stamp) -> None:
        thing.wrong += 1


class CodeEntered(Fact, frozen=True, kw_only=True):
    """The digits were right: whoever said them has the code."""

    TOPIC = "signing.code_entered"

    def apply(self, thing: "Signing", at: Stamp) -> None:
        thing.entered = True


class SignedWithCode(Fact, frozen=True, kw_only=True):
    """The code became a signature, in the same command as what it signs. It signs nothing else."""

    TOPIC = "signing.code_used"

    def apply(self, thing: "Signing", at: Stamp) -> None:
        thing.used = True


class Signing(Root):
    """One person's signature under one thing: the code that stands for it."""

    KIND = "signing"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.person: UUID = id
        self.about = ""
        self.listed = ""
        self.salt = ""
        self.seal = ""
        self.until: datetime | None = None
        self.asked_by: UUID | None = None
        self.wrong = 0
        self.entered = False
        self.used = False

    @property
    def tries_left(self) -> int:
        return max(TRIES - self.wrong, 0)

    def enter(self, digits: Secret, now: datetime, path: str) -> bool:
        """One try: whether the digits are right. A wrong one is written down, so that nobody tries them all."""
        self._must_be_live(now, path)
        if not self.tries_left:
            raise CodeLocked(path)
        right = compare_digest(sealed(digits, self.salt), self.seal)
        self.record(CodeEntered() if right else CodeMistyped())
        return right

    def sign(self, person: UUID, what: frozenset[str], now: datetime, path: str) -> None:
        """The code becomes a signature under what it was given for."""
        self._must_be_live(now, path)
        if person != self.person or self.about not in what:
            raise CodeForSomethingElse(path)
        if not self.entered:
            raise CodeNotEntered(path)
        self.record(SignedWithCode())

    def _must_be_live(self, now: datetime, path: str) -> None:
        if self.used:
            raise CodeUsed(path)
        if self.until is None or self.until <= now:
            raise CodeExpired(path)


def signing_of(person: UUID, about: str) -> UUID:
    """The stream of a person's codes for one thing: a new code replaces the one before."""
    return uuid5(SPACE, f"signing:{person}:{about}")


COST = 1 << 14
"""How slow `sealed` is, as scrypt counts."""


def sealed(digits: Secret, salt: str) -> str:
    """The hash that is kept. Slow on purpose: there are few codes, and few milliseconds to wait for each."""
    return scrypt(digits.said.encode(), salt=salt.encode(), n=COST, r=8, p=1, dklen=32).hex()


def what_is_signed(input: Mapping[str, object]) -> frozenset[str]:
    """What a signature in this input can be for: every paper or thing it names, and every list."""
    found: set[str] = set()
    for value in input.values():
        if isinstance(value, UUID):
            found.add(str(value))
        elif (
            isinstance(value, tuple)
            and value
            and hasattr(value[0], "asset")
            and hasattr(value[0], "quantity")
        ):
            found.add(of_a_list((line.asset, line.quantity) for line in value))
    return frozenset(found)


def of_a_list(lines: Iterable[tuple[UUID, int]]) -> str:
    """So many of each of these things, as one hash."""
    return list_hash(ListItem(asset=asset, quantity=quantity) for asset, quantity in lines)
