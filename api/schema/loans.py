"""A loan and a damage case as the API shows them: what is out until when, what became of it, and what this account may do now."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import strawberry

from api.graphql.context import Info
from api.schema.assets import BodyName, Money, PermittedAction
from api.schema.inputs import enum
from api.schema.looking import looking
from api.schema.permitted import permitted
from api.schema.reading import AfterPosition, now_of, reach_of, wait_for
from domain import values
from domain.papers.damage_case import DamageCase, DamageCause, DamageState
from domain.papers.loan import Asked, LineOutcome, Loan
from domain.usecases.damage_rules import permitted_on_damage
from domain.usecases.loan_rules import permitted_on_loan
from domain.values import Value
from projections import organisations, papers
from projections.papers import PaperRow

for kind in (LineOutcome, DamageCause, DamageState):
    enum(kind)


@strawberry.type(description="So many of a line, and what became of them.")
class LineEnd:
    quantity: int
    outcome: LineOutcome


@strawberry.type(description="One line of a loan.")
class LoanLineView:
    asset_id: UUID
    quantity: int
    out: int = strawberry.field(description="So many are still out.")
    on_the_way: int = strawberry.field(
        description="So many of them a carrier has, and nobody has signed for."
    )
    due: datetime | None
    overdue: bool
    recalled: bool
    outcomes: list[LineEnd]


@strawberry.type(description="The borrower asks to keep some of it longer.")
class ExtensionAsked:
    due: datetime
    asset_ids: list[UUID]


@strawberry.type(name="Loan", description="What left, to whom, until when, and what became of each line.")
class LoanView:
    id: UUID
    version: int = strawberry.field(description="To be given back as `expectedVersion`.")
    number: str
    lender: BodyName
    borrower: BodyName
    warehouse_id: UUID | None
    opened: datetime
    due: datetime | None = strawberry.field(description="When the first of what is out has to be back.")
    overdue: bool
    in_transit: bool
    closed: bool
    lent_to_superior: bool = strawberry.field(description="The borrower stands above the lender.")
    extensions: int = strawberry.field(description="How often it was extended.")
    asked: ExtensionAsked | None
    lines: list[LoanLineView]
    open_damage_ids: list[UUID] = strawberry.field(
        description="The damage cases it waits for before it closes."
    )

    @strawberry.field(
        description="What this account may do with it now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command = looking(info)
        return permitted(info, permitted_on_loan(command, command.load(Loan, UUID(str(self.id)))))


@strawberry.type(
    name="DamageCase", description="Damage or loss on a loan, until it is settled: the loan waits for it."
)
class DamageCaseView:
    id: UUID
    version: int = strawberry.field(description="To be given back as `expectedVersion`.")
    number: str
    state: DamageState
    loan_id: UUID
    asset_id: UUID
    part_id: UUID | None = strawberry.field(description="The card of the part of a lot that it is about.")
    replacement_id: UUID | None = strawberry.field(description="What was brought instead.")
    quantity: int
    outcome: LineOutcome
    lender: BodyName
    borrower: BodyName
    liable: BodyName | None
    cause: DamageCause | None
    owed: Money | None
    list_hash: str = strawberry.field(description="The list that a document from outside names to waive it.")
    reported_at: datetime

    @strawberry.field(
        description="What this account may do with it now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command = looking(info)
        return permitted(info, permitted_on_damage(command, command.load(DamageCase, UUID(str(self.id)))))


class LoanDetail(Value, frozen=True, kw_only=True):
    """What a loan's own fold knows, as its row keeps it."""

    lender: UUID
    borrower: UUID
    dues: dict[UUID, datetime | None]
    out: dict[UUID, int]
    outcomes: tuple[tuple[UUID, int, LineOutcome], ...]
    in_transit: bool
    on_the_way: dict[UUID, int] = msgspec.field(default_factory=dict)
    liabilities: tuple[UUID, ...]
    extensions: int
    asked: Asked | None
    recalled: tuple[UUID, ...]
    to_superior: bool
    closed: bool
    due: datetime | None = None


class DamageDetail(Value, frozen=True, kw_only=True):
    """What a case's own fold knows, as its row keeps it."""

    state: DamageState
    loan: UUID
    asset: UUID
    quantity: int
    outcome: LineOutcome
    lender: UUID
    borrower: UUID
    part: UUID | None
    replacement: UUID | None
    cause: DamageCause | None
    liable: UUID | None
    owed: values.Money | None


Id = Annotated[UUID, strawberry.argument(description="Its id, as in `papers`.")]


def loan(info: Info, id: Id, after_position: AfterPosition = None) -> LoanView | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = papers.one(connection, reach_of(info), id)
        if row is None or row.kind != Loan.KIND:
            return None
        known = msgspec.convert(row.detail, LoanDetail, strict=False)
        names = organisations.names(connection, [known.lender, known.borrower])
        lines = papers.lines(connection, [id])
    return _loan(info, row, known, names, lines)


def damage_case(info: Info, id: Id, after_position: AfterPosition = None) -> DamageCaseView | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = papers.one(connection, reach_of(info), id)
        if row is None or row.kind != DamageCase.KIND:
            return None
        known = msgspec.convert(row.detail, DamageDetail, strict=False)
        names = organisations.names(
            connection, [one for one in (known.lender, known.borrower, known.liable) if one]
        )
    return _case(row, known, names)


def _loan(info: Info, row: PaperRow, known: LoanDetail, names: Any, lines: list[papers.LineRow]) -> LoanView:
    now = now_of(info)

    def overdue(due: datetime | None, out: int) -> bool:
        return bool(out) and due is not None and due <= now

    return LoanView(
        id=row.id, version=row.version, number=row.number, lender=_named(known.lender, names), borrower=_named(known.borrower, names),
        warehouse_id=row.warehouse, opened=row.opened, due=known.due, overdue=overdue(known.due, sum(known.out.values())),
        in_transit=known.in_transit, closed=known.closed, lent_to_superior=known.to_superior, extensions=known.extensions,
        asked=ExtensionAsked(due=known.asked.due, asset_ids=list(known.asked.assets)) if known.asked else None,
        lines=[
            LoanLineView(
                asset_id=line.asset, quantity=line.quantity, out=known.out.get(line.asset, 0),
                on_the_way=known.on_the_way.get(line.asset, 0), due=known.dues.get(line.asset),
                overdue=overdue(known.dues.get(line.asset), known.out.get(line.asset, 0)), recalled=line.asset in known.recalled,
                outcomes=[LineEnd(quantity=many, outcome=what) for asset, many, what in known.outcomes if asset == line.asset],
            )
            for line in lines
            if line.asset is not None
        ],
        open_damage_ids=list(known.liabilities),
    )  # fmt: skip


def _case(row: PaperRow, known: DamageDetail, names: Any) -> DamageCaseView:
    case = DamageCase(row.id)
    case.asset, case.quantity, case.owed = known.asset, known.quantity, known.owed
    return DamageCaseView(
        id=row.id, version=row.version, number=row.number, state=known.state, loan_id=known.loan, asset_id=known.asset,
        part_id=known.part, replacement_id=known.replacement, quantity=known.quantity, outcome=known.outcome,
        lender=_named(known.lender, names), borrower=_named(known.borrower, names),
        liable=_named(known.liable, names) if known.liable else None, cause=known.cause,
        owed=Money(amount=known.owed.amount, currency=known.owed.currency) if known.owed else None,
        list_hash=case.list_hash, reported_at=row.opened,
    )  # fmt: skip


def _named(body: UUID, names: Any) -> BodyName:
    return BodyName(id=body, name=names.get(body))
