"""Letting somebody in: a person in the directory, an account with roles through the use cases, a token shown once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from api.graphql.principal import StoredToken, new_token
from domain.account import Account
from domain.command import Envelope
from domain.refusals import AlreadyDone
from domain.values import SPACE, Role
from projections.desk import Decided, Desk, recorded
from projections.directory import Directory


class Access(NamedTuple):
    """Somebody who can sign in now. The token is nowhere else: it is shown once."""

    name: str
    person: UUID
    account: UUID
    token: str


class NotOpened(Exception):
    """A rule said no."""

    def __init__(self, decided: Decided) -> None:
        super().__init__(decided.refused)
        self.decided = decided


class Accounts:
    """Opens accounts and issues tokens."""

    def __init__(self, desk: Desk, directory: Directory) -> None:
        self._desk, self._directory = desk, directory

    def open(
        self,
        person_name: str,
        body: UUID,
        roles: Sequence[tuple[Role, UUID]],
        envelope: Callable[..., Envelope],
        *,
        name: str,
        person: UUID | None = None,
        label: str = "",
    ) -> Access:
        """An account with these roles and a fresh token. `name` makes it the same account when asked again. Raises `NotOpened`."""
        person = person or uuid5(SPACE, f"person:{name}")
        account = uuid5(SPACE, f"account:{name}")
        self._directory.enter(person, person_name)
        opened = self._desk.execute(
            "open_account", envelope(uuid5(account, "open")), {"person": person, "body": body, "id": account}
        )
        if opened.refused and not (opened.refused == AlreadyDone.code and self.is_open(account)):
            raise NotOpened(opened)
        for role, scope in roles:
            granted = self._desk.execute(
                "grant_role",
                envelope(uuid5(account, f"grant:{role}:{scope}")),
                {"account": account, "role": role, "scope": scope},
            )
            if granted.refused:
                raise NotOpened(granted)
        return Access(person_name, person, account, self.issue(account, label))

    def issue(self, account: UUID, label: str = "") -> str:
        """A fresh token."""
        id, token, secret = new_token()
        self._directory.add_token(id, secret, account, label=label, at=datetime.now(UTC))
        return token

    def is_open(self, account: UUID) -> bool:
        """Whether there is such an account, and it may sign in."""
        rows = self._desk.recorder.read([account])[account]
        one = Account.replay(account, map(recorded, rows))
        return one.version > 0 and not one.closed

    def stored(self, id: str) -> StoredToken | None:
        """A token as the sign-in checks it."""
        row = self._directory.token(id)
        if row is None:
            return None
        return StoredToken(row.id, row.secret, row.account, row.label, row.expires_at, row.revoked_at)
