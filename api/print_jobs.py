"""Carries print jobs on: draws their labels chunk by chunk, writes the file, reads every code back from it.

A job's chunks are facts of its own stream, so whoever takes it up goes on where the last one stopped: after a kill, in another process,
a week later. One process works on a job at a time; being right does not rest on it.

`python -m api.print_jobs` reads settings from its standard input, works off what waits, and ends: a server has that done by a process of
its own (`api/print_room.py`), for ten thousand labels take many seconds of processor time.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString, NamedTuple
from uuid import UUID

import psycopg

from api.installation import Installation
from api.label_papers import LabelPapers, OutOfReach, PhoneGone, Ready
from api.label_sheets import TOLD, Told, nobody, write
from api.label_wishes import Wish, expected, wishes
from api.settings import Settings
from domain.command import Envelope
from domain.ids import uuid7
from domain.papers.print_job import (
    NoPhone,
    PrintFailure,
    PrintForm,
    PrintJob,
    PrintJobAsked,
    PrintState,
)
from domain.usecases.labelling import MOST_LABELS
from domain.usecases.print_jobs import MOST_PRINTED
from labels.check import unread
from labels.label import LabelPaper
from labels.stocks import STOCKS, Stock
from projections import labels, organisations
from projections.desk import Decided, recorded
from projections.reading import Crowded, TooSlow
from projections.runner import ProjectionBehind
from projections.store.evidence import EvidenceStore, NotKept
from projections.store.recorder import DatabaseAway, OutcomeUnknown
from projections.store.sniffing import PDF, TSPL, ZPL
from projections.store.unavailable import DatabaseUnavailable

LARGEST = 400_000_000
"""Of a file: 20,000 labels as TSPL are half of it."""
MEDIA = {PrintForm.PDF: PDF, PrintForm.ZPL: ZPL, PrintForm.TSPL: TSPL}
_OPEN = [PrintState.WAITING.value, PrintState.RUNNING.value]
_WAITING: LiteralString = """
SELECT id, EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(id::text, 1))
    FROM papers.paper WHERE kind = 'print_job' AND state = ANY(%s) ORDER BY opened, id LIMIT 100
