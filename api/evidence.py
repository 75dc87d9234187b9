"""How do photos and signed papers get in and out over HTTP?

`POST /evidence`: the bytes as the body, their type as Content-Type; the answer has the hash for commands.
`GET /evidence/{sha256}`: as a download only. A stranger's file must never run as a page of ours.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.requests import ClientDisconnect

from api.graphql.principal import Principal
from api.graphql.problems import language_of
from domain.texts import say
from projections.store.evidence import CHUNK, Evidence, EvidenceStore, NotKept
from projections.store.sniffing import ENDINGS

WAIT_S = 120
AT_ONCE = 16
STATUS = {
    "TYPE_NOT_ALLOWED": 415,
    "TYPE_MISMATCH": 415,
    "AMBIGUOUS": 415,
    "TOO_LARGE": 413,
    "EMPTY": 400,
    "NO_ROOM": 507,
    "NOT_FOUND": 404,
    "TOO_SLOW": 408,
    "BUSY": 503,
    "SLIP_NOT_FOUND": 404,
    "SLIP_TOO_LONG": 422,
}
SEALED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def evidence_routes(
    store: EvidenceStore,
    principal: Callable[..., Any],
    may_read: Callable[[Principal, str], bool],
    handed_in: Callable[[Principal, str], None],
    *,
    wait_s: float = WAIT_S,
    at_once: int = AT_ONCE,
) -> APIRouter:
    """The two routes. `principal` signs in or answers 401; `may_read` decides; `handed_in` is told who brought a file."""
    router = APIRouter(tags=["evidence"])
    arriving = asyncio.Semaphore(at_once)

    @router.post("/evidence", status_code=201)
    async def put(request: Request, who: Annotated[Principal, Depends(principal)]) -> JSONResponse:
        if arriving.locked():
            return refused(request, "BUSY")
        async with arriving:
            try:
                async with asyncio.timeout(wait_s):
                    kept = await _received(request, store)
            except NotKept as error:
                return refused(request, error.code, **error.values)
            except TimeoutError:
                return refused(request, "TOO_SLOW", seconds=int(wait_s))
            except ClientDisconnect:
                return refused(request, "EMPTY")  # nobody reads it
        await run_in_threadpool(handed_in, who, kept.sha256)
        body = {"sha256": kept.sha256, "size": kept.size, "mediaType": kept.media_type}
        return JSONResponse(body, 201, headers={"Location": f"/evidence/{kept.sha256}"})

    @router.get("/evidence/{sha256}", response_model=None)
    def get(sha256: str, request: Request, who: Annotated[Principal, Depends(principal)]) -> Response:
        found = store.find(sha256) if may_read(who, sha256) else None
        if found is None:
            return refused(request, "NOT_FOUND")
        name = f"{sha256[:16]}.{ENDINGS[found.media_type]}"
        return FileResponse(store.path(sha256), 200, SEALED, found.media_type, filename=name)

    return router


def refused(request: Request, code: str, **values: object) -> JSONResponse:
    """No, with a stable code and words for people."""
    language = language_of(request.headers.get("accept-language"))
    message = say(language, f"evidence.{code}", **values)
    body = {"code": code, "message": message}
    return JSONResponse(body, STATUS[code], headers={"Cache-Control": "no-store"})


async def _received(request: Request, store: EvidenceStore) -> Evidence:
    """Writes the body to the store as it comes, in threads; never more than a piece of it in memory."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > store.largest:
        raise NotKept("TOO_LARGE", limit=store.largest)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    arrival = await run_in_threadpool(store.receive, media_type)
    with arrival:
        piece = bytearray()
        async for part in request.stream():
            piece += part
            if len(piece) >= CHUNK:
                await run_in_threadpool(arrival.write, bytes(piece))
                piece.clear()
        await run_in_threadpool(arrival.write, bytes(piece))
        return await run_in_threadpool(arrival.keep)
