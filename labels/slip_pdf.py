"""How does a slip look as PDF?

A4 with a filing margin; copies one after the other, each with its own page count. The same slip gives the same bytes.
"""

import io
from decimal import Decimal

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from labels.fonts import REGULAR, glyphs, press, printable
from labels.ink import FAINT, GREY, INK, MM, PINK, RED, Pen, measure, wrap
from labels.slip import Copy, Party, SlipPaper
from labels.slip_layout import (
    COLUMNS, INFO_LABEL, LEAD, LEFT, NAME, PAD, QUANTITY, RIGHT, SIGN_BOX, SMALL, SMALL_LEAD, SUM_ROW, TEXT, VALUE,
    Column, Field, Lang, Layout, Row, Words, lay_out, parties_to_sign, shown, tall,
)

MIDDLE = 105.0
HIGH = A4[1] / MM
BASE = 3.0  # from the top of a line of text to its base line


def print_slip(paper: SlipPaper, lang: Lang = "both") -> bytes:
    """The slip as PDF, all its copies. Raises `TooLongToPrint` if its texts leave no room for its list."""
    with press:
        glyphs(REGULAR)
        words = Words(lang)
        layout = lay_out(paper, words)
        made = io.BytesIO()
        rl_config.useA85 = 0  # binary streams: a quarter smaller
        canvas = Canvas(made, pagesize=A4, invariant=1, pageCompression=1, initialFontName=REGULAR)
        canvas.setTitle(f"{words.one(f'title_{paper.kind}')} {paper.number}")
        canvas.setAuthor(printable(paper.warehouse))
        canvas.setCreator("Gongwu")
        for at, copy in enumerate(paper.filed_by(), 1):
            _Copy(paper, words, layout, Pen(canvas, HIGH), at, copy).draw()
        canvas.save()
        return made.getvalue()


def cut(lines: list[str], most: int) -> list[str]:
    """No more lines than there is room for; the mark says that the whole name stands above."""
    return lines if len(lines) <= most else [*lines[:most - 1], lines[most - 1][:-1] + "…"]


