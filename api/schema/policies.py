"""The terms of sharing as the API shows them: every row with its version, and what holds for a case. Open to everybody who signs in.

The book is one short stream, read at the end of the log: what was just set is seen at once.
"""

import types
from collections.abc import Callable
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

import msgspec
import strawberry

from api.graphql.context import Info
from api.schema.assets import BodyName, Money, PlaceName
from api.schema.inputs import enum
from domain import values
from domain.body import Body
from domain.command import Command, Envelope
from domain.place import HOME, Place
from domain.policy_book import BOOK, SHIPPED_ROWS, PolicyBook, Row, terms
from domain.refusals import TooMany, Unknown
from domain.terms import Scope, Terms
from domain.texts import say
from domain.values import ClassCode, Value
from projections import organisations
from projections.sentences import Names, shown

MOST_ROWS = 1000
KINDS: dict[str, type[Any]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Terms)}
PolicyKind = StrEnum("PolicyKind", {tag.upper(): tag for tag in KINDS})  # type: ignore[misc]  # a name for each kind there is
PolicyKind.__doc__ = "What terms are about."
enum(PolicyKind)

Shown = Callable[[Any], Any]
_SHOWN: dict[type[Any], tuple[type[Any], Shown]] = {}


def _as_it_is(value: Any) -> Any:
    return value


def output_of(annotation: Any) -> tuple[Any, Shown]:
    """The GraphQL type of a field of terms, and how its value becomes one."""
    if get_origin(annotation) in (Union, types.UnionType):
        inner, show = output_of(next(one for one in get_args(annotation) if one is not type(None)))
        return inner | None, lambda value: None if value is None else show(value)
    if get_origin(annotation) is tuple:
        inner, show = output_of(get_args(annotation)[0])
        return list[inner], lambda value: [show(one) for one in value]  # type: ignore[valid-type]  # made at run time
    if annotation is values.Money:
        return Money, lambda value: Money(amount=value.amount, currency=value.currency)
    if issubclass(annotation, StrEnum):
        return enum(annotation), _as_it_is
    if issubclass(annotation, Value):
        return _type_of(annotation)
    return annotation, _as_it_is


def _type_of(kind: type[Any]) -> tuple[type[Any], Shown]:
    """An object type of a value's fields."""
    if kind not in _SHOWN:
        fields = {one.name: output_of(one.type) for one in msgspec.structs.fields(kind)}
        note = {"__annotations__": {name: shown_as for name, (shown_as, _) in fields.items()}}
        made = strawberry.type(type(kind.__name__, (), note), name=kind.__name__, description=kind.__doc__)
        _SHOWN[kind] = (
            made,
            lambda value: made(**{name: show(getattr(value, name)) for name, (_, show) in fields.items()}),
        )
    return _SHOWN[kind]


_MEMBERS: Any = Union[tuple(_type_of(kind)[0] for kind in KINDS.values())]  # noqa: UP007  # made at run time
TermsShown = Annotated[_MEMBERS, strawberry.union("Terms", description="Terms of one kind.")]


@strawberry.type(description="Where terms hold. What is left out does not restrict.")
class PolicyScope:
    region: str
    body: BodyName | None
    warehouse: PlaceName | None
    class_code: str = strawberry.field(description="Classes whose code begins so.")


@strawberry.type(description="One row of the book of terms.")
class Policy:
    id: UUID
    book_id: UUID = strawberry.field(
        description="The book all rows are in; `history` tells everybody who set what, and why."
    )
    kind: PolicyKind
    version: int = strawberry.field(
        description="The version of the book that set it, as refusals name it; 0: shipped."
    )
    scope: PolicyScope
    valid_from: date
    valid_until: date | None = strawberry.field(description="From this day on it holds no more.")
    back_dated: bool = strawberry.field(
        description="It was set, or ended, after the day from which it counts; `history` says why."
    )
    document: str = strawberry.field(description="What it was taken from.")
    terms: TermsShown
    text: str = strawberry.field(description="The terms in words.")


