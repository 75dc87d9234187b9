"""Listing in the pool and promising for a window."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind, Flag
from domain.availability import free, steps
from domain.body import Body, must_have_standing, same_accountable
from domain.command import CLOCK_SKEW, Command
from domain.life.keeping import CaseOpened
from domain.life.pooling import Listed, ListingWithdrawn, ReservationReleased, Reserved
from domain.limits import claimed, leave_slot, must_be_within_limits, ready_after, take_slot
from domain.numbering import paper_number
from domain.papers.demand import Demand
from domain.papers.emergency import Emergency
from domain.papers.kit import InAKit, Kit, it_is_not_in_a_kit
from domain.papers.request import Request
from domain.place import Place, PlaceKind
from domain.refusals import AlreadyDone, InvalidValue, Refusal, Unknown
from domain.rings import rounds_of
from domain.terms import Form
from domain.usecases import Outcome, ask, use_case
from domain.usecases.blocking import must_not_be_blocked, point_of
from domain.usecases.lots import FOR_EVER
from domain.values import Role, Window

A_YEAR = timedelta(days=366)
MOST_YEARS = 20
MOST_INSTANTS = 100
MOST_NAMES = 5


class NotFree(Refusal):
    """Fewer are free in that window than were asked for."""

    code = "NOT_FREE"


class PromisedOnPaper(Refusal):
    """The promise belongs to a request, an emergency order, or somebody whose turn it is: it goes with that paper."""

    code = "PROMISED_ON_PAPER"


class AlreadyListed(Refusal):
    """It is listed already; one live listing per asset."""

    code = "ALREADY_LISTED"


class NotListed(Refusal):
    """It is not listed."""

    code = "NOT_LISTED"


class NotWiped(Refusal):
    """It has storage that was not erased since somebody used it."""

    code = "NOT_WIPED"


class ReasonMissing(Refusal):
    """This needs a reason."""

    code = "REASON_MISSING"


class LendingToOneself(Refusal):
    """Lender and borrower are the same accountable body: inside a body things are issued, not lent."""

    code = "LENDING_TO_ONESELF"


def it_is_not_listed(c: Command, asset: Asset) -> None:
    """An offer that has run out is no live one."""
    if asset.listing is not None and (asset.listing.until is None or asset.listing.until > c.now):
        raise AlreadyListed("asset", asset=asset.number)


def it_is_listed(c: Command, asset: Asset) -> None:
    if asset.listing is None:
        raise NotListed("asset", asset=asset.number)


def it_is_on_offer(c: Command, asset: Asset) -> None:
    if asset.listing is None or not asset.listing.live(c.now):
        raise NotListed("asset", asset=asset.number)


def it_has_been_wiped(c: Command, asset: Asset) -> None:
    """What was on it is nobody else's business: before others may ask for it, not only before they get it."""
    if Flag.STORAGE_MEDIA in asset.flags and not asset.wiped:
        raise NotWiped("asset", asset=asset.number)


def it_has_promises(c: Command, asset: Asset) -> None:
    """Some that nobody asked for on paper: those of a request go with the request."""
    if not asset.promises:
        raise AlreadyDone("reservation", what=asset.number)
    for paper in asset.promises:
        try:
            must_not_be_on_paper(c, asset, paper)
        except (PromisedOnPaper, InAKit):
            continue
        return
    must_not_be_on_paper(c, asset, next(iter(asset.promises)))


def must_not_be_on_paper(c: Command, asset: Asset, reservation: UUID) -> None:
    """A hold, or a promise that keeps a request, is let go by what happens to that paper; one of a whole kit with the kit."""
    kit = c.load(Kit, asset.kit) if asset.kit is not None else None
    if kit is not None and reservation in kit.reservations:
        raise InAKit("asset", asset=asset.number, kit=kit.name)
    on_paper = is_request(c, reservation) or is_emergency(c, reservation)
    if on_paper or not asset.promises[reservation].firm:
        raise PromisedOnPaper("reservation", asset=asset.number, paper=name_of_promise(c, reservation))


def name_of_promise(c: Command, paper: UUID) -> str:
    """What the paper is called that keeps a promise."""
    for kind, kept in ((Request, is_request), (Emergency, is_emergency)):
        if kept(c, paper):
            return paper_number(kind.KIND, paper)
    return paper_number(Demand.KIND, paper)


def is_request(c: Command, paper: UUID) -> bool:
    """Whether a promise is a request's."""
    try:
        c.load(Request, paper)
    except Unknown:
        return False
    return True


def is_emergency(c: Command, paper: UUID) -> bool:
    """Whether a promise is an emergency order's."""
    try:
        c.load(Emergency, paper)
    except Unknown:
        return False
    return True


