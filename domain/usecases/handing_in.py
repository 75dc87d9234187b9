"""Handing in for good (上缴): the numbered receipt, at which the pool's body becomes the holder."""

from collections.abc import Sequence
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset
from domain.body import Body
from domain.command import Command
from domain.life.intaking import HandedIn
from domain.life.keeping import CaseOpened
from domain.papers.intake import Intake, IntakeMode, ReceiptIssued
from domain.papers.slip import SlipKind, issue_slip, line_of
from domain.place import Place
from domain.refusals import Refusal
from domain.usecases import ask
from domain.values import Signature, SignedBy

BEFORE_APPROVAL, OTHER_POOL = "intake_before_approval", "intake_at_another_pool"
"""The cases of goods that came before, or without, an approval, or to a store of another body than the one that was to get them."""
RETAINING = (rule.it_is_alive, rule.it_is_not_in_a_disposal_case, rule.it_is_not_being_transferred)
HANDING_IN = (
    *RETAINING,
    rule.it_is_on_the_books,
    rule.its_title_is_clear,
    rule.it_is_no_case_property,
    rule.it_is_not_in_repair,
    rule.it_is_not_on_loan,
    rule.it_is_not_promised,
)


def hand_in(
    c: Command, paper: Intake, store: Place, assets: Sequence[Asset], giver: Signature | None = None
) -> UUID | None:
    """Issues the receipt for what was handed in under an approval, and makes the pool's body the holder of
    it.

    What came to another pool's store, or may not change its holder any more, stays on the giver's books, with a case.
    """
    pool = c.load(Body, c.load(Place, paper.warehouse).owner)
    new = [asset for asset in assets if asset.holder != pool.id and asset.id not in paper.receipted]
    if paper.mode is not IntakeMode.HANDED_IN or not paper.approved or not new:
        return None
    new = [asset for asset in new if _may_be_handed_in(c, paper, store, pool, asset)]
    if not new:
        return None
    lines = tuple(line_of(asset, asset.quantity) for asset in new)
    for asset in new:
        asset.record(HandedIn(intake=paper.id, giver=asset.holder, holder=pool.id))
        pool.receive(asset.id)
    paper.record(ReceiptIssued(assets=tuple(asset.id for asset in new), holder=pool.id))
    return issue_slip(
        c,
        SlipKind.RECEIPT,
        store,
        paper.id,
        lines,
        giver=paper.body,
        receiver=pool.id,
        giver_signature=giver,
        receiver_signature=Signature(c.person, SignedBy.ACCOUNT),
    )


def _may_be_handed_in(c: Command, paper: Intake, store: Place, pool: Body, asset: Asset) -> bool:
    """The rules again, in the write that changes the holder. The goods are here in any case."""
    if store.owner != pool.id:
        asset.record(CaseOpened(case=OTHER_POOL, paper=paper.id))
        return False
    try:
        ask(HANDING_IN, c, asset)
    except Refusal as no:
        asset.record(CaseOpened(case=f"breach:{no.code}", paper=paper.id))
        return False
    return True
