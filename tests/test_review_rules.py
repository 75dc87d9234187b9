"""Rights and decisions, looked at from the other side: who could get what is not theirs, and what would not be asked again."""

from datetime import date
from typing import Any
from uuid import UUID

from domain.asset import Asset, Title
from domain.body import Relation, RelationSet
from domain.life.correcting import Field, Said
from domain.life.disposing import (
    Deregistered,
    DisposalSettled,
    LeftForGood,
    Reinstated,
)
from domain.life.keeping import Issued, MissingReported, TitleChanged
from domain.life.lending import CameBack
from domain.papers.acquisition import (
    AcceptedLine,
    AcquiredBy,
    AcquisitionLine,
    DeliveredLine,
    MoreThanDelivered,
)
from domain.papers.disposal_case import DisposalForm
from domain.papers.intake import CameLine, Intake, IntakeLine, IntakeMode, IntakeSource
from domain.papers.loan import LoanLine
from domain.papers.outside_decision import (
    DecisionExpired,
    DecisionRecorded,
    DecisionVerified,
    ListChanged,
    ListItem,
    Matter,
    list_hash,
)
from domain.papers.transfer import Side
from domain.place import PlaceClosed, PlaceKind, PlaceOutOfUse, PlaceRegistered, PlaceTakenOutOfUse
from domain.policies import NotYourStore
from domain.refusals import NotYours
from domain.usecases.disposing import NotMissing
from domain.usecases.transferring import NotTheAuthority
from domain.values import Condition, Funding, Role, Signature, SignedBy
from tests.examples import (
    ANA_KEEPS,
    BEN,
    BEN_ASKS,
    BIN_A1,
    CHEN,
    CHEN_MANAGES,
    DING_APPROVES,
    EDUCATION,
    EDUCATION_OFFICE,
    FINANCE,
    GAO_ADMINISTERS,
    HEALTH,
    LANZHOU_FINANCE,
    OFFICES,
    STORES_COMPANY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    account_of,
    named_id,
)
from tests.goods import LAPTOP, book, card, cny, said
from tests.store_room import (
    BAI_MANAGES,
    SECOND_SHELF,
    STORE_ROOM,
    WANG,
    XIE_ASKS,
    by_hand,
)
from tests.story import Story, given, on

WEI, SUN = named_id("person:魏敏"), named_id("person:孙立")
WEI_APPROVES, SUN_APPROVES = account_of(WEI), account_of(SUN)
APPROVERS = [
    account(WEI, EDUCATION, (Role.APPROVER, EDUCATION)),
    account(SUN, HEALTH, (Role.APPROVER, HEALTH)),
]
PAPER, DECISION = named_id("别的单据"), named_id("批复")
IN_STORE = card(LAPTOP, said(worth=book("6999")), place=WAREHOUSE)
AT_HOME = card(LAPTOP, said(worth=book("6999")))


def document(matter: Matter, listed: str, authority: UUID = FINANCE, **more: Any) -> Any:
    recorded = DecisionRecorded(
        matter=matter, body=EDUCATION, authority=authority, number="甘财资〔2026〕7号", dated=date(2026, 2, 25),
        list_hash=listed, scan="5f" * 32, **more,
    )  # fmt: skip
    return on(DECISION, recorded, DecisionVerified())


def test_nobody_reinstates_another_body_s_thing_on_the_own_books() -> None:
    back = [
        on(
            LAPTOP, LeftForGood(disposal=PAPER), Deregistered(disposal=PAPER), DisposalSettled(disposal=PAPER)
        ),
        on(LAPTOP, CameBack(condition=Condition.WORN, operator=OFFICES, place=WAREHOUSE)),
    ]
    ask = {"asset": LAPTOP, "book": book("100")}
    story = given(STORE_ROOM, APPROVERS, IN_STORE, back)
    story.when("reinstate_asset", as_=SUN_APPROVES, holder=HEALTH, **ask).refused(NotYours)
    story.when("reinstate_asset", as_=WEI_APPROVES, holder=EDUCATION_OFFICE, **ask).then(Reinstated)


