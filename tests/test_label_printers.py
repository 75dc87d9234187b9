"""What a thermal printer is sent is taken apart here again, bit by bit, without our own reader."""

import base64
import random
import re
import zlib

import pytest
from PIL import Image, ImageOps

from benchmarks import zbar
from labels.bitmap import draw
from labels.check import Damaged, pictures, read_codes, unread
from labels.label_layout import frame
from labels.qr import QUIET, symbol
from labels.sheet_pdf import print_sheets
from labels.stocks import STOCKS, Stock
from labels.tspl import print_tspl
from labels.zpl import print_zpl
from tests.printed import a_label, labels, pages

pytestmark = pytest.mark.slow  # loading what draws and reads

THERMAL = [stock for stock in STOCKS.values() if stock.dots]
EACH = pytest.mark.parametrize("stock", THERMAL, ids=[stock.name for stock in THERMAL])
MANY = 500


def crc16(data: bytes) -> int:
    """CRC-16 as ZPL wants it (polynomial 1021, from 0), the slow way."""
    rest = 0
    for byte in data:
        rest ^= byte << 8
        for _ in range(8):
            rest = (rest << 1 ^ (0x1021 if rest & 0x8000 else 0)) & 0xFFFF
    return rest


def black(image: Image.Image) -> list[list[bool]]:
    """Each dot, row by row."""
    wide, high = image.size
    dots = image.convert("L").tobytes()
    return [[dot < 128 for dot in dots[at * wide : (at + 1) * wide]] for at in range(high)]


