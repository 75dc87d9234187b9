"""How many are free: the one function, against counting every moment, and what an asset claims by itself."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given as anything
from hypothesis import strategies as st

from domain.asset import Asset
from domain.availability import Claim, claim_of_loan, claim_of_promise, free, steps
from domain.life.lending import Lent, Returned
from domain.life.pooling import Held, Reserved
from domain.values import Condition, Window
from tests.examples import GANSU, HEALTH, OFFICES, THURSDAY, TUESDAY, WEDNESDAY, named_id
from tests.goods import DESKS, card, said
from tests.story import MONDAY, given, on

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOURS = st.integers(0, 12)


def at(hour: int) -> datetime:
    return NOON + timedelta(hours=hour)


def window(start: int, end: int) -> Window:
    return Window(at(start), at(end))


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    start = draw(HOURS)
    end = draw(st.one_of(st.none(), st.integers(start + 1, 14)))
    return Claim(draw(st.integers(1, 5)), at(start), None if end is None else at(end))


def slowly(stock: int, taken: list[Claim], asked: Window) -> int:
    """Hour by hour: an hour is taken by a claim that begins before it is over and does not end before it begins."""
    hours = [at(hour) for hour in range(-1, 20) if asked.start <= at(hour) < asked.end]
    busy = [
        sum(
            claim.quantity
            for claim in taken
            if claim.start <= hour and (claim.end is None or hour < claim.end)
        )
        for hour in hours
    ]
    return stock - max(busy)


@anything(st.integers(0, 12), st.lists(claims(), max_size=8), HOURS, st.integers(1, 6))
def test_the_answer_is_what_counting_every_hour_gives(
    stock: int, taken: list[Claim], start: int, hours: int
) -> None:
    asked = window(start, start + hours)
    assert free(stock, taken, asked) == slowly(stock, taken, asked)


@anything(st.integers(0, 12), st.lists(claims(), max_size=6), claims(), HOURS, st.integers(1, 6))
def test_one_more_claim_never_makes_more_free(
    stock: int, taken: list[Claim], more: Claim, start: int, hours: int
) -> None:
    asked = window(start, start + hours)
    before, after = free(stock, taken, asked), free(stock, [*taken, more], asked)
    assert before - more.quantity <= after <= before


@anything(
    st.integers(0, 12), st.permutations([Claim(1, at(1), at(3)), Claim(2, at(3), at(4)), Claim(1, at(0))])
)
def test_the_order_of_the_claims_does_not_matter(stock: int, taken: list[Claim]) -> None:
    assert free(stock, taken, window(0, 8)) == stock - 3


def test_what_ends_at_an_instant_is_free_for_what_begins_then() -> None:
    morning = Claim(1, at(0), at(4))
    assert free(1, [morning], window(4, 8)) == 1
    assert free(1, [morning], window(3, 8)) == 0
    afternoon = Claim(1, at(4), at(8))
    assert free(1, [afternoon], window(0, 4)) == 1
    assert free(1, [morning, afternoon], window(0, 8)) == 0


def test_claims_that_do_not_overlap_take_the_same_thing_only_once() -> None:
    assert (
        free(3, [Claim(2, at(0), at(2)), Claim(2, at(2), at(4)), Claim(2, at(6), at(9))], window(0, 9)) == 1
    )


def test_too_many_promises_show_as_less_than_nothing() -> None:
    assert free(1, [Claim(2, at(0), at(2)), Claim(1, at(1), at(2))], window(0, 4)) == -2
    assert free(0, [], window(0, 4)) == 0


def test_an_overdue_loan_claims_without_end() -> None:
    late = claim_of_loan(1, at(0), at(2), now=at(3))
    assert late == Claim(1, at(0))
    assert free(1, [late], Window(at(1000), at(1001))) == 0


def test_a_loan_is_overdue_from_its_due_instant_on() -> None:
    assert claim_of_loan(1, at(0), at(2), now=at(2)).end is None
    assert claim_of_loan(1, at(0), at(2), now=at(1)).end == at(2)
    assert claim_of_loan(1, at(0), None, now=at(1)).end is None


def desks(quantity: int = 10) -> list[object]:
    return [GANSU, card(DESKS, said("办公桌", quantity, unit="张"))]


def test_a_lot_lends_out_what_is_left_in_each_window() -> None:
    lent = Lent(
        loan=named_id("借用单"), borrower=HEALTH, person=named_id("王工"), quantity=4, condition=Condition.GOOD, due=WEDNESDAY
    )  # fmt: skip
    promised = Reserved(
        reservation=named_id("预留"), body=HEALTH, quantity=5, window=Window(TUESDAY, THURSDAY)
    )
    lot = given(desks(), on(DESKS, promised), on(DESKS, lent, at=MONDAY)).thing(Asset, DESKS)
    assert lot.free(Window(MONDAY, TUESDAY), MONDAY) == 6
    assert lot.free(Window(TUESDAY, WEDNESDAY), MONDAY) == 1
    assert lot.free(Window(WEDNESDAY, THURSDAY), MONDAY) == 5
    assert lot.free(Window(WEDNESDAY, THURSDAY), now=WEDNESDAY) == 1, (
        "overdue now: nobody knows when they come back"
    )
    assert lot.free(Window(TUESDAY, WEDNESDAY), MONDAY, except_paper=named_id("预留")) == 6


def test_what_is_not_usable_is_free_in_no_window() -> None:
    broken = given(GANSU, card(DESKS, said("办公桌", 10), condition=Condition.BROKEN)).thing(Asset, DESKS)
    assert broken.free(Window(MONDAY, TUESDAY), MONDAY) == 0


@anything(st.integers(0, 12), st.lists(claims(), max_size=8), HOURS, st.integers(1, 6))
def test_the_steps_are_what_counting_every_hour_gives_and_their_least_is_what_is_free(
    stock: int, taken: list[Claim], start: int, hours: int
) -> None:
    asked = window(start, start + hours)
    found = steps(stock, taken, asked)
    for hour in range(start, start + hours):
        said = [one.free for one in found if one.start <= at(hour)][-1]
        assert said == slowly(stock, taken, window(hour, hour + 1))
    assert min(one.free for one in found) == free(stock, taken, asked)
    assert found[0].start == asked.start
    assert all(one.free != other.free for one, other in pairwise(found))


def test_what_is_held_claims_nothing_from_its_deadline_on() -> None:
    wanted = window(4, 6)
    assert claim_of_promise(1, wanted, at(1), until=at(2)) == Claim(1, at(4), at(6))
    assert claim_of_promise(1, wanted, at(2), until=at(2)) is None


def test_what_has_to_be_prepared_again_is_claimed_until_it_is_ready() -> None:
    assert claim_of_promise(1, window(4, 6), at(1), ready=at(9)) == Claim(1, at(4), at(9))
    assert claim_of_loan(1, at(0), at(6), at(1), ready=at(9)) == Claim(1, at(0), at(9))
    assert claim_of_loan(1, at(0), at(6), at(7), ready=at(9)) == Claim(1, at(0), None)


def test_a_hold_that_nobody_decided_in_time_stands_in_nobody_s_way() -> None:
    held = Held(
        reservation=named_id("request"),
        body=HEALTH,
        quantity=50,
        window=Window(WEDNESDAY, THURSDAY),
        until=TUESDAY,
    )
    desks = given(GANSU, card(DESKS, said("会议桌", quantity=50)), on(DESKS, held)).thing(Asset, DESKS)
    later = Window(WEDNESDAY, THURSDAY)
    assert desks.free(later, MONDAY) == desks.usable - 50
    assert desks.free(later, TUESDAY) == desks.usable
    assert not desks.promises[named_id("request")].binds(TUESDAY)


def test_what_came_back_is_free_when_it_is_prepared() -> None:
    loan = named_id("loan")
    desks = given(
        GANSU,
        card(DESKS, said("会议桌", quantity=50)),
        on(DESKS, Lent(loan=loan, borrower=HEALTH, person=HEALTH, quantity=20, condition=Condition.GOOD, due=THURSDAY)),
        on(DESKS, Returned(loan=loan, quantity=20, condition=Condition.GOOD, operator=OFFICES, ready=WEDNESDAY), at=MONDAY),
    ).thing(Asset, DESKS)  # fmt: skip
    assert desks.free(Window(TUESDAY, THURSDAY), MONDAY) == desks.usable - 20
    assert desks.free(Window(WEDNESDAY, THURSDAY), MONDAY) == desks.usable
    assert [(one.body, one.back) for one in desks.spells] == [(HEALTH, MONDAY)]
