"""A process of its own that uses the embedded server and can be killed.

Started by test_embedded.py as `python -m tests.embedded_process FOLDER [USER WHEEL]`. As root it becomes
USER first and takes the PostgreSQL programs from WHEEL, a place where that user can read them. It then obeys
one word a line, and answers each with one line.
"""

import encodings.idna  # noqa: F401 - while we may still read the standard library
import os
import pwd
import sys
from pathlib import Path

import psycopg

from projections.store.embedded import EmbeddedServer
from projections.store.unavailable import DatabaseUnavailable


def become(user: str) -> None:
    wanted = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(wanted.pw_gid)
    os.setuid(wanted.pw_uid)


def obey(server: EmbeddedServer, words: list[str]) -> str:
    match words:
        case ["start"]:
            server.start()
            return "ok"
        case ["stop"]:
            server.stop()
            return "ok"
        case ["status"]:
            return server.status
        case ["socket"]:
            return str(server.socket_dir)
        case ["ask", role, *statement]:
            return ask(server.dsn(role), " ".join(statement))
        case ["knock", role, socket_dir]:
            return ask(f"host={socket_dir} user={role} dbname=gongwu", "SELECT 1")
    raise ValueError(words)


def ask(dsn: str, statement: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        asked = connection.execute(statement.encode())
        row = asked.fetchone() if asked.description else None
        return str(row[0]) if row else "done"


def main() -> None:
    folder, *other = sys.argv[1:]
    if other:
        user, wheel = other
        sys.path.insert(0, wheel)
        become(user)
    server = EmbeddedServer(Path(folder))
    for line in sys.stdin:
        try:
            answer = obey(server, line.split())
        except DatabaseUnavailable as error:
            answer = f"unavailable {error.reason}: {error}"
        except psycopg.Error as error:
            answer = f"refused: {error}"
        print(answer.replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
