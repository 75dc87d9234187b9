"""A request is cut by an approver, and whoever asked agrees or not."""

from datetime import datetime

from domain.aggregate import Fact, Stamp
from domain.papers.request import Request, RequestLine, RequestState, RequestUnit
from domain.values import Window


class RequestChangeProposed(Fact, frozen=True, kw_only=True):
    """An approver cut quantities (`lines`: of every line, as it would be) or dates (`window`). Until `due` whoever asked may agree."""

    TOPIC = "request.change_proposed"
    lines: tuple[RequestLine, ...]
    units: tuple[RequestUnit, ...]
    due: datetime
    window: Window | None = None

    def apply(self, thing: Request, at: Stamp) -> None:
        thing.lines, thing.window, thing.due = self.lines, self.window, self.due
        thing.units = {unit.asset: (unit.line, unit.quantity) for unit in self.units}
        thing.left = {n: line.quantity for n, line in enumerate(self.lines)}
        thing.state = RequestState.CHANGED
        thing.turn()


class RequestChangeAccepted(Fact, frozen=True, kw_only=True):
    """Whoever asked agrees with the cut. Until `due` the goods are held for the next step."""

    TOPIC = "request.change_accepted"
    due: datetime | None = None

    def apply(self, thing: Request, at: Stamp) -> None:
        thing.state, thing.due = RequestState.SUBMITTED, self.due or thing.due
        thing.askers |= {at.meta.person}
        thing.turn()


class RequestChangeDeclined(Fact, frozen=True, kw_only=True):
    """Whoever asked does not want it cut: the request is over."""

    TOPIC = "request.change_declined"

    def apply(self, thing: Request, at: Stamp) -> None:
        thing.end(RequestState.CANCELLED)
