"""Which terms hold here, for this class, on this day? The most specific row wins, and a refusal names it.

The rows are set by administrators, one stream for all of them, so every decision is guarded against a row that changes at the same
moment. What nobody has set comes from the rows that are shipped (`domain/policy_data.py`), with version 0.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import Fact, Root, Stamp
from domain.body import Body
from domain.command import Command
from domain.place import HOME, Place
from domain.policy_data import SHIPPED
from domain.refusals import AlreadyDone, Unknown
from domain.terms import Scope, Terms
from domain.values import SPACE, ClassCode, Value

BOOK = uuid5(SPACE, "policies")
"""The one stream of all rows."""
MOST_ANSWERS = 10_000

T = TypeVar("T", bound=Terms)


class PolicySet(Fact, frozen=True, kw_only=True):
    """From that day on (to another) these terms hold in this scope; `document`: what they are taken from. `back_dated`: they were set
    after that day; the command's reason says why.
    """

    TOPIC = "policy.set"
    policy: UUID
    scope: Scope
    valid_from: date
    terms: Terms
    document: str
    valid_until: date | None = None
    back_dated: bool = False

    def apply(self, thing: "PolicyBook", at: Stamp) -> None:
        row = Row(
            self.policy, self.scope, self.valid_from, self.terms, self.document, at.version, self.valid_until, self.back_dated
        )  # fmt: skip
        thing.enter(row)


class PolicyEnded(Fact, frozen=True, kw_only=True):
    """From that day on the terms do not hold any more. `back_dated`: it was said after that day; the command's reason says why."""

    TOPIC = "policy.ended"
    policy: UUID
    valid_until: date
    back_dated: bool = False

    def apply(self, thing: "PolicyBook", at: Stamp) -> None:
        row = thing.rows.get(self.policy)
        if row is not None:
            thing.enter(row.until(self.valid_until, back_dated=self.back_dated))


class Row(Value, frozen=True):
    """Terms, and where and when they hold. `version`: of the book when they were set; 0: shipped."""

    policy: UUID
    scope: Scope
    valid_from: date
    terms: Terms
    document: str
    version: int
    valid_until: date | None = None
    back_dated: bool = False

    def until(self, day: date, *, back_dated: bool) -> "Row":
        return replace(self, valid_until=day, back_dated=self.back_dated or back_dated)

    @property
    def name(self) -> str:
        """How a refusal calls it: the kind of terms, and where they were made for."""
        scope = self.scope
        where = [str(one) for one in (scope.warehouse, scope.body, scope.region, scope.class_code) if one]
        return "/".join([str(type(self.terms).__struct_config__.tag), *where])


class InForce(Struct, Generic[T], frozen=True):
    """The terms that hold, and what a refusal says about where they come from."""

    terms: T
    rule: str
    policy: int
    document: str = ""


class Answers:
    """What was found in a book as it is. They say nothing that its rows do not, so any are like any others; copies of a book that
    say the same share them.
    """

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: dict[object, InForce[Any]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answers)

    __hash__ = None  # type: ignore[assignment]  # nothing is told apart by them


class PolicyBook(Root):
    """All rows that were ever set."""

    KIND = "policy"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.rows: dict[UUID, Row] = {}
        self.answers = Answers()

    def enter(self, row: Row) -> None:
        self.rows[row.policy] = row
        self.answers = Answers()

    def set(
        self, policy: UUID, scope: Scope, valid_from: date, terms: Terms, document: str, valid_until: date | None,
        *, back_dated: bool = False,
    ) -> None:  # fmt: skip
        self.record(
            PolicySet(
                policy=policy, scope=scope, valid_from=valid_from, terms=terms, document=document, valid_until=valid_until,
                back_dated=back_dated,
            )
        )  # fmt: skip

    def end(self, policy: UUID, valid_until: date, *, back_dated: bool = False) -> None:
        row = self.rows.get(policy)
        if row is None:
            raise Unknown("policy", id=str(policy))
        if row.valid_until is not None and row.valid_until <= valid_until:
            raise AlreadyDone("policy", what=row.name)
        self.record(PolicyEnded(policy=policy, valid_until=valid_until, back_dated=back_dated))


def terms(
    c: Command, kind: type[T], *, warehouse: Place | None = None, body: Body | None = None,
    class_code: ClassCode | None = None, at: datetime | None = None,
) -> InForce[T]:  # fmt: skip
    """The terms of this kind that hold at a warehouse, for a body (with those above it), for a class, at a moment.

    The region is the body's, else that of the body whose pool the warehouse is; the day is the warehouse's own, else that of `HOME`.
    """
    if body is None and warehouse is not None:
        body = c.load(Body, warehouse.owner)
    moment = at or c.now
    day = moment.astimezone(warehouse.zone if warehouse else HOME).date()
    store, code = warehouse.warehouse if warehouse else None, class_code.code if class_code else ""
    region, bodies = (body.region, body.scopes) if body else ("", ())
    answers = c.begin(PolicyBook, BOOK).answers.found
    asked = (kind, day, region, bodies, store, code)
    found: InForce[T] | None = answers.get(asked)
    if found is None:
        if len(answers) >= MOST_ANSWERS:
            answers.clear()
        found = in_force(
            rows_of(c, kind), kind, day, region=region, bodies=bodies, warehouse=store, class_code=code
        )
        answers[asked] = found
    return found


def rows_of(c: Command, kind: type[T]) -> tuple[Row, ...]:
    """What may hold of this kind: the rows that are shipped, and all that anybody ever set."""
    return (*_shipped(kind), *c.begin(PolicyBook, BOOK).rows.values())


def in_force(
    rows: Iterable[Row], kind: type[T], day: date, *, region: str, bodies: tuple[UUID, ...], warehouse: UUID | None, class_code: str
) -> InForce[T]:  # fmt: skip
    """The most specific row of this kind that holds on a day: warehouse before body (the nearest of `bodies`, which come nearest first)
    before region before class; of two alike the newer one, of two as new the one set last.
    """
    best: tuple[tuple[object, ...], T, Row] | None = None
    for row in rows:
        scope, found = row.scope, row.terms
        if (
            isinstance(found, kind)
            and row.valid_from <= day
            and (row.valid_until is None or day < row.valid_until)
            and region.startswith(scope.region)
            and class_code.startswith(scope.class_code)
            and scope.body in {None, *bodies}
            and scope.warehouse in {None, warehouse}
        ):
            nearness = len(bodies) - bodies.index(scope.body) if scope.body else 0
            where = (scope.warehouse is not None, nearness, len(scope.region), len(scope.class_code))
            rank = (where, row.valid_from, row.version)
            if best is None or rank > best[0]:
                best = (rank, found, row)
    if best is None:
        raise LookupError(f"no {kind.__name__} is shipped")
    return InForce(best[1], best[2].name, best[2].version, best[2].document)


SHIPPED_ROWS = tuple(
    Row(uuid5(SPACE, f"policy:{n}"), Scope(), valid_from, terms, source, 0)
    for n, (valid_from, source, terms) in enumerate(SHIPPED)
)


_SHIPPED_OF: dict[object, tuple[Row, ...]] = {}
"""By kind, since a command asks for terms several times."""


def _shipped(kind: type[T]) -> tuple[Row, ...]:
    found = _SHIPPED_OF.get(kind)
    if found is None:
        found = _SHIPPED_OF[kind] = tuple(row for row in SHIPPED_ROWS if isinstance(row.terms, kind))
    return found
