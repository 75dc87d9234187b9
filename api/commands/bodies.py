"""`gongwu body add` and `gongwu body contact`."""

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
@click.option(
    "--kind",
    type=click.Choice([one.value for one in BodyKind]),
    default=BodyKind.BODY.value,
    show_default=True,
)
@click.option(
    "--level", type=click.Choice([one.value for one in Level]), default=Level.NONE.value, show_default=True
)
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
                "register_body",
                name=name,
                kind=BodyKind(kind),
                level=Level(level),
                region=region,
                code=code,
                parent=above,
            )
        except Refused as no:
            raise Failed(REFUSED, no.decided.refused, refusal(no.decided, terminal.language)) from None
        installation.runner.catch_up()
    terminal.say(f"{name}: body {outcome['body']}")
    terminal.result({"body": outcome["body"], "name": name})


@body.command()
@click.argument("body_said", metavar="BODY")
@click.option("--phone", required=True, help="The office's, as it is printed on labels.")
@click.option("--address", default="", help="Where things are brought back.")
@click.option("--note", default="", help="What else a finder should know.")
@click.pass_obj
def contact(terminal: Terminal, body_said: str, phone: str, address: str, note: str) -> None:
    """Say how a body (id, code or exact name) is reached by whoever finds something of it. Stands on its labels."""
    with opened(terminal) as installation:
        installation.runner.catch_up()
        try:
            with installation.reader.connection() as connection:
                whose = body_of(connection, body_said)
        except Ambiguous as error:
            raise Failed(USAGE, "USAGE", str(error)) from None
        try:
            installation.console("set_contact", body=whose, phone=phone, address=address, note=note)
        except Refused as no:
            raise Failed(REFUSED, no.decided.refused, refusal(no.decided, terminal.language)) from None
        installation.runner.catch_up()
    terminal.say(f"{body_said}: {phone}")
    terminal.result({"body": whose, "phone": phone})
