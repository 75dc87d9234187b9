"""`/A/<code>`: what a phone's camera opens when a stranger scans a label. Reads and never writes; no cookie, no script, no account.

An unknown code looks the same as one that was never printed. Whoever asks for too many of those waits (see `api.guessing`).
"""

import logging
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.graphql.http import Trouble
from api.graphql.problems import language_of
from api.guessing import network_of
from api.installation import Installation
from api.landing_page import Owner, form_page, miss_page, notice_page, owner_page
from domain.label import LabelState
from domain.label_code import OwnCode, read, written
from domain.texts import Language
from projections import labels, owners

log = logging.getLogger("gongwu.http")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}
LONGEST = 200
METHODS = ["GET", "HEAD"]


class Page(NamedTuple):
    """What is answered. `missed`: a code that looks right and is none: somebody may be guessing."""

    status: int
    html: str
    missed: bool = False


def landing_routes(app: Installation, troubles: dict[type[Exception], Trouble]) -> APIRouter:
    """The routes, for capital and small letters: a phone, a proxy or a person may change the case."""
    router = APIRouter()

    def landing(request: Request) -> HTMLResponse:
        language = language_of(request.query_params.get("lang") or request.headers.get("accept-language"))
        code = request.path_params.get("code") or request.query_params.get("code") or ""
        who = network_of(request.client.host if request.client else "")
        return _answer(app, troubles, language, code, who)

    for path in ("/A", "/A/{code:path}", "/a", "/a/{code:path}"):
        router.add_api_route(
            path, landing, methods=METHODS, include_in_schema=False, response_class=HTMLResponse
        )
    return router


def _answer(
    app: Installation,
    troubles: dict[type[Exception], Trouble],
    language: Language,
    code: str,
    who: str,
) -> HTMLResponse:
    headers = {**HEADERS, "Content-Language": "zh-CN" if language == "zh" else "en"}
    wait = app.misses.wait_s(who)
    if wait:
        html = notice_page(language, "TOO_MANY", seconds=wait)
        return HTMLResponse(html, 429, {**headers, "Retry-After": str(wait)})
    try:
        page = page_of(app, language, code)
    except tuple(troubles) as error:
        trouble = next(one for kind, one in troubles.items() if isinstance(error, kind))
        log.warning("a label's page: %s", trouble.code, exc_info=error)
        html = notice_page(language, "AWAY")
        return HTMLResponse(html, trouble.status, {**headers, "Retry-After": str(trouble.retry_s)})
    if page.missed:
        app.misses.missed(who)
    return HTMLResponse(page.html, page.status, headers)


def page_of(app: Installation, language: Language, code: str) -> Page:
    """The page of a code. At most four short statements."""
    if not written(code[:LONGEST]):
        return Page(200, form_page(language))
    scanned = read(code.rstrip("/"))
    if not isinstance(scanned, OwnCode):
        return Page(404, miss_page(language, _shown(code), "MISREAD"))
    with app.reader.connection() as connection:
        label = labels.by_token(connection, scanned.token)
        owner = owners.owner(connection, label) if label is not None else None
    if label is None or owner is None:
        return Page(404, miss_page(language, scanned.token, "UNKNOWN"), missed=True)
    contact = owner.contact
    told = (
        Owner(owner.name, contact.name, contact.phone, contact.address, contact.note)
        if contact
        else Owner(owner.name)
    )
    if label.state == LabelState.REVOKED.value:
        return Page(410, owner_page(language, label.token, told, "REVOKED"))
    standing = "BLANK" if label.state == LabelState.BLANK.value else "ENDED" if owner.ended else "KNOWN"
    return Page(200, owner_page(language, label.token, told, standing))


def _shown(code: str) -> str:
    """What was read, without the address around it and the blanks and dashes in it."""
    last = written(code[:LONGEST]).rpartition("/A/")[2].partition("?")[0]
    return "".join(letter for letter in last if letter.isprintable() and letter not in " -·/")[:64]
