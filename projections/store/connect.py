"""How do we reach the database, as whom, and with which limits on waiting?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import errors, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

OWNER, APP, PROJECTOR = "gongwu_owner", "gongwu_app", "gongwu_projector"

CONNECT_TIMEOUT_S = 3

C = TypeVar("C", bound=psycopg.Connection[Any])


@dataclass(frozen=True, slots=True)
class Logins:
    """One connection string per role. Only `gongwu init` and migrations use the owner's."""

    owner: str
    app: str
    projector: str


def embedded(socket_dir: Path | str, dbname: str, port: int = 5432) -> Logins:
    """The logins of a server of our own: a socket in a private folder, `peer` tells who we are."""

    def as_role(user: str) -> str:
        return make_conninfo(host=str(socket_dir), port=port, dbname=dbname, user=user)

    return Logins(as_role(OWNER), as_role(APP), as_role(PROJECTOR))


def foreign(owner_url: str) -> Logins:
    """The logins of somebody else's server, as `install` has made them and left their passwords."""
    with connect(owner_url, name="gongwu-login") as connection:
        kept = connection.execute("SELECT purpose, login, password FROM gongwu.credential").fetchall()
    logins = {purpose: {"user": login, "password": password} for purpose, login, password in kept}
    return Logins(
        owner_url,
        make_conninfo(owner_url, **logins["app"]),
        make_conninfo(owner_url, **logins["projector"]),
    )


def with_limits(conninfo: str, name: str, *, statement_timeout_s: float, lock_timeout_s: float) -> str:
    """The connection string with our session settings: nothing may wait for ever."""
    given = conninfo_to_dict(conninfo)
    settings = {
        "timezone": "UTC",
        "default_transaction_isolation": "read\\ committed",
        "client_encoding": "UTF8",
        "statement_timeout": int(statement_timeout_s * 1000),
        "lock_timeout": int(lock_timeout_s * 1000),
        "idle_in_transaction_session_timeout": 60_000,
        "synchronous_commit": "on",
    }
    options = " ".join(f"-c {key}={value}" for key, value in settings.items())
    defaults: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "target_session_attrs": "read-write",
    }
    return make_conninfo(
        conninfo,
        **{key: value for key, value in defaults.items() if key not in given},
        application_name=name,
        options=f"{given.get('options') or ''} {options}".strip(),
    )


def connect(
    conninfo: str, *, name: str, statement_timeout_s: float = 60, lock_timeout_s: float = 10
) -> psycopg.Connection[Any]:
    """One connection of its own, in autocommit mode."""
    limited = with_limits(
        conninfo, name, statement_timeout_s=statement_timeout_s, lock_timeout_s=lock_timeout_s
    )
    return psycopg.connect(limited, autocommit=True)


def prepare(connection: psycopg.Connection[Any], name: bytes, statement: bytes, oids: Sequence[int]) -> None:
    """Prepare a statement for libpq's own calls, which report errors by silence."""
    result = connection.pgconn.prepare(name, statement, oids)
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise failure(connection, result)


def failure(connection: psycopg.Connection[Any], result: pq.abc.PGresult) -> psycopg.Error:
    """What went wrong in one of libpq's own calls; a lost connection is an OperationalError, as elsewhere."""
    # Without an SQLSTATE it is libpq that speaks, not the server: what was written met a closed door, which it notices only later.
    if (
        connection.pgconn.status != pq.ConnStatus.OK
        or result.error_field(pq.DiagnosticField.SQLSTATE) is None
    ):
        return psycopg.OperationalError(result.error_message.decode("utf-8", "replace").strip())
    return errors.error_from_result(result, "utf-8")


def pool(
    conninfo: str,
    *,
    name: str,
    size: int = 4,
    statement_timeout_s: float = 30,
    lock_timeout_s: float = 10,
    connection_class: type[C] = psycopg.Connection,  # type: ignore[assignment]  # mypy and defaults of type variables
    configure: Callable[[C], None] | None = None,
) -> ConnectionPool[C]:
    """A pool of autocommit connections, opened at once but not waited for; close it when done."""
    limited = with_limits(
        conninfo, name, statement_timeout_s=statement_timeout_s, lock_timeout_s=lock_timeout_s
    )
    return ConnectionPool(
        limited,
        kwargs={"autocommit": True},
        connection_class=connection_class,
        min_size=1,
        max_size=size,
        timeout=3,
        max_waiting=200,
        reconnect_timeout=30,
        configure=configure,
        open=True,
        name=name,
    )
