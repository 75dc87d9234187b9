"""Transfers for good: both consents, the decisions, the exact list, and the holder changes only at acceptance."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain import policies as rule
from domain.account import RoleGranted
from domain.asset import Asset, Book, CustodyKind, Flag, Title, ValueType
from domain.body import BodyAbolished, BodyTookIn, NoStanding, Relation, RelationSet
from domain.life.disposing import HeldForDisposal
from domain.life.keeping import CaseOpened, Flagged, TitleChanged
from domain.life.lending import Lent
from domain.life.pooling import Listed, Reserved
from domain.life.registering import CardNumber, Numbered, Valued
from domain.life.repairing import RepairBegun
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import (
    ArrivedOnTransfer,
    BackFromTransfer,
    HeldForTransfer,
    RefusedOnTransfer,
    ReleasedFromTransfer,
    SentOnTransfer,
    ShortOnTransfer,
    Transferred,
    TransferReversed,
    book_at_receiver,
)
from domain.papers.loan import LineReturned, Loan, LoanClosed, LoanLine, LoanOpened
from domain.papers.outside_decision import (
    DecisionExpired,
    DecisionNotVerified,
    DecisionRecorded,
    DecisionTakenBack,
    DecisionVerified,
    DecisionWithdrawn,
    ListChanged,
    Matter,
)
from domain.papers.slip import SlipIssued
from domain.papers.transfer import (
    Basis,
    Ending,
    HandedOverAlready,
    NotHandedOver,
    Side,
    Transfer,
    TransferApproved,
    TransferClosed,
    TransferConsented,
    TransferEnded,
    TransferHandedOver,
    TransferLineEnded,
    TransferNotAgreed,
    TransferProposed,
    TransferRefused,
    TransferSignedFor,
    TransferUndone,
    TransferWithdrawn,
)
from domain.refusals import InvalidValue, NotYours, Refusal, SamePerson
from domain.usecases.lending import SeveralHolders
from domain.usecases.loan_rules import NotYourReceipt
from domain.usecases.lots import BelowPromises
from domain.usecases.passing_on import LinesDoNotAddUp, TransferArrival
from domain.usecases.pooling import ReasonMissing
from domain.usecases.transferring import AuthorityUnknown, NotTheAuthority, TransferInsideTheBody
from domain.usecases.undoing_transfers import NotAsAccepted
from domain.values import ROOT, Condition, Role, Window
from tests.examples import (
    ANA_KEEPS,
    BEN,
    BEN_ASKS,
    BIN_A1,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EDUCATION_OFFICE,
    FANG_ASKS,
    FINANCE,
    FRIDAY,
    GANSU,
    HEALTH,
    LANZHOU_FINANCE,
    LAST_FRIDAY,
    MA,
    NEXT_YEAR,
    OFFICES,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, book, card, cny, said, uncarded
from tests.store_room import by_hand
from tests.story import LONG_AGO, Story, given, on

LU = named_id("person:陆明")  # the asset manager of the health commission
PAN = named_id("person:潘静")  # the officer of the health commission
LU_MANAGES, PAN_ASKS = account_of(LU), account_of(PAN)
HEALTH_PEOPLE = [
    account(LU, HEALTH, (Role.ASSET_MANAGER, HEALTH)),
    account(PAN, HEALTH, (Role.OFFICER, HEALTH)),
]
WORTH = book("6000", "2000", fiscal="4500", own="1500")
LAPTOP_CARD = card(LAPTOP, said(worth=WORTH), place=BIN_A1)
CHAIRS_CARD = card(CHAIRS, said("椅子", 50, unit="把", worth=book("5000", "500")))
DECISION, OTHER_DECISION, LOAN = named_id("批复"), named_id("另一批复"), named_id("借用单")
SCAN = "5f" * 32
BY_BEN, BY_PAN = by_hand(BEN), by_hand(PAN)


def ground(*steps: Any) -> Story:
    return given(GANSU, HEALTH_PEOPLE, LAPTOP_CARD, CHAIRS_CARD, *steps)


def proposed(story: Story, asset: UUID = LAPTOP, quantity: int = 1, **more: Any) -> UUID:
    lines = (LoanLine(asset, quantity),)
    story.when("propose_transfer", as_=BEN_ASKS, lines=lines, **{"receiver": HEALTH, **more})
    assert story.refusal is None, story.refusal
    paper: UUID = story.answer["transfer"]
    return paper


def consented(story: Story, paper: UUID) -> None:
    story.when("consent_to_transfer", as_=CHEN_MANAGES, transfer=paper, side=Side.GIVER).then(
        TransferConsented
    )
    story.when("consent_to_transfer", as_=LU_MANAGES, transfer=paper, side=Side.RECEIVER)
    story.then(TransferConsented)


def agreed(story: Story, asset: UUID = LAPTOP, quantity: int = 1, **more: Any) -> UUID:
    paper = proposed(story, asset, quantity, **more)
    consented(story, paper)
    story.when("approve_transfer", as_=DING_APPROVES, transfer=paper, authority=OFFICES).then(
        TransferApproved
    )
    return paper


def outside(story: Story, paper: UUID, id: UUID = DECISION, authority: UUID = OFFICES, **more: Any) -> None:
    """A verified document on exactly the list of this transfer."""
    hashed = story.thing(Transfer, paper).list_hash
    recorded = DecisionRecorded(
        matter=Matter.TRANSFER, body=EDUCATION, authority=authority, number=f"甘机管〔2026〕{str(id)[:4]}号",
        dated=date(2026, 2, 25), list_hash=hashed, scan=SCAN, **more,
    )  # fmt: skip
    story.given(on(id, recorded, DecisionVerified()))


def test_the_whole_way_at_the_counter() -> None:
    story = ground()
    story.when("propose_transfer", as_=BEN_ASKS, lines=(LoanLine(LAPTOP, 1),), receiver=HEALTH)
    story.then(TransferProposed, (LAPTOP, HeldForTransfer))
    paper = story.answer["transfer"]
    consented(story, paper)
    story.when("approve_transfer", as_=DING_APPROVES, transfer=paper, authority=OFFICES).then(
        TransferApproved
    )
    assert story.thing(Asset, LAPTOP).holder == EDUCATION
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN)
    story.then(
        TransferHandedOver, TransferSignedFor, Transferred, TransferLineEnded, TransferClosed, SlipIssued
    )
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.custody.body, laptop.custody.person) == (HEALTH, HEALTH, PAN)
    assert laptop.transfer is None
    assert laptop.place is None


def test_with_a_carrier_the_holder_changes_only_at_acceptance() -> None:
    story = ground()
    paper = agreed(story)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺达运输")
    story.then(TransferHandedOver, SentOnTransfer, SlipIssued)
    on_the_way = story.thing(Asset, LAPTOP)
    assert (on_the_way.holder, on_the_way.custody.kind) == (EDUCATION, CustodyKind.TRANSIT)
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper)
    story.then(TransferSignedFor, Transferred, TransferLineEnded, TransferClosed)
    assert story.thing(Asset, LAPTOP).holder == HEALTH


def test_it_goes_straight_into_a_store_of_the_receiver_s_choice() -> None:
    story = ground()
    paper = agreed(story)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN, place=WAREHOUSE)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.custody.body, laptop.place) == (HEALTH, OFFICES, WAREHOUSE)


@pytest.mark.parametrize("missing", ["giver_consent", "receiver_consent", "decision"])
def test_no_hand_over_without_both_consents_and_the_decision(missing: str) -> None:
    story = ground()
    paper = proposed(story)
    if missing != "giver_consent":
        story.when("consent_to_transfer", as_=CHEN_MANAGES, transfer=paper, side=Side.GIVER)
    if missing != "receiver_consent":
        story.when("consent_to_transfer", as_=LU_MANAGES, transfer=paper, side=Side.RECEIVER)
    if missing != "decision":
        story.when("approve_transfer", as_=DING_APPROVES, transfer=paper, authority=OFFICES)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN)
    story.refused(TransferNotAgreed)
    assert story.refusal is not None
    assert story.refusal.values["missing"] == missing
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺达运输").refused(
        TransferNotAgreed
    )


def test_consents_are_given_by_each_body_s_own_people_and_by_different_persons() -> None:
    story = ground(
        account(LU, EDUCATION, (Role.ASSET_MANAGER, EDUCATION), (Role.ASSET_MANAGER, HEALTH)),
        account(BEN, FINANCE, (Role.APPROVER, EDUCATION)),
    )
    paper = proposed(story)
    story.when("consent_to_transfer", as_=LU_MANAGES, transfer=paper, side=Side.GIVER).then(TransferConsented)
    story.when("consent_to_transfer", as_=LU_MANAGES, transfer=paper, side=Side.RECEIVER).refused(SamePerson)
    story.when("consent_to_transfer", as_=CHEN_MANAGES, transfer=paper, side=Side.RECEIVER).refused(NotYours)


def test_who_proposed_neither_consents_nor_decides() -> None:
    story = ground(on(account_of(BEN), *[granted(Role.APPROVER, EDUCATION), granted(Role.APPROVER, OFFICES)]))
    paper = proposed(story)
    story.when("consent_to_transfer", as_=BEN_ASKS, transfer=paper, side=Side.GIVER).refused(SamePerson)
    story.when("approve_transfer", as_=BEN_ASKS, transfer=paper, authority=OFFICES).refused(SamePerson)


def granted(role: Role, scope: UUID) -> Any:
    return RoleGranted(role=role, scope=scope)


def test_only_the_authority_that_is_asked_decides() -> None:
    story = ground()
    paper = proposed(story)
    story.when("approve_transfer", as_=DING_APPROVES, transfer=paper, authority=FINANCE).refused(
        NotTheAuthority
    )
    outside(story, paper, authority=FINANCE)
    story.when("approve_transfer", as_=CHEN_MANAGES, transfer=paper, authority=OFFICES, decision=DECISION)
    story.refused(NotTheAuthority)


def test_across_levels_both_fiscal_authorities_decide() -> None:
    city = on(LANZHOU_FINANCE, RelationSet(relation=Relation.FISCAL_AUTHORITY, other=ROOT), at=LONG_AGO)
    story = ground(city)
    paper = proposed(story, receiver=LANZHOU_FINANCE, basis=Basis.CROSS_LEVEL)
    assert story.thing(Transfer, paper).authorities == (FINANCE, ROOT)
    outside(story, paper, authority=FINANCE)
    story.when("approve_transfer", as_=CHEN_MANAGES, transfer=paper, authority=FINANCE, decision=DECISION)
    story.then(TransferApproved)
    assert "decision" in story.thing(Transfer, paper).missing
    outside(story, paper, OTHER_DECISION, authority=ROOT)
    story.when("approve_transfer", as_=FANG_ASKS, transfer=paper, authority=ROOT, decision=OTHER_DECISION)
    story.then(TransferApproved)
    assert "decision" not in story.thing(Transfer, paper).missing


def test_across_levels_nothing_goes_while_an_authority_is_unknown() -> None:
    story = ground()
    lines = (LoanLine(LAPTOP, 1),)
    story.when("propose_transfer", as_=BEN_ASKS, lines=lines, receiver=LANZHOU_FINANCE)
    story.refused(AuthorityUnknown, "receiver")


def test_a_document_counts_only_verified_and_on_exactly_this_list() -> None:
    story = ground()
    paper = proposed(story)
    hashed = story.thing(Transfer, paper).list_hash
    unverified = DecisionRecorded(
        matter=Matter.TRANSFER, body=EDUCATION, authority=OFFICES, number="1", dated=date(2026, 2, 25),
        list_hash=hashed, scan=SCAN,
    )  # fmt: skip
    other_list = DecisionRecorded(
        matter=Matter.TRANSFER, body=EDUCATION, authority=OFFICES, number="2", dated=date(2026, 2, 25),
        list_hash="0" * 64, scan=SCAN,
    )  # fmt: skip
    story.given(on(DECISION, unverified), on(OTHER_DECISION, other_list, DecisionVerified()))
    asked = {"as_": CHEN_MANAGES, "transfer": paper, "authority": OFFICES}
    story.when("approve_transfer", **asked, decision=DECISION).refused(DecisionNotVerified)
    story.when("approve_transfer", **asked, decision=OTHER_DECISION).refused(ListChanged)
    story.given(on(DECISION, DecisionVerified()))
    story.when("approve_transfer", **asked, decision=DECISION).then(TransferApproved)


def test_the_decision_is_asked_again_at_hand_over_in_the_same_write() -> None:
    for later, refusal in ((DecisionTakenBack(), DecisionWithdrawn), (None, DecisionExpired)):
        story = ground()
        paper = proposed(story)
        consented(story, paper)
        outside(story, paper, expires=TUESDAY)
        story.when("approve_transfer", as_=CHEN_MANAGES, transfer=paper, authority=OFFICES, decision=DECISION)
        story.then(TransferApproved)
        if later is not None:
            story.given(on(DECISION, later))
        at = None if later else WEDNESDAY
        story.when("hand_over_transfer", as_=ANA_KEEPS, at=at, transfer=paper, receiver=BY_PAN).refused(
            refusal
        )
    story = ground()
    paper = proposed(story)
    consented(story, paper)
    outside(story, paper)
    story.when("approve_transfer", as_=CHEN_MANAGES, transfer=paper, authority=OFFICES, decision=DECISION)
    taken_back = on(DECISION, DecisionTakenBack())
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN, meanwhile_=[taken_back])
    story.refused(DecisionWithdrawn)


def test_a_list_that_changed_since_needs_a_new_decision() -> None:
    story = ground()
    paper = agreed(story)
    story.given(on(LAPTOP, Valued(book=book("6100", "2000"))))
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN).refused(ListChanged)


LENT_TO_A_THIRD = Lent(
    loan=LOAN, borrower=FINANCE, person=MA, quantity=1, condition=Condition.GOOD, due=FRIDAY
)
NO_TRANSFER: list[tuple[list[Any], type[Refusal]]] = [
    ([LENT_TO_A_THIRD], rule.OnLoan),
    ([Reserved(reservation=LOAN, body=HEALTH, quantity=1, window=Window(TUESDAY, WEDNESDAY))], rule.Promised),
    ([HeldForDisposal(disposal=LOAN)], rule.HeldForDisposal),
    ([HeldForTransfer(transfer=LOAN, receiver=FINANCE)], rule.BeingTransferred),
    ([RepairBegun(repair=LOAN)], rule.InRepair),
    ([TitleChanged(title=Title.PLEDGED)], rule.TitleNotClear),
    ([TitleChanged(title=Title.SEALED)], rule.TitleNotClear),
    ([TitleChanged(title=Title.DISPUTED)], rule.TitleNotClear),
    ([Flagged(flag=Flag.CASE_PROPERTY)], rule.CaseProperty),
]


@pytest.mark.parametrize(("facts", "refusal"), NO_TRANSFER)
def test_no_transfer_while_lent_promised_held_pledged_sealed_or_disputed(
    facts: list[Any], refusal: type[Refusal]
) -> None:
    story = ground(on(LAPTOP, *facts))
    story.when("propose_transfer", as_=BEN_ASKS, lines=(LoanLine(LAPTOP, 1),), receiver=HEALTH)
    story.refused(refusal, "lines.0")


def test_what_happens_between_proposal_and_hand_over_stops_it_too() -> None:
    story = ground()
    paper = agreed(story)
    story.given(on(LAPTOP, TitleChanged(title=Title.SEALED)))
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN).refused(
        rule.TitleNotClear
    )


def test_goods_on_nobody_s_books_are_not_transferred() -> None:
    story = ground(uncarded(named_id("账外"), said()), account(MA, OFFICES, (Role.OFFICER, OFFICES)))
    lines = (LoanLine(named_id("账外"), 1),)
    story.when("propose_transfer", as_=account_of(MA), lines=lines, receiver=HEALTH).refused(
        rule.NotOnTheBooks
    )


def test_held_for_a_transfer_it_is_neither_lent_nor_promised() -> None:
    story = ground()
    proposed(story)
    lines, due = (LoanLine(LAPTOP, 1),), FRIDAY
    story.when("lend", as_=ANA_KEEPS, lines=lines, borrower=HEALTH, receiver=BY_PAN, due=due)
    story.refused(rule.BeingTransferred)


def test_what_the_receiver_has_on_loan_becomes_its_own_and_the_loan_ends() -> None:
    opened = LoanOpened(
        lender=EDUCATION,
        borrower=HEALTH,
        lines=(LoanLine(LAPTOP, 1),),
        due=FRIDAY,
        giver=BY_BEN,
        receiver=BY_PAN,
    )
    lent = Lent(loan=LOAN, borrower=HEALTH, person=PAN, quantity=1, condition=Condition.GOOD, due=FRIDAY)
    story = ground(on(LOAN, opened), on(LAPTOP, lent))
    paper = agreed(story)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN)
    story.then(
        TransferHandedOver, TransferSignedFor, Transferred, TransferLineEnded, TransferClosed, SlipIssued,
        (LOAN, LineReturned), (LOAN, LoanClosed),
    )  # fmt: skip
    assert not story.thing(Asset, LAPTOP).outs
    assert story.thing(Loan, LOAN).closed


def test_inside_one_body_and_to_one_without_standing_nothing_is_transferred() -> None:
    story = ground(on(HEALTH, ABOLISHED_HEALTH, at=LAST_FRIDAY))
    lines = (LoanLine(LAPTOP, 1),)
    story.when("propose_transfer", as_=BEN_ASKS, lines=lines, receiver=EDUCATION_OFFICE).refused(
        TransferInsideTheBody
    )
    story.when("propose_transfer", as_=BEN_ASKS, lines=lines, receiver=HEALTH).refused(NoStanding)
    story.when("propose_transfer", as_=PAN_ASKS, lines=lines, receiver=OFFICES).refused(NotYours)


ABOLISHED_HEALTH = BodyAbolished(decree="甘编发〔2026〕12号", decree_date=date(2026, 2, 27))


def test_a_body_in_liquidation_still_gives() -> None:
    story = ground(on(EDUCATION, ABOLISHED_HEALTH, at=LAST_FRIDAY))
    paper = agreed(story, basis=Basis.REFORM)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN)
    assert story.thing(Asset, LAPTOP).holder == HEALTH


def test_a_receiver_abolished_on_the_way_still_accepts_into_its_liquidation() -> None:
    story = ground()
    paper = agreed(story)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺达运输")
    story.given(on(HEALTH, ABOLISHED_HEALTH))
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper)
    story.then(TransferSignedFor, Transferred, TransferLineEnded, TransferClosed, (HEALTH, BodyTookIn))


def test_one_person_never_signs_both_sides() -> None:
    story = ground()
    paper = agreed(story)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, giver=BY_PAN, receiver=BY_PAN).refused(
        SamePerson
    )
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺达运输", giver=BY_PAN)
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper).refused(SamePerson)


def test_only_the_receiver_s_people_accept_and_only_what_was_handed_over() -> None:
    story = ground()
    paper = agreed(story)
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper).refused(NotHandedOver)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺达运输")
    story.when("accept_transfer", as_=FANG_ASKS, transfer=paper).refused(NotYourReceipt)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺达运输").refused(
        HandedOverAlready
    )
    story.when("withdraw_transfer", as_=BEN_ASKS, transfer=paper, reason_="不调了").refused(HandedOverAlready)


def test_a_part_of_a_lot_is_split_off_at_once_and_promises_of_the_rest_are_kept() -> None:
    promise = Reserved(reservation=LOAN, body=FINANCE, quantity=30, window=Window(TUESDAY, WEDNESDAY))
    story = ground(on(CHAIRS, promise))
    lines = (LoanLine(CHAIRS, 21),)
    story.when("propose_transfer", as_=BEN_ASKS, lines=lines, receiver=HEALTH).refused(BelowPromises)
    lines = (LoanLine(CHAIRS, 20),)
    story.when("propose_transfer", as_=BEN_ASKS, lines=lines, receiver=HEALTH)
    story.then(TransferProposed, SplitOff, SplitFrom, HeldForTransfer)
    assert story.thing(Asset, CHAIRS).quantity == 30
    assert story.thing(Asset, CHAIRS).transfer is None


def test_every_line_gets_its_own_outcome_and_nothing_is_lost() -> None:
    story = ground()
    paper = agreed(story, CHAIRS, 50)
    story.when("dispatch_transfer", as_=CHEN_MANAGES, transfer=paper, carrier="顺达运输")
    wrong = (TransferArrival(asset=CHAIRS, accepted=45, turned_away=3),)
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper, lines=wrong).refused(LinesDoNotAddUp)
    lines = (TransferArrival(asset=CHAIRS, accepted=45, turned_away=3, short=2),)
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper, lines=lines)
    story.then(
        TransferSignedFor, Transferred, RefusedOnTransfer, ShortOnTransfer, CaseOpened, SplitOff, SplitFrom,
        SplitOff, SplitFrom, TransferLineEnded, TransferLineEnded, TransferLineEnded, TransferClosed,
    )  # fmt: skip
    ended = {row.fact.ending: row.fact for row in story.new if isinstance(row.fact, TransferLineEnded)}
    chairs = story.thing(Asset, CHAIRS)
    back, short = (story.thing(Asset, ended[one].piece) for one in (Ending.REFUSED, Ending.SHORT))
    assert [(one.quantity, one.holder) for one in (chairs, back, short)] == [
        (45, HEALTH), (3, EDUCATION), (2, EDUCATION),
    ]  # fmt: skip
    assert short.custody.kind is CustodyKind.UNACCOUNTED
    assert short.custody.body == EDUCATION
    worth = ended[Ending.ACCEPTED]
    assert worth.went_out is not None
    assert back.book is not None
    assert short.book is not None
    assert worth.went_out.original + back.book.original + short.book.original == cny(5000)
    story.when(
        "take_back_from_transfer", as_=ANA_KEEPS, asset=back.id, place=BIN_A1, condition=Condition.GOOD
    )
    story.then(BackFromTransfer)
    assert story.thing(Asset, back.id).transfer is None


def test_what_the_carrier_broke_is_a_case_whether_it_is_kept_or_turned_away() -> None:
    story = ground()
    paper = agreed(story, CHAIRS, 50)
    story.when("dispatch_transfer", as_=CHEN_MANAGES, transfer=paper, carrier="顺达运输")
    lines = (TransferArrival(asset=CHAIRS, accepted=45, turned_away=5, condition=Condition.BROKEN),)
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper, lines=lines)
    pieces = [row.fact.piece for row in story.new if isinstance(row.fact, TransferLineEnded)]
    assert [[*story.thing(Asset, piece).cases] for piece in pieces] == [["damaged_on_transfer"]] * 2


def test_what_came_later_is_accepted_later() -> None:
    """One carrier, two rides: what is not on the receiver's list stays on its way, and the paper open."""
    story = ground()
    story.when(
        "propose_transfer", as_=BEN_ASKS, lines=(LoanLine(LAPTOP, 1), LoanLine(CHAIRS, 50)), receiver=HEALTH
    )
    paper = story.answer["transfer"]
    consented(story, paper)
    story.when("approve_transfer", as_=DING_APPROVES, transfer=paper, authority=OFFICES).then(
        TransferApproved
    )
    story.when("dispatch_transfer", as_=CHEN_MANAGES, transfer=paper, carrier="顺达运输")
    story.when(
        "accept_transfer", as_=PAN_ASKS, transfer=paper, lines=(TransferArrival(asset=CHAIRS, accepted=50),)
    )
    story.then(TransferSignedFor, Transferred, TransferLineEnded)
    assert story.thing(Asset, LAPTOP).custody.kind is CustodyKind.TRANSIT
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper)
    story.then(TransferSignedFor, Transferred, TransferLineEnded, TransferClosed)


