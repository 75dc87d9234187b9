"""The command line as a process of its own, on a place of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from projections.store.embedded import EmbeddedServer
from tests.clusters import forget, temporary_folder

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Done:
    """What a run of `gongwu` left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document; anything else on standard output is a fault."""
        return json.loads(self.out)


@contextlib.contextmanager
def a_place() -> Iterator[Path]:
    """A data folder that leaves nothing behind."""
    with temporary_folder() as folder:
        data = folder / "data"
        yield data
        forget(EmbeddedServer(data))


def environment(data: Path | None, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGWU_")}
    where = {} if data is None else {"GONGWU_DATA_DIR": str(data)}
    return kept | {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"} | where | more


def gongwu(data: Path | None, *arguments: str, **more: str) -> Done:
    """Runs a command to its end."""
    ran = subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        env=environment(data, **more), capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    return Done(ran.returncode, ran.stdout, ran.stderr)


def begin(data: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Starts a command and lets it run."""
    return subprocess.Popen(
        [sys.executable, "-m", "api", *arguments],
        env=environment(data, **more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@contextlib.contextmanager
def serving(data: Path, *arguments: str, **more: str) -> Iterator[dict[str, Any]]:
    """A server (`serve`, `demo`) until the block ends; what it said of itself."""
    process = begin(data, "--json", *arguments, "--port", "0", **more)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.communicate(timeout=10)[1])
        yield json.loads(line)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@contextlib.contextmanager
def over_http(app: Any) -> Iterator[httpx.Client]:
    """An application behind a real server in a thread, and somebody who speaks to it."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{sock.getsockname()[1]}", timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(20)
