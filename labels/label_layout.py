"""Where does everything on a label go, and how large?

In millimetres from the label's top left corner; text stands on its base line. The code comes first: its square with the quiet zone is
kept free, and everything else has to live with what is left. A long text wraps, then shrinks, then ends in … and is reported.
"""

from typing import NamedTuple

from domain.label_code import grouped
from domain.texts import LANGUAGES, Language, say
from labels.fitting import EM, Fitted, celled, fit, fit_number, measured
from labels.label import LabelPaper, Lang, Trouble
from labels.stocks import Shape, Stock

OWNER = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5)
NAME = (11.0, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
NUMBER = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
PHONE = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
FIELD = (7.0, 6.5, 6.0)
CAPTION = 5.6
"""Points, as all sizes of type; the largest that is tried comes first."""
ABOVE, BELOW = 0.9, 0.15
"""How far a letter reaches above and below its base line, in its own size."""


class Word(NamedTuple):
    """A line of text. `cell`: the room each character gets, 0 if each gets its own; `soft`: grey where there is grey."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    cell: float = 0.0
    soft: bool = False


class Rule(NamedTuple):
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    thick: float
    soft: bool = False


class Laid(NamedTuple):
    """A label, measured: the code's square with its quiet zone, and everything around it."""

    code: tuple[float, float, float]
    words: list[Word]
    rules: list[Rule]
    troubles: list[Trouble]


class Zone(NamedTuple):
    """A part of the label for text."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def wide(self) -> float:
        return self.right - self.left


class Frame(NamedTuple):
    """How a stock is divided. `edge`: where text begins, in line with the code's first dark square."""

    code: tuple[float, float, float]
    edge: float
    head: Zone
    column: Zone


def frame(stock: Stock, squares: int) -> Frame:
    """The zones of a label whose code is so many squares across."""
    side = stock.side(squares)
    quiet = side * 4 / squares
    wide, high = stock.wide, stock.high
    if stock.shape is Shape.SMALL:
        x, y = 0.5, high - 0.5 - side
        edge, right, top = x + quiet, wide - 1.2, 1.0
        head = Zone(edge, top, right, y - 0.1)
        column = Zone(x + side + 0.1, y + 0.3, right, high - 1.6)
    elif stock.shape is Shape.LOW:
        x, y = 1.2, (high - side - 2.4) / 2
        edge, right = x + quiet, wide - 3.0
        column = Zone(x + side + 0.4, 1.7, right, high - 1.9)
        head = Zone(column.left, column.top, right, column.top + 3.9)
        column = column._replace(top=head.bottom + 1.0)
    else:
        x, edge = 3.6 - quiet, 3.6
        right, top = wide - 3.2, 1.9
        head = Zone(edge, top, right, top + 4.1)
        y = head.bottom + 0.3
        column = Zone(x + side + 0.4, y + 1.3, right, min(high - 1.7, y + side + 2.4))
    if stock.dots:  # each square begins on a dot
        x, y = (round(at * stock.dots) / stock.dots for at in (x, y))
    return Frame((x, y, side), edge, head, column)


def lay_out(paper: LabelPaper, stock: Stock, squares: int, lang: Lang = "zh") -> Laid:
    """Everything on one label. Never fails, whatever the texts: what has no room is in `troubles`."""
    return _Label(paper, stock, squares, lang).laid()


class _Label:
    """Fills the zones of one label."""

    def __init__(self, paper: LabelPaper, stock: Stock, squares: int, lang: Lang) -> None:
        self.paper, self.stock = paper, stock
        self.languages: tuple[Language, ...] = LANGUAGES if lang == "both" else (lang,)
        self.frame = frame(stock, squares)
        self.words: list[Word] = []
        self.rules: list[Rule] = []
        self.troubles: list[Trouble] = []

    def laid(self) -> Laid:
        small = self.stock.shape is Shape.SMALL
        column = self.frame.column
        named = small and self._small_head()
        if not small:
            self._head()
        bottom = self._code_beside(column) if small else self._code_below()
        bottom = self._phone(column, bottom)
        if self.paper.blank:
            self._to_write(column._replace(bottom=bottom))
            return Laid(self.frame.code, self.words, self.rules, self.troubles)
        top = self._number(column, bottom) if self.paper.number else column.top
        column = column._replace(top=top, bottom=bottom)
        top = column.top if named or not self.paper.name else self._name(column)
        self._fields(column._replace(top=top))
        return Laid(self.frame.code, self.words, self.rules, self.troubles)

    def _said(self, key: str, **values: object) -> str:
        return " ".join(say(language, f"on_label.{key}", **values) for language in self.languages)

    def _lines(
        self, fitted: Fitted, x: float, top: float, where: str, text: str, *, bold: bool = False
    ) -> float:
        """Writes the lines from `top` on. Returns where they end."""
        em = fitted.size * EM
        for at, line in enumerate(fitted.lines):
            y = top + ABOVE * em + at * fitted.lead
            self.words.append(Word(x, y, line, fitted.size, bold, fitted.cell * em))
        if fitted.cut:
            self.troubles.append(Trouble(self.paper.token, where, "cut", text))
        return top + len(fitted.lines) * fitted.lead

    def _head(self) -> None:
        """Whose it is, and a rule below; what was printed again says so at the right."""
        head = self.frame.head
        right = self._copy_mark(head)
        fitted = fit(self.paper.body, right - head.left, head.bottom - head.top, OWNER, 1.14)
        tall = len(fitted.lines) * fitted.lead
        self._lines(fitted, head.left, head.bottom - tall - 0.25, "body", self.paper.body)
        self.rules.append(Rule(head.left, head.bottom + 0.1, head.right, head.bottom + 0.1, 0.25))

    def _copy_mark(self, head: Zone) -> float:
        """Returns how far the line beside it may go."""
        if not self.paper.copy:
            return head.right
        mark = self._said("copy", n=self.paper.copy)
        wide = measured(mark, CAPTION)
        y = head.bottom - 0.9
        left, top, bottom = head.right - wide - 1.2, y - CAPTION * EM - 0.15, y + 0.5
        self.words.append(Word(left + 0.6, y, mark, CAPTION))
        for x1, y1, x2, y2 in (
            (left, top, head.right, top), (left, bottom, head.right, bottom),
            (left, top, left, bottom), (head.right, top, head.right, bottom),
        ):  # fmt: skip
            self.rules.append(Rule(x1, y1, x2, y2, 0.15))
        return left - 0.8

    def _small_head(self) -> bool:
        """Two lines over the whole width: whose, and what. Says whether the name found room there."""
        head = self.frame.head
        right = self._copy_mark(head._replace(bottom=head.top + 2.7))
        owner = fit(self.paper.body, right - head.left, 2.6, (6.5, 6.0, 5.5), 1.1)
        y = self._lines(owner, head.left, head.top, "body", self.paper.body)
        if not self.paper.name:
            return False
        name = fit(self.paper.name, head.wide, head.bottom - y, NAME, 1.12)
        if name.cut or name.size < 7:
            return False
        self._lines(name, head.left, y, "name", self.paper.name)
        return True

    def _code_below(self) -> float:
        """The code to type, under the square. Returns where the column ends."""
        x, y, side = self.frame.code
        text = grouped(self.paper.token)
        size = min(7.5, side / len(text) / celled(text) / EM)
        cell = celled(text) * size * EM
        base = y + side + 0.75 * size * EM
        self.words.append(Word(x + (side - cell * len(text)) / 2, base, text, size, cell=cell))
        return base + BELOW * size * EM

    def _code_beside(self, column: Zone) -> float:
        """In groups, one below the other."""
        groups = grouped(self.paper.token).split("-")
        size = min(8.0, column.wide / max(map(len, groups)) / celled("") / EM)
        cell, lead = celled("") * size * EM, size * EM * 1.08
        for at, group in enumerate(reversed(groups)):
            self.words.append(Word(column.left, column.bottom - at * lead, group, size, cell=cell))
        return column.bottom - len(groups) * lead - 0.4

    def _phone(self, column: Zone, bottom: float) -> float:
        """Whom to call, at the foot of the column. Returns where what stands above it has to end."""
        said, phone = self._said("found"), self.paper.phone
        caption = measured(said, CAPTION) + 1.0
        beside = fit(phone, column.wide - caption, PHONE[0] * EM * 1.2, PHONE, 1.16, bold=True)
        if column.wide > caption + 12 and len(beside.lines) == 1 and not beside.cut:
            base = bottom - BELOW * beside.size * EM
            self.words.append(Word(column.left, base, said, CAPTION, soft=True))
            self.words.append(Word(column.left + caption, base, beside.lines[0], beside.size, bold=True))
            return base - ABOVE * beside.size * EM - 0.4
        below = fit(phone, column.wide, 2 * PHONE[0] * EM, PHONE, 1.16, bold=True)
        top = bottom - len(below.lines) * below.lead + (below.lead - below.size * EM * (ABOVE + BELOW))
        self._lines(below, column.left, top, "phone", phone, bold=True)
        told = fit(said, column.wide, 2 * CAPTION * EM * 1.16, (CAPTION, 5.2, 4.8), 1.12)
        top -= len(told.lines) * told.lead
        for at, line in enumerate(told.lines):
            self.words.append(
                Word(column.left, top + ABOVE * told.size * EM + at * told.lead, line, told.size, soft=True)
            )
        return top - 0.3

    def _number(self, column: Zone, bottom: float) -> float:
        text = f"{self.paper.number} #{self.paper.piece}" if self.paper.piece else self.paper.number
        fitted = fit_number(text, column.wide, min(9.0, (bottom - column.top) * 0.6), NUMBER)
        return self._lines(fitted, column.left, column.top, "number", text, bold=True) + 0.5

    def _name(self, column: Zone) -> float:
        """What it is; leaves room for at least half of the other lines."""
        room = column.bottom - column.top
        lines = len(self.paper.fields)
        kept = min(lines * FIELD[-1] * EM * 1.2, room / 2)
        fitted = fit(self.paper.name, column.wide, room - kept, NAME, 1.18)
        return self._lines(fitted, column.left, column.top, "name", self.paper.name) + 0.4

    def _fields(self, column: Zone) -> None:
        """One line each, as many as there is room for."""
        fields = self.paper.fields
        room = column.bottom - column.top
        size = next((one for one in FIELD if len(fields) * one * EM * 1.22 <= room), FIELD[-1])
        lead, y = size * EM * 1.22, column.top
        for field in fields:
            if y + lead > column.bottom:
                self.troubles.append(Trouble(self.paper.token, field.shown.value, "left_out", field.value))
                continue
            said = self._said(field.shown.value)
            after = max(measured(said, CAPTION), measured(self._said("model"), CAPTION)) + 1.0
            if after > column.wide / 2:
                said, after = say(self.languages[0], f"on_label.{field.shown.value}"), 0.0
                after = measured(said, CAPTION) + 1.0
            base = y + ABOVE * size * EM
            self.words.append(Word(column.left, base, said, CAPTION, soft=True))
            fitted = fit(field.value, column.wide - after, lead, (size, 6.0, 5.5), 1.1)
            for line in fitted.lines:
                self.words.append(Word(column.left + after, base, line, fitted.size))
            if fitted.cut:
                self.troubles.append(Trouble(self.paper.token, field.shown.value, "cut", field.value))
            y += lead

    def _to_write(self, column: Zone) -> None:
        """Lines for a pen: a blank label gets its thing at the first scan."""
        room = column.bottom - column.top
        keys = ("write_name", "write_number", "write_place")[: max(1, int(room / 4.8))]
        for at, key in enumerate(keys, 1):
            y = column.top + room * at / len(keys) - 0.6
            self.words.append(Word(column.left, y - 0.5, self._said(key), CAPTION, soft=True))
            self.rules.append(Rule(column.left, y, column.right, y, 0.15, soft=True))
