"""Transfers for good, once they are agreed: handed over, and accepted line by line.

At a counter, hand-over and acceptance are one command with both signatures; with a carrier there is a transit
between them. What happened against the rules lands as a breach, and the holder still changes only at an
acceptance that both consents and every decision cover.
"""

from collections.abc import Sequence
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind
from domain.body import Body, BodyTookIn, answers_now, may_still_hand_over
from domain.command import Command
from domain.life.keeping import CaseOpened
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import (
    ArrivedOnTransfer,
    RefusedOnTransfer,
    ReleasedFromTransfer,
    SentOnTransfer,
    ShortOnTransfer,
    Transferred,
    book_at_receiver,
)
from domain.papers.loan import LineOutcome, LineReturned, Loan, LoanClosed
from domain.papers.outside_decision import ListChanged, Matter, OutsideDecision, is_within
from domain.papers.pool_check import PurchaseAvoided
from domain.papers.request import Request
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.papers.transfer import (
    Ending,
    HandedOverAlready,
    NotHandedOver,
    Transfer,
    TransferClosed,
    TransferEnded,
    TransferHandedOver,
    TransferLineEnded,
    TransferSignedFor,
)
from domain.place import Place
from domain.refusals import InvalidValue, Refusal
from domain.usecases import Outcome, ask, use_case
from domain.usecases.loan_rules import NotYourReceipt
from domain.usecases.lots import split_off
from domain.usecases.pool_checks import note_purchase_avoided
from domain.usecases.transferring import (
    STAYS_TRANSFERABLE,
    item_of,
    must_not_be_lent_to_a_third,
)
from domain.values import USABLE, Condition, Money, Role, Signature, SignedBy, Value

DAMAGED_ON_TRANSFER = "damaged_on_transfer"


class LinesDoNotAddUp(Refusal):
    """The outcomes of a line do not add up to what was handed over."""

    code = "LINES_DO_NOT_ADD_UP"


class TransferArrival(Value, frozen=True, kw_only=True):
    """What became of one line: so many accepted, turned away, not there. `costs`: the receiver's freight and taxes."""

    asset: UUID
    accepted: int = 1
    turned_away: int = 0
    short: int = 0
    condition: Condition = Condition.UNKNOWN
    costs: Money | None = None


HANDING_OVER = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)
ENDINGS = (
    Transferred,
    ArrivedOnTransfer,
    RefusedOnTransfer,
    ReleasedFromTransfer,
    ShortOnTransfer,
    TransferLineEnded,
    TransferClosed,
    CaseOpened,
    PurchaseAvoided,
    SplitOff,
    SplitFrom,
    LineReturned,
    LoanClosed,
    BodyTookIn,
)


@use_case(
    "hand_over_transfer",
    by=HANDING_OVER,
    emits=(TransferHandedOver, TransferSignedFor, SlipIssued, *ENDINGS),
    gives=("transfer", "series"),
)
def hand_over_transfer(
    c: Command,
    *,
    transfer: UUID,
    receiver: Signature,
    giver: Signature | None = None,
    lines: tuple[TransferArrival, ...] = (),
    place: UUID | None = None,
    already_happened: bool = False,
) -> Outcome:
    """Across the counter: the giver hands over and the receiver accepts, both signing, one command, one list.

    Without `lines` everything is accepted as it is. `place`: the receiver's store, if it goes straight there.
    """
    paper, giver = c.load(Transfer, transfer, "transfer"), giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    to, assets, lines = _goods(c, paper, lines)
    covered = _must_be_ready(c, paper, assets, landed=already_happened)
    series = _slip(c, paper, assets, giver, receiver)
    paper.record(
        TransferHandedOver(assets=tuple(asset.id for asset in assets), giver=giver, receiver=receiver)
    )
    paper.record(TransferSignedFor(receiver=receiver))
    _arrive(c, paper, to, assets, lines, receiver, place, covered, counter=True)
    return {"transfer": paper.id, **series}


@use_case(
    "dispatch_transfer",
    by=HANDING_OVER,
    emits=(TransferHandedOver, SentOnTransfer, SlipIssued, BodyTookIn),
    gives=("transfer", "series"),
)
def dispatch_transfer(c: Command, *, transfer: UUID, carrier: str, giver: Signature | None = None) -> Outcome:
    """Gives the whole list to a carrier: in transit, and on the giver's books, until the receiver accepts."""
    if not carrier.strip():
        raise InvalidValue("carrier", value="")
    paper, giver = c.load(Transfer, transfer, "transfer"), giver or Signature(c.person, SignedBy.ACCOUNT)
    to, assets, _ = _goods(c, paper, ())
    _must_be_ready(c, paper, assets, landed=False)
    for asset in assets:
        must_not_be_lent_to_a_third(asset, asset.quantity, paper.giver, "transfer", can_split=False)
    series = _slip(c, paper, assets, giver, None)
    paper.record(
        TransferHandedOver(assets=tuple(asset.id for asset in assets), giver=giver, carrier=carrier.strip())
    )
    for asset in assets:
        to.receive(asset.id, "transfer")
        asset.record(SentOnTransfer(transfer=paper.id, receiver=to.id, carrier=carrier.strip()))
    return {"transfer": paper.id, **series}


