"""How long does it take to say how many of a class are free in a window? Against a bare count of the claims that overlap it.

One class of 10,000 units has 100,000 claims in a year, some 4,000 of them in the window. The bare count reads the same claims from a
table of its own by the same kind of index; it knows neither units nor rights nor the domain's rule. `availability.page` is a GraphQL
page of 50 classes with their free numbers against the same page without them.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from uuid import UUID

import psycopg

from benchmarks.driver import request
from benchmarks.figures import Row, in_turn, row
from benchmarks.page import rate
from benchmarks.rebuild import happening
from benchmarks.serving import Server
from benchmarks.site import Site
from domain.asset import Kind
from domain.ids import uuid7
from domain.life.pooling import Listed, Reserved
from domain.life.registering import Description, Source, TakenOver
from domain.values import ClassCode, Condition, Window
from projections import classes
from projections.reach import NOTHING_BUT_OFFERS
from projections.store.recorder import Accepted, Append, NewEvent

UNITS, CLAIMS_PER_UNIT = 10_000, 10
OTHER_CLASSES, UNITS_PER_CLASS = 50, 100
CLASS = "C00000001"
NOW = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0)
SLOT, LOAN = timedelta(days=36.5), timedelta(days=3)
ASKED = Window(NOW + timedelta(days=150), NOW + timedelta(days=159))
MOST_MS, MOST_TIMES = 10.0, 3.0

BARE = (
    "SELECT count(*) FROM public.bare_claim WHERE code = %s AND tstzrange(start, until) && tstzrange(%s, %s)"
)
BARE_TABLE = """
DROP TABLE IF EXISTS public.bare_claim;
CREATE TABLE public.bare_claim AS SELECT class_code AS code, asset, quantity, start, ready AS until FROM availability.claim;
CREATE INDEX ON public.bare_claim USING gist (code, tstzrange(start, until));
ANALYZE public.bare_claim
"""
PAGE = """query Page($window: WindowFilter) { catalogue(first: 50, classCode: "B", window: $window) {
  nodes { scheme edition code assets usable offered free } pageInfo { hasNextPage } } }"""


def fill(site: Site) -> None:
    """The class with its claims, and fifty smaller ones, through the log."""
    gathered: list[NewEvent] = []
    for event in _lives(site.world.offices, site.world.borrower, site.world.warehouse):
        gathered.append(event)
        if len(gathered) >= 5_000:
            _append(site, gathered)
            gathered = []
    _append(site, gathered)
    site.installation.runner.catch_up()


def run(site: Site, server: Server, *, seconds: float, rounds: int) -> list[Row]:
    """Rows availability and availability.page."""
    with psycopg.connect(site.installation.logins.owner, autocommit=True) as owner:
        owner.execute(BARE_TABLE)
        found = _asked(site)
        overlapping = _counted(owner)
        if not 3_500 <= overlapping <= 4_500 or found != UNITS - _claimed(owner):
            raise RuntimeError(f"{overlapping} claims in the window, {found} units free")
        ours, bare = in_turn(rounds, lambda: _ms(lambda: _asked(site)), lambda: _ms(lambda: _counted(owner)))
    token = site.tokens[0]
    window = {"start": ASKED.start.isoformat(), "end": ASKED.end.isoformat()}
    with_free = [
        request("/graphql", token, json.dumps({"query": PAGE, "variables": {"window": window}}).encode())
    ]
    without = [request("/graphql", token, json.dumps({"query": PAGE}).encode())]
    shown, plain = in_turn(
        rounds, lambda: 1000 / rate(server, lambda: _again(with_free), b'"free":', seconds, clients=1),
        lambda: 1000 / rate(server, lambda: _again(without), b'"free":null', seconds, clients=1),
    )  # fmt: skip
    return [
        row("availability", ours, "ms", limit=bare, better="lower", target=MOST_MS, target_of="value"),
        row("availability.page", shown, "ms/request", limit=plain, better="lower", target=MOST_TIMES),
    ]


def _lives(holder: UUID, borrower: UUID, place: UUID) -> Iterator[NewEvent]:
    random = Random(1)
    for n in range(UNITS):
        yield from _unit(random, n, CLASS, CLAIMS_PER_UNIT, holder, borrower, place)
    for n in range(OTHER_CLASSES * UNITS_PER_CLASS):
        yield from _unit(random, n, f"B{n % OTHER_CLASSES:08d}", 2, holder, borrower, place)


def _unit(
    random: Random, n: int, code: str, claims: int, holder: UUID, borrower: UUID, place: UUID
) -> Iterator[NewEvent]:
    id = uuid7()
    said = Description(
        name="投影仪", kind=Kind.SERIALISED, quantity=1, class_code=ClassCode("bench", "2022", code)
    )
    source = Source("cd" * 32, n, NOW - timedelta(days=1))
    yield happening(
        id,
        TakenOver(
            said=said,
            number=f"GW-{id.hex}",
            holder=holder,
            source=source,
            place=place,
            condition=Condition.GOOD,
        ),
        NOW,
    )
    yield happening(id, Listed(listing=uuid7(), loan=True), NOW)
    for slot in range(claims):
        start = NOW + SLOT * slot + (SLOT - LOAN) * random.random()
        yield happening(
            id,
            Reserved(reservation=uuid7(), body=borrower, quantity=1, window=Window(start, start + LOAN)),
            NOW,
        )


def _append(site: Site, events: list[NewEvent]) -> None:
    verdict = site.installation.recorder.append(
        Append(site.world.offices, uuid7(), b"-", events=tuple(events)), 60
    )
    if not isinstance(verdict, Accepted):
        raise TypeError(verdict)


def _asked(site: Site) -> int:
    with site.installation.reader.connection() as connection:
        return sum(
            one.free for one in classes.free_of_class(connection, NOTHING_BUT_OFFERS, CLASS, ASKED, NOW)
        )


def _counted(owner: psycopg.Connection[tuple[int]]) -> int:
    found = owner.execute(BARE, (CLASS, ASKED.start, ASKED.end)).fetchone()
    return found[0] if found else 0


def _claimed(owner: psycopg.Connection[tuple[int]]) -> int:
    found = owner.execute(
        BARE.replace("count(*)", "count(DISTINCT asset)"), (CLASS, ASKED.start, ASKED.end)
    ).fetchone()
    return found[0] if found else 0


def _ms(ask: Callable[[], int], times: int = 30) -> float:
    """The median of some tries, in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return median(took) * 1000


def _again(requests: list[bytes]) -> Iterator[bytes]:
    while True:
        yield from requests
