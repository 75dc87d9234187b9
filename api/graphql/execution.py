"""Running a checked document.

`Ready(value)` is what a resolver returns to say that a subtree is finished: already selected, named and
written as JSON wants it. The executor then copies it into the answer instead of walking it field by field,
which is where nine tenths of a list's time go. Whoever returns `Ready` answers for nulls and types; `shapes`
does, and a test compares it with the ordinary way.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import strawberry
from graphql import DocumentNode, ExecutionResult, execute
from graphql.execution.execute import assume_not_async_iterable, assume_not_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.graphql.scalars import config


class Ready:
    """A finished subtree."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Executor(StrawberryGraphQLCoreExecutionContext):
    """The library's executor, which also knows finished subtrees."""

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Completes a resolver's result; a finished one is taken as it is."""
        if type(result) is Ready:
            if path.prev is None:
                self.context_value.finished += 1
            return result.value
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


def make_schema(query: type, mutation: type | None = None, types: Iterable[type] = ()) -> strawberry.Schema:
    """The schema with our scalars and executor. `types` are those only an interface leads to."""
    return strawberry.Schema(query, mutation, types=types, config=config(), execution_context_class=Executor)


def run(
    schema: strawberry.Schema,
    document: DocumentNode,
    context: Any,
    variables: Mapping[str, Any] | None = None,
    operation: str | None = None,
    *,
    given: tuple[Any, ...] = (),
) -> ExecutionResult:
    """Runs one operation of a checked document; `given`: what its only root field has answered already.

    Resolvers are plain functions: the caller gives the whole run a thread.
    """

    def root_given(resolve: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return given[0] if info.path.prev is None else resolve(source, info, **arguments)

    result = execute(
        schema._schema,
        document,
        context_value=context,
        variable_values=dict(variables or {}),
        operation_name=operation,
        executor_class=Executor,
        middleware=[root_given] if given else None,
        is_awaitable=assume_not_awaitable,
        is_async_iterable=assume_not_async_iterable,
        hide_suggestions=True,
        operation_extensions=None,
    )
    return cast(ExecutionResult, result)  # never awaitable: nothing here is
