"""What a whole file brings besides cards: bodies, requests of the past, and the memory of the import itself."""

from datetime import date, datetime
from typing import Any
from uuid import uuid5

from domain.body import BodyRegistered, Level
from domain.papers.file_import import FileImport, ImportFinished, ImportStarted, ImportUndone
from domain.papers.past_request import Closing, PastRequestTakenOver
from domain.refusals import AlreadyDone, InvalidValue, NotYours, TooMany
from domain.usecases.importing import OldBody
from domain.values import CONSOLE, SPACE
from tests.examples import CHEN_MANAGES, GANSU, GAO_ADMINISTERS, HEALTH
from tests.story import HERE, Story, given

FILE = "3c" * 32
IMPORT = uuid5(SPACE, "example:import")
PORTLAND = OldBody(
    key="US-ME/PORTLAND POLICE",
    name="PORTLAND POLICE",
    region="US-ME",
    since=datetime(2016, 3, 1, tzinfo=HERE),
)


def request(row: int = 2, **more: Any) -> PastRequestTakenOver:
    said: dict[str, Any] = {
        "requester": HEALTH, "item": "COAT", "quantity": 3, "requested": "2016-11-04T19:30:05", "closing": Closing.REFUSAL,
        "reason": "gone_from_pool", "file": FILE, "row": row, "identity": f"{row:064x}",
    }  # fmt: skip
    return PastRequestTakenOver(**{**said, **more})


def started(**more: Any) -> Story:
    said: dict[str, Any] = {
        "id": IMPORT, "file": FILE, "name": "台账.xlsx", "kind": "register", "reading": "r1", "cut_off": date(2026, 1, 31)
    }  # fmt: skip
    return given(GANSU).when("start_import", as_=CONSOLE, **{**said, **more})


def finished(story: Story, **counts: int) -> Story:
    said = {"rows": 10, "created": 7, "updated": 1, "skipped": 1, "errors": 1, **counts}
    return story.when("finish_import", as_=CONSOLE, id=IMPORT, **said)


def test_a_body_of_an_old_record_is_entered_once_and_known_since_its_first_day() -> None:
    story = given(GANSU).when("take_over_bodies", as_=CONSOLE, rows=(PORTLAND,)).then(BodyRegistered)
    first = story.answer["bodies"]
    assert story.new[0].occurred_at == PORTLAND.since
    again = story.when("take_over_bodies", as_=CONSOLE, rows=(PORTLAND, PORTLAND)).then()
    assert again.answer["bodies"] == [*first, *first]


def test_only_who_administers_everything_enters_bodies_from_a_record() -> None:
    given(GANSU).when("take_over_bodies", as_=GAO_ADMINISTERS, rows=(PORTLAND,)).refused(NotYours)
    given(GANSU).when("take_over_bodies", as_=CONSOLE, rows=()).refused(TooMany)
    nameless = OldBody(key="US-ME/ ", name=" ", region="US-ME", level=Level.COUNTY)
    given(GANSU).when("take_over_bodies", as_=CONSOLE, rows=(nameless,)).refused(InvalidValue, "rows.0.name")


def test_closed_requests_are_taken_over_once() -> None:
    rows = (request(2), request(3, closing=Closing.WITHDRAWN), request(2))
    story = given(GANSU).when("take_over_requests", as_=CONSOLE, file=FILE, requests=rows)
    story.then(PastRequestTakenOver, PastRequestTakenOver)
    assert story.answer == {"created": 2, "updated": [], "unchanged": [2], "refused": []}
    assert len({row.stream for row in story.new}) == 1, "a chunk shares a stream"
    again = story.when("take_over_requests", as_=CONSOLE, file=FILE, requests=rows).then()
    assert again.answer["unchanged"] == [2, 3, 2]


def test_what_is_no_row_of_that_file_is_refused() -> None:
    def asked(**said: Any) -> Story:
        return given(GANSU).when(
            "take_over_requests", as_=CONSOLE, **{"file": FILE, "requests": (request(),), **said}
        )

    asked(file="x").refused(InvalidValue, "file")
    asked(requests=()).refused(TooMany)
    asked(requests=(request(file="4d" * 32),)).refused(InvalidValue, "requests.0.identity")
    asked(requests=(request(item=" "),)).refused(InvalidValue, "requests.0.item")
    given(GANSU).when("take_over_requests", as_=CHEN_MANAGES, file=FILE, requests=(request(),)).refused(
        NotYours
    )


def test_an_import_is_started_finished_and_started_again_without_doubling_anything() -> None:
    story = started().then(ImportStarted)
    story.when(
        "start_import",
        as_=CONSOLE,
        id=IMPORT,
        file=FILE,
        name="台账.xlsx",
        kind="register",
        reading="r1",
        cut_off=date(2026, 2, 1),
    ).then()
    finished(story).then(ImportFinished)
    finished(story).then()
    finished(story, created=6, skipped=2).then(ImportFinished)
    one = story.thing(FileImport, IMPORT)
    assert one.cut_off == date(2026, 1, 31), "the day it counts up to is the first run's"
    assert one.finished is not None
    assert (one.finished.created, one.finished.skipped) == (6, 2)


def test_counts_that_do_not_add_up_are_no_counts() -> None:
    finished(started(), errors=0).refused(InvalidValue, "rows")


def test_an_import_is_undone_once_and_can_be_made_again() -> None:
    story = finished(started())
    story.when("note_undone_import", as_=CONSOLE, id=IMPORT, cards=7).then(ImportUndone)
    story.when("note_undone_import", as_=CONSOLE, id=IMPORT, cards=7).refused(AlreadyDone)
    assert story.thing(FileImport, IMPORT).generation == 1
    story.when(
        "start_import",
        as_=CONSOLE,
        id=IMPORT,
        file=FILE,
        name="台账.xlsx",
        kind="register",
        reading="r1",
        cut_off=date(2026, 2, 1),
    ).then(ImportStarted)


def test_imports_are_for_who_manages_the_assets_of_everybody() -> None:
    given(GANSU).when(
        "start_import",
        as_=CHEN_MANAGES,
        id=IMPORT,
        file=FILE,
        name="x",
        kind="register",
        reading="r",
        cut_off=date(2026, 2, 1),
    ).refused(NotYours)
    started(file="no hash").refused(InvalidValue, "file")
