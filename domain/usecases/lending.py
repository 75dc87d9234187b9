"""Lending: handed over at the counter with two signatures, or dispatched with a carrier and signed for on arrival."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, BodyTookIn, answers_now, must_have_standing, same_accountable
from domain.command import Command
from domain.life.keeping import CaseOpened
from domain.life.lending import Dispatched, Lent, Received, Returned
from domain.papers.loan import LineReturned, Loan, LoanClosed, LoanLine, LoanOpened, LoanReceived
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.place import Place
from domain.refusals import InvalidValue, Refusal, Unknown
from domain.usecases import Outcome, ask_each, use_case
from domain.usecases.lots import FOR_EVER
from domain.usecases.pooling import STAYS_SHAREABLE, NotFree, must_be_free, must_not_lend_to_oneself
from domain.usecases.returning import must_have_come_back
from domain.values import Role, Signature, SignedBy, Window


class SeveralHolders(Refusal):
    """The goods belong to several bodies: each lender gets a paper of its own."""

    code = "SEVERAL_HOLDERS"


class SeveralStores(Refusal):
    """The goods lie in several stores: each store numbers its own slips."""

    code = "SEVERAL_STORES"


class NotInTransit(Refusal):
    """There is nothing to receive: it is not in transit on this paper."""

    code = "NOT_IN_TRANSIT"


class NotYourReceipt(Refusal):
    """Only the borrower's own people sign for what it receives."""

    code = "NOT_YOUR_RECEIPT"


LENDING = (
    rule.its_keeper_asks,
    *STAYS_SHAREABLE,
    rule.it_is_not_in_repair,
    rule.it_has_been_inspected,
    rule.its_condition_allows_use,
    rule.somebody_has_it,
    rule.some_of_it_is_here,
)
BREACH = "breach:"
HANDING_OUT = (Role.KEEPER, *rule.BY_HAND)


