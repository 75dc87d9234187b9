"""The answer of an accepted command without the executor: most clients ask for the position and an id or two.

What the payload holds as plain values is written at once; a document that asks for more (the asset as it is now, the slip) gets the
payload as an object, and the executor walks it.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from graphql import GraphQLObjectType, get_named_type

from api.graphql.context import Info
from api.graphql.execution import Ready
from api.graphql.selection import Unknown, Writer
from projections.desk import Decided

Show = Callable[[Decided, UUID], Any]

COMMON: Mapping[str, Show] = {
    "position": lambda decided, _: str(decided.position),
    "commandId": lambda _, command_id: str(command_id),
    "replayed": lambda decided, _: decided.replayed,
}
OF_A_THING: Mapping[str, Callable[[UUID, int], Any]] = {
    "id": lambda thing, _: str(thing),
    "version": lambda _, version: version,
}


def plain_payload(
    info: Info, type_name: str, shown: Mapping[str, Show], decided: Decided, command_id: UUID
) -> Ready | None:
    """The finished payload; None where it has to be walked. `shown`: its fields besides the common ones that are plain values."""
    raw, context = info._raw_info, info.context
    variables: Mapping[str, Any] = raw.variable_values  # type: ignore[assignment]  # strawberry hands over the plain values
    place = (type_name, *[variables.get(name) for name in context.switches], *map(id, raw.field_nodes))
    if place not in context.plans:
        kind = raw.schema.get_type(type_name)
        writer = Writer(raw.schema, raw.fragments, variables)
        context.plans[place] = (
            _plan(writer, kind, raw.field_nodes, shown) if isinstance(kind, GraphQLObjectType) else None
        )
    plan: list[tuple[str, Show]] | None = context.plans[place]
    return None if plan is None else Ready({name: show(decided, command_id) for name, show in plan})


def _plan(
    writer: Writer, kind: GraphQLObjectType, nodes: Any, shown: Mapping[str, Show]
) -> list[tuple[str, Show]] | None:
    plan: list[tuple[str, Show]] = []
    try:
        for name, same in writer.selected(kind, nodes).items():
            asked = same[0].name.value
            if asked == "__typename":
                plan.append((name, _always(kind.name)))
            elif asked == "changed":
                plan.append((name, _changed(writer, kind, same)))
            elif (show := COMMON.get(asked) or shown.get(asked)) is not None:
                plan.append((name, show))
            else:
                return None
    except Unknown:
        return None
    return plan


def _changed(writer: Writer, kind: GraphQLObjectType, nodes: Any) -> Show:
    inner: Any = get_named_type(kind.fields["changed"].type)
    asked = [(name, same[0].name.value) for name, same in writer.selected(inner, nodes).items()]
    parts = [(name, _always(inner.name) if one == "__typename" else OF_A_THING[one]) for name, one in asked]
    return lambda decided, _: [
        {name: show(thing, version) for name, show in parts} for thing, version in decided.versions.items()
    ]


def _always(value: str) -> Callable[..., str]:
    return lambda *_: value
