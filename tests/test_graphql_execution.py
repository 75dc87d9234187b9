"""Lists answered from one SQL statement say exactly what the library's executor says about the same rows."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.graphql.context import Context
from api.graphql.documents import Documents
from api.graphql.execution import run
from api.graphql.limits import Limits
from api.graphql.principal import Principal
from api.graphql.straight import execute
from tests.clusters import Database
from tests.graphql_sample import ACCOUNT, SCHEMA, TABLE, OneConnection

pytestmark = pytest.mark.postgres

WIDE = Limits(
    tokens=20_000, depth=50, cost=10**9, fields=20_000, aliases=5_000, same_name=5_000, directives=5_000
)
DOCUMENTS = Documents(SCHEMA._schema, WIDE)


@pytest.fixture(scope="module")
def reader(module_database: Database) -> Iterator[OneConnection]:
    with psycopg.connect(module_database.owner, autocommit=True) as connection:
        connection.execute(TABLE)
    made = OneConnection(module_database.owner)
    yield made
    made.connection.close()


@pytest.fixture
def damaged(reader: OneConnection) -> Iterator[OneConnection]:
    """Rows that may not be shown: an unknown state, a null where there must be none, too large a number."""
    changes = [
        "ALTER TABLE sample.thing ALTER state DROP NOT NULL, ALTER changed DROP NOT NULL",
        "UPDATE sample.thing SET state = 'gone' WHERE no = 'T0003'",
        "UPDATE sample.thing SET state = NULL, changed = NULL WHERE no = 'T0004'",
        "UPDATE sample.thing SET mood = 'gloomy', many = 2147483648 WHERE no = 'T0005'",
        "UPDATE sample.thing SET currency = NULL WHERE no = 'T0007'",
        """UPDATE sample.thing SET marks = '[{"by": null, "kind": "odd"}]' WHERE no = 'T0010'""",
        "UPDATE sample.thing SET size = -2147483649 WHERE no = 'T0011'",
        "UPDATE sample.thing SET moods = ARRAY['fine', NULL] WHERE no = 'T0012'",
        "UPDATE sample.thing SET moods = ARRAY['sad'] WHERE no = 'T0013'",
        "UPDATE sample.thing SET moods = NULL WHERE no = 'T0014'",
    ]
    with reader.connection.transaction(force_rollback=True):
        for one in changes:
            reader.connection.execute(one)
        yield reader


def answer(reader: OneConnection, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """As the route runs it, with the document's remembered plans."""
    document = DOCUMENTS.get(text)
    context = Context(
        Principal(ACCOUNT, "t"), "en", "r", reader, plans=document.plans, switches=document.switches
    )
    result = execute(SCHEMA, document, context, variables)
    return {
        "data": result.data,
        "errors": sorted((str(one.path), one.message) for one in result.errors or ()),
    }


