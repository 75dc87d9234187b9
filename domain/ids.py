"""New ids: UUIDv7 (RFC 9562), ordered by time, so that new streams lie together in the log's indexes."""

import random
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new id: 48 bits of Unix time in milliseconds, then 74 random bits. Handed to commands from outside."""
    stamp = (time.time_ns() // 1_000_000) & ((1 << 48) - 1)
    rest = random.getrandbits(80)  # no secret; asking the system would hold up all threads
    return UUID(
        int=stamp << 80 | 0x7 << 76 | (rest >> 68 & 0xFFF) << 64 | 0b10 << 62 | rest & ((1 << 62) - 1)
    )
