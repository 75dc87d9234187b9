"""Corrections: named, reasoned, by somebody else; true since the corrected fact, known since they are recorded."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain import policies as rule
from domain.asset import Asset, Book, CustodyKind, Existence
from domain.cards import FundingDoesNotAddUp
from domain.life.correcting import (
    Corrected,
    DoubleEnded,
    DoubleTakenIn,
    Field,
    Said,
    TimeCorrected,
    in_true_order,
)
from domain.life.disposing import Deregistered, HeldForDisposal
from domain.life.keeping import ConditionSeen, Moved
from domain.life.lending import Lent
from domain.life.pooling import Listed, Reserved
from domain.life.registering import CardNumber, Numbered
from domain.life.repairing import RepairBegun
from domain.life.splitting import MergedAway
from domain.life.transferring import HeldForTransfer
from domain.refusals import AlreadyDone, InTheFuture, InvalidValue, NotYours, Refusal, SamePerson
from domain.usecases.correcting import ChangedSince, NotADouble, SaysNothingOfIt
from domain.usecases.lots import BelowPromises, ListedInPool
from domain.usecases.pooling import ReasonMissing
from domain.values import ClassCode, Condition, Role, Window
from tests.examples import (
    ANA_KEEPS,
    BIN_A1,
    CHEN,
    CHEN_MANAGES,
    EDUCATION,
    FRIDAY,
    GANSU,
    HEALTH,
    LAST_FRIDAY,
    MA,
    OFFICES,
    TUESDAY,
    WEDNESDAY,
    ZONE_A,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, book, card, said
from tests.story import LONG_AGO, MONDAY, Story, given, on

YU = named_id("person:于洋")  # a second asset manager of the education department
YU_CORRECTS, PAPER, TWIN = account_of(YU), named_id("单据"), named_id("又一张卡")
WORTH = book("6000", "2000", fiscal="6000")
FIRST_DAY = LONG_AGO + timedelta(days=1)
GROUND = [
    GANSU,
    account(YU, EDUCATION, (Role.ASSET_MANAGER, EDUCATION)),
    card(LAPTOP, said(worth=WORTH), place=BIN_A1),
    card(CHAIRS, said("椅子", 50, unit="把", worth=book("5000"))),
]
SERIAL: dict[str, Any] = {"asset": LAPTOP, "version": 1, "field": Field.SERIAL, "new": Said(text="PF3XK9")}


def ground(*steps: Any) -> Story:
    return given(GROUND, *steps)


def corrected(story: Story, **more: Any) -> Story:
    return story.when("correct_asset", as_=YU_CORRECTS, reason_="核对铭牌", **{**SERIAL, **more})


def true_at(story: Story, asset: UUID, at: datetime, known: int | None = None) -> Asset:
    """What was so at that moment, by what the first `known` facts of it said."""
    rows = story.log.streams[asset][:known]
    return Asset.replay(asset, [one for time, one in in_true_order(rows) if time <= at])


def test_a_correction_names_the_fact_the_field_and_both_values() -> None:
    story = corrected(ground()).then(Corrected)
    fact: Corrected = story.fact(Corrected)
    assert (fact.corrects, fact.version, fact.field) == (LAPTOP, 1, Field.SERIAL)
    assert (fact.old, fact.new) == (Said(text=""), Said(text="PF3XK9"))
    assert story.thing(Asset, LAPTOP).serial == "PF3XK9"


def test_nobody_corrects_what_they_entered_themselves() -> None:
    story = ground().when("correct_asset", as_=CHEN_MANAGES, reason_="-", **SERIAL).refused(SamePerson)
    story.given(on(LAPTOP, ConditionSeen(condition=Condition.WORN), person=YU))
    seen = {"version": 2, "field": Field.CONDITION, "new": Said(condition=Condition.GOOD)}
    corrected(story, **seen).refused(SamePerson)
    other_account = account(CHEN, OFFICES, (Role.ASSET_MANAGER, EDUCATION))
    story = ground().given(other_account)
    story.when("correct_asset", as_=account_of(CHEN), reason_="-", **SERIAL).refused(SamePerson)


def test_a_correction_needs_a_reason_and_the_holder_s_asset_manager() -> None:
    ground().when("correct_asset", as_=YU_CORRECTS, **SERIAL).refused(ReasonMissing)
    ground().when("correct_asset", as_=ANA_KEEPS, reason_="-", **SERIAL).refused(NotYours)


def test_only_what_the_fact_says_can_be_wrong_in_it() -> None:
    story = ground(on(LAPTOP, Moved(place=ZONE_A)))
    corrected(story, version=2).refused(SaysNothingOfIt)
    corrected(story, version=9).refused(InvalidValue)
    corrected(story, new=Said(text="")).refused(AlreadyDone)
    corrected(story, new=Said(number=3)).refused(InvalidValue)
    corrected(story, new=Said(text="a", number=3)).refused(InvalidValue)
    corrected(story, field=Field.NAME, new=Said(text=" ")).refused(InvalidValue)


def test_a_correction_is_true_since_the_corrected_fact_and_known_since_it_was_made() -> None:
    story = corrected(ground())
    assert story.new[0].occurred_at == LONG_AGO
    assert story.new[0].recorded_at >= MONDAY
    assert true_at(story, LAPTOP, LAST_FRIDAY).serial == "PF3XK9"
    assert true_at(story, LAPTOP, LAST_FRIDAY, known=1).serial == ""


def test_what_a_later_fact_says_otherwise_stays() -> None:
    story = ground(on(LAPTOP, ConditionSeen(condition=Condition.WORN), at=LAST_FRIDAY))
    corrected(story, version=1, field=Field.CONDITION, new=Said(condition=Condition.NEW)).then(Corrected)
    assert story.thing(Asset, LAPTOP).condition is Condition.WORN
    assert true_at(story, LAPTOP, FIRST_DAY).condition is Condition.NEW
    assert true_at(story, LAPTOP, MONDAY).condition is Condition.WORN


def test_what_was_changed_and_changed_back_since_is_corrected_where_it_is_said_last() -> None:
    story = ground(
        on(LAPTOP, ConditionSeen(condition=Condition.BROKEN), at=FIRST_DAY),
        on(LAPTOP, ConditionSeen(condition=Condition.GOOD), at=LAST_FRIDAY),
    )
    new = {"field": Field.CONDITION, "new": Said(condition=Condition.NEW)}
    corrected(story, version=1, **new).refused(ChangedSince)
    corrected(story, version=3, **new).then(Corrected)
    assert story.thing(Asset, LAPTOP).condition is Condition.NEW


FIELDS: list[tuple[Field, Said, str, Any]] = [
    (Field.NAME, Said(text="笔记本电脑"), "name", "笔记本电脑"),
    (Field.MODEL, Said(text="T14"), "model", "T14"),
    (Field.UNIT, Said(text="部"), "unit", "部"),
    (Field.CLASS, Said(class_code=ClassCode("gbt14885", "2022", "A02010104")), "class_code", "A02010104"),
    (Field.PLACE, Said(place=ZONE_A), "place", ZONE_A),
    (Field.VALUE, Said(book=book("600", fiscal="600")), "book", book("600", fiscal="600")),
    (Field.NOT_FIXED_ASSET, Said(yes=True), "not_fixed_asset", True),
]


@pytest.mark.parametrize(("field", "new", "name", "expected"), FIELDS)
def test_every_field_of_a_card_can_be_put_right(field: Field, new: Said, name: str, expected: Any) -> None:
    story = corrected(ground(), field=field, new=new).then(Corrected)
    value = getattr(story.thing(Asset, LAPTOP), name)
    assert (value.code if isinstance(value, ClassCode) else value) == expected


def test_a_corrected_value_adds_up_like_any_other() -> None:
    wrong: Book = book("600", fiscal="599")
    corrected(ground(), field=Field.VALUE, new=Said(book=wrong)).refused(FundingDoesNotAddUp)


def test_a_quantity_is_corrected_by_its_difference_and_never_below_what_is_promised() -> None:
    promise = Reserved(reservation=PAPER, body=HEALTH, quantity=45, window=Window(TUESDAY, WEDNESDAY))
    story = ground(on(CHAIRS, promise))
    new = {"asset": CHAIRS, "version": 1, "field": Field.QUANTITY}
    corrected(story, **new, new=Said(number=44)).refused(BelowPromises)
    corrected(story, **new, new=Said(number=48)).then(Corrected)
    assert story.thing(Asset, CHAIRS).quantity == 48
    corrected(story, asset=LAPTOP, field=Field.QUANTITY, new=Said(number=2)).refused(InvalidValue)


def test_a_correction_can_itself_be_corrected() -> None:
    second = named_id("person:第三人")
    story = ground(account(second, EDUCATION, (Role.ASSET_MANAGER, EDUCATION)))
    corrected(story).then(Corrected)
    again = {**SERIAL, "version": 2, "new": Said(text="PF3XK8")}
    corrected(story, version=2, new=Said(text="PF3XK8")).refused(SamePerson)
    story.when("correct_asset", as_=account_of(second), reason_="看错一位", **again).then(Corrected)
    assert story.thing(Asset, LAPTOP).serial == "PF3XK8"


def test_what_went_onto_another_card_is_corrected_there_and_what_was_written_off_here() -> None:
    corrected(ground(on(LAPTOP, MergedAway(into=TWIN)))).refused(rule.NotAlive)
    corrected(ground(on(LAPTOP, Deregistered(disposal=PAPER)))).then(Corrected)


def test_a_wrong_time_is_put_right_for_what_was_so_and_kept_for_what_was_known() -> None:
    moved = on(LAPTOP, Moved(place=ZONE_A), at=LAST_FRIDAY, person=CHEN)
    story = ground(moved)
    earlier = {"as_": YU_CORRECTS, "asset": LAPTOP, "version": 2}
    story.when("correct_time", **earlier, true_at=FIRST_DAY, reason_="交接单日期").then(TimeCorrected)
    between = FIRST_DAY + timedelta(days=1)
    assert true_at(story, LAPTOP, between).place == ZONE_A
    assert true_at(story, LAPTOP, between, known=2).place == BIN_A1
    assert story.thing(Asset, LAPTOP).place == ZONE_A
    story = (
        ground(moved)
        .when("correct_time", **earlier, true_at=MONDAY, reason_="交接单日期")
        .then(TimeCorrected)
    )
    assert true_at(story, LAPTOP, LAST_FRIDAY + timedelta(hours=1)).place == BIN_A1
    assert true_at(story, LAPTOP, MONDAY).place == ZONE_A


def test_a_time_is_possible_not_in_the_future_and_nothing_happens_before_the_first_fact() -> None:
    story = ground(on(LAPTOP, Moved(place=ZONE_A), at=LAST_FRIDAY, person=CHEN))
    asked = {"as_": YU_CORRECTS, "asset": LAPTOP, "reason_": "-"}
    story.when("correct_time", **asked, version=2, true_at=FRIDAY).refused(InTheFuture)
    story.when("correct_time", **asked, version=2, true_at=LAST_FRIDAY).refused(AlreadyDone)
    story.when("correct_time", **asked, version=2, true_at=LONG_AGO - timedelta(days=1)).refused(InvalidValue)
    story.when("correct_time", **asked, version=1, true_at=MONDAY).refused(InvalidValue)
    story.when("correct_time", **asked, version=1, true_at=LONG_AGO - timedelta(days=9)).then(TimeCorrected)
    story.when("correct_time", **{**asked, "as_": CHEN_MANAGES}, version=1, true_at=FIRST_DAY).refused(
        SamePerson
    )


def test_a_time_corrected_twice_has_the_last_one() -> None:
    story = ground(on(LAPTOP, Moved(place=ZONE_A), at=LAST_FRIDAY, person=CHEN))
    asked = {"as_": YU_CORRECTS, "asset": LAPTOP, "version": 2, "reason_": "-"}
    story.when("correct_time", **asked, true_at=FIRST_DAY).then(TimeCorrected)
    story.when("correct_time", **asked, true_at=FIRST_DAY + timedelta(days=2)).then(TimeCorrected)
    assert story.fact(TimeCorrected).was == FIRST_DAY
    assert true_at(story, LAPTOP, FIRST_DAY + timedelta(days=1)).place == BIN_A1


def test_a_field_s_correction_moves_with_the_fact_it_corrects() -> None:
    story = ground(on(LAPTOP, ConditionSeen(condition=Condition.BROKEN), at=LAST_FRIDAY, person=CHEN))
    corrected(story, version=2, field=Field.CONDITION, new=Said(condition=Condition.WORN)).then(Corrected)
    asked = {"as_": YU_CORRECTS, "asset": LAPTOP, "version": 2, "reason_": "-"}
    story.when("correct_time", **asked, true_at=FIRST_DAY).then(TimeCorrected)
    assert true_at(story, LAPTOP, FIRST_DAY).condition is Condition.WORN


def twins(*steps: Any) -> Story:
    number = on(TWIN, Numbered(card=CardNumber("预算一体化", "62000123")))
    return ground(card(TWIN, said(worth=book("5800")), person=MA), number, *steps)


def test_a_double_registration_is_merged_and_its_value_falls_once() -> None:
    merge = {"as_": YU_CORRECTS, "asset": LAPTOP, "double": TWIN}
    story = twins().when("merge_double", **merge).refused(ReasonMissing)
    story.when("merge_double", **merge, reason_="同一序列号").then(
        (TWIN, DoubleEnded), (LAPTOP, DoubleTakenIn)
    )
    stays, goes = story.thing(Asset, LAPTOP), story.thing(Asset, TWIN)
    assert stays.book == WORTH
    assert (goes.existence, goes.book, goes.merged_into) == (Existence.MERGED, None, LAPTOP)
    assert goes.custody.kind is CustodyKind.GONE
    assert [one.number for one in stays.numbers] == ["62000123"]
    assert story.fact(DoubleEnded).book == book("5800")
    story.when("merge_double", **merge, reason_="同一序列号").refused(rule.NotAlive, "double")


def test_neither_registrar_merges() -> None:
    story = twins(account(MA, EDUCATION, (Role.ASSET_MANAGER, EDUCATION)))
    merge = {"asset": LAPTOP, "double": TWIN, "reason_": "-"}
    story.when("merge_double", as_=CHEN_MANAGES, **merge).refused(SamePerson, "asset")
    story.when("merge_double", as_=account_of(MA), **merge).refused(SamePerson, "double")


GIVEN_OUT = Lent(loan=PAPER, borrower=HEALTH, person=MA, quantity=1, condition=Condition.GOOD, due=FRIDAY)
NOT_NOW: list[tuple[Any, type[Refusal]]] = [
    (GIVEN_OUT, rule.OnLoan),
    (Reserved(reservation=PAPER, body=HEALTH, quantity=1, window=Window(TUESDAY, WEDNESDAY)), rule.Promised),
    (RepairBegun(repair=PAPER), rule.InRepair),
    (HeldForDisposal(disposal=PAPER), rule.HeldForDisposal),
    (HeldForTransfer(transfer=PAPER, receiver=HEALTH), rule.BeingTransferred),
]


@pytest.mark.parametrize(("fact", "refusal"), NOT_NOW)
@pytest.mark.parametrize("which", [LAPTOP, TWIN])
def test_nothing_is_merged_while_it_is_lent_promised_or_on_its_way(
    fact: Any, refusal: type[Refusal], which: UUID
) -> None:
    story = twins(on(which, fact))
    story.when("merge_double", as_=YU_CORRECTS, asset=LAPTOP, double=TWIN, reason_="-").refused(refusal)


def test_a_listed_double_is_withdrawn_first_and_unlike_things_are_no_doubles() -> None:
    merge = {"as_": YU_CORRECTS, "asset": LAPTOP, "reason_": "-"}
    twins(on(TWIN, Listed(listing=PAPER, loan=True))).when("merge_double", **merge, double=TWIN).refused(
        ListedInPool
    )
    twins().when("merge_double", **merge, double=CHAIRS).refused(NotADouble)
    twins().when("merge_double", **merge, double=LAPTOP).refused(NotADouble)
