"""Labels as files over HTTP: queued by GraphQL, printed by the server's own process, fetched by whoever may see the job."""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image

from api.guessing import Misses
from api.print_jobs import PrintJobs
from domain.label_code import OwnCode, grouped, read
from labels.check import read_codes
from tests.errands_scan import scan
from tests.servers import serve
from tests.test_printing import tokens_in
from tests.town import Answer, Client, Town, new_town

pytestmark = pytest.mark.postgres

WATCH = (
    "query($id: UUID!, $at: Position) {"
    " printJob(id: $id, afterPosition: $at) { state printed expected pages leftOut lacking failure } }"
)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        for body in ("education", "offices"):
            made.installation.console("set_contact", body=made.bodies[body], phone="0931-8461234")
        yield made


@pytest.fixture(autouse=True)
def may_be_wrong(town: Town) -> None:
    town.installation.misses = Misses(lambda: 0.0, most=10_000)


@contextmanager
def signed_in(client: Client) -> Iterator[Client]:
    try:
        yield client
    finally:
        client.hang_up()


def ready(town: Town) -> None:
    head = town.installation.recorder.head()
    for view in ("labels", "papers", "register", "organisations"):
        town.installation.runner.wait_for(view, head, 20)


def asked(client: Client, **said: Any) -> UUID:
    return UUID(client.done("ask_print_job", **{"stock": "L7160", **said})["jobId"])


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, str(answer.body["code"])


def test_a_client_queues_watches_and_downloads_and_every_code_is_found_by_scan(town: Town) -> None:
    things = town.in_store("education", *(f"会议桌{n}" for n in range(24)), store="bin")
    with (
        serve(town.installation.settings.data_dir) as (_, port),
        signed_in(Client(port, town.tokens["keeper"])) as keeper,
    ):
        made = keeper.done(
            "ask_print_job", what={"place": town.places["bin"]}, fields=["PLACE"], stock="L7160"
        )
        job = made["jobId"]
        states: list[dict[str, Any]] = []
        ends = time.monotonic() + 100
        while not states or states[-1]["state"] not in ("DONE", "FAILED"):
            assert time.monotonic() < ends, states
            states.append(keeper.data(WATCH, id=job, at=made["position"])["printJob"])
            time.sleep(0.2)
        assert states[-1] == {
            "state": "DONE", "printed": 24, "expected": 24, "pages": 2, "leftOut": 0, "lacking": [], "failure": None
        }  # fmt: skip
        file = keeper.send("GET", f"/labels/jobs/{job}")
        assert (file.status, file.headers["content-type"]) == (200, "application/pdf")
        assert file.headers["content-disposition"].startswith("attachment; filename=")
        assert file.headers["content-disposition"].rstrip('"').endswith(".pdf")
    found = [scan(town, token, "keeper") for token in tokens_in(file.raw)]
    assert {one["id"] for one in found} == {str(one) for one in things}


def test_a_job_is_there_for_its_readers_only_and_says_how_far_it_is(town: Town) -> None:
    keeper = town.as_("keeper")
    job = asked(keeper, what={"blanks": 3, "body": town.bodies["offices"]}, stock="40x30", form="ZPL")
    ready(town)
    path = f"/labels/jobs/{job}"
    waiting = keeper.send("GET", path)
    assert code(waiting) == (409, "JOB_NOT_DONE")
    assert waiting.body["state"] == "WAITING"
    assert town.as_("").send("GET", path).status == 401
    assert code(town.as_("nobody").send("GET", path)) == (404, "JOB_NOT_FOUND")
    for other in (uuid4(), "x", town.places["bin"]):
        assert code(keeper.send("GET", f"/labels/jobs/{other}")) == (404, "JOB_NOT_FOUND")
    assert PrintJobs(town.installation).carry_on(job)
    ready(town)
    done = keeper.send("GET", path)
    assert (done.status, done.headers["content-type"]) == (200, "application/vnd.zebra.zpl")
    assert len(tokens_in(done.raw)) == 3
    assert code(town.as_("nobody").send("GET", path)) == (404, "JOB_NOT_FOUND")


