"""Warehouses and the places in them: where goods may be put, who runs it, and when a place is closed."""

from typing import Any
from uuid import UUID

import pytest

from domain.asset import Kind
from domain.life.registering import Description, Source, TakenOver
from domain.place import (
    OperatorChanged,
    Place,
    PlaceAdded,
    PlaceBackInUse,
    PlaceClosed,
    PlaceKind,
    PlaceRegistered,
    PlaceRemoved,
    PlaceRenamed,
    PlaceTakenOutOfUse,
)
from tests.examples import (
    ABOLISHED,
    ANA,
    ANA_KEEPS,
    BEN_ASKS,
    BIN_A1,
    EDUCATION,
    EDUCATION_OFFICE,
    GANSU,
    GAO_ADMINISTERS,
    HEALTH,
    LAST_FRIDAY,
    OFFICES,
    STORES_COMPANY,
    VIRTUAL_STORE,
    WAREHOUSE,
    ZONE_A,
    named_id,
)
from tests.story import LONG_AGO, Story, given, on

NEW_STORE: dict[str, Any] = {
    "name": "兰州新区公物仓", "code": "lz-2", "owner": OFFICES, "operator": OFFICES,
    "time_zone": "Asia/Shanghai",
}  # fmt: skip


def test_a_warehouse_is_its_own_warehouse_and_has_a_code_of_its_own() -> None:
    story = given(GANSU).when("register_warehouse", as_=GAO_ADMINISTERS, **NEW_STORE).then(PlaceRegistered)
    store = story.thing(Place, story.answer["place"])
    assert (store.warehouse, store.code, store.zone.key) == (store.id, "LZ-2", "Asia/Shanghai")
    assert store.scopes == (store.id, OFFICES)
    story.when("register_warehouse", **NEW_STORE).refused("NUMBER_TAKEN", "code")


def test_coming_again_with_the_same_id_does_nothing() -> None:
    story = given(GANSU).when("register_warehouse", id=named_id("lz"), **NEW_STORE).then(PlaceRegistered)
    story.when("register_warehouse", id=named_id("lz"), **NEW_STORE).then()
    story.when("register_warehouse", **{**NEW_STORE, "id": named_id("lz"), "name": "别的"}).refused(
        "ALREADY_DONE"
    )


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"time_zone": "Asia/Lanzhou"}, "timeZone"),
        ({"time_zone": "../../etc/passwd"}, "timeZone"),
        ({"time_zone": ""}, "timeZone"),
        ({"code": "公物仓"}, "code"),
        ({"code": "A" * 13}, "code"),
        ({"code": ""}, "code"),
        ({"kind": PlaceKind.BIN}, "kind"),
        ({"id": UUID(int=9)}, "id"),
    ],
)
def test_what_can_never_be_right_is_refused_by_its_path(wrong: dict[str, Any], path: str) -> None:
    given(GANSU).when("register_warehouse", **{**NEW_STORE, **wrong}).refused("INVALID_VALUE", path)


def test_a_company_may_run_a_store_but_own_no_pool() -> None:
    given(GANSU).when("register_warehouse", **{**NEW_STORE, "operator": STORES_COMPANY}).then(PlaceRegistered)
    given(GANSU).when("register_warehouse", **{**NEW_STORE, "owner": STORES_COMPANY}).refused(
        "NO_STANDING", "owner"
    )


@pytest.mark.parametrize("company", [STORES_COMPANY, HEALTH])
def test_nobody_in_liquidation_gets_a_store_to_run(company: Any) -> None:
    story = given(GANSU, on(company, ABOLISHED, at=LAST_FRIDAY))
    story.when("register_warehouse", **{**NEW_STORE, "operator": company}).refused("NO_STANDING", "operator")
    story.when("change_operator", place=WAREHOUSE, operator=company).refused("NO_STANDING", "operator")


def test_a_keeper_sets_up_bins_in_her_warehouse_only() -> None:
    story = given(GANSU).when(
        "register_place", as_=ANA_KEEPS, name="A区2号货位", kind=PlaceKind.BIN, code="a-2", parent=ZONE_A
    )
    story.then(PlaceRegistered, (ZONE_A, PlaceAdded))
    new = story.thing(Place, story.answer["place"])
    assert (new.warehouse, new.operator, new.time_zone) == (WAREHOUSE, OFFICES, "Asia/Shanghai")
    again = {"name": "又一个", "kind": PlaceKind.BIN, "code": "A-2", "parent": ZONE_A}
    story.when("register_place", as_=ANA_KEEPS, **again).refused("NUMBER_TAKEN", "code")
    story.when("register_place", as_=BEN_ASKS, **again).refused("NOT_YOURS")


