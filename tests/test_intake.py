"""Intake: a paper whose every piece has one outcome; what physically came is recorded whatever the paper
says.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.aggregate import Fact
from domain.asset import Asset, CustodyKind, Existence, Flag, Title
from domain.body import BodyAbolished, BodyTookIn, NoStanding
from domain.life.intaking import HandedIn, SharedInPlace
from domain.life.keeping import CaseOpened, CaseSettled, Flagged, TakenIn, TitleChanged
from domain.life.lending import Inspected, Lent, Returned
from domain.life.pooling import Reserved
from domain.life.registering import ReceivedUncarded
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import HeldForTransfer
from domain.papers.intake import (
    CameLine,
    Intake,
    IntakeApplied,
    IntakeApproved,
    IntakeBegun,
    IntakeDecided,
    IntakeDone,
    IntakeExamined,
    IntakeLine,
    IntakeMode,
    IntakeRejected,
    IntakeSource,
    IntakeWithdrawn,
    LineDidNotCome,
    LineReceived,
    LineTurnedAway,
    NotApproved,
    ReceiptIssued,
    SurplusReceived,
)
from domain.papers.loan import LineReturned, LoanClosed, LoanLine, LoanOpened
from domain.papers.outside_decision import (
    DecisionNotVerified,
    DecisionRecorded,
    DecisionVerified,
    ListChanged,
    Matter,
)
from domain.papers.slip import SlipIssued, SlipKind, series_of
from domain.policies import BeingTransferred, CaseProperty, NotOnTheBooks, OnLoan, Promised, TitleNotClear
from domain.refusals import AlreadyDone, InvalidValue, NotYours, Refusal, SamePerson, TooMany, Unknown
from domain.usecases.intake import NotItsHolder
from domain.usecases.pooling import ReasonMissing
from domain.usecases.receiving import SurplusGoods
from domain.values import CONSOLE, Condition, Role, Signature, SignedBy, Window
from tests.examples import (
    ANA,
    ANA_KEEPS,
    BEN,
    BEN_ASKS,
    CHEN,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EVA_MANAGES,
    FANG_ASKS,
    FINANCE,
    GANSU,
    HEALTH,
    MA,
    OFFICES,
    TUESDAY,
    VIRTUAL_STORE,
    WAREHOUSE,
    WEDNESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, DESKS, LAPTOP, TENTS, book, card, said, uncarded
from tests.store_room import by_hand
from tests.story import MONDAY, Story, given, on

DESKS_120 = card(DESKS, said("办公桌", 120, unit="张", worth=book("96000.00", "32000.00")))
ONE_LAPTOP = card(LAPTOP, said(flags=(Flag.STORAGE_MEDIA,), worth=book("6999")))
ALL_DESKS = (IntakeLine(asset=DESKS, quantity=120),)
TENT_GOODS = said("帐篷", 30, unit="顶", class_code=None, worth=book("100.00"))
LOAN = named_id("借用单")


def applied(
    *things: Any,
    lines: tuple[IntakeLine, ...] = ALL_DESKS,
    mode: IntakeMode = IntakeMode.HANDED_IN,
    virtual: bool = False,
    warehouse: UUID = WAREHOUSE,
) -> tuple[Story, UUID]:
    """The education department's officer has applied."""
    story = given(GANSU, DESKS_120, ONE_LAPTOP, *things)
    story.when(
        "apply_for_intake",
        as_=BEN_ASKS,
        mode=mode,
        source=IntakeSource.VACATED,
        body=EDUCATION,
        warehouse=warehouse,
        lines=lines,
        virtual=virtual,
    ).then(IntakeApplied)
    intake = story.answer["intake"]
    assert isinstance(intake, UUID)
    return story, intake


def approved(*things: Any, **more: Any) -> tuple[Story, UUID]:
    story, intake = applied(*things, **more)
    story.when("approve_intake", as_=DING_APPROVES, intake=intake).then(IntakeApproved)
    return story, intake


def came(story: Story, intake: UUID, *lines: CameLine, **more: Any) -> Story:
    return story.when("receive_intake", as_=ANA_KEEPS, intake=intake, place=WAREHOUSE, lines=lines, **more)


