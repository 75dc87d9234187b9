"""How are lines of text and a code's squares written in PDF's own words?

reportlab chooses fonts, embeds what is used of them and puts the file together; its text objects alone would take most of the time of a
run of labels.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from reportlab.pdfgen.canvas import Canvas

from labels.fonts import font, printable, runs
from labels.ink import MM

MOST_KEPT = 20_000
"""Texts whose operators are kept for the next label."""


class Line(Protocol):
    """Text on a base line, in millimetres from the top left of where it is drawn."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def text(self) -> str: ...
    @property
    def size(self) -> float: ...
    @property
    def bold(self) -> bool: ...
    @property
    def spaced(self) -> float: ...
    @property
    def soft(self) -> bool: ...


class Letters:
    """Text for one file."""

    def __init__(self, canvas: Canvas) -> None:
        self._document: Any = canvas._doc  # type: ignore[attr-defined]  # the library has no types here
        self._kept: dict[tuple[str, bool], str] = {}

    def block(self, lines: Iterable[Line], *, grey: bool) -> str:
        """All lines of a label as one text block."""
        said = ["BT"]
        shade = ""
        for line in lines:
            wanted = "0.4 g" if line.soft and grey else "0 g"
            if wanted != shade:
                said.append(wanted)
                shade = wanted
            said.append(f"1 0 0 1 {line.x * MM:.3f} {-line.y * MM:.3f} Tm")
            said.append(self._shown(line))
        said.append("ET")
        return "\n".join(said)

    def _shown(self, line: Line) -> str:
        kept = self._kept.get((line.text, line.bold))
        if kept is None:
            kept = self._operators(line.text, line.bold)
            if len(self._kept) < MOST_KEPT:
                self._kept[line.text, line.bold] = kept
        said = kept.replace("@", f"{line.size:.2f}")
        return f"{line.spaced * MM:.3f} Tc {said} 0 Tc" if line.spaced else said

    def _operators(self, text: str, bold: bool) -> str:
        """`@` stands for the size, so that a text is looked up once whatever its size."""
        said: list[str] = []
        for name, part in runs(printable(text), bold):
            face: Any = font(name)
            for subset, codes in face.splitString(part, self._document):
                said.append(f"{face.getSubsetInternalName(subset, self._document)} @ Tf <{codes.hex()}> Tj")
        return " ".join(said)


def inline_image(x: float, y: float, side: float, size: int, packed: bytes) -> str:
    """A square picture of one bit per dot, ones painted, the rest left as it is; `x` and `y` of its lower left corner, in points."""
    return (
        f"0 g q {side:.4f} 0 0 {side:.4f} {x:.4f} {y:.4f} cm "
        f"BI /W {size} /H {size} /IM true /D [1 0] /BPC 1 /F /AHx ID {packed.hex()}> EI Q"
    )
