"""What may be asked of the log, and what it answers: commands, verdicts, rows, limits."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

MAX_BODY_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 1024 * 1024  # a chunk of an import answers for each of its rows
MAX_EVENTS = 10_000  # per command: an import's chunk has 1,000 rows of a few events each
MAX_KEYS = 20_000  # guards, claims and releases of one command, each
MAX_COMMAND_BYTES = 32 * 1024 * 1024

_skim = msgspec.json.Decoder(msgspec.Raw).decode  # checks the syntax and builds nothing


class NewEvent(msgspec.Struct, frozen=True):
    """A fact on its way into the log. Version None means "the next one of that stream"."""

    stream: UUID
    version: int | None
    topic: str
    body: bytes
    meta: bytes
    occurred_at: datetime


class Append(msgspec.Struct, frozen=True):
    """One command: what it wants written, and under which conditions that is still right."""

    account: UUID
    command_id: UUID
    input_hash: bytes
    events: tuple[NewEvent, ...] = ()
    guards: tuple[tuple[UUID, int], ...] = ()  # (stream, version it was read at); 0: does not exist yet
    claims: tuple[tuple[str, str, UUID], ...] = ()  # (kind, key, owner)
    releases: tuple[tuple[str, str, UUID], ...] = ()
    answer: bytes = b"{}"  # kept in the receipt
    refused: bool = False  # a rule said no: the receipt is kept, there are no events


class Accepted(msgspec.Struct, frozen=True):
    """Decided and kept: now, or (replayed) when the same command came for the first time."""

    position: int  # of its last event; without events, of the log's last event then
    first: int  # of its first event; without events, position + 1
    recorded_at: datetime
    versions: Mapping[UUID, int] = {}  # each written stream's new version
    answer: bytes = b"{}"
    refused: bool = False
    replayed: bool = False


class Conflict(msgspec.Struct, frozen=True):
    """A stream has moved on since it was read. Not kept: decide again."""

    stream: UUID
    expected: int
    actual: int


class Taken(msgspec.Struct, frozen=True):
    """A key that only one may hold is held by another. Not kept."""

    kind: str
    key: str
    owner: UUID


class CommandIdReused(msgspec.Struct, frozen=True):
    """The same account used the same command id with another input."""


Verdict = Accepted | Conflict | Taken | CommandIdReused


class LogRow(NamedTuple):
    """One event as the log keeps it."""

    position: int
    stream: UUID
    version: int
    topic: str
    body: bytes
    meta: bytes
    occurred_at: datetime
    recorded_at: datetime


class LogError(Exception):
    """The log could not answer."""


class OutcomeUnknown(LogError):
    """It is unknown whether the command was carried out: ask again with the same command id."""


class DatabaseAway(LogError):
    """The database cannot be reached or is overloaded; nothing was written. Ask again later."""


class LogBroken(LogError):
    """The database refused a write for a reason that asking again will not cure."""


class BadCommand(ValueError):
    """A command that cannot be written: too big, contradictory, or not JSON. A fault of the caller."""


class TooBig(BadCommand):
    """More than one command can hold: it has to be asked for in parts."""


def check(command: Append) -> None:
    """Raise BadCommand for what the database would choke on, so that it costs no other command its turn."""
    if command.refused and command.events:
        raise BadCommand("a refused command has no events")
    if not 1 <= len(command.input_hash) <= 64:
        raise BadCommand("input_hash must have 1 to 64 bytes")
    if len(command.events) > MAX_EVENTS:
        raise TooBig(f"more than {MAX_EVENTS} events in one command")
    if max(len(command.guards), len(command.claims), len(command.releases)) > MAX_KEYS:
        raise TooBig(f"more than {MAX_KEYS} guards, claims or releases in one command")
    _check_document(command.answer, MAX_ANSWER_BYTES)
    size, meta = 0, b""
    for event in command.events:
        size += len(event.body) + len(event.meta)
        _check_document(event.body)
        if event.meta is not meta:  # all events of a command usually share theirs
            _check_document(event.meta)
            meta = event.meta
        if event.occurred_at.tzinfo is None:
            raise BadCommand("occurred_at needs a time zone")
        if not 1 <= len(event.topic) <= 100 or not event.topic.isascii() or not event.topic.isprintable():
            raise BadCommand("a topic has 1 to 100 printable ASCII characters")
    if size > MAX_COMMAND_BYTES:
        raise TooBig(f"more than {MAX_COMMAND_BYTES} bytes of events in one command")
    for kind, key, _ in command.claims + command.releases:
        if len(kind) > 100 or len(key) > 400 or "\0" in kind + key:
            raise BadCommand("a claim's kind or key is too long, or has a NUL character")


def _check_document(document: bytes, most: int = MAX_BODY_BYTES) -> None:
    if len(document) > most:
        raise TooBig(f"a JSON document of more than {most} bytes")
    # The view gongwu.events must never stumble over one row, and jsonb knows neither NUL nor half a surrogate
    # pair. Only an escape can hide one of these, and our own encoder escapes control characters only.
    try:
        document.decode()
        _skim(document)
        if b"\\u" in document:
            parsed = json.dumps(json.loads(document), ensure_ascii=False)
            parsed.encode()
            if "\\u0000" in parsed.replace("\\\\", ""):  # the character, not the six signs somebody typed
                raise BadCommand("a NUL character in a JSON document")
    except (ValueError, msgspec.DecodeError) as error:
        raise BadCommand(f"not a JSON document in UTF-8: {error}") from error
