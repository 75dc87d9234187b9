"""Numbers and choices that a jurisdiction sets, with the day they hold from and where they come from.

Rules read them here and nowhere else. None of them is a law of nature: an installation replaces the rows
marked as examples by its own. The row of the nearest region that holds on a day decides.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from domain.body import Relation
from domain.values import Money, Value


class Policy(Value, frozen=True, kw_only=True):
    """A row that holds in a region (and in the regions inside it) from a day on."""

    region: str
    valid_from: date
    source: str


class RepairShare(Policy, frozen=True, kw_only=True):
    """A repair that costs more than this share of a new one asks for a decision whether to dispose."""

    percent: int


class DisposalLimit(Policy, frozen=True, kw_only=True):
    """From this original value of the whole list on, a disposal is decided above the body, not in it."""

    from_value: Money


class TransferApproval(Policy, frozen=True, kw_only=True):
    """Who decides on a transfer: the first authority the giver has, or, across levels, one of either side."""

    within_a_level: tuple[Relation, ...]
    across_levels: Relation


EXAMPLE = "an example, not verified for any place"

REPAIR_SHARES = (RepairShare(region="", valid_from=date(2000, 1, 1), source=EXAMPLE, percent=50),)
DISPOSAL_LIMITS = (
    DisposalLimit(
        region="",
        valid_from=date(2004, 1, 1),
        source="central organs, rule of 2004 (superseded): 200,000 yuan",
        from_value=Money(Decimal(200_000), "CNY"),
    ),
)
TRANSFER_APPROVALS = (
    TransferApproval(
        region="",
        valid_from=date(2000, 1, 1),
        source="common practice: across levels both fiscal authorities; to be verified for each place",
        within_a_level=(Relation.OFFICES_ADMINISTRATION, Relation.FISCAL_AUTHORITY),
        across_levels=Relation.FISCAL_AUTHORITY,
    ),
)

P = TypeVar("P", bound=Policy)


def in_force(rows: Iterable[P], region: str, day: date) -> P:
    """The row that holds for a region on a day: the nearest region first, then the newest."""
    holding = [row for row in rows if region.startswith(row.region) and row.valid_from <= day]
    return max(holding, key=lambda row: (len(row.region), row.valid_from))
