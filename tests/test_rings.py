"""Sharing rounds: own department, same level, other levels; nearer rings first, and the manager who overrides the order."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as over
from hypothesis import strategies as some

from domain.asset import Asset
from domain.body import Body, RelationEnded, RelationSet
from domain.body import Relation as Related
from domain.command import Command, Envelope
from domain.life.pooling import Held, Listed, ReservationReleased
from domain.papers.demand import Demand, DemandEntered, DemandKind, DemandState, TurnCame
from domain.papers.disposal_case import DisposalForm, DisposalNotApproved
from domain.papers.loan import LoanLine
from domain.papers.preference import DemandPreferred
from domain.papers.request import Request, RequestDisplaced, RequestState
from domain.papers.request_reasons import DisplacementReason
from domain.policy_book import BOOK, PolicySet
from domain.refusals import InvalidValue, NotYours, SamePerson
from domain.rings import RoundNotOpen, opens_at, ring_of
from domain.terms import Ring, Round, Scope, SharingRounds
from domain.usecases.overriding import NearerRingFirst, OwnMatter
from domain.usecases.pooling import NotFree, ReasonMissing
from domain.usecases.writing_off import ExitLine
from domain.values import CONSOLE, Role, Window
from tests.asking import ASKING, LEI_APPROVES, of, wish
from tests.examples import (
    ANA_KEEPS,
    BEN_ASKS,
    CHEN_MANAGES,
    EDUCATION,
    EDUCATION_OFFICE,
    EVA_MANAGES,
    FANG_ASKS,
    HEALTH,
    LANZHOU_FINANCE,
    NEXT_MONDAY,
    WAREHOUSE,
    account,
    account_of,
    body,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP
from tests.store_room import IN_STORE, STORE_ROOM, XIE_ASKS
from tests.story import LONG_AGO, MONDAY, Story, given, on

SCHOOL, CULTURE = named_id("甘肃省实验中学"), named_id("甘肃省文化和旅游厅")
SHI, WEN, MIN = named_id("person:史老师"), named_id("person:文静"), named_id("person:闵行")
SHI_ASKS, WEN_ASKS, MIN_MANAGES = account_of(SHI), account_of(WEN), account_of(MIN)
PROVINCE = [
    *body(SCHOOL, "甘肃省实验中学", supervised_by=EDUCATION),
    *body(CULTURE, "甘肃省文化和旅游厅"),
    account(SHI, SCHOOL, (Role.OFFICER, SCHOOL)),
    account(WEN, CULTURE, (Role.OFFICER, CULTURE)),
    account(MIN, EDUCATION, (Role.ASSET_MANAGER, EDUCATION), (Role.OFFICER, CULTURE)),
]
WEEK = timedelta(days=7)
LATER = Window(NEXT_MONDAY + 3 * WEEK, NEXT_MONDAY + 4 * WEEK)
DAYS = {Ring.OWN_DEPARTMENT: 0, Ring.SAME_LEVEL: 7, Ring.OTHER_LEVELS: 14}
"""As shipped."""


def looking(story: Story, now: datetime = MONDAY) -> Command:
    return Command(
        Envelope(account=CONSOLE, command_id=named_id("look")), "look", now=now, read=story.log.read, owners=story.log.owners,
        new_id=lambda: named_id("made"),
    )  # fmt: skip


def ring(story: Story, holder: UUID, asker: UUID) -> Ring:
    c = looking(story)
    return ring_of(c, c.load(Body, holder), c.load(Body, asker))


def test_a_department_is_everything_below_its_topmost_superior() -> None:
    story = given(STORE_ROOM, PROVINCE)
    assert ring(story, EDUCATION, SCHOOL) is Ring.OWN_DEPARTMENT
    assert ring(story, SCHOOL, EDUCATION) is Ring.OWN_DEPARTMENT
    assert ring(story, EDUCATION_OFFICE, SCHOOL) is Ring.OWN_DEPARTMENT, "a division is judged as its body"
    assert ring(story, EDUCATION, HEALTH) is Ring.SAME_LEVEL
    assert ring(story, SCHOOL, CULTURE) is Ring.SAME_LEVEL
    assert ring(story, EDUCATION, LANZHOU_FINANCE) is Ring.OTHER_LEVELS


def test_a_relation_that_has_ended_makes_no_department() -> None:
    ended = on(SCHOOL, RelationEnded(relation=Related.SUPERVISED_BY, other=EDUCATION), at=LONG_AGO)
    story = given(
        STORE_ROOM,
        PROVINCE,
        ended,
        on(SCHOOL, RelationSet(relation=Related.SUPERVISED_BY, other=HEALTH), at=LONG_AGO),
    )
    assert ring(story, EDUCATION, SCHOOL) is Ring.SAME_LEVEL
    assert ring(story, HEALTH, SCHOOL) is Ring.OWN_DEPARTMENT


@pytest.mark.parametrize(
    ("who", "asker", "ring"),
    [
        (SHI_ASKS, SCHOOL, Ring.OWN_DEPARTMENT),
        (XIE_ASKS, HEALTH, Ring.SAME_LEVEL),
        (FANG_ASKS, LANZHOU_FINANCE, Ring.OTHER_LEVELS),
    ],
)
def test_each_ring_may_ask_from_the_day_its_round_opens_and_the_refusal_says_when(
    who: UUID, asker: UUID, ring: Ring
) -> None:
    opens = MONDAY + timedelta(days=DAYS[ring])
    story = given(
        STORE_ROOM, PROVINCE, IN_STORE, on(LAPTOP, Listed(listing=named_id("offer"), loan=True), at=MONDAY)
    )
    asks = {"as_": who, **wish(of(LAPTOP), body=asker, window=LATER, as_=who)}
    if ring is not Ring.OWN_DEPARTMENT:
        story.when("submit_requests", **asks, at=opens - timedelta(seconds=1)).refused(
            RoundNotOpen, "lines.0"
        )
        assert story.refusal is not None
        said = story.refusal.values
        assert (said["ring"], said["opens"]) == (ring, opens.isoformat())
        assert (said["rule"], said["policy"]) == ("sharing_rounds", 0)
    story.when("submit_requests", **asks, at=opens)
    assert story.refusal is None, story.refusal


def test_rounds_are_set_by_region_warehouse_or_class_and_the_refusal_names_the_version() -> None:
    rounds = SharingRounds(rounds=(Round(Ring.OWN_DEPARTMENT, 0), Round(Ring.SAME_LEVEL, 30)))
    set_ = on(
        BOOK,
        PolicySet(
            policy=named_id("row"), scope=Scope(warehouse=WAREHOUSE), valid_from=date(2020, 1, 1), terms=rounds, document="9号文",
        ),
        at=LONG_AGO,
    )  # fmt: skip
    listed = on(LAPTOP, Listed(listing=named_id("offer"), loan=True), at=MONDAY)
    story = given(STORE_ROOM, PROVINCE, IN_STORE, set_, listed)
    asks = wish(of(LAPTOP), window=Window(MONDAY + timedelta(days=50), MONDAY + timedelta(days=51)))
    story.when("submit_requests", **asks, at=MONDAY + timedelta(days=29)).refused(RoundNotOpen)
    assert story.refusal is not None
    assert (story.refusal.values["rule"], story.refusal.values["policy"]) == (
        f"sharing_rounds/{WAREHOUSE}",
        1,
    )
    never = {**asks, "as_": FANG_ASKS, "body": LANZHOU_FINANCE}
    story.when("submit_requests", **never, at=MONDAY + timedelta(days=45)).refused(RoundNotOpen)
    assert story.refusal.values["opens"] == "", "no round was set for this ring"


@over(
    some.lists(some.integers(0, 60), min_size=3, max_size=3),
    some.sampled_from(Ring),
    some.sets(some.sampled_from(Ring)),
)
def test_a_nearer_ring_never_waits_longer_than_one_further_out(
    days: list[int], ring: Ring, left_out: set[Ring]
) -> None:
    rings = tuple(Ring)
    rounds = SharingRounds(
        rounds=tuple(Round(one, n) for one, n in zip(rings, days, strict=True) if one not in left_out)
    )
    at = [opens_at(rounds, one, MONDAY) for one in rings]
    known = [one for one in at if one is not None]
    assert known == sorted(known)
    assert at[: len(known)] == known, "a ring that never may ask has none further out that may"


def test_public_welfare_and_sale_open_only_from_an_approved_disposal_case_never_by_a_timer() -> None:
    """The rounds know no such ring, however long nobody takes it; what is sold or given away leaves on an approved case only."""
    assert {one.value for one in Ring} == {"own_department", "same_level", "other_levels"}
    years = MONDAY + timedelta(days=3650)
    story = given(
        STORE_ROOM,
        IN_STORE,
        on(LAPTOP, Listed(listing=named_id("offer"), loan=True, transfer=True), at=LONG_AGO),
    )
    for form in (DisposalForm.SALE, DisposalForm.DONATION):
        applied = story.when(
            "apply_disposal", as_=BEN_ASKS, lines=(LoanLine(LAPTOP, 1),), form=form, reason_="长期闲置", evidence_=("ab" * 32,), at=years
        )  # fmt: skip
        case = applied.answer["disposal"]
        story.when(
            "execute_disposal", as_=ANA_KEEPS, disposal=case, lines=(ExitLine(asset=LAPTOP),), to_body=HEALTH
        )
        story.refused(DisposalNotApproved)
        story.when("withdraw_disposal", as_=BEN_ASKS, disposal=case, reason_="再等等")
        years = story.now


# The manager overrides the order of time.


def contested(*steps: Any, quantity: int = 1, asset: UUID = LAPTOP) -> tuple[Story, UUID, UUID]:
    """Health's request holds it, and the culture department waits for it."""
    story = given(ASKING, PROVINCE, *steps)
    story.when("submit_requests", **wish(of(asset, quantity)))
    assert story.refusal is None, story.refusal
    [request] = story.answer["requests"]
    story.when(
        "enter_demand", as_=WEN_ASKS, body=CULTURE, kind=DemandKind.WAIT, until=NEXT_MONDAY, asset=asset, quantity=quantity,
        window=wish()["window"],
    )  # fmt: skip
    assert story.refusal is None, story.refusal
    return story, request, story.answer["demand"]


