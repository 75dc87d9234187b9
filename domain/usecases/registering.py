"""Registering: accepted or surplus goods get their card; numbers, class and value of a card."""

from datetime import datetime
from uuid import UUID

from domain import policies as rule
from domain.asset import Asset, Book, Custody, CustodyKind, Existence, ValueType
from domain.body import Body, BodyTookIn, must_have_standing
from domain.cards import checked_class, must_add_up, sound
from domain.command import Command
from domain.life.registering import CardNumber, Description, Numbered, Reclassified, Registered, Valued
from domain.numbering import CARD, card_key, mint
from domain.papers.acquisition import Acquisition, LineCarded
from domain.papers.outside_decision import ListItem, Matter, OutsideDecision, is_within, list_hash
from domain.refusals import AlreadyDone, InTheFuture, InvalidValue, NumberTaken, Refusal
from domain.usecases import Outcome, ask, use_case
from domain.values import ClassCode, Condition, Role, free_text, named

SURPLUS = "surplus"
"""The kind of claim that keeps one line of a surplus decision from becoming two cards."""


class NotInTheDecision(Refusal):
    """The decision does not name this."""

    code = "NOT_IN_THE_DECISION"


class ValueIsFinal(Refusal):
    """The original value is known for certain: only a correction, an improvement or a transfer changes it."""

    code = "VALUE_IS_FINAL"


def its_value_is_open(c: Command, asset: Asset) -> None:
    if (
        asset.book is not None
        and asset.book.kind is ValueType.ORIGINAL
        and asset.existence is not Existence.UNCARDED
    ):
        raise ValueIsFinal("asset", asset=asset.number)


def somebody_else_received_it(c: Command, asset: Asset) -> None:
    """The goods ledger and the value ledger are kept by different people."""
    if asset.existence is Existence.UNCARDED:
        rule.not_the_same_person(c.person, tuple(asset.entered_by), "valuer", "registrar")


WRITING = (rule.its_holder_asks, rule.it_is_alive)
NUMBERING = (*WRITING, rule.it_is_on_the_books)
VALUING = (
    *WRITING,
    rule.it_is_not_in_a_disposal_case,
    rule.it_is_not_being_transferred,
    its_value_is_open,
    somebody_else_received_it,
)


@use_case(
    "register_asset",
    by=(Role.ASSET_MANAGER,),
    emits=(Registered, LineCarded, Numbered, BodyTookIn),
    gives=("asset", "number"),
)
def register_asset(
    c: Command,
    *,
    said: Description,
    holder: UUID,
    basis: UUID,
    line: int = 0,
    approved: tuple[ListItem, ...] = (),
    place: UUID | None = None,
    custodian: UUID | None = None,
    acquired: datetime | None = None,
    condition: Condition = Condition.UNKNOWN,
    card: CardNumber | None = None,
) -> Outcome:
    """Writes a card for accepted goods (`basis`: the acquisition and its line) or for a surplus that a
    decision approved.

    For a surplus, `approved` is the list the decision names, and `line` the line of it that gets this card.
    """
    owner = c.load(Body, holder, "holder")
    c.must((Role.ASSET_MANAGER,), *owner.scopes)
    must_have_standing(owner, c, "holder")
    said = sound(said)
    if acquired is not None and acquired > c.now:
        raise InTheFuture("acquired", occurred_at=acquired.isoformat())
    asset = c.begin(Asset)
    _must_rest_on(c, basis, line, approved, asset, said, owner)
    asset.record(
        Registered(
            said=said,
            number=mint(c, asset),
            holder=owner.id,
            custody=_custody(c, owner, place, custodian),
            basis=basis,
            place=place,
            acquired=acquired,
            condition=condition,
        )
    )
    owner.receive(asset.id)
    if card is not None:
        _number(c, asset, card)
    return {"asset": asset.id, "number": asset.number}


@use_case("number_asset", by=(Role.ASSET_MANAGER,), emits=(Numbered,), gives=("asset",), rules=NUMBERING)
def number_asset(c: Command, *, asset: UUID, issuer: str, number: str) -> Outcome:
    """Notes the number that a card system or an office gave, from that day on. Older numbers still find the
    asset.
    """
    one = c.load(Asset, asset, "asset")
    ask(NUMBERING, c, one)
    _number(c, one, CardNumber(issuer, number))
    return {"asset": one.id}