def test_applied_120_came_117_two_turned_away_one_surplus() -> None:
    story, intake = approved()
    extra = SurplusGoods(goods=said("办公桌", unit="张"), condition=Condition.WORN)
    came(story, intake, CameLine(line=0, received=115, turned_away=2, did_not_come=3), surplus=(extra,))
    part, more = story.answer["assets"]
    story.then(
        (DESKS, SplitOff),
        (part, SplitFrom),
        (part, TakenIn),
        (part, HandedIn),
        (more, ReceivedUncarded),
        (more, CaseOpened(case="surplus_at_intake", paper=intake)),
        (intake, LineReceived),
        (intake, LineTurnedAway(line=0, quantity=2)),
        (intake, LineDidNotCome(line=0, quantity=3)),
        (intake, SurplusReceived),
        (intake, ReceiptIssued),
        (intake, IntakeDone),
        SlipIssued,
        SlipIssued,
    )
    taken, left, found = (story.thing(Asset, id) for id in (part, DESKS, more))
    assert (taken.quantity, taken.holder, taken.custody.body, taken.place) == (
        115,
        OFFICES,
        OFFICES,
        WAREHOUSE,
    )
    assert (left.quantity, left.holder) == (5, EDUCATION)
    assert taken.book is not None
    assert left.book is not None
    assert taken.book.original + left.book.original == book("96000.00").original
    assert (found.existence, found.holder) == (Existence.UNCARDED, OFFICES)
    assert story.thing(Intake, intake).closed


def test_what_is_handed_in_changes_its_holder_at_the_numbered_receipt() -> None:
    story, intake = approved()
    came(story, intake, CameLine(line=0, received=120), giver=Signature(BEN, SignedBy.PAPER, "9c" * 32))
    story.then(
        (DESKS, TakenIn), (DESKS, HandedIn), LineReceived, ReceiptIssued, IntakeDone, SlipIssued, SlipIssued
    )
    assert story.answer["receipt_series"] == series_of(WAREHOUSE, SlipKind.RECEIPT, 2026)
    [receipt] = [new.fact for new in story.new if new.stream == story.answer["receipt_series"]]
    assert isinstance(receipt, SlipIssued)
    assert (receipt.giver, receipt.receiver, receipt.lines[0].quantity) == (EDUCATION, OFFICES, 120)
    assert receipt.giver_signature == Signature(BEN, SignedBy.PAPER, "9c" * 32)


def test_what_is_retained_stays_on_its_holder_s_books() -> None:
    story, intake = approved(mode=IntakeMode.RETAINED)
    came(story, intake, CameLine(line=0, received=120, condition=Condition.WORN))
    story.then(TakenIn, LineReceived, IntakeDone, SlipIssued)
    asset = story.thing(Asset, DESKS)
    assert (asset.holder, asset.custody.body, asset.condition) == (EDUCATION, OFFICES, Condition.WORN)
    assert story.answer["series"] == series_of(WAREHOUSE, SlipKind.INTAKE, 2026)


def test_an_intake_may_come_in_two_loads_and_closes_with_the_last_piece() -> None:
    story, intake = approved()
    came(story, intake, CameLine(line=0, received=50))
    assert not story.thing(Intake, intake).closed
    came(story, intake, CameLine(line=0, received=71)).refused(InvalidValue, "lines.0")
    came(story, intake, CameLine(line=0, received=70))
    story.then((DESKS, TakenIn), HandedIn, LineReceived, ReceiptIssued, IntakeDone, SlipIssued, SlipIssued)
    came(story, intake, CameLine(line=0, received=1)).refused(InvalidValue, "lines.0")


@pytest.mark.parametrize(
    "line",
    [
        CameLine(line=0),
        CameLine(line=1, received=1),
        CameLine(line=0, received=121),
        CameLine(line=0, received=5, turned_away=-1),
    ],
)
def test_outcomes_are_of_lines_that_there_are(line: CameLine) -> None:
    story, intake = approved()
    came(story, intake, line).refused(InvalidValue, "lines.0")


def test_something_must_have_come() -> None:
    story, intake = approved()
    came(story, intake).refused(TooMany)


def test_goods_that_come_before_the_approval_are_in_custody_with_a_case() -> None:
    story, intake = applied()
    came(story, intake, CameLine(line=0, received=120))
    story.then(TakenIn, CaseOpened, LineReceived, IntakeDone, SlipIssued)
    early = story.thing(Asset, DESKS)
    assert (early.holder, early.custody.body, early.cases) == (
        EDUCATION,
        OFFICES,
        frozenset({"intake_before_approval"}),
    )
    story.when("approve_intake", as_=DING_APPROVES, intake=intake)
    story.then(IntakeApproved, CaseSettled, HandedIn, ReceiptIssued, SlipIssued)
    assert (story.thing(Asset, DESKS).holder, story.thing(Asset, DESKS).cases) == (OFFICES, frozenset())


