"""One record of a register becomes a card as the file says it, or exactly one verdict with a code that it deserves."""

import csv
import io
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.imports.card import CardRow
from api.imports.cells import Cell, code, money, number, text
from api.imports.dates import SaidDate, said_date
from api.imports.files import open_table
from api.imports.mapping import Mapping
from api.imports.plan import make_plan
from api.imports.rows import RegisterReader
from api.imports.seen import Seen
from api.imports.verdicts import Code, FileRefused, Note, Unreadable, Verdict
from domain.texts import LANGUAGES, say
from domain.values import ClassCode, Condition, Funding, Money

TODAY = date(2026, 11, 23)
HEADING = (
    "资产编号,资产名称,资产分类代码,数量,计量单位,原值,财政拨款,非财政拨款,累计折旧,净值,取得日期,使用状况,使用部门,"
    "保管人,存放地点,密级,备注"
)
CLEAN = "ZC1,台式计算机,A02010105,1,台,4500,4000,500,900,3600,2023-01-15,在用,办公室,甲,301室,公开,"
SECRET_WORDS = "绝不外传的名字"


def outcomes(
    folder: Path, body: str, heading: str = HEADING, mapping: Mapping | None = None
) -> list[CardRow | Verdict]:
    path = folder / "register.csv"
    path.write_text(f"{heading}\n{body}", encoding="utf-8", newline="")
    edition = Mapping.model_validate({"constants": {"class_edition": "2022"}})
    return list(RegisterReader(make_plan(open_table(path), today=TODAY, mapping=mapping or edition)))


def card(folder: Path, body: str, heading: str = HEADING, mapping: Mapping | None = None) -> CardRow:
    (only,) = outcomes(folder, body, heading, mapping)
    assert isinstance(only, CardRow), only
    return only


def clean(**changed: str) -> str:
    """The clean row, with some of its cells changed."""
    cells = dict(zip(HEADING.split(","), CLEAN.split(","), strict=True))
    assert changed.keys() <= cells.keys()
    out = io.StringIO()
    csv.writer(out).writerow((cells | changed).values())
    return out.getvalue()


DESERVED: dict[Code, str] = {
    Code.ENCODING_BROKEN: clean(备注="锟斤拷"),
    Code.QUOTES_BROKEN: 'ZC1,"台式"机,,1,台,4500,4500,,,,,,,,,,\n',
    Code.RECORD_TOO_LONG: clean(备注="长" * 40_000),
    Code.WRONG_FIELD_COUNT: "ZC1,台式计算机,A02010105,1\n",
    Code.SECRET_ROW: clean(密级="机密"),
    Code.NAME_MISSING: clean(资产名称=" "),
    Code.NUMBER_LOST_DIGITS: clean(资产编号="2.02301E+17"),
    Code.CLASS_MALFORMED: clean(资产分类代码="A99"),
    Code.CELL_ERROR: clean(使用部门="#REF!"),
    Code.TOO_LONG: clean(资产名称="长" * 201),
    Code.QUANTITY_NOT_A_NUMBER: clean(数量="几个"),
    Code.QUANTITY_NOT_POSITIVE: clean(数量="0"),
    Code.QUANTITY_NOT_WHOLE: clean(数量="1.5"),
    Code.QUANTITY_TOO_LARGE: clean(数量="99999999"),
    Code.VALUE_NOT_A_NUMBER: clean(原值="四千五"),
    Code.VALUE_NEGATIVE: clean(原值="-4500"),
    Code.VALUE_TOO_LARGE: clean(原值="1e15"),
    Code.FUNDING_DOES_NOT_ADD_UP: clean(财政拨款="4000.01"),
    Code.DEPRECIATION_ABOVE_VALUE: clean(累计折旧="4500.01"),
    Code.NET_ABOVE_VALUE: clean(净值="4500.01"),
    Code.DATE_UNREADABLE: clean(取得日期="2023-02-30"),
    Code.DATE_AMBIGUOUS: clean(取得日期="03/04/2020"),
    Code.DATE_IN_FUTURE: clean(取得日期="2026-11-24"),
    Code.TOTAL_ROW: ",合计,,3,,9000,,,,,,,,,,,\n",
    Code.FOOTER_ROW: "制表人：某某,,,,,,,审核：某某,,,,,,,,,\n",
    Code.HEADING_REPEATED: clean() + HEADING + "\n",
    Code.EMPTY_ROW: ",,,,,,,,,,,,,,,,\n" + clean(资产编号="ZC2"),
    Code.NUMBER_DUPLICATED_IN_FILE: clean() + clean(),
}
ELSEWHERE = {
    Code.CURRENCY_UNKNOWN, Code.FORMULA_WITHOUT_VALUE,  # below
    Code.BODY_MISSING, Code.STATE_MALFORMED, Code.QUANTITY_MISSING, Code.DATE_MISSING,  # tests/test_import_transfers.py
    Code.FILE_NOT_READABLE, Code.FILE_EMPTY, Code.FILE_TOO_LARGE, Code.UNPACKS_TOO_LARGE, Code.TOO_MANY_ROWS,
    Code.NOT_A_TABLE, Code.XLS_NOT_SUPPORTED, Code.HTML_NOT_SUPPORTED, Code.PASSWORD_PROTECTED, Code.XLSX_BROKEN,
    Code.SHEET_UNKNOWN,  # tests/test_import_files.py
    Code.HEADING_NOT_FOUND, Code.COLUMN_MISSING, Code.COLUMN_DOUBLED, Code.SECRET_FILE, Code.MAPPING_INVALID,
}  # fmt: skip


