"""Out on a loan, and what became of it there: it stays longer, is recalled, was used up, or another one came instead."""

from datetime import datetime
from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Custody, CustodyKind, Out
from domain.life.lending import no_longer_out


class LoanExtended(Fact, frozen=True, kw_only=True):
    """It may stay with its borrower until then. `ready`: when, prepared again after that, it can go out to somebody else."""

    TOPIC = "asset.loan_extended"
    loan: UUID
    due: datetime
    ready: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        _due_then(thing, self.loan, self.due, self.ready)


class Recalled(Fact, frozen=True, kw_only=True):
    """It is wanted back earlier than was agreed. `ready`: when, prepared again after that, it can go out to somebody else."""

    TOPIC = "asset.recalled"
    loan: UUID
    due: datetime
    ready: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        _due_then(thing, self.loan, self.due, self.ready)


class UsedUp(Fact, frozen=True, kw_only=True):
    """The borrower used it up. It is not there any more, but only a decision takes it off the books; the borrower answers for it."""

    TOPIC = "asset.used_up"
    loan: UUID
    quantity: int
    liable: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        _is_not_coming_back(thing, self.loan, self.quantity, self.liable, at)


class Exchanged(Fact, frozen=True, kw_only=True):
    """The borrower brought another one instead (`replacement`). This one is unaccounted for until a decision takes it off the books."""

    TOPIC = "asset.exchanged"
    loan: UUID
    quantity: int
    liable: UUID
    replacement: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        _is_not_coming_back(thing, self.loan, self.quantity, self.liable, at)


class BroughtInstead(Fact, frozen=True, kw_only=True):
    """A borrower brought it in place of what it had borrowed. It is looked at before anything else is done with it."""

    TOPIC = "asset.brought_instead"
    loan: UUID
    original: UUID
    borrower: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.inspection_due = True


def _due_then(asset: Asset, loan: UUID, due: datetime, ready: datetime | None) -> None:
    out = asset.outs.get(loan)
    if out is not None:
        asset.outs[loan] = Out(
            out.quantity, out.custody, out.since, due, out.condition, ready, out.on_the_way
        )


def _is_not_coming_back(asset: Asset, loan: UUID, quantity: int, liable: UUID, at: Stamp) -> None:
    """What is a part of a lot is split off for that, and says the same."""
    no_longer_out(asset, loan, quantity, at)
    if quantity < asset.quantity:
        return
    asset.custody = Custody(CustodyKind.UNACCOUNTED, liable)
    asset.listing = None