def test_a_part_that_came_early_and_the_rest_are_approved_together() -> None:
    story, intake = applied()
    came(story, intake, CameLine(line=0, received=20))
    [part] = story.answer["assets"]
    story.when("approve_intake", as_=DING_APPROVES, intake=intake)
    story.then(IntakeApproved, (part, CaseSettled), (part, HandedIn), ReceiptIssued, SlipIssued)
    came(story, intake, CameLine(line=0, received=100))
    story.then(
        (DESKS, TakenIn), (DESKS, HandedIn), LineReceived, ReceiptIssued, IntakeDone, SlipIssued, SlipIssued
    )


def test_goods_of_a_rejected_intake_that_come_all_the_same_are_in_custody_with_a_case() -> None:
    story, intake = applied()
    story.when("reject_intake", as_=DING_APPROVES, intake=intake).refused(ReasonMissing)
    story.when("reject_intake", as_=DING_APPROVES, intake=intake, reason_="库容不足").then(IntakeRejected)
    came(story, intake, CameLine(line=0, received=120)).then(
        TakenIn, CaseOpened, LineReceived, IntakeDone, SlipIssued
    )
    story.when("approve_intake", as_=DING_APPROVES, intake=intake).refused(IntakeDecided)


def test_goods_on_nobody_s_books_come_into_custody_without_a_card() -> None:
    story, intake = approved(lines=(IntakeLine(goods=TENT_GOODS, quantity=30),))
    came(story, intake, CameLine(line=0, received=10)).then(ReceivedUncarded, LineReceived, SlipIssued)
    tents = story.thing(Asset, story.answer["assets"][0])
    assert (tents.existence, tents.holder, tents.custody.body, tents.quantity) == (
        Existence.UNCARDED,
        OFFICES,
        OFFICES,
        10,
    )
    assert tents.book == book("33.33")
    assert tents.alive


def test_a_serialised_thing_that_nobody_applied_for_lands_with_a_case() -> None:
    story, intake = approved()
    came(story, intake, surplus=(SurplusGoods(asset=LAPTOP),))
    story.then(TakenIn, CaseOpened(case="surplus_at_intake", paper=intake), SurplusReceived, SlipIssued)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.custody.body) == (EDUCATION, OFFICES)


@pytest.mark.parametrize(
    "extra",
    [
        SurplusGoods(),
        SurplusGoods(asset=LAPTOP, goods=TENT_GOODS),
        SurplusGoods(asset=LAPTOP, quantity=2),
        SurplusGoods(asset=LAPTOP, quantity=0),
    ],
)
def test_surplus_is_an_asset_or_goods_and_not_more_than_there_are(extra: SurplusGoods) -> None:
    story, intake = approved()
    came(story, intake, surplus=(extra,)).refused(InvalidValue)


def out_on_loan(asset: UUID, quantity: int) -> list[Any]:
    lent = Lent(
        loan=LOAN, borrower=HEALTH, person=MA, quantity=quantity, condition=Condition.GOOD, due=WEDNESDAY
    )
    opened = LoanOpened(
        lender=EDUCATION,
        borrower=HEALTH,
        lines=(LoanLine(asset, quantity),),
        due=WEDNESDAY,
        giver=by_hand(BEN),
    )
    return [on(LOAN, opened), on(asset, lent)]


def test_what_seemed_to_be_on_loan_and_is_here_ends_its_loan_with_a_case() -> None:
    story, intake = approved(lines=(IntakeLine(asset=LAPTOP),), mode=IntakeMode.RETAINED)
    story.given(out_on_loan(LAPTOP, 1))
    came(story, intake, CameLine(line=0, received=1, wiped=True))
    story.then(
        Returned,
        (LOAN, LineReturned),
        (LOAN, LoanClosed),
        CaseOpened(case="came_in_while_lent", paper=LOAN),
        TakenIn,
        Inspected,
        LineReceived,
        IntakeDone,
        SlipIssued,
    )
    assert story.thing(Asset, LAPTOP).here == 1


