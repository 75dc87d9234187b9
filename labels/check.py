"""Does every code of a file read, from the pixels that will be printed?

A PDF's pages are drawn and read as a scanner reads them; a printer's file is taken apart again into the dots it was made of.
"""

import base64
import binascii
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import pypdfium2  # type: ignore[import-untyped]  # the library has no types
import zxingcpp
from PIL import Image

from labels.label import LabelPaper, Lang, Trouble, unprintable
from labels.label_layout import lay_out
from labels.qr import symbol
from labels.stocks import Stock

COARSE, FINE = 150, 300
"""Dots per inch: first coarser than any printer, then finer for what that could not show."""
_ZPL = re.compile(rb"\^GFA,(\d+),(\d+),(\d+),:Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})\^FS")
_TSPL = re.compile(rb"BITMAP 0,0,(\d+),(\d+),0,")


class Damaged(Exception):
    """The file is none of ours, or not whole."""


def unread(file: bytes, expected: Iterable[str]) -> list[str]:
    """Those of the texts that no code in the file gives, in order; a text that is expected twice has to be there twice."""
    wanted = Counter(expected)
    read: dict[int, Counter[str]] = defaultdict(Counter)
    missing = wanted
    for dpi in (COARSE, FINE):
        for at, image in enumerate(images(file, dpi)):
            read[at] |= Counter(read_codes(image, hard=dpi == FINE))
        found: Counter[str] = Counter()
        for codes in read.values():
            found.update(codes)
        missing = wanted - found
        if not missing:
            break
    return list(missing.elements())


def before_printing(papers: Iterable[LabelPaper], stock: Stock, lang: Lang = "zh") -> list[Trouble]:
    """What would not come out as it is in the register: characters without a glyph, texts that are cut, lines without room."""
    return [
        trouble
        for paper in papers
        for trouble in (
            *unprintable(paper),
            *lay_out(paper, stock, symbol(paper.payload).width, lang).troubles,
        )
    ]


def read_codes(image: Image.Image, *, hard: bool = False) -> list[str]:
    """The QR codes in a picture."""
    grey = image if image.mode == "L" else image.convert("L")
    return [
        one.text
        for one in zxingcpp.read_barcodes(
            grey,
            formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
            try_rotate=hard,
            try_downscale=hard,
            try_invert=hard,
        )
    ]


def pictures(file: bytes) -> Iterator[Image.Image]:
    """The labels of a printer's file, dot by dot."""
    if file.startswith(b"^XA"):
        yield from (_zpl_picture(found) for found in _ZPL.finditer(file))
    elif file.startswith(b"SIZE"):
        at = 0
        while found := _TSPL.search(file, at):
            row, high = int(found[1]), int(found[2])
            at = found.end() + row * high
            if at > len(file):
                raise Damaged
            yield Image.frombytes("1", (row * 8, high), file[found.end() : at], "raw", "1")
    elif file:
        raise Damaged


def _zpl_picture(found: re.Match[bytes]) -> Image.Image:
    size, row, packed = int(found[1]), int(found[3]), found[4]
    if binascii.crc_hqx(packed, 0) != int(found[5], 16):
        raise Damaged
    dots = zlib.decompress(base64.b64decode(packed))
    if len(dots) != size:
        raise Damaged
    return Image.frombytes("1", (row * 8, size // row), dots, "raw", "1;I")


def images(file: bytes, dpi: int) -> Iterator[Image.Image]:
    """The pages of a PDF as a printer of so many dots per inch would see them; of other files the labels."""
    if not file.startswith(b"%PDF"):
        yield from pictures(file)
        return
    document = pypdfium2.PdfDocument(file)
    try:
        for page in document:
            yield pixels(page, dpi)
            page.close()
    finally:
        document.close()


def pixels(page: pypdfium2.PdfPage, dpi: int) -> Image.Image:
    """A page in greys."""
    image: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil()
    return image
