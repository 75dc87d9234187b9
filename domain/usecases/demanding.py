"""The demand list: a body waits, wishes or watches; whose turn it is gets goods held for a while, then the next in the queue.

What serves a demand is asked of the same function as a request (`choosing.find`), so nobody's turn comes for what a request could not
have. Matching is asked for by the clerk and by keepers after every intake, return and release
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
from domain.papers.demand import (
    Demand,
    DemandEntered,
    DemandGivenUp,
    DemandKind,
    DemandLapsed,
    DemandMoved,
    DemandState,
    DemandUnit,
    NoTurn,
    TurnCame,
    TurnPassed,
    TurnTakenUp,
    WatchAlerted,
)
from domain.papers.request import RequestApproved, RequestDisplaced, RequestLine, RequestSubmitted
from domain.place import Place
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.terms import Form
from domain.usecases import Outcome, use_case
from domain.usecases.choosing import (
    Ask,
    Take,
    find,
    let_go,
    make_room,
    must_be_on_offer,
    not_enough,
    point_of,
    spare,
)
from domain.usecases.displacing import DISPLACING
from domain.usecases.holding import hold_times
from domain.usecases.lots import FOR_EVER
from domain.usecases.pool_checks import class_wanted, reviewing_office
from domain.usecases.pooling import ReasonMissing
from domain.usecases.request_rules import NotDueYet
from domain.usecases.requesting import Chosen, request_of
from domain.values import ROOT, ClassCode, Role, Window, free_text

MOST_QUANTITY = 1000
MOST_AHEAD = 100
"""So many earlier demands are looked at; behind a longer queue only staff can match, by moving a demand."""
QUIET = timedelta(days=1)
"""Who watches is told once a day at most."""
TURN = "turn"
"""The kind of claim by which a hold's id finds the demand whose turn it is."""
STEP = timedelta(microseconds=1)
ASKING = (Role.OFFICER, Role.ASSET_MANAGER)
ORDERING = (Role.KEEPER, Role.APPROVER, Role.ASSET_MANAGER)
MATCHING = (Role.CLERK, Role.KEEPER, Role.APPROVER, Role.ASSET_MANAGER)


class NotYourTurn(Refusal):
    """Somebody who fits comes earlier in the queue."""

    code = "NOT_YOUR_TURN"


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
        raise InvalidValue("quantity", value=quantity, most=MOST_QUANTITY)
    if (asset is None) is (class_code is None):
        raise InvalidValue("asset", value=str(asset or ""))
    if (form is Form.TRANSFER) is (window is not None) or (window is not None and window.end <= c.now):
        raise InvalidValue("window", value=window.end.isoformat() if window else "")
    if until.tzinfo is None or until <= c.now:
        raise InvalidValue("until", value=until.isoformat())
    thing = c.load(Asset, asset, "asset") if asset else None
    if thing is not None:
        rule.it_is_alive(c, thing)
    code = class_wanted(class_code, "classCode") if class_code else thing.class_code if thing else None
    demand = c.begin(Demand)
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
    c.must(ASKING, *c.load(Body, paper.body).scopes)
    if paper.turn is not None:
        _let_turn_go(c, paper)
    elif paper.state is DemandState.WAITING:
        paper.record(DemandGivenUp())
    else:
        raise AlreadyDone("demand", what=paper.state.value)
    return {"demand": paper.id}


@use_case("move_demand", by=ORDERING, emits=(DemandMoved,), gives=("demand",))
def move_demand(c: Command, *, demand: UUID, ahead_of: UUID) -> Outcome:
    """Puts a demand ahead of another one. Never one's own; with a reason that is published to all in the queue."""
    paper, other = c.load(Demand, demand, "demand"), c.load(Demand, ahead_of, "aheadOf")
    for one in (paper, other):
        _must_order(c, one)
    rule.not_the_same_person(c.person, (paper.asker,), "approver", "applicant")
    if not c.meta.reason:
        raise ReasonMissing("reason")
    paper.must_wait(c.now)
    other.must_wait(c.now)
    ahead = other.rank
    if paper.id == other.id or paper.rank < ahead:
        raise AlreadyDone("aheadOf", what=str(other.id))
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
    _must_match(c, paper)
    paper.must_wait(c.now)
    if paper.kind is DemandKind.WATCH:
        _alert(c, paper)
        return {"demand": paper.id}
    _nobody_comes_earlier(c, paper)
    request = c.new_id()
    ask = _asks(c, paper, request)
    takes, no = _serves(c, paper, ask)
    if not takes:
        raise no or not_enough(c, ask, _line(paper), paper.quantity, (), "demand")
    _hold(c, paper, ask, takes, request)
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
    body = c.load(Body, paper.body)
    c.must(ASKING, *body.scopes)
    must_have_standing(body, c, "demand")
    said = free_text(purpose, "purpose")
    if not said:
        raise ReasonMissing("purpose")
    if paper.turn is None or paper.turn.until <= c.now:
        raise NoTurn("demand", until=paper.turn.until.isoformat() if paper.turn else "")
    turn, ask = paper.turn, _asks(c, paper, paper.turn.request)
    assets = c.load_all(Asset, (one.asset for one in turn.units))
    for unit, asset in zip(turn.units, assets, strict=True):
        must_be_on_offer(c, asset, ask, "demand")
        if spare(c, asset, ask) < unit.quantity:
            raise not_enough(c, ask, _line(paper), paper.quantity, (), "demand")
    chosen = [Chosen(0, asset, unit.quantity) for unit, asset in zip(turn.units, assets, strict=True)]
    made = request_of(
        c, turn.request, ask, paper.window and ask.window, said, [_line(paper)], chosen, id=turn.request
    )
    c.release(TURN, str(turn.request), paper.id)
    paper.record(TurnTakenUp(request=made.id))
    return {"demand": paper.id, "request": made.id}


