"""Who reads for whom, by decree and by date: divisions, supervised bodies, successors, a region's auditor; places and rights."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from domain.account import AccountClosed, RoleRevoked
from domain.body import BodyMerged, BodyRenamed, Relation, RelationEnded, RelationSet
from domain.values import CONSOLE, ROOT, Role
from projections import organisations
from projections.catalogue import ALL
from projections.reach import Reach
from projections.rebuild import rebuild
from tests.clusters import Database
from tests.examples import (
    ANA,
    BEN,
    CHENGGUAN,
    EDUCATION,
    EDUCATION_FINANCE,
    EDUCATION_OFFICE,
    FINANCE,
    GANSU,
    HEALTH,
    LANZHOU_FINANCE,
    OFFICES,
    STORES_COMPANY,
    TAX,
    WAREHOUSE,
    ZONE_A,
    account,
    account_of,
)
from tests.ground import Ground
from tests.story import FOUNDATION, MONDAY, flat, on
from tests.test_history import write

pytestmark = pytest.mark.postgres


@pytest.fixture
def ground(database: Database) -> Iterator[Ground]:
    with Ground(database) as made:
        write(made, *flat((FOUNDATION, GANSU)))
        made.runner.catch_up()
        yield made


def reach(ground: Ground, *roles: tuple[Role, UUID], of: UUID) -> Reach:
    person = uuid4()
    write(ground, account(person, of, *roles))
    ground.runner.catch_up()
    return organisations.reach(ground.reading, account_of(person))


def test_a_body_reads_itself_and_its_divisions(ground: Ground) -> None:
    assert set(reach(ground, of=EDUCATION).bodies) == {EDUCATION, EDUCATION_OFFICE, EDUCATION_FINANCE}
    assert set(reach(ground, of=EDUCATION_OFFICE).bodies) == {EDUCATION_OFFICE}
    assert set(reach(ground, (Role.OFFICER, EDUCATION), of=HEALTH).bodies) == {
        HEALTH, EDUCATION, EDUCATION_OFFICE, EDUCATION_FINANCE,
    }  # fmt: skip


def test_a_superior_reads_what_it_supervises_and_only_while_it_does(ground: Ground) -> None:
    write(ground, on(EDUCATION, RelationSet(relation=Relation.SUPERVISED_BY, other=FINANCE), at=MONDAY))
    assert set(reach(ground, of=FINANCE).bodies) == {FINANCE, EDUCATION, EDUCATION_OFFICE, EDUCATION_FINANCE}
    write(
        ground,
        on(
            EDUCATION,
            RelationEnded(relation=Relation.SUPERVISED_BY, other=FINANCE),
            at=MONDAY + timedelta(days=1),
        ),
    )
    assert set(reach(ground, of=FINANCE).bodies) == {FINANCE}


def test_a_successor_reads_what_it_took_over(ground: Ground) -> None:
    write(
        ground,
        on(HEALTH, BodyMerged(into=EDUCATION, decree="甘编发1号", decree_date=date(2026, 3, 2)), at=MONDAY),
    )
    assert HEALTH in reach(ground, of=EDUCATION).bodies


def test_an_auditor_reads_all_of_the_region(ground: Ground) -> None:
    province = {
        OFFICES, FINANCE, EDUCATION, EDUCATION_OFFICE, EDUCATION_FINANCE, HEALTH, LANZHOU_FINANCE, CHENGGUAN, TAX, STORES_COMPANY,
    }  # fmt: skip
    assert set(reach(ground, (Role.AUDITOR, OFFICES), of=OFFICES).bodies) == province
    assert set(reach(ground, (Role.AUDITOR, LANZHOU_FINANCE), of=LANZHOU_FINANCE).bodies) == {
        LANZHOU_FINANCE,
        CHENGGUAN,
    }
    assert set(reach(ground, (Role.OFFICER, LANZHOU_FINANCE), of=LANZHOU_FINANCE).bodies) == {LANZHOU_FINANCE}


def test_a_keeper_reads_what_the_operator_of_the_warehouse_keeps(ground: Ground) -> None:
    assert OFFICES in reach(ground, (Role.KEEPER, WAREHOUSE), of=HEALTH).bodies


def test_the_root_reads_everything_and_a_stranger_nothing(ground: Ground) -> None:
    assert organisations.reach(ground.reading, CONSOLE).everything
    assert reach(ground, (Role.OFFICER, ROOT), of=HEALTH).everything
    assert organisations.reach(ground.reading, uuid4()) == Reach(False)


def test_rights_taken_away_are_gone(ground: Ground) -> None:
    person = uuid4()
    write(ground, account(person, HEALTH, (Role.OFFICER, EDUCATION)))
    write(ground, on(account_of(person), RoleRevoked(role=Role.OFFICER, scope=EDUCATION), at=MONDAY))
    ground.runner.catch_up()
    assert organisations.reach(ground.reading, account_of(person)).bodies == (HEALTH,)
    assert organisations.roles(ground.reading, account_of(person)) == []
    write(ground, on(account_of(person), AccountClosed(), at=MONDAY))
    ground.runner.catch_up()
    assert organisations.reach(ground.reading, account_of(person)) == Reach(False)


def test_bodies_and_places_are_listed_by_name_and_code(ground: Ground) -> None:
    everybody = organisations.bodies(ground.reading, first=1000)
    assert [(one.name, one.id) for one in everybody] == sorted((one.name, one.id) for one in everybody)
    walked = organisations.bodies(ground.reading, first=3)
    while more := organisations.bodies(ground.reading, first=3, after=(walked[-1].name, walked[-1].id)):
        walked += more
    assert walked == everybody
    assert [one.id for one in organisations.bodies(ground.reading, text="卫生")] == [HEALTH]
    assert {one.id for one in organisations.bodies(ground.reading, region="6201")} == {
        LANZHOU_FINANCE,
        CHENGGUAN,
    }
    assert {one.id for one in organisations.bodies(ground.reading, parent=EDUCATION)} == {
        EDUCATION_OFFICE,
        EDUCATION_FINANCE,
    }
    (zone,) = organisations.places(ground.reading, ids=[ZONE_A])
    assert (zone.name, zone.warehouse, zone.operator) == ("A区", WAREHOUSE, OFFICES)
    assert organisations.names(ground.reading, [HEALTH, ZONE_A, uuid4()]) == {
        HEALTH: "甘肃省卫生健康委员会",
        ZONE_A: "A区",
    }


def test_relations_are_dated_and_names_change(ground: Ground) -> None:
    write(ground, on(HEALTH, BodyRenamed(name="甘肃省卫生局", decree="x"), at=MONDAY))
    ground.runner.catch_up()
    (body,) = organisations.bodies(ground.reading, ids=[HEALTH])
    assert (body.name, body.standing(MONDAY)) == ("甘肃省卫生局", "full")
    kinds = {one.kind: one.other for one in organisations.relations(ground.reading, [HEALTH])}
    assert kinds == {"offices_administration": OFFICES, "fiscal_authority": FINANCE}
    assert {one.body for one in organisations.relations_to(ground.reading, FINANCE)} == {HEALTH, EDUCATION}


def test_organisations_are_rebuilt_the_same(ground: Ground) -> None:
    for person in (ANA, BEN):
        write(ground, account(person, OFFICES, (Role.KEEPER, WAREHOUSE)))
    ground.runner.catch_up()
    assert ground.wrong() == []
    live = ground.tables()
    assert all(one.same for one in rebuild(ground.database.projector, ALL))
    assert ground.tables() == live
    assert live["organisations.reach"]
