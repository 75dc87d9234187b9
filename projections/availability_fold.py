"""How availability follows the log: the usable stock of every living asset, and its claims, as the domain's fold has them."""

from datetime import datetime

from domain.asset import Asset
from projections.cards import Claimed, claims_of
from projections.changes import Changes, Connection, Table
from projections.feed import Batch
from projections.lines import NULL, moment, text, uid, yes
from projections.lives import Lives
from projections.projection import Projection, replace

STOCK = Table(
    "stock",
    (("asset", "uuid"),),
    (
        "number", "name", "kind", "unit", "class_scheme", "class_edition", "class_code", "usable", "quantity", "condition",
        "holder", "custody_body", "place", "listing", "listed_loan", "listed_transfer", "listed_until",
    ),
)  # fmt: skip
CLAIM = Table(
    "claim",
    (("asset", "uuid"), ("paper", "uuid"), ("kind", "text")),
    ("body", "quantity", "start", "until", "ready", "lapses", "class_code"),
)


class Availability(Projection):
    """The projection `availability`."""

    name = "availability"
    version = 3
    kinds = (Asset.KIND,)
    tables = (STOCK, CLAIM)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        touched = lives.of(connection, batch)
        stock = [_stock(life.asset) for life in touched.values() if life.asset.alive]
        claims = [line for life in touched.values() if _claimed(life.asset) for line in _claims(life.asset)]
        begun = batch.begun(Asset.KIND)
        replace(connection, changes, STOCK, begun, stock)
        replace(connection, changes, CLAIM, begun, claims)
        return changes


def _stock(asset: Asset) -> str:
    code, listing = asset.class_code, asset.listing
    a_class = f"{text(code.scheme)}\t{text(code.edition)}\t{text(code.code)}" if code else f"{NULL}\t{NULL}\t{NULL}"
    listed = (
        f"{uid(listing.id)}\t{yes(listing.loan)}\t{yes(listing.transfer)}\t{moment(listing.until)}"
        if listing
        else f"{NULL}\tf\tf\t{NULL}"
    )
    return (
        f"{uid(asset.id)}\t{text(asset.number)}\t{text(asset.name)}\t{asset.kind}\t{text(asset.unit)}\t{a_class}"
        f"\t{asset.usable}\t{asset.quantity}\t{asset.condition}\t{uid(asset.holder)}\t{uid(asset.custody.body)}"
        f"\t{uid(asset.place)}\t{listed}"
    )


def _free_again(one: Claimed) -> datetime | None:
    """Never before it begins: the index keeps claims as ranges, and a range has its ends in order."""
    end: datetime | None = one.ready or one.end
    return None if end is None else max(one.start, end)


def _claimed(asset: Asset) -> bool:
    """Most assets are not: for those nothing is put together."""
    return bool(asset.promises or asset.outs or asset.preparing)


def _claims(asset: Asset) -> list[str]:
    key, code = uid(asset.id), text(asset.class_code.code) if asset.class_code else NULL
    return [
        f"{key}\t{uid(one.paper)}\t{one.kind}\t{uid(one.body)}\t{one.quantity}\t{moment(one.start)}\t{moment(one.end)}"
        f"\t{moment(_free_again(one))}\t{moment(one.lapses)}\t{code}"
        for one in claims_of(asset)
    ]
