"""An account's inbox as the API shows it: what it is told, what is new, what is asked of it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.graphql.scalars import Position
from api.schema.history import ZONE
from api.schema.lists import forward
from api.schema.reading import AfterPosition, now_of, wait_for
from projections import inbox as notices_read
from projections import instead
from projections.inbox import Addresses, NoticeRow
from projections.keyset import Key
from projections.sentences import notices as sentences

NEWEST_FIRST = (Key("position", "bigint", descending=True), Key("n", "bigint", descending=True))
MOST_UNREAD = 1_000
MOST_INSTEAD = 50
LOST = frozenset({"request.refused", "request.displaced", "request.lapsed"})
"""Notices to those who did not get what they had asked for."""

UnreadOnly = Annotated[
    bool,
    strawberry.argument(description="Only what the account has not marked as read, and what is not done."),
]


@strawberry.type(description="So many of a class are free at a place in the time that had been asked for.")
class FreeInstead:
    scheme: str
    edition: str
    class_code: str
    holder_id: UUID
    place_id: UUID | None
    warehouse_id: UUID | None
    free: int
    soon: int = strawberry.field(description="So many more come free soon after its start.")
    soon_at: datetime | None


@strawberry.type(
    description="Something the account is told: in person, or as what it is in a body or a warehouse now."
)
class Notice:
    id: UUID = strawberry.field(description="The same for ever: what `markRead` takes.")
    position: Position = strawberry.field(
        description="The fact in the log that it is about; `markRead(upTo:)` takes it."
    )
    name: str = strawberry.field(description="What kind of notice: `request.refused`, `reminder.sent` …")
    thing_id: UUID = strawberry.field(description="The paper or asset that it is about.")
    thing_kind: str
    occurred_at: datetime
    to_do: bool = strawberry.field(
        description="Something is asked of whoever reads it, and nobody has done it yet."
    )
    done: bool = strawberry.field(
        description="What it asked for is done, by whomever, or has come to nothing: it asks nobody any more."
    )
    until: datetime | None = strawberry.field(description="By when.")
    read: bool
    sentence: str = strawberry.field(description="In the language of the request.")

    @strawberry.field(  # type: ignore[untyped-decorator]  # strawberry leaves it open
        description="To whom a request was refused, displaced or lapsed: what of the same classes is offered for that time now."
    )
    def free_instead(self, info: Info) -> list[FreeInstead]:
        if self.name not in LOST:
            return []
        with info.context.app.reader.connection() as connection:
            rows = instead.free_instead(connection, self.thing_id, now_of(info))
        return [
            FreeInstead(
                scheme=code.scheme,
                edition=code.edition,
                class_code=code.code,
                holder_id=match.holder,
                place_id=match.place,
                warehouse_id=match.warehouse,
                free=match.free,
                soon=match.soon,
                soon_at=match.soon_at,
            )
            for code, match in rows[:MOST_INSTEAD]
        ]


def inbox(
    info: Info,
    unread_only: UnreadOnly = False,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[Notice]:
    wait_for(info, "inbox", after_position)
    with info.context.app.reader.connection() as connection:
        mine = _addresses(info, connection)
        return forward(
            info,
            "inbox",
            NEWEST_FIRST,
            first,
            after,
            lambda key, n: _shown(info, connection, mine, unread_only, key, n),
            lambda row: (row[0].position, row[0].n),
            lambda row: _notice(*row),
            lambda other, most: notices_read.count(other, mine, unread_only=unread_only, most=most),
        )


def unread_count(info: Info, after_position: AfterPosition = None) -> int:
    wait_for(info, "inbox", after_position)
    with info.context.app.reader.connection() as connection:
        mine = _addresses(info, connection)
        return notices_read.count(connection, mine, unread_only=True, most=MOST_UNREAD)


def _addresses(info: Info, connection: object) -> Addresses:
    """Once for a whole request."""
    notes = info.context.notes
    if "addresses" not in notes:
        account = info.context.principal.account
        notes["addresses"] = notices_read.addresses(connection, account)  # type: ignore[arg-type]  # a connection
    found: Addresses = notes["addresses"]
    return found


def _shown(
    info: Info, connection: object, mine: Addresses, unread_only: bool, key: tuple[str, ...] | None, n: int
) -> list[tuple[NoticeRow, str]]:
    before = (int(key[0]), int(key[1])) if key else None
    rows = notices_read.page(connection, mine, unread_only=unread_only, before=before, first=n)  # type: ignore[arg-type]  # a connection
    said = sentences(connection, rows, info.context.language, info.context.app.directory.names, ZONE)  # type: ignore[arg-type]  # a connection
    return list(zip(rows, said, strict=True))


def _notice(row: NoticeRow, sentence: str) -> Notice:
    return Notice(
        id=row.id,
        position=Position(row.position),
        name=row.name,
        thing_id=row.thing,
        thing_kind=row.kind,
        occurred_at=row.occurred,
        to_do=row.to_do,
        done=row.done,
        until=row.until,
        read=row.read,
        sentence=sentence,
    )
