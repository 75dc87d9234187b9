"""Who may act: an account belongs to a person and a body and has roles in scopes.

The person is an opaque id; the name lives in the directory, outside the log. Rights are facts, so an auditor can ask who could do
what on any day, and a command that was decided on rights that have just been taken away is decided again.
"""

from uuid import UUID

from domain.aggregate import Fact, Root, Stamp
from domain.values import Grant, Role


class AccountOpened(Fact, frozen=True):
    """A person got an account for a body."""

    TOPIC = "account.opened"
    person: UUID
    body: UUID

    def apply(self, thing: "Account", at: Stamp) -> None:
        thing.person, thing.body, thing.closed = self.person, self.body, False


class RoleGranted(Fact, frozen=True):
    """An account may do more: a role in a scope (a body or a warehouse)."""

    TOPIC = "account.role_granted"
    role: Role
    scope: UUID

    def apply(self, thing: "Account", at: Stamp) -> None:
        thing.grants |= {Grant(self.role, self.scope)}


class RoleRevoked(Fact, frozen=True):
    """An account may do less."""

    TOPIC = "account.role_revoked"
    role: Role
    scope: UUID

    def apply(self, thing: "Account", at: Stamp) -> None:
        thing.grants -= {Grant(self.role, self.scope)}


class AccountClosed(Fact, frozen=True):
    """The account may do nothing any more."""

    TOPIC = "account.closed"

    def apply(self, thing: "Account", at: Stamp) -> None:
        thing.closed = True


class Account(Root):
    """Somebody who may sign in."""

    KIND = "account"

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.person: UUID | None = None
        self.body: UUID | None = None
        self.grants: frozenset[Grant] = frozenset()
        self.closed = False

    def open(self, person: UUID, body: UUID) -> None:
        if self.person is None:
            self.record(AccountOpened(person=person, body=body))

    def grant(self, role: Role, scope: UUID) -> None:
        if Grant(role, scope) not in self.grants:
            self.record(RoleGranted(role=role, scope=scope))

    def revoke(self, role: Role, scope: UUID) -> None:
        if Grant(role, scope) in self.grants:
            self.record(RoleRevoked(role=role, scope=scope))

    def close(self) -> None:
        if not self.closed:
            self.record(AccountClosed())
