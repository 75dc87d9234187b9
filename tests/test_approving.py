"""Deciding on a request: in order, by the right people, asked again on the day; and what must never come of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.asset import Asset
from domain.body import Relation, RelationSet
from domain.life.disposing import HeldForDisposal
from domain.life.pooling import Held, ListingWithdrawn, ReservationReleased, Reserved
from domain.papers.outside_decision import (
    DecisionNotVerified,
    DecisionOnOtherMatter,
    DecisionWithdrawn,
    ListChanged,
    Matter,
)
from domain.papers.request import (
    Request,
    RequestApproved,
    RequestEnded,
    RequestNotThere,
    RequestState,
    RequestStepApproved,
    RequestUnitExchanged,
)
from domain.papers.request_changes import RequestChangeAccepted, RequestChangeDeclined, RequestChangeProposed
from domain.papers.request_endings import RequestLapsed, RequestRefused
from domain.papers.request_reasons import CancelReason, LapseReason, RefusalReason
from domain.policies import HeldForDisposal as InDisposal
from domain.refusals import InvalidValue, NotYours, SamePerson
from domain.terms import ApprovalChain, ChainCase, Form, Scope, Step
from domain.usecases.approving import LineCut, NothingIsCut
from domain.usecases.holding import conflicts
from domain.usecases.pooling import LendingToOneself, NotFree, NotListed, ReasonMissing
from domain.usecases.request_rules import DecidedTwice, NotYourStep, TimeIsOver
from domain.usecases.transferring import NotTheAuthority
from domain.values import Role, Window
from tests.asking import (
    ASKING,
    LEI,
    LEI_APPROVES,
    MIDWEEK,
    NIU_APPROVES,
    SECOND_LAPTOP,
    THREE_LAPTOPS,
    WHOLE_WEEK,
    asked,
    laptop,
    of,
    offered,
    paper,
    some,
    wish,
)
from tests.examples import (
    ANA_KEEPS,
    BEN_ASKS,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EVA_MANAGES,
    FANG_ASKS,
    FINANCE,
    FRIDAY,
    HAN_AUDITS,
    HEALTH,
    LANZHOU_FINANCE,
    OFFICES,
    TAX,
    THURSDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, book, card, said
from tests.store_room import BAI_MANAGES, LISTING, XIE, XIE_ASKS, promised
from tests.story import MONDAY, given, on
from tests.test_permitted_on_request import looks

NEXT_MONTH = Window(MONDAY + timedelta(days=28), MONDAY + timedelta(days=58))
SCAN = "cd" * 32
OTHER = named_id("另一份申请")


def chain_of(*steps: Step) -> dict[str, Any]:
    """A chain that an administrator sets, for loans."""
    chain = ApprovalChain(cases=(ChainCase(form=Form.LOAN, steps=steps),))
    return {"scope": Scope(), "valid_from": MONDAY.date(), "document": "甘财资〔2026〕1号", "terms": chain}


def test_each_body_decides_in_its_turn_and_the_last_one_promises_the_goods() -> None:
    story, request = asked(of(LAPTOP))
    story.when("approve_request", as_=NIU_APPROVES, request=request).refused(NotYourStep)
    assert paper(story, request).waiting == HEALTH
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    story.then(
        RequestStepApproved(step=0, body=HEALTH, due=story.fact(RequestStepApproved).due), (LAPTOP, Held)
    )
    assert paper(story, request).waiting == EDUCATION
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(NotYourStep)
    story.when("approve_request", as_=NIU_APPROVES, request=request).then(
        RequestStepApproved, RequestApproved, (LAPTOP, Reserved)
    )
    made = paper(story, request)
    assert (made.state, made.waiting, made.due) == (RequestState.APPROVED, None, THURSDAY)
    assert story.thing(Asset, LAPTOP).promises[request].firm
    story.when("approve_request", as_=NIU_APPROVES, request=request).refused("REQUEST_NOT_THERE")


def test_every_step_holds_the_goods_anew_for_the_next() -> None:
    later = Window(FRIDAY, FRIDAY + timedelta(days=30))
    story, request = asked(of(LAPTOP), window=later)
    first = paper(story, request).due
    story.when("approve_request", as_=LEI_APPROVES, at=MONDAY + timedelta(days=2), request=request)
    due = paper(story, request).due
    assert first is not None
    assert due is not None
    assert due > first
    assert story.thing(Asset, LAPTOP).promises[request].until == due


@pytest.mark.parametrize(
    "who", [ANA_KEEPS, BEN_ASKS, CHEN_MANAGES, EVA_MANAGES, HAN_AUDITS, XIE_ASKS, BAI_MANAGES]
)
def test_nobody_but_an_approver_of_the_body_whose_turn_it_is_decides(who: UUID) -> None:
    story, request = asked(of(LAPTOP))
    story.when("approve_request", as_=who, request=request).refused(NotYours)
    story.when("refuse_request", as_=who, request=request, why=RefusalReason.UNFIT).refused(NotYours)


def test_an_approver_who_comes_too_early_or_too_late_hears_whose_turn_it_is() -> None:
    story, request = asked(of(LAPTOP))
    more: dict[str, dict[str, Any]] = {
        "approve_request": {},
        "refuse_request": {"why": RefusalReason.UNFIT},
    }
    for action, why in more.items():
        story.when(action, as_=NIU_APPROVES, request=request, **why).refused(NotYourStep, "request")
        assert story.refusal is not None
        assert story.refusal.values["body"] == "甘肃省卫生健康委员会"
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(NotYourStep, "request")
    assert story.refusal is not None
    assert story.refusal.values["body"] == "甘肃省教育厅"
    story.when("approve_request", as_=DING_APPROVES, request=request).refused(NotYours)


def test_a_body_that_would_decide_twice_decides_once_and_a_step_nobody_is_known_for_is_passed_over() -> None:
    """Across levels both superiors decide: Lanzhou has none, the education department's is the health department here."""
    superior = on(EDUCATION, RelationSet(relation=Relation.SUPERVISED_BY, other=OFFICES))
    story = given(ASKING, superior, account(LEI, LANZHOU_FINANCE, (Role.APPROVER, LANZHOU_FINANCE)))
    story.when("submit_requests", **wish(of(LAPTOP), as_=FANG_ASKS, body=LANZHOU_FINANCE))
    steps = paper(story, story.answer["requests"][0]).steps
    assert [(one.step, one.body) for one in steps] == [
        (Step.OWN_BODY, LANZHOU_FINANCE),
        (Step.SUPERIOR_OF_ASKER, None),
        (Step.HOLDER, EDUCATION),
        (Step.SUPERIOR_OF_HOLDER, OFFICES),
    ]


