"""What a GraphQL document may cost, decided before anything of it runs.

One rule walks the document once. Each fragment is measured once and the result remembered, so the time is
linear in the document even where its expansion is exponential (a chain of fragments that each spread the next
one twice). The library's own limiters walk every path and are not used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_interface_type,
    is_list_type,
    is_object_type,
)

CAP = 1_000_000_000  # sums stop here: a bomb's real numbers have hundreds of digits
INTROSPECTION = frozenset({"__schema", "__type"})
PAGE_PARTS = frozenset({"nodes", "edges"})  # lists whose size the field above them has already counted


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds; a document over any of them is refused with the bound's name."""

    body_bytes: int = 512 * 1024
    tokens: int = 1000
    depth: int = 12
    introspection_depth: int = 18
    operations: int = 10
    queries: int = 20  # root fields of one query
    commands: int = 10  # root fields of one mutation
    fields: int = 600  # after all fragments are written out
    aliases: int = 40
    same_name: int = 20  # one response name asked for again and again in one selection
    fragments: int = 30
    directives: int = 40
    cost: int = 30_000  # fields times the sizes of the lists they stand in
    page: int = 50  # what a page counts when it does not say its size
    largest_page: int = 200
    plain_list: int = 10  # what a list without page arguments counts


class Measure(NamedTuple):
    """What one selection costs, fragments written out."""

    depth: int
    fields: int
    aliases: int
    cost: int


NOTHING = Measure(0, 0, 0, 0)


class TooMuch(GraphQLError):
    """The document is over a bound."""

    def __init__(self, bound: str, limit: int) -> None:
        super().__init__(
            f"The document is over the limit of {limit} for {bound}.",
            extensions={"code": "LIMIT_EXCEEDED", "limit": limit, "bound": bound},
        )


