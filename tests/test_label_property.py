"""Any sequence of label commands against a model that is slow and obviously right: all that happened, looked through every time."""

from collections import Counter
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.label import Label, LabelFor, LabelKind, LabelReason, LabelState
from tests.examples import OFFICES
from tests.goods import CHAIRS
from tests.labelled_goods import OWN, THE_CAMERA, THE_LAPTOP, again, goods
from tests.properties import at_most
from tests.story import Story

SINGLE = (THE_LAPTOP, THE_CAMERA)


class Happened(NamedTuple):
    """One thing that happened to one label."""

    label: int
    what: str
    thing: LabelFor | None = None


class Became(NamedTuple):
    """So many of a lot became a lot of their own; or, `ends`, all of it went onto another card."""

    lot: UUID
    into: UUID
    quantity: int
    ends: bool


class Model:
    """What was done, in order. Everything else is worked out from it, from the beginning, each time."""

    def __init__(self) -> None:
        self.all: list[Happened] = []
        self.lots: list[Became] = []

    def names(self, label: int) -> LabelFor | None:
        """What it names or named."""
        found = None
        for one in self.all:
            if one.label == label and one.thing is not None:
                found = one.thing
        return found

    def state(self, label: int) -> LabelState:
        ends = [one.what for one in self.all if one.label == label]
        if "revoked" in ends:
            return LabelState.REVOKED
        if "replaced" in ends:
            return LabelState.RETIRED
        return LabelState.BLANK if self.names(label) is None else LabelState.LIVE

    def copies(self, label: int) -> int:
        return sum(one == Happened(label, "reprinted") for one in self.all)

    def live_on(self, thing: LabelFor) -> int | None:
        labels = {one.label for one in self.all}
        found = [one for one in labels if self.state(one) is LabelState.LIVE and self.names(one) == thing]
        assert len(found) <= 1, "the model itself must be right"
        return found[0] if found else None

    def ever(self, lot: UUID) -> int:
        """How many pieces a lot ever had."""
        return (10 if lot == CHAIRS else 0) + sum(one.quantity for one in self.lots if one.into == lot)

    def left(self, lot: UUID) -> int:
        return self.ever(lot) - sum(one.quantity for one in self.lots if one.lot == lot)

    def ended(self, lot: UUID) -> bool:
        return any(one.ends for one in self.lots if one.lot == lot)

    def becomes(self, thing: UUID, other: UUID) -> bool:
        """Whether a way leads from one to the other, however long."""
        reached = {thing}
        for _ in self.lots:
            reached |= {one.into for one in self.lots if one.lot in reached}
        return other in reached and other != thing

    def meant(self, thing: LabelFor) -> LabelFor | None:
        """The next piece: the lowest of all there were that has no label."""
        if not thing.is_next_piece:
            return thing
        pieces = (piece(thing.thing, n) for n in range(1, self.ever(thing.thing) + 1))
        return next((one for one in pieces if self.live_on(one) is None), None)

    def impossible(self, thing: LabelFor) -> str:
        """Why it can carry nothing, whatever is to be put on it."""
        if self.ended(thing.thing):
            return "NOT_ALIVE"
        return "NO_SUCH_PIECE" if thing.piece is not None and thing.piece > self.ever(thing.thing) else ""

    def taken(self, thing: LabelFor) -> str:
        """Why nothing more can be put on it."""
        if self.meant(thing) is None:
            return "NO_SUCH_PIECE"
        return "ALREADY_LABELLED" if not thing.is_next_piece and self.live_on(thing) is not None else ""

    def not_live(self, label: int) -> str:
        return "" if self.state(label) is LabelState.LIVE else "LABEL_NOT_LIVE"

    def gone(self, label: int) -> str:
        """Why a live label cannot be printed or replaced."""
        named = self.names(label)
        return self.impossible(named) if named is not None else ""


def piece(lot: UUID, n: int | None = None) -> LabelFor:
    return LabelFor(kind=LabelKind.PIECE, thing=lot, piece=n)


