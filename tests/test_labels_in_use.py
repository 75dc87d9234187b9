"""Labels on things: what happens to a sticker always lands; where its thing has gone on as another, the label is moved there."""

from uuid import UUID

import pytest

from domain.asset import Asset, Existence
from domain.label import (
    Affixed,
    AlreadyLabelled,
    LabelAffixed,
    LabelFor,
    LabelKind,
    LabelMoved,
    LabelNotLive,
    LabelReason,
    LabelReplaced,
    LabelReportedDamaged,
    LabelRevoked,
    LabelScanned,
    LabelState,
    NotItsSuccessor,
)
from domain.life.correcting import DoubleEnded, DoubleTakenIn
from domain.life.disposing import Deregistered, LeftForGood
from domain.policies import NotAlive, NotYourStore
from domain.refusals import InvalidValue, NotYours, Unknown
from domain.usecases.lots import Part
from domain.values import Role
from tests.examples import (
    BEN_ASKS,
    BIN_A1,
    CHEN,
    CHEN_MANAGES,
    EDUCATION,
    HAN_AUDITS,
    HEALTH,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, card, said
from tests.labelled_goods import (
    CAMERA,
    NEXT_CHAIR,
    OWN,
    THE_CAMERA,
    THE_CHAIRS,
    THE_LAPTOP,
    again,
    blanks,
    chair,
    goods,
    issued,
)
from tests.store_room import BAI_MANAGES, LIU_KEEPS
from tests.story import Story, on

TWIN = named_id("相机（重复登记）")
QIU = named_id("person:邱玲")
QIU_MANAGES = account_of(QIU)


def piece_of(lot: UUID, piece: int | None = None) -> LabelFor:
    return LabelFor(kind=LabelKind.PIECE, thing=lot, piece=piece)


def thing(id: UUID) -> LabelFor:
    return LabelFor(kind=LabelKind.ASSET, thing=id)


# What happened to a sticker.


def test_where_a_label_is_and_that_it_is_damaged_is_recorded() -> None:
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    story.when("affix_label", label=label.id, where=Affixed.ON_CASE, note=" 电脑包内 ", **OWN)
    story.then((label.id, LabelAffixed(where=Affixed.ON_CASE, note="电脑包内")))
    story.when("report_label_damaged", label=label.id, note="卷边", **OWN).then(LabelReportedDamaged)
    assert (again(story, label).affixed, again(story, label).damaged) == (Affixed.ON_CASE, True)
    story.when("reprint_label", label=label.id, **OWN)
    assert not again(story, label).damaged, "a fresh sticker is no damaged one"


@pytest.mark.parametrize("end", ["replace_label", "revoke_label"])
def test_what_happens_to_a_sticker_that_does_not_count_any_more_lands_too(end: str) -> None:
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    story.when(end, label=label.id, why=LabelReason.LOST, **OWN)
    story.when("affix_label", label=label.id, where=Affixed.ON_THING, note="旧标签还贴着", **OWN).then(
        LabelAffixed
    )
    story.when("report_label_damaged", label=label.id, **OWN).then(LabelReportedDamaged)
    story.when("record_scan", code=label.token, place=BIN_A1, **OWN).then(LabelScanned)


def test_a_blank_is_stuck_on_by_binding_it() -> None:
    story = goods()
    [blank] = blanks(story)
    story.when("affix_label", label=blank.id, where=Affixed.ON_THING, **OWN).refused(LabelNotLive, "label")
    story.when("report_label_damaged", label=blank.id, **OWN).then(LabelReportedDamaged)
    story.when("report_label_damaged", label=blank.id, as_=BAI_MANAGES).refused(
        "BLANK_OF_ANOTHER_BODY", "label"
    )


def test_whoever_has_the_code_before_him_may_say_so() -> None:
    """It takes the sticker: 60 bits that stand nowhere else. A store's keeper and another body's officer scan what turns up."""
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    for who in (OWN["as_"], LIU_KEEPS, BAI_MANAGES, BEN_ASKS):
        code = f"{label.token[:4]} {label.token[4:]}".lower()
        story.when("record_scan", code=code, place=BIN_A1, found_with=HEALTH, note="走廊", as_=who)
        story.then((label.id, LabelScanned(place=BIN_A1, found_with=HEALTH, note="走廊")))
        assert story.answer == {"label": label.id}
    assert again(story, label).scans == 4
    story.when("record_scan", code=label.token, as_=HAN_AUDITS).refused(NotYours)


def test_a_scan_names_a_label_a_place_and_a_body_that_are_there() -> None:
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    story.when("record_scan", code="GW0000000000", **OWN).refused(Unknown, "code")
    story.when("record_scan", code=label.token, place=LAPTOP, **OWN).refused(Unknown, "place")
    story.when("record_scan", code=label.token, found_with=BIN_A1, **OWN).refused(Unknown, "foundWith")
    story.when("record_scan", code=label.token, note="长" * 1001, **OWN).refused(InvalidValue, "note")


def test_another_store_says_what_it_sees_of_a_sticker_but_decides_nothing() -> None:
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    story.when("affix_label", label=label.id, where=Affixed.ON_THING, as_=LIU_KEEPS).then(LabelAffixed)
    story.when("affix_label", label=label.id, where=Affixed.ON_THING, as_=BAI_MANAGES).refused(NotYours)
    story.when("report_label_damaged", label=label.id, as_=BAI_MANAGES).refused(NotYours)


def test_what_left_the_books_is_still_found_by_its_label() -> None:
    """Disposal deletes no label: years later the sticker still says what it was on."""
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    disposal = named_id("处置")
    story.given(on(LAPTOP, Deregistered(disposal=disposal), LeftForGood(disposal=disposal, to_body=HEALTH)))
    assert not story.thing(Asset, LAPTOP).alive
    story.when("record_scan", code=label.token, found_with=HEALTH, **OWN).then(LabelScanned)
    assert (again(story, label).state, again(story, label).names) == (LabelState.LIVE, THE_LAPTOP)
    story.when("reprint_label", label=label.id, as_=CHEN_MANAGES).refused(NotAlive, "label")
    said = {"label": label.id, "why": LabelReason.NOT_NEEDED}
    story.when("revoke_label", as_=CHEN_MANAGES, **said).then(LabelRevoked)


# A thing that has gone on as another.


def split(story: Story, quantity: int, lot: UUID = CHAIRS) -> UUID:
    part: UUID = story.when("split_lot", asset=lot, quantity=quantity, **OWN).answer["part"]
    return part


def test_the_stickers_of_a_split_lot_name_it_until_each_is_moved_to_its_part() -> None:
    story = goods()
    first, second = issued(story, chair(1), chair(2))
    part = split(story, 4)
    assert (again(story, first).names, again(story, first).state) == (chair(1), LabelState.LIVE)
    story.when("move_label", label=second.id, to=piece_of(part), **OWN)
    story.then((second.id, LabelMoved(to=piece_of(part, 1), body=EDUCATION)))
    [new] = issued(story, chair(2))
    assert new.names == chair(2), "the number it left is free again"
    story.when("move_label", label=new.id, to=piece_of(part, 1), **OWN).refused(AlreadyLabelled, "to")


def test_a_label_follows_through_several_changes() -> None:
    story = goods()
    [label] = issued(story, chair(7))
    one = split(story, 5)
    other = split(story, 2, one)
    story.when("move_label", label=label.id, to=piece_of(other), **OWN).then(LabelMoved)
    story.when("merge_lots", asset=CHAIRS, others=(other,), **OWN)
    story.when("move_label", label=label.id, to=NEXT_CHAIR, **OWN).then(LabelMoved)
    assert again(story, label).names == chair(1)


def test_the_stickers_of_an_itemised_lot_are_moved_to_its_parts() -> None:
    story = goods()
    whole, third = issued(story, THE_CHAIRS, chair(3))
    story.given(account(QIU, EDUCATION, (Role.ASSET_MANAGER, EDUCATION)))
    parts = story.when("itemise_card", asset=CHAIRS, parts=(Part(),) * 10, as_=QIU_MANAGES).answer["parts"]
    story.when("reprint_label", label=third.id, **OWN).refused(NotAlive, "label")
    story.when("move_label", label=third.id, to=thing(parts[2]), **OWN)
    story.then((third.id, LabelMoved(to=thing(parts[2]), body=EDUCATION)))
    story.when("move_label", label=whole.id, to=thing(parts[2]), **OWN).refused(AlreadyLabelled, "to")
    story.when("move_label", label=whole.id, to=piece_of(parts[0]), **OWN).refused(InvalidValue, "to.piece")


def test_a_label_moves_only_to_what_its_thing_has_become() -> None:
    story = goods()
    one, laptop = issued(story, chair(1), THE_LAPTOP)
    part = split(story, 4)
    story.when("move_label", label=one.id, to=THE_CAMERA, **OWN).refused(NotItsSuccessor, "to")
    story.when("move_label", label=laptop.id, to=piece_of(part), **OWN).refused(NotItsSuccessor, "to")
    story.when("move_label", label=one.id, to=chair(5), **OWN).refused(NotItsSuccessor, "to")
    shelf = LabelFor(kind=LabelKind.PLACE, thing=BIN_A1)
    story.when("move_label", label=one.id, to=shelf, **OWN).refused(NotItsSuccessor, "to")
    story.when("move_label", label=one.id, to=piece_of(part), as_=LIU_KEEPS).refused(NotYourStore, "to")


# A thing that was registered twice.


def doubled() -> Story:
    """Two cards for one camera, entered by others than the one who puts it right."""
    story = goods().given(card(TWIN, said("相机")), account(QIU, EDUCATION, (Role.ASSET_MANAGER, EDUCATION)))
    assert QIU != CHEN
    return story


def merge(story: Story) -> Story:
    return story.when("merge_double", asset=CAMERA, double=TWIN, as_=QIU_MANAGES, reason_="同一台相机")


def test_the_label_of_a_double_goes_on_to_the_one_that_stays() -> None:
    story = doubled()
    story.when("issue_labels", things=(thing(TWIN),), as_=QIU_MANAGES)
    label = story.answer["labels"][0]
    merge(story).then(DoubleEnded, DoubleTakenIn, (label, LabelMoved(to=THE_CAMERA, body=EDUCATION)))
    assert story.thing(Asset, TWIN).existence is Existence.MERGED
    story.when("issue_labels", things=(THE_CAMERA,), **OWN).refused(AlreadyLabelled, "things.0")


def test_of_two_labels_on_one_thing_the_one_of_the_double_is_retired() -> None:
    story = doubled()
    [kept] = issued(story, THE_CAMERA)
    story.when("issue_labels", things=(thing(TWIN),), as_=QIU_MANAGES)
    label = story.answer["labels"][0]
    merge(story).then(DoubleEnded, DoubleTakenIn, (label, LabelReplaced(by=kept.id, why=LabelReason.DOUBLE)))


def test_a_double_without_a_label_takes_nothing_along() -> None:
    merge(doubled()).then(DoubleEnded, DoubleTakenIn)
