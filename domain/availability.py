"""How many are free in a window? The one function that catalogue, cart, approval, hand-over, extension and API ask.

Intervals are half-open, so a release at an instant comes before a claim at the same instant. The result is signed: a promise too
many shows as a negative number; only a display may clamp it. Time is given, never read.
"""

from collections.abc import Iterable
from datetime import datetime

from domain.values import Value, Window


class Claim(Value, frozen=True):
    """So many are promised or out from `start` until `end`; without an `end`, nobody knows when they come back."""

    quantity: int
    start: datetime
    end: datetime | None = None


def free(stock: int, claims: Iterable[Claim], window: Window) -> int:
    """Usable stock less the peak of overlapping claims in the window (a sweep over their edges)."""
    edges: list[tuple[datetime, int]] = []
    for claim in claims:
        if claim.start < window.end and (claim.end is None or claim.end > window.start):
            edges.append((max(claim.start, window.start), claim.quantity))
            if claim.end is not None and claim.end < window.end:
                edges.append((claim.end, -claim.quantity))
    edges.sort()  # at the same instant the negative change sorts first: releases before claims
    taken = peak = 0
    for _, change in edges:
        taken += change
        peak = max(peak, taken)
    return stock - peak


def claim_of_loan(quantity: int, since: datetime, due: datetime | None, now: datetime) -> Claim:
    """A loan claims until it is due; an overdue one, or one for good, claims without end."""
    return Claim(quantity, since, due if due is not None and due > now else None)
