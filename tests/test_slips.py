"""Slips are read back the way people and machines will: as text, and as the pixels a printer makes."""

import io
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pypdf
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
import pytest
import zxingcpp
from PIL import Image

from domain.values import LONGEST_TEXT, Money
from labels.capitals import in_capitals
from labels.fonts import BOLD, glyphs, missing
from labels.ink import measure, wrap
from labels.slip import Copy, Party, SlipKind, SlipLine, SlipPaper, Unprintable, unprintable
from labels.slip_layout import Lang, Row, TooLongToPrint, paginate
from labels.slip_pdf import print_slip

pytestmark = pytest.mark.slow  # each is quick; loading what prints and reads PDF is not

LANGS: tuple[Lang, ...] = ("zh", "en", "both")
NUMBER = "GS-LOAN-2026-000123"
AFTERNOON = datetime(2026, 11, 23, 14, 5, tzinfo=timezone(timedelta(hours=8)))
PROJECTOR = SlipLine(
    property_number="GS-2026-000001",
    name="投影仪",
    model="EPSON CB-X49",
    unit="台",
    condition="good",
    accessories="遥控器、电源线",
    value=Money(Decimal("3680.50"), "CNY"),
)


def a_slip(**changes: object) -> SlipPaper:
    slip: dict[str, object] = {
        "kind": SlipKind.LOAN,
        "number": NUMBER,
        "warehouse": "甘肃省省级公物仓",
        "year": 2026,
        "issued_at": AFTERNOON,
        "giver": Party("甘肃省机关事务管理局", "李建国"),
        "receiver": Party("甘肃省文化和旅游厅", "王喆"),
        "lines": (PROJECTOR,),
        "basis": "甘机管发〔2026〕18号",
        "due": date(2027, 1, 31),
        "copies": (Copy.STORE,),
    }
    return SlipPaper(**(slip | changes))  # type: ignore[arg-type]  # any field, by name


def chairs(count: int) -> tuple[SlipLine, ...]:
    return tuple(
        SlipLine(
            property_number=f"GS-2026-{at:06d}",
            name="会议椅",
            unit="把",
            quantity=2,
            value=Money(Decimal("100.10"), "CNY"),
        )
        for at in range(1, count + 1)
    )


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def pixels(pdf: bytes, page: int = 0, dpi: int = 200) -> Image.Image:
    image: Image.Image = pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72).to_pil()
    return image.convert("L")


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        (SlipKind.INTAKE, "入仓单", "Intake slip"),
        (SlipKind.RELEASE, "出仓单", "Release slip"),
        (SlipKind.LOAN, "借用单", "Loan slip"),
        (SlipKind.RETURN, "归还单", "Return slip"),
        (SlipKind.HAND_OVER, "交接清单", "Hand-over list"),
        (SlipKind.RECEIPT, "接收专用收据", "Receipt of handed-in property"),
        (SlipKind.GATE_PASS, "出门条", "Gate pass"),
    ],
)
def test_every_kind_prints_in_both_languages(kind: SlipKind, zh: str, en: str) -> None:
    paper = a_slip(kind=kind)
    chinese, english, both = (pages(print_slip(paper, lang))[0] for lang in ("zh", "en", "both"))
    assert zh in chinese
    assert en not in chinese
    assert en in english
    assert zh not in english
    assert zh in both
    assert en.upper() in both


def test_a_slip_says_who_gave_what_to_whom_and_why() -> None:
    text = pages(print_slip(a_slip(), "zh"))[0]
    for said in (
        NUMBER,
        "甘肃省机关事务管理局",
        "李建国",
        "甘肃省文化和旅游厅",
        "王喆",
        "甘机管发〔2026〕18号",
        "2027-01-31",
        "2026-11-23 14:05 (UTC+08:00)",
        "GS-2026-000001",
        "投影仪",
        "EPSON CB-X49",
        "完好",
        "随附配件：遥控器、电源线",
        "3,680.50",
        "人民币叁仟陆佰捌拾元伍角整",
        "第 1 页 共 1 页",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ("申请编号", "用途")), ("en", ("Request", "Purpose")), ("both", ("申请编号", "Purpose"))],
)
def test_a_slip_says_for_which_request_and_what_for(lang: Lang, words: tuple[str, ...]) -> None:
    text = pages(print_slip(a_slip(request="REQ-0A1B2C3D", purpose="全省文化馆长培训班"), lang))[0]
    for said in ("REQ-0A1B2C3D", "全省文化馆长培训班", *words):
        assert said in text, said
    without = pages(print_slip(a_slip(), lang))[0]
    assert not any(word in without for word in words), "what was asked for at no counter has neither"


