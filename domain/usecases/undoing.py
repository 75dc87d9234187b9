"""Taking an import back, while nothing else has touched its cards."""

from uuid import UUID

from domain.asset import Asset
from domain.body import Body
from domain.command import Command
from domain.label import EVER_LABELLED
from domain.life.registering import DescribedAgain, DescriptionRestored, TakenOver, TakeOverUndone
from domain.numbering import CARD, ROW, card_key
from domain.refusals import Refusal, TooMany
from domain.usecases import Outcome, use_case
from domain.usecases.taking_over import MOST_ROWS, told_last
from domain.values import Role


class CardsTouched(Refusal):
    """An import is undone only while nothing else has touched its cards."""

    code = "CARDS_TOUCHED"


class NotOfThisImport(Refusal):
    """This card does not come from that file."""

    code = "NOT_OF_THIS_IMPORT"


@use_case(
    "undo_take_over",
    by=(Role.ASSET_MANAGER,),
    emits=(TakeOverUndone, DescriptionRestored),
    gives=("undone", "restored"),
)
def undo_take_over(c: Command, *, file: str, assets: tuple[UUID, ...]) -> Outcome:
    """Takes an import back, all of these cards or none: what it made is gone, what it described again says
    what it said before.
    """
    if not assets or len(assets) > MOST_ROWS:
        raise TooMany("assets", most=MOST_ROWS)
    cards = c.load_all(Asset, assets, "assets")
    for holder in c.load_all(Body, dict.fromkeys(card.holder for card in cards)):
        c.must((Role.ASSET_MANAGER,), *holder.scopes)
    labelled = c.owners_of(EVER_LABELLED, [str(card.id) for card in cards])
    undone = 0
    for n, card in enumerate(cards):
        told = told_last(card)
        if told is None or told.source.file != file:
            raise NotOfThisImport(f"assets.{n}", asset=card.number)
        if card.version != card.told[-1][0] or not card.alive:
            raise CardsTouched(f"assets.{n}", asset=card.number)
        if isinstance(told, TakenOver):
            if str(card.id) in labelled:
                raise CardsTouched(f"assets.{n}", asset=card.number)
            _undo(c, card, told)
            undone += 1
        else:
            before = card.told[-2][1]
            if isinstance(before, TakenOver | DescribedAgain):
                card.record(DescriptionRestored(file=file, said=before.said))
    return {"undone": undone, "restored": len(cards) - undone}


def _undo(c: Command, card: Asset, told: TakenOver) -> None:
    """The identity is free for the next try; the property number is never given again. Nobody labels it at the same moment."""
    c.claim(EVER_LABELLED, str(card.id), c.meta.command)
    if told.card is not None:
        c.release(CARD, card_key(told.holder, told.card.issuer, told.card.number), card.id)
    else:
        c.release(ROW, told.identity, card.id)
    card.record(TakeOverUndone(file=told.source.file))
