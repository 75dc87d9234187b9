"""A demand: what a body waits for, wishes for or watches. One list serves all three; whoever comes first in it is asked first.

The place in the queue is a key: what was displaced comes first, with the time at which it had been asked for; then time decides.
Staff may move a demand, with a reason that everybody sees.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.refusals import Refusal
from domain.terms import Form
from domain.values import ClassCode, Value, Window


class DemandKind(StrEnum):
    """Wait: it is there, but not free. Wish: there is none yet. Watch: only tell, hold nothing."""

    WAIT = "wait"
    WISH = "wish"
    WATCH = "watch"


class DemandState(StrEnum):
    """Where it stands. That its own last day has passed holds by time."""

    WAITING = "waiting"
    TURN = "turn_came"
    SERVED = "turn_taken_up"
    PASSED = "turn_passed"
    GIVEN_UP = "given_up"
    LAPSED = "not_wanted_any_more"


class Rank(Value, frozen=True, order=True):
    """The place in the queue: what was displaced before all others, then who asked first."""

    later: bool
    since: datetime
    id: UUID


class DemandUnit(Value, frozen=True):
    """So many of an asset."""

    asset: UUID
    quantity: int


class Turn(Value, frozen=True):
    """Goods held for the demand until then, under the id that its request will have."""

    request: UUID
    units: tuple[DemandUnit, ...]
    until: datetime


class DemandEnded(Refusal):
    """The demand is not waiting any more, or its day has passed."""

    code = "DEMAND_ENDED"


class NoTurn(Refusal):
    """Nothing is held for this demand: its turn has not come, or is over."""

    code = "NO_TURN"


class DemandEntered(Fact, frozen=True, kw_only=True):
    """A body waits, wishes or watches for so many of a class, or for one thing. `window` missing: for good. `first`: it was displaced
    (its request, `by` that paper) and keeps `since`, the time it had asked at, before all who were not; `asker`: who had asked then.
    """

    TOPIC = "demand.entered"
    body: UUID
    kind: DemandKind
    form: Form
    quantity: int
    until: datetime
    since: datetime
    class_code: ClassCode | None = None
    asset: UUID | None = None
    window: Window | None = None
    note: str = ""
    first: bool = False
    request: UUID | None = None
    by: UUID | None = None
    asker: UUID | None = None

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.body, thing.kind, thing.form, thing.quantity = self.body, self.kind, self.form, self.quantity
        thing.class_code, thing.asset, thing.window, thing.until = (
            self.class_code,
            self.asset,
            self.window,
            self.until,
        )
        thing.first, thing.since, thing.note = self.first, self.since, self.note
        thing.asker = self.asker if self.first else at.meta.person
        thing.displaced_from = self.request


class DemandMoved(Fact, frozen=True, kw_only=True):
    """Staff put it ahead of another one; the command's reason says why, and everybody in the queue may read it."""

    TOPIC = "demand.moved"
    ahead_of: UUID
    first: bool
    since: datetime

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.first, thing.since, thing.moved = self.first, self.since, at.meta.reason


class DemandGivenUp(Fact, frozen=True, kw_only=True):
    """The body does not want it any more; what was held for it is free."""

    TOPIC = "demand.given_up"

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.end(DemandState.GIVEN_UP)


class TurnCame(Fact, frozen=True, kw_only=True):
    """Something that fits is held for it until then, under the id its request will have. Now the body has to take it up."""

    TOPIC = "demand.turn_came"
    request: UUID
    body: UUID
    units: tuple[DemandUnit, ...]
    until: datetime

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.state, thing.turn = DemandState.TURN, Turn(self.request, self.units, self.until)
        thing.due = self.until


class TurnTakenUp(Fact, frozen=True, kw_only=True):
    """The body made its request in time: the demand is served, whatever becomes of the request."""

    TOPIC = "demand.turn_taken_up"
    request: UUID

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.end(DemandState.SERVED)
        thing.request = self.request


class TurnPassed(Fact, frozen=True, kw_only=True):
    """The body did not take it up in time, or did not want it: the next in the queue is asked."""

    TOPIC = "demand.turn_passed"
    body: UUID

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.end(DemandState.PASSED)


class TurnDisplaced(Fact, frozen=True, kw_only=True):
    """What was held for its turn went to somebody with a better right (`by`: that paper): it waits again, before all others."""

    TOPIC = "demand.turn_displaced"
    body: UUID
    by: UUID

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.end(DemandState.WAITING)
        thing.first = True


class WatchAlerted(Fact, frozen=True, kw_only=True):
    """What the body watches for is there: so many are free. Nothing is held; whoever asks first gets it."""

    TOPIC = "demand.watch_alerted"
    body: UUID
    free: int

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.alerted = at.occurred_at


class DemandLapsed(Fact, frozen=True, kw_only=True):
    """Its last day has passed; this says when somebody was told."""

    TOPIC = "demand.lapsed"
    body: UUID

    def apply(self, thing: "Demand", at: Stamp) -> None:
        thing.end(DemandState.LAPSED)


class Demand(Root):
    """The state of one demand."""

    KIND = "demand"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.body: UUID = id
        self.asker: UUID | None = None
        self.kind = DemandKind.WAIT
        self.form = Form.LOAN
        self.class_code: ClassCode | None = None
        self.asset: UUID | None = None
        self.quantity = 0
        self.window: Window | None = None
        self.until: datetime | None = None
        self.note = ""
        self.first = False
        self.since: datetime | None = None
        self.moved = ""
        self.displaced_from: UUID | None = None
        self.state = DemandState.WAITING
        self.turn: Turn | None = None
        self.due: datetime | None = None
        self.request: UUID | None = None
        self.alerted: datetime | None = None

    @property
    def rank(self) -> Rank:
        if self.since is None:
            raise RuntimeError("a demand that was never entered has no place")
        return Rank(not self.first, self.since, self.id)

    def waits(self, now: datetime) -> bool:
        """In the queue: waiting, wanted still, and for a time that is still to come."""
        return (
            self.state is DemandState.WAITING
            and (self.until is None or self.until > now)
            and (self.window is None or self.window.end > now)
        )

    def must_wait(self, now: datetime) -> None:
        if not self.waits(now):
            raise DemandEnded("demand", state=self.state.value)

    def end(self, state: DemandState) -> None:
        self.state, self.turn, self.due = state, None, None
