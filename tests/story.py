"""Stories: given facts, when somebody asks, then facts or a refusal.

    given(GANSU, on(PROJECTOR, Registered(...))).when("lend", as_=ANA, asset=PROJECTOR, ...).then(Lent)

`when` runs the real use case with the real `Command` on a log in memory that keeps the append contract:
guards, claims, numbered series. After every accepted command each new fact is sent through its stored
bytes, and every thing is replayed and compared with what the command left behind, so `apply` and the
stored form are tested by every story. No story may put something into the empty hands of a body whose file
could be closed at the same moment (docs/decisions/0006-closing-a-body.md).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from random import Random
from typing import Any, Self, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

import domain.usecases
from domain.aggregate import Fact, Meta, Recorded, Root, decode, decode_meta, encode
from domain.asset import Asset
from domain.availability import Match, Wanted, match
from domain.body import Body
from domain.command import Command, Envelope, OpenLoan, belongs
from domain.hands import hands_on
from domain.label_code import BITS
from domain.papers.demand import Demand, DemandState
from domain.papers.loan import Loan
from domain.place import Place
from domain.refusals import NumberTaken, Refusal, StaleVersion
from domain.texts import LANGUAGES, say
from domain.usecases import USE_CASES, perform, use_case
from domain.usecases.organisations import foundation
from domain.values import CONSOLE, ROOT, ClassCode, Role, unsaid

R = TypeVar("R", bound=Root)

HERE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=HERE)
LONG_AGO = datetime(2025, 1, 6, 9, tzinfo=HERE)
KEPT_BY_COMMAND = {"version", "pending", "stamp"}


class Step:
    """Facts that happened to one thing before the story begins."""

    def __init__(
        self, stream: UUID, facts: Sequence[Fact], at: datetime, meta: Meta, claims: Sequence[tuple[str, str]]
    ) -> None:
        self.stream, self.facts, self.at, self.meta, self.claims = stream, facts, at, meta, claims


def on(
    stream: UUID,
    *facts: Fact,
    at: datetime = LONG_AGO,
    by: UUID = CONSOLE,
    person: UUID | None = None,
    body: UUID = ROOT,
    claims: Sequence[tuple[str, str]] = (),
) -> Step:
    """These facts on this stream. `claims`: (kind, key) that the stream owns since then."""
    return Step(
        stream,
        facts,
        at,
        Meta(account=by, person=person or by, body=body, command=by, use_case="story"),
        claims,
    )


FOUNDATION = [on(stream, *facts) for stream, facts in foundation("甘肃省").items()]
"""The root body, and the command line's account: the one who asks where a story is not about rights."""


