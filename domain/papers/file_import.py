"""One import of one file, read in one way: what became of all its rows. What it made says itself which file it came from."""

from datetime import date
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp


class ImportStarted(Fact, frozen=True, kw_only=True):
    """Somebody confirmed that a file is to be taken over. `file` is its SHA-256, `kind` what sort of file, `cut_off` the day up to
    which it counts. Started again after an interruption, it is still the same import.
    """

    TOPIC = "import.started"
    file: str
    name: str
    kind: str
    reading: str
    cut_off: date

    def apply(self, thing: "FileImport", at: Stamp) -> None:
        thing.file, thing.name, thing.kind, thing.cut_off = self.file, self.name, self.kind, self.cut_off
        thing.started += 1
        thing.undone = False


class ImportFinished(Fact, frozen=True, kw_only=True):
    """Every row of the file has its outcome; the counts add up to the rows."""

    TOPIC = "import.finished"
    rows: int
    created: int
    updated: int
    skipped: int
    errors: int

    def apply(self, thing: "FileImport", at: Stamp) -> None:
        thing.finished = self
        thing.runs.append((thing.generation, self))


class ImportUndone(Fact, frozen=True, kw_only=True):
    """The import was taken back: what it had made is gone, so many cards."""

    TOPIC = "import.undone"
    cards: int

    def apply(self, thing: "FileImport", at: Stamp) -> None:
        thing.undone, thing.finished = True, None
        thing.generation += 1


class FileImport(Root):
    """What is known of an import."""

    KIND = "import"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.file = ""
        self.name = ""
        self.kind = ""
        self.cut_off: date | None = None
        self.started = 0
        self.generation = 0
        self.undone = False
        self.finished: ImportFinished | None = None
        self.runs: list[tuple[int, ImportFinished]] = []
        """What each run came to that came to something else than the one before, with how often it had been undone by then."""
