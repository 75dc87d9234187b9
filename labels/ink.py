"""How does a word, a rule or a code get onto paper?

Millimetres from the top left corner of the page; text stands on its base line.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from reportlab.pdfgen.canvas import Canvas

from labels.fonts import printable, runs, width
from labels.qr import QUIET, fitting

MM = 72 / 25.4
Colour = tuple[float, float, float]
INK: Colour = (0.09, 0.09, 0.11)
GREY: Colour = (0.43, 0.43, 0.46)
FAINT: Colour = (0.72, 0.72, 0.74)
RED: Colour = (0.70, 0.12, 0.12)
PINK: Colour = (0.97, 0.85, 0.83)

NOT_FIRST = frozenset("，。、；：！？）》」』】〕〉”’…％℃·,.;:!?)]}%")
NOT_LAST = frozenset("（《「『【〔〈“‘([{￥$")
AFTER = frozenset("-/_;")


class Pen:
    """Draws on one canvas."""

    def __init__(self, canvas: Canvas, page_height: float) -> None:
        self.canvas = canvas
        self._top = page_height

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        align: Literal["left", "centre", "right"] = "left",
        colour: Colour = INK,
        spacing: float = 0,
    ) -> float:
        """Returns where the text ends."""
        wide = measure(text, size, bold) + spacing * max(0, len(text) - 1)
        start = x - {"left": 0, "centre": wide / 2, "right": wide}[align]
        line = self.canvas.beginText(start * MM, (self._top - y) * MM)
        line.setFillColorRGB(*colour)
        line.setCharSpace(spacing * MM)
        for font, part in runs(text, bold):
            line.setFont(font, size)
            line.textOut(part)
        line.setCharSpace(0)
        self.canvas.drawText(line)
        return start + wide

    def lines(
        self,
        x: float,
        y: float,
        lines: Iterable[str],
        size: float,
        lead: float,
        *,
        bold: bool = False,
        colour: Colour = INK,
    ) -> None:
        """One below the other."""
        for at, line in enumerate(lines):
            self.text(x, y + at * lead, line, size, bold=bold, colour=colour)

    def upright(self, x: float, y: float, text: str, size: float, *, colour: Colour = GREY) -> float:
        """Downwards: Chinese one under the other, a Latin text turned clockwise. Returns where it ends."""
        if text.isascii():
            self.canvas.saveState()
            self.canvas.translate(x * MM, (self._top - y) * MM)
            self.canvas.rotate(-90)
            Pen(self.canvas, 0).text(0, size / MM * 0.35, text, size, colour=colour)
            self.canvas.restoreState()
            return y + measure(text, size)
        for character in text:
            y += size / MM * (0.6 if character == " " else 1.1)
            self.text(x, y, character, size, align="centre", colour=colour)
        return y

    def aslant(self, x: float, y: float, text: str, size: float, angle: float, colour: Colour) -> None:
        """Big letters across the page, centred on a point."""
        self.canvas.saveState()
        self.canvas.translate(x * MM, (self._top - y) * MM)
        self.canvas.rotate(angle)
        Pen(self.canvas, 0).text(0, size / MM * 0.35, text, size, bold=True, align="centre", colour=colour)
        self.canvas.restoreState()

    def rule(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        thick: float = 0.1,
        *,
        colour: Colour = INK,
        dashes: Sequence[float] = (),
    ) -> None:
        """A straight line."""
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(thick * MM)
        self.canvas.setDash([dash * MM for dash in dashes])
        self.canvas.line(x1 * MM, (self._top - y1) * MM, x2 * MM, (self._top - y2) * MM)

    def box(
        self, x: float, y: float, wide: float, high: float, thick: float = 0.1, *, colour: Colour = INK
    ) -> None:
        """An empty frame."""
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(thick * MM)
        self.canvas.setDash([])
        self.canvas.rect(x * MM, (self._top - y - high) * MM, wide * MM, high * MM)

    def qr(self, x: float, y: float, side: float, text: str) -> None:
        """The code with its quiet zone of four modules inside the square, as one filled path."""
        code = fitting(text)
        one = side / code.width
        path = self.canvas.beginPath()
        for row, start, length in code.stretches():
            path.rect(
                (x + (start + QUIET) * one) * MM,
                (self._top - y - (row + QUIET + 1) * one) * MM,
                length * one * MM,
                one * MM,
            )
        self.canvas.setFillColorRGB(0, 0, 0)
        self.canvas.drawPath(path, stroke=0, fill=1)


def measure(text: str, size: float, bold: bool = False) -> float:
    """How wide the text is, in millimetres."""
    return width(text, size, bold) / MM


def wrap(text: str, wide: float, size: float) -> list[str]:
    """Lines no wider than `wide`.

    Chinese breaks between characters, but never before a closing or after an opening mark; Latin words and
    numbers stay whole unless one alone is wider than the line.
    """
    lines: list[str] = []
    line = ""
    for atom in _atoms(printable(text)):
        if measure((line + atom).rstrip(), size) <= wide:
            line += atom
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = ""
        for character in atom.lstrip() if lines else atom:
            if line and measure(line + character, size) > wide:
                lines.append(line)
                line = ""
            line += character
    return [*lines, line.rstrip()] if line.strip() else lines


def _atoms(text: str) -> list[str]:
    """The pieces that are kept together."""
    atoms: list[str] = []
    for character in text:
        if atoms and (atoms[-1].endswith("--") or not _may_break(atoms[-1][-1], character)):
            atoms[-1] += character
        else:
            atoms.append(character)
    return atoms


def _may_break(before: str, after: str) -> bool:
    if after in NOT_FIRST or before in NOT_LAST or after == " ":
        return False
    if before == " " or before in AFTER:
        return True
    return ord(before) >= 0x2E80 or ord(after) >= 0x2E80