def test_more_than_the_card_has_lands_with_a_case() -> None:
    story, intake = approved()
    story.when("split_lot", asset=DESKS, quantity=100)
    came(story, intake, CameLine(line=0, received=120))
    more = CaseOpened(case="more_than_on_the_card", paper=intake)
    story.then(
        (DESKS, more), TakenIn, HandedIn, LineReceived, ReceiptIssued, IntakeDone, SlipIssued, SlipIssued
    )


def test_a_device_with_storage_is_not_free_before_it_is_wiped() -> None:
    story, intake = approved(lines=(IntakeLine(asset=LAPTOP), IntakeLine(asset=DESKS, quantity=1)))
    came(
        story,
        intake,
        CameLine(line=0, received=1),
        CameLine(line=1, received=1, storage_media=True, wiped=True),
    )
    laptop, other = (story.thing(Asset, id) for id in story.answer["assets"])
    assert (laptop.inspection_due, laptop.usable) == (True, 0)
    assert (other.inspection_due, other.flags) == (False, frozenset({Flag.STORAGE_MEDIA}))
    assert [type(new.fact) for new in story.new].count(Flagged) == 1


def test_one_person_does_not_sign_both_sides_of_the_intake() -> None:
    story, intake = approved()
    giver = by_hand(ANA)
    came(story, intake, CameLine(line=0, received=1), giver=giver).refused(SamePerson)


def test_only_a_keeper_of_the_store_receives() -> None:
    story, intake = approved()
    wanted: dict[str, Any] = {"intake": intake, "place": WAREHOUSE, "lines": (CameLine(line=0, received=1),)}
    story.when("receive_intake", as_=EVA_MANAGES, **wanted).refused(NotYours)
    story.when("receive_intake", as_=BEN_ASKS, **wanted).refused(NotYours)


SHARED: dict[str, Any] = {"mode": IntakeMode.RETAINED, "virtual": True, "warehouse": VIRTUAL_STORE}


def test_a_virtual_intake_changes_neither_custody_nor_holder() -> None:
    story, intake = approved(**SHARED)
    before = story.thing(Asset, DESKS)
    story.when(
        "confirm_virtual_intake",
        as_=BEN_ASKS,
        intake=intake,
        lines=(CameLine(line=0, received=100, did_not_come=20),),
    )
    story.then(
        (DESKS, SharedInPlace(intake=intake, store=VIRTUAL_STORE, quantity=100)),
        LineReceived,
        LineDidNotCome,
        IntakeDone,
    )
    after = story.thing(Asset, DESKS)
    assert (after.holder, after.custody, after.place, after.quantity) == (
        EDUCATION,
        before.custody,
        None,
        120,
    )


def test_a_virtual_intake_is_a_promise_and_needs_the_approval_first() -> None:
    story, intake = applied(**SHARED)
    line = (CameLine(line=0, received=120),)
    story.when("confirm_virtual_intake", as_=BEN_ASKS, intake=intake, lines=line).refused(NotApproved)
    story.when("approve_intake", as_=DING_APPROVES, intake=intake).then(IntakeApproved)
    story.when("confirm_virtual_intake", as_=FANG_ASKS, intake=intake, lines=line).refused(NotYours)
    story.given(on(DESKS, HeldForTransfer(transfer=named_id("调拨"), receiver=HEALTH)))
    story.when("confirm_virtual_intake", as_=BEN_ASKS, intake=intake, lines=line).refused(BeingTransferred)


def test_what_is_handed_in_where_it_stands_changes_its_holder_only() -> None:
    story, intake = approved(virtual=True, warehouse=VIRTUAL_STORE)
    story.when(
        "confirm_virtual_intake", as_=CHEN_MANAGES, intake=intake, lines=(CameLine(line=0, received=20),)
    )
    [part] = story.answer["assets"]
    story.then(
        SplitOff, SplitFrom, (part, SharedInPlace), (part, HandedIn), LineReceived, ReceiptIssued, SlipIssued
    )
    asset = story.thing(Asset, part)
    assert (asset.holder, asset.custody.body, asset.custody.kind) == (
        OFFICES,
        EDUCATION,
        CustodyKind.CUSTODIAN,
    )


def test_a_physical_intake_is_not_confirmed_from_afar() -> None:
    story, intake = approved()
    story.when(
        "confirm_virtual_intake", as_=BEN_ASKS, intake=intake, lines=(CameLine(line=0, received=1),)
    ).refused(InvalidValue)


