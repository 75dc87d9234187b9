"""What stands in the way of an emergency order, in which order it is broken, and how much room that makes.

Holds first, then promises (of each, whoever asked last first), then loans, which are recalled. Only what has to be broken is, and of a
lot only as much.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

from domain.asset import Asset, Promise
from domain.body import Body, same_accountable
from domain.command import Command
from domain.life.pooling import Held, ReservationReleased, Reserved
from domain.papers.emergency import Emergency, Taken
from domain.papers.loan import Loan
from domain.papers.request import Request
from domain.papers.running_loan import RecallReason
from domain.refusals import Unknown
from domain.usecases.pooling import is_emergency
from domain.usecases.recalling import recall
from domain.values import Window

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class InTheWay(Struct, frozen=True):
    """A hold, a promise or a loan that an order could break. `since`: when it had been asked for."""

    asset: UUID
    paper: UUID
    was: Taken
    quantity: int
    since: datetime

    @property
    def order(self) -> tuple[int, float]:
        """What is broken first: holds, then promises, then loans; of each whoever asked last."""
        return [Taken.HELD, Taken.PROMISED, Taken.LENT].index(self.was), -self.since.timestamp()


class Taking(Struct):
    """What an order has taken so far: per asset, and of each paper what it loses."""

    paper: Emergency
    window: Window
    back_by: datetime
    units: dict[UUID, int]
    recalled: set[UUID]
    lent: dict[UUID, int]
    lost: dict[UUID, dict[UUID, int]]
    promised: dict[tuple[UUID, UUID], Promise]


def in_the_way(c: Command, taking: Taking, assets: Iterable[Asset], to: Body) -> Iterator[InTheWay]:
    """What others have in that time. The body's own, and other emergencies, stay."""
    for asset in assets:
        for paper, promise in asset.promises.items():
            if (
                promise.binds(c.now)
                and promise.window.overlaps(taking.window)
                and not same_accountable(c, promise.body, to.id)
                and not is_emergency(c, paper)
            ):
                request = request_of_promise(c, paper)
                was = Taken.PROMISED if promise.firm else Taken.HELD
                since = request.began if request and request.began else LONG_AGO
                taking.promised[paper, asset.id] = promise
                yield InTheWay(asset.id, paper, was, promise.quantity, since)
        for paper, out in asset.outs.items():
            late = out.due is None or out.due > taking.back_by
            if late and out.since < taking.window.end and not same_accountable(c, out.custody.body, to.id):
                yield InTheWay(asset.id, paper, Taken.LENT, out.quantity, out.since)


def room(c: Command, taking: Taking, asset: Asset, without: Sequence[InTheWay]) -> int:
    """How many would be free for the order if these were not in the way; what is recalled is there from its new day on."""
    copy, window = asset.copy(), taking.window
    for one in without:
        copy.promises.pop(one.paper, None)
        copy.outs.pop(one.paper, None)
    if asset.id in taking.recalled or any(one.was is Taken.LENT for one in without):
        window = Window(max(window.start, taking.back_by), window.end)
    return copy.free(window, c.now) - taking.units.get(asset.id, 0)


def only_what_must(
    c: Command, taking: Taking, asset: Asset, broken: list[InTheWay], wanted: int
) -> list[InTheWay]:
    """Of what could be broken, only what has to be."""
    for one in sorted(broken, key=lambda one: one.order, reverse=True):
        rest = [other for other in broken if other is not one]
        if room(c, taking, asset, rest) >= wanted:
            broken = rest
    return broken


def break_it(c: Command, taking: Taking, asset: Asset, one: InTheWay, wanted: int) -> None:
    """Takes as much of a hold or promise as is needed, or recalls a loan."""
    if one.was is Taken.LENT:
        recall(
            c, c.load(Loan, one.paper), [asset.id], taking.back_by, RecallReason.EMERGENCY, taking.paper.id
        )
        taking.recalled.add(asset.id)
        return
    promise = asset.promises[one.paper]
    count = min(promise.quantity, wanted)
    asset.record(ReservationReleased(reservation=one.paper))
    if promise.quantity > count:
        _promise_again(asset, one.paper, promise.less(count))
    lost = taking.lost[one.paper]
    lost[asset.id] = lost.get(asset.id, 0) + count


def _promise_again(asset: Asset, paper: UUID, promise: Promise) -> None:
    """What is left of it."""
    if promise.firm or promise.until is None:
        asset.record(
            Reserved(
                reservation=paper, body=promise.body, quantity=promise.quantity, window=promise.window, until=promise.until,
                ready=promise.ready,
            )
        )  # fmt: skip
    else:
        asset.record(
            Held(
                reservation=paper, body=promise.body, quantity=promise.quantity, window=promise.window, until=promise.until,
                ready=promise.ready,
            )
        )  # fmt: skip


def request_of_promise(c: Command, paper: UUID) -> Request | None:
    try:
        return c.load(Request, paper)
    except Unknown:
        return None
