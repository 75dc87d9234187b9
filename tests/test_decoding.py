"""A server that has just been started gets its first commands from many threads at once."""

import subprocess
import sys
from pathlib import Path

import pytest

import domain.vocabulary  # noqa: F401  # everything there is
from domain.aggregate import FACTS

PROGRAM = """
import random, sys, threading
from pathlib import Path

import pytest
import msgspec
import domain.vocabulary
from domain.aggregate import decode, encode

sys.setswitchinterval(1e-6)
samples = [msgspec.json.decode(file.read_bytes()) for file in sorted(Path("tests/golden").glob("*.json"))]
bodies = [(one["topic"], encode(one["body"])) for one in samples]
together = threading.Barrier(16)

def read(number):
    mine = bodies[:]
    random.Random(number % 2).shuffle(mine)
    together.wait()
    for topic, body in mine:
        decode(topic, body)

threads = [threading.Thread(target=read, args=(number,)) for number in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(bodies))
"""


@pytest.mark.slow
def test_facts_first_met_by_many_threads_at_once_are_read_by_all() -> None:
    for _ in range(6):  # without the lock in `decode`, more than half of them die of a segmentation fault
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert int(done.stdout) > 100


def test_whoever_reads_the_log_needs_no_use_case_to_know_every_fact() -> None:
    program = "import sys, domain.facts; from domain.aggregate import FACTS; print(len(FACTS), 'domain.usecases' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(len(FACTS)), "False"]
