"""An offer goes on or is taken back: its holder says again that it stands, or needs the thing itself.

An offer that stays at its holder's is to be confirmed every so often; when it was not, it shows as unconfirmed by time alone.
"""

from datetime import datetime
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body
from domain.command import Command
from domain.life.pooling import (
    ListingConfirmed,
    ListingTakenBack,
    ListingUnconfirmed,
    ReservationReleased,
)
from domain.papers.request import PENDING, Request, RequestUnit
from domain.papers.request_reasons import DisplacementReason
from domain.policies import Promised
from domain.usecases import Outcome, ask, use_case
from domain.usecases.displacing import DISPLACING, displace
from domain.usecases.pooling import (
    OFFERING,
    STAYS_SHAREABLE,
    ReasonMissing,
    confirm_by,
    is_request,
    it_has_been_wiped,
    it_is_listed,
    it_is_on_offer,
    must_end_later,
    named_together,
)
from domain.values import ROOT, Role

CONFIRMING = (rule.its_holder_or_keeper_asks, *STAYS_SHAREABLE, it_has_been_wiped, it_is_on_offer)


def it_is_promised_to_nobody_firmly(c: Command, asset: Asset) -> None:
    """Promises and turns of the queue stand; a hold of a request that nobody has decided gives way to its holder."""
    firm = [
        promise.body
        for paper, promise in asset.promises.items()
        if promise.binds(c.now) and (promise.firm or not is_request(c, paper))
    ]
    if firm:
        raise Promised("asset", asset=asset.number, by=named_together(c, firm))


TAKING_BACK = (rule.its_holder_asks, it_is_listed, it_is_promised_to_nobody_firmly)


@use_case(
    "confirm_listing", by=OFFERING, emits=(ListingConfirmed,), gives=("asset", "listing"), rules=CONFIRMING
)
def confirm_listing(c: Command, *, asset: UUID, until: datetime | None = None) -> Outcome:
    """Says again that an offer stands. `until`: it is prolonged, or ends earlier; left out, its last day stays."""
    one = c.load(Asset, asset, "asset")
    ask(CONFIRMING, c, one)
    must_end_later(c, until)
    offer = one.listing
    if offer is None:
        return {"asset": one.id}
    one.record(ListingConfirmed(listing=offer.id, until=until or offer.until, confirm_by=confirm_by(c, one)))
    return {"asset": one.id, "listing": offer.id}


@use_case(
    "take_back_listing",
    by=(Role.ASSET_MANAGER,),
    emits=(ListingTakenBack, ReservationReleased, *DISPLACING),
    gives=("asset",),
    rules=TAKING_BACK,
)
def take_back_listing(c: Command, *, asset: UUID) -> Outcome:
    """The holder needs it for itself, and says why. What is promised stays promised; requests nobody has decided lose it and are told."""
    one = c.load(Asset, asset, "asset")
    ask(TAKING_BACK, c, one)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    for paper, promise in list(one.promises.items()):
        if promise.firm or not is_request(c, paper):
            continue
        one.record(ReservationReleased(reservation=paper))
        request = c.load(Request, paper)
        line, quantity = request.units.get(one.id, (0, 0))
        if quantity and request.state in PENDING:
            units = (RequestUnit(one.id, line, quantity),)
            displace(c, request, units, DisplacementReason.NEEDED_BY_HOLDER, None, c.meta.reason)
    if one.listing is not None:
        one.record(ListingTakenBack(listing=one.listing.id, holder=one.holder))
    return {"asset": one.id}


@use_case("note_unconfirmed_listing", by=(Role.CLERK,), emits=(ListingUnconfirmed,), gives=("asset",))
def note_unconfirmed_listing(c: Command, *, asset: UUID) -> Outcome:
    """Notes that the day has passed by which an offer was to be confirmed, so that its holder is told. It stays on offer, unconfirmed."""
    c.must((Role.CLERK,), ROOT)
    one = c.load(Asset, asset, "asset")
    offer = one.listing
    if offer is not None and offer.unconfirmed(c.now) and not offer.told:
        c.load(Body, one.holder)
        one.record(
            ListingUnconfirmed(listing=offer.id, holder=one.holder, confirm_by=offer.confirm_by or c.now)
        )
    return {"asset": one.id}
