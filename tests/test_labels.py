"""Labels: one live own label per thing or piece, one thing per label; what is retired or revoked is never live again."""

import pytest

from domain.asset import Asset
from domain.label import (
    Affixed,
    AlreadyLabelled,
    BlankOfAnotherBody,
    Label,
    LabelBound,
    LabelFor,
    LabelIssued,
    LabelKind,
    LabelNotBlank,
    LabelNotLive,
    LabelPreprinted,
    LabelReason,
    LabelReplaced,
    LabelReprinted,
    LabelRevoked,
    LabelState,
    NoSuchPiece,
)
from domain.label_code import is_token
from domain.papers.slip import SlipKind, series_of
from domain.place import PlaceClosed, PlaceTakenOutOfUse
from domain.policies import NotAlive, NotYourStore
from domain.refusals import AlreadyDone, InvalidValue, NotYours, TooMany, Unknown
from domain.usecases.labelling import MOST_BLANKS, MOST_LABELS
from domain.usecases.pooling import ReasonMissing
from tests.examples import (
    BEN_ASKS,
    BIN_A1,
    CHEN_MANAGES,
    EDUCATION,
    EVA_MANAGES,
    HAN_AUDITS,
    HEALTH,
    OFFICES,
    WAREHOUSE,
    WEDNESDAY,
)
from tests.goods import CHAIRS, LAPTOP
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
    labels,
)
from tests.store_room import BAI_MANAGES, BY_WANG, LIU_KEEPS
from tests.story import on

# Drawn, bound, and one of each.


def test_a_label_is_drawn_for_a_thing_with_a_token_that_says_nothing() -> None:
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    assert (label.state, label.names, label.copies, label.body) == (LabelState.LIVE, THE_LAPTOP, 0, EDUCATION)
    assert is_token(label.token)
    assert story.answer["tokens"] == [label.token]
    assert story.log.owned["label", label.token] == label.id


def test_a_blank_is_bound_at_its_first_scan_whatever_host_the_code_names() -> None:
    story = goods()
    [one] = blanks(story)
    assert (one.state, one.names, one.blank_of) == (LabelState.BLANK, None, OFFICES)
    code = f"https://any.host/a/{one.token.lower()}"
    story.when("bind_label", code=code, to=THE_LAPTOP, affixed=Affixed.ON_CASE, **OWN)
    story.then((one.id, LabelBound(to=THE_LAPTOP, body=EDUCATION, affixed=Affixed.ON_CASE)))
    assert story.answer == {"label": one.id, "asset": LAPTOP}


def test_a_label_names_one_thing() -> None:
    story = goods()
    [one] = blanks(story)
    story.when("bind_label", code=one.token, to=THE_LAPTOP, **OWN).then(LabelBound)
    story.when("bind_label", code=one.token, to=THE_CAMERA, **OWN).refused(LabelNotBlank, "code")
    story.when("bind_label", code=one.token, to=THE_LAPTOP, **OWN).refused(LabelNotBlank, "code")


@pytest.mark.parametrize("what", [THE_LAPTOP, chair(3)], ids=["thing", "piece"])
def test_a_thing_or_a_piece_has_one_live_label(what: LabelFor) -> None:
    story = goods()
    issued(story, what)
    [one] = blanks(story)
    story.when("bind_label", code=one.token, to=what, **OWN).refused(AlreadyLabelled, "to")
    story.when("issue_labels", things=(what,), **OWN).refused(AlreadyLabelled, "things.0")
    story.when("issue_labels", things=(THE_CAMERA, THE_CAMERA), **OWN).refused(InvalidValue, "things.1")


def test_a_lot_has_a_label_of_its_own_beside_those_of_its_pieces() -> None:
    story = goods()
    assert [one.names for one in issued(story, THE_CHAIRS, chair(1), chair(2))] == [
        THE_CHAIRS,
        chair(1),
        chair(2),
    ]


def test_two_who_bind_one_blank_at_the_same_moment() -> None:
    story = goods()
    [one] = blanks(story)
    other = on(one.id, LabelBound(to=THE_CAMERA, body=EDUCATION), claims=[("labelled", THE_CAMERA.key)])
    story.when("bind_label", code=one.token, to=THE_LAPTOP, meanwhile_=(other,), **OWN).refused(LabelNotBlank)
    assert again(story, one).names == THE_CAMERA


def test_two_who_label_one_thing_at_the_same_moment() -> None:
    """The log keeps the claim; told as it is, the second is decided again and sees the first (test_label_race.py)."""
    story = goods()
    one, two = blanks(story, 2)
    other = on(two.id, LabelBound(to=THE_LAPTOP, body=EDUCATION), claims=[("labelled", THE_LAPTOP.key)])
    story.when("bind_label", code=one.token, to=THE_LAPTOP, meanwhile_=(other,), **OWN).refused(
        "NUMBER_TAKEN"
    )
    assert again(story, one).state is LabelState.BLANK


