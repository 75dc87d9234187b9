"""`gongwu body add`."""

import click

from api.commands.opening import opened
from api.installation import Refused
from api.lookup import Ambiguous, body_of
from api.terminal import REFUSED, USAGE, Failed, Terminal
from api.wording import refusal
from domain.body import BodyKind, Level


@click.group()
def body() -> None:
    """Whose goods there are."""


@body.command()
@click.argument("name")
@click.option("--kind", type=click.Choice([one.value for one in BodyKind]), default=BodyKind.BODY.value, show_default=True)
@click.option("--level", type=click.Choice([one.value for one in Level]), default=Level.NONE.value, show_default=True)
@click.option("--region", default="", help="Code of its administrative division, such as 620100.")
@click.option("--code", default="", help="Its official number.")
@click.option("--parent", default="", help="For a division: the body it belongs to, by id, code or name.")
@click.pass_obj
def add(terminal: Terminal, name: str, kind: str, level: str, region: str, code: str, parent: str) -> None:
    """Register a body or a division, so that registers can be taken over for it and accounts opened in it."""
    with opened(terminal) as installation:
        installation.runner.catch_up()
        try:
            with installation.reader.connection() as connection:
                above = body_of(connection, parent) if parent else None
        except Ambiguous as error:
            raise Failed(USAGE, "USAGE", str(error)) from None
        try:
            outcome = installation.console(
                "register_body", name=name, kind=BodyKind(kind), level=Level(level), region=region, code=code, parent=above
            )
        except Refused as no:
            raise Failed(REFUSED, no.decided.refused, refusal(no.decided, terminal.language)) from None
        installation.runner.catch_up()
    terminal.say(f"{name}: body {outcome['body']}")
    terminal.result({"body": outcome["body"], "name": name})
