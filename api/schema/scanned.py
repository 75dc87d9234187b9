"""What a scan shows of a thing and of its label, made from the rows that were looked up; the rest is read when it is asked for."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.listing import Filter, single
from api.schema.assets import Asset, BodyName, PermittedAction, PlaceName, listing_for
from api.schema.inputs import enum
from api.schema.kits import KitView, kit
from api.schema.looking import looking
from api.schema.organisations import Place, place
from api.schema.papers import Paper, Slip, open_papers_of, slip_view
from api.schema.permitted import permitted
from api.schema.reading import now_of, reach_of, readable
from domain.label import Affixed, Label, LabelFor, LabelKind, LabelReason, LabelState
from domain.label_code import grouped
from domain.texts import LISTED, Language, case_name, say, word
from domain.usecases.labelling_rules import live_label
from domain.usecases.scan_rules import permitted_on_scan
from projections import labels, organisations
from projections.kits import KitRow
from projections.labels import LabelRow
from projections.organisations import PlaceRow
from projections.papers import SlipRow
from projections.register import Item
from projections.scan import Thing

A_MOMENT_AGO = timedelta(hours=2)
"""How long a thing is on its way at least, between two places of a register."""
MOST_PAPERS = 10
_NEVER_HERE = frozenset({"out", "transit", "unaccounted", "gone"})


class FoundBy(StrEnum):
    """By which of its codes a thing was found."""

    LABEL = "label"
    NUMBER = "number"
    CARD_NUMBER = "card_number"
    SERIAL = "serial"
    OTHER_CODE = "attached"
    KIT_NAME = "name"
    PLACE_CODE = "place"
    SLIP_NUMBER = "slip"


for _one in (FoundBy, LabelKind, LabelState, LabelReason, Affixed):
    enum(_one)


@strawberry.type(description="Something to look at before going on.")
class ScanWarning:
    code: str = strawberry.field(description="Stable, for programs.")
    message: str


@strawberry.type(description="A label as whoever scans it sees it.")
class ScannedLabel:
    id: UUID
    code: str = strawberry.field(description="As it stands on the sticker.")
    state: LabelState
    piece: int | None
    reprints: int = strawberry.field(
        description="How often it was printed again: there may be so many copies of it."
    )
    affixed: Affixed | None
    damaged: bool
    why: LabelReason | None = strawberry.field(description="Why it was replaced or revoked.")
    scanned_at: datetime | None = strawberry.field(
        description="When it was last recorded as scanned; told to who holds, keeps or runs what it is on."
    )
    scan_place: PlaceName | None


@strawberry.type(
    description="One thing: what it is, where it should be, whose it is, and what this account may do with it now."
)
class ScannedThing:
    kind: LabelKind
    id: UUID
    piece: int | None = strawberry.field(description="Which piece of a lot.")
    number: str = strawberry.field(
        description="What it is called by: property number, code or number of the slip."
    )
    name: str
    found_by: FoundBy
    said: str = strawberry.field(description="The code as it was noted; empty for a label of ours.")
    holder: BodyName = strawberry.field(description="Whose it is.")
    belongs_at: PlaceName | None = strawberry.field(description="Where it should be, by the books.")
    warnings: list[ScanWarning]

    hit: strawberry.Private[Thing]

    @strawberry.field(description="Its label: the one that was scanned, else the live one it has.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def label(self, info: Info) -> ScannedLabel | None:
        with info.context.app.reader.connection() as connection:
            row = self.hit.label or _live(labels.of_things(connection, reach_of(info), [self.hit.id]))
            return label_view(connection, row) if row else None

    @strawberry.field(description="The asset, if it is one or a piece of one.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def asset(self, info: Info) -> Asset | None:
        if not isinstance(self.hit.row, Item):
            return None
        which = Filter("a.asset = %(asset)s", {"asset": self.hit.id})
        found: Asset | None = single(
            info, listing_for(reach_of(info), past=False), [readable(info, None), which]
        )
        return found

    @strawberry.field(description="The kit, if it is one.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def kit(self, info: Info) -> KitView | None:
        return kit(info, self.hit.id) if isinstance(self.hit.row, KitRow) else None

    @strawberry.field(description="The place, if it is one.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def place(self, info: Info) -> Place | None:
        return place(info, self.hit.id) if isinstance(self.hit.row, PlaceRow) else None

    @strawberry.field(description="The slip, if it is one.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def slip(self) -> Slip | None:
        return slip_view(self.hit.row) if isinstance(self.hit.row, SlipRow) else None

    @strawberry.field(
        description="The open papers it is on now: loan, request, transfer, repair …; of a slip, its paper. The newest first."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def papers(self, info: Info) -> list[Paper]:
        row = self.hit.row
        if isinstance(row, Item):
            return open_papers_of(info, asset=row.asset, first=MOST_PAPERS)
        return open_papers_of(info, paper=row.paper, first=1) if isinstance(row, SlipRow) else []

    @strawberry.field(
        description="What this account may do with it and its label now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command, hit = looking(info), self.hit
        what = LabelFor(kind=hit.kind, thing=hit.id, piece=hit.piece)
        label = command.load(Label, hit.label.id) if hit.label else live_label(command, what)
        return permitted(info, permitted_on_scan(command, what, label))


def things(info: Info, connection: Any, hits: list[Thing], at: UUID | None) -> list[ScannedThing]:
    """The things with the names of bodies and places, read together."""
    wanted = {id for hit in hits for id in (*_bodies(hit), *_places(hit)) if id}
    names = organisations.names(connection, [*wanted, *([at] if at else [])])
    stores = [id for hit in hits for id in _places(hit) if id] + ([at] if at else [])
    shelves = {row.id: row for row in organisations.places(connection, ids=stores)} if stores else {}
    return [_thing(info, hit, names, shelves, at) for hit in hits]


def label_view(connection: Any, row: LabelRow) -> ScannedLabel:
    """A label as it was looked up: who may not know where it was scanned has a row without it."""
    names = organisations.names(connection, [row.scan_place]) if row.scan_place else {}
    seen = (
        PlaceName(id=row.scan_place, name=names.get(row.scan_place), warehouse_id=None)
        if row.scan_place
        else None
    )
    return ScannedLabel(
        id=row.id, code=grouped(row.token), state=LabelState(row.state), piece=row.piece, reprints=row.copies,
        affixed=Affixed(row.affixed) if row.affixed else None, damaged=row.damaged, why=LabelReason(row.why) if row.why else None,
        scanned_at=row.scanned, scan_place=seen,
    )  # fmt: skip


def _thing(
    info: Info, hit: Thing, names: dict[UUID, str], shelves: dict[UUID, PlaceRow], at: UUID | None
) -> ScannedThing:
    holder, (booked, *_) = _bodies(hit)[0], _places(hit)
    shelf = shelves.get(booked) if booked else None
    by = FoundBy.LABEL
    if hit.match is not None:
        numbered = hit.match.source == "number" and hit.match.issuer
        by = FoundBy.CARD_NUMBER if numbered else FoundBy(hit.match.source)
    number, name = _called(hit, info.context.language)
    return ScannedThing(
        hit=hit, kind=hit.kind, id=hit.id, piece=hit.piece, number=number, name=name, found_by=by,
        said=hit.match.said if hit.match else "", holder=BodyName(id=holder, name=names.get(holder)),
        belongs_at=PlaceName(id=booked, name=names.get(booked), warehouse_id=shelf.warehouse if shelf else None) if booked else None,
        warnings=_warnings(info, hit, names, shelves, at),
    )  # fmt: skip


def _called(hit: Thing, language: Language) -> tuple[str, str]:
    """Number and name."""
    match hit.row:
        case Item():
            return f"{hit.row.number}{f'/{hit.piece}' if hit.piece else ''}", hit.row.name
        case KitRow():
            return hit.row.name, hit.row.name
        case PlaceRow():
            return hit.row.code, hit.row.name
        case SlipRow():
            return hit.row.number, word(language, hit.row.kind)


def _bodies(hit: Thing) -> tuple[UUID, ...]:
    """Whose it is, then who else has it."""
    match hit.row:
        case Item():
            return hit.row.holder, hit.row.custody_body
        case KitRow():
            return (hit.row.holder,)
        case PlaceRow():
            return hit.row.owner, hit.row.operator
        case SlipRow():
            return (hit.row.office,)


def _places(hit: Thing) -> tuple[UUID | None, ...]:
    """Where it should be, and where its label was scanned last."""
    scanned = hit.label.scan_place if hit.label else None
    match hit.row:
        case Item():
            return hit.row.place, scanned
        case SlipRow():
            return hit.row.warehouse, scanned
        case PlaceRow():
            return (hit.row.warehouse if hit.row.warehouse != hit.row.id else None), None
        case KitRow():
            return None, scanned


def _warnings(
    info: Info, hit: Thing, names: dict[UUID, str], shelves: dict[UUID, PlaceRow], at: UUID | None
) -> list[ScanWarning]:
    language, told = info.context.language, list[ScanWarning]()

    def warn(code: str, **values: object) -> None:
        told.append(warning(language, code, **values))

    row, now = hit.row, now_of(info)
    if isinstance(row, Item):
        if hit.was:
            warn("GONE_ON", was=hit.was, now=row.number)
        if row.existence not in {"taken_over", "registered", "uncarded"}:
            warn("NOT_ON_THE_BOOKS", existence=row.existence)
        elif row.custody_kind in _NEVER_HERE and at is not None:
            warn("OUT", with_whom=names.get(row.custody_body))
        if hit.piece and hit.piece > row.quantity and row.quantity:
            warn("PIECE_GONE", quantity=row.quantity, piece=hit.piece)
        if row.overdue(now):
            warn("OVERDUE", due=row.due.isoformat() if row.due else None)
        if row.cases:
            warn("OPEN_CASES", cases=LISTED[language].join(case_name(language, one) for one in row.cases))
    elif isinstance(row, KitRow):
        _of_kit(row, warn)
    elif (isinstance(row, SlipRow) and row.voided) or (isinstance(row, PlaceRow) and row.closed):
        warn("SLIP_VOID" if isinstance(row, SlipRow) else "CLOSED")
    _where(hit, names, shelves, at, now, warn)
    if hit.label is not None and hit.label.damaged:
        warn("LABEL_DAMAGED")
    return told


def _of_kit(row: KitRow, warn: Any) -> None:
    if row.dissolved:
        warn("DISSOLVED")
    elif row.missing:
        warn("MEMBERS_MISSING", count=len(row.missing))


def _where(
    hit: Thing,
    names: dict[UUID, str],
    shelves: dict[UUID, PlaceRow],
    at: UUID | None,
    now: datetime,
    warn: Any,
) -> None:
    """Elsewhere than the books say; scanned somewhere else a moment ago. Within one warehouse nothing is elsewhere."""
    booked, seen = _places(hit)[:2]
    here = shelves.get(at) if at else None

    def far(one: UUID | None, other: PlaceRow | None) -> bool:
        place = shelves.get(one) if one else None
        return place is not None and other is not None and place.warehouse != other.warehouse

    stands_there = isinstance(hit.row, Item) and hit.row.custody_kind not in _NEVER_HERE
    if stands_there and far(booked, here):
        warn("ELSEWHERE", booked=names.get(booked) if booked else None, here=here.name if here else None)
    label = hit.label
    if label is None or label.scanned is None or not now - A_MOMENT_AGO <= label.scanned <= now:
        return
    if far(seen, here or (shelves.get(booked) if booked else None)):
        minutes = int((now - label.scanned).total_seconds() // 60)
        warn("SEEN_ELSEWHERE", there=names.get(seen) if seen else None, minutes=minutes)


def warning(language: Language, code: str, **values: object) -> ScanWarning:
    return ScanWarning(code=code, message=say(language, f"scan.{code}", **values))


def why(language: Language, row: LabelRow) -> str:
    """Why a label was replaced or revoked."""
    return word(language, row.why) if row.why else "–"


def _live(rows: list[LabelRow]) -> LabelRow | None:
    return next((one for one in rows if one.state == LabelState.LIVE.value and one.piece is None), None)