# Pieces.


def test_pieces_of_a_lot_are_numbered_one_after_the_other_and_each_once() -> None:
    story = goods()
    issued(story, chair(2), chair(4))
    for n, one in zip((1, 3, 5, 6, 7, 8, 9, 10), blanks(story, 8), strict=True):
        story.when("bind_label", code=one.token, to=NEXT_CHAIR, **OWN).then(LabelBound)
        assert again(story, one).names == chair(n)
    [one] = blanks(story)
    story.when("bind_label", code=one.token, to=NEXT_CHAIR, **OWN).refused(NoSuchPiece, "to")
    story.when("issue_labels", things=(NEXT_CHAIR,), **OWN).refused(NoSuchPiece, "things.0")


def test_ten_chairs_carry_ten_stickers_drawn_in_one_go() -> None:
    story = goods()
    named = [one.names for one in issued(story, *[NEXT_CHAIR] * 10)]
    assert named == [chair(n) for n in range(1, 11)]


def test_a_piece_that_never_was_has_no_label() -> None:
    story = goods()
    for wrong in (chair(11), chair(10_000)):
        story.when("issue_labels", things=(wrong,), **OWN).refused(NoSuchPiece, "things.0")
    for piece in (0, -1):
        story.when("issue_labels", things=(chair(piece),), **OWN).refused(InvalidValue, "things.0.piece")
    no_lot = LabelFor(kind=LabelKind.PIECE, thing=LAPTOP, piece=1)
    story.when("issue_labels", things=(no_lot,), **OWN).refused(InvalidValue, "things.0.piece")
    no_piece = LabelFor(kind=LabelKind.ASSET, thing=CHAIRS, piece=1)
    story.when("issue_labels", things=(no_piece,), **OWN).refused(InvalidValue, "things.0.piece")


# Printed again, replaced, revoked.


def test_a_label_printed_again_keeps_its_token_and_its_copies_are_counted() -> None:
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    for n in (1, 2):
        story.when("reprint_label", label=label.id, **OWN).then((label.id, LabelReprinted(copy=n)))
        assert story.answer == {"label": label.id, "copy": n}
    story.when("issue_labels", things=(THE_LAPTOP, THE_CAMERA), again=True, **OWN).then(
        LabelReprinted, LabelIssued
    )
    assert again(story, label).token == label.token
    assert again(story, label).copies == 3


def test_a_replaced_label_is_retired_and_the_new_one_takes_its_place() -> None:
    story = goods()
    [old] = issued(story, THE_LAPTOP)
    story.when("replace_label", label=old.id, why=LabelReason.WORN, **OWN).then(LabelReplaced, LabelIssued)
    was, new = again(story, old), story.thing(Label, story.answer["label"])
    assert (was.state, was.by, was.names, was.why) == (
        LabelState.RETIRED,
        new.id,
        THE_LAPTOP,
        LabelReason.WORN,
    )
    assert (new.state, new.names) == (LabelState.LIVE, THE_LAPTOP)
    assert new.token != old.token


def test_a_blank_at_hand_takes_the_place_of_a_label() -> None:
    story = goods()
    [old], [blank] = issued(story, chair(2)), blanks(story)
    said = {"label": old.id, "why": LabelReason.LOST}
    story.when("replace_label", blank=blank.token, **said, **OWN).then(LabelReplaced, LabelBound)
    assert again(story, blank).names == chair(2)
    [used, other] = [again(story, blank), *issued(story, THE_CAMERA)]
    story.when("replace_label", **said | {"label": other.id}, blank=used.token, **OWN).refused(
        LabelNotBlank, "blank"
    )


@pytest.mark.parametrize("end", ["replace_label", "revoke_label"])
def test_what_is_retired_or_revoked_is_never_live_again(end: str) -> None:
    story = goods()
    [label], [blank] = issued(story, THE_LAPTOP), blanks(story)
    story.when(end, label=label.id, why=LabelReason.COPIED, **OWN)
    ended = again(story, label).state
    one = {"label": label.id, **OWN}
    story.when("reprint_label", **one).refused(LabelNotLive, "label")
    story.when("replace_label", why=LabelReason.WORN, **one).refused(LabelNotLive, "label")
    story.when("replace_label", why=LabelReason.WORN, blank=blank.token, **one).refused(LabelNotLive, "label")
    story.when("move_label", to=THE_CAMERA, **one).refused(LabelNotLive, "label")
    story.when("bind_label", code=label.token, to=THE_CAMERA, **OWN).refused(LabelNotBlank, "code")
    story.when("affix_label", where=Affixed.ON_THING, **one)
    story.when("report_label_damaged", **one)
    story.when("record_scan", code=label.token, **OWN)
    assert again(story, label).state is ended is not LabelState.LIVE


