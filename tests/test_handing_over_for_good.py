"""What is used in place is not handed over; what was approved for good goes on a transfer paper, with what was decided."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.asset import Asset, CustodyKind
from domain.body import Relation, RelationSet
from domain.life.pooling import Listed
from domain.life.transferring import HeldForTransfer
from domain.papers.loan import LoanLine
from domain.papers.outside_decision import DecisionExpired, DecisionRecorded, DecisionVerified, Matter
from domain.papers.request import (
    RequestState,
)
from domain.papers.transfer import Side, Transfer, TransferApproved, TransferConsented, TransferProposed
from domain.policies import InspectionDue
from domain.terms import Form
from domain.usecases.pooling import NotFree
from domain.usecases.request_rules import UsedInPlace
from domain.usecases.returning import ReturnLine
from domain.values import Condition, Role
from tests.asking import LEI, LEI_APPROVES, MIDWEEK, NIU, of
from tests.counter import (
    BEAMERS,
    GROUND,
    allotted,
    ask,
    hand,
    paper,
    pick,
    promises,
    some,
    store_of,
)
from tests.examples import (
    ANA_KEEPS,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    FINANCE,
    HEALTH,
    MA,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import card, said
from tests.store_room import BAI, BY_WANG, XIE, XIE_ASKS
from tests.story import LONG_AGO, MONDAY, Story, given, on


def test_what_is_used_in_place_is_not_handed_over() -> None:
    room = named_id("会议室")
    listed = on(room, Listed(listing=named_id("上架会议室"), in_place=True), at=LONG_AGO)
    story = given(GROUND, card(room, said("会议室")), listed)
    request = ask(story, of(room), form=Form.IN_PLACE)
    story.when("pick_unit", as_=account_of(named_id("person:陈晓梅")), request=request, asset=room).refused(
        UsedInPlace
    )
    assert story.thing(Asset, room).custody.kind is CustodyKind.CUSTODIAN


def given_for_good(*more: Any) -> tuple[Story, UUID]:
    story = given(GROUND, store_of(1), more)
    return story, ask(story, of(BEAMERS[0]), form=Form.TRANSFER, window=None)


def test_for_good_it_goes_on_a_transfer_paper_with_the_consents_of_the_request() -> None:
    story, request = given_for_good()
    pick(story, request, BEAMERS[0])
    hand(story, request)
    assert story.refusal is None, story.refusal
    proposed = story.fact(TransferProposed)
    assert (proposed.giver, proposed.receiver, proposed.request) == (EDUCATION, HEALTH, request)
    transfer = story.thing(Transfer, story.answer["transfer"])
    assert set(transfer.consents) == {Side.GIVER, Side.RECEIVER}
    assert set(transfer.consents.values()) == {LEI, NIU}, "who decided, not who handed over"
    assert paper(story, request).state is RequestState.FULFILLED
    assert promises(story, BEAMERS[0]) == set(), "held by the transfer now, not by the request"


def test_what_the_request_has_decided_is_handed_over_at_once_and_the_holder_changes() -> None:
    story, request = given_for_good()
    hand(pick(story, request, BEAMERS[0]), request)
    transfer = story.thing(Transfer, story.answer["transfer"])
    assert (transfer.missing, transfer.closed) == ((), True)
    assert story.thing(Asset, BEAMERS[0]).holder == HEALTH


def test_a_decision_that_the_request_does_not_have_is_waited_for() -> None:
    """Since it was approved another authority has become the one that decides for the giver."""
    story, request = given_for_good(account(MA, TAX, (Role.APPROVER, TAX)))
    story.given(on(EDUCATION, RelationSet(relation=Relation.OFFICES_ADMINISTRATION, other=TAX), at=MONDAY))
    hand(pick(story, request, BEAMERS[0]), request)
    transfer = story.thing(Transfer, story.answer["transfer"])
    assert {type(row.fact) for row in story.new} >= {HeldForTransfer, TransferConsented}
    assert transfer.missing == ("decision",)
    assert story.thing(Asset, BEAMERS[0]).holder == EDUCATION
    story.when("approve_transfer", as_=account_of(MA), transfer=transfer.id, authority=TAX).then(
        TransferApproved
    )
    story.when("hand_over_transfer", as_=CHEN_MANAGES, transfer=transfer.id, receiver=BY_WANG)
    assert story.refusal is None, story.refusal
    assert story.thing(Asset, BEAMERS[0]).holder == HEALTH


@pytest.mark.parametrize("form", [Form.LOAN, Form.TRANSFER])
def test_a_document_that_decided_a_step_must_still_be_alive_when_it_is_handed_over(form: Form) -> None:
    story = given(GROUND, store_of(1))
    lines = {"lines": (of(BEAMERS[0]),), "form": form, "window": MIDWEEK if form is Form.LOAN else None}
    story.when("submit_requests", as_=XIE_ASKS, body=HEALTH, purpose="会议", **lines)
    request, document = story.answer["requests"][0], named_id("批复")
    entered = DecisionRecorded(
        matter=Matter.SHARING, body=HEALTH, authority=EDUCATION, number="甘教函〔2026〕8号", dated=date(2026, 3, 1),
        list_hash=paper(story, request).list_hash, scan="cd" * 32, expires=WEDNESDAY,
    )  # fmt: skip
    story.given(
        on(document, entered, at=MONDAY, person=XIE), on(document, DecisionVerified(), at=MONDAY, person=BAI)
    )
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    story.when("decide_request_by_document", as_=XIE_ASKS, request=request, decision=document)
    if form is Form.TRANSFER:
        story.when("approve_request", as_=DING_APPROVES, request=request)
    assert paper(story, request).state is RequestState.APPROVED, story.refusal
    pick(story, request, BEAMERS[0])
    hand(story, request, at=WEDNESDAY + timedelta(hours=1)).refused(DecisionExpired)
    if form is Form.LOAN:
        past_it = {
            "lines": (LoanLine(BEAMERS[0], 1),),
            "borrower": HEALTH,
            "receiver": BY_WANG,
            "due": THURSDAY,
        }
        story.when("lend", as_=ANA_KEEPS, reservation=request, **past_it).refused(DecisionExpired)
    story.now = TUESDAY
    hand(story, request)
    assert story.refusal is None, story.refusal


def test_what_was_approved_for_good_is_not_lent_instead() -> None:
    story, request = given_for_good()
    lend = {
        "as_": ANA_KEEPS,
        "lines": (LoanLine(BEAMERS[0], 1),),
        "borrower": HEALTH,
        "receiver": BY_WANG,
        "due": THURSDAY,
    }
    story.when("lend", **lend).refused(NotFree)
    story.when("lend", reservation=request, **lend).refused(NotFree)


def test_a_picked_unit_waits_for_its_inspection() -> None:
    story = given(GROUND, store_of(1))
    request = ask(story, some(1))
    [one] = allotted(story, request)
    story.when(
        "lend",
        as_=ANA_KEEPS,
        lines=(LoanLine(one, 1),),
        borrower=FINANCE,
        receiver=BY_WANG,
        due=TUESDAY - timedelta(hours=1),
    )
    assert story.refusal is None, story.refusal
    back = ReturnLine(asset=one, condition=Condition.BROKEN)
    story.when("take_back", as_=ANA_KEEPS, lines=(back,), place=WAREHOUSE)
    pick(story, request, one).refused(InspectionDue, "asset")
