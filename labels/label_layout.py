"""Where does everything on a label go, and how large?

In millimetres from the label's top left corner; text stands on its base line. The code comes first: its square with the quiet zone is
kept free, and everything else has to live with what is left. A long text wraps, then shrinks, then ends in … and is reported.
"""

from typing import NamedTuple

from domain.label_code import grouped
from domain.texts import LANGUAGES, Language, say
from labels.fitting import EM, SPACED, Fitted, fit, fit_number, measured
from labels.fonts import printable
from labels.label import Field, LabelPaper, Lang, Trouble
from labels.qr import QUIET
from labels.stocks import Shape, Stock

OWNER = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5)
NAME = (11.0, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
NUMBER = (11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
PHONE, LONG_PHONE = (9.0, 8.5, 8.0, 7.5, 7.0), (7.5, 7.0, 6.5, 6.0)
FIELD = (7.0, 6.5, 6.0)
CODE = 7.0
CAPTION, SMALLEST = 5.6, 5.5
"""Points, as all sizes of type; the largest that is tried comes first."""
FIELD_LEAD = 1.24
ABOVE, BELOW = 0.9, 0.15
"""How far a letter reaches above and below its base line, in its own size."""


class Word(NamedTuple):
    """A line of text. `spaced`: millimetres between its characters; `soft`: grey where there is grey."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    spaced: float = 0.0
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
    """How a stock is divided. Text of the head begins in line with the code's first dark square."""

    code: tuple[float, float, float]
    head: Zone
    column: Zone


def frame(stock: Stock, squares: int) -> Frame:
    """The zones of a label whose code is so many squares across."""
    side = stock.side(squares)
    quiet = side * QUIET / squares
    wide, high = stock.wide, stock.high
    if stock.shape is Shape.SMALL:
        x, y = 0.6, high - 0.6 - side
        right = wide - 1.4
        head = Zone(x + quiet, 1.1, right, y)
        column = Zone(x + side + 0.1, y + 0.5, right, high - 1.9)
    elif stock.shape is Shape.LOW:
        x, y = 1.2, (high - side - 2.2) / 2
        right = wide - 3.0
        column = Zone(x + side + 0.4, 1.6, right, high - 1.6)
        head = Zone(column.left, column.top, right, column.top + 4.4)
        column = column._replace(top=head.bottom + 0.9)
    else:
        above = min(4.9, high - side - 5.4)
        x, top, right = max(0.6, 3.6 - quiet), (high - above - side - 2.6) / 2, wide - 3.4
        head = Zone(x + quiet, top, right, top + above)
        y = head.bottom + 0.3
        column = Zone(x + side + 0.4, y + 1.2, right, y + side + 2.3)
    if stock.dots:  # each square begins on a dot
        x, y = (round(at * stock.dots) / stock.dots for at in (x, y))
    return Frame((x, y, side), head, column)


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
        column = self.frame.column
        if self.stock.shape is Shape.SMALL:
            self._small_head()
            base = self._code_beside(column)
        else:
            self._head()
            base = self._code_below()
        column = column._replace(bottom=self._phone(column, base))
        if self.paper.blank:
            self._to_write(column)
        else:
            column = column._replace(top=self._number(column))
            if self.stock.shape is not Shape.SMALL:
                column = column._replace(top=self._name(column))
            self._fields(column)
        return Laid(self.frame.code, self.words, self.rules, self.troubles)

    def _said(self, key: str) -> str:
        return " ".join(say(language, f"on_label.{key}") for language in self.languages)

    def _lines(
        self, fitted: Fitted, x: float, top: float, where: str, text: str, *, bold: bool = False
    ) -> float:
        """Writes the lines from `top` on. Returns where they end."""
        em = fitted.size * EM
        for at, line in enumerate(fitted.lines):
            y = top + ABOVE * em + at * fitted.lead
            self.words.append(Word(x, y, line, fitted.size, bold, fitted.spaced * em))
        if fitted.cut:
            self.troubles.append(Trouble(self.paper.token, where, "cut", text))
        return top + fitted.high

    def _head(self) -> None:
        """Whose it is, and a rule below; what was printed again says so at the right."""
        head = self.frame.head
        right = self._copy_mark(head.right, head.bottom - 0.75)
        fitted = fit(self.paper.body, right - head.left, head.bottom - head.top, OWNER, 1.12)
        self._lines(fitted, head.left, head.bottom - fitted.high - 0.15, "body", self.paper.body)
        self.rules.append(Rule(head.left, head.bottom + 0.1, head.right, head.bottom + 0.1, 0.25))

    def _copy_mark(self, right: float, y: float) -> float:
        """In a box that ends at `right`. Returns how far the line beside it may go."""
        if not self.paper.copy:
            return right
        mark = f"{self._said('copy')} {self.paper.copy}"
        left, top, bottom = right - measured(mark, CAPTION) - 1.2, y - CAPTION * EM, y + 0.55
        self.words.append(Word(left + 0.6, y, mark, CAPTION))
        for x1, y1, x2, y2 in (
            (left, top, right, top), (left, bottom, right, bottom), (left, top, left, bottom), (right, top, right, bottom),
        ):  # fmt: skip
            self.rules.append(Rule(x1, y1, x2, y2, 0.15))
        return left - 0.8

    def _small_head(self) -> None:
        """Whose it is and, larger, what it is, over the whole width."""
        head, paper = self.frame.head, self.paper
        right = self._copy_mark(head.right, head.top + 1.75)
        owner = fit(paper.body, right - head.left, 2.6, (6.5, 6.0, 5.5), 1.12)
        if owner.cut and head.bottom - head.top > 7.6:
            owner = fit(paper.body, right - head.left, 4.4, (5.5,), 1.12)
        y = self._lines(owner, head.left, head.top, "body", paper.body) + (0.5 if paper.copy else 0.2)
        name = fit(paper.name, head.wide, head.bottom - y, NAME, 1.12)
        self._lines(name, head.left, y, "name", paper.name)

    def _code_below(self) -> float:
        """The code to type, under the symbol and as wide as it. Returns its base line."""
        x, y, side = self.frame.code
        text = grouped(self.paper.token)
        room = side - 2 * (self.frame.head.left - x if self.stock.shape is Shape.HEADED else 1.6)
        size = min(CODE, room / measured(text, 1, spaced=SPACED))
        base = y + side + 0.82 * size * EM
        left = x + (side - measured(text, size, spaced=SPACED)) / 2
        self.words.append(Word(left, base, text, size, spaced=SPACED * size * EM))
        return base

    def _code_beside(self, column: Zone) -> float:
        """At the foot of the column. Returns the base line of what stands above."""
        text = grouped(self.paper.token)
        size = min(CODE, column.wide / measured(text, 1, spaced=SPACED))
        self.words.append(Word(column.left, column.bottom, text, size, spaced=SPACED * size * EM))
        return column.bottom - size * EM - 0.4

    def _phone(self, column: Zone, base: float) -> float:
        """Whom to call; `base` is its last base line. Returns where what stands above it has to end."""
        said, phone = self._said("found"), self.paper.phone
        if not phone.strip():
            return base
        caption = measured(said, CAPTION) + 1.0
        one = PHONE[0] * EM * 1.2
        beside = fit(phone, max(1.0, column.wide - caption), one, PHONE, 1.16, True)
        if caption < column.wide * 0.7 and len(beside.lines) == 1 and not beside.cut:
            self.words.append(Word(column.left, base, said, CAPTION, soft=True))
            self.words.append(Word(column.left + caption, base, beside.lines[0], beside.size, bold=True))
            return base - ABOVE * beside.size * EM - 0.3
        below = fit(phone, column.wide, one, PHONE, 1.16, True)
        if below.cut:
            below = fit(
                phone, column.wide, 7.4 if self.stock.shape is Shape.SMALL else 6.2, LONG_PHONE, 1.16, True
            )
        top = base - (below.high - below.lead) - ABOVE * below.size * EM
        self._lines(below, column.left, top, "phone", phone, bold=True)
        if caption - 1.0 > column.wide:
            said = say(self.languages[0], "on_label.found")
        size = min(CAPTION, column.wide / measured(said, 1))
        self.words.append(Word(column.left, top - BELOW * size * EM - 0.1, said, size, soft=True))
        return top - size * EM * (ABOVE + BELOW) - 0.4

    def _number(self, column: Zone) -> float:
        """Returns where it ends."""
        text = f"{self.paper.number} #{self.paper.piece}" if self.paper.piece else self.paper.number
        if not text:
            return column.top
        room = column.bottom - column.top
        if self.stock.shape is Shape.SMALL:
            room = max(5.1, room - len(self.paper.fields) * FIELD[-1] * EM * FIELD_LEAD)
        else:
            room -= NAME[-1] * EM * 1.2 + 0.4
        fitted = fit_number(text, column.wide, min(8.8, room), NUMBER)
        return self._lines(fitted, column.left, column.top, "number", text, bold=True) + 0.4

    def _name(self, column: Zone) -> float:
        """What it is; leaves the other lines up to half of the room. Returns where it ends."""
        room = column.bottom - column.top
        others = len(self.paper.fields) * FIELD[-1] * EM * FIELD_LEAD + 0.4
        kept = min(others, room / 2) if self.paper.fields else 0.0
        fitted = fit(self.paper.name, column.wide, room - kept, NAME, 1.16)
        if fitted.cut:  # what it is comes before what else there is to say
            fitted = fit(self.paper.name, column.wide, room, NAME, 1.16)
        return self._lines(fitted, column.left, column.top, "name", self.paper.name) + 0.3

    def _fields(self, column: Zone) -> None:
        """One line each, as many as there is room for, all in one size."""
        fields, room = self.paper.fields, column.bottom - column.top + 0.1
        most = int(room / (FIELD[-1] * EM * FIELD_LEAD) + 1e-6)
        for field in fields[most:]:
            self.troubles.append(Trouble(self.paper.token, field.shown.value, "left_out", field.value))
        fields = fields[:most]
        if not fields:
            return
        largest = next((one for one in FIELD if len(fields) * one * EM * FIELD_LEAD <= room), FIELD[-1])
        captions, after, size = self._captions(column.wide, fields, largest)
        for at, (field, caption) in enumerate(zip(fields, captions, strict=True)):
            base = column.top + at * size * EM * FIELD_LEAD + ABOVE * size * EM
            self.words.append(Word(column.left, base, caption, CAPTION, soft=True))
            fitted = fit(field.value, column.wide - after, size * EM * 1.2, (size,), 1.1)
            self.words.append(Word(column.left + after, base, fitted.lines[0], size))
            if fitted.cut:
                self.troubles.append(Trouble(self.paper.token, field.shown.value, "cut", field.value))

    def _captions(
        self, wide: float, fields: tuple[Field, ...], largest: float
    ) -> tuple[list[str], float, float]:
        """What stands before the values, how much room it takes, and the size in which the values fit beside it.

        In both languages if there is room, else in the first one.
        """
        captions, after, size = [""], 0.0, largest
        for languages in (self.languages, self.languages[:1]):
            captions = [
                " ".join(say(one, f"on_label.{field.shown.value}") for one in languages) for field in fields
            ]
            after = max(measured(one, CAPTION) for one in captions) + 1.2
            longest = max(measured(printable(field.value), 1) for field in fields)
            size = next(
                (one for one in (*FIELD, SMALLEST) if one <= largest and longest * one <= wide - after),
                SMALLEST,
            )
            if after <= wide * 0.45 and longest * size <= wide - after:
                break
        return captions, after, size

    def _to_write(self, column: Zone) -> None:
        """Lines for a pen: a blank label gets its thing at the first scan."""
        zones, keys = (
            [column._replace(bottom=column.bottom - 0.8)],
            ["write_name", "write_number", "write_place"],
        )
        if self.stock.shape is Shape.SMALL:
            zones.insert(
                0,
                self.frame.head._replace(top=self.frame.head.top + 2.8, bottom=self.frame.head.bottom - 0.4),
            )
        for zone in zones:
            room = zone.bottom - zone.top
            count = max(1, min(len(keys), int(room / 4.8))) if zone is zones[-1] else 1
            for at in range(1, count + 1):
                y = zone.top + room * at / count
                self.words.append(Word(zone.left, y - 0.5, self._said(keys.pop(0)), CAPTION, soft=True))
                self.rules.append(Rule(zone.left, y, zone.right, y, 0.15, soft=True))