def test_goods_without_a_card_are_not_shared_in_place() -> None:
    story = given(GANSU).when(
        "apply_for_intake",
        as_=BEN_ASKS,
        mode=IntakeMode.RETAINED,
        source=IntakeSource.IDLE,
        body=EDUCATION,
        warehouse=VIRTUAL_STORE,
        lines=(IntakeLine(goods=TENT_GOODS, quantity=30),),
        virtual=True,
    )
    story.refused(InvalidValue, "lines.0.goods")


def apply(story: Story, *lines: IntakeLine, as_: UUID = BEN_ASKS, **more: Any) -> Story:
    wanted: dict[str, Any] = {
        "mode": IntakeMode.HANDED_IN,
        "source": IntakeSource.IDLE,
        "body": EDUCATION,
        "warehouse": WAREHOUSE,
        "lines": lines or ALL_DESKS,
        **more,
    }
    return story.when("apply_for_intake", as_=as_, **wanted)


@pytest.mark.parametrize(
    ("fact", "refusal"),
    [
        (TitleChanged(title=Title.PLEDGED), TitleNotClear),
        (Flagged(flag=Flag.CASE_PROPERTY), CaseProperty),
        (HeldForTransfer(transfer=named_id("调拨"), receiver=HEALTH), BeingTransferred),
        (
            Reserved(
                reservation=named_id("预留"), body=HEALTH, quantity=1, window=Window(TUESDAY, WEDNESDAY)
            ),
            Promised,
        ),
    ],
)
def test_what_may_not_change_its_holder_is_not_handed_in_and_it_is_asked_again_at_the_approval(
    fact: Fact, refusal: type[Refusal]
) -> None:
    apply(given(GANSU, DESKS_120, on(DESKS, fact))).refused(refusal, "lines.0")
    story, intake = applied()
    story.given(on(DESKS, fact)).when("approve_intake", as_=DING_APPROVES, intake=intake).refused(
        refusal, "lines.0"
    )


def test_what_is_on_loan_is_not_handed_in() -> None:
    apply(given(GANSU, DESKS_120, out_on_loan(DESKS, 3))).refused(OnLoan)


def test_what_has_no_card_is_not_handed_in_as_an_asset() -> None:
    apply(
        given(GANSU, uncarded(TENTS, said("帐篷", 30), holder=EDUCATION)),
        IntakeLine(asset=TENTS, quantity=30),
    ).refused(NotOnTheBooks)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (IntakeLine(), InvalidValue),
        (IntakeLine(asset=DESKS, goods=TENT_GOODS), InvalidValue),
        (IntakeLine(asset=DESKS, quantity=121), InvalidValue),
        (IntakeLine(asset=DESKS, quantity=0), InvalidValue),
        (IntakeLine(goods=TENT_GOODS, quantity=29), InvalidValue),
        (IntakeLine(asset=uuid4()), Unknown),
        (IntakeLine(asset=CHAIRS), NotItsHolder),
    ],
)
def test_a_body_applies_with_what_it_has(line: IntakeLine, refusal: type[Refusal]) -> None:
    apply(given(GANSU, DESKS_120, card(CHAIRS, said("椅子"), holder=HEALTH)), line).refused(refusal)


def test_a_thing_is_on_one_line_only() -> None:
    apply(given(GANSU, DESKS_120), IntakeLine(asset=DESKS), IntakeLine(asset=DESKS)).refused(InvalidValue)


def test_only_people_of_the_body_apply_for_it() -> None:
    apply(given(GANSU, DESKS_120), as_=FANG_ASKS).refused(NotYours)


def test_a_body_in_liquidation_hands_in_but_does_not_ask_to_share() -> None:
    story = given(GANSU, DESKS_120, on(EDUCATION, BodyAbolished(decree="1", decree_date=date(2026, 1, 1))))
    apply(story, mode=IntakeMode.RETAINED).refused(NoStanding)
    apply(story).then(IntakeApplied, (EDUCATION, BodyTookIn))


def test_the_applicant_neither_examines_approves_nor_rejects() -> None:
    story = given(GANSU, DESKS_120)
    apply(story, as_=CONSOLE).then(IntakeApplied)
    intake = story.answer["intake"]
    story.when("examine_intake", intake=intake).refused(SamePerson)
    story.when("approve_intake", intake=intake).refused(SamePerson)
    story.when("reject_intake", intake=intake, reason_="x").refused(SamePerson)
    story.when("approve_intake", as_=DING_APPROVES, intake=intake).then(IntakeApproved)


