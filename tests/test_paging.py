"""Pages by key: every row once, in both directions and any order, and no cursor from outside reaches the database unchecked."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import orjson
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.context import Context
from api.graphql.paging import mark_of, read_cursor, write_cursor
from api.graphql.principal import Principal
from api.graphql.problems import Rejected
from projections.keyset import Key, Slice, Source, statement, values
from tests.clusters import Database
from tests.graphql_sample import ACCOUNT, SCHEMA, TABLE, OneConnection

ORDER = (Key("a.no", "text"), Key("a.id", "uuid"))
TYPED = (Key("t", "text"), Key("n", "bigint"), Key("u", "uuid"), Key("d", "date"), Key("at", "timestamptz"))
GOOD = (
    '投影仪 "',
    "-9223372036854775808",
    "01900000-0000-7000-8000-000000000001",
    "2026-02-28",
    "2026-03-01 01:00:00.25+00",
)


@pytest.fixture(scope="module")
def reader(module_database: Database) -> Iterator[OneConnection]:
    with psycopg.connect(module_database.owner, autocommit=True) as connection:
        connection.execute(TABLE)
    made = OneConnection(module_database.owner)
    yield made
    made.connection.close()


def ask(reader: OneConnection, query: str, **variables: Any) -> Any:
    context = Context(Principal(ACCOUNT, "t"), "en", "r", reader)
    result = SCHEMA.execute_sync(query, variables, context_value=context)
    if result.errors:
        raise result.errors[0].original_error or result.errors[0]
    assert result.data is not None
    return result.data["things"]


def test_a_cursor_comes_back_as_the_key_it_was_made_of() -> None:
    mark = mark_of("list", TYPED)
    assert read_cursor(write_cursor(mark, GOOD), mark, TYPED, "en") == GOOD


@given(st.text(max_size=80))
def test_garbage_is_refused_as_a_bad_cursor_and_nothing_else(text: str) -> None:
    with pytest.raises(Rejected) as no:
        read_cursor(text, mark_of("list", TYPED), TYPED, "zh")
    assert no.value.extensions == {"code": "BAD_CURSOR"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_well_formed_json_that_is_not_a_key_is_refused_too(value: Any) -> None:
    with pytest.raises(Rejected):
        read_cursor(urlsafe_b64encode(orjson.dumps(value)).decode(), mark_of("list", TYPED), TYPED, "en")


@pytest.mark.parametrize(
    ("at", "bad"),
    [
        (0, "a\x00b"), (1, "9223372036854775808"), (1, "1e3"), (1, "+1"), (1, "1_0"), (1, ""), (1, "٣"), (2, "0" * 32), (2, "{}"),
        (3, "2026-02-30"), (3, "20260228"), (3, "infinity"), (4, "2026-03-01 01:00:00"), (4, "now"), (4, "2026-03-01 25:00:00+00"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_column_is_refused_before_the_database_sees_it(
    at: int, bad: str
) -> None:
    key = [*GOOD[:at], bad, *GOOD[at + 1 :]]
    with pytest.raises(Rejected):
        read_cursor(write_cursor(mark_of("list", TYPED), key), mark_of("list", TYPED), TYPED, "en")


def test_a_cursor_of_another_list_or_order_is_refused() -> None:
    cursor = write_cursor(mark_of("list", ORDER), ["a", "b"])
    for mark in (mark_of("other", ORDER), mark_of("list", (Key("a.no", "text", descending=True), ORDER[1]))):
        with pytest.raises(Rejected):
            read_cursor(cursor, mark, ORDER, "en")


def test_what_comes_from_outside_is_a_parameter_and_never_text_of_the_statement() -> None:
    evil = "'; DROP TABLE sample.thing; --"
    text = statement(Source("t AS a"), ("a.id",), ("a.no = %(no)s",), ORDER, 11, False, (True, False))
    found = values(Slice(10, after=(evil, evil)), {"no": evil})
    assert evil not in text
    assert set(found.values()) == {evil}
    assert all(f"%({name})s" in text for name in found)


@pytest.mark.postgres
@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize("size", [1, 7, 30, 60, 200])
def test_walking_forwards_or_backwards_shows_every_row_once_in_order(
    reader: OneConnection, newest: bool, size: int
) -> None:
    order = "changed DESC, id" if newest else "no, id"
    wanted = [row[0] for row in reader.connection.execute(f"SELECT no FROM sample.thing ORDER BY {order}")]
    query = "query($f: Int, $l: Int, $a: String, $b: String, $n: Boolean!) { things(first: $f, last: $l, after: $a, before: $b, newest: $n)"
    query += " { nodes { no } edges { cursor node { no } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    forwards: list[str] = []
    cursor = None
    while True:
        page = ask(reader, query, f=size, a=cursor, n=newest)
        forwards += [one["no"] for one in page["nodes"]]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasPreviousPage"] == (cursor is not None)
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert forwards == wanted
    backwards: list[str] = []
    cursor = None
    while True:
        page = ask(reader, query, l=size, b=cursor, n=newest)
        backwards = [one["no"] for one in page["nodes"]] + backwards
        assert page["pageInfo"]["hasNextPage"] == (cursor is not None)
        cursor = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert backwards == wanted


@pytest.mark.postgres
def test_rows_between_two_cursors(reader: OneConnection) -> None:
    page = ask(reader, "{ things(first: 9) { edges { cursor node { no } } } }")
    first, last = page["edges"][1], page["edges"][7]
    query = "query($a: String, $b: String) { things(first: 50, after: $a, before: $b) { nodes { no } pageInfo { hasNextPage } } }"
    between = ask(reader, query, a=first["cursor"], b=last["cursor"])
    assert [one["no"] for one in between["nodes"]] == ["T0003", "T0004", "T0005", "T0006", "T0007"]
    assert between["pageInfo"]["hasNextPage"] is False


@pytest.mark.postgres
def test_filters_hold_in_pages_and_counts(reader: OneConnection) -> None:
    page = ask(
        reader, "{ things(state: LENT, first: 3) { nodes { no state } totalCount totalCountIsExact } }"
    )
    assert page == {
        "nodes": [{"no": no, "state": "LENT"} for no in ("T0001", "T0004", "T0007")],
        "totalCount": 20,
        "totalCountIsExact": True,
    }


@pytest.mark.postgres
def test_counting_stops_at_the_bound_and_says_so_and_is_not_done_unless_asked(reader: OneConnection) -> None:
    assert ask(reader, "{ things { totalCount totalCountIsExact } }") == {
        "totalCount": 50,
        "totalCountIsExact": False,
    }
    reader.asked.clear()
    ask(reader, "{ things { totalCount } }")
    assert [one.partition(" ")[2][:8] for one in reader.asked] == ["count(*)"]
    reader.asked.clear()
    ask(reader, "{ things { nodes { no } } }")
    assert len(reader.asked) == 1
    assert "count(*)" not in reader.asked[0]


@pytest.mark.postgres
@pytest.mark.parametrize(
    "arguments", ["first: 0", "first: -1", "first: 201", "last: 0", "last: 201", "first: 1, last: 1"]
)
def test_page_sizes_out_of_bounds_are_refused(reader: OneConnection, arguments: str) -> None:
    with pytest.raises(Rejected) as no:
        ask(reader, f"{{ things({arguments}) {{ totalCount }} }}")
    assert no.value.extensions == {"code": "BAD_PAGE"}


@pytest.mark.postgres
def test_a_page_has_fifty_entries_if_nothing_is_said(reader: OneConnection) -> None:
    assert len(ask(reader, "{ things { nodes { no } } }")["nodes"]) == 50
