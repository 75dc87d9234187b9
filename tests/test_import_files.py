"""Opening other offices' files: any bytes become records or a refusal with a code, and text is never guessed into nonsense."""

import hashlib
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import numbers

from api.imports.files import open_table
from api.imports.table import Limits, Record, Table
from api.imports.verdicts import Code, FileRefused

HEADING = "资产编号,资产名称,数量"
CARDS = f"{HEADING}\r\n001,台式计算机,1\r\n002,办公椅,12\r\n"


def saved(folder: Path, content: bytes, name: str = "register.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def cells(table: Table) -> list[tuple[object, ...]]:
    return [record.cells for record in table.records()]


def refused(folder: Path, content: bytes, name: str = "register.csv", limits: Limits | None = None) -> Code:
    with pytest.raises(FileRefused) as caught:
        list(open_table(saved(folder, content, name), limits=limits or Limits()).records())
    assert caught.value.verdict.message("zh")
    assert caught.value.verdict.message("en")
    return caught.value.verdict.code


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CARDS.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + CARDS.encode(), "utf-8-sig"),
        (CARDS.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + CARDS.encode("utf-16-be"), "utf-16"),
        (CARDS.encode("gb18030"), "gb18030"),
    ],
)
def test_the_same_cards_are_read_in_every_encoding(tmp_path: Path, content: bytes, encoding: str) -> None:
    table = open_table(saved(tmp_path, content))
    assert table.encoding == encoding
    assert cells(table) == [
        ("资产编号", "资产名称", "数量"),
        ("001", "台式计算机", "1"),
        ("002", "办公椅", "12"),
    ]
    assert table.sha256 == hashlib.sha256(content).hexdigest()


def test_a_rare_character_of_gb18030_survives(tmp_path: Path) -> None:
    rare = f"{HEADING}\n1,䶮家㙍的办公椅𠮷,1\n"  # four bytes each in GB 18030, none in GB 2312
    assert cells(open_table(saved(tmp_path, rare.encode("gb18030"))))[1][1] == "䶮家㙍的办公椅𠮷"


@pytest.mark.slow
def test_an_encoding_that_shows_late_is_found(tmp_path: Path) -> None:
    content = b"number,name\n" + b"1,chair\n" * 200_000 + "2,办公椅\n".encode("gb18030")
    *_, last = open_table(saved(tmp_path, content)).records()
    assert last.cells == ("2", "办公椅")


def test_gb18030_that_is_valid_utf8_by_chance_is_read_as_chinese(tmp_path: Path) -> None:
    by_chance = "一台,校\n".encode("gb18030")
    assert by_chance.decode("utf-8") != "一台,校\n", "valid, and nonsense"
    assert cells(open_table(saved(tmp_path, by_chance))) == [("一台", "校")]
    assert cells(open_table(saved(tmp_path, "café,Größe\n".encode()))) == [("café", "Größe")]


@pytest.mark.parametrize("encoding", ["big5", "shift_jis", "latin-1"])
def test_an_encoding_that_is_neither_is_refused_instead_of_becoming_other_characters(
    tmp_path: Path, encoding: str
) -> None:
    text = {
        "big5": "資產名稱,數量,單位\n電腦螢幕,1,臺\n辦公桌,2,張\n",
        "shift_jis": "資産名,数量\nプリンター,1\n",
    }
    content = text.get(encoding, "désignation,quantité\nécran plat,1\nclé à molette,2\n").encode(encoding)
    assert refused(tmp_path, content) is Code.ENCODING_BROKEN
    chosen = open_table(saved(tmp_path, content), encoding=encoding)
    assert "\ufffd" not in str(cells(chosen))


def test_one_damaged_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    lines = [HEADING, *(f"{at},办公椅,1" for at in range(1, 21))]
    content = "\n".join(lines).encode().replace("9,办公椅".encode(), "9,办公".encode() + b"\xe6\xa4", 1)
    table = open_table(saved(tmp_path, content))
    broken = [record for record in table.records() if record.broken]
    assert broken == [Record(10, (), Code.ENCODING_BROKEN)]
    assert sum(not record.broken for record in table.records()) == 20


