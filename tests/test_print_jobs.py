"""Print jobs: what is asked for is the asker's to label, each chunk is printed once, and done is what was read back."""

from typing import Any
from uuid import UUID

import pytest

from domain.body import BodyContactEnded
from domain.label import (
    AlreadyLabelled,
    Label,
    LabelFor,
    LabelIssued,
    LabelKind,
    LabelPreprinted,
    LabelPrinted,
    LabelReason,
    LabelReprinted,
    LabelState,
)
from domain.papers.print_job import (
    CodesUnread,
    LabelField,
    LabelLanguage,
    NoPhone,
    PrintChunkDone,
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
from domain.policies import NotYourStore
from domain.refusals import AlreadyDone, InvalidValue, NotYours, TooMany, Unknown
from domain.usecases.labelling import MOST_LABELS
from domain.usecases.print_jobs import MOST_NAMED, MOST_PRINTED
from labels.label import Shown
from tests.examples import BIN_A1, CHEN_MANAGES, EDUCATION, EVA_MANAGES, OFFICES
from tests.goods import LAPTOP
from tests.labelled_goods import NEXT_CHAIR, OWN, THE_CAMERA, THE_LAPTOP, chair, goods, issued, stuck_on
from tests.store_room import BAI_MANAGES, LIU_KEEPS
from tests.story import Story, on

FILE = "ab" * 32
AT_THE_BIN = ToPrint(place=BIN_A1)
TWENTY = ToPrint(blanks=20, body=OFFICES)


def asked(what: ToPrint = AT_THE_BIN, **more: Any) -> tuple[Story, dict[str, Any]]:
    """A job in a fresh store, and how its asker names it."""
    story = goods().when("ask_print_job", what=what, stock="L7160", **more, **OWN).then(PrintJobAsked)
    return story, OWN | {"job": story.answer["job"]}


def now(story: Story, job: dict[str, Any]) -> PrintJob:
    return story.thing(PrintJob, job["job"])


def test_what_is_asked_for_stands_in_the_job() -> None:
    story, job = asked(
        form=PrintForm.ZPL, start=4, nudge_x=-3, nudge_y=100, language=LabelLanguage.BOTH, fields=(LabelField.MODEL,), guides=True,
    )  # fmt: skip
    one = now(story, job)
    assert one.asked is not None
    assert (one.state, one.body, one.account, one.asked.nudge_x) == (
        PrintState.WAITING,
        OFFICES,
        OWN["as_"],
        -3,
    )


def test_what_may_stand_on_a_label_is_called_the_same_by_register_and_paper() -> None:
    assert [one.value for one in LabelField] == [one.value for one in Shown]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"stock": "../x"}, "stock"),
        ({"start": 0}, "start"),
        ({"start": 1001}, "start"),
        ({"nudge_x": 101}, "nudgeX"),
        ({"nudge_y": -101}, "nudgeY"),
        ({"fields": (LabelField.MODEL,) * 2}, "fields"),
        ({"what": ToPrint()}, "what"),
        ({"what": ToPrint(place=BIN_A1, blanks=3, body=OFFICES)}, "what"),
        ({"what": ToPrint(blanks=3)}, "what"),
        ({"what": ToPrint(blanks=-1, body=OFFICES)}, "what.blanks"),
        ({"what": ToPrint(blanks=MOST_PRINTED + 1, body=OFFICES)}, "what.blanks"),
        ({"what": ToPrint(file="x.csv")}, "what.file"),
        ({"what": ToPrint(query="问" * 201)}, "what.query"),
    ],
)
def test_what_can_never_be_printed_is_refused_by_its_field(said: dict[str, Any], path: str) -> None:
    wanted = {"what": AT_THE_BIN, "stock": "L7160", **said}
    goods().when("ask_print_job", **wanted, **OWN).refused(InvalidValue, path)


def test_named_things_are_the_askers_to_label_and_have_no_label_yet() -> None:
    story = goods()
    named = ToPrint(things=(THE_LAPTOP, THE_CAMERA))
    for who in (LIU_KEEPS, BAI_MANAGES):
        story.when("ask_print_job", what=named, stock="L7160", as_=who).refused(NotYourStore, "what.things.0")
    stuck_on(story, THE_CAMERA)
    story.when("ask_print_job", what=named, stock="L7160", **OWN).refused(AlreadyLabelled, "what.things.1")
    story.when("ask_print_job", what=named, stock="L7160", again=True, **OWN).then(PrintJobAsked)
    nobody = ToPrint(things=(LabelFor(kind=LabelKind.ASSET, thing=EDUCATION),))
    story.when("ask_print_job", what=nobody, stock="L7160", **OWN).refused(Unknown, "what.things.0")
    many = ToPrint(things=(THE_LAPTOP,) * (MOST_NAMED + 1))
    story.when("ask_print_job", what=many, stock="L7160", **OWN).refused(TooMany, "what.things")
    theirs = ToPrint(blanks=3, body=EDUCATION)
    story.when("ask_print_job", what=theirs, stock="L7160", **OWN).refused(NotYours)
    story.when("ask_print_job", what=ToPrint(place=LAPTOP), stock="L7160", **OWN).refused(
        Unknown, "what.place"
    )


