"""What may be done now with what was scanned, and with its label? The rules the use cases ask first; a screen asks the very same."""

from collections.abc import Callable, Mapping, Sequence

from domain.asset import Asset
from domain.command import Command
from domain.label import Label, LabelFor, LabelKind, LabelNotLive, LabelState
from domain.papers.kit import Kit
from domain.papers.slip import SlipMarks, marks_of
from domain.place import Place, PlaceOutOfUse
from domain.refusals import AlreadyDone, Refusal
from domain.usecases import permitted_actions, permitted_on
from domain.usecases.kit_rules import permitted_on_kit
from domain.usecases.labelling_rules import (
    LABELLED,
    a_keeper_or_its_labeller_asks,
    it_can_be_labelled,
    the_asker_manages,
    the_asker_stands_for,
)
from domain.usecases.places import kept

Answers = dict[str, Refusal | None]
LabelRule = Callable[[Command, Label], None]
PlaceRule = Callable[[Command, Place], None]


def permitted_on_scan(c: Command, what: LabelFor, label: Label | None) -> Answers:
    """For everything that can be done with a thing: `None` if this account may do it now, else why not; and with its label."""
    if what.kind in {LabelKind.ASSET, LabelKind.PIECE}:
        answers = permitted_actions(c, c.load(Asset, what.thing))
    elif what.kind is LabelKind.KIT:
        answers = permitted_on_kit(c, c.load(Kit, what.thing))
    elif what.kind is LabelKind.PLACE:
        answers = permitted_on(c, ON_PLACE, c.load(Place, what.thing))
    else:
        answers = _on_slip(c, what)
    return answers | (_unlabelled(c, what) if label is None else permitted_on_label(c, label))


def permitted_on_label(c: Command, label: Label) -> Answers:
    """The same for a label alone: a blank has nothing else."""
    return permitted_on(c, ON_LABEL, label)


def _it_names_something(_: Command, label: Label) -> None:
    if label.names is None:
        raise LabelNotLive("label", label=label.number, state=label.state)


def _it_is_live(_: Command, label: Label) -> None:
    label.must_be_live()


def _its_thing_can_be_labelled(c: Command, label: Label) -> None:
    it_can_be_labelled(c, label.must_be_live(), "label")


def _it_is_blank(_: Command, label: Label) -> None:
    label.must_be_blank()


def _it_is_not_revoked(_: Command, label: Label) -> None:
    if label.state is LabelState.REVOKED:
        raise AlreadyDone("label", what=label.number)


def _the_asker_binds_it(c: Command, label: Label) -> None:
    the_asker_stands_for(c, label.body)


def _its_keeper_asks(c: Command, place: Place) -> None:
    kept(c, place.id)


def _it_is_not_closed(_: Command, place: Place) -> None:
    if place.closed:
        raise PlaceOutOfUse("place", place=place.name)


ON_LABEL: Mapping[str, Sequence[LabelRule]] = {
    "affix_label": (a_keeper_or_its_labeller_asks, _it_names_something),
    "bind_label": (_it_is_blank, _the_asker_binds_it),
    "record_scan": (),
    "replace_label": (the_asker_manages, _it_is_live, _its_thing_can_be_labelled),
    "report_label_damaged": (a_keeper_or_its_labeller_asks,),
    "reprint_label": (the_asker_manages, _it_is_live, _its_thing_can_be_labelled),
    "revoke_label": (the_asker_manages, _it_is_not_revoked),
}
ON_PLACE: Mapping[str, Sequence[PlaceRule]] = {
    "put_place_back_in_use": (_its_keeper_asks, _it_is_not_closed),
    "rename_place": (_its_keeper_asks,),
    "take_place_out_of_use": (_its_keeper_asks,),
}


def _unlabelled(c: Command, what: LabelFor) -> Answers:
    """What has no label may get one: a new one, or a blank that is at hand."""

    def it_may_get_one(command: Command, _: Label) -> None:
        it_can_be_labelled(command, what)

    nothing = Label(what.thing)
    return permitted_on(c, dict.fromkeys(("issue_labels", "bind_label"), (it_may_get_one,)), nothing)


def _on_slip(c: Command, what: LabelFor) -> Answers:
    def its_keeper_asks(command: Command, _: SlipMarks) -> None:
        LABELLED[LabelKind.SLIP].may(command, what)

    def it_is_not_void(_: Command, marks: SlipMarks) -> None:
        if what.piece in marks.voided:
            raise AlreadyDone("number", what=what.piece)

    marks = c.begin(SlipMarks, marks_of(what.thing))
    return permitted_on(
        c, {"reprint_slip": (its_keeper_asks,), "void_slip": (its_keeper_asks, it_is_not_void)}, marks
    )
