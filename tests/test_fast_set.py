"""What `make fast` leaves out: whole files by their mark, unread; `make test` leaves out nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LEFT_OUT

ROOT = Path(__file__).parent.parent
FAST = "not postgres and not slow"
pytestmark = pytest.mark.slow


def collected(*more: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *more],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(re.findall(r"^tests/(test_\w+\.py)", done.stdout, re.MULTILINE))


def test_the_fast_set_reads_no_file_of_slow_ones_and_the_whole_set_reads_all() -> None:
    files = {file.name: file.read_text("utf-8") for file in (ROOT / "tests").glob("test_*.py")}
    left_out = {name for name, text in files.items() if LEFT_OUT.search(text)}
    assert {"test_graphql_api.py", "test_slips.py"} <= left_out
    assert not collected("-m", FAST) & left_out
    assert collected() == {*files}


def test_make_test_runs_everything() -> None:
    said = subprocess.run(
        ["/usr/bin/env", "make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "bash .ci/tests" in said
    runs = re.findall(
        r"^ *run -m (\"[^\"]+\"|\S+) ?(\S*) \|\| failed=1$",
        (ROOT / ".ci" / "tests").read_text("utf-8"),
        re.MULTILINE,
    )
    assert [which for mark, which in runs if mark == '"not postgres"'] == [""]
    with_database = [which for mark, which in runs if mark == "postgres"]
    files = sorted((ROOT / "tests").glob("test_*.py"))
    assert sorted(file for which in with_database for file in ROOT.glob(which)) == files
    assert len(runs) == len(with_database) + 1


def test_what_is_asked_for_by_name_is_read_whatever_its_mark() -> None:
    assert collected("tests/test_slips.py", "-m", "slow") == {"test_slips.py"}
