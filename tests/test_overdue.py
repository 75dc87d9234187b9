"""Overdue holds by time; here somebody is told: one digest per borrower and warehouse, each step once."""

from datetime import timedelta
from typing import Any

import pytest

from domain.body import Relation, RelationSet
from domain.papers.loan import Loan, LoanClosed, LoanLine
from domain.papers.reminder import ReminderLine, ReminderSent
from domain.papers.running_loan import FellOverdue, Reminded, ReminderLevel
from domain.refusals import InvalidValue, NotYours
from domain.terms import Reminders
from domain.usecases.overdue import level_at, step_at
from domain.usecases.returning import ReturnLine
from domain.values import CLERK, Role
from tests.examples import ANA_KEEPS, FINANCE, HEALTH, TAX, TUESDAY, WAREHOUSE, account
from tests.goods import CHAIRS, DESKS, LAPTOP
from tests.store_room import BY_WANG, IN_STORE, SIX_DESKS, STORE_ROOM, TEN_CHAIRS, XIE_ASKS
from tests.story import Story, given, on
from tests.test_extending import set_terms

LADDER = Reminders(before_days=(1,), after_days=(1, 7, 14), manager_after_days=7, superior_after_days=14)
TOLD = [set_terms(LADDER, warehouse=WAREHOUSE)]


def lends(story: Story, asset: Any, quantity: int = 1, **more: Any) -> Any:
    """It is lent at the counter; the loan."""
    asked = {
        "as_": ANA_KEEPS,
        "lines": (LoanLine(asset, quantity),),
        "borrower": HEALTH,
        "receiver": BY_WANG,
        "due": TUESDAY,
    }
    story.when("lend", **asked | more)
    assert story.refusal is None, story.refusal.values
    return story.answer["loan"]


def tells(story: Story, after: int, hours: int = 1, **more: Any) -> Story:
    """Somebody runs the reminders so many days after Tuesday."""
    now = TUESDAY + timedelta(days=after, hours=hours)
    asked = {"as_": ANA_KEEPS, "borrower": HEALTH, "warehouse": WAREHOUSE, "day": now.date()}
    return story.when("remind_overdue", at=now, **asked | more)


def room() -> Story:
    return given(STORE_ROOM, TOLD, IN_STORE, TEN_CHAIRS, SIX_DESKS)


def test_a_borrower_gets_one_digest_for_all_it_has_from_a_warehouse() -> None:
    story = room()
    one, other = lends(story, LAPTOP), lends(story, CHAIRS, 3)
    later = lends(story, DESKS, 1, due=TUESDAY + timedelta(days=30))
    tells(story, 1)
    story.then(ReminderSent, FellOverdue, FellOverdue, (one, Reminded), (other, Reminded))
    sent = story.fact(ReminderSent)
    assert sent.told == (HEALTH,)
    assert {line.loan for line in sent.lines} == {one, other}
    assert later not in {line.loan for line in sent.lines}
    assert {(line.days, line.step, line.level) for line in sent.lines} == {(1, 1, ReminderLevel.BORROWER)}


def test_another_borrower_gets_a_digest_of_its_own() -> None:
    story = room()
    lends(story, LAPTOP)
    theirs = lends(story, CHAIRS, 1, borrower=TAX)
    tells(story, 1)
    tells(story, 1, hours=2, borrower=TAX).then(ReminderSent, FellOverdue, Reminded)
    assert [line.loan for line in story.fact(ReminderSent).lines] == [theirs]


def test_nothing_is_told_twice_and_no_step_is_missed_by_a_late_clerk() -> None:
    story = room()
    lends(story, LAPTOP)
    tells(story, -1).then(ReminderSent, Reminded)
    assert story.fact(ReminderSent).lines[0].days == -1
    tells(story, -1, hours=2).then()
    tells(story, 0).then(FellOverdue)
    tells(story, 1).then(ReminderSent, Reminded)
    tells(story, 2).then()
    tells(story, 9).then(ReminderSent, Reminded)  # the seventh day was missed: it is told two days late, once
    assert (story.fact(ReminderSent).lines[0].step, story.fact(ReminderSent).lines[0].level) == (
        7,
        ReminderLevel.MANAGER,
    )
    tells(story, 10).then()
    tells(story, 300).then(ReminderSent, Reminded)
    tells(story, 301).then()


