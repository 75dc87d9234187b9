"""Keeping: put away, moved, issued, turned in, another custodian, missed and found, title, flags and cases."""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind, Flag, Title
from domain.body import Body, BodyTookIn, may_still_hand_over
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
from domain.life.lending import CameBack
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.place import Place
from domain.refusals import AlreadyDone, Refusal
from domain.usecases import Outcome, ask, use_case
from domain.usecases.pooling import ReasonMissing
from domain.values import Condition, Role, Signature, SignedBy


class NoSuchCase(Refusal):
    """There is no such open case."""

    code = "NO_SUCH_CASE"


class NotInsideTheBody(Refusal):
    """Goods are issued inside their holder only; for others there are loans and transfers."""

    code = "NOT_INSIDE_THE_BODY"


class WitnessesMissing(Refusal):
    """A hand-over without the leaver's signature needs a supervisor and two witnesses."""

    code = "WITNESSES_MISSING"


def the_asker_keeps_a_store(c: Command, asset: Asset) -> None:
    """A keeper of any store: whatever is carried in is there, whoever should have it."""
    c.must((Role.KEEPER,), *(grant.scope for grant in c.account.grants if grant.role is Role.KEEPER))


def it_is_missing(c: Command, asset: Asset) -> None:
    if asset.custody.kind is not CustodyKind.UNACCOUNTED:
        raise AlreadyDone("asset", what=asset.number)


def it_has_open_cases(c: Command, asset: Asset) -> None:
    if not asset.cases:
        raise NoSuchCase("case")


PUTTING_AWAY = (the_asker_keeps_a_store,)
ISSUING = (
    rule.its_holder_or_keeper_asks, rule.it_is_alive, rule.it_is_not_on_loan, rule.it_is_not_promised, rule.it_is_not_in_repair,
    rule.it_is_not_in_a_disposal_case, rule.it_is_not_being_transferred, rule.somebody_has_it,
)  # fmt: skip
TURNING_IN = (the_asker_keeps_a_store, rule.it_is_alive)
CHANGING_CUSTODIAN = (rule.its_holder_asks, rule.it_is_alive, rule.somebody_has_it)
REPORTING_MISSING = (
    rule.its_holder_or_keeper_asks,
    rule.it_is_alive,
    rule.somebody_has_it,
    rule.it_is_not_on_loan,
)
FINDING = (the_asker_keeps_a_store, rule.it_is_alive, it_is_missing)
CHANGING_TITLE = (rule.its_holder_asks, rule.it_is_alive)
SETTLING = (rule.its_holder_or_keeper_asks, it_has_open_cases)
SEEING = (rule.its_holder_or_keeper_asks, rule.it_is_alive)


@use_case(
    "put_away",
    by=(Role.KEEPER,),
    emits=(BodyTookIn, PutAway, Moved, CameBack, CaseOpened),
    gives=("asset",),
    rules=PUTTING_AWAY,
)
def put_away(c: Command, *, asset: UUID, place: UUID) -> Outcome:
    """Scans a thing into a place. What is there is there: if the books say otherwise, it lands with a case."""
    one, where = c.load(Asset, asset, "asset"), c.load(Place, place, "place")
    c.must((Role.KEEPER,), *where.scopes)
    rule.into_the_hands_of(c, where.operator, one)
    if not one.alive or one.physically_gone or one.outs or one.custody.kind is not CustodyKind.CUSTODIAN:
        one.record(CameBack(condition=one.condition, operator=where.operator, place=where.id))
        one.record(CaseOpened(case="stray"))
    elif one.custody.body == where.operator and one.custody.person is None:
        if one.place != where.id:
            one.record(Moved(place=where.id))
    else:
        one.record(PutAway(place=where.id, operator=where.operator))
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
        c.load(Place, place, "place")
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
    emits=(BodyTookIn, TurnedIn, CaseOpened, SlipIssued),
    gives=("asset", "series"),
    rules=TURNING_IN,
)
def turn_in(
    c: Command, *, asset: UUID, place: UUID, condition: Condition, giver: Signature | None = None
) -> Outcome:
    """Takes a thing back from its user into a store (退库). It always lands."""
    one, store = c.load(Asset, asset, "asset"), c.load(Place, place, "place")
    c.must((Role.KEEPER,), *store.scopes)
    rule.it_is_alive(c, one)
    receiver = Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    rule.into_the_hands_of(c, store.operator, one)
    if one.outs:
        one.record(CaseOpened(case="turned_in_while_on_loan"))
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
    if giver is None and len(set(witnesses) - {receiver.person, c.person}) < 2:
        raise WitnessesMissing("witnesses")
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
    emits=(MissingReported,),
    gives=("asset",),
    rules=REPORTING_MISSING,
)
def report_missing(c: Command, *, asset: UUID) -> Outcome:
    """It is not where it should be: whoever had it is liable until it is found or written off."""
    one = c.load(Asset, asset, "asset")
    ask(REPORTING_MISSING, c, one)
    one.record(MissingReported(liable=one.custody.body))
    return {"asset": one.id}


@use_case(
    "report_found",
    by=(Role.KEEPER,),
    emits=(
        BodyTookIn,
        FoundAgain,
    ),
    gives=("asset",),
    rules=FINDING,
)
def report_found(c: Command, *, asset: UUID, place: UUID, condition: Condition) -> Outcome:
    """A missing thing turned up in a store."""
    one, where = c.load(Asset, asset, "asset"), c.load(Place, place, "place")
    c.must((Role.KEEPER,), *where.scopes)
    ask(FINDING, c, one)
    rule.into_the_hands_of(c, where.operator, one)
    one.record(FoundAgain(place=where.id, operator=where.operator, condition=condition))
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
