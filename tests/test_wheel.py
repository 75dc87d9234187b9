"""The wheel alone, in an empty environment outside the checkout, serves one mutation."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from projections.store.embedded import EmbeddedServer
from tests.clusters import forget, temporary_folder
from tests.command_line import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_the_wheel_installed_outside_the_checkout_serves_one_mutation() -> None:
    with temporary_folder() as folder:
        gongwu, elsewhere = installed(folder), folder / "elsewhere"
        elsewhere.mkdir()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("GONGWU_", "PYTHON"))
        }
        environment |= {
            "GONGWU_DATA_DIR": str(folder / "data"),
            "HOME": str(elsewhere),
            "PYTHONUNBUFFERED": "1",
        }

        def said(*arguments: str) -> str:
            ran = subprocess.run(
                [gongwu, *arguments],
                cwd=elsewhere,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, ran.stderr
            return ran.stdout

        first = json.loads(said("--json", "init"))["administrator"]
        where = subprocess.run(
            [gongwu.with_name("python"), "-c", "import api, domain; print(api.__file__, domain.__file__)"],
            cwd=elsewhere, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert str(ROOT) not in where.stdout, "the checkout is not what runs"
        server = subprocess.Popen(
            [gongwu, "--json", "serve", "--port", "0"],
            cwd=elsewhere,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            address = json.loads(server.stdout.readline())["address"]
            document = f'mutation {{ registerBody(input: {{commandId: "{uuid4()}", name: "兰州市财政局"}}) {{ __typename }} }}'
            answer = httpx.post(
                f"{address}/graphql",
                json={"query": document},
                headers={"Authorization": f"Bearer {first['token']}"},
                timeout=30,
            )
            assert answer.json() == {"data": {"registerBody": {"__typename": "RegisterBodyPayload"}}}
            assert httpx.get(address).status_code == 200
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 143
            assert server.stdout is not None
            server.stdout.close()
        forget(EmbeddedServer(folder / "data"))


def installed(folder: Path) -> Path:
    """The command, from a wheel built here, in an environment that has our dependencies but not us."""
    built, home = folder / "dist", folder / "venv"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(built), str(ROOT)],
        check=True,
    )
    (wheel,) = built.glob("gongwu-*.whl")
    venv.create(home, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    # A folder named in a .pth file brings its packages, but not its own .pth files: the checkout stays outside.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [*pip, "--python", str(home / "bin" / "python"), "install", "--no-deps", "--no-index", "--force-reinstall", str(wheel)],
        check=True, env={**os.environ, "PIP_IGNORE_INSTALLED": "1"},
    )  # fmt: skip
    return home / "bin" / "gongwu"
