"""Numbers and choices that a jurisdiction sets, with the day they hold from and where they come from.

Rules read them here and nowhere else. None of them is a law of nature: an installation replaces the rows
marked as examples by its own. The row of the nearest region that holds on a day decides.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from domain.body import Relation
from domain.terms import (
    ApprovalChain,
    Blocking,
    ChainCase,
    Form,
    HoldTimes,
    InspectionRule,
    LoanTerms,
    OpenDay,
    OpeningHours,
    PickUp,
    Preparation,
    PurchaseCheck,
    Reminders,
    Ring,
    Round,
    SharingRounds,
    Step,
    Terms,
    WaiverLimit,
)  # fmt: skip
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


EXAMPLE = "shipped.example"
"""Where shipped rows come from is said in both languages: keys of texts (`domain/texts/policies.toml`)."""

REPAIR_SHARES = (RepairShare(region="", valid_from=date(2000, 1, 1), source=EXAMPLE, percent=50),)
DISPOSAL_LIMITS = (
    DisposalLimit(
        region="",
        valid_from=date(2004, 1, 1),
        source="shipped.disposal_limit",
        from_value=Money(Decimal(200_000), "CNY"),
    ),
)
TRANSFER_APPROVALS = (
    TransferApproval(
        region="",
        valid_from=date(2000, 1, 1),
        source="shipped.transfer_approval",
        within_a_level=(Relation.OFFICES_ADMINISTRATION, Relation.FISCAL_AUTHORITY),
        across_levels=Relation.FISCAL_AUTHORITY,
    ),
)

P = TypeVar("P", bound=Policy)


def in_force(rows: Iterable[P], region: str, day: date) -> P:
    """The row that holds for a region on a day: the nearest region first, then the newest."""
    holding = [row for row in rows if region.startswith(row.region) and row.valid_from <= day]
    return max(holding, key=lambda row: (len(row.region), row.valid_from))


_WEEK = tuple(OpenDay(day, "09:00", "17:00") for day in range(1, 6))
_SINCE = date(2000, 1, 1)
_OWN, _BOTH = (
    (Step.OWN_BODY, Step.HOLDER),
    (Step.OWN_BODY, Step.SUPERIOR_OF_ASKER, Step.HOLDER, Step.SUPERIOR_OF_HOLDER),
)
SHIPPED: tuple[tuple[date, str, Terms], ...] = (
    (
        _SINCE,
        "shipped.approval_chain",
        ApprovalChain(
            cases=(
                ChainCase(form=Form.LOAN, steps=_OWN),
                ChainCase(form=Form.LOAN, steps=_BOTH, levels_crossed=1),
                ChainCase(
                    form=Form.LOAN,
                    steps=(*_OWN, Step.OFFICES_ADMINISTRATION),
                    from_value=Money(Decimal(200_000), "CNY"),
                ),
                ChainCase(form=Form.IN_PLACE, steps=(Step.HOLDER,)),
                ChainCase(form=Form.TRANSFER, steps=(*_OWN, Step.OFFICES_ADMINISTRATION)),
                ChainCase(
                    form=Form.TRANSFER,
                    steps=(*_OWN, Step.FISCAL_AUTHORITY_OF_HOLDER, Step.FISCAL_AUTHORITY_OF_ASKER),
                    levels_crossed=1,
                ),
            )
        ),
    ),
    (
        _SINCE,
        "shipped.sharing_rounds",
        SharingRounds(
            rounds=(Round(Ring.OWN_DEPARTMENT, 0), Round(Ring.SAME_LEVEL, 7), Round(Ring.OTHER_LEVELS, 14)),
            reconfirm_days=90,
        ),
    ),
    (_SINCE, EXAMPLE, OpeningHours(week=_WEEK)),
    (
        _SINCE,
        "shipped.loan_terms",
        LoanTerms(most_days=180, extensions=2, extension_days=90, break_days=7, ahead_days=366),
    ),
    (_SINCE, "shipped.pick_up", PickUp(deadline_working_days=10)),
    (_SINCE, EXAMPLE, Preparation(working_days=0)),
    (_SINCE, EXAMPLE, HoldTimes(pending_hours=120, change_hours=48, turn_hours=72)),
    (_SINCE, EXAMPLE, InspectionRule(after_each_loan=False)),
    (_SINCE, EXAMPLE, Blocking(overdue_days=30, unsigned_days=10)),
    (
        _SINCE,
        EXAMPLE,
        Reminders(before_days=(1,), after_days=(1, 7, 14, 30), manager_after_days=7, superior_after_days=30),
    ),
    (_SINCE, EXAMPLE, PurchaseCheck(from_value=Money(Decimal(1_000), "CNY"), valid_days=90)),
    (_SINCE, EXAMPLE, WaiverLimit(from_value=Money(Decimal(5_000), "CNY"))),
)
"""The terms that hold until an administrator sets others (`domain/policy_book.py`): since when, where from, what."""
