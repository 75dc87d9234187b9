"""`python -m api.schema > api/schema.graphql`: the schema as it is checked in."""

import sys

from api.schema import printed

sys.stdout.write(printed())