class _Copy:
    """One copy: the same pages with another name in the margin."""

    def __init__(self, paper: SlipPaper, words: Words, layout: Layout, pen: Pen, at: int, copy: Copy) -> None:
        self.paper, self.words, self.layout, self.pen, self.at, self.copy = paper, words, layout, pen, at, copy

    def draw(self) -> None:
        quantity, value, unvalued = 0, Decimal(), sum(line.value is None for line in self.paper.lines)
        pages = len(self.layout.pages)
        for page, rows in enumerate(self.layout.pages, 1):
            self._margins(page, pages)
            y = self._first_head() if page == 1 else self._later_head()
            top = y
            y = self._column_heads(y)
            if page > 1:
                y = self._sum(y, self.words.one("brought"), quantity, value)
            for row in rows:
                y = self._row(y, row)
                quantity += row.quantity
                value += row.value
            if page < pages:
                y = self._sum(y, self.words.one("carried"), quantity, value)
                self._frame(top, y)
            else:
                key = "total_unvalued" if unvalued else "total"
                y = self._sum(y, self.words.one(key, lines=len(self.paper.lines), unvalued=unvalued), quantity, value)
                y = self._closing(y)
                self._frame(top, y)
                self._signatures(y + 5)
            self.pen.canvas.showPage()

    def _margins(self, page: int, pages: int) -> None:
        """What every page carries: void mark, binding edge, name of the copy, page number."""
        pen, words, paper = self.pen, self.words, self.paper
        if paper.void is not None:
            pen.aslant(MIDDLE + 5, 150, words.one("void"), 92 if len(words.languages) > 1 else 120, 38, PINK)
        pen.rule(12, 18, 12, 120, 0.15, colour=FAINT, dashes=(0.8, 0.8))
        end = pen.upright(12, 124, words.all("binding")[0], 7, colour=FAINT)
        pen.rule(12, max(end, 150) + 4, 12, 279, 0.15, colour=FAINT, dashes=(0.8, 0.8))
        y = 62.0
        for text in words.all(f"copy_{self.copy}", n=self.at, nth="一二三四"[self.at - 1]):
            y = pen.upright(203.5, y, text, 7.5) + 4
        pen.rule(LEFT, 284.5, RIGHT, 284.5, 0.1, colour=FAINT)
        pen.text(LEFT, 288.5, printable(paper.number), SMALL, colour=GREY)
        pen.text(MIDDLE + 5, 288.5, words.one("page", page=page, pages=pages), SMALL, align="centre", colour=GREY)
        mark = words.one("void") if paper.void is not None else words.one("reprint", n=paper.reprint) if paper.reprint else ""
        if mark:
            pen.text(RIGHT, 288.5, mark, SMALL, bold=True, align="right", colour=RED)

    def _first_head(self) -> float:
        """Letterhead, title, code and the fields above the list. Returns where the list begins."""
        pen, paper, words = self.pen, self.paper, self.words
        pen.qr(RIGHT - 24, 11, 25, paper.number)
        self._reprint_mark(LEFT, 14)
        drop = 0 if len(words.languages) > 1 else 3
        for line in wrap(paper.letterhead or paper.warehouse, 110, 10)[:1]:
            pen.text(MIDDLE + 5, 17 + drop, line, 10, align="centre", colour=GREY)
        title, *below = words.all(f"title_{paper.kind}")
        chinese = not title.isascii()
        pen.text(MIDDLE + 5, 27.5 + drop, title, 23 if chinese else 19, bold=True, align="centre", spacing=2.2 if chinese else 0)
        for text in below:
            pen.text(MIDDLE + 5, 34, text.upper(), 8.5, align="centre", colour=GREY, spacing=0.5)
        pen.rule(LEFT, 37.6, RIGHT, 37.6, 0.5)
        pen.rule(LEFT, 38.5, RIGHT, 38.5, 0.12)
        y = 39.5
        if self.layout.notice:
            high = len(self.layout.notice) * LEAD + 2.4
            pen.box(LEFT, y + 0.8, RIGHT - LEFT, high, 0.3, colour=RED)
            pen.lines(LEFT + 3, y + 1.5 + BASE, self.layout.notice, TEXT, LEAD, colour=RED)
            y += high + 1.6
        for high, fields in self.layout.fields:
            for field in fields:
                self._field(y, field)
            y += high
            pen.rule(LEFT, y, RIGHT, y, 0.1, colour=FAINT)
        self._currency(y + 4)
        return self.layout.first_list

    def _later_head(self) -> float:
        """The running head of the other pages."""
        pen, paper, words = self.pen, self.paper, self.words
        if paper.reprint:
            pen.text(RIGHT, 18, words.one("reprint", n=paper.reprint), 9.5, bold=True, align="right", colour=RED)
        at = pen.text(LEFT, 18, words.all(f"title_{paper.kind}")[0], 12, bold=True)
        pen.text(at + 4, 18, printable(paper.number), 10)
        pen.rule(LEFT, 20.5, RIGHT, 20.5, 0.5)
        self._currency(24.6)
        pen.text(LEFT, 24.6, wrap(paper.warehouse, 120, SMALL)[0] if paper.warehouse else "", SMALL, colour=GREY)
        return self.layout.later_list

    def _reprint_mark(self, x: float, y: float) -> None:
        if self.paper.reprint:
            marks = self.words.all("reprint", n=self.paper.reprint)
            self.pen.box(x, y, 34, 4.2 * len(marks) + 2.4, 0.4, colour=RED)
            for at, mark in enumerate(marks):
                self.pen.text(x + 17, y + 4.3 + 4.2 * at, mark, 9.5, bold=True, align="centre", colour=RED)

    def _currency(self, y: float) -> None:
        known = "currency_CNY" if self.paper.currency == "CNY" else "currency"
        said = self.words.one(known, currency=printable(self.paper.currency))
        self.pen.text(RIGHT, y, said, SMALL, align="right", colour=GREY)

    def _label(self, x: float, y: float, key: str) -> None:
        """A field's name: the first language, then the other one smaller."""
        first, *others = self.words.all(key)
        x = self.pen.text(x, y, first, 8, colour=GREY)
        for other in others:
            self.pen.text(x + 1.2, y, other, 6.2, colour=GREY)

    def _field(self, y: float, field: Field) -> None:
        self._label(field.x + 1, y + PAD + BASE - 0.2, field.key)
        self.pen.lines(field.x + INFO_LABEL + 1, y + PAD + BASE - 0.2, field.lines, TEXT + 0.5, LEAD,
                       bold=field.key == "number")

    def _column_heads(self, y: float) -> float:
        pen, high = self.pen, self.layout.head
        pen.rule(LEFT, y + high, RIGHT, y + high, 0.25)
        for column in COLUMNS:
            for at, text in enumerate(self.words.all(column.key)):
                pen.text(column.x + column.wide / 2, y + 4.3 + at * 3.2, text, 6.2 if at else 8, bold=not at,
                         align="centre", colour=GREY if at else INK)
        self._uprights(y, y + high, COLUMNS[1:])
        return y + high

    def _uprights(self, top: float, bottom: float, columns: tuple[Column, ...]) -> None:
        for column in columns:
            self.pen.rule(column.x, top, column.x, bottom, 0.1, colour=FAINT)

    def _row(self, y: float, row: Row) -> float:
        pen = self.pen
        for column, lines in zip(COLUMNS, row.cells, strict=True):
            x = {"left": column.x + PAD, "centre": column.x + column.wide / 2, "right": column.x + column.wide - PAD}
            for at, line in enumerate(lines):
                size = self._fitting(line, column) if column.align == "right" else column.size
                pen.text(x[column.align], y + PAD + BASE + at * LEAD, line, size, align=column.align)
        self._uprights(y, y + row.main, COLUMNS[3:])
        if row.extra:
            pen.rule(NAME.x + PAD, y + row.main, RIGHT - PAD, y + row.main, 0.1, colour=FAINT, dashes=(0.5, 0.7))
            pen.lines(NAME.x + PAD, y + row.main + BASE - 0.1, row.extra, SMALL, SMALL_LEAD, colour=GREY)
        y += row.high
        self._uprights(y - row.high, y, COLUMNS[1:3])
        pen.rule(LEFT, y, RIGHT, y, 0.1, colour=FAINT)
        return y

    def _fitting(self, text: str, column: Column, bold: bool = False) -> float:
        """Numbers stay on one line: smaller rather than broken."""
        return min(TEXT, TEXT * (column.wide - 2 * PAD) / measure(text, TEXT, bold))

    def _sum(self, y: float, text: str, quantity: int, value: Decimal) -> float:
        """Carried forward, brought forward or total."""
        pen = self.pen
        pen.text(LEFT + PAD, y + PAD + BASE, text, TEXT, bold=True)
        for column, amount in ((QUANTITY, f"{quantity:,}"), (VALUE, shown(value))):
            size = self._fitting(amount, column, bold=True)
            pen.text(column.x + column.wide - PAD, y + PAD + BASE, amount, size, align="right", bold=True)
        self._uprights(y, y + SUM_ROW, (QUANTITY, COLUMNS[6], VALUE))
        pen.rule(LEFT, y, RIGHT, y, 0.2)
        pen.rule(LEFT, y + SUM_ROW, RIGHT, y + SUM_ROW, 0.2)
        return y + SUM_ROW

    def _closing(self, y: float) -> float:
        """Under the total: the amount in capitals, the remarks, and what the font could not print."""
        pen, layout = self.pen, self.layout
        if layout.capitals:
            self._label(LEFT + PAD, y + PAD + BASE, "in_words")
            pen.text(LEFT + INFO_LABEL + 1, y + PAD + BASE, layout.capitals, TEXT + 0.5)
            y += SUM_ROW
            pen.rule(LEFT, y, RIGHT, y, 0.1, colour=FAINT)
        self._label(LEFT + PAD, y + PAD + BASE, "remarks")
        pen.lines(LEFT + INFO_LABEL + 1, y + PAD + BASE, layout.remarks, TEXT, LEAD)
        y += tall(layout.remarks)
        if layout.gaps:
            pen.rule(LEFT, y, RIGHT, y, 0.1, colour=FAINT)
            pen.lines(LEFT + PAD, y + PAD + BASE, layout.gaps, SMALL, LEAD, colour=RED)
            y += tall(layout.gaps)
        return y

    def _frame(self, top: float, bottom: float) -> None:
        self.pen.box(LEFT, top, RIGHT - LEFT, bottom - top, 0.35)

    def _signatures(self, y: float) -> None:
        sides = parties_to_sign(self.paper)
        wide = (RIGHT - LEFT) / len(sides)
        for at, (role, party) in enumerate(sides):
            self._signature(LEFT + at * wide, y, wide, role, party)
        self.pen.box(LEFT, y, RIGHT - LEFT, SIGN_BOX, 0.35)

    def _signature(self, x: float, y: float, wide: float, role: str, party: Party) -> None:
        """Who signs for whom, with room for a stamp over it."""
        pen, words = self.pen, self.words
        if x > LEFT:
            pen.rule(x, y, x, y + SIGN_BOX, 0.1, colour=FAINT)
        first, *others = words.all(f"sign_{role}")
        end = pen.text(x + 2, y + 5, first, TEXT, bold=True)
        for other in others:
            pen.text(end + 1.5, y + 5, other, 6.5, colour=GREY)
        for_whom = [*cut(wrap(party.body, wide - 4, 7.5), 2), *cut(wrap(party.person, wide - 4, 7.5), 1)]
        pen.lines(x + 2, y + 9.3, for_whom, 7.5, SMALL_LEAD, colour=GREY)
        for key, line in (("signature", y + 25), ("date", y + 32.5)):
            self._label(x + 2, line, key)
            pen.rule(x + 22, line + 0.8, x + wide - 3, line + 0.8, 0.15, colour=GREY)
        pen.text(x + wide - 3, y + 5, words.all("stamp")[0], SMALL, align="right", colour=FAINT)
