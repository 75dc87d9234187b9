"""Does this printer hit the labels? A page with rulers and the outline of every label, to lay over a sheet and look through."""

import io

from domain.texts import LANGUAGES, say
from labels.fonts import press, printable
from labels.ink import GREY, INK, Pen, wrap
from labels.label import Lang
from labels.sheet_pdf import check_place, frames, new_canvas
from labels.stocks import Media, Stock

RULER = 50
STEPS = ("calibrate_1", "calibrate_2", "calibrate_3", "calibrate_4")


def calibration(stock: Stock, *, nudge: tuple[float, float] = (0.0, 0.0), lang: Lang = "both") -> bytes:
    """One page of the stock. Print it with the nudge found, and the frames lie on the labels."""
    check_place(stock, 1, nudge)
    made = io.BytesIO()
    canvas, pen = new_canvas(made, stock, f"{stock.title} · calibration")
    with press:
        frames(pen, stock, nudge)
        if stock.media is Media.SHEET:
            _sheet(pen, stock, nudge, lang)
        else:
            _roll(pen, stock, nudge)
        canvas.showPage()
        canvas.save()
    return made.getvalue()


def _sheet(pen: Pen, stock: Stock, nudge: tuple[float, float], lang: Lang) -> None:
    languages = LANGUAGES if lang == "both" else (lang,)
    for at in range(stock.per_page):
        x, y = stock.corner(at)
        pen.text(x + nudge[0] + 2, y + nudge[1] + 5.5, str(at + 1), 12, colour=GREY)
    x, y = (one + by for one, by in zip(stock.corner(0), nudge, strict=True))
    _cross(pen, x, y)
    for at, one in enumerate(languages):
        pen.text(x + 12, y + 5.5 + at * 3.4, say(one, "on_label.calibration", stock=stock.title), 7.5)
    ruler(pen, x + 7, y + 15)
    upright(pen, x + stock.dx + 12, y + 8)
    for row, key in enumerate(STEPS, 1):
        left, top = (one + by for one, by in zip(stock.corner(row * stock.columns), nudge, strict=True))
        for one in languages:
            for line in wrap(printable(say(one, f"on_label.{key}")), stock.wide - 15, 7):
                pen.text(left + 12, top + 5.5, line, 7)
                top += 3.3
            top += 0.8


def _roll(pen: Pen, stock: Stock, nudge: tuple[float, float]) -> None:
    _cross(pen, nudge[0], nudge[1])
    ruler(pen, 4, 8, min(RULER, int(stock.wide - 8) // 10 * 10))
    pen.text(4, 17, stock.title, 7)
    pen.text(4, 21, "nudge {:g}, {:g}".format(*nudge), 7, colour=GREY)


def ruler(pen: Pen, x: float, y: float, long: int = RULER) -> None:
    """Lying: millimetres, numbered by tens."""
    pen.rule(x, y, x + long, y, 0.15)
    for at in range(long + 1):
        high = 3.0 if at % 10 == 0 else 2.2 if at % 5 == 0 else 1.4
        pen.rule(x + at, y, x + at, y + high, 0.1)
        if at % 10 == 0:
            pen.text(x + at, y + 5.2, f"{at} mm" if at == long else str(at), 5.5, align="centre")


def upright(pen: Pen, x: float, y: float) -> None:
    """Standing."""
    pen.rule(x, y, x, y + RULER, 0.15)
    for at in range(RULER + 1):
        wide = 3.0 if at % 10 == 0 else 2.2 if at % 5 == 0 else 1.4
        pen.rule(x - wide, y + at, x, y + at, 0.1)
        if at % 10 == 0:
            pen.text(x - 3.4, y + at + 0.7, str(at), 5.5, align="right")


def _cross(pen: Pen, x: float, y: float) -> None:
    """The corner that is measured from."""
    pen.rule(x - 3, y, x + 6, y, 0.2, colour=INK)
    pen.rule(x, y - 3, x, y + 6, 0.2, colour=INK)