def test_one_delivery_is_not_accepted_twice_by_naming_its_line_twice() -> None:
    story = given(STORE_ROOM).when(
        "record_acquisition", as_=BEN_ASKS, body=EDUCATION, how=AcquiredBy.PURCHASE,
        lines=(AcquisitionLine(name="椅子", quantity=10, value=cny(1000)),), funding=(Funding("fiscal", cny(1000)),),
    )  # fmt: skip
    paper = story.answer["acquisition"]
    story.when("receive_delivery", as_=BEN_ASKS, acquisition=paper, lines=(DeliveredLine(0, 5),))
    twice = (AcceptedLine(0, 5), AcceptedLine(0, 5))
    story.when(
        "sign_acceptance", as_=CHEN_MANAGES, acquisition=paper, lines=twice,
        inspectors=(Signature(CHEN, SignedBy.ACCOUNT), by_hand(WANG)),
    ).refused(MoreThanDelivered)  # fmt: skip


def intake(story: Story, *, mode: IntakeMode = IntakeMode.HANDED_IN) -> UUID:
    story.when(
        "apply_for_intake", as_=BEN_ASKS, mode=mode, source=IntakeSource.IDLE, body=EDUCATION,
        warehouse=WAREHOUSE, lines=(IntakeLine(asset=LAPTOP),),
    )  # fmt: skip
    assert story.refusal is None, story.refusal
    paper: UUID = story.answer["intake"]
    return paper


def test_what_is_handed_in_at_another_pool_s_store_keeps_its_holder() -> None:
    city_store = named_id("兰州市公物仓")
    fang = named_id("person:方二")
    registered = PlaceRegistered(
        name="兰州市公物仓", kind=PlaceKind.WAREHOUSE, code="LZW1", operator=LANZHOU_FINANCE,
        owner=LANZHOU_FINANCE, time_zone="Asia/Shanghai",
    )  # fmt: skip
    keeper = account(fang, LANZHOU_FINANCE, (Role.KEEPER, city_store))
    story = given(STORE_ROOM, AT_HOME, on(city_store, registered), keeper)
    paper = intake(story)
    story.when("approve_intake", as_=DING_APPROVES, intake=paper)
    came = (CameLine(line=0, received=1),)
    story.when("receive_intake", as_=account_of(fang), intake=paper, place=city_store, lines=came)
    assert story.refusal is None
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.custody.body) == (EDUCATION, LANZHOU_FINANCE)
    assert laptop.cases


def test_what_may_not_be_handed_in_any_more_lands_but_keeps_its_holder() -> None:
    story = given(STORE_ROOM, AT_HOME)
    paper = intake(story)
    story.when("approve_intake", as_=DING_APPROVES, intake=paper)
    story.given(on(LAPTOP, TitleChanged(title=Title.PLEDGED)))
    came = (CameLine(line=0, received=1),)
    story.when("receive_intake", as_=ANA_KEEPS, intake=paper, place=WAREHOUSE, lines=came)
    assert story.refusal is None
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.holder, laptop.custody.body) == (EDUCATION, OFFICES)
    assert "breach:TITLE_NOT_CLEAR" in laptop.cases


def test_goods_do_not_come_into_a_closed_store() -> None:
    story = given(STORE_ROOM, AT_HOME)
    paper = intake(story)
    story.given(on(BIN_A1, PlaceTakenOutOfUse(), PlaceClosed()))
    came = (CameLine(line=0, received=1),)
    story.when("receive_intake", as_=ANA_KEEPS, intake=paper, place=BIN_A1, lines=came).refused(PlaceOutOfUse)


def test_an_intake_is_decided_by_a_document_of_those_who_decide_on_intakes() -> None:
    story = given(STORE_ROOM, AT_HOME)
    paper = intake(story)
    listed = story.thing(Intake, paper).list_hash
    story.given(document(Matter.INTAKE, listed, LANZHOU_FINANCE))
    story.when("approve_intake", as_=BEN_ASKS, intake=paper, decision=DECISION).refused(NotTheAuthority)


def test_an_intake_list_that_changed_since_needs_a_new_decision() -> None:
    lines = card(LAPTOP, said(worth=book("6999", kind="estimated")))  # type: ignore[arg-type]  # wrong on purpose
    story = given(STORE_ROOM, lines)
    paper = intake(story)
    story.when("value_asset", as_=CHEN_MANAGES, asset=LAPTOP, book=book("9999"), basis="发票")
    assert story.refusal is None, story.refusal
    story.when("approve_intake", as_=DING_APPROVES, intake=paper).refused(ListChanged)


