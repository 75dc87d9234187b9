"""Whose turn is it? What could serve a demand now, and whether somebody who could be served comes earlier in the queue.

What serves a demand is asked of the same function as a request (`choosing.find`), so nobody's turn comes for what a request could not
have.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.asset import Asset
from domain.availability import Wanted
from domain.body import Body, must_have_standing
from domain.command import Command
from domain.papers.demand import Demand, DemandKind
from domain.papers.request import RequestLine
from domain.refusals import Refusal
from domain.usecases.blocking import must_not_be_blocked
from domain.usecases.choosing import Ask, Take, find, is_of, must_be_on_offer, not_enough, point_of, spare
from domain.usecases.lots import FOR_EVER
from domain.values import ClassCode, Window

AT_A_TIME = 100
MOST_TOGETHER = 100
"""So many candidates at least are searched for all who come earlier."""
MOST_AHEAD = 500
"""So many earlier demands are looked at; behind a longer queue only staff can match, by moving a demand."""


class NotYourTurn(Refusal):
    """Somebody who fits comes earlier in the queue."""

    code = "NOT_YOUR_TURN"


def nobody_comes_earlier(c: Command, paper: Demand) -> None:
    """Raises `NotYourTurn` when somebody who could be served now with what this one would take comes before, or when too many come
    before to say so. Who could take none of it loses nothing by this turn.

    What costs is a search, so those who come before are judged on one for all of them (docs/decisions/0015-demand-and-emergency.md).
    """
    mine = serves(c, paper, asks_for(c, paper, paper.id))[0]
    if not mine:
        return
    rivals: list[tuple[int, Demand, Ask]] = []
    place = 0
    for other in _ahead(c, paper):
        place += 1
        if place > MOST_AHEAD:
            break
        if _may_stand(c, other) and _could_take_one(c, other, asks_for(c, other, other.id), mine):
            rivals.append((place, other, asks_for(c, other, other.id)))
    among, all_of = _searched_together(c, paper, [other for _, other, _ in rivals])
    for at, other, ask in rivals:
        served = serves(c, other, ask, among)[0]
        if not served and not (all_of is not None and _within(other, all_of)):
            served = serves(c, other, ask)[0]
        if served:
            raise NotYourTurn("demand", place=at, since=other.rank.since.isoformat())
    if place > MOST_AHEAD:
        raise NotYourTurn("demand", place=place, since=paper.rank.since.isoformat())


def _could_take_one(c: Command, other: Demand, ask: Ask, takes: Sequence[Take]) -> bool:
    """Whether something of this is on offer to it, and free in its own time."""
    for take in takes:
        if not _is_wanted(take.asset, other):
            continue
        try:
            must_be_on_offer(c, take.asset, ask, "demand")
        except Refusal:
            continue
        if spare(c, take.asset, ask) > 0:
            return True
    return False


def _is_wanted(asset: Asset, other: Demand) -> bool:
    if other.asset is not None:
        return asset.id == other.asset
    return other.class_code is not None and is_of(asset, other.class_code)


def _searched_together(
    c: Command, paper: Demand, others: Sequence[Demand]
) -> tuple[Sequence[UUID], ClassCode | None]:
    """Candidates for all of them by one search, and of which class these are all there are: fewer than asked for leave none out."""
    code = paper.class_code
    if code is None or not others:
        return (), None
    wanted = Wanted(
        class_code=code.code, scheme=code.scheme, edition=code.edition, window=asks_for(c, paper, paper.id).window,
        quantity=max(MOST_TOGETHER, *(one.quantity for one in others)),
    )  # fmt: skip
    found = c.candidates(wanted)
    return found, code if len(found) < wanted.quantity else None


def _within(other: Demand, code: ClassCode) -> bool:
    """Whether nothing but goods of this class can serve it."""
    return other.asset is not None or (
        other.class_code is not None and other.class_code.code.startswith(code.code)
    )


def _may_stand(c: Command, other: Demand) -> bool:
    try:
        must_have_standing(c.load(Body, other.body), c, "demand")
    except Refusal:
        return False
    return True


def _ahead(c: Command, paper: Demand) -> Iterator[Demand]:
    """Who waits for the like of it and comes earlier, first in the queue first."""
    queue = [id for id in c.waiting_for(paper.class_code) if id != paper.id] if paper.class_code else []
    for n in range(0, len(queue), AT_A_TIME):
        for other in c.load_all(Demand, queue[n : n + AT_A_TIME]):
            if other.kind is not DemandKind.WATCH and other.waits(c.now) and other.rank < paper.rank:
                yield other


def serves(
    c: Command, paper: Demand, ask: Ask, among: Sequence[UUID] | None = None
) -> tuple[list[Take], Refusal | None]:
    """Goods of one lending point that serve it in full, or nothing and why. Who is blocked there is served nothing.

    `among`: the candidates to choose from, when they have been searched.
    """
    why: Refusal | None = None
    if paper.asset is not None:
        asset = c.load(Asset, paper.asset)
        try:
            must_be_on_offer(c, asset, ask, "demand")
        except Refusal as no:
            return [], no
        takes = [Take(asset, paper.quantity)] if spare(c, asset, ask) >= paper.quantity else []
    else:
        takes, why = find(c, ask, line_of(paper), paper.quantity, (), among)
    enough = sum(one.quantity for one in takes) >= paper.quantity
    if not enough or len({point_of(c, one.asset) for one in takes}) != 1:
        return [], why
    try:
        must_not_be_blocked_at(c, paper, takes[0].asset)
    except Refusal as no:
        return [], no
    return takes, None


def must_not_be_blocked_at(c: Command, paper: Demand, asset: Asset) -> None:
    """Before anything of this lending point is promised to its body. Raises which rule says no."""
    warehouse, holder = point_of(c, asset)
    must_not_be_blocked(c, c.load(Body, paper.body), warehouse or holder, "demand")


def asks_for(c: Command, paper: Demand, request: UUID) -> Ask:
    """The question that its request would ask today: for what of its time is still to come."""
    window = paper.window or Window(c.now, FOR_EVER)
    return Ask(c.load(Body, paper.body), paper.form, Window(max(window.start, c.now), window.end), request)


def line_of(paper: Demand) -> RequestLine:
    if paper.asset is not None:
        return RequestLine(quantity=paper.quantity, asset=paper.asset)
    return RequestLine(quantity=paper.quantity, class_code=paper.class_code, wishes=paper.note)


def found_for(c: Command, paper: Demand, ask: Ask) -> list[Take]:
    """What serves it: of a watch, whatever there is. Raises why nothing does."""
    if paper.kind is DemandKind.WATCH and paper.asset is None:
        takes, no = find(c, ask, line_of(paper), paper.quantity, ())
    else:
        takes, no = serves(c, paper, ask)
    if not takes:
        raise no or not_enough(c, ask, line_of(paper), paper.quantity, (), "demand")
    return takes
