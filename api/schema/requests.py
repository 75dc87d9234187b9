"""Which requests are there, whose turn is it, and what does one of them look like?"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.schema.lists import forward
from api.schema.looking import will_look_at
from api.schema.papers import BY_OPENING
from api.schema.reading import AfterPosition, reach_of, wait_for
from api.schema.request_views import RequestView, bodies_of, things_of, view_of
from domain.papers.request import RequestState
from projections import organisations, requests
from projections.papers import PaperRow


@strawberry.input(description="Which requests. What is left out does not matter.")
class RequestFilter:
    body: UUID | None = strawberry.field(default=None, description="Who asks.")
    holder: UUID | None = None
    warehouse: UUID | None = None
    cart: UUID | None = None
    states: list[RequestState] | None = None
    open_only: bool = False
    needs_my_decision: bool = strawberry.field(
        default=False,
        description="It is the turn of a body whose approver this account is, and this person may decide.",
    )


def request_list(
    info: Info,
    where: Annotated[RequestFilter | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[RequestView]:
    wait_for(info, "papers", after_position)
    names: dict[UUID, str] = {}
    with info.context.app.reader.connection() as connection:
        wanted = _wanted(info, connection, where or RequestFilter())

        def fetch(key: tuple[str, ...] | None, n: int) -> list[PaperRow]:
            start = (datetime.fromisoformat(key[0]), UUID(key[1])) if key else None
            rows = requests.page(connection, reach_of(info), wanted, after=start, first=n)
            names.update(organisations.names(connection, [body for row in rows for body in bodies_of(row)]))
            will_look_at(info, (id for row in rows for id in things_of(row)))
            return rows

        return forward(
            info,
            "requests",
            BY_OPENING,
            first,
            after,
            fetch,
            lambda row: (row.opened.isoformat(), row.id),
            lambda row: view_of(row, names),
            lambda other, most: requests.count(other, reach_of(info), wanted, most=most),
        )


def request(info: Info, id: UUID, after_position: AfterPosition = None) -> RequestView | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = requests.one(connection, reach_of(info), id)
        return view_of(row, organisations.names(connection, bodies_of(row))) if row else None


def _wanted(info: Info, connection: Any, where: RequestFilter) -> requests.Wanted:
    waiting = undecided_by = None
    if where.needs_my_decision:
        account = info.context.principal.account
        waiting = requests.deciding(connection, account)
        who = organisations.account(connection, account)
        undecided_by = who.person if who else None
    return requests.Wanted(
        body=where.body,
        holder=where.holder,
        warehouse=where.warehouse,
        cart=where.cart,
        states=["submitted"]
        if where.needs_my_decision
        else [str(RequestState(one)) for one in where.states or ()] or None,
        open_only=where.open_only,
        waiting=waiting,
        undecided_by=undecided_by,
    )
