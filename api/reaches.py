"""What an account may read, remembered for a moment: rights taken away stop working within `REMEMBER_S`."""

import time
from collections import OrderedDict
from threading import Lock
from uuid import UUID

from projections import organisations
from projections.reach import Reach
from projections.reading import Reader

REMEMBER_S = 2.0
REMEMBERED = 10_000


class Reaches:
    """The reach of accounts, for all threads of the server."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: OrderedDict[UUID, tuple[float, Reach]] = OrderedDict()
        self._lock = Lock()

    def of(self, account: UUID) -> Reach:
        """The bodies whose things this account reads."""
        known = self._known.get(account)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        with self._reader.connection() as connection:
            found = organisations.reach(connection, account)
        if not found.everything and not found.bodies:
            return found  # an account that has just been opened: it reads as soon as the views know it
        with self._lock:
            self._known[account] = (time.monotonic() + REMEMBER_S, found)
            self._known.move_to_end(account)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found
