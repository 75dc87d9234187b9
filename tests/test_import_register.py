"""An old register from file to cards: every row accounted for, twice is once, killed is gone on with, secrets never touch the disk."""

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from api.imports import undo
from api.imports.files import open_table
from api.imports.mapping import Mapping
from api.imports.plan import make_plan
from api.imports.register import import_register, staged
from api.imports.remembered import imports
from api.imports.run import Tally
from api.installation import Installation
from api.settings import Settings
from domain.values import ROOT, ClassCode, Condition
from projections.store.connect import APP
from projections.store.embedded import EmbeddedServer
from projections.store.embedded_home import existing_home
from projections.store.unavailable import DatabaseUnavailable
from tests.command_line import a_place, begin, gongwu
from tests.test_import_rows import DESERVED, HEADING, SECRET_WORDS, clean

pytestmark = pytest.mark.postgres

TODAY = date(2026, 11, 23)


@pytest.fixture
def place() -> Iterator[Path]:
    with a_place() as data:
        yield data


@pytest.fixture(scope="module")
def app() -> Iterator[Installation]:
    with a_place() as data, Installation.open(Settings(data_dir=data)) as installation:
        installation.console("register_body", "finance", name="试验市财政局")
        yield installation


def brought(
    app: Installation, folder: Path, rows: str, *, heading: str = HEADING, name: str = "register.csv"
) -> Tally:
    """The rows as a register of the root body, imported."""
    path = folder / name
    path.write_text(f"{heading}\n{rows}", encoding="utf-8", newline="")
    mapping = Mapping.model_validate({"constants": {"class_edition": "2022"}})
    return import_register(app, make_plan(open_table(path), today=TODAY, mapping=mapping), ROOT, "en")


def adds_up(tally: Tally) -> bool:
    return tally.rows == tally.created + tally.updated + tally.skipped + len(tally.errors)


def cards(app: Installation, prefix: str) -> list[tuple[Any, ...]]:
    app.runner.catch_up()
    query = (
        "SELECT n.said, c.name, c.quantity, c.existence FROM codes.code n JOIN register.current c ON c.asset = n.thing"
        " WHERE n.issuer = 'card' AND n.said LIKE %s ORDER BY n.said"
    )
    return app.reader.rows(query, (f"{prefix}%",))


def test_every_row_error_is_reported_with_its_code_and_the_counts_add_up(
    app: Installation, tmp_path: Path
) -> None:
    """One file with a row for every code; each is one verdict, the clean ones around them are cards."""
    for n, (code, rows) in enumerate(DESERVED.items()):
        mine = rows.replace("ZC", f"E{n:02}-")
        tally = brought(app, tmp_path, mine, name=f"{code}.csv")
        assert adds_up(tally), code
        told = [one["code"] for one in tally.errors]
        left_out = str(code) in {"EMPTY_ROW", "TOTAL_ROW", "FOOTER_ROW", "HEADING_REPEATED"}
        assert (tally.skipped, told) == ((1, []) if left_out else (0, [str(code)])), code
        assert all(one["message"] and "{" not in one["message"] for one in tally.errors)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (
            clean(
                资产编号="R1",
                计量单位="批",
                数量="3",
                原值="900",
                财政拨款="",
                非财政拨款="",
                累计折旧="",
                净值="",
            ),
            "BATCH_IS_ONE",
        ),
        (clean(资产编号="R2", 资产分类代码="A02019999"), None),
        (clean(资产编号="R3", 资产分类代码="9"), "CLASS_MALFORMED"),
    ],
)
def test_the_importer_calls_the_same_rules_as_people(
    app: Installation, tmp_path: Path, row: str, code: str | None
) -> None:
    tally = brought(app, tmp_path, row, name=f"rule {code}.csv")
    assert adds_up(tally)
    assert [one["code"] for one in tally.errors] == ([code] if code else [])


