"""What is stored is a public format: every topic has a meaning, a sample, sentences and a line in the catalogue."""

import ast
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import get_type_hints

import domain
import domain.vocabulary  # all facts, all use cases, all refusals
from domain.aggregate import FACTS, Fact, decode, encode
from domain.catalogue import catalogue as event_catalogue
from domain.papers.loan import LineOutcome
from domain.refusals import type_registry
from domain.texts import LANGUAGES, case_name, catalogue, say
from domain.usecases import USE_CASES
from tests.one_by_one import for_each
from tests.sources import trees

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
CODES = GOLDEN / "refusal_codes.txt"
DOMAIN = Path(domain.__file__).parent
TOPIC = re.compile(r"[a-z_]+\.[a-z_]+")


def sources() -> tuple[tuple[str, ast.Module], ...]:
    return trees("domain")


@for_each({topic: topic for topic in sorted(FACTS)})
def test_every_fact_has_a_meaning_a_topic_of_its_own_and_sentences(topic: str) -> None:
    fact = FACTS[topic]
    assert fact.__dict__["TOPIC"] == topic
    assert TOPIC.fullmatch(topic), "noun.verb_past"
    assert fact.__doc__, "a sentence that says what it means"
    assert fact.__doc__ != Fact.__doc__
    for language in LANGUAGES:
        assert f"fact.{topic}" in catalogue()
        asked = {name for _, name, _, _ in Formatter().parse(catalogue()[f"fact.{topic}"][language]) if name}
        assert asked <= {"thing", "who", "office", "reason", *fact.__struct_fields__}


@for_each({topic: topic for topic in sorted(FACTS)})
def test_a_stored_sample_of_every_fact_loads_for_ever_and_is_stored_the_same_again(topic: str) -> None:
    sample = json.loads((GOLDEN / f"{topic}.json").read_text("utf-8"))
    assert sample["topic"] == topic
    fact = decode(topic, json.dumps(sample["body"], ensure_ascii=False).encode())
    assert type(fact) is FACTS[topic]
    assert json.loads(encode(fact)) == sample["body"]


def test_no_sample_is_of_a_topic_that_was_dropped() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == {*FACTS}, "a stored topic can be read for ever"


def test_no_topic_is_a_python_path() -> None:
    paths = {f"{fact.__module__}.{fact.__qualname__}" for fact in FACTS.values()}
    names = {fact.__name__ for fact in FACTS.values()}
    assert not paths & {*FACTS}
    for topic in FACTS:
        assert not topic.startswith(("domain.", "projections.", "api.", "labels."))
        assert not {*topic.split(".")} & names


def test_every_fact_is_recorded_by_a_use_case() -> None:
    emitted = {fact for case in USE_CASES.values() for fact in case.emits}
    assert [topic for topic, fact in FACTS.items() if fact not in emitted] == []


def test_the_event_catalogue_is_fresh() -> None:
    stored = (HERE.parent / "docs" / "events.md").read_text("utf-8")
    assert stored == event_catalogue(), "run: python -m domain.catalogue > docs/events.md"


def test_every_kind_of_value_has_a_name_of_its_own_in_the_catalogue() -> None:
    headings = re.findall(r"^### (\w+)$", event_catalogue(), re.MULTILINE)
    assert len(headings) == len(set(headings)), "two values are called the same"


# Refusals.


def test_every_refusal_has_a_text_in_both_languages_and_means_something() -> None:
    for code, refusal in type_registry.items():
        assert re.fullmatch(r"[A-Z][A-Z_]+", code)
        assert refusal.__doc__, code
        texts = catalogue()[f"refusal.{code}"]
        assert all(texts[language] for language in LANGUAGES)
        assert re.search("[一-鿿]", texts["zh"]), code
        asked = [{name for _, name, _, _ in Formatter().parse(texts[language])} for language in LANGUAGES]
        assert asked[0] == asked[1], f"{code}: both languages say the same"


