"""What the columns of other offices' registers mean: guessed with a score, shown, and overridden by a mapping file."""

import json
import tomllib
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from api.imports.files import open_table
from api.imports.mapping import Mapping, read_mapping
from api.imports.plan import Plan, make_plan
from api.imports.verdicts import Code, FileRefused, Note
from api.imports.vocabulary import bare, fields, label, meanings

TODAY = date(2026, 11, 23)


def planned(folder: Path, text: str, mapping: Mapping | None = None) -> Plan:
    path = folder / "register.csv"
    path.write_text(text, encoding="utf-8")
    return make_plan(open_table(path), today=TODAY, mapping=mapping or Mapping())


def fields_of(plan: Plan) -> list[str | None]:
    return [column.field for column in plan.columns.columns]


def refusal(folder: Path, text: str, mapping: Mapping | None = None) -> Code:
    with pytest.raises(FileRefused) as caught:
        planned(folder, text, mapping)
    assert caught.value.verdict.message("zh")
    return caught.value.verdict.code


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("资产编号", "number"), ("固定资产编码", "number"), ("卡片编号", "card_number"), ("资 产 名 称", "name"),
        ("*资产名称", "name"), ("国标分类代码", "class_code"), ("规格、型号", "model"), ("账面原值（元）", "value"),
        ("资产原值(元)", "value"), ("累计折旧/摊销", "depreciation"), ("账面净值", "net"), ("购置日期", "acquired"),
        ("财务入账日期", "booked"), ("使用状况", "use_state"), ("使用部门", "department"), ("保管人", "custodian"),
        ("领用人姓名", "user"), ("存放地点", "place"), ("取得方式", "mode"), ("是否涉密", "secrecy"),
        ("其中：财政拨款", "funding.fiscal"), ("非财政性资金", "funding.non_fiscal"), ("S/N", "serial"),
        ("Asset Number", "number"), ("Original value (CNY)", "value"), ("Date acquired", "acquired"),
        ("Qty.", "quantity"), ("Custodian", "custodian"), ("REMARKS", "remark"),
    ],
)  # fmt: skip
def test_headings_of_any_office_are_understood(heading: str, field: str) -> None:
    assert meanings((heading,))[0].field == field


def test_every_field_has_words_in_both_languages_and_no_word_means_two_things() -> None:
    means: dict[str, str] = {}
    for field, about in fields().items():
        for word in (*about["zh"], *about["en"]):
            assert means.setdefault(bare(word), field) == field
    for field in fields():
        assert label(field, "zh")
        assert label(field, "en")


def test_a_guess_is_shown_with_its_score(tmp_path: Path) -> None:
    plan = planned(tmp_path, "资产编号,物资的名称,乱七八糟\n1,办公椅,x\n")
    assert plan.columns.as_table("zh") == [
        ("A", "资产编号", "资产编号", "100%"), ("B", "物资的名称", "资产名称", plan.columns.as_table("zh")[1][3]),
        ("C", "乱七八糟", "–", ""),
    ]  # fmt: skip
    assert 0.55 <= plan.columns.columns[1].score < 1
    assert plan.columns.unknown == ("乱七八糟",)
    assert json.loads(json.dumps(plan.as_json()))["columns"][0]["letter"] == "A"


def test_a_bare_unit_is_what_its_cells_say_it_is(tmp_path: Path) -> None:
    assert fields_of(planned(tmp_path, "名称,单位\n办公椅,把\n电脑,台\n")) == ["name", "unit"]
    offices = "名称,单位\n办公椅,兰州市机关事务管理局\n电脑,兰州市财政局国库处\n"
    assert fields_of(planned(tmp_path, offices)) == ["name", "body"]


def test_a_class_column_is_a_code_or_a_name_by_its_cells(tmp_path: Path) -> None:
    assert fields_of(planned(tmp_path, "名称,资产分类\n电脑,A02010105\n")) == ["name", "class_code"]
    assert fields_of(planned(tmp_path, "名称,资产分类\n电脑,台式计算机\n")) == ["name", "class_name"]