def test_a_job_that_failed_or_was_cancelled_has_no_file(town: Town) -> None:
    keeper = town.as_("keeper", "zh")
    failed, cancelled = (asked(keeper, what={"query": "根本没有"}) for _ in range(2))
    keeper.done("cancel_print_job", job=cancelled)
    ready(town)
    assert PrintJobs(town.installation).carry_on(failed)
    assert not PrintJobs(town.installation).carry_on(cancelled)
    ready(town)
    for job, state, word in ((failed, "FAILED", "未完成"), (cancelled, "CANCELLED", "已取消")):
        answer = keeper.send("GET", f"/labels/jobs/{job}")
        assert (*code(answer), answer.body["state"]) == (409, "JOB_NOT_DONE", state)
        assert word in answer.body["message"]


def test_a_fault_of_ours_ends_its_job_and_the_next_one_is_printed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = town.as_("keeper")
    wanted = {"blanks": 2, "body": town.bodies["offices"]}
    broken, next_one = asked(keeper, what=wanted), asked(keeper, what=wanted)
    ready(town)
    jobs = PrintJobs(town.installation)
    with monkeypatch.context() as patched:
        patched.setattr("api.print_jobs.write", lambda *_: 1 // 0)
        assert jobs.carry_on(broken)
    ready(town)
    assert jobs.once() == 1
    ready(town)
    assert keeper.data(WATCH, id=broken)["printJob"]["failure"] == "FAULT"
    assert keeper.data(WATCH, id=next_one)["printJob"]["state"] == "DONE"
    keeper.done("take_up_print_job", job=broken)
    ready(town)
    assert jobs.once() == 1


def test_what_another_process_is_at_is_left_alone(town: Town) -> None:
    job = asked(town.as_("keeper"), what={"blanks": 2, "body": town.bodies["offices"]})
    ready(town)
    jobs = PrintJobs(town.installation)
    with jobs._alone(job) as mine:
        assert mine
        assert [one.taken for one in jobs.waiting() if one.job == job] == [True]
        assert jobs.once() == 0
    assert [one.taken for one in jobs.waiting() if one.job == job] == [False]
    assert jobs.once() == 1


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_code_of_a_label_as_a_picture_for_those_who_read_the_label(town: Town, ending: str) -> None:
    [thing] = town.in_store("education", f"沙发{ending}")
    manager = town.as_("education_asset_manager")
    made = manager.done("issue_labels", things=[{"kind": "ASSET", "thing": thing}])
    [token], [label] = made["tokens"], made["labelIds"]
    ready(town)
    for said in (token.lower(), grouped(token)):
        assert manager.send("GET", f"/labels/{said}.{ending}").status == 200
    picture = manager.send("GET", f"/labels/{token}.{ending}")
    assert picture.headers["content-type"] == {"svg": "image/svg+xml", "png": "image/png"}[ending]
    assert picture.headers["x-content-type-options"] == "nosniff"
    if ending == "png":
        [text] = read_codes(Image.open(io.BytesIO(picture.raw)))
        scanned = read(text)
        assert isinstance(scanned, OwnCode)
        assert scanned.token == token
    assert town.as_("").send("GET", f"/labels/{token}.{ending}").status == 401
    for who, path in (
        ("nobody", token),
        ("education_asset_manager", "0000000000000"),
        ("education_asset_manager", "x" * 300),
    ):
        assert code(town.as_(who).send("GET", f"/labels/{path}.{ending}")) == (404, "LABEL_NOT_FOUND")
    manager.done("revoke_label", label=label, why="LOST")
    ready(town)
    gone = manager.send("GET", f"/labels/{token}.{ending}")
    assert code(gone) == (410, "LABEL_NOT_IN_USE")
    assert json.loads(gone.raw)["state"] == "REVOKED"
