"""How every command opens the installation: on an empty place it founds it, and says so to whoever sits there."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.accounts import Access
from api.installation import Installation
from api.settings import Settings
from api.terminal import Terminal


@contextmanager
def opened(
    terminal: Terminal, settings: Settings | None = None, *, follow: bool = False
) -> Iterator[Installation]:
    """The installation, for as long as the command runs."""
    with Installation.open(settings or terminal.settings, follow=follow) as installation:
        say_first(terminal, installation.first)
        yield installation


def say_first(terminal: Terminal, first: Access | None) -> None:
    """The first administrator's token is shown to whoever founds the installation, and never again."""
    if first is not None:
        terminal.say(
            f"First administrator: {first.name}\n  account {first.account}\n  token   {first.token}  (shown once)"
        )
