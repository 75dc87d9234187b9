"""Whether a manager blocked a body as a borrower at a lending point (a warehouse, or a holder of goods that lie in none).

It is said on the body's own file, which every promise to it reads anyway: so it is guarded, and costs nothing more. What is open
there is asked of the read models and then of the loans themselves (`domain/usecases/blocking.py`).
"""

from datetime import datetime
from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.body import Block, Body


class BorrowingBlocked(Fact, frozen=True, kw_only=True):
    """A manager lets the body ask for nothing new here, until a moment or until further notice. The command's reason says why."""

    TOPIC = "body.borrowing_blocked"
    point: UUID
    until: datetime | None = None

    def apply(self, thing: Body, at: Stamp) -> None:
        thing.blocks[self.point] = Block(at.meta.reason, self.until)


class BorrowingCleared(Fact, frozen=True, kw_only=True):
    """A manager lets the body ask again. `until`: so long also what is overdue or unsigned does not block it."""

    TOPIC = "body.borrowing_cleared"
    point: UUID
    until: datetime | None = None

    def apply(self, thing: Body, at: Stamp) -> None:
        thing.blocks.pop(self.point, None)
        if self.until is not None:
            thing.blocks[self.point] = Block("", None, cleared_until=self.until)
