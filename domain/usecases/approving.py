"""Deciding on a request, step by step: approved, cut, refused, or decided by a document from outside.

Every step asks again, in the same write, whether everything is still there: what somebody else got meanwhile is exchanged for another
of its class, or the step is refused. The step that is the last promises the goods firmly.
"""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from domain.body import Body, answers_now
from domain.command import Command
from domain.life.pooling import ReservationReleased, Reserved
from domain.papers.outside_decision import Matter, OutsideDecision
from domain.papers.request import Request, RequestApproved, RequestStepApproved, RequestUnit
from domain.papers.request_changes import RequestChangeAccepted, RequestChangeDeclined, RequestChangeProposed
from domain.papers.request_endings import RequestRefused
from domain.papers.request_reasons import RefusalReason
from domain.refusals import InvalidValue, Refusal
from domain.usecases import Outcome, use_case
from domain.usecases.choosing import asks
from domain.usecases.holding import (
    HOLDING,
    answered_until,
    approve,
    held_until,
    hold,
    keep_slot,
    let_all_go,
    settle,
)
from domain.usecases.kit_lines import KitGoesWhole
from domain.usecases.pooling import ReasonMissing
from domain.usecases.request_rules import ASKING, ask_of
from domain.usecases.transferring import NotTheAuthority
from domain.values import Role, Value, Window, free_text

DECIDING = (Role.APPROVER,)


class LineCut(Value, frozen=True):
    """Of this line (counted from 0) no more than so many; 0: none. Of a kit all or none."""

    line: int
    quantity: int


class NothingIsCut(Refusal):
    """A cut takes something away: less of a line, or a shorter time inside the one that was asked for."""

    code = "NOTHING_IS_CUT"


@use_case(
    "approve_request",
    by=DECIDING,
    emits=(RequestStepApproved, RequestApproved, RequestChangeProposed, Reserved, *HOLDING),
    gives=("request",),
)
def approve_request(
    c: Command, *, request: UUID, cuts: tuple[LineCut, ...] = (), window: Window | None = None
) -> Outcome:
    """Decides the step whose turn it is for the request: an approver of that body, never who asked, one person one step.

    `cuts` and a shorter `window` change it: then whoever asked has to agree before it goes on.
    """
    paper = c.load(Request, request, "request")
    ask_of("approve_request", c, paper)
    if cuts or window is not None:
        _change(c, paper, cuts, window)
    else:
        _go_on(c, paper)
    return {"request": paper.id}


@use_case(
    "decide_request_by_document",
    by=(*ASKING, *DECIDING),
    emits=(RequestStepApproved, RequestApproved, Reserved, *HOLDING),
    gives=("request",),
)
def decide_request_by_document(c: Command, *, request: UUID, decision: UUID) -> Outcome:
    """A verified document of the authority whose turn it is decides the step: it names this request and exactly these lines."""
    paper = c.load(Request, request, "request")
    ask_of("decide_request_by_document", c, paper)
    document = c.load(OutsideDecision, decision, "decision")
    step = paper.next_step
    body = paper.steps[step].body if step is not None else None
    if body is None or document.authority not in {body, answers_now(c, body).id}:
        raise NotTheAuthority("decision", body=c.load(Body, document.authority).name)
    document.must_carry(Matter.SHARING, paper.list_hash, c.now)
    _go_on(c, paper, decision)
    return {"request": paper.id}


@use_case("refuse_request", by=DECIDING, emits=(RequestRefused, ReservationReleased), gives=("request",))
def refuse_request(c: Command, *, request: UUID, why: RefusalReason, note: str = "") -> Outcome:
    """Decides the step whose turn it is against the request, for one of the listed reasons; the goods are free again."""
    paper = c.load(Request, request, "request")
    ask_of("refuse_request", c, paper)
    note = free_text(note, "note")
    if why is RefusalReason.NOTED and not note:
        raise ReasonMissing("note")
    step = paper.next_step or 0
    let_all_go(c, paper)
    paper.record(RequestRefused(step=step, body=paper.waiting or paper.holder, why=why, note=note))
    return {"request": paper.id}


