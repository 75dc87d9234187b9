"""The order of time is overridden: what is held for a request that nobody has decided goes to somebody who waits, with a reason.

Only the manager of the pool may, never in his own matter, and never against a nearer ring. The reason is published to both; whoever
loses is told, and comes first in the queue with the time at which he had asked.
"""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, must_have_standing, same_accountable
from domain.command import Command
from domain.life.pooling import Held, ReservationReleased
from domain.papers.demand import Demand, DemandKind, DemandUnit, TurnCame
from domain.papers.preference import DemandPreferred
from domain.papers.request import Request, RequestState, RequestUnit
from domain.papers.request_reasons import DisplacementReason
from domain.place import Place
from domain.refusals import InvalidValue, Refusal
from domain.rings import ring_of
from domain.terms import RINGS
from domain.usecases import Outcome, use_case
from domain.usecases.choosing import Take, must_be_on_offer, not_enough, spare
from domain.usecases.demanding import hold_for_turn
from domain.usecases.displacing import DISPLACING, displace
from domain.usecases.pooling import ReasonMissing
from domain.usecases.turns import asks_for, line_of, must_not_be_blocked_at
from domain.values import Role

OVERRIDING = (Role.ASSET_MANAGER,)


class NearerRingFirst(Refusal):
    """Bodies of a nearer ring come first, whatever the manager would like."""

    code = "NEARER_RING_FIRST"


class OwnMatter(Refusal):
    """Nobody decides in favour of the body he acts for."""

    code = "OWN_MATTER"


@use_case(
    "override_order",
    by=OVERRIDING,
    emits=(DemandPreferred, TurnCame, Held, ReservationReleased, *DISPLACING),
    gives=("request", "demand"),
)
def override_order(c: Command, *, request: UUID, demand: UUID) -> Outcome:
    """Gives what is held for a pending request to a demand that waits. Needs a reason, which both sides and all in the queue may read.

    Whoever loses it is told, with what is free instead, and comes first in the queue.
    """
    loser, winner = c.load(Request, request, "request"), c.load(Demand, demand, "demand")
    _must_be_managed(c, loser, winner)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    loser.must_be(RequestState.SUBMITTED, RequestState.CHANGED)
    winner.must_wait(c.now)
    if winner.kind is DemandKind.WATCH:
        raise InvalidValue("demand", value=winner.kind, because="watch_asks_nothing")
    must_have_standing(c.load(Body, winner.body), c, "demand")
    turn = c.new_id()
    takes = _given_up(c, loser, winner)
    ask = asks_for(c, winner, turn)
    for take in takes:
        must_be_on_offer(c, take.asset, ask, "demand")
    if sum(take.quantity for take in takes) < winner.quantity or any(
        spare(c, one.asset, ask) < one.quantity for one in takes
    ):
        raise not_enough(c, ask, line_of(winner), winner.quantity, (), "demand")
    must_not_be_blocked_at(c, winner, takes[0].asset)
    lost = tuple(RequestUnit(take.asset.id, loser.units[take.asset.id][0], take.quantity) for take in takes)
    displace(c, loser, lost, DisplacementReason.MANAGER_DECIDED, winner.id, c.meta.reason)
    hold_for_turn(c, winner, ask, takes, turn)
    units = tuple(DemandUnit(take.asset.id, take.quantity) for take in takes)
    winner.record(DemandPreferred(body=winner.body, over=loser.id, units=units))
    return {"request": loser.id, "demand": winner.id}


def _must_be_managed(c: Command, loser: Request, winner: Demand) -> None:
    """The asset manager of the holder, or of who runs the warehouse; neither asked, and neither gains."""
    scopes = c.load(Body, loser.holder).scopes
    if loser.warehouse is not None:
        scopes += c.load(Body, c.load(Place, loser.warehouse).operator).scopes
    c.must(OVERRIDING, *scopes)
    rule.not_the_same_person(c.person, (loser.asker, winner.asker), "approver", "applicant")
    if same_accountable(c, c.acting_body, winner.body):
        raise OwnMatter("demand", body=c.load(Body, winner.body).name)


def _given_up(c: Command, loser: Request, winner: Demand) -> list[Take]:
    """What of the request serves the demand is let go; of a lot, what is not needed stays held."""
    takes: list[Take] = []
    missing = winner.quantity
    for id, (_, had) in list(loser.units.items()):
        asset = c.load(Asset, id)
        promise = asset.promises.get(loser.id)
        if not missing or promise is None or not _fits(asset, winner):
            continue
        _must_not_be_nearer(c, asset, loser, winner)
        quantity = min(missing, had)
        asset.record(ReservationReleased(reservation=loser.id))
        if had > quantity:
            asset.record(
                Held(
                    reservation=loser.id, body=promise.body, quantity=had - quantity, window=promise.window,
                    until=promise.until or promise.window.end, ready=promise.ready,
                )
            )  # fmt: skip
        takes.append(Take(asset, quantity))
        missing -= quantity
    return takes


def _fits(asset: Asset, winner: Demand) -> bool:
    if winner.asset is not None:
        return asset.id == winner.asset
    code, wanted = asset.class_code, winner.class_code
    if code is None or wanted is None or not code.code.startswith(wanted.code):
        return False
    return wanted.scheme in ("", code.scheme) and wanted.edition in ("", code.edition)


def _must_not_be_nearer(c: Command, asset: Asset, loser: Request, winner: Demand) -> None:
    holder = c.load(Body, asset.holder)
    theirs, ours = (ring_of(c, holder, c.load(Body, body)) for body in (loser.body, winner.body))
    if RINGS.index(theirs) < RINGS.index(ours):
        raise NearerRingFirst("demand", body=c.load(Body, loser.body).name, ring=theirs)
