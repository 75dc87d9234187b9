"""Which goods serve a wish? Whoever asks, approves or agrees with a change asks here, so what was free once is asked again each time.

A wish for a class is served by concrete units, chosen from the candidates of the read models and judged by the domain. What a body
of a nearer ring wants, a mere hold for a body further out does not stand in the way of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from domain import policies as rule
from domain.asset import Asset
from domain.availability import Wanted
from domain.body import Body
from domain.command import Command
from domain.life.pooling import ReservationReleased
from domain.limits import must_be_within_limits, must_be_within_term, ready_after
from domain.papers.kit import it_is_not_in_a_kit
from domain.papers.request import Request, RequestLine, RequestUnit
from domain.papers.request_reasons import DisplacementReason
from domain.place import Place
from domain.refusals import Refusal
from domain.rings import must_be_open_to, ring_of
from domain.terms import RINGS, Form
from domain.usecases.displacing import DISPLACING, displace
from domain.usecases.lots import FOR_EVER
from domain.usecases.pooling import (
    PROMISING,
    NotFree,
    NotListed,
    in_the_way,
    is_request,
    must_not_lend_to_oneself,
    name_of_promise,
    named_together,
    next_start,
)
from domain.values import ClassCode, Window

READ_AHEAD = 10
"""So many candidates more are read with those that are needed."""
MOST_ELSEWHERE = 30
MAKING_ROOM = (ReservationReleased, *DISPLACING)
"""What it records when a weaker hold gives way."""


class NotOffered(Refusal):
    """It is listed, but not in this form: to be lent, to be transferred, or to be used in place."""

    code = "NOT_OFFERED"


class AlreadyRequested(Refusal):
    """The body has an open request for this very thing in that time."""

    code = "ALREADY_REQUESTED"


class Ask(Struct, frozen=True):
    """Who asks, in which form, for when. `paper`: the request, whose own promises don't stand in its way."""

    asker: Body
    form: Form
    window: Window
    paper: UUID | None = None
    warehouse: UUID | None = None
    holder: UUID | None = None


class Take(Struct, frozen=True):
    """So many of an asset."""

    asset: Asset
    quantity: int


def asks(c: Command, paper: Request, window: Window | None = None) -> Ask:
    """The same question again, for a request that has been made."""
    body = c.load(Body, paper.body)
    return Ask(
        body,
        paper.form,
        window or paper.window or Window(c.now, FOR_EVER),
        paper.id,
        paper.warehouse,
        paper.holder,
    )


def must_be_on_offer(c: Command, asset: Asset, ask: Ask, path: str, *, whole_kit: bool = False) -> None:
    """Everything but whether it is free: it may be shared, is offered in this form, to this body, today. `whole_kit`: with all its kit."""
    try:
        if (
            ask.paper is None
        ):  # of what is not offered, whoever asks is told nothing that he did not say himself
            _it_is_listed(c, asset, str(asset.id))
        promised_before = ask.paper in asset.promises  # then it may have joined a kit since
        for one in PROMISING:
            if one is not it_is_not_in_a_kit or not (promised_before or whole_kit):
                one(c, asset)
        if ask.form is Form.TRANSFER:
            rule.it_is_on_the_books(c, asset)
        _it_is_listed(c, asset, asset.number)
        _it_is_offered(asset, ask.form)
        must_not_lend_to_oneself(c, asset, ask.asker, path)
        must_be_open_to(c, asset, ask.asker, path)
    except Refusal as no:
        no.path = path
        raise
    if ask.paper is None:
        must_be_within_limits(c, asset=asset, borrower=ask.asker, window=ask.window, form=ask.form)
    elif ask.form is not Form.TRANSFER:
        must_be_within_term(
            c, asset=asset, borrower=ask.asker, window=ask.window, form=ask.form, paper=ask.paper
        )


