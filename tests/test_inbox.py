"""The inbox: who is told what and why, in both languages; only one's own; what was read stays read; the feed a mailer follows."""

from collections.abc import Iterator
from datetime import timedelta
from string import Formatter
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from domain.account import AccountClosed, RoleGranted, RoleRevoked
from domain.aggregate import FACTS
from domain.body import BodyMerged, BodySplit
from domain.dealt_with import DONE
from domain.life.pooling import Listed, Reserved
from domain.life.transferring import Transferred
from domain.notices import NAMED, NOTICES, PERSON
from domain.papers.demand import DemandEntered, DemandKind, DemandUnit, TurnCame
from domain.papers.loan import LineOutcome, LineReturned, LoanClosed, LoanLine, LoanOpened, LoanReceived
from domain.papers.pool_check import PoolCheckApplied, PoolCheckWithdrawn
from domain.papers.reminder import ReminderLine, ReminderSent
from domain.papers.request import (
    RequestApproved,
    RequestDisplaced,
    RequestHandedOver,
    RequestLine,
    RequestStep,
    RequestStepApproved,
    RequestSubmitted,
    RequestUnit,
)
from domain.papers.request_changes import RequestChangeProposed
from domain.papers.request_endings import RequestLapsed, RequestRefused
from domain.papers.request_reasons import DisplacementReason, LapseReason, RefusalReason
from domain.papers.running_loan import (
    ExtensionRefused,
    ExtensionRequested,
    FellOverdue,
    LoanRecalled,
    NoExtension,
    RecallReason,
    Reminded,
    ReminderLevel,
)
from domain.papers.transfer import (
    Basis,
    Side,
    TransferApproved,
    TransferConsented,
    TransferProposed,
    TransferWithdrawn,
)
from domain.terms import Form, Step
from domain.texts import LANGUAGES, catalogue
from domain.values import ROOT, Condition, Role, Signature, SignedBy, Window
from projections import inbox
from projections.catalogue import ALL
from projections.inbox import NoticeRow
from projections.instead import free_instead
from projections.rebuild import rebuild
from projections.sentences import notices as sentences
from tests.clerk_ground import ClerkGround, decision
from tests.clusters import Database
from tests.examples import (
    ANA,
    ANA_KEEPS,
    BEN_ASKS,
    CHEN_MANAGES,
    DING,
    DING_APPROVES,
    EDUCATION,
    EDUCATION_OFFICE,
    FANG_ASKS,
    HEALTH,
    LANZHOU_FINANCE,
    NAMES,
    OFFICES,
    WAREHOUSE,
    account,
    account_of,
    named_id,
)
from tests.goods import LAPTOP, book, card
from tests.goods import said as said_of
from tests.store_room import BAI_MANAGES, IN_STORE, XIE, XIE_ASKS
from tests.story import MONDAY, on

pytestmark = pytest.mark.postgres

HERE = ZoneInfo("Asia/Shanghai")
CLOUD = named_id("person:云朵")
CLOUD_APPROVES = account_of(CLOUD)
DUE = MONDAY + timedelta(days=5)
WINDOW = Window(MONDAY + timedelta(days=10), MONDAY + timedelta(days=20))


@pytest.fixture
def ground(database: Database) -> Iterator[ClerkGround]:
    with ClerkGround(database, account(CLOUD, HEALTH, (Role.APPROVER, HEALTH)), IN_STORE) as made:
        yield made


def asked_for(request: UUID) -> Any:
    """Health asks for a laptop of the education department that lies in the warehouse; its own approver decides first, then offices."""
    submitted = RequestSubmitted(
        cart=uuid4(), body=HEALTH, form=Form.LOAN, purpose="培训", holder=EDUCATION, warehouse=WAREHOUSE, window=WINDOW,
        lines=(RequestLine(quantity=1, asset=LAPTOP),), units=(RequestUnit(LAPTOP, 0, 1),),
        steps=(RequestStep(Step.OWN_BODY, HEALTH), RequestStep(Step.OFFICES_ADMINISTRATION, OFFICES)),
        rule="approval_chain", policy=0, due=DUE,
    )  # fmt: skip
    return on(request, submitted, at=MONDAY, by=XIE_ASKS, person=XIE, body=HEALTH)


