"""Taking back: from anyone, anything, in any state. A return always lands; what nothing explains lands with a case.

Of a lot, what came back in another state than the rest (damaged, to be wiped, to another store) becomes a lot of its own.
"""

from typing import Any, NamedTuple
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, CustodyKind, Flag, Kind
from domain.body import Body, BodyTookIn, answers_now
from domain.command import Command
from domain.life.keeping import CaseOpened
from domain.life.lending import CameBack, Inspected, KeptInside, Returned, SetApart
from domain.life.splitting import SplitFrom, SplitOff
from domain.limits import ready_after
from domain.papers.kit import MemberCameBack, member_came_back
from domain.papers.loan import LineOutcome, LineReturned, Loan, LoanBecameInternal, LoanClosed
from domain.papers.slip import SlipIssued, SlipKind, issue_slip, line_of
from domain.place import Place
from domain.policy_book import terms
from domain.refusals import InvalidValue
from domain.terms import InspectionRule
from domain.usecases import Outcome, ask, use_case
from domain.usecases.by_label import ScannedLabel, labels_back
from domain.usecases.loan_rules import ask_loan
from domain.usecases.lots import split_off
from domain.usecases.outcomes import NOT_BACK, NOT_COMING_BACK, Brought, does_not_come_back, is_worse, report
from domain.usecases.pooling import note_broken_promises
from domain.values import Condition, Role, Signature, SignedBy, Value


class ReturnLine(Value, frozen=True, kw_only=True):
    """So many of an asset came back, and in what state. `brought`: what came instead, where the outcome is swapped."""

    asset: UUID
    quantity: int = 1
    outcome: LineOutcome = LineOutcome.RETURNED
    condition: Condition = Condition.UNKNOWN
    brought: Brought | None = None


class Ended(NamedTuple):
    """What became of a part of a loan's line. `worse`: than it went out."""

    outcome: LineOutcome
    damage: UUID | None
    worse: bool


OTHER_LOAN, GONE_WITHOUT_LOAN = "other_loan", "gone_without_loan"
"""The cases of what went on to another loan than the one that was named, and of a loss that no loan explains."""
UNEXPECTED = (CameBack, Returned, LineReturned, LoanClosed, CaseOpened)
"""What is recorded of a thing that the books did not expect here: see `lands_in`."""
INSPECTING = (rule.its_keeper_asks, rule.it_is_alive, rule.it_was_here_by_then, rule.some_of_it_is_here)
COMING_BACK = (
    BodyTookIn, Returned, SetApart, CameBack, LineReturned, LoanClosed, MemberCameBack, *NOT_COMING_BACK,
)  # fmt: skip


TAKING_BACK = (rule.a_keeper_asks,)


@use_case(
    "take_back",
    by=(Role.KEEPER,),
    emits=(*COMING_BACK, SlipIssued),
    gives=("loans", "damages", "series", "landed"),
    rules=TAKING_BACK,
)
def take_back(
    c: Command, *, lines: tuple[ReturnLine, ...], place: UUID, loan: UUID | None = None, giver: Signature | None = None,
    labels: tuple[ScannedLabel, ...] = (),
) -> Outcome:  # fmt: skip
    """Takes goods back: from anyone, anything, in any state. Without `loan` each thing finds its own.

    `labels`: those that were scanned for it, a retired one is as good as any; of a lot each piece counts once.

    With it, what is more than that loan has out goes on to the other loans of the same thing, with a case. `landed` says of every line
    which loan took how many of it. What no loan explains comes back with a case; damage, missing parts and loss get an outcome of their
    own, a case on the thing, and a damage case that has to be settled before the loan closes.
    """
    receiver = Signature(c.person, SignedBy.ACCOUNT)
    rule.nobody_signs_both_sides(giver, receiver)
    if not lines:
        raise InvalidValue("lines", value=0, least=1)
    if loan is not None:
        c.read_together((loan, *(line.asset for line in lines)))
        c.load(Loan, loan, "loan")
    assets = c.load_all(Asset, (line.asset for line in lines), "lines")
    labels_back(c, labels, _brought(lines))
    store = rule.into_the_store(c, place, *assets)
    papers: dict[UUID, Loan] = {}
    landed: list[dict[str, Any]] = []
    for number, (asset, line) in enumerate(zip(assets, lines, strict=True)):
        _must_be_possible(asset, line, f"lines.{number}")
        landed += ({"line": number, **part} for part in _land(c, asset, line, store, loan, papers))
        if line.outcome not in NOT_BACK:
            member_came_back(c, asset)
    back = tuple(
        line_of(asset, line.quantity, line.outcome) for asset, line in zip(assets, lines, strict=True)
    )
    borrowers = {paper.borrower for paper in papers.values()}
    series = issue_slip(
        c, SlipKind.RETURN, store, next(iter(papers), loan or c.new_id()), back,
        giver=borrowers.pop() if len(borrowers) == 1 else None, receiver=store.operator,
        giver_signature=giver, receiver_signature=receiver,
    )  # fmt: skip
    ended = (fact for paper in papers.values() for fact in paper.pending if isinstance(fact, LineReturned))
    return {
        "loans": list(papers),
        "damages": [one.damage for one in ended if one.damage],
        "series": series,
        "landed": landed,
    }


