"""Reading one's inbox: what was read is marked, and stays marked on every screen."""

from uuid import UUID

from domain.command import Command
from domain.papers.inbox import InboxReadUpTo, NoticeRead, inbox_of
from domain.refusals import InvalidValue
from domain.usecases import Outcome, use_case
from domain.values import PEOPLES_ROLES

MOST_AT_ONCE = 200
LAST_POSITION = 2**63 - 1


@use_case("mark_read", by=PEOPLES_ROLES, emits=(NoticeRead, InboxReadUpTo), gives=("inbox",))
def mark_read(c: Command, *, notices: tuple[UUID, ...] = (), up_to: str = "") -> Outcome:
    """Marks notices of the account's own inbox as read, one by one, or all up to a position of the log (`upTo`)."""
    inbox = inbox_of(c.account.id)
    if not (notices or up_to):
        raise InvalidValue("notices", value="")
    if len(notices) > MOST_AT_ONCE:
        raise InvalidValue("notices", value=len(notices), most=MOST_AT_ONCE)
    for notice in dict.fromkeys(notices):
        c.next_in(inbox, NoticeRead(notice=notice))
    if up_to:
        if not up_to.isascii() or not up_to.isdigit() or int(up_to[:20]) > LAST_POSITION:
            raise InvalidValue("upTo", value=up_to[:40], because="position")
        c.next_in(inbox, InboxReadUpTo(position=int(up_to)))
    return {"inbox": inbox}
