"""Two commands at the same moment: whatever is between the decision of one and its append, what comes of it is some order of the two.

The second runs to its end after the first has been decided and before it is appended. Then the first meets its guards: it is appended as
it was, or decided again. The state must be the one that one of the two orders gives, asset by asset and paper by paper.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.command import Command
from domain.papers.loan import Loan, LoanLine, LoanOpened
from domain.papers.request import OPEN, RequestState
from domain.papers.request_reasons import CancelReason
from domain.terms import Form
from domain.usecases.requesting import CartLine
from domain.usecases.returning import ReturnLine
from domain.values import Condition
from tests.examples import ANA_KEEPS, BIN_A1, CHEN_MANAGES, TAX
from tests.goods import CHAIRS, DESKTOP, LAPTOP
from tests.store_room import BY_WANG
from tests.story import Log, Story
from tests.test_sharing_property import APPROVERS, ASKERS, AnySharing, window

Asked = tuple[str, dict[str, Any]]


class Interrupted(Story):
    """A story in which something else happens between a decision and its append."""

    between: Callable[[], object] | None = None

    def _append(self, name: str, command: Command) -> bool:
        between, self.between = self.between, None
        if between is not None:
            between()
        return super()._append(name, command)


class TwoAtOnce(AnySharing):
    """From any state that sharing comes to, two people do something at once."""

    @rule(data=st.data())
    def two_at_once(self, data: st.DataObject) -> None:
        possible = list(self.possible(data))
        one, other = (data.draw(st.sampled_from(possible), label="command") for _ in range(2))
        orders = [self.told(one, other), self.told(other, one)]
        assert self.told_at_once(one, other) in orders, (one, other)

    def told(self, *asked: Asked) -> object:
        """What is so after one command and then the other."""
        story = self.fork(Story)
        for name, input in asked:
            story.when(name, at=self.story.now, **input)
        return so(story)

    def told_at_once(self, one: Asked, other: Asked) -> object:
        """What is so when the other comes to its end between the decision of the one and its append."""
        story, second = self.fork(Interrupted), Story([])
        second.log, second._ids = story.log, 10_000
        done = []

        def meanwhile() -> None:
            done.append(second.when(other[0], at=self.story.now, **other[1]))

        story.between = meanwhile
        story.when(one[0], at=self.story.now, **one[1])
        if not done:  # the first was refused: nothing was to be appended
            meanwhile()
        return so(story)

    def fork(self, kind: type[Story]) -> Any:
        """The same past once more."""
        story, log = kind([]), Log()
        log.rows, log.owned = [*self.story.log.rows], dict(self.story.log.owned)
        log.streams = {id: [*rows] for id, rows in self.story.log.streams.items()}
        story.log, story.now, story._ids = log, self.story.now, 1_000 + len(log.rows)
        return story

    def possible(self, data: st.DataObject) -> Iterator[Asked]:
        """What anybody may come to ask now."""
        when = window(data.draw(st.integers(0, 8)), 2)
        for body, asker in ASKERS.items():
            said = {"as_": asker, "body": body, "purpose": "会议", "window": when, "form": Form.LOAN}
            yield "submit_requests", said | {"lines": (CartLine(class_code=DESKTOP, quantity=2),)}
            yield "submit_requests", said | {"lines": (CartLine(asset=LAPTOP),)}
            yield "submit_requests", said | {"lines": (CartLine(asset=CHAIRS, quantity=6),)}
        for paper in self.requests(*OPEN):
            yield (
                "cancel_request",
                {"as_": ASKERS[paper.body], "request": paper.id, "why": CancelReason.NOT_NEEDED},
            )
            if paper.waiting in APPROVERS:
                yield "approve_request", {"as_": APPROVERS[paper.waiting], "request": paper.id}
            if paper.state is RequestState.APPROVED:
                for asset in paper.units:
                    yield "pick_unit", {"as_": ANA_KEEPS, "request": paper.id, "asset": asset}
                yield (
                    "hand_over_request",
                    {"as_": ANA_KEEPS, "request": paper.id, "receiver": BY_WANG, "partly": True},
                )
        due = self.story.now + timedelta(days=6)
        for one in self.assets():
            line = (LoanLine(one.id, 1),)
            yield "lend", {"as_": ANA_KEEPS, "lines": line, "borrower": TAX, "due": due, "receiver": BY_WANG}
            yield "see_condition", {"as_": ANA_KEEPS, "asset": one.id, "condition": Condition.BROKEN}
            if one.listing:
                yield "withdraw_listing", {"as_": CHEN_MANAGES, "asset": one.id, "reason_": "自用"}
            if one.outs:
                yield "take_back", {"as_": ANA_KEEPS, "lines": (ReturnLine(asset=one.id),), "place": BIN_A1}
        for loan in self.papers(Loan, LoanOpened):
            if loan.out and loan.due:
                yield "extend_loan", {"as_": ANA_KEEPS, "loan": loan.id, "due": loan.due + timedelta(days=7)}


def so(story: Story) -> object:
    """All that is so, without the ids that came into being meanwhile."""
    machine = AnySharing()
    machine.story = story
    assets = sorted(
        (
            asset.name, str(asset.place), asset.usable, asset.quantity, asset.listing is not None,
            sorted(str((one.body, one.quantity, one.window, one.firm)) for one in asset.promises.values()),
            sorted(str((out.custody.body, out.custody.kind, out.quantity, out.due)) for out in asset.outs.values()),
        )
        for asset in machine.assets()
    )  # fmt: skip
    requests = sorted(
        str(
            (
                one.body,
                one.state,
                [line.quantity for line in one.lines],
                one.window,
                sorted(one.units.values()),
                len(one.decided),
            )
        )
        for one in machine.requests()
    )
    loans = sorted(
        str((one.borrower, sorted(one.out.values()), one.closed)) for one in machine.papers(Loan, LoanOpened)
    )
    return assets, requests, loans


TestTwoAtOnce = pytest.mark.timeout(400)(pytest.mark.slow(TwoAtOnce.TestCase))
TestTwoAtOnce.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
