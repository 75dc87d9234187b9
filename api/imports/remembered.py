"""Which files were imported, and what became of their rows: counted by the log itself."""

from typing import Any

from domain.papers.file_import import FileImport
from projections.desk import recorded
from projections.imports import streams
from projections.reading import Reader
from projections.store.recorder import Recorder


def all_imports(recorder: Recorder, reader: Reader) -> list[FileImport]:
    """All imports ever started, oldest first."""
    ids = streams(reader)
    found = recorder.read(ids) if ids else {}
    rows = sorted(found.items(), key=lambda one: one[1][0].position)
    return [FileImport.replay(id, map(recorded, facts)) for id, facts in rows]


def imports(recorder: Recorder, reader: Reader) -> list[dict[str, Any]]:
    """As `status --json` shows them. An import that was interrupted shows no counts yet."""
    return [_shown(one) for one in all_imports(recorder, reader)]


def _shown(one: FileImport) -> dict[str, Any]:
    done = one.finished
    state = "undone" if one.undone else "finished" if done else "interrupted or going on"
    counts = {name: getattr(done, name) if done else 0 for name in ("rows", "created", "updated", "skipped", "errors")}
    return {"file": one.name, "sha256": one.file, "kind": one.kind, **counts, "state": state}