def told(ground: ClerkGround, account: UUID, **how: Any) -> list[NoticeRow]:
    with ground.reader.connection() as connection:
        return inbox.page(connection, inbox.addresses(connection, account), **how)


def names(ground: ClerkGround, account: UUID, **how: Any) -> list[str]:
    return [row.name for row in told(ground, account, **how)]


def said(ground: ClerkGround, account: UUID, language: Any = "zh") -> list[str]:
    known = NAMES | {XIE: "谢敏", CLOUD: "云朵"}
    with ground.reader.connection() as connection:
        return sentences(
            connection,
            told(ground, account),
            language,
            lambda ids: {id: known[id] for id in ids if id in known},
            HERE,
        )


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_notice_has_its_own_sentence_in_both_languages(name: str) -> None:
    notice = NAMED[name]
    assert FACTS[notice.fact.TOPIC] is notice.fact
    known = {
        "thing",
        "who",
        "office",
        "reason",
        "until",
        *notice.fact.__struct_fields__,
        "goods",
        "count",
        "loans",
        "day",
    }
    asked = []
    for language in LANGUAGES:
        text = catalogue()[f"notice.{name}"][language]
        asked.append({field for _, field, _, _ in Formatter().parse(text) if field})
        assert asked[-1] <= known, asked[-1] - known
    assert asked[0] == asked[1]


def test_no_sentence_is_left_over_and_no_name_is_used_twice() -> None:
    assert len(NAMED) == len(NOTICES)
    assert {key for key in catalogue() if key.startswith("notice.")} == {f"notice.{name}" for name in NAMED}


def test_what_waits_for_a_decision_is_told_to_whoever_may_decide_it(ground: ClerkGround) -> None:
    request = uuid4()
    ground.tell(asked_for(request))
    [waiting] = told(ground, CLOUD_APPROVES)
    assert (waiting.name, waiting.thing, waiting.until, waiting.to_do, waiting.read) == (
        "request.to_decide", request, DUE, True, False,
    )  # fmt: skip
    assert names(ground, DING_APPROVES) == [], "it is not their turn"
    ground.tell(
        on(request, RequestStepApproved(step=0, body=HEALTH), by=CLOUD_APPROVES, person=CLOUD, body=HEALTH)
    )
    assert names(ground, DING_APPROVES) == ["request.next_step"]
    assert names(ground, CLOUD_APPROVES) == ["request.to_decide"]
    [zh], [en] = said(ground, DING_APPROVES), said(ground, DING_APPROVES, "en")
    for sentence in (zh, en):
        assert "云朵" in sentence
        assert "甘肃省卫生健康委员会" in sentence
        assert "2026-03-07 09:00" in sentence


def test_whoever_asked_is_told_why_not_and_everybody_else_of_that_counter_too(ground: ClerkGround) -> None:
    request = uuid4()
    ground.tell(
        asked_for(request),
        on(
            request,
            RequestRefused(step=0, body=OFFICES, why=RefusalReason.NEEDED_BY_HOLDER, note="年底要用"),
            body=OFFICES,
        ),
    )
    for who in (XIE_ASKS, BAI_MANAGES):
        assert names(ground, who) == ["request.refused"]
        [why] = said(ground, who)
        assert "年底要用" in why
        assert "甘肃省机关事务管理局" in why
    assert names(ground, BEN_ASKS) == names(ground, CHEN_MANAGES) == [], (
        "the holder has nothing to do with it any more"
    )


def test_losers_are_told_what_went_and_why(ground: ClerkGround) -> None:
    request = uuid4()
    ground.tell(
        asked_for(request),
        on(
            request,
            RequestDisplaced(
                units=(RequestUnit(LAPTOP, 0, 1),), why=DisplacementReason.EMERGENCY, note="防汛"
            ),
        ),
    )
    [sentence] = said(ground, XIE_ASKS)
    assert "防汛" in sentence
    assert "笔记本" in sentence or "便携" in sentence or "LAPTOP" in sentence.upper() or "计算机" in sentence


