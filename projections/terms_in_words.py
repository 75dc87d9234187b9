"""How terms of sharing read to people: opening hours by days of the week, the steps of an approval with when they are asked for."""

from collections.abc import Sequence
from itertools import groupby

from domain.terms import ChainCase, OpenDay
from domain.texts import Language, say

_AND = {"zh": "、", "en": ", "}
_THEN = {"zh": "→", "en": " → "}


def week_in_words(week: Sequence[OpenDay], language: Language) -> str:
    """“Monday to Friday 09:00–12:00, 14:00–17:30; Saturday 09:00–12:00”: days in a row with the same hours are said once."""
    hours: dict[int, list[str]] = {}
    for one in sorted(week, key=lambda day: (day.weekday, day.opens)):
        hours.setdefault(one.weekday, []).append(f"{one.opens}–{one.closes}")
    runs = groupby(enumerate(hours.items()), key=lambda at: (at[1][0] - at[0], at[1][1]))
    said = []
    for (_, stretches), days in runs:
        names = [say(language, f"weekday.{day}") for _, (day, _) in days]
        span = say(language, "weekday.span", first=names[0], last=names[-1]) if len(names) > 1 else names[0]
        said.append(f"{span} {_AND[language].join(stretches)}")
    return {"zh": "；", "en": "; "}[language].join(said)


def case_in_words(case: ChainCase, language: Language) -> str:
    """“loan: own body → holder (two levels or more between them; from a value of 200000.00 CNY on)”."""
    steps = _THEN[language].join(say(language, f"word.{step.value}") for step in case.steps)
    when = []
    if case.levels_crossed:
        when.append(say(language, "chain.levels", levels=case.levels_crossed))
    if case.from_value is not None:
        value = f"{case.from_value.amount:.2f} {case.from_value.currency}"
        when.append(say(language, "chain.value", value=value))
    return say(language, "chain.case_when" if when else "chain.case", form=say(language, f"form.{case.form.value}"), steps=steps,
               when=_AND[language].join(when))  # fmt: skip