def test_text_that_was_already_destroyed_elsewhere_is_not_taken_over(tmp_path: Path) -> None:
    content = f"{HEADING}\n1,锟斤拷,1\n2,办公\ufffd椅,1\n3,办公椅,1\n".encode()
    assert [record.broken for record in open_table(saved(tmp_path, content)).records()] == [
        None, Code.ENCODING_BROKEN, Code.ENCODING_BROKEN, None,
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    content = CARDS.replace(",", delimiter).replace("办公椅", '"办公椅,带扶手"').encode()
    table = open_table(saved(tmp_path, content))
    assert table.delimiter == delimiter
    assert cells(table)[2] == ("002", "办公椅,带扶手", "12")


def test_excels_own_word_on_the_delimiter_is_heeded_and_counted_as_a_row(tmp_path: Path) -> None:
    table = open_table(saved(tmp_path, b"sep=;\r\na;b\r\n1,5;2\r\n"))
    assert [(record.row, record.cells) for record in table.records()] == [
        (1, ()),
        (2, ("a", "b")),
        (3, ("1,5", "2")),
    ]


def test_a_row_is_a_record_even_where_quotes_hold_line_breaks(tmp_path: Path) -> None:
    content = b'a,b\r\n1,"two\r\nlines"\r\n\r\n2,"say ""so"""\r\n\r\n\r\n'
    assert list(open_table(saved(tmp_path, content)).records()) == [
        Record(1, ("a", "b")),
        Record(2, ("1", "two\r\nlines")),
        Record(3, ()),
        Record(4, ("2", 'say "so"')),
    ]


def test_an_open_quote_spoils_its_own_row_only(tmp_path: Path) -> None:
    content = b'a,b\n1,"open\n2,y\n3,"z,w"\n4,"in"side\n5,last\n'
    read = list(open_table(saved(tmp_path, content)).records())
    assert [record.row for record in read if record.broken is Code.QUOTES_BROKEN] == [2, 5]
    assert [record.cells for record in read if not record.broken] == [
        ("a", "b"), ("2", "y"), ("3", "z,w"), ("5", "last"),
    ]  # fmt: skip


def test_an_endless_line_is_one_record_too_long(tmp_path: Path) -> None:
    content = b"a,b\n1," + b"x" * 300_000 + b"\n2,y\n"
    assert [(record.row, record.broken) for record in open_table(saved(tmp_path, content)).records()] == [
        (1, None), (2, Code.RECORD_TOO_LONG), (3, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.FILE_EMPTY),
        (b" \r\n\r\n", Code.FILE_EMPTY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Code.XLS_NOT_SUPPORTED),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            Code.PASSWORD_PROTECTED,
        ),
        (b"\n<html><table><tr><td>1", Code.HTML_NOT_SUPPORTED),
        (b'<?xml version="1.0"?><Workbook/>', Code.HTML_NOT_SUPPORTED),
        (b"%PDF-1.7\n\x00\x01", Code.NOT_A_TABLE),
        (b"PK\x03\x04 but no zip", Code.XLSX_BROKEN),
    ],
)
def test_what_is_no_table_is_refused_with_advice(tmp_path: Path, content: bytes, code: Code) -> None:
    assert refused(tmp_path, content, "register.xls") is code


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as caught:
        open_table(tmp_path / "nowhere.csv")
    assert caught.value.verdict.code is Code.FILE_NOT_READABLE


def test_a_file_above_the_limits_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, CARDS.encode(), limits=Limits(bytes=10)) is Code.FILE_TOO_LARGE
    assert refused(tmp_path, CARDS.encode(), limits=Limits(rows=2)) is Code.TOO_MANY_ROWS


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(
    st.binary(max_size=400),
    st.binary(max_size=200).map(lambda some: b"PK\x03\x04" + some),
    st.text(alphabet='a,;"\r\n\t\x00资é\ufffd', max_size=80).map(lambda some: some.encode("gb18030")),
    st.text(max_size=80).map(lambda some: some.encode("utf-16", "surrogatepass")),
))  # fmt: skip
def test_any_bytes_become_records_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    path = saved(tmp_path, content, "anything")
    try:
        rows = [record.row for record in open_table(path).records()]
    except FileRefused as no:
        said, rows = no.verdict.message("en"), []
    else:
        said = "read"
    assert said
    assert rows == list(range(1, len(rows) + 1))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 20_000), junk=st.binary(min_size=1, max_size=20))
