"""What a second look at sharing found: places in a slot that nobody gave back, persons on both sides of a decision, and ways around."""

from datetime import date, timedelta
from typing import Any

from domain.asset import Asset
from domain.availability import claim_of_promise
from domain.life.on_loan import LoanExtended, Recalled
from domain.life.pooling import Held, Listed, ReservationReleased, Reserved
from domain.limits import StoreClosed
from domain.papers.demand import Demand, DemandEntered, DemandKind, TurnCame
from domain.papers.request import RequestDisplaced, RequestState
from domain.papers.running_loan import ExtensionGranted, LoanRecalled, RecallReason
from domain.policy_book import BOOK, PolicySet
from domain.refusals import SamePerson
from domain.terms import OpenDay, OpeningHours, PickUp, Scope
from domain.usecases.approving import LineCut
from domain.usecases.blocking import BorrowerIsBlocked
from domain.usecases.pooling import PromisedOnPaper
from domain.usecases.turns import AT_A_TIME, NotYourTurn
from domain.values import Role, Window
from tests.asking import LEI, LEI_APPROVES, MIDWEEK, NIU, NIU_APPROVES, asked, of, paper, wish
from tests.counter import BEAMER, BEAMERS, GROUND, ask, pick, some
from tests.examples import (
    ANA_KEEPS,
    CHEN_MANAGES,
    EDUCATION,
    EVA_MANAGES,
    FRIDAY,
    HEALTH,
    NEXT_MONDAY,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    account,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, card, said
from tests.store_room import IN_STORE, LOAN, STORE_ROOM, XIE, XIE_ASKS, lent
from tests.story import LONG_AGO, Step, Story, given, on
from tests.test_demand import NEXT_WEEK, QUEUE, all_taken, free_up, match, wait
from tests.test_emergency import decided, laptops, order
from tests.test_rings import CULTURE, contested, override

ONE_PER_HOUR = PickUp(deadline_working_days=10, slot_minutes=60, per_slot=1)


def one_per_hour() -> Step:
    row = PolicySet(
        policy=BOOK,
        scope=Scope(),
        valid_from=date(2025, 1, 1),
        terms=ONE_PER_HOUR,
        document="甘机管〔2026〕1号",
    )
    return on(BOOK, row)


def places_kept(story: Story) -> list[Any]:
    return [owner for (kind, _), owner in story.log.owned.items() if kind == "pick_up_slot"]


# A place among those who collect.


def test_who_is_displaced_keeps_no_place_in_a_slot() -> None:
    story, request, demand = contested(one_per_hour())
    assert places_kept(story) == [request]
    override(story, request, demand)
    assert request not in places_kept(story)

    story, request = asked(of(LAPTOP), before=one_per_hour())
    story.when("take_back_listing", as_=CHEN_MANAGES, asset=LAPTOP, reason_="自用")
    assert story.fact(RequestDisplaced)
    assert places_kept(story) == []

    story = given(QUEUE, decided(laptops(11)), one_per_hour())
    story.when("submit_requests", **wish(of(LAPTOP)))
    assert len(places_kept(story)) == 1
    order(story, laptops(11))
    assert story.fact(RequestDisplaced)
    assert places_kept(story) == []


# Around a rule.


def test_the_manager_prefers_nobody_who_is_blocked_there() -> None:
    story, request, demand = contested()
    story.when("block_borrower", as_=EVA_MANAGES, body=CULTURE, warehouse=WAREHOUSE, reason_="损坏物品未处理")
    assert story.refusal is None
    override(story, request, demand).refused(BorrowerIsBlocked, "demand")
    assert paper(story, request).state is RequestState.SUBMITTED


def test_the_promise_of_an_emergency_order_is_not_released_behind_its_back() -> None:
    story = given(QUEUE, decided(laptops(11)))
    order(story, laptops(11))
    emergency = story.answer["emergency"]
    story.when("release_reservation", as_=ANA_KEEPS, asset=LAPTOP, reservation=emergency, reason_="另有安排")
    story.refused(PromisedOnPaper)


def test_an_extension_or_a_recall_ends_when_the_store_is_open() -> None:
    week = tuple(OpenDay(day, "09:00", "17:00") for day in range(1, 6))
    row = PolicySet(
        policy=BOOK,
        scope=Scope(),
        valid_from=date(2025, 1, 1),
        terms=OpeningHours(week=week),
        document="甘机管〔2026〕1号",
    )
    story = given(STORE_ROOM, IN_STORE, lent(), on(BOOK, row))
    sunday = NEXT_MONDAY - timedelta(days=1)
    story.when("request_extension", as_=XIE_ASKS, loan=LOAN, due=sunday).refused(StoreClosed, "due")
    story.when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=sunday).refused(StoreClosed, "due")
    story.when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY).then(ExtensionGranted, LoanExtended)
    story.when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=NEXT_MONDAY).then(ExtensionGranted, LoanExtended)
    recall = {"as_": ANA_KEEPS, "loan": LOAN, "why": RecallReason.LENDER_NEEDS_IT}
    story.when("recall_loan", due=sunday, **recall).refused(StoreClosed, "due")
    story.when("recall_loan", due=FRIDAY, **recall).then(LoanRecalled, Recalled)


