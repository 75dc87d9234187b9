"""A selection becomes the columns to fetch and one generated expression per row.

Aliases, fragments, @include/@skip, `__typename` and enum names are worked out once, when the expression is
made; what runs per row is a dict display over a tuple. What a shape does not know (a field with arguments, an
abstract type, another's scalar) raises `Unknown`, and a row that may not be shown raises `NotWritable`; for
both the caller takes the ordinary way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
)

from api.graphql.shapes import WRITTEN, Column, Columns, Computed, Items, Part, fetched, present

SMALLEST, LARGEST = -(2**31), 2**31 - 1


class Unknown(Exception):
    """The shape cannot answer this selection."""


class NotWritable(ValueError):
    """A row holds what its field may not show: a null, an unknown enum value, too large a number.

    The ordinary way says so.
    """


@dataclass(slots=True)
class Writer:
    """Builds one Python expression out of a selection.

    Only response names, numbers and our own names go into its text.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, Any]
    variables: Mapping[str, Any]
    columns: Columns = field(default_factory=Columns)
    names: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """A name for a value in the generated expression."""
        name = f"v{len(self.names)}"
        self.names[name] = value
        return name

    def build(self, expression: str, arguments: str) -> Callable[..., Any]:
        """The expression as a function."""
        made = eval(f"lambda {arguments}: {expression}", {"__builtins__": {}, **self.names})  # noqa: S307 - see the class
        return cast(Callable[..., Any], made)

    def each(self, made: str, keys: int) -> str:
        """A list display over `rows`. The columns become local names, which is what makes it fast."""
        names = [f"c{at}" for at in range(len(self.columns.texts))] + [f"k{at}" for at in range(keys)]
        return f"[{made} for ({', '.join(names)},) in rows]"

    def selected(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> dict[str, list[FieldNode]]:
        """The fields asked of an object: fragments written out, merged by response name, in their order."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                for one in self._walk(kind, node.selection_set, seen):
                    found.setdefault((one.alias or one.name).value, []).append(one)
        return found

    def _walk(
        self, kind: GraphQLObjectType, selections: SelectionSetNode, seen: set[str]
    ) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._applies(kind, node.type_condition.name.value):
                    yield from self._walk(kind, node.selection_set, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(kind, fragment.type_condition.name.value):
                    yield from self._walk(kind, fragment.selection_set, seen)

    def _included(self, node: Any) -> bool:
        for directive in node.directives or ():
            if directive.name.value in ("skip", "include"):
                value = directive.arguments[0].value
                given = (
                    self.variables.get(value.name.value) if isinstance(value, VariableNode) else value.value
                )
                if not isinstance(given, bool):
                    raise Unknown(
                        directive.name.value
                    )  # an explicit null: the ordinary way has the words for it
                if given == (directive.name.value == "skip"):
                    return False
        return True

    def _applies(self, kind: GraphQLObjectType, condition: str) -> bool:
        other = self.schema.get_type(condition)
        return other is kind or (is_abstract_type(other) and self.schema.is_sub_type(other, kind))

    def object(
        self, kind: GraphQLObjectType, parts: Mapping[str, Part], nodes: Sequence[FieldNode], row: str
    ) -> str:
        """A dict display with one entry per response name."""
        entries: list[str] = []
        for name, same in self.selected(kind, nodes).items():
            asked = same[0].name.value
            if asked == "__typename":
                entries.append(f"{name!r}: {kind.name!r}")
                continue
            definition, part = kind.fields.get(asked), parts.get(asked)
            if definition is None or part is None or definition.args:
                raise Unknown(asked)
            entries.append(
                f"{name!r}: {self.value(definition.type, part, same, row, f'{kind.name}.{asked}')}"
            )
        return "{" + ", ".join(entries) + "}"

    def value(self, kind: Any, part: Part, nodes: Sequence[FieldNode], row: str, where: str) -> str:
        """The expression for one field."""
        needed = is_non_null_type(kind)
        inner: Any = kind.of_type if is_non_null_type(kind) else kind
        if isinstance(part, Computed):
            taken = ", ".join(["context", *(self._fetch(one, row) for one in part.columns)])
            return self._checked(f"{self.bind(part.make)}({taken})", needed, where)
        if isinstance(part, Column):
            return self._leaf(inner, part, row, needed, where)
        if isinstance(part, Items):
            return self._items(inner, part, nodes, row, needed, where)
        if not isinstance(inner, GraphQLObjectType):
            raise Unknown(where)
        made = self.object(inner, part.fields, nodes, row)
        if part.present is None:
            return made
        return self._unless_absent(
            self._fetch(present(part) if row == "row" else part.present, row), made, needed, where
        )

    def _leaf(self, kind: Any, part: Column, row: str, needed: bool, where: str) -> str:
        named = get_named_type(kind)
        if is_list_type(kind):
            return self._leaves(kind, part, row, needed, where)
        if not (isinstance(named, GraphQLEnumType) or named.name in WRITTEN):
            raise Unknown(where)
        value = self._fetch(fetched(kind, part) if row == "row" else part.sql, row)
        if isinstance(named, GraphQLEnumType):
            names = {_raw(one.value): name for name, one in named.values.items()}
            return f"{self.bind(names if needed else {**names, None: None})}[{value}]"
        if named.name == "Int":
            fits = f"{SMALLEST} <= {value} <= {LARGEST}"
            return (
                f"({value} if {fits if needed else f'{value} is None or {fits}'} else {self._refuse(where)})"
            )
        return self._checked(value, needed, where)

    def _leaves(self, kind: Any, part: Column, row: str, needed: bool, where: str) -> str:
        """A list of texts or enum values, from an array column."""
        each: Any = kind.of_type
        strict = is_non_null_type(each)
        inner = each.of_type if strict else each
        column = fetched(kind, part)
        if row != "row" or is_list_type(inner) or not column.endswith("::text[]"):
            raise Unknown(where)
        value = self._fetch(column, row)
        if isinstance(inner, GraphQLEnumType):
            names = {_raw(one.value): name for name, one in inner.values.items()}
            made = f"[{self.bind(names if strict else {**names, None: None})}[one] for one in {value}]"
        else:
            made = f"{self.bind(_all_present)}({value}, {where!r})" if strict else value
        return self._unless_absent(value, made, needed, where)

    def _items(
        self, kind: Any, part: Items, nodes: Sequence[FieldNode], row: str, needed: bool, where: str
    ) -> str:
        named = get_named_type(kind)
        if not is_list_type(kind) or not isinstance(named, GraphQLObjectType) or row != "row":
            raise Unknown(where)
        value = self._fetch(f"({part.sql})::text", row)
        listed = f"[{self.object(named, part.fields, nodes, 'item')} for item in {self.bind(orjson.loads)}({value})]"
        return self._unless_absent(value, listed, needed, where)

    def _unless_absent(self, value: str, made: str, needed: bool, where: str) -> str:
        return f"({self._refuse(where) if needed else 'None'} if {value} is None else {made})"

    def _fetch(self, text: str, row: str) -> str:
        if row == "row":
            return f"c{self.columns.add(text)}"
        return f"{row}.get({text!r})"

    def _checked(self, expression: str, needed: bool, where: str) -> str:
        if not needed:
            return expression
        if expression.isidentifier():
            return f"({expression} if {expression} is not None else {self._refuse(where)})"
        return f"{self.bind(_present)}({expression}, {where!r})"

    def _refuse(self, where: str) -> str:
        self.names["refuse"] = _refuse
        return f"refuse({where!r})"


def _refuse(where: str) -> Any:
    raise NotWritable(where)


def _present(value: Any, where: str) -> Any:
    return _refuse(where) if value is None else value


def _all_present(values: list[Any], where: str) -> list[Any]:
    return _refuse(where) if None in values else values


def _raw(value: Any) -> Any:
    return getattr(value, "value", value)
