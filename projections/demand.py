"""The demand list: who waits for what, in which place of the queue, and who could be served now.

Queries (an open connection):
    waiting_for(connection, code, now)                    ids of the demands for a class, or for a part of it or a wider one, in order
    open_demands(connection, reach, now, code=, asset=, body=, after=, first=)   the queue as everybody sees it, with places
    count_open(connection, now, code=, asset=, body=, most=)                     how many these are; counting stops at `most`
    serveable(connection, now, first=)                    demands that something free may fit, in order: for whoever matches

Everybody reads the queue: class, quantity, time, place and the published reasons. Who it is that waits is told within the reading
rights only.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import LiteralString, NamedTuple
from uuid import UUID, uuid5

from domain.availability import Match, Wanted, free
from domain.values import SPACE, ClassCode, Window
from projections.availability import claims_of
from projections.feed import Connection
from projections.matches import found
from projections.reach import Reach

MOST_LOOKED_AT = 500
"""So many demands at the head of the queue are looked at by one call of `serveable`."""
FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)
QUEUE: LiteralString = (
    "d.state = 'waiting' AND d.wanted_until > %(now)s AND (d.until IS NULL OR d.until > %(now)s)"
)
_OVERLAPS: LiteralString = (
    "d.class_scheme = %(scheme)s AND d.class_edition = %(edition)s AND (d.class_code LIKE %(like)s"
    " OR d.class_code = ANY(%(wider)s::text[]))"
)
_WAITING: LiteralString = f"SELECT d.id FROM papers.demand d WHERE {QUEUE} AND {_OVERLAPS} ORDER BY d.later, d.since, d.id LIMIT 1000"


class DemandRow(NamedTuple):
    """A demand in the queue. `place`: from 1, among those that wait for the same class or thing; watches have none.

    `body` is told only to who may read it.
    """

    id: UUID
    body: UUID | None
    kind: str
    form: str
    class_scheme: str | None
    class_edition: str | None
    class_code: str | None
    asset: UUID | None
    quantity: int
    start: datetime | None
    until: datetime | None
    wanted_until: datetime
    displaced: bool
    since: datetime
    moved: str
    place: int | None


class Serveable(NamedTuple):
    """A demand that something free may fit. `command`: what matching it now is called."""

    demand: UUID
    command: UUID


_AHEAD: LiteralString = (
    f"SELECT count(*) + 1 FROM papers.demand o WHERE {QUEUE.replace('d.', 'o.')} AND o.kind <> 'watch'"
    " AND (o.later, o.since, o.id) < (d.later, d.since, d.id) AND"
    " CASE WHEN d.asset IS NULL THEN o.asset IS NULL AND o.class_scheme = d.class_scheme AND o.class_edition = d.class_edition"
    " AND o.class_code = d.class_code ELSE o.asset = d.asset END"
)
_OPEN: LiteralString = (
    f" FROM papers.demand d WHERE {QUEUE}"
    " AND (%(code)s::text IS NULL OR d.class_code LIKE %(code)s) AND (%(asset)s::uuid IS NULL OR d.asset = %(asset)s)"
    " AND (%(body)s::uuid IS NULL OR (d.body = %(body)s AND (%(everything)s OR d.body = ANY(%(bodies)s::uuid[]))))"
)
_PAGE: LiteralString = (
    "SELECT d.id, CASE WHEN %(everything)s OR d.body = ANY(%(bodies)s::uuid[]) THEN d.body END, d.kind, d.form,"
    " d.class_scheme, d.class_edition, d.class_code, d.asset, d.quantity, d.start, d.until, d.wanted_until, NOT d.later, d.since,"
    f" d.moved, CASE WHEN d.kind <> 'watch' THEN ({_AHEAD}) END{_OPEN}"
    " AND (d.later, d.since, d.id) > (%(later)s, %(since)s::timestamptz, %(id)s) ORDER BY d.later, d.since, d.id LIMIT %(first)s"
)
_COUNT: LiteralString = f"SELECT count(*) FROM (SELECT{_OPEN} LIMIT %(most)s) AS found"
_HEAD: LiteralString = (
    "SELECT d.id, d.kind, d.quantity, d.class_scheme, d.class_edition, d.class_code, d.asset, d.start, d.until, d.alerted, d.later,"
    " d.since"
    f" FROM papers.demand d WHERE {QUEUE} ORDER BY d.later, d.since, d.id LIMIT %(first)s"
)
_FREE_THING: LiteralString = (
    "SELECT usable FROM availability.stock WHERE asset = %s AND usable > 0 AND listing IS NOT NULL"
)
_LOWEST = UUID(int=0)


def waiting_for(connection: Connection, code: ClassCode, now: datetime) -> list[UUID]:
    """In the order of the queue. A demand for a wider class or for a part of this one may want the same goods."""
    wider = [code.code[:n] for n in range(1, len(code.code))]
    given = {
        "scheme": code.scheme,
        "edition": code.edition,
        "like": _like(code.code),
        "wider": wider,
        "now": now,
    }
    return [row[0] for row in connection.execute(_WAITING, given)]


def open_demands(
    connection: Connection, reach: Reach, now: datetime, *, code: str | None = None, asset: UUID | None = None,
    body: UUID | None = None, after: tuple[bool, datetime, UUID] | None = None, first: int = 100,
) -> list[DemandRow]:  # fmt: skip
    """The queue in its order, beyond a key. `code`: a class, or the beginning of one."""
    later, since, id = after or (False, "-infinity", _LOWEST)
    given = {
        **_asked(reach, now, code, asset, body),
        "later": later,
        "since": since,
        "id": id,
        "first": first,
    }
    return [DemandRow(*row) for row in connection.execute(_PAGE, given)]


def count_open(
    connection: Connection, reach: Reach, now: datetime, *, code: str | None = None, asset: UUID | None = None,
    body: UUID | None = None, most: int = 10_000,
) -> int:  # fmt: skip
    row = connection.execute(_COUNT, {**_asked(reach, now, code, asset, body), "most": most}).fetchone()
    return int(row[0]) if row else 0


def serveable(connection: Connection, now: datetime, *, first: int = MOST_LOOKED_AT) -> list[Serveable]:
    """Whether it really fits, `match_demand` decides: rounds, limits and the places in the queue are the domain's to judge."""
    answers: dict[tuple[object, ...], Sequence[Match]] = {}
    return list(_serveable(connection, now, first, answers))


