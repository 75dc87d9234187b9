"""Kits go out and come back as one: all members or none, none of them alone meanwhile, and each is ticked at the return."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from domain.asset import Asset
from domain.availability import free, scarcest
from domain.life.keeping import CaseOpened, MissingReported, Moved
from domain.life.kits import JoinedKit, LeftKit
from domain.life.lending import Dispatched, Lent, Returned
from domain.life.pooling import Listed, ListingWithdrawn, ReservationReleased, Reserved
from domain.life.repairing import RepairBegun
from domain.limits import SlotFull
from domain.papers.kit import (
    InAKit,
    Kit,
    KitDissolved,
    KitInUse,
    KitLent,
    KitMade,
    KitPromised,
    KitReleased,
    KitRenamed,
    KitTakenApart,
    KitTicked,
    MemberAdded,
    MemberCameBack,
    MemberNotHere,
    MemberRemoved,
)
from domain.papers.loan import LineReturned, Loan, LoanLine, LoanOpened
from domain.papers.slip import SlipIssued, SlipKind
from domain.policies import InRepair, NotYourStore, OnLoan
from domain.refusals import AlreadyDone, InvalidValue, SamePerson, Unknown
from domain.terms import PickUp, Scope
from domain.usecases.kits import InAnotherKit, NotInThisKit
from domain.usecases.pooling import LendingToOneself, NotFree, NotListed, ReasonMissing
from domain.usecases.requesting import CartLine
from domain.usecases.returning import ReturnLine
from domain.values import Window
from tests.examples import (
    ANA_KEEPS,
    BIN_A1,
    EDUCATION,
    FRIDAY,
    HEALTH,
    LANZHOU_FINANCE,
    TAX,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, card, said
from tests.properties import at_most
from tests.store_room import BY_WANG, BY_XIE, LIU_KEEPS, STORE_ROOM, TEN_CHAIRS, XIE_ASKS
from tests.story import LONG_AGO, MONDAY, Story, given, on
from tests.test_permitted_actions import offered, tried

CAMERA, LENS, TRIPOD, SPARE = (named_id(name) for name in ("相机", "镜头", "三脚架", "备用镜头"))
PARTS = (CAMERA, LENS, TRIPOD)
THINGS = [
    card(one, said(name), place=WAREHOUSE)
    for one, name in zip(PARTS, ("相机", "镜头", "三脚架"), strict=True)
]
SPARE_LENS = card(SPARE, said("备用镜头"), place=WAREHOUSE)
OWN: dict[str, Any] = {"as_": ANA_KEEPS}
WINDOW = Window(TUESDAY, THURSDAY)


def kit_of(*more: Any, members: tuple[UUID, ...] = PARTS) -> tuple[Story, dict[str, Any]]:
    """A story with a kit in the store, and how the keeper names it."""
    story = given(STORE_ROOM, THINGS, SPARE_LENS, *more)
    story.when("make_kit", name="摄影套装", members=members, **OWN)
    assert story.refusal is None, story.refusal
    return story, OWN | {"kit": story.answer["kit"]}


def lent_kit() -> tuple[Story, dict[str, Any], UUID]:
    story, own = kit_of()
    loan: UUID = story.when("lend_kit", borrower=HEALTH, receiver=BY_WANG, due=WEDNESDAY, **own).answer[
        "loan"
    ]
    return story, own, loan


def test_things_of_one_holder_become_a_kit() -> None:
    story = given(STORE_ROOM, THINGS).when("make_kit", name=" 摄影  套装 ", members=PARTS, **OWN)
    story.then(KitMade, *[JoinedKit] * 3)
    kit = story.thing(Kit, story.answer["kit"])
    assert (kit.name, kit.members, kit.holder) == ("摄影 套装", PARTS, EDUCATION)
    assert story.thing(Asset, LENS).kit == kit.id


def test_a_thing_is_in_one_kit_at_most_and_a_lot_in_none() -> None:
    story, own = kit_of(TEN_CHAIRS)
    story.when("make_kit", name="第二套", members=(SPARE, LENS), **OWN).refused(InAnotherKit, "members.1")
    story.when("add_kit_member", asset=LENS, **own).refused(InAnotherKit, "asset")
    story.when("make_kit", name="椅子", members=(CHAIRS,), **OWN).refused(InvalidValue, "members.0")
    story.when("make_kit", name="空", members=(), **OWN).refused(InvalidValue, "members")
    theirs = card(LAPTOP, said(), holder=HEALTH, place=WAREHOUSE)
    story.given(theirs).when("make_kit", name="两家", members=(SPARE, LAPTOP), **OWN).refused(
        InvalidValue, "members.1"
    )


def test_two_who_put_one_thing_into_their_kits_at_the_same_moment() -> None:
    story = given(STORE_ROOM, THINGS)
    other = on(LENS, JoinedKit(kit=named_id("另一套")))
    made = on(named_id("另一套"), KitMade(name="另一套", holder=EDUCATION, members=(LENS,)))
    story.when("make_kit", name="摄影套装", members=PARTS, meanwhile_=(made, other), **OWN).refused(
        InAnotherKit
    )


def test_only_who_holds_or_keeps_its_members_has_to_do_with_a_kit() -> None:
    story, own = kit_of()
    asked = own | {"as_": LIU_KEEPS}
    story.when("rename_kit", name="套装", **asked).refused(NotYourStore)
    story.when("reserve_kit", body=HEALTH, window=WINDOW, **asked).refused(NotYourStore)
    story.when("lend_kit", borrower=HEALTH, receiver=BY_WANG, due=FRIDAY, **asked).refused(NotYourStore)


def test_a_kit_is_lent_on_one_loan_with_one_slip() -> None:
    story, own = kit_of()
    story.when("lend_kit", borrower=HEALTH, receiver=BY_WANG, due=FRIDAY, **own)
    story.then(LoanOpened, *[Lent] * 3, KitLent, SlipIssued, *story_account(story))
    assert story.thing(Loan, story.answer["loan"]).out == dict.fromkeys(PARTS, 1)
    assert story.fact(SlipIssued).kind is SlipKind.LOAN


def test_a_kit_is_given_to_a_carrier_as_one() -> None:
    story, own = kit_of()
    story.when("lend_kit", borrower=HEALTH, carrier="顺丰速运", due=FRIDAY, **own)
    story.then(LoanOpened, *[Dispatched] * 3, KitLent, SlipIssued, *story_account(story))
    story.when("lend_kit", borrower=HEALTH, carrier="顺丰", receiver=BY_WANG, due=FRIDAY, **own).refused(
        InvalidValue, "carrier"
    )


@pytest.mark.parametrize("use_case", ["lend_kit", "reserve_kit"])
def test_all_members_or_none_and_the_one_in_the_way_is_named(use_case: str) -> None:
    story, own = kit_of()
    ask: dict[str, Any] = {
        "lend_kit": {"borrower": HEALTH, "receiver": BY_WANG, "due": FRIDAY},
        "reserve_kit": {"body": HEALTH, "window": WINDOW},
    }[use_case]
    story.given(on(TRIPOD, RepairBegun(repair=named_id("维修单"))))
    story.when(use_case, **own, **ask).refused(InRepair)
    assert story.refusal is not None
    assert story.refusal.values["asset"] == story.thing(Asset, TRIPOD).number


def test_a_member_that_is_promised_to_others_is_in_the_way_of_the_whole_kit() -> None:
    story, own = kit_of()
    story.given(on(LENS, Reserved(reservation=named_id("预留"), body=TAX, quantity=1, window=WINDOW)))
    story.when("reserve_kit", body=HEALTH, window=WINDOW, **own).refused(NotFree, "kit")
    story.when("lend_kit", borrower=HEALTH, receiver=BY_WANG, due=FRIDAY, **own).refused(NotFree)


def test_members_cannot_be_lent_alone_while_the_kit_is_promised() -> None:
    story, own = kit_of()
    alone = OWN | {"lines": (LoanLine(LENS, 1),), "borrower": HEALTH, "receiver": BY_WANG}
    story.when("lend", due=TUESDAY - timedelta(hours=1), **alone)
    assert story.refusal is None, "an idle kit does not stand in the way"
    story, own = kit_of()
    reservation = story.when("reserve_kit", body=TAX, window=WINDOW, **own).answer["reservation"]
    before = TUESDAY - timedelta(hours=1)
    story.when("lend", due=before, **alone).refused(InAKit)
    story.when(
        "dispatch", due=before, carrier="顺丰", **{k: alone[k] for k in ("as_", "lines", "borrower")}
    ).refused(InAKit)
    story.when(
        "reserve_asset", asset=LENS, body=HEALTH, window=Window(FRIDAY, FRIDAY + timedelta(days=1)), **OWN
    ).refused(InAKit)
    story.when("release_reservation", asset=LENS, reservation=reservation, reason_="不用了", **OWN).refused(
        InAKit
    )
    story.when("lend", at=THURSDAY + timedelta(hours=1), due=FRIDAY, **alone)
    assert story.refusal is None, "by then nobody came for it"


def test_members_cannot_be_lent_alone_while_the_kit_is_out() -> None:
    story, _, _ = lent_kit()
    back = OWN | {"lines": (ReturnLine(asset=LENS),), "place": WAREHOUSE}
    story.when("take_back", **back)
    assert story.refusal is None, "it always lands"
    story.when(
        "lend", lines=(LoanLine(LENS, 1),), borrower=TAX, receiver=BY_WANG, due=WEDNESDAY, **OWN
    ).refused(InAKit)


def test_a_screen_offers_of_a_member_only_what_a_command_accepts() -> None:
    story, own = kit_of()
    assert all(offered(story, ANA_KEEPS, LENS)[action] is None for action in ("lend", "reserve_asset"))
    story.when("reserve_kit", body=TAX, window=WINDOW, **own)
    answers = offered(story, ANA_KEEPS, LENS)
    for action in ("lend", "dispatch", "reserve_asset", "release_reservation"):
        assert isinstance(answers[action], InAKit), action
        ends = tried(story, ANA_KEEPS, LENS, action)
        assert all(isinstance(end.refusal, InAKit) for end in ends), action


def test_a_member_is_not_asked_for_alone_while_its_kit_is_promised() -> None:
    listed = [on(one, Listed(listing=named_id(f"上架:{one}"), loan=True), at=LONG_AGO) for one in PARTS]
    story, own = kit_of(listed)
    story.when("reserve_kit", body=TAX, window=WINDOW, **own)
    later = Window(FRIDAY, FRIDAY + timedelta(hours=8))
    ask = {"body": HEALTH, "purpose": "宣传", "lines": (CartLine(asset=LENS),), "window": later}
    story.when("submit_requests", as_=XIE_ASKS, **ask).refused(InAKit)


def test_a_promise_of_the_kit_is_kept_by_lending_the_kit() -> None:
    story, own = kit_of()
    reservation = (
        story.when("reserve_kit", body=HEALTH, window=WINDOW, **own)
        .then(KitPromised, *[Reserved] * 3)
        .answer["reservation"]
    )
    lend = own | {"borrower": HEALTH, "receiver": BY_WANG, "due": THURSDAY}
    story.when("lend_kit", at=TUESDAY, reservation=named_id("别的"), **lend).refused(Unknown)
    story.when("lend_kit", at=TUESDAY, reservation=reservation, **lend)
    assert story.refusal is None
    assert all(not story.thing(Asset, one).promises for one in PARTS)
    assert not story.thing(Kit, own["kit"]).reservations


def test_a_promise_of_the_kit_is_released_as_one_with_a_reason() -> None:
    story, own = kit_of()
    reservation = story.when("reserve_kit", body=HEALTH, window=WINDOW, **own).answer["reservation"]
    story.when("release_kit", reservation=reservation, **own).refused(ReasonMissing)
    story.when("release_kit", reservation=reservation, reason_="活动取消", **own).then(
        KitReleased, *[ReservationReleased] * 3
    )
    story.when("release_kit", reservation=reservation, reason_="活动取消", **own).refused(AlreadyDone)


def test_a_kit_has_one_place_among_those_who_collect_at_the_same_time() -> None:
    story, own = kit_of()
    terms = PickUp(deadline_working_days=5, slot_minutes=60, per_slot=1)
    story.when(
        "set_pick_up",
        scope=Scope(warehouse=WAREHOUSE),
        valid_from=MONDAY.date(),
        document="文号",
        terms=terms,
    )
    assert story.refusal is None, story.refusal
    reservation = story.when("reserve_kit", body=HEALTH, window=WINDOW, **own).answer["reservation"]
    other = {"asset": SPARE, "body": TAX, "window": WINDOW} | OWN
    story.when("reserve_asset", **other).refused(SlotFull)
    story.when("release_kit", reservation=reservation, reason_="活动取消", **own)
    story.when("reserve_asset", **other).then(Reserved)
    story.when("reserve_kit", body=HEALTH, window=WINDOW, **own).refused(SlotFull)


def test_no_body_is_promised_its_own_kit() -> None:
    story, own = kit_of()
    story.when("reserve_kit", body=EDUCATION, window=WINDOW, **own).refused(LendingToOneself)


def test_one_person_never_signs_both_sides_of_a_kit() -> None:
    story, own = kit_of()
    story.when("lend_kit", borrower=HEALTH, receiver=BY_WANG, giver=BY_WANG, due=FRIDAY, **own).refused(
        SamePerson
    )


def test_taking_a_member_out_changes_promises_to_come_but_never_a_loan_that_is_out() -> None:
    story, own = kit_of()
    reservation = story.when("reserve_kit", body=HEALTH, window=WINDOW, **own).answer["reservation"]
    story.when("remove_kit_member", asset=LENS, **own).refused(ReasonMissing)
    story.when("remove_kit_member", asset=LENS, reason_="损坏更换", **own).then(
        MemberRemoved, LeftKit, ReservationReleased
    )
    assert reservation not in story.thing(Asset, LENS).promises
    assert reservation in story.thing(Asset, TRIPOD).promises
    story, own, loan = lent_kit()
    story.when("remove_kit_member", asset=LENS, reason_="另作他用", **own).then(MemberRemoved, LeftKit)
    assert story.thing(Loan, loan).out[LENS] == 1
    assert loan in story.thing(Asset, LENS).outs
    story.when("remove_kit_member", asset=LENS, reason_="另作他用", **own).refused(NotInThisKit)


def test_the_last_member_stays_until_the_kit_is_dissolved() -> None:
    story, own = kit_of(members=(LENS,))
    story.when("remove_kit_member", asset=LENS, reason_="另作他用", **own).refused(InvalidValue)


def test_whoever_is_promised_the_kit_is_promised_what_joins_it() -> None:
    story, own = kit_of()
    reservation = story.when("reserve_kit", body=HEALTH, window=WINDOW, **own).answer["reservation"]
    story.when("add_kit_member", asset=SPARE, **own).then(MemberAdded, JoinedKit, Reserved)
    assert story.thing(Asset, SPARE).promises[reservation] == story.thing(Asset, LENS).promises[reservation]
    story, own = kit_of(
        on(SPARE, Reserved(reservation=named_id("预留"), body=TAX, quantity=1, window=WINDOW))
    )
    story.when("reserve_kit", body=HEALTH, window=WINDOW, **own)
    story.when("add_kit_member", asset=SPARE, **own).refused(NotFree, "asset")


def test_at_return_every_member_is_ticked_and_what_is_missing_makes_it_incomplete() -> None:
    story, own, loan = lent_kit()
    ticked = (ReturnLine(asset=CAMERA), ReturnLine(asset=TRIPOD))
    story.when("take_back_kit", lines=ticked, place=WAREHOUSE, giver=BY_WANG, **own)
    assert story.fact(KitTicked) == KitTicked(back=(CAMERA, TRIPOD), missing=(LENS,))
    assert story.fact(CaseOpened) == CaseOpened(case="missing_from_kit")
    assert story.thing(Loan, loan).out == {LENS: 1}, "its line is still open"
    assert story.thing(Kit, own["kit"]).missing == {LENS}
    story.when("lend_kit", borrower=TAX, receiver=BY_WANG, due=WEDNESDAY, **own).refused(OnLoan)


def test_a_missing_member_that_comes_back_by_itself_completes_its_kit() -> None:
    story, own, loan = lent_kit()
    story.when(
        "take_back_kit", lines=(ReturnLine(asset=CAMERA), ReturnLine(asset=TRIPOD)), place=WAREHOUSE, **own
    )
    story.when("take_back", lines=(ReturnLine(asset=LENS),), place=WAREHOUSE, **OWN)
    assert story.fact(MemberCameBack).asset == LENS
    assert not story.thing(Kit, own["kit"]).missing
    assert story.thing(Loan, loan).closed


def test_a_complete_return_closes_the_loan_and_the_kit_can_go_out_again() -> None:
    story, own, loan = lent_kit()
    back = tuple(ReturnLine(asset=one) for one in PARTS)
    story.when("take_back_kit", lines=back, place=WAREHOUSE, giver=BY_WANG, **own)
    assert {type(row.fact) for row in story.new} >= {Returned, LineReturned, KitTicked}
    assert story.thing(Loan, loan).closed
    story.when("lend_kit", borrower=LANZHOU_FINANCE, receiver=BY_WANG, due=FRIDAY, **own)
    assert story.refusal is None


def test_what_is_no_member_is_not_ticked_with_the_kit() -> None:
    story, own, _ = lent_kit()
    story.when("take_back_kit", lines=(ReturnLine(asset=SPARE),), place=WAREHOUSE, **own).refused(
        NotInThisKit, "lines.0"
    )


def test_a_kit_moves_as_one() -> None:
    story, own = kit_of()
    story.when("move_kit", place=BIN_A1, **own).then(*[Moved] * 3)
    assert {story.thing(Asset, one).place for one in PARTS} == {BIN_A1}
    story, own, _ = lent_kit()
    story.when("move_kit", place=BIN_A1, **own).refused(MemberNotHere, "kit")


def test_a_kit_is_offered_as_one() -> None:
    story, own = kit_of()
    story.when("list_kit", **own).then(*[Listed] * 3)
    story.when("withdraw_kit", **own).refused(ReasonMissing)
    story.when("withdraw_kit", reason_="自用", **own).then(*[ListingWithdrawn] * 3)
    story.when("withdraw_kit", reason_="自用", **own).refused(NotListed, "kit")
    story, own = kit_of(on(LENS, MissingReported(liable=EDUCATION)))
    story.when("list_kit", **own).refused("NOT_IN_CUSTODY")


def test_a_kit_is_renamed_and_taken_apart_only_while_it_is_idle() -> None:
    story, own = kit_of()
    story.when("rename_kit", name="外拍套装", **own).then(KitRenamed)
    story.when("rename_kit", name="外拍套装", **own).then()
    reservation = story.when("reserve_kit", body=HEALTH, window=WINDOW, **own).answer["reservation"]
    story.when("dissolve_kit", **own).refused(KitInUse)
    story.when("release_kit", reservation=reservation, reason_="活动取消", **own)
    story.when("dissolve_kit", **own).then(KitTakenApart, *[LeftKit] * 3)
    story.when("rename_kit", name="又一套", **own).refused(KitDissolved)
    story, own, _ = lent_kit()
    story.when("dissolve_kit", **own).refused(KitInUse)


def test_a_kit_is_as_free_as_its_scarcest_member() -> None:
    story, own = kit_of()

    def together(window: Window) -> int:
        members = story.thing(Kit, own["kit"]).members
        return scarcest(story.thing(Asset, one).free(window, story.now) for one in members)

    assert together(WINDOW) == 1
    story.given(on(LENS, Reserved(reservation=named_id("预留"), body=TAX, quantity=1, window=WINDOW)))
    assert together(WINDOW) == 0
    assert together(Window(FRIDAY, FRIDAY + timedelta(days=1))) == 1


def test_a_member_handed_out_alone_while_nobody_could_ask_is_a_breach() -> None:
    story, own = kit_of()
    story.when("reserve_kit", body=TAX, window=WINDOW, **own)
    early = TUESDAY - timedelta(hours=1)
    alone = {"lines": (LoanLine(LENS, 1),), "borrower": HEALTH, "receiver": BY_XIE, "due": early}
    story.when("lend", at=MONDAY + timedelta(hours=1), already_happened=True, **OWN, **alone)
    assert "breach:IN_A_KIT" in {row.fact.case for row in story.new if isinstance(row.fact, CaseOpened)}


def story_account(story: Story) -> list[Any]:
    """What a loan records on the borrower's account besides."""
    return [row.fact for row in story.new if row.fact.TOPIC.startswith(("borrower", "account"))]


