"""Back earlier than agreed: the lender (or an emergency order) recalls some of a loan, for a reason from the list."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.asset import Asset
from domain.command import Command
from domain.life.on_loan import Recalled
from domain.limits import must_be_open_at, ready_after
from domain.papers.loan import Loan, LoanLine
from domain.papers.running_loan import LoanRecalled, RecallReason
from domain.refusals import InvalidValue
from domain.usecases import Outcome, use_case
from domain.usecases.extending import still_out
from domain.usecases.loan_rules import LENDING_SIDE, DueBeforeThat, ask_loan
from domain.usecases.pooling import ReasonMissing

RECALLING = (LoanRecalled, Recalled)
"""What `recall` records."""


@use_case("recall_loan", by=LENDING_SIDE, emits=RECALLING, gives=("loan",))
def recall_loan(
    c: Command, *, loan: UUID, due: datetime, why: RecallReason, assets: tuple[UUID, ...] = ()
) -> Outcome:
    """Wants what is still out (or only these things) back by an earlier day. The borrower is told."""
    paper = ask_loan("recall_loan", c, c.load(Loan, loan, "loan"))
    if why is RecallReason.ANOTHER_REASON and not c.meta.reason:
        raise ReasonMissing("reason")
    wanted = still_out(paper, assets)
    for asset in c.load_all(Asset, wanted):
        must_be_open_at(c, asset, due, "due")
    if not recall(c, paper, wanted, due, why):
        raise DueBeforeThat("due", due=paper.due.isoformat() if paper.due else "")
    return {"loan": paper.id}


def recall(
    c: Command, paper: Loan, assets: Sequence[UUID], due: datetime, why: RecallReason, order: UUID | None = None
) -> list[Asset]:  # fmt: skip
    """Moves the day forward on what would be out longer, and gives these things; what is due before that anyway stays as it is."""
    if due <= c.now:
        raise InvalidValue("due", value=due.isoformat(), after=c.now.isoformat())
    longer = [
        asset for asset in assets if (before := paper.dues.get(asset, paper.due)) is None or before > due
    ]
    if not longer:
        return []
    lines = tuple(LoanLine(asset, paper.out[asset]) for asset in longer)
    paper.record(LoanRecalled(due=due, lines=lines, why=why, borrower=paper.borrower, order=order))
    wanted = c.load_all(Asset, longer)
    for asset in wanted:
        asset.record(Recalled(loan=paper.id, due=due, ready=ready_after(c, asset, due)))
    return wanted