@use_case("inspect", by=(Role.KEEPER, *rule.BY_HAND), emits=(Inspected,), gives=("asset",), rules=INSPECTING)
def inspect(c: Command, *, asset: UUID, condition: Condition, wiped: bool = False) -> Outcome:
    """Looks at a thing after it came back. A device with storage is free again only when it was wiped."""
    one = c.load(Asset, asset, "asset")
    ask(INSPECTING, c, one)
    one.record(Inspected(condition=condition, wiped=wiped))
    return {"asset": one.id}


@use_case(
    "end_loan_inside",
    by=(Role.ASSET_MANAGER,),
    emits=(BodyTookIn, LoanBecameInternal, KeptInside, SplitOff, SplitFrom),
    gives=("loan",),
)
def end_loan_inside(c: Command, *, loan: UUID) -> Outcome:
    """Lender and borrower became one body by decree: what is still out is in use inside it, neither returned nor overdue."""
    paper = ask_loan("end_loan_inside", c, c.load(Loan, loan, "loan"))
    body = answers_now(c, c.load(Body, paper.borrower).accountable)
    for asset in c.load_all(Asset, paper.out):
        quantity, person = paper.out[asset.id], asset.outs[paper.id].custody.person
        kept = KeptInside(loan=paper.id, body=body.id, person=person, quantity=quantity)
        body.receive(asset.id, "loan")
        asset.record(kept)
        if quantity < asset.quantity:
            split_off(c, asset, quantity).record(kept)
    paper.record(LoanBecameInternal(body=body.id))
    return {"loan": paper.id}


def lands_in(c: Command, asset: Asset, store: Place, condition: Condition) -> bool:
    """Whether the books did not expect it here: then it lands with a case, and a loan that said it was out is over."""
    if asset.outs and asset.here <= 0:
        if asset.kind is Kind.SERIALISED:
            must_have_come_back(c, asset, 1, store.operator, store.id, condition, inspect=True)
    elif not asset.alive or asset.physically_gone or asset.custody.kind is not CustodyKind.CUSTODIAN:
        asset.record(CameBack(condition=condition, operator=store.operator, place=store.id))
    else:
        return False
    asset.record(CaseOpened(case="stray"))
    return True


def must_have_come_back(
    c: Command, asset: Asset, quantity: int, operator: UUID, place: UUID | None, condition: Condition, *, inspect: bool = False
) -> None:  # fmt: skip
    """So many are here, so the loans that say otherwise are over, the oldest first."""
    for paper in _loans_of(asset, None):
        part = min(quantity - asset.here, asset.outs[paper].quantity)
        if part <= 0:
            break
        loan = c.load(Loan, paper)
        asset.record(
            Returned(
                loan=paper,
                quantity=part,
                condition=condition,
                operator=operator,
                place=place,
                inspect=inspect,
            )
        )
        loan.line_ends(asset.id, part, LineOutcome.RETURNED, condition)


def _brought(lines: tuple[ReturnLine, ...]) -> dict[UUID, int]:
    """How many of each thing."""
    found: dict[UUID, int] = {}
    for line in lines:
        found[line.asset] = found.get(line.asset, 0) + line.quantity
    return found


def _must_be_possible(asset: Asset, line: ReturnLine, path: str) -> None:
    """Of a thing there is one; of a lot more may come back than was ever lent."""
    if line.quantity < 1 or (asset.kind is Kind.SERIALISED and line.quantity > 1):
        raise InvalidValue(f"{path}.quantity", value=line.quantity, because="pieces_back")
    if line.outcome is LineOutcome.TRANSFERRED:
        raise InvalidValue(f"{path}.outcome", value=line.outcome, because="outcome_of_a_loan_only")
    if line.outcome is LineOutcome.CONSUMED and asset.kind is not Kind.LOT:
        raise InvalidValue(f"{path}.outcome", value=line.outcome, because="only_lots_are_used_up")


