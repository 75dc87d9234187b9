"""Where photos, papers and signed scans are kept.

A folder of files named by the SHA-256 of their bytes (`ab/cd/abcd…`), so that what an event refers to can be
neither changed nor swapped unnoticed. Nothing is known of a file but its bytes: its type is read from them.
A store elsewhere (S3 and the like) is another class with the same few methods.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Self

from projections.store.sniffing import ALLOWED, Ambiguous, sniff

LARGEST = 20_000_000
SPARE = 200_000_000  # kept free on the disk: the log must never find it full
CHUNK = 1 << 18
NAME = re.compile(r"[0-9a-f]{64}")
INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that is kept."""

    sha256: str
    size: int
    media_type: str


class NotKept(Exception):
    """The file was not taken. `code` says why, `values` explain it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code, self.values = code, values


class EvidenceStore:
    """The folder. Safe for many threads and processes at once: files appear whole or not at all."""

    def __init__(
        self,
        folder: Path,
        *,
        largest: int = LARGEST,
        allowed: frozenset[str] = ALLOWED,
        spare: int = SPARE,
    ) -> None:
        self.folder, self.largest, self.allowed, self.spare = folder, largest, allowed, spare
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / INCOMING).mkdir(mode=0o700, exist_ok=True)

    def receive(self, media_type: str) -> "Arrival":
        """Begins to take a file of the announced type, piece by piece."""
        if media_type not in self.allowed:
            raise NotKept("TYPE_NOT_ALLOWED", type=media_type[:100])
        if shutil.disk_usage(self.folder).free < self.spare + self.largest:
            raise NotKept("NO_ROOM")
        try:
            return Arrival(self, media_type)
        except OSError as error:
            raise _told(error) from error

    def put(self, pieces: Iterable[bytes], media_type: str) -> Evidence:
        """Takes a whole file. One that is already here is not kept twice."""
        with self.receive(media_type) as arrival:
            for piece in pieces:
                arrival.write(piece)
            return arrival.keep()

    def find(self, sha256: str) -> Evidence | None:
        """What is kept under this hash."""
        try:
            with self.open(sha256) as file:
                media_type = sniff(file)
                size = file.seek(0, os.SEEK_END)
        except (FileNotFoundError, Ambiguous):
            return None
        return None if media_type is None else Evidence(sha256, size, media_type)

    def exists(self, sha256: str) -> bool:
        """Whether a file is kept under this hash."""
        return NAME.fullmatch(sha256) is not None and self.path(sha256).is_file()

    def open(self, sha256: str) -> BufferedReader:
        """The file to read from; FileNotFoundError if there is none. Links are not followed."""
        try:
            return os.fdopen(os.open(self.path(sha256), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise FileNotFoundError(sha256) from error
            raise

    def verify(self, sha256: str) -> bool:
        """Reads the file again: whether it is there and still what its name says."""
        try:
            with self.open(sha256) as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except FileNotFoundError:
            return False

    def clear_leftovers(self, before: datetime) -> int:
        """Removes what a crash left half received, if last written before then. Returns how many."""
        cleared = 0
        for left in (self.folder / INCOMING).iterdir():
            try:
                if left.stat().st_mtime < before.timestamp():
                    left.unlink()
                    cleared += 1
            except FileNotFoundError:
                continue  # its own process was faster
        return cleared

    def path(self, sha256: str) -> Path:
        """Where a file with this hash is, or would be. What is no hash is nowhere."""
        if NAME.fullmatch(sha256) is None:
            raise FileNotFoundError("not a hash")
        return self.folder / sha256[:2] / sha256[2:4] / sha256


class Arrival:
    """A file on its way in. Leaving the `with` block without `keep` leaves nothing behind."""

    def __init__(self, store: EvidenceStore, media_type: str) -> None:
        self.store, self.media_type = store, media_type
        self.size, self._hash = 0, hashlib.sha256()
        self._temporary = store.folder / INCOMING / secrets.token_hex(16)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.fdopen(os.open(self._temporary, flags, 0o600), "w+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError:
            if kind is None:
                raise
        finally:
            self._temporary.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Adds to the file."""
        self.size += len(piece)
        if self.size > self.store.largest:
            raise NotKept("TOO_LARGE", limit=self.store.largest)
        self._hash.update(piece)
        try:
            self._file.write(piece)
        except OSError as error:
            raise _told(error) from error

    def keep(self) -> Evidence:
        """Checks that the file is what it was announced as, and gives it its name on the disk, for good."""
        if not self.size:
            raise NotKept("EMPTY")
        try:
            self._file.flush()
            self._check()
            evidence = Evidence(self._hash.hexdigest(), self.size, self.media_type)
            if not self.store.verify(evidence.sha256):  # if one is there, it is damaged: this one replaces it
                os.fsync(self._file.fileno())
                self._move(self.store.path(evidence.sha256))
        except OSError as error:
            raise _told(error) from error
        return evidence

    def _check(self) -> None:
        self._file.seek(0)
        try:
            found = sniff(self._file)
        except Ambiguous as error:
            raise NotKept("AMBIGUOUS") from error
        if found != self.media_type:
            raise NotKept("TYPE_MISMATCH", type=self.media_type)

    def _move(self, target: Path) -> None:
        for folder in (target.parent.parent, target.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._temporary.replace(target)
        for folder in (target.parent, target.parent.parent, self.store.folder):
            _settle(folder)


def _settle(folder: Path) -> None:
    """Makes the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _told(error: OSError) -> OSError | NotKept:
    return NotKept("NO_ROOM") if error.errno in (errno.ENOSPC, errno.EDQUOT) else error
