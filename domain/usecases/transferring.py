"""Transfers for good, until they are agreed: proposed, both sides consenting, the authorities deciding.

From the proposal on its goods are held: nobody else is promised them. The list is named by its hash, and a
part of a lot is split off at once, so that what is decided on is exactly what is handed over.
"""

from collections.abc import Sequence
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind, Kind
from domain.availability import free
from domain.body import Body, may_still_hand_over, must_have_standing
from domain.command import Command
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import HeldForTransfer, ReleasedFromTransfer
from domain.papers.loan import LoanLine
from domain.papers.outside_decision import ListItem, Matter, OutsideDecision, list_hash
from domain.papers.transfer import (
    Basis,
    Side,
    Transfer,
    TransferApproved,
    TransferConsented,
    TransferProposed,
    TransferRefused,
    TransferWithdrawn,
)
from domain.policy_data import TRANSFER_APPROVALS, in_force
from domain.refusals import InvalidValue, Refusal
from domain.usecases import Outcome, ask_each, use_case
from domain.usecases.decisions import must_be_approved
from domain.usecases.lending import SeveralHolders
from domain.usecases.lots import FOR_EVER, must_leave_enough, split_off
from domain.usecases.pooling import ReasonMissing
from domain.values import Role, Window


class TransferInsideTheBody(Refusal):
    """Giver and receiver are the same accountable body: inside it, things are issued."""

    code = "TRANSFER_INSIDE_THE_BODY"


class AuthorityUnknown(Refusal):
    """The register doesn't know who decides for this body."""

    code = "AUTHORITY_UNKNOWN"


class NotTheAuthority(Refusal):
    """Another authority decides on this."""

    code = "NOT_THE_AUTHORITY"


def its_giver_asks(c: Command, asset: Asset) -> None:
    c.must((Role.OFFICER, Role.ASSET_MANAGER), *c.load(Body, asset.holder).scopes)


def it_can_be_spared(c: Command, asset: Asset) -> None:
    """What is promised stays: of one thing there is nothing to spare then, of a lot maybe."""
    whole = asset.kind is Kind.SERIALISED or free(asset.quantity, asset.claims(c.now), _from_now_on(c)) < 1
    if whole:
        rule.it_is_not_promised(c, asset)


def somebody_can_get_it(c: Command, asset: Asset) -> None:
    """What is out as a whole can only go to the one body that has it."""
    if asset.here <= 0 and not any(with_the_receiver(asset, out.custody.body) for out in asset.outs.values()):
        rule.it_is_not_on_loan(c, asset)


STAYS_TRANSFERABLE = (
    rule.it_is_alive,
    rule.it_was_here_by_then,
    rule.it_is_on_the_books,
    rule.its_title_is_clear,
    rule.it_is_no_case_property,
    rule.it_is_not_in_a_disposal_case,
    rule.it_is_not_in_repair,
    rule.it_has_been_inspected,
    rule.somebody_has_it,
)
PROPOSING = (
    its_giver_asks,
    *STAYS_TRANSFERABLE,
    rule.it_is_not_being_transferred,
    it_can_be_spared,
    somebody_can_get_it,
)
CONSENTING = (Role.APPROVER, Role.ASSET_MANAGER)


@use_case(
    "propose_transfer",
    by=(Role.OFFICER, Role.ASSET_MANAGER),
    emits=(TransferProposed, HeldForTransfer, SplitOff, SplitFrom),
    gives=("transfer", "list_hash"),
    rules=PROPOSING,
)
def propose_transfer(
    c: Command, *, lines: tuple[LoanLine, ...], receiver: UUID, basis: Basis = Basis.REDISTRIBUTION
) -> Outcome:
    """Puts a list forward. The giver is whoever holds the goods; a body in liquidation may still give."""
    if not lines or len({line.asset for line in lines}) != len(lines):
        raise InvalidValue("lines", value=len(lines), once=True)
    assets = c.load_all(Asset, (line.asset for line in lines), "lines")
    for number, asset in enumerate(assets):
        ask_each(PROPOSING, c, [asset], f"lines.{number}")
    paper = propose(c, assets, lines, c.load(Body, receiver, "receiver"), basis)
    return {"transfer": paper.id, "list_hash": paper.list_hash}


