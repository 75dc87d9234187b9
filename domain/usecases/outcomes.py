"""What became of a line that did not simply come back: lost, used up, exchanged, damaged. Each opens the case that settles it."""

from uuid import UUID

from domain.asset import Asset, Custody, CustodyKind, Out
from domain.command import Command
from domain.life.keeping import CaseOpened, MissingReported
from domain.life.lending import LostOnLoan
from domain.life.on_loan import BroughtInstead, Exchanged, UsedUp
from domain.life.registering import Description, ReceivedUncarded
from domain.life.splitting import SplitFrom, SplitOff
from domain.numbering import mint
from domain.papers.damage_case import DamageCase, DamageReported
from domain.papers.loan import LineOutcome, Loan
from domain.place import Place
from domain.usecases.lots import as_said, split_off
from domain.values import USABLE, Condition, Value, named

NOT_BACK = frozenset({LineOutcome.LOST, LineOutcome.CONSUMED, LineOutcome.SWAPPED})
"""The thing itself did not come."""
NOT_COMING_BACK = (
    LostOnLoan, UsedUp, Exchanged, MissingReported, SplitOff, SplitFrom, ReceivedUncarded, BroughtInstead, CaseOpened, DamageReported,
)  # fmt: skip
HOW_BAD = {Condition.REPAIRABLE: 1, Condition.BROKEN: 2, Condition.SCRAP: 3}


class Brought(Value, frozen=True, kw_only=True):
    """What a borrower brings instead: what is left empty is as on the card of the original."""

    name: str = ""
    model: str = ""
    serial: str = ""
    condition: Condition = Condition.UNKNOWN


def is_worse(before: Condition, after: Condition) -> bool:
    """Worse than at the hand-over: out of order, or more so. Wear of something that still works is what lending is for."""
    return HOW_BAD.get(after, 0) > HOW_BAD.get(before, 0) and after not in USABLE


def does_not_come_back(
    c: Command, asset: Asset, loan: Loan, part: int, outcome: LineOutcome, store: Place, brought: Brought | None
) -> tuple[Asset, UUID | None]:  # fmt: skip
    """It is unaccounted for, and somebody is liable: gives the card that says so, and that of what came instead."""
    liable = _liable(asset, asset.outs[loan.id])
    if outcome is LineOutcome.SWAPPED:
        instead = _instead(c, asset, loan, part, store, brought or Brought())
        gone: Exchanged | UsedUp = Exchanged(
            loan=loan.id, quantity=part, liable=liable, replacement=instead.id
        )
        return _gone(c, asset, part, gone), instead.id
    if outcome is LineOutcome.CONSUMED:
        return _gone(c, asset, part, UsedUp(loan=loan.id, quantity=part, liable=liable)), None
    whole = part == asset.quantity
    asset.record(LostOnLoan(loan=loan.id, quantity=part, liable=liable))
    if whole:
        return asset, None
    missed = split_off(c, asset, part)
    missed.record(MissingReported(liable=liable))
    return missed, None


def report(
    c: Command, loan: Loan, asset: Asset, where: Asset, quantity: int, outcome: LineOutcome, before: Condition, after: Condition,
    *, replacement: UUID | None = None, said: str = "",
) -> DamageCase:  # fmt: skip
    """Opens the case that settles it. `where`: the card that carries the damage, if that is a part of a lot."""
    case = c.begin(DamageCase)
    case.record(
        DamageReported(
            loan=loan.id, asset=asset.id, quantity=quantity, outcome=outcome, lender=loan.lender, borrower=loan.borrower,
            before=before, after=after, warehouse=loan.warehouse, part=None if where is asset else where.id,
            replacement=replacement, said=said,
        )
    )  # fmt: skip
    return case


def _gone(c: Command, asset: Asset, part: int, gone: Exchanged | UsedUp) -> Asset:
    whole = part == asset.quantity
    asset.record(gone)
    if whole:
        return asset
    split = split_off(c, asset, part)
    split.record(gone)
    return split


def _instead(c: Command, asset: Asset, loan: Loan, part: int, store: Place, brought: Brought) -> Asset:
    """What was brought is in the store's custody on nobody's books, until somebody values it."""
    one = c.begin(Asset)
    said = as_said(asset, part, None)
    one.record(
        ReceivedUncarded(
            said=Description(
                name=named(brought.name, "brought.name") if brought.name else said.name, kind=said.kind, quantity=said.quantity,
                unit=said.unit, model=brought.model or said.model, serial=brought.serial, class_code=said.class_code,
                not_fixed_asset=said.not_fixed_asset, flags=said.flags,
            ),
            number=mint(c, one), holder=asset.holder, custody=Custody(CustodyKind.CUSTODIAN, store.operator), place=store.id,
            condition=brought.condition,
        )
    )  # fmt: skip
    one.record(BroughtInstead(loan=loan.id, original=asset.id, borrower=loan.borrower))
    one.record(CaseOpened(case=LineOutcome.SWAPPED.value, paper=loan.id))
    return one


def _liable(asset: Asset, out: Out) -> UUID:
    """Whoever signed for it is liable; for what was still with a carrier, the store that sent it."""
    return out.custody.body if out.custody.kind is CustodyKind.OUT else asset.custody.body
