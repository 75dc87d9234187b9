"""Setting the terms of sharing: one use case per kind, so that each says what it takes. The book keeps every version.

Terms for a region are set by the administrators of the installation; terms for a body or a warehouse by its own.
"""

import re
from datetime import date
from itertools import pairwise
from uuid import UUID

from domain.body import Body
from domain.command import CLOCK_SKEW, Command
from domain.place import HOME, Place
from domain.policy_book import BOOK, PolicyBook, PolicyEnded, PolicySet
from domain.refusals import InvalidValue, Refusal
from domain.regions import region_code
from domain.terms import (
    MOST_DAYS,
    RINGS,
    ApprovalChain,
    Blocking,
    HoldTimes,
    InspectionRule,
    LoanTerms,
    OpeningHours,
    PickUp,
    Preparation,
    PurchaseCheck,
    Reminders,
    Scope,
    SharingRounds,
    Terms,
    WaiverLimit,
)  # fmt: skip
from domain.usecases import Outcome, use_case
from domain.values import ROOT, Role, free_text

CLASS_CODE = re.compile(r"[A-Za-z0-9.-]{0,40}")
MINUTES, MOST_PER_SLOT = 24 * 60, 200
SETTING = (Role.ADMINISTRATOR,)
GIVES = ("policy",)


class BackDated(Refusal):
    """It would count from a day that has passed: that needs a reason, and shows as set afterwards."""

    code = "BACK_DATED"


@use_case("set_approval_chain", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_approval_chain(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: ApprovalChain,
    valid_until: date | None = None,
) -> Outcome:
    """Who decides on requests, by form, value and levels crossed."""
    if not terms.cases or not all(case.steps for case in terms.cases):
        raise InvalidValue("terms.cases", value=len(terms.cases), because="cases_with_steps")
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_sharing_rounds", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_sharing_rounds(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: SharingRounds,
    valid_until: date | None = None,
) -> Outcome:
    """When each ring may ask for what is listed, and how often a holder confirms an offer."""
    opens = [one.opens_after_days for one in terms.rounds]
    rings = [RINGS.index(one.ring) for one in terms.rounds]
    if not rings:
        raise InvalidValue("terms.rounds", value="")
    for n, (before, ring) in enumerate(pairwise(terms.rounds), 1):
        if rings[n] <= rings[n - 1]:
            raise InvalidValue(
                f"terms.rounds.{n}.ring", value=ring.ring, ring=ring.ring, because="rounds_once"
            )
        if ring.opens_after_days < before.opens_after_days:
            least = before.opens_after_days
            raise InvalidValue(f"terms.rounds.{n}.opensAfterDays", value=ring.opens_after_days, least=least)
    _within_reason(*opens, terms.reconfirm_days)
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_opening_hours", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_opening_hours(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: OpeningHours,
    valid_until: date | None = None,
) -> Outcome:
    """When a warehouse hands out and takes back: its week, closed days, exchanged working days."""
    week = sorted(terms.week, key=lambda one: (one.weekday, one.opens))
    overlap = next(
        (
            pair
            for pair in pairwise(week)
            if pair[0].weekday == pair[1].weekday and pair[1].opens < pair[0].closes
        ),
        None,
    )
    both = sorted(set(terms.closed) & set(terms.exchanged))
    if not week:
        raise InvalidValue("terms.week", value="")
    if overlap is not None:
        one, following = overlap
        raise InvalidValue(
            "terms.week", value=f"{following.opens}–{following.closes}", weekday=one.weekday,
            other=f"{one.opens}–{one.closes}", because="hours_overlap",
        )  # fmt: skip
    if both:
        raise InvalidValue("terms.exchanged", value=both[0].isoformat(), because="closed_and_worked")
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_loan_terms", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_loan_terms(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: LoanTerms,
    valid_until: date | None = None,
) -> Outcome:
    """How long a loan lasts, how often it is extended, which break starts a new clock, how early it is asked for."""
    _within_reason(
        terms.extensions, terms.extension_days, terms.break_days, terms.lead_working_days, terms.ahead_days
    )
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_pick_up", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_pick_up(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: PickUp,
    valid_until: date | None = None,
) -> Outcome:
    """How long what is approved is kept ready, and how many hand-outs fit into a slot."""
    _within_reason(terms.deadline_working_days, terms.slot_minutes, terms.per_slot)
    if terms.slot_minutes > MINUTES:
        raise InvalidValue("terms.slotMinutes", value=terms.slot_minutes, least=0, most=MINUTES)
    if terms.per_slot > MOST_PER_SLOT:
        raise InvalidValue("terms.perSlot", value=terms.per_slot, least=0, most=MOST_PER_SLOT)
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_preparation", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_preparation(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: Preparation,
    valid_until: date | None = None,
) -> Outcome:
    """How many working days a thing is prepared after a return."""
    _within_reason(terms.working_days)
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_hold_times", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_hold_times(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: HoldTimes,
    valid_until: date | None = None,
) -> Outcome:
    """How long a pending request holds stock, a requester may think about a change, and a demand's turn lasts."""
    times = (terms.pending_hours, terms.change_hours, terms.turn_hours)
    if min(times) < 1:
        raise InvalidValue("terms", value=min(times), least=1)
    _within_reason(*times)
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_inspection_rule", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_inspection_rule(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: InspectionRule,
    valid_until: date | None = None,
) -> Outcome:
    """Whether every return of a class is inspected before the thing is free again, and for how many days after a loan was closed damage
    may be laid to its borrower.
    """
    _within_reason(terms.report_days)
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_blocking", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_blocking(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: Blocking,
    valid_until: date | None = None,
) -> Outcome:
    """From how many days overdue or unsigned a borrower asks nothing new at a warehouse."""
    _within_reason(terms.overdue_days, terms.unsigned_days)
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_reminders", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_reminders(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: Reminders,
    valid_until: date | None = None,
) -> Outcome:
    """When borrowers are reminded, and from when on their manager and superior are told."""
    _within_reason(*terms.before_days, *terms.after_days, terms.manager_after_days, terms.superior_after_days)
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_purchase_check", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_purchase_check(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: PurchaseCheck,
    valid_until: date | None = None,
) -> Outcome:
    """From which unit value on a purchase wants a certificate of a pool check, and how long one is valid."""
    _within_reason(terms.valid_days)
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("set_waiver_limit", by=SETTING, emits=(PolicySet,), gives=GIVES)
def set_waiver_limit(
    c: Command,
    *,
    scope: Scope,
    valid_from: date,
    document: str,
    terms: WaiverLimit,
    valid_until: date | None = None,
) -> Outcome:
    """From which amount on another body than the lender waives a compensation."""
    return _set(c, scope, valid_from, document, terms, valid_until)


