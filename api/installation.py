"""The composition root: everything one process needs to work on one installation, put together once.

    with Installation.open(settings) as installation:
        installation.desk.execute(...)

On an empty place this is also what `init` does: schema, roles, projections, the root body, the console account and the first
administrator, whose token is handed out once (`installation.first`).
"""

import contextlib
import hashlib
import os
import pwd
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid5

import psycopg
from psycopg_pool import ConnectionPool

import domain.vocabulary  # noqa: F401 - all facts and use cases
from api.accounts import Access, Accounts
from api.graphql.lanes import Lanes
from api.graphql.limits import Limits
from api.guessing import Misses
from api.reaches import Reaches
from api.settings import Settings
from domain.aggregate import Fact, Meta, encode
from domain.availability import Match, Wanted
from domain.command import Envelope
from domain.ids import uuid7
from domain.usecases.organisations import clerks_foundation, foundation
from domain.values import CLERK, CONSOLE, ROOT, SPACE, ClassCode, Role
from projections import classes, deadlines, demand, hands, matches
from projections.catalogue import ALL
from projections.desk import Decided, Desk
from projections.directory import Directory
from projections.open_loans import OpenLoans
from projections.reading import Reader
from projections.rebuild import RebuildRunning
from projections.runner import ProjectionBehind, Runner
from projections.store import connect, schema
from projections.store.embedded import DATABASE, EmbeddedServer
from projections.store.evidence import EvidenceStore
from projections.store.recorder import Accepted, Append, Conflict, NewEvent, Recorder
from projections.store.unavailable import DatabaseUnavailable

FOUNDED_BY = uuid5(SPACE, "command:foundation")
CLERK_BY = uuid5(SPACE, "command:foundation of the clerk")
FIRST_ADMINISTRATOR = "首任管理员 First administrator"
THE_CONSOLE = "控制台 Console"
THE_CLERK = "文书 Clerk"
READ_MODELS_WAIT_S = 5.0
REBUILD_WAIT_S = 3600.0


class Refused(Exception):
    """A rule said no to something the program itself asked for."""

    def __init__(self, decided: Decided) -> None:
        super().__init__(decided.refused, decided.path, dict(decided.values))
        self.decided = decided


