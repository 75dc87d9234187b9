"""What a screen offers on a loan or a damage case is what a command accepts: for anybody, at any point, permitted and accepted are one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as anything
from hypothesis import strategies as st

from domain.body import BodyMerged
from domain.command import Command, Envelope
from domain.papers.damage_case import DamageCase, DamageCause
from domain.papers.loan import LineOutcome, Loan, LoanLine
from domain.papers.outside_decision import DecisionRecorded, DecisionVerified, Matter, list_hash
from domain.papers.running_loan import NoExtension, RecallReason
from domain.refusals import Refusal
from domain.terms import LoanTerms, WaiverLimit
from domain.usecases.damage_rules import ON_DAMAGE, permitted_on_damage
from domain.usecases.loan_rules import ON_LOAN, permitted_on_loan
from domain.usecases.returning import ReturnLine
from domain.values import CONSOLE, Condition, Role
from tests.examples import (
    ABOLISHED,
    ANA_KEEPS,
    BEN_ASKS,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EVA_MANAGES,
    FRIDAY,
    HAN_AUDITS,
    HEALTH,
    OFFICES,
    WAREHOUSE,
    account,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, cny
from tests.store_room import (
    BAI_MANAGES,
    BY_WANG,
    IN_STORE,
    LIU_KEEPS,
    STORE_ROOM,
    TEN_CHAIRS,
    XIE,
    XIE_ASKS,
    by_hand,
)
from tests.story import MONDAY, Story, given, on
from tests.test_extending import set_terms
from tests.test_permitted_actions import branch

XIE_ASKS_HERE_TOO = on(XIE_ASKS, account(XIE, HEALTH, (Role.ASSET_MANAGER, EDUCATION)).facts[-1])
ZHAO = account(named_id("person:赵敏"), EDUCATION, (Role.APPROVER, EDUCATION))
PEOPLE = (
    ANA_KEEPS, LIU_KEEPS, BEN_ASKS, CHEN_MANAGES, BAI_MANAGES, XIE_ASKS, EVA_MANAGES, DING_APPROVES, HAN_AUDITS, ZHAO.stream, CONSOLE,
)  # fmt: skip
NEXT_MINUTE, MOMENT = timedelta(minutes=1), timedelta.resolution
DOCUMENT = named_id("减免批复")
BROKEN = ReturnLine(asset=LAPTOP, outcome=LineOutcome.DAMAGED, condition=Condition.BROKEN)
FEW = set_terms(LoanTerms(most_days=180, extensions=1, extension_days=90))


def begun() -> tuple[Story, UUID]:
    """Chairs and a laptop are out until Friday, sent with a carrier."""
    lines = (LoanLine(CHAIRS, 4), LoanLine(LAPTOP, 1))
    story = given(STORE_ROOM, ZHAO, XIE_ASKS_HERE_TOO, IN_STORE, TEN_CHAIRS, FEW).when(
        "dispatch", as_=ANA_KEEPS, lines=lines, borrower=HEALTH, carrier="顺丰", due=FRIDAY
    )
    return story, story.answer["loan"]


def steps(loan: UUID) -> dict[str, Any]:
    """What may have happened to it before; any of it may be refused."""
    back = {"as_": ANA_KEEPS, "place": WAREHOUSE}
    return {
        "received": ("receive", {"as_": BAI_MANAGES, "loan": loan, "receiver": by_hand(XIE)}),
        "asked": ("request_extension", {"as_": XIE_ASKS, "loan": loan, "due": FRIDAY + timedelta(days=9)}),
        "extended": ("extend_loan", {"as_": ANA_KEEPS, "loan": loan, "due": FRIDAY + timedelta(days=2)}),
        "recalled": (
            "recall_loan", {"as_": ANA_KEEPS, "loan": loan, "due": MONDAY + timedelta(days=1), "why": RecallReason.LENDER_NEEDS_IT},
        ),
        "some back": ("take_back", back | {"lines": (ReturnLine(asset=CHAIRS, quantity=4),)}),
        "laptop back": ("take_back", back | {"lines": (ReturnLine(asset=LAPTOP),)}),
        "laptop broken": ("take_back", back | {"lines": (BROKEN,)}),
        "liquidated": on(HEALTH, ABOLISHED),
        "merged": on(HEALTH, BodyMerged(into=EDUCATION, decree="甘编发〔2026〕9号", decree_date=MONDAY.date())),
    }  # fmt: skip


def on_loan_inputs(story: Story, action: str, loan: UUID) -> Iterator[dict[str, Any]]:
    """What anybody might send."""
    paper, soon = story.thing(Loan, loan), story.now + NEXT_MINUTE + MOMENT
    latest = max(filter(None, paper.dues.values()), default=soon)
    match action:
        case "request_extension" | "extend_loan":
            for asset in paper.out:
                yield {"loan": loan, "assets": (asset,), "due": max(paper.dues[asset] or soon, soon) + MOMENT}
            yield {"loan": loan, "due": max(latest, soon) + MOMENT}
        case "recall_loan":
            yield {"loan": loan, "due": soon, "why": RecallReason.LENDER_NEEDS_IT}
        case "refuse_extension":
            yield {"loan": loan, "why": NoExtension.ANOTHER_REASON}
        case "report_damage":
            for asset in (CHAIRS, LAPTOP):
                yield {"loan": loan, "asset": asset, "condition": Condition.BROKEN, "said": "坏了"}
        case "receive":
            yield {"loan": loan, "receiver": BY_WANG}
        case _:
            yield {"loan": loan}


def on_damage_inputs(story: Story, action: str, damage: UUID) -> Iterator[dict[str, Any]]:
    match action:
        case "assess_damage":
            yield {"damage": damage, "cause": DamageCause.WEAR}
        case "agree_compensation":
            yield {"damage": damage}
            yield {"damage": damage, "signature": BY_WANG}
        case "record_compensation_paid":
            owed = story.thing(DamageCase, damage).owed
            yield {"damage": damage, "amount": owed or cny(1), "scan": "ab" * 32}
        case _:
            yield {"damage": damage}
            yield {"damage": damage, "decision": DOCUMENT}


def looks(story: Story, who: UUID) -> Command:
    return Command(
        Envelope(account=who, command_id=who), "look", now=story.now + NEXT_MINUTE, read=story.log.read, owners=story.log.owners,
        new_id=lambda: who, open_loans=story.log.open_loans,
    )  # fmt: skip


def agrees(story: Story, who: UUID, action: str, no: Refusal | None, inputs: Any) -> None:
    """Offered exactly where somebody who means it is accepted; and what is not offered is refused for the same reason."""
    ends = [branch(story).when(action, as_=who, reason_="核实后办理", **input) for input in inputs]
    refused = [end.refusal for end in ends if end.refusal is not None]
    if no is None:
        assert len(refused) < len(ends), (
            f"{action} is offered, but {[(one.code, one.values) for one in refused]}"
        )
    else:
        assert {one.code for one in refused} == {no.code}, (
            f"{action} is not offered for {no.code}, but {refused}"
        )
        assert len(refused) == len(ends)


@pytest.mark.slow
@anything(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_offered_on_a_loan_is_accepted_and_nothing_else_is(data: st.DataObject) -> None:
    story, loan = begun()
    for name in data.draw(st.lists(st.sampled_from(sorted(steps(loan))), max_size=5, unique=True)):
        step = steps(loan)[name]
        if isinstance(step, tuple):
            story.when(step[0], **step[1])
        else:
            story.given(step)
        story.now += data.draw(st.sampled_from((NEXT_MINUTE, timedelta(days=1), timedelta(days=5))))
    who, action = data.draw(st.sampled_from(PEOPLE)), data.draw(st.sampled_from(sorted(ON_LOAN)))
    command = looks(story, who)
    answers = permitted_on_loan(command, command.load(Loan, loan))
    agrees(story, who, action, answers[action], list(on_loan_inputs(story, action, loan)))


@pytest.mark.parametrize("state", ["reported", "assessed", "agreed", "settled"])
@pytest.mark.parametrize("much", [False, True])
def test_what_is_offered_on_a_damage_case_is_accepted_and_nothing_else_is(state: str, much: bool) -> None:
    story, loan = begun()
    story.when(*[steps(loan)["laptop broken"][0]], **steps(loan)["laptop broken"][1])
    [damage] = story.answer["damages"]
    story.given(set_terms(WaiverLimit(from_value=cny(100 if much else 9000))))
    if state != "reported":
        story.when(
            "assess_damage",
            as_=CHEN_MANAGES,
            damage=damage,
            cause=DamageCause.NEGLECT,
            liable=HEALTH,
            amount=cny(500),
        )
    case = story.thing(DamageCase, damage)
    decided = DecisionRecorded(
        matter=Matter.COMPENSATION, body=EDUCATION, authority=OFFICES, number="甘机管函〔2026〕9号", dated=MONDAY.date(),
        list_hash=list_hash(case.items), scan="ab" * 32,
    )  # fmt: skip
    story.given(on(DOCUMENT, decided, DecisionVerified()))
    if state in ("agreed", "settled"):
        story.when("agree_compensation", as_=BAI_MANAGES, damage=damage)
    if state == "settled":
        story.when(
            "record_compensation_paid", as_=CHEN_MANAGES, damage=damage, amount=cny(500), scan="ab" * 32
        )
    assert story.refusal is None
    for who in PEOPLE:
        command = looks(story, who)
        answers = permitted_on_damage(command, command.load(DamageCase, damage))
        assert {*answers} == {*ON_DAMAGE}
        for action, no in answers.items():
            agrees(story, who, action, no, list(on_damage_inputs(story, action, damage)))
