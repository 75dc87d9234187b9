"""Being kept and used inside a body: taken in, put away, moved, issued, turned in, handed to another custodian, missed and found."""

from uuid import UUID

from domain.aggregate import Fact, Stamp
from domain.asset import Asset, Custody, CustodyKind, Flag, Title
from domain.values import Condition, Signature


class TakenIn(Fact, frozen=True, kw_only=True):
    """The warehouse received it on an intake paper and answers for it. Whose books it is on does not change by this."""

    TOPIC = "asset.taken_in"
    intake: UUID
    operator: UUID
    place: UUID
    condition: Condition

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody, thing.physically_gone = Custody(CustodyKind.CUSTODIAN, self.operator), False
        thing.place, thing.condition = self.place, self.condition


class PutAway(Fact, frozen=True, kw_only=True):
    """It lies in its place, and whoever runs the place answers for it."""

    TOPIC = "asset.put_away"
    place: UUID
    operator: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.place = self.place
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator)


class Moved(Fact, frozen=True, kw_only=True):
    """It stands somewhere else; the same custodian answers for it."""

    TOPIC = "asset.moved"
    place: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.place = self.place


class Issued(Fact, frozen=True, kw_only=True):
    """It went into use inside its holder: a division and a person answer for it (领用)."""

    TOPIC = "asset.issued"
    body: UUID
    receiver: Signature
    giver: Signature
    place: UUID | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.body, self.receiver.person)
        thing.place, thing.wiped = self.place, False


class TurnedIn(Fact, frozen=True, kw_only=True):
    """Its user gave it back to a store of its holder or of the pool (退库). What has storage must be wiped."""

    TOPIC = "asset.turned_in"
    operator: UUID
    place: UUID
    condition: Condition

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator)
        thing.place, thing.condition = self.place, self.condition
        thing.inspection_due |= Flag.STORAGE_MEDIA in thing.flags


class CustodianChanged(Fact, frozen=True, kw_only=True):
    """One person handed it to another inside the same body, both signing.

    `witnesses`: a supervised hand-over without the leaver's signature.
    """

    TOPIC = "asset.custodian_changed"
    body: UUID
    receiver: Signature
    giver: Signature | None = None
    witnesses: tuple[UUID, ...] = ()

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.body, self.receiver.person)
        thing.wiped = False


class ConditionSeen(Fact, frozen=True, kw_only=True):
    """Somebody looked at it."""

    TOPIC = "asset.condition_seen"
    condition: Condition

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.condition = self.condition


class MissingReported(Fact, frozen=True, kw_only=True):
    """It is not where it should be: unaccounted, and somebody is liable until it is found or written off."""

    TOPIC = "asset.missing_reported"
    liable: UUID

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.UNACCOUNTED, self.liable)
        thing.listing = None


class FoundAgain(Fact, frozen=True, kw_only=True):
    """A missing thing turned up. What has storage must be wiped."""

    TOPIC = "asset.found_again"
    place: UUID
    operator: UUID
    condition: Condition

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.custody = Custody(CustodyKind.CUSTODIAN, self.operator)
        thing.place, thing.condition = self.place, self.condition
        thing.inspection_due |= Flag.STORAGE_MEDIA in thing.flags


class CaseOpened(Fact, frozen=True, kw_only=True):
    """Something about it must be settled by people: a breach, a stray, a damage. What happened was recorded all the same."""

    TOPIC = "asset.case_opened"
    case: str
    paper: UUID | None = None

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.cases |= {self.case}


class CaseSettled(Fact, frozen=True, kw_only=True):
    """An open case about it was settled; the command's reason says how."""

    TOPIC = "asset.case_settled"
    case: str

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.cases -= {self.case}


class TitleChanged(Fact, frozen=True, kw_only=True):
    """Its title became clear, disputed, pledged, sealed or is not registered."""

    TOPIC = "asset.title_changed"
    title: Title

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.title = self.title


class Flagged(Fact, frozen=True, kw_only=True):
    """It needs special control from now on."""

    TOPIC = "asset.flagged"
    flag: Flag

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.flags |= {self.flag}


class Unflagged(Fact, frozen=True, kw_only=True):
    """It needs that control no longer (the ruling came, the disk was wiped for good)."""

    TOPIC = "asset.unflagged"
    flag: Flag

    def apply(self, thing: Asset, at: Stamp) -> None:
        thing.flags -= {self.flag}
