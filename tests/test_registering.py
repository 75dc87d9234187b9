"""Registering: only accepted goods or an approved surplus get a card; numbers, class and value."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.asset import Asset, Existence, ValueType
from domain.body import BodyAbolished, BodyTookIn, NoStanding
from domain.cards import ClassNotInEdition, DepreciationAboveValue, FundingDoesNotAddUp, ValueNegative
from domain.life.registering import CardNumber, Numbered, Reclassified, Registered, Valued
from domain.life.splitting import Itemised
from domain.papers.acquisition import (
    AcceptanceRefused,
    AcceptanceSigned,
    AcceptedLine,
    AcquiredBy,
    AcquisitionClosed,
    AcquisitionLine,
    AcquisitionRecorded,
    DeliveredLine,
    DeliveryReceived,
    LineCarded,
    MoreThanDelivered,
    NotAccepted,
)
from domain.papers.outside_decision import (
    DecisionNotVerified,
    DecisionRecorded,
    DecisionVerified,
    ListChanged,
    ListItem,
    Matter,
    list_hash,
)
from domain.place import PlaceKind, PlaceOutOfUse, PlaceRegistered, PlaceTakenOutOfUse
from domain.policies import NotAlive, NotOnTheBooks, NotYourStore
from domain.refusals import (
    AlreadyDone,
    InTheFuture,
    InvalidValue,
    NotYours,
    NumberTaken,
    Refusal,
    SamePerson,
    TooMany,
    Unknown,
)
from domain.usecases.acquiring import TooFewInspectors
from domain.usecases.pooling import ReasonMissing
from domain.usecases.registering import NotInTheDecision, ValueIsFinal
from domain.values import ClassCode, Condition, Funding, Signature
from tests.examples import (
    ANA,
    BEN,
    BEN_ASKS,
    CHEN,
    CHEN_MANAGES,
    EDUCATION,
    EDUCATION_OFFICE,
    EVA,
    EVA_MANAGES,
    FANG_ASKS,
    FINANCE,
    GANSU,
    HEALTH,
    MA,
    OFFICES,
    STORES_COMPANY,
    WAREHOUSE,
    named_id,
)
from tests.goods import BATCH, DESKS, LAPTOP, TENTS, book, card, cny, said, uncarded
from tests.store_room import by_hand
from tests.story import MONDAY, Story, given, on

ACQUISITION, DECISION = uuid4(), uuid4()
LAPTOPS = AcquisitionLine(name="便携式计算机", quantity=3, value=cny(20997), unit="台")
BOUGHT: dict[str, Any] = {
    "body": EDUCATION,
    "how": AcquiredBy.PURCHASE,
    "lines": (LAPTOPS,),
    "supplier": "某科技公司",
    "funding": (Funding("财政拨款", cny(20000)), Funding("自有资金", cny(997))),
}
ONE_LAPTOP = said(worth=book("6999.00", fiscal="6999.00"))


def signed(*people: UUID) -> tuple[Signature, ...]:
    return tuple(by_hand(person) for person in people)


def bought(delivered: int = 3, accepted: int = 3) -> Story:
    """Ben bought three laptops; so many came, and so many were accepted by Chen and Ma."""
    recorded = AcquisitionRecorded(**BOUGHT, buyer=BEN)
    facts = [
        DeliveryReceived(lines=(DeliveredLine(0, delivered, Condition.NEW),)),
        AcceptanceSigned(lines=(AcceptedLine(0, accepted),), inspectors=signed(CHEN, MA)),
    ]
    return given(GANSU, on(ACQUISITION, recorded, *facts[: bool(delivered) + bool(accepted)]))


def register(story: Story, what: Any = ONE_LAPTOP, as_: UUID = CHEN_MANAGES, **more: Any) -> Story:
    wanted = {"said": what, "holder": EDUCATION, "basis": ACQUISITION, **more}
    return story.when("register_asset", as_=as_, **wanted)


def test_from_the_order_to_the_card() -> None:
    story = given(GANSU).when("record_acquisition", as_=BEN_ASKS, **BOUGHT).then(AcquisitionRecorded)
    paper = story.answer["acquisition"]
    story.when("receive_delivery", as_=CHEN_MANAGES, acquisition=paper, lines=(DeliveredLine(0, 3),)).then(
        DeliveryReceived
    )
    accepted: dict[str, Any] = {
        "acquisition": paper,
        "lines": (AcceptedLine(0, 2),),
        "inspectors": signed(CHEN, MA),
    }
    story.when("sign_acceptance", as_=CHEN_MANAGES, **accepted).then(AcceptanceSigned)
    number = CardNumber("预算管理一体化", "GD2026000007")
    register(story, basis=paper, custodian=BEN, card=number)
    story.then(Registered, Numbered, (paper, LineCarded))
    asset = story.thing(Asset, story.answer["asset"])
    assert (asset.existence, asset.holder, asset.custody.person) == (Existence.REGISTERED, EDUCATION, BEN)
    assert asset.number == story.answer["number"]
    assert [one.number for one in asset.numbers] == ["GD2026000007"]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"funding": (Funding("财政拨款", cny("20996.99")),)}, FundingDoesNotAddUp),
        ({"funding": ()}, FundingDoesNotAddUp),
        ({"lines": (AcquisitionLine(name="笔", quantity=0, value=cny(1)),)}, InvalidValue),
        ({"lines": (AcquisitionLine(name="笔", quantity=1, value=cny(-1)),)}, ValueNegative),
        ({"lines": ()}, TooMany),
        ({"body": HEALTH}, NotYours),
    ],
)
def test_what_is_acquired_is_paid_for_to_the_cent(changed: dict[str, Any], refusal: type[Refusal]) -> None:
    given(GANSU).when("record_acquisition", as_=BEN_ASKS, **{**BOUGHT, **changed}).refused(refusal)


def test_a_body_in_liquidation_acquires_nothing() -> None:
    story = given(GANSU, on(EDUCATION, BodyAbolished(decree="1", decree_date=date(2026, 1, 1))))
    story.when("record_acquisition", as_=BEN_ASKS, **BOUGHT).refused(NoStanding)


def test_more_than_was_ordered_may_be_delivered_but_not_accepted_twice() -> None:
    story = (
        bought(0, 0)
        .when("receive_delivery", acquisition=ACQUISITION, lines=(DeliveredLine(0, 4),))
        .then(DeliveryReceived)
    )
    accepted: dict[str, Any] = {"acquisition": ACQUISITION, "inspectors": signed(CHEN, MA)}
    story.when("sign_acceptance", lines=(AcceptedLine(0, 5),), **accepted).refused(MoreThanDelivered)
    story.when("sign_acceptance", lines=(AcceptedLine(0, 3),), **accepted).then(AcceptanceSigned)
    story.when("sign_acceptance", lines=(AcceptedLine(0, 2),), **accepted).refused(MoreThanDelivered)


@pytest.mark.parametrize("line", [DeliveredLine(1, 1), DeliveredLine(0, 0), DeliveredLine(-1, 1)])
def test_a_delivery_names_lines_that_there_are(line: DeliveredLine) -> None:
    bought(0, 0).when("receive_delivery", acquisition=ACQUISITION, lines=(line,)).refused(InvalidValue)


def test_the_buyer_does_not_inspect() -> None:
    accepted: dict[str, Any] = {"acquisition": ACQUISITION, "lines": (AcceptedLine(0, 1),)}
    bought(3, 0).when("sign_acceptance", **accepted, inspectors=signed(BEN, CHEN)).refused(
        SamePerson, "inspectors"
    )
    bought(3, 0).when("sign_acceptance", as_=BEN_ASKS, **accepted, inspectors=signed(CHEN, MA)).refused(
        SamePerson
    )


def test_two_people_inspect_and_one_person_is_not_two() -> None:
    accepted: dict[str, Any] = {"acquisition": ACQUISITION, "lines": (AcceptedLine(0, 1),)}
    bought(3, 0).when("sign_acceptance", **accepted, inspectors=signed(CHEN)).refused(TooFewInspectors)
    bought(3, 0).when("sign_acceptance", **accepted, inspectors=signed(CHEN, CHEN)).refused(TooFewInspectors)


def test_refused_goods_get_no_card() -> None:
    inspectors = signed(CHEN, MA)
    story = (
        bought(3, 0)
        .when("refuse_acceptance", acquisition=ACQUISITION, inspectors=inspectors)
        .refused(ReasonMissing)
    )
    story.when("refuse_acceptance", acquisition=ACQUISITION, inspectors=inspectors, reason_="屏幕破损").then(
        AcceptanceRefused
    )
    story.when(
        "sign_acceptance", acquisition=ACQUISITION, inspectors=inspectors, lines=(AcceptedLine(0, 1),)
    ).refused(AcquisitionClosed)
    register(story).refused(NotAccepted)


def test_there_is_no_card_before_the_acceptance_nor_for_more_than_was_accepted() -> None:
    register(bought(3, 0)).refused(NotAccepted)
    story = register(bought(3, 1)).then(Registered, LineCarded)
    register(story).refused(NotAccepted)


def test_the_cards_of_a_line_are_never_worth_more_than_it_cost() -> None:
    story = register(bought(), said(worth=book("20000"))).then(Registered, LineCarded)
    register(story, said(worth=book("997.01"))).refused(InvalidValue)
    register(story, said(worth=book("997"))).then(Registered, LineCarded)


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        (said(worth=book("6999", fiscal="6000")), FundingDoesNotAddUp),
        (said(worth=book("-1")), ValueNegative),
        (said(worth=book("10", "11")), DepreciationAboveValue),
        (said(worth=book("10"), class_code=ClassCode("gbt14885", "2010", "A02010105")), ClassNotInEdition),
        (said(), InvalidValue),
    ],
)
def test_a_card_keeps_the_rules_of_cards(what: Any, refusal: type[Refusal]) -> None:
    register(bought(), what).refused(refusal)


def test_a_card_says_that_it_is_no_fixed_asset() -> None:
    story = register(bought(), said("订书机", worth=book("35"), not_fixed_asset=True)).then(
        Registered, LineCarded
    )
    assert story.thing(Asset, story.answer["asset"]).not_fixed_asset


def test_a_card_is_for_the_body_that_acquired_or_a_division_of_it() -> None:
    register(bought(), holder=EDUCATION_OFFICE).then(Registered, LineCarded)
    register(bought(), holder=OFFICES, as_=EVA_MANAGES).refused(InvalidValue, "holder")
    register(bought(), as_=FANG_ASKS).refused(NotYours)


def test_no_card_is_acquired_in_the_future_or_rests_on_nothing() -> None:
    register(bought(), acquired=MONDAY + timedelta(days=1)).refused(InTheFuture)
    register(bought(), basis=uuid4()).refused(Unknown)
    register(bought(), basis=EDUCATION).refused(Unknown)


def test_whoever_runs_the_store_answers_for_what_is_registered_there() -> None:
    site = named_id("教育厅库房")
    rooms = PlaceRegistered(
        name="教育厅库房", kind=PlaceKind.SITE, code="EDU1", operator=STORES_COMPANY, owner=EDUCATION, time_zone="Asia/Shanghai"
    )  # fmt: skip
    story = register(bought().given(on(site, rooms)), place=site).then(Registered, LineCarded)
    assert story.thing(Asset, story.answer["asset"]).custody.body == STORES_COMPANY
    closed = bought().given(on(site, rooms, PlaceTakenOutOfUse()))
    register(closed, place=site).refused(PlaceOutOfUse)
    register(bought(), place=WAREHOUSE).refused(NotYourStore)


def test_a_body_abolished_while_its_card_is_written_gets_none() -> None:
    abolished = on(EDUCATION, BodyAbolished(decree="1", decree_date=date(2026, 1, 1)))
    register(bought(), meanwhile_=[abolished]).refused(NoStanding)


FOUND = [ListItem(name="投影仪", quantity=1, value=cny(3000)), ListItem(name="椅子", quantity=20)]


def surplus(*more: DecisionVerified, matter: Matter = Matter.SURPLUS) -> Story:
    recorded = DecisionRecorded(
        matter=matter,
        body=EDUCATION,
        authority=FINANCE,
        number="甘财资〔2026〕20号",
        dated=date(2026, 2, 1),
        list_hash=list_hash(FOUND),
        scan="1c" * 32,
    )
    return given(GANSU, on(DECISION, recorded, *more))


def test_an_approved_surplus_gets_its_card_once() -> None:
    projector: dict[str, Any] = {"basis": DECISION, "line": 0, "approved": tuple(FOUND)}
    story = register(surplus(DecisionVerified()), said("投影仪", worth=book("3000")), **projector).then(
        Registered
    )
    register(story, said("投影仪", worth=book("3000")), **projector).refused(AlreadyDone)


@pytest.mark.parametrize(
    ("what", "more", "refusal"),
    [
        (said("投影仪", worth=book("3000.01")), {}, NotInTheDecision),
        (said("幻灯机", worth=book("3000")), {}, NotInTheDecision),
        (said("椅子", 21, worth=book("300")), {"line": 1}, NotInTheDecision),
        (said("投影仪", worth=book("3000")), {"line": 2}, NotInTheDecision),
        (said("投影仪", worth=book("3000")), {"approved": tuple(FOUND[:1])}, ListChanged),
    ],
)
def test_a_surplus_is_registered_as_the_decision_says(
    what: Any, more: dict[str, Any], refusal: type[Refusal]
) -> None:
    story = surplus(DecisionVerified())
    register(story, what, **{"basis": DECISION, "line": 0, "approved": tuple(FOUND), **more}).refused(refusal)


def test_a_surplus_needs_a_verified_decision() -> None:
    what = said("投影仪", worth=book("3000"))
    register(surplus(), what, basis=DECISION, approved=tuple(FOUND)).refused(DecisionNotVerified)


def test_a_number_is_noted_and_older_ones_still_find_the_asset() -> None:
    story = given(GANSU, card(LAPTOP, said()))
    story.when("number_asset", as_=CHEN_MANAGES, asset=LAPTOP, issuer="finance", number=" GD1 ").then(
        Numbered
    )
    story.when("number_asset", as_=CHEN_MANAGES, asset=LAPTOP, issuer="finance", number="GD2").then(Numbered)
    assert [one.number for one in story.thing(Asset, LAPTOP).numbers] == ["GD1", "GD2"]
    assert story.log.owned["card", f"{EDUCATION}/finance/GD1"] == LAPTOP
    story.when("number_asset", as_=CHEN_MANAGES, asset=LAPTOP, issuer="finance", number="GD2").refused(
        AlreadyDone
    )


def test_a_number_is_unique_for_ever_per_body_and_issuer() -> None:
    story = given(
        GANSU, card(LAPTOP, said()), card(DESKS, said("办公桌")), card(TENTS, said("帐篷"), holder=HEALTH)
    )
    story.when("number_asset", asset=LAPTOP, issuer="finance", number="GD1").then(Numbered)
    story.when("number_asset", asset=DESKS, issuer="finance", number="GD1").refused(NumberTaken)
    story.when("number_asset", asset=DESKS, issuer="old label", number="GD1").then(Numbered)
    story.when("number_asset", asset=TENTS, issuer="finance", number="GD1").then(Numbered)


def test_two_who_give_one_number_at_the_same_moment_cannot_both_win() -> None:
    story = given(GANSU, card(LAPTOP, said()), card(DESKS, said("办公桌")))
    taken = on(
        DESKS, Numbered(card=CardNumber("finance", "GD1")), claims=[("card", f"{EDUCATION}/finance/GD1")]
    )
    story.when("number_asset", asset=LAPTOP, issuer="finance", number="GD1", meanwhile_=[taken]).refused(
        NumberTaken
    )


def test_a_card_that_is_closed_gets_no_number_class_or_value() -> None:
    story = given(GANSU, card(BATCH, said("桌椅", unit="批")), on(BATCH, Itemised(parts=(DESKS,))))
    story.when("number_asset", asset=BATCH, issuer="finance", number="GD1").refused(NotAlive)
    story.when(
        "reclassify_asset", asset=BATCH, class_code=ClassCode("gbt14885", "2022", "A02010104")
    ).refused(NotAlive)
    story.when("value_asset", asset=BATCH, book=book("1"), basis="x").refused(NotAlive)


def test_a_class_must_exist_in_its_edition() -> None:
    story = given(GANSU, card(LAPTOP, said()))
    new = ClassCode("gbt14885", "2022", "A02010104")
    story.when("reclassify_asset", as_=CHEN_MANAGES, asset=LAPTOP, class_code=new).then(Reclassified)
    story.when("reclassify_asset", as_=CHEN_MANAGES, asset=LAPTOP, class_code=new).refused(AlreadyDone)
    old = ClassCode("gbt14885", "2010", "A02010104")
    story.when("reclassify_asset", as_=CHEN_MANAGES, asset=LAPTOP, class_code=old).refused(ClassNotInEdition)
    story.when("reclassify_asset", as_=BEN_ASKS, asset=LAPTOP, class_code=new).refused(NotYours)


def test_an_estimate_becomes_final_once() -> None:
    estimated = said(worth=book("5000", kind=ValueType.ESTIMATED))
    story = given(GANSU, card(LAPTOP, estimated))
    story.when(
        "value_asset", as_=CHEN_MANAGES, asset=LAPTOP, book=book("4800", "10"), basis="发票 62002600111"
    ).then(Valued)
    assert story.thing(Asset, LAPTOP).book == book("4800", "10")
    story.when("value_asset", as_=CHEN_MANAGES, asset=LAPTOP, book=book("1"), basis="x").refused(ValueIsFinal)


@pytest.mark.parametrize(
    ("worth", "refusal"),
    [
        (book("-1"), ValueNegative),
        (book("5", fiscal="4"), FundingDoesNotAddUp),
        (book("5", "6"), DepreciationAboveValue),
    ],
)
def test_a_value_keeps_the_rules_of_values(worth: Any, refusal: type[Refusal]) -> None:
    given(GANSU, card(LAPTOP, said())).when("value_asset", asset=LAPTOP, book=worth, basis="x").refused(
        refusal
    )


def test_goods_on_nobody_s_books_are_registered_by_being_valued_by_somebody_else() -> None:
    story = given(GANSU, uncarded(TENTS, said("帐篷", 30, unit="顶"), person=ANA))
    story.when("number_asset", asset=TENTS, issuer="finance", number="GD1").refused(NotOnTheBooks)
    story.when("value_asset", as_=EVA_MANAGES, asset=TENTS, book=book("4500"), basis=" ").refused(
        InvalidValue
    )
    story.when("value_asset", as_=EVA_MANAGES, asset=TENTS, book=book("4500"), basis="评估报告").then(Valued)
    assert story.thing(Asset, TENTS).existence is Existence.REGISTERED


def test_who_keeps_the_goods_does_not_value_them() -> None:
    story = given(GANSU, uncarded(TENTS, said("帐篷", 30, unit="顶"), person=EVA))
    story.when("value_asset", as_=EVA_MANAGES, asset=TENTS, book=book("4500"), basis="评估报告").refused(
        SamePerson
    )


def test_a_value_that_nobody_knows_does_not_register_goods() -> None:
    story = given(GANSU, uncarded(TENTS, said("帐篷", 30, unit="顶"), person=ANA))
    nothing = book("0", kind=ValueType.NONE)
    story.when("value_asset", as_=EVA_MANAGES, asset=TENTS, book=nothing, basis="无").refused(InvalidValue)


def test_a_card_for_a_division_in_liquidation_is_noted_in_its_file_or_refused() -> None:
    story = given(GANSU, on(EDUCATION_OFFICE, BodyAbolished(decree="1", decree_date=date(2026, 1, 1))))
    story.given(on(ACQUISITION, AcquisitionRecorded(**BOUGHT, buyer=BEN)))
    register(story, holder=EDUCATION_OFFICE).refused(NoStanding)
    assert BodyTookIn not in {type(new.fact) for new in story.new}
