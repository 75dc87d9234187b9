"""How much memory does the server need, without PostgreSQL: when nobody asks anything, and after everybody has?

Growth is from when every kind of request was served a few times (code is loaded, pools are open, caches have something in them) to
the end of the run.
"""

import time

from benchmarks.commands import http_rate
from benchmarks.figures import Row, row
from benchmarks.page import GRAPHQL, Pages, rate
from benchmarks.serving import Server
from benchmarks.site import Site

MOST_MB, MOST_GROWTH = 250, 5.0
CLIENTS = 32


def idle(server: Server) -> float:
    """Just started."""
    time.sleep(1.0)
    return server.memory_mb()


def warmed(site: Site, server: Server, known: int) -> float:
    """After a little of everything."""
    pages = Pages(site, known)
    for _ in range(2):
        http_rate(site, server, CLIENTS, 1.5)
        for requests in (pages.graphql, pages.past):
            rate(server, requests, GRAPHQL, 0.7, clients=CLIENTS)
    time.sleep(1.0)
    return server.memory_mb()


def rows(fresh: float, warm: float, server: Server) -> list[Row]:
    """Rows memory.server.{idle,after,growth}."""
    time.sleep(1.0)
    after = server.memory_mb()
    return [
        row("memory.server.idle", fresh, "MB", better="lower", target=MOST_MB, target_of="value"),
        row("memory.server.after", after, "MB", better="lower", target=MOST_MB, target_of="value"),
        row(
            "memory.server.growth",
            (after / warm - 1) * 100,
            "%",
            better="lower",
            target=MOST_GROWTH,
            target_of="value",
        ),
    ]
