"""What a carrier brings to a borrower: signed for line by line; what did not come or came broken is a case."""

from collections.abc import Sequence
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, BodyTookIn
from domain.command import Command
from domain.life.keeping import CaseOpened
from domain.life.lending import Received
from domain.papers.loan import ArrivedLine, Loan, LoanLine, LoanReceived
from domain.papers.pool_check import PurchaseAvoided
from domain.papers.request import Request
from domain.refusals import InvalidValue, Unknown
from domain.usecases import Outcome, use_case
from domain.usecases.duty_persons import NotAMember, must_be_a_member
from domain.usecases.lending import BREACH, HANDING_OUT
from domain.usecases.loan_rules import ask_loan
from domain.usecases.pool_checks import note_purchase_avoided
from domain.values import USABLE, Condition, Signature, SignedBy

MISSING_ON_THE_WAY, DAMAGED_ON_THE_WAY = "missing_on_the_way", "damaged_on_the_way"


@use_case(
    "receive",
    by=HANDING_OUT,
    emits=(BodyTookIn, LoanReceived, Received, CaseOpened, PurchaseAvoided),
    gives=("loan",),
)
def receive(
    c: Command, *, loan: UUID, receiver: Signature | None = None, lines: tuple[ArrivedLine, ...] = ()
) -> Outcome:
    """The borrower signs for what the carrier brought: all of it, or what the lines say. What did not come stays on its way, with a case,
    and is signed for when it comes. It lands whatever the standing of either side is by now.
    """
    paper = ask_loan("receive", c, c.load(Loan, loan, "loan"))
    to = c.load(Body, paper.borrower)
    receiver = receiver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(paper.giver, receiver)
    sent, arrived = dict(paper.on_the_way), _arrived(paper, lines)
    missing = {
        asset: many - arrived[asset].quantity
        for asset, many in sent.items()
        if many > arrived[asset].quantity
    }
    paper.record(
        LoanReceived(
            receiver=receiver, missing=tuple(LoanLine(asset, many) for asset, many in missing.items())
        )
    )
    for asset in c.load_all(Asset, sent):
        if arrived[asset.id].quantity:
            _arrives(c, asset, paper, to, receiver, arrived[asset.id].condition)
        if asset.id in missing and MISSING_ON_THE_WAY not in asset.cases:
            asset.record(CaseOpened(case=MISSING_ON_THE_WAY, paper=paper.id))
    _note_accepted(c, paper, [(asset, line.quantity) for asset, line in arrived.items() if line.quantity])
    return {"loan": paper.id}


def _arrived(paper: Loan, lines: tuple[ArrivedLine, ...]) -> dict[UUID, ArrivedLine]:
    """What came of everything that is on its way: all of it where nothing else is said, and nothing of what is left out of the lines."""
    if not lines:
        return {asset: ArrivedLine(asset, many) for asset, many in paper.on_the_way.items()}
    if len({line.asset for line in lines}) != len(lines):
        raise InvalidValue("lines", value=len(lines), once=True)
    for n, line in enumerate(lines):
        if line.asset not in paper.on_the_way:
            raise InvalidValue(f"lines.{n}.asset", value=str(line.asset), because="not_on_its_way")
        if not 0 <= line.quantity <= paper.on_the_way[line.asset]:
            most = paper.on_the_way[line.asset]
            raise InvalidValue(f"lines.{n}.quantity", value=line.quantity, least=0, most=most)
    if not any(line.quantity for line in lines):
        raise InvalidValue("lines", value=0, least=1)
    said = {line.asset: line for line in lines}
    return {asset: said.get(asset, ArrivedLine(asset, 0)) for asset in paper.on_the_way}


def _arrives(c: Command, asset: Asset, paper: Loan, to: Body, receiver: Signature, seen: Condition) -> None:
    """It is the borrower's to answer for from now on; what the carrier broke is a case, so that the borrower need not answer for that."""
    to.receive(asset.id, "loan")
    try:
        must_be_a_member(c, to, receiver.person)
    except NotAMember as no:
        asset.record(CaseOpened(case=f"{BREACH}{no.code}"))
    out, left = asset.outs[paper.id], paper.on_the_way.get(asset.id, 0)
    asset.record(
        Received(
            loan=paper.id, borrower=to.id, person=receiver.person, quantity=out.quantity - left, on_the_way=left,
            condition=out.condition if seen is Condition.UNKNOWN else seen,
        )
    )  # fmt: skip
    if seen not in USABLE and DAMAGED_ON_THE_WAY not in asset.cases:
        asset.record(CaseOpened(case=DAMAGED_ON_THE_WAY, paper=paper.id))


def _note_accepted(c: Command, loan: Loan, arrived: Sequence[tuple[UUID, int]]) -> None:
    """What came with a carrier is signed for: now the purchase that it spares is."""
    if loan.reservation is not None:
        try:
            note_purchase_avoided(c, c.load(Request, loan.reservation), arrived)
        except Unknown:
            return