def test_losers_see_what_is_free_instead(ground: ClerkGround) -> None:
    """As it is when they look: another of the class that is offered and free for the time they had asked for."""
    request, other = uuid4(), uuid4()
    ground.tell(
        card(other, said_of(worth=book("6999")), place=WAREHOUSE),
        on(other, Listed(listing=uuid4(), loan=True), at=MONDAY),
        asked_for(request),
        on(request, RequestRefused(step=0, body=HEALTH, why=RefusalReason.NEEDED_BY_HOLDER)),
    )
    with ground.reader.connection() as connection:
        [one] = free_instead(connection, request, MONDAY)
        assert (one.match.free, one.match.warehouse, one.match.holder) == (1, WAREHOUSE, EDUCATION)
        assert free_instead(connection, request, WINDOW.end) == [], "the time is over"
        assert free_instead(connection, uuid4(), MONDAY) == []
    promised = Reserved(reservation=uuid4(), body=HEALTH, quantity=1, window=WINDOW)
    ground.tell(on(other, promised, at=MONDAY))
    with ground.reader.connection() as connection:
        assert [one.match.free for one in free_instead(connection, request, MONDAY)] in ([], [0])


def test_the_counter_is_told_what_to_prepare_and_what_was_not_collected(ground: ClerkGround) -> None:
    request = uuid4()
    ground.tell(
        asked_for(request),
        on(request, RequestApproved(due=DUE)),
        on(request, RequestLapsed(why=LapseReason.NOT_COLLECTED)),
    )
    assert names(ground, ANA_KEEPS) == ["request.lapsed_here", "request.to_prepare"]
    assert names(ground, XIE_ASKS) == ["request.lapsed", "request.approved"]


def test_a_change_is_answered_by_whoever_asked(ground: ClerkGround) -> None:
    request = uuid4()
    cut = RequestChangeProposed(
        lines=(RequestLine(quantity=1, asset=LAPTOP),), units=(), due=DUE, window=WINDOW
    )
    ground.tell(asked_for(request), on(request, cut))
    [row] = told(ground, XIE_ASKS)
    assert (row.name, row.until, row.to_do) == ("request.change_to_answer", DUE, True)


def lent(loan: UUID) -> Any:
    opened = LoanOpened(
        warehouse=WAREHOUSE, lender=EDUCATION, borrower=HEALTH, lines=(LoanLine(LAPTOP, 1),), due=DUE, carrier="顺丰",
        giver=Signature(ANA, SignedBy.ACCOUNT),
    )  # fmt: skip
    return on(loan, opened)


def test_who_asked_to_keep_it_is_told_also_when_he_works_elsewhere_by_then(ground: ClerkGround) -> None:
    loan = uuid4()
    asked = ExtensionRequested(due=DUE + timedelta(days=9), assets=(LAPTOP,))
    no = ExtensionRefused(why=NoExtension.PROMISED_TO_OTHERS, due=DUE + timedelta(days=9))
    ground.tell(
        lent(loan), on(loan, asked, by=XIE_ASKS, person=XIE, body=HEALTH), on(XIE_ASKS, RoleRevoked(role=Role.OFFICER, scope=HEALTH)),
        on(loan, no),
    )  # fmt: skip
    assert names(ground, XIE_ASKS) == ["loan.extension_refused"], (
        "in person; what is the counter's is no longer his"
    )
    assert names(ground, BAI_MANAGES) == ["loan.extension_refused", "loan.to_receive"]
    assert names(ground, ANA_KEEPS) == ["loan.extension_to_decide"]


def test_a_recall_says_what_until_when_and_why(ground: ClerkGround) -> None:
    loan, due = uuid4(), MONDAY + timedelta(days=2)
    recalled = LoanRecalled(
        due=due, lines=(LoanLine(LAPTOP, 1),), why=RecallReason.LENDER_NEEDS_IT, borrower=HEALTH
    )
    ground.tell(lent(loan), on(loan, recalled))
    assert told(ground, XIE_ASKS)[0].until == due
    assert "2026-03-04 09:00" in said(ground, XIE_ASKS, "en")[0]


