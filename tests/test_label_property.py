"""Any sequence of label commands against a model that is slow and obviously right: all that happened, looked through every time."""

from collections import Counter
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.label import Label, LabelFor, LabelReason, LabelState
from tests.examples import OFFICES
from tests.labelled_goods import NEXT_CHAIR, OWN, THE_CAMERA, THE_CHAIRS, THE_LAPTOP, again, chair, goods
from tests.story import Story

THINGS = (THE_LAPTOP, THE_CAMERA, THE_CHAIRS, chair(1), chair(2), chair(10), chair(11), NEXT_CHAIR)
NEVER_WAS = chair(11)


class Happened(NamedTuple):
    """One thing that happened to one label."""

    label: int
    what: str
    thing: LabelFor | None = None


class Model:
    """What was done, in order. Everything else is worked out from it, from the beginning, each time."""

    def __init__(self) -> None:
        self.all: list[Happened] = []

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

    def meant(self, thing: LabelFor) -> LabelFor | None:
        """The next piece: the lowest of ten that has no label."""
        if thing != NEXT_CHAIR:
            return thing
        return next((chair(n) for n in range(1, 11) if self.live_on(chair(n)) is None), None)

    def why_not_on(self, thing: LabelFor) -> str:
        """Why nothing new can be put on a thing, if so."""
        if thing == NEVER_WAS or self.meant(thing) is None:
            return "NO_SUCH_PIECE"
        return "ALREADY_LABELLED" if thing != NEXT_CHAIR and self.live_on(thing) is not None else ""


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

    @rule(count=st.integers(1, 3))
    def preprint(self, count: int) -> None:
        assert self.asks("preprint_labels", "", body=OFFICES, count=count)
        for id in self.story.answer["labels"]:
            self.model.all.append(Happened(self.new(id), "preprinted"))

    @rule(thing=st.sampled_from(THINGS), again=st.booleans())
    def issue(self, thing: LabelFor, again: bool) -> None:
        there = None if thing == NEXT_CHAIR else self.model.live_on(thing)
        why = self.model.why_not_on(thing)
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

    @rule(data=st.data(), thing=st.sampled_from(THINGS))
    def bind(self, data: st.DataObject, thing: LabelFor) -> None:
        if found := self.one(data):
            at, label = found
            why = self.model.why_not_on(thing)
            if thing != NEVER_WAS and self.model.state(at) is not LabelState.BLANK:
                why = "LABEL_NOT_BLANK"
            meant = self.model.meant(thing)
            if self.asks("bind_label", why, code=label.token, to=thing):
                self.model.all.append(Happened(at, "bound", meant))

    @rule(data=st.data())
    def reprint(self, data: st.DataObject) -> None:
        if found := self.one(data):
            at, label = found
            why = "" if self.model.state(at) is LabelState.LIVE else "LABEL_NOT_LIVE"
            if self.asks("reprint_label", why, label=label.id):
                self.model.all.append(Happened(at, "reprinted"))

    @rule(data=st.data(), with_blank=st.booleans())
    def replace(self, data: st.DataObject, with_blank: bool) -> None:
        found, other = self.one(data), self.one(data)
        if found is None or other is None:
            return
        (at, old), (new, blank) = found, other
        why = "" if self.model.state(at) is LabelState.LIVE else "LABEL_NOT_LIVE"
        if with_blank and not why and self.model.state(new) is not LabelState.BLANK:
            why = "LABEL_NOT_BLANK"
        said = {"label": old.id, "why": LabelReason.WORN} | ({"blank": blank.token} if with_blank else {})
        if self.asks("replace_label", why, **said):
            if not with_blank:
                new = self.new(self.story.answer["label"])
            self.model.all.append(Happened(at, "replaced"))
            self.model.all.append(Happened(new, "takes its place", self.model.names(at)))

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
TestAnyLabels.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
