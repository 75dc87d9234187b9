"""What a body has borrowed, on any date, as the API shows it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.schema.assets import BodyName
from api.schema.lists import forward
from api.schema.reading import AfterPosition, AsOf, moment, now_of, reach_of, wait_for
from projections import borrowed, organisations, register
from projections.keyset import Key

BY_NUMBER = (Key("number", "text"), Key("asset", "uuid"), Key("loan", "uuid"))


@strawberry.type(description="A line of a body's register of borrowed things (备查簿).")
class BorrowedThing:
    asset_id: UUID
    asset_number: str
    asset_name: str
    model: str
    unit: str
    quantity: int
    lender: BodyName = strawberry.field(description="On whose books it is.")
    borrower: BodyName = strawberry.field(description="The body, or the division of it, that has it.")
    loan_id: UUID
    loan_number: str | None
    since: datetime
    due: datetime | None
    overdue: bool = strawberry.field(description="At the moment that is asked for.")


def borrowed_in(
    info: Info,
    body: Annotated[UUID, strawberry.argument(description="Whose register; a body's divisions are in it.")],
    as_of: AsOf | None = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[BorrowedThing]:
    for view in ("register", "papers"):
        wait_for(info, view, after_position)
    then = None if as_of is None else _then(info, as_of)
    now = then.true_at if then is not None and then.true_at is not None else now_of(info)
    names: dict[UUID, str] = {}

    def fetch(key: tuple[str, ...] | None, most: int) -> list[borrowed.BorrowedRow]:
        beyond = (key[0], UUID(key[1]), UUID(key[2])) if key else None
        found = borrowed.page(connection, reach_of(info), body, after=beyond, first=most, as_of=then)
        names.update(
            organisations.names(
                connection, list({one for row in found for one in (row.holder, row.borrower)})
            )
        )
        return found

    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "borrowed",
            BY_NUMBER,
            first,
            after,
            fetch,
            lambda row: (row.number, row.asset, row.loan),
            lambda row: _thing(row, names, now),
            lambda other, most: borrowed.count(other, reach_of(info), body, most=most, as_of=then),
        )


def _then(info: Info, as_of: AsOf) -> register.AsOf:
    """The point on both clocks, as a read model takes it."""
    given = moment(info, as_of)
    known = given["known"]
    return register.AsOf(as_of.true_at, None if known == register.FOREVER else int(str(known)))


def _thing(row: borrowed.BorrowedRow, names: dict[UUID, str], now: datetime) -> BorrowedThing:
    return BorrowedThing(
        asset_id=row.asset,
        asset_number=row.number,
        asset_name=row.name,
        model=row.model,
        unit=row.unit,
        quantity=row.quantity,
        lender=BodyName(id=row.holder, name=names.get(row.holder)),
        borrower=BodyName(id=row.borrower, name=names.get(row.borrower)),
        loan_id=row.loan,
        loan_number=row.loan_number,
        since=row.since,
        due=row.due,
        overdue=row.overdue(now),
    )
