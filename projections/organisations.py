"""Who is there, who is above whom, who reads for whom, and where the places are.

Queries:
    reach(connection, account) -> Reach            what an account may read (see `projections.reach`)
    names(connection, ids) -> {id: name}           bodies and places
    bodies(connection, ids=, after=, first=, ...)  by name; open to everybody who signed in, as are places
    relations(connection, bodies), relations_to(connection, body)
    places(connection, ids=, warehouse=, after=, first=)
    count_bodies(connection, parent=, region=, text=, most=), count_places(connection, warehouse=, most=)
    contact(connection, body) -> ContactRow | None   how a body is reached: its own contact, or its nearest superior's
    account(connection, id), roles(connection, account)
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.values import ROOT, Role
from projections.feed import Connection
from projections.reach import EVERYTHING, Reach


class BodyRow(NamedTuple):
    """A body as it is now. `ended`: in liquidation since. `accountable`: itself, or the body a division belongs to."""

    id: UUID
    version: int
    name: str
    kind: str
    level: str
    region: str
    code: str
    parent: UUID | None
    accountable: UUID
    until: datetime | None
    ended: datetime | None
    successors: list[UUID]
    closed: bool
    phone: str
    address: str
    note: str

    def standing(self, now: datetime) -> str:
        """As the body's own file says; a division also needs its accountable body's."""
        if self.kind in ("operator", "outside"):
            return "none"
        if self.closed:
            return "ended"
        return "in_liquidation" if any(end and end <= now for end in (self.ended, self.until)) else "full"


class ContactRow(NamedTuple):
    """How a body is reached, and whose contact that is: its own, or that of the nearest above it that has one."""

    body: UUID
    name: str
    phone: str
    address: str
    note: str


class RelationRow(NamedTuple):
    """From `since` on, the relation is with `other`, or with nobody."""

    body: UUID
    kind: str
    other: UUID | None
    since: datetime


class PlaceRow(NamedTuple):
    """A warehouse (its own `warehouse`), or a place in one."""

    id: UUID
    version: int
    name: str
    kind: str
    code: str
    warehouse: UUID
    operator: UUID
    owner: UUID
    time_zone: str
    parent: UUID | None
    in_use: bool
    closed: bool


class AccountRow(NamedTuple):
    """Somebody who may sign in."""

    id: UUID
    version: int
    person: UUID | None
    body: UUID | None
    closed: bool


_ACCOUNT: LiteralString = "SELECT id, version, person, body, closed FROM organisations.account WHERE id = %s"
_ROLES: LiteralString = "SELECT role, scope FROM organisations.role WHERE account = %s ORDER BY role, scope"
_REACH: LiteralString = """
SELECT r.body FROM organisations.reach r
    WHERE r.ancestor = ANY(%(scopes)s)
UNION
SELECT r.body FROM organisations.place p JOIN organisations.reach r ON r.ancestor = p.operator
    WHERE p.id = ANY(%(scopes)s) OR p.warehouse = ANY(%(scopes)s)
UNION
SELECT b.id FROM organisations.body auditing
    JOIN organisations.body b ON b.region LIKE regexp_replace(auditing.region, '(00)+$', '') || '%%'
    WHERE auditing.id = ANY(%(auditing)s) AND auditing.region ~ '[1-9]'
