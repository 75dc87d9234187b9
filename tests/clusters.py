"""The PostgreSQL servers the tests run on: our own 18, and Debian's 15 as somebody else's server."""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from projections.store import schema
from projections.store.connect import APP, OWNER, PROJECTOR
from projections.store.embedded import EmbeddedServer
from projections.store.embedded_home import ROOT_STORE, Home

DEBIAN_PROGRAMS = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server. `dsn` speaks through its socket, where the kernel says who we are."""

    name: str
    socket_dir: Path
    port: int = 5432
    password: str = ""  # the owner's, where the server also listens on 127.0.0.1
    templates: dict[str, str] = field(default_factory=dict)

    def dsn(self, role: str, dbname: str) -> str:
        return make_conninfo("", host=str(self.socket_dir), port=self.port, user=role, dbname=dbname)

    def url(self, dbname: str) -> str:
        """As an administrator would give it in GONGWU_DATABASE_URL: over TCP, with the owner's password."""
        assert self.password, f"{self.name} has no address on the network"
        return f"postgresql://{OWNER}:{self.password}@127.0.0.1:{self.port}/{dbname}"

    @contextlib.contextmanager
    def new_database(self, *, installed: bool) -> Iterator["Database"]:
        """A database of its own, thrown away afterwards, with or without our schema."""
        made = f"test_{uuid.uuid4().hex[:12]}"
        template = self._template() if installed else "template0"
        self._say(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(made), Identifier(template)))
        database = Database(self, made)
        try:
            if installed:  # rights on the database itself are not copied with a template
                schema.install(database.dsn(OWNER), passwords=False)
            yield database
        finally:
            self._say(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(made)))

    def _template(self) -> str:
        if "installed" not in self.templates:
            name = f"template_{uuid.uuid4().hex[:12]}"
            self._say(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
            schema.install(self.dsn(OWNER, name), passwords=False)
            self.templates["installed"] = name
        return self.templates["installed"]

    def _say(self, statement: Any) -> None:
        with psycopg.connect(self.dsn(OWNER, "postgres"), autocommit=True) as connection:
            connection.execute(statement)


@dataclass(frozen=True, slots=True)
class Database:
    """One database of a test cluster."""

    cluster: Cluster
    name: str

    @property
    def owner(self) -> str:
        return self.dsn(OWNER)

    @property
    def app(self) -> str:
        return self.dsn(APP)

    @property
    def projector(self) -> str:
        return self.dsn(PROJECTOR)

    def dsn(self, role: str) -> str:
        return self.cluster.dsn(role, self.name)

    @property
    def url(self) -> str:
        return self.cluster.url(self.name)


@contextlib.contextmanager
def embedded18() -> Iterator[Cluster]:
    with temporary_folder() as folder:
        server = EmbeddedServer(folder / "data")
        with server:
            yield Cluster("embedded18", server.socket_dir)
        forget(server)


def forget(server: EmbeddedServer) -> None:
    """Remove what a test's server left in root's store, which no temporary folder covers.

    Only ever a folder the server itself has made there: a name read from a test's file may be a trap.
    """
    mark = server.data_dir / "postgres.id"
    if not mark.is_file() or not re.fullmatch(r"[0-9a-f]{16}", name := mark.read_text().strip()):
        return
    made = ROOT_STORE / name
    if made.is_dir() and not made.is_symlink() and made.parent == ROOT_STORE:
        shutil.rmtree(made)


def why_no_debian15() -> str | None:
    if not (DEBIAN_PROGRAMS / "postgres").is_file():
        return "Debian's postgresql-15 is not installed"
    return None


@contextlib.contextmanager
def debian15() -> Iterator[Cluster]:
    """A cluster as a Debian administrator would run it: `peer` on the socket, passwords on the network."""
    me = pwd.getpwuid(os.geteuid()).pw_name
    runner = pwd.getpwnam("postgres" if me == "root" else me)
    with temporary_folder() as folder:
        os.chown(folder, runner.pw_uid, runner.pw_gid)
        home = Home(folder, DEBIAN_PROGRAMS, runner.pw_uid, runner.pw_gid, (me,))
        home.run("initdb", "-D", "data", "-U", "postgres", "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8")
        password, port = secrets.token_hex(16), _free_port()
        home.run(
            "postgres", "--single", "-D", "data", "postgres",
            words=f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'\n"
            f"GRANT pg_monitor, pg_signal_backend TO {OWNER}\n"
            f"GRANT ALTER SYSTEM ON PARAMETER synchronous_standby_names TO {OWNER}\n"
            f"GRANT EXECUTE ON FUNCTION pg_reload_conf() TO {OWNER}\n",
        )  # fmt: skip
        home.write("data/pg_hba.conf", "local all all peer map=m\nhost all all 127.0.0.1/32 scram-sha-256\n")
        home.write("data/pg_ident.conf", "".join(f"m {me} {role}\n" for role in (OWNER, APP, PROJECTOR)))
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        home.run("pg_ctl", "start", "-D", "data", "-l", "server.log", "-w", "-o", options)
        try:
            yield Cluster("debian15", folder, port, password)
        finally:
            home.run("pg_ctl", "stop", "-D", "data", "-m", "fast", "-w")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Short enough for a socket, and not below a folder that only we may enter, as pytest's own are."""
    folder = Path(tempfile.mkdtemp(prefix="gongwu-test-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