"""
AWAY = (DatabaseUnavailable, DatabaseAway, OutcomeUnknown, ProjectionBehind, Crowded, TooSlow, psycopg.Error)
"""What passes: the job stays as it is, and is gone on with later."""
_log = logging.getLogger("gongwu.print")
TRY: LiteralString = "SELECT pg_try_advisory_lock(hashtextextended(%s, 1))"
_LET_GO: LiteralString = "SELECT pg_advisory_unlock(hashtextextended(%s, 1))"


class Failed(Exception):
    """Nothing can come of the job now, and why."""

    def __init__(self, failure: PrintFailure, detail: str = "") -> None:
        super().__init__(failure, detail)
        self.failure, self.detail = failure, detail


class Over(Exception):
    """Somebody called the job off, or finished it, meanwhile."""


class Waiting(NamedTuple):
    """A job that is not at its end. `taken`: a process is at it."""

    job: UUID
    taken: bool


class PrintJobs:
    """Works off what waits."""

    def __init__(self, app: Installation, told: Told = nobody) -> None:
        self._app, self._told = app, told
        self._kept = EvidenceStore(app.evidence.folder, largest=LARGEST, allowed=frozenset(MEDIA.values()))

    def waiting(self) -> list[Waiting]:
        """Jobs that are not at their end, the oldest first."""
        with self._app.reader.connection() as connection:
            return [Waiting(*row) for row in connection.execute(_WAITING, (_OPEN,))]

    def once(self) -> int:
        """Carries on all that nobody is at; how many came to an end."""
        return sum(self.carry_on(one.job) for one in self.waiting() if not one.taken)

    def carry_on(self, id: UUID) -> bool:
        """One job, to its end. False: another process is at it, or it was over.

        A fault of ours ends the job too, or it would stand in the way of all that come after it.
        """
        with self._alone(id) as mine:
            if not mine:
                return False
            try:
                self._draw(id)
                self._finish(id)
            except Over:
                return False
            except Failed as failed:
                self._fail(id, failed.failure, failed.detail)
            except AWAY:
                raise
            except Exception as error:  # whatever it is, it is told and the next job is printed
                _log.exception("print job %s", id)
                self._fail(
                    id, PrintFailure.FAULT, error.code if isinstance(error, NotKept) else type(error).__name__
                )
            return True

    def standing(self, id: UUID) -> PrintJob:
        """The job as the log has it now."""
        return PrintJob.replay(id, [recorded(row) for row in self._app.recorder.read([id])[id]])

    def _fail(self, id: UUID, failure: PrintFailure, detail: str) -> None:
        self._ask(self.standing(id), "fail_print_job", failure=failure, detail=detail)

    def _draw(self, id: UUID) -> None:
        """Draws the labels that are not drawn yet."""
        job = self._job(id)
        asked = self._asked(job)
        self._must_be_printable(asked)
        of = expected(self._app, job, asked) if not job.chunk else None
        if of is not None and of > MOST_PRINTED:
            raise Failed(PrintFailure.TOO_MANY_LABELS, f"{of} > {MOST_PRINTED}")
        while True:
            chunk = wishes(self._app, job, asked, first=min(MOST_LABELS, MOST_PRINTED - job.printed))
            if not chunk.things and not chunk.blanks:
                return
            self._advance(job, chunk, of)
            job, of = self._job(id), None
            self._told("drawn", job.printed + job.left_out, job.of)

    def _must_be_printable(self, asked: PrintJobAsked) -> None:
        """Before a label is drawn that could not be printed."""
        stock = stock_of(asked)
        if asked.start > stock.per_page:
            raise Failed(PrintFailure.UNKNOWN_STOCK, f"{stock.name}: 1-{stock.per_page}")
        if not self._app.settings.label_url:
            raise Failed(PrintFailure.NO_BASE_URL)

    def _advance(self, job: PrintJob, chunk: Wish, of: int | None) -> None:
        decided = self._ask(
            job, "advance_print_job", chunk=job.chunk, things=chunk.things, blank=chunk.blanks, last=chunk.last, of=of
        )  # fmt: skip
        if decided.refused == NoPhone.code:
            raise Failed(PrintFailure.NO_PHONE, self._name(UUID(str(decided.values["body"]))))
        if decided.refused not in ("", "PRINT_CHUNK_DONE"):
            raise (
                Over
                if decided.refused == "PRINT_JOB_OVER"
                else Failed(PrintFailure.RIGHTS_GONE, decided.refused)
            )

    def _name(self, body: UUID) -> str:
        with self._app.reader.connection() as connection:
            return organisations.names(connection, [body]).get(body, "")

    def _finish(self, id: UUID) -> None:
        """Writes the file, reads it back, keeps it."""
        job = self._job(id)
        if not job.printed:
            raise Failed(PrintFailure.NOTHING_TO_PRINT)
        self._app.runner.catch_up()
        papers = self._papers(job)
        self._told("written", 0, len(papers))
        written = write(papers, self._asked(job), stock_of(self._asked(job)), self._told)
        self._told("read", 0, None)
        lost = unread(written.file, [paper.payload for paper in papers])
        if lost:
            raise Failed(PrintFailure.CODES_UNREAD, f"{len(lost)}: {', '.join(lost[:TOLD])}")
        kept = self._kept.put([written.file], MEDIA[self._asked(job).form])
        decided = self._ask(
            job, "finish_print_job", sheets=kept.sha256, labels=len(papers), decoded=len(papers), pages=written.pages,
            lacking=written.lacking,
        )  # fmt: skip
        if decided.refused:
            raise Over

    def _papers(self, job: PrintJob) -> list[LabelPaper]:
        """All labels of the job in the order of the paper: as they were named, else as one walks through the store."""
        asked = self._asked(job)
        made = LabelPapers(
            self._app, job.account, self._app.settings.label_url, fields=asked.fields, language=asked.language
        )
        found: list[Ready] = []
        after: tuple[int, int] | None = None
        try:
            while True:
                with self._app.reader.connection() as connection:
                    rows = labels.printed(connection, job.id, after=after, first=MOST_LABELS)
                if not rows:
                    break
                found += made.of(rows)
                after = rows[-1].chunk, rows[-1].n
        except PhoneGone as no:
            raise Failed(PrintFailure.NO_PHONE, no.body) from None
        except OutOfReach as no:
            raise Failed(PrintFailure.RIGHTS_GONE, str(no.label)) from None
        if not asked.what.things:
            found.sort(key=lambda one: one.walk)
        return [one.paper for one in found]

    def _ask(self, job: PrintJob, use_case: str, **input: object) -> Decided:
        """In the name of the account that asked for the job. What must not be done twice, the job's stream itself refuses."""
        envelope = Envelope(account=job.account, command_id=uuid7(), body=job.body, device="print job")
        return self._app.desk.execute(
            use_case, envelope, {"job": job.id, **input}, self._app.settings.deadline_s
        )

    def _job(self, id: UUID) -> PrintJob:
        """As the log has it now. Raises `Over`."""
        job = self.standing(id)
        if job.state.value not in _OPEN:
            raise Over
        return job

    def _asked(self, job: PrintJob) -> PrintJobAsked:
        if job.asked is None:
            raise Over
        return job.asked

    @contextmanager
    def _alone(self, id: UUID) -> Iterator[bool]:
        """Whether no other process is at this job; a process that was killed lets go by dying."""
        with self._app.reader.connection() as connection:
            row = connection.execute(TRY, (str(id),)).fetchone()
            if not (row and row[0]):
                yield False
                return
            try:
                yield True
            finally:
                if not connection.broken:
                    connection.execute(_LET_GO, (str(id),))


def stock_of(asked: PrintJobAsked) -> Stock:
    """Raises `Failed` for labels nobody knows, or that this printer's language cannot print."""
    stock = STOCKS.get(asked.stock)
    if stock is None or (asked.form is not PrintForm.PDF and not stock.dots):
        raise Failed(PrintFailure.UNKNOWN_STOCK, asked.stock)
    return stock


def main() -> None:
    """Works off what waits, out of the way of whoever has to be answered."""
    logging.basicConfig(level=logging.WARNING)
    os.nice(10)
    with Installation.open(Settings.model_validate_json(sys.stdin.buffer.read())) as app:
        app.runner.catch_up()
        PrintJobs(app).once()


if __name__ == "__main__":
    main()
