"""Does it stay as fast with a million assets? The same figures beside those of 10,000 assets, in turn.

The million is written through the log like any import: `take_over_assets` in chunks of 1,000, with receipts, while the projections
follow in a process of their own (`gongwu serve`). `import.at_1m` is the last tenth of it against the first.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from benchmarks.commands import http_rate, in_process_rate
from benchmarks.figures import Row, in_turn, row
from benchmarks.page import GRAPHQL, PROGRAM, Pages, rate
from benchmarks.serving import Server, serving
from benchmarks.site import Site, scratch, site
from benchmarks.world import stock
from projections.catalogue import ALL
from projections.rebuild import rebuild

SMALL, LARGE = 10_000, 1_000_000
MOST_SLOWER, MOST_SLOWER_IN_BULK = 1.3, 2.0
THREADS = CLIENTS = 32
BEHIND = 20_000
"""So far the writer may be ahead of the projections."""


def run(
    *, seconds: float, rounds: int, assets: int = LARGE, say: Callable[[str], None] = lambda text: None
) -> list[Row]:
    """Rows *.at_1m."""
    with ExitStack() as stack:
        sites = [stack.enter_context(site(stack.enter_context(scratch()))) for _ in range(2)]
        with ExitStack() as running:
            servers = [running.enter_context(serving(one.data_dir, program=PROGRAM)) for one in sites]
            took = [_fill(one, count, say) for one, count in zip(sites, (SMALL, assets), strict=True)][1]
            known = [one.installation.recorder.head() for one in sites]
            rows = _bulk(took, assets) + _compared(sites, servers, known, seconds, rounds)
        return rows + _rebuilt(sites, say)


def _fill(place: Site, count: int, say: Callable[[str], None], step: int = 10_000) -> list[float]:
    """Writes the assets, never far ahead of the projections; the seconds each tenth took."""
    took, began = [], time.perf_counter()
    runner, recorder = place.installation.runner, place.installation.recorder
    tenth = max(step, count // 10)
    for start in range(0, count, step):
        stock(place.installation.desk, place.world, min(step, count - start), f"L{start:07d}")
        _wait(runner.status, recorder.head() - BEHIND)
        if (start + step) % tenth == 0 or start + step >= count:
            _wait(runner.status, recorder.head())
            now = time.perf_counter()
            took.append(now - began)
            began = now
            say(f"{start + step:,} of {count:,} assets, the last {tenth:,} at {tenth / took[-1]:,.0f}/s")
    place.shuffle()
    return took


def _wait(status: Callable[[], dict[str, dict[str, object]]], position: int) -> None:
    while any(int(str(one["position"])) < position for one in status().values()):
        time.sleep(0.05)


def _bulk(took: list[float], assets: int) -> list[Row]:
    tenth = assets / len(took)
    return [
        row("import.1m", assets / sum(took), "assets/s"),
        row(
            "import.at_1m", took[-1] / tenth * 1000, "ms/asset", limit=took[0] / tenth * 1000, better="lower",
            target=MOST_SLOWER_IN_BULK,
        ),
    ]  # fmt: skip


def _compared(
    sites: list[Site], servers: list[Server], known: list[int], seconds: float, rounds: int
) -> list[Row]:
    pages = [Pages(one, at) for one, at in zip(sites, known, strict=True)]
    measures: dict[str, tuple[str, Callable[[int], float]]] = {
        "command.in_process.32": ("ms/command", lambda n: in_process_rate(sites[n], THREADS, seconds)),
        "command.http.32": ("ms/command", lambda n: http_rate(sites[n], servers[n], CLIENTS, seconds)),
        "page.100": ("ms/request", lambda n: rate(servers[n], pages[n].graphql, GRAPHQL, seconds)),
        "page.100.as_of": ("ms/request", lambda n: rate(servers[n], pages[n].past, GRAPHQL, seconds)),
    }
    rows = []
    for name, (unit, measure) in measures.items():
        small, large = in_turn(rounds, partial(measure, 0), partial(measure, 1))
        rows.append(
            row(f"{name}.at_1m", 1000 / large, unit, limit=1000 / small, better="lower", target=MOST_SLOWER)
        )
    return rows


def _rebuilt(sites: list[Site], say: Callable[[str], None]) -> list[Row]:
    """Per event, after the servers have gone."""
    cost = []
    for one in sites:
        began = time.perf_counter()
        done = rebuild(one.installation.logins.projector, ALL)
        took = time.perf_counter() - began
        wrong = [name.name for name in done if name.same is False]
        if wrong:
            raise RuntimeError(f"rebuilt and live differ: {wrong}")
        cost.append(took / done[0].events * 1_000_000)
        say(f"rebuilt {done[0].events:,} events in {took:.1f} s")
    return [
        row("rebuild.at_1m", cost[1], "µs/event", limit=cost[0], better="lower", target=MOST_SLOWER_IN_BULK)
    ]
