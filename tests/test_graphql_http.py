"""The route as a client meets it: status codes, media types, headers, and nothing told that was not meant to be."""

import asyncio
import json
import logging
import re
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from api.graphql.headers import DEFAULTS
from api.graphql.health import Health, Standing
from api.graphql.http import Endpoint
from api.graphql.lanes import Lanes
from api.graphql.limits import Limits
from api.graphql.principal import NotSignedIn, StoredToken, TooManyAttempts, new_token
from domain.refusals import Unknown
from projections.reading import Crowded, TooSlow
from projections.runner import ProjectionBehind
from projections.store.contract import DatabaseAway, OutcomeUnknown
from projections.store.unavailable import DatabaseUnavailable
from tests.graphql_sample import ACCOUNT, SCHEMA, application, tokens

pytestmark = pytest.mark.slow  # each is quick; loading the web's machinery is not

RESPONSE, JSON = "application/graphql-response+json", "application/json"


class NoDatabase:
    def rows(self, query: str, values: object = None) -> list[Any]:
        raise DatabaseUnavailable("unreachable", "host=/srv/secret")


class Client:
    """Posts to the route of one application."""

    def __init__(self, endpoint: Endpoint, token: str | None) -> None:
        self.app = application(endpoint)
        self.token = token

    async def send(self, content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
        given = {
            "content-type": JSON,
            "accept": JSON,
            "accept-language": "en",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        if self.token is not None:
            given.setdefault("authorization", f"Bearer {self.token}")
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post("/graphql", content=content, headers=given)

    def post(
        self, query: str, variables: Any = None, operation: str | None = None, **headers: str
    ) -> httpx.Response:
        body = {"query": query, "variables": variables, "operationName": operation}
        return asyncio.run(self.send(json.dumps(body).encode(), **headers))

    def raw(self, content: bytes, **headers: str) -> httpx.Response:
        return asyncio.run(self.send(content, **headers))


@pytest.fixture
def make() -> Any:
    made: list[Endpoint] = []

    def client(token: bool = True, **more: Any) -> Client:
        text, sign_in, _ = tokens()
        made.append(Endpoint(SCHEMA, sign_in, more.pop("reader", NoDatabase()), **more))
        return Client(made[-1], text if token else None)

    yield client
    for one in made:
        one.close()


Make = Callable[..., Client]


def codes(response: httpx.Response) -> list[str]:
    return [one["extensions"]["code"] for one in response.json()["errors"]]


def test_a_query_is_answered(make: Make) -> None:
    response = make(app=0).post("query Q($x: Boolean!) { waits @skip(if: $x) __typename }", {"x": True}, "Q")
    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("path", ["/graphql", "/health", "/nothing"])
def test_every_answer_has_the_security_headers_and_no_cookie(make: Make, path: str) -> None:
    app = make().app
    app.router.routes.append(Route("/health", Health(lambda: True, dict)))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://test"
        ) as client:
            return await client.post(path)

    response = asyncio.run(ask())
    for name, value in DEFAULTS:
        assert response.headers.get_list(name.decode()) == [value.decode()]
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (JSON, JSON), (RESPONSE, RESPONSE), ("*/*", RESPONSE), (f"{JSON};q=0.5, {RESPONSE}", RESPONSE), (f"{RESPONSE};q=0.2, {JSON}", JSON),
        ("application/*", RESPONSE), (f"text/html, {JSON};q=0.1", JSON), (f"{RESPONSE}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE),
    ],
)  # fmt: skip
def test_the_answer_has_the_media_type_the_client_likes_best(make: Make, accept: str, media: str) -> None:
    response = make().post("{ __typename }", accept=accept)
    assert response.headers["content-type"] == f"{media}; charset=utf-8"


def test_nothing_but_json_is_offered(make: Make) -> None:
    response = make().post("{ __typename }", accept="text/html")
    assert (response.status_code, codes(response)) == (406, ["NOT_ACCEPTABLE"])


FORMS = ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""]


