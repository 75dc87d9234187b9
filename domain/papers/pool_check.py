"""A pool check: before a purchase the pool is asked, by class and minimum function, and a reviewer says what is allotted and what may
be bought. Reviewed, it is a numbered certificate with a last day; what is bought under it, and avoided by it, is counted on it.

What matched is frozen into the facts when it is asked, so that a year later nobody has to believe anybody's memory.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec.structs import replace

from domain.aggregate import Fact, Root, Stamp
from domain.availability import Match
from domain.refusals import InvalidValue, Refusal
from domain.values import ClassCode, Money, Value


class CheckState(StrEnum):
    """How far a pool check is. That a certificate has expired holds by time."""

    APPLIED = "applied"
    CERTIFIED = "certified"
    WITHDRAWN = "revoked"


class Unfit(StrEnum):
    """Why the asker does not want what matched."""

    FUNCTION = "function_insufficient"
    CONDITION = "condition_too_poor"
    TOO_LATE = "comes_too_late"
    TOO_FAR = "too_far_away"
    TOO_DEAR = "costs_more_than_new"
    SAFETY = "safety_or_secrecy"
    OTHER = "other"


class Unchecked(StrEnum):
    """Why a purchase is not covered by a pool check."""

    NO_CERTIFICATE = "no_certificate"
    NOT_LIVE = "certificate_not_live"
    ANOTHER_BODY = "certificate_of_another_body"
    CLASS_NOT_COVERED = "class_not_covered"
    MORE_THAN_ALLOWED = "more_than_may_be_bought"


class Need(Value, frozen=True, kw_only=True):
    """So many of a class (a code, or the beginning of one) that can do at least this, from a day on, until a day or for good."""

    class_code: ClassCode
    function: str
    quantity: int
    start: datetime
    unit_price: Money
    end: datetime | None = None


class Verdict(Value, frozen=True, kw_only=True):
    """Of a line so many are allotted from the pool, so many may be bought. `note`: why matches are left that nobody refused."""

    line: int
    allot: int
    may_buy: int
    note: str = ""


class CheckLine(Value, frozen=True, kw_only=True):
    """One line of a pool check as it stands. `refused`: by the place of the match, why; bought and avoided: how many so far."""

    need: Need
    matches: tuple[Match, ...] = ()
    refused: tuple[tuple[int, Unfit, str], ...] = ()
    allot: int = 0
    may_buy: int = 0
    bought: int = 0
    avoided: int = 0

    @property
    def name(self) -> str:
        return self.need.function

    @property
    def quantity(self) -> int:
        return self.need.quantity

    @property
    def matched(self) -> int:
        return sum(one.free + one.soon for one in self.matches)

    @property
    def not_refused(self) -> int:
        refused = {match for match, _, _ in self.refused}
        return sum(one.free + one.soon for n, one in enumerate(self.matches) if n not in refused)

    def covers(self, code: ClassCode) -> bool:
        mine = self.need.class_code
        return (mine.scheme, mine.edition) == (code.scheme, code.edition) and code.code.startswith(mine.code)


class PoolCheckClosed(Refusal):
    """It has been decided or withdrawn: what was asked and answered stays as it is."""

    code = "POOL_CHECK_CLOSED"


class MatchNotAnswered(Refusal):
    """A match that nobody refused is allotted, or the reviewer says why not."""

    code = "MATCH_NOT_ANSWERED"


class MoreThanMatched(Refusal):
    """More cannot be allotted from the pool than matched."""

    code = "MORE_THAN_MATCHED"


class MoreThanNeeded(Refusal):
    """Allotted and to be bought are together no more than was asked for."""

    code = "MORE_THAN_NEEDED"


class PoolCheckApplied(Fact, frozen=True, kw_only=True):
    """A body asked what the pool has before it buys. `office` reviews it; `soon_days`: how much later than needed a match may come free."""

    TOPIC = "pool_check.applied"
    body: UUID
    purpose: str
    count: int
    soon_days: int
    office: UUID | None = None

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.office = self.office
        thing.body, thing.purpose, thing.applied = self.body, self.purpose, at.occurred_at
        thing.asked_by = frozenset({at.meta.person})


class LineAsked(Fact, frozen=True, kw_only=True):
    """What one line needs, and what of it the pool had at that moment. `more`: how many were free at further places."""

    TOPIC = "pool_check.line_asked"
    line: int
    need: Need
    matches: tuple[Match, ...] = ()
    more: int = 0

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.lines = (*thing.lines, CheckLine(need=self.need, matches=self.matches))


class MatchRefused(Fact, frozen=True, kw_only=True):
    """The asker does not want a match, and says why."""

    TOPIC = "pool_check.match_refused"
    line: int
    match: int
    why: Unfit
    note: str = ""

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        line = thing.lines[self.line]
        kept = tuple(one for one in line.refused if one[0] != self.match)
        thing.change(self.line, refused=(*kept, (self.match, self.why, self.note)))
        thing.asked_by |= {at.meta.person}


class LineDecided(Fact, frozen=True, kw_only=True):
    """The reviewer allotted so many from the pool and lets so many be bought."""

    TOPIC = "pool_check.line_decided"
    line: int
    allot: int
    may_buy: int
    note: str = ""

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.change(self.line, allot=self.allot, may_buy=self.may_buy)


class PoolCheckCertified(Fact, frozen=True, kw_only=True):
    """Every line is decided: a certificate was issued in the reviewing office's series. `rule`, `policy`: where its days come from."""

    TOPIC = "pool_check.certified"
    office: UUID
    series: UUID
    valid_until: datetime
    rule: str = ""
    policy: int = 0

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.state, thing.office, thing.series = CheckState.CERTIFIED, self.office, self.series
        thing.due = self.valid_until


