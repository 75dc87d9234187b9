"""A request's variables as values: the library's coercion, worked out once per document instead of once per value.

What is compiled here reads only what is as its type wants it. Anything else is left to the library, which has the words for it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLNullableInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

Read = Callable[[Any], Any]


class Unlike(Exception):
    """Left to the library: a value that its type does not want so, or a type that is not compiled."""


class Variable(NamedTuple):
    """One variable of an operation, and how its value is read."""

    signature: GraphQLVariableSignature
    read: Read


def compiled(schema: GraphQLSchema, operation: OperationDefinitionNode) -> tuple[Variable, ...] | None:
    """How the variables of an operation are read; None where that is left to the library."""
    found = []
    try:
        for node in operation.variable_definitions or ():
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError) or node.default_value:
                return None
            found.append(Variable(signature, _reader(signature.type, ())))
    except Unlike:
        return None
    return tuple(found)


def coerced(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    variables: tuple[Variable, ...] | None,
    given: Mapping[str, Any],
) -> VariableValues | list[GraphQLError]:
    """The values of an operation's variables, or what is wrong with them."""
    try:
        return _read(variables, given)
    except (Unlike, RecursionError):
        return get_variable_values(
            schema, operation.variable_definitions or (), dict(given), max_errors=1, hide_suggestions=True
        )


def _read(variables: tuple[Variable, ...] | None, given: Mapping[str, Any]) -> VariableValues:
    if variables is None:
        raise Unlike
    values = VariableValues({}, {})
    for signature, read in variables:
        name = signature.name
        if name in given:
            values.sources[name] = VariableValueSource(signature, given[name])
            values.coerced[name] = read(given[name])
        elif is_non_null_type(signature.type):
            raise Unlike
        else:
            values.sources[name] = VariableValueSource(signature)
    return values


def _reader(kind: GraphQLInputType, within: tuple[object, ...]) -> Read:
    if is_non_null_type(kind):
        return _present(kind.of_type, within)
    read = _present(cast(GraphQLNullableInputType, kind), within)
    return lambda value: None if value is None else read(value)


def _present(kind: GraphQLNullableInputType, within: tuple[object, ...]) -> Read:
    """For a value that must not be null. `within`: the types it stands in."""
    if is_list_type(kind):
        return _list(_reader(kind.of_type, within))
    if is_input_object_type(kind):
        if kind in within or kind.is_one_of:
            raise Unlike  # how deep a value may go, the library counts
        return _object(kind, (*within, kind))
    return _leaf(cast(GraphQLLeafType, kind))


def _leaf(kind: GraphQLLeafType) -> Read:
    def read(value: Any) -> Any:
        if value is None:
            raise Unlike
        try:
            found = kind.coerce_input_value(value)
        except Exception:
            raise Unlike from None
        if found is Undefined:
            raise Unlike
        return found

    return read


def _list(item: Read) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise Unlike  # also a single value, which stands for a list of one
        return [item(one) for one in value]

    return read


def _object(kind: GraphQLInputObjectType, within: tuple[object, ...]) -> Read:
    fields = [
        (name, field.out_name or name, _reader(field.type, within), _missing(field))
        for name, field in kind.fields.items()
    ]
    known, make = kind.fields.keys(), kind.out_type

    def read(value: Any) -> Any:
        if type(value) is not dict or not value.keys() <= known:
            raise Unlike
        found = {}
        for name, out, one, missing in fields:
            if name in value:
                found[out] = one(value[name])
            elif missing is None:
                raise Unlike
            elif missing is not Undefined:
                found[out] = missing[0]
        return make(found)

    return read


def _missing(field: GraphQLInputField) -> Any:
    """What a field is that was not given: `(its default,)`, Undefined where it is left out, None where it must be given."""
    if is_required_input_field(field):
        return None
    default = coerce_default_value(field)
    return Undefined if default is Undefined else (default,)