def test_what_is_turned_away_at_the_counter_just_stays() -> None:
    story = ground()
    paper = agreed(story)
    lines = (TransferArrival(asset=LAPTOP, accepted=0, turned_away=1),)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN, lines=lines)
    story.then(
        TransferHandedOver,
        TransferSignedFor,
        ReleasedFromTransfer,
        TransferLineEnded,
        TransferClosed,
        SlipIssued,
    )
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.place, laptop.transfer) == (EDUCATION, BIN_A1, None)


def test_goods_brought_back_on_the_way_always_land() -> None:
    story = ground()
    paper = agreed(story)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=paper, carrier="顺达运输")
    story.when("take_back_from_transfer", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1, condition=Condition.WORN)
    story.then(BackFromTransfer, TransferLineEnded, TransferClosed)
    stray = {"as_": ANA_KEEPS, "asset": CHAIRS, "place": BIN_A1, "condition": Condition.GOOD}
    story.when("take_back_from_transfer", **stray).then(BackFromTransfer, CaseOpened)


def test_a_hand_over_against_the_rules_lands_as_a_breach_and_changes_no_holder() -> None:
    story = ground()
    paper = proposed(story)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN, already_happened=True)
    story.then(TransferHandedOver, TransferSignedFor, ArrivedOnTransfer, CaseOpened, SlipIssued)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.custody.kind, laptop.custody.body) == (EDUCATION, CustodyKind.OUT, HEALTH)
    assert laptop.cases == {"breach:TRANSFER_NOT_AGREED"}
    consented(story, paper)
    story.when("approve_transfer", as_=DING_APPROVES, transfer=paper, authority=OFFICES)
    story.when("accept_transfer", as_=PAN_ASKS, transfer=paper)
    story.then(TransferSignedFor, Transferred, TransferLineEnded, TransferClosed)
    assert story.thing(Asset, LAPTOP).holder == HEALTH


