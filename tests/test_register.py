"""The register is the fold of the log, on both clocks, whatever comes late; and nobody sees in it what is not theirs to see."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.asset import Asset, Kind
from domain.life.keeping import Moved
from domain.life.lending import Lent, Returned
from domain.life.pooling import Listed
from domain.life.registering import CardNumber, Description, Numbered, Source, TakenOver
from domain.place import PlaceKind, PlaceRegistered
from domain.values import Condition
from projections import register
from projections.reach import EVERYTHING, NOTHING_BUT_OFFERS, SMALL, Reach
from projections.register import AsOf, Item
from tests.clusters import Database
from tests.ground import Ground
from tests.histories import BODIES, DAY_ONE, PLACES, Happened, as_shown, history, record, so_at

pytestmark = pytest.mark.postgres

FIELDS = tuple(as_shown(Asset(UUID(int=1))))


@pytest.fixture(scope="module")
def ground(module_database: Database) -> Iterator[Ground]:
    with Ground(module_database) as made:
        yield made


def shown(item: Item) -> dict[str, object]:
    return {name: getattr(item, name) for name in FIELDS}


def taken_over(n: int, holder: UUID, *, name: str = "椅子") -> tuple[UUID, TakenOver]:
    said = Description(name=name, kind=Kind.SERIALISED, quantity=1)
    return uuid4(), TakenOver(
        said=said, number=f"N-{n:05d}", holder=holder, source=Source("cd" * 32, n, DAY_ONE)
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_the_register_at_any_point_of_both_clocks_is_the_slow_fold(ground: Ground, seed: int) -> None:
    random = Random(seed)
    start = ground.recorder.head()
    told = history(random, assets=6, facts=80)
    cut = random.randrange(len(told))
    record(ground.recorder, told[:cut], at_once=random.randrange(1, 30))
    ground.runner.catch_up()
    record(ground.recorder, told[cut:], at_once=random.randrange(1, 30))
    ground.runner.catch_up()
    log = ground.rows(start)
    end = ground.recorder.head()
    now = ground.items()
    for id, rows in log.items():
        so = so_at(rows, None, end)
        assert so is not None
        assert shown(now[id]) == as_shown(so)
    for _ in range(25):
        known_at, true_at = random.randrange(start, end + 1), random.choice(told).at
        then = ground.items(EVERYTHING, AsOf(true_at, known_at))
        for id, rows in log.items():
            so = so_at(rows, true_at, known_at)
            if so is None or so.existence.value == "none":
                assert id not in then
            else:
                assert shown(then[id]) == as_shown(so)


def test_a_late_fact_changes_what_was_true_but_not_what_was_known(ground: Ground) -> None:
    asset, first = taken_over(1, BODIES[0])
    hours = [DAY_ONE + timedelta(hours=n) for n in range(6)]
    before = record(
        ground.recorder, [Happened(asset, first, hours[0]), Happened(asset, Moved(place=PLACES[0]), hours[4])]
    )
    after = record(ground.recorder, [Happened(asset, Moved(place=PLACES[1]), hours[2])])
    ground.runner.catch_up()

    def place(true_at: int, known_at: int) -> UUID | None:
        found = register.one(ground.reading, EVERYTHING, asset, as_of=AsOf(hours[true_at], known_at))
        assert found is not None
        return found.place

    assert place(3, before) is None
    assert place(3, after) == PLACES[1]
    assert place(5, before) == place(5, after) == PLACES[0]
    now = register.one(ground.reading, EVERYTHING, asset)
    assert now is not None
    assert (now.place, now.version) == (PLACES[0], 3)
    late = register.one(ground.reading, EVERYTHING, asset, as_of=AsOf(hours[3]))
    assert late is not None
    assert late.late


def test_pages_follow_each_other_by_number_and_by_id_for_everybody(ground: Ground) -> None:
    random, n, store = Random(7), 60, uuid4()
    made = PlaceRegistered("翻页仓", PlaceKind.WAREHOUSE, "PAGES", BODIES[0], BODIES[0], "Asia/Shanghai")
    told = [Happened(store, made, DAY_ONE)]
    for at in range(n):
        id, fact = taken_over(10_000 + at, random.choice(BODIES[:4]))
        told.append(Happened(id, replace(fact, place=store), DAY_ONE))
        if at % 5 == 0:
            told.append(Happened(id, Listed(listing=uuid4(), loan=True), DAY_ONE + timedelta(hours=1)))
        if at % 3 == 0:
            lent = Lent(
                loan=uuid4(), borrower=BODIES[5], person=uuid4(), quantity=1, condition=Condition.GOOD
            )
            told.append(Happened(id, lent, DAY_ONE + timedelta(hours=2)))
    record(ground.recorder, told)
    ground.runner.catch_up()
    wide = Reach(False, (BODIES[0], *(uuid4() for _ in range(SMALL))))
    assert not wide.small
    for reach in (EVERYTHING, Reach(False, BODIES[:2]), wide, Reach(False, (BODIES[5],)), NOTHING_BUT_OFFERS):
        everything = ground.items(reach)
        past = AsOf(None, ground.recorder.head())
        for order, key in (("number", lambda one: (one.number, one.asset)), ("id", lambda one: one.asset)):
            for as_of in (None, past):
                for backwards in (False, True):
                    expected = sorted(everything.values(), key=key, reverse=backwards)
                    got: list[Item] = []
                    while True:
                        after = (got[-1].number, got[-1].asset) if got else None
                        more = register.page(
                            ground.reading, reach, after=after, first=7, order=order, backwards=backwards, as_of=as_of  # type: ignore[arg-type]  # one of two words
                        )  # fmt: skip
                        got += more
                        if len(more) < 7:
                            break
                    assert [one.asset for one in got] == [one.asset for one in expected]


def test_reading_rights_hold_in_pages_counts_single_rows_numbers_and_the_past(ground: Ground) -> None:
    mine, theirs, offered = uuid4(), uuid4(), uuid4()
    keeper = uuid4()
    told = []
    for n, (id, holder) in enumerate(((mine, BODIES[4]), (theirs, BODIES[5]), (offered, BODIES[5]))):
        _, fact = taken_over(20_000 + n, holder, name="权利")
        told.append(Happened(id, fact, DAY_ONE))
    told.append(
        Happened(offered, Listed(listing=uuid4(), loan=True, until=DAY_ONE + timedelta(days=9)), DAY_ONE)
    )
    record(ground.recorder, told)
    ground.runner.catch_up()
    reach, where = Reach(False, (BODIES[4], keeper)), ("a.name = '权利'",)
    before, past = DAY_ONE + timedelta(days=1), DAY_ONE + timedelta(days=10)
    for as_of in (None, AsOf(before)):
        ids = {
            one.asset for one in register.page(ground.reading, reach, where=where, as_of=as_of, now=before)
        }
        assert ids == {mine, offered}
        assert register.count(ground.reading, reach, where=where, as_of=as_of, now=before) == 2
        assert register.one(ground.reading, reach, theirs, as_of=as_of, now=before) is None
        assert register.one(ground.reading, reach, offered, as_of=as_of, now=before) is not None
    ended = register.page(ground.reading, reach, where=where, now=past)
    assert {one.asset for one in ended} == {mine}
    assert register.count(ground.reading, EVERYTHING, where=where) == 3
    for written in ("N-20000", "n-20000"):
        assert [one.asset for one in register.by_number(ground.reading, reach, written)] == [mine]
    assert register.by_number(ground.reading, reach, "N-20001") == []


def test_who_runs_the_store_where_a_thing_belongs_reads_it_while_it_is_out_and_not_after(
    ground: Ground,
) -> None:
    holder, borrower, runs, other = (uuid4() for _ in range(4))
    store, elsewhere = uuid4(), uuid4()
    for place, operator, code in ((store, runs, "AWAY1"), (elsewhere, other, "AWAY2")):
        made = PlaceRegistered("外借仓", PlaceKind.WAREHOUSE, code, operator, operator, "Asia/Shanghai")
        record(ground.recorder, [Happened(place, made, DAY_ONE)])
    day = timedelta(days=1)
    away, lot = uuid4(), uuid4()
    told = []
    for n, (id, kind) in enumerate(((away, Kind.SERIALISED), (lot, Kind.LOT))):
        said = Description(name="外借", kind=kind, quantity=1 + 4 * n)
        source = Source("cd" * 32, n, DAY_ONE)
        card = TakenOver(said=said, number=f"A-{id.hex[:6]}", holder=holder, place=store, source=source)
        told.append(Happened(id, card, DAY_ONE))
    lent = Lent(loan=uuid4(), borrower=borrower, person=uuid4(), quantity=1, condition=Condition.GOOD)
    told.append(Happened(away, lent, DAY_ONE + day))
    back = Returned(loan=lent.loan, quantity=1, condition=Condition.GOOD, operator=other, place=elsewhere)
    told.append(Happened(away, back, DAY_ONE + 3 * day))
    record(ground.recorder, told)
    ground.runner.catch_up()
    wide = tuple(uuid4() for _ in range(SMALL))
    for reach in (Reach(False, (runs,)), Reach(False, (runs, *wide))):
        for days, seen in ((0.5, set()), (2, {away}), (4, set())):
            as_of = AsOf(DAY_ONE + days * day)
            found = register.page(ground.reading, reach, where=("a.name = '外借'",), as_of=as_of)
            assert {one.asset for one in found} == seen, days
            assert register.count(ground.reading, reach, where=("a.name = '外借'",), as_of=as_of) == len(seen)
            assert (register.one(ground.reading, reach, away, as_of=as_of) is not None) == (away in seen)
    stranger = Reach(False, (uuid4(),))
    assert (
        register.page(ground.reading, stranger, where=("a.name = '外借'",), as_of=AsOf(DAY_ONE + 2 * day))
        == []
    )


def test_any_number_anybody_ever_gave_finds_the_asset(ground: Ground) -> None:
    asset, fact = taken_over(30_000, BODIES[0])
    label = CardNumber("财政卡片", f"C-{asset.hex[:8]}")
    record(ground.recorder, [Happened(asset, fact, DAY_ONE), Happened(asset, Numbered(card=label), DAY_ONE)])
    ground.runner.catch_up()
    for number in ("N-30000", label.number):
        assert [one.asset for one in register.by_number(ground.reading, EVERYTHING, number)] == [asset]
    assert register.by_number(ground.reading, EVERYTHING, label.number, issuer="other") == []
    issuers = [one.issuer for one in register.numbers(ground.reading, [asset])]
    assert issuers == ["", "财政卡片"]
