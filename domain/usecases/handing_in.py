"""Handing in for good (上缴): the numbered receipt, at which the pool's body becomes the holder."""

from collections.abc import Sequence
from uuid import UUID

from domain.asset import Asset
from domain.body import Body
from domain.command import Command
from domain.life.intaking import HandedIn
from domain.papers.intake import Intake, IntakeMode, ReceiptIssued
from domain.papers.slip import SlipKind, issue_slip, line_of
from domain.place import Place
from domain.values import Signature, SignedBy

BEFORE_APPROVAL = "intake_before_approval"
"""The case of goods that came before, or without, an approval."""


def hand_in(
    c: Command, paper: Intake, store: Place, assets: Sequence[Asset], giver: Signature | None = None
) -> UUID | None:
    """Issues the receipt for what was handed in under an approval, and makes the pool's body the holder of
    it.
    """
    pool = c.load(Body, store.owner)
    new = [asset for asset in assets if asset.holder != pool.id and asset.id not in paper.receipted]
    if paper.mode is not IntakeMode.HANDED_IN or not paper.approved or not new:
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
