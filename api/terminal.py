"""How the command line speaks: one JSON document or nothing on standard output, everything else on standard error.

Exit codes: 0 done, 1 a fault of ours, 2 usage, 3 rows with errors, 4 refused by a rule, 5 no database, 130/143 stopped.
"""

import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NoReturn, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from api.settings import Settings
from domain.texts import Language

OK, BUG, USAGE, ROWS_WITH_ERRORS, REFUSED, NO_DATABASE = range(6)


class Stopped(BaseException):
    """Somebody asked the process to end (SIGTERM)."""


class Failed(Exception):
    """An end that was foreseen: a stable code and a sentence for people, with the exit code."""

    def __init__(self, exit_code: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.exit_code, self.code, self.message, self.more = exit_code, code, message, more


class Step(Protocol):
    """What long work calls as it goes on."""

    def __call__(self, done: int, of: int | None = None) -> None: ...


def _console() -> Console:
    """Standard error; where nobody looks at a window, lines are as long as they are."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    return (
        console if console.is_terminal else Console(stderr=True, highlight=False, soft_wrap=True, width=220)
    )


@dataclass
class Terminal:
    """One run of the command line."""

    settings: Settings
    as_json: bool
    language: Language
    console: Console = field(default_factory=_console)

    def say(self, text: str) -> None:
        """A line for people."""
        self.console.print(text, markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
        """A table for people."""
        made = Table(*columns, title=title or None, title_justify="left", show_lines=False)
        for row in rows:
            made.add_row(*(str(value) for value in row))
        self.console.print(made)

    def result(self, document: Mapping[str, Any]) -> None:
        """The one JSON document."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")
            sys.stdout.flush()

    @contextmanager
    def progress(self, what: str, of: int | None = None) -> Iterator[Step]:
        """A bar, where somebody sits in front of it."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal
        ) as bar:
            task = bar.add_task(what, total=of)

            def step(done: int, of: int | None = None) -> None:
                bar.update(task, completed=done)
                if of is not None:
                    bar.update(task, total=of)

            yield step


def language_of(environ: Mapping[str, str]) -> Language:
    """The language of the person at the terminal."""
    said = (
        environ.get("GONGWU_LANG")
        or environ.get("LC_ALL")
        or environ.get("LC_MESSAGES")
        or environ.get("LANG")
        or ""
    )
    return "zh" if said.lower().startswith("zh") else "en"


def stop_cleanly() -> None:
    """SIGTERM ends the process as SIGINT does: open work is left as it is, which every command can go on from."""

    def stop(signum: int, frame: FrameType | None) -> NoReturn:
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
