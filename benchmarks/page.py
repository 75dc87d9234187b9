"""How many GraphQL pages of 100 assets x 12 fields per second, against a route written by hand for just this page?

The route is in the same server process (`benchmarks/page_server.py`): same pool, same sign-in, same reading rights, one SQL statement,
orjson. Both are asked for the same pages, from anywhere in the register, in turn. `page.100.as_of` asks for the same pages as the
register was at a past moment by what was known at a past position.
"""

import json
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlencode

from api.graphql.paging import mark_of, write_cursor
from api.schema.assets import BY_NUMBER
from benchmarks.driver import ask, drive, request
from benchmarks.figures import Row, in_turn, row
from benchmarks.page_server import PATH, SIZE
from benchmarks.serving import Server
from benchmarks.site import Site
from benchmarks.world import CUT_OFF

FLOOR = 0.5
MOST_FOR_THE_PAST = 2.0
PLACES = 40
"""From so many places in the list pages are asked for."""
CLIENTS = 4
PROGRAM = "import sys; from benchmarks.page_server import main; main(sys.argv[1:])"

FIELDS = """id number version name model kind quantity existence condition
      value { original currency } place { id name warehouseId } holder { id name }"""
TODAY = f"""query Page($after: String) {{
  assets(first: {SIZE}, after: $after) {{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }}
}}"""
THEN = TODAY.replace("($after: String)", "($after: String, $asOf: AsOf)").replace(
    "after: $after)", "after: $after, asOf: $asOf)"
)
GRAPHQL, BY_HAND = b'{"data":{"assets":{"nodes":[{', b'{"nodes":[{'


class Pages:
    """Requests for pages anywhere in the register of a site, in three ways. `known`: the log position that counts as the past."""

    def __init__(self, site: Site, known: int) -> None:
        self._token = site.tokens[0]
        self._keys = _places(site)
        self._as_of = {"trueAt": CUT_OFF.isoformat(), "knownAtPosition": str(known)}

    def graphql(self) -> Iterator[bytes]:
        return self._endless([self._post(TODAY, key) for key in self._keys])

    def past(self) -> Iterator[bytes]:
        return self._endless([self._post(THEN, key, asOf=self._as_of) for key in self._keys])

    def by_hand(self) -> Iterator[bytes]:
        asked = [urlencode({"number": number, "asset": asset}) for number, asset in self._keys]
        return self._endless([request(f"{PATH}?{one}", self._token, b"") for one in asked])

    def compare(self, server: Server) -> None:
        """All three ways show the same."""
        for ways in zip(
            *(islice(way, len(self._keys)) for way in (self.graphql(), self.past(), self.by_hand())),
            strict=True,
        ):
            today, then, mine = (json.loads(ask(server.address, one)) for one in ways)
            nodes = today["data"]["assets"]["nodes"]
            assert len(nodes) == SIZE, "too few assets for full pages"
            assert nodes == mine["nodes"], "the route by hand shows something else"
            assert [one["id"] for one in then["data"]["assets"]["nodes"]] == [one["id"] for one in nodes]

    def _post(self, document: str, key: tuple[str, str], **variables: Any) -> bytes:
        after = write_cursor(mark_of("assets", BY_NUMBER), key)
        body = json.dumps({"query": document, "variables": {"after": after, **variables}}).encode()
        return request("/graphql", self._token, body)

    @staticmethod
    def _endless(requests: list[bytes]) -> Iterator[bytes]:
        return cycle(requests)


def run(site: Site, server: Server, known: int, *, seconds: float, rounds: int) -> list[Row]:
    """Rows page.100, page.100.cpu and page.100.as_of."""
    pages = Pages(site, known)
    pages.compare(server)
    cost: dict[str, list[float]] = {"graphql": [], "by hand": []}

    def graphql() -> float:
        return _costing(server, cost["graphql"], seconds, pages.graphql, GRAPHQL)

    def by_hand() -> float:
        return _costing(server, cost["by hand"], seconds, pages.by_hand, BY_HAND)

    def past() -> float:
        return rate(server, pages.past, GRAPHQL, seconds)

    ours, theirs, then = in_turn(rounds, graphql, by_hand, past)
    mine, other = (sorted(cost[name])[rounds // 2] for name in ("graphql", "by hand"))
    return [
        row("page.100", ours, "requests/s", limit=theirs, target=FLOOR),
        row("page.100.cpu", mine, "ms/request", limit=other, better="lower"),
        row(
            "page.100.as_of",
            1000 / then,
            "ms/request",
            limit=1000 / ours,
            better="lower",
            target=MOST_FOR_THE_PAST,
        ),
    ]


def rate(server: Server, requests: Any, sign: bytes, seconds: float, clients: int = CLIENTS) -> float:
    """Pages per second."""
    return drive(server.address, [requests() for _ in range(clients)], seconds, sign=sign)


def _costing(server: Server, costs: list[float], seconds: float, requests: Any, sign: bytes) -> float:
    """Pages per second, and what one costs the server's process."""
    warm = 0.3
    drive(server.address, [requests()], warm, sign=sign, warm_s=0)
    before = server.cpu_s()
    found = drive(server.address, [requests() for _ in range(CLIENTS)], seconds, sign=sign, warm_s=0)
    costs.append((server.cpu_s() - before) * 1000 / (found * seconds))
    return found


def _places(site: Site) -> list[tuple[str, str]]:
    """Keys spread evenly over the list, none so near the end that a page would be short."""
    rows = site.installation.reader.rows(
        "SELECT number, asset::text FROM (SELECT number, asset, row_number() OVER (ORDER BY number, asset) AS at, count(*) OVER () AS of"
        " FROM register.current) AS a WHERE at %% greatest(1, (of - %(size)s) / %(places)s) = 0 AND at <= of - %(size)s - 1 ORDER BY 1, 2",
        {"size": SIZE, "places": PLACES},
    )  # fmt: skip
    return [(number, asset) for number, asset in rows]
