"""Bodies and places as the API shows them. Everybody who signed in may read them: whom else could one ask for goods?"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.schema.inputs import enum
from api.schema.lists import forward
from api.schema.reading import AfterPosition, now_of, wait_for
from domain.body import BodyKind, Level, Relation, Standing
from domain.place import PlaceKind
from projections import organisations
from projections.keyset import Key

for named in (BodyKind, Level, Relation, Standing, PlaceKind):
    enum(named)
BY_NAME = (Key("name", "text"), Key("id", "uuid"))
BY_CODE = (Key("code", "text"), Key("id", "uuid"))


@strawberry.type(description="From `since` on the body has this relation with `other`, or with nobody.")
class BodyRelation:
    kind: Relation
    other_id: UUID | None
    since: datetime


@strawberry.type(
    description="How a body is reached by whoever finds something of it. Anybody who scans a label is shown it."
)
class BodyContact:
    body_id: UUID = strawberry.field(
        description="Whose contact it is: the body's own, or that of the nearest above it that has one."
    )
    name: str
    phone: str
    address: str
    note: str


@strawberry.type(
    description="A body of the administration, one of its divisions, or somebody outside who has to be named."
)
class Body:
    id: UUID
    version: int
    name: str
    kind: BodyKind
    level: Level
    region: str = strawberry.field(description="The code of its administrative division.")
    code: str
    parent_id: UUID | None
    accountable_id: UUID = strawberry.field(
        description="Itself, or for a division the body that answers for it."
    )
    ended: datetime | None = strawberry.field(description="In liquidation since.")
    closed: bool
    standing: Standing

    @strawberry.field(description="All relations it ever had, oldest first.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def relations(self, info: Info) -> list[BodyRelation]:
        with info.context.app.reader.connection() as connection:
            rows = organisations.relations(connection, [self.id])
        return [BodyRelation(kind=Relation(row.kind), other_id=row.other, since=row.since) for row in rows]

    @strawberry.field(description="How it is reached by finders: its own contact, or its nearest superior's.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def contact(self, info: Info) -> BodyContact | None:
        with info.context.app.reader.connection() as connection:
            row = organisations.contact(connection, UUID(str(self.id)))
        return contact_view(row) if row else None


@strawberry.type(description="A warehouse, or a place in one.")
class Place:
    id: UUID
    version: int
    name: str
    kind: PlaceKind
    code: str
    warehouse_id: UUID
    operator_id: UUID
    owner_id: UUID
    parent_id: UUID | None
    time_zone: str
    in_use: bool
    closed: bool


def contact_view(row: organisations.ContactRow) -> BodyContact:
    return BodyContact(body_id=row.body, name=row.name, phone=row.phone, address=row.address, note=row.note)


def bodies(
    info: Info,
    text: Annotated[str | None, strawberry.argument(description="Anywhere in the name.")] = None,
    region: Annotated[
        str | None, strawberry.argument(description="The beginning of a division's code.")
    ] = None,
    parent: UUID | None = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[Body]:
    wait_for(info, "organisations", after_position)
    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "bodies",
            BY_NAME,
            first,
            after,
            lambda key, n: organisations.bodies(
                connection,
                text=text,
                region=region,
                parent=parent,
                after=(key[0], UUID(key[1])) if key else None,
                first=n,
            ),
            lambda row: (row.name, row.id),
            lambda row: _body(info, row),
            lambda other, most: organisations.count_bodies(
                other, text=text, region=region, parent=parent, most=most
            ),
        )


def body(info: Info, id: UUID, after_position: AfterPosition = None) -> Body | None:
    wait_for(info, "organisations", after_position)
    with info.context.app.reader.connection() as connection:
        rows = organisations.bodies(connection, ids=[id], first=1)
    return _body(info, rows[0]) if rows else None


def places(
    info: Info,
    warehouse: UUID | None = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[Place]:
    wait_for(info, "organisations", after_position)
    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "places",
            BY_CODE,
            first,
            after,
            lambda key, n: organisations.places(
                connection, warehouse=warehouse, after=(key[0], UUID(key[1])) if key else None, first=n
            ),
            lambda row: (row.code, row.id),
            _place,
            lambda other, most: organisations.count_places(other, warehouse=warehouse, most=most),
        )


def place(info: Info, id: UUID, after_position: AfterPosition = None) -> Place | None:
    wait_for(info, "organisations", after_position)
    with info.context.app.reader.connection() as connection:
        rows = organisations.places(connection, ids=[id], first=1)
    return _place(rows[0]) if rows else None


def _body(info: Info, row: organisations.BodyRow) -> Body:
    return Body(
        id=row.id,
        version=row.version,
        name=row.name,
        kind=BodyKind(row.kind),
        level=Level(row.level),
        region=row.region,
        code=row.code,
        parent_id=row.parent,
        accountable_id=row.accountable,
        ended=row.ended,
        closed=row.closed,
        standing=Standing(row.standing(now_of(info))),
    )


def _place(row: organisations.PlaceRow) -> Place:
    return Place(
        id=row.id,
        version=row.version,
        name=row.name,
        kind=PlaceKind(row.kind),
        code=row.code,
        warehouse_id=row.warehouse,
        operator_id=row.operator,
        owner_id=row.owner,
        parent_id=row.parent,
        time_zone=row.time_zone,
        in_use=row.in_use,
        closed=row.closed,
    )
