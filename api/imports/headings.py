"""Where does the table begin, and what is written above it?

Offices put titles above the heading, give it two rows with merged groups, and write the same heading twice.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from api.imports.cells import Cell, text
from api.imports.table import Record, Table
from api.imports.verdicts import Code, FileRefused, Unreadable
from api.imports.vocabulary import ENOUGH, exact, factor, meanings

LOOKED_AT = 40
LONGEST_HEADING = 40
_SECRET_TITLE = re.compile(
    r"密级\s*[:：]?\s*(?:绝密|机密|秘密)|(?:绝密|机密|秘密)\s*(?:★|$)|^\W*(?:top )?secret\W*$", re.IGNORECASE
)
_BODY_TITLE = re.compile(
    r"(?:编制|填报|使用|占有|所属|填表)?单位(?:名称|全称|（公章）|\(公章\)|（盖章）|\(盖章\))?\s*[:：]\s*(\S+)"
)
_MONEY_TITLE = re.compile(r"(?:金额)?单位\s*[:：]\s*(?:人民币)?((?:百|千|万|亿)?元)")


@dataclass(frozen=True, slots=True)
class Heading:
    """The rows of the heading, what stands above each column, and what the title says."""

    first: int
    last: int
    parts: tuple[tuple[str, ...], ...]
    factor: int | None = None
    body: str | None = None

    @property
    def titles(self) -> tuple[str, ...]:
        """Each column's heading in one string."""
        return tuple(" / ".join(part for part in parts if part) for parts in self.parts)


def find_heading(table: Table, records: list[Record], row: int | None = None, rows: int = 1) -> Heading:
    """The heading among the first records; `row` says where it is, 0 that there is none."""
    texts = {record.row: _texts(record) for record in records}
    if row == 0:
        return Heading(0, 0, tuple(() for _ in range(max(map(len, texts.values()), default=0))))
    if row is None:
        first, last = _best(table, texts)
    else:
        first, last = row, row + rows - 1
    if first not in texts or not any(texts[first]):
        raise FileRefused(table.file, Code.HEADING_NOT_FOUND, looked=LOOKED_AT)
    above = [line for at, line in texts.items() if at < first]
    _refuse_secret(table, [*above, texts[first]])
    parts = _parts(table, [texts.get(at, ()) for at in range(first, last + 1)], first)
    while parts and not any(parts[-1]):
        parts = parts[:-1]
    said = "  ".join(cell for line in above for cell in line if cell)
    money, body = _MONEY_TITLE.search(said), _BODY_TITLE.search(said)
    named = body[1] if body and not _MONEY_TITLE.match(body[0]) else None
    return Heading(first, last, parts, factor(money[1]) if money else None, named)


def _texts(record: Record) -> tuple[str, ...]:
    return tuple(_text(cell) for cell in record.cells)


def _text(cell: Cell) -> str:
    try:
        return text(cell)
    except Unreadable:
        return ""


def _best(table: Table, texts: dict[int, tuple[str, ...]]) -> tuple[int, int]:
    known = {row: _telling(line) for row, line in texts.items()}
    best = max(known, key=lambda row: (known[row], -row), default=0)
    if not best or known[best] < min(1.5, max(map(len, texts.values()))):
        raise FileRefused(table.file, Code.HEADING_NOT_FOUND, looked=LOOKED_AT)
    if best + 1 in texts and _continues(texts[best], texts[best + 1], known[best + 1]):
        return best, best + 1
    if best - 1 in texts and _groups(texts[best - 1], texts[best]):
        return best - 1, best
    return best, best


def _telling(line: tuple[str, ...]) -> float:
    """How much of the row are headings: our own words count fully, what only contains them half."""
    fields: dict[str, float] = {}
    for cell in line:
        if (
            cell
            and len(cell) <= LONGEST_HEADING
            and (found := meanings((cell,)))
            and found[0].score >= ENOUGH
        ):
            weight = 1.0 if exact(cell) else 0.5
            fields[found[0].field] = max(fields.get(found[0].field, 0), weight)
    return sum(fields.values())


def _continues(upper: tuple[str, ...], lower: tuple[str, ...], known: float) -> bool:
    """Is the row below a second row of the heading: parts of groups, a translation, or the same once more?"""
    if not known or any(_is_a_number(cell) for cell in lower):
        return False
    wide = max(len(upper), len(lower))
    pairs = list(zip(upper + ("",) * (wide - len(upper)), lower + ("",) * (wide - len(lower)), strict=True))
    if all(not down or up == down for up, down in pairs):
        return True
    if any(
        down and not _goes_with(pairs[at][0], down, pairs[at + 1 : at + 2])
        for at, (_, down) in enumerate(pairs)
    ):
        return False
    told = [down for up, down in pairs if down and up != down]
    return sum(exact(cell) is not None for cell in told) * 2 > len(told) - 1


def _goes_with(up: str, down: str, right: list[tuple[str, str]]) -> bool:
    """A cell below a heading goes with it if that one stands for a group, or means the same."""
    above, below = exact(up), exact(down)
    a_group = bool(right) and not right[0][0]
    return not up or a_group or above is None or (below is not None and below.field == above.field)


def _groups(upper: tuple[str, ...], lower: tuple[str, ...]) -> bool:
    """Does the row above name groups of the columns below it?"""
    told = {cell for cell in upper if cell}
    if len(told) < 2 or any(":" in cell or "：" in cell or _is_a_number(cell) for cell in told):
        return False
    gaps = [not after for before, after in pairwise(upper) if before]
    return len(upper) < len(lower) or any(gaps) or len(told) < len([cell for cell in upper if cell])


def _parts(table: Table, lines: list[tuple[str, ...]], first: int) -> tuple[tuple[str, ...], ...]:
    wide = max(map(len, lines))
    filled = [list(line + ("",) * (wide - len(line))) for line in lines]
    for top, bottom, left, right in table.merged:
        if not first <= top < first + len(filled) or left >= wide:
            continue
        for at in range(top - first, min(bottom - first + 1, len(filled))):
            for column in range(left, min(right + 1, wide)):
                filled[at][column] = filled[top - first][left]
    if not table.merged:
        for upper, lower in pairwise(filled):
            for column in range(1, wide):
                if not upper[column] and lower[column]:
                    upper[column] = upper[column - 1]
    return tuple(tuple(dict.fromkeys(line[column] for line in filled)) for column in range(wide))


def _is_a_number(cell: str) -> bool:
    return cell.replace(".", "").replace(",", "").replace("-", "").isdecimal()


def _refuse_secret(table: Table, lines: list[tuple[str, ...]]) -> None:
    if any(_SECRET_TITLE.search(cell) for line in lines for cell in line):
        raise FileRefused(table.file, Code.SECRET_FILE)