@pytest.mark.parametrize("kind", [*FORMS, "application/json; charset=gb18030"])
def test_only_json_is_taken_so_that_a_page_elsewhere_cannot_post_a_form(make: Make, kind: str) -> None:
    response = make().raw(b'{"query": "{ __typename }"}', content_type=kind)
    assert (response.status_code, codes(response)) == (415, ["JSON_ONLY"])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_only_post_is_answered(make: Make, method: str) -> None:
    app = make().app

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://test"
        ) as client:
            return await client.request(method, "/graphql?query={__typename}")

    response = asyncio.run(ask())
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"query": 1}', b'{"query": ""}', b'{"query": null}', b'[{"query": "{ __typename }"}]',
        b'{"query": "{ __typename }", "variables": []}', b'{"query": "{ __typename }", "variables": "x"}',
        b'{"query": "{ __typename }", "operationName": 1}',
        b'{"query": "{ __typename }", "extensions": 1}', b'\xff{"query": "x"}', b'{"query": "\\ud800"}', b"[" * 5000,
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 3000,
    ],
)  # fmt: skip
def test_a_body_that_is_no_request_is_refused(make: Make, body: bytes) -> None:
    for media in (JSON, RESPONSE):
        response = make().raw(body, accept=media)
        assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize(
    ("query", "variables", "operation", "code"),
    [
        ("{", None, None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, None, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { things(first: $n) { totalCount } }", {"n": "x"}, None, "BAD_USER_INPUT"),
        ("query($n: Int!) { things(first: $n) { totalCount } }", None, None, "BAD_USER_INPUT"),
        ("query A { broken } query B { broken }", None, None, "NO_OPERATION"),
        ("query A { broken }", None, "B", "NO_OPERATION"),
        ("{ " + "broken " * 30 + "}", None, None, "LIMIT_EXCEEDED"),
        ("subscription { x }", None, None, "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Query { broken }", None, None, "GRAPHQL_VALIDATION_FAILED"),
    ],
)  # fmt: skip
def test_what_fails_before_it_runs_is_400_for_the_new_media_type_and_has_no_data(
    make: Make, query: str, variables: Any, operation: str | None, code: str
) -> None:
    client = make()
    for media, status in ((RESPONSE, 400), (JSON, 200)):
        response = client.post(query, variables, operation, accept=media)
        assert (response.status_code, codes(response)[0]) == (status, code)
        assert "data" not in response.json()


STRANGER = "bearer gw_000000000000_" + "a" * 43


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", STRANGER, "Bearer gw_'--_" + "a" * 43],
)
def test_without_a_good_token_the_answer_is_401_and_says_how(make: Make, authorization: str) -> None:
    response = make().post("{ __typename }", authorization=authorization)
    assert (response.status_code, codes(response)) == (401, ["NOT_SIGNED_IN"])
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert make(token=False).post("{ __typename }").status_code == 401


def test_the_right_id_with_another_secret_is_no_sign_in(make: Make) -> None:
    client = make()
    name = (client.token or "").rpartition("_")[0].removeprefix("gw_")[:12]
    assert client.post("{ __typename }", authorization=f"Bearer gw_{name}_{'A' * 43}").status_code == 401


def test_a_strangers_document_is_not_parsed(make: Make) -> None:
    client = make()
    assert client.post("{ " * 100, authorization=f"Bearer gw_000000000000_{'a' * 43}").status_code == 401


