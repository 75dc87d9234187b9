"""What do the figures say: what lies idle, what is used again, what is asked for and got, what comes back late, what was not bought?

Figures of supply (idle, use, reuse, hours) count for the holder; figures of demand (asked, refusals, late, avoided) for the body that
asks. A group is a body (the accountable one), a level of government, a class, or all. Half-open periods.

- *Idle*: offered in the pool and not out; since it was offered or last came back, whichever is later.
- *Reused*: lent or transferred to another department than the holder's. One reuse counts once: back and out again to the same body
  within the break days of the loan terms is the same one; moves inside a department are paper, not reuse.
- *Utilisation*: days out of days offered. *Late*: back after the due day, or due and not back.

Queries:
    idle, reuse, late, asked, refusals, hours, avoided (connection, reach, by, period, now, ...)  -> {group: row}
    labels(connection, by, groups) -> {group: name}
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

from domain.values import Window
from projections.feed import Connection
from projections.reach import Reach


class By(StrEnum):
    """What figures are grouped by."""

    ALL = "all"
    BODY = "body"
    LEVEL = "level"
    CLASS = "class"


class Idle(NamedTuple):
    """How many assets lie idle, how many pieces that are, and for how many days: the middle one and the longest."""

    assets: int
    pieces: int
    median_days: float
    longest_days: float


class Reuse(NamedTuple):
    """How many assets were offered and how many of them used again, how often; days out, and days offered."""

    offered: int
    reused: int
    reuses: int
    days_used: float
    days_offered: float

    @property
    def rate(self) -> float | None:
        return self.reused / self.offered if self.offered else None

    @property
    def utilisation(self) -> float | None:
        return self.days_used / self.days_offered if self.days_offered else None


class Late(NamedTuple):
    """How many lines of loans fell due, and how many of them came back late or are still out."""

    due: int
    late: int

    @property
    def rate(self) -> float | None:
        return self.late / self.due if self.due else None


class Asked(NamedTuple):
    """How many requests, how many pieces they asked for and got."""

    requests: int
    pieces: int
    got: int

    @property
    def fill_rate(self) -> float | None:
        return self.got / self.pieces if self.pieces else None


class Hours(NamedTuple):
    """The middle hours from the listing to the request, and from the request to the hand-over."""

    listing_to_request: float | None
    request_to_hand_over: float | None


class Refused(NamedTuple):
    """So many requests ended so, for this reason."""

    state: str
    why: str
    requests: int


class Avoided(NamedTuple):
    """What need not be bought, by currency."""

    currency: str
    amount: Decimal
    pieces: int


_GROUP: dict[By, LiteralString] = {
    By.ALL: "''",
    By.BODY: "b.accountable::text",
    By.LEVEL: "b.level",
    By.CLASS: "coalesce(a.class_code, '')",
}
_MINE: LiteralString = "(%(everything)s OR {0} = ANY(%(bodies)s::uuid[]))"
_IDLE: LiteralString = """
SELECT {group}, count(*), sum(left_here), percentile_cont(0.5) WITHIN GROUP (ORDER BY days), max(days) FROM (
    SELECT a.*, b.level, b.accountable, a.quantity - coalesce(u.pieces, 0) AS left_here,
        extract(epoch FROM %(now)s - greatest(o.started, u.back)) / 86400 AS days
    FROM figures.offer o JOIN register.current a ON a.asset = o.asset JOIN organisations.body b ON b.id = a.holder
    LEFT JOIN LATERAL (
        SELECT sum(quantity) FILTER (WHERE ended IS NULL) AS pieces, max(ended) AS back FROM figures.use WHERE asset = o.asset
    ) u ON true
    WHERE o.ended IS NULL AND a.quantity > coalesce(u.pieces, 0) AND {mine}
) AS a CROSS JOIN LATERAL (SELECT a.level, a.accountable) AS b GROUP BY 1
"""
_DEPARTMENT: LiteralString = """
WITH RECURSIVE superior AS (
    SELECT DISTINCT ON (body) body, other FROM organisations.relation WHERE kind = 'supervised_by' ORDER BY body, n DESC
), line AS (
    SELECT id AS body, accountable AS top, 0 AS depth FROM organisations.body
    UNION ALL
    SELECT line.body, superior.other, depth + 1 FROM line JOIN superior ON superior.body = line.top
    WHERE superior.other IS NOT NULL AND depth < 20
), department AS (SELECT DISTINCT ON (body) body, top FROM line ORDER BY body, depth DESC)
"""
_REUSE: LiteralString = (
    _DEPARTMENT
    + """
