"""Labels: printed blank and bound, drawn for things, printed again, replaced, revoked.

One live own label per thing or piece, one thing per label; what is retired or revoked is never live again. Two who bind one blank, or
two blanks to one thing, at the same moment: the log keeps both claims, one wins, the other is told.
"""

from collections.abc import Sequence
from uuid import UUID

from domain.command import Command
from domain.label import (
    Affixed,
    AlreadyLabelled,
    Label,
    LabelBound,
    LabelFor,
    LabelIssued,
    LabelKind,
    LabelPreprinted,
    LabelPrinted,
    LabelReason,
    LabelReplaced,
    LabelReprinted,
    LabelRevoked,
    LabelState,
)
from domain.refusals import AlreadyDone, InvalidValue, TooMany
from domain.usecases import Outcome, use_case
from domain.usecases.labelling_rules import (
    BY,
    OF_ASSETS,
    ON_AN_ASSET,
    PREPRINTING,
    Bearer,
    by_code,
    drawn,
    it_can_be_labelled,
    leave,
    live_labels,
    must_have_none,
    numbered,
    take,
    the_asker_manages,
    the_asker_preprints_for,
    the_blank_fits,
)
from domain.usecases.pooling import ReasonMissing

MOST_BLANKS = 1000
MOST_LABELS = 500
"""How many labels one command prints."""


@use_case("preprint_labels", by=PREPRINTING, emits=(LabelPreprinted,), gives=("labels", "tokens"))
def preprint_labels(c: Command, *, body: UUID, count: int) -> Outcome:
    """Draws blank labels for a body, at most 1,000 at once: they are stuck on first and bound at their first scan."""
    the_asker_preprints_for(c, body)
    if not 1 <= count <= MOST_BLANKS:
        raise InvalidValue("count", value=count, least=1, most=MOST_BLANKS)
    return as_outcome(blanks(c, body, count, None))


@use_case(
    "issue_labels", by=BY, emits=(LabelIssued, LabelReprinted), gives=("labels", "tokens"), rules=ON_AN_ASSET
)
def issue_labels(c: Command, *, things: tuple[LabelFor, ...], again: bool = False) -> Outcome:
    """Draws labels for things or pieces of lots, at most 500 at once; all or none. `again`: what has a label keeps it, as a copy."""
    if not things or len(things) > MOST_LABELS:
        raise TooMany("things", most=MOST_LABELS)
    read_things(c, things)
    bearers = [it_can_be_labelled(c, one, f"things.{n}") for n, one in enumerate(things)]
    return as_outcome(issued(c, things, bearers, job=None, again=again))


@use_case("bind_label", by=BY, emits=(LabelBound,), gives=("label", "asset"))
def bind_label(c: Command, *, code: str, to: LabelFor, affixed: Affixed = Affixed.ON_THING) -> Outcome:
    """Binds a blank label, which is stuck on already, to what it is stuck on. Of a lot without a piece's number: its next piece."""
    on = it_can_be_labelled(c, to)
    blank = by_code(c, code)
    blank.must_be_blank()
    the_blank_fits(c, blank, on)
    must_have_none(c, to, on)
    what = numbered(c, to)
    take(c, what, blank, on)
    blank.record(LabelBound(to=what, body=on.body, affixed=affixed))
    return {"label": blank.id, **({"asset": what.thing} if what.kind in OF_ASSETS else {})}


@use_case("reprint_label", by=BY, emits=(LabelReprinted,), gives=("label", "copy"))
def reprint_label(c: Command, *, label: UUID) -> Outcome:
    """Prints a label again (补打): the token stays, the copy is counted."""
    one = c.load(Label, label, "label")
    the_asker_manages(c, one)
    it_can_be_labelled(c, one.must_be_live(), "label")
    one.record(LabelReprinted(copy=one.copies + 1))
    return {"label": one.id, "copy": one.copies}


@use_case(
    "replace_label",
    by=BY,
    emits=(LabelReplaced, LabelIssued, LabelBound),
    gives=("label", "retired"),
)
def replace_label(c: Command, *, label: UUID, why: LabelReason, blank: str = "") -> Outcome:
    """Another label takes this one's place (换签): a new token, or a blank that is at hand. The old token is retired for good."""
    old = c.load(Label, label, "label")
    the_asker_manages(c, old)
    what = old.must_be_live()
    on = it_can_be_labelled(c, what, "label")
    _must_say_why(c, why)
    leave(c, old)
    if blank:
        new = by_code(c, blank, "blank")
        new.must_be_blank("blank")
        the_blank_fits(c, new, on, "blank")
        take(c, what, new, on, "label")
        new.record(
            LabelBound(
                to=what,
                body=on.body,
                affixed=old.affixed or Affixed.ON_THING,
            )
        )
    else:
        new = _drawn_for(c, what, on, None, "label")
    old.record(LabelReplaced(by=new.id, why=why))
    return {"label": new.id, "retired": old.id}


@use_case("revoke_label", by=BY, emits=(LabelRevoked,), gives=("label",))
def revoke_label(c: Command, *, label: UUID, why: LabelReason) -> Outcome:
    """Withdraws a label (作废) and puts nothing in its place: a lost blank, a sticker that is about. Whoever scans it is told so."""
    one = c.load(Label, label, "label")
    the_asker_manages(c, one)
    _must_say_why(c, why)
    if one.state is LabelState.REVOKED:
        raise AlreadyDone("label", what=one.number)
    if one.state is LabelState.LIVE:
        leave(c, one)
    one.record(LabelRevoked(why=why))
    return {"label": one.id}


def blanks(c: Command, body: UUID, count: int, job: UUID | None) -> list[Label]:
    """So many new blank labels."""
    made = []
    for _ in range(count):
        label, token = drawn(c)
        label.record(LabelPreprinted(token=token, body=body, job=job))
        made.append(label)
    return made


def issued(
    c: Command, things: Sequence[LabelFor], bearers: Sequence[Bearer], *, job: UUID | None, again: bool
) -> list[Label]:
    """A new label for what has none, and a copy of the one it has for the rest. Raises `AlreadyLabelled` unless `again`.

    A label that was drawn before and never printed is no copy yet.
    """
    made = []
    for n, (what, on, there) in enumerate(zip(things, bearers, live_labels(c, things), strict=True)):
        if there is None:
            made.append(_drawn_for(c, numbered(c, what, f"things.{n}"), on, job, f"things.{n}"))
        elif there in made:
            raise InvalidValue(f"things.{n}", value=on.called, once=True)
        elif job is not None and not there.on_paper:
            there.record(LabelPrinted(job=job))
            made.append(there)
        elif not again:
            raise AlreadyLabelled(f"things.{n}", what=on.called)
        else:
            there.record(LabelReprinted(copy=there.copies + 1, job=job))
            made.append(there)
    return made


def as_outcome(labels: Sequence[Label]) -> Outcome:
    return {"labels": [one.id for one in labels], "tokens": [one.token for one in labels]}


def read_things(c: Command, things: Sequence[LabelFor]) -> None:
    """What is going to be looked at, in one go."""
    c.read_together(one.thing for one in things if one.kind is not LabelKind.SLIP)


def _drawn_for(c: Command, what: LabelFor, on: Bearer, job: UUID | None, path: str) -> Label:
    label, token = drawn(c)
    take(c, what, label, on, path)
    label.record(LabelIssued(token=token, to=what, body=on.body, job=job))
    return label


def _must_say_why(c: Command, why: LabelReason) -> None:
    if why is LabelReason.OTHER and not c.meta.reason:
        raise ReasonMissing("reason")
