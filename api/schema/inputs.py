"""The inputs of commands, made from the signatures of the use cases: one truth about what a command takes.

A domain value becomes a GraphQL input of its fields, an enumeration stays one, a tuple becomes a list. What a value checks about
itself (`InvalidValue`) is answered with the path of the field that is wrong.
"""

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec
import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.refusals import InvalidValue, Refusal, TooMany
from domain.values import Secret, Value

PLAIN = (UUID, str, int, bool, Decimal, datetime, date)
LONGEST_LIST = 1000
LONGEST_STRING = 4000
ENUM_NAMES = {
    "Kind": "AssetKind",
    "Title": "TitleState",
    "Flag": "ControlFlag",
    "Matter": "DecisionMatter",
    "Relation": "RelationKind",
    "Level": "GovernmentLevel",
    "Form": "SharingForm",
    "Step": "ApprovalStep",
    "Ring": "SharingRing",
}
"""Where a domain's short name would say too little in a schema of many nouns."""

Given = Callable[[Any, str], Any]


def as_given(value: Any, _: str) -> Any:
    """What the scalars have read is the domain's value already."""
    return value


@cache
def enum(kind: type[StrEnum]) -> Any:
    """A domain enumeration as a GraphQL one; its docstring is the description."""
    return strawberry.enum(kind, name=ENUM_NAMES.get(kind.__name__, kind.__name__), description=kind.__doc__)


@cache
def input_type(annotation: Any) -> tuple[Any, Given]:
    """The GraphQL type for a parameter, and how a given value becomes the domain's (`convert(value, path)`)."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner, convert = input_type(next(one for one in get_args(annotation) if one is not type(None)))
        if convert is as_given:
            return inner | None, as_given
        return inner | None, lambda value, path: None if value is None else convert(value, path)
    if origin is tuple:
        return _list(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return enum(annotation), as_given
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return _value(annotation)
    if annotation is str:
        return str, _string
    if annotation is Secret:
        return str, lambda value, path: Secret(_string(value, path))
    if annotation in PLAIN:
        return annotation, as_given
    raise TypeError(f"no GraphQL input for {annotation}")


def _list(of: Any) -> tuple[Any, Given]:
    inner, convert = input_type(of)

    def many(values: Any, path: str) -> Any:
        if len(values) > LONGEST_LIST:
            raise TooMany(path, most=LONGEST_LIST)
        return tuple(convert(value, f"{path}.{at}") for at, value in enumerate(values))

    return list[inner], many  # type: ignore[valid-type]  # a type made at run time


def _string(value: Any, path: str) -> Any:
    """Text of any kind: bounded here, so that no rule ever sees a megabyte; NUL has no place in a database."""
    if len(value) > LONGEST_STRING:
        raise InvalidValue(path, value=f"{value[:20]}…", longest=LONGEST_STRING)
    if "\x00" in value:
        raise InvalidValue(path, value=value[:20], because="nul")
    return value


def _value(kind: type[Value]) -> tuple[Any, Given]:
    fields = msgspec.structs.fields(kind)
    made = make_input(
        f"{kind.__name__}Input", {field.name: (field.type, _default(field)) for field in fields}, kind.__doc__
    )
    taken = taking({field.name: field.type for field in fields})

    def convert(value: Any, path: str) -> Any:
        given = taken(value, path)
        try:
            return kind(**given)
        except Refusal as no:
            no.path = f"{path}.{no.path}".strip(".")
            raise

    return made, convert


def taking(fields: Mapping[str, Any]) -> Callable[[Mapping[str, Any], str], dict[str, Any]]:
    """How an input, as the executor has read it, becomes the domain's values: field name -> annotation."""
    asked = [(name, to_camel_case(name), input_type(annotation)[1]) for name, annotation in fields.items()]

    def take(value: Mapping[str, Any], path: str) -> dict[str, Any]:
        return {
            name: value[said]
            if convert is as_given
            else convert(value[said], f"{path}.{said}" if path else said)
            for name, said, convert in asked
        }

    return take


def make_input(name: str, fields: dict[str, tuple[Any, Any]], description: str | None) -> Any:
    """A strawberry input class: field name -> (domain annotation, default or `...` where there is none)."""
    namespace: dict[str, Any] = {"__annotations__": {}}
    required = sorted(fields, key=lambda one: fields[one][1] is not ...)
    for field in required:
        annotation, default = fields[field]
        namespace["__annotations__"][field] = input_type(annotation)[0]
        if default is not ...:
            namespace[field] = strawberry.field(default_factory=list) if default == () else default
    made = strawberry.input(type(name, (), namespace), name=name, description=_first_line(description))
    # The library would make an object of every input, field by field, only for us to take it apart again.
    definition: Any = made.__strawberry_definition__  # type: ignore[attr-defined]  # strawberry has just put it there
    definition.from_input = lambda _, value, __: value
    return made


def _default(field: Any) -> Any:
    return ... if field.required else field.default


def _first_line(text: str | None) -> str | None:
    return text.strip() if text else None
