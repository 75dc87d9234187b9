"""Every code on paper is read: from the pixels of the file that is handed out, sharp, coarse, and worn as on a chair's leg."""

import io
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_Q

from benchmarks import zbar
from labels.check import read_codes, unread
from labels.label import LabelPaper
from labels.qr import MASKS, QUIET, fitting, mask_of, png, svg, symbol
from labels.sheet_pdf import print_sheets
from labels.stocks import STOCKS, Media, Stock, with_code
from tests.printed import labels, pages
from tests.worn import patched, photographed, printed

pytestmark = pytest.mark.slow  # pictures of pages

STOCK = pytest.mark.parametrize("stock", STOCKS.values(), ids=STOCKS)
DPI = pytest.mark.parametrize("dpi", [150, 203, 300])
NEEDS_ZBAR = pytest.mark.skipif(bool(zbar.why_no_zbar()), reason=zbar.why_no_zbar())
MANY = 210
LEVELS = {"10": "H", "11": "Q", "00": "M", "01": "L"}


def by_page(papers: list[LabelPaper], stock: Stock) -> list[set[str]]:
    each = stock.per_page
    return [{paper.payload for paper in papers[at : at + each]} for at in range(0, len(papers), each)]


@STOCK
@DPI
def test_zxing_reads_all_labels_from_the_pixels_of_the_pdf(stock: Stock, dpi: int) -> None:
    papers = labels(MANY)
    assert [{*read_codes(page)} for page in pages(print_sheets(papers, stock), dpi)] == by_page(papers, stock)


@NEEDS_ZBAR
@STOCK
@DPI
def test_zbar_reads_all_labels_from_the_pixels_of_the_pdf(stock: Stock, dpi: int) -> None:
    papers = labels(MANY)
    assert [{*zbar.read(page)} for page in pages(print_sheets(papers, stock), dpi)] == by_page(papers, stock)


@pytest.mark.parametrize(
    "stock", [one for one in STOCKS.values() if one.media is Media.SHEET], ids=lambda one: one.name
)
def test_another_viewer_draws_the_same_codes(stock: Stock, tmp_path: Path) -> None:
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.skip("Debian's poppler-utils is not installed (make system does)")
    papers = labels(42)
    (tmp_path / "labels.pdf").write_bytes(print_sheets(papers, stock))
    subprocess.run([program, "-r", "150", "-gray", "labels.pdf", "page"], cwd=tmp_path, check=True)
    found = [{*read_codes(Image.open(file))} for file in sorted(tmp_path.glob("page-*.pgm"))]
    assert found == by_page(papers, stock)


def test_a_code_that_is_not_on_paper_is_missed_also_if_it_should_be_there_twice() -> None:
    papers = labels(30)
    payloads = [paper.payload for paper in papers]
    pdf = print_sheets(papers, STOCKS["L7160"])
    assert unread(pdf, payloads) == []
    assert unread(pdf, [*payloads, payloads[3]]) == [payloads[3]]
    assert unread(pdf, ["HTTPS://X/A/0000000000000", *payloads]) == ["HTTPS://X/A/0000000000000"]
    assert unread(print_sheets(papers[1:], STOCKS["L7160"]), payloads) == payloads[:1]


WORN = {
    "4 px per mm": {"per_mm": 4},
    "3 px per mm": {"per_mm": 3},
    "2.5 px per mm": {"per_mm": 2.5},
    "blur 0.2 mm": {"per_mm": 6, "blurred": 0.2},
    "blur 0.25 mm": {"per_mm": 6, "blurred": 0.25},
    "turned by 10": {"per_mm": 5, "turned": 10},
    "turned by 45": {"per_mm": 5, "turned": 45},
    "contrast 0.12": {"per_mm": 6, "contrast": 0.12, "noise": 4},
    "contrast 0.08": {"per_mm": 6, "contrast": 0.08, "noise": 4},
    "JPEG 20": {"per_mm": 4, "jpeg": 20},
    "a bit of all": {"per_mm": 6, "turned": 12, "blurred": 0.12, "contrast": 0.5, "jpeg": 50},
}


