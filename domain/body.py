"""Who answers for goods: bodies, their divisions, and how they belong together.

Organisations are not one tree. A division belongs to the body above it and is no accountable body: standing
is judged on the nearest accountable one. Superior, fiscal authority and offices administration are dated
relations between bodies. A decree takes effect whether or not the register is ready: it is recorded at its
own date, and the body is then in liquidation: it may return, hand over and sign, but not ask. Only closing
its file waits for empty hands (docs/decisions/0006-closing-a-body.md).

A promise is judged by the moment it is recorded, whatever date it is given: nobody gets round a decree by
dating back. What has already happened lands anyway, if need be in a body's liquidation.
"""

import re
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.command import Command
from domain.contact import Contact
from domain.refusals import AlreadyDone, InvalidValue, Refusal
from domain.values import Value

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,29}")
LONGEST_SUCCESSION = 20


class BodyKind(StrEnum):
    """What it is. An operator runs stores, somebody outside is only named: neither holds public goods."""

    BODY = "body"
    DIVISION = "division"
    TEMPORARY = "temporary"
    VERTICAL = "vertical"
    OPERATOR = "operator"
    OUTSIDE = "outside"


HOLDING = frozenset({BodyKind.BODY, BodyKind.DIVISION, BodyKind.TEMPORARY, BodyKind.VERTICAL})


class Level(StrEnum):
    """The level of government a body belongs to."""

    NONE = "none"
    CENTRAL = "central"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


class Relation(StrEnum):
    """How one body depends on another."""

    SUPERVISED_BY = "supervised_by"
    FISCAL_AUTHORITY = "fiscal_authority"
    OFFICES_ADMINISTRATION = "offices_administration"


class Standing(StrEnum):
    """What a body may still do. None: it never may hold anything."""

    FULL = "full"
    IN_LIQUIDATION = "in_liquidation"
    ENDED = "ended"
    NONE = "none"


class RelationChange(Value, frozen=True):
    """From this instant on the relation is with `other`, or with nobody."""

    since: datetime
    kind: Relation
    other: UUID | None = None


class Block(Value, frozen=True):
    """Blocked as a borrower by a manager, for a reason, until a moment or further notice; or cleared until then, whatever is late."""

    reason: str
    until: datetime | None = None
    cleared_until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it says anything at this moment: a block, or a clearance that lasts."""
        ends = self.until if self.cleared_until is None else self.cleared_until
        return ends is None or ends > now


class NoStanding(Refusal):
    """A body that is in liquidation, closed, or outside the administration cannot ask for anything new."""

    code = "NO_STANDING"


class BodyFileClosed(Refusal):
    """The body's file is closed: nothing can be put into its hands any more."""

    code = "BODY_FILE_CLOSED"


class BodyNotAbolished(Refusal):
    """A body's file is closed only after the decree that ends the body."""

    code = "BODY_NOT_ABOLISHED"


class BodyHasHoldings(Refusal):
    """A body's file is closed only with empty hands."""

    code = "BODY_HAS_HOLDINGS"


class BodyHasDivisions(Refusal):
    """A body's file is closed after the files of its divisions."""

    code = "BODY_HAS_DIVISIONS"


class RelationGoesRound(Refusal):
    """A body cannot be its own superior, directly or through others."""

    code = "RELATION_GOES_ROUND"


class BodyRegistered(Fact, frozen=True):
    """A body came into the register. `above`: the bodies over a division or temporary body, nearest first."""

    TOPIC = "body.registered"
    name: str
    kind: BodyKind
    level: Level
    region: str = ""
    code: str = ""
    parent: UUID | None = None
    accountable: UUID | None = None
    above: tuple[UUID, ...] = ()
    until: datetime | None = None

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.names, thing.kind, thing.code = ((at.occurred_at, self.name),), self.kind, self.code
        thing.level, thing.region, thing.until = self.level, self.region, self.until
        thing.parent, thing.above = self.parent, self.above
        thing.accountable = self.accountable or thing.id


class BodyRenamed(Fact, frozen=True):
    """The body is called something else from that day on."""

    TOPIC = "body.renamed"
    name: str
    decree: str = ""

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.names = tuple(sorted((*thing.names, (at.occurred_at, self.name)), key=lambda one: one[0]))


class BodyRegionChanged(Fact, frozen=True):
    """The body belongs to another division of the country, or to another level, from that day on."""

    TOPIC = "body.region_changed"
    region: str
    level: Level
    decree: str = ""

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.region, thing.level = self.region, self.level


class BodyTermChanged(Fact, frozen=True):
    """A temporary body ends on another day than was said before."""

    TOPIC = "body.term_changed"
    until: datetime
    decree: str = ""

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.until = self.until


