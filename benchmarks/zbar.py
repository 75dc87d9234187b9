"""The other decoder, where Debian's libzbar0 is installed: what two independent readers read, a stranger's phone reads too."""

import ctypes
import ctypes.util
from functools import cache

from PIL import Image

GREY = int.from_bytes(b"Y800", "little")


@cache
def why_no_zbar() -> str:
    """Empty if it is there."""
    return (
        ""
        if ctypes.util.find_library("zbar")
        else "Debian's libzbar0 is not installed (make system tries to)"
    )


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("zbar") or "libzbar.so.0")
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    for name, answers, takes in (
        ("zbar_image_scanner_create", pointer, []),
        ("zbar_image_scanner_set_config", number, [pointer, number, number, number]),
        ("zbar_image_scanner_destroy", None, [pointer]),
        ("zbar_image_create", pointer, []),
        ("zbar_image_destroy", None, [pointer]),
        ("zbar_image_set_format", None, [pointer, ctypes.c_ulong]),
        ("zbar_image_set_size", None, [pointer, ctypes.c_uint, ctypes.c_uint]),
        ("zbar_image_set_data", None, [pointer, text, ctypes.c_ulong, pointer]),
        ("zbar_scan_image", number, [pointer, pointer]),
        ("zbar_image_first_symbol", pointer, [pointer]),
        ("zbar_symbol_next", pointer, [pointer]),
        ("zbar_symbol_get_data", text, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = answers, takes
    return library


def read(image: Image.Image) -> list[str]:
    """Every code in the picture."""
    library = _library()
    grey = image.convert("L")
    data = grey.tobytes()
    scanner, picture = library.zbar_image_scanner_create(), library.zbar_image_create()
    try:
        library.zbar_image_scanner_set_config(scanner, 0, 0, 0)  # no kind of code …
        library.zbar_image_scanner_set_config(scanner, 64, 0, 1)  # … but QR
        library.zbar_image_set_format(picture, GREY)
        library.zbar_image_set_size(picture, *grey.size)
        library.zbar_image_set_data(picture, data, len(data), None)
        library.zbar_scan_image(scanner, picture)
        found, symbol = [], library.zbar_image_first_symbol(picture)
        while symbol:
            found.append(library.zbar_symbol_get_data(symbol).decode())
            symbol = library.zbar_symbol_next(symbol)
        return found
    finally:
        library.zbar_image_destroy(picture)
        library.zbar_image_scanner_destroy(scanner)
