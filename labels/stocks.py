"""Which labels can be bought, and where does each lie on its sheet or roll?

One table, in millimetres. A sheet is printed by an office printer from its top left corner; of a roll every label is a page of its own.
A stock that is missing here is one more row.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

DOTS_203 = 8.0
"""Dots per millimetre of the usual thermal head."""
DOTS_300 = 300 / 25.4
WIDENED = 1.08
"""So much larger than asked for may a code become, to have one dot more to a square."""
FURTHEST = 10.0
"""Millimetres that a print may be moved: more is the wrong stock, not a printer's drift."""


class Media(StrEnum):
    """What it comes on."""

    SHEET = "sheet"
    ROLL = "roll"


class Shape(StrEnum):
    """How what stands on it is arranged."""

    HEADED = "headed"  # whose it is above, over the whole width; code left, text right
    LOW = "low"  # everything beside the code
    SMALL = "small"  # whose it is and what above, over the whole width; number beside the code


class Stock(Struct, frozen=True, kw_only=True):
    """Labels of one make. `code`: side of the code, quiet zone included; `dots`: per millimetre of a thermal printer, else 0."""

    name: str
    title: str
    media: Media
    page: tuple[float, float]
    wide: float
    high: float
    columns: int = 1
    rows: int = 1
    left: float = 0.0
    top: float = 0.0
    dx: float = 0.0
    dy: float = 0.0
    gap: float = 0.0
    dots: float = 0.0
    code: float = 24.0
    shape: Shape = Shape.HEADED

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    @property
    def dpi(self) -> int:
        return round(self.dots * 25.4)

    def corner(self, at: int) -> tuple[float, float]:
        """Top left corner of a page's label: 0 is the first, then along the row."""
        row, column = divmod(at, self.columns)
        return self.left + column * self.dx, self.top + row * self.dy

    def side(self, squares: int) -> float:
        """The side of a code that is so many squares across.

        On a thermal head each square is a whole number of dots. Where a little more than the usual side gives one dot more, the code
        is made larger, not its squares smaller.
        """
        if not self.dots:
            return self.code
        return max(1, int(self.code * self.dots * WIDENED / squares)) * squares / self.dots


LEAST_CODE = {Shape.HEADED: 18.0, Shape.LOW: 15.0, Shape.SMALL: 18.0}
"""What has to be said stands beside the code, however long it is: the code is not less high than that needs."""


def with_code(stock: Stock, side: float) -> Stock:
    """The same labels with a larger or smaller code, as far as the rest still has room."""
    beside = {Shape.HEADED: 8.0, Shape.LOW: 5.4, Shape.SMALL: 7.3}[stock.shape]
    most = min(stock.high - beside, stock.wide * 0.57) / (WIDENED if stock.dots else 1)
    least = LEAST_CODE[stock.shape]
    if not least <= side <= most:
        raise ValueError(f"a code on {stock.name} measures {least:g} to {int(most * 10) / 10:g} mm")
    return replace(stock, code=side)


A4, LETTER = (210.0, 297.0), (215.9, 279.4)


def _sheet(
    name: str, title: str, page: tuple[float, float], wide: float, high: float, **more: object
) -> Stock:
    return Stock(name=name, title=title, media=Media.SHEET, page=page, wide=wide, high=high, **more)  # type: ignore[arg-type]  # fields by name


def _roll(name: str, title: str, wide: float, high: float, **more: object) -> Stock:
    return Stock(name=name, title=title, media=Media.ROLL, page=(wide, high), wide=wide, high=high, **more)  # type: ignore[arg-type]  # fields by name


_SMALL = _roll("40x30", "40×30 mm, 203 dpi", 40, 30, gap=2, dots=DOTS_203, code=20.0, shape=Shape.SMALL)
_LARGE = _roll("60x40", "60×40 mm, 203 dpi", 60, 40, gap=2, dots=DOTS_203, code=27.0)

STOCKS = {
    stock.name: stock
    for stock in (
        _sheet("L7160", "Avery L7160", A4, 63.5, 38.1, columns=3, rows=7, left=7.21, top=15.15, dx=66.04, dy=38.1, code=26.0),
        _sheet("L7159", "Avery L7159", A4, 63.5, 33.9, columns=3, rows=8, left=7.21, top=12.9, dx=66.04, dy=33.9),
        _sheet("5160", "Avery 5160", LETTER, 66.675, 25.4, columns=3, rows=10, left=4.76, top=12.7, dx=69.85, dy=25.4,
               code=20.0, shape=Shape.LOW),
        _SMALL,
        _LARGE,
        replace(_SMALL, name="40x30-300", title="40×30 mm, 300 dpi", dots=DOTS_300),
        replace(_LARGE, name="60x40-300", title="60×40 mm, 300 dpi", dots=DOTS_300),
        _roll("62", "62 mm roll, 300 dpi", 62, 38, dots=DOTS_300, code=25.0),
    )
}  # fmt: skip
"""By the name that `--stock` takes."""
