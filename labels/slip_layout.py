"""Where does everything on a slip go, and on which page?

Everything is measured before anything is drawn: the first page says how many there are. In millimetres.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from domain.texts import LANGUAGES, Language, say
from domain.values import Condition
from labels.capitals import in_capitals
from labels.ink import wrap
from labels.slip import Party, SlipKind, SlipLine, SlipPaper, unprintable

Lang = Literal["zh", "en", "both"]

LEFT, RIGHT, BOTTOM = 22.0, 198.0, 281.0
TEXT, LEAD, SMALL, SMALL_LEAD = 8.5, 3.9, 7.0, 3.3
PAD, INFO_LABEL, SUM_ROW, SIGN_BOX = 1.5, 26.0, 6.6, 36.0
TALLEST = 14  # lines of a row; what is longer goes on in a row marked "continued"


class TooLongToPrint(Exception):
    """The texts above or below the list leave no room for the list."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    key: str
    x: float
    wide: float
    align: Literal["left", "centre", "right"] = "left"
    size: float = 8.5


COLUMNS = (
    Column("line", 22, 8, "centre"),
    Column("property_number", 30, 33),
    Column("name", 63, 39),
    Column("model", 102, 32),
    Column("unit", 134, 11, "centre"),
    Column("quantity", 145, 12, "right"),
    Column("condition", 157, 17, "centre", 7.5),
    Column("value", 174, 24, "right"),
)
NAME, QUANTITY, VALUE = COLUMNS[2], COLUMNS[5], COLUMNS[7]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, or a part of one that is too tall; `extra` below it names the accessories."""

    cells: tuple[list[str], ...]
    extra: list[str]
    quantity: int
    value: Decimal
    main: float
    high: float


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value above the list; two narrow ones share a line."""

    key: str
    lines: list[str]
    x: float
    wide: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A slip, measured."""

    pages: list[list[Row]]
    fields: list[tuple[float, list[Field]]]
    notice: list[str]
    remarks: list[str]
    gaps: list[str]
    capitals: str
    first_list: float
    later_list: float
    head: float


class Words:
    """The fixed words in the languages of this print, Chinese first."""

    def __init__(self, lang: Lang) -> None:
        self.languages: tuple[Language, ...] = LANGUAGES if lang == "both" else (lang,)

    def all(self, key: str, **values: object) -> list[str]:
        return [say(language, f"slip.{key}", **values) for language in self.languages]

    def one(self, key: str, **values: object) -> str:
        return "  ".join(self.all(key, **values))


def lay_out(paper: SlipPaper, words: Words) -> Layout:
    """Measures everything and deals the rows out to pages."""
    high = 9.0 if len(words.languages) > 1 else 7.0
    fields = _fields(paper, words)
    notice = (
        []
        if paper.void is None
        else [
            line
            for text in words.all("void_reason", reason=paper.void)
            for line in wrap(text, RIGHT - LEFT - 6, TEXT)
        ]
    )
    gaps = _gaps(paper, words)
    late = words.one("recorded_late", date=paper.recorded.isoformat()) if paper.recorded else ""
    remarks = [
        line for text in (late, paper.remarks) for line in wrap(text, RIGHT - LEFT - INFO_LABEL - 4, TEXT)
    ] or words.all("none")[:1]
    capitals = ""
    if paper.currency == "CNY" and "zh" in words.languages:
        capitals = in_capitals(
            sum((line.value.amount for line in paper.lines if line.value is not None), Decimal())
        )
    first = 39.5 + (len(notice) * LEAD + 4 if notice else 0) + sum(tall for tall, _ in fields) + 5.5
    later = 27.0
    closing = (
        SUM_ROW + (SUM_ROW if capitals else 0) + tall(remarks) + (tall(gaps) if gaps else 0) + 5 + SIGN_BOX
    )
    rows = [row for at, line in enumerate(paper.lines, 1) for row in _rows(at, line, words, paper.currency)]
    pages = paginate(rows, BOTTOM - first - high, BOTTOM - later - high, closing)
    return Layout(pages, fields, notice, remarks, gaps, capitals, first, later, high)


def paginate(rows: Sequence[Row], first: float, later: float, closing: float) -> list[list[Row]]:
    """Fills page after page, each with its carried-forward line.

    The last also holds the closing part and, if there is any list at all, at least one row of it.
    """
    if first < SUM_ROW or later < SUM_ROW + closing + max((row.high for row in rows), default=0):
        raise TooLongToPrint
    pages: list[list[Row]] = []
    left = list(rows)
    room = first
    rest = sum(row.high for row in rows)
    while rest + closing > room:
        page: list[Row] = []
        used = SUM_ROW
        while len(left) > 1 and used + left[0].high <= room:
            used += left[0].high
            rest -= left[0].high
            page.append(left.pop(0))
        pages.append(page)
        room = later - SUM_ROW
    return [*pages, left]


def tall(lines: Sequence[str], lead: float = LEAD) -> float:
    """How much room the lines take in a box."""
    return max(1, len(lines)) * lead + 2 * PAD - 0.3


def shown(amount: Decimal | None, currency: str = "") -> str:
    """1,234.50; nothing known is a dash, not a zero."""
    return "—" if amount is None else f"{currency} {amount:,.2f}".strip()


def _fields(paper: SlipPaper, words: Words) -> list[tuple[float, list[Field]]]:
    """The labelled values above the list, line by line with the height of each."""
    lends = paper.kind is SlipKind.LOAN
    half, full = (RIGHT - LEFT) / 2, RIGHT - LEFT
    issued = f"{paper.issued_at:%Y-%m-%d %H:%M} (UTC{paper.issued_at.isoformat(timespec='minutes')[16:]})"
    due = paper.due.isoformat() if paper.due else ""
    lines: list[list[tuple[str, str]]] = [
        [("number", paper.number), ("issued", issued)],
        [("warehouse", paper.warehouse), ("series", str(paper.year))],
        [("lender" if lends else "giver", paper.giver.body), ("person", paper.giver.person)],
        [("borrower" if lends else "receiver", paper.receiver.body), ("person", paper.receiver.person)],
        [("basis", paper.basis), ("due", due)] if due else [("basis", paper.basis)],
    ]
    lines += [[(key, text)] for key, text in (("request", paper.request), ("purpose", paper.purpose)) if text]
    if paper.related:
        lines.append([("related", ", ".join(paper.related))])
    laid = []
    for line in lines:
        wide = half if len(line) == 2 else full
        cells = [
            Field(key, wrap(text, wide - INFO_LABEL - 4, TEXT + 0.5) or ["—"], LEFT + at * half, wide)
            for at, (key, text) in enumerate(line)
        ]
        laid.append((max(tall(cell.lines) for cell in cells), cells))
    return laid


def _gaps(paper: SlipPaper, words: Words) -> list[str]:
    """Says on the paper itself which characters it does not show."""
    lacking = unprintable(paper)
    if not lacking:
        return []
    named = ", ".join(dict.fromkeys(one.code_point for one in lacking))
    return [
        line
        for text in words.all("missing_glyphs", characters=named)
        for line in wrap(text, RIGHT - LEFT - 6, SMALL)
    ]


def _rows(at: int, line: SlipLine, words: Words, currency: str | None) -> list[Row]:
    cells = _cells(at, line, words, currency)
    extra = _extra(line, words)
    worth = line.value.amount if line.value is not None else Decimal()
    rows: list[Row] = []
    for start in range(0, max(map(len, cells)), TALLEST):
        piece = tuple(cell[start : start + TALLEST] for cell in cells)
        main = tall(max(piece, key=len))
        if start:
            mark = wrap(words.all("continued")[0], COLUMNS[0].wide, SMALL)
            rows.append(Row((mark, *piece[1:]), [], 0, Decimal(), main, main))
        else:
            rows.append(Row(piece, [], line.quantity, worth, main, main))
    if extra:
        rows[-1] = replace(rows[-1], extra=extra, high=rows[-1].main + tall(extra, SMALL_LEAD) - PAD)
    return rows


def _cells(at: int, line: SlipLine, words: Words, currency: str | None) -> list[list[str]]:
    """What stands in the columns. If the currencies differ (None), each value names its own."""
    value = shown(None)
    if line.value is not None:
        value = shown(line.value.amount, line.value.currency if currency is None else "")
    texts = (
        [str(at)],
        [line.property_number],
        [line.name],
        [line.model],
        [line.unit],
        [f"{line.quantity:,}"],
        words.all(f"condition_{line.condition}") if line.condition in set(Condition) else [line.condition],
        [value],
    )
    return [
        said
        if column.align == "right"
        else [part for text in said for part in wrap(text, column.wide - 2 * PAD, column.size)]
        for column, said in zip(COLUMNS, texts, strict=True)
    ]


def _extra(line: SlipLine, words: Words) -> list[str]:
    """What belongs to the thing and what was noted about it, across the line below."""
    said = [words.all("accessories", accessories=line.accessories)[0]] if line.accessories else []
    return [part for text in (*said, line.note) for part in wrap(text, RIGHT - NAME.x - 2 * PAD, SMALL)]


def parties_to_sign(paper: SlipPaper) -> tuple[tuple[str, Party], ...]:
    """The three signature boxes: both sides and who else must sign this kind of paper."""
    third = {SlipKind.HAND_OVER: "supervisor", SlipKind.GATE_PASS: "guard"}.get(paper.kind, "witness")
    return (("giver", paper.giver), ("receiver", paper.receiver), (third, paper.witness or Party("")))
