"""`scan(code)`: what is this, where should it be, whose is it, and what may I do with it now?

Any text has an answer, and asking writes nothing: `recordScan` does.
"""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.schema.assets import BodyName, PermittedAction
from api.schema.inputs import enum
from api.schema.looking import looking
from api.schema.organisations import BodyContact, contact_view
from api.schema.permitted import permitted
from api.schema.reading import AfterPosition, now_of, reach_of, wait_for
from api.schema.scanned import ScannedLabel, ScannedThing, ScanWarning, label_view, things, warning, why
from domain.label import Label, LabelState
from domain.label_code import LENGTH, grouped
from domain.texts import say
from domain.usecases.scan_rules import permitted_on_label
from projections import organisations, scan
from projections.owners import OwnerRow
from projections.scan import Blank, Several, Thing, Unread, Withdrawn


class ScanMiss(StrEnum):
    """Why a code is unknown: nothing was read; it was misread (its length, a letter, the check character); nothing that the account
    may see has it; it is the label of what it may not see; it has been wrong too often and must wait.
    """

    EMPTY = "EMPTY"
    LENGTH = "LENGTH"
    LETTER = "LETTER"
    CHECK = "CHECK"
    NOT_FOUND = "NOT_FOUND"
    NOT_YOURS = "NOT_YOURS"
    TOO_MANY = "TOO_MANY"


enum(ScanMiss)
VIEWS = ("labels", "codes", "register", "organisations", "papers")


@strawberry.type(
    description="Several things have this code, or the thing has gone on as several. One of them must be chosen."
)
class ScannedChoice:
    things: list[ScannedThing]
    more: bool = strawberry.field(
        description="There are others that are not shown: look for it by something else."
    )
    label: ScannedLabel | None


@strawberry.type(
    description="A label that was replaced or withdrawn. It serves nothing any more; what it was on is still told."
)
class ScannedRetired:
    retired_label: ScannedLabel
    instead: ScannedLabel | None = strawberry.field(description="The label that took its place.")
    things: list[ScannedThing] = strawberry.field(description="What it was on, as what it is today.")
    warnings: list[ScanWarning] = strawberry.field(description="What to check before going on.")


@strawberry.type(description="A blank label of ours: it is bound to a thing at its first scan.")
class ScannedBlank:
    blank_label: ScannedLabel
    body: BodyName = strawberry.field(description="Whom it was printed for.")

    of: strawberry.Private[UUID]

    @strawberry.field(description="What this account may do with it now, or why not.")  # type: ignore[untyped-decorator]  # strawberry leaves it open
    def permitted_actions(self, info: Info) -> list[PermittedAction]:
        command = looking(info)
        return permitted(info, permitted_on_label(command, command.load(Label, self.of)))


@strawberry.type(description="Whose label it is: what any stranger who scans it is told.")
class ScannedOwner:
    name: str
    contact: BodyContact | None = strawberry.field(
        description="Its own, or that of the nearest above it that has one."
    )


@strawberry.type(description="Nothing that this account may see has this code, or it was misread.")
class ScannedUnknown:
    code: str = strawberry.field(description="As it was read.")
    why: ScanMiss
    message: str
    owner: ScannedOwner | None = strawberry.field(description="Of a label of ours, whatever it is on.")
    retry_after_s: int | None = strawberry.field(description="After too many unknown codes.")


Scan = Annotated[
    ScannedThing | ScannedChoice | ScannedRetired | ScannedBlank | ScannedUnknown,
    strawberry.union("Scan", description="What a code is, to this account."),
]
Code = Annotated[
    str,
    strawberry.argument(
        description="As it was scanned or typed: a label's address or code, a property number, an old number, a serial, a GS1 Digital"
        " Link, the number of a slip, the code of a place, the name of a kit."
    ),
]
At = Annotated[
    UUID | None,
    strawberry.argument(description="The place where it is scanned, to be told if it should be elsewhere."),
]


def scan_code(info: Info, code: Code, at: At = None, after_position: AfterPosition = None) -> Scan:
    for view in VIEWS:
        wait_for(info, view, after_position)
    misses, who = info.context.app.misses, f"account:{info.context.principal.account}"
    wait = misses.wait_s(who)
    if wait:
        return _unknown(info, code, "TOO_MANY", retry_after_s=wait, seconds=wait)
    with info.context.app.reader.connection() as connection:
        hit = scan.look_up(connection, reach_of(info), code, now_of(info))
        if isinstance(hit, scan.Missing) and hit.guessed:
            misses.missed(who)
        return _answer(info, connection, hit, code, at)


def _answer(info: Info, connection: Any, hit: scan.Hit, code: str, at: UUID | None) -> Scan:
    match hit:
        case Thing():
            return things(info, connection, [hit], at)[0]
        case Several():
            label = label_view(connection, hit.label) if hit.label else None
            return ScannedChoice(things=things(info, connection, hit.things, at), more=hit.more, label=label)
        case Withdrawn():
            return _retired(info, connection, hit, at)
        case Blank(row):
            names = organisations.names(connection, [row.body])
            body = BodyName(id=row.body, name=names.get(row.body))
            return ScannedBlank(blank_label=label_view(connection, row), body=body, of=row.id)
        case Unread(text, wrong):
            return _unknown(info, text, wrong, count=len(text))
        case _:
            owner = hit.owner
            return _unknown(
                info, code, "NOT_YOURS" if owner else "NOT_FOUND", owner, body=owner.name if owner else None
            )


def _retired(info: Info, connection: Any, hit: Withdrawn, at: UUID | None) -> ScannedRetired:
    hits = [hit.thing] if isinstance(hit.thing, Thing) else hit.thing.things if hit.thing else []
    language, instead = info.context.language, hit.instead
    if hit.label.state == LabelState.RETIRED.value and instead is not None:
        first = warning(language, "RETIRED", why=why(language, hit.label), new=grouped(instead.token))
    else:
        first = warning(language, "REVOKED", why=why(language, hit.label))
    return ScannedRetired(
        retired_label=label_view(connection, hit.label),
        instead=label_view(connection, instead) if instead else None,
        things=things(info, connection, hits, at),
        warnings=[first],
    )


def _unknown(
    info: Info,
    code: str,
    wrong: str,
    owner: OwnerRow | None = None,
    retry_after_s: int | None = None,
    **values: object,
) -> ScannedUnknown:
    shown = (
        ScannedOwner(name=owner.name, contact=contact_view(owner.contact) if owner.contact else None)
        if owner
        else None
    )
    return ScannedUnknown(
        code=_as_read(code), why=ScanMiss(wrong), message=say(info.context.language, f"scan.{wrong}", **values), owner=shown,
        retry_after_s=retry_after_s,
    )  # fmt: skip


def _as_read(code: str) -> str:
    """Short enough for a screen, and nothing that a screen cannot show."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in code[:100])
    return grouped(shown) if len(shown) == LENGTH and shown.isascii() and shown.isalnum() else shown