ORDER BY 1
"""
_NEXT: LiteralString = """CASE WHEN cardinality(b.successors) = 1 THEN b.successors[1] WHEN b.phone = '' THEN coalesce(b.parent, (
        SELECT r.other FROM organisations.relation r WHERE r.body = b.id AND r.kind = 'supervised_by' ORDER BY r.n DESC LIMIT 1
    )) END"""
"""Whom to ask instead: whoever took the body over; where it tells no phone, the body above it, else its superior."""
_CONTACT: LiteralString = f"""
WITH RECURSIVE up (n, id, name, phone, address, note, next) AS (
    SELECT 0, b.id, b.name, b.phone, b.address, b.note, {_NEXT} FROM organisations.body b WHERE b.id = %(body)s
    UNION ALL
    SELECT up.n + 1, b.id, b.name, b.phone, b.address, b.note, {_NEXT}
        FROM up JOIN organisations.body b ON b.id = up.next WHERE up.n < 40
)
SELECT id, name, phone, address, note FROM up WHERE next IS NULL AND phone <> ''
"""
_NAMES: LiteralString = """
SELECT id, name FROM organisations.body WHERE id = ANY(%(ids)s)
UNION ALL
SELECT id, name FROM organisations.place WHERE id = ANY(%(ids)s)
"""


def reach(connection: Connection, id: UUID) -> Reach:
    """What an account may read: its body's subtree and those of its roles' scopes; as an auditor, the whole region."""
    who = account(connection, id)
    if who is None or who.closed or who.body is None:
        return Reach(False)
    granted = roles(connection, id)
    scopes = {who.body, *(scope for _, scope in granted)}
    if ROOT in scopes:
        return EVERYTHING
    auditing = [scope for role, scope in granted if role == Role.AUDITOR.value]
    with connection.cursor(binary=True) as cursor:
        found = cursor.execute(_REACH, {"scopes": list(scopes), "auditing": auditing})
        return Reach(False, tuple(row[0] for row in found))


def names(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    return dict(connection.execute(_NAMES, {"ids": list(set(ids))}).fetchall()) if ids else {}


def contact(connection: Connection, body: UUID) -> ContactRow | None:
    """As `domain.usecases.contacts.contact_of` says."""
    row = connection.execute(_CONTACT, {"body": body}).fetchone()
    return ContactRow(*row) if row else None


def bodies(
    connection: Connection,
    *,
    ids: Sequence[UUID] | None = None,
    parent: UUID | None = None,
    region: str | None = None,
    text: str | None = None,
    after: tuple[str, UUID] | None = None,
    first: int = 100,
) -> list[BodyRow]:
    """Bodies by name, from a key on. `region`: the beginning of a code; `text`: anywhere in the name."""
    wanted = _bodies(parent, region, text)
    if ids is not None:
        wanted.append("id = ANY(%(ids)s)")
    if after is not None:
        wanted.append("(name, id) > (%(name)s, %(id)s)")
    statement = _select("body", BodyRow._fields, wanted, "name, id")
    given = {
        "ids": None if ids is None else list(ids), "parent": parent, "region": region, "text": text,
        "name": after[0] if after else None, "id": after[1] if after else None, "first": first,
    }  # fmt: skip
    return [BodyRow(*row) for row in connection.execute(statement, given)]


def count_bodies(
    connection: Connection,
    *,
    parent: UUID | None = None,
    region: str | None = None,
    text: str | None = None,
    most: int = 10_000,
) -> int:
    """How many `bodies` there are; counting stops at `most`."""
    given = {"parent": parent, "region": region, "text": text, "most": most}
    return _count(connection, "body", _bodies(parent, region, text), given)


def _bodies(parent: UUID | None, region: str | None, text: str | None) -> list[LiteralString]:
    """What a body must be to be one of them."""
    wanted: list[LiteralString] = []
    if parent is not None:
        wanted.append("parent = %(parent)s")
    if region is not None:
        wanted.append("starts_with(region, %(region)s)")
    if text is not None:
        wanted.append("strpos(lower(name), lower(%(text)s)) > 0")
    return wanted


def relations(connection: Connection, of: Sequence[UUID]) -> list[RelationRow]:
    """All relations these bodies ever had, oldest first."""
    statement: LiteralString = (
        "SELECT body, kind, other, since FROM organisations.relation WHERE body = ANY(%s) ORDER BY body, n"
    )
    return [RelationRow(*row) for row in connection.execute(statement, (list(of),))]


def relations_to(connection: Connection, body: UUID) -> list[RelationRow]:
    """The relations others have with this body now."""
    statement: LiteralString = (
        "SELECT body, kind, other, since FROM (SELECT DISTINCT ON (r.body, r.kind) r.* FROM organisations.relation r"
        " WHERE r.body IN (SELECT o.body FROM organisations.relation o WHERE o.other = %(body)s) ORDER BY r.body, r.kind, r.n DESC)"
        " AS newest WHERE other = %(body)s ORDER BY body, kind"
    )
    return [RelationRow(*row) for row in connection.execute(statement, {"body": body})]


def places(
    connection: Connection,
    *,
    ids: Sequence[UUID] | None = None,
    warehouse: UUID | None = None,
    after: tuple[str, UUID] | None = None,
    first: int = 100,
) -> list[PlaceRow]:
    """Places by code, from a key on."""
    wanted: list[LiteralString] = []
    if ids is not None:
        wanted.append("id = ANY(%(ids)s)")
    if warehouse is not None:
        wanted.append("warehouse = %(warehouse)s")
    if after is not None:
        wanted.append("(code, id) > (%(code)s, %(id)s)")
    statement = _select("place", PlaceRow._fields, wanted, "code, id")
    given = {
        "ids": None if ids is None else list(ids), "warehouse": warehouse, "first": first,
        "code": after[0] if after else None, "id": after[1] if after else None,
    }  # fmt: skip
    return [PlaceRow(*row) for row in connection.execute(statement, given)]


def count_places(connection: Connection, *, warehouse: UUID | None = None, most: int = 10_000) -> int:
    """How many `places` there are; counting stops at `most`."""
    wanted: list[LiteralString] = [] if warehouse is None else ["warehouse = %(warehouse)s"]
    return _count(connection, "place", wanted, {"warehouse": warehouse, "most": most})


def account(connection: Connection, id: UUID) -> AccountRow | None:
    row = connection.execute(_ACCOUNT, (id,)).fetchone()
    return AccountRow(*row) if row else None


def roles(connection: Connection, id: UUID) -> list[tuple[str, UUID]]:
    """What an account may do: (role, scope)."""
    return [(row[0], row[1]) for row in connection.execute(_ROLES, (id,))]


def _select(
    table: LiteralString, columns: Sequence[str], wanted: Sequence[LiteralString], order: LiteralString
) -> str:
    conditions = " AND ".join(wanted) or "true"
    return f"SELECT {', '.join(columns)} FROM organisations.{table} WHERE {conditions} ORDER BY {order} LIMIT %(first)s"


def _count(
    connection: Connection, table: LiteralString, wanted: Sequence[LiteralString], given: Mapping[str, object]
) -> int:
    conditions = " AND ".join(wanted) or "true"
    statement = (
        f"SELECT count(*) FROM (SELECT FROM organisations.{table} WHERE {conditions} LIMIT %(most)s) AS found"
    )
    row = connection.execute(statement, given).fetchone()
    return int(row[0]) if row else 0
