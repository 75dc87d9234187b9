"""Picking what was approved: unit by unit, by scan.

What was allotted is only the provisional choice. The keeper scans any unit of the class that fits, and the promise moves to it; if
that one was allotted to another request that can live with ours, the two are swapped. What is promised to others by name is not given.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Promise
from domain.body import Body
from domain.command import Command
from domain.label import Label, LabelServedThoughRetired
from domain.life.pooling import Held, ReservationReleased, Reserved
from domain.limits import claimed, ready_after
from domain.papers.request import (
    Request,
    RequestLine,
    RequestUnitExchanged,
    RequestUnitPicked,
    RequestUnitPutBack,
)
from domain.refusals import AlreadyDone, InvalidValue, Refusal, Unknown
from domain.terms import Form
from domain.usecases import Outcome, ask_each, use_case
from domain.usecases.by_label import LabelOfAnotherThing, note_served, scanned_out
from domain.usecases.choosing import Ask, asks, must_be_on_offer, point_of
from domain.usecases.kit_lines import must_be_as_asked, not_alone
from domain.usecases.lending import (
    HANDING_OUT,
    LENDING,
)
from domain.usecases.pooling import must_be_free
from domain.usecases.request_rules import ask_of
from domain.usecases.transferring import STAYS_TRANSFERABLE
from domain.values import Window


class NotForThisRequest(Refusal):
    """It is not what was asked for: another class, another lending point, or all of that line is there already."""

    code = "NOT_FOR_THIS_REQUEST"


class PromisedToOthers(Refusal):
    """It is promised to somebody else, who could not do with another one."""

    code = "PROMISED_TO_OTHERS"


EXCHANGING = (Reserved, Held, ReservationReleased, RequestUnitExchanged)


@use_case(
    "pick_unit",
    by=HANDING_OUT,
    emits=(RequestUnitPicked, LabelServedThoughRetired, *EXCHANGING),
    gives=("request", "asset"),
)
def pick_unit(
    c: Command, *, request: UUID, asset: UUID | None = None, quantity: int = 1, line: int | None = None, code: str = "",
    despite_retired: str = "",
) -> Outcome:  # fmt: skip
    """Scans a unit for an approved request: an allotted one, or any other of the class that is free, or that can be swapped.

    `code`: its label, instead of `asset` or beside it; a retired one serves only for a reason, a piece of a lot counts once. The promise is
    then on what was scanned. What is promised to others is refused, with who and when. Members of a kit are scanned one by one, and
    nothing takes their place.
    """
    paper = c.load(Request, request, "request")
    ask_of("pick_unit", c, paper)
    label, asset, piece = _meant(c, asset, code, quantity, despite_retired)
    one = c.load(Asset, asset, "asset")
    if piece is not None and piece in paper.pieces.get(one.id, ()):
        raise AlreadyDone("code", what=f"{one.number}/{piece}")
    rules = LENDING if paper.form is Form.LOAN else (rule.its_keeper_asks, *STAYS_TRANSFERABLE)
    ask_each(not_alone(rules, paper), c, [one], "asset")
    if one.id in paper.units:
        must_be_as_asked(c, paper, paper.units[one.id][0], "asset")
    allotted = paper.units.get(one.id, (0, 0))[1] - paper.picked.get(one.id, 0)
    if quantity > allotted:
        _exchange(c, paper, one, quantity - max(allotted, 0), line)
    paper.pick(one.id, quantity, "quantity", piece)
    if label is not None:
        note_served(label, paper.id, despite_retired)
    return {"request": paper.id, "asset": one.id}


@use_case("unpick_unit", by=HANDING_OUT, emits=(RequestUnitPutBack,), gives=("request", "asset"))
def unpick_unit(
    c: Command, *, request: UUID, asset: UUID | None = None, quantity: int = 1, code: str = ""
) -> Outcome:
    """Puts a scanned unit back: it stays promised to the request. `code`: its label, instead of `asset` or beside it."""
    paper = c.load(Request, request, "request")
    ask_of("unpick_unit", c, paper)
    _, asset, piece = _meant(c, asset, code, quantity, "put back")
    paper.unpick(asset, quantity, "quantity", piece)
    return {"request": paper.id, "asset": asset}


def _meant(
    c: Command, asset: UUID | None, code: str, quantity: int, despite_retired: str
) -> tuple[Label | None, UUID, int | None]:
    """Which thing is meant, and which piece of it: by its id, by its label, or by both, if they agree."""
    if not code.strip():
        if asset is None:
            raise InvalidValue("asset", value="")
        return None, asset, None
    label, names = scanned_out(c, code, despite_retired)
    if asset not in {None, names.thing} or (names.piece is not None and quantity != 1):
        raise LabelOfAnotherThing("code", label=label.number)
    return label, names.thing, names.piece


def progress(paper: Request) -> dict[int, tuple[int, int]]:
    """Line by line: how many are at the counter or out already, of how many ("3 of 5")."""
    done = dict.fromkeys(range(len(paper.lines)), 0)
    for asset, quantity in paper.picked.items():
        done[paper.units[asset][0]] += quantity
    return {
        n: (done[n] + line.quantity - paper.left.get(n, 0), line.quantity)
        for n, line in enumerate(paper.lines)
    }


def _exchange(c: Command, paper: Request, new: Asset, quantity: int, wanted: int | None) -> None:
    """The promise moves from units that nobody has scanned yet to this one."""
    ask = asks(c, paper)
    if point_of(c, new) != (paper.warehouse, paper.holder):
        raise NotForThisRequest("asset", asset=new.number)
    line = _line_for(paper, new, quantity, wanted)
    if line is None or (new.id in paper.units and paper.units[new.id][0] != line):
        raise NotForThisRequest("asset", asset=new.number)
    held = paper.units.get(new.id, (line, 0))[1]
    if held + quantity > new.quantity:
        raise NotForThisRequest("asset", asset=new.number)
    must_be_on_offer(c, new, ask, "asset")
    gone = list(_waiting(c, paper, line, new.id, quantity))
    if new.free(claimed(c, new, ask.window), c.now, paper.id) >= held + quantity:
        _take(c, paper, ask, new, gone, held + quantity)
    elif not _swap(c, paper, ask, new, gone, quantity):
        raise _promised(c, new, ask, held + quantity)


def _line_for(paper: Request, asset: Asset, quantity: int, wanted: int | None) -> int | None:
    """The line it can serve: by class, with so many that nobody has scanned yet."""
    for n, line in enumerate(paper.lines):
        if wanted in {None, n} and _serves(line, asset) and _open(paper, n, asset.id) >= quantity:
            return n
    return None


def _serves(line: RequestLine, asset: Asset) -> bool:
    code, own = line.class_code, asset.class_code
    return (
        code is not None and own is not None and own.code.startswith(code.code) and code.scheme in {"", own.scheme}
        and code.edition in {"", own.edition}
    )  # fmt: skip


def _open(paper: Request, line: int, new: UUID) -> int:
    """How many of a line are allotted, on other units, and not scanned."""
    return sum(
        held - paper.picked.get(id, 0) for id, (of, held) in paper.units.items() if of == line and id != new
    )


def _waiting(c: Command, paper: Request, line: int, new: UUID, quantity: int) -> Iterable[tuple[Asset, int]]:
    """So many of a line that were allotted, on other units, and not scanned."""
    for id, (of, held) in list(paper.units.items()):
        some = min(held - paper.picked.get(id, 0), quantity)
        if of == line and id != new and some > 0:
            quantity -= some
            yield c.load(Asset, id), some


def _take(
    c: Command, paper: Request, ask: Ask, new: Asset, gone: Sequence[tuple[Asset, int]], quantity: int
) -> None:
    """It is free: the promise is on it from now on, and off what was allotted."""
    first = gone[0][0].promises.get(paper.id)
    for old, some in gone:
        if old.id != new.id:
            paper.exchange(old.id, new.id, some)
            _give_back(c, paper, old)
    new.record(
        promise_of(
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
        old.record(promise_of(c, paper.id, promise.less(promise.quantity - held), old))


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
    old.record(promise_of(c, other_id, theirs, old))
    new.record(promise_of(c, paper.id, ours, new))
    return True


def promise_of(c: Command, paper: UUID, promise: Promise, on: Asset) -> Reserved | Held:
    """The same promise, on another unit: it is prepared again in its own time."""
    ready = ready_after(c, on, promise.window.end)
    if promise.firm or promise.until is None:
        return Reserved(
            reservation=paper, body=promise.body, quantity=promise.quantity, window=promise.window, until=promise.until, ready=ready
        )  # fmt: skip
    return Held(
        reservation=paper, body=promise.body, quantity=promise.quantity, window=promise.window, until=promise.until, ready=ready
    )  # fmt: skip


def _promised(c: Command, asset: Asset, ask: Ask, quantity: int) -> Refusal:
    """To whom, and when: the first promise that stands in the way; else the loan that is not over by then."""
    span = claimed(c, asset, ask.window)
    promises = sorted(
        (promise.window.start, promise.window.end, promise.body)
        for id, promise in asset.promises.items()
        if id != ask.paper and promise.binds(c.now) and promise.window.overlaps(span)
    )
    if not promises:
        must_be_free(c, asset, quantity, span, "asset", ask.paper)
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
