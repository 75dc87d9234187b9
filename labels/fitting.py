"""How large can a text be set in so much room, and in which lines?

Wraps first, shrinks then, cuts last. Most texts of a run of labels (whose they are, whom to call) are the same on all of them: kept.
"""

import math
import re
from functools import lru_cache
from typing import NamedTuple

from labels.fonts import printable
from labels.ink import MM, measure, wrap

EM = 1 / MM
"""Millimetres of a point."""
CELL = 0.72
"""Room of a capital or a digit in a number, in its size: wide enough for a W, so that all stand apart alike."""
FROM_A_STEP = 7.5
"""Points. A number that would be smaller on one line is set on two."""
NUMBER_LEAD = 1.1


class Fitted(NamedTuple):
    """Lines of one size. `lead` in millimetres from line to line; `cell` as in `CELL`, 0 for running text; `cut`: not all is said."""

    lines: tuple[str, ...]
    size: float
    lead: float
    cut: bool = False
    cell: float = 0.0


def measured(text: str, size: float, bold: bool = False) -> float:
    """Millimetres of a line."""
    return measure(text, 1, bold) * size if len(text) > 64 else _wide(text, bold) * size


@lru_cache(4096)
def _wide(text: str, bold: bool) -> float:
    return measure(text, 1, bold)


def celled(text: str) -> float:
    """Room of each character of a code or number, 0 if it has others than the ones that fit a cell."""
    return CELL if text.isascii() else 0.0


@lru_cache(8192)
def fit(
    text: str, wide: float, high: float, sizes: tuple[float, ...], lead: float, *, bold: bool = False
) -> Fitted:
    """The largest of the sizes at which the text has room; of the smallest what has room, and …"""
    lines: list[str] = []
    size, most = sizes[-1], 1
    for size in sizes:
        most = max(1, int(high / (size * EM * lead) + 1e-6))
        lines = _wrapped(text, wide, size, bold)
        if len(lines) <= most:
            return Fitted(tuple(lines), size, size * EM * lead)
    kept = [*lines[: most - 1], _ended(lines[most - 1], wide, size, bold)]
    return Fitted(tuple(kept), size, size * EM * lead, cut=True)


@lru_cache(256)
def fit_number(text: str, wide: float, high: float, sizes: tuple[float, ...]) -> Fitted:
    """Every character in a cell of its own; on one line if it can be read there, else on two."""
    said = printable(text)
    if not said.isascii():
        return fit(text, wide, high, sizes, 1.15, bold=True)
    for size in sizes:
        if size >= FROM_A_STEP and len(said) <= _in_cells(wide, size):
            return Fitted((said,), size, size * EM * NUMBER_LEAD, cell=CELL)
    lines, size, most = [said], sizes[-1], 1
    for size in sizes:
        lines = _broken(said, _in_cells(wide, size))
        most = max(1, int(high / (size * EM * NUMBER_LEAD) + 1e-6))
        if len(lines) <= most:
            return Fitted(tuple(lines), size, size * EM * NUMBER_LEAD, cell=CELL)
    lines = [*lines[: most - 1], lines[most - 1][: _in_cells(wide, size) - 1] + "…"]
    return Fitted(tuple(lines), size, size * EM * NUMBER_LEAD, cut=True, cell=CELL)


def _in_cells(wide: float, size: float) -> int:
    """Characters on a line."""
    return max(2, int(wide / (size * EM * CELL) + 1e-6))


def _broken(said: str, per_line: int) -> list[str]:
    """After a dash or a slash if there is one, else into equal parts."""
    lines = []
    rest = said
    while len(rest) > per_line:
        marks = [found.end() for found in re.finditer(r"[-/._# ]", rest[:per_line])]
        parts = math.ceil(len(rest) / per_line)
        at = marks[-1] if marks and marks[-1] > per_line // 3 else math.ceil(len(rest) / parts)
        lines.append(rest[:at].strip())
        rest = rest[at:]
    return [*lines, rest.strip()]


def _wrapped(text: str, wide: float, size: float, bold: bool) -> list[str]:
    lines = wrap(text, wide, size) if not bold else [printable(text)]
    if bold and lines[0] and measured(lines[0], size, bold=True) > wide:
        lines = wrap(text, wide * 0.93, size)  # heavy letters are that much wider
    return lines or [""]


def _ended(line: str, wide: float, size: float, bold: bool) -> str:
    while line and measured(line + "…", size, bold) > wide:
        line = line[:-1]
    return line.rstrip() + "…"
