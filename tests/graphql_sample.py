"""A small GraphQL schema over one table, for the tests of what lies under every type: all kinds of fields, lists and troubles."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import psycopg
import strawberry
from fastapi import FastAPI
from starlette.routing import Route

from api.graphql.context import Info
from api.graphql.execution import make_schema
from api.graphql.headers import SecurityHeaders
from api.graphql.http import Endpoint
from api.graphql.listing import Filter, Listing, page, single
from api.graphql.paging import After, Before, Connection, First, Last, Pages
from api.graphql.principal import SignIn, StoredToken, new_token
from api.graphql.problems import Refusals, answer
from api.graphql.scalars import Position
from api.graphql.shapes import Column, Computed, Items, Nested, Shape
from domain.refusals import NumberTaken
from projections.keyset import Key, Source
from projections.reading import Row

TABLE = """
CREATE SCHEMA sample;
CREATE TABLE sample.thing (
    id uuid PRIMARY KEY, no text NOT NULL UNIQUE, name text, state text NOT NULL, mood text, bought date, changed timestamptz NOT NULL,
    size bigint NOT NULL, many bigint, place uuid, place_name text, holder uuid NOT NULL, holder_name text, amount numeric(12, 2),
    currency text, seen bigint NOT NULL, good boolean, weight double precision, marks jsonb, tags text[], moods text[]
);
INSERT INTO sample.thing SELECT
    md5('thing' || i)::uuid, 'T' || lpad(i::text, 4, '0'), CASE WHEN i % 7 > 0 THEN 'Projector "' || i || E'" \\\\ 投影仪' END,
    (ARRAY['in_stock', 'lent', 'in_repair'])[1 + i % 3], (ARRAY['fine', 'worn', NULL])[1 + i % 3],
    CASE WHEN i % 5 > 0 THEN date '2020-01-31' + i END,
    timestamptz '2026-03-01 00:00:00+00' + i * interval '1 hour 0.25 seconds',
    i, CASE WHEN i % 4 > 0 THEN i END, CASE WHEN i % 6 > 0 THEN md5('place' || i % 6)::uuid END, 'Warehouse ' || i % 6,
    md5('holder' || i % 3)::uuid, 'Bureau ' || i % 3, CASE WHEN i % 8 > 0 THEN i * 10.5 END, CASE WHEN i % 8 > 0 THEN 'CNY' END,
    9007199254740993 + i, CASE WHEN i % 3 > 0 THEN i % 2 = 0 END, CASE WHEN i % 5 > 0 THEN i / 4.0 END,
    CASE WHEN i % 4 = 1 THEN '[]' WHEN i % 4 > 1 THEN jsonb_build_array(
        jsonb_build_object('by', 'A' || i, 'kind', 'fine'), jsonb_build_object('by', 'B' || i, 'kind', NULL)) END,
    CASE WHEN i % 3 > 0 THEN ARRAY['a', '{"' || i, NULL, ''] END, CASE WHEN i % 2 > 0 THEN ARRAY['fine', 'worn'] ELSE '{}' END
