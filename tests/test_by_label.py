"""Handed out and taken back by scan: a retired label serves nothing unasked, and of a lot each piece counts once."""

from typing import Any

import pytest

from domain.label import Label, LabelFor, LabelKind, LabelNotLive, LabelReason, LabelServedThoughRetired
from domain.life.keeping import CaseOpened
from domain.life.lending import Dispatched, Lent, Returned
from domain.life.pooling import Listed
from domain.papers.loan import LineReturned, LoanClosed, LoanLine, LoanOpened
from domain.papers.request import Request, RequestUnitPicked, RequestUnitPutBack
from domain.papers.slip import SlipIssued
from domain.policies import OnLoan
from domain.refusals import AlreadyDone, InvalidValue, Unknown
from domain.usecases.by_label import LabelOfAnotherThing, RetiredLabel, ScannedLabel
from domain.usecases.returning import ReturnLine
from tests.counter import BEAMER, GROUND, allotted, ask, hand, paper, some, store_of
from tests.examples import ANA_KEEPS, FRIDAY, HEALTH, WAREHOUSE, named_id
from tests.goods import CHAIRS, LAPTOP, book, card, said
from tests.labelled_goods import OWN, THE_CAMERA, THE_CHAIRS, THE_LAPTOP, blanks, chair, goods, issued
from tests.store_room import BY_WANG
from tests.story import LONG_AGO, Story, given, on

A_LAPTOP, THREE_CHAIRS = (LoanLine(LAPTOP, 1),), (LoanLine(CHAIRS, 3),)
MICROPHONES = named_id("话筒")


def scans(*labels: Label, despite: str = "") -> tuple[ScannedLabel, ...]:
    return tuple(ScannedLabel(code=one.number, despite_retired=despite) for one in labels)


def lend(story: Story, lines: tuple[LoanLine, ...], *labels: Label, **more: Any) -> Story:
    given_out = {
        "lines": lines,
        "borrower": HEALTH,
        "receiver": BY_WANG,
        "due": FRIDAY,
        "labels": scans(*labels),
    }
    return story.when("lend", as_=ANA_KEEPS, **(given_out | more))


def retired(story: Story, what: LabelFor) -> tuple[Label, Label]:
    """The old label of a thing, and its new one."""
    [old] = issued(story, what)
    story.when("replace_label", label=old.id, why=LabelReason.WORN, **OWN)
    return old, story.thing(Label, story.answer["label"])


def revoked(story: Story, what: LabelFor) -> Label:
    [label] = issued(story, what)
    story.when("revoke_label", label=label.id, why=LabelReason.COPIED, **OWN)
    return label


def test_what_is_lent_by_its_label_must_be_what_the_label_names() -> None:
    story = goods()
    laptop, camera = issued(story, THE_LAPTOP, THE_CAMERA)
    lend(story, A_LAPTOP, camera).refused(LabelOfAnotherThing, "labels.0.code")
    lend(story, A_LAPTOP, laptop, laptop).refused(InvalidValue, "labels.1.code")
    lend(story, A_LAPTOP, labels=(ScannedLabel(code="no such code"),)).refused(Unknown, "labels.0.code")
    lend(story, A_LAPTOP, labels=(ScannedLabel(code=f"/A/{laptop.token[:-1]}"),)).refused(
        InvalidValue, "labels.0.code"
    )
    lend(story, A_LAPTOP, laptop).then(LoanOpened, Lent, SlipIssued)


def test_a_retired_label_serves_no_hand_out_unless_somebody_says_why() -> None:
    story = goods()
    old, new = retired(story, THE_LAPTOP)
    lend(story, A_LAPTOP, old).refused(RetiredLabel, "labels.0.code")
    assert story.refusal is not None
    assert (story.refusal.values["instead"], story.refusal.values["what"]) == (new.number, LabelReason.WORN)
    lend(story, A_LAPTOP, labels=scans(old, despite="  ")).refused(RetiredLabel)
    lend(story, A_LAPTOP, labels=scans(old, despite=" 新标签未到，已核对编号 "))
    served = LabelServedThoughRetired(paper=story.answer["loan"], note="新标签未到，已核对编号")
    story.then(LoanOpened, Lent, SlipIssued, (old.id, served))


def test_what_has_happened_lands_whatever_label_served_with_a_case_of_its_thing() -> None:
    story = goods()
    old, _ = retired(story, THE_LAPTOP)
    [chairs] = issued(story, THE_CHAIRS)
    lines = (*A_LAPTOP, *THREE_CHAIRS)
    labels = (*scans(chairs, old), ScannedLabel(code="unreadable"))
    lend(story, lines, labels=labels).refused(RetiredLabel)
    lend(story, lines, labels=labels, already_happened=True)
    cases = [(row.stream, row.fact.case) for row in story.new if isinstance(row.fact, CaseOpened)]
    assert cases == [(LAPTOP, "breach:RETIRED_LABEL"), (LAPTOP, "breach:UNKNOWN")]


def test_by_carrier_the_same_holds() -> None:
    story = goods()
    old, new = retired(story, THE_LAPTOP)
    sent = {"lines": A_LAPTOP, "borrower": HEALTH, "due": FRIDAY, "carrier": "顺丰", "as_": ANA_KEEPS}
    story.when("dispatch", **sent, labels=scans(old)).refused(RetiredLabel)
    story.when("dispatch", **sent, labels=scans(new)).then(LoanOpened, Dispatched, SlipIssued)


