"""The log's promises: what is accepted, what is not, and what is given again."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from projections.store import connect, wire
from projections.store.contract import MAX_ANSWER_BYTES, MAX_BODY_BYTES
from projections.store.recorder import (
    Accepted,
    Append,
    BadCommand,
    CommandIdReused,
    Conflict,
    Listener,
    LogRow,
    NewEvent,
    Recorder,
    Taken,
    Verdict,
)
from tests.clusters import Database

pytestmark = pytest.mark.postgres

ACCOUNT = UUID("01900000-0000-7000-8000-000000000001")
FRIDAY = datetime(2026, 3, 6, 9, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def log(any_database: Database) -> Iterator[Recorder]:
    with Recorder(any_database.app) as opened:
        yield opened


@pytest.fixture
def direct(any_database: Database) -> Iterator[Callable[[Sequence[Append]], list[Verdict | None]]]:
    """Decide a group by one call of the function, as the writer does; None: ask again."""
    with connect.connect(any_database.app, name="test-direct") as connection:
        connection.pgconn.prepare(b"direct", wire.STATEMENT, wire.PARAMETER_OIDS)

        def decide(group: Sequence[Append]) -> list[Verdict | None]:
            packed = [wire.Packed(command) for command in group]
            result = connection.pgconn.exec_prepared(b"direct", wire.parameters(packed), wire.BINARY, 1)
            if result.error_message:
                raise psycopg.errors.error_from_result(result)
            return wire.verdicts(result, packed)

        yield decide


def fact(stream: UUID, version: int | None, *, topic: str = "asset.lent", at: datetime = FRIDAY) -> NewEvent:
    return NewEvent(stream, version, topic, b'{"due":"2026-03-13"}', '{"reason":"借用"}'.encode(), at)


def command(*events: NewEvent, id: UUID | None = None, input_hash: bytes = b"same", **more: Any) -> Append:
    return Append(ACCOUNT, id or uuid4(), input_hash, events=events, **more)


def lend(stream: UUID, version: int = 1, **more: Any) -> Append:
    return command(fact(stream, version), guards=((stream, version - 1),), **more)


def accepted(verdict: Verdict | None) -> Accepted:
    assert isinstance(verdict, Accepted), verdict
    return verdict


def test_what_was_appended_is_read_back_byte_for_byte(log: Recorder) -> None:
    chair, desk = uuid4(), uuid4()
    verdict = accepted(
        log.append(command(fact(chair, 1), fact(desk, 1), fact(chair, 2), answer=b'{"n":3}'), 5)
    )
    assert (verdict.first, verdict.position, verdict.versions) == (1, 3, {chair: 2, desk: 1})
    assert (verdict.answer, verdict.refused, verdict.replayed) == (b'{"n":3}', False, False)
    found = log.read([chair, desk, uuid4()])
    assert found[chair][1] == LogRow(
        3,
        chair,
        2,
        "asset.lent",
        b'{"due":"2026-03-13"}',
        '{"reason":"借用"}'.encode(),
        FRIDAY,
        verdict.recorded_at,
    )
    assert [len(rows) for rows in found.values()] == [2, 1, 0]
    assert [row.position for row in log.read_log(1, 100)] == [2, 3]
    assert log.read_log(0, 1) == [found[chair][0]]
    assert log.head() == 3


def test_the_log_can_be_read_by_topic(log: Recorder) -> None:
    log.append(command(fact(uuid4(), 1), fact(uuid4(), 1, topic="asset.returned"), fact(uuid4(), 1)), 5)
    assert [row.position for row in log.read_log(0, 100, ["asset.returned"])] == [2]
    assert [row.position for row in log.read_log(1, 100, ["asset.lent", "asset.returned"])] == [2, 3]


def test_an_empty_log_has_no_head_and_no_rows(log: Recorder) -> None:
    assert (log.head(), log.read_log(0, 10), log.read([]), log.max_notification_id()) == (0, [], {}, None)


def test_the_same_command_again_gets_the_first_outcome(log: Recorder) -> None:
    chair = uuid4()
    asked = lend(chair, answer=b'{"slip":7}')
    first = accepted(log.append(asked, 5))
    log.append(lend(uuid4()), 5)
    # A retry decides anew and may well have other events; what counts is that its input is the same.
    again = accepted(log.append(command(fact(uuid4(), 1), id=asked.command_id), 5))
    assert again.replayed
    assert (again.first, again.position, again.versions) == (1, 1, {chair: 1})
    assert (again.answer, again.recorded_at) == (b'{"slip":7}', first.recorded_at)
    assert log.head() == 2
    assert log.receipt(ACCOUNT, asked.command_id) == again


def test_a_refusal_is_kept_and_given_again(log: Recorder) -> None:
    chair = uuid4()
    log.append(lend(chair), 5)
    no = command(guards=((chair, 1),), refused=True, answer=b'{"codes":["ON_LOAN"]}')
    verdict = accepted(log.append(no, 5))
    assert (verdict.refused, verdict.replayed, verdict.position, verdict.first) == (True, False, 1, 2)
    again = accepted(log.append(lend(uuid4(), id=no.command_id), 5))
    assert (again.refused, again.replayed, again.answer, again.versions) == (True, True, no.answer, {})
    assert log.head() == 1


def test_a_refusal_decided_on_a_stale_stream_is_not_kept(log: Recorder) -> None:
    chair = uuid4()
    log.append(lend(chair), 5)
    no = command(guards=((chair, 0),), refused=True)
    assert log.append(no, 5) == Conflict(chair, 0, 1)
    assert log.receipt(ACCOUNT, no.command_id) is None


def test_a_command_id_with_another_input_is_refused(log: Recorder) -> None:
    asked = lend(uuid4())
    log.append(asked, 5)
    assert log.append(lend(uuid4(), id=asked.command_id, input_hash=b"other"), 5) == CommandIdReused()
    other_account = Append(uuid4(), asked.command_id, b"other", (fact(uuid4(), 1),))
    assert not accepted(log.append(other_account, 5)).replayed


def test_a_stream_that_has_moved_on_is_a_conflict_and_nothing_is_kept(log: Recorder) -> None:
    body, chair = uuid4(), uuid4()
    log.append(command(fact(body, 1), fact(body, 2)), 5)
    stale = command(fact(chair, 1), guards=((body, 1),))
    assert log.append(stale, 5) == Conflict(body, 1, 2)
    assert log.append(lend(body, 2), 5) == Conflict(body, 1, 2)
    assert log.append(command(fact(body, 2)), 5) == Conflict(body, 1, 2), "also without a guard"
    assert log.append(command(fact(body, 4)), 5) == Conflict(body, 3, 2), "no gap either"
    assert log.receipt(ACCOUNT, stale.command_id) is None
    assert log.read([chair])[chair] == []
    fresh = command(fact(chair, 1), guards=((body, 2),), id=stale.command_id)
    assert not accepted(log.append(fresh, 5)).replayed


def test_a_key_belongs_to_one_owner(log: Recorder) -> None:
    ana, ben = uuid4(), uuid4()
    card = ("card", "财政局/0001")
    accepted(log.append(command(fact(ana, 1), claims=((*card, ana),)), 5))
    accepted(log.append(command(fact(ana, 2), claims=((*card, ana),)), 5))  # one's own is no harm
    assert log.append(command(fact(ben, 1), claims=((*card, ben),)), 5) == Taken(*card, ana)
    assert log.read([ben])[ben] == []
    assert log.owners("card", ["财政局/0001", "财政局/0002"]) == {"财政局/0001": ana}
    accepted(log.append(command(claims=(("serial", card[1], ben),)), 5))  # another kind of key


def test_a_key_is_freed_only_by_its_owner(log: Recorder) -> None:
    ana, ben = uuid4(), uuid4()
    log.append(command(claims=(("card", "1", ana),)), 5)
    log.append(command(releases=(("card", "1", ben), ("card", "2", ben))), 5)
    assert log.owners("card", ["1"]) == {"1": ana}
    handed_over = command(releases=(("card", "1", ana),), claims=(("card", "1", ben),))
    accepted(log.append(handed_over, 5))
    assert log.owners("card", ["1"]) == {"1": ben}


def test_a_command_that_wants_one_key_for_two_owners_gets_neither(log: Recorder) -> None:
    ana, ben = uuid4(), uuid4()
    twice = command(fact(ana, 1), claims=(("card", "1", ana), ("card", "1", ben)))
    assert log.append(twice, 5) == Taken("card", "1", ana)
    assert (log.head(), log.owners("card", ["1"])) == (0, {})
    accepted(log.append(command(claims=(("card", "1", ana), ("card", "1", ana))), 5))


def test_an_open_version_is_the_next_one_of_its_stream(log: Recorder) -> None:
    slips = uuid4()
    verdict = accepted(log.append(command(fact(slips, None), fact(uuid4(), 1), fact(slips, None)), 5))
    assert verdict.versions[slips] == 2
    assert accepted(log.append(command(fact(slips, None)), 5)).versions == {slips: 3}
    assert [row.version for row in log.read([slips])[slips]] == [1, 2, 3]


def test_a_group_gets_a_verdict_per_command(direct: Any, log: Recorder) -> None:
    chair, desk, card = uuid4(), uuid4(), ("card", "1")
    before = lend(uuid4(), claims=((*card, chair),))
    log.append(before, 5)
    good, late = lend(chair), lend(desk)
    verdicts = direct(
        [
            lend(uuid4(), id=before.command_id),
            good,
            command(fact(desk, 1), guards=((before.events[0].stream, 7),)),
            command(claims=((*card, desk),)),
            lend(uuid4(), id=before.command_id, input_hash=b"other"),
            late,
        ]
    )
    assert accepted(verdicts[0]).replayed
    assert accepted(verdicts[1]).position == 2
    assert verdicts[2:5] == [Conflict(before.events[0].stream, 7, 1), Taken(*card, chair), CommandIdReused()]
    assert accepted(verdicts[5]).position == 3, "what others lost leaves no gap"
    assert accepted(log.receipt(ACCOUNT, late.command_id)).versions == {desk: 1}
    assert accepted(log.receipt(ACCOUNT, good.command_id)).position == 2


@pytest.mark.parametrize(
    "second",
    [
        lambda chair, first: lend(chair),
        lambda chair, first: command(fact(uuid4(), 1), guards=((chair, 0),)),
        lambda chair, first: command(fact(uuid4(), 1), claims=(("card", "1", uuid4()),)),
        lambda chair, first: command(fact(uuid4(), 1), releases=(("card", "1", chair),)),
        lambda chair, first: command(fact(uuid4(), 1), id=first.command_id),
    ],
    ids=["same stream", "read only", "same key", "frees the key", "same command"],
)
def test_what_an_earlier_one_of_the_group_has_changed_is_decided_anew(
    direct: Any, log: Recorder, second: Callable[[UUID, Append], Append]
) -> None:
    chair = uuid4()
    first = lend(chair, claims=(("card", "1", chair),))
    verdicts = direct([first, second(chair, first), lend(uuid4())])
    assert verdicts[1] is None
    assert [accepted(verdicts[0]).position, accepted(verdicts[2]).position] == [1, 2]
    assert log.head() == 2


def test_one_that_only_looked_does_not_stand_in_the_way_of_one_that_writes(direct: Any) -> None:
    chair = uuid4()
    verdicts = direct([command(fact(uuid4(), 1), guards=((chair, 0),)), lend(chair)])
    assert [accepted(verdict).position for verdict in verdicts] == [1, 2]


def test_a_series_has_no_gap_when_some_of_its_group_drop_out(direct: Any, log: Recorder) -> None:
    slips, moved = uuid4(), uuid4()
    log.append(lend(moved), 5)
    group = [
        command(fact(slips, None), fact(uuid4(), 1), guards=((moved, 0 if n % 3 == 1 else 1),))
        for n in range(9)
    ]
    verdicts = direct(group)
    kept = [verdict for verdict in verdicts if isinstance(verdict, Accepted)]
    assert [verdict.versions[slips] for verdict in kept] == [1, 2, 3, 4, 5, 6]
    assert [(verdict.first, verdict.position) for verdict in kept] == [(p, p + 1) for p in range(2, 14, 2)]
    assert [row.position for row in log.read_log(0, 100)] == list(range(1, 14))
    receipts = [log.receipt(ACCOUNT, c.command_id) for c, v in zip(group, verdicts, strict=True) if v in kept]
    assert [(r.first, r.versions[slips]) for r in receipts if r] == [
        (v.first, v.versions[slips]) for v in kept
    ]


def test_an_error_in_the_middle_of_a_group_leaves_nothing(direct: Any, log: Recorder) -> None:
    good = lend(uuid4(), claims=(("card", "1", uuid4()),))
    with pytest.raises(psycopg.errors.CheckViolation):
        direct([good, command(fact(uuid4(), 1, topic="x" * 101))])
    assert (log.head(), log.owners("card", ["1"]), log.receipt(ACCOUNT, good.command_id)) == (0, {}, None)


def test_recorded_time_never_runs_backwards(any_database: Database, log: Recorder) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with psycopg.connect(any_database.owner) as owner:  # as if the machine's clock had been set back since
        owner.execute(
            "INSERT INTO gongwu.event VALUES (1, %s, 1, 'x', '{}', '{}', now(), %s)", (uuid4(), tomorrow)
        )
    late = accepted(log.append(command(fact(uuid4(), 1, at=FRIDAY)), 5))
    assert late.recorded_at == tomorrow
    assert [row.occurred_at for row in log.read_log(1, 1)] == [FRIDAY]


def test_thirty_two_writers_and_nothing_is_missed_by_one_who_follows(
    any_database: Database, log: Recorder
) -> None:
    slips, each, seen = uuid4(), 25, list[LogRow]()

    def write(through: Recorder) -> None:
        for _ in range(each):
            verdict = through.append(command(fact(slips, None), fact(uuid4(), 1)), 30)
            assert accepted(verdict).position - accepted(verdict).first == 1

    with Recorder(any_database.app) as other_process, Listener(any_database.projector) as news:
        logs = [log, other_process] * 16
        writers = [threading.Thread(target=write, args=(through,)) for through in logs]
        for writer in writers:
            writer.start()
        until = time.monotonic() + 60
        while len(seen) < 32 * each * 2 and time.monotonic() < until:
            found = log.read_log(seen[-1].position if seen else 0, 97)
            seen += found
            if not found:
                news.wait(0.2)
        for writer in writers:
            writer.join()
    assert [row.position for row in seen] == list(range(1, 32 * each * 2 + 1))
    assert [row.version for row in seen if row.stream == slips] == list(range(1, 32 * each + 1))
    assert all(a.recorded_at <= b.recorded_at for a, b in pairwise(seen))


def test_one_of_many_wins_a_stream_and_one_wins_a_key(log: Recorder) -> None:
    chair, found = uuid4(), list[Verdict]()

    def want(n: int) -> None:
        found.append(log.append(lend(chair), 30))
        found.append(log.append(command(fact(uuid4(), 1), claims=(("card", "1", UUID(int=n + 1)),)), 30))

    threads = [threading.Thread(target=want, args=(n,)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [type(verdict) for verdict in found]
    assert (kinds.count(Accepted), kinds.count(Conflict), kinds.count(Taken)) == (2, 31, 31)
    assert {verdict for verdict in found if isinstance(verdict, Conflict)} == {Conflict(chair, 0, 1)}


def test_groups_decide_as_if_one_command_had_come_after_the_other(direct: Any, log: Recorder) -> None:
    """Random groups over few streams and keys, against a model that takes the accepted ones one by one."""
    dice = random.Random(20260306)
    streams, owners = [uuid4() for _ in range(6)], [uuid4() for _ in range(3)]
    versions = dict.fromkeys(streams, 0)
    claims: dict[tuple[str, str], UUID] = {}
    told = dict.fromkeys(("Accepted", "Conflict", "Taken", "again"), 0)

    def one() -> Append:
        reads = dice.sample(streams, dice.randint(0, 2))
        guards = tuple((s, versions[s] - (dice.random() < 0.15)) for s in reads if versions[s])
        writes = dice.sample(streams, dice.randint(0, 2))
        seen = dict(guards)
        events = tuple(fact(s, None if dice.random() < 0.3 else seen.get(s, versions[s]) + 1) for s in writes)
        keys = [("card", str(dice.randint(1, 4)), dice.choice(owners)) for _ in range(dice.randint(0, 1))]
        freed = [("card", str(dice.randint(1, 4)), dice.choice(owners)) for _ in range(dice.randint(0, 1))]
        return command(*events, guards=guards, claims=tuple(keys), releases=tuple(freed))

    def right(asked: Append, v: dict[UUID, int], c: dict[tuple[str, str], UUID]) -> type:
        wrong = [s for s, expected in asked.guards if v[s] != expected]
        wrong += [e.stream for e in asked.events if e.version is not None and e.version != v[e.stream] + 1]
        if wrong:
            return Conflict
        freed = {(k, key) for k, key, owner in asked.releases if c.get((k, key)) == owner}
        others = [(k, key) for k, key, o in asked.claims if c.get((k, key), o) != o and (k, key) not in freed]
        return Taken if others else Accepted

    for _ in range(80):
        group = [one() for _ in range(dice.randint(1, 8))]
        before_versions, before_claims = dict(versions), dict(claims)
        for asked, verdict in zip(group, direct(group), strict=True):
            told["again" if verdict is None else type(verdict).__name__] += 1
            if isinstance(verdict, Accepted):
                assert right(asked, versions, claims) is Accepted
                for event in asked.events:
                    versions[event.stream] += 1
                for kind, key, owner in asked.releases:
                    if claims.get((kind, key)) == owner:
                        del claims[kind, key]
                for kind, key, owner in asked.claims:
                    claims[kind, key] = owner
                assert verdict.versions == {event.stream: versions[event.stream] for event in asked.events}
            elif verdict is not None:
                assert type(verdict) is right(asked, before_versions, before_claims)
    assert min(told.values()) > 10, told
    assert {s: len(rows) for s, rows in log.read(streams).items()} == versions
    assert log.owners("card", list("1234")) == {key: owner for (_, key), owner in claims.items()}
    assert [row.position for row in log.read_log(0, 10_000)] == list(range(1, sum(versions.values()) + 1))


@pytest.mark.parametrize(
    "bad",
    [
        command(fact(uuid4(), 1), refused=True),
        command(input_hash=b""),
        command(answer=b'{"note":"' + b"x" * MAX_ANSWER_BYTES + b'"}'),
        command(NewEvent(uuid4(), 1, "x", b"x" * (MAX_BODY_BYTES + 1), b"{}", FRIDAY)),
        command(NewEvent(uuid4(), 1, "x", b'{"due":}', b"{}", FRIDAY)),
        command(NewEvent(uuid4(), 1, "x", b'"\xff"', b"{}", FRIDAY)),
        command(NewEvent(uuid4(), 1, "x", rb'"a\u0000b"', b"{}", FRIDAY)),
        command(NewEvent(uuid4(), 1, "x", b"{}", rb'"\ud800"', FRIDAY)),
        command(NewEvent(uuid4(), 1, "x", b"{}", b"{}", FRIDAY.replace(tzinfo=None))),
        command(NewEvent(uuid4(), 1, "", b"{}", b"{}", FRIDAY)),
        command(NewEvent(uuid4(), 1, "a\0b", b"{}", b"{}", FRIDAY)),
        command(fact(uuid4(), 2**31)),
        command(claims=(("card", "1\0", uuid4()),)),
        command(claims=(("card", "x" * 401, uuid4()),)),
        command(claims=(("card", "\ud800", uuid4()),)),
        command(*[fact(UUID(int=1), None)] * 10_001),
    ],
)
def test_what_cannot_be_written_never_reaches_the_others(bad: Append, log_of_one: Recorder) -> None:
    with pytest.raises(BadCommand):
        log_of_one.append(bad, 5)


@pytest.fixture
def log_of_one(module_database: Database) -> Iterator[Recorder]:
    with Recorder(module_database.app) as opened:
        yield opened


def test_escapes_that_mean_something_are_kept(log: Recorder, any_database: Database) -> None:
    body = rb'{"note":"\u5800 \\u0000 tab\u0009"}'
    log.append(command(NewEvent(uuid4(), 1, "x", body, b"{}", FRIDAY)), 5)
    with psycopg.connect(any_database.projector) as auditor:
        row = auditor.execute("SELECT body->>'note' FROM gongwu.events").fetchone()
    assert row == ("堀 \\u0000 tab\t",)
    assert log.read_log(0, 1)[0].body == body


def test_a_chunk_of_an_import_is_one_command(log: Recorder) -> None:
    assets = [uuid4() for _ in range(1_000)]
    slips = uuid4()
    events = tuple(fact(a, v) for a in assets for v in (1, 2)) + tuple(fact(slips, None) for _ in range(10))
    claims = tuple(("card", str(a), a) for a in assets)
    chunk = command(*events, guards=tuple((a, 0) for a in assets), claims=claims)
    verdict = accepted(log.append(chunk, 30))
    assert (verdict.first, verdict.position, verdict.versions[slips]) == (1, 2_010, 10)
    assert len(log.owners("card", [str(a) for a in assets])) == 1_000
    assert [row.stream for row in log.read_log(0, 10_000)] == [event.stream for event in events]
    assert accepted(log.append(chunk, 30)).versions == verdict.versions


def test_an_auditor_reads_the_log_with_psql_alone(log: Recorder, any_database: Database) -> None:
    log.append(lend(uuid4()), 5)
    with psycopg.connect(any_database.projector) as auditor:
        found = auditor.execute(
            "SELECT position, topic, body, meta->>'reason', occurred_at FROM gongwu.events"
        )
        assert found.fetchall() == [(1, "asset.lent", {"due": "2026-03-13"}, "借用", FRIDAY)]


def test_the_librarys_own_tools_read_and_write_the_log(log: Recorder) -> None:
    chair = uuid4()
    log.append(command(fact(chair, 1), fact(uuid4(), 1, topic="asset.returned")), 5)
    assert list(log.insert_events([StoredEvent(chair, 2, "asset.returned", b'{"ok":true}')]) or ()) == [3]
    assert log.insert_events([]) is None
    with pytest.raises(IntegrityError):
        log.insert_events([StoredEvent(chair, 2, "asset.returned", b"{}")])
    assert log.max_notification_id() == 3
    assert [(e.originator_version, e.topic) for e in log.select_events(chair, gt=1)] == [
        (2, "asset.returned")
    ]
    notes = log.select_notifications(start=2, limit=10, topics=["asset.returned"])
    assert [(note.id, note.state) for note in notes] == [(2, b'{"due":"2026-03-13"}'), (3, b'{"ok":true}')]
    with log.subscribe(gt=2) as subscription:
        assert next(subscription).id == 3


def test_a_listener_sleeps_until_there_is_news(log: Recorder, any_database: Database) -> None:
    with Listener(any_database.projector) as news:
        assert news.wait(5), "a new connection may have missed something"
        assert not news.wait(0.05)
        log.append(command(fact(uuid4(), 1), fact(uuid4(), 1)), 5)
        assert news.wait(5)
        assert not news.wait(0.05), "once per group"
        log.append(command(refused=True), 5)
        assert not news.wait(0.05), "a refusal is no news"
        threading.Timer(0.05, news.wake).start()
        assert news.wait(30)
