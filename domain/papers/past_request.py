"""Requests of the past that were closed without anything being handed over, as an old record tells them.

Many of them share a stream (a chunk of a file): nothing can ever happen to them again, so no decision needs one by itself.
"""

from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root
from domain.values import ClassCode, Money


class Closing(StrEnum):
    """What the reason of an old record amounts to. Only a refusal is one."""

    REFUSAL = "refusal"
    WITHDRAWN = "withdrawn"
    NOT_SAID = "not_said"
    UNKNOWN = "unknown"


class PastRequestTakenOver(Fact, frozen=True, kw_only=True):
    """A body once asked for something and did not get it. `requested` is local time, as the file writes it; `reason` is the file's
    class of reasons.
    """

    TOPIC = "past_request.taken_over"
    requester: UUID
    item: str
    quantity: int
    requested: str
    closing: Closing
    reason: str
    file: str
    row: int
    identity: str
    unit: str = ""
    class_code: ClassCode | None = None
    stock_number: str = ""
    unit_value: Money | None = None
    number: str = ""
    closed_by: str = ""
    missing: tuple[str, ...] = ()


class PastRequests(Root):
    """The closed requests of one chunk of a file."""

    KIND = "past_request"
