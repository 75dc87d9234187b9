"""Lots: split, merged, itemised; quantity and value are conserved to the cent."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.aggregate import Fact
from domain.asset import Asset, Book, Existence, Kind, Title, ValueType
from domain.life.keeping import TitleChanged
from domain.life.lending import Lent
from domain.life.pooling import Listed, Reserved
from domain.life.splitting import Itemised, MergedAway, MergedIn, SplitFrom, SplitOff
from domain.policies import NotYourStore, OnLoan
from domain.refusals import InvalidValue, NotYours
from domain.shares import deal, put_together, share, take
from domain.usecases.lots import (
    BelowPromises,
    ListedInPool,
    LotsDiffer,
    NotABatch,
    NotALot,
    NotConserved,
    Part,
)
from domain.values import Condition, Funding, Money, Window
from tests.examples import BEN_ASKS, CHEN, CHEN_MANAGES, EDUCATION, HEALTH, TUESDAY, WEDNESDAY, named_id
from tests.examples import GANSU as GROUND
from tests.goods import BATCH, CHAIRS, DESKS, LAPTOP, book, card, cny, said
from tests.story import MONDAY, Story, given, on

TEN_DESKS = card(
    DESKS, said("办公桌", 10, unit="张", worth=book("100.01", "33.34", fiscal="66.67", own="33.34"))
)
LOAN, RESERVATION = named_id("借用单"), named_id("预留")
WHO_LENT = named_id("王工")


def lent(quantity: int) -> Lent:
    return Lent(
        loan=LOAN,
        borrower=HEALTH,
        person=WHO_LENT,
        quantity=quantity,
        condition=Condition.GOOD,
        due=WEDNESDAY,
    )


def reserved(quantity: int) -> Reserved:
    return Reserved(
        reservation=RESERVATION, body=HEALTH, quantity=quantity, window=Window(TUESDAY, WEDNESDAY)
    )


def parts_of(story: Story, answer: object) -> list[Asset]:
    assert isinstance(answer, list)
    return [story.thing(Asset, id) for id in answer]


def test_a_part_of_a_lot_becomes_a_lot_with_its_share_of_the_value() -> None:
    story = given(GROUND, TEN_DESKS).when("split_lot", as_=CHEN_MANAGES, asset=DESKS, quantity=3)
    story.then((DESKS, SplitOff), SplitFrom)
    lot = story.thing(Asset, DESKS)
    part = story.thing(Asset, story.answer["part"])
    assert (lot.quantity, part.quantity) == (7, 3)
    assert part.book == book("30.00", "10.00", fiscal="19.99", own="10.01")
    assert lot.book == book("70.01", "23.34", fiscal="46.68", own="23.33")
    assert (part.holder, part.existence, part.condition) == (EDUCATION, Existence.REGISTERED, Condition.GOOD)
    assert part.number != lot.number
    assert story.log.owners("property_number", [part.number]) == {part.number: part.id}
    assert CHEN in part.entered_by


def test_a_part_keeps_the_title_the_lot_has() -> None:
    story = given(GROUND, TEN_DESKS, on(DESKS, TitleChanged(title=Title.SEALED)))
    story.when("split_lot", asset=DESKS, quantity=3).then(SplitOff, SplitFrom)
    assert story.thing(Asset, story.answer["part"]).title is Title.SEALED


@pytest.mark.parametrize("quantity", [0, -1, 10, 11])
def test_a_split_leaves_something_on_both_sides(quantity: int) -> None:
    given(GROUND, TEN_DESKS).when("split_lot", asset=DESKS, quantity=quantity).refused(
        InvalidValue, "quantity"
    )


def test_a_lot_never_falls_below_what_is_promised() -> None:
    story = given(GROUND, TEN_DESKS, on(DESKS, reserved(8)))
    story.when("split_lot", asset=DESKS, quantity=3).refused(BelowPromises)
    story.when("split_lot", asset=DESKS, quantity=2).then(SplitOff, SplitFrom)


def test_a_lot_never_falls_below_what_is_lent_and_promised_at_the_same_time() -> None:
    story = given(GROUND, TEN_DESKS, on(DESKS, lent(4), at=MONDAY), on(DESKS, reserved(4)))
    story.when("split_lot", asset=DESKS, quantity=3).refused(BelowPromises)
    story.when("split_lot", asset=DESKS, quantity=2).then(SplitOff, SplitFrom)


def test_a_promise_in_the_past_does_not_hold_a_lot_together() -> None:
    story = given(GROUND, TEN_DESKS, on(DESKS, reserved(10)))
    story.when("split_lot", at=WEDNESDAY + timedelta(hours=1), asset=DESKS, quantity=3).then(
        SplitOff, SplitFrom
    )


def test_a_single_thing_is_not_split() -> None:
    given(GROUND, card(LAPTOP, said())).when("split_lot", asset=LAPTOP, quantity=1).refused(NotALot)


def test_only_holder_or_keeper_split_a_lot() -> None:
    given(GROUND, TEN_DESKS).when("split_lot", as_=BEN_ASKS, asset=DESKS, quantity=1).then(
        SplitOff, SplitFrom
    )
    stranger = given(GROUND, card(DESKS, said("办公桌", 10), holder=HEALTH))
    stranger.when("split_lot", as_=BEN_ASKS, asset=DESKS, quantity=1).refused(NotYourStore)


def test_a_split_decided_on_an_older_lot_is_decided_again() -> None:
    story = given(GROUND, TEN_DESKS)
    story.when("split_lot", asset=DESKS, quantity=3, meanwhile_=[on(DESKS, reserved(8))]).refused(
        BelowPromises
    )


def test_lots_of_the_same_things_become_one_again() -> None:
    story = given(GROUND, TEN_DESKS).when("split_lot", asset=DESKS, quantity=3)
    part = story.answer["part"]
    story.when("merge_lots", as_=CHEN_MANAGES, asset=DESKS, others=(part,))
    story.then((DESKS, MergedIn), (part, MergedAway(into=DESKS)))
    lot, gone = story.thing(Asset, DESKS), story.thing(Asset, part)
    assert (lot.quantity, lot.book) == (10, book("100.01", "33.34", fiscal="66.67", own="33.34"))
    assert (gone.quantity, gone.existence, gone.merged_into) == (0, Existence.MERGED, DESKS)
    assert not gone.alive


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (
            card(
                CHAIRS,
                said("办公桌", 5, unit="张", worth=book("50", "0", fiscal="50")),
                place=None,
                holder=HEALTH,
            ),
            "holder",
        ),
        (card(CHAIRS, said("椅子", 5, unit="张", worth=book("50", "0", fiscal="50"))), "name"),
        (card(CHAIRS, said("办公桌", 5, unit="把", worth=book("50", "0", fiscal="50"))), "unit"),
        (card(CHAIRS, said("办公桌", 5, unit="张", worth=book("50", "0"))), "value"),
        (card(CHAIRS, said("办公桌", 5, unit="张")), "value"),
        (
            card(
                CHAIRS,
                said("办公桌", 5, unit="张", worth=book("50", "0", fiscal="50")),
                condition=Condition.WORN,
            ),
            "condition",
        ),
        (
            card(CHAIRS, said("办公桌", 5, unit="张", class_code=None, worth=book("50", "0", fiscal="50"))),
            "class",
        ),
    ],
)
def test_only_alike_lots_become_one(other: object, what: str) -> None:
    story = given(GROUND, TEN_DESKS, other).when("merge_lots", asset=DESKS, others=(CHAIRS,))
    story.refused(LotsDiffer, "others.0")
    assert story.refusal is not None
    assert story.refusal.values["what"] == what


@pytest.mark.parametrize(
    ("fact", "refusal"),
    [
        (lent(1), OnLoan),
        (Listed(listing=named_id("上架"), loan=True), ListedInPool),
    ],
)
def test_a_lot_that_is_promised_lent_or_listed_does_not_go_away(fact: Fact, refusal: type[OnLoan]) -> None:
    other = card(CHAIRS, said("办公桌", 5, unit="张", worth=book("50", "0", fiscal="50")))
    story = given(GROUND, TEN_DESKS, other, on(CHAIRS, fact))
    story.when("merge_lots", asset=DESKS, others=(CHAIRS,)).refused(refusal, "others.0")


@pytest.mark.parametrize("others", [(), (DESKS,), (CHAIRS, CHAIRS)])
def test_a_lot_is_not_merged_with_itself_or_twice(others: tuple[UUID, ...]) -> None:
    other = card(CHAIRS, said("办公桌", 5, unit="张", worth=book("50", "0", fiscal="50")))
    given(GROUND, TEN_DESKS, other).when("merge_lots", asset=DESKS, others=others).refused(InvalidValue)


ONE_BATCH = card(BATCH, said("一批桌椅", 1, unit="批", worth=book("100.00", "50.00", fiscal="70", own="30")))


def test_a_batch_card_is_itemised_with_the_value_conserved_to_the_cent() -> None:
    parts = (Part(name="办公桌", unit="张"), Part(name="椅子", quantity=2, kind=Kind.LOT, unit="把"))
    story = given(GROUND, ONE_BATCH).when("itemise_card", as_=CHEN_MANAGES, asset=BATCH, parts=parts)
    story.then((BATCH, Itemised), SplitFrom, SplitFrom)
    desk, chairs = parts_of(story, story.answer["parts"])
    assert desk.book == book("33.33", "16.66", fiscal="23.33", own="10.00")
    assert chairs.book == book("66.67", "33.34", fiscal="46.67", own="20.00")
    assert (desk.kind, chairs.kind, chairs.unit) == (Kind.SERIALISED, Kind.LOT, "把")
    closed = story.thing(Asset, BATCH)
    assert (closed.existence, closed.quantity, closed.book, closed.alive) == (
        Existence.ITEMISED,
        0,
        None,
        False,
    )


def test_a_card_is_itemised_by_the_values_people_give() -> None:
    parts = (Part(name="办公桌", value=cny(80)), Part(name="椅子", value=cny(20)))
    story = (
        given(GROUND, ONE_BATCH)
        .when("itemise_card", asset=BATCH, parts=parts)
        .then(Itemised, SplitFrom, SplitFrom)
    )
    desk, chair = parts_of(story, story.answer["parts"])
    assert (desk.book, chair.book) == (
        book("80.00", "40.00", fiscal="56.00", own="24.00"),
        book("20.00", "10.00", fiscal="14.00", own="6.00"),
    )


def test_given_values_must_add_up_to_the_whole() -> None:
    parts = (Part(name="办公桌", value=cny(80)), Part(name="椅子", value=cny("19.99")))
    given(GROUND, ONE_BATCH).when("itemise_card", asset=BATCH, parts=parts).refused(NotConserved)


def test_values_are_given_for_all_parts_or_for_none() -> None:
    parts = (Part(name="办公桌", value=cny(100)), Part(name="椅子"))
    given(GROUND, ONE_BATCH).when("itemise_card", asset=BATCH, parts=parts).refused(InvalidValue)


def test_a_lot_is_itemised_into_exactly_as_many_as_it_has() -> None:
    story = given(GROUND, TEN_DESKS)
    story.when("itemise_card", asset=DESKS, parts=(Part(),) * 9).refused(NotConserved)
    story.when("itemise_card", asset=DESKS, parts=(Part(),) * 10).then(Itemised, *[SplitFrom] * 10)
    assert [part.book.original for part in parts_of(story, story.answer["parts"]) if part.book][-1] == cny(
        "10.01"
    )


def test_a_single_thing_that_is_no_batch_is_not_itemised() -> None:
    given(GROUND, card(LAPTOP, said())).when("itemise_card", asset=LAPTOP, parts=(Part(),)).refused(NotABatch)


def test_itemising_is_for_the_holder_s_asset_manager() -> None:
    given(GROUND, ONE_BATCH).when("itemise_card", as_=BEN_ASKS, asset=BATCH, parts=(Part(),)).refused(
        NotYours
    )


def test_a_card_in_the_pool_is_not_itemised() -> None:
    story = given(GROUND, ONE_BATCH, on(BATCH, Listed(listing=named_id("上架"), loan=True)))
    story.when("itemise_card", asset=BATCH, parts=(Part(), Part())).refused(ListedInPool)


CENTS = st.integers(0, 10**12)


@st.composite
def books(draw: st.DrawFn) -> Book:
    sources = draw(st.lists(CENTS, max_size=4))
    whole = sum(sources) if sources else draw(CENTS)
    worth = [
        Money(Decimal(cents).scaleb(-2), "CNY") for cents in (*sources, whole, draw(st.integers(0, whole)))
    ]
    funding = tuple(Funding(f"source {n}", value) for n, value in enumerate(worth[:-2]))
    return Book(worth[-2], ValueType.ORIGINAL, worth[-1] if draw(st.booleans()) else None, funding)


def total(parts: Sequence[Book]) -> Book:
    whole = parts[0]
    for part in parts[1:]:
        whole = put_together(whole, part)
    return whole


def must_be_sound(part: Book) -> None:
    assert part.original.amount >= 0
    assert part.accumulated is None or 0 <= part.accumulated.amount <= part.original.amount
    assert all(one.value.amount >= 0 for one in part.funding)
    assert not part.funding or sum(one.value.amount for one in part.funding) == part.original.amount


@anything(books(), st.integers(1, 999), st.integers(1, 1000))
def test_a_share_and_the_rest_are_the_whole_and_both_sound(whole: Book, quantity: int, more: int) -> None:
    part, rest = share(whole, quantity, quantity + more)
    assert total([part, rest]) == whole
    must_be_sound(part)
    must_be_sound(rest)


@anything(books(), st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_dealt_out_by_quantity_the_last_part_takes_the_remaining_cents(
    whole: Book, quantities: list[int]
) -> None:
    parts = deal(whole, quantities)
    assert total(parts) == whole
    for part, quantity in zip(parts, quantities, strict=True):
        must_be_sound(part)
        if part is not parts[-1]:
            exact = whole.original.amount * 100 * quantity // sum(quantities)
            assert part.original.amount * 100 == exact


@anything(books(), st.data())
def test_any_amount_can_be_taken_out_of_a_value(whole: Book, data: st.DataObject) -> None:
    cents = data.draw(st.integers(0, int(whole.original.amount * 100)))
    part, rest = take(whole, Money(Decimal(cents).scaleb(-2), "CNY"))
    assert total([part, rest]) == whole
    must_be_sound(part)
    must_be_sound(rest)


class Lots(RuleBasedStateMachine):
    """Splits, merges and itemisations in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.story = given(GROUND)
        self.whole: Book | None = None
        self.pieces = 0

    @initialize(worth=books(), quantity=st.integers(2, 60))
    def one_lot(self, worth: Book, quantity: int) -> None:
        self.story.given(card(DESKS, said("办公桌", quantity, unit="张", worth=worth)))
        self.whole, self.pieces = worth, quantity

    def alive(self) -> list[Asset]:
        assets = [
            self.story.thing(Asset, id)
            for id, rows in self.story.log.streams.items()
            if rows[0].fact.TOPIC.startswith("asset.")
        ]
        return [asset for asset in assets if asset.alive]

    def lots(self, at_least: int = 1) -> list[Asset]:
        return [asset for asset in self.alive() if asset.kind is Kind.LOT and asset.quantity >= at_least]

    @precondition(lambda self: self.lots(2))
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        lot = data.draw(st.sampled_from(self.lots(2)))
        quantity = data.draw(st.integers(1, lot.quantity - 1))
        self.story.when("split_lot", asset=lot.id, quantity=quantity).then(SplitOff, SplitFrom)

    @precondition(lambda self: len(self.lots()) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        into, *others = data.draw(
            st.lists(st.sampled_from(self.lots()), min_size=2, max_size=4, unique_by=lambda lot: lot.id)
        )
        self.story.when("merge_lots", asset=into.id, others=tuple(lot.id for lot in others))
        assert self.story.refusal is None or isinstance(self.story.refusal, LotsDiffer)

    @precondition(lambda self: self.lots(2))
    @rule(data=st.data())
    def itemise(self, data: st.DataObject) -> None:
        lot = data.draw(st.sampled_from(self.lots(2)))
        first = data.draw(st.integers(1, lot.quantity - 1))
        parts = (Part(quantity=first, kind=Kind.LOT), Part(quantity=lot.quantity - first, kind=Kind.LOT))
        self.story.when("itemise_card", asset=lot.id, parts=parts).then(Itemised, SplitFrom, SplitFrom)

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        alive = self.alive()
        if self.whole is None:
            return
        assert sum(asset.quantity for asset in alive) == self.pieces
        values = [asset.book for asset in alive if asset.book is not None]
        assert len(values) == len(alive)
        together = total(values)
        assert (together.original, together.accumulated) == (self.whole.original, self.whole.accumulated)
        assert {one.source: one.value for one in together.funding} == {
            one.source: one.value for one in self.whole.funding
        }
        for value in values:
            must_be_sound(value)


TestAnySequenceOfSplitsMergesAndItemisationsConservesTheWhole = pytest.mark.slow(Lots.TestCase)
TestAnySequenceOfSplitsMergesAndItemisationsConservesTheWhole.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None
)
