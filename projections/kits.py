"""What belongs to a kit, and is it free as one? Rows of the read models `papers` and `availability`.

one(connection, reach, id, window, now)   the kit, if the account reads it or may read every member (a kit on offer)
"""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.availability import scarcest
from domain.papers.kit import Kit
from domain.values import Window
from projections import availability, papers
from projections.feed import Connection
from projections.reach import Reach


class KitRow(NamedTuple):
    """A kit as a screen shows it. `free`: how often all members are free together; negative when one is promised too often."""

    id: UUID
    version: int
    name: str
    holder: UUID
    dissolved: bool
    members: tuple[UUID, ...]
    missing: tuple[UUID, ...]
    free: int | None


_ONE: LiteralString = "SELECT version, number, giving, state = 'dissolved', detail FROM papers.paper WHERE id = %s AND kind = %s"


def one(
    connection: Connection, reach: Reach, id: UUID, window: Window | None, now: datetime
) -> KitRow | None:
    row = connection.execute(_ONE, (id, Kit.KIND)).fetchone()
    if row is None:
        return None
    version, name, holder, dissolved, detail = row
    members = tuple(UUID(one) for one in detail["members"])
    free = availability.free(
        connection, reach, members, window or Window(now, datetime.max.replace(tzinfo=now.tzinfo)), now
    )
    on_offer = bool(members) and free.keys() == {*members}
    if not on_offer and papers.one(connection, reach, id) is None:
        return None
    missing = tuple(UUID(one) for one in detail["missing"])
    together = scarcest(free.values()) if window is not None and on_offer else None
    return KitRow(id, version, name, holder, dissolved, members, missing, together)
