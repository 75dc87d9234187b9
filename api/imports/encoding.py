"""Which encoding is a text file in? Settled by decoding the whole of it strictly, never by a guess that shows.

Offices use UTF-8, UTF-16 and GB 18030. Nearly any bytes decode as GB 18030, so what comes out must also read as Chinese.
"""

import io
import re
from codecs import StreamReader, getincrementaldecoder, getreader
from collections.abc import Iterator
from typing import BinaryIO

from api.imports.verdicts import Code, FileRefused

CHUNK = 1024 * 1024
LONGEST_LINE = 65_536
SAMPLE_BYTES = 65_536
BROKEN_SHARE = 0.1
"""Where more of the lines than this are damaged in the likeliest encoding, the file is refused as a whole."""


def lines_of(stream: io.TextIOBase | StreamReader) -> Iterator[str]:
    """Lines, none of them endless: what is cut off is still too long for a record."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            while (rest := stream.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
                pass
        yield line


def settle(file: str, stream: BinaryIO, wanted: str | None) -> str:
    """The one encoding in which the file is whole; else the one in which nearly all of it is."""
    stream.seek(0)
    head = stream.read(4)
    if wanted is not None:
        candidates = [wanted]
    elif head.startswith(b"\xef\xbb\xbf"):
        candidates = ["utf-8-sig"]
    elif head.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        sample = _telling(stream)
        candidates = ["gb18030", "utf-8"] if _is_gb18030_after_all(sample) else ["utf-8", "gb18030"]
        if not _reads_as_chinese(sample):
            candidates.remove("gb18030")
    try:
        for candidate in candidates:
            if _decodes(stream, candidate):
                return candidate
        damages = [(_damage(stream, candidate), candidate) for candidate in candidates]
    except LookupError:
        raise FileRefused(file, Code.MAPPING_INVALID, where="encoding", reason=str(wanted)) from None
    (broken, telling, first), best = min(damages)
    if broken * 2 > telling or broken > max(telling * BROKEN_SHARE, 2):
        raise FileRefused(file, Code.ENCODING_BROKEN, first)
    return best


def _telling(stream: BinaryIO) -> bytes:
    """Some of the file from the first line that is not plain ASCII."""
    stream.seek(0)
    before = b""
    while chunk := stream.read(CHUNK):
        window = before + chunk
        if match := re.search(rb"[^\x00-\x7f]", window):
            start = window.rfind(b"\n", 0, match.start()) + 1
            return (window + stream.read(SAMPLE_BYTES))[start : start + SAMPLE_BYTES]
        before = window[-LONGEST_LINE:]
    return b""


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = getincrementaldecoder(encoding)("strict")
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _damage(stream: BinaryIO, encoding: str) -> tuple[int, int, int]:
    """How many lines are damaged, how many are not plain ASCII at all, and where the first damage is."""
    stream.seek(0)
    telling = broken = first = 0
    for at, line in enumerate(lines_of(getreader(encoding)(stream, "replace")), start=1):
        if not line.isascii():
            telling += 1
            if "\ufffd" in line:
                broken += 1
                first = first or at
    return broken, telling, first


def _reads_as_chinese(head: bytes) -> bool:
    """Nearly any bytes decode as GB 18030; Chinese text is mostly the 6,763 common characters, in runs."""
    words = getincrementaldecoder("gb18030")("replace").decode(head)
    strange = [char for char in words if char > "\u2e7f"]
    if not strange:
        return False
    rare = sum(not _is_common(char) for char in strange)
    alone = len(re.findall("(?<=[A-Za-z])[\u2e80-\U0010ffff](?![\u2e80-\U0010ffff])", words))
    return rare <= len(strange) * 0.2 and alone <= len(strange) * 0.5


def _is_common(char: str) -> bool:
    try:
        return len(char.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _is_gb18030_after_all(head: bytes) -> bool:
    """Some GB 18030 text is valid UTF-8 by chance: pairs that look like runs of accented letters."""
    try:
        as_utf8 = getincrementaldecoder("utf-8")().decode(head)
        as_gb = getincrementaldecoder("gb18030")().decode(head)
    except UnicodeError:
        return False
    odd = [char for char in as_utf8 if char > "\x7f"]
    if not odd or any(char > "\u07ff" for char in odd):
        return False
    runs = len(re.findall("[^\x00-\x7f]+", as_utf8))
    in_words = len(re.findall("(?<=[A-Za-z])[^\x00-\x7f]+|[^\x00-\x7f]+(?=[A-Za-z])", as_utf8))
    return in_words * 2 < runs and all(_is_common(char) for char in as_gb if char > "\x7f")
