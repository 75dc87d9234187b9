"""What labels are printed on and how: the options of `gongwu labels`, checked before a database is opened."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from api.terminal import USAGE, Failed, Terminal
from domain.papers.print_job import LabelField, LabelLanguage, PrintForm
from domain.texts import say
from labels.stocks import FURTHEST, STOCKS, Stock

ENDINGS = {".pdf": PrintForm.PDF, ".zpl": PrintForm.ZPL, ".tspl": PrintForm.TSPL}
_NUDGE = re.compile(r"\s*([+-]?\d{1,3}(?:\.\d0*)?)\s*[,，]\s*([+-]?\d{1,3}(?:\.\d0*)?)\s*")


class Paper(NamedTuple):
    """How and where to print: all options that need no database, checked."""

    stock: Stock
    form: PrintForm
    start: int
    nudge: tuple[int, int]
    language: LabelLanguage
    fields: tuple[LabelField, ...]
    again: bool
    guides: bool
    out: Path
    force: bool


a_file = click.Path(path_type=Path)
stock = click.option(
    "--stock", "stock_name", required=True, metavar="STOCK", help="Which labels: see `gongwu labels stocks`."
)
start = click.option(
    "--start", type=int, default=1, show_default=True, help="First free label of a sheet that was begun."
)
nudge = click.option(
    "--nudge",
    "nudge_said",
    default="0,0",
    show_default=True,
    metavar="X,Y",
    help="Move everything right and down, in mm, steps of 0.1.",
)
lang = click.option(
    "--lang",
    "lang_said",
    type=click.Choice([one.value for one in LabelLanguage]),
    default="zh",
    show_default=True,
    help="Language on the labels.",
)
out = click.option(
    "--out", required=True, type=a_file, metavar="FILE.pdf|.zpl|.tspl", help="Where to; the ending says what."
)
force = click.option("--force", is_flag=True, help="Overwrite the file.")
guides = click.option(
    "--guides", is_flag=True, help="Print the outline of every label, for sheets that are cut."
)
fields = click.option(
    "--field",
    "fields",
    multiple=True,
    type=click.Choice([one.value for one in LabelField]),
    help="What else stands on it; may be given again.",
)


def on_paper(*, with_fields: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options that all labels share."""
    options = (stock, start, nudge, lang, *((fields,) if with_fields else ()), guides, out, force)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def paper_of(
    terminal: Terminal, *, stock_name: str, start: int, nudge_said: str, lang_said: str, guides: bool, out: Path, force: bool,
    fields: Sequence[str] = (), again: bool = False,
) -> Paper:  # fmt: skip
    """The options that need no database, checked in the order in which they are typed."""
    one = stock_called(terminal, stock_name)
    twice = next((name for name in fields if list(fields).count(name) > 1), None)
    if twice is not None:
        raise usage(terminal, "field_twice", said=twice)
    paper = Paper(
        one, form_of(terminal, out, one), start_on(terminal, start, one), nudge_of(terminal, nudge_said), LabelLanguage(lang_said),
        tuple(LabelField(name) for name in fields), again, guides, out, force,
    )  # fmt: skip
    must_be_free(terminal, out, force=force)
    return paper


def usage(terminal: Terminal, key: str, **values: object) -> Failed:
    """A usage error in the language of whoever sits there."""
    return Failed(USAGE, "USAGE", say(terminal.language, f"printing.{key}", **values))


def plain_text(terminal: Terminal, option: str, said: str) -> str:
    """What was typed, if it is text: bytes of another encoding are not."""
    try:
        said.encode()
    except UnicodeEncodeError:
        raise usage(terminal, "no_text", option=option) from None
    return said.strip()


def stock_called(terminal: Terminal, name: str) -> Stock:
    """By its name, capitals or not."""
    found = next((one for one in STOCKS.values() if one.name.lower() == name.strip().lower()), None)
    if found is None:
        raise usage(terminal, "unknown_stock", stock=_shown(name), stocks=", ".join(STOCKS))
    return found


def form_of(terminal: Terminal, out: Path, stock: Stock) -> PrintForm:
    """What a file of this name is, and whether such labels can be printed that way."""
    form = ENDINGS.get(out.suffix.lower())
    if form is None:
        raise usage(terminal, "ending", file=_shown(str(out)), endings=", ".join(ENDINGS))
    if form is not PrintForm.PDF and not stock.dots:
        thermal = ", ".join(one.name for one in STOCKS.values() if one.dots)
        raise usage(terminal, "not_thermal", stock=stock.name, form=form.value, stocks=thermal)
    return form


def start_on(terminal: Terminal, start: int, stock: Stock) -> int:
    """A label of the sheet."""
    if not 1 <= start <= stock.per_page:
        raise usage(terminal, "start", start=start, stock=stock.name, most=stock.per_page)
    return start


def nudge_of(terminal: Terminal, said: str) -> tuple[int, int]:
    """Tenths of a millimetre to the right and down."""
    found = _NUDGE.fullmatch(said)
    tenths = tuple(round(float(one) * 10) for one in found.groups()) if found else ()
    if not tenths or any(abs(one) > FURTHEST * 10 for one in tenths):
        raise usage(terminal, "nudge", said=_shown(said), most=f"{FURTHEST:g}")
    return tenths[0], tenths[1]


def must_be_free(terminal: Terminal, out: Path, *, force: bool) -> None:
    """Before any work is done for it: a file can be written there, and none is overwritten unasked."""
    folder = out.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise usage(terminal, "no_folder", folder=_shown(str(folder)))
    if out.is_dir():
        raise usage(terminal, "is_folder", file=_shown(str(out)))
    if not force and (out.exists() or out.is_symlink()):
        raise usage(terminal, "exists", file=_shown(str(out)))


def _shown(said: str) -> str:
    """As much of what was typed as a sentence bears."""
    return said.encode(errors="replace").decode()[:200]
