"""Fixtures: `database` (ours, 18), `any_database` (18 and Debian's 15), their empty twins, and the clusters.

Without CI=true a missing Debian server skips its half of the tests; with it, it fails them.
`make fast` is to be quick: what it leaves out is not even read, and any property is tried with a few examples.
"""

import gc
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from domain.papers import signing
from tests import clusters
from tests.clusters import Cluster, Database

LEFT_OUT = re.compile(r"^pytestmark = \[?pytest\.mark\.(postgres|slow)\b", re.MULTILINE)
settings.register_profile("fast", max_examples=5, derandomize=True)
settings.register_profile(
    "steady", derandomize=True
)  # red is red again; GONGWU_RANDOM_TESTS=1 looks for more


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # everything that collecting makes is kept
    if "not slow" in config.option.markexpr:
        settings.load_profile("fast")
        signing.COST = 1 << 4  # what is slow on purpose is so in the whole set
    elif "GONGWU_RANDOM_TESTS" not in os.environ:
        settings.load_profile("steady")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Importing the stories of a whole server (its schema, its web) takes as long as the fast ones take to run."""
    if collection_path.suffix != ".py" or "not " not in config.option.markexpr:
        return None
    mark = LEFT_OUT.search(collection_path.read_text("utf-8"))
    return (mark is not None and f"not {mark[1]}" in config.option.markexpr) or None


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay till the end: the garbage collector need not look at them again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def embedded_cluster() -> Iterator[Cluster]:
    with clusters.embedded18() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def debian_cluster() -> Iterator[Cluster]:
    if reason := clusters.why_no_debian15():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI=true never skips")
        pytest.skip(reason)
    with clusters.debian15() as cluster:
        yield cluster


@pytest.fixture(scope="session", params=["embedded18", "debian15"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """Both servers, one after the other."""
    name = {"embedded18": "embedded_cluster", "debian15": "debian_cluster"}[request.param]
    found: Cluster = request.getfixturevalue(name)
    return found


@pytest.fixture
def database(embedded_cluster: Cluster) -> Iterator[Database]:
    """A fresh database with our schema, on our own server."""
    with embedded_cluster.new_database(installed=True) as made:
        yield made


@pytest.fixture
def any_database(cluster: Cluster) -> Iterator[Database]:
    """A fresh database with our schema; the test runs once on each server."""
    with cluster.new_database(installed=True) as made:
        yield made


@pytest.fixture
def empty_database(embedded_cluster: Cluster) -> Iterator[Database]:
    """A fresh database with nothing in it, on our own server."""
    with embedded_cluster.new_database(installed=False) as made:
        yield made


@pytest.fixture
def any_empty_database(cluster: Cluster) -> Iterator[Database]:
    """A fresh database with nothing in it; the test runs once on each server."""
    with cluster.new_database(installed=False) as made:
        yield made


@pytest.fixture(scope="module")
def module_database(embedded_cluster: Cluster) -> Iterator[Database]:
    """A database with our schema that the tests of one module share: for reading what took long to set up."""
    with embedded_cluster.new_database(installed=True) as made:
        yield made