@use_case(
    "lend",
    by=HANDING_OUT,
    emits=(BodyTookIn, LoanOpened, Lent, CaseOpened, Returned, LineReturned, LoanClosed, SlipIssued),
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
    assets, to = _lines_and_borrower(c, lines, borrower, due, landed=already_happened)
    window = _window(c, due)
    if already_happened:
        for asset, line in zip(assets, lines, strict=True):
            _lands(c, asset, line.quantity, to, window, reservation)
    else:
        _must_be_lendable(c, assets, lines, to, window, reservation)
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
                due=due, reservation=_promise_kept(c, asset, to, window, reservation),
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
    assets, to = _lines_and_borrower(c, lines, borrower, due)
    window = _window(c, due)
    _must_be_lendable(c, assets, lines, to, window, reservation)
    loan, warehouse = c.begin(Loan), _store_of(c, assets)
    loan.record(
        LoanOpened(
            warehouse=warehouse.warehouse if warehouse else None, lender=assets[0].holder, borrower=to.id, lines=lines, due=due,
            carrier=carrier.strip(), giver=Signature(c.person, SignedBy.ACCOUNT), reservation=reservation,
        )
    )  # fmt: skip
    for asset, line in zip(assets, lines, strict=True):
        to.receive(asset.id, "borrower")
        asset.record(
            Dispatched(
                loan=loan.id, borrower=to.id, carrier=carrier.strip(), quantity=line.quantity, condition=asset.condition, due=due,
                reservation=_promise_kept(c, asset, to, window, reservation),
            )
        )  # fmt: skip
    return _with_slip(c, SlipKind.RELEASE, warehouse, loan, assets)


@use_case("receive", by=HANDING_OUT, emits=(BodyTookIn, LoanReceived, Received), gives=("loan",))
def receive(c: Command, *, loan: UUID, receiver: Signature | None = None) -> Outcome:
    """The borrower signs for what the carrier brought. It lands whatever the standing of either side is by now."""
    paper = c.load(Loan, loan, "loan")
    to = c.load(Body, paper.borrower)
    if not any(c.may(role, *to.scopes, *answers_now(c, to.id).scopes) for role in HANDING_OUT):
        raise NotYourReceipt("loan", body=to.name)
    receiver = receiver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(paper.giver, receiver)
    if not paper.in_transit or not paper.out:
        raise NotInTransit("loan")
    paper.record(LoanReceived(receiver=receiver))
    for asset in c.load_all(Asset, paper.out):
        to.receive(asset.id, "loan")
        asset.record(
            Received(
                loan=paper.id, borrower=to.id, person=receiver.person, quantity=paper.out[asset.id],
                condition=asset.outs[paper.id].condition,
            )
        )  # fmt: skip
    return {"loan": paper.id}


def _lines_and_borrower(
    c: Command, lines: tuple[LoanLine, ...], borrower: UUID, due: datetime, *, landed: bool = False
) -> tuple[list[Asset], Body]:
    """What no hand-out can do without, also one that has happened already: one lender, one store, a day to be back."""
    if not lines or len({line.asset for line in lines}) != len(lines):
        raise InvalidValue("lines", value=len(lines))
    if due.tzinfo is None or due <= c.occurred_at:
        raise InvalidValue("due", value=due.isoformat())
    assets = c.load_all(Asset, (line.asset for line in lines), "lines")
    for number, (asset, line) in enumerate(zip(assets, lines, strict=True)):
        ask_each((rule.its_keeper_or_a_keeper_asks,) if landed else LENDING, c, [asset], f"lines.{number}")
        if not 1 <= line.quantity <= asset.quantity:
            raise InvalidValue(f"lines.{number}.quantity", value=line.quantity, most=asset.quantity)
    if len({asset.holder for asset in assets}) > 1:
        raise SeveralHolders("lines")
    if len({c.load(Place, asset.place).warehouse if asset.place else None for asset in assets}) > 1:
        raise SeveralStores("lines")
    return assets, c.load(Body, borrower, "borrower")


def _window(c: Command, due: datetime) -> Window:
    """From the hand-over on; what is already overdue when it is written down may stay out without end."""
    return Window(c.occurred_at, due if due > c.now else FOR_EVER)


def _must_be_lendable(
    c: Command, assets: Sequence[Asset], lines: Sequence[LoanLine], to: Body, window: Window, reservation: UUID | None
) -> None:  # fmt: skip
    if reservation is not None and not any(reservation in asset.promises for asset in assets):
        raise Unknown("reservation", id=str(reservation))
    for number, (asset, line) in enumerate(zip(assets, lines, strict=True)):
        for check in _checks(c, asset, line.quantity, to, window, reservation):
            try:
                check()
            except Refusal as no:
                no.path = f"lines.{number}" if no.path == "asset" else no.path
                raise


def _checks(
    c: Command, asset: Asset, quantity: int, to: Body, window: Window, reservation: UUID | None
) -> list[Callable[[], None]]:
    """Every rule of a hand-out beyond those of the thing alone, one by one: each can be asked for itself."""
    kept = _promise_kept(c, asset, to, window, reservation)
    return [
        partial(must_have_standing, to, c, "borrower"),
        partial(must_not_lend_to_oneself, c, asset, to, "borrower"),
        partial(_must_be_promised_to, c, asset, to, quantity, reservation),
        partial(must_be_free, c, asset, quantity, window, "asset", kept),
    ]


def _must_be_promised_to(c: Command, asset: Asset, to: Body, quantity: int, reservation: UUID | None) -> None:
    """Nobody is handed what was promised to somebody else by naming that promise."""
    promise = asset.promises.get(reservation) if reservation else None
    if promise is not None and not same_accountable(c, promise.body, to.id):
        name = c.load(Body, promise.body).name
        raise NotFree("reservation", asset=asset.number, free=0, wanted=quantity, by=name)


def _promise_kept(
    c: Command, asset: Asset, to: Body, window: Window, reservation: UUID | None
) -> UUID | None:
    """The promise this keeps: the named one, else the borrower's own first one in that time."""
    if reservation is not None and reservation in asset.promises:
        return reservation if same_accountable(c, asset.promises[reservation].body, to.id) else None
    own = [
        (promise.window.start, paper)
        for paper, promise in asset.promises.items()
        if promise.body == to.id and promise.window.overlaps(window)
    ]
    return min(own)[1] if own else None


def _lands(
    c: Command, asset: Asset, quantity: int, to: Body, window: Window, reservation: UUID | None
) -> None:
    """It has happened: every rule it broke becomes a case. Whatever seemed to be out must have come back before."""
    alone: list[Callable[[], None]] = [partial(one, c, asset) for one in LENDING]
    for check in (*alone, *_checks(c, asset, quantity, to, window, reservation)):
        try:
            check()
        except Refusal as no:
            asset.record(CaseOpened(case=f"{BREACH}{no.code}"))
    must_have_come_back(c, asset, quantity, asset.custody.body, asset.place, asset.condition)


def _store_of(c: Command, assets: Sequence[Asset]) -> Place | None:
    """The store that numbers the slip. None in a virtual site without a place, and where it is somebody else's store."""
    place, not_ours = assets[0].place, CaseOpened(case=f"{BREACH}{rule.NotYourStore.code}")
    if place is None or any(not_ours in asset.pending for asset in assets):
        return None
    return c.load(Place, place)


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