def not_already_requested(c: Command, asset: Asset, ask: Ask, path: str) -> None:
    for paper, promise in asset.promises.items():
        if promise.body == ask.asker.id and promise.binds(c.now) and promise.window.overlaps(ask.window):
            raise AlreadyRequested(path, asset=asset.number, request=name_of_promise(c, paper))


def spare(c: Command, asset: Asset, ask: Ask) -> int:
    """How many of it are free for this asker. A hold that has to give way is no hindrance."""
    weak, span = gives_way(c, asset, ask), with_preparation(c, asset, ask)
    if not weak:
        return asset.free(span, c.now, ask.paper)
    without = asset.copy()
    for paper in weak:
        del without.promises[paper]
    return without.free(span, c.now, ask.paper)


def with_preparation(c: Command, asset: Asset, ask: Ask) -> Window:
    """The time it is taken for: until it can go out again."""
    return Window(ask.window.start, ready_after(c, asset, ask.window.end) or ask.window.end)


def gives_way(c: Command, asset: Asset, ask: Ask) -> list[UUID]:
    """Undecided requests of bodies in rings further out that hold it in this time, the furthest first."""
    held = [
        (paper, promise)
        for paper, promise in asset.promises.items()
        if not promise.firm
        and paper != ask.paper
        and promise.binds(c.now)
        and promise.window.overlaps(ask.window)
    ]
    if not held:
        return []
    holder = c.load(Body, asset.holder)
    mine = RINGS.index(ring_of(c, holder, ask.asker))
    theirs = [(RINGS.index(ring_of(c, holder, c.load(Body, promise.body))), paper) for paper, promise in held]
    return [paper for ring, paper in sorted(theirs, reverse=True) if ring > mine and is_request(c, paper)]


def make_room(c: Command, take: Take, ask: Ask, by: UUID) -> None:
    """Takes from requests of rings further out what this one needs of theirs."""
    for paper in gives_way(c, take.asset, ask):
        if take.asset.free(with_preparation(c, take.asset, ask), c.now, ask.paper) >= take.quantity:
            return
        other = c.load(Request, paper)
        line, quantity = other.units.get(take.asset.id, (0, 0))
        take.asset.record(ReservationReleased(reservation=paper))
        if quantity and not other.ended:
            units = (RequestUnit(take.asset.id, line, quantity),)
            displace(c, other, units, DisplacementReason.NEARER_RING, by)


def find(
    c: Command,
    ask: Ask,
    line: RequestLine,
    quantity: int,
    without: Iterable[UUID],
    among: Sequence[UUID] | None = None,
) -> tuple[list[Take], Refusal | None]:
    """Goods of a line's class for this asker, if possible of one lending point; and why the first of the others won't do.

    `among`: candidates that were searched before; without them they are searched now.
    """
    code, avoid, why = line.class_code, frozenset(without), None
    if code is None:
        return [], None
    wanted = Wanted(
        class_code=code.code, scheme=code.scheme, edition=code.edition, quantity=quantity, window=ask.window,
        warehouse=ask.warehouse, holder=None if ask.warehouse else ask.holder,
    )  # fmt: skip
    ids = [id for id in (c.candidates(wanted) if among is None else among) if id not in avoid]
    points: dict[tuple[UUID | None, UUID], list[Take]] = defaultdict(list)
    for n, id in enumerate(ids):
        if n % (quantity + READ_AHEAD) == 0:
            c.read_together(ids[n : n + quantity + READ_AHEAD])
        asset = c.load(Asset, id)
        if (ask.holder is not None and asset.holder != ask.holder) or not is_of(asset, code):
            continue
        try:
            must_be_on_offer(c, asset, ask, "lines")
        except Refusal as no:
            why = why or no
            continue
        can = spare(c, asset, ask)
        if can > 0:
            here = points[point_of(c, asset)]
            here.append(Take(asset, min(can, quantity)))
            if sum(one.quantity for one in here) >= quantity:
                return _first(here, quantity), why
    together = sorted(points.values(), key=lambda takes: -sum(one.quantity for one in takes))
    return _first([one for takes in together for one in takes], quantity), why


