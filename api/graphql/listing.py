"""A list field: selection, filters and order become one SQL statement, and its rows the finished answer.

    ASSETS = Listing("assets", ASSET, Source("register.asset AS a"), (Key("a.asset_no", "text"), Key("a.id",
    "uuid")))

    @strawberry.field def assets(self, info: Info, first: First = None, after: After = None, last: Last =
    None, before: Before = None) -> Connection[Asset]:
        return page(info, ASSETS, Pages(first, after, last, before), [Filter("a.body_path <@ %(own)s", {"own":
        ...})])

What a field works out about its selection is kept with the document, so the next request with the same
document starts at the SQL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, LiteralString

from graphql import FieldNode, GraphQLObjectType, get_named_type

from api.graphql.context import Context, Info
from api.graphql.execution import Ready
from api.graphql.paging import Connection, Edge, PageInfo, Pages, mark_of, write_cursor
from api.graphql.selection import Unknown, Writer
from api.graphql.shapes import Shape
from projections.keyset import Key, Slice, Source, count_statement, single_statement, statement, values

MOST_COUNTED = 10_000
MOST_PLANS = 64


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition over the list's source, and its parameters.

    Parameter names must differ between the filters of one list.
    """

    sql: LiteralString
    values: Mapping[str, object] = field(default_factory=dict)


Write = Callable[[tuple[Any, ...], tuple[LiteralString, ...], tuple[Key, ...], Slice], str]
"""The statement of a page, by a read model that knows better: columns, conditions, order, stretch.

Of the stretch it may only ask the direction and which ends are there; the size is `%(first)s`.
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that can be paged: its name in cursors, its shape, where it reads and its usual order."""

    name: str
    shape: Shape
    source: Source
    order: tuple[Key, ...]
    most_counted: int = MOST_COUNTED
    write: Write | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What one occurrence of a field needs: columns, and how rows become its answer."""

    columns: tuple[str, ...]
    rows: bool
    answer: Callable[..., Any]


MakePlan = Callable[[Writer, GraphQLObjectType, Shape, Any, int], Plan]


def page(
    info: Info,
    listing: Listing,
    pages: Pages,
    filters: Sequence[Filter] = (),
    *,
    order: tuple[Key, ...] | None = None,
) -> Any:
    """One page of a list, as the query asks for it, in the listing's order or in another."""
    context = info.context
    order = order or listing.order
    mark = mark_of(listing.name, order)
    stretch = pages.slice(mark, order, context.language)
    conditions, given = _conditions(filters)
    read = _Reading(context, listing, order, mark, stretch, conditions, given)
    plan = _planned(info, listing.shape, _connection_plan, len(order))
    if plan is not None:
        try:
            found = read.rows(plan.columns) if plan.rows else read.nothing()
            return Ready(plan.answer(found.rows, found, context))
        except (LookupError, TypeError, ValueError):
            pass  # a row that may not be shown: the ordinary way tells which field and why
    return read.connection(info)


def single(info: Info, listing: Listing, filters: Sequence[Filter]) -> Any:
    """One thing, or None: the first row that meets the filters."""
    context = info.context
    conditions, given = _conditions(filters)
    plan = _planned(info, listing.shape, _object_plan, 0)
    if plan is not None:
        rows = context.reader.rows(single_statement(listing.source, plan.columns, conditions), given)
        try:
            return Ready(plan.answer(context, *rows[0])) if rows else None
        except (LookupError, TypeError, ValueError):
            pass
    columns, make = listing.shape.objects(info._raw_info.schema)
    rows = context.reader.rows(single_statement(listing.source, columns, conditions), given)
    return make(context, rows[0]) if rows else None


@dataclass(slots=True)
class _Found:
    """The rows of a page, in the list's order, and what is known about its surroundings."""

    rows: list[Any]
    has_next: bool
    has_previous: bool
    cursor: Callable[[Any], str]
    count: Callable[[], tuple[int, bool]]


@dataclass(slots=True)
class _Reading:
    """One page being read."""

    context: Context
    listing: Listing
    order: tuple[Key, ...]
    mark: str
    stretch: Slice
    conditions: tuple[LiteralString, ...]
    given: Mapping[str, object]
    counted: tuple[int, bool] | None = None

    def rows(self, columns: tuple[Any, ...]) -> _Found:
        """Reads one row more than asked, which tells whether there is a next page."""
        stretch = self.stretch
        bounded = (stretch.after is not None, stretch.before is not None)
        given = values(stretch, self.given)
        if self.listing.write is not None:
            text = _written(
                self.listing.write, columns, self.conditions, self.order, stretch.backwards, bounded
            )
            given["first"] = stretch.size + 1
        else:
            text = statement(
                self.listing.source,
                columns,
                self.conditions,
                self.order,
                stretch.size + 1,
                stretch.backwards,
                bounded,
            )
        rows = self.context.reader.rows(text, given)
        more = len(rows) > stretch.size
        del rows[stretch.size :]
        if stretch.backwards:
            rows.reverse()
            return _Found(rows, stretch.before is not None, more, self.cursor, self.count)
        return _Found(rows, more, stretch.after is not None, self.cursor, self.count)

    def nothing(self) -> _Found:
        """No rows are asked for, only their number."""
        return _Found([], False, False, self.cursor, self.count)

    def cursor(self, row: Sequence[Any]) -> str:
        return write_cursor(self.mark, row[-len(self.order) :])

    def count(self) -> tuple[int, bool]:
        """How many rows there are, and whether that is all of them."""
        if self.counted is None:
            most = self.listing.most_counted
            rows = self.context.reader.rows(
                count_statement(self.listing.source, self.conditions, most + 1), self.given
            )
            self.counted = (min(rows[0][0], most), rows[0][0] <= most)
        return self.counted

    def connection(self, info: Info) -> Connection[Any]:
        """The page as objects, for the library's executor."""
        columns, make = self.listing.shape.objects(info._raw_info.schema)
        found = self.rows(columns)
        nodes = [make(self.context, row) for row in found.rows]
        cursors = [self.cursor(row) for row in found.rows]
        start, end = (cursors[0], cursors[-1]) if cursors else (None, None)
        return Connection(
            nodes=nodes,
            edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)],
            page_info=PageInfo(
                has_next_page=found.has_next,
                has_previous_page=found.has_previous,
                start_cursor=start,
                end_cursor=end,
            ),
            counted=self.count,
        )


