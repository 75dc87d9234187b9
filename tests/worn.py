"""A printed code after some years, as a camera sees it: Pillow and seeded dice only, so that every run sees the same pictures.

The print is made of dots that ran a little wide; the camera takes so many pixels per millimetre, with noise and little contrast.
"""

import io
import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from labels.bitmap import squares
from labels.qr import QUIET, Symbol
from labels.stocks import Stock

GROUND = 4
"""White squares around the quiet zone: the rest of the label."""


def printed(code: Symbol, stock: Stock) -> Image.Image:
    """Four pixels per dot; the black ones grow by half a dot, a quarter on each side."""
    scale = round(stock.side(code.width) * stock.dots / code.width) * 4
    edge = (QUIET + GROUND) * scale
    dots = squares(code, scale).convert("L")
    paper = Image.new("L", (dots.width + 2 * edge, dots.height + 2 * edge), 255)
    paper.paste(dots, (edge, edge))
    return paper.filter(ImageFilter.MinFilter(3))


def patched(
    paper: Image.Image, code: Symbol, part: float, place: tuple[float, float], dice: random.Random
) -> Image.Image:
    """A black or white square over a part of the symbol; `place` from (0, 0), its upper left corner, to (1, 1)."""
    one = paper.width / (code.width + 2 * GROUND)
    side = math.sqrt(part) * code.size
    left, top = ((QUIET + GROUND + at * (code.size - side)) * one for at in place)
    worn = paper.copy()
    ImageDraw.Draw(worn).rectangle(
        (left, top, left + side * one, top + side * one), fill=dice.choice((0, 255))
    )
    return worn


def photographed(
    paper: Image.Image, stock: Stock, per_mm: float, dice: random.Random, *,
    turned: float = 0.0, blurred: float = 0.0, contrast: float = 0.8, noise: int = 8, jpeg: int = 0,
) -> Image.Image:  # fmt: skip
    """`blurred`: millimetres (sigma); `turned`: degrees; `noise`: greys up and down."""
    seen = paper.rotate(turned, Image.Resampling.BICUBIC, fillcolor=255) if turned else paper
    scale = per_mm / (stock.dots * 4)
    seen = seen.resize((round(seen.width * scale), round(seen.height * scale)), Image.Resampling.BOX)
    if blurred:
        seen = seen.filter(ImageFilter.GaussianBlur(blurred * per_mm))
    seen = seen.point([round(128 + (at - 128) * contrast) for at in range(256)])
    grain = Image.frombytes("L", seen.size, dice.randbytes(seen.width * seen.height))
    grain = grain.point([round(128 + (at - 127.5) / 127.5 * noise) for at in range(256)])
    seen = ImageChops.add(seen, grain, 1, -128)
    if jpeg:
        kept = io.BytesIO()
        seen.save(kept, "JPEG", quality=jpeg)
        seen = Image.open(kept).convert("L")
    return seen
