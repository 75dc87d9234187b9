"""A group of commands as the binary arrays gongwu.append() takes, and its answer as verdicts.

By hand, because this is the one hot spot of the write path: each caller packs its own command in its own
thread, and the writer only has to join what they packed.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from uuid import UUID

from psycopg.pq.abc import PGresult

from projections.store.contract import Accepted, Append, CommandIdReused, Conflict, Taken, Verdict

_BOOL, _BYTEA, _INT, _TEXT, _TIMESTAMPTZ, _UUID = 16, 17, 23, 25, 1184, 2950

# The parameters of gongwu.append(), in its order. An "of" column holds the command's number in the group.
_COMMAND = (_UUID, _UUID, _BYTEA, _BYTEA, _BOOL, _INT)
_EVENT = (_UUID, _INT, _TEXT, _BYTEA, _BYTEA, _TIMESTAMPTZ)
_GUARD = (_UUID, _INT)
_CLAIM = (_TEXT, _TEXT, _UUID)
_SECTIONS = (_EVENT, _GUARD, _CLAIM, _CLAIM)
ELEMENT_OIDS = _COMMAND + tuple(oid for section in _SECTIONS for oid in (_INT, *section))
ARRAY_OIDS = {_BOOL: 1000, _BYTEA: 1001, _INT: 1007, _TEXT: 1009, _TIMESTAMPTZ: 1185, _UUID: 2951}

STATEMENT = b"SELECT * FROM gongwu.append(%s)" % b",".join(b"$%d" % (i + 1) for i in range(len(ELEMENT_OIDS)))
PARAMETER_OIDS = [ARRAY_OIDS[oid] for oid in ELEMENT_OIDS]
BINARY = [1] * len(ELEMENT_OIDS)

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_array_head = Struct("!iiIii").pack  # dimensions, has NULLs, element type, length, lower bound
_NO_ELEMENTS = {oid: Struct("!iiI").pack(0, 0, oid) for oid in ARRAY_OIDS}
_length = Struct("!i").pack
_int_element = Struct("!ii").pack
_time_element = Struct("!iq").pack
_NULL = b"\xff\xff\xff\xff"
_UUID_LENGTH = _length(16)
_NO_KEYS = (b"", b"", b"")
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"

_two_ints = Struct("!ii").unpack_from
_int = Struct("!i").unpack
_long = Struct("!q").unpack


class Packed:
    """One command, ready to be joined with others."""

    __slots__ = ("answer", "columns", "counts", "refused", "size", "streams", "versions")

    def __init__(self, command: Append) -> None:
        events, claims, releases = command.events, _once(command.claims), _once(command.releases)
        guards = _guards_not_implied(command)
        self.answer, self.refused = command.answer, command.refused
        self.streams = [event.stream for event in events]
        self.versions = [event.version or 0 for event in events]
        self.counts = (len(events), len(guards), len(claims), len(releases))
        self.columns = (
            _UUID_LENGTH + command.account.bytes,
            _UUID_LENGTH + command.command_id.bytes,
            _length(len(command.input_hash)) + command.input_hash,
            _length(len(command.answer)) + command.answer,
            _TRUE if command.refused else _FALSE,
            _int_element(4, len(events)),
            b"".join([_UUID_LENGTH + event.stream.bytes for event in events]),
            b"".join([_NULL if e.version is None else _int_element(4, e.version) for e in events]),
            _texts([event.topic for event in events]),
            b"".join([_length(len(event.body)) + event.body for event in events]),
            b"".join([_length(len(event.meta)) + event.meta for event in events]),
            b"".join([_time_element(8, (e.occurred_at - _EPOCH) // _MICROSECOND) for e in events]),
            b"".join([_UUID_LENGTH + stream.bytes for stream, _ in guards]) if guards else b"",
            b"".join([_int_element(4, version) for _, version in guards]) if guards else b"",
            *_keys(claims),
            *_keys(releases),
        )
        self.size = sum(map(len, self.columns))


def _guards_not_implied(command: Append) -> list[tuple[UUID, int]]:
    """The guards that the versions of the command's own events don't say already: half the look-ups."""
    if not command.guards:
        return []
    first: dict[UUID, int | None] = {}
    for event in command.events:
        first.setdefault(event.stream, event.version)
    return [(stream, version) for stream, version in command.guards if first.get(stream) != version + 1]


def _once(keys: Sequence[tuple[str, str, UUID]]) -> Sequence[tuple[str, str, UUID]]:
    return list(dict.fromkeys(keys)) if len(keys) > 1 else keys


def _texts(texts: list[str]) -> bytes:
    encoded = [text.encode() for text in texts]
    return b"".join([_length(len(text)) + text for text in encoded])


def _keys(keys: Sequence[tuple[str, str, UUID]]) -> tuple[bytes, bytes, bytes]:
    if not keys:
        return _NO_KEYS
    return (
        _texts([kind for kind, _, _ in keys]),
        _texts([key for _, key, _ in keys]),
        b"".join([_UUID_LENGTH + owner.bytes for _, _, owner in keys]),
    )


def parameters(group: Sequence[Packed]) -> list[bytes]:
    """All commands of a group as the parameters of one call."""
    joined = [b"".join(column) for column in zip(*[packed.columns for packed in group], strict=True)]
    values: list[bytes] = []
    number = 0
    for oid in _COMMAND:
        values.append(_array(oid, len(group), joined[number]))
        number += 1
    totals = zip(*[packed.counts for packed in group], strict=True)
    for section, counts in zip(_SECTIONS, totals, strict=True):
        total = sum(counts)
        of = b"".join([_int_element(4, n) * count for n, count in enumerate(counts, 1) if count])
        values.append(_array(_INT, total, of))
        for oid in section:
            values.append(_array(oid, total, joined[number], nulls=section is _EVENT and oid == _INT))
            number += 1
    return values


def _array(oid: int, count: int, elements: bytes, *, nulls: bool = False) -> bytes:
    return _array_head(1, int(nulls), oid, count, 1) + elements if count else _NO_ELEMENTS[oid]


def verdicts(result: PGresult, group: Sequence[Packed]) -> list[Verdict | None]:
    """The verdict on each command of the group, in its order; None: ask again in the next group."""
    last = result.ntuples - 1  # the row for all that are accepted
    found: dict[int, Verdict | None] = {}
    for row in range(last):
        found[_int(_bytes(result, row, 0))[0]] = _not_accepted(result, row)
    position = _long(_bytes(result, last, 2))[0] - 1
    recorded_at = instant(_bytes(result, last, 4))
    numbers = _ints(result.get_value(last, 6))
    answers: list[Verdict | None] = []
    event = 0
    for n, packed in enumerate(group, 1):
        count = packed.counts[0]
        event += count
        if n in found:
            answers.append(found[n])
            continue
        versions = numbers[event - count : event] if numbers else packed.versions
        written = dict(zip(packed.streams, versions, strict=True))
        first, position = position + 1, position + count
        answers.append(Accepted(position, first, recorded_at, written, packed.answer, packed.refused))
    return answers


def _not_accepted(result: PGresult, row: int) -> Verdict | None:
    match result.get_value(row, 1):
        case b"replayed":
            streams, versions = _uuids(result.get_value(row, 5)), _ints(result.get_value(row, 6))
            return Accepted(
                position=_long(_bytes(result, row, 3))[0],
                first=_long(_bytes(result, row, 2))[0],
                recorded_at=instant(_bytes(result, row, 4)),
                versions=dict(zip(streams, versions, strict=True)),
                answer=_bytes(result, row, 7),
                refused=result.get_value(row, 8) == b"\1",
                replayed=True,
            )
        case b"conflict":
            return Conflict(
                UUID(bytes=_bytes(result, row, 9)),
                _int(_bytes(result, row, 10))[0],
                _int(_bytes(result, row, 11))[0],
            )
        case b"taken":
            owner = UUID(bytes=_bytes(result, row, 14))
            return Taken(_bytes(result, row, 12).decode(), _bytes(result, row, 13).decode(), owner)
        case b"reused":
            return CommandIdReused()
        case b"again":
            return None
        case other:
            raise ValueError(f"gongwu.append() answered {other!r}")


def instant(value: bytes) -> datetime:
    """A binary timestamptz as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=_long(value)[0])


def _bytes(result: PGresult, row: int, column: int) -> bytes:
    value = result.get_value(row, column)
    if value is None:
        raise ValueError(f"gongwu.append() answered NULL in column {column}")
    return value


def _ints(array: bytes | None) -> list[int]:
    if array is None or len(array) < 20:
        return []
    return [_two_ints(array, at)[1] for at in range(20, len(array), 8)]


def _uuids(array: bytes | None) -> list[UUID]:
    if array is None or len(array) < 20:
        return []
    return [UUID(bytes=array[at + 4 : at + 20]) for at in range(20, len(array), 20)]
