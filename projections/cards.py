"""What a register shows of an asset, as lines: the card (what it is; changes seldom) and the state (whose, where, how; changes often)."""

from datetime import datetime
from hashlib import blake2b
from json.encoder import encode_basestring
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from domain.asset import Asset
from domain.life.registering import Registered, TakenOver
from projections.lines import NULL, amount, moment, text, uid, words, yes

CARD_COLUMNS: tuple[LiteralString, ...] = (
    "name", "model", "serial", "kind", "unit", "class_scheme", "class_edition", "class_code", "class_unverified",
    "original", "accumulated", "net", "currency", "value_type", "funding", "not_fixed_asset",
    "acquired", "place_said", "use_said", "remark", "missing", "source_file", "source_row", "giver",
)  # fmt: skip
STATE_COLUMNS: tuple[LiteralString, ...] = (
    "version", "number", "existence", "quantity", "holder", "custody_kind", "custody_body", "custody_person", "custody_paper",
    "place", "condition", "title", "flags", "listing", "listed_loan", "listed_transfer", "listed_until",
    "listed_in_place", "listed_since", "confirm_by",
    "usable", "reserved", "lent", "lent_since", "due", "in_inspection", "repair", "transfer", "disposal",
    "cases", "merged_into", "late", "claims",
)  # fmt: skip


_NO_CLASS = f"{NULL}\t{NULL}\t{NULL}\tf"
_NO_VALUE = f"{NULL}\t{NULL}\t{NULL}\t{NULL}\t{NULL}\t{NULL}"
_NOT_OUT = f"0\t{NULL}\t{NULL}"
_IN_NOTHING = f"f\t{NULL}\t{NULL}\t{NULL}\t{{}}\t{NULL}"
_NOT_LISTED = f"{NULL}\tf\tf\t{NULL}\tf\t{NULL}\t{NULL}"


class Origin(NamedTuple):
    """What the paper or the file it came from said, besides the card."""

    acquired: str = ""
    place_said: str = ""
    use_said: str = ""
    remark: str = ""
    missing: tuple[str, ...] = ()
    source_file: str | None = None
    source_row: int | None = None
    giver: UUID | None = None

    @classmethod
    def of(cls, fact: TakenOver | Registered) -> "Origin":
        if isinstance(fact, Registered):
            return cls(acquired=fact.acquired.date().isoformat() if fact.acquired else "")
        return cls(
            fact.acquired_said, fact.place_said, fact.use_said, fact.remark, fact.missing,
            fact.source.file, fact.source.row, fact.giver,
        )  # fmt: skip


def card_fields(asset: Asset, origin: Origin) -> tuple[object, ...]:
    """What the card depends on: as long as these are the same, so is the card."""
    return (
        asset.name, asset.model, asset.serial, asset.kind, asset.unit, asset.class_code, asset.book, asset.not_fixed_asset, origin,
    )  # fmt: skip


def card_line(fields: tuple[Any, ...]) -> str:
    name, model, serial, kind, unit, code, book, not_fixed_asset, origin = fields
    a_class = (
        f"{text(code.scheme)}\t{text(code.edition)}\t{text(code.code)}\t{yes(code.unverified)}"
        if code
        else _NO_CLASS
    )
    if book:
        parts = ", ".join([
            f'{{"source": {encode_basestring(part.source)}, "amount": "{amount(part.value.amount)}"}}' for part in book.funding
        ])  # fmt: skip
        value = (
            f"{amount(book.original.amount)}\t{amount(book.accumulated.amount if book.accumulated else None)}"
            f"\t{amount(book.net.amount)}\t{book.original.currency}\t{book.kind.value}"
            f"\t{text(f'[{parts}]') if parts else NULL}"
        )
    else:
        value = _NO_VALUE
    return (
        f"{text(name)}\t{text(model)}\t{text(serial)}\t{kind.value}\t{text(unit)}\t{a_class}\t{value}\t{yes(not_fixed_asset)}"
        f"\t{text(origin.acquired)}\t{text(origin.place_said)}\t{text(origin.use_said)}\t{text(origin.remark)}"
        f"\t{words(origin.missing)}\t{NULL if origin.source_file is None else text(origin.source_file)}"
        f"\t{NULL if origin.source_row is None else origin.source_row}\t{uid(origin.giver)}"
    )


