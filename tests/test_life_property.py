"""Long random histories: whatever anybody asks, in whatever order, what must always hold holds after every request."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from domain.aggregate import encode
from domain.asset import Asset, CustodyKind, Existence, Kind
from domain.availability import Claim, free
from domain.command import Envelope
from domain.life.keeping import CaseOpened
from domain.life.on_loan import LoanExtended
from domain.papers.damage_case import DamageCause, DamageReported
from domain.papers.loan import LineOutcome, Loan, LoanBecameInternal, LoanLine, LoanOpened
from domain.papers.running_loan import RecallReason
from domain.papers.slip import SlipIssued
from domain.usecases.lots import FOR_EVER
from domain.usecases.returning import ReturnLine
from domain.values import CONSOLE, Condition, Window
from projections.desk import Desk, Reused, recorded
from projections.store.recorder import Append, NewEvent, Recorder
from tests.clusters import Database
from tests.examples import (
    ANA_KEEPS,
    BEN_ASKS,
    BIN_A1,
    CHEN_MANAGES,
    EDUCATION,
    EDUCATION_OFFICE,
    EVA_MANAGES,
    HEALTH,
    NEXT_YEAR,
    TAX,
    WAREHOUSE,
)
from tests.goods import CHAIRS, DESKS, LAPTOP, book, card, said
from tests.plausible import PLAUSIBLE, REASON
from tests.store_room import (
    BAI_MANAGES,
    BY_WANG,
    BY_XIE,
    LIU_KEEPS,
    SECOND_SHELF,
    STORE_ROOM,
    TEN_CHAIRS,
    WITH_DISK,
    XIE_ASKS,
)
from tests.story import FOUNDATION, HERE, Story, flat, given

GOODS = [WITH_DISK, TEN_CHAIRS, card(DESKS, said("办公桌", 6, unit="张", worth=book("600.00")))]
PIECES, WORTH = 1 + 10 + 6, "8599.00"
PEOPLE = (ANA_KEEPS, LIU_KEEPS, CHEN_MANAGES, BEN_ASKS, BAI_MANAGES, XIE_ASKS, EVA_MANAGES)
BODIES = (HEALTH, TAX, EDUCATION, EDUCATION_OFFICE)
ACTIONS = (
    "change_custodian", "inspect", "issue_asset", "list_asset", "put_away", "release_reservation", "report_found",
    "report_missing", "see_condition", "settle_case", "split_lot", "turn_in", "withdraw_listing",
)  # fmt: skip
SOME_TIME = st.sampled_from([timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), timedelta(days=3)])
HOLDS_HERE = {CustodyKind.CUSTODIAN, CustodyKind.UNACCOUNTED}
HOLDS_OUT = {CustodyKind.OUT, CustodyKind.TRANSIT}


class AnyLife(RuleBasedStateMachine):
    """Anybody asks for anything: most of it by the rules, some of it not."""

    def __init__(self) -> None:
        super().__init__()
        self.story: Story = given(STORE_ROOM, GOODS)

    def assets(self) -> list[Asset]:
        return [
            self.story.thing(Asset, id)
            for id, rows in self.story.log.streams.items()
            if rows[0].fact.TOPIC.startswith("asset.")
        ]

    def papers(self) -> Iterator[tuple[Loan, LoanOpened, bool]]:
        for id, rows in self.story.log.streams.items():
            opened = rows[0].fact
            if isinstance(opened, LoanOpened):
                inside = any(isinstance(row.fact, LoanBecameInternal) for row in rows)
                yield self.story.thing(Loan, id), opened, inside

    def asks(self, data: st.DataObject, action: str, **input: Any) -> None:
        """A refusal is an answer like any other; anything else that is raised fails the test."""
        who = data.draw(st.sampled_from([*PEOPLE, CONSOLE, CONSOLE, CONSOLE]), label="who")
        self.story.when(action, as_=who, **REASON, **input)

    def one(self, data: st.DataObject) -> Asset:
        found = self.assets()
        return found[data.draw(st.integers(0, len(found) - 1), label="asset")]

    @rule(data=st.data(), action=st.sampled_from(ACTIONS))
    def any_action(self, data: st.DataObject, action: str) -> None:
        inputs = list(PLAUSIBLE[action](self.story, CONSOLE, self.one(data)))
        self.asks(data, action, **data.draw(st.sampled_from(inputs)))

    @rule(
        data=st.data(),
        hours=st.integers(0, 100),
        length=st.integers(1, 100),
        quantity=st.sampled_from((0, 1, 2, 5, 9, 10, 11)),
    )
    def reserve(self, data: st.DataObject, hours: int, length: int, quantity: int) -> None:
        asset, start = self.one(data), self.story.now + timedelta(hours=hours)
        window = Window(start, start + timedelta(hours=length))
        body = data.draw(st.sampled_from(BODIES))
        self.asks(data, "reserve_asset", asset=asset.id, body=body, window=window, quantity=quantity)
        if self.story.refusal is None:
            assert self.story.thing(Asset, asset.id).free(window, self.story.now) >= 0

    @rule(
        data=st.data(),
        length=st.integers(1, 100),
        quantity=st.sampled_from((1, 1, 2, 5, 10)),
        how=st.sampled_from(("lend", "dispatch", "land")),
    )
    def hand_out(self, data: st.DataObject, length: int, quantity: int, how: str) -> None:
        asset = self.one(data)
        input: dict[str, Any] = {
            "lines": (LoanLine(asset.id, quantity),),
            "borrower": data.draw(st.sampled_from(BODIES)),
            "due": self.story.now + timedelta(hours=length),
            "reservation": data.draw(st.sampled_from([None, None, None, *asset.promises])),
        }
        if how == "dispatch":
            self.asks(data, how, carrier="顺丰速运", **input)
        else:
            self.asks(data, "lend", receiver=BY_WANG, already_happened=how == "land", **input)
        if self.story.refusal is None and how != "land":
            assert len(asset.outs) == 0 or asset.kind is Kind.LOT, "a second borrower"
            assert asset.here >= quantity

    @rule(
        data=st.data(),
        quantity=st.integers(1, 12),
        outcome=st.sampled_from([*LineOutcome]),
        here=st.booleans(),
    )
    def take_back(self, data: st.DataObject, quantity: int, outcome: LineOutcome, here: bool) -> None:
        condition = data.draw(st.sampled_from(Condition))
        asset = self.one(data)
        line = ReturnLine(asset=asset.id, quantity=quantity, outcome=outcome, condition=condition)
        self.asks(data, "take_back", lines=(line,), place=BIN_A1 if here else SECOND_SHELF, giver=BY_XIE)
        no = self.story.refusal
        assert no is None or no.code in ("NOT_YOURS", "INVALID_VALUE"), "a return always lands"
        never = outcome in (LineOutcome.TRANSFERRED, LineOutcome.CONSUMED)
        assert no is None or no.code == "NOT_YOURS" or quantity > 1 or never

    @rule(data=st.data())
    def receive(self, data: st.DataObject) -> None:
        loans = [loan.id for loan, _, _ in self.papers()]
        if loans:
            self.asks(data, "receive", loan=data.draw(st.sampled_from(loans)), receiver=BY_XIE)

    @rule(
        data=st.data(), days=st.integers(0, 9), how=st.sampled_from(("extend", "recall")), some=st.booleans()
    )
    def another_day(self, data: st.DataObject, days: int, how: str, some: bool) -> None:
        loans = [loan for loan, _, _ in self.papers()]
        if not loans:
            return
        loan = data.draw(st.sampled_from(loans))
        input: dict[str, Any] = {"loan": loan.id, "due": self.story.now + timedelta(days=days)}
        input |= {"assets": tuple(loan.out)[:1]} if some else {}
        if how == "extend":
            self.asks(data, "extend_loan", **input)
        else:
            self.asks(data, "recall_loan", why=RecallReason.LENDER_NEEDS_IT, **input)
        if self.story.refusal is None:
            for row in self.story.new:
                if isinstance(row.fact, LoanExtended):
                    now = self.story.now
                    window = Window(now, row.fact.due)
                    assert self.story.thing(Asset, row.stream).free(window, now) >= 0 or self.is_a_breach(
                        row.stream
                    )

    @rule(data=st.data())
    def assess(self, data: st.DataObject) -> None:
        cases = [
            id for id, rows in self.story.log.streams.items() if isinstance(rows[0].fact, DamageReported)
        ]
        if cases:
            case = data.draw(st.sampled_from(cases))
            self.asks(data, "assess_damage", damage=case, cause=DamageCause.WEAR)

    @rule(data=st.data())
    def remind(self, data: st.DataObject) -> None:
        today = self.story.now.astimezone(HERE).date()
        self.asks(
            data,
            "remind_overdue",
            borrower=data.draw(st.sampled_from(BODIES)),
            warehouse=WAREHOUSE,
            day=today,
        )

    def is_a_breach(self, asset: UUID) -> bool:
        """Whether more was promised than there is before."""
        return any(isinstance(row.fact, CaseOpened) for row in self.story.log.streams[asset])

    @rule(step=SOME_TIME)
    def time_passes(self, step: timedelta) -> None:
        self.story.now += step

    @invariant()
    def each_piece_has_one_custodian_or_one_transit(self) -> None:
        for asset in self.assets():
            if asset.alive:
                assert asset.custody.kind in HOLDS_HERE, asset.custody
            assert {out.custody.kind for out in asset.outs.values()} <= HOLDS_OUT
            assert all(out.quantity > 0 for out in asset.outs.values())
            assert 0 <= asset.here <= asset.quantity
            assert asset.kind is Kind.LOT or len(asset.outs) <= 1

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        alive = [
            asset for asset in self.assets() if asset.alive and asset.existence is not Existence.UNCARDED
        ]
        assert sum(asset.quantity for asset in alive) == PIECES
        assert str(sum(asset.book.original.amount for asset in alive if asset.book)) == WORTH

    @invariant()
    def lending_changes_no_holder(self) -> None:
        assert {asset.holder for asset in self.assets()} == {EDUCATION}

    @invariant()
    def no_more_is_promised_than_there_is_without_a_case(self) -> None:
        now = self.story.now
        for asset in self.assets():
            promises = [
                Claim(promise.quantity, promise.window.start, promise.window.end)
                for promise in asset.promises.values()
            ]
            if free(asset.quantity, promises, Window(now, FOR_EVER)) < 0:
                cases = {
                    row.fact.case
                    for row in self.story.log.streams[asset.id]
                    if isinstance(row.fact, CaseOpened)
                }
                assert any(case.startswith(("breach:", "promised_too_much")) for case in cases), cases

    @invariant()
    def each_piece_of_a_loan_line_has_one_outcome_or_is_out(self) -> None:
        for loan, opened, inside in self.papers():
            ended: Counter[UUID] = Counter()
            for asset, quantity, _ in loan.outcomes:
                ended[asset] += quantity
            for line in opened.lines:
                out = self.story.thing(Asset, line.asset).outs.get(loan.id)
                assert (out.quantity if out else 0) == loan.out.get(line.asset, 0)
                assert inside or ended[line.asset] + loan.out.get(line.asset, 0) == line.quantity
            assert inside or loan.closed == (not loan.out and not loan.liabilities), (
                "settled, and only then closed"
            )
            assert not (inside and loan.out)

    @invariant()
    def a_loan_s_day_is_the_first_of_what_is_out(self) -> None:
        for loan, _, _ in self.papers():
            for asset in loan.out:
                assert self.story.thing(Asset, asset).outs[loan.id].due == loan.dues[asset]
            if loan.out:
                assert loan.due == min(filter(None, map(loan.dues.get, loan.out)))

    @invariant()
    def slips_have_no_gaps(self) -> None:
        for rows in self.story.log.streams.values():
            if isinstance(rows[0].fact, SlipIssued):
                assert [row.version for row in rows] == list(range(1, len(rows) + 1))


TestAnyLife = pytest.mark.timeout(400)(pytest.mark.slow(AnyLife.TestCase))
TestAnyLife.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


@pytest.mark.postgres
def test_a_request_that_is_sent_again_is_answered_again_and_changes_nothing(database: Database) -> None:
    lend = {"lines": (LoanLine(CHAIRS, 4),), "borrower": HEALTH, "receiver": BY_WANG, "due": NEXT_YEAR}
    requests: list[tuple[str, UUID, dict[str, Any]]] = [
        ("lend", ANA_KEEPS, lend),
        ("lend", XIE_ASKS, lend),
        ("lend", ANA_KEEPS, lend | {"lines": (LoanLine(CHAIRS, 7),)}),
        ("take_back", ANA_KEEPS, {"lines": (ReturnLine(asset=CHAIRS, quantity=3),), "place": WAREHOUSE}),
        (
            "take_back",
            ANA_KEEPS,
            {"lines": (ReturnLine(asset=CHAIRS, outcome=LineOutcome.LOST),), "place": WAREHOUSE},
        ),
        ("put_away", ANA_KEEPS, {"asset": DESKS, "place": BIN_A1}),
        ("report_missing", CHEN_MANAGES, {"asset": LAPTOP}),
    ]
    for module in ("keeping", "lending"):
        import_module(f"domain.usecases.{module}")
    with Recorder(database.app) as recorder:
        for step in flat((FOUNDATION, STORE_ROOM, GOODS)):
            events = tuple(
                NewEvent(step.stream, None, fact.TOPIC, encode(fact), encode(step.meta), step.at)
                for fact in step.facts
            )
            claims = tuple((kind, key, step.stream) for kind, key in step.claims)
            recorder.append(Append(CONSOLE, uuid4(), b"-", events=events, claims=claims), 10)
        desk, answers = Desk(recorder, hands=lambda _: 1, open_loans=lambda *_: ()), []
        for name, who, input in requests:
            asked = Envelope(account=who, command_id=uuid4(), reason="核实")
            first, head = desk.execute(name, asked, input), recorder.head()
            again = desk.execute(name, asked, input)
            assert again == replace(first, replayed=True)
            assert recorder.head() == head
            with pytest.raises(Reused):
                desk.execute(name, replace(asked, reason="别的事由"), input)
            answers.append(first.refused)
        lot = Asset.replay(CHAIRS, map(recorded, recorder.read([CHAIRS])[CHAIRS]))
    assert answers == ["", "NOT_YOUR_STORE", "NOT_FREE", "", "", "", ""]
    assert (lot.quantity, lot.here) == (9, 9)
