"""Everything the domain can say and do, loaded: facts of all topics (`domain.facts`), use cases of all names.

A process that decides commands imports this once.
"""

from importlib import import_module
from pkgutil import iter_modules

import domain.facts  # the other half
import domain.usecases

for module in iter_modules(domain.usecases.__path__):
    import_module(f"{domain.usecases.__name__}.{module.name}")
