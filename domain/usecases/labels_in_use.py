"""What happens to labels on things: stuck on, damaged, scanned, and followed where the thing has gone on as another.

What happened to a sticker always lands, on a retired one too. Only the move to a successor is a decision.
"""

from uuid import UUID

from domain.asset import Asset
from domain.body import Body
from domain.command import Command
from domain.label import (
    OWN_LABEL,
    Affixed,
    Label,
    LabelAffixed,
    LabelFor,
    LabelKind,
    LabelMoved,
    LabelNotLive,
    LabelReason,
    LabelReplaced,
    LabelReportedDamaged,
    LabelScanned,
)
from domain.place import Place
from domain.usecases import Outcome, use_case
from domain.usecases.labelling_rules import (
    BY,
    a_keeper_or_its_labeller_asks,
    by_code,
    it_can_be_labelled,
    leave,
    live_label,
    must_have_none,
    must_succeed,
    numbered,
    take,
)
from domain.values import free_text


@use_case("affix_label", by=BY, emits=(LabelAffixed,), gives=("label",))
def affix_label(c: Command, *, label: UUID, where: Affixed, note: str = "") -> Outcome:
    """Records where a label is: on the thing, on its case, with whoever has it. A blank is bound instead: it names nothing yet."""
    one = c.load(Label, label, "label")
    a_keeper_or_its_labeller_asks(c, one)
    if one.names is None:
        raise LabelNotLive("label", label=one.number, state=one.state)
    one.record(LabelAffixed(where=where, note=free_text(note, "note")))
    return {"label": one.id}


@use_case("report_label_damaged", by=BY, emits=(LabelReportedDamaged,), gives=("label",))
def report_label_damaged(c: Command, *, label: UUID, note: str = "") -> Outcome:
    """Records that a label can hardly be read or comes off."""
    one = c.load(Label, label, "label")
    a_keeper_or_its_labeller_asks(c, one)
    one.record(LabelReportedDamaged(note=free_text(note, "note")))
    return {"label": one.id}


@use_case("record_scan", by=BY, emits=(LabelScanned,), gives=("label",))
def record_scan(
    c: Command, *, code: str, place: UUID | None = None, found_with: UUID | None = None, note: str = ""
) -> Outcome:
    """Records that somebody had a label before them, and where. It always lands, on a retired label too: whoever can read the code
    was there.
    """
    one = by_code(c, code)
    if place is not None:
        c.load(Place, place, "place")
    if found_with is not None:
        c.load(Body, found_with, "foundWith")
    one.record(LabelScanned(place=place, found_with=found_with, note=free_text(note, "note")))
    return {"label": one.id}


@use_case("move_label", by=BY, emits=(LabelMoved,), gives=("label", "asset"))
def move_label(c: Command, *, label: UUID, to: LabelFor) -> Outcome:
    """Says as what the thing of a label has gone on: after a lot was split, merged or itemised, or a double ended. The sticker stays."""
    one = c.load(Label, label, "label")
    named = one.must_be_live()
    on = it_can_be_labelled(c, to)
    must_succeed(c, named, to)
    must_have_none(c, to, on)
    what = numbered(c, to)
    leave(c, one)
    take(c, what, one, on)
    one.record(LabelMoved(to=what, body=on.body))
    return {"label": one.id, "asset": what.thing}


def label_follows(c: Command, goes: Asset, stays: Asset) -> None:
    """Of a thing that was registered twice: the label of the one that goes names the one that stays, or is retired for that one's own.

    The pieces of a lot keep their labels: which piece is which, only a look at them can tell (`move_label`).
    """
    was, is_ = (LabelFor(kind=LabelKind.ASSET, thing=one.id) for one in (goes, stays))
    label = live_label(c, was)
    if label is None:
        return
    own = live_label(c, is_)
    leave(c, label)
    if own is not None:
        label.record(LabelReplaced(by=own.id, why=LabelReason.DOUBLE))
        return
    c.claim(OWN_LABEL, is_.key, label.id)
    label.record(LabelMoved(to=is_, body=stays.holder))
