"""What a resolver may reach while one request is answered."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import strawberry

from api.graphql.principal import Principal
from domain.texts import Language


class Rows(Protocol):
    """Anything that runs a read statement; in the server `projections.reading.Reader`."""

    def rows(
        self, query: str, values: Mapping[str, object] | Sequence[object] | None = None
    ) -> list[tuple[Any, ...]]: ...


@dataclass(slots=True)
class Context:
    """One request: who asks, in which language, and the application behind it.

    `plans` belongs to the document and outlives the request: what a list field worked out about a selection
    is kept there, keyed by the field's place in the document and by the values of `switches`, the variables
    that decide about @include and @skip.
    """

    principal: Principal
    language: Language
    request_id: str
    reader: Rows
    app: Any = None
    plans: dict[Hashable, Any] = field(default_factory=dict)
    switches: tuple[str, ...] = ()
    finished: int = 0  # root fields that have answered with a finished subtree
    notes: dict[str, Any] = field(default_factory=dict)  # what resolvers of one request share


Info = strawberry.Info[Context, None]
