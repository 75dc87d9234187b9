"""An acquisition: what was bought, given or built, what was delivered, and who accepted it. Only accepted
goods get cards.
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.papers.pool_check import Unchecked
from domain.refusals import InvalidValue, Refusal
from domain.values import ClassCode, Condition, Funding, Money, Signature, Value


class AcquiredBy(StrEnum):
    """How the goods came to the body."""

    PURCHASE = "purchase"
    ALLOTMENT = "allotment"
    DONATION = "donation"
    SELF_BUILT = "self_built"
    CONFISCATION = "confiscation"
    TEMPORARY_BODY = "temporary_body"
    EVENT = "event"
    OTHER = "other"


class AcquisitionLine(Value, frozen=True, kw_only=True):
    """So many of something, and what they cost altogether. `class_code`: by it a pool check covers a purchase."""

    name: str
    quantity: int
    value: Money
    unit: str = ""
    model: str = ""
    class_code: ClassCode | None = None


class UncheckedLine(Value, frozen=True, kw_only=True):
    """So many of a line were bought without a pool check that covers them, and why it does not. A flag, no refusal."""

    line: int
    why: Unchecked
    quantity: int


class DeliveredLine(Value, frozen=True):
    """So many of a line came, in this condition."""

    line: int
    quantity: int
    condition: Condition = Condition.UNKNOWN


class AcceptedLine(Value, frozen=True):
    """So many of a line were accepted."""

    line: int
    quantity: int


class NotAccepted(Refusal):
    """A card is written only for goods that were accepted."""

    code = "NOT_ACCEPTED"


class MoreThanDelivered(Refusal):
    """More cannot be accepted than was delivered."""

    code = "MORE_THAN_DELIVERED"


class AcquisitionClosed(Refusal):
    """Its acceptance was refused: nothing more can be delivered or accepted on it."""

    code = "ACQUISITION_CLOSED"


class AcquisitionRecorded(Fact, frozen=True, kw_only=True):
    """Goods were ordered, promised or found: from whom, for whom, paid by what. The sources of money add up
    to the lines. `certificate`: of the pool check before a purchase; `unchecked`: what no live one covers.
    """

    TOPIC = "acquisition.recorded"
    body: UUID
    how: AcquiredBy
    lines: tuple[AcquisitionLine, ...]
    funding: tuple[Funding, ...]
    buyer: UUID
    supplier: str = ""
    contract: str = ""
    invoice: str = ""
    certificate: UUID | None = None
    unchecked: tuple[UncheckedLine, ...] = ()

    def apply(self, thing: "Acquisition", at: Stamp) -> None:
        thing.body, thing.how, thing.lines, thing.buyer = self.body, self.how, self.lines, self.buyer
        thing.certificate, thing.unchecked = self.certificate, self.unchecked


class DeliveryReceived(Fact, frozen=True, kw_only=True):
    """Goods of this acquisition were delivered and counted."""

    TOPIC = "acquisition.delivered"
    lines: tuple[DeliveredLine, ...]

    def apply(self, thing: "Acquisition", at: Stamp) -> None:
        for one in self.lines:
            thing.delivered[one.line] = thing.delivered.get(one.line, 0) + one.quantity


class AcceptanceSigned(Fact, frozen=True, kw_only=True):
    """Two inspectors or more, none of them the buyer, looked at delivered goods and accepted them."""

    TOPIC = "acquisition.accepted"
    lines: tuple[AcceptedLine, ...]
    inspectors: tuple[Signature, ...]

    def apply(self, thing: "Acquisition", at: Stamp) -> None:
        for one in self.lines:
            thing.accepted[one.line] = thing.accepted.get(one.line, 0) + one.quantity


class AcceptanceRefused(Fact, frozen=True, kw_only=True):
    """The inspectors refused what was delivered and not accepted yet; the command's reason says why."""

    TOPIC = "acquisition.acceptance_refused"
    inspectors: tuple[Signature, ...]

    def apply(self, thing: "Acquisition", at: Stamp) -> None:
        thing.refused = True


class LineCarded(Fact, frozen=True, kw_only=True):
    """So many accepted goods of a line got a card."""

    TOPIC = "acquisition.line_carded"
    line: int
    quantity: int
    value: Money
    asset: UUID

    def apply(self, thing: "Acquisition", at: Stamp) -> None:
        before = thing.carded.get(self.line)
        thing.carded[self.line] = (
            (self.quantity, self.value)
            if before is None
            else (before[0] + self.quantity, before[1] + self.value)
        )


class Acquisition(Root):
    """The state of one acquisition."""

    KIND = "acquisition"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.body: UUID = id
        self.how = AcquiredBy.OTHER
        self.lines: tuple[AcquisitionLine, ...] = ()
        self.buyer: UUID | None = None
        self.delivered: dict[int, int] = {}
        self.accepted: dict[int, int] = {}
        self.carded: dict[int, tuple[int, Money]] = {}
        self.refused = False
        self.certificate: UUID | None = None
        self.unchecked: tuple[UncheckedLine, ...] = ()

    def deliver(self, lines: tuple[DeliveredLine, ...]) -> None:
        """What came, came: also more than was ordered. How much of it is accepted is for the inspectors."""
        self._must_name_lines([(one.line, one.quantity) for one in lines])
        self.record(DeliveryReceived(lines=lines))

    def accept(self, lines: tuple[AcceptedLine, ...], inspectors: tuple[Signature, ...]) -> None:
        self._must_be_open()
        self._must_name_lines([(one.line, one.quantity) for one in lines])
        left = {line: came - self.accepted.get(line, 0) for line, came in self.delivered.items()}
        for n, one in enumerate(lines):
            if one.quantity > left.get(one.line, 0):
                raise MoreThanDelivered(f"lines.{n}", wanted=one.quantity, left=left.get(one.line, 0))
            left[one.line] -= one.quantity
        self.record(AcceptanceSigned(lines=lines, inspectors=inspectors))

    def refuse(self, inspectors: tuple[Signature, ...]) -> None:
        self._must_be_open()
        self.record(AcceptanceRefused(inspectors=inspectors))

    def card(self, line: int, quantity: int, value: Money, asset: UUID) -> None:
        """A card for accepted goods: never for more than was accepted, never above what the line cost."""
        if not 0 <= line < len(self.lines):
            raise InvalidValue("line", value=line, least=0, most=len(self.lines) - 1)
        pieces, worth = self.carded.get(line, (0, None))
        left = self.accepted.get(line, 0) - pieces
        if quantity > left:
            raise NotAccepted("line", wanted=quantity, left=left)
        cost = self.lines[line].value
        if (
            value if worth is None else worth + value
        ).amount > cost.amount or value.currency != cost.currency:
            raise InvalidValue("said.book.original", value=value.amount, most=cost.amount)
        self.record(LineCarded(line=line, quantity=quantity, value=value, asset=asset))

    def _must_be_open(self) -> None:
        if self.refused:
            raise AcquisitionClosed("acquisition")

    def _must_name_lines(self, lines: Sequence[tuple[int, int]]) -> None:
        if not lines:
            raise InvalidValue("lines", value=0, least=1)
        for n, (line, quantity) in enumerate(lines):
            if not 0 <= line < len(self.lines) or quantity < 1:
                raise InvalidValue(
                    f"lines.{n}",
                    value=quantity,
                    line=line,
                    because="line_and_quantity",
                    most=len(self.lines) - 1,
                )
