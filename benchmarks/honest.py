"""Are the limits honest? Each is compared with PostgreSQL's own tool doing the same on the same server, in turn.

`honest.append.32`: the bare INSERTs of `append.py` against `pgbench` with the same statement. `honest.copy`: the COPY of `rebuild.py`
against `psql`. A limit that is easy to beat would flatter us: both should be at least 0.8 of what the tool does.
"""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.append import BODY, LIMIT_TABLE, META, bare_inserts
from benchmarks.figures import Row, in_turn, row
from benchmarks.rebuild import COPIED, copy_rate
from projections.store.embedded_home import bundled_programs

HONEST = 0.8
CLIENTS = 32
SCRIPT = """\
INSERT INTO public.bare (stream, version, topic, body, meta, occurred_at)
    VALUES (gen_random_uuid(), :version, :topic, :body, :meta, clock_timestamp());
"""
GIVEN = {"version": "1", "topic": "asset.lent", "body": "x" * len(BODY), "meta": "x" * len(META)}
"""What pgbench sends with each statement: as many bytes as the others."""


def run(owner: str, *, seconds: float, rounds: int) -> list[Row]:
    """Rows honest.append.32 and honest.copy. The log must have some rows to copy."""
    inserts, pgbench = in_turn(
        rounds, lambda: bare_inserts(owner, CLIENTS, seconds), lambda: _pgbench(owner, seconds)
    )
    copied, psql = in_turn(rounds, lambda: copy_rate(owner), lambda: _psql(owner))
    return [
        row(f"honest.append.{CLIENTS}", inserts, "inserts/s", limit=pgbench, target=HONEST),
        row("honest.copy", copied, "rows/s", limit=psql, target=HONEST),
    ]


def _pgbench(owner: str, seconds: float) -> float:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(LIMIT_TABLE)
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(SCRIPT)
            script.flush()
            given = [part for name, value in GIVEN.items() for part in ("-D", f"{name}={value}")]
            often = ("-c", str(CLIENTS), "-j", "2", "-T", str(max(1, round(seconds))))
            said = _tool("pgbench", owner, "-n", "-M", "prepared", *often, *given, "-f", script.name)
    finally:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("DROP TABLE public.bare")
    found = re.search(r"tps = ([0-9.]+)", said)
    assert found, said
    return float(found[1])


def _psql(owner: str) -> float:
    with psycopg.connect(owner, autocommit=True) as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute(COPIED)
        columns = "position, stream, version, topic, body, meta, occurred_at, recorded_at"
        file = Path(folder, "rows")
        with file.open("wb") as out, connection.cursor() as cursor:
            with cursor.copy(f"COPY (SELECT {columns} FROM gongwu.event) TO STDOUT") as copy:
                for data in copy:
                    out.write(data)
            rows = cursor.rowcount
        began = time.perf_counter()
        _tool("psql", owner, "-X", "-q", "-c", f"\\copy public.copied ({columns}) FROM '{file}'")
        took = time.perf_counter() - began
        connection.execute("DROP TABLE public.copied")
    return rows / took


def _tool(program: str, owner: str, *options: str) -> str:
    """One of PostgreSQL's own programs; how to connect goes by its environment."""
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    given = conninfo_to_dict(owner)
    where = {variable: str(given[name]) for name, variable in names.items() if given.get(name) is not None}
    done = subprocess.run(
        [str(bundled_programs() / program), *options],
        env={**os.environ, **where},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
