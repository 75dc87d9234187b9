"""What officials read has no codes, no dashes for nothing, and counts from 1."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from api.schema.figures import _asked, _called
from domain.aggregate import Fact, Meta
from domain.life.pooling import ReservationReleased
from domain.papers.demand import DemandEntered, DemandKind, TurnCame
from domain.papers.emergency import UnitsTaken
from domain.papers.kit import KitTicked
from domain.papers.loan import LineOutcome, LineReturned, LoanLine
from domain.papers.pool_check import LineDecided, PoolCheckApplied
from domain.papers.request import RequestLine, RequestStepApproved
from domain.papers.request_reasons import CancelReason, DisplacementReason, LapseReason, RefusalReason
from domain.papers.running_loan import LoanRecalled, RecallReason
from domain.papers.transfer import TransferHandedOver
from domain.policy_data import SHIPPED
from domain.terms import ApprovalChain, Form, OpenDay, OpeningHours, PickUp
from domain.texts import LANGUAGES, Language, refusal
from domain.values import ClassCode, Condition, Signature, SignedBy
from projections.figures import Asked, By, Refused
from projections.sentences import Names, sentence, shown

BEIJING = ZoneInfo("Asia/Shanghai")
THING, BODY, PERSON = UUID(int=1), UUID(int=2), UUID(int=3)
NAMES = Names({THING: "LOA-1", BODY: "教育厅", PERSON: "安娜"})
CHAIRS = ClassCode("gbt14885", "2022", "A05010301")
SOON = datetime(2026, 12, 1, 8, tzinfo=UTC)
META = Meta(UUID(int=9), PERSON, BODY, UUID(int=8), "some")


def said(fact: Fact, language: Language) -> str:
    return sentence(THING, 1, fact, META, language, NAMES, BEIJING)


def test_a_class_is_said_by_its_name() -> None:
    assert shown(CHAIRS, "zh", NAMES, BEIJING) == "办公椅（A05010301）"
    assert shown(ClassCode("nobody", "1", "X"), "zh", NAMES, BEIJING) == "X (nobody 1)"
    line = RequestLine(quantity=12, class_code=CHAIRS, wishes="带扶手")
    assert shown(line, "zh", NAMES, BEIJING) == "12 × 办公椅（A05010301）（带扶手）"


def test_goods_of_a_loan_are_said_without_a_condition_that_nobody_looked_at() -> None:
    assert shown(LoanLine(BODY, 7), "zh", NAMES, BEIJING) == "7 × 教育厅"
    seen = LoanLine(BODY, 7, Condition.GOOD, ("遥控器",), ("ab" * 32,))
    assert shown(seen, "zh", NAMES, BEIJING) == "7 × 教育厅（良好、遥控器）"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_that_was_not_given_leaves_no_dash(language: Language) -> None:
    assert "–" not in said(ReservationReleased(reservation=BODY), language)
    recalled = LoanRecalled(
        due=datetime(2026, 12, 1, 8, tzinfo=UTC), lines=(LoanLine(BODY, 7),), why=RecallReason.LENDER_NEEDS_IT, borrower=BODY
    )  # fmt: skip
    assert "–" not in said(recalled, language)
    assert said(recalled, language).endswith(("。", "."))


def test_lines_of_papers_are_counted_from_1() -> None:
    assert "第 1 行" in said(LineDecided(line=0, allot=6, may_buy=0), "zh")
    assert "line 1 " in said(LineDecided(line=0, allot=6, may_buy=0), "en")


def test_who_asked_the_pool_is_of_his_own_office_not_of_the_one_that_reviews() -> None:
    asked = PoolCheckApplied(body=BODY, purpose="年度采购", count=2, soon_days=30, office=THING)
    assert said(asked, "zh") == "安娜（教育厅）为 教育厅 申请购置前公物仓核查：年度采购（共 2 行）。"


def test_nothing_is_missing_of_a_kit_that_is_all_there() -> None:
    assert said(KitTicked(back=(), missing=()), "zh").endswith("缺失：无。")


def test_a_turn_names_no_request_that_is_not_there_yet_and_a_demand_what_it_is_for() -> None:
    came = TurnCame(request=UUID(int=99), units=(), until=datetime(2026, 12, 1, 8, tzinfo=UTC), body=BODY)
    assert "#" not in said(came, "zh")
    wish = DemandEntered(
        body=BODY, kind=DemandKind.WAIT, form=Form.LOAN, since=SOON, until=SOON, class_code=CHAIRS, quantity=3
    )  # fmt: skip
    assert "：办公椅（A05010301） 3 件，有效至" in said(wish, "zh")


def test_a_refusal_says_nothing_of_what_there_is_nothing_to_say() -> None:
    said = {
        "asset": "GW1",
        "free": 0,
        "wanted": 1,
        "by": "",
        "where": "",
        "next": "2026-12-06T10:00:00+00:00",
    }
    assert (
        refusal("zh", "NOT_FREE", said)
        == "GW1 在该时段可用数量仅 0，申请数量 1（最早满足时间：2026-12-06 18:00）。"
    )
    assert refusal("zh", "NOT_FREE", said | {"next": ""}) == "GW1 在该时段可用数量仅 0，申请数量 1。"
    assert refusal("en", "NOT_FREE", said | {"next": ""}).endswith("1 were asked for.")
    assert refusal("zh", "NOT_LISTED", {"asset": str(UUID(int=5))}) == "该物品 未上架。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_brackets_with_nothing_in_them_are_left_out(language: Language) -> None:
    assert "–" not in said(TransferHandedOver(assets=(), giver=Signature(PERSON, SignedBy.ACCOUNT)), language)


def test_what_is_lost_has_no_condition() -> None:
    lost = LineReturned(asset=BODY, quantity=2, outcome=LineOutcome.LOST, condition=Condition.GOOD)
    back = LineReturned(asset=BODY, quantity=2, outcome=LineOutcome.RETURNED, condition=Condition.GOOD)
    assert "状况" not in said(lost, "zh")
    assert "状况良好" in said(back, "zh")


def test_what_a_document_decided_is_not_said_to_be_decided_by_who_entered_it() -> None:
    names = Names({THING: "REQ-1", BODY: "教育厅", PERSON: "安娜", UUID(int=7): "教办〔2026〕3号"})
    step = RequestStepApproved(step=0, body=BODY, decision=UUID(int=7))
    told = sentence(THING, 2, step, META, "zh", names, BEIJING)
    assert told == "安娜（教育厅）登记：教育厅 以 教办〔2026〕3号 文件同意 REQ-1。"


def test_nothing_of_a_list_is_said_to_be_nothing() -> None:
    assert said(UnitsTaken(line=0, units=(), missing=3), "zh") == "LOA-1 第 1 行：已调用 无，尚缺 3。"


def test_opening_hours_are_said_with_the_names_of_the_days() -> None:
    week = tuple(OpenDay(day, *at) for at in (("09:00", "12:00"), ("14:00", "17:30")) for day in range(1, 6))
    hours = OpeningHours(week=(*week, OpenDay(7, "09:00", "12:00")), closed=(date(2026, 10, 1),))
    assert shown(hours, "zh", NAMES, BEIJING).startswith(
        "开放时间：星期一至星期五 09:00–12:00、14:00–17:30；星期日 09:00–12:00；不开放日：2026-10-01"
    )
    assert "Monday to Friday 09:00–12:00, 14:00–17:30; Sunday 09:00–12:00" in shown(
        hours, "en", NAMES, BEIJING
    )


def test_approval_steps_and_pick_ups_are_said_in_words() -> None:
    chain = next(terms for _, _, terms in SHIPPED if isinstance(terms, ApprovalChain))
    assert "借用（跨 1 级及以上）：申请单位→申请方主管部门→占有使用单位→占有方主管部门" in shown(
        chain, "zh", NAMES, BEIJING
    )
    assert "0" not in shown(PickUp(deadline_working_days=9), "zh", NAMES, BEIJING)


def test_times_and_rules_in_refusals_are_readable() -> None:
    warehouse = "e3c3b7dd-936a-5d86-bac4-a542339a8e20"
    told = refusal(
        "zh", "STORE_CLOSED", {"warehouse": "省仓", "at": "2026-12-02T10:00+08:00", "opens": "2026-12-02T16:00:00.5+00:00",
                               "rule": f"opening_hours/{warehouse}/A0209", "policy": 3},
    )  # fmt: skip
    assert (
        told
        == "省仓 在 2026-12-02 10:00 不开放，下次开放时间 2026-12-03 00:00。依据规则：开放时间（A0209），第 3 版。"
    )
    assert "：开放时间，第" in refusal(
        "zh", "STORE_CLOSED", {"rule": f"opening_hours/{warehouse}", "policy": 3}
    )


def test_a_limit_to_the_later_side_is_said() -> None:
    told = refusal(
        "zh", "INVALID_VALUE", {"value": "2026-12-08T08:00:00+00:00", "latest": "2026-12-05T08:00:00+00:00"}
    )
    assert told == "此处不能填“2026-12-08 16:00”。不得晚于 2026-12-05 16:00。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_what_was_asked_for_was_not_got_is_said_in_words_beside_the_code(language: Language) -> None:
    ends = {
        "refused": RefusalReason,
        "cancelled": CancelReason,
        "lapsed": LapseReason,
        "displaced": DisplacementReason,
    }
    rows = [Refused(state, why, 1) for state, reasons in ends.items() for why in reasons]
    told = _asked(Asked(9, 9, 0), rows, language)
    assert told is not None
    for row, one in zip(rows, told.refusals, strict=True):
        assert (one.state, one.why) == (row.state, row.why)
        assert one.state_text
        assert one.why_text
        assert language == "en" or not {one.state_text, one.why_text} & {row.state, row.why}
        assert "_" not in one.why_text + one.state_text
    if language == "zh":
        assert (told.refusals[0].state_text, told.refusals[0].why_text) == ("不予批准", "已不在公物仓")


def test_groups_of_figures_have_names() -> None:
    assert _called(By.LEVEL, "city", "zh") == "市级"
    assert _called(By.CLASS, "A05010301", "zh") == "办公椅"
    assert _called(By.CLASS, "ZZZ", "zh") == "ZZZ"
