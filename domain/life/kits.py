"""In a kit and out of it: see `domain/papers/kit.py`."""

from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset


class JoinedKit(Fact, frozen=True, kw_only=True):
    """It belongs to a kit from now on."""

    TOPIC = "asset.joined_kit"
    kit: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.kit = self.kit


class LeftKit(Fact, frozen=True, kw_only=True):
    """It belongs to no kit any more."""

    TOPIC = "asset.left_kit"
    kit: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.kit = None