@dataclass
class Installation:
    """One process's hold on an installation. `first`: the first administrator, when this process has just founded it."""

    settings: Settings
    logins: connect.Logins
    recorder: Recorder
    desk: Desk
    runner: Runner
    reader: Reader
    reaches: Reaches
    directory: Directory
    accounts: Accounts
    evidence: EvidenceStore
    first: Access | None = None
    misses: Misses = field(default_factory=lambda: Misses(time.monotonic))
    """Who was wrong about a label's code, and how often."""

    @classmethod
    @contextlib.contextmanager
    def open(cls, settings: Settings, *, follow: bool = False) -> Iterator[Self]:
        """The installation, made first where there is none. `follow`: the projections are kept up to date by a thread.

        Raises `DatabaseUnavailable` and `UnusableDatabase`.
        """
        with contextlib.ExitStack() as stack:
            logins = _logins(settings, stack)
            runner = Runner(logins.projector, ALL)
            stack.callback(runner.close)
            _prepare(runner)
            recorder = stack.enter_context(Recorder(logins.app, readers=4))
            pool: ConnectionPool[psycopg.Connection[Any]] = connect.pool(
                logins.app, name="gongwu-read", size=settings.read_connections
            )
            stack.callback(pool.close)
            reader = Reader(pool)
            directory = Directory(reader)
            upto = UpTo(recorder, runner, follow=follow)
            desk = Desk(
                recorder, hands=Hands(upto, reader), candidates=Candidates(upto, reader), matches=Matches(upto, reader),
                waiting=Waiting(upto, reader), open_loans=OpenLoans(reader), in_custody=InCustody(upto, reader),
            )  # fmt: skip
            installation = cls(
                settings, logins, recorder, desk, runner, reader, Reaches(reader), directory, Accounts(desk, directory),
                EvidenceStore(settings.evidence_folder, largest=settings.evidence_limit),
            )  # fmt: skip
            with directory.alone():
                installation.first = installation._found()
            if follow:
                installation.evidence.clear_leftovers(datetime.now(UTC) - timedelta(days=1))
                runner.start()
            yield installation

    def console(self, use_case: str, once: str = "", /, **input: Any) -> Mapping[str, Any]:
        """Something the program asks for itself, as the console account; `once` names what is done a single time. Raises `Refused`."""
        command = uuid5(SPACE, f"console:{use_case}:{once}") if once else None
        decided = self.desk.execute(use_case, self.envelope(command), input, self.settings.deadline_s)
        if decided.refused:
            raise Refused(decided)
        return decided.outcome

    def envelope(self, command: UUID | None = None, **given: Any) -> Envelope:
        """What a command of the command line carries: the console account, and which user of this machine typed it."""
        return Envelope(
            account=CONSOLE, command_id=command or uuid7(), os_user=os_user(), device="console", **given
        )

    def lanes(self) -> Lanes:
        return Lanes(queries=self.settings.query_threads, commands=self.settings.command_threads)

    def limits(self) -> Limits:
        return Limits(body_bytes=self.settings.body_limit)

    def status(self) -> dict[str, Any]:
        """What `gongwu status` shows, the imports apart."""
        counts = self.reader.rows(
            "SELECT count(*) FILTER (WHERE kind = 'serialised'), count(*) FILTER (WHERE kind = 'lot')"
            " FROM register.current WHERE existence NOT IN ('undone', 'merged', 'itemised')"
        )[0]
        return {
            "events": self.recorder.head(), "assets": counts[0], "lots": counts[1], "projections": self.runner.status(),
            "clerk": self.lateness(),
        }  # fmt: skip

    def lateness(self) -> dict[str, Any]:
        """How late the clerk is, whichever process it runs in: what is due and was not fired yet."""
        now = datetime.now(UTC)
        with self.reader.connection() as connection:
            found = deadlines.standing(connection, now)
        return {
            "waiting": found.waiting,
            "oldest": found.oldest,
            "lag_s": found.lag_s(now),
            "next": found.next,
        }

    def _found(self) -> Access | None:
        """What is so before anybody can ask: root body and console account; then the first administrator."""
        if not self.recorder.read([ROOT])[ROOT]:
            self._lay(FOUNDED_BY, foundation(self.settings.name))
            self.directory.enter(CONSOLE, THE_CONSOLE)
            self.directory.enter(CLERK, THE_CLERK)
        elif not self.recorder.read([CLERK])[CLERK]:  # founded before there was one
            self._lay(CLERK_BY, {CLERK: clerks_foundation()})
            self.directory.enter(CLERK, THE_CLERK)
        account = uuid5(SPACE, "account:first administrator")
        if self.recorder.read([account])[account] and self.directory.has_token(account):
            return None
        access = self.accounts.open(
            FIRST_ADMINISTRATOR,
            ROOT,
            ((Role.ADMINISTRATOR, ROOT),),
            self.envelope,
            name="first administrator",
        )
        self.runner.catch_up()
        return access

    def _lay(self, command: UUID, facts_of: Mapping[UUID, Sequence[Fact]]) -> None:
        meta = encode(
            Meta(
                account=CONSOLE,
                person=CONSOLE,
                body=ROOT,
                command=command,
                use_case="found",
                os_user=os_user(),
            )
        )
        now = datetime.now(UTC)
        events, guards = [], []
        for stream, facts in facts_of.items():
            guards.append((stream, 0))
            events += [
                NewEvent(stream, at, fact.TOPIC, encode(fact), meta, now) for at, fact in enumerate(facts, 1)
            ]
        hashed = hashlib.sha256(b"foundation").digest()
        verdict = self.recorder.append(
            Append(CONSOLE, command, hashed, events=tuple(events), guards=tuple(guards)), 30.0
        )
        if not isinstance(verdict, Accepted | Conflict):  # a conflict: another process was a moment faster
            raise TypeError(verdict)