def test_a_damaged_workbook_becomes_rows_or_a_refusal(tmp_path: Path, at: int, junk: bytes) -> None:
    whole = workbook(tmp_path).read_bytes()
    at %= len(whole)
    path = saved(tmp_path, whole[:at] + junk + whole[at + len(junk) :], "damaged.xlsx")
    try:
        said = [record.row for record in open_table(path).records()]
    except FileRefused as no:
        said = [no.verdict.row]
    assert said


def workbook(folder: Path) -> Path:
    """A register as an office keeps it: title, merged heading of two rows, codes as numbers, a formula nobody calculated."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["固定资产明细表"])
    sheet.append(["资产编号", "资产名称", "原值", None, "取得日期", "使用部门", "合计"])
    sheet.append([None, None, "财政拨款", "非财政拨款"])
    for at, day in enumerate((datetime(2023, 1, 15), 44941, "2019.5"), start=1):  # noqa: DTZ001  # a workbook knows no zones
        sheet.append(
            [at, "台式计算机", 1200.0000000001, 300, day, "办公室" if at == 1 else None, f"=C{at + 3}*2"]
        )
        sheet.cell(at + 3, 1).number_format = "000000"
        if isinstance(day, datetime):
            sheet.cell(at + 3, 5).number_format = numbers.FORMAT_DATE_YYYYMMDD2
    for merged in ("A1:G1", "C2:D2", "A2:A3", "B2:B3", "E2:E3", "F4:F5"):
        sheet.merge_cells(merged)
    book.create_sheet("说明").append(["请勿修改"])
    path = folder / "register.xlsx"
    book.save(path)
    return path


def test_a_workbook_is_read_as_it_looks(tmp_path: Path) -> None:
    table = open_table(workbook(tmp_path))
    assert (table.kind, table.sheet, table.sheets) == ("xlsx", "Sheet", ("Sheet", "说明"))
    rows = cells(table)
    assert rows[3][:3] == ("000001", "台式计算机", 1200.0000000001)
    assert rows[3][4] == datetime(2023, 1, 15)  # noqa: DTZ001  # a workbook knows no zones
    assert [row[5] for row in rows[3:] if len(row) > 5] == ["办公室", "办公室", None], (
        "true of every merged row"
    )
    assert rows[3][6] == "#UNCALCULATED!", "an empty cell would look as if nothing had been entered"
    assert (2, 2, 2, 3) in table.merged
    assert cells(open_table(tmp_path / "register.xlsx", sheet="说明")) == [("请勿修改",)]
    assert cells(open_table(tmp_path / "register.xlsx", sheet=2)) == [("请勿修改",)]
    with pytest.raises(FileRefused) as caught:
        open_table(tmp_path / "register.xlsx", sheet="没有")
    assert caught.value.verdict.code is Code.SHEET_UNKNOWN


def test_a_stored_result_of_a_formula_counts(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    calculated = tmp_path / "calculated.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(calculated, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, data.replace(b"<f>C4*2</f><v />", b"<f>C4*2</f><v>2400</v>").replace(
                b"<f>C4*2</f><v></v>", b"<f>C4*2</f><v>2400</v>"
            ))  # fmt: skip
    assert cells(open_table(calculated))[3][6] == 2400


def test_trailing_rows_that_are_only_formatted_are_no_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["资产名称", "数量"])
    sheet["A4"] = "办公椅"
    sheet["A9000"].number_format = "0.00"
    book.save(tmp_path / "tail.xlsx")
    assert [record.row for record in open_table(tmp_path / "tail.xlsx").records()] == [1, 2, 3, 4]


def test_a_workbook_that_would_unpack_to_too_much_is_not_opened(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", bytes(3_000_000))
    assert (
        refused(tmp_path, path.read_bytes(), limits=Limits(unpacked_bytes=2_000_000))
        is Code.UNPACKS_TOO_LARGE
    )


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    path, evil = workbook(tmp_path), tmp_path / "evil.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(evil, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part.endswith("sheet1.xml"):
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + data
            new.writestr(part, data)
    assert refused(tmp_path, evil.read_bytes()) is Code.XLSX_BROKEN


def test_another_kind_of_zip_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert refused(tmp_path, path.read_bytes()) is Code.NOT_A_TABLE
