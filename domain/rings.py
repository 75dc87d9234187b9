"""How near is the asker to the holder, and is its round open? Own department, same level, other levels; nearer rings first.

Two bodies are of one department when they share the topmost superior (the line department); of one level when their level of
government and their region are the same. Sources: rounds of local public-goods warehouse rules; screening rounds of 41 CFR 102-36.
"""

from datetime import datetime, timedelta

from domain.asset import Asset
from domain.body import Body, Relation
from domain.command import Command
from domain.place import Place
from domain.policy_book import InForce, terms
from domain.refusals import Refusal
from domain.terms import RINGS, Ring, SharingRounds

LONGEST_LINE = 20


class RoundNotOpen(Refusal):
    """The round of this ring opens later; nearer bodies are asked first."""

    code = "ROUND_NOT_OPEN"


def ring_of(c: Command, holder: Body, asker: Body) -> Ring:
    """How near a body is to the holder. Both are judged on the nearest accountable body."""
    one, other = c.load(Body, holder.accountable), c.load(Body, asker.accountable)
    if one.id == other.id or _department(c, one).id == _department(c, other).id:
        return Ring.OWN_DEPARTMENT
    if one.level is other.level and one.region == other.region:
        return Ring.SAME_LEVEL
    return Ring.OTHER_LEVELS


def must_be_open_to(c: Command, asset: Asset, asker: Body, path: str = "asset") -> Ring:
    """The asker's ring, whose round is open for this listing. Raises `RoundNotOpen`, which names the rule and the day it opens."""
    ring = ring_of(c, c.load(Body, asset.holder), asker)
    since = asset.listing.since if asset.listing else None
    found = rounds_of(c, asset)
    opens = opens_at(found.terms, ring, since or c.now)
    if opens is None or opens > c.now:
        raise RoundNotOpen(
            path, asset=asset.number, ring=ring, opens=opens.isoformat() if opens else "", rule=found.rule, policy=found.policy
        )  # fmt: skip
    return ring


def rounds_of(c: Command, asset: Asset) -> InForce[SharingRounds]:
    """The rounds that hold for an asset: of its warehouse, its holder, its class."""
    warehouse = c.load(Place, asset.place) if asset.place else None
    return terms(
        c, SharingRounds, warehouse=warehouse, body=c.load(Body, asset.holder), class_code=asset.class_code
    )


def opens_at(rounds: SharingRounds, ring: Ring, listed: datetime) -> datetime | None:
    """When a ring may ask; a nearer ring never waits longer than one further out. `None`: never."""
    days = [one.opens_after_days for one in rounds.rounds if RINGS.index(one.ring) >= RINGS.index(ring)]
    return listed + timedelta(days=min(days)) if days else None


def _department(c: Command, body: Body) -> Body:
    """The topmost superior of a line of bodies, as it is now."""
    for _ in range(LONGEST_LINE):
        above = body.related(Relation.SUPERVISED_BY, c.now)
        if above is None:
            break
        body = c.load(Body, above)
    return body
