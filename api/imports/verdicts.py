"""What is said of a row or file that cannot become cards: a stable code, and a sentence in both languages."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from domain.texts import Language, say

LONGEST_ECHO = 40


class Code(StrEnum):
    """Everything that can be wrong with a file or a row."""

    # The whole file
    FILE_NOT_READABLE = "FILE_NOT_READABLE"
    FILE_EMPTY = "FILE_EMPTY"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    UNPACKS_TOO_LARGE = "UNPACKS_TOO_LARGE"
    TOO_MANY_ROWS = "TOO_MANY_ROWS"
    NOT_A_TABLE = "NOT_A_TABLE"
    XLS_NOT_SUPPORTED = "XLS_NOT_SUPPORTED"
    HTML_NOT_SUPPORTED = "HTML_NOT_SUPPORTED"
    PASSWORD_PROTECTED = "PASSWORD_PROTECTED"  # noqa: S105  # a code, no password
    XLSX_BROKEN = "XLSX_BROKEN"
    SHEET_UNKNOWN = "SHEET_UNKNOWN"
    HEADING_NOT_FOUND = "HEADING_NOT_FOUND"
    COLUMN_MISSING = "COLUMN_MISSING"
    COLUMN_DOUBLED = "COLUMN_DOUBLED"
    SECRET_FILE = "SECRET_FILE"  # noqa: S105  # a code, no password
    MAPPING_INVALID = "MAPPING_INVALID"
    # One record that cannot be taken apart
    ENCODING_BROKEN = "ENCODING_BROKEN"
    QUOTES_BROKEN = "QUOTES_BROKEN"
    RECORD_TOO_LONG = "RECORD_TOO_LONG"
    WRONG_FIELD_COUNT = "WRONG_FIELD_COUNT"
    # One row that is wrong in itself
    SECRET_ROW = "SECRET_ROW"  # noqa: S105  # a code, no password
    NAME_MISSING = "NAME_MISSING"
    BODY_MISSING = "BODY_MISSING"
    STATE_MALFORMED = "STATE_MALFORMED"
    NUMBER_DUPLICATED_IN_FILE = "NUMBER_DUPLICATED_IN_FILE"
    NUMBER_LOST_DIGITS = "NUMBER_LOST_DIGITS"
    CLASS_MALFORMED = "CLASS_MALFORMED"
    CELL_ERROR = "CELL_ERROR"
    FORMULA_WITHOUT_VALUE = "FORMULA_WITHOUT_VALUE"
    TOO_LONG = "TOO_LONG"
    QUANTITY_MISSING = "QUANTITY_MISSING"
    QUANTITY_NOT_A_NUMBER = "QUANTITY_NOT_A_NUMBER"
    QUANTITY_NOT_POSITIVE = "QUANTITY_NOT_POSITIVE"
    QUANTITY_NOT_WHOLE = "QUANTITY_NOT_WHOLE"
    QUANTITY_TOO_LARGE = "QUANTITY_TOO_LARGE"
    VALUE_NOT_A_NUMBER = "VALUE_NOT_A_NUMBER"
    VALUE_NEGATIVE = "VALUE_NEGATIVE"
    VALUE_TOO_LARGE = "VALUE_TOO_LARGE"
    CURRENCY_UNKNOWN = "CURRENCY_UNKNOWN"
    FUNDING_DOES_NOT_ADD_UP = "FUNDING_DOES_NOT_ADD_UP"
    DEPRECIATION_ABOVE_VALUE = "DEPRECIATION_ABOVE_VALUE"
    NET_ABOVE_VALUE = "NET_ABOVE_VALUE"
    DATE_MISSING = "DATE_MISSING"
    DATE_UNREADABLE = "DATE_UNREADABLE"
    DATE_AMBIGUOUS = "DATE_AMBIGUOUS"
    DATE_IN_FUTURE = "DATE_IN_FUTURE"
    # Rows that are no cards
    EMPTY_ROW = "EMPTY_ROW"
    TOTAL_ROW = "TOTAL_ROW"
    FOOTER_ROW = "FOOTER_ROW"
    HEADING_REPEATED = "HEADING_REPEATED"


SKIPPED = frozenset({Code.EMPTY_ROW, Code.TOTAL_ROW, Code.FOOTER_ROW, Code.HEADING_REPEATED})
"""Rows that are left out without anybody having done anything wrong."""


class Note(StrEnum):
    """What a card that is taken over still lacks: its to-do list."""

    NUMBER_MISSING = "NUMBER_MISSING"
    CLASS_MISSING = "CLASS_MISSING"
    CLASS_UNVERIFIED = "CLASS_UNVERIFIED"
    CLASS_EDITION_UNKNOWN = "CLASS_EDITION_UNKNOWN"
    QUANTITY_MISSING = "QUANTITY_MISSING"
    VALUE_MISSING = "VALUE_MISSING"
    VALUE_ROUNDED = "VALUE_ROUNDED"
    PRICE_DIFFERS = "PRICE_DIFFERS"
    NET_DIFFERS = "NET_DIFFERS"
    DATE_MISSING = "DATE_MISSING"
    DATE_PARTIAL = "DATE_PARTIAL"
    DATE_ODD = "DATE_ODD"
    DATES_DISAGREE = "DATES_DISAGREE"
    STATE_UNKNOWN = "STATE_UNKNOWN"
    PERSONAL_DATA_IN_TEXT = "PERSONAL_DATA_IN_TEXT"
    NUMBER_REPEATED = "NUMBER_REPEATED"
    REASON_UNKNOWN = "REASON_UNKNOWN"


class Verdict(Struct, frozen=True):
    """The one verdict of a row that does not become a card; `also` names what else is wrong with it."""

    file: str
    row: int
    code: Code
    also: tuple[Code, ...] = ()
    values: tuple[tuple[str, str], ...] = ()

    @property
    def skipped(self) -> bool:
        """Left out as not being a card, rather than wrong."""
        return self.code in SKIPPED

    def message(self, language: Language) -> str:
        """What is wrong, in a sentence."""
        return say(language, f"import_error.{self.code}", **dict(self.values))

    def as_json(self, language: Language) -> dict[str, object]:
        """As `--json` prints it."""
        return {
            "file": self.file,
            "row": self.row,
            "code": str(self.code),
            "message": self.message(language),
            "also": [str(one) for one in self.also],
        }


class FileRefused(Exception):
    """A file that cannot be read as a table at all, or must not be."""

    def __init__(self, file: str, code: Code, row: int = 0, **values: object) -> None:
        self.verdict = Verdict(file, row, code, values=echoed(values.items()))
        super().__init__(code, values)


class Unreadable(Exception):
    """A cell that does not hold what its column promises."""

    def __init__(self, code: Code, value: object = None) -> None:
        self.code, self.value = code, "" if value is None else str(value)[:LONGEST_ECHO]
        super().__init__(code)


def echoed(values: Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    """Values as a message may show them: short."""
    return tuple((name, str(value)[:LONGEST_ECHO]) for name, value in values)
