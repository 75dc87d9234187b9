"""Where commands are decided: read, ask the use case, append; decide again when something moved meanwhile.

A retry with the same command id gets the first outcome, at once or a year later: the receipt is written with the events.
A conflict is decided again until the command's deadline, unless the asker named the version it had looked at.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

import msgspec

import domain.vocabulary  # noqa: F401  # whoever decides must know every use case
from domain.aggregate import Fact, Meta, Recorded, Root, decode, decode_meta, encode
from domain.command import (
    Candidates,
    Command,
    Envelope,
    Hands,
    InCustody,
    Matches,
    OpenLoans,
    Waiting,
    belongs,
    unknown,
)
from domain.ids import uuid7
from domain.label_code import BITS
from domain.policy_book import BOOK
from domain.refusals import NumberTaken, Refusal, StaleVersion
from domain.usecases import perform
from domain.values import unsaid
from projections.store.recorder import (
    Accepted,
    Append,
    CommandIdReused,
    Conflict,
    LogRow,
    NewEvent,
    OutcomeUnknown,
    Recorder,
    Taken,
)

DEADLINE_S = 10.0
SLOW_STREAMS = ("account.", "body.", "place.", "policy.")
"""Streams that change seldom and are read by every command: remembered, and every decision on them is guarded. The book of policies
also while nobody has set any.
"""
REMEMBERED = 20_000

R = TypeVar("R", bound=Root)

_canonical = msgspec.json.Encoder(order="deterministic", enc_hook=unsaid).encode


@dataclass(slots=True)
class _Remembered:
    """A stream as it was read, and the thing it makes."""

    facts: tuple[Recorded, ...]
    root: Root | None = None
    tables: tuple[str, ...] = ()


class Decided(msgspec.Struct, frozen=True):
    """What became of a command: an outcome, or a rule's refusal. Either is kept and given again."""

    position: int
    versions: Mapping[UUID, int]
    outcome: Mapping[str, Any]
    refused: str = ""
    path: str = ""
    values: Mapping[str, Any] = {}
    replayed: bool = False


class Reused(Exception):
    """The command id was used before with another input."""


