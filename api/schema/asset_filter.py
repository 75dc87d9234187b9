"""Which assets a list shows: every condition is program text, every value a parameter."""

from typing import Any, LiteralString
from uuid import UUID

import strawberry

from api.graphql.listing import Filter
from api.schema.inputs import enum
from domain.asset import CustodyKind, Existence, Flag, Kind, Title, ValueType
from domain.values import Condition
from projections import register

for named in (Kind, Existence, Title, Flag, ValueType, Condition, CustodyKind):
    enum(named)


@strawberry.input(description="Which assets; all that is said must hold.")
class AssetFilter:
    text: str | None = strawberry.field(
        default=None, description="Anywhere in the name, or a number it ever had."
    )
    kind: Kind | None = None
    existence: list[Existence] | None = strawberry.field(
        default=None,
        description="Left out: what is alive (taken over, registered, or in custody without a card).",
    )
    condition: list[Condition] | None = None
    holder: UUID | None = None
    custody_body: UUID | None = None
    place: UUID | None = None
    warehouse: UUID | None = None
    class_code: str | None = strawberry.field(default=None, description="The beginning of a code.")
    class_edition: str | None = None
    listed: bool | None = None
    in_place: bool | None = strawberry.field(default=None, description="Offered to be used where it stands.")
    unconfirmed: bool | None = strawberry.field(
        default=None, description="Offered, but its holder has not confirmed it in time."
    )
    on_loan: bool | None = None
    overdue: bool | None = None
    in_repair: bool | None = None
    in_transfer: bool | None = None
    in_disposal: bool | None = None
    with_cases: bool | None = None


ALIVE = [Existence.TAKEN_OVER.value, Existence.REGISTERED.value, Existence.UNCARDED.value]

_EQUAL: dict[str, LiteralString] = {
    "kind": "a.kind = %(kind)s",
    "holder": "a.holder = %(holder)s",
    "custody_body": "a.custody_body = %(custody_body)s",
    "place": "a.place = %(place)s",
    "warehouse": "a.place IN (SELECT id FROM organisations.place WHERE warehouse = %(warehouse)s)",
    "class_code": "starts_with(a.class_code, %(class_code)s)",
    "class_edition": "a.class_edition = %(class_edition)s",
}
_YES: dict[str, LiteralString] = {
    "listed": "a.listing IS NOT NULL",
    "in_place": "a.listed_in_place",
    "unconfirmed": "(a.confirm_by IS NOT NULL AND a.confirm_by <= %(now)s)",
    "on_loan": "a.lent > 0",
    "overdue": "(a.due IS NOT NULL AND a.due <= %(now)s)",
    "in_repair": "a.repair IS NOT NULL",
    "in_transfer": "a.transfer IS NOT NULL",
    "in_disposal": "a.disposal IS NOT NULL",
    "with_cases": "cardinality(a.cases) > 0",
}


def filters(where: AssetFilter | None) -> list[Filter]:
    """The conditions a filter stands for; its values are parameters only."""
    where = where or AssetFilter()
    wanted = [_among("existence", where.existence or ALIVE)]
    if where.condition:
        wanted.append(_among("condition", where.condition))
    if where.text:
        wanted.append(Filter(register.TEXT, register.text_values(where.text)))
    for name, condition in _EQUAL.items():
        value = getattr(where, name)
        if value is not None:
            wanted.append(Filter(condition, {name: value}))
    for name, condition in _YES.items():
        value = getattr(where, name)
        if value is not None:
            wanted.append(Filter(condition if value else f"NOT ({condition})"))
    return wanted


def _among(name: str, values: list[Any]) -> Filter:
    condition = f"a.{name} = ANY(%({name})s)"
    return Filter(condition, {name: [str(one) for one in values]})
