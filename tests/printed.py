"""Labels to print, and pages as pixels: what the tests on paper share."""

import random
from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped]  # the library has no types
from PIL import Image

from domain.label_code import new_token, payload
from labels.check import pixels
from labels.label import Field, LabelPaper, Shown

BASE = "https://gw.gansu.gov.cn"
NAMES = (
    "便携式计算机",
    "打印机",
    "投影仪",
    "会议椅（蓝色绒面，可叠放）",
    "Conference chair, stackable",
    "文件柜",
    "王喆的电脑",
)


def a_label(dice: random.Random, **changes: object) -> LabelPaper:
    """With a token of its own."""
    token = new_token(lambda: dice.getrandbits(60))
    label: dict[str, object] = {
        "payload": payload(BASE, token),
        "token": token,
        "body": "甘肃省机关事务管理局",
        "phone": "0931-8929123",
        "number": f"GW{token[:10]}",
        "name": dice.choice(NAMES),
        "fields": (Field(Shown.MODEL, f"X{dice.randrange(100)}"), Field(Shown.PLACE, "A区 03排 2层")),
    }
    return LabelPaper(**(label | changes))  # type: ignore[arg-type]  # any field, by name


def labels(count: int, seed: int = 4) -> list[LabelPaper]:
    """Always the same."""
    dice = random.Random(seed)
    return [a_label(dice) for _ in range(count)]


def pages(pdf: bytes, dpi: int) -> Iterator[Image.Image]:
    """What a printer of so many dots per inch makes of it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            yield pixels(page, dpi)
    finally:
        document.close()
