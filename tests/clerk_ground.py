"""A log with deadlines on a clock that tests move, and clerks over it, here or in processes of their own."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

from api.clerk import Clerk
from domain.availability import Wanted
from domain.command import Envelope, OpenLoan
from domain.papers.outside_decision import DecisionRecorded, Matter
from domain.values import ClassCode
from projections import classes, demand, open_loans
from projections.desk import Decided, Desk
from projections.reading import Reader
from projections.store import connect
from tests.clusters import Database
from tests.examples import EDUCATION, GANSU, OFFICES
from tests.ground import Ground
from tests.store_room import STORE_ROOM
from tests.story import FOUNDATION, MONDAY, Step, flat, on
from tests.test_history import write

HERE = Path(__file__).parent.parent


class ClerkGround(Ground):
    """Gansu with its store room; `now` is what every clock says."""

    def __init__(self, database: Database, *steps: Any) -> None:
        super().__init__(database)
        self.now = MONDAY
        self.pool: Any = connect.pool(database.app, name="gongwu-clerk-test")
        self.reader = Reader(self.pool)
        self.desk = Desk(
            self.recorder,
            clock=self.clock,
            candidates=self.candidates,
            waiting=self.waiting,
            open_loans=self.open_loans,
        )
        if not self.recorder.head():
            self.tell(FOUNDATION, STORE_ROOM or GANSU, *steps)

    def open_loans(self, borrower: UUID, point: UUID, late_at: datetime | None = None) -> list[OpenLoan]:
        with self.reader.connection() as connection:
            return open_loans.of_one(connection, borrower, point, late_at)

    def candidates(self, wanted: Wanted) -> list[UUID]:
        with self.reader.connection() as connection:
            return classes.candidates(connection, wanted, self.now)

    def waiting(self, code: ClassCode) -> list[UUID]:
        with self.reader.connection() as connection:
            return demand.waiting_for(connection, code, self.now)

    def clock(self) -> datetime:
        return self.now

    def close(self) -> None:
        self.pool.close()
        super().close()

    def tell(self, *steps: Any) -> Self:
        """More facts, and the read models with them."""
        write(self, *flat(steps))
        self.runner.catch_up()
        return self

    def clerk(self, **given: Any) -> Clerk:
        return Clerk(self.desk, self.reader, clock=self.clock, settle=self.runner.catch_up, **given)

    def ask(self, use_case: str, as_: UUID, command: UUID | None = None, **input: Any) -> Decided:
        reason = input.pop("reason", "")
        decided = self.desk.execute(
            use_case, Envelope(account=as_, command_id=command or uuid4(), reason=reason), input
        )
        self.runner.catch_up()
        return decided

    def topics(self, *wanted: str) -> list[tuple[UUID, str]]:
        """Every fact of these topics, in the order of the log: the thing and the topic."""
        return [
            (row.stream, row.topic) for row in self.recorder.read_log(0, 1_000_000) if row.topic in wanted
        ]


def decision(expires: datetime, id: UUID | None = None) -> Step:
    """A decision from outside that is valid until then: the simplest deadline there is."""
    recorded = DecisionRecorded(
        matter=Matter.OTHER, body=EDUCATION, authority=OFFICES, number=f"甘管发〔2026〕{uuid4().hex[:6]}号", dated=date(2026, 1, 5),
        list_hash="ab" * 32, scan="cd" * 32, expires=expires,
    )  # fmt: skip
    return on(id or uuid4(), recorded)


def decisions(many: int, first: datetime = MONDAY - timedelta(hours=12)) -> list[Step]:
    return [decision(first + timedelta(seconds=n)) for n in range(many)]


@contextlib.contextmanager
def clerk_process(ground: ClerkGround, **task: Any) -> Iterator["subprocess.Popen[str]"]:
    """A clerk that stands at the barrier: it begins when a line is written to it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.clerk_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE,
        env=os.environ | {"PYTHONPATH": str(HERE)},
    ) as process:  # fmt: skip
        try:
            tell_process(
                process, json.dumps({"dsn": ground.database.app, "now": ground.now.isoformat(), **task})
            )
            assert heard(process) == "ready"
            yield process
        finally:
            process.kill()


def tell_process(process: "subprocess.Popen[str]", line: str = "") -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def heard(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
