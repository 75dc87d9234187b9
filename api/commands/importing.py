"""`gongwu import register`, `gongwu import transfers`, `gongwu import undo`."""

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from uuid import UUID

import click

from api.commands.opening import opened
from api.imports import undo as undoing
from api.imports.files import open_table
from api.imports.follower import Follower, calm_gc
from api.imports.mapping import NO_MAPPING, Mapping, read_mapping
from api.imports.plan import Plan, make_plan
from api.imports.record import import_transfers
from api.imports.register import import_register, staged
from api.imports.run import Tally
from api.imports.table import Table
from api.imports.transfers import read_cancellations, read_shipments
from api.imports.verdicts import FileRefused, Verdict
from api.installation import Installation, Refused
from api.lookup import Ambiguous, body_of
from api.terminal import REFUSED, ROWS_WITH_ERRORS, USAGE, Failed, Step, Terminal
from api.wording import refusal

WORTH_A_PROCESS = 400_000
"""Files of more bytes than this get a second process for the projections."""
SHOWN = 20

a_file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group(name="import")
def import_() -> None:
    """Take over what other systems know. Shown first, confirmed, then written in chunks; an interrupted import is gone on with."""


@import_.command()
@click.argument("file", type=a_file)
@click.option(
    "--body",
    "body_said",
    help="Whose register it is: id, code or exact name [the root body, where rows name none].",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=a_file,
    help="What the columns mean, where the guess is wrong (TOML or JSON).",
)
@click.option("--sheet", help="Sheet of a workbook: name, or number from 1 [1].")
@click.option("--encoding", help="Encoding of a CSV file [guessed, strictly].")
@click.option("--currency", default="CNY", show_default=True, help="Currency of amounts that name none.")
@click.option(
    "--on-error",
    type=click.Choice(["skip", "abort"]),
    default="skip",
    show_default=True,
    help="What rows with errors do.",
)
@click.option("--dry-run", is_flag=True, help="Show what would become of the rows; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def register(
    terminal: Terminal, *, file: Path, body_said: str | None, mapping_file: Path | None, sheet: str | None, encoding: str | None,
    currency: str, on_error: str, dry_run: bool, yes: bool,
) -> None:  # fmt: skip
    """Take over an old asset register (CSV or XLSX): every row becomes a card, or has one verdict."""
    plan = _plan(terminal, file, mapping_file, sheet, encoding, currency)
    _show(terminal, plan)
    needs_staging = dry_run or on_error == "abort" or _somebody_is_asked(yes)
    with opened(terminal) as installation:
        whose = _whose(installation, body_said)
        if needs_staging:
            with terminal.progress("read") as step:
                tally = staged(plan, terminal.language, step)
            _report(terminal, tally, "can be read" if dry_run else "to be taken over")
            if dry_run:
                _end(terminal, tally, dry_run=True)
                return
            if on_error == "abort" and tally.wrong:
                tally.skipped, tally.created = tally.skipped + tally.created, 0
                _end(terminal, tally)
                return
            _confirm(yes, f"Take over {tally.created} cards?")
        with Work(terminal, installation, [plan.table], "import") as step_by:
            tally = import_register(installation, plan, whose, terminal.language, step_by.step)
    _report(terminal, tally, "created")
    _end(terminal, tally)


