"""Who is told what, when a fact has happened? One table, `NOTICES`: the fact, the people, what they are asked to do and until when.

People are told as what they are in a body or a warehouse (its officers, its approvers, its keepers) or in person. Who that is, is
looked up when an inbox is read, by the grants that hold then: a newcomer finds what waits for his office, a leaver finds nothing.
The sentences are in `domain/texts/notices.toml`, in both languages; a notice without its own sentence does not exist.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Struct

from domain.aggregate import Fact, Meta, Root
from domain.body import Body
from domain.life.pooling import ListingEnded, ListingUnconfirmed
from domain.papers.borrower import BorrowingBlocked, BorrowingCleared
from domain.papers.damage_case import CompensationWaived, DamageAssessed, DamageCase, DamageReported
from domain.papers.demand import (
    Demand,
    DemandEntered,
    DemandLapsed,
    DemandMoved,
    TurnCame,
    TurnDisplaced,
    TurnPassed,
    WatchAlerted,
)
from domain.papers.emergency import Emergency, EmergencyIssued
from domain.papers.loan import Loan, LoanOpened
from domain.papers.outside_decision import DecisionRanOut, DecisionRecorded, OutsideDecision
from domain.papers.pool_check import CertificateRanOut, PoolCheck, PoolCheckApplied, PoolCheckCertified
from domain.papers.reminder import Reminder, ReminderSent
from domain.papers.request import (
    Request,
    RequestApproved,
    RequestDisplaced,
    RequestState,
    RequestStepApproved,
    RequestSubmitted,
)
from domain.papers.request_changes import RequestChangeAccepted, RequestChangeDeclined, RequestChangeProposed
from domain.papers.request_endings import RequestCancelled, RequestLapsed, RequestRefused
from domain.papers.running_loan import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    FellOverdue,
    LentToSuperior,
    LoanRecalled,
    ReminderLevel,
)
from domain.papers.transfer import Transfer, TransferHandedOver, TransferProposed, TransferRefused
from domain.values import Role

PERSON = "person"
"""Instead of a role: told in person, whatever that person's roles are by now."""
COUNTER = (Role.OFFICER, Role.ASSET_MANAGER)
"""Who does a body's business with the pool."""


class To(NamedTuple):
    """Whoever has this role there (a body, a warehouse); or, with the role `PERSON`, this very person."""

    role: str
    where: UUID


class Told(NamedTuple):
    """A fact, its thing just before it and just after it (`None` where the fact says it all), and who recorded it."""

    fact: Any
    before: Any
    after: Any
    meta: Meta


class Notice(Struct, frozen=True, kw_only=True):
    """What people are told because of a fact. `until`: they are asked to do something by then; `says`: what the sentence needs that the
    fact does not have by a field of its own.
    """

    name: str
    fact: type[Fact]
    of: type[Root] | None
    to: Callable[[Told], Iterable[To]]
    until: Callable[[Told], datetime | None] = lambda told: None
    to_do: bool = False
    says: Callable[[Any], Mapping[str, object]] = lambda fact: {}


def body(id: UUID | None, *roles: Role) -> Iterator[To]:
    """These roles of a body; its counter where none are named."""
    if id is not None:
        yield from (To(role.value, id) for role in roles or COUNTER)


def point(warehouse: UUID | None, holder: UUID) -> Iterator[To]:
    """Whoever hands out and takes back: the keepers of the warehouse, or the people of a holder whose goods lie in none."""
    return body(warehouse, Role.KEEPER) if warehouse else body(holder)


def person(id: UUID | None) -> Iterator[To]:
    if id is not None:
        yield To(PERSON, id)


# Requests.


def _whose_turn(told: Told) -> Iterator[To]:
    if told.after.state is RequestState.SUBMITTED:
        yield from body(told.after.waiting, Role.APPROVER)


def _asker(told: Told) -> Iterator[To]:
    yield from body(told.after.body)
    yield from person(told.after.asker)


def _point(told: Told) -> Iterator[To]:
    return point(told.after.warehouse, told.after.holder)


def _no_longer_waiting(told: Told) -> Iterator[To]:
    """Whoever had it on the desk: the deciding body, or the counter that keeps it ready."""
    if told.before.state is RequestState.APPROVED:
        yield from _point(told)
    else:
        yield from body(told.before.waiting, Role.APPROVER)


