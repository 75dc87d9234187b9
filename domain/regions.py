"""Which division of the country is this, and which one contains it?

A region is a code whose parent is its prefix: 62 (Gansu), 6201 (Lanzhou), 620102 (Chengguan); elsewhere US,
US-TX. Codes are kept without the zeros that fill them up (620000 is 62), so "contains" is "starts with", in
SQL as here.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from domain.body import Level
from domain.refusals import InvalidValue
from domain.values import Value

CODE = re.compile(r"[1-9][0-9](?:[0-9]{2}){0,2}(?:[0-9]{3}){0,2}|[A-Z]{2}(?:-[A-Z0-9]{1,6}){0,2}")
LEVELS = {"province": Level.PROVINCE, "city": Level.CITY, "county": Level.COUNTY, "placeholder": Level.NONE}


class Region(Value, frozen=True):
    """A division of the country. The name stays as it is written there: it is a proper name."""

    code: str
    name: str
    level: Level
    parent: str = ""


@cache
def regions() -> Mapping[str, Region]:
    """The divisions that come with the program: those of Gansu."""
    table = files("domain").joinpath("data", "divisions", "gansu.csv").read_text("utf-8")
    return {
        row["code"]: Region(row["code"], row["name"], LEVELS[row["level"]], row["parent"])
        for row in csv.DictReader(table.splitlines())
    }


def region_code(text: str) -> str:
    """A region's code as it is kept: without the zeros that fill it up. Empty stays empty: not said."""
    tidy = text.strip().upper()
    if not tidy:
        return ""
    if not CODE.fullmatch(tidy):
        raise InvalidValue("region", value=tidy[:40], because="region_code")
    if tidy.isdigit():
        while len(tidy) > 6 and tidy.endswith("000"):
            tidy = tidy[:-3]
        while 2 < len(tidy) <= 6 and tidy.endswith("00"):
            tidy = tidy[:-2]
    return tidy


def contains(outer: str, inner: str) -> bool:
    """Whether a region lies in another one, or is the same. One that nobody named contains nothing."""
    return bool(outer) and inner.startswith(outer)


def region_name(code: str) -> str:
    """From the province down, as it is written on a letter; the code where the name is not known."""
    above = [region for region in regions().values() if contains(region.code, code)]
    return "".join(region.name for region in above if region.level is not Level.NONE) or code
