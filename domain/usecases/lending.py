"""Lending and taking back. A hand-over needs two signatures; a return always lands."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Kind
from domain.body import Body, BodyTookIn, must_have_standing
from domain.command import Command
from domain.life.keeping import CaseOpened, ConditionSeen, MissingReported, PutAway
from domain.life.lending import CameBack, Dispatched, Inspected, Lent, LostOnLoan, Received, Returned
from domain.papers.loan import LineOutcome, LineReturned, Loan, LoanLine, LoanOpened, LoanReceived
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.place import Place
from domain.refusals import InvalidValue, Refusal
from domain.usecases import Outcome, ask_each, use_case
from domain.usecases.lots import split_off
from domain.usecases.pooling import STAYS_SHAREABLE, must_be_free, must_not_lend_to_oneself
from domain.values import Condition, Role, Signature, SignedBy, Value, Window


class SeveralHolders(Refusal):
    """The goods belong to several bodies: each lender gets a paper of its own."""

    code = "SEVERAL_HOLDERS"


class NotInTransit(Refusal):
    """There is nothing to receive: it is not in transit on this paper."""

    code = "NOT_IN_TRANSIT"


class NotYourReceipt(Refusal):
    """Only the borrower's own people sign for what it receives."""

    code = "NOT_YOUR_RECEIPT"


class ReturnLine(Value, frozen=True, kw_only=True):
    """So many of an asset came back, and in what state."""

    asset: UUID
    quantity: int = 1
    outcome: LineOutcome = LineOutcome.RETURNED
    condition: Condition = Condition.UNKNOWN


LENDING = (
    rule.its_keeper_asks,
    *STAYS_SHAREABLE,
    rule.it_is_not_in_repair,
    rule.it_has_been_inspected,
    rule.its_condition_allows_use,
    rule.somebody_has_it,
    rule.some_of_it_is_here,
)
INSPECTING = (rule.its_keeper_asks, rule.it_is_alive)
HANDING_OUT = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)


@use_case(
    "lend",
    by=HANDING_OUT,
    emits=(BodyTookIn, LoanOpened, Lent, CaseOpened, SlipIssued),
    gives=("loan", "series"),
    rules=LENDING,
)
def lend(
    c: Command, *, lines: tuple[LoanLine, ...], borrower: UUID, receiver: Signature, due: datetime,
    giver: Signature | None = None, reservation: UUID | None = None, already_happened: bool = False,
) -> Outcome:  # fmt: skip
    """Hands goods over at the counter, both sides signing: one command, one loan, one numbered slip.

    `already_happened`: it was done while the phone was offline. Then it lands, and what it broke becomes a case to settle.
    """
    giver = giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    assets, to = _lines_and_borrower(c, lines, borrower, due, reservation, landed=already_happened)
    loan, warehouse = c.begin(Loan), _store_of(c, assets)
    loan.record(
        LoanOpened(
            warehouse=warehouse.warehouse if warehouse else None, lender=assets[0].holder, borrower=to.id, lines=lines, due=due,
            giver=giver, receiver=receiver, reservation=reservation,
        )
    )  # fmt: skip
    for asset, line in zip(assets, lines, strict=True):
        to.receive(asset.id, "borrower")
        asset.record(
            Lent(
                loan=loan.id, borrower=to.id, person=receiver.person, quantity=line.quantity, condition=asset.condition,
                due=due, reservation=reservation,
            )
        )  # fmt: skip
    return _with_slip(c, SlipKind.LOAN, warehouse, loan, assets)


@use_case(
    "dispatch",
    by=HANDING_OUT,
    emits=(BodyTookIn, LoanOpened, Dispatched, SlipIssued),
    gives=("loan", "series"),
    rules=LENDING,
)
def dispatch(
    c: Command,
    *,
    lines: tuple[LoanLine, ...],
    borrower: UUID,
    due: datetime,
    carrier: str,
    reservation: UUID | None = None,
) -> Outcome:
    """Gives goods to a carrier: they are in transit until the borrower signs for them."""
    if not carrier.strip():
        raise InvalidValue("carrier", value=carrier)
    assets, to = _lines_and_borrower(c, lines, borrower, due, reservation, landed=False)
    giver = Signature(c.person, SignedBy.ACCOUNT)
    loan, warehouse = c.begin(Loan), _store_of(c, assets)
    loan.record(
        LoanOpened(
            warehouse=warehouse.warehouse if warehouse else None, lender=assets[0].holder, borrower=to.id, lines=lines, due=due,
            carrier=carrier, giver=giver, reservation=reservation,
        )
    )  # fmt: skip
    for asset, line in zip(assets, lines, strict=True):
        to.receive(asset.id, "borrower")
        asset.record(
            Dispatched(
                loan=loan.id, borrower=to.id, carrier=carrier, quantity=line.quantity, condition=asset.condition, due=due,
                reservation=reservation,
            )
        )  # fmt: skip
    return _with_slip(c, SlipKind.RELEASE, warehouse, loan, assets)


