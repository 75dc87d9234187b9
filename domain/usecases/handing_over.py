"""Handing over what was approved and scanned: on one paper, with both signatures, with its slips.

What was approved for a time becomes a loan; for good, a transfer with the consents and decisions the request has.
"""

from datetime import datetime
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Promise
from domain.body import Body, BodyTookIn
from domain.command import Command
from domain.life.lending import Dispatched, Lent
from domain.life.pooling import ReservationReleased
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import HeldForTransfer, SentOnTransfer
from domain.papers.kit import KitLent
from domain.papers.loan import LoanLine, LoanOpened
from domain.papers.request import (
    Request,
)
from domain.papers.signing import CodeForSomethingElse, Signing, of_a_list
from domain.papers.slip import SlipIssued, SlipKind
from domain.papers.transfer import (
    Basis,
    Side,
    Transfer,
    TransferApproved,
    TransferConsented,
    TransferHandedOver,
    TransferProposed,
    TransferSignedFor,
)
from domain.refusals import InvalidValue, Refusal
from domain.terms import Form
from domain.usecases import Outcome, ask_each, use_case
from domain.usecases.kit_lines import kits_at_the_counter, not_alone, went_out
from domain.usecases.lending import (
    HANDED_OUT,
    HANDING_OUT,
    LENDING,
    hand_out,
    lines_and_borrower,
    must_be_lendable,
    with_slip,
)
from domain.usecases.passing_on import ENDINGS, dispatch_transfer, hand_over_transfer
from domain.usecases.picking import EXCHANGING, promise_of
from domain.usecases.request_rules import ask_of, documents_must_be_alive
from domain.usecases.transferring import STAYS_TRANSFERABLE, propose
from domain.values import Signature, SignedBy


class NotAllPicked(Refusal):
    """Not everything that was approved has been scanned; it can be handed over in part, if that is meant."""

    code = "NOT_ALL_PICKED"


@use_case(
    "hand_over_request",
    by=HANDING_OUT,
    emits=(
        BodyTookIn, LoanOpened, Lent, Dispatched, SlipIssued, KitLent, *HANDED_OUT, TransferProposed,
        HeldForTransfer, SplitOff, SplitFrom, TransferConsented, TransferApproved, TransferHandedOver, TransferSignedFor,
        SentOnTransfer, *EXCHANGING, *ENDINGS,
    ),
    gives=("request", "loan", "transfer", "series", "release_series", "gate_pass_series"),
)  # fmt: skip
def hand_over_request(
    c: Command, *, request: UUID, receiver: Signature | None = None, giver: Signature | None = None, carrier: str = "",
    due: datetime | None = None, lines: tuple[LoanLine, ...] = (), partly: bool = False,
) -> Outcome:  # fmt: skip
    """Hands over all that was scanned, both sides signing, or to a carrier: the loan, its slip, the release slip and the gate pass.

    `lines` say in what condition, with which accessories and papers; `due` is the end of what was approved. What was approved for
    good goes on a transfer paper, which carries the consents and decisions of the request, and is handed over if none is missing.
    Less than all goes `partly`; a kit always goes whole.
    """
    paper = c.load(Request, request, "request")
    ask_of("hand_over_request", c, paper)
    giver = giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    if bool(carrier.strip()) == (receiver is not None):
        raise InvalidValue("carrier", value=carrier, because="carrier_or_receiver")
    if not partly:
        _all_must_be_picked(paper)
    kits = kits_at_the_counter(c, paper)
    documents_must_be_alive(c, paper)
    _exactly_this_must_be_signed(c, paper, giver, receiver)
    given = _described(paper, lines)
    if paper.form is Form.TRANSFER:
        return _for_good(c, paper, given, giver, receiver, carrier)
    due = due or (paper.window.end if paper.window else None)
    if due is None:
        raise InvalidValue("due", value="")
    assets, to = lines_and_borrower(c, given, paper.body, due, not_alone(LENDING, paper))
    must_be_lendable(c, assets, given, to, due, paper.id, receiver)
    loan = hand_out(
        c,
        assets,
        given,
        to,
        due,
        giver=giver,
        receiver=receiver,
        carrier=carrier.strip(),
        reservation=paper.id,
    )
    went_out(kits, loan.id, paper)
    kinds = {"release_series": SlipKind.RELEASE, "gate_pass_series": SlipKind.GATE_PASS}
    if receiver is not None:
        kinds["series"] = SlipKind.LOAN
    return {"request": paper.id, **with_slip(c, loan, assets, given, kinds)}


