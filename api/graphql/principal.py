"""Who is asking: a bearer token `gw_<id>_<secret>` becomes a principal.

The secret has 256 random bits, so its SHA-256 is all that is stored and no slow hash is needed. A sign-in is
remembered for a few seconds at most: a revoked token stops working within that time. Failures are counted per
address; they hold back only further failures, for an office behind one address must not be locked out by one bad till.
"""

import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

TOKEN = re.compile(r"gw_([a-z0-9]{4,32})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Principal:
    """An account that has signed in, and with which token."""

    account: UUID
    token: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A row of `directory.token`."""

    id: str
    secret_sha256: bytes
    account: UUID
    label: str = ""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class NotSignedIn(Exception):
    """No token, or none that is good."""


class TooManyAttempts(Exception):
    """This address has failed too often; `retry_s` until it may try again."""

    def __init__(self, retry_s: int) -> None:
        super().__init__(retry_s)
        self.retry_s = retry_s


def new_token() -> tuple[str, str, bytes]:
    """A fresh token: its id, its text (shown once), and what is stored of its secret."""
    name, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return name, f"gw_{name}_{secret}", hashlib.sha256(secret.encode()).digest()


class SignIn:
    """Checks tokens. `find` looks a token up by its id; `monotonic` and `now` are the two clocks."""

    def __init__(
        self,
        find: Callable[[str], StoredToken | None],
        *,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
        remember_s: float = 5.0,
        remember_most: int = 10_000,
        failures: int = 20,
        per_s: float = 60.0,
    ) -> None:
        self._find, self._monotonic, self._now = find, monotonic, now
        self._remember_s, self._most, self._failures, self._per_s = remember_s, remember_most, failures, per_s
        self._known: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._failed: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def known(self, authorization: str | None) -> Principal | None:
        """The principal of a token checked a moment ago; touches no table."""
        if not authorization:
            return None
        found = self._known.get(hashlib.sha256(authorization.encode()).digest())
        return found[1] if found is not None and found[0] > self._monotonic() else None

    def check(self, authorization: str | None, address: str) -> Principal:
        """The principal of a token that is good, always; else NotSignedIn, or TooManyAttempts after too many bad ones."""
        known = self.known(authorization)
        if known is not None:
            return known
        token = _token_in(authorization)
        if not token:
            raise NotSignedIn  # nothing was guessed
        principal = self._verified(token)
        if principal is None:
            self._hold_back(address)
            self._note_failure(address)
            raise NotSignedIn
        with self._lock:
            key = hashlib.sha256((authorization or "").encode()).digest()
            self._known[key] = (self._monotonic() + self._remember_s, principal)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return principal

    def forget(self) -> None:
        """Forgets all sign-ins, so that a revocation in this process works at once."""
        with self._lock:
            self._known.clear()

    def _verified(self, token: str) -> Principal | None:
        """Costs one row by its key, and only for what looks like a token."""
        parts = TOKEN.fullmatch(token)
        stored = self._find(parts[1]) if parts else None
        if parts is None or stored is None:
            return None
        given = hashlib.sha256(parts[2].encode()).digest()
        good = hmac.compare_digest(given, stored.secret_sha256)
        expired = stored.expires_at is not None and stored.expires_at <= self._now()
        if not good or expired or stored.revoked_at is not None:
            return None
        return Principal(stored.account, stored.id, stored.label)

    def _hold_back(self, address: str) -> None:
        since, count = self._failed.get(address, (0.0, 0))
        left = since + self._per_s - self._monotonic()
        if count >= self._failures and left > 0:
            raise TooManyAttempts(int(left) + 1)

    def _note_failure(self, address: str) -> None:
        now = self._monotonic()
        with self._lock:
            since, count = self._failed.pop(address, (now, 0))
            self._failed[address] = (since, count + 1) if now - since < self._per_s else (now, 1)
            while len(self._failed) > self._most:
                self._failed.popitem(last=False)


def _token_in(authorization: str | None) -> str:
    """What was given as a bearer token; empty if nothing was."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