# Persons.


def test_who_asked_for_an_extension_does_not_extend_it_another_way() -> None:
    both = account(XIE, HEALTH, (Role.OFFICER, HEALTH), (Role.KEEPER, WAREHOUSE))
    story = given(STORE_ROOM, IN_STORE, lent(), both)
    story.when("request_extension", as_=XIE_ASKS, loan=LOAN, due=FRIDAY)
    story.when("extend_loan", as_=XIE_ASKS, loan=LOAN, due=FRIDAY).refused(SamePerson)
    story.when("extend_loan", as_=ANA_KEEPS, loan=LOAN, due=FRIDAY).then(ExtensionGranted, LoanExtended)


def test_who_cut_a_request_does_not_agree_for_the_asker() -> None:
    both = account(LEI, HEALTH, (Role.APPROVER, HEALTH), (Role.OFFICER, HEALTH))
    story, request = asked(of(CHAIRS, 8), before=both)
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(0, 5),))
    story.when("accept_change", as_=LEI_APPROVES, request=request).refused(SamePerson)
    story.when("accept_change", as_=XIE_ASKS, request=request)
    assert story.refusal is None


def test_who_agreed_with_a_cut_does_not_decide_on_it() -> None:
    both = account(NIU, HEALTH, (Role.APPROVER, EDUCATION), (Role.OFFICER, HEALTH))
    story, request = asked(of(CHAIRS, 8), before=both)
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(0, 5),))
    story.when("accept_change", as_=NIU_APPROVES, request=request)
    assert story.refusal is None
    story.when("approve_request", as_=NIU_APPROVES, request=request).refused(SamePerson)


def test_who_waited_in_the_queue_does_not_decide_on_what_came_of_it() -> None:
    both = account(LEI, HEALTH, (Role.APPROVER, HEALTH), (Role.OFFICER, HEALTH))
    story = free_up(all_taken(both))
    story.when(
        "enter_demand", as_=LEI_APPROVES, body=HEALTH, kind=DemandKind.WAIT, asset=LAPTOP, until=NEXT_MONDAY,
        window=Window(NEXT_MONDAY, NEXT_MONDAY + timedelta(days=2)),
    )  # fmt: skip
    demand = story.answer["demand"]
    match(story, demand).then(TurnCame, Held)
    story.when("take_up_turn", as_=XIE_ASKS, demand=demand, purpose="会议")
    story.when("approve_request", as_=LEI_APPROVES, request=story.answer["request"]).refused(SamePerson)


def test_who_was_displaced_does_not_put_himself_first_and_who_displaced_him_is_no_asker() -> None:
    story, request, demand = contested()
    override(story, request, demand)
    [waits] = [row.stream for row in story.new if isinstance(row.fact, DemandEntered)]
    assert story.thing(Demand, waits).asker == XIE


# Picking.


def test_more_of_one_lot_is_scanned_than_was_allotted_of_it() -> None:
    """Four of the one and one of the other were allotted; meanwhile the fifth of the one is free, too."""
    first, other = BEAMERS[:2]
    lots = [
        step
        for id, count in ((first, 5), (other, 2))
        for step in (
            card(id, said("投影机", count, class_code=BEAMER), place=WAREHOUSE),
            on(id, Listed(listing=named_id(f"上架:{id}"), loan=True), at=LONG_AGO),
        )
    ]
    theirs = Reserved(reservation=named_id("预留"), body=TAX, quantity=1, window=MIDWEEK)
    story = given(GROUND, lots, on(first, theirs))
    request = ask(story, some(5))
    assert paper(story, request).units == {first: (0, 4), other: (0, 1)}
    story.given(on(first, ReservationReleased(reservation=named_id("预留")), at=story.now))
    pick(story, request, first, quantity=5)
    assert story.refusal is None, story.refusal.values
    assert paper(story, request).units == {first: (0, 5)}
    assert story.thing(Asset, first).promises[request].quantity == 5
    assert request not in story.thing(Asset, other).promises


# Time.


def test_a_promise_nobody_came_for_claims_no_preparation() -> None:
    ready = THURSDAY + timedelta(days=2)
    assert claim_of_promise(1, MIDWEEK, THURSDAY, None, ready) is None
    assert claim_of_promise(1, MIDWEEK, TUESDAY, None, ready) is not None


def test_behind_a_very_long_queue_nobody_is_passed_over() -> None:
    story = free_up(all_taken())
    for n in range(AT_A_TIME):
        wait(story, quantity=900, window=Window(NEXT_WEEK.start, NEXT_WEEK.end + timedelta(minutes=n + 1)))
    first = wait(story)
    last = wait(story, TAX)
    match(story, last).refused(NotYourTurn)
    match(story, first)
    assert story.refusal is None
