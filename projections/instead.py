"""What is free instead of what a request did not get? As it is now, not as it was when somebody lost it.

Queries (an open connection; `now` is always given):
    free_instead(connection, request, now)   [Instead]: of the same classes, for the same time, in the pool; open to everybody
"""

from datetime import UTC, datetime, timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.aggregate import Recorded
from domain.availability import Match, Wanted
from domain.papers.request import Request, RequestSubmitted
from domain.values import ClassCode, Window
from projections.feed import Connection, read_streams, readable
from projections.matches import found

MOST_CLASSES = 20
SOON = timedelta(days=14)
FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)
_LAST = 2**62
_CLASSES: LiteralString = (
    "SELECT DISTINCT class_scheme, class_edition, class_code FROM availability.stock"
    " WHERE asset = ANY(%s) AND class_code IS NOT NULL ORDER BY 1, 2, 3"
)


class Instead(NamedTuple):
    """At this place so many of the class are free in the whole time, and so many more come free soon after its start."""

    code: ClassCode
    match: Match


def free_instead(connection: Connection, request: UUID, now: datetime) -> list[Instead]:
    """Nothing once the time that was asked for is over."""
    facts = list(readable(read_streams(connection, [request], _LAST).get(request, ())))
    if not facts or not isinstance(facts[0].fact, RequestSubmitted):
        return []
    paper, asked = Request.replay(request, facts), _asked(facts[0])
    window = paper.window or Window(now, FOR_GOOD)
    if window.end <= now:
        return []
    window = Window(max(window.start, now), window.end)
    codes = [line.class_code for line in paper.lines if line.class_code is not None]
    codes += [ClassCode(*row) for row in connection.execute(_CLASSES, (asked,))]
    made = []
    for code in list(dict.fromkeys(codes))[:MOST_CLASSES]:
        wanted = Wanted(
            class_code=code.code, scheme=code.scheme, edition=code.edition, quantity=1, window=window
        )
        made += [Instead(code, match) for match in found(connection, wanted, SOON, now)]
    return made


def _asked(opening: Recorded) -> list[UUID]:
    """The things it named, or was given at first."""
    fact: RequestSubmitted = opening.fact  # type: ignore[assignment]  # the first fact of a request
    return [
        *(unit.asset for unit in fact.units),
        *(line.asset for line in fact.lines if line.asset is not None),
    ]
