"""What a document may cost: refused before anything runs, in time that grows with its text, not with its expansion."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import get_introspection_query

from api.graphql.documents import BadDocument, Documents
from api.graphql.limits import Limits, Measure, Meter, rule_for
from tests.graphql_sample import SCHEMA

pytestmark = pytest.mark.slow  # each is quick; loading GraphQL's machinery is not

LIMITS = Limits()


def documents(limits: Limits = LIMITS, **more: Any) -> Documents:
    return Documents(SCHEMA._schema, limits, **more)


def refused(text: str, limits: Limits = LIMITS) -> dict[str, Any]:
    with pytest.raises(BadDocument) as no:
        documents(limits).get(text)
    return dict(no.value.errors[0].extensions or {})


def bomb(levels: int) -> str:
    """Each fragment spreads the next one twice: 2^levels fields in a text of 50 characters a level."""
    chain = "".join(
        f"fragment F{i} on Thing {{ a: holder {{ id }} ...F{i + 1} b: holder {{ id }} ...F{i + 1} }} "
        for i in range(levels)
    )
    return f"{{ things {{ nodes {{ ...F0 }} }} }} {chain} fragment F{levels} on Thing {{ id }}"


@pytest.mark.parametrize("levels", [8, 16, 22, 28])
def test_a_chain_of_fragments_that_doubles_at_every_level_is_refused_for_what_it_would_become(
    levels: int,
) -> None:
    assert refused(bomb(levels), replace(LIMITS, tokens=5000))["bound"] in ("fields", "aliases", "cost")


def test_the_work_of_measuring_grows_with_the_text_and_not_with_its_expansion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []
    real = Meter._selection

    def counted(self: Meter, *given: Any) -> Measure:
        calls.append(1)
        return real(self, *given)

    monkeypatch.setattr(Meter, "_selection", counted)
    work = []
    for levels in (10, 20):
        calls.clear()
        refused(bomb(levels), replace(LIMITS, tokens=5000))
        work.append(len(calls))
    assert work[1] < 3 * work[0] < 200


@pytest.mark.parametrize(
    "text",
    [
        '{ thing(no: "1") { ...F } } fragment F on Thing { id ...F }',
        '{ thing(no: "1") { ...A } } fragment A on Thing { ...B } fragment B on Thing { ...C } fragment C on Thing { id ...A }',
        '{ thing(no: "1") { id } } fragment F on Thing { ...F ...F }',
        '{ thing(no: "1") { ...A } } fragment A on Thing { holder { ...S } } fragment S on Spot { ... on Spot { ...S } }',
    ],
)
def test_fragments_that_contain_themselves_are_refused(text: str) -> None:
    assert refused(text)["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("{ things { nodes { holder { id } } } }", "depth"),
        ("{ things { ...C } } fragment C on ThingConnection { nodes { ...T } } fragment T on Thing { holder { id } }", "depth"),
        ("{ things { ... on ThingConnection { ... { nodes { ... on Thing { holder { id } } } } } } }", "depth"),
        ("{ " + " ".join(f"a{i}: broken" for i in range(6)) + " }", "aliases"),
        ("{ a: broken b: broken c: broken ...X } fragment X on Query { d: broken e: broken f: broken }", "aliases"),
        ("{ broken trouble waits things { totalCount } }", "root fields"),
        ("{ ...X } fragment X on Query { broken trouble ...Y } fragment Y on Query { waits things { totalCount } }", "root fields"),
        ("mutation { " + " ".join('rename(input: {commandId: "x", no: "1"}) { __typename }' for _ in range(3)) + " }", "root fields"),
        ('{ thing(no: "1") { id no name state mood size many seen good label } }', "fields"),
        ("{ broken @skip(if: false) @include(if: true) trouble @include(if: true) }", "directives"),
        ("{ broken @include(if: true) ...X } fragment X on Query { ... @include(if: true) { trouble @skip(if: true) } }", "directives"),
        ("{ " + "broken " * 5 + "}", "one response name"),
        ("{ things(first: 100) { nodes { id no } } }", "cost"),
        ("{ things(last: 99999999999) { nodes { id no name } } }", "cost"),
        ("query A { broken } query B { broken } query C { broken }", "operations"),
        ("{ broken } " + " ".join(f"fragment F{i} on Query {{ broken }}" for i in range(5)), "fragments"),
    ],
)  # fmt: skip
def test_every_bound_refuses_what_passes_it(text: str, bound: str) -> None:
    small = Limits(
        depth=3,
        aliases=5,
        queries=3,
        commands=2,
        fields=9,
        directives=2,
        cost=250,
        operations=2,
        fragments=4,
        same_name=4,
    )
    if bound == "depth":
        documents(replace(small, depth=4, directives=9)).get(
            text
        )  # one more and it would have been let through
    assert refused(text, small)["bound"] == bound


def test_the_same_documents_pass_within_the_bounds() -> None:
    documents().get(
        "{ things(first: 100) { nodes { id no name holder { id name } } pageInfo { endCursor } } broken trouble waits }"
    )


def test_tokens_are_counted_while_parsing() -> None:
    with pytest.raises(BadDocument) as no:
        documents().get("{ " + "broken " * 1200 + "}")
    assert no.value.code == "GRAPHQL_PARSE_FAILED"


CHAIN = zip("ABCDEFGH", "BCDEFGHI", strict=True)


@pytest.mark.parametrize(
    "text",
    [
        "{" + "a{" * 400 + "a" + "}" * 401,
        "{" + "things{nodes{" * 90 + "id" + "}}" * 90 + "}",
        "{ things(first: " + "[" * 300 + "]" * 300 + ") { totalCount } }",
        "{ ...A } " + " ".join(f"fragment {one} on Query {{ {'...{' * 90} ...{other} {'}' * 90} }}" for one, other in CHAIN),
    ],
)  # fmt: skip
def test_deep_nesting_is_refused_and_never_overflows_the_stack(text: str) -> None:
    with pytest.raises(BadDocument):
        documents(replace(LIMITS, tokens=5000)).get(text)


def test_a_page_size_in_a_variable_counts_with_its_value() -> None:
    known = documents(replace(LIMITS, cost=500))
    document = known.get(
        "query($n: Int = 200, $m: Int) { things(first: $n) { nodes { id no name } } more: things(last: $m) { nodes { id } } }"
    )
    known.measure(document, {"n": 10, "m": 10})
    for given in ({"n": 200, "m": 1}, {"m": 1}, {"n": 10**12, "m": 1}):
        with pytest.raises(BadDocument) as no:
            known.measure(document, given)
        assert (no.value.errors[0].extensions or {})["bound"] == "cost"
    known.measure(document, {"n": None, "m": None})  # an explicit null is the usual page
    with pytest.raises(BadDocument):
        known.measure(document, {"m": 1})  # remembering the null did not let the default through


def test_the_rule_is_one_class_so_that_caches_can_know_it() -> None:
    assert rule_for(Limits()) is rule_for(Limits())


def test_the_usual_introspection_query_passes_unless_switched_off() -> None:
    documents().get(get_introspection_query(descriptions=True))
    with pytest.raises(BadDocument, match="GRAPHQL_VALIDATION_FAILED"):
        documents(introspection=False).get("{ __schema { types { name } } }")


def test_introspection_cannot_be_nested_for_ever() -> None:
    text = "{ __schema { types { " + "fields { type { " * 12 + "name" + " } }" * 12 + " } } }"
    assert refused(text)["bound"] == "depth"


def test_a_document_is_checked_once_and_remembered() -> None:
    known = documents(most=2)
    first = known.get("{ broken }")
    assert known.get("{ broken }") is first
    known.get("{ trouble }")
    known.get("{ waits }")
    assert known.known("{ broken }") is None
