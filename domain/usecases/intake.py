"""Intake on paper: applied, examined, approved or rejected. What physically comes is recorded in `receiving`."""

from collections.abc import Iterable
from uuid import UUID

from msgspec.structs import replace

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, BodyTookIn, Relation, may_still_hand_over, must_have_standing
from domain.cards import sound
from domain.command import Command
from domain.life.intaking import HandedIn
from domain.life.keeping import CaseOpened, CaseSettled
from domain.papers.intake import (
    Intake,
    IntakeApplied,
    IntakeApproved,
    IntakeExamined,
    IntakeLine,
    IntakeMode,
    IntakeRejected,
    IntakeSource,
    IntakeWithdrawn,
    ReceiptIssued,
)
from domain.papers.outside_decision import ListChanged, ListItem, Matter, OutsideDecision, list_hash
from domain.papers.slip import SlipIssued
from domain.place import Place
from domain.refusals import InvalidValue, Refusal, TooMany
from domain.usecases import Outcome, ask_each, use_case
from domain.usecases.decisions import must_be_approved
from domain.usecases.handing_in import BEFORE_APPROVAL, HANDING_IN, RETAINING, hand_in
from domain.usecases.pooling import ReasonMissing
from domain.usecases.transferring import NotTheAuthority
from domain.values import Role, free_text

MOST_LINES = 500
APPLYING = (Role.OFFICER, Role.ASSET_MANAGER)
EXAMINING = (Role.APPROVER, Role.ASSET_MANAGER)
DECIDING = (Role.APPROVER, Role.OFFICER, Role.ASSET_MANAGER)


class NotItsHolder(Refusal):
    """A body brings in only what is on its own books."""

    code = "NOT_ITS_HOLDER"


@use_case("apply_for_intake", by=APPLYING, emits=(IntakeApplied, BodyTookIn), gives=("intake", "list_hash"))
def apply_for_intake(
    c: Command,
    *,
    mode: IntakeMode,
    source: IntakeSource,
    body: UUID,
    warehouse: UUID,
    lines: tuple[IntakeLine, ...],
    virtual: bool = False,
) -> Outcome:
    """Applies to bring goods into the pool. Photos and the list as a paper are the command's evidence.

    A body in liquidation may still hand in; only who has full standing may ask the pool to share what it
    keeps.
    """
    giver = c.load(Body, body, "body")
    c.must(APPLYING, *giver.scopes)
    if mode is IntakeMode.HANDED_IN:
        may_still_hand_over(giver, c, "body")
    else:
        must_have_standing(giver, c, "body")
    store = c.load(Place, warehouse, "warehouse")
    store.must_be_in_use("warehouse")
    if not lines or len(lines) > MOST_LINES:
        raise TooMany("lines", most=MOST_LINES)
    if len({line.asset for line in lines if line.asset}) != sum(1 for line in lines if line.asset):
        raise InvalidValue("lines", value=len(lines), once=True)
    tidy = tuple(_line(line, f"lines.{n}", virtual=virtual) for n, line in enumerate(lines))
    items = _items(c, giver, mode, tidy)
    paper = c.begin(Intake)
    paper.record(
        IntakeApplied(
            mode=mode,
            virtual=virtual,
            source=source,
            body=giver.id,
            warehouse=store.warehouse,
            lines=tidy,
            list_hash=list_hash(items),
        )
    )
    giver.receive(paper.id)
    return {"intake": paper.id, "list_hash": paper.list_hash}


@use_case("examine_intake", by=EXAMINING, emits=(IntakeExamined,), gives=("intake",))
def examine_intake(c: Command, *, intake: UUID) -> Outcome:
    """The superior department supports the application; somebody else than the applicant."""
    paper = c.load(Intake, intake, "intake")
    body = c.load(Body, paper.body)
    superior = body.related(Relation.SUPERVISED_BY, c.now)
    c.must(EXAMINING, *(body.governors if superior is None else c.load(Body, superior).scopes))
    rule.not_the_same_person(c.person, (paper.applied_by,), "examiner", "applicant")
    paper.examine()
    return {"intake": paper.id}


@use_case(
    "approve_intake",
    by=DECIDING,
    emits=(IntakeApproved, CaseSettled, CaseOpened, HandedIn, ReceiptIssued, SlipIssued, BodyTookIn),
    gives=("intake", "series"),
)
def approve_intake(c: Command, *, intake: UUID, decision: UUID | None = None) -> Outcome:
    """Approves an intake: with a document from outside, or as an approver here. Every rule is asked again, on
    what is there now.

    Goods that came before the approval are handed in by it.
    """
    paper = c.load(Intake, intake, "intake")
    giver, store = c.load(Body, paper.body), c.load(Place, paper.warehouse)
    must_be_approved(
        c,
        matter=Matter.INTAKE,
        listed=paper.list_hash,
        applicants=(paper.applied_by,),
        decision=decision,
        scopes=_deciders(c, paper, giver, store, outside=decision is not None),
    )
    must_have_standing(c.load(Body, store.owner), c, "warehouse")
    if decision is not None:
        _must_decide(c, paper, giver, store, c.load(OutsideDecision, decision).authority)
    came = {asset for asset, _ in paper.received}
    items = _items(
        c, giver, paper.mode, [replace(paper.lines[n], quantity=left) for n, left in paper.left.items()]
    )
    if not paper.begun and list_hash(items) != paper.list_hash:
        raise ListChanged("intake", decision=paper.list_hash[:12])
    paper.approve(decision)
    assets = [asset for asset in c.load_all(Asset, came, "intake") if BEFORE_APPROVAL in asset.cases]
    for asset in assets:
        asset.record(CaseSettled(case=BEFORE_APPROVAL))
    series = hand_in(c, paper, store, assets)
    return {"intake": paper.id, **({"series": series} if series else {})}


