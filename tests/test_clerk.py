"""The clerk fires what is due exactly once: in two processes, killed in between, a week late; and nothing holds because it runs."""

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api.clerk import Clerk, Done
from domain.command import Envelope
from domain.deadlines import DEADLINES, Deadline
from domain.life.pooling import Listed
from domain.papers.outside_decision import DecisionTakenBack, OutsideDecision
from domain.refusals import NotYours
from domain.values import CLERK, CONSOLE, Role
from projections import deadlines
from projections.reading import Reader, TooSlow
from projections.store import connect
from projections.store.recorder import DatabaseAway, LogBroken, OutcomeUnknown
from projections.store.unavailable import DatabaseUnavailable
from tests.clerk_ground import ClerkGround, clerk_process, decision, decisions, heard, tell_process
from tests.clusters import Database
from tests.examples import CHEN_MANAGES
from tests.goods import LAPTOP
from tests.store_room import IN_STORE, LISTING
from tests.story import MONDAY, on
from tests.test_history import write

pytestmark = pytest.mark.postgres

WEEK = timedelta(days=7)
NOBODY = uuid4()


@pytest.fixture
def ground(database: Database) -> Iterator[ClerkGround]:
    with ClerkGround(database) as made:
        yield made


def ran_out(ground: ClerkGround) -> Counter[Any]:
    return Counter(thing for thing, _ in ground.topics("decision.ran_out"))


def test_what_is_due_is_fired_once_and_never_again(ground: ClerkGround) -> None:
    due, later = uuid4(), uuid4()
    ground.tell(decision(MONDAY, due), decision(MONDAY + timedelta(seconds=1), later))
    clerk = ground.clerk()
    assert clerk.once() == Done(fired=1), "the instant itself belongs to what is over"
    assert clerk.once() == Done(), "before any read model has heard of it"
    ground.runner.catch_up()
    assert clerk.once() == Done()
    assert ran_out(ground) == {due: 1}
    ground.now += timedelta(seconds=1)
    assert clerk.once() == Done(fired=1)
    assert ran_out(ground) == {due: 1, later: 1}


def test_two_processes_fire_two_hundred_deadlines_exactly_once(ground: ClerkGround) -> None:
    ground.tell(decisions(200))
    with clerk_process(ground) as one, clerk_process(ground) as other:
        for process in (one, other):
            tell_process(process)
        both = [json.loads(heard(process)) for process in (one, other)]
    assert sum(done["fired"] for done in both) >= 200, "a receipt given again counts for both"
    assert all(not done["failed"] and not done["refused"] for done in both)
    fired = ran_out(ground)
    assert (len(fired), {*fired.values()}) == (200, {1})


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_between_due_and_fired_nothing_is_lost_and_nothing_done_twice(
    ground: ClerkGround, where: str
) -> None:
    ground.tell(decisions(20))
    with clerk_process(ground, **{where: 7}) as process:
        tell_process(process)
        assert heard(process) == where
        process.kill()
        process.wait(10)
    assert len(ran_out(ground)) == (6 if where == "before" else 7)
    with clerk_process(ground) as again:
        tell_process(again)
        assert json.loads(heard(again))["fired"] == (14 if where == "before" else 13)
    fired = ran_out(ground)
    assert (len(fired), {*fired.values()}) == (20, {1})


def test_a_week_late_it_is_done_all_the_same(ground: ClerkGround) -> None:
    """The clerk was down: each fact says when it really was due, and when it was recorded."""
    due = uuid4()
    ground.tell(decision(MONDAY + timedelta(hours=1), due))
    ground.now += WEEK
    with ground.reader.connection() as connection:
        standing = deadlines.standing(connection, ground.now)
    assert (standing.waiting, standing.oldest) == (1, MONDAY + timedelta(hours=1))
    assert standing.lag_s(ground.now) == (WEEK - timedelta(hours=1)).total_seconds()
    assert ground.clerk().once() == Done(fired=1)
    paper = OutsideDecision.replay(due, ground_facts(ground, due))
    assert paper.ran_out
    assert paper.expires == MONDAY + timedelta(hours=1)


def ground_facts(ground: ClerkGround, stream: Any) -> Any:
    return ground.desk._fresh([stream])[stream]


