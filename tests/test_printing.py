"""Print jobs on a real installation: the file holds a code for every label, and each of them leads back to its thing."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
import pytest

from api.print_jobs import TRY, PrintJobs
from domain.label_code import OwnCode, read
from domain.papers.print_job import PrintFailure, PrintJob, PrintState
from labels.check import pictures, pixels, read_codes
from projections import labels
from projections.desk import recorded
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        for body in ("education", "offices"):
            made.installation.console("set_contact", body=made.bodies[body], phone="0931-8461234")
        yield made


def asked(town: Town, who: str = "keeper", **said: Any) -> UUID:
    job = town.as_(who).done("ask_print_job", **{"stock": "L7160", **said})["jobId"]
    town.installation.runner.wait_for("papers", town.installation.recorder.head(), 20)
    return UUID(job)


def now(town: Town, job: UUID) -> PrintJob:
    return PrintJob.replay(job, [recorded(row) for row in town.installation.recorder.read([job])[job]])


def printed(town: Town, job: UUID) -> PrintJob:
    assert PrintJobs(town.installation).carry_on(job)
    return now(town, job)


def tokens_in(file: bytes) -> list[str]:
    """The codes of a file, from its pixels."""
    if file.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(file)
        images = [pixels(page, 200) for page in document]
    else:
        images = list(pictures(file))
    found = [read(text) for image in images for text in read_codes(image)]
    assert all(isinstance(one, OwnCode) for one in found)
    return [one.token for one in found if isinstance(one, OwnCode)]


def file_of(town: Town, job: PrintJob) -> bytes:
    with town.installation.evidence.open(job.sheets) as file:
        return file.read()


def named_by(town: Town, tokens: list[str]) -> list[tuple[UUID | None, int | None]]:
    with town.installation.reader.connection() as connection:
        rows = [labels.by_token(connection, token) for token in tokens]
    return [(row.thing, row.piece) for row in rows if row]


def test_everything_in_a_store_gets_its_label_on_a_sheet(town: Town) -> None:
    things = town.in_store("education", *(f"打印机{n}" for n in range(23)), store="bin")
    job = printed(
        town, asked(town, what={"place": town.places["bin"]}, start=3, fields=["PLACE", "ACQUIRED"])
    )
    assert (job.state, job.printed, job.pages, job.of) == (PrintState.DONE, 23, 2, 23)
    tokens = tokens_in(file_of(town, job))
    assert {thing for thing, _ in named_by(town, tokens)} == {*things}
    again = printed(town, asked(town, what={"place": town.places["bin"]}))
    assert (again.state, again.failure, again.left_out) == (
        PrintState.FAILED,
        PrintFailure.NOTHING_TO_PRINT,
        23,
    )
    copies = printed(town, asked(town, what={"place": town.places["bin"]}, again=True))
    assert sorted(tokens_in(file_of(town, copies))) == sorted(tokens), "a copy carries the same code"


@pytest.mark.parametrize("form", ["ZPL", "TSPL"])
def test_a_roll_of_a_thermal_printer_is_read_back_too(town: Town, form: str) -> None:
    [lot] = town.in_store("education", f"折叠椅{form}", lot=7, unit="把")
    job = printed(
        town, asked(town, what={"query": f"折叠椅{form}", "pieces": True}, stock="40x30", form=form)
    )
    assert (job.state, job.pages) == (PrintState.DONE, 7)
    assert sorted(named_by(town, tokens_in(file_of(town, job)))) == [(lot, n) for n in range(1, 8)]


def test_blanks_name_nothing_yet(town: Town) -> None:
    job = printed(town, asked(town, what={"blanks": 30, "body": town.bodies["offices"]}))
    assert named_by(town, tokens_in(file_of(town, job))) == [(None, None)] * 30


def test_a_character_without_a_glyph_is_named_and_the_rest_is_printed(town: Town) -> None:
    town.in_store("education", "铜像𪚥")
    job = printed(town, asked(town, what={"query": "铜像"}))
    assert job.state is PrintState.DONE
    assert [one for one in job.lacking if "U+2A6A5" in one]


def test_what_cannot_be_printed_says_why_before_a_label_is_drawn(town: Town) -> None:
    town.in_store("education", "孤品")
    for said, why in (
        ({"stock": "L9999"}, PrintFailure.UNKNOWN_STOCK),
        ({"stock": "L7160", "form": "ZPL"}, PrintFailure.UNKNOWN_STOCK),
        ({"stock": "40x30", "start": 2}, PrintFailure.UNKNOWN_STOCK),
    ):
        job = printed(town, asked(town, what={"query": "孤品"}, **said))
        assert (job.state, job.failure, job.printed) == (PrintState.FAILED, why, 0)


def test_a_job_goes_on_where_a_killed_process_left_it(town: Town) -> None:
    things = town.in_store("education", "铁床", lot=1300, unit="张")
    job = asked(town, what={"query": "铁床", "pieces": True}, stock="62")
    settings = town.installation.settings.model_dump_json().encode()
    process = subprocess.Popen([sys.executable, "-m", "api.print_jobs"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(settings)
    process.stdin.close()
    for _ in range(1200):
        if now(town, job).chunk:
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert not now(town, job).ended
    ended = printed(town, job)
    assert (ended.state, ended.printed) == (PrintState.DONE, 1300)
    assert sorted(named_by(town, tokens_in(file_of(town, ended)))) == [(things[0], n) for n in range(1, 1301)]


def test_one_runner_at_a_time_and_none_for_what_is_over(town: Town) -> None:
    town.in_store("education", "独木舟")
    job = asked(town, what={"query": "独木舟"})
    here = PrintJobs(town.installation)
    with psycopg.connect(town.installation.logins.app) as another_process:
        another_process.execute(TRY, (str(job),))
        assert not here.carry_on(job)
    assert here.carry_on(job)
    assert not here.carry_on(job)
    assert re.fullmatch("[0-9a-f]{64}", now(town, job).sheets)


def test_without_a_phone_nothing_is_drawn_and_with_one_the_job_goes_on(town: Town) -> None:
    town.take_over("health", "显微镜")
    job = asked(town, "health_asset_manager", what={"query": "显微镜"})
    failed = printed(town, job)
    assert (failed.state, failed.failure, failed.printed) == (PrintState.FAILED, PrintFailure.NO_PHONE, 0)
    assert failed.detail == "兰州市卫生健康委员会"
    town.installation.console("set_contact", body=town.bodies["health"], phone="0931-4601234")
    town.as_("health_asset_manager").done("take_up_print_job", job=job)
    assert printed(town, job).state is PrintState.DONE