@use_case("end_policy", by=SETTING, emits=(PolicyEnded,), gives=GIVES)
def end_policy(c: Command, *, policy: UUID, valid_until: date) -> Outcome:
    """The terms do not hold from that day on; what is less specific, or shipped, holds again."""
    book = c.begin(PolicyBook, BOOK)
    row = book.rows.get(policy)
    _must_govern(c, row.scope if row else Scope())
    late = row is not None and _back_dated(c, row.scope, valid_until, "validUntil")
    book.end(policy, valid_until, back_dated=late)
    return {"policy": policy}


def _set(
    c: Command, scope: Scope, valid_from: date, document: str, terms: Terms, valid_until: date | None
) -> Outcome:  # fmt: skip
    scope = _sound(scope)
    _must_govern(c, scope)
    if valid_until is not None and valid_until <= valid_from:
        raise InvalidValue("validUntil", value=valid_until.isoformat(), after=valid_from.isoformat())
    said = free_text(document, "document")
    if not said:
        raise InvalidValue("document", value="")
    policy = c.new_id()
    late = _back_dated(c, scope, valid_from, "validFrom")
    c.begin(PolicyBook, BOOK).set(policy, scope, valid_from, terms, said, valid_until, back_dated=late)
    return {"policy": policy}


def _back_dated(c: Command, scope: Scope, day: date, path: str) -> bool:
    """Whether it is to count from a day that has passed already: never without a reason. What was promised since keeps the terms it was
    promised by. Raises `BackDated`.
    """
    zone = c.load(Place, scope.warehouse).zone if scope.warehouse else HOME
    today = (c.now - CLOCK_SKEW).astimezone(zone).date()
    if day < today and not c.meta.reason:
        raise BackDated(path, day=day.isoformat(), today=today.isoformat())
    return day < today


def _sound(scope: Scope) -> Scope:
    """A region as its code is kept; the beginning of a class code, which may be any."""
    if not CLASS_CODE.fullmatch(scope.class_code):
        raise InvalidValue("scope.classCode", value=scope.class_code[:40], because="class_prefix")
    try:
        region = region_code(scope.region)
    except InvalidValue as no:
        raise InvalidValue("scope.region", value=scope.region[:40], because="region_code") from no
    return Scope(region=region, body=scope.body, warehouse=scope.warehouse, class_code=scope.class_code)


def _must_govern(c: Command, scope: Scope) -> None:
    if scope.warehouse is not None:
        place = c.load(Place, scope.warehouse, "scope.warehouse")
        if place.warehouse != place.id:
            raise InvalidValue("scope.warehouse", value=place.name, because="whole_warehouse")
        c.must(SETTING, *place.scopes, *c.load(Body, place.owner).governors)
    elif scope.body is not None:
        c.must(SETTING, *c.load(Body, scope.body, "scope.body").governors)
    else:
        c.must(SETTING, ROOT)


def _within_reason(*numbers: int) -> None:
    """Days, hours and counts: not negative, and no more than ten years of days."""
    for number in numbers:
        if not 0 <= number <= MOST_DAYS:
            raise InvalidValue("terms", value=number, least=0, most=MOST_DAYS)