def test_a_chain_that_names_a_body_twice_asks_it_once() -> None:
    story = given(ASKING).when("set_approval_chain", **chain_of(Step.HOLDER, Step.OWN_BODY, Step.HOLDER))
    story.when("submit_requests", **wish(of(LAPTOP)))
    request = story.answer["requests"][0]
    assert paper(story, request).policy == 1
    story.when("approve_request", as_=NIU_APPROVES, request=request)
    story.when("approve_request", as_=LEI_APPROVES, request=request).then(
        RequestStepApproved, RequestApproved, Reserved
    )


def test_a_policy_that_changes_later_does_not_change_a_request() -> None:
    story, request = asked(of(LAPTOP))
    story.when("set_approval_chain", **chain_of(Step.HOLDER))
    assert [one.step for one in paper(story, request).steps] == [Step.OWN_BODY, Step.HOLDER]


def test_goods_of_great_value_are_decided_by_the_offices_administration_too() -> None:
    dear = [
        card(SECOND_LAPTOP, said(worth=book("250000.00")), place=named_id("甘肃省省级公物仓")),
        *offered(SECOND_LAPTOP),
    ]
    story = given(ASKING, dear).when("submit_requests", **wish(of(SECOND_LAPTOP)))
    request = story.answer["requests"][0]
    assert [one.body for one in paper(story, request).steps] == [HEALTH, EDUCATION, OFFICES]
    for who in (LEI_APPROVES, NIU_APPROVES, DING_APPROVES):
        story.when("approve_request", as_=who, request=request)
    assert paper(story, request).state is RequestState.APPROVED