def override(
    story: Story,
    request: UUID,
    demand: UUID,
    who: UUID = CHEN_MANAGES,
    reason: str = "全省文博会，省政府纪要",
) -> Story:
    return story.when("override_order", as_=who, request=request, demand=demand, reason_=reason)


@pytest.mark.parametrize("who", [CHEN_MANAGES, EVA_MANAGES])
def test_the_manager_gives_what_is_held_to_who_waits_with_a_reason_that_both_may_read(who: UUID) -> None:
    story, request, demand = contested()
    override(story, request, demand, who)
    story.then(ReservationReleased, RequestDisplaced, DemandEntered, Held, TurnCame, DemandPreferred)
    lost, preferred = story.fact(RequestDisplaced), story.fact(DemandPreferred)
    assert (lost.why, lost.by, lost.note) == (
        DisplacementReason.MANAGER_DECIDED,
        demand,
        "全省文博会，省政府纪要",
    )
    assert (preferred.over, preferred.body) == (request, CULTURE)
    assert story.thing(Request, request).state is RequestState.DISPLACED
    waits = story.thing(Demand, demand)
    assert (waits.state, waits.moved) == (DemandState.TURN, "全省文博会，省政府纪要")
    again = story.fact(DemandEntered)
    assert (again.first, again.body, again.request) == (True, HEALTH, request), (
        "the loser comes first in the queue"
    )
    [promise] = story.thing(Asset, LAPTOP).promises.values()
    assert (promise.body, promise.firm) == (CULTURE, False)
    story.when("take_up_turn", as_=WEN_ASKS, demand=demand, purpose="文博会")
    assert story.refusal is None, story.refusal


