"""What is free, when and where? Rows come from here, the answer from `domain.availability.free`, the one function everybody asks.

Queries (an open connection, a `Reach`; `now` is always given):
    claims(connection, reach, assets)                                        what is promised or out
    free(connection, reach, assets, window, now) -> {asset: how many}        signed, as the domain says it
    offers(connection, now, after=, first=)                                  the pool's listings, open to everybody
    overdue(connection, reach, now, after=, first=, due_before=)             loans past their day, longest first
    count_overdue(connection, reach, now, most=)                             how many these are; counting stops at `most`
    claims_of(connection, assets, window, now) -> {asset: claims}            of these, whoever has it
    free_then(item, window, now)                                             of a register's row, also one of the past
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.availability import Claim, claim_of_loan, claim_of_promise
from domain.availability import free as free_of
from domain.values import Window
from projections.feed import Connection
from projections.reach import MAY_READ, Reach
from projections.register import Item


class ClaimRow(NamedTuple):
    """So many of an asset are promised to or out at a body, on a paper. `kind`: hold, reservation, loan or preparation; `until`: the
    window's end or the due day; `ready`: when they are free again; `lapses`: a promise nobody came for by then claims nothing.
    """

    asset: UUID
    paper: UUID
    kind: str
    body: UUID
    quantity: int
    start: datetime
    until: datetime | None
    ready: datetime | None = None
    lapses: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        return self.kind == "loan" and self.until is not None and self.until <= now

    def claim(self, now: datetime) -> Claim | None:
        """As the domain counts it at this moment."""
        if self.kind == "loan":
            return claim_of_loan(self.quantity, self.start, self.until, now, self.ready)
        if self.until is None:
            return Claim(self.quantity, self.start)
        return claim_of_promise(self.quantity, Window(self.start, self.until), now, self.lapses, self.ready)


class StockRow(NamedTuple):
    """What of an asset could be lent now, and where it is kept."""

    asset: UUID
    number: str
    name: str
    kind: str
    unit: str
    class_scheme: str | None
    class_edition: str | None
    class_code: str | None
    usable: int
    quantity: int
    condition: str
    holder: UUID
    custody_body: UUID
    place: UUID | None
    listing: UUID | None
    listed_loan: bool
    listed_transfer: bool
    listed_until: datetime | None


class Overdue(NamedTuple):
    """A loan past its day. The key for the next page is (until, asset, paper)."""

    asset: UUID
    number: str
    name: str
    paper: UUID
    body: UUID
    quantity: int
    start: datetime
    until: datetime
    holder: UUID


CLAIM_COLUMNS: LiteralString = (
    "c.asset, c.paper, c.kind, c.body, c.quantity, c.start, c.until, c.ready, c.lapses"
)
_CLAIMS: LiteralString = (
    f"SELECT {CLAIM_COLUMNS} FROM availability.claim c JOIN availability.stock a ON a.asset = c.asset WHERE c.asset = ANY(%(assets)s)"
    " AND (%(everything)s OR a.holder = ANY(%(bodies)s::uuid[]) OR a.custody_body = ANY(%(bodies)s::uuid[])"
    " OR c.body = ANY(%(bodies)s::uuid[])) ORDER BY c.asset, c.start, c.paper"
)
_IN_WINDOW: LiteralString = (
    f"SELECT {CLAIM_COLUMNS} FROM availability.claim c WHERE c.asset = ANY(%(assets)s) AND c.start < %(end)s"
    " AND (c.ready IS NULL OR c.ready > %(start)s OR (c.kind = 'loan' AND c.until <= %(now)s))"
)
_USABLE: LiteralString = (
    f"SELECT a.asset, a.usable FROM availability.stock a WHERE a.asset = ANY(%(assets)s)"
    f" AND (%(everything)s OR {MAY_READ})"
)
_STOCK: LiteralString = ", ".join(StockRow._fields)
_OFFERS: LiteralString = (
    f"SELECT {_STOCK} FROM availability.stock WHERE listing IS NOT NULL AND (listed_until IS NULL OR listed_until > %(now)s)"
    " AND (number, asset) > (%(number)s, %(asset)s) ORDER BY number, asset LIMIT %(first)s"
)
_IS_OVERDUE: LiteralString = (
    " FROM availability.claim c JOIN availability.stock a ON a.asset = c.asset"
    " WHERE c.kind = 'loan' AND c.until <= %(now)s"
    " AND (%(everything)s OR a.holder = ANY(%(bodies)s::uuid[]) OR a.custody_body = ANY(%(bodies)s::uuid[])"
    " OR c.body = ANY(%(bodies)s::uuid[]))"
)
_OVERDUE: LiteralString = (
    f"SELECT a.asset, a.number, a.name, c.paper, c.body, c.quantity, c.start, c.until, a.holder{_IS_OVERDUE}"
    " AND (c.until, c.asset, c.paper) > (%(until)s::timestamptz, %(asset)s, %(paper)s)"
    " ORDER BY c.until, c.asset, c.paper LIMIT %(first)s"
)
_COUNT_OVERDUE: LiteralString = f"SELECT count(*) FROM (SELECT{_IS_OVERDUE} LIMIT %(most)s) AS found"
_LOWEST = UUID(int=0)


def claims(connection: Connection, reach: Reach, assets: Sequence[UUID]) -> list[ClaimRow]:
    """Promises and loans of these assets, for those who read the asset's holder or keeper, or the claiming body."""
    given = {**reach.values(), "everything": reach.everything, "assets": list(assets)}
    return [ClaimRow(*row) for row in connection.execute(_CLAIMS, given)]


