"""How a request is over without a hand-over: refused, taken back, lapsed; or its time of use in place has passed."""

from datetime import datetime
from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.papers.request import Request, RequestState
from domain.papers.request_reasons import CancelReason, LapseReason, RefusalReason


class RequestUsed(Fact, frozen=True, kw_only=True):
    """The time for which something was shared in place is over. `until`: it was used no longer than that."""

    TOPIC = "request.used"
    until: datetime | None = None

    def apply(self, thing: Request, at: Stamp) -> None:
        thing.left = dict.fromkeys(thing.left, 0)
        thing.end(RequestState.FULFILLED)


class RequestRefused(Fact, frozen=True, kw_only=True):
    """The body whose turn it was decided against it."""

    TOPIC = "request.refused"
    step: int
    body: UUID
    why: RefusalReason
    note: str = ""

    def apply(self, thing: Request, at: Stamp) -> None:
        thing.why = self.why.value
        thing.end(RequestState.REFUSED)


class RequestCancelled(Fact, frozen=True, kw_only=True):
    """Whoever asked took it back; what was handed over already stays so."""

    TOPIC = "request.cancelled"
    why: CancelReason
    note: str = ""

    def apply(self, thing: Request, at: Stamp) -> None:
        thing.why = self.why.value
        thing.end(RequestState.CANCELLED)


class RequestLapsed(Fact, frozen=True, kw_only=True):
    """A deadline passed: nobody decided, nobody answered, or nobody came for it."""

    TOPIC = "request.lapsed"
    why: LapseReason

    def apply(self, thing: Request, at: Stamp) -> None:
        thing.why = self.why.value
        thing.end(RequestState.LAPSED)
