"""Used where it stands: rooms, instruments. Nobody's custody changes; when it is over, what is left of the time is free."""

from uuid import UUID

from domain.command import Command
from domain.life.pooling import ReservationReleased
from domain.papers.request import Request
from domain.papers.request_endings import RequestUsed
from domain.usecases import Outcome, use_case
from domain.usecases.holding import let_all_go
from domain.usecases.request_rules import ask_of
from domain.values import Role

USING = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)


@use_case("confirm_use", by=USING, emits=(RequestUsed, ReservationReleased), gives=("request",))
def confirm_use(c: Command, *, request: UUID) -> Outcome:
    """It was used where it stands and is over, maybe earlier than asked for: the rest of the time is free at once."""
    paper = c.load(Request, request, "request")
    ask_of("confirm_use", c, paper)
    let_all_go(c, paper)
    paper.record(RequestUsed(until=min(c.occurred_at, paper.window.end) if paper.window else None))
    return {"request": paper.id}