@strawberry.type(description="The terms that hold for a case, and where they come from.")
class PolicyInForce:
    rule: str = strawberry.field(description="As a refusal names it.")
    version: int
    document: str
    terms: TermsShown
    text: str


def policies(
    info: Info,
    kind: Annotated[PolicyKind | None, strawberry.argument(description="Only terms of this kind.")] = None,
    warehouse: Annotated[
        UUID | None, strawberry.argument(description="Only what this warehouse has set.")
    ] = None,
    body: Annotated[UUID | None, strawberry.argument(description="Only what was set for this body.")] = None,
) -> list[Policy]:
    """By kind, then as they were set; what has ended is there too."""
    book = looking(info).begin(PolicyBook, BOOK)
    rows = [
        row
        for row in (*SHIPPED_ROWS, *book.rows.values())
        if (kind is None or _tag(row.terms) == kind.value)
        and (warehouse is None or row.scope.warehouse == warehouse)
        and (body is None or row.scope.body == body)
    ]
    if len(rows) > MOST_ROWS:
        raise TooMany("kind", most=MOST_ROWS)
    with info.context.app.reader.connection() as connection:
        bodies = organisations.names(connection, [row.scope.body for row in rows if row.scope.body])
        stores = organisations.names(connection, [row.scope.warehouse for row in rows if row.scope.warehouse])
    return [
        _policy(info, row, bodies, stores)
        for row in sorted(rows, key=lambda row: (_tag(row.terms), row.version))
    ]


def policy_in_force(
    info: Info,
    kind: PolicyKind,
    warehouse: UUID | None = None,
    body: UUID | None = None,
    class_code: str = "",
    on: Annotated[
        date | None,
        strawberry.argument(description="A day of the warehouse's time zone; today, if left out."),
    ] = None,
) -> PolicyInForce | None:
    """`None` when there is no such warehouse or body, or on a day before anything was laid down."""
    c = looking(info)
    try:
        place = c.load(Place, warehouse) if warehouse else None
        whose = c.load(Body, body) if body else None
    except Unknown:
        return None
    zone = place.zone if place else HOME
    noon = datetime.combine(on, time(12), zone) if on else None
    try:
        found = terms(
            c,
            KINDS[kind.value],
            warehouse=place,
            body=whose,
            class_code=ClassCode("", "", class_code),
            at=noon,
        )
    except LookupError:
        return None
    return PolicyInForce(
        rule=found.rule, version=found.policy, document=_document(info, found.policy, found.document),
        terms=_type_of(type(found.terms))[1](found.terms), text=_text(info, found.terms),
    )  # fmt: skip


def looking(info: Info) -> Command:
    """A command of the asker's that only reads."""
    found: Command = info.context.app.desk.look(
        Envelope(account=info.context.principal.account, command_id=UUID(int=0))
    )
    return found


def _policy(info: Info, row: Row, bodies: dict[UUID, str], stores: dict[UUID, str]) -> Policy:
    return Policy(
        id=row.policy, book_id=BOOK, kind=PolicyKind(_tag(row.terms)), version=row.version, scope=_scope(row.scope, bodies, stores),
        valid_from=row.valid_from, valid_until=row.valid_until, back_dated=row.back_dated,
        document=_document(info, row.version, row.document),
        terms=_type_of(type(row.terms))[1](row.terms), text=_text(info, row.terms),
    )  # fmt: skip


def _document(info: Info, version: int, document: str) -> str:
    """What an administrator named stays as it was written; of shipped terms it is told in the asker's language."""
    return document if version else say(info.context.language, document)


def _scope(scope: Scope, bodies: dict[UUID, str], stores: dict[UUID, str]) -> PolicyScope:
    store = scope.warehouse
    return PolicyScope(
        region=scope.region, class_code=scope.class_code,
        body=BodyName(id=scope.body, name=bodies.get(scope.body)) if scope.body else None,
        warehouse=PlaceName(id=store, name=stores.get(store), warehouse_id=store) if store else None,
    )  # fmt: skip


def _text(info: Info, of: Any) -> str:
    return shown(of, info.context.language, Names({}), HOME)


def _tag(of: Any) -> str:
    return str(type(of).__struct_config__.tag)
