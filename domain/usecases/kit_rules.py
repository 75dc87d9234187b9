"""What may be done with a kit now? The rules that each use case on one asks first; a screen asks the very same.

`ON_KIT` is the list (`permitted_on_kit`). A kit may do what every one of its members may: the first that may not says why.
"""

from collections.abc import Callable, Sequence

from domain import policies as rule
from domain.asset import Asset
from domain.command import Command
from domain.papers.kit import Kit, KitInUse, MemberNotHere, is_in_use, it_is_not_in_a_kit
from domain.refusals import AlreadyDone, InvalidValue, Refusal, TooMany
from domain.usecases import Rule, ask, permitted_on
from domain.usecases.keeping import PUTTING_AWAY
from domain.usecases.lending import LENDING
from domain.usecases.pooling import (
    LISTING,
    RESERVING,
    WITHDRAWING,
    NotListed,
    PromisedOnPaper,
    is_request,
    name_of_promise,
)
from domain.usecases.returning import TAKING_BACK

KitRule = Callable[[Command, Kit], None]

MOST_MEMBERS = 100
AS_ONE_RESERVED: tuple[Rule, ...] = tuple(one for one in RESERVING if one is not it_is_not_in_a_kit)
AS_ONE_LENT: tuple[Rule, ...] = tuple(one for one in LENDING if one is not it_is_not_in_a_kit)


def it_exists(c: Command, kit: Kit) -> None:
    kit.must_exist()


def each_member(*rules: Rule) -> KitRule:
    """Every member may: for what is done with a kit as one."""

    def asked(c: Command, kit: Kit) -> None:
        for member in members_of(c, kit):
            ask(rules, c, member)

    return asked


def it_has_room(_: Command, kit: Kit) -> None:
    if len(kit.members) >= MOST_MEMBERS:
        raise TooMany("asset", most=MOST_MEMBERS)


def it_keeps_a_member(_: Command, kit: Kit) -> None:
    if len(kit.members) == 1:
        raise InvalidValue("asset", value=kit.name, because="last_member")


def it_is_not_in_use(c: Command, kit: Kit) -> None:
    if is_in_use(c, kit):
        raise KitInUse("kit", kit=kit.name)


def some_of_it_is_offered(c: Command, kit: Kit) -> None:
    """What is offered of it may be withdrawn."""
    offered = [member for member in members_of(c, kit) if member.listing is not None]
    if not offered:
        raise NotListed("kit", asset=kit.name)
    for member in offered:
        ask(WITHDRAWING, c, member)


def it_is_promised_at_the_counter(c: Command, kit: Kit) -> None:
    """What a request was promised goes with the request."""
    if not kit.reservations:
        raise AlreadyDone("reservation", what=kit.name)
    asked = min(kit.reservations)
    if all(is_request(c, one) for one in kit.reservations):
        raise PromisedOnPaper("reservation", asset=kit.name, paper=name_of_promise(c, asked))


def all_of_it_is_here(c: Command, kit: Kit) -> None:
    for member in members_of(c, kit):
        if member.here <= 0:
            raise MemberNotHere("kit", kit=kit.name, asset=member.number)


MANAGED = (it_exists, each_member(rule.its_holder_or_keeper_asks))
ON_KIT: dict[str, Sequence[KitRule]] = {
    "rename_kit": MANAGED,
    "add_kit_member": (*MANAGED, it_has_room),
    "remove_kit_member": (*MANAGED, it_keeps_a_member),
    "dissolve_kit": (*MANAGED, it_is_not_in_use),
    "list_kit": (*MANAGED, each_member(*LISTING)),
    "withdraw_kit": (*MANAGED, some_of_it_is_offered),
    "reserve_kit": (*MANAGED, each_member(*AS_ONE_RESERVED)),
    "release_kit": (*MANAGED, it_is_promised_at_the_counter),
    "lend_kit": (it_exists, each_member(rule.its_keeper_asks), each_member(*AS_ONE_LENT)),
    "take_back_kit": (it_exists, each_member(*TAKING_BACK)),
    "move_kit": (it_exists, all_of_it_is_here, each_member(*PUTTING_AWAY)),
}
"""What can be done with a kit, and its rules in order: the first that says no is the answer."""


def ask_kit(action: str, c: Command, kit: Kit) -> list[Asset]:
    """The members, if the rules of this action allow it now."""
    for one in ON_KIT[action]:
        one(c, kit)
    return members_of(c, kit)


def members_of(c: Command, kit: Kit) -> list[Asset]:
    return c.load_all(Asset, kit.members)


def permitted_on_kit(c: Command, kit: Kit) -> dict[str, Refusal | None]:
    """For every action on a kit: `None` if this account may do it now, else why not."""
    return permitted_on(c, ON_KIT, kit)
