"""The demand list: who waits gets his turn in order, for as long as it lasts, and nobody who fits is passed over."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from domain.asset import Asset
from domain.body import NoStanding
from domain.life.lending import Returned
from domain.life.pooling import Held, Listed, ListingWithdrawn, ReservationReleased
from domain.numbering import paper_number
from domain.papers.demand import (
    Demand,
    DemandEnded,
    DemandEntered,
    DemandGivenUp,
    DemandKind,
    DemandLapsed,
    DemandMoved,
    DemandState,
    NoTurn,
    TurnCame,
    TurnPassed,
    TurnTakenUp,
    WatchAlerted,
)
from domain.papers.request import Request, RequestDisplaced, RequestState, RequestSubmitted, RequestUnit
from domain.papers.request_reasons import DisplacementReason
from domain.refusals import AlreadyDone, InvalidValue, NotYours, SamePerson
from domain.rings import RoundNotOpen
from domain.terms import Form
from domain.usecases.blocking import BorrowerIsBlocked
from domain.usecases.demanding import WaitsAlready
from domain.usecases.pooling import LendingToOneself, NotFree, NotListed, ReasonMissing
from domain.usecases.request_rules import NotDueYet
from domain.usecases.turns import NotYourTurn
from domain.values import CLERK, Condition, Role, Window
from tests.asking import ASKING, LEI_APPROVES, NIU_APPROVES, SECOND_LAPTOP, laptop, of, offered, wish
from tests.examples import (
    ABOLISHED,
    ANA_KEEPS,
    BEN_ASKS,
    DING_APPROVES,
    EDUCATION,
    EVA_MANAGES,
    FANG_ASKS,
    HEALTH,
    LANZHOU_FINANCE,
    NEXT_MONDAY,
    NEXT_YEAR,
    OFFICES,
    STORES_COMPANY,
    TAX,
    WAREHOUSE,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, DESKTOP, LAPTOP
from tests.properties import at_most
from tests.store_room import LISTING, LIU_KEEPS, SECOND_SHELF, XIE_ASKS, lent, promised
from tests.story import LONG_AGO, MONDAY, Story, given, on

PAN, QIAO = named_id("person:潘虹"), named_id("person:乔峰")
PAN_ASKS, QIAO_ASKS = account_of(PAN), account_of(QIAO)
"""Officers of the tax office and of the offices administration, who wait like everybody."""
NEXT_WEEK = Window(NEXT_MONDAY, NEXT_MONDAY + timedelta(days=3))
LONGER = Window(NEXT_WEEK.start, NEXT_WEEK.end + timedelta(days=1))
LATER = NEXT_MONDAY + timedelta(days=20)
QUEUE = [
    *ASKING,
    account(PAN, TAX, (Role.OFFICER, TAX)),
    account(QIAO, OFFICES, (Role.OFFICER, OFFICES)),
]
WHO = {HEALTH: XIE_ASKS, TAX: PAN_ASKS, OFFICES: QIAO_ASKS}


def wait(
    story: Story, body: UUID = HEALTH, quantity: int = 1, kind: DemandKind = DemandKind.WAIT, **more: Any
) -> UUID:
    """A body enters a demand for computers next week, unless told otherwise."""
    wanted = {"class_code": DESKTOP, "window": NEXT_WEEK, "until": LATER, **more}
    story.when("enter_demand", as_=WHO[body], body=body, kind=kind, quantity=quantity, **wanted)
    story.then(DemandEntered)
    found: UUID = story.answer["demand"]
    return found


def all_taken(*more: Any) -> Story:
    """Chairs and laptop are promised to the city's finance bureau until further notice."""
    until_then = Window(MONDAY, NEXT_YEAR)
    return given(
        QUEUE,
        promised(CHAIRS, 10, to=LANZHOU_FINANCE, window=until_then),
        promised(LAPTOP, to=LANZHOU_FINANCE, window=until_then),
        more,
    )


def demand(story: Story, id: UUID) -> Demand:
    return story.thing(Demand, id)


def match(story: Story, id: UUID, as_: UUID = ANA_KEEPS, **more: Any) -> Story:
    return story.when("match_demand", as_=as_, demand=id, **more)


