"""Labels and print jobs as the API shows them: to whoever holds, keeps or runs what they are on, and blanks to their body."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import strawberry

from api.graphql.context import Info
from api.graphql.paging import After, Connection, First
from api.schema.assets import BodyName
from api.schema.inputs import enum
from api.schema.lists import forward
from api.schema.reading import AfterPosition, reach_of, wait_for
from domain.label import Affixed, LabelKind, LabelReason, LabelState
from domain.label_code import grouped
from domain.papers.print_job import (
    LabelField,
    LabelLanguage,
    PrintFailure,
    PrintForm,
    PrintJob,
    PrintJobAsked,
    PrintState,
)
from domain.texts import word
from projections import labels, organisations, papers
from projections.keyset import Key

for _one in (
    Affixed,
    LabelKind,
    LabelReason,
    LabelState,
    LabelField,
    LabelLanguage,
    PrintFailure,
    PrintForm,
    PrintState,
):
    enum(_one)
BY_MAKING = (Key("made", "timestamptz", descending=True), Key("id", "uuid", descending=True))


@strawberry.type(
    name="Label",
    description="A sticker's token, and what it names. Retired and revoked, it still tells what it was.",
)
class LabelView:
    id: UUID
    version: int
    code: str = strawberry.field(description="The token as people read it out.")
    token: str
    state: LabelState
    kind: LabelKind | None = strawberry.field(description="Of what it names, or named last.")
    thing_id: UUID | None
    piece: int | None = strawberry.field(description="Which piece of a lot; of a series of slips the number.")
    body: BodyName = strawberry.field(
        description="Whose the thing was when it was labelled; of a blank, whom it was printed for."
    )
    reprints: int
    affixed: Affixed | None
    damaged: bool
    replaced_by_id: UUID | None
    why: LabelReason | None = strawberry.field(description="Why it was replaced or revoked.")
    made_at: datetime
    changed_at: datetime
    scans: int = strawberry.field(description="How often it was recorded as scanned.")
    scanned_at: datetime | None
    scan_place_id: UUID | None
    scan_with_id: UUID | None


@strawberry.type(name="PrintJob", description="Labels somebody wants on paper, and how far that is.")
class PrintJobView:
    id: UUID
    version: int
    number: str
    state: PrintState
    body: BodyName
    stock: str
    form: PrintForm
    language: LabelLanguage
    start: int
    nudge_x: int
    nudge_y: int
    fields: list[LabelField]
    printed: int = strawberry.field(description="How many labels it has so far.")
    left_out: int = strawberry.field(
        description="What was not printed: it has a label already, or the asker may not label it."
    )
    expected: int | None = strawberry.field(description="How many labels it will be, once that is known.")
    pages: int
    sheets: str | None = strawberry.field(description="The SHA-256 of the file, once it is done.")
    lacking: list[str] = strawberry.field(
        description="Characters that the font lacks and that are printed as □, with the number of their label."
    )
    failure: PrintFailure | None
    failure_in_words: str | None
    detail: str
    asked_at: datetime
    changed_at: datetime


def label(info: Info, id: UUID, after_position: AfterPosition = None) -> LabelView | None:
    wait_for(info, "labels", after_position)
    with info.context.app.reader.connection() as connection:
        found = _shown(connection, labels.many(connection, reach_of(info), [id]))
    return found[0] if found else None


def labels_of(
    info: Info,
    thing: Annotated[
        UUID, strawberry.argument(description="An asset, a lot, a kit, a place, a series of slips.")
    ],
    after_position: AfterPosition = None,
) -> list[LabelView]:
    wait_for(info, "labels", after_position)
    with info.context.app.reader.connection() as connection:
        return _shown(connection, labels.of_things(connection, reach_of(info), [thing]))


def label_list(  # the arguments of a GraphQL field
    info: Info,
    state: LabelState | None = None,
    body: UUID | None = None,
    damaged: bool | None = None,
    first: First = None,
    after: After = None,
    after_position: AfterPosition = None,
) -> Connection[LabelView]:
    wait_for(info, "labels", after_position)
    now = state.value if state else None
    with info.context.app.reader.connection() as connection:

        def fetch(key: tuple[str, ...] | None, n: int) -> list[LabelView]:
            beyond = (datetime.fromisoformat(key[0]), UUID(key[1])) if key else None
            reach = reach_of(info)
            found = labels.page(
                connection, reach, state=now, body=body, damaged=damaged, after=beyond, first=n
            )
            return _shown(connection, found)

        return forward(
            info,
            "labels",
            BY_MAKING,
            first,
            after,
            fetch,
            lambda one: (one.made_at.isoformat(), one.id),
            lambda one: one,
            lambda other, most: labels.count(
                other, reach_of(info), state=now, body=body, damaged=damaged, most=most
            ),
        )


def print_job(info: Info, id: UUID, after_position: AfterPosition = None) -> PrintJobView | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = papers.one(connection, reach_of(info), id)
        if row is None or row.kind != PrintJob.KIND:
            return None
        said = row.detail
        asked = msgspec.convert(said["asked"], PrintJobAsked, strict=False)
        body = UUID(said["body"])
        names = organisations.names(connection, [body])
    failure = PrintFailure(said["failure"]) if said["failure"] else None
    return PrintJobView(
        id=row.id,
        version=row.version,
        number=row.number,
        state=PrintState(row.state),
        body=BodyName(id=body, name=names.get(body)),
        stock=asked.stock,
        form=asked.form,
        language=asked.language,
        start=asked.start,
        nudge_x=asked.nudge_x,
        nudge_y=asked.nudge_y,
        fields=list(asked.fields),
        printed=said["printed"],
        left_out=said["left_out"],
        expected=said["of"],
        pages=said["pages"],
        sheets=said["sheets"] or None,
        lacking=said["lacking"],
        failure=failure,
        failure_in_words=word(info.context.language, failure.value) if failure else None,
        detail=said["detail"],
        asked_at=row.opened,
        changed_at=row.changed,
    )


def _shown(connection: Any, rows: list[labels.LabelRow]) -> list[LabelView]:
    names = organisations.names(connection, list({row.body for row in rows})) if rows else {}
    return [
        LabelView(
            id=row.id,
            version=row.version,
            code=grouped(row.token),
            token=row.token,
            state=LabelState(row.state),
            kind=LabelKind(row.kind) if row.kind else None,
            thing_id=row.thing,
            piece=row.piece,
            body=BodyName(id=row.body, name=names.get(row.body)),
            reprints=row.copies,
            affixed=Affixed(row.affixed) if row.affixed else None,
            damaged=row.damaged,
            replaced_by_id=row.replaced_by,
            why=LabelReason(row.why) if row.why else None,
            made_at=row.made,
            changed_at=row.changed,
            scans=row.scans,
            scanned_at=row.scanned,
            scan_place_id=row.scan_place,
            scan_with_id=row.scan_with,
        )
        for row in rows
    ]
