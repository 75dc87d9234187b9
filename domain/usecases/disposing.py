"""Disposal up to the decision: applied, held, moved to the pending losses, decided, withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind, Existence
from domain.body import Body, Relation
from domain.command import Command
from domain.life.disposing import HeldForDisposal, MovedToPendingLosses, ReleasedFromDisposal
from domain.life.splitting import SplitFrom, SplitOff
from domain.papers.disposal_case import (
    DisposalApplied,
    DisposalApproved,
    DisposalCase,
    DisposalEnded,
    DisposalForm,
    DisposalRefused,
    DisposalWithdrawn,
    PendingLossesFirst,
)
from domain.papers.loan import LoanLine
from domain.papers.outside_decision import ListChanged, ListItem, Matter, OutsideDecision, list_hash
from domain.policy_data import DISPOSAL_LIMITS, in_force
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.usecases import Outcome, ask, ask_each, use_case
from domain.usecases.decisions import must_be_approved
from domain.usecases.lending import SeveralHolders
from domain.usecases.lots import must_leave_enough, split_off
from domain.usecases.pooling import ReasonMissing
from domain.usecases.transferring import AuthorityUnknown, NotTheAuthority, item_of
from domain.values import Money, Role, free_text


class EvidenceMissing(Refusal):
    """A disposal is applied for with its papers: at least one."""

    code = "EVIDENCE_MISSING"


class NotMissing(Refusal):
    """Only what is missing is written off as a loss; what is there leaves in another form."""

    code = "NOT_MISSING"


def its_holder_applies(c: Command, asset: Asset) -> None:
    c.must((Role.OFFICER, Role.ASSET_MANAGER), *c.load(Body, asset.holder).scopes)


def it_is_on_somebody_s_books(c: Command, asset: Asset) -> None:
    if not asset.alive:
        raise rule.NotAlive("asset", asset=asset.number, existence=asset.existence)
    rule.it_is_on_the_books(c, asset)


def it_is_here_or_missing(c: Command, asset: Asset) -> None:
    """With a custodian, or unaccounted for: never in transit or at somebody's for our account."""
    if asset.custody.kind not in (CustodyKind.CUSTODIAN, CustodyKind.UNACCOUNTED):
        raise rule.NotInCustody("asset", asset=asset.number, custody=asset.custody.kind)


STAYS_DISPOSABLE = (
    it_is_on_somebody_s_books,
    rule.its_title_is_clear,
    rule.it_is_no_case_property,
    rule.it_is_not_on_loan,
    rule.it_is_not_promised,
    rule.it_is_not_being_transferred,
    rule.it_is_not_in_repair,
)
APPLYING = (
    its_holder_applies,
    *STAYS_DISPOSABLE,
    rule.it_is_alive,
    rule.it_was_here_by_then,
    it_is_here_or_missing,
    rule.it_is_not_in_a_disposal_case,
)
DECIDING = (Role.APPROVER, Role.OFFICER, Role.ASSET_MANAGER)


@use_case(
    "apply_disposal",
    by=(Role.OFFICER, Role.ASSET_MANAGER),
    emits=(DisposalApplied, HeldForDisposal, SplitOff, SplitFrom),
    gives=("disposal", "list_hash"),
    rules=APPLYING,
)
def apply_disposal(c: Command, *, lines: tuple[LoanLine, ...], form: DisposalForm) -> Outcome:
    """Applies to dispose of a list, with a reason and papers; everything on it is locked from now on."""
    if not lines or len({line.asset for line in lines}) != len(lines):
        raise InvalidValue("lines", value=len(lines), once=True)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if not c.meta.evidence:
        raise EvidenceMissing("evidence")
    assets = c.load_all(Asset, (line.asset for line in lines), "lines")
    parts = [
        _listed(c, asset, line.quantity, form, f"lines.{n}")
        for n, (asset, line) in enumerate(zip(assets, lines, strict=True))
    ]
    if len({part.holder for part in parts}) > 1:
        raise SeveralHolders("lines")
    items = tuple(item_of(part) for part in parts)
    paper = c.begin(DisposalCase)
    paper.record(DisposalApplied(form=form, holder=parts[0].holder, items=items, list_hash=list_hash(items)))
    for part in parts:
        part.record(HeldForDisposal(disposal=paper.id))
    return {"disposal": paper.id, "list_hash": paper.list_hash}


