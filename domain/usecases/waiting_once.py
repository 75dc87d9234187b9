"""Does this body wait for the very same already? It stands in the queue once; how many it needs is said as quantity.

Whoever is displaced waits too: his place is taken like any other, if the body has not taken it itself.
"""

from datetime import UTC
from uuid import UUID

from domain.body import Body
from domain.command import Command
from domain.papers.demand import Demand, DemandState
from domain.terms import Form
from domain.values import ClassCode, Window

WAITS = "waits"
"""The kind of claim by which what a body waits for finds its demand."""


def place_in_the_queue(
    asker: Body, form: Form, code: ClassCode | None, asset: UUID | None, window: Window | None
) -> str:
    """What makes two demands the same one: an accountable body, a form, a class or a thing, and a time."""
    what = str(asset) if asset or code is None else f"{code.scheme}/{code.edition}/{code.code}"
    span = (one.astimezone(UTC).isoformat() for one in (window.start, window.end)) if window else ()
    return "/".join((str(asker.accountable), form, what, *span))


def take_place(c: Command, place: str, demand: Demand) -> Demand | None:
    """Takes the place for a demand. If another one that is open has it, that is the answer, and it keeps the place."""
    mine = next((owner for kind, key, owner in c.claims if (kind, key) == (WAITS, place)), None)
    if mine is not None:  # two lines of one request
        return c.load(Demand, mine)
    open_one = c.owner_of(WAITS, place)
    if open_one is not None:
        other = c.load(Demand, open_one)
        if other.waits(c.now) or other.state is DemandState.TURN:
            return other
        c.release(WAITS, place, other.id)
    c.claim(WAITS, place, demand.id)
    return None