class Desk:
    """Decides commands on one log, for all threads of this process."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], UUID] = uuid7,
        hands: Hands | None = None,
        candidates: Candidates | None = None,
        matches: Matches | None = None,
        waiting: Waiting | None = None,
        open_loans: OpenLoans | None = None,
        in_custody: InCustody | None = None,
        draw: Callable[[], int] = lambda: secrets.randbits(BITS),
    ) -> None:
        self.recorder, self._clock, self._new_id = recorder, clock, new_id
        self._hands, self._candidates, self._matches, self._waiting = hands, candidates, matches, waiting
        self._open_loans, self._in_custody, self._draw = open_loans, in_custody, draw
        self._memory: dict[UUID, _Remembered] = {}
        self._memory_lock = Lock()

    def execute(
        self, use_case: str, envelope: Envelope, input: Mapping[str, Any], deadline_s: float = DEADLINE_S
    ) -> Decided:
        """Decides one command.

        Raises `StaleVersion` (the asker's version is not the one that is there), `Reused`, and from the log `OutcomeUnknown`
        (ask again with the same id) and `DatabaseAway`.
        """
        ends = time.monotonic() + deadline_s
        fingerprint = _fingerprint(use_case, envelope, input)
        trust_memory, taken = True, None
        while True:
            try:
                append = self._decide(
                    use_case, envelope, input, fingerprint, trust_memory=trust_memory, taken=taken
                )
            except StaleVersion:
                if (
                    trust_memory
                ):  # nor may this: another process may have made the very version that was named
                    trust_memory = False
                    continue
                before = self.recorder.receipt(envelope.account, envelope.command_id)
                if before is None:
                    raise
                append = Append(envelope.account, envelope.command_id, fingerprint)
            except Refusal as no:
                if (
                    trust_memory
                ):  # a refusal is kept for ever: it must not rest on what another process has just changed
                    trust_memory = False
                    continue
                append = _refusal(envelope, fingerprint, no)
            left = ends - time.monotonic()
            if left <= 0:
                raise OutcomeUnknown("the command's time is up; ask again with the same id")
            verdict = self.recorder.append(append, left)
            match verdict:
                case Accepted():
                    self._forget(verdict.versions)
                    return _decided(verdict)
                case Conflict(stream=stream):
                    self._forget([stream])
                    trust_memory = False
                case Taken():
                    taken = verdict
                case CommandIdReused():
                    raise Reused
                case _:
                    raise TypeError(verdict)

    def look(self, envelope: Envelope) -> Command:
        """A command that only looks (`permitted_actions`): it reads and asks, and nothing is appended."""
        return self._command("look", envelope, trust_memory=False)

    def _decide(
        self,
        use_case: str,
        envelope: Envelope,
        input: Mapping[str, Any],
        fingerprint: bytes,
        *,
        trust_memory: bool,
        taken: Taken | None,
    ) -> Append:
        command = self._command(use_case, envelope, trust_memory=trust_memory)
        outcome = perform(use_case, command, input)
        if taken is not None and (taken.kind, taken.key) in {claim[:2] for claim in command.claims}:
            raise NumberTaken("number", number=taken.key)
        meta = encode(command.meta)
        events: list[NewEvent] = []
        for root in command.roots.values():
            if root.pending:
                at = command.dated.get(root.id, command.occurred_at)
                for version, fact in enumerate(root.pending, root.version + 1):
                    events.append(NewEvent(root.id, version, fact.TOPIC, encode(fact), meta, at))
        for stream, fact in command.numbered:
            events.append(NewEvent(stream, None, fact.TOPIC, encode(fact), meta, command.occurred_at))
        return Append(
            envelope.account,
            envelope.command_id,
            fingerprint,
            events=tuple(events),
            guards=self._guards(command, trust_memory=trust_memory),
            claims=tuple(command.claims),
            releases=tuple(command.releases),
            answer=encode(outcome),
        )

    def _guards(self, command: Command, *, trust_memory: bool) -> tuple[tuple[UUID, int], ...]:
        """What the decision rests on: all it read, and whatever else the asker named a version of."""
        read = command.roots.values()
        expected = command.envelope.expected
        if not expected:  # what it writes to is guarded by the versions of its events
            return tuple([(root.id, root.version) for root in read if not root.pending])
        guards = {root.id: root.version for root in read}
        unread = [id for id in expected if id not in guards]
        if unread:
            streams = self._remembered(unread) if trust_memory else self._fresh(unread)
            for id in unread:
                actual = streams[id][-1].version if streams[id] else 0
                if actual != expected[id]:
                    raise StaleVersion(id, expected[id], actual)
                guards[id] = actual
        return tuple(guards.items())

    def _command(self, use_case: str, envelope: Envelope, *, trust_memory: bool) -> Command:
        return Command(
            envelope,
            use_case,
            now=self._clock(),
            read=self._remembered if trust_memory else self._fresh,
            owners=self.recorder.owners,
            new_id=self._new_id,
            fact_at=self.fact_at,
            hands=self._hands,
            candidates=self._candidates,
            matches=self._matches,
            waiting=self._waiting,
            open_loans=self._open_loans,
            in_custody=self._in_custody,
            known=self._known if trust_memory else unknown,
            draw=self._draw,
        )

    def _remembered(self, streams: Sequence[UUID]) -> Mapping[UUID, Sequence[Recorded]]:
        found: dict[UUID, Sequence[Recorded]] = {}
        missing = []
        for stream in streams:
            known = self._memory.get(stream)
            if known is None:
                missing.append(stream)
            else:
                found[stream] = known.facts
        return {**found, **self._fresh(missing)} if missing else found

    def _fresh(self, streams: Sequence[UUID]) -> Mapping[UUID, Sequence[Recorded]]:
        read = {stream: tuple(map(recorded, rows)) for stream, rows in self.recorder.read(streams).items()}
        for stream, facts in read.items():
            if facts[0].fact.TOPIC.startswith(SLOW_STREAMS) if facts else stream == BOOK:
                with self._memory_lock:
                    self._memory[stream] = _Remembered(facts)
                    while len(self._memory) > REMEMBERED:
                        del self._memory[next(iter(self._memory))]
        return read

    def _known(self, kind: type[R], id: UUID) -> R | None:
        """What is remembered is folded once and copied for each command."""
        known = self._memory.get(id)
        if known is None or not belongs(kind, known.facts):
            return None
        root = known.root
        if not isinstance(root, kind):
            root = kind.replay(id, known.facts)
            known.tables, known.root = root.tables(), root
        return root.copy(known.tables)

    def fact_at(self, stream: UUID, version: int) -> Recorded | None:
        """One fact of the log, by its stream and version."""
        row = self.recorder.event(stream, version)
        return recorded(row) if row else None

    def _forget(self, streams: Sequence[UUID] | Mapping[UUID, int]) -> None:
        with self._memory_lock:
            for stream in streams:
                self._memory.pop(stream, None)


def recorded(row: LogRow) -> Recorded:
    """A row of the log as the domain reads it."""
    position, stream, version, topic, body, meta, occurred_at, recorded_at = row
    fact: Fact = decode(topic, body)
    who: Meta = decode_meta(meta)
    return Recorded(position, stream, version, fact, who, occurred_at, recorded_at)


def _fingerprint(use_case: str, envelope: Envelope, input: Mapping[str, Any]) -> bytes:
    """The hash of what was asked: the same id with anything else is another command. Of a secret not even the hash is kept."""
    said = (use_case, input, envelope.body, envelope.occurred_at, envelope.reason, envelope.evidence)
    return hashlib.sha256(_canonical(said)).digest()


def _refusal(envelope: Envelope, fingerprint: bytes, no: Refusal) -> Append:
    answer = encode(
        {
            "code": no.code,
            "path": no.path,
            "values": {name: _plain(value) for name, value in no.values.items()},
        }
    )
    return Append(envelope.account, envelope.command_id, fingerprint, answer=answer, refused=True)


def _plain(value: object) -> object:
    return value if isinstance(value, int | None) else str(value)


def _decided(verdict: Accepted) -> Decided:
    answer = msgspec.json.decode(verdict.answer)
    if verdict.refused:
        return Decided(
            verdict.position,
            {},
            {},
            answer["code"],
            answer["path"],
            answer["values"],
            replayed=verdict.replayed,
        )
    return Decided(verdict.position, verdict.versions, answer, replayed=verdict.replayed)
