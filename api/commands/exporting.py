"""`gongwu export`: the register, or what a body has borrowed on a day, as CSV or Excel."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import click

from api.commands.opening import opened
from api.export import TooManyRows, Value, write_csv, write_xlsx
from api.imports.cards_in import CARD
from api.installation import Installation
from api.lookup import Ambiguous, body_of
from api.terminal import REFUSED, USAGE, Failed, Step, Terminal
from domain.place import HOME
from domain.texts import Language, say, word
from domain.values import Window
from projections import availability, borrowed, organisations, register
from projections.reach import EVERYTHING
from projections.register import AsOf, Item

COLUMNS = (
    "number", "card_number", "name", "class_code", "class_edition", "model", "serial", "quantity", "unit", "value", "currency",
    "depreciation", "net", "acquired", "use_state", "condition", "body", "custodian", "place", "availability", "custody", "remark",
)  # fmt: skip
BORROWED = (
    "number", "name", "model", "quantity", "unit", "borrowed.lender", "borrowed.borrower", "borrowed.loan", "borrowed.since",
    "borrowed.due", "borrowed.overdue",
)  # fmt: skip
PAGE = 2000


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "xlsx"]), help="[by the file's ending]")
@click.option("--body", "body_said", help="Only what this body holds: id, code or exact name.")
@click.option(
    "--borrowed-in", is_flag=True, help="What --body has borrowed (备查簿), instead of what it holds."
)
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]),
    help="With --borrowed-in: as it was at the end of this day of the administration (Asia/Shanghai), or at this instant.",
)  # fmt: skip
@click.pass_obj
def export(
    terminal: Terminal,
    file: Path,
    form: str | None,
    body_said: str | None,
    borrowed_in: bool,
    on: datetime | None,
) -> None:
    """Write the register out, as it is now, to a CSV or Excel file; or what a body has borrowed, on any day."""
    form = form or file.suffix.lower().lstrip(".")
    if form not in ("csv", "xlsx"):
        raise Failed(USAGE, "USAGE", "name the file .csv or .xlsx, or give --format")
    if (borrowed_in and not body_said) or (on and not borrowed_in):
        raise Failed(USAGE, "USAGE", "--borrowed-in needs --body, and --on needs --borrowed-in")
    with opened(terminal) as installation, terminal.progress("export") as step:
        installation.runner.catch_up()
        try:
            with installation.reader.connection() as connection:
                body = body_of(connection, body_said) if body_said else None
        except Ambiguous as error:
            raise Failed(USAGE, "USAGE", str(error)) from None
        rows: Iterator[tuple[Value, ...]] = _rows(installation, body, terminal.language, step)
        columns: tuple[str, ...] = COLUMNS
        if borrowed_in and body:
            rows, columns = _borrowed(installation, body, _moment(on), terminal.language, step), BORROWED
        beside = file.with_name(
            f".{file.name}.part"
        )  # a stopped export leaves no half of a file under its name
        try:
            if form == "csv":
                with beside.open("w", encoding="utf-8", newline="") as stream:
                    written = write_csv(stream, columns, rows, terminal.language)
            else:
                written = write_xlsx(beside, columns, rows, terminal.language)
            beside.replace(file)
        except TooManyRows:
            raise Failed(
                REFUSED, "TOO_MANY_ROWS", "one sheet cannot hold so many rows: write a CSV"
            ) from None
        finally:
            beside.unlink(missing_ok=True)
    terminal.say(f"{written} rows written to {file}")
    terminal.result({"file": str(file), "rows": written})


def _rows(
    installation: Installation, body: UUID | None, language: Language, step: Step
) -> Iterator[tuple[Value, ...]]:
    after: tuple[str, UUID] | None = None
    now = datetime.now(UTC)
    where = (
        "a.existence NOT IN ('undone', 'merged', 'itemised')",
        *(("a.holder = %(only)s",) if body else ()),
    )
    done = 0
    while True:
        with installation.reader.connection() as connection:
            items = register.page(
                connection, EVERYTHING, after=after, first=PAGE, where=where, values={"only": body}
            )
            if not items:
                return
            ids = {one.holder for one in items} | {one.custody_body for one in items}
            names = organisations.names(connection, list(ids))
            cards = {
                row.asset: row.number
                for row in register.numbers(connection, [one.asset for one in items])
                if row.issuer == CARD
            }
        people = installation.directory.names({one.custody_person for one in items if one.custody_person})
        for one in items:
            yield _row(one, cards.get(one.asset, ""), names, people, language, now)
        done += len(items)
        step(done)
        after = (items[-1].number, items[-1].asset)


def _row(
    one: Item, card: str, names: dict[UUID, str], people: dict[UUID, str], language: Language, now: datetime
) -> tuple[Value, ...]:
    at_once = Window(now, now + timedelta.resolution)
    free = "free" if availability.free_then(one, at_once, now) > 0 else "lent" if one.lent else "taken"
    return (
        one.number, card, one.name, one.class_code, f"{one.class_scheme} {one.class_edition}" if one.class_code else None, one.model,
        one.serial, one.quantity, one.unit, one.original, one.currency, one.accumulated, one.net, one.acquired, one.use_said,
        word(language, one.condition), names.get(one.holder, ""), people.get(one.custody_person, "") if one.custody_person else "",
        one.place_name or one.place_said, word(language, free), names.get(one.custody_body, ""), one.remark,
    )  # fmt: skip


def _moment(on: datetime | None) -> datetime | None:
    """The end of a day where the administration is, wherever this machine may be; or an instant that says its zone."""
    if on is None or on.tzinfo is not None:
        return on
    return datetime.combine(on.date() + timedelta(days=1), time(), HOME) - timedelta.resolution


def _day(at: datetime | None) -> date | None:
    return at.astimezone(HOME).date() if at else None


def _borrowed(
    installation: Installation, body: UUID, on: datetime | None, language: Language, step: Step
) -> Iterator[tuple[Value, ...]]:
    after: tuple[str, UUID, UUID] | None = None
    then, now, done = AsOf(true_at=on) if on else None, on or datetime.now(UTC), 0
    while True:
        with installation.reader.connection() as connection:
            found = borrowed.page(connection, EVERYTHING, body, after=after, first=PAGE, as_of=then)
            names = organisations.names(
                connection, list({one for row in found for one in (row.holder, row.borrower)})
            )
        if not found:
            return
        for row in found:
            yield (
                row.number, row.name, row.model, row.quantity, row.unit, names.get(row.holder, ""), names.get(row.borrower, ""),
                row.loan_number, _day(row.since), _day(row.due),
                say(language, "borrowed.yes") if row.overdue(now) else "",
            )  # fmt: skip
        done += len(found)
        step(done)
        after = (found[-1].number, found[-1].asset, found[-1].loan)