def test_of_a_lot_the_rest_stays_held_for_the_request() -> None:
    story = given(ASKING, PROVINCE)
    story.when("submit_requests", **wish(of(CHAIRS, 10)))
    [request] = story.answer["requests"]
    story.when(
        "enter_demand", as_=WEN_ASKS, body=CULTURE, kind=DemandKind.WAIT, until=NEXT_MONDAY, asset=CHAIRS, quantity=4,
        window=wish()["window"],
    )  # fmt: skip
    override(story, request, story.answer["demand"])
    assert story.refusal is None, story.refusal
    promises = story.thing(Asset, CHAIRS).promises
    assert {(one.body, one.quantity) for one in promises.values()} == {(HEALTH, 6), (CULTURE, 4)}
    assert story.thing(Request, request).units[CHAIRS] == (0, 6)
    assert story.fact(DemandEntered).quantity == 4


def test_an_override_needs_a_reason_and_the_right_person() -> None:
    story, request, demand = contested()
    override(story, request, demand, reason="").refused(ReasonMissing)
    for who in (ANA_KEEPS, BEN_ASKS, XIE_ASKS, LEI_APPROVES):
        override(story, request, demand, who).refused(NotYours)


def test_nobody_overrides_the_order_in_favour_of_what_he_asked_for_or_of_the_body_he_acts_for() -> None:
    story = given(ASKING, PROVINCE)
    story.when("submit_requests", **wish(of(LAPTOP)))
    [request] = story.answer["requests"]
    story.when(
        "enter_demand", as_=MIN_MANAGES, body=CULTURE, kind=DemandKind.WAIT, until=NEXT_MONDAY, asset=LAPTOP, window=wish()["window"],
        body_=CULTURE,
    )  # fmt: skip
    demand = story.answer["demand"]
    override(story, request, demand, MIN_MANAGES).refused(SamePerson)
    other, request, demand = contested()
    other.when(
        "override_order", as_=MIN_MANAGES, body_=CULTURE, request=request, demand=demand, reason_="急用"
    ).refused(OwnMatter)