def asked_of(ground: ClerkGround, account: UUID) -> list[str]:
    """What still asks something of an account."""
    return [row.name for row in told(ground, account) if row.to_do]


def test_every_notice_that_asks_for_something_knows_when_it_is_done() -> None:
    assert {one.name for one in NOTICES if one.to_do} == {*DONE}
    kinds = {one.name: one.fact.TOPIC.partition(".")[0] for one in NOTICES}
    for name, done in DONE.items():
        about = {kinds[name], *(("loan",) if name == "reminder.sent" else ())}
        assert {fact.TOPIC.partition(".")[0] for fact in done.facts} <= about, name


def test_who_has_consented_to_a_transfer_is_asked_no_more_while_others_are(ground: ClerkGround) -> None:
    paper, approver = uuid4(), named_id("person:调出审批人")
    ground.tell(
        account(approver, EDUCATION, (Role.APPROVER, EDUCATION)),
        on(paper, TransferProposed(
            giver=EDUCATION, receiver=HEALTH, basis=Basis.REDISTRIBUTION, items=(), list_hash="5f" * 32, authorities=(OFFICES,),
        )),
    )  # fmt: skip
    asks = [asked_of(ground, who) for who in (account_of(approver), CLOUD_APPROVES, DING_APPROVES)]
    assert asks == [["transfer.giver_to_consent"], ["transfer.receiver_to_consent"], ["transfer.to_decide"]]
    ground.tell(on(paper, TransferConsented(side=Side.RECEIVER, body=HEALTH)))
    asks = [asked_of(ground, who) for who in (account_of(approver), CLOUD_APPROVES, DING_APPROVES)]
    assert asks == [["transfer.giver_to_consent"], [], ["transfer.to_decide"]]
    ground.tell(on(paper, TransferApproved(authority=OFFICES)))
    assert asked_of(ground, DING_APPROVES) == []
    ground.tell(on(paper, TransferWithdrawn()))
    assert asked_of(ground, account_of(approver)) == []


def test_what_one_has_decided_asks_nobody_else_any_more(ground: ClerkGround) -> None:
    request, other = uuid4(), named_id("person:另一审批人")
    ground.tell(account(other, HEALTH, (Role.APPROVER, HEALTH)), asked_for(request))
    for who in (CLOUD_APPROVES, account_of(other)):
        assert asked_of(ground, who) == names(ground, who, unread_only=True) == ["request.to_decide"]
    ground.tell(
        on(request, RequestStepApproved(step=0, body=HEALTH), by=CLOUD_APPROVES, person=CLOUD, body=HEALTH)
    )
    for who in (CLOUD_APPROVES, account_of(other)):
        [row] = told(ground, who)
        assert (row.to_do, row.done) == (False, True), "it is still to be read, as what was"
        assert names(ground, who, unread_only=True) == []
    assert asked_of(ground, DING_APPROVES) == ["request.next_step"]
    ground.tell(on(request, RequestRefused(step=1, body=OFFICES, why=RefusalReason.NEEDED_BY_HOLDER)))
    assert asked_of(ground, DING_APPROVES) == []
    with ground.reader.connection() as connection:
        assert inbox.count(connection, inbox.addresses(connection, DING_APPROVES), unread_only=True) == 0


def test_what_was_collected_asks_neither_side_any_more(ground: ClerkGround) -> None:
    request = uuid4()
    ground.tell(asked_for(request), on(request, RequestApproved(due=DUE)))
    assert asked_of(ground, ANA_KEEPS) == ["request.to_prepare"]
    assert asked_of(ground, XIE_ASKS) == ["request.approved"]
    ground.tell(on(request, RequestHandedOver(paper=uuid4(), units=(RequestUnit(LAPTOP, 0, 1),))))
    assert asked_of(ground, ANA_KEEPS) == asked_of(ground, XIE_ASKS) == []


