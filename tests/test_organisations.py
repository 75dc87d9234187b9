"""Bodies, their relations and their ends: what the register says, and what is refused without standing."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.body import (
    Body,
    BodyAbolished,
    BodyClosed,
    BodyKind,
    BodyMerged,
    BodyRegionChanged,
    BodyRegistered,
    BodyRenamed,
    BodySplit,
    BodyTermChanged,
    BodyTookIn,
    DivisionAdded,
    DivisionClosed,
    Level,
    Relation,
    RelationEnded,
    RelationSet,
    Standing,
    answers_now,
    may_still_hand_over,
    must_have_standing,
    same_accountable,
)
from domain.command import Command
from domain.place import PlaceKind, PlaceRegistered
from domain.regions import contains, region_code, region_name, regions
from domain.usecases import Outcome
from domain.values import ROOT
from tests.examples import (
    ABOLISHED,
    BEN_ASKS,
    BIN_A1,
    CHENGGUAN,
    EDUCATION,
    EDUCATION_FINANCE,
    EDUCATION_OFFICE,
    FINANCE,
    FRIDAY,
    GANSU,
    GANSU_BODIES,
    GAO_ADMINISTERS,
    HEALTH,
    LANZHOU_FINANCE,
    LAST_FRIDAY,
    NEXT_MONDAY,
    NEXT_YEAR,
    OFFICES,
    STORES_COMPANY,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    body,
    named_id,
)
from tests.story import LONG_AGO, MONDAY, Story, add_use_case, given, on

DECREE = {"decree": "甘编发〔2026〕12号", "decree_date": date(2026, 2, 27), "authority": "甘肃省委编办"}
TASK_FORCE = named_id("抗旱指挥部")
CARD = named_id("投影仪")


def probe_standing(
    c: Command, *, body: UUID, promise: bool = False, sign: bool = False, receive: UUID | None = None
) -> Outcome:
    """What the use cases of assets ask of a body, without an asset."""
    one = c.load(Body, body)
    if promise:
        must_have_standing(one, c)
    if sign:
        may_still_hand_over(one, c)
    if receive:
        one.receive(receive)
    return {"body": one.id}


def probe_same(c: Command, *, one: UUID, other: UUID) -> Outcome:
    return {"same": int(same_accountable(c, one, other)), "answers": answers_now(c, one).id}


@pytest.fixture(autouse=True)
def _probes(monkeypatch: pytest.MonkeyPatch) -> None:
    for probe, emits in ((probe_standing, (BodyTookIn,)), (probe_same, ())):
        add_use_case(monkeypatch, probe.__name__, probe, *emits)


def test_a_body_is_registered_with_its_region_level_and_relations() -> None:
    story = given(GANSU).when(
        "register_body", name=" 甘肃省  科学技术厅 ", level=Level.PROVINCE, region="620000",
        code="11620000mb0001", superior=OFFICES, fiscal_authority=FINANCE, offices_administration=OFFICES,
    )  # fmt: skip
    story.then(BodyRegistered, RelationSet, RelationSet, RelationSet)
    new = story.thing(Body, story.answer["body"])
    assert new.accountable == new.id
    assert (new.name, new.region, new.code) == (
        "甘肃省 科学技术厅",
        "62",
        "11620000MB0001",
    )
    assert new.relations == {
        Relation.SUPERVISED_BY: OFFICES,
        Relation.FISCAL_AUTHORITY: FINANCE,
        Relation.OFFICES_ADMINISTRATION: OFFICES,
    }


def test_a_division_shows_in_the_file_above_and_is_judged_on_the_accountable_body() -> None:
    story = given(GANSU).when("register_body", name="信息处", kind=BodyKind.DIVISION, parent=EDUCATION_OFFICE)
    story.then(BodyRegistered, (EDUCATION_OFFICE, DivisionAdded))
    division = story.thing(Body, story.answer["body"])
    assert division.accountable == EDUCATION
    assert division.scopes == (division.id, EDUCATION_OFFICE, EDUCATION)
    assert (division.level, division.region) == (Level.PROVINCE, "62")


def test_a_body_in_liquidation_gets_no_new_divisions() -> None:
    story = given(GANSU, on(EDUCATION, ABOLISHED, at=LAST_FRIDAY))
    story.when("register_body", name="信息处", kind=BodyKind.DIVISION, parent=EDUCATION).refused(
        "NO_STANDING", "parent"
    )


def test_an_id_that_belongs_to_something_else_is_unknown() -> None:
    given(GANSU).when("register_body", name="甲", id=WAREHOUSE).refused("UNKNOWN")


def test_a_registered_number_of_a_body_is_never_used_again() -> None:
    story = given(GANSU).when("register_body", name="甲", code="A1").then(BodyRegistered)
    story.when("register_body", name="乙", code="a1").refused("NUMBER_TAKEN", "code")


def test_coming_again_with_the_same_id_does_nothing_and_another_name_is_refused() -> None:
    story = given(GANSU).when("register_body", name="甲", id=named_id("甲")).then(BodyRegistered)
    story.when("register_body", name="甲", id=named_id("甲")).then()
    story.when("register_body", name="乙", id=named_id("甲")).refused("ALREADY_DONE")


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": "甲", "kind": BodyKind.DIVISION}, "parent"),
        ({"name": "甲", "parent": EDUCATION}, "parent"),
        ({"name": "甲", "kind": BodyKind.DIVISION, "parent": STORES_COMPANY}, "parent"),
        ({"name": "甲", "kind": BodyKind.TEMPORARY, "parent": EDUCATION}, "until"),
        ({"name": "甲", "until": NEXT_YEAR}, "until"),
        ({"name": "甲", "region": "6"}, "region"),
        ({"name": "甲", "region": "62'--"}, "region"),
        ({"name": "甲", "code": "统一"}, "code"),
        ({"name": "甲", "id": UUID(int=7)}, "id"),
    ],
)
def test_what_can_never_be_right_is_refused_by_its_path(wrong: dict[str, object], path: str) -> None:
    given(GANSU).when("register_body", **wrong).refused("INVALID_VALUE", path)


def test_an_unknown_parent_and_a_place_as_parent_are_unknown() -> None:
    for id in (named_id("nobody"), BIN_A1):
        given(GANSU).when("register_body", name="甲", kind=BodyKind.DIVISION, parent=id).refused(
            "UNKNOWN", "parent"
        )


def test_only_administrators_change_bodies_and_only_their_own() -> None:
    rename = {"name": "别的名字"}
    given(GANSU).when("rename_body", as_=BEN_ASKS, body=EDUCATION, **rename).refused("NOT_YOURS")
    given(GANSU).when("rename_body", as_=GAO_ADMINISTERS, body=LANZHOU_FINANCE, **rename).refused("NOT_YOURS")
    given(GANSU).when("rename_body", as_=GAO_ADMINISTERS, body=EDUCATION, **rename).then(BodyRenamed)
    given(GANSU).when("register_body", as_=GAO_ADMINISTERS, name="甲").refused("NOT_YOURS")
    given(GANSU).when("register_body", as_=GAO_ADMINISTERS, name="甲", offices_administration=OFFICES).then(
        BodyRegistered, RelationSet
    )


def test_the_old_name_is_found_at_its_time() -> None:
    story = (
        given(GANSU)
        .when("rename_body", body=HEALTH, name="甘肃省卫健委", happened_=LAST_FRIDAY)
        .then(BodyRenamed)
    )
    health = story.thing(Body, HEALTH)
    assert health.name_at(LONG_AGO) == "甘肃省卫生健康委员会"
    assert health.name_at(MONDAY) == health.name == "甘肃省卫健委"
    story.when("rename_body", body=HEALTH, name="甘肃省卫健委").then()
    story.when("rename_body", body=HEALTH, name="甘肃省卫生厅", happened_=LAST_FRIDAY - timedelta(days=9))
    story.then(BodyRenamed)
    assert story.thing(Body, HEALTH).name == "甘肃省卫健委"


def test_relations_keep_their_history_by_date_even_when_recorded_late() -> None:
    story = given(GANSU)
    story.when("set_relation", body=CHENGGUAN, relation=Relation.FISCAL_AUTHORITY, other=FINANCE, at=THURSDAY)
    story.then(RelationSet(relation=Relation.FISCAL_AUTHORITY, other=FINANCE))
    story.when(
        "set_relation",
        body=CHENGGUAN,
        relation=Relation.FISCAL_AUTHORITY,
        other=LANZHOU_FINANCE,
        happened_=TUESDAY,
    ).then(RelationSet)
    district = story.thing(Body, CHENGGUAN)
    assert district.related(Relation.FISCAL_AUTHORITY, MONDAY) is None
    assert district.related(Relation.FISCAL_AUTHORITY, WEDNESDAY) == LANZHOU_FINANCE
    assert district.related(Relation.FISCAL_AUTHORITY, FRIDAY) == FINANCE
    story.when("end_relation", body=CHENGGUAN, relation=Relation.FISCAL_AUTHORITY, at=FRIDAY).then(
        RelationEnded(relation=Relation.FISCAL_AUTHORITY, other=FINANCE)
    )
    assert story.thing(Body, CHENGGUAN).relations == {}
    assert story.thing(Body, CHENGGUAN).related(Relation.FISCAL_AUTHORITY, THURSDAY) == FINANCE


def test_nobody_is_his_own_superior_even_through_others() -> None:
    superior = {"relation": Relation.SUPERVISED_BY}
    story = given(GANSU).when("set_relation", body=HEALTH, other=EDUCATION, **superior).then(RelationSet)
    story.when("set_relation", body=EDUCATION, other=TAX, **superior).then(RelationSet)
    story.when("set_relation", body=TAX, other=HEALTH, **superior).refused("RELATION_GOES_ROUND")
    story.when("set_relation", body=TAX, other=TAX, **superior).refused("RELATION_GOES_ROUND")


def test_a_finance_bureau_may_be_its_own_fiscal_authority() -> None:
    given(GANSU).when("set_relation", body=FINANCE, relation=Relation.FISCAL_AUTHORITY, other=FINANCE).then(
        RelationSet
    )


def test_a_county_becomes_a_district() -> None:
    given(GANSU).when("change_region", body=CHENGGUAN, region="620103", level=Level.COUNTY).then(
        BodyRegionChanged
    )
    given(GANSU).when("change_region", body=CHENGGUAN, region="620102", level=Level.COUNTY).then()


def test_a_body_in_liquidation_may_sign_but_not_ask() -> None:
    story = (
        given(GANSU).when("abolish_body", body=EDUCATION, happened_=LAST_FRIDAY, **DECREE).then(BodyAbolished)
    )
    assert story.thing(Body, EDUCATION).standing(LONG_AGO) is Standing.FULL
    assert story.thing(Body, EDUCATION).standing(MONDAY) is Standing.IN_LIQUIDATION
    story.when("probe_standing", body=EDUCATION, promise=True).refused("NO_STANDING")
    story.when("probe_standing", body=EDUCATION_OFFICE, promise=True).refused("NO_STANDING")
    story.when("probe_standing", body=EDUCATION, sign=True).then()


def test_dating_back_does_not_get_round_a_decree() -> None:
    story = given(GANSU, on(EDUCATION, ABOLISHED, at=MONDAY))
    story.when("probe_standing", body=EDUCATION, promise=True, at=TUESDAY, happened_=LAST_FRIDAY).refused(
        "NO_STANDING"
    )


def test_a_decree_noticed_while_the_decision_was_being_written_stops_it() -> None:
    story = given(GANSU)
    story.when(
        "probe_standing", body=EDUCATION, promise=True, meanwhile_=[on(EDUCATION, ABOLISHED, at=LAST_FRIDAY)]
    )
    story.refused("NO_STANDING")


@pytest.mark.parametrize("outsider", [STORES_COMPANY, named_id("受赠方")])
def test_somebody_outside_the_administration_cannot_ask(outsider: UUID) -> None:
    steps = [*GANSU, *body(named_id("受赠方"), "希望小学", kind=BodyKind.OUTSIDE)]
    given(steps).when("probe_standing", body=outsider, promise=True).refused("NO_STANDING")


def test_a_decree_is_recorded_whatever_the_register_says_and_only_once() -> None:
    busy = (
        given(GANSU)
        .when("merge_body", body=OFFICES, into=FINANCE, happened_=LAST_FRIDAY, **DECREE)
        .then(BodyMerged)
    )
    assert busy.new[0].occurred_at == LAST_FRIDAY
    busy.when("merge_body", body=OFFICES, into=FINANCE, **DECREE).then()
    busy.when("abolish_body", body=OFFICES, decree="甘编发〔2026〕13号", decree_date=date(2026, 3, 1)).then(
        BodyAbolished
    )
    assert busy.thing(Body, OFFICES).ended == LAST_FRIDAY
    assert busy.thing(Body, OFFICES).successors == (FINANCE,)


def test_a_decree_of_tomorrow_is_not_a_fact_yet() -> None:
    given(GANSU).when("abolish_body", body=HEALTH, at=MONDAY, happened_=TUESDAY, **DECREE).refused(
        "IN_THE_FUTURE"
    )


def test_a_body_cannot_be_merged_into_itself_even_round_corners() -> None:
    given(GANSU).when("merge_body", body=HEALTH, into=HEALTH, **DECREE).refused("INVALID_VALUE", "into")
    story = given(GANSU).when("merge_body", body=HEALTH, into=EDUCATION, **DECREE).then(BodyMerged)
    story.when("merge_body", body=EDUCATION, into=HEALTH, **DECREE).refused("INVALID_VALUE", "into")


def test_a_merger_makes_two_bodies_one() -> None:
    story = given(GANSU).when("probe_same", one=HEALTH, other=EDUCATION_OFFICE).then()
    assert story.answer["same"] == 0
    story.when("merge_body", body=HEALTH, into=EDUCATION, **DECREE).then(BodyMerged)
    assert story.when("probe_same", one=HEALTH, other=EDUCATION_OFFICE).answer["same"] == 1
    assert story.when("probe_same", one=HEALTH, other=TAX).answer == {"same": 0, "answers": EDUCATION}


def test_a_split_ends_the_body_unless_it_continues() -> None:
    parts = (LANZHOU_FINANCE, TAX)
    ended = given(GANSU).when("split_body", body=HEALTH, parts=parts, **DECREE).then(BodySplit)
    assert ended.thing(Body, HEALTH).standing(FRIDAY) is Standing.IN_LIQUIDATION
    going_on = (
        given(GANSU).when("split_body", body=HEALTH, parts=parts, continues=True, **DECREE).then(BodySplit)
    )
    assert going_on.thing(Body, HEALTH).standing(FRIDAY) is Standing.FULL
    for wrong in ((), (HEALTH, TAX), (TAX, TAX)):
        given(GANSU).when("split_body", body=HEALTH, parts=wrong, **DECREE).refused("INVALID_VALUE", "parts")
    given(GANSU).when("split_body", body=HEALTH, parts=(BIN_A1,), **DECREE).refused("UNKNOWN", "parts")


def test_a_temporary_body_ends_by_time_and_may_be_given_more() -> None:
    story = given(GANSU).when(
        "register_body",
        name="抗旱指挥部",
        kind=BodyKind.TEMPORARY,
        parent=OFFICES,
        until=FRIDAY,
        id=TASK_FORCE,
    )
    story.then(BodyRegistered, DivisionAdded)
    assert story.thing(Body, TASK_FORCE).accountable == TASK_FORCE
    story.when("probe_standing", body=TASK_FORCE, promise=True, at=THURSDAY).then()
    story.when("probe_standing", body=TASK_FORCE, promise=True, at=FRIDAY).refused("NO_STANDING")
    story.when("change_term", body=TASK_FORCE, until=NEXT_YEAR).then(BodyTermChanged)
    story.when("probe_standing", body=TASK_FORCE, promise=True, at=NEXT_MONDAY).then()
    story.when("change_term", body=HEALTH, until=NEXT_YEAR).refused("INVALID_VALUE", "until")


def test_a_file_is_not_closed_before_the_decree() -> None:
    given(GANSU_BODIES).when("close_body", body=HEALTH).refused("BODY_NOT_ABOLISHED")


def test_a_file_is_not_closed_while_something_is_in_its_hands() -> None:
    site = PlaceRegistered(
        name="卫健委院内",
        kind=PlaceKind.SITE,
        code="WJW",
        operator=HEALTH,
        owner=OFFICES,
        time_zone="Asia/Shanghai",
    )
    story = given(GANSU, on(named_id("site"), site), on(HEALTH, ABOLISHED, at=LAST_FRIDAY))
    story.when("close_body", body=HEALTH).refused("BODY_HAS_HOLDINGS")
    assert story.refusal is not None
    assert story.refusal.values["count"] == 1
    story.when("take_place_out_of_use", place=named_id("site"))
    story.when("close_place", place=named_id("site"))
    story.when("close_body", body=HEALTH).then(BodyClosed)
    assert story.thing(Body, HEALTH).standing(FRIDAY) is Standing.ENDED


def test_divisions_are_closed_before_their_body() -> None:
    ends = [on(id, ABOLISHED, at=LAST_FRIDAY) for id in (EDUCATION, EDUCATION_OFFICE, EDUCATION_FINANCE)]
    story = given(GANSU_BODIES, ends).when("close_body", body=EDUCATION).refused("BODY_HAS_DIVISIONS")
    for division in (EDUCATION_OFFICE, EDUCATION_FINANCE):
        story.when("close_body", body=division).then((division, BodyClosed), (EDUCATION, DivisionClosed))
    story.when("close_body", body=EDUCATION).then(BodyClosed)
    story.when("close_body", body=EDUCATION).refused("ALREADY_DONE")


def closed() -> Story:
    return (
        given(GANSU, on(HEALTH, ABOLISHED, at=LAST_FRIDAY)).when("close_body", body=HEALTH).then(BodyClosed)
    )


def test_a_closed_file_receives_nothing_signs_nothing_and_asks_nothing() -> None:
    closed().when("probe_standing", body=HEALTH, promise=True).refused("NO_STANDING")
    closed().when("probe_standing", body=HEALTH, sign=True).refused("BODY_FILE_CLOSED")
    closed().when("probe_standing", body=HEALTH, receive=CARD).refused("BODY_FILE_CLOSED")


def test_what_a_body_in_liquidation_still_gets_is_noted_in_its_own_file() -> None:
    given(GANSU).when("probe_standing", body=HEALTH, receive=CARD).then()
    story = given(GANSU, on(HEALTH, ABOLISHED, at=LAST_FRIDAY))
    story.when("probe_standing", body=HEALTH, receive=CARD).then((HEALTH, BodyTookIn(item=CARD)))
    story.when("probe_standing", body=HEALTH, receive=CARD).then((HEALTH, BodyTookIn(item=CARD)))


def test_a_file_cannot_be_closed_while_something_is_just_arriving() -> None:
    """The arrival notes itself in the body's stream, so the closing is decided again, and counts again."""
    site = PlaceRegistered(
        name="卫健委院内",
        kind=PlaceKind.SITE,
        code="WJW",
        operator=HEALTH,
        owner=OFFICES,
        time_zone="Asia/Shanghai",
    )
    story = given(GANSU, on(HEALTH, ABOLISHED, at=LAST_FRIDAY))
    arrival = [on(named_id("site"), site), on(HEALTH, BodyTookIn(item=named_id("site")))]
    story.when("close_body", body=HEALTH, meanwhile_=arrival).refused("BODY_HAS_HOLDINGS")


