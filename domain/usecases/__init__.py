"""The use cases: what people may ask for. One file per stretch of life; each names who may call it and what it records.

A use case is a plain function `(command, **input) -> ids`. `@use_case` puts it into the catalogue `USE_CASES`, by name.
`rules` are the part of the decision that depends only on the asset and the asker; `permitted_actions` asks exactly these, so what a
screen offers is what a command accepts.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, get_args
from uuid import UUID

from msgspec import Struct

from domain.aggregate import Fact, Root
from domain.asset import Asset
from domain.command import Command
from domain.papers.signing import CodeNotEntered, SignedWithCode, Signing, what_is_signed
from domain.refusals import InvalidValue, NotYours, Refusal, SamePerson
from domain.values import Role, Signature, SignedBy

Outcome = dict[str, UUID | list[UUID] | str | int | list[int] | list[str] | list[dict[str, Any]]]
Rule = Callable[[Command, Asset], None]
Function = Callable[..., Outcome]
P = TypeVar("P", bound=Root)


class UseCase(Struct, frozen=True):
    """One thing people may ask for. `gives`: the names in its outcome (a plural one holds a list of ids)."""

    name: str
    function: Function
    by: tuple[Role, ...]
    emits: tuple[type[Fact], ...]
    gives: tuple[str, ...]
    rules: tuple[Rule, ...]


USE_CASES: dict[str, UseCase] = {}


def use_case(
    name: str,
    *,
    by: Sequence[Role],
    emits: Sequence[type[Fact]],
    gives: Sequence[str] = (),
    rules: Sequence[Rule] = (),
) -> Callable[[Function], Function]:
    """Names a use case, who may call it, what it records and gives, and, for an action on one asset, its rules.

    Where somebody signs, a one-time code may be what signs: `perform` sees to that.
    """

    def enter(function: Function) -> Function:
        if name in USE_CASES:
            raise TypeError(f"two use cases are called {name}")
        recorded: tuple[type[Fact], ...] = (*emits, SignedWithCode) if _is_signed(function) else tuple(emits)
        USE_CASES[name] = UseCase(name, function, tuple(by), recorded, tuple(gives), tuple(rules))
        return function

    return enter


def perform(name: str, command: Command, input: Mapping[str, Any]) -> Outcome:
    """Decides one request. Deny by default: without one of the use case's roles, somewhere, nothing is even looked at."""
    case = USE_CASES[name]
    _has_a_role(case, command)
    for path, value in input.items():
        _must_be_sound(command, path, value, input)
    return case.function(command, **input)


def ask(rules: Sequence[Rule], command: Command, asset: Asset) -> None:
    """Asks the rules in order; the first that says no is the answer."""
    for rule in rules:
        rule(command, asset)


def ask_each(rules: Sequence[Rule], command: Command, assets: Sequence[Asset], path: str) -> Sequence[Asset]:
    """Asks the rules for every asset; a refusal names the line it is about."""
    for asset in assets:
        try:
            ask(rules, command, asset)
        except Refusal as no:
            no.path = path
            raise
    return assets


def permitted_actions(command: Command, asset: Asset) -> dict[str, Refusal | None]:
    """For every action on an asset: `None` if this account may do it now, else why not."""
    answers: dict[str, Refusal | None] = {}
    for case in USE_CASES.values():
        if case.rules:
            try:
                _has_a_role(case, command)
                ask(case.rules, command, asset)
                answers[case.name] = None
            except Refusal as no:
                answers[case.name] = no
    return answers


def permitted_on(
    command: Command, actions: Mapping[str, Sequence[Callable[[Command, P], None]]], paper: P
) -> dict[str, Refusal | None]:
    """The same for a paper: its use cases, and the rules each asks first."""
    answers: dict[str, Refusal | None] = {}
    for name, rules in actions.items():
        try:
            _has_a_role(USE_CASES[name], command)
            for rule in rules:
                rule(command, paper)
            answers[name] = None
        except Refusal as no:
            answers[name] = no
    return answers


class NotYourSignature(Refusal):
    """By an account only its own person signs: others sign with a one-time code, or by hand with a scan."""

    code = "NOT_YOUR_SIGNATURE"


def _must_be_sound(command: Command, path: str, value: object, input: Mapping[str, Any]) -> None:
    """What is wrong in any request: a time that means another instant elsewhere, a signature of somebody else's."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise InvalidValue(path, value=value.isoformat(), because="without_zone")
    if isinstance(value, Signature):
        _must_be_signed(command, path, value, input)
    if isinstance(value, tuple) and value and isinstance(value[0], Signature):
        for number, one in enumerate(value):
            _must_be_signed(command, f"{path}.{number}", one, input)


def _must_be_signed(command: Command, path: str, signature: Signature, input: Mapping[str, Any]) -> None:
    """An account signs for its own person; a one-time code was asked for by somebody else, for exactly this, and typed in here."""
    if signature.how is SignedBy.ACCOUNT and signature.person != command.person:
        raise NotYourSignature(path)
    if signature.how is SignedBy.ONE_TIME_CODE:
        if signature.code is None:
            raise CodeNotEntered(path)
        signing = command.load(Signing, signature.code, path)
        if signing.asked_by == command.person:
            raise SamePerson(path, duty="receiver", other="giver")
        signing.sign(signature.person, what_is_signed(input), command.now, path)


def _is_signed(function: Function) -> bool:
    """Whether it takes signatures."""
    return any(
        Signature in (one.annotation, *get_args(one.annotation))
        for one in inspect.signature(function).parameters.values()
    )


def _has_a_role(case: UseCase, command: Command) -> None:
    if not any(grant.role in case.by for grant in command.account.grants):
        raise NotYours("account", needs=", ".join(case.by))