def test_what_reviewers_one_of_whom_has_decided_are_asked_is_done(ground: ClerkGround) -> None:
    check = uuid4()
    applied = PoolCheckApplied(body=HEALTH, purpose="年度采购", count=1, soon_days=9, office=OFFICES)
    ground.tell(on(check, applied))
    assert asked_of(ground, DING_APPROVES) == ["pool_check.to_review"]
    ground.tell(on(check, PoolCheckWithdrawn()))
    assert asked_of(ground, DING_APPROVES) == []


def test_what_was_recalled_sent_and_reminded_of_is_done_when_it_is_back(ground: ClerkGround) -> None:
    loan, digest, sent = uuid4(), uuid4(), uuid4()
    recalled = LoanRecalled(
        due=DUE, lines=(LoanLine(LAPTOP, 1),), why=RecallReason.LENDER_NEEDS_IT, borrower=HEALTH
    )
    line = ReminderLine(loan=loan, due=DUE, days=1, step=1, level=ReminderLevel.BORROWER)
    told_of = Reminded(reminder=digest, days=1, step=1, level=ReminderLevel.BORROWER, told=(HEALTH,), due=DUE)
    digests = [
        ReminderSent(
            borrower=HEALTH,
            point=WAREHOUSE,
            day=(DUE + timedelta(days=n)).date(),
            lines=(line,),
            told=(HEALTH,),
        )
        for n in (1, 2)
    ]
    ground.tell(lent(loan), lent(sent), on(loan, recalled, told_of), on(digest, digests[0]))
    assert asked_of(ground, BAI_MANAGES) == [
        "reminder.sent",
        "loan.recalled",
        "loan.to_receive",
        "loan.to_receive",
    ]
    ground.tell(on(digest, digests[1]), on(sent, LoanReceived(receiver=Signature(XIE, SignedBy.ACCOUNT))))
    assert asked_of(ground, BAI_MANAGES) == ["reminder.sent", "loan.recalled", "loan.to_receive"], (
        "the newer digest stands"
    )
    ground.tell(on(loan, LineReturned(asset=LAPTOP, quantity=1, outcome=LineOutcome.RETURNED), LoanClosed()))
    assert asked_of(ground, BAI_MANAGES) == []


def test_roles_count_as_they_are_when_one_looks(ground: ClerkGround) -> None:
    ground.tell(decision(DUE))
    assert names(ground, BEN_ASKS) == ["decision.to_verify"]
    assert names(ground, FANG_ASKS) == []
    ground.tell(
        on(FANG_ASKS, RoleGranted(role=Role.OFFICER, scope=EDUCATION)),
        on(BEN_ASKS, RoleRevoked(role=Role.OFFICER, scope=EDUCATION)),
    )
    assert names(ground, FANG_ASKS) == ["decision.to_verify"], "a newcomer finds what waits for his office"
    assert names(ground, BEN_ASKS) == []
    ground.tell(on(BEN_ASKS, RoleGranted(role=Role.OFFICER, scope=ROOT)))
    assert names(ground, BEN_ASKS) == ["decision.to_verify"], "a role at the root body holds everywhere"


def test_what_waits_for_a_division_is_seen_from_above_and_by_who_took_over(ground: ClerkGround) -> None:
    request, after = uuid4(), uuid4()
    submitted = asked_for(request).facts[0]
    of_a_division = RequestSubmitted(
        **{name: getattr(submitted, name) for name in submitted.__struct_fields__}
        | {"steps": (RequestStep(Step.OWN_BODY, EDUCATION_OFFICE),)}
    )
    above = account(named_id("person:上级"), EDUCATION, (Role.APPROVER, EDUCATION))
    ground.tell(above, on(request, of_a_division))
    assert names(ground, account_of(named_id("person:上级"))) == ["request.to_decide"]
    ground.tell(
        on(HEALTH, BodyMerged(into=OFFICES, decree="甘编发〔2026〕1号", decree_date=MONDAY.date())),
        asked_for(after),
    )
    assert "request.to_decide" in names(ground, DING_APPROVES), "the successor decides"