class Log:
    """The append contract in memory: what `projections.store.recorder` does, for one writer."""

    def __init__(self) -> None:
        self.rows: list[Recorded] = []
        self.streams: dict[UUID, list[Recorded]] = {}
        self.owned: dict[tuple[str, str], UUID] = {}

    def read(self, streams: Sequence[UUID]) -> Mapping[UUID, Sequence[Recorded]]:
        return {id: tuple(self.streams.get(id, ())) for id in streams}

    def owners(self, kind: str, keys: Sequence[str]) -> Mapping[str, UUID]:
        return {key: self.owned[kind, key] for key in keys if (kind, key) in self.owned}

    def add(self, stream: UUID, fact: Fact, occurred_at: datetime, recorded_at: datetime, meta: Meta) -> None:
        """Appends what the bytes say, not what was in memory."""
        stored = decode(fact.TOPIC, encode(fact))
        assert stored == fact, f"{fact} reads back as {stored}"
        there = self.streams.setdefault(stream, [])
        row = Recorded(
            len(self.rows) + 1,
            stream,
            len(there) + 1,
            stored,
            decode_meta(encode(meta)),
            occurred_at,
            recorded_at,
        )
        there.append(row)
        self.rows.append(row)

    def hands(self, id: UUID) -> int:
        """How many assets and open places are in a body's hands, or how many things are at a place."""
        return sum(id in hands_on(thing) for thing in self.things())

    def in_custody(self, person: UUID, body: UUID) -> list[UUID]:
        """Whatever a person has somewhere: the decision looks for itself where."""
        return [one.id for one in self.things() if isinstance(one, Asset) and one.custody.person == person]

    def candidates(self, wanted: Wanted, now: datetime) -> list[UUID]:
        """Listed assets in usable condition that may serve a wish, the most free first."""
        found = []
        for thing in self.things():
            if not isinstance(thing, Asset) or thing.class_code is None or thing.listing is None:
                continue
            at = Place.replay(thing.place, self.streams[thing.place]).warehouse if thing.place else None
            if (
                thing.class_code.code.startswith(wanted.class_code)
                and wanted.scheme in {"", thing.class_code.scheme}
                and wanted.warehouse in {None, at}
                and (wanted.holder is None or (thing.holder == wanted.holder and at is None))
                and thing.usable > 0
            ):
                found.append(thing)
        return [thing.id for thing in sorted(found, key=lambda one: -one.free(wanted.window, now))]

    def matches(self, wanted: Wanted, soon: timedelta, now: datetime) -> list[Match]:
        """What is offered for a wish, by place and holder."""
        found: dict[tuple[UUID, UUID | None], Match] = {}
        for thing in self.things():
            if isinstance(thing, Asset) and _is_offered(thing, wanted, now):
                at = Place.replay(thing.place, self.streams[thing.place]).warehouse if thing.place else None
                where = Match(holder=thing.holder, free=0, place=thing.place, warehouse=at)
                one = match(thing.usable, thing.claims(now), wanted.window, soon, where)
                if one is not None:
                    key = thing.holder, thing.place
                    found[key] = found[key] + one if key in found else one
        return sorted(found.values(), key=lambda one: (-one.free, -one.soon, one.holder, str(one.place)))

    def waiting(self, code: ClassCode) -> list[UUID]:
        """The demands for a class that may be waiting, first in the queue first."""
        found = []
        for id, rows in self.streams.items():
            if belongs(Demand, rows):
                one = Demand.replay(id, rows)
                theirs = one.class_code.code if one.class_code else ""
                if one.state is DemandState.WAITING and (
                    theirs.startswith(code.code) or code.code.startswith(theirs)
                ):
                    found.append(one)
        return [one.id for one in sorted(found, key=lambda one: one.rank)]

    def open_loans(self, borrower: UUID, point: UUID, late_at: datetime | None = None) -> list[OpenLoan]:
        """All an accountable body and its divisions ever had out at a lending point: as little up to date as a view may be."""
        loans = [Loan.replay(id, rows) for id, rows in self.streams.items() if belongs(Loan, rows)]
        return [
            OpenLoan(loan.id, loan.due or datetime.min.replace(tzinfo=HERE), True)
            for loan in loans
            if loan.point == point
            and Body.replay(loan.borrower, self.streams[loan.borrower]).accountable == borrower
        ]

    def things(self) -> Iterator[Asset | Place]:
        for id, rows in self.streams.items():
            for kind in (Asset, Place):
                if belongs(kind, rows):
                    yield kind.replay(id, rows)

    def add_step(self, step: Step) -> None:
        for fact in step.facts:
            self.add(step.stream, fact, step.at, step.at, step.meta)
        for kind, key in step.claims:
            self.owned[kind, key] = step.stream

    def taken(self, command: Command) -> tuple[str, str] | None:
        """The first claim another owner has. Own releases come first."""
        owned = dict(self.owned)
        for kind, key, owner in command.releases:
            if owned.get((kind, key)) == owner:
                del owned[kind, key]
        for kind, key, owner in command.claims:
            if owned.setdefault((kind, key), owner) != owner:
                return kind, key
        self.owned = owned
        return None


