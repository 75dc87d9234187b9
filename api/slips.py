"""How does a slip get from the register onto paper? `GET /slips/{series}/{number}.pdf?lang=zh|en|both`."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.evidence import refused
from api.graphql.principal import Principal
from labels.slip import SlipPaper, unprintable
from labels.slip_layout import Lang, TooLongToPrint
from labels.slip_pdf import print_slip

LARGEST_NUMBER = 999_999_999
HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


def slip_routes(
    principal: Callable[..., Any], load: Callable[[Principal, str, int], SlipPaper | None]
) -> APIRouter:
    """The route. `load` gives the slip's data, or None if there is none or this account may not see it.

    Printing decides nothing: whether this is a reprint is in the data. The header `X-Missing-Glyphs` names
    what came out as □.
    """
    router = APIRouter(tags=["slips"])

    @router.get("/slips/{series}/{number}.pdf", response_model=None)
    def get(
        series: str,
        number: str,
        request: Request,
        who: Annotated[Principal, Depends(principal)],
        lang: Lang = "both",
    ) -> Response:
        known = number.isascii() and number.isdecimal() and 0 < int(number[:12]) <= LARGEST_NUMBER
        paper = load(who, series, int(number[:12])) if known and len(series) <= 64 else None
        if paper is None:
            return refused(request, "SLIP_NOT_FOUND")
        try:
            pdf = print_slip(paper, lang)
        except TooLongToPrint:
            return refused(request, "SLIP_TOO_LONG")
        name = f"{_plain(series)}-{int(number):06}.pdf"
        headers = {**HEADERS, "Content-Disposition": f'inline; filename="{name}"'}
        lacking = dict.fromkeys(one.code_point for one in unprintable(paper))
        if lacking:
            headers["X-Missing-Glyphs"] = ", ".join(list(lacking)[:50])
        return Response(pdf, 200, headers, "application/pdf")

    return router


def _plain(series: str) -> str:
    """Only what is safe in a header."""
    return "".join(letter for letter in series if letter.isascii() and (letter.isalnum() or letter in "-_"))
