"""One request: what came, how it is understood, and the shape of what goes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from starlette.types import Receive

from api.graphql.documents import Document
from api.graphql.principal import Principal
from domain.texts import Language, say

RESPONSE, JSON = "application/graphql-response+json", "application/json"


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    media: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(slots=True)
class Call:
    """One request, as far as it is understood."""

    authorization: str | None
    address: str
    media: str
    language: Language
    request_id: str
    query: str = ""
    operation: str | None = None
    variables: Mapping[str, Any] | None = None
    principal: Principal | None = None
    document: Document | None = None


def failure(call: Call, status: int, code: str, *headers: tuple[bytes, bytes], **values: object) -> Answer:
    """An answer without data: one error with its code."""
    error = {"message": say(call.language, f"edge.{code}", **values), "extensions": {"code": code, **values}}
    return Answer(status, orjson.dumps({"errors": [error]}), call.media, headers)


def unauthorized(call: Call) -> Answer:
    """401, and how to sign in."""
    return failure(call, 401, "NOT_SIGNED_IN", (b"www-authenticate", b'Bearer realm="gongwu"'))


async def read(receive: Receive, most: int) -> bytes | None:
    """The body; None as soon as it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""  # the caller has gone; nobody reads the answer
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            return None
        if not message.get("more_body"):
            return part if not parts else b"".join([*parts, part])
        parts.append(part)


def understand(body: bytes, call: Call) -> bool:
    """Reads the request into the call.

    `extensions` and unknown keys are let through unread, as the specification wants.
    """
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(request, dict):
        return False
    query, operation, variables = request.get("query"), request.get("operationName"), request.get("variables")
    if not isinstance(query, str) or not query.strip():
        return False
    if not isinstance(operation, str | None) or not isinstance(variables, dict | None):
        return False
    if not isinstance(request.get("extensions"), dict | None):
        return False
    call.query, call.operation, call.variables = query, operation or None, variables
    return True


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    kind, _, rest = content_type.partition(";")
    charset = rest.lower().replace('"', "").replace(" ", "").partition("charset=")[2]
    return kind.strip().lower() == JSON and charset in ("", "utf-8", "utf8")


@lru_cache(maxsize=256)
def media_for(accept: str | None) -> str:
    """The media type to answer with; empty if none of ours is accepted."""
    if accept is None or not accept.strip():
        return JSON
    best, weight = "", 0.0
    for part in accept[:500].split(","):
        kind, *rest = [one.strip().lower() for one in part.split(";")]
        try:
            wanted = next((float(one[2:]) for one in rest if one.startswith("q=")), 1.0)
        except ValueError:
            continue
        ours = {RESPONSE: RESPONSE, JSON: JSON, "application/*": RESPONSE, "*/*": RESPONSE}.get(kind, "")
        if ours and wanted > weight:
            best, weight = ours, wanted
    return best