def _due(told: Told) -> datetime | None:
    found: datetime | None = told.after.due
    return found


def _waiting(told: Told) -> Iterator[To]:
    """Whoever waits: the counter of its body, and the person who had asked, also before being displaced."""
    yield from body(told.after.body)
    yield from person(told.after.asker)


def _checked(told: Told) -> Iterator[To]:
    yield from body(told.after.body)


def _loan_point(told: Told) -> Iterator[To]:
    return point(told.after.warehouse, told.after.lender)


def _borrower(told: Told) -> Iterator[To]:
    """The borrower's counter, and whoever asked to keep it longer."""
    yield from body(told.after.borrower)
    if told.before.asked is not None:
        yield from person(told.before.asked.person)


def _digest(told: Told) -> Iterator[To]:
    """The borrower's counter; further up the ladder its asset manager is among them, and the body above."""
    fact: ReminderSent = told.fact
    yield from body(fact.borrower)
    if any(line.level is ReminderLevel.SUPERIOR for line in fact.lines):
        for above in fact.told:
            if above != fact.borrower:
                yield from body(above, Role.ASSET_MANAGER)


def _deciders(told: Told) -> Iterator[To]:
    """The authorities decide; each side consents by a notice of its own."""
    for one in dict.fromkeys(told.fact.authorities):
        yield from body(one, Role.APPROVER)


def _transfer_parties(told: Told) -> Iterator[To]:
    yield from body(told.after.giver)
    yield from body(told.after.receiver)


