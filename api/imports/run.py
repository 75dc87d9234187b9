"""One import going on: chunks of rows become commands, outcomes become counts, and every row is in exactly one of them.

A chunk is one command with one receipt, its id made from what it asks. So an import that was interrupted, at whatever moment, is gone
on with by starting it again: chunks that were written are answered from their receipts, the others are decided.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid5

import msgspec

from api.graphql.problems import sentence
from api.imports.verdicts import Verdict
from api.installation import Installation, Refused
from domain.papers.file_import import FileImport
from domain.texts import Language
from domain.values import SPACE
from projections.desk import Decided, Desk, Reused, recorded
from projections.store.recorder import BadCommand

CHUNK = 1000
AT_ONCE = 2
"""Chunks in work: while one waits for the disk the next is decided. Two rows that want one number may be in both: the log gives it to
one of them, and the other is decided again and refused."""
PATIENCE_S = 120.0
MOST_SHOWN = 100_000
"""Errors kept in detail; beyond, they are counted only."""

_canonical = msgspec.json.Encoder(order="deterministic").encode


@dataclass
class Tally:
    """What became of the rows."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    wrong: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "created": self.created, "updated": self.updated, "skipped": self.skipped, "errors": self.errors,
            "errors_counted": self.wrong,
        }  # fmt: skip

    def error(self, file: str, row: int, code: str, message: str, also: Sequence[str] = ()) -> None:
        self.rows += 1
        self.wrong += 1
        if len(self.errors) < MOST_SHOWN:
            self.errors.append(
                {"file": file, "row": row, "code": code, "message": message, "also": list(also)}
            )

    def verdict(self, verdict: Verdict, language: Language) -> None:
        """A row the reader has already settled."""
        if verdict.skipped:
            self.rows += 1
            self.skipped += 1
        else:
            self.error(
                verdict.file,
                verdict.row,
                str(verdict.code),
                verdict.message(language),
                [str(one) for one in verdict.also],
            )

    def add(self, other: "Tally") -> None:
        self.rows += other.rows
        self.created += other.created
        self.updated += other.updated
        self.skipped += other.skipped
        self.wrong += other.wrong
        self.errors += other.errors[: max(0, MOST_SHOWN - len(self.errors))]


class Run:
    """One file's import. `here` counts what this run did, `whole` what became of the file's rows, whichever run did it."""

    def __init__(
        self,
        installation: Installation,
        *,
        file: str,
        name: str,
        kind: str,
        reading: str,
        cut_off: date,
        language: Language,
    ) -> None:
        self._app, self._name, self._language = installation, name, language
        self.id = uuid5(SPACE, f"import:{file}:{reading}")
        known = remembered(installation, self.id)
        self.cut_off = known.cut_off if known.cut_off and not known.undone else cut_off
        self._generation = known.generation
        self.here, self.whole = Tally(), Tally()
        self._desk = Desk(installation.recorder)
        self._ahead: deque[Future[list[tuple[int, Decided]]]] = deque()
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="gongwu-import")
        self._told = {
            "file": file,
            "name": name[-200:],
            "kind": kind,
            "reading": reading,
            "cut_off": self.cut_off,
        }

    def __enter__(self) -> Self:
        self._console("start_import", **self._told)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._workers.shutdown(wait=True, cancel_futures=True)

    def verdict(self, verdict: Verdict) -> None:
        self.here.verdict(verdict, self._language)
        self.whole.verdict(verdict, self._language)

    def error(self, row: int, code: str, message: str) -> None:
        self.here.error(self._name, row, code, message)
        self.whole.error(self._name, row, code, message)

    def submit(
        self, use_case: str, rows: Sequence[Any], ask: Callable[[Sequence[Any]], Mapping[str, Any]]
    ) -> None:
        """Hands in a chunk; of those before it all but the last must be settled first. `ask` gives the use case's input for rows."""
        self._ahead.append(self._workers.submit(self._chunk, use_case, list(rows), ask))
        self._settle(AT_ONCE)

    def finish(self) -> Tally:
        """Settles everything and remembers the counts. What this run did."""
        self._settle(0)
        whole = self.whole
        self._console(
            "finish_import",
            rows=whole.rows,
            created=whole.created,
            updated=whole.updated,
            skipped=whole.skipped,
            errors=whole.wrong,
        )
        return self.here

    def command(self, use_case: str, rows: Sequence[Any], input: Mapping[str, Any]) -> Decided:
        """One command whose id is made from the rows it is about: asked again, it is answered from its receipt."""
        envelope = self._app.envelope(
            uuid5(self.id, f"{self._generation}:{use_case}:{rows[0].row}:{rows[-1].row}:{len(rows)}")
        )
        try:
            return self._desk.execute(use_case, envelope, input, PATIENCE_S)
        except Reused:  # the program reads these rows in another way by now
            digest = hashlib.sha256(_canonical((use_case, input))).hexdigest()
            return self._desk.execute(
                use_case,
                self._app.envelope(uuid5(self.id, f"{self._generation}:{digest}")),
                input,
                PATIENCE_S,
            )

    def _settle(self, leave: int) -> None:
        """Counts what became of chunks, the oldest first; so many may stay in work."""
        while len(self._ahead) > leave:
            for rows, decided in self._ahead.popleft().result():
                if decided.refused:
                    raise Refused(decided)
                self._count(rows, decided)

    def _chunk(
        self, use_case: str, rows: list[Any], ask: Callable[[Sequence[Any]], Mapping[str, Any]]
    ) -> list[tuple[int, Decided]]:
        """How many rows each command was about, and what came of it."""
        try:
            return [(len(rows), self.command(use_case, rows, ask(rows)))]
        except BadCommand:
            if len(rows) == 1:
                raise
            half = len(rows) // 2
            return self._chunk(use_case, rows[:half], ask) + self._chunk(use_case, rows[half:], ask)

    def _count(self, rows: int, decided: Decided) -> None:
        outcome = decided.outcome
        tally = Tally(
            rows - len(outcome["refused"]),
            outcome["created"],
            len(outcome["updated"]),
            len(outcome["unchanged"]),
        )
        for no in outcome["refused"]:
            tally.error(self._name, no["row"], no["code"], sentence(no["code"], no["values"], self._language))
        self.whole.add(tally)
        if decided.replayed:
            tally = Tally(
                tally.rows, 0, 0, tally.created + tally.updated + tally.skipped, tally.wrong, tally.errors
            )
        self.here.add(tally)

    def _console(self, use_case: str, **input: Any) -> None:
        decided = self._app.desk.execute(use_case, self._app.envelope(), {"id": self.id, **input}, PATIENCE_S)
        if decided.refused:
            raise Refused(decided)


def remembered(installation: Installation, id: UUID) -> FileImport:
    """What the log knows of an import; version 0: nothing."""
    return FileImport.replay(id, map(recorded, installation.recorder.read([id])[id]))