def it_is_free_some_day(c: Command, asset: Asset) -> None:
    """Not all of it is overdue, or promised for ever."""
    ends = [claim.end for claim in asset.claims(c.now) if claim.end is not None and claim.end > c.now]
    if all(asset.free(Window(start, start + timedelta.resolution), c.now) < 1 for start in (c.now, *ends)):
        must_be_free(c, asset, 1, Window(c.now, FOR_EVER), "asset")


def must_be_free(
    c: Command, asset: Asset, quantity: int, window: Window, path: str, reservation: UUID | None = None
) -> None:
    """Raises `NotFree`, naming who has the promise or the loan in the way."""
    if quantity < 1:
        raise InvalidValue(path, value=quantity, least=1)
    left = asset.free(window, c.now, reservation)
    if left < quantity:
        others = in_the_way(c, asset, window, reservation)
        begins = next_start(c, [asset], quantity, window, reservation)
        raise NotFree(
            path, asset=asset.number, free=max(left, 0), wanted=quantity, by=named_together(c, others), where="",
            next=begins.isoformat() if begins else "",
        )  # fmt: skip


def in_the_way(c: Command, asset: Asset, window: Window, reservation: UUID | None = None) -> list[UUID]:
    """The bodies that have promises on it or loans of it in that time."""
    others = [
        promise.body
        for paper, promise in asset.promises.items()
        if paper != reservation and promise.binds(c.now) and promise.window.overlaps(window)
    ]
    return others + [
        out.custody.body
        for out in asset.outs.values()
        if out.due is None or out.due <= c.now or (out.since < window.end and out.due > window.start)
    ]


def next_start(
    c: Command, assets: Sequence[Asset], quantity: int, window: Window, reservation: UUID | None = None
) -> datetime | None:
    """When, within a year, a stretch as long as the window begins in which so many of these are free. `None`: nobody knows."""
    length, last = window.end - window.start, window.start + A_YEAR
    if length > MOST_YEARS * A_YEAR:
        return None
    claims = [(asset.usable, list(asset.claims(c.now, reservation))) for asset in assets]
    whole = Window(window.start, last + length)
    instants = {
        step.start for stock, found in claims for step in steps(stock, found, whole) if step.start <= last
    }
    for start in sorted(instants)[:MOST_INSTANTS]:
        span = Window(start, start + length)
        if sum(max(free(stock, found, span), 0) for stock, found in claims) >= quantity:
            return start
    return None


def named_together(c: Command, bodies: Iterable[UUID]) -> str:
    """Their names, the first few, as a refusal says them."""
    return ", ".join(body.name for body in c.load_all(Body, list(dict.fromkeys(bodies))[:MOST_NAMES]))


def must_not_lend_to_oneself(c: Command, asset: Asset, borrower: Body, path: str) -> None:
    """Judged on the nearest accountable body: a division is not one, and two that were merged are one."""
    if same_accountable(c, asset.holder, borrower.id):
        raise LendingToOneself(path, body=borrower.name)


def note_broken_promises(c: Command, asset: Asset) -> None:
    """Some of it is lost or set apart: whoever was promised what is not there any more must be told."""
    there = asset.quantity if asset.custody.kind is CustodyKind.CUSTODIAN else 0
    promised = any(promise.binds(c.now) for promise in asset.promises.values())
    if promised and free(there, asset.claims(c.now), Window(c.now, FOR_EVER)) < 0:
        asset.record(CaseOpened(case="promised_too_much"))


STAYS_SHAREABLE = (
    rule.it_is_alive,
    rule.it_was_here_by_then,
    rule.its_title_is_clear,
    rule.it_is_no_case_property,
    rule.it_is_not_in_a_disposal_case,
    rule.it_is_not_being_transferred,
)
LISTING = (
    rule.its_holder_or_keeper_asks,
    *STAYS_SHAREABLE,
    rule.it_is_not_on_loan,
    rule.somebody_has_it,
    it_is_not_listed,
    it_has_been_wiped,
)
WITHDRAWING = (rule.its_holder_or_keeper_asks, it_is_listed, rule.it_is_not_promised)
PROMISING = (
    *STAYS_SHAREABLE,
    rule.it_is_not_in_repair,
    rule.it_has_been_inspected,
    rule.its_condition_allows_use,
    rule.somebody_has_it,
    it_is_not_in_a_kit,
)
"""What may be promised to anybody: by its keeper, or because somebody asks for it."""
RESERVING = (rule.its_holder_or_keeper_asks, *PROMISING, it_is_free_some_day)
RELEASING = (rule.its_holder_or_keeper_asks, it_has_promises)
OFFERING = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)


