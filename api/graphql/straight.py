"""The short way for queries whose root fields have all given finished subtrees before: lists, mostly; and for commands.

Then there is nothing left for the executor to do but to coerce variables and arguments, call the resolvers in
turn and copy what they give. The first run of a document takes the executor's way and teaches which documents
may take this one; whatever turns out otherwise goes back to it. A command is not given twice: the executor then
gets what its resolver has already answered, a refusal mostly.
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
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema import _OperationContextAwareGraphQLResolveInfo as ResolveInfo

from api.graphql.context import Context
from api.graphql.documents import Document
from api.graphql.execution import Ready, run
from api.graphql.variables import Variable, coerced, compiled


class Unfinished(Exception):
    """A root field has given something that still has to be walked."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Root(NamedTuple):
    """One root field of an operation."""

    name: str
    node: FieldNode
    definition: GraphQLField
    needed: bool
    variables: tuple[Variable, ...] | None


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
    commanding = document.is_mutation(name)
    if operation is not None and roots:
        try:
            found = _straight(schema._schema, document, operation, roots, context, variables or {})
        except Unfinished as unfinished:
            if commanding:
                return run(schema, document.node, context, variables, name, given=(unfinished.value,))
            document.roots[name] = ()
            found = None
        if found is not None:
            return found
    context.finished = 0
    result = run(schema, document.node, context, variables, name)
    if operation is not None and roots is None and not result.errors and result.data:
        all_finished = context.finished == len(result.data)
        if all_finished or not commanding:  # a command may have been refused this time
            document.roots[name] = _roots(schema._schema, operation) if all_finished else ()
    return result


def _roots(schema: GraphQLSchema, operation: OperationDefinitionNode) -> tuple[Root, ...]:
    """The root fields, or none where there is more to them than a plain list of different fields, or one command."""
    if operation.directives:
        return ()
    kind = _root_type(schema, operation)
    variables = compiled(schema, operation)
    found: dict[str, Root] = {}
    for node in operation.selection_set.selections:
        if not isinstance(node, FieldNode) or node.directives:
            return ()
        name = (node.alias or node.name).value
        definition = kind.fields.get(node.name.value)
        if definition is None or definition.resolve is None or name in found:
            return ()
        found[name] = Root(name, node, definition, is_non_null_type(definition.type), variables)
    several = operation.operation is OperationType.QUERY
    return tuple(found.values()) if several or len(found) == 1 else ()


def _root_type(schema: GraphQLSchema, operation: OperationDefinitionNode) -> GraphQLObjectType:
    return cast(
        GraphQLObjectType, schema.get_root_type(operation.operation)
    )  # there is one: the document is valid


def _straight(
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
    roots: tuple[Root, ...],
    context: Context,
    given: Mapping[str, Any],
) -> ExecutionResult | None:
    """The answer; None where the variables are wrong, which the executor has the words for."""
    variables = coerced(schema, operation, roots[0].variables, given)
    if isinstance(variables, list):
        return None
    kind = _root_type(schema, operation)
    data: dict[str, Any] = {}
    errors: list[GraphQLError] = []
    for root in roots:
        path = Path(None, root.name, kind.name)
        info = ResolveInfo(
            root.node.name.value, [root.node], root.definition.type, kind, path, schema, document.fragments,
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
            raise Unfinished(value)
    return ExecutionResult(data, errors or None)