def free_up(story: Story, asset: UUID = LAPTOP) -> Story:
    """The finance bureau does not need it any more."""
    reservation = next(iter(story.thing(Asset, asset).promises))
    return story.given(on(asset, ReservationReleased(reservation=reservation), at=story.now))


# Entering.


@pytest.mark.parametrize("kind", list(DemandKind))
def test_a_body_waits_wishes_or_watches_until_a_day(kind: DemandKind) -> None:
    story = given(QUEUE)
    one = demand(story, wait(story, kind=kind, quantity=3))
    assert (one.body, one.kind, one.quantity, one.state) == (HEALTH, kind, 3, DemandState.WAITING)
    assert one.waits(story.now)
    assert not one.waits(LATER), "its last day holds by time, whoever notes it"
    assert not one.waits(NEXT_WEEK.end), "and so does the end of the time it is wanted for"


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"quantity": 0}, InvalidValue),
        ({"quantity": 1001}, InvalidValue),
        ({"asset": LAPTOP}, InvalidValue),
        ({"class_code": None}, InvalidValue),
        ({"window": None}, InvalidValue),
        ({"form": Form.TRANSFER}, InvalidValue),
        ({"window": Window(MONDAY - timedelta(days=2), MONDAY)}, InvalidValue),
        ({"until": MONDAY}, InvalidValue),
        ({"as_": FANG_ASKS}, NotYours),
    ],
)
def test_a_demand_says_what_how_many_when_and_until_when(changed: dict[str, Any], refusal: Any) -> None:
    wanted: dict[str, Any] = {
        "as_": XIE_ASKS, "body": HEALTH, "kind": DemandKind.WAIT, "class_code": DESKTOP, "window": NEXT_WEEK, "until": LATER,
    }  # fmt: skip
    given(QUEUE).when("enter_demand", **{**wanted, **changed}).refused(refusal)


def test_for_good_needs_no_time() -> None:
    story = given(QUEUE)
    assert demand(story, wait(story, form=Form.TRANSFER, window=None)).waits(story.now)


def test_a_body_in_liquidation_does_not_wait_for_anything() -> None:
    given(QUEUE, on(HEALTH, ABOLISHED)).when(
        "enter_demand", as_=XIE_ASKS, body=HEALTH, kind=DemandKind.WAIT, class_code=DESKTOP, window=NEXT_WEEK, until=LATER,
    ).refused(NoStanding)  # fmt: skip


# Turns.


def test_whose_turn_it_is_gets_goods_held_until_a_deadline() -> None:
    story = all_taken()
    waiting = wait(story)
    match(story, waiting).refused(NotFree)
    match(free_up(story), waiting).then(TurnCame, (LAPTOP, Held))
    one = demand(story, waiting)
    assert one.turn is not None
    assert one.turn.until == story.now + timedelta(hours=72)
    promise = story.thing(Asset, LAPTOP).promises[one.turn.request]
    assert (promise.body, promise.firm, promise.until) == (HEALTH, False, one.turn.until)
    assert story.thing(Asset, LAPTOP).free(NEXT_WEEK, story.now) == 0
    assert story.thing(Asset, LAPTOP).free(NEXT_WEEK, one.turn.until) == 1, "the hold ends by time"


def test_the_turn_is_taken_up_with_a_request_that_is_approved_like_any_other() -> None:
    story = free_up(all_taken())
    waiting = wait(story)
    match(story, waiting).then(TurnCame, Held)
    story.when("take_up_turn", as_=XIE_ASKS, demand=waiting, purpose=" ").refused(ReasonMissing)
    story.when("take_up_turn", as_=BEN_ASKS, demand=waiting, purpose="会议").refused(NotYours)
    story.when("take_up_turn", as_=XIE_ASKS, demand=waiting, purpose="会议")
    story.then(TurnTakenUp, RequestSubmitted, (LAPTOP, Held))
    request = story.thing(Request, story.answer["request"])
    assert (request.state, request.units, request.window) == (
        RequestState.SUBMITTED,
        {LAPTOP: (0, 1)},
        NEXT_WEEK,
    )
    assert len(story.thing(Asset, LAPTOP).promises) == 1, "one promise, under the request's own id"
    for who in (LEI_APPROVES, NIU_APPROVES):
        story.when("approve_request", as_=who, request=request.id)
    assert story.thing(Request, request.id).state is RequestState.APPROVED
    assert demand(story, waiting).state is DemandState.SERVED
    story.when("take_up_turn", as_=XIE_ASKS, demand=waiting, purpose="会议").refused(NoTurn)


