"""When is what people were asked to do done? By which facts, whoever did it: from then on it asks nobody any more.

The facts are those of the thing a notice is about; of a digest, those of every loan in it. A newer digest takes the place of an older
one. `DONE` has an entry for every notice that asks for something.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from domain.aggregate import Fact
from domain.life.keeping import CustodianChanged, Issued
from domain.life.pooling import Listed, ListingConfirmed, ListingEnded, ListingTakenBack, ListingWithdrawn
from domain.notices import NOTICES, Told
from domain.papers.damage_case import CompensationAgreed, DamageAssessed, DamageSettled
from domain.papers.demand import (
    DemandGivenUp,
    DemandLapsed,
    TurnDisplaced,
    TurnPassed,
    TurnTakenUp,
    WatchAlerted,
)
from domain.papers.loan import LineReturned, LoanBecameInternal, LoanClosed, LoanReceived
from domain.papers.outside_decision import DecisionRanOut, DecisionTakenBack, DecisionVerified
from domain.papers.pool_check import PoolCheckCertified, PoolCheckWithdrawn
from domain.papers.reminder import ReminderSent
from domain.papers.request import (
    RequestApproved,
    RequestDisplaced,
    RequestHandedOver,
    RequestState,
    RequestStepApproved,
)
from domain.papers.request_changes import RequestChangeAccepted, RequestChangeDeclined, RequestChangeProposed
from domain.papers.request_endings import RequestCancelled, RequestLapsed, RequestRefused, RequestUsed
from domain.papers.running_loan import ExtensionGranted, ExtensionRefused, Reminded
from domain.papers.transfer import (
    Side,
    TransferApproved,
    TransferClosed,
    TransferConsented,
    TransferHandedOver,
    TransferRefused,
    TransferSignedFor,
    TransferUndone,
    TransferWithdrawn,
)


class Done(NamedTuple):
    """These facts make it done, if that is so after them."""

    facts: tuple[type[Fact], ...]
    so: Callable[[Told], bool] = lambda told: True


ENDINGS: tuple[type[Fact], ...] = (
    RequestRefused,
    RequestCancelled,
    RequestLapsed,
    RequestDisplaced,
    RequestUsed,
)
_DECIDED = Done(
    (RequestStepApproved, RequestApproved, RequestChangeProposed, *ENDINGS),
    lambda told: told.after.state is not RequestState.SUBMITTED or told.after.waiting != told.before.waiting,
)
_COLLECTED = Done((RequestHandedOver, *ENDINGS), lambda told: told.after.state is not RequestState.APPROVED)
_BACK: tuple[type[Fact], ...] = (LineReturned, LoanClosed, LoanBecameInternal)
_TRANSFER_GOES_ON = (
    TransferConsented,
    TransferApproved,
    TransferHandedOver,
    TransferRefused,
    TransferWithdrawn,
)

DONE: Mapping[str, Done] = {
    "request.to_decide": _DECIDED,
    "request.next_step": _DECIDED,
    "request.change_accepted": _DECIDED,
    "request.change_to_answer": Done(
        (RequestChangeAccepted, RequestChangeDeclined, *ENDINGS),
        lambda told: told.after.state is not RequestState.CHANGED,
    ),
    "request.approved": _COLLECTED,
    "request.to_prepare": _COLLECTED,
    "demand.turn_came": Done((TurnTakenUp, TurnPassed, TurnDisplaced, DemandGivenUp)),
    "demand.watch_alerted": Done((WatchAlerted, DemandGivenUp, DemandLapsed)),
    "pool_check.to_review": Done((PoolCheckCertified, PoolCheckWithdrawn)),
    "loan.to_receive": Done(
        (LoanReceived, *_BACK),
        lambda told: not told.after.out or not (told.after.in_transit or told.after.on_the_way),
    ),
    "loan.extension_to_decide": Done(
        (ExtensionGranted, ExtensionRefused, *_BACK),
        lambda told: told.after.asked is None or not told.after.out,
    ),
    "loan.recalled": Done(
        (ExtensionGranted, *_BACK), lambda told: not told.after.recalled & told.after.out.keys()
    ),
    "reminder.sent": Done(
        (ReminderSent, ExtensionGranted, *_BACK),
        lambda told: (
            isinstance(told.fact, ReminderSent) or not told.after.out or told.after.due != told.before.due
        ),
    ),
    "damage.to_assess": Done((DamageAssessed,)),
    "damage.to_agree": Done((CompensationAgreed, DamageAssessed, DamageSettled)),
    "transfer.giver_to_consent": Done(
        _TRANSFER_GOES_ON, lambda told: told.after.closed or Side.GIVER in told.after.consents
    ),
    "transfer.receiver_to_consent": Done(
        _TRANSFER_GOES_ON, lambda told: told.after.closed or Side.RECEIVER in told.after.consents
    ),
    "transfer.to_decide": Done(
        _TRANSFER_GOES_ON, lambda told: told.after.closed or "decision" not in told.after.missing
    ),
    "transfer.to_receive": Done((TransferSignedFor, TransferClosed, TransferUndone)),
    "decision.to_verify": Done((DecisionVerified, DecisionTakenBack, DecisionRanOut)),
    "listing.ended": Done((Listed, Issued, CustodianChanged)),
    "listing.unconfirmed": Done((ListingConfirmed, ListingWithdrawn, ListingTakenBack, ListingEnded)),
}
ASKING = frozenset({Reminded, *(one.fact for one in NOTICES if one.to_do)})


def asks(fact: Fact) -> bool:
    """Whether somebody may have been asked for something because of it. What was handed over without a carrier is received by then."""
    return type(fact) in ASKING and getattr(fact, "carrier", "somebody") != ""