def is_of(asset: Asset, code: ClassCode) -> bool:
    """Whether it is of a class, or of a part of it."""
    own = asset.class_code
    return (
        own is not None
        and (own.scheme, own.edition) == (code.scheme, code.edition)
        and own.code.startswith(code.code)
    )


def point_of(c: Command, asset: Asset) -> tuple[UUID | None, UUID]:
    """Where it is handed out, and for whom: a warehouse, or the holder's own site; each holder lends on papers of its own."""
    return (c.load(Place, asset.place).warehouse if asset.place else None, asset.holder)


def not_enough(
    c: Command, ask: Ask, line: RequestLine, quantity: int, found: Iterable[Take], path: str
) -> NotFree:
    """The refusal that says what is free, where, who is in the way, and from when on there is enough."""
    takes, code = list(found), line.class_code
    if code is None:
        asset = c.load(Asset, line.asset) if line.asset else None
        assets, name = [asset] if asset else [], asset.number if asset else ""
    else:
        name = code.code
        wanted = Wanted(
            class_code=code.code, scheme=code.scheme, edition=code.edition, quantity=quantity, window=ask.window,
            warehouse=ask.warehouse, holder=None if ask.warehouse else ask.holder,
        )  # fmt: skip
        assets = c.load_all(Asset, c.candidates(wanted)[: quantity + MOST_ELSEWHERE])
    others = [body for asset in assets for body in in_the_way(c, asset, ask.window, ask.paper)]
    begins = next_start(c, assets, quantity, ask.window, ask.paper)
    return NotFree(
        path, asset=name, free=sum(take.quantity for take in takes), wanted=quantity, by=named_together(c, others),
        where=_where(c, ask, line, quantity), next=begins.isoformat() if begins else "",
    )  # fmt: skip


def let_go(c: Command, paper: UUID, assets: Iterable[UUID]) -> None:
    """Takes the promises of a paper off these assets."""
    for asset in c.load_all(Asset, assets):
        if paper in asset.promises:
            asset.record(ReservationReleased(reservation=paper))


def _where(c: Command, ask: Ask, line: RequestLine, quantity: int) -> str:
    """Where some of the class are free, also outside the warehouse that was asked."""
    code = line.class_code
    if code is None:
        return ""
    wanted = Wanted(
        class_code=code.code, scheme=code.scheme, edition=code.edition, quantity=quantity, window=ask.window
    )
    there: dict[str, int] = defaultdict(int)
    for asset in c.load_all(Asset, c.candidates(wanted)[: quantity + MOST_ELSEWHERE]):
        try:
            must_be_on_offer(c, asset, ask, "lines")
        except Refusal:
            continue
        warehouse, holder = point_of(c, asset)
        there[c.load(Place, warehouse).name if warehouse else c.load(Body, holder).name] += max(
            spare(c, asset, ask), 0
        )
    return ", ".join(f"{name}: {count}" for name, count in there.items() if count)


def _first(takes: Iterable[Take], quantity: int) -> list[Take]:
    found: list[Take] = []
    for take in takes:
        if quantity > 0:
            found.append(Take(take.asset, min(take.quantity, quantity)))
            quantity -= take.quantity
    return found


def _it_is_listed(c: Command, asset: Asset, called: str) -> None:
    listing = asset.listing
    if listing is None or (listing.until is not None and listing.until <= c.now):
        raise NotListed("asset", asset=called)


def _it_is_offered(asset: Asset, form: Form) -> None:
    listing = asset.listing
    offered: Mapping[Form, bool] = {
        Form.LOAN: bool(listing and listing.loan),
        Form.TRANSFER: bool(listing and listing.transfer),
        Form.IN_PLACE: bool(listing and listing.in_place),
    }
    if not offered[form]:
        raise NotOffered("asset", asset=asset.number, form=form)