@import_.command()
@click.argument("shipments", type=a_file, nargs=-1)
@click.option(
    "--cancellations",
    type=a_file,
    multiple=True,
    help="Requests that were closed without a shipment; may be given again.",
)
@click.option("--dry-run", is_flag=True, help="Show what would become of the rows; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def transfers(
    terminal: Terminal, shipments: tuple[Path, ...], cancellations: tuple[Path, ...], dry_run: bool, yes: bool
) -> None:
    """Take over the US record of excess property that was passed on: shipments as lots, cancellations as past requests."""
    if not shipments and not cancellations:
        raise Failed(USAGE, "USAGE", "give the files of shipments, or --cancellations")
    today = datetime.now(UTC).date()
    try:
        tables, others = _by_heading(
            [open_table(one) for one in shipments], [open_table(one) for one in cancellations]
        )
        if dry_run or _somebody_is_asked(yes):
            tally = _staged_transfers(terminal, tables, others)
            _report(terminal, tally, "can be read" if dry_run else "to be taken over")
            if dry_run:
                _end(terminal, tally, dry_run=True)
                return
            _confirm(yes, f"Take over {tally.created} rows?")
        with (
            opened(terminal) as installation,
            Work(terminal, installation, [*tables, *others], "import") as work,
        ):
            tally = import_transfers(
                installation, tables, others, today=today, language=terminal.language, progress=work.step
            )
    except FileRefused as no:
        raise _file_refused(terminal, no) from None
    except Refused as no:
        raise Failed(REFUSED, no.decided.refused, refusal(no.decided, terminal.language)) from None
    _report(terminal, tally, "created")
    _end(terminal, tally)


@import_.command()
@click.argument("sha256")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def undo(terminal: Terminal, sha256: str, yes: bool) -> None:
    """Take an import back, by the SHA-256 of its file (`gongwu status`), while nothing else has touched its cards."""
    with opened(terminal) as installation:
        cards = undoing.cards_of(installation, sha256)
        if not cards:
            raise Failed(REFUSED, "NOTHING_TO_UNDO", f"no card comes from a file with the SHA-256 {sha256}")
        touched = undoing.touched(installation, sha256, cards)
        if touched:
            raise Failed(
                REFUSED,
                "CARDS_TOUCHED",
                f"something else has happened to {touched} of its {len(cards)} cards",
                touched=touched,
            )
        if not yes and not sys.stdin.isatty():
            raise Failed(USAGE, "USAGE", "nobody is there to confirm: say --yes")
        _confirm(yes, f"Take {len(cards)} cards back?")
        try:
            with terminal.progress("undo", len(cards)) as step:
                done = undoing.undo(installation, sha256, cards, step)
        except Refused as no:
            raise Failed(REFUSED, no.decided.refused, refusal(no.decided, terminal.language)) from None
        installation.runner.catch_up()
    terminal.say(f"{done.undone} cards taken back, {done.restored} say again what they said before.")
    terminal.result({"sha256": sha256, "undone": done.undone, "restored": done.restored})


class Work:
    """A long import: bar, second process, projections caught up at the end."""

    def __init__(
        self, terminal: Terminal, installation: Installation, tables: Sequence[Table], what: str
    ) -> None:
        size = sum(table.path.stat().st_size for table in tables)
        self._follower = Follower(
            installation.logins.projector, installation.runner, wanted=size > WORTH_A_PROCESS
        )
        self._bar = terminal.progress(what)
        self._step: Step | None = None

    def step(self, done: int) -> None:
        if self._step is not None:
            self._step(done)

    def __enter__(self) -> Self:
        calm_gc()
        self._step = self._bar.__enter__()
        self._follower.__enter__()
        return self

    def __exit__(self, *what: object) -> None:
        try:
            self._follower.__exit__(*what)  # type: ignore[arg-type]  # the three of every `with`
        finally:
            self._bar.__exit__(*what)  # type: ignore[arg-type]  # passed on as it came


def _plan(
    terminal: Terminal,
    file: Path,
    mapping_file: Path | None,
    sheet: str | None,
    encoding: str | None,
    currency: str,
) -> Plan:
    try:
        mapping: Mapping = read_mapping(mapping_file) if mapping_file else NO_MAPPING
        which = int(sheet) if sheet and sheet.isdecimal() else sheet
        table = open_table(
            file,
            encoding=encoding or mapping.encoding,
            delimiter=mapping.delimiter,
            sheet=mapping.sheet if which is None else which,
        )
        return make_plan(table, today=datetime.now(UTC).date(), mapping=mapping, currency=currency)
    except FileRefused as no:
        raise _file_refused(terminal, no) from None