def test_the_codes_of_refusals_are_stable() -> None:
    assert CODES.read_text("ascii").split() == sorted(type_registry), "programs of others know these codes"


def test_no_text_of_a_refusal_is_left_over() -> None:
    assert {key for key in catalogue() if key.startswith("refusal.")} <= {
        f"refusal.{code}" for code in type_registry
    }


def test_whoever_refuses_says_all_that_the_text_needs() -> None:
    by_name = {refusal.__name__: code for code, refusal in type_registry.items()}
    looked_at = 0
    for file, module in sources():
        for call in (one.exc for one in ast.walk(module) if isinstance(one, ast.Raise)):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name | ast.Attribute):
                continue
            name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr
            if name not in by_name or any(one.arg is None for one in call.keywords):
                continue
            said = {one.arg for one in call.keywords}
            for language in LANGUAGES:
                text = catalogue()[f"refusal.{by_name[name]}"][language]
                asked = {field for _, field, _, _ in Formatter().parse(text) if field}
                assert asked <= said, f"{file}:{call.lineno} {name} does not say {asked - said}"
            looked_at += 1
    assert looked_at > 100


# Cases.


def cases() -> Iterator[str]:
    """The name of every case that the code opens."""
    named = {
        target.id: value.value
        for _, module in sources()
        for one in ast.walk(module)
        if isinstance(one, ast.Assign)
        for targets, values in [(one.targets[0], one.value)]
        for target, value in (
            zip(targets.elts, values.elts, strict=False)
            if isinstance(targets, ast.Tuple) and isinstance(values, ast.Tuple)
            else [(targets, values)]
        )
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    }
    for _, module in sources():
        for call in ast.walk(module):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id == "CaseOpened"
            ):
                for keyword in call.keywords:
                    if keyword.arg == "case" and isinstance(keyword.value, ast.Constant):
                        yield str(keyword.value.value)
                    if (
                        keyword.arg == "case"
                        and isinstance(keyword.value, ast.Name)
                        and keyword.value.id in named
                    ):
                        yield named[keyword.value.id]
    yield from (
        "stray_return",
        LineOutcome.DAMAGED,
        LineOutcome.INCOMPLETE,
        LineOutcome.LOST,
        "breach:NOT_FREE",
    )


def test_every_case_is_named_in_both_languages() -> None:
    found = set(cases())
    assert {"stray", "surplus_at_intake", "repair_over_limit"} <= found
    for case in found:
        assert f"case.{case.partition(':')[0]}" in catalogue(), case
        assert case_name("zh", case) != case_name("en", case)
    assert case_name("en", "breach:NOT_FREE") == "done against the rules (NOT_FREE)"


# Words.


def test_every_noun_and_role_is_in_the_glossary() -> None:
    glossary = (DOMAIN / "GLOSSARY.md").read_text("utf-8").lower()
    nouns = {topic.split(".")[0].removesuffix("_marks") for topic in FACTS}
    for noun in sorted(nouns):
        assert re.search(rf"\b{noun.replace('_', ' ')}", glossary), f"{noun} is not in domain/GLOSSARY.md"
    roles = {role.value for case in USE_CASES.values() for role in case.by}
    for role in sorted(roles):
        assert role.replace("_", " ") in glossary, f"{role} is not in domain/GLOSSARY.md"


def test_what_an_enumeration_holds_has_a_word_where_a_sentence_shows_it() -> None:

    missing = set()
    for topic, fact in FACTS.items():
        asked = {name for _, name, _, _ in Formatter().parse(catalogue()[f"fact.{topic}"]["zh"]) if name}
        for name, kind in get_type_hints(fact).items():
            if name in asked and isinstance(kind, type) and issubclass(kind, StrEnum):
                missing |= {
                    f"{kind.__name__}.{one.value}" for one in kind if f"word.{one.value}" not in catalogue()
                }
    assert missing == set()
    assert say("zh", "word.returned") == "归还"