@pytest.mark.parametrize("how", WORN)
def test_a_worn_code_of_24_mm_is_read_in_one_picture(how: str) -> None:
    stock = with_code(STOCKS["60x40"], 24)
    for at, paper in enumerate(labels(25)):
        code, dice = symbol(paper.payload), random.Random(at)
        seen = photographed(printed(code, stock), stock, dice=dice, **WORN[how])  # type: ignore[arg-type]  # by name
        assert read_codes(seen, hard=True) == [paper.payload], at


@pytest.mark.parametrize(("part", "where"), [(0.10, "centre"), (0.15, "corner"), (0.15, "side")])
def test_a_code_of_24_mm_is_read_with_a_part_of_it_gone(part: float, where: str) -> None:
    """15 % torn off at an edge or at the corner without a finder. In the middle, where all is data, every second code goes at 15 %."""
    stock = with_code(STOCKS["60x40"], 24)
    places = {"centre": (0.5, 0.5), "corner": (1.0, 1.0), "side": (0.5, 1.0)}
    for at, paper in enumerate(labels(25)):
        code, dice = symbol(paper.payload), random.Random(at)
        worn = patched(printed(code, stock), code, part, places[where], dice)
        assert read_codes(photographed(worn, stock, 6, dice), hard=True) == [paper.payload], at


def test_the_masks_go_round_without_those_that_are_read_worse() -> None:
    found = {format_of(paper.payload)[1] for paper in labels(100)}
    assert found == {*MASKS} == {0, 2, 4, 5, 6, 7}
    assert symbol("HTTPS://A/A/0000000000000") == symbol("HTTPS://A/A/0000000000000")


@pytest.mark.parametrize(("length", "level"), [(35, "H"), (36, "Q"), (47, "Q"), (48, "M"), (61, "M")])
def test_a_url_of_up_to_47_capitals_has_level_q_at_version_3_and_a_short_one_level_h(
    length: int, level: str
) -> None:
    text = "HTTPS://" + "A" * (length - 8)
    assert symbol(text).size == 29
    assert format_of(text)[0] == level


@pytest.mark.parametrize(
    "text",
    [
        "HTTPS://" + "A" * 70,
        "https://gw.example/a/small-letters-take-room",
        "GS-LOAN-2026-000123",
        "公物",
    ],
)
def test_any_other_text_gets_the_code_it_needs(text: str) -> None:
    for code in (symbol(text), fitting(text)):
        assert read_codes(Image.open(io.BytesIO(png(code)))) == [text]


@given(st.text("ABCXYZ0123456789:/.-", min_size=1, max_size=61) | st.text(max_size=40))
@settings(deadline=None, max_examples=60)
def test_every_code_is_the_one_that_qrcode_itself_makes(text: str) -> None:
    code = QRCode(error_correction=ERROR_CORRECT_Q, mask_pattern=mask_of(text), border=0)
    code.add_data(text)
    code.make()
    assert fitting(text).rows() == ["".join("01"[bool(cell)] for cell in row) for row in code.modules]


def test_png_and_svg_are_the_same_squares_with_their_quiet_zone() -> None:
    code = symbol(labels(1)[0].payload)
    image = Image.open(io.BytesIO(png(code, 3)))
    assert (image.mode, image.size) == ("1", (37 * 3, 37 * 3))
    dots = image.resize((37, 37), Image.Resampling.NEAREST).convert("L").tobytes()
    rows = [dots[at * 37 : at * 37 + 37] for at in range(37)]
    assert {*b"".join(rows[:QUIET] + rows[-QUIET:])} == {255}
    assert ["".join("01"[dot == 0] for dot in row[QUIET:-QUIET]) for row in rows[QUIET:-QUIET]] == code.rows()
    assert drawn(svg(code)) == {
        (x + QUIET, y + QUIET)
        for y, row in enumerate(code.rows())
        for x, cell in enumerate(row)
        if cell == "1"
    }


def drawn(picture: str) -> set[tuple[int, int]]:
    """The squares an SVG paints black."""
    path = picture.rpartition(' d="')[2].partition('"')[0]
    found = set()
    for part in path.split("M")[1:]:
        place, _, rest = part.partition("h")
        x, y = map(int, place.split())
        found |= {(x + at, y) for at in range(int(rest.partition("v")[0]))}
    return found


def format_of(text: str) -> tuple[str, int]:
    """Level and mask, as a decoder reads them beside the upper left finder."""
    said = int(symbol(text).rows()[8][:5], 2) ^ 0b10101
    return LEVELS[f"{said >> 3:02b}"], said & 7
