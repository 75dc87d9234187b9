"""An inbox: what an account has read of what it was told. What it was told, the log itself says (`domain/notices.py`)."""

from uuid import UUID, uuid5

from domain.aggregate import Fact, Root
from domain.values import SPACE


class InboxReadUpTo(Fact, frozen=True, kw_only=True):
    """Everything up to a position of the log was read."""

    TOPIC = "inbox.read_up_to"
    position: int


class NoticeRead(Fact, frozen=True, kw_only=True):
    """One notice was read."""

    TOPIC = "inbox.notice_read"
    notice: UUID


class Inbox(Root):
    """An endless series of read marks. Nobody decides anything on it, so it is never loaded: marks are only added."""

    KIND = "inbox"


def inbox_of(account: UUID) -> UUID:
    """The stream of an account's read marks."""
    return uuid5(SPACE, f"inbox:{account}")


def notice_id(position: int, n: int) -> UUID:
    """A notice is the n-th thing that is said because of the fact at a position: the same for ever, in every rebuild."""
    return uuid5(SPACE, f"notice:{position}:{n}")