def _land(
    c: Command, asset: Asset, line: ReturnLine, store: Place, loan: UUID | None, papers: dict[UUID, Loan]
) -> list[dict[str, Any]]:
    """One line of a return lands, on its own loan or as a stray; gives which loan took how many, and how many none did."""
    left, named, landed = line.quantity, loan in asset.outs, list[dict[str, Any]]()
    cases: set[str] = set() if line.outcome is LineOutcome.RETURNED else {line.outcome.value}
    for paper in _loans_of(asset, loan):
        if not left:
            break
        papers[paper] = c.load(Loan, paper)
        part = min(left, asset.outs[paper].quantity)
        ended = _line_ends(c, asset, papers[paper], part, line, store)
        landed.append({"loan": paper, "quantity": part, "outcome": ended.outcome, "damage": ended.damage})
        cases |= {LineOutcome.DAMAGED.value} if ended.worse else set()
        if named and paper != loan:
            cases.add(OTHER_LOAN)
        left -= part
    if left and line.outcome not in NOT_BACK:
        _is_a_stray(c, asset, left, line, store)
    if left:
        cases.add(
            GONE_WITHOUT_LOAN if line.outcome in (LineOutcome.LOST, LineOutcome.CONSUMED) else "stray_return"
        )
        landed.append({"loan": None, "quantity": left, "outcome": line.outcome, "damage": None})
    for case in sorted(cases):
        asset.record(CaseOpened(case=case))
    note_broken_promises(c, asset)
    return landed


def _line_ends(c: Command, asset: Asset, loan: Loan, part: int, line: ReturnLine, store: Place) -> Ended:
    """So many of a loan's line get their outcome. Only what came back as it was needs no case."""
    out, outcome, replacement = asset.outs[loan.id], line.outcome, None
    condition = out.condition if line.condition is Condition.UNKNOWN else line.condition
    worse = outcome not in NOT_BACK and is_worse(out.condition, condition)
    if worse and outcome is LineOutcome.RETURNED:
        outcome = LineOutcome.DAMAGED
    if outcome in NOT_BACK:
        where, replacement = does_not_come_back(c, asset, loan, part, outcome, store, line.brought)
    else:
        where = _is_back(
            c, asset, loan.id, part, store, condition, inspect=outcome is not LineOutcome.RETURNED
        )
    damage: UUID | None = None
    seen = Condition.UNKNOWN if outcome in NOT_BACK else condition
    if outcome is not LineOutcome.RETURNED:
        damage = report(c, loan, asset, where, part, outcome, out.condition, seen, replacement=replacement).id
    loan.line_ends(asset.id, part, outcome, condition, damage)
    return Ended(outcome, damage, worse)


def _is_back(
    c: Command, asset: Asset, paper: UUID, part: int, store: Place, condition: Condition, *, inspect: bool
) -> Asset:
    """It is here; gives the card it is on: its own, or that of the part that lies for itself."""
    inspect = inspect or Flag.STORAGE_MEDIA in asset.flags or _is_inspected(c, asset, store)
    as_the_rest = _goes_to_the_rest(c, asset, store) and asset.condition is condition
    apart = part < asset.quantity and (inspect or (asset.here > 0 and not as_the_rest))
    ready = ready_after(c, asset, c.occurred_at, store)
    asset.record(
        Returned(
            loan=paper,
            quantity=part,
            condition=condition,
            operator=store.operator,
            place=store.id,
            inspect=inspect,
            ready=None if apart else ready,
        )
    )
    if not apart:
        return asset
    laid_apart = split_off(c, asset, part)
    laid_apart.record(
        SetApart(
            loan=paper,
            operator=store.operator,
            place=store.id,
            condition=condition,
            inspect=inspect,
            ready=ready,
        )
    )
    return laid_apart


def _is_inspected(c: Command, asset: Asset, store: Place) -> bool:
    """By the terms of the store, its holder and its class, every return is looked at before the thing is free again."""
    holder = c.load(Body, asset.holder)
    return terms(
        c, InspectionRule, warehouse=store, body=holder, class_code=asset.class_code
    ).terms.after_each_loan


def _goes_to_the_rest(c: Command, asset: Asset, store: Place) -> bool:
    """Taken back at the counter of its store, it goes to the shelf where the rest of the lot is."""
    shelf = c.load(Place, asset.place) if asset.place else None
    return (
        shelf is not None and store.id in (shelf.id, shelf.warehouse) and asset.custody.body == store.operator
    )


def _is_a_stray(c: Command, asset: Asset, quantity: int, line: ReturnLine, store: Place) -> None:
    """No loan explains it. Of a lot that somebody keeps, nothing is known to be missing: the case must find out."""
    condition = asset.condition if line.condition is Condition.UNKNOWN else line.condition
    came = CameBack(condition=condition, operator=store.operator, place=store.id)
    if asset.kind is Kind.SERIALISED:
        asset.record(came)
    elif asset.custody.kind is not CustodyKind.CUSTODIAN and asset.here > 0:
        split_off(c, asset, min(quantity, asset.here)).record(came)


def _loans_of(asset: Asset, loan: UUID | None) -> list[UUID]:
    """The loans a return may end: the named one first, then the oldest."""
    return sorted(asset.outs, key=lambda paper: (paper != loan, asset.outs[paper].since))
