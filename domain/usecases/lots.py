"""Lots and batch cards: a part of a lot becomes a lot of its own, lots of the same things become one, a card
is itemised.

Quantity, original value, accumulated depreciation and every source of money are conserved to the cent, and a
lot never falls below what is promised or lent.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Book, Kind
from domain.availability import free
from domain.cards import BATCH_UNITS, checked_class, sound
from domain.command import Command
from domain.life.registering import Description
from domain.life.splitting import Itemised, MergedAway, MergedIn, SplitFrom, SplitOff
from domain.numbering import mint
from domain.refusals import InvalidValue, Refusal, TooMany
from domain.shares import deal, deal_amounts, put_together, share
from domain.usecases import Outcome, ask, ask_each, use_case
from domain.values import ClassCode, Money, Role, Value, Window, named

MOST_PARTS = 1000
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)


class NotALot(Refusal):
    """It is one thing, not a lot: there is nothing to split or to put together."""

    code = "NOT_A_LOT"


class NotABatch(Refusal):
    """It is one thing, and its card doesn't stand for several."""

    code = "NOT_A_BATCH"


class BelowPromises(Refusal):
    """What would be left is less than what is promised or lent."""

    code = "BELOW_PROMISES"


class LotsDiffer(Refusal):
    """Only lots of the same things, of the same holder, in the same place and state, become one."""

    code = "LOTS_DIFFER"


class NotConserved(Refusal):
    """The parts do not add up to the whole."""

    code = "NOT_CONSERVED"


class ListedInPool(Refusal):
    """It is listed in the pool: withdraw the listing first."""

    code = "LISTED_IN_POOL"


class Part(Value, frozen=True, kw_only=True):
    """One card that an itemised card becomes. What is left empty is as on the old card; `value`: for every
    part, or for none.
    """

    quantity: int = 1
    kind: Kind = Kind.SERIALISED
    name: str = ""
    unit: str = ""
    model: str = ""
    serial: str = ""
    class_code: ClassCode | None = None
    value: Money | None = None


def it_is_a_lot(c: Command, asset: Asset) -> None:
    if asset.kind is not Kind.LOT:
        raise NotALot("asset", asset=asset.number)


def it_stands_for_several(c: Command, asset: Asset) -> None:
    if asset.kind is not Kind.LOT and asset.unit not in BATCH_UNITS:
        raise NotABatch("asset", asset=asset.number, unit=asset.unit)


def some_of_it_can_be_split_off(c: Command, asset: Asset) -> None:
    rule.some_of_it_is_here(c, asset)
    if asset.quantity < 2:
        raise NotALot("asset", asset=asset.number)
    must_leave_enough(c, asset, 1, "asset")


def it_is_not_in_the_pool(c: Command, asset: Asset) -> None:
    if asset.listing is not None:
        raise ListedInPool("asset", asset=asset.number)


def must_leave_enough(c: Command, asset: Asset, quantity: int, path: str = "quantity") -> None:
    """Raises `BelowPromises` when the rest would be less than what is promised or lent at any time from now
    on.
    """
    left = asset.quantity - quantity
    if free(left, asset.claims(c.now), Window(c.now, FOR_EVER)) < 0:
        raise BelowPromises(path, asset=asset.number, left=left)


SETTLED = (
    rule.it_is_alive,
    rule.it_was_here_by_then,
    rule.it_is_not_in_a_disposal_case,
    rule.it_is_not_being_transferred,
    rule.it_is_not_in_repair,
)
SPLITTING = (rule.its_holder_or_keeper_asks, it_is_a_lot, *SETTLED, some_of_it_can_be_split_off)
MERGING = (rule.its_holder_or_keeper_asks, it_is_a_lot, *SETTLED, rule.it_has_been_inspected)
GOING_AWAY = (it_is_not_in_the_pool, rule.it_is_not_on_loan, rule.it_is_not_promised)
KEEPING = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)
ITEMISING = (rule.its_holder_asks, it_stands_for_several, *SETTLED, *GOING_AWAY)


def split_off(c: Command, asset: Asset, quantity: int, path: str = "quantity") -> Asset:
    """So many of a lot as an asset of their own; the asset itself when that is all of it. What is out on loan
    stays with the lot.

    Whether the rest still keeps its promises is for the caller to ask (`must_leave_enough`): what physically
    happened is not refused.
    """
    if quantity == asset.quantity:
        return asset
    if asset.kind is not Kind.LOT or not 1 <= quantity <= asset.here:
        raise InvalidValue(path, value=quantity, least=1, most=asset.here)
    taken, left = share(asset.book, quantity, asset.quantity) if asset.book else (None, None)
    part = c.begin(Asset)
    part.record(_part_of(asset, mint(c, part), as_said(asset, quantity, taken)))
    asset.record(SplitOff(part=part.id, quantity=quantity, taken=taken, left=left))
    return part


@use_case(
    "split_lot",
    by=KEEPING,
    emits=(SplitOff, SplitFrom),
    gives=("asset", "part", "number"),
    rules=SPLITTING,
)
def split_lot(c: Command, *, asset: UUID, quantity: int) -> Outcome:
    """Makes a part of a lot a lot of its own. What is promised or lent stays covered."""
    lot = c.load(Asset, asset, "asset")
    ask(SPLITTING, c, lot)
    if not 1 <= quantity < lot.quantity:
        raise InvalidValue("quantity", value=quantity, least=1, most=lot.quantity - 1)
    must_leave_enough(c, lot, quantity)
    part = split_off(c, lot, quantity)
    return {"asset": lot.id, "part": part.id, "number": part.number}


