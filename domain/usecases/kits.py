"""Kits: made, kept together, listed, promised, lent, moved and ticked off as one; all members or none, and the one in the way is named."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Kind, Promise
from domain.body import Body, BodyTookIn, must_have_standing
from domain.command import Command
from domain.life.keeping import CaseOpened, Moved, PutAway
from domain.life.kits import JoinedKit, LeftKit
from domain.life.lending import Dispatched, Lent
from domain.life.pooling import Held, Listed, ListingWithdrawn, ReservationReleased, Reserved
from domain.limits import claimed, leave_slot, must_be_within_limits, ready_after, take_slot
from domain.papers.kit import (
    Kit,
    KitLent,
    KitMade,
    KitPromised,
    KitReleased,
    KitRenamed,
    KitTakenApart,
    KitTicked,
    MemberAdded,
    MemberRemoved,
)
from domain.papers.loan import LoanLine, LoanOpened
from domain.papers.slip import SlipIssued, SlipKind
from domain.place import Place
from domain.refusals import AlreadyDone, InvalidValue, Refusal, TooMany, Unknown
from domain.terms import Form
from domain.usecases import Outcome, ask, use_case
from domain.usecases.blocking import must_not_be_blocked, point_of
from domain.usecases.keeping import put_away
from domain.usecases.kit_rules import AS_ONE_LENT, MOST_MEMBERS, ask_kit
from domain.usecases.lending import (
    HANDED_OUT,
    HANDING_OUT,
    hand_out,
    lines_and_borrower,
    must_be_lendable,
    with_slip,
)
from domain.usecases.pooling import (
    OFFERING,
    PromisedOnPaper,
    ReasonMissing,
    is_request,
    list_asset,
    must_be_free,
    must_not_lend_to_oneself,
    name_of_promise,
    withdraw_listing,
)
from domain.usecases.returning import COMING_BACK, UNEXPECTED, ReturnLine, take_back
from domain.values import Role, Signature, SignedBy, Window, named

MISSING = "missing_from_kit"
KITTING = (
    rule.its_holder_or_keeper_asks,
    rule.it_is_alive,
    rule.it_is_not_in_a_disposal_case,
    rule.it_is_not_being_transferred,
)


class InAnotherKit(Refusal):
    """It belongs to a kit already."""

    code = "IN_ANOTHER_KIT"


class NotInThisKit(Refusal):
    """It does not belong to this kit."""

    code = "NOT_IN_THIS_KIT"


@use_case("make_kit", by=OFFERING, emits=(KitMade, JoinedKit), gives=("kit",))
def make_kit(c: Command, *, name: str, members: tuple[UUID, ...]) -> Outcome:
    """Makes a kit of particular things of one holder. What is promised or lent already keeps its own promise or loan."""
    if not members or len(set(members)) != len(members):
        raise InvalidValue("members", value=len(members), once=True)
    if len(members) > MOST_MEMBERS:
        raise TooMany("members", most=MOST_MEMBERS)
    assets = c.load_all(Asset, members, "members")
    for n, asset in enumerate(assets):
        _may_join(c, asset, assets[0].holder, f"members.{n}")
    kit = c.begin(Kit)
    kit.record(KitMade(name=named(name), holder=assets[0].holder, members=members))
    for asset in assets:
        asset.record(JoinedKit(kit=kit.id))
    return {"kit": kit.id}


@use_case("rename_kit", by=OFFERING, emits=(KitRenamed,), gives=("kit",))
def rename_kit(c: Command, *, kit: UUID, name: str) -> Outcome:
    """Calls a kit something else."""
    one, _ = _kit(c, kit, "rename_kit")
    if named(name) != one.name:
        one.record(KitRenamed(name=named(name)))
    return {"kit": one.id}


@use_case("add_kit_member", by=OFFERING, emits=(MemberAdded, JoinedKit, Reserved, Held), gives=("kit",))
def add_kit_member(c: Command, *, kit: UUID, asset: UUID) -> Outcome:
    """One more thing belongs to a kit. Whoever is promised the kit is promised it too, so it must be free then.

    Who has asked for the kit in a request asked for other members: that has to be asked for again.
    """
    one, members = _kit(c, kit, "add_kit_member")
    new = c.load(Asset, asset, "asset")
    _may_join(c, new, one.holder, "asset")
    for paper in _not_on_request(c, one.promised(members, c.now)):
        promise = next(member.promises[paper] for member in members if paper in member.promises)
        must_be_free(c, new, 1, claimed(c, new, promise.window), "asset")
        new.record(_as_promised(paper, promise))
    one.record(MemberAdded(asset=new.id))
    new.record(JoinedKit(kit=one.id))
    return {"kit": one.id}


@use_case(
    "remove_kit_member", by=OFFERING, emits=(MemberRemoved, LeftKit, ReservationReleased), gives=("kit",)
)
def remove_kit_member(c: Command, *, kit: UUID, asset: UUID) -> Outcome:
    """Takes a thing out of a kit: promises to come are without it; a loan that is out keeps its line. Needs a reason.

    A request that asks for the kit keeps what it holds until it is over: it goes no further with another kit.
    """
    one, members = _kit(c, kit, "remove_kit_member")
    gone = _member(one, members, asset)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    for paper in _not_on_request(c, one.promised([gone], c.now)):
        gone.record(ReservationReleased(reservation=paper))
    one.record(MemberRemoved(asset=gone.id))
    gone.record(LeftKit(kit=one.id))
    return {"kit": one.id}


@use_case("dissolve_kit", by=OFFERING, emits=(KitTakenApart, LeftKit), gives=("kit",))
def dissolve_kit(c: Command, *, kit: UUID) -> Outcome:
    """Takes a kit apart, while it is neither promised nor out."""
    one, members = _kit(c, kit, "dissolve_kit")
    one.record(KitTakenApart())
    for member in members:
        member.record(LeftKit(kit=one.id))
    return {"kit": one.id}


@use_case("list_kit", by=OFFERING, emits=(Listed,), gives=("kit",))
def list_kit(
    c: Command, *, kit: UUID, loan: bool = True, transfer: bool = False, until: datetime | None = None
) -> Outcome:
    """Offers all members of a kit in the pool, or none."""
    one, members = _kit(c, kit, "list_kit")
    for member in members:
        list_asset(c, asset=member.id, loan=loan, transfer=transfer, until=until)
    return {"kit": one.id}


@use_case("withdraw_kit", by=OFFERING, emits=(ListingWithdrawn,), gives=("kit",))
def withdraw_kit(c: Command, *, kit: UUID) -> Outcome:
    """Takes the offer of a kit back: all of it that is offered. Needs a reason, and no live promise on any member."""
    one, members = _kit(c, kit, "withdraw_kit")
    for member in (member for member in members if member.listing is not None):
        withdraw_listing(c, asset=member.id)
    return {"kit": one.id}


@use_case("reserve_kit", by=OFFERING, emits=(KitPromised, Reserved), gives=("kit", "reservation"))
def reserve_kit(c: Command, *, kit: UUID, body: UUID, window: Window) -> Outcome:
    """Promises all members of a kit to a body for a window, or none. None of them goes anywhere alone as long as that binds."""
    one, members = _kit(c, kit, "reserve_kit")
    borrower = c.load(Body, body, "body")
    must_have_standing(borrower, c, "body")
    if window.end <= c.now:
        raise InvalidValue("window", value=window.end.isoformat(), after=c.now.isoformat())
    reservation = c.new_id()
    for member in members:
        must_not_lend_to_oneself(c, member, borrower, "body")
        must_not_be_blocked(c, borrower, point_of(c, member))
        must_be_within_limits(c, asset=member, borrower=borrower, window=window, form=Form.LOAN)
        must_be_free(c, member, 1, claimed(c, member, window), "kit")
    for store in _stores(c, members):
        take_slot(c, store, window.start, reservation)
    for member in members:
        ready = ready_after(c, member, window.end)
        member.record(Reserved(reservation=reservation, body=body, quantity=1, window=window, ready=ready))
    one.record(KitPromised(reservation=reservation))
    return {"kit": one.id, "reservation": reservation}


@use_case("release_kit", by=OFFERING, emits=(KitReleased, ReservationReleased), gives=("kit",))
def release_kit(c: Command, *, kit: UUID, reservation: UUID) -> Outcome:
    """Takes a promise of a whole kit back. Needs a reason. That of a request goes with the request."""
    one, members = _kit(c, kit, "release_kit")
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if reservation not in one.reservations:
        raise AlreadyDone("reservation", what=str(reservation))
    if is_request(c, reservation):
        raise PromisedOnPaper("reservation", asset=one.name, paper=name_of_promise(c, reservation))
    promised = [member for member in members if reservation in member.promises]
    for store in _stores(c, promised):
        leave_slot(c, store, promised[0].promises[reservation].window.start, reservation)
    for member in promised:
        member.record(ReservationReleased(reservation=reservation))
    one.record(KitReleased(reservation=reservation))
    return {"kit": one.id}


@use_case(
    "lend_kit",
    by=HANDING_OUT,
    emits=(BodyTookIn, LoanOpened, Lent, Dispatched, KitLent, SlipIssued, *HANDED_OUT),
    gives=("kit", "loan", "series"),
)
def lend_kit(
    c: Command, *, kit: UUID, borrower: UUID, due: datetime, receiver: Signature | None = None, giver: Signature | None = None,
    carrier: str = "", reservation: UUID | None = None,
) -> Outcome:  # fmt: skip
    """Hands a whole kit over on one loan, both sides signing, or gives it to a carrier; all members or none."""
    giver = giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    if bool(carrier.strip()) == (receiver is not None):
        raise InvalidValue("carrier", value=carrier, because="carrier_or_receiver")
    one, members = _kit(c, kit, "lend_kit")
    if reservation is not None and reservation not in one.reservations:
        raise Unknown("reservation", id=str(reservation))
    if reservation is not None and is_request(c, reservation):
        raise PromisedOnPaper("reservation", asset=one.name, paper=name_of_promise(c, reservation))
    lines = tuple(LoanLine(member.id, 1) for member in members)
    assets, to = lines_and_borrower(c, lines, borrower, due, AS_ONE_LENT)
    must_be_lendable(c, assets, lines, to, due, reservation, receiver)
    loan = hand_out(
        c,
        assets,
        lines,
        to,
        due,
        giver=giver,
        receiver=receiver,
        carrier=carrier.strip(),
        reservation=reservation,
    )
    one.record(KitLent(loan=loan.id, reservation=reservation))
    kind = SlipKind.LOAN if receiver is not None else SlipKind.RELEASE
    return {"kit": one.id, **with_slip(c, loan, assets, lines, {"series": kind})}


@use_case(
    "take_back_kit",
    by=(Role.KEEPER,),
    emits=(*COMING_BACK, KitTicked, SlipIssued),
    gives=("kit", "loans", "series", "landed"),
)
def take_back_kit(
    c: Command, *, kit: UUID, lines: tuple[ReturnLine, ...], place: UUID, giver: Signature | None = None
) -> Outcome:
    """Takes a kit back and ticks every member: a line for each that came, in what state. What is still out makes the kit incomplete,
    and a case asks where it is.
    """
    one, members = _kit(c, kit, "take_back_kit")
    for n, line in enumerate(lines):
        if line.asset not in one.members:
            raise NotInThisKit(f"lines.{n}", kit=one.name)
    loans = sorted(one.out_on(members))
    outcome = take_back(c, lines=lines, place=place, loan=loans[-1] if loans else None, giver=giver)
    missing = [member for member in members if member.outs.keys() & one.loans]
    for member in missing:
        if MISSING not in member.cases:
            member.record(CaseOpened(case=MISSING))
    one.record(
        KitTicked(
            back=tuple(dict.fromkeys(line.asset for line in lines)),
            missing=tuple(member.id for member in missing),
        )
    )
    return {"kit": one.id, **outcome}


@use_case("move_kit", by=(Role.KEEPER,), emits=(BodyTookIn, PutAway, Moved, *UNEXPECTED), gives=("kit",))
def move_kit(c: Command, *, kit: UUID, place: UUID) -> Outcome:
    """Puts all members of a kit into a place. One that is not here is named: without it the kit does not move."""
    one, members = _kit(c, kit, "move_kit")
    for member in members:
        put_away(c, asset=member.id, place=place)
    return {"kit": one.id}


def _kit(c: Command, id: UUID, action: str) -> tuple[Kit, list[Asset]]:
    """The kit and its members, if the rules of this action allow it."""
    kit = c.load(Kit, id, "kit")
    return kit, ask_kit(action, c, kit)


def _not_on_request(c: Command, promises: Iterable[UUID]) -> list[UUID]:
    return [paper for paper in sorted(promises) if not is_request(c, paper)]


def _stores(c: Command, members: Sequence[Asset]) -> list[Place]:
    """Where it is collected: each warehouse keeps a place for it."""
    shelves = (c.load(Place, member.place) for member in members if member.place is not None)
    return c.load_all(Place, dict.fromkeys(shelf.warehouse for shelf in shelves))


def _member(kit: Kit, members: Sequence[Asset], id: UUID) -> Asset:
    for member in members:
        if member.id == id:
            return member
    raise NotInThisKit("asset", kit=kit.name)


def _may_join(c: Command, asset: Asset, holder: UUID, path: str) -> None:
    try:
        ask(KITTING, c, asset)
    except Refusal as no:
        no.path = path
        raise
    if asset.kind is not Kind.SERIALISED:
        raise InvalidValue(path, value=asset.kind, because="member_is_one_thing")
    if asset.kit is not None:
        raise InAnotherKit(path, asset=asset.number, kit=c.load(Kit, asset.kit).name)
    if asset.holder != holder:
        raise InvalidValue(path, value=str(asset.holder), because="members_of_one_holder")


def _as_promised(paper: UUID, promise: Promise) -> Reserved | Held:
    if promise.firm or promise.until is None:
        return Reserved(
            reservation=paper, body=promise.body, quantity=1, window=promise.window, until=promise.until, ready=promise.ready
        )  # fmt: skip
    return Held(
        reservation=paper, body=promise.body, quantity=1, window=promise.window, until=promise.until, ready=promise.ready
    )  # fmt: skip
