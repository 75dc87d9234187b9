"""Bodies come, change, and end: registering, renaming, relations, decrees, closing the file."""

from datetime import date, datetime
from uuid import UUID

from domain.account import AccountOpened, RoleGranted
from domain.aggregate import Fact
from domain.body import (
    HOLDING,
    LONGEST_SUCCESSION,
    Body,
    BodyAbolished,
    BodyClosed,
    BodyKind,
    BodyMerged,
    BodyRegionChanged,
    BodyRegistered,
    BodyRenamed,
    BodySplit,
    BodyTermChanged,
    DivisionAdded,
    DivisionClosed,
    Level,
    Relation,
    RelationEnded,
    RelationGoesRound,
    RelationSet,
    answers_now,
    body_code,
    must_have_standing,
)
from domain.command import Command
from domain.refusals import AlreadyDone, InvalidValue, NumberTaken, TooMany
from domain.regions import region_code
from domain.usecases import Outcome, use_case
from domain.values import CLERK, CONSOLE, PEOPLES_ROLES, ROOT, Role, named

ADMINISTRATORS = (Role.ADMINISTRATOR,)
DEEPEST = 10
MOST_PARTS = 100


def foundation(name: str, *, level: Level = Level.NONE, region: str = "") -> dict[UUID, tuple[Fact, ...]]:
    """What is so before anybody can ask: the root body, the command line's account with every role of people, and the clerk."""
    root = BodyRegistered(name=named(name), kind=BodyKind.BODY, level=level, region=region_code(region))
    rights = (RoleGranted(role=role, scope=ROOT) for role in PEOPLES_ROLES)
    return {
        ROOT: (root,),
        CONSOLE: (AccountOpened(person=CONSOLE, body=ROOT), *rights),
        CLERK: clerks_foundation(),
    }


def clerks_foundation() -> tuple[Fact, ...]:
    """The clerk's account: it does what is due, everywhere, and may do nothing else."""
    return AccountOpened(person=CLERK, body=ROOT), RoleGranted(role=Role.CLERK, scope=ROOT)


@use_case(
    "register_body", by=ADMINISTRATORS, emits=(BodyRegistered, DivisionAdded, RelationSet), gives=("body",)
)
def register_body(
    c: Command, *, name: str, kind: BodyKind = BodyKind.BODY, level: Level = Level.NONE, region: str = "",
    code: str = "", parent: UUID | None = None, until: datetime | None = None, superior: UUID | None = None,
    fiscal_authority: UUID | None = None, offices_administration: UUID | None = None, id: UUID | None = None,
) -> Outcome:  # fmt: skip
    """Enters a body, a division (with the body above it), or a temporary body (with lead body and last day).

    `id`: one made from a name (version 5), for callers that may come again with the same body.
    """
    above = c.load(Body, parent, "parent") if parent else None
    offices = (
        c.load(Body, offices_administration, "officesAdministration") if offices_administration else None
    )
    c.must(ADMINISTRATORS, *(above.governors if above else offices.scopes if offices else ()))
    body = made_from_a_name(c, id)
    if body.version:
        if body.name_at(body.names[0][0]) == named(name):
            return {"body": body.id}
        raise AlreadyDone("id", what=body.name)
    fact = described(c, named(name), kind, level, region, body_code(code), above, until)
    if fact.code:
        must_be_a_new_code(c, fact.code, body.id)
    body.record(fact)
    if above:
        above.record(DivisionAdded(division=body.id))
    for relation, other in (
        (Relation.SUPERVISED_BY, superior),
        (Relation.FISCAL_AUTHORITY, fiscal_authority),
        (Relation.OFFICES_ADMINISTRATION, offices_administration),
    ):
        if other is not None:
            relate(c, body, relation, other)
    return {"body": body.id}


@use_case("rename_body", by=ADMINISTRATORS, emits=(BodyRenamed,), gives=("body",))
def rename_body(c: Command, *, body: UUID, name: str, decree: str = "") -> Outcome:
    """Gives a body another name, from the day it happened."""
    one = governed(c, body)
    one.rename(named(name), decree.strip())
    return {"body": one.id}


@use_case("change_region", by=ADMINISTRATORS, emits=(BodyRegionChanged,), gives=("body",))
def change_region(c: Command, *, body: UUID, region: str, level: Level, decree: str = "") -> Outcome:
    """Puts a body into another region or on another level: a county became a district."""
    one, code = governed(c, body), region_code(region)
    if (one.region, one.level) != (code, level):
        one.record(BodyRegionChanged(region=code, level=level, decree=decree.strip()))
    return {"body": one.id}


@use_case("change_term", by=ADMINISTRATORS, emits=(BodyTermChanged,), gives=("body",))
def change_term(c: Command, *, body: UUID, until: datetime, decree: str = "") -> Outcome:
    """Lets a temporary body end earlier or later."""
    one = governed(c, body)
    if one.kind is not BodyKind.TEMPORARY or until.tzinfo is None:
        raise InvalidValue("until", value=until.isoformat(), because="only_temporary")
    if one.ended is not None:
        raise AlreadyDone("body", what=one.name)
    if one.until != until:
        one.record(BodyTermChanged(until=until, decree=decree.strip()))
    return {"body": one.id}


@use_case("set_relation", by=ADMINISTRATORS, emits=(RelationSet,), gives=("body",))
def set_relation(c: Command, *, body: UUID, relation: Relation, other: UUID) -> Outcome:
    """Says who a body's superior, fiscal authority or offices administration is, from the day it happened."""
    one = governed_from_above(c, body)
    relate(c, one, relation, other)
    return {"body": one.id}


