"""How do labels leave the server as files?

`GET /labels/jobs/{id}`: what a print job made, once it is done. `GET /labels/{token}.svg`, `.png`: the code of one label, for screens and
forms of one's own; looking at it prints nothing and counts no copy.
"""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from api.graphql.principal import Principal
from api.graphql.problems import language_of
from api.installation import Installation
from domain.label import LabelState
from domain.label_code import OwnCode, payload, read
from domain.papers.print_job import PrintForm, PrintJob, PrintState
from domain.texts import say, word
from labels.qr import png, svg, symbol
from projections import labels, papers
from projections.store.sniffing import PDF, TSPL, ZPL

HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
MEDIA = {PrintForm.PDF: PDF, PrintForm.ZPL: ZPL, PrintForm.TSPL: TSPL}
LONGEST = 40
SCALE = 8
"""Pixels of a square of the code."""
IN_USE = frozenset({LabelState.BLANK.value, LabelState.LIVE.value})


class _Refused(NamedTuple):
    """No: the status, the text it has, and what stands in it."""

    status: int
    code: str
    values: dict[str, str]


def label_routes(app: Installation, principal: Callable[..., Any]) -> APIRouter:
    """The routes. What an account may not read is as if it were not there."""
    router = APIRouter(tags=["labels"])

    @router.get("/labels/jobs/{id}", response_model=None)
    def job(id: str, request: Request, who: Annotated[Principal, Depends(principal)]) -> Response:
        found = _job(app, who, id)
        if found is None:
            return _no(request, _Refused(404, "JOB_NOT_FOUND", {}))
        state, form = found.state, PrintForm(found.detail["asked"].get("form", PrintForm.PDF))
        sheets = found.detail["sheets"]
        if state != PrintState.DONE.value or not app.evidence.exists(sheets):
            return _no(request, _Refused(409, "JOB_NOT_DONE", {"state": state}))
        name = f"{found.number}.{form.value}"
        return FileResponse(app.evidence.path(sheets), 200, HEADERS, MEDIA[form], filename=name)

    @router.get("/labels/{token}.svg", response_model=None)
    def as_svg(token: str, request: Request, who: Annotated[Principal, Depends(principal)]) -> Response:
        code = _code(app, who, token)
        if isinstance(code, _Refused):
            return _no(request, code)
        return Response(svg(symbol(code)), 200, HEADERS, "image/svg+xml")

    @router.get("/labels/{token}.png", response_model=None)
    def as_png(token: str, request: Request, who: Annotated[Principal, Depends(principal)]) -> Response:
        code = _code(app, who, token)
        if isinstance(code, _Refused):
            return _no(request, code)
        return Response(png(symbol(code), SCALE), 200, HEADERS, "image/png")

    return router


def _job(app: Installation, who: Principal, said: str) -> papers.PaperRow | None:
    """The job, for whoever may see it."""
    try:
        id = UUID(said)
    except ValueError:
        return None
    with app.reader.connection() as connection:
        row = papers.one(connection, app.reaches.of(who.account), id)
    return row if row is not None and row.kind == PrintJob.KIND else None


def _code(app: Installation, who: Principal, said: str) -> str | _Refused:
    """What the code of a label in use carries."""
    scanned = read(said) if len(said) <= LONGEST else None
    if not isinstance(scanned, OwnCode):
        return _Refused(404, "LABEL_NOT_FOUND", {})
    with app.reader.connection() as connection:
        found = labels.by_token(connection, scanned.token)
        mine = labels.many(connection, app.reaches.of(who.account), [found.id]) if found else []
    if not mine:
        return _Refused(404, "LABEL_NOT_FOUND", {})
    if mine[0].state not in IN_USE:
        return _Refused(410, "LABEL_NOT_IN_USE", {"state": mine[0].state})
    if not app.settings.label_url:
        return _Refused(409, "NO_BASE_URL", {})
    return payload(app.settings.label_url, mine[0].token)


def _no(request: Request, refused: _Refused) -> JSONResponse:
    language = language_of(request.headers.get("accept-language"))
    message = say(
        language, f"label_file.{refused.code}", **{k: word(language, v) for k, v in refused.values.items()}
    )
    body = {
        "code": refused.code,
        "message": message,
        **{k: v.removeprefix("print_").removeprefix("label_").upper() for k, v in refused.values.items()},
    }
    return JSONResponse(body, refused.status, headers={"Cache-Control": "no-store"})