@use_case(
    "reclassify_asset", by=(Role.ASSET_MANAGER,), emits=(Reclassified,), gives=("asset",), rules=WRITING
)
def reclassify_asset(c: Command, *, asset: UUID, class_code: ClassCode) -> Outcome:
    """Puts an asset into another class, or into the same one of a newer edition."""
    one = c.load(Asset, asset, "asset")
    ask(WRITING, c, one)
    wanted = checked_class(class_code)
    if wanted == one.class_code:
        raise AlreadyDone("class", what=wanted.code)
    one.record(Reclassified(class_code=wanted))
    return {"asset": one.id}


@use_case("value_asset", by=(Role.ASSET_MANAGER,), emits=(Valued,), gives=("asset",), rules=VALUING)
def value_asset(c: Command, *, asset: UUID, book: Book, basis: str) -> Outcome:
    """States the value: of goods on nobody's books, which are registered by it, or the final one after an
    estimate.

    `basis`: the voucher, the appraisal, or why it is nominal.
    """
    one = c.load(Asset, asset, "asset")
    ask(VALUING, c, one)
    must_add_up(book)
    if book.kind is ValueType.NONE and one.existence is Existence.UNCARDED:
        raise InvalidValue("book.kind", value=book.kind, because="valued_at_nothing")
    if not basis.strip():
        raise InvalidValue("basis", value="")
    if one.existence is Existence.UNCARDED:
        must_have_standing(c.load(Body, one.holder), c, "holder")
    one.record(Valued(book=book, basis=free_text(basis, "basis")))
    return {"asset": one.id}


def _must_rest_on(
    c: Command,
    basis: UUID,
    line: int,
    approved: tuple[ListItem, ...],
    asset: Asset,
    said: Description,
    owner: Body,
) -> None:
    """Accepted goods that have no card yet, or a line of an approved list of surplus that has none."""
    if said.book is None:
        raise InvalidValue("said.book", value=None)
    match c.load_any((Acquisition, OutsideDecision), basis, "basis"):
        case Acquisition() as paper:
            if paper.body not in owner.scopes and owner.id != c.load(Body, paper.body).accountable:
                raise InvalidValue("holder", value=str(owner.id), expected=str(paper.body))
            paper.card(line, said.quantity, said.book.original, asset.id)
        case OutsideDecision() as paper:
            paper.must_carry(Matter.SURPLUS, list_hash(approved), c.now, "basis")
            item = ListItem(name=said.name, quantity=said.quantity, value=said.book.original)
            if (
                paper.body not in owner.scopes
                or not 0 <= line < len(approved)
                or not is_within([item], approved[line : line + 1])
            ):
                raise NotInTheDecision("line", decision=paper.number, line=line)
            if approved[line].value is not None and approved[line].value != said.book.original:
                raise NotInTheDecision("said.book", decision=paper.number, line=line)
            key = f"{paper.id}/{line}"
            if c.owner_of(SURPLUS, key) is not None:
                raise AlreadyDone("line", what=line)
            c.claim(SURPLUS, key, asset.id)
        case other:
            raise InvalidValue("basis", value=other.KIND, because="basis_of_a_card")


def _custody(c: Command, owner: Body, place: UUID | None, custodian: UUID | None) -> Custody:
    """Whoever runs the place answers for what lies there; without a place, the holder does."""
    keeper = owner.id
    if place is not None:
        where = rule.in_a_place_of(c, place, owner)
        where.must_be_in_use()
        keeper = where.operator
    return Custody(CustodyKind.CUSTODIAN, keeper, custodian)


def _number(c: Command, asset: Asset, said: CardNumber) -> None:
    card = CardNumber(named(said.issuer, "issuer"), named(said.number, "number"))
    if any((one.issuer, one.number) == (card.issuer, card.number) for one in asset.numbers):
        raise AlreadyDone("number", what=card.number)
    key = card_key(asset.holder, card.issuer, card.number)
    if c.owner_of(CARD, key) not in (None, asset.id):
        raise NumberTaken("number", number=card.number)
    c.claim(CARD, key, asset.id)
    asset.record(Numbered(card=card))