def test_a_turn_that_is_not_taken_up_in_time_passes_to_the_next() -> None:
    story = free_up(all_taken())
    first, second = wait(story), wait(story, TAX)
    match(story, second).refused(NotYourTurn)
    match(story, first).then(TurnCame, Held)
    match(story, second).refused(NotFree)
    turn = demand(story, first).turn
    assert turn is not None
    story.when("pass_turn", as_=CLERK, demand=first).refused(NotDueYet)
    story.when("take_up_turn", as_=XIE_ASKS, at=turn.until, demand=first, purpose="会议").refused(NoTurn)
    match(story, second, at=turn.until).then(TurnCame, Held)
    story.when("pass_turn", as_=CLERK, demand=first).then(TurnPassed, ReservationReleased)
    story.when("pass_turn", as_=CLERK, demand=first).refused(NoTurn)
    assert demand(story, first).state is DemandState.PASSED


def test_a_hold_never_outlives_its_turn_even_when_nobody_notes_it() -> None:
    story = free_up(all_taken())
    first = wait(story)
    match(story, first).then(TurnCame, Held)
    turn = demand(story, first).turn
    assert turn is not None
    story.when("submit_requests", at=turn.until, **wish(of(LAPTOP), as_=PAN_ASKS, body=TAX, window=NEXT_WEEK))
    story.then(RequestSubmitted, Held)


def test_a_body_may_let_its_turn_pass_at_once() -> None:
    story = free_up(all_taken())
    first = wait(story)
    match(story, first)
    story.when("pass_turn", as_=PAN_ASKS, demand=first).refused(NotYours)
    story.when("pass_turn", as_=XIE_ASKS, demand=first).then(TurnPassed, ReservationReleased)


def test_a_demand_is_withdrawn_and_its_turn_with_it() -> None:
    story = free_up(all_taken())
    first, second = wait(story), wait(story, window=LONGER)
    story.when("withdraw_demand", as_=PAN_ASKS, demand=first).refused(NotYours)
    story.when("withdraw_demand", as_=XIE_ASKS, demand=first).then(DemandGivenUp)
    story.when("withdraw_demand", as_=XIE_ASKS, demand=first).refused(AlreadyDone)
    match(story, first).refused(DemandEnded)
    match(story, second).then(TurnCame, Held)
    story.when("withdraw_demand", as_=XIE_ASKS, demand=second).then(TurnPassed, ReservationReleased)


def test_who_is_first_in_the_queue_is_asked_first() -> None:
    story = free_up(all_taken())
    first, second = wait(story), wait(story, TAX)
    match(story, second).refused(NotYourTurn)
    assert story.refusal is not None
    assert story.refusal.values["place"] == 1
    match(story, first).then(TurnCame, Held)


def test_who_does_not_fit_is_overtaken_by_who_does() -> None:
    story = free_up(all_taken())
    many, one = wait(story, quantity=5), wait(story, TAX)
    match(story, many).refused(NotFree)
    match(story, one).then(TurnCame, Held)


def test_a_wider_and_a_narrower_class_stand_in_one_queue() -> None:
    story = free_up(all_taken())
    wide = wait(story, class_code=type(DESKTOP)(DESKTOP.scheme, DESKTOP.edition, "A02010000"))
    narrow = wait(story, TAX)
    match(story, narrow).refused(NotYourTurn)
    match(story, wide).then(TurnCame, Held)


def test_who_waits_for_that_very_thing_stands_in_the_queue_of_its_class() -> None:
    story = free_up(all_taken())
    very = wait(story, class_code=None, asset=LAPTOP)
    any_of_them = wait(story, TAX)
    match(story, any_of_them).refused(NotYourTurn)
    match(story, very).then(TurnCame, (LAPTOP, Held))
    match(story, any_of_them).refused(NotFree)


def test_who_waits_for_good_does_not_block_a_loan_he_could_not_have() -> None:
    to_be_lent_only = on(LAPTOP, Listed(listing=LISTING, loan=True), at=LONG_AGO)
    story = free_up(all_taken(to_be_lent_only))
    wait(story, form=Form.TRANSFER, window=None)
    lending = wait(story, TAX)
    match(story, lending).then(TurnCame, Held)


