"""Coming into the pool: handed in for good, or shared from where it stands. (`asset.taken_in` is a matter of
keeping.)
"""

from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset


class HandedIn(Fact, frozen=True, kw_only=True):
    """Handed in (上缴) with a numbered receipt (接收专用收据): from now on the pool's body is the holder. The receipt
    is the giver's voucher.
    """

    TOPIC = "asset.handed_in"
    intake: UUID
    giver: UUID
    holder: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.holder = self.holder


class SharedInPlace(Fact, frozen=True, kw_only=True):
    """In the pool without moving (virtual intake): the holder keeps it, cares for it, and hands it out."""

    TOPIC = "asset.shared_in_place"
    intake: UUID
    store: UUID
    quantity: int

    def apply(self, thing: Asset, at: Stamp) -> None:
        """Neither holder, custody nor place changes: that is what virtual means."""