def test_titles_above_the_heading_say_whose_it_is_and_in_what_amounts(tmp_path: Path) -> None:
    plan = planned(
        tmp_path,
        "固定资产明细表,,\n编制单位：兰州市财政局,,金额单位：万元\n资产名称,数量,原值\n电脑,1,0.45\n",
    )
    assert (plan.heading.first, plan.heading.factor, plan.body) == (3, 10_000, "兰州市财政局")
    plan = planned(tmp_path, "资产名称,数量,原值（千元）\n电脑,1,4.5\n")
    value = plan.columns.of("value")
    assert value is not None
    assert plan.factor(value) == 1_000


def test_a_heading_of_two_rows_is_read_as_one(tmp_path: Path) -> None:
    plan = planned(
        tmp_path,
        "资产编号,资产名称,原值,,,使用部门\n,,合计,财政拨款,其他,\n1,电脑,4500,4000,500,办公室\n",
    )
    assert (plan.heading.first, plan.heading.last) == (1, 2)
    assert fields_of(plan) == ["number", "name", "value", "funding.fiscal", "funding.other", "department"]


def test_a_row_of_groups_above_the_heading_belongs_to_it(tmp_path: Path) -> None:
    plan = planned(
        tmp_path,
        "基本信息,,价值信息,,使用信息,\n资产编号,资产名称,原值,净值,使用部门,保管人\n1,电脑,4500,100,办公室,甲\n",
    )
    assert (plan.heading.first, plan.heading.last) == (1, 2)
    assert fields_of(plan) == ["number", "name", "value", "net", "department", "custodian"]


def test_a_heading_written_twice_is_one_heading(tmp_path: Path) -> None:
    both = "资产编号,资产名称\nAsset number,Asset name\n1,电脑\n"
    plan = planned(tmp_path, both)
    assert (plan.heading.last, fields_of(plan)) == (2, ["number", "name"])
    assert planned(tmp_path, "资产编号,资产名称\n资产编号,资产名称\n1,电脑\n").heading.last == 2


def test_merged_headings_of_a_workbook_count_for_all_their_columns(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["资产卡片"], ["资产", None, "价值", None, None], ["编号", "名称", "原值", "资金来源", None],
        [None, None, None, "财政拨款", "其他"], ["1", "电脑", 10, 4, 6],
    ):  # fmt: skip
        sheet.append(line)
    for merged in ("A1:E1", "A2:B2", "C2:E2", "D3:E3", "A3:A4", "B3:B4", "C3:C4"):
        sheet.merge_cells(merged)
    book.save(tmp_path / "merged.xlsx")
    plan = make_plan(
        open_table(tmp_path / "merged.xlsx"), today=TODAY, mapping=Mapping(heading_row=2, heading_rows=3)
    )
    assert fields_of(plan) == ["number", "name", "value", "funding.fiscal", "funding.other"]
    guessed = make_plan(open_table(tmp_path / "merged.xlsx"), today=TODAY)
    assert (guessed.heading.last, fields_of(guessed)) == (4, fields_of(plan))


def test_two_equal_headings_are_refused_where_their_cells_differ(tmp_path: Path) -> None:
    assert fields_of(planned(tmp_path, "名称,原值,原值\n电脑,5,5\n")) == ["name", "value", None]
    text = "名称,原值,原值\n电脑,5,6\n"
    assert refusal(tmp_path, text) is Code.COLUMN_DOUBLED
    assert fields_of(planned(tmp_path, text, Mapping(columns={"value": "C"}))) == ["name", None, "value"]


def test_without_a_name_column_nothing_is_imported(tmp_path: Path) -> None:
    assert refusal(tmp_path, "资产编号,数量\n1,2\n") is Code.COLUMN_MISSING
    assert refusal(tmp_path, "foo,bar\n1,2\n3,4\n") is Code.HEADING_NOT_FOUND