class Story:
    """A log and what the last request came to."""

    def __init__(self, steps: Iterable[Any]) -> None:
        self.log = Log()
        self.now = MONDAY
        self.answer: Mapping[str, Any] = {}
        self.new: list[Recorded] = []
        self.refusal: Refusal | None = None
        self.is_stale = False
        self._ids = 0
        self._lots = Random(2026)
        for step in flat((FOUNDATION, steps)):
            self.log.add_step(step)

    def given(self, *steps: Any) -> Self:
        """More facts, in the middle of the story."""
        for step in flat(steps):
            self.log.add_step(step)
        return self

    def when(
        self,
        name: str,
        /,
        *,
        as_: Any = CONSOLE,
        at: Any = None,
        happened_: Any = None,
        body_: Any = None,
        reason_: Any = "",
        evidence_: Any = (),
        expected_: Any = None,
        meanwhile_: Any = (),
        **input: Any,
    ) -> Self:
        """Somebody asks. `at`: when (else a minute after the last request); `happened_`: when it took place.

        `meanwhile_`: what others record between the decision and its append; a guard must notice it.
        Nothing is typed here, so that inputs can be kept in plain dicts.
        """
        if name not in USE_CASES:
            for module in iter_modules(domain.usecases.__path__):
                import_module(f"domain.usecases.{module.name}")
        msgspec.json.encode(input, enc_hook=unsaid)
        self.now = at or self.now + timedelta(minutes=1)
        self.answer, self.new, self.refusal, self.is_stale = {}, [], None, False
        envelope = Envelope(
            account=as_,
            command_id=self._new_id(),
            body=body_,
            occurred_at=happened_,
            reason=reason_,
            evidence=evidence_,
            expected=expected_ or {},
        )
        others = list(meanwhile_)
        while True:
            try:
                command = Command(
                    envelope,
                    name,
                    now=self.now,
                    read=self.log.read,
                    owners=self.log.owners,
                    new_id=self._new_id,
                    hands=self.log.hands,
                    waiting=self.log.waiting,
                    open_loans=self.log.open_loans,
                    in_custody=self.log.in_custody,
                    candidates=lambda wanted: self.log.candidates(wanted, self.now),
                    matches=lambda wanted, soon: [self.log.matches(one, soon, self.now) for one in wanted],
                    draw=lambda: self._lots.getrandbits(BITS),
                )
                answer = perform(name, command, input)
            except Refusal as no:
                self.refusal = no
                return self
            except StaleVersion:
                self.is_stale = True
                return self
            for step in others:
                self.log.add_step(step)
            others = []
            try:
                written = self._append(name, command)
            except NumberTaken as taken:
                self.refusal = taken
                return self
            if written:
                self.answer = answer
                return self

    def then(self, *expected: type[Fact] | Fact | tuple[UUID, type[Fact] | Fact]) -> Self:
        """Accepted, with exactly these new facts: types, facts, or either with its stream; in any order."""
        assert self.refusal is None, f"refused: {self.refusal.code} {self.refusal.path} {self.refusal.values}"
        assert not self.is_stale, "stale version"
        left = list(self.new)
        for one in expected:
            stream, fact = one if isinstance(one, tuple) else (None, one)
            for row in left:
                fits = row.fact == fact if isinstance(fact, Fact) else type(row.fact) is fact
                if fits and stream in (None, row.stream):
                    left.remove(row)
                    break
            else:
                raise AssertionError(f"no {one} among {[row.fact for row in self.new]}")
        assert not left, f"also recorded: {[row.fact for row in left]}"
        return self

    def refused(self, code: str | type[Refusal], path: str | None = None) -> Self:
        """Refused for this reason, with a text in both languages; nothing was recorded."""
        wanted = code if isinstance(code, str) else code.code
        assert self.refusal is not None, (
            f"not refused: {[row.fact for row in self.new]}, stale: {self.is_stale}"
        )
        assert self.refusal.code == wanted, (
            f"refused for {self.refusal.code} {self.refusal.path} {self.refusal.values}"
        )
        assert path is None or self.refusal.path == path, self.refusal.path
        for language in LANGUAGES:
            assert say(language, f"refusal.{wanted}", **self.refusal.values)
        return self

    def stale(self) -> Self:
        """Answered with a stale version."""
        assert self.is_stale, f"refusal: {self.refusal}, new: {self.new}"
        return self

    def thing(self, kind: type[R], id: UUID) -> R:
        """The state of one thing now."""
        return kind.replay(id, self.log.streams.get(id, ()))

    def fact(self, kind: type[Fact]) -> Any:
        """The one new fact of this type."""
        [found] = [row.fact for row in self.new if type(row.fact) is kind]
        return found

    def _append(self, name: str, command: Command) -> bool:
        """False when a stream the decision read has changed since: decide again."""
        for root in command.roots.values():
            if root.version != len(self.log.streams.get(root.id, ())):
                return False
        taken = self.log.taken(command)
        if taken is not None:
            raise NumberTaken("", kind=taken[0], number=taken[1])
        first = len(self.log.rows)
        busy = frozenset(id for thing in self.log.things() for id in hands_on(thing))
        for root in command.roots.values():
            when = command.dated.get(root.id, command.occurred_at)
            for fact in root.pending:
                assert type(fact) in USE_CASES[name].emits, f"{name} does not say that it emits {fact.TOPIC}"
                self.log.add(root.id, fact, when, self.now, command.meta)
        for series, fact in command.numbered:
            assert type(fact) in USE_CASES[name].emits, f"{name} does not say that it emits {fact.TOPIC}"
            self.log.add(series, fact, command.occurred_at, self.now, command.meta)
        self.new = self.log.rows[first:]
        after = {
            root.id: hands_on(root) for root in command.roots.values() if isinstance(root, Asset | Place)
        }
        for id in frozenset().union(*after.values()) - busy:
            self._must_be_safe(name, command, id)
        for root in command.roots.values():
            again = type(root).replay(root.id, self.log.streams.get(root.id, ()))
            assert state(again) == state(root), f"{root.KIND} {root.id} replays to something else"
        return True

    def _must_be_safe(self, name: str, command: Command, id: UUID) -> None:
        """Whoever comes to have something must have been read, and a body in liquidation must note it."""
        if not any(belongs(kind, self.log.streams[id]) for kind in (Body, Place) if id in self.log.streams):
            return
        root = command.roots.get(id)
        assert root is not None, f"{name} puts something into the empty hands of {id} without loading it"
        noted = bool(root.pending) or not isinstance(root, Body) or root.ended is None
        assert noted, f"{name} puts something into the hands of a body in liquidation: call `Body.receive`"

    def _new_id(self) -> UUID:
        """Time-ordered ids as the real ones are (version 7), but the same in every run."""
        self._ids += 1
        return UUID(int=(0x0195_0000_0000 << 80) | (7 << 76) | (2 << 62) | self._ids)


def given(*steps: Any) -> Story:
    """A story in which this has happened: steps made with `on`, or sequences of them."""
    return Story(steps)


def _is_offered(asset: Asset, wanted: Wanted, now: datetime) -> bool:
    """Listed now, and of the class that is wanted."""
    code, listing = asset.class_code, asset.listing
    return (
        code is not None
        and listing is not None
        and (listing.until is None or listing.until > now)
        and code.code.startswith(wanted.class_code)
        and wanted.scheme in {"", code.scheme}
        and wanted.edition in {"", code.edition}
    )


def state(root: Root) -> dict[str, Any]:
    return {name: value for name, value in vars(root).items() if name not in KEPT_BY_COMMAND}


def flat(steps: Iterable[Any]) -> Iterable[Step]:
    for step in steps:
        if isinstance(step, Step):
            yield step
        else:
            yield from flat(step)


def add_use_case(
    patch: pytest.MonkeyPatch, name: str, function: Callable[..., Any], *emits: type[Fact]
) -> None:
    """A use case for one test only: everybody may call it, and it is gone from the catalogue afterwards."""
    USE_CASES.pop(name, None)
    use_case(name, by=tuple(Role), emits=emits)(function)
    patch.setitem(USE_CASES, name, USE_CASES.pop(name))
