"""The sharing rounds of one offer, as the API shows them: which ring may ask from when on, which one is mine, who has asked so far.

Everybody sees the rounds of what is on offer. Whose hold comes where in the order is told to everybody; which body it is, only to those
who read its request.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.schema.assets import BodyName
from api.schema.inputs import enum
from api.schema.policies import looking
from api.schema.reading import now_of, reach_of
from domain.asset import Asset
from domain.body import Body
from domain.command import Command
from domain.papers.request import Request
from domain.refusals import Unknown
from domain.rings import opens_at, ring_of, rounds_of
from domain.terms import RINGS, Ring
from domain.usecases.pooling import is_request
from projections import organisations

enum(Ring)


@strawberry.type(description="A ring of bodies, and from when on they may ask.")
class SharingRound:
    ring: Ring
    opens: datetime | None = strawberry.field(description="Empty: these bodies may not ask.")
    open: bool
    mine: bool


@strawberry.type(
    description="Somebody who has asked, in the order of time inside each ring; nearer rings come first."
)
class Asker:
    place: int
    ring: Ring
    since: datetime | None
    decided: bool = strawberry.field(description="Promised; what is only held gives way to a nearer ring.")
    quantity: int
    body: BodyName | None = strawberry.field(description="Told to those who may read the request.")
    request_id: UUID | None


@strawberry.type(description="The sharing rounds of one offer.")
class SharingRoundsOfOffer:
    listed: datetime | None
    confirm_by: datetime | None
    unconfirmed: bool
    rule: str
    version: int
    rounds: list[SharingRound]
    askers: list[Asker]


def rounds(
    info: Info,
    asset: UUID,
    body: Annotated[
        UUID | None,
        strawberry.argument(description="Whose ring is `mine`; the account's own body, if left out."),
    ] = None,
) -> SharingRoundsOfOffer | None:
    """`None` when it is not on offer, or there is no such body."""
    c, now = looking(info), now_of(info)
    try:
        one = c.load(Asset, asset, "asset")
        holder = c.load(Body, one.holder)
        mine = ring_of(c, holder, c.load(Body, body or c.acting_body))
    except Unknown:
        return None
    offer = one.listing
    if not one.alive or offer is None or not offer.live(now):
        return None
    found = rounds_of(c, one)
    since = offer.since or now
    opening = {ring: opens_at(found.terms, ring, since) for ring in RINGS}
    return SharingRoundsOfOffer(
        listed=offer.since, confirm_by=offer.confirm_by, unconfirmed=offer.unconfirmed(now), rule=found.rule, version=found.policy,
        rounds=[
            SharingRound(ring=ring, opens=opens, open=opens is not None and opens <= now, mine=ring is mine)
            for ring, opens in opening.items()
        ],
        askers=_askers(info, c, one, holder),
    )  # fmt: skip


def _askers(info: Info, c: Command, asset: Asset, holder: Body) -> list[Asker]:
    asked: list[tuple[int, datetime | None, UUID]] = []
    for paper, promise in asset.promises.items():
        if promise.binds(c.now) and is_request(c, paper):
            ring = ring_of(c, holder, c.load(Body, promise.body))
            asked.append((RINGS.index(ring), c.load(Request, paper).began, paper))
    asked.sort(key=lambda one: (one[0], one[1] or c.now, one[2]))
    reach = reach_of(info)
    own = reach.everything or not {asset.holder, asset.custody.body}.isdisjoint(reach.bodies)
    told = {paper for _, _, paper in asked if own or asset.promises[paper].body in reach.bodies}
    with info.context.app.reader.connection() as connection:
        names = organisations.names(connection, [asset.promises[paper].body for paper in told])
    return [
        Asker(
            place=place, ring=RINGS[ring], since=since, decided=asset.promises[paper].firm, quantity=asset.promises[paper].quantity,
            body=_named(asset.promises[paper].body, names) if paper in told else None, request_id=paper if paper in told else None,
        )
        for place, (ring, since, paper) in enumerate(asked, 1)
    ]  # fmt: skip


def _named(body: UUID, names: dict[UUID, str]) -> BodyName:
    return BodyName(id=body, name=names.get(body))