def test_refused_or_withdrawn_the_goods_are_free_again() -> None:
    for name, who, more in (
        ("refuse_transfer", LU_MANAGES, {"body": HEALTH}),
        ("refuse_transfer", DING_APPROVES, {"body": OFFICES}),
        ("withdraw_transfer", BEN_ASKS, {}),
    ):
        story = ground()
        paper = proposed(story)
        story.when(name, as_=who, transfer=paper, **more).refused(ReasonMissing)
        story.when(name, as_=who, transfer=paper, reason_="不需要了", **more)
        ended = TransferRefused if more else TransferWithdrawn
        story.then(ended, ReleasedFromTransfer)
        assert story.thing(Asset, LAPTOP).transfer is None
        story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN).refused(
            TransferEnded
        )
    story = ground()
    story.when("refuse_transfer", as_=LU_MANAGES, transfer=proposed(story), body=FINANCE, reason_="-")
    story.refused(NotTheAuthority)


def test_numbers_cases_flags_and_title_papers_travel_along_and_a_new_number_is_an_alias() -> None:
    card_number = CardNumber("预算一体化", "62000123")
    numbered = on(
        LAPTOP, Numbered(card=card_number), Flagged(flag=Flag.STORAGE_MEDIA), CaseOpened(case="damaged")
    )
    story = ground(numbered)
    paper = agreed(story)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN)
    new = {"as_": LU_MANAGES, "asset": LAPTOP, "issuer": "预算一体化", "number": "63000456"}
    story.when("number_asset", **new).then(Numbered)
    laptop = story.thing(Asset, LAPTOP)
    assert [one.number for one in laptop.numbers] == ["62000123", "63000456"]
    assert laptop.cases == {"damaged"}
    assert Flag.STORAGE_MEDIA in laptop.flags


