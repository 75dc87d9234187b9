"""Looking at things as a command would, without doing anything: what the rows of one query share is read once.

A list says beforehand which things its rows will ask for (`will_look_at`); the first row that asks reads them all by one question.
"""

from collections.abc import Iterable
from uuid import UUID

from graphql import OperationType

from api.graphql.context import Info
from domain.command import Command, Envelope


def looking(info: Info) -> Command:
    """A command that only looks, as the account that asks. Each mutation of a document changes what the next one sees."""
    notes, account = info.context.notes, info.context.principal.account
    command: Command | None = notes.get("looking")
    if command is None or info.operation.operation is not OperationType.QUERY:
        command = notes["looking"] = info.context.app.desk.look(Envelope(account=account, command_id=account))
    ahead: set[UUID] | None = notes.pop("will look at", None)
    if ahead:
        command.read_together(ahead)
    return command


def will_look_at(info: Info, ids: Iterable[UUID]) -> None:
    """Rows with these things may be asked what may be done with them: if one is, they are read together."""
    info.context.notes.setdefault("will look at", set()).update(ids)