@pytest.mark.parametrize("deserved", DESERVED)
def test_every_code_has_a_row_that_deserves_it(tmp_path: Path, deserved: Code) -> None:
    found = [one for one in outcomes(tmp_path, DESERVED[deserved]) if isinstance(one, Verdict)]
    assert [one.code for one in found] == [deserved]
    for language in LANGUAGES:
        assert "{" not in found[0].message(language)
        assert found[0].as_json(language).keys() == {"file", "row", "code", "message", "also"}


def test_no_code_is_without_a_row() -> None:
    assert DESERVED.keys() | ELSEWHERE == set(Code)


def test_every_note_can_be_said_in_both_languages() -> None:
    assert all(say(language, f"import_note.{note}") for note in Note for language in LANGUAGES)


def test_a_clean_row_is_a_card_that_says_what_the_file_says(tmp_path: Path) -> None:
    found = card(tmp_path, CLEAN)
    assert (found.number, found.name, found.quantity, found.unit, found.row) == (
        "ZC1",
        "台式计算机",
        1,
        "台",
        2,
    )
    assert found.class_code == ClassCode("gbt14885", "2022", "A02010105")
    assert found.value == Money(Decimal("4500.00"), "CNY")
    assert found.funding == (
        Funding("fiscal", Money(Decimal("4000.00"), "CNY")),
        Funding("non_fiscal", Money(Decimal("500.00"), "CNY")),
    )
    assert found.depreciation == Money(Decimal("900.00"), "CNY")
    assert found.acquired == SaidDate("2023-01-15", 2023, 1, 15)
    assert (found.use_state, found.department, found.custodian, found.place) == (
        "in_use",
        "办公室",
        "甲",
        "301室",
    )
    assert found.notes == ()


