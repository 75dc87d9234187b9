"""Which characters can be printed, with which letters, and how wide they come out?

Two fonts are shipped (see make.py), unpacked at the first print and kept: about 25 MB, a quarter of a second.
reportlab prints nothing for a character without a glyph, so what goes on paper passes through `printable`.
"""

import io
import lzma
import re
import unicodedata
from functools import cache
from importlib.resources import files
from threading import RLock

from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "GongwuSans", "GongwuSansBold"
MISSING = "□"
SHIPPED = {REGULAR: "gongwu-sans.ttf.xz", BOLD: "gongwu-sans-bold.ttf.xz"}
BEYOND_BMP = re.compile(r"(?<=> )<([0-9A-F]{5,6})>")

# reportlab has one reading position per font file, one list of fonts per process: one paper at a time.
press = RLock()


class _Font(TTFont):
    """A TrueType font whose text can be copied out of the PDF, the rare characters beyond U+FFFF included."""

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 - reportlab's name
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                stream.content = BEYOND_BMP.sub(_as_surrogates, stream.content)  # type: ignore[attr-defined]  # the library has no types here


def _as_surrogates(code: re.Match[str]) -> str:
    return f"<{chr(int(code[1], 16)).encode('utf-16-be').hex().upper()}>"


@cache
def _load(name: str) -> TTFont:
    with press:
        made = _Font(name, io.BytesIO(unpacked(name)))
        registerFont(made)
        return made


def unpacked(name: str) -> bytes:
    """The font's file."""
    return lzma.decompress(files(__package__).joinpath(SHIPPED[name]).read_bytes())


def glyphs(name: str) -> dict[int, int]:
    """Code points that the font has."""
    with press:  # two first prints at once must not register two fonts of one name
        return _load(name).face.charToGlyph  # type: ignore[no-any-return]  # the library has no types here


def font(name: str) -> TTFont:
    """The font itself, for what is written in PDF's own operators."""
    return _load(name)


def tidy(text: str) -> str:
    """Composed characters, and one plain space for every stretch of white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def missing(text: str) -> str:
    """The characters of the text that cannot be printed, each once, in order."""
    known = glyphs(REGULAR)
    return "".join(dict.fromkeys(character for character in tidy(text) if ord(character) not in known))


def printable(text: str) -> str:
    """The text as it goes on paper: what has no glyph becomes a visible box."""
    known = glyphs(REGULAR)
    return "".join(character if ord(character) in known else MISSING for character in tidy(text))


def runs(text: str, bold: bool) -> list[tuple[str, str]]:
    """The text in stretches of one font: what the small bold font lacks is set in regular."""
    if not bold:
        glyphs(REGULAR)
        return [(REGULAR, text)]
    heavy = glyphs(BOLD)
    found: list[tuple[str, str]] = []
    for character in text:
        name = BOLD if ord(character) in heavy else REGULAR
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + character)
        else:
            found.append((name, character))
    if any(name == REGULAR for name, _ in found):
        glyphs(REGULAR)
    return found


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide the text is, in points."""
    total = 0.0
    for name, part in runs(text, bold):
        face = _load(name).face
        total += sum(face.charWidths.get(ord(character), face.defaultWidth) for character in part)
    return total * size / 1000
