"""Whatever the domain may call a state, people read a word for it, in both languages."""

from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pkgutil import walk_packages

import pytest

import domain
from domain.texts import LANGUAGES, catalogue


def named_states(kind: type[StrEnum] = StrEnum) -> Iterator[type[StrEnum]]:
    for module in walk_packages(domain.__path__, "domain."):
        import_module(module.name)
    for one in kind.__subclasses__():
        if one.__module__.startswith("domain."):
            yield one


@pytest.mark.parametrize("kind", list(named_states()), ids=lambda kind: kind.__name__)
def test_every_state_has_a_word_in_both_languages(kind: type[StrEnum]) -> None:
    texts = catalogue()
    for value in kind:
        assert all(texts[f"word.{value.value}"][language].strip() for language in LANGUAGES)


@pytest.mark.parametrize(("ours", "other"), [("调拨", "划转"), ("补记", "补录")])
def test_one_thing_has_one_word_in_all_texts(ours: str, other: str) -> None:
    said = [text["zh"] for text in catalogue().values()]
    assert any(ours in one for one in said)
    assert [one for one in said if other in one] == []
