"""`gongwu labels print`, `blank`, `resume`, `stocks`, `calibrate`."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from api.commands.label_options import (
    a_file,
    force,
    must_be_free,
    nudge,
    nudge_of,
    on_paper,
    out,
    paper_of,
    plain_text,
    stock,
    stock_called,
    usage,
)
from api.commands.opening import opened
from api.commands.printing import finish, print_labels, printing_settings, say_
from api.imports import undo
from api.installation import Installation, Refused
from api.lookup import Ambiguous, body_of, place_of
from api.print_jobs import PrintJobs
from api.terminal import REFUSED, USAGE, Failed, Terminal
from api.wording import refusal
from domain.asset import Kind
from domain.label import LabelFor, LabelKind
from domain.papers.print_job import LabelLanguage, PrintForm, PrintJob, PrintState, ToPrint
from domain.texts import say
from domain.usecases.print_jobs import MOST_NAMED, MOST_PRINTED
from labels.calibration import calibration
from labels.stocks import STOCKS, Stock
from projections import codes, register
from projections.reach import EVERYTHING
from projections.register import Item

SHA256 = re.compile(r"[0-9a-fA-F]{64}")
CARRIED = 10
"""So many assets with the same code are named."""


@click.group()
def labels() -> None:
    """Labels on paper: sheets for an office printer (.pdf), rolls for a thermal printer (.zpl, .tspl)."""


@labels.command(name="print")
@click.option("--query", help="Everything with this in its name or as a number.")
@click.option(
    "--place", help="Everything in this warehouse, zone or bin: id, code, WAREHOUSE/CODE or exact name."
)
@click.option(
    "--import", "import_said", metavar="FILE|SHA256", help="Everything that came with this imported file."
)
@click.option("--asset", "numbers", multiple=True, metavar="NUMBER", help="This asset; may be given again.")
@click.option("--pieces", is_flag=True, help="Of a lot one label for each piece, instead of one for the lot.")
@click.option(
    "--again", is_flag=True, help="Also what has a printed label already, as a copy with the same code."
)
@on_paper()
@click.pass_obj
def print_(
    terminal: Terminal,
    /,
    query: str | None,
    place: str | None,
    import_said: str | None,
    numbers: tuple[str, ...],
    pieces: bool,
    **how: Any,
) -> None:
    """Print the labels of things. What has none yet gets one; every code is read back from the file before it is handed over."""
    said = {"--query": query, "--place": place, "--import": import_said, "--asset": numbers or None}
    given = [option for option, value in said.items() if value is not None]
    if len(given) != 1:
        raise usage(terminal, "one_selection")
    for option, value in said.items():
        for one in value if isinstance(value, tuple) else (value or "",):
            if not plain_text(terminal, option, one) and option in given:
                raise usage(terminal, "one_selection")
    paper = paper_of(terminal, **how)

    def wanted(app: Installation) -> ToPrint:
        if query is not None:
            return ToPrint(query=query.strip(), pieces=pieces)
        if place is not None:
            return ToPrint(place=_place(terminal, app, place), pieces=pieces)
        if import_said is not None:
            return ToPrint(file=_import(terminal, app, import_said), pieces=pieces)
        return ToPrint(things=_named(terminal, app, numbers, pieces=pieces))

    print_labels(terminal, paper, wanted)


@labels.command()
@click.option("--count", type=int, required=True, help="How many.")
@click.option("--body", "body_said", required=True, help="For whom: id, code or exact name.")
@on_paper(with_fields=False)
@click.pass_obj
def blank(terminal: Terminal, /, count: int, body_said: str, **how: Any) -> None:
    """Print blank labels: stuck on first, bound to a thing at their first scan."""
    if not 1 <= count <= MOST_PRINTED:
        raise usage(terminal, "count", count=count, most=MOST_PRINTED)
    said = plain_text(terminal, "--body", body_said)
    paper = paper_of(terminal, **how)

    def wanted(app: Installation) -> ToPrint:
        try:
            with app.reader.connection() as connection:
                return ToPrint(blanks=count, body=body_of(connection, said))
        except Ambiguous:
            raise usage(terminal, "not_found", said=said) from None

    print_labels(terminal, paper, wanted)


@labels.command()
@click.argument("job", type=click.UUID)
@out
@force
@click.pass_obj
def resume(terminal: Terminal, job: UUID, out: Path, force: bool) -> None:
    """Go on with a print job that was stopped, or had failed, and fetch its file."""
    must_be_free(terminal, out, force=force)
    with opened(terminal, printing_settings(terminal)) as app:
        app.runner.catch_up()
        rows = app.recorder.read([job])[job]
        if not rows or not rows[0].topic.startswith(f"{PrintJob.KIND}."):
            raise Failed(REFUSED, "UNKNOWN", _said(terminal, "no_job", job=job))
        try:
            if PrintJobs(app).standing(job).state is PrintState.FAILED:
                app.console("take_up_print_job", job=job)
        except Refused as no:
            raise Failed(REFUSED, no.decided.refused, refusal(no.decided, terminal.language)) from None
        finish(terminal, app, job, out, force=force)


@labels.command()
@click.pass_obj
def stocks(terminal: Terminal) -> None:
    """Which labels can be printed on."""
    found = [
        {
            "stock": one.name, "title": one.title, "media": one.media.value, "page_mm": list(one.page), "label_mm": [one.wide, one.high],
            "labels": one.per_page, "code_mm": one.code, "dpi": one.dpi or None, "forms": _forms(one),
        }
        for one in STOCKS.values()
    ]  # fmt: skip
    terminal.table(
        ["stock", "", "label (mm)", "on a page", "page (mm)", "code (mm)", "forms"],
        [
            (one.name, one.title, f"{one.wide:g} × {one.high:g}", one.per_page, f"{one.page[0]:g} × {one.page[1]:g}", f"{one.code:g}",
             " ".join(_forms(one)))
            for one in STOCKS.values()
        ],
    )  # fmt: skip
    terminal.result({"stocks": found})


@labels.command()
@stock
@nudge
@click.option(
    "--lang",
    "lang_said",
    type=click.Choice([one.value for one in LabelLanguage]),
    default="both",
    show_default=True,
    help="Language on the page.",
)
@click.option("--out", required=True, type=a_file, metavar="FILE.pdf", help="Where to.")
@force
@click.pass_obj
def calibrate(
    terminal: Terminal, stock_name: str, nudge_said: str, lang_said: str, out: Path, force: bool
) -> None:
    """A page with rulers and the outline of every label: does this printer hit them, and by how much does it miss?"""
    one = stock_called(terminal, stock_name)
    x, y = nudge_of(terminal, nudge_said)
    if out.suffix.lower() != ".pdf":
        raise usage(terminal, "ending", file=out, endings=".pdf")
    must_be_free(terminal, out, force=force)
    page = calibration(one, nudge=(x / 10, y / 10), lang=LabelLanguage(lang_said).value)
    beside = out.with_name(f".{out.name}.part")
    try:
        beside.write_bytes(page)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    say_(terminal, "calibrated", file=out)
    terminal.result({"file": str(out), "stock": one.name, "bytes": len(page)})


def _forms(stock: Stock) -> list[str]:
    return [form.value for form in PrintForm if form is PrintForm.PDF or stock.dots]


def _place(terminal: Terminal, app: Installation, said: str) -> UUID:
    try:
        with app.reader.connection() as connection:
            return place_of(connection, said)
    except Ambiguous:
        raise usage(terminal, "not_found", said=said) from None


def _import(terminal: Terminal, app: Installation, said: str) -> str:
    """The hash of an import, of which there are cards."""
    sha256 = said.strip().lower()
    if not SHA256.fullmatch(sha256):
        try:
            with Path(said).open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise Failed(USAGE, "USAGE", f"{said}: {error.strerror or error}") from None
    if not undo.cards_of(app, sha256):
        raise Failed(REFUSED, "NOT_IMPORTED", _said(terminal, "no_import", said=said))
    return sha256


def _named(
    terminal: Terminal, app: Installation, numbers: Sequence[str], *, pieces: bool
) -> tuple[LabelFor, ...]:
    """The labels of assets that were named one by one; twice is once."""
    found: dict[str, LabelFor] = {}
    for said in numbers:
        item = _asset(terminal, app, said)
        whole = [LabelFor(kind=LabelKind.ASSET, thing=item.asset)]
        parts = [
            LabelFor(kind=LabelKind.PIECE, thing=item.asset, piece=n) for n in range(1, item.quantity + 1)
        ]
        for one in parts if pieces and item.kind == Kind.LOT else whole:
            found[one.key] = one
            if len(found) > MOST_NAMED:
                raise usage(terminal, "too_many_named", count=len(found), most=MOST_NAMED)
    return tuple(found.values())


def _asset(terminal: Terminal, app: Installation, said: str) -> Item:
    """By whatever number it carries, if it is the only one."""
    with app.reader.connection() as connection:
        carriers = codes.find(connection, EVERYTHING, said, most=CARRIED, now=datetime.now(UTC)).matches
        items = register.many(connection, EVERYTHING, [one.thing for one in carriers if one.kind == "asset"])
    exact = [one for one in items if one.number == said.strip().upper()] or items
    if not exact:
        raise Failed(REFUSED, "UNKNOWN", _said(terminal, "no_asset", said=said))
    if len(exact) > 1:
        raise Failed(
            REFUSED,
            "AMBIGUOUS",
            _said(terminal, "several_assets", said=said, numbers=", ".join(one.number for one in exact)),
        )
    return exact[0]


def _said(terminal: Terminal, key: str, **values: object) -> str:
    return say(terminal.language, f"printing.{key}", **values)