@use_case("accept_transfer", by=HANDING_OVER, emits=(TransferSignedFor, *ENDINGS), gives=("transfer",))
def accept_transfer(
    c: Command,
    *,
    transfer: UUID,
    lines: tuple[TransferArrival, ...] = (),
    receiver: Signature | None = None,
    place: UUID | None = None,
) -> Outcome:
    """The receiver signs the list of what came. It always lands; the holder changes if all is agreed."""
    paper = c.load(Transfer, transfer, "transfer")
    receiver = receiver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(paper.giver_signature, receiver)
    to, assets, lines = _goods(c, paper, lines)
    if not any(c.may(role, *to.scopes, *answers_now(c, to.id).scopes) for role in HANDING_OVER):
        raise NotYourReceipt("transfer", body=to.name)
    for asset in assets:
        if asset.id not in paper.handed_over:
            raise NotHandedOver("lines", asset=asset.number)
        if not paper.missing and asset.custody.kind is CustodyKind.CUSTODIAN:
            raise NotHandedOver("lines", asset=asset.number)
    paper.record(TransferSignedFor(receiver=receiver))
    covered = frozenset(asset.id for asset in assets if _is_covered(c, paper, asset))
    _arrive(c, paper, to, assets, lines, receiver, place, covered, counter=False)
    return {"transfer": paper.id}


def _goods(
    c: Command, paper: Transfer, lines: tuple[TransferArrival, ...]
) -> tuple[Body, list[Asset], tuple[TransferArrival, ...]]:
    """The receiver, and the open lines that are meant; all of them, accepted as they are, unless some are named."""
    if paper.closed:
        raise TransferEnded("transfer")
    to = c.load(Body, paper.receiver)
    lines = lines or tuple(
        TransferArrival(asset=id, accepted=quantity) for id, quantity in paper.open.items()
    )
    if len({line.asset for line in lines}) != len(lines):
        raise InvalidValue("lines", value=len(lines), once=True)
    for number, line in enumerate(lines):
        parts = (line.accepted, line.turned_away, line.short)
        if min(parts) < 0 or sum(parts) != paper.open.get(line.asset, -1):
            raise LinesDoNotAddUp(f"lines.{number}", whole=paper.open.get(line.asset, 0), parts=sum(parts))
        if line.costs is not None and line.costs.amount < 0:
            raise InvalidValue(f"lines.{number}.costs", value=str(line.costs.amount), least=0)
    return to, c.load_all(Asset, (line.asset for line in lines), "lines"), lines


def _must_be_ready(c: Command, paper: Transfer, assets: Sequence[Asset], *, landed: bool) -> frozenset[UUID]:
    """Everything again, in the same write: agreed, decisions alive, the exact list, still transferable.

    Landed: what physically happened is not refused, its breaches become cases. The answer: what broke no rule.
    """
    covered = set[UUID]()
    for asset in assets:
        if asset.id in paper.handed_over:
            raise HandedOverAlready("transfer")
        rule.its_holder_or_keeper_asks(c, asset)
    may_still_hand_over(c.load(Body, paper.giver), c, "transfer")
    for asset in assets:
        try:
            _must_be_covered(c, paper)
            ask(STAYS_TRANSFERABLE, c, asset)
            must_not_be_lent_to_a_third(asset, asset.quantity, paper.receiver, "transfer", can_split=False)
            if item_of(asset) not in paper.items:
                raise ListChanged("transfer", decision=paper.list_hash[:12])
            covered.add(asset.id)
        except Refusal as no:
            if not landed:
                raise
            asset.record(CaseOpened(case=f"breach:{no.code}", paper=paper.id))
    return frozenset(covered)


def _is_covered(c: Command, paper: Transfer, asset: Asset) -> bool:
    """At an acceptance: what left under the decisions is; what was handed over against the rules must have been put right."""
    if asset.custody.kind is not CustodyKind.OUT:
        return not paper.missing
    try:
        _must_be_covered(c, paper)
        ask([one for one in STAYS_TRANSFERABLE if one is not rule.somebody_has_it], c, asset)
    except Refusal:
        return False
    return is_within([item_of(asset)], paper.items)


def _must_be_covered(c: Command, paper: Transfer) -> None:
    paper.must_be_agreed()
    for decision in c.load_all(OutsideDecision, (one for one in paper.approvals.values() if one is not None)):
        decision.must_carry(Matter.TRANSFER, paper.list_hash, c.now, "transfer")


