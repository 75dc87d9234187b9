"""The demand list and emergency orders as the API shows them. Everybody sees the queue; who waits in it, only who may read that body."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.schema.assets import BodyName, ClassCode, PermittedAction
from api.schema.inputs import enum, input_type
from api.schema.lists import forward
from api.schema.looking import looking
from api.schema.permitted import permitted
from api.schema.reading import AfterPosition, now_of, reach_of, wait_for
from domain.papers.demand import Demand, DemandKind, DemandState, DemandUnit, Turn
from domain.papers.emergency import Emergency, EmergencyLine, EmergencyUnit, Taken
from domain.papers.outside_decision import list_hash
from domain.terms import Form
from domain.usecases.demand_rules import permitted_on_demand
from domain.usecases.emergencies import permitted_on_emergency
from projections import demand as queue
from projections import organisations, papers
from projections.keyset import Key

enum(DemandKind)
enum(DemandState)
enum(Taken)
BY_RANK = (Key("later", "text"), Key("since", "timestamptz"), Key("id", "uuid"))


@strawberry.type(description="A demand in the queue.")
class DemandInQueue:
    id: UUID
    place: int | None = strawberry.field(
        description="From 1, among those that wait for the same class or thing; a watch has none."
    )
    body: BodyName | None = strawberry.field(description="Told only to who may read that body.")
    kind: DemandKind
    form: Form
    class_code: ClassCode | None
    asset_id: UUID | None
    quantity: int
    start: datetime | None
    end: datetime | None
    wanted_until: datetime
    displaced: bool = strawberry.field(
        description="It lost what it had been promised, and comes before all that did not."
    )
    since: datetime = strawberry.field(description="By this time it has its place.")
    moved_because: str = strawberry.field(description="The published reason why staff moved it.")


@strawberry.type(description="So many of an asset.")
class HeldUnit:
    asset_id: UUID
    quantity: int


@strawberry.type(description="A demand as the body it belongs to sees it.")
class DemandView:
    id: UUID
    version: int
    state: DemandState
    body_id: UUID
    kind: DemandKind
    form: Form
    quantity: int
    wanted_until: datetime
    note: str
    request_id: UUID | None = strawberry.field(description="The request that took up its turn.")
    turn_until: datetime | None = strawberry.field(
        description="Until then something is held for it: take it up."
    )
    units: list[HeldUnit]

    @strawberry.field(
        description="What this account may do with it now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command = looking(info)
        return permitted(info, permitted_on_demand(command, command.load(Demand, UUID(str(self.id)))))


@strawberry.type(description="A thing that an emergency order took, and what it was before.")
class TakenUnit:
    asset_id: UUID
    quantity: int
    was: Taken


@strawberry.type(description="A line of an emergency order: so many were wanted, so many are not to be had.")
class EmergencyLineView:
    line: int
    asset_id: UUID | None
    class_code: ClassCode | None
    quantity: int
    missing: int


@strawberry.type(description="An emergency order.")
class EmergencyView:
    id: UUID
    version: int
    number: str = strawberry.field(description="Of the decision it was issued by.")
    body_id: UUID
    ended: bool
    lines: list[EmergencyLineView]
    units: list[TakenUnit]

    @strawberry.field(
        description="What this account may do with it now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command = looking(info)
        return permitted(info, permitted_on_emergency(command, command.load(Emergency, UUID(str(self.id)))))


def demands(  # the arguments of a GraphQL field
    info: Info,
    class_code: Annotated[
        str | None, strawberry.argument(description="A code, or the beginning of one.")
    ] = None,
    asset: UUID | None = None,
    body: Annotated[UUID | None, strawberry.argument(description="One that the asker may read.")] = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[DemandInQueue]:
    wait_for(info, "papers", after_position)
    asked: dict[str, Any] = {"code": class_code, "asset": asset, "body": body}
    names: dict[UUID, str] = {}

    def fetch(key: tuple[str, ...] | None, n: int) -> list[queue.DemandRow]:
        place = (key[0] == "later", datetime.fromisoformat(key[1]), UUID(key[2])) if key else None
        rows = queue.open_demands(connection, reach_of(info), now_of(info), after=place, first=n, **asked)
        names.update(organisations.names(connection, [row.body for row in rows if row.body]))
        return rows

    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "demands",
            BY_RANK,
            first,
            after,
            fetch,
            lambda row: ("first" if row.displaced else "later", row.since.isoformat(), row.id),
            lambda row: _in_queue(row, names),
            lambda other, most: queue.count_open(other, reach_of(info), now_of(info), most=most, **asked),
        )


def demand(info: Info, id: UUID, after_position: AfterPosition = None) -> DemandView | None:
    row = _paper(info, id, Demand.KIND, after_position)
    if row is None:
        return None
    turn = msgspec.convert(row.detail["turn"], Turn | None, strict=False)
    units: tuple[DemandUnit, ...] = turn.units if turn else ()
    return DemandView(
        id=row.id,
        version=row.version,
        state=DemandState(row.state),
        body_id=UUID(row.detail["body"]),
        kind=DemandKind(row.detail["kind"]),
        form=Form(row.detail["form"]),
        quantity=row.detail["quantity"],
        wanted_until=datetime.fromisoformat(row.detail["until"]),
        note=row.detail["note"],
        request_id=UUID(row.detail["request"]) if row.detail["request"] else None,
        turn_until=turn.until if turn else None,
        units=[HeldUnit(asset_id=one.asset, quantity=one.quantity) for one in units],
    )


def emergency(info: Info, id: UUID, after_position: AfterPosition = None) -> EmergencyView | None:
    row = _paper(info, id, Emergency.KIND, after_position)
    if row is None:
        return None
    lines = msgspec.convert(row.detail["lines"], tuple[EmergencyLine, ...], strict=False)
    units = msgspec.convert(row.detail["units"], tuple[EmergencyUnit, ...], strict=False)
    missing = row.detail["missing"]
    return EmergencyView(
        id=row.id,
        version=row.version,
        number=row.number,
        body_id=UUID(row.detail["body"]),
        ended=row.detail["closed"],
        lines=[
            EmergencyLineView(
                line=n,
                asset_id=one.asset,
                class_code=_class(one.class_code.scheme, one.class_code.edition, one.class_code.code)
                if one.class_code
                else None,
                quantity=one.quantity,
                missing=missing.get(str(n), 0),
            )
            for n, one in enumerate(lines)
        ],
        units=[TakenUnit(asset_id=one.asset, quantity=one.quantity, was=one.was) for one in units],
    )


LINES, _taken_lines = input_type(tuple[EmergencyLine, ...])


def emergency_list_hash(info: Info, lines: Any) -> str:
    return list_hash(one.item for one in _taken_lines(lines, "lines"))


emergency_list_hash.__annotations__ = {"info": Info, "lines": LINES, "return": str}


def _paper(info: Info, id: UUID, kind: str, after_position: int | None) -> papers.PaperRow | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = papers.one(connection, reach_of(info), id)
    return row if row is not None and row.kind == kind else None


def _in_queue(row: queue.DemandRow, names: dict[UUID, str]) -> DemandInQueue:
    return DemandInQueue(
        id=row.id,
        place=row.place,
        body=BodyName(id=row.body, name=names.get(row.body)) if row.body else None,
        kind=DemandKind(row.kind),
        form=Form(row.form),
        class_code=_class(row.class_scheme or "", row.class_edition or "", row.class_code)
        if row.class_code
        else None,
        asset_id=row.asset,
        quantity=row.quantity,
        start=row.start,
        end=row.until,
        wanted_until=row.wanted_until,
        displaced=row.displaced,
        since=row.since,
        moved_because=row.moved,
    )


def _class(scheme: str, edition: str, code: str) -> ClassCode:
    return ClassCode(scheme=scheme, edition=edition, code=code, unverified=False)
