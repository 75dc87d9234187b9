"""How are labels told to a Zebra printer?

ZPL: each label is one picture, packed (Z64: deflate, base64, CRC-16), so that the printer needs no font of ours. A label's picture is sent
once and printed; nothing is stored in the printer.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator

from PIL import Image

from labels.bitmap import draw
from labels.label import LabelPaper, Lang
from labels.sheet_pdf import Nudge, check_place
from labels.stocks import Stock


def print_zpl(
    labels: Iterable[LabelPaper], stock: Stock, *, nudge: Nudge = (0.0, 0.0), lang: Lang = "zh"
) -> bytes:
    """The labels for a Zebra printer of the stock's resolution."""
    must_be_thermal(stock, nudge)
    return b"".join(zpl_pieces(labels, stock, nudge, lang))


def zpl_pieces(labels: Iterable[LabelPaper], stock: Stock, nudge: Nudge, lang: Lang) -> Iterator[bytes]:
    """One after the other."""
    for paper in labels:
        yield zpl(draw(paper, stock, nudge=nudge, lang=lang))


def zpl(image: Image.Image) -> bytes:
    """One label. In ZPL a set bit is black."""
    wide, high = image.size
    row = (wide + 7) // 8
    dots = image.tobytes("raw", "1;I")
    packed = base64.b64encode(zlib.compress(dots))
    crc = binascii.crc_hqx(packed, 0)
    return b"^XA^PW%d^LL%d^LH0,0^FO0,0^GFA,%d,%d,%d,:Z64:%s:%04X^FS^PQ1^XZ\n" % (
        wide, high, len(dots), len(dots), row, packed, crc
    )  # fmt: skip


def must_be_thermal(stock: Stock, nudge: Nudge) -> None:
    """Sheets have no dots, and their printers speak no language of labels."""
    if not stock.dots:
        raise ValueError(f"{stock.name} is a sheet: only labels on a roll can be printed as ZPL or TSPL")
    check_place(stock, 1, nudge)