def test_a_body_column_names_bodies_that_exist(app: Installation, tmp_path: Path) -> None:
    heading = "资产编号,资产名称,数量,计量单位,原值,使用单位"
    rows = "B1,办公桌,1,张,900,试验市财政局\nB2,办公桌,1,张,900,没有的单位\nB3,办公桌,1,张,900,\n"
    path = tmp_path / "bodies.csv"
    path.write_text(f"{heading}\n{rows}", encoding="utf-8")
    tally = import_register(app, make_plan(open_table(path), today=TODAY), None, "zh")
    assert (tally.created, [one["code"] for one in tally.errors]) == (2, ["BODY_UNKNOWN"])
    assert "没有的单位" in tally.errors[0]["message"]
    app.runner.catch_up()
    holders = "SELECT b.name FROM register.current c JOIN codes.code n ON n.thing = c.asset JOIN organisations.body b ON b.id = c.holder"
    assert app.reader.rows(f"{holders} WHERE n.said = 'B1'") == [("试验市财政局",)]
    assert app.reader.rows(f"{holders} WHERE n.said = 'B3'") == [("本级人民政府",)], (
        "the console acts for the root body"
    )


def test_a_dry_run_does_not_ask_which_bodies_there_are_and_the_manual_says_so(
    app: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "dry.csv"
    path.write_text(
        "资产编号,资产名称,数量,计量单位,原值,使用单位\nDRY1,办公桌,1,张,900,没有的单位\n", encoding="utf-8"
    )
    plan = make_plan(open_table(path), today=TODAY)
    assert (staged(plan, "en").created, staged(plan, "en").errors) == (1, [])
    assert [one["code"] for one in import_register(app, plan, None, "en").errors] == ["BODY_UNKNOWN"]
    manual = (Path(__file__).parents[1] / "docs" / "imports.md").read_text("utf-8")
    told = manual.partition("## What a dry run tells")[2].partition("\n## ")[0]
    assert "`BODY_UNKNOWN`" in told


def test_a_name_above_the_table_is_its_body_if_there_is_one_and_a_remark_if_not(
    app: Installation, tmp_path: Path
) -> None:
    for n, name in enumerate(("试验市财政局", "早已撤销的某处")):
        path = tmp_path / f"titled {n}.csv"
        path.write_text(
            f"固定资产台账,,,\n单位名称：{name},,,\n资产编号,资产名称,数量,原值\nH{n},办公桌,1,900\nH{n}b,办公桌,1,900\n",
            encoding="utf-8",
        )
        assert import_register(app, make_plan(open_table(path), today=TODAY), None, "zh").created == 2
    app.runner.catch_up()
    found = app.reader.rows(
        "SELECT b.name, c.remark FROM register.current c JOIN codes.code n ON n.thing = c.asset JOIN organisations.body b"
        " ON b.id = c.holder WHERE n.said IN ('H0', 'H1') ORDER BY n.said"
    )
    assert found == [("试验市财政局", ""), ("本级人民政府", "单位：早已撤销的某处")]


def test_a_second_run_creates_nothing_and_records_nothing(app: Installation, tmp_path: Path) -> None:
    rows = "".join(clean(资产编号=f"T{n:03}") for n in range(150))
    first = brought(app, tmp_path, rows)
    assert (first.created, first.rows) == (150, 150)
    before = app.recorder.head()
    again = brought(app, tmp_path, rows)
    assert (again.rows, again.created, again.updated, again.skipped) == (150, 0, 0, 150)
    assert app.recorder.head() == before
    renamed = brought(app, tmp_path, rows, name="another name.csv")
    assert (renamed.created, renamed.skipped) == (0, 150)


def test_998_twins_are_998_and_a_second_run_makes_no_more(app: Installation, tmp_path: Path) -> None:
    rows = clean(资产编号="", 资产名称="折叠椅") * 998
    first = brought(app, tmp_path, rows, name="twins.csv")
    assert (first.created, first.errors) == (998, [])
    longer = brought(app, tmp_path, rows + clean(资产编号="", 资产名称="折叠桌"), name="twins and one.csv")
    assert (longer.created, longer.skipped) == (1, 998)
    app.runner.catch_up()
    assert app.reader.rows("SELECT count(*) FROM register.current WHERE name = '折叠椅'") == [(998,)]


def test_a_newer_file_updates_by_number_and_never_what_people_changed(
    app: Installation, tmp_path: Path
) -> None:
    old = "".join(clean(资产编号=f"N{n}", 资产名称="打印机") for n in range(3))
    brought(app, tmp_path, old, name="2025.csv")
    app.runner.catch_up()
    (asset,) = app.reader.rows("SELECT thing FROM codes.code WHERE issuer = 'card' AND said = 'N1'")[0]
    app.console("reclassify_asset", asset=asset, class_code=ClassCode("gbt14885", "2022", "A02021000"))
    new = old.replace("N0,打印机", "N0,彩色打印机").replace("N1,打印机", "N1,黑白打印机")
    tally = brought(app, tmp_path, new, name="2026.csv")
    assert (tally.created, tally.updated, tally.skipped) == (0, 1, 1)
    assert [(one["row"], one["code"]) for one in tally.errors] == [(3, "CHANGED_HERE")]
    assert [row[:2] for row in cards(app, "N")] == [("N0", "彩色打印机"), ("N1", "打印机"), ("N2", "打印机")]


def test_status_remembers_what_became_of_every_row(app: Installation, tmp_path: Path) -> None:
    rows = (
        "".join(clean(资产编号=f"S{n}") for n in range(5))
        + clean(资产编号="S9", 原值="x")
        + ",合计,,3,,9000,,,,,,,,,,,\n"
    )
    brought(app, tmp_path, rows, name="remembered.csv")
    brought(app, tmp_path, rows, name="remembered.csv")
    (kept,) = [one for one in imports(app.recorder, app.reader) if one["file"] == "remembered.csv"]
    assert {name: kept[name] for name in ("rows", "created", "updated", "skipped", "errors", "state")} == {
        "rows": 7, "created": 5, "updated": 0, "skipped": 1, "errors": 1, "state": "finished",
    }  # fmt: skip


def counts(app: Installation, file: str) -> list[tuple[Any, ...]]:
    names = ("rows", "created", "updated", "skipped", "errors", "state")
    return [
        tuple(one[name] for name in names) for one in imports(app.recorder, app.reader) if one["file"] == file
    ]


def test_the_same_file_read_in_another_way_is_listed_beside_the_first(
    app: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "dates.csv"
    path.write_text(
        "资产编号,资产名称,数量,取得日期,原值\nQ1,桌,1,03/04/2020,900\nQ2,椅,1,2020-05-06,90\n",
        encoding="utf-8",
    )
    for said in ({}, {"dates": {"order": "dmy"}}, {"dates": {"order": "dmy"}}):
        plan = make_plan(open_table(path), today=TODAY, mapping=Mapping.model_validate(said))
        import_register(app, plan, ROOT, "en")
    assert counts(app, "dates.csv") == [(2, 1, 0, 0, 1, "finished"), (2, 1, 0, 1, 0, "finished")]
    assert len(cards(app, "Q")) == 2, "as many as were created"


def test_a_run_that_comes_to_something_else_does_not_hide_what_the_first_came_to(
    app: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "later.csv"
    path.write_text(
        "资产编号,资产名称,数量,原值,使用单位\nL1,桌,1,900,后来才有的局\nL2,桌,1,900,试验市财政局\n",
        encoding="utf-8",
    )
    for _ in range(2):
        import_register(app, make_plan(open_table(path), today=TODAY), None, "zh")
        app.console("register_body", "later", name="后来才有的局")
    assert counts(app, "later.csv") == [(2, 1, 0, 0, 1, "finished"), (2, 1, 0, 1, 0, "finished")]
    file = open_table(path).sha256
    undo.undo(app, file, undo.cards_of(app, file), lambda done, of=None: None)
    assert [one[-1] for one in counts(app, "later.csv")] == ["undone", "undone"]


def test_an_import_is_undone_and_can_be_made_again(app: Installation, tmp_path: Path) -> None:
    rows = "".join(clean(资产编号=f"U{n}") for n in range(4))
    brought(app, tmp_path, rows, name="undo.csv")
    sha256 = open_table(tmp_path / "undo.csv").sha256
    found = undo.cards_of(app, sha256)
    assert len(found) == 4
    assert undo.touched(app, sha256, found) == 0
    assert undo.undo(app, sha256, found, lambda done, of=None: None) == undo.Undone(4, 0)
    assert {row[3] for row in cards(app, "U")} == {"undone"}
    assert undo.cards_of(app, sha256) == []
    again = brought(app, tmp_path, rows, name="undo.csv")
    assert again.created == 4
    assert len(undo.cards_of(app, sha256)) == 4


def test_what_something_else_has_touched_is_seen_before_anything_is_undone(
    app: Installation, tmp_path: Path
) -> None:
    brought(app, tmp_path, "".join(clean(资产编号=f"V{n}") for n in range(3)), name="touched.csv")
    sha256 = open_table(tmp_path / "touched.csv").sha256
    found = undo.cards_of(app, sha256)
    app.console("see_condition", asset=found[1], condition=Condition.WORN)
    assert undo.touched(app, sha256, found) == 1


def test_names_of_people_stay_out_of_the_log_and_are_the_same_people_next_time(
    app: Installation, tmp_path: Path
) -> None:
    who = "欧阳绝无仅有"
    for n in (1, 2):
        brought(app, tmp_path, clean(资产编号=f"P{n}", 保管人=who), name=f"people {n}.csv")
    app.runner.catch_up()
    kept = "SELECT DISTINCT custody_person FROM register.current c JOIN codes.code n ON n.thing = c.asset WHERE n.said IN ('P1', 'P2')"
    ((person,),) = app.reader.rows(kept)
    assert app.directory.names([person]) == {person: who}
    said = "SELECT count(*) FROM gongwu.event WHERE position(%(who)s::bytea IN body || meta) > 0"
    assert app.reader.rows(said, {"who": who.encode()}) == [(0,)]


def test_a_secret_row_leaves_no_byte_behind(place: Path, tmp_path: Path) -> None:
    """Every file of the database, its log and the evidence is searched; the clean row beside it is found there."""
    word, harmless = SECRET_WORDS, "寻常之物甲乙丙"
    file = tmp_path / "register.csv"
    rows = clean(资产编号="G1", 资产名称=word, 备注=word, 密级="机密") + clean(
        资产编号="G2", 资产名称=harmless
    )
    file.write_text(f"{HEADING}\n{rows}", encoding="utf-8")
    done = gongwu(place, "--json", "import", "register", str(file), "--body", "root", "--yes")
    assert done.code == 3
    assert [one["code"] for one in done.json["errors"]] == ["SECRET_ROW"]
    assert word not in done.out + done.err
    home = existing_home(place.resolve())
    assert home is not None
    folders = [home.folder, place]
    kept = [one.read_bytes() for folder in folders for one in folder.rglob("*") if one.is_file()]
    assert any(harmless.encode() in one for one in kept), "the search finds what is there"
    assert not any(word.encode() in one for one in kept)


def test_an_import_killed_in_the_middle_is_gone_on_with_and_no_row_is_lost_or_doubled(
    place: Path, tmp_path: Path
) -> None:
    rows = 9_000
    file = tmp_path / "long.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(HEADING + "\n")
        out.writelines(clean(资产编号=f"K{n:05}" if n % 3 else "") for n in range(rows))
    gongwu(place, "init")
    with EmbeddedServer(place) as server:
        process = begin(place, "import", "register", str(file), "--body", "root", "--yes")
        written = _wait_for_cards(server, at_least=2000, of=process)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    assert written >= 2000
    done = gongwu(place, "--json", "import", "register", str(file), "--body", "root", "--yes")
    assert done.code == 0, done.err
    told = done.json
    assert (told["rows"], told["created"] + told["skipped"], told["errors"]) == (rows, rows, [])
    assert 0 < told["skipped"] < rows, "what the first run wrote is not written again"
    with EmbeddedServer(place) as server, psycopg.connect(server.dsn(APP)) as connection:
        counted = "SELECT count(*), count(DISTINCT stream) FROM gongwu.event WHERE topic = 'asset.taken_over'"
        assert connection.execute(counted).fetchone() == (rows, rows)
        numbers = "SELECT count(*), count(DISTINCT said) FROM codes.code WHERE issuer = 'card'"
        assert connection.execute(numbers).fetchone() == (6000, 6000)
    (kept,) = gongwu(place, "--json", "status").json["imports"]
    assert (kept["rows"], kept["created"], kept["skipped"], kept["state"]) == (rows, rows, 0, "finished")
    assert gongwu(place, "verify").code == 0


def _wait_for_cards(server: EmbeddedServer, *, at_least: int, of: Any) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until and of.poll() is None:
        with suppress(psycopg.Error, DatabaseUnavailable), psycopg.connect(server.dsn(APP)) as connection:
            row = connection.execute(
                "SELECT count(*) FROM gongwu.event WHERE topic = 'asset.taken_over'"
            ).fetchone()
            if row is not None and row[0] >= at_least:
                return int(row[0])
        time.sleep(0.02)
    raise AssertionError(of.communicate()[1] if of.poll() is not None else "the import does not get on")


def test_on_error_abort_writes_nothing(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text(f"{HEADING}\n" + clean(资产编号="A1") + clean(资产编号="A2", 原值="x"), encoding="utf-8")
    done = gongwu(
        place, "--json", "import", "register", str(file), "--body", "root", "--yes", "--on-error", "abort"
    )
    assert done.code == 3
    assert (done.json["rows"], done.json["created"], done.json["skipped"], len(done.json["errors"])) == (
        2,
        0,
        1,
        1,
    )
    assert gongwu(place, "--json", "status").json["assets"] == 0


def test_an_import_that_is_asked_to_stop_ends_with_143_and_is_gone_on_with(
    place: Path, tmp_path: Path
) -> None:
    file = tmp_path / "long.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(HEADING + "\n")
        out.writelines(clean(资产编号=f"Q{n:05}") for n in range(9_000))
    gongwu(place, "init")
    with EmbeddedServer(place) as server:
        process = begin(place, "--json", "import", "register", str(file), "--body", "root", "--yes")
        _wait_for_cards(server, at_least=1000, of=process)
        process.send_signal(signal.SIGTERM)
        out_, err = process.communicate(timeout=60)
    assert (process.returncode, out_) == (143, ""), err
    assert "Traceback" not in err
    (kept,) = gongwu(place, "--json", "status").json["imports"]
    assert kept["state"] == "interrupted or going on"
    done = gongwu(place, "--json", "import", "register", str(file), "--body", "root", "--yes")
    assert (done.code, done.json["created"] + done.json["skipped"]) == (0, 9_000)
    assert gongwu(place, "--json", "status").json["assets"] == 9_000


def test_a_workbook_with_a_mapping_file_and_undone_from_the_command_line(place: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("说明")
    sheet = book.create_sheet("明细")
    heading = ["编码甲", "物品", "多少", "单位", "值多少"]
    for line in (
        ["某单位固定资产台账"],
        heading,
        ["X1", "办公桌", 1, "张", 900],
        ["X2", "椅子", 4, "把", 400],
    ):
        sheet.append(line)
    book.save(tmp_path / "book.xlsx")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        'sheet = "明细"\nheading_row = 2\n[columns]\nnumber = "编码甲"\nname = "B"\nquantity = 3\nunit = "单位"\nvalue = "值多少"\n',
        encoding="utf-8",
    )
    arguments = (
        "import",
        "register",
        str(tmp_path / "book.xlsx"),
        "--mapping",
        str(mapping),
        "--body",
        "root",
        "--yes",
    )
    done = gongwu(place, "--json", *arguments)
    assert (done.code, done.json["created"]) == (0, 2), done.err
    (kept,) = gongwu(place, "--json", "status").json["imports"]
    undone = gongwu(place, "--json", "import", "undo", kept["sha256"], "--yes")
    assert (undone.code, undone.json["undone"]) == (0, 2)
    found = gongwu(place, "--json", "status").json
    assert (found["assets"], found["lots"], found["imports"][0]["state"]) == (0, 0, "undone")
    assert gongwu(place, "--json", "import", "undo", kept["sha256"], "--yes").code == 4
    assert gongwu(place, "--json", *arguments).json["created"] == 2