def test_what_is_not_offered_serves_nobody() -> None:
    story = free_up(all_taken())
    any_of_them, very = wait(story), wait(story, TAX, class_code=None, asset=LAPTOP)
    story.given(on(LAPTOP, ListingWithdrawn(listing=LISTING), at=story.now))
    match(story, any_of_them).refused(NotFree)
    match(story, very).refused(NotListed)
    story.when(
        "enter_demand",
        as_=XIE_ASKS,
        body=HEALTH,
        kind=DemandKind.WAIT,
        asset=LAPTOP,
        window=NEXT_WEEK,
        until=LATER,
    ).refused(NotListed, "asset")


def test_nobody_s_turn_comes_for_his_own_goods_or_before_his_round() -> None:
    story = free_up(all_taken())
    story.when(
        "enter_demand",
        as_=BEN_ASKS,
        body=EDUCATION,
        kind=DemandKind.WAIT,
        asset=LAPTOP,
        window=NEXT_WEEK,
        until=LATER,
    ).then(DemandEntered)
    match(story, story.answer["demand"]).refused(LendingToOneself)
    story.when(
        "enter_demand",
        as_=FANG_ASKS,
        body=LANZHOU_FINANCE,
        kind=DemandKind.WAIT,
        asset=LAPTOP,
        window=NEXT_WEEK,
        until=LATER,
    ).then(DemandEntered)
    story.given(on(LAPTOP, ListingWithdrawn(listing=LISTING), at=story.now))
    story.when("list_asset", as_=ANA_KEEPS, asset=LAPTOP)
    story.when("match_demand", as_=ANA_KEEPS, demand=demand_of(story, LANZHOU_FINANCE)).refused(RoundNotOpen)


def demand_of(story: Story, body: UUID) -> UUID:
    return next(
        row.stream for row in story.log.rows if isinstance(row.fact, DemandEntered) and row.fact.body == body
    )


def test_who_is_blocked_at_the_store_is_passed_over_and_takes_nothing_up() -> None:
    story = free_up(all_taken())
    blocked, next_one = wait(story), wait(story, TAX)
    block = {"body": HEALTH, "warehouse": WAREHOUSE, "reason_": "损坏物品未处理"}
    story.when("block_borrower", as_=EVA_MANAGES, **block)
    match(story, blocked).refused(BorrowerIsBlocked)
    match(story, next_one).then(TurnCame, Held)
    story = free_up(all_taken())
    waiting = wait(story)
    match(story, waiting).then(TurnCame, Held)
    story.when("block_borrower", as_=EVA_MANAGES, **block)
    story.when("take_up_turn", as_=XIE_ASKS, demand=waiting, purpose="会议").refused(BorrowerIsBlocked)


def test_only_the_clerk_a_keeper_of_what_fits_or_the_managing_office_matches() -> None:
    story = free_up(all_taken())
    waiting = wait(story)
    match(story, waiting, as_=XIE_ASKS).refused(NotYours)
    for who in (CLERK, DING_APPROVES, ANA_KEEPS):
        fresh = free_up(all_taken())
        match(fresh, wait(fresh), as_=who).then(TurnCame, Held)


def test_a_keeper_elsewhere_is_denied_before_anything_is_looked_at() -> None:
    story = free_up(all_taken())
    waiting = wait(story)
    story.given(on(HEALTH, ABOLISHED))
    match(story, waiting, as_=LIU_KEEPS).refused(NotYours)
    assert story.refusal is not None
    assert "甘肃省卫生健康委员会" not in str(story.refusal.values)
    match(story, waiting).refused(NoStanding)


def test_a_keeper_matches_what_may_be_served_from_his_own_store() -> None:
    story = free_up(all_taken())
    waiting = wait(story)
    match(story, waiting, as_=LIU_KEEPS).refused(NotYours)
    story.given(laptop(SECOND_LAPTOP, holder=STORES_COMPANY, place=SECOND_SHELF), offered(SECOND_LAPTOP))
    match(story, waiting, as_=LIU_KEEPS).then(TurnCame, Held)