class Meter:
    """Measures one document.

    Without `variables` a page whose size is a variable counts once, and the variable is noted in `paged_by`:
    such a document is measured again with each request's values.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        limits: Limits,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self.schema, self.limits, self.variables = schema, limits, variables
        self.fragments: dict[str, FragmentDefinitionNode] = {}
        self.operations: list[OperationDefinitionNode] = []
        for node in document.definitions:
            if isinstance(node, FragmentDefinitionNode):
                self.fragments[node.name.value] = node
            elif isinstance(node, OperationDefinitionNode):
                self.operations.append(node)
        self.measured: dict[str, Measure | None] = {}  # None = being measured: the fragment contains itself
        self.defaults: dict[str, ValueNode | None] = {}
        self.paged_by: set[str] = set()
        self.directives = 0

    def check(self) -> None:
        """Raises TooMuch at the first bound passed, GraphQLError for a fragment that contains itself."""
        limits = self.limits
        bound("operations", len(self.operations), limits.operations)
        bound("fragments", len(self.fragments), limits.fragments)
        try:
            for name, fragment in self.fragments.items():
                self.directives += len(fragment.directives or ())
                self._fragment(name)
            for operation in self.operations:
                self._operation(operation)
        except RecursionError:
            raise TooMuch("depth", limits.depth) from None
        bound("directives", self.directives, limits.directives)

    def _operation(self, operation: OperationDefinitionNode) -> None:
        limits = self.limits
        self.directives += len(operation.directives or ())
        self.defaults = {
            one.variable.name.value: one.default_value for one in operation.variable_definitions or ()
        }
        root = self.schema.get_root_type(operation.operation)
        spent = self._selection(operation.selection_set, root, 1, limits.depth)
        bound("aliases", spent.aliases, limits.aliases)
        bound("fields", spent.fields, limits.fields)
        bound("cost", spent.cost, limits.cost)
        most = limits.commands if operation.operation is OperationType.MUTATION else limits.queries
        bound("root fields", self._root_fields(operation.selection_set, set()), most)

    def _selection(
        self, selections: SelectionSetNode, parent: GraphQLNamedType | None, level: int, deepest: int
    ) -> Measure:
        bound("depth", level, deepest)
        depth = fields = aliases = cost = 0
        names: dict[str, int] = {}
        for node in selections.selections:
            self.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                name = node.alias.value if node.alias else node.name.value
                names[name] = names.get(name, 0) + 1
                bound("one response name", names[name], self.limits.same_name)
                spent = self._field(node, parent, level, deepest)
            elif isinstance(node, InlineFragmentNode):
                kind = self.schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                spent = self._selection(node.selection_set, kind, level, deepest)
            else:
                spent = self._fragment(node.name.value)  # type: ignore[attr-defined]  # the third kind of selection: a spread
            depth = max(depth, spent.depth)
            bound("depth", level + depth - 1, deepest)
            fields, aliases, cost = (
                min(CAP, fields + spent.fields),
                min(CAP, aliases + spent.aliases),
                min(CAP, cost + spent.cost),
            )
        return Measure(depth, fields, aliases, cost)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, level: int, deepest: int) -> Measure:
        alias = 1 if node.alias else 0
        if node.selection_set is None:
            return Measure(1, 1, alias, 1)
        name = node.name.value
        definition = parent.fields.get(name) if is_object_type(parent) or is_interface_type(parent) else None
        if (
            name in INTROSPECTION
        ):  # measured by its own yardstick: it is deep by nature, and never reaches a table
            inner = self._selection(
                node.selection_set, self.schema.get_type(name.title()), 2, self.limits.introspection_depth
            )
            return Measure(1, inner.fields + 1, inner.aliases + alias, inner.fields + 1)
        inner = self._selection(
            node.selection_set, get_named_type(definition.type) if definition else None, level + 1, deepest
        )
        times = self._times(node, definition) if definition else 1
        return Measure(
            inner.depth + 1,
            min(CAP, inner.fields + 1),
            min(CAP, inner.aliases + alias),
            min(CAP, 1 + times * inner.cost),
        )

    def _fragment(self, name: str) -> Measure:
        if name in self.measured:
            known = self.measured[name]
            if known is None:
                raise GraphQLError(
                    f"Fragment '{name}' contains itself.", extensions={"code": "GRAPHQL_VALIDATION_FAILED"}
                )
            return known
        fragment = self.fragments.get(name)
        if fragment is None:
            return NOTHING  # the standard rules say so
        self.measured[name] = None
        on = fragment.type_condition.name.value
        deepest = self.limits.introspection_depth if on.startswith("__") else self.limits.depth
        found = self.measured[name] = self._selection(
            fragment.selection_set, self.schema.get_type(on), 1, deepest
        )
        return found

    def _times(self, node: FieldNode, definition: GraphQLField) -> int:
        """How often what stands below this field is made."""
        if "first" not in definition.args:
            listed = is_list_type(get_nullable_type(definition.type)) and is_composite_type(
                get_named_type(definition.type)
            )
            return self.limits.plain_list if listed and node.name.value not in PAGE_PARTS else 1
        sizes = [self._size(one.value) for one in node.arguments or () if one.name.value in ("first", "last")]
        return max(1, min(max(sizes, default=self.limits.page), self.limits.largest_page))

    def _size(self, value: ValueNode | None) -> int:
        if isinstance(value, IntValueNode):
            return int(value.value) if len(value.value) < 10 else CAP
        if not isinstance(value, VariableNode):
            return self.limits.page
        name = value.name.value
        self.paged_by.add(name)
        if self.variables is None:
            return 1
        if name not in self.variables:
            return self._size(self.defaults.get(name))
        given = self.variables[name]
        return given if isinstance(given, int) else self.limits.page

    def _root_fields(self, selections: SelectionSetNode, seen: set[str]) -> int:
        count = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                count += 1
            elif isinstance(node, InlineFragmentNode):
                count += self._root_fields(node.selection_set, seen)
            elif (name := node.name.value) in self.fragments and name not in seen:  # type: ignore[attr-defined]  # a spread
                seen.add(name)
                count += self._root_fields(self.fragments[name].selection_set, seen)
        return count


def bound(name: str, value: int, limit: int) -> None:
    """Refuses a value over its limit."""
    if value > limit:
        raise TooMuch(name, limit)


@lru_cache(maxsize=8)
def rule_for(limits: Limits) -> type[ASTValidationRule]:
    """The limits as a validation rule.

    One class per set of limits, made once: a new class per request would defeat every cache.
    """

    class WithinLimits(ASTValidationRule):
        def __init__(self, context: Any) -> None:
            super().__init__(context)
            try:
                Meter(context.schema, context.document, limits).check()
            except GraphQLError as error:
                context.report_error(error)

    return WithinLimits
