"""In the pool: listed, withdrawn, reserved, released. A listing is an offer; it says nothing about whose room the thing stands in."""

from datetime import datetime
from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Listing, Promise
from domain.values import Window


class Listed(Fact, frozen=True, kw_only=True):
    """Offered in the pool, to be lent, to be transferred for good, or to be used where it stands. `confirm_by`: when its holder is to
    say again that the offer stands. `since`: the rounds are counted from then, when it was entered later than it is dated.
    """

    TOPIC = "asset.listed"
    listing: UUID
    loan: bool = False
    transfer: bool = False
    until: datetime | None = None
    in_place: bool = False
    confirm_by: datetime | None = None
    since: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        when = self.since or at.occurred_at
        thing.listing = Listing(
            self.listing, self.loan, self.transfer, self.until, self.in_place, when, when, self.confirm_by
        )


class ListingConfirmed(Fact, frozen=True, kw_only=True):
    """Its holder says again that the offer stands, until that day (or without end), and is to say so again by `confirm_by`."""

    TOPIC = "asset.listing_confirmed"
    listing: UUID
    until: datetime | None = None
    confirm_by: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        offer = thing.listing
        if offer is not None:
            thing.listing = Listing(
                offer.id, offer.loan, offer.transfer, self.until, offer.in_place, offer.since, at.occurred_at, self.confirm_by
            )  # fmt: skip


class ListingUnconfirmed(Fact, frozen=True, kw_only=True):
    """The day has passed by which its holder was to say that the offer stands. It is unconfirmed since; this says when he was told."""

    TOPIC = "asset.listing_unconfirmed"
    listing: UUID
    holder: UUID
    confirm_by: datetime

    def apply(self, thing: Asset, at: Stamp) -> None:
        offer = thing.listing
        if offer is not None:
            thing.listing = Listing(
                offer.id, offer.loan, offer.transfer, offer.until, offer.in_place, offer.since, offer.confirmed, offer.confirm_by,
                told=True,
            )  # fmt: skip


class ListingTakenBack(Fact, frozen=True, kw_only=True):
    """Its holder needs it for itself and takes the offer back; the command's reason says why."""

    TOPIC = "asset.listing_taken_back"
    listing: UUID
    holder: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.listing = None


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
        thing.promises[self.reservation] = Promise(
            self.quantity, self.body, self.window, self.until, self.ready
        )


class ReservationReleased(Fact, frozen=True, kw_only=True):
    """The promise is off: cancelled, kept by another paper, or impossible to keep."""

    TOPIC = "asset.reservation_released"
    reservation: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.promises.pop(self.reservation, None)
