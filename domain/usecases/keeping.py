"""Keeping: put away, moved, issued, turned in, another custodian, missed and found, title, flags and cases."""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind, Existence, Flag, Title
from domain.body import Body, BodyTookIn, may_still_hand_over, same_accountable
from domain.command import Command
from domain.life.keeping import (
    CaseOpened,
    CaseSettled,
    ConditionSeen,
    CustodianChanged,
    Flagged,
    FoundAgain,
    Issued,
    MissingReported,
    Moved,
    PutAway,
    TitleChanged,
    TurnedIn,
    Unflagged,
)
from domain.life.splitting import SplitFrom, SplitOff
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.place import Place
from domain.refusals import AlreadyDone, Refusal
from domain.usecases import Outcome, ask, use_case
from domain.usecases.lots import split_off
from domain.usecases.pooling import ReasonMissing, note_broken_promises
from domain.usecases.returning import UNEXPECTED, lands_in
from domain.values import Condition, Role, Signature, SignedBy


class NoSuchCase(Refusal):
    """There is no such open case."""

    code = "NO_SUCH_CASE"


class NotInsideTheBody(Refusal):
    """Goods are issued inside their holder only; for others there are loans and transfers."""

    code = "NOT_INSIDE_THE_BODY"


class NotTheCustodian(Refusal):
    """Somebody else answers for it: who hands a thing over is who has it."""

    code = "NOT_THE_CUSTODIAN"


class WitnessesMissing(Refusal):
    """A hand-over without the leaver's signature needs a supervisor and two witnesses."""

    code = "WITNESSES_MISSING"


def its_manager_there_asks(c: Command, asset: Asset) -> None:
    """The asset manager of the body that has it, or of a body above that division."""
    c.must((Role.ASSET_MANAGER,), *c.load(Body, asset.custody.body).scopes)


def it_is_missing(c: Command, asset: Asset) -> None:
    """Unaccounted for, or left for good or written off, and in nobody's hands: that may turn up too."""
    left = asset.physically_gone or asset.existence is Existence.WRITTEN_OFF
    if not left:
        rule.it_is_alive(c, asset)
    nowhere = asset.custody.kind is CustodyKind.GONE and left
    if not nowhere and asset.custody.kind is not CustodyKind.UNACCOUNTED:
        raise AlreadyDone("asset", what=asset.number)


def it_is_not_missing_yet(c: Command, asset: Asset) -> None:
    """At a workshop or on the way it may get lost too."""
    if asset.custody.kind in (CustodyKind.UNACCOUNTED, CustodyKind.GONE):
        raise rule.NotInCustody("asset", asset=asset.number, custody=asset.custody.kind)


def it_has_open_cases(c: Command, asset: Asset) -> None:
    if not asset.cases:
        raise NoSuchCase("case")


PUTTING_AWAY = (rule.the_asker_keeps_a_store,)
ISSUING = (
    rule.its_keeper_asks, rule.it_is_alive, rule.it_was_here_by_then, rule.it_is_not_on_loan, rule.it_is_not_promised,
    rule.it_is_not_in_repair, rule.it_is_not_in_a_disposal_case, rule.it_is_not_being_transferred, rule.somebody_has_it,
)  # fmt: skip
TURNING_IN = (rule.the_asker_keeps_a_store,)
CHANGING_CUSTODIAN = (
    its_manager_there_asks,
    rule.it_is_alive,
    rule.it_was_here_by_then,
    rule.somebody_has_it,
    rule.some_of_it_is_here,
)
REPORTING_MISSING = (
    rule.its_holder_or_keeper_asks,
    rule.it_is_alive,
    it_is_not_missing_yet,
    rule.some_of_it_is_here,
)
FINDING = (rule.the_asker_keeps_a_store, it_is_missing)
CHANGING_TITLE = (rule.its_holder_asks, rule.it_is_alive)
SETTLING = (rule.its_holder_or_keeper_asks, it_has_open_cases)
SEEING = (rule.its_holder_or_keeper_asks, rule.it_is_alive, rule.it_was_here_by_then)


