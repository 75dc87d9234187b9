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
SPACED = 0.05
"""Between the characters of a number or code, in its size: so that each is seen for itself."""
FROM_A_STEP = 6.5
"""Points. A number that would be smaller on one line is set on two."""
NUMBER_LEAD = 1.1
NEARLY = 0.85
"""So much smaller is not yet seen."""


class Fitted(NamedTuple):
    """Lines of one size. `lead` in millimetres from line to line; `spaced` as in `SPACED`; `cut`: not all is said."""

    lines: tuple[str, ...]
    size: float
    lead: float
    cut: bool = False
    spaced: float = 0.0

    @property
    def high(self) -> float:
        return len(self.lines) * self.lead


@lru_cache(8192)
def _per_point(text: str, bold: bool) -> float:
    return measure(text, 1, bold)


def measured(text: str, size: float, bold: bool = False, spaced: float = 0.0) -> float:
    """Millimetres of a line."""
    return (_per_point(text, bold) + max(0, len(text) - 1) * spaced * EM) * size


@lru_cache(8192)
def fit(
    text: str, wide: float, high: float, sizes: tuple[float, ...], lead: float, bold: bool = False
) -> Fitted:
    """The largest of the sizes at which the text has room; of the smallest what has room, and …

    A little smaller if that saves a line: one word alone on the last line looks lost.
    """
    found: Fitted | None = None
    for size in sizes:
        if found is not None and (len(found.lines) == 1 or size < found.size * NEARLY):
            return found
        most = int(high / (size * EM * lead) + 1e-6)
        if most == 0 and size != sizes[-1]:
            continue
        lines = _wrapped(text, wide, size, bold)
        if len(lines) <= (max(1, most) if found is None else len(found.lines) - 1):
            found = Fitted(tuple(lines), size, size * EM * lead)
    if found is not None:
        return found
    size = sizes[-1]
    most = max(1, int(high / (size * EM * lead) + 1e-6))
    lines = _wrapped(text, wide, size, bold)
    kept = [*lines[: most - 1], _ended(lines[most - 1], wide, size, bold)]
    return Fitted(tuple(kept), size, size * EM * lead, cut=True)


@lru_cache(256)
def fit_number(text: str, wide: float, high: float, sizes: tuple[float, ...]) -> Fitted:
    """On one line if it can be read there from a step away, else broken where a number may be."""
    said = printable(text)
    for size in sizes:
        if size >= FROM_A_STEP and measured(said, size, True, SPACED) <= wide:
            return Fitted((said,), size, size * EM * NUMBER_LEAD, spaced=SPACED)
    lines, size, most = [said], sizes[-1], 1
    for size in sizes:
        most = int(high / (size * EM * NUMBER_LEAD) + 1e-6)
        if most or size == sizes[-1]:
            lines = _broken(said, wide, size)
            if len(lines) <= max(1, most):
                return Fitted(tuple(lines), size, size * EM * NUMBER_LEAD, spaced=SPACED)
    most = max(1, most)
    kept = [*lines[: most - 1], _ended(lines[most - 1], wide, size, bold=True, spaced=SPACED)]
    return Fitted(tuple(kept), size, size * EM * NUMBER_LEAD, cut=True, spaced=SPACED)


def _broken(said: str, wide: float, size: float) -> list[str]:
    """After a dash or a slash if there is one, else into parts of about the same length."""
    lines, rest = [], said
    while rest and measured(rest, size, True, SPACED) > wide:
        most = next(
            at
            for at in range(len(rest) - 1, -1, -1)
            if at <= 1 or measured(rest[:at], size, True, SPACED) <= wide
        )
        most = max(1, most)
        marks = [found.end() for found in re.finditer(r"[-/._# ]", rest[:most])]
        even = math.ceil(len(rest) / math.ceil(len(rest) / most))
        at = marks[-1] if marks and marks[-1] * 3 >= most else min(most, even)
        lines.append(rest[:at].strip())
        rest = rest[at:].lstrip()
    return [*lines, rest] if rest or not lines else lines


def _wrapped(text: str, wide: float, size: float, bold: bool) -> list[str]:
    lines = wrap(text, wide, size)
    if bold and any(measured(line, size, bold=True) > wide for line in lines):
        lines = wrap(text, wide * 0.9, size)  # heavy letters are wider
    return lines or [""]


def _ended(line: str, wide: float, size: float, bold: bool, spaced: float = 0.0) -> str:
    while line and measured(line + "…", size, bold, spaced) > wide:
        line = line[:-1]
    return line.rstrip() + "…"
