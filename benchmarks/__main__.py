"""`make bench`: all figures in one run, as a table and as benchmarks/results.json.

    python -m benchmarks [--only NAME,…] [--quick] [--no-large] [--transfers FOLDER] [--json]

Figures are only worth comparing within a run: each is taken in turn with its limit. docs/benchmarks.md says how to read them.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import (
    append,
    availability,
    commands,
    honest,
    importing,
    labels,
    large,
    memory,
    page,
    rebuild,
    replay,
    request,
    transfers,
)
from benchmarks.figures import Row, machine, met, save, table
from benchmarks.page import PROGRAM
from benchmarks.serving import serving
from benchmarks.site import scratch, site
from projections.store import schema
from projections.store.connect import Logins, embedded
from projections.store.embedded import DATABASE, EmbeddedServer

RESULTS = Path(__file__).with_name("results.json")
STOCK = 10_000


class How(NamedTuple):
    """How long to look."""

    seconds: float
    rounds: int
    lives: int  # assets in the rebuilt log
    cards: int  # rows of the imported register
    stickers: int  # labels of a run


FULL, QUICK = How(2.0, 3, 20_000, 30_000, 10_000), How(0.7, 1, 2_000, 5_000, 2_000)
PARTS = {
    "store": ("append", "honest", "rebuild"),
    "import": ("import",),
    "installation": ("command", "page", "memory"),
    "sharing": ("availability", "request"),
    "transfers": ("transfers",),
    "replay": ("replay",),
    "labels": ("labels",),
    "large": (),
}
"""The parts, and which figures come out of each."""
NEED_FILES = frozenset({"transfers", "replay"})


def store(how: How) -> list[Row]:
    """append.*, honest.*, rebuild: on the log alone."""
    with _database() as logins:
        rows = append.run(logins.owner, logins.app, seconds=how.seconds, rounds=how.rounds)
    with _database() as logins:
        rows += rebuild.run(logins.owner, logins.app, logins.projector, assets=how.lives, rounds=how.rounds)
        rows += honest.run(logins.owner, seconds=how.seconds, rounds=how.rounds)
    return rows


def imports(how: How) -> list[Row]:
    """import: an office's register, from the file to caught-up projections."""
    with scratch() as folder:
        return importing.run(folder, assets=how.cards, rounds=how.rounds)


def record(files: Path) -> list[Row]:
    """transfers.*: the real files, through the command line."""
    with scratch() as folder:
        return transfers.run(folder, files)


def again(files: Path, *, quick: bool) -> list[Row]:
    """replay.*: the requests of the real files, as competing requests through the real processes."""
    with scratch() as folder:
        return replay.run(folder, files, quick=quick)


def installation(how: How) -> list[Row]:
    """command.*, page.*, memory.*: on a stocked installation and its server."""
    with scratch() as folder, site(folder) as place:
        with serving(folder) as server:
            idle = memory.idle(server)
        place.stocked(STOCK, "S")
        known = place.installation.recorder.head()
        rows = commands.in_process(place, seconds=how.seconds, rounds=how.rounds)
        place.installation.runner.catch_up()
        with serving(folder, program=PROGRAM) as server:
            warm = memory.warmed(place, server, known)
            rows += commands.over_http(place, server, seconds=how.seconds, rounds=how.rounds)
            rows += page.run(place, server, known, seconds=how.seconds, rounds=how.rounds)
            rows += memory.rows(idle, warm, server)
    return rows


def sharing(how: How) -> list[Row]:
    """availability.*: what is free of a class with many claims; request.to.loan: whole processes."""
    with scratch() as folder, site(folder) as place:
        place.stocked(STOCK, "S")
        rows = request.run(place, seconds=how.seconds, rounds=how.rounds)
        availability.fill(place)
        with serving(folder) as server:
            return rows + availability.run(place, server, seconds=how.seconds, rounds=how.rounds)


def main() -> None:
    """Runs the parts asked for."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped and folders removed
    how = QUICK if given.quick else FULL
    before, rows = machine(), list[Row]()
    parts: dict[str, Callable[[], list[Row]]] = {
        "store": lambda: store(how),
        "installation": lambda: installation(how),
        "import": lambda: imports(how),
        "sharing": lambda: sharing(how),
        "transfers": lambda: record(given.transfers),
        "replay": lambda: again(given.transfers, quick=given.quick),
        "labels": lambda: labels.run(labels=how.stickers, rounds=how.rounds),
        "large": lambda: large.run(seconds=how.seconds, rounds=how.rounds, assets=given.assets, say=_say),
    }
    document = save(RESULTS, before, rows)
    for name in _wanted(given):
        began = time.perf_counter()
        _say(f"{name} …")
        found = parts[name]()
        rows += found
        document = save(RESULTS, before, rows)
        print(table(found), "", file=sys.stderr, sep="\n")
        _say(f"{name} took {time.perf_counter() - began:.0f} s")
    print(json.dumps(document, ensure_ascii=False) if given.json else f"{_where(before)}\n\n{table(rows)}")
    _say(f"written to {RESULTS}")
    missed = [one["name"] for one in rows if met(one) is False]
    if missed:
        _say(f"missed: {', '.join(missed)}")


def _wanted(given: argparse.Namespace) -> list[str]:
    """The parts to run, in an order that leaves the longest for the end."""
    if given.only:
        asked = {one.split(".")[0] for one in given.only}
        return [name for name, figures in PARTS.items() if asked & {name, *figures}]
    without = {"large"} if given.quick or given.no_large else set()
    return [name for name in PARTS if name not in without and (name not in NEED_FILES or given.transfers)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="All figures, each in turn with its limit."
    )
    names = f"only these parts ({', '.join(PARTS)}), or those of these figures"
    parser.add_argument("--only", type=lambda said: said.split(","), default=[], metavar="NAME,…", help=names)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a minute instead of ten: one short round, small logs, no million",
    )
    parser.add_argument("--no-large", action="store_true", help="without the million assets")
    parser.add_argument(
        "--assets", type=int, default=large.LARGE, help=f"how many the large part has [{large.LARGE}]"
    )
    parser.add_argument(
        "--transfers",
        type=Path,
        metavar="FOLDER",
        help="also import and replay the real transfer files of this folder",
    )
    parser.add_argument(
        "--json", action="store_true", help="the JSON document on standard output instead of the table"
    )
    return parser.parse_args()


@contextmanager
def _database() -> Iterator[Logins]:
    """An empty log on a server of its own."""
    with scratch() as folder, EmbeddedServer(folder) as server:
        logins = embedded(server.socket_dir, DATABASE)
        schema.install(logins.owner, passwords=False)
        yield logins


def _where(before: dict[str, object]) -> str:
    return (
        ", ".join(f"{name} {value}" for name, value in before.items())
        + f"; load at the end {machine()['load']}"
    )


def _say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