def test_two_clerks_at_the_same_moment_tell_it_once() -> None:
    story = room()
    loan = lends(story, LAPTOP)
    first = tells(room_with_laptop(), 1)
    told = [row for row in first.new if isinstance(row.fact, ReminderSent | Reminded | FellOverdue)]
    again = [
        on(loan if isinstance(row.fact, Reminded | FellOverdue) else row.stream, row.fact) for row in told
    ]
    tells(story, 1, meanwhile_=again).then()


def room_with_laptop() -> Story:
    """The same again, with the same ids."""
    story = room()
    lends(story, LAPTOP)
    return story


def test_what_is_overdue_is_so_by_time_whether_anybody_was_told_or_not() -> None:
    story = room()
    loan = lends(story, LAPTOP)
    paper = story.thing(Loan, loan)
    assert paper.told_overdue is None
    assert not paper.overdue(TUESDAY - timedelta(microseconds=1))
    assert paper.overdue(TUESDAY)


def test_from_a_step_on_the_manager_and_then_the_superior_are_told() -> None:
    above = on(HEALTH, RelationSet(relation=Relation.SUPERVISED_BY, other=FINANCE))
    story = room().given(above)
    lends(story, LAPTOP)
    tells(story, 7)
    assert (story.fact(Reminded).level, story.fact(Reminded).told) == (ReminderLevel.MANAGER, (HEALTH,))
    tells(story, 14)
    assert (story.fact(Reminded).level, story.fact(Reminded).told) == (
        ReminderLevel.SUPERIOR,
        (HEALTH, FINANCE),
    )
    assert story.fact(ReminderSent).told == (HEALTH, FINANCE)


def test_an_extension_begins_the_ladder_anew() -> None:
    story = room()
    loan = lends(story, LAPTOP)
    tells(story, 8).then(ReminderSent, FellOverdue, Reminded)
    story.when("extend_loan", as_=ANA_KEEPS, loan=loan, due=TUESDAY + timedelta(days=20))
    tells(story, 9).then()
    tells(story, 21)
    assert story.fact(ReminderSent).lines == (
        ReminderLine(loan, TUESDAY + timedelta(days=20), 1, 1, ReminderLevel.BORROWER),
    )


def test_what_came_back_is_not_reminded_of_any_more() -> None:
    story = room()
    lends(story, LAPTOP)
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=WAREHOUSE)
    assert LoanClosed in {type(row.fact) for row in story.new}
    tells(story, 5).then()


def test_a_day_is_that_of_the_warehouse_and_not_in_the_future() -> None:
    story = room()
    lends(story, LAPTOP)
    evening = TUESDAY.replace(hour=23, minute=30) + timedelta(days=1)
    asked: dict[str, Any] = {"as_": ANA_KEEPS, "borrower": HEALTH, "warehouse": WAREHOUSE}
    story.when("remind_overdue", at=evening, **asked, day=(evening + timedelta(days=1)).date()).refused(
        InvalidValue, "day"
    )
    story.when(
        "remind_overdue", at=evening + timedelta(hours=1), **asked, day=(evening + timedelta(days=1)).date()
    )
    assert story.fact(ReminderSent).lines[0].days == 2


def test_the_clerk_and_the_warehouse_remind_and_nobody_else() -> None:
    story = room()
    lends(story, LAPTOP)
    tells(story, 1, as_=XIE_ASKS).refused(NotYours)
    clerk = account(CLERK, FINANCE, (Role.CLERK, WAREHOUSE))
    tells(story.given(clerk), 1, hours=3, as_=clerk.stream).then(ReminderSent, FellOverdue, Reminded)


@pytest.mark.parametrize(
    ("days", "step"),
    [(-2, None), (-1, -1), (0, -1), (1, 1), (6, 1), (7, 7), (13, 7), (14, 14), (999, 14)],
)
def test_the_step_that_is_reached(days: int, step: int | None) -> None:
    assert step_at(LADDER, days) == step


def test_the_level_follows_the_days() -> None:
    assert [level_at(LADDER, days) for days in (-1, 6, 7, 14)] == [
        ReminderLevel.BORROWER, ReminderLevel.BORROWER, ReminderLevel.MANAGER, ReminderLevel.SUPERIOR,
    ]  # fmt: skip