@use_case(
    "move_to_pending_losses", by=(Role.ASSET_MANAGER,), emits=(MovedToPendingLosses,), gives=("disposal",)
)
def move_to_pending_losses(c: Command, *, disposal: UUID) -> Outcome:
    """Shortage and scrapping wait in the pending losses until they are decided and done."""
    paper = c.load(DisposalCase, disposal, "disposal")
    c.must((Role.ASSET_MANAGER,), *c.load(Body, paper.holder).scopes)
    paper.must_be_open()
    if not paper.needs.pending_losses:
        raise InvalidValue("disposal", value=paper.form, because="no_pending_losses")
    waiting = [one for one in assets_of(c, paper) if one.pending_loss is None]
    if not waiting:
        raise AlreadyDone("disposal", what=paper.form)
    for asset in waiting:
        asset.record(MovedToPendingLosses(disposal=paper.id, book=asset.book))
    return {"disposal": paper.id}


@use_case("approve_disposal", by=DECIDING, emits=(DisposalApproved,), gives=("disposal",))
def approve_disposal(
    c: Command,
    *,
    disposal: UUID,
    decision: UUID | None = None,
    number: str = "",
    expires: datetime | None = None,
) -> Outcome:
    """Decides on exactly this list: a verified document, or an approver who is not the applicant.

    From the policy's limit on, for the whole list, the decision is taken above the body.
    """
    paper = c.load(DisposalCase, disposal, "disposal")
    paper.must_be_open()
    if paper.approved:
        raise AlreadyDone("disposal", what=number or paper.form)
    if expires is not None and expires <= c.now:
        raise InvalidValue("expires", value=expires.isoformat(), after=c.now.isoformat())
    for asset in assets_of(c, paper):
        ask(STAYS_DISPOSABLE, c, asset)
    must_be_the_same(c, paper, assets_of(c, paper))
    deciders = _deciders(c, paper)
    scopes = tuple(scope for body in deciders for scope in body.scopes)
    if decision is not None:
        authority = c.load(OutsideDecision, decision, "decision").authority
        if authority not in {body.id for body in deciders}:
            raise NotTheAuthority("decision", body=c.load(Body, authority).name)
        scopes += c.load(Body, paper.holder).scopes
    must_be_approved(
        c,
        matter=Matter.DISPOSAL,
        listed=paper.list_hash,
        applicants=(paper.applied_by,),
        scopes=scopes,
        decision=decision,
    )
    paper.record(
        DisposalApproved(
            list_hash=paper.list_hash, decision=decision, number=free_text(number, "number"), expires=expires
        )
    )
    return {"disposal": paper.id}


@use_case(
    "refuse_disposal",
    by=(Role.APPROVER,),
    emits=(DisposalRefused, ReleasedFromDisposal),
    gives=("disposal",),
)
def refuse_disposal(c: Command, *, disposal: UUID) -> Outcome:
    """Not approved. Needs a reason; the lock is off."""
    paper = c.load(DisposalCase, disposal, "disposal")
    above = (scope for body in _deciders(c, paper) for scope in body.scopes)
    c.must((Role.APPROVER,), *c.load(Body, paper.holder).scopes, *above)
    rule.not_the_same_person(c.person, (paper.applied_by,), "approver", "applicant")
    _must_be_undone(c, paper)
    if paper.left:
        raise AlreadyDone("disposal", what=len(paper.left))
    _release(c, paper)
    paper.record(DisposalRefused())
    return {"disposal": paper.id}


