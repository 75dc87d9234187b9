"""The manager of the pool prefers who came later, and says why: everybody in the queue may read it."""

from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.papers.demand import Demand, DemandUnit


class DemandPreferred(Fact, frozen=True, kw_only=True):
    """What a request had held (`over`) was given to this demand, out of the order of time. The command's reason says why."""

    TOPIC = "demand.preferred"
    body: UUID
    over: UUID
    units: tuple[DemandUnit, ...]

    def apply(self, thing: Demand, at: Stamp) -> None:
        thing.moved = at.meta.reason
