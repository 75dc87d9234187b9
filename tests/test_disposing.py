"""Disposal: a locked list, somebody else decides, three exits kept apart, and the way back."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain import policies as rule
from domain.account import RoleGranted
from domain.asset import Asset, CustodyKind, Existence, Flag, Title
from domain.life.disposing import (
    Deregistered,
    DisposalSettled,
    HeldForDisposal,
    LeftForGood,
    MovedToPendingLosses,
    Reinstated,
    ReleasedFromDisposal,
)
from domain.life.keeping import CaseOpened, Flagged, MissingReported, TitleChanged
from domain.life.lending import CameBack, Lent
from domain.life.pooling import Listed, Reserved
from domain.life.registering import Valued
from domain.life.repairing import RepairBegun
from domain.life.splitting import SplitFrom, SplitOff
from domain.life.transferring import HeldForTransfer, SentOnTransfer
from domain.papers.disposal_case import (
    BookedOut,
    DisposalApplied,
    DisposalApproved,
    DisposalCase,
    DisposalClosed,
    DisposalEnded,
    DisposalExecuted,
    DisposalForm,
    DisposalNotApproved,
    DisposalRefused,
    DisposalWithdrawn,
    NotDeregistered,
    NotExecuted,
    NotOnTheList,
    NotRemitted,
    PendingLossesFirst,
    ProceedsNotSettled,
    ProceedsRemitted,
    ProceedsSettled,
    RemittanceDiffers,
)
from domain.papers.loan import LoanLine
from domain.papers.outside_decision import (
    DecisionExpired,
    DecisionNotVerified,
    DecisionRecorded,
    DecisionTakenBack,
    DecisionVerified,
    DecisionWithdrawn,
    ListChanged,
    ListItem,
    Matter,
    list_hash,
)
from domain.papers.slip import SlipIssued
from domain.refusals import AlreadyDone, NotYours, Refusal, SamePerson
from domain.usecases.disposing import EvidenceMissing, NotMissing
from domain.usecases.pooling import ReasonMissing
from domain.usecases.transferring import NotTheAuthority
from domain.usecases.writing_off import ErasureMissing, ExitLine, NotFoundAgain
from domain.values import Condition, Role, Window
from tests.examples import (
    ANA_KEEPS,
    BEN,
    BEN_ASKS,
    BIN_A1,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    FINANCE,
    FRIDAY,
    GANSU,
    HEALTH,
    LANZHOU_FINANCE,
    MA,
    OFFICES,
    STORES_COMPANY,
    TUESDAY,
    WEDNESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import CHAIRS, LAPTOP, book, card, cny, said, uncarded
from tests.story import Story, given, on

WEI = named_id("person:魏敏")  # approves inside the education department
WEI_APPROVES = account_of(WEI)
WORTH = book("6000", "6000")
PAPERS, DECISION, PAPER = ("ab" * 32,), named_id("批复"), named_id("别的单据")
ERASED = "cd" * 32
GROUND = [
    GANSU,
    account(WEI, EDUCATION, (Role.APPROVER, EDUCATION)),
    card(LAPTOP, said(worth=WORTH), place=BIN_A1),
    card(CHAIRS, said("椅子", 50, unit="把", worth=book("5000", "500"))),
]
GIVEN_OUT = Lent(loan=PAPER, borrower=FINANCE, person=MA, quantity=1, condition=Condition.GOOD, due=FRIDAY)


def ground(*steps: Any) -> Story:
    return given(GROUND, *steps)


def applied(
    story: Story, asset: UUID = LAPTOP, quantity: int = 1, form: DisposalForm = DisposalForm.SCRAPPING
) -> UUID:
    lines = (LoanLine(asset, quantity),)
    story.when("apply_disposal", as_=BEN_ASKS, lines=lines, form=form, reason_="已无法使用", evidence_=PAPERS)
    assert story.refusal is None, story.refusal
    case: UUID = story.answer["disposal"]
    return case


def approved(story: Story, *args: Any, expires: Any = None, **more: Any) -> UUID:
    case = applied(story, *args, **more)
    story.when(
        "approve_disposal", as_=WEI_APPROVES, disposal=case, number="甘教资〔2026〕3号", expires=expires
    )
    story.then(DisposalApproved)
    return case


def left(story: Story, case: UUID, asset: UUID = LAPTOP, **more: Any) -> Story:
    lines = (ExitLine(asset=asset),)
    return story.when(
        "execute_disposal", as_=ANA_KEEPS, disposal=case, lines=lines, to_body=STORES_COMPANY, **more
    )


def outside(story: Story, case: UUID, *facts: Any, authority: UUID = FINANCE, **more: Any) -> None:
    recorded = DecisionRecorded(
        matter=Matter.DISPOSAL, body=EDUCATION, authority=authority, number="甘财资〔2026〕7号",
        dated=date(2026, 2, 25), list_hash=story.thing(DisposalCase, case).list_hash, scan="5f" * 32, **more,
    )  # fmt: skip
    story.given(on(DECISION, recorded, *facts))


def test_the_three_exits_are_kept_apart() -> None:
    story = ground()
    case = approved(story)
    story.when("move_to_pending_losses", as_=CHEN_MANAGES, disposal=case).then(MovedToPendingLosses)
    left(story, case).then(DisposalExecuted, LeftForGood, SlipIssued)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.physically_gone, laptop.custody.kind, laptop.alive) == (True, CustodyKind.GONE, True)
    settled = {"as_": CHEN_MANAGES, "disposal": case, "proceeds": cny(300), "costs": cny("20.50")}
    story.when("settle_proceeds", **settled).then(ProceedsSettled)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).then(BookedOut, Deregistered)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.existence, laptop.disposal) == (Existence.WRITTEN_OFF, case)
    remit = {"as_": CHEN_MANAGES, "disposal": case, "amount": cny("279.50"), "receipt": "6200-0042"}
    story.when("remit_proceeds", **remit).then(ProceedsRemitted)
    story.when("close_disposal", as_=CHEN_MANAGES, disposal=case).then(DisposalClosed, DisposalSettled)
    assert story.thing(Asset, LAPTOP).disposal is None


def test_a_disposal_is_applied_for_with_a_reason_and_papers() -> None:
    asked = {"as_": BEN_ASKS, "lines": (LoanLine(LAPTOP, 1),), "form": DisposalForm.SCRAPPING}
    ground().when("apply_disposal", **asked, evidence_=PAPERS).refused(ReasonMissing)
    ground().when("apply_disposal", **asked, reason_="坏了").refused(EvidenceMissing)
    story = ground().when("apply_disposal", **asked, reason_="坏了", evidence_=PAPERS)
    story.then(DisposalApplied, HeldForDisposal)
    ground().when("apply_disposal", **{**asked, "as_": ANA_KEEPS}, reason_="坏了").refused(NotYours)


NEVER: list[tuple[list[Any], type[Refusal]]] = [
    ([GIVEN_OUT], rule.OnLoan),
    (
        [Reserved(reservation=PAPER, body=HEALTH, quantity=1, window=Window(TUESDAY, WEDNESDAY))],
        rule.Promised,
    ),
    ([HeldForTransfer(transfer=PAPER, receiver=HEALTH)], rule.BeingTransferred),
    ([SentOnTransfer(transfer=PAPER, receiver=HEALTH, carrier="顺达")], rule.NotInCustody),
    ([RepairBegun(repair=PAPER)], rule.InRepair),
    ([TitleChanged(title=Title.PLEDGED)], rule.TitleNotClear),
    ([TitleChanged(title=Title.SEALED)], rule.TitleNotClear),
    ([TitleChanged(title=Title.DISPUTED)], rule.TitleNotClear),
    ([Flagged(flag=Flag.CASE_PROPERTY)], rule.CaseProperty),
    ([HeldForDisposal(disposal=PAPER)], rule.HeldForDisposal),
]


@pytest.mark.parametrize(("facts", "refusal"), NEVER)
def test_never_while_lent_reserved_in_transit_pledged_sealed_disputed_or_case_property(
    facts: list[Any], refusal: type[Refusal]
) -> None:
    story = ground(on(LAPTOP, *facts))
    asked = {"lines": (LoanLine(LAPTOP, 1),), "form": DisposalForm.SCRAPPING}
    story.when("apply_disposal", as_=BEN_ASKS, **asked, reason_="坏了", evidence_=PAPERS)
    story.refused(refusal, "lines.0")


def test_goods_on_nobody_s_books_are_not_disposed_of() -> None:
    other = named_id("账外")
    story = ground(uncarded(other, said()), account(MA, OFFICES, (Role.OFFICER, OFFICES)))
    asked = {"lines": (LoanLine(other, 1),), "form": DisposalForm.SCRAPPING}
    story.when("apply_disposal", as_=account_of(MA), **asked, reason_="坏了", evidence_=PAPERS)
    story.refused(rule.NotOnTheBooks)


def test_what_happens_after_the_application_stops_the_decision_and_the_exit() -> None:
    sealed = on(LAPTOP, TitleChanged(title=Title.SEALED))
    story = ground()
    case = applied(story)
    story.given(sealed).when("approve_disposal", as_=WEI_APPROVES, disposal=case).refused(rule.TitleNotClear)
    story = ground()
    case = approved(story)
    left(story.given(sealed), case).refused(rule.TitleNotClear)


def test_a_listing_ends_and_nothing_is_promised_or_lent_while_it_is_held() -> None:
    story = ground(on(LAPTOP, Listed(listing=PAPER, loan=True)))
    applied(story)
    assert story.thing(Asset, LAPTOP).listing is None
    window = Window(TUESDAY, WEDNESDAY)
    story.when("reserve_asset", as_=ANA_KEEPS, asset=LAPTOP, body=HEALTH, window=window)
    story.refused(rule.HeldForDisposal)


def test_who_applied_does_not_decide_whatever_account_is_used() -> None:
    second = account(BEN, FINANCE, (Role.APPROVER, EDUCATION))
    story = ground(second)
    case = applied(story)
    story.given(on(account_of(BEN), RoleGranted(role=Role.APPROVER, scope=EDUCATION)))
    story.when("approve_disposal", as_=BEN_ASKS, disposal=case).refused(SamePerson)
    story.when("refuse_disposal", as_=BEN_ASKS, disposal=case, reason_="-").refused(SamePerson)
    story.when("approve_disposal", as_=CHEN_MANAGES, disposal=case).refused(NotYours)


def test_a_big_list_is_decided_above_the_body_by_its_whole_value() -> None:
    server, other = named_id("服务器"), named_id("另一台服务器")
    half = book("100000")
    story = ground(card(server, said("服务器", worth=half)), card(other, said("服务器", worth=half)))
    lines = (LoanLine(server, 1), LoanLine(other, 1))
    story.when(
        "apply_disposal", as_=BEN_ASKS, lines=lines, form=DisposalForm.SALE, reason_="闲置", evidence_=PAPERS
    )
    case = story.answer["disposal"]
    story.when("approve_disposal", as_=WEI_APPROVES, disposal=case).refused(NotYours)
    story.when("approve_disposal", as_=DING_APPROVES, disposal=case).then(DisposalApproved)


def test_a_document_decides_when_it_is_verified_alive_on_this_list_and_of_an_authority() -> None:
    story = ground()
    case = applied(story)
    asked = {"as_": CHEN_MANAGES, "disposal": case, "decision": DECISION}
    outside(story, case)
    story.when("approve_disposal", **asked).refused(DecisionNotVerified)
    story.given(on(DECISION, DecisionVerified())).when("approve_disposal", **asked).then(DisposalApproved)
    story = ground()
    case = applied(story)
    outside(story, case, DecisionVerified(), authority=LANZHOU_FINANCE)
    story.when("approve_disposal", as_=CHEN_MANAGES, disposal=case, decision=DECISION).refused(
        NotTheAuthority
    )


def test_nothing_leaves_undecided_expired_or_under_a_decision_taken_back() -> None:
    story = ground()
    left(story, applied(story)).refused(DisposalNotApproved)
    story = ground()
    case = approved(story, expires=TUESDAY)
    left(story, case, at=WEDNESDAY).refused(DecisionExpired)
    story = ground()
    case = applied(story)
    outside(story, case, DecisionVerified())
    story.when("approve_disposal", as_=CHEN_MANAGES, disposal=case, decision=DECISION).then(DisposalApproved)
    left(story, case, meanwhile_=[on(DECISION, DecisionTakenBack())]).refused(DecisionWithdrawn)


def test_what_leaves_is_inside_the_approved_list() -> None:
    story = ground()
    case = approved(story)
    lines = (ExitLine(asset=CHAIRS),)
    story.when("execute_disposal", as_=CHEN_MANAGES, disposal=case, lines=lines).refused(
        NotOnTheList, "lines.0"
    )
    story = ground()
    case = approved(story)
    left(story.given(on(LAPTOP, Valued(book=book("9000")))), case).refused(ListChanged)


def test_storage_never_leaves_without_proof_that_it_was_erased() -> None:
    story = ground(on(LAPTOP, Flagged(flag=Flag.STORAGE_MEDIA)))
    case = approved(story)
    left(story, case).refused(ErasureMissing, "lines.0")
    lines = (ExitLine(asset=LAPTOP, erasure=ERASED),)
    story.when("execute_disposal", as_=ANA_KEEPS, disposal=case, lines=lines)
    story.then(DisposalExecuted, LeftForGood, SlipIssued)
    assert story.fact(LeftForGood).erasure == ERASED


def test_what_has_left_against_the_rules_lands_as_a_breach() -> None:
    story = ground(on(LAPTOP, Flagged(flag=Flag.STORAGE_MEDIA)))
    case = applied(story)
    left(story, case, already_happened=True).then(DisposalExecuted, LeftForGood, SlipIssued, CaseOpened)
    laptop = story.thing(Asset, LAPTOP)
    assert laptop.physically_gone
    assert laptop.cases == {"breach:DISPOSAL_NOT_APPROVED"}
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    story.refused(DisposalNotApproved)


def test_the_books_let_go_only_after_the_exit_and_the_proceeds() -> None:
    story = ground()
    case = approved(story, form=DisposalForm.SALE)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).refused(NotExecuted)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(9), costs=cny(0)).refused(
        NotExecuted
    )
    left(story, case)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).refused(ProceedsNotSettled)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).then(BookedOut, Deregistered)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).refused(AlreadyDone)


def test_scrapping_and_shortage_go_to_the_pending_losses_first() -> None:
    story = ground()
    case = approved(story, form=DisposalForm.SCRAPPING)
    left(story, case)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).refused(PendingLossesFirst)
    story.when("move_to_pending_losses", as_=CHEN_MANAGES, disposal=case).then(MovedToPendingLosses)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).then(BookedOut, Deregistered)


def test_a_loss_is_what_is_missing_and_only_that() -> None:
    missing = on(LAPTOP, MissingReported(liable=EDUCATION))
    asked = {"as_": BEN_ASKS, "lines": (LoanLine(LAPTOP, 1),), "reason_": "找不到", "evidence_": PAPERS}
    ground().when("apply_disposal", **asked, form=DisposalForm.LOSS).refused(NotMissing)
    ground(missing).when("apply_disposal", **asked, form=DisposalForm.SALE).refused(NotMissing)
    story = ground(missing)
    case = approved(story, form=DisposalForm.LOSS)
    story.when("move_to_pending_losses", as_=CHEN_MANAGES, disposal=case)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).then(BookedOut, Deregistered)
    story.when("close_disposal", as_=CHEN_MANAGES, disposal=case).then(DisposalClosed, DisposalSettled)
    assert story.thing(Asset, LAPTOP).custody.kind is CustodyKind.GONE


def test_who_let_it_out_does_not_take_it_off_the_books() -> None:
    story = ground()
    case = approved(story, form=DisposalForm.SALE)
    lines = (ExitLine(asset=LAPTOP),)
    story.when("execute_disposal", as_=CHEN_MANAGES, disposal=case, lines=lines)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).refused(SamePerson)


def test_proceeds_less_costs_are_remitted_and_nothing_is_set_off() -> None:
    story = ground()
    case = approved(story, form=DisposalForm.SALE)
    left(story, case)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(100), costs=cny(30))
    story.when("close_disposal", as_=CHEN_MANAGES, disposal=case).refused(NotDeregistered)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case)
    story.when("close_disposal", as_=CHEN_MANAGES, disposal=case).refused(NotRemitted)
    remit = {"as_": CHEN_MANAGES, "disposal": case, "receipt": "1"}
    story.when("remit_proceeds", **remit, amount=cny(69)).refused(RemittanceDiffers)
    story.when("remit_proceeds", **remit, amount=cny(70)).then(ProceedsRemitted)
    story.when("remit_proceeds", **remit, amount=cny(70)).refused(AlreadyDone)
    story.when("close_disposal", as_=CHEN_MANAGES, disposal=case).then(DisposalClosed, DisposalSettled)


def test_after_the_books_let_go_nothing_but_closing_and_reinstating_is_possible() -> None:
    story = written_off(ground())
    for name, more in (
        ("list_asset", {}),
        ("see_condition", {"condition": Condition.GOOD}),
        ("number_asset", {"issuer": "x", "number": "y"}),
        ("report_missing", {}),
        ("report_fault", {"fault": "坏"}),
    ):
        story.when(name, as_=CHEN_MANAGES, asset=LAPTOP, **more).refused(rule.NotAlive)


def written_off(story: Story) -> Story:
    case = approved(story, form=DisposalForm.SALE)
    left(story, case)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case)
    return story.when("close_disposal", as_=CHEN_MANAGES, disposal=case).then(DisposalClosed, DisposalSettled)


def test_refused_or_withdrawn_the_lock_is_off() -> None:
    for name, who, fact in (
        ("refuse_disposal", WEI_APPROVES, DisposalRefused),
        ("withdraw_disposal", BEN_ASKS, DisposalWithdrawn),
    ):
        story = ground()
        case = applied(story)
        story.when(name, as_=who, disposal=case).refused(ReasonMissing)
        story.when(name, as_=who, disposal=case, reason_="还能用").then(fact, ReleasedFromDisposal)
        assert story.thing(Asset, LAPTOP).disposal is None
        story.when("approve_disposal", as_=WEI_APPROVES, disposal=case).refused(DisposalEnded)


def test_what_has_not_left_can_still_be_taken_out_and_the_case_goes_on() -> None:
    other = named_id("另一台")
    story = ground(card(other, said(worth=WORTH)))
    lines = (LoanLine(LAPTOP, 1), LoanLine(other, 1))
    story.when(
        "apply_disposal", as_=BEN_ASKS, lines=lines, form=DisposalForm.SALE, reason_="闲置", evidence_=PAPERS
    )
    case = story.answer["disposal"]
    story.when("approve_disposal", as_=WEI_APPROVES, disposal=case)
    left(story, case)
    story.when("withdraw_disposal", as_=BEN_ASKS, disposal=case, reason_="还能用")
    story.then(DisposalWithdrawn, (other, ReleasedFromDisposal))
    story.when("withdraw_disposal", as_=BEN_ASKS, disposal=case, reason_="还能用").refused(AlreadyDone)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).then(BookedOut, (LAPTOP, Deregistered))


def test_a_part_of_a_lot_goes_and_the_rest_stays() -> None:
    story = ground()
    lines = (LoanLine(CHAIRS, 10),)
    story.when(
        "apply_disposal",
        as_=BEN_ASKS,
        lines=lines,
        form=DisposalForm.SCRAPPING,
        reason_="坏了",
        evidence_=PAPERS,
    )
    story.then(DisposalApplied, SplitOff, SplitFrom, HeldForDisposal)
    chairs = story.thing(Asset, CHAIRS)
    assert (chairs.quantity, chairs.disposal) == (40, None)


def test_what_is_found_again_is_reinstated_with_its_identity_at_the_value_a_decision_states() -> None:
    story = written_off(ground())
    stated = book("500")
    asked = {"as_": CHEN_MANAGES, "asset": LAPTOP, "book": stated, "decision": DECISION}
    items = [ListItem(asset=LAPTOP, quantity=1, value=cny(500))]
    recorded = DecisionRecorded(
        matter=Matter.REINSTATEMENT, body=EDUCATION, authority=FINANCE, number="甘财资〔2026〕9号",
        dated=date(2026, 2, 25), list_hash=list_hash(items), scan="5f" * 32,
    )  # fmt: skip
    story.given(on(DECISION, recorded, DecisionVerified()))
    story.when("reinstate_asset", **asked).refused(NotFoundAgain)
    story.when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1).then(CameBack, CaseOpened)
    story.when("reinstate_asset", **{**asked, "book": book("600")}).refused(ListChanged)
    number = story.thing(Asset, LAPTOP).number
    story.when("reinstate_asset", **asked).then(Reinstated)
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.existence, laptop.number, laptop.book) == (Existence.REGISTERED, number, stated)
    assert (laptop.place, laptop.physically_gone) == (BIN_A1, False)


def test_what_comes_back_before_the_books_let_it_go_stops_the_case() -> None:
    story = ground()
    case = approved(story, form=DisposalForm.SALE)
    left(story, case)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    story.when("put_away", as_=ANA_KEEPS, asset=LAPTOP, place=BIN_A1).then(CameBack, CaseOpened)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).refused(NotExecuted)
    left(story, case).then(DisposalExecuted, LeftForGood, SlipIssued)