def both(reader: OneConnection, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """Asserts that the fast answer is the library's; `text` selects from `thing…`, whose twin is `slowThing…`."""
    slow = re.sub(r"\bthings(?:\([^)]*\))?(?=\s*[@{])", "things: slowThings", text)
    slow = re.sub(r"(?<!\w)thing\(", "thing: slowThing(", slow)
    slow = slow.replace("ALIAS: things: slow", "ALIAS: slow").replace("ALIAS: thing: slow", "ALIAS: slow")
    assert slow != text
    fast = answer(reader, text, variables)
    assert fast == answer(reader, slow, variables)
    assert list(_keys(fast["data"])) == list(_keys(answer(reader, slow, variables)["data"]))
    return fast


def _keys(value: Any) -> Iterator[str]:
    """All keys in the order in which they are written."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


ALL = (
    "id no name state mood bought changed size many place { id name } holder { id name } value { amount currency }"
    " seen good weight marks { by kind } label tags moods"
)
SWITCHED = (
    "query($v: Boolean!, $w: Boolean!)"
    " { things(first: 200) { nodes { no ... @skip(if: $v) { name @include(if: $w) size } } } }"
)
QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("{ things(first: 200) { nodes { id } } }", {}),
    (f"{{ things(first: 200) {{ nodes {{ {ALL} }} }} }}", {}),
    (f"{{ things(first: 200) {{ nodes {{ {ALL} __typename place {{ __typename }} }} }} }}", {}),
    ("{ things(first: 200) { __typename nodes { __typename } } }", {}),
    ("{ things(first: 200) { totalCount totalCountIsExact } }", {}),
    ("{ ALIAS: things(first: 200) { list: nodes { a: id b: id who: holder { x: name y: name } } } }", {}),
    ("{ things(first: 200) { nodes { no } again: nodes { no name } nodes { size } } }", {}),
    ("{ things(first: 200) { nodes { no place { id } place { name } holder { id } ...F } } } fragment F on Thing { holder { name } }", {}),
    ("{ things(first: 200) { nodes { ...A ...B } } } fragment A on Thing { id ...B } fragment B on Thing { no }", {}),
    ("{ things(first: 200) { ...C } } fragment C on ThingConnection { nodes { ...T } } fragment T on Thing { no ... { name } }", {}),
    ("{ things(first: 200) { nodes { ... on Named { name } ... on Thing { no } holder { ... on Named { name __typename } } } } }", {}),
    ("{ things(first: 200) { nodes { ...N place { ...N } } } } fragment N on Named { name ... on Spot { id } ... on Thing { no } }", {}),
    ("{ things(first: 200) { nodes { name @skip(if: true) no @include(if: true) size @skip(if: false) @include(if: false) } } }", {}),
    ("query($v: Boolean!) { things(first: 200) { nodes { no name @include(if: $v) mood @skip(if: $v) } } }", {"v": True}),
    ("query($v: Boolean!) { things(first: 200) { nodes { no name @include(if: $v) mood @skip(if: $v) } } }", {"v": False}),
    ("query($v: Boolean = true) { things(first: 200) { nodes { no ...F @include(if: $v) } } } fragment F on Thing { state }", {}),
    ("query($v: Boolean = true) { things(first: 200) { nodes { no ...F @include(if: $v) } } } fragment F on Thing { state }", {"v": False}),
    ("query($v: Boolean = true) { things(first: 200) { nodes { no ...F @include(if: $v) } } } fragment F on Thing { state }", {"v": None}),
    (SWITCHED, {"v": False, "w": False}),
    (SWITCHED, {"v": False, "w": True}),
    ("query($v: Boolean!) { things(first: 200) { totalCount @include(if: $v) nodes @skip(if: $v) { no } } }", {"v": True}),
    ("query($v: Boolean!) { things(first: 200) { totalCount @include(if: $v) nodes @skip(if: $v) { no } } }", {"v": False}),
    ("query($v: Boolean!) { things(first: 200) @include(if: $v) { nodes { no } } broken @skip(if: true) }", {"v": False}),
    ("{ things(first: 200) { nodes { no shout } } }", {}),
    ("{ things(first: 200) { nodes { no shout(times: 3) label place { name } state value { amount } marks { by } } } }", {}),
    ("{ things(first: 200) { nodes { no value { amount } worth: value { amount currency } } } }", {}),
    ("{ things(first: 200) { nodes { marks { kind k: kind __typename by } } } }", {}),
    ("{ things(first: 200) { nodes { mood m: mood state s: state } } }", {}),
    ("{ things(first: 200) { nodes { l: label label } } }", {}),
    ("{ things(first: 200) { nodes { moods m: moods tags } } }", {}),
    (f'{{ thing(no: "T0012") {{ {ALL} __typename }} }}', {}),
    ('{ thing(no: "T0042") { no place { id } shout(times: 2) } }', {}),
    ('{ thing(no: "none") { no } }', {}),
    ("query($no: String!, $v: Boolean!) { ALIAS: thing(no: $no) { no name @skip(if: $v) } }", {"no": "T0002", "v": False}),
    ("query($no: String!, $v: Boolean!) { ALIAS: thing(no: $no) { no name @skip(if: $v) } }", {"no": "T0003", "v": True}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "variables"), QUERIES)
def test_the_fast_answer_is_the_librarys_answer(
    reader: OneConnection, text: str, variables: dict[str, Any]
) -> None:
    found = both(reader, text, variables)
    assert both(reader, text, variables) == found  # and again, from the remembered plan


@pytest.mark.parametrize(("text", "variables"), QUERIES)
def test_only_what_a_shape_does_not_know_takes_the_ordinary_way(
    reader: OneConnection, text: str, variables: dict[str, Any]
) -> None:
    document = DOCUMENTS.get(text)
    context = Context(Principal(ACCOUNT, "t"), "en", "r", reader)
    run(SCHEMA, document.node, context, variables)
    ordinary = None in context.plans.values()
    assert ordinary is ("shout" in text or None in variables.values())


DAMAGED = [
    "{ things(first: 200) { nodes { no state } } }",
    "{ things(first: 200) { nodes { no mood many } } }",
    "{ things(first: 200) { nodes { no value { currency } } } }",
    "{ things(first: 200) { nodes { no marks { kind } } } }",
    "{ things(first: 200) { nodes { no marks { by } } } }",
    "{ things(first: 200) { nodes { no size } } }",
    '{ thing(no: "T0003") { no state } }',
    '{ thing(no: "T0004") { no state } }',
    '{ thing(no: "T0004") { no changed } }',
    '{ thing(no: "T0012") { no moods } }',
    '{ thing(no: "T0013") { no moods } }',
    '{ thing(no: "T0014") { no moods } }',
    '{ thing(no: "T0005") { no mood many } }',
    '{ thing(no: "T0007") { no value { currency } } }',
]  # fmt: skip


@pytest.mark.parametrize("text", DAMAGED)
def test_rows_that_may_not_be_shown_give_the_librarys_errors_and_nulls(
    damaged: OneConnection, text: str
) -> None:
    assert both(damaged, text)["errors"] != []


def test_a_plan_made_for_one_value_of_a_switch_is_not_used_for_another(reader: OneConnection) -> None:
    text = "query($v: Boolean!) { things(first: 3) { nodes { no name @include(if: $v) } } }"
    for _ in range(2):
        for value in (True, False):
            nodes = answer(reader, text, {"v": value})["data"]["things"]["nodes"]
            assert all(("name" in node) is value for node in nodes)


def test_two_operations_of_one_document_keep_their_plans_apart(reader: OneConnection) -> None:
    text = "query A($v: Boolean = true) { ...F } query B($v: Boolean = false) { ...F }"
    text += " fragment F on Query { things(first: 1) { nodes { no name @include(if: $v) } } }"
    document = DOCUMENTS.get(text)
    for name, has in (("A", True), ("B", False), ("A", True)):
        context = Context(
            Principal(ACCOUNT, "t"), "en", "r", reader, plans=document.plans, switches=document.switches
        )
        result = run(SCHEMA, document.node, context, None, name)
        assert ("name" in (result.data or {})["things"]["nodes"][0]) is has


def test_the_short_way_is_learned_only_by_what_is_finished(reader: OneConnection) -> None:
    learned = {
        "{ things(first: 1) { nodes { no } } }": True,
        '{ a: thing(no: "T0001") { no } b: thing(no: "T0002") { no } }': True,
        "{ things(first: 1) { nodes { shout } } }": False,
        "{ things(first: 1) { totalCount } __typename }": False,
        "query($v: Boolean!) { things(first: 1) @skip(if: $v) { totalCount } }": False,
        "{ ... { things(first: 1) { totalCount } } }": False,
        'mutation { rename(input: {commandId: "01900000-0000-7000-8000-000000000001", no: "x"}) { __typename } }': False,
    }
    for text, short in learned.items():
        first, second = answer(reader, text, {"v": False}), answer(reader, text, {"v": False})
        assert first == second
        assert bool(DOCUMENTS.get(text).roots.get(None)) is short, text


def test_errors_and_absences_on_the_short_way_are_those_of_the_executor(reader: OneConnection) -> None:
    text = "query($n: Int, $no: String!) { thing(no: $no) { no } things(first: $n) { nodes { no } } }"
    document = DOCUMENTS.get(text)
    good = answer(reader, text, {"n": 1, "no": "T0001"})
    assert good["errors"] == []
    for variables in (
        {"n": 0, "no": "T0001"},
        {"n": 1, "no": "none"},
        {"n": "x", "no": "T0001"},
        {"n": 1},
        {"n": 1, "no": "a\0"},
    ):
        assert document.roots[None] != ()
        short = answer(reader, text, variables)
        context = Context(Principal(ACCOUNT, "t"), "en", "r", reader)
        long = run(SCHEMA, document.node, context, variables)
        assert short["data"] == long.data
        assert short["errors"] == sorted((str(one.path), one.message) for one in long.errors or ())
    assert answer(reader, text, {"n": 1, "no": "T0001"}) == good


def test_what_fails_on_the_short_way_is_not_tried_again(reader: OneConnection) -> None:
    text = "query($n: Int) { things(first: $n) { nodes { no size } } }"
    answer(reader, text, {"n": 1})
    asked: list[str] = []

    class Failing:
        def rows(self, query: str, values: object = None) -> list[Any]:
            asked.append(query)
            raise TimeoutError("too slow")

    document = DOCUMENTS.get(text)
    context = Context(Principal(ACCOUNT, "t"), "en", "r", Failing(), plans=document.plans)
    result = execute(SCHEMA, document, context, {"n": 1})
    assert len(asked) == 1
    assert result.data is None
    assert isinstance((result.errors or [])[0].original_error, TimeoutError)


def test_only_what_is_selected_is_fetched(reader: OneConnection) -> None:
    reader.asked.clear()
    answer(reader, "{ things(first: 2) { nodes { no } } }")
    assert len(reader.asked) == 1
    assert "a.name" not in reader.asked[0]


def test_a_nested_object_is_absent_where_its_column_is_null(reader: OneConnection) -> None:
    found = answer(reader, '{ thing(no: "T0006") { place { id name } value { amount } } }')["data"]["thing"]  # fmt: skip
    assert found == {"place": None, "value": {"amount": "63.00"}}


LEAVES = [
    "id",
    "no",
    "name",
    "state",
    "mood",
    "bought",
    "changed",
    "size",
    "many",
    "seen",
    "good",
    "weight",
    "label",
    "__typename",
]
SPOT = ["id", "name", "__typename"]


@st.composite
def selections(draw: st.DrawFn, leaves: list[str] = LEAVES, deep: int = 2) -> str:
    """A selection of things: aliases, repeated fields, inline fragments, switches, nested objects."""
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 5))):
        switch = draw(
            st.sampled_from(
                ["", "", " @include(if: $v)", " @skip(if: $w)", " @skip(if: $v) @include(if: $w)"]
            )
        )
        kind = draw(st.sampled_from(["leaf", "leaf", "alias", "nested", "inline"]))
        if kind == "leaf" or (kind != "alias" and deep == 0):
            parts.append(draw(st.sampled_from(leaves)) + switch)
        elif kind == "alias":
            leaf = draw(st.sampled_from(leaves))
            parts.append(f"{draw(st.sampled_from('xyz'))}_{leaf.strip('_')}: {leaf}{switch}")
        elif kind == "inline" or leaves is SPOT:
            on = draw(st.sampled_from(["", "on Spot" if leaves is SPOT else "on Thing"]))
            parts.append(f"... {on}{switch} {{ {draw(selections(leaves, deep - 1))} }}")
        else:
            field = draw(st.sampled_from(["holder", "place"]))
            parts.append(f"{field}{switch} {{ {draw(selections(SPOT, deep - 1))} }}")
    return " ".join(parts)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(selection=selections(), v=st.booleans(), w=st.booleans())
def test_any_selection_gives_the_librarys_answer_whatever_the_switches(
    reader: OneConnection, selection: str, v: bool, w: bool
) -> None:
    never = "q: broken @skip(if: $v) @include(if: $v) r: broken @skip(if: $w) @include(if: $w)"  # uses both
    text = f"query($v: Boolean!, $w: Boolean!) {{ things(first: 200) {{ nodes {{ {selection} }} }} {never} }}"
    for one, other in ((v, w), (w, v), (not v, w)):
        both(reader, text, {"v": one, "w": other})