def test_a_token_past_its_day_or_taken_back_is_no_sign_in() -> None:
    clock = [0.0]
    text, sign_in, stored = tokens(monotonic=lambda: clock[0])
    name = next(iter(stored))
    endpoint = Endpoint(SCHEMA, sign_in, NoDatabase())
    client = Client(endpoint, text)
    assert client.post("{ __typename }").status_code == 200
    stored[name] = StoredToken(name, stored[name].secret_sha256, ACCOUNT, revoked_at=datetime.now(UTC))
    assert client.post("{ __typename }").status_code == 200  # remembered for a few seconds
    clock[0] = 5.1
    assert client.post("{ __typename }").status_code == 401
    stored[name] = StoredToken(
        name, stored[name].secret_sha256, ACCOUNT, expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    assert client.post("{ __typename }").status_code == 401
    endpoint.close()


def test_failed_sign_ins_of_an_address_are_held_back_for_a_while() -> None:
    clock = [0.0]
    text, sign_in, _ = tokens(monotonic=lambda: clock[0], failures=3)
    endpoint = Endpoint(SCHEMA, sign_in, NoDatabase())
    bad = Client(endpoint, new_token()[1])
    assert [bad.post("{ __typename }").status_code for _ in range(4)] == [401, 401, 401, 429]
    assert int(bad.post("{ __typename }").headers["retry-after"]) <= 61
    clock[0] = 61
    assert Client(endpoint, text).post("{ __typename }").status_code == 200
    endpoint.close()


def test_a_good_token_is_let_in_from_an_address_that_is_held_back() -> None:
    text, sign_in, _ = tokens(monotonic=lambda: 0.0, remember_s=0, failures=3)
    endpoint = Endpoint(SCHEMA, sign_in, NoDatabase())
    bad, good = Client(endpoint, new_token()[1]), Client(endpoint, text)
    assert [bad.post("{ __typename }").status_code for _ in range(4)] == [401, 401, 401, 429]
    assert [good.post("{ __typename }").status_code for _ in range(3)] == [200, 200, 200]
    assert bad.post("{ __typename }").status_code == 429, "a good one does not clear the bad ones"
    assert bad.post("{ __typename }", authorization="Bearer gw_x").status_code == 429
    endpoint.close()


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic eDp5"])
def test_who_gives_no_token_guesses_none(authorization: str | None) -> None:
    _, sign_in, _ = tokens(monotonic=lambda: 0.0, failures=3)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            sign_in.check(authorization, "10.0.0.1")
    for _ in range(3):
        with pytest.raises(NotSignedIn):
            sign_in.check("Bearer x", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        sign_in.check("Bearer x", "10.0.0.1")
    with pytest.raises(NotSignedIn):
        sign_in.check(authorization, "10.0.0.1")


def test_only_a_hash_of_the_secret_is_stored() -> None:
    name, text, digest = new_token()
    assert re.fullmatch(r"gw_[0-9a-f]{12}_[\w-]{43}", text)
    assert name in text
    assert len(digest) == 32
    assert digest.hex() not in text


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_limit_is_413_whether_it_says_its_length_or_not(make: Make, declared: bool) -> None:
    client = make(limits=Limits(body_bytes=1000))
    read = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b" " * 100

    response = asyncio.run(client.send(b" " * 1001 if declared else parts()))
    assert (response.status_code, codes(response)) == (413, ["BODY_TOO_LARGE"])
    assert client.raw(b'{"query": "{ __typename }"}'.ljust(1000)).status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.graphql.http.BODY_WAIT_S", 0.05)

    async def dripping() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.sleep(5)

    response = asyncio.run(make().send(dripping()))
    assert (response.status_code, codes(response)) == (408, ["BODY_TOO_SLOW"])


def test_an_unforeseen_error_tells_an_incident_number_and_logs_the_rest(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "gongwu.graphql"):
        response = make(app=ValueError("/srv/gongwu/secret.py")).post("{ broken trouble }")
    assert response.status_code == 200
    assert response.json()["data"] is None
    assert codes(response) == ["INTERNAL", "INTERNAL"]
    assert not re.search(r"Traceback|\.py|secret|Error\b", response.text)
    for error in response.json()["errors"]:
        assert error["extensions"]["incident"] in caplog.text
        assert error["extensions"]["incident"] in error["message"]
    assert response.headers["x-request-id"] in caplog.text
    assert "a secret of /srv" in caplog.text


def test_an_error_outside_every_resolver_is_masked_too(make: Make) -> None:
    client = make()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.graphql.http.understand", lambda *_: 1 / 0)
        response = client.post("{ __typename }")
    assert (response.status_code, codes(response)) == (500, ["INTERNAL"])
    assert "ZeroDivision" not in response.text


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (DatabaseUnavailable("unreachable", "host=/srv/secret"), "DATABASE_AWAY"), (DatabaseAway("x"), "DATABASE_AWAY"),
        (Crowded(), "BUSY"), (TooSlow(), "TOO_SLOW"), (OutcomeUnknown("x"), "OUTCOME_UNKNOWN"),
    ],
)  # fmt: skip
def test_what_may_be_right_in_a_moment_is_503_with_a_time_to_come_back(
    make: Make, trouble: Exception, code: str
) -> None:
    response = make(app=trouble).post("{ trouble }")
    assert (response.status_code, codes(response)) == (503, [code])
    assert int(response.headers["retry-after"]) >= 1
    assert "secret" not in response.text


def test_a_list_without_its_database_is_503(make: Make) -> None:
    assert make().post("{ things { nodes { no } } }").status_code == 503


def test_a_sign_in_without_its_database_is_503_and_not_401() -> None:
    _, sign_in, _ = tokens()

    def away(name: str) -> StoredToken | None:
        raise DatabaseUnavailable("unreachable", "x")

    sign_in._find = away
    endpoint = Endpoint(SCHEMA, sign_in, NoDatabase())
    assert Client(endpoint, new_token()[1]).post("{ __typename }").status_code == 503
    endpoint.close()


@pytest.mark.parametrize(
    ("told", "code"), [(Unknown(), "UNKNOWN"), (ProjectionBehind("register", 3, 7), "PROJECTION_BEHIND")]
)  # fmt: skip
def test_a_query_that_is_refused_says_its_code(make: Make, told: Exception, code: str) -> None:
    response = make(app=told).post("{ trouble }")
    assert (response.status_code, codes(response)) == (200, [code])


