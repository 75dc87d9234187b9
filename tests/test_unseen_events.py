"""What must never happen: an event that no projection sees, a rebuilt read model that differs, a wrong row nobody finds."""

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import psycopg
import pytest

from domain.aggregate import FACTS
from domain.usecases import USE_CASES
from domain.values import Condition
from projections.catalogue import ALL
from projections.rebuild import rebuild
from tests.errands import ERRANDS
from tests.servers import CLIENTS, Caller, run_all, two_servers, wrong
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """The town; the process that runs the tests also serves it, and follows the log."""
    with new_town() as made:
        yield made


@pytest.fixture(scope="module")
def ports(town: Town) -> Iterator[tuple[int, int]]:
    """Two more server processes on the same database."""
    with two_servers(town) as both:
        yield both


@pytest.mark.slow
def test_an_event_never_seen_by_a_projection_while_32_writers_write(
    town: Town, ports: tuple[int, int]
) -> None:
    """Three processes follow the log and two take commands; afterwards each event is in the history, and a rebuild is the same."""
    assets = town.take_over("offices", *(f"记录货{n}" for n in range(CLIENTS)), place="store")
    heard: list[list[int]] = [[] for _ in range(CLIENTS)]
    before = town.installation.recorder.head()

    def write(me: int) -> None:
        with closing(Caller(ports[me % 2], town.tokens["keeper"])) as caller:
            for n in range(20):
                condition = (Condition.GOOD, Condition.WORN)[n % 2]
                heard[me].append(
                    int(
                        caller.call(
                            "see_condition", command_id=uuid4(), asset=assets[me], condition=condition
                        )["position"]
                    )
                )

    run_all(write, range(CLIENTS))
    positions = {position for mine in heard for position in mine}
    assert len(positions) == CLIENTS * 20
    assert positions <= set(range(before + 1, town.installation.recorder.head() + 1))
    for name in ("register", "availability", "history", "papers", "organisations"):
        town.installation.runner.wait_for(name, max(positions), 30)
    unseen = town.sql(
        "SELECT e.position FROM gongwu.event e LEFT JOIN history.event h USING (position) WHERE h.position IS NULL"
    )
    assert unseen == []
    shown = town.sql("SELECT asset, version FROM register.current WHERE asset = ANY(%s)", assets)
    assert dict(shown) == dict.fromkeys(assets, 21)
    made = rebuild(town.installation.logins.projector, ALL)
    assert {one.name: one.same for one in made} == dict.fromkeys((str(one.name) for one in ALL), True)
    assert wrong(town) == []


def tables(town: Town) -> dict[str, list[str]]:
    """Every row of every read model, as text."""
    found = {}
    with psycopg.connect(town.installation.logins.projector, autocommit=True) as connection:
        names = connection.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1",
            ([str(one.name) for one in ALL],),
        ).fetchall()
        for (name,) in names:
            found[name] = [
                row[0] for row in connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1".encode())
            ]
    return found


@pytest.fixture(scope="module")
def a_year(town: Town) -> Town:
    """Everything that can happen has happened, and the projections have come to the end of it."""
    for errand in ERRANDS:
        errand(town)
    for one in ALL:
        town.installation.runner.wait_for(str(one.name), town.installation.recorder.head(), 30)
    return town


def test_a_rebuilt_projection_that_differs_from_the_live_one(a_year: Town) -> None:
    """From the log alone: the live tables cannot be read meanwhile. Then every row is compared, and the digests."""
    live = tables(a_year)
    assert sum(map(len, live.values())) > 1000
    with psycopg.connect(a_year.installation.logins.projector, autocommit=True) as connection:
        for name in live:
            connection.execute(f"ALTER TABLE {name} RENAME TO hidden_{name.partition('.')[2]}".encode())
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT FROM register.current")
    made = rebuild(a_year.installation.logins.projector, ALL)
    assert {one.name: one.same for one in made} == dict.fromkeys((str(one.name) for one in ALL), True)
    again = tables(a_year)
    assert again.keys() == live.keys()
    for name, rows in live.items():
        assert again[name] == rows, name


PLANTED = {
    "register": "UPDATE register.current SET quantity = quantity + 1 WHERE asset = (SELECT min(asset::text)::uuid FROM register.current)",
    "availability": "DELETE FROM availability.claim WHERE ctid = (SELECT min(ctid) FROM availability.claim)",
    "history": "UPDATE history.event SET late = NOT late WHERE position = 5",
    "papers": "UPDATE papers.paper SET closed = NOT closed WHERE id = (SELECT min(id::text)::uuid FROM papers.paper)",
    "organisations": "UPDATE organisations.role SET scope = gen_random_uuid() WHERE ctid = (SELECT min(ctid) FROM organisations.role)",
    "deadlines": "UPDATE deadlines.deadline SET due = due + interval '1 day' WHERE ctid = (SELECT min(ctid) FROM deadlines.deadline)",
    "figures": "UPDATE figures.use SET quantity = quantity + 1 WHERE ctid = (SELECT min(ctid) FROM figures.use)",
    "codes": "UPDATE codes.code SET said = said || 'x' WHERE ctid = (SELECT min(ctid) FROM codes.code)",
    "labels": "UPDATE labels.label SET copies = copies + 1 WHERE id = (SELECT min(id::text)::uuid FROM labels.label)",
    "inbox": "UPDATE inbox.notice SET name = 'other' WHERE ctid = (SELECT min(ctid) FROM inbox.notice)",
}


@pytest.mark.parametrize("name", sorted(str(one.name) for one in ALL))
def test_a_planted_wrong_row_that_nobody_finds(a_year: Town, name: str) -> None:
    assert wrong(a_year) == []
    with psycopg.connect(a_year.installation.logins.projector, autocommit=True) as connection:
        assert connection.execute(PLANTED[name].encode()).rowcount == 1
    found = wrong(a_year)
    assert found, f"a wrong row in {name} was not found"
    [one] = [one for one in ALL if str(one.name) == name]
    assert rebuild(a_year.installation.logins.projector, [one])[0].position
    assert wrong(a_year) == []


def test_a_python_path_as_stored_name(a_year: Town) -> None:
    topics = {row[0] for row in a_year.sql("SELECT DISTINCT topic FROM gongwu.event")}
    assert topics <= FACTS.keys()
    assert len(topics) > 100, "nearly every fact there is"
    names = {row[0] for row in a_year.sql("SELECT DISTINCT meta ->> 'use_case' FROM gongwu.events")}
    assert names <= {"found", *USE_CASES}
    paths = a_year.sql(
        "SELECT position, topic FROM gongwu.event WHERE convert_from(body, 'UTF8') ~ '(domain|projections|api)\\.[a-z_]+'"
        " OR convert_from(meta, 'UTF8') ~ '(domain|projections|api)\\.[a-z_]+' OR topic ~ ':|^(domain|projections|api)\\.'"
    )
    assert paths == []


def test_the_clock_of_the_log_never_goes_back(a_year: Town) -> None:
    rows = a_year.sql(
        "SELECT count(*) FROM (SELECT recorded_at < lag(recorded_at) OVER (ORDER BY position) AS back FROM gongwu.event) AS x WHERE back"
    )
    assert rows == [(0,)]
    [(last, count)] = a_year.sql("SELECT max(position), count(*) FROM gongwu.event")
    assert last == count, "and there is no gap"
