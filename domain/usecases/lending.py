"""Lending: handed over at the counter with two signatures, or dispatched with a carrier (signed for on arrival: `arriving`)."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body, BodyTookIn, must_have_standing, same_accountable
from domain.command import Command
from domain.label import Label, LabelServedThoughRetired
from domain.life.keeping import CaseOpened
from domain.life.lending import Dispatched, Lent, Returned
from domain.limits import claimed, must_be_open_at, must_be_within_term, ready_after
from domain.papers.kit import it_is_not_in_a_kit
from domain.papers.loan import LineReturned, Loan, LoanClosed, LoanLine, LoanOpened
from domain.papers.pool_check import PurchaseAvoided
from domain.papers.request import OPEN, Request, RequestHandedOver
from domain.papers.running_loan import LentToSuperior
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.place import Place
from domain.refusals import InvalidValue, Refusal, TooMany, Unknown
from domain.terms import Form
from domain.usecases import Outcome, Rule, ask_each, use_case
from domain.usecases.as_approved import TOO_EARLY, is_before_its_day, must_end_as_approved, request_of
from domain.usecases.blocking import must_not_be_blocked, note_superior, point_of
from domain.usecases.by_label import ScannedLabel, labels_out, note_served, thing_of
from domain.usecases.displacing import leave_its_slot
from domain.usecases.duty_persons import must_be_a_member
from domain.usecases.kit_lines import must_go_whole
from domain.usecases.lots import FOR_EVER
from domain.usecases.pool_checks import note_purchase_avoided
from domain.usecases.pooling import STAYS_SHAREABLE, NotFree, must_be_free, must_not_lend_to_oneself
from domain.usecases.request_rules import must_be_decided_still
from domain.usecases.returning import must_have_come_back
from domain.values import USABLE, Condition, Role, Signature, SignedBy, Window, named


class SeveralHolders(Refusal):
    """The goods belong to several bodies: each lender gets a paper of its own."""

    code = "SEVERAL_HOLDERS"


class SeveralStores(Refusal):
    """The goods lie in several stores: each store numbers its own slips."""

    code = "SEVERAL_STORES"


LENDING: tuple[Rule, ...] = (
    rule.its_keeper_asks,
    *STAYS_SHAREABLE,
    rule.it_is_not_in_repair,
    rule.it_has_been_inspected,
    rule.its_condition_allows_use,
    rule.somebody_has_it,
    rule.some_of_it_is_here,
    it_is_not_in_a_kit,
)
BREACH = "breach:"
MOST_ENCLOSED = 20
SHA256 = re.compile(r"[0-9a-f]{64}")
HANDED_OUT = (CaseOpened, LentToSuperior, RequestHandedOver, PurchaseAvoided)
"""What is recorded of a hand-out besides the loan and its goods."""
HANDING_OUT = (Role.KEEPER, *rule.BY_HAND)


@use_case(
    "lend",
    by=HANDING_OUT,
    emits=(
        BodyTookIn,
        LoanOpened,
        Lent,
        Returned,
        LineReturned,
        LoanClosed,
        SlipIssued,
        LabelServedThoughRetired,
        *HANDED_OUT,
    ),
    gives=("loan", "series"),
    rules=LENDING,
)
def lend(
    c: Command, *, lines: tuple[LoanLine, ...], borrower: UUID, receiver: Signature, due: datetime,
    giver: Signature | None = None, reservation: UUID | None = None, already_happened: bool = False,
    labels: tuple[ScannedLabel, ...] = (),
) -> Outcome:  # fmt: skip
    """Hands goods over at the counter, both sides signing: one command, one loan, one numbered slip.

    `labels`: those that were scanned for it; a retired one serves only for a reason. `already_happened`: it was done while the phone was
    offline. Then it lands, and what it broke becomes a case to settle.
    """
    giver = giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    assets, to = lines_and_borrower(c, lines, borrower, due, () if already_happened else LENDING)
    if already_happened:
        for asset, line in zip(assets, lines, strict=True):
            _lands(c, asset, line, to, due, reservation, receiver)
        served = _served(c, assets, lines, labels)
    else:
        must_be_lendable(c, assets, lines, to, due, reservation, receiver)
        served = labels_out(c, labels, {line.asset: line.quantity for line in lines})
    loan = hand_out(c, assets, lines, to, due, giver=giver, receiver=receiver, reservation=reservation)
    for label, why in served:
        note_served(label, loan.id, why)
    return with_slip(c, loan, assets, lines, {"series": SlipKind.LOAN})


@use_case(
    "dispatch",
    by=HANDING_OUT,
    emits=(BodyTookIn, LoanOpened, Dispatched, SlipIssued, LabelServedThoughRetired, *HANDED_OUT),
    gives=("loan", "series"),
    rules=LENDING,
)
def dispatch(
    c: Command, *, lines: tuple[LoanLine, ...], borrower: UUID, due: datetime, carrier: str, reservation: UUID | None = None,
    labels: tuple[ScannedLabel, ...] = (),
) -> Outcome:  # fmt: skip
    """Gives goods to a carrier: they are in transit until the borrower signs for them. `labels`: as in `lend`."""
    if not carrier.strip():
        raise InvalidValue("carrier", value="")
    assets, to = lines_and_borrower(c, lines, borrower, due, LENDING)
    must_be_lendable(c, assets, lines, to, due, reservation)
    served = labels_out(c, labels, {line.asset: line.quantity for line in lines})
    loan = hand_out(c, assets, lines, to, due, carrier=carrier.strip(), reservation=reservation)
    for label, why in served:
        note_served(label, loan.id, why)
    return with_slip(c, loan, assets, lines, {"series": SlipKind.RELEASE})


def lines_and_borrower(
    c: Command, lines: tuple[LoanLine, ...], borrower: UUID, due: datetime, rules: Sequence[Rule]
) -> tuple[list[Asset], Body]:
    """What no hand-out can do without, also one that has happened already: one lender, one store, a day to be back."""
    if not lines or len({line.asset for line in lines}) != len(lines):
        raise InvalidValue("lines", value=len(lines), once=True)
    if due.tzinfo is None or due <= c.occurred_at:
        raise InvalidValue("due", value=due.isoformat(), after=c.occurred_at.isoformat())
    assets = c.load_all(Asset, (line.asset for line in lines), "lines")
    for number, (asset, line) in enumerate(zip(assets, lines, strict=True)):
        ask_each(rules or (rule.its_keeper_or_a_keeper_asks,), c, [asset], f"lines.{number}")
        if not 1 <= line.quantity <= asset.quantity:
            raise InvalidValue(f"lines.{number}.quantity", value=line.quantity, least=1, most=asset.quantity)
        must_be_described(line, f"lines.{number}")
    if len({asset.holder for asset in assets}) > 1:
        raise SeveralHolders("lines")
    if len({c.load(Place, asset.place).warehouse if asset.place else None for asset in assets}) > 1:
        raise SeveralStores("lines")
    return assets, c.load(Body, borrower, "borrower")


def must_be_described(line: LoanLine, path: str) -> None:
    """Accessories as they are named on the slip, papers by their hash; neither without end."""
    for name, given in (("accessories", line.accessories), ("papers", line.papers)):
        if len(given) > MOST_ENCLOSED:
            raise TooMany(f"{path}.{name}", most=MOST_ENCLOSED)
    for at, accessory in enumerate(line.accessories):
        if named(accessory, f"{path}.accessories.{at}") != accessory:
            raise InvalidValue(f"{path}.accessories.{at}", value=accessory[:40], because="accessory")
    for at, paper in enumerate(line.papers):
        if not SHA256.fullmatch(paper):
            raise InvalidValue(f"{path}.papers.{at}", value=paper[:40], because="no_hash")


def hand_out(
    c: Command, assets: Sequence[Asset], lines: tuple[LoanLine, ...], to: Body, due: datetime, *, giver: Signature | None = None,
    receiver: Signature | None = None, carrier: str = "", reservation: UUID | None = None,
) -> Loan:  # fmt: skip
    """The loan paper, and each thing out on it: with the receiver who signed, or on its way with a carrier. What leaves before the day from
    which it was approved leaves with a case.
    """
    loan, store, window = c.begin(Loan), _store_of(c, assets), _window(c, due)
    loan.record(
        LoanOpened(
            warehouse=store.warehouse if store else None, lender=assets[0].holder, borrower=to.id, lines=lines, due=due,
            carrier=carrier, giver=giver or Signature(c.person, SignedBy.ACCOUNT), receiver=receiver, reservation=reservation,
        )
    )  # fmt: skip
    promises: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for asset, line in zip(assets, lines, strict=True):
        to.receive(asset.id, "borrower")
        condition = asset.condition if line.condition is Condition.UNKNOWN else line.condition
        kept = _promise_kept(c, asset, to, window, reservation)
        if receiver is None:
            out: Dispatched | Lent = Dispatched(
                loan=loan.id, borrower=to.id, carrier=carrier, quantity=line.quantity, condition=condition, due=due, reservation=kept,
                ready=ready_after(c, asset, due),
            )  # fmt: skip
        else:
            out = Lent(
                loan=loan.id, borrower=to.id, person=receiver.person, quantity=line.quantity, condition=condition, due=due,
                reservation=kept, ready=ready_after(c, asset, due),
            )  # fmt: skip
        early = kept is not None and is_before_its_day(c, asset, kept)
        asset.record(out)
        if early:
            asset.record(CaseOpened(case=TOO_EARLY, paper=loan.id))
        if kept is not None:
            promises[kept].append((asset.id, line.quantity))
    for promise, given in promises.items():
        _note_request(c, promise, loan, given, accepted=receiver is not None)
    note_superior(c, loan)
    return loan


def _note_request(
    c: Command, promise: UUID, loan: Loan, given: list[tuple[UUID, int]], *, accepted: bool
) -> None:
    """The promise was a request's: what was handed over of it is so much less to hand over."""
    try:
        paper = c.load(Request, promise)
    except Unknown:
        return
    allotted = [
        (asset, min(paper.units[asset][1], quantity)) for asset, quantity in given if asset in paper.units
    ]
    if allotted and paper.state in OPEN:
        paper.hand_over(loan.id, allotted)
        if paper.ended and paper.window and paper.window.start > c.now:
            leave_its_slot(c, paper)
        if accepted:
            note_purchase_avoided(c, paper, allotted)


