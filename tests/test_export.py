"""The register as CSV and as a workbook: readable by our own import, and with nothing in it that runs."""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.export import BYTE_ORDER_MARK, Value, guarded, headings, write_csv, write_xlsx
from api.imports.card import CardRow
from api.imports.files import open_table
from api.imports.plan import make_plan
from api.imports.rows import RegisterReader
from api.imports.vocabulary import exact, fields
from domain.texts import LANGUAGES, Language, catalogue

COLUMNS = ("number", "name", "quantity", "value", "acquired", "remark")
ROWS: list[tuple[Value, ...]] = [
    ("ZC001", "办公椅, 带扶手", 12, Decimal("4500.50"), date(2023, 1, 15), "第一行\n第二行"),
    ("00012345678901234567", '18" 显示器', 1, None, None, "=1+1"),
]


def as_csv(rows: list[tuple[Value, ...]], language: Language = "zh") -> str:
    out = io.StringIO(newline="")
    assert write_csv(out, COLUMNS, rows, language) == len(rows)
    return out.getvalue()


def as_cells(path: Path) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def test_a_csv_is_one_that_excel_opens_in_chinese() -> None:
    text = as_csv(ROWS)
    assert text.startswith(BYTE_ORDER_MARK + "资产编号,资产名称,数量,原值,取得日期,备注\r\n")
    assert "4500.50,2023-01-15," in text
    assert as_csv(ROWS, "en").startswith(BYTE_ORDER_MARK + "Asset number,Asset name,Quantity")


def test_a_workbook_keeps_numbers_as_numbers_and_dates_as_dates(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    assert write_xlsx(path, COLUMNS, ROWS, "zh") == 2
    heading, first, second = as_cells(path)
    assert heading == tuple(headings(COLUMNS, "zh"))
    assert first == ("ZC001", "办公椅, 带扶手", 12, 4500.5, datetime(2023, 1, 15), "第一行\n第二行")  # noqa: DTZ001  # a workbook knows no zones
    assert second[0] == "00012345678901234567", "a number of many digits is a text"
    assert second[5] == "'=1+1"


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "-", "=", "\x00=1+1"]
)
def test_what_looks_like_a_formula_is_made_text(tmp_path: Path, evil: str) -> None:
    assert guarded(evil).startswith("'")
    write_xlsx(tmp_path / "evil.xlsx", ("name",), [(evil,)], "zh")
    cell = openpyxl.load_workbook(tmp_path / "evil.xlsx").worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert ",'" in "," + as_csv([(evil, "", "", "", "", "")]).splitlines()[1].replace('"', "")


@pytest.mark.parametrize("good", ["办公椅", "-12.50", "+8613900000000", "A=B", "3-1", ""])
def test_what_is_no_formula_is_left_alone(good: str) -> None:
    assert guarded(good) == good


@given(st.text(max_size=50))
def test_no_text_begins_like_a_formula(text: str) -> None:
    safe = guarded(text)
    assert not safe.startswith(("=", "@", "\t", "\r", "\n", "＝", "＠"))
    assert safe[:1] not in {"+", "-"} or safe[1:].replace(".", "").isdecimal()


@pytest.mark.parametrize("text", ["\x00\x01", "a\x0bb", "\ud800", "\ufffe", "长" * 40_000, "_x000D_"])
def test_any_text_can_be_written_to_a_workbook(tmp_path: Path, text: str) -> None:
    write_xlsx(tmp_path / "any.xlsx", ("name", "number"), [(text, 1)], "en")
    assert as_cells(tmp_path / "any.xlsx")[1][1] == 1


def test_instants_are_written_without_their_zone(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)
    write_xlsx(tmp_path / "at.xlsx", ("acquired",), [(noon,)], "zh")
    assert as_cells(tmp_path / "at.xlsx")[1] == (datetime(2026, 11, 23, 12, 0, 5),)  # noqa: DTZ001  # a workbook knows no zones


def test_every_column_is_called_something_our_own_import_understands() -> None:
    ours = [key.removeprefix("column.") for key in catalogue() if key.startswith("column.")]
    for column in set(ours) & fields().keys():
        for language in LANGUAGES:
            found = exact(catalogue()[f"column.{column}"][language])
            assert found is not None
            assert found.field == column
    assert {"number", "name", "value", "acquired"} <= set(ours) & fields().keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exported_register_comes_back_as_it_was(tmp_path: Path, language: Language) -> None:
    write_xlsx(tmp_path / "out.xlsx", COLUMNS, ROWS, language)
    with (tmp_path / "out.csv").open("w", encoding="utf-8", newline="") as file:
        write_csv(file, COLUMNS, ROWS, language)
    for name in ("out.xlsx", "out.csv"):
        first, second = RegisterReader(make_plan(open_table(tmp_path / name), today=date(2026, 11, 23)))
        assert isinstance(first, CardRow)
        assert isinstance(second, CardRow)
        assert (first.number, first.name, first.quantity) == ("ZC001", "办公椅, 带扶手", 12)
        assert first.value is not None
        assert (first.value.amount, first.acquired and first.acquired.iso) == (
            Decimal("4500.50"),
            "2023-01-15",
        )
        assert (second.number, second.remark) == ("00012345678901234567", "=1+1")


@pytest.mark.slow
def test_rows_are_written_as_they_come(tmp_path: Path) -> None:
    def many() -> Iterator[tuple[Value, ...]]:
        for at in range(20_000):
            yield (f"ZC{at}", f"办公椅 {at}", 1, Decimal(at), date(2023, 1, 15), "备注" * 20)

    with (tmp_path / "many.csv").open("w", encoding="utf-8", newline="") as file:
        tracemalloc.start()
        try:
            assert write_csv(file, COLUMNS, many(), "zh") == 20_000
            assert tracemalloc.get_traced_memory()[1] < 1_000_000, "constant memory"
        finally:
            tracemalloc.stop()
