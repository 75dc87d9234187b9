"""What does a classification code mean, and how sure are we?

A code means nothing without its scheme and edition: A02010104 is a desktop in one edition and a server in
another. Editions are marked complete or partial; in a partial one a well-formed unknown code is accepted and
flagged `unverified`.
"""

import csv
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from domain.refusals import InvalidValue
from domain.values import ClassCode, Value

GBT_14885 = "gbt14885"
US_FSC = "us-fsc"


class Edition(Value, frozen=True):
    """One edition of a scheme: how its codes look, and whether our table of it is whole."""

    scheme: str
    edition: str
    pattern: str
    table: str
    padded_to: int = 0
    complete: bool = False


class Standing(StrEnum):
    """What can be said of a code."""

    KNOWN = "known"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"


class Entry(Value, frozen=True):
    """One row of an edition's table."""

    code: str
    level: str
    parent: str
    name_zh: str
    name_en: str


EDITIONS = (
    Edition(GBT_14885, "2010", r"[1-6]\d{6}", "gbt14885-2010-partial.csv"),
    # Upper levels are often written without their trailing zeros: A0201 is A02010000.
    Edition(GBT_14885, "2022", r"A0[1-7]\d{6}", "gbt14885-2022-partial.csv", padded_to=9),
    Edition(US_FSC, "2019", r"[1-9]\d{3}", "us-fsc-partial.csv"),
)
_BY_KEY = {(one.scheme, one.edition): one for one in EDITIONS}


def edition(scheme: str, name: str) -> Edition:
    """The edition of that name."""
    found = _BY_KEY.get((scheme, name))
    if found is None:
        raise InvalidValue("class.edition", value=name, scheme=scheme, because="edition")
    return found


def canonical(which: Edition, code: str) -> str:
    """The code as the standard writes it: no spaces, capital letter, trailing zeros filled in."""
    plain = "".join(code.split()).upper()
    if which.padded_to and len(plain) % 2 and 1 < len(plain) < which.padded_to:
        plain = plain.ljust(which.padded_to, "0")
    return plain


def standing(which: Edition, code: str) -> Standing:
    """Is this code in the edition, may it be, or can it not?"""
    plain = canonical(which, code)
    if plain in entries(which):
        return Standing.KNOWN
    if re.fullmatch(which.pattern, plain, re.ASCII) is None:
        return Standing.MALFORMED
    return Standing.UNKNOWN if which.complete else Standing.UNVERIFIED


def class_code(scheme: str, name: str, code: str) -> ClassCode:
    """The code as a value, flagged if it could not be verified; refused if it can never be right."""
    which = edition(scheme, name)
    found = standing(which, code)
    if found in {Standing.MALFORMED, Standing.UNKNOWN}:
        raise InvalidValue("class.code", scheme=scheme, edition=name, value=code[:40], because="class_code")
    return ClassCode(scheme, name, canonical(which, code), unverified=found is Standing.UNVERIFIED)


def name_of(code: ClassCode, language: str) -> str | None:
    """What the class is called, where the table knows; a name in the other language is better than none."""
    entry = entries(edition(code.scheme, code.edition)).get(code.code)
    if entry is None:
        return None
    first, second = (entry.name_zh, entry.name_en) if language == "zh" else (entry.name_en, entry.name_zh)
    return first or second or None


@cache
def entries(which: Edition) -> Mapping[str, Entry]:
    """The edition's table: code -> entry."""
    text = (files("domain") / "data" / which.table).read_text("utf-8")
    return {
        row["code"]: Entry(
            row["code"], row["level"], row["parent"], row.get("name_zh", ""), row.get("name_en", "")
        )
        for row in csv.DictReader(text.splitlines())
    }


def editions_naming(code: str, class_name: str) -> tuple[Edition, ...]:
    """The editions whose table gives this code this very name: evidence of which edition a file uses."""
    wanted = "".join(class_name.split())
    return tuple(
        one
        for one in EDITIONS
        if (entry := entries(one).get(canonical(one, code))) is not None
        and wanted
        and wanted in {entry.name_zh, entry.name_en}
    )
