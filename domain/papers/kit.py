"""A kit (成套物品): particular things that are kept, asked for, promised and lent as one: a camera with its lenses, a tent with its poles.

Each member keeps its own card and its own stream, which is the lock; the kit knows who belongs to it and which promises and loans were
made for it as a whole. Whether one of them still runs is read from the members, so that no two streams can disagree about it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.asset import Asset
from domain.command import Command
from domain.refusals import Refusal


class InAKit(Refusal):
    """It belongs to a kit that is promised or out: members go nowhere alone then."""

    code = "IN_A_KIT"


class KitInUse(Refusal):
    """The kit is promised or out."""

    code = "KIT_IN_USE"


class KitDissolved(Refusal):
    """The kit does not exist any more."""

    code = "KIT_DISSOLVED"


class MemberNotHere(Refusal):
    """A member of the kit is not here: the kit does not move without it, and is not asked for as one."""

    code = "MEMBER_NOT_HERE"


class KitMade(Fact, frozen=True, kw_only=True):
    """Things of one holder became a kit."""

    TOPIC = "kit.made"
    name: str
    holder: UUID
    members: tuple[UUID, ...]

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.name, thing.holder, thing.members = self.name, self.holder, self.members


class KitRenamed(Fact, frozen=True, kw_only=True):
    """The kit is called something else."""

    TOPIC = "kit.renamed"
    name: str

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.name = self.name


class MemberAdded(Fact, frozen=True, kw_only=True):
    """One more thing belongs to the kit."""

    TOPIC = "kit.member_added"
    asset: UUID

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.members = (*(one for one in thing.members if one != self.asset), self.asset)


class MemberRemoved(Fact, frozen=True, kw_only=True):
    """A thing was taken out of the kit: promises to come are without it, a loan that is out keeps its line."""

    TOPIC = "kit.member_removed"
    asset: UUID

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.members = tuple(one for one in thing.members if one != self.asset)
        thing.missing -= {self.asset}


class KitPromised(Fact, frozen=True, kw_only=True):
    """All members were promised together."""

    TOPIC = "kit.promised"
    reservation: UUID

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.reservations |= {self.reservation}


class KitAskedFor(Fact, frozen=True, kw_only=True):
    """A request (`reservation`) asks its holder for it: all members carry its promise, until that request is over."""

    TOPIC = "kit.asked_for"
    reservation: UUID
    holder: UUID

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.reservations |= {self.reservation}


class KitReleased(Fact, frozen=True, kw_only=True):
    """A promise of the whole kit is off."""

    TOPIC = "kit.released"
    reservation: UUID

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.reservations -= {self.reservation}


class KitLent(Fact, frozen=True, kw_only=True):
    """All members went out on one loan."""

    TOPIC = "kit.lent"
    loan: UUID
    reservation: UUID | None = None

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.loans |= {self.loan}
        if self.reservation is not None:
            thing.reservations -= {self.reservation}


class KitTicked(Fact, frozen=True, kw_only=True):
    """The kit came back and every member was looked for: what is `missing` makes it incomplete."""

    TOPIC = "kit.ticked"
    back: tuple[UUID, ...]
    missing: tuple[UUID, ...] = ()

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.missing = frozenset(self.missing)


class MemberCameBack(Fact, frozen=True, kw_only=True):
    """A member that was missing turned up again."""

    TOPIC = "kit.member_came_back"
    asset: UUID

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.missing -= {self.asset}


class KitTakenApart(Fact, frozen=True, kw_only=True):
    """The kit was dissolved: its members are things of their own again."""

    TOPIC = "kit.dissolved"

    def apply(self, thing: "Kit", at: Stamp) -> None:
        thing.dissolved, thing.members, thing.missing = True, (), frozenset()


class Kit(Root):
    """The state of one kit."""

    KIND = "kit"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.name = ""
        self.holder: UUID = id
        self.members: tuple[UUID, ...] = ()
        self.reservations: frozenset[UUID] = frozenset()
        self.loans: frozenset[UUID] = frozenset()
        self.missing: frozenset[UUID] = frozenset()
        """Who was not there when the kit was ticked at its return."""
        self.dissolved = False

    def must_exist(self, path: str = "kit") -> None:
        if self.dissolved:
            raise KitDissolved(path, kit=self.name)

    def promised(self, members: Sequence[Asset], now: datetime) -> frozenset[UUID]:
        """The promises of the whole kit that still bind."""
        return frozenset(
            paper
            for member in members
            for paper, promise in member.promises.items()
            if paper in self.reservations and promise.binds(now)
        )

    def out_on(self, members: Sequence[Asset]) -> frozenset[UUID]:
        """The loans of the whole kit on which a member is still out."""
        return frozenset(paper for member in members for paper in member.outs if paper in self.loans)


def is_in_use(c: Command, kit: Kit) -> bool:
    """Whether it is promised or out as a whole, judged by all its members."""
    members = c.load_all(Asset, kit.members)
    return bool(kit.promised(members, c.now) or kit.out_on(members))


def it_is_not_in_a_kit(c: Command, asset: Asset) -> None:
    """A member is not promised or lent alone while its kit is promised or out."""
    if asset.kit is not None:
        kit = c.load(Kit, asset.kit)
        if is_in_use(c, kit):
            raise InAKit("asset", asset=asset.number, kit=kit.name)


def member_came_back(c: Command, asset: Asset) -> None:
    """Whatever came back is no longer missing from its kit."""
    if asset.kit is not None:
        kit = c.load(Kit, asset.kit)
        if asset.id in kit.missing:
            kit.record(MemberCameBack(asset=asset.id))
