"""What must never happen: a log rewritten by the server's own connection."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from domain.values import Condition
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """The town; the process that runs the tests also serves it, and follows the log."""
    with new_town() as made:
        yield made


REWRITING = """
UPDATE gongwu.event SET body = '{}'
DELETE FROM gongwu.event
TRUNCATE gongwu.event
TRUNCATE gongwu.receipt, gongwu.claim
UPDATE gongwu.receipt SET answer = '{}'
DELETE FROM gongwu.claim
INSERT INTO gongwu.event SELECT position + 99999, stream, version, topic, body, meta, now(), now() FROM gongwu.event LIMIT 1
INSERT INTO gongwu.receipt VALUES (gen_random_uuid(), gen_random_uuid(), '\\x00', false, 1, 1, now(), '{}')
INSERT INTO gongwu.claim VALUES ('a', 'b', gen_random_uuid())
MERGE INTO gongwu.event e USING (SELECT 1) AS x ON false WHEN NOT MATCHED THEN INSERT (position) VALUES (1)
UPDATE gongwu.events SET topic = 'x'
DELETE FROM gongwu.stored_events
COPY gongwu.event FROM STDIN
ALTER TABLE gongwu.event DISABLE TRIGGER ALL
ALTER TABLE gongwu.event DISABLE TRIGGER only_grows
DROP TRIGGER only_grows ON gongwu.event
CREATE TRIGGER mine BEFORE INSERT ON gongwu.event FOR EACH ROW EXECUTE FUNCTION gongwu.refuse_rewriting()
DROP TABLE gongwu.event
DROP SCHEMA gongwu CASCADE
DROP FUNCTION gongwu.append
CREATE OR REPLACE FUNCTION gongwu.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'
ALTER TABLE gongwu.event OWNER TO CURRENT_USER
ALTER TABLE gongwu.event RENAME TO other
DO $$ BEGIN LOCK TABLE gongwu.event IN ACCESS EXCLUSIVE MODE; END $$
SET ROLE gongwu_owner
SET ROLE postgres
SET SESSION AUTHORIZATION gongwu_owner
SET session_replication_role = replica
ALTER ROLE CURRENT_USER SUPERUSER
ALTER SYSTEM SET fsync = off
CREATE EXTENSION dblink
SELECT pg_read_file('/etc/hostname')
COPY (SELECT 1) TO PROGRAM 'true'
""".strip().splitlines()


def test_a_rewritten_log_by_the_servers_own_connection(town: Town) -> None:
    """Every connection this very server uses: of the recorder's readers, its writer, the queries, the projector."""
    installation = town.installation
    town.as_("nobody").do("inspect", asset=uuid4(), condition=Condition.GOOD)
    writing = installation.recorder._writer._connection
    assert writing is not None
    count = (
        "SELECT count(*), sum(hashtextextended(e::text, 0)::numeric) FROM gongwu.event e WHERE position <= %s"
    )
    head = installation.recorder.head()
    before = town.sql(count, head)
    with (
        installation.recorder._pool.connection() as reading,
        installation.reader.pool.connection() as querying,
        installation.runner._connect() as projecting,
    ):
        for connection in (reading, writing, querying, projecting):
            assert connection.autocommit
            for statement in REWRITING:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
            connection.execute(
                "GRANT UPDATE, INSERT ON gongwu.event TO CURRENT_USER"
            )  # a warning, and nothing is granted
            may = connection.execute(
                "SELECT has_table_privilege('gongwu.event', 'INSERT, UPDATE, DELETE, TRUNCATE')"
            ).fetchone()
            assert may == (False,)
            assert connection.execute(
                "SELECT current_user IN ('gongwu_app', 'gongwu_projector')"
            ).fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            projecting.execute("SELECT * FROM directory.token")
    assert town.sql(count, head) == before