NOTICES: tuple[Notice, ...] = (
    Notice(name="request.to_decide", fact=RequestSubmitted, of=Request, to=_whose_turn, until=_due, to_do=True),
    Notice(name="request.next_step", fact=RequestStepApproved, of=Request, to=_whose_turn, until=_due, to_do=True),
    Notice(name="request.change_to_answer", fact=RequestChangeProposed, of=Request, to=_asker, until=_due, to_do=True),
    Notice(name="request.change_accepted", fact=RequestChangeAccepted, of=Request, to=_whose_turn, until=_due, to_do=True),
    Notice(name="request.change_declined", fact=RequestChangeDeclined, of=Request, to=_point),
    Notice(name="request.approved", fact=RequestApproved, of=Request, to=_asker, until=_due, to_do=True),
    Notice(name="request.to_prepare", fact=RequestApproved, of=Request, to=_point, until=_due, to_do=True),
    Notice(name="request.refused", fact=RequestRefused, of=Request, to=_asker),
    Notice(name="request.cancelled", fact=RequestCancelled, of=Request, to=_no_longer_waiting),
    Notice(name="request.lapsed", fact=RequestLapsed, of=Request, to=_asker),
    Notice(name="request.lapsed_here", fact=RequestLapsed, of=Request, to=_no_longer_waiting),
    Notice(
        name="request.displaced", fact=RequestDisplaced, of=Request, to=_asker,
        says=lambda fact: {"goods": tuple(unit.asset for unit in fact.units)},
    ),
    Notice(
        name="demand.turn_came", fact=TurnCame, of=Demand, to=_waiting, until=lambda told: told.fact.until, to_do=True,
        says=lambda fact: {"goods": tuple(unit.asset for unit in fact.units)},
    ),
    Notice(name="demand.turn_passed", fact=TurnPassed, of=Demand, to=_waiting),
    Notice(name="demand.turn_displaced", fact=TurnDisplaced, of=Demand, to=_waiting),
    Notice(name="demand.watch_alerted", fact=WatchAlerted, of=Demand, to=_waiting, to_do=True),
    Notice(name="demand.lapsed", fact=DemandLapsed, of=Demand, to=_waiting),
    Notice(name="demand.moved", fact=DemandMoved, of=Demand, to=_waiting),
    Notice(name="demand.first_rank", fact=DemandEntered, of=Demand, to=lambda told: _waiting(told) if told.fact.first else ()),
    Notice(
        name="pool_check.to_review", fact=PoolCheckApplied, of=PoolCheck, to_do=True,
        to=lambda told: body(told.fact.office, Role.APPROVER, Role.ASSET_MANAGER) if told.fact.office else (),
    ),
    Notice(name="certificate.issued", fact=PoolCheckCertified, of=PoolCheck, to=_checked, until=lambda told: told.fact.valid_until),
    Notice(name="certificate.ran_out", fact=CertificateRanOut, of=PoolCheck, to=_checked),
    Notice(
        name="loan.to_receive", fact=LoanOpened, of=None, to_do=True,
        to=lambda told: body(told.fact.borrower) if told.fact.carrier else (),
        says=lambda fact: {"goods": tuple(line.asset for line in fact.lines)},
    ),
    Notice(
        name="loan.lent_to_superior", fact=LentToSuperior, of=Loan, to=lambda told: body(told.fact.lender, Role.ASSET_MANAGER, Role.AUDITOR)
    ),
    Notice(
        name="loan.extension_to_decide", fact=ExtensionRequested, of=Loan, to=_loan_point, to_do=True,
    ),
    Notice(name="loan.extension_granted", fact=ExtensionGranted, of=Loan, to=_borrower),
    Notice(name="loan.extension_refused", fact=ExtensionRefused, of=Loan, to=_borrower),
    Notice(
        name="loan.recalled", fact=LoanRecalled, of=Loan, to=lambda told: body(told.fact.borrower), until=lambda told: told.fact.due,
        to_do=True, says=lambda fact: {"goods": tuple(line.asset for line in fact.lines)},
    ),
    Notice(
        name="reminder.sent", fact=ReminderSent, of=Reminder, to=_digest, to_do=True,
        says=lambda fact: {"count": len(fact.lines), "loans": tuple(line.loan for line in fact.lines), "day": fact.day},
    ),
    Notice(
        name="damage.to_assess", fact=DamageReported, of=DamageCase, to=lambda told: body(told.fact.lender, Role.ASSET_MANAGER), to_do=True
    ),
    Notice(name="damage.reported", fact=DamageReported, of=DamageCase, to=lambda told: body(told.fact.borrower)),
    Notice(name="damage.to_agree", fact=DamageAssessed, of=DamageCase, to=lambda told: body(told.fact.liable), to_do=True),
    Notice(name="damage.waived", fact=CompensationWaived, of=DamageCase, to=lambda told: body(told.after.liable)),
    Notice(name="loan.fell_overdue", fact=FellOverdue, of=Loan, to=_loan_point),
    Notice(name="borrower.blocked", fact=BorrowingBlocked, of=Body, to=lambda told: body(told.after.id)),
    Notice(name="borrower.cleared", fact=BorrowingCleared, of=Body, to=lambda told: body(told.after.id)),
    Notice(
        name="emergency.issued", fact=EmergencyIssued, of=Emergency,
        to=lambda told: (*body(told.fact.body), *body(told.fact.office, Role.ASSET_MANAGER)),
    ),
    Notice(name="transfer.to_decide", fact=TransferProposed, of=Transfer, to=_deciders, to_do=True),
    Notice(
        name="transfer.giver_to_consent", fact=TransferProposed, of=Transfer, to=lambda told: body(told.fact.giver, Role.APPROVER),
        to_do=True,
    ),
    Notice(
        name="transfer.receiver_to_consent", fact=TransferProposed, of=Transfer, to=lambda told: body(told.fact.receiver, Role.APPROVER),
        to_do=True,
    ),
    Notice(name="transfer.refused", fact=TransferRefused, of=Transfer, to=_transfer_parties),
    Notice(
        name="transfer.to_receive", fact=TransferHandedOver, of=Transfer, to_do=True,
        to=lambda told: body(told.after.receiver) if told.fact.carrier else (), says=lambda fact: {"goods": fact.assets},
    ),
    Notice(
        name="decision.to_verify", fact=DecisionRecorded, of=OutsideDecision, to=lambda told: body(told.fact.body, *COUNTER, Role.APPROVER),
        to_do=True,
    ),
    Notice(name="decision.ran_out", fact=DecisionRanOut, of=OutsideDecision, to=lambda told: body(told.after.body)),
    Notice(
        name="listing.ended", fact=ListingEnded, of=None, to_do=True,
        to=lambda told: (*body(told.fact.holder), *point(told.fact.warehouse, told.fact.holder)),
    ),
    Notice(name="listing.unconfirmed", fact=ListingUnconfirmed, of=None, to_do=True, to=lambda told: body(told.fact.holder)),
)  # fmt: skip

NAMED: Mapping[str, Notice] = {one.name: one for one in NOTICES}
