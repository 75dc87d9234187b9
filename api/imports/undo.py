"""Taking a whole import back, chunk by chunk; an interrupted undo is gone on with by asking again."""

from typing import NamedTuple
from uuid import UUID

from api.imports.remembered import all_imports
from api.imports.run import CHUNK
from api.installation import Installation
from api.terminal import Step
from projections import imports


class Undone(NamedTuple):
    """So many cards are gone, so many say again what they said before."""

    undone: int
    restored: int


def cards_of(installation: Installation, file: str) -> list[UUID]:
    """The cards that come from this file and were not taken back yet."""
    return imports.cards_of(installation.reader, file)


def touched(installation: Installation, file: str, cards: list[UUID]) -> int:
    """How many of them something else has happened to."""
    return imports.touched(installation.reader, file, cards)


def undo(installation: Installation, file: str, cards: list[UUID], step: Step) -> Undone:
    """Takes these cards back. Raises `Refused`."""
    undone = restored = 0
    for at in range(0, len(cards), CHUNK):
        done = installation.console("undo_take_over", file=file, assets=tuple(cards[at : at + CHUNK]))
        undone, restored = undone + done["undone"], restored + done["restored"]
        step(at + CHUNK)
    for one in all_imports(installation.recorder, installation.reader):
        if one.file == file and not one.undone:
            installation.console("note_undone_import", id=one.id, cards=undone)
    return Undone(undone, restored)
