"""Nothing is promised or decided about a thing at a time before the books knew it; what physically happened lands."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.asset import Asset
from domain.life.correcting import TimeCorrected
from domain.life.keeping import CaseOpened
from domain.life.lending import Lent
from domain.life.pooling import Listed
from domain.papers.disposal_case import DisposalForm
from domain.papers.loan import LoanLine, LoanOpened
from domain.papers.slip import SlipIssued
from domain.policies import BeforeItWasHere
from domain.values import Condition, Window
from tests.examples import ANA_KEEPS, EDUCATION_OFFICE, FRIDAY, HEALTH, TUESDAY, named_id
from tests.goods import CHAIRS, LAPTOP
from tests.store_room import BY_WANG, BY_XIE, IN_STORE, LIU_KEEPS, SECOND_SHELF, STORE_ROOM, TEN_CHAIRS
from tests.story import HERE, LONG_AGO, Story, given

ONE = (LoanLine(LAPTOP, 1),)
WORKSHOP = named_id("维修公司")
IN_1990 = datetime(1990, 1, 1, tzinfo=HERE)
LEND: dict[str, Any] = {
    "as_": ANA_KEEPS,
    "lines": ONE,
    "borrower": HEALTH,
    "receiver": BY_WANG,
    "due": FRIDAY,
}
SEND: dict[str, Any] = {"lines": ONE, "borrower": HEALTH, "due": FRIDAY, "carrier": "顺丰速运"}
FIX: dict[str, Any] = {"workshop": WORKSHOP, "fault": "主板故障"}
WRITE_OFF: dict[str, Any] = {"reason_": "坏了", "evidence_": ("5f" * 32,)}


def room() -> Story:
    return given(STORE_ROOM, IN_STORE, TEN_CHAIRS)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lend", LEND),
        ("dispatch", SEND),
        ("list_asset", {"asset": LAPTOP}),
        ("reserve_asset", {"asset": LAPTOP, "body": HEALTH, "window": Window(TUESDAY, FRIDAY)}),
        ("issue_asset", {"asset": LAPTOP, "body": EDUCATION_OFFICE, "receiver": BY_XIE}),
        ("change_custodian", {"asset": LAPTOP, "body": EDUCATION_OFFICE, "receiver": BY_XIE}),
        ("propose_transfer", {"lines": ONE, "receiver": HEALTH}),
        ("apply_disposal", {"lines": ONE, "form": DisposalForm.SCRAPPING, **WRITE_OFF}),
        ("order_repair", {"asset": LAPTOP, **FIX}),
        ("split_lot", {"asset": CHAIRS, "quantity": 3}),
        ("see_condition", {"asset": LAPTOP, "condition": Condition.BROKEN}),
        ("inspect", {"asset": LAPTOP, "condition": Condition.GOOD}),
    ],
)
def test_no_promise_decision_or_look_is_dated_before_the_thing_was_known(
    name: str, said: dict[str, Any]
) -> None:
    room().when(name, **said, happened_=IN_1990).refused(BeforeItWasHere)


def test_from_its_first_day_on_it_may_be_promised_even_by_a_slow_clock() -> None:
    for when in (LONG_AGO, LONG_AGO - timedelta(minutes=4)):
        room().when("list_asset", asset=LAPTOP, happened_=when).then(Listed)
    room().when("list_asset", asset=LAPTOP, happened_=LONG_AGO - timedelta(minutes=6)).refused(
        BeforeItWasHere
    )


def test_what_physically_happened_lands_whatever_day_it_is_given() -> None:
    away = room().when("put_away", asset=LAPTOP, place=SECOND_SHELF, as_=LIU_KEEPS, happened_=IN_1990)
    assert away.thing(Asset, LAPTOP).place == SECOND_SHELF
    assert away.new[0].occurred_at == IN_1990
    story = room().when("lend", **LEND, already_happened=True, happened_=IN_1990)
    story.then(LoanOpened, Lent, SlipIssued, CaseOpened(case="breach:BEFORE_IT_WAS_HERE"))


def test_the_first_day_may_be_put_right_and_counts_from_then_on() -> None:
    story = room()
    story.when("correct_time", asset=LAPTOP, version=1, true_at=IN_1990, reason_="旧账").then(TimeCorrected)
    assert story.thing(Asset, LAPTOP).began == IN_1990
    story.when("list_asset", asset=LAPTOP, happened_=IN_1990 + timedelta(days=1)).then(Listed)
    story.when("correct_time", asset=LAPTOP, version=1, true_at=IN_1990 - timedelta(days=9), reason_="更早")


def test_a_part_is_a_card_since_it_was_split_off() -> None:
    story = room().when("split_lot", asset=CHAIRS, quantity=3)
    part = story.answer["part"]
    assert story.thing(Asset, part).began == story.now
    story.when("list_asset", asset=part, happened_=LONG_AGO).refused(BeforeItWasHere)
    story.when("list_asset", asset=part).then(Listed)
