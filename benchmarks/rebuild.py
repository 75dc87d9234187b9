"""How many events per second does a rebuild of all projections take in, against COPY of as many rows on the same server?

`run(owner, app, projector)` takes the connection strings of one database with our schema. It writes a log of assets that live (taken
over, put away, listed, lent and returned with their loan papers and slips, inspected), lets the projections follow it, and rebuilds.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import psycopg

from benchmarks.figures import Row, in_turn, row
from domain.aggregate import Fact, Meta, encode
from domain.asset import Book, Kind, ValueType
from domain.ids import uuid7
from domain.life.keeping import PutAway
from domain.life.lending import Inspected, Lent, Returned
from domain.life.pooling import Listed
from domain.life.registering import CardNumber, Description, Source, TakenOver
from domain.papers.loan import LineOutcome, LineReturned, LoanClosed, LoanLine, LoanOpened
from domain.papers.slip import SlipIssued, SlipKind, SlipLine, series_of
from domain.values import ClassCode, Condition, Money, Signature, SignedBy
from projections.catalogue import ALL
from projections.rebuild import rebuild
from projections.runner import Runner
from projections.store.recorder import Accepted, Append, NewEvent, Recorder

FLOOR = 20_000
BODIES = [uuid4() for _ in range(200)]
PLACES = [uuid4() for _ in range(50)]
PERSON, ACCOUNT = uuid4(), uuid4()
DAY = datetime(2026, 1, 5, 1, tzinfo=UTC)
WAREHOUSE = uuid4()

COPIED = """
DROP TABLE IF EXISTS public.copied;
CREATE TABLE public.copied (
    position bigint PRIMARY KEY, stream uuid NOT NULL, version integer NOT NULL, topic text NOT NULL, body bytea NOT NULL,
    meta bytea NOT NULL, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL
)
"""


def run(owner: str, app: str, projector: str, *, assets: int = 20_000, rounds: int = 3) -> list[Row]:
    """One row: rebuild."""
    fill(app, assets)
    runner = Runner(projector, ALL)
    runner.prepare()
    runner.catch_up()
    ours, copied = in_turn(rounds, lambda: _rebuilt(projector), lambda: copy_rate(owner))
    return [row("rebuild", ours, "events/s", limit=copied, target=FLOOR, target_of="value")]


def _rebuilt(projector: str) -> float:
    began = time.perf_counter()
    rebuilt = rebuild(projector, ALL)
    took = time.perf_counter() - began
    wrong = [one.name for one in rebuilt if not one.same]
    if wrong:
        raise RuntimeError(f"rebuilt and live differ: {wrong}")
    return rebuilt[0].events / took


def fill(app: str, assets: int, *, at_once: int = 5_000) -> int:
    """A log of so many lives; returns the last position."""
    recorder, position = Recorder(app), 0
    try:
        gathered: list[NewEvent] = []
        for event in _lives(assets):
            gathered.append(event)
            if len(gathered) >= at_once:
                position, gathered = _append(recorder, gathered), []
        if gathered:
            position = _append(recorder, gathered)
    finally:
        recorder.close()
    return position


def _append(recorder: Recorder, events: list[NewEvent]) -> int:
    verdict = recorder.append(Append(ACCOUNT, uuid4(), b"-", events=tuple(events)), 60)
    if not isinstance(verdict, Accepted):
        raise TypeError(verdict)
    return verdict.position


def _lives(assets: int) -> Iterator[NewEvent]:
    """Lives that overlap: a thousand come into being, then things happen to them in turn."""
    random = Random(1)
    for start in range(0, assets, 1000):
        ids = [uuid7() for _ in range(min(1000, assets - start))]
        for n, id in enumerate(ids):
            yield happening(id, _taken_over(random, start + n, id), 0)
        loans = {id: uuid7() for id in ids}
        for step in range(1, 4):
            for id in ids:
                yield from _happens(random, id, loans[id], step)


def _happens(random: Random, id: UUID, loan: UUID, step: int) -> Iterator[NewEvent]:
    place, body, operator = random.choice(PLACES), random.choice(BODIES), BODIES[0]
    signed = Signature(PERSON, SignedBy.ACCOUNT)
    if step == 1:
        yield happening(id, PutAway(place=place, operator=operator), 1)
        yield happening(id, Listed(listing=uuid7(), loan=True), 2)
    elif step == 2:
        due = DAY + timedelta(days=30)
        yield happening(
            id,
            Lent(loan=loan, borrower=body, person=PERSON, quantity=1, condition=Condition.GOOD, due=due),
            3,
        )
        yield happening(
            loan,
            LoanOpened(
                warehouse=WAREHOUSE,
                lender=operator,
                borrower=body,
                lines=(LoanLine(id, 1),),
                due=due,
                giver=signed,
            ),
            3,
        )
        line = SlipLine(asset=id, name="台式计算机", quantity=1, unit="台")
        slip = SlipIssued(
            kind=SlipKind.LOAN, warehouse=WAREHOUSE, code="GS1", year=2026, paper=loan, lines=(line,)
        )
        yield happening(series_of(WAREHOUSE, SlipKind.LOAN, 2026), slip, 3)
    else:
        good = Condition.GOOD
        yield happening(
            id,
            Returned(loan=loan, quantity=1, condition=good, operator=operator, place=place, inspect=True),
            5,
        )
        yield happening(
            loan, LineReturned(asset=id, quantity=1, outcome=LineOutcome.RETURNED, condition=good), 5
        )
        yield happening(loan, LoanClosed(), 5)
        yield happening(id, Inspected(condition=good), 6)


def _taken_over(random: Random, n: int, id: UUID) -> TakenOver:
    value = Money(Decimal(random.randrange(100_00, 50_000_00)) / 100, "CNY")
    said = Description(
        name=random.choice(("台式计算机", "投影仪", "办公椅", "文件柜", "复印机")), kind=Kind.SERIALISED, quantity=1, unit="台",
        model=f"M-{n % 977}", serial=f"SN{n:09d}", class_code=ClassCode("GB/T 14885", "2022", f"A0201{n % 900:04d}"),
        book=Book(original=value, kind=ValueType.ORIGINAL),
    )  # fmt: skip
    return TakenOver(
        said=said, number=f"GW-2026-{n:08d}", holder=random.choice(BODIES), source=Source("ab" * 32, n, DAY),
        card=CardNumber("cards", f"K{id.hex[:12]}{n}"), place_said="三楼", condition=Condition.GOOD,
    )  # fmt: skip


def happening(stream: UUID, fact: Fact, day: int | datetime) -> NewEvent:
    """A fact as the log takes it, on a day counted from the first or at a moment."""
    at = day if isinstance(day, datetime) else DAY + timedelta(days=day)
    meta = Meta(
        account=ACCOUNT, person=PERSON, body=BODIES[0], command=uuid4(), use_case="bench", device="counter-1"
    )
    return NewEvent(stream, None, fact.TOPIC, encode(fact), encode(meta), at)


def copy_rate(owner: str) -> float:
    """COPY of the log's rows into a table with one key, from the client: rows per second."""
    columns = "position, stream, version, topic, body, meta, occurred_at, recorded_at"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(COPIED)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY (SELECT {columns} FROM gongwu.event) TO STDOUT") as out,
        ):
            data = list(out)
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(f"COPY public.copied ({columns}) FROM STDIN") as into:
            for start in range(0, len(data), 1000):
                into.write(b"".join(data[start : start + 1000]))
        took = time.perf_counter() - began
        connection.execute("DROP TABLE public.copied")
    return len(data) / took
