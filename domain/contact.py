"""How does one reach a body that something belongs to, and where is it brought back?

A contact is shown to anybody who scans a label, without signing in. It is the office's: a phone that is answered, an address with
a door. It is no place for the name of a person.
"""

import re
import unicodedata

from domain.refusals import InvalidValue
from domain.values import Value, named

_PHONE = re.compile(r"\+?[0-9(][0-9 ()/-]{1,28}[0-9](?: ?(?:转|EXT\.?|X|#) ?[0-9]{1,6})?")
LONGEST_NOTE = 200


class Contact(Value, frozen=True, kw_only=True):
    """The phone of a body, where things are brought back, and what a finder should know besides."""

    phone: str
    address: str = ""
    note: str = ""


def phone_number(text: str, path: str = "phone") -> str:
    """A phone number as it is printed on labels: 0931-8461234, +86 931 846 1234, 0931-8461234 转 805. Raises `InvalidValue`."""
    plain = " ".join(unicodedata.normalize("NFKC", text).upper().split())
    for dash in "‐‑‒–—−":  # as they come from word processors
        plain = plain.replace(dash, "-")
    if not _PHONE.fullmatch(plain):
        raise InvalidValue(path, value=plain[:40], because="phone")
    return plain


def dialled(phone: str) -> str:
    """What a telephone dials (RFC 3966): digits, a plus in front, the extension behind."""
    number, *extension = re.split(r"转|EXT\.?|X|#", phone, maxsplit=1)
    digits = "".join(one for one in number if one.isdigit())
    inner = "".join(one for one in (extension[0] if extension else "") if one.isdigit())
    return f"{'+' if number.startswith('+') else ''}{digits}{f';ext={inner}' if inner else ''}"


def sound_contact(phone: str, address: str, note: str) -> Contact:
    """The contact as it is kept: on one line each. Raises `InvalidValue`."""
    tidy = " ".join(note.split())
    if len(tidy) > LONGEST_NOTE or not tidy.isprintable():
        raise InvalidValue("note", value=tidy[:40], longest=LONGEST_NOTE)
    place = named(address, "address") if address.strip() else ""
    if not place.isprintable():
        raise InvalidValue("address", value=place[:40], because="unprintable")
    return Contact(phone=phone_number(phone), address=place, note=tidy)
