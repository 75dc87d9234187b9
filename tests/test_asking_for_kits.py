"""A kit that is asked for is held, decided, scanned and handed over whole, or not at all; none of it goes anywhere alone meanwhile."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from domain.asset import Asset
from domain.life.kits import JoinedKit
from domain.life.pooling import Held, Listed, Reserved
from domain.life.repairing import RepairBegun
from domain.papers.demand import DemandEntered
from domain.papers.emergency import EmergencyLine
from domain.papers.kit import (
    InAKit,
    Kit,
    KitAskedFor,
    KitDissolved,
    KitInUse,
    KitLent,
    KitTicked,
    MemberAdded,
    MemberNotHere,
    is_in_use,
)
from domain.papers.loan import Loan, LoanLine
from domain.papers.request import RequestDisplaced, RequestState, RequestSubmitted
from domain.papers.request_reasons import CancelReason
from domain.policies import InRepair
from domain.refusals import InvalidValue, Unknown
from domain.terms import Form
from domain.usecases.approving import LineCut
from domain.usecases.choosing import AlreadyRequested, NotOffered
from domain.usecases.handing_over import NotAllPicked
from domain.usecases.kit_lines import KitChanged, KitGoesWhole
from domain.usecases.picking import NotForThisRequest, progress
from domain.usecases.pooling import NotFree, NotListed, PromisedOnPaper
from domain.usecases.request_rules import permitted_on_request
from domain.usecases.requesting import CartLine
from domain.usecases.returning import ReturnLine
from domain.values import Window
from tests.asking import ASKING, LEI_APPROVES, MIDWEEK, NIU_APPROVES, of, paper, some, wish
from tests.examples import (
    ANA_KEEPS,
    CHEN_MANAGES,
    FANG_ASKS,
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
from tests.goods import CHAIRS, LAPTOP, book, card, said
from tests.properties import at_most
from tests.store_room import BY_WANG
from tests.story import LONG_AGO, Story, given, on
from tests.test_emergency import decided as ordered
from tests.test_emergency import emergency, order
from tests.test_kits import OWN, PARTS, SPARE, SPARE_LENS
from tests.test_permitted_on_request import looks

CAMERA, LENS, TRIPOD = PARTS
THINGS = [
    card(one, said(name, worth=book("200")), place=WAREHOUSE)
    for one, name in zip(PARTS, ("相机", "镜头", "三脚架"), strict=True)
]
LISTED = [
    on(one, Listed(listing=named_id(f"上架:{one}"), loan=True, transfer=True), at=LONG_AGO) for one in PARTS
]
LATER = Window(FRIDAY, FRIDAY + timedelta(days=1))


def in_store(*more: Any) -> tuple[Story, UUID]:
    """A kit of three on offer, and a spare lens that is not."""
    story = given(ASKING, THINGS, SPARE_LENS, LISTED, *more)
    story.when("make_kit", name="摄影套装", members=PARTS, **OWN)
    assert story.refusal is None, story.refusal
    return story, story.answer["kit"]


def asked(*more: Any, before: Any = (), **other: Any) -> tuple[Story, UUID, UUID]:
    """The health department has asked for the kit (and more): the story, the kit and the request."""
    story, kit = in_store(before)
    story.when("submit_requests", **wish(CartLine(kit=kit), *more, **other))
    assert story.refusal is None, f"{story.refusal!r} {story.refusal.path}"
    return story, kit, story.answer["requests"][0]


def approved(*more: Any, before: Any = ()) -> tuple[Story, UUID, UUID]:
    story, kit, request = asked(*more, before=before)
    for who in (LEI_APPROVES, NIU_APPROVES):
        story.when("approve_request", as_=who, request=request)
        assert story.refusal is None, f"{story.refusal!r}"
    return story, kit, request


def scan(story: Story, request: UUID, *assets: UUID) -> Story:
    for one in assets:
        story.when("pick_unit", as_=ANA_KEEPS, request=request, asset=one)
    return story


def hand_over(story: Story, request: UUID, **more: Any) -> Story:
    return story.when("hand_over_request", at=TUESDAY, request=request, receiver=BY_WANG, **(OWN | more))


def all_carry(story: Story, request: UUID) -> bool:
    """All members carry its promise; `False`: none does."""
    carried = {request in story.thing(Asset, one).promises for one in PARTS}
    assert len(carried) == 1, "all or none"
    return carried.pop()


# Asking.


def test_a_kit_is_one_line_of_a_request_and_all_its_members_are_held() -> None:
    story, kit, request = asked()
    story.then(RequestSubmitted, *[Held] * 3, KitAskedFor)
    [line] = paper(story, request).lines
    assert (line.kit, line.kit_name, line.quantity) == (kit, "摄影套装", 3)
    assert {*paper(story, request).units} == {*PARTS}
    assert all_carry(story, request)
    assert paper(story, request).items[1].name == "0 摄影套装"


def test_a_kit_stands_in_a_cart_beside_other_things_which_never_take_its_members() -> None:
    story, _, request = asked(of(LAPTOP), some(2))
    lines = paper(story, request).units
    assert {asset for asset, (line, _) in lines.items() if line == 0} == {*PARTS}
    assert not {asset for asset, (line, _) in lines.items() if line != 0} & {*PARTS}


@pytest.mark.parametrize(
    "line",
    [{"asset": LAPTOP}, {"quantity": 2}, {"warehouse": HEALTH}],
    ids=["a thing too", "two", "elsewhere"],
)
def test_a_line_is_for_one_kit_and_nothing_else(line: dict[str, Any]) -> None:
    story, kit = in_store()
    story.when("submit_requests", **wish(CartLine(kit=kit, **line))).refused(InvalidValue)


def test_a_member_is_not_asked_for_beside_its_kit_nor_the_kit_twice() -> None:
    story, kit = in_store()
    for other in (of(LENS), CartLine(kit=kit)):
        story.when("submit_requests", **wish(CartLine(kit=kit), other)).refused(InvalidValue, "lines.0.kit")
    story.when("submit_requests", **wish(CartLine(kit=LAPTOP))).refused(Unknown, "lines.0.kit")


def test_whoever_is_in_the_way_of_a_kit_is_named() -> None:
    story, kit = in_store(on(TRIPOD, RepairBegun(repair=named_id("维修单"))))
    story.when("submit_requests", **wish(CartLine(kit=kit))).refused(InRepair, "lines.0")
    assert story.refusal is not None
    assert story.refusal.values["asset"] == story.thing(Asset, TRIPOD).number
    story, kit = in_store(
        on(LENS, Reserved(reservation=named_id("预留"), body=TAX, quantity=1, window=MIDWEEK))
    )
    story.when("submit_requests", **wish(CartLine(kit=kit))).refused(NotFree, "lines.0")
    assert story.refusal is not None
    assert story.refusal.values["asset"] == story.thing(Asset, LENS).number
    assert story.refusal.values["by"], "who has it then"
    story.when("submit_requests", **wish(CartLine(kit=kit), window=LATER))
    assert story.refusal is None, "the scarcest member is free by then"


def test_in_part_a_cart_goes_without_the_kit_and_never_with_a_part_of_it() -> None:
    story, kit = in_store(
        on(LENS, Reserved(reservation=named_id("预留"), body=TAX, quantity=1, window=MIDWEEK))
    )
    story.when("submit_requests", **wish(CartLine(kit=kit), of(LAPTOP), partly=True))
    [request] = story.answer["requests"]
    assert {*paper(story, request).units} == {LAPTOP}
    assert not all_carry(story, request)
    story.when("submit_requests", **wish(CartLine(kit=kit), partly=True)).refused(NotFree)


def test_a_kit_is_on_offer_when_all_of_it_is_and_only_to_be_lent() -> None:
    story = given(ASKING, THINGS, LISTED[:2]).when("make_kit", name="摄影套装", members=PARTS, **OWN)
    kit = story.answer["kit"]
    story.when("submit_requests", **wish(CartLine(kit=kit))).refused(NotListed, "lines.0")
    assert story.refusal is not None
    assert story.refusal.values["asset"] == str(kit), "nothing is told of what is not on offer"
    story, kit = in_store()
    story.when("submit_requests", **wish(CartLine(kit=kit), form=Form.TRANSFER, window=None)).refused(
        NotOffered
    )


def test_a_kit_that_lies_in_two_places_is_not_asked_for_as_one() -> None:
    far = named_id("三脚架在外")
    away = [
        card(far, said("三脚架"), place=None),
        on(far, Listed(listing=named_id("上架:外"), loan=True), at=LONG_AGO),
    ]
    story = given(ASKING, THINGS, LISTED, away)
    story.when("make_kit", name="两处", members=(CAMERA, far), as_=CHEN_MANAGES)
    assert story.refusal is None
    story.when("submit_requests", **wish(CartLine(kit=story.answer["kit"]))).refused(MemberNotHere, "lines.0")


def test_a_body_asks_for_a_kit_once_in_that_time() -> None:
    story, kit, _ = asked()
    story.when("submit_requests", **wish(CartLine(kit=kit))).refused(AlreadyRequested, "lines.0")


def test_a_kit_promised_for_one_time_is_asked_for_in_another() -> None:
    story, kit, _ = approved()
    story.when("submit_requests", **wish(CartLine(kit=kit), window=LATER))
    assert story.refusal is None


# While it is held and promised.


@pytest.mark.parametrize("how", [asked, approved], ids=["held", "promised"])
def test_a_member_is_not_lent_alone_while_its_kit_is_promised_to_a_request(how: Any) -> None:
    story, kit, request = how()
    before, keeper = TUESDAY - timedelta(hours=1), dict(OWN)
    alone = keeper | {"lines": (LoanLine(LENS, 1),), "borrower": HEALTH}
    story.when("lend", due=before, receiver=BY_WANG, **alone).refused(InAKit)
    story.when("lend", due=THURSDAY, receiver=BY_WANG, reservation=request, **alone).refused(InAKit)
    story.when("dispatch", due=before, carrier="顺丰", **alone).refused(InAKit)
    story.when("reserve_asset", asset=LENS, body=TAX, window=LATER, **keeper).refused(InAKit)
    story.when("release_reservation", asset=LENS, reservation=request, reason_="不用了", **keeper).refused(
        InAKit
    )
    story.when("submit_requests", **wish(of(LENS), window=LATER)).refused(InAKit)
    story.when("dissolve_kit", kit=kit, **keeper).refused(KitInUse)
    story.when("release_kit", kit=kit, reservation=request, reason_="不用了", **keeper).refused(
        PromisedOnPaper
    )
    lend = {"kit": kit, "borrower": HEALTH, "receiver": BY_WANG, "due": THURSDAY}
    story.when("lend_kit", reservation=request, **lend, **keeper).refused(PromisedOnPaper)
    assert all_carry(story, request)
    story.when("cancel_request", as_=wish()["as_"], request=request, why=CancelReason.NOT_NEEDED)
    assert story.refusal is None
    story.when("lend", due=before, receiver=BY_WANG, **alone)
    assert story.refusal is None, "its kit is idle again"


def test_every_step_asks_for_all_members_again() -> None:
    story, _, request = asked(of(LAPTOP))
    story.given(on(TRIPOD, RepairBegun(repair=named_id("维修单"))))
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(InRepair, "lines.0")
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(0, 0),))
    assert story.refusal is None, "without the kit it goes on"
    assert not all_carry(story, request)
    assert paper(story, request).state is RequestState.CHANGED


def test_a_cut_takes_the_whole_kit_or_nothing_of_it() -> None:
    story, kit, request = asked(of(CHAIRS, 4))
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(0, 2),)).refused(
        KitGoesWhole, "cuts.0.quantity"
    )
    story.when("approve_request", as_=LEI_APPROVES, request=request, cuts=(LineCut(1, 2),))
    assert all_carry(story, request)
    story.when("accept_change", as_=wish()["as_"], request=request)
    story.when("approve_request", as_=NIU_APPROVES, request=request, cuts=(LineCut(0, 0),))
    assert story.refusal is None
    assert not all_carry(story, request)
    story.when("accept_change", as_=wish()["as_"], request=request)
    assert paper(story, request).state is RequestState.APPROVED
    story.when("remove_kit_member", kit=kit, asset=LENS, reason_="另作他用", **OWN)
    story.when("pick_unit", request=request, asset=CHAIRS, quantity=2, **OWN)
    hand_over(story, request)
    assert story.refusal is None, "what became of the kit is nothing to it any more"


@pytest.mark.parametrize("change", ["removed", "added"])
def test_a_kit_that_is_not_what_it_was_is_asked_for_again(change: str) -> None:
    story, kit, request = asked()
    if change == "removed":
        story.when("remove_kit_member", kit=kit, asset=LENS, reason_="损坏", **OWN)
    else:
        story.when("add_kit_member", kit=kit, asset=SPARE, **OWN)
    assert story.refusal is None
    assert all_carry(story, request), "until it is over it holds what it asked for"
    assert request not in story.thing(Asset, SPARE).promises
    story.when("approve_request", as_=LEI_APPROVES, request=request).refused(KitChanged, "lines.0")
    may = permitted_on_request(looks(story, LEI_APPROVES), paper(story, request))
    assert isinstance(may["approve_request"], KitChanged), "the screen says so before"
    back: dict[str, dict[str, Any]] = {
        "remove_kit_member": {"asset": SPARE, "reason_": "恢复"},
        "add_kit_member": {"asset": LENS},
    }
    undo = "add_kit_member" if change == "removed" else "remove_kit_member"
    story.when(undo, kit=kit, **back[undo], **OWN)
    story.when("approve_request", as_=LEI_APPROVES, request=request)
    assert story.refusal is None, "it is what it was again"


def test_a_kit_that_changed_after_the_approval_is_neither_scanned_nor_handed_over() -> None:
    story, kit, request = approved()
    scan(story, request, *PARTS)
    story.when("add_kit_member", kit=kit, asset=SPARE, **OWN)
    hand_over(story, request).refused(KitChanged)
    story, kit, request = approved()
    story.when("add_kit_member", kit=kit, asset=SPARE, **OWN)
    scan(story, request, LENS).refused(KitChanged, "asset")


def test_what_was_taken_out_of_a_promised_kit_is_not_lent_alone_on_that_promise() -> None:
    story, kit, request = approved()
    story.when("remove_kit_member", kit=kit, asset=LENS, reason_="损坏", **OWN)
    alone = {"lines": (LoanLine(LENS, 1),), "borrower": HEALTH, "receiver": BY_WANG, "due": THURSDAY} | OWN
    story.when("lend", **alone).refused(KitGoesWhole)
    story.when("lend", reservation=request, **alone).refused(KitGoesWhole)


def test_a_kit_that_was_taken_apart_after_its_hold_ran_out_is_not_approved() -> None:
    story, kit, request = asked(window=Window(FRIDAY + timedelta(days=30), FRIDAY + timedelta(days=31)))
    late = paper(story, request).due
    assert late is not None
    late += timedelta(minutes=1)
    story.when("dissolve_kit", kit=kit, at=late, **OWN)
    assert story.refusal is None, "nobody holds it any more"
    story.when("approve_request", at=late, as_=LEI_APPROVES, request=request).refused(KitDissolved)


def test_a_member_put_into_the_kit_while_it_is_being_approved_is_seen() -> None:
    story, kit, request = asked()
    joined = (on(kit, MemberAdded(asset=SPARE)), on(SPARE, JoinedKit(kit=kit)))
    story.when("approve_request", as_=LEI_APPROVES, request=request, meanwhile_=joined).refused(KitChanged)


def test_whoever_loses_a_member_loses_the_kit_and_nobody_queues_for_kits() -> None:
    story, _, request = asked(of(LAPTOP))
    story.when("take_back_listing", asset=LENS, as_=CHEN_MANAGES, reason_="自用")
    assert story.refusal is None, f"{story.refusal!r}"
    assert {unit.asset for unit in story.fact(RequestDisplaced).units} == {*PARTS}
    assert not all_carry(story, request)
    assert {*paper(story, request).units} == {LAPTOP}
    assert not [row for row in story.new if isinstance(row.fact, DemandEntered)]


def test_a_nearer_ring_that_asks_for_the_kit_takes_all_of_it() -> None:
    story, kit = in_store()
    story.when(
        "submit_requests", **wish(CartLine(kit=kit), of(CHAIRS, 2), as_=FANG_ASKS, body=LANZHOU_FINANCE)
    )
    far = story.answer["requests"][0]
    story.when("submit_requests", **wish(of(LENS))).refused(InAKit)
    story.when("submit_requests", **wish(CartLine(kit=kit)))
    near = story.answer["requests"][0]
    assert {unit.asset for unit in story.fact(RequestDisplaced).units} == {*PARTS}
    assert all_carry(story, near)
    assert not all_carry(story, far)
    assert {*paper(story, far).units} == {CHAIRS}, "the chairs are still held"


def test_an_emergency_that_takes_a_member_takes_the_kit_from_who_asked_for_it() -> None:
    the_lens = EmergencyLine(quantity=1, asset=LENS)
    story, _, request = approved(before=ordered(the_lens))
    order(story, the_lens, window=MIDWEEK)
    assert story.refusal is None, f"{story.refusal!r}"
    assert [unit.asset for unit in emergency(story).units] == [LENS]
    assert {unit.asset for unit in story.fact(RequestDisplaced).units} == {*PARTS}
    assert not all_carry(story, request)
    assert paper(story, request).state is RequestState.DISPLACED
    story, _, request = approved(before=ordered(the_lens))
    order(story, the_lens, window=LATER)
    assert not emergency(story).units, "a kit that is promised for another time stays together"
    assert all_carry(story, request)


# At the counter.


def test_members_are_scanned_one_by_one_and_the_kit_goes_out_on_one_loan_and_comes_back_ticked() -> None:
    story, kit, request = approved()
    scan(story, request, CAMERA, LENS)
    assert progress(paper(story, request)) == {0: (2, 3)}
    hand_over(story, request).refused(NotAllPicked)
    hand_over(story, request, partly=True).refused(KitGoesWhole)
    scan(story, request, TRIPOD)
    assert progress(paper(story, request)) == {0: (3, 3)}
    loan = hand_over(story, request).answer["loan"]
    assert story.fact(KitLent) == KitLent(loan=loan, reservation=request)
    assert story.thing(Loan, loan).out == dict.fromkeys(PARTS, 1)
    assert paper(story, request).state is RequestState.FULFILLED
    story.when("lend", lines=(LoanLine(LENS, 1),), borrower=TAX, receiver=BY_WANG, due=FRIDAY, **OWN).refused(
        "ON_LOAN"
    )
    back = (ReturnLine(asset=CAMERA), ReturnLine(asset=TRIPOD))
    story.when("take_back_kit", at=WEDNESDAY, kit=kit, lines=back, place=WAREHOUSE, giver=BY_WANG, **OWN)
    assert story.fact(KitTicked) == KitTicked(back=(CAMERA, TRIPOD), missing=(LENS,))
    assert story.thing(Kit, kit).missing == {LENS}
    assert story.thing(Loan, loan).out == {LENS: 1}


def test_nothing_takes_the_place_of_a_member_and_a_member_takes_the_place_of_nothing() -> None:
    spare_on_offer = on(SPARE, Listed(listing=named_id("上架:备用"), loan=True), at=LONG_AGO)
    story, _, request = approved(before=spare_on_offer)
    scan(story, request, SPARE).refused(NotForThisRequest)
    assert {*paper(story, request).units} == {*PARTS}


def test_in_part_the_rest_goes_without_the_kit_which_follows_whole() -> None:
    story, kit, request = approved(of(LAPTOP))
    scan(story, request, LAPTOP)
    first = hand_over(story, request, partly=True).answer["loan"]
    assert story.thing(Loan, first).out == {LAPTOP: 1}
    assert all_carry(story, request)
    scan(story, request, *PARTS)
    second = hand_over(story, request).answer["loan"]
    assert story.thing(Kit, kit).loans == {second}
    assert paper(story, request).state is RequestState.FULFILLED


def test_a_kit_goes_with_a_carrier_too() -> None:
    story, _, request = approved()
    scan(story, request, *PARTS)
    story.when("hand_over_request", at=TUESDAY, request=request, carrier="顺丰速运", **OWN)
    assert story.fact(KitLent).reservation == request


# Whatever happens, in whatever order.

ALL = (*PARTS, SPARE)


def something(
    data: st.DataObject, story: Story, kit: UUID, requests: list[UUID]
) -> tuple[str, dict[str, Any]]:
    """One of the things that people do with a kit, its members, and the requests that ask for it."""
    asset, body = data.draw(st.sampled_from(ALL)), data.draw(st.sampled_from((HEALTH, TAX)))
    window = data.draw(st.sampled_from((MIDWEEK, LATER)))
    request = data.draw(st.sampled_from(requests)) if requests else kit
    lend = {"borrower": body, "receiver": BY_WANG, "due": FRIDAY}
    said: dict[str, dict[str, Any]] = {
        "submit_requests": {
            **wish(CartLine(kit=kit), of(LAPTOP)),
            "window": window,
            "partly": data.draw(st.booleans()),
        },
        "approve_request": {
            "request": request,
            "as_": data.draw(st.sampled_from((LEI_APPROVES, NIU_APPROVES))),
        },
        "cancel_request": {"request": request, "as_": wish()["as_"], "why": CancelReason.NOT_NEEDED},
        "pick_unit": {"request": request, "asset": asset},
        "unpick_unit": {"request": request, "asset": asset},
        "hand_over_request": {"request": request, "receiver": BY_WANG, "partly": data.draw(st.booleans())},
        "take_back_listing": {"asset": asset, "as_": CHEN_MANAGES, "reason_": "自用"},
        "add_kit_member": {"kit": kit, "asset": asset},
        "remove_kit_member": {"kit": kit, "asset": asset, "reason_": "调整"},
        "lend_kit": {"kit": kit, **lend},
        "take_back": {"lines": (ReturnLine(asset=asset),), "place": WAREHOUSE},
        "reserve_asset": {"asset": asset, "body": body, "window": window},
        "lend": {"lines": (LoanLine(asset, 1),), **lend},
    }
    counter = ("pick_unit",) * 4 + ("hand_over_request",) * 2 + ("approve_request",) * 2
    name = data.draw(st.sampled_from([*sorted(said), *counter]))
    return name, OWN | said[name]


@anything(st.data())
@settings(max_examples=at_most(60), deadline=None)
def test_whatever_happens_a_kit_in_a_request_is_held_and_handed_over_as_a_whole(data: st.DataObject) -> None:
    story, kit, first = data.draw(st.sampled_from((asked, approved)))(of(LAPTOP))
    requests = [first]
    for _ in range(data.draw(st.integers(4, 24))):
        busy = looks(story, ANA_KEEPS)
        in_use = is_in_use(busy, busy.load(Kit, kit))
        members = {*story.thing(Kit, kit).members}
        if data.draw(st.integers(0, 3)) == 0:  # somebody scans all that is there
            scan(story, requests[-1], *paper(story, requests[-1]).units)
        name, said = something(data, story, kit, requests)
        story.when(
            name, at=story.now + timedelta(minutes=data.draw(st.sampled_from((1, 1, 1, 60, 600)))), **said
        )
        if story.refusal is None:
            requests += story.answer.get("requests", ()) if name == "submit_requests" else ()
            if name in {"lend", "reserve_asset"}:
                one = said["asset"] if name == "reserve_asset" else said["lines"][0].asset
                assert one not in members or not in_use, "a member went alone"
        for request in requests:
            must_be_whole(story, request)


def must_be_whole(story: Story, request: UUID) -> None:
    """Of a kit that a request asks for it has all, or nothing."""
    one = paper(story, request)
    for n, line in enumerate(one.lines):
        if line.kit is not None:
            held = {asset for asset, (of, _) in one.units.items() if of == n}
            assert len(held) in {0, line.quantity}, (held, line)
            assert sum(of == n for of in one.given.values()) in {0, line.quantity}
            assert all(request in story.thing(Asset, asset).promises for asset in held)