class AnyLabels(RuleBasedStateMachine):
    """The keeper of the store does anything to labels, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.story: Story = goods()
        self.model = Model()
        self.ids: list[UUID] = []

    def asks(self, name: str, expected: str, **said: Any) -> bool:
        """Does it, and must get the answer the model gives."""
        self.story.when(name, **said, **OWN)
        told = self.story.refusal.code if self.story.refusal else ""
        assert told == expected, (name, said)
        return not told

    def new(self, id: UUID) -> int:
        self.ids.append(id)
        return len(self.ids) - 1

    def one(self, data: st.DataObject) -> tuple[int, Label] | None:
        """Any label there is."""
        if not self.ids:
            return None
        at = data.draw(st.integers(0, len(self.ids) - 1), label="label")
        return at, self.story.thing(Label, self.ids[at])

    def thing(self, data: st.DataObject) -> LabelFor:
        """A single thing, a lot, one of its pieces, its next piece; of the first lot or one that came of it."""
        lots = [CHAIRS, *dict.fromkeys(one.into for one in self.model.lots)]
        lot = data.draw(st.sampled_from(lots), label="lot")
        of_lot = [LabelFor(kind=LabelKind.ASSET, thing=lot), *(piece(lot, n) for n in (None, 1, 2, 10, 11))]
        return data.draw(st.sampled_from([*SINGLE, *of_lot]), label="thing")

    @rule(count=st.integers(1, 3))
    def preprint(self, count: int) -> None:
        assert self.asks("preprint_labels", "", body=OFFICES, count=count)
        for id in self.story.answer["labels"]:
            self.model.all.append(Happened(self.new(id), "preprinted"))

    @rule(data=st.data(), again=st.booleans())
    def issue(self, data: st.DataObject, again: bool) -> None:
        thing = self.thing(data)
        there = None if thing.is_next_piece else self.model.live_on(thing)
        why = self.model.impossible(thing) or self.model.taken(thing)
        copied = again and why == "ALREADY_LABELLED"
        if not self.asks("issue_labels", "" if copied else why, things=(thing,), again=again):
            return
        [id] = self.story.answer["labels"]
        if copied:
            assert there is not None
            assert id == self.ids[there]
            self.model.all.append(Happened(there, "reprinted"))
        else:
            meant = self.model.meant(thing)
            self.model.all.append(Happened(self.new(id), "issued", meant))

    @rule(data=st.data())
    def bind(self, data: st.DataObject) -> None:
        if found := self.one(data):
            (at, label), thing = found, self.thing(data)
            blank = "" if self.model.state(at) is LabelState.BLANK else "LABEL_NOT_BLANK"
            why = self.model.impossible(thing) or blank or self.model.taken(thing)
            meant = self.model.meant(thing)
            if self.asks("bind_label", why, code=label.token, to=thing):
                self.model.all.append(Happened(at, "bound", meant))

    @rule(data=st.data())
    def reprint(self, data: st.DataObject) -> None:
        if found := self.one(data):
            at, label = found
            if self.asks("reprint_label", self.model.not_live(at) or self.model.gone(at), label=label.id):
                self.model.all.append(Happened(at, "reprinted"))

    @rule(data=st.data(), with_blank=st.booleans())
    def replace(self, data: st.DataObject, with_blank: bool) -> None:
        found, other = self.one(data), self.one(data)
        if found is None or other is None:
            return
        (at, old), (new, blank) = found, other
        why = self.model.not_live(at) or self.model.gone(at)
        if with_blank and not why and self.model.state(new) is not LabelState.BLANK:
            why = "LABEL_NOT_BLANK"
        said = {"label": old.id, "why": LabelReason.WORN} | ({"blank": blank.token} if with_blank else {})
        if self.asks("replace_label", why, **said):
            if not with_blank:
                new = self.new(self.story.answer["label"])
            self.model.all.append(Happened(at, "replaced"))
            self.model.all.append(Happened(new, "takes its place", self.model.names(at)))

    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        """Two of a lot become a lot of their own."""
        lots = [CHAIRS, *(one.into for one in self.model.lots)]
        lot = data.draw(st.sampled_from(lots), label="split")
        if self.model.left(lot) > 2 and not self.model.ended(lot):
            assert self.asks("split_lot", "", asset=lot, quantity=2)
            self.model.lots.append(Became(lot, self.story.answer["part"], 2, False))

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        """A lot that was split off goes back onto the first card."""
        parts = [one.into for one in self.model.lots if one.into != CHAIRS and not self.model.ended(one.into)]
        if parts:
            part = data.draw(st.sampled_from(parts), label="merge")
            quantity = self.model.left(part)
            assert self.asks("merge_lots", "", asset=CHAIRS, others=(part,))
            self.model.lots.append(Became(part, CHAIRS, quantity, True))

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        if found := self.one(data):
            (at, label), to = found, self.thing(data)
            why, named = self.model.not_live(at) or self.model.impossible(to), self.model.names(at)
            if not why and named is not None and not self.model.becomes(named.thing, to.thing):
                why = "NOT_ITS_SUCCESSOR"
            why, meant = why or self.model.taken(to), self.model.meant(to)
            if self.asks("move_label", why, label=label.id, to=to):
                self.model.all.append(Happened(at, "moved", meant))

    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        if found := self.one(data):
            at, label = found
            why = "ALREADY_DONE" if self.model.state(at) is LabelState.REVOKED else ""
            if self.asks("revoke_label", why, label=label.id, why=LabelReason.LOST):
                self.model.all.append(Happened(at, "revoked"))

    @rule(data=st.data())
    def scan(self, data: st.DataObject) -> None:
        if found := self.one(data):
            assert self.asks("record_scan", "", code=found[1].token)

    @invariant()
    def every_label_is_what_the_model_says(self) -> None:
        for at, id in enumerate(self.ids):
            label = self.story.thing(Label, id)
            assert (label.state, label.names, label.copies) == (
                self.model.state(at), self.model.names(at), self.model.copies(at),
            )  # fmt: skip

    @invariant()
    def one_live_label_per_thing_and_the_log_knows_whose_it_is(self) -> None:
        labels = [again(self.story, Label(id)) for id in self.ids]
        live = {one.names.key: one.id for one in labels if one.state is LabelState.LIVE and one.names}
        assert len(live) == sum(one.state is LabelState.LIVE for one in labels)
        owned = {key: owner for (kind, key), owner in self.story.log.owned.items() if kind == "labelled"}
        assert owned == live
        tokens = Counter(one.token for one in labels)
        assert all(count == 1 for count in tokens.values())


TestAnyLabels = AnyLabels.TestCase
TestAnyLabels.settings = settings(max_examples=at_most(60), stateful_step_count=30, deadline=None)
