"""Offers: what may be listed, how long they stand, confirmed or not, taken back for own use, and shared where they stand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.asset import Asset, Flag
from domain.life.keeping import Flagged, Issued
from domain.life.lending import Inspected
from domain.life.pooling import (
    Held,
    Listed,
    ListingConfirmed,
    ListingTakenBack,
    ListingUnconfirmed,
    ListingWithdrawn,
    ReservationReleased,
)
from domain.papers.demand import DemandEntered
from domain.papers.request import Request, RequestDisplaced, RequestState
from domain.papers.request_endings import RequestUsed
from domain.papers.request_reasons import DisplacementReason
from domain.policies import Promised
from domain.refusals import InvalidValue, NotYours
from domain.terms import Form
from domain.usecases.pooling import NotListed, NotWiped, ReasonMissing
from domain.values import CLERK, Condition, Signature, SignedBy, Window
from tests.asking import ASKING, LEI_APPROVES, NIU_APPROVES, SECOND_LAPTOP, asked, laptop, of, offered, wish
from tests.examples import (
    ANA_KEEPS,
    BEN_ASKS,
    CHEN_MANAGES,
    EDUCATION,
    FANG_ASKS,
    FRIDAY,
    HEALTH,
    THURSDAY,
    TUESDAY,
    VIRTUAL_STORE,
    named_id,
)
from tests.goods import LAPTOP, book, card, said
from tests.store_room import BAI_MANAGES, IN_STORE, LISTING, STORE_ROOM, WITH_DISK, XIE_ASKS, listed, promised
from tests.story import MONDAY, given, on

AT_HOME = card(LAPTOP, said(worth=book("6999")))
IN_THE_VIRTUAL_STORE = card(LAPTOP, said(worth=book("6999")), place=VIRTUAL_STORE)
OWN_USE: dict[str, Any] = {"as_": CHEN_MANAGES, "asset": LAPTOP, "reason_": "本单位开学要用"}
CLERK_NOTES: dict[str, Any] = {"as_": CLERK, "asset": LAPTOP}


def test_what_stays_at_its_holder_s_is_to_be_confirmed_and_what_lies_in_the_warehouse_is_there_anyway() -> (
    None
):
    story = given(STORE_ROOM, AT_HOME).when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP)
    assert story.fact(Listed).confirm_by == story.now + timedelta(days=90), (
        "as the terms that are shipped say"
    )
    assert (
        given(STORE_ROOM, IN_THE_VIRTUAL_STORE)
        .when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP)
        .fact(Listed)
        .confirm_by
    )
    assert (
        given(STORE_ROOM, IN_STORE).when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP).fact(Listed).confirm_by
        is None
    )


def test_an_offer_that_nobody_confirms_shows_as_unconfirmed_by_time_alone_and_stays_on_offer() -> None:
    story = given(STORE_ROOM, AT_HOME).when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP)
    offer = story.thing(Asset, LAPTOP).listing
    assert offer is not None
    assert offer.confirm_by is not None
    before, then = offer.confirm_by - timedelta(seconds=1), offer.confirm_by
    assert (offer.unconfirmed(before), offer.unconfirmed(then), offer.live(then)) == (False, True, True)
    story.when("note_unconfirmed_listing", **CLERK_NOTES, at=before).then()
    story.when("note_unconfirmed_listing", **CLERK_NOTES, at=then)
    story.then(ListingUnconfirmed(listing=offer.id, holder=EDUCATION, confirm_by=then))
    story.when("note_unconfirmed_listing", **CLERK_NOTES).then()
    story.when("note_unconfirmed_listing", as_=CHEN_MANAGES, asset=LAPTOP).refused(NotYours)
    story.when("confirm_listing", as_=CHEN_MANAGES, asset=LAPTOP)
    story.then(ListingConfirmed(listing=offer.id, confirm_by=story.now + timedelta(days=90)))
    again = story.thing(Asset, LAPTOP).listing
    assert again is not None
    assert (again.unconfirmed(story.now), again.told, again.since) == (False, False, offer.since), (
        "the rounds go on"
    )


def test_an_offer_is_prolonged_when_it_is_confirmed_and_one_that_ran_out_is_listed_anew() -> None:
    story = given(STORE_ROOM, AT_HOME).when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP, until=THURSDAY)
    story.when("confirm_listing", as_=CHEN_MANAGES, asset=LAPTOP, until=MONDAY).refused(InvalidValue, "until")
    story.when("confirm_listing", as_=BAI_MANAGES, asset=LAPTOP).refused("NOT_YOUR_STORE")
    story.when("confirm_listing", as_=CHEN_MANAGES, asset=LAPTOP, until=FRIDAY).then(ListingConfirmed)
    story.when("confirm_listing", as_=CHEN_MANAGES, asset=LAPTOP).then(ListingConfirmed)
    offer = story.thing(Asset, LAPTOP).listing
    assert offer is not None
    assert offer.until == FRIDAY, "left out, the last day stays"
    story.when("confirm_listing", as_=CHEN_MANAGES, asset=LAPTOP, at=FRIDAY).refused(NotListed)
    story.when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP).then(Listed)


# Storage.


def test_a_device_with_storage_is_offered_only_when_it_has_been_wiped_since_somebody_used_it() -> None:
    story = given(STORE_ROOM, WITH_DISK)
    story.when("list_asset", as_=ANA_KEEPS, asset=LAPTOP).refused(NotWiped)
    story.when("inspect", as_=ANA_KEEPS, asset=LAPTOP, condition=Condition.GOOD, wiped=True).then(Inspected)
    story.when("list_asset", as_=ANA_KEEPS, asset=LAPTOP).then(Listed)
    story.when("withdraw_listing", as_=ANA_KEEPS, asset=LAPTOP, reason_="自用").then(ListingWithdrawn)
    hand = Signature(named_id("person:王"), SignedBy.PAPER, "ab" * 32)
    story.given(
        on(
            LAPTOP,
            Issued(body=EDUCATION, receiver=hand, giver=Signature(named_id("person:安娜"), SignedBy.ACCOUNT)),
        )
    )
    story.when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP).refused(NotWiped)


def test_an_offer_of_something_that_turns_out_to_have_storage_is_not_confirmed_before_it_was_wiped() -> None:
    story = given(STORE_ROOM, AT_HOME).when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP)
    story.given(on(LAPTOP, Flagged(flag=Flag.STORAGE_MEDIA)))
    story.when("confirm_listing", as_=CHEN_MANAGES, asset=LAPTOP).refused(NotWiped)


# Taken back for own use.


def test_a_holder_takes_back_for_own_use_what_is_promised_to_nobody_and_says_why() -> None:
    story = given(STORE_ROOM, AT_HOME, listed(LAPTOP))
    story.when("take_back_listing", as_=CHEN_MANAGES, asset=LAPTOP).refused(ReasonMissing)
    story.when("take_back_listing", **{**OWN_USE, "as_": ANA_KEEPS}).refused(NotYours)
    story.when("take_back_listing", **OWN_USE).then(ListingTakenBack(listing=LISTING, holder=EDUCATION))
    assert story.thing(Asset, LAPTOP).listing is None
    story.when("take_back_listing", **OWN_USE).refused(NotListed)


def test_what_is_promised_is_not_taken_back_for_own_use() -> None:
    story = given(STORE_ROOM, IN_STORE, listed(LAPTOP), promised())
    story.when("take_back_listing", **OWN_USE).refused(Promised)
    assert story.refusal is not None
    assert story.refusal.values["by"] == "甘肃省卫生健康委员会"
    story.when("take_back_listing", **OWN_USE, at=FRIDAY).then(ListingTakenBack)


def test_a_request_that_nobody_has_decided_loses_it_is_told_and_comes_first_in_the_queue() -> None:
    story, request = asked(of(LAPTOP))
    story.when("take_back_listing", **OWN_USE).then(
        ListingTakenBack, ReservationReleased, RequestDisplaced, DemandEntered
    )
    lost = story.fact(RequestDisplaced)
    assert (lost.why, [unit.asset for unit in lost.units]) == (DisplacementReason.NEEDED_BY_HOLDER, [LAPTOP])
    assert story.thing(Request, request).state is RequestState.DISPLACED
    assert story.fact(DemandEntered).first
    assert story.thing(Asset, LAPTOP).promises == {}


def test_a_turn_of_the_queue_is_not_taken_back() -> None:
    window = Window(TUESDAY, FRIDAY)
    turn = on(
        LAPTOP, Held(reservation=named_id("turn"), body=HEALTH, quantity=1, window=window, until=THURSDAY)
    )
    story = given(STORE_ROOM, IN_STORE, listed(LAPTOP), turn)
    story.when("take_back_listing", **OWN_USE).refused(Promised)
    story.when("take_back_listing", **OWN_USE, at=THURSDAY).then(ListingTakenBack)


# Shared where it stands.


def test_what_is_shared_in_place_is_asked_for_with_the_same_form_and_calendar_without_a_change_of_custody() -> (
    None
):
    story = given(ASKING).when("withdraw_listing", as_=CHEN_MANAGES, asset=LAPTOP, reason_="改为就地共享")
    story.when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP, loan=False, in_place=True).then(Listed)
    day = datetime(2026, 3, 10, 1, tzinfo=UTC)
    use: dict[str, Any] = {
        "as_": XIE_ASKS, "body": HEALTH, "purpose": "使用实验室", "lines": (of(LAPTOP),),
        "window": Window(day, day + timedelta(hours=3)),
    }  # fmt: skip
    story.when("submit_requests", **use, at=day - timedelta(hours=12)).refused("NOT_OFFERED")
    before = story.thing(Asset, LAPTOP)
    story.when("submit_requests", **use, form=Form.IN_PLACE)
    assert story.refusal is None, story.refusal
    asset = story.thing(Asset, LAPTOP)
    assert (asset.custody, asset.place, asset.outs) == (before.custody, before.place, {})
    assert asset.free(Window(day + timedelta(hours=1), day + timedelta(hours=2)), story.now) == 0
    assert asset.free(Window(day + timedelta(hours=3), day + timedelta(hours=4)), story.now) == 1, (
        "the next hour is free"
    )


def test_an_offer_says_in_which_form() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("list_asset", as_=ANA_KEEPS, asset=LAPTOP, loan=False).refused(InvalidValue, "loan")
    story.when("list_asset", as_=ANA_KEEPS, asset=LAPTOP, loan=False, in_place=True).then(Listed)
    offer = story.thing(Asset, LAPTOP).listing
    assert offer is not None
    assert (offer.loan, offer.transfer, offer.in_place) == (False, False, True)


@pytest.mark.parametrize("who", [BEN_ASKS, XIE_ASKS])
def test_only_the_holder_s_asset_manager_takes_back_for_own_use(who: Any) -> None:
    given(STORE_ROOM, IN_STORE, listed(LAPTOP)).when("take_back_listing", **{**OWN_USE, "as_": who}).refused(
        NotYours
    )


def test_who_is_done_earlier_says_so_and_the_rest_of_the_time_is_free_at_once() -> None:
    hours = Window(TUESDAY, TUESDAY + timedelta(hours=5))
    story = given(ASKING, laptop(SECOND_LAPTOP), *offered(SECOND_LAPTOP, in_place=True))
    story.when("submit_requests", **wish(of(SECOND_LAPTOP), form=Form.IN_PLACE, window=hours))
    [request] = story.answer["requests"]
    story.when("confirm_use", as_=XIE_ASKS, request=request).refused("REQUEST_NOT_THERE")
    story.when("approve_request", as_=NIU_APPROVES, request=request)
    story.when("confirm_use", as_=XIE_ASKS, request=request).refused("NOT_DUE_YET")
    done = TUESDAY + timedelta(hours=2)
    story.when("confirm_use", as_=FANG_ASKS, request=request, at=done).refused(NotYours)
    story.when("confirm_use", as_=XIE_ASKS, request=request, at=done).then(
        RequestUsed(until=done), ReservationReleased
    )
    assert story.thing(Asset, SECOND_LAPTOP).free(Window(done, hours.end), done) == 1
    assert story.thing(Request, request).state is RequestState.FULFILLED


def test_what_leaves_its_place_is_handed_over_and_not_confirmed_as_used() -> None:
    story, request = asked(of(LAPTOP), window=Window(TUESDAY, THURSDAY))
    for who in (LEI_APPROVES, NIU_APPROVES):
        story.when("approve_request", as_=who, request=request)
    story.when("confirm_use", as_=XIE_ASKS, request=request, at=TUESDAY).refused("NOT_USED_IN_PLACE")
