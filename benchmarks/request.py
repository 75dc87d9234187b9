"""How many whole processes per second: asked for, decided by both bodies, scanned, handed over with both signatures?

A process is five commands of four people on one asset: `submit_requests`, `approve_request` twice, `pick_unit`, `hand_over_request`.
Its limit is what lend and return commands do in process, in the same run and with as many threads; with nothing else in the way,
five commands would make a ratio of 0.2.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from benchmarks.append import rate
from benchmarks.commands import in_process_rate
from benchmarks.figures import Row, in_turn, row
from benchmarks.site import Site
from benchmarks.world import BORROWING_PERSON, SIGNED_SLIP, ask
from domain.command import Envelope
from domain.ids import uuid7
from domain.place import HOME
from domain.terms import RINGS, Round, Scope, SharingRounds
from domain.usecases.requesting import CartLine
from domain.values import Role, Signature, SignedBy, Window
from projections.desk import Desk

THREADS = 8
PEOPLE = (("officer", Role.OFFICER), ("approver", Role.APPROVER))


def run(site: Site, *, seconds: float, rounds: int) -> list[Row]:
    """Row request.to.loan."""
    people = _people(site)
    _offer(site)

    def processes() -> float:
        return rate([_process(site, people) for _ in range(THREADS)], seconds)

    ours, commands = in_turn(rounds, processes, lambda: in_process_rate(site, THREADS, seconds))
    return [row("request.to.loan", ours, "processes/s", limit=commands)]


def _people(site: Site) -> dict[str, UUID]:
    """Who asks and decides for the borrower, and who decides for the holder."""
    found = {}
    for body, which in ((site.world.borrower, "borrower"), (site.world.offices, "holder")):
        for what, role in PEOPLE:
            access = site.installation.accounts.open(
                f"{which} {what}",
                body,
                [(role, body)],
                site.installation.envelope,
                name=f"{which} {what}",
                label="bench",
            )
            found[f"{which} {what}"] = access.account
    return found


def _offer(site: Site) -> None:
    """Everything is offered, and open to everybody from the first day."""
    at_once = SharingRounds(rounds=tuple(Round(ring) for ring in RINGS))
    ask(
        site.installation.desk, "set_sharing_rounds", scope=Scope(), valid_from=_today(), document="benchmark", terms=at_once
    )  # fmt: skip
    for (asset,) in site.installation.reader.rows("SELECT asset FROM register.current WHERE listing IS NULL"):
        ask(site.installation.desk, "list_asset", asset=asset, loan=True)


def _today() -> date:
    """Where terms for everybody count from."""
    return datetime.now(HOME).date()


def _process(site: Site, people: dict[str, UUID]) -> Callable[[], None]:
    """One whole process at each call."""
    steps = _processes(site, people)
    return lambda: next(steps)


def _processes(site: Site, people: dict[str, UUID]) -> Iterator[None]:
    desk, world, window = site.installation.desk, site.world, _next_week()
    receiver = Signature(BORROWING_PERSON, SignedBy.PAPER, SIGNED_SLIP)
    while True:
        asset = site.take()
        asked = _by(
            desk, people["borrower officer"], "submit_requests", body=world.borrower, purpose="会议",
            lines=(CartLine(asset=asset),), window=window,
        )  # fmt: skip
        request = UUID(asked["requests"][0])
        for who in ("borrower approver", "holder approver"):
            _by(desk, people[who], "approve_request", request=request)
        ask(desk, "pick_unit", request=request, asset=asset)
        ask(desk, "hand_over_request", request=request, receiver=receiver)
        yield


def _by(desk: Desk, account: UUID, use_case: str, **input: Any) -> Any:
    decided = desk.execute(use_case, Envelope(account=account, command_id=uuid7()), input, 60)
    if decided.refused:
        raise RuntimeError((use_case, decided.refused, decided.path, decided.values))
    return decided.outcome


def _next_week() -> Window:
    """From Tuesday to Thursday of the week after next, at two in the afternoon of the warehouse: it is open then."""
    today = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    tuesday = today + timedelta(days=14 - today.weekday() + 1)
    return Window(tuesday, tuesday + timedelta(days=2))
