"""Goods arrive at the pool: what came is recorded line by line, whatever the paper says; what was not to come
lands with a case.
"""

from uuid import UUID

from msgspec.structs import replace

from domain import policies as rule
from domain.asset import Asset, Custody, CustodyKind, Flag, Kind
from domain.body import HOLDING, Body, BodyTookIn
from domain.cards import sound
from domain.command import Command
from domain.life.intaking import HandedIn, SharedInPlace
from domain.life.keeping import CaseOpened, Flagged, TakenIn
from domain.life.lending import Inspected, Returned
from domain.life.registering import Description, ReceivedUncarded
from domain.life.splitting import SplitFrom, SplitOff
from domain.numbering import mint
from domain.papers.intake import (
    CameLine,
    Intake,
    IntakeClosed,
    IntakeDone,
    IntakeLine,
    IntakeMode,
    LineDidNotCome,
    LineReceived,
    LineTurnedAway,
    ReceiptIssued,
    SurplusReceived,
)
from domain.papers.loan import LineOutcome, LineReturned, Loan, LoanClosed
from domain.papers.slip import SlipIssued, SlipKind, SlipLine, issue_slip, line_of
from domain.place import Place
from domain.refusals import InvalidValue, TooMany
from domain.shares import share
from domain.usecases import Outcome, ask_each, use_case
from domain.usecases.handing_in import BEFORE_APPROVAL, HANDING_IN, RETAINING, hand_in
from domain.usecases.intake import MOST_LINES
from domain.usecases.lots import split_off
from domain.values import Condition, Role, Signature, SignedBy, Value

SURPLUS_CASE, STRAY_CASE, MORE_CASE = "surplus_at_intake", "came_in_while_lent", "more_than_on_the_card"


class SurplusGoods(Value, frozen=True, kw_only=True):
    """Goods that came without having been applied for: of a known asset, or described."""

    asset: UUID | None = None
    goods: Description | None = None
    quantity: int = 1
    condition: Condition = Condition.UNKNOWN


LANDING = (
    LineReceived,
    LineTurnedAway,
    LineDidNotCome,
    SurplusReceived,
    IntakeDone,
    ReceiptIssued,
    TakenIn,
    ReceivedUncarded,
    HandedIn,
    Flagged,
    Inspected,
    CaseOpened,
    SplitOff,
    SplitFrom,
    Returned,
    LineReturned,
    LoanClosed,
    SlipIssued,
    BodyTookIn,
)


@use_case(
    "receive_intake", by=(Role.KEEPER,), emits=LANDING, gives=("intake", "assets", "series", "receipt_series")
)
def receive_intake(
    c: Command,
    *,
    intake: UUID,
    place: UUID,
    lines: tuple[CameLine, ...] = (),
    surplus: tuple[SurplusGoods, ...] = (),
    giver: Signature | None = None,
) -> Outcome:
    """Receives goods at a store, with a numbered intake slip; for what is handed in under an approval, with
    the receipt too.

    What came before the approval, or was not applied for, is in custody all the same, with a case.
    """
    paper, store = c.load(Intake, intake, "intake"), rule.into_the_store(c, place)
    receiver = Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    if not (lines or surplus) or len(lines) + len(surplus) > MOST_LINES:
        raise TooMany("lines", most=MOST_LINES)
    came: list[tuple[Asset, int]] = []
    for n, one in enumerate(lines):
        line = _outcomes_fit(paper, one, f"lines.{n}")
        if one.received:
            asset = _land_line(c, paper, line, one, store)
            paper.record(
                LineReceived(line=one.line, asset=asset.id, quantity=one.received, condition=one.condition)
            )
            came.append((asset, one.received))
        if one.turned_away:
            paper.record(LineTurnedAway(line=one.line, quantity=one.turned_away))
        if one.did_not_come:
            paper.record(LineDidNotCome(line=one.line, quantity=one.did_not_come))
    applied_for = [asset for asset, _ in came]
    for n, extra in enumerate(surplus):
        asset = _land_surplus(c, paper, extra, store, f"surplus.{n}")
        paper.record(SurplusReceived(asset=asset.id, quantity=extra.quantity, condition=extra.condition))
        came.append((asset, extra.quantity))
    rule.into_the_hands_of(c, store.operator, *(asset for asset, _ in came))
    outcome: Outcome = {"intake": paper.id, "assets": [asset.id for asset, _ in came]}
    if came:
        outcome["series"] = issue_slip(
            c,
            SlipKind.INTAKE,
            store,
            paper.id,
            _printed(came),
            giver=paper.body,
            receiver=store.operator,
            giver_signature=giver,
            receiver_signature=receiver,
        )
    receipt = hand_in(c, paper, store, applied_for, giver)
    if receipt is not None:
        outcome["receipt_series"] = receipt
    paper.close_if_done()
    return outcome


