"""Who signs for a body: people with an account of it, and duty persons it has named, who need none.

The body is the borrower and answers; the person who signs must belong to it at the hand-over. At the return it is asked no more.
"""

from uuid import UUID

from domain.account import Account
from domain.body import Body, DutyPersonEnded, DutyPersonNamed, PersonEntered, answers_now
from domain.command import Command
from domain.refusals import AlreadyDone, InvalidValue, Refusal, Unknown
from domain.usecases import Outcome, use_case
from domain.values import LONGEST_NAME, Role, Secret

NAMING = (Role.ASSET_MANAGER, Role.ADMINISTRATOR)


class NotAMember(Refusal):
    """Who signs for a body has an account of it, or is one of its duty persons."""

    code = "NOT_A_MEMBER"


class HasAnAccount(Refusal):
    """Whoever has an account asks for a code himself."""

    code = "HAS_AN_ACCOUNT"


@use_case("enter_person", by=(Role.ADMINISTRATOR,), emits=(PersonEntered,), gives=("person",))
def enter_person(c: Command, *, body: UUID, name: Secret) -> Outcome:
    """Enters somebody without an account in the directory, so that papers can name him and he can sign them by hand.

    The name is in no event and no receipt: the directory can forget it.
    """
    theirs = c.load(Body, body, "body")
    c.must((Role.ADMINISTRATOR,), *theirs.governors)
    if not 0 < len(" ".join(name.said.split())) <= LONGEST_NAME:
        raise InvalidValue("name", value="", longest=LONGEST_NAME)
    person = c.new_id()
    theirs.record(PersonEntered(person=person))
    return {"person": person}


@use_case("name_duty_person", by=NAMING, emits=(DutyPersonNamed,), gives=("body",))
def name_duty_person(c: Command, *, body: UUID, person: UUID) -> Outcome:
    """Names somebody who signs for a body at hand-overs. The person is in the directory (`enterPerson`) and needs no account."""
    theirs = _named_by(c, body)
    if person in theirs.duty_persons:
        raise AlreadyDone("person", what=theirs.name)
    theirs.record(DutyPersonNamed(person=person))
    return {"body": theirs.id}


@use_case("end_duty_person", by=NAMING, emits=(DutyPersonEnded,), gives=("body",))
def end_duty_person(c: Command, *, body: UUID, person: UUID) -> Outcome:
    """Somebody no longer signs for a body. What was handed over to him stays out; anybody may bring it back."""
    theirs = _named_by(c, body)
    if person not in theirs.duty_persons:
        raise Unknown("person", id=str(person))
    theirs.record(DutyPersonEnded(person=person))
    return {"body": theirs.id}


def must_be_a_member(
    c: Command, body: Body, person: UUID, path: str = "receiver", *, with_account: bool = True
) -> None:
    """Raises `NotAMember` unless the person belongs to the body now, or to one above it, one of its divisions, or its successor.

    `with_account=False`: only a duty person without an account of it will do.
    """
    if with_account and person in body.duty_persons:
        return
    theirs = _family(c, body)
    on_duty = any(person in c.load(Body, one).duty_persons for one in theirs)
    if on_duty and with_account:
        return
    if person == c.person and c.account.body in theirs:
        accounts = [c.account]
    else:
        owners = c.owners_of("account", [f"{person}/{one}" for one in theirs])
        accounts = [c.load(Account, owners[key]) for key in sorted(owners)]
    if any(not account.closed for account in accounts):
        if not with_account:
            raise HasAnAccount(path)
        return
    if not on_duty:
        raise NotAMember(path, body=body.name)


def _family(c: Command, body: Body) -> list[UUID]:
    """The body with its divisions, those it is a division of, and whoever took it over."""
    found = dict.fromkeys((body.id, *sorted(body.divisions)))
    for one in (body.id, body.accountable):
        found |= dict.fromkeys(c.load(Body, one).scopes) | dict.fromkeys(answers_now(c, one).scopes)
    return list(found)


def _named_by(c: Command, body: UUID) -> Body:
    theirs = c.load(Body, body, "body")
    if not any(c.may(Role.ASSET_MANAGER, one) for one in theirs.scopes):
        c.must((Role.ADMINISTRATOR,), *theirs.governors)
    return theirs
