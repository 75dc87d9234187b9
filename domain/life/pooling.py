"""In the pool: listed, withdrawn, reserved, released. A listing is an offer; it says nothing about whose room the thing stands in."""

from datetime import datetime
from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Listing, Promise
from domain.values import Window


class Listed(Fact, frozen=True, kw_only=True):
    """Offered in the pool, to be lent or to be transferred for good."""

    TOPIC = "asset.listed"
    listing: UUID
    loan: bool = False
    transfer: bool = False
    until: datetime | None = None
    in_place: bool = False

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.listing = Listing(
            self.listing, self.loan, self.transfer, self.until, self.in_place, at.occurred_at, at.occurred_at
        )


class ListingWithdrawn(Fact, frozen=True, kw_only=True):
    """No longer offered; the command's reason says why."""

    TOPIC = "asset.listing_withdrawn"
    listing: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.listing = None


class ListingEnded(Fact, frozen=True, kw_only=True):
    """The offer ran out and nobody had taken it. It was no live offer since `until`; this says when its `holder` (and the keeper of
    the `warehouse`) was told.
    """

    TOPIC = "asset.listing_ended"
    listing: UUID
    until: datetime
    holder: UUID
    warehouse: UUID | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.listing = None


class Held(Fact, frozen=True, kw_only=True):
    """So many are held for a request that is not decided yet, no longer than `until`. `ready`: see `Reserved`."""

    TOPIC = "asset.held"
    reservation: UUID
    body: UUID
    quantity: int
    window: Window
    until: datetime
    ready: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.promises[self.reservation] = Promise(
            self.quantity, self.body, self.window, self.until, self.ready, firm=False
        )


class Reserved(Fact, frozen=True, kw_only=True):
    """So many were promised to a body for a window. `until`: how long they are kept ready; `ready`: when, prepared again after the
    window, they can go out to somebody else.
    """

    TOPIC = "asset.reserved"
    reservation: UUID
    body: UUID
    quantity: int
    window: Window
    until: datetime | None = None
    ready: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.promises[self.reservation] = Promise(self.quantity, self.body, self.window, self.until, self.ready)


class ReservationReleased(Fact, frozen=True, kw_only=True):
    """The promise is off: cancelled, kept by another paper, or impossible to keep."""

    TOPIC = "asset.reservation_released"
    reservation: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.promises.pop(self.reservation, None)
