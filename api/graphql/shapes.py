"""Which SQL column stands behind which field.

A shape is declared once beside its type:

    ASSET = Shape("Asset", {
        "id": Column("a.id"),
        "acquiredOn": Column("a.acquired_on"),
        "place": Nested({"id": Column("a.place_id"), "name": Column("a.place_name")}, present="a.place_id"),
        "overdue": Computed(("a.due_at",), lambda context, due_at: is_overdue(due_at, context.notes["now"])),
    })

How a value is written follows from the field's GraphQL type: PostgreSQL writes times, days, decimals and ids
in the schema's own form. `selection` turns what a query asks for into columns and a builder of rows; here is
the ordinary way, used where a selection holds something a shape does not know: all columns, made into
instances of the type, for the library's executor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString, cast

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

# What PostgreSQL is asked for, so that the value needs no work here. A string is also what the scalars let
# through unchanged.
WRITTEN: dict[str, str] = {
    "ID": "({})::text",
    "String": "({})::text",
    "UUID": "({})::text",
    "Decimal": "({})::text",
    "Position": "({})::text",
    "Date": "({})::date::text",
    "DateTime": """to_char(({})::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "Int": "({})::bigint",
    "Boolean": "({})::boolean",
    "Float": "({})::double precision",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A value of the row: an SQL expression over the list's source, or inside `Items` the name of a JSON key."""

    sql: LiteralString


@dataclass(frozen=True, slots=True)
class Nested:
    """An object made of columns of the same row; null where the expression `present` is null."""

    fields: Mapping[str, "Part"]
    present: LiteralString | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """A value worked out here from columns of the row: `make(context, *values)`.

    It must be as JSON wants it.
    """

    columns: tuple[LiteralString, ...]
    make: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of objects kept in the row as a JSON array; inside, a `Column` names a key of the JSON object."""

    sql: LiteralString
    fields: Mapping[str, "Part"]


Part = Column | Nested | Computed | Items
Make = Callable[[Any, Any], Any]  # (context, row or item) -> value


@dataclass(slots=True)
class Columns:
    """The columns a statement fetches, each once."""

    texts: list[str] = field(default_factory=list)

    def add(self, text: str) -> int:
        """The place of this column in the row."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)


@dataclass(frozen=True, slots=True)
class Shape:
    """An object type and where its fields come from."""

    type: str
    fields: Mapping[str, Part]

    def objects(self, schema: GraphQLSchema) -> tuple[tuple[str, ...], Make]:
        """All columns, and how a row becomes an instance of the type."""
        kind = cast(GraphQLObjectType, schema.get_type(self.type))
        columns = Columns()
        make = _instance(kind, self.fields, columns, in_row=True)
        return tuple(columns.texts), make


def fetched(kind: Any, part: Column) -> str:
    """The SQL expression for a column, given its field's type."""
    named = get_named_type(kind)
    pattern = "({})::text" if isinstance(named, GraphQLEnumType) else WRITTEN.get(named.name, "{}")
    if is_list_type(get_nullable_type(kind)):
        pattern = "({})::text[]" if pattern == "({})::text" else "{}"
    return pattern.format(part.sql)


def present(part: Nested) -> str:
    """The SQL expression that tells whether a nested object is there.

    As text, so that an id is not fetched twice.
    """
    return f"({part.present})::text"


def _instance(kind: GraphQLObjectType, parts: Mapping[str, Part], columns: Columns, *, in_row: bool) -> Make:
    """How a row (or a JSON object in it) becomes an instance of the Python class behind a GraphQL type."""
    definition = kind.extensions["strawberry-definition"]
    makes: list[tuple[str, Make]] = []
    for name, part in parts.items():
        shown = kind.fields[name]
        makes.append(
            (
                shown.extensions["strawberry-definition"].python_name,
                _make(shown.type, part, columns, in_row=in_row),
            )
        )
    cls = definition.origin

    def make(context: Any, row: Any) -> Any:
        made = object.__new__(cls)
        for name, one in makes:
            object.__setattr__(made, name, one(context, row))
        return made

    return make


def _make(kind: Any, part: Part, columns: Columns, *, in_row: bool) -> Make:
    inner: Any = get_named_type(kind)
    if isinstance(part, Column):
        at: Any = columns.add(fetched(kind, part)) if in_row else part.sql
        return (lambda _, row: row[at]) if in_row else (lambda _, row: row.get(at))
    if isinstance(part, Computed):
        places: list[Any] = [columns.add(one) if in_row else one for one in part.columns]
        work = part.make
        return lambda context, row: work(context, *(row[one] for one in places))
    if isinstance(part, Items):
        listed = columns.add(f"({part.sql})::text")
        item = _instance(inner, part.fields, columns, in_row=False)
        return lambda context, row: (
            None if row[listed] is None else [item(context, one) for one in orjson.loads(row[listed])]
        )
    nested = _instance(inner, part.fields, columns, in_row=in_row)
    if part.present is None:
        return nested
    there: Any = columns.add(present(part)) if in_row else part.present
    return lambda context, row: None if row[there] is None else nested(context, row)
