"""The route `/graphql`: GraphQL over HTTP, POST only.

What fails before a decision has a status code (400, 401, 405, 406, 413, 415, 429, 503); what a rule decides
is data with 200. A whole request runs in one thread of a bounded lane, queries and commands apart: commands
wait for the group commit, and queries must not wait behind them. No answer holds a stack trace; what nobody
foresaw gets INTERNAL and an incident id that is in the log.
"""

import asyncio
import logging
import secrets
import sys
from collections.abc import Mapping
from random import getrandbits
from typing import Any, NamedTuple, cast

import orjson
import strawberry
from graphql import ExecutionResult, GraphQLError
from starlette.types import Receive, Scope, Send

from api.graphql.context import Context, Rows
from api.graphql.documents import BadDocument, Document, Documents
from api.graphql.headers import DEFAULTS
from api.graphql.lanes import Lane, Lanes
from api.graphql.limits import Limits
from api.graphql.principal import NotSignedIn, Principal, SignIn, TooManyAttempts
from api.graphql.problems import language_of, sentence
from api.graphql.request import (
    JSON,
    RESPONSE,
    Answer,
    Call,
    failure,
    is_json,
    media_for,
    read,
    unauthorized,
    understand,
)
from api.graphql.straight import execute
from domain.refusals import Refusal
from domain.texts import say
from projections.reading import Crowded, TooSlow
from projections.runner import ProjectionBehind
from projections.store.contract import DatabaseAway, OutcomeUnknown
from projections.store.unavailable import DatabaseUnavailable

log = logging.getLogger("gongwu.graphql")

BODY_WAIT_S = 30.0


class Trouble(NamedTuple):
    """How an exception that is nobody's decision is answered.

    `code` is one of `[edge.CODE]`; `retry_s` is when another try makes sense.
    """

    status: int
    code: str
    retry_s: int


PREPARED = Answer(200, b"")
TROUBLES: dict[type[Exception], Trouble] = {
    DatabaseUnavailable: Trouble(503, "DATABASE_AWAY", 2),
    DatabaseAway: Trouble(503, "DATABASE_AWAY", 2),
    OutcomeUnknown: Trouble(503, "OUTCOME_UNKNOWN", 2),
    Crowded: Trouble(503, "BUSY", 1),
    TooSlow: Trouble(503, "TOO_SLOW", 10),
}