def loss(story: Story, **more: Any) -> UUID:
    """The laptop is missing, and its loss is decided and waits in the pending losses."""
    story.given(on(LAPTOP, MissingReported(liable=EDUCATION)))
    story.when(
        "apply_disposal", as_=BEN_ASKS, lines=(LoanLine(LAPTOP, 1),), form=DisposalForm.LOSS, reason_="盘亏",
        evidence_=("ab" * 32,),
    )  # fmt: skip
    case: UUID = story.answer["disposal"]
    story.when("approve_disposal", as_=WEI_APPROVES, disposal=case, **more)
    story.when("move_to_pending_losses", as_=CHEN_MANAGES, disposal=case)
    story.when("settle_proceeds", as_=CHEN_MANAGES, disposal=case, proceeds=cny(0), costs=cny(0))
    assert story.refusal is None, story.refusal
    return case


def test_a_loss_that_was_found_again_is_not_taken_off_the_books() -> None:
    story = given(STORE_ROOM, APPROVERS, IN_STORE)
    case = loss(story)
    story.when("report_found", as_=ANA_KEEPS, asset=LAPTOP, place=WAREHOUSE, condition=Condition.GOOD)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case).refused(NotMissing)
    story.when("withdraw_disposal", as_=BEN_ASKS, disposal=case, reason_="已找到")
    laptop = story.thing(Asset, LAPTOP)
    assert (laptop.disposal, laptop.pending_loss, laptop.alive) == (None, None, True)


def test_a_loss_is_not_taken_off_the_books_under_a_decision_that_has_expired() -> None:
    story = given(STORE_ROOM, APPROVERS, IN_STORE)
    case = loss(story, expires=TUESDAY)
    story.when("deregister_disposed", as_=CHEN_MANAGES, disposal=case, at=WEDNESDAY).refused(DecisionExpired)


def test_a_body_does_not_choose_who_decides_on_it() -> None:
    boss = named_id("person:教育厅管理员")
    story = given(STORE_ROOM, account(boss, EDUCATION, (Role.ADMINISTRATOR, EDUCATION)))
    for relation in Relation:
        ask = {"body": EDUCATION, "relation": relation}
        story.when("set_relation", as_=account_of(boss), other=TAX_LIKE, **ask).refused(NotYours)
        story.when("end_relation", as_=account_of(boss), **ask).refused(NotYours)
    story.when(
        "set_relation",
        as_=GAO_ADMINISTERS,
        body=EDUCATION,
        relation=Relation.FISCAL_AUTHORITY,
        other=LANZHOU_FINANCE,
    ).then(RelationSet)


TAX_LIKE = LANZHOU_FINANCE


def agreed(story: Story) -> UUID:
    story.when("propose_transfer", as_=BEN_ASKS, lines=(LoanLine(LAPTOP, 1),), receiver=HEALTH)
    paper: UUID = story.answer["transfer"]
    story.when("consent_to_transfer", as_=CHEN_MANAGES, transfer=paper, side=Side.GIVER)
    story.when("consent_to_transfer", as_=BAI_MANAGES, transfer=paper, side=Side.RECEIVER)
    story.when("approve_transfer", as_=DING_APPROVES, transfer=paper, authority=OFFICES)
    assert story.refusal is None, story.refusal
    return paper


def test_a_receiver_puts_nothing_into_somebody_else_s_store() -> None:
    story = given(STORE_ROOM, AT_HOME)
    paper = agreed(story)
    story.when("dispatch_transfer", as_=CHEN_MANAGES, transfer=paper, carrier="顺丰")
    story.when("accept_transfer", as_=XIE_ASKS, transfer=paper, place=SECOND_SHELF).refused(NotYourStore)
    story.when("accept_transfer", as_=XIE_ASKS, transfer=paper)
    assert story.thing(Asset, LAPTOP).holder == HEALTH


def test_a_thing_is_not_issued_into_a_closed_place_or_somebody_else_s() -> None:
    ask = {"as_": CHEN_MANAGES, "asset": LAPTOP, "body": EDUCATION_OFFICE, "receiver": by_hand(WANG)}
    story = given(STORE_ROOM, AT_HOME, on(BIN_A1, PlaceTakenOutOfUse(), PlaceClosed()))
    story.when("issue_asset", place=SECOND_SHELF, **ask).refused(NotYourStore)
    story.when("issue_asset", place=BIN_A1, **ask).refused(PlaceOutOfUse)
    story.when("issue_asset", **ask).then(Issued)