def test_the_listing_ends_with_the_holder() -> None:
    story = ground(on(LAPTOP, Listed(listing=LOAN, transfer=True, until=NEXT_YEAR)))
    paper = agreed(story)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN)
    assert story.thing(Asset, LAPTOP).listing is None


def test_the_receiver_s_value_is_the_giver_s_net_value_and_the_paper_keeps_both() -> None:
    story = ground()
    paper = agreed(story)
    lines = (TransferArrival(asset=LAPTOP, costs=cny("120.50")),)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN, lines=lines)
    ended: TransferLineEnded = story.fact(TransferLineEnded)
    assert ended.went_out == WORTH
    assert ended.came_in == story.thing(Asset, LAPTOP).book
    assert ended.came_in == book("4120.50", fiscal="3000", own="1000", transfer_costs="120.50")


VALUES: list[tuple[Book, str | None, Book, str | None]] = [
    (book("6000", "2000"), None, book("4000"), None),
    (book("6000"), "50", book("6050"), None),
    (book("6000", "6000", own="6000"), "50", book("6000", "6000", own="6000"), "50"),
    (book("1", kind=ValueType.NOMINAL), "50", book("1", kind=ValueType.NOMINAL), "50"),
    (book("10", "3.33", a="3.33", b="6.67"), None, book("6.67", a="2.22", b="4.45"), None),
]