def test_a_job_goes_on_chunk_by_chunk_and_no_chunk_is_printed_twice() -> None:
    story, job = asked()
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP, chair(1)), last="a", of=3, **job)
    story.then(LabelIssued, LabelIssued, PrintJobAdvanced)
    first = story.answer["labels"]
    assert [story.thing(Label, one).job for one in first] == [job["job"]] * 2
    for wrong in (0, 2):
        story.when("advance_print_job", chunk=wrong, things=(THE_CAMERA,), **job).refused(
            PrintChunkDone, "chunk"
        )
    assert len(story.new) == 0
    story.when("advance_print_job", chunk=1, things=(THE_CAMERA,), last="b", **job).then(
        LabelIssued, PrintJobAdvanced
    )
    one = now(story, job)
    assert (one.state, one.printed, one.chunk, one.last, one.of) == (PrintState.RUNNING, 3, 2, "b", 3)


def test_two_runners_of_one_job_print_a_chunk_once() -> None:
    story, job = asked()
    quicker = story.when("advance_print_job", chunk=0, things=(THE_LAPTOP,), **job).new
    assert [type(one.fact) for one in quicker] == [PrintJobAdvanced, LabelIssued]
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP,), **job).refused(PrintChunkDone)


def test_what_the_asker_may_not_label_or_has_a_label_is_left_out_and_counted() -> None:
    story, job = asked()
    stuck_on(story, THE_CAMERA)
    gone = LabelFor(kind=LabelKind.ASSET, thing=EDUCATION)
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP, THE_CAMERA, gone, chair(99)), **job)
    story.then(LabelIssued, PrintJobAdvanced)
    assert story.fact(PrintJobAdvanced).left_out == 3
    assert (now(story, job).printed, now(story, job).left_out) == (1, 3)


def test_a_job_that_prints_again_gives_copies_of_the_labels_there_are() -> None:
    story, job = asked(again=True)
    label = stuck_on(story, THE_CAMERA)
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP, THE_CAMERA), **job)
    story.then(LabelIssued, (label.id, LabelReprinted(copy=1, job=job["job"])), PrintJobAdvanced)
    assert story.fact(PrintJobAdvanced).copies == (0, 1)
    assert story.answer["tokens"][1] == label.token


def test_a_label_that_was_drawn_and_never_printed_is_no_copy() -> None:
    """A new token that took the place of a worn label comes on paper by the next job, and is counted from there."""
    story, job = asked()
    [old] = issued(story, THE_LAPTOP)
    story.when("replace_label", label=old.id, why=LabelReason.WORN, **OWN)
    new = story.answer["label"]
    named = ToPrint(things=(THE_LAPTOP,))
    second = story.when("ask_print_job", what=named, stock="L7160", **OWN).then(PrintJobAsked).answer["job"]
    story.when("advance_print_job", job=second, chunk=0, things=(THE_LAPTOP,), **OWN)
    story.then((new, LabelPrinted(job=second)), PrintJobAdvanced)
    assert (story.fact(PrintJobAdvanced).labels, story.fact(PrintJobAdvanced).copies) == ((new,), ())
    story.when("ask_print_job", what=named, stock="L7160", **OWN).refused(AlreadyLabelled, "what.things.0")
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP,), **job).then(PrintJobAdvanced)
    assert story.fact(PrintJobAdvanced).left_out == 1


def test_fifty_chairs_get_fifty_stickers_from_one_job() -> None:
    story, job = asked(ToPrint(place=BIN_A1, pieces=True))
    story.when("advance_print_job", chunk=0, things=tuple(chair(n) for n in range(1, 11)), **job)
    story.then(*[LabelIssued] * 10, PrintJobAdvanced)
    story.when("advance_print_job", chunk=1, things=(NEXT_CHAIR,), **job).refused("NO_SUCH_PIECE")


