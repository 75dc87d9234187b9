"""How do labels become a PDF: sheets for an office printer, or one page per label for a label printer's driver?

Ten thousand labels are one file: so text and codes are written as PDF's own operators, a label's code as a picture of one bit per square.
Same labels, same bytes.
"""

import io
from collections.abc import Iterable
from typing import Any

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from domain.texts import LANGUAGES, say
from labels.fonts import REGULAR, glyphs, press, printable
from labels.ink import FAINT, GREY, MM, Pen
from labels.label import LabelPaper, Lang
from labels.label_layout import Laid, Rule, Word, lay_out
from labels.operators import Letters, inline_image
from labels.qr import QUIET, Symbol, symbol
from labels.stocks import FURTHEST, Media, Stock

Nudge = tuple[float, float]


def print_sheets(
    labels: Iterable[LabelPaper],
    stock: Stock,
    *,
    start: int = 1,
    nudge: Nudge = (0.0, 0.0),
    lang: Lang = "zh",
    guides: bool = False,
) -> bytes:
    """The labels as PDF. `start`: the first free label of the first sheet; `nudge`: millimetres to the right and down."""
    sheets = Sheets(stock, start=start, nudge=nudge, lang=lang, guides=guides)
    for paper in labels:
        sheets.label(paper, symbol(paper.payload))
    return sheets.done()


class Sheets:
    """A PDF in the making, label by label."""

    def __init__(
        self,
        stock: Stock,
        *,
        start: int = 1,
        nudge: Nudge = (0.0, 0.0),
        lang: Lang = "zh",
        guides: bool = False,
    ) -> None:
        check_place(stock, start, nudge)
        self.stock, self.nudge, self.lang, self.guides = stock, nudge, lang, guides
        self.pages = 0
        self._at = start - 1
        self._open = False
        self._made = io.BytesIO()
        self._canvas, self._pen = new_canvas(self._made, stock, f"{stock.title}")
        self._letters = Letters(self._canvas)

    def label(self, paper: LabelPaper, code: Symbol) -> None:
        """The next one."""
        laid = lay_out(paper, self.stock, code.width, self.lang)
        with press:
            if not self._open:
                self._begin()
            self._place(laid, code)
            self._at += 1
            if self._at == self.stock.per_page:
                self._finish()

    def done(self) -> bytes:
        """The file; a file without labels has one empty page."""
        with press:
            if self._open or not self.pages:
                if not self._open:
                    self._begin()
                self._finish()
            self._canvas.save()
        return self._made.getvalue()

    def _begin(self) -> None:
        self._open = True
        self.pages += 1
        if self.stock.media is Media.SHEET:
            margin_note(self._pen, self.stock, self.pages, self.lang)
            if self.guides:
                frames(self._pen, self.stock, self.nudge)

    def _finish(self) -> None:
        self._canvas.showPage()
        self._open, self._at = False, 0

    def _place(self, laid: Laid, code: Symbol) -> None:
        """Draws in the label's own coordinates, so that all labels of a run are alike and pack well."""
        left, top = self.stock.corner(self._at)
        x, y = left + self.nudge[0], top + self.nudge[1]
        page = self.stock.page[1]
        put = self._canvas._code.append  # type: ignore[attr-defined]  # the page's operators; the library has no other way in
        put(f"q 1 0 0 1 {x * MM:.3f} {(page - y) * MM:.3f} cm")
        put(_code(laid.code, code))
        grey = self.stock.media is Media.SHEET
        for rule in laid.rules:
            put(_rule(rule, grey=grey))
        put(self._letters.block(laid.words, grey=grey))
        put("Q")


def new_canvas(target: io.BytesIO, stock: Stock, title: str) -> tuple[Canvas, Pen]:
    """An empty PDF of the stock's pages."""
    with press:
        glyphs(REGULAR)
        rl_config.useA85 = 0  # binary streams: a quarter smaller
        start: Any = REGULAR  # or every page names Helvetica; the stubs take it for a number
        wide, high = stock.page
        canvas = Canvas(
            target, pagesize=(wide * MM, high * MM), invariant=1, pageCompression=1, initialFontName=start
        )
        canvas.setTitle(title)
        canvas.setCreator("Gongwu")
        canvas.setViewerPreference("PrintScaling", "None")
        return canvas, Pen(canvas, high)


def check_place(stock: Stock, start: int, nudge: Nudge) -> None:
    """Where the first label goes has to be on the sheet, and near where it belongs."""
    if not 1 <= start <= stock.per_page:
        raise ValueError(f"a sheet of {stock.name} has labels 1 to {stock.per_page}")
    if not all(abs(by) <= FURTHEST for by in nudge):
        raise ValueError(f"labels are moved by {FURTHEST} mm at most")


def margin_note(pen: Pen, stock: Stock, page: int, lang: Lang) -> None:
    """Above the labels, where a sheet is thrown away: which sheet, and how to print it."""
    languages = LANGUAGES if lang == "both" else (lang,)
    said = "   ".join(say(one, "on_label.sheet", stock=stock.title, page=page) for one in languages)
    pen.text(stock.page[0] / 2, min(stock.top - 3.5, 8.5), printable(said), 6, align="centre", colour=GREY)


def frames(pen: Pen, stock: Stock, nudge: Nudge) -> None:
    """The outline of every label of a page."""
    for at in range(stock.per_page):
        x, y = stock.corner(at)
        pen.box(x + nudge[0], y + nudge[1], stock.wide, stock.high, 0.1, colour=FAINT)


def _code(square: tuple[float, float, float], code: Symbol) -> str:
    x, y, side = square
    one = side / code.width
    dark = code.size * one
    return inline_image(
        (x + QUIET * one) * MM, -(y + QUIET * one + dark) * MM, dark * MM, code.size, code.packed
    )


def _rule(rule: Rule, *, grey: bool) -> str:
    shade = "0.6 G" if rule.soft and grey else "0 G"
    return (
        f"{shade} {rule.thick * MM:.3f} w "
        f"{rule.x1 * MM:.3f} {-rule.y1 * MM:.3f} m {rule.x2 * MM:.3f} {-rule.y2 * MM:.3f} l S"
    )


__all__ = ["Nudge", "Sheets", "Word", "check_place", "frames", "margin_note", "new_canvas", "print_sheets"]
