"""The words by which offices call the columns of a register: from `fields.toml`, compared undressed."""

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from domain.texts import Language

ENOUGH = 0.55
"""From which score on a meaning is believed."""
FUNDING = "funding"
"""Fields `funding.<source>`: columns that split the original value by where the money came from."""

_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_DRESS = re.compile(r"[\W_]+")
_LEAD = re.compile(r"^(?:其中|本单位|资产|固定资产|设备|账面|帐面)")
_IN_UNITS = re.compile(r"(百万元|万元|千元|亿元|元)")
_FACTORS = {"元": 1, "千元": 1_000, "万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000}
WEAK = frozenset({"其他", "其它", "捐赠", "自筹", "其他资金", "其它资金"})
"""Words that name a source of money only below a heading about money."""


class Meaning(NamedTuple):
    """A field that a heading may stand for, and how sure that is."""

    field: str
    score: float


@cache
def fields() -> dict[str, dict[str, list[str] | str]]:
    """Every field: its kind and its words; funding as `funding.<source>`."""
    table = tomllib.loads((files("api.imports") / "fields.toml").read_text("utf-8"))
    funding = {
        f"{FUNDING}.{source}": words | {"kind": "money"} for source, words in table.pop(FUNDING).items()
    }
    return table | funding


def kind(field: str) -> str:
    """What the cells of the field must look like."""
    return str(fields()[field]["kind"])


def label(field: str, language: Language) -> str:
    """What we call the field."""
    return str(fields()[field][language][0])


@lru_cache(maxsize=65_536)
def bare(heading: str) -> str:
    """A heading without its dress: brackets, spaces, punctuation, width, case."""
    plain = unicodedata.normalize("NFKC", heading).lower()
    return _DRESS.sub("", _BRACKETS.sub("", plain)) or _DRESS.sub("", plain)


def factor(text: str) -> int | None:
    """By how much amounts under such a heading are multiplied: 10,000 for 万元; `None` if not said."""
    found = _IN_UNITS.search(unicodedata.normalize("NFKC", text))
    return _FACTORS[found[1]] if found else None


@cache
def _words() -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for field, about in fields().items():
        for language in ("zh", "en"):
            for at, word in enumerate(about[language]):
                found.setdefault(bare(word), Meaning(field, 1 - at * 0.002))
    return found


def exact(heading: str) -> Meaning | None:
    """What a heading means that is one of our words."""
    return _words().get(bare(heading))


@lru_cache(maxsize=4_096)
def meanings(parts: tuple[str, ...]) -> tuple[Meaning, ...]:
    """What a heading may mean that has one part, or several one above the other; the likeliest first."""
    best: dict[str, float] = {}

    def take(meaning: Meaning | None, weight: float) -> None:
        if meaning is not None:
            best[meaning.field] = max(best.get(meaning.field, 0), round(meaning.score * weight, 3))

    texts = [part for part in parts if bare(part)]
    if not texts:
        return ()
    whole, last = bare("".join(texts)), bare(texts[-1])
    above = "".join(texts[:-1])
    alone = len(texts) == 1
    take(_words().get(whole), 1)
    if last in {"合计", "小计", "总计", "金额", "总额", "total", "合计金额"} and not alone:
        take(exact(above), 0.99)
    elif last not in WEAK or re.search("原值|价值|金额|资金|经费|来源|fund|value", above.lower()):
        generic = not alone and len(last) <= 2 and not last.isascii()
        take(
            _words().get(last),
            0.7 if generic and not _words().get(last, Meaning("", 0)).field.startswith(FUNDING) else 0.97,
        )
    take(_words().get(_LEAD.sub("", whole)), 0.9)
    take(_words().get(_LEAD.sub("", last)), 0.85)
    for word, meaning in _words().items():
        if (
            len(word) >= (5 if word.isascii() else 2)
            and word in whole
            and not meaning.field.startswith(FUNDING)
        ):
            take(meaning, 0.5 + 0.35 * len(word) / len(whole))
    return tuple(sorted((Meaning(*one) for one in best.items()), key=lambda one: -one.score))
