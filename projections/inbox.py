"""What is an account told, what of it is new, and what may a mailer send on?

Queries (an open connection):
    addresses(connection, account) -> Addresses     as what an account is told things, by the grants that hold now
    page(connection, addresses, unread_only=, before=, first=)   newest first, beyond a key (position, n)
    count(connection, addresses, unread_only=, most=)            how many; counting stops at `most`
    visible(connection, addresses, ids)                          those of these notices that are the account's
    feed(connection, after=, first=)                             every notice with its recipients, in order: the seam for a mailer

What it asked for may be done by now, by whomever: then it asks nobody any more, and is not new to anybody.
A notice has an id and a key that stay the same for ever, also after a rebuild. An outgoing mailer keeps the last key it has sent and
asks the feed for what came after; it never misses one and can tell one it has sent already by its id
(docs/decisions/0016-clerk-and-deadlines.md).
"""

from collections.abc import Collection
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.notices import PERSON
from domain.values import ROOT
from projections.feed import Connection

_WHO: LiteralString = "SELECT person FROM organisations.account WHERE id = %(account)s AND NOT closed"
_AS: LiteralString = """
WITH RECURSIVE there (role, scope, parted) AS (
    SELECT role, scope, false FROM organisations.role WHERE account = %(account)s
    UNION
    SELECT there.role, b.id, there.parted OR (b.parent IS DISTINCT FROM there.scope AND cardinality(b.successors) > 1)
        FROM there JOIN organisations.body b ON b.parent = there.scope OR there.scope = ANY(b.successors)
), at (role, scope, parted) AS (
    SELECT role, scope, parted FROM there
    UNION
    SELECT there.role, p.id, there.parted FROM there JOIN organisations.place p ON p.operator = there.scope AND p.id = p.warehouse
)
SELECT role, scope, bool_and(parted) FROM at GROUP BY role, scope
"""
_READ: LiteralString = (
    "SELECT coalesce(max(up_to), 0) FROM inbox.mark WHERE account = %(account)s AND up_to IS NOT NULL"
)

_DONE: LiteralString = (
    "(EXISTS (SELECT FROM inbox.done d WHERE d.thing = o.thing AND d.position > o.position AND o.name = ANY(d.names))"
    " OR NOT EXISTS (SELECT FROM unnest(o.about) AS a (thing) WHERE NOT EXISTS"
    " (SELECT FROM inbox.done d WHERE d.thing = a.thing AND d.position > o.position AND o.name = ANY(d.names))))"
)
"""What was asked is done, for all that the notice is about; or another notice of its kind took its place."""
_NEW: LiteralString = (
    "t.by IS DISTINCT FROM %(person)s AND t.position > %(floor)s AND (NOT %(unread)s OR NOT EXISTS"
    " (SELECT FROM inbox.mark k WHERE k.account = %(account)s AND k.notice = t.notice) AND NOT EXISTS"
    f" (SELECT FROM inbox.notice o WHERE o.position = t.position AND o.n = t.n AND o.to_do AND {_DONE}))"
)
_TOOK_OVER: LiteralString = """EXISTS (
        SELECT FROM inbox.notice o
            CROSS JOIN LATERAL (SELECT o.thing UNION ALL SELECT l.asset FROM papers.line l WHERE l.paper = o.thing) AS about (asset)
            JOIN register.current a ON a.asset = about.asset AND a.holder = ANY(%(own)s::uuid[])
            JOIN register.state s ON s.asset = about.asset AND s.holder = ANY(%(parted)s::uuid[])
            WHERE o.position = t.position AND o.n = t.n
    )"""
"""Of what a split body was told, a part of it is told what is about goods that were the body's and are its own now."""
_MINE: LiteralString = f"""
    SELECT DISTINCT found.position, found.n
    FROM unnest(%(roles)s::text[], %(scopes)s::uuid[]) AS mine (role, scope) CROSS JOIN LATERAL (
        SELECT t.position, t.n FROM inbox.told t
        WHERE t.role = mine.role AND t.scope = mine.scope AND (t.position, t.n) < (%(position)s, %(n)s) AND {_NEW}
            AND (mine.scope <> ALL(%(parted)s::uuid[]) OR {_TOOK_OVER})
        ORDER BY t.position DESC, t.n DESC LIMIT %(first)s
    ) AS found
"""
_ROW: LiteralString = (
    f"o.position, o.n, o.id, o.name, o.thing, o.kind, o.occurred, o.until, o.to_do AND NOT {_DONE}, o.to_do AND {_DONE},"
    " o.position <= %(read)s OR EXISTS (SELECT FROM inbox.mark k WHERE k.account = %(account)s AND k.notice = o.id),"
    " e.topic, e.version, e.body, e.meta"
)
_FROM: LiteralString = "inbox.notice o JOIN gongwu.event e ON e.position = o.position"
_PAGE: LiteralString = f"""
SELECT {_ROW} FROM (SELECT position, n FROM ({_MINE}) AS mine ORDER BY position DESC, n DESC LIMIT %(first)s) AS mine
    JOIN inbox.notice o USING (position, n) JOIN gongwu.event e ON e.position = o.position
    ORDER BY o.position DESC, o.n DESC
"""
_COUNT: LiteralString = f"SELECT count(*) FROM (SELECT FROM ({_MINE}) AS mine LIMIT %(first)s) AS found"
_VISIBLE: LiteralString = f"""
SELECT DISTINCT t.notice FROM inbox.told t WHERE t.notice = ANY(%(ids)s::uuid[])
    AND (t.role, t.scope) IN (SELECT role, scope FROM unnest(%(roles)s::text[], %(scopes)s::uuid[]) AS mine (role, scope))
    AND (t.scope <> ALL(%(parted)s::uuid[]) OR {_TOOK_OVER})
"""
_FEED: LiteralString = f"""
SELECT {_ROW}, array(SELECT t.role FROM inbox.told t WHERE t.notice = o.id ORDER BY t.role, t.scope),
    array(SELECT t.scope FROM inbox.told t WHERE t.notice = o.id ORDER BY t.role, t.scope)
    FROM {_FROM} WHERE (o.position, o.n) > (%(position)s, %(n)s) ORDER BY o.position, o.n LIMIT %(first)s
"""
_LAST = (2**63 - 1, 0)

