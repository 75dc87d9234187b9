"""The real record of transfers between two administrations, with everything that is wrong with it."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from api.imports.files import open_table
from api.imports.table import Table
from api.imports.transfer_cells import closing_reasons
from api.imports.transfers import CancellationRow, ShipmentRow, read_cancellations, read_shipments
from api.imports.verdicts import Code, FileRefused, Note, Verdict
from domain.texts import LANGUAGES, say
from domain.values import ClassCode, Money

SAMPLE = Path(__file__).parent / "files" / "transfers"
TODAY = date(2026, 11, 23)
HEADING = "state,agency,requisition_id,fsc,niin,item,unit_of_issue,quantity,unit_value_usd,ship_date"
CLEAN = "AK,ALASKA DEPT OF PUBLIC SAFETY,2YTPEJ62701100,8415,014618341,SHIRT,EA,1,60.25,2016-10-05"


def sample(kind: str) -> list[Table]:
    return [open_table(path) for path in sorted(SAMPLE.glob(f"*-{kind}.csv"))]


def shipments(folder: Path, body: str, heading: str = HEADING) -> list[ShipmentRow | Verdict]:
    path = folder / "shipments.csv"
    path.write_text(f"{heading}\n{body}\n", encoding="utf-8", newline="")
    return list(read_shipments([open_table(path)], today=TODAY))


def test_the_real_shipments_are_all_read() -> None:
    found = list(read_shipments(sample("shipments"), today=TODAY))
    rows = [one for one in found if isinstance(one, ShipmentRow)]
    assert len(rows) == len(found) == 127
    assert rows[0].class_code == ClassCode("us-fsc", "2019", "8415")
    assert rows[0].unit_value == Money(Decimal("60.25"), "USD")
    assert rows[0].body_key == "AK/ALASKA DEPT OF PUBLIC SAFETY"
    assert len({row.identity for row in rows}) == len(rows)


def test_what_is_odd_in_the_real_shipments_is_borne_and_noted() -> None:
    rows = [one for one in read_shipments(sample("shipments"), today=TODAY) if isinstance(one, ShipmentRow)]
    assert Counter(note for row in rows for note in row.notes) == {
        Note.CLASS_UNVERIFIED: 3,
        Note.NUMBER_REPEATED: 1,
    }
    twice = [row for row in rows if row.number == "2YTKXD71513126"]
    assert [row.shipped.isoformat() for row in twice] == ["2017-06-01", "2017-08-08"], (
        "two facts, not one corrected"
    )
    assert twice[0].identity != twice[1].identity
    assert {row.state for row in rows if len(row.state) != 2} == set(), "a state with a trailing space"
    assert all(
        "\xa0" not in (row.number or "") and (row.number or "") == (row.number or "").strip() for row in rows
    )
    assert any('18" STAKE' in row.item for row in rows)
    assert any(row.quantity > 1_000 for row in rows)
    assert any(row.local for row in rows)
    assert all(row.unit_value and row.unit_value.amount == round(row.unit_value.amount, 2) for row in rows)


def test_a_closed_request_is_a_refusal_only_where_its_reason_is_one() -> None:
    found = list(read_cancellations(sample("cancellations"), today=TODAY))
    rows = [one for one in found if isinstance(one, CancellationRow)]
    wrong = [one for one in found if isinstance(one, Verdict)]
    assert {(one.code, one.also) for one in wrong} == {(Code.QUANTITY_NOT_POSITIVE, ())}
    assert (len(rows), len(wrong)) == (287, 13)
    closings = {(row.reason, row.closing) for row in rows}
    assert ("gone_from_pool", "refusal") in closings
    assert ("withdrawn_by_requester", "withdrawn") in closings
    assert {("blank", "not_said"), ("system_text_only", "not_said"), ("other", "unknown")} <= closings
    assert all((row.closing == "unknown") == (Note.REASON_UNKNOWN in row.notes) for row in rows)
    assert rows[0].requested == datetime(2016, 11, 4, 19, 30, 5)  # noqa: DTZ001  the record says no zone
    assert any(row.unit_value is not None and row.unit_value.amount == 0 for row in rows)
    assert sum(Note.NUMBER_REPEATED in row.notes for row in rows) == 3


def test_every_reason_can_be_said_in_both_languages() -> None:
    assert all(
        say(language, f"closing_reason.{reason}") for reason in closing_reasons() for language in LANGUAGES
    )


def test_a_second_run_finds_the_same_identities_however_the_files_are_given() -> None:
    together = [
        one.identity
        for one in read_shipments(sample("shipments"), today=TODAY)
        if isinstance(one, ShipmentRow)
    ]
    apart = [
        one.identity
        for table in reversed(sample("shipments"))
        for one in read_shipments([table], today=TODAY)
        if isinstance(one, ShipmentRow)
    ]
    assert sorted(together) == sorted(apart)


def test_identical_rows_of_a_file_are_as_many_shipments(tmp_path: Path) -> None:
    rows = shipments(tmp_path, "\n".join([CLEAN] * 998))
    assert len({row.identity for row in rows if isinstance(row, ShipmentRow)}) == 998


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("AK", "ALASKA", Code.STATE_MALFORMED),
        ("ALASKA DEPT OF PUBLIC SAFETY", " ", Code.BODY_MISSING),
        ("8415", "84156", Code.CLASS_MALFORMED),
        ("SHIRT", "", Code.NAME_MISSING),
        ("SHIRT", "S" * 201, Code.TOO_LONG),
        (",1,", ",,", Code.QUANTITY_MISSING),
        (",1,", ",one,", Code.QUANTITY_NOT_A_NUMBER),
        (",1,", ",-1,", Code.QUANTITY_NOT_POSITIVE),
        (",1,", ",0.5,", Code.QUANTITY_NOT_WHOLE),
        (",1,", ",1e9,", Code.QUANTITY_TOO_LARGE),
        ("60.25", "-60.25", Code.VALUE_NEGATIVE),
        ("60.25", "cheap", Code.VALUE_NOT_A_NUMBER),
        ("2016-10-05", "", Code.DATE_MISSING),
        ("2016-10-05", "soon", Code.DATE_UNREADABLE),
        ("2016-10-05", "2016-10", Code.DATE_UNREADABLE),
        ("2016-10-05", "2036-10-05", Code.DATE_IN_FUTURE),
        (",EA", "", Code.WRONG_FIELD_COUNT),
        (CLEAN, HEADING, Code.HEADING_REPEATED),
        (CLEAN, "," * 9, Code.EMPTY_ROW),
        ("SHIRT", "锟斤拷", Code.ENCODING_BROKEN),
    ],
)
def test_a_wrong_row_gets_the_verdict_it_deserves(tmp_path: Path, old: str, new: str, code: Code) -> None:
    first, *last = shipments(tmp_path, f"{CLEAN.replace(old, new)}\n{CLEAN}")
    assert isinstance(first, Verdict)
    assert (first.code, first.also, first.row) == (code, (), 2)
    assert all("{" not in first.message(language) for language in LANGUAGES)
    assert [type(one) for one in last] == [ShipmentRow]


def test_several_things_wrong_are_one_verdict(tmp_path: Path) -> None:
    (only,) = shipments(tmp_path, CLEAN.replace("AK", "?").replace(",1,", ",0,").replace("2016-10-05", "?"))
    assert isinstance(only, Verdict)
    assert (only.code, only.also) == (
        Code.STATE_MALFORMED,
        (Code.QUANTITY_NOT_POSITIVE, Code.DATE_UNREADABLE),
    )


def test_dirt_of_other_quarters_is_borne(tmp_path: Path) -> None:
    dirty = "ak ,ALASKA  DEPT OF PUBLIC SAFETY_x000D_,,,,SHIRT,EA  ,1.0,60.250000000000001,1988-04-01 00:00:00.000"
    (row,) = shipments(tmp_path, dirty)
    assert isinstance(row, ShipmentRow)
    assert (row.body_key, row.unit, row.quantity, row.shipped) == (
        "AK/ALASKA DEPT OF PUBLIC SAFETY", "EA", 1, date(1988, 4, 1),
    )  # fmt: skip
    assert row.unit_value == Money(Decimal("60.25"), "USD")
    assert set(row.notes) == {Note.CLASS_MISSING, Note.NUMBER_MISSING}


def test_the_original_headings_and_stock_numbers_are_understood_in_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["State", "Station Name (LEA)", "Requisition ID", "NSN", "Item Name", "UI", "Quantity", "Acquisition Value",
                  "Ship Date"])  # fmt: skip
    sheet.append(["AL", "ABBEVILLE POLICE DEPT", "X1", "8415-01-461-8341", "SHIRT", "EA", 3, 60.25,
                  datetime(2016, 10, 5)])  # noqa: DTZ001  # fmt: skip
    book.save(tmp_path / "leso.xlsx")
    (row,) = read_shipments([open_table(tmp_path / "leso.xlsx")], today=TODAY)
    assert isinstance(row, ShipmentRow)
    assert row.class_code == ClassCode("us-fsc", "2019", "8415")
    assert (row.stock_number, row.local, row.shipped) == ("014618341", False, date(2016, 10, 5))


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    for heading, code in (
        (HEADING.replace("ship_date", "weather"), Code.COLUMN_MISSING),
        (HEADING.replace("agency", "state"), Code.COLUMN_DOUBLED),
        ("a,b,c", Code.HEADING_NOT_FOUND),
    ):
        with pytest.raises(FileRefused) as caught:
            shipments(tmp_path, CLEAN, heading)
        assert caught.value.verdict.code is code
