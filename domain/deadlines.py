"""Which deadlines are there, what opens and closes each, and what is done when one has come?

What a deadline ends, ends *by time*: a promise past `until` claims nothing, whoever has been told. The clerk (`api/clerk.py`) only
records it afterwards, tells people, and gives the next in line its turn. So a late clerk is a late notice, never a wrong answer.

`python -m domain.deadlines` prints the table that docs/deadlines.md shows.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from msgspec import Struct

from domain.aggregate import Fact, Root
from domain.asset import Asset
from domain.life.correcting import DoubleEnded
from domain.life.disposing import Deregistered, HeldForDisposal, LeftForGood
from domain.life.keeping import MissingReported
from domain.life.lending import LostOnLoan
from domain.life.on_loan import Exchanged, UsedUp
from domain.life.pooling import (
    Listed,
    ListingConfirmed,
    ListingEnded,
    ListingTakenBack,
    ListingUnconfirmed,
    ListingWithdrawn,
)
from domain.life.registering import TakeOverUndone
from domain.life.splitting import Itemised, MergedAway
from domain.life.transferring import SentOnTransfer, ShortOnTransfer, Transferred, TransferReversed
from domain.papers.demand import (
    Demand,
    DemandEntered,
    DemandGivenUp,
    DemandLapsed,
    DemandState,
    TurnCame,
    TurnDisplaced,
    TurnPassed,
    TurnTakenUp,
)
from domain.papers.loan import LineReturned, Loan, LoanBecameInternal, LoanClosed, LoanOpened
from domain.papers.outside_decision import (
    DecisionRanOut,
    DecisionRecorded,
    DecisionTakenBack,
    OutsideDecision,
)
from domain.papers.pool_check import (
    CertificateRanOut,
    CheckState,
    PoolCheck,
    PoolCheckCertified,
    PoolCheckWithdrawn,
)
from domain.papers.request import (
    PENDING,
    Request,
    RequestApproved,
    RequestDisplaced,
    RequestHandedOver,
    RequestState,
    RequestStepApproved,
    RequestSubmitted,
)
from domain.papers.request_changes import RequestChangeAccepted, RequestChangeDeclined, RequestChangeProposed
from domain.papers.request_endings import RequestCancelled, RequestLapsed, RequestRefused, RequestUsed
from domain.papers.running_loan import ExtensionGranted, LoanRecalled
from domain.values import SPACE

LONGEST_NOTICE = timedelta(days=92)
"""So long before its day a loan is looked at daily; the steps of the ladder themselves are policy data."""


class Due(NamedTuple):
    """Something has to be done at an instant. `about`: about which part of the thing; `given`: what else the use case must know.

    Of a daily one this is the first instant, and all that have the same `given` are one.
    """

    at: datetime
    about: UUID | None = None
    given: tuple[UUID, ...] = ()


class Fired(NamedTuple):
    """A deadline that has come. `day`: of a daily one, the day at the place that is the last of `given`."""

    thing: UUID
    about: UUID | None = None
    given: tuple[UUID, ...] = ()
    day: date = date.min


class Deadline(Struct, frozen=True, kw_only=True):
    """One kind of deadline. `dues`: which are open, by the thing's own fold; `takes`: what the use case is given.

    `daily`: asked for every day for as long as it is open, because the steps in between are policy data.
    """

    kind: str
    of: type[Root]
    dues: Callable[[Any], Iterable[Due]]
    use_case: str
    takes: Callable[[Fired], Mapping[str, Any]]
    opens: tuple[type[Fact], ...]
    closes: tuple[type[Fact], ...]
    means: str
    daily: bool = False


def _offer(asset: Asset) -> Iterator[Due]:
    if asset.alive and asset.listing is not None and asset.listing.until is not None:
        yield Due(asset.listing.until)


def _confirmation(asset: Asset) -> Iterator[Due]:
    offer = asset.listing
    if asset.alive and offer is not None and offer.confirm_by is not None and not offer.told:
        yield Due(offer.confirm_by)


def _validity(decision: OutsideDecision) -> Iterator[Due]:
    if decision.expires is not None and not (decision.taken_back or decision.ran_out):
        yield Due(decision.expires)


def _hold(request: Request) -> Iterator[Due]:
    if request.state in PENDING and request.due is not None:
        yield Due(request.due)


def _collection(request: Request) -> Iterator[Due]:
    if request.state is RequestState.APPROVED and request.due is not None:
        yield Due(request.due)


def _day_of_return(loan: Loan) -> Iterator[Due]:
    if not loan.closed and loan.out and loan.due is not None:
        yield Due(loan.due - LONGEST_NOTICE, given=(loan.borrower, loan.warehouse or loan.lender))


def _turn(demand: Demand) -> Iterator[Due]:
    if demand.turn is not None:
        yield Due(demand.turn.until)


def _wanted(demand: Demand) -> Iterator[Due]:
    ends = [one for one in (demand.until, demand.window.end if demand.window else None) if one is not None]
    if demand.state is DemandState.WAITING and ends:
        yield Due(min(ends))


def _certificate(check: PoolCheck) -> Iterator[Due]:
    if check.state is CheckState.CERTIFIED and check.due is not None and not check.ran_out:
        yield Due(check.due)


OFFER_ENDS = (
    ListingEnded, ListingWithdrawn, ListingTakenBack, MissingReported, LostOnLoan, UsedUp, Exchanged, SentOnTransfer, Transferred,
    ShortOnTransfer, TransferReversed, HeldForDisposal, LeftForGood, Deregistered, DoubleEnded, MergedAway, Itemised, TakeOverUndone,
)  # fmt: skip
"""After these a thing is offered no more."""
DEADLINES: tuple[Deadline, ...] = (
    Deadline(
        kind="request.hold", of=Request, dues=_hold, use_case="lapse_request", takes=lambda fired: {"request": fired.thing},
        opens=(RequestSubmitted, RequestStepApproved, RequestChangeProposed, RequestChangeAccepted),
        closes=(
            RequestApproved, RequestRefused, RequestCancelled, RequestChangeDeclined, RequestDisplaced, RequestHandedOver, RequestLapsed,
        ),
        means="a request holds goods until it is decided, or a change until it is answered",
    ),
    Deadline(
        kind="request.collection", of=Request, dues=_collection, use_case="lapse_request",
        takes=lambda fired: {"request": fired.thing}, opens=(RequestApproved,),
        closes=(RequestHandedOver, RequestUsed, RequestCancelled, RequestDisplaced, RequestLapsed),
        means="what was approved is kept ready to be collected (or, in place, to be used)",
    ),
    Deadline(
        kind="demand.turn", of=Demand, dues=_turn, use_case="pass_turn", takes=lambda fired: {"demand": fired.thing},
        opens=(TurnCame,), closes=(TurnTakenUp, TurnPassed, TurnDisplaced, DemandGivenUp, DemandLapsed),
        means="goods are held for whose turn it is in the queue; then the next in line has its turn",
    ),
    Deadline(
        kind="demand.wanted", of=Demand, dues=_wanted, use_case="lapse_demand", takes=lambda fired: {"demand": fired.thing},
        opens=(DemandEntered, TurnDisplaced), closes=(TurnCame, DemandGivenUp, DemandLapsed),
        means="a body waits, wishes or watches until a day",
    ),
    Deadline(
        kind="certificate.valid", of=PoolCheck, dues=_certificate, use_case="end_certificate",
        takes=lambda fired: {"pool_check": fired.thing}, opens=(PoolCheckCertified,), closes=(CertificateRanOut, PoolCheckWithdrawn),
        means="a pool-check certificate covers purchases until its last day",
    ),
    Deadline(
        kind="loan.return", of=Loan, dues=_day_of_return, use_case="remind_overdue", daily=True,
        takes=lambda fired: {"borrower": fired.given[0], "warehouse": fired.given[1], "day": fired.day},
        opens=(LoanOpened, ExtensionGranted, LoanRecalled), closes=(LineReturned, LoanClosed, LoanBecameInternal),
        means="the day a loan is due, and the ladder of reminders before and after it: one digest per borrower and lending point",
    ),
    Deadline(
        kind="listing.ends", of=Asset, dues=_offer, use_case="end_listing", takes=lambda fired: {"asset": fired.thing},
        opens=(Listed, ListingConfirmed), closes=OFFER_ENDS,
        means="an offer in the pool that nobody took",
    ),
    Deadline(
        kind="listing.confirmed", of=Asset, dues=_confirmation, use_case="note_unconfirmed_listing",
        takes=lambda fired: {"asset": fired.thing}, opens=(Listed, ListingConfirmed), closes=(ListingUnconfirmed, *OFFER_ENDS),
        means="an offer that stays at its holder's is confirmed every so often, or shows as unconfirmed",
    ),
    Deadline(
        kind="decision.expires", of=OutsideDecision, dues=_validity, use_case="end_decision",
        takes=lambda fired: {"decision": fired.thing}, opens=(DecisionRecorded,), closes=(DecisionRanOut, DecisionTakenBack),
        means="a decision from outside is valid no longer",
    ),
)  # fmt: skip
"""All of them. What is not in this list never comes due."""


def command_of(kind: str, thing: UUID, at: datetime, about: UUID | None) -> UUID:
    """The command that a deadline is, wherever and however often it is fired: its receipt makes it happen once."""
    part = f":{about}" if about else ""
    return uuid5(SPACE, f"deadline:{kind}:{thing}:{at.astimezone(UTC).isoformat()}{part}")


def daily_command(kind: str, given: Iterable[UUID], day: date) -> UUID:
    """The command that a daily deadline is on one day."""
    return uuid5(SPACE, f"deadline:{kind}:{':'.join(map(str, given))}:{day.isoformat()}")


def table() -> str:
    """The list as Markdown."""
    rows = [
        "| deadline | what it means | opened or moved by | closed by | what the clerk asks for |",
        "|---|---|---|---|---|",
        *(
            f"| `{one.kind}` | {one.means} | {_topics(one.opens)} | {_topics(one.closes)} |"
            f" `{one.use_case}`{', daily' if one.daily else ''} |"
            for one in DEADLINES
        ),
    ]
    return "\n".join(rows) + "\n"


def _topics(facts: Iterable[type[Fact]]) -> str:
    return ", ".join(f"`{fact.TOPIC}`" for fact in facts)


if __name__ == "__main__":
    sys.stdout.write(table())
