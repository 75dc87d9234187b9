"""What an accepted command answers: where it stands in the log, the versions it made, and the ids of what it made."""

from typing import Annotated, Any
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.scalars import Position
from api.schema.assets import Asset, asset_after
from domain.papers.slip import SlipIssued, slip_number
from projections.desk import Decided

NUMBERS = {"quantity": int, "copy": int, "number": str, "list_hash": str}
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


class Payload:
    """The fields every accepted command answers with."""

    position: Annotated[Position, strawberry.argument(description="")]

    decided: strawberry.Private[Decided]

    @classmethod
    def of(cls, decided: Decided, command_id: UUID) -> Any:
        return cls(  # type: ignore[call-arg]  # each payload is a dataclass made below
            position=Position(decided.position),
            command_id=command_id,
            replayed=decided.replayed,
            changed=[ChangedThing(id=id, version=version) for id, version in decided.versions.items()],
            decided=decided,
        )


def payload_type(name: str, gives: tuple[str, ...]) -> type[Payload]:
    """The payload of one use case: the common fields, and one per name in its outcome."""
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
    for one in gives:
        namespace.update(_given(one))
    return strawberry.type(type(name, (), namespace), name=name, description="It was recorded.")


def _given(name: str) -> dict[str, Any]:
    if name == "asset":
        return {
            "asset": _field(_asset, Asset | None, "As it is now, as far as this account may see it."),
            "asset_id": _id(name),
        }
    if name.endswith("series"):
        shown = name.removesuffix("series") + "slip"
        return {shown: _field(_slip(name), IssuedSlip | None, "The slip, if goods in a store changed hands.")}
    if name in NUMBERS:
        return {name: _plain(name, NUMBERS[name])}
    if name.endswith("s"):
        return {f"{name[:-1]}_ids": _ids(name)}
    return {f"{name}_id": _id(name)}


def _asset(self: Any, info: Info) -> Any:
    return asset_after(info, UUID(self.decided.outcome["asset"]), self.decided.position)


def _slip(name: str) -> Any:
    def resolve(self: Any, info: Info) -> Any:
        series = self.decided.outcome.get(name)
        if series is None:
            return None
        sequence = self.decided.versions[UUID(series)]
        issued = info.context.app.desk.fact_at(UUID(series), sequence)
        slip: SlipIssued = issued.fact
        return IssuedSlip(
            series=UUID(series),
            sequence=sequence,
            number=slip_number(slip.code, slip.kind, slip.year, sequence),
        )

    return resolve


def _id(name: str) -> Any:
    def resolve(self: Any) -> Any:
        found = self.decided.outcome.get(name)
        return UUID(found) if found else None

    return _field(resolve, UUID | None, None)


def _ids(name: str) -> Any:
    def resolve(self: Any) -> Any:
        return [UUID(one) for one in self.decided.outcome.get(name, ())]

    return _field(resolve, list[UUID], None)


def _plain(name: str, kind: Any) -> Any:
    def resolve(self: Any) -> Any:
        found = self.decided.outcome.get(name)
        return None if found is None else kind(found)

    return _field(resolve, kind | None, None)


def _field(resolve: Any, kind: Any, description: str | None) -> Any:
    resolve.__annotations__ = {
        **{name: note for name, note in resolve.__annotations__.items() if name == "info"},
        "return": kind,
    }
    return strawberry.field(resolver=resolve, description=description)
