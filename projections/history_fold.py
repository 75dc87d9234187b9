"""How the history follows the log: one row per fact, and whom it concerned.

A fact concerns the acting body, the bodies it names, and those its thing belonged to just before and just after it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, LiteralString, get_args
from uuid import UUID

import msgspec

from domain.account import Account
from domain.aggregate import Fact, Recorded, Root
from domain.asset import Asset, Custody
from domain.body import Body
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
from domain.papers.reminder import Reminder
from domain.papers.repair_order import RepairOrder
from domain.papers.request import Request
from domain.papers.signing import Signing
from domain.papers.slip import SlipMarks, SlipSeries
from domain.papers.transfer import Transfer
from domain.place import Place
from domain.policy_book import PolicyBook
from projections.changes import Changes, Connection, Table, copy
from projections.feed import Batch, Entry, Poison, advance, readable
from projections.lines import moment, uid, yes
from projections.lives import Lives
from projections.projection import Projection

THINGS: tuple[type[Root], ...] = (
    Account, Acquisition, Asset, Body, CertificateSeries, DamageCase, Demand, DisposalCase, Emergency, FileImport, Inbox,
    Intake, Kit, Loan, OutsideDecision, PastRequests, Place, PolicyBook, PoolCheck, Reminder, RepairOrder, Request, Signing, SlipMarks,
    SlipSeries, Transfer,
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
NAMES_FILES = frozenset({"document", "erasure", "papers", "receipt", "scan"})
"""Fields that hold the hash of a photo or a paper, if they hold a hash."""
SHA256 = re.compile(r"[0-9a-f]{64}")
NO_BODIES = frozenset(
    {
        "account", "asker", "asset", "by", "cart", "case", "damage", "gone", "handover", "intake", "into", "kit", "listing", "loan",
        "other_asset", "paper", "part", "person", "place", "policy", "reservation", "taken", "warehouse",
    }
)  # fmt: skip
"""Fields that name no body: leaving them out only keeps the index of the feed small."""
MOST_BODIES = 20

_LATEST: LiteralString = (
    "SELECT t.thing, l.occurred FROM unnest(%s::uuid[]) AS t (thing) CROSS JOIN LATERAL"
    " (SELECT h.occurred FROM event h WHERE h.thing = t.thing ORDER BY h.occurred DESC LIMIT 1) AS l"
)


class HistoryChanges(Changes):
    """Also who may see what, by body."""

    def __init__(self) -> None:
        super().__init__()
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
        assets = {id: life.parties for id, life in lives.of(connection, batch).items()}
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
                parties = (
                    assets
                    if kind is Asset
                    else {}
                    if kind in WITHOUT_STATE
                    else self._parties(connection, batch, kind)
                )
                for id, entries in touched.items():
                    self._rows(changes, kind.KIND, entries, parties.get(id, {}), latest.get(id))
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

    @staticmethod
    def _parties(connection: Connection, batch: Batch, kind: type[Root]) -> dict[UUID, dict[int, set[UUID]]]:
        """Whom the things' own states named, just before and just after each fact."""
        found: dict[UUID, dict[int, set[UUID]]] = {}
        for id, facts in batch.streams(connection, kind.KIND).items():
            root, named = kind(id), found.setdefault(id, {})
            before: set[UUID] = set()
            for one in facts:
                try:
                    advance(root, one)
                except Exception as error:
                    raise Poison(one.position, f"{type(error).__name__}: {error}") from error
                after = {
                    value
                    for name, value in vars(root).items()
                    if isinstance(value, UUID) and name not in NO_BODIES
                }
                after |= {*getattr(root, "parties", ())}
                if kind is not Body:
                    after.discard(id)
                named[one.position] = before | after
                before = after
        return found

    def _rows(
        self,
        changes: HistoryChanges,
        kind: str,
        entries: Iterable[Entry],
        parties: Mapping[int, Iterable[UUID]],
        latest: datetime | None,
    ) -> None:
        for one in readable(entries):
            meta, position, fact = one.meta, one.position, one.fact
            concerned = {meta.body, *parties.get(position, ()), *_named(fact)}
            bodies = [uid(body) for body in concerned]
            bodies.sort()
            if len(bodies) > MOST_BODIES:
                bodies = bodies[:MOST_BODIES]
            late = latest is not None and one.occurred_at < latest
            latest = one.occurred_at if latest is None else max(latest, one.occurred_at)
            changes.add(
                EVENT,
                f"{position}\t{uid(one.stream)}\t{kind}\t{fact.TOPIC}\t{one.version}\t{moment(one.occurred_at)}"
                f"\t{moment(one.recorded_at)}\t{yes(late)}\t{uid(meta.person)}\t{uid(meta.account)}\t{uid(meta.body)}"
                f"\t{{{','.join(bodies)}}}",
            )
            for file in files_of(one):
                changes.add(EVIDENCE, f"{file}\t{position}")
            changes.seen += [f"{body}\t{position}" for body in bodies]


def files_of(one: Recorded) -> list[str]:
    """The photos and papers that a fact, or the command it came with, refers to."""
    found = {file for file in one.meta.evidence if SHA256.fullmatch(file)}
    if _may_name_files(type(one.fact)):
        found.update(_files(one.fact, False))
    return sorted(found)


@cache
def _may_name_files(kind: Any) -> bool:
    """Whether a value of this type can: most facts cannot, and an import has a million of them."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return any(one.name in NAMES_FILES or _may_name_files(one.type) for one in msgspec.structs.fields(kind))
    return any(map(_may_name_files, get_args(kind)))


def _files(value: Any, named: bool) -> Iterator[str]:
    if isinstance(value, str):
        if named and SHA256.fullmatch(value):
            yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _files(getattr(value, name), name in NAMES_FILES)
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from _files(one, named)


_FIELDS: dict[type[Fact], tuple[str, ...]] = {}


def _named(fact: Fact) -> Iterator[UUID]:
    """The ids a fact names itself that may be bodies."""
    fields = _FIELDS.get(type(fact))
    if fields is None:
        fields = _FIELDS[type(fact)] = tuple(name for name in fact.__struct_fields__ if name not in NO_BODIES)
    for name in fields:
        value: Any = getattr(fact, name)
        if isinstance(value, UUID):
            yield value
        elif isinstance(value, Custody):
            yield value.body