def card_of(line: str) -> int:
    """The key of a card: made from its words, so the same words have the same key in every rebuild."""
    return int.from_bytes(blake2b(line.encode(), digest_size=8).digest(), "big", signed=True)


def state_line(asset: Asset, version: int, card: int, *, late: bool) -> str:
    where, listing, outs = asset.where, asset.listing, asset.outs
    reserved = sum(promise.quantity for promise in asset.promises.values()) if asset.promises else 0
    if outs:
        since = min([out.since for out in outs.values()])
        due = min([out.due for out in outs.values() if out.due], default=None)
        lent = f"{sum([out.quantity for out in outs.values()])}\t{moment(since)}\t{moment(due)}"
    else:
        lent = _NOT_OUT
    if (
        asset.inspection_due
        or asset.repair
        or asset.transfer
        or asset.disposal
        or asset.cases
        or asset.merged_into
    ):
        within = (
            f"{yes(asset.inspection_due)}\t{uid(asset.repair)}\t{uid(asset.transfer)}\t{uid(asset.disposal)}"
            f"\t{words(sorted(asset.cases))}\t{uid(asset.merged_into)}"
        )
    else:
        within = _IN_NOTHING
    listed = (
        f"{uid(listing.id)}\t{yes(listing.loan)}\t{yes(listing.transfer)}\t{moment(listing.until)}"
        f"\t{yes(listing.in_place)}\t{moment(listing.since)}\t{moment(listing.confirm_by)}"
        if listing
        else _NOT_LISTED
    )
    return (
        f"{version}\t{text(asset.number)}\t{asset.existence}\t{asset.quantity}\t{uid(asset.holder)}\t{where.kind}"
        f"\t{uid(where.body)}\t{uid(where.person)}\t{uid(where.paper)}\t{uid(asset.place)}\t{asset.condition}"
        f"\t{asset.title}\t{words(sorted(asset.flags)) if asset.flags else '{}'}\t{listed}\t{asset.usable}\t{reserved}\t{lent}"
        f"\t{within}\t{yes(late)}\t{claims_json(asset)}\t{card}"
    )


def claims_json(asset: Asset) -> str:
    """What is promised or out, for questions about the past: [{paper, kind, body, quantity, start, end, ready, lapses}]."""
    if not asset.promises and not asset.outs and not asset.preparing:
        return NULL
    claims = ", ".join(
        f'{{"paper": "{uid(claim.paper)}", "kind": "{claim.kind}", "body": "{uid(claim.body)}", "quantity": {claim.quantity}'
        f', "start": {_instant(claim.start)}, "end": {_instant(claim.end)}, "ready": {_instant(claim.ready)}'
        f', "lapses": {_instant(claim.lapses)}}}'
        for claim in claims_of(asset)
    )
    return f"[{claims}]"


def _instant(at: datetime | None) -> str:
    return f'"{at.isoformat()}"' if at else "null"


class Claimed(NamedTuple):
    """So many are held for a request (`hold`), promised (`reservation`), out (`loan`) or being prepared after a return
    (`preparation`), on a paper, from `start` until `end` (of a loan: the day it is due). `ready`: when they are free again;
    `lapses`: a promise nobody came for by then claims nothing.
    """

    paper: UUID
    kind: str
    body: UUID
    quantity: int
    start: Any
    end: Any
    ready: Any = None
    lapses: Any = None


def claims_of(asset: Asset) -> list[Claimed]:
    return sorted(
        [
            *(
                Claimed(
                    paper, "reservation" if one.firm else "hold", one.body, one.quantity, one.window.start, one.window.end,
                    one.ready, one.until,
                )
                for paper, one in asset.promises.items()
            ),
            *(
                Claimed(paper, "loan", out.custody.body, out.quantity, out.since, out.due, out.ready)
                for paper, out in asset.outs.items()
            ),
            *(
                Claimed(UUID(int=n), "preparation", asset.custody.body, one.quantity, one.since, one.until)
                for n, one in enumerate(asset.preparing)
            ),
        ],
        key=lambda claim: (claim.paper, claim.kind),
    )  # fmt: skip
