"""The texts shown to people, in Chinese and English, side by side in the `.toml` files here, one per noun.

    [refusal.NOT_FREE]
    en = "…{name}…"
    zh = "…{name}…"

`say("zh", "refusal.NOT_FREE", name="投影仪")` gives the sentence. A missing key or value is a bug and says so.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal
from zoneinfo import ZoneInfo

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, Language] = ("zh", "en")
LISTED = {"zh": "、", "en": ", "}
LIMITS = ("least", "most", "longest", "expected", "after", "latest", "once")
"""Values of a refusal that say what would have been possible; told after its text unless the text itself names them."""
WORDED = frozenset(
    {
        "condition",
        "custody",
        "duty",
        "existence",
        "field",
        "inner",
        "kind",
        "matter",
        "missing",
        "needs",
        "other",
        "outcome",
        "outer",
    }
    | {"ring", "standing", "state", "title", "wanted", "what"}
)
"""Values that are words of an enumeration, or several with commas; kept refusals hold them as plain text."""
BEIJING = ZoneInfo("Asia/Shanghai")
"""Where an instant is told that a refusal keeps without a place's own time."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:\d\d|Z)")
_BRACKETS = re.compile(r"（([^（）]*)）| \(([^()]*)\)")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts: key ("refusal.NOT_FREE") -> language -> template."""
    texts: dict[str, dict[str, str]] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            for key, text in _flat("", tomllib.loads(file.read_text("utf-8"))):
                if key in texts:
                    raise KeyError(f"{file.name}: {key} is written twice")
                texts[key] = text
    return texts


def say(language: Language, key: str, **values: object) -> str:
    """The text for `key` in `language`, filled with `values`. Values are inserted as they are: escaping is the page's business."""
    return catalogue()[key][language].format_map(
        {name: _shown(language, name, value) for name, value in values.items()}
    )


def refusal(language: Language, code: str, values: Mapping[str, object]) -> str:
    """A refusal in words, and what would have been possible. A value the text lacks is shown as missing."""
    key = f"refusal.{code}"
    if code == "INVALID_VALUE" and f"invalid.{values.get('because')}" in catalogue():
        key = f"invalid.{values['because']}"
    elif code == "INVALID_VALUE" and values.get("value") in (None, ""):
        key = "limit.empty"
    named = _named(key)
    said = _BRACKETS.sub(_said, say(language, key, **{**dict.fromkeys(named, None), **values}))
    limits = [say(language, f"limit.{one}", **values) for one in LIMITS if one in values and one not in named]
    return (" " if language == "en" else "").join((said, *limits))


def _named(key: str) -> set[str]:
    return {name for text in catalogue()[key].values() for _, name, _, _ in Formatter().parse(text) if name}


def word(language: Language, value: str) -> str:
    """The value of an enumeration as people read it; a value without a word is shown as it is."""
    text = catalogue().get(f"word.{value}")
    return text[language] if text else value


def case_name(language: Language, case: str) -> str:
    """An open case as people read it; a breach with the rule that was broken."""
    kind, _, rule = case.partition(":")
    text = catalogue().get(f"case.{kind}")
    return text[language].format(rule=rule) if text else case


def _shown(language: Language, name: str, value: object) -> str:
    if value is None or value == "":
        return "–"
    if name == "weekday":
        return catalogue()[f"weekday.{value}"][language]
    if name == "rule":
        return _rule(language, str(value))
    if name == "asset" and _ID.fullmatch(str(value)):  # of what is not offered nobody is told the number
        return word(language, "this_thing")
    if name in WORDED:
        return LISTED[language].join(word(language, one) for one in str(value).split(", "))
    return _INSTANT.sub(_local, str(value))


def _said(brackets: re.Match[str]) -> str:
    """What stands in brackets, without the parts of which there is nothing to say."""
    parts = re.split("(?<=；)|(?<=; )", brackets[1] or brackets[2] or "")
    told = "".join(part for part in parts if not part.rstrip("；; ").endswith("–")).rstrip("；; ")
    if not told:
        return ""
    return f"（{told}）" if brackets[1] else f" ({told})"


def _rule(language: Language, rule: str) -> str:
    """The kind of terms, and what they were made for: a region or classes by their codes. Ids say nothing; the version finds the row."""
    kind, *where = rule.split("/")
    said = [one for one in where if not _ID.fullmatch(one)]
    if not said:
        return word(language, kind)
    return (
        f"{word(language, kind)}（{'、'.join(said)}）"
        if language == "zh"
        else f"{word(language, kind)} ({', '.join(said)})"
    )


def _local(found: re.Match[str]) -> str:
    """An instant as people read it: by the clock it is told in; one in UTC by Beijing's."""
    instant = datetime.fromisoformat(found[0])
    try:
        return (instant if instant.utcoffset() else instant.astimezone(BEIJING)).strftime("%Y-%m-%d %H:%M")
    except OverflowError:  # the last hours of the calendar are over in Beijing
        return found[0]


def _flat(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for name, value in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if (
            isinstance(value, dict)
            and {"en", "zh"} <= value.keys()
            and all(isinstance(text, str) for text in value.values())
        ):
            found.append((key, {language: value[language] for language in ("zh", "en")}))
        elif isinstance(value, dict):
            found += _flat(key, value)
        else:
            raise KeyError(f"{key} needs both zh and en")
    return found
