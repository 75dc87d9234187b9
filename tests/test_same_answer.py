"""The same claims, asked about in every way a thing is promised or kept: reserved, asked for, approved, handed over, extended.

However a lot of ten is held, promised, lent, overdue or being prepared: each way gives just as many as `Asset.free` says, and not one
more. What the read side shows of the same claims is in `test_availability_projection.py` and `test_one_truth.py`.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st

from domain.asset import Asset
from domain.life.lending import Lent, Returned
from domain.life.pooling import Held, Reserved
from domain.papers.loan import LoanLine, LoanOpened
from domain.usecases.extending import ExtensionClashes
from domain.usecases.pooling import NotFree
from domain.values import Condition, Signature, SignedBy, Window
from tests.asking import ASKING, LEI_APPROVES, of, wish
from tests.examples import ANA_KEEPS, CHEN_MANAGES, EDUCATION, HEALTH, OFFICES, TAX, WAREHOUSE, named_id
from tests.goods import CHAIRS
from tests.properties import at_most
from tests.store_room import BY_WANG, LOAN, WANG
from tests.story import MONDAY, Step, Story, given, on

NOW = MONDAY + timedelta(hours=10)
KINDS = ("promise", "kept ready", "hold", "loan", "coming back")
CLAIMS = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.integers(1, 2), st.integers(0, 60), st.integers(1, 50), st.integers(-9, 40),
        st.integers(0, 20),
    ),
    max_size=5,
)  # fmt: skip
WINDOWS = st.tuples(st.integers(1, 70), st.integers(1, 40))


def hours(count: int) -> timedelta:
    return timedelta(hours=count)


def claims(drawn: list[Any]) -> list[Step]:
    """Other bodies' claims on the chairs, as they were recorded on Monday at nine; some have lapsed or are overdue by ten o'clock."""
    steps = []
    for n, (kind, quantity, start, length, until, prepared) in enumerate(drawn):
        id = named_id(f"{kind}:{n}")
        window = Window(MONDAY + hours(start), MONDAY + hours(start + length))
        ready = window.end + hours(prepared) if prepared else None
        kept = NOW + hours(until)
        said: dict[str, Any] = {
            "reservation": id,
            "body": TAX,
            "quantity": quantity,
            "window": window,
            "ready": ready,
        }
        if kind == "promise":
            steps.append(on(CHAIRS, Reserved(**said), at=MONDAY))
        elif kind == "kept ready":
            steps.append(on(CHAIRS, Reserved(until=kept, **said), at=MONDAY))
        elif kind == "hold":
            steps.append(on(CHAIRS, Held(until=kept, **said), at=MONDAY))
        else:
            steps += out(id, quantity, kept, ready=kept + hours(prepared))
        if kind == "coming back":
            back = Returned(
                loan=id,
                quantity=quantity,
                condition=Condition.GOOD,
                operator=OFFICES,
                place=WAREHOUSE,
                ready=kept,
            )
            steps.append(on(CHAIRS, back, at=MONDAY + hours(1)))
    return steps


def out(
    loan: UUID, quantity: int, due: datetime, *, to: UUID = TAX, ready: datetime | None = None
) -> list[Step]:
    signed = Signature(named_id("person:安娜"), SignedBy.ACCOUNT)
    paper = LoanOpened(
        warehouse=WAREHOUSE, lender=EDUCATION, borrower=to, lines=(LoanLine(CHAIRS, quantity),), due=due, giver=signed,
        receiver=BY_WANG,
    )  # fmt: skip
    lent = Lent(
        loan=loan, borrower=to, person=WANG, quantity=quantity, condition=Condition.GOOD, due=due, ready=ready
    )
    return [on(loan, paper, at=MONDAY), on(CHAIRS, lent, at=MONDAY)]


def chairs(story: Story) -> Asset:
    return story.thing(Asset, CHAIRS)


@settings(max_examples=at_most(60), deadline=None)
@whatever(drawn=CLAIMS, asked=WINDOWS)
def test_as_many_are_promised_asked_for_and_approved_as_are_free_and_not_one_more(
    drawn: list[Any], asked: tuple[int, int]
) -> None:
    ground = [*ASKING, *claims(drawn)]
    window = Window(NOW + hours(asked[0]), NOW + hours(sum(asked)))
    free = max(chairs(given(ground)).free(window, NOW), 0)
    for quantity in {free, free + 1} - {0}:
        ways = {
            "reserve": given(ground).when(
                "reserve_asset",
                as_=CHEN_MANAGES,
                at=NOW,
                asset=CHAIRS,
                body=HEALTH,
                window=window,
                quantity=quantity,
            ),
            "cart": given(ground).when(
                "submit_requests", at=NOW, **wish(of(CHAIRS, quantity), window=window)
            ),
        }
        if quantity <= 10:
            ways["approval"] = approval(ground, quantity, window)
        for way, story in ways.items():
            no = story.refusal.code if story.refusal else ""
            assert no == ("" if quantity == free else NotFree.code), (way, free, quantity)


def approval(ground: list[Step], quantity: int, window: Window) -> Story:
    """Asked for when nobody else had anything, and approved when they had."""
    story = given(ASKING).when(
        "submit_requests", at=MONDAY - timedelta(minutes=1), **wish(of(CHAIRS, quantity), window=window)
    )
    story.given(*ground[len(ASKING) :])
    return story.when("approve_request", as_=LEI_APPROVES, at=NOW, request=story.answer["requests"][0])


@settings(max_examples=at_most(60), deadline=None)
@whatever(drawn=CLAIMS, lasts=st.integers(1, 90))
def test_as_many_are_handed_over_as_are_free_and_not_one_more(drawn: list[Any], lasts: int) -> None:
    ground = [*ASKING, *claims(drawn)]
    due = NOW + hours(lasts)
    free = max(chairs(given(ground)).free(Window(NOW, due), NOW), 0)
    for quantity in {free, free + 1} - {0}:
        story = given(ground).when(
            "lend",
            as_=ANA_KEEPS,
            at=NOW,
            lines=(LoanLine(CHAIRS, quantity),),
            borrower=HEALTH,
            receiver=BY_WANG,
            due=due,
        )
        assert (story.refusal is None) is (quantity == free), (free, quantity, story.refusal)


@settings(max_examples=at_most(60), deadline=None)
@whatever(drawn=CLAIMS, quantity=st.integers(1, 4), due=st.integers(1, 40), longer=st.integers(1, 60))
def test_a_loan_is_extended_for_as_many_as_are_free_then_and_not_for_one_more(
    drawn: list[Any], quantity: int, due: int, longer: int
) -> None:
    ground = [*ASKING, *claims(drawn), *out(LOAN, quantity, NOW + hours(due), to=HEALTH)]
    window = Window(NOW + hours(due), NOW + hours(due + longer))
    there = chairs(given(ground)).free(window, NOW, LOAN) >= quantity
    story = given(ground).when("extend_loan", as_=ANA_KEEPS, at=NOW, loan=LOAN, due=window.end)
    no = story.refusal.code if story.refusal else ""
    assert no == ("" if there else ExtensionClashes.code), window
