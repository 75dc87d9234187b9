"""Does a hand-over keep to what was decided? Not longer than approved; earlier than approved lands, with a case."""

from datetime import datetime
from uuid import UUID

from domain.asset import Asset
from domain.command import Command
from domain.limits import zone_of
from domain.numbering import paper_number
from domain.papers.request import Request
from domain.refusals import Refusal, Unknown

TOO_EARLY = "breach:BEFORE_APPROVED_START"
"""The case of what was handed over on a day before the one from which it was approved."""


class DueAfterApproved(Refusal):
    """It was approved until an earlier day: what is to stay longer is extended, once it is out."""

    code = "DUE_AFTER_APPROVED"


def must_end_as_approved(c: Command, asset: Asset, due: datetime, kept: UUID | None) -> None:
    """Whoever hands out does not give longer than those who decided. Raises `DueAfterApproved`, which names the day."""
    request = request_of(c, kept)
    if kept is not None and request is not None and due > (end := asset.promises[kept].window.end):
        raise DueAfterApproved(
            "due",
            due=due.isoformat(),
            approved=end.isoformat(),
            request=paper_number(Request.KIND, request.id),
        )


def is_before_its_day(c: Command, asset: Asset, kept: UUID) -> bool:
    """On the same day nobody waits for the hour."""
    zone, begins = zone_of(c, asset), asset.promises[kept].window.start
    return (
        request_of(c, kept) is not None
        and c.occurred_at.astimezone(zone).date() < begins.astimezone(zone).date()
    )


def request_of(c: Command, promise: UUID | None) -> Request | None:
    """The approved request that a promise is kept for; of a reservation at the counter there is none."""
    try:
        return c.load(Request, promise) if promise is not None else None
    except Unknown:
        return None
