"""What became of each closed request of the record, and what that says about the reason it was closed for.

Two runs answer for the two ends of what the record leaves open: in one all winners ask before everybody else, in the other as late as
they can have. A reason about the stock is explained when the request is refused for it in both; a refusal in only one of them depends
on when the winners asked, which the data does not say. Every other reason is judged by what the process makes impossible.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from benchmarks.replay_record import Asked, Quarter

ACCEPTED = ""
GONE = frozenset({"NOT_FREE", "NOT_LISTED"})
"""What the process says when there is not enough left: some are left, or the last of the lot has gone to somebody else."""
ABOUT_STOCK = frozenset({"gone_from_pool", "allocated_to_another"})
JUDGED = frozenset({"justification_insufficient", "paperwork_missing", "allocation_limit"})
SOON = timedelta(days=7)
BLOCKED, ENDED, PROHIBITED = "overdue_receipts", "screening_cycle_passed", "prohibited_item"


class Verdict(StrEnum):
    """The four columns."""

    EXPLAINED = "explained"
    IMPOSSIBLE = "impossible"
    UNDECIDABLE = "undecidable"
    CONTRADICTED = "contradicted"


class Why(StrEnum):
    """What a verdict rests on."""

    NOTHING_LEFT = "refused in both runs: fewer were left than were asked for"
    WINNERS_TIME = "refused only if the winners asked early"
    STOCK_UNKNOWN = "nobody got any of this kind in the quarter: its stock is unknown"
    OTHERWISE = "accepted in both runs, or refused for another reason"
    BLOCKED = "who has not signed is refused before it can ask"
    SERVED_MEANWHILE = (
        "the agency got something else within a week: it may not have been blocked when it asked"
    )
    ENDED = "what is offered no more is refused at once; nobody got any later"
    STILL_OFFERED = "others still got the same kind later: its offer cannot have ended for all"
    NEVER_OFFERED = "what is not offered is refused at once"
    OFFERED_TO_OTHERS = "others got the same kind: not prohibited for all"
    PERSONS_JUDGEMENT = "a person's judgement"
    NOT_SAID = "the record does not say why"


class Answers(NamedTuple):
    """The refusals in the two runs, empty where the request was accepted."""

    early: str
    late: str

    @property
    def said(self) -> str:
        """The column of the second table."""
        if self.early in GONE and self.late in GONE:
            return "refused in both"
        if self.early in GONE and self.late == ACCEPTED:
            return "refused if winners were early"
        if self.early == self.late == ACCEPTED:
            return "accepted in both"
        return "refused otherwise"


class Judged(NamedTuple):
    """A row of the record, and why it is counted where it is."""

    reason: str
    verdict: Verdict
    why: Why
    said: str


def judge(quarter: Quarter, answers: Mapping[int, Answers]) -> Iterable[Judged]:
    """Every closed request of a quarter that can be read. `answers`: of those that compete, by row."""
    last, served = quarter.last_wanted(), quarter.served()
    for one in quarter.asked:
        found = answers.get(one.row)
        others = Others(
            got_some=one.kind in last,
            got_some_later=one.kind in last and last[one.kind] >= one.at,
            was_served=any(one.at <= at <= one.at + SOON for at in served.get(one.agency.key, ())),
        )
        verdict, why = _verdict(one, found, others)
        yield Judged(one.reason, verdict, why, found.said if found else "stock unknown")


class Others(NamedTuple):
    """What the shipments say: somebody got some of the kind, or of a request no older than this; the agency got something soon after."""

    got_some: bool
    got_some_later: bool
    was_served: bool


def _verdict(one: Asked, found: Answers | None, others: Others) -> tuple[Verdict, Why]:
    if one.reason in ABOUT_STOCK:
        return _about_stock(found)
    if one.reason == BLOCKED:
        return (
            (Verdict.UNDECIDABLE, Why.SERVED_MEANWHILE)
            if others.was_served
            else (Verdict.IMPOSSIBLE, Why.BLOCKED)
        )
    if one.reason == ENDED:
        return (
            (Verdict.UNDECIDABLE, Why.STILL_OFFERED)
            if others.got_some_later
            else (Verdict.IMPOSSIBLE, Why.ENDED)
        )
    if one.reason == PROHIBITED:
        return (
            (Verdict.UNDECIDABLE, Why.OFFERED_TO_OTHERS)
            if others.got_some
            else (Verdict.IMPOSSIBLE, Why.NEVER_OFFERED)
        )
    return Verdict.UNDECIDABLE, Why.PERSONS_JUDGEMENT if one.reason in JUDGED else Why.NOT_SAID


def _about_stock(found: Answers | None) -> tuple[Verdict, Why]:
    if found is None:
        return Verdict.UNDECIDABLE, Why.STOCK_UNKNOWN
    match found.said:
        case "refused in both":
            return Verdict.EXPLAINED, Why.NOTHING_LEFT
        case "refused if winners were early":
            return Verdict.UNDECIDABLE, Why.WINNERS_TIME
        case _:
            return Verdict.CONTRADICTED, Why.OTHERWISE


class Count(NamedTuple):
    """What is counted of all quarters."""

    rows: Counter[str]
    unreadable: Counter[str]
    verdicts: Counter[tuple[str, Verdict]]
    whys: Counter[tuple[str, Verdict, Why]]
    said: Counter[tuple[str, str]]

    @property
    def unaccounted(self) -> int:
        """Rows that are in no column, or in two."""
        return sum(abs(self.rows[reason] - self.counted(reason)) for reason in self.reasons)

    @property
    def reasons(self) -> list[str]:
        """The most frequent first."""
        known = self.rows.keys() | self.unreadable.keys() | {reason for reason, _ in self.verdicts}
        return sorted(known, key=lambda one: (-self.rows[one], one))

    def counted(self, reason: str) -> int:
        return self.unreadable[reason] + sum(self.verdicts[reason, one] for one in Verdict)


def count(quarters: Iterable[Quarter], judged: Iterable[Judged]) -> Count:
    """All quarters together."""
    found = Count(Counter(), Counter(), Counter(), Counter(), Counter())
    for quarter in quarters:
        found.rows.update(quarter.rows)
        found.unreadable.update(quarter.unreadable)
    for one in judged:
        found.verdicts[one.reason, one.verdict] += 1
        found.whys[one.reason, one.verdict, one.why] += 1
        found.said[one.reason, one.said] += 1
    return found


SAID = (
    "refused in both",
    "refused if winners were early",
    "accepted in both",
    "refused otherwise",
    "stock unknown",
)


def tables(found: Count) -> str:
    """The verdicts per reason, what the two runs answered, and what the verdicts rest on."""
    verdicts = {
        reason: [
            found.rows[reason],
            *(found.verdicts[reason, one] for one in Verdict),
            found.unreadable[reason],
        ]
        for reason in found.reasons
    }
    said = {reason: [found.said[reason, one] for one in SAID] for reason in found.reasons}
    grounds = (
        f"{times:>7,}  {reason}: {verdict}: {why}"
        for (reason, verdict, why), times in found.whys.most_common()
    )
    return "\n\n".join(
        (
            _table(["reason", "rows", *Verdict, "unreadable"], verdicts),
            _table(["what the process answers", *SAID], said),
            "\n".join(grounds),
        )
    )


def _table(heading: Sequence[str], rows: Mapping[str, Sequence[int]]) -> str:
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    shown = [
        list(heading),
        *([name, *(f"{cell:,}" for cell in cells)] for name, cells in (*rows.items(), ("all", total))),
    ]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        for cells in shown
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
