"""`gongwu status`, `gongwu rebuild`, `gongwu verify`."""

import click

from api.commands.opening import opened
from api.imports.remembered import imports
from api.terminal import BUG, REFUSED, Failed, Terminal
from projections.catalogue import ALL
from projections.projection import Projection
from projections.rebuild import RebuildFailed, RebuildRunning
from projections.rebuild import rebuild as rebuild_all
from projections.verify import verify as recount

NAMES = [str(one.name) for one in ALL]
which = click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[PROJECTION]...")


@click.command()
@click.pass_obj
def status(terminal: Terminal) -> None:
    """What there is: events, assets, lots, how far the projections are, which files were imported."""
    with opened(terminal) as installation:
        found = installation.status() | {"imports": imports(installation.recorder, installation.reader)}
    terminal.say(f"{found['events']} events, {found['assets']} assets, {found['lots']} lots")
    terminal.table(
        ["projection", "position", "lag", "digest", "stopped on"],
        [
            (name, one["position"], one["lag"], one["digest"], one["stopped"] or "")
            for name, one in found["projections"].items()
        ],
    )
    late = found["clerk"]
    terminal.say(
        f"{late['waiting']} deadlines wait for the clerk, the oldest for {late['lag_s']:.0f} s; next: {late['next'] or 'none'}"
    )
    if found["imports"]:
        columns = ["file", "rows", "created", "updated", "skipped", "errors", "state"]
        terminal.table(columns, [[one[name] for name in columns] for one in found["imports"]], "Imports")
    terminal.result(found)


@click.command()
@which
@click.pass_obj
def rebuild(terminal: Terminal, names: tuple[str, ...]) -> None:
    """Make projections anew from the events alone, beside the live ones, and switch (all of them, or those named)."""
    with opened(terminal) as installation, terminal.progress("rebuild") as step:
        try:
            done = rebuild_all(
                installation.logins.projector, _chosen(names), progress=lambda what, at, of: step(at, of)
            )
        except RebuildRunning:
            raise Failed(REFUSED, "REBUILD_RUNNING", "another process is rebuilding right now") from None
        except RebuildFailed as error:
            raise Failed(BUG, "REBUILD_FAILED", f"the live tables stay as they are: {error}") from None
    terminal.table(
        ["projection", "events", "seconds", "digest", "same as before"],
        [
            (
                one.name,
                one.events,
                f"{one.seconds:.1f}",
                one.digest,
                {True: "yes", False: "NO", None: "–"}[one.same],
            )
            for one in done
        ],
    )
    terminal.result({"rebuilt": [one._asdict() for one in done]})
    if any(one.same is False for one in done):
        terminal.say("gongwu: the live tables were not what the events say; they are now")
        click.get_current_context().exit(REFUSED)


@click.command()
@which
@click.pass_obj
def verify(terminal: Terminal, names: tuple[str, ...]) -> None:
    """Read every row of the projections again and compare with the digests kept all along."""
    with opened(terminal) as installation:
        found = recount(installation.logins.projector, _chosen(names))
    terminal.table(
        ["projection", "position", "digest", "wrong"],
        [(one.name, one.position, one.kept, "; ".join(one.wrong)) for one in found],
    )
    terminal.result({"verified": [one._asdict() for one in found]})
    if any(one.wrong for one in found):
        terminal.say("gongwu: rows differ from what the events say; `gongwu rebuild` makes them anew")
        click.get_current_context().exit(REFUSED)


def _chosen(names: tuple[str, ...]) -> list[Projection]:
    return [one for one in ALL if not names or one.name in names]