def test_nobody_waits_twice_for_the_same() -> None:
    story = all_taken()
    first = wait(story, quantity=2)
    again: dict[str, Any] = {
        "as_": XIE_ASKS, "body": HEALTH, "kind": DemandKind.WAIT, "class_code": DESKTOP, "window": NEXT_WEEK, "until": LATER,
    }  # fmt: skip
    for quantity in (1, 2):
        story.when("enter_demand", **again, quantity=quantity).refused(WaitsAlready, "body")
        assert story.refusal is not None
        assert story.refusal.values["demand"] == paper_number(Demand.KIND, first)
    others = [wait(story, TAX), wait(story, window=LONGER), wait(story, class_code=None, asset=LAPTOP)]
    wait(story, kind=DemandKind.WATCH)
    wait(story, kind=DemandKind.WATCH)
    story.when("withdraw_demand", as_=XIE_ASKS, demand=first)
    second = wait(story)
    free_up(story)
    story.when("move_demand", demand=second, ahead_of=others[0], reason_="防汛值班")
    match(story, second).then(TurnCame, Held)
    story.when("enter_demand", **again).refused(WaitsAlready)
    story.when("take_up_turn", as_=XIE_ASKS, demand=second, purpose="会议")
    wait(story)


def test_a_demand_whose_day_has_passed_stands_in_nobody_s_way() -> None:
    story = all_taken()
    wait(story, until=MONDAY + timedelta(days=1))
    story.now = MONDAY + timedelta(days=2)
    wait(story)


def test_two_who_enter_the_same_at_once_enter_it_once() -> None:
    story = all_taken()
    wait(story)
    other = next(key for kind, key in story.log.owned if kind == "waits")
    story = all_taken()
    story.log.owned["waits", other] = named_id("另一需求")
    story.when(
        "enter_demand", as_=XIE_ASKS, body=HEALTH, kind=DemandKind.WAIT, class_code=DESKTOP, window=NEXT_WEEK, until=LATER
    )  # fmt: skip
    assert story.refusal is not None


def test_a_match_decided_on_yesterday_s_availability_is_decided_again() -> None:
    story = free_up(all_taken())
    waiting = wait(story)
    others = promised(LAPTOP, to=TAX, window=NEXT_WEEK, id=named_id("另一预留"))
    match(story, waiting, meanwhile_=[others]).refused(NotFree)


def test_a_return_and_an_intake_serve_who_waits() -> None:
    out = lent(to=LANZHOU_FINANCE, due=NEXT_YEAR)
    story = given(QUEUE, promised(CHAIRS, 10, to=TAX, window=Window(MONDAY, NEXT_YEAR)), out)
    waiting = wait(story)
    match(story, waiting).refused(NotFree)
    back = Returned(
        loan=named_id("借用单"), quantity=1, operator=OFFICES, place=WAREHOUSE, condition=Condition.GOOD
    )
    story.given(on(LAPTOP, back, at=story.now))
    match(story, waiting).then(TurnCame, (LAPTOP, Held))


# Watching.


def test_all_who_watch_are_told_at_once_and_nothing_is_held() -> None:
    story = free_up(all_taken())
    one, other = (wait(story, body, kind=DemandKind.WATCH) for body in (HEALTH, TAX))
    for id in (other, one):
        match(story, id).then(WatchAlerted)
    assert story.thing(Asset, LAPTOP).free(NEXT_WEEK, story.now) == 1
    match(story, one).refused(AlreadyDone)
    match(story, one, at=story.now + timedelta(days=1)).then(WatchAlerted)


def test_who_watches_holds_nobody_up_and_is_not_told_of_nothing() -> None:
    story = all_taken()
    watcher = wait(story, kind=DemandKind.WATCH)
    match(story, watcher).refused(NotFree)
    waiting = wait(free_up(story), TAX)
    match(story, waiting).then(TurnCame, Held)


# The queue.


def test_staff_move_a_demand_with_a_published_reason() -> None:
    story = free_up(all_taken())
    first, second = wait(story), wait(story, TAX)
    move: dict[str, Any] = {"as_": DING_APPROVES, "demand": second, "ahead_of": first}
    story.when("move_demand", **{**move, "as_": PAN_ASKS}, reason_="急").refused(NotYours)
    story.when("move_demand", **move).refused(NotYours)  # the tax office is not managed by this office
    root: dict[str, Any] = {"demand": second, "ahead_of": first}
    story.when("move_demand", **root).refused(ReasonMissing)
    story.when("move_demand", **root, reason_="防汛值班").then(DemandMoved)
    assert demand(story, second).moved == "防汛值班"
    match(story, first).refused(NotYourTurn)
    match(story, second).then(TurnCame, Held)


