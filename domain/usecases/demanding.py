"""The demand list: a body waits, wishes or watches; whose turn it is gets goods held for a while, then the next in the queue.

Matching is asked for by the clerk and by keepers after every intake, return and release
(docs/decisions/0015-demand-and-emergency.md).
"""

from datetime import datetime, timedelta
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, must_have_standing
from domain.command import Command
from domain.life.pooling import Held, ReservationReleased, Reserved
from domain.limits import ready_after
from domain.numbering import paper_number
from domain.papers.demand import (
    Demand,
    DemandEntered,
    DemandGivenUp,
    DemandKind,
    DemandLapsed,
    DemandMoved,
    DemandState,
    DemandUnit,
    TurnCame,
    TurnPassed,
    TurnTakenUp,
    WatchAlerted,
)
from domain.papers.request import RequestApproved, RequestDisplaced, RequestSubmitted
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.terms import Form
from domain.usecases import Outcome, use_case
from domain.usecases.choosing import Ask, Take, let_go, make_room, point_of
from domain.usecases.demand_rules import ASKING, MATCHING, ORDERING, ask_of
from domain.usecases.displacing import DISPLACING
from domain.usecases.holding import hold_times
from domain.usecases.pool_check_rules import class_wanted
from domain.usecases.pooling import ReasonMissing, it_is_listed
from domain.usecases.requesting import Chosen, request_of
from domain.usecases.turns import asks_for, found_for, line_of
from domain.usecases.waiting_once import place_in_the_queue, take_place
from domain.values import ClassCode, Role, Window, free_text

MOST_QUANTITY = 1000
TURN = "turn"
"""The kind of claim by which a hold's id finds the demand whose turn it is."""
STEP = timedelta(microseconds=1)


class WaitsAlready(Refusal):
    """The body waits for the very same already."""

    code = "WAITS_ALREADY"


@use_case("enter_demand", by=ASKING, emits=(DemandEntered,), gives=("demand",))
def enter_demand(
    c: Command, *, body: UUID, kind: DemandKind, until: datetime, quantity: int = 1, class_code: ClassCode | None = None,
    asset: UUID | None = None, form: Form = Form.LOAN, window: Window | None = None, note: str = "",
) -> Outcome:  # fmt: skip
    """Waits for something that is not free, wishes for what is not there, or watches: by class or for one thing, until a day."""
    asker = c.load(Body, body, "body")
    c.must(ASKING, *asker.scopes)
    must_have_standing(asker, c, "body")
    if not 1 <= quantity <= MOST_QUANTITY:
        raise InvalidValue("quantity", value=quantity, least=1, most=MOST_QUANTITY)
    if (asset is None) is (class_code is None):
        raise InvalidValue("asset", value=str(asset or ""), because="thing_or_class")
    if (form is Form.TRANSFER) is (window is not None) or (window is not None and window.end <= c.now):
        raise InvalidValue(
            "window", value=window.end.isoformat() if window else "", because="window_of_a_form"
        )
    if until.tzinfo is None or until <= c.now:
        raise InvalidValue("until", value=until.isoformat(), after=c.now.isoformat())
    thing = c.load(Asset, asset, "asset") if asset else None
    if thing is not None:
        rule.it_is_alive(c, thing)
        it_is_listed(c, thing)
    code = class_wanted(class_code, "classCode") if class_code else thing.class_code if thing else None
    demand = c.begin(Demand)
    if kind is DemandKind.WAIT:
        _must_wait_once(c, demand, asker, place_in_the_queue(asker, form, code, asset, window))
    demand.record(
        DemandEntered(
            body=asker.id, kind=kind, form=form, quantity=quantity, class_code=code, asset=asset, window=window, until=until,
            since=c.now, note=free_text(note, "note"),
        )
    )  # fmt: skip
    return {"demand": demand.id}


@use_case(
    "withdraw_demand", by=ASKING, emits=(DemandGivenUp, TurnPassed, ReservationReleased), gives=("demand",)
)
def withdraw_demand(c: Command, *, demand: UUID) -> Outcome:
    """Does not want it any more. What was held for it goes to the next in the queue."""
    paper = c.load(Demand, demand, "demand")
    ask_of("withdraw_demand", c, paper)
    if paper.turn is not None:
        _let_turn_go(c, paper)
    else:
        paper.record(DemandGivenUp())
    return {"demand": paper.id}


@use_case("move_demand", by=ORDERING, emits=(DemandMoved,), gives=("demand",))
def move_demand(c: Command, *, demand: UUID, ahead_of: UUID) -> Outcome:
    """Puts a demand ahead of another one. Never one's own; with a reason that is published to all in the queue."""
    paper, other = c.load(Demand, demand, "demand"), c.load(Demand, ahead_of, "aheadOf")
    ask_of("move_demand", c, paper)
    ask_of("move_demand", c, other)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    ahead = other.rank
    if paper.id == other.id or paper.rank < ahead:
        raise AlreadyDone("aheadOf", what=paper_number(Demand.KIND, other.id))
    paper.record(DemandMoved(ahead_of=other.id, first=not ahead.later, since=ahead.since - STEP))
    return {"demand": paper.id}


