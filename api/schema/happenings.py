"""What happened, what is free, which papers there are: the other questions of the API."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.graphql.scalars import Position
from api.schema.assets import BodyName, PlaceName
from api.schema.inputs import enum
from api.schema.lists import forward
from api.schema.reading import AfterPosition, AsOf, now_of, reach_of, wait_for
from domain.papers.slip import SlipKind
from domain.values import Window
from projections import availability, history, organisations, papers
from projections.feed import position_at
from projections.keyset import Key
from projections.sentences import sentences

enum(SlipKind)
ZONE = ZoneInfo("Asia/Shanghai")
IN_TIME = (Key("occurred", "timestamptz"), Key("position", "bigint"))
BY_POSITION = (Key("position", "bigint", descending=True),)
BY_OPENING = (Key("opened", "timestamptz", descending=True), Key("id", "uuid", descending=True))
BY_DUE = (Key("until", "timestamptz"), Key("asset", "uuid"), Key("paper", "uuid"))
BY_SLIP = (Key("number", "text"), Key("series", "uuid"))


@strawberry.type(description="One fact, as a sentence and as what is stored.")
class HistoryEntry:
    position: Position
    thing_id: UUID
    kind: str
    topic: str
    version: int = strawberry.field(
        description="Its place in the thing's own history: what a correction names."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")
    recorded_at: datetime = strawberry.field(description="When the log took it.")
    late: bool
    person_id: UUID
    office_id: UUID
    sentence: str = strawberry.field(description="In the language of the request.")


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


@strawberry.type(description="A loan past its day.")
class OverdueLoan:
    asset_id: UUID
    asset_number: str
    asset_name: str
    loan_id: UUID
    borrower_id: UUID
    quantity: int
    due: datetime


@strawberry.type(description="One line of a paper.")
class PaperLine:
    line: int
    asset_id: UUID | None
    name: str
    quantity: int
    open: int | None = strawberry.field(description="How many have no outcome yet.")


@strawberry.type(
    description="A loan, an intake, a transfer, a disposal case, a repair order, a decision from outside …"
)
class Paper:
    id: UUID
    kind: str
    version: int
    number: str
    state: str
    giving_id: UUID | None
    receiving_id: UUID | None
    warehouse_id: UUID | None
    opened: datetime
    changed: datetime
    due: datetime | None
    overdue: bool
    closed: bool
    line_count: int

    @strawberry.field(description="Its lines, in order.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def lines(self, info: Info) -> list[PaperLine]:
        with info.context.app.reader.connection() as connection:
            rows = papers.lines(connection, [self.id])
        return [
            PaperLine(line=row.n, asset_id=row.asset, name=row.name, quantity=row.quantity, open=row.undone)
            for row in rows
        ]


@strawberry.type(description="A numbered slip. Voids and reprints stay visible.")
class Slip:
    series: UUID
    sequence: int
    number: str
    kind: SlipKind
    warehouse_id: UUID
    year: int
    paper_id: UUID
    issued_at: datetime
    giver_id: UUID | None
    receiver_id: UUID | None
    line_count: int
    voided: bool
    reason: str
    reprints: int
    pdf: str = strawberry.field(description="Where it is to be had as PDF; add ?lang=zh, en or both.")


@strawberry.input(description="A stretch of time, half-open: `end` does not belong to it.")
class WindowFilter:
    start: datetime
    end: datetime


class HistoryOrder(StrEnum):
    """In which order history is told."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


enum(HistoryOrder)