@use_case(
    "put_away",
    by=(Role.KEEPER,),
    emits=(BodyTookIn, PutAway, Moved, *UNEXPECTED),
    gives=("asset",),
    rules=PUTTING_AWAY,
)
def put_away(c: Command, *, asset: UUID, place: UUID) -> Outcome:
    """Scans a thing into a place. What is there is there: if the books say otherwise, it lands with a case."""
    one = c.load(Asset, asset, "asset")
    where = rule.into_the_store(c, place, one)
    if lands_in(c, one, where, one.condition):
        return {"asset": one.id}
    if one.custody.body == where.operator and one.custody.person is None:
        if one.place != where.id:
            one.record(Moved(place=where.id))
        return {"asset": one.id}
    handed_over = one.custody.person is None and same_accountable(c, one.custody.body, where.operator)
    one.record(PutAway(place=where.id, operator=where.operator))
    if not handed_over:
        one.record(CaseOpened(case="without_hand_over"))
    return {"asset": one.id}


@use_case(
    "issue_asset",
    by=(Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER),
    emits=(BodyTookIn, Issued, SlipIssued),
    gives=("asset", "series"),
    rules=ISSUING,
)
def issue_asset(
    c: Command,
    *,
    asset: UUID,
    body: UUID,
    receiver: Signature,
    place: UUID | None = None,
    giver: Signature | None = None,
) -> Outcome:
    """Gives a thing into use to a division and a person of its own holder (领用)."""
    one = c.load(Asset, asset, "asset")
    ask(ISSUING, c, one)
    to, holder = c.load(Body, body, "body"), c.load(Body, one.holder)
    may_still_hand_over(to, c, "body")
    if to.accountable != holder.accountable:
        raise NotInsideTheBody("body", body=to.name)
    giver = giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    store = c.load(Place, one.place) if one.place else None
    if place is not None:
        rule.in_a_place_of(c, place, to).must_be_in_use()
    to.receive(one.id)
    one.record(Issued(body=to.id, receiver=receiver, giver=giver, place=place))
    if store is None:
        return {"asset": one.id}
    series = issue_slip(
        c, SlipKind.RELEASE, store, one.id, (line_of(one, one.quantity),), giver=store.operator, receiver=to.id,
        giver_signature=giver, receiver_signature=receiver,
    )  # fmt: skip
    return {"asset": one.id, "series": series}


@use_case(
    "turn_in",
    by=(Role.KEEPER,),
    emits=(BodyTookIn, TurnedIn, SlipIssued, *UNEXPECTED),
    gives=("asset", "series"),
    rules=TURNING_IN,
)
def turn_in(
    c: Command, *, asset: UUID, place: UUID, condition: Condition, giver: Signature | None = None
) -> Outcome:
    """Takes a thing back from its user into a store (退库). It always lands."""
    receiver = Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    one = c.load(Asset, asset, "asset")
    store = rule.into_the_store(c, place, one)
    if not lands_in(c, one, store, condition):
        one.record(TurnedIn(operator=store.operator, place=store.id, condition=condition))
    series = issue_slip(
        c, SlipKind.RETURN, store, one.id, (line_of(one, one.quantity),), receiver=store.operator, giver_signature=giver,
        receiver_signature=receiver,
    )  # fmt: skip
    return {"asset": one.id, "series": series}


@use_case(
    "change_custodian",
    by=(Role.ASSET_MANAGER,),
    emits=(
        BodyTookIn,
        CustodianChanged,
    ),
    gives=("asset",),
    rules=CHANGING_CUSTODIAN,
)
def change_custodian(
    c: Command,
    *,
    asset: UUID,
    body: UUID,
    receiver: Signature,
    giver: Signature | None = None,
    witnesses: tuple[UUID, ...] = (),
) -> Outcome:
    """From one person to another of the same body, both signing; a leaver who won't sign is replaced by two witnesses."""
    one = c.load(Asset, asset, "asset")
    ask(CHANGING_CUSTODIAN, c, one)
    to = c.load(Body, body, "body")
    if to.accountable != c.load(Body, one.custody.body).accountable:
        raise NotInsideTheBody("body", body=to.name)
    rule.nobody_signs_both_sides(giver, receiver)
    leaver = one.custody.person
    if giver is None:
        rule.not_the_same_person(receiver.person, (c.person,), "receiver", "supervisor")
        if len(set(witnesses) - {receiver.person, c.person, leaver}) < 2:
            raise WitnessesMissing("witnesses")
    elif leaver is not None and giver.person != leaver:
        raise NotTheCustodian("giver", asset=one.number)
    to.receive(one.id)
    one.record(CustodianChanged(body=to.id, receiver=receiver, giver=giver, witnesses=witnesses))
    return {"asset": one.id}


