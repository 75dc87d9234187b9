"""How many lend and return commands per second, in process and over HTTP, against bare single-row INSERTs on the same server?

A command is accepted: loaded, decided, appended with full metadata, slip and receipt. Each thread or client works on assets of its own,
and no asset's stream gets longer than twelve events. Over HTTP the server is a process of its own, which also keeps the projections up
to date; server, database and driver share the machine.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from benchmarks.append import THREADS, bare_inserts, rate
from benchmarks.driver import drive, request
from benchmarks.figures import Row, in_turn, row
from benchmarks.serving import Server
from benchmarks.site import Site
from benchmarks.world import BORROWING_PERSON, SIGNED_SLIP, World, ask
from domain.ids import uuid7
from domain.papers.loan import LoanLine
from domain.usecases.returning import ReturnLine
from domain.values import Signature, SignedBy
from projections.desk import Desk

CLIENTS = (8, 32)
FLOOR_AT_32 = 0.2
FLOOR_OVER_HTTP = 400
LOANS_PER_ASSET = 5
_TEN = 2 * LOANS_PER_ASSET

LEND = """mutation Lend($input: LendInput!) {
  lend(input: $input) { __typename ... on LendPayload { position loanId } ... on UserError { code message } }
}"""
TAKE_BACK = """mutation TakeBack($input: TakeBackInput!) {
  takeBack(input: $input) { __typename ... on TakeBackPayload { position loanIds } ... on UserError { code message } }
}"""
ACCEPTED = b'"position":'


def in_process(site: Site, *, seconds: float, rounds: int, threads: Sequence[int] = THREADS) -> list[Row]:
    """Rows command.in_process.{1,8,32}."""
    owner, rows = site.installation.logins.owner, list[Row]()
    for n in threads:
        ours, bare = in_turn(
            rounds, partial(in_process_rate, site, n, seconds), partial(bare_inserts, owner, n, seconds)
        )
        rows.append(
            row(
                f"command.in_process.{n}",
                ours,
                "commands/s",
                limit=bare,
                target=FLOOR_AT_32 if n == 32 else None,
            )
        )
    return rows


def over_http(site: Site, server: Server, *, seconds: float, rounds: int) -> list[Row]:
    """Rows command.http.{8,32}."""
    owner, rows = site.installation.logins.owner, list[Row]()
    for n in CLIENTS:
        ours, bare = in_turn(
            rounds, partial(http_rate, site, server, n, seconds), partial(bare_inserts, owner, n, seconds)
        )
        rows.append(
            row(
                f"command.http.{n}", ours, "commands/s", limit=bare, target=FLOOR_OVER_HTTP, target_of="value"
            )
        )
    return rows


def in_process_rate(site: Site, threads: int, seconds: float) -> float:
    """Commands per second by so many threads of this process."""
    return rate([_borrower(site) for _ in range(threads)], seconds)


def http_rate(site: Site, server: Server, clients: int, seconds: float) -> float:
    """Commands per second by so many clients of the server."""
    streams = [_requests(site, site.tokens[n % len(site.tokens)]) for n in range(clients)]
    return drive(server.address, streams, seconds, sign=ACCEPTED)


def _borrower(site: Site) -> Callable[[], None]:
    """One command at each call: lend, take back, lend …"""
    steps = _steps(site, site.installation.desk, site.world)
    return lambda: next(steps)


def _steps(site: Site, desk: Desk, world: World) -> Iterator[None]:
    while True:
        asset = site.take()
        for _ in range(LOANS_PER_ASSET):
            loan = lend(desk, world, asset)
            yield
            ask(desk, "take_back", lines=(ReturnLine(asset=asset),), place=world.warehouse, loan=loan)
            yield


def lend(desk: Desk, world: World, asset: UUID) -> UUID:
    due = datetime.now(UTC) + timedelta(days=30)
    receiver = Signature(BORROWING_PERSON, SignedBy.PAPER, SIGNED_SLIP)
    outcome = ask(
        desk, "lend", lines=(LoanLine(asset, 1),), borrower=world.borrower, receiver=receiver, due=due
    )
    return UUID(outcome["loan"])


def _requests(site: Site, token: str) -> Iterator[bytes]:
    """Lend, take back, lend … over HTTP; only the ids differ from one request to the next."""
    world = site.world
    due = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    lending = _template(
        LEND, token, lines=[{"asset": "%(asset)s", "quantity": 1}], borrower=str(world.borrower), due=due,
        receiver={"person": str(BORROWING_PERSON), "how": "PAPER", "scan": SIGNED_SLIP},
    )  # fmt: skip
    returning = _template(TAKE_BACK, token, lines=[{"asset": "%(asset)s"}], place=str(world.warehouse))
    while True:
        asset = str(site.take()).encode()
        for at in range(_TEN):
            template = returning if at % 2 else lending
            yield template % {b"asset": asset, b"command": str(uuid7()).encode()}


def _template(document: str, token: str, **given: Any) -> bytes:
    ids = {"commandId": "%(command)s", **given}
    body = json.dumps({"query": document, "variables": {"input": ids}}).encode()
    # Both ids are 36 characters, their places 11 and 9: the length must be that of the finished body.
    length = len(body % {b"asset": b"-" * 36, b"command": b"-" * 36})
    made = request("/graphql", token, body)
    return made.replace(f"Content-Length: {len(body)}".encode(), f"Content-Length: {length}".encode(), 1)
