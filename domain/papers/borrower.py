"""What a body has borrowed at one warehouse (or from one holder): open loans with their days, and whether it is blocked there.

One stream per accountable body and lending point, so a decision that rests on it reads one stream and is guarded by it. What it
holds is a list of loans to look at; how each stands, the loan itself says.
"""

from datetime import datetime
from uuid import UUID, uuid5

from domain.aggregate import Fact, Root, Stamp
from domain.papers.loan import Loan
from domain.values import SPACE, Value


class Borrowed(Value, frozen=True):
    """An open loan: when the first of it is due; since when its receipt is unsigned."""

    due: datetime | None = None
    unsigned_since: datetime | None = None


class Block(Value, frozen=True):
    """Blocked by a manager, for a reason, until a moment or until further notice."""

    reason: str
    until: datetime | None = None


class LoanNoted(Fact, frozen=True, kw_only=True):
    """The body has something out on this loan: so it stands on its account."""

    TOPIC = "borrower.loan_noted"
    borrower: UUID
    loan: UUID
    due: datetime | None = None
    unsigned_since: datetime | None = None

    def apply(self, thing: "BorrowerAccount", at: Stamp) -> None:
        thing.loans[self.loan] = Borrowed(self.due, self.unsigned_since)


class LoanOffAccount(Fact, frozen=True, kw_only=True):
    """Nothing of this loan is out any more."""

    TOPIC = "borrower.loan_off_account"
    borrower: UUID
    loan: UUID

    def apply(self, thing: "BorrowerAccount", at: Stamp) -> None:
        thing.loans.pop(self.loan, None)


class BorrowerBlocked(Fact, frozen=True, kw_only=True):
    """A manager lets the body ask for nothing new here, until a moment or until further notice. The command's reason says why."""

    TOPIC = "borrower.blocked"
    borrower: UUID
    point: UUID
    until: datetime | None = None

    def apply(self, thing: "BorrowerAccount", at: Stamp) -> None:
        thing.block, thing.cleared_until = Block(at.meta.reason, self.until), None


class BorrowerCleared(Fact, frozen=True, kw_only=True):
    """A manager lets the body ask again. `until`: so long also what is overdue or unsigned does not block it."""

    TOPIC = "borrower.cleared"
    borrower: UUID
    point: UUID
    until: datetime | None = None

    def apply(self, thing: "BorrowerAccount", at: Stamp) -> None:
        thing.block, thing.cleared_until = None, self.until


class BorrowerAccount(Root):
    """The state of one body's account at one lending point."""

    KIND = "borrower"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.loans: dict[UUID, Borrowed] = {}
        self.block: Block | None = None
        self.cleared_until: datetime | None = None

    def note(self, loan: Loan, borrower: UUID) -> None:
        """What the account says of a loan follows the loan; nothing is recorded when that is so already."""
        if not loan.out:
            if loan.id in self.loans:
                self.record(LoanOffAccount(borrower=borrower, loan=loan.id))
            return
        now = Borrowed(loan.due, loan.opened if loan.in_transit else None)
        if self.loans.get(loan.id) != now:
            self.record(
                LoanNoted(borrower=borrower, loan=loan.id, due=now.due, unsigned_since=now.unsigned_since)
            )


def account_at(borrower: UUID, point: UUID) -> UUID:
    """The stream of an accountable body's account at a lending point."""
    return uuid5(SPACE, f"borrower:{borrower}:{point}")
