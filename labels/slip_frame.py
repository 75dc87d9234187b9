"""What stands around the list of a slip: heads, marks, margins and the boxes to sign in?"""

from labels.fonts import printable
from labels.ink import FAINT, GREY, PINK, RED, Pen, wrap
from labels.slip import Copy, Party, SlipPaper
from labels.slip_layout import (
    INFO_LABEL,
    LEAD,
    LEFT,
    PAD,
    RIGHT,
    SIGN_BOX,
    SMALL,
    SMALL_LEAD,
    TEXT,
    Field,
    Layout,
    Words,
    parties_to_sign,
)

MIDDLE = (LEFT + RIGHT) / 2
BASE = 3.0  # from the top of a line of text to its base line


class Frame:
    """Draws one slip's surroundings, page by page."""

    def __init__(self, paper: SlipPaper, words: Words, layout: Layout, pen: Pen) -> None:
        self.paper, self.words, self.layout, self.pen = paper, words, layout, pen

    def margins(self, page: int, pages: int, at: int, copy: Copy) -> None:
        """What every page carries: void mark, binding edge, name of the copy, page number."""
        pen, words, paper = self.pen, self.words, self.paper
        if paper.void is not None:
            pen.aslant(MIDDLE, 150, words.one("void"), 92 if len(words.languages) > 1 else 120, 38, PINK)
        pen.rule(12, 18, 12, 120, 0.15, colour=FAINT, dashes=(0.8, 0.8))
        end = pen.upright(12, 124, words.all("binding")[0], 7, colour=FAINT)
        pen.rule(12, end + 4, 12, 279, 0.15, colour=FAINT, dashes=(0.8, 0.8))
        y = 62.0
        for text in words.all(f"copy_{copy}", n=at, nth="一二三四"[at - 1]):
            y = pen.upright(203.5, y, text, 7.5) + 4
        pen.rule(LEFT, 284.5, RIGHT, 284.5, 0.1, colour=FAINT)
        pen.text(LEFT, 288.5, printable(paper.number), SMALL, colour=GREY)
        counted = words.one("page", page=page, pages=pages)
        pen.text(MIDDLE, 288.5, counted, SMALL, align="centre", colour=GREY)
        mark = words.one("reprint", n=paper.reprint) if paper.reprint else ""
        if paper.void is not None:
            mark = words.one("void")
        if mark:
            pen.text(RIGHT, 288.5, mark, SMALL, bold=True, align="right", colour=RED)

    def first_head(self) -> float:
        """Letterhead, title, code and the fields above the list. Returns where the list begins."""
        pen, paper, words = self.pen, self.paper, self.words
        pen.qr(RIGHT - 24, 11, 25, paper.number)
        self._reprint_mark(LEFT, 14)
        drop = 0 if len(words.languages) > 1 else 3
        for line in cut(wrap(paper.letterhead or paper.warehouse, 110, 10), 1):
            pen.text(MIDDLE, 17 + drop, line, 10, align="centre", colour=GREY)
        title, *below = words.all(f"title_{paper.kind}")
        size, spacing = (19, 0.0) if title.isascii() else (23, 2.2)
        pen.text(MIDDLE, 27.5 + drop, title, size, bold=True, align="centre", spacing=spacing)
        for text in below:
            pen.text(MIDDLE, 34, text.upper(), 8.5, align="centre", colour=GREY, spacing=0.5)
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

    def later_head(self) -> float:
        """The running head of the other pages."""
        pen, paper, words = self.pen, self.paper, self.words
        if paper.reprint:
            again = words.one("reprint", n=paper.reprint)
            pen.text(RIGHT, 18, again, 9.5, bold=True, align="right", colour=RED)
        at = pen.text(LEFT, 18, words.all(f"title_{paper.kind}")[0], 12, bold=True)
        pen.text(at + 4, 18, printable(paper.number), 10)
        pen.rule(LEFT, 20.5, RIGHT, 20.5, 0.5)
        self._currency(24.6)
        pen.lines(LEFT, 24.6, cut(wrap(paper.warehouse, 120, SMALL), 1), SMALL, SMALL_LEAD, colour=GREY)
        return self.layout.later_list

    def _reprint_mark(self, x: float, y: float) -> None:
        if self.paper.reprint:
            marks = self.words.all("reprint", n=self.paper.reprint)
            self.pen.box(x, y, 34, 4.2 * len(marks) + 2.4, 0.4, colour=RED)
            for at, mark in enumerate(marks):
                self.pen.text(x + 17, y + 4.3 + 4.2 * at, mark, 9.5, bold=True, align="centre", colour=RED)

    def _currency(self, y: float) -> None:
        currency = self.paper.currency
        if currency:
            said = self.words.one("currency_CNY" if currency == "CNY" else "currency", currency=currency)
            self.pen.text(RIGHT, y, said, SMALL, align="right", colour=GREY)

    def label(self, x: float, y: float, key: str) -> None:
        """A field's name: the first language, then the other one smaller."""
        first, *others = self.words.all(key)
        x = self.pen.text(x, y, first, 8, colour=GREY)
        for other in others:
            self.pen.text(x + 1.2, y, other, 6.2, colour=GREY)

    def _field(self, y: float, field: Field) -> None:
        self.label(field.x + 1, y + PAD + BASE - 0.2, field.key)
        x, heavy = field.x + INFO_LABEL + 1, field.key == "number"
        self.pen.lines(x, y + PAD + BASE - 0.2, field.lines, TEXT + 0.5, LEAD, bold=heavy)

    def signatures(self, y: float) -> None:
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
            self.label(x + 2, line, key)
            pen.rule(x + 22, line + 0.8, x + wide - 3, line + 0.8, 0.15, colour=GREY)
        pen.text(x + wide - 3, y + 5, words.all("stamp")[0], SMALL, align="right", colour=FAINT)


def cut(lines: list[str], most: int) -> list[str]:
    """No more lines than there is room for; the mark says that the whole name stands above."""
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][:-1] + "…"]
