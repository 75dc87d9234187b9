"""How often may somebody be wrong about a label's code?

A token has 60 random bits, so guessing is hopeless: among a million live labels a guess hits with p = 9·10⁻¹³. Counting misses keeps it
so, and keeps a machine that tries from costing anything (docs/scan.md has the sums). Only misses count, and a bucket fills up again
by itself: an office behind one address is held back for seconds by one bad scanner, never locked out.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

REMEMBERED = 10_000


class Misses:
    """Buckets of misses, by whoever asks. `most` at once, then one more every `per_s / most` seconds."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        most: int = 30,
        per_s: float = 60.0,
        remembered: int = REMEMBERED,
    ) -> None:
        self._monotonic, self._most, self._each_s, self._remembered = (
            monotonic,
            most,
            per_s / most,
            remembered,
        )
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When a bucket will be full again: that one moment is all there is to remember."""
        self._lock = Lock()

    def wait_s(self, who: str) -> int:
        """How long (s) this one must wait before it may ask again; 0: it may ask now."""
        with self._lock:
            missing = self._full_at.get(who, 0.0) - self._monotonic()
        over = missing - (self._most - 1) * self._each_s
        return max(1, int(over + 0.999)) if over > 0 else 0

    def missed(self, who: str) -> None:
        """This one was wrong."""
        with self._lock:
            now = self._monotonic()
            full_at = max(self._full_at.pop(who, 0.0), now) + self._each_s
            self._full_at[who] = min(full_at, now + self._most * self._each_s)
            while len(self._full_at) > self._remembered:
                self._full_at.popitem(last=False)


def network_of(address: str) -> str:
    """Who asks, by address: of IPv6 the /64, which is one customer's; an IPv4 address however it is written."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False).network_address)
    return str(found)