def test_the_longest_purpose_there_may_be_leaves_room_for_the_list() -> None:
    for lang in LANGS:
        text = pages(
            print_slip(a_slip(request="REQ-0A1B2C3D", purpose="长" * LONGEST_TEXT, lines=chairs(40)), lang)
        )
        assert "".join(text).replace("\n", "").count("长") == LONGEST_TEXT


def test_a_slip_recorded_on_a_later_day_says_so_beside_its_remarks() -> None:
    late = a_slip(recorded=date(2026, 12, 2), remarks="随车")
    assert "补记日期：2026-12-02" in pages(print_slip(late, "zh"))[0]
    assert "Recorded later, on 2026-12-02" in pages(print_slip(late, "en"))[0]
    both = pages(print_slip(late, "both"))[0]
    for said in ("2026-11-23 14:05", "补记日期：2026-12-02", "Recorded later, on 2026-12-02", "随车"):
        assert said in both
    assert "2026-12-02" not in pages(print_slip(a_slip(), "both"))[0]


def test_the_code_on_the_page_reads_as_the_slip_number() -> None:
    found = zxingcpp.read_barcodes(
        pixels(print_slip(a_slip(kind=SlipKind.GATE_PASS, void="误开", reprint=1)))
    )
    assert [one.text for one in found] == [NUMBER]


def test_copies_are_named_and_counted_on_their_own() -> None:
    text = pages(print_slip(a_slip(copies=()), "en"))
    assert [re.findall(r"Copy \d: \w+", page) for page in text] == [
        ["Copy 1: store"],
        ["Copy 2: body"],
        ["Copy 3: finance"],
    ]
    assert all("Page 1 of 1" in page for page in text)


def test_three_hundred_lines_carry_their_totals_from_page_to_page() -> None:
    text = pages(print_slip(a_slip(lines=chairs(300)), "en"))
    assert len(text) > 5
    assert sorted(re.findall(r"GS-2026-\d{6}", "".join(text))) == [
        line.property_number for line in chairs(300)
    ]
    counted = 0
    for at, page in enumerate(text):
        assert "Property no." in page
        assert f"Page {at + 1} of {len(text)}" in page
        if at:
            assert f"Brought forward {counted * 2:,} {counted * Decimal('100.10'):,.2f}" in page
        counted += len(re.findall(r"GS-2026-\d{6}", page))
        if at < len(text) - 1:
            assert f"Carried forward {counted * 2:,} {counted * Decimal('100.10'):,.2f}" in page
    assert "Total, 300 lines 600 30,030.00" in text[-1]
    assert "Signature" in text[-1]
    assert not any("Signature" in page for page in text[:-1])


@pytest.mark.parametrize("count", range(1, 60))
def test_the_signatures_never_stand_on_a_page_without_goods(count: int) -> None:
    rows = [Row((), [], 1, Decimal(1), 7.0, 7.0)] * count
    dealt = paginate(rows, 100, 150, 60)
    assert [row for page in dealt for row in page] == rows
    assert dealt[-1]
    for at, page in enumerate(dealt):
        room = 150 if at else 100
        sums = (6.6 if at else 0) + (60 if page is dealt[-1] else 6.6)
        assert sum(row.high for row in page) + sums <= room + 1e-9


def test_nothing_is_printed_outside_the_page_or_on_top_of_something_else() -> None:
    endless = SlipLine(
        property_number="GS-LZ-2026-000001-" + "X" * 40,
        name="超长名称" * 50,
        model="Unbroken" * 25,
        unit="套（组）",
        quantity=123_456,
        condition="外壳划伤，右下角缺一个螺丝",
        accessories="电源适配器，" * 60,
        value=Money(Decimal("123456789012345.67"), "CNY"),
    )
    pdf = print_slip(a_slip(lines=(endless, *chairs(3)), remarks="备注" * 500, basis="批复" * 100), "both")
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        boxes = []
        text = page.get_textpage()
        for at in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(at)
            assert left > 0
            assert right < 595
            assert bottom > 0
            assert top < 842
            boxes.append((left, bottom, right, top))
        for at, (left, bottom, right, top) in enumerate(boxes):
            for other in boxes[at + 1 :]:
                wide = min(right, other[2]) - max(left, other[0])
                high = min(top, other[3]) - max(bottom, other[1])
                assert wide < 0.5 or high < 1.5, (boxes[at], other)
    assert "（续）" in "".join(pages(pdf))


def test_a_long_name_is_wrapped_and_nothing_of_it_is_lost() -> None:
    name = "多功能一体机（黑白激光，自动双面输稿）HP LaserJet Pro MFP 4104fdw，带“智能”面板 ABCDEFGHIJKLMNOPQ"
    lines = wrap(name, 36, 8.5)
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert all(measure(line, 8.5) <= 36 for line in lines)
    assert not any(line[0] in "），”" or line[-1] in "（“" for line in lines)


