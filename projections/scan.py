"""What is this code? Looked up in the read models, within what an account may read; nothing is written.

look_up(connection, reach, text, now) -> Hit      one of the six below

A label of ours comes first. A text that has the form of one and is none is looked up as anybody's else, too: a serial of thirteen
letters passes the check character once in thirty-six. What the account may not read looks as if it were not there; of a label of
ours alone it is told whose it is, as any stranger is.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.asset import ALIVE
from domain.label import LabelKind, LabelState
from domain.label_code import LENGTH, LETTERS, Foreign, Misread, Nothing, OwnCode, grouped, read, written
from projections import codes, kits, labels, organisations, owners, papers, register
from projections.codes import Match
from projections.feed import Connection
from projections.kits import KitRow
from projections.labels import LabelRow
from projections.organisations import PlaceRow
from projections.owners import OwnerRow
from projections.papers import SlipRow
from projections.reach import EVERYTHING, Reach
from projections.register import Item

MOST = 20
"""How many things a choice shows."""
_LOOKS_LIKE_OURS = re.compile(r"[0-9A-Z]{4}[ ·-][0-9A-Z]{4}[ ·-][0-9A-Z]{3,7}")
_ALIVE = frozenset(one.value for one in ALIVE)

Row = Item | KitRow | PlaceRow | SlipRow


class Thing(NamedTuple):
    """One thing. `match`: the code of others by which it was found; `was`: the card that the label names, which this has come from."""

    kind: LabelKind
    id: UUID
    piece: int | None
    row: Row
    label: LabelRow | None
    match: Match | None = None
    was: str = ""


class Several(NamedTuple):
    """It may be one of these; `more`: there are others that are not shown."""

    things: list[Thing]
    more: bool
    label: LabelRow | None = None


class Withdrawn(NamedTuple):
    """A retired or revoked label, what it was on, and the label that took its place."""

    label: LabelRow
    thing: Thing | Several | None
    instead: LabelRow | None


class Blank(NamedTuple):
    """A label that names nothing yet."""

    label: LabelRow


class Unread(NamedTuple):
    """It cannot be a code of ours, though it stands where one stands: LENGTH, LETTER or CHECK is wrong; EMPTY: nothing was read."""

    text: str
    wrong: str


class Missing(NamedTuple):
    """Nothing that this account may see. `owner`: of a label of ours. `guessed`: it has the form of one and is none."""

    owner: OwnerRow | None = None
    guessed: bool = False


Hit = Thing | Several | Withdrawn | Blank | Unread | Missing

_SLIP: LiteralString = "SELECT number FROM papers.slip WHERE series = %s AND n = %s"
_ONWARD: LiteralString = """
WITH RECURSIVE onward (id, far) AS (
    SELECT l.successor, 1 FROM labels.lineage l JOIN gongwu.event e ON e.position = l.position
        WHERE l.thing = %(thing)s AND (%(since)s::timestamptz IS NULL OR e.occurred_at >= %(since)s)
    UNION
    SELECT l.successor, o.far + 1 FROM onward o JOIN labels.lineage l ON l.thing = o.id WHERE o.far < 100
)
SELECT id FROM onward GROUP BY id ORDER BY min(far), id LIMIT 200
"""
_SINCE: LiteralString = "SELECT max(since) FROM labels.named WHERE label = %s"


def look_up(connection: Connection, reach: Reach, text: str, now: datetime) -> Hit:
    """What was scanned or typed. Any text has an answer."""
    scanned = read(text)
    if isinstance(scanned, Nothing):
        return Unread("", "EMPTY")
    if isinstance(scanned, Misread):
        return Unread(scanned.text, misread_as(scanned.text))
    if isinstance(scanned, OwnCode):
        label = labels.by_token(connection, scanned.token)
        if label is not None:
            return _of_label(connection, reach, _told(connection, reach, label), now)
        found = _foreign(connection, reach, written(text) if "/" not in text else scanned.token, now)
        return found or Missing(guessed=True)
    found = _foreign(connection, reach, scanned.text, now)
    return found or _unread(scanned) or Missing()


def misread_as(text: str) -> str:
    """What is wrong with what should be a code of ours: LENGTH, LETTER or CHECK."""
    meant = text.translate(str.maketrans("OIL", "011"))
    if len(meant) != LENGTH:
        return "LENGTH"
    return "LETTER" if set(meant) - set(LETTERS) else "CHECK"


def _unread(scanned: Foreign) -> Unread | None:
    """Typed as one of ours is printed, or as long as one and with no other letters: a letter of it is wrong. Thirteen digits are an EAN."""
    bare = re.sub(r"[\s·-]", "", scanned.text)
    wrong = misread_as(bare)
    looks_like_ours = _LOOKS_LIKE_OURS.fullmatch(scanned.text) is not None or (
        wrong == "CHECK" and not bare.isdecimal()
    )
    return Unread(bare, wrong) if scanned.scheme is None and looks_like_ours else None


def _foreign(connection: Connection, reach: Reach, text: str, now: datetime) -> Thing | Several | None:
    matches, more = codes.find(connection, reach, text, most=MOST, now=now)
    slips = (
        papers.slips(connection, reach, number=text, first=2) if text.isprintable() and len(text) < 64 else []
    )
    alive = [one for one in matches if one.alive] or matches
    found = [*_things(connection, reach, alive, now), *(_slip(row, None) for row in slips)]
    if len(found) == 1 and not more:
        [one] = found
        gone = isinstance(one.row, Item) and one.row.existence not in _ALIVE
        return _gone_on(connection, reach, one, now) if gone else one
    return Several(found[:MOST], more or len(found) > MOST) if found else None


def _gone_on(connection: Connection, reach: Reach, one: Thing, now: datetime) -> Thing | Several:
    onward = _onward(connection, reach, one.id, None, now)
    was = one.row.number if isinstance(one.row, Item) else ""
    return _one_or_several([one._replace(id=row.asset, row=row, was=was) for row in onward], one.label) or one


def _of_label(connection: Connection, reach: Reach, label: LabelRow, now: datetime) -> Hit:
    if label.kind is None or label.thing is None:
        if not reach.everything and label.body not in reach.bodies:
            return Missing(owner=owners.owner(connection, label))
        return Blank(label) if label.state == LabelState.BLANK.value else Withdrawn(label, None, None)
    thing = _named(connection, reach, label, now)
    if thing is None:
        return Missing(owner=owners.owner(connection, label))
    if label.state == LabelState.LIVE.value:
        return thing
    instead = _by_id(connection, label.replaced_by) if label.replaced_by else None
    return Withdrawn(label, thing, instead)


def _named(connection: Connection, reach: Reach, label: LabelRow, now: datetime) -> Thing | Several | None:
    """What a label names, as far as it may be read; what it has gone on as, where it is no more or only a part of it is meant."""
    if label.kind is None or label.thing is None:
        return None
    kind, id = LabelKind(label.kind), label.thing
    if kind is LabelKind.SLIP:
        row = connection.execute(_SLIP, (id, label.piece)).fetchone()
        slips = papers.slips(connection, reach, number=row[0], first=1) if row else []
        return _slip(slips[0], label) if slips else None
    if kind is LabelKind.PLACE:
        places = organisations.places(connection, ids=[id], first=1)
        return Thing(kind, id, None, places[0], label) if places else None
    if kind is LabelKind.KIT:
        kit = kits.one(connection, reach, id, None, now)
        return Thing(kind, id, None, kit, label) if kit else None
    return _asset(connection, reach, kind, id, label, now)


def _asset(
    connection: Connection, reach: Reach, kind: LabelKind, id: UUID, label: LabelRow, now: datetime
) -> Thing | Several | None:
    own = register.one(connection, reach, id, now=now)
    itself = Thing(kind, id, label.piece, own, label) if own else None
    alive = own is not None and own.existence in _ALIVE and own.quantity > 0
    if alive and kind is LabelKind.ASSET:
        return itself
    row = connection.execute(_SINCE, (label.id,)).fetchone() if alive else None
    onward = _onward(connection, reach, id, row[0] if row else None, now)
    was = own.number if own else grouped(label.token)
    found = [Thing(LabelKind.ASSET, one.asset, None, one, label, was=was) for one in onward]
    return _one_or_several([itself, *found] if itself and alive else found, label) or itself


def _onward(
    connection: Connection, reach: Reach, id: UUID, since: datetime | None, now: datetime
) -> list[Item]:
    """What it has gone on as (since then), as far as the books know it today and the account may read it."""
    ids = [row[0] for row in connection.execute(_ONWARD, {"thing": id, "since": since})]
    rows = register.many(connection, reach, ids, now=now) if ids else []
    return [one for one in rows if one.existence in _ALIVE and one.quantity > 0]


def _one_or_several(things: Sequence[Thing], label: LabelRow | None) -> Thing | Several | None:
    if len(things) > 1:
        return Several(list(things[:MOST]), len(things) > MOST, label)
    return things[0] if things else None


def _things(connection: Connection, reach: Reach, matches: Sequence[Match], now: datetime) -> list[Thing]:
    """The rows of what was found, in its order; kits are few."""
    wanted: dict[str, list[UUID]] = {"asset": [], "kit": [], "place": []}
    for one in matches:
        wanted[one.kind].append(one.thing)
    rows: dict[UUID, Row] = {}
    if wanted["asset"]:
        rows |= {one.asset: one for one in register.many(connection, reach, wanted["asset"], now=now)}
    for id in wanted["kit"]:
        kit = kits.one(connection, reach, id, None, now)
        rows |= {id: kit} if kit else {}
    if wanted["place"]:
        rows |= {one.id: one for one in organisations.places(connection, ids=wanted["place"], first=MOST)}
    return [
        Thing(LabelKind(one.kind), one.thing, None, rows[one.thing], None, one)
        for one in matches
        if one.thing in rows
    ]


def _slip(row: SlipRow, label: LabelRow | None) -> Thing:
    match = (
        None
        if label
        else Match("slip", row.series, "slip", "", row.number, None, preferred=False, alive=True)
    )
    return Thing(LabelKind.SLIP, row.series, row.n, row, label, match)


def _told(connection: Connection, reach: Reach, label: LabelRow) -> LabelRow:
    """Who scanned it when and where is told only to who holds, keeps or runs what it is on."""
    if reach.everything or labels.many(connection, reach, [label.id]):
        return label
    return label._replace(scans=0, scanned=None, scan_place=None, scan_with=None)


def _by_id(connection: Connection, id: UUID) -> LabelRow | None:
    """The label that took another's place: whoever may know the thing may know its code."""
    found = labels.many(connection, EVERYTHING, [id])
    return found[0]._replace(scans=0, scanned=None, scan_place=None, scan_with=None) if found else None
