"""Pool checks as the API shows them, and whether a certificate that somebody presents is a real one."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import strawberry

from api.graphql.context import Info
from api.schema.assets import BodyName, ClassCode, Money, PermittedAction
from api.schema.inputs import enum
from api.schema.looking import looking
from api.schema.permitted import permitted
from api.schema.reading import AfterPosition, now_of, reach_of, wait_for
from domain.papers.pool_check import CheckLine, CheckState, PoolCheck, Unfit
from domain.usecases.pool_check_rules import permitted_on_pool_check
from domain.values import ClassCode as Code
from projections import certificates, organisations, papers

enum(CheckState)
enum(Unfit)


@strawberry.type(description="What the pool had of a line when it was asked: at one place of one holder.")
class PoolMatch:
    match: int = strawberry.field(description="Its place in the line, from 0: by it a match is refused.")
    holder: BodyName
    place_id: UUID | None
    free: int = strawberry.field(description="Free in the whole time that was asked for.")
    soon: int = strawberry.field(description="So many more come free, at `soonAt`, and stay free to the end.")
    soon_at: datetime | None
    refused: Unfit | None
    note: str


@strawberry.type(
    description="One line of a pool check: what is needed, what matched, what was decided, what became of it."
)
class PoolCheckLine:
    line: int
    class_code: ClassCode
    function: str
    quantity: int
    start: datetime
    end: datetime | None = strawberry.field(description="Empty: needed for good.")
    unit_price: Money
    matches: list[PoolMatch]
    allot: int
    may_buy: int
    bought: int
    avoided: int = strawberry.field(
        description="So many need not be bought: they were handed over from the pool."
    )


@strawberry.type(description="A pool check before a purchase. Reviewed, it is a numbered certificate.")
class PoolCheckView:
    id: UUID
    version: int
    state: CheckState
    live: bool = strawberry.field(description="Certified, not taken back, and its last day has not come.")
    body: BodyName
    purpose: str
    applied_at: datetime
    valid_until: datetime | None
    number: str | None = strawberry.field(description="The number of the certificate.")
    check_code: str | None = strawberry.field(
        description="With the number it proves to anybody that it is real."
    )
    lines: list[PoolCheckLine]

    @strawberry.field(
        description="What this account may do with it now, or why not: the same rules the commands ask."
    )  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command = looking(info)
        return permitted(info, permitted_on_pool_check(command, command.load(PoolCheck, UUID(str(self.id)))))


@strawberry.type(description="What a certificate says of a line.")
class CertifiedLineView:
    class_code: ClassCode
    quantity: int
    allot: int
    may_buy: int


@strawberry.type(description="A real certificate: its verdict, quantities and validity, nothing else.")
class VerifiedCertificate:
    number: str
    issued_at: datetime
    valid_until: datetime
    withdrawn: bool
    valid: bool = strawberry.field(description="Not withdrawn, and its last day has not come.")
    lines: list[CertifiedLineView]


def pool_check(info: Info, id: UUID, after_position: AfterPosition = None) -> PoolCheckView | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = papers.one(connection, reach_of(info), id)
        if row is None or row.kind != PoolCheck.KIND:
            return None
        certificate = certificates.of(connection, row.id)
        lines = msgspec.convert(row.detail["lines"], tuple[CheckLine, ...], strict=False)
        holders = {match.holder for line in lines for match in line.matches}
        body = UUID(row.detail["body"])
        names = organisations.names(connection, [body, *holders])
    state = CheckState(row.state)
    return PoolCheckView(
        id=row.id,
        version=row.version,
        state=state,
        live=state is CheckState.CERTIFIED and row.due is not None and row.due > now_of(info),
        body=BodyName(id=body, name=names.get(body)),
        purpose=row.detail["purpose"],
        applied_at=row.opened,
        valid_until=row.due,
        number=certificate.number if certificate else None,
        check_code=certificate.check_code if certificate else None,
        lines=[_line(n, one, names) for n, one in enumerate(lines)],
    )


def verify_certificate(
    info: Info,
    number: str,
    code: Annotated[str, strawberry.argument(description="The ten letters printed beside the number.")],
    after_position: AfterPosition = None,
) -> VerifiedCertificate | None:
    wait_for(info, "papers", after_position)
    with info.context.app.reader.connection() as connection:
        row = certificates.verified(connection, number.strip(), code.strip().upper())
    if row is None:
        return None
    withdrawn = row.state != CheckState.CERTIFIED.value
    return VerifiedCertificate(
        number=row.number,
        issued_at=row.issued,
        valid_until=row.valid_until,
        withdrawn=withdrawn,
        valid=not withdrawn and row.valid_until > now_of(info),
        lines=[
            CertifiedLineView(
                class_code=_code(one["class_code"]),
                quantity=one["quantity"],
                allot=one["allot"],
                may_buy=one["may_buy"],
            )
            for one in row.lines
        ],
    )


def _line(n: int, line: CheckLine, names: Any) -> PoolCheckLine:
    refused = {match: (why, note) for match, why, note in line.refused}
    need = line.need
    return PoolCheckLine(
        line=n,
        class_code=_code(need.class_code),
        function=need.function,
        quantity=need.quantity,
        start=need.start,
        end=need.end,
        unit_price=Money(amount=need.unit_price.amount, currency=need.unit_price.currency),
        matches=[
            PoolMatch(
                match=at,
                holder=BodyName(id=one.holder, name=names.get(one.holder)),
                place_id=one.place,
                free=one.free,
                soon=one.soon,
                soon_at=one.soon_at,
                refused=refused[at][0] if at in refused else None,
                note=refused[at][1] if at in refused else "",
            )
            for at, one in enumerate(line.matches)
        ],
        allot=line.allot,
        may_buy=line.may_buy,
        bought=line.bought,
        avoided=line.avoided,
    )


def _code(said: Code | dict[str, Any]) -> ClassCode:
    code = msgspec.convert(said, Code) if isinstance(said, dict) else said
    return ClassCode(scheme=code.scheme, edition=code.edition, code=code.code, unverified=code.unverified)
