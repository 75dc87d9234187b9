"""How many are free in a window? The one function that catalogue, cart, approval, hand-over, extension and API ask.

Intervals are half-open, so a release at an instant comes before a claim at the same instant. The result is signed: a promise too
many shows as a negative number; only a display may clamp it. Time is given, never read.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.values import Value, Window


class Wanted(Value, frozen=True, kw_only=True):
    """So many of a class (a code, or the beginning of one) in a window: at a warehouse, or of a holder's goods that lie in none."""

    class_code: str
    quantity: int
    window: Window
    warehouse: UUID | None = None
    holder: UUID | None = None
    scheme: str = ""
    edition: str = ""


class Match(Value, frozen=True, kw_only=True):
    """What of a wish one place of one holder has: so many free in the whole window, and so many more from `soon_at` to its end."""

    holder: UUID
    free: int
    place: UUID | None = None
    warehouse: UUID | None = None
    soon: int = 0
    soon_at: datetime | None = None

    def __add__(self, other: "Match") -> "Match":
        """Of two assets at one place; what comes free counts from when the later of them is there."""
        dates = [one for one in (self.soon_at, other.soon_at) if one is not None]
        return Match(
            holder=self.holder, free=self.free + other.free, place=self.place, warehouse=self.warehouse,
            soon=self.soon + other.soon, soon_at=max(dates, default=None),
        )  # fmt: skip


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


def claim_of_loan(
    quantity: int, since: datetime, due: datetime | None, now: datetime, ready: datetime | None = None
) -> Claim:
    """A loan claims until it is due and prepared again (`ready`); an overdue one, or one for good, claims without end."""
    return Claim(quantity, since, (ready or due) if due is not None and due > now else None)


def claim_of_promise(
    quantity: int, window: Window, now: datetime, until: datetime | None = None, ready: datetime | None = None
) -> Claim | None:
    """A promise claims its window, and the time after it to be prepared again. One that was kept ready only `until` then, or whose
    window is over and nobody came, claims nothing more.
    """
    if window.end <= now or (until is not None and until <= now):
        return None
    return Claim(quantity, window.start, ready or window.end)


def scarcest(free: Iterable[int]) -> int:
    """How often things that go out as one are free: as often as the scarcest of them."""
    return min(free, default=0)


class Free(NamedTuple):
    """From this instant on so many are free, until the next step."""

    start: datetime
    free: int


def steps(stock: int, claims: Iterable[Claim], window: Window) -> list[Free]:
    """What is free when: the whole window as steps, signed. The least of them is what `free` says."""
    changes: dict[datetime, int] = {window.start: 0}
    for claim in claims:
        if claim.start < window.end and (claim.end is None or claim.end > window.start):
            start = max(claim.start, window.start)
            changes[start] = changes.get(start, 0) - claim.quantity
            if claim.end is not None and claim.end < window.end:
                changes[claim.end] = changes.get(claim.end, 0) + claim.quantity
    found: list[Free] = []
    for instant in sorted(changes):
        stock += changes[instant]
        if not found or found[-1].free != stock:
            found.append(Free(instant, stock))
    return found


def soonest(stock: int, claims: Iterable[Claim], window: Window, within: timedelta) -> Free:
    """From when on, at most `within` after the window's start, the most are free up to its end, and how many that are."""
    least: list[Free] = []
    for step in reversed(steps(stock, claims, window)):
        least.append(Free(step.start, min(step.free, least[-1].free) if least else step.free))
    in_time = [one for one in least if one.start <= window.start + within]
    return max(in_time, key=lambda one: (one.free, -one.start.timestamp()))


def match(stock: int, claims: Iterable[Claim], window: Window, within: timedelta, at: Match) -> Match | None:
    """What one asset adds to a match at its place: what is free of it, and what more comes free soon. Nothing: `None`."""
    known = list(claims)
    now = max(0, free(stock, known, window))
    later = soonest(stock, known, window, within)
    soon = max(0, later.free - now)
    if not (now or soon):
        return None
    return Match(
        holder=at.holder, free=now, place=at.place, warehouse=at.warehouse, soon=soon, soon_at=later.start if soon else None
    )  # fmt: skip