class Endpoint:
    """An ASGI application; mount it with `Route("/graphql", endpoint)`."""

    def __init__(
        self,
        schema: strawberry.Schema,
        sign_in: SignIn,
        reader: Rows,
        *,
        app: Any = None,
        limits: Limits | None = None,
        lanes: Lanes | None = None,
        introspection: bool = True,
        troubles: Mapping[type[Exception], Trouble] | None = None,
    ) -> None:
        self.schema, self.sign_in, self.reader, self.app = schema, sign_in, reader, app
        self.limits = limits or Limits()
        self.documents = Documents(schema._schema, self.limits, introspection=introspection)
        lanes = lanes or Lanes()
        self.queries = Lane("gongwu-query", lanes.queries, lanes.queries_waiting)
        self.commands = Lane("gongwu-command", lanes.commands, lanes.commands_waiting)
        self.troubles = {**TROUBLES, **(troubles or {})}

    def close(self) -> None:
        """Lets what runs finish and ends the threads."""
        for lane in (self.queries, self.commands):
            lane.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(
            authorization=headers.get(b"authorization"),
            address=(scope.get("client") or ("", 0))[0],
            media=media_for(headers.get(b"accept")),
            language=language_of(headers.get(b"accept-language")),
            request_id=f"{getrandbits(64):016x}",
        )
        try:
            answer = await self._answer(scope, headers, call, receive)
        except Exception:
            answer = self._incident(call)
        raw = [
            (b"content-type", answer.media.encode() + b"; charset=utf-8"),
            (b"content-length", str(len(answer.body)).encode()),
            (b"x-request-id", call.request_id.encode()),
            *DEFAULTS,
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, str], call: Call, receive: Receive
    ) -> Answer:
        if scope["method"] != "POST":
            return failure(call, 405, "POST_ONLY", (b"allow", b"POST"))
        if not call.media:
            call.media = JSON
            return failure(call, 406, "NOT_ACCEPTABLE")
        if not is_json(headers.get(b"content-type", "")):
            return failure(call, 415, "JSON_ONLY")
        call.principal = self.sign_in.known(call.authorization)
        if call.principal is None and not (call.authorization or "").lower().startswith("bearer "):
            return unauthorized(call)
        length = headers.get(b"content-length", "0")
        if length.isdigit() and int(length) > self.limits.body_bytes:
            return failure(call, 413, "BODY_TOO_LARGE", limit=self.limits.body_bytes)
        try:
            async with asyncio.timeout(BODY_WAIT_S):
                body = await read(receive, self.limits.body_bytes)
        except TimeoutError:
            return failure(call, 408, "BODY_TOO_SLOW")
        if body is None:
            return failure(call, 413, "BODY_TOO_LARGE", limit=self.limits.body_bytes)
        if not understand(body, call):
            return failure(call, 400, "BAD_REQUEST")
        return await self._in_a_lane(call)

    async def _in_a_lane(self, call: Call) -> Answer:
        call.document = self.documents.known(call.query)
        if call.document is None or call.principal is None:
            found = await self.queries.run(lambda: self._prepare(call))
            if found is not PREPARED:
                return found or self._busy(call)
        document = cast(Document, call.document)
        lane = self.commands if document.is_mutation(call.operation) else self.queries
        return await lane.run(lambda: self._run(document, call)) or self._busy(call)

    def _prepare(self, call: Call) -> Answer:
        """Signs in and checks the document, in that order: a stranger's document is not even parsed."""
        try:
            call.principal = call.principal or self.sign_in.check(call.authorization, call.address)
            call.document = self.documents.get(call.query)
        except NotSignedIn:
            return unauthorized(call)
        except TooManyAttempts as error:
            return failure(call, 429, "TOO_MANY_ATTEMPTS", (b"retry-after", str(error.retry_s).encode()))
        except BadDocument as error:
            return self._bad_document(call, error)
        except Exception as error:
            return self._trouble(call, error) or self._incident(call)
        return PREPARED

    def _run(self, document: Document, call: Call) -> Answer:
        try:
            operation = document.operation(call.operation)
            if operation is None:
                return failure(call, 400 if call.media == RESPONSE else 200, "NO_OPERATION")
            self.documents.measure(document, call.variables or {})
            context = Context(
                principal=cast(Principal, call.principal),  # no call gets here without
                language=call.language,
                request_id=call.request_id,
                reader=self.reader,
                app=self.app,
                plans=document.plans,
                switches=document.switches,
            )
            return self._written(
                call, execute(self.schema, document, context, call.variables, call.operation)
            )
        except BadDocument as error:
            return self._bad_document(call, error)
        except Exception as error:
            return self._trouble(call, error) or self._incident(call)

    def _written(self, call: Call, result: ExecutionResult) -> Answer:
        if not result.errors:
            return Answer(200, orjson.dumps({"data": result.data}), call.media)
        for error in result.errors:
            trouble = self._trouble(call, error.original_error)
            if trouble is not None:
                return trouble
        before = result.data is None and all(error.path is None for error in result.errors)
        told = [self._told(call, error, "BAD_USER_INPUT" if before else None) for error in result.errors[:20]]
        if before:
            return Answer(400 if call.media == RESPONSE else 200, orjson.dumps({"errors": told}), call.media)
        return Answer(200, orjson.dumps({"errors": told, "data": result.data}), call.media)

    def _told(self, call: Call, error: GraphQLError, code: str | None) -> dict[str, Any]:
        """One entry of `errors`: only what was meant to be told is told."""
        source = error.original_error or error
        where: dict[str, Any] = {} if error.path is None else {"path": list(error.path)}
        if isinstance(source, Refusal):
            code, text = source.code, sentence(source.code, source.values, call.language)
            return {"message": text, **where, "extensions": {"code": code}}
        if isinstance(source, ProjectionBehind):
            text = say(call.language, "edge.PROJECTION_BEHIND", wanted=source.asked, position=source.position)
            return {"message": text, **where, "extensions": {"code": "PROJECTION_BEHIND"}}
        if isinstance(source, GraphQLError) and (known := (source.extensions or {}).get("code") or code):
            told = {**error.formatted, "message": source.message}
            return {**told, "extensions": {**(source.extensions or {}), "code": known}}
        incident = secrets.token_hex(6)
        log.error("incident %s request %s at %s", incident, call.request_id, error.path, exc_info=source)
        text = say(call.language, "edge.INTERNAL", incident=incident)
        return {"message": text, **where, "extensions": {"code": "INTERNAL", "incident": incident}}

    def _bad_document(self, call: Call, error: BadDocument) -> Answer:
        told = []
        for one in error.errors:
            shown: dict[str, Any] = dict(one.formatted)
            told.append({**shown, "extensions": {"code": error.code, **(one.extensions or {})}})
        return Answer(400 if call.media == RESPONSE else 200, orjson.dumps({"errors": told}), call.media)

    def _trouble(self, call: Call, error: BaseException | None) -> Answer | None:
        for kind, trouble in self.troubles.items():
            if isinstance(error, kind):
                log.warning("request %s: %s", call.request_id, trouble.code, exc_info=error)
                return failure(
                    call, trouble.status, trouble.code, (b"retry-after", str(trouble.retry_s).encode())
                )
        return None

    def _busy(self, call: Call) -> Answer:
        return failure(call, 503, "BUSY", (b"retry-after", b"1"))

    def _incident(self, call: Call) -> Answer:
        incident = secrets.token_hex(6)
        log.error("incident %s request %s", incident, call.request_id, exc_info=sys.exc_info())
        return failure(call, 500, "INTERNAL", incident=incident)