def test_several_things_wrong_with_a_row_are_one_verdict(tmp_path: Path) -> None:
    (only,) = outcomes(tmp_path, clean(资产名称="", 数量="x", 取得日期="前年", 资产分类代码="?"))
    assert isinstance(only, Verdict)
    assert (only.code, set(only.also)) == (
        Code.NAME_MISSING, {Code.QUANTITY_NOT_A_NUMBER, Code.DATE_UNREADABLE, Code.CLASS_MALFORMED},
    )  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        clean(资产名称=SECRET_WORDS, 密级="秘密", 数量="x"),
        clean(资产名称=SECRET_WORDS, 密级="以后再定"),
        clean(资产名称=f"涉密{SECRET_WORDS}"),
        clean(资产名称=SECRET_WORDS, 备注="机密★10年"),
        clean(资产名称=SECRET_WORDS, 备注="TOP SECRET"),
        f"{SECRET_WORDS},绝密,1\n",
    ],
)
def test_of_a_secret_row_nothing_is_kept_or_repeated(tmp_path: Path, row: str) -> None:
    path = tmp_path / "register.csv"
    path.write_text(f"{HEADING}\n{row}{clean(资产编号='ZC1')}", encoding="utf-8")
    reader = RegisterReader(make_plan(open_table(path), today=TODAY))
    first, second = list(reader)
    assert first == Verdict("register.csv", 2, Code.SECRET_ROW)
    assert isinstance(second, CardRow), "not even its number is remembered"
    kept = [str(value) for value in vars(reader).values() if not hasattr(value, "table")]
    assert SECRET_WORDS not in first.message("zh") + first.message("en") + "".join(kept)


@pytest.mark.parametrize("word", ["公开", "非密", "否", "内部", "", "非涉密资产", "无"])
def test_an_open_row_is_not_taken_for_a_secret_one(tmp_path: Path, word: str) -> None:
    assert card(tmp_path, clean(密级=word, 资产名称="保密文件柜（非涉密）")).name == "保密文件柜（非涉密）"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("20230115", "2023-01-15"), ("2023年1月15日", "2023-01-15"), ("2023.1.15", "2023-01-15"),
        ("2023/1/15 8:30:00", "2023-01-15"), ("2023-01-15T08:30:00Z", "2023-01-15"), ("44941", "2023-01-15"),
        ("44941.5625", "2023-01-15"), ("２０２３－１－１５", "2023-01-15"), ("1978-05-01 00:00:00.000", "1978-05-01"),
        ("二〇二三年十一月二十日", "2023-11-20"), ("25/12/2020", "2020-12-25"), ("15-Jan-2023", "2023-01-15"),
        ("2019年5月", "2019-05"), ("201905", "2019-05"), ("2015", "2015"), ("2015-00-00", "2015"),
        ("2023-01-15_x000D_", "2023-01-15"), ("不详", None), ("0000-00-00", None), ("1900-01-00", None), ("-", None),
    ],
)  # fmt: skip
def test_dates_are_read_as_offices_write_them(tmp_path: Path, written: str, said: str | None) -> None:
    found = card(tmp_path, clean(取得日期=written))
    assert (found.acquired and found.acquired.iso) == said
    assert (Note.DATE_PARTIAL in found.notes) == (said is not None and len(said) < 10)
    assert (Note.DATE_MISSING in found.notes) == (said is None)