@use_case(
    "merge_lots",
    by=KEEPING,
    emits=(MergedIn, MergedAway),
    gives=("asset", "quantity"),
    rules=MERGING,
)
def merge_lots(c: Command, *, asset: UUID, others: tuple[UUID, ...]) -> Outcome:
    """Puts other lots of the same things onto this one's card."""
    lot = c.load(Asset, asset, "asset")
    ask(MERGING, c, lot)
    if not others or asset in others or len(set(others)) != len(others):
        raise InvalidValue("others", value=len(others), once=True)
    if len(others) > MOST_PARTS:
        raise TooMany("others", most=MOST_PARTS)
    for n, other in enumerate(c.load_all(Asset, others, "others")):
        ask_each((*MERGING, *GOING_AWAY), c, [other], f"others.{n}")
        _must_be_alike(lot, other, f"others.{n}")
        book = put_together(lot.book, other.book) if lot.book and other.book else None
        lot.record(MergedIn(other=other.id, quantity=other.quantity, book=book))
        other.record(MergedAway(into=lot.id))
    return {"asset": lot.id, "quantity": lot.quantity}


@use_case(
    "itemise_card",
    by=(Role.ASSET_MANAGER,),
    emits=(Itemised, SplitFrom),
    gives=("asset", "parts"),
    rules=ITEMISING,
)
def itemise_card(c: Command, *, asset: UUID, parts: tuple[Part, ...]) -> Outcome:
    """Takes a batch card (批) or a lot apart into cards. The value is dealt out as given, or else by quantity."""
    card = c.load(Asset, asset, "asset")
    ask(ITEMISING, c, card)
    if len(parts) > MOST_PARTS:
        raise TooMany("parts", most=MOST_PARTS)
    if not parts or any(
        one.quantity < 1 or (one.kind is Kind.SERIALISED and one.quantity > 1) for one in parts
    ):
        raise InvalidValue("parts.quantity", value=len(parts), because="parts")
    pieces = sum(one.quantity for one in parts)
    if card.kind is Kind.LOT and card.unit not in BATCH_UNITS and pieces != card.quantity:
        raise NotConserved("parts", asset=card.number, what="quantity", whole=card.quantity, parts=pieces)
    made = []
    for said, book in zip(parts, _books(card, parts), strict=True):
        one = c.begin(Asset)
        one.record(_part_of(card, mint(c, one), _item(card, said, book)))
        made.append(one)
    card.record(Itemised(parts=tuple(one.id for one in made)))
    return {"asset": card.id, "parts": [one.id for one in made]}


def _books(card: Asset, parts: Sequence[Part]) -> Sequence[Book | None]:
    """The value of each part: as given, if it is given for all and adds up; else by quantity."""
    given = [one.value for one in parts if one.value is not None]
    if card.book is None:
        if given:
            raise NotConserved("parts", asset=card.number, what="value", whole=None, parts=len(given))
        return [None] * len(parts)
    if not given:
        return deal(card.book, [one.quantity for one in parts])
    if len(given) != len(parts) or any(value.amount < 0 for value in given):
        raise InvalidValue("parts.value", value=len(given), expected=len(parts))
    whole = sum(given[1:], given[0])
    if whole != card.book.original:
        raise NotConserved(
            "parts", asset=card.number, what="value", whole=card.book.original.amount, parts=whole.amount
        )
    return deal_amounts(card.book, given)


def _item(card: Asset, said: Part, book: Book | None) -> Description:
    wanted = said.class_code
    wanted_card = Description(
        name=named(said.name) if said.name else card.name,
        kind=said.kind,
        quantity=said.quantity,
        unit=said.unit or ("" if card.unit in BATCH_UNITS else card.unit),
        model=said.model or card.model,
        serial=said.serial,
        class_code=checked_class(wanted, "parts.class") if wanted else card.class_code,
        book=book,
        not_fixed_asset=card.not_fixed_asset,
        flags=tuple(sorted(card.flags)),
    )
    return sound(wanted_card, "parts")


def as_said(asset: Asset, quantity: int, book: Book | None) -> Description:
    """What a card for so many of these would say."""
    return Description(
        name=asset.name,
        kind=asset.kind,
        quantity=quantity,
        unit=asset.unit,
        model=asset.model,
        serial=asset.serial,
        class_code=asset.class_code,
        book=book,
        not_fixed_asset=asset.not_fixed_asset,
        flags=tuple(sorted(asset.flags)),
    )


def _part_of(source: Asset, number: str, said: Description) -> SplitFrom:
    return SplitFrom(
        source=source.id,
        said=said,
        number=number,
        existence=source.existence,
        holder=source.holder,
        custody=source.custody,
        place=source.place,
        condition=source.condition,
        title=source.title,
        inspection_due=source.inspection_due,
        entered_by=tuple(sorted(source.entered_by)),
    )


def _must_be_alike(lot: Asset, other: Asset, path: str) -> None:
    """What makes two lots different is named."""
    for what, one, two in (
        ("holder", lot.holder, other.holder),
        ("custody", lot.custody, other.custody),
        ("place", lot.place, other.place),
        ("existence", lot.existence, other.existence),
        ("condition", lot.condition, other.condition),
        ("title", lot.title, other.title),
        ("class", lot.class_code, other.class_code),
        ("name", (lot.name, lot.model), (other.name, other.model)),
        ("unit", lot.unit, other.unit),
        ("flags", (lot.flags, lot.not_fixed_asset), (other.flags, other.not_fixed_asset)),
        ("value", _sort_of_value(lot.book), _sort_of_value(other.book)),
    ):
        if one != two:
            raise LotsDiffer(path, asset=lot.number, other=other.number, what=what)


def _sort_of_value(book: Book | None) -> tuple[object, ...]:
    """Values add up on one card only in one currency, known in one way, with the sources of both known or of
    neither.
    """
    return (
        () if book is None else (book.kind, book.original.currency, bool(book.funding) or not book.original)
    )