@use_case(
    "receive",
    by=(Role.OFFICER, Role.KEEPER, Role.ASSET_MANAGER),
    emits=(BodyTookIn, LoanReceived, Received),
    gives=("loan",),
)
def receive(c: Command, *, loan: UUID, receiver: Signature | None = None) -> Outcome:
    """The borrower signs for what the carrier brought. It lands whatever the lender's standing is by now."""
    paper = c.load(Loan, loan, "loan")
    to = c.load(Body, paper.borrower)
    receiver = receiver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(paper.giver, receiver)
    if not any(c.may(role, *to.scopes) for role in (Role.OFFICER, Role.ASSET_MANAGER, Role.KEEPER)):
        raise NotYourReceipt("loan", body=to.name)
    if not paper.in_transit:
        raise NotInTransit("loan")
    paper.record(LoanReceived(receiver=receiver))
    for asset in c.load_all(Asset, paper.out):
        to.receive(asset.id, "loan")
        asset.record(
            Received(
                loan=paper.id, borrower=to.id, person=receiver.person, quantity=paper.out[asset.id], condition=asset.condition
            )
        )  # fmt: skip
    return {"loan": paper.id}


@use_case(
    "take_back",
    by=(Role.KEEPER,),
    emits=(BodyTookIn, Returned, CameBack, LostOnLoan, LineReturned, CaseOpened, SlipIssued),
    gives=("loans", "series"),
)
def take_back(
    c: Command, *, lines: tuple[ReturnLine, ...], place: UUID, loan: UUID | None = None, giver: Signature | None = None,
) -> Outcome:  # fmt: skip
    """Takes goods back: from anyone, anything, in any state. Without `loan` each thing finds its own.

    What no loan explains comes back with a case; damage, missing parts and loss get an outcome of their own and a case.
    """
    store = c.load(Place, place, "place")
    c.must((Role.KEEPER,), *store.scopes)
    receiver = Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    if not lines:
        raise InvalidValue("lines", value=0)
    assets = c.load_all(Asset, (line.asset for line in lines), "lines")
    rule.into_the_hands_of(c, store.operator, *assets)
    papers: dict[UUID, Loan] = {}
    for asset, line in zip(assets, lines, strict=True):
        if line.quantity < 1:
            raise InvalidValue("lines.quantity", value=line.quantity)
        if line.outcome is LineOutcome.TRANSFERRED:
            raise InvalidValue("lines.outcome", value=line.outcome)
        _land(c, asset, line, store, loan, papers)
    back = tuple(
        line_of(asset, line.quantity, line.outcome) for asset, line in zip(assets, lines, strict=True)
    )
    paper = next(iter(papers), loan or c.new_id())
    series = issue_slip(
        c,
        SlipKind.RETURN,
        store,
        paper,
        back,
        receiver=store.operator,
        giver_signature=giver,
        receiver_signature=receiver,
    )
    return {"loans": list(papers), "series": series}


@use_case("inspect", by=(Role.KEEPER,), emits=(Inspected,), gives=("asset",), rules=INSPECTING)
def inspect(c: Command, *, asset: UUID, condition: Condition, wiped: bool = False) -> Outcome:
    """Looks at a thing after it came back. A device with storage is free again only when it was wiped."""
    one = ask_each(INSPECTING, c, [c.load(Asset, asset, "asset")], "asset")[0]
    one.record(Inspected(condition=condition, wiped=wiped))
    return {"asset": one.id}


def _lines_and_borrower(
    c: Command,
    lines: tuple[LoanLine, ...],
    borrower: UUID,
    due: datetime,
    reservation: UUID | None,
    *,
    landed: bool,
) -> tuple[list[Asset], Body]:
    """Every rule of a hand-out. Landed: what physically happened is not refused, its breaches become cases."""
    if not lines or len({line.asset for line in lines}) != len(lines):
        raise InvalidValue("lines", value=len(lines))
    if due <= c.occurred_at:
        raise InvalidValue("due", value=due.isoformat())
    assets = c.load_all(Asset, (line.asset for line in lines), "lines")
    to = c.load(Body, borrower, "borrower")
    for number, (asset, line) in enumerate(zip(assets, lines, strict=True)):
        rule.its_keeper_asks(c, asset)
        if line.quantity < 1 or line.quantity > asset.quantity:
            raise InvalidValue(f"lines.{number}.quantity", value=line.quantity, most=asset.quantity)
        try:
            ask_each(LENDING, c, [asset], f"lines.{number}")
            must_have_standing(to, c, "borrower")
            must_not_lend_to_oneself(c, asset, to, "borrower")
            must_be_free(c, asset, line.quantity, Window(c.occurred_at, due), f"lines.{number}", reservation)
        except Refusal as no:
            if not landed:
                raise
            _breach(asset, no, c, line.quantity)
    if len({asset.holder for asset in assets}) > 1:
        raise SeveralHolders("lines")
    return assets, to


