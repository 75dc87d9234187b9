"""Acquiring: what is bought or given, its delivery, and its acceptance by others than the buyer."""

from uuid import UUID

from domain import policies as rule
from domain.asset import Book, ValueType
from domain.body import Body, BodyTookIn, must_have_standing
from domain.cards import FundingDoesNotAddUp, ValueNegative, checked_class, must_add_up
from domain.command import Command
from domain.papers.acquisition import (
    AcceptanceRefused,
    AcceptanceSigned,
    AcceptedLine,
    AcquiredBy,
    Acquisition,
    AcquisitionLine,
    AcquisitionRecorded,
    DeliveredLine,
    DeliveryReceived,
)
from domain.papers.pool_check import BoughtUnder, PurchaseFellThrough
from domain.refusals import InvalidValue, Refusal, SamePerson, TooMany
from domain.usecases import Outcome, use_case
from domain.usecases.pool_checks import check_purchase, give_purchase_back
from domain.usecases.pooling import ReasonMissing
from domain.values import Funding, Role, Signature, free_text, named

MOST_LINES = 500
FEWEST_INSPECTORS = 2
BUYING = (Role.OFFICER, Role.ASSET_MANAGER)
RECEIVING = (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)


class TooFewInspectors(Refusal):
    """Goods are accepted by at least two people."""

    code = "TOO_FEW_INSPECTORS"


@use_case(
    "record_acquisition",
    by=BUYING,
    emits=(AcquisitionRecorded, BodyTookIn, BoughtUnder),
    gives=("acquisition",),
)
def record_acquisition(
    c: Command,
    *,
    body: UUID,
    how: AcquiredBy,
    lines: tuple[AcquisitionLine, ...],
    funding: tuple[Funding, ...],
    buyer: UUID | None = None,
    supplier: str = "",
    contract: str = "",
    invoice: str = "",
    certificate: UUID | None = None,
) -> Outcome:
    """Records what a body acquires and what pays for it, to the cent. A purchase that no live certificate of a pool check covers is
    flagged, never refused.
    """
    to = c.load(Body, body, "body")
    c.must(BUYING, *to.scopes)
    must_have_standing(to, c, "body")
    if not lines or len(lines) > MOST_LINES:
        raise TooMany("lines", most=MOST_LINES)
    tidy = tuple(_line(one, f"lines.{n}") for n, one in enumerate(lines))
    total = sum((one.value for one in tidy[1:]), tidy[0].value)
    if not funding:
        raise FundingDoesNotAddUp("funding", value=total.amount, funding=0)
    must_add_up(Book(total, ValueType.ORIGINAL, None, funding), "funding")
    acquisition = c.begin(Acquisition)
    bought = how is AcquiredBy.PURCHASE
    unchecked = check_purchase(c, to, tidy, certificate, acquisition.id) if bought else ()
    acquisition.record(
        AcquisitionRecorded(
            body=to.id,
            how=how,
            lines=tidy,
            funding=funding,
            buyer=buyer or c.person,
            supplier=free_text(supplier, "supplier"),
            contract=free_text(contract, "contract"),
            invoice=free_text(invoice, "invoice"),
            certificate=certificate if bought else None,
            unchecked=unchecked,
        )
    )
    to.receive(acquisition.id)
    return {"acquisition": acquisition.id}


@use_case("receive_delivery", by=RECEIVING, emits=(DeliveryReceived,), gives=("acquisition",))
def receive_delivery(c: Command, *, acquisition: UUID, lines: tuple[DeliveredLine, ...]) -> Outcome:
    """Records what was delivered. It lands, whatever was ordered."""
    paper = c.load(Acquisition, acquisition, "acquisition")
    c.must(RECEIVING, *c.load(Body, paper.body).scopes)
    paper.deliver(lines)
    return {"acquisition": paper.id}


@use_case("sign_acceptance", by=RECEIVING, emits=(AcceptanceSigned,), gives=("acquisition",))
def sign_acceptance(
    c: Command, *, acquisition: UUID, lines: tuple[AcceptedLine, ...], inspectors: tuple[Signature, ...]
) -> Outcome:
    """Accepts delivered goods: at least two inspectors sign, none of them the buyer."""
    paper = _inspected(c, acquisition, inspectors)
    paper.accept(lines, inspectors)
    return {"acquisition": paper.id}


@use_case(
    "refuse_acceptance", by=RECEIVING, emits=(AcceptanceRefused, PurchaseFellThrough), gives=("acquisition",)
)
def refuse_acceptance(c: Command, *, acquisition: UUID, inspectors: tuple[Signature, ...]) -> Outcome:
    """Refuses what was delivered. Needs a reason. What was not accepted may be bought elsewhere under the same certificate."""
    paper = _inspected(c, acquisition, inspectors)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    paper.refuse(inspectors)
    give_purchase_back(c, paper)
    return {"acquisition": paper.id}


def _inspected(c: Command, acquisition: UUID, inspectors: tuple[Signature, ...]) -> Acquisition:
    paper = c.load(Acquisition, acquisition, "acquisition")
    c.must(RECEIVING, *c.load(Body, paper.body).scopes)
    rule.not_the_same_person(c.person, (paper.buyer,), "inspector", "buyer")
    people = {one.person for one in inspectors}
    if paper.buyer in people:
        raise SamePerson("inspectors", duty="inspector", other="buyer")
    if len(people) < FEWEST_INSPECTORS:
        raise TooFewInspectors("inspectors", least=FEWEST_INSPECTORS)
    return paper


def _line(said: AcquisitionLine, path: str) -> AcquisitionLine:
    if said.quantity < 1:
        raise InvalidValue(f"{path}.quantity", value=said.quantity, least=1)
    if said.value.amount < 0:
        raise ValueNegative(f"{path}.value", value=said.value.amount)
    return AcquisitionLine(
        name=named(said.name, f"{path}.name"),
        quantity=said.quantity,
        value=said.value,
        unit=said.unit,
        model=said.model,
        class_code=checked_class(said.class_code) if said.class_code else None,
    )