def test_where_the_policy_has_no_case_for_a_form_the_holder_decides() -> None:
    story = given(ASKING).when("set_approval_chain", **chain_of(Step.HOLDER))
    story.when("submit_requests", **wish(of(LAPTOP), form=Form.TRANSFER, window=None))
    [step] = paper(story, story.answer["requests"][0]).steps
    assert (step.step, step.body) == (Step.HOLDER, EDUCATION)


def test_where_no_step_has_a_body_the_holder_decides() -> None:
    story = given(ASKING).when("set_approval_chain", **chain_of(Step.SUPERIOR_OF_ASKER))
    story.when("submit_requests", **wish(of(LAPTOP)))
    assert [one.body for one in paper(story, story.answer["requests"][0]).steps] == [None, EDUCATION]


# Must not happen.


def test_a_requester_who_approves() -> None:
    xie_may = account(XIE, HEALTH, (Role.OFFICER, HEALTH), (Role.APPROVER, HEALTH))
    story, request = asked(of(LAPTOP), before=on(XIE_ASKS, xie_may.facts[-1]))
    story.when("approve_request", as_=XIE_ASKS, request=request).refused(SamePerson)
    story.when("refuse_request", as_=XIE_ASKS, request=request, why=RefusalReason.UNFIT).refused(SamePerson)


def test_one_person_decides_one_step() -> None:
    both = on(LEI_APPROVES, account(LEI, HEALTH, (Role.APPROVER, EDUCATION)).facts[-1])
    story, request = asked(of(LAPTOP), before=both)
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(DecidedTwice)


def test_two_approved_requests_for_one_item() -> None:
    """Both held it once: the first hold ran out, somebody else was promised it, then the first is approved after all."""
    story, request = asked(of(LAPTOP), window=NEXT_MONTH)
    due = paper(story, request).due
    assert due is not None
    story.when("reserve_asset", at=due, asset=LAPTOP, body=TAX, window=NEXT_MONTH).then(Reserved)
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(NotFree, "lines.0")
    firm = [one for one in story.thing(Asset, LAPTOP).promises.values() if one.firm]
    assert [one.body for one in firm] == [TAX]


def test_an_approval_on_yesterday_s_availability() -> None:
    """The last step is decided on what is there at that moment: a promise that lands meanwhile stops it."""
    story, request = asked(of(LAPTOP), window=NEXT_MONTH)
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    due = paper(story, request).due
    assert due is not None
    story.when(
        "approve_request",
        as_=NIU_APPROVES,
        at=due,
        request=request,
        meanwhile_=[promised(to=TAX, window=NEXT_MONTH)],
    )
    story.refused(NotFree)
    assert story.thing(Asset, LAPTOP).free(NEXT_MONTH, due) == 0


def test_a_guard_read_stale() -> None:
    """The thing goes into a disposal case between the approver's decision and its append."""
    story, request = asked(of(LAPTOP))
    gone = on(LAPTOP, HeldForDisposal(disposal=OTHER))
    story.when("approve_request", as_=LEI_APPROVES, request=request, meanwhile_=[gone]).refused(InDisposal)


def test_a_loan_between_a_body_and_itself() -> None:
    """They become one body between asking and approving."""
    story, request = asked(of(LAPTOP))
    story.when(
        "merge_body", body=EDUCATION, into=HEALTH, decree="甘编发〔2026〕20号", decree_date=MONDAY.date()
    )
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(LendingToOneself)


