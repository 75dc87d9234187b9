"""The command line: one document or nothing on standard output, exit codes, clean stops, no stack traces."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from api.cli import global_first
from api.commands.exporting import _day, _moment
from domain.values import CONSOLE
from projections.store.connect import PROJECTOR
from projections.store.embedded import EmbeddedServer
from tests.command_line import a_place, begin, environment, gongwu, serving

pytestmark = pytest.mark.postgres

REGISTER = """\
资产编号,资产名称,数量,计量单位,原值,密级
A1,台式计算机,1,台,4500,
A2,机密机,1,台,9,机密
A3,办公椅,12,把,3600,
A4,,1,台,1,
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with a_place() as data:
        assert gongwu(data, "--json", "init", "--name", "试验市人民政府").json["initialised"]
        yield data


def register_file(folder: Path) -> Path:
    path = folder / "register.csv"
    path.write_text(REGISTER, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("--data-dir", "/tmp/x", "status"),
        ("status", "--no-such-option"),
        ("no-such-command",),
        ("import", "register", "/nowhere.csv"),
    ],
)
def test_usage_errors_end_with_2_and_a_document(arguments: tuple[str, ...]) -> None:
    done = gongwu(None, "--json", *arguments, GONGWU_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.code == 2
    assert done.json["error"]["code"] == "USAGE"
    assert "Traceback" not in done.err


def test_without_a_database_the_end_is_5() -> None:
    done = gongwu(None, "--json", "status", GONGWU_DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
    assert done.code == 5
    assert done.json["error"]["code"] == "NO_DATABASE"
    assert "Traceback" not in done.err
    assert "secret" not in done.out + done.err


def test_init_is_done_once(place: Path) -> None:
    done = gongwu(place, "--json", "init")
    assert done.code == 0
    assert done.json == {"initialised": False, "administrator": None}


def test_status_shows_every_projection_with_position_lag_and_digest(place: Path) -> None:
    done = gongwu(place, "--json", "status")
    assert done.code == 0
    found = done.json
    assert found["events"] > 0
    assert {"register", "availability", "history", "papers", "organisations"} <= found["projections"].keys()
    for one in found["projections"].values():
        assert one["position"] == found["events"]
        assert one["lag"] == 0
        assert len(one["digest"]) == 32


def test_people_read_standard_error_and_programs_standard_output(place: Path) -> None:
    done = gongwu(place, "status")
    assert done.out == ""
    assert "register" in done.err


def test_an_account_gets_a_token_once_and_works(place: Path) -> None:
    roles = ("--role", "auditor", "--role", "asset_manager@root")
    done = gongwu(place, "--json", "account", "add", "--name", "张三", "--body", "root", *roles)
    assert done.code == 0, done.err
    token = done.json["token"]
    with serving(place, "serve") as said:
        asked = httpx.post(
            said["address"] + "/graphql",
            json={"query": "{ me { roles { role } } }"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
    assert [one["role"] for one in asked.json()["data"]["me"]["roles"]] == ["ASSET_MANAGER", "AUDITOR"]


def test_what_a_rule_refuses_ends_with_4(place: Path) -> None:
    """Nobody gives rights to the person who asks: the console is one."""
    done = gongwu(
        place, "--json", "account", "add", "--name", "x", "--body", "root", "--person", str(CONSOLE)
    )
    assert done.code == 4
    assert done.json["error"]["code"] == "SAME_PERSON"
    assert "Traceback" not in done.err


def test_a_role_or_body_that_is_none_is_a_usage_error(place: Path) -> None:
    assert gongwu(place, "account", "add", "--name", "x", "--body", "root", "--role", "king").code == 2
    assert gongwu(place, "account", "add", "--name", "x", "--body", "nowhere").code == 2


@pytest.mark.parametrize("name", ["", "   ", "长" * 300])
def test_an_account_for_nobody_is_a_usage_error_and_nothing_is_entered(place: Path, name: str) -> None:
    before = gongwu(place, "--json", "status").json["events"]
    done = gongwu(place, "--json", "account", "add", "--name", name, "--body", "root")
    assert (done.code, done.json["error"]["code"]) == (2, "USAGE"), done.err
    assert "--name" in done.json["error"]["message"]
    assert gongwu(place, "--json", "status").json["events"] == before


def test_rows_with_errors_end_with_3_and_the_counts_add_up(place: Path, tmp_path: Path) -> None:
    file = register_file(tmp_path)
    done = gongwu(place, "--json", "import", "register", str(file), "--body", "root", "--yes")
    assert done.code == 3, done.err
    told = done.json
    assert (told["rows"], told["created"], told["updated"], told["skipped"]) == (4, 2, 0, 0)
    assert [(one["row"], one["code"]) for one in told["errors"]] == [(3, "SECRET_ROW"), (5, "NAME_MISSING")]
    (kept,) = gongwu(place, "--json", "status").json["imports"]
    assert [kept[name] for name in ("file", "rows", "created", "updated", "skipped", "errors")] == [
        "register.csv",
        4,
        2,
        0,
        0,
        2,
    ]


def test_a_dry_run_writes_nothing(place: Path, tmp_path: Path) -> None:
    before = gongwu(place, "--json", "status").json["events"]
    done = gongwu(
        place, "--json", "import", "register", str(register_file(tmp_path)), "--body", "root", "--dry-run"
    )
    assert (done.code, done.json["dry_run"], done.json["created"]) == (3, True, 2)
    assert gongwu(place, "--json", "status").json["events"] == before


@pytest.mark.parametrize(("typed", "code", "written"), [("n\n", 130, False), ("y\n", 0, True)])
def test_somebody_at_a_terminal_is_shown_and_asked_first(
    place: Path, tmp_path: Path, typed: str, code: int, written: bool
) -> None:
    """Both ends of the command are a terminal, as for a person."""
    file = tmp_path / "asked.csv"
    file.write_text("资产编号,资产名称,数量,计量单位,原值\nT1,落地灯,1,台,99\n", encoding="utf-8")
    before = gongwu(place, "--json", "status").json["assets"]
    shown, ended = at_a_terminal(place, typed, "import", "register", str(file), "--body", "root")
    assert "Take over 1 cards?" in shown
    assert ended == code, shown
    assert gongwu(place, "--json", "status").json["assets"] == before + written


def at_a_terminal(data: Path, typed: str, *arguments: str) -> tuple[str, int]:
    """What a person sees, and how it ends."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "api", *arguments],
        env=environment(data),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    os.write(master, typed.encode())
    seen = b""
    with suppress(OSError):  # the terminal is gone with the process
        while part := os.read(master, 4096):
            seen += part
    os.close(master)
    return seen.decode("utf-8", "replace"), process.wait(60)


def test_a_file_that_is_no_table_is_refused_without_a_stack_trace(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "photo.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    done = gongwu(place, "--json", "import", "register", str(file), "--body", "root", "--yes")
    assert done.code == 4
    assert done.json["error"]["file"] == "photo.csv"
    assert "Traceback" not in done.err


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_register_goes_out_as_a_file(place: Path, tmp_path: Path, ending: str) -> None:
    gongwu(place, "import", "register", str(register_file(tmp_path)), "--body", "root", "--yes")
    file = tmp_path / f"out.{ending}"
    there = gongwu(place, "--json", "status").json
    done = gongwu(place, "--json", "--lang", "zh", "export", str(file))
    assert (done.code, done.json["rows"]) == (0, there["assets"] + there["lots"])
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    if ending == "csv":
        text = file.read_text("utf-8-sig")
        assert "台式计算机" in text
        assert "机密机" not in text


def test_what_a_body_has_borrowed_goes_out_as_a_file_for_any_day(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "borrowed.csv"
    for day in ([], ["--on", "2026-06-30"]):
        done = gongwu(
            place, "--json", "--lang", "zh", "export", str(file), "--body", "root", "--borrowed-in", *day
        )
        assert (done.code, done.json["rows"]) == (0, 0), done.err
        assert file.read_text("utf-8-sig").startswith(
            "资产编号,资产名称,规格型号,数量,计量单位,出借单位,借用单位,借用单号"
        )
    assert gongwu(place, "export", str(file), "--borrowed-in").code == 2, "whose?"
    assert gongwu(place, "export", str(file), "--on", "2026-06-30").code == 2, "the register has no day"


def test_a_planted_wrong_row_is_found_and_made_right_again(place: Path, tmp_path: Path) -> None:
    gongwu(place, "import", "register", str(register_file(tmp_path)), "--body", "root", "--yes")
    assert gongwu(place, "verify").code == 0
    with (
        EmbeddedServer(place) as server,
        psycopg.connect(server.dsn(PROJECTOR), autocommit=True) as connection,
    ):
        connection.execute("UPDATE register.state SET quantity = quantity + 1 WHERE quantity = 12")
    assert gongwu(place, "verify").code == 4
    done = gongwu(place, "--json", "rebuild")
    assert {one["name"] for one in done.json["rebuilt"]} >= {
        "register",
        "availability",
        "history",
        "papers",
        "organisations",
    }
    assert gongwu(place, "verify").code == 0


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_server_stops_cleanly(place: Path, sent: signal.Signals, code: int) -> None:
    process = begin(place, "--json", "serve", "--port", "0")
    assert process.stdout is not None
    address = json.loads(process.stdout.readline())["address"]
    assert httpx.get(address + "/health", timeout=60).json()["status"] == "ok"
    process.send_signal(sent)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    assert "Traceback" not in err


def test_a_port_in_use_is_said_before_anything_is_begun(place: Path) -> None:
    with serving(place, "serve") as said:
        done = gongwu(place, "--json", "serve", "--port", said["address"].rpartition(":")[2])
    assert done.code == 2
    assert "cannot listen" in done.json["error"]["message"]


def test_help_names_every_command() -> None:
    done = gongwu(None, "--help")
    assert done.code == 0
    for name in (
        "init",
        "serve",
        "demo",
        "import",
        "export",
        "rebuild",
        "verify",
        "status",
        "account",
        "labels",
    ):
        assert f"  {name} " in done.out


def test_whoever_comes_first_founds_the_installation_and_is_told_the_token() -> None:
    with a_place() as data:
        done = gongwu(data, "--json", "status")
        assert done.json["events"] > 0
        assert "gw_" in done.err
        assert gongwu(data, "--json", "init").json["initialised"] is False


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (["status", "--json"], ["--json", "status"]),
        (
            ["import", "undo", "x", "--json", "--yes", "--data-dir", "d"],
            ["--json", "--data-dir", "d", "import", "undo", "x", "--yes"],
        ),
        (["status", "--lang=zh", "--", "--json"], ["--lang=zh", "status", "--", "--json"]),
        (["status", "--data-dir"], ["--data-dir", "status"]),
    ],
)
def test_what_every_command_knows_may_stand_after_it(said: list[str], meant: list[str]) -> None:
    assert global_first(said) == meant


def test_status_json_as_people_type_it(place: Path) -> None:
    done = gongwu(None, "status", "--json", "--data-dir", str(place))
    assert (done.code, done.json["events"] > 0) == (0, True)


def test_the_readme_s_way_works_on_an_empty_place(place: Path, tmp_path: Path) -> None:
    made = gongwu(place, "body", "add", "某省教育厅", "--level", "province", "--region", "62", "--json")
    assert (made.code, made.json["name"]) == (0, "某省教育厅")
    file = register_file(tmp_path)
    done = gongwu(place, "import", "register", str(file), "--body", "某省教育厅", "--yes", "--json")
    assert done.json["created"] == 2
    again = gongwu(place, "body", "add", "处", "--kind", "division", "--json")
    assert (again.code, "code" in again.json["error"]) == (4, True)


@pytest.mark.parametrize("machine", ["America/Los_Angeles", "UTC", "Asia/Shanghai", "Pacific/Auckland"])
def test_a_day_is_that_of_the_administration_wherever_the_machine_is(
    monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    try:
        end = _moment(datetime(2026, 6, 30))  # noqa: DTZ001 - a bare date of the command line
        assert end is not None
        assert end < datetime(2026, 6, 30, 16, tzinfo=UTC) <= end + timedelta.resolution, (
            "midnight in Beijing"
        )
        said = datetime(2026, 6, 30, 12, tzinfo=UTC)
        assert _moment(said) == said
        assert _day(datetime(2026, 6, 30, 17, tzinfo=UTC)) == date(2026, 7, 1)
    finally:
        monkeypatch.undo()
        time.tzset()
