"""An intake (入仓): what a body brings into the pool, and what became of every line.

Retained: the holder keeps the card. Handed in (上缴): the pool's body becomes the holder when it issues the
numbered receipt. Physical: the store takes custody. Virtual: it stays where it is. Applied 120, came 117, 2
turned away, 1 surplus: every piece has its one outcome, and the paper closes with the last one. What
physically came is recorded whatever the paper says.
"""

from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.life.registering import Description
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.values import Condition, Value


class IntakeMode(StrEnum):
    """Who has the card afterwards."""

    RETAINED = "retained"
    HANDED_IN = "handed_in"


class IntakeSource(StrEnum):
    """Why the goods come into the pool."""

    IDLE = "idle"
    UNDER_USED = "under_used"
    OVER_STANDARD = "over_standard"
    STILL_USABLE = "still_usable"
    VACATED = "vacated"
    TEMPORARY_BODY = "temporary_body"
    EVENT = "event"
    CONFISCATED = "confiscated"
    DONATED = "donated"
    RESERVE = "reserve"
    OTHER = "other"


class IntakeLine(Value, frozen=True, kw_only=True):
    """So many of an asset, or described goods that have no card yet."""

    asset: UUID | None = None
    goods: Description | None = None
    quantity: int = 1
    condition: Condition = Condition.UNKNOWN
    remark: str = ""


class CameLine(Value, frozen=True, kw_only=True):
    """What became of a line, or of a part of it: so many received, turned away, and not to be expected any
    more.
    """

    line: int
    received: int = 0
    turned_away: int = 0
    did_not_come: int = 0
    condition: Condition = Condition.UNKNOWN
    storage_media: bool = False
    wiped: bool = False


class NotApproved(Refusal):
    """The intake has not been approved."""

    code = "NOT_APPROVED"


class IntakeDecided(Refusal):
    """The intake has been approved, rejected or withdrawn already."""

    code = "INTAKE_DECIDED"


class IntakeBegun(Refusal):
    """Goods of the intake have arrived: it can no longer be withdrawn."""

    code = "INTAKE_BEGUN"


class IntakeClosed(Refusal):
    """Every line of the intake has its outcome."""

    code = "INTAKE_CLOSED"


class IntakeApplied(Fact, frozen=True, kw_only=True):
    """A body applied to bring goods into the pool. `warehouse`: the store they go to, real or virtual; photos
    are in the evidence.
    """

    TOPIC = "intake.applied"
    mode: IntakeMode
    virtual: bool = False
    source: IntakeSource
    body: UUID
    warehouse: UUID
    lines: tuple[IntakeLine, ...]
    list_hash: str

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.mode, thing.virtual, thing.body, thing.warehouse = (
            self.mode,
            self.virtual,
            self.body,
            self.warehouse,
        )
        thing.lines, thing.list_hash = self.lines, self.list_hash
        thing.left = {n: line.quantity for n, line in enumerate(self.lines)}
        thing.applied_by = at.meta.person


class IntakeExamined(Fact, frozen=True, kw_only=True):
    """The superior department looked at the application and supports it."""

    TOPIC = "intake.examined"

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.examined_by = at.meta.person


class IntakeApproved(Fact, frozen=True, kw_only=True):
    """Approved: by a document from outside (`decision`), or by an approver here."""

    TOPIC = "intake.approved"
    decision: UUID | None = None

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.approved = True


class IntakeRejected(Fact, frozen=True, kw_only=True):
    """Not approved; the command's reason says why."""

    TOPIC = "intake.rejected"

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.rejected = True


class IntakeWithdrawn(Fact, frozen=True, kw_only=True):
    """The body took its application back before anything came."""

    TOPIC = "intake.withdrawn"

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.withdrawn = thing.closed = True


class LineReceived(Fact, frozen=True, kw_only=True):
    """So many of a line are in the pool, as this asset."""

    TOPIC = "intake.line_received"
    line: int
    asset: UUID
    quantity: int
    condition: Condition = Condition.UNKNOWN

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.end(self.line, self.quantity)
        thing.received += ((self.asset, self.quantity),)


