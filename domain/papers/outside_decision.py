"""A decision from outside: a document (批复) of an authority that will not sign in here.

One person enters it, another one compares it with the scan and verifies it; then it is a full approval step.
It names the exact list it decides on by a hash, so a list that was changed since needs a new decision.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp, encode
from domain.refusals import AlreadyDone, Refusal
from domain.values import Money, Value


class Matter(StrEnum):
    """What a decision is about."""

    INTAKE = "intake"
    SURPLUS = "surplus"
    VALUATION = "valuation"
    TRANSFER = "transfer"
    DISPOSAL = "disposal"
    SHARING = "sharing"
    REINSTATEMENT = "reinstatement"
    CORRECTION = "correction"
    COMPENSATION = "compensation"
    EMERGENCY = "emergency"
    OTHER = "other"


class ListItem(Value, frozen=True, kw_only=True):
    """One line of a list that is decided on: an asset, or goods without a card by name; how many; at what
    value.
    """

    asset: UUID | None = None
    name: str = ""
    quantity: int = 1
    value: Money | None = None


class DecisionNotVerified(Refusal):
    """A decision from outside counts only after a second person has compared it with the document."""

    code = "DECISION_NOT_VERIFIED"


class DecisionExpired(Refusal):
    """The decision was valid until a day that has passed."""

    code = "DECISION_EXPIRED"


class DecisionWithdrawn(Refusal):
    """The decision was taken back."""

    code = "DECISION_WITHDRAWN"


class DecisionOnOtherMatter(Refusal):
    """The decision is about something else."""

    code = "DECISION_ON_OTHER_MATTER"


class ListChanged(Refusal):
    """The list is not the one that was decided on."""

    code = "LIST_CHANGED"


class DecisionRecorded(Fact, frozen=True, kw_only=True):
    """A document that decides something was entered. `body`: whose matter it is; `list_hash`: the exact list;
    `scan`: its SHA-256.
    """

    TOPIC = "decision.recorded"
    matter: Matter
    body: UUID
    authority: UUID
    number: str
    dated: date
    list_hash: str
    scan: str
    expires: datetime | None = None

    def apply(self, thing: "OutsideDecision", at: Stamp) -> None:
        thing.matter, thing.body, thing.authority, thing.number = (
            self.matter,
            self.body,
            self.authority,
            self.number,
        )
        thing.list_hash, thing.expires, thing.entered_by = self.list_hash, self.expires, at.meta.person


class DecisionVerified(Fact, frozen=True, kw_only=True):
    """A second person compared what was entered with the document: it counts from now on."""

    TOPIC = "decision.verified"

    def apply(self, thing: "OutsideDecision", at: Stamp) -> None:
        thing.verified_by = at.meta.person


class DecisionTakenBack(Fact, frozen=True, kw_only=True):
    """It was entered wrongly, or the authority took it back; the command's reason says which. What was done
    under it stays done.
    """

    TOPIC = "decision.taken_back"

    def apply(self, thing: "OutsideDecision", at: Stamp) -> None:
        thing.taken_back = True


class DecisionRanOut(Fact, frozen=True, kw_only=True):
    """The day until which it was valid has passed. It stopped counting by time alone; this says when somebody was told."""

    TOPIC = "decision.ran_out"
    expires: datetime

    def apply(self, thing: "OutsideDecision", at: Stamp) -> None:
        thing.ran_out = True


class OutsideDecision(Root):
    """The state of one decision from outside."""

    KIND = "decision"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.matter = Matter.OTHER
        self.body: UUID = id
        self.authority: UUID = id
        self.number = ""
        self.list_hash = ""
        self.expires: datetime | None = None
        self.entered_by: UUID | None = None
        self.verified_by: UUID | None = None
        self.taken_back = False
        self.ran_out = False

    def verify(self) -> None:
        if self.taken_back:
            raise DecisionWithdrawn("decision", decision=self.number)
        if self.verified_by is not None:
            raise AlreadyDone("decision", what=self.number)
        self.record(DecisionVerified())

    def take_back(self) -> None:
        if self.taken_back:
            raise AlreadyDone("decision", what=self.number)
        self.record(DecisionTakenBack())

    def must_carry(self, matter: Matter, list_hash: str, now: datetime, path: str = "decision") -> None:
        """Raises unless this is a verified, live decision on this matter and on exactly this list. Ask again
        at execution.
        """
        if self.taken_back:
            raise DecisionWithdrawn(path, decision=self.number)
        if self.verified_by is None:
            raise DecisionNotVerified(path, decision=self.number)
        if self.matter is not matter:
            raise DecisionOnOtherMatter(path, decision=self.number, matter=self.matter, wanted=matter)
        if self.expires is not None and self.expires <= now:
            raise DecisionExpired(path, decision=self.number, expires=self.expires.isoformat())
        if self.list_hash != list_hash:
            raise ListChanged(path, decision=self.number)


def list_hash(items: Iterable[ListItem]) -> str:
    """The SHA-256 of a list, whatever its order. Amounts count by their value: 5 and 5.00 are the same."""
    lines = sorted(encode(_canonical(item)) for item in items)
    return sha256(b"\n".join(lines)).hexdigest()


def is_within(executed: Iterable[ListItem], approved: Iterable[ListItem]) -> bool:
    """Whether what is carried out is inside what was approved: no line that is not there, and of none more
    than was approved.
    """
    left: dict[bytes, int] = {}
    for item in approved:
        left[_which(item)] = left.get(_which(item), 0) + item.quantity
    for item in executed:
        left[_which(item)] = left.get(_which(item), 0) - item.quantity
    return all(quantity >= 0 for quantity in left.values())


def _canonical(item: ListItem) -> ListItem:
    value = item.value
    if value is not None:
        value = Money(value.amount.quantize(Decimal("0.01")), value.currency)
    return ListItem(asset=item.asset, name=item.name.strip(), quantity=item.quantity, value=value)


def _which(item: ListItem) -> bytes:
    return encode(ListItem(asset=item.asset, name="" if item.asset else item.name.strip()))