def test_blanks_come_from_a_job_and_no_more_than_were_asked_for() -> None:
    story, job = asked(TWENTY)
    story.when("advance_print_job", chunk=0, blank=12, **job).then(*[LabelPreprinted] * 12, PrintJobAdvanced)
    story.when("advance_print_job", chunk=1, blank=9, **job).refused(InvalidValue, "blank")
    story.when("advance_print_job", chunk=1, blank=8, **job).then(*[LabelPreprinted] * 8, PrintJobAdvanced)
    assert story.thing(Label, story.answer["labels"][0]).state is LabelState.BLANK
    other, theirs = asked()
    other.when("advance_print_job", chunk=0, blank=1, **theirs).refused(InvalidValue, "blank")
    other.when("advance_print_job", chunk=0, blank=MOST_LABELS + 1, **theirs).refused(TooMany, "things")


def test_only_its_asker_carries_a_job_on() -> None:
    story, job = asked()
    for who in (EVA_MANAGES, LIU_KEEPS, CHEN_MANAGES):
        for name, said in (
            ("advance_print_job", {"chunk": 0, "things": (THE_LAPTOP,)}),
            ("finish_print_job", {"sheets": FILE, "labels": 1, "decoded": 1, "pages": 1}),
            ("fail_print_job", {"failure": PrintFailure.FAULT}),
            ("take_up_print_job", {}),
        ):
            story.when(name, job=job["job"], as_=who, **said).refused(NotYours, "job")


def test_a_job_is_done_when_every_code_was_read_back_from_the_file() -> None:
    story, job = asked()
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP, chair(1)), **job)
    done = {"sheets": FILE, "labels": 2, "decoded": 2, "pages": 1, **job}
    story.when("finish_print_job", **done | {"decoded": 1}).refused(CodesUnread, "decoded")
    story.when("finish_print_job", **done | {"labels": 3, "decoded": 3}).refused(InvalidValue, "labels")
    story.when("finish_print_job", **done | {"sheets": "x"}).refused(InvalidValue, "sheets")
    story.when("finish_print_job", **done).then(PrintJobDone)
    assert (now(story, job).state, now(story, job).sheets) == (PrintState.DONE, FILE)
    for name, said in (
        ("advance_print_job", {"chunk": 1, "things": (THE_CAMERA,)}),
        ("finish_print_job", done),
        ("fail_print_job", {"failure": PrintFailure.FAULT}),
        ("cancel_print_job", {}),
    ):
        story.when(name, **job | said).refused(PrintJobOver, "job")


def test_a_job_without_labels_is_not_done() -> None:
    story, job = asked()
    story.when("finish_print_job", sheets=FILE, labels=0, decoded=0, pages=0, **job).refused(
        InvalidValue, "labels"
    )


def test_a_job_that_failed_is_taken_up_from_where_it_had_come_to() -> None:
    story, job = asked()
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP,), last="a", **job)
    story.when("fail_print_job", failure=PrintFailure.CODES_UNREAD, detail="1", **job).then(PrintJobFailed)
    story.when("advance_print_job", chunk=1, things=(THE_CAMERA,), **job).refused(PrintJobOver)
    story.when("take_up_print_job", **job).then(PrintJobTakenUp)
    one = now(story, job)
    assert (one.state, one.chunk, one.last, one.failure, one.detail) == (PrintState.RUNNING, 1, "a", None, "")
    story.when("take_up_print_job", **job).refused(AlreadyDone, "job")
    story.when("advance_print_job", chunk=1, things=(THE_CAMERA,), **job).then(LabelIssued, PrintJobAdvanced)


def test_a_job_is_called_off_by_its_asker_or_a_manager_of_his_body_and_its_labels_stay() -> None:
    story, job = asked()
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP,), **job)
    label: UUID = story.answer["labels"][0]
    for who in (BAI_MANAGES, CHEN_MANAGES, LIU_KEEPS):
        story.when("cancel_print_job", job=job["job"], as_=who).refused(NotYours)
    story.when("cancel_print_job", job=job["job"], as_=EVA_MANAGES).then(PrintJobCancelled)
    assert story.thing(Label, label).state is LabelState.LIVE
    story.when("take_up_print_job", **job).refused(AlreadyDone, "job")


def test_no_label_is_drawn_that_says_nobody_to_call() -> None:
    """A phone of a body above is one; without any, the body is named and nothing is drawn."""
    story, job = asked()
    story.given(on(OFFICES, BodyContactEnded()), on(EDUCATION, BodyContactEnded()))
    story.when("advance_print_job", chunk=0, things=(THE_LAPTOP,), **job).refused(NoPhone, "things")
    blanks, its = asked(ToPrint(blanks=5, body=OFFICES))
    blanks.given(on(OFFICES, BodyContactEnded()))
    blanks.when("advance_print_job", chunk=0, blank=5, **its).refused(NoPhone, "blank")
