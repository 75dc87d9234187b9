"""The ground a replay stands on: the pool, the agencies, the people, the terms, and a desk whose clock is in the replay's hands."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from api.imports.record import POOL, POOL_NAME
from api.installation import Installation
from benchmarks.replay_record import Agency, Kind
from benchmarks.world import SIGNED_SLIP, SLIP_FILE
from domain.asset import Kind as Sort
from domain.body import Level
from domain.command import Envelope
from domain.ids import uuid7
from domain.life.registering import Description
from domain.terms import RINGS, ApprovalChain, ChainCase, Form, Round, Scope, SharingRounds, Step
from domain.usecases.importing import OldBody
from domain.usecases.taking_over import OldRow
from domain.values import CONSOLE, ROOT, SPACE, Condition, Role, Signature, SignedBy
from projections.desk import Decided, Desk
from projections.open_loans import OpenLoans

LONG_BEFORE = datetime(2010, 1, 1, tzinfo=UTC)
CHUNK = 1000
DEADLINE_S = 120.0
SIGNER = uuid5(SPACE, "replay:signer")
PEOPLE = {
    "asker": (Role.OFFICER,),
    "state": (Role.APPROVER,),
    "pool": (Role.APPROVER,),
    "headquarters": (Role.APPROVER,),
    "keeper": (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER),
}
"""Who acts: the record names nobody, so one person asks for all agencies, and each of three others decides one step of all requests."""
STEPS = {Step.OWN_BODY: "state", Step.HOLDER: "pool", Step.OFFICES_ADMINISTRATION: "headquarters"}
CHAIN = ApprovalChain(
    cases=(ChainCase(form=Form.TRANSFER, steps=tuple(STEPS)), ChainCase(form=Form.LOAN, steps=(Step.HOLDER,)))
)
AT_ONCE = SharingRounds(rounds=tuple(Round(ring) for ring in RINGS))


class Clock(threading.local):
    """What time it is, for each thread by itself."""

    now = LONG_BEFORE

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Ground:
    """An installation in which any time can be replayed."""

    installation: Installation
    clock: Clock
    desk: Desk
    bodies: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    commands: list[None] = field(default_factory=list)

    def by(self, who: str, use_case: str, *, reason: str = "", **input: Any) -> Decided:
        """What becomes of one command at the clock's time."""
        self.commands.append(None)  # a list, because threads append to it safely
        envelope = Envelope(account=self.people.get(who, CONSOLE), command_id=uuid7(), reason=reason)
        return self.desk.execute(use_case, envelope, input, DEADLINE_S)

    def must(self, who: str, use_case: str, **input: Any) -> Any:
        """One command that has to be accepted."""
        decided = self.by(who, use_case, **input)
        if decided.refused:
            raise RuntimeError((use_case, decided.refused, decided.path, dict(decided.values)))
        return decided.outcome

    @property
    def receiver(self) -> Signature:
        """Whoever receives signs by hand."""
        return Signature(SIGNER, SignedBy.PAPER, SIGNED_SLIP)

    def enter(self, agencies: Iterable[Agency], receiving: Iterable[Agency]) -> None:
        """Enters agencies, and somebody who signs for those that receive."""
        new = {one.key: one for one in agencies if one.key not in self.bodies}
        rows = [
            OldBody(key=key, name=one.name, region=f"US-{one.state}", level=Level.COUNTY, since=LONG_BEFORE)
            for key, one in new.items()
        ]
        for start in range(0, len(rows), CHUNK):
            made = self.must("console", "take_over_bodies", rows=tuple(rows[start : start + CHUNK]))["bodies"]
            self.bodies |= zip((row.key for row in rows[start : start + CHUNK]), map(UUID, made), strict=True)
        for key in {one.key for one in receiving}:
            self.must("console", "name_duty_person", body=self.bodies[key], person=SIGNER)

    def stocked(self, label: str, stock: dict[Kind, int]) -> tuple[UUID, dict[Kind, UUID]]:
        """A warehouse with one lot of each kind, at the clock's time; nothing is listed yet."""
        place = self.must(
            "console", "register_warehouse", name=label, code=f"R{uuid7().hex[-6:].upper()}", owner=POOL, operator=POOL,
            time_zone="UTC",
        )["place"]  # fmt: skip
        store, kinds = UUID(place), list(stock)
        file = sha256(label.encode()).hexdigest()
        rows = [_lot(n, kind, stock[kind], store, f"{file[:12]}:{n}") for n, kind in enumerate(kinds, 1)]
        for start in range(0, len(rows), CHUNK):
            some = tuple(rows[start : start + CHUNK])
            told = self.must("console", "take_over_assets", file=file, cut_off=self.clock.now, rows=some)
            if told["created"] != len(some):
                raise RuntimeError(told)
        owners = self.installation.recorder.owners("row", [row.identity for row in rows])
        return store, {kind: owners[row.identity] for kind, row in zip(kinds, rows, strict=True)}


def lay(installation: Installation) -> Ground:
    """The pool, the people and the terms: every round is open at once; the agency, the pool and its administration decide."""
    clock = Clock()
    ground = Ground(
        installation,
        clock,
        Desk(installation.recorder, clock=clock, open_loans=OpenLoans(installation.reader)),
    )
    headquarters = ground.must(
        "console", "register_body", name="headquarters", level=Level.COUNTY, region="US"
    )["body"]
    ground.must(
        "console",
        "register_body",
        name=POOL_NAME,
        id=POOL,
        level=Level.COUNTY,
        region="US",
        offices_administration=UUID(headquarters),
    )
    for name, roles in PEOPLE.items():
        access = installation.accounts.open(
            name,
            ROOT,
            [(role, ROOT) for role in roles],
            installation.envelope,
            name=f"replay {name}",
            label="bench",
        )
        ground.people[name] = access.account
    installation.directory.enter(SIGNER, "signer")
    installation.evidence.put([SLIP_FILE], "application/pdf")
    terms: Sequence[tuple[str, Any]] = (("set_approval_chain", CHAIN), ("set_sharing_rounds", AT_ONCE))
    for use_case, set_to in terms:
        ground.must(
            "console",
            use_case,
            scope=Scope(),
            valid_from=date(2000, 1, 1),
            document="replay",
            terms=set_to,
            reason="the record begins long ago",
        )
    return ground


def _lot(row: int, kind: Kind, quantity: int, place: UUID, identity: str) -> OldRow:
    said = Description(name=kind.item, kind=Sort.LOT, quantity=quantity, unit=kind.unit, class_code=kind.code)
    return OldRow(row=row, said=said, holder=POOL, identity=identity, place=place, condition=Condition.GOOD)
