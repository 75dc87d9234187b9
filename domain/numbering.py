"""How are things numbered, and which numbers may never be given twice?

Identity is the stream id. The property number is minted from it once and is short enough to be read aloud; it
cannot be guessed from another one, and it is never given again. Numbers of card systems are aliases, unique
per body and issuer.
"""

from hashlib import blake2b
from uuid import UUID

from domain.asset import Asset
from domain.command import Command

PROPERTY_NUMBER, CARD, ROW = "property_number", "card", "row"
"""The kinds of claims: our own numbers, numbers of card systems, rows of old registers that have no number.
"""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHORT = {"pool_check": "CHK"}
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)


def property_number(id: UUID) -> str:
    """`GW` and ten letters of Crockford's base 32: 50 bits, the same for the same id."""
    bits = int.from_bytes(blake2b(id.bytes, digest_size=8).digest(), "big")
    return (
        f"GW{_PAIRS[bits & 1023]}{_PAIRS[bits >> 10 & 1023]}{_PAIRS[bits >> 20 & 1023]}"
        f"{_PAIRS[bits >> 30 & 1023]}{_PAIRS[bits >> 40 & 1023]}"
    )


def paper_number(kind: str, id: UUID) -> str:
    """What a paper is called that has no number of its own: its kind and the end of its id, to be read aloud."""
    return f"{_SHORT.get(kind, kind[:3].upper())}-{id.hex[-8:].upper()}"


def is_ours(number: str) -> bool:
    """Whether it looks like a number that an installation gave, not a card system."""
    return len(number) == len("GW") + 10 and number.startswith("GW") and set(number[2:]) <= set(_LETTERS)


def mint(c: Command, asset: Asset) -> str:
    """The number of a new asset. Another owner of the same number (once in 10^15 pairs) means: decide again,
    with another id.
    """
    number = property_number(asset.id)
    c.claim(PROPERTY_NUMBER, number, asset.id)
    return number


def card_key(body: UUID, issuer: str, number: str) -> str:
    """What a card number is unique in: the body and the issuer."""
    return f"{body}/{issuer}/{number}"
