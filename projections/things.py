"""The things of a batch, folded once for all projections: papers, bodies, places (assets: `lives`)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from domain.aggregate import Recorded, Root
from domain.body import Body
from projections.feed import Batch, Connection, Poison, advance

R = TypeVar("R", bound=Root)

NO_BODIES = frozenset(
    {
        "account", "asker", "asset", "by", "cart", "case", "damage", "gone", "handover", "intake", "into", "job", "kit", "listing", "loan",
        "other_asset", "paper", "part", "person", "place", "policy", "reservation", "taken", "warehouse",
    }
)  # fmt: skip
"""Fields that name no body: leaving them out only keeps the index of the feed small."""


class Thing(NamedTuple, Generic[R]):
    """A thing as it is at the end of the batch, and all its facts.

    `parties`: whom its state named just before and just after a fact, by position.
    """

    root: R
    facts: Sequence[Recorded]
    parties: Mapping[int, Iterable[UUID]]


def things(connection: Connection, batch: Batch, kind: type[R]) -> dict[UUID, Thing[R]]:
    """The things of this kind that the batch touches; the second to ask for them gets the same. Raises `Poison`."""
    key = f"things of {kind.KIND}"
    if key not in batch.shared:
        streams = batch.streams(connection, kind.KIND)
        batch.shared[key] = {id: _folded(kind(id), facts) for id, facts in streams.items()}
    found: dict[UUID, Thing[R]] = batch.shared[key]
    return found


def roots(connection: Connection, batch: Batch, kind: type[R]) -> dict[UUID, R]:
    """Only what they are at the end of the batch. Raises `Poison`."""
    return {id: thing.root for id, thing in things(connection, batch, kind).items()}


def _folded(root: R, facts: Sequence[Recorded]) -> Thing[R]:
    parties: dict[int, list[UUID]] = {}
    before: list[UUID] = []
    for one in facts:
        try:
            advance(root, one)
            after = _named(root)
        except Exception as error:
            raise Poison(one.position, f"{type(error).__name__}: {error}") from error
        parties[one.position] = [*before, *after]
        before = after
    return Thing(root, facts, parties)


def _named(root: Root) -> list[UUID]:
    named = [value for name, value in vars(root).items() if type(value) is UUID and name not in NO_BODIES]
    named += getattr(root, "parties", ())
    own = root.id.int
    return named if isinstance(root, Body) else [one for one in named if one.int != own]