@use_case("end_relation", by=ADMINISTRATORS, emits=(RelationEnded,), gives=("body",))
def end_relation(c: Command, *, body: UUID, relation: Relation) -> Outcome:
    """Ends a relation without a new one."""
    one = governed_from_above(c, body)
    one.end_relation(relation, c.occurred_at)
    return {"body": one.id}


@use_case("merge_body", by=ADMINISTRATORS, emits=(BodyMerged,), gives=("body",))
def merge_body(
    c: Command, *, body: UUID, into: UUID, decree: str, decree_date: date, authority: str = ""
) -> Outcome:
    """Records the decree that merged a body into another. It took effect on its own day, ready or not."""
    one = governed(c, body)
    c.load(Body, into, "into")
    if answers_now(c, into).id == one.id or into == one.id:
        raise InvalidValue("into", value=one.name, because="into_itself")
    number = decree_number(decree)
    if number not in one.decrees:
        one.record(BodyMerged(into=into, decree=number, decree_date=decree_date, authority=authority.strip()))
    return {"body": one.id}


@use_case("split_body", by=ADMINISTRATORS, emits=(BodySplit,), gives=("body",))
def split_body(
    c: Command, *, body: UUID, parts: tuple[UUID, ...], decree: str, decree_date: date, authority: str = "",
    continues: bool = False,
) -> Outcome:  # fmt: skip
    """Records the decree that split a body into parts (registered before), beside which it may continue."""
    one, number = governed(c, body), decree_number(decree)
    if not parts or one.id in parts or len(set(parts)) != len(parts):
        raise InvalidValue("parts", value=len(parts), once=True)
    if len(parts) > MOST_PARTS:
        raise TooMany("parts", most=MOST_PARTS)
    c.load_all(Body, parts, "parts")
    if number not in one.decrees:
        decided = authority.strip()
        one.record(
            BodySplit(
                parts=parts, decree=number, decree_date=decree_date, authority=decided, continues=continues
            )
        )
    return {"body": one.id}


@use_case("abolish_body", by=ADMINISTRATORS, emits=(BodyAbolished,), gives=("body",))
def abolish_body(c: Command, *, body: UUID, decree: str, decree_date: date, authority: str = "") -> Outcome:
    """Records the decree that ended a body, or that a temporary body is done."""
    one, number = governed(c, body), decree_number(decree)
    if number not in one.decrees:
        one.record(BodyAbolished(decree=number, decree_date=decree_date, authority=authority.strip()))
    return {"body": one.id}


@use_case("close_body", by=ADMINISTRATORS, emits=(BodyClosed, DivisionClosed), gives=("body",))
def close_body(c: Command, *, body: UUID) -> Outcome:
    """Closes the file of an ended body: the one thing that waits for empty hands."""
    one = governed(c, body)
    one.close(c.in_hands(one))
    if one.parent is not None:
        c.load(Body, one.parent).record(DivisionClosed(division=one.id))
    return {"body": one.id}


def governed(c: Command, id: UUID) -> Body:
    """The body, for an administrator of it, of one above it, or of its offices administration."""
    body = c.load(Body, id, "body")
    c.must(ADMINISTRATORS, *body.governors)
    return body


def governed_from_above(c: Command, id: UUID) -> Body:
    """The body, for an administrator above it: nobody chooses who decides on his own transfers and disposals."""
    body = c.load(Body, id, "body")
    c.must(ADMINISTRATORS, *(scope for scope in body.governors if scope != body.id))
    return body


def made_from_a_name(c: Command, id: UUID | None) -> Body:
    if id is not None and id.version != 5:
        raise InvalidValue("id", value=str(id), because="id_from_a_name")
    return c.begin(Body, id)


def described(
    c: Command, name: str, kind: BodyKind, level: Level, region: str, code: str, above: Body | None,
    until: datetime | None,
) -> BodyRegistered:  # fmt: skip
    """The fact, with what a division or temporary body takes from the one above it."""
    inner = kind in (BodyKind.DIVISION, BodyKind.TEMPORARY)
    if inner != (above is not None):
        raise InvalidValue("parent", value=kind, because="body_above")
    if (kind is BodyKind.TEMPORARY) != (until is not None) or (until is not None and until.tzinfo is None):
        raise InvalidValue("until", value=kind, because="only_temporary")
    if above is None:
        return BodyRegistered(name=name, kind=kind, level=level, region=region_code(region), code=code)
    if above.kind not in HOLDING:
        raise InvalidValue("parent", value=above.kind, because="above_holds_nothing")
    must_have_standing(above, c, "parent")
    if len(above.above) >= DEEPEST:
        raise TooMany("parent", most=DEEPEST)
    return BodyRegistered(
        name=name, kind=kind, code=code, parent=above.id, above=(above.id, *above.above), until=until,
        accountable=above.accountable if kind is BodyKind.DIVISION else None,
        level=above.level if level is Level.NONE else level, region=region_code(region) or above.region,
    )  # fmt: skip


def relate(c: Command, body: Body, relation: Relation, other: UUID) -> None:
    """A finance bureau is its own fiscal authority; but nobody is his own superior, even round corners."""
    c.load(Body, other, "other")
    above: UUID | None = other
    for _ in range(LONGEST_SUCCESSION):
        if relation is not Relation.SUPERVISED_BY or above is None:
            break
        if above == body.id:
            raise RelationGoesRound("other", body=body.name)
        above = c.load(Body, above, "other").related(relation, c.occurred_at)
    body.set_relation(relation, other, c.occurred_at)


def must_be_a_new_code(c: Command, code: str, body: UUID) -> None:
    if c.owner_of("body_code", code) is not None:
        raise NumberTaken("code", number=code)
    c.claim("body_code", code, body)


def decree_number(text: str) -> str:
    """The document number of a decree, as it is written: 甘政发〔2026〕12号."""
    return named(text, "decree")
