"""What has been seen in a file before, for millions of rows: a table of numbers that costs twelve bytes a place."""

from array import array

FIRST_SIZE = 1_024
MASK = 0xFFFF_FFFF_FFFF_FFFF


class Seen:
    """64-bit keys, each with a small number: 0 for what has not been seen.

    A dictionary does the same at ten times the memory. Two keys of a million being equal by chance: 1 in 40 million.
    """

    def __init__(self) -> None:
        self._grow_to(FIRST_SIZE)
        self._used = 0

    def __getitem__(self, key: int) -> int:
        return self._numbers[self._place(key & MASK)]

    def __setitem__(self, key: int, number: int) -> None:
        at = self._place(key & MASK)
        if self._numbers[at] == 0:
            self._used += 1
            if self._used * 3 > len(self._keys) * 2:
                self._double()
                at = self._place(key & MASK)
        self._keys[at], self._numbers[at] = key & MASK, number

    def _place(self, key: int) -> int:
        keys, numbers, last = self._keys, self._numbers, len(self._keys) - 1
        at = (key ^ key >> 32) & last
        while numbers[at] and keys[at] != key:
            at = (at + 1) & last
        return at

    def _grow_to(self, size: int) -> None:
        self._keys = array("Q", bytes(8 * size))
        self._numbers = array("I", bytes(4 * size))

    def _double(self) -> None:
        keys, numbers = self._keys, self._numbers
        self._grow_to(len(keys) * 2)
        for key, number in zip(keys, numbers, strict=True):
            if number:
                at = self._place(key)
                self._keys[at], self._numbers[at] = key, number
