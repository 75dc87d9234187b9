"""A manager blocks a borrower at a warehouse, for a reason and a time, or clears it. What holds by time never overwrites either."""

from datetime import datetime
from uuid import UUID

from domain.body import Body
from domain.command import Command
from domain.papers.borrower import BorrowingBlocked, BorrowingCleared
from domain.place import Place
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.usecases import Outcome, use_case
from domain.usecases.damage_rules import must_not_be_of
from domain.usecases.pooling import ReasonMissing
from domain.values import Role


class NotBlocked(Refusal):
    """Nobody blocked the body here, or not any more: there is nothing to clear."""

    code = "NOT_BLOCKED"


SUSPENDING = (Role.ASSET_MANAGER,)


@use_case("block_borrower", by=SUSPENDING, emits=(BorrowingBlocked,), gives=("borrower",))
def block_borrower(c: Command, *, body: UUID, warehouse: UUID, until: datetime | None = None) -> Outcome:
    """Lets a body ask for nothing new at a warehouse (or of a holder's goods that lie in none), until a moment or further notice.

    Needs a reason. What it has it may still return, at any time.
    """
    borrower = _borrower(c, body, warehouse, until)
    borrower.record(BorrowingBlocked(point=warehouse, until=until))
    return {"borrower": borrower.id}


@use_case("clear_borrower", by=SUSPENDING, emits=(BorrowingCleared,), gives=("borrower",))
def clear_borrower(c: Command, *, body: UUID, warehouse: UUID, until: datetime | None = None) -> Outcome:
    """Ends a block; whoever was blocked is told. With `until`, what is overdue or unsigned does not block the body until then either.

    Needs a reason, and somebody of another body.
    """
    borrower = _borrower(c, body, warehouse, until)
    must_not_be_of(c, borrower.id)
    block = borrower.blocks.get(warehouse)
    if until is None and (block is None or not block.holds(c.now)):
        raise NotBlocked("body", body=borrower.name)
    if until is not None and block is not None and block.cleared_until == until:
        raise AlreadyDone("until", what=until.isoformat())
    borrower.record(BorrowingCleared(point=warehouse, until=until))
    return {"borrower": borrower.id}


def _borrower(c: Command, body: UUID, warehouse: UUID, until: datetime | None) -> Body:
    """For the asset manager of whose pool it is, of who runs the store, or of the holder without one."""
    where = c.load_any((Place, Body), warehouse, "warehouse")
    scopes = where.scopes if isinstance(where, Body) else ()
    if isinstance(where, Place):
        if where.id != where.warehouse:
            raise InvalidValue("warehouse", value=where.name, because="whole_warehouse")
        scopes = (*c.load(Body, where.owner).scopes, *c.load(Body, where.operator).scopes)
    c.must(SUSPENDING, *scopes)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if until is not None and until <= c.now:
        raise InvalidValue("until", value=until.isoformat(), after=c.now.isoformat())
    return c.load(Body, c.load(Body, body, "body").accountable)