def _serveable(
    connection: Connection, now: datetime, first: int, answers: dict[tuple[object, ...], Sequence[Match]]
) -> Iterator[Serveable]:
    ahead: list[tuple[str, UUID]] = []
    for row in connection.execute(_HEAD, {"now": now, "first": first}).fetchall():
        id, kind, quantity, scheme, edition, code, asset, start, until, alerted, later, since = row
        if kind == "watch" and alerted is not None and alerted + timedelta(days=1) > now:
            continue
        window = Window(max(start or now, now), until or FOR_GOOD)
        least = 1 if kind == "watch" else quantity
        if asset is not None:
            there = _free_of(connection, asset, window, now)
            marks = [str(there)] if there >= least else []
        else:
            key = (scheme, edition, code, start, until)
            if key not in answers:
                wanted = Wanted(
                    class_code=code, scheme=scheme, edition=edition, quantity=quantity, window=window
                )
                answers[key] = found(connection, wanted, timedelta(), now)
            marks = [
                f"{warehouse}:{holder}:{there}"
                for (warehouse, holder), there in sorted(_by_point(answers[key]).items(), key=str)
                if there >= least
            ]
        if marks:
            yield Serveable(id, _command(id, now, [f"{later} {since}", *marks], _before(ahead, code)))
        if kind != "watch":
            ahead.append((code or "", id))


def _command(id: UUID, now: datetime, marks: Sequence[str], before: Sequence[str]) -> UUID:
    """The same stock, in the same place behind the same others, is tried once a day: what changes one of them makes it another try."""
    state = sha256("/".join([*marks, "after", *before]).encode()).hexdigest()[:16]
    return uuid5(SPACE, f"match:{id}:{now.date().isoformat()}:{state}")


def _before(ahead: Sequence[tuple[str, UUID]], code: str | None) -> list[str]:
    """Who comes earlier and may want the same."""
    own = code or ""
    return [str(id) for theirs, id in ahead if theirs.startswith(own) or own.startswith(theirs)]


def _free_of(connection: Connection, asset: UUID, window: Window, now: datetime) -> int:
    """How many of one thing are free; none while it is not on offer."""
    row = connection.execute(_FREE_THING, (asset,)).fetchone()
    return free(int(row[0]), claims_of(connection, [asset], window, now).get(asset, ()), window) if row else 0


def _by_point(found: Sequence[Match]) -> dict[tuple[UUID | None, UUID], int]:
    """How many each lending point has free: a warehouse, or a holder's own site, holder by holder."""
    points: dict[tuple[UUID | None, UUID], int] = defaultdict(int)
    for one in found:
        points[one.warehouse, one.holder] += one.free
    return points


def _asked(
    reach: Reach, now: datetime, code: str | None, asset: UUID | None, body: UUID | None
) -> dict[str, object]:
    return {
        **reach.values(), "everything": reach.everything, "now": now, "code": None if code is None else _like(code), "asset": asset,
        "body": body,
    }  # fmt: skip


def _like(code: str) -> str:
    """Whatever begins with a code, as LIKE reads it."""
    return code.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
