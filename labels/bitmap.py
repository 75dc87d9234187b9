"""How does a label look in the dots of a thermal printer?

Black or white, nothing between. Every character is drawn once per size and kept; it goes where the PDF of the same label has it.
"""

import os
from functools import cache, lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from labels.fitting import EM
from labels.fonts import SHIPPED, font, press, printable, runs, unpacked
from labels.label import LabelPaper, Lang
from labels.label_layout import Laid, Word, lay_out
from labels.qr import QUIET, Symbol, symbol
from labels.stocks import Stock

DARK = 112
"""From which grey on a dot is black: a little early, so that the thin strokes of dense characters hold together."""


class Glyph(NamedTuple):
    """A character's dots, and where they begin from the point on the base line."""

    dots: Image.Image
    left: int
    top: int


def draw(
    paper: LabelPaper, stock: Stock, *, nudge: tuple[float, float] = (0.0, 0.0), lang: Lang = "zh"
) -> Image.Image:
    """The label as the printer's dots: mode "1", 0 is black."""
    code = symbol(paper.payload)
    return draw_laid(lay_out(paper, stock, code.width, lang), code, stock, nudge)


def draw_laid(laid: Laid, code: Symbol, stock: Stock, nudge: tuple[float, float] = (0.0, 0.0)) -> Image.Image:
    """What has been laid out, in dots."""
    dots = stock.dots
    image = Image.new("1", (round(stock.wide * dots), round(stock.high * dots)), 1)
    by_x, by_y = (round(by * dots) for by in nudge)
    x, y, side = laid.code
    scale = round(side * dots / code.width)
    image.paste(
        squares(code, scale),
        (round(x * dots) + QUIET * scale + by_x, round(y * dots) + QUIET * scale + by_y),
    )
    pen = ImageDraw.Draw(image)
    for rule in laid.rules:
        thick = max(1, round(rule.thick * dots))
        left, top = round(rule.x1 * dots) + by_x, round(rule.y1 * dots) + by_y
        right, bottom = round(rule.x2 * dots) + by_x, round(rule.y2 * dots) + by_y
        pen.rectangle((left, top, max(left + thick, right) - 1, max(top + thick, bottom) - 1), fill=0)
    for word in laid.words:
        _write(image, word, dots, by_x, by_y)
    return image


def squares(code: Symbol, scale: int) -> Image.Image:
    """The symbol without its quiet zone, so many dots per square."""
    small = Image.frombytes("1", (code.size, code.size), code.packed, "raw", "1;I")
    return small.resize((code.size * scale, code.size * scale), Image.Resampling.NEAREST)


def _write(image: Image.Image, word: Word, dots: float, by_x: int, by_y: int) -> None:
    size = max(1, round(word.size * EM * dots))
    em = word.size * EM * dots
    base, x = round(word.y * dots) + by_y, word.x * dots + by_x
    for name, part in runs(printable(word.text), word.bold):
        face = font(name).face
        for character in part:
            advance = face.charWidths.get(ord(character), face.defaultWidth) * em / 1000
            if character != " ":
                glyph = _glyph(name, size, character)
                image.paste(0, (round(x) + glyph.left, base + glyph.top), glyph.dots)
            x += advance + word.spaced * dots


@lru_cache(20_000)
def _glyph(name: str, size: int, character: str) -> Glyph:
    with press:  # a face draws one character at a time
        face = _face(name, size)
        left, top, right, bottom = face.getbbox(character, anchor="ls")
        wide, high = max(1, int(right - left)), max(1, int(bottom - top))
        grey = Image.new("L", (wide, high), 0)
        ImageDraw.Draw(grey).text((-left, -top), character, fill=255, font=face, anchor="ls")
        return Glyph(grey.point([255 if at >= DARK else 0 for at in range(256)], "1"), int(left), int(top))


@lru_cache(64)
def _face(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_file(name), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _file(name: str) -> str:
    """The unpacked font as a file in memory: each size opens it, none holds a copy."""
    held = os.memfd_create(SHIPPED[name])
    with os.fdopen(held, "wb", closefd=False) as file:
        file.write(unpacked(name))
    return f"/proc/self/fd/{held}"
