"""Lists that read models page by key, forwards: rows in, a connection out."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from api.graphql.context import Info
from api.graphql.listing import MOST_COUNTED
from api.graphql.paging import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    Connection,
    Edge,
    PageInfo,
    mark_of,
    read_cursor,
    write_cursor,
)
from api.graphql.problems import Rejected
from projections.keyset import Key

Row = TypeVar("Row")


def forward(  # noqa: PLR0917  # what a list is
    info: Info,
    name: str,
    order: tuple[Key, ...],
    first: int | None,
    after: str | None,
    fetch: Callable[[tuple[str, ...] | None, int], Sequence[Row]],
    key: Callable[[Row], tuple[object, ...]],
    node: Callable[[Row], Any],
    count: Callable[[Any, int], int],
) -> Connection[Any]:
    """`fetch(key, n)` gives the next n rows beyond a key; one more than asked tells whether there is a next page.

    `count(connection, most)` gives how many there are, or `most` if there are more. It is asked only if somebody wants to know,
    once, and when the page has given its connection back: so it gets one of its own.
    """
    language = info.context.language
    size = DEFAULT_PAGE if first is None else first
    if not 1 <= size <= LARGEST_PAGE:
        raise Rejected("BAD_PAGE", language, limit=LARGEST_PAGE)
    mark = mark_of(name, order)
    start = None if after is None else read_cursor(after, mark, order, language)
    rows = list(fetch(start, size + 1))
    more = len(rows) > size
    del rows[size:]
    cursors = [write_cursor(mark, [str(part) for part in key(row)]) for row in rows]
    nodes = [node(row) for row in rows]
    here = len(rows)

    @cache
    def counted() -> tuple[int, bool]:
        if not more and after is None:
            return here, True
        with info.context.app.reader.connection() as connection:
            found = count(connection, MOST_COUNTED + 1)
        return min(found, MOST_COUNTED), found <= MOST_COUNTED

    return Connection(
        nodes=nodes,
        edges=[Edge(cursor=cursor, node=one) for cursor, one in zip(cursors, nodes, strict=True)],
        page_info=PageInfo(
            has_next_page=more,
            has_previous_page=after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        counted=counted,
    )
