"""The commands of `gongwu`, one file each; a file is loaded when its command is asked for."""

from collections.abc import Callable
from importlib import import_module

import click


def _lazy(module: str, name: str) -> Callable[[], click.Command]:
    def load() -> click.Command:
        found: click.Command = getattr(import_module(f"api.commands.{module}"), name)
        return found

    return load


LAZY: dict[str, Callable[[], click.Command]] = {
    "init": _lazy("running", "init"),
    "serve": _lazy("running", "serve"),
    "demo": _lazy("showing", "demo"),
    "clerk": _lazy("clerk", "clerk"),
    "import": _lazy("importing", "import_"),
    "labels": _lazy("labelling", "labels"),
    "export": _lazy("exporting", "export"),
    "rebuild": _lazy("looking_after", "rebuild"),
    "verify": _lazy("looking_after", "verify"),
    "status": _lazy("looking_after", "status"),
    "body": _lazy("bodies", "body"),
    "account": _lazy("letting_in", "account"),
}