def _window(c: Command, due: datetime) -> Window:
    """From the hand-over on; what is already overdue when it is written down may stay out without end."""
    return Window(c.occurred_at, due if due > c.now else FOR_EVER)


def must_be_lendable(
    c: Command, assets: Sequence[Asset], lines: Sequence[LoanLine], to: Body, due: datetime, reservation: UUID | None,
    receiver: Signature | None = None,
) -> None:  # fmt: skip
    """Every rule of a hand-out beyond those of each thing alone."""
    if reservation is not None and not any(reservation in asset.promises for asset in assets):
        raise Unknown("reservation", id=str(reservation))
    for number, (asset, line) in enumerate(zip(assets, lines, strict=True)):
        window = _window(c, due)
        kept = _promise_kept(c, asset, to, window, reservation)
        limits: list[Callable[[], None]] = [
            partial(must_end_as_approved, c, asset, due, kept),
            partial(_must_be_back_in_time, c, asset, to, window, kept),
        ]
        if kept is not None:
            limits.append(partial(must_go_whole, c, kept, asset, [one.id for one in assets]))
        for check in _checks(c, asset, line, to, window, reservation, receiver) + limits:
            try:
                check()
            except Refusal as no:
                no.path = f"lines.{number}" if no.path == "asset" else no.path
                raise