class LineTurnedAway(Fact, frozen=True, kw_only=True):
    """So many of a line came and went back with the giver; the command's reason says why."""

    TOPIC = "intake.line_turned_away"
    line: int
    quantity: int

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.end(self.line, self.quantity)


class LineDidNotCome(Fact, frozen=True, kw_only=True):
    """So many of a line did not come and will not."""

    TOPIC = "intake.line_did_not_come"
    line: int
    quantity: int

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.end(self.line, self.quantity)


class SurplusReceived(Fact, frozen=True, kw_only=True):
    """Goods came that nobody had applied for; they are in the store, and a case asks whose they are."""

    TOPIC = "intake.surplus_received"
    asset: UUID
    quantity: int
    condition: Condition = Condition.UNKNOWN

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.surplus += ((self.asset, self.quantity),)


class ReceiptIssued(Fact, frozen=True, kw_only=True):
    """The pool's body issued the numbered receipt for these goods, and is their holder from then on."""

    TOPIC = "intake.receipt_issued"
    assets: tuple[UUID, ...]
    holder: UUID

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.receipted |= {*self.assets}


class IntakeDone(Fact, frozen=True, kw_only=True):
    """Every line has its outcome."""

    TOPIC = "intake.closed"

    def apply(self, thing: "Intake", at: Stamp) -> None:
        thing.closed = True


class Intake(Root):
    """The state of one intake."""

    KIND = "intake"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.mode = IntakeMode.RETAINED
        self.virtual = False
        self.body: UUID = id
        self.warehouse: UUID = id
        self.lines: tuple[IntakeLine, ...] = ()
        self.list_hash = ""
        self.left: dict[int, int] = {}
        self.received: tuple[tuple[UUID, int], ...] = ()
        self.surplus: tuple[tuple[UUID, int], ...] = ()
        self.receipted: frozenset[UUID] = frozenset()
        self.applied_by: UUID | None = None
        self.examined_by: UUID | None = None
        self.approved = False
        self.rejected = False
        self.withdrawn = False
        self.closed = False

    @property
    def begun(self) -> bool:
        """Some of it has come, or has another outcome."""
        return any(self.left.get(n) != line.quantity for n, line in enumerate(self.lines))

    def end(self, line: int, quantity: int) -> None:
        left = self.left.get(line, 0) - quantity
        if left > 0:
            self.left[line] = left
        else:
            self.left.pop(line, None)

    def examine(self) -> None:
        self._must_be_undecided()
        if self.examined_by is not None:
            raise AlreadyDone("intake", what="examine")
        self.record(IntakeExamined())

    def approve(self, decision: UUID | None) -> None:
        self._must_be_undecided()
        self.record(IntakeApproved(decision=decision))

    def reject(self) -> None:
        self._must_be_undecided()
        self.record(IntakeRejected())

    def withdraw(self) -> None:
        if self.withdrawn or self.rejected or self.closed:
            raise IntakeDecided("intake")
        if self.begun:
            raise IntakeBegun("intake")
        self.record(IntakeWithdrawn())

    def must_be_approved(self) -> None:
        if not self.approved or self.withdrawn:
            raise NotApproved("intake")

    def must_leave(self, line: int, quantity: int, path: str) -> IntakeLine:
        """The line, of which so many have no outcome yet."""
        if not 0 <= line < len(self.lines) or quantity < 0:
            raise InvalidValue(
                path, value=quantity, line=line, because="line_and_outcome", most=len(self.lines) - 1
            )
        if quantity > self.left.get(line, 0):
            raise InvalidValue(path, value=quantity, most=self.left.get(line, 0))
        return self.lines[line]

    def close_if_done(self) -> None:
        if not self.left and not self.closed:
            self.record(IntakeDone())

    def _must_be_undecided(self) -> None:
        if self.approved or self.rejected or self.withdrawn:
            raise IntakeDecided("intake")
