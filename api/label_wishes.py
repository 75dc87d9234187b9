"""Which labels does a print job want next? Named things, or, by number, what is at a place, came with a file or answers a query."""

from collections.abc import Iterator
from itertools import islice
from typing import LiteralString, NamedTuple
from uuid import UUID

from api.installation import Installation
from domain.asset import Existence, Kind
from domain.label import LabelFor, LabelKind
from domain.papers.print_job import PrintJob, PrintJobAsked, ToPrint
from domain.usecases.print_jobs import MOST_PRINTED
from projections import register
from projections.register import Item

PAGE = 500
ALIVE = (Existence.TAKEN_OVER, Existence.REGISTERED, Existence.UNCARDED)
_BELOW: LiteralString = """a.place IN (
    WITH RECURSIVE inside (id) AS (
        SELECT %(place)s::uuid UNION
        SELECT p.id FROM organisations.place p JOIN inside i ON p.id <> i.id AND (p.parent = i.id OR p.warehouse = i.id))
    SELECT id FROM inside)"""
"""What stands in a warehouse, a zone or a bin, and in all that is inside it."""


class Wish(NamedTuple):
    """The next labels: of things, or so many blanks. `last`: where the ones after them begin."""

    things: tuple[LabelFor, ...] = ()
    blanks: int = 0
    last: str = ""


class _From(NamedTuple):
    """How far a list of things has been gone through: this one, and of its pieces so many."""

    number: str
    asset: UUID
    piece: int


def wishes(app: Installation, job: PrintJob, asked: PrintJobAsked, *, first: int) -> Wish:
    """At most so many; none when the job has all it wants."""
    what = asked.what
    if what.blanks:
        return Wish(blanks=min(first, what.blanks - job.printed))
    if what.things:
        done = int(job.last or 0)
        return Wish(things=what.things[done : done + first], last=str(min(done + first, len(what.things))))
    taken = list(islice(_listed(app, job, what), first))
    if not taken:
        return Wish()
    end = taken[-1][1]
    return Wish(things=tuple(one for one, _ in taken), last=f"{end.number} {end.asset} {end.piece}")


def expected(app: Installation, job: PrintJob, asked: PrintJobAsked) -> int | None:
    """How many labels there will be at most, to show progress; None where that would take as long as making them."""
    what = asked.what
    if what.things or what.blanks:
        return what.blanks or len(what.things)
    if what.pieces:
        return None
    where, values = _condition(what)
    with app.reader.connection() as connection:
        return register.count(
            connection, app.reaches.of(job.account), where=where, values=values, most=MOST_PRINTED + 1
        )


def _listed(app: Installation, job: PrintJob, what: ToPrint) -> Iterator[tuple[LabelFor, _From]]:
    """The labels of a list of things beyond where the job has come, page by page."""
    where, values = _condition(what)
    begin = _read(job.last)
    if begin is not None and begin.piece:  # some pieces of this lot were taken
        with app.reader.connection() as connection:
            lot = register.one(connection, app.reaches.of(job.account), begin.asset)
        yield from _labels(lot, begin.piece) if lot else ()
    after = (begin.number, begin.asset) if begin else None
    while True:
        with app.reader.connection() as connection:
            items = register.page(
                connection, app.reaches.of(job.account), after=after, first=PAGE, where=where, values=values
            )
        for item in items:
            yield from _labels(item, 0) if what.pieces and item.kind == Kind.LOT else (_one(item),)
        if len(items) < PAGE:
            return
        after = items[-1].number, items[-1].asset


def _labels(lot: Item, done: int) -> Iterator[tuple[LabelFor, _From]]:
    """One for each piece of a lot."""
    for piece in range(done + 1, lot.quantity + 1):
        last = piece == lot.quantity
        yield (
            LabelFor(kind=LabelKind.PIECE, thing=lot.asset, piece=piece),
            _From(lot.number, lot.asset, 0 if last else piece),
        )


def _one(item: Item) -> tuple[LabelFor, _From]:
    return LabelFor(kind=LabelKind.ASSET, thing=item.asset), _From(item.number, item.asset, 0)


def _condition(what: ToPrint) -> tuple[tuple[LiteralString, ...], dict[str, object]]:
    alive: LiteralString = "a.existence = ANY(%(existence)s)"
    values: dict[str, object] = {"existence": [one.value for one in ALIVE]}
    if what.place is not None:
        return (alive, _BELOW), values | {"place": what.place}
    if what.file:
        return (alive, "a.source_file = %(file)s"), values | {"file": what.file}
    return (alive, register.TEXT), values | register.text_values(what.query)


def _read(last: str) -> _From | None:
    """Where the last chunk ended, as `wishes` wrote it."""
    if not last:
        return None
    number, asset, piece = last.rsplit(" ", 2)
    return _From(number, UUID(asset), int(piece))
