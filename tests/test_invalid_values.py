"""Whoever enters what can never be right is told what is wrong with it, in which field, and what would be possible."""

import ast
import re
from datetime import date
from functools import cache
from string import Formatter
from typing import Any

import pytest

from domain.refusals import InvalidValue
from domain.terms import OpenDay, OpeningHours, PickUp, Ring, Round, Scope, SharingRounds
from domain.texts import LANGUAGES, LIMITS, Language, catalogue, refusal
from domain.usecases.setting_terms import MINUTES
from domain.values import Signature, SignedBy
from tests.examples import GANSU, named_id
from tests.sources import calls
from tests.story import MONDAY, Story, given

SET: dict[str, Any] = {"scope": Scope(), "valid_from": MONDAY.date(), "document": "甘财资〔2026〕1号"}


@cache
def raised() -> list[tuple[str, ast.Call]]:
    """Every place that says no for a value."""
    return [
        one for layer in ("domain", "projections", "labels", "api") for one in calls(layer, "InvalidValue")
    ]


def reasons() -> dict[str, dict[str, str]]:
    return {key.partition(".")[2]: texts for key, texts in catalogue().items() if key.startswith("invalid.")}


def test_none_is_mute() -> None:
    places = raised()
    assert len(places) > 150
    for where, call in places:
        said = {one.arg: one.value for one in call.keywords}
        value = said.get("value")
        empty = isinstance(value, ast.Constant) and value.value in ("", None)
        assert empty or said.keys() & {*LIMITS, "because"}, f"{where} says neither why nor what would do"


def test_every_reason_has_its_words_and_every_word_its_use() -> None:
    used = {
        one.value.value
        for _, call in raised()
        for one in call.keywords
        if one.arg == "because" and isinstance(one.value, ast.Constant)
    }
    beside = {"unknown_person", "unknown_notice", "unknown_file"}
    assert used | beside == reasons().keys()


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_both_languages_name_the_same_values_and_whoever_refuses_says_them(reason: str) -> None:
    texts = reasons()[reason]
    named = [{name for _, name, _, _ in Formatter().parse(texts[one]) if name} for one in LANGUAGES]
    assert named[0] == named[1]
    assert re.search("[一-鿿]", texts["zh"])
    for where, call in raised():
        said = {one.arg: one.value for one in call.keywords}
        because = said.get("because")
        if isinstance(because, ast.Constant) and because.value == reason:
            assert named[0] <= said.keys(), where


def told(story: Story, language: Language) -> str:
    assert story.refusal is not None
    return refusal(language, story.refusal.code, story.refusal.values)


def setting(name: str, terms: object) -> Story:
    return given(GANSU).when(name, **SET, terms=terms)


def test_a_round_given_twice_is_named() -> None:
    rounds = (Round(Ring.OWN_DEPARTMENT, 0), Round(Ring.SAME_LEVEL, 7), Round(Ring.SAME_LEVEL, 9))
    story = setting("set_sharing_rounds", SharingRounds(rounds=rounds))
    story.refused(InvalidValue, "terms.rounds.2.ring")
    assert told(story, "zh") == "共享轮次“同级”重复或次序有误：每一轮次最多一次，依次为本部门、同级、跨级。"
    later = (Round(Ring.OWN_DEPARTMENT, 7), Round(Ring.SAME_LEVEL, 0))
    story = setting("set_sharing_rounds", SharingRounds(rounds=later))
    story.refused(InvalidValue, "terms.rounds.1.opensAfterDays")
    assert told(story, "en") == "The value “0” is not possible here. At least 7."


def test_hours_that_overlap_are_named_with_their_day() -> None:
    week = (OpenDay(1, "09:00", "14:00"), OpenDay(1, "13:00", "17:00"))
    story = setting("set_opening_hours", OpeningHours(week=week)).refused(InvalidValue, "terms.week")
    assert (
        told(story, "zh") == "星期一的开放时间 13:00–17:00 与 09:00–14:00 重叠：同一天可分几段，但不得重叠。"
    )
    assert told(story, "en").startswith("On Monday the hours 13:00–17:00 overlap 09:00–14:00")
    day = date(2026, 10, 10)
    both = OpeningHours(week=week[:1], closed=(day,), exchanged=(day,))
    story = setting("set_opening_hours", both).refused(InvalidValue, "terms.exchanged")
    assert "2026-10-10" in told(story, "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_that_was_never_handed_in_and_what_is_no_hash_are_two_things(language: Language) -> None:
    said = {
        reason: refusal(language, "INVALID_VALUE", {"value": "ab" * 32, "because": reason})
        for reason in ("unknown_file", "no_hash")
    }
    assert len({*said.values()}) == 2
    assert all("ab" * 32 in one for one in said.values())


def test_a_scan_on_another_signature_says_what_goes_together() -> None:
    with pytest.raises(InvalidValue) as no:
        Signature(named_id("person:谁"), SignedBy.ACCOUNT, scan="ab" * 32)
    assert (
        refusal("zh", no.value.code, no.value.values)
        == "纸质签字须附签字扫描件（哈希值），其他签字方式不附。"
    )


def test_a_slot_that_is_longer_than_a_day_is_told_the_longest() -> None:
    story = setting("set_pick_up", PickUp(deadline_working_days=3, slot_minutes=MINUTES + 1))
    assert told(story.refused(InvalidValue, "terms.slotMinutes"), "zh").endswith(f"至多为 {MINUTES}。")
    story = setting("set_pick_up", PickUp(deadline_working_days=3, slot_minutes=30, per_slot=1000))
    story.refused(InvalidValue, "terms.perSlot")


def test_a_refusal_kept_before_reasons_were_said_is_still_told() -> None:
    assert refusal("zh", "INVALID_VALUE", {"value": 7}) == "此处不能填“7”。"
    assert refusal("zh", "INVALID_VALUE", {"value": 7, "because": "gone"}) == "此处不能填“7”。"
