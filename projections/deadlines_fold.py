"""How the deadlines follow the log: for every thing those that its own fold says are open (`domain.deadlines.DEADLINES`)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.aggregate import Fact, Root
from domain.asset import Asset
from domain.deadlines import DEADLINES, Deadline, command_of
from domain.life.correcting import Corrected, TimeCorrected
from projections.changes import Changes, Connection, Table
from projections.feed import Batch
from projections.lines import NULL, moment, uid, uids
from projections.lives import Lives
from projections.projection import Projection, replace
from projections.things import roots

DEADLINE = Table(
    "deadline",
    (("thing", "uuid"), ("kind", "text"), ("due", "timestamptz"), ("about", "uuid")),
    ("command", "given"),
)


class Deadlines(Projection):
    """The projection `deadlines`."""

    name = "deadlines"
    version = 1
    kinds = tuple(sorted({one.of.KIND for one in DEADLINES}))
    tables = (DEADLINE,)

    def __init__(self, deadlines: Sequence[Deadline] = DEADLINES) -> None:
        self._of: dict[type[Root], list[Deadline]] = {}
        self._moving: dict[type[Root], set[type[Fact]]] = {}
        """The facts that open, move or close a deadline of such a thing: without any of these there is nothing to look at."""
        for one in deadlines:
            self._of.setdefault(one.of, []).append(one)
            self._moving.setdefault(one.of, {Corrected, TimeCorrected}).update(one.opens, one.closes)

    def listens(self, batch: Batch) -> bool:
        kinds = batch.kinds()
        return any(kind.KIND in kinds and batch.may_have(facts) for kind, facts in self._moving.items())

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        for kind, listed in self._of.items():
            if kind.KIND in batch.kinds() and batch.may_have(self._moving[kind]):
                lines = [
                    line
                    for thing in _things(connection, batch, lives, kind).values()
                    for one in listed
                    for line in _lines(one, thing)
                ]
                replace(connection, changes, DEADLINE, batch.begun(kind.KIND), lines)
        return changes


def _things(connection: Connection, batch: Batch, lives: Lives, kind: type[Root]) -> Mapping[UUID, Root]:
    if kind is Asset:
        return {id: life.asset for id, life in lives.of(connection, batch).items()}
    return roots(connection, batch, kind)


def _lines(one: Deadline, thing: Root) -> list[str]:
    return [
        f"{uid(thing.id)}\t{one.kind}\t{moment(due.at)}\t{uid(due.about or thing.id)}"
        f"\t{NULL if one.daily else command_of(one.kind, thing.id, due.at, due.about)}\t{uids(due.given)}"
        for due in one.dues(thing)
    ]
