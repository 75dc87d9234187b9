"""Which deadlines are there, what opens and closes each, and what is done when one has come?

What a deadline ends, ends *by time*: a promise past `until` claims nothing, whoever has been told. The clerk (`api/clerk.py`) only
records it afterwards, tells people, and gives the next in line its turn. So a late clerk is a late notice, never a wrong answer.

`python -m domain.deadlines` prints the table that docs/deadlines.md shows.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from msgspec import Struct

from domain.aggregate import Fact, Root
from domain.asset import Asset
from domain.life.disposing import Deregistered
from domain.life.keeping import MissingReported
from domain.life.lending import LostOnLoan
from domain.life.pooling import Listed, ListingEnded, ListingWithdrawn
from domain.life.transferring import SentOnTransfer
from domain.papers.outside_decision import (
    DecisionRanOut,
    DecisionRecorded,
    DecisionTakenBack,
    OutsideDecision,
)
from domain.values import SPACE


class Due(NamedTuple):
    """An instant at which something has to be done about a thing; `about`: about which part of it, where it has several."""

    at: datetime
    about: UUID | None = None


class Deadline(Struct, frozen=True, kw_only=True):
    """One kind of deadline. `dues`: which are open, by the thing's own fold; `takes`: what the use case is given."""

    kind: str
    of: type[Root]
    dues: Callable[[Any], Iterable[Due]]
    use_case: str
    takes: Callable[[UUID, UUID | None], Mapping[str, Any]]
    opens: tuple[type[Fact], ...]
    closes: tuple[type[Fact], ...]
    means: str


def _offer(asset: Asset) -> Iterator[Due]:
    if asset.alive and asset.listing is not None and asset.listing.until is not None:
        yield Due(asset.listing.until)


def _validity(decision: OutsideDecision) -> Iterator[Due]:
    if decision.expires is not None and not (decision.taken_back or decision.ran_out):
        yield Due(decision.expires)


DEADLINES: tuple[Deadline, ...] = (
    Deadline(
        kind="listing.ends", of=Asset, dues=_offer, use_case="end_listing", takes=lambda thing, _: {"asset": thing},
        opens=(Listed,), closes=(ListingEnded, ListingWithdrawn, LostOnLoan, SentOnTransfer, MissingReported, Deregistered),
        means="an offer in the pool that nobody took",
    ),
    Deadline(
        kind="decision.expires", of=OutsideDecision, dues=_validity, use_case="end_decision", takes=lambda thing, _: {"decision": thing},
        opens=(DecisionRecorded,), closes=(DecisionRanOut, DecisionTakenBack),
        means="a decision from outside is valid no longer",
    ),
)  # fmt: skip
"""All of them. What is not in this list never comes due."""


def command_of(kind: str, thing: UUID, at: datetime, about: UUID | None) -> UUID:
    """The command that a deadline is, wherever and however often it is fired: its receipt makes it happen once."""
    part = f":{about}" if about else ""
    return uuid5(SPACE, f"deadline:{kind}:{thing}:{at.isoformat()}{part}")


def table() -> str:
    """The list as Markdown."""
    rows = [
        "| deadline | what it means | opened or moved by | closed by | what the clerk asks for |",
        "|---|---|---|---|---|",
        *(
            f"| `{one.kind}` | {one.means} | {_topics(one.opens)} | {_topics(one.closes)} | `{one.use_case}` |"
            for one in DEADLINES
        ),
    ]
    return "\n".join(rows) + "\n"


def _topics(facts: Iterable[type[Fact]]) -> str:
    return ", ".join(f"`{fact.TOPIC}`" for fact in facts)


if __name__ == "__main__":
    sys.stdout.write(table())
