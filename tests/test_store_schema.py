"""Who may do what to the log, and how its tables come to be."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import InsufficientPrivilege

from projections.store import connect, schema
from projections.store.recorder import Accepted, Append, Recorder
from tests.clusters import Cluster, Database
from tests.test_store_faults import lend

pytestmark = pytest.mark.postgres

REWRITING = [
    "UPDATE gongwu.event SET body = '{}'",
    "DELETE FROM gongwu.event",
    "TRUNCATE gongwu.event",
    "INSERT INTO gongwu.event SELECT 99, stream, 99, topic, body, meta, occurred_at, recorded_at FROM gongwu.event",
    "UPDATE gongwu.events SET topic = 'x'",
    "DELETE FROM gongwu.stored_events",
    "UPDATE gongwu.receipt SET answer = '{}'",
    "DELETE FROM gongwu.receipt",
    "TRUNCATE gongwu.receipt CASCADE",
    "INSERT INTO gongwu.claim VALUES ('card', '1', gen_random_uuid())",
    "DELETE FROM gongwu.claim",
    "DO $$ BEGIN LOCK TABLE gongwu.event IN ACCESS EXCLUSIVE MODE; END $$",
    "ALTER TABLE gongwu.event DISABLE TRIGGER ALL",
    "ALTER TABLE gongwu.event DISABLE TRIGGER only_grows",
    "ALTER TABLE gongwu.event OWNER TO CURRENT_USER",
    "DROP TRIGGER only_grows ON gongwu.event",
    "DROP TABLE gongwu.event",
    "DROP SCHEMA gongwu CASCADE",
    "DROP FUNCTION gongwu.append",
    "CREATE TABLE gongwu.mine ()",
    "CREATE OR REPLACE VIEW gongwu.events AS SELECT 1",
    "CREATE TABLE public.mine ()",
    "SELECT * FROM gongwu.credential",
    "UPDATE gongwu.schema_version SET sha256 = ''",
    "SET ROLE gongwu_owner",
    "SET SESSION AUTHORIZATION gongwu_owner",
    "SET session_replication_role = replica",
    "ALTER ROLE CURRENT_USER CREATEROLE",
    "ALTER SYSTEM SET fsync = off",
    "COPY gongwu.event TO PROGRAM 'cat'",
    "CREATE EXTENSION file_fdw",
]


@pytest.fixture
def one_event(any_database: Database) -> Iterator[Database]:
    with Recorder(any_database.app) as log:
        assert isinstance(log.append(lend(), 5), Accepted)
    yield any_database
    with psycopg.connect(any_database.owner) as owner:
        rows = owner.execute("SELECT position, topic, body FROM gongwu.event").fetchall()
        assert rows == [(1, "asset.lent", b"{}")], "whatever was tried, the log is as it was"


def test_the_servers_own_connections_cannot_rewrite_the_log(one_event: Database) -> None:
    with Recorder(one_event.app) as log:
        assert isinstance(
            log.append(Append(log.read_log(0, 1)[0].stream, lend().command_id, b"x"), 5), Accepted
        )
        writing = log._writer._connection
        assert writing is not None
        with log._pool.connection() as reading:
            for connection in (reading, writing):
                for statement in [
                    *REWRITING,
                    "SET ROLE gongwu_projector",
                    "CREATE SCHEMA mine",
                    "CREATE TEMP TABLE t ()",
                ]:
                    with pytest.raises(InsufficientPrivilege):
                        connection.execute(statement.encode())


def test_the_projectors_connection_cannot_write_the_log(one_event: Database) -> None:
    with psycopg.connect(one_event.projector, autocommit=True) as connection:
        for statement in [*REWRITING, "SET ROLE gongwu_app", "SELECT * FROM directory.person"]:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement.encode())
        with pytest.raises(InsufficientPrivilege):
            connection.execute(append_nothing())


def append_nothing() -> bytes:
    from projections.store import wire  # noqa: PLC0415  # loaded only where there is a database

    kinds = {16: "bool", 17: "bytea", 23: "int", 25: "text", 1184: "timestamptz", 2950: "uuid"}
    arrays = ",".join(f"'{{}}'::{kinds[oid]}[]" for oid in wire.ELEMENT_OIDS)
    return f"SELECT verdict FROM gongwu.append({arrays})".encode()


def test_a_group_of_nothing_changes_nothing(any_database: Database) -> None:
    with psycopg.connect(any_database.app) as connection:
        assert connection.execute(append_nothing()).fetchall() == [("accepted",)]
        assert connection.execute("SELECT count(*) FROM gongwu.receipt").fetchall() == [(0,)]


def test_appending_wants_to_see_what_was_committed_before_it_got_the_lock(any_database: Database) -> None:
    with psycopg.connect(any_database.app) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.errors.InvalidTransactionState):
            connection.execute(append_nothing())


def test_not_even_the_owner_rewrites_by_a_slip_of_the_hand(one_event: Database) -> None:
    with psycopg.connect(one_event.owner, autocommit=True) as owner:
        for statement in REWRITING[:3] + REWRITING[6:9]:
            with pytest.raises(InsufficientPrivilege):
                owner.execute(statement.encode())


def test_nobody_else_may_do_anything(any_database: Database) -> None:
    with psycopg.connect(any_database.owner) as owner:
        rights = owner.execute(
            "SELECT 'function', proname FROM pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner))) a"
            "  WHERE pronamespace IN ('gongwu'::regnamespace, 'directory'::regnamespace) AND a.grantee = 0"
            " UNION ALL SELECT 'table', relname FROM pg_class c, aclexplode(relacl) a"
            "  WHERE relnamespace IN ('gongwu'::regnamespace, 'directory'::regnamespace) AND a.grantee = 0"
            " UNION ALL SELECT 'schema', nspname FROM pg_namespace n, aclexplode(nspacl) a"
            "  WHERE nspname IN ('gongwu', 'directory', 'public') AND a.grantee = 0"
            " UNION ALL SELECT 'database', datname FROM pg_database d, aclexplode(datacl) a"
            "  WHERE datname = current_database() AND a.grantee = 0"
        ).fetchall()
        pinned = owner.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'gongwu'::regnamespace"
            " AND 'search_path=pg_catalog, pg_temp' = ANY (proconfig)"
        ).fetchall()
    assert rights == []
    assert pinned == [("append",)]


def test_the_server_keeps_people_and_tokens_but_deletes_neither(any_database: Database) -> None:
    with psycopg.connect(any_database.app, autocommit=True) as app:
        app.execute("INSERT INTO directory.person (id, name) VALUES (gen_random_uuid(), '王芳')")
        app.execute("UPDATE directory.person SET name = NULL, forgotten_at = now()")
        app.execute(
            "INSERT INTO directory.token VALUES ('abcd', sha256('x'), gen_random_uuid(), 'phone', now(), NULL, NULL)"
        )
        for table in ("person", "token"):
            with pytest.raises(InsufficientPrivilege):
                app.execute(f"DELETE FROM directory.{table}".encode())
        with pytest.raises(psycopg.errors.CheckViolation):
            app.execute("UPDATE directory.person SET name = '王芳'")


def test_what_the_projector_makes_the_server_may_read_and_not_write(any_database: Database) -> None:
    with psycopg.connect(any_database.projector, autocommit=True) as projector:
        projector.execute("CREATE SCHEMA register_next")
        projector.execute("CREATE TABLE register_next.asset (id int)")
        projector.execute("ALTER SCHEMA register_next RENAME TO register")
    with psycopg.connect(any_database.app, autocommit=True) as app:
        assert app.execute("SELECT count(*) FROM register.asset").fetchall() == [(0,)]
        with pytest.raises(InsufficientPrivilege):
            app.execute("INSERT INTO register.asset VALUES (1)")


def test_installing_twice_changes_nothing(any_empty_database: Database) -> None:
    owner = any_empty_database.owner
    assert not schema.is_installed(owner)
    done = schema.install(owner, passwords=False)
    assert done[: len(schema.MIGRATIONS) + 1] == [*(name for _, name in schema.MIGRATIONS), "append.sql"]
    assert schema.is_installed(owner)
    assert schema.install(owner, passwords=False) == []


def test_an_old_append_function_is_replaced(any_database: Database) -> None:
    with psycopg.connect(any_database.owner) as owner:
        owner.execute("CREATE FUNCTION gongwu.append(int) RETURNS int LANGUAGE sql AS 'SELECT 1'")
        owner.execute("UPDATE gongwu.schema_version SET sha256 = 'older' WHERE number = 0")
    assert not schema.is_installed(any_database.owner)
    assert schema.install(any_database.owner, passwords=False) == ["append.sql"]
    with Recorder(any_database.app) as log:
        assert isinstance(log.append(lend(), 5), Accepted)
    with psycopg.connect(any_database.owner) as owner:
        assert owner.execute("SELECT count(*) FROM pg_proc WHERE proname = 'append'").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("INSERT INTO gongwu.schema_version VALUES (999, 'future.sql', '')", "newer version"),
        ("UPDATE gongwu.schema_version SET sha256 = 'other' WHERE number = 1", "log.sql is not what"),
    ],
)
def test_a_schema_from_elsewhere_is_refused(database: Database, change: str, complaint: str) -> None:
    with psycopg.connect(database.owner) as owner:
        owner.execute(change.encode())
    with pytest.raises(schema.UnusableDatabase, match=complaint):
        schema.install(database.owner, passwords=False)


def test_a_login_that_may_not_make_roles_is_told_so(database: Database) -> None:
    with pytest.raises(schema.UnusableDatabase, match="must own the database"):
        schema.install(database.projector, passwords=False)


def test_on_somebody_elses_server_our_logins_get_passwords(debian_cluster: Cluster) -> None:
    with (
        debian_cluster.new_database(installed=False) as first,
        debian_cluster.new_database(installed=False) as second,
    ):
        for database in (first, second):
            made = schema.install(database.url, passwords=True)
            assert len([done for done in made if done.startswith("role ")]) == 2
            assert schema.install(database.url, passwords=True) == []
        logins, others = connect.foreign(first.url), connect.foreign(second.url)
        for found in (logins, others):  # the second installation took nothing away from the first
            with Recorder(found.app) as log:
                assert isinstance(log.append(lend(), 5), Accepted)
            with psycopg.connect(found.projector) as projector:
                assert projector.execute("SELECT count(*) FROM gongwu.event").fetchall() == [(1,)]
        with psycopg.connect(logins.app, autocommit=True) as app, pytest.raises(InsufficientPrivilege):
            app.execute("SELECT * FROM gongwu.credential")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(make_conninfo(others.app, dbname=first.name))
        names = [
            conninfo_to_dict(dsn)["user"]
            for found in (logins, others)
            for dsn in (found.app, found.projector)
        ]
        assert len(set(names)) == 4