, reuse AS (
    SELECT asset, kind, started, started - lag(coalesce(ended, 'infinity')) OVER (PARTITION BY asset, borrower ORDER BY started) AS pause
    FROM figures.use u JOIN department l ON l.body = u.lender JOIN department d ON d.body = u.borrower WHERE l.top <> d.top
), counted AS (
    SELECT asset, count(*) AS reuses FROM reuse
    WHERE (pause IS NULL OR pause > %(break)s) AND started >= %(since)s AND started < %(until)s GROUP BY asset
), offered AS (
    SELECT asset, sum(extract(epoch FROM least(coalesce(ended, %(now)s), %(until)s) - greatest(started, %(since)s)) / 86400) AS days
    FROM figures.offer WHERE started < least(%(until)s, %(now)s) AND coalesce(ended, %(now)s) > %(since)s GROUP BY asset
), used AS (
    SELECT u.asset, sum(
        extract(epoch FROM least(coalesce(u.ended, %(now)s), coalesce(o.ended, %(now)s), %(until)s)
            - greatest(u.started, o.started, %(since)s)) / 86400 * u.quantity) AS days
    FROM figures.use u JOIN figures.offer o ON o.asset = u.asset
        AND u.started < coalesce(o.ended, %(now)s) AND coalesce(u.ended, %(now)s) > o.started
    WHERE u.kind = 'loan' AND u.started < least(%(until)s, %(now)s) AND coalesce(u.ended, %(now)s) > %(since)s GROUP BY u.asset
)
SELECT {group}, count(*), count(c.asset), coalesce(sum(c.reuses), 0), coalesce(sum(greatest(u.days, 0)), 0), sum(o.days * a.quantity)
    FROM offered o JOIN register.current a ON a.asset = o.asset JOIN organisations.body b ON b.id = a.holder
    LEFT JOIN counted c ON c.asset = o.asset LEFT JOIN used u ON u.asset = o.asset WHERE {mine} GROUP BY 1
"""
)
_LATE: LiteralString = """
SELECT {group}, count(*), count(*) FILTER (WHERE coalesce(u.ended, %(now)s) > u.due)
    FROM figures.use u JOIN organisations.body b ON b.id = u.borrower LEFT JOIN register.current a ON a.asset = u.asset
    WHERE u.due >= %(since)s AND u.due < least(%(until)s, %(now)s) AND {mine} GROUP BY 1
"""
_ASKS: LiteralString = (
    "(SELECT q.*, coalesce(q.class_code, r.class_code) AS of_class FROM figures.ask q"
    " LEFT JOIN register.current r ON r.asset = q.asset) AS q JOIN organisations.body b ON b.id = q.body"
    " CROSS JOIN LATERAL (SELECT q.of_class AS class_code) AS a"
    " WHERE q.submitted >= %(since)s AND q.submitted < %(until)s AND {mine}"
)
_ASKED: LiteralString = (
    f"SELECT {{group}}, count(DISTINCT q.request), sum(q.asked), sum(q.got) FROM {_ASKS} GROUP BY 1"
)
_REFUSALS: LiteralString = (
    f"SELECT {{group}}, q.state, q.why, count(DISTINCT q.request) FROM {_ASKS}"
    " AND q.state IN ('refused', 'cancelled', 'lapsed', 'displaced') GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3"
)
_HOURS: LiteralString = """
SELECT {group},
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM q.submitted - o.started) / 3600) FILTER (WHERE o.started IS NOT NULL),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM q.handed - q.submitted) / 3600)
    FROM figures.ask q JOIN register.current a ON a.asset = q.asset JOIN organisations.body b ON b.id = q.holder
    LEFT JOIN LATERAL (
        SELECT started FROM figures.offer WHERE asset = q.asset AND started <= q.submitted ORDER BY started DESC LIMIT 1
    ) o ON true
    WHERE q.handed >= %(since)s AND q.handed < %(until)s AND {mine} GROUP BY 1
