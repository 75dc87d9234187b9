"""What physically happened lands, in whatever state the papers are; a case asks what nobody can know yet."""

from datetime import date
from typing import Any
from uuid import UUID

from domain.asset import Asset, CustodyKind, Existence, Flag
from domain.body import BodyMerged, BodyTookIn
from domain.life.disposing import Deregistered, DisposalSettled, LeftForGood
from domain.life.keeping import CaseOpened, MissingReported
from domain.life.lending import CameBack, Dispatched, Received
from domain.life.registering import CardNumber, Source, TakenOver, TakeOverUndone
from domain.life.repairing import RepairBegun, SentForRepair
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import ArrivedOnTransfer, BackFromTransfer, HeldForTransfer
from domain.papers.intake import CameLine, IntakeLine, IntakeMode, IntakeSource
from domain.papers.loan import Loan, LoanLine, LoanOpened, LoanReceived
from domain.papers.outside_decision import (
    DecisionRecorded,
    DecisionTakenBack,
    DecisionVerified,
    ListItem,
    Matter,
)
from domain.papers.repair_order import RepairOrdered, RepairSent
from domain.papers.slip import SlipIssued
from domain.papers.transfer import Basis, Side, Transfer, TransferClosed, TransferLineEnded, TransferProposed
from domain.place import PlaceClosed, PlaceOutOfUse, PlaceTakenOutOfUse
from domain.usecases.passing_on import TransferArrival
from domain.usecases.returning import ReturnLine
from domain.values import Condition, Role
from tests.examples import (
    ANA_KEEPS,
    BEN_ASKS,
    BIN_A1,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    FRIDAY,
    HEALTH,
    LAST_FRIDAY,
    OFFICES,
    STORES_COMPANY,
    WAREHOUSE,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, book, card, cny, said
from tests.store_room import (
    BAI,
    BAI_MANAGES,
    LOAN,
    STORE_ROOM,
    TEN_CHAIRS,
    XIE,
    XIE_ASKS,
    by_hand,
    lent,
)
from tests.story import LONG_AGO, Story, given, on

PAPER, REPAIR, DECISION = named_id("别的单据"), named_id("维修单"), named_id("批复")
IN_STORE = card(LAPTOP, said(worth=book("6999")), place=WAREHOUSE)
GONE = [
    on(
        LAPTOP,
        LeftForGood(disposal=PAPER, to_body=STORES_COMPANY),
        Deregistered(disposal=PAPER),
        at=LAST_FRIDAY,
    ),
    on(LAPTOP, DisposalSettled(disposal=PAPER), at=LAST_FRIDAY),
]
AT_THE_WORKSHOP = [
    on(REPAIR, RepairOrdered(asset=LAPTOP, workshop=STORES_COMPANY, fault="屏幕"), at=LAST_FRIDAY),
    on(REPAIR, RepairSent(giver=by_hand(BAI)), at=LAST_FRIDAY),
    on(
        LAPTOP,
        RepairBegun(repair=REPAIR),
        SentForRepair(repair=REPAIR, workshop=STORES_COMPANY),
        at=LAST_FRIDAY,
    ),
]


PROPOSED = TransferProposed(
    giver=EDUCATION, receiver=HEALTH, basis=Basis.REDISTRIBUTION, items=(ListItem(asset=LAPTOP),), list_hash="", authorities=()
)  # fmt: skip


def ground(*steps: Any) -> Story:
    return given(STORE_ROOM, IN_STORE, TEN_CHAIRS, *steps)


def agreed(story: Story, asset: UUID = LAPTOP) -> UUID:
    """A transfer to the health commission that everybody agreed to."""
    story.when("propose_transfer", as_=BEN_ASKS, lines=(LoanLine(asset, 1),), receiver=HEALTH)
    paper: UUID = story.answer["transfer"]
    story.when("consent_to_transfer", as_=CHEN_MANAGES, transfer=paper, side=Side.GIVER)
    story.when("consent_to_transfer", as_=BAI_MANAGES, transfer=paper, side=Side.RECEIVER)
    story.when("approve_transfer", as_=DING_APPROVES, transfer=paper, authority=OFFICES)
    assert story.refusal is None, story.refusal
    return paper


def test_a_thing_whose_import_was_taken_back_still_comes_back() -> None:
    taken_over = TakenOver(
        said=said("投影仪", worth=book("5000")), number="GW1", holder=EDUCATION, source=Source("ab" * 32, 1, LONG_AGO),
        card=CardNumber("finance", "1"),
    )  # fmt: skip
    thing = named_id("投影仪")
    story = given(STORE_ROOM, on(thing, taken_over, at=LONG_AGO), on(thing, TakeOverUndone(file="ab" * 32)))
    story.when("take_back", as_=ANA_KEEPS, lines=(ReturnLine(asset=thing),), place=WAREHOUSE)
    story.then((thing, CameBack), (thing, CaseOpened), SlipIssued)


def test_what_is_lost_at_the_workshop_or_on_the_way_is_missing() -> None:
    story = (
        ground(AT_THE_WORKSHOP).when("report_missing", as_=CHEN_MANAGES, asset=LAPTOP).then(MissingReported)
    )
    assert story.thing(Asset, LAPTOP).custody.body == STORES_COMPANY
    story = ground()
    paper = agreed(story)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺丰")
    story.when("report_missing", as_=CHEN_MANAGES, asset=LAPTOP).then(MissingReported)
    assert story.thing(Asset, LAPTOP).custody.body == EDUCATION
    short = (TransferArrival(asset=LAPTOP, accepted=0, short=1),)
    story.when("accept_transfer", as_=XIE_ASKS, transfer=paper, lines=short)
    assert story.thing(Transfer, paper).closed


def test_of_a_lot_that_is_partly_lent_the_rest_can_go_missing() -> None:
    story = ground(lent(CHAIRS, 4)).when("report_missing", as_=ANA_KEEPS, asset=CHAIRS)
    story.then((CHAIRS, SplitOff), SplitFrom, MissingReported)
    chairs, part = story.thing(Asset, CHAIRS), story.thing(Asset, story.answer["asset"])
    assert (chairs.quantity, chairs.here, part.quantity) == (4, 0, 6)
    assert part.custody.kind is CustodyKind.UNACCOUNTED
    assert part.book
    assert chairs.book
    assert part.book.original + chairs.book.original == book("1000").original


def test_what_was_written_off_and_turns_up_is_found_with_a_case() -> None:
    story = ground(GONE).when(
        "report_found", as_=ANA_KEEPS, asset=LAPTOP, place=WAREHOUSE, condition=Condition.WORN
    )
    story.then(CameBack, CaseOpened)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.existence, laptop.place, laptop.physically_gone) == (
        Existence.WRITTEN_OFF,
        WAREHOUSE,
        False,
    )