def test_the_manager_does_not_put_a_ring_further_out_before_a_nearer_one() -> None:
    story = given(ASKING, PROVINCE)
    story.when("submit_requests", **wish(of(LAPTOP)))
    [request] = story.answer["requests"]
    story.when(
        "enter_demand", as_=FANG_ASKS, body=LANZHOU_FINANCE, kind=DemandKind.WAIT, until=NEXT_MONDAY, asset=LAPTOP,
        window=wish()["window"],
    )  # fmt: skip
    override(story, request, story.answer["demand"]).refused(NearerRingFirst, "demand")


def test_what_is_promised_firmly_is_not_overridden_and_who_only_watches_is_given_nothing() -> None:
    story, request, demand = contested()
    story.when(
        "enter_demand",
        as_=WEN_ASKS,
        body=CULTURE,
        kind=DemandKind.WATCH,
        until=NEXT_MONDAY,
        asset=LAPTOP,
        window=wish()["window"],
    )
    override(story, request, story.answer["demand"]).refused(InvalidValue, "demand")
    override(story, request, demand)
    override(story, request, demand).refused("REQUEST_ENDED")


def test_what_does_not_serve_the_demand_is_left_where_it_is() -> None:
    story = given(ASKING, PROVINCE)
    story.when("submit_requests", **wish(of(CHAIRS, 2)))
    [request] = story.answer["requests"]
    story.when(
        "enter_demand",
        as_=WEN_ASKS,
        body=CULTURE,
        kind=DemandKind.WAIT,
        until=NEXT_MONDAY,
        asset=LAPTOP,
        window=wish()["window"],
    )
    override(story, request, story.answer["demand"]).refused(NotFree)
    assert story.thing(Request, request).state is RequestState.SUBMITTED


def test_an_earlier_date_opens_no_round_sooner() -> None:
    """Entered today as if it had been offered a month ago: the rounds are counted from today."""
    story = given(STORE_ROOM, IN_STORE)
    story.when("list_asset", as_=CHEN_MANAGES, asset=LAPTOP, happened_=MONDAY - timedelta(days=30), at=MONDAY)
    offer = story.thing(Asset, LAPTOP).listing
    assert offer is not None
    assert offer.since == MONDAY
    story.when("submit_requests", **wish(of(LAPTOP), window=LATER), at=MONDAY + timedelta(days=6)).refused(
        RoundNotOpen
    )