"""
_AVOIDED: LiteralString = """
SELECT {group}, a.currency, sum(a.amount), sum(a.quantity) FROM figures.saved a JOIN organisations.body b ON b.id = a.body
    WHERE a.at >= %(since)s AND a.at < %(until)s AND {mine} GROUP BY 1, 2 ORDER BY 1, 2
"""
_LABELS: LiteralString = "SELECT id::text, name FROM organisations.body WHERE id = ANY(%s::uuid[])"


def idle(connection: Connection, reach: Reach, by: By, now: datetime) -> dict[str, Idle]:
    """What lies idle at this moment."""
    given = {**_reached(reach), "now": now}
    return {
        row[0]: Idle(*map(_plain, row[1:])) for row in connection.execute(_made(_IDLE, by, "a.holder"), given)
    }


def reuse(
    connection: Connection, reach: Reach, by: By, period: Window, now: datetime, same_again: timedelta
) -> dict[str, Reuse]:
    """What was offered in the period, and what of it was used. `same_again`: a break that does not make a reuse another one."""
    given = {**_asked(reach, period, now), "break": same_again}
    return {
        row[0]: Reuse(*map(_plain, row[1:]))
        for row in connection.execute(_made(_REUSE, by, "a.holder"), given)
    }


def late(connection: Connection, reach: Reach, by: By, period: Window, now: datetime) -> dict[str, Late]:
    """Of what fell due in the period, what was late, by who borrowed it."""
    rows = connection.execute(_made(_LATE, by, "u.borrower", "u.lender"), _asked(reach, period, now))
    return {row[0]: Late(row[1], row[2]) for row in rows}


def asked(connection: Connection, reach: Reach, by: By, period: Window, now: datetime) -> dict[str, Asked]:
    """What was asked for in the period, and what of it was got by now."""
    rows = connection.execute(_made(_ASKED, by, "q.body", "q.holder"), _asked(reach, period, now))
    return {row[0]: Asked(*map(int, row[1:])) for row in rows}


def refusals(
    connection: Connection, reach: Reach, by: By, period: Window, now: datetime
) -> dict[str, list[Refused]]:
    """Why what was asked for in the period was not got, the commonest reason first."""
    return _many(
        connection.execute(_made(_REFUSALS, by, "q.body", "q.holder"), _asked(reach, period, now)), Refused
    )


def hours(connection: Connection, reach: Reach, by: By, period: Window, now: datetime) -> dict[str, Hours]:
    """How long it took, of what was handed over in the period."""
    rows = connection.execute(_made(_HOURS, by, "q.holder", "q.body"), _asked(reach, period, now))
    return {row[0]: Hours(*map(_plain, row[1:])) for row in rows}


def avoided(
    connection: Connection, reach: Reach, by: By, period: Window, now: datetime
) -> dict[str, list[Avoided]]:
    """What hand-overs of the period made needless to buy."""
    return _many(connection.execute(_made(_AVOIDED, by, "a.body"), _asked(reach, period, now)), Avoided)


def labels(connection: Connection, by: By, groups: Iterable[str]) -> Mapping[str, str]:
    """What the groups are called: of bodies their names; levels and classes speak for themselves."""
    if by is not By.BODY:
        return {}
    return dict(connection.execute(_LABELS, (list(groups),)).fetchall())


def _made(statement: LiteralString, by: By, *mine: LiteralString) -> LiteralString:
    allowed = " OR ".join(_MINE.replace("{0}", one) for one in mine)
    return statement.replace("{group}", _GROUP[by]).replace("{mine}", f"({allowed})")


def _reached(reach: Reach) -> dict[str, Any]:
    return {**reach.values(), "everything": reach.everything}


def _asked(reach: Reach, period: Window, now: datetime) -> dict[str, Any]:
    return {**_reached(reach), "since": period.start, "until": period.end, "now": now}


def _many(rows: Iterable[tuple[Any, ...]], kind: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for group, *values in rows:
        found[group].append(kind(*values))
    return found


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
