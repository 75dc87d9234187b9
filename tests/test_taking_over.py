"""Old registers: every row gets one verdict, twins stay twins, a second run creates nothing, an import can be
undone.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.aggregate import Fact
from domain.asset import Asset, Book, Existence, Flag, Kind, ValueType
from domain.body import BodyAbolished, BodyClosed, BodyTookIn
from domain.label import LabelFor, LabelKind, LabelReason
from domain.life.intaking import HandedIn
from domain.life.keeping import ConditionSeen, Flagged, MissingReported
from domain.life.pooling import Reserved
from domain.life.registering import (
    CardNumber,
    DescribedAgain,
    DescriptionRestored,
    Reclassified,
    TakenOver,
    TakeOverUndone,
)
from domain.numbering import property_number
from domain.refusals import InTheFuture, InvalidValue, NotYours, TooMany
from domain.usecases.taking_over import OldRow
from domain.usecases.undoing import CardsTouched, NotOfThisImport
from domain.values import ClassCode, Condition, Funding, Window
from tests.examples import (
    BEN_ASKS,
    CHEN,
    CHEN_MANAGES,
    EDUCATION,
    EDUCATION_OFFICE,
    GANSU,
    HEALTH,
    LAST_FRIDAY,
    OFFICES,
    STORES_COMPANY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    named_id,
)
from tests.goods import book, cny, said
from tests.story import HERE, LONG_AGO, MONDAY, Story, given, on

FILE, LATER_FILE = "1a" * 32, "2b" * 32
CUT_OFF = datetime(2025, 12, 31, tzinfo=HERE)
DESK = said("办公桌", unit="张", worth=book("800.00", "100.00", fiscal="800.00"))


def row(
    number: int = 1, what: Any = DESK, *, card: str | None = "", identity: str = "", **more: Any
) -> OldRow:
    """A row with a card number of its own; with `card=None`, one that has none."""
    numbered = None if card is None else CardNumber("finance", card or f"GD{number:04d}")
    more = {"holder": EDUCATION, **more}
    return OldRow(
        row=number,
        said=what,
        card=numbered,
        identity=identity or ("" if card is not None else f"hash#{number}"),
        **more,
    )


def taken_over(
    *rows: OldRow, story: Story | None = None, file: str = FILE, as_: UUID = CHEN_MANAGES
) -> Story:
    return (story or given(GANSU)).when("take_over_assets", as_=as_, file=file, cut_off=CUT_OFF, rows=rows)


def cards(story: Story) -> list[UUID]:
    return [new.stream for new in story.new]


def test_a_row_becomes_a_card_that_says_what_the_file_says_and_nothing_more() -> None:
    one = row(
        17, place_said="统办二号楼 301", acquired_said="2021-06", use_said="在用", missing=("DATE_PARTIAL",)
    )
    story = taken_over(one).then(TakenOver)
    assert story.answer == {"created": 1, "updated": [], "unchanged": [], "refused": []}
    fact, [id] = story.fact(TakenOver), cards(story)
    assert (fact.source.file, fact.source.row, fact.source.cut_off) == (FILE, 17, CUT_OFF)
    assert (fact.place_said, fact.acquired_said, fact.missing) == (
        "统办二号楼 301",
        "2021-06",
        ("DATE_PARTIAL",),
    )
    asset = story.thing(Asset, id)
    assert (asset.existence, asset.holder, asset.book) == (Existence.TAKEN_OVER, EDUCATION, DESK.book)
    assert [one.number for one in asset.numbers] == ["GD0017"]
    assert story.new[0].occurred_at == CUT_OFF
    assert story.log.owned["card", f"{EDUCATION}/finance/GD0017"] == id


def test_every_card_has_a_short_property_number_of_its_own() -> None:
    story = taken_over(*[row(n) for n in range(200)]).then(*[TakenOver] * 200)
    numbers = {story.thing(Asset, id).number for id in cards(story)}
    assert len(numbers) == 200
    assert all(len(number) == 12 and number.startswith("GW") and number.isalnum() for number in numbers)
    assert not {letter for number in numbers for letter in number[2:]} & set("ILOU")


def test_the_property_number_follows_from_the_id_and_looks_like_no_neighbour() -> None:
    one, next_one = UUID(int=1), UUID(int=2)
    assert property_number(one) == property_number(one) != property_number(next_one)
    assert property_number(one)[2:5] != property_number(next_one)[2:5]


def test_a_row_may_have_a_day_of_its_own() -> None:
    story = taken_over(row(1, occurred_at=LONG_AGO), row(2)).then(TakenOver, TakenOver)
    assert [new.occurred_at for new in story.new] == [LONG_AGO, CUT_OFF]


def test_taken_over_history_says_who_passed_it_on_that_day() -> None:
    story = taken_over(row(1, giver=HEALTH, occurred_at=LONG_AGO)).then(TakenOver)
    assert story.fact(TakenOver).giver == HEALTH


def test_a_second_run_of_the_same_file_creates_nothing() -> None:
    rows = [row(1), row(2), row(3, card=None), row(4, card=None)]
    story = taken_over(*rows).then(*[TakenOver] * 4)
    taken_over(*rows, story=story).then()
    assert story.answer == {"created": 0, "updated": [], "unchanged": [1, 2, 3, 4], "refused": []}


@pytest.mark.slow
def test_twins_without_a_number_are_as_many_cards_as_there_are_rows() -> None:
    twins = [row(n, card=None, identity=f"5f5f#{n}") for n in range(998)]
    story = taken_over(*twins).then(*[TakenOver] * 998)
    taken_over(*twins, story=story).then()
    assert len(story.answer["unchanged"]) == 998


def test_a_row_with_a_number_is_updated_when_a_later_file_says_something_else() -> None:
    story = taken_over(row(1), row(2))
    [id, _] = cards(story)
    newer = said("办公桌", unit="张", worth=book("800.00", "200.00", fiscal="800.00"))
    taken_over(row(1, newer), row(2), story=story, file=LATER_FILE).then((id, DescribedAgain))
    assert (story.answer["updated"], story.answer["unchanged"]) == ([1], [2])
    assert story.thing(Asset, id).book == newer.book
    taken_over(row(1, newer), row(2), story=story, file=LATER_FILE).then()


def test_what_people_changed_here_is_not_overwritten_by_a_file() -> None:
    story = taken_over(row(1))
    [id] = cards(story)
    story.given(on(id, Reclassified(class_code=ClassCode("gbt14885", "2022", "A02010104"))))
    newer = said("办公桌", unit="张", worth=book("800.00", "200.00", fiscal="800.00"))
    taken_over(row(1, newer), story=story, file=LATER_FILE).then()
    assert [one["code"] for one in story.answer["refused"]] == ["CHANGED_HERE"]
    taken_over(row(1), story=story, file=FILE).then()
    assert story.answer["unchanged"] == [1]


def test_an_older_file_does_not_overwrite_a_newer_one() -> None:
    story = taken_over(row(1))
    older: dict[str, Any] = {
        "file": LATER_FILE,
        "cut_off": CUT_OFF - timedelta(days=1),
        "rows": (row(1, said("书桌")),),
    }
    story.when("take_over_assets", as_=CHEN_MANAGES, **older).then()
    assert [one["code"] for one in story.answer["refused"]] == ["OLDER_FILE"]


def test_a_card_is_not_described_again_before_the_day_it_came_into_being() -> None:
    story = taken_over(row(1, occurred_at=LAST_FRIDAY))
    taken_over(row(1, said("书桌")), story=story, file=LATER_FILE).then(DescribedAgain)
    assert story.new[0].occurred_at == LAST_FRIDAY


def test_a_flag_that_people_set_outlives_an_update() -> None:
    story = taken_over(row(1))
    [id] = cards(story)
    story.given(on(id, Flagged(flag=Flag.STORAGE_MEDIA)))
    newer = said("办公桌", unit="张", worth=book("800.00", "200.00", fiscal="800.00"))
    taken_over(row(1, newer), story=story, file=LATER_FILE).then(DescribedAgain)
    assert story.thing(Asset, id).flags == {Flag.STORAGE_MEDIA}


def test_an_update_leaves_what_is_promised() -> None:
    lot = said("椅子", 20, unit="把")
    story = taken_over(row(1, lot))
    [id] = cards(story)
    promise = Reserved(
        reservation=named_id("预留"), body=HEALTH, quantity=15, window=Window(TUESDAY, WEDNESDAY)
    )
    story.given(on(id, promise))
    taken_over(row(1, said("椅子", 10, unit="把")), story=story, file=LATER_FILE).then()
    assert [one["code"] for one in story.answer["refused"]] == ["BELOW_PROMISES"]
    taken_over(row(1, said("椅子", 16, unit="把")), story=story, file=LATER_FILE).then(DescribedAgain)


BAD_ROWS: list[tuple[OldRow, str]] = [
    (row(what=said(" ")), "INVALID_VALUE"),
    (row(what=said("办公桌", 0)), "QUANTITY_NOT_POSITIVE"),
    (row(what=said("办公桌", 2, kind=Kind.SERIALISED)), "SERIALISED_IS_ONE"),
    (row(what=said("桌椅", 20, unit="批")), "BATCH_IS_ONE"),
    (row(what=said(worth=book("-1"))), "VALUE_NEGATIVE"),
    (row(what=said(worth=book("100", fiscal="60", own="39.99"))), "FUNDING_DOES_NOT_ADD_UP"),
    (row(what=said(worth=book("100", "100.01"))), "DEPRECIATION_ABOVE_VALUE"),
    (row(what=said(worth=book("1", kind=ValueType.NONE))), "NO_VALUE_HAS_AMOUNT"),
    (
        row(
            what=said(
                worth=Book(cny(9), ValueType.ORIGINAL, None, (Funding("a", cny(4)), Funding("a", cny(5))))
            )
        ),
        "INVALID_VALUE",
    ),
    (row(what=said(class_code=ClassCode("gbt14885", "2022", "A0899"))), "CLASS_NOT_IN_EDITION"),
    (row(what=said(class_code=ClassCode("gbt14885", "1899", "A02010105"))), "CLASS_NOT_IN_EDITION"),
    (row(holder=uuid4()), "UNKNOWN"),
    (row(holder=WAREHOUSE), "UNKNOWN"),
    (row(holder=HEALTH), "NOT_YOURS"),
    (row(place=uuid4()), "UNKNOWN"),
    (row(giver=uuid4()), "UNKNOWN"),
    (row(occurred_at=MONDAY + timedelta(days=1)), "IN_THE_FUTURE"),
    (row(remark="长" * 1001), "INVALID_VALUE"),
    (row(card=None, identity="x"), "INVALID_VALUE"),
    (row(2), "NUMBER_TAKEN"),
    (row(3, card="GD0002"), "NUMBER_TAKEN"),
]


@pytest.mark.parametrize(
    ("bad", "code"), BAD_ROWS, ids=[f"{n}-{code}" for n, (_, code) in enumerate(BAD_ROWS)]
)
def test_a_row_against_a_rule_is_refused_and_costs_the_others_nothing(bad: OldRow, code: str) -> None:
    story = taken_over(row(2), bad, row(4)).then(TakenOver, TakenOver)
    assert story.answer["created"] == 2
    assert [(one["row"], one["code"]) for one in story.answer["refused"]] == [(bad.row, code)]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ([BodyAbolished(decree="1", decree_date=CUT_OFF.date()), BodyClosed()], "BODY_FILE_CLOSED"),
        ([], "NO_STANDING"),
    ],
)
def test_a_body_that_may_hold_nothing_gets_no_cards(facts: list[Fact], code: str) -> None:
    holder = EDUCATION if facts else STORES_COMPANY
    story = given(GANSU, [on(holder, fact) for fact in facts])
    story.when(
        "take_over_assets", file=FILE, cut_off=CUT_OFF, rows=(row(1, holder=holder), row(2, holder=HEALTH))
    )
    story.then(TakenOver)
    assert [one["code"] for one in story.answer["refused"]] == [code]


def test_what_a_body_in_liquidation_has_is_taken_over_and_noted_in_its_file() -> None:
    story = given(GANSU, on(EDUCATION, BodyAbolished(decree="1", decree_date=CUT_OFF.date())))
    taken_over(row(1), story=story).then(TakenOver, (EDUCATION, BodyTookIn))


def test_a_division_s_cards_are_its_body_s_to_write() -> None:
    taken_over(row(1, holder=EDUCATION_OFFICE)).then(TakenOver)


def test_a_class_its_partial_edition_does_not_know_is_flagged() -> None:
    story = taken_over(row(1, said(class_code=ClassCode("gbt14885", "2022", "a0201 9900")))).then(TakenOver)
    assert story.fact(TakenOver).said.class_code == ClassCode(
        "gbt14885", "2022", "A02019900", unverified=True
    )


def test_a_card_that_went_to_another_body_is_not_updated_by_the_old_one_s_file() -> None:
    story = taken_over(row(1))
    [id] = cards(story)
    story.given(on(id, HandedIn(intake=named_id("入仓单"), giver=EDUCATION, holder=OFFICES)))
    taken_over(row(1, said("书桌")), story=story, file=LATER_FILE).then()
    assert [one["code"] for one in story.answer["refused"]] == ["HELD_ELSEWHERE"]


def test_a_card_does_not_change_its_kind() -> None:
    story = taken_over(row(1))
    taken_over(row(1, said("办公桌", 5, unit="张")), story=story, file=LATER_FILE).then()
    assert [one["code"] for one in story.answer["refused"]] == ["KIND_IS_FIXED"]


def test_one_number_twice_in_a_file_is_one_card_and_one_refusal_also_across_chunks() -> None:
    story = taken_over(row(1))
    taken_over(row(1500, card="GD0001"), story=story).then()
    assert [(one["row"], one["code"]) for one in story.answer["refused"]] == [(1500, "NUMBER_TAKEN")]


def test_the_same_number_of_another_issuer_or_body_is_another_card() -> None:
    other = OldRow(row=2, said=DESK, holder=EDUCATION, card=CardNumber("old label", "GD0001"))
    taken_over(row(1), other, row(3, card="GD0001", holder=EDUCATION_OFFICE)).then(*[TakenOver] * 3)


@pytest.mark.parametrize(
    ("input", "refusal"),
    [
        ({"file": "x"}, InvalidValue),
        ({"rows": ()}, TooMany),
        ({"rows": (row(),) * 1001}, TooMany),
        ({"cut_off": MONDAY + timedelta(days=1)}, InTheFuture),
    ],
)
def test_a_chunk_has_limits(input: dict[str, Any], refusal: type[InvalidValue]) -> None:
    wanted = {"file": FILE, "cut_off": CUT_OFF, "rows": (row(),), **input}
    given(GANSU).when("take_over_assets", as_=CHEN_MANAGES, **wanted).refused(refusal)


def test_an_officer_takes_nothing_over() -> None:
    taken_over(row(), as_=BEN_ASKS).refused(NotYours)


def undone(story: Story, *assets: UUID, file: str = FILE) -> Story:
    return story.when("undo_take_over", as_=CHEN_MANAGES, file=file, assets=assets)


def test_an_import_is_undone_and_can_be_made_again() -> None:
    story = taken_over(row(1), row(2, card=None))
    first = cards(story)
    undone(story, *first).then(TakeOverUndone, TakeOverUndone)
    assert story.answer == {"undone": 2, "restored": 0}
    assert [story.thing(Asset, id).alive for id in first] == [False, False]
    taken_over(row(1), row(2, card=None), story=story).then(TakenOver, TakenOver)
    assert not set(cards(story)) & set(first)


def test_an_import_is_undone_only_while_nothing_else_has_touched_its_cards() -> None:
    story = taken_over(row(1), row(2))
    first = cards(story)
    story.given(on(first[1], ConditionSeen(condition=Condition.WORN)))
    undone(story, *first).refused(CardsTouched, "assets.1")
    undone(story, first[0]).then(TakeOverUndone)
    undone(story, first[0]).refused(CardsTouched)


def test_an_import_is_not_undone_below_a_thing_that_carries_a_label() -> None:
    """A sticker on a thing that never was would lead nowhere. A label that was revoked was on it, too."""
    story = taken_over(row(1), row(2))
    first = cards(story)
    sticker = LabelFor(kind=LabelKind.ASSET, thing=first[1])
    story.when("issue_labels", as_=CHEN_MANAGES, things=(sticker,))
    undone(story, *first).refused(CardsTouched, "assets.1")
    undone(story, first[0]).then(TakeOverUndone)
    label = story.log.owned["labelled", sticker.key]
    story.when("revoke_label", as_=CHEN_MANAGES, label=label, why=LabelReason.MISPRINTED)
    undone(story, first[1]).refused(CardsTouched, "assets.0")


def test_undoing_an_update_brings_back_what_the_card_said_before() -> None:
    story = taken_over(row(1), row(2))
    id, _ = cards(story)
    taken_over(row(1, said("书桌")), row(3), story=story, file=LATER_FILE)
    assert story.thing(Asset, id).name == "书桌"
    undone(story, id).refused(NotOfThisImport)
    undone(story, id, file=LATER_FILE).then(DescriptionRestored)
    assert (story.thing(Asset, id).name, story.thing(Asset, id).book) == ("办公桌", DESK.book)
    undone(story, id).then(TakeOverUndone)


def test_a_card_of_another_file_is_not_undone() -> None:
    story = taken_over(row(1))
    undone(story, *cards(story), file=LATER_FILE).refused(NotOfThisImport)


def test_undoing_is_for_the_holder_s_asset_manager() -> None:
    story = (
        given(GANSU)
        .when("take_over_assets", file=FILE, cut_off=CUT_OFF, rows=(row(1, holder=HEALTH),))
        .then(TakenOver)
    )
    undone(story, *cards(story)).refused(NotYours)


def test_a_missing_card_keeps_what_the_file_said_of_its_custodian() -> None:
    story = taken_over(row(1, custodian=CHEN, occurred_at=LAST_FRIDAY))
    [id] = cards(story)
    assert story.thing(Asset, id).custody.person == CHEN
    story.given(on(id, MissingReported(liable=EDUCATION)))
    undone(story, id).refused(CardsTouched)


def test_our_own_register_read_in_again_makes_no_second_card_and_changes_none() -> None:
    story = taken_over(row(1), row(2))
    desk = story.thing(Asset, cards(story)[0])
    story = taken_over(row(1, card=desk.number), story=story, file=LATER_FILE)
    assert (story.new, story.answer["created"], story.answer["unchanged"]) == ([], 0, [1])
    changed = (row(1, said("会议桌"), card=desk.number), row(2, card=desk.number, holder=HEALTH))
    story = taken_over(*changed, story=story, file=LATER_FILE)
    assert [one["code"] for one in story.answer["refused"]] == ["CHANGED_HERE", "NOT_YOURS"]
    stranger = taken_over(row(1, card="GW0123456789"), story=story, file=LATER_FILE)
    assert stranger.answer["created"] == 1
