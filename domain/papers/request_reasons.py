"""Why a request came to nothing: the lists people choose from, and what time or others do to it."""

from enum import StrEnum


class RefusalReason(StrEnum):
    """Why a request is refused. The first nine are the classes of a large real record of transfers of surplus goods."""

    GONE_FROM_POOL = "gone_from_pool"
    ALLOCATED_TO_ANOTHER = "allocated_to_another"
    JUSTIFICATION_INSUFFICIENT = "justification_insufficient"
    ROUND_CLOSED = "round_closed"
    RECEIPTS_UNSIGNED = "receipts_unsigned"
    OVER_LIMIT = "over_limit"
    PAPERS_MISSING = "papers_missing"
    PROHIBITED = "prohibited"
    NOTED = "noted"
    ASKER_APPROVES = "asker_approves"
    NEEDED_BY_HOLDER = "needed_by_holder"
    UNFIT = "unfit"


class CancelReason(StrEnum):
    """Why whoever asked takes a request back. Noted: the note says it."""

    NOT_NEEDED = "not_needed"
    FOUND_ELSEWHERE = "found_elsewhere"
    DATES_MOVED = "dates_moved"
    ASKED_BY_MISTAKE = "asked_by_mistake"
    NOT_SUITABLE = "not_suitable"
    NO_TRANSPORT = "no_transport"
    NOTED = "noted"


class LapseReason(StrEnum):
    """Which deadline a request let pass."""

    UNDECIDED = "undecided"
    CHANGE_UNANSWERED = "change_unanswered"
    NOT_COLLECTED = "not_collected"


class DisplacementReason(StrEnum):
    """What took away what was promised."""

    NEARER_RING = "nearer_ring"
    EMERGENCY = "emergency"
    NEEDED_BY_HOLDER = "needed_by_holder"
    NOT_THERE = "not_there"
    MANAGER_DECIDED = "manager_decided"
