"""How availability follows the log: the usable stock of every living asset, and its claims, as the domain's fold has them.

How much of a class there is at a place follows from the stock (`total`): a batch moves the totals that its things leave or join, a
rebuild counts them. So totals are not part of the digest; `verify` counts them again.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import LiteralString

from domain.asset import Asset
from projections.cards import Claimed, card_of, claims_of
from projections.changes import Changes, Connection, Table, copy
from projections.feed import Batch
from projections.lines import NULL, moment, text, uid, yes
from projections.lives import Lives
from projections.projection import Projection, replace

STOCK = Table(
    "stock",
    (("asset", "uuid"),),
    (
        "number", "name", "kind", "unit", "class_scheme", "class_edition", "class_code", "quantity", "condition",
        "holder", "custody_body", "place", "listing", "listed_loan", "listed_transfer", "listed_until", "usable", "total",
    ),
)  # fmt: skip
CLAIM = Table(
    "claim",
    (("asset", "uuid"), ("paper", "uuid"), ("kind", "text")),
    ("body", "quantity", "start", "until", "ready", "lapses", "class_code", "total"),
)
_ALIKE: LiteralString = (
    "class_scheme, class_edition, class_code, place, holder, custody_body, listing IS NOT NULL, listed_until"
)
TOTAL: tuple[LiteralString, ...] = (
    "id", "class_scheme", "class_edition", "class_code", "place", "holder", "custody_body", "listed", "listed_until", "assets", "usable",
)  # fmt: skip
_COUNTED: LiteralString = f"SELECT total, {_ALIKE}, count(*)::int, sum(usable) FROM stock WHERE total IS NOT NULL GROUP BY total, {_ALIKE}"
_MOVE: LiteralString = """
WITH move AS (SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[]) AS m (id, assets, usable)),
    gone AS (DELETE FROM total t USING move m WHERE t.id = m.id AND t.assets + m.assets = 0)
UPDATE total t SET assets = t.assets + m.assets, usable = t.usable + m.usable
    FROM move m WHERE t.id = m.id AND t.assets + m.assets <> 0 RETURNING t.id
"""
_MOST = 10_000
_IDS: dict[str, str] = {}
"""Many things are alike: what they are counted by is hashed once."""


class AvailabilityChanges(Changes):
    """Also how much the totals change: {id: things, how many of them}, and the words of those that things join."""

    def __init__(self) -> None:
        super().__init__()
        self.moves: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.words: dict[str, str] = {}

    def count(self, line: str, by: int) -> None:
        """A line of the stock is there (1), or no longer (-1)."""
        _, usable, total = line.rsplit("\t", 2)
        if total != NULL:
            move = self.moves[total]
            move[0] += by
            move[1] += by * int(usable)

    def write(self, connection: Connection) -> None:
        super().write(connection)
        moves = [(id, assets, usable) for id, (assets, usable) in self.moves.items() if assets or usable]
        if not moves:
            return
        ids, assets, usable = (f"{{{','.join(map(str, column))}}}" for column in zip(*moves, strict=True))
        there = {str(id) for (id,) in connection.execute(_MOVE, (ids, assets, usable))}
        begin = [
            f"{id}\t{self.words[id]}\t{assets}\t{usable}"
            for id, assets, usable in moves
            if assets > 0 and id not in there
        ]
        copy(connection, "total", TOTAL, begin)


class Availability(Projection):
    """The projection `availability`."""

    name = "availability"
    version = 4
    kinds = (Asset.KIND,)
    tables = (STOCK, CLAIM)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = AvailabilityChanges()
        stock: list[str] = []
        claims: list[str] = []
        for life in lives.of(connection, batch).values():
            asset = life.asset
            usable, claimed = asset.usable, bool(asset.promises or asset.outs or asset.preparing)
            a_class, total = _class(asset), NULL
            if asset.class_code is not None and (usable or claimed):
                alike = _alike(asset, a_class)
                total = _id(alike)
                changes.words[total] = alike
            if asset.alive:
                stock.append(_stock(asset, a_class, usable, total if usable else NULL))
            if claimed:  # most assets are not: for those nothing is put together
                claims += _claims(asset, total)
        begun = batch.begun(Asset.KIND)
        gone = replace(connection, changes, STOCK, begun, stock, one_each=True)
        replace(connection, changes, CLAIM, begun, claims)
        if not batch.fresh:  # a rebuild counts when all is there
            _count(changes, gone, stock)
        return changes

    def load(self, connection: Connection) -> None:
        connection.execute(f"INSERT INTO total ({', '.join(TOTAL)}) {_COUNTED}")

    def contradictions(self, connection: Connection) -> list[str]:
        kept = f"SELECT {', '.join(TOTAL)} FROM total"
        rows = connection.execute(
            f"({kept} EXCEPT ALL {_COUNTED}) UNION ALL ({_COUNTED} EXCEPT ALL {kept}) LIMIT 5"
        ).fetchall()
        return [f"availability.total differs at {row[3]}, holder {row[5]}" for row in rows]


def _count(changes: AvailabilityChanges, before: Iterable[str], now: Iterable[str]) -> None:
    for line in before:
        changes.count(line, -1)
    for line in now:
        changes.count(line, 1)


def _class(asset: Asset) -> str:
    code = asset.class_code
    return (
        f"{text(code.scheme)}\t{text(code.edition)}\t{text(code.code)}" if code else f"{NULL}\t{NULL}\t{NULL}"
    )


def _alike(asset: Asset, a_class: str) -> str:
    """What things of one total have in common."""
    listing = asset.listing
    offer = f"t\t{moment(listing.until)}" if listing else f"f\t{NULL}"
    return f"{a_class}\t{uid(asset.place)}\t{uid(asset.holder)}\t{uid(asset.custody.body)}\t{offer}"


def _id(alike: str) -> str:
    id = _IDS.get(alike)
    if id is None:
        if len(_IDS) > _MOST:
            _IDS.clear()
        id = _IDS[alike] = str(card_of(alike))
    return id


def _stock(asset: Asset, a_class: str, usable: int, total: str) -> str:
    listing = asset.listing
    listed = (
        f"{uid(listing.id)}\t{yes(listing.loan)}\t{yes(listing.transfer)}\t{moment(listing.until)}"
        if listing
        else f"{NULL}\tf\tf\t{NULL}"
    )
    return (
        f"{uid(asset.id)}\t{text(asset.number)}\t{text(asset.name)}\t{asset.kind}\t{text(asset.unit)}\t{a_class}"
        f"\t{asset.quantity}\t{asset.condition}\t{uid(asset.holder)}\t{uid(asset.custody.body)}"
        f"\t{uid(asset.place)}\t{listed}\t{usable}\t{total}"
    )


def _free_again(one: Claimed) -> datetime | None:
    """Never before it begins: the index keeps claims as ranges, and a range has its ends in order."""
    end: datetime | None = one.ready or one.end
    return None if end is None else max(one.start, end)


def _claims(asset: Asset, total: str) -> list[str]:
    key, code = uid(asset.id), text(asset.class_code.code) if asset.class_code else NULL
    return [
        f"{key}\t{uid(one.paper)}\t{one.kind}\t{uid(one.body)}\t{one.quantity}\t{moment(one.start)}\t{moment(one.end)}"
        f"\t{moment(_free_again(one))}\t{moment(one.lapses)}\t{code}\t{total}"
        for one in claims_of(asset)
    ]
