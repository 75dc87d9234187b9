"""The ways back of a transfer: what was turned away comes home, and a whole transfer is undone by decision."""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind
from domain.body import Body, BodyTookIn, may_still_hand_over
from domain.command import Command
from domain.life.keeping import CaseOpened
from domain.life.transferring import BackFromTransfer, TransferReversed
from domain.numbering import paper_number
from domain.papers.outside_decision import Matter, OutsideDecision
from domain.papers.transfer import Ending, Transfer, TransferClosed, TransferLineEnded, TransferUndone
from domain.refusals import AlreadyDone, Refusal
from domain.usecases import Outcome, ask, use_case
from domain.usecases.returning import UNEXPECTED, lands_in
from domain.usecases.transferring import STAYS_TRANSFERABLE, must_be_decided
from domain.values import Condition, Role, Signature


class NotAsAccepted(Refusal):
    """It is no longer what the receiver accepted: another holder, or another value."""

    code = "NOT_AS_ACCEPTED"


STILL_THE_RECEIVER_S = (
    *STAYS_TRANSFERABLE,
    rule.it_is_not_being_transferred,
    rule.it_is_not_promised,
    rule.it_is_not_on_loan,
)


@use_case(
    "take_back_from_transfer",
    by=(Role.KEEPER,),
    emits=(BackFromTransfer, *UNEXPECTED, TransferLineEnded, TransferClosed, BodyTookIn),
    gives=("asset",),
)
def take_back_from_transfer(c: Command, *, asset: UUID, place: UUID, condition: Condition) -> Outcome:
    """What was turned away, or brought back on the way, is in a store again. It always lands."""
    one = c.load(Asset, asset, "asset")
    store = rule.into_the_store(c, place, one)
    paper = c.load(Transfer, one.transfer) if one.transfer else None
    stray = paper is None or not _has_left(paper, one)
    if paper is None or stray:
        one.record(CaseOpened(case="stray_transfer_return", paper=one.transfer))
        if lands_in(c, one, store, condition):
            return {"asset": one.id}
    elif one.id in paper.open:
        paper.line_ends(
            TransferLineEnded(
                asset=one.id, piece=one.id, quantity=one.quantity, ending=Ending.REFUSED, condition=condition
            )
        )
    one.record(
        BackFromTransfer(
            transfer=None if stray else one.transfer,
            operator=store.operator,
            place=store.id,
            condition=condition,
        )
    )
    return {"asset": one.id}


def _has_left(paper: Transfer, asset: Asset) -> bool:
    """Handed over, or a piece whose line has ended: also when somebody has put it on a shelf meanwhile."""
    handed_over = asset.id in paper.handed_over or asset.id not in paper.open
    return handed_over or asset.custody.kind is not CustodyKind.CUSTODIAN


@use_case(
    "undo_transfer",
    by=(Role.APPROVER, Role.OFFICER, Role.ASSET_MANAGER),
    emits=(TransferUndone, TransferReversed, BodyTookIn),
    gives=("transfer",),
)
def undo_transfer(
    c: Command,
    *,
    transfer: UUID,
    giver: Signature,
    receiver: Signature,
    decisions: tuple[UUID, ...] = (),
    place: UUID | None = None,
) -> Outcome:
    """Every authority decides anew, and both sides sign (`giver`: who gives it back). Back at the old value."""
    paper = c.load(Transfer, transfer, "transfer")
    if paper.undone or not paper.accepted:
        raise AlreadyDone("transfer", what=paper_number(Transfer.KIND, paper.id))
    rule.nobody_signs_both_sides(giver, receiver)
    if set(decisions) & {*paper.approvals.values()}:
        raise AlreadyDone("decisions", what=Matter.TRANSFER)
    by_authority = {c.load(OutsideDecision, one, "decisions").authority: one for one in decisions}
    for authority in c.load_all(Body, paper.authorities):
        must_be_decided(c, paper, authority, by_authority.get(authority.id))
    back_to, operator = c.load(Body, paper.giver), paper.giver
    may_still_hand_over(back_to, c, "transfer")
    if place is not None:
        store = rule.in_a_place_of(c, place, back_to)
        store.must_be_in_use()
        operator = store.operator
    assets = c.load_all(Asset, paper.accepted)
    for asset in assets:
        ask(STILL_THE_RECEIVER_S, c, asset)
        went_out, came_in = paper.accepted[asset.id]
        if asset.holder != paper.receiver or asset.book != came_in:
            raise NotAsAccepted("transfer", asset=asset.number)
        back_to.receive(asset.id, "transfer")
        if operator != back_to.id:
            rule.into_the_hands_of(c, operator, asset)
        person = receiver.person if place is None else None
        asset.record(
            TransferReversed(
                transfer=paper.id,
                giver=back_to.id,
                operator=operator,
                person=person,
                place=place,
                book=went_out,
            )
        )
    paper.record(
        TransferUndone(
            assets=tuple(asset.id for asset in assets), giver=giver, receiver=receiver, decisions=decisions
        )
    )
    return {"transfer": paper.id}