@lru_cache(maxsize=2048)
def _written(
    write: Write,
    columns: tuple[str, ...],
    conditions: tuple[LiteralString, ...],
    order: tuple[Key, ...],
    backwards: bool,
    bounded: tuple[bool, bool],
) -> str:
    """A read model's own statement, written once for each kind of page."""
    after, before = (() if given else None for given in bounded)
    return write(columns, conditions, order, Slice(0, backwards, after, before))


def _conditions(filters: Sequence[Filter]) -> tuple[tuple[LiteralString, ...], dict[str, object]]:
    given: dict[str, object] = {}
    for one in filters:
        if given.keys() & one.values.keys():
            raise ValueError(f"two filters use the same parameter: {given.keys() & one.values.keys()}")
        given.update(one.values)
    return tuple(one.sql for one in filters), given


def _planned(info: Info, shape: Shape, make: MakePlan, keys: int) -> Plan | None:
    """The plan for this place in the document, worked out the first time; None where the shape cannot answer."""
    raw, context = info._raw_info, info.context
    variables: Mapping[str, Any] = raw.variable_values  # type: ignore[assignment]  # strawberry hands over the plain values
    place = (shape.type, keys, *[variables.get(name) for name in context.switches], *map(id, raw.field_nodes))
    if place in context.plans:
        known: Plan | None = context.plans[place]
        return known
    if len(context.plans) >= MOST_PLANS:
        context.plans.clear()  # a document with many switches, all of them tried
    kind = get_named_type(raw.return_type)
    plan: Plan | None = None
    if isinstance(kind, GraphQLObjectType):
        try:
            plan = make(Writer(raw.schema, raw.fragments, variables), kind, shape, raw.field_nodes, keys)
        except Unknown:
            plan = None
    context.plans[place] = plan
    return plan


def _object_plan(writer: Writer, kind: GraphQLObjectType, shape: Shape, nodes: Any, keys: int) -> Plan:
    made = writer.object(kind, shape.fields, nodes, "row")
    names = [f"c{at}" for at in range(len(writer.columns.texts))]
    return Plan(tuple(writer.columns.texts), True, writer.build(made, ", ".join(["context", *names])))


def _connection_plan(writer: Writer, kind: GraphQLObjectType, shape: Shape, nodes: Any, keys: int) -> Plan:
    """The answer of a connection as one expression over `rows`, `found` and `context`."""
    asked = writer.selected(kind, nodes)
    # Twice: a list display names all columns of the row, and the second of two lists may have added some.
    for same in asked.values():
        _part(writer, kind, shape, same, keys)
    entries = [f"{name!r}: {_part(writer, kind, shape, same, keys)}" for name, same in asked.items()]
    needs_rows = any(same[0].name.value in _PARTS for same in asked.values())
    made = writer.build("{" + ", ".join(entries) + "}", "rows, found, context")
    return Plan(tuple(writer.columns.texts), needs_rows, made)


def _part(writer: Writer, kind: GraphQLObjectType, shape: Shape, same: list[FieldNode], keys: int) -> str:
    asked = same[0].name.value
    simple = {
        "__typename": repr(kind.name),
        "totalCount": "found.count()[0]",
        "totalCountIsExact": "found.count()[1]",
    }
    if asked in simple:
        return simple[asked]
    if asked not in _PARTS:
        raise Unknown(asked)
    inner: Any = get_named_type(kind.fields[asked].type)
    return _PARTS[asked](writer, inner, shape, same, keys)


def _nodes(writer: Writer, kind: GraphQLObjectType, shape: Shape, same: list[FieldNode], keys: int) -> str:
    return writer.each(writer.object(kind, shape.fields, same, "row"), keys)


def _edges(writer: Writer, kind: GraphQLObjectType, shape: Shape, same: list[FieldNode], keys: int) -> str:
    key = "".join(f"k{at}, " for at in range(keys))
    entries: list[str] = []
    for name, nodes in writer.selected(kind, same).items():
        asked = nodes[0].name.value
        if asked == "node":
            inner: Any = get_named_type(kind.fields["node"].type)
            made = writer.object(inner, shape.fields, nodes, "row")
        else:
            made = {"__typename": repr(kind.name), "cursor": f"found.cursor(({key}))"}[asked]
        entries.append(f"{name!r}: {made}")
    return writer.each("{" + ", ".join(entries) + "}", keys)


def _page_info(
    writer: Writer, kind: GraphQLObjectType, shape: Shape, same: list[FieldNode], keys: int
) -> str:
    parts = {
        "__typename": repr(kind.name),
        "hasNextPage": "found.has_next",
        "hasPreviousPage": "found.has_previous",
        "startCursor": "(found.cursor(rows[0]) if rows else None)",
        "endCursor": "(found.cursor(rows[-1]) if rows else None)",
    }
    chosen = writer.selected(kind, same).items()
    return "{" + ", ".join(f"{name!r}: {parts[nodes[0].name.value]}" for name, nodes in chosen) + "}"


_PARTS = {"nodes": _nodes, "edges": _edges, "pageInfo": _page_info}
