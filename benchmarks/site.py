"""A whole installation to measure on: a data folder of its own, stocked through the log, with a server on it; gone afterwards."""

import re
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from api.installation import Installation
from api.settings import Settings
from benchmarks.world import BORROWING_PERSON, SLIP_FILE, World, build, stock
from domain.values import Role
from projections.store.embedded_home import ROOT_STORE

PEOPLE = 4


@contextmanager
def scratch() -> Iterator[Path]:
    """A data folder that is thrown away, with the cluster that root's database has elsewhere."""
    folder = Path(tempfile.mkdtemp(prefix="gongwu-bench-"))
    try:
        yield folder
    finally:
        mark = folder / "postgres.id"
        name = mark.read_text().strip() if mark.is_file() else ""
        if re.fullmatch(r"[0-9a-f]{16}", name):
            shutil.rmtree(ROOT_STORE / name)
        shutil.rmtree(folder)


@dataclass
class Site:
    """An installation with two bodies, a warehouse and people who may lend and take back there."""

    data_dir: Path
    installation: Installation
    world: World
    tokens: list[str]
    _left: deque[UUID] = field(default_factory=deque)

    def take(self) -> UUID:
        """An asset that nobody has asked for yet, from anywhere in the register."""
        if not self._left:
            raise RuntimeError("all assets of the site have been used: stock more")
        return self._left.popleft()

    def stocked(self, count: int, label: str) -> None:
        """So many more assets, and the projections know them."""
        stock(self.installation.desk, self.world, count, label)
        self.installation.runner.catch_up()
        self.shuffle()

    def shuffle(self) -> None:
        """All assets may be taken (again), in no order that means anything."""
        statement = "SELECT asset FROM register.current ORDER BY md5(asset::text) LIMIT 50000"
        self._left = deque(asset for (asset,) in self.installation.reader.rows(statement))


@contextmanager
def site(data_dir: Path) -> Iterator[Site]:
    """The installation in a folder, with people but without goods."""
    with Installation.open(Settings.from_environment({}, data_dir=data_dir)) as installation:
        world = build(installation.desk)
        installation.directory.enter(BORROWING_PERSON, "借用人")
        installation.evidence.put([SLIP_FILE], "application/pdf")
        tokens = [_let_in(installation, world, number) for number in range(PEOPLE)]
        installation.runner.catch_up()
        yield Site(data_dir, installation, world, tokens)


def _let_in(installation: Installation, world: World, number: int) -> str:
    roles = [(role, world.offices) for role in (Role.KEEPER, Role.OFFICER, Role.ASSET_MANAGER)]
    access = installation.accounts.open(
        f"库管员 {number}", world.offices, roles, installation.envelope, name=f"bench {number}", label="bench"
    )
    return access.token
