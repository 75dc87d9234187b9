"""The clerk in a real installation: beside a server, from the command line, in old installations; and what is shown of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.commands.running import clerk_of
from api.installation import CLERK_BY, Installation
from api.settings import Settings
from domain.account import Account
from domain.papers.outside_decision import Matter
from domain.usecases.organisations import foundation
from domain.values import CLERK, CONSOLE, ROOT, Grant, Role
from projections.desk import recorded
from tests.command_line import a_place, gongwu, serving

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with a_place() as data:
        yield data


def due(installation: Installation, many: int = 1) -> list[UUID]:
    """Decisions from outside whose last day has passed since they were entered."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    found = []
    for _ in range(many):
        made = installation.console(
            "record_decision", matter=Matter.OTHER, body=ROOT, authority=ROOT, number=f"文号{uuid4().hex[:6]}",
            dated=(yesterday - timedelta(days=9)).date(), list_hash="ab" * 32, scan="cd" * 32, expires=yesterday,
        )  # fmt: skip
        found.append(UUID(made["decision"]))
    installation.runner.catch_up()
    return found


def ran_out(installation: Installation, decision: UUID) -> int:
    rows = installation.recorder.read([decision])[decision]
    return sum(row.topic == "decision.ran_out" for row in rows)


def test_from_the_command_line_it_does_what_is_due_and_says_how_late_it_is(place: Path) -> None:
    with Installation.open(Settings(data_dir=place)) as installation:
        [one, other] = due(installation, 2)
    late = gongwu(place, "--json", "status").json["clerk"]
    assert late["waiting"] == 2
    assert late["lag_s"] > 80_000
    first = gongwu(place, "--json", "clerk", "--once")
    assert (first.code, first.json["fired"], first.json["failed"], first.json["waiting"]) == (0, 2, 0, 0)
    again = gongwu(place, "--json", "clerk", "--once")
    assert (again.code, again.json["fired"]) == (0, 0)
    assert "0 deadlines wait" in gongwu(place, "status").err
    with Installation.open(Settings(data_dir=place)) as installation:
        assert (ran_out(installation, one), ran_out(installation, other)) == (1, 1)


def test_a_server_does_it_by_itself_and_health_shows_how_late_it_is(place: Path) -> None:
    with Installation.open(Settings(data_dir=place)) as installation:
        [decision] = due(installation)
        with serving(place, "serve", GONGWU_CLERK="off") as server:
            found = httpx.get(server["address"] + "/health", timeout=60)
            assert found.status_code == 200, "a late clerk is no reason to take the server out"
            assert found.json()["clerk"]["lagS"] > 80_000
            assert ran_out(installation, decision) == 0
        with serving(place, "serve", GONGWU_CLERK_INTERVAL_S="0.2") as server:
            for _ in range(300):
                if ran_out(installation, decision):
                    break
                time.sleep(0.1)
            assert ran_out(installation, decision) == 1
            assert httpx.get(server["address"] + "/health", timeout=60).json()["clerk"] == {"lagS": 0}


def test_an_installation_without_a_clerk_gets_one_at_its_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def before_there_was_one(name: str, **more: Any) -> Any:
        return {stream: facts for stream, facts in foundation(name, **more).items() if stream != CLERK}

    with a_place() as data:
        monkeypatch.setattr("api.installation.foundation", before_there_was_one)
        with Installation.open(Settings(data_dir=data)) as old:
            assert old.recorder.read([CLERK])[CLERK] == []
        for _ in range(2):
            with Installation.open(Settings(data_dir=data)) as new:
                account = Account.replay(CLERK, map(recorded, new.recorder.read([CLERK])[CLERK]))
                assert (account.version, account.grants) == (2, frozenset({Grant(Role.CLERK, ROOT)}))
                assert new.recorder.receipt(CONSOLE, CLERK_BY) is not None
                assert new.directory.names([CLERK])


def test_the_clerk_of_a_server_stops_with_it_and_can_be_switched_off() -> None:
    with a_place() as data:
        settings = Settings(data_dir=data, clerk=False)
        with Installation.open(settings, follow=True) as installation:
            [decision] = due(installation)
            with clerk_of(installation):
                time.sleep(0.3)
            assert ran_out(installation, decision) == 0
            installation.settings = settings.model_copy(update={"clerk": True, "clerk_interval_s": 0.1})
            with clerk_of(installation):
                for _ in range(300):
                    if ran_out(installation, decision):
                        break
                    time.sleep(0.1)
            assert ran_out(installation, decision) == 1
