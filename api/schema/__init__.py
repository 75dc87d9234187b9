"""The GraphQL schema: types over the read models, queries, and one mutation per use case.

`SCHEMA` is printed to `api/schema.graphql`, which is checked in; a test compares the two.
"""

import strawberry

import domain.vocabulary  # noqa: F401  # every use case is a mutation
from api.graphql.scalars import config
from api.schema.mutations import mutation_type
from api.schema.queries import Query

SCHEMA = strawberry.Schema(query=Query, mutation=mutation_type(), config=config())


def printed() -> str:
    """The schema as `api/schema.graphql` holds it."""
    return SCHEMA.as_str() + "\n"