def _file_refused(terminal: Terminal, no: FileRefused) -> Failed:
    told = no.verdict.as_json(terminal.language)
    return Failed(
        REFUSED,
        str(no.verdict.code),
        f"{no.verdict.file}: {told['message']}",
        **{k: told[k] for k in ("file", "row", "also")},
    )


def _whose(installation: Installation, said: str | None) -> UUID | None:
    if said is None:
        return None
    installation.runner.catch_up()
    try:
        with installation.reader.connection() as connection:
            return body_of(connection, said)
    except Ambiguous as error:
        raise Failed(USAGE, "USAGE", str(error)) from None


def _show(terminal: Terminal, plan: Plan) -> None:
    told = plan.as_json()
    about = {
        name: told[name]
        for name in ("file", "sha256", "kind", "encoding", "sheet", "body", "currency", "cut_off")
        if told[name]
    }
    terminal.table(["what", "as read"], list(about.items()))
    columns = [
        (column.heading, column.field or "–", f"{column.score:.2f}") for column in plan.columns.columns
    ]
    terminal.table(["heading", "meaning", "score"], columns, "Columns")


def _staged_transfers(terminal: Terminal, tables: Sequence[Table], others: Sequence[Table]) -> Tally:
    tally, today = Tally(), datetime.now(UTC).date()
    for outcomes in (read_shipments(tables, today=today), read_cancellations(others, today=today)):
        for one in outcomes:
            if isinstance(one, Verdict):
                tally.verdict(one, terminal.language)
            else:
                tally.rows += 1
                tally.created += 1
    return tally


def _report(terminal: Terminal, tally: Tally, created: str) -> None:
    others = f"{tally.updated} updated, {tally.skipped} left out, {tally.wrong} with errors"
    terminal.say(f"{tally.rows} rows: {tally.created} {created}, {others}")
    if tally.errors:
        counted = Counter(
            (one["code"], one["message"] if len(one["message"]) < 90 else "") for one in tally.errors
        )
        terminal.table(
            ["rows", "code", "example"], [(n, code, said) for (code, said), n in counted.most_common(SHOWN)]
        )
        terminal.table(
            ["file", "row", "code", "what is wrong"],
            [
                (one["file"], one["row"], " ".join([one["code"], *one["also"]]), one["message"])
                for one in tally.errors[:SHOWN]
            ],
            f"The first {min(SHOWN, len(tally.errors))} rows with errors",
        )


def _somebody_is_asked(yes: bool) -> bool:
    """A person at a terminal confirms what is shown; a script has decided by calling (`--dry-run` only looks)."""
    return not yes and sys.stdin.isatty()


def _confirm(yes: bool, question: str) -> None:
    if _somebody_is_asked(yes):
        click.confirm(question, abort=True, err=True)


def _by_heading(shipments: list[Table], cancellations: list[Table]) -> tuple[list[Table], list[Table]]:
    """Each file is what its own heading says, on whichever side it was named."""
    found: dict[str, list[Table]] = {"shipments": [], "cancellations": []}
    for said, tables in (("shipments", shipments), ("cancellations", cancellations)):
        other = "cancellations" if said == "shipments" else "shipments"
        for table in tables:
            found[other if not _reads_as(said, table) and _reads_as(other, table) else said].append(table)
    return found["shipments"], found["cancellations"]


def _reads_as(kind: str, table: Table) -> bool:
    read = read_shipments if kind == "shipments" else read_cancellations
    try:
        next(read([table], today=datetime.now(UTC).date()), None)
    except FileRefused:
        return False
    return True


def _end(terminal: Terminal, tally: Tally, *, dry_run: bool = False) -> None:
    document = tally.as_json()
    terminal.result(document | {"dry_run": True} if dry_run else document)
    if tally.wrong:
        click.get_current_context().exit(ROWS_WITH_ERRORS)
