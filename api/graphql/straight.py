"""The short way for queries whose root fields have all given finished subtrees before: lists, mostly.

Then there is nothing left for the executor to do but to coerce variables and arguments, call the resolvers in
turn and copy what they give. The first run of a document takes the executor's way and teaches which documents
may take this one; whatever turns out otherwise goes back to it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import strawberry
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    is_non_null_type,
    located_error,
)
from graphql.execution.execute import assume_not_awaitable
from graphql.execution.values import get_argument_values, get_variable_values
from graphql.pyutils import Path
from strawberry.schema.schema import _OperationContextAwareGraphQLResolveInfo as ResolveInfo

from api.graphql.context import Context
from api.graphql.documents import Document
from api.graphql.execution import Ready, run


class Unfinished(Exception):
    """A root field has given something that still has to be walked."""


class Root(NamedTuple):
    """One root field of an operation."""

    name: str
    node: FieldNode
    definition: GraphQLField
    needed: bool


def execute(
    schema: strawberry.Schema,
    document: Document,
    context: Context,
    variables: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> ExecutionResult:
    """Runs one operation of a document, the short way if it may."""
    operation = document.operation(name)
    roots = document.roots.get(name)
    if operation is not None and roots:
        try:
            found = _straight(schema._schema, document, operation, roots, context, variables or {})
        except Unfinished:
            document.roots[name] = ()
            found = None
        if found is not None:
            return found
    context.finished = 0
    result = run(schema, document.node, context, variables, name)
    if operation is not None and roots is None and not result.errors and result.data:
        all_finished = context.finished == len(result.data)
        document.roots[name] = _roots(schema._schema, operation) if all_finished else ()
    return result


def _roots(schema: GraphQLSchema, operation: OperationDefinitionNode) -> tuple[Root, ...]:
    """The root fields, or none where there is more to them than a plain list of different fields."""
    if operation.operation is not OperationType.QUERY or operation.directives:
        return ()
    kind = cast(GraphQLObjectType, schema.query_type)  # there is one: it has just been asked
    found: dict[str, Root] = {}
    for node in operation.selection_set.selections:
        if not isinstance(node, FieldNode) or node.directives:
            return ()
        name = (node.alias or node.name).value
        definition = kind.fields.get(node.name.value)
        if definition is None or definition.resolve is None or name in found:
            return ()
        found[name] = Root(name, node, definition, is_non_null_type(definition.type))
    return tuple(found.values())


def _straight(
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
    roots: tuple[Root, ...],
    context: Context,
    given: Mapping[str, Any],
) -> ExecutionResult | None:
    """The answer; None where the variables are wrong, which the executor has the words for."""
    variables = get_variable_values(
        schema, operation.variable_definitions or (), dict(given), max_errors=1, hide_suggestions=True
    )
    if isinstance(variables, list):
        return None
    query = cast(GraphQLObjectType, schema.query_type)
    data: dict[str, Any] = {}
    errors: list[GraphQLError] = []
    for root in roots:
        path = Path(None, root.name, "Query")
        info = ResolveInfo(
            root.node.name.value, [root.node], root.definition.type, query, path, schema, document.fragments,
            None, operation, variables.coerced, context, assume_not_awaitable, None, None, {},
        )  # fmt: skip
        try:
            arguments = get_argument_values(root.definition, root.node, variables, hide_suggestions=True)
            value = root.definition.resolve(None, info, **arguments)  # type: ignore[misc]  # `_roots` has looked
        except Exception as error:
            # Not tried again the other way: what has just failed slowly would fail slowly twice.
            errors.append(located_error(error, [root.node], [root.name]))
            if root.needed:
                return ExecutionResult(None, errors)
            data[root.name] = None
            continue
        if type(value) is Ready:
            data[root.name] = value.value
        elif value is None and not root.needed:
            data[root.name] = None
        else:
            raise Unfinished
    return ExecutionResult(data, errors or None)
