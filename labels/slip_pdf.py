"""How does a slip look as PDF?

A4 with a filing margin; copies one after the other, each with its own page count. Same slip, same bytes.
"""

import io
from decimal import Decimal
from typing import Any

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from labels.fonts import REGULAR, glyphs, press, printable
from labels.ink import FAINT, GREY, INK, MM, RED, Pen, measure
from labels.slip import Copy, SlipPaper
from labels.slip_frame import BASE, Frame
from labels.slip_layout import (
    COLUMNS,
    INFO_LABEL,
    LEAD,
    LEFT,
    NAME,
    PAD,
    QUANTITY,
    RIGHT,
    SMALL,
    SMALL_LEAD,
    SUM_ROW,
    TEXT,
    VALUE,
    Column,
    Lang,
    Layout,
    Row,
    Words,
    lay_out,
    shown,
    tall,
)


def print_slip(paper: SlipPaper, lang: Lang = "both") -> bytes:
    """The slip as PDF, all its copies. Raises `TooLongToPrint` if its texts leave no room for its list."""
    with press:
        glyphs(REGULAR)
        words = Words(lang)
        layout = lay_out(paper, words)
        made = io.BytesIO()
        rl_config.useA85 = 0  # binary streams: a quarter smaller
        start: Any = REGULAR  # or every page names Helvetica; the stubs take it for a number
        canvas = Canvas(made, pagesize=A4, invariant=1, pageCompression=1, initialFontName=start)
        pen = Pen(canvas, A4[1] / MM)
        canvas.setTitle(f"{words.one(f'title_{paper.kind}')} {paper.number}")
        canvas.setAuthor(printable(paper.warehouse))
        canvas.setCreator("Gongwu")
        for at, copy in enumerate(paper.filed_by(), 1):
            _Sheets(paper, words, layout, pen).draw(at, copy)
        canvas.save()
        return made.getvalue()


class _Sheets:
    """The pages of a slip, drawn once for every copy."""

    def __init__(self, paper: SlipPaper, words: Words, layout: Layout, pen: Pen) -> None:
        self.paper, self.words, self.layout, self.pen = paper, words, layout, pen
        self.frame = Frame(paper, words, layout, pen)

    def draw(self, at: int, copy: Copy) -> None:
        quantity, value = 0, Decimal()
        pages = len(self.layout.pages)
        for page, rows in enumerate(self.layout.pages, 1):
            self.frame.margins(page, pages, at, copy)
            top = self.frame.first_head() if page == 1 else self.frame.later_head()
            y = self._column_heads(top)
            if page > 1:
                y = self._sum(y, self.words.one("brought"), quantity, value)
            for row in rows:
                y = self._row(y, row)
                quantity += row.quantity
                value += row.value
            if page < pages:
                y = self._sum(y, self.words.one("carried"), quantity, value)
            else:
                y = self._closing(self._sum(y, self._total(), quantity, value))
                self.frame.signatures(y + 5)
            self.pen.box(LEFT, top, RIGHT - LEFT, y - top, 0.35)
            self.pen.canvas.showPage()

    def _total(self) -> str:
        unvalued = sum(line.value is None for line in self.paper.lines)
        key = "total_unvalued" if unvalued else "total"
        return self.words.one(key, lines=len(self.paper.lines), unvalued=unvalued)

    def _column_heads(self, y: float) -> float:
        pen, high = self.pen, self.layout.head
        pen.rule(LEFT, y + high, RIGHT, y + high, 0.25)
        for column in COLUMNS:
            for at, text in enumerate(self.words.all(column.key)):
                x, size, colour = column.x + column.wide / 2, 6.2 if at else 8, GREY if at else INK
                pen.text(x, y + 4.3 + at * 3.2, text, size, bold=not at, align="centre", colour=colour)
        self._uprights(y, y + high, COLUMNS[1:])
        return y + high

    def _uprights(self, top: float, bottom: float, columns: tuple[Column, ...]) -> None:
        for column in columns:
            self.pen.rule(column.x, top, column.x, bottom, 0.1, colour=FAINT)

    def _row(self, y: float, row: Row) -> float:
        pen = self.pen
        for column, lines in zip(COLUMNS, row.cells, strict=True):
            shift = {"left": PAD, "centre": column.wide / 2, "right": column.wide - PAD}[column.align]
            for at, line in enumerate(lines):
                size = _fitting(line, column) if column.align == "right" else column.size
                pen.text(column.x + shift, y + PAD + BASE + at * LEAD, line, size, align=column.align)
        self._uprights(y, y + row.main, COLUMNS[3:])
        if row.extra:
            below = y + row.main
            pen.rule(NAME.x + PAD, below, RIGHT - PAD, below, 0.1, colour=FAINT, dashes=(0.5, 0.7))
            pen.lines(NAME.x + PAD, below + BASE - 0.1, row.extra, SMALL, SMALL_LEAD, colour=GREY)
        y += row.high
        self._uprights(y - row.high, y, COLUMNS[1:3])
        pen.rule(LEFT, y, RIGHT, y, 0.1, colour=FAINT)
        return y

    def _sum(self, y: float, text: str, quantity: int, value: Decimal) -> float:
        """Carried forward, brought forward or total."""
        pen = self.pen
        pen.text(LEFT + PAD, y + PAD + BASE, text, TEXT, bold=True)
        for column, amount in (
            (QUANTITY, f"{quantity:,}"),
            (VALUE, shown(value if self.paper.currency else None)),
        ):
            size = _fitting(amount, column, bold=True)
            pen.text(column.x + column.wide - PAD, y + PAD + BASE, amount, size, align="right", bold=True)
        self._uprights(y, y + SUM_ROW, (QUANTITY, COLUMNS[6], VALUE))
        pen.rule(LEFT, y, RIGHT, y, 0.2)
        pen.rule(LEFT, y + SUM_ROW, RIGHT, y + SUM_ROW, 0.2)
        return y + SUM_ROW

    def _closing(self, y: float) -> float:
        """Under the total: the amount in capitals, the remarks, and what the font could not print."""
        pen, layout = self.pen, self.layout
        if layout.capitals:
            self.frame.label(LEFT + PAD, y + PAD + BASE, "in_words")
            pen.text(LEFT + INFO_LABEL + 1, y + PAD + BASE, layout.capitals, TEXT + 0.5)
            y += SUM_ROW
            pen.rule(LEFT, y, RIGHT, y, 0.1, colour=FAINT)
        self.frame.label(LEFT + PAD, y + PAD + BASE, "remarks")
        pen.lines(LEFT + INFO_LABEL + 1, y + PAD + BASE, layout.remarks, TEXT, LEAD)
        y += tall(layout.remarks)
        if layout.gaps:
            pen.rule(LEFT, y, RIGHT, y, 0.1, colour=FAINT)
            pen.lines(LEFT + PAD, y + PAD + BASE, layout.gaps, SMALL, LEAD, colour=RED)
            y += tall(layout.gaps)
        return y


def _fitting(text: str, column: Column, bold: bool = False) -> float:
    """Numbers stay on one line: smaller rather than broken."""
    return min(TEXT, TEXT * (column.wide - 2 * PAD) / measure(text, TEXT, bold))
