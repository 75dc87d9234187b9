"""The GraphQL schema: types over the read models, queries, and one mutation per use case.

`SCHEMA` is printed to `api/schema.graphql`, which is checked in; a test compares the two.
"""

from importlib import import_module
from pkgutil import iter_modules

import strawberry

import domain.usecases
from api.graphql.scalars import config
from api.schema.mutations import mutation_type
from api.schema.queries import Query

for module in iter_modules(domain.usecases.__path__):
    import_module(f"domain.usecases.{module.name}")

SCHEMA = strawberry.Schema(query=Query, mutation=mutation_type(), config=config())


def printed() -> str:
    """The schema as `api/schema.graphql` holds it."""
    return SCHEMA.as_str() + "\n"