def bits(data: bytes, row: int, wide: int, *, dark: int) -> list[list[bool]]:
    """Rows of whole bytes, the first bit at the left; a bit that is `dark` is black."""
    rows = [data[at : at + row] for at in range(0, len(data), row)]
    return [[(line[x // 8] >> 7 - x % 8 & 1) == dark for x in range(wide)] for line in rows]


@EACH
def test_zpl_carries_every_dot_as_it_was_drawn(stock: Stock) -> None:
    papers = labels(3)
    for paper, sent in zip(papers, print_zpl(papers, stock).splitlines(), strict=True):
        image = draw(paper, stock)
        found = re.fullmatch(
            rb"\^XA\^PW(\d+)\^LL(\d+)\^LH0,0\^FO0,0\^GFA,(\d+),(\d+),(\d+),:Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})\^FS\^PQ1\^XZ",
            sent,
        )
        assert found
        wide, high, sizes, row = int(found[1]), int(found[2]), {int(found[3]), int(found[4])}, int(found[5])
        assert (wide, high) == (round(stock.wide * stock.dots), round(stock.high * stock.dots)) == image.size
        assert row == -(-wide // 8)
        assert sizes == {row * high}
        assert int(found[7], 16) == crc16(found[6])
        dots = zlib.decompress(base64.b64decode(found[6], validate=True))
        assert len(dots) == row * high
        assert bits(dots, row, wide, dark=1) == black(image)
        assert not any(any(line[wide:]) for line in bits(dots, row, row * 8, dark=1)), (
            "what fills the last byte is white"
        )


@EACH
@pytest.mark.parametrize("invert", [False, True])
def test_tspl_carries_every_dot_and_can_be_turned_for_printers_that_see_it_the_other_way(
    stock: Stock, invert: bool
) -> None:
    papers = labels(3)
    sent = print_tspl(papers, stock, invert=invert)
    head = f"SIZE {stock.wide:g} mm,{stock.high:g} mm\r\nGAP {stock.gap:g} mm,0 mm\r\nDIRECTION 1\r\nREFERENCE 0,0\r\n".encode()
    assert sent.startswith(head)
    at = len(head)
    for paper in papers:
        image = draw(paper, stock)
        wide, high = image.size
        found = re.compile(rb"CLS\r\nBITMAP 0,0,(\d+),(\d+),0,").match(sent, at)
        assert found
        row = int(found[1])
        assert (row, int(found[2])) == (-(-wide // 8), high)
        dots, at = sent[found.end() : found.end() + row * high], found.end() + row * high
        padded = [line + [False] * (row * 8 - wide) for line in black(image)]
        assert bits(dots, row, row * 8, dark=1 if invert else 0) == padded
        assert sent[at : at + 15] == b"\r\nPRINT 1,1\r\n" + sent[at + 13 : at + 15]
        at += 13
    assert at == len(sent)


@EACH
def test_every_square_of_a_code_is_a_whole_number_of_dots(stock: Stock) -> None:
    """The symbol is read off the drawn dots again, square by square, and its quiet zone is white to the last dot."""
    paper = a_label(random.Random(6), body="甘" * 60, name="W" * 200, number="GW" * 30, copy=99)
    code = symbol(paper.payload)
    dots = black(draw(paper, stock, lang="both"))
    x, y, side = frame(stock, code.width).code
    scale = side * stock.dots / code.width
    assert scale == pytest.approx(round(scale))
    one, left, top = round(scale), round(x * stock.dots), round(y * stock.dots)
    rows = code.rows()
    for row in range(code.width * one):
        for column in range(code.width * one):
            at = (row // one - QUIET, column // one - QUIET)
            inside = all(0 <= place < code.size for place in at)
            wanted = inside and rows[at[0]][at[1]] == "1"
            assert dots[top + row][left + column] == wanted, (row, column)


@pytest.mark.parametrize("form", ["zpl", "tspl", "tspl inverted"])
def test_five_hundred_labels_for_a_printer_are_all_read_from_its_file(form: str) -> None:
    papers, stock = labels(MANY), STOCKS["40x30"]
    sent = (
        print_zpl(papers, stock)
        if form == "zpl"
        else print_tspl(papers, stock, invert=form.endswith("inverted"))
    )
    assert unread(sent, [paper.payload for paper in papers]) == []
    assert unread(sent, ["HTTPS://ELSEWHERE/A/0000000000000"]) == ["HTTPS://ELSEWHERE/A/0000000000000"]


@EACH
def test_each_picture_of_a_printers_file_reads_as_its_own_label(stock: Stock) -> None:
    papers = labels(40)
    for sent in (print_zpl(papers, stock), print_tspl(papers, stock)):
        found = list(pictures(sent))
        assert [read_codes(one) for one in found] == [[paper.payload] for paper in papers]
        if not zbar.why_no_zbar():
            assert [zbar.read(one) for one in found] == [[paper.payload] for paper in papers]


def test_a_damaged_file_is_not_taken_for_read() -> None:
    sent = print_zpl(labels(1), STOCKS["40x30"])
    payload = [labels(1)[0].payload]
    at = sent.index(b":Z64:") + 40
    for damaged in (
        sent[:at] + (b"A" if sent[at : at + 1] != b"A" else b"B") + sent[at + 1 :],
        b"%!PS",
        b"hello",
    ):
        with pytest.raises(Damaged):
            unread(damaged, payload)
    with pytest.raises(Damaged):
        unread(print_tspl(labels(1), STOCKS["40x30"])[:-500], payload)


@EACH
def test_a_nudge_moves_the_dots(stock: Stock) -> None:
    paper = labels(1)[0]
    here, there = draw(paper, stock), draw(paper, stock, nudge=(0.5, -0.5))
    one, other = (ImageOps.invert(image.convert("L")).getbbox() for image in (here, there))
    assert one is not None
    assert other is not None
    by = round(0.5 * stock.dots)
    assert (other[0] - one[0], other[1] - one[1]) == (by, -by)


def test_the_dots_are_where_the_pdf_of_the_same_label_has_them() -> None:
    stock, paper = STOCKS["60x40"], labels(1)[0]
    [page] = pages(print_sheets([paper], stock), 203)
    page = page.resize(draw(paper, stock).size)
    ours, theirs = black(draw(paper, stock)), black(page)
    differ = sum(
        one != other
        for mine, its in zip(ours, theirs, strict=True)
        for one, other in zip(mine, its, strict=True)
    )
    dark = sum(map(sum, ours))
    assert differ < dark * 0.3


@pytest.mark.parametrize("name", ["L7160", "5160"])
def test_a_sheet_has_no_dots(name: str) -> None:
    for way in (print_zpl, print_tspl):
        with pytest.raises(ValueError, match="is a sheet"):
            way(labels(1), STOCKS[name])
