"""Disposal after the decision: the three exits, each for itself, and the way back of what is found again."""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Book, CustodyKind, Existence, Flag
from domain.body import Body, BodyTookIn, Relation, must_have_standing, same_accountable
from domain.cards import must_add_up
from domain.command import Command
from domain.life.disposing import Deregistered, DisposalSettled, LeftForGood, Reinstated
from domain.life.keeping import CaseOpened
from domain.papers.disposal_case import (
    BookedOut,
    DisposalCase,
    DisposalClosed,
    DisposalExecuted,
    NotExecuted,
    NotOnTheList,
    ProceedsNotSettled,
    ProceedsRemitted,
    ProceedsSettled,
)
from domain.papers.outside_decision import ListItem, Matter, OutsideDecision, list_hash
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.place import Place
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.usecases import Outcome, ask, use_case
from domain.usecases.decisions import SHA256, must_be_approved
from domain.usecases.disposing import (
    DECIDING,
    STAYS_DISPOSABLE,
    NotMissing,
    assets_of,
    must_be_in_pending_losses,
    must_be_the_same,
)
from domain.usecases.transferring import NotTheAuthority
from domain.values import Money, Role, Signature, SignedBy, Value, named


class ErasureMissing(Refusal):
    """Storage media never leave without proof that they were erased."""

    code = "ERASURE_MISSING"


class NotFoundAgain(Refusal):
    """Only what was written off and is back in somebody's hands is reinstated."""

    code = "NOT_FOUND_AGAIN"


class ExitLine(Value, frozen=True, kw_only=True):
    """One thing that leaves. `erasure`: the SHA-256 of the proof that its storage was erased."""

    asset: UUID
    erasure: str = ""


EXECUTING = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)


@use_case(
    "execute_disposal",
    by=EXECUTING,
    emits=(DisposalExecuted, LeftForGood, CaseOpened, SlipIssued),
    gives=("disposal", "series"),
)
def execute_disposal(
    c: Command,
    *,
    disposal: UUID,
    lines: tuple[ExitLine, ...],
    to_body: UUID | None = None,
    receiver: Signature | None = None,
    giver: Signature | None = None,
    already_happened: bool = False,
) -> Outcome:
    """The physical exit: these leave for good, inside the approved list and before it expires, with a gate pass.

    `already_happened`: they have left. Then it lands, and what it broke becomes a case to settle.
    """
    paper = c.load(DisposalCase, disposal, "disposal")
    giver = giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    if not lines or len({line.asset for line in lines}) != len(lines):
        raise InvalidValue("lines", value=len(lines), once=True)
    taker = c.load(Body, to_body, "toBody") if to_body else None
    assets = c.load_all(Asset, (line.asset for line in lines), "lines")
    for number, (asset, line) in enumerate(zip(assets, lines, strict=True)):
        rule.its_holder_or_keeper_asks(c, asset)
        if asset.id not in paper.inside or asset.physically_gone:
            raise NotOnTheList(f"lines.{number}", asset=asset.number)
        try:
            _must_be_allowed_to_leave(c, paper, asset, line, f"lines.{number}")
        except Refusal as no:
            if not already_happened:
                raise
            asset.record(CaseOpened(case=f"breach:{no.code}", paper=paper.id))
    series = _gate_pass(c, paper, assets, giver, receiver, taker)
    paper.record(
        DisposalExecuted(
            assets=tuple(asset.id for asset in assets),
            giver=giver,
            to_body=taker.id if taker else None,
            receiver=receiver,
        )
    )
    for asset, line in zip(assets, lines, strict=True):
        asset.record(
            LeftForGood(disposal=paper.id, to_body=taker.id if taker else None, erasure=line.erasure)
        )
    return {"disposal": paper.id, **series}


@use_case("settle_proceeds", by=(Role.ASSET_MANAGER,), emits=(ProceedsSettled,), gives=("disposal",))
def settle_proceeds(c: Command, *, disposal: UUID, proceeds: Money, costs: Money) -> Outcome:
    """Says what it brought and what that cost, if only nothing: the difference is owed to the treasury."""
    paper = _of_the_holder(c, disposal)
    for path, amount in (("proceeds", proceeds), ("costs", costs)):
        if amount.amount < 0:
            raise InvalidValue(path, value=str(amount.amount), least=0)
    paper.must_be_approved_once()
    paper.settle(proceeds, costs)
    return {"disposal": paper.id}


@use_case(
    "deregister_disposed", by=(Role.ASSET_MANAGER,), emits=(BookedOut, Deregistered), gives=("disposal",)
)
def deregister_disposed(c: Command, *, disposal: UUID) -> Outcome:
    """The exit from the books: after everything has left and the proceeds are settled, by who did not let it out."""
    paper = _of_the_holder(c, disposal)
    rule.not_the_same_person(c.person, tuple(paper.released_by), "value_ledger", "goods_ledger")
    paper.must_be_approved_once()
    paper.must_be_executed()
    if paper.owed is None:
        raise ProceedsNotSettled("disposal")
    if paper.booked_out:
        raise AlreadyDone("disposal", what=paper.form)
    assets = assets_of(c, paper)
    must_be_the_same(c, paper, assets)
    if not paper.needs.physical_exit:
        _must_be_decided_still(c, paper)
    for asset in assets:
        must_be_in_pending_losses(paper, asset)
        if paper.needs.physical_exit and not asset.physically_gone:
            raise NotExecuted("disposal", count=1)
        if not paper.needs.physical_exit and asset.custody.kind is not CustodyKind.UNACCOUNTED:
            raise NotMissing("disposal", asset=asset.number, custody=asset.custody.kind)
        asset.record(Deregistered(disposal=paper.id, book=asset.book))
    paper.record(BookedOut(assets=tuple(asset.id for asset in assets)))
    return {"disposal": paper.id}