def test_nobody_moves_his_own_demand() -> None:
    both = account(named_id("person:谢敏"), OFFICES, (Role.APPROVER, OFFICES))
    story = free_up(all_taken(both))
    first, second = wait(story), wait(story, window=LONGER)
    story.when("move_demand", as_=both.stream, demand=second, ahead_of=first, reason_="自己的").refused(
        SamePerson
    )


def test_the_displaced_come_first_with_the_time_they_had_asked_at() -> None:
    story = all_taken()
    patient = wait(story)
    free_up(story)
    story.when("submit_requests", **wish(of(LAPTOP), as_=PAN_ASKS, body=TAX, window=NEXT_WEEK))
    request = story.answer["requests"][0]
    asked_at = story.now
    story.given(
        on(request, RequestDisplaced(units=(RequestUnit(LAPTOP, 0, 1),), why=DisplacementReason.EMERGENCY)),
        on(LAPTOP, ReservationReleased(reservation=request)),
        on(
            named_id("被挤占"),
            DemandEntered(
                body=TAX, kind=DemandKind.WAIT, form=Form.LOAN, quantity=1, class_code=DESKTOP, window=NEXT_WEEK, until=LATER,
                since=asked_at, first=True, request=request,
            ),
            at=story.now,
        ),
    )  # fmt: skip
    match(story, patient).refused(NotYourTurn)
    match(story, named_id("被挤占")).then(TurnCame, Held)


def test_a_demand_whose_day_has_passed_is_noted_once() -> None:
    story = given(QUEUE)
    waiting = wait(story)
    story.when("lapse_demand", as_=CLERK, demand=waiting).then()
    match(story, waiting, at=NEXT_WEEK.end).refused(DemandEnded)
    story.when("lapse_demand", as_=CLERK, demand=waiting).then(DemandLapsed)
    story.when("lapse_demand", as_=CLERK, demand=waiting).then()
    story.when("lapse_demand", as_=XIE_ASKS, demand=waiting).refused(NotYours)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "wait", "match", "match", "pass", "take", "move"]),
        st.integers(0, 5),
        st.integers(1, 4),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=at_most(40), deadline=None)
@examples(STEPS)
def test_the_queue_never_serves_a_later_fitting_demand_before_an_earlier_one(
    steps: list[tuple[str, int, int]],
) -> None:
    """Bodies come, are matched in any order, take up or let pass: whoever gets a turn had nobody who fitted before him."""
    story, entered = given(QUEUE), list[UUID]()
    for what, which, quantity in steps:
        waiting = [id for id in entered if demand(story, id).waits(story.now)]
        if what == "wait" or not entered:
            body = (HEALTH, TAX, OFFICES)[which % 3]
            window = Window(NEXT_WEEK.start, NEXT_WEEK.end - timedelta(minutes=len(entered)))
            entered.append(wait(story, body, quantity, window=window))
        elif what == "match":
            id = entered[which % len(entered)]
            before = [demand(story, one) for one in waiting]
            ranks = {one.id: one.rank for one in (demand(story, each) for each in entered)}
            free = story.thing(Asset, CHAIRS).free(NEXT_WEEK, story.now)
            laptop = story.thing(Asset, LAPTOP).free(NEXT_WEEK, story.now)
            match(story, id)
            if story.refusal is None:
                earlier = [one for one in before if one.id != id and one.rank < ranks[id]]
                assert all(one.quantity > free + laptop for one in earlier), (
                    "somebody who fitted was passed over"
                )
            assert story.thing(Asset, CHAIRS).free(NEXT_WEEK, story.now) >= 0
        elif what == "move":
            pair = {"demand": entered[which % len(entered)], "ahead_of": entered[quantity % len(entered)]}
            story.when("move_demand", **pair, reason_="防汛")
        else:
            turns = [id for id in entered if demand(story, id).turn is not None]
            if turns:
                id = turns[which % len(turns)]
                who = WHO[demand(story, id).body]
                if what == "pass":
                    story.when("pass_turn", as_=who, demand=id)
                else:
                    story.when("take_up_turn", as_=who, demand=id, purpose="会议")
                assert story.refusal is None
