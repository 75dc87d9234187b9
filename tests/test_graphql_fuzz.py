"""Whatever is sent, the answer is data or a code: no stack trace, no SQL, no path, nobody's incident.

Every mutation gets inputs of the right types with odd values (ids of the wrong kind, amounts without end, times before Christ),
from an account with every role everywhere, so that it is the rules that answer and not the door.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.schema.named import PEOPLE
from domain.values import PEOPLES_ROLES, ROOT
from tests.errands import ERRANDS
from tests.town import LEAKS, Answer, Town, command, input_of, new_town, question, root_fields

pytestmark = pytest.mark.postgres

EXAMPLES = 8
ODD = [
    "",
    " ",
    "电脑",
    "A02010105",
    "62",
    "\u202e",
    "a\u0000b",
    "%_\\",
    "'; --",
    "🪑" * 300,
    "x" * 5000,
    "00" * 32,
    "CNY",
    "-",
]
TEXTS = st.one_of(st.sampled_from(ODD), st.text("ab甲乙 \n\t'\"\\;%_-/{}$🪑\u200f\ufeff", max_size=20))
KINDS = {
    "asset": ("asset", "double", "others"),
    "body": (
        "body",
        "borrower",
        "receiver",
        "into",
        "other",
        "parts",
        "owner",
        "operator",
        "holder",
        "workshop",
        "authority",
        "parent",
        "toBody",
    ),
    "place": ("place", "warehouse", "scope"),
    **{
        name: (name,)
        for name in ("loan", "intake", "transfer", "repair", "disposal", "decision", "acquisition", "account")
    },
}
"""Which stream a field's name means."""
NUMBERS = st.one_of(st.sampled_from([0, 1, 2, -1, 2**31 - 1, -(2**31)]), st.integers(-5, 200))
DECIMALS = st.sampled_from(
    ["0", "1.00", "-1", "3000", "0.001", "99999999999999999999", "1000000000000000", "-0.00"]
)
TIMES = st.sampled_from(
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1970-01-01T00:00:00Z",
        (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    ]
)
DAYS = st.sampled_from(["0001-01-01", "9999-12-31", "2026-02-28", "2024-02-29"])
BROKEN: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        0,
        -1,
        1e400,
        "x",
        [],
        {},
        True,
        {"a": 1},
        "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    ]
)


class Playground:
    """A town with a whole year behind it, somebody who may do everything, and the ids of all that is there."""

    def __init__(self, town: Town) -> None:
        for errand in ERRANDS:
            errand(town)
        town.let_in("everything", "education", *((role, ROOT) for role in PEOPLES_ROLES))
        self.town, self.client = town, town.as_("everything")
        self.paper = town.paper("乱填的凭证")
        self.ids = town.sql(
            "SELECT stream::text, split_part(topic, '.', 1) FROM gongwu.event WHERE version = 1 ORDER BY position"
        )

    def uuids(self, name: str) -> st.SearchStrategy[Any]:
        """Mostly of the kind that the field means."""
        meant = [id for id, kind in self.ids if name in KINDS.get(kind, ())]
        if name in PEOPLE:
            meant = [str(person) for person in self.town.people.values()]
        strangers = st.sampled_from([*(id for id, _ in self.ids), str(uuid4()), str(UUID(int=0))])
        return st.one_of(*[st.sampled_from(meant)] * 4, strangers) if meant else strangers


@pytest.fixture(scope="module")
def playground() -> Iterator[Playground]:
    with new_town() as town:
        yield Playground(town)


def values(kind: Any, ground: Playground, name: str) -> st.SearchStrategy[Any]:
    """Values of a GraphQL input type, for a field of this name."""
    if isinstance(kind, GraphQLNonNull):
        return _some(kind.of_type, ground, name)
    return st.one_of(st.none(), _some(kind, ground, name))


def _some(kind: Any, ground: Playground, name: str) -> st.SearchStrategy[Any]:
    if isinstance(kind, GraphQLNonNull):
        return _some(kind.of_type, ground, name)
    if isinstance(kind, GraphQLList):
        return st.lists(values(kind.of_type, ground, name), max_size=3)
    if isinstance(kind, GraphQLEnumType):
        return st.sampled_from(sorted(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return objects(kind, ground)
    if kind.name == "UUID":
        return ground.uuids(name)
    return {
        "String": TEXTS,
        "Int": NUMBERS,
        "Decimal": DECIMALS,
        "DateTime": TIMES,
        "Date": DAYS,
        "Boolean": st.booleans(),
        "Position": st.sampled_from(["0", "1", "999999999999999999"]),
    }[kind.name]


def objects(kind: GraphQLInputObjectType, ground: Playground) -> st.SearchStrategy[dict[str, Any]]:
    wanted: dict[str, Any] = {}
    perhaps: dict[str, Any] = {}
    for name, shown in kind.fields.items():
        strategy = values(shown.type, ground, name)
        required = isinstance(shown.type, GraphQLNonNull) and shown.default_value is Undefined
        (wanted if required else perhaps)[name] = strategy
    return st.fixed_dictionaries(wanted, optional=perhaps)


def must_be_clean(answer: Answer, what: object) -> None:
    """An answer anybody may see."""
    text = answer.raw.decode()
    assert answer.status in (200, 400), (answer.status, text[:400], what)
    assert "INTERNAL" not in answer.errors, (text[:400], what)
    assert not LEAKS.search(text.replace("\\\\", "")), (text[:600], what)


@pytest.mark.parametrize("name", sorted(root_fields("Mutation")))
def test_no_input_of_a_mutation_meets_a_fault(playground: Playground, name: str) -> None:
    client = playground.client

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        said=objects(input_of(name), playground),
        broken=st.one_of(st.none(), st.none(), st.none(), BROKEN),
        at=st.integers(0, 40),
    )
    def play(said: dict[str, Any], broken: object, at: int) -> None:
        said["commandId"] = str(uuid4())
        said["expectedVersions"] = []
        said["expectedVersion"] = None
        if said.get("occurredAt") and at % 2:
            said["occurredAt"] = None
        if at % 3:
            said["actingBody"] = None
            said["reason"], said["evidence"] = "缘由", [playground.paper]
        if "expectedVersion" not in input_of(name).fields:
            del said["expectedVersion"]
        if broken is not None:
            said[sorted(said)[at % len(said)]] = broken
        must_be_clean(client.ask(command(name), input=said), said)

    play()


@pytest.mark.parametrize("name", sorted(root_fields("Query")))
def test_no_argument_of_a_query_meets_a_fault(playground: Playground, name: str) -> None:
    client, arguments = playground.client, root_fields("Query")[name].args
    kind = GraphQLInputObjectType(
        "Arguments", {one: GraphQLInputField(arg.type) for one, arg in arguments.items()}
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(said=objects(kind, playground), more=st.booleans())
    def play(said: dict[str, Any], more: bool) -> None:
        said.pop("afterPosition", None)  # waiting for what never comes is another test's
        if more and not {"first", "last"}.isdisjoint(said):
            said = {one: value for one, value in said.items() if one not in ("after", "before", "last")} | {
                "first": 3
            }
        must_be_clean(client.ask(question(name, tuple(said)), **said), said)

    play()
