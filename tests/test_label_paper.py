"""What stands on a label and where: any text has its place beside the code, and none in its quiet zone."""

import io
import random
from contextlib import suppress
from itertools import combinations
from typing import get_args

import pypdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from domain.label_code import grouped
from labels.bitmap import draw
from labels.calibration import calibration
from labels.check import before_printing, read_codes, unread
from labels.fitting import fit, fit_number, measured
from labels.ink import MM
from labels.label import Field, LabelPaper, Lang, Shown
from labels.label_layout import Laid, Word, lay_out
from labels.qr import symbol
from labels.sheet_pdf import print_sheets
from labels.stocks import LEAST_CODE, STOCKS, Media, Stock, with_code
from tests.printed import a_label, labels, pages

pytestmark = pytest.mark.slow  # loading what prints and reads PDF

STOCK = pytest.mark.parametrize("stock", STOCKS.values(), ids=STOCKS)
LONG = "甘肃省人力资源和社会保障厅信息中心（甘肃省社会保障卡管理服务中心）"
LONGER = "多功能一体打印复印扫描传真机 HP LaserJet Enterprise MFP M635fht 带四个纸盒及装订器" * 2
ANY = (
    st.text(max_size=120)
    | st.text("甘肃省机关事务管理局（）—Wi, ", max_size=90)
    | st.sampled_from((LONG, LONGER))
)
NUMBERS = st.text("GW0123456789-/#甘财", max_size=40) | ANY
LABELS = st.builds(
    a_label,
    st.randoms(use_true_random=False),
    body=ANY,
    phone=st.sampled_from(("0931-8929123", "0931-8929123 转 8012 / 13909310000", "")) | ANY,
    number=NUMBERS,
    name=ANY,
    piece=st.integers(0, 10_000),
    copy=st.integers(0, 99),
    fields=st.lists(st.builds(Field, st.sampled_from(Shown), ANY), max_size=6).map(tuple),
)


def largest_code(stock: Stock) -> Stock:
    """As `with_code` allows it at most."""
    for tenths in range(400, 150, -1):
        with suppress(ValueError):
            return with_code(stock, tenths / 10)
    raise AssertionError(stock.name)


ALL = [
    *STOCKS.values(),
    *(with_code(one, LEAST_CODE[one.shape]) for one in STOCKS.values()),
    *map(largest_code, STOCKS.values()),
]
"""All stocks, with the usual, the smallest and the largest code."""
Box = tuple[float, float, float, float]


def ink(word: Word) -> Box:
    """Where the letters of a line are: left, top, right, bottom."""
    size = word.size / MM
    wide = measured(word.text, word.size, word.bold) + word.spaced * max(0, len(word.text) - 1)
    return word.x, word.y - 0.8 * size, word.x + wide, word.y + 0.08 * size


def apart(one: Box, other: Box) -> bool:
    slack = 0.02
    return (
        one[2] <= other[0] + slack or other[2] <= one[0] + slack or one[3] <= other[1] + slack or other[3] <= one[1] + slack
    )  # fmt: skip


def boxes(laid: Laid) -> list[Box]:
    lines = [
        (min(rule.x1, rule.x2), min(rule.y1, rule.y2), max(rule.x1, rule.x2), max(rule.y1, rule.y2))
        for rule in laid.rules
    ]
    return [ink(word) for word in laid.words if word.text] + lines


@settings(deadline=None, max_examples=40)
@given(paper=LABELS, stock=st.sampled_from(ALL), lang=st.sampled_from(get_args(Lang)))
def test_whatever_stands_beside_it_the_code_is_read_from_the_paper(
    paper: LabelPaper, stock: Stock, lang: Lang
) -> None:
    assert unread(print_sheets([paper], stock, lang=lang), [paper.payload]) == []
    if stock.dots:
        assert read_codes(draw(paper, stock, lang=lang)) == [paper.payload]


