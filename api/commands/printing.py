"""A print job from the command line: checked before anything is asked for, carried on here, its file written where it was wanted."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from uuid import UUID

from api.commands.label_options import Paper, must_be_free
from api.commands.opening import opened
from api.installation import Installation, Refused
from api.print_jobs import PrintJobs
from api.served import as_served
from api.settings import Settings
from api.terminal import BUG, REFUSED, USAGE, Failed, Step, Stopped, Terminal
from api.wording import refusal
from domain.papers.print_job import PrintFailure, PrintForm, PrintJob, PrintState, ToPrint
from domain.texts import say, word

LOOKS_S = 0.3
"""How often it looks whether another process has come to the end of the job."""
SENT = {PrintForm.ZPL: "lp -o raw -d …", PrintForm.TSPL: "lp -o raw -d …"}
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def printing_settings(terminal: Terminal) -> Settings:
    """With the address that the codes lead to."""
    settings = as_served(terminal.settings)
    if not settings.label_url:
        raise Failed(REFUSED, "NO_BASE_URL", say(terminal.language, "printing.no_base_url"))
    return settings


def print_labels(terminal: Terminal, paper: Paper, wanted: Callable[[Installation], ToPrint]) -> None:
    """Asks for the job as the console, and brings it to its end."""
    with opened(terminal, printing_settings(terminal)) as app:
        app.runner.catch_up()
        what = wanted(app)
        try:
            outcome = app.console(
                "ask_print_job", what=what, stock=paper.stock.name, form=paper.form, start=paper.start,
                nudge_x=paper.nudge[0], nudge_y=paper.nudge[1], language=paper.language, fields=paper.fields,
                again=paper.again, guides=paper.guides,
            )  # fmt: skip
        except Refused as no:
            raise Failed(
                REFUSED, no.decided.refused, refusal(no.decided, terminal.language), path=no.decided.path
            ) from None
        finish(terminal, app, UUID(str(outcome["job"])), paper.out, force=paper.force)


def finish(terminal: Terminal, app: Installation, job: UUID, out: Path, *, force: bool) -> None:
    """Carries a job on to its end, here or by waiting for the server that is at it, and writes its file."""
    say_(terminal, "begun", job=job)
    try:
        ended = _at_its_end(terminal, app, job)
    except (KeyboardInterrupt, Stopped):
        say_(terminal, "stopped", job=job, file=out)
        raise
    if ended.state is not PrintState.DONE:
        raise _why(terminal, ended, out)
    try:
        size = _written(terminal, app, ended, out, force=force)
    except OSError as error:
        why = error.strerror or str(error)
        raise Failed(
            USAGE,
            "NOT_WRITTEN",
            say(terminal.language, "printing.not_written", file=out, why=why, job=job),
            job=job,
        ) from None
    _report(terminal, app, ended, out, size)


def say_(terminal: Terminal, key: str, **values: object) -> None:
    """A line for people, in their language."""
    terminal.say(say(terminal.language, f"printing.{key}", **values))


def _at_its_end(terminal: Terminal, app: Installation, job: UUID) -> PrintJob:
    with _Bars(terminal) as bars:
        jobs, told = PrintJobs(app, bars), False
        while True:
            app.runner.catch_up()
            if jobs.carry_on(job):
                return jobs.standing(job)
            found = jobs.standing(job)
            if found.ended or found.state is PrintState.FAILED:
                return found
            if not told:
                say_(terminal, "elsewhere")
                told = True
            bars("drawn", found.printed + found.left_out, found.of)
            time.sleep(LOOKS_S)


def _why(terminal: Terminal, job: PrintJob, out: Path) -> Failed:
    """Why nothing came of it, and what to do."""
    if job.state is PrintState.CANCELLED or job.failure is None:
        return Failed(
            REFUSED, "PRINT_JOB_OVER", say(terminal.language, "printing.cancelled", job=job.id), job=job.id
        )
    key = job.failure.name
    if job.failure is PrintFailure.NOTHING_TO_PRINT and job.left_out:
        key = "ALL_LEFT_OUT"
    special = ("NO_PHONE", "NOTHING_TO_PRINT", "ALL_LEFT_OUT", "TOO_MANY_LABELS")
    text = say(
        terminal.language, f"printing.failed_{key}" if key in special else "printing.failed",
        why=word(terminal.language, job.failure), detail=job.detail, job=job.id, file=out, count=job.left_out,
    )  # fmt: skip
    code = BUG if job.failure is PrintFailure.FAULT else REFUSED
    return Failed(code, job.failure.name, text, job=job.id, detail=job.detail, left_out=job.left_out)


def _written(terminal: Terminal, app: Installation, job: PrintJob, out: Path, *, force: bool) -> int:
    """The file of the job, whole or not at all."""
    must_be_free(terminal, out, force=force)
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with app.evidence.open(job.sheets) as source, beside.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
            size = target.tell()
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    return size


def _report(terminal: Terminal, app: Installation, job: PrintJob, out: Path, size: int) -> None:
    shown = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
    say_(terminal, "done", labels=job.printed, pages=job.pages, file=out, size=shown)
    if job.left_out:
        say_(terminal, "left_out", count=job.left_out)
    if job.lacking:
        say_(terminal, "lacking", lacking="; ".join(job.lacking))
    form = job.asked.form if job.asked else PrintForm.PDF
    if form is PrintForm.PDF:
        say_(terminal, "actual_size")
    else:
        say_(terminal, "to_printer", command=f"{SENT[form]} {out}")
    url = app.settings.label_url
    if url.startswith(_LOOPBACK):
        say_(terminal, "only_here", url=url)
    terminal.result(
        {
            "job": job.id, "file": str(out), "form": form.value, "bytes": size, "labels": job.printed, "pages": job.pages,
            "left_out": job.left_out, "read_back": job.printed, "lacking": list(job.lacking), "url": url,
        }
    )  # fmt: skip


class _Bars:
    """One bar after the other: the labels are drawn, the file is written, its codes are read back."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal, self._what = terminal, ""
        self._bar = ExitStack()
        self._step: Step | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self._bar.close()

    def __call__(self, what: str, done: int, of: int | None) -> None:
        if what != self._what:
            self._bar.close()
            self._what = what
            bar = self._terminal.progress(say(self._terminal.language, f"printing.phase_{what}"), of)
            self._step = self._bar.enter_context(bar)
        if self._step is not None:
            self._step(done, of)