def test_a_superior_examines_once() -> None:
    story, intake = applied()
    story.when("examine_intake", as_=FANG_ASKS, intake=intake).refused(NotYours)
    story.when("examine_intake", as_=EVA_MANAGES, intake=intake).then(IntakeExamined)
    story.when("examine_intake", as_=DING_APPROVES, intake=intake).refused(AlreadyDone)


def test_the_giver_s_own_approver_decides_on_what_it_keeps_but_not_on_what_is_handed_in() -> None:
    own = account(MA, EDUCATION, (Role.APPROVER, EDUCATION))
    story, intake = applied(own)
    story.when("approve_intake", as_=account_of(MA), intake=intake).refused(NotYours)
    story.when("reject_intake", as_=account_of(MA), intake=intake, reason_="x").refused(NotYours)
    story.when("approve_intake", as_=DING_APPROVES, intake=intake).then(IntakeApproved)
    story.when("approve_intake", as_=DING_APPROVES, intake=intake).refused(IntakeDecided)
    story, intake = applied(own, mode=IntakeMode.RETAINED)
    story.when("approve_intake", as_=account_of(MA), intake=intake).then(IntakeApproved)


def test_a_document_from_outside_is_a_full_approval_step() -> None:
    story, intake = applied()
    listed = story.thing(Intake, intake).list_hash
    good, other = uuid4(), uuid4()

    def document(hash_of_list: str) -> DecisionRecorded:
        return DecisionRecorded(
            matter=Matter.INTAKE,
            body=EDUCATION,
            authority=FINANCE,
            number="甘财资〔2026〕15号",
            dated=date(2026, 2, 25),
            list_hash=hash_of_list,
            scan="5f" * 32,
        )

    story.given(
        on(good, document(listed), person=BEN), on(other, document("0" * 64), DecisionVerified(), person=BEN)
    )
    story.when("approve_intake", as_=CHEN_MANAGES, intake=intake, decision=good).refused(DecisionNotVerified)
    story.when("approve_intake", as_=CHEN_MANAGES, intake=intake, decision=other).refused(ListChanged)
    story.when("verify_decision", as_=CHEN_MANAGES, decision=good)
    story.when("approve_intake", as_=FANG_ASKS, intake=intake, decision=good).refused(NotYours)
    story.when("approve_intake", as_=CHEN_MANAGES, intake=intake, decision=good).then(
        IntakeApproved(decision=good)
    )


def test_an_application_is_withdrawn_only_before_anything_came() -> None:
    story, intake = applied()
    story.when("withdraw_intake", as_=BEN_ASKS, intake=intake).refused(ReasonMissing)
    story.when("withdraw_intake", as_=FANG_ASKS, intake=intake, reason_="不再闲置").refused(NotYours)
    came(story, intake, CameLine(line=0, turned_away=1)).then(LineTurnedAway)
    story.when("withdraw_intake", as_=BEN_ASKS, intake=intake, reason_="不再闲置").refused(IntakeBegun)


def test_what_was_withdrawn_is_not_approved() -> None:
    story, intake = applied()
    story.when("withdraw_intake", as_=BEN_ASKS, intake=intake, reason_="不再闲置").then(IntakeWithdrawn)
    story.when("approve_intake", as_=DING_APPROVES, intake=intake).refused(IntakeDecided)
    story.when("withdraw_intake", as_=BEN_ASKS, intake=intake, reason_="不再闲置").refused(IntakeDecided)


def test_an_approval_decided_while_the_pool_s_body_is_abolished_is_decided_again() -> None:
    story, intake = applied()
    abolished = on(
        OFFICES, BodyAbolished(decree="1", decree_date=date(2026, 1, 1)), at=MONDAY - timedelta(days=1)
    )
    story.when("approve_intake", as_=DING_APPROVES, intake=intake, meanwhile_=[abolished]).refused(NoStanding)


def test_who_entered_a_card_stays_known_after_it_is_handed_in() -> None:
    story, intake = approved()
    came(story, intake, CameLine(line=0, received=20))
    assert CHEN in story.thing(Asset, story.answer["assets"][0]).entered_by
