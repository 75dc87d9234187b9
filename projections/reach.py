"""What may an account read? Its own subtree (bodies that hold or keep a thing) and whatever is offered in the pool, for everybody.
Who runs the store where a thing belongs reads it also while it is out on loan: it is the store that gets it back.

The filter is part of every statement, also of counts, of the past and of history. A small reach is read body by body from an index,
so a page costs the same in a register of a million; a wide one is a filter on the way, because it meets what it may see soon.
"""

from typing import LiteralString, NamedTuple
from uuid import UUID

SMALL = 50


class Reach(NamedTuple):
    """The bodies whose things an account reads; `everything` for those who read the whole installation."""

    everything: bool
    bodies: tuple[UUID, ...] = ()

    @property
    def small(self) -> bool:
        return not self.everything and len(self.bodies) <= SMALL

    def values(self) -> dict[str, object]:
        return {"bodies": list(self.bodies)}


EVERYTHING = Reach(True)
NOTHING_BUT_OFFERS = Reach(False)

OFFERED: LiteralString = "(a.listing IS NOT NULL AND (a.listed_until IS NULL OR a.listed_until > coalesce(%(now)s::timestamptz, now())))"
OFFERED_IN_TOTAL: LiteralString = OFFERED.replace("a.listing IS NOT NULL", "a.listed")
_OURS: LiteralString = "a.holder = ANY(%(bodies)s::uuid[]) OR a.custody_body = ANY(%(bodies)s::uuid[])"
MAY_READ: LiteralString = f"({_OURS} OR {OFFERED})"
"""The condition on a row `a` of the stock: parameters `bodies` and `now`."""
MAY_READ_TOTAL: LiteralString = f"({_OURS} OR {OFFERED_IN_TOTAL})"
"""The same on a row `a` of `availability.total`, which counts things that are alike in all this asks for."""

OUT: LiteralString = "a.custody_kind IN ('out', 'transit')"
STORES: LiteralString = "SELECT p.id FROM organisations.place p WHERE p.operator = ANY(%(bodies)s::uuid[])"
MAY_READ_THERE: LiteralString = f"({MAY_READ} OR ({OUT} AND a.place = ANY(ARRAY({STORES}))))"
"""The same on a row `a` of the register (`current`, or the past), which says where a thing is and where it belongs."""
