"""Repairs: not lent meanwhile, there for the holder's account, back whatever the papers say, and too dear asks first."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain import policies as rule
from domain.asset import Asset, CustodyKind, Flag
from domain.body import BodyKind, DutyPersonNamed
from domain.life.disposing import HeldForDisposal
from domain.life.keeping import CaseOpened, CaseSettled, Flagged
from domain.life.lending import Lent
from domain.life.repairing import BackFromRepair, FaultReported, RepairBegun, RepairOver, SentForRepair
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import HeldForTransfer
from domain.papers.loan import LoanLine
from domain.papers.repair_order import (
    RepairAllowed,
    RepairCompleted,
    RepairDropped,
    RepairEnded,
    RepairOrdered,
    RepairOverLimit,
    RepairSent,
    RepairUneconomic,
)
from domain.papers.slip import SlipIssued
from domain.policy_data import REPAIR_SHARES, RepairShare, in_force
from domain.refusals import AlreadyDone, InvalidValue, NotYours, Refusal, SamePerson
from domain.usecases.pooling import ReasonMissing
from domain.usecases.repairing import StillAtTheWorkshop
from domain.values import Condition, Role, Signature, SignedBy
from tests.examples import (
    ANA_KEEPS,
    BEN,
    BEN_ASKS,
    BIN_A1,
    CHEN_MANAGES,
    EDUCATION,
    FRIDAY,
    GANSU,
    HEALTH,
    MA,
    account,
    account_of,
    body,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, book, card, cny, said
from tests.store_room import by_hand
from tests.story import MONDAY, Story, given, on

WORKSHOP, PAPER = named_id("维修公司"), named_id("单据")
WEI = named_id("person:魏敏")
WEI_APPROVES = account_of(WEI)
GROUND = [
    GANSU,
    body(WORKSHOP, "兰州电脑维修中心", kind=BodyKind.OUTSIDE),
    account(WEI, EDUCATION, (Role.APPROVER, EDUCATION)),
    card(LAPTOP, said(worth=book("6000", "1000")), place=BIN_A1, condition=Condition.REPAIRABLE),
    card(CHAIRS, said("椅子", 50, unit="把", worth=book("5000"))),
]


def ground(*steps: Any) -> Story:
    return given(GROUND, *steps)


def ordered(story: Story, **more: Any) -> UUID:
    story.when("order_repair", as_=ANA_KEEPS, asset=LAPTOP, workshop=WORKSHOP, fault="主板故障", **more)
    assert story.refusal is None, story.refusal
    repair: UUID = story.answer["repair"]
    return repair


def sent(story: Story) -> UUID:
    repair = ordered(story, estimate=cny(800))
    story.when("send_for_repair", as_=ANA_KEEPS, repair=repair).then(RepairSent, SentForRepair, SlipIssued)
    return repair


def test_the_whole_way_out_and_back() -> None:
    story = ground()
    story.when("report_fault", as_=ANA_KEEPS, asset=LAPTOP, fault="不能开机").then(FaultReported)
    repair = sent(story)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.custody.kind, laptop.custody.body) == (EDUCATION, CustodyKind.OUT, WORKSHOP)
    back = {"as_": ANA_KEEPS, "asset": LAPTOP, "place": BIN_A1, "condition": Condition.GOOD}
    story.when("take_back_from_repair", **back).then(BackFromRepair)
    story.when("complete_repair", as_=ANA_KEEPS, repair=repair, cost=cny("780.50"), parts="主板")
    story.then(RepairCompleted, RepairOver)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.repair, laptop.condition, laptop.place) == (None, Condition.GOOD, BIN_A1)
    assert laptop.usable == 1


def test_from_the_order_until_the_end_it_is_not_lent() -> None:
    story = ground(card(LAPTOP, said(), place=BIN_A1), on(HEALTH, DutyPersonNamed(person=MA)))
    repair = ordered(story)
    lend = {
        "as_": ANA_KEEPS, "lines": (LoanLine(LAPTOP, 1),), "borrower": HEALTH, "due": FRIDAY,
        "receiver": Signature(MA, SignedBy.PAPER, "5f" * 32),
    }  # fmt: skip
    story.when("lend", **lend).refused(rule.InRepair)
    story.when("complete_repair", as_=ANA_KEEPS, repair=repair, cost=cny(0))
    story.when("lend", **lend)
    assert story.refusal is None


GIVEN_OUT = Lent(
    loan=PAPER,
    borrower=HEALTH,
    person=MA,
    quantity=1,
    condition=Condition.GOOD,
    due=MONDAY + timedelta(days=9),
)
NOT_NOW: list[tuple[Any, type[Refusal]]] = [
    (RepairBegun(repair=PAPER), rule.InRepair),
    (HeldForDisposal(disposal=PAPER), rule.HeldForDisposal),
    (HeldForTransfer(transfer=PAPER, receiver=HEALTH), rule.BeingTransferred),
    (GIVEN_OUT, rule.OnLoan),
]


@pytest.mark.parametrize(("fact", "refusal"), NOT_NOW)
def test_no_repair_of_what_is_in_repair_lent_or_on_its_way_out(fact: Any, refusal: type[Refusal]) -> None:
    story = ground(on(LAPTOP, fact))
    story.when("order_repair", as_=ANA_KEEPS, asset=LAPTOP, workshop=WORKSHOP, fault="坏").refused(refusal)


def test_a_repair_over_the_policy_s_share_waits_for_somebody_else_s_decision() -> None:
    story = ground()
    story.when(
        "order_repair", as_=ANA_KEEPS, asset=LAPTOP, workshop=WORKSHOP, fault="主板", estimate=cny("3000.01")
    )
    story.then(RepairOrdered, RepairBegun, CaseOpened)
    repair = story.answer["repair"]
    assert story.thing(Asset, LAPTOP).cases == {"repair_over_limit"}
    story.when("send_for_repair", as_=ANA_KEEPS, repair=repair).refused(RepairOverLimit)
    story.when("allow_repair", as_=CHEN_MANAGES, repair=repair, reason_="-").refused(NotYours)
    story.when("allow_repair", as_=WEI_APPROVES, repair=repair).refused(ReasonMissing)
    story.when("allow_repair", as_=WEI_APPROVES, repair=repair, reason_="停产").then(
        RepairAllowed, CaseSettled
    )
    story.when("allow_repair", as_=WEI_APPROVES, repair=repair, reason_="停产").refused(AlreadyDone)
    story.when("send_for_repair", as_=ANA_KEEPS, repair=repair).then(RepairSent, SentForRepair, SlipIssued)


def test_who_ordered_it_does_not_allow_it() -> None:
    story = ground(account(WEI, EDUCATION, (Role.APPROVER, EDUCATION), (Role.ASSET_MANAGER, EDUCATION)))
    story.when(
        "order_repair", as_=WEI_APPROVES, asset=LAPTOP, workshop=WORKSHOP, fault="主板", estimate=cny(5000)
    )
    repair = story.answer["repair"]
    story.when("allow_repair", as_=WEI_APPROVES, repair=repair, reason_="-").refused(SamePerson)


def test_the_share_is_of_a_new_one_s_price_where_that_is_known() -> None:
    story = ground()
    ordered(story, estimate=cny(3500), replacement=cny(8000))
    assert not story.thing(Asset, LAPTOP).cases
    assert story.fact(RepairOrdered).limit == cny(4000)


def test_a_bill_over_the_limit_is_recorded_and_opens_a_case() -> None:
    story = ground()
    repair = ordered(story, estimate=cny(100))
    story.when("complete_repair", as_=ANA_KEEPS, repair=repair, cost=cny(4000))
    story.then(RepairCompleted, RepairOver, CaseOpened)


def test_not_worth_it_asks_for_a_disposal_decision_by_a_case() -> None:
    story = ground()
    repair = sent(story)
    story.when("declare_repair_uneconomic", as_=CHEN_MANAGES, repair=repair).refused(ReasonMissing)
    story.when("declare_repair_uneconomic", as_=CHEN_MANAGES, repair=repair, reason_="主板烧毁")
    story.then(RepairUneconomic, RepairOver, CaseOpened)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.condition, *laptop.cases) == (Condition.BROKEN, "repair_uneconomic")
    back = {"as_": ANA_KEEPS, "asset": LAPTOP, "place": BIN_A1, "condition": Condition.BROKEN}
    story.when("take_back_from_repair", **back).then(BackFromRepair)


def test_what_comes_back_lands_even_if_no_repair_explains_it() -> None:
    back = {"as_": ANA_KEEPS, "asset": LAPTOP, "place": BIN_A1, "condition": Condition.WORN}
    story = ground().when("take_back_from_repair", **back).then(BackFromRepair, CaseOpened)
    assert story.thing(Asset, LAPTOP).cases == {"stray_repair_return"}


def test_a_device_with_storage_is_wiped_after_a_workshop_had_it() -> None:
    story = ground(on(LAPTOP, Flagged(flag=Flag.STORAGE_MEDIA)))
    sent(story)
    back = {"as_": ANA_KEEPS, "asset": LAPTOP, "place": BIN_A1, "condition": Condition.GOOD}
    story.when("take_back_from_repair", **back)
    assert story.thing(Asset, LAPTOP).inspection_due


def test_it_is_completed_after_it_is_back_and_dropped_only_before_it_left() -> None:
    story = ground()
    repair = sent(story)
    story.when("complete_repair", as_=CHEN_MANAGES, repair=repair, cost=cny(1)).refused(StillAtTheWorkshop)
    story.when("drop_repair", as_=CHEN_MANAGES, repair=repair, reason_="-").refused(StillAtTheWorkshop)
    story = ground()
    repair = ordered(story)
    story.when("drop_repair", as_=ANA_KEEPS, repair=repair).refused(ReasonMissing)
    story.when("drop_repair", as_=ANA_KEEPS, repair=repair, reason_="自行修好").then(
        RepairDropped, RepairOver
    )
    story.when("send_for_repair", as_=ANA_KEEPS, repair=repair).refused(RepairEnded)
    story.when("complete_repair", as_=ANA_KEEPS, repair=repair, cost=cny(1)).refused(RepairEnded)


def test_one_person_never_signs_both_sides_of_the_gate_pass() -> None:
    story = ground()
    repair, ben = ordered(story), by_hand(BEN)
    story.when("send_for_repair", as_=ANA_KEEPS, repair=repair, giver=ben, receiver=ben).refused(SamePerson)
    story.when("send_for_repair", as_=BEN_ASKS, repair=repair).refused(rule.NotYourStore)


def test_the_broken_chairs_of_a_lot_are_split_off() -> None:
    story = ground().when("report_fault", as_=CHEN_MANAGES, asset=CHAIRS, fault="断腿", quantity=3)
    story.then(FaultReported, SplitOff, SplitFrom)
    chairs, broken = story.thing(Asset, CHAIRS), story.thing(Asset, story.answer["asset"])
    assert (chairs.quantity, chairs.condition) == (47, Condition.GOOD)
    assert (broken.quantity, broken.condition) == (3, Condition.REPAIRABLE)
    fault = {"as_": CHEN_MANAGES, "asset": CHAIRS, "fault": "断腿"}
    story.when("report_fault", **fault, quantity=90).refused(InvalidValue)
    story.when("report_fault", **fault, condition=Condition.GOOD).refused(InvalidValue)


def test_the_nearest_region_s_newest_number_holds() -> None:
    day = MONDAY.date()
    other = RepairShare(region="62", valid_from=day, source="test", percent=30)
    assert in_force((*REPAIR_SHARES, other), "6201", day).percent == 30
    assert in_force((*REPAIR_SHARES, other), "6201", day - timedelta(days=1)).percent == 50
    assert in_force((*REPAIR_SHARES, other), "61", day).percent == 50
