"""A refusal speaks the language of whoever is refused, down to its last word, and says what would have been possible."""

import ast
import re
from string import Formatter

import pytest

import domain.vocabulary  # noqa: F401 - all roles, words and refusals there are
from domain.refusals import InvalidValue, type_registry
from domain.texts import LANGUAGES, LIMITS, WORDED, Language, catalogue, refusal
from domain.usecases import USE_CASES
from domain.values import LONGEST_NAME, Role, named
from tests.sources import calls

A_WORD = re.compile(
    r"\.(kind|state|form|role|title|condition|mode|why|outcome|KIND)$|^[A-Z][a-z]\w+\.[A-Z_]{3,}"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_may_not_is_told_the_roles_it_takes_by_their_names(language: Language) -> None:
    for case in USE_CASES.values():
        told = refusal(language, "NOT_YOURS", {"needs": ", ".join(case.by)})
        assert not any(f" {role}" in told or f"：{role}" in told for role in case.by if "_" in role), told
        assert "_" not in told
    assert refusal("zh", "NOT_YOURS", {"needs": f"{Role.KEEPER}, {Role.OFFICER}"}) == (
        "本账号在此没有办理权限（需要：仓库保管员、部门经办人）。"
    )


def test_what_a_transfer_still_lacks_is_named_in_words() -> None:
    lacks = {"missing": "giver_consent, decision"}
    assert refusal("zh", "TRANSFER_NOT_AGREED", lacks).endswith("缺少：调出方同意、审批决定。")
    assert refusal("en", "TRANSFER_NOT_AGREED", lacks).endswith("missing: the giver's consent, a decision.")


def test_a_value_that_cannot_be_is_told_with_what_could_be() -> None:
    said = {"value": 7, "least": 1, "most": 3}
    assert (
        refusal("en", "INVALID_VALUE", said) == "The value “7” is not possible here. At least 1. At most 3."
    )
    assert refusal("zh", "INVALID_VALUE", said) == "此处不能填“7”。至少为 1。至多为 3。"


def test_an_empty_value_is_not_quoted() -> None:
    with pytest.raises(InvalidValue) as no:
        named("  ")
    assert refusal("en", no.value.code, no.value.values) == (
        f"Something has to be said here. At most {LONGEST_NAME} characters."
    )


def test_a_limit_that_the_text_names_itself_is_said_once() -> None:
    assert refusal("en", "TOO_MANY", {"most": 500}).count("500") == 1


def test_every_limit_has_its_words_in_both_languages() -> None:
    assert {f"limit.{one}" for one in (*LIMITS, "empty")} == {
        key for key in catalogue() if key.startswith("limit.")
    }


@pytest.mark.slow  # it reads all of our code
def test_no_word_of_an_enumeration_is_said_as_its_code() -> None:
    """A value that is one (`paper.state`, `Role.KEEPER`) goes where the texts know it for a word, or into no text at all."""
    codes = {refusal.__name__: code for code, refusal in type_registry.items()}
    looked_at = 0
    for where, call in (one for layer in ("domain", "projections", "api") for one in calls(layer)):
        if not isinstance(call.func, ast.Name) or call.func.id not in codes:
            continue
        said = {one.arg: one.value for one in call.keywords if one.arg}
        because = said.get("because")
        key = f"refusal.{codes[call.func.id]}"
        if isinstance(because, ast.Constant):
            key = f"invalid.{because.value!s}"
        named = {
            name for text in catalogue()[key].values() for _, name, _, _ in Formatter().parse(text) if name
        }
        for name in named & said.keys() - WORDED - {"rule"}:
            assert not A_WORD.search(ast.unparse(said[name])), f"{where} says {name} as a code"
        looked_at += 1
    assert looked_at > 300
