"""Assets as the API shows them, and the lists of them.

A list is one SQL statement over the register, today's or that of any point on both clocks; what its rows cost is measured against a
hand-written route (docs/decisions/0005-graphql-execution.md).
"""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, LiteralString
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

import domain.asset
from api.graphql.context import Info
from api.graphql.listing import Filter, Listing, page, single
from api.graphql.paging import After, Before, Connection, First, Last, Pages
from api.graphql.problems import Detail, details, sentence
from api.graphql.scalars import Decimal, Position
from api.graphql.shapes import Column, Computed, Items, Nested, Shape
from api.schema.asset_filter import AssetFilter, filters
from api.schema.inputs import enum
from api.schema.looking import looking
from api.schema.reading import AfterPosition, AsOf, reach_of, readable, wait_for
from domain.asset import CodeKind, CustodyKind, Existence, Flag, Kind, Title, ValueType
from domain.usecases import permitted_actions
from domain.values import Condition
from projections import codes, register
from projections.keyset import Key, Slice, Source
from projections.reach import MAY_READ_THERE, Reach

enum(CodeKind)


@strawberry.type(description="An amount of money.")
class Money:
    amount: Decimal
    currency: str


@strawberry.type(description="A body or a division, by name.")
class BodyName:
    id: UUID
    name: str | None


@strawberry.type(description="A place, by name, and the warehouse it belongs to.")
class PlaceName:
    id: UUID
    name: str | None
    warehouse_id: UUID | None


@strawberry.type(description="A classification code. It means nothing without scheme and edition.")
class ClassCode:
    scheme: str
    edition: str
    code: str
    unverified: bool = strawberry.field(
        description="Well formed, but not in the partial edition that is at hand."
    )


@strawberry.type(description="What one source of money paid.")
class FundingPart:
    source: str
    amount: Decimal


@strawberry.type(description="What the books say.")
class BookValue:
    original: Decimal
    accumulated: Decimal | None
    net: Decimal
    currency: str
    type: ValueType
    funding: list[FundingPart] | None


@strawberry.type(description="Who answers for it right now.")
class CustodyState:
    kind: CustodyKind
    body: BodyName
    person_id: UUID | None
    paper_id: UUID | None = strawberry.field(description="The loan, transfer or repair order it is out on.")


@strawberry.type(description="Its offer in the pool.")
class ListingState:
    id: UUID
    loan: bool
    transfer: bool
    until: datetime | None
    in_place: bool = strawberry.field(description="To be used where it stands, by hours.")
    since: datetime | None = strawberry.field(description="The rounds of the rings are counted from then.")
    confirm_by: datetime | None = strawberry.field(
        description="When its holder is to say again that the offer stands."
    )
    unconfirmed: bool = strawberry.field(
        description="That day has passed: whether the holder still means it, nobody knows."
    )


@strawberry.type(description="The row of the file it was taken over from.")
class TakenFrom:
    file: str = strawberry.field(description="The SHA-256 of the file.")
    row: int


@strawberry.type(description="A number somebody gave it, from a day on. Old numbers find it for ever.")
class AssetNumber:
    issuer: str = strawberry.field(description="Empty for the number of this installation.")
    number: str
    since: datetime | None


@strawberry.type(description="A code of somebody else's on the thing: it finds it too, and perhaps others.")
class AssetCode:
    kind: CodeKind
    code: str
    preferred: bool = strawberry.field(description="To be scanned rather than our own label.")
    since: datetime | None


@strawberry.type(description="Something this account may do with the asset now, or why not.")
class PermittedAction:
    name: str = strawberry.field(description="The mutation.")
    permitted: bool
    code: str | None
    message: str | None
    details: list[Detail]


