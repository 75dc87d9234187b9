"""Which squares of a code are dark, and how is it written as a picture?

`qrcode` makes the symbol; the mask follows from the text, because searching for the best one costs most of the time. Masks 1 and 3
are left out: one of the two decoders we know reads them worse. Version 3 holds a URL of 47 capitals at level Q, and the size of a square
in dots of the printer is worth more than a higher level; so the version comes first, then the highest level it has room for.
"""

import re
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from msgspec import Struct
from qrcode import QRCode
from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.util import create_data

QUIET = 4
"""White squares around the symbol, on all sides and in every picture."""
MASKS = (0, 2, 4, 5, 6, 7)
LABEL_VERSION = 3
LONGEST = 90
"""Characters of a text that still gets a symbol people can scan from a small label."""

_PNG = b"\x89PNG\r\n\x1a\n"


class Symbol(Struct, frozen=True):
    """The squares of a code without its quiet zone: `size` rows of `size` squares, dark is 1, each row filled up to whole bytes."""

    size: int
    packed: bytes

    @property
    def width(self) -> int:
        """Squares across, quiet zone included."""
        return self.size + 2 * QUIET

    @property
    def row_bytes(self) -> int:
        return (self.size + 7) // 8

    def rows(self) -> list[str]:
        """Each row as ones and zeros."""
        one = self.row_bytes
        return [
            f"{int.from_bytes(self.packed[at : at + one], 'big'):0{one * 8}b}"[: self.size]
            for at in range(0, len(self.packed), one)
        ]

    def stretches(self) -> list[tuple[int, int, int]]:
        """(row, first square, length) of every stretch of dark squares."""
        return [
            (at, found.start(), len(found[0]))
            for at, row in enumerate(self.rows())
            for found in re.finditer("1+", row)
        ]


def symbol(text: str) -> Symbol:
    """The code of a label: version 3 where it holds the text at level M at least, at the highest level it has room for."""
    for level in (ERROR_CORRECT_H, ERROR_CORRECT_Q, ERROR_CORRECT_M):
        if len(text) <= _room(level):
            with suppress(DataOverflowError):  # small letters need more room
                return _made(text, LABEL_VERSION, level)
    return fitting(text)


def fitting(text: str) -> Symbol:
    """The smallest code that holds the text at level Q: for what has room, such as a slip."""
    return _made(text, None, ERROR_CORRECT_Q)


def mask_of(text: str) -> int:
    """One of the masks, the same for the same text."""
    return MASKS[zlib.crc32(text.encode()) % len(MASKS)]


def svg(code: Symbol) -> str:
    """One path, a unit per square, quiet zone included; scales to any size."""
    path = "".join(f"M{x + QUIET} {y + QUIET}h{long}v1h-{long}z" for y, x, long in code.stretches())
    wide = code.width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {wide}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{wide}v{wide}h-{wide}z"/><path d="{path}"/></svg>'
    )


def png(code: Symbol, scale: int = 8) -> bytes:
    """Black on white, one bit per pixel, `scale` pixels per square, quiet zone included."""
    across = code.width * scale
    empty = b"\x00" + _white(across)
    edge = empty * (QUIET * scale)
    rows = (b"\x00" + _scaled(row, scale) for row in code.rows())
    body = edge + b"".join(row * scale for row in rows) + edge
    head = struct.pack(">IIBBBBB", across, across, 1, 0, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(body, 9)) + _chunk(b"IEND", b"")


class _Plan(NamedTuple):
    """Where the bits of a text go: `pick` takes them in the order of the squares, `fixed` are the squares without any and the mask."""

    pick: Callable[[str], tuple[str, ...]]
    fixed: int
    size: int


@cache
def _plan(version: int, level: int, mask: int) -> _Plan:
    """Learned from `qrcode` itself, which goes from square to square for every code: it is shown which bit ends where.

    Once without any bit; then bit by bit of their numbers, so that a handful of codes tells them all apart.
    """
    length = sum(block.total_count for block in rs_blocks(version, level))
    empty = _filled(version, level, mask, bytes(length))
    number = [0] * len(empty)
    for digit in range((length * 8).bit_length()):
        marked = int("".join(str(at >> digit & 1) for at in range(1, length * 8 + 1)), 2).to_bytes(
            length, "big"
        )
        for at, (one, other) in enumerate(zip(empty, _filled(version, level, mask, marked), strict=True)):
            number[at] |= (one != other) << digit
    pick: Callable[[str], tuple[str, ...]] = itemgetter(*number)
    return _Plan(pick, int("".join(empty), 2), 4 * version + 17)


def _filled(version: int, level: int, mask: int, data: bytes) -> list[str]:
    """The squares with these bytes, rows filled up to whole bytes."""
    code = QRCode(version=version, error_correction=level, mask_pattern=mask, border=0)
    code.data_cache = list(data)
    code.makeImpl(False, mask)
    spare = ["0"] * (-code.modules_count % 8)
    return [cell for row in code.modules for cell in (*("1" if dark else "0" for dark in row), *spare)]


def _made(text: str, version: int | None, level: int) -> Symbol:
    code = QRCode(version=version, error_correction=level, border=0)
    code.add_data(text)
    if version is None:
        version = code.best_fit()
    data = bytes(create_data(version, level, code.data_list))
    plan = _plan(version, level, mask_of(text))
    bits = f"0{int.from_bytes(data, 'big'):0{len(data) * 8}b}"  # number 0 is no bit
    squares = int("".join(plan.pick(bits)), 2) ^ plan.fixed
    return Symbol(plan.size, squares.to_bytes((plan.size + 7) // 8 * plan.size, "big"))


@cache
def _room(level: int) -> int:
    """Capitals and digits that a label's version holds at a level."""
    most = 0
    for length in range(1, LONGEST + 1):
        try:
            _made("A" * length, LABEL_VERSION, level)
        except DataOverflowError:
            break
        most = length
    return most


def _scaled(row: str, scale: int) -> bytes:
    dots = "1" * QUIET * scale + "".join("10"[int(cell)] * scale for cell in row) + "1" * QUIET * scale
    dots += "0" * (-len(dots) % 8)
    return int(dots, 2).to_bytes(len(dots) // 8, "big")


def _white(across: int) -> bytes:
    dots = "1" * across + "0" * (-across % 8)
    return int(dots, 2).to_bytes(len(dots) // 8, "big")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
