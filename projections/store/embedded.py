"""A real PostgreSQL from a wheel, started on first use and stopped by the last process that used it.

No network, no passwords: the socket lies in a folder only its user can enter, and the server asks the
kernel who is calling (`peer`). Every process that uses the server holds a shared lock; a killed process
simply loses it, and whoever leaves last stops the server.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shlex
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from psycopg import pq
from psycopg.conninfo import make_conninfo

from projections.store import embedded_home
from projections.store.connect import APP, OWNER, PROJECTOR
from projections.store.embedded_home import PATIENCE_S, Home, exclusive
from projections.store.unavailable import DatabaseUnavailable

DATABASE = "gongwu"

_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 103  # bytes of a socket's path that every system takes
_LARGEST_LOG = 10_000_000

_SETTINGS = """\
# Written by Gongwu at every start; settings of your own go into local.conf beside this file.
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
min_wal_size = 256MB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off                            # compiling costs more than our short queries
max_parallel_workers_per_gather = 0  # two cores are shared with the server; small containers lack /dev/shm
fsync = on
synchronous_commit = on
full_page_writes = on
password_encryption = scram-sha-256
timezone = UTC
log_timezone = UTC
datestyle = 'iso, ymd'
default_text_search_config = 'pg_catalog.simple'
log_min_messages = warning
log_checkpoints = off
log_line_prefix = '%m [%p] %u@%d '
include_if_exists = 'local.conf'
"""

_ADMISSION = """\
# Written by Gongwu at every start. Only operating-system users of pg_ident.conf, only on this machine.
local all all peer map=gongwu
"""

# One statement a line, for the server's single-user mode: the superuser is never reachable by a socket.
_FIRST_WORDS = f"""\
CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE
SET ROLE {OWNER}
CREATE ROLE {APP} LOGIN
CREATE ROLE {PROJECTOR} LOGIN
RESET ROLE
GRANT {PROJECTOR} TO {OWNER}
GRANT pg_monitor, pg_signal_backend TO {OWNER}
CREATE DATABASE {DATABASE} OWNER {OWNER}
"""

Status = Literal["absent", "stopped", "starting", "running"]


class EmbeddedServer:
    """The server of one data folder, shared by all processes of its user."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = Path(data_dir).expanduser().resolve()
        self._home: Home | None = None
        self._users: int | None = None  # the open file that carries our shared lock

    def start(self) -> None:
        """Make the cluster if there is none, start the server if nobody has, and count as its user."""
        home = self._home = embedded_home.make_home(self.data_dir)
        with self._starting(home):
            if self._users is None:
                users = home.open_lock("users.lock")
                fcntl.flock(users, fcntl.LOCK_SH)  # never waits: only a stopping process holds it alone
                self._users = users
            try:
                _initialise(home)
                _launch(home, self.socket_dir)
            except BaseException:
                self._leave()
                raise

    def stop(self) -> None:
        """Stop counting as a user; the last one stops the server."""
        if self._home is None or self._users is None:
            return
        home = self._home
        with self._starting(home):
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _ping(self.socket_dir) != "stopped":
                    home.run("pg_ctl", "stop", "-D", "data", "-m", "fast", "-w", "-t", f"{PATIENCE_S:.0f}")
            except BlockingIOError:
                pass  # others still use it
            finally:
                self._leave()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def status(self) -> Status:
        """What is there now; nothing is made or started."""
        self._home = self._home or embedded_home.existing_home(self.data_dir)
        if self._home is None or not self._home.cluster.exists():
            return "absent"
        return _ping(self.socket_dir)

    @property
    def socket_dir(self) -> Path:
        """The folder of the server's socket, closed to everybody else."""
        home = self._known_home()
        socket = str(home.folder / _SOCKET)
        # libpq reads a comma as "or this host"; a socket's path has a short limit.
        if len(os.fsencode(socket)) <= _LONGEST_SOCKET and "," not in socket:
            return home.folder
        digest = hashlib.sha256(os.fsencode(home.folder)).hexdigest()[:16]
        return Path(f"/tmp/gongwu-{home.uid}-{digest}")  # noqa: S108 - made and checked by _own_short_folder

    def dsn(self, role: str, dbname: str = DATABASE) -> str:
        """How to connect as one of the three roles."""
        return make_conninfo("", host=str(self.socket_dir), port=5432, user=role, dbname=dbname)

    def _known_home(self) -> Home:
        self._home = self._home or embedded_home.existing_home(self.data_dir)
        if self._home is None:
            raise DatabaseUnavailable("not_started", f"{self.data_dir} has no database yet")
        return self._home

    @contextlib.contextmanager
    def _starting(self, home: Home) -> Iterator[None]:
        handle = home.open_lock("start.lock")
        try:
            with exclusive(handle, str(home.folder)):
                yield
        finally:
            os.close(handle)

    def _leave(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None


def _initialise(home: Home) -> None:
    """Make the cluster beside its place and move it there whole: a killed start leaves no half of one."""
    version = home.cluster / "PG_VERSION"
    ours = embedded_home.bundled_version().split(".")[0]
    if home.cluster.exists():
        theirs = version.read_text().strip() if version.is_file() else "unknown"
        if theirs != ours:
            text = f"{home.cluster} was made by PostgreSQL {theirs}, Gongwu brings {ours}: dump and reload"
            raise DatabaseUnavailable("foreign_version", text)
        return
    for left in home.folder.glob("new-*"):
        shutil.rmtree(left, ignore_errors=True)
    # A name of its own each time: a killed process may have left an initdb that is still writing.
    staged = home.folder / f"new-{secrets.token_hex(4)}"
    home.run(
        "initdb", "-D", staged.name, "-U", "postgres", "--auth=peer", "--data-checksums", "--encoding=UTF8",
        "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
    )  # fmt: skip
    said = home.run("postgres", "--single", "-D", staged.name, "postgres", words=_FIRST_WORDS)
    if "ERROR:" in said or "FATAL:" in said:
        raise DatabaseUnavailable("failed", f"the roles could not be made: {said.strip()[-2000:]}")
    staged.rename(home.cluster)


def _launch(home: Home, socket_dir: Path) -> None:
    """Leave with a server that answers, whoever started it."""
    until = time.monotonic() + PATIENCE_S
    attempts = 0
    while (state := _ping(socket_dir)) != "running":
        if time.monotonic() > until:
            raise DatabaseUnavailable("busy", f"the server in {home.folder} does not get ready; see its log")
        if state == "stopped":
            attempts += 1
            try:
                _launch_once(home, socket_dir)
            except DatabaseUnavailable as error:
                # Somebody killed in mid-start may have left a server that is not listening yet.
                if error.reason != "failed":
                    raise
                if attempts == 3:
                    raise DatabaseUnavailable("failed", f"{error.text}\n{_end_of_log(home)}") from error
                time.sleep(1.0)
        else:
            time.sleep(0.1)


def _launch_once(home: Home, socket_dir: Path) -> None:
    if socket_dir != home.folder:
        _own_short_folder(socket_dir, home)
    log = home.folder / "server.log"
    if log.is_file() and log.stat().st_size > _LARGEST_LOG:
        log.rename(log.with_suffix(".log.1"))
    home.write("data/postgresql.conf", _SETTINGS)
    home.write("data/pg_hba.conf", _ADMISSION)
    admitted = [f'gongwu "{who}" {role}\n' for who in home.admitted for role in (OWNER, APP, PROJECTOR)]
    home.write("data/pg_ident.conf", "".join(admitted))
    quoted = str(socket_dir).replace('"', '""')
    options = "-c unix_socket_directories=" + shlex.quote(f'"{quoted}"')
    patience = f"{PATIENCE_S:.0f}"
    home.run("pg_ctl", "start", "-D", "data", "-l", "server.log", "-w", "-t", patience, "-o", options)


def _own_short_folder(folder: Path, home: Home) -> None:
    """A private folder with a short path, for a socket whose own path would be too long."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, home.uid, home.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != home.uid or stat.S_IMODE(found.st_mode) != 0o700:
        text = f"{home.folder} is too long for a socket, and {folder} is not ours: use a shorter path"
        raise DatabaseUnavailable("not_ours", text)


def _ping(socket_dir: Path) -> Literal["stopped", "starting", "running"]:
    asked = make_conninfo("", host=str(socket_dir), port=5432, dbname=DATABASE, user=OWNER, connect_timeout=5)
    answer = pq.PGconn.ping(asked.encode())
    if answer == pq.Ping.OK:
        return "running"
    return "starting" if answer == pq.Ping.REJECT else "stopped"


def _end_of_log(home: Home) -> str:
    with contextlib.suppress(OSError):
        return (home.folder / "server.log").read_text(errors="replace")[-1500:].strip()
    return ""