def _checks(
    c: Command, asset: Asset, line: LoanLine, to: Body, window: Window, reservation: UUID | None, receiver: Signature | None
) -> list[Callable[[], None]]:  # fmt: skip
    """Those rules one by one: each can be asked for itself."""
    kept = _promise_kept(c, asset, to, window, reservation)
    checks: list[Callable[[], None]] = [
        partial(must_have_standing, to, c, "borrower"),
        partial(must_not_lend_to_oneself, c, asset, to, "borrower"),
        partial(must_not_be_blocked, c, to, point_of(c, asset), "borrower"),
        partial(_must_be_promised_to, c, asset, to, line.quantity, reservation),
        partial(must_be_free, c, asset, line.quantity, claimed(c, asset, window), "asset", kept),
        partial(must_be_decided_still, c, kept),
        partial(_must_be_seen_fit, asset, line),
    ]
    return [*checks, partial(must_be_a_member, c, to, receiver.person)] if receiver else checks


def _must_be_back_in_time(c: Command, asset: Asset, to: Body, window: Window, kept: UUID | None) -> None:
    """Limits of the day it is due. What was promised for so long keeps its word, whatever was set since."""
    if window.end >= FOR_EVER or (kept is not None and window.end <= asset.promises[kept].window.end):
        return
    must_be_within_term(c, asset=asset, borrower=to, window=window, path="due", paper=kept)
    must_be_open_at(c, asset, window.end, "due")


