"""How the history follows the log: one row per fact, and whom it concerned.

A fact concerns the acting body, the bodies it names, and those its thing belonged to just before and just after it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, LiteralString, get_args
from uuid import UUID

import msgspec

from domain.account import Account
from domain.aggregate import Fact, Recorded, Root
from domain.asset import Asset, Custody
from domain.body import Body
from domain.label import Label
from domain.papers.acquisition import Acquisition
from domain.papers.certificate import CertificateSeries
from domain.papers.damage_case import DamageCase
from domain.papers.demand import Demand
from domain.papers.disposal_case import DisposalCase
from domain.papers.emergency import Emergency
from domain.papers.file_import import FileImport
from domain.papers.inbox import Inbox
from domain.papers.intake import Intake
from domain.papers.kit import Kit
from domain.papers.loan import Loan
from domain.papers.outside_decision import OutsideDecision
from domain.papers.past_request import PastRequests
from domain.papers.pool_check import PoolCheck
from domain.papers.print_job import PrintJob
from domain.papers.reminder import Reminder
from domain.papers.repair_order import RepairOrder
from domain.papers.request import Request
from domain.papers.signing import Signing
from domain.papers.slip import SlipMarks, SlipSeries
from domain.papers.transfer import Transfer
from domain.place import Place
from domain.policy_book import PolicyBook
from projections.changes import Changes, Connection, Table, copy
from projections.feed import Batch, Entry, Poison, readable
from projections.lines import moment, uid
from projections.lives import Life, Lives
from projections.projection import Projection
from projections.things import NO_BODIES, Thing, things

THINGS: tuple[type[Root], ...] = (
    Account, Acquisition, Asset, Body, CertificateSeries, DamageCase, Demand, DisposalCase, Emergency, FileImport, Inbox,
    Intake, Kit, Label, Loan, OutsideDecision, PastRequests, Place, PolicyBook, PoolCheck, PrintJob, Reminder, RepairOrder, Request,
    Signing, SlipMarks, SlipSeries, Transfer,
)  # fmt: skip
"""Everything that has a history."""
WITHOUT_STATE = frozenset({CertificateSeries, Inbox, PastRequests, Reminder, Signing, SlipSeries, SlipMarks})
"""Endless series: whom a slip concerns, it says itself."""

EVENT = Table(
    "event",
    (("position", "bigint"),),
    (
        "thing",
        "kind",
        "topic",
        "version",
        "occurred",
        "recorded",
        "late",
        "person",
        "account",
        "office",
        "bodies",
    ),
)
EVIDENCE = Table("evidence", (("sha256", "text"), ("position", "bigint")), ())
NAMES_FILES = frozenset({"document", "erasure", "papers", "receipt", "scan", "sheets"})
"""Fields that hold the hash of a photo or a paper, if they hold a hash."""
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_BODIES = 20

_LATEST: LiteralString = (
    "SELECT t.thing, l.occurred FROM unnest(%s::uuid[]) AS t (thing) CROSS JOIN LATERAL"
    " (SELECT h.occurred FROM event h WHERE h.thing = t.thing ORDER BY h.occurred DESC LIMIT 1) AS l"
)


class HistoryChanges(Changes):
    """Also who may see what, by body."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.evidence: list[str] = []
        self.seen: list[str] = []

    def write(self, connection: Connection) -> None:
        super().write(connection)
        copy(connection, "seen", ("body", "position"), self.seen)