class RelationSet(Fact, frozen=True):
    """From that day on, the body has this superior, fiscal authority or offices administration."""

    TOPIC = "body.relation_set"
    relation: Relation
    other: UUID

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.change_relation(RelationChange(at.occurred_at, self.relation, self.other))


class RelationEnded(Fact, frozen=True):
    """From that day on, the body has no such superior or authority any more."""

    TOPIC = "body.relation_ended"
    relation: Relation
    other: UUID

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.change_relation(RelationChange(at.occurred_at, self.relation))


class BodyMerged(Fact, frozen=True):
    """A decree merged the body into another: it is in liquidation from the day that takes effect."""

    TOPIC = "body.merged"
    into: UUID
    decree: str
    decree_date: date
    authority: str = ""

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.end(at.occurred_at, self.decree, (self.into,))


class BodySplit(Fact, frozen=True):
    """A decree split the body. Unless it continues beside its parts, it is in liquidation from that day."""

    TOPIC = "body.split"
    parts: tuple[UUID, ...]
    decree: str
    decree_date: date
    authority: str = ""
    continues: bool = False

    def apply(self, thing: "Body", at: Stamp) -> None:
        if self.continues:
            thing.decrees |= {self.decree}
        else:
            thing.end(at.occurred_at, self.decree, self.parts)


class BodyAbolished(Fact, frozen=True):
    """A decree abolished the body, or a temporary body is done: it is in liquidation from that day."""

    TOPIC = "body.abolished"
    decree: str
    decree_date: date
    authority: str = ""

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.end(at.occurred_at, self.decree, ())


class BodyTookIn(Fact, frozen=True):
    """Something still came into the hands of a body in liquidation: found, recorded late, or given back."""

    TOPIC = "body.took_in"
    item: UUID

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.taken_in |= {self.item}


class DivisionAdded(Fact, frozen=True):
    """A division or a temporary body was set up under this body."""

    TOPIC = "body.division_added"
    division: UUID

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.divisions |= {self.division}


class DivisionClosed(Fact, frozen=True):
    """The file of a division of this body was closed."""

    TOPIC = "body.division_closed"
    division: UUID

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.divisions -= {self.division}


class PersonEntered(Fact, frozen=True):
    """Somebody without an account was entered in the directory, to be named on papers. The name is there, never here."""

    TOPIC = "body.person_entered"
    person: UUID


class DutyPersonNamed(Fact, frozen=True):
    """A person signs for the body when something is handed over, with or without an account."""

    TOPIC = "body.duty_person_named"
    person: UUID

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.duty_persons |= {self.person}


class DutyPersonEnded(Fact, frozen=True):
    """A person no longer signs for the body. What was signed stays signed."""

    TOPIC = "body.duty_person_ended"
    person: UUID

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.duty_persons -= {self.person}


class BodyContactSet(Fact, frozen=True, kw_only=True):
    """This is how the body is reached by whoever finds something of it, from now on."""

    TOPIC = "body.contact_set"
    contact: Contact

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.contact = self.contact


class BodyContactEnded(Fact, frozen=True):
    """The body has no contact of its own any more: its nearest superior's is told."""

    TOPIC = "body.contact_ended"

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.contact = None


class BodyClosed(Fact, frozen=True):
    """The body has nothing in its hands any more; its file is closed for good."""

    TOPIC = "body.closed"

    def apply(self, thing: "Body", at: Stamp) -> None:
        thing.closed = True


