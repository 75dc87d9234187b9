"""`gongwu export`: the register as CSV or Excel."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import click

from api.commands.opening import opened
from api.export import TooManyRows, Value, write_csv, write_xlsx
from api.imports.cards_in import CARD
from api.installation import Installation
from api.lookup import Ambiguous, body_of
from api.terminal import REFUSED, USAGE, Failed, Step, Terminal
from domain.texts import Language, word
from projections import organisations, register
from projections.reach import EVERYTHING
from projections.register import Item

COLUMNS = (
    "number", "card_number", "name", "class_code", "class_edition", "model", "serial", "quantity", "unit", "value", "currency",
    "depreciation", "net", "acquired", "use_state", "condition", "body", "custodian", "place", "availability", "custody", "remark",
)  # fmt: skip
PAGE = 2000


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "xlsx"]), help="[by the file's ending]")
@click.option("--body", "body_said", help="Only what this body holds: id, code or exact name.")
@click.pass_obj
def export(terminal: Terminal, file: Path, form: str | None, body_said: str | None) -> None:
    """Write the register out, as it is now, to a CSV or Excel file."""
    form = form or file.suffix.lower().lstrip(".")
    if form not in ("csv", "xlsx"):
        raise Failed(USAGE, "USAGE", "name the file .csv or .xlsx, or give --format")
    with opened(terminal) as installation, terminal.progress("export") as step:
        installation.runner.catch_up()
        try:
            with installation.reader.connection() as connection:
                body = body_of(connection, body_said) if body_said else None
        except Ambiguous as error:
            raise Failed(USAGE, "USAGE", str(error)) from None
        rows = _rows(installation, body, terminal.language, step)
        beside = file.with_name(f".{file.name}.part")  # a stopped export leaves no half of a file under its name
        try:
            if form == "csv":
                with beside.open("w", encoding="utf-8", newline="") as stream:
                    written = write_csv(stream, COLUMNS, rows, terminal.language)
            else:
                written = write_xlsx(beside, COLUMNS, rows, terminal.language)
            beside.replace(file)
        except TooManyRows:
            raise Failed(REFUSED, "TOO_MANY_ROWS", "one sheet cannot hold so many rows: write a CSV") from None
        finally:
            beside.unlink(missing_ok=True)
    terminal.say(f"{written} rows written to {file}")
    terminal.result({"file": str(file), "rows": written})


def _rows(installation: Installation, body: UUID | None, language: Language, step: Step) -> Iterator[tuple[Value, ...]]:
    after: tuple[str, UUID] | None = None
    where = ("a.existence NOT IN ('undone', 'merged', 'itemised')", *(("a.holder = %(only)s",) if body else ()))
    done = 0
    while True:
        with installation.reader.connection() as connection:
            items = register.page(connection, EVERYTHING, after=after, first=PAGE, where=where, values={"only": body})
            if not items:
                return
            ids = {one.holder for one in items} | {one.custody_body for one in items}
            names = organisations.names(connection, list(ids))
            cards = {row.asset: row.number for row in register.numbers(connection, [one.asset for one in items]) if row.issuer == CARD}
        people = installation.directory.names({one.custody_person for one in items if one.custody_person})
        for one in items:
            yield _row(one, cards.get(one.asset, ""), names, people, language)
        done += len(items)
        step(done)
        after = (items[-1].number, items[-1].asset)


def _row(
    one: Item, card: str, names: dict[UUID, str], people: dict[UUID, str], language: Language
) -> tuple[Value, ...]:
    free = word(language, "free") if one.usable > one.reserved + one.lent else word(language, "lent" if one.lent else "taken")
    return (
        one.number, card, one.name, one.class_code, f"{one.class_scheme} {one.class_edition}" if one.class_code else None, one.model,
        one.serial, one.quantity, one.unit, one.original, one.currency, one.accumulated, one.net, one.acquired, one.use_said,
        word(language, one.condition), names.get(one.holder, ""), people.get(one.custody_person, "") if one.custody_person else "",
        one.place_name or one.place_said, free, names.get(one.custody_body, ""), one.remark,
    )  # fmt: skip
