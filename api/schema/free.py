"""What is free, when and where, and which loans are past their day, as the API shows it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.graphql.problems import Rejected
from api.schema.assets import BodyName, PlaceName
from api.schema.lists import forward
from api.schema.reading import AfterPosition, now_of, reach_of, wait_for
from domain.classification import EDITIONS, name_of
from domain.refusals import InvalidValue, TooMany
from domain.values import ClassCode, Window
from projections import availability, classes, organisations
from projections.keyset import Key

MOST_ASSETS = 200
MOST_STEPS = 500
BY_CLASS = (Key("class_code", "text"), Key("class_edition", "text"), Key("class_scheme", "text"))
BY_DUE = (Key("until", "timestamptz"), Key("asset", "uuid"), Key("paper", "uuid"))


@strawberry.type(description="A promise or a loan: what stands in the way.")
class ClaimEntry:
    paper_id: UUID
    kind: str = strawberry.field(description="`reservation` or `loan`.")
    body_id: UUID
    quantity: int
    start: datetime
    until: datetime | None = strawberry.field(
        description="The end of the window or the due day; overdue loans claim without end."
    )
    overdue: bool


@strawberry.type(description="How many of an asset are free in a window, and what claims them.")
class Availability:
    asset_id: UUID
    free: int = strawberry.field(description="Negative when more is promised than is there.")
    claims: list[ClaimEntry]


@strawberry.type(description="So many of a class are free at one place of one holder.")
class FreeAtPlace:
    place: PlaceName | None
    holder: BodyName
    assets: int
    usable: int
    free: int


@strawberry.type(description="From this moment on so many of the class are free, until the next step.")
class FreeFrom:
    start: datetime
    free: int


@strawberry.type(description="A class of which something usable is there.")
class OfferedClass:
    scheme: str
    edition: str
    code: str
    name: str | None = strawberry.field(
        description="As the edition calls it, where our table knows the code."
    )
    assets: int
    usable: int
    offered: int = strawberry.field(description="How many of them are listed in the pool.")
    free: int | None = strawberry.field(description="How many are free in the window that was asked for.")


@strawberry.type(description="A loan past its day.")
class OverdueLoan:
    asset_id: UUID
    asset_number: str
    asset_name: str
    loan_id: UUID
    borrower_id: UUID
    quantity: int
    due: datetime


@strawberry.input(description="A stretch of time, half-open: `end` does not belong to it.")
class WindowFilter:
    start: datetime
    end: datetime


def asset_availability(
    info: Info, assets: list[UUID], window: WindowFilter, after_position: AfterPosition = None
) -> list[Availability]:
    wait_for(info, "availability", after_position)
    if len(assets) > MOST_ASSETS:
        raise TooMany("assets", most=MOST_ASSETS)
    now, span = now_of(info), window_of(info, window)
    with info.context.app.reader.connection() as connection:
        free = availability.free(connection, reach_of(info), assets, span, now)
        claims = availability.claims(connection, reach_of(info), list(free))
    return [
        Availability(
            asset_id=asset,
            free=count,
            claims=[_claim(one, now) for one in claims if one.asset == asset and one.claim(now) is not None],
        )
        for asset, count in free.items()
    ]


def free_of_class(
    info: Info,
    class_code: Annotated[str, strawberry.argument(description="A code, or the beginning of one.")],
    window: WindowFilter,
    scheme: str | None = None,
    edition: str | None = None,
    after_position: AfterPosition = None,
) -> list[FreeAtPlace]:
    wait_for(info, "availability", after_position)
    with info.context.app.reader.connection() as connection:
        rows = classes.free_of_class(
            connection,
            reach_of(info),
            class_code,
            window_of(info, window),
            now_of(info),
            scheme=scheme,
            edition=edition,
        )
        names = organisations.names(connection, [row.holder for row in rows])
    return [
        FreeAtPlace(
            place=PlaceName(id=row.place, name=row.place_name, warehouse_id=row.warehouse)
            if row.place
            else None,
            holder=BodyName(id=row.holder, name=names.get(row.holder)),
            assets=row.assets,
            usable=row.usable,
            free=row.free,
        )
        for row in rows
    ]


def comes_free(
    info: Info,
    class_code: Annotated[str, strawberry.argument(description="A code, or the beginning of one.")],
    window: WindowFilter,
    scheme: str | None = None,
    after_position: AfterPosition = None,
) -> list[FreeFrom]:
    wait_for(info, "availability", after_position)
    with info.context.app.reader.connection() as connection:
        found = classes.comes_free(
            connection, reach_of(info), class_code, window_of(info, window), now_of(info), scheme=scheme
        )
    return [FreeFrom(start=one.start, free=one.free) for one in found[:MOST_STEPS]]


def catalogue(
    info: Info,
    class_code: Annotated[str, strawberry.argument(description="The beginning of a code.")] = "",
    window: Annotated[
        WindowFilter | None,
        strawberry.argument(description="With it, each class says how many are free in it."),
    ] = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[OfferedClass]:
    wait_for(info, "availability", after_position)
    now, span = now_of(info), window_of(info, window) if window else None
    free: dict[classes.ClassKey, int] = {}
    with info.context.app.reader.connection() as connection:

        def page(key: tuple[str, ...] | None, n: int) -> list[classes.ClassRow]:
            after = (key[0], key[1], key[2]) if key else None
            rows = classes.classes(connection, reach_of(info), now, code=class_code, after=after, first=n)
            if span and rows:
                free.update(
                    classes.free_of_classes(connection, reach_of(info), [row[:3] for row in rows], span, now)
                )
            return rows

        return forward(
            info,
            "catalogue",
            BY_CLASS,
            first,
            after,
            page,
            lambda row: row[:3],
            lambda row: _offered_class(info, row, free.get(row[:3])),
            lambda other, most: classes.count_classes(other, reach_of(info), now, code=class_code, most=most),
        )


def _offered_class(info: Info, row: classes.ClassRow, free: int | None) -> OfferedClass:
    code = ClassCode(row.scheme, row.edition, row.code)
    known = any((one.scheme, one.edition) == (row.scheme, row.edition) for one in EDITIONS)
    return OfferedClass(
        scheme=row.scheme, edition=row.edition, code=row.code,
        name=name_of(code, info.context.language) if known else None, assets=row.assets, usable=row.usable, offered=row.offered,
        free=free,
    )  # fmt: skip


def overdue_loans(
    info: Info, first: First = None, after: After = None, after_position: AfterPosition = None
) -> Connection[OverdueLoan]:
    wait_for(info, "availability", after_position)
    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "overdue",
            BY_DUE,
            first,
            after,
            lambda key, n: availability.overdue(
                connection,
                reach_of(info),
                now_of(info),
                after=(datetime.fromisoformat(key[0]), UUID(key[1]), UUID(key[2])) if key else None,
                first=n,
            ),
            lambda row: (row.until.isoformat(), row.asset, row.paper),
            lambda row: OverdueLoan(
                asset_id=row.asset,
                asset_number=row.number,
                asset_name=row.name,
                loan_id=row.paper,
                borrower_id=row.body,
                quantity=row.quantity,
                due=row.until,
            ),
            lambda other, most: availability.count_overdue(other, reach_of(info), now_of(info), most=most),
        )


def _claim(row: availability.ClaimRow, now: datetime) -> ClaimEntry:
    return ClaimEntry(
        paper_id=row.paper,
        kind=row.kind,
        body_id=row.body,
        quantity=row.quantity,
        start=row.start,
        until=row.until,
        overdue=row.overdue(now),
    )


def window_of(info: Info, given: WindowFilter) -> Window:
    """The window that is asked about."""
    try:
        return Window(given.start, given.end)
    except InvalidValue as no:
        raise Rejected("WINDOW_BACKWARDS", info.context.language) from no