def test_what_had_left_for_good_and_is_brought_back_as_from_a_repair_or_a_transfer_is_here() -> None:
    back = {"as_": ANA_KEEPS, "asset": LAPTOP, "place": WAREHOUSE, "condition": Condition.WORN}
    for name in ("take_back_from_repair", "take_back_from_transfer"):
        story = ground(GONE).when(name, **back)
        assert story.refusal is None
        laptop = story.thing(Asset, LAPTOP)
        assert not laptop.physically_gone
        assert laptop.custody.kind is CustodyKind.CUSTODIAN
        assert laptop.cases


def test_what_seemed_to_be_lent_and_comes_from_a_workshop_or_a_transfer_is_out_no_more() -> None:
    back = {"as_": ANA_KEEPS, "asset": LAPTOP, "place": WAREHOUSE, "condition": Condition.WORN}
    for name in ("take_back_from_repair", "take_back_from_transfer"):
        story = ground(lent()).when(name, **back)
        assert not story.thing(Asset, LAPTOP).outs
        assert story.thing(Loan, LOAN).closed


def test_what_is_at_the_receiver_s_for_the_giver_s_account_does_not_come_back_from_a_repair() -> None:
    arrived = ArrivedOnTransfer(transfer=PAPER, receiver=HEALTH, person=XIE, condition=Condition.GOOD)
    held = HeldForTransfer(transfer=PAPER, receiver=HEALTH)
    story = ground(on(LAPTOP, held, arrived), on(PAPER, PROPOSED)).when(
        "take_back_from_repair", as_=ANA_KEEPS, asset=LAPTOP, place=WAREHOUSE, condition=Condition.GOOD
    )
    assert PAPER not in {getattr(one.fact, "repair", None) for one in story.new}
    assert story.thing(Asset, LAPTOP).cases


def test_what_a_carrier_brought_back_to_a_shelf_can_still_be_put_right_on_the_transfer() -> None:
    story = ground()
    paper = agreed(story)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺丰")
    story.when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1)
    story.when(
        "take_back_from_transfer", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1, condition=Condition.GOOD
    ).then(TransferLineEnded, TransferClosed, BackFromTransfer)
    assert story.thing(Asset, LAPTOP).transfer is None


def test_a_closed_place_takes_nothing_and_one_out_of_use_takes_what_comes() -> None:
    back = {"as_": ANA_KEEPS, "asset": LAPTOP, "place": BIN_A1, "condition": Condition.GOOD}
    for name in ("take_back_from_repair", "take_back_from_transfer"):
        story = ground(AT_THE_WORKSHOP, on(BIN_A1, PlaceTakenOutOfUse()))
        story.when(name, **back)
        assert story.refusal is None
        story = ground(AT_THE_WORKSHOP, on(BIN_A1, PlaceTakenOutOfUse(), PlaceClosed()))
        story.when(name, **back).refused(PlaceOutOfUse)