@use_case("remit_proceeds", by=(Role.ASSET_MANAGER,), emits=(ProceedsRemitted,), gives=("disposal",))
def remit_proceeds(c: Command, *, disposal: UUID, amount: Money, receipt: str) -> Outcome:
    """Pays the debt to the treasury: proceeds less costs, to the cent."""
    _of_the_holder(c, disposal).remit(amount, named(receipt, "receipt"))
    return {"disposal": disposal}


@use_case(
    "close_disposal", by=(Role.ASSET_MANAGER,), emits=(DisposalClosed, DisposalSettled), gives=("disposal",)
)
def close_disposal(c: Command, *, disposal: UUID) -> Outcome:
    """The third exit: everything is off the books, and what was owed is paid."""
    paper = _of_the_holder(c, disposal)
    paper.close()
    for asset in assets_of(c, paper):
        asset.record(DisposalSettled(disposal=paper.id))
    return {"disposal": paper.id}


@use_case("reinstate_asset", by=DECIDING, emits=(Reinstated, BodyTookIn), gives=("asset",))
def reinstate_asset(
    c: Command, *, asset: UUID, book: Book, decision: UUID | None = None, holder: UUID | None = None
) -> Outcome:
    """What was written off and turned up is on the books again: the same identity, at the value a decision states."""
    one = c.load(Asset, asset, "asset")
    owner = c.load(Body, holder or one.holder, "holder")
    must_add_up(book)
    if (
        one.existence is not Existence.WRITTEN_OFF
        or one.custody.kind is not CustodyKind.CUSTODIAN
        or one.place is None
    ):
        raise NotFoundAgain("asset", asset=one.number)
    if one.disposal is not None:
        raise rule.HeldForDisposal("asset", asset=one.number)
    must_have_standing(owner, c, "holder")
    if not same_accountable(c, one.holder, owner.id):
        _must_be_given_by_those_above(c, one, decision)
    items = (ListItem(asset=one.id, quantity=one.quantity, value=book.original),)
    scopes = owner.scopes
    if decision is not None:
        scopes += c.load(Body, c.load(OutsideDecision, decision, "decision").authority).scopes
    must_be_approved(
        c,
        matter=Matter.REINSTATEMENT,
        listed=list_hash(items),
        applicants=tuple(one.entered_by),
        scopes=scopes,
        decision=decision,
    )
    owner.receive(one.id)
    one.record(
        Reinstated(
            holder=owner.id,
            operator=one.custody.body,
            place=one.place,
            condition=one.condition,
            book=book,
            decision=decision,
        )
    )
    return {"asset": one.id}


def _must_be_given_by_those_above(c: Command, asset: Asset, decision: UUID | None) -> None:
    """To another body than the one that had it: by a document of who stands over that, or by its own approver."""
    former = c.load(Body, asset.holder)
    if decision is None:
        c.must((Role.APPROVER,), *former.scopes)
        return
    authority = c.load(OutsideDecision, decision, "decision").authority
    if authority not in {former.related(relation, c.now) for relation in Relation}:
        raise NotTheAuthority("decision", body=c.load(Body, authority).name)


def _of_the_holder(c: Command, disposal: UUID) -> DisposalCase:
    paper = c.load(DisposalCase, disposal, "disposal")
    c.must((Role.ASSET_MANAGER,), *c.load(Body, paper.holder).scopes)
    return paper


def _must_be_allowed_to_leave(
    c: Command, paper: DisposalCase, asset: Asset, line: ExitLine, path: str
) -> None:
    """Everything again, in the same write as the exit."""
    _must_be_decided_still(c, paper)
    if not paper.needs.physical_exit:
        raise NotOnTheList(path, asset=asset.number)
    ask((*STAYS_DISPOSABLE, rule.somebody_has_it), c, asset)
    must_be_the_same(c, paper, [asset])
    if Flag.STORAGE_MEDIA in asset.flags and not SHA256.fullmatch(line.erasure):
        raise ErasureMissing(path, asset=asset.number)


def _must_be_decided_still(c: Command, paper: DisposalCase) -> None:
    """Approved, not expired, and the document not taken back."""
    paper.must_be_approved(c.now)
    if paper.decision is not None:
        document = c.load(OutsideDecision, paper.decision)
        document.must_carry(Matter.DISPOSAL, paper.list_hash, c.now, "disposal")


def _gate_pass(
    c: Command,
    paper: DisposalCase,
    assets: list[Asset],
    giver: Signature,
    receiver: Signature | None,
    taker: Body | None,
) -> Outcome:
    place = next((asset.place for asset in assets if asset.place is not None), None)
    if place is None:
        return {}
    series = issue_slip(
        c,
        SlipKind.GATE_PASS,
        c.load(Place, place),
        paper.id,
        tuple(line_of(asset, asset.quantity) for asset in assets),
        giver=paper.holder,
        receiver=taker.id if taker else None,
        giver_signature=giver,
        receiver_signature=receiver,
        basis=paper.list_hash[:12],
    )
    return {"series": series}