def test_one_telling_date_settles_the_order_of_the_column(tmp_path: Path) -> None:
    first, second = outcomes(
        tmp_path, clean(取得日期="03/04/2020") + clean(资产编号="ZC2", 取得日期="25/12/2020")
    )
    assert isinstance(first, CardRow)
    assert isinstance(second, CardRow)
    assert first.acquired is not None
    assert first.acquired.iso == "2020-04-03"


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("4500", "4500.00"), ("4,500.00", "4500.00"), ("￥4500元", "4500.00"), ("４５００", "4500.00"),
        ("4500.0000000001", "4500.00"), ("0.45万", "4500.00"), (" 4 500 ", "4500.00"), ("RMB4500", "4500.00"),
        ("4499.999999999", "4500.00"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_offices_write_them(tmp_path: Path, written: str, cents: str) -> None:
    found = card(tmp_path, clean(原值=written))
    assert found.value == Money(Decimal(cents), "CNY")
    assert found.notes == ()


def test_amounts_in_ten_thousands_are_multiplied_and_foreign_money_stays_foreign(tmp_path: Path) -> None:
    assert card(tmp_path, "电脑,0.45\n", "资产名称,原值（万元）").value == Money(Decimal("4500.00"), "CNY")
    assert card(tmp_path, "电脑,5,美元\n", "资产名称,原值,币种").value == Money(Decimal("5.00"), "USD")
    (only,) = outcomes(tmp_path, "电脑,5,贝壳\n", "资产名称,原值,币种")
    assert isinstance(only, Verdict)
    assert only.code is Code.CURRENCY_UNKNOWN


def test_a_decimal_comma_is_believed_only_when_the_mapping_says_so(tmp_path: Path) -> None:
    row = '电脑,"1.234,50"\n'
    (only,) = outcomes(tmp_path, row, "资产名称,原值")
    assert isinstance(only, Verdict)
    comma = Mapping.model_validate({"amounts": {"decimal": ","}})
    assert card(tmp_path, row, "资产名称,原值", comma).value == Money(Decimal("1234.50"), "CNY")


def test_no_figure_is_too_odd_for_an_answer(tmp_path: Path) -> None:
    for row, deserved in (
        ("楼,1e90,平方米,1\n", Code.QUANTITY_TOO_LARGE),
        ("椅,1e-90,把,1\n", Code.QUANTITY_NOT_WHOLE),
        ("椅,9999999,把,9999999999999\n", Code.VALUE_TOO_LARGE),
        ("椅,-1e90,把,1\n", Code.QUANTITY_NOT_POSITIVE),
    ):
        (only,) = outcomes(tmp_path, row, "资产名称,数量,单位,单价")
        assert isinstance(only, Verdict)
        assert (only.code, "{" in only.message("zh")) == (deserved, False)


def test_a_batch_is_one_card_of_quantity_one(tmp_path: Path) -> None:
    found = card(tmp_path, clean(资产名称="办公桌椅", 数量="1", 计量单位="批"))
    assert (found.quantity, found.unit, found.value) == (1, "批", Money(Decimal("4500.00"), "CNY"))


def test_what_is_measured_is_one_thing_of_that_size(tmp_path: Path) -> None:
    found = card(tmp_path, clean(资产名称="办公楼", 数量="3521.50", 计量单位="平方米"))
    assert (found.quantity, found.measure) == (1, "3521.5 平方米")


def test_what_is_missing_is_noted_and_nothing_is_invented(tmp_path: Path) -> None:
    found = card(tmp_path, "办公椅,\n", "资产名称,备注")
    assert (found.number, found.value, found.acquired, found.class_code, found.quantity) == (
        None,
        None,
        None,
        None,
        1,
    )
    assert set(found.notes) == {
        Note.NUMBER_MISSING, Note.CLASS_MISSING, Note.QUANTITY_MISSING, Note.VALUE_MISSING, Note.DATE_MISSING,
    }  # fmt: skip


def test_figures_that_disagree_softly_are_noted(tmp_path: Path) -> None:
    found = card(tmp_path, "椅,3,100,301\n", "资产名称,数量,单价,原值")
    assert (found.value, Note.PRICE_DIFFERS in found.notes) == (Money(Decimal("301.00"), "CNY"), True)
    assert card(tmp_path, "椅,3,100\n", "资产名称,数量,单价").value == Money(Decimal("300.00"), "CNY")
    assert Note.NET_DIFFERS in card(tmp_path, clean(净值="3000")).notes
    assert card(tmp_path, clean(累计折旧="", 净值="3000")).depreciation == Money(Decimal("1500.00"), "CNY")
    assert Note.VALUE_ROUNDED in card(tmp_path, "椅,33.333\n", "资产名称,原值").notes
    assert Note.PERSONAL_DATA_IN_TEXT in card(tmp_path, clean(备注="联系 13912345678")).notes


def test_a_class_code_is_never_given_an_edition_it_does_not_say(tmp_path: Path) -> None:
    bare = Mapping()
    found = card(tmp_path, clean(资产分类代码="A02010104"), mapping=bare)
    assert (found.class_code, found.class_said) == (None, "A02010104")
    assert Note.CLASS_EDITION_UNKNOWN in found.notes
    old = card(tmp_path, clean(资产分类代码="2010104"), mapping=bare)
    assert old.class_code == ClassCode("gbt14885", "2010", "2010104", unverified=True)
    assert Note.CLASS_UNVERIFIED in old.notes


def test_states_and_conditions_are_recognised_or_kept_as_said(tmp_path: Path) -> None:
    found = card(tmp_path, "椅,闲置,八成新\n", "资产名称,使用状况,完好程度")
    assert (found.use_state, found.condition) == ("idle", Condition.GOOD)
    odd = card(tmp_path, "椅,借给隔壁了\n", "资产名称,使用状况")
    assert (odd.use_state, odd.use_state_said, Note.STATE_UNKNOWN in odd.notes) == (None, "借给隔壁了", True)


def test_a_number_taken_by_a_wrong_row_is_still_free(tmp_path: Path) -> None:
    wrong, right = outcomes(tmp_path, clean(数量="0") + clean())
    assert isinstance(wrong, Verdict)
    assert isinstance(right, CardRow)


@pytest.mark.slow
def test_998_twins_are_998_cards_and_the_same_again_in_a_second_run(tmp_path: Path) -> None:
    body = clean(资产编号="", 资产名称="折叠椅") * 998
    first = [one.identity for one in outcomes(tmp_path, body) if isinstance(one, CardRow)]
    second = [one.identity for one in outcomes(tmp_path, body) if isinstance(one, CardRow)]
    assert len(set(first)) == 998
    assert first == second
    fewer = [
        one.identity
        for one in outcomes(tmp_path, clean(资产编号="", 资产名称="折叠椅") * 3)
        if isinstance(one, CardRow)
    ]
    assert fewer == first[:3]


def test_a_numbered_card_is_the_same_card_whatever_else_changes(tmp_path: Path) -> None:
    one, other = (
        card(tmp_path, CLEAN),
        card(tmp_path, clean(资产名称="笔记本", 原值="1", 财政拨款="1", 非财政拨款="", 累计折旧="", 净值="")),
    )
    assert one.identity == other.identity
    assert one.by_number
    elsewhere = Mapping.model_validate({"constants": {"body": "档案馆"}})
    assert card(tmp_path, CLEAN, mapping=elsewhere).identity != one.identity


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63), st.integers(1, 2**32 - 1))))
def test_what_was_seen_is_remembered_as_by_a_dictionary(entries: list[tuple[int, int]]) -> None:
    seen, plain = Seen(), dict[int, int]()
    for at in range(900):
        seen[at] = plain[at] = at + 1
    for key, number_of in entries:
        assert seen[key] == plain.get(key % 2**64, 0)
        seen[key] = plain[key % 2**64] = number_of
    assert all(seen[key] == number_of for key, number_of in plain.items())