@strawberry.type(description="One asset: a single thing, or a lot of countable things on one card.")
class Asset:
    id: UUID
    number: str = strawberry.field(description="Its property number in this installation; never used again.")
    version: int = strawberry.field(description="To be given back as `expectedVersion`.")
    position: Position = strawberry.field(description="The log position of the last fact in this row.")
    since: datetime = strawberry.field(description="When what this row says came true.")
    name: str
    model: str
    serial: str = strawberry.field(description="A hint; serials are not unique.")
    kind: Kind
    unit: str
    quantity: int
    existence: Existence
    condition: Condition
    title: Title
    flags: list[Flag]
    cases: list[str] = strawberry.field(description="What people must settle about it.")
    class_code: ClassCode | None
    value: BookValue | None
    not_fixed_asset: bool
    holder: BodyName = strawberry.field(description="The accountable body on whose books it is.")
    custody: CustodyState
    place: PlaceName | None
    listing: ListingState | None
    usable: int = strawberry.field(description="How many could be promised, if nobody had a promise.")
    reserved: int = strawberry.field(
        description="How many are held or promised for some time, by what still binds at the moment that is asked about."
    )
    lent: int
    due: datetime | None
    overdue: bool
    in_inspection: bool
    repair_id: UUID | None
    transfer_id: UUID | None
    disposal_id: UUID | None
    merged_into_id: UUID | None
    late: bool = strawberry.field(
        description="Some fact about it was recorded long after it happened, or out of order."
    )
    acquired: str = strawberry.field(description="As the file or the paper says.")
    place_said: str
    use_said: str
    remark: str
    missing: list[str] = strawberry.field(description="Papers that are still to be found.")
    source: TakenFrom | None

    @strawberry.field(description="All numbers it ever had.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def numbers(self, info: Info) -> list[AssetNumber]:
        with info.context.app.reader.connection() as connection:
            rows = register.numbers(connection, [UUID(str(self.id))])
        return [AssetNumber(issuer=row.issuer, number=row.number, since=row.since) for row in rows]

    @strawberry.field(description="Codes of others that it carries; the preferred one first.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def codes(self, info: Info) -> list[AssetCode]:
        wait_for(info, "codes", int(self.position))
        with info.context.app.reader.connection() as connection:
            rows = codes.codes(connection, [UUID(str(self.id))])
        return [
            AssetCode(kind=CodeKind(row.kind), code=row.code, preferred=row.preferred, since=row.since)
            for row in rows
        ]

    @strawberry.field(
        description="What this account may do with it now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        context, command = info.context, looking(info)
        answers = permitted_actions(command, command.load(domain.asset.Asset, UUID(str(self.id))))
        return [
            PermittedAction(
                name=to_camel_case(name),
                permitted=no is None,
                code=no.code if no else None,
                message=sentence(no.code, no.values, context.language) if no else None,
                details=details(no.values) if no else [],
            )
            for name, no in sorted(answers.items())
        ]


def _overdue(context: Any, due: datetime | None) -> bool:
    return due is not None and due <= context.notes.setdefault("now", datetime.now(UTC))


STILL_PROMISED: LiteralString = """CASE WHEN a.reserved = 0 THEN 0 ELSE (
    SELECT coalesce(sum((c->>'quantity')::int), 0)::int FROM json_array_elements(a.claims) AS c
    WHERE c->>'kind' IN ('hold', 'reservation') AND (c->>'end')::timestamptz > %(now)s
        AND coalesce((c->>'lapses')::timestamptz > %(now)s, true)
) END"""
"""A hold does not outlive its deadline on a screen either, whether the clerk has come or not."""
ASSET = Shape(
    "Asset",
    {
        **{
            to_camel_case(name): Column(f"a.{name}")
            for name in (
                "number", "version", "since", "name", "model", "serial", "kind", "unit", "quantity", "existence", "condition",
                "title", "flags", "cases", "not_fixed_asset", "usable", "lent", "due", "in_inspection", "late",
                "acquired", "place_said", "use_said", "remark", "missing",
            )
        },
        "id": Column("a.asset"),
        "reserved": Column(STILL_PROMISED),
        "position": Column("a.updated"),
        "repairId": Column("a.repair"),
        "transferId": Column("a.transfer"),
        "disposalId": Column("a.disposal"),
        "mergedIntoId": Column("a.merged_into"),
        "overdue": Computed(("a.due",), _overdue),
        "classCode": Nested(
            {
                "scheme": Column("a.class_scheme"),
                "edition": Column("a.class_edition"),
                "code": Column("a.class_code"),
                "unverified": Column("a.class_unverified"),
            },
            present="a.class_code",
        ),
        "value": Nested(
            {
                "original": Column("a.original"),
                "accumulated": Column("a.accumulated"),
                "net": Column("a.net"),
                "currency": Column("a.currency"),
                "type": Column("a.value_type"),
                "funding": Items("a.funding", {"source": Column("source"), "amount": Column("amount")}),
            },
            present="a.original",
        ),
        "holder": Nested({"id": Column("a.holder"), "name": Column("h.name")}),
        "custody": Nested(
            {
                "kind": Column("a.custody_kind"),
                "body": Nested({"id": Column("a.custody_body"), "name": Column("k.name")}),
                "personId": Column("a.custody_person"),
                "paperId": Column("a.custody_paper"),
            }
        ),
        "place": Nested(
            {"id": Column("a.place"), "name": Column("p.name"), "warehouseId": Column("p.warehouse")}, present="a.place"
        ),
        "listing": Nested(
            {
                "id": Column("a.listing"),
                "loan": Column("a.listed_loan"),
                "transfer": Column("a.listed_transfer"),
                "until": Column("a.listed_until"),
                "inPlace": Column("a.listed_in_place"),
                "since": Column("a.listed_since"),
                "confirmBy": Column("a.confirm_by"),
                "unconfirmed": Computed(("a.confirm_by",), _overdue),
            },
            present="a.listing",
        ),
        "source": Nested({"file": Column("a.source_file"), "row": Column("a.source_row")}, present="a.source_file"),
    },
)  # fmt: skip

BY_NUMBER = (Key("a.number", "text"), Key("a.asset", "uuid"))


@cache
def _listing(how: register.Way, past: bool) -> Listing:
    """The list of assets for one kind of reach, over today's register or the past."""
    source = register.PAST if past else register.TODAY
    joined = f"{source} LEFT JOIN organisations.place p ON p.id = a.place" + "".join(register.NAMED.values())
    may_read: LiteralString = "true" if how == "everything" else MAY_READ_THERE

    def write(
        columns: tuple[str, ...], conditions: tuple[str, ...], order: tuple[Key, ...], stretch: Slice
    ) -> str:
        keys = tuple(f"({key.sql})::text" for key in order)
        return register.slice_statement(
            ", ".join((*columns, *keys)),
            how,
            stretch.backwards,
            stretch.after is not None,
            stretch.before is not None,
            conditions,
            past,
        )

    return Listing("assets", ASSET, Source(joined, may_read), BY_NUMBER, write=write)


def listing_for(reach: Reach, past: bool) -> Listing:
    return _listing(register.way_of(reach), past)


Where = Annotated[AssetFilter | None, strawberry.argument(description="Which assets.")]


def assets(
    info: Info,
    where: Where = None,
    as_of: AsOf | None = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    after_position: AfterPosition = None,
) -> Connection[Asset]:
    wait_for(info, "register", after_position)
    listing = listing_for(reach_of(info), as_of is not None)
    found: Connection[Asset] = page(
        info, listing, Pages(first, after, last, before), [readable(info, as_of), *filters(where)]
    )
    return found


def asset(
    info: Info, id: UUID, as_of: AsOf | None = None, after_position: AfterPosition = None
) -> Asset | None:
    wait_for(info, "register", after_position)
    return _one(info, Filter("a.asset = %(asset)s", {"asset": id}), as_of)


def asset_by_number(
    info: Info, number: str, issuer: str | None = None, after_position: AfterPosition = None
) -> list[Asset]:
    wait_for(info, "register", after_position)
    with info.context.app.reader.connection() as connection:
        rows = register.by_number(connection, reach_of(info), number.strip(), issuer=issuer)
    return [
        one for row in rows if (one := _one(info, Filter("a.asset = %(asset)s", {"asset": row.asset}), None))
    ]


def asset_after(info: Info, id: UUID, position: int) -> Asset | None:
    """An asset as a command left it."""
    wait_for(info, "register", position)
    return _one(info, Filter("a.asset = %(asset)s", {"asset": id}), None)


def _one(info: Info, which: Filter, as_of: AsOf | None) -> Asset | None:
    found: Asset | None = single(
        info, listing_for(reach_of(info), as_of is not None), [readable(info, as_of), which]
    )
    return found