def _must_be_seen_fit(asset: Asset, line: LoanLine) -> None:
    """What is seen at the counter counts, whatever the books say."""
    if line.condition not in USABLE:
        raise rule.ConditionNotUsable("asset", asset=asset.number, condition=line.condition)


def _must_be_promised_to(c: Command, asset: Asset, to: Body, quantity: int, reservation: UUID | None) -> None:
    """Nobody is handed what was promised to somebody else by naming that promise."""
    promise = asset.promises.get(reservation) if reservation else None
    if promise is not None and not same_accountable(c, promise.body, to.id):
        name = c.load(Body, promise.body).name
        raise NotFree("reservation", asset=asset.number, free=0, wanted=quantity, by=name, where="", next="")


def _promise_kept(
    c: Command, asset: Asset, to: Body, window: Window, reservation: UUID | None
) -> UUID | None:
    """The promise this keeps: the named one, else the borrower's own first one in that time."""
    if reservation is not None and reservation in asset.promises:
        theirs = same_accountable(c, asset.promises[reservation].body, to.id)
        return reservation if theirs and _is_for_a_loan(c, reservation) else None
    own = [
        (promise.window.start, paper)
        for paper, promise in asset.promises.items()
        if promise.body == to.id
        and promise.firm
        and promise.window.overlaps(window)
        and _is_for_a_loan(c, paper)
    ]
    return min(own)[1] if own else None


def _is_for_a_loan(c: Command, promise: UUID) -> bool:
    """What was approved for good, or to be used in place, is not lent instead."""
    request = request_of(c, promise)
    return request is None or request.form is Form.LOAN


def _lands(
    c: Command, asset: Asset, line: LoanLine, to: Body, due: datetime, reservation: UUID | None, receiver: Signature
) -> None:  # fmt: skip
    """It has happened: every rule it broke becomes a case. Whatever seemed to be out must have come back before."""
    window = _window(c, due)
    kept = _promise_kept(c, asset, to, window, reservation)
    alone: list[Callable[[], None]] = [partial(one, c, asset) for one in LENDING]
    alone.append(partial(must_end_as_approved, c, asset, due, kept))
    for check in (*alone, *_checks(c, asset, line, to, window, reservation, receiver)):
        try:
            check()
        except Refusal as no:
            asset.record(CaseOpened(case=f"{BREACH}{no.code}"))
    must_have_come_back(c, asset, line.quantity, asset.custody.body, asset.place, asset.condition)


def _served(
    c: Command, assets: Sequence[Asset], lines: Sequence[LoanLine], labels: Sequence[ScannedLabel]
) -> list[tuple[Label, str]]:
    """It has happened: a label that should not have served becomes a case of its thing, or of the first where nobody knows of which."""
    served: list[tuple[Label, str]] = []
    given = {line.asset: line.quantity for line in lines}
    for one in labels:
        try:
            served += labels_out(c, (one,), given)
        except Refusal as no:
            meant = thing_of(c, one.code)
            asset = next((asset for asset in assets if asset.id == meant), assets[0])
            asset.record(CaseOpened(case=f"{BREACH}{no.code}"))
    return served


def _store_of(c: Command, assets: Sequence[Asset]) -> Place | None:
    """The store that numbers the slip. None in a virtual site without a place, and where it is somebody else's store."""
    place, not_ours = assets[0].place, CaseOpened(case=f"{BREACH}{rule.NotYourStore.code}")
    if place is None or any(not_ours in asset.pending for asset in assets):
        return None
    return c.load(Place, place)


def with_slip(
    c: Command, loan: Loan, assets: Sequence[Asset], lines: Sequence[LoanLine], kinds: Mapping[str, SlipKind]
) -> Outcome:
    """The numbered slips of a hand-out, by their name in the outcome; goods in no store (a virtual site without a place) go on the
    loan paper alone.
    """
    store = _store_of(c, assets)
    if store is None:
        return {"loan": loan.id}
    goods = tuple(
        line_of(asset, line.quantity, accessories=line.accessories)
        for asset, line in zip(assets, lines, strict=True)
    )
    slips = {
        name: issue_slip(
            c, kind, store, loan.id, goods, giver=loan.lender, receiver=loan.borrower, giver_signature=loan.giver,
            receiver_signature=loan.receiver,
        )
        for name, kind in kinds.items()
    }  # fmt: skip
    return {"loan": loan.id, **slips}