def test_whoever_took_over_the_borrower_or_receiver_signs_for_what_arrives() -> None:
    merged = on(HEALTH, BodyMerged(into=OFFICES, decree="甘编发〔2026〕12号", decree_date=date(2026, 2, 27)))
    eva = account(named_id("person:马依娃二"), OFFICES, (Role.OFFICER, OFFICES))
    signs = account_of(named_id("person:马依娃二"))
    opened = LoanOpened(
        warehouse=WAREHOUSE, lender=EDUCATION, borrower=HEALTH, lines=(LoanLine(LAPTOP, 1),), due=FRIDAY,
        giver=by_hand(BAI), carrier="顺丰",
    )  # fmt: skip
    sent = Dispatched(
        loan=LOAN, borrower=HEALTH, carrier="顺丰", quantity=1, condition=Condition.GOOD, due=FRIDAY
    )
    story = ground(on(LOAN, opened), on(LAPTOP, sent), eva, merged)
    story.when("receive", as_=signs, loan=LOAN).then(LoanReceived, BodyTookIn, Received)
    story = ground(eva)
    paper = agreed(story)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺丰")
    story.given(merged).when("accept_transfer", as_=signs, transfer=paper)
    assert story.thing(Asset, LAPTOP).holder == HEALTH


def test_a_hand_over_under_a_decision_that_was_taken_back_lands_and_changes_no_holder() -> None:
    story = ground(account(named_id("person:丁二"), OFFICES, (Role.APPROVER, OFFICES)))
    story.when("propose_transfer", as_=BEN_ASKS, lines=(LoanLine(LAPTOP, 1),), receiver=HEALTH)
    paper = story.answer["transfer"]
    recorded = DecisionRecorded(
        matter=Matter.TRANSFER, body=EDUCATION, authority=OFFICES, number="甘机管〔2026〕1号",
        dated=date(2026, 2, 25), list_hash=story.answer["list_hash"], scan="5f" * 32,
    )  # fmt: skip
    story.given(on(DECISION, recorded, DecisionVerified()))
    story.when("consent_to_transfer", as_=CHEN_MANAGES, transfer=paper, side=Side.GIVER)
    story.when("consent_to_transfer", as_=BAI_MANAGES, transfer=paper, side=Side.RECEIVER)
    story.when("approve_transfer", as_=BEN_ASKS, transfer=paper, authority=OFFICES, decision=DECISION)
    assert story.refusal is None, story.refusal
    story.given(on(DECISION, DecisionTakenBack()))
    receiver = by_hand(XIE)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=receiver, already_happened=True)
    assert story.refusal is None
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.custody.kind) == (EDUCATION, CustodyKind.OUT)
    assert "breach:DECISION_WITHDRAWN" in laptop.cases
    story.when("accept_transfer", as_=XIE_ASKS, transfer=paper)
    assert story.thing(Asset, LAPTOP).holder == EDUCATION


def test_what_has_storage_is_wiped_after_a_carrier_or_receiver_had_it() -> None:
    with_disk = card(LAPTOP, said(worth=book("6999"), flags=(Flag.STORAGE_MEDIA,)), place=WAREHOUSE)
    story = given(STORE_ROOM, with_disk)
    paper = agreed(story)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺丰")
    back = {"asset": LAPTOP, "place": WAREHOUSE, "condition": Condition.GOOD}
    story.when("take_back_from_transfer", as_=ANA_KEEPS, **back)
    assert story.thing(Asset, LAPTOP).inspection_due


def test_what_had_left_for_good_and_comes_with_an_intake_is_here_with_a_case() -> None:
    story = given(STORE_ROOM, card(LAPTOP, said(worth=book("6999"))))
    story.when(
        "apply_for_intake", as_=BEN_ASKS, mode=IntakeMode.RETAINED, source=IntakeSource.IDLE, body=EDUCATION,
        warehouse=WAREHOUSE, lines=(IntakeLine(asset=LAPTOP),),
    )  # fmt: skip
    paper = story.answer["intake"]
    story.given(GONE)
    came = (CameLine(line=0, received=1),)
    story.when("receive_intake", as_=ANA_KEEPS, intake=paper, place=WAREHOUSE, lines=came)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.physically_gone, laptop.custody.kind) == (False, CustodyKind.CUSTODIAN)
    assert "stray" in laptop.cases


def test_what_left_for_good_and_turns_up_before_the_books_let_go_is_found() -> None:
    left = on(LAPTOP, LeftForGood(disposal=PAPER, to_body=STORES_COMPANY), at=LAST_FRIDAY)
    found = {"asset": LAPTOP, "place": WAREHOUSE, "condition": Condition.WORN}
    story = ground(left).when("report_found", as_=ANA_KEEPS, **found).then(CameBack, CaseOpened)
    assert not story.thing(Asset, LAPTOP).physically_gone


def test_freight_never_makes_a_thing_cheaper() -> None:
    story = ground()
    paper = agreed(story)
    lines = (TransferArrival(asset=LAPTOP, costs=cny(-100)),)
    receiver = by_hand(XIE)
    ask = {"transfer": paper, "receiver": receiver, "lines": lines}
    story.when("hand_over_transfer", as_=ANA_KEEPS, **ask).refused("INVALID_VALUE", path="lines.0.costs")