def test_what_was_revoked_or_names_nothing_serves_nothing() -> None:
    story = goods()
    [blank], gone = blanks(story), revoked(story, THE_LAPTOP)
    for label in (blank, gone):
        lend(story, A_LAPTOP, labels=scans(label, despite="急用")).refused(LabelNotLive, "labels.0.code")
    [place] = issued(story, LabelFor(kind=LabelKind.PLACE, thing=WAREHOUSE))
    lend(story, A_LAPTOP, place).refused(LabelOfAnotherThing)


def test_of_a_lot_each_piece_counts_once_and_no_more_than_are_handed_out() -> None:
    story = goods()
    pieces = issued(story, *(chair(n) for n in range(1, 6)))
    lend(story, THREE_CHAIRS, *pieces[:4]).refused(LabelOfAnotherThing, "labels.3.code")
    lend(story, THREE_CHAIRS, pieces[0], pieces[1], pieces[0]).refused(InvalidValue, "labels.2.code")
    lend(story, THREE_CHAIRS, *pieces[2:5]).then(LoanOpened, Lent, SlipIssued)


def test_a_return_lands_by_a_retired_label_too() -> None:
    story = goods()
    old, _ = retired(story, THE_LAPTOP)
    gone = revoked(story, THE_CHAIRS)
    lend(story, A_LAPTOP).then(LoanOpened, Lent, SlipIssued)
    back = {"lines": (ReturnLine(asset=LAPTOP),), "place": WAREHOUSE, "as_": ANA_KEEPS}
    story.when("take_back", **back, labels=scans(gone)).refused(LabelNotLive, "labels.0.code")
    story.when("take_back", **back, labels=scans(old, old)).refused(InvalidValue, "labels.1.code")
    story.when("take_back", **back, labels=scans(old)).then(Returned, LineReturned, LoanClosed, SlipIssued)


def picked(story: Story, request: Any, code: str, **more: Any) -> Story:
    return story.when("pick_unit", as_=ANA_KEEPS, request=request, code=code, **more)


def test_a_unit_is_picked_by_its_label_alone() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, some(2))
    first, second = allotted(story, request)
    one, other = issued(story, *(LabelFor(kind=LabelKind.ASSET, thing=id) for id in (first, second)))
    picked(story, request, f"https://example.cn/a/{one.token}").then(RequestUnitPicked)
    assert (story.answer["asset"], paper(story, request).picked) == (first, {first: 1})
    picked(story, request, one.token, asset=second).refused(LabelOfAnotherThing, "code")
    story.when("pick_unit", as_=ANA_KEEPS, request=request).refused(InvalidValue, "asset")
    story.when("unpick_unit", as_=ANA_KEEPS, request=request, code=one.number).then(RequestUnitPutBack)
    story.when("replace_label", label=other.id, why=LabelReason.WORN, **OWN)
    picked(story, request, other.token).refused(RetiredLabel, "code")
    picked(story, request, other.token, despite_retired="已核对编号").then(
        RequestUnitPicked, (other.id, LabelServedThoughRetired)
    )
    hand(story, request, partly=True)
    assert story.refusal is None


def test_a_piece_that_was_scanned_already_is_not_counted_again() -> None:
    lot = card(
        MICROPHONES, said("话筒", 5, unit="支", worth=book("900.00"), class_code=BEAMER), place=WAREHOUSE
    )
    story = given(GROUND, lot, on(MICROPHONES, Listed(listing=named_id("上架话筒"), loan=True), at=LONG_AGO))
    request = ask(story, some(3))
    pieces = issued(story, *(LabelFor(kind=LabelKind.PIECE, thing=MICROPHONES, piece=n) for n in (1, 2, 3)))
    picked(story, request, pieces[0].token).then(RequestUnitPicked)
    picked(story, request, pieces[0].token).refused(AlreadyDone, "code")
    picked(story, request, pieces[1].token, quantity=2).refused(LabelOfAnotherThing, "code")
    picked(story, request, pieces[1].token).then(RequestUnitPicked)
    assert (paper(story, request).picked, paper(story, request).pieces) == (
        {MICROPHONES: 2},
        {MICROPHONES: (1, 2)},
    )
    story.when("unpick_unit", as_=ANA_KEEPS, request=request, code=pieces[0].token).then(RequestUnitPutBack)
    assert paper(story, request).pieces == {MICROPHONES: (2,)}
    picked(story, request, pieces[0].token).then(RequestUnitPicked)
    picked(story, request, pieces[2].token).then(RequestUnitPicked)
    hand(story, request)
    assert story.refusal is None
    done = story.thing(Request, request)
    assert (done.picked, done.pieces) == ({}, {})


@pytest.mark.parametrize("despite", ["", "急用"])
def test_what_is_out_already_is_refused_for_that_whatever_label_it_has(despite: str) -> None:
    story = goods()
    old, _ = retired(story, THE_LAPTOP)
    lend(story, A_LAPTOP)
    lend(story, A_LAPTOP, labels=scans(old, despite=despite)).refused(OnLoan)