class History(Projection):
    """The projection `history`."""

    name = "history"
    version = 2
    kinds = tuple(kind.KIND for kind in THINGS)
    tables = (EVENT, EVIDENCE)

    def listens(self, batch: Batch) -> bool:
        return True  # also to what nobody knows: it stops there

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = HistoryChanges()
        latest = {} if batch.fresh else self._latest(connection, batch)
        strangers = batch.kinds() - set(self.kinds)
        if strangers:
            position = min(
                one.position for kind in strangers for facts in batch.of(kind).values() for one in facts
            )
            raise Poison(position, f"no history is known for {', '.join(sorted(strangers))}")
        for kind in THINGS:
            touched = batch.of(kind.KIND)
            if touched:
                folded: Mapping[UUID, Life | Thing[Any]] = {}
                if kind is Asset:
                    folded = lives.of(connection, batch)
                elif kind not in WITHOUT_STATE:
                    folded = things(connection, batch, kind)
                for id, entries in touched.items():
                    self._rows(
                        changes, kind.KIND, entries, folded[id].parties if folded else {}, latest.get(id)
                    )
        changes.add(EVENT, *changes.events)
        changes.add(EVIDENCE, *changes.evidence)
        return changes

    def contradictions(self, connection: Connection) -> list[str]:
        by_event = "SELECT unnest(bodies), position FROM event"
        rows = connection.execute(
            f"(TABLE seen EXCEPT ALL ({by_event})) UNION ALL (({by_event}) EXCEPT ALL TABLE seen) LIMIT 5"
        ).fetchall()
        return [f"history.seen differs at position {row[1]}" for row in rows]

    def load(self, connection: Connection) -> None:
        """Nothing: rows of `seen` are loaded with the others."""

    @staticmethod
    def _latest(connection: Connection, batch: Batch) -> dict[UUID, datetime]:
        older = [
            id for kind in batch.kinds() for id, entries in batch.of(kind).items() if entries[0].version > 1
        ]
        return dict(connection.execute(_LATEST, (older,)).fetchall()) if older else {}

    def _rows(
        self,
        changes: HistoryChanges,
        kind: str,
        entries: Sequence[Entry],
        parties: Mapping[int, Iterable[UUID]],
        latest: datetime | None,
    ) -> None:
        thing, seen = uid(entries[0].stream), changes.seen
        for one in readable(entries):
            meta, position, fact, occurred = one.meta, one.position, one.fact, one.occurred_at
            office = uid(meta.body)
            concerned = {office, *map(uid, parties.get(position, ())), *map(uid, _named(fact))}
            bodies = sorted(concerned)[:MOST_BODIES]
            late = latest is not None and occurred < latest
            if not late:
                latest = occurred
            changes.events.append(
                f"{position}\t{thing}\t{kind}\t{fact.TOPIC}\t{one.version}\t{moment(occurred)}"
                f"\t{moment(one.recorded_at)}\t{'t' if late else 'f'}\t{uid(meta.person)}\t{uid(meta.account)}\t{office}"
                f"\t{{{','.join(bodies)}}}",
            )
            for concern in bodies:
                seen.append(f"{concern}\t{position}")
            if meta.evidence or _naming_files(type(fact)):
                changes.evidence += [f"{file}\t{position}" for file in files_of(one)]


def files_of(one: Recorded) -> list[str]:
    """The photos and papers that a fact, or the command it came with, refers to."""
    return sorted({*(file for file in one.meta.evidence if SHA256.fullmatch(file)), *_files(one.fact, False)})


@cache
def _naming_files(kind: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    """The fields in which a value of this type can name files, and whether by themselves: most facts have none, and an import has a
    million of them.
    """
    fields = [(one.name, one.name in NAMES_FILES, one.type) for one in msgspec.structs.fields(kind)]
    return tuple((name, names) for name, names, type in fields if names or _may_name_files(type))


@cache
def _may_name_files(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return bool(_naming_files(kind))
    return any(map(_may_name_files, get_args(kind)))


def _files(value: Any, named: bool) -> Iterator[str]:
    if isinstance(value, str):
        if named and SHA256.fullmatch(value):
            yield value
    elif isinstance(value, msgspec.Struct):
        for name, names in _naming_files(type(value)):
            yield from _files(getattr(value, name), names)
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from _files(one, named)


def _named(fact: Fact) -> list[UUID]:
    """The ids a fact names itself that may be bodies."""
    named = []
    for name in _naming_bodies(type(fact)):
        value = getattr(fact, name)
        if type(value) is UUID:
            named.append(value)
        elif type(value) is Custody:
            named.append(value.body)
    return named


@cache
def _naming_bodies(kind: type[Fact]) -> tuple[str, ...]:
    """The fields in which a fact can do so."""
    fields = [one for one in msgspec.structs.fields(kind) if one.name not in NO_BODIES]
    return tuple(one.name for one in fields if {UUID, Custody} & {one.type, *get_args(one.type)})
