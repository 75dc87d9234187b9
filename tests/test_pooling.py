"""Offered in the pool, and promised for a window: who may, what may, and never more than there is."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.aggregate import Fact
from domain.asset import Asset, Flag, Title
from domain.body import NoStanding
from domain.life.disposing import HeldForDisposal
from domain.life.keeping import Flagged, MissingReported, TitleChanged
from domain.life.lending import Returned
from domain.life.pooling import Listed, ListingWithdrawn, ReservationReleased, Reserved
from domain.life.splitting import MergedAway
from domain.life.transferring import HeldForTransfer
from domain.policies import (
    BeingTransferred,
    CaseProperty,
    ConditionNotUsable,
    InspectionDue,
    NotAlive,
    NotInCustody,
    NotOnTheBooks,
    NotYourStore,
    OnLoan,
    Promised,
    TitleNotClear,
)
from domain.policies import HeldForDisposal as InDisposal
from domain.refusals import AlreadyDone, InvalidValue, NotYours, Refusal
from domain.usecases.lots import BelowPromises
from domain.usecases.pooling import AlreadyListed, LendingToOneself, NotFree, NotListed, ReasonMissing
from domain.values import Condition, Window
from tests.examples import (
    ABOLISHED,
    ANA_KEEPS,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EDUCATION_OFFICE,
    FRIDAY,
    HEALTH,
    LANZHOU_FINANCE,
    LAST_FRIDAY,
    NEXT_MONDAY,
    OFFICES,
    STORES_COMPANY,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
)
from tests.goods import CHAIRS, DESKS, LAPTOP, TENTS, card, said, uncarded
from tests.store_room import (
    BAI_MANAGES,
    IN_STORE,
    LISTING,
    LOAN,
    RESERVATION,
    STORE_ROOM,
    TEN_CHAIRS,
    lent,
    listed,
    promised,
)
from tests.story import MONDAY, given, on

MIDWEEK = Window(TUESDAY, THURSDAY)


@pytest.mark.parametrize("who", [ANA_KEEPS, CHEN_MANAGES])
def test_keeper_and_holder_offer_goods_in_the_pool_and_they_stay_where_they_are(who: UUID) -> None:
    story = given(STORE_ROOM, IN_STORE).when("list_asset", as_=who, asset=LAPTOP, until=FRIDAY)
    story.then(Listed(listing=story.answer["listing"], loan=True, until=FRIDAY))
    asset = story.thing(Asset, LAPTOP)
    assert (asset.place, asset.custody.body, asset.holder) == (WAREHOUSE, OFFICES, EDUCATION)


@pytest.mark.parametrize("who", [BAI_MANAGES, DING_APPROVES])
def test_nobody_else_offers_them(who: UUID) -> None:
    story = given(STORE_ROOM, IN_STORE).when("list_asset", as_=who, asset=LAPTOP)
    assert isinstance(story.refusal, NotYours | NotYourStore)


def test_there_is_one_live_listing_per_asset() -> None:
    given(STORE_ROOM, IN_STORE, listed()).when("list_asset", asset=LAPTOP).refused(AlreadyListed)


def test_an_offer_that_has_run_out_can_be_made_again() -> None:
    story = given(STORE_ROOM, IN_STORE).when("list_asset", asset=LAPTOP, until=TUESDAY).then(Listed)
    story.when("list_asset", at=TUESDAY - timedelta(seconds=1), asset=LAPTOP).refused(AlreadyListed)
    story.when("list_asset", at=TUESDAY, asset=LAPTOP).then(Listed)


@pytest.mark.parametrize("until", [MONDAY, LAST_FRIDAY, datetime(2027, 1, 1)])  # noqa: DTZ001  # without a zone: that is the point
def test_an_offer_ends_at_a_moment_that_is_still_to_come(until: datetime) -> None:
    given(STORE_ROOM, IN_STORE).when("list_asset", asset=LAPTOP, until=until).refused(InvalidValue, "until")


def test_an_offer_is_for_a_loan_or_for_good() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("list_asset", asset=LAPTOP, loan=False).refused(InvalidValue, "loan")
    story.when("list_asset", asset=LAPTOP, loan=False, transfer=True).then(Listed)


def test_goods_on_nobody_s_books_are_offered_as_a_loan_only() -> None:
    story = given(STORE_ROOM, uncarded(TENTS, said("帐篷", 4, unit="顶")))
    story.when("list_asset", asset=TENTS, transfer=True).refused(NotOnTheBooks)
    story.when("list_asset", asset=TENTS).then(Listed)


UNFIT: list[tuple[Fact, type[Refusal]]] = [
    (TitleChanged(title=Title.DISPUTED), TitleNotClear),
    (TitleChanged(title=Title.PLEDGED), TitleNotClear),
    (TitleChanged(title=Title.SEALED), TitleNotClear),
    (TitleChanged(title=Title.UNREGISTERED), TitleNotClear),
    (Flagged(flag=Flag.CASE_PROPERTY), CaseProperty),
    (MissingReported(liable=OFFICES), NotInCustody),
    (HeldForDisposal(disposal=LOAN), InDisposal),
    (HeldForTransfer(transfer=LOAN, receiver=HEALTH), BeingTransferred),
]


@pytest.mark.parametrize(("fact", "no"), UNFIT)
def test_only_what_may_be_shared_is_offered_or_promised(fact: Fact, no: type[Refusal]) -> None:
    story = given(STORE_ROOM, IN_STORE, on(LAPTOP, fact))
    story.when("list_asset", asset=LAPTOP).refused(no)
    story.when("reserve_asset", asset=LAPTOP, body=HEALTH, window=MIDWEEK).refused(no)


def test_what_is_on_loan_is_not_offered() -> None:
    given(STORE_ROOM, IN_STORE, lent()).when("list_asset", asset=LAPTOP).refused(OnLoan)


def test_what_is_no_longer_on_the_books_is_not_offered() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, on(CHAIRS, MergedAway(into=DESKS)))
    story.when("list_asset", asset=CHAIRS).refused(NotAlive)


def test_an_offer_is_withdrawn_with_a_reason() -> None:
    story = given(STORE_ROOM, IN_STORE, listed())
    story.when("withdraw_listing", as_=CHEN_MANAGES, asset=LAPTOP).refused(ReasonMissing, "reason")
    story.when("withdraw_listing", as_=CHEN_MANAGES, asset=LAPTOP, reason_="本单位自用").then(
        ListingWithdrawn(listing=LISTING)
    )
    story.when("withdraw_listing", asset=LAPTOP, reason_="又一次").refused(NotListed)


def test_an_offer_is_not_withdrawn_while_somebody_is_promised_it() -> None:
    story = given(STORE_ROOM, IN_STORE, listed(), promised())
    story.when("withdraw_listing", asset=LAPTOP, reason_="自用").refused(Promised)
    story.when("withdraw_listing", at=THURSDAY, asset=LAPTOP, reason_="无人来取").then(ListingWithdrawn)


def test_a_promise_is_made_to_another_body_for_a_window() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("reserve_asset", as_=ANA_KEEPS, asset=LAPTOP, body=HEALTH, window=MIDWEEK)
    story.then(Reserved(reservation=story.answer["reservation"], body=HEALTH, quantity=1, window=MIDWEEK))


def test_what_is_promised_to_one_body_is_refused_to_another_with_its_name() -> None:
    story = given(
        STORE_ROOM, IN_STORE, promised(), promised(id=LOAN, to=TAX, window=Window(FRIDAY, NEXT_MONDAY))
    )
    story.when("reserve_asset", asset=LAPTOP, body=LANZHOU_FINANCE, window=Window(WEDNESDAY, FRIDAY))
    story.refused(NotFree, "quantity")
    assert story.refusal is not None
    assert story.refusal.values["by"] == "甘肃省卫生健康委员会", (
        "who is in the way in that time, and nobody else"
    )
    assert story.refusal.values["free"] == 0
    story.when("reserve_asset", asset=LAPTOP, body=LANZHOU_FINANCE, window=Window(THURSDAY, FRIDAY)).then(
        Reserved
    )


def test_what_is_on_loan_is_promised_only_after_it_is_due() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(due=WEDNESDAY))
    story.when("reserve_asset", asset=LAPTOP, body=TAX, window=Window(TUESDAY, FRIDAY)).refused(NotFree)
    story.when("reserve_asset", asset=LAPTOP, body=TAX, window=Window(WEDNESDAY, FRIDAY)).then(Reserved)


def test_what_is_overdue_is_promised_to_nobody() -> None:
    story = given(STORE_ROOM, IN_STORE, lent(due=TUESDAY))
    story.when(
        "reserve_asset", at=TUESDAY, asset=LAPTOP, body=TAX, window=Window(FRIDAY, NEXT_MONDAY)
    ).refused(NotFree)
    assert story.refusal is not None
    assert story.refusal.values["by"] == "甘肃省卫生健康委员会"


def test_of_a_lot_never_more_is_promised_than_is_free_at_any_time_of_the_window() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS, promised(CHAIRS, 6), lent(CHAIRS, 3, to=TAX, due=WEDNESDAY))
    asked = {"asset": CHAIRS, "body": LANZHOU_FINANCE, "window": Window(MONDAY, NEXT_MONDAY)}
    story.when("reserve_asset", quantity=2, **asked).refused(NotFree)
    story.when("reserve_asset", quantity=1, **asked).then(Reserved)
    story.when("reserve_asset", asset=CHAIRS, body=TAX, window=Window(THURSDAY, FRIDAY), quantity=9).then(
        Reserved
    )


def test_a_promise_decided_on_an_older_state_is_decided_again() -> None:
    story = given(STORE_ROOM, IN_STORE)
    story.when("reserve_asset", asset=LAPTOP, body=TAX, window=MIDWEEK, meanwhile_=[promised()]).refused(
        NotFree
    )


@pytest.mark.parametrize(
    "body", [EDUCATION, EDUCATION_OFFICE], ids=["the holder itself", "one of its divisions"]
)
def test_no_body_is_promised_its_own_goods(body: UUID) -> None:
    given(STORE_ROOM, IN_STORE).when("reserve_asset", asset=LAPTOP, body=body, window=MIDWEEK).refused(
        LendingToOneself, "body"
    )


def test_a_body_without_standing_is_promised_nothing() -> None:
    story = given(STORE_ROOM, IN_STORE, on(HEALTH, ABOLISHED))
    story.when("reserve_asset", asset=LAPTOP, body=HEALTH, window=MIDWEEK).refused(NoStanding, "body")
    story.when("reserve_asset", asset=LAPTOP, body=STORES_COMPANY, window=MIDWEEK).refused(NoStanding, "body")


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_is_not_promised(quantity: int) -> None:
    given(STORE_ROOM, TEN_CHAIRS).when(
        "reserve_asset", asset=CHAIRS, body=HEALTH, window=MIDWEEK, quantity=quantity
    ).refused(InvalidValue, "quantity")


def test_a_window_that_is_over_is_not_promised() -> None:
    given(STORE_ROOM, IN_STORE).when(
        "reserve_asset", at=MONDAY, asset=LAPTOP, body=HEALTH, window=Window(LAST_FRIDAY, MONDAY)
    ).refused(InvalidValue, "window")


def test_what_has_to_be_inspected_is_not_promised_before() -> None:
    damaged = Returned(
        loan=LOAN, quantity=1, condition=Condition.GOOD, operator=OFFICES, place=WAREHOUSE, inspect=True
    )
    story = given(STORE_ROOM, IN_STORE, lent(), on(LAPTOP, damaged))
    story.when("reserve_asset", asset=LAPTOP, body=HEALTH, window=MIDWEEK).refused(InspectionDue)
    story.when("inspect", asset=LAPTOP, condition=Condition.BROKEN)
    story.when("reserve_asset", asset=LAPTOP, body=HEALTH, window=MIDWEEK).refused(ConditionNotUsable)


def test_a_promise_is_taken_back_with_a_reason_and_frees_its_time() -> None:
    story = given(STORE_ROOM, IN_STORE, promised())
    story.when("release_reservation", asset=LAPTOP, reservation=RESERVATION).refused(ReasonMissing)
    story.when("release_reservation", asset=LAPTOP, reservation=RESERVATION, reason_="会议取消").then(
        ReservationReleased(reservation=RESERVATION)
    )
    assert story.thing(Asset, LAPTOP).free(MIDWEEK, MONDAY) == 1
    story.when("release_reservation", asset=LAPTOP, reservation=RESERVATION, reason_="会议取消").refused(
        AlreadyDone
    )


def test_only_holder_or_keeper_take_a_promise_back() -> None:
    given(STORE_ROOM, IN_STORE, promised()).when(
        "release_reservation", as_=BAI_MANAGES, asset=LAPTOP, reservation=RESERVATION, reason_="-"
    ).refused(NotYourStore)


def test_a_promise_on_a_lot_holds_the_lot_together() -> None:
    given(STORE_ROOM, TEN_CHAIRS, promised(CHAIRS, 9)).when("split_lot", asset=CHAIRS, quantity=2).refused(
        BelowPromises
    )


def test_at_a_virtual_site_the_holder_s_own_people_promise() -> None:
    at_home = card(LAPTOP, said(), holder=HEALTH)
    story = given(STORE_ROOM, at_home)
    story.when("reserve_asset", as_=BAI_MANAGES, asset=LAPTOP, body=TAX, window=MIDWEEK).then(Reserved)
    given(STORE_ROOM, at_home).when(
        "reserve_asset", as_=ANA_KEEPS, asset=LAPTOP, body=TAX, window=MIDWEEK
    ).refused(NotYourStore)
