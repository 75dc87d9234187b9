"""The event catalogue, printed from the code: `python -m domain.catalogue > docs/events.md`.

Whoever reads the log with other programs finds here every topic, what it means, what its body holds and who records it.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

import domain.vocabulary  # noqa: F401  # all facts, all use cases
from domain.aggregate import FACTS, Fact, Meta
from domain.usecases import USE_CASES

PLAIN = {
    UUID: "id", str: "text", int: "whole number", bool: "yes or no", datetime: "moment", date: "day", Decimal: "decimal (as text)",
}  # fmt: skip
HEAD = """# Event catalogue

Printed from the code by `python -m domain.catalogue`; a test compares. A topic and the form of its body are a public format: they
are never renamed and never used for anything else. Bodies are JSON; a field that has its default (empty, no, nothing) is left out.
Ids are UUIDs, moments are ISO 8601 with their offset. A sample of every topic is in `tests/golden/`.
"""


def catalogue() -> str:
    """The whole catalogue as Markdown."""
    lines = [HEAD]
    nouns = sorted({topic.split(".")[0] for topic in FACTS})
    for noun in nouns:
        lines.append(f"## {noun}\n")
        for topic in sorted(topic for topic in FACTS if topic.split(".")[0] == noun):
            lines += _fact(FACTS[topic])
    lines.append("## What every event carries besides its body\n")
    lines += _fields(Meta)
    lines.append("\n## Values\n")
    for kind in sorted(_values(), key=lambda kind: kind.__name__):
        lines += _value(kind)
    return "\n".join(lines).rstrip() + "\n"


def _fact(fact: type[Fact]) -> Iterator[str]:
    by = sorted(case.name for case in USE_CASES.values() if fact in case.emits)
    yield f"### `{fact.TOPIC}`\n"
    yield f"{_meaning(fact)}\n"
    yield f"Recorded by: {', '.join(f'`{name}`' for name in by) or 'the founding of an installation'}.\n"
    fields = list(_fields(fact))
    if fields:
        yield from (*fields, "")


def _fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    types = get_type_hints(kind)
    for one in msgspec.structs.fields(kind):
        needed = "" if one.required else ", may be left out"
        yield f"- `{one.encode_name}`: {_type(types[one.name])}{needed}"


def _value(kind: type[Any]) -> Iterator[str]:
    yield f"### {kind.__name__}\n"
    yield f"{_meaning(kind)}\n"
    if issubclass(kind, StrEnum):
        yield "One of: " + ", ".join(f"`{one.value}`" for one in kind) + ".\n"
    else:
        yield from (*_fields(kind), "")


def _meaning(kind: type[Any]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _type(hint: Any) -> str:
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_type(one) for one in get_args(hint) if one is not NoneType)
    if get_origin(hint) in (tuple, frozenset, list):
        return f"list of {_type(next(one for one in get_args(hint) if one is not ...))}"
    return f"[{hint.__name__}](#{hint.__name__.lower()})"


def _values() -> set[type[Any]]:
    """The structs and enumerations that bodies hold, however deep."""
    found: set[type[Any]] = set()
    waiting: list[Any] = [hint for fact in (*FACTS.values(), Meta) for hint in _hints(fact)]
    while waiting:
        hint = waiting.pop()
        if get_origin(hint) is not None:
            waiting += get_args(hint)
        elif isinstance(hint, type) and hint not in found and hint not in PLAIN and hint is not NoneType:
            found.add(hint)
            waiting += _hints(hint)  # a struct or an enumeration
    return found


def _hints(kind: Any) -> Iterable[Any]:
    if not issubclass(kind, msgspec.Struct):
        return ()
    types = get_type_hints(kind)
    return [types[one.name] for one in msgspec.structs.fields(kind)]


if __name__ == "__main__":
    sys.stdout.write(catalogue())
