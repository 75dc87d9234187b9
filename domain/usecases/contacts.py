"""How a body is reached by whoever finds something of it: on its labels, and on the page that a stranger's phone opens."""

from uuid import UUID

from domain.body import LONGEST_SUCCESSION, Body, BodyContactEnded, BodyContactSet, answers_now
from domain.command import Command
from domain.contact import Contact, sound_contact
from domain.refusals import AlreadyDone
from domain.usecases import Outcome, use_case
from domain.values import Role

KEEPING_CONTACTS = (Role.ASSET_MANAGER, Role.ADMINISTRATOR)


@use_case("set_contact", by=KEEPING_CONTACTS, emits=(BodyContactSet,), gives=("body",))
def set_contact(c: Command, *, body: UUID, phone: str, address: str = "", note: str = "") -> Outcome:
    """Says how a body is reached by whoever finds something of it: a phone, an address, what else a finder should know.

    Anybody who scans a label is shown it: no names of people. A body without a contact of its own shows its nearest superior's.
    """
    one, contact = _kept_by(c, body), sound_contact(phone, address, note)
    if contact != one.contact:
        one.record(BodyContactSet(contact=contact))
    return {"body": one.id}


@use_case("end_contact", by=KEEPING_CONTACTS, emits=(BodyContactEnded,), gives=("body",))
def end_contact(c: Command, *, body: UUID) -> Outcome:
    """Takes back the contact of a body: its nearest superior's is shown from now on."""
    one = _kept_by(c, body)
    if one.contact is None:
        raise AlreadyDone("body", what=one.name)
    one.record(BodyContactEnded())
    return {"body": one.id}


def contact_of(c: Command, body: UUID) -> Contact | None:
    """The contact of the body (of whoever took it over), or of the nearest above it that has one."""
    one = answers_now(c, body)
    for _ in range(LONGEST_SUCCESSION):
        above = one.next_above
        if one.contact is not None or above is None:
            return one.contact
        one = answers_now(c, above)
    return None


def _kept_by(c: Command, id: UUID) -> Body:
    """The body, for its asset manager or whoever administers it."""
    one = c.load(Body, id, "body")
    if not any(c.may(Role.ASSET_MANAGER, scope) for scope in one.scopes):
        c.must((Role.ADMINISTRATOR,), *one.governors)
    return one
