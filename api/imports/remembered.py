"""Which files were imported, and what became of their rows: counted by the log itself."""

from typing import Any

from domain.papers.file_import import FileImport, ImportFinished
from projections.desk import recorded
from projections.imports import streams
from projections.reading import Reader
from projections.store.recorder import Recorder

COUNTS = ("rows", "created", "updated", "skipped", "errors")


def all_imports(recorder: Recorder, reader: Reader) -> list[FileImport]:
    """All imports ever started, oldest first."""
    ids = streams(reader)
    found = recorder.read(ids) if ids else {}
    rows = sorted(found.items(), key=lambda one: one[1][0].position)
    return [FileImport.replay(id, map(recorded, facts)) for id, facts in rows]


def imports(recorder: Recorder, reader: Reader) -> list[dict[str, Any]]:
    """As `status --json` shows them: each run that came to something of its own, so what was created adds up to what is there.
    An import that was interrupted shows no counts yet.
    """
    return [shown for one in all_imports(recorder, reader) for shown in _shown(one)]


def _shown(one: FileImport) -> list[dict[str, Any]]:
    runs: list[tuple[str, ImportFinished | None]] = [
        ("undone" if one.undone or generation < one.generation else "finished", run)
        for generation, run in one.runs
    ]
    if not one.finished and not one.undone:
        runs.append(("interrupted or going on", None))
    return [
        {"file": one.name, "sha256": one.file, "kind": one.kind}
        | {name: getattr(run, name) if run else 0 for name in COUNTS}
        | {"state": state}
        for state, run in runs or [("undone", None)]
    ]