def test_a_file_marked_secret_is_refused_whole(tmp_path: Path) -> None:
    assert refusal(tmp_path, "固定资产清册,,密级：机密\n资产名称,数量,原值\n电脑,1,5\n") is Code.SECRET_FILE
    assert refusal(tmp_path, "秘密★10年,,\n资产名称,数量,原值\n电脑,1,5\n") is Code.SECRET_FILE


def test_the_edition_of_class_codes_is_read_off_their_names(tmp_path: Path) -> None:
    text = "资产名称,资产分类代码,资产分类名称\n电脑,A02010105,台式计算机\n服务器,A02010104,服务器\n"
    assert planned(tmp_path, text).class_edition == "2022"
    assert (
        planned(tmp_path, text.replace("台式计算机", "微机").replace("服务器\n", "台式机\n")).class_edition
        is None
    )
    said = Mapping.model_validate({"constants": {"class_edition": "GB/T 14885-2010"}})
    assert (planned(tmp_path, text, said).class_scheme, planned(tmp_path, text, said).class_edition) == (
        "gbt14885", "2010",
    )  # fmt: skip


def test_a_mapping_file_overrides_the_guess_by_heading_letter_and_number(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(
        '[columns]\nname = "东西"\nnumber = "C"\nplace = 1\n[funding]\nfiscal = "D"\n'
        '[constants]\nbody = "档案馆"\ncurrency = "USD"\n[dates]\norder = "mdy"\nformats = ["%d.%m.%Y"]\n',
        encoding="utf-8",
    )
    plan = planned(tmp_path, "名称,东西,x,y,密级\n甲,乙,3,4,公开\n", read_mapping(path))
    assert fields_of(plan) == ["place", "name", "number", "funding.fiscal", "secrecy"]
    assert (plan.body, plan.currency) == ("档案馆", "USD")
    as_json = tmp_path / "mapping.json"
    as_json.write_text(json.dumps({"columns": {"name": 2}}), encoding="utf-8")
    assert read_mapping(as_json).columns == {"name": 2}


def test_no_mapping_hides_the_mark_of_secrecy(tmp_path: Path) -> None:
    mapping = Mapping(columns={"remark": "密级"}, ignore=("密级",))
    assert fields_of(planned(tmp_path, "名称,密级\n电脑,机密\n", mapping)) == ["name", "secrecy"]


def test_a_file_without_a_heading_is_read_by_letters(tmp_path: Path) -> None:
    plan = planned(
        tmp_path, "1,电脑\n2,办公椅\n", Mapping(heading_row=0, columns={"number": "A", "name": "B"})
    )
    assert (plan.heading.last, fields_of(plan)) == (0, ["number", "name"])


@pytest.mark.parametrize(
    "text",
    [
        "[columns]\nnonsense = 1\n",
        "[columns]\nname = 0\n",
        "nonsense = 1\n",
        "heading_row = 'x'\n",
        "[dates]\nformats = ['%d']\n",
        "[amounts]\nscale = -1\n",
        "not toml at all",
        "\x00",
    ],
)
def test_a_wrong_mapping_file_is_refused_with_the_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileRefused) as caught:
        read_mapping(path)
    assert caught.value.verdict.code is Code.MAPPING_INVALID


def test_a_mapping_to_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for nowhere in ("Z", "没有", 9):
        assert refusal(tmp_path, "名称\n电脑\n", Mapping(columns={"number": nowhere})) is Code.MAPPING_INVALID


def test_the_documented_mapping_file_is_one_and_every_field_and_code_is_documented() -> None:
    text = (Path(__file__).parents[1] / "docs" / "imports.md").read_text("utf-8")
    example = text.split("```toml")[1].split("```")[0]
    mapping = Mapping.model_validate(tomllib.loads(example))
    assert mapping.model_fields_set == set(Mapping.model_fields)
    for name in (*fields(), *Code, *Note):
        assert f"`{name}`" in text or name == "row_number"