class PoolCheckWithdrawn(Fact, frozen=True, kw_only=True):
    """Taken back by the asker or the reviewing office; the command's reason says why. What was bought under it stays bought."""

    TOPIC = "pool_check.withdrawn"

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.state = CheckState.WITHDRAWN


class CertificateRanOut(Fact, frozen=True, kw_only=True):
    """Its last day has passed. No purchase could rest on it since then; this says when whoever asked was told."""

    TOPIC = "pool_check.ran_out"
    valid_until: datetime

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.ran_out = True


class BoughtUnder(Fact, frozen=True, kw_only=True):
    """A purchase took so many of what may be bought on a line."""

    TOPIC = "pool_check.bought"
    line: int
    quantity: int
    acquisition: UUID

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.change(self.line, bought=thing.lines[self.line].bought + self.quantity)
        thing.took(self.acquisition, self.line, self.quantity)


class PurchaseFellThrough(Fact, frozen=True, kw_only=True):
    """So many of a purchase were not accepted: they may be bought elsewhere."""

    TOPIC = "pool_check.purchase_fell_through"
    line: int
    quantity: int
    acquisition: UUID

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.change(self.line, bought=thing.lines[self.line].bought - self.quantity)
        thing.took(self.acquisition, self.line, -self.quantity)


class PurchaseAvoided(Fact, frozen=True, kw_only=True):
    """Goods from the pool were handed over and accepted for a line: what need not be bought, at the price that was estimated."""

    TOPIC = "pool_check.purchase_avoided"
    line: int
    quantity: int
    amount: Money
    request: UUID

    def apply(self, thing: "PoolCheck", at: Stamp) -> None:
        thing.change(self.line, avoided=thing.lines[self.line].avoided + self.quantity)


class PoolCheck(Root):
    """The state of one pool check."""

    KIND = "pool_check"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.body: UUID = id
        self.purpose = ""
        self.state = CheckState.APPLIED
        self.applied: datetime | None = None
        self.asked_by: frozenset[UUID] = frozenset()
        self.lines: tuple[CheckLine, ...] = ()
        self.office: UUID | None = None
        self.series: UUID | None = None
        self.due: datetime | None = None
        self.ran_out = False
        self.purchases: dict[str, int] = {}
        """How many each purchase took of each line (`acquisition:line`)."""

    def live(self, now: datetime) -> bool:
        """Purchases may rest on it: certified, and its last day has not come."""
        return self.state is CheckState.CERTIFIED and self.due is not None and self.due > now

    def must_be_open(self) -> None:
        if self.state is not CheckState.APPLIED:
            raise PoolCheckClosed("poolCheck", state=self.state.value)

    def line(self, n: int, path: str = "line") -> CheckLine:
        if not 0 <= n < len(self.lines):
            raise InvalidValue(path, value=n, least=0, most=len(self.lines) - 1)
        return self.lines[n]

    def took(self, acquisition: UUID, line: int, quantity: int) -> None:
        key = f"{acquisition}:{line}"
        self.purchases[key] = self.purchases.get(key, 0) + quantity

    def change(self, n: int, **changed: object) -> None:
        self.lines = (*self.lines[:n], replace(self.lines[n], **changed), *self.lines[n + 1 :])

    def decide(self, verdict: Verdict, path: str) -> None:
        """One line's verdict: no match is passed over in silence, nothing is allotted that is not there."""
        line, note = self.line(verdict.line, f"{path}.line"), verdict.note
        if min(verdict.allot, verdict.may_buy) < 0:
            raise InvalidValue(path, value=min(verdict.allot, verdict.may_buy), least=0)
        if verdict.allot > line.matched:
            raise MoreThanMatched(path, allot=verdict.allot, matched=line.matched)
        if verdict.allot + verdict.may_buy > line.quantity:
            raise MoreThanNeeded(path, decided=verdict.allot + verdict.may_buy, needed=line.quantity)
        wanted = min(line.quantity, line.not_refused)
        if verdict.allot < wanted and not note:
            raise MatchNotAnswered(path, line=verdict.line + 1, left=wanted - verdict.allot)
        self.record(LineDecided(line=verdict.line, allot=verdict.allot, may_buy=verdict.may_buy, note=note))

    def buy(self, code: ClassCode, quantity: int, acquisition: UUID) -> int:
        """Counts a purchase on the lines that cover its class, never more than may be bought and is still needed; gives how many
        none of them covers.
        """
        left = quantity
        for n, line in enumerate(self.lines):
            if not line.covers(code):
                continue
            taken = min(left, line.may_buy - line.bought, line.quantity - line.bought - line.avoided)
            if taken > 0:
                self.record(BoughtUnder(line=n, quantity=taken, acquisition=acquisition))
                left -= taken
        return left

    def give_back(self, code: ClassCode, quantity: int, acquisition: UUID) -> None:
        """Of a purchase so many were not accepted: what it took of the lines that cover its class may be bought again."""
        for n, line in enumerate(self.lines):
            back = min(quantity, self.purchases.get(f"{acquisition}:{n}", 0)) if line.covers(code) else 0
            if back > 0:
                self.record(PurchaseFellThrough(line=n, quantity=back, acquisition=acquisition))
                quantity -= back

    def avoid(self, n: int, quantity: int, request: UUID) -> int:
        """Counts what need not be bought: of a line's need each one once, and none that was bought. Gives how many were counted."""
        line = self.line(n)
        counted = min(quantity, line.quantity - line.bought - line.avoided)
        if counted > 0:
            price = line.need.unit_price
            amount = Money(price.amount * counted, price.currency)
            self.record(PurchaseAvoided(line=n, quantity=counted, amount=amount, request=request))
        return max(counted, 0)

    def covers(self, code: ClassCode) -> bool:
        return any(line.covers(code) for line in self.lines)
