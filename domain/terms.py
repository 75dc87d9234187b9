"""What an administration sets for sharing: who decides, when rounds open, how long a loan lasts, when a store is open.

Values only. Which row holds for a case is found in `domain/policy_book.py`; the rows that are shipped are in `domain/policy_data.py`.
"""

import re
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.refusals import InvalidValue
from domain.values import Money, Value

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
MOST_DAYS = 3660


class Form(StrEnum):
    """How something is shared: lent, transferred for good, or used where it stands (rooms, instruments) by hours."""

    LOAN = "loan"
    TRANSFER = "transfer"
    IN_PLACE = "in_place"


class Ring(StrEnum):
    """How near the asker is to the holder, nearest first; each ring has its round."""

    OWN_DEPARTMENT = "own_department"
    SAME_LEVEL = "same_level"
    OTHER_LEVELS = "other_levels"


RINGS = tuple(Ring)


class Step(StrEnum):
    """Whose approver decides a step of a request."""

    OWN_BODY = "own_body"
    HOLDER = "holder"
    SUPERIOR_OF_ASKER = "superior_of_asker"
    SUPERIOR_OF_HOLDER = "superior_of_holder"
    OFFICES_ADMINISTRATION = "offices_administration"
    FISCAL_AUTHORITY_OF_ASKER = "fiscal_authority_of_asker"
    FISCAL_AUTHORITY_OF_HOLDER = "fiscal_authority_of_holder"


class Scope(Value, frozen=True, kw_only=True):
    """Where terms hold: in a region (and the regions inside it), for a body, at a warehouse, for classes whose code begins so."""

    region: str = ""
    body: UUID | None = None
    warehouse: UUID | None = None
    class_code: str = ""


class ChainCase(Value, frozen=True, kw_only=True):
    """The steps, in order, for a form, from a value on and from so many levels of government between the bodies on."""

    form: Form
    steps: tuple[Step, ...]
    from_value: Money | None = None
    levels_crossed: int = 0


class ApprovalChain(Value, frozen=True, kw_only=True, tag="approval_chain"):
    """Who decides on a request. The case that asks most of what fits holds."""

    cases: tuple[ChainCase, ...]

    def steps_for(self, form: Form, levels_crossed: int, value: Money | None) -> tuple[Step, ...]:
        """The steps of the most demanding case that fits: more levels first, then the greater value."""
        fitting = [
            case
            for case in self.cases
            if case.form is form and case.levels_crossed <= levels_crossed and reaches(value, case.from_value)
        ]
        best = max(
            fitting, key=lambda case: (case.levels_crossed, case.from_value.amount if case.from_value else 0), default=None
        )  # fmt: skip
        return best.steps if best else ()


class Round(Value, frozen=True):
    """A ring may ask from so many days after the listing on."""

    ring: Ring
    opens_after_days: int = 0


class SharingRounds(Value, frozen=True, kw_only=True, tag="sharing_rounds"):
    """When each ring may ask, and after how many days a holder must say again that its offer stands (0: never)."""

    rounds: tuple[Round, ...]
    reconfirm_days: int = 0


class OpenDay(Value, frozen=True):
    """A stretch of this day of the week (1 Monday to 7 Sunday), from and to these times of day, local to the warehouse.

    A day with a break at noon has two.
    """

    weekday: int
    opens: str
    closes: str

    def __post_init__(self) -> None:
        if not 1 <= self.weekday <= 7:
            raise InvalidValue("weekday", value=self.weekday, least=1, most=7)
        if not (CLOCK.fullmatch(self.opens) and CLOCK.fullmatch(self.closes) and self.opens < self.closes):
            raise InvalidValue("opens", value=f"{self.opens[:9]}-{self.closes[:9]}", because="hours_of_a_day")


class OpeningHours(Value, frozen=True, kw_only=True, tag="opening_hours"):
    """When a warehouse hands out and takes back. `exchanged`: days off that are worked for others, with the hours of
    the first day of the week that has any.
    """

    week: tuple[OpenDay, ...]
    closed: tuple[date, ...] = ()
    exchanged: tuple[date, ...] = ()


class LoanTerms(Value, frozen=True, kw_only=True, tag="loan_terms"):
    """How long. `break_days`: out again sooner after it came back, the clock of an item and its borrower goes on.

    It is asked for `lead_working_days` before, and no earlier than `ahead_days` before (0: however early).
    """

    most_days: int
    extensions: int = 0
    extension_days: int = 0
    break_days: int = 0
    lead_working_days: int = 0
    ahead_days: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.most_days <= MOST_DAYS:
            raise InvalidValue("mostDays", value=self.most_days, least=1, most=MOST_DAYS)


class PickUp(Value, frozen=True, kw_only=True, tag="pick_up"):
    """What is approved is kept ready for so many working days; per slot so many requests are handed out (0: no limit)."""

    deadline_working_days: int
    slot_minutes: int = 0
    per_slot: int = 0


class Preparation(Value, frozen=True, kw_only=True, tag="preparation"):
    """After a return a thing is not free for so many working days of its warehouse (cleaning, checking, charging)."""

    working_days: int


class HoldTimes(Value, frozen=True, kw_only=True, tag="hold_times"):
    """For how many hours a pending request holds stock, a requester may think about a change, and a demand's turn lasts."""

    pending_hours: int
    change_hours: int
    turn_hours: int


class InspectionRule(Value, frozen=True, kw_only=True, tag="inspection_rule"):
    """Whether every return is inspected before the thing is free again, by class; and for how many days after a loan was closed damage
    may still be laid to its borrower.
    """

    after_each_loan: bool
    report_days: int = 30


class Blocking(Value, frozen=True, kw_only=True, tag="blocking"):
    """A borrower so many days overdue, or with a receipt unsigned for so many days, asks nothing new at that warehouse (0: no block)."""

    overdue_days: int
    unsigned_days: int


class Reminders(Value, frozen=True, kw_only=True, tag="reminders"):
    """The overdue ladder, in days: before the due day, then after it; from when on the body's manager and its superior are told."""

    before_days: tuple[int, ...]
    after_days: tuple[int, ...]
    manager_after_days: int
    superior_after_days: int


class PurchaseCheck(Value, frozen=True, kw_only=True, tag="purchase_check"):
    """From this unit value on a purchase wants a certificate that the pool was asked first; how long one is valid, in days."""

    from_value: Money
    valid_days: int


class WaiverLimit(Value, frozen=True, kw_only=True, tag="waiver_limit"):
    """From this amount on, a compensation is waived by another body than the lender."""

    from_value: Money


Terms = (
    ApprovalChain | SharingRounds | OpeningHours | LoanTerms | PickUp | Preparation | HoldTimes | InspectionRule
    | Blocking | Reminders | PurchaseCheck | WaiverLimit
)  # fmt: skip


def reaches(value: Money | None, limit: Money | None) -> bool:
    """An unknown value, or one in another currency, might be above any limit."""
    return limit is None or value is None or value.currency != limit.currency or value.amount >= limit.amount
