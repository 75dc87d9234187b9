"""Who guesses at codes waits; who scans does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.guessing import Misses, network_of
from tests.properties import at_most


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_so_many_misses_one_waits_and_then_has_one_more() -> None:
    clock = Clock()
    misses = Misses(clock, most=30, per_s=60)
    for _ in range(30):
        assert misses.wait_s("a") == 0
        misses.missed("a")
    assert (misses.wait_s("a"), misses.wait_s("b")) == (2, 0)
    clock.now += 2
    assert misses.wait_s("a") == 0
    misses.missed("a")
    assert misses.wait_s("a") == 2
    clock.now += 60
    assert misses.wait_s("a") == 0


def test_whoever_goes_on_all_the_same_waits_no_longer_than_others() -> None:
    clock = Clock()
    misses = Misses(clock, most=3, per_s=6)
    for _ in range(100):
        misses.missed("a")
    assert misses.wait_s("a") == 2
    clock.now += 6
    assert misses.wait_s("a") == 0


def test_only_so_many_are_remembered() -> None:
    misses = Misses(Clock(), most=1, per_s=60, remembered=100)
    for n in range(1000):
        misses.missed(str(n))
    assert len(misses._full_at) == 100
    assert (misses.wait_s("0"), misses.wait_s("999")) == (0, 60)


@settings(max_examples=at_most(200), deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=80))
def test_never_more_misses_than_the_bucket_holds_and_what_flows_in(steps: list[tuple[float, bool]]) -> None:
    clock, missed, began = Clock(), 0, 1000.0
    misses = Misses(clock, most=5, per_s=50)
    for pause, _ in steps:
        clock.now += pause
        if misses.wait_s("a") == 0:
            misses.missed("a")
            missed += 1
    assert missed <= 5 + (clock.now - began) / 10 + 1e-6


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("testclient", "testclient"),
        ("x" * 500, "x" * 64),
    ],
)
def test_an_ipv6_customer_is_one_however_many_addresses_he_has(address: str, who: str) -> None:
    assert network_of(address) == who