def test_the_same_code_is_fine_in_another_warehouse() -> None:
    story = given(GANSU).when("register_warehouse", id=named_id("lz"), **NEW_STORE).then(PlaceRegistered)
    a_one = {"name": "A区1号", "kind": PlaceKind.BIN, "code": "A-1", "parent": named_id("lz")}
    story.when("register_place", **a_one).then(PlaceRegistered, PlaceAdded)


@pytest.mark.parametrize(
    ("kind", "parent"),
    [(PlaceKind.ZONE, BIN_A1), (PlaceKind.BIN, VIRTUAL_STORE), (PlaceKind.WAREHOUSE, WAREHOUSE)],
)
def test_places_fit_into_each_other(kind: PlaceKind, parent: Any) -> None:
    story = given(GANSU).when("register_place", name="甲", kind=kind, code="X", parent=parent)
    story.refused("PLACE_DOES_NOT_FIT", "parent")


def test_a_keeper_renames_her_bins_but_not_her_warehouse() -> None:
    given(GANSU).when("rename_place", as_=ANA_KEEPS, place=BIN_A1, name="A区一号").then(PlaceRenamed)
    given(GANSU).when("rename_place", as_=ANA_KEEPS, place=WAREHOUSE, name="我的仓").refused("NOT_YOURS")
    given(GANSU).when("rename_place", as_=GAO_ADMINISTERS, place=WAREHOUSE, name="省级公物仓").then(
        PlaceRenamed
    )


def test_a_change_of_operator_reaches_every_place_in_the_warehouse() -> None:
    story = given(GANSU).when(
        "change_operator", as_=GAO_ADMINISTERS, place=WAREHOUSE, operator=STORES_COMPANY
    )
    changed = OperatorChanged(from_body=OFFICES, to_body=STORES_COMPANY)
    story.then((WAREHOUSE, changed), (ZONE_A, changed), (BIN_A1, changed))
    assert story.thing(Place, BIN_A1).scopes == (WAREHOUSE, STORES_COMPANY)
    story.when("change_operator", as_=GAO_ADMINISTERS, place=WAREHOUSE, operator=STORES_COMPANY).then()
    story.when("change_operator", place=ZONE_A, operator=OFFICES).refused("INVALID_VALUE", "place")
    story.when("change_operator", as_=ANA_KEEPS, place=WAREHOUSE, operator=OFFICES).refused("NOT_YOURS")


def out_of_use(place: Any) -> Story:
    return given(GANSU).when("take_place_out_of_use", place=place).then(PlaceTakenOutOfUse)


def test_nothing_is_put_into_a_place_out_of_use() -> None:
    story = out_of_use(ZONE_A)
    story.when("register_place", name="甲", kind=PlaceKind.BIN, code="X", parent=ZONE_A).refused(
        "PLACE_OUT_OF_USE"
    )
    story.when("take_place_out_of_use", place=ZONE_A).then()
    story.when("put_place_back_in_use", place=ZONE_A).then(PlaceBackInUse)
    story.when("register_place", name="甲", kind=PlaceKind.BIN, code="X", parent=ZONE_A).then(
        PlaceRegistered, PlaceAdded
    )


def test_a_place_is_closed_out_of_use_without_places_and_empty() -> None:
    given(GANSU).when("close_place", place=BIN_A1).refused("PLACE_STILL_IN_USE")
    out_of_use(ZONE_A).when("close_place", place=ZONE_A).refused("PLACE_HAS_PLACES")
    story = out_of_use(BIN_A1).when("close_place", as_=ANA_KEEPS, place=BIN_A1)
    story.then((BIN_A1, PlaceClosed), (ZONE_A, PlaceRemoved))
    story.when("close_place", place=BIN_A1).refused("ALREADY_DONE")
    story.when("put_place_back_in_use", place=BIN_A1).refused("PLACE_OUT_OF_USE")


def test_a_place_is_not_closed_while_a_thing_is_there() -> None:
    projector = TakenOver(
        said=Description(name="投影仪", kind=Kind.SERIALISED, quantity=1), number="GW-1", holder=OFFICES,
        source=Source("0" * 64, 1, LONG_AGO), place=BIN_A1,
    )  # fmt: skip
    story = given(GANSU, on(named_id("card"), projector)).when("take_place_out_of_use", place=BIN_A1)
    story.when("close_place", place=BIN_A1).refused("PLACE_NOT_EMPTY")


def test_an_unknown_place_and_a_body_as_place_are_unknown() -> None:
    for id in (named_id("nowhere"), EDUCATION_OFFICE, EDUCATION, ANA):
        given(GANSU).when("rename_place", place=id, name="甲").refused("UNKNOWN", "place")
