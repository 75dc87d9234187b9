"""The US record from file to history: one fact per shipment with its own date, refusals only where the reason is one."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api.imports.files import open_table
from api.imports.record import POOL, import_transfers
from api.imports.remembered import imports
from api.imports.run import Tally
from api.imports.table import Table
from api.installation import Installation
from api.settings import Settings
from domain.life.registering import TakenOver
from domain.papers.past_request import PastRequestTakenOver
from projections.desk import recorded
from tests.command_line import ROOT, a_place, gongwu

pytestmark = pytest.mark.postgres

SAMPLE = ROOT / "api" / "demo" / "data"
TODAY = date(2026, 11, 23)
SHIPPED = "state,agency,requisition_id,fsc,niin,item,unit_of_issue,quantity,unit_value_usd,ship_date\n"
CLOSED = "cancelled_by,request_ref,state,agency,fsc,niin,item,unit_of_issue,quantity,unit_value_usd,requested_at,reason\n"


@pytest.fixture(scope="module")
def app() -> Iterator[Installation]:
    with a_place() as data, Installation.open(Settings(data_dir=data)) as installation:
        yield installation


def table(folder: Path, name: str, text: str) -> Table:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return open_table(path)


def brought(app: Installation, shipments: list[Table], cancellations: list[Table]) -> Tally:
    tally = import_transfers(app, shipments, cancellations, today=TODAY, language="en")
    app.runner.catch_up()
    assert tally.rows == tally.created + tally.updated + tally.skipped + len(tally.errors)
    return tally


def test_a_shipment_is_one_fact_on_its_own_day_with_the_pool_as_giver(
    app: Installation, tmp_path: Path
) -> None:
    rows = 'ME,"PORTLAND POLICE, ""HARBOR""",2YTX1,7110,01DS001,"CHAIR,ROTARY",EA,12,75.5,2017-03-02\r\n'
    before = app.recorder.head()
    assert brought(app, [table(tmp_path, "one.csv", SHIPPED + rows)], []).created == 1
    facts = [recorded(row) for row in app.recorder.read_log(before, 100, ["asset.taken_over"])]
    (one,) = facts
    assert isinstance(one.fact, TakenOver)
    assert one.occurred_at.date() == date(2017, 3, 2)
    assert (one.fact.giver, one.fact.said.quantity, one.fact.said.name) == (POOL, 12, "CHAIR,ROTARY")
    assert one.fact.said.book is not None
    assert str(one.fact.said.book.original.amount) == "906.00"
    (agency,) = app.reader.rows(
        "SELECT name, region, level FROM organisations.body WHERE id = %s", (one.fact.holder,)
    )
    assert agency == ('PORTLAND POLICE, "HARBOR"', "US-ME", "county")
    ((known,),) = app.reader.rows("SELECT count(*) FROM gongwu.event WHERE stream = %s", (one.stream,))
    assert known == 1


def test_an_agency_s_name_within_its_state_is_its_identity(app: Installation, tmp_path: Path) -> None:
    states = ("OR", "MO", "OR")
    rows = "".join(
        f"{state},SPRINGFIELD POLICE DEPT,X{n},8415,1,COAT,EA,1,9,2017-01-0{n + 1}\n"
        for n, state in enumerate(states)
    )
    brought(app, [table(tmp_path, "names.csv", SHIPPED + rows)], [])
    found = app.reader.rows(
        "SELECT region FROM organisations.body WHERE name = 'SPRINGFIELD POLICE DEPT' ORDER BY region"
    )
    assert found == [("US-MO",), ("US-OR",)]


def test_a_closed_request_is_a_refusal_only_where_its_reason_is_one(
    app: Installation, tmp_path: Path
) -> None:
    reasons = ("gone_from_pool", "withdrawn_by_requester", "", "system_text_only", "other", "something new")
    rows = "".join(
        f"LESO,{n},ME,BANGOR POLICE,8415,0{n},COAT,EA,{n + 1},10,2016-11-04 19:30:05,{reason}\n"
        for n, reason in enumerate(reasons)
    )
    before = app.recorder.head()
    assert brought(app, [], [table(tmp_path, "closed.csv", CLOSED + rows)]).created == len(reasons)
    facts = [recorded(row).fact for row in app.recorder.read_log(before, 100, ["past_request.taken_over"])]
    closings = [fact.closing.value for fact in facts if isinstance(fact, PastRequestTakenOver)]
    assert closings == ["refusal", "withdrawn", "not_said", "not_said", "unknown", "unknown"]


