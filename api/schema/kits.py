"""Kits as the API shows them: what belongs together, what is missing, and whether all of it is free at once."""

from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.schema.assets import BodyName, PermittedAction
from api.schema.free import WindowFilter, window_of
from api.schema.looking import looking
from api.schema.permitted import permitted
from api.schema.reading import AfterPosition, now_of, reach_of, wait_for
from domain.papers.kit import Kit
from domain.usecases.kit_rules import permitted_on_kit
from projections import kits, organisations


@strawberry.type(name="Kit", description="Particular things that are promised, lent and moved as one.")
class KitView:
    id: UUID
    version: int
    name: str
    holder: BodyName
    dissolved: bool
    member_ids: list[UUID]
    missing_ids: list[UUID] = strawberry.field(
        description="Members that were not there when it was ticked at its return."
    )
    free: int | None = strawberry.field(
        description="Whether it is free in the window that was asked for: as often as its scarcest member."
    )

    @strawberry.field(
        description="What this account may do with it now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command = looking(info)
        return permitted(info, permitted_on_kit(command, command.load(Kit, UUID(str(self.id)))))


def kit(
    info: Info, id: UUID, window: WindowFilter | None = None, after_position: AfterPosition = None
) -> KitView | None:
    for view in ("papers", "availability"):
        wait_for(info, view, after_position)
    span = window_of(info, window) if window else None
    with info.context.app.reader.connection() as connection:
        row = kits.one(connection, reach_of(info), id, span, now_of(info))
        names = organisations.names(connection, [row.holder]) if row else {}
    if row is None:
        return None
    return KitView(
        id=row.id,
        version=row.version,
        name=row.name,
        holder=BodyName(id=row.holder, name=names.get(row.holder)),
        dissolved=row.dissolved,
        member_ids=list(row.members),
        missing_ids=list(row.missing),
        free=row.free,
    )