@use_case(
    "accept_change",
    by=ASKING,
    emits=(RequestChangeAccepted, RequestApproved, Reserved, *HOLDING),
    gives=("request",),
)
def accept_change(c: Command, *, request: UUID) -> Outcome:
    """Whoever asked agrees with what an approver cut; the next step goes on from there."""
    paper = c.load(Request, request, "request")
    ask_of("accept_change", c, paper)
    units = settled(c, paper)
    paper.record(RequestChangeAccepted(due=held_until(c, paper)))
    _hold_or_approve(c, paper, units)
    return {"request": paper.id}


@use_case("decline_change", by=ASKING, emits=(RequestChangeDeclined, ReservationReleased), gives=("request",))
def decline_change(c: Command, *, request: UUID) -> Outcome:
    """Whoever asked does not want it cut: the request is over, its goods are free again."""
    paper = c.load(Request, request, "request")
    ask_of("decline_change", c, paper)
    let_all_go(c, paper)
    paper.record(RequestChangeDeclined())
    return {"request": paper.id}


def settled(c: Command, paper: Request, window: Window | None = None) -> dict[UUID, tuple[int, int]]:
    """All that is left of the request, as it can be had now. Raises what cannot."""
    found = settle(c, paper, asks(c, paper, window), paper.left)
    for no in found.short.values():
        raise no
    return found.units


def _go_on(c: Command, paper: Request, decision: UUID | None = None) -> None:
    """The step is decided for it; the goods are held for the next one, or promised."""
    units = settled(c, paper)
    _decided_for(c, paper, held_until(c, paper), decision)
    _hold_or_approve(c, paper, units)


def _change(c: Command, paper: Request, cuts: tuple[LineCut, ...], window: Window | None) -> None:
    """The step is decided for less than was asked for; what was cut is free at once."""
    wanted = _cut(paper, cuts)
    span = _shortened(paper, window)
    if wanted == paper.left and span == paper.window:
        raise NothingIsCut("cuts")
    ask = asks(c, paper, span)
    found = settle(c, paper, ask, wanted)
    for no in found.short.values():
        raise no
    until = min(answered_until(c, paper), ask.window.end)
    _decided_for(c, paper, until)
    hold(c, paper, ask, found.units, until)
    keep_slot(c, paper, span.start if span else None)
    paper.record(
        RequestChangeProposed(
            lines=tuple(replace(line, quantity=wanted[n]) for n, line in enumerate(paper.lines)),
            units=tuple(
                RequestUnit(asset, line, quantity) for asset, (line, quantity) in found.units.items()
            ),
            due=until,
            window=span,
        )
    )


def _cut(paper: Request, cuts: tuple[LineCut, ...]) -> dict[int, int]:
    wanted = dict(paper.left)
    for n, cut in enumerate(cuts):
        most = wanted.get(cut.line)
        if most is None:
            raise InvalidValue(f"cuts.{n}.line", value=cut.line, least=0, most=len(wanted) - 1)
        if not 0 <= cut.quantity <= most:
            raise InvalidValue(f"cuts.{n}.quantity", value=cut.quantity, least=0, most=most)
        line = paper.lines[cut.line]
        if line.kit is not None and 0 < cut.quantity < most:
            raise KitGoesWhole(f"cuts.{n}.quantity", kit=line.kit_name, quantity=cut.quantity, wanted=most)
        wanted[cut.line] = cut.quantity
    if not any(wanted.values()):
        raise InvalidValue("cuts", value=0, because="nothing_left")
    return wanted


def _shortened(paper: Request, window: Window | None) -> Window | None:
    if window is None:
        return paper.window
    if paper.window is None or window.start < paper.window.start or window.end > paper.window.end:
        raise InvalidValue("window", value=window.end.isoformat(), because="within_asked")
    return window


def _decided_for(c: Command, paper: Request, until: datetime, decision: UUID | None = None) -> None:
    step = paper.next_step
    body = paper.steps[step].body if step is not None else None
    if step is not None and body is not None:
        paper.record(RequestStepApproved(step=step, body=body, decision=decision, due=until))


def _hold_or_approve(c: Command, paper: Request, units: dict[UUID, tuple[int, int]]) -> None:
    ask = asks(c, paper)
    if paper.next_step is None:
        approve(c, paper, ask, units)
    else:
        hold(c, paper, ask, units, held_until(c, paper))
