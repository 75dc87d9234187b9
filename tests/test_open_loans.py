"""Which loans are looked at before a borrower is blocked: the same ones, although who has any is looked up only now and then."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.papers.loan import LineOutcome, LineReturned, LoanClosed
from domain.values import Condition
from projections.open_loans import REMEMBER, OpenLoans, of_one
from projections.reading import Reader
from projections.store import connect
from tests.clusters import Database
from tests.examples import EDUCATION, FINANCE, GANSU, HEALTH, WAREHOUSE
from tests.ground import Ground
from tests.story import MONDAY, flat
from tests.test_history import write
from tests.test_papers_projection import opened, tell

pytestmark = pytest.mark.postgres

DUE = MONDAY + timedelta(days=7)


@pytest.fixture
def ground(database: Database) -> Iterator[Ground]:
    with Ground(database) as made:
        write(made, *flat(GANSU))
        made.runner.catch_up()
        yield made


@pytest.fixture
def asked(database: Database) -> Iterator[OpenLoans]:
    pool: Any = connect.pool(database.app, name="gongwu-open-loans-test")
    with pool:
        yield OpenLoans(Reader(pool))


def loans(found: list[Any]) -> set[UUID]:
    return {one.loan for one in found}


def test_what_is_late_or_unsigned_is_found_at_every_moment(ground: Ground, asked: OpenLoans) -> None:
    late, sent = uuid4(), uuid4()
    tell(ground, late, opened(uuid4()))
    tell(ground, sent, opened(uuid4(), borrower=EDUCATION, carrier="顺丰"))
    for moment in (
        DUE - timedelta(days=1),
        DUE - REMEMBER,
        DUE - timedelta(microseconds=1),
        DUE,
        DUE + timedelta(days=1),
        MONDAY,
    ):
        for body in (HEALTH, EDUCATION, FINANCE):
            exactly = loans(of_one(ground.reading, body, WAREHOUSE, moment))
            assert exactly <= loans(asked(body, WAREHOUSE, moment)) <= {late, sent}, (moment, body)
    assert loans(asked(HEALTH, WAREHOUSE, DUE)) == {late}
    assert loans(asked(EDUCATION, WAREHOUSE, MONDAY)) == {sent}
    assert not asked(FINANCE, WAREHOUSE, DUE)


def test_without_a_moment_all_that_is_out_is_found(ground: Ground, asked: OpenLoans) -> None:
    asset, loan = uuid4(), uuid4()
    assert not asked(HEALTH, WAREHOUSE, MONDAY)
    tell(ground, loan, opened(asset))
    assert loans(asked(HEALTH, WAREHOUSE)) == {loan}
    back = LineReturned(asset=asset, quantity=2, outcome=LineOutcome.RETURNED, condition=Condition.GOOD)
    tell(ground, loan, back, LoanClosed(), hours=1)
    assert not asked(HEALTH, WAREHOUSE)
    assert not asked(HEALTH, WAREHOUSE, DUE)


def test_what_becomes_late_is_found_some_seconds_after_it_was_recorded(
    ground: Ground, asked: OpenLoans, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(HEALTH, WAREHOUSE, DUE)
    loan = uuid4()
    tell(ground, loan, opened(uuid4()))
    monkeypatch.setattr(asked, "_old_at", 0.0)  # so many seconds later
    assert loans(asked(HEALTH, WAREHOUSE, DUE)) == {loan}
