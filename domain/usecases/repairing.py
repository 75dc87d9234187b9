"""Repairs: a fault, an order with an estimate, out to the workshop and back, the cost, or not worth it."""

from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind, Kind
from domain.body import Body, BodyTookIn
from domain.command import Command
from domain.life.keeping import CaseOpened, CaseSettled
from domain.life.repairing import BackFromRepair, FaultReported, RepairBegun, RepairOver, SentForRepair
from domain.life.splitting import SplitFrom, SplitOff
from domain.papers.repair_order import (
    RepairAllowed,
    RepairCompleted,
    RepairDropped,
    RepairEnded,
    RepairOrder,
    RepairOrdered,
    RepairSent,
    RepairUneconomic,
)
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.place import Place
from domain.policy_data import REPAIR_SHARES, in_force
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.usecases import Outcome, ask, use_case
from domain.usecases.lots import split_off
from domain.usecases.pooling import ReasonMissing
from domain.usecases.returning import UNEXPECTED, lands_in
from domain.values import USABLE, Condition, Money, Role, Signature, SignedBy, free_text

OVER_LIMIT, UNECONOMIC = "repair_over_limit", "repair_uneconomic"
"""The cases that ask for a disposal decision."""


class StillAtTheWorkshop(Refusal):
    """It is still at the workshop: it comes back first."""

    code = "STILL_AT_THE_WORKSHOP"


REPORTING = (rule.its_holder_or_keeper_asks, rule.it_is_alive)
ORDERING = (
    *REPORTING,
    rule.it_was_here_by_then,
    rule.it_is_not_in_repair,
    rule.it_is_not_in_a_disposal_case,
    rule.it_is_not_being_transferred,
    rule.it_is_not_on_loan,
    rule.somebody_has_it,
)
CARING = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)


@use_case(
    "report_fault",
    by=CARING,
    emits=(FaultReported, SplitOff, SplitFrom),
    gives=("asset",),
    rules=REPORTING,
)
def report_fault(
    c: Command,
    *,
    asset: UUID,
    fault: str,
    condition: Condition = Condition.REPAIRABLE,
    quantity: int | None = None,
) -> Outcome:
    """Records that it is out of order. Of a lot, so many are split off with the fault."""
    one = c.load(Asset, asset, "asset")
    ask(REPORTING, c, one)
    if condition in USABLE:
        raise InvalidValue("condition", value=condition, because="fault_and_usable")
    if not fault.strip():
        raise InvalidValue("fault", value="")
    wanted = one.quantity if quantity is None else quantity
    part = split_off(c, one, wanted) if one.kind is Kind.LOT else one
    part.record(FaultReported(condition=condition, fault=free_text(fault, "fault")))
    return {"asset": part.id}


@use_case(
    "order_repair",
    by=CARING,
    emits=(RepairOrdered, RepairBegun, CaseOpened),
    gives=("repair",),
    rules=ORDERING,
)
def order_repair(
    c: Command,
    *,
    asset: UUID,
    workshop: UUID,
    fault: str,
    estimate: Money | None = None,
    replacement: Money | None = None,
) -> Outcome:
    """Orders a repair. An estimate over the policy's share of a new one's price opens a case and waits for a decision.

    `replacement`: what a new one costs; without it, the original value stands for it.
    """
    one = c.load(Asset, asset, "asset")
    ask(ORDERING, c, one)
    shop = c.load(Body, workshop, "workshop")
    new = replacement or (one.book.original if one.book else None)
    limit = _limit(c, one, new)
    over = _over(estimate, limit)
    paper = c.begin(RepairOrder)
    paper.record(
        RepairOrdered(
            asset=one.id,
            workshop=shop.id,
            fault=free_text(fault, "fault"),
            estimate=estimate,
            limit=limit,
            over_limit=over,
        )
    )
    one.record(RepairBegun(repair=paper.id))
    if over:
        one.record(CaseOpened(case=OVER_LIMIT, paper=paper.id))
    return {"repair": paper.id}


@use_case("allow_repair", by=(Role.APPROVER,), emits=(RepairAllowed, CaseSettled), gives=("repair",))
def allow_repair(c: Command, *, repair: UUID) -> Outcome:
    """Decides that a repair over the limit is worth it after all. Not by whoever ordered it; needs a reason."""
    paper = c.load(RepairOrder, repair, "repair")
    one = c.load(Asset, paper.asset)
    c.must((Role.APPROVER,), *c.load(Body, one.holder).scopes)
    rule.not_the_same_person(c.person, (paper.ordered_by,), "approver", "applicant")
    if not c.meta.reason:
        raise ReasonMissing("reason")
    paper.must_be_open()
    if paper.allowed or not paper.over_limit:
        raise AlreadyDone("repair", what=one.number)
    paper.record(RepairAllowed())
    if OVER_LIMIT in one.cases:
        one.record(CaseSettled(case=OVER_LIMIT))
    return {"repair": paper.id}


