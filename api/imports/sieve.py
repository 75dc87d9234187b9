"""Is this record a card at all? Empty rows, totals, footers, headings, damaged and secret rows are not.

Nothing of a record that is sifted out is repeated or kept.
"""

import re
from collections.abc import Mapping
from itertools import islice

from api.imports.cells import BLANKS, Cell, text
from api.imports.columns import Column
from api.imports.plan import Plan, known_words, plain
from api.imports.table import Record
from api.imports.verdicts import Code, Unreadable, Verdict, echoed
from api.imports.vocabulary import bare

_TOTAL = re.compile(
    r"\W*(?:.{0,28}?)(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计)(?:\W.{0,20})?"
    r"|\W*(?:grand |sub)?-?total(?:\W.{0,20})?",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"(?:制表|填表|制单|填报|审核|复核|经办|打印|编制|(?:单位|财务|资产)?(?:负责人|主管)|注|说明|备注)"
    r"(?:人|员|日期|时间|单位)?\s*[:：].*|第\s*\d+\s*页.*|共\s*\d+\s*页|page \d+.*",
    re.IGNORECASE | re.DOTALL,
)
_SECRET = re.compile(
    r"(?:^|\x1f)\s*(?:绝密|机密|秘密)(?:级|件)?(?:\s*★[^\x1f]*|\s*\d*年?)?\s*(?:\x1f|$)"
    r"|(?<![非不未])涉密|(?:绝密|机密|秘密)[级件★]"
    r"|(?:^|\x1f)\s*(?:top )?secret\s*(?:\x1f|$)|\btop secret\b|\bsecret//|\bnoforn\b",
    re.IGNORECASE,
)
_MARKS = ("涉密", "绝密", "机密", "秘密", "secret", "noforn")
_IDENTITY = ("number", "card_number", "class_code", "acquired", "serial", "model")
MOST_IN_A_FOOTER = 6


class Sieve:
    """Tells by a plan which records are no cards."""

    def __init__(self, plan: Plan, at: Mapping[str, Column]) -> None:
        self._plan, self._at, self._wide = plan, at, len(plan.heading.parts)
        self._headings = {bare(part) for part in plan.heading.parts[at["name"].at] if part}
        self._numbered = at["row_number"].at if "row_number" in at else -1
        self._telling = [at[field] for field in _IDENTITY if field in at]

    def verdict(self, record: Record, reason: Code) -> Verdict:
        """Why it is no card, without a word of what it says."""
        values: dict[str, object] = {}
        if reason is Code.WRONG_FIELD_COUNT:
            values = {"found": len(record.cells), "expected": self._wide}
        elif reason is Code.RECORD_TOO_LONG:
            values = {"limit": self._plan.table.limits.record_chars}
        return Verdict(self._plan.table.file, record.row, reason, values=echoed(values.items()))

    def why_no_card(self, record: Record) -> Code | None:
        """The reason, or `None` if it may be a card."""
        cells = record.cells
        if record.broken is not None:
            return record.broken
        if all(
            _is_blank(cell) or (at == self._numbered and _is_number(cell)) for at, cell in enumerate(cells)
        ):
            return Code.EMPTY_ROW
        if self._repeats_the_heading(cells):
            return Code.HEADING_REPEATED
        whole = "\x1f".join([cell for cell in cells if isinstance(cell, str)])
        lower = whole.lower()
        if self._is_secret(cells, whole, lower):
            return Code.SECRET_ROW
        if ("计" in lower or "total" in lower) and self._is_total(cells):  # hardly any row says so anywhere
            return Code.TOTAL_ROW
        if _is_footer(cells):
            return Code.FOOTER_ROW
        if self._plan.table.kind == "csv" and (
            len(cells) < self._wide or not all(map(_is_blank, cells[self._wide :]))
        ):
            return Code.WRONG_FIELD_COUNT
        return None

    def _says_nothing(self, at: int, cell: Cell) -> bool:
        return _is_blank(cell) or (at == self._numbered and _is_number(cell))

    def _repeats_the_heading(self, cells: tuple[Cell, ...]) -> bool:
        said = peek(cells, self._at["name"])
        return bool(said) and bare(said) in self._headings

    def _is_secret(self, cells: tuple[Cell, ...], whole: str, lower: str) -> bool:
        marked = self._at.get("secrecy")
        if marked is not None and plain(peek(cells, marked)) not in known_words("secrecy"):
            return True
        return any(mark in lower for mark in _MARKS) and _SECRET.search(whole) is not None

    def _is_total(self, cells: tuple[Cell, ...]) -> bool:
        told = (cell.strip() for cell in cells if isinstance(cell, str) and cell.strip())
        if not any(map(_TOTAL.fullmatch, islice(told, 3))):
            return False
        said = [peek(cells, column) for column in self._telling]
        return all(one in BLANKS or _TOTAL.fullmatch(one) for one in said)


def peek(cells: tuple[Cell, ...], column: Column) -> str:
    """What the column's cell says, if it can be read."""
    try:
        return text(cells[column.at]) if column.at < len(cells) else ""
    except Unreadable:
        return ""


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_number(cell: Cell) -> bool:
    return not isinstance(cell, str) or cell.strip().isdecimal()


def _is_footer(cells: tuple[Cell, ...]) -> bool:
    first = next(str(cell).strip() for cell in cells if not _is_blank(cell))
    if _FOOTER.fullmatch(first) is None:
        return False
    return sum(not _is_blank(cell) for cell in cells) <= MOST_IN_A_FOOTER
