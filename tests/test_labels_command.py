"""`gongwu labels`: what is wrong is said before anything is asked for; what is printed lands whole, or can be fetched later."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pypdfium2  # type: ignore[import-untyped]  # the library has no types
import pytest

from api.cli import global_first, run
from api.served import as_served, served_at
from api.settings import Settings
from domain.label_code import OwnCode, read
from labels.check import pictures, pixels, read_codes
from tests.command_line import Done, a_place, begin, gongwu, serving

REGISTER = """\
资产编号,资产名称,数量,计量单位,原值
A1,台式计算机,1,台,4500
A2,铜像𪚥,1,尊,900
A3,办公椅,12,把,3600
"""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens there
SHEET = ("--stock", "L7160")


def codes_in(file: Path) -> list[str]:
    """The tokens of a file, from its pixels."""
    data = file.read_bytes()
    images = (
        [pixels(page, 200) for page in pypdfium2.PdfDocument(data)]
        if data.startswith(b"%PDF")
        else pictures(data)
    )
    found = [read(text) for image in images for text in read_codes(image)]
    return [one.token for one in found if isinstance(one, OwnCode)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["print", "--query", "x", "--stock", "L7160", "--start", "99"], "1 至 21"),
        (["print", "--query", "x", "--stock", "L7160", "--start", "0"], "1 至 21"),
        (["print", "--query", "x", "--stock", "L7160", "--nudge", "a"], "0.5,-1.2"),
        (["print", "--query", "x", "--stock", "L7160", "--nudge", "0.55,1"], "0.5,-1.2"),
        (["print", "--query", "x", "--stock", "L7160", "--nudge", "11,0"], "10 毫米"),
        (["print", "--query", "x", "--stock", "L9999"], "L7160, L7159"),
        (["print", "--query", "x", "--stock", "L7160", "--field", "model", "--field", "model"], "model"),
        (["print", "--query", "x", "--place", "y", "--stock", "L7160"], "只能指定一种"),
        (["print", "--query", " ", "--stock", "L7160"], "只能指定一种"),
        (["print", "--stock", "L7160"], "只能指定一种"),
        (["print", "--query", "\udcff", "--stock", "L7160"], "--query"),
        (["blank", "--count", "0", "--body", "root", "--stock", "L7160"], "1 至 20000"),
        (["blank", "--count", "1000000000", "--body", "root", "--stock", "L7160"], "1 至 20000"),
    ],
)
def test_what_can_never_be_printed_is_said_without_a_database(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GONGWU_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert run(["--json", "--lang", "zh", "labels", *arguments, "--out", str(tmp_path / "x.pdf")]) == 2
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] == "USAGE"
    assert said in told["message"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("nowhere/x.pdf", "no folder"), ("file/x.pdf", "no folder"), (".", ".pdf, .zpl, .tspl"), ("folder.pdf", "is a folder"),
        ("x.doc", ".pdf, .zpl, .tspl"), ("x", ".pdf, .zpl, .tspl"), ("there.pdf", "--force"), ("x.zpl", "thermal printer"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_written_is_said_first(
    out: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGWU_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    (tmp_path / "folder.pdf").mkdir()
    (tmp_path / "there.pdf").write_bytes(b"mine")
    (tmp_path / "file").write_bytes(b"")
    assert (
        run(
            [
                "--json",
                "--lang",
                "en",
                "labels",
                "print",
                "--query",
                "x",
                *SHEET,
                "--out",
                str(tmp_path / out),
            ]
        )
        == 2
    )
    assert said in json.loads(capsys.readouterr().out)["error"]["message"]
    assert (tmp_path / "there.pdf").read_bytes() == b"mine"


def test_a_page_to_calibrate_with_and_the_stocks_need_no_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "calibrate.pdf"
    assert (
        run(["--json", "labels", "calibrate", "--stock", "l7159", "--nudge", "-0.5,1", "--out", str(file)])
        == 0
    )
    assert len(pypdfium2.PdfDocument(file.read_bytes())) == 1
    assert json.loads(capsys.readouterr().out)["stock"] == "L7159"
    assert run(["--json", "labels", "stocks"]) == 0
    assert {"L7160", "62"} <= {one["stock"] for one in json.loads(capsys.readouterr().out)["stocks"]}


def test_the_language_behind_labels_is_that_of_the_paper() -> None:
    said = ["--lang", "en", "labels", "print", "--lang", "both", "--json"]
    assert global_first(said) == ["--lang", "en", "--json", "labels", "print", "--lang", "both"]


def test_codes_lead_to_where_the_server_of_this_folder_was_last(tmp_path: Path) -> None:
    here = Settings(data_dir=tmp_path)
    assert as_served(here).label_url == "http://127.0.0.1:8000"
    served_at(here, "127.0.0.1", 8137)
    assert as_served(here).label_url == "http://127.0.0.1:8137"
    assert as_served(Settings(data_dir=tmp_path, port=8200)).label_url == "http://127.0.0.1:8200", (
        "what was set goes before"
    )
    served_at(here, EVERYWHERE, 8137)
    assert as_served(here).label_url == "", "others reach that server, and nobody said under which address"
    served_at(Settings(data_dir=tmp_path, base_url="https://gw.example.cn"), EVERYWHERE, 8137)
    assert as_served(here).label_url == "https://gw.example.cn"
    (tmp_path / "served.json").write_text("{", encoding="utf-8")
    assert as_served(here).label_url == "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with a_place() as data:
        file = tmp_path_factory.mktemp("register") / "register.csv"
        file.write_text(REGISTER, encoding="utf-8")
        assert gongwu(data, "import", "register", str(file), "--body", "root", "--yes").code == 0
        told = gongwu(
            data,
            "--json",
            "labels",
            "print",
            "--import",
            str(file),
            *SHEET,
            "--out",
            str(file.with_suffix(".pdf")),
        )
        assert (told.code, told.json["error"]["code"]) == (4, "NO_PHONE")
        assert "gongwu body contact" in told.err
        job = told.json["error"]["job"]
        assert gongwu(data, "body", "contact", "root", "--phone", "call me").code == 4
        assert gongwu(data, "body", "contact", "root", "--phone", "0931-8461234").code == 0
        resumed = gongwu(data, "--json", "labels", "resume", job, "--out", str(data.parent / "resumed.pdf"))
        assert (resumed.code, resumed.json["labels"]) == (0, 3), resumed.err
        yield data


def printed(place: Path, file: Path, *arguments: str, **more: str) -> Done:
    return gongwu(place, "--json", "labels", *arguments, "--out", str(file), **more)


@pytest.mark.postgres
class TestOnAnInstallation:
    def test_what_has_a_label_is_printed_again_only_when_asked_for(self, place: Path, tmp_path: Path) -> None:
        file = tmp_path / "copies.pdf"
        done = printed(place, file, "print", "--query", "计算机", *SHEET)
        assert (done.code, done.json["error"]["code"]) == (4, "NOTHING_TO_PRINT")
        assert "--again" in done.err
        assert not file.exists()
        done = printed(
            place, file, "print", "--query", "计算机", "--again", *SHEET, "--start", "20", "--field", "class"
        )
        assert (done.code, done.json["labels"], done.json["read_back"]) == (0, 1, 1), done.err
        assert "100 %" in done.err
        assert len(codes_in(file)) == 1
        assert [one.name for one in tmp_path.iterdir()] == ["copies.pdf"]

    def test_a_character_the_font_lacks_is_named(self, place: Path, tmp_path: Path) -> None:
        done = printed(place, tmp_path / "x.pdf", "print", "--query", "铜像", "--again", *SHEET)
        assert "U+2A6A5" in done.err
        assert "U+2A6A5" in done.json["lacking"][0]

    def test_pieces_of_a_lot_go_to_a_thermal_printer_and_a_file_is_overwritten_only_by_force(
        self, place: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "chairs.tspl"
        file.write_bytes(b"mine")
        chairs = ("print", "--asset", "A3", "--pieces", "--stock", "40x30")
        assert printed(place, file, *chairs).code == 2
        assert file.read_bytes() == b"mine"
        done = printed(place, file, *chairs, "--force", "--lang", "both")
        assert (done.code, done.json["labels"]) == (0, 12), done.err
        assert len(set(codes_in(file))) == 12

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["--asset", "NOPE"], 4), (["--place", "nowhere"], 2), (["--import", "/nowhere.csv"], 2), (["--import", "ab" * 32], 4),
            (["--asset", "A1"], 4), (["--query", "没有这样的东西"], 4),
        ],
    )  # fmt: skip
    def test_nothing_found_is_said_and_no_file_is_there(
        self, place: Path, tmp_path: Path, arguments: list[str], code: int
    ) -> None:
        done = printed(place, tmp_path / "x.pdf", "print", *arguments, *SHEET)
        assert done.code == code, done.err
        assert done.json["error"]["message"]
        assert list(tmp_path.iterdir()) == []

    def test_an_address_that_nobody_reaches_prints_nothing(self, place: Path, tmp_path: Path) -> None:
        done = printed(
            place, tmp_path / "x.pdf", "print", "--query", "计算机", *SHEET, GONGWU_HOST=EVERYWHERE
        )
        assert (done.code, done.json["error"]["code"]) == (4, "NO_BASE_URL")
        assert "GONGWU_BASE_URL" in done.err

    def test_a_job_that_was_stopped_is_fetched_later(self, place: Path, tmp_path: Path) -> None:
        file = tmp_path / "blanks.zpl"
        process = begin(
            place,
            "labels",
            "blank",
            "--count",
            "4000",
            "--body",
            "root",
            "--stock",
            "40x30",
            "--out",
            str(file),
        )
        assert process.stderr is not None
        job = process.stderr.readline().split()[-1]
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 143
        assert f"gongwu labels resume {UUID(job)}" in said
        assert not file.exists()
        done = gongwu(place, "--json", "labels", "resume", job, "--out", str(file))
        assert (done.code, done.json["labels"]) == (0, 4000), done.err
        again = gongwu(place, "--json", "labels", "resume", job, "--out", str(tmp_path / "again.zpl"))
        assert (again.code, (tmp_path / "again.zpl").read_bytes()) == (0, file.read_bytes())

    def test_no_job_by_that_name(self, place: Path, tmp_path: Path) -> None:
        done = gongwu(place, "--json", "labels", "resume", str(UUID(int=7)), "--out", str(tmp_path / "x.pdf"))
        assert (done.code, done.json["error"]["code"]) == (4, "UNKNOWN")

    def test_beside_a_server_the_job_is_done_once_and_its_codes_lead_there(
        self, place: Path, tmp_path: Path
    ) -> None:
        with serving(place, "serve") as said:
            done = printed(place, tmp_path / "x.pdf", "blank", "--count", "30", "--body", "root", *SHEET)
        assert (done.code, done.json["labels"], done.json["pages"]) == (0, 30, 2), done.err
        assert done.json["url"] == said["address"]
        assert len(set(codes_in(tmp_path / "x.pdf"))) == 30
