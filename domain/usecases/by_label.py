"""What is handed out or taken back by scan: the label says which thing is meant, and must be one that still serves.

A retired label never serves a hand-out unasked: the thing has another label, and this one may be on something else by now. A return lands
all the same. Blank and revoked ones say nothing that could be relied on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from domain.command import Command
from domain.label import Label, LabelFor, LabelNotLive, LabelServedThoughRetired, LabelState
from domain.refusals import InvalidValue, Refusal
from domain.usecases.labelling_rules import OF_ASSETS, by_code
from domain.values import Value, free_text


class ScannedLabel(Value, frozen=True, kw_only=True):
    """A label that was scanned at the counter. `despite_retired`: why a retired one is to serve all the same."""

    code: str
    despite_retired: str = ""


class RetiredLabel(Refusal):
    """The label was replaced: the new one has to be looked for, unless there is a reason why this one must do."""

    code = "RETIRED_LABEL"


class LabelOfAnotherThing(Refusal):
    """The label names something else than what is handed over or taken back."""

    code = "LABEL_OF_ANOTHER_THING"


def scanned_out(
    c: Command, code: str, despite_retired: str = "", path: str = "code"
) -> tuple[Label, LabelFor]:
    """The label of an asset that goes out, and what it names. Raises `RetiredLabel`, `LabelNotLive`, `LabelOfAnotherThing`."""
    label, names = _scanned(c, code, path)
    if label.state is LabelState.RETIRED and not despite_retired.strip():
        instead = c.load(Label, label.by).number if label.by else ""
        raise RetiredLabel(path, label=label.number, what=label.why, instead=instead)
    return label, names


def labels_out(
    c: Command, labels: tuple[ScannedLabel, ...], given: Mapping[UUID, int], path: str = "labels"
) -> list[tuple[Label, str]]:
    """The labels of a hand-out, each of one of its things, with the reason why a retired one serves."""
    found = [
        scanned_out(c, one.code, one.despite_retired, f"{path}.{n}.code") for n, one in enumerate(labels)
    ]
    _must_be_of(found, given, path)
    return [(label, said.despite_retired) for (label, _), said in zip(found, labels, strict=True)]


def labels_back(
    c: Command, labels: tuple[ScannedLabel, ...], given: Mapping[UUID, int], path: str = "labels"
) -> None:
    """The labels of a return: each of one of its things. A retired one is as good as any."""
    _must_be_of([_scanned(c, one.code, f"{path}.{n}.code") for n, one in enumerate(labels)], given, path)


def thing_of(c: Command, code: str) -> UUID | None:
    """What a label names, whatever has become of it; none, where nobody knows."""
    try:
        names = by_code(c, code).names
    except Refusal:
        return None
    return names.thing if names is not None else None


def note_served(label: Label, paper: UUID, despite_retired: str) -> None:
    """That a retired label served, for which paper, and why."""
    if label.state is LabelState.RETIRED:
        label.record(LabelServedThoughRetired(paper=paper, note=free_text(despite_retired, "despiteRetired")))


def _scanned(c: Command, code: str, path: str) -> tuple[Label, LabelFor]:
    label = by_code(c, code, path)
    if label.names is None or label.state is LabelState.REVOKED:
        raise LabelNotLive(path, label=label.number, state=label.state)
    if label.names.kind not in OF_ASSETS:
        raise LabelOfAnotherThing(path, label=label.number)
    return label, label.names


def _must_be_of(found: Iterable[tuple[Label, LabelFor]], given: Mapping[UUID, int], path: str) -> None:
    """Each label once, each of something given; no more pieces of a lot than are given of it."""
    seen, pieces = set[UUID](), Counter[UUID]()
    for n, (label, names) in enumerate(found):
        if label.id in seen:
            raise InvalidValue(f"{path}.{n}.code", value=label.number, once=True)
        seen.add(label.id)
        pieces[names.thing] += names.piece is not None
        if names.thing not in given or pieces[names.thing] > given[names.thing]:
            raise LabelOfAnotherThing(f"{path}.{n}.code", label=label.number)