def test_a_hold_that_outlives_its_deadline() -> None:
    story, request = asked(of(LAPTOP), window=NEXT_MONTH)
    due = paper(story, request).due
    assert due is not None
    assert not story.thing(Asset, LAPTOP).promises[request].binds(due)
    story.when("reserve_asset", at=due, asset=LAPTOP, body=TAX, window=NEXT_MONTH).then(Reserved)


def test_what_is_no_longer_offered_is_not_approved() -> None:
    story, request = asked(of(LAPTOP))
    story.given(on(LAPTOP, ListingWithdrawn(listing=LISTING)))
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(NotListed)


def test_nothing_is_approved_for_a_time_that_is_over() -> None:
    story, request = asked(of(LAPTOP))
    story.when("approve_request", as_=LEI_APPROVES, at=THURSDAY, request=request).refused(TimeIsOver)


# What is gone is exchanged.


def test_a_unit_that_is_gone_is_exchanged_for_another_of_the_class() -> None:
    story, request = asked(some(1), before=[laptop(SECOND_LAPTOP), *offered(SECOND_LAPTOP)])
    [before] = paper(story, request).units
    story.given(on(before, HeldForDisposal(disposal=OTHER)))
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    exchanged = story.fact(RequestUnitExchanged)
    assert (exchanged.gone, exchanged.quantity) == (before, 1)
    assert {*paper(story, request).units} == {exchanged.taken}
    story.then(
        RequestStepApproved, RequestUnitExchanged, (before, ReservationReleased), (exchanged.taken, Held)
    )


def test_a_particular_thing_is_exchanged_for_nothing() -> None:
    story, request = asked(of(LAPTOP), before=THREE_LAPTOPS)
    story.given(on(LAPTOP, HeldForDisposal(disposal=OTHER)))
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(InDisposal)


# Cut, agreed or not.


def test_an_approver_cuts_quantity_and_dates_and_whoever_asked_agrees() -> None:
    story, request = asked(of(CHAIRS, 8), of(LAPTOP), window=WHOLE_WEEK)
    story.when(
        "approve_request",
        as_=LEI_APPROVES,
        request=request,
        cuts=(LineCut(0, 5), LineCut(1, 0)),
        window=MIDWEEK,
    )
    story.then(RequestStepApproved, RequestChangeProposed, (CHAIRS, Held), (LAPTOP, ReservationReleased))
    made = paper(story, request)
    assert (made.state, made.waiting, made.window) == (RequestState.CHANGED, HEALTH, MIDWEEK)
    assert [line.quantity for line in made.lines] == [5, 0]
    assert story.thing(Asset, CHAIRS).free(WHOLE_WEEK, story.now) == 5
    story.when("approve_request", as_=NIU_APPROVES, request=request).refused(RequestNotThere)
    story.when("accept_change", as_=BEN_ASKS, request=request).refused(NotYours)
    story.when("accept_change", as_=BAI_MANAGES, request=request).then(RequestChangeAccepted, (CHAIRS, Held))
    story.when("approve_request", as_=NIU_APPROVES, request=request).then(
        RequestStepApproved, RequestApproved, Reserved
    )


def test_the_last_approver_s_cut_is_promised_when_it_is_agreed() -> None:
    story, request = asked(of(CHAIRS, 8))
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    story.when("approve_request", as_=NIU_APPROVES, request=request, cuts=(LineCut(0, 5),))
    assert not story.thing(Asset, CHAIRS).promises[request].firm
    story.when("accept_change", as_=XIE_ASKS, request=request).then(
        RequestChangeAccepted, RequestApproved, (CHAIRS, Reserved)
    )


