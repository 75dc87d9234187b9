"""The server of `gongwu serve` with one more route: the page of `page.py`, as somebody would write it who has only this page to serve."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response

import api.app
from api.cli import main as run_command
from api.graphql.principal import SignIn
from api.installation import Installation
from projections import register

PATH = "/bench/page"
SIZE = 100
ALIVE = ["taken_over", "registered", "uncarded"]
SHOWN = (
    "a.asset::text, a.number, a.version, a.name, a.model, upper(a.kind), a.quantity, upper(a.existence), upper(a.condition),"
    " a.original::text, a.currency, a.place::text, p.name, p.warehouse::text, a.holder::text, h.name"
)


def add_page(app: FastAPI, installation: Installation) -> None:
    """The route: same sign-in, same reach, the register's own statement for it, the answer put together by hand."""
    sign_in = SignIn(installation.accounts.stored, monotonic=time.monotonic, now=lambda: datetime.now(UTC))
    threads = ThreadPoolExecutor(installation.settings.query_threads)
    where = ("a.existence = ANY(%(existence)s)",)
    statements = {
        how: register.page_statement(SHOWN, how, "number", False, True, where, False)
        for how in ("everything", "small", "wide")
    }

    def read(authorization: str | None, number: str, asset: str) -> bytes:
        reach = installation.reaches.of(sign_in.check(authorization, "").account)
        given = {
            **reach.values(), "now": datetime.now(UTC), "first": SIZE + 1, "existence": ALIVE, "after_number": number,
            "after_asset": asset,
        }  # fmt: skip
        rows = installation.reader.rows(statements[register.way_of(reach)], given)
        return orjson.dumps({"nodes": [_node(row) for row in rows[:SIZE]], "more": len(rows) > SIZE})

    async def page(request: Request) -> Response:
        asked, signed = request.query_params, request.headers.get("authorization")
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(threads, read, signed, asked["number"], asked["asset"])
        return Response(body, media_type="application/json")

    app.add_api_route(PATH, page)


def _node(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": row[0], "number": row[1], "version": row[2], "name": row[3], "model": row[4], "kind": row[5], "quantity": row[6],
        "existence": row[7], "condition": row[8],
        "value": None if row[9] is None else {"original": row[9], "currency": row[10]},
        "place": None if row[11] is None else {"id": row[11], "name": row[12], "warehouseId": row[13]},
        "holder": {"id": row[14], "name": row[15]},
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    """`gongwu`, whose web application has that route."""
    plain = api.app.make_app

    def with_page(installation: Installation) -> FastAPI:
        made = plain(installation)
        add_page(made, installation)
        return made

    api.app.make_app = with_page
    run_command(arguments)
