"""A second process during a long import: it folds the projections while the first one reads and decides, so both processors work.

`python -m api.imports.follower` reads how to sign in from its standard input, follows the log until that input ends, catches up and
goes. Killed or not, nothing is lost: whoever moves the projections next goes on where it stopped.
"""

import gc
import select
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

import psycopg

from projections.runner import ProjectionBehind, Runner

BATCH = 5000
EVERY_S = 0.02
PATIENCE_S = 600.0


class Follower:
    """The process, as long as the `with` block lasts. `wanted` False: none is started."""

    def __init__(self, conninfo: str, runner: Runner, *, wanted: bool = True) -> None:
        self._conninfo, self._runner, self._wanted = conninfo, runner, wanted
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if self._wanted:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.imports.follower"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            assert self._process.stdin is not None  # noqa: S101 - asked for a line above
            self._process.stdin.write(self._conninfo.encode() + b"\n")
            self._process.stdin.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            if kind is not None:
                process.terminate()
            process.stdin.close()
            process.wait(PATIENCE_S)
        if kind is None:
            self._runner.catch_up()


def calm_gc() -> None:
    """Facts come and go by the thousand and hold no circles: looking for some again and again costs a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)


def main() -> None:
    """Follows until standard input ends."""
    from projections.catalogue import ALL  # noqa: PLC0415  # needed in the child process only

    conninfo = sys.stdin.readline().rstrip("\n")
    calm_gc()
    runner, going_on = Runner(conninfo, ALL, batch=BATCH), True
    with suppress(
        psycopg.Error, ProjectionBehind
    ):  # whoever waits for the projections meets the same and says so
        while going_on:
            going_on = not select.select([sys.stdin], [], [], EVERY_S)[0]
            runner.catch_up()


if __name__ == "__main__":
    main()
