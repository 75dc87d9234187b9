"""Long random histories of sharing: asked, decided, cut, scanned, handed over, returned, late; after every step what must hold holds.

What is free is counted a second time, slowly, from the papers alone: requests that hold or promise, loans that are out. The asset's own
fold, which every decision asks, must say the same for any window.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.asset import Asset
from domain.body import DutyPersonNamed
from domain.papers.loan import Loan, LoanOpened
from domain.papers.request import OPEN, Request, RequestState, RequestSubmitted
from domain.papers.request_reasons import CancelReason, RefusalReason
from domain.terms import Form
from domain.usecases.approving import LineCut
from domain.usecases.requesting import CartLine
from domain.usecases.returning import ReturnLine
from domain.values import Condition, Role, Window
from tests.asking import ASKING, LEI_APPROVES, NIU_APPROVES, THREE_LAPTOPS
from tests.examples import (
    ANA_KEEPS,
    BIN_A1,
    CHEN_MANAGES,
    EDUCATION,
    FINANCE,
    HEALTH,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, DESKTOP, LAPTOP
from tests.store_room import BY_WANG, WANG, XIE_ASKS
from tests.story import MONDAY, Story, given, on

QIN, SHI = named_id("person:秦岚"), named_id("person:石头")
QIN_ASKS, SHI_APPROVES = account_of(QIN), account_of(SHI)
GROUND = [
    *ASKING,
    *THREE_LAPTOPS,
    account(QIN, FINANCE, (Role.OFFICER, FINANCE)),
    account(SHI, FINANCE, (Role.APPROVER, FINANCE)),
    on(FINANCE, DutyPersonNamed(person=WANG)),
]
ASKERS = {HEALTH: XIE_ASKS, FINANCE: QIN_ASKS}
APPROVERS = {HEALTH: LEI_APPROVES, FINANCE: SHI_APPROVES, EDUCATION: NIU_APPROVES}
DAY, NOON = timedelta(days=1), timedelta(hours=3)
WORKING_DAYS = [day for day in range(1, 26) if day % 7 < 5]
"""Counted from a Monday: the counter is closed at weekends."""


def window(first: int, days: int) -> Window:
    """From noon of a working day to noon of another one."""
    start, end = WORKING_DAYS[first], WORKING_DAYS[min(first + days, len(WORKING_DAYS) - 1)]
    return Window(MONDAY + start * DAY + NOON, MONDAY + end * DAY + NOON + timedelta(hours=1))


WINDOWS = st.builds(window, st.integers(0, 10), st.integers(0, 5))


class AnySharing(RuleBasedStateMachine):
    """Two bodies want the same four laptops and ten chairs."""

    def __init__(self) -> None:
        super().__init__()
        self.story: Story = given(GROUND)

    def requests(self, *states: RequestState) -> list[Request]:
        return [
            one
            for one in self.papers(Request, RequestSubmitted)
            if one.state in (states or tuple(RequestState))
        ]

    def papers(self, kind: Any, opening: type) -> Iterator[Any]:
        for id, rows in self.story.log.streams.items():
            if isinstance(rows[0].fact, opening):
                yield self.story.thing(kind, id)

    def assets(self) -> list[Asset]:
        return [
            self.story.thing(Asset, id) for id, rows in self.story.log.streams.items() if rows[0].fact.TOPIC.startswith("asset.")
        ]  # fmt: skip

    def one_of(self, data: st.DataObject, *states: RequestState) -> Request | None:
        found = self.requests(*states)
        return data.draw(st.sampled_from(found), label="request") if found else None

    @rule(body=st.sampled_from([*ASKERS]), when=WINDOWS, what=st.sampled_from(("class", "laptop", "chairs")), quantity=st.integers(1, 6),
          partly=st.booleans())  # fmt: skip
    def ask(self, body: UUID, when: Window, what: str, quantity: int, partly: bool) -> None:
        line = {
            "class": CartLine(class_code=DESKTOP, quantity=quantity),
            "laptop": CartLine(asset=LAPTOP),
            "chairs": CartLine(asset=CHAIRS, quantity=quantity),
        }[what]
        self.story.when(
            "submit_requests",
            as_=ASKERS[body],
            body=body,
            purpose="会议",
            lines=(line,),
            window=when,
            form=Form.LOAN,
            partly=partly,
        )
        if self.story.refusal is None and not partly:
            made = [self.story.thing(Request, id) for id in self.story.answer["requests"]]
            assert sum(quantity for one in made for _, quantity in one.units.values()) == line.quantity

    @rule(
        data=st.data(),
        body=st.sampled_from([*ASKERS]),
        when=WINDOWS,
        quantity=st.integers(1, 3),
        scanned=st.booleans(),
    )
    def ask_and_be_promised(
        self, data: st.DataObject, body: UUID, when: Window, quantity: int, scanned: bool
    ) -> None:
        """A process that goes through, often up to the counter."""
        self.ask(body, when, "class", quantity, True)
        if self.story.refusal is not None:
            return
        made = [self.story.thing(Request, id) for id in self.story.answer["requests"]]
        for paper in made:
            self.everybody_says_yes(paper)
        if scanned:
            self.hand_over(data, True, False)

    @rule(data=st.data())
    def approve_all(self, data: st.DataObject) -> None:
        paper = self.one_of(data, RequestState.SUBMITTED)
        if paper is not None:
            self.everybody_says_yes(paper)

    def everybody_says_yes(self, paper: Request) -> None:
        """All whose turn it is, one after the other, until one may not."""
        while paper.waiting is not None and paper.state is RequestState.SUBMITTED:
            self.story.when("approve_request", as_=APPROVERS[paper.waiting], request=paper.id)
            if self.story.refusal is not None:
                return
            paper = self.story.thing(Request, paper.id)

    @rule(
        data=st.data(), who=st.sampled_from([*APPROVERS.values()]), cut=st.booleans(), shorter=st.booleans()
    )
    def decide(self, data: st.DataObject, who: UUID, cut: bool, shorter: bool) -> None:
        """Somebody says yes, or cuts it, whether or not it is his turn."""
        paper = self.one_of(data, *OPEN)
        if paper is None or paper.window is None:
            return
        input: dict[str, Any] = {"cuts": (LineCut(0, max(paper.lines[0].quantity - 1, 0)),)} if cut else {}
        if shorter:
            input["window"] = Window(paper.window.start, paper.window.start + timedelta(hours=1))
        self.story.when("approve_request", as_=who, request=paper.id, **input)

    @rule(data=st.data(), who=st.sampled_from([*APPROVERS.values()]))
    def refuse(self, data: st.DataObject, who: UUID) -> None:
        paper = self.one_of(data, RequestState.SUBMITTED)
        if paper is not None:
            self.story.when("refuse_request", as_=who, request=paper.id, why=RefusalReason.UNFIT)

    @rule(
        data=st.data(),
        how=st.sampled_from(("accept_change", "decline_change", "cancel_request", "lapse_request")),
    )
    def answer(self, data: st.DataObject, how: str) -> None:
        paper = self.one_of(data, *OPEN)
        if paper is not None:
            why = {"why": CancelReason.NOT_NEEDED} if how == "cancel_request" else {}
            self.story.when(how, as_=ASKERS[paper.body], request=paper.id, **why)

    @rule(data=st.data(), partly=st.booleans(), any_unit=st.booleans())
    def hand_over(self, data: st.DataObject, partly: bool, any_unit: bool) -> None:
        """Scans what was allotted, or anything there is, and hands over what was scanned."""
        paper = self.one_of(data, RequestState.APPROVED)
        if paper is None or paper.window is None:
            return
        self.story.now = max(self.story.now, paper.window.start)
        for asset, (_, quantity) in list(paper.units.items()):
            scanned = data.draw(st.sampled_from([one.id for one in self.assets()])) if any_unit else asset
            self.story.when(
                "pick_unit",
                as_=ANA_KEEPS,
                request=paper.id,
                asset=scanned,
                quantity=quantity if scanned == asset else 1,
            )
        self.story.when("hand_over_request", as_=ANA_KEEPS, request=paper.id, receiver=BY_WANG, partly=partly)

    @rule(
        data=st.data(),
        quantity=st.integers(1, 6),
        condition=st.sampled_from((Condition.GOOD, Condition.BROKEN)),
    )
    def take_back(self, data: st.DataObject, quantity: int, condition: Condition) -> None:
        out = [asset for asset in self.assets() if asset.outs]
        if out:
            asset = data.draw(st.sampled_from(out), label="asset")
            line = ReturnLine(asset=asset.id, quantity=min(quantity, asset.quantity), condition=condition)
            self.story.when("take_back", as_=ANA_KEEPS, lines=(line,), place=BIN_A1)
            assert self.story.refusal is None, "a return always lands"

    @rule(data=st.data(), days=st.integers(1, 10))
    def extend(self, data: st.DataObject, days: int) -> None:
        loans = [loan for loan in self.papers(Loan, LoanOpened) if loan.out]
        if loans:
            loan = data.draw(st.sampled_from(loans), label="loan")
            self.story.when("extend_loan", as_=ANA_KEEPS, loan=loan.id, due=loan.due + days * DAY)

    @rule(data=st.data())
    def inspect(self, data: st.DataObject) -> None:
        waiting = [asset.id for asset in self.assets() if asset.inspection_due]
        if waiting:
            self.story.when(
                "inspect", as_=ANA_KEEPS, asset=data.draw(st.sampled_from(waiting)), condition=Condition.GOOD
            )

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        listed = [asset.id for asset in self.assets() if asset.listing]
        if listed:
            self.story.when(
                "withdraw_listing", as_=CHEN_MANAGES, asset=data.draw(st.sampled_from(listed)), reason_="自用"
            )

    @rule(hours=st.sampled_from((1, 4, 26, 26, 80, 130)))
    def time_passes(self, hours: int) -> None:
        self.story.now += timedelta(hours=hours)

    @invariant()
    def no_more_is_promised_than_is_there(self) -> None:
        """By requests and loans; what broke or came back to be inspected meanwhile is not usable, so it is not asked."""
        for asset in self.assets():
            if asset.usable:
                assert asset.free(
                    Window(self.story.now, self.story.now + 400 * DAY), self.story.now
                ) >= 0 or self.is_known(asset)

    def is_known(self, asset: Asset) -> bool:
        """Something is late, or came back so that it was set apart: then there is a case for whoever was promised it."""
        late = any(out.due is not None and out.due <= self.story.now for out in asset.outs.values())
        return late or "promised_too_much" in asset.cases

    @invariant()
    def what_is_free_is_what_the_papers_leave(self) -> None:
        now = self.story.now
        claims = self.claims(now)
        for asset in self.assets():
            for start in (-1, 2, 9):
                asked = Window(now + start * DAY, now + (start + 3) * DAY)
                assert asset.free(asked, now) == asset.usable - peak(claims.get(asset.id, []), asked), asset

    def claims(self, now: datetime) -> dict[UUID, list[tuple[int, datetime, datetime | None]]]:
        """From the papers alone: (quantity, from, until); without an end, nobody knows."""
        found: dict[UUID, list[tuple[int, datetime, datetime | None]]] = {}
        for paper in self.requests(*OPEN):
            if paper.window is not None and (paper.due is None or paper.due > now):
                for asset, (_, quantity) in paper.units.items():
                    found.setdefault(asset, []).append((quantity, paper.window.start, paper.window.end))
        for loan in self.papers(Loan, LoanOpened):
            for asset, quantity in loan.out.items():
                due = loan.dues[asset]
                found.setdefault(asset, []).append((quantity, loan.opened, due if due > now else None))
        return found

    @invariant()
    def each_request_has_its_promises_and_none_beyond_its_end(self) -> None:
        promised = {
            (asset.id, paper): promise.quantity
            for asset in self.assets()
            for paper, promise in asset.promises.items()
        }
        wanted = {
            (asset, one.id): quantity
            for one in self.requests(*OPEN)
            for asset, (_, quantity) in one.units.items()
        }
        assert promised == wanted

    @invariant()
    def what_was_asked_is_handed_over_or_still_to_come(self) -> None:
        for paper in self.requests():
            handed = sum(paper.handed.values())
            assert handed + sum(paper.left.values()) <= sum(line.quantity for line in paper.lines)
            if paper.state is RequestState.FULFILLED:
                assert handed
                assert not any(paper.left.values())

    @invariant()
    def who_asked_never_decided_and_nobody_decided_twice(self) -> None:
        for paper in self.requests():
            people = [one.person for one in paper.decided]
            assert paper.asker not in people
            assert len(people) == len(set(people))


def peak(claims: list[tuple[int, datetime, datetime | None]], asked: Window) -> int:
    """The most that is claimed at once: looked at when the window begins, and whenever a claim begins in it."""
    moments = [asked.start, *(start for _, start, _ in claims if asked.start < start < asked.end)]
    return max(
        sum(quantity for quantity, start, end in claims if start <= moment and (end is None or moment < end)) for moment in moments
    )  # fmt: skip


TestAnySharing = pytest.mark.timeout(400)(pytest.mark.slow(AnySharing.TestCase))
TestAnySharing.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