@use_case(
    "send_for_repair",
    by=CARING,
    emits=(RepairSent, SentForRepair, SlipIssued, BodyTookIn),
    gives=("repair", "series"),
)
def send_for_repair(
    c: Command, *, repair: UUID, giver: Signature | None = None, receiver: Signature | None = None
) -> Outcome:
    """Gives it to the workshop, with a numbered gate pass where it leaves a store."""
    paper = c.load(RepairOrder, repair, "repair")
    one = c.load(Asset, paper.asset)
    ask(
        (rule.its_holder_or_keeper_asks, rule.it_is_alive, rule.it_is_not_on_loan, rule.somebody_has_it),
        c,
        one,
    )
    giver = giver or Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    paper.send(giver, receiver)
    rule.into_the_hands_of(c, paper.workshop, one)
    outcome: Outcome = {"repair": paper.id}
    if one.place is not None:
        outcome["series"] = issue_slip(
            c,
            SlipKind.GATE_PASS,
            c.load(Place, one.place),
            paper.id,
            (line_of(one, one.quantity),),
            giver=one.custody.body,
            receiver=paper.workshop,
            giver_signature=giver,
            receiver_signature=receiver,
        )
    one.record(SentForRepair(repair=paper.id, workshop=paper.workshop))
    return outcome


@use_case(
    "take_back_from_repair",
    by=(Role.KEEPER,),
    emits=(BackFromRepair, *UNEXPECTED, BodyTookIn),
    gives=("asset",),
)
def take_back_from_repair(c: Command, *, asset: UUID, place: UUID, condition: Condition) -> Outcome:
    """What comes from a workshop is there, whatever the papers say; what no repair explains comes with a case."""
    one = c.load(Asset, asset, "asset")
    store = rule.into_the_store(c, place, one)
    at_the_workshop = one.custody.kind is CustodyKind.OUT and one.custody.paper != one.transfer
    paper = one.custody.paper if at_the_workshop else None
    if paper is None:
        one.record(CaseOpened(case="stray_repair_return", paper=one.repair))
        if lands_in(c, one, store, condition):
            return {"asset": one.id}
    one.record(BackFromRepair(repair=paper, operator=store.operator, place=store.id, condition=condition))
    return {"asset": one.id}


@use_case("complete_repair", by=CARING, emits=(RepairCompleted, RepairOver, CaseOpened), gives=("repair",))
def complete_repair(
    c: Command, *, repair: UUID, cost: Money, condition: Condition = Condition.GOOD, parts: str = ""
) -> Outcome:
    """Mended, here or at the workshop and back. What it cost is said; too much opens a case."""
    paper, one = _open(c, repair)
    if one.custody.kind is CustodyKind.OUT and one.custody.paper == paper.id:
        raise StillAtTheWorkshop("repair", asset=one.number)
    if cost.amount < 0:
        raise InvalidValue("cost", value=str(cost.amount), least=0)
    paper.record(RepairCompleted(cost=cost, parts=free_text(parts, "parts")))
    one.record(RepairOver(repair=paper.id, condition=condition))
    if _over(cost, paper.limit) and not paper.allowed:
        one.record(CaseOpened(case=OVER_LIMIT, paper=paper.id))
    return {"repair": paper.id}


@use_case(
    "declare_repair_uneconomic",
    by=CARING,
    emits=(RepairUneconomic, RepairOver, CaseOpened),
    gives=("repair",),
)
def declare_repair_uneconomic(
    c: Command, *, repair: UUID, condition: Condition = Condition.BROKEN
) -> Outcome:
    """Not worth mending: the case asks for a disposal decision. Needs a reason."""
    paper, one = _open(c, repair)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if condition in USABLE:
        raise InvalidValue("condition", value=condition, because="not_repaired_and_usable")
    paper.record(RepairUneconomic())
    one.record(RepairOver(repair=paper.id, condition=condition))
    one.record(CaseOpened(case=UNECONOMIC, paper=paper.id))
    return {"repair": paper.id}


@use_case("drop_repair", by=CARING, emits=(RepairDropped, RepairOver), gives=("repair",))
def drop_repair(c: Command, *, repair: UUID) -> Outcome:
    """Takes an order back before the thing has left. Needs a reason."""
    paper, one = _open(c, repair)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    if paper.sent:
        raise StillAtTheWorkshop("repair", asset=one.number)
    paper.record(RepairDropped())
    one.record(RepairOver(repair=paper.id, condition=one.condition))
    return {"repair": paper.id}


def _open(c: Command, repair: UUID) -> tuple[RepairOrder, Asset]:
    paper = c.load(RepairOrder, repair, "repair")
    one = c.load(Asset, paper.asset)
    workshop_has_it = one.custody.kind is CustodyKind.OUT
    if workshop_has_it:
        c.must(CARING, *c.load(Body, one.holder).scopes)
    else:
        rule.its_holder_or_keeper_asks(c, one)
    if paper.closed:
        raise RepairEnded("repair")
    return paper, one


def _limit(c: Command, asset: Asset, new: Money | None) -> Money | None:
    """What a repair may cost before somebody has to decide, by the policy of the holder's region."""
    if new is None:
        return None
    policy = in_force(REPAIR_SHARES, c.load(Body, asset.holder).region, c.now.date())
    return new.part(policy.percent, 100)


def _over(cost: Money | None, limit: Money | None) -> bool:
    """Amounts of different currencies cannot be compared: then somebody has to look."""
    if cost is None or limit is None:
        return False
    return cost.currency != limit.currency or cost.amount > limit.amount
