"""May this body ask for something new, and who answers for it now?

A division is judged on the nearest accountable body. A promise is judged by the moment it is recorded, whatever date it is given:
nobody gets round a decree by dating back. What has already happened lands anyway (`still_open`), if need be in a body's liquidation.
"""

from uuid import UUID

from domain.body import Body, BodyFileClosed, Standing
from domain.command import Command
from domain.refusals import Refusal

LONGEST_SUCCESSION = 20


class NoStanding(Refusal):
    """A body that is in liquidation, closed, or outside the administration cannot ask for anything new."""

    code = "NO_STANDING"


def standing_of(c: Command, body: Body) -> Standing:
    """The worse of its own standing and that of the accountable body, now."""
    at = max(c.now, c.occurred_at)
    own = body.standing(at)
    if own is Standing.FULL and body.accountable != body.id:
        return c.load(Body, body.accountable).standing(at)
    return own


def must_have_standing(body: Body, c: Command, path: str = "body") -> None:
    """Before every new promise: a request, a reservation, a loan, a transfer to it, an intake from it, a new card."""
    standing = standing_of(c, body)
    if standing is not Standing.FULL:
        raise NoStanding(path, body=body.name, standing=standing)


def may_still_hand_over(body: Body, c: Command, path: str = "body") -> None:
    """Before returning, handing over, signing: allowed in liquidation, and to those outside, until the file is closed."""
    if body.closed:
        raise BodyFileClosed(path, body=body.name)


def answers_now(c: Command, body: UUID) -> Body:
    """The body itself, or the one it was merged into: who settles what it left behind. After a split it is still the body itself."""
    found = c.load(Body, body)
    for _ in range(LONGEST_SUCCESSION):
        if len(found.successors) != 1:
            break
        found = c.load(Body, found.successors[0])
    return found


def same_accountable(c: Command, one: UUID, other: UUID) -> bool:
    """Whether two bodies are the same one to the outside: divisions of one body, or become one by a merger."""
    first, second = (answers_now(c, c.load(Body, body).accountable).id for body in (one, other))
    return first == second
