"""Lent and back. Holder and book value stay as they are; custody passes with two signatures, or through a transit with a carrier."""

from datetime import datetime
from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Custody, CustodyKind, Flag, Kind, Out, Preparing, Spell
from domain.values import Condition


class Lent(Fact, frozen=True, kw_only=True):
    """Handed to a borrower at the counter, both sides signing; to be back when due. `reservation`: the promise this keeps;
    `ready`: when, prepared again after the due day, it can go out to somebody else.
    """

    TOPIC = "asset.lent"
    loan: UUID
    borrower: UUID
    person: UUID
    quantity: int
    condition: Condition
    due: datetime | None = None
    reservation: UUID | None = None
    ready: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        _keep_promise(thing, self.reservation, self.quantity)
        custody = Custody(CustodyKind.OUT, self.borrower, self.person, self.loan)
        thing.outs[self.loan] = Out(
            self.quantity, custody, at.occurred_at, self.due, self.condition, self.ready
        )
        thing.condition = self.condition
        _goes_out(thing, self.borrower, at)


class Dispatched(Fact, frozen=True, kw_only=True):
    """Given to a carrier on the way to a borrower: in transit, and nobody's but the carrier's to answer for."""

    TOPIC = "asset.dispatched"
    loan: UUID
    borrower: UUID
    carrier: str
    quantity: int
    condition: Condition
    due: datetime | None = None
    reservation: UUID | None = None
    ready: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        _keep_promise(thing, self.reservation, self.quantity)
        custody = Custody(CustodyKind.TRANSIT, self.borrower, None, self.loan)
        thing.outs[self.loan] = Out(
            self.quantity, custody, at.occurred_at, self.due, self.condition, self.ready
        )
        _goes_out(thing, self.borrower, at)


class Received(Fact, frozen=True, kw_only=True):
    """The borrower received it from the carrier and signed. `on_the_way`: so many of it did not come, and the carrier answers for them."""

    TOPIC = "asset.received"
    loan: UUID
    borrower: UUID
    person: UUID
    quantity: int
    condition: Condition
    on_the_way: int = 0

    def apply(self, thing: Asset, at: Stamp) -> None:
        out, quantity = thing.outs.get(self.loan), self.quantity + self.on_the_way
        custody = Custody(CustodyKind.OUT, self.borrower, self.person, self.loan)
        since, due, ready = (out.since, out.due, out.ready) if out else (at.occurred_at, None, None)
        thing.outs[self.loan] = Out(quantity, custody, since, due, self.condition, ready, self.on_the_way)
        thing.condition = self.condition


class Returned(Fact, frozen=True, kw_only=True):
    """So many came back from a loan. Always lands. `inspect`: it must be looked at before it is free again; `ready`: it is being
    prepared until then.

    A part of a lot that came back elsewhere, in another state or to be inspected is split off and set apart: the rest stays as it is.
    """

    TOPIC = "asset.returned"
    loan: UUID
    quantity: int
    condition: Condition
    operator: UUID
    place: UUID | None = None
    inspect: bool = False
    ready: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        apart = thing.here > 0 or (self.inspect and self.quantity < thing.quantity)
        no_longer_out(thing, self.loan, self.quantity, at)
        _is_prepared(thing, self.quantity, self.ready, at)
        if thing.kind is Kind.LOT and apart:
            return
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator)
        thing.place, thing.condition = self.place, self.condition
        thing.inspection_due |= self.inspect or Flag.STORAGE_MEDIA in thing.flags


class SetApart(Fact, frozen=True, kw_only=True):
    """It is the part of a lot that came back in another state or to another store than the rest, and lies there for itself. `ready`:
    it is being prepared until then.
    """

    TOPIC = "asset.set_apart"
    loan: UUID
    operator: UUID
    place: UUID
    condition: Condition
    inspect: bool = False
    ready: datetime | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator)
        thing.place, thing.condition = self.place, self.condition
        thing.inspection_due |= self.inspect
        _is_prepared(thing, thing.quantity, self.ready, at)


class KeptInside(Fact, frozen=True, kw_only=True):
    """Lender and borrower became one body: what was on loan is in use there now. A part of a lot is split off for that."""

    TOPIC = "asset.kept_inside"
    loan: UUID
    body: UUID
    quantity: int
    person: UUID | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        no_longer_out(thing, self.loan, self.quantity, at)
        if self.quantity < thing.quantity:
            return
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.body, self.person)
        thing.place, thing.wiped = None, False


class LostOnLoan(Fact, frozen=True, kw_only=True):
    """It will not come back: unaccounted, and the borrower is liable. The lost part of a lot is split off and missed for itself."""

    TOPIC = "asset.lost_on_loan"
    loan: UUID
    quantity: int
    liable: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        no_longer_out(thing, self.loan, self.quantity, at)
        if self.quantity < thing.quantity:
            return
        thing.custody = Custody(CustodyKind.UNACCOUNTED, self.liable)
        thing.listing = None


class CameBack(Fact, frozen=True, kw_only=True):
    """It was brought to a store though no loan said it was out. It is there now; the open case asks why."""

    TOPIC = "asset.came_back"
    condition: Condition
    operator: UUID
    place: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody, thing.physically_gone = Custody(CustodyKind.CUSTODIAN, self.operator), False
        thing.place, thing.condition, thing.inspection_due = self.place, self.condition, True


class Inspected(Fact, frozen=True, kw_only=True):
    """Looked at after it came back. `wiped`: its storage was erased; without that a device with storage is not lent again."""

    TOPIC = "asset.inspected"
    condition: Condition
    wiped: bool = False

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.condition = self.condition
        thing.inspection_due = Flag.STORAGE_MEDIA in thing.flags and not self.wiped
        thing.wiped = thing.wiped or self.wiped


MOST_SPELLS = 20


def _goes_out(asset: Asset, borrower: UUID, at: Stamp) -> None:
    asset.wiped = False
    asset.spells = (*asset.spells[1 - MOST_SPELLS :], Spell(borrower, at.occurred_at))


def no_longer_out(asset: Asset, loan: UUID, quantity: int, at: Stamp) -> None:
    """So many are not at their borrower any more."""
    out = asset.outs.pop(loan, None)
    if out is None:
        return
    if out.quantity > quantity:
        left = out.quantity - quantity
        asset.outs[loan] = Out(
            left, out.custody, out.since, out.due, out.condition, out.ready, min(out.on_the_way, left)
        )
        return
    body = out.custody.body
    asset.spells = tuple(
        Spell(one.body, one.since, at.occurred_at) if one.back is None and one.body == body and one.since == out.since else one
        for one in asset.spells
    )  # fmt: skip


def _is_prepared(asset: Asset, quantity: int, until: datetime | None, at: Stamp) -> None:
    asset.preparing = tuple(one for one in asset.preparing if one.until > at.occurred_at)
    if until is not None and until > at.occurred_at:
        asset.preparing = (*asset.preparing, Preparing(quantity, at.occurred_at, until))


def _keep_promise(asset: Asset, reservation: UUID | None, quantity: int) -> None:
    promise = asset.promises.pop(reservation, None) if reservation else None
    if promise and reservation and promise.quantity > quantity:
        asset.promises[reservation] = promise.less(quantity)
