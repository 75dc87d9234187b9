"""Emergency orders: what is free first, then holds, then promises from the last who asked on, then loans; the displaced come first."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from domain.asset import Asset
from domain.life.on_loan import Recalled
from domain.life.pooling import Held, ReservationReleased, Reserved
from domain.papers.demand import (
    Demand,
    DemandEntered,
    DemandState,
    TurnCame,
    TurnDisplaced,
)
from domain.papers.emergency import (
    Emergency,
    EmergencyEnded,
    EmergencyIssued,
    EmergencyLine,
    EmergencyUnit,
    Taken,
    UnitsTaken,
)
from domain.papers.loan import LoanLine
from domain.papers.outside_decision import (
    DecisionNotVerified,
    DecisionOnOtherMatter,
    DecisionRecorded,
    DecisionVerified,
    ListChanged,
    Matter,
    list_hash,
)
from domain.papers.request import Request, RequestDisplaced, RequestState
from domain.papers.running_loan import LoanRecalled
from domain.refusals import AlreadyDone, InvalidValue, NotYours, NumberTaken, TooMany, Unknown
from domain.usecases.pooling import ReasonMissing
from domain.values import Window
from tests.asking import LEI_APPROVES, NIU_APPROVES, SECOND_LAPTOP, laptop, of, offered, wish
from tests.examples import (
    ANA_KEEPS,
    BEN_ASKS,
    DING_APPROVES,
    EDUCATION,
    EVA_MANAGES,
    FINANCE,
    HEALTH,
    NEXT_MONDAY,
    NEXT_YEAR,
    OFFICES,
    TAX,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    named_id,
)
from tests.goods import CHAIRS, DESKTOP, LAPTOP
from tests.properties import at_most
from tests.store_room import BAI_MANAGES, BY_WANG, LOAN, XIE_ASKS, lent, promised
from tests.story import LONG_AGO, MONDAY, Story, given, on
from tests.test_demand import PAN_ASKS, QUEUE, wait

DECISION = named_id("应急批复")
NOW_ON = Window(TUESDAY, NEXT_MONDAY)


def laptops(quantity: int) -> EmergencyLine:
    return EmergencyLine(quantity=quantity, class_code=DESKTOP)


def decided(*lines: EmergencyLine, verified: bool = True, **changed: Any) -> Any:
    recorded: dict[str, Any] = {
        "matter": Matter.EMERGENCY, "body": FINANCE, "authority": OFFICES, "number": "甘应急〔2026〕1号", "dated": date(2026, 3, 1),
        "list_hash": list_hash(line.item for line in lines), "scan": "5f" * 32, **changed,
    }  # fmt: skip
    facts = [DecisionRecorded(**recorded), *([DecisionVerified()] if verified else [])]
    return on(DECISION, *facts, at=LONG_AGO)


def order(story: Story, *lines: EmergencyLine, **changed: Any) -> Story:
    """Ding, of the offices administration, orders for the finance department, which has nothing of its own."""
    asked = {
        "as_": DING_APPROVES,
        "decision": DECISION,
        "body": FINANCE,
        "lines": lines,
        "window": NOW_ON,
        **changed,
    }
    return story.when("issue_emergency_order", **asked)


def emergency(story: Story) -> Emergency:
    return story.thing(Emergency, story.answer["emergency"])


def was(story: Story) -> dict[Taken, int]:
    found: dict[Taken, int] = {}
    for unit in emergency(story).units:
        found[unit.was] = found.get(unit.was, 0) + unit.quantity
    return found


def request(story: Story, who: UUID, body: UUID, *lines: Any, at: Any = None) -> UUID:
    story.when(
        "submit_requests", at=at, **wish(*lines, as_=who, body=body, window=Window(WEDNESDAY, THURSDAY))
    )
    assert story.refusal is None, f"{story.refusal!r}"
    found: UUID = story.answer["requests"][0]
    return found


def approve(story: Story, id: UUID) -> None:
    for who in (LEI_APPROVES, NIU_APPROVES):
        story.when("approve_request", as_=who, request=id)
        assert story.refusal is None, f"{story.refusal!r}"


def test_what_is_free_is_taken_first_and_nobody_is_displaced() -> None:
    story = given(QUEUE, decided(laptops(8)), promised(CHAIRS, 2))
    order(story, laptops(8)).then(
        EmergencyIssued, UnitsTaken, *[Reserved] * len(story.fact(UnitsTaken).units)
    )
    assert was(story) == {Taken.FREE: 8}
    promise = story.thing(Asset, CHAIRS).promises[story.answer["emergency"]]
    assert (promise.body, promise.firm, promise.window) == (FINANCE, True, NOW_ON)


def test_it_is_never_refused_for_shortage_and_says_what_is_missing() -> None:
    story = given(QUEUE, decided(laptops(40)))
    order(story, laptops(40))
    assert was(story) == {Taken.FREE: 11}
    assert emergency(story).missing == {0: 29}
    nothing = EmergencyLine(quantity=3, class_code=type(DESKTOP)("gbt14885", "2022", "A02019900"))
    story = given(QUEUE, decided(nothing))
    order(story, nothing).then(EmergencyIssued, UnitsTaken)
    assert emergency(story).missing == {0: 3}


def test_holds_give_way_before_promises_and_who_asked_last_gives_way_first() -> None:
    story = given(QUEUE, decided(laptops(5)))
    firm = request(story, XIE_ASKS, HEALTH, of(CHAIRS, 4))
    approve(story, firm)
    early = request(story, PAN_ASKS, TAX, of(CHAIRS, 3))
    late = request(story, BAI_MANAGES, HEALTH, of(LAPTOP))
    order(story, laptops(5))
    assert was(story) == {Taken.FREE: 3, Taken.HELD: 2}
    assert story.thing(Request, late).state is RequestState.DISPLACED, "asked last"
    assert story.thing(Request, early).units == {CHAIRS: (0, 2)}, "one of three"
    assert story.thing(Request, firm).units == {CHAIRS: (0, 4)}, "approved: only after all holds"
    assert story.thing(Asset, CHAIRS).free(Window(WEDNESDAY, THURSDAY), story.now) == 0


def test_approved_reservations_give_way_the_latest_rank_first() -> None:
    story = given(QUEUE, decided(laptops(6)))
    first = request(story, XIE_ASKS, HEALTH, of(CHAIRS, 5))
    second = request(story, BAI_MANAGES, HEALTH, of(LAPTOP))
    for id in (first, second):
        approve(story, id)
    order(story, laptops(6))
    assert was(story) == {Taken.FREE: 5, Taken.PROMISED: 1}
    assert story.thing(Request, second).state is RequestState.DISPLACED
    assert story.thing(Request, first).state is RequestState.APPROVED


def test_the_displaced_are_told_and_keep_first_rank_with_their_original_time() -> None:
    story = given(QUEUE, decided(laptops(11)))
    early = wait(story, TAX, 1)
    displaced = request(story, XIE_ASKS, HEALTH, of(CHAIRS, 4))
    asked_at = story.now
    order(story, laptops(11))
    told = story.fact(RequestDisplaced)
    assert told.by == story.answer["emergency"]
    entered = story.fact(DemandEntered)
    assert (entered.body, entered.quantity, entered.asset, entered.request) == (HEALTH, 4, CHAIRS, displaced)
    assert (entered.first, entered.since) == (True, asked_at)
    again = next(row.stream for row in story.new if isinstance(row.fact, DemandEntered))
    assert story.thing(Demand, again).rank < story.thing(Demand, early).rank


def test_a_turn_that_had_come_is_displaced_and_waits_again_before_all_others() -> None:
    story = given(QUEUE, decided(laptops(11)))
    waiting = wait(story, HEALTH, 4, window=Window(WEDNESDAY, THURSDAY))
    story.when("match_demand", as_=ANA_KEEPS, demand=waiting).then(TurnCame, Held)
    order(story, laptops(11))
    assert story.fact(TurnDisplaced).body == HEALTH
    one = story.thing(Demand, waiting)
    assert (one.state, one.first, one.turn) == (DemandState.WAITING, True, None)


def test_a_promise_that_was_made_without_a_request_is_displaced_too() -> None:
    story = given(QUEUE, decided(laptops(11)), promised(CHAIRS, 10))
    order(story, laptops(11))
    assert was(story) == {Taken.FREE: 1, Taken.PROMISED: 10}
    assert (story.fact(DemandEntered).body, story.fact(DemandEntered).quantity) == (HEALTH, 10)


def test_loans_are_recalled_last_and_what_comes_back_is_the_order_s() -> None:
    story = given(QUEUE, decided(laptops(11)), lent(to=TAX, due=NEXT_YEAR))
    order(story, laptops(11), back_by=WEDNESDAY)
    assert was(story) == {Taken.FREE: 10, Taken.LENT: 1}
    recalled = story.fact(LoanRecalled)
    assert (recalled.due, recalled.order) == (WEDNESDAY, story.answer["emergency"])
    assert story.fact(Recalled).loan == LOAN
    promise = story.thing(Asset, LAPTOP).promises[story.answer["emergency"]]
    assert promise.window == Window(WEDNESDAY, NEXT_MONDAY), "from the day it is back"
    assert story.thing(Asset, LAPTOP).free(Window(WEDNESDAY, NEXT_MONDAY), story.now) == 0


def test_what_is_here_of_a_lot_that_is_partly_lent_is_kept_from_the_beginning() -> None:
    line = EmergencyLine(quantity=8, asset=CHAIRS)
    story = given(QUEUE, decided(line), lent(CHAIRS, 4, to=TAX, due=NEXT_YEAR))
    order(story, line, back_by=WEDNESDAY)
    assert was(story) == {Taken.FREE: 6, Taken.LENT: 2}
    assert story.thing(Asset, CHAIRS).promises[story.answer["emergency"]].window == NOW_ON
    assert story.thing(Asset, CHAIRS).free(Window(TUESDAY, WEDNESDAY), story.now) <= 0


def test_no_loan_is_recalled_while_a_promise_can_give_way() -> None:
    story = given(QUEUE, decided(laptops(5)), lent(to=TAX, due=NEXT_YEAR), promised(CHAIRS, 8))
    order(story, laptops(5))
    assert was(story) == {Taken.FREE: 2, Taken.PROMISED: 3}


def test_what_is_overdue_or_due_before_is_not_recalled() -> None:
    story = given(QUEUE, decided(laptops(11)), lent(to=TAX, due=TUESDAY))
    order(story, laptops(11), at=WEDNESDAY)
    assert was(story) == {Taken.FREE: 10}
    assert emergency(story).missing == {0: 1}
    story = given(QUEUE, decided(laptops(11)), lent(to=TAX, due=TUESDAY))
    assert was(order(story, laptops(11))) == {Taken.FREE: 11}, "back when the order begins"


def test_only_as_much_of_a_lot_s_promise_is_broken_as_is_needed() -> None:
    story = given(QUEUE, decided(laptops(3)), promised(CHAIRS, 10), promised(LAPTOP))
    order(story, laptops(3))
    promises = story.thing(Asset, CHAIRS).promises
    assert sum(one.quantity for one in promises.values()) <= 10
    assert sum(unit.quantity for unit in emergency(story).units) == 3


def test_what_does_not_stand_in_the_way_is_left_alone() -> None:
    after = Window(NEXT_MONDAY, NEXT_MONDAY + timedelta(days=2))
    story = given(QUEUE, decided(laptops(11)), promised(CHAIRS, 10, window=after))
    order(story, laptops(11))
    assert was(story) == {Taken.FREE: 11}


def test_an_order_leaves_other_orders_and_its_own_body_s_promises_alone() -> None:
    story = given(QUEUE, decided(laptops(11)), promised(CHAIRS, 4, to=FINANCE))
    order(story, laptops(11))
    assert was(story) == {Taken.FREE: 7}
    another = named_id("又一应急批复")
    recorded = DecisionRecorded(
        matter=Matter.EMERGENCY, body=HEALTH, authority=OFFICES, number="甘应急〔2026〕2号", dated=date(2026, 3, 1),
        list_hash=list_hash([laptops(5).item]), scan="5f" * 32,
    )  # fmt: skip
    story.given(on(another, recorded, DecisionVerified(), at=LONG_AGO))
    order(story, laptops(5), decision=another, body=HEALTH)
    assert was(story) == {Taken.PROMISED: 4}, "only what was promised to the finance department otherwise"


def test_a_particular_thing_may_be_ordered() -> None:
    line = EmergencyLine(quantity=1, asset=LAPTOP)
    story = given(QUEUE, decided(line), promised())
    order(story, line)
    assert emergency(story).units == (EmergencyUnit(LAPTOP, 1, Taken.PROMISED),)


def test_what_is_the_body_s_own_or_of_a_body_the_office_does_not_manage_is_not_taken() -> None:
    line = EmergencyLine(quantity=1, asset=LAPTOP)
    story = given(QUEUE, decided(line, body=EDUCATION))
    order(story, line, body=EDUCATION)
    assert emergency(story).missing == {0: 1}, "its own goods need no order"
    theirs = EmergencyLine(quantity=1, asset=SECOND_LAPTOP)
    at_the_tax_office = [laptop(SECOND_LAPTOP, holder=TAX, place=None), *offered(SECOND_LAPTOP)]
    story = given(QUEUE, decided(theirs), at_the_tax_office)
    order(story, theirs)
    assert emergency(story).missing == {0: 1}


# Who, and by which document.


@pytest.mark.parametrize("who", [BEN_ASKS, XIE_ASKS, ANA_KEEPS, LEI_APPROVES])
def test_only_the_offices_administration_issues_it(who: UUID) -> None:
    order(given(QUEUE, decided(laptops(1))), laptops(1), as_=who).refused(NotYours)


def test_only_a_verified_decision_on_exactly_these_lines_carries_it() -> None:
    order(given(QUEUE, decided(laptops(1), verified=False)), laptops(1)).refused(DecisionNotVerified)
    order(given(QUEUE, decided(laptops(1), matter=Matter.TRANSFER)), laptops(1)).refused(
        DecisionOnOtherMatter
    )
    order(given(QUEUE, decided(laptops(1))), laptops(2)).refused(ListChanged)
    order(given(QUEUE, decided(laptops(1), body=TAX)), laptops(1)).refused(Unknown)


def test_a_decision_carries_one_order() -> None:
    story = given(QUEUE, decided(laptops(1)))
    order(story, laptops(1))
    order(story, laptops(1), as_=EVA_MANAGES).refused(NumberTaken)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"lines": ()}, TooMany),
        ({"lines": (laptops(5000),)}, TooMany),
        ({"lines": (laptops(0),)}, InvalidValue),
        ({"lines": (EmergencyLine(quantity=1),)}, InvalidValue),
        ({"window": Window(LONG_AGO, MONDAY)}, InvalidValue),
        ({"back_by": MONDAY}, InvalidValue),
        ({"back_by": NEXT_YEAR}, InvalidValue),
    ],
)
def test_it_says_what_how_many_and_when(changed: dict[str, Any], refusal: Any) -> None:
    lines = changed.get("lines", (laptops(1),))
    order(given(QUEUE, decided(*lines)), **{"lines": lines, **changed}).refused(refusal)


def test_two_orders_at_the_same_moment_never_take_the_same_thing() -> None:
    story = given(QUEUE, decided(laptops(1)), promised(CHAIRS, 10, to=FINANCE))
    others = promised(LAPTOP, to=FINANCE, window=NOW_ON, id=named_id("别人"))
    order(story, laptops(1), meanwhile_=[others])
    assert emergency(story).missing == {0: 1}


def test_what_is_promised_to_an_order_is_handed_out_on_it() -> None:
    line = EmergencyLine(quantity=1, asset=LAPTOP)
    story = given(QUEUE, decided(line, body=HEALTH))
    order(story, line, body=HEALTH)
    story.when(
        "lend", as_=ANA_KEEPS, at=TUESDAY, lines=(LoanLine(LAPTOP, 1),), borrower=HEALTH, receiver=BY_WANG, due=THURSDAY,
        reservation=story.answer["emergency"],
    )  # fmt: skip
    assert story.refusal is None, f"{story.refusal!r}"
    assert story.thing(Asset, LAPTOP).promises == {}


def test_when_it_is_over_what_was_not_fetched_is_free() -> None:
    story = given(QUEUE, decided(laptops(11)))
    order(story, laptops(11))
    id = story.answer["emergency"]
    story.when("end_emergency_order", as_=DING_APPROVES, emergency=id).refused(ReasonMissing)
    story.when("end_emergency_order", as_=BEN_ASKS, emergency=id, reason_="解除").refused(NotYours)
    story.when("end_emergency_order", as_=DING_APPROVES, emergency=id, reason_="解除")
    story.then(EmergencyEnded, ReservationReleased, ReservationReleased)
    assert story.thing(Asset, CHAIRS).free(NOW_ON, story.now) == 10
    story.when("end_emergency_order", as_=DING_APPROVES, emergency=id, reason_="解除").refused(AlreadyDone)


PROMISES = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 5), st.integers(1, 4), st.booleans()), max_size=5
)


@settings(max_examples=at_most(40), deadline=None)
@examples(PROMISES, st.integers(0, 9), st.integers(1, 14))
def test_an_order_takes_all_it_can_and_never_more_than_there_is(
    promises: list[tuple[int, int, int, bool]], out: int, wanted: int
) -> None:
    """Random promises and a loan on ten chairs: what is taken is there, whoever keeps his promise gets it, the rest is missing."""
    line = EmergencyLine(quantity=wanted, asset=CHAIRS)
    story = given(QUEUE, decided(line))
    if out:
        story.given(lent(CHAIRS, out, to=TAX, due=NEXT_YEAR))
    for n, (quantity, start, days, firm) in enumerate(promises):
        window = Window(TUESDAY + timedelta(days=start), TUESDAY + timedelta(days=start + days))
        if story.thing(Asset, CHAIRS).free(window, story.now) < quantity:
            continue
        id = named_id(f"预留{n}")
        kind: Any = Reserved if firm else Held
        more = {} if firm else {"until": window.end}
        story.given(on(CHAIRS, kind(reservation=id, body=HEALTH, quantity=quantity, window=window, **more)))
    before = sum(one.quantity for one in story.thing(Asset, CHAIRS).promises.values())
    order(story, line, back_by=WEDNESDAY)
    assert story.refusal is None
    made = emergency(story)
    taken = sum(unit.quantity for unit in made.units)
    assert taken == min(wanted, 10), "everything can give way, in the end"
    assert made.missing[0] == wanted - taken
    chairs = story.thing(Asset, CHAIRS)
    window = chairs.promises[made.id].window
    assert chairs.free(Window(max(window.start, WEDNESDAY), window.end), story.now) >= 0
    displaced = sum(row.fact.quantity for row in story.new if isinstance(row.fact, DemandEntered))
    kept = sum(one.quantity for id, one in chairs.promises.items() if id != made.id)
    assert displaced + kept == before, "nobody loses more or less than he is told"
