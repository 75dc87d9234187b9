"""A request as the API shows it: what was asked for, who decides, what stands in the way, and what this account may do now."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
import strawberry

from api.graphql.context import Info
from api.graphql.problems import sentence
from api.schema.assets import BodyName, ClassCode, PermittedAction
from api.schema.inputs import enum
from api.schema.looking import looking
from api.schema.permitted import permitted
from domain.papers.request import Request, RequestLine, RequestState, RequestStep, StepDecided
from domain.terms import Form, Step
from domain.usecases.holding import Conflict, conflicts
from domain.usecases.request_rules import permitted_on_request
from domain.values import Value, Window
from projections import organisations
from projections.papers import PaperRow

for kind in (RequestState, Form, Step):
    enum(kind)


@strawberry.enum(
    description="Where a step of an approval stands. Passed over: no body is known for it, or its body has decided."
)
class StepState(StrEnum):
    """As people see it in the list of steps."""

    DECIDED = "decided"
    NEXT = "next"
    LATER = "later"
    PASSED_OVER = "passed_over"


@strawberry.type(description="A step of the approval, in order.")
class RequestStepView:
    step: Step
    body: BodyName | None
    state: StepState
    decided_at: datetime | None
    decision_id: UUID | None = strawberry.field(
        description="The document from outside that decided it, if one did."
    )


@strawberry.type(
    description="So many of an asset carry the promise of a line, until others take their place."
)
class AllottedUnit:
    asset_id: UUID
    quantity: int
    picked: int = strawberry.field(description="So many of them were scanned and wait to be handed over.")


@strawberry.type(description="One line of a request: a particular asset, so many of a class, or a whole kit.")
class RequestLineView:
    line: int
    asset_id: UUID | None
    class_code: ClassCode | None
    quantity: int
    left: int = strawberry.field(description="How many are still to be handed over.")
    progress: int = strawberry.field(
        description="How many of `quantity` have been scanned, or are out already: 3 of 5."
    )
    wishes: str
    units: list[AllottedUnit]
    kit_id: UUID | None = strawberry.field(
        description="It goes whole or not at all; `quantity` counts its members."
    )
    kit_name: str | None = strawberry.field(description="As it was called when it was asked for.")


@strawberry.type(description="Somebody else's promise on a unit in the time that was asked for.")
class OtherPromise:
    paper_id: UUID
    body: BodyName
    quantity: int
    start: datetime
    end: datetime
    firm: bool = strawberry.field(
        description="False: it only holds stock for a request that is not decided yet."
    )


@strawberry.type(description="What stands in the way of a unit, or beside it: to be seen before deciding.")
class RequestConflict:
    line: int
    asset_id: UUID
    quantity: int
    available: int = strawberry.field(description="So many of these can still be had.")
    others: list[OtherPromise]
    code: str | None = strawberry.field(description="Why it cannot be had at all.")
    message: str | None


class Detail(Value, frozen=True, kw_only=True):
    """What a request's own fold knows, as its row keeps it."""

    cart: UUID
    body: UUID
    asker: UUID
    holder: UUID
    form: Form
    purpose: str
    lines: tuple[RequestLine, ...]
    steps: tuple[RequestStep, ...]
    rule: str
    policy: int
    decided: tuple[StepDecided, ...]
    units: dict[UUID, tuple[int, int]]
    handed: dict[UUID, int]
    left: dict[int, int]
    picked: dict[UUID, int]
    papers: tuple[UUID, ...]
    why: str
    window: Window | None = None
    waiting: UUID | None = None


