"""Who may sign in and do what: accounts opened, roles given and taken, accounts closed.

An administrator acts only where he is one; nobody may give rights above his own, or touch an account that
reaches further than his own rights do; and duties are kept apart per person: nobody changes his own rights,
through whichever of his accounts.
"""

from uuid import UUID

from domain.account import Account, AccountClosed, AccountOpened, RoleGranted, RoleRevoked
from domain.asset import Asset, CustodyKind
from domain.body import Body, BodyFileClosed
from domain.command import Command
from domain.place import Place
from domain.refusals import AlreadyDone, InvalidValue, NotYours, Refusal, SamePerson
from domain.usecases import Outcome, use_case
from domain.values import CLERK, CONSOLE, ROOT, Role

ADMINISTRATORS = (Role.ADMINISTRATOR,)
MOST_NAMED = 20


class HigherAccount(Refusal):
    """This account has rights where the asker is no administrator."""

    code = "HIGHER_ACCOUNT"


class BuiltInAccount(Refusal):
    """The program's own accounts and their role stay as they are."""

    code = "BUILT_IN_ACCOUNT"


class AccountIsClosed(Refusal):
    """A closed account stays closed; open another one."""

    code = "ACCOUNT_IS_CLOSED"


class StillCustodian(Refusal):
    """The person still has things of the body in custody: a leaver hands over first."""

    code = "STILL_CUSTODIAN"


@use_case("open_account", by=ADMINISTRATORS, emits=(AccountOpened,), gives=("account",))
def open_account(c: Command, *, person: UUID, body: UUID, id: UUID | None = None) -> Outcome:
    """Gives a person an account for a body: one per person and body. It may do nothing yet."""
    owner = c.load(Body, body, "body")
    c.must(ADMINISTRATORS, *owner.governors)
    if owner.closed:
        raise BodyFileClosed("body", body=owner.name)
    if person == c.person:
        raise SamePerson("person", duty="administrator", other="account_holder")
    if id is not None and id.version != 5:
        raise InvalidValue("id", value=str(id), because="id_from_a_name")
    key = f"{person}/{owner.id}"
    there = c.owner_of("account", key)
    account = c.begin(Account, id)
    if there is not None or account.version:
        raise AlreadyDone("person", what=owner.name)
    c.claim("account", key, account.id)
    account.open(person, owner.id)
    return {"account": account.id}


@use_case("grant_role", by=ADMINISTRATORS, emits=(RoleGranted,), gives=("account",))
def grant_role(c: Command, *, account: UUID, role: Role, scope: UUID) -> Outcome:
    """Lets an account do more, in a body (with its divisions) or in a warehouse."""
    one = lower_account(c, account)
    where = c.load_any((Body, Place), scope, "scope")
    if not administers(c, where):
        raise NotYours("scope", needs=Role.ADMINISTRATOR)
    if isinstance(where, Place) and where.id != where.warehouse:
        raise InvalidValue("scope", value=where.name, because="whole_warehouse")
    if role is Role.CLERK:
        raise BuiltInAccount("role")
    if role is Role.AUDITOR:
        c.must(
            ADMINISTRATORS, ROOT
        )  # an auditor reads a whole region: more than an administrator of a body does
    one.grant(role, scope)
    return {"account": one.id}


@use_case("revoke_role", by=ADMINISTRATORS, emits=(RoleRevoked,), gives=("account",))
def revoke_role(c: Command, *, account: UUID, role: Role, scope: UUID) -> Outcome:
    """Lets an account do less."""
    one = lower_account(c, account)
    one.revoke(role, scope)
    return {"account": one.id}


@use_case("close_account", by=ADMINISTRATORS, emits=(AccountClosed,), gives=("account",))
def close_account(c: Command, *, account: UUID) -> Outcome:
    """The account may do nothing any more. The person may get a new one for the same body.

    Who leaves hands over first; until then the account can lose its roles, one by one.
    """
    one = lower_account(c, account, closed_is_fine=True)
    if not one.closed:
        _must_have_handed_over(c, one)
        c.release("account", f"{one.person}/{one.body}", one.id)
        one.close()
    return {"account": one.id}


def _must_have_handed_over(c: Command, account: Account) -> None:
    """Nobody leaves with things of the body in his custody."""
    if account.person is None:
        return
    body = c.load(Body, account.body or ROOT)
    kept = [
        thing
        for thing in c.load_all(Asset, c.in_custody(account.person, body.accountable))
        if thing.custody.kind is CustodyKind.CUSTODIAN
        and thing.custody.person == account.person
        and c.load(Body, thing.custody.body).accountable == body.accountable
    ]
    if kept:
        named = [f"{one.number} {one.name}" for one in sorted(kept, key=lambda one: one.number)[:MOST_NAMED]]
        raise StillCustodian("account", count=len(kept), things="、".join(named))


def lower_account(c: Command, id: UUID, *, closed_is_fine: bool = False) -> Account:
    """The account, if all it reaches is the asker's to administer and it is not the asker's own."""
    account = c.load(Account, id, "account")
    c.must(ADMINISTRATORS, *c.load(Body, account.body or ROOT).governors)
    if account.id in (CONSOLE, CLERK):
        raise BuiltInAccount("account")
    if account.person == c.person:
        raise SamePerson("account", duty="administrator", other="account_holder")
    if account.closed and not closed_is_fine:
        raise AccountIsClosed("account")
    for scope in sorted({grant.scope for grant in account.grants}):
        if not administers(c, c.load_any((Body, Place), scope, "account")):
            raise HigherAccount("account")
    if any(grant.role is Role.AUDITOR for grant in account.grants) and not c.may(Role.ADMINISTRATOR):
        raise HigherAccount("account")
    return account


def administers(c: Command, scope: object) -> bool:
    if isinstance(scope, Place):
        return c.may(Role.ADMINISTRATOR, scope.warehouse, *c.load(Body, scope.owner).governors)
    return isinstance(scope, Body) and c.may(Role.ADMINISTRATOR, *scope.governors)