def test_rows_that_are_wrong_have_one_verdict_each_and_cost_the_others_nothing(
    app: Installation, tmp_path: Path
) -> None:
    good = "ME,BANGOR POLICE,W{n},7110,1,DESK,EA,1,9,2017-01-05\n"
    bad = (
        "Maine,BANGOR POLICE,W,7110,1,DESK,EA,1,9,2017-01-05\n", "ME,,W,7110,1,DESK,EA,1,9,2017-01-05\n",
        "ME,BANGOR POLICE,W,7110,1,DESK,EA,0,9,2017-01-05\n", "ME,BANGOR POLICE,W,7110,1,DESK,EA,,9,2017-01-05\n",
        "ME,BANGOR POLICE,W,7110,1,DESK,EA,1,-9,2017-01-05\n", "ME,BANGOR POLICE,W,7110,1,DESK,EA,1,9,2031-01-05\n",
        "ME,BANGOR POLICE,W,7110,1,DESK,EA,1,9,\n", "ME,BANGOR POLICE,W,7110,1,,EA,1,9,2017-01-05\n",
    )  # fmt: skip
    rows = "".join(good.format(n=n) + one for n, one in enumerate(bad))
    tally = brought(app, [table(tmp_path, "wrong.csv", SHIPPED + rows)], [])
    assert tally.created == len(bad)
    assert [one["code"] for one in tally.errors] == [
        "STATE_MALFORMED", "BODY_MISSING", "QUANTITY_NOT_POSITIVE", "QUANTITY_MISSING", "VALUE_NEGATIVE", "DATE_IN_FUTURE",
        "DATE_MISSING", "NAME_MISSING",
    ]  # fmt: skip
    assert [one["row"] for one in tally.errors] == [3 + 2 * n for n in range(len(bad))]


def test_a_second_run_creates_nothing_and_twins_stay_twins(app: Installation, tmp_path: Path) -> None:
    twins = "NM,TAOS POLICE,,7110,1,STOOL,EA,1,9,2017-01-05\n" * 998
    closed = "LESO,,NM,TAOS POLICE,7110,1,STOOL,EA,1,9,2017-01-05 10:00:00,blank\n" * 50
    files = (
        [table(tmp_path, "twins.csv", SHIPPED + twins)],
        [table(tmp_path, "closed twins.csv", CLOSED + closed)],
    )
    assert brought(app, *files).created == 1048
    before = app.recorder.head()
    again = brought(app, *files)
    assert (again.rows, again.created, again.skipped) == (1048, 0, 1048)
    assert app.recorder.head() == before


def test_the_shipped_sample_is_accounted_for_to_the_row(app: Installation) -> None:
    names = ("us-shipments-sample.csv", "us-cancellations-sample.csv")
    rows = {
        name: len(list(csv.reader((SAMPLE / name).read_text("utf-8").splitlines()))) - 1 for name in names
    }
    tally = brought(app, [open_table(SAMPLE / names[0])], [open_table(SAMPLE / names[1])])
    assert tally.rows == sum(rows.values())
    assert 1800 <= tally.rows <= 2300
    assert tally.created >= 0.95 * tally.rows
    kept = {one["file"]: one for one in imports(app.recorder, app.reader)}
    for name in names:
        one = kept[name]
        assert one["rows"] == rows[name] == one["created"] + one["updated"] + one["skipped"] + one["errors"]
    oldest = app.reader.rows("SELECT min(since) FROM register.current WHERE giver = %s", (POOL,))[0][0]
    assert oldest < datetime(2018, 1, 1, tzinfo=UTC)


def test_the_command_line_takes_the_files_in_any_order_and_accounts_for_them(tmp_path: Path) -> None:
    shipped, closed = tmp_path / "shipped.csv", tmp_path / "closed.csv"
    shipped.write_text(SHIPPED + "ME,BANGOR POLICE,C1,7110,1,DESK,EA,1,9,2017-01-05\n" * 3, encoding="utf-8")
    closed.write_text(
        CLOSED + "LESO,1,ME,BANGOR POLICE,7110,1,DESK,EA,0,9,2017-01-05 10:00:00,blank\n", encoding="utf-8"
    )
    with a_place() as data:
        done = gongwu(data, "import", "transfers", str(shipped), str(closed), "--json")
        assert done.code == 3, done.err
        assert {name: done.json[name] for name in ("rows", "created", "updated", "skipped")} == {
            "rows": 4, "created": 3, "updated": 0, "skipped": 0,
        }  # fmt: skip
        assert [(one["file"], one["row"], one["code"]) for one in done.json["errors"]] == [
            ("closed.csv", 2, "QUANTITY_NOT_POSITIVE")
        ]
        kept = gongwu(data, "status", "--json").json["imports"]
        counted = [(one["file"], one["rows"], one["created"], one["errors"]) for one in kept]
        assert counted == [("shipped.csv", 3, 3, 0), ("closed.csv", 1, 0, 1)]
        again = gongwu(data, "import", "transfers", str(shipped), "--cancellations", str(closed), "--json")
        assert (again.json["created"], again.json["skipped"], len(again.json["errors"])) == (0, 3, 1)
        missing = gongwu(data, "import", "transfers", __file__, "--json")
        assert missing.code == 4
        assert "Traceback" not in missing.err
