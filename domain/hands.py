"""In whose hands is it? What keeps a body's file open, and a place from being closed.

Read models count the same in SQL; this is what they must agree with (docs/decisions/0006-closing-a-body.md).
An open paper needs no line of its own: what it is about is promised, out, in transit or in a disposal case,
and a mere request lapses with its asker.
"""

from uuid import UUID

from domain.asset import Asset, CustodyKind, Existence
from domain.place import Place

NEVER_WAS = frozenset({Existence.NONE, Existence.MERGED, Existence.UNDONE})


def hands_on(thing: Asset | Place) -> frozenset[UUID]:
    """The bodies (and the place) that cannot be closed because of this thing."""
    if isinstance(thing, Place):
        return frozenset() if thing.closed else frozenset({thing.operator, thing.owner})
    if thing.existence in NEVER_WAS:
        return frozenset()
    found = {promise.body for promise in thing.promises.values()} | {
        out.custody.body for out in thing.outs.values()
    }
    if thing.alive or thing.disposal is not None:
        found.add(thing.holder)
    if not thing.physically_gone and thing.custody.kind is not CustodyKind.GONE:
        found.add(thing.custody.body)
        if thing.place is not None:
            found.add(thing.place)
    return frozenset(found)