Key = tuple[int, int]
"""Position in the log, and which of the notices of that fact."""


class Addresses(NamedTuple):
    """As what an account is told things: roles and places, in step; up to where it has read all; and who it is.

    `parted`: those of the places that belong to bodies which were split; of them it is told only what its `own` bodies took over.
    """

    account: UUID
    roles: list[str]
    scopes: list[UUID]
    read: int
    person: UUID | None
    parted: list[UUID]
    own: list[UUID]

    def values(self, unread_only: bool = False) -> dict[str, object]:
        """The parameters of a statement; whatever was read as a whole is not even looked at."""
        return {**self._asdict(), "unread": unread_only, "floor": self.read if unread_only else 0}


class NoticeRow(NamedTuple):
    """One notice. `fact` and `meta` are the stored documents of what happened."""

    position: int
    n: int
    id: UUID
    name: str
    thing: UUID
    kind: str
    occurred: datetime
    until: datetime | None
    to_do: bool
    done: bool
    read: bool
    topic: str
    version: int
    fact: bytes
    meta: bytes


class Letter(NamedTuple):
    """A notice on its way out of the house: to whom, as (role, where) or (`person`, who)."""

    notice: NoticeRow
    to: tuple[tuple[str, UUID], ...]


def addresses(connection: Connection, account: UUID) -> Addresses:
    """By the grants that hold now: roles count below the scope they are granted in, as they do for commands, and in a body that was
    merged into it. Nobody is told what he did himself: what he asked for is not his to decide either.
    """
    given = {"account": account}
    roles, scopes, parted, own = [], [], set[UUID](), set[UUID]()
    for role, scope, only_a_part in connection.execute(_AS, given):
        roles.append(role)
        scopes.append(scope)
        (parted if only_a_part else own).add(scope)
    row = connection.execute(_WHO, given).fetchone()
    if row and row[0]:
        roles.append(PERSON)
        scopes.append(row[0])
    read = connection.execute(_READ, given).fetchone()
    if row is None:  # a closed account is told nothing any more
        return Addresses(account, [], [], 0, None, [], [])
    floor = int(read[0]) if read else 0
    return Addresses(account, roles, scopes, floor, row[0], sorted(parted - own), sorted(own))


def page(
    connection: Connection,
    mine: Addresses,
    *,
    unread_only: bool = False,
    before: Key | None = None,
    first: int = 100,
) -> list[NoticeRow]:
    """The newest first, beyond a key."""
    position, n = before or _LAST
    given = {**mine.values(unread_only), "position": position, "n": n, "first": first}
    with connection.cursor(binary=True) as cursor:
        return [NoticeRow(*row) for row in cursor.execute(_PAGE, given)]


def count(connection: Connection, mine: Addresses, *, unread_only: bool = False, most: int = 10_000) -> int:
    """How many there are; counting stops at `most`."""
    given = {**mine.values(unread_only), "position": _LAST[0], "n": _LAST[1], "first": most}
    row = connection.execute(_COUNT, given).fetchone()
    return int(row[0]) if row else 0


def visible(connection: Connection, mine: Addresses, ids: Collection[UUID]) -> set[UUID]:
    """Those of these notices that the account is told."""
    return {row[0] for row in connection.execute(_VISIBLE, {**mine.values(), "ids": list(ids)})}


def feed(connection: Connection, *, after: Key | None = None, first: int = 100) -> list[Letter]:
    """Every notice there is, in order, after a key: what a mailer sends on. It knows no rights: it is for the installation itself."""
    position, n = after or (0, 0)
    given = {"account": ROOT, "read": 0, "position": position, "n": n, "first": first}
    with connection.cursor(binary=True) as cursor:
        return [
            Letter(NoticeRow(*row[:-2]), _named(row[-2], row[-1])) for row in cursor.execute(_FEED, given)
        ]


def _named(roles: list[str], scopes: list[UUID]) -> tuple[tuple[str, UUID], ...]:
    """Without those who have the role everywhere: of them nobody thinks when a letter is sent."""
    to = tuple(zip(roles, scopes, strict=True))
    return tuple(one for one in to if one[1] != ROOT) or to