def test_a_revoked_label_leaves_its_thing_free_for_another() -> None:
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    story.when("revoke_label", label=label.id, why=LabelReason.WRONG_THING, **OWN).then(LabelRevoked)
    issued(story, THE_LAPTOP)
    story.when("revoke_label", label=label.id, why=LabelReason.LOST, **OWN).refused(AlreadyDone, "label")


def test_a_lost_blank_is_revoked_and_a_retired_label_too() -> None:
    story = goods()
    [blank], [old] = blanks(story), issued(story, THE_LAPTOP)
    story.when("revoke_label", label=blank.id, why=LabelReason.LOST, **OWN).then(LabelRevoked)
    story.when("bind_label", code=blank.token, to=THE_CAMERA, **OWN).refused(LabelNotBlank, "code")
    story.when("replace_label", label=old.id, why=LabelReason.COPIED, **OWN)
    story.when("revoke_label", label=old.id, why=LabelReason.COPIED, **OWN).then(LabelRevoked)
    story.when("issue_labels", things=(THE_LAPTOP,), **OWN).refused(AlreadyLabelled)


def test_another_reason_needs_words() -> None:
    story = goods()
    [label] = issued(story, THE_LAPTOP)
    for name in ("replace_label", "revoke_label"):
        story.when(name, label=label.id, why=LabelReason.OTHER, **OWN).refused(ReasonMissing, "reason")
    story.when("revoke_label", label=label.id, why=LabelReason.OTHER, reason_="改用金属铭牌", **OWN).then(
        LabelRevoked
    )


# How many, and what else can carry one.


def test_a_command_prints_so_many_and_not_more() -> None:
    story = goods()
    blanks(story, MOST_BLANKS)
    for count in (0, -1, MOST_BLANKS + 1):
        story.when("preprint_labels", body=OFFICES, count=count, **OWN).refused(InvalidValue, "count")
    story.when("issue_labels", things=(), **OWN).refused(TooMany, "things")
    story.when("issue_labels", things=(THE_LAPTOP,) * (MOST_LABELS + 1), **OWN).refused(TooMany, "things")


def test_kits_places_and_slips_carry_labels() -> None:
    story = goods()
    kit = story.when("make_kit", name="摄影套装", members=(CAMERA,), **OWN).answer["kit"]
    story.when("lend_kit", kit=kit, borrower=HEALTH, due=WEDNESDAY, receiver=BY_WANG, **OWN)
    series = series_of(WAREHOUSE, SlipKind.LOAN, 2026)
    the_kit, the_bin = LabelFor(kind=LabelKind.KIT, thing=kit), LabelFor(kind=LabelKind.PLACE, thing=BIN_A1)
    the_slip = LabelFor(kind=LabelKind.SLIP, thing=series, piece=1)
    made = issued(story, the_kit, the_bin, the_slip)
    assert [one.body for one in made] == [EDUCATION, OFFICES, OFFICES]
    for one in (
        LabelFor(kind=LabelKind.SLIP, thing=series, piece=2),
        LabelFor(kind=LabelKind.SLIP, thing=series),
    ):
        story.when("issue_labels", things=(one,), **OWN).refused(Unknown, "things.0")
    for kind in (LabelKind.KIT, LabelKind.PLACE, LabelKind.ASSET, LabelKind.PIECE):
        wrong = LabelFor(kind=kind, thing=EDUCATION)
        story.when("issue_labels", things=(wrong,), **OWN).refused(Unknown, "things.0")


def test_what_is_gone_gets_no_new_label_and_keeps_the_one_it_has() -> None:
    story = goods()
    [label], [blank] = issued(story, chair(1)), blanks(story)
    gone = story.when("split_lot", asset=CHAIRS, quantity=3, **OWN).answer["part"]
    story.when("merge_lots", asset=CHAIRS, others=(gone,), **OWN)
    for what in (LabelFor(kind=LabelKind.ASSET, thing=gone), LabelFor(kind=LabelKind.PIECE, thing=gone)):
        story.when("issue_labels", things=(what,), **OWN).refused(NotAlive, "things.0")
        story.when("bind_label", code=blank.token, to=what, **OWN).refused(NotAlive, "to")
    assert again(story, label).state is LabelState.LIVE
    story.given(on(BIN_A1, PlaceTakenOutOfUse(), PlaceClosed()))
    shelf = LabelFor(kind=LabelKind.PLACE, thing=BIN_A1)
    story.when("issue_labels", things=(shelf,), **OWN).refused("PLACE_OUT_OF_USE", "things.0")
    kit = story.when("make_kit", name="散了的", members=(CAMERA,), **OWN).answer["kit"]
    story.when("dissolve_kit", kit=kit, **OWN)
    story.when("issue_labels", things=(LabelFor(kind=LabelKind.KIT, thing=kit),), **OWN).refused(
        NotYours, "things.0"
    )