SHARING = (
    LineReceived,
    LineDidNotCome,
    IntakeDone,
    SharedInPlace,
    HandedIn,
    CaseOpened,
    ReceiptIssued,
    SplitOff,
    SplitFrom,
    SlipIssued,
    BodyTookIn,
)


@use_case(
    "confirm_virtual_intake",
    by=(Role.OFFICER, Role.ASSET_MANAGER, Role.KEEPER),
    emits=SHARING,
    gives=("intake", "assets", "receipt_series"),
)
def confirm_virtual_intake(c: Command, *, intake: UUID, lines: tuple[CameLine, ...]) -> Outcome:
    """Confirms that goods are in the pool where they stand: custody stays. A promise to share, so it needs
    the approval first.
    """
    paper = c.load(Intake, intake, "intake")
    store = c.load(Place, paper.warehouse)
    c.must((Role.OFFICER, Role.ASSET_MANAGER, Role.KEEPER), *c.load(Body, paper.body).scopes, *store.scopes)
    if not paper.virtual:
        raise InvalidValue("intake", value="physical", because="only_virtual")
    paper.must_be_approved()
    if paper.closed:
        raise IntakeClosed("intake")
    shared, rules = [], HANDING_IN if paper.mode is IntakeMode.HANDED_IN else RETAINING
    for n, one in enumerate(lines):
        line = _outcomes_fit(paper, one, f"lines.{n}")
        if one.turned_away or line.asset is None:
            raise InvalidValue(f"lines.{n}", value=one.turned_away, because="only_cards_stay")
        if one.received:
            asset = ask_each(rules, c, [c.load(Asset, line.asset)], f"lines.{n}")[0]
            if paper.mode is IntakeMode.HANDED_IN:
                asset = split_off(c, asset, one.received, f"lines.{n}.received")
            asset.record(SharedInPlace(intake=paper.id, store=store.id, quantity=one.received))
            paper.record(
                LineReceived(line=one.line, asset=asset.id, quantity=one.received, condition=one.condition)
            )
            shared.append(asset)
        if one.did_not_come:
            paper.record(LineDidNotCome(line=one.line, quantity=one.did_not_come))
    receipt = hand_in(c, paper, store, shared)
    paper.close_if_done()
    outcome: Outcome = {"intake": paper.id, "assets": [asset.id for asset in shared]}
    return outcome if receipt is None else {**outcome, "receipt_series": receipt}


def _outcomes_fit(paper: Intake, one: CameLine, path: str) -> IntakeLine:
    """More than a line has left is surplus, and is said so."""
    if min(one.received, one.turned_away, one.did_not_come) < 0:
        raise InvalidValue(path, value=one.received, least=0)
    pieces = one.received + one.turned_away + one.did_not_come
    if not pieces:
        raise InvalidValue(path, value=0, least=1)
    return paper.must_leave(one.line, pieces, path)


