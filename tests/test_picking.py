"""Scanning at the counter: what fits takes the place of what was allotted, and nothing is ever promised twice."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from domain.asset import Asset
from domain.availability import free
from domain.life.keeping import ConditionSeen
from domain.life.pooling import Listed, ReservationReleased, Reserved
from domain.papers.loan import LoanLine
from domain.papers.request import (
    RequestEnded,
    RequestNotThere,
    RequestUnitExchanged,
    RequestUnitPicked,
    RequestUnitPutBack,
)
from domain.policies import ConditionNotUsable, OnLoan
from domain.refusals import InvalidValue, NotYours, Unknown
from domain.usecases.picking import NotForThisRequest, PromisedToOthers, progress
from domain.usecases.request_rules import TimeIsOver
from domain.values import Condition, Role, Window
from tests.asking import LEI_APPROVES, MIDWEEK, NIU_APPROVES, of
from tests.counter import (
    BEAMER,
    BEAMERS,
    GROUND,
    MICROPHONES,
    QIN_ASKS,
    SHI_APPROVES,
    allotted,
    ask,
    beamer,
    hand,
    others,
    paper,
    pick,
    promises,
    some,
    store_of,
)
from tests.examples import (
    ANA,
    ANA_KEEPS,
    EDUCATION,
    FINANCE,
    FRIDAY,
    HEALTH,
    OFFICES,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    named_id,
)
from tests.goods import book, card, said
from tests.store_room import BY_WANG, LIU_KEEPS, SECOND_STORE, XIE_ASKS
from tests.story import LONG_AGO, Story, given, on


def test_an_allotted_unit_is_scanned_and_counts() -> None:
    story = given(GROUND, store_of(5))
    request = ask(story, some(5))
    pick(story, request, *allotted(story, request)[:3]).then(RequestUnitPicked)
    assert progress(paper(story, request)) == {0: (3, 5)}
    first = allotted(story, request)[0]
    pick(story, request, first).refused(NotForThisRequest)
    story.when("unpick_unit", as_=ANA_KEEPS, request=request, asset=first).then(RequestUnitPutBack)
    assert progress(paper(story, request)) == {0: (2, 5)}
    story.when("unpick_unit", as_=ANA_KEEPS, request=request, asset=first).refused(InvalidValue, "quantity")
    assert request in promises(story, first), "it is still promised"


def test_any_unit_of_the_class_that_is_free_takes_the_place_of_an_allotted_one() -> None:
    story = given(GROUND, store_of(3))
    request = ask(story, some(1))
    [old], new = allotted(story, request), others(story, request)[0]
    pick(story, request, new).then(
        (old, ReservationReleased), (new, Reserved), RequestUnitExchanged, RequestUnitPicked
    )
    assert (promises(story, old), promises(story, new)) == (set(), {request})
    assert paper(story, request).picked == {new: 1}
    assert story.thing(Asset, new).promises[request].window == MIDWEEK
    pick(story, request, old).refused(NotForThisRequest, "asset")


def test_a_unit_allotted_to_another_request_of_the_class_is_swapped() -> None:
    story = given(GROUND, store_of(2))
    ours, theirs = ask(story, some(1)), ask(story, some(1), who="finance")
    [old], [new] = allotted(story, ours), allotted(story, theirs)
    pick(story, ours, new)
    story.then(
        (old, ReservationReleased), (new, ReservationReleased), (old, Reserved), (new, Reserved), (ours, RequestUnitExchanged),
        (theirs, RequestUnitExchanged), RequestUnitPicked,
    )  # fmt: skip
    assert (promises(story, old), promises(story, new)) == ({theirs}, {ours})
    assert allotted(story, theirs) == [old]
    hand(pick(story, theirs, old), theirs, at=TUESDAY)
    assert story.refusal is None, "and both are handed over"
    hand(story, ours)
    assert story.refusal is None


def test_what_the_other_request_has_scanned_already_is_not_swapped() -> None:
    story = given(GROUND, store_of(2))
    ours, theirs = ask(story, some(1)), ask(story, some(1), who="finance")
    [new] = allotted(story, theirs)
    pick(story, theirs, new)
    pick(story, ours, new).refused(PromisedToOthers, "asset")


def test_a_swap_that_the_other_window_does_not_allow_is_refused() -> None:
    """Theirs goes on into Friday, when ours is promised by name to somebody else."""
    story = given(GROUND, store_of(2))
    ours = ask(story, some(1))
    [old] = allotted(story, ours)
    friday = Window(THURSDAY, FRIDAY)
    story.given(on(old, Reserved(reservation=named_id("点名预留"), body=OFFICES, quantity=1, window=friday)))
    theirs = ask(story, some(1), who="finance", window=Window(TUESDAY, FRIDAY))
    [new] = allotted(story, theirs)
    pick(story, ours, new).refused(PromisedToOthers)
    assert promises(story, new) == {theirs}, "nothing has changed"


def test_a_scan_of_something_promised_to_others_warns_with_who_and_when() -> None:
    story = given(GROUND, store_of(2))
    ours = ask(story, some(1))
    named = others(story, ours)[0]
    theirs = ask(story, of(named), who="finance")
    pick(story, ours, named).refused(PromisedToOthers, "asset")
    assert story.refusal is not None
    assert story.refusal.values["body"] == "甘肃省财政厅"
    assert story.refusal.values["start"] == TUESDAY.isoformat()
    assert story.refusal.values["end"] == THURSDAY.isoformat()
    assert promises(story, named) == {theirs}


def test_a_unit_that_is_not_back_by_then_is_not_picked() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, some(1))
    other = others(story, request)[0]
    lend = {
        "as_": ANA_KEEPS,
        "lines": (LoanLine(other, 1),),
        "borrower": FINANCE,
        "receiver": BY_WANG,
        "due": WEDNESDAY,
    }
    story.when("lend", **lend)
    pick(story, request, other).refused(OnLoan, "asset")


def test_a_hold_of_somebody_further_out_does_not_give_way_at_the_counter() -> None:
    """It may be swapped; it is not taken away by a scan of the wrong one."""
    story = given(GROUND, store_of(2))
    request = ask(story, some(1))
    other = others(story, request)[0]
    story.when(
        "submit_requests", as_=QIN_ASKS, body=FINANCE, purpose="会议", lines=(of(other),), window=MIDWEEK
    )
    held = story.answer["requests"][0]
    pick(story, request, other).refused(PromisedToOthers)
    assert promises(story, other) == {held}


def test_of_two_keepers_who_scan_the_same_unit_at_the_same_moment_one_gets_it() -> None:
    story = given(GROUND, store_of(3))
    request = ask(story, some(1))
    new = others(story, request)[0]
    meanwhile = on(new, Reserved(reservation=named_id("点名预留"), body=FINANCE, quantity=1, window=MIDWEEK))
    story.when("pick_unit", as_=ANA_KEEPS, request=request, asset=new, meanwhile_=(meanwhile,)).refused(
        PromisedToOthers
    )


def test_what_does_not_fit_is_not_picked() -> None:
    elsewhere, theirs = named_id("别处的投影机"), named_id("别家的投影机")
    story = given(GROUND, store_of(1), beamer(elsewhere, place=SECOND_STORE), beamer(theirs, holder=OFFICES))
    other_class = card(named_id("音箱"), said("音箱"), place=WAREHOUSE)
    story.given(other_class, account(ANA, EDUCATION, (Role.KEEPER, SECOND_STORE)))
    request = ask(story, some(1), window=MIDWEEK)
    mine = paper(story, request)
    wrong = [one for one in (elsewhere, theirs, BEAMERS[0]) if one not in mine.units]
    pick(story, request, named_id("音箱")).refused(NotForThisRequest, "asset")
    for one in wrong:
        story.when("pick_unit", as_=ANA_KEEPS, request=request, asset=one)
        assert story.refusal is not None
        assert story.refusal.code in {"NOT_FOR_THIS_REQUEST", "NOT_YOUR_STORE"}
    pick(story, request, named_id("没有的东西")).refused(Unknown)


def test_a_particular_thing_that_was_asked_for_is_not_exchanged() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, of(BEAMERS[0]))
    pick(story, request, BEAMERS[1]).refused(NotForThisRequest)
    pick(story, request, BEAMERS[0]).then(RequestUnitPicked)


def test_what_is_broken_or_not_inspected_is_not_picked() -> None:
    story = given(GROUND, store_of(2))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    story.given(on(one, ConditionSeen(condition=Condition.BROKEN)))
    pick(story, request, one).refused(ConditionNotUsable, "asset")


def test_only_the_lending_point_picks_and_hands_over() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    for who in (XIE_ASKS, LIU_KEEPS, QIN_ASKS):
        story.when("pick_unit", as_=who, request=request, asset=one).refused(NotYours)
        story.when("hand_over_request", as_=who, request=request, receiver=BY_WANG).refused(NotYours)


def test_nothing_is_picked_for_a_request_that_is_not_approved_or_is_over() -> None:
    story = given(GROUND, store_of(1))
    story.when("submit_requests", as_=XIE_ASKS, body=HEALTH, purpose="会议", lines=(some(1),), window=MIDWEEK)
    request = story.answer["requests"][0]
    [one] = allotted(story, request)
    pick(story, request, one).refused(RequestNotThere)
    hand(story, request).refused(RequestNotThere)
    for who in (LEI_APPROVES, NIU_APPROVES):
        story.when("approve_request", as_=who, request=request)
    pick(story, request, one, at=THURSDAY + timedelta(minutes=1)).refused(TimeIsOver)
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    hand(pick(story, request, *allotted(story, request)), request)
    pick(story, request, BEAMERS[0]).refused(RequestEnded)


def test_of_a_lot_so_many_are_picked_and_more_of_it_take_the_place_of_others() -> None:
    lot = card(
        MICROPHONES, said("话筒", 3, unit="支", worth=book("900.00"), class_code=BEAMER), place=WAREHOUSE
    )
    listed = on(MICROPHONES, Listed(listing=named_id("上架话筒"), loan=True), at=LONG_AGO)
    story = given(GROUND, store_of(2), lot, listed)
    request = ask(story, some(5))
    assert {MICROPHONES, *BEAMERS[:2]} == set(allotted(story, request))
    pick(story, request, MICROPHONES, quantity=4).refused(NotForThisRequest)
    pick(story, request, MICROPHONES, quantity=3).then(RequestUnitPicked)
    story = given(GROUND, store_of(2), lot, listed)
    request = ask(story, some(2))
    assert paper(story, request).units == {MICROPHONES: (0, 2)}, "the most free first"
    pick(story, request, BEAMERS[0]).then(
        (MICROPHONES, ReservationReleased), (MICROPHONES, Reserved), (BEAMERS[0], Reserved), RequestUnitExchanged, RequestUnitPicked,
    )  # fmt: skip
    assert story.thing(Asset, MICROPHONES).promises[request].quantity == 1
    assert story.thing(Asset, MICROPHONES).free(MIDWEEK, story.now) == 2
    pick(story, request, MICROPHONES).then(RequestUnitPicked)
    hand(story, request)
    assert story.refusal is None


def must_be_sound(story: Story, requests: list[UUID]) -> None:
    """Every request has what it was promised, on units that carry exactly that, and nothing is promised twice."""
    for id in requests:
        one = paper(story, id)
        if not one.ended:
            assert sum(held for _, held in one.units.values()) == sum(one.left.values())
        for unit, (_, held) in one.units.items():
            assert story.thing(Asset, unit).promises[id].quantity == held
        assert all(some <= one.units[unit][1] for unit, some in one.picked.items())
    for unit in BEAMERS:
        asset = story.thing(Asset, unit)
        assert all(unit in paper(story, id).units for id in asset.promises)
        for promise in asset.promises.values():
            assert free(1, asset.claims(story.now), promise.window) >= 0, "promised twice"


@pytest.mark.slow
@anything(st.data())
@settings(max_examples=40, deadline=None)
def test_however_units_are_scanned_nothing_is_promised_twice(data: st.DataObject) -> None:
    story = given(GROUND, store_of(5))
    windows = (MIDWEEK, Window(TUESDAY, WEDNESDAY), Window(WEDNESDAY, FRIDAY))
    requests: list[UUID] = []
    for who in ("health", "finance", "health"):
        line = data.draw(st.sampled_from([some(1), some(2), of(BEAMERS[0])]))
        window = data.draw(st.sampled_from(windows))
        asked = {"health": (XIE_ASKS, HEALTH), "finance": (QIN_ASKS, FINANCE)}[who]
        story.when(
            "submit_requests", as_=asked[0], body=asked[1], purpose="会议", lines=(line,), window=window
        )
        requests += story.answer.get("requests", [])
        for person in (LEI_APPROVES, SHI_APPROVES, NIU_APPROVES) if story.refusal is None else ():
            story.when("approve_request", as_=person, request=requests[-1])
    must_be_sound(story, requests)
    for _ in range(data.draw(st.integers(0, 12)) if requests else 0):
        request, unit = data.draw(st.sampled_from(requests)), data.draw(st.sampled_from(BEAMERS))
        action = data.draw(
            st.sampled_from(("pick_unit", "pick_unit", "pick_unit", "unpick_unit", "hand_over_request"))
        )
        more: dict[str, Any] = (
            {"receiver": BY_WANG, "partly": True} if action == "hand_over_request" else {"asset": unit}
        )
        story.when(action, as_=ANA_KEEPS, request=request, **more)
        must_be_sound(story, requests)
