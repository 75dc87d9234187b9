"""One mutation per use case, made from its signature: the use case's docstring is the description, with what it records.

Every command takes `commandId`; send the same command again with the same id and it is answered again, not done again.
"""

import inspect
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.graphql.context import Info
from api.graphql.problems import (
    CommandIdReused,
    Forbidden,
    InvalidInput,
    NotFound,
    Refused,
    VersionConflict,
    answer,
    command_id_reused,
    refused,
)
from api.schema.inputs import make_input, taking
from api.schema.named import enter_beside_the_log, must_be_known
from api.schema.plain_payload import plain_payload
from api.schema.results import Payload, payload_type
from domain.command import Envelope
from domain.papers.signing import DIGITS
from domain.refusals import InvalidValue, Refusal, StaleVersion, TooMuch, type_registry
from domain.usecases import USE_CASES, UseCase
from domain.values import Fresh, Role, Value
from projections.desk import Decided, Reused
from projections.store.contract import TooBig

TOO_BIG_FOR_A_MUTATION = frozenset(
    {
        "take_over_assets", "take_over_bodies", "take_over_requests", "undo_take_over",
        "start_import", "finish_import", "note_undone_import",
    }
)  # fmt: skip
"""Whole files: they come in through the importer, in chunks."""
THE_PROGRAMS_OWN = frozenset({"advance_print_job", "finish_print_job", "fail_print_job"})
"""What the program reports of work it does in somebody's name."""

SHA256 = re.compile(r"[0-9a-f]{64}")
"""How the evidence store calls a photo or a paper."""


class Expected(Value, frozen=True):
    """The version of a thing that the asker looked at."""

    id: UUID
    version: int


COMMON: dict[str, tuple[Any, Any]] = {
    "command_id": (UUID, ...),
    "occurred_at": (datetime | None, None),
    "acting_body": (UUID | None, None),
    "device": (str, ""),
    "reason": (str, ""),
    "evidence": (tuple[str, ...], ()),
}


def mutation_type() -> type:
    """The root of all commands."""
    fields = {
        case.name: _mutation(case)
        for case in sorted(USE_CASES.values(), key=lambda one: one.name)
        if case.name not in TOO_BIG_FOR_A_MUTATION | THE_PROGRAMS_OWN
        and case.by != (Role.CLERK,)  # nobody can sign in as the clerk
    }
    return strawberry.type(
        type("Mutation", (), fields),
        description="What may be asked for. Each command is decided once and recorded for ever.",
    )


def _mutation(case: UseCase) -> Any:
    said = inspect.signature(case.function, eval_str=True).parameters.values()
    fresh = next((one.name for one in said if one.annotation is Fresh), "")
    parameters = [one for one in said if one.name not in ("c", fresh)]
    main = parameters[0].name if parameters[0].annotation is UUID else None
    wanted: dict[str, tuple[Any, Any]] = {**COMMON}
    for one in parameters:
        wanted[one.name] = (one.annotation, ... if one.default is inspect.Parameter.empty else one.default)
    if main:
        wanted["expected_version"] = (int | None, None)
    wanted["expected_versions"] = (tuple[Expected, ...], ())
    name = "".join(part.capitalize() for part in case.name.split("_"))
    input_class = make_input(f"{name}Input", wanted, f"Input of `{to_camel_case(case.name)}`.")
    payload = payload_type(f"{name}Payload", case.gives, fresh)
    taken = taking({one: annotation for one, (annotation, _) in wanted.items()})
    result = strawberry.union(f"{name}Result", description="Done, or why not.")
    members: Any = payload | Refused | VersionConflict | NotFound | Forbidden | CommandIdReused | InvalidInput
    resolve = _resolver(case, payload, taken, main, fresh)
    resolve.__annotations__ = {"info": Info, "input": input_class, "return": Annotated[members, result]}
    return strawberry.mutation(resolver=resolve, name=to_camel_case(case.name), description=_described(case))


def _described(case: UseCase) -> str:
    said = inspect.cleandoc(case.function.__doc__ or "")
    roles = ", ".join(role.value for role in case.by)
    return f"{said}\n\nMay be asked by: {roles}. Records: {', '.join(fact.TOPIC for fact in case.emits)}."


def _resolver(
    case: UseCase,
    payload: type[Payload],
    taken: Callable[[Any, str], dict[str, Any]],
    main: str | None,
    fresh: str,
) -> Callable[..., Any]:
    def resolve(info: Any, input: Any) -> Any:
        context = info.context
        try:
            given = taken(input, "")
            envelope = _envelope(context.principal.account, context.principal.device, given, main)
            must_be_known(context.app, case, envelope, given)
            if fresh:
                given[fresh] = Fresh(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")
            decided = context.app.desk.execute(case.name, envelope, given, context.app.settings.deadline_s)
        except (Refusal, StaleVersion) as no:
            return answer(no, context.language)
        except Reused:
            return command_id_reused(context.language)
        except TooBig:
            return answer(TooMuch(""), context.language)
        if decided.refused:
            return _refusal(decided, context.language)
        enter_beside_the_log(context.app, case, given, decided)
        if fresh:
            shown = payload.of(decided, envelope.command_id)
            setattr(shown, fresh, None if decided.replayed else given[fresh].said)
            return shown
        plain = plain_payload(info, payload.__name__, payload.shown, decided, envelope.command_id)
        return plain or payload.of(decided, envelope.command_id)

    return resolve


def _envelope(account: UUID, device: str, given: dict[str, Any], main: str | None) -> Envelope:
    """Takes out of the input what every command carries; the rest is the use case's own."""
    expected = {one.id: one.version for one in given.pop("expected_versions")}
    version = given.pop("expected_version", None)
    evidence = given.pop("evidence")
    for at, one in enumerate(evidence):
        if not SHA256.fullmatch(one):
            raise InvalidValue(f"evidence.{at}", value=one[:40], because="no_hash")
    if main and version is not None:
        expected[given[main]] = version
    return Envelope(
        account=account,
        command_id=given.pop("command_id"),
        body=given.pop("acting_body"),
        occurred_at=given.pop("occurred_at"),
        device=given.pop("device") or device,
        reason=given.pop("reason").strip(),
        evidence=evidence,
        expected=expected,
    )


def _refusal(decided: Decided, language: Any) -> Any:
    """A kept refusal, as the same member of the union it was the first time."""
    kind = type_registry.get(decided.refused)
    if kind is None:
        return refused(decided.refused, decided.values, language, decided.path)
    return answer(kind(decided.path, **decided.values), language)
