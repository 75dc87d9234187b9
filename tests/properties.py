"""How often a property is tried: as often as it asks for, but never more than the profile of this run wants (see `conftest`)."""

from hypothesis import settings


def at_most(many: int) -> int:
    """`make fast` tries a few examples of everything, also of what asks for more."""
    return min(many, settings().max_examples)