def test_whoever_does_not_agree_ends_it_and_who_does_not_answer_lets_it_lapse() -> None:
    story, request = asked(of(CHAIRS, 8), window=Window(FRIDAY, FRIDAY + timedelta(days=20)))
    story.when("decline_change", as_=XIE_ASKS, request=request).refused(RequestNotThere)
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(0, 5),))
    due = paper(story, request).due
    assert due is not None
    assert due - story.now == timedelta(hours=48)
    other = story.when("decline_change", as_=XIE_ASKS, request=request).then(
        RequestChangeDeclined, ReservationReleased
    )
    assert paper(other, request).state is RequestState.CANCELLED
    story, request = asked(of(CHAIRS, 8), window=Window(FRIDAY, FRIDAY + timedelta(days=20)))
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(0, 5),))
    due = paper(story, request).due
    story.when("lapse_request", at=due, request=request)
    story.then(RequestLapsed(why=LapseReason.CHANGE_UNANSWERED), ReservationReleased)


@pytest.mark.parametrize(
    ("cut", "no"),
    [
        ({"cuts": (LineCut(0, 9),)}, InvalidValue),
        ({"cuts": (LineCut(1, 1),)}, InvalidValue),
        ({"cuts": (LineCut(0, 0),)}, InvalidValue),
        ({"cuts": (LineCut(0, 8),)}, NothingIsCut),
        ({"window": MIDWEEK}, NothingIsCut),
        ({"window": WHOLE_WEEK}, InvalidValue),
    ],
)
def test_a_cut_takes_something_away(cut: Any, no: Any) -> None:
    story, request = asked(of(CHAIRS, 8))
    story.when("approve_request", as_=LEI_APPROVES, request=request, **cut).refused(no)


def test_what_is_gone_can_be_cut_but_not_approved() -> None:
    story, request = asked(of(CHAIRS, 8), window=NEXT_MONTH)
    due = paper(story, request).due
    story.when("reserve_asset", at=due, asset=CHAIRS, body=TAX, window=NEXT_MONTH, quantity=6)
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(NotFree)
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(0, 4),))
    assert paper(story, request).state is RequestState.CHANGED


# Refused.


def test_a_refusal_has_a_reason_from_a_list_and_frees_the_goods() -> None:
    story, request = asked(of(LAPTOP))
    story.when("refuse_request", as_=LEI_APPROVES, request=request, why=RefusalReason.NOTED).refused(
        ReasonMissing
    )
    story.when(
        "refuse_request", as_=LEI_APPROVES, request=request, why=RefusalReason.JUSTIFICATION_INSUFFICIENT
    )
    story.then(
        RequestRefused(step=0, body=HEALTH, why=RefusalReason.JUSTIFICATION_INSUFFICIENT),
        (LAPTOP, ReservationReleased),
    )
    for action in ("approve_request", "refuse_request", "cancel_request"):
        why: dict[str, dict[str, Any]] = {
            "refuse_request": {"why": RefusalReason.UNFIT},
            "cancel_request": {"why": CancelReason.NOT_NEEDED},
        }
        story.when(action, request=request, **why.get(action, {})).refused(RequestEnded)


# A document from outside.


def document(
    story: Any, request: UUID, authority: UUID, *, matter: Matter = Matter.SHARING, listed: str = ""
) -> UUID:
    story.when(
        "record_decision", as_=BAI_MANAGES, matter=matter, body=HEALTH, authority=authority, number=f"甘卫办〔2026〕{uuid4().hex[:4]}号",
        dated=MONDAY.date(), list_hash=listed or paper(story, request).list_hash, scan=SCAN,
    )  # fmt: skip
    decision: UUID = story.answer["decision"]
    return decision


def test_a_verified_document_is_a_full_step_of_its_authority() -> None:
    story, request = asked(of(LAPTOP))
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    decision = document(story, request, EDUCATION)
    story.when("decide_request_by_document", as_=XIE_ASKS, request=request, decision=decision).refused(
        DecisionNotVerified
    )
    story.when("verify_decision", as_=XIE_ASKS, decision=decision)
    story.when("decide_request_by_document", as_=BEN_ASKS, request=request, decision=decision)
    story.then(
        RequestStepApproved(step=1, body=EDUCATION, decision=decision, due=THURSDAY),
        RequestApproved,
        Reserved,
    )


