"""What the read side says is free is what the domain says is free, for the asset and for the class, now and then."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.asset import Kind
from domain.availability import Wanted
from domain.life.lending import Lent, Returned
from domain.life.pooling import Held, Listed, Reserved
from domain.life.registering import Description, Source, TakenOver
from domain.values import ClassCode, Condition, Window
from projections import availability, classes, register
from projections.reach import EVERYTHING, NOTHING_BUT_OFFERS, Reach
from projections.register import AsOf
from tests.clusters import Database
from tests.ground import Ground
from tests.histories import BODIES, DAY_ONE, PEOPLE, PLACES, Happened, history, record, so_at

pytestmark = pytest.mark.postgres

SCHEME = "GB/T 14885"


@pytest.fixture(scope="module")
def ground(module_database: Database) -> Iterator[Ground]:
    with Ground(module_database) as made:
        yield made


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def lot(code: str, quantity: int, holder: UUID = BODIES[0], place: UUID = PLACES[0]) -> tuple[UUID, Happened]:
    id = uuid4()
    said = Description(
        name="折叠椅",
        kind=Kind.LOT if quantity > 1 else Kind.SERIALISED,
        quantity=quantity,
        class_code=ClassCode(SCHEME, "2022", code),
    )
    fact = TakenOver(
        said=said,
        number=f"L{id.hex[:8]}",
        holder=holder,
        source=Source("ef" * 32, 1, DAY_ONE),
        place=place,
        condition=Condition.GOOD,
    )
    return id, Happened(id, fact, DAY_ONE)


def lent(asset: UUID, quantity: int, start: float, due: float | None) -> Happened:
    until = None if due is None else DAY_ONE + hours(due)
    fact = Lent(
        loan=uuid4(),
        borrower=BODIES[1],
        person=PEOPLE[0],
        quantity=quantity,
        condition=Condition.GOOD,
        due=until,
    )
    return Happened(asset, fact, DAY_ONE + hours(start))


def kept(asset: UUID, quantity: int, start: float, until: float, ready: float) -> Happened:
    """A hold or a promise that lapses, with the time to prepare it again."""
    window = Window(DAY_ONE + hours(start), DAY_ONE + hours(41))
    fact = Held if quantity % 2 else Reserved
    said = fact(
        reservation=uuid4(), body=BODIES[2], quantity=quantity, window=window, until=DAY_ONE + hours(until), ready=DAY_ONE + hours(ready)
    )  # fmt: skip
    return Happened(asset, said, DAY_ONE)


def reserved(asset: UUID, quantity: int, start: float, end: float) -> Happened:
    window = Window(DAY_ONE + hours(start), DAY_ONE + hours(end))
    return Happened(
        asset, Reserved(reservation=uuid4(), body=BODIES[2], quantity=quantity, window=window), DAY_ONE
    )


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_free_is_what_the_domain_says_of_the_folded_asset_now_and_then(ground: Ground, seed: int) -> None:
    random = Random(seed)
    start = ground.recorder.head()
    record(ground.recorder, history(random, assets=6, facts=60, late=0.2))
    ground.runner.catch_up()
    log, end = ground.rows(start), ground.recorder.head()
    for _ in range(10):
        now = DAY_ONE + hours(random.randrange(-5, 40))
        opens = DAY_ONE + hours(random.randrange(-5, 80))
        window = Window(opens, opens + hours(random.randrange(1, 60)))
        found = availability.free(ground.reading, EVERYTHING, list(log), window, now)
        known_at, true_at = random.randrange(start, end + 1), DAY_ONE + hours(random.randrange(20))
        then = ground.items(EVERYTHING, AsOf(true_at, known_at))
        for id, rows in log.items():
            so = so_at(rows, None, end)
            assert so is not None
            assert found.get(id) == (so.free(window, now) if so.alive else None)
            was = so_at(rows, true_at, known_at)
            if was is not None and id in then:
                assert availability.free_then(then[id], window, now) == was.free(window, now)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_free_of_a_class_is_the_sum_over_its_assets(ground: Ground, seed: int) -> None:
    random, code = Random(seed), f"A05{uuid4().hex[:8].upper()}"
    told, ids = [], []
    for _ in range(random.randrange(1, 8)):
        id, fact = lot(code + random.choice(("", "01")), random.randrange(1, 20), place=random.choice(PLACES))
        ids.append(id)
        told.append(fact)
        for _ in range(random.randrange(3)):
            due = random.choice((None, random.randrange(6, 40)))
            told.append(
                random.choice(
                    (
                        lent(id, 1, random.randrange(5), due),
                        reserved(id, 1, random.randrange(40), 41),
                        kept(
                            id,
                            random.choice((1, 2)),
                            random.randrange(40),
                            random.randrange(41),
                            random.randrange(41, 60),
                        ),
                    )
                )
            )
    record(ground.recorder, told)
    ground.runner.catch_up()
    for _ in range(8):
        opens = DAY_ONE + hours(random.randrange(50))
        window, now = (
            Window(opens, opens + hours(random.randrange(1, 20))),
            DAY_ONE + hours(random.randrange(45)),
        )
        each = availability.free(ground.reading, EVERYTHING, ids, window, now)
        by_place = classes.free_of_class(ground.reading, EVERYTHING, code, window, now, scheme=SCHEME)
        assert sum(one.free for one in by_place) == sum(each.values())
        assert sum(one.assets for one in by_place) == len(ids)
        assert classes.free_of_class(ground.reading, EVERYTHING, code, window, now, scheme="other") == []
        known = classes.classes(ground.reading, EVERYTHING, now, code=code)
        keys = [one[:3] for one in known]
        assert sum(classes.free_of_classes(ground.reading, EVERYTHING, keys, window, now).values()) == sum(
            each.values()
        )
        assert sum(one.assets for one in known) == len(ids)
        assert classes.count_classes(ground.reading, EVERYTHING, now, code=code) == len(known)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_what_comes_free_when_is_what_is_free_of_each_thing_at_every_hour(ground: Ground, seed: int) -> None:
    random, code = Random(seed), f"A07{uuid4().hex[:8].upper()}"
    told, ids = [], []
    for _ in range(random.randrange(1, 5)):
        id, fact = lot(code, random.randrange(1, 9))
        ids.append(id)
        told.append(fact)
        for _ in range(random.randrange(4)):
            start = random.randrange(30)
            told.append(
                random.choice(
                    (lent(id, 1, start, random.choice((None, start + 5))), reserved(id, 1, start, start + 7))
                )
            )
    record(ground.recorder, told)
    ground.runner.catch_up()
    now, opens = DAY_ONE + hours(random.randrange(20)), random.randrange(20)
    found = classes.comes_free(
        ground.reading, EVERYTHING, code, Window(DAY_ONE + hours(opens), DAY_ONE + hours(opens + 24)), now
    )
    for hour in range(opens, opens + 24):
        at = DAY_ONE + hours(hour)
        each = availability.free(ground.reading, EVERYTHING, ids, Window(at, at + hours(1)), now)
        assert [one.free for one in found if one.start <= at][-1] == sum(each.values())


def test_the_catalogue_is_walked_by_code_and_shows_everybody_what_is_offered(ground: Ground) -> None:
    told: list[Happened] = []
    for n in range(7):
        id, fact = lot(f"A08{n:02d}", 3, holder=BODIES[4])
        told += [fact, Happened(id, Listed(listing=uuid4(), loan=True), DAY_ONE)] if n % 2 else [fact]
    record(ground.recorder, told)
    ground.runner.catch_up()
    now, walked, after = DAY_ONE + hours(1), list[str](), None
    while page := classes.classes(ground.reading, NOTHING_BUT_OFFERS, now, code="A08", after=after, first=2):
        walked += [one.code for one in page]
        after = page[-1][:3]
    assert walked == ["A0801", "A0803", "A0805"]
    every = classes.classes(ground.reading, Reach(False, (BODIES[4],)), now, code="A08")
    assert [(one.usable, one.offered) for one in every] == [(3, 0), (3, 3)] * 3 + [(3, 0)]


def test_candidates_are_listed_and_the_least_claimed_come_first(ground: Ground) -> None:
    (busy, one), (idle, two), (hidden, three) = (lot("A0901", 1) for _ in range(3))
    offers = [Happened(id, Listed(listing=uuid4(), loan=True), DAY_ONE) for id in (busy, idle)]
    record(ground.recorder, [one, two, three, *offers, reserved(busy, 1, 10, 20)])
    ground.runner.catch_up()
    now = DAY_ONE + hours(1)

    def best(start: float, end: float) -> list[UUID]:
        window = Window(DAY_ONE + hours(start), DAY_ONE + hours(end))
        return classes.candidates(ground.reading, Wanted(class_code="A0901", quantity=1, window=window), now)

    assert best(15, 16) == [idle, busy]
    assert best(20, 30) == [busy, idle], (
        "what is claimed at another time anyway is taken first: the idle one stays whole"
    )
    assert hidden not in best(20, 30)


def test_a_release_at_an_instant_comes_before_a_claim_at_the_same_instant(ground: Ground) -> None:
    id, fact = lot("A0601", 1)
    record(ground.recorder, [fact, lent(id, 1, 0, 10), reserved(id, 1, 20, 30)])
    ground.runner.catch_up()
    now = DAY_ONE + hours(1)

    def free(start: float, end: float) -> int:
        return availability.free(
            ground.reading, EVERYTHING, [id], Window(DAY_ONE + hours(start), DAY_ONE + hours(end)), now
        )[id]

    assert (free(10, 20), free(9, 20), free(10, 21), free(30, 40)) == (1, 0, 0, 1)


def test_an_overdue_loan_claims_without_end_and_the_digest_does_not_know_the_hour(ground: Ground) -> None:
    id, fact = lot("A0602", 3)
    record(ground.recorder, [fact, lent(id, 2, 0, 10)])
    ground.runner.catch_up()
    digest = ground.runner.status()["availability"]["digest"]
    window = Window(DAY_ONE + hours(50), DAY_ONE + hours(60))

    def at(now: float) -> tuple[int, list[UUID]]:
        when = DAY_ONE + hours(now)
        late = [
            one.asset
            for one in availability.overdue(ground.reading, EVERYTHING, when, first=1000)
            if one.asset == id
        ]
        return availability.free(ground.reading, EVERYTHING, [id], window, when)[id], late

    assert at(9) == (3, [])
    assert at(10) == (1, [id])
    assert ground.runner.status()["availability"]["digest"] == digest
    (claim,) = availability.claims(ground.reading, EVERYTHING, [id])
    back = Returned(
        loan=claim.paper, quantity=2, condition=Condition.GOOD, operator=BODIES[0], place=PLACES[0]
    )
    record(ground.recorder, [Happened(id, back, DAY_ONE + hours(11))])
    ground.runner.catch_up()
    assert at(12) == (3, [])


def test_offers_are_for_everybody_and_the_rest_for_those_who_read_it(ground: Ground) -> None:
    offered, fact = lot("A0603", 4, holder=BODIES[4])
    hidden, other = lot("A0603", 7, holder=BODIES[4])
    listing = Listed(listing=uuid4(), loan=True, until=DAY_ONE + hours(100))
    record(ground.recorder, [fact, other, Happened(offered, listing, DAY_ONE), lent(offered, 1, 0, 200)])
    ground.runner.catch_up()
    now, window = DAY_ONE + hours(1), Window(DAY_ONE + hours(2), DAY_ONE + hours(3))

    def of_class(reach: Reach) -> int:
        return sum(one.free for one in classes.free_of_class(ground.reading, reach, "A0603", window, now))

    assert of_class(EVERYTHING) == of_class(Reach(False, (BODIES[4],))) == 10
    assert of_class(NOTHING_BUT_OFFERS) == 3
    assert availability.free(ground.reading, NOTHING_BUT_OFFERS, [offered, hidden], window, now) == {
        offered: 3
    }
    assert offered in {one.asset for one in availability.offers(ground.reading, now, first=1000)}
    assert offered not in {
        one.asset for one in availability.offers(ground.reading, DAY_ONE + hours(100), first=1000)
    }
    assert availability.claims(ground.reading, NOTHING_BUT_OFFERS, [offered]) == []
    assert len(availability.claims(ground.reading, Reach(False, (BODIES[1],)), [offered])) == 1
    assert register.one(ground.reading, NOTHING_BUT_OFFERS, hidden, now=now) is None


def test_overdue_loans_are_walked_by_key(ground: Ground) -> None:
    told, holder = [], uuid4()
    for n in range(15):
        id, fact = lot("A0604", 1, holder=holder)
        told += [fact, lent(id, 1, 0, 1 + n % 3)]
    record(ground.recorder, told)
    ground.runner.catch_up()
    now, reach = DAY_ONE + hours(50), Reach(False, (holder,))
    everything = availability.overdue(ground.reading, reach, now, first=1000)
    assert len(everything) == 15
    walked = availability.overdue(ground.reading, reach, now, first=4)
    while more := availability.overdue(
        ground.reading, reach, now, first=4, after=(walked[-1].until, walked[-1].asset, walked[-1].paper)
    ):
        walked += more
    assert walked == everything
    assert availability.overdue(ground.reading, Reach(False, (uuid4(),)), now, first=1000) == []
