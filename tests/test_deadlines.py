"""Which deadlines there are, what opens and closes each; that they hold by time; and whole processes with the clerk in them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

import domain.vocabulary  # noqa: F401 - all facts and use cases
from api.clerk import Done
from domain.aggregate import FACTS, Fact, Meta, Root, Stamp, decode
from domain.asset import Asset
from domain.deadlines import DEADLINES, Deadline, table
from domain.papers.demand import DemandKind
from domain.papers.loan import LoanLine
from domain.terms import Form
from domain.usecases import USE_CASES
from domain.values import CLERK, ROOT, Role, Window
from projections import availability, deadlines, inbox
from projections.reach import EVERYTHING
from tests.asking import ASKING, LEI_APPROVES, NIU_APPROVES, of, some
from tests.clerk_ground import ClerkGround, clerk_process, heard, tell_process
from tests.clusters import Database
from tests.examples import (
    ANA_KEEPS,
    FANG_ASKS,
    HEALTH,
    LANZHOU_FINANCE,
    TUESDAY,
    WAREHOUSE,
)
from tests.goods import CHAIRS, DESKTOP, LAPTOP
from tests.store_room import BY_WANG, XIE_ASKS
from tests.story import MONDAY

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
DAY = timedelta(days=1)
WINDOW = Window(MONDAY + 10 * DAY, MONDAY + 12 * DAY)
META = Meta(account=CLERK, person=CLERK, body=ROOT, command=ROOT, use_case="story")


@pytest.fixture
def ground(database: Database) -> Iterator[ClerkGround]:
    with ClerkGround(database, ASKING) as made:
        yield made


def sample(fact: type[Fact]) -> Fact:
    stored = json.loads((GOLDEN / f"{fact.TOPIC}.json").read_text("utf-8"))
    return decode(fact.TOPIC, json.dumps(stored["body"]).encode())


# The list.


def test_the_list_of_deadlines_is_what_the_docs_show() -> None:
    assert table() in (HERE.parent / "docs" / "deadlines.md").read_text("utf-8"), "python -m domain.deadlines"


@pytest.mark.parametrize("one", DEADLINES, ids=lambda one: one.kind)
def test_every_deadline_is_a_use_case_that_the_clerk_may_ask_for(one: Deadline) -> None:
    assert Role.CLERK in USE_CASES[one.use_case].by
    assert one.opens
    assert one.closes
    for fact in (*one.opens, *one.closes):
        assert FACTS[fact.TOPIC] is fact
    assert len({each.kind for each in DEADLINES}) == len(DEADLINES)


BEFORE = {
    "asset": ("asset.registered",),
    "demand": ("demand.entered",),
    "pool_check": ("pool_check.applied",),
}
"""What has to have happened to a thing before its deadline can be opened."""
NEVER_THEN = {
    "request.hold": {"request.used"},
    "request.collection": {
        "request.submitted", "request.step_approved", "request.change_proposed", "request.change_accepted", "request.change_declined",
        "request.refused",
    },
    "demand.wanted": {"demand.turn_passed", "demand.turn_taken_up"},
}  # fmt: skip
"""Facts that cannot happen to a thing with such a deadline open: a request that is approved is not refused any more."""
BEFORE_KIND = {"request.collection": ("request.submitted",), "demand.wanted": ()}


def opened(one: Deadline, by: type[Fact]) -> Root:
    """A thing on which this fact has just opened the deadline."""
    thing = one.of(uuid4())
    for topic in BEFORE_KIND.get(one.kind, BEFORE.get(one.of.KIND, ())):
        happens(thing, sample(FACTS[topic]))
    happens(thing, sample(by))
    return thing


def happens(thing: Root, fact: Fact) -> None:
    thing.version += 1
    fact.apply(thing, Stamp(thing.version, datetime(2026, 3, 2, 1, tzinfo=UTC), META))


@pytest.mark.parametrize("one", DEADLINES, ids=lambda one: one.kind)
def test_only_the_listed_facts_open_move_or_close_a_deadline(one: Deadline) -> None:
    """Every fact that can happen to such a thing is tried on one with an open deadline."""
    thing = opened(one, one.opens[0])
    before = list(one.dues(thing))
    assert before, "the first of the list opens it"
    listed = {*one.opens, *one.closes}
    changed = set()
    for topic, fact in FACTS.items():
        if not topic.startswith(one.of.KIND + ".") or topic in NEVER_THEN.get(one.kind, ()):
            continue
        after = thing.copy()
        try:
            happens(after, sample(fact))
        except (KeyError, IndexError, TypeError, FileNotFoundError):
            continue  # a sample about a line or a loan that this thing does not have
        if list(one.dues(after)) != before:
            changed.add(fact)
    assert changed <= listed, {fact.TOPIC for fact in changed - listed}


# By time.


@pytest.mark.postgres
def test_a_hold_never_outlives_its_deadline_whether_or_not_the_clerk_has_run(ground: ClerkGround) -> None:
    """Must not happen: a hold that outlives its deadline. Asked of the catalogue, of the one function, and of the next who asks."""
    asked = ask(ground, XIE_ASKS, of(LAPTOP))
    [request] = asked.outcome["requests"]
    until = due_of(ground, request)
    for moment, free in ((until - timedelta(seconds=1), 0), (until, 1)):
        ground.now = moment
        with ground.reader.connection() as connection:
            assert availability.free(connection, EVERYTHING, [LAPTOP], WINDOW, ground.now) == {LAPTOP: free}
    assert ground.topics("request.lapsed") == [], "no clerk has run"
    again = ask(ground, XIE_ASKS, of(LAPTOP), window=Window(until + DAY, until + 2 * DAY))
    assert not again.refused, again
    assert ground.clerk().once() == Done(fired=1)
    ground.runner.catch_up()
    assert [thing for thing, _ in ground.topics("request.lapsed")] == [UUID(request)]
    assert names(ground, XIE_ASKS)[0] == "request.lapsed"
    ground.now += 30 * DAY
    assert ground.clerk().once() == Done(fired=1), "that of the second request, and nothing of the first"


@pytest.mark.postgres
def test_a_deadline_never_fires_twice_though_two_processes_and_a_third_here_all_try(
    ground: ClerkGround,
) -> None:
    """Must not happen: a deadline that fires twice."""
    requests = []
    for day in range(12):
        window = Window(MONDAY + (10 + 2 * day) * DAY, MONDAY + (11 + 2 * day) * DAY)
        decided = ask(ground, XIE_ASKS, of(CHAIRS, 2), window=window)
        assert not decided.refused, decided
        requests += decided.outcome["requests"]
    ground.now += 9 * DAY
    with clerk_process(ground) as one, clerk_process(ground) as other:
        for process in (one, other):
            tell_process(process)
        ground.clerk(alone=False).once()
        for process in (one, other):
            heard(process)
    lapsed = [thing for thing, _ in ground.topics("request.lapsed")]
    assert sorted(lapsed) == sorted(map(UUID, requests))


@pytest.mark.postgres
def test_what_is_approved_and_not_collected_lapses_and_the_counter_is_told(ground: ClerkGround) -> None:
    asked = ask(ground, XIE_ASKS, of(LAPTOP), window=Window(MONDAY + 2 * DAY, MONDAY + 40 * DAY))
    [request] = asked.outcome["requests"]
    for who in (LEI_APPROVES, NIU_APPROVES):
        assert not ground.ask("approve_request", who, request=UUID(request)).refused
    with ground.reader.connection() as connection:
        [row] = deadlines.of(connection, [UUID(request)])
    assert row.kind == "request.collection"
    ground.now = row.due - timedelta(seconds=1)
    assert ground.clerk().once() == Done()
    ground.now = row.due
    assert ground.clerk().once() == Done(fired=1)
    ground.runner.catch_up()
    assert names(ground, ANA_KEEPS)[0] == "request.lapsed_here"
    with ground.reader.connection() as connection:
        assert deadlines.of(connection, [UUID(request)]) == []


# The queue.


@pytest.mark.postgres
def test_the_next_in_line_gets_its_turn_when_the_first_lets_it_pass(ground: ClerkGround) -> None:
    first, second = (
        wait(ground, who, body) for who, body in ((XIE_ASKS, HEALTH), (FANG_ASKS, LANZHOU_FINANCE))
    )
    ground.now += 20 * DAY  # all rounds are open
    done = ground.clerk().once()
    assert done.fired == 1, done
    ground.runner.catch_up()
    assert ground.topics("demand.turn_came") == [(first, "demand.turn_came")]
    assert names(ground, XIE_ASKS)[0] == "demand.turn_came"
    with ground.reader.connection() as connection:
        [turn] = [row for row in deadlines.of(connection, [first]) if row.kind == "demand.turn"]
    ground.now = turn.due + DAY
    ground.clerk().once()
    ground.runner.catch_up()
    ground.clerk().once()
    ground.runner.catch_up()
    assert ground.topics("demand.turn_passed", "demand.turn_came") == [
        (first, "demand.turn_came"), (first, "demand.turn_passed"), (second, "demand.turn_came"),
    ]  # fmt: skip
    assert names(ground, XIE_ASKS)[0] == "demand.turn_passed"
    assert names(ground, FANG_ASKS)[0] == "demand.turn_came"


def wait(ground: ClerkGround, who: UUID, body: UUID) -> UUID:
    """A body waits for all eleven things of the class (chairs and a laptop): two cannot be served at once."""
    entered = ground.ask(
        "enter_demand", who, body=body, kind=DemandKind.WAIT, until=MONDAY + 90 * DAY, quantity=8, class_code=DESKTOP,
        window=Window(MONDAY + 60 * DAY, MONDAY + 70 * DAY),
    )  # fmt: skip
    assert not entered.refused, entered
    ground.now += timedelta(minutes=1)
    return UUID(entered.outcome["demand"])


# Every day.


@pytest.mark.postgres
def test_the_ladder_of_reminders_is_one_digest_a_day_for_each_borrower_and_lending_point(
    ground: ClerkGround,
) -> None:
    for asset, quantity in ((LAPTOP, 1), (CHAIRS, 3)):
        lent = ground.ask(
            "lend",
            ANA_KEEPS,
            lines=(LoanLine(asset, quantity),),
            borrower=HEALTH,
            receiver=BY_WANG,
            due=TUESDAY,
        )
        assert not lent.refused, lent
    told: list[int] = []
    for day in range(10):
        ground.now = TUESDAY + timedelta(days=day, hours=3)
        for _ in range(2):
            ground.clerk().once()
        ground.runner.catch_up()
        told.append(len(ground.topics("reminder.sent")))
    assert told[0] <= 1, "the day before, or none"
    assert told[-1] - told[0] == 2, "a day after, and a week after: by the ladder that is shipped"
    assert names(ground, XIE_ASKS)[0] == "reminder.sent"
    ground.now += 30 * DAY
    ground.clerk().once()
    ground.runner.catch_up()
    assert len(ground.topics("reminder.sent")) == told[-1] + 1, "a month late: what is reached by now, once"


@pytest.mark.postgres
def test_nobody_is_reminded_before_the_morning_of_the_place(ground: ClerkGround) -> None:
    ground.ask(
        "lend", ANA_KEEPS, lines=(LoanLine(LAPTOP, 1),), borrower=HEALTH, receiver=BY_WANG, due=TUESDAY
    )
    ground.now = (TUESDAY + DAY).replace(hour=6, minute=59)
    with ground.reader.connection() as connection:
        assert deadlines.daily(connection, ground.now) == []
        found = deadlines.daily(connection, ground.now + timedelta(minutes=1))
    assert [(row.kind, row.fired.given, row.fired.day) for row in found] == [
        ("loan.return", (HEALTH, WAREHOUSE), (TUESDAY + DAY).date())
    ]


def ask(ground: ClerkGround, who: UUID, *lines: Any, window: Window | None = None) -> Any:
    return ground.ask(
        "submit_requests",
        who,
        body=HEALTH,
        purpose="会议",
        lines=lines,
        window=window or WINDOW,
        form=Form.LOAN,
    )


def due_of(ground: ClerkGround, request: str) -> datetime:
    with ground.reader.connection() as connection:
        [row] = deadlines.of(connection, [UUID(request)])
    return row.due


def names(ground: ClerkGround, account: UUID) -> list[str]:
    with ground.reader.connection() as connection:
        return [row.name for row in inbox.page(connection, inbox.addresses(connection, account))]


def test_assets_of_the_list_are_folded_as_they_are_now() -> None:
    assert any(one.of is Asset for one in DEADLINES)
    assert some(1).class_code is not None
