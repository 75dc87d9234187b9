"""How many pages of 100 assets per second through GraphQL, against a hand-written route with the same rights check, one SQL and orjson?

`run(settings, world)` works on an installation that already holds the assets. The server is a process of its own, started by this
file (`python -m benchmarks.page DATA_DIR BODY`): the product's application and, in the same process, the route it is measured
against. Both answer the same pages to the same account with eight connections, in turn, three times.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request as Ask
from urllib.request import urlopen
from uuid import UUID

import orjson
from fastapi import FastAPI, Request, Response

from api.graphql.principal import SignIn
from api.installation import Installation
from api.settings import Settings
from benchmarks.load import http, requests_per_second
from benchmarks.world import CUT_OFF, World
from domain.values import Role
from projections import register

ROUNDS, CONNECTIONS, STARTS = 3, 8, 16
FLOOR = 0.5
FIELDS = (
    "id number version name model kind quantity existence condition since"
    " holder { id name } place { id name } value { original currency }"
)
QUERY = (
    "query Page($first: Int!, $after: String, $asOf: AsOf) { assets(first: $first, after: $after, asOf: $asOf)"
    f" {{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
BY_HAND = (
    "a.asset::text, a.number, a.version, a.name, a.model, upper(a.kind), a.quantity, upper(a.existence), upper(a.condition),"
    """ to_char(a.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), a.holder::text, h.name, a.place::text, p.name,"""
    " a.original::text, a.currency"
)


def run(settings: Settings, world: World, *, seconds: float = 3.0, suffix: str = "") -> list[dict[str, Any]]:
    """Rows page.100 and page.100.as_of."""
    with _server(settings, world) as (address, token):
        plain, past, by_hand = _requests(address, token)
        rates: dict[str, list[float]] = {"plain": [], "past": [], "by_hand": []}
        for _ in range(ROUNDS):
            for name, requests in (("by_hand", by_hand), ("plain", plain), ("past", past)):
                rate = requests_per_second(address, requests, connections=CONNECTIONS, seconds=seconds)
                rates[name].append(rate)
    middle = {name: statistics.median(found) for name, found in rates.items()}
    return [
        _row(f"page.100{suffix}", middle["plain"], middle["by_hand"]),
        _row(f"page.100.as_of{suffix}", middle["past"], middle["plain"]),
    ]


def _row(name: str, value: float, limit: float) -> dict[str, Any]:
    return {
        "name": name, "value": round(value), "unit": "pages/s", "limit": round(limit), "ratio": round(value / limit, 2),
        "better": "higher", "target": FLOOR,
    }  # fmt: skip


def _requests(address: tuple[str, int], token: str) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """The same pages three ways, from different places of the register; their contents are compared."""
    moment = {"trueAt": (CUT_OFF + timedelta(days=1)).isoformat()}
    plain, past, by_hand = [], [], []
    cursor: str | None = None
    last: tuple[str, str] | None = None
    for _ in range(STARTS):
        bodies = [
            json.dumps({"query": QUERY, "variables": {"first": 100, "after": cursor, "asOf": at}})
            for at in (None, moment)
        ]
        path = "/by-hand" + (f"?{urlencode({'number': last[0], 'asset': last[1]})}" if last else "")
        plain.append(http("POST", "/graphql", token, bodies[0].encode()))
        past.append(http("POST", "/graphql", token, bodies[1].encode()))
        by_hand.append(http("GET", path, token))
        pages = [_ask(address, "/graphql", token, body)["data"]["assets"] for body in bodies]
        mine = _ask(address, path, token)
        assert pages[0]["nodes"] == mine["items"], "the hand-written route shows something else"
        assert [one["id"] for one in pages[1]["nodes"]] == [one["id"] for one in mine["items"]]
        assert len(mine["items"]) == 100, "too few assets for full pages"
        cursor, last = (
            pages[0]["pageInfo"]["endCursor"],
            (mine["items"][-1]["number"], mine["items"][-1]["id"]),
        )
    return plain, past, by_hand


def _ask(address: tuple[str, int], path: str, token: str, body: str | None = None) -> Any:
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "accept": "application/json",
    }
    with urlopen(
        Ask(f"http://{address[0]}:{address[1]}{path}", body.encode() if body else None, headers)
    ) as response:
        return json.load(response)


@contextmanager
def _server(settings: Settings, world: World) -> Iterator[tuple[tuple[str, int], str]]:
    command = [sys.executable, "-m", "benchmarks.page", str(settings.data_dir), str(world.offices)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent
    ) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield ("127.0.0.1", told["port"]), told["token"]
        finally:
            process.terminate()


def by_hand(app: FastAPI, installation: Installation) -> None:
    """Adds the route GraphQL is measured against: what somebody would write who has only this one page to serve."""
    sign_in = SignIn(installation.accounts.stored, monotonic=time.monotonic, now=lambda: datetime.now(UTC))
    threads = ThreadPoolExecutor(installation.settings.query_threads)
    where = ("a.existence = ANY(%(existence)s)",)
    statements = {
        (how, bounded): register.page_statement(BY_HAND, how, "number", False, bounded, where, False)
        for how in ("everything", "small", "wide")
        for bounded in (False, True)
    }
    alive = ["taken_over", "registered", "uncarded"]

    def read(authorization: str | None, number: str | None, asset: str | None) -> bytes:
        reach = installation.reaches.of(sign_in.check(authorization, "").account)
        given = {
            **reach.values(), "now": datetime.now(UTC), "first": 101, "existence": alive, "after_number": number,
            "after_asset": asset,
        }  # fmt: skip
        rows = installation.reader.rows(statements[register.way_of(reach), number is not None], given)
        items = [
            {
                "id": r[0], "number": r[1], "version": r[2], "name": r[3], "model": r[4], "kind": r[5], "quantity": r[6],
                "existence": r[7], "condition": r[8], "since": r[9], "holder": {"id": r[10], "name": r[11]},
                "place": None if r[12] is None else {"id": r[12], "name": r[13]},
                "value": None if r[14] is None else {"original": r[14], "currency": r[15]},
            }
            for r in rows[:100]
        ]  # fmt: skip
        return orjson.dumps({"items": items, "more": len(rows) > 100})

    @app.get("/by-hand")
    async def page(request: Request) -> Response:
        asked, given = request.query_params, request.headers.get("authorization")
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(threads, read, given, asked.get("number"), asked.get("asset"))
        return Response(body, media_type="application/json")


def serve(data_dir: str, body: str) -> None:
    """The server process: prints its port and the token of an officer of the body, then serves until it is ended."""
    import socket  # noqa: PLC0415

    import uvicorn  # noqa: PLC0415

    from api.app import make_app  # noqa: PLC0415

    with (
        socket.create_server(("127.0.0.1", 0)) as sock,
        Installation.open(Settings(data_dir=Path(data_dir)), follow=True) as installation,
    ):
        officer = installation.accounts.open(
            "Bench", UUID(body), [(Role.OFFICER, UUID(body))], installation.envelope, name=f"bench-page:{body}"
        )
        app = make_app(installation)
        by_hand(app, installation)
        print(json.dumps({"port": sock.getsockname()[1], "token": officer.token}), flush=True)
        config = uvicorn.Config(
            app, loop="uvloop", http="httptools", ws="none", access_log=False, log_level="warning"
        )
        uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    serve(*sys.argv[1:])
