"""Before a purchase the pool is asked: what matched is kept, somebody else decides, and what is bought or avoided counts once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from domain.aggregate import Meta, Stamp
from domain.availability import Match, claim_of_loan, match, soonest
from domain.papers.acquisition import (
    AcceptanceRefused,
    AcceptedLine,
    AcquiredBy,
    Acquisition,
    AcquisitionLine,
    AcquisitionRecorded,
    DeliveredLine,
    UncheckedLine,
)
from domain.papers.certificate import CertificateIssued, certificate_number, certificates_of, check_code
from domain.papers.pool_check import (
    BoughtUnder,
    LineAsked,
    LineDecided,
    MatchNotAnswered,
    MatchRefused,
    MoreThanMatched,
    MoreThanNeeded,
    Need,
    PoolCheck,
    PoolCheckApplied,
    PoolCheckCertified,
    PoolCheckClosed,
    PoolCheckWithdrawn,
    PurchaseAvoided,
    PurchaseFellThrough,
    Unchecked,
    Unfit,
    Verdict,
)
from domain.refusals import AlreadyDone, InvalidValue, NotYours, SamePerson, TooMany
from domain.texts import refusal
from domain.usecases.pooling import ReasonMissing
from domain.values import ClassCode, Funding, Role, Window
from tests.examples import (
    BEN_ASKS,
    CHEN,
    CHEN_MANAGES,
    DING,
    DING_APPROVES,
    EDUCATION,
    EDUCATION_OFFICE,
    EVA_MANAGES,
    FANG_ASKS,
    FRIDAY,
    HEALTH,
    MA,
    NEXT_MONDAY,
    NEXT_YEAR,
    OFFICES,
    THURSDAY,
    TUESDAY,
    WAREHOUSE,
    WEDNESDAY,
    account,
    named_id,
)
from tests.goods import CHAIRS, DESKTOP, cny
from tests.properties import at_most
from tests.store_room import IN_STORE, STORE_ROOM, TEN_CHAIRS, XIE_ASKS, by_hand, lent, listed, promised
from tests.story import MONDAY, Story, given, on

COMPUTERS = ClassCode("gbt14885", "2022", "A0201")
HORIZON = timedelta(days=30)
STAMP = Stamp(0, MONDAY, Meta(account=DING, person=DING, body=OFFICES, command=DING, use_case="story"))
CHAIRS_FREE = (STORE_ROOM, TEN_CHAIRS, listed(CHAIRS))


def need(quantity: int = 12, code: ClassCode = DESKTOP, price: int = 500, **more: Any) -> Need:
    wanted = {"start": TUESDAY, "end": FRIDAY, **more}
    return Need(class_code=code, function="能办公", quantity=quantity, unit_price=cny(price), **wanted)


def asked(*steps: Any, lines: tuple[Need, ...] = (need(),)) -> Story:
    """Ben asks for the education department; in the store there are ten that fit, unless told otherwise."""
    story = given(*(steps or CHAIRS_FREE))
    return story.when("apply_pool_check", as_=BEN_ASKS, body=EDUCATION, purpose="培训室配备", lines=lines)


def certified(allot: int = 10, may_buy: int = 2, *steps: Any) -> Story:
    story = asked(*steps)
    paper = story.answer["pool_check"]
    story.when(
        "review_pool_check",
        as_=DING_APPROVES,
        pool_check=paper,
        verdicts=(Verdict(line=0, allot=allot, may_buy=may_buy, note="其余另用"),),
    )
    return story.then(LineDecided, PoolCheckCertified, CertificateIssued)


def paper_of(story: Story) -> UUID:
    return next(row.stream for row in story.log.rows if isinstance(row.fact, PoolCheckApplied))


def check(story: Story) -> PoolCheck:
    return story.thing(PoolCheck, paper_of(story))


def buy(
    story: Story, quantity: int, certificate: UUID | None = None, **more: Any
) -> tuple[UncheckedLine, ...]:
    """Ben buys computers at 6,000 each; what of it is flagged."""
    line = {
        "name": "台式机",
        "quantity": quantity,
        "value": cny(6000 * quantity),
        "class_code": DESKTOP,
        **more,
    }
    story.when(
        "record_acquisition", as_=BEN_ASKS, body=EDUCATION, how=AcquiredBy.PURCHASE, lines=(AcquisitionLine(**line),),
        funding=(Funding("财政拨款", line["value"]),), certificate=certificate,
    )  # fmt: skip
    assert story.refusal is None, "a purchase is flagged, never refused"
    return story.thing(Acquisition, story.answer["acquisition"]).unchecked


def test_what_matched_is_frozen_into_the_question() -> None:
    story = asked().then(PoolCheckApplied, LineAsked)
    found = story.fact(LineAsked).matches
    assert found == (Match(holder=EDUCATION, free=10, place=WAREHOUSE, warehouse=WAREHOUSE),)
    story.given(promised(CHAIRS, 10))
    assert check(story).lines[0].matches == found, "what becomes of the goods later changes nothing"


def test_matching_goes_by_class_and_what_begins_like_it_not_by_brand() -> None:
    wide = ClassCode("gbt14885", "2022", "A02010000")
    assert asked(*CHAIRS_FREE, lines=(need(code=wide),)).fact(LineAsked).matches
    other = ClassCode("gbt14885", "2022", "A02019900")
    assert not asked(*CHAIRS_FREE, lines=(need(code=other),)).fact(LineAsked).matches
    elsewhere = ClassCode("gbt14885", "2010", "A02010000")
    assert not asked(*CHAIRS_FREE, lines=(need(code=elsewhere),)).fact(LineAsked).matches, "another edition"


def test_only_what_is_offered_and_free_in_the_time_matches() -> None:
    assert not asked(STORE_ROOM, TEN_CHAIRS).fact(LineAsked).matches, "not listed"
    [one] = asked(*CHAIRS_FREE, promised(CHAIRS, 4)).fact(LineAsked).matches
    assert one.free == 6, "four are promised from Tuesday to Thursday"
    assert (one.soon, one.soon_at) == (4, THURSDAY), "and come free while they are needed"


def test_what_comes_free_soon_matches_with_its_day() -> None:
    out = (STORE_ROOM, IN_STORE, listed(), lent(due=WEDNESDAY))
    [one] = asked(*out, lines=(need(1, end=NEXT_MONDAY),)).fact(LineAsked).matches
    assert (one.free, one.soon, one.soon_at) == (0, 1, WEDNESDAY)
    assert not asked(*out, lines=(need(1, end=WEDNESDAY),)).fact(LineAsked).matches, "too late for that"


def test_what_is_overdue_does_not_come_free_soon() -> None:
    story = given(STORE_ROOM, IN_STORE, listed(), lent(due=TUESDAY))
    story.when(
        "apply_pool_check",
        as_=BEN_ASKS,
        at=WEDNESDAY,
        body=EDUCATION,
        purpose="配备",
        lines=(need(1, end=None),),
    )
    assert not story.fact(LineAsked).matches


@pytest.mark.parametrize(
    "wrong",
    [
        need(0),
        need(10_000_000),
        need(price=-1),
        need(end=TUESDAY),
        need(start=MONDAY - timedelta(days=9), end=MONDAY - timedelta(days=1)),
        need(code=ClassCode("gbt14885", "1999", "A02")),
        need(code=ClassCode("gbt14885", "2022", "")),
    ],
)
def test_a_line_says_what_how_many_when_and_for_how_much(wrong: Need) -> None:
    asked(*CHAIRS_FREE, lines=(wrong,)).refused(InvalidValue)


def test_an_annual_plan_is_one_check_with_many_lines() -> None:
    story = asked(*CHAIRS_FREE, lines=(need(),) * 200)
    assert len(check(story).lines) == 200
    verdicts = tuple(Verdict(line=n, allot=0, may_buy=12, note="统一采购") for n in range(200))
    story.when("review_pool_check", as_=DING_APPROVES, pool_check=paper_of(story), verdicts=verdicts)
    assert len(story.fact(CertificateIssued).lines) == 200
    asked(*CHAIRS_FREE, lines=(need(),) * 201).refused(TooMany, "lines")


def test_only_people_of_the_body_ask() -> None:
    given(CHAIRS_FREE).when(
        "apply_pool_check", as_=FANG_ASKS, body=EDUCATION, purpose="配备", lines=(need(),)
    ).refused(NotYours)


def test_every_refused_match_has_a_reason() -> None:
    story = asked()
    refuse: dict[str, Any] = {"as_": CHEN_MANAGES, "pool_check": paper_of(story), "line": 0, "match": 0}
    story.when("refuse_match", **refuse, why=Unfit.OTHER).refused(ReasonMissing)
    story.when("refuse_match", **refuse, why=Unfit.TOO_FAR).then(MatchRefused)
    story.when("refuse_match", **refuse, why=Unfit.FUNCTION, note="不支持双屏").then(MatchRefused)
    assert check(story).lines[0].refused == ((0, Unfit.FUNCTION, "不支持双屏"),), "the last word counts"
    story.when("refuse_match", **{**refuse, "match": 1}, why=Unfit.TOO_FAR).refused(InvalidValue, "match")
    story.when("refuse_match", **{**refuse, "line": 1}, why=Unfit.TOO_FAR).refused(InvalidValue, "line")
    story.when("refuse_match", **{**refuse, "as_": FANG_ASKS}, why=Unfit.TOO_FAR).refused(NotYours)


def test_a_match_that_nobody_refused_is_allotted_or_the_reviewer_says_why_not() -> None:
    story = asked()
    review: dict[str, Any] = {"as_": DING_APPROVES, "pool_check": paper_of(story)}
    less = Verdict(line=0, allot=6, may_buy=6)
    story.when("review_pool_check", **review, verdicts=(less,)).refused(MatchNotAnswered, "verdicts.0")
    story.when(
        "refuse_match", as_=BEN_ASKS, pool_check=paper_of(story), line=0, match=0, why=Unfit.CONDITION
    ).then(MatchRefused)
    story.when("review_pool_check", **review, verdicts=(less,)).then(
        LineDecided, PoolCheckCertified, CertificateIssued
    )
    line = check(story).lines[0]
    assert (line.allot, line.may_buy) == (6, 6), "allot 6, may buy 6"


@pytest.mark.parametrize(
    ("verdict", "refusal"),
    [
        (Verdict(line=0, allot=11, may_buy=1), MoreThanMatched),
        (Verdict(line=0, allot=10, may_buy=3), MoreThanNeeded),
        (Verdict(line=0, allot=10, may_buy=-1), InvalidValue),
        (Verdict(line=1, allot=10, may_buy=2), InvalidValue),
    ],
)
def test_nothing_is_allotted_that_is_not_there_and_no_more_decided_than_needed(
    verdict: Verdict, refusal: Any
) -> None:
    story = asked()
    story.when(
        "review_pool_check", as_=DING_APPROVES, pool_check=paper_of(story), verdicts=(verdict,)
    ).refused(refusal)


def test_every_line_is_decided_once() -> None:
    story = asked()
    both = (Verdict(line=0, allot=10, may_buy=2),) * 2
    for verdicts, why in (((), "（缺少结论的行：1）。"), (both, "（结论重复的行：1）。")):
        story.when(
            "review_pool_check", as_=DING_APPROVES, pool_check=paper_of(story), verdicts=verdicts
        ).refused(InvalidValue, "verdicts")
        assert story.refusal is not None
        assert refusal("zh", story.refusal.code, story.refusal.values).endswith(why)


def test_whoever_asked_does_not_review() -> None:
    also_here = account(named_id("person:贲志强"), OFFICES, (Role.APPROVER, OFFICES))
    story = asked(*CHAIRS_FREE, also_here)
    story.when(
        "review_pool_check",
        as_=account_of_ben_at_offices(also_here),
        pool_check=paper_of(story),
        verdicts=(Verdict(line=0, allot=10, may_buy=2),),
    ).refused(SamePerson)


def account_of_ben_at_offices(step: Any) -> UUID:
    found: UUID = step.stream
    return found


@pytest.mark.parametrize("who", [BEN_ASKS, CHEN_MANAGES, XIE_ASKS])
def test_only_the_offices_administration_of_the_asker_reviews(who: UUID) -> None:
    story = asked()
    story.when(
        "review_pool_check",
        as_=who,
        pool_check=paper_of(story),
        verdicts=(Verdict(line=0, allot=10, may_buy=2),),
    ).refused(NotYours)


def test_a_certificate_has_the_next_number_of_its_office_and_a_last_day() -> None:
    story = certified()
    first = story.fact(CertificateIssued)
    assert first.office == OFFICES
    assert first.valid_until == story.now + timedelta(days=90)
    number = certificate_number(first, 1)
    assert number.startswith("核-")
    assert number.endswith("-2026-000001")


def test_a_check_is_decided_once_and_nothing_is_changed_afterwards() -> None:
    story = certified()
    paper = paper_of(story)
    story.when(
        "review_pool_check",
        as_=EVA_MANAGES,
        pool_check=paper,
        verdicts=(Verdict(line=0, allot=10, may_buy=2),),
    ).refused(PoolCheckClosed)
    story.when("refuse_match", as_=BEN_ASKS, pool_check=paper, line=0, match=0, why=Unfit.CONDITION).refused(
        PoolCheckClosed
    )


def test_the_code_of_a_certificate_depends_on_all_it_says_and_on_its_number() -> None:
    one = certified().fact(CertificateIssued)
    assert check_code(one, 1) == check_code(one, 1)
    assert len(check_code(one, 1)) == 10
    assert check_code(one, 1) != check_code(one, 2)
    assert check_code(one, 1) != check_code(certified(9, 3).fact(CertificateIssued), 1)


def test_it_is_taken_back_with_a_reason_by_either_side() -> None:
    for who in (BEN_ASKS, DING_APPROVES):
        story = certified()
        take_back: dict[str, Any] = {"as_": who, "pool_check": paper_of(story)}
        story.when("withdraw_pool_check", **take_back).refused(ReasonMissing)
        story.when("withdraw_pool_check", **take_back, reason_="需求取消").then(PoolCheckWithdrawn)
        story.when("withdraw_pool_check", **take_back, reason_="需求取消").refused(AlreadyDone)
        assert buy(story, 1, paper_of(story))[0].why is Unchecked.NOT_LIVE
    certified().when(
        "withdraw_pool_check", as_=FANG_ASKS, pool_check=paper_of(certified()), reason_="与我无关"
    ).refused(NotYours)


# Buying.


def test_a_purchase_above_the_limit_without_a_certificate_is_flagged_not_refused() -> None:
    story = given(CHAIRS_FREE)
    assert buy(story, 2) == (UncheckedLine(line=0, why=Unchecked.NO_CERTIFICATE, quantity=2),)
    assert buy(story, 100, value=cny(5000)) == (), "50 each is below the limit"


def test_what_is_not_bought_is_not_flagged() -> None:
    given(CHAIRS_FREE).when(
        "record_acquisition", as_=BEN_ASKS, body=EDUCATION, how=AcquiredBy.DONATION,
        lines=(AcquisitionLine(name="台式机", quantity=1, value=cny(6000)),), funding=(Funding("捐赠", cny(6000)),),
    ).then(AcquisitionRecorded)  # fmt: skip


def test_a_purchase_within_a_live_certificate_is_counted_on_it() -> None:
    story = certified(10, 2)
    assert buy(story, 2, paper_of(story)) == ()
    assert check(story).lines[0].bought == 2


def test_never_more_is_bought_than_may_be_without_a_flag() -> None:
    story = certified(10, 2)
    assert buy(story, 3, paper_of(story)) == (
        UncheckedLine(line=0, why=Unchecked.MORE_THAN_ALLOWED, quantity=1),
    )
    assert buy(story, 1, paper_of(story)) == (
        UncheckedLine(line=0, why=Unchecked.MORE_THAN_ALLOWED, quantity=1),
    ), "the second purchase finds nothing left"
    assert check(story).lines[0].bought == 2


def test_two_purchases_at_the_same_moment_do_not_use_the_same_permission_twice() -> None:
    story = certified(10, 2)
    paper = paper_of(story)
    meanwhile = [on(paper, BoughtUnder(line=0, quantity=2, acquisition=uuid4()), at=story.now)]
    line = AcquisitionLine(name="台式机", quantity=2, value=cny(12000), class_code=DESKTOP)
    story.when(
        "record_acquisition", as_=BEN_ASKS, body=EDUCATION, how=AcquiredBy.PURCHASE, lines=(line,),
        funding=(Funding("财政拨款", cny(12000)),), certificate=paper, meanwhile_=meanwhile,
    ).then(AcquisitionRecorded)  # fmt: skip
    assert story.fact(AcquisitionRecorded).unchecked[0].why is Unchecked.MORE_THAN_ALLOWED


def test_a_certificate_covers_its_class_its_body_and_its_time_only() -> None:
    story = certified()
    paper = paper_of(story)
    other_class = ClassCode("gbt14885", "2022", "A02010104")
    assert buy(story, 1, paper, class_code=other_class)[0].why is Unchecked.CLASS_NOT_COVERED
    assert buy(story, 1, paper, class_code=None)[0].why is Unchecked.CLASS_NOT_COVERED
    line = AcquisitionLine(name="台式机", quantity=1, value=cny(6000), class_code=DESKTOP)
    bought: dict[str, Any] = {
        "how": AcquiredBy.PURCHASE, "lines": (line,), "funding": (Funding("财政拨款", cny(6000)),), "certificate": paper,
    }  # fmt: skip
    story.when("record_acquisition", as_=XIE_ASKS, body=HEALTH, **bought).then(AcquisitionRecorded)
    assert story.fact(AcquisitionRecorded).unchecked[0].why is Unchecked.ANOTHER_BODY
    story.when("record_acquisition", as_=BEN_ASKS, body=EDUCATION_OFFICE, **bought).then(
        AcquisitionRecorded, BoughtUnder
    )
    late = check(story).due
    assert late is not None
    story.when("record_acquisition", as_=BEN_ASKS, at=late, body=EDUCATION, **bought).then(
        AcquisitionRecorded
    )
    assert story.fact(AcquisitionRecorded).unchecked[0].why is Unchecked.NOT_LIVE, "expired by time"


def test_what_is_not_reviewed_yet_covers_nothing() -> None:
    story = asked()
    assert buy(story, 1, paper_of(story))[0].why is Unchecked.NOT_LIVE


def test_what_the_inspectors_did_not_accept_may_be_bought_elsewhere() -> None:
    story = certified(10, 2)
    assert buy(story, 2, paper_of(story)) == ()
    bought = story.answer["acquisition"]
    inspectors = tuple(by_hand(person) for person in (CHEN, MA))
    story.when("receive_delivery", as_=CHEN_MANAGES, acquisition=bought, lines=(DeliveredLine(0, 2),))
    story.when(
        "sign_acceptance",
        as_=CHEN_MANAGES,
        acquisition=bought,
        lines=(AcceptedLine(0, 1),),
        inspectors=inspectors,
    )
    story.when(
        "refuse_acceptance", as_=CHEN_MANAGES, acquisition=bought, inspectors=inspectors, reason_="不合格"
    ).then(AcceptanceRefused, PurchaseFellThrough)
    assert check(story).lines[0].bought == 1
    assert buy(story, 1, paper_of(story)) == ()
    assert check(story).lines[0].bought == 2


# Numbers and sums.


@settings(max_examples=at_most(30), deadline=None)
@examples(st.lists(st.booleans(), min_size=1, max_size=8))
def test_certificate_numbers_are_gapless(decided: list[bool]) -> None:
    """Applications that are withdrawn, refused or decided in any order: the numbers given are 1, 2, 3 …"""
    story, issued = given(CHAIRS_FREE), 0
    for accept in decided:
        story.when("apply_pool_check", as_=BEN_ASKS, body=EDUCATION, purpose="配备", lines=(need(),))
        paper = story.answer["pool_check"]
        verdicts = (Verdict(line=0, allot=10 if accept else 99, may_buy=2),)
        story.when("review_pool_check", as_=DING_APPROVES, pool_check=paper, verdicts=verdicts)
        issued += accept
    series = story.log.streams.get(certificates_of(OFFICES, 2026), [])
    assert [row.version for row in series] == list(range(1, issued + 1))
    assert (
        len({check_code(row.fact, row.version) for row in series if isinstance(row.fact, CertificateIssued)})
        == issued
    )


@settings(max_examples=at_most(60), deadline=None)
@examples(
    st.integers(0, 12),
    st.lists(st.tuples(st.booleans(), st.integers(1, 8)), max_size=12),
)
def test_purchase_avoided_is_counted_once_per_thing_that_was_needed(
    may_buy: int, events: list[tuple[bool, int]]
) -> None:
    """Whatever is bought and handed over, in any order: together never more than the line needs."""
    paper = PoolCheck(uuid4())
    paper.stamp = STAMP
    paper.record(PoolCheckApplied(body=EDUCATION, purpose="", count=1, soon_days=0))
    paper.record(LineAsked(line=0, need=need(12)))
    paper.record(LineDecided(line=0, allot=12 - may_buy, may_buy=may_buy))
    for buying, quantity in events:
        if buying:
            paper.buy(DESKTOP, quantity, uuid4())
        else:
            paper.avoid(0, quantity, uuid4())
        line = paper.lines[0]
        assert 0 <= line.bought <= may_buy
        assert line.bought + line.avoided <= 12
    amounts = [fact.amount.amount for fact in paper.pending if isinstance(fact, PurchaseAvoided)]
    assert sum(amounts) == Decimal(500) * paper.lines[0].avoided


def test_the_soonest_is_the_moment_from_which_the_most_are_free_to_the_end() -> None:
    window = Window(TUESDAY, NEXT_YEAR)
    claims = [
        claim_of_loan(2, MONDAY, WEDNESDAY, MONDAY),
        claim_of_loan(1, MONDAY, FRIDAY, MONDAY),
        claim_of_loan(1, MONDAY, None, MONDAY),
    ]
    assert soonest(5, claims, window, timedelta(days=2)) == (WEDNESDAY, 3)
    assert soonest(5, claims, window, timedelta(days=9)) == (FRIDAY, 4)
    assert soonest(5, claims, window, timedelta()) == (TUESDAY, 1)
    assert match(1, claims, window, timedelta(), Match(holder=DING, free=0)) is None