FROM generate_series(1, 60) AS i;
"""


@strawberry.enum
class State(enum.Enum):
    IN_STOCK = "in_stock"
    LENT = "lent"
    IN_REPAIR = "in_repair"


@strawberry.enum
class Mood(enum.Enum):
    FINE = "fine"
    WORN = "worn"


@strawberry.interface
class Named:
    name: str | None


@strawberry.type
class Spot(Named):
    id: UUID


@strawberry.type
class Money:
    amount: Decimal
    currency: str


@strawberry.type
class Mark:
    by: str
    kind: Mood | None


@strawberry.type
class Thing(Named):
    id: UUID
    no: str
    state: State
    mood: Mood | None
    bought: date | None
    changed: datetime
    size: int
    many: int | None
    place: Spot | None
    holder: Spot
    value: Money | None
    seen: Position
    good: bool | None
    weight: float | None
    marks: list[Mark] | None
    tags: list[str | None] | None
    moods: list[Mood]
    label: str

    @strawberry.field
    def shout(self, times: int = 1) -> str:
        """A field with an argument, which no shape knows."""
        return f"{self.no}{'!' * times}"


THING = Shape(
    "Thing",
    {
        "id": Column("a.id"),
        "no": Column("a.no"),
        "name": Column("a.name"),
        "state": Column("a.state"),
        "mood": Column("a.mood"),
        "bought": Column("a.bought"),
        "changed": Column("a.changed"),
        "size": Column("a.size"),
        "many": Column("a.many"),
        "place": Nested({"id": Column("a.place"), "name": Column("a.place_name")}, present="a.place"),
        "holder": Nested({"id": Column("a.holder"), "name": Column("a.holder_name")}),
        "value": Nested({"amount": Column("a.amount"), "currency": Column("a.currency")}, present="a.amount"),
        "seen": Column("a.seen"),
        "good": Column("a.good"),
        "weight": Column("a.weight"),
        "marks": Items("a.marks", {"by": Column("by"), "kind": Column("kind")}),
        "tags": Column("a.tags"),
        "moods": Column("a.moods"),
        "label": Computed(("a.no", "a.size"), lambda context, no, size: f"{context.language}:{no}/{size}"),
    },
)
THINGS = Listing(
    "things", THING, Source("sample.thing AS a"), (Key("a.no", "text"), Key("a.id", "uuid")), most_counted=50
)
NEWEST = (Key("a.changed", "timestamptz", descending=True), Key("a.id", "uuid"))


@strawberry.type
class Renamed:
    no: str
    position: Position


Renaming = Annotated[Renamed | Refusals, strawberry.union("RenameResult")]


@strawberry.input
class RenameInput:
    command_id: UUID
    no: str


def objects(info: Info) -> list[Thing]:
    """The same rows with Python's own types, for the library's executor: what every fast answer is compared with."""
    columns = "id, no, name, state, mood, bought, changed, size, many, place, place_name, holder, holder_name, amount, currency"
    rows = info.context.reader.rows(
        f"SELECT {columns}, seen, good, weight, marks, tags, moods FROM sample.thing AS a ORDER BY no"
    )
    return [_thing(row, info.context.language) for row in rows]


def _thing(row: Row, language: str) -> Thing:
    (
        id,
        no,
        name,
        state,
        mood,
        bought,
        changed,
        size,
        many,
        place,
        place_name,
        holder,
        holder_name,
        amount,
        currency,
        *rest,
    ) = row
    seen, good, weight, marks, tags, moods = rest
    return Thing(
        name=name, id=id, no=no, state=state, mood=mood, bought=bought, changed=changed, size=size, many=many,
        place=None if place is None else Spot(id=place, name=place_name),
        holder=Spot(id=holder, name=holder_name),
        value=None if amount is None else Money(amount=amount, currency=currency),
        seen=seen, good=good, weight=weight, label=f"{language}:{no}/{size}",
        tags=tags, moods=moods,
        marks=None if marks is None else [Mark(by=one["by"], kind=one["kind"]) for one in marks],
    )  # fmt: skip


@strawberry.type
class Query:
    @strawberry.field
    def things(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None,
        state: State | None = None, newest: bool = False,
    ) -> Connection[Thing]:  # fmt: skip
        filters = [] if state is None else [Filter("a.state = %(state)s", {"state": state.value})]
        order = NEWEST if newest else None
        made: Connection[Thing] = page(info, THINGS, Pages(first, after, last, before), filters, order=order)
        return made

    @strawberry.field
    def slow_things(self, info: Info) -> Connection[Thing]:
        found = objects(info)
        return Connection(nodes=found, edges=[], page_info=None, counted=lambda: (50, False))  # type: ignore[arg-type]  # nobody asks

    @strawberry.field
    def thing(self, info: Info, no: str) -> Thing | None:
        found: Thing | None = single(info, THINGS, [Filter("a.no = %(no)s", {"no": no})])
        return found

    @strawberry.field
    def slow_thing(self, info: Info, no: str) -> Thing | None:
        return next((one for one in objects(info) if one.no == no), None)

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("a secret of /srv/gongwu/somewhere.py")

    @strawberry.field
    def trouble(self, info: Info) -> str:
        raise info.context.app

    @strawberry.field
    def waits(self, info: Info) -> str:
        time.sleep(info.context.app)
        return "done"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, info: Info, input: RenameInput) -> Renaming:
        if input.no == "T0001":
            return answer(NumberTaken("no", number=input.no), info.context.language)
        return Renamed(no=input.no, position=Position(7))


SCHEMA = make_schema(Query, Mutation)


class OneConnection:
    """A reader on one connection, which counts and shows what was asked of it."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.asked: list[str] = []

    def rows(self, query: str, values: Any = None) -> list[Row]:
        self.asked.append(query)
        return self.connection.execute(query, values).fetchall()


ACCOUNT = UUID("01900000-0000-7000-8000-000000000001")


def tokens(
    *, monotonic: Callable[[], float] = time.monotonic, **more: Any
) -> tuple[str, SignIn, dict[str, StoredToken]]:
    """A good token, and a sign-in that knows it."""
    name, text, digest = new_token()
    stored = {name: StoredToken(name, digest, ACCOUNT, "counter 1")}
    return text, SignIn(stored.get, monotonic=monotonic, now=lambda: datetime.now(UTC), **more), stored


def application(endpoint: Endpoint) -> FastAPI:
    """The route as the server mounts it."""
    app = FastAPI(openapi_url=None)
    app.router.routes.append(Route("/graphql", endpoint))
    app.add_middleware(SecurityHeaders)
    return app
