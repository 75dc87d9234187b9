"""A request comes to nothing: whoever asked takes it back, or a deadline passes."""

from uuid import UUID

from domain.command import Command
from domain.life.pooling import ReservationReleased
from domain.papers.request import Request, RequestState
from domain.papers.request_endings import RequestCancelled, RequestLapsed, RequestUsed
from domain.papers.request_reasons import CancelReason, LapseReason
from domain.terms import Form
from domain.usecases import Outcome, use_case
from domain.usecases.holding import let_all_go
from domain.usecases.pooling import ReasonMissing
from domain.usecases.request_rules import ASKING, BY_TIME, ask_of
from domain.values import free_text

LAPSES = {
    RequestState.SUBMITTED: LapseReason.UNDECIDED,
    RequestState.CHANGED: LapseReason.CHANGE_UNANSWERED,
    RequestState.APPROVED: LapseReason.NOT_COLLECTED,
}


@use_case("cancel_request", by=ASKING, emits=(RequestCancelled, ReservationReleased), gives=("request",))
def cancel_request(c: Command, *, request: UUID, why: CancelReason, note: str = "") -> Outcome:
    """Whoever asked takes a request back; what was not handed over yet is free again. `why` is one of a list."""
    paper = c.load(Request, request, "request")
    ask_of("cancel_request", c, paper)
    note = free_text(note, "note")
    if why is CancelReason.NOTED and not note:
        raise ReasonMissing("note")
    let_all_go(c, paper)
    paper.record(RequestCancelled(why=why, note=note))
    return {"request": paper.id}


@use_case(
    "lapse_request", by=BY_TIME, emits=(RequestLapsed, RequestUsed, ReservationReleased), gives=("request",)
)
def lapse_request(c: Command, *, request: UUID) -> Outcome:
    """Records that a request's deadline has passed: nobody decided, answered or came for it. What was used in place is fulfilled."""
    paper = c.load(Request, request, "request")
    ask_of("lapse_request", c, paper)
    let_all_go(c, paper)
    if paper.state is RequestState.APPROVED and paper.form is Form.IN_PLACE:
        paper.record(RequestUsed())
    else:
        paper.record(RequestLapsed(why=LAPSES[paper.state]))
    return {"request": paper.id}