def free(
    connection: Connection, reach: Reach, assets: Sequence[UUID], window: Window, now: datetime
) -> dict[UUID, int]:
    """How many of each are free in the window. Assets that may not be read are left out."""
    given = {**reach.values(), "everything": reach.everything, "now": now, "assets": list(assets)}
    usable = dict(connection.execute(_USABLE, given).fetchall())
    claimed = claims_of(connection, usable, window, now)
    return {asset: free_of(count, claimed.get(asset, ()), window) for asset, count in usable.items()}


def offers(
    connection: Connection, now: datetime, *, after: tuple[str, UUID] | None = None, first: int = 100
) -> list[StockRow]:
    """The listings that are live, by number: everybody sees these."""
    number, asset = after or ("", _LOWEST)
    given = {"now": now, "number": number, "asset": asset, "first": first}
    return [StockRow(*row) for row in connection.execute(_OFFERS, given)]


def overdue(
    connection: Connection,
    reach: Reach,
    now: datetime,
    *,
    after: tuple[datetime, UUID, UUID] | None = None,
    first: int = 100,
) -> list[Overdue]:
    """Loans past their day, the longest overdue first, for those who read the holder, the keeper or the borrower."""
    until, asset, paper = after or ("-infinity", _LOWEST, _LOWEST)
    given = {
        **reach.values(), "everything": reach.everything, "now": now, "until": until, "asset": asset, "paper": paper, "first": first,
    }  # fmt: skip
    return [Overdue(*row) for row in connection.execute(_OVERDUE, given)]


def count_overdue(connection: Connection, reach: Reach, now: datetime, *, most: int = 10_000) -> int:
    """How many loans are overdue; counting stops at `most`."""
    given = {**reach.values(), "everything": reach.everything, "now": now, "most": most}
    row = connection.execute(_COUNT_OVERDUE, given).fetchone()
    return int(row[0]) if row else 0


def free_then(item: Item, window: Window, now: datetime) -> int:
    """How many were free in the window by a row of the register: of today, or of a past `asOf`."""
    rows = (
        ClaimRow(
            item.asset, UUID(one["paper"]), one["kind"], UUID(one["body"]), one["quantity"], datetime.fromisoformat(one["start"]),
            *(datetime.fromisoformat(one[end]) if one.get(end) else None for end in ("end", "ready", "lapses")),
        )
        for one in item.claims or ()
    )  # fmt: skip
    return free_of(item.usable, filter(None, (row.claim(now) for row in rows)), window)


def claims_of(
    connection: Connection, assets: Iterable[UUID], window: Window, now: datetime
) -> dict[UUID, list[Claim]]:
    """What is promised or out of these assets in a window, whoever has it."""
    found: dict[UUID, list[Claim]] = defaultdict(list)
    wanted = list(assets)
    if wanted:
        given = {"assets": wanted, "start": window.start, "end": window.end, "now": now}
        for row in connection.execute(_IN_WINDOW, given):
            claim = ClaimRow(*row).claim(now)
            if claim is not None:
                found[row[0]].append(claim)
    return found
