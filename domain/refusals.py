"""Every way the rules say no.

A refusal is an answer, not an accident: it has a stable code, values that explain it, and texts in Chinese and English under
`domain/texts/` (`[refusal.CODE]`). Only promises and decisions are refused; a physical fact always lands.
Each noun adds its own refusals beside its rules; here is the base and what all nouns share.
"""

from typing import ClassVar
from uuid import UUID

type_registry: dict[str, type["Refusal"]] = {}


class Refusal(Exception):
    """The rules do not allow this."""

    code: ClassVar[str] = ""

    def __init__(self, path: str = "", **values: object) -> None:
        super().__init__(self.code, values)
        self.path = path
        self.values = values

    def __init_subclass__(cls) -> None:
        if "code" not in cls.__dict__ or cls.code in type_registry:
            raise TypeError(f"{cls.__name__} needs a code of its own")
        type_registry[cls.code] = cls


class Unknown(Refusal):
    """There is no such thing, or nothing this account may see."""

    code = "UNKNOWN"


class NotYours(Refusal):
    """This account has no role that allows it here."""

    code = "NOT_YOURS"


class InvalidValue(Refusal):
    """A value that can never be right, whatever the state of things. It says what would be possible: a limit (`least`, `most` …), or
    `because`, the key of a sentence in `domain/texts/invalid.toml`; an empty `value` says by itself that something is wanted.
    """

    code = "INVALID_VALUE"


class TooMany(Refusal):
    """More than one command may carry."""

    code = "TOO_MANY"


class TooMuch(Refusal):
    """What would be recorded is longer than one record may be: the command has to be asked for in parts."""

    code = "TOO_MUCH"


class InTheFuture(Refusal):
    """Something that has not happened yet cannot be recorded as a fact."""

    code = "IN_THE_FUTURE"


class SamePerson(Refusal):
    """Two duties that one person may not hold both: applicant and approver, registrar and corrector, both sides of a paper."""

    code = "SAME_PERSON"


class AlreadyDone(Refusal):
    """What was asked has been decided or done before."""

    code = "ALREADY_DONE"


class NumberTaken(Refusal):
    """The number belongs to something else and is never used again."""

    code = "NUMBER_TAKEN"


class StaleVersion(Exception):
    """The asker had looked at an older version than the one that is there now. Answered, never retried."""

    def __init__(self, stream: UUID, expected: int, actual: int) -> None:
        super().__init__(stream, expected, actual)
        self.stream, self.expected, self.actual = stream, expected, actual
