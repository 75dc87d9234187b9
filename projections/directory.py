"""People's names and accounts' tokens: what lives beside the log, because it must be able to forget."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from domain.ids import uuid7
from projections.reading import Reader

_NAMES: LiteralString = "SELECT id, name FROM directory.person WHERE id = ANY(%s) AND name IS NOT NULL"
_ENTER: LiteralString = (
    "INSERT INTO directory.person (id, name, phone, email) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone = excluded.phone, email = excluded.email, forgotten_at = NULL"
    " RETURNING id"
)
_FORGET: LiteralString = (
    "UPDATE directory.person SET name = NULL, phone = NULL, email = NULL, forgotten_at = clock_timestamp()"
    " WHERE id = %s AND forgotten_at IS NULL RETURNING id"
)
_FIND: LiteralString = (
    "INSERT INTO directory.person (id, name, known_to)"
    " SELECT id, name, %(body)s FROM unnest(%(ids)s::uuid[], %(names)s::text[]) AS u (id, name)"
    " ON CONFLICT (known_to, name) WHERE known_to IS NOT NULL DO UPDATE SET known_to = excluded.known_to RETURNING name, id"
)
_TOKEN: LiteralString = (
    "SELECT id, secret, account, label, expires_at, revoked_at FROM directory.token WHERE id = %s"  # noqa: S105 - a statement
)
_ADD: LiteralString = (
    "INSERT INTO directory.token (id, secret, account, label, created_at, expires_at)"
    " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id"
)
_REVOKE: LiteralString = (
    "UPDATE directory.token SET revoked_at = clock_timestamp() WHERE account = %s AND label = %s"
    " AND revoked_at IS NULL RETURNING id"
)
_ALONE: LiteralString = "SELECT pg_advisory_lock(730945517207)"
_TOGETHER: LiteralString = "SELECT pg_advisory_unlock(730945517207)"
_ANY: LiteralString = "SELECT EXISTS (SELECT FROM directory.token WHERE account = %s)"

REMEMBERED, REMEMBER_S = 10_000, 5.0


class TokenRow(NamedTuple):
    """A token as it is kept: of its secret only the hash."""

    id: str
    secret: bytes
    account: UUID
    label: str
    expires_at: datetime | None
    revoked_at: datetime | None


class Directory:
    """The directory of one installation, for all threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._seen: dict[UUID, float] = {}
        """Who was there, and until when that is believed."""

    def names(self, people: Collection[UUID]) -> dict[UUID, str]:
        """What these people are called; who was forgotten, or never entered, is left out."""
        return dict(self._reader.rows(_NAMES, (list(people),))) if people else {}

    def unknown(self, people: Collection[UUID]) -> set[UUID]:
        """Those who are not in the directory. Who was there is believed to be for some seconds, as a sign-in is."""
        now = time.monotonic()
        asked = {one for one in people if self._seen.get(one, 0.0) < now}
        found = self.names(asked)
        if found:
            if len(self._seen) > REMEMBERED:
                self._seen.clear()
            self._seen |= dict.fromkeys(found, now + REMEMBER_S)
        return asked - found.keys()

    def enter(self, person: UUID, name: str, phone: str | None = None, email: str | None = None) -> None:
        """Enters somebody, or writes down a new name."""
        self._reader.rows(_ENTER, (person, name, phone, email))

    def find(self, names: Collection[str], known_to: UUID) -> dict[str, UUID]:
        """The people a body's register names so, entered where they are new. Ids are random: nobody can guess a name from one."""
        given = sorted(set(names))
        found: dict[str, UUID] = {}
        for at in range(0, len(given), 1000):
            some = given[at : at + 1000]
            found |= self._reader.rows(
                _FIND, {"body": known_to, "ids": [uuid7() for _ in some], "names": some}
            )
        return found

    def forget(self, person: UUID) -> bool:
        """Blanks all that is known of somebody. The events stay, with an id that leads nowhere."""
        forgotten = bool(self._reader.rows(_FORGET, (person,)))
        self._seen.pop(person, None)
        return forgotten

    def token(self, id: str) -> TokenRow | None:
        """The token with this id."""
        rows = self._reader.rows(_TOKEN, (id,))
        return TokenRow(rows[0][0], bytes(rows[0][1]), *rows[0][2:]) if rows else None

    def add_token(
        self,
        id: str,
        secret: bytes,
        account: UUID,
        *,
        label: str,
        at: datetime,
        until: datetime | None = None,
    ) -> None:
        """Keeps a fresh token."""
        self._reader.rows(_ADD, (id, secret, account, label, at, until))

    def revoke(self, account: UUID, label: str) -> int:
        """Makes the account's tokens with this label useless; how many that were."""
        return len(self._reader.rows(_REVOKE, (account, label)))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time: who founds an installation, or lets somebody in for the first time."""
        with self._reader.connection() as connection:
            connection.execute(_ALONE)
            try:
                yield
            finally:
                connection.execute(_TOGETHER)

    def has_token(self, account: UUID) -> bool:
        """Whether the account ever had a token."""
        return bool(self._reader.rows(_ANY, (account,))[0][0])
