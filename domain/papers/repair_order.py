"""A repair: what is wrong, which workshop, what it should cost and what it cost."""

from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.refusals import AlreadyDone, Refusal
from domain.values import Money, Signature


class RepairEnded(Refusal):
    """The repair is done, dropped, or was found not to be worth it."""

    code = "REPAIR_ENDED"


class RepairOverLimit(Refusal):
    """It costs more than the policy's share of a new one: somebody has to decide whether to dispose of it."""

    code = "REPAIR_OVER_LIMIT"


class RepairOrdered(Fact, frozen=True, kw_only=True):
    """A repair was ordered. `limit`: what it may cost before somebody has to decide; `over_limit`: it does."""

    TOPIC = "repair.ordered"
    asset: UUID
    workshop: UUID
    fault: str
    estimate: Money | None = None
    limit: Money | None = None
    over_limit: bool = False

    def apply(self, thing: "RepairOrder", at: Stamp) -> None:
        thing.asset, thing.workshop, thing.limit = self.asset, self.workshop, self.limit
        thing.over_limit, thing.ordered_by = self.over_limit, at.meta.person


class RepairAllowed(Fact, frozen=True, kw_only=True):
    """An approver decided that the repair is worth more than the limit."""

    TOPIC = "repair.allowed"

    def apply(self, thing: "RepairOrder", at: Stamp) -> None:
        thing.allowed = True


class RepairSent(Fact, frozen=True, kw_only=True):
    """It went to the workshop; whoever took it there signed."""

    TOPIC = "repair.sent"
    giver: Signature
    receiver: Signature | None = None

    def apply(self, thing: "RepairOrder", at: Stamp) -> None:
        thing.sent = True


class RepairCompleted(Fact, frozen=True, kw_only=True):
    """Mended. `cost`: what was paid, an expense; `parts`: what was put in."""

    TOPIC = "repair.completed"
    cost: Money
    parts: str = ""

    def apply(self, thing: "RepairOrder", at: Stamp) -> None:
        thing.closed = True


class RepairUneconomic(Fact, frozen=True, kw_only=True):
    """The workshop or an expert says that mending it is not worth it; the command's reason says why."""

    TOPIC = "repair.uneconomic"

    def apply(self, thing: "RepairOrder", at: Stamp) -> None:
        thing.closed = True


class RepairDropped(Fact, frozen=True, kw_only=True):
    """The order was taken back before it left."""

    TOPIC = "repair.dropped"

    def apply(self, thing: "RepairOrder", at: Stamp) -> None:
        thing.closed = True


class RepairOrder(Root):
    """The state of one repair."""

    KIND = "repair"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.asset: UUID = id
        self.workshop: UUID = id
        self.ordered_by: UUID | None = None
        self.limit: Money | None = None
        self.over_limit = False
        self.allowed = False
        self.sent = False
        self.closed = False

    def must_be_open(self) -> None:
        if self.closed:
            raise RepairEnded("repair")

    def send(self, giver: Signature, receiver: Signature | None) -> None:
        self.must_be_open()
        if self.sent:
            raise AlreadyDone("repair", what=str(self.id))
        if self.over_limit and not self.allowed:
            raise RepairOverLimit("repair", limit=self.limit.amount if self.limit else None)
        self.record(RepairSent(giver=giver, receiver=receiver))