def _exactly_this_must_be_signed(
    c: Command, paper: Request, giver: Signature, receiver: Signature | None
) -> None:
    """A code was asked for when all of this had been scanned, and nothing else."""
    scanned = of_a_list(paper.picked.items())
    for path, one in (("giver", giver), ("receiver", receiver)):
        code = one.code if one is not None else None
        if code is not None and c.load(Signing, code, path).listed != scanned:
            raise CodeForSomethingElse(path)


def _all_must_be_picked(paper: Request) -> None:
    done = sum(paper.picked.values())
    if done < sum(paper.left.values()):
        raise NotAllPicked("partly", picked=done, wanted=sum(paper.left.values()))


def _described(paper: Request, lines: tuple[LoanLine, ...]) -> tuple[LoanLine, ...]:
    """What was scanned, with what is said about it."""
    said = {line.asset: line for line in lines}
    for n, line in enumerate(lines):
        if line.quantity != paper.picked.get(line.asset) or len(said) != len(lines):
            raise InvalidValue(
                f"lines.{n}.quantity", value=line.quantity, most=paper.picked.get(line.asset, 0)
            )
    return tuple(said.get(asset) or LoanLine(asset, quantity) for asset, quantity in paper.picked.items())


def _for_good(
    c: Command,
    paper: Request,
    lines: tuple[LoanLine, ...],
    giver: Signature,
    receiver: Signature | None,
    carrier: str,
) -> Outcome:
    """A transfer paper with what was decided in the request; handed over at once if that is all it needs."""
    assets, promised = c.load_all(Asset, (line.asset for line in lines)), dict[UUID, Promise]()
    for asset in assets:
        ask_each((*STAYS_TRANSFERABLE, rule.it_is_not_being_transferred), c, [asset], "request")
        if paper.id in asset.promises:
            promised[asset.id] = asset.promises[paper.id]
            asset.record(ReservationReleased(reservation=paper.id))
    to, holder = c.load(Body, paper.body), c.load(Body, paper.holder)
    basis = Basis.REDISTRIBUTION if to.level is holder.level else Basis.CROSS_LEVEL
    transfer = propose(c, assets, lines, to, basis, paper.id)
    parts = [item.asset for item in transfer.items if item.asset is not None]
    for line, part in zip(lines, parts, strict=True):
        if part != line.asset:  # split off the lot
            paper.exchange(line.asset, part, line.quantity)
    paper.hand_over(transfer.id, [(part, line.quantity) for line, part in zip(lines, parts, strict=True)])
    for asset in assets:
        _keep_the_rest(c, paper, asset, promised.get(asset.id))
    _decided_before(c, paper, transfer)
    outcome: Outcome = {"request": paper.id, "transfer": transfer.id}
    if transfer.missing:
        return outcome
    if receiver is None:
        return outcome | dispatch_transfer(c, transfer=transfer.id, carrier=carrier, giver=giver)
    return outcome | hand_over_transfer(c, transfer=transfer.id, receiver=receiver, giver=giver)


def _keep_the_rest(c: Command, paper: Request, asset: Asset, promise: Promise | None) -> None:
    """What of a lot is handed over later is still promised."""
    held = paper.units.get(asset.id, (0, 0))[1]
    if promise is not None and held:
        asset.record(promise_of(c, paper.id, promise.less(promise.quantity - held), asset))


def _decided_before(c: Command, paper: Request, transfer: Transfer) -> None:
    """The consents of both sides and the authorities' decisions, as far as the request has them."""
    sides = {
        Side.GIVER: c.load(Body, transfer.giver).accountable,
        Side.RECEIVER: c.load(Body, transfer.receiver).accountable,
    }
    for one in paper.decided:
        accountable = c.load(Body, one.body).accountable
        for side, body in sides.items():
            if body == accountable and side not in transfer.consents:
                transfer.record(TransferConsented(side=side, body=one.body, person=one.person))
        if one.body in transfer.authorities and one.body not in transfer.approvals:
            transfer.record(TransferApproved(authority=one.body, person=one.person))
