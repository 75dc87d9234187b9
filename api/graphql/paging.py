"""Connections: pages by key, with opaque cursors.

A cursor is the sort key of a row, base64 over JSON, marked with the list and order it belongs to. Whatever
else arrives as a cursor gets BAD_CURSOR, never a database error.
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry

from api.graphql.problems import Rejected
from domain.texts import Language
from projections.keyset import Key, Slice

DEFAULT_PAGE, LARGEST_PAGE = 50, 200
LONGEST_CURSOR = 2000
WHOLE = re.compile(r"-?[0-9]{1,19}")

T = TypeVar("T")
First = Annotated[
    int | None, strawberry.argument(description="How many from the front: 1 to 200, 50 if nothing is said.")
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the back: 1 to 200.")]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One entry of a list and its cursor.")
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    nodes: list[T]
    edges: list[Edge[T]]
    page_info: PageInfo
    counted: strawberry.Private[Callable[[], tuple[int, bool]]]

    def _total(self) -> int:
        return self.counted()[0]

    def _exact(self) -> bool:
        return self.counted()[1]

    total_count: int = strawberry.field(
        resolver=_total, description="How many there are in all, counted up to a bound."
    )
    total_count_is_exact: bool = strawberry.field(
        resolver=_exact, description="False where counting stopped at the bound."
    )


@dataclass(frozen=True, slots=True)
class Pages:
    """The page arguments of a list field, as they came."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def slice(self, mark: str, order: Sequence[Key], language: Language) -> Slice:
        """What to read, or BAD_PAGE and BAD_CURSOR."""
        size = self.last if self.first is None else self.first
        if self.first is not None and self.last is not None:
            raise Rejected("BAD_PAGE", language, limit=LARGEST_PAGE)
        size = DEFAULT_PAGE if size is None else size
        if not 1 <= size <= LARGEST_PAGE:
            raise Rejected("BAD_PAGE", language, limit=LARGEST_PAGE)
        return Slice(
            size,
            backwards=self.last is not None,
            after=None if self.after is None else read_cursor(self.after, mark, order, language),
            before=None if self.before is None else read_cursor(self.before, mark, order, language),
        )


def mark_of(name: str, order: Sequence[Key]) -> str:
    """What a cursor is marked with: another list's cursor, or one of another order, means nothing here."""
    text = "|".join([name, *(f"{key.sql} {key.type} {key.descending}" for key in order)])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def write_cursor(mark: str, key: Sequence[str]) -> str:
    """A row's sort key as a cursor."""
    return urlsafe_b64encode(orjson.dumps([mark, *key])).rstrip(b"=").decode()


def read_cursor(cursor: str, mark: str, order: Sequence[Key], language: Language) -> tuple[str, ...]:
    """A cursor's sort key, checked against the types of the order."""
    try:
        found = orjson.loads(urlsafe_b64decode(cursor[:LONGEST_CURSOR] + "=" * (-len(cursor) % 4)))
        given, *key = found if isinstance(found, list) else [None]
        fits = given == mark and len(key) == len(order) and all(map(_fits, order, key))
    except (ValueError, OverflowError):
        fits, key = False, []
    if not fits:
        raise Rejected("BAD_CURSOR", language)
    return tuple(key)


def _fits(key: Key, value: object) -> bool:
    """Whether a value may stand for a key's type; may also raise ValueError."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    match key.type:
        case "text":
            return True
        case "bigint":
            return WHOLE.fullmatch(value) is not None and -(2**63) <= int(value) < 2**63
        case "uuid":
            return str(UUID(value)) == value
        case "date":
            return date.fromisoformat(value).isoformat() == value
        case "timestamptz":
            return datetime.fromisoformat(value).tzinfo is not None