@pytest.mark.parametrize(("giver_s", "costs", "receiver_s", "expensed"), VALUES)
def test_net_value_and_freight_or_gross_and_accumulated_or_nominal(
    giver_s: Book, costs: str | None, receiver_s: Book, expensed: str | None
) -> None:
    paid = cny(costs) if costs else None
    assert book_at_receiver(giver_s, paid) == (receiver_s, cny(expensed) if expensed else None)
    if receiver_s.funding:
        whole = sum((one.value.amount for one in receiver_s.funding), start=cny(0).amount)
        assert whole == receiver_s.original.amount


def test_a_transfer_is_undone_by_new_decisions_at_the_value_it_left_with() -> None:
    story = ground()
    paper = agreed(story)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN)
    undo = {"transfer": paper, "giver": BY_PAN, "receiver": BY_BEN}
    story.when("undo_transfer", as_=CHEN_MANAGES, **undo).refused(NotYours)
    story.when("undo_transfer", as_=DING_APPROVES, **undo).then(TransferUndone, TransferReversed)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.book, laptop.custody.person) == (EDUCATION, WORTH, BEN)


def test_a_transfer_is_not_undone_after_the_thing_went_on() -> None:
    story = ground()
    paper = agreed(story)
    story.when("hand_over_transfer", as_=ANA_KEEPS, transfer=paper, receiver=BY_PAN)
    story.given(on(LAPTOP, Valued(book=book("1"))))
    undo = {"transfer": paper, "giver": BY_PAN, "receiver": BY_BEN}
    story.when("undo_transfer", as_=DING_APPROVES, **undo).refused(NotAsAccepted)


def test_goods_of_several_holders_need_several_papers() -> None:
    other = named_id("别家的")
    story = ground(card(other, said(), holder=FINANCE), on(account_of(BEN), granted(Role.OFFICER, FINANCE)))
    lines = (LoanLine(LAPTOP, 1), LoanLine(other, 1))
    story.when("propose_transfer", as_=BEN_ASKS, lines=lines, receiver=HEALTH).refused(SeveralHolders)
    story.when("propose_transfer", as_=BEN_ASKS, lines=(), receiver=HEALTH).refused(InvalidValue)
    story.when("dispatch_transfer", as_=ANA_KEEPS, transfer=agreed(story), carrier=" ").refused(InvalidValue)
