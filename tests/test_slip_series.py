"""Slips: gapless series per store, kind and year; voids stay visible, copies are counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.papers.loan import LoanLine
from domain.papers.slip import (
    SlipIssued,
    SlipKind,
    SlipMarks,
    SlipReprinted,
    SlipVoided,
    marks_of,
    series_of,
    slip_number,
)
from domain.place import Place
from domain.refusals import AlreadyDone, NotYours, Unknown
from domain.usecases.pooling import ReasonMissing
from domain.usecases.returning import ReturnLine
from domain.values import Condition
from tests.examples import ANA_KEEPS, BIN_A1, FRIDAY, HEALTH, NEXT_YEAR, WAREHOUSE
from tests.goods import CHAIRS, LAPTOP, book, card, said
from tests.store_room import BY_WANG, IN_STORE, LIU_KEEPS, LOAN, STORE_ROOM, TEN_CHAIRS, lent
from tests.story import MONDAY, Story, given

LOANS = series_of(WAREHOUSE, SlipKind.LOAN, 2026)
LEND: dict[str, Any] = {
    "as_": ANA_KEEPS,
    "lines": (LoanLine(CHAIRS, 1),),
    "borrower": HEALTH,
    "receiver": BY_WANG,
    "due": FRIDAY,
}
SLIP: dict[str, Any] = {"as_": ANA_KEEPS, "warehouse": WAREHOUSE, "kind": SlipKind.LOAN, "year": 2026}


def three_loans() -> Story:
    story = given(STORE_ROOM, TEN_CHAIRS)
    for _ in range(3):
        story.when("lend", **LEND)
        assert story.refusal is None
    return story


def numbers(story: Story, kind: SlipKind, year: int = 2026) -> list[int]:
    return [row.version for row in story.log.streams.get(series_of(WAREHOUSE, kind, year), [])]


def test_numbers_of_a_series_follow_each_other_without_a_gap() -> None:
    story = three_loans()
    story.when("lend", **LEND | {"lines": (LoanLine(CHAIRS, 99),)})
    assert story.refusal is not None, "what is refused takes no number"
    story.when("lend", **LEND)
    assert numbers(story, SlipKind.LOAN) == [1, 2, 3, 4]


def test_each_kind_of_paper_has_its_own_series() -> None:
    story = three_loans().when(
        "take_back", as_=ANA_KEEPS, place=BIN_A1, lines=(ReturnLine(asset=CHAIRS, quantity=3),)
    )
    assert (numbers(story, SlipKind.LOAN), numbers(story, SlipKind.RETURN)) == ([1, 2, 3], [1])
    assert story.fact(SlipIssued).warehouse == WAREHOUSE, "a shelf's slips are its store's"
    code = story.thing(Place, WAREHOUSE).code
    assert story.fact(SlipIssued).code == code, "and carry its store's code, not the shelf's"


def test_a_year_begins_a_new_series_when_it_begins_at_the_store() -> None:
    new_year = datetime(2026, 12, 31, 16, tzinfo=UTC)  # midnight at the store
    late = LEND | {"due": NEXT_YEAR}
    story = given(STORE_ROOM, TEN_CHAIRS).when("lend", **late, at=new_year - timedelta(seconds=1))
    story.when("lend", **late, at=new_year)
    assert (numbers(story, SlipKind.LOAN, 2026), numbers(story, SlipKind.LOAN, 2027)) == ([1], [1])


def test_a_slip_says_what_was_so_on_that_day() -> None:
    story = given(STORE_ROOM, card(CHAIRS, said("椅子", 3, unit="把", worth=book("100.00")), place=WAREHOUSE))
    story.when("lend", **LEND)
    [line] = story.fact(SlipIssued).lines
    assert (line.name, line.unit, line.quantity, line.condition) == ("椅子", "把", 1, Condition.GOOD)
    assert str(line.value.amount) == "33.33"
    story.when("see_condition", asset=CHAIRS, condition=Condition.BROKEN)
    issued = story.log.streams[LOANS][0].fact
    assert isinstance(issued, SlipIssued)
    assert issued.lines[0].condition is Condition.GOOD


def test_a_number_is_printed_with_store_kind_and_year() -> None:
    assert slip_number("GSW1", SlipKind.LOAN, 2026, 123) == "GSW1-LOAN-2026-000123"
    assert slip_number("GSW1", SlipKind.GATE_PASS, 2026, 1) == "GSW1-GATEPASS-2026-000001"


def test_a_void_slip_stays_in_the_series_and_its_number_is_not_given_again() -> None:
    story = three_loans()
    story.when("void_slip", **SLIP, number=2).refused(ReasonMissing)
    story.when("void_slip", **SLIP, number=2, reason_="打印错误").then(
        (marks_of(LOANS), SlipVoided(number=2))
    )
    story.when("void_slip", **SLIP, number=2, reason_="打印错误").refused(AlreadyDone, "number")
    story.when("lend", **LEND)
    assert numbers(story, SlipKind.LOAN) == [1, 2, 3, 4]
    assert story.thing(SlipMarks, marks_of(LOANS)).voided == {2}


def test_copies_are_counted_one_by_one() -> None:
    story = three_loans()
    story.when("reprint_slip", **SLIP, number=1).then(SlipReprinted(number=1, copy=1))
    story.when("reprint_slip", **SLIP, number=1).then(SlipReprinted(number=1, copy=2))
    assert story.answer == {"number": 1, "copy": 2}
    story.when("reprint_slip", **SLIP, number=3).then(SlipReprinted(number=3, copy=1))


def test_only_a_slip_that_was_issued_is_voided_or_printed_again() -> None:
    story = three_loans()
    for number in (0, -1, 4):
        story.when("void_slip", **SLIP, number=number, reason_="-").refused(Unknown, "number")
        story.when("reprint_slip", **SLIP, number=number).refused(Unknown, "number")
    story.when("reprint_slip", **SLIP | {"year": 2025}, number=1).refused(Unknown, "number")


def test_only_the_store_s_keeper_voids_and_prints_its_slips() -> None:
    story = three_loans()
    story.when("void_slip", **SLIP | {"as_": LIU_KEEPS}, number=1, reason_="-").refused(NotYours)
    story.when("reprint_slip", **SLIP | {"as_": LIU_KEEPS}, number=1).refused(NotYours)


def test_a_gate_pass_is_for_what_is_still_out_on_a_loan() -> None:
    story = given(STORE_ROOM, IN_STORE, lent())
    story.when("issue_gate_pass", as_=LIU_KEEPS, loan=LOAN).refused(NotYours)
    story.when("issue_gate_pass", as_=ANA_KEEPS, loan=LOAN).then(SlipIssued)
    assert [(line.asset, line.quantity) for line in story.fact(SlipIssued).lines] == [(LAPTOP, 1)]
    story.when("take_back", as_=ANA_KEEPS, place=WAREHOUSE, lines=(ReturnLine(asset=LAPTOP),))
    story.when("issue_gate_pass", as_=ANA_KEEPS, loan=LOAN).refused(AlreadyDone)


def test_two_slips_of_one_moment_get_two_numbers() -> None:
    story = given(STORE_ROOM, TEN_CHAIRS)
    story.when("lend", **LEND, at=MONDAY)
    first = story.log.streams[LOANS][-1].version
    story.when("lend", **LEND, at=MONDAY)
    assert (first, story.log.streams[LOANS][-1].version) == (1, 2)
