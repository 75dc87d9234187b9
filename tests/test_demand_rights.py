"""Who reads what of demands and pool checks; and the queue of the read models is the queue of the domain."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.availability import Wanted
from domain.papers.demand import Demand
from domain.values import ClassCode, Window
from projections import demand, matches
from projections.classes import candidates
from tests.errands_demand import asked_before_buying, in_days, need
from tests.errands_requests import offered
from tests.town import CLASS, Town, new_town

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


def wait(town: Town, body: str, **wanted: Any) -> dict[str, Any]:
    said = {
        "body": town.bodies[body], "kind": "WAIT", "window": {"start": in_days(40), "end": in_days(50)}, "until": in_days(45), **wanted,
    }  # fmt: skip
    return town.as_(f"{body}_officer").done("enter_demand", **said)


def settled(town: Town) -> Any:
    """A connection to read models at the end of the log."""
    head = town.installation.recorder.head()
    for view in ("papers", "availability", "organisations"):
        town.installation.runner.wait_for(view, head, 20)
    return town.installation.reader.connection()


def test_everybody_sees_the_queue_and_only_its_readers_who_waits_in_it(town: Town) -> None:
    [thing] = offered(town, "热门的无人机")
    first, second = wait(town, "health", asset=thing), wait(town, "finance", asset=thing)
    for who, seen in {
        "health_officer": {"health"}, "finance_officer": {"finance"}, "admin": {"health", "finance"}, "nobody": set(),
        "auditor_elsewhere": set(), "auditor": {"health", "finance"},
    }.items():  # fmt: skip
        found = town.as_(who).query("demands", asset=thing, after_position=second["position"])
        assert [(one["id"], one["place"]) for one in found["nodes"]] == [
            (first["demandId"], 1),
            (second["demandId"], 2),
        ]
        told = {one["body"]["id"] for one in found["nodes"] if one["body"]}
        assert told == {str(town.bodies[name]) for name in seen}, who
        assert found["totalCount"] == 2
        mine = town.as_(who).query("demands", asset=thing, body=town.bodies["health"])
        assert len(mine["nodes"]) == ("health" in seen), "asking by body tells no more"
    for who, reads in {
        "health_officer": True,
        "finance_officer": False,
        "nobody": False,
        "auditor": True,
    }.items():
        assert (town.as_(who).query("demand", id=first["demandId"]) is not None) == reads, who


def test_a_page_of_the_queue_goes_on_where_the_last_one_ended(town: Town) -> None:
    [thing] = offered(town, "更热门的无人机")
    made = [wait(town, body, asset=thing) for body in ("health", "finance", "health", "finance", "health")]
    client, seen, after = town.as_("admin"), list[str](), None
    while True:
        page = client.query("demands", asset=thing, first=2, after=after, after_position=made[-1]["position"])
        seen += [one["id"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [one["demandId"] for one in made]


def test_a_pool_check_is_read_by_its_body_and_its_office_and_a_certificate_by_who_holds_it(
    town: Town,
) -> None:
    asked_before_buying(town)
    applied = town.as_("health_officer").done(
        "apply_pool_check", body=town.bodies["health"], purpose="会议室", lines=[need(2)]
    )
    may = {
        "health_officer": True,
        "offices_officer": True,
        "education_officer": False,
        "nobody": False,
        "auditor": True,
    }
    for who, reads in may.items():
        found = town.as_(who).query(
            "poolCheck", id=applied["poolCheckId"], after_position=applied["position"]
        )
        assert (found is not None) == reads, who
    actions = "query ($id: UUID!) { poolCheck(id: $id) { permittedActions { name permitted code } } }"
    shown = town.as_("health_officer").data(actions, id=applied["poolCheckId"])["poolCheck"][
        "permittedActions"
    ]
    assert {one["name"]: one["permitted"] for one in shown} == {
        "refuseMatch": True,
        "reviewPoolCheck": False,
        "withdrawPoolCheck": True,
    }


def test_the_queue_of_the_read_models_is_that_of_the_domain(town: Town) -> None:
    [thing] = offered(town, "测量仪")
    wide = ClassCode(CLASS.scheme, CLASS.edition, "A0201")
    narrow, other = CLASS, ClassCode(CLASS.scheme, CLASS.edition, "A02010104")
    made = [
        UUID(wait(town, "health", **said)["demandId"])
        for said in ({"class_code": wide}, {"class_code": narrow}, {"class_code": other}, {"asset": thing})
    ]
    now = datetime.now(UTC)
    with settled(town) as connection:
        for code, expected in (
            (wide, made),
            (narrow, [made[0], made[1], made[3]]),
            (other, [made[0], made[2]]),
        ):
            found = [one for one in demand.waiting_for(connection, code, now) if one in made]
            assert found == expected, code
        streams = town.installation.desk._fresh(made)
        ranks = [
            Demand.replay(id, streams[id]).rank
            for id in demand.waiting_for(connection, wide, now)
            if id in streams
        ]
        assert ranks == sorted(ranks)
        could = {one.demand for one in demand.serveable(connection, now)}
        assert could & set(made) == {made[0], made[1], made[3]}, "of the other class there is nothing"
        assert not demand.waiting_for(connection, ClassCode("gbt14885", "2010", "A0201"), now)
        past = now + timedelta(days=60)
        assert not [one for one in demand.waiting_for(connection, wide, past) if one in made]


def test_what_matches_is_what_the_candidates_have_free(town: Town) -> None:
    offered(town, "并行的电脑一", "并行的电脑二")
    window = Window(in_days(100), in_days(110))
    now = datetime.now(UTC)
    with settled(town) as connection:
        wanted = Wanted(
            class_code=CLASS.code, quantity=1, window=window, scheme=CLASS.scheme, edition=CLASS.edition
        )
        found = matches.found(connection, wanted, timedelta(days=30), now)
        assert sum(one.free for one in found) == len(candidates(connection, wanted, now)) > 0
        assert all(one.holder for one in found)


def test_what_was_tried_is_tried_again_when_it_comes_back_or_somebody_before_gives_up(town: Town) -> None:
    [thing] = offered(town, "来回借用的摄像机")
    window = {"start": in_days(60), "end": in_days(66)}
    taken = town.as_("keeper").done("reserve_asset", asset=thing, body=town.bodies["offices"], window=window)
    said = {"asset": thing, "window": window, "until": in_days(65)}
    first, second = wait(town, "health", **said)["demandId"], wait(town, "finance", **said)["demandId"]

    def tries() -> dict[str, UUID]:
        with settled(town) as connection:
            found = demand.serveable(connection, datetime.now(UTC))
        return {str(one.demand): one.command for one in found if str(one.demand) in {first, second}}

    assert tries() == {}, "it is promised to somebody else"
    town.as_("keeper").done(
        "release_reservation", asset=thing, reservation=taken["reservationId"], reason="改期"
    )
    now = tries()
    assert set(now) == {first, second}
    assert tries() == now, "the same stock behind the same others is tried once"
    town.as_("health_officer").done("withdraw_demand", demand=first)
    assert tries()[second] != now[second], "somebody before it gave up"