def test_of_a_split_body_each_part_is_told_what_is_about_the_goods_it_took_over(ground: ClerkGround) -> None:
    loan, parts = uuid4(), (OFFICES, LANZHOU_FINANCE)
    first, second = (account_of(named_id(f"person:{part}")) for part in parts)
    opened = LoanOpened(
        warehouse=None, lender=EDUCATION, borrower=HEALTH, lines=(LoanLine(LAPTOP, 1),), due=DUE,
        giver=Signature(ANA, SignedBy.ACCOUNT),
    )  # fmt: skip
    ground.tell(
        *(account(named_id(f"person:{part}"), part, (Role.OFFICER, part)) for part in parts),
        on(loan, opened, FellOverdue(due=DUE, borrower=HEALTH)), decision(DUE),
        on(EDUCATION, BodySplit(parts=parts, decree="甘编发〔2026〕2号", decree_date=MONDAY.date())),
    )  # fmt: skip
    assert [names(ground, one) for one in (first, second)] == [[], []], "nobody has taken over anything yet"
    assert names(ground, BEN_ASKS) == ["decision.to_verify", "loan.fell_overdue"], (
        "the body itself settles it"
    )
    took_over = Transferred(
        transfer=uuid4(), giver=EDUCATION, receiver=OFFICES, operator=OFFICES, condition=Condition.GOOD
    )
    ground.tell(on(LAPTOP, took_over))
    assert names(ground, first) == ["loan.fell_overdue"]
    assert names(ground, second) == []
    [seen] = told(ground, first)
    with ground.reader.connection() as connection:
        for one, wanted in ((first, {seen.id}), (second, set())):
            assert inbox.visible(connection, inbox.addresses(connection, one), [seen.id]) == wanted
            assert inbox.count(connection, inbox.addresses(connection, one)) == len(wanted)


def test_read_marks_stay_and_do_not_reach_what_is_still_to_come(ground: ClerkGround) -> None:
    ground.tell(decision(DUE), decision(DUE), decision(DUE))
    newest, middle, oldest = told(ground, BEN_ASKS)
    ground.ask("mark_read", BEN_ASKS, notices=(middle.id,))
    assert [row.read for row in told(ground, BEN_ASKS)] == [False, True, False]
    assert [row.id for row in told(ground, BEN_ASKS, unread_only=True)] == [newest.id, oldest.id]
    assert [row.read for row in told(ground, CHEN_MANAGES)] == [False] * 3, "marks are each account's own"
    ground.ask("mark_read", BEN_ASKS, up_to=str(10**15))
    assert told(ground, BEN_ASKS, unread_only=True) == []
    ground.ask("mark_read", BEN_ASKS, up_to="1")
    assert told(ground, BEN_ASKS, unread_only=True) == [], "what was read does not become unread"
    ground.tell(decision(DUE))
    assert len(told(ground, BEN_ASKS, unread_only=True)) == 1
    with ground.reader.connection() as connection:
        mine = inbox.addresses(connection, BEN_ASKS)
        assert (inbox.count(connection, mine), inbox.count(connection, mine, unread_only=True)) == (4, 1)
        assert inbox.count(connection, mine, most=2) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"up_to": "soon"},
        {"up_to": "-1"},
        {"up_to": "9" * 19},
        {"notices": tuple(uuid4() for _ in range(201))},
    ],
)
def test_a_mark_says_what_was_read(ground: ClerkGround, wrong: dict[str, Any]) -> None:
    assert ground.ask("mark_read", BEN_ASKS, **wrong).refused == "INVALID_VALUE"


