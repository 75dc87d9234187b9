"""The web application: `/graphql`, `/health`, evidence, slips, labels, and a page that says where things are."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.evidence import evidence_routes
from api.graphql.headers import SecurityHeaders
from api.graphql.health import Health, Standing
from api.graphql.http import Endpoint, Trouble
from api.graphql.principal import NotSignedIn, Principal, SignIn, TooManyAttempts
from api.graphql.problems import language_of
from api.installation import Installation
from api.label_files import label_routes
from api.landing import landing_routes
from api.pages import front_page
from api.paper_data import PaperData
from api.slips import slip_routes
from domain.texts import say
from projections.reading import Crowded, TooSlow
from projections.runner import ProjectionBehind
from projections.store.recorder import DatabaseAway, LogBroken, OutcomeUnknown
from projections.store.unavailable import DatabaseUnavailable

log = logging.getLogger("gongwu.http")

TROUBLES: dict[type[Exception], Trouble] = {
    OutcomeUnknown: Trouble(503, "OUTCOME_UNKNOWN", 1),
    DatabaseAway: Trouble(503, "DATABASE_AWAY", 2),
    LogBroken: Trouble(503, "DATABASE_AWAY", 10),
    ProjectionBehind: Trouble(503, "BUSY", 1),
}
ALL_TROUBLES = {
    **TROUBLES,
    DatabaseUnavailable: Trouble(503, "DATABASE_AWAY", 2),
    Crowded: Trouble(503, "BUSY", 1),
    TooSlow: Trouble(503, "TOO_SLOW", 10),
}
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
}


class Application(FastAPI):
    """The application. GraphQL goes past FastAPI's layers: `Endpoint` answers for its own errors and headers."""

    def __init__(self, graphql: ASGIApp, **more: Any) -> None:
        super().__init__(**more)
        self._graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "http" and scope["path"] == "/graphql":
            await self._graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def make_app(installation: Installation) -> FastAPI:
    """The application over an open installation."""
    from api.schema import SCHEMA  # noqa: PLC0415 - takes a second to make; the command line does without

    sign_in = SignIn(installation.accounts.stored, monotonic=time.monotonic, now=lambda: datetime.now(UTC))
    endpoint = Endpoint(
        SCHEMA, sign_in, installation.reader, app=installation, limits=installation.limits(), lanes=installation.lanes(),
        introspection=installation.settings.introspection, troubles=TROUBLES,
    )  # fmt: skip

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(endpoint.close)

    health = Health(
        installation.reader.alive,
        lambda: _standings(installation),
        lambda: float(installation.lateness()["lag_s"]),
    )
    app = Application(
        endpoint, title="Gongwu", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan,
        routes=[Route("/graphql", endpoint), Route("/health", health)],
    )  # fmt: skip
    app.add_middleware(SecurityHeaders)
    for kind, trouble in ALL_TROUBLES.items():
        app.add_exception_handler(kind, _answering(trouble))
    app.add_exception_handler(NotSignedIn, _unauthorized)
    app.add_exception_handler(TooManyAttempts, _too_many)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(RequestValidationError, _bad_parameter)

    def principal(request: Request) -> Principal:
        return sign_in.check(
            request.headers.get("authorization"), request.client.host if request.client else ""
        )

    papers = PaperData(installation)
    app.include_router(
        evidence_routes(installation.evidence, principal, papers.may_read_evidence, papers.handed_in)
    )
    app.include_router(slip_routes(principal, papers.slip))
    app.include_router(label_routes(installation, principal))
    app.include_router(landing_routes(installation, ALL_TROUBLES))
    app.add_api_route("/", _front(installation), methods=["GET", "HEAD"])
    return app


def _standings(installation: Installation) -> dict[str, Standing]:
    """How far the projections are. Shows no numbers of anybody's goods."""
    return {
        name: Standing(one["position"], one["lag"], one["stopped"] is not None)
        for name, one in installation.runner.status().items()
    }


def _front(installation: Installation) -> Callable[[Request], HTMLResponse]:
    def front(request: Request) -> HTMLResponse:
        language = language_of(request.query_params.get("lang") or request.headers.get("accept-language"))
        here = installation.settings.base_url or str(request.base_url).rstrip("/")
        return HTMLResponse(front_page(language, here), headers=PAGE_HEADERS)

    return front


def _answering(trouble: Trouble) -> Callable[[Request, Exception], JSONResponse]:
    def answer(request: Request, error: Exception) -> JSONResponse:
        log.warning("%s %s: %s", request.method, request.url.path, trouble.code, exc_info=error)
        return _said(request, trouble.status, trouble.code, {"Retry-After": str(trouble.retry_s)})

    return answer


def _unauthorized(request: Request, _: Exception) -> JSONResponse:
    return _said(request, 401, "NOT_SIGNED_IN", {"WWW-Authenticate": 'Bearer realm="gongwu"'})


def _too_many(request: Request, error: Exception) -> JSONResponse:
    retry = error.retry_s if isinstance(error, TooManyAttempts) else 60
    return _said(request, 429, "TOO_MANY_ATTEMPTS", {"Retry-After": str(retry)})


async def _no_route(request: Request, error: Exception) -> JSONResponse:
    """What the router itself refuses: an unknown path, another method."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 405:
        return _said(request, 405, "METHOD_NOT_ALLOWED", headers, method=request.method)
    if status == 404:
        return _said(request, 404, "NOT_FOUND", headers)
    return _said(request, status, "BAD_REQUEST", headers, text="NOT_UNDERSTOOD")


async def _bad_parameter(request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    names = dict.fromkeys(str(one["loc"][-1]) for one in found if one.get("loc"))
    return _said(request, 400, "BAD_REQUEST", {}, text="BAD_PARAMETER", name=", ".join(names))


def _said(
    request: Request, status: int, code: str, headers: dict[str, str], *, text: str = "", **values: Any
) -> JSONResponse:
    language = language_of(request.headers.get("accept-language"))
    message = say(language, f"edge.{text or code}", **values)
    return JSONResponse({"code": code, "message": message}, status, headers)
