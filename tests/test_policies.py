"""Terms as data: who sets them, which row holds, and that the book keeps every version."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as over
from hypothesis import strategies as some

from domain.command import Command, Envelope
from domain.limits import TermTooLong
from domain.papers.loan import LoanLine
from domain.place import Place
from domain.policy_book import BOOK, SHIPPED_ROWS, PolicyBook, PolicyEnded, PolicySet, Row, in_force, terms
from domain.refusals import AlreadyDone, InvalidValue, NotYours, Unknown
from domain.terms import (
    ApprovalChain,
    ChainCase,
    Form,
    LoanTerms,
    OpenDay,
    OpeningHours,
    Preparation,
    Ring,
    Round,
    Scope,
    SharingRounds,
    Step,
    Terms,
)
from domain.texts import catalogue, say
from domain.usecases.setting_terms import BackDated
from domain.values import CONSOLE, Money, Window
from tests.examples import (
    ANA_KEEPS,
    EDUCATION,
    EDUCATION_FINANCE,
    GANSU,
    GAO_ADMINISTERS,
    HEALTH,
    LANZHOU_FINANCE,
    OFFICES,
    TUESDAY,
    WAREHOUSE,
    ZONE_A,
    named_id,
)
from tests.goods import LAPTOP
from tests.store_room import BY_WANG, IN_STORE, STORE_ROOM
from tests.story import MONDAY, given, on

DOCUMENT = "甘机管〔2026〕7号"
SHORT = LoanTerms(most_days=30)
SET: dict[str, Any] = {"scope": Scope(), "valid_from": MONDAY.date(), "document": DOCUMENT}
FOR_THE_STORE = {**SET, "scope": Scope(warehouse=WAREHOUSE), "as_": GAO_ADMINISTERS}


def test_an_administrator_sets_terms_by_a_document_and_the_book_keeps_every_version() -> None:
    story = given(GANSU).when("set_loan_terms", **SET, terms=SHORT)
    story.then(
        PolicySet(
            policy=story.answer["policy"],
            scope=Scope(),
            valid_from=MONDAY.date(),
            terms=SHORT,
            document=DOCUMENT,
        )
    )
    story.when("set_loan_terms", **SET, terms=LoanTerms(most_days=60))
    rows = story.thing(PolicyBook, BOOK).rows
    assert [
        (row.terms.most_days, row.version) for row in rows.values() if isinstance(row.terms, LoanTerms)
    ] == [(30, 1), (60, 2)]


@pytest.mark.parametrize(
    ("who", "scope"),
    [
        (ANA_KEEPS, Scope(warehouse=WAREHOUSE)),
        (GAO_ADMINISTERS, Scope()),
        (GAO_ADMINISTERS, Scope(region="62")),
        (GAO_ADMINISTERS, Scope(class_code="A02")),
        (GAO_ADMINISTERS, Scope(body=LANZHOU_FINANCE)),
    ],
)
def test_terms_are_set_only_by_those_who_administer_where_they_hold(who: UUID, scope: Scope) -> None:
    given(GANSU).when("set_loan_terms", as_=who, **{**SET, "scope": scope}, terms=SHORT).refused(NotYours)


def test_the_administrator_of_a_pool_sets_the_terms_of_its_warehouse_and_of_the_bodies_it_serves() -> None:
    story = given(GANSU).when("set_loan_terms", **FOR_THE_STORE, terms=SHORT)
    story.then(PolicySet)
    story.when(
        "set_loan_terms", **{**SET, "scope": Scope(body=EDUCATION)}, as_=GAO_ADMINISTERS, terms=SHORT
    ).then(PolicySet)


def test_what_terms_say_must_make_sense() -> None:
    story = given(GANSU)
    wrong: list[tuple[str, Any]] = [
        ("set_approval_chain", ApprovalChain(cases=())),
        ("set_sharing_rounds", SharingRounds(rounds=())),
        (
            "set_sharing_rounds",
            SharingRounds(rounds=(Round(Ring.OWN_DEPARTMENT, 7), Round(Ring.SAME_LEVEL, 0))),
        ),
        (
            "set_sharing_rounds",
            SharingRounds(rounds=(Round(Ring.OTHER_LEVELS, 0), Round(Ring.SAME_LEVEL, 7))),
        ),
        ("set_opening_hours", OpeningHours(week=())),
        (
            "set_opening_hours",
            OpeningHours(week=(OpenDay(1, "09:00", "14:00"), OpenDay(1, "13:00", "17:00"))),
        ),
        ("set_loan_terms", LoanTerms(most_days=1, break_days=-1)),
        ("set_preparation", Preparation(working_days=-1)),
        ("set_preparation", Preparation(working_days=10_000)),
    ]
    for name, said in wrong:
        story.when(name, **SET, terms=said).refused(InvalidValue)
    noon = OpeningHours(week=(OpenDay(1, "13:00", "17:00"), OpenDay(1, "09:00", "12:00")))
    story.when("set_opening_hours", **SET, terms=noon).then(PolicySet)
    story.when("set_loan_terms", **{**SET, "document": " "}, terms=SHORT).refused(InvalidValue, "document")
    story.when("set_loan_terms", **SET, terms=SHORT, valid_until=date(2026, 1, 1)).refused(
        InvalidValue, "validUntil"
    )
    for days in (0, 100_000):
        with pytest.raises(InvalidValue):
            LoanTerms(most_days=days)
    for opens, closes in (("9:00", "17:00"), ("17:00", "09:00"), ("00:00", "24:01")):
        with pytest.raises(InvalidValue):
            OpenDay(1, opens, closes)


def test_a_scope_is_a_warehouse_and_not_a_shelf_a_region_and_not_a_word() -> None:
    story = given(GANSU)
    for scope, path in (
        (Scope(warehouse=ZONE_A), "scope.warehouse"),
        (Scope(region="甘肃"), "scope.region"),
        (Scope(class_code="A02%"), "scope.classCode"),
    ):
        story.when("set_loan_terms", **{**SET, "scope": scope}, terms=SHORT).refused(InvalidValue, path)
    story.when("set_loan_terms", **{**SET, "scope": Scope(region="620100")}, terms=SHORT)
    assert story.fact(PolicySet).scope.region == "6201", "as bodies keep it"


def test_an_ended_row_holds_no_more_and_what_is_less_specific_holds_again() -> None:
    story = given(GANSU).when("set_loan_terms", **FOR_THE_STORE, terms=SHORT)
    policy = story.answer["policy"]
    story.when("end_policy", as_=ANA_KEEPS, policy=policy, valid_until=date(2026, 3, 5)).refused(NotYours)
    story.when("end_policy", as_=GAO_ADMINISTERS, policy=policy, valid_until=date(2026, 3, 5))
    story.then(PolicyEnded(policy=policy, valid_until=date(2026, 3, 5)))
    story.when("end_policy", as_=GAO_ADMINISTERS, policy=policy, valid_until=date(2026, 3, 6)).refused(
        AlreadyDone
    )
    story.when("end_policy", policy=named_id("no such row"), valid_until=date(2026, 3, 5)).refused(Unknown)
    rows = (*SHIPPED_ROWS, *story.thing(PolicyBook, BOOK).rows.values())
    where: dict[str, Any] = {"region": "62", "bodies": (), "warehouse": WAREHOUSE, "class_code": ""}
    assert in_force(rows, LoanTerms, date(2026, 3, 4), **where).terms == SHORT
    assert in_force(rows, LoanTerms, date(2026, 3, 5), **where).policy == 0, "the shipped terms hold again"


def test_every_kind_of_terms_has_shipped_rows_that_are_marked_and_a_sentence() -> None:
    shipped = {type(row.terms) for row in SHIPPED_ROWS}
    assert shipped == {*Terms.__args__}
    for row in SHIPPED_ROWS:
        assert row.version == 0
        assert {*catalogue()[row.document]} == {"zh", "en"}, "where it comes from, in both languages"
        assert f"terms.{row.name}" in catalogue()
    assert "开放时间（6201）" in say(
        "zh", "refusal.STORE_CLOSED", warehouse="", at="", opens="", rule="opening_hours/6201", policy=3
    )


# Which row holds.

REGIONS, CLASSES = ("", "6", "62", "6201", "63"), ("", "A", "A02", "A0201", "B")
BODIES = (None, EDUCATION, EDUCATION_FINANCE, HEALTH)
DAYS = tuple(date(2026, month, 1) for month in range(1, 7))
ROWS = some.lists(
    some.builds(
        lambda region, body, warehouse, code, since, length, days: (
            Scope(region=region, body=body, warehouse=warehouse, class_code=code), since, length, days,
        ),
        some.sampled_from(REGIONS), some.sampled_from(BODIES), some.sampled_from((None, WAREHOUSE, OFFICES)), some.sampled_from(CLASSES),
        some.integers(0, 5), some.one_of(some.none(), some.integers(1, 3)), some.integers(1, 99),
    ),
    max_size=8,
)  # fmt: skip


def row(n: int, scope: Scope, since: int, length: int | None, days: int) -> Row:
    until = DAYS[since + length] if length is not None and since + length < len(DAYS) else None
    return Row(named_id(f"row {n}"), scope, DAYS[since], LoanTerms(most_days=days), "x", n, until)


def slow(
    rows: list[Row], day: date, region: str, bodies: tuple[UUID, ...], warehouse: UUID | None, code: str
) -> Row:
    """Knocks out whatever another row beats, one comparison at a time."""
    left = [
        one for one in rows
        if isinstance(one.terms, LoanTerms)
        and one.valid_from <= day
        and not (one.valid_until is not None and one.valid_until <= day)
        and region[: len(one.scope.region)] == one.scope.region
        and code[: len(one.scope.class_code)] == one.scope.class_code
        and (one.scope.body is None or one.scope.body in bodies)
        and (one.scope.warehouse is None or one.scope.warehouse == warehouse)
    ]  # fmt: skip
    for better in (
        lambda one: one.scope.warehouse is not None,
        lambda one: one.scope.body is not None,
        lambda one: -bodies.index(one.scope.body) if one.scope.body else 0,
        lambda one: len(one.scope.region),
        lambda one: len(one.scope.class_code),
        lambda one: one.valid_from,
        lambda one: one.version,
    ):
        best = max(better(one) for one in left)
        left = [one for one in left if better(one) == best]
    [found] = left
    return found


@over(
    ROWS, some.sampled_from(DAYS), some.sampled_from(("62", "6201", "63", "")), some.sampled_from(("", "A02", "A020101", "C")),
    some.sampled_from(((), (EDUCATION,), (EDUCATION_FINANCE, EDUCATION))), some.sampled_from((None, WAREHOUSE)),
)  # fmt: skip
def test_the_most_specific_row_wins(
    made: list[Any], day: date, region: str, code: str, bodies: tuple[UUID, ...], warehouse: UUID | None
) -> None:
    rows = [*SHIPPED_ROWS, *(row(n, *one) for n, one in enumerate(made, 1))]
    found = in_force(rows, LoanTerms, day, region=region, bodies=bodies, warehouse=warehouse, class_code=code)
    expected = slow(rows, day, region, bodies, warehouse, code)
    assert (found.terms, found.policy, found.rule) == (expected.terms, expected.version, expected.name)


def test_the_day_from_which_terms_hold_is_that_of_the_warehouse() -> None:
    """At a quarter past midnight in Lanzhou the new terms hold; in London it is still the day before."""
    story = given(GANSU).when(
        "set_loan_terms", **{**FOR_THE_STORE, "valid_from": date(2026, 6, 1)}, terms=SHORT
    )
    looked: list[int] = []

    def look(instant: datetime) -> int:
        command = looking(story, instant)
        return terms(command, LoanTerms, warehouse=command.load(Place, WAREHOUSE)).terms.most_days

    shanghai = ZoneInfo("Asia/Shanghai")
    looked = [
        look(datetime(2026, 5, 31, 23, 59, tzinfo=shanghai)),
        look(datetime(2026, 6, 1, 0, 15, tzinfo=shanghai)),
    ]
    assert looked == [180, 30]


def test_where_no_place_has_days_of_its_own_terms_hold_from_the_administration_s_midnight_on() -> None:
    story = given(STORE_ROOM).when("set_loan_terms", **{**SET, "valid_from": date(2026, 6, 1)}, terms=SHORT)
    shanghai = ZoneInfo("Asia/Shanghai")
    looked = [
        terms(looking(story, datetime(2026, *at, tzinfo=shanghai)), LoanTerms).terms.most_days
        for at in ((5, 31, 23, 59), (6, 1, 0, 15))
    ]
    assert looked == [180, 30]


def test_what_counts_from_a_day_that_has_passed_needs_a_reason_and_shows_as_back_dated() -> None:
    story = given(STORE_ROOM)
    late = {**SET, "valid_from": MONDAY.date() - timedelta(days=1), "terms": SHORT}
    story.when("set_loan_terms", **late).refused(BackDated, "validFrom")
    story.when("set_loan_terms", **late, reason_="文件上月已下发").then(PolicySet)
    assert story.fact(PolicySet).back_dated
    first = story.answer["policy"]
    story.when("set_loan_terms", **SET, terms=SHORT)
    second = story.answer["policy"]
    rows = story.thing(PolicyBook, BOOK).rows
    assert (rows[first].back_dated, rows[second].back_dated) == (True, False)
    end: dict[str, Any] = {"policy": second, "valid_until": MONDAY.date() - timedelta(days=1)}
    story.when("end_policy", **end).refused(BackDated, "validUntil")
    story.when("end_policy", **end, reason_="文件已废止").then(PolicyEnded)
    assert story.thing(PolicyBook, BOOK).rows[second].back_dated


def test_today_is_that_of_the_warehouse() -> None:
    """Half past midnight in Lanzhou is yesterday evening in London."""
    night = datetime(2026, 6, 2, 0, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    first, second = ({**FOR_THE_STORE, "valid_from": date(2026, 6, day), "terms": SHORT} for day in (1, 2))
    given(STORE_ROOM).when("set_loan_terms", **first, at=night).refused(BackDated)
    given(STORE_ROOM).when("set_loan_terms", **second, at=night).then(PolicySet)


def test_what_was_promised_keeps_the_terms_it_was_promised_by_though_others_are_back_dated() -> None:
    story = given(STORE_ROOM, IN_STORE)
    month = Window(TUESDAY, TUESDAY + timedelta(days=40))
    story.when("reserve_asset", as_=ANA_KEEPS, asset=LAPTOP, body=HEALTH, window=month)
    promise = story.answer["reservation"]
    late = {**FOR_THE_STORE, "valid_from": date(2026, 1, 1), "terms": SHORT}
    story.when("set_loan_terms", **late, reason_="补录").then(PolicySet)
    story.when(
        "lend", as_=ANA_KEEPS, at=TUESDAY, lines=(LoanLine(LAPTOP, 1),), borrower=HEALTH, receiver=BY_WANG, due=month.end,
        reservation=promise,
    )  # fmt: skip
    assert story.refusal is None


def looking(story: Any, now: datetime) -> Command:
    return Command(
        Envelope(account=CONSOLE, command_id=named_id("look")), "look", now=now, read=story.log.read, owners=story.log.owners,
        new_id=lambda: named_id("made"),
    )  # fmt: skip


def test_a_row_that_changes_while_a_decision_is_taken_is_noticed() -> None:
    """The book is a guard like any other stream: the decision is taken again, by the new row."""
    changed = on(
        BOOK,
        PolicySet(
            policy=named_id("row"), scope=Scope(warehouse=WAREHOUSE), valid_from=date(2026, 1, 1), terms=LoanTerms(most_days=1),
            document=DOCUMENT,
        ),
        at=MONDAY,
    )  # fmt: skip
    month = Window(TUESDAY, datetime(2026, 4, 1, tzinfo=ZoneInfo("Asia/Shanghai")))
    asked: dict[str, Any] = {"as_": ANA_KEEPS, "asset": LAPTOP, "body": HEALTH, "window": month}
    given(STORE_ROOM, IN_STORE).when("reserve_asset", **asked, meanwhile_=(changed,)).refused(
        TermTooLong, "window"
    )


def test_the_case_that_asks_most_decides_who_approves() -> None:
    chain = ApprovalChain(
        cases=(
            ChainCase(form=Form.LOAN, steps=(Step.OWN_BODY,)),
            ChainCase(
                form=Form.LOAN, steps=(Step.OWN_BODY, Step.HOLDER), from_value=Money(Decimal(100), "CNY")
            ),
            ChainCase(form=Form.LOAN, steps=(Step.SUPERIOR_OF_HOLDER,), levels_crossed=1),
        )
    )
    assert chain.steps_for(Form.LOAN, 0, Money(Decimal(99), "CNY")) == (Step.OWN_BODY,)
    assert chain.steps_for(Form.LOAN, 0, Money(Decimal(100), "CNY")) == (Step.OWN_BODY, Step.HOLDER)
    assert chain.steps_for(Form.LOAN, 0, None) == (Step.OWN_BODY, Step.HOLDER), (
        "an unknown value might be any"
    )
    assert chain.steps_for(Form.LOAN, 0, Money(Decimal(1), "USD")) == (Step.OWN_BODY, Step.HOLDER)
    assert chain.steps_for(Form.LOAN, 2, Money(Decimal(1), "CNY")) == (Step.SUPERIOR_OF_HOLDER,)
    assert chain.steps_for(Form.TRANSFER, 0, None) == ()
