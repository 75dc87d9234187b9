"""`gongwu serve` as its own process: started, asked what it costs, stopped."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SERVE = "import sys; from api.cli import main; main(sys.argv[1:])"
_TICKS = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    """A running server: where it listens, and its process."""

    address: tuple[str, int]
    pid: int

    def cpu_s(self) -> float:
        """Processor seconds that its process tree has used so far, without PostgreSQL."""
        return sum(_cpu_s(pid) for pid in self.tree())

    def memory_mb(self) -> float:
        """Memory of its process tree without PostgreSQL; what is shared counts in parts (PSS)."""
        return sum(_pss_kb(pid) for pid in self.tree()) / 1024

    def tree(self) -> list[int]:
        """Its processes; PostgreSQL's are nobody's children (pg_ctl lets go of them)."""
        found = [self.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        return found


@contextmanager
def serving(data_dir: Path, *, program: str = SERVE) -> Iterator[Server]:
    """The server over a data folder, on any free port. `program`: Python code that serves."""
    command = [sys.executable, "-c", program, "--json", "--data-dir", str(data_dir), "serve", "--port", "0"]
    log = data_dir / "server.log"
    with log.open("a") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said:
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
        host, _, port = json.loads(said)["address"].removeprefix("http://").rpartition(":")
        yield Server((host, int(port)), process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
