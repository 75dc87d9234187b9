"""Every fact there is, loaded: whoever reads the log imports this, and needs no use case for it.

A fact whose file nobody has imported would be unreadable.
"""

from importlib import import_module
from pkgutil import iter_modules

import domain.account
import domain.body
import domain.label
import domain.life
import domain.papers
import domain.place
import domain.policy_book

for package in (domain.life, domain.papers):
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