def propose(
    c: Command,
    assets: Sequence[Asset],
    lines: Sequence[LoanLine],
    to: Body,
    basis: Basis,
    request: UUID | None = None,
) -> Transfer:
    """The paper, and its goods held for it: a part of a lot is split off at once."""
    if len({asset.holder for asset in assets}) > 1:
        raise SeveralHolders("lines")
    giver = c.load(Body, assets[0].holder)
    may_still_hand_over(giver, c, "lines")
    must_have_standing(to, c, "receiver")
    if giver.accountable == to.accountable:
        raise TransferInsideTheBody("receiver", body=to.name)
    authorities = _authorities(c, giver, to, basis)
    parts = [
        _held(c, asset, line.quantity, to, n)
        for n, (asset, line) in enumerate(zip(assets, lines, strict=True))
    ]
    items = tuple(item_of(part) for part in parts)
    paper = c.begin(Transfer)
    paper.record(
        TransferProposed(
            giver=giver.id,
            receiver=to.id,
            basis=basis,
            items=items,
            list_hash=list_hash(items),
            authorities=authorities,
            request=request,
        )
    )
    for part in parts:
        part.record(HeldForTransfer(transfer=paper.id, receiver=to.id))
    return paper


@use_case("consent_to_transfer", by=CONSENTING, emits=(TransferConsented,), gives=("transfer",))
def consent_to_transfer(c: Command, *, transfer: UUID, side: Side) -> Outcome:
    """One side agrees to the list, through its own people: not who proposed it, and not who consented for the other."""
    paper = c.load(Transfer, transfer, "transfer")
    body = c.load(Body, paper.giver if side is Side.GIVER else paper.receiver)
    c.must(CONSENTING, *body.scopes)
    rule.not_the_same_person(c.person, (paper.proposed_by,), "approver", "applicant")
    rule.not_the_same_person(c.person, tuple(paper.consents.values()), "receiver", "giver")
    if side is Side.RECEIVER:
        must_have_standing(body, c, "transfer")
    else:
        may_still_hand_over(body, c, "transfer")
    paper.consent(side, body.id)
    return {"transfer": paper.id}


@use_case(
    "approve_transfer",
    by=(Role.APPROVER, Role.OFFICER, Role.ASSET_MANAGER),
    emits=(TransferApproved,),
    gives=("transfer",),
)
def approve_transfer(c: Command, *, transfer: UUID, authority: UUID, decision: UUID | None = None) -> Outcome:
    """One authority's decision on exactly this list: a verified document, or its own approver here."""
    paper = c.load(Transfer, transfer, "transfer")
    decider = c.load(Body, authority, "authority")
    if decider.id not in paper.authorities:
        raise NotTheAuthority("authority", body=decider.name)
    must_be_decided(c, paper, decider, decision)
    paper.approve(decider.id, decision)
    return {"transfer": paper.id}


@use_case(
    "refuse_transfer",
    by=CONSENTING,
    emits=(TransferRefused, ReleasedFromTransfer),
    gives=("transfer",),
)
def refuse_transfer(c: Command, *, transfer: UUID, body: UUID) -> Outcome:
    """One of the bodies, or an authority, does not agree. Needs a reason; the goods are free again."""
    paper = c.load(Transfer, transfer, "transfer")
    speaker = c.load(Body, body, "body")
    if speaker.id not in (paper.giver, paper.receiver, *paper.authorities):
        raise NotTheAuthority("body", body=speaker.name)
    c.must(CONSENTING, *speaker.scopes)
    _must_give_a_reason(c)
    paper.must_be_undecided()
    _release(c, paper)
    paper.record(TransferRefused(by_body=speaker.id))
    return {"transfer": paper.id}


