"""Asking: what a body may ask for, what is held for it meanwhile, and when it is told no."""

from datetime import timedelta
from typing import Any

import pytest

from domain.asset import Asset
from domain.body import NoStanding
from domain.life.pooling import Held, ListingWithdrawn, ReservationReleased, Reserved
from domain.limits import SlotFull, StartInThePast, TermTooLong, TooShortNotice
from domain.papers.demand import DemandEntered
from domain.papers.request import RequestDisplaced, RequestEnded, RequestState, RequestSubmitted, RequestUnit
from domain.papers.request_endings import RequestCancelled, RequestLapsed, RequestUsed
from domain.papers.request_reasons import CancelReason, DisplacementReason, LapseReason
from domain.policy_book import PolicySet
from domain.refusals import InvalidValue, NotYours
from domain.rings import RoundNotOpen
from domain.terms import Form, LoanTerms, PickUp, Preparation, Scope, Step
from domain.usecases.blocking import BorrowerIsBlocked
from domain.usecases.choosing import AlreadyRequested, NotOffered
from domain.usecases.lots import FOR_EVER
from domain.usecases.pooling import LendingToOneself, NotFree, NotListed, PromisedOnPaper, ReasonMissing
from domain.usecases.request_rules import NotDueYet
from domain.usecases.requesting import CartLine
from domain.values import Role, Window
from tests.asking import (
    ASKING,
    LEI_APPROVES,
    MIDWEEK,
    NIU_APPROVES,
    SECOND_LAPTOP,
    THREE_LAPTOPS,
    WHOLE_WEEK,
    approved,
    asked,
    laptop,
    of,
    offered,
    paper,
    some,
    wish,
)
from tests.examples import (
    ABOLISHED,
    ANA_KEEPS,
    BEN_ASKS,
    EDUCATION,
    EDUCATION_OFFICE,
    EVA_MANAGES,
    FANG_ASKS,
    FRIDAY,
    HEALTH,
    LANZHOU_FINANCE,
    NEXT_MONDAY,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP
from tests.store_room import BAI_MANAGES, LISTING, XIE_ASKS, promised
from tests.story import HERE, MONDAY, given, on


def test_a_body_asks_for_a_particular_item_and_it_is_held_meanwhile() -> None:
    story, request = asked(of(LAPTOP))
    story.then(RequestSubmitted, (LAPTOP, Held))
    made = paper(story, request)
    assert (made.body, made.holder, made.warehouse, made.window) == (HEALTH, EDUCATION, WAREHOUSE, MIDWEEK)
    assert made.units == {LAPTOP: (0, 1)}
    assert [(step.step, step.body) for step in made.steps] == [
        (Step.OWN_BODY, HEALTH),
        (Step.HOLDER, EDUCATION),
    ]
    assert (made.rule, made.policy) == ("approval_chain", 0)
    promise = story.thing(Asset, LAPTOP).promises[request]
    assert (promise.firm, promise.until, promise.body) == (False, made.due, HEALTH)
    assert story.thing(Asset, LAPTOP).free(MIDWEEK, story.now) == 0


def test_of_a_class_so_many_concrete_units_are_held() -> None:
    story, request = asked(some(2, wishes="能接投影"), before=THREE_LAPTOPS)
    made = paper(story, request)
    assert sum(quantity for _, quantity in made.units.values()) == 2
    assert made.lines[0].wishes == "能接投影"


def test_a_wish_is_served_from_a_lot_in_part() -> None:
    story, _ = asked(of(CHAIRS, 4))
    assert story.thing(Asset, CHAIRS).free(MIDWEEK, story.now) == 6
    story.when("submit_requests", **wish(of(CHAIRS, 7), as_=BAI_MANAGES, body=HEALTH)).refused(
        AlreadyRequested, "lines.0"
    )


def test_a_cart_over_several_lending_points_becomes_a_request_for_each() -> None:
    at_home = [laptop(SECOND_LAPTOP, holder=TAX, place=None), *offered(SECOND_LAPTOP)]
    story = given(ASKING, at_home).when("submit_requests", **wish(of(LAPTOP), of(SECOND_LAPTOP)))
    story.then(RequestSubmitted, RequestSubmitted, Held, Held)
    one, other = (paper(story, id) for id in story.answer["requests"])
    assert one.cart == other.cart == story.answer["cart"]
    assert {one.warehouse, other.warehouse} == {WAREHOUSE, None}
    assert {one.holder, other.holder} == {EDUCATION, TAX}


def test_all_or_nothing_unless_what_there_is_will_do() -> None:
    story = given(ASKING, promised(to=TAX)).when("submit_requests", **wish(of(CHAIRS, 2), of(LAPTOP)))
    story.refused(NotFree, "lines.1")
    story.when("submit_requests", **wish(of(CHAIRS, 2), of(LAPTOP), partly=True))
    story.then(RequestSubmitted, (CHAIRS, Held))
    assert [line.quantity for line in paper(story, story.answer["requests"][0]).lines] == [2]


def test_partly_takes_what_there_is_of_a_class_and_refuses_when_there_is_nothing() -> None:
    story = (
        given(ASKING)
        .when("submit_requests", **wish(some(30), partly=True))
        .then(RequestSubmitted, Held, Held)
    )
    assert paper(story, story.answer["requests"][0]).lines[0].quantity == 11
    story.when("submit_requests", **wish(some(1), partly=True)).refused(NotFree)


def test_a_refusal_for_want_of_stock_says_what_is_free_where_and_when_next() -> None:
    story = given(ASKING, promised(to=TAX), promised(CHAIRS, 10, to=TAX)).when(
        "submit_requests", **wish(some(3))
    )
    story.refused(NotFree, "lines.0")
    assert story.refusal is not None
    values = story.refusal.values
    assert (values["free"], values["wanted"], values["by"]) == (0, 3, "国家税务总局甘肃省税务局")
    assert values["next"] == THURSDAY.astimezone(THURSDAY.tzinfo).isoformat()
    story = given(ASKING, promised(CHAIRS, 8, to=TAX)).when("submit_requests", **wish(some(5)))
    assert story.refusal is not None
    assert story.refusal.values["where"] == "甘肃省省级公物仓: 3"


@pytest.mark.parametrize(
    ("other", "no"),
    [
        ({"purpose": "  "}, ReasonMissing),
        ({"window": None}, InvalidValue),
        ({"window": Window(MONDAY - timedelta(days=3), MONDAY - timedelta(days=2))}, StartInThePast),
        ({"form": Form.TRANSFER}, InvalidValue),
        ({"lines": ()}, InvalidValue),
        ({"lines": (CartLine(quantity=1),)}, InvalidValue),
        ({"lines": (of(LAPTOP, 0),)}, InvalidValue),
        ({"lines": (of(LAPTOP), of(LAPTOP))}, InvalidValue),
        ({"lines": (CartLine(asset=LAPTOP, warehouse=HEALTH),)}, InvalidValue),
        ({"body": EDUCATION}, NotYours),
        ({"as_": ANA_KEEPS}, NotYours),
        ({"as_": LEI_APPROVES}, NotYours),
        ({"form": Form.IN_PLACE}, NotOffered),
    ],
)
def test_a_request_that_makes_no_sense_or_is_not_the_askers_is_refused(
    other: dict[str, Any], no: Any
) -> None:
    given(ASKING).when("submit_requests", **{**wish(of(LAPTOP)), **other}).refused(no)


def test_no_body_asks_for_its_own_goods_judged_on_the_accountable_body() -> None:
    story = given(ASKING)
    story.when("submit_requests", **wish(of(LAPTOP), as_=BEN_ASKS, body=EDUCATION_OFFICE)).refused(
        LendingToOneself
    )
    story.when("submit_requests", **wish(of(LAPTOP), as_=BEN_ASKS, body=EDUCATION)).refused(LendingToOneself)


def test_a_body_in_liquidation_asks_for_nothing_new() -> None:
    given(ASKING, on(HEALTH, ABOLISHED)).when("submit_requests", **wish(of(LAPTOP))).refused(NoStanding)


def test_only_what_is_offered_now_is_asked_for() -> None:
    withdrawn = on(LAPTOP, ListingWithdrawn(listing=LISTING))
    given(ASKING, withdrawn).when("submit_requests", **wish(of(LAPTOP))).refused(NotListed)
    expired = [withdrawn, *offered(LAPTOP, until=MONDAY)]
    given(ASKING, expired).when("submit_requests", **wish(of(LAPTOP))).refused(NotListed)


def test_a_body_of_a_ring_whose_round_has_not_opened_waits() -> None:
    story = given(ASKING, laptop(SECOND_LAPTOP)).when("list_asset", as_=ANA_KEEPS, asset=SECOND_LAPTOP)
    story.when("submit_requests", **wish(of(SECOND_LAPTOP))).refused(RoundNotOpen, "lines.0")
    story.when(
        "submit_requests",
        at=MONDAY + timedelta(days=8),
        **wish(
            of(SECOND_LAPTOP), window=Window(NEXT_MONDAY + timedelta(days=3), NEXT_MONDAY + timedelta(days=4))
        ),
    ).then(RequestSubmitted, Held)


def test_one_open_request_per_body_thing_and_time() -> None:
    story, request = asked(of(CHAIRS, 2))
    story.when("submit_requests", **wish(of(CHAIRS, 2), window=WHOLE_WEEK)).refused(AlreadyRequested)
    story.when("submit_requests", **wish(of(CHAIRS, 2), window=Window(THURSDAY, FRIDAY))).then(
        RequestSubmitted, Held
    )
    story.when("cancel_request", as_=XIE_ASKS, request=request, why=CancelReason.NOT_NEEDED)
    story.when("submit_requests", **wish(of(CHAIRS, 2))).then(RequestSubmitted, Held)


def test_for_good_it_is_held_without_end() -> None:
    story, request = asked(of(LAPTOP), form=Form.TRANSFER, window=None)
    assert story.thing(Asset, LAPTOP).promises[request].window.end == FOR_EVER
    assert [step.step for step in paper(story, request).steps] == [
        Step.OWN_BODY,
        Step.HOLDER,
        Step.OFFICES_ADMINISTRATION,
    ]


def test_what_is_used_in_place_is_asked_for_by_hours_and_is_fulfilled_when_they_are_over() -> None:
    hours = Window(TUESDAY, TUESDAY + timedelta(hours=3))
    story = given(ASKING, laptop(SECOND_LAPTOP), *offered(SECOND_LAPTOP, in_place=True))
    story.when("submit_requests", **wish(of(SECOND_LAPTOP), form=Form.IN_PLACE, window=hours)).then(
        RequestSubmitted, Held
    )
    request = story.answer["requests"][0]
    story.when(
        "submit_requests", **wish(of(SECOND_LAPTOP), form=Form.IN_PLACE, window=Window(TUESDAY, WEDNESDAY))
    )
    story.refused(AlreadyRequested)
    [step] = paper(story, request).steps
    assert (step.step, step.body) == (Step.HOLDER, EDUCATION)


def test_the_promise_of_a_request_is_not_released_behind_its_back() -> None:
    story, request = asked(of(LAPTOP))
    story.when("release_reservation", asset=LAPTOP, reservation=request, reason_="-").refused(PromisedOnPaper)
    story, request = approved(of(LAPTOP))
    story.when("release_reservation", asset=LAPTOP, reservation=request, reason_="-").refused(PromisedOnPaper)


# Taken back, and lapsed by time.


def test_whoever_asked_takes_it_back_with_a_reason_from_a_list_and_everything_is_free() -> None:
    story, request = asked(of(LAPTOP), of(CHAIRS, 3))
    story.when("cancel_request", as_=BEN_ASKS, request=request, why=CancelReason.NOT_NEEDED).refused(NotYours)
    story.when("cancel_request", as_=BAI_MANAGES, request=request, why=CancelReason.NOTED).refused(
        ReasonMissing
    )
    story.when("cancel_request", as_=BAI_MANAGES, request=request, why=CancelReason.DATES_MOVED)
    story.then(
        RequestCancelled(why=CancelReason.DATES_MOVED),
        (LAPTOP, ReservationReleased),
        (CHAIRS, ReservationReleased),
    )
    assert paper(story, request).state is RequestState.CANCELLED
    story.when("cancel_request", as_=BAI_MANAGES, request=request, why=CancelReason.DATES_MOVED).refused(
        RequestEnded
    )


def test_a_request_lapses_when_its_hold_has_run_out_and_not_before() -> None:
    story, request = asked(of(LAPTOP), window=Window(FRIDAY, NEXT_MONDAY + timedelta(days=14)))
    due = paper(story, request).due
    assert due is not None
    story.when("lapse_request", at=due - timedelta(seconds=1), request=request).refused(NotDueYet)
    story.when("lapse_request", at=due, request=request).then(
        RequestLapsed(why=LapseReason.UNDECIDED), ReservationReleased
    )
    story.when("lapse_request", request=request).refused(RequestEnded)


def test_a_hold_does_not_outlive_its_deadline() -> None:
    later = Window(FRIDAY, NEXT_MONDAY + timedelta(days=14))
    story, request = asked(of(LAPTOP), window=later)
    due = paper(story, request).due
    assert due is not None
    asset = story.thing(Asset, LAPTOP)
    assert (asset.free(later, due - timedelta(seconds=1)), asset.free(later, due)) == (0, 1)
    after = Window(due + timedelta(days=1), due + timedelta(days=2))
    story.when("reserve_asset", at=due, asset=LAPTOP, body=TAX, window=after).then(Reserved)


def test_what_was_approved_and_not_collected_is_free_again_by_time() -> None:
    month = Window(TUESDAY, TUESDAY + timedelta(days=60))
    story, request = approved(of(LAPTOP), window=month)
    due = paper(story, request).due
    assert due is not None
    assert due.astimezone(HERE).hour == 17, "the store closes"
    assert due - TUESDAY > timedelta(days=12), "ten working days"
    assert story.thing(Asset, LAPTOP).free(month, due) == 1
    story.when("lapse_request", as_=ANA_KEEPS, at=due, request=request)
    story.then(RequestLapsed(why=LapseReason.NOT_COLLECTED), ReservationReleased)


def test_hours_of_use_in_place_end_as_fulfilled() -> None:
    hours = Window(TUESDAY, TUESDAY + timedelta(hours=3))
    story = given(ASKING, laptop(SECOND_LAPTOP), *offered(SECOND_LAPTOP, in_place=True))
    story.when("submit_requests", **wish(of(SECOND_LAPTOP), form=Form.IN_PLACE, window=hours))
    request = story.answer["requests"][0]
    story.when("approve_request", request=request)
    story.when("lapse_request", at=hours.end, request=request).then(RequestUsed, ReservationReleased)
    assert paper(story, request).state is RequestState.FULFILLED


# Rings.


def test_a_pending_hold_of_a_ring_further_out_gives_way() -> None:
    """Lanzhou asks first; the health department, of the holder's own level, is nearer."""
    story = given(ASKING).when(
        "submit_requests", **wish(of(LAPTOP), of(CHAIRS, 2), as_=FANG_ASKS, body=LANZHOU_FINANCE)
    )
    far = story.answer["requests"][0]
    story.when("submit_requests", **wish(of(LAPTOP)))
    near = story.answer["requests"][0]
    story.then(
        RequestSubmitted, Held, DemandEntered, (LAPTOP, ReservationReleased(reservation=far)),
        (far, RequestDisplaced(units=(RequestUnit(LAPTOP, 0, 1),), why=DisplacementReason.NEARER_RING, by=near)),
    )  # fmt: skip
    assert paper(story, far).state is RequestState.SUBMITTED, "the chairs are still held"
    assert {*story.thing(Asset, LAPTOP).promises} == {near}
    story.when("submit_requests", **wish(of(CHAIRS, 9)))
    assert paper(story, far).state is RequestState.DISPLACED


def test_what_is_promised_firmly_gives_way_to_nobody() -> None:
    given(ASKING, promised(to=LANZHOU_FINANCE)).when("submit_requests", **wish(of(LAPTOP))).refused(NotFree)


def test_a_guard_that_was_read_stale_is_decided_again() -> None:
    """Guard read stale: the laptop is promised to somebody else between the decision and its append."""
    story = given(ASKING).when("submit_requests", meanwhile_=[promised(to=TAX)], **wish(of(LAPTOP)))
    story.refused(NotFree)


# What other rules say.


def test_whoever_is_blocked_here_asks_for_nothing_new_and_nothing_of_it_is_approved() -> None:
    block = {"body": HEALTH, "warehouse": WAREHOUSE, "reason_": "损坏物品未处理"}
    story = given(ASKING).when("block_borrower", as_=EVA_MANAGES, **block)
    story.when("submit_requests", **wish(of(LAPTOP))).refused(BorrowerIsBlocked)
    story, request = asked(of(LAPTOP))
    story.when("block_borrower", as_=EVA_MANAGES, **block)
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(BorrowerIsBlocked, "request")


def test_a_request_keeps_within_the_limits_and_is_asked_in_time_once() -> None:
    """Notice and hours are a matter of asking; the longest term is asked again at every step."""
    story = given(ASKING).when("set_loan_terms", **terms(LoanTerms(most_days=5, lead_working_days=1)))
    story.when(
        "submit_requests", **wish(of(LAPTOP), window=Window(TUESDAY, MONDAY + timedelta(days=9)))
    ).refused(TermTooLong)
    story.when(
        "submit_requests", **wish(of(LAPTOP), window=Window(MONDAY + timedelta(hours=3), TUESDAY))
    ).refused(TooShortNotice)
    story.when("submit_requests", **wish(of(LAPTOP), window=Window(WEDNESDAY, FRIDAY))).then(
        RequestSubmitted, Held
    )
    request = story.answer["requests"][0]
    story.when("approve_request", as_=LEI_APPROVES, at=TUESDAY + timedelta(hours=20), request=request)
    assert story.refusal is None, "the notice was kept when it was asked for"
    story.when("set_loan_terms", **terms(LoanTerms(most_days=1)), reason_="漏登").then(PolicySet)
    story.when("approve_request", as_=NIU_APPROVES, request=request).refused(TermTooLong)


def test_so_many_requests_as_fit_are_collected_in_a_slot() -> None:
    story = given(ASKING).when(
        "set_pick_up", **terms(PickUp(deadline_working_days=10, slot_minutes=60, per_slot=1))
    )
    story.when("submit_requests", **wish(of(LAPTOP))).then(RequestSubmitted, Held)
    request = story.answer["requests"][0]
    story.when("submit_requests", **wish(of(CHAIRS, 2))).refused(SlotFull)
    later = Window(TUESDAY + timedelta(hours=1), THURSDAY)
    story.when("submit_requests", **wish(of(CHAIRS, 2), window=later)).then(RequestSubmitted, Held)
    story.when("cancel_request", as_=XIE_ASKS, request=request, why=CancelReason.NOT_NEEDED)
    story.when("submit_requests", **wish(of(CHAIRS, 1), as_=FANG_ASKS, body=LANZHOU_FINANCE)).then(
        RequestSubmitted, Held
    )


def test_a_thing_is_held_until_it_is_prepared_again_and_not_promised_before() -> None:
    story = given(ASKING).when("set_preparation", **terms(Preparation(working_days=1)))
    story.when("submit_requests", **wish(of(LAPTOP)))
    request = story.answer["requests"][0]
    ready = story.thing(Asset, LAPTOP).promises[request].ready
    assert ready is not None
    assert ready > THURSDAY
    story.when(
        "submit_requests",
        **wish(of(LAPTOP), as_=FANG_ASKS, body=LANZHOU_FINANCE, window=Window(THURSDAY, FRIDAY)),
    )
    story.refused(NotFree)
    story = given(ASKING, promised(to=TAX, window=Window(THURSDAY, FRIDAY)))
    story.when("set_preparation", **terms(Preparation(working_days=1)))
    story.when("submit_requests", **wish(of(LAPTOP))).refused(NotFree)


def terms(what: Any) -> dict[str, Any]:
    return {"scope": Scope(), "valid_from": MONDAY.date(), "document": "甘机管〔2026〕1号", "terms": what}


def test_division_asks_for_itself_and_stands_with_its_body() -> None:
    """The office of the education department asks for the health department's goods; an approver of its body decides."""
    theirs = [laptop(SECOND_LAPTOP, holder=HEALTH), *offered(SECOND_LAPTOP)]
    officer = account(named_id("person:办公室经办"), EDUCATION_OFFICE, (Role.OFFICER, EDUCATION_OFFICE))
    story = given(ASKING, theirs, officer)
    who = account_of(named_id("person:办公室经办"))
    story.when("submit_requests", **wish(of(SECOND_LAPTOP), as_=who, body=EDUCATION_OFFICE)).then(
        RequestSubmitted, Held
    )
    made = paper(story, story.answer["requests"][0])
    assert (made.body, made.waiting) == (EDUCATION_OFFICE, EDUCATION)
    story.when("submit_requests", **wish(of(SECOND_LAPTOP), as_=who, body=EDUCATION)).refused(NotYours)