@use_case(
    "match_demand",
    by=MATCHING,
    emits=(TurnCame, WatchAlerted, Held, ReservationReleased, *DISPLACING),
    gives=("demand",),
)
def match_demand(c: Command, *, demand: UUID) -> Outcome:
    """Gives a demand its turn: what fits is held until the body takes it up. Nobody who fits is passed over. Who watches is only told."""
    paper = c.load(Demand, demand, "demand")
    ask_of("match_demand", c, paper)
    request = c.new_id()
    ask = asks_for(c, paper, request)
    takes = found_for(c, paper, ask)
    if paper.kind is DemandKind.WATCH:
        paper.record(WatchAlerted(body=paper.body, free=sum(one.quantity for one in takes)))
    else:
        hold_for_turn(c, paper, ask, takes, request)
    return {"demand": paper.id}


@use_case(
    "take_up_turn",
    by=ASKING,
    emits=(
        TurnTakenUp,
        RequestSubmitted,
        RequestApproved,
        RequestDisplaced,
        DemandEntered,
        Held,
        Reserved,
        ReservationReleased,
    ),
    gives=("demand", "request"),
)
def take_up_turn(c: Command, *, demand: UUID, purpose: str) -> Outcome:
    """Makes the request for what is held: from here on it is approved like any other."""
    paper = c.load(Demand, demand, "demand")
    ask_of("take_up_turn", c, paper)
    said, turn = free_text(purpose, "purpose"), paper.turn
    if not said or turn is None:
        raise ReasonMissing("purpose")
    ask = asks_for(c, paper, turn.request)
    assets = c.load_all(Asset, (one.asset for one in turn.units))
    chosen = [Chosen(0, asset, unit.quantity) for unit, asset in zip(turn.units, assets, strict=True)]
    window = ask.window if paper.window else None
    made = request_of(
        c, turn.request, ask, window, said, [line_of(paper)], chosen, id=turn.request, waited=paper.asker
    )
    c.release(TURN, str(turn.request), paper.id)
    paper.record(TurnTakenUp(request=made.id))
    return {"demand": paper.id, "request": made.id}


@use_case("pass_turn", by=(Role.CLERK, *ASKING), emits=(TurnPassed, ReservationReleased), gives=("demand",))
def pass_turn(c: Command, *, demand: UUID) -> Outcome:
    """The turn was not taken up in time, or the body does not want it: what was held is free for the next in the queue."""
    paper = c.load(Demand, demand, "demand")
    ask_of("pass_turn", c, paper)
    _let_turn_go(c, paper)
    return {"demand": paper.id}


@use_case("lapse_demand", by=(Role.CLERK,), emits=(DemandLapsed,), gives=("demand",))
def lapse_demand(c: Command, *, demand: UUID) -> Outcome:
    """Notes that the last day of a demand has passed; it stopped waiting by time alone."""
    paper = c.load(Demand, demand, "demand")
    ask_of("lapse_demand", c, paper)
    if paper.state is DemandState.WAITING and not paper.waits(c.now):
        paper.record(DemandLapsed(body=paper.body))
    return {"demand": paper.id}


def _must_wait_once(c: Command, demand: Demand, asker: Body, place: str) -> None:
    """A body stands in the queue once for the same: how many it needs is said as quantity. Raises `WaitsAlready`, which names it."""
    other = take_place(c, place, demand)
    if other is not None:
        raise WaitsAlready(
            "body", body=asker.name, demand=paper_number(Demand.KIND, other.id), quantity=other.quantity
        )


def hold_for_turn(c: Command, paper: Demand, ask: Ask, takes: list[Take], request: UUID) -> None:
    """Its turn has come: these goods are held for it for a while, under the id that its request will have."""
    warehouse, holder = point_of(c, takes[0].asset)
    hours = hold_times(c, warehouse, holder).turn_hours
    until = min(c.now + timedelta(hours=hours), ask.window.end)
    for take in takes:
        make_room(c, take, ask, request)
        take.asset.record(
            Held(
                reservation=request, body=paper.body, quantity=take.quantity, window=ask.window, until=until,
                ready=ready_after(c, take.asset, ask.window.end),
            )
        )  # fmt: skip
    units = tuple(DemandUnit(take.asset.id, take.quantity) for take in takes)
    c.claim(TURN, str(request), paper.id)
    paper.record(TurnCame(request=request, body=paper.body, units=units, until=until))


def _let_turn_go(c: Command, paper: Demand) -> None:
    turn = paper.turn
    if turn is not None:
        let_go(c, turn.request, [one.asset for one in turn.units])
        c.release(TURN, str(turn.request), paper.id)
        paper.record(TurnPassed(body=paper.body))
