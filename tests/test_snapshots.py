"""A thing that is remembered folded: what one command does to its copy is never seen by another."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

import domain.vocabulary  # noqa: F401 - all facts
from domain.account import Account
from domain.aggregate import Fact, Meta, Root, Stamp, decode, encode
from domain.asset import Asset
from domain.body import Body
from domain.place import Place

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
META = Meta(account=uuid4(), person=uuid4(), body=uuid4(), command=uuid4(), use_case="test")


def _facts(kind: type[Root]) -> Iterator[Fact]:
    """The golden samples of what can happen to such a thing."""
    for file in sorted(GOLDEN.glob(f"{kind.KIND}.*.json")):
        sample = msgspec.json.decode(file.read_bytes())
        yield decode(sample["topic"], encode(sample["body"]))


@pytest.mark.parametrize("kind", [Account, Body, Place, Asset])
def test_what_happens_to_a_copy_is_not_seen_in_the_thing_itself(kind: type[Root]) -> None:
    root, happened = kind(uuid4()), 0
    for fact in [*_facts(kind), *_facts(kind)]:
        before = copy.deepcopy(vars(root))
        twin = root.copy()
        twin.stamp = Stamp(twin.version, NOW, META)
        try:
            twin.record(fact)
        except KeyError:
            continue  # samples are no story: this one is about a paper the thing has never met
        assert vars(root) == before, fact.TOPIC
        twin.pending = []
        root, happened = twin, happened + 1
    assert happened >= 4


def test_a_copy_is_in_the_same_state() -> None:
    root = Account(uuid4())
    root.stamp = Stamp(0, NOW, META)
    root.open(uuid4(), uuid4())
    assert vars(root.copy()) == vars(root)
    assert root.copy().pending is not root.pending
