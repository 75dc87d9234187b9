"""One command being decided: who asks, what it reads, what it records.

A use case is a plain function `(command, **input) -> outcome`. It loads things, asks the rules, tells the things, and returns the
ids a caller needs. Every stream it loads becomes a guard, so a decision can never rest on something that has changed since.
Nothing here reads a clock or makes an id out of the air: both are handed in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from msgspec import Struct

from domain.account import Account
from domain.aggregate import Fact, Meta, Recorded, Root, Stamp
from domain.availability import Match, Wanted
from domain.refusals import InTheFuture, NotYours, StaleVersion, TooMany, Unknown
from domain.values import ROOT, ClassCode, Role

R = TypeVar("R", bound=Root)

CLOCK_SKEW = timedelta(minutes=5)
MOST_THINGS = 3000

Read = Callable[[Sequence[UUID]], Mapping[UUID, Sequence[Recorded]]]
Owners = Callable[[str, Sequence[str]], Mapping[str, UUID]]
Hands = Callable[[UUID], int]
InCustody = Callable[[UUID, UUID], Sequence[UUID]]
FactAt = Callable[[UUID, int], Recorded | None]


class OpenLoan(NamedTuple):
    """A loan of which something is out: when the first of it is due, and whether its receipt is still unsigned."""

    loan: UUID
    due: datetime | None
    unsigned: bool


OpenLoans = Callable[[UUID, UUID, datetime | None], Sequence[OpenLoan]]
Candidates = Callable[[Wanted], Sequence[UUID]]
Waiting = Callable[[ClassCode], Sequence[UUID]]
Matches = Callable[[Sequence[Wanted], timedelta], Sequence[Sequence[Match]]]


class Known(Protocol):
    """A thing that need not be read, for one command alone; `None` when it has to be."""

    def __call__(self, kind: type[R], id: UUID) -> R | None: ...


def unknown(kind: type[R], id: UUID) -> R | None:
    """Everything is read."""
    return None


class Envelope(Struct, frozen=True, kw_only=True):
    """What every command carries besides its input."""

    account: UUID
    command_id: UUID
    body: UUID | None = None
    occurred_at: datetime | None = None
    device: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()
    expected: Mapping[UUID, int] = {}
    os_user: str = ""


class Command:
    """The context a use case decides in."""

    def __init__(
        self, envelope: Envelope, use_case: str, *, now: datetime, read: Read, owners: Owners, new_id: Callable[[], UUID],
        fact_at: FactAt | None = None, hands: Hands | None = None, candidates: Candidates | None = None,
        matches: Matches | None = None, waiting: Waiting | None = None, open_loans: OpenLoans | None = None,
        in_custody: InCustody | None = None, known: Known = unknown, draw: Callable[[], int] | None = None,
    ) -> None:  # fmt: skip
        self.envelope, self.use_case, self.now, self.new_id = envelope, use_case, now, new_id
        self.occurred_at = envelope.occurred_at or now
        self._read, self._owners, self._fact_at, self._hands, self._known = (
            read,
            owners,
            fact_at,
            hands,
            known,
        )
        self._candidates, self._matches, self._waiting, self._open_loans = (
            candidates,
            matches,
            waiting,
            open_loans,
        )
        self._in_custody, self._draw = in_custody, draw
        self.roots: dict[UUID, Root] = {}
        self.numbered: list[tuple[UUID, Fact]] = []
        self.claims: list[tuple[str, str, UUID]] = []
        self.releases: list[tuple[str, str, UUID]] = []
        self.dated: dict[UUID, datetime] = {}
        self._seen: dict[UUID, Sequence[Recorded]] = {}
        self.worked_out: dict[object, Any] = {}
        """Answers that stay the same while this command is decided: asked for every line, worked out once."""
        account = known(Account, envelope.account)
        if account is None:
            recorded = self._recorded(envelope.account)
            account = Account.replay(envelope.account, recorded if belongs(Account, recorded) else ())
        if account.closed or account.person is None or account.body is None:
            raise NotYours("account", needs="open_account")
        if envelope.body is not None and envelope.body != account.body:
            scopes = {grant.scope for grant in account.grants}
            if envelope.body not in scopes and ROOT not in scopes and account.body != ROOT:
                raise NotYours("actingBody", needs="actingBody")
        if self.occurred_at > now + CLOCK_SKEW:
            raise InTheFuture("occurredAt", occurred_at=self.occurred_at.isoformat())
        self.person = account.person
        self.acting_body = envelope.body or account.body
        self.meta = Meta(
            account=envelope.account, person=self.person, body=self.acting_body, command=envelope.command_id, use_case=use_case,
            device=envelope.device, reason=envelope.reason, evidence=envelope.evidence, os_user=envelope.os_user,
        )  # fmt: skip
        self.account = self._enter(account)

    def load(self, kind: type[R], id: UUID, path: str = "id") -> R:
        """The thing with this id. Raises `Unknown` when there is none of that kind, `StaleVersion` when the asker saw an older one."""
        root = self.roots.get(id)
        if root is None:
            root = self._known(kind, id)
            if root is None:
                root = self._fold(kind, id, self._recorded(id), path)
            self._enter(root)
        if not isinstance(root, kind) or (root.version == 0 and not root.pending):
            raise Unknown(path, id=str(id))
        return root

    def load_all(self, kind: type[R], ids: Iterable[UUID], path: str = "ids") -> list[R]:
        """The things with these ids, in their order, read in one go."""
        wanted = list(ids)
        if len(wanted) > MOST_THINGS:
            raise TooMany(path, most=MOST_THINGS)
        self.read_together(wanted)
        return [self.load(kind, id, path) for id in wanted]

    def read_together(self, ids: Iterable[UUID]) -> None:
        """Reads streams that are going to be loaded by one question to the log."""
        missing = [id for id in ids if id not in self._seen]
        if missing:
            self._seen.update(self._read(missing))

    def begin(self, kind: type[R], id: UUID | None = None) -> R:
        """A thing nothing has happened to yet. With an id made from a name, it may exist already: look at its version."""
        if id is None:
            return self._enter(kind(self.new_id()))
        found = self.roots.get(id)
        if found is None:
            there = id.version == 5
            found = self._known(kind, id) if there else None
            if found is None:
                found = self._fold(kind, id, self._recorded(id) if there else ())
            self._enter(found)
        return found  # type: ignore[return-value]  # the same id was begun as the same kind

    def load_any(self, kinds: Sequence[type[Root]], id: UUID, path: str = "id") -> Root:
        """The thing with this id, which may be of one of several kinds (a scope is a body or a place)."""
        found = self.roots.get(id)
        if found is None:
            found = next((known for kind in kinds if (known := self._known(kind, id)) is not None), None)
            if found is None:
                recorded = self._recorded(id)
                kind = next((kind for kind in kinds if recorded and belongs(kind, recorded)), None)
                if kind is None:
                    raise Unknown(path, id=str(id))
                found = kind.replay(id, recorded)
            self._enter(found)
        if not isinstance(found, tuple(kinds)):
            raise Unknown(path, id=str(id))
        return found

    def in_hands(self, root: Root) -> int:
        """How many assets, open papers and places a loaded body has, or how many things are at a loaded place.

        Counted at a position of the log no older than this call: a caller who needs it to hold until the append makes sure that
        whatever could add to it changes a stream that this command loaded (docs/decisions/0006-closing-a-body.md).
        """
        if self._hands is None:
            raise RuntimeError("whoever made this command cannot count what is in hands")
        return self._hands(root.id)

    def draw(self) -> int:
        """60 bits that nobody can foresee: what a label's token is made of."""
        if self._draw is None:
            raise RuntimeError("whoever made this command cannot draw by lot")
        return self._draw()

    def in_custody(self, person: UUID, body: UUID) -> Sequence[UUID]:
        """Things that a person may have as the custodian of an accountable body: what the read models say at the end of the log. The
        decision loads them and looks for itself.
        """
        if self._in_custody is None:
            raise RuntimeError("whoever made this command cannot see what people have in custody")
        return self._in_custody(person, body)

    def candidates(self, wanted: Wanted) -> Sequence[UUID]:
        """Listed assets that may serve a wish, the best first: those with the least other claims. Only a hint from the read models
        at the end of the log: the decision loads them and asks the domain what is free (docs/decisions/0013-reserving-a-class.md).
        """
        if self._candidates is None:
            raise RuntimeError("whoever made this command cannot look for candidates")
        found: Sequence[UUID] | None = self.worked_out.get(wanted)
        if found is None:  # everybody in a queue may want the same
            found = self.worked_out[wanted] = self._candidates(wanted)
        return found

    def matches(self, wanted: Sequence[Wanted], soon: timedelta) -> Sequence[Sequence[Match]]:
        """For each wish what is offered, by place and holder: free in its window, or coming free within `soon` of its start.

        What the read models say at the end of the log. It is evidence of an answer, not a promise: nothing of it is guarded.
        """
        if self._matches is None:
            raise RuntimeError("whoever made this command cannot look for matches")
        return self._matches(wanted, soon)

    def waiting_for(self, code: ClassCode) -> Sequence[UUID]:
        """The demands that wait for a class, for a part of it or for a wider one, first in the queue first: what the read models say
        at the end of the log. The decision loads those that matter.
        """
        if self._waiting is None:
            raise RuntimeError("whoever made this command cannot see the queue")
        return self._waiting(code)

    def open_loans(self, borrower: UUID, point: UUID, late_at: datetime | None = None) -> Sequence[OpenLoan]:
        """What an accountable body has out at a lending point, by the read models as they are at this moment: which loans to look at.

        `late_at`: what is neither due by then nor unsigned may be left out.
        """
        if self._open_loans is None:
            raise RuntimeError("whoever made this command cannot see what is out")
        return self._open_loans(borrower, point, late_at)

    def next_in(self, series: UUID, fact: Fact) -> None:
        """Appends to a series whose next version the log gives under its lock: gapless numbers, nobody waits for anybody."""
        self.numbered.append((series, fact))

    def fact_at(self, stream: UUID, version: int) -> Recorded | None:
        """One recorded fact, by the place it has for ever; no guard is needed for what cannot change."""
        if self._fact_at is not None:
            return self._fact_at(stream, version)
        return next((one for one in self._read([stream]).get(stream, ()) if one.version == version), None)

    def claim(self, kind: str, key: str, owner: UUID) -> None:
        """Makes (kind, key) this owner's for good; the log refuses a second owner."""
        self.claims.append((kind, key, owner))

    def release(self, kind: str, key: str, owner: UUID) -> None:
        self.releases.append((kind, key, owner))

    def owner_of(self, kind: str, key: str) -> UUID | None:
        return self._owners(kind, [key]).get(key)

    def owners_of(self, kind: str, keys: Sequence[str]) -> Mapping[str, UUID]:
        return self._owners(kind, keys)

    def date(self, root: Root, occurred_at: datetime) -> None:
        """Gives one thing's facts a date of their own: a line of a taken-over file has its own day."""
        self.dated[root.id] = occurred_at
        self._stamp(root)

    def may(self, role: Role, *scopes: UUID | None) -> bool:
        """Whether the account has this role in one of these scopes. A grant at the root body holds everywhere."""
        return any(
            grant.role is role and (grant.scope == ROOT or grant.scope in scopes)
            for grant in self.account.grants
        )

    def must(self, roles: Iterable[Role], *scopes: UUID | None) -> None:
        """Deny by default. Raises `NotYours`."""
        if not any(self.may(role, *scopes) for role in roles):
            raise NotYours("account", needs=", ".join(role.value for role in roles))

    def _fold(self, kind: type[R], id: UUID, recorded: Sequence[Recorded], path: str = "id") -> R:
        if not belongs(kind, recorded):
            raise Unknown(path, id=str(id))
        return kind.replay(id, recorded)

    def _enter(self, root: R) -> R:
        expected = self.envelope.expected.get(root.id) if self.envelope.expected else None
        if expected is not None and expected != root.version:
            raise StaleVersion(root.id, expected, root.version)
        self.roots[root.id] = root
        self._stamp(root)
        return root

    def _recorded(self, id: UUID) -> Sequence[Recorded]:
        found = self._seen.get(id)
        if found is None:
            found = self._seen[id] = self._read([id]).get(id, ())
        return found

    def _stamp(self, root: Root) -> None:
        at = self.dated.get(root.id, self.occurred_at) if self.dated else self.occurred_at
        root.stamp = Stamp(root.version, at, self.meta)


def belongs(kind: type[Root], recorded: Sequence[Recorded]) -> bool:
    """Whether a stream is one of this kind (an empty one may become one)."""
    return not recorded or recorded[0].fact.TOPIC.startswith(kind.KIND + ".")


Outcome = Mapping[str, Any]