@use_case(
    "withdraw_disposal",
    by=(Role.OFFICER, Role.ASSET_MANAGER),
    emits=(DisposalWithdrawn, ReleasedFromDisposal),
    gives=("disposal",),
)
def withdraw_disposal(c: Command, *, disposal: UUID) -> Outcome:
    """Takes out of the case whatever has not left: its lock is off. Needs a reason."""
    paper = c.load(DisposalCase, disposal, "disposal")
    c.must((Role.OFFICER, Role.ASSET_MANAGER), *c.load(Body, paper.holder).scopes)
    _must_be_undone(c, paper)
    released = _release(c, paper)
    if not released:
        raise AlreadyDone("disposal", what=len(paper.left))
    paper.record(DisposalWithdrawn(assets=released))
    return {"disposal": paper.id}


def assets_of(c: Command, paper: DisposalCase) -> list[Asset]:
    """What is on the list, in its order."""
    return c.load_all(Asset, (item.asset for item in paper.items if item.asset in paper.inside))


def must_be_the_same(c: Command, paper: DisposalCase, assets: Sequence[Asset]) -> None:
    """What is carried out is exactly what the list says, by quantity and value."""
    for asset in assets:
        if item_of(asset) not in paper.items:
            raise ListChanged("disposal", decision=paper.list_hash[:12])


def _listed(c: Command, asset: Asset, quantity: int, form: DisposalForm, path: str) -> Asset:
    """Exactly what is on the line, as an asset of its own."""
    its_holder_applies(c, asset)
    if not 1 <= quantity <= asset.quantity:
        ask_each(APPLYING, c, [asset], path)
        raise InvalidValue(f"{path}.quantity", value=quantity, least=1, most=asset.quantity)
    part = asset
    if quantity < asset.quantity:
        must_leave_enough(c, asset, quantity, f"{path}.quantity")
        part = split_off(c, asset, quantity, f"{path}.quantity")
    ask_each(APPLYING, c, [part], path)
    if (form is DisposalForm.LOSS) != (part.custody.kind is CustodyKind.UNACCOUNTED):
        raise NotMissing(path, asset=part.number, custody=part.custody.kind)
    return part


def _deciders(c: Command, paper: DisposalCase) -> list[Body]:
    """The bodies whose decision is enough: for a small list also the holder's own, else only those above it."""
    holder = c.load(Body, c.load(Body, paper.holder).accountable)
    above = [holder.related(relation, c.now) for relation in Relation]
    bodies = c.load_all(Body, dict.fromkeys(body for body in above if body is not None))
    limit = in_force(DISPOSAL_LIMITS, holder.region, c.now.date()).from_value
    if _reaches(paper.items, limit):
        if not bodies:
            raise AuthorityUnknown("disposal", body=holder.name)
        return bodies
    return [c.load(Body, paper.holder), *bodies]


def _reaches(items: Sequence[ListItem], limit: Money) -> bool:
    """Whether the whole list is worth the limit. What cannot be compared counts as if it were."""
    values = [item.value for item in items if item.value is not None]
    if any(value.currency != limit.currency for value in values):
        return True
    return sum((value.amount for value in values), start=limit.amount - limit.amount) >= limit.amount


def _release(c: Command, paper: DisposalCase) -> tuple[UUID, ...]:
    stay = [one for one in assets_of(c, paper) if not one.physically_gone]
    for asset in stay:
        asset.record(ReleasedFromDisposal(disposal=paper.id))
    return tuple(asset.id for asset in stay)


def _must_be_undone(c: Command, paper: DisposalCase) -> None:
    if not c.meta.reason:
        raise ReasonMissing("reason")
    paper.must_be_open()
    if paper.booked_out:
        raise DisposalEnded("disposal")


def must_be_in_pending_losses(paper: DisposalCase, asset: Asset) -> None:
    if (
        paper.needs.pending_losses
        and asset.pending_loss is None
        and asset.existence is not Existence.WRITTEN_OFF
    ):
        raise PendingLossesFirst("disposal", asset=asset.number)