class Body(Root):
    """A body of the administration, one of its divisions, or somebody outside who has to be named."""

    KIND = "body"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.names: tuple[tuple[datetime, str], ...] = ()
        self.kind = BodyKind.BODY
        self.level = Level.NONE
        self.region = ""
        self.code = ""
        self.parent: UUID | None = None
        self.accountable: UUID = id
        self.above: tuple[UUID, ...] = ()
        self.until: datetime | None = None
        self.history: tuple[RelationChange, ...] = ()
        self.divisions: frozenset[UUID] = frozenset()
        self.ended: datetime | None = None
        self.successors: tuple[UUID, ...] = ()
        self.decrees: frozenset[str] = frozenset()
        self.taken_in: frozenset[UUID] = frozenset()
        self.blocks: dict[UUID, Block] = {}
        """By lending point: what a manager said of it as a borrower."""
        self.duty_persons: frozenset[UUID] = frozenset()
        self.contact: Contact | None = None
        self.closed = False

    @property
    def name(self) -> str:
        return self.names[-1][1] if self.names else ""

    @property
    def relations(self) -> dict[Relation, UUID]:
        """The relations as they are now."""
        now: dict[Relation, UUID | None] = {change.kind: change.other for change in self.history}
        return {kind: other for kind, other in now.items() if other is not None}

    @property
    def scopes(self) -> tuple[UUID, ...]:
        """A role granted in one of these holds for this body."""
        return (self.id, *self.above)

    @property
    def governors(self) -> tuple[UUID, ...]:
        """Whose administrators may change its file: its own, those above it, its offices administration."""
        offices = self.relations.get(Relation.OFFICES_ADMINISTRATION)
        return self.scopes if offices is None else (*self.scopes, offices)

    @property
    def next_above(self) -> UUID | None:
        """Whom to ask where the body itself gives no answer: the body it is a division of, else its superior."""
        return self.parent or self.relations.get(Relation.SUPERVISED_BY)

    def related(self, relation: Relation, at: datetime) -> UUID | None:
        """Whom the relation was with at that time, by all that is known now."""
        found = [change.other for change in self.history if change.kind is relation and change.since <= at]
        return found[-1] if found else None

    def name_at(self, at: datetime) -> str:
        """What it was called at that time."""
        found = [name for since, name in self.names if since <= at]
        return found[-1] if found else self.names[0][1]

    def standing(self, at: datetime) -> Standing:
        """What it may do at that time, by all that is known now. Of a division, ask `standing_of` instead."""
        if self.kind not in HOLDING:
            return Standing.NONE
        if self.closed:
            return Standing.ENDED
        over = [end for end in (self.ended, self.until) if end is not None and end <= at]
        return Standing.IN_LIQUIDATION if over else Standing.FULL

    def change_relation(self, change: RelationChange) -> None:
        self.history = tuple(sorted((*self.history, change), key=lambda one: one.since))

    def end(self, at: datetime, decree: str, successors: tuple[UUID, ...]) -> None:
        self.ended = min(at, self.ended) if self.ended else at
        self.decrees |= {decree}
        self.successors = successors or self.successors

    def receive(self, item: UUID, path: str = "body") -> None:
        """Whatever puts something new into a body's hands (a card, a thing, an open paper) says so here.

        With a body in full standing this records nothing: being loaded is enough. A body in liquidation
        notes it in its own file, so that closing that file at the same moment fails. Raises `BodyFileClosed`.
        """
        if self.closed:
            raise BodyFileClosed(path, body=self.name)
        if self.ended is not None:
            self.record(BodyTookIn(item=item))

    def rename(self, name: str, decree: str) -> None:
        if name != self.name:
            self.record(BodyRenamed(name=name, decree=decree))

    def set_relation(self, relation: Relation, other: UUID, at: datetime) -> None:
        if self.related(relation, at) != other:
            self.record(RelationSet(relation=relation, other=other))

    def end_relation(self, relation: Relation, at: datetime) -> None:
        other = self.related(relation, at)
        if other is not None:
            self.record(RelationEnded(relation=relation, other=other))

    def close(self, in_hands: int) -> None:
        """`in_hands`: how many things and open papers it still has, counted after this file was read."""
        if self.closed:
            raise AlreadyDone("body", what=self.name)
        if self.ended is None:
            raise BodyNotAbolished("body", body=self.name)
        if self.divisions:
            raise BodyHasDivisions("body", body=self.name, divisions=len(self.divisions))
        if in_hands:
            raise BodyHasHoldings("body", body=self.name, count=in_hands)
        self.record(BodyClosed())


def standing_of(c: Command, body: Body) -> Standing:
    """The worse of its own standing and that of the accountable body, now."""
    at = max(c.now, c.occurred_at)
    own = body.standing(at)
    if own is Standing.FULL and body.accountable != body.id:
        return c.load(Body, body.accountable).standing(at)
    return own


def must_have_standing(body: Body, c: Command, path: str = "body") -> None:
    """Before every new promise: a request, a reservation, a loan, a transfer to it, a new card."""
    standing = standing_of(c, body)
    if standing is not Standing.FULL:
        raise NoStanding(path, body=body.name, standing=standing)


def may_still_hand_over(body: Body, c: Command, path: str = "body") -> None:
    """Before returning, handing over, signing: allowed in liquidation too, until the file is closed."""
    if body.closed:
        raise BodyFileClosed(path, body=body.name)


def answers_now(c: Command, body: UUID) -> Body:
    """The body itself, or the one it was merged into: who settles what is left. After a split, itself."""
    found = c.load(Body, body)
    for _ in range(LONGEST_SUCCESSION):
        if len(found.successors) != 1:
            break
        found = c.load(Body, found.successors[0])
    return found


def same_accountable(c: Command, one: UUID, other: UUID) -> bool:
    """Whether two are one body to the outside: divisions of the same one, or become one by a merger."""
    first, second = (answers_now(c, c.load(Body, body).accountable).id for body in (one, other))
    return first == second


def body_code(text: str) -> str:
    """A body's official number (unified social credit code, agency code): ASCII capitals; may be missing."""
    tidy = text.strip().upper()
    if tidy and not CODE.fullmatch(tidy):
        raise InvalidValue("code", value=tidy[:40], because="body_code")
    return tidy