@use_case(
    "see_condition",
    by=(Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER),
    emits=(ConditionSeen,),
    gives=("asset",),
    rules=SEEING,
)
def see_condition(c: Command, *, asset: UUID, condition: Condition) -> Outcome:
    """Records the condition somebody saw."""
    one = c.load(Asset, asset, "asset")
    ask(SEEING, c, one)
    one.record(ConditionSeen(condition=condition))
    return {"asset": one.id}


@use_case(
    "report_missing",
    by=(Role.KEEPER, Role.ASSET_MANAGER),
    emits=(MissingReported, CaseOpened, SplitOff, SplitFrom),
    gives=("asset",),
    rules=REPORTING_MISSING,
)
def report_missing(c: Command, *, asset: UUID) -> Outcome:
    """It is not where it should be: whoever had it is liable until it is found or written off.

    Of a lot that is partly lent, what should be here is split off: the borrowers have theirs. On the way, its holder is liable.
    """
    one = c.load(Asset, asset, "asset")
    ask(REPORTING_MISSING, c, one)
    part = split_off(c, one, one.here)
    on_the_way = part.custody.kind is CustodyKind.TRANSIT
    part.record(MissingReported(liable=part.holder if on_the_way else part.custody.body))
    note_broken_promises(c, one)
    return {"asset": part.id}


@use_case(
    "report_found",
    by=(Role.KEEPER,),
    emits=(BodyTookIn, FoundAgain, *UNEXPECTED),
    gives=("asset",),
    rules=FINDING,
)
def report_found(c: Command, *, asset: UUID, place: UUID, condition: Condition) -> Outcome:
    """A missing thing turned up in a store. What is off the books lands with a case: a decision may reinstate it."""
    one = c.load(Asset, asset, "asset")
    ask(FINDING, c, one)
    where = rule.into_the_store(c, place, one)
    if one.alive and not one.physically_gone:
        one.record(FoundAgain(place=where.id, operator=where.operator, condition=condition))
    else:
        lands_in(c, one, where, condition)
    return {"asset": one.id}


@use_case(
    "change_title", by=(Role.ASSET_MANAGER,), emits=(TitleChanged,), gives=("asset",), rules=CHANGING_TITLE
)
def change_title(c: Command, *, asset: UUID, title: Title) -> Outcome:
    """Its title became clear, disputed, pledged, sealed or unregistered. Needs a reason."""
    one = c.load(Asset, asset, "asset")
    ask(CHANGING_TITLE, c, one)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if one.title is not title:
        one.record(TitleChanged(title=title))
    return {"asset": one.id}


@use_case(
    "set_flag", by=(Role.ASSET_MANAGER,), emits=(Flagged, Unflagged), gives=("asset",), rules=CHANGING_TITLE
)
def set_flag(c: Command, *, asset: UUID, flag: Flag, on: bool) -> Outcome:
    """Puts a thing under special control, or out of it. Needs a reason."""
    one = c.load(Asset, asset, "asset")
    ask(CHANGING_TITLE, c, one)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if on and flag not in one.flags:
        one.record(Flagged(flag=flag))
    elif not on and flag in one.flags:
        one.record(Unflagged(flag=flag))
    return {"asset": one.id}


@use_case(
    "settle_case",
    by=(Role.KEEPER, Role.ASSET_MANAGER),
    emits=(CaseSettled,),
    gives=("asset",),
    rules=SETTLING,
)
def settle_case(c: Command, *, asset: UUID, case: str) -> Outcome:
    """Settles an open case; the reason says how."""
    one = c.load(Asset, asset, "asset")
    ask(SETTLING, c, one)
    if case not in one.cases:
        raise NoSuchCase("case")
    if not c.meta.reason:
        raise ReasonMissing("reason")
    one.record(CaseSettled(case=case))
    return {"asset": one.id}