@use_case("pass_turn", by=(Role.CLERK, *ASKING), emits=(TurnPassed, ReservationReleased), gives=("demand",))
def pass_turn(c: Command, *, demand: UUID) -> Outcome:
    """The turn was not taken up in time, or the body does not want it: what was held is free for the next in the queue."""
    paper = c.load(Demand, demand, "demand")
    if not any(c.may(role, *c.load(Body, paper.body).scopes) for role in ASKING):
        c.must((Role.CLERK,), ROOT)
        if paper.turn is not None and paper.turn.until > c.now:
            raise NotDueYet("demand", due=paper.turn.until.isoformat())
    if paper.turn is None:
        raise NoTurn("demand", until="")
    _let_turn_go(c, paper)
    return {"demand": paper.id}


@use_case("lapse_demand", by=(Role.CLERK,), emits=(DemandLapsed,), gives=("demand",))
def lapse_demand(c: Command, *, demand: UUID) -> Outcome:
    """Notes that the last day of a demand has passed; it stopped waiting by time alone."""
    c.must((Role.CLERK,), ROOT)
    paper = c.load(Demand, demand, "demand")
    if paper.state is DemandState.WAITING and not paper.waits(c.now):
        paper.record(DemandLapsed(body=paper.body))
    return {"demand": paper.id}


def _nobody_comes_earlier(c: Command, paper: Demand) -> None:
    """Raises `NotYourTurn` when somebody who could be served now comes before."""
    if paper.class_code is None:
        return
    ahead = [id for id in c.waiting_for(paper.class_code) if id != paper.id]
    place = 0
    for other in c.load_all(Demand, ahead[:MOST_AHEAD]):
        if other.kind is DemandKind.WATCH or not other.waits(c.now) or other.rank > paper.rank:
            continue
        place += 1
        try:
            must_have_standing(c.load(Body, other.body), c, "demand")
        except Refusal:
            continue
        if _serves(c, other, _asks(c, other, other.id))[0]:
            raise NotYourTurn("demand", place=place, since=other.rank.since.isoformat())


def _serves(c: Command, paper: Demand, ask: Ask) -> tuple[list[Take], Refusal | None]:
    """Goods of one lending point that serve it in full, or nothing and why."""
    if paper.asset is not None:
        asset = c.load(Asset, paper.asset)
        try:
            must_be_on_offer(c, asset, ask, "demand")
        except Refusal as no:
            return [], no
        enough = spare(c, asset, ask) >= paper.quantity
        return ([Take(asset, paper.quantity)] if enough else []), None
    takes, why = find(c, ask, _line(paper), paper.quantity, ())
    enough = sum(one.quantity for one in takes) >= paper.quantity
    together = len({point_of(c, one.asset) for one in takes}) == 1
    return (takes if enough and together else []), why


def _hold(c: Command, paper: Demand, ask: Ask, takes: list[Take], request: UUID) -> None:
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


def _alert(c: Command, paper: Demand) -> None:
    if paper.alerted is not None and paper.alerted + QUIET > c.now:
        raise AlreadyDone("demand", what=paper.alerted.isoformat())
    ask = _asks(c, paper, paper.id)
    if paper.asset is not None:
        takes, why = _serves(c, paper, ask)
    else:
        takes, why = find(c, ask, _line(paper), paper.quantity, ())
    if not takes:
        raise why or not_enough(c, ask, _line(paper), paper.quantity, (), "demand")
    paper.record(WatchAlerted(body=paper.body, free=sum(one.quantity for one in takes)))


def _let_turn_go(c: Command, paper: Demand) -> None:
    turn = paper.turn
    if turn is not None:
        let_go(c, turn.request, [one.asset for one in turn.units])
        c.release(TURN, str(turn.request), paper.id)
        paper.record(TurnPassed(body=paper.body))


def _asks(c: Command, paper: Demand, request: UUID) -> Ask:
    """The question that its request would ask today: for what of its time is still to come."""
    window = paper.window or Window(c.now, FOR_EVER)
    return Ask(c.load(Body, paper.body), paper.form, Window(max(window.start, c.now), window.end), request)


def _line(paper: Demand) -> RequestLine:
    if paper.asset is not None:
        return RequestLine(quantity=paper.quantity, asset=paper.asset)
    return RequestLine(quantity=paper.quantity, class_code=paper.class_code, wishes=paper.note)


def _must_match(c: Command, paper: Demand) -> None:
    """The clerk, any keeper, or who orders the queue."""
    if not c.may(Role.CLERK, ROOT) and not any(grant.role is Role.KEEPER for grant in c.account.grants):
        _must_order(c, paper)


def _must_order(c: Command, paper: Demand) -> None:
    """Of one thing: its holder or keeper; of a class: the office that manages the asker's goods."""
    if paper.asset is not None:
        asset = c.load(Asset, paper.asset)
        place = c.load(Place, asset.place).scopes if asset.place else ()
        if c.may(Role.KEEPER, *place) or c.may(Role.ASSET_MANAGER, *c.load(Body, asset.holder).scopes):
            return
    office = reviewing_office(c, c.load(Body, paper.body))
    c.must((Role.APPROVER, Role.ASSET_MANAGER), *office.scopes)
