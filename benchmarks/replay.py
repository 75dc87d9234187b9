"""The real requests of a record of transfers again, as competing requests through the real processes.

Every shipment that somebody else had asked for in vain is asked for, decided in three steps, scanned and handed over for good; every
closed request is submitted at its own time. Once all winners ask first, once as late as they can have: `replay_verdicts.py` says what the
two answers together tell about the reason in the record, docs/replay.md under which assumptions.

Each run of each quarter is a row of moments of its own and a thread of its own; within it everything happens in the order of time.
"""

import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from api.installation import Installation
from api.settings import Settings
from benchmarks.figures import Row, row
from benchmarks.replay_ground import LONG_BEFORE, STEPS, Ground, lay
from benchmarks.replay_record import Asked, Cart, Kind, Quarter, carts, read
from benchmarks.replay_rules import try_each
from benchmarks.replay_verdicts import ACCEPTED, Answers, Count, count, judge, tables
from domain.papers.request_reasons import CancelReason, RefusalReason
from domain.terms import Form
from domain.usecases.requesting import MOST_UNITS, CartLine

REFUSALS = {
    "gone_from_pool": RefusalReason.GONE_FROM_POOL,
    "allocated_to_another": RefusalReason.ALLOCATED_TO_ANOTHER,
    "justification_insufficient": RefusalReason.JUSTIFICATION_INSUFFICIENT,
    "screening_cycle_passed": RefusalReason.ROUND_CLOSED,
    "overdue_receipts": RefusalReason.RECEIPTS_UNSIGNED,
    "allocation_limit": RefusalReason.OVER_LIMIT,
    "paperwork_missing": RefusalReason.PAPERS_MISSING,
    "prohibited_item": RefusalReason.PROHIBITED,
}
"""With which of our reasons a request that was accepted is refused afterwards; what has none is refused with a note."""
WITHDRAWN = "withdrawn_by_requester"
PURPOSE = "replay of a record"


class Replayed(NamedTuple):
    """What came of it."""

    counted: Count
    rules: dict[str, str]
    winners_refused: int
    requests: int
    commands: int
    seconds: float
    whole_s: float


@dataclass
class Timeline:
    """One quarter, one run: who asks when, and the lots they ask for."""

    ground: Ground
    quarter: Quarter
    early: bool
    lots: dict[Kind, UUID] = field(default_factory=dict)
    answers: dict[int, str] = field(default_factory=dict)
    requests: int = 0
    winners_refused: int = 0

    def stock(self) -> None:
        """The pool has what was shipped, offered to everybody before anybody asks."""
        stock = self.quarter.stock
        self.ground.clock.now = self.quarter.begins
        _, self.lots = self.ground.stocked(f"{self.quarter.name} {'early' if self.early else 'late'}", stock)
        for asset in self.lots.values():
            self.ground.must("keeper", "list_asset", asset=asset, loan=False, transfer=True)

    def run(self) -> None:
        """Everybody asks at his time; winners in the same moment come last."""
        first = self.quarter.begins + timedelta(hours=1)
        won = carts(self.quarter.won, self.quarter.stock, first if self.early else None)
        lost = [one for one in self.quarter.asked if one.kind in self.lots]
        moments: list[tuple[datetime, int, Cart | Asked]] = [
            *((one.at, 1, one) for one in won), *((one.at, 0, one) for one in lost),
        ]  # fmt: skip
        for at, _, one in sorted(moments, key=lambda moment: moment[:2]):
            self.ground.clock.now = at
            if isinstance(one, Cart):
                self.winners_refused += self._win(one) != ACCEPTED
            else:
                self.answers[one.row] = self._lose(one)

    def _win(self, cart: Cart) -> str:
        """Asked for, decided by all, scanned, handed over with both signatures. The refusal, if it cannot even be asked for."""
        ground = self.ground
        asked = ground.by(
            "asker", "submit_requests", body=ground.bodies[cart.agency.key], purpose=PURPOSE, form=Form.TRANSFER,
            lines=tuple(CartLine(asset=self.lots[kind], quantity=quantity) for kind, quantity in cart.lines.items()),
        )  # fmt: skip
        self.requests += 1
        if asked.refused:
            return asked.refused
        request = UUID(asked.outcome["requests"][0])
        for who in STEPS.values():
            ground.must(who, "approve_request", request=request)
        for kind, quantity in cart.lines.items():
            ground.must("keeper", "pick_unit", request=request, asset=self.lots[kind], quantity=quantity)
        ground.must("keeper", "hand_over_request", request=request, receiver=ground.receiver)
        return ACCEPTED

    def _lose(self, one: Asked) -> str:
        """The refusal; where it is accepted it is refused by the pool at once, or taken back, as it was."""
        ground = self.ground
        line = CartLine(asset=self.lots[one.kind], quantity=min(one.quantity, MOST_UNITS))
        decided = ground.by(
            "asker",
            "submit_requests",
            body=ground.bodies[one.agency.key],
            purpose=PURPOSE,
            form=Form.TRANSFER,
            lines=(line,),
        )
        self.requests += 1
        if decided.refused:
            return decided.refused
        request = UUID(decided.outcome["requests"][0])
        if one.reason == WITHDRAWN:
            ground.must("asker", "cancel_request", request=request, why=CancelReason.NOT_NEEDED)
        else:
            why = REFUSALS.get(one.reason, RefusalReason.NOTED)
            ground.must("state", "refuse_request", request=request, why=why, note=one.reason)
        return ACCEPTED


