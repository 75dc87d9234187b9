"""A damage case: what of a loan came back worse, incomplete, not at all or as something else; who is liable, for how much; paid or waived.

The loan it is about closes only when the case is settled. Whoever took the thing back reports; somebody else assesses; the liable body
agrees; then it pays, or another body waives. What was lent is in custody again all the while: a physical fact waits for nobody.
"""

from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.papers.loan import LineOutcome
from domain.papers.outside_decision import ListItem, list_hash
from domain.refusals import AlreadyDone, Refusal
from domain.values import Condition, Money, Signature


class DamageCause(StrEnum):
    """What it came from."""

    WEAR = "wear"
    ACCIDENT = "accident"
    MISUSE = "misuse"
    NEGLECT = "neglect"
    THEFT = "theft"
    FORCE_MAJEURE = "force_majeure"
    USED_AS_AGREED = "used_as_agreed"
    CAUSE_UNKNOWN = "cause_unknown"


class DamageState(StrEnum):
    """How far the case is."""

    REPORTED = "reported"
    ASSESSED = "assessed"
    AGREED = "agreed"
    SETTLED = "settled"


class DamageEnded(Refusal):
    """The case is settled: nothing of it is open."""

    code = "DAMAGE_ENDED"


class NotAssessed(Refusal):
    """Nobody has assessed the damage yet."""

    code = "NOT_ASSESSED"


class CompensationDiffers(Refusal):
    """What is owed is paid to the cent; a part of it is not waived by paying less."""

    code = "COMPENSATION_DIFFERS"


class DamageReported(Fact, frozen=True, kw_only=True):
    """So many of a loan line came back worse, incomplete, as something else, or not at all. `part`: the card of a part of a lot;
    `before`, `after`: its condition at the hand-over and now; `replacement`: what was brought instead.
    """

    TOPIC = "damage.reported"
    loan: UUID
    asset: UUID
    quantity: int
    outcome: LineOutcome
    lender: UUID
    borrower: UUID
    before: Condition
    after: Condition
    warehouse: UUID | None = None
    part: UUID | None = None
    replacement: UUID | None = None
    said: str = ""

    def apply(self, thing: "DamageCase", at: Stamp) -> None:
        thing.loan, thing.asset, thing.quantity, thing.outcome = (
            self.loan,
            self.asset,
            self.quantity,
            self.outcome,
        )
        thing.lender, thing.borrower, thing.warehouse = self.lender, self.borrower, self.warehouse
        thing.part, thing.replacement, thing.reported_by = self.part, self.replacement, at.meta.person


class DamageAssessed(Fact, frozen=True, kw_only=True):
    """Somebody else found the cause, who is liable, and for how much; without an amount nothing is owed. `above`: the bodies that alone may
    waive so much, so that they read the case.
    """

    TOPIC = "damage.assessed"
    cause: DamageCause
    liable: UUID | None = None
    amount: Money | None = None
    above: tuple[UUID, ...] = ()

    def apply(self, thing: "DamageCase", at: Stamp) -> None:
        thing.above = self.above
        thing.state, thing.cause, thing.liable, thing.owed = (
            DamageState.ASSESSED,
            self.cause,
            self.liable,
            self.amount,
        )
        thing.assessed_by = at.meta.person


class CompensationAgreed(Fact, frozen=True, kw_only=True):
    """The liable body accepts that it owes this much, and one of its people signed."""

    TOPIC = "damage.compensation_agreed"
    amount: Money
    signature: Signature

    def apply(self, thing: "DamageCase", at: Stamp) -> None:
        thing.state = DamageState.AGREED


class CompensationPaid(Fact, frozen=True, kw_only=True):
    """It was paid. `scan`: the SHA-256 of the receipt; `number`: what the receipt is numbered."""

    TOPIC = "damage.compensation_paid"
    amount: Money
    scan: str
    number: str = ""


class CompensationWaived(Fact, frozen=True, kw_only=True):
    """It need not be paid: by an approver here, or by a document (`decision`). The command's reason says why."""

    TOPIC = "damage.compensation_waived"
    amount: Money
    decision: UUID | None = None


class DamageSettled(Fact, frozen=True, kw_only=True):
    """Nothing is owed (any more): the case is closed."""

    TOPIC = "damage.settled"

    def apply(self, thing: "DamageCase", at: Stamp) -> None:
        thing.state, thing.closed = DamageState.SETTLED, True


class DamageCase(Root):
    """The state of one case."""

    KIND = "damage"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.state = DamageState.REPORTED
        self.loan: UUID = id
        self.asset: UUID = id
        self.quantity = 0
        self.outcome = LineOutcome.DAMAGED
        self.lender: UUID = id
        self.borrower: UUID = id
        self.warehouse: UUID | None = None
        self.part: UUID | None = None
        self.replacement: UUID | None = None
        self.cause: DamageCause | None = None
        self.liable: UUID | None = None
        self.owed: Money | None = None
        self.above: tuple[UUID, ...] = ()
        self.reported_by: UUID | None = None
        self.assessed_by: UUID | None = None
        self.closed = False

    @property
    def point(self) -> UUID:
        return self.warehouse or self.lender

    @property
    def parties(self) -> frozenset[UUID]:
        """Who reads it besides the bodies it names."""
        return frozenset(self.above)

    @property
    def items(self) -> tuple[ListItem, ...]:
        """What a decision from outside decides on."""
        return (ListItem(asset=self.asset, quantity=self.quantity, value=self.owed),)

    @property
    def list_hash(self) -> str:
        return list_hash(self.items)

    def must_be_open(self) -> None:
        if self.closed:
            raise DamageEnded("damage")

    def what_is_owed(self) -> Money:
        """Raises unless it was assessed and something is open."""
        self.must_be_open()
        if self.owed is None:
            raise NotAssessed("damage")
        return self.owed

    def assess(
        self, cause: DamageCause, liable: UUID | None, amount: Money | None, above: tuple[UUID, ...]
    ) -> None:
        """Until it is agreed it may be assessed anew."""
        self.must_be_open()
        if self.state is DamageState.AGREED:
            raise AlreadyDone("damage", what=self.state)
        self.record(DamageAssessed(cause=cause, liable=liable, amount=amount, above=above))
        if not amount:
            self.record(DamageSettled())

    def agree(self, signature: Signature) -> None:
        owed = self.what_is_owed()
        if self.state is DamageState.AGREED:
            raise AlreadyDone("damage", what=self.state)
        self.record(CompensationAgreed(amount=owed, signature=signature))

    def pay(self, amount: Money, scan: str, number: str) -> None:
        owed = self.what_is_owed()
        if amount != owed:
            raise CompensationDiffers("amount", amount=amount.amount, owed=owed.amount)
        self.record(CompensationPaid(amount=amount, scan=scan, number=number))
        self.record(DamageSettled())

    def waive(self, decision: UUID | None) -> None:
        self.record(CompensationWaived(amount=self.what_is_owed(), decision=decision))
        self.record(DamageSettled())