def test_something_cannot_arrive_while_the_file_is_just_closed() -> None:
    story = given(GANSU, on(HEALTH, ABOLISHED, at=LAST_FRIDAY))
    story.when("probe_standing", body=HEALTH, receive=CARD, meanwhile_=[on(HEALTH, BodyClosed())])
    story.refused("BODY_FILE_CLOSED")


def test_a_stale_version_is_answered() -> None:
    given(GANSU).when("rename_body", body=HEALTH, name="甲", expected_={HEALTH: 1}).stale()
    given(GANSU).when("rename_body", body=HEALTH, name="甲", expected_={HEALTH: 3}).then(BodyRenamed)


def test_the_root_body_is_there_from_the_start() -> None:
    root = given().thing(Body, ROOT)
    assert root.name == "甘肃省"
    assert root.standing(MONDAY) is Standing.FULL


def test_regions_contain_each_other_by_prefix() -> None:
    assert len(regions()) == 103
    assert all(region.parent == "" or region.parent in regions() for region in regions().values())
    assert [region_code(code) for code in ("620000", "620100", "620102", "620102001000", "us-tx", " ")] == [
        "62", "6201", "620102", "620102001", "US-TX", "",
    ]  # fmt: skip
    assert contains("62", "620102")
    assert not contains("6201", "62")
    assert not contains("", "62")
    assert region_name("620102") == "甘肃省兰州市城关区"