@pytest.mark.parametrize(("arguments", "code"), [('after: "!!"', "BAD_CURSOR"), ("first: 1000", "BAD_PAGE")])
@pytest.mark.parametrize(
    ("language", "chinese"),
    [
        ("en", False),
        ("zh-CN,zh;q=0.9,en;q=0.8", True),
        ("fr, en;q=0.5, zh;q=0.4", False),
        ("*", True),
        ("", True),
    ],
)
def test_refusals_speak_the_language_of_the_request(
    make: Make, arguments: str, code: str, language: str, chinese: bool
) -> None:
    response = make().post(f"{{ things({arguments}) {{ totalCount }} }}", accept_language=language)
    assert codes(response) == [code]
    assert (re.search("[\u4e00-\u9fff]", response.json()["errors"][0]["message"]) is not None) is chinese


def test_a_rule_that_says_no_is_data(make: Make) -> None:
    mutation = (
        "mutation($i: RenameInput!) { rename(input: $i) { __typename ... on UserError { code message path }"
        " ... on Refused { details { name value } } ... on Renamed { no position } } }"
    )
    client = make()
    refused = client.post(mutation, {"i": {"commandId": str(uuid4()), "no": "T0001"}}).json()["data"][
        "rename"
    ]
    assert (refused["__typename"], refused["code"], refused["path"]) == ("Refused", "NUMBER_TAKEN", ["no"])
    assert refused["details"] == [{"name": "number", "value": "T0001"}]
    done = client.post(mutation, {"i": {"commandId": str(uuid4()), "no": "T0002"}}).json()
    assert done == {"data": {"rename": {"__typename": "Renamed", "no": "T0002", "position": "7"}}}


def test_when_too_many_wait_the_next_is_told_to_come_back(make: Make) -> None:
    client = make(app=0.4, lanes=Lanes(queries=1, queries_waiting=1))

    async def crowd() -> list[int]:
        body = json.dumps({"query": "{ waits }"}).encode()
        await client.send(b'{"query": "{ __typename }"}')
        return sorted(one.status_code for one in await asyncio.gather(*(client.send(body) for _ in range(6))))

    assert asyncio.run(crowd()) == [200, 200, 503, 503, 503, 503]


def test_commands_do_not_wait_behind_queries(make: Make) -> None:
    client = make(app=0.5, lanes=Lanes(queries=1, commands=2))
    given = f'{{commandId: "{uuid4()}", no: "x"}}'
    mutation = json.dumps({"query": f"mutation {{ rename(input: {given}) {{ __typename }} }}"})

    async def order() -> list[str]:
        await client.send(mutation.encode())
        done: list[str] = []

        async def one(name: str, body: bytes) -> None:
            assert (await client.send(body)).status_code == 200
            done.append(name)

        slow = asyncio.create_task(one("query", b'{"query": "{ waits }"}'))
        await asyncio.sleep(0.1)
        await one("command", mutation.encode())
        await slow
        return done

    assert asyncio.run(order()) == ["command", "query"]


def test_the_loop_goes_on_while_a_request_blocks(make: Make) -> None:
    client = make(app=0.3)

    async def ticks() -> int:
        task = asyncio.create_task(client.send(b'{"query": "{ waits }"}'))
        count = 0
        while not task.done():
            await asyncio.sleep(0.01)
            count += 1
        return count

    assert asyncio.run(ticks()) > 10


@asynccontextmanager
async def health(
    database: Callable[[], bool], projections: Callable[[], dict[str, Standing]]
) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.router.routes.append(Route("/health", Health(database, projections)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("database", "stopped", "status", "word"),
    [(True, False, 200, "ok"), (True, True, 503, "stopped"), (False, False, 503, "down"), (None, False, 503, "down")],
)  # fmt: skip
def test_health_tells_lag_and_whether_somebody_should_come(
    database: bool | None, stopped: bool, status: int, word: str
) -> None:
    def there() -> bool:
        if database is None:
            raise RuntimeError("password=secret")
        return database

    async def ask() -> httpx.Response:
        async with health(there, lambda: {"register": Standing(90, 10, stopped)}) as client:
            return await client.get("/health")

    response = asyncio.run(ask())
    assert (response.status_code, response.json()["status"]) == (status, word)
    assert "secret" not in response.text
    if database:
        state = "stopped" if stopped else "running"
        assert response.json()["projections"] == {"register": {"position": "90", "lag": 10, "state": state}}


def test_health_is_looked_up_once_however_many_ask() -> None:
    looked: list[int] = []

    def look() -> bool:
        looked.append(1)
        return True

    async def ask() -> None:
        async with health(look, dict) as client:
            await asyncio.gather(*(client.get("/health") for _ in range(20)))

    asyncio.run(ask())
    assert len(looked) == 1


def test_health_answers_while_the_database_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.graphql.health.PATIENCE_S", 0.05)
    free = threading.Event()

    async def ask() -> int:
        async with health(lambda: free.wait(2), dict) as client:
            status = (await client.get("/health")).status_code
        free.set()
        return status

    began = time.monotonic()
    assert asyncio.run(ask()) == 503
    assert time.monotonic() - began < 2
