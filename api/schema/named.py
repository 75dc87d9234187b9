"""What an input names that lives beside the log: people in the directory, photos and papers in the evidence store.

The rules cannot see either, so it is checked here, at the edge: nobody signs who is not in the directory, and no
event refers to a file that was never handed in. The command line and the importer enter both themselves.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from strawberry.utils import str_converters

from domain.command import Envelope
from domain.papers.loan import LoanLine
from domain.refusals import InvalidValue
from domain.usecases import UseCase
from domain.values import Signature
from projections import evidence, inbox
from projections.desk import Decided

PEOPLE = frozenset({"person", "buyer", "custodian", "witnesses"})
"""Parameters that are people, or lists of them; every other id is a stream's."""
SCANS = frozenset({"scan"})
"""Parameters that are a file's hash."""
NOTICES = frozenset({"notices"})
"""Parameters that are notices of the account's own inbox."""

to_camel_case = cache(str_converters.to_camel_case)


def must_be_known(app: Any, case: UseCase, envelope: Envelope, given: Mapping[str, Any]) -> None:
    """Raises `InvalidValue` for somebody nobody knows, or a file nobody handed in.

    What was decided before is answered again, whoever has been forgotten since; and who may not ask at all is told only that.
    """
    path, value, because = _unknown(app, envelope, given)
    if path and app.desk.recorder.receipt(envelope.account, envelope.command_id) is None:
        look = app.desk.look(envelope)
        look.must(case.by, *(grant.scope for grant in look.account.grants))
        raise InvalidValue(path, value=value, because=because)


def enter_beside_the_log(app: Any, case: UseCase, given: Mapping[str, Any], decided: Decided) -> None:
    """What a command says beside the log: the name of somebody new goes into the directory, under the id that the log knows.

    Done again by a retry, so that nothing is missing when this process stops between the two; never a second name.
    """
    if case.name == "enter_person":
        person = UUID(decided.outcome["person"])
        if person not in app.directory.names([person]):
            app.directory.enter(person, given["name"].said)


def people_in(given: Mapping[str, Any]) -> dict[str, UUID]:
    """Who a converted input names, by path."""
    found = {}
    for name, path, one in _values(given):
        if isinstance(one, Signature):
            found[f"{path}.person"] = one.person
        elif name in PEOPLE and isinstance(one, UUID):
            found[path] = one
    return found


def files_in(envelope: Envelope, given: Mapping[str, Any]) -> dict[str, str]:
    """Which files a command refers to, by path."""
    found = {f"evidence.{at}": one for at, one in enumerate(envelope.evidence)}
    for name, path, one in _values(given):
        if isinstance(one, Signature) and one.scan is not None:
            found[f"{path}.scan"] = one.scan
        elif name in SCANS and isinstance(one, str):
            found[path] = one
        elif isinstance(one, LoanLine):
            found |= {f"{path}.papers.{at}": paper for at, paper in enumerate(one.papers)}
    return found


def _unknown(app: Any, envelope: Envelope, given: Mapping[str, Any]) -> tuple[str, str, str]:
    people = people_in(given)
    unknown = app.directory.unknown(set(people.values())) if people else ()
    for path, person in people.items():
        if person in unknown:
            return path, str(person), "unknown_person"
    for path, notice in _strangers_notices(app, envelope, given):
        return path, str(notice), "unknown_notice"
    for path, sha256 in files_in(envelope, given).items():
        if not app.evidence.exists(sha256) or not _may_name(app, envelope, sha256):
            return path, sha256[:64], "unknown_file"
    return "", "", ""


def _may_name(app: Any, envelope: Envelope, sha256: str) -> bool:
    """Somebody else's file that the account does not read looks to it like none."""
    with app.reader.connection() as connection:
        return evidence.may_name(connection, app.reaches.of(envelope.account), envelope.account, sha256)


def _strangers_notices(app: Any, envelope: Envelope, given: Mapping[str, Any]) -> Iterator[tuple[str, UUID]]:
    """Notices that the account is not told."""
    named = {path: one for name, path, one in _values(given) if name in NOTICES}
    if named:
        with app.reader.connection() as connection:
            mine = inbox.addresses(connection, envelope.account)
            own = inbox.visible(connection, mine, set(named.values()))
        yield from ((path, one) for path, one in named.items() if one not in own)


def _values(given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for name, value in given.items():
        path = to_camel_case(name)
        if isinstance(value, tuple):
            yield from ((name, f"{path}.{at}", one) for at, one in enumerate(value))
        else:
            yield name, path, value