# Whatever happens, in whatever order.

ALL = (*PARTS, SPARE)
WINDOWS = (WINDOW, Window(TUESDAY, WEDNESDAY), Window(WEDNESDAY, FRIDAY))


def must_be_whole(story: Story, kit: Kit) -> None:
    """Whoever belongs to it says so, and what binds the kit binds all of it."""
    members = [story.thing(Asset, one) for one in kit.members]
    assert all(member.kit == kit.id for member in members)
    assert {one for one in ALL if story.thing(Asset, one).kit == kit.id} == {*kit.members}
    for paper in kit.promised(members, story.now):
        assert all(paper in member.promises for member in members), "all or none"
    for one in ALL:
        asset = story.thing(Asset, one)
        assert len(asset.outs) <= 1
        assert all(
            free(1, asset.claims(story.now), promise.window) >= 0 for promise in asset.promises.values()
        )


def something(data: st.DataObject, kit: UUID) -> tuple[str, dict[str, Any]]:
    """One of the things that people do with a kit and its members."""
    asset, window = data.draw(st.sampled_from(ALL)), data.draw(st.sampled_from(WINDOWS))
    body = data.draw(st.sampled_from((HEALTH, TAX)))
    some = data.draw(st.lists(st.sampled_from(ALL), min_size=1, max_size=4, unique=True))
    lend = {"borrower": body, "receiver": BY_WANG, "due": FRIDAY}
    back = {"lines": tuple(ReturnLine(asset=one) for one in some), "place": WAREHOUSE}
    said: dict[str, dict[str, Any]] = {
        "add_kit_member": {"kit": kit, "asset": asset},
        "remove_kit_member": {"kit": kit, "asset": asset, "reason_": "调整"},
        "reserve_kit": {"kit": kit, "body": body, "window": window},
        "lend_kit": {"kit": kit, **lend},
        "take_back_kit": {"kit": kit, **back},
        "take_back": back,
        "reserve_asset": {"asset": asset, "body": body, "window": window},
        "lend": {"lines": (LoanLine(asset, 1),), **lend},
        "dissolve_kit": {"kit": kit},
    }
    name = data.draw(st.sampled_from(sorted(said)))
    return name, said[name]


@anything(st.data())
@settings(max_examples=at_most(60), deadline=None)
def test_whatever_happens_a_kit_is_promised_and_lent_as_a_whole(data: st.DataObject) -> None:
    story, own = kit_of()
    for _ in range(data.draw(st.integers(1, 14))):
        kit = story.thing(Kit, own["kit"])
        members = [story.thing(Asset, one) for one in kit.members]
        name, said = something(data, kit.id)
        story.when(name, at=story.now + timedelta(hours=data.draw(st.integers(1, 20))), **OWN, **said)
        if name in {"lend", "reserve_asset"} and story.refusal is None:
            one = said["asset"] if name == "reserve_asset" else said["lines"][0].asset
            busy = kit.promised(members, story.now) or kit.out_on(members)
            assert one not in kit.members or not busy, "a member went alone"
        must_be_whole(story, story.thing(Kit, own["kit"]))
