"""What does a label's code look like, and what did somebody scan or type?

A token is twelve random characters of Crockford's base 32 (60 bits) and one check character by ISO 7064, MOD 37,36. It says nothing
about the thing: who wants to know has to ask the register. A code reaches us as a URL with any host in front, in small letters, in
full-width letters of a Chinese keyboard, with O for 0 and I for 1; or it is somebody else's code: an old sticker, a serial, GS1.
"""

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

from domain.values import Value

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O (look like 1, 1, 0) and U."""
LENGTH = 13
BITS = 60
LONGEST = 2048
"""Of what is read as a code at all: longer than any URL that fits a symbol."""

_CHECKED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WORTH = {letter: at for at, letter in enumerate(_CHECKED)}
_MEANT = str.maketrans("OIL", "011")
_OWN = re.compile(rf"[{LETTERS}]{{{LENGTH}}}")
_OURS = re.compile(
    r"(?:[A-Z][A-Z0-9+.-]*:/*)?[^/\s]+(?:/[^/\s]+)*/A/([^/?#\s]*)/?(?:[?#].*)?|/?A/([^/?#\s]*)/?(?:[?#].*)?"
)
_GS1 = re.compile(r"/(8004|8003)/([^/?#\s]+)")


class OwnCode(Value, frozen=True):
    """A code of ours, as far as its check character tells. Whether there is such a label, the register knows."""

    token: str


class Misread(Value, frozen=True):
    """It stands where a code of ours stands, but cannot be one: a letter was misread or mistyped, or some are missing."""

    text: str


class Foreign(Value, frozen=True):
    """Somebody else's: an old number, a serial, a maker's barcode; of a GS1 Digital Link the identifier (`scheme` GIAI or GRAI)."""

    text: str
    scheme: str | None = None


class Nothing(Value, frozen=True):
    """No code at all: empty, or longer than any."""


Scanned = OwnCode | Misread | Foreign | Nothing


def new_token(draw: Callable[[], int]) -> str:
    """A new code. `draw` gives 60 random bits nobody can foresee.

    Drawn again until the check character is one of the 32 as well, so that look-alikes can be mapped in every place.
    """
    while True:
        bits = draw()
        body = "".join(LETTERS[bits >> at & 31] for at in range(BITS - 5, -1, -5))
        check = check_character(body)
        if check in LETTERS:
            return body + check


def check_character(body: str) -> str:
    """ISO 7064, MOD 37,36: finds every single wrong character and 99.8 % of swapped neighbours."""
    left = 36
    for letter in body:
        left = (left + _WORTH[letter]) % 36 or 36
        left = left * 2 % 37
    return _CHECKED[(37 - left) % 36]


def is_token(text: str) -> bool:
    """Whether it is a code of ours, letter by letter and by its check character."""
    return _OWN.fullmatch(text) is not None and check_character(text[:-1]) == text[-1]


def written(text: str) -> str:
    """Numbers as they are compared: NFKC (full-width letters become plain), upper case, no blanks around or doubled."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(plain.upper().split())


def read(text: str) -> Scanned:
    """What was scanned or typed. Never raises: any text is one of the four."""
    if len(text) > LONGEST:
        return Nothing()
    said = written(text)
    if not said:
        return Nothing()
    ours = _OURS.fullmatch(said)
    if ours is not None:
        token = _bare(ours[1] or ours[2] or "")
        return OwnCode(token) if is_token(token) else Misread(token[:64])
    link = _GS1.search(said) if "://" in said else None
    if link is not None:
        return Foreign(unquote(link[2]), "GIAI" if link[1] == "8004" else "GRAI")
    token = _bare(said)
    return OwnCode(token) if is_token(token) else Foreign(said)


def _bare(said: str) -> str:
    """Without the dashes and blanks people read in groups, look-alikes mapped."""
    return re.sub(r"[\s·-]", "", said).translate(_MEANT)


def payload(base_url: str, token: str) -> str:
    """What the square carries: upper case throughout, so that a symbol of version 3 holds it in alphanumeric mode."""
    return f"{base_url.rstrip('/')}/A/{token}".upper()


def grouped(token: str) -> str:
    """As people read it out and type it: 4-4-5."""
    return f"{token[:4]}-{token[4:8]}-{token[8:]}"
