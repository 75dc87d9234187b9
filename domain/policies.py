"""Rules that use cases share, each with a sentence for a name. A use case lists the ones it asks, in order.

A rule takes the command and the asset, and raises a refusal or says nothing. It depends on nothing else, so a screen can ask it
before anybody has typed anything (`permitted_actions`).
"""

from collections.abc import Sequence
from uuid import UUID

from domain.asset import Asset, CustodyKind, Existence, Flag, Title
from domain.body import Body, same_accountable
from domain.command import CLOCK_SKEW, Command
from domain.place import Place, PlaceOutOfUse
from domain.refusals import Refusal, SamePerson
from domain.values import USABLE, Role, Signature

BY_HAND = (Role.OFFICER, Role.ASSET_MANAGER)
"""Who hands out where no keeper does: at a virtual site, or inside a body."""


class NotAlive(Refusal):
    """The books don't know it any more, or not yet."""

    code = "NOT_ALIVE"


class BeforeItWasHere(Refusal):
    """At the time this is said to have been decided the books knew nothing of it yet."""

    code = "BEFORE_IT_WAS_HERE"


class PhysicallyGone(Refusal):
    """It has left for good."""

    code = "PHYSICALLY_GONE"


class TitleNotClear(Refusal):
    """Its title is disputed, pledged, sealed or not registered."""

    code = "TITLE_NOT_CLEAR"


class CaseProperty(Refusal):
    """Case property before the ruling is only in custody: it is not lent, listed or disposed of."""

    code = "CASE_PROPERTY"


class NotOnTheBooks(Refusal):
    """It is in the pool's custody without a card: it can be lent, but not transferred or disposed of until it is valued."""

    code = "NOT_ON_THE_BOOKS"


class HeldForDisposal(Refusal):
    """It is in a disposal case."""

    code = "HELD_FOR_DISPOSAL"


class BeingTransferred(Refusal):
    """It is in a transfer that is not finished."""

    code = "BEING_TRANSFERRED"


class InRepair(Refusal):
    """It is out for repair."""

    code = "IN_REPAIR"


class OnLoan(Refusal):
    """It is on loan."""

    code = "ON_LOAN"


class Promised(Refusal):
    """It is promised to somebody."""

    code = "PROMISED"


class InspectionDue(Refusal):
    """It came back and has not been inspected (and wiped, if it has storage)."""

    code = "INSPECTION_DUE"


class ConditionNotUsable(Refusal):
    """Its condition does not allow use."""

    code = "CONDITION_NOT_USABLE"


class NotInCustody(Refusal):
    """Nobody here has it: it is in transit, unaccounted for, or gone."""

    code = "NOT_IN_CUSTODY"


class NotYourStore(Refusal):
    """Another store or another body keeps it."""

    code = "NOT_YOUR_STORE"


def it_is_alive(c: Command, asset: Asset) -> None:
    if not asset.alive:
        raise NotAlive("asset", asset=asset.number, existence=asset.existence)
    if asset.physically_gone:
        raise PhysicallyGone("asset", asset=asset.number)


def it_was_here_by_then(c: Command, asset: Asset) -> None:
    """A promise or a decision is not dated before the first that is known of the thing; the clock of a phone may be a little slow."""
    if asset.began is not None and c.occurred_at + CLOCK_SKEW < asset.began:
        raise BeforeItWasHere(
            "asset", asset=asset.number, began=asset.began.isoformat(), occurred_at=c.occurred_at.isoformat()
        )


def it_is_on_the_books(c: Command, asset: Asset) -> None:
    if asset.existence is Existence.UNCARDED:
        raise NotOnTheBooks("asset", asset=asset.number)


def its_title_is_clear(c: Command, asset: Asset) -> None:
    if asset.title is not Title.CLEAR:
        raise TitleNotClear("asset", asset=asset.number, title=asset.title)


def it_is_no_case_property(c: Command, asset: Asset) -> None:
    if Flag.CASE_PROPERTY in asset.flags:
        raise CaseProperty("asset", asset=asset.number)


def it_is_not_in_a_disposal_case(c: Command, asset: Asset) -> None:
    if asset.disposal is not None:
        raise HeldForDisposal("asset", asset=asset.number)


def it_is_not_being_transferred(c: Command, asset: Asset) -> None:
    if asset.transfer is not None:
        raise BeingTransferred("asset", asset=asset.number)


def it_is_not_in_repair(c: Command, asset: Asset) -> None:
    if asset.repair is not None:
        raise InRepair("asset", asset=asset.number)


def it_is_not_on_loan(c: Command, asset: Asset) -> None:
    if asset.outs:
        raise OnLoan("asset", asset=asset.number, quantity=asset.quantity - asset.here)


