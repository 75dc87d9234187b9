"""Papers and numbered slips as the API shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.schema.inputs import enum
from api.schema.lists import forward
from api.schema.reading import AfterPosition, now_of, reach_of, wait_for
from domain.papers.slip import SlipKind
from projections import papers
from projections.keyset import Key

enum(SlipKind)
BY_OPENING = (Key("opened", "timestamptz", descending=True), Key("id", "uuid", descending=True))
BY_SLIP = (Key("number", "text"), Key("series", "uuid"))


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

    together: strawberry.Private["Together"]

    @strawberry.field(description="Its lines, in order.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def lines(self, info: Info) -> list[PaperLine]:
        return [
            PaperLine(line=row.n, asset_id=row.asset, name=row.name, quantity=row.quantity, open=row.undone)
            for row in self.together.lines(info, self.id)
        ]


class Together:
    """The papers of one answer: asked for the lines of one, it reads those of all at once."""

    def __init__(self) -> None:
        self.papers: list[UUID] = []
        self._lines: dict[UUID, list[papers.LineRow]] = {}

    def lines(self, info: Info, paper: UUID) -> list[papers.LineRow]:
        if paper not in self._lines:
            wanted = [one for one in self.papers if one not in self._lines]
            self._lines |= {one: [] for one in wanted}
            with info.context.app.reader.connection() as connection:
                for row in papers.lines(connection, wanted):
                    self._lines[row.paper].append(row)
        return self._lines[paper]


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
    together = Together()
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
            lambda row: _paper(info, row, together),
            lambda other, most: papers.count(
                other, reach_of(info), kind=kind, state=state, open_only=open_only, body=body, most=most
            ),
        )


def paper(info: Info, id: UUID, after_position: AfterPosition = None) -> Paper | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = papers.one(connection, reach_of(info), id)
    return _paper(info, row, Together()) if row else None


def open_papers_of(
    info: Info, *, asset: UUID | None = None, paper: UUID | None = None, first: int
) -> list[Paper]:
    """The open papers that name an asset, the newest first; or one paper, whatever has become of it. As far as they may be read."""
    with info.context.app.reader.connection() as connection:
        reach = reach_of(info)
        if asset is not None:
            rows = papers.of_asset(connection, reach, asset, first=first, open_only=True)
        else:
            rows = papers.many(connection, reach, [paper] if paper else [])
    together = Together()
    return [_paper(info, row, together) for row in rows]


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
            slip_view,
            lambda other, most: papers.count_slips(
                other,
                reach_of(info),
                warehouse=warehouse,
                kind=str(kind) if kind else None,
                year=year,
                paper=paper,
                number=number,
                most=most,
            ),
        )


def _paper(info: Info, row: papers.PaperRow, together: Together) -> Paper:
    together.papers.append(row.id)
    return Paper(
        together=together,
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


def slip_view(row: papers.SlipRow) -> Slip:
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
