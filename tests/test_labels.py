"""Labels: one live own label per thing or piece, one thing per label; what is retired or revoked is never live again."""

from typing import Any

from domain.asset import Asset
from domain.label import (
    Affixed,
    AlreadyLabelled,
    Label,
    LabelBound,
    LabelFor,
    LabelIssued,
    LabelKind,
    LabelNotBlank,
    LabelPreprinted,
    LabelReason,
    LabelReplaced,
    LabelReprinted,
    LabelState,
)
from domain.label_code import is_token
from domain.policies import NotYourStore
from tests.examples import ANA_KEEPS, OFFICES
from tests.goods import CHAIRS, LAPTOP
from tests.store_room import IN_STORE, LIU_KEEPS, STORE_ROOM, TEN_CHAIRS
from tests.story import Story, given

THE_LAPTOP = LabelFor(kind=LabelKind.ASSET, thing=LAPTOP)
OWN: dict[str, Any] = {"as_": ANA_KEEPS}


def labelled() -> tuple[Story, Label]:
    """The laptop in the store with a label drawn for it."""
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS).when("issue_labels", things=(THE_LAPTOP,), **OWN)
    story.then(LabelIssued)
    return story, story.thing(Label, story.answer["labels"][0])


def blank(story: Story, count: int = 1) -> list[Label]:
    """Blanks of the offices administration, printed by the keeper of its store."""
    story.when("preprint_labels", body=OFFICES, count=count, **OWN).then(*[LabelPreprinted] * count)
    return [story.thing(Label, one) for one in story.answer["labels"]]


def test_a_label_is_drawn_for_a_thing() -> None:
    story, label = labelled()
    assert (label.state, label.names, label.copies) == (LabelState.LIVE, THE_LAPTOP, 0)
    assert is_token(label.token)
    assert story.answer["tokens"] == [label.token]


def test_a_blank_is_bound_at_its_first_scan_and_only_once() -> None:
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS)
    [one] = blank(story)
    code = f"https://any.host/a/{one.token.lower()}"
    story.when("bind_label", code=code, to=THE_LAPTOP, affixed=Affixed.ON_CASE, **OWN).then(LabelBound)
    assert story.thing(Label, one.id).names == THE_LAPTOP
    chairs = LabelFor(kind=LabelKind.PIECE, thing=CHAIRS)
    story.when("bind_label", code=one.token, to=chairs, **OWN).refused(LabelNotBlank, "code")


def test_a_thing_has_one_live_label() -> None:
    story, _ = labelled()
    [one] = blank(story)
    story.when("bind_label", code=one.token, to=THE_LAPTOP, **OWN).refused(AlreadyLabelled, "to")
    story.when("issue_labels", things=(THE_LAPTOP,), **OWN).refused(AlreadyLabelled, "things.0")
    story.when("issue_labels", things=(THE_LAPTOP,), again=True, **OWN).then(LabelReprinted)


def test_a_replaced_label_is_retired() -> None:
    story, old = labelled()
    story.when("replace_label", label=old.id, why=LabelReason.WORN, **OWN).then(LabelReplaced, LabelIssued)
    was, new = (story.thing(Label, story.answer[name]) for name in ("retired", "label"))
    assert (was.state, was.by, new.state) == (LabelState.RETIRED, new.id, LabelState.LIVE)


def test_pieces_of_a_lot_are_numbered_one_after_the_other() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS)
    piece = LabelFor(kind=LabelKind.PIECE, thing=CHAIRS)
    for n, one in enumerate(blank(story, 10), 1):
        story.when("bind_label", code=one.token, to=piece, **OWN).then(LabelBound)
        names = story.thing(Label, one.id).names
        assert names is not None
        assert names.piece == n
    [one] = blank(story)
    story.when("bind_label", code=one.token, to=piece, **OWN).refused("NO_SUCH_PIECE", "to")
    assert story.thing(Asset, CHAIRS).pieces == 10


def test_the_label_of_another_store_s_thing_is_refused() -> None:
    story, _ = labelled()
    story.when("issue_labels", things=(THE_LAPTOP,), again=True, as_=LIU_KEEPS).refused(NotYourStore, "things.0")
