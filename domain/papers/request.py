"""A request (申请): a body asks one lending point of the pool for goods, for a time or for good, and what was decided on it.

`units` are the concrete goods that carry its promise, under the request's id; at the hand-over any other fitting unit may take the
place of one of them. Who decides, in which order, is frozen into the request when it is made (`RequestStep`).
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.papers.outside_decision import ListItem, list_hash
from domain.papers.request_reasons import DisplacementReason
from domain.refusals import InvalidValue, Refusal
from domain.terms import Form, Step
from domain.values import ClassCode, Money, Value, Window


class RequestState(StrEnum):
    """Where a request stands. Changed: an approver cut it, and whoever asked has to agree."""

    SUBMITTED = "submitted"
    CHANGED = "changed"
    APPROVED = "approved"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    DISPLACED = "displaced"


PENDING = frozenset({RequestState.SUBMITTED, RequestState.CHANGED})
OPEN = PENDING | {RequestState.APPROVED}


class RequestLine(Value, frozen=True, kw_only=True):
    """So many of a particular asset, or of a class (a code, or the beginning of one) with wishes; or all so many members of a kit, as it
    was called then. `pool_check`, `pool_check_line`: the line of a pool check that this serves instead of a purchase.
    """

    quantity: int
    asset: UUID | None = None
    class_code: ClassCode | None = None
    wishes: str = ""
    pool_check: UUID | None = None
    pool_check_line: int | None = None
    kit: UUID | None = None
    kit_name: str = ""

    @property
    def name(self) -> str:
        return self.class_code.code if self.class_code else self.kit_name


class RequestUnit(Value, frozen=True):
    """So many of an asset, for a line (counted from 0)."""

    asset: UUID
    line: int
    quantity: int


class RequestStep(Value, frozen=True):
    """A step of the approval, and the body whose approver decides it. Without a body (none is known) it is passed over."""

    step: Step
    body: UUID | None = None


class StepDecided(Value, frozen=True):
    """Who decided a step, when, and by which document, if it was one."""

    step: int
    body: UUID
    person: UUID
    at: datetime
    decision: UUID | None = None


class RequestEnded(Refusal):
    """The request is over, or not at the point where this could be asked."""

    code = "REQUEST_ENDED"


class RequestNotThere(Refusal):
    """The request waits for something else first."""

    code = "REQUEST_NOT_THERE"


class RequestSubmitted(Fact, frozen=True, kw_only=True):
    """A body asked for goods of one lending point. `cart`: what was asked for together; `units`: the goods held meanwhile, until
    `due`; `steps`: who decides, by the rule (`rule`, version `policy`) that held; `window` missing: for good; `waited`: the person
    who had waited for it in the queue, if its turn came.
    """

    TOPIC = "request.submitted"
    cart: UUID
    body: UUID
    form: Form
    purpose: str
    holder: UUID
    lines: tuple[RequestLine, ...]
    units: tuple[RequestUnit, ...]
    steps: tuple[RequestStep, ...]
    rule: str
    policy: int
    due: datetime
    window: Window | None = None
    warehouse: UUID | None = None
    value: Money | None = None
    levels_crossed: int = 0
    waited: UUID | None = None

    def apply(self, thing: "Request", at: Stamp) -> None:
        thing.cart, thing.body, thing.asker, thing.form = self.cart, self.body, at.meta.person, self.form
        thing.askers = frozenset({at.meta.person, self.waited or at.meta.person})
        thing.purpose, thing.window, thing.warehouse, thing.holder = (
            self.purpose,
            self.window,
            self.warehouse,
            self.holder,
        )
        thing.lines, thing.steps, thing.rule, thing.policy = self.lines, self.steps, self.rule, self.policy
        thing.due, thing.state = self.due, RequestState.SUBMITTED
        thing.units = {unit.asset: (unit.line, unit.quantity) for unit in self.units}
        thing.left = {n: line.quantity for n, line in enumerate(self.lines)}
        thing.turn()


class RequestStepApproved(Fact, frozen=True, kw_only=True):
    """A step of the approval was decided for it: by an approver here, or by a verified document (`decision`). Until `due` the goods
    are held for the next step.
    """

    TOPIC = "request.step_approved"
    step: int
    body: UUID
    decision: UUID | None = None
    due: datetime | None = None

    def apply(self, thing: "Request", at: Stamp) -> None:
        decided = StepDecided(self.step, self.body, at.meta.person, at.occurred_at, self.decision)
        thing.decided = (*thing.decided, decided)
        if self.decision is None:
            thing.deciders |= {at.meta.person}
        thing.due = self.due or thing.due
        thing.turn()


class RequestApproved(Fact, frozen=True, kw_only=True):
    """Everybody has decided for it: the goods are promised. `due`: kept ready until then."""

    TOPIC = "request.approved"
    due: datetime | None = None

    def apply(self, thing: "Request", at: Stamp) -> None:
        thing.state, thing.due = RequestState.APPROVED, self.due
        thing.turn()


class RequestUnitExchanged(Fact, frozen=True, kw_only=True):
    """Of a line, so many of one asset take the place of as many of another."""

    TOPIC = "request.unit_exchanged"
    line: int
    gone: UUID
    taken: UUID
    quantity: int

    def apply(self, thing: "Request", at: Stamp) -> None:
        thing.take_away(self.gone, self.quantity)
        _, before = thing.units.get(self.taken, (self.line, 0))
        thing.units[self.taken] = (self.line, before + self.quantity)


class RequestUnitPicked(Fact, frozen=True, kw_only=True):
    """So many of an allotted asset were scanned at the counter: they are ready to be handed over. `piece`: of a lot, by its own label."""

    TOPIC = "request.unit_picked"
    line: int
    asset: UUID
    quantity: int
    piece: int | None = None

    def apply(self, thing: "Request", at: Stamp) -> None:
        thing.picked[self.asset] = thing.picked.get(self.asset, 0) + self.quantity
        if self.piece is not None:
            thing.pieces[self.asset] = (*thing.pieces.get(self.asset, ()), self.piece)


class RequestUnitPutBack(Fact, frozen=True, kw_only=True):
    """So many that were scanned go back to their shelf; they are still promised."""

    TOPIC = "request.unit_put_back"
    asset: UUID
    quantity: int
    piece: int | None = None

    def apply(self, thing: "Request", at: Stamp) -> None:
        thing.put_back(self.asset, self.quantity, self.piece)


class RequestHandedOver(Fact, frozen=True, kw_only=True):
    """Goods were handed over on a paper (a loan, a transfer). When nothing is left to hand over, the request is fulfilled."""

    TOPIC = "request.handed_over"
    paper: UUID
    units: tuple[RequestUnit, ...]

    def apply(self, thing: "Request", at: Stamp) -> None:
        thing.papers = (*thing.papers, self.paper) if self.paper not in thing.papers else thing.papers
        for unit in self.units:
            thing.put_back(unit.asset, unit.quantity)
            thing.take_away(unit.asset, unit.quantity)
            thing.handed[unit.asset] = thing.handed.get(unit.asset, 0) + unit.quantity
            thing.given[unit.asset] = unit.line
            thing.left[unit.line] = max(thing.left.get(unit.line, 0) - unit.quantity, 0)
        if not any(thing.left.values()):
            thing.end(RequestState.FULFILLED)


class RequestDisplaced(Fact, frozen=True, kw_only=True):
    """Goods that were held or promised went to somebody with a better right (`by`: that paper), or are not there any more."""

    TOPIC = "request.displaced"
    units: tuple[RequestUnit, ...]
    why: DisplacementReason
    by: UUID | None = None
    note: str = ""

    def apply(self, thing: "Request", at: Stamp) -> None:
        for unit in self.units:
            thing.take_away(unit.asset, unit.quantity)
            thing.left[unit.line] = max(thing.left.get(unit.line, 0) - unit.quantity, 0)
        if not any(thing.left.values()):
            thing.why = self.why.value
            thing.end(RequestState.DISPLACED)


class Request(Root):
    """The state of one request."""

    KIND = "request"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.cart: UUID = id
        self.body: UUID = id
        self.asker: UUID = id
        self.askers: frozenset[UUID] = frozenset()
        """The persons who asked, waited for it in the queue, or agreed with a change: none of them decides a step."""
        self.form = Form.LOAN
        self.purpose = ""
        self.window: Window | None = None
        self.warehouse: UUID | None = None
        self.holder: UUID = id
        self.lines: tuple[RequestLine, ...] = ()
        self.units: dict[UUID, tuple[int, int]] = {}
        """What carries the promise: asset -> (line, how many)."""
        self.steps: tuple[RequestStep, ...] = ()
        self.rule = ""
        self.policy = 0
        self.decided: tuple[StepDecided, ...] = ()
        self.deciders: frozenset[UUID] = frozenset()
        """The persons who have decided a step themselves; who entered a document has not."""
        self.state = RequestState.SUBMITTED
        self.due: datetime | None = None
        """When the hold, the time to agree with a change, or the time to collect runs out."""
        self.waiting: UUID | None = None
        """The body whose turn it is."""
        self.picked: dict[UUID, int] = {}
        self.pieces: dict[UUID, tuple[int, ...]] = {}
        """What was scanned and waits to be handed over; of lots, the pieces that were scanned by their own labels."""
        self.handed: dict[UUID, int] = {}
        self.given: dict[UUID, int] = {}
        """For which line it was handed over."""
        self.left: dict[int, int] = {}
        """How many of each line are still to be handed over."""
        self.papers: tuple[UUID, ...] = ()
        self.why = ""

    @property
    def ended(self) -> bool:
        return self.state not in OPEN

    @property
    def next_step(self) -> int | None:
        """The step whose turn it is. A body that decides several steps decides once; a step nobody is known for is passed over."""
        if self.state is not RequestState.SUBMITTED:
            return None
        done = {one.body for one in self.decided}
        return next(
            (n for n, one in enumerate(self.steps) if one.body is not None and one.body not in done), None
        )

    @property
    def parties(self) -> frozenset[UUID]:
        """The bodies it is the business of."""
        return frozenset({self.body, self.holder, *(one.body for one in self.steps if one.body is not None)})

    @property
    def items(self) -> tuple[ListItem, ...]:
        """The list that a document from outside decides on: this request, its time, its lines."""
        span = f" {self.window.start.isoformat()}/{self.window.end.isoformat()}" if self.window else ""
        return (
            ListItem(name=f"{self.KIND} {self.id} {self.form.value}{span}"),
            *(
                ListItem(asset=line.asset, name=f"{n} {line.name}".strip(), quantity=line.quantity)
                for n, line in enumerate(self.lines)
            ),
        )

    @property
    def list_hash(self) -> str:
        return list_hash(self.items)

    def must_be(self, *states: RequestState, path: str = "request") -> None:
        """Raises `RequestEnded` when it is over, `RequestNotThere` when something else comes first."""
        if self.ended:
            raise RequestEnded(path, state=self.state)
        if self.state not in states:
            raise RequestNotThere(path, state=self.state)

    def hand_over(self, paper: UUID, units: Iterable[tuple[UUID, int]]) -> None:
        """So many of these assets were handed over on a paper. What was not allotted is exchanged for something that was, first."""
        made = []
        for asset, quantity in units:
            line, held = self.units.get(asset, (0, 0))
            if not 1 <= quantity <= held:
                raise InvalidValue("lines", value=quantity, most=held)
            made.append(RequestUnit(asset, line, quantity))
        self.record(RequestHandedOver(paper=paper, units=tuple(made)))

    def pick(self, asset: UUID, quantity: int, path: str, piece: int | None = None) -> None:
        """So many of an allotted asset are at the counter."""
        line, held = self.units.get(asset, (0, 0))
        most = held - self.picked.get(asset, 0)
        if not 1 <= quantity <= most:
            raise InvalidValue(path, value=quantity, most=most)
        self.record(RequestUnitPicked(line=line, asset=asset, quantity=quantity, piece=piece))

    def unpick(self, asset: UUID, quantity: int, path: str, piece: int | None = None) -> None:
        most = self.picked.get(asset, 0)
        if not 1 <= quantity <= most:
            raise InvalidValue(path, value=quantity, most=most)
        self.record(RequestUnitPutBack(asset=asset, quantity=quantity, piece=piece))

    def exchange(self, gone: UUID, taken: UUID, quantity: int) -> None:
        """Another asset takes the place of one that was allotted."""
        line, held = self.units.get(gone, (0, 0))
        if not 1 <= quantity <= held or self.units.get(taken, (line, 0))[0] != line:
            raise InvalidValue("lines", value=quantity, most=held)
        self.record(RequestUnitExchanged(line=line, gone=gone, taken=taken, quantity=quantity))

    def members_of(self, line: int) -> frozenset[UUID]:
        """What a line was allotted, or has been given already."""
        given = (asset for asset, of in self.given.items() if of == line)
        return frozenset({*(asset for asset, (of, _) in self.units.items() if of == line), *given})

    def line_of(self, asset: UUID) -> int | None:
        """The line it was allotted to, or handed over for."""
        return self.units[asset][0] if asset in self.units else self.given.get(asset)

    # What facts do to it.

    def take_away(self, asset: UUID, quantity: int) -> None:
        line, held = self.units.get(asset, (0, 0))
        if held > quantity:
            self.units[asset] = (line, held - quantity)
        else:
            self.units.pop(asset, None)
        self.put_back(asset, self.picked.get(asset, 0) - self.units.get(asset, (line, 0))[1])

    def put_back(self, asset: UUID, quantity: int, piece: int | None = None) -> None:
        left = self.picked.get(asset, 0) - max(quantity, 0)
        pieces = tuple(one for one in self.pieces.pop(asset, ()) if one != piece)[: max(left, 0)]
        if left > 0:
            self.picked[asset] = left
        else:
            self.picked.pop(asset, None)
        if pieces:
            self.pieces[asset] = pieces

    def end(self, state: RequestState) -> None:
        self.state, self.units, self.picked, self.pieces, self.due = state, {}, {}, {}, None
        self.turn()

    def turn(self) -> None:
        """Says again whose turn it is."""
        step = self.next_step
        self.waiting = (
            self.steps[step].body
            if step is not None
            else self.body
            if self.state is RequestState.CHANGED
            else None
        )
