"""A refusal says which value is meant and what would do; it names papers by their numbers, never by ids."""

from typing import Any

import pytest

from domain.life.on_loan import Recalled
from domain.limits import StartInThePast
from domain.numbering import paper_number
from domain.papers.loan import Loan
from domain.papers.pool_check import PoolCheck
from domain.papers.request import Request
from domain.papers.running_loan import LoanRecalled, RecallReason
from domain.refusals import InvalidValue
from domain.texts import LANGUAGES, refusal, say
from domain.usecases.approving import LineCut
from domain.usecases.choosing import AlreadyRequested
from domain.usecases.pooling import PromisedOnPaper, ReasonMissing
from domain.values import Signature, SignedBy, Window
from tests.asking import ASKING, LEI_APPROVES, asked, of, wish
from tests.examples import ANA_KEEPS, FRIDAY, TUESDAY, WEDNESDAY, named_id
from tests.goods import CHAIRS, LAPTOP
from tests.store_room import IN_STORE, LOAN, STORE_ROOM, lent
from tests.story import LONG_AGO, Story, given


def values(story: Story) -> dict[str, Any]:
    assert story.refusal is not None
    return dict(story.refusal.values)


def test_what_was_asked_for_already_is_named_by_its_number() -> None:
    story, request = asked(of(LAPTOP))
    story.when("submit_requests", **wish(of(LAPTOP))).refused(AlreadyRequested)
    assert values(story)["request"] == paper_number(Request.KIND, request)
    release: dict[str, Any] = {"asset": LAPTOP, "reservation": request, "reason_": "-"}
    story.when("release_reservation", as_=ANA_KEEPS, **release).refused(PromisedOnPaper)
    assert values(story)["paper"] == paper_number(Request.KIND, request)


def test_a_time_that_is_over_is_said_to_have_begun() -> None:
    past = {**wish(of(LAPTOP)), "window": Window(LONG_AGO, LONG_AGO.replace(year=LONG_AGO.year + 1))}
    given(ASKING).when("submit_requests", **past).refused(StartInThePast, "window.start")


def test_the_same_thing_twice_in_a_cart_is_named() -> None:
    story = given(ASKING).when("submit_requests", **wish(of(CHAIRS, 2), of(LAPTOP), of(LAPTOP)))
    story.refused(InvalidValue, "lines.1.asset")
    assert "不得重复" in refusal("zh", "INVALID_VALUE", values(story))


@pytest.mark.parametrize("quantity", [0, -1, 10**9])
def test_a_quantity_that_cannot_be_is_told_with_both_ends(quantity: int) -> None:
    story = given(ASKING).when("submit_requests", **wish(of(CHAIRS, quantity))).refused(InvalidValue)
    assert {"least", "most"} <= values(story).keys()


def test_a_cut_of_a_line_that_is_not_there_means_the_line() -> None:
    story, request = asked(of(LAPTOP))
    cut: dict[str, Any] = {"request": request, "cuts": (LineCut(line=7, quantity=1),)}
    story.when("approve_request", as_=LEI_APPROVES, **cut).refused(InvalidValue, "cuts.0.line")


def test_a_recall_for_another_reason_says_which() -> None:
    recall: dict[str, Any] = {"loan": LOAN, "due": TUESDAY, "why": RecallReason.ANOTHER_REASON}
    story = given(STORE_ROOM, IN_STORE, lent(due=FRIDAY)).when("recall_loan", as_=ANA_KEEPS, **recall)
    story.refused(ReasonMissing, "reason")
    story.when("recall_loan", as_=ANA_KEEPS, **recall, reason_="搬迁").then(LoanRecalled, Recalled)


def test_a_window_the_wrong_way_round_says_after_when_it_has_to_end() -> None:
    with pytest.raises(InvalidValue) as no:
        Window(WEDNESDAY, TUESDAY)
    assert no.value.values == {"value": TUESDAY.isoformat(), "after": WEDNESDAY.isoformat()}


def test_a_signature_on_paper_without_its_scan_means_the_scan() -> None:
    with pytest.raises(InvalidValue) as no:
        Signature(named_id("person:谁"), SignedBy.PAPER)
    assert no.value.path == "scan"


def test_papers_have_numbers_that_can_be_read_aloud() -> None:
    id = named_id("x")
    assert paper_number(Loan.KIND, id) == f"LOA-{id.hex[-8:].upper()}"
    assert paper_number(PoolCheck.KIND, id).startswith("CHK-")


def test_a_time_at_the_edge_of_the_calendar_is_said_as_it_was_written() -> None:
    for language in LANGUAGES:
        assert "9999-12-31T23:00:00+00:00" in say(
            language, "refusal.IN_THE_FUTURE", occurred_at="9999-12-31T23:00:00+00:00"
        )
