"""What resolvers share: whose things the asker reads, which moment is asked for, and waiting for one's own writes."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.listing import Filter
from api.graphql.problems import Rejected
from api.graphql.scalars import Position
from projections.feed import position_at
from projections.reach import Reach
from projections.register import FOREVER
from projections.runner import ProjectionBehind

WAIT_S = 5.0

AfterPosition = Annotated[
    Position | None,
    strawberry.argument(
        description="Read no view older than this position of the log: what a command answered. Waits a few seconds at most."
    ),
]


@strawberry.input(description="A point on both clocks. What is left out is now.")
class AsOf:
    true_at: datetime | None = strawberry.field(
        default=None, description="What was so then, by what was known at `knownAt`."
    )
    known_at: datetime | None = strawberry.field(default=None, description="What the register said then.")
    known_at_position: Position | None = strawberry.field(
        default=None, description="`knownAt` as a position of the log; instead of it, never beside it."
    )


def reach_of(info: Info) -> Reach:
    """Whose things the asker may read."""
    notes = info.context.notes
    if "reach" not in notes:
        notes["reach"] = info.context.app.reaches.of(info.context.principal.account)
    found: Reach = notes["reach"]
    return found


def now_of(info: Info) -> datetime:
    """One moment for the whole request: two fields never disagree about what is overdue."""
    found: datetime = info.context.notes.setdefault("now", datetime.now(UTC))
    return found


def wait_for(info: Info, projection: str, position: int | None) -> None:
    """Waits until a view has come to a position. Never shows stale rows: rejects with PROJECTION_BEHIND."""
    if position is None:
        return
    try:
        info.context.app.runner.wait_for(projection, position, WAIT_S)
    except ProjectionBehind as behind:
        raise Rejected(
            "PROJECTION_BEHIND", info.context.language, wanted=position, position=behind.position
        ) from behind


def known_position(info: Info, as_of: AsOf | None) -> int | None:
    """Up to which position of the log is to be known; `None`: all of it. Said in both ways, it is refused."""
    if as_of is None:
        return None
    if as_of.known_at is not None and as_of.known_at_position is not None:
        raise Rejected("KNOWN_TWICE", info.context.language)
    if as_of.known_at_position is not None:
        return int(as_of.known_at_position)
    if as_of.known_at is None:
        return None
    with info.context.app.reader.connection() as connection:
        return position_at(connection, as_of.known_at)


def moment(info: Info, as_of: AsOf | None) -> dict[str, object]:
    """The parameters of a point on both clocks."""
    if as_of is None:
        return {"now": now_of(info)}
    position = known_position(info, as_of)
    known = FOREVER if position is None else position
    return {"true": as_of.true_at or "infinity", "known": known, "now": as_of.true_at or now_of(info)}


def readable(info: Info, as_of: AsOf | None) -> Filter:
    """The parameters every statement over the register takes: the asker's reach and the moment."""
    return Filter("true", {**reach_of(info).values(), **moment(info, as_of)})
