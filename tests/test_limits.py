"""Limits: opening hours and working days, notice, the longest term, preparation, pick-up slots; each refusal names its rule."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as some

from domain.asset import Asset, Preparing
from domain.command import Command, Envelope
from domain.life.lending import Returned
from domain.life.pooling import Reserved
from domain.limits import (
    SLOT,
    SlotFull,
    StartInThePast,
    StoreClosed,
    TermTooLong,
    TooFarAhead,
    TooShortNotice,
    leave_slot,
    ready_after,
    take_slot,
)
from domain.open_days import (
    NeverOpen,
    after_working_days,
    closes,
    hours_on,
    is_open,
    next_opening,
    opens,
    working_days_between,
)
from domain.papers.loan import LoanLine
from domain.place import Place
from domain.policy_book import BOOK, PolicySet
from domain.terms import LoanTerms, OpenDay, OpeningHours, PickUp, Preparation, Scope, Terms
from domain.usecases.pooling import NotFree
from domain.usecases.returning import ReturnLine
from domain.values import CONSOLE, Condition, Window
from tests.examples import (
    ANA_KEEPS,
    EDUCATION,
    FRIDAY,
    HEALTH,
    NEXT_MONDAY,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, card, said
from tests.properties import at_most
from tests.store_room import BY_WANG, IN_STORE, STORE_ROOM, TEN_CHAIRS, lent, promised
from tests.story import HERE, LONG_AGO, MONDAY, Step, Story, given, on

WEEK = tuple(OpenDay(day, "09:00", "17:00") for day in range(1, 6))
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def set_(*terms: Terms, class_code: str = "") -> list[Step]:
    """Terms that the warehouse has set."""
    return [
        on(
            BOOK,
            PolicySet(
                policy=named_id(f"policy {n} {class_code} {one}"), scope=Scope(warehouse=WAREHOUSE, class_code=class_code),
                valid_from=date(2020, 1, 1), terms=one, document="甘机管〔2026〕7号",
            ),
            at=LONG_AGO,
        )
        for n, one in enumerate(terms)
    ]  # fmt: skip


def at(day: datetime, clock: str) -> datetime:
    return datetime.combine(day.date(), time.fromisoformat(clock), HERE)


def reserve(story: Story, start: datetime, end: datetime, asset: UUID = LAPTOP, **more: Any) -> Story:
    return story.when(
        "reserve_asset", as_=ANA_KEEPS, asset=asset, body=HEALTH, window=Window(start, end), **more
    )


def lend(story: Story, due: datetime, asset: UUID = LAPTOP, to: UUID = HEALTH, **more: Any) -> Story:
    return story.when(
        "lend",
        as_=ANA_KEEPS,
        lines=(LoanLine(asset, 1, condition=Condition.GOOD),),
        borrower=to,
        receiver=BY_WANG,
        due=due,
        **more,
    )


# Opening hours.


def test_what_begins_or_ends_when_the_store_is_closed_is_refused_and_the_refusal_names_the_rule_and_when_it_opens() -> (
    None
):
    story = given(STORE_ROOM, IN_STORE, set_(OpeningHours(week=WEEK)))
    reserve(story, at(TUESDAY, "08:59"), at(THURSDAY, "12:00")).refused(StoreClosed, "window.start")
    assert story.refusal is not None
    said = story.refusal.values
    assert (said["rule"], said["policy"]) == (f"opening_hours/{WAREHOUSE}", 1)
    assert (said["opens"], said["at"]) == ("2026-03-03T09:00+08:00", "2026-03-03T08:59+08:00")
    saturday = FRIDAY + timedelta(days=1)
    reserve(story, at(TUESDAY, "09:00"), at(saturday, "12:00")).refused(StoreClosed, "window.end")
    assert story.refusal.values["opens"] == "2026-03-09T09:00+08:00"
    reserve(story, at(TUESDAY, "09:00"), at(FRIDAY, "17:00")).then(Reserved)


def test_a_loan_is_due_when_the_store_is_open() -> None:
    story = given(STORE_ROOM, IN_STORE, set_(OpeningHours(week=WEEK)))
    lend(story, at(FRIDAY, "20:00")).refused(StoreClosed, "due")
    lend(story, at(FRIDAY, "16:00"))
    assert story.refusal is None


def test_hours_that_nobody_set_close_nobody_s_store() -> None:
    reserve(
        given(STORE_ROOM, IN_STORE), at(TUESDAY, "03:00"), at(NEXT_MONDAY - timedelta(days=1), "04:00")
    ).then(Reserved)


def test_a_holiday_is_closed_and_the_day_that_is_worked_for_it_is_open() -> None:
    saturday = FRIDAY + timedelta(days=1)
    hours = OpeningHours(week=WEEK, closed=(TUESDAY.date(),), exchanged=(saturday.date(),))
    story = given(STORE_ROOM, IN_STORE, set_(hours))
    reserve(story, at(TUESDAY, "10:00"), at(FRIDAY, "12:00")).refused(StoreClosed, "window.start")
    reserve(story, at(WEDNESDAY, "10:00"), at(saturday, "12:00")).then(Reserved)


def test_the_hours_are_those_of_the_warehouse_s_own_time_zone() -> None:
    """Nine in the morning in Lanzhou is one at night in London."""
    story = given(STORE_ROOM, IN_STORE, set_(OpeningHours(week=WEEK)))
    start = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    reserve(story, start, start + timedelta(hours=8)).then(Reserved)
    reserve(story, start + timedelta(days=1), start + timedelta(days=1, hours=9)).refused(
        StoreClosed, "window.end"
    )


def test_what_has_happened_lands_at_any_hour() -> None:
    story = given(STORE_ROOM, IN_STORE, set_(OpeningHours(week=WEEK), LoanTerms(most_days=1)))
    lend(story, at(FRIDAY, "20:00"), already_happened=True, at=THURSDAY)
    assert story.refusal is None
    sunday = at(NEXT_MONDAY - timedelta(days=1), "22:00")
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=WAREHOUSE, at=sunday)
    assert story.refusal is None


# Notice.


def test_what_would_have_begun_already_is_refused() -> None:
    story = given(STORE_ROOM, IN_STORE)
    reserve(story, MONDAY - timedelta(days=1), THURSDAY).refused(StartInThePast, "window.start")
    reserve(story, MONDAY, THURSDAY).then(Reserved)


def test_notice_is_counted_in_working_days() -> None:
    story = given(STORE_ROOM, IN_STORE, set_(LoanTerms(most_days=90, lead_working_days=2)))
    reserve(story, at(TUESDAY, "15:00"), THURSDAY, at=MONDAY).refused(TooShortNotice, "window.start")
    assert story.refusal is not None
    assert story.refusal.values["earliest"] == "2026-03-04T09:00+08:00"
    reserve(story, at(WEDNESDAY, "09:00"), THURSDAY, at=MONDAY).then(Reserved)
    story = given(STORE_ROOM, IN_STORE, set_(LoanTerms(most_days=90, lead_working_days=1)))
    sunday = NEXT_MONDAY - timedelta(days=1)
    reserve(story, sunday, NEXT_MONDAY, at=FRIDAY).refused(TooShortNotice)
    reserve(story, NEXT_MONDAY, NEXT_MONDAY + timedelta(days=1), at=FRIDAY).then(Reserved)


def test_nobody_asks_for_next_century() -> None:
    story = given(STORE_ROOM, IN_STORE, set_(LoanTerms(most_days=90, ahead_days=30)))
    month = timedelta(days=30)
    reserve(story, MONDAY + month + timedelta(days=1), MONDAY + month + timedelta(days=2), at=MONDAY).refused(
        TooFarAhead, "window.start"
    )
    assert story.refusal is not None
    assert story.refusal.values["latest"] == (MONDAY + month).date().isoformat()
    reserve(story, MONDAY + month, MONDAY + month + timedelta(days=1), at=MONDAY).then(Reserved)
    shipped = given(STORE_ROOM, IN_STORE)
    reserve(shipped, MONDAY + 13 * month, MONDAY + 13 * month + timedelta(days=1), at=MONDAY).refused(
        TooFarAhead
    )


# The longest term.


def test_nobody_has_an_item_longer_than_the_term() -> None:
    story = given(STORE_ROOM, IN_STORE, set_(LoanTerms(most_days=3)))
    reserve(story, at(TUESDAY, "10:00"), at(FRIDAY + timedelta(days=1), "10:00")).refused(
        TermTooLong, "window"
    )
    assert story.refusal is not None
    assert story.refusal.values["latest"] == "2026-03-06"
    assert story.refusal.values["rule"] == f"loan_terms/{WAREHOUSE}"
    reserve(story, at(TUESDAY, "10:00"), at(FRIDAY, "17:00")).then(Reserved)
    lend(given(STORE_ROOM, IN_STORE, set_(LoanTerms(most_days=3))), at(NEXT_MONDAY, "10:00")).refused(
        TermTooLong, "due"
    )


def test_back_on_friday_and_out_again_on_monday_does_not_start_a_new_clock() -> None:
    terms = set_(LoanTerms(most_days=10, break_days=5))
    back = on(
        LAPTOP,
        Returned(
            loan=named_id("借用单"), quantity=1, condition=Condition.GOOD, operator=EDUCATION, place=WAREHOUSE
        ),
        at=FRIDAY,
    )
    ground = (STORE_ROOM, IN_STORE, terms, lent(due=FRIDAY), back)
    twelfth = MONDAY + timedelta(days=11)
    lend(given(ground), twelfth, at=NEXT_MONDAY).refused(TermTooLong, "due")
    other = lend(given(ground), twelfth, to=TAX, at=NEXT_MONDAY)
    assert other.refusal is None, "another borrower has a clock of its own"
    later = FRIDAY + timedelta(days=5)
    rested = lend(given(ground), later + timedelta(days=10), at=later)
    assert rested.refusal is None, "after the break a new clock starts"
    within = lend(given(ground), MONDAY + timedelta(days=10), at=NEXT_MONDAY)
    assert within.refusal is None, "as long as the first clock allows"


def test_a_second_promise_right_after_the_first_is_one_term_with_it() -> None:
    terms = set_(LoanTerms(most_days=5, break_days=3))
    first = promised(window=Window(TUESDAY, THURSDAY))
    story = given(STORE_ROOM, IN_STORE, terms, first)
    reserve(story, FRIDAY, FRIDAY + timedelta(days=4)).refused(TermTooLong, "window")
    reserve(story, NEXT_MONDAY, NEXT_MONDAY + timedelta(days=4)).then(Reserved)


def test_what_was_promised_for_so_long_is_handed_out_though_the_term_was_cut_since() -> None:
    window = Window(MONDAY, NEXT_MONDAY)
    story = given(STORE_ROOM, IN_STORE, promised(window=window), set_(LoanTerms(most_days=2)))
    lend(story, NEXT_MONDAY, reservation=named_id("预留"))
    assert story.refusal is None
    other = given(STORE_ROOM, IN_STORE, promised(window=window), set_(LoanTerms(most_days=2)))
    lend(other, NEXT_MONDAY + timedelta(days=1), reservation=named_id("预留")).refused(TermTooLong)


# Preparation.


def test_after_a_loan_it_is_prepared_before_it_goes_out_again() -> None:
    """Due on Friday, prepared for one working day: free again when the store closes on Monday."""
    story = given(STORE_ROOM, IN_STORE, set_(Preparation(working_days=1), OpeningHours(week=WEEK)))
    ready = at(NEXT_MONDAY, "17:00")
    reserve(story, at(TUESDAY, "09:00"), at(FRIDAY, "12:00")).then(Reserved)
    assert story.fact(Reserved).ready == ready
    reserve(story, at(NEXT_MONDAY, "10:00"), at(NEXT_MONDAY + timedelta(days=3), "12:00")).refused(NotFree)
    reserve(story, ready, at(NEXT_MONDAY + timedelta(days=3), "12:00")).then(Reserved)


def test_a_promise_is_not_made_into_the_time_before_another_when_it_could_not_be_prepared() -> None:
    later = promised(window=Window(at(FRIDAY, "09:00"), at(FRIDAY, "17:00")))
    story = given(STORE_ROOM, IN_STORE, later, set_(Preparation(working_days=1), OpeningHours(week=WEEK)))
    reserve(story, at(WEDNESDAY, "09:00"), at(THURSDAY, "12:00")).refused(NotFree)
    reserve(story, at(TUESDAY, "09:00"), at(WEDNESDAY, "12:00")).then(Reserved)


def test_what_came_back_is_being_prepared_by_the_hours_of_the_store_that_took_it() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(), set_(Preparation(working_days=1), OpeningHours(week=WEEK)))
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=WAREHOUSE, at=TUESDAY)
    asset, ready = story.thing(Asset, LAPTOP), at(WEDNESDAY, "17:00")
    assert asset.preparing == (Preparing(1, TUESDAY, ready),)
    lend(story, THURSDAY, at=WEDNESDAY).refused(NotFree)
    lend(story, FRIDAY, at=ready)
    assert story.refusal is None


def test_preparation_is_set_by_class_and_the_longer_code_wins() -> None:
    story = given(
        STORE_ROOM, IN_STORE, set_(OpeningHours(week=WEEK)), set_(Preparation(working_days=1)),
        set_(Preparation(working_days=3), class_code="A0201"),
    )  # fmt: skip
    reserve(story, at(TUESDAY, "09:00"), at(WEDNESDAY, "09:00"))
    assert story.fact(Reserved).ready == at(NEXT_MONDAY, "17:00")


def test_the_part_of_a_lot_that_is_laid_apart_is_prepared_for_itself() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, lent(CHAIRS, 4), set_(Preparation(working_days=1)))
    story.when(
        "take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=CHAIRS, quantity=4),), place=WAREHOUSE, at=TUESDAY
    )
    assert [one.quantity for one in story.thing(Asset, CHAIRS).preparing] == [4]
    assert story.thing(Asset, CHAIRS).free(Window(WEDNESDAY, at(WEDNESDAY, "10:00")), TUESDAY) == 6


SPANS = some.lists(some.tuples(some.integers(0, 24 * 20), some.integers(1, 24 * 4)), min_size=1, max_size=6)


@settings(max_examples=at_most(40), deadline=None)
@over(SPANS, some.integers(0, 3), some.lists(some.dates(date(2026, 3, 3), date(2026, 3, 31)), max_size=4))
def test_no_two_promises_ever_meet_in_the_time_that_one_of_them_is_prepared(
    spans: list[tuple[int, int]], days: int, closed: list[date]
) -> None:
    """Whatever is asked in whatever order: accepted exactly when a slow model finds no other in the way."""
    week = tuple(OpenDay(day, "00:00", "24:00") for day in range(1, 8))
    story = given(STORE_ROOM, IN_STORE, set_(Preparation(working_days=days), OpeningHours(week=week)))
    hours = OpeningHours(week=week)
    if closed:
        hours = OpeningHours(
            week=tuple(OpenDay(day, "00:00", "24:00") for day in range(1, 7)), closed=tuple(closed)
        )
        story = given(STORE_ROOM, IN_STORE, set_(Preparation(working_days=days)), region_hours(hours))
    taken: list[tuple[datetime, datetime]] = []
    for begins, length in spans:
        start = TUESDAY + timedelta(hours=begins)
        end = start + timedelta(hours=length)
        ready = end
        if days:
            day, left = end.astimezone(HERE).date(), days
            while left:
                day += timedelta(days=1)
                left -= bool(day_by_day(hours, day))
            ready = instant(day, "24:00", SHANGHAI)
        reserve(story, start, end)
        if story.refusal is not None and story.refusal.code == "STORE_CLOSED":
            continue
        clash = any(start < other_ready and other_start < ready for other_start, other_ready in taken)
        assert (story.refusal is not None) == clash, (start, ready, taken, story.refusal)
        if not clash:
            taken.append((start, ready))


def region_hours(hours: OpeningHours) -> list[Step]:
    """Hours that a whole region has set."""
    row = PolicySet(
        policy=named_id("hours of the region"), scope=Scope(region="62"), valid_from=date(2020, 1, 1), terms=hours, document="x"
    )  # fmt: skip
    return [on(BOOK, row, at=LONG_AGO)]


# Pick-up slots.


def command(story: Story, now: datetime = MONDAY) -> Command:
    return Command(
        Envelope(account=CONSOLE, command_id=named_id("look")), "look", now=now, read=story.log.read, owners=story.log.owners,
        new_id=lambda: named_id("made"),
    )  # fmt: skip


def test_a_slot_takes_so_many_requests_and_tells_which_has_a_place() -> None:
    story = given(
        STORE_ROOM,
        set_(PickUp(deadline_working_days=1, slot_minutes=30, per_slot=2), OpeningHours(week=WEEK)),
    )
    one, two, three = (named_id(f"request {n}") for n in range(3))
    for paper, clock in ((one, "16:30"), (two, "16:59")):
        c = command(story)
        take_slot(c, c.load(Place, WAREHOUSE), at(TUESDAY, clock), paper)
        [(kind, key, owner)] = c.claims
        assert (kind, owner) == (SLOT, paper)
        assert key.startswith(f"{WAREHOUSE}/2026-03-03T16:30/")
        story.log.owned[kind, key] = owner
    c = command(story)
    take_slot(c, c.load(Place, WAREHOUSE), at(TUESDAY, "16:45"), one)
    assert c.claims == [], "it has its place"
    with pytest.raises(SlotFull) as no:
        take_slot(c, c.load(Place, WAREHOUSE), at(TUESDAY, "16:45"), three)
    assert no.value.values["next"] == "2026-03-03T17:00+08:00", "the closing time still counts"
    assert (no.value.values["rule"], no.value.values["policy"]) == (f"pick_up/{WAREHOUSE}", 1)
    leave_slot(c, c.load(Place, WAREHOUSE), at(TUESDAY, "16:45"), two)
    assert [paper for _, _, paper in c.releases] == [two]


def test_two_requests_of_one_command_never_get_the_same_place() -> None:
    story = given(STORE_ROOM, set_(PickUp(deadline_working_days=1, slot_minutes=60, per_slot=2)))
    c = command(story)
    store = c.load(Place, WAREHOUSE)
    for n in range(2):
        take_slot(c, store, at(TUESDAY, "10:00"), named_id(f"request {n}"))
    assert len({key for _, key, _ in c.claims}) == 2
    with pytest.raises(SlotFull):
        take_slot(c, store, at(TUESDAY, "10:30"), named_id("request 3"))


def test_what_is_reserved_at_the_counter_is_collected_in_a_slot_too_and_leaves_it_when_it_is_released() -> (
    None
):
    slots = set_(PickUp(deadline_working_days=1, slot_minutes=60, per_slot=1))
    story = given(STORE_ROOM, IN_STORE, TEN_CHAIRS, slots)
    first = reserve(story, at(TUESDAY, "10:15"), THURSDAY).answer["reservation"]
    reserve(story, at(TUESDAY, "10:45"), THURSDAY, CHAIRS).refused(SlotFull, "window.start")
    story.when("release_reservation", as_=ANA_KEEPS, asset=LAPTOP, reservation=first, reason_="不用了")
    reserve(story, at(TUESDAY, "10:45"), THURSDAY, CHAIRS).then(Reserved)


def test_who_leaves_frees_the_place_that_was_taken_though_the_slots_are_others_by_now() -> None:
    story = given(
        STORE_ROOM, IN_STORE, TEN_CHAIRS, set_(PickUp(deadline_working_days=1, slot_minutes=60, per_slot=2))
    )
    first = reserve(story, at(TUESDAY, "10:45"), THURSDAY).answer["reservation"]
    taken = {key for key, owner in story.log.owned.items() if owner == first}
    assert len(taken) == 1
    for grid in ((45, 1), (0, 0)):  # another grid, then none
        story.given(set_(PickUp(deadline_working_days=1, slot_minutes=grid[0], per_slot=grid[1])))
    story.when("release_reservation", as_=ANA_KEEPS, asset=LAPTOP, reservation=first, reason_="不用了")
    assert story.refusal is None
    assert not taken & story.log.owned.keys()


def test_without_slots_everybody_may_come_at_once() -> None:
    c = command(given(STORE_ROOM))
    take_slot(c, c.load(Place, WAREHOUSE), TUESDAY, named_id("request"))
    assert c.claims == []


def test_goods_in_no_store_have_no_hours() -> None:
    story = given(STORE_ROOM, card(LAPTOP, said()), set_(OpeningHours(week=WEEK)))
    c = command(story)
    assert ready_after(c, c.load(Asset, LAPTOP), FRIDAY) is None


# Working days, against a slow model.

CLOCKS = some.sampled_from(
    ("00:00", "01:30", "02:30", "03:00", "08:00", "09:00", "12:00", "13:00", "17:00", "23:30", "24:00")
)
DAYS = some.dates(date(2026, 3, 1), date(2026, 3, 31)) | some.dates(date(2026, 10, 25), date(2026, 11, 9))
"""Clocks go forward in New York on 8 March 2026 and back on 1 November."""
STRETCHES = some.tuples(some.integers(1, 7), CLOCKS, CLOCKS).filter(lambda one: one[1] < one[2])
HOURS = some.builds(
    lambda week, closed, exchanged: OpeningHours(
        week=tuple({(day, opens): OpenDay(day, opens, closes) for day, opens, closes in week}.values()),
        closed=tuple(closed), exchanged=tuple(day for day in exchanged if day not in closed),
    ),
    some.lists(STRETCHES, min_size=1, max_size=8), some.lists(DAYS, max_size=6), some.lists(DAYS, max_size=4),
)  # fmt: skip
ZONES = some.sampled_from((SHANGHAI, NEW_YORK, ZoneInfo("Asia/Urumqi"), ZoneInfo("UTC")))
INSTANTS = some.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    DAYS,
    some.integers(0, 24 * 60 - 1),
)


def day_by_day(hours: OpeningHours, day: date) -> list[OpenDay]:
    if day in hours.closed:
        return []
    if day in hours.exchanged:
        first = min(one.weekday for one in hours.week)
        return [one for one in hours.week if one.weekday == first]
    return [one for one in hours.week if one.weekday == day.isoweekday()]


def instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime(day.year, day.month, day.day, int(clock[:2]), int(clock[3:]), tzinfo=zone).astimezone(UTC)


def open_then(hours: OpeningHours, zone: ZoneInfo, moment: datetime) -> bool:
    """Whether any stretch of any day near holds it."""
    near = [moment.date() + timedelta(days=n) for n in range(-2, 3)]
    return any(
        instant(day, one.opens, zone) <= moment <= instant(day, one.closes, zone)
        for day in near
        for one in day_by_day(hours, day)
    )


@over(HOURS, ZONES, INSTANTS)
def test_a_store_is_open_as_its_days_say_one_by_one(
    hours: OpeningHours, zone: ZoneInfo, moment: datetime
) -> None:
    assert is_open(hours, zone, moment) == open_then(hours, zone, moment)


@over(HOURS, ZONES, INSTANTS)
def test_the_next_opening_is_the_first_moment_from_then_on_at_which_it_is_open(
    hours: OpeningHours, zone: ZoneInfo, moment: datetime
) -> None:
    found = next_opening(hours, zone, moment)
    assert open_then(hours, zone, found)
    days = [moment.date() + timedelta(days=n) for n in range(-2, 60)]
    edges = [instant(day, one.opens, zone) for day in days for one in day_by_day(hours, day)]
    assert found == (
        moment if open_then(hours, zone, moment) else min(edge for edge in edges if edge >= moment)
    )


@over(HOURS, ZONES, INSTANTS, some.integers(0, 12))
def test_so_many_working_days_later_is_the_close_of_the_nth_open_day(
    hours: OpeningHours, zone: ZoneInfo, moment: datetime, days: int
) -> None:
    found = after_working_days(hours, zone, moment, days)
    if days == 0:
        assert found == moment
        return
    day, left = moment.astimezone(zone).date(), days
    while left:
        day += timedelta(days=1)
        left -= bool(day_by_day(hours, day))
    assert found == max(instant(day, one.closes, zone) for one in day_by_day(hours, day))
    begins = min(instant(day, one.opens, zone) for one in day_by_day(hours, day))
    assert working_days_between(hours, zone, moment, begins) == days
    assert begins == min(opens(one, zone, day) for one in hours_on(hours, day))
    assert found == max(closes(one, zone, day) for one in hours_on(hours, day))


def test_a_day_is_as_long_as_it_is_where_the_clocks_go_forward_and_back() -> None:
    """The night before 8 March 2026 has 23 hours in New York, that before 1 November 25."""
    hours = OpeningHours(week=tuple(OpenDay(day, "00:00", "24:00") for day in range(1, 8)))
    for day, length in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)):
        [one] = hours_on(hours, day)
        assert closes(one, NEW_YORK, day) - opens(one, NEW_YORK, day) == timedelta(hours=length)


def test_the_hour_that_comes_twice_is_open_both_times() -> None:
    hours = OpeningHours(week=(OpenDay(7, "01:00", "02:00"),))
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 summer time
    assert is_open(hours, NEW_YORK, first)
    assert not is_open(hours, NEW_YORK, first - timedelta(hours=1))


def test_a_store_that_never_opens_says_so_instead_of_looking_for_ever() -> None:
    hours = OpeningHours(
        week=(OpenDay(1, "09:00", "17:00"),),
        closed=tuple(date(2026, 1, 5) + timedelta(weeks=n) for n in range(120)),
    )
    with pytest.raises(NeverOpen):
        next_opening(hours, SHANGHAI, MONDAY)
    with pytest.raises(NeverOpen):
        after_working_days(hours, SHANGHAI, MONDAY, 1)


def test_a_return_lands_in_a_store_that_never_opens_and_a_refusal_still_names_its_rule() -> None:
    mondays = tuple(date(2026, 1, 5) + timedelta(weeks=n) for n in range(120))
    shut = OpeningHours(week=(OpenDay(1, "09:00", "17:00"),), closed=mondays)
    story = given(
        STORE_ROOM,
        IN_STORE,
        TEN_CHAIRS,
        lent(),
        set_(Preparation(working_days=2), shut, LoanTerms(most_days=9, lead_working_days=1)),
    )
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=LAPTOP),), place=WAREHOUSE, at=TUESDAY)
    assert story.thing(Asset, LAPTOP).preparing == (Preparing(1, TUESDAY, THURSDAY),), "by the calendar"
    reserve(story, THURSDAY, FRIDAY, CHAIRS).refused(TooShortNotice)
    assert story.refusal is not None
    assert (story.refusal.values["earliest"], story.refusal.values["rule"]) == ("", f"loan_terms/{WAREHOUSE}")
    story = given(STORE_ROOM, IN_STORE, set_(shut))
    reserve(story, THURSDAY, FRIDAY).refused(StoreClosed)
    assert story.refusal is not None
    assert story.refusal.values["opens"] == ""
