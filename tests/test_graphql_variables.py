"""Variables read by compiled readers are what the library makes of them, and what is wrong is said in the library's words."""

from typing import Any

import pytest
from graphql import parse

from api.graphql.variables import coerced, compiled
from api.schema import SCHEMA as API
from tests.graphql_sample import SCHEMA as SAMPLE

ID = "01900000-0000-7000-8000-000000000001"
LEND: dict[str, Any] = {
    "commandId": ID, "borrower": ID, "due": "2026-11-23T08:00:00Z", "lines": [{"asset": ID, "quantity": 1}],
    "receiver": {"person": ID, "how": "ONE_TIME_CODE"},
}  # fmt: skip
INPUTS: list[Any] = [
    LEND, LEND | {"reason": "借用", "expectedVersions": [], "evidence": ["a"], "occurredAt": None, "alreadyHappened": True},
    LEND | {"lines": []}, LEND | {"lines": LEND["lines"][0]}, LEND | {"lines": [None]}, LEND | {"lines": None},
    LEND | {"lines": [{"asset": ID, "quantity": "1"}]}, LEND | {"lines": [{"asset": ID, "quantity": 1.0}]}, LEND | {"due": 5},
    LEND | {"borrower": None}, LEND | {"borrower": ID[:-1]}, LEND | {"receiver": {"person": ID}}, LEND | {"nobody": 1},
    LEND | {"receiver": {"person": ID, "how": "by voice"}}, LEND | {"receiver": []}, LEND | {"reason": None}, {}, None, [LEND], "x",
]  # fmt: skip


def agree(schema: Any, text: str, given: dict[str, Any]) -> None:
    operation: Any = parse(text).definitions[0]
    readers = compiled(schema._schema, operation)
    assert readers is not None
    ours, theirs = (coerced(schema._schema, operation, how, given) for how in (readers, None))
    if isinstance(theirs, list):
        assert [str(one) for one in ours] == [str(one) for one in theirs]
    else:
        assert not isinstance(ours, list)
        assert repr(ours) == repr(theirs), "types and order too; wrapping types are equal only to themselves"


@pytest.mark.parametrize("given", INPUTS)
def test_an_input_is_what_the_library_makes_of_it(given: Any) -> None:
    agree(API, "mutation ($input: LendInput!) { lend(input: $input) { __typename } }", {"input": given})


@pytest.mark.parametrize(
    "given", [{}, {"n": None}, {"n": 2}, {"n": "x"}, {"n": True}, {"n": 2**40}, {"m": 1}]
)
@pytest.mark.parametrize("kind", ["Int", "Int!", "[Int]", "[Int!]!"])
def test_variables_may_be_left_out_where_the_library_lets_them(given: dict[str, Any], kind: str) -> None:
    agree(SAMPLE, f"query ($n: {kind}) {{ __typename @skip(if: false) }}", given)


def test_a_default_is_left_to_the_library() -> None:
    operation: Any = parse("query ($n: Int = 3) { __typename }").definitions[0]
    assert compiled(SAMPLE._schema, operation) is None
    values: Any = coerced(SAMPLE._schema, operation, None, {})
    assert values.coerced == {"n": 3}


def test_every_input_of_a_command_is_compiled() -> None:
    kind: Any = API._schema.mutation_type
    for name, field in kind.fields.items():
        text = f"mutation ($input: {field.args['input'].type}) {{ {name}(input: $input) {{ __typename }} }}"
        operation: Any = parse(text).definitions[0]
        assert compiled(API._schema, operation) is not None, name