def test_who_was_displaced_is_told_of_its_first_rank_and_of_its_turn_and_who_displaced_it_is_not(
    ground: ClerkGround,
) -> None:
    demand = uuid4()
    entered = DemandEntered(
        body=HEALTH, kind=DemandKind.WAIT, form=Form.LOAN, quantity=1, until=DUE, since=MONDAY, asset=LAPTOP, window=WINDOW, first=True,
        request=uuid4(), by=uuid4(),
    )  # fmt: skip
    came = TurnCame(request=uuid4(), body=HEALTH, units=(DemandUnit(LAPTOP, 1),), until=DUE)
    ground.tell(on(demand, entered, by=DING_APPROVES, person=DING, body=OFFICES), on(demand, came))
    assert names(ground, XIE_ASKS) == ["demand.turn_came", "demand.first_rank"]
    assert names(ground, DING_APPROVES) == []
    theirs = DemandEntered(
        body=EDUCATION, kind=DemandKind.WAIT, form=Form.LOAN, quantity=1, until=DUE, since=MONDAY, asset=LAPTOP, window=WINDOW, first=True,
        by=uuid4(), asker=XIE,
    )  # fmt: skip
    other = uuid4()
    ground.tell(on(other, theirs, by=DING_APPROVES, person=DING, body=OFFICES), on(other, came))
    assert names(ground, XIE_ASKS).count("demand.turn_came") == 2, "whoever had asked then is told himself"


def test_nobody_is_told_what_he_did_himself(ground: ClerkGround) -> None:
    """Who asked does not decide, whatever roles he has; and he knows what he did."""
    request = uuid4()
    ground.tell(on(XIE_ASKS, RoleGranted(role=Role.APPROVER, scope=HEALTH)), asked_for(request))
    assert names(ground, XIE_ASKS) == []
    assert names(ground, CLOUD_APPROVES) == ["request.to_decide"]


def test_pages_are_cut_by_key_and_nothing_shows_twice(ground: ClerkGround) -> None:
    """The asset manager and the officer of one body may be one account: it is told once."""
    ground.tell(
        on(BEN_ASKS, RoleGranted(role=Role.ASSET_MANAGER, scope=EDUCATION)),
        *(decision(DUE) for _ in range(7)),
    )
    found: list[NoticeRow] = []
    while rows := told(
        ground, BEN_ASKS, first=3, before=(found[-1].position, found[-1].n) if found else None
    ):
        found += rows
    assert len({row.id for row in found}) == len(found) == 7
    assert [row.position for row in found] == sorted((row.position for row in found), reverse=True)


def test_a_mailer_follows_the_feed_and_misses_nothing(ground: ClerkGround) -> None:
    request = uuid4()
    ground.tell(
        asked_for(request),
        on(request, RequestRefused(step=0, body=HEALTH, why=RefusalReason.UNFIT)),
        decision(DUE),
    )
    letters: list[inbox.Letter] = []
    with ground.reader.connection() as connection:
        while more := inbox.feed(
            connection,
            after=(letters[-1].notice.position, letters[-1].notice.n) if letters else None,
            first=1,
        ):
            letters += more
    assert [one.notice.name for one in letters] == [
        "request.to_decide",
        "request.refused",
        "decision.to_verify",
    ]
    assert letters[0].to == (("approver", HEALTH),)
    assert (PERSON, XIE) in letters[1].to


def test_live_and_rebuilt_are_the_same_to_the_row(ground: ClerkGround) -> None:
    request, loan = uuid4(), uuid4()
    ground.tell(asked_for(request)).tell(on(request, RequestStepApproved(step=0, body=HEALTH))).tell(
        lent(loan)
    )
    ground.tell(on(loan, ExtensionRequested(due=DUE + timedelta(days=9), assets=(LAPTOP,)), person=XIE))
    ground.tell(on(loan, ExtensionRefused(why=NoExtension.TERM_USED_UP, due=DUE)), decision(DUE))
    ground.ask("mark_read", BEN_ASKS, notices=(told(ground, BEN_ASKS)[0].id,), up_to="3")
    before = ground.tables()
    assert before["inbox.notice"]
    assert before["inbox.mark"]
    assert before["deadlines.deadline"]
    rebuilt = rebuild(ground.database.projector, [one for one in ALL if one.name in ("inbox", "deadlines")])
    assert all(one.same for one in rebuilt)
    assert ground.tables() == before
    assert ground.wrong() == []


def test_a_closed_account_is_told_nothing(ground: ClerkGround) -> None:
    ground.tell(decision(DUE))
    assert names(ground, BEN_ASKS)
    ground.tell(on(BEN_ASKS, AccountClosed()))
    assert names(ground, BEN_ASKS) == []
    assert names(ground, uuid4()) == [], "nor is one that never was"
