"""What the clerk writes down when a day has passed that nobody else's work ends: offers, decisions from outside and certificates.

They stopped holding by time, at their own instant. What is recorded here only lets people be told, and tidies up.
"""

from uuid import UUID

from domain.asset import Asset
from domain.command import Command
from domain.life.pooling import ListingEnded
from domain.papers.outside_decision import DecisionRanOut, OutsideDecision
from domain.papers.pool_check import CertificateRanOut, CheckState, PoolCheck
from domain.place import Place
from domain.usecases import Outcome, use_case
from domain.values import ROOT, Role

BY_THE_CLERK = (Role.CLERK,)


@use_case("end_listing", by=BY_THE_CLERK, emits=(ListingEnded,), gives=("asset",))
def end_listing(c: Command, *, asset: UUID) -> Outcome:
    """Takes an offer off the shelf whose last day has passed; what was prolonged or taken meanwhile stays as it is."""
    c.must(BY_THE_CLERK, ROOT)
    one = c.load(Asset, asset, "asset")
    offer = one.listing
    if offer is not None and offer.until is not None and offer.until <= c.now:
        place = c.load(Place, one.place) if one.place else None
        one.record(
            ListingEnded(
                listing=offer.id,
                until=offer.until,
                holder=one.holder,
                warehouse=place.warehouse if place else None,
            )
        )
    return {"asset": one.id}


@use_case("end_decision", by=BY_THE_CLERK, emits=(DecisionRanOut,), gives=("decision",))
def end_decision(c: Command, *, decision: UUID) -> Outcome:
    """Notes that a decision from outside has run out, unless it was taken back before."""
    c.must(BY_THE_CLERK, ROOT)
    paper = c.load(OutsideDecision, decision, "decision")
    if paper.expires is not None and paper.expires <= c.now and not (paper.taken_back or paper.ran_out):
        paper.record(DecisionRanOut(expires=paper.expires))
    return {"decision": paper.id}


@use_case("end_certificate", by=BY_THE_CLERK, emits=(CertificateRanOut,), gives=("pool_check",))
def end_certificate(c: Command, *, pool_check: UUID) -> Outcome:
    """Notes that the certificate of a pool check has run out, unless it was taken back before."""
    c.must(BY_THE_CLERK, ROOT)
    paper = c.load(PoolCheck, pool_check, "poolCheck")
    if (
        paper.state is CheckState.CERTIFIED
        and paper.due is not None
        and paper.due <= c.now
        and not paper.ran_out
    ):
        paper.record(CertificateRanOut(valid_until=paper.due))
    return {"pool_check": paper.id}
