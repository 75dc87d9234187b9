"""Which file do labels become? Sheets as PDF, or what a thermal printer takes; and what of it came out as □."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from domain.papers.print_job import LabelLanguage, PrintForm, PrintJobAsked
from labels.label import LabelPaper, Lang, unprintable
from labels.qr import symbol
from labels.sheet_pdf import Sheets
from labels.stocks import Stock
from labels.tspl import print_tspl
from labels.zpl import print_zpl

TOLD = 50
"""So many labels that do not read, or characters without a glyph, are named."""
_LANGUAGES: dict[LabelLanguage, Lang] = {
    LabelLanguage.ZH: "zh",
    LabelLanguage.EN: "en",
    LabelLanguage.BOTH: "both",
}


class Told(Protocol):
    """Who is told how far a job is: `what` is drawn, written or read; of how many, once that is known."""

    def __call__(self, what: str, done: int, of: int | None) -> None: ...


def nobody(what: str, done: int, of: int | None) -> None:
    """Nobody looks."""


class Written(NamedTuple):
    """The file, and what came out as □: a label's number and the characters."""

    file: bytes
    pages: int
    lacking: tuple[str, ...]


def write(papers: Sequence[LabelPaper], asked: PrintJobAsked, stock: Stock, told: Told = nobody) -> Written:
    """The labels as the file that was asked for."""
    nudge, lang = (asked.nudge_x / 10, asked.nudge_y / 10), _LANGUAGES[asked.language]
    lacking = tuple(
        dict.fromkeys(
            f"{one.number or one.token}: {trouble.text}" for one in papers for trouble in unprintable(one)
        )
    )
    if asked.form is not PrintForm.PDF:
        printed = print_zpl if asked.form is PrintForm.ZPL else print_tspl
        return Written(printed(papers, stock, nudge=nudge, lang=lang), len(papers), lacking[:TOLD])
    sheets = Sheets(stock, start=asked.start, nudge=nudge, lang=lang, guides=asked.guides)
    for done, paper in enumerate(papers, 1):
        sheets.label(paper, symbol(paper.payload))
        if done % stock.per_page == 0:
            told("written", done, len(papers))
    return Written(sheets.done(), sheets.pages, lacking[:TOLD])