# Whose business it is.


def test_who_may_not_see_a_thing_may_not_print_its_label() -> None:
    """Deny by default: another body's manager, another store's keeper, an auditor, an officer who does not keep it."""
    story = goods()
    [label], [blank] = issued(story, THE_LAPTOP), blanks(story)
    for who in (LIU_KEEPS, BAI_MANAGES, BEN_ASKS, HAN_AUDITS):
        for name, said in (
            ("issue_labels", {"things": (THE_CAMERA,)}),
            ("issue_labels", {"things": (chair(1),)}),
            ("bind_label", {"code": blank.token, "to": THE_CAMERA}),
            ("reprint_label", {"label": label.id}),
            ("replace_label", {"label": label.id, "why": LabelReason.WORN}),
            ("revoke_label", {"label": label.id, "why": LabelReason.WORN}),
        ):
            code = NotYours if who is HAN_AUDITS else NotYourStore
            story.when(name, as_=who, **said).refused(code)
    assert again(story, label).version == 1


@pytest.mark.parametrize(
    "who", [CHEN_MANAGES, EVA_MANAGES], ids=["its holder's manager", "its keeper's manager"]
)
def test_the_manager_of_its_holder_and_of_whoever_keeps_it_label_it(who: object) -> None:
    goods().when("issue_labels", things=(THE_LAPTOP, chair(1)), as_=who).then(LabelIssued, LabelIssued)


def test_blanks_are_printed_by_the_keepers_and_managers_of_a_body() -> None:
    story = goods()
    for who, body in ((CHEN_MANAGES, EDUCATION), (EVA_MANAGES, OFFICES), (OWN["as_"], OFFICES)):
        story.when("preprint_labels", body=body, count=1, as_=who).then(LabelPreprinted)
    for who, body in (
        (CHEN_MANAGES, OFFICES),
        (OWN["as_"], EDUCATION),
        (LIU_KEEPS, HEALTH),
        (BEN_ASKS, EDUCATION),
    ):
        story.when("preprint_labels", body=body, count=1, as_=who).refused(NotYours)


def test_a_blank_is_bound_by_the_body_it_was_printed_for_to_what_that_body_holds_or_keeps() -> None:
    story = goods()
    story.when("preprint_labels", body=EDUCATION, count=2, as_=CHEN_MANAGES)
    theirs, other = labels(story)
    story.when("bind_label", code=theirs.token, to=THE_LAPTOP, **OWN).refused(BlankOfAnotherBody, "code")
    story.when("bind_label", code=theirs.token, to=THE_LAPTOP, as_=CHEN_MANAGES).then(LabelBound)
    [ours] = blanks(story)
    story.when("bind_label", code=ours.token, to=THE_CAMERA, as_=CHEN_MANAGES).refused(
        BlankOfAnotherBody, "code"
    )
    story.when("revoke_label", label=other.id, why=LabelReason.LOST, **OWN).refused(
        BlankOfAnotherBody, "label"
    )


def test_a_code_that_is_no_label_of_ours_binds_nothing() -> None:
    story = goods()
    [blank] = blanks(story)
    wrong = blank.token[:-1] + ("0" if blank.token[-1] != "0" else "1")
    for code, why in (
        (f"HTTPS://X.CN/A/{wrong}", InvalidValue),
        ("6901234567892", Unknown),
        ("", Unknown),
        (f"/A/{'0' * 12}0", InvalidValue),
    ):
        story.when("bind_label", code=code, to=THE_LAPTOP, **OWN).refused(why, "code")


def test_a_lot_knows_how_many_pieces_it_ever_had() -> None:
    story = goods()
    story.when("split_lot", asset=CHAIRS, quantity=4, **OWN)
    part = story.thing(Asset, story.answer["part"])
    lot = story.thing(Asset, CHAIRS)
    assert (lot.quantity, lot.pieces, lot.parts, part.quantity, part.pieces) == (6, 10, [part.id], 4, 4)
    story.when("merge_lots", asset=CHAIRS, others=(part.id,), **OWN)
    assert (story.thing(Asset, CHAIRS).quantity, story.thing(Asset, CHAIRS).pieces) == (10, 14)
