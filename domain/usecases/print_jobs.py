"""Print jobs: asked for by people, carried on chunk by chunk by the program in the asker's name, done when every code was read back."""

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.body import Body
from domain.command import Command
from domain.label import AlreadyLabelled, LabelFor, LabelIssued, LabelPreprinted, LabelPrinted, LabelReprinted
from domain.papers.print_job import (
    CodesUnread,
    LabelField,
    LabelLanguage,
    NoPhone,
    PrintFailure,
    PrintForm,
    PrintJob,
    PrintJobAdvanced,
    PrintJobAsked,
    PrintJobCancelled,
    PrintJobDone,
    PrintJobFailed,
    PrintJobOver,
    PrintJobTakenUp,
    PrintState,
    ToPrint,
)
from domain.place import Place
from domain.refusals import AlreadyDone, InvalidValue, NotYours, Refusal, TooMany
from domain.usecases import Outcome, use_case
from domain.usecases.contacts import contact_of
from domain.usecases.labelling import MOST_LABELS, as_outcome, blanks, issued, read_things
from domain.usecases.labelling_rules import (
    BY,
    Bearer,
    it_can_be_labelled,
    live_labels,
    the_asker_preprints_for,
)
from domain.values import LONGEST_NAME, Role, free_text

MOST_NAMED = 500
MOST_PRINTED = 20_000
HIGHEST_START = 1000
FARTHEST_NUDGE = 100
"""Ten millimetres, in tenths."""
STOCK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@use_case("ask_print_job", by=BY, emits=(PrintJobAsked,), gives=("job",))
def ask_print_job(
    c: Command, *, what: ToPrint, stock: str, form: PrintForm = PrintForm.PDF, start: int = 1, nudge_x: int = 0, nudge_y: int = 0,
    language: LabelLanguage = LabelLanguage.ZH, fields: tuple[LabelField, ...] = (), again: bool = False, guides: bool = False,
) -> Outcome:  # fmt: skip
    """Asks for labels on paper: of things that are named, of what is at a place, came with an imported file or answers a query, or blanks.

    What is named and may not be labelled by the asker is refused; of a place, a file or a query, it is left out and counted.
    """
    if not STOCK.fullmatch(stock):
        raise InvalidValue("stock", value=stock[:40], because="label_stock")
    if not 1 <= start <= HIGHEST_START:
        raise InvalidValue("start", value=start, least=1, most=HIGHEST_START)
    for path, nudge in (("nudgeX", nudge_x), ("nudgeY", nudge_y)):
        if abs(nudge) > FARTHEST_NUDGE:
            raise InvalidValue(path, value=nudge, least=-FARTHEST_NUDGE, most=FARTHEST_NUDGE)
    if len(set(fields)) != len(fields):
        raise InvalidValue("fields", value=len(fields), once=True)
    _must_be_the_askers(c, what, again=again)
    job = c.begin(PrintJob)
    job.record(
        PrintJobAsked(
            what=what, body=c.acting_body, stock=stock, form=form, start=start, nudge_x=nudge_x, nudge_y=nudge_y, language=language,
            fields=fields, again=again, guides=guides,
        )
    )  # fmt: skip
    return {"job": job.id}


@use_case(
    "advance_print_job",
    by=BY,
    emits=(PrintJobAdvanced, LabelIssued, LabelPrinted, LabelReprinted, LabelPreprinted),
    gives=("job", "labels", "tokens"),
)
def advance_print_job(
    c: Command, *, job: UUID, chunk: int, things: tuple[LabelFor, ...] = (), blank: int = 0, last: str = "",
    of: int | None = None,
) -> Outcome:  # fmt: skip
    """One more chunk of a job: draws its labels, at most 500. What the asker may not label, or has a label already, is left out."""
    one = c.load(PrintJob, job, "job")
    _must_be_its_asker(c, one)
    asked = one.must_be_open()
    if len(things) > MOST_LABELS or not 0 <= blank <= MOST_LABELS:
        raise TooMany("things", most=MOST_LABELS)
    if one.printed + len(things) + blank > MOST_PRINTED:
        raise TooMany("things", most=MOST_PRINTED)
    made, copies, left_out = [], [], 0
    if blank:
        if asked.what.body is None or one.printed + blank > asked.what.blanks:
            raise InvalidValue("blank", value=blank, most=asked.what.blanks)
        the_asker_preprints_for(c, asked.what.body)
        _a_finder_can_call(c, (asked.what.body,), "blank")
        made = blanks(c, asked.what.body, blank, one.id)
    if things:
        wanted, bearers = _labelled_by_asker(c, things, again=asked.again)
        _a_finder_can_call(c, (on.body for on in bearers), "things")
        made += issued(c, wanted, bearers, job=one.id, again=asked.again)
        left_out = len(things) - len(wanted)
    copies = [label.copies for label in made]
    one.advance(
        chunk,
        PrintJobAdvanced(
            chunk=chunk,
            labels=tuple(label.id for label in made),
            copies=tuple(copies) if any(copies) else (),
            left_out=left_out,
            last=last[:LONGEST_NAME],
            of=of,
        ),
    )
    return {"job": one.id, **as_outcome(made)}