def _arrive(
    c: Command, paper: Transfer, to: Body, assets: Sequence[Asset], lines: Sequence[TransferArrival],
    receiver: Signature, place: UUID | None, covered: frozenset[UUID], *, counter: bool,
) -> None:  # fmt: skip
    """Every line, or part of one, gets its own outcome. `covered`: what may change its holder by this."""
    store = rule.in_a_place_of(c, place, to) if place else None
    for asset, line in zip(assets, lines, strict=True):
        for ending, quantity in (
            (Ending.SHORT, line.short),
            (Ending.REFUSED, line.turned_away),
            (Ending.ACCEPTED, line.accepted),
        ):
            if not quantity:
                continue
            piece = split_off(c, asset, quantity, "lines")
            if not counter and ending is not Ending.SHORT:
                _note_damage(paper, piece, line.condition)
            if ending is Ending.ACCEPTED:
                _accept(c, paper, to, piece, line, receiver, store, agreed=asset.id in covered)
                if paper.request is not None and asset.id in covered:
                    note_purchase_avoided(c, c.load(Request, paper.request), [(asset.id, quantity)])
            else:
                _did_not_pass(paper, piece, line, ending, counter=counter)


def _note_damage(paper: Transfer, piece: Asset, seen: Condition) -> None:
    """What left usable and came broken is a case, whoever keeps it: the carrier had it."""
    broken = seen is not Condition.UNKNOWN and seen not in USABLE and piece.condition in USABLE
    if broken and DAMAGED_ON_TRANSFER not in piece.cases:
        piece.record(CaseOpened(case=DAMAGED_ON_TRANSFER, paper=paper.id))


def _accept(
    c: Command,
    paper: Transfer,
    to: Body,
    piece: Asset,
    line: TransferArrival,
    receiver: Signature,
    store: Place | None,
    *,
    agreed: bool,
) -> None:
    condition = piece.condition if line.condition is Condition.UNKNOWN else line.condition
    to.receive(piece.id, "transfer")
    if not agreed:
        piece.record(
            ArrivedOnTransfer(transfer=paper.id, receiver=to.id, person=receiver.person, condition=condition)
        )
        return
    for loan in piece.outs:
        c.load(Loan, loan).line_ends(piece.id, piece.outs[loan].quantity, LineOutcome.TRANSFERRED, condition)
    if store is not None and store.operator != to.id:
        rule.into_the_hands_of(c, store.operator, piece)
    went_out = piece.book
    came_in, expensed = book_at_receiver(went_out, line.costs) if went_out else (None, line.costs)
    piece.record(
        Transferred(
            transfer=paper.id,
            giver=paper.giver,
            receiver=to.id,
            operator=store.operator if store else to.id,
            condition=condition,
            person=None if store else receiver.person,
            place=store.id if store else None,
            book=came_in,
        )
    )
    paper.line_ends(
        TransferLineEnded(
            asset=line.asset,
            piece=piece.id,
            quantity=line.accepted,
            ending=Ending.ACCEPTED,
            condition=condition,
            went_out=went_out,
            came_in=came_in,
            costs=line.costs,
            expensed=expensed,
        )
    )


def _did_not_pass(
    paper: Transfer, piece: Asset, line: TransferArrival, ending: Ending, *, counter: bool
) -> None:
    """At the counter it just stays; with a carrier it is on its way back, or nobody knows where."""
    if counter:
        if piece.transfer is not None:
            piece.record(ReleasedFromTransfer(transfer=paper.id))
    elif ending is Ending.REFUSED:
        piece.record(RefusedOnTransfer(transfer=paper.id, giver=paper.giver))
    else:
        piece.record(ShortOnTransfer(transfer=paper.id, liable=paper.giver))
        piece.record(CaseOpened(case="short_on_transfer", paper=paper.id))
    paper.line_ends(
        TransferLineEnded(
            asset=line.asset, piece=piece.id, quantity=piece.quantity, ending=ending, condition=line.condition
        )
    )


def _slip(
    c: Command, paper: Transfer, assets: Sequence[Asset], giver: Signature, receiver: Signature | None
) -> Outcome:
    """The numbered hand-over list (交接清单) of the store the goods leave, if they are in one."""
    place = next((asset.place for asset in assets if asset.place is not None), None)
    if place is None:
        return {}
    series = issue_slip(
        c,
        SlipKind.HAND_OVER,
        c.load(Place, place),
        paper.id,
        tuple(line_of(asset, asset.quantity) for asset in assets),
        giver=paper.giver,
        receiver=paper.receiver,
        giver_signature=giver,
        receiver_signature=receiver,
        basis=paper.list_hash[:12],
    )
    return {"series": series}