def _breach(asset: Asset, broken: Refusal, c: Command, quantity: int) -> None:
    """It happened against a rule: it lands, and the case names the rule. Whatever still seemed out must have come back before."""
    asset.record(CaseOpened(case=f"breach:{broken.code}"))
    for paper in list(asset.outs) if asset.here < quantity else ():
        out = asset.outs[paper]
        loan = c.load(Loan, paper)
        asset.record(
            Returned(
                loan=paper, quantity=out.quantity, condition=asset.condition, operator=asset.custody.body, place=asset.place
            )
        )  # fmt: skip
        loan.line_ends(asset.id, out.quantity, LineOutcome.RETURNED, asset.condition)


def _land(
    c: Command, asset: Asset, line: ReturnLine, store: Place, loan: UUID | None, papers: dict[UUID, Loan]
) -> None:
    """One line of a return lands, on its own loan or as a stray."""
    left, condition = (
        line.quantity,
        line.condition if line.condition is not Condition.UNKNOWN else asset.condition,
    )
    for paper in _loans_of(asset, loan):
        if not left:
            break
        part = min(left, asset.outs[paper].quantity)
        papers[paper] = c.load(Loan, paper)
        liable = asset.outs[paper].custody.body
        _end_line(asset, paper, part, line, condition, store)
        papers[paper].line_ends(asset.id, part, line.outcome, condition)
        if asset.kind is Kind.LOT and part < asset.quantity:
            _set_apart(c, asset, part, line, condition, store, liable)
        left -= part
    if left and line.outcome is not LineOutcome.LOST:
        if asset.kind is Kind.SERIALISED:
            asset.record(CameBack(condition=condition, operator=store.operator, place=store.id))
        asset.record(CaseOpened(case="stray_return"))
    if line.outcome is not LineOutcome.RETURNED:
        asset.record(CaseOpened(case=line.outcome.value))


def _end_line(
    asset: Asset, paper: UUID, part: int, line: ReturnLine, condition: Condition, store: Place
) -> None:
    if line.outcome is LineOutcome.LOST:
        asset.record(LostOnLoan(loan=paper, quantity=part, liable=asset.outs[paper].custody.body))
    else:
        inspect_it = line.outcome is not LineOutcome.RETURNED
        asset.record(
            Returned(
                loan=paper, quantity=part, condition=condition, operator=store.operator, place=store.id, inspect=inspect_it
            )
        )  # fmt: skip


def _set_apart(
    c: Command, lot: Asset, part: int, line: ReturnLine, condition: Condition, store: Place, liable: UUID
) -> None:
    """A part of a lot that came back elsewhere or damaged, or is lost, becomes a lot of its own."""
    if line.outcome is LineOutcome.RETURNED and lot.place == store.id:
        return
    piece = split_off(c, lot, part)
    if line.outcome is LineOutcome.LOST:
        piece.record(MissingReported(liable=liable))
    else:
        piece.record(PutAway(place=store.id, operator=store.operator))
        piece.record(ConditionSeen(condition=condition))


def _loans_of(asset: Asset, loan: UUID | None) -> list[UUID]:
    """The loans a return may end, the named one first."""
    return sorted(asset.outs, key=lambda paper: (paper != loan, asset.outs[paper].since))


def _store_of(c: Command, assets: Iterable[Asset]) -> Place | None:
    place = next((asset.place for asset in assets if asset.place is not None), None)
    return c.load(Place, place) if place else None


def _with_slip(c: Command, kind: SlipKind, store: Place | None, loan: Loan, assets: list[Asset]) -> Outcome:
    """The numbered slip of a hand-out; goods in no store (a virtual site without a place) go on the loan paper alone."""
    if store is None:
        return {"loan": loan.id}
    series = issue_slip(
        c,
        kind,
        store,
        loan.id,
        tuple(line_of(asset, loan.out[asset.id]) for asset in assets),
        giver=loan.lender,
        receiver=loan.borrower,
        giver_signature=loan.giver,
        receiver_signature=loan.receiver,
    )
    return {"loan": loan.id, "series": series}
