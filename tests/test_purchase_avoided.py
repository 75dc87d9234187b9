"""A hand-over that spares a purchase counts once, when it is accepted."""

from uuid import UUID

from domain.asset import Asset
from domain.life.pooling import Listed
from domain.papers.pool_check import Need, PurchaseAvoided, Verdict
from domain.papers.request import (
    RequestState,
)
from domain.terms import Form
from domain.usecases.requesting import CartLine
from tests.counter import BEAMER, GROUND, MICROPHONES, allotted, ask, hand, paper, pick, store_of
from tests.examples import (
    DING_APPROVES,
    FRIDAY,
    HEALTH,
    TUESDAY,
    WAREHOUSE,
    named_id,
)
from tests.goods import book, card, cny, said
from tests.store_room import XIE_ASKS
from tests.story import LONG_AGO, Story, given, on


def certified_need(story: Story, quantity: int = 2) -> UUID:
    """The health department was told by a reviewer to take so many from the pool."""
    need = Need(
        class_code=BEAMER,
        function="会议投影",
        quantity=quantity,
        unit_price=cny(5000),
        start=TUESDAY,
        end=FRIDAY,
    )
    check: UUID = story.when(
        "apply_pool_check", as_=XIE_ASKS, body=HEALTH, purpose="会议室", lines=(need,)
    ).answer["pool_check"]
    verdicts = (Verdict(line=0, allot=quantity, may_buy=0),)
    story.when("review_pool_check", as_=DING_APPROVES, pool_check=check, verdicts=verdicts)
    assert story.refusal is None, story.refusal
    return check


def test_purchase_avoided_counts_once_at_the_accepted_hand_over() -> None:
    story = given(GROUND, store_of(2))
    check = certified_need(story)
    request = ask(story, CartLine(class_code=BEAMER, quantity=2, pool_check=check, pool_check_line=0))
    pick(story, request, *allotted(story, request))
    assert PurchaseAvoided not in {type(row.fact) for row in story.log.rows}, "an approval spares nothing yet"
    hand(story, request)
    counted = [row.fact for row in story.new if isinstance(row.fact, PurchaseAvoided)]
    assert (sum(one.quantity for one in counted), {one.request for one in counted}) == (2, {request})


def test_what_a_carrier_brings_counts_when_it_is_signed_for() -> None:
    story = given(GROUND, store_of(1))
    check = certified_need(story, 1)
    request = ask(story, CartLine(class_code=BEAMER, quantity=1, pool_check=check, pool_check_line=0))
    pick(story, request, *allotted(story, request))
    hand(story, request, receiver=None, carrier="顺丰速运")
    assert PurchaseAvoided not in {type(row.fact) for row in story.new}
    story.when("receive", as_=XIE_ASKS, loan=story.answer["loan"])
    assert story.fact(PurchaseAvoided).quantity == 1


def test_a_part_of_a_lot_for_good_counts_when_it_is_accepted_and_the_rest_stays_promised() -> None:
    lot = card(
        MICROPHONES, said("话筒", 5, unit="支", worth=book("900.00"), class_code=BEAMER), place=WAREHOUSE
    )
    listed = on(MICROPHONES, Listed(listing=named_id("上架话筒"), transfer=True), at=LONG_AGO)
    story = given(GROUND, lot, listed)
    check = certified_need(story, 4)
    line = CartLine(class_code=BEAMER, quantity=4, pool_check=check, pool_check_line=0)
    request = ask(story, line, form=Form.TRANSFER, window=None)
    pick(story, request, MICROPHONES, quantity=3)
    hand(story, request, partly=True)
    assert story.refusal is None, story.refusal
    assert story.fact(PurchaseAvoided).quantity == 3
    assert paper(story, request).left == {0: 1}
    assert story.thing(Asset, MICROPHONES).quantity == 2
    assert story.thing(Asset, MICROPHONES).promises[request].quantity == 1
    hand(pick(story, request, MICROPHONES), request)
    assert story.refusal is None, story.refusal
    assert paper(story, request).state is RequestState.FULFILLED