class UpTo:
    """Waits until read models have come to the end of the log as it is when asked."""

    def __init__(self, recorder: Recorder, runner: Runner, *, follow: bool) -> None:
        self._recorder, self._runner, self._follow = recorder, runner, follow

    def now(self, needed: Sequence[str]) -> None:
        """Raises `ProjectionBehind`."""
        head = self._recorder.head()
        if self._follow:
            for name in needed:
                self._runner.wait_for(name, head, READ_MODELS_WAIT_S)
        else:
            self._runner.catch_up(head, timeout_s=READ_MODELS_WAIT_S)
            behind = {
                name: one["position"] for name, one in self._runner.status().items() if one["position"] < head
            }
            for name in behind.keys() & set(needed):
                raise ProjectionBehind(name, behind[name], head)


class Hands:
    """Counts what is in a body's hands, at the end of the log as it is when asked (docs/decisions/0006-closing-a-body.md)."""

    def __init__(self, upto: UpTo, reader: Reader) -> None:
        self._upto, self._reader = upto, reader

    def __call__(self, id: UUID) -> int:
        self._upto.now(hands.NEEDED)
        with self._reader.connection() as connection:
            return hands.count(connection, id)


class InCustody:
    """What a person has as the custodian of a body, at the end of the log as it is when asked."""

    def __init__(self, upto: UpTo, reader: Reader) -> None:
        self._upto, self._reader = upto, reader

    def __call__(self, person: UUID, body: UUID) -> list[UUID]:
        self._upto.now(("register", "organisations"))
        with self._reader.connection() as connection:
            return hands.in_custody(connection, person, body)


class Candidates:
    """Finds listed assets that may serve a wish, at the end of the log as it is when asked (docs/decisions/0013-reserving-a-class.md)."""

    def __init__(self, upto: UpTo, reader: Reader) -> None:
        self._upto, self._reader = upto, reader

    def __call__(self, wanted: Wanted) -> list[UUID]:
        self._upto.now(("availability", "organisations"))
        with self._reader.connection() as connection:
            return classes.candidates(connection, wanted, datetime.now(UTC))


class Matches:
    """Finds what is offered for wishes, by place and holder, at the end of the log as it is when asked."""

    def __init__(self, upto: UpTo, reader: Reader) -> None:
        self._upto, self._reader = upto, reader

    def __call__(self, wanted: Sequence[Wanted], soon: timedelta) -> list[list[Match]]:
        self._upto.now(("availability", "organisations"))
        with self._reader.connection() as connection:
            return [matches.found(connection, one, soon, datetime.now(UTC)) for one in wanted]


class Waiting:
    """Who waits for a class, in the order of the queue, at the end of the log as it is when asked."""

    def __init__(self, upto: UpTo, reader: Reader) -> None:
        self._upto, self._reader = upto, reader

    def __call__(self, code: ClassCode) -> list[UUID]:
        self._upto.now(("papers",))
        with self._reader.connection() as connection:
            return demand.waiting_for(connection, code, datetime.now(UTC))


def _prepare(runner: Runner) -> None:
    """Projections that are there and of this version. Where another process is making them, wait for it."""
    ends = time.monotonic() + REBUILD_WAIT_S
    while True:
        try:
            runner.prepare()
        except RebuildRunning:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)
        else:
            return


def _logins(settings: Settings, stack: contextlib.ExitStack) -> connect.Logins:
    """A database that is there, up to date, and how to sign in."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        if settings.database_url is None:
            server = EmbeddedServer(settings.data_dir)
            stack.enter_context(server)
            logins = connect.embedded(server.socket_dir, DATABASE)
            if not schema.is_installed(logins.owner):
                schema.install(logins.owner, passwords=False)
            return logins
        if not schema.is_installed(settings.database_url):
            schema.install(settings.database_url, passwords=True)
        return connect.foreign(settings.database_url)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable("unreachable", str(error).strip()) from error
    except psycopg.ProgrammingError as error:
        raise schema.UnusableDatabase(str(error).strip()) from error


def os_user() -> str:
    """Who runs this process."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name[:100]
    except KeyError:
        return str(os.geteuid())
