"""Everything the domain can say and do, loaded: facts of all topics, use cases of all names.

A process that reads the log or decides commands imports this once; a fact whose file nobody has imported would be unreadable.
"""

from importlib import import_module
from pkgutil import iter_modules

import domain.life
import domain.papers
import domain.usecases

for package in (domain.life, domain.papers, domain.usecases):
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