def run(data_dir: Path, folder: Path, *, quick: bool = False) -> list[Row]:
    """Rows replay.{requests,seconds,winners_refused,unaccounted}. `folder` has *-shipments.csv and *-cancellations.csv.

    `quick`: only its first quarter.
    """
    found = replay(data_dir, read(folder, only=1 if quick else None))
    print(tables(found.counted), "", file=sys.stderr, sep="\n")
    for reason, code in found.rules.items():
        print(f"tried: {reason} -> {code}", file=sys.stderr)
    print(f"{found.requests:,} requests, {found.commands:,} commands, {found.seconds:.0f} s", file=sys.stderr)
    return [
        row("replay.requests", found.requests / found.seconds, "requests/s"),
        row("replay.seconds", found.whole_s, "s", better="lower"),
        row(
            "replay.winners_refused",
            found.winners_refused,
            "carts",
            better="lower",
            target=0,
            target_of="value",
        ),
        row(
            "replay.unaccounted",
            found.counted.unaccounted,
            "rows",
            better="lower",
            target=0,
            target_of="value",
        ),
    ]


def replay(data_dir: Path, quarters: list[Quarter]) -> Replayed:
    """All quarters in both runs."""
    began = time.perf_counter()
    with Installation.open(Settings.from_environment({}, data_dir=data_dir)) as installation:
        ground = lay(installation)
        rules = try_each(ground)
        ground.clock.now = LONG_BEFORE
        _enter(ground, quarters)
        timelines = [Timeline(ground, quarter, early) for quarter in quarters for early in (True, False)]
        _all(timelines, Timeline.stock)
        installation.runner.catch_up()
        before, started = len(ground.commands), time.perf_counter()
        _all(timelines, Timeline.run)
        took = time.perf_counter() - started
        commands = len(ground.commands) - before
    judged = [
        one
        for n, quarter in enumerate(quarters)
        for one in judge(quarter, _answers(*timelines[2 * n : 2 * n + 2]))
    ]
    refused, asked = sum(one.winners_refused for one in timelines), sum(one.requests for one in timelines)
    return Replayed(
        count(quarters, judged), rules, refused, asked, commands, took, time.perf_counter() - began
    )


def _all(timelines: Iterable[Timeline], what: Callable[[Timeline], None]) -> None:
    """Each in a thread of its own: nothing in one depends on another."""
    some = list(timelines)
    with ThreadPoolExecutor(max(len(some), 1)) as threads:
        for done in [threads.submit(what, one) for one in some]:
            done.result()


def _enter(ground: Ground, quarters: Iterable[Quarter]) -> None:
    """The agencies of everything that competes, and who signs for those that won."""
    asking, winning = set(), set()
    for quarter in quarters:
        stock = quarter.stock
        asking |= {one.agency for one in quarter.asked if one.kind in stock}
        winning |= {one.agency for one in quarter.won if one.kind in stock}
    ground.enter(sorted(asking | winning), winning)


def _answers(early: Timeline, late: Timeline) -> dict[int, Answers]:
    return {one: Answers(said, late.answers[one]) for one, said in early.answers.items()}