def test_who_keeps_a_card_is_no_part_of_what_it_is(tmp_path: Path) -> None:
    by_one, by_other = (card(tmp_path, clean(资产编号="", 保管人=who)) for who in ("甲", "乙"))
    assert by_one.identity == by_other.identity, "no hash of a person's name gets into the log"


def test_the_same_cards_are_the_same_from_csv_and_from_a_workbook(tmp_path: Path) -> None:
    from_csv = card(tmp_path, clean(资产编号=""))
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADING.split(","))
    typed = dict(zip(HEADING.split(","), CLEAN.split(","), strict=True)) | {"资产编号": ""}
    figures: dict[str, Cell] = {"数量": 1, "原值": 4500.0, "累计折旧": 900, "取得日期": datetime(2023, 1, 15)}  # noqa: DTZ001  # a workbook knows no zones
    sheet.append([figures.get(field, value or None) for field, value in typed.items()])
    book.save(tmp_path / "same.xlsx")
    edition = Mapping.model_validate({"constants": {"class_edition": "2022"}})
    (found,) = RegisterReader(make_plan(open_table(tmp_path / "same.xlsx"), today=TODAY, mapping=edition))
    assert isinstance(found, CardRow)
    assert found.identity == from_csv.identity


def test_a_formula_nobody_calculated_is_an_error_only_where_it_counts(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["资产名称", "原值", "随便"], ["电脑", "=1+1", 1], ["电脑", 2, "=1+1"]):
        sheet.append(line)
    book.save(tmp_path / "formula.xlsx")
    wrong, fine = RegisterReader(make_plan(open_table(tmp_path / "formula.xlsx"), today=TODAY))
    assert isinstance(wrong, Verdict)
    assert wrong.code is Code.FORMULA_WITHOUT_VALUE
    assert isinstance(fine, CardRow)