def _land_line(c: Command, paper: Intake, line: IntakeLine, one: CameLine, store: Place) -> Asset:
    """The goods of a line are in the store now, approved or not."""
    if line.goods is not None:
        asset = _uncarded(c, paper, line.goods, one.received, one.condition, store)
    else:
        asset = _take_in(c, paper, c.load(Asset, line.asset or paper.id), one.received, one.condition, store)
    if not paper.approved:
        asset.record(CaseOpened(case=BEFORE_APPROVAL, paper=paper.id))
    if one.storage_media and Flag.STORAGE_MEDIA not in asset.flags:
        asset.record(Flagged(flag=Flag.STORAGE_MEDIA))
    if Flag.STORAGE_MEDIA in asset.flags:
        asset.record(Inspected(condition=asset.condition, wiped=one.wiped))
    return asset


def _land_surplus(c: Command, paper: Intake, extra: SurplusGoods, store: Place, path: str) -> Asset:
    """Nobody applied for it, and it is here."""
    if extra.quantity < 1 or (extra.asset is None) is (extra.goods is None):
        raise InvalidValue(path, value=extra.quantity, because="surplus_asset_or_goods")
    if extra.goods is not None:
        kind = Kind.LOT if extra.quantity > 1 else extra.goods.kind
        goods = sound(replace(extra.goods, quantity=extra.quantity, kind=kind), f"{path}.goods")
        asset = _uncarded(c, paper, goods, extra.quantity, extra.condition, store)
    else:
        known = c.load(Asset, extra.asset or paper.id, f"{path}.asset")
        if extra.quantity > known.quantity:
            raise InvalidValue(f"{path}.quantity", value=extra.quantity, most=known.quantity)
        asset = _take_in(c, paper, known, extra.quantity, extra.condition, store)
    asset.record(CaseOpened(case=SURPLUS_CASE, paper=paper.id))
    return asset


def _take_in(
    c: Command, paper: Intake, asset: Asset, quantity: int, condition: Condition, store: Place
) -> Asset:
    """Custody of so many passes to the store. What still seemed to be on loan is back by that, with a case."""
    for loan in list(asset.outs):
        if asset.here >= quantity:
            break
        _end_loan(c, asset, loan, store)
    part = split_off(c, asset, quantity) if asset.kind is Kind.LOT and quantity <= asset.here else asset
    if quantity > part.quantity:
        part.record(CaseOpened(case=MORE_CASE, paper=paper.id))
    if not part.alive or part.physically_gone:
        part.record(CaseOpened(case="stray", paper=paper.id))
    seen = part.condition if condition is Condition.UNKNOWN else condition
    part.record(TakenIn(intake=paper.id, operator=store.operator, place=store.id, condition=seen))
    return part


def _end_loan(c: Command, asset: Asset, loan: UUID, store: Place) -> None:
    out, paper = asset.outs[loan], c.load(Loan, loan)
    asset.record(
        Returned(
            loan=loan,
            quantity=out.quantity,
            condition=asset.condition,
            operator=store.operator,
            place=store.id,
        )
    )
    paper.line_ends(asset.id, out.quantity, LineOutcome.RETURNED, asset.condition)
    asset.record(CaseOpened(case=STRAY_CASE, paper=loan))


def _uncarded(
    c: Command, paper: Intake, goods: Description, quantity: int, condition: Condition, store: Place
) -> Asset:
    """Goods on nobody's books: in the pool's custody without a card. What the giver retains is for the
    giver's account.
    """
    giver = c.load(Body, paper.body)
    keeps = paper.mode is IntakeMode.RETAINED and giver.kind in HOLDING and not giver.closed
    holder = giver if keeps else c.load(Body, store.owner)
    asset = c.begin(Asset)
    book = share(goods.book, quantity, goods.quantity)[0] if goods.book else None
    asset.record(
        ReceivedUncarded(
            said=replace(goods, quantity=quantity, book=book),
            number=mint(c, asset),
            holder=holder.id,
            custody=Custody(CustodyKind.CUSTODIAN, store.operator),
            basis=paper.id,
            place=store.id,
            condition=condition,
        )
    )
    holder.receive(asset.id)
    return asset


def _printed(came: list[tuple[Asset, int]]) -> tuple[SlipLine, ...]:
    return tuple(line_of(asset, quantity) for asset, quantity in came)