def history_of(
    info: Info,
    id: Annotated[UUID, strawberry.argument(description="An asset, a paper, a body, a place.")],
    order: HistoryOrder = HistoryOrder.OLDEST_FIRST,
    as_of: AsOf | None = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[HistoryEntry]:
    wait_for(info, "history", after_position)
    newest = order is HistoryOrder.NEWEST_FIRST
    with info.context.app.reader.connection() as connection:
        known = _known(connection, as_of)
        order_key = tuple(Key(key.sql, key.type, newest) for key in IN_TIME)
        return forward(
            info,
            "history",
            order_key,
            first,
            after,
            lambda key, n: _told(
                info,
                connection,
                history.of(
                    connection,
                    reach_of(info),
                    id,
                    after=(datetime.fromisoformat(key[0]), int(key[1])) if key else None,
                    first=n,
                    newest_first=newest,
                    known_at=known,
                ),
            ),
            lambda one: (one.occurred_at.isoformat(), one.position),
            lambda one: one,
            lambda: _capped(history.count(connection, reach_of(info), id, known_at=known)),
        )


def happenings(
    info: Info,
    kinds: Annotated[
        list[str] | None, strawberry.argument(description="Only these kinds: asset, loan, body …")
    ] = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[HistoryEntry]:
    wait_for(info, "history", after_position)
    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "happenings",
            BY_POSITION,
            first,
            after,
            lambda key, n: _told(
                info,
                connection,
                history.feed(
                    connection, reach_of(info), before=int(key[0]) if key else None, first=n, kinds=kinds
                ),
            ),
            lambda one: (one.position,),
            lambda one: one,
        )


def asset_availability(
    info: Info, assets: list[UUID], window: WindowFilter, after_position: AfterPosition = None
) -> list[Availability]:
    wait_for(info, "availability", after_position)
    now, span = now_of(info), Window(window.start, window.end)
    with info.context.app.reader.connection() as connection:
        free = availability.free(connection, reach_of(info), assets[:200], span, now)
        claims = availability.claims(connection, reach_of(info), list(free))
    return [
        Availability(
            asset_id=asset,
            free=count,
            claims=[_claim(one, now) for one in claims if one.asset == asset],
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
        rows = availability.free_of_class(
            connection,
            reach_of(info),
            class_code,
            Window(window.start, window.end),
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
        )


def paper_list(
    info: Info,
    kind: Annotated[str | None, strawberry.argument(description="loan, intake, transfer, disposal …")] = None,
    state: str | None = None,
    open_only: bool = False,
    body: UUID | None = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[Paper]:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "papers",
            BY_OPENING,
            first,
            after,
            lambda key, n: papers.page(
                connection,
                reach_of(info),
                kind=kind,
                state=state,
                open_only=open_only,
                body=body,
                after=(datetime.fromisoformat(key[0]), UUID(key[1])) if key else None,
                first=n,
            ),
            lambda row: (row.opened.isoformat(), row.id),
            lambda row: _paper(info, row),
        )


def paper(info: Info, id: UUID, after_position: AfterPosition = None) -> Paper | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = papers.one(connection, reach_of(info), id)
    return _paper(info, row) if row else None


def slips(  # noqa: PLR0917  # the arguments of a GraphQL field
    info: Info,
    warehouse: UUID | None = None,
    kind: SlipKind | None = None,
    year: int | None = None,
    paper: UUID | None = None,
    number: str | None = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[Slip]:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        return forward(
            info,
            "slips",
            BY_SLIP,
            first,
            after,
            lambda key, n: papers.slips(
                connection,
                reach_of(info),
                warehouse=warehouse,
                kind=str(kind) if kind else None,
                year=year,
                paper=paper,
                number=number,
                after=(key[0], UUID(key[1])) if key else None,
                first=n,
            ),
            lambda row: (row.number, row.series),
            _slip,
        )


def _known(connection: Any, as_of: AsOf | None) -> int | None:
    if as_of is None:
        return None
    if as_of.known_at_position is not None:
        return int(as_of.known_at_position)
    return position_at(connection, as_of.known_at) if as_of.known_at is not None else None


def _told(info: Info, connection: Any, rows: list[history.HistoryRow]) -> list[HistoryEntry]:
    said = sentences(connection, rows, info.context.language, info.context.app.directory.names, ZONE)
    return [
        HistoryEntry(
            position=Position(row.position),
            thing_id=row.thing,
            kind=row.kind,
            topic=row.topic,
            version=row.version,
            occurred_at=row.occurred,
            recorded_at=row.recorded,
            late=row.late,
            person_id=row.person,
            office_id=row.office,
            sentence=sentence,
        )
        for row, sentence in zip(rows, said, strict=True)
    ]


def _capped(count: int) -> tuple[int, bool]:
    return count, count < 10_000


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


def _paper(info: Info, row: papers.PaperRow) -> Paper:
    return Paper(
        id=row.id,
        kind=row.kind,
        version=row.version,
        number=row.number,
        state=row.state,
        giving_id=row.giving,
        receiving_id=row.receiving,
        warehouse_id=row.warehouse,
        opened=row.opened,
        changed=row.changed,
        due=row.due,
        overdue=row.overdue(now_of(info)),
        closed=row.closed,
        line_count=row.lines,
    )


def _slip(row: papers.SlipRow) -> Slip:
    return Slip(
        series=row.series,
        sequence=row.n,
        number=row.number,
        kind=SlipKind(row.kind),
        warehouse_id=row.warehouse,
        year=row.year,
        paper_id=row.paper,
        issued_at=row.issued,
        giver_id=row.giver,
        receiver_id=row.receiver,
        line_count=row.lines,
        voided=row.voided,
        reason=row.reason,
        reprints=row.copies,
        pdf=f"/slips/{row.number.rpartition('-')[0]}/{row.n}.pdf",
    )
