"""How are labels told to a TSC printer, or to one of the many that copy it?

TSPL: each label is one picture in plain bytes. To most a cleared bit is black, to some copies a set one: those need `invert`.
"""

from collections.abc import Iterable

from PIL import Image

from labels.bitmap import draw
from labels.label import LabelPaper, Lang
from labels.sheet_pdf import Nudge
from labels.stocks import Stock
from labels.zpl import must_be_thermal


def print_tspl(
    labels: Iterable[LabelPaper],
    stock: Stock,
    *,
    nudge: Nudge = (0.0, 0.0),
    lang: Lang = "zh",
    invert: bool = False,
) -> bytes:
    """The labels for a TSC printer of the stock's resolution."""
    must_be_thermal(stock, nudge)
    return tspl_head(stock) + b"".join(
        tspl(draw(paper, stock, nudge=nudge, lang=lang), invert=invert) for paper in labels
    )


def tspl_head(stock: Stock) -> bytes:
    """What holds for all labels of the file. Without a gap the roll is continuous."""
    return (
        f"SIZE {stock.wide:g} mm,{stock.high:g} mm\r\nGAP {stock.gap:g} mm,0 mm\r\nDIRECTION 1\r\nREFERENCE 0,0\r\n"
    ).encode()


def tspl(image: Image.Image, *, invert: bool = False) -> bytes:
    """One label. The dots that fill the last byte of a row are white."""
    wide, high = image.size
    row = (wide + 7) // 8
    padded = Image.new("1", (row * 8, high), 1)
    padded.paste(image, (0, 0))
    dots = padded.tobytes("raw", "1;I" if invert else "1")
    return b"CLS\r\nBITMAP 0,0,%d,%d,0,%s\r\nPRINT 1,1\r\n" % (row, high, dots)