@strawberry.type(
    name="Request", description="A body asks one lending point of the pool for goods, for a time or for good."
)
class RequestView:
    id: UUID
    version: int = strawberry.field(description="To be given back as `expectedVersion`.")
    number: str
    state: RequestState
    form: Form
    purpose: str
    cart_id: UUID = strawberry.field(description="What was asked for together shares it.")
    body: BodyName = strawberry.field(description="Who asks.")
    asker_id: UUID = strawberry.field(description="The person who asked.")
    holder: BodyName
    warehouse_id: UUID | None = strawberry.field(description="Empty: the holder's own site.")
    start: datetime | None
    end: datetime | None = strawberry.field(description="Both empty: for good.")
    submitted_at: datetime
    due: datetime | None = strawberry.field(
        description="When the hold, the time to answer a change, or the time to collect runs out."
    )
    waiting_for: BodyName | None = strawberry.field(description="Whose turn it is.")
    rule: str = strawberry.field(description="The rule the steps come from.")
    policy: int = strawberry.field(description="Its version; 0: shipped.")
    lines: list[RequestLineView]
    steps: list[RequestStepView]
    paper_ids: list[UUID] = strawberry.field(
        description="The loans or transfers on which it was handed over."
    )
    why: str = strawberry.field(
        description="The reason's code, where it was refused, taken back, displaced or lapsed."
    )
    list_hash: str = strawberry.field(
        description="The list that a document from outside names to decide on it."
    )

    @strawberry.field(description="What stands in its way now, unit by unit.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def conflicts(self, info: Info) -> list[RequestConflict]:
        command = looking(info)
        found = conflicts(command, command.load(Request, UUID(str(self.id))))
        with info.context.app.reader.connection() as connection:
            names = organisations.names(
                connection, [promise.body for one in found for _, promise in one.others]
            )
        return [_conflict(info, one, names) for one in found]

    @strawberry.field(
        description="What this account may do with it now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command = looking(info)
        return permitted(info, permitted_on_request(command, command.load(Request, UUID(str(self.id)))))


def _detail(row: PaperRow) -> Detail:
    return msgspec.convert(row.detail, Detail, strict=False)


def bodies_of(row: PaperRow) -> list[UUID]:
    """Whose names are shown with it."""
    known = _detail(row)
    return [known.body, known.holder, *(one.body for one in known.steps if one.body is not None)]


def things_of(row: PaperRow) -> list[UUID]:
    """What has to be read to say what stands in its way and what may be done with it."""
    known = _detail(row)
    return [row.id, *known.units, known.body, known.holder, *([row.warehouse] if row.warehouse else [])]


def view_of(row: PaperRow, names: Mapping[UUID, str]) -> RequestView:
    known = _detail(row)

    def named(body: UUID) -> BodyName:
        return BodyName(id=body, name=names.get(body))

    return RequestView(
        id=row.id,
        version=row.version,
        number=row.number,
        state=RequestState(row.state),
        form=known.form,
        purpose=known.purpose,
        cart_id=known.cart,
        body=named(known.body),
        asker_id=known.asker,
        holder=named(known.holder),
        warehouse_id=row.warehouse,
        start=known.window.start if known.window else None,
        end=known.window.end if known.window else None,
        submitted_at=row.opened,
        due=row.due,
        waiting_for=named(known.waiting) if known.waiting else None,
        rule=known.rule,
        policy=known.policy,
        lines=[_line(n, one, known) for n, one in enumerate(known.lines)],
        steps=_steps(known, RequestState(row.state), named),
        paper_ids=list(known.papers),
        why=known.why,
        list_hash=_list_hash(row.id, known),
    )


def _line(n: int, line: RequestLine, known: Detail) -> RequestLineView:
    code = line.class_code
    return RequestLineView(
        line=n,
        asset_id=line.asset,
        class_code=ClassCode(
            scheme=code.scheme, edition=code.edition, code=code.code, unverified=code.unverified
        )
        if code
        else None,
        quantity=line.quantity,
        left=known.left.get(n, 0),
        progress=line.quantity
        - known.left.get(n, 0)
        + sum(known.picked.get(asset, 0) for asset, (of, _) in known.units.items() if of == n),
        wishes=line.wishes,
        units=[
            AllottedUnit(asset_id=asset, quantity=some, picked=known.picked.get(asset, 0))
            for asset, (of, some) in known.units.items()
            if of == n
        ],
        kit_id=line.kit,
        kit_name=line.kit_name or None,
    )


def _steps(known: Detail, state: RequestState, named: Any) -> list[RequestStepView]:
    decided = {one.step: one for one in known.decided}
    bodies = {one.body for one in known.decided}
    views, seen = [], set[UUID]()
    for n, one in enumerate(known.steps):
        done = decided.get(n)
        if done is not None:
            stands = StepState.DECIDED
        elif one.body is None or one.body in bodies or one.body in seen:
            stands = StepState.PASSED_OVER
        else:
            turn = state is RequestState.SUBMITTED and one.body == known.waiting
            stands = StepState.NEXT if turn else StepState.LATER
        if one.body is not None:
            seen.add(one.body)
        views.append(
            RequestStepView(
                step=one.step,
                body=named(one.body) if one.body else None,
                state=stands,
                decided_at=done.at if done else None,
                decision_id=done.decision if done else None,
            )
        )
    return views


def _list_hash(id: UUID, known: Detail) -> str:
    """Asked of the domain: the same hash that a document is compared with."""
    paper = Request(id)
    paper.form, paper.window, paper.lines = known.form, known.window, known.lines
    return paper.list_hash


def _conflict(info: Info, one: Conflict, names: Mapping[UUID, str]) -> RequestConflict:
    return RequestConflict(
        line=one.line,
        asset_id=one.asset,
        quantity=one.quantity,
        available=one.can,
        others=[
            OtherPromise(
                paper_id=paper,
                body=BodyName(id=promise.body, name=names.get(promise.body)),
                quantity=promise.quantity,
                start=promise.window.start,
                end=promise.window.end,
                firm=promise.firm,
            )
            for paper, promise in one.others
        ],
        code=one.why.code if one.why else None,
        message=sentence(one.why.code, one.why.values, info.context.language) if one.why else None,
    )
