"""What an accepted command answers: where it stands in the log, the versions it made, and the ids of what it made."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.graphql.context import Info
from api.graphql.scalars import Position
from api.schema.assets import Asset, asset_after
from api.schema.inputs import enum
from api.schema.plain_payload import Show
from domain.papers.certificate import CertificateIssued, certificate_number
from domain.papers.loan import LineOutcome
from domain.papers.slip import SlipIssued, slip_number
from projections.desk import Decided

NUMBERS: dict[str, Any] = {
    "quantity": int, "tries_left": int, "copy": int, "number": str, "list_hash": str, "tokens": list[str],
}  # fmt: skip
"""Outcomes that are no ids."""


@strawberry.type(
    description="A thing that the command changed, and its version now: what to expect next time."
)
class ChangedThing:
    id: UUID
    version: int


@strawberry.type(description="A numbered slip that the command issued.")
class IssuedSlip:
    series: UUID
    sequence: int = strawberry.field(description="The number within its series.")
    number: str = strawberry.field(description="The number as printed, such as GS1-LOAN-2026-000123.")


@strawberry.type(description="So many of a line of a return, and which loan they ended.")
class LandedPart:
    line: int = strawberry.field(description="Which line of the command, counted from 0.")
    loan_id: UUID | None = strawberry.field(
        description="Null: no loan explains it; a case asks where it comes from."
    )
    quantity: int
    outcome: enum(LineOutcome)  # type: ignore[valid-type]  # made at run time
    damage_id: UUID | None = strawberry.field(description="The case that settles it.")


class Payload:
    """The fields every accepted command answers with. `outcome`: the fields that stand in its outcome as they are shown."""

    position: Annotated[Position, strawberry.argument(description="")]

    decided: strawberry.Private[Decided]
    outcome: ClassVar[tuple[tuple[str, str, Any], ...]]
    shown: ClassVar[Mapping[str, Show]]

    @classmethod
    def of(cls, decided: Decided, command_id: UUID) -> Any:
        found = {field: shown(decided.outcome.get(name)) for field, name, shown in cls.outcome}
        return cls(  # type: ignore[call-arg]  # each payload is a dataclass made below
            position=Position(decided.position),
            command_id=command_id,
            replayed=decided.replayed,
            changed=[ChangedThing(id=id, version=version) for id, version in decided.versions.items()],
            decided=decided,
            **found,
        )


def payload_type(name: str, gives: tuple[str, ...], shows_once: str = "") -> type[Payload]:
    """The payload of one use case: the common fields, one per name in its outcome, and what is shown this once and kept nowhere."""
    namespace: dict[str, Any] = {
        "__annotations__": {
            "position": Position,
            "command_id": UUID,
            "replayed": bool,
            "changed": list[ChangedThing],
            "decided": strawberry.Private[Decided],
        },
        "position": strawberry.field(
            description="Its place in the log: give it to a query as `afterPosition`."
        ),
        "replayed": strawberry.field(
            description="True when this command id had been decided before: nothing was done again."
        ),
        "of": Payload.__dict__["of"],
    }
    if shows_once:
        namespace["__annotations__"][shows_once] = str | None
        namespace[shows_once] = strawberry.field(
            default=None,
            description="Shown this once: it is kept nowhere, and a replayed command does not know it.",
        )
    outcome = []
    for one in gives:
        if one == "asset":
            namespace["asset"] = _field(
                _asset, Asset | None, "As it is now, as far as this account may see it."
            )
        if one == "landed":
            namespace[one] = _field(_landed, list[LandedPart], "Where each part of each line went.")
        elif one.endswith("series"):
            shown = one.removesuffix("series") + "slip"
            namespace[shown] = _field(
                _slip(one), IssuedSlip | None, "The numbered slip or certificate, if one was issued."
            )
        else:
            field, kind, show = _given(one)
            namespace["__annotations__"][field] = kind
            outcome.append((field, one, show))
    namespace["outcome"] = tuple(outcome)
    namespace["shown"] = {to_camel_case(field): _shows(name, show) for field, name, show in outcome}
    return strawberry.type(type(name, (), namespace), name=name, description="It was recorded.")


def _shows(name: str, show: Callable[[Any], Any]) -> Show:
    return lambda decided, _: show(decided.outcome.get(name))


def _given(name: str) -> tuple[str, Any, Callable[[Any], Any]]:
    """How a name of the outcome is shown: field, type, value. An id is in the outcome as it is written."""
    if name in NUMBERS:
        kind = NUMBERS[name]
        return name, kind | None, lambda found: None if found is None else kind(found)
    if name != "asset" and name.endswith("s"):
        return f"{name[:-1]}_ids", list[UUID], lambda found: list(found or ())
    return f"{name}_id", UUID | None, lambda found: found or None


def _asset(self: Any, info: Info) -> Any:
    return asset_after(info, UUID(self.decided.outcome["asset"]), self.decided.position)


def _landed(self: Any) -> list[LandedPart]:
    return [
        LandedPart(
            line=part["line"], loan_id=part["loan"], quantity=part["quantity"], outcome=LineOutcome(part["outcome"]),
            damage_id=part["damage"],
        )
        for part in self.decided.outcome.get("landed", ())
    ]  # fmt: skip


def _slip(name: str) -> Any:
    def resolve(self: Any, info: Info) -> Any:
        series = self.decided.outcome.get(name)
        if series is None:
            return None
        sequence = self.decided.versions[UUID(series)]
        issued = info.context.app.desk.fact_at(UUID(series), sequence)
        return IssuedSlip(series=UUID(series), sequence=sequence, number=_number(issued.fact, sequence))

    return resolve


def _number(fact: SlipIssued | CertificateIssued, sequence: int) -> str:
    if isinstance(fact, CertificateIssued):
        return certificate_number(fact, sequence)
    return slip_number(fact.code, fact.kind, fact.year, sequence)


def _field(resolve: Any, kind: Any, description: str | None) -> Any:
    resolve.__annotations__ = {
        **{name: note for name, note in resolve.__annotations__.items() if name == "info"},
        "return": kind,
    }
    return strawberry.field(resolver=resolve, description=description)
