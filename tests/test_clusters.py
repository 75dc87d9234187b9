"""The test servers themselves: roles, rights and addresses are as the other tests assume."""

import psycopg
import pytest

from tests.clusters import Cluster, Database

pytestmark = pytest.mark.postgres


def test_every_role_can_connect_to_a_fresh_database(any_database: Database) -> None:
    for role in ("gongwu_owner", "gongwu_app", "gongwu_projector"):
        with psycopg.connect(any_database.dsn(role)) as connection:
            said = connection.execute("SELECT current_user, current_setting('fsync')").fetchone()
            assert said == (role, "on")


def test_an_empty_database_has_no_log(any_empty_database: Database) -> None:
    with psycopg.connect(any_empty_database.owner) as connection:
        assert connection.execute("SELECT to_regclass('gongwu.event')").fetchone() == (None,)


def test_databases_are_thrown_away_even_while_in_use(cluster: Cluster) -> None:
    with cluster.new_database(installed=True) as database:
        left_open = psycopg.connect(database.app)
    with left_open, pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")


def test_debians_server_asks_for_the_owners_password_on_the_network(debian_cluster: Cluster) -> None:
    with psycopg.connect(debian_cluster.url("postgres")) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("gongwu_owner",)
    wrong = debian_cluster.url("postgres").replace(debian_cluster.password, "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
