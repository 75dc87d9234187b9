"""What happened, in sentences, as the API shows it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.graphql.scalars import Position
from api.schema.inputs import enum
from api.schema.lists import forward
from api.schema.reading import AfterPosition, AsOf, known_position, reach_of, wait_for
from projections import history
from projections.keyset import Key
from projections.sentences import sentences

ZONE = ZoneInfo("Asia/Shanghai")
IN_TIME = (Key("occurred", "timestamptz"), Key("position", "bigint"))
BY_POSITION = (Key("position", "bigint", descending=True),)


@strawberry.type(description="One fact, as a sentence and as what is stored.")
class HistoryEntry:
    position: Position
    thing_id: UUID
    kind: str
    topic: str
    version: int = strawberry.field(
        description="Its place in the thing's own history: what a correction names."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")
    recorded_at: datetime = strawberry.field(description="When the log took it.")
    late: bool
    person_id: UUID
    office_id: UUID
    sentence: str = strawberry.field(description="In the language of the request.")


class HistoryOrder(StrEnum):
    """In which order history is told."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


enum(HistoryOrder)


def history_of(
    info: Info,
    id: Annotated[UUID, strawberry.argument(description="An asset, a paper, a body, a place.")],
    order: HistoryOrder = HistoryOrder.OLDEST_FIRST,
    as_of: AsOf | None = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[HistoryEntry]:
    for view in ("history", "labels"):
        wait_for(info, view, after_position)
    newest = order is HistoryOrder.NEWEST_FIRST
    known, true = known_position(info, as_of), as_of.true_at if as_of else None
    with info.context.app.reader.connection() as connection:
        order_key = tuple(Key(key.sql, key.type, newest) for key in IN_TIME)
        return forward(
            info,
            "history",
            order_key,
            first,
            after,
            lambda key, n: _told(
                info,
                connection,
                history.of(
                    connection,
                    reach_of(info),
                    id,
                    after=(datetime.fromisoformat(key[0]), int(key[1])) if key else None,
                    first=n,
                    newest_first=newest,
                    known_at=known,
                    true_at=true,
                ),
            ),
            lambda one: (one.occurred_at.isoformat(), one.position),
            lambda one: one,
            lambda other, most: history.count(
                other, reach_of(info), id, known_at=known, true_at=true, most=most
            ),
        )


def happenings(
    info: Info,
    kinds: Annotated[
        list[str] | None, strawberry.argument(description="Only these kinds: asset, loan, body …")
    ] = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[HistoryEntry]:
    wait_for(info, "history", after_position)
    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "happenings",
            BY_POSITION,
            first,
            after,
            lambda key, n: _told(
                info,
                connection,
                history.feed(
                    connection, reach_of(info), before=int(key[0]) if key else None, first=n, kinds=kinds
                ),
            ),
            lambda one: (one.position,),
            lambda one: one,
            lambda other, most: history.count_feed(other, reach_of(info), kinds=kinds, most=most),
        )


def _told(info: Info, connection: Any, rows: list[history.HistoryRow]) -> list[HistoryEntry]:
    said = sentences(connection, rows, info.context.language, info.context.app.directory.names, ZONE)
    return [
        HistoryEntry(
            position=Position(row.position),
            thing_id=row.thing,
            kind=row.kind,
            topic=row.topic,
            version=row.version,
            occurred_at=row.occurred,
            recorded_at=row.recorded,
            late=row.late,
            person_id=row.person,
            office_id=row.office,
            sentence=sentence,
        )
        for row, sentence in zip(rows, said, strict=True)
    ]
