"""Handing over what was approved: picked by scan, unit by unit, then given out on one paper with both signatures.

What was allotted is only the provisional choice. The keeper scans any unit of the class that fits, and the promise moves to it; if
that one was allotted to another request that can live with ours, the two are swapped. What is promised to others by name is not given.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Promise
from domain.body import Body, BodyTookIn
from domain.command import Command
from domain.life.lending import Dispatched, Lent
from domain.life.pooling import Held, ReservationReleased, Reserved
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import HeldForTransfer, SentOnTransfer
from domain.limits import claimed, ready_after
from domain.papers.loan import LoanLine, LoanOpened
from domain.papers.outside_decision import Matter, OutsideDecision
from domain.papers.request import (
    Request,
    RequestDisplaced,
    RequestLine,
    RequestUnitExchanged,
    RequestUnitPicked,
    RequestUnitPutBack,
)
from domain.papers.slip import SlipIssued, SlipKind
from domain.papers.transfer import (
    Basis,
    Side,
    Transfer,
    TransferApproved,
    TransferConsented,
    TransferHandedOver,
    TransferProposed,
    TransferSignedFor,
)
from domain.refusals import InvalidValue, Refusal, Unknown
from domain.terms import Form
from domain.usecases import Outcome, ask_each, use_case
from domain.usecases.choosing import Ask, Take, asks, make_room, must_be_on_offer, point_of, spare
from domain.usecases.lending import (
    HANDED_OUT,
    HANDING_OUT,
    LENDING,
    hand_out,
    lines_and_borrower,
    must_be_lendable,
    with_slip,
)
from domain.usecases.passing_on import ENDINGS, dispatch_transfer, hand_over_transfer
from domain.usecases.request_rules import ask_of
from domain.usecases.transferring import STAYS_TRANSFERABLE, propose
from domain.values import Signature, SignedBy, Window


class NotForThisRequest(Refusal):
    """It is not what was asked for: another class, another lending point, or all of that line is there already."""

    code = "NOT_FOR_THIS_REQUEST"


class PromisedToOthers(Refusal):
    """It is promised to somebody else, who could not do with another one."""

    code = "PROMISED_TO_OTHERS"


class NotAllPicked(Refusal):
    """Not everything that was approved has been scanned; it can be handed over in part, if that is meant."""

    code = "NOT_ALL_PICKED"


EXCHANGING = (Reserved, Held, ReservationReleased, RequestUnitExchanged, RequestDisplaced)


@use_case("pick_unit", by=HANDING_OUT, emits=(RequestUnitPicked, *EXCHANGING), gives=("request", "asset"))
def pick_unit(
    c: Command, *, request: UUID, asset: UUID, quantity: int = 1, line: int | None = None
) -> Outcome:
    """Scans a unit for an approved request: an allotted one, or any other of the class that is free, or that can be swapped.

    The promise is then on what was scanned. What is promised to others is refused, with who and when.
    """
    paper = c.load(Request, request, "request")
    ask_of("pick_unit", c, paper)
    one = c.load(Asset, asset, "asset")
    ask_each(
        LENDING if paper.form is Form.LOAN else (rule.its_keeper_asks, *STAYS_TRANSFERABLE), c, [one], "asset"
    )
    allotted = paper.units.get(one.id, (0, 0))[1] - paper.picked.get(one.id, 0)
    if quantity > allotted:
        _exchange(c, paper, one, quantity - max(allotted, 0), line)
    paper.pick(one.id, quantity, "quantity")
    return {"request": paper.id, "asset": one.id}


@use_case("unpick_unit", by=HANDING_OUT, emits=(RequestUnitPutBack,), gives=("request", "asset"))
def unpick_unit(c: Command, *, request: UUID, asset: UUID, quantity: int = 1) -> Outcome:
    """Puts a scanned unit back: it stays promised to the request."""
    paper = c.load(Request, request, "request")
    ask_of("unpick_unit", c, paper)
    paper.unpick(asset, quantity, "quantity")
    return {"request": paper.id, "asset": asset}


@use_case(
    "hand_over_request",
    by=HANDING_OUT,
    emits=(
        BodyTookIn, LoanOpened, Lent, Dispatched, SlipIssued, *HANDED_OUT, TransferProposed,
        HeldForTransfer, SplitOff, SplitFrom, TransferConsented, TransferApproved, TransferHandedOver, TransferSignedFor,
        SentOnTransfer, *EXCHANGING, *ENDINGS,
    ),
    gives=("request", "loan", "transfer", "series", "release_series", "gate_pass_series"),
)  # fmt: skip
def hand_over_request(
    c: Command, *, request: UUID, receiver: Signature | None = None, giver: Signature | None = None, carrier: str = "",
    due: datetime | None = None, lines: tuple[LoanLine, ...] = (), partly: bool = False,
) -> Outcome:  # fmt: skip
    """Hands over all that was scanned, both sides signing, or to a carrier: the loan, its slip, the release slip and the gate pass.

    `lines` say in what condition, with which accessories and papers; `due` is the end of what was approved. What was approved for
    good goes on a transfer paper, which carries the consents and decisions of the request, and is handed over if none is missing.
    """
    paper = c.load(Request, request, "request")
    ask_of("hand_over_request", c, paper)
    giver = giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    if bool(carrier.strip()) == (receiver is not None):
        raise InvalidValue("carrier", value=carrier)
    if not partly:
        _all_must_be_picked(paper)
    given = _described(paper, lines)
    if paper.form is Form.TRANSFER:
        return _for_good(c, paper, given, giver, receiver, carrier)
    due = due or (paper.window.end if paper.window else None)
    if due is None:
        raise InvalidValue("due", value="")
    assets, to = lines_and_borrower(c, given, paper.body, due, LENDING)
    must_be_lendable(c, assets, given, to, due, paper.id, receiver)
    loan = hand_out(
        c,
        assets,
        given,
        to,
        due,
        giver=giver,
        receiver=receiver,
        carrier=carrier.strip(),
        reservation=paper.id,
    )
    kinds = {"release_series": SlipKind.RELEASE, "gate_pass_series": SlipKind.GATE_PASS}
    if receiver is not None:
        kinds["series"] = SlipKind.LOAN
    return {"request": paper.id, **with_slip(c, loan, assets, kinds)}


def progress(paper: Request) -> dict[int, tuple[int, int]]:
    """Line by line: how many are at the counter or out already, of how many ("3 of 5")."""
    done = dict.fromkeys(range(len(paper.lines)), 0)
    for asset, quantity in paper.picked.items():
        done[paper.units[asset][0]] += quantity
    return {
        n: (done[n] + line.quantity - paper.left.get(n, 0), line.quantity)
        for n, line in enumerate(paper.lines)
    }


# Scanned: it takes the place of what was allotted.


def _exchange(c: Command, paper: Request, new: Asset, quantity: int, wanted: int | None) -> None:
    """The promise moves from units that nobody has scanned yet to this one."""
    ask = asks(c, paper)
    if point_of(c, new) != (paper.warehouse, paper.holder):
        raise NotForThisRequest("asset", asset=new.number)
    line = _line_for(paper, new, quantity, wanted)
    if line is None or (new.id in paper.units and paper.units[new.id][0] != line):
        raise NotForThisRequest("asset", asset=new.number)
    must_be_on_offer(c, new, ask, "asset")
    gone = list(_waiting(c, paper, line, quantity))
    held = paper.units.get(new.id, (line, 0))[1]
    if spare(c, new, ask) >= held + quantity:
        _take(c, paper, ask, new, gone, held + quantity)
    elif not _swap(c, paper, ask, new, gone, quantity):
        raise _promised(c, new, ask)


def _line_for(paper: Request, asset: Asset, quantity: int, wanted: int | None) -> int | None:
    """The line it can serve: by class, with so many that nobody has scanned yet."""
    for n, line in enumerate(paper.lines):
        if wanted in {None, n} and _serves(line, asset) and _open(paper, n) >= quantity:
            return n
    return None


def _serves(line: RequestLine, asset: Asset) -> bool:
    code, own = line.class_code, asset.class_code
    return (
        code is not None and own is not None and own.code.startswith(code.code) and code.scheme in {"", own.scheme}
        and code.edition in {"", own.edition}
    )  # fmt: skip


def _open(paper: Request, line: int) -> int:
    """How many of a line are allotted and not scanned."""
    return sum(held - paper.picked.get(id, 0) for id, (of, held) in paper.units.items() if of == line)


def _waiting(c: Command, paper: Request, line: int, quantity: int) -> Iterable[tuple[Asset, int]]:
    """So many of a line that were allotted and not scanned."""
    for id, (of, held) in list(paper.units.items()):
        some = min(held - paper.picked.get(id, 0), quantity)
        if of == line and some > 0:
            quantity -= some
            yield c.load(Asset, id), some


def _take(
    c: Command, paper: Request, ask: Ask, new: Asset, gone: Sequence[tuple[Asset, int]], quantity: int
) -> None:
    """It is free: the promise is on it from now on, and off what was allotted."""
    first = gone[0][0].promises.get(paper.id)
    make_room(c, Take(new, quantity), ask, paper.id)
    for old, some in gone:
        if old.id != new.id:
            paper.exchange(old.id, new.id, some)
            _give_back(c, paper, old)
    new.record(
        _promise_of(
            c, paper.id, Promise(quantity, paper.body, ask.window, first.until if first else None), new
        )
    )


def _give_back(c: Command, paper: Request, old: Asset) -> None:
    """What of it is not allotted any more is free."""
    held, promise = paper.units.get(old.id, (0, 0))[1], old.promises.get(paper.id)
    if promise is None:
        return
    old.record(ReservationReleased(reservation=paper.id))
    if held:
        old.record(_promise_of(c, paper.id, promise.less(promise.quantity - held), old))


def _swap(
    c: Command, paper: Request, ask: Ask, new: Asset, gone: Sequence[tuple[Asset, int]], quantity: int
) -> bool:
    """The other request, if it has only this unit of a class and nobody has scanned it, gets one of ours instead."""
    others = [
        (id, promise)
        for id, promise in new.promises.items()
        if id != paper.id and promise.binds(c.now) and promise.window.overlaps(claimed(c, new, ask.window))
    ]
    if new.quantity != 1 or quantity != 1 or len(others) != 1 or len(gone) != 1 or gone[0][0].quantity != 1:
        return False
    (other_id, theirs), old = others[0], gone[0][0]
    other = _request(c, other_id)
    if other is None or other.ended or new.id not in other.units or new.id in other.picked:
        return False
    line = other.lines[other.units[new.id][0]]
    if not _serves(line, old) or old.id in other.units:
        return False
    without = old.copy()
    without.promises.pop(paper.id, None)
    for_them = Window(theirs.window.start, ready_after(c, old, theirs.window.end) or theirs.window.end)
    freed = new.copy()
    freed.promises.pop(other_id, None)
    for_us = claimed(c, new, ask.window)
    if without.free(for_them, c.now) < 1 or freed.free(for_us, c.now) < 1:
        return False
    try:
        must_be_on_offer(c, old, asks(c, other), "asset")
    except Refusal:
        return False
    ours = old.promises.get(paper.id) or Promise(1, paper.body, ask.window)
    for asset, id in ((old, paper.id), (new, other_id)):
        if id in asset.promises:
            asset.record(ReservationReleased(reservation=id))
    other.exchange(new.id, old.id, 1)
    paper.exchange(old.id, new.id, 1)
    old.record(_promise_of(c, other_id, theirs, old))
    new.record(_promise_of(c, paper.id, ours, new))
    return True


def _promise_of(c: Command, paper: UUID, promise: Promise, on: Asset) -> Reserved | Held:
    """The same promise, on another unit: it is prepared again in its own time."""
    ready = ready_after(c, on, promise.window.end)
    if promise.firm or promise.until is None:
        return Reserved(
            reservation=paper, body=promise.body, quantity=promise.quantity, window=promise.window, until=promise.until, ready=ready
        )  # fmt: skip
    return Held(
        reservation=paper, body=promise.body, quantity=promise.quantity, window=promise.window, until=promise.until, ready=ready
    )  # fmt: skip


def _promised(c: Command, asset: Asset, ask: Ask) -> Refusal:
    """To whom, and when: the first promise that stands in the way; else the loan that is not over by then."""
    span = claimed(c, asset, ask.window)
    promises = sorted(
        (promise.window.start, promise.window.end, promise.body)
        for id, promise in asset.promises.items()
        if id != ask.paper and promise.binds(c.now) and promise.window.overlaps(span)
    )
    if not promises:
        return NotForThisRequest("asset", asset=asset.number)
    start, end, body = promises[0]
    return PromisedToOthers(
        "asset",
        asset=asset.number,
        body=c.load(Body, body).name,
        start=start.isoformat(),
        end=end.isoformat(),
    )


def _request(c: Command, id: UUID) -> Request | None:
    try:
        return c.load(Request, id)
    except Unknown:
        return None


# Handed over.


def _all_must_be_picked(paper: Request) -> None:
    done = sum(paper.picked.values())
    if done < sum(paper.left.values()):
        raise NotAllPicked("partly", picked=done, wanted=sum(paper.left.values()))


def _described(paper: Request, lines: tuple[LoanLine, ...]) -> tuple[LoanLine, ...]:
    """What was scanned, with what is said about it."""
    said = {line.asset: line for line in lines}
    for n, line in enumerate(lines):
        if line.quantity != paper.picked.get(line.asset) or len(said) != len(lines):
            raise InvalidValue(
                f"lines.{n}.quantity", value=line.quantity, most=paper.picked.get(line.asset, 0)
            )
    return tuple(said.get(asset) or LoanLine(asset, quantity) for asset, quantity in paper.picked.items())


def _for_good(
    c: Command,
    paper: Request,
    lines: tuple[LoanLine, ...],
    giver: Signature,
    receiver: Signature | None,
    carrier: str,
) -> Outcome:
    """A transfer paper with what was decided in the request; handed over at once if that is all it needs."""
    assets, promised = c.load_all(Asset, (line.asset for line in lines)), dict[UUID, Promise]()
    for asset in assets:
        ask_each((*STAYS_TRANSFERABLE, rule.it_is_not_being_transferred), c, [asset], "request")
        if paper.id in asset.promises:
            promised[asset.id] = asset.promises[paper.id]
            asset.record(ReservationReleased(reservation=paper.id))
    to, holder = c.load(Body, paper.body), c.load(Body, paper.holder)
    basis = Basis.REDISTRIBUTION if to.level is holder.level else Basis.CROSS_LEVEL
    transfer = propose(c, assets, lines, to, basis, paper.id)
    parts = [item.asset for item in transfer.items if item.asset is not None]
    for line, part in zip(lines, parts, strict=True):
        if part != line.asset:  # split off the lot
            paper.exchange(line.asset, part, line.quantity)
    paper.hand_over(transfer.id, [(part, line.quantity) for line, part in zip(lines, parts, strict=True)])
    for asset in assets:
        _keep_the_rest(c, paper, asset, promised.get(asset.id))
    _decided_before(c, paper, transfer)
    outcome: Outcome = {"request": paper.id, "transfer": transfer.id}
    if transfer.missing:
        return outcome
    if receiver is None:
        return outcome | dispatch_transfer(c, transfer=transfer.id, carrier=carrier, giver=giver)
    return outcome | hand_over_transfer(c, transfer=transfer.id, receiver=receiver, giver=giver)


def _keep_the_rest(c: Command, paper: Request, asset: Asset, promise: Promise | None) -> None:
    """What of a lot is handed over later is still promised."""
    held = paper.units.get(asset.id, (0, 0))[1]
    if promise is not None and held:
        asset.record(_promise_of(c, paper.id, promise.less(promise.quantity - held), asset))


def _decided_before(c: Command, paper: Request, transfer: Transfer) -> None:
    """The consents of both sides and the authorities' decisions, as far as the request has them; a document must still be alive."""
    sides = {
        Side.GIVER: c.load(Body, transfer.giver).accountable,
        Side.RECEIVER: c.load(Body, transfer.receiver).accountable,
    }
    for one in paper.decided:
        if one.decision is not None:
            document = c.load(OutsideDecision, one.decision, "request")
            document.must_carry(Matter.SHARING, paper.list_hash, c.now, "request")
        accountable = c.load(Body, one.body).accountable
        for side, body in sides.items():
            if body == accountable and side not in transfer.consents:
                transfer.record(TransferConsented(side=side, body=one.body, person=one.person))
        if one.body in transfer.authorities and one.body not in transfer.approvals:
            transfer.record(TransferApproved(authority=one.body, person=one.person))
