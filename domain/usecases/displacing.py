"""Displaced: whoever loses what was promised to him comes first in the queue, with the time at which he had asked."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.asset import Asset
from domain.body import Body
from domain.command import Command
from domain.life.pooling import ReservationReleased
from domain.limits import leave_slot
from domain.papers.demand import Demand, DemandEntered, DemandKind
from domain.papers.request import Request, RequestDisplaced, RequestUnit
from domain.papers.request_reasons import DisplacementReason
from domain.place import Place
from domain.terms import Form
from domain.usecases.lots import FOR_EVER
from domain.usecases.waiting_once import place_in_the_queue, take_place
from domain.values import ClassCode, Window

DISPLACING = (RequestDisplaced, DemandEntered)
"""What displacing a request records."""


def displace(
    c: Command, request: Request, units: Iterable[RequestUnit], why: DisplacementReason, by: UUID | None, note: str = ""
) -> list[Demand]:  # fmt: skip
    """Takes these goods off a request, tells it, and puts what it still wants at the head of the queue: one demand per line.

    The promises on the assets are the caller's to release. A kit is lost whole, its other members are let go here; nobody queues for
    kits.
    """
    lost, together = _with_its_kit(c, request, tuple(units)), defaultdict[int, int](int)
    for unit in lost:
        if request.lines[unit.line].kit is None:
            together[unit.line] += unit.quantity
    lines, since = request.lines, request.began or c.now
    request.record(RequestDisplaced(units=lost, why=why, by=by, note=note))
    if request.ended:
        leave_its_slot(c, request)
    made = []
    for n, quantity in together.items():
        asset = c.load(Asset, next(unit.asset for unit in lost if unit.line == n))
        made.append(
            enter_displaced(
                c, body=request.body, class_code=lines[n].class_code or asset.class_code, asset=lines[n].asset, quantity=quantity,
                form=request.form, window=request.window, since=since, request=request.id, by=by, asker=request.asker,
            )
        )  # fmt: skip
    return made


def leave_its_slot(c: Command, paper: Request) -> None:
    """Its place among those who collect at the same time is free."""
    if paper.warehouse is not None and paper.window is not None and paper.form is Form.LOAN:
        leave_slot(c, c.load(Place, paper.warehouse), paper.window.start, paper.id)


def _with_its_kit(c: Command, request: Request, lost: tuple[RequestUnit, ...]) -> tuple[RequestUnit, ...]:
    """Whoever loses a member of a kit that he asked for loses the kit."""
    gone = {unit.asset for unit in lost}
    kits = {unit.line for unit in lost if unit.asset in request.units and request.lines[unit.line].kit}
    rest = [
        RequestUnit(asset, line, quantity)
        for asset, (line, quantity) in request.units.items()
        if line in kits and asset not in gone
    ]
    for asset in c.load_all(Asset, (unit.asset for unit in rest)):
        if request.id in asset.promises:
            asset.record(ReservationReleased(reservation=request.id))
    return (*lost, *rest)


def enter_displaced(
    c: Command, *, body: UUID, class_code: ClassCode | None, asset: UUID | None, quantity: int, form: Form, window: Window | None,
    since: datetime, request: UUID | None = None, by: UUID | None = None, asker: UUID | None = None,
) -> Demand:  # fmt: skip
    """A demand that comes before all that were not displaced. Of those that were, who had asked first is first.

    It takes the body's place in the queue, so that the body does not enter the same again; what the body had entered before stays.
    """
    demand = c.begin(Demand)
    take_place(c, place_in_the_queue(c.load(Body, body), form, class_code, asset, window), demand)
    demand.record(
        DemandEntered(
            body=body, kind=DemandKind.WAIT, form=form, quantity=quantity, class_code=class_code, asset=asset, window=window,
            until=window.end if window else FOR_EVER, since=since, first=True, request=request, by=by, asker=asker,
        )
    )  # fmt: skip
    return demand