def some_of_it_is_here(c: Command, asset: Asset) -> None:
    if asset.here <= 0:
        raise OnLoan("asset", asset=asset.number, quantity=asset.quantity - asset.here)


def it_is_not_promised(c: Command, asset: Asset) -> None:
    if any(promise.binds(c.now) for promise in asset.promises.values()):
        raise Promised("asset", asset=asset.number)


def it_has_been_inspected(c: Command, asset: Asset) -> None:
    if asset.inspection_due:
        raise InspectionDue("asset", asset=asset.number)


def its_condition_allows_use(c: Command, asset: Asset) -> None:
    if asset.condition not in USABLE:
        raise ConditionNotUsable("asset", asset=asset.number, condition=asset.condition)


def somebody_has_it(c: Command, asset: Asset) -> None:
    if asset.custody.kind is not CustodyKind.CUSTODIAN:
        raise NotInCustody("asset", asset=asset.number, custody=asset.custody.kind)


def its_keeper_asks(c: Command, asset: Asset) -> None:
    """The keeper of its warehouse, or the officer or asset manager of the body that has it (or of a body above that division)."""
    scopes: tuple[UUID, ...] = (asset.custody.body,)
    if asset.place is not None:
        scopes += c.load(Place, asset.place).scopes
    if c.may(Role.KEEPER, *scopes) or _any_of(c, BY_HAND, asset.custody.body):
        return
    if not _any_of(c, BY_HAND, *c.load(Body, asset.custody.body).scopes):
        raise NotYourStore("asset", asset=asset.number)


def _any_of(c: Command, roles: Sequence[Role], *scopes: UUID) -> bool:
    return any(c.may(role, *scopes) for role in roles)


def the_asker_keeps_a_store(c: Command, asset: Asset) -> None:
    """A keeper of any store: whatever is carried in is there, whoever should have it."""
    c.must((Role.KEEPER,), *(grant.scope for grant in c.account.grants))


def its_keeper_or_a_keeper_asks(c: Command, asset: Asset) -> None:
    """For what has happened already: the books may be wrong about whose store it was in."""
    try:
        its_keeper_asks(c, asset)
    except NotYourStore:
        the_asker_keeps_a_store(c, asset)


def its_holder_asks(c: Command, asset: Asset) -> None:
    """The asset manager of the body on whose books it is (or of the accountable body above that division)."""
    c.must((Role.ASSET_MANAGER,), *c.load(Body, asset.holder).scopes)


def its_holder_or_keeper_asks(c: Command, asset: Asset) -> None:
    if not c.may(Role.ASSET_MANAGER, *c.load(Body, asset.holder).scopes):
        its_keeper_asks(c, asset)


def nobody_signs_both_sides(giver: Signature | None, receiver: Signature | None) -> None:
    """One person never signs both sides of a paper."""
    if giver is not None and receiver is not None and giver.person == receiver.person:
        raise SamePerson("receiver", duty="receiver", other="giver")


def not_the_same_person(person: UUID, others: Sequence[UUID | None], duty: str, other: str) -> None:
    """Duties are kept apart per person, not per account."""
    if person in others:
        raise SamePerson("account", duty=duty, other=other)


def into_the_hands_of(c: Command, body: UUID, *assets: Asset) -> Body:
    """Whoever gets something into its hands is loaded, so that its file is not closed at the same moment."""
    receiver = c.load(Body, body)
    for asset in assets:
        receiver.receive(asset.id)
    return receiver


def in_a_place_of(c: Command, place: UUID, body: Body, path: str = "place") -> Place:
    """A place that the body runs or owns, or that the asker keeps: nothing is put into somebody else's store behind its back."""
    where = c.load(Place, place, path)
    if where.closed:
        raise PlaceOutOfUse(path, place=where.name)
    if not c.may(Role.KEEPER, *where.scopes) and not any(
        same_accountable(c, one, body.id) for one in dict.fromkeys((where.operator, where.owner))
    ):
        raise NotYourStore(path, asset=where.name)
    return where


def a_keeper_asks(c: Command, _: Asset) -> None:
    """A keeper may always take back, whatever it is and wherever it should be: all it takes is a store that still exists."""
    stores = [
        c.load_any((Body, Place), one.scope, "place") for one in c.account.grants if one.role is Role.KEEPER
    ]
    closed = [store for store in stores if isinstance(store, Place) and store.closed]
    if closed and len(closed) == len(stores):
        raise PlaceOutOfUse("place", place=closed[0].name)


def into_the_store(c: Command, place: UUID, *assets: Asset) -> Place:
    """Its keeper takes things into a store. One that is out of use still takes what comes; a closed one does not exist any more."""
    store = c.load(Place, place, "place")
    c.must((Role.KEEPER,), *store.scopes)
    if store.closed:
        raise PlaceOutOfUse("place", place=store.name)
    into_the_hands_of(c, store.operator, *assets)
    return store
