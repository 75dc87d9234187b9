"""What a whole file brings besides cards: the bodies it names, requests of the past, and the record of the import itself."""

from datetime import date, datetime
from uuid import UUID

from domain.body import Body, BodyKind, BodyRegistered, Level
from domain.command import Command
from domain.numbering import ROW
from domain.papers.file_import import FileImport, ImportFinished, ImportStarted, ImportUndone
from domain.papers.past_request import PastRequestTakenOver
from domain.refusals import AlreadyDone, InvalidValue, TooMany
from domain.regions import region_code
from domain.usecases import Outcome, use_case
from domain.usecases.taking_over import MOST_ROWS, SHA256
from domain.values import Role, Value, named

AGENCY = "agency"
"""The claim of a body that is known by its name within its region only."""


class OldBody(Value, frozen=True, kw_only=True):
    """A body that an old record names. `key`: what it is known by; `since`: the first day the record knows of."""

    key: str
    name: str
    region: str
    level: Level = Level.NONE
    since: datetime | None = None


@use_case("take_over_bodies", by=(Role.ADMINISTRATOR,), emits=(BodyRegistered,), gives=("bodies",))
def take_over_bodies(c: Command, *, rows: tuple[OldBody, ...]) -> Outcome:
    """Enters the bodies an old record names, unless they are there. The outcome has their ids, in the order of the rows."""
    c.must((Role.ADMINISTRATOR,))
    if not rows or len(rows) > MOST_ROWS:
        raise TooMany("rows", most=MOST_ROWS)
    there = dict(c.owners_of(AGENCY, [row.key for row in rows]))
    bodies: list[UUID] = []
    for n, row in enumerate(rows):
        id = there.get(row.key)
        if id is None:
            if not 3 <= len(row.key) <= 300:
                raise InvalidValue(f"rows.{n}.key", value=row.key[:40], because="key_of_a_row")
            body = c.begin(Body)
            if row.since is not None:
                c.date(body, min(row.since, c.now))
            fact = BodyRegistered(
                name=named(row.name, f"rows.{n}.name"),
                kind=BodyKind.BODY,
                level=row.level,
                region=region_code(row.region),
            )
            c.claim(AGENCY, row.key, body.id)
            body.record(fact)
            id = there[row.key] = body.id
        bodies.append(id)
    return {"bodies": bodies}


@use_case("take_over_requests", by=(Role.ASSET_MANAGER,), emits=(PastRequestTakenOver,))
def take_over_requests(c: Command, *, file: str, requests: tuple[PastRequestTakenOver, ...]) -> Outcome:
    """Takes over a chunk of closed requests. A row that was taken over before is left as it is."""
    c.must((Role.ASSET_MANAGER,))
    if not SHA256.fullmatch(file):
        raise InvalidValue("file", value=file[:64], because="no_hash")
    if not requests or len(requests) > MOST_ROWS:
        raise TooMany("requests", most=MOST_ROWS)
    keys = [f"request:{one.identity}" for one in requests]
    there = c.owners_of(ROW, keys)
    c.load_all(Body, dict.fromkeys(one.requester for one in requests), "requests")
    stream, made, unchanged = c.new_id(), set[str](), list[int]()
    for n, (key, one) in enumerate(zip(keys, requests, strict=True)):
        if key in there or key in made:
            unchanged.append(one.row)
            continue
        if one.file != file or not 3 <= len(one.identity) <= 100:
            raise InvalidValue(f"requests.{n}.identity", value=one.identity[:40], because="identity_of_a_row")
        named(one.item, f"requests.{n}.item")
        c.claim(ROW, key, stream)
        made.add(key)
        c.next_in(stream, one)
    return {"created": len(made), "updated": [], "unchanged": unchanged, "refused": []}


@use_case("start_import", by=(Role.ASSET_MANAGER,), emits=(ImportStarted,), gives=("import",))
def start_import(
    c: Command, *, id: UUID, file: str, name: str, kind: str, reading: str, cut_off: date
) -> Outcome:
    """Remembers that a file is being taken over. `id`: made from the file and the way it is read (version 5)."""
    one = _import(c, id)
    if not SHA256.fullmatch(file):
        raise InvalidValue("file", value=file[:64], because="no_hash")
    if not one.started or one.undone:
        if not one.version:
            c.claim("import", f"{file}/{reading}", one.id)
        one.record(ImportStarted(file=file, name=named(name), kind=kind, reading=reading, cut_off=cut_off))
    return {"import": one.id}


@use_case("finish_import", by=(Role.ASSET_MANAGER,), emits=(ImportFinished,), gives=("import",))
def finish_import(
    c: Command, *, id: UUID, rows: int, created: int, updated: int, skipped: int, errors: int
) -> Outcome:
    """Remembers what became of the rows of a file."""
    one = _import(c, id)
    if rows != created + updated + skipped + errors:
        raise InvalidValue("rows", value=rows, expected=created + updated + skipped + errors)
    fact = ImportFinished(rows=rows, created=created, updated=updated, skipped=skipped, errors=errors)
    if one.finished != fact:
        one.record(fact)
    return {"import": one.id}


@use_case("note_undone_import", by=(Role.ASSET_MANAGER,), emits=(ImportUndone,), gives=("import",))
def note_undone_import(c: Command, *, id: UUID, cards: int) -> Outcome:
    """Remembers that an import was taken back."""
    one = _import(c, id)
    if one.undone or not one.started:
        raise AlreadyDone("id", what=one.name)
    one.record(ImportUndone(cards=cards))
    return {"import": one.id}


def _import(c: Command, id: UUID) -> FileImport:
    """For whoever may import into the whole installation."""
    c.must((Role.ASSET_MANAGER,))
    if id.version != 5:
        raise InvalidValue("id", value=str(id), because="id_from_a_name")
    return c.begin(FileImport, id)