@use_case(
    "withdraw_transfer",
    by=(Role.OFFICER, Role.ASSET_MANAGER),
    emits=(TransferWithdrawn, ReleasedFromTransfer),
    gives=("transfer",),
)
def withdraw_transfer(c: Command, *, transfer: UUID) -> Outcome:
    """The giver takes it back before anything has left. Needs a reason; the goods are free again."""
    paper = c.load(Transfer, transfer, "transfer")
    c.must((Role.OFFICER, Role.ASSET_MANAGER), *c.load(Body, paper.giver).scopes)
    _must_give_a_reason(c)
    paper.must_be_undecided()
    _release(c, paper)
    paper.record(TransferWithdrawn())
    return {"transfer": paper.id}


def item_of(asset: Asset) -> ListItem:
    """The line of a list that is decided on, as the asset is now."""
    return ListItem(
        asset=asset.id, quantity=asset.quantity, value=asset.book.original if asset.book else None
    )


def must_be_decided(c: Command, paper: Transfer, authority: Body, decision: UUID | None) -> None:
    """A full approval step of this authority, by none of those who asked for it."""
    scopes = authority.scopes
    if decision is not None:
        scopes += (*c.load(Body, paper.giver).scopes, *c.load(Body, paper.receiver).scopes)
        if c.load(OutsideDecision, decision, "decision").authority != authority.id:
            raise NotTheAuthority("decision", body=authority.name)
    must_be_approved(
        c,
        matter=Matter.TRANSFER,
        listed=paper.list_hash,
        applicants=(paper.proposed_by, *paper.consents.values()),
        scopes=scopes,
        decision=decision,
    )


def must_not_be_lent_to_a_third(
    asset: Asset, quantity: int, receiver: UUID, path: str, *, can_split: bool = True
) -> None:
    """What somebody else has on loan is not given away; what the receiver itself has on loan may be."""
    if with_the_receiver(asset, receiver) and quantity == asset.quantity:
        return
    if quantity > asset.here or (asset.outs and not can_split):
        raise rule.OnLoan(path, asset=asset.number, quantity=asset.quantity - asset.here)


def with_the_receiver(asset: Asset, receiver: UUID) -> bool:
    """All of it is on loan to this body, and there."""
    return (
        bool(asset.outs)
        and asset.here == 0
        and all(
            out.custody.kind is CustodyKind.OUT and out.custody.body == receiver
            for out in asset.outs.values()
        )
    )


def _held(c: Command, asset: Asset, quantity: int, to: Body, line: int) -> Asset:
    """Exactly what is on the line, as an asset of its own."""
    path = f"lines.{line}"
    if not 1 <= quantity <= asset.quantity:
        raise InvalidValue(f"{path}.quantity", value=quantity, least=1, most=asset.quantity)
    must_not_be_lent_to_a_third(asset, quantity, to.id, path)
    if quantity == asset.quantity:
        try:
            rule.it_is_not_promised(c, asset)
        except Refusal as no:
            no.path = path
            raise
        return asset
    must_leave_enough(c, asset, quantity, f"{path}.quantity")
    return split_off(c, asset, quantity, f"{path}.quantity")


def _authorities(c: Command, giver: Body, to: Body, basis: Basis) -> tuple[UUID, ...]:
    """Who decides, by the policy of the giver's region."""
    policy = in_force(TRANSFER_APPROVALS, giver.region, c.now.date())
    if giver.level is not to.level or basis is Basis.CROSS_LEVEL:
        found = [(body, body.related(policy.across_levels, c.now)) for body in (giver, to)]
    else:
        related = (giver.related(relation, c.now) for relation in policy.within_a_level)
        found = [(giver, next((one for one in related if one is not None), None))]
    for body, authority in found:
        if authority is None:
            raise AuthorityUnknown("lines" if body is giver else "receiver", body=body.name)
    return tuple(dict.fromkeys(authority for _, authority in found if authority is not None))


def _release(c: Command, paper: Transfer) -> None:
    for asset in c.load_all(Asset, paper.open):
        asset.record(ReleasedFromTransfer(transfer=paper.id))


def _must_give_a_reason(c: Command) -> None:
    if not c.meta.reason:
        raise ReasonMissing("reason")


def _from_now_on(c: Command) -> Window:
    return Window(c.now, FOR_EVER)