def texts(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


@settings(deadline=None, max_examples=150)
@given(paper=LABELS, stock=st.sampled_from(ALL), lang=st.sampled_from(get_args(Lang)))
@example(paper=a_label(random.Random(1), body=LONG, name=LONGER, copy=12), stock=STOCKS["40x30"], lang="both")
def test_any_text_keeps_out_of_the_quiet_zone_and_on_the_label(
    paper: LabelPaper, stock: Stock, lang: Lang
) -> None:
    laid = lay_out(paper, stock, symbol(paper.payload).width, lang)
    x, y, side = laid.code
    square = (x, y, x + side, y + side)
    assert min(x, y) >= 0.3
    assert x + side <= stock.wide
    assert y + side <= stock.high
    for box in boxes(laid):
        assert apart(box, square), box
        assert box[0] >= 0.3
        assert box[1] >= 0.3
        assert box[2] <= stock.wide - 0.3
        assert box[3] <= stock.high - 0.3


@settings(deadline=None, max_examples=150)
@given(paper=LABELS, stock=st.sampled_from(ALL), lang=st.sampled_from(get_args(Lang)))
def test_no_two_lines_lie_on_each_other(paper: LabelPaper, stock: Stock, lang: Lang) -> None:
    laid = lay_out(paper, stock, symbol(paper.payload).width, lang)
    for one, other in combinations([ink(word) for word in laid.words if word.text], 2):
        assert apart(one, other), laid.words


@STOCK
def test_what_always_stands_on_a_label_is_in_its_text(stock: Stock) -> None:
    paper = a_label(random.Random(2), number="GWBBBZQZ3VG2", name="投影仪", fields=())
    for lang in get_args(Lang):
        said = "".join(texts(print_sheets([paper], stock, lang=lang))[0].split())
        for text in (paper.body, paper.name, paper.phone, grouped(paper.token)):
            assert text in said, (lang, text)
        assert paper.number in said or all(part in said for part in ("GWBBBZ", "QZ3VG2"))
        assert ("拾到请致电" in said) == (lang != "en")
        assert ("Iffound,call" in said) == (lang == "en" or (lang == "both" and stock.wide > 45))


def test_a_second_print_says_so() -> None:
    again = a_label(random.Random(2), copy=2)
    assert "补打 2" in texts(print_sheets([again], STOCKS["L7160"]))[0]
    assert "Copy 2" in texts(print_sheets([again], STOCKS["40x30"], lang="en"))[0]
    assert "补打" not in texts(print_sheets([a_label(random.Random(2))], STOCKS["L7160"], lang="both"))[0]


def test_a_piece_of_a_lot_has_its_own_number() -> None:
    assert (
        "GS-2026-000123 #12"
        in texts(
            print_sheets([a_label(random.Random(2), number="GS-2026-000123", piece=12)], STOCKS["L7160"])
        )[0]
    )


def test_the_other_lines_are_those_asked_for_in_the_language_asked_for() -> None:
    fields = (Field(Shown.CUSTODIAN, "王喆"), Field(Shown.ACQUIRED, "2024-03-15"))
    paper = a_label(random.Random(3), fields=fields)
    chinese, english = (texts(print_sheets([paper], STOCKS["L7160"], lang=lang))[0] for lang in ("zh", "en"))
    for said in ("保管", "王喆", "取得", "2024-03-15"):
        assert said in chinese
    for said in ("Custodian", "王喆", "Acquired"):
        assert said in english
    assert "型号" not in chinese


@STOCK
def test_a_blank_label_has_room_to_write(stock: Stock) -> None:
    blank = a_label(random.Random(4), number="", name="", fields=())
    laid = lay_out(blank, stock, symbol(blank.payload).width, "zh")
    lines = [rule for rule in laid.rules if rule.soft]
    assert len(lines) >= 2
    assert all(rule.x2 - rule.x1 > 15 for rule in lines)
    said = texts(print_sheets([blank], stock))[0]
    for text in ("名称", "编号", blank.body, blank.phone):
        assert text in said


def test_a_long_name_wraps_then_shrinks_then_is_cut_and_said_to_be() -> None:
    assert fit("投影仪", 30, 12, (10.0, 8.0), 1.2) == fit("投影仪", 30, 12, (10.0,), 1.2)
    wrapped = fit("投影仪" * 5, 30, 12, (10.0, 8.0), 1.2)
    assert (len(wrapped.lines), wrapped.size, wrapped.cut) == (2, 10.0, False)
    shrunk = fit("投影仪" * 10, 30, 12, (10.0, 8.0), 1.2)
    assert (len(shrunk.lines), shrunk.size, shrunk.cut) == (3, 8.0, False)
    cut = fit("投影仪" * 20, 30, 12, (10.0, 8.0), 1.2)
    assert (len(cut.lines), cut.size, cut.cut) == (3, 8.0, True)
    assert cut.lines[-1].endswith("…")
    [trouble] = before_printing([a_label(random.Random(1), name=LONGER * 3, fields=())], STOCKS["5160"])
    assert (trouble.where, trouble.what) == ("name", "cut")


def test_a_little_smaller_is_better_than_a_word_alone_on_a_line() -> None:
    assert fit("王喆的电脑和打印机", 30, 12, (10.0, 9.0, 8.0), 1.2) == fit(
        "王喆的电脑和打印机", 30, 12, (9.0,), 1.2
    )
    assert fit("王喆的电脑和打印机等", 26, 12, (10.0, 8.0), 1.2).size == 10.0


def test_a_number_breaks_where_numbers_may() -> None:
    sizes = (10.0, 9.0, 8.0)
    assert fit_number("GS-2026-000123", 20, 9, sizes).lines == ("GS-2026-", "000123")
    assert fit_number("GWBBBZQZ3VG2", 20, 9, sizes).lines == ("GWBBBZ", "QZ3VG2")
    assert fit_number("GWBBBZQZ3VG2", 40, 9, sizes).lines == ("GWBBBZQZ3VG2",)


def test_names_with_rare_characters_print_and_what_the_font_lacks_is_named_before() -> None:
    paper = a_label(random.Random(5), name="王喆、刘堃、朱镕的电脑")
    assert before_printing([paper], STOCKS["L7160"]) == []
    assert "王喆、刘堃、朱镕的电脑" in texts(print_sheets([paper], STOCKS["L7160"]))[0].replace("\n", "")
    lacking = a_label(random.Random(5), name="龙\U0002a6a5仪", body="某局\U0001f004")
    said = [(one.where, one.what, one.text) for one in before_printing([lacking], STOCKS["L7160"])]
    assert said == [
        ("body", "missing_glyph", "\U0001f004 U+1F004"),
        ("name", "missing_glyph", "\U0002a6a5 U+2A6A5"),
    ]
    assert "龙□仪" in texts(print_sheets([lacking], STOCKS["L7160"]))[0]


@pytest.mark.parametrize(
    ("start", "count", "sheets"), [(1, 21, 1), (1, 22, 2), (21, 1, 1), (21, 2, 2), (5, 17, 1), (5, 18, 2)]
)
def test_a_sheet_already_begun_goes_on_at_its_first_free_label(start: int, count: int, sheets: int) -> None:
    stock, papers = STOCKS["L7160"], labels(count)
    found = list(pages(print_sheets(papers, stock, start=start), 150))
    assert len(found) == sheets
    assert read_codes(cut_out(found[0], stock, start - 1)) == [papers[0].payload]
    if start > 1:
        assert cut_out(found[0], stock, start - 2).getextrema() == (255, 255)


def cut_out(page: Image.Image, stock: Stock, at: int) -> Image.Image:
    """One label of a sheet at 150 dots per inch."""
    x, y = stock.corner(at)
    dots = 150 / 25.4
    return page.crop(
        (
            round(x * dots) + 4,
            round(y * dots) + 4,
            round((x + stock.wide) * dots) - 4,
            round((y + stock.high) * dots) - 4,
        )
    )


def test_a_nudge_moves_everything_by_tenths_of_a_millimetre() -> None:
    stock, papers = STOCKS["L7160"], labels(1)
    dots = 254  # ten to the millimetre
    [here] = pages(print_sheets(papers, stock), dots)
    [there] = pages(print_sheets(papers, stock, nudge=(1.3, -0.7)), dots)
    top = round((stock.top - 1) * 10)
    one, other = (
        image.crop((0, top, image.width, image.height)).point(lambda at: 255 - at).getbbox()
        for image in (here, there)
    )
    assert one is not None
    assert other is not None
    assert (other[0] - one[0], other[1] - one[1]) == (13, -7)


@pytest.mark.parametrize(
    ("start", "nudge"), [(0, (0.0, 0.0)), (22, (0.0, 0.0)), (1, (10.1, 0.0)), (1, (0.0, float("nan")))]
)
def test_what_would_miss_the_sheet_is_not_printed(start: int, nudge: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"labels (1 to 21|are moved)"):
        print_sheets(labels(1), STOCKS["L7160"], start=start, nudge=nudge)


@STOCK
def test_every_stock_lies_on_its_page_and_in_its_middle(stock: Stock) -> None:
    wide, high = stock.page
    right, bottom = (
        at + size for at, size in zip(stock.corner(stock.per_page - 1), (stock.wide, stock.high), strict=True)
    )
    assert right == pytest.approx(wide - stock.left, abs=0.05)
    assert bottom == pytest.approx(high - stock.top, abs=0.05)
    if stock.media is Media.ROLL:
        assert stock.page == (stock.wide, stock.high)


def test_squares_are_whole_dots_and_a_code_is_widened_rather_than_its_squares_made_smaller() -> None:
    stock = with_code(STOCKS["60x40"], 24)
    assert stock.side(37) * 8 / 37 == 5
    assert with_code(stock, 20).side(41) * 8 / 41 == 4  # 20.5 mm
    assert with_code(stock, 20).side(41) == 20.5
    for one in STOCKS.values():
        if one.dots:
            assert (one.side(37) * one.dots / 37) % 1 == pytest.approx(0)
    with pytest.raises(ValueError, match="measures"):
        with_code(stock, 35)


@STOCK
def test_the_calibration_page_has_rulers_of_fifty_millimetres_and_every_label(stock: Stock) -> None:
    [said] = texts(calibration(stock))
    [image] = pages(calibration(stock), 254)
    if stock.media is Media.SHEET:
        for text in ("100 %", "50 mm", "50 毫米", "--nudge", "--start"):
            assert text in said
        assert all(str(at) in said for at in range(1, stock.per_page + 1))
        x, y = round(stock.corner(0)[0] * 10) + 70, round(stock.corner(0)[1] * 10) + 150
        ruler = image.crop((x - 20, y - 2, x + 540, y + 3)).point(
            [255 if at < 128 else 0 for at in range(256)]
        )
        found = ruler.getbbox()
        assert found is not None
        assert found[2] - found[0] == pytest.approx(500, abs=3)


def test_guides_are_frames_around_the_labels_and_are_asked_for() -> None:
    stock = STOCKS["L7160"]
    for guides in (False, True):
        [page] = pages(print_sheets(labels(1), stock, guides=guides), 254)
        x, y = stock.corner(7)
        edge = page.crop((round(x * 10) - 3, round(y * 10) + 50, round(x * 10) + 4, round(y * 10) + 60))
        assert (edge.getextrema() != (255, 255)) == guides


def test_the_same_labels_are_the_same_file() -> None:
    assert print_sheets(labels(30), STOCKS["L7160"]) == print_sheets(labels(30), STOCKS["L7160"])


def test_nothing_to_print_is_one_empty_page() -> None:
    assert len(list(pages(print_sheets([], STOCKS["L7160"]), 50))) == 1