def test_a_document_of_another_authority_on_another_list_or_matter_decides_nothing() -> None:
    story, request = asked(of(LAPTOP))
    for authority, matter, listed, no in (
        (OFFICES, Matter.SHARING, "", NotTheAuthority),
        (HEALTH, Matter.TRANSFER, "", DecisionOnOtherMatter),
        (HEALTH, Matter.SHARING, "ef" * 32, ListChanged),
    ):
        decision = document(story, request, authority, matter=matter, listed=listed)
        story.when("verify_decision", as_=XIE_ASKS, decision=decision)
        story.when("decide_request_by_document", as_=XIE_ASKS, request=request, decision=decision).refused(no)


def test_a_document_on_the_list_before_it_was_cut_decides_nothing() -> None:
    story, request = asked(of(CHAIRS, 8))
    decision = document(story, request, EDUCATION)
    story.when("verify_decision", as_=XIE_ASKS, decision=decision)
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(0, 5),))
    story.when("accept_change", as_=XIE_ASKS, request=request)
    story.when("decide_request_by_document", as_=XIE_ASKS, request=request, decision=decision).refused(
        ListChanged
    )


def test_a_document_that_was_taken_back_since_stops_the_next_step() -> None:
    story, request = asked(of(LAPTOP))
    decision = document(story, request, HEALTH)
    story.when("verify_decision", as_=XIE_ASKS, decision=decision)
    story.when("decide_request_by_document", as_=BAI_MANAGES, request=request, decision=decision)
    story.when("take_back_decision", as_=BAI_MANAGES, decision=decision, reason_="录入有误")
    story.when("approve_request", as_=NIU_APPROVES, request=request).refused(DecisionWithdrawn)


def test_who_entered_a_document_has_not_decided_a_step() -> None:
    both = on(
        LEI_APPROVES, *account(LEI, HEALTH, (Role.OFFICER, HEALTH), (Role.APPROVER, EDUCATION)).facts[-2:]
    )
    story, request = asked(of(LAPTOP), before=both)
    decision = document(story, request, HEALTH)
    story.when("verify_decision", as_=XIE_ASKS, decision=decision)
    story.when("decide_request_by_document", as_=LEI_APPROVES, request=request, decision=decision)
    story.when("approve_request", as_=LEI_APPROVES, request=request).then(
        RequestStepApproved, RequestApproved, Reserved
    )


def test_whoever_took_over_the_asker_answers_for_its_requests() -> None:
    story, request = asked(of(LAPTOP))
    story.when(
        "merge_body", body=HEALTH, into=FINANCE, decree="甘编发〔2026〕21号", decree_date=MONDAY.date()
    )
    story.when("approve_request", request=request).refused("NO_STANDING")
    who = account_of(named_id("person:接收单位经办"))
    story.given(account(named_id("person:接收单位经办"), FINANCE, (Role.OFFICER, FINANCE)))
    story.when("cancel_request", as_=who, request=request, why=CancelReason.NOT_NEEDED)
    assert paper(story, request).state is RequestState.CANCELLED


def test_who_decides_sees_what_stands_in_the_way_and_beside_it() -> None:
    story, request = asked(of(CHAIRS, 8), of(LAPTOP), window=NEXT_MONTH)
    due = paper(story, request).due
    story.when("reserve_asset", at=due, asset=CHAIRS, body=TAX, window=NEXT_MONTH, quantity=6)
    story.given(on(LAPTOP, HeldForDisposal(disposal=OTHER)))
    command = looks(story, LEI_APPROVES)
    chairs, gone = conflicts(command, command.load(Request, request))
    assert (chairs.asset, chairs.quantity, chairs.can, [one.body for _, one in chairs.others]) == (
        CHAIRS,
        8,
        4,
        [TAX],
    )
    assert (gone.asset, gone.can) == (LAPTOP, 0)
    assert gone.why is not None
    assert gone.why.code == "HELD_FOR_DISPOSAL"
