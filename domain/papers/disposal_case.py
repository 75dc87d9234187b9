"""A disposal case (处置): the list, who decided on it, what left, what it brought, and where the money went.

The three exits are kept apart: lines leave, the books let them go, the case is closed when the money is
remitted. What each form needs besides (an auction, an appraisal, a recycler's certificate) is not here yet:
`DisposalForm` and `NEEDS` are where it goes.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.papers.outside_decision import DecisionExpired, ListItem
from domain.refusals import AlreadyDone, Refusal
from domain.values import Money, Signature, Value


class DisposalForm(StrEnum):
    """How it goes. A free transfer to another body is a transfer, not a disposal."""

    SALE = "sale"
    DONATION = "donation_out"
    EXCHANGE = "exchange"
    SCRAPPING = "scrapping"
    LOSS = "loss"


class Needs(Value, frozen=True, kw_only=True):
    """What a form asks for on the way: a physical exit, the pending losses first."""

    physical_exit: bool = True
    pending_losses: bool = False


NEEDS = {
    DisposalForm.SALE: Needs(),
    DisposalForm.DONATION: Needs(),
    DisposalForm.EXCHANGE: Needs(),
    DisposalForm.SCRAPPING: Needs(pending_losses=True),
    DisposalForm.LOSS: Needs(physical_exit=False, pending_losses=True),
}


class DisposalEnded(Refusal):
    """The case was refused, withdrawn or closed."""

    code = "DISPOSAL_ENDED"


class DisposalNotApproved(Refusal):
    """Nobody has decided on this list yet."""

    code = "DISPOSAL_NOT_APPROVED"


class NotOnTheList(Refusal):
    """It is not on the list of this case, or not any more."""

    code = "NOT_ON_THE_LIST"


class ProceedsNotSettled(Refusal):
    """Before the books let it go, proceeds and costs are settled, if only as nothing."""

    code = "PROCEEDS_NOT_SETTLED"


class NotExecuted(Refusal):
    """Some of the list has not left yet."""

    code = "NOT_EXECUTED"


class PendingLossesFirst(Refusal):
    """Shortage and scrapping go to the pending losses first."""

    code = "PENDING_LOSSES_FIRST"


class NotRemitted(Refusal):
    """The proceeds are a debt to the treasury until they are remitted."""

    code = "NOT_REMITTED"


class RemittanceDiffers(Refusal):
    """Proceeds less costs are remitted, to the cent: nothing is set off."""

    code = "REMITTANCE_DIFFERS"


class NotDeregistered(Refusal):
    """The case is closed after the books let its list go."""

    code = "NOT_DEREGISTERED"


class DisposalApplied(Fact, frozen=True, kw_only=True):
    """The holder applied to dispose of exactly this list; the reason and the papers are with the command."""

    TOPIC = "disposal.applied"
    form: DisposalForm
    holder: UUID
    items: tuple[ListItem, ...]
    list_hash: str

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.form, thing.holder = self.form, self.holder
        thing.items, thing.list_hash = self.items, self.list_hash
        thing.inside = frozenset(item.asset for item in self.items if item.asset is not None)
        thing.applied_by = at.meta.person


class DisposalApproved(Fact, frozen=True, kw_only=True):
    """Decided, on exactly this list: by a document (`decision`), or by an approver here, with a number and an end."""

    TOPIC = "disposal.approved"
    list_hash: str
    decision: UUID | None = None
    number: str = ""
    expires: datetime | None = None

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.approved, thing.decision, thing.expires = True, self.decision, self.expires


class DisposalRefused(Fact, frozen=True, kw_only=True):
    """Not approved; the command's reason says why."""

    TOPIC = "disposal.refused"

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.closed = True


class DisposalWithdrawn(Fact, frozen=True, kw_only=True):
    """The holder took out what had not left (`assets`); the case goes on with the rest, if there is any."""

    TOPIC = "disposal.withdrawn"
    assets: tuple[UUID, ...]

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.inside -= {*self.assets}
        thing.closed = not thing.inside


