"""The ways a command or query says no, as data.

A rule's refusal, a stale version, an unknown thing: all are members of a mutation's result union, share the
interface `UserError` and come with HTTP 200. `answer` makes them from what the domain raises. `Rejected` is
for the few cases a list field has no union for: it becomes an entry of `errors` with a code.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import strawberry
from graphql import GraphQLError

from api.graphql.scalars import Position
from domain.refusals import InvalidValue, NotYours, Refusal, StaleVersion, Unknown
from domain.texts import Language, refusal, say


@strawberry.interface(description="Something was not done, and why.")
class UserError:
    code: str = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="For people, in the language of the request.")
    path: list[str] = strawberry.field(
        description="The input field that is meant; empty for the whole command."
    )


@strawberry.type(description="A value that belongs to a refusal.")
class Detail:
    name: str
    value: str


@strawberry.type(description="A rule says no.")
class Refused(UserError):
    details: list[Detail]


@strawberry.type(description="It has changed since the asker looked at it.")
class VersionConflict(UserError):
    expected: int
    actual: int


@strawberry.type(description="There is no such thing, or nothing this account may see.")
class NotFound(UserError): ...


@strawberry.type(description="This account has no role that allows it here.")
class Forbidden(UserError): ...


@strawberry.type(description="The command id was used before with another input.")
class CommandIdReused(UserError): ...


@strawberry.type(description="One thing that is wrong with an input.")
class Problem:
    code: str
    message: str
    path: list[str]


@strawberry.type(description="Values that can never be right.")
class InvalidInput(UserError):
    problems: list[Problem]


@strawberry.type(description="A view has not caught up with the position asked for.")
class ProjectionBehind(UserError):
    wanted: Position
    position: Position


# What every command may answer besides its own success: `Annotated[Lent | Refusals,
# strawberry.union("LendResult")]`.
Refusals: TypeAlias = (
    Refused | VersionConflict | NotFound | Forbidden | CommandIdReused | InvalidInput | ProjectionBehind
)


class Rejected(GraphQLError):
    """A request that cannot be answered, told in `errors` with a code from `[edge.CODE]`."""

    def __init__(self, code: str, language: Language, **values: object) -> None:
        super().__init__(say(language, f"edge.{code}", **values), extensions={"code": code})


def answer(no: Refusal | StaleVersion, language: Language) -> Refusals:
    """What the domain raised, as a member of the union."""
    if isinstance(no, StaleVersion):
        return version_conflict(no.expected, no.actual, language)
    path = [part for part in no.path.split(".") if part]
    message = sentence(no.code, no.values, language)
    if isinstance(no, Unknown):
        return NotFound(code=no.code, message=message, path=path)
    if isinstance(no, NotYours):
        return Forbidden(code=no.code, message=message, path=path)
    if isinstance(no, InvalidValue):
        problem = Problem(code=no.code, message=message, path=path)
        return InvalidInput(code=no.code, message=message, path=path, problems=[problem])
    return Refused(code=no.code, message=message, path=path, details=details(no.values))


def refused(code: str, values: Mapping[str, object], language: Language, path: str = "") -> Refused:
    """A refusal kept in a receipt and given again: only its code and values are left of it."""
    return Refused(
        code=code,
        message=sentence(code, values, language),
        path=[part for part in path.split(".") if part],
        details=details(values),
    )


def version_conflict(expected: int, actual: int, language: Language) -> VersionConflict:
    """The asker's version is not the present one."""
    message = say(language, "edge.VERSION_CONFLICT", expected=expected, actual=actual)
    return VersionConflict(
        code="VERSION_CONFLICT", message=message, path=["expectedVersion"], expected=expected, actual=actual
    )


def command_id_reused(language: Language) -> CommandIdReused:
    """Same id, another input."""
    message = say(language, "edge.COMMAND_ID_REUSED")
    return CommandIdReused(code="COMMAND_ID_REUSED", message=message, path=["commandId"])


def sentence(code: str, values: Mapping[str, object], language: Language) -> str:
    """A refusal's words; a value the text does not name is left out, one it lacks is shown as missing."""
    return refusal(language, code, values)


def details(values: Mapping[str, Any]) -> list[Detail]:
    """A refusal's values, for programs that show them their own way."""
    return [Detail(name=name, value="" if value is None else str(value)) for name, value in values.items()]


@lru_cache(maxsize=256)
def language_of(accept: str | None) -> Language:
    """The language of an Accept-Language header: Chinese unless English is wanted more."""
    best: Language = "zh"
    weight = 0.0
    for part in (accept or "")[:200].split(","):
        tag, _, rest = part.strip().partition(";")
        name = tag.strip().lower().partition("-")[0]
        try:
            wanted = float(rest.strip().removeprefix("q=")) if rest.strip() else 1.0
        except ValueError:
            continue
        if name in ("zh", "en") and wanted > weight:
            best, weight = ("zh" if name == "zh" else "en"), wanted
    return best
