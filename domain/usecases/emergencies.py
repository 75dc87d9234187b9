"""Emergency orders: what is free first, then what is only held, then what is promised (who asked last loses first), then what is lent.

All in one command. Whoever is displaced is told, and comes first in the queue with the time at which he had asked
(docs/decisions/0015-demand-and-emergency.md).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.asset import Asset
from domain.availability import Wanted
from domain.body import Body, Relation, must_have_standing, same_accountable
from domain.command import Command
from domain.life.pooling import Held, ReservationReleased, Reserved
from domain.limits import ready_after
from domain.papers.demand import Demand, TurnDisplaced
from domain.papers.emergency import (
    Emergency,
    EmergencyEnded,
    EmergencyIssued,
    EmergencyLine,
    EmergencyUnit,
    Taken,
    UnitsTaken,
)
from domain.papers.kit import it_is_not_in_a_kit
from domain.papers.outside_decision import Matter, OutsideDecision, list_hash
from domain.papers.request import RequestUnit
from domain.papers.request_reasons import DisplacementReason
from domain.refusals import AlreadyDone, InvalidValue, Refusal, TooMany, Unknown
from domain.terms import Form
from domain.usecases import Outcome, permitted_on, use_case
from domain.usecases.choosing import let_go
from domain.usecases.demanding import TURN
from domain.usecases.displacing import DISPLACING, displace, enter_displaced
from domain.usecases.kit_lines import only_asked_for
from domain.usecases.making_way import (
    InTheWay,
    Taking,
    break_it,
    in_the_way,
    only_what_must,
    request_of_promise,
    room,
)
from domain.usecases.pool_check_rules import class_wanted, reviewing_office
from domain.usecases.pooling import PROMISING, ReasonMissing
from domain.usecases.recalling import RECALLING
from domain.values import ROOT, Role, Window

ORDER = "emergency_order"
"""The kind of claim that lets a decision carry one order only."""
MOST_LINES = 50
MOST_QUANTITY = 1000
PER_FACT = 300
SHORTEST_RECALL = timedelta(days=1)
ISSUING = (Role.APPROVER, Role.ASSET_MANAGER)


def its_office_asks(c: Command, paper: Emergency) -> None:
    c.must(ISSUING, *c.load(Body, paper.office).scopes)


def it_goes_on(c: Command, paper: Emergency) -> None:
    if paper.closed:
        raise AlreadyDone("emergency", what=paper.number)


ON_EMERGENCY: dict[str, Sequence[Callable[[Command, Emergency], None]]] = {
    "end_emergency_order": (its_office_asks, it_goes_on),
}
"""What can be done with an order, and the rules that are asked first."""


@use_case(
    "issue_emergency_order",
    by=ISSUING,
    emits=(
        EmergencyIssued,
        UnitsTaken,
        Reserved,
        Held,
        ReservationReleased,
        TurnDisplaced,
        *DISPLACING,
        *RECALLING,
    ),
    gives=("emergency",),
)
def issue_emergency_order(
    c: Command, *, decision: UUID, body: UUID, lines: tuple[EmergencyLine, ...], window: Window, back_by: datetime | None = None
) -> Outcome:  # fmt: skip
    """By a verified decision on exactly these lines, takes what a body needs in an emergency. It takes what there is."""
    to = c.load(Body, body, "body")
    office = reviewing_office(c, to)
    c.must(ISSUING, *office.scopes)
    must_have_standing(to, c, "body")
    if not lines or len(lines) > MOST_LINES or sum(one.quantity for one in lines) > MOST_QUANTITY:
        raise TooMany("lines", most=MOST_LINES)
    wanted = tuple(_sound(one, f"lines.{n}") for n, one in enumerate(lines))
    if window.end <= c.now:
        raise InvalidValue("window", value=window.end.isoformat(), after=c.now.isoformat())
    basis = c.load(OutsideDecision, decision, "decision")
    if not any(same_accountable(c, basis.body, one.id) for one in (to, office)):
        raise Unknown("decision", id=str(decision))
    basis.must_carry(Matter.EMERGENCY, list_hash(one.item for one in lines), c.now)
    back = back_by or max(window.start, c.now + SHORTEST_RECALL)
    if not c.now < back < window.end:
        raise InvalidValue("backBy", value=back.isoformat(), because="back_by")
    paper = c.begin(Emergency)
    c.claim(ORDER, str(basis.id), paper.id)
    paper.record(
        EmergencyIssued(
            body=to.id, office=office.id, decision=basis.id, number=basis.number, window=window, back_by=back, lines=wanted
        )
    )  # fmt: skip
    begins = max(window.start, c.now)
    taking = Taking(paper, Window(begins, window.end), back, {}, set(), {}, defaultdict(dict), {})
    for n, line in enumerate(wanted):
        _take_line(c, taking, n, line, to, office)
    _promise(c, taking, to)
    _displace(c, taking)
    return {"emergency": paper.id}


@use_case(
    "end_emergency_order", by=ISSUING, emits=(EmergencyEnded, ReservationReleased), gives=("emergency",)
)
def end_emergency_order(c: Command, *, emergency: UUID) -> Outcome:
    """The emergency is over: what was not fetched is free. Needs a reason."""
    paper = c.load(Emergency, emergency, "emergency")
    for one in ON_EMERGENCY["end_emergency_order"]:
        one(c, paper)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    let_go(c, paper.id, dict.fromkeys(unit.asset for unit in paper.units))
    paper.record(EmergencyEnded())
    return {"emergency": paper.id}


def permitted_on_emergency(c: Command, paper: Emergency) -> dict[str, Refusal | None]:
    """For every action on an order: `None` if this account may do it now, else why not."""
    return permitted_on(c, ON_EMERGENCY, paper)


def _take_line(c: Command, taking: Taking, n: int, line: EmergencyLine, to: Body, office: Body) -> None:
    """What is free first; then whatever stands in the way of the rest, in its order."""
    assets = {asset.id: asset for asset in _within_reach(c, line, taking, to, office)}
    needed, units = line.quantity, list[EmergencyUnit]()

    def take(asset: Asset, most: int, was: Taken) -> int:
        nonlocal needed
        count = max(0, min(needed, most))
        if count:
            needed -= count
            taking.units[asset.id] = taking.units.get(asset.id, 0) + count
            units.append(EmergencyUnit(asset.id, count, was))
            if was is Taken.LENT:
                taking.lent[asset.id] = taking.lent.get(asset.id, 0) + count
        return count

    for asset in assets.values():
        take(asset, room(c, taking, asset, ()), Taken.FREE)
    broken: dict[UUID, list[InTheWay]] = defaultdict(list)
    for one in sorted(in_the_way(c, taking, assets.values(), to), key=lambda one: one.order):
        if needed <= 0:
            break
        asset = assets[one.asset]
        broken[asset.id].append(one)
        free = room(c, taking, asset, broken[asset.id])
        if free > 0:
            wanted = min(free, needed)
            for other in only_what_must(c, taking, asset, broken[asset.id], wanted):
                break_it(c, taking, asset, other, wanted)
            take(asset, min(wanted, room(c, taking, asset, ())), one.was)
            broken[asset.id] = [other for other in broken[asset.id] if other.paper in asset.promises]
    for at in range(0, max(len(units), 1), PER_FACT):
        taking.paper.record(
            UnitsTaken(line=n, units=tuple(units[at : at + PER_FACT]), missing=max(needed, 0))
        )


def _promise(c: Command, taking: Taking, to: Body) -> None:
    """What was taken is promised to the body, under the order's id; what has to come back first, from that day on.

    Of a lot that is partly here, all from the beginning: what is here is nobody else's meanwhile.
    """
    for asset in c.load_all(Asset, taking.units):
        window = taking.window
        if taking.lent.get(asset.id) == taking.units[asset.id]:
            window = Window(max(window.start, taking.back_by), window.end)
        asset.record(
            Reserved(
                reservation=taking.paper.id, body=to.id, quantity=taking.units[asset.id], window=window,
                ready=ready_after(c, asset, window.end),
            )
        )  # fmt: skip


def _displace(c: Command, taking: Taking) -> None:
    """Whoever lost something is told, and put at the head of the queue."""
    for id, lost in taking.lost.items():
        request = request_of_promise(c, id)
        if request is not None:
            units = [
                RequestUnit(asset, request.units.get(asset, (0, 0))[0], count)
                for asset, count in lost.items()
            ]
            displace(c, request, units, DisplacementReason.EMERGENCY, taking.paper.id)
            continue
        demand = c.owner_of(TURN, str(id))
        if demand is not None:
            waiting = c.load(Demand, demand)
            let_go(c, id, [unit.asset for unit in waiting.turn.units] if waiting.turn else ())
            waiting.record(TurnDisplaced(body=waiting.body, by=taking.paper.id))
            c.release(TURN, str(id), waiting.id)
            continue
        for asset in c.load_all(Asset, lost):
            promise = taking.promised[id, asset.id]
            enter_displaced(
                c, body=promise.body, class_code=asset.class_code, asset=None if asset.class_code else asset.id,
                quantity=lost[asset.id], form=Form.LOAN, window=promise.window, since=c.now, by=taking.paper.id,
            )  # fmt: skip


def _within_reach(c: Command, line: EmergencyLine, taking: Taking, to: Body, office: Body) -> Iterator[Asset]:
    """Goods of the bodies that the office manages, in a state to be used; not what the body has itself."""
    if line.asset is not None:
        found = [c.load(Asset, line.asset)]
    else:
        code = line.class_code
        if code is None:
            return
        wanted = Wanted(
            class_code=code.code,
            scheme=code.scheme,
            edition=code.edition,
            quantity=line.quantity,
            window=taking.window,
        )
        found = c.load_all(Asset, c.candidates(wanted))
    for asset in found:
        holder = c.load(Body, c.load(Body, asset.holder).accountable)
        managed = {ROOT, holder.id, holder.related(Relation.OFFICES_ADMINISTRATION, c.now)}
        if (
            office.id in managed
            and not same_accountable(c, holder.id, to.id)
            and _usable(c, asset, taking.window)
        ):
            yield asset


def _usable(c: Command, asset: Asset, window: Window) -> bool:
    try:
        for one in PROMISING:
            if one is not it_is_not_in_a_kit or not only_asked_for(c, asset, window):
                one(c, asset)
    except Refusal:
        return False
    return True


def _sound(line: EmergencyLine, path: str) -> EmergencyLine:
    if line.quantity < 1:
        raise InvalidValue(f"{path}.quantity", value=line.quantity, least=1)
    if (line.asset is None) is (line.class_code is None):
        raise InvalidValue(f"{path}.asset", value=str(line.asset or ""), because="thing_or_class")
    code = line.class_code
    return EmergencyLine(
        quantity=line.quantity,
        asset=line.asset,
        class_code=class_wanted(code, f"{path}.classCode") if code else None,
    )