def test_texts_that_leave_no_room_for_goods_are_refused_by_name() -> None:
    with pytest.raises(TooLongToPrint):
        print_slip(a_slip(remarks="备注" * 3000))


def test_a_reprint_says_so_on_every_page() -> None:
    first, again = (pages(print_slip(a_slip(lines=chairs(60), reprint=count), "both")) for count in (0, 2))
    assert all("补打 第2次" in page and "REPRINT 2" in page for page in again)
    assert not any("补打" in page or "REPRINT" in page for page in first)


def test_a_void_slip_shows_it_across_every_page_and_gives_the_reason() -> None:
    void = print_slip(a_slip(lines=chairs(60), void="编号误开"), "both")
    text = pages(void)
    assert all("作废" in page and "VOID" in page for page in text)
    assert "本单作废。原因：编号误开" in text[0]
    assert "作废" not in "".join(pages(print_slip(a_slip(), "both")))
    light = sum(pixels(void, 0, 50).histogram()[200:245]) - sum(
        pixels(print_slip(a_slip(lines=chairs(60))), 0, 50).histogram()[200:245]
    )
    assert light > 2000  # the big mark covers a good part of the 240,000 points


def test_the_same_slip_is_the_same_bytes() -> None:
    assert print_slip(a_slip(), "both") == print_slip(a_slip(), "both")
    assert print_slip(a_slip(), "both") != print_slip(a_slip(reprint=1), "both")


def test_values_in_several_currencies_are_named_and_not_added_up() -> None:
    dollars = SlipLine(property_number="US-1", name="radio", value=Money(Decimal("12.50"), "USD"))
    text = pages(print_slip(a_slip(lines=(PROJECTOR, dollars)), "zh"))[0]
    assert "CNY 3,680.50" in text
    assert "USD 12.50" in text
    assert "合计（共 2 项） 2 —" in text
    assert "人民币" not in text


def test_what_was_noted_about_a_line_is_printed_below_it() -> None:
    noted = SlipLine(property_number="GS-1", name="投影仪", note="灯泡已换", condition="外壳划伤")
    text = pages(print_slip(a_slip(lines=(noted,)), "zh"))[0]
    assert "灯泡已换" in text
    assert "外壳划伤" in text
    assert "合计（共 1 项，其中 1 项未计价） 1 —" in text


def test_slips_printed_at_the_same_time_do_not_mix() -> None:
    papers = [a_slip(remarks=chr(0x4E00 + at * 7) * 40, lines=chairs(at + 1)) for at in range(12)]
    alone = [print_slip(paper) for paper in papers]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(print_slip, papers)) == alone


def test_rare_names_are_printed_and_can_be_copied_out() -> None:
    names = "喆堃镕㛃䶮𫍯𬱖昇"
    assert missing(names) == ""
    assert names in pages(print_slip(a_slip(receiver=Party("测试", names)), "zh"))[0]


def test_a_character_without_a_glyph_is_named_and_becomes_a_box() -> None:
    paper = a_slip(receiver=Party("测试", "𠮷😀"), remarks="سلام")
    assert unprintable(paper)[:2] == (
        Unprintable("𠮷", "receiver.person"),
        Unprintable("😀", "receiver.person"),
    )
    assert {one.where for one in unprintable(paper)} == {"receiver.person", "remarks"}
    text = pages(print_slip(paper, "zh"))[0]
    assert "□□" in text
    assert "U+20BB7, U+1F600" in text
    assert unprintable(a_slip()) == ()


def test_the_bold_font_has_all_fixed_words() -> None:
    texts = tomllib.loads(
        (Path(__file__).parent.parent / "domain" / "texts" / "slips.toml").read_text("utf-8")
    )["slip"]
    said = {character for text in texts.values() for words in text.values() for character in words}
    assert {character for character in said if ord(character) not in glyphs(BOLD)} == set(), (
        "run labels/fonts/make.py"
    )


def test_a_time_without_a_zone_is_no_time_of_issue() -> None:
    with pytest.raises(ValueError, match="time zone"):
        a_slip(issued_at=datetime(2026, 11, 23, 14, 5))  # noqa: DTZ001  # without a zone on purpose


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("10.50", "人民币壹拾元伍角整"),
        ("1005.20", "人民币壹仟零伍元贰角整"),
        ("1002003.04", "人民币壹佰万贰仟零叁元零肆分"),
        ("100500", "人民币壹拾万零伍佰元整"),
        ("100000001", "人民币壹亿零壹元整"),
        ("-3", "人民币负叁元整"),
        ("1234567890.12", "人民币壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
    ],
)
def test_amounts_are_written_in_capitals(amount: str, words: str) -> None:
    assert in_capitals(Decimal(amount)) == words