def test_a_decision_that_was_entered_wrongly_can_be_entered_again() -> None:
    other = named_id("person:审核人")
    verifies = account(other, EDUCATION, (Role.OFFICER, EDUCATION))
    story = given(STORE_ROOM, verifies)
    ask = {
        "as_": BEN_ASKS, "matter": Matter.DISPOSAL, "body": EDUCATION, "authority": FINANCE,
        "number": "甘财资〔2026〕7号", "dated": date(2026, 2, 25), "list_hash": "ab" * 32,
    }  # fmt: skip
    story.when("record_decision", scan="cd" * 32, **ask)
    wrong = story.answer["decision"]
    story.when("take_back_decision", as_=BEN_ASKS, decision=wrong, reason_="扫描件传错")
    story.when("record_decision", scan="ef" * 32, **ask).then(DecisionRecorded)


def test_nobody_signs_through_somebody_else_s_account() -> None:
    due, lines = WEDNESDAY, (LoanLine(LAPTOP, 1),)
    story = given(STORE_ROOM, IN_STORE)
    ask = {"as_": ANA_KEEPS, "lines": lines, "borrower": HEALTH, "due": due}
    story.when("lend", receiver=Signature(WANG, SignedBy.ACCOUNT), **ask).refused(
        "NOT_YOUR_SIGNATURE", path="receiver"
    )
    by_ben = Signature(BEN, SignedBy.ACCOUNT)
    story.when("lend", receiver=by_hand(WANG), giver=by_ben, **ask).refused(
        "NOT_YOUR_SIGNATURE", path="giver"
    )
    story.when("lend", receiver=Signature(WANG, SignedBy.ONE_TIME_CODE), **ask).refused("CODE_NOT_ENTERED")
    story.when("lend", receiver=by_hand(WANG), **ask)
    assert story.refusal is None


def test_a_place_is_not_corrected_into_somebody_else_s_store() -> None:
    li = named_id("person:李更正")
    story = given(STORE_ROOM, AT_HOME, account(li, EDUCATION, (Role.ASSET_MANAGER, EDUCATION)))
    wrong = {"asset": LAPTOP, "version": 1, "field": Field.PLACE, "reason_": "货位登记错误"}
    ask = {"as_": account_of(li), **wrong}
    story.when("correct_asset", new=Said(place=SECOND_SHELF), **ask).refused(NotYourStore, path="new")
    site = named_id("教育厅库房")
    rooms = PlaceRegistered(
        name="教育厅库房", kind=PlaceKind.SITE, code="EDU1", operator=STORES_COMPANY, owner=EDUCATION,
        time_zone="Asia/Shanghai",
    )  # fmt: skip
    story.given(on(site, rooms)).when("correct_asset", new=Said(place=site), **ask)
    assert story.thing(Asset, LAPTOP).place == site


def test_only_a_document_of_who_stands_over_the_former_holder_gives_a_found_thing_to_another_body() -> None:
    back = [
        on(
            LAPTOP, LeftForGood(disposal=PAPER), Deregistered(disposal=PAPER), DisposalSettled(disposal=PAPER)
        ),
        on(LAPTOP, CameBack(condition=Condition.WORN, operator=OFFICES, place=WAREHOUSE)),
    ]
    listed = list_hash((ListItem(asset=LAPTOP, quantity=1, value=cny(100)),))
    ask = {"as_": XIE_ASKS, "asset": LAPTOP, "book": book("100"), "holder": HEALTH, "decision": DECISION}
    story = given(STORE_ROOM, IN_STORE, back, document(Matter.REINSTATEMENT, listed, LANZHOU_FINANCE))
    story.when("reinstate_asset", **ask).refused(NotTheAuthority)
    story = given(STORE_ROOM, IN_STORE, back, document(Matter.REINSTATEMENT, listed, FINANCE))
    story.when("reinstate_asset", **ask).then(Reinstated)
    assert story.thing(Asset, LAPTOP).holder == HEALTH


def test_a_time_without_a_zone_is_no_time() -> None:
    naive = WEDNESDAY.replace(tzinfo=None)
    ask = {"as_": BEN_ASKS, "matter": Matter.DISPOSAL, "body": EDUCATION, "authority": FINANCE, "number": "1"}
    more = {"dated": date(2026, 2, 25), "list_hash": "ab" * 32, "scan": "cd" * 32, "expires": naive}
    given(STORE_ROOM).when("record_decision", **ask, **more).refused("INVALID_VALUE", path="expires")
