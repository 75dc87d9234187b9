"""What is a file, by its own bytes? Names and announced types prove nothing."""

import struct
import zipfile
from collections.abc import Callable
from typing import BinaryIO

HEAD = 1024  # readers look for a PDF's beginning that far
TAIL = 65_557  # the end record of a zip with its longest comment
MOST_PARTS = 2_000  # entries of a zip container: an honest spreadsheet has a few dozen

JPEG, PNG, WEBP, HEIC, TIFF = "image/jpeg", "image/png", "image/webp", "image/heic", "image/tiff"
PDF, OFD = "application/pdf", "application/ofd"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZPL, TSPL = (
    "application/vnd.zebra.zpl",
    "application/vnd.tsc.tspl",
)  # no registered names: what the program itself writes for printers
ALLOWED = frozenset({JPEG, PNG, WEBP, HEIC, TIFF, PDF, OFD, XLSX})
ENDINGS = {
    JPEG: "jpg",
    PNG: "png",
    WEBP: "webp",
    HEIC: "heic",
    TIFF: "tif",
    PDF: "pdf",
    OFD: "ofd",
    XLSX: "xlsx",
    ZPL: "zpl",
    TSPL: "tspl",
}

ZIP = "application/zip"
SIGNATURES: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    (JPEG, lambda head: head.startswith(b"\xff\xd8\xff")),
    (PNG, lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    (WEBP, lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    (HEIC, lambda head: head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1")),
    (TIFF, lambda head: head.startswith((b"II*\0", b"MM\0*"))),
    (PDF, lambda head: head.startswith(b"%PDF-")),
    (ZIP, lambda head: head.startswith(b"PK\x03\x04")),
    (ZPL, lambda head: head.startswith(b"^XA")),
    (TSPL, lambda head: head.startswith(b"SIZE ")),
)
PAGES = (b"<html", b"<script", b"<!doctype", b"<svg")


class Ambiguous(Exception):
    """The file is made to be read as two types."""


def sniff(file: BinaryIO) -> str | None:
    """The media type of an open file, or None. Raises Ambiguous for a polyglot."""
    head = file.read(HEAD)
    found = next((media for media, fits in SIGNATURES if fits(head)), None)
    if found is None:
        return None
    lower = head.lower()
    if any(mark in lower for mark in PAGES) or (found != PDF and b"%pdf-" in lower):
        raise Ambiguous
    parts = _parts_of_zip(file)
    if found != ZIP:
        if parts is not None:
            raise Ambiguous
        return found
    return _container(file, parts)


def _parts_of_zip(file: BinaryIO) -> int | None:
    """How many entries the zip at the end of the file has; None if no zip ends there."""
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return None
    entries, _size, _start, comment = struct.unpack("<HIIH", tail[at + 10 : at + 22])
    return entries if at + 22 + comment == len(tail) else None


def _container(file: BinaryIO, parts: int | None) -> str | None:
    """Which office file a zip is, by the names in it; nothing is unpacked. Files with macros are none."""
    if parts is None or parts > MOST_PARTS:
        return None
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as container:
            names = {name.lower() for name in container.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError):
        return None
    if len(names) > MOST_PARTS or any(name.endswith("vbaproject.bin") for name in names):
        return None
    if {"[content_types].xml", "xl/workbook.xml"} <= names:
        return XLSX
    return OFD if "ofd.xml" in names else None
