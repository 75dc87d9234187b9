"""`gongwu demo`: everything set up, goods in lively states, real US transfers beside them, served in the foreground."""

import shlex
import sys
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

import click

from api.accounts import Access
from api.clerk import Clerk
from api.commands.opening import opened
from api.commands.running import address_of, listening, run_server, served
from api.demo import people, play
from api.demo.people import Person
from api.demo.stage import DEMO, HERE, Stage
from api.imports.files import open_table
from api.imports.record import import_transfers
from api.installation import Installation
from api.terminal import Terminal
from domain.values import CONSOLE, ROOT
from projections.store.recorder import Append

QUERY = "{ assets(first: 3) { nodes { number name holder { name } } } }"


@click.command()
@click.option("--host", help="Address to listen on [GONGWU_HOST, 127.0.0.1].")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0: any free one [GONGWU_PORT, 8000]."
)
@click.pass_obj
def demo(terminal: Terminal, host: str | None, port: int | None) -> None:
    """Set up a demo (Gansu's offices and a sample of real US transfers) and serve it. A second start shows the same again."""
    settings = terminal.settings.model_copy(update={"name": "甘肃省人民政府"})
    with (
        listening(terminal, host, port) as sock,
        opened(terminal, served(settings, sock, host), follow=True) as installation,
    ):
        stage = Stage(
            installation, installation.recorder.read([ROOT])[ROOT][0].recorded_at.astimezone(HERE).date()
        )
        cast = prepare(terminal, installation, stage)
        if settings.clerk:
            Clerk.of(installation).once()  # what is due already is done before anybody looks
        address = address_of(sock)
        _introduce(terminal, address, cast)
        run_server(installation, sock)


def prepare(terminal: Terminal, installation: Installation, stage: Stage) -> list[tuple[Person, Access]]:
    """Plays what has not been played yet; everybody gets a fresh token."""
    if is_complete(installation):
        return people.let_in(stage)
    terminal.say("Setting up the demo …")
    people.set_up(stage)
    cast = people.let_in(stage)
    play.play(stage)
    with as_file(files("api.demo") / "data") as folder:
        tables = [
            open_table(Path(folder) / f"us-{kind}-sample.csv") for kind in ("shipments", "cancellations")
        ]
        import_transfers(
            installation, tables[:1], tables[1:], today=datetime.now(UTC).date(), language=terminal.language
        )
    installation.runner.catch_up()
    installation.recorder.append(Append(CONSOLE, DEMO, b"complete"), installation.settings.deadline_s)
    return cast


def is_complete(installation: Installation) -> bool:
    """Whether the demo has been played to its end here."""
    return installation.recorder.receipt(CONSOLE, DEMO) is not None


def _introduce(terminal: Terminal, address: str, cast: list[tuple[Person, Access]]) -> None:
    token = next(access.token for person, access in cast if person.name == "安娜")
    curl = (
        f"curl -s {address}/graphql -H 'Content-Type: application/json' -H 'Authorization: Bearer {token}' \\\n"
        f'  -d \'{{"query": "{QUERY}"}}\''
    )
    terminal.say("\nDemo accounts, with tokens that are fresh at every start:")
    for person, access in cast:
        terminal.say(f"  {person.name}  {person.what}\n    {access.token}")
    terminal.say(
        f"\nGongwu demo: {address}   GraphQL: {address}/graphql   health: {address}/health\n\nTry:\n{curl}\n"
        f"\nLabels for the warehouse:\n{_printing(terminal)}\n\nStop with Ctrl-C."
    )
    accounts = [
        {"name": person.name, "what": person.what, "account": access.account, "token": access.token}
        for person, access in cast
    ]
    terminal.result({"address": address, "accounts": accounts, "example": curl})


def _printing(terminal: Terminal) -> str:
    """The command that prints labels for everything in the demo's warehouse."""
    gongwu = sys.argv[0] if Path(sys.argv[0]).name == "gongwu" else "gongwu"
    where = (
        ""
        if terminal.settings.database_url
        else f" --data-dir {shlex.quote(str(terminal.settings.data_dir))}"
    )
    return f"{gongwu}{where} labels print --place GSW1 --stock L7160 --out labels.pdf"