@use_case("reject_intake", by=(Role.APPROVER,), emits=(IntakeRejected,), gives=("intake",))
def reject_intake(c: Command, *, intake: UUID) -> Outcome:
    """Says no; needs a reason. What has come already stays in custody until somebody fetches it."""
    paper = c.load(Intake, intake, "intake")
    giver, store = c.load(Body, paper.body), c.load(Place, paper.warehouse)
    c.must((Role.APPROVER,), *_deciders(c, paper, giver, store, outside=False))
    rule.not_the_same_person(c.person, (paper.applied_by,), "approver", "applicant")
    if not c.meta.reason:
        raise ReasonMissing("reason")
    paper.reject()
    return {"intake": paper.id}


@use_case("withdraw_intake", by=APPLYING, emits=(IntakeWithdrawn,), gives=("intake",))
def withdraw_intake(c: Command, *, intake: UUID) -> Outcome:
    """The body takes its application back before anything came. Needs a reason."""
    paper = c.load(Intake, intake, "intake")
    c.must(APPLYING, *c.load(Body, paper.body).scopes)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    paper.withdraw()
    return {"intake": paper.id}


def _deciders(c: Command, paper: Intake, giver: Body, store: Place, *, outside: bool) -> list[UUID]:
    """The pool's body, the giver's fiscal authority and offices administration; over what it keeps, also the
    giver's own approver.

    Whoever attaches a document from outside decides nothing: the giver's people may.
    """
    accountable = c.load(Body, giver.accountable)
    over = [
        accountable.related(kind, c.now)
        for kind in (Relation.FISCAL_AUTHORITY, Relation.OFFICES_ADMINISTRATION)
    ]
    scopes = [*c.load(Body, store.owner).scopes, *(one for one in over if one is not None)]
    return [*scopes, *giver.scopes] if outside or paper.mode is IntakeMode.RETAINED else scopes


def _must_decide(c: Command, paper: Intake, giver: Body, store: Place, authority: UUID) -> None:
    """A document counts if it is of the pool's body, of one over the giver, or, for what it keeps, of the giver."""
    accountable = c.load(Body, giver.accountable)
    deciders = {store.owner, *(accountable.related(kind, c.now) for kind in Relation)}
    if paper.mode is IntakeMode.RETAINED:
        deciders |= {giver.id, accountable.id}
    if authority not in deciders:
        raise NotTheAuthority("decision", body=c.load(Body, authority).name)


def _line(line: IntakeLine, path: str, *, virtual: bool) -> IntakeLine:
    """An asset, or goods without a card; those come physically, since nobody else answers for them."""
    if (line.asset is None) is (line.goods is None):
        raise InvalidValue(path, value=line.quantity, because="asset_or_goods")
    if line.goods is None:
        return IntakeLine(
            asset=line.asset,
            quantity=line.quantity,
            condition=line.condition,
            remark=free_text(line.remark, path),
        )
    if virtual:
        raise InvalidValue(f"{path}.goods", value=line.goods.name[:40], because="goods_come_physically")
    if line.goods.quantity != line.quantity:
        raise InvalidValue(f"{path}.goods", value=line.goods.quantity, expected=line.quantity)
    goods = sound(line.goods, f"{path}.goods")
    return IntakeLine(
        goods=goods, quantity=line.quantity, condition=line.condition, remark=free_text(line.remark, path)
    )


def _items(c: Command, giver: Body, mode: IntakeMode, lines: Iterable[IntakeLine]) -> list[ListItem]:
    """Asks the rules for every line, and gives the list a decision is about: what, how many, at what value."""
    rules = HANDING_IN if mode is IntakeMode.HANDED_IN else RETAINING
    known = list(lines)
    assets = iter(c.load_all(Asset, (line.asset for line in known if line.asset), "lines"))
    items = []
    for n, line in enumerate(known):
        if line.goods is not None:
            value = line.goods.book.original if line.goods.book else None
            items.append(ListItem(name=line.goods.name, quantity=line.quantity, value=value))
            continue
        asset = next(assets)
        if asset.holder != giver.id and giver.id not in c.load(Body, asset.holder).scopes:
            raise NotItsHolder(f"lines.{n}", asset=asset.number, body=giver.name)
        ask_each(rules, c, [asset], f"lines.{n}")
        if not 1 <= line.quantity <= asset.quantity:
            raise InvalidValue(f"lines.{n}.quantity", value=line.quantity, least=1, most=asset.quantity)
        value = asset.book.original.part(line.quantity, asset.quantity) if asset.book else None
        items.append(ListItem(asset=asset.id, quantity=line.quantity, value=value))
    return items