def dirty(seed: int, cards: int) -> tuple[str, set[int]]:
    """A register as an office keeps it: dirt that must be borne, and a few rows that are wrong; the wrong rows' numbers."""
    chance = random.Random(seed)
    dates = [
        "2023-01-15",
        "2023年1月15日",
        "20230115",
        "2023.1.15",
        "2019.5",
        "44941",
        "1988/5/1 0:00",
        "",
        "不详",
        "2015",
    ]
    lines = ["固定资产明细表" + "," * 16, "编制单位：某县档案馆,,,金额单位：元" + "," * 13, HEADING]
    wrong: set[int] = set()
    for at in range(1, cards + 1):
        value = chance.choice(["4500", '"4,500.00"', "￥4500", "４５００", "4500.0000000001"])
        day = chance.choice(dates)
        row = f"ZC{at:06d} ,台式 计算机,A02010105,1.0,台,{value},4000,500,900,,{day},在用,办公室,甲,301室,非密,无"
        if chance.random() < 0.04:
            row = chance.choice([
                row.replace("台式 计算机", ""), row.replace("4000", "1"), row.replace("A02010105", "ZZZ"), row + ",多",
            ])  # fmt: skip
            wrong.add(len(lines) + 1)
        lines.append(row)
    return "\r\n".join([*lines, "合计,,,9,,9" + "," * 11, "制表人：某某" + "," * 16]) + "\r\n", wrong


def test_a_dirty_register_in_gb18030_gives_every_clean_row_a_card(tmp_path: Path) -> None:
    content, wrong = dirty(7, 1_000)
    path = tmp_path / "dirty.csv"
    path.write_bytes(content.encode("gb18030"))
    mapping = Mapping.model_validate({"constants": {"class_edition": "2022"}})
    found = list(RegisterReader(make_plan(open_table(path), today=TODAY, mapping=mapping)))
    assert len(found) == 1_002, "exactly one outcome per row"
    assert {one.row for one in found if isinstance(one, Verdict) and not one.skipped} == wrong
    assert wrong
    created = [one for one in found if isinstance(one, CardRow)]
    assert len(created) == 1_000 - len(wrong)
    assert {one.body for one in created} == {"某县档案馆"}
    assert [one.code for one in found if isinstance(one, Verdict) and one.skipped] == [
        Code.TOTAL_ROW,
        Code.FOOTER_ROW,
    ]


REFUSALS = {Code.SECRET_FILE, Code.COLUMN_DOUBLED, Code.COLUMN_MISSING, Code.HEADING_NOT_FOUND}
WRITTEN = st.characters(exclude_characters="\x00\ufffd", exclude_categories=["Cs"])
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60), st.datetimes(),
    st.dates(), st.times(), st.timedeltas(min_value=timedelta(-9), max_value=timedelta(9)),
    st.from_regex(r"\A[0-9０-９.,/年月日万元￥%eE+ -]{0,24}\Z"),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(CELLS)
def test_any_cell_is_read_or_unreadable(cell: Cell) -> None:
    for read in (text, code, number, money, said_date):
        try:
            told = read(cell)
        except Unreadable as no:
            told = no.code
        assert told is None or isinstance(told, str | Decimal | tuple | SaidDate)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(WRITTEN, max_size=12), min_size=1, max_size=18), max_size=6))
def test_any_rows_get_one_outcome_each(tmp_path: Path, lines: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    path = tmp_path / "any.csv"
    path.write_text(f"{HEADING}\r\n{out.getvalue()}", encoding="utf-8", errors="replace", newline="")
    try:
        reader = RegisterReader(make_plan(open_table(path), today=TODAY))
    except FileRefused as no:
        assert no.verdict.code in REFUSALS  # noqa: PT017  any of them will do
        return
    rows = [one.row for one in reader]
    assert rows == list(range(reader.plan.heading.last + 1, reader.plan.heading.last + 1 + len(rows)))
