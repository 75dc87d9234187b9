"""Decisions from outside: entered by one person, verified by another, about one exact list."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given as anything
from hypothesis import strategies as st

from domain.papers.outside_decision import (
    DecisionExpired,
    DecisionNotVerified,
    DecisionOnOtherMatter,
    DecisionRecorded,
    DecisionTakenBack,
    DecisionVerified,
    DecisionWithdrawn,
    ListChanged,
    ListItem,
    Matter,
    OutsideDecision,
    is_within,
    list_hash,
)
from domain.refusals import (
    AlreadyDone,
    InTheFuture,
    InvalidValue,
    NotYours,
    NumberTaken,
    Refusal,
    SamePerson,
    Unknown,
)
from domain.usecases.pooling import ReasonMissing
from tests.examples import BEN, BEN_ASKS, CHEN_MANAGES, EDUCATION, FANG_ASKS, FINANCE, FRIDAY, GANSU, TUESDAY
from tests.goods import CHAIRS, DESKS, cny
from tests.story import MONDAY, Story, given, on

LIST = [ListItem(asset=DESKS, quantity=10, value=cny("100.01")), ListItem(asset=CHAIRS, quantity=2)]
SCAN = "5f" * 32
DECISION: dict[str, Any] = {
    "matter": Matter.INTAKE,
    "body": EDUCATION,
    "authority": FINANCE,
    "number": "甘财资〔2026〕15号",
    "dated": date(2026, 2, 25),
    "list_hash": list_hash(LIST),
    "scan": SCAN,
}
ID = uuid4()


def entered(*more: DecisionVerified | DecisionTakenBack) -> Story:
    recorded = DecisionRecorded(**DECISION, expires=FRIDAY)
    return given(GANSU, on(ID, recorded, person=BEN), [on(ID, fact) for fact in more])


def test_one_person_enters_and_another_verifies() -> None:
    story = given(GANSU).when("record_decision", as_=BEN_ASKS, **DECISION).then(DecisionRecorded)
    decision = story.answer["decision"]
    story.when("verify_decision", as_=BEN_ASKS, decision=decision).refused(SamePerson)
    story.when("verify_decision", as_=CHEN_MANAGES, decision=decision).then((decision, DecisionVerified))
    story.when("verify_decision", as_=CHEN_MANAGES, decision=decision).refused(AlreadyDone)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"scan": "no hash"}, InvalidValue),
        ({"list_hash": "A" * 64}, InvalidValue),
        ({"number": " "}, InvalidValue),
        ({"authority": uuid4()}, Unknown),
        ({"body": uuid4()}, Unknown),
        ({"dated": date(2026, 3, 9)}, InTheFuture),
        ({"expires": MONDAY - timedelta(days=100)}, InvalidValue),
    ],
)
def test_a_document_is_entered_with_hashes_a_number_and_days_that_can_be(
    changed: dict[str, object], refusal: type[Refusal]
) -> None:
    given(GANSU).when("record_decision", as_=BEN_ASKS, **{**DECISION, **changed}).refused(refusal)


def test_the_same_document_is_not_entered_twice_for_one_list() -> None:
    story = given(GANSU).when("record_decision", as_=BEN_ASKS, **DECISION).then(DecisionRecorded)
    story.when("record_decision", as_=CHEN_MANAGES, **DECISION).refused(NumberTaken)
    another = {**DECISION, "list_hash": list_hash(LIST[:1])}
    story.when("record_decision", as_=CHEN_MANAGES, **another).then(DecisionRecorded)


def test_only_people_of_the_body_enter_and_verify() -> None:
    given(GANSU).when("record_decision", as_=FANG_ASKS, **DECISION).refused(NotYours)
    entered().when("verify_decision", as_=FANG_ASKS, decision=ID).refused(NotYours)


def test_taking_a_decision_back_needs_a_reason() -> None:
    story = (
        entered(DecisionVerified())
        .when("take_back_decision", as_=CHEN_MANAGES, decision=ID)
        .refused(ReasonMissing)
    )
    story.when("take_back_decision", as_=CHEN_MANAGES, decision=ID, reason_="文号录错").then(
        DecisionTakenBack
    )
    story.when("take_back_decision", as_=CHEN_MANAGES, decision=ID, reason_="文号录错").refused(AlreadyDone)


def test_what_was_taken_back_is_not_verified_any_more() -> None:
    entered(DecisionTakenBack()).when("verify_decision", as_=CHEN_MANAGES, decision=ID).refused(
        DecisionWithdrawn
    )


def must_carry(
    story: Story, matter: Matter = Matter.INTAKE, items: list[ListItem] = LIST, days: int = 0
) -> None:
    story.thing(OutsideDecision, ID).must_carry(matter, list_hash(items), MONDAY + timedelta(days=days))


def test_a_verified_decision_carries_exactly_its_list() -> None:
    must_carry(entered(DecisionVerified()))
    must_carry(entered(DecisionVerified()), items=LIST[::-1])


@pytest.mark.parametrize(
    "items",
    [
        LIST[:1],
        [*LIST, ListItem(asset=BEN)],
        [ListItem(asset=DESKS, quantity=11, value=cny("100.01")), LIST[1]],
        [ListItem(asset=DESKS, quantity=10, value=cny("100.02")), LIST[1]],
    ],
)
def test_a_changed_list_needs_a_new_decision(items: list[ListItem]) -> None:
    with pytest.raises(ListChanged):
        must_carry(entered(DecisionVerified()), items=items)


def test_an_unverified_decision_carries_nothing() -> None:
    with pytest.raises(DecisionNotVerified):
        must_carry(entered())


def test_a_decision_taken_back_carries_nothing() -> None:
    with pytest.raises(DecisionWithdrawn):
        must_carry(entered(DecisionVerified(), DecisionTakenBack()))


def test_a_decision_carries_nothing_from_the_instant_it_expires() -> None:
    must_carry(entered(DecisionVerified()), days=3)
    with pytest.raises(DecisionExpired):
        must_carry(entered(DecisionVerified()), days=4)


def test_a_decision_on_an_intake_is_none_on_a_disposal() -> None:
    with pytest.raises(DecisionOnOtherMatter):
        must_carry(entered(DecisionVerified()), Matter.DISPOSAL)


def test_five_and_five_point_nought_nought_are_the_same_value() -> None:
    assert list_hash([ListItem(asset=DESKS, value=cny(5))]) == list_hash(
        [ListItem(asset=DESKS, value=cny("5.00"))]
    )


ITEMS = st.lists(
    st.builds(
        ListItem,
        asset=st.sampled_from([DESKS, CHAIRS, None]),
        name=st.sampled_from(["", "桌"]),
        quantity=st.integers(1, 5),
    ),
    max_size=6,
)


@anything(ITEMS, st.randoms(use_true_random=False))
def test_the_hash_of_a_list_does_not_depend_on_its_order(items: list[ListItem], random: object) -> None:
    shuffled = sorted(items, key=lambda item: hash((str(random), item.quantity)))
    assert list_hash(items) == list_hash(shuffled)


@anything(ITEMS, ITEMS)
def test_what_is_carried_out_is_inside_what_was_approved(some: list[ListItem], more: list[ListItem]) -> None:
    assert is_within(some, [*more, *some])
    if some:
        assert not is_within([*some, *more, ListItem(asset=BEN)], [*more, *some])
        assert not is_within([*some, some[0]], some)


def test_the_day_of_a_document_may_be_today() -> None:
    today = {**DECISION, "dated": TUESDAY.date()}
    given(GANSU).when("record_decision", as_=BEN_ASKS, at=TUESDAY, **today).then(DecisionRecorded)


def test_a_decision_that_does_not_exist_cannot_be_verified() -> None:
    given(GANSU).when("verify_decision", decision=UUID(int=7)).refused(Unknown)
