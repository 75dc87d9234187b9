"""How many lend and return commands per second, in process and over HTTP, against bare single-row INSERTs on the same server?

A command is accepted: loaded, decided, appended with full metadata, slip and receipt. Each thread works on assets of its own, and no
asset's stream gets longer than twelve events.
"""

import statistics
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from benchmarks.append import THREADS, bare_inserts, rate
from benchmarks.world import BORROWING_PERSON, World, ask
from domain.papers.loan import LoanLine
from domain.usecases.returning import ReturnLine
from domain.values import Signature, SignedBy
from projections.desk import Desk

ROUNDS = 3
FLOOR_AT_32 = 0.2
LOANS_PER_ASSET = 5


def run(desk: Desk, owner: str, world: World, assets: list[UUID], *, seconds: float = 3.0) -> list[dict[str, Any]]:
    """Rows command.in_process.{1,8,32}: median of three rounds, ours and the limit in turn."""
    fresh = _Assets(assets)
    ours: dict[int, list[float]] = {n: [] for n in THREADS}
    bare: dict[int, list[float]] = {n: [] for n in THREADS}
    for _ in range(ROUNDS):
        for n in THREADS:
            ours[n].append(rate([_borrower(desk, world, fresh) for _ in range(n)], seconds))
            bare[n].append(bare_inserts(owner, n, seconds))
    return [_row(n, statistics.median(ours[n]), statistics.median(bare[n])) for n in THREADS]


def _row(threads: int, value: float, limit: float) -> dict[str, Any]:
    return {
        "name": f"command.in_process.{threads}",
        "value": round(value),
        "unit": "commands/s",
        "limit": round(limit),
        "ratio": round(value / limit, 2),
        "better": "higher",
        "target": FLOOR_AT_32 if threads == 32 else None,
    }


class _Assets:
    """Assets nobody has worked on yet, handed out one by one."""

    def __init__(self, assets: list[UUID]) -> None:
        self._left = iter(assets)
        self._lock = threading.Lock()

    def take(self) -> UUID:
        with self._lock:
            return next(self._left)


def _borrower(desk: Desk, world: World, fresh: _Assets) -> Callable[[], None]:
    """One command at each call: lend, take back, lend …"""
    steps = _steps(desk, world, fresh)
    return lambda: next(steps)


def _steps(desk: Desk, world: World, fresh: _Assets) -> Iterator[None]:
    while True:
        asset = fresh.take()
        for _ in range(LOANS_PER_ASSET):
            loan = lend(desk, world, asset)
            yield
            ask(desk, "take_back", lines=(ReturnLine(asset=asset),), place=world.warehouse, loan=loan)
            yield


def lend(desk: Desk, world: World, asset: UUID) -> UUID:
    due = datetime.now(UTC) + timedelta(days=30)
    receiver = Signature(BORROWING_PERSON, SignedBy.ACCOUNT)
    outcome = ask(desk, "lend", lines=(LoanLine(asset, 1),), borrower=world.borrower, receiver=receiver, due=due)
    return UUID(outcome["loan"])
