"""Out of order and mended: a fault, a repair ordered, out to the workshop, back, done or not worth it.

While a repair is open nothing is lent. In the workshop it is there for the holder's account.
"""

from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Custody, CustodyKind, Flag
from domain.values import Condition


class FaultReported(Fact, frozen=True, kw_only=True):
    """Somebody found it out of order. `fault`: what is wrong with it."""

    TOPIC = "asset.fault_reported"
    condition: Condition
    fault: str

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.condition = self.condition


class RepairBegun(Fact, frozen=True, kw_only=True):
    """A repair was ordered: not lent until that is done, dropped, or found not to be worth it."""

    TOPIC = "asset.repair_begun"
    repair: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.repair = self.repair


class SentForRepair(Fact, frozen=True, kw_only=True):
    """It is at the workshop, for the account of the body that had it."""

    TOPIC = "asset.sent_for_repair"
    repair: UUID
    workshop: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody, thing.place = Custody(CustodyKind.OUT, self.workshop, None, self.repair), None


class BackFromRepair(Fact, frozen=True, kw_only=True):
    """It came back from a workshop. Always lands. What has storage was in other hands and is wiped before use.

    `repair` empty: no repair explains it.
    """

    TOPIC = "asset.back_from_repair"
    repair: UUID | None = None
    operator: UUID
    place: UUID
    condition: Condition

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator)
        thing.place, thing.condition = self.place, self.condition
        thing.inspection_due |= Flag.STORAGE_MEDIA in thing.flags


class RepairOver(Fact, frozen=True, kw_only=True):
    """The repair is over: done, dropped, or not worth it; `condition` says what it is like now."""

    TOPIC = "asset.repair_over"
    repair: UUID
    condition: Condition

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.repair, thing.condition = None, self.condition