@use_case("list_asset", by=OFFERING, emits=(Listed,), gives=("asset", "listing"), rules=LISTING)
def list_asset(
    c: Command, *, asset: UUID, loan: bool = True, transfer: bool = False, until: datetime | None = None, in_place: bool = False
) -> Outcome:  # fmt: skip
    """Offers an asset in the pool: to be lent, to be transferred, or `in_place`, to be used where it stands. It stays where it is.

    The round of the nearest bodies opens at once, those of others later, by the rounds that are set: counted from the day it is
    entered, so that no earlier date opens them sooner.
    """
    one = c.load(Asset, asset, "asset")
    ask(LISTING, c, one)
    if transfer:
        rule.it_is_on_the_books(c, one)
    if not (loan or transfer or in_place):
        raise InvalidValue("loan", value=loan, because="no_form")
    must_end_later(c, until)
    listing = c.new_id()
    late = c.now - c.occurred_at > CLOCK_SKEW
    one.record(
        Listed(
            listing=listing, loan=loan, transfer=transfer, until=until, in_place=in_place, confirm_by=confirm_by(c, one),
            since=c.now if late else None,
        )
    )  # fmt: skip
    return {"asset": one.id, "listing": listing}


def must_end_later(c: Command, until: datetime | None) -> None:
    if until is not None and (until.tzinfo is None or until <= c.now):
        raise InvalidValue("until", value=until.isoformat(), because="in_the_past", after=c.now.isoformat())


def confirm_by(c: Command, asset: Asset) -> datetime | None:
    """When its holder is to say again that an offer stands. What lies in a warehouse of the pool is there, whatever he says."""
    if (
        asset.place is not None
        and c.load(Place, c.load(Place, asset.place).warehouse).kind is PlaceKind.WAREHOUSE
    ):
        return None
    days = rounds_of(c, asset).terms.reconfirm_days
    return c.now + timedelta(days=days) if days else None


@use_case("withdraw_listing", by=OFFERING, emits=(ListingWithdrawn,), gives=("asset",), rules=WITHDRAWING)
def withdraw_listing(c: Command, *, asset: UUID) -> Outcome:
    """Takes an offer back. Needs a reason, and no live promise on it."""
    one = c.load(Asset, asset, "asset")
    ask(WITHDRAWING, c, one)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if one.listing is not None:
        one.record(ListingWithdrawn(listing=one.listing.id))
    return {"asset": one.id}


@use_case("reserve_asset", by=OFFERING, emits=(Reserved,), gives=("asset", "reservation"), rules=RESERVING)
def reserve_asset(c: Command, *, asset: UUID, body: UUID, window: Window, quantity: int = 1) -> Outcome:
    """Promises so many to a body for a window; never more than are free in it."""
    one = c.load(Asset, asset, "asset")
    ask(RESERVING, c, one)
    borrower = c.load(Body, body, "body")
    must_have_standing(borrower, c, "body")
    must_not_lend_to_oneself(c, one, borrower, "body")
    must_not_be_blocked(c, borrower, point_of(c, one))
    if window.end <= c.now:
        raise InvalidValue("window", value=window.end.isoformat(), after=c.now.isoformat())
    must_be_within_limits(c, asset=one, borrower=borrower, window=window, form=Form.LOAN)
    must_be_free(c, one, quantity, claimed(c, one, window), "quantity")
    reservation, ready = c.new_id(), ready_after(c, one, window.end)
    store = _store(c, one)
    if store is not None:
        take_slot(c, store, window.start, reservation)
    one.record(Reserved(reservation=reservation, body=body, quantity=quantity, window=window, ready=ready))
    return {"asset": one.id, "reservation": reservation}


@use_case("release_reservation", by=OFFERING, emits=(ReservationReleased,), gives=("asset",), rules=RELEASING)
def release_reservation(c: Command, *, asset: UUID, reservation: UUID) -> Outcome:
    """Takes a promise back. Needs a reason."""
    one = c.load(Asset, asset, "asset")
    rule.its_holder_or_keeper_asks(c, one)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if reservation not in one.promises:
        raise AlreadyDone("reservation", what=str(reservation))
    must_not_be_on_paper(c, one, reservation)
    store = _store(c, one)
    if store is not None:
        leave_slot(c, store, one.promises[reservation].window.start, reservation)
    one.record(ReservationReleased(reservation=reservation))
    return {"asset": one.id}


def _store(c: Command, asset: Asset) -> Place | None:
    """The warehouse where it is collected."""
    return c.load(Place, c.load(Place, asset.place).warehouse) if asset.place else None
