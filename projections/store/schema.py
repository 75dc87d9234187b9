"""Make or bring up to date the log's own tables, its function and its roles."""

import hashlib
import secrets
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from projections.store import connect
from projections.store.contract import LogError

# Applied once each, in this order, and never edited afterwards: a change is a new file at the end.
MIGRATIONS = (
    (1, "log.sql"),
    (2, "directory.sql"),
    (3, "extensions.sql"),
    (4, "people.sql"),
    (5, "uploads.sql"),
)
OLDEST_SERVER = 150000
_INSTALL_LOCK = 7309455171

_BOOTSTRAP = """
CREATE SCHEMA IF NOT EXISTS gongwu;
CREATE TABLE IF NOT EXISTS gongwu.schema_version (
    number     int         PRIMARY KEY,
    name       text        NOT NULL,
    sha256     text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS gongwu.credential (
    purpose  text PRIMARY KEY CHECK (purpose IN ('app', 'projector')),
    login    text NOT NULL,
    password text NOT NULL
);
"""


class UnusableDatabase(LogError):
    """This database cannot hold our log; the message says why."""


def install(owner: str, *, passwords: bool) -> list[str]:
    """Bring the database up to date and return what was done; safe to call at every start.

    `passwords`: on somebody else's server our roles get random passwords, kept where only the owner reads;
    on our own server `peer` is enough.
    """
    with connect.connect(owner, name="gongwu-install") as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_INSTALL_LOCK,))
        connection.execute("SET LOCAL client_min_messages = warning")
        _check_server(connection)
        connection.execute(_BOOTSTRAP)
        return _migrate(connection) + _make_roles(connection, passwords=passwords)


def is_installed(owner: str) -> bool:
    """Has `install` been here with this very version?"""
    with connect.connect(owner, name="gongwu-install") as connection:
        there = connection.execute("SELECT to_regclass('gongwu.schema_version') IS NOT NULL").fetchone()
        if there is None or not there[0]:
            return False
        applied = _applied(connection)
    known = {number: _hash(name) for number, name in MIGRATIONS} | {0: _hash("append.sql")}
    return applied == known


def _check_server(connection: psycopg.Connection[Any]) -> None:
    if connection.info.server_version < OLDEST_SERVER:
        raise UnusableDatabase("PostgreSQL 15 or newer is needed")
    row = connection.execute(
        "SELECT pg_encoding_to_char(d.encoding), current_setting('fsync'), pg_has_role(d.datdba, 'USAGE'),"
        " r.rolsuper OR r.rolcreaterole"
        " FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user"
    ).fetchone()
    encoding, fsync, owns, makes_roles = row or ("", "", False, False)
    if encoding != "UTF8":
        raise UnusableDatabase("the database's encoding must be UTF8")
    if fsync != "on":
        raise UnusableDatabase("the server runs with fsync off: what is acknowledged could be lost")
    if not owns or not makes_roles:
        raise UnusableDatabase("the role in the URL must own the database and be allowed to create roles")


def _migrate(connection: psycopg.Connection[Any]) -> list[str]:
    applied = _applied(connection)
    newest = max(number for number, _ in MIGRATIONS)
    if max(applied, default=0) > newest:
        raise UnusableDatabase(f"made by a newer version: schema {max(applied)}, this one knows {newest}")
    done = []
    for number, name in MIGRATIONS:
        if number not in applied:
            connection.execute(_text(name).encode())
            connection.execute(
                "INSERT INTO gongwu.schema_version (number, name, sha256) VALUES (%s, %s, %s)",
                (number, name, _hash(name)),
            )
            done.append(name)
        elif applied[number] != _hash(name):
            raise UnusableDatabase(f"{name} is not what was once applied here")
    if applied.get(0) != _hash("append.sql"):
        _replace_function(connection)
        done.append("append.sql")
    return done


def _replace_function(connection: psycopg.Connection[Any]) -> None:
    # By hand, as CREATE OR REPLACE would leave the old one standing beside it when the arguments change.
    old = connection.execute(
        "SELECT oid::regprocedure::text FROM pg_proc"
        " WHERE proname = 'append' AND pronamespace = 'gongwu'::regnamespace"
    ).fetchall()
    for (signature,) in old:
        connection.execute(f"DROP FUNCTION {signature}".encode())
    connection.execute(_text("append.sql").encode())
    connection.execute(
        "INSERT INTO gongwu.schema_version (number, name, sha256) VALUES (0, 'append.sql', %s)"
        " ON CONFLICT (number) DO UPDATE SET sha256 = excluded.sha256, applied_at = clock_timestamp()",
        (_hash("append.sql"),),
    )


def _make_roles(connection: psycopg.Connection[Any], *, passwords: bool) -> list[str]:
    made: list[str] = []
    logins: dict[str, str] = {}
    for purpose, role in (("app", connect.APP), ("projector", connect.PROJECTOR)):
        kept = connection.execute(
            "SELECT login FROM gongwu.credential WHERE purpose = %s", (purpose,)
        ).fetchone()
        if kept is not None:
            logins[purpose] = kept[0]
            continue
        taken = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None
        if passwords and taken:
            # Another installation on this server has the plain name and its password: leave both alone.
            role = f"{role}_{secrets.token_hex(4)}"  # noqa: PLW2901  # from here on it has this name
        if passwords or not taken:
            _make_role(connection, purpose, role, with_password=passwords)
            made.append(f"role {role}")
        logins[purpose] = role
    info = connection.info
    connection.execute(
        SQL(_text("roles.sql")).format(
            database=Identifier(info.dbname),
            owner=Identifier(info.user),
            app=Identifier(logins["app"]),
            projector=Identifier(logins["projector"]),
        )
    )
    return made


def _make_role(connection: psycopg.Connection[Any], purpose: str, role: str, *, with_password: bool) -> None:
    statement = SQL(
        "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    ).format(Identifier(role))
    if with_password:
        password = secrets.token_urlsafe(32)
        # Hashed here, so that the server's own log never sees it.
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        statement += SQL(" PASSWORD {}").format(Literal(verifier.decode()))
        connection.execute("INSERT INTO gongwu.credential VALUES (%s, %s, %s)", (purpose, role, password))
    connection.execute(statement)


def _applied(connection: psycopg.Connection[Any]) -> dict[int, str]:
    return dict(connection.execute("SELECT number, sha256 FROM gongwu.schema_version").fetchall())


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(name: str) -> str:
    return hashlib.sha256(_text(name).encode()).hexdigest()
