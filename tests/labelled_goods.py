"""What stories of labels stand on: a laptop, ten chairs and a camera kit in the store, blanks in its keeper's drawer."""

from typing import Any
from uuid import UUID

from domain.body import BodyContactSet
from domain.contact import Contact
from domain.label import Label, LabelFor, LabelKind, LabelPreprinted
from tests.examples import ANA_KEEPS, EDUCATION, OFFICES, WAREHOUSE, named_id
from tests.goods import CHAIRS, LAPTOP, card, said
from tests.store_room import IN_STORE, STORE_ROOM, TEN_CHAIRS
from tests.story import Story, given, on

CAMERA = named_id("相机")
THE_LAPTOP = LabelFor(kind=LabelKind.ASSET, thing=LAPTOP)
THE_CAMERA = LabelFor(kind=LabelKind.ASSET, thing=CAMERA)
THE_CHAIRS = LabelFor(kind=LabelKind.ASSET, thing=CHAIRS)
NEXT_CHAIR = LabelFor(kind=LabelKind.PIECE, thing=CHAIRS)
OWN: dict[str, Any] = {"as_": ANA_KEEPS}


def chair(piece: int) -> LabelFor:
    return LabelFor(kind=LabelKind.PIECE, thing=CHAIRS, piece=piece)


def goods() -> Story:
    phones = [on(one, BodyContactSet(contact=Contact(phone="0931-8461234"))) for one in (OFFICES, EDUCATION)]
    return given(STORE_ROOM, *phones, IN_STORE, TEN_CHAIRS, card(CAMERA, said("相机"), place=WAREHOUSE))


def issued(story: Story, *things: LabelFor) -> list[Label]:
    """Labels drawn for things by the keeper of the store."""
    story.when("issue_labels", things=things, **OWN)
    assert story.refusal is None, story.refusal
    return labels(story)


def labels(story: Story) -> list[Label]:
    """The labels that the last command gave, as they are now."""
    return [story.thing(Label, one) for one in story.answer["labels"]]


def blanks(story: Story, count: int = 1, body: UUID = OFFICES) -> list[Label]:
    """Blanks, printed by the keeper of the store for the body that runs it."""
    story.when("preprint_labels", body=body, count=count, **OWN).then(*[LabelPreprinted] * count)
    return labels(story)


def stuck_on(story: Story, thing: LabelFor) -> Label:
    """A label that is on its thing already."""
    [blank] = blanks(story)
    story.when("bind_label", code=blank.token, to=thing, **OWN)
    assert story.refusal is None, story.refusal
    return story.thing(Label, blank.id)


def again(story: Story, label: Label) -> Label:
    """The label as it is now."""
    return story.thing(Label, label.id)