def test_what_was_settled_before_the_clerk_came_is_left_alone(ground: ClerkGround) -> None:
    """The read model has not heard yet that the decision was taken back: the use case looks for itself."""
    due = uuid4()
    ground.tell(decision(MONDAY, due))
    write(ground, on(due, DecisionTakenBack()))
    assert ground.clerk().once() == Done(fired=1)
    assert ran_out(ground) == {}
    ground.runner.catch_up()
    with ground.reader.connection() as connection:
        assert deadlines.of(connection, [due]) == []


def poisonous(takes: Any) -> tuple[Deadline, ...]:
    """The list, with something wrong in how decisions expire."""
    return tuple(
        Deadline(
            kind=one.kind, of=one.of, dues=one.dues, use_case=one.use_case, takes=takes if one.kind == "decision.expires" else one.takes,
            opens=one.opens, closes=one.closes, means=one.means, daily=one.daily,
        )
        for one in DEADLINES
    )  # fmt: skip


def test_a_deadline_that_fails_never_holds_up_the_others(
    ground: ClerkGround, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = uuid4(), uuid4()
    ground.tell(decision(MONDAY - timedelta(days=1), bad), decision(MONDAY, good))
    clerk = ground.clerk(
        listed=poisonous(lambda fired: {"decision": fired.thing} if fired.thing != bad else {"nonsense": 1})
    )
    with caplog.at_level(logging.CRITICAL, "gongwu.clerk"):
        assert clerk.once() == Done(fired=1, failed=1)
        assert clerk.once() == Done(), "it rests"
    assert ran_out(ground) == {good: 1}
    assert ground.clerk().once() == Done(fired=1), "when the fault is mended it is done"
    assert ran_out(ground) == {bad: 1, good: 1}


@pytest.mark.parametrize(
    "fault", [LogBroken("refused"), psycopg.DataError("odd"), OutcomeUnknown("late"), TooSlow()]
)
def test_nor_does_one_that_the_log_or_a_read_model_stumbles_over(
    ground: ClerkGround, fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = uuid4(), uuid4()
    ground.tell(decision(MONDAY - timedelta(days=1), bad), decision(MONDAY, good))
    does = ground.desk.execute

    def stumbles(use_case: str, envelope: Envelope, input: Any, *more: Any) -> Any:
        if input == {"decision": bad}:
            raise fault
        return does(use_case, envelope, input, *more)

    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL, "gongwu.clerk"):
        patch.setattr(ground.desk, "execute", stumbles)
        assert ground.clerk().once().fired == 1
    assert ran_out(ground) == {good: 1}
    assert ground.clerk().once() == Done(fired=1)
    assert ran_out(ground) == {bad: 1, good: 1}


def test_a_deadline_that_is_refused_is_not_asked_for_again(
    ground: ClerkGround, caplog: pytest.LogCaptureFixture
) -> None:
    bad = uuid4()
    ground.tell(decision(MONDAY, bad))
    clerk = ground.clerk(listed=poisonous(lambda *_: {"decision": NOBODY}))
    with caplog.at_level(logging.WARNING, "gongwu.clerk"):
        assert clerk.once() == Done(refused=1)
        assert ground.clerk().once() == Done(), "also not by another one: the receipt says so"
    assert "UNKNOWN" in caplog.text.upper()
    with ground.reader.connection() as connection:
        assert deadlines.standing(connection, ground.now).waiting == 0
        assert len(deadlines.of(connection, [bad])) == 1, (
            "its own facts still say it is open: somebody should look"
        )


def test_an_offer_that_ran_out_goes_off_the_shelf_and_was_none_before(ground: ClerkGround) -> None:
    until = MONDAY + timedelta(hours=2)
    ground.tell(IN_STORE, on(LAPTOP, Listed(listing=LISTING, loan=True, until=until), at=MONDAY))
    ground.now = until
    again = ground.ask("list_asset", CHEN_MANAGES, asset=LAPTOP)
    assert not again.refused, "the clerk has not run, and the offer is none any more all the same"
    assert ground.clerk().once() == Done(), "the new offer has no end, so nothing is due"
    assert ground.topics("asset.listing_ended") == []
    ground.ask("withdraw_listing", CHEN_MANAGES, asset=LAPTOP, reason="自用")
    ground.ask("list_asset", CHEN_MANAGES, asset=LAPTOP, until=until + WEEK)
    ground.now = until + 2 * WEEK
    assert ground.clerk().once() == Done(fired=1)
    assert ground.topics("asset.listing_ended") == [(LAPTOP, "asset.listing_ended")]


def test_only_the_clerk_does_what_is_the_clerks(ground: ClerkGround) -> None:
    due = uuid4()
    ground.tell(decision(MONDAY, due))
    for account in (CONSOLE, CHEN_MANAGES):
        refused = ground.ask("end_decision", account, decision=due)
        assert refused.refused == NotYours.code
    given = ground.ask("grant_role", CONSOLE, account=CHEN_MANAGES, role=Role.CLERK, scope=CHEN_MANAGES)
    assert given.refused
    assert ground.ask("list_asset", CLERK, asset=LAPTOP).refused == NotYours.code, "and nothing else"


def test_nobody_changes_the_clerks_account(ground: ClerkGround) -> None:
    assert ground.ask("close_account", CONSOLE, account=CLERK).refused == "BUILT_IN_ACCOUNT"


def test_while_one_does_its_round_the_other_sits_out(ground: ClerkGround) -> None:
    ground.tell(decisions(1))
    with ground.clerk()._turn() as mine:
        assert mine
        pool: Any = connect.pool(ground.database.app, name="gongwu-other-clerk")
        try:
            assert Clerk(ground.desk, Reader(pool), clock=ground.clock).once() == Done()
        finally:
            pool.close()
    assert ground.clerk().once() == Done(fired=1), "it is nobody's turn for ever"


def test_it_waits_for_a_database_that_is_away_and_stops_within_a_second(
    ground: ClerkGround, caplog: pytest.LogCaptureFixture
) -> None:
    pool: Any = connect.pool(
        ground.database.app.replace(ground.database.name, "nowhere"), name="gongwu-nowhere"
    )
    pool.timeout = 0.2
    clerk = Clerk(ground.desk, Reader(pool), clock=ground.clock, interval_s=0.05)
    with caplog.at_level(logging.CRITICAL):
        with pytest.raises(Exception) as away:  # noqa: PT011 - whichever of the two names it has
            clerk.once()
        assert type(away.value).__name__ in ("Crowded", DatabaseUnavailable.__name__)
        clerk.start()
        assert clerk.running
        begun = time.monotonic()
        clerk.close()
        assert time.monotonic() - begun < 5, "a second, and what a busy machine adds"
        pool.close()


def test_a_database_that_hangs_up_on_it_is_asked_again(
    ground: ClerkGround, caplog: pytest.LogCaptureFixture
) -> None:
    ground.tell(decisions(30))
    with caplog.at_level(logging.CRITICAL):
        clerk = ground.clerk(interval_s=0.05).start()
        with psycopg.connect(ground.database.owner, autocommit=True) as owner:
            for _ in range(8):
                owner.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                time.sleep(0.1)
        fired = threading.Event()
        for _ in range(600):
            if eventually_ran_out(ground) == 30:
                fired.set()
                break
            time.sleep(0.05)
        assert clerk.running
        clerk.close()
    assert fired.is_set()
    assert {*ran_out(ground).values()} == {1}


def eventually_ran_out(ground: ClerkGround) -> int:
    """How many, once the database answers again."""
    try:
        return len(ran_out(ground))
    except (DatabaseAway, psycopg.Error):
        return -1


def test_its_thread_does_rounds_until_it_is_told_to_stop(ground: ClerkGround) -> None:
    clerk = ground.clerk(interval_s=0.05).start()
    ground.tell(decisions(3))
    ends = threading.Event()
    for _ in range(400):
        if len(ran_out(ground)) == 3:
            break
        ends.wait(0.05)
    clerk.close()
    assert not clerk.running
    assert len(ran_out(ground)) == 3


def test_every_deadline_is_an_envelope_of_its_own(ground: ClerkGround) -> None:
    """The same deadline asked for by hand, with the clerk's id, is answered and not done again."""
    due = uuid4()
    ground.tell(decision(MONDAY, due))
    with ground.reader.connection() as connection:
        [row] = deadlines.due(connection, ground.now)
    assert ground.clerk().once() == Done(fired=1)
    again = ground.desk.execute(
        "end_decision", Envelope(account=CLERK, command_id=row.command, device="clerk"), {"decision": due}
    )
    assert again.replayed
    assert ran_out(ground) == {due: 1}