@use_case("finish_print_job", by=BY, emits=(PrintJobDone,), gives=("job",))
def finish_print_job(
    c: Command,
    *,
    job: UUID,
    sheets: str,
    labels: int,
    decoded: int,
    pages: int,
    lacking: tuple[str, ...] = (),
) -> Outcome:
    """The file is written, and every code of it was read back. Fewer, and the job is not done."""
    one = c.load(PrintJob, job, "job")
    _must_be_its_asker(c, one)
    one.must_be_open()
    if not SHA256.fullmatch(sheets):
        raise InvalidValue("sheets", value=sheets[:64], because="no_hash")
    if labels != one.printed or not labels:
        raise InvalidValue("labels", value=labels, expected=one.printed)
    if decoded != labels:
        raise CodesUnread("decoded", read=decoded, labels=labels)
    one.record(PrintJobDone(sheets=sheets, labels=labels, decoded=decoded, pages=pages, lacking=lacking))
    return {"job": one.id}


@use_case("fail_print_job", by=BY, emits=(PrintJobFailed,), gives=("job",))
def fail_print_job(c: Command, *, job: UUID, failure: PrintFailure, detail: str = "") -> Outcome:
    """Nothing came of it, and why. What was drawn so far stays; once the cause is gone, the job is taken up again."""
    one = c.load(PrintJob, job, "job")
    _must_be_its_asker(c, one)
    one.must_be_open()
    one.record(PrintJobFailed(failure=failure, detail=free_text(detail, "detail")))
    return {"job": one.id}


@use_case("take_up_print_job", by=BY, emits=(PrintJobTakenUp,), gives=("job",))
def take_up_print_job(c: Command, *, job: UUID) -> Outcome:
    """Tries a job that had failed once more, from where it had come to."""
    one = c.load(PrintJob, job, "job")
    _must_be_its_asker(c, one)
    if one.state is not PrintState.FAILED:
        raise AlreadyDone("job", what=one.state)
    one.record(PrintJobTakenUp())
    return {"job": one.id}


@use_case("cancel_print_job", by=BY, emits=(PrintJobCancelled,), gives=("job",))
def cancel_print_job(c: Command, *, job: UUID) -> Outcome:
    """Calls a job off: by its asker, or an asset manager of his body. The labels drawn so far stay."""
    one = c.load(PrintJob, job, "job")
    if c.person != one.person:
        c.must((Role.ASSET_MANAGER,), *c.load(Body, one.body).scopes)
    if one.ended:
        raise PrintJobOver("job", state=one.state)
    one.record(PrintJobCancelled())
    return {"job": one.id}


def _must_be_the_askers(c: Command, what: ToPrint, *, again: bool) -> None:
    """Exactly one thing is asked for, and it is the asker's to ask for."""
    said = [
        bool(what.things),
        what.place is not None,
        bool(what.file),
        bool(what.query.strip()),
        bool(what.blanks),
    ]
    if sum(said) != 1 or (what.blanks and what.body is None):
        raise InvalidValue("what", value=sum(said), because="what_to_print")
    if len(what.things) > MOST_NAMED:
        raise TooMany("what.things", most=MOST_NAMED)
    if what.file and not SHA256.fullmatch(what.file):
        raise InvalidValue("what.file", value=what.file[:64], because="no_hash")
    if len(what.query) > LONGEST_NAME:
        raise InvalidValue("what.query", value=what.query[:40], longest=LONGEST_NAME)
    if what.place is not None:
        c.load(Place, what.place, "what.place")
    if what.blanks:
        if not 1 <= what.blanks <= MOST_PRINTED:
            raise InvalidValue("what.blanks", value=what.blanks, least=1, most=MOST_PRINTED)
        if what.body is not None:
            the_asker_preprints_for(c, what.body, "what.body")
    read_things(c, what.things)
    for n, (one, there) in enumerate(zip(what.things, live_labels(c, what.things), strict=True)):
        on = it_can_be_labelled(c, one, f"what.things.{n}")
        if there is not None and there.on_paper and not again:
            raise AlreadyLabelled(f"what.things.{n}", what=on.called)


def _labelled_by_asker(
    c: Command, things: Sequence[LabelFor], *, again: bool
) -> tuple[list[LabelFor], list[Bearer]]:
    """Those that the asker may label, and that have no printed label unless it is to be printed again."""
    read_things(c, things)
    wanted, bearers = [], []
    for one, there in zip(things, live_labels(c, things), strict=True):
        if there is not None and there.on_paper and not again:
            continue
        try:
            on = it_can_be_labelled(c, one, "things")
        except Refusal:
            continue
        wanted.append(one)
        bearers.append(on)
    return wanted, bearers


def _must_be_its_asker(c: Command, job: PrintJob) -> None:
    """The program carries a job on in the name of the account that asked for it."""
    if c.meta.account != job.account:
        raise NotYours("job", needs="asker")


def _a_finder_can_call(c: Command, bodies: Iterable[UUID], path: str) -> None:
    """Raises `NoPhone`: before a label is drawn that could not be printed."""
    for body in dict.fromkeys(bodies):
        if contact_of(c, body) is None:
            raise NoPhone(path, body=body)