class DisposalExecuted(Fact, frozen=True, kw_only=True):
    """The physical exit: these left. `to_body`: who took them; both sides signed where there is a taker."""

    TOPIC = "disposal.executed"
    assets: tuple[UUID, ...]
    giver: Signature
    to_body: UUID | None = None
    receiver: Signature | None = None

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.left |= {*self.assets}
        thing.released_by |= {at.meta.person, self.giver.person}


class ProceedsSettled(Fact, frozen=True, kw_only=True):
    """What it brought and what that cost are known; the difference is a debt to the treasury from now on."""

    TOPIC = "disposal.proceeds_settled"
    proceeds: Money
    costs: Money
    owed: Money

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.owed = self.owed


class BookedOut(Fact, frozen=True, kw_only=True):
    """The exit from the books: these are on nobody's books any more."""

    TOPIC = "disposal.booked_out"
    assets: tuple[UUID, ...]

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.booked_out = True


class ProceedsRemitted(Fact, frozen=True, kw_only=True):
    """The debt to the treasury was paid. `receipt`: the number of the treasury's receipt."""

    TOPIC = "disposal.proceeds_remitted"
    amount: Money
    receipt: str

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.remitted = True


class DisposalClosed(Fact, frozen=True, kw_only=True):
    """Everything has left, is off the books, and is paid: the third exit."""

    TOPIC = "disposal.closed"

    def apply(self, thing: "DisposalCase", at: Stamp) -> None:
        thing.closed = True


class DisposalCase(Root):
    """The state of one case."""

    KIND = "disposal"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.form = DisposalForm.SCRAPPING
        self.holder: UUID = id
        self.items: tuple[ListItem, ...] = ()
        self.list_hash = ""
        self.applied_by: UUID | None = None
        self.inside: frozenset[UUID] = frozenset()
        self.approved = False
        self.decision: UUID | None = None
        self.expires: datetime | None = None
        self.left: frozenset[UUID] = frozenset()
        self.released_by: frozenset[UUID] = frozenset()
        self.owed: Money | None = None
        self.booked_out = False
        self.remitted = False
        self.closed = False

    @property
    def needs(self) -> Needs:
        return NEEDS[self.form]

    def must_be_open(self) -> None:
        if self.closed:
            raise DisposalEnded("disposal")

    def must_be_approved(self, now: datetime) -> None:
        """Approved, and not expired. A document says itself whether it still stands."""
        self.must_be_approved_once()
        if self.expires is not None and self.expires <= now:
            raise DecisionExpired("disposal", decision=self.list_hash[:12], expires=self.expires.isoformat())

    def must_be_approved_once(self) -> None:
        """What follows an exit needs the decision, not that it still lasts."""
        self.must_be_open()
        if not self.approved:
            raise DisposalNotApproved("disposal")

    def must_be_executed(self) -> None:
        if self.needs.physical_exit and not self.inside <= self.left:
            raise NotExecuted("disposal", count=len(self.inside - self.left))

    def settle(self, proceeds: Money, costs: Money) -> None:
        """Known once, and only after everything has left."""
        self.must_be_open()
        self.must_be_executed()
        if self.owed is not None:
            raise AlreadyDone("disposal", what=str(self.owed.amount))
        net = proceeds - costs
        owed = net if net.amount > 0 else proceeds - proceeds
        self.record(ProceedsSettled(proceeds=proceeds, costs=costs, owed=owed))

    def remit(self, amount: Money, receipt: str) -> None:
        self.must_be_open()
        if self.owed is None:
            raise ProceedsNotSettled("disposal")
        if self.remitted:
            raise AlreadyDone("disposal", what=receipt)
        if amount != self.owed:
            raise RemittanceDiffers("amount", amount=amount.amount, owed=self.owed.amount)
        self.record(ProceedsRemitted(amount=amount, receipt=receipt))

    def close(self) -> None:
        self.must_be_open()
        if not self.booked_out:
            raise NotDeregistered("disposal")
        if self.owed and not self.remitted:
            raise NotRemitted("disposal", owed=self.owed.amount)
        self.record(DisposalClosed())
