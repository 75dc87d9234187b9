"""Papers as lists: state, lines and what is still open; slips in their gapless series, with voids and reprints."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.aggregate import Fact
from domain.papers.loan import LineOutcome, LineReturned, LoanClosed, LoanLine, LoanOpened, LoanReceived
from domain.papers.slip import SlipIssued, SlipKind, SlipLine, SlipReprinted, SlipVoided, marks_of, series_of
from domain.values import Condition, Signature, SignedBy
from projections import papers
from projections.catalogue import ALL
from projections.reach import EVERYTHING, Reach
from projections.rebuild import rebuild
from tests.clusters import Database
from tests.examples import ANA, BEN, EDUCATION, FINANCE, GANSU, HEALTH, OFFICES, WAREHOUSE
from tests.ground import Ground
from tests.story import MONDAY, flat
from tests.test_history import happened, write

pytestmark = pytest.mark.postgres


@pytest.fixture
def ground(database: Database) -> Iterator[Ground]:
    with Ground(database) as made:
        write(made, *flat(GANSU))
        yield made


def opened(*assets: UUID, borrower: UUID = HEALTH, due: int = 7, carrier: str = "") -> LoanOpened:
    return LoanOpened(
        warehouse=WAREHOUSE, lender=OFFICES, borrower=borrower, lines=tuple(LoanLine(asset, 2) for asset in assets),
        due=MONDAY + timedelta(days=due), carrier=carrier, giver=Signature(ANA, SignedBy.ACCOUNT),
    )  # fmt: skip


def tell(ground: Ground, stream: UUID, *facts: Fact, hours: int = 0, reason: str = "") -> None:
    write(ground, *(happened(stream, fact, hours, reason=reason) for fact in facts))
    ground.runner.catch_up()


def test_a_loan_shows_its_lines_and_what_is_still_out(ground: Ground) -> None:
    loan, one, other = uuid4(), uuid4(), uuid4()
    tell(ground, loan, opened(one, other, carrier="顺丰"))
    paper = papers.one(ground.reading, EVERYTHING, loan)
    assert paper is not None
    assert (paper.kind, paper.state, paper.giving, paper.receiving, paper.warehouse) == (
        "loan", "in_transit", OFFICES, HEALTH, WAREHOUSE,
    )  # fmt: skip
    assert (paper.lines, paper.closed, paper.due) == (2, False, MONDAY + timedelta(days=7))
    tell(ground, loan, LoanReceived(receiver=Signature(BEN, SignedBy.ACCOUNT)), hours=2)
    part = LineReturned(asset=one, quantity=1, outcome=LineOutcome.RETURNED, condition=Condition.GOOD)
    tell(ground, loan, part, hours=3)
    assert [(one.asset, one.quantity, one.undone) for one in papers.lines(ground.reading, [loan])] == [
        (one, 2, 1),
        (other, 2, 2),
    ]
    assert [one.id for one in papers.of_asset(ground.reading, EVERYTHING, other)] == [loan]
    tell(ground, loan, LoanClosed(), hours=4)
    closed = papers.one(ground.reading, EVERYTHING, loan)
    assert closed is not None
    assert (closed.state, closed.closed, closed.version, closed.changed) == (
        "closed",
        True,
        4,
        MONDAY + timedelta(hours=4),
    )
    assert not closed.overdue(MONDAY + timedelta(days=99))


def test_papers_are_walked_by_day_and_read_by_their_parties(ground: Ground) -> None:
    loans = []
    for n in range(12):
        loans.append(uuid4())
        write(
            ground,
            happened(loans[-1], opened(uuid4(), borrower=HEALTH if n % 3 else EDUCATION, due=n), n // 2),
        )
    ground.runner.catch_up()
    everything = [one.id for one in papers.page(ground.reading, EVERYTHING, kind="loan", first=100)]
    assert sorted(everything) == sorted(loans)
    walked = papers.page(ground.reading, EVERYTHING, first=5)
    while more := papers.page(ground.reading, EVERYTHING, first=5, after=(walked[-1].opened, walked[-1].id)):
        walked += more
    assert [one.id for one in walked] == everything
    oldest = papers.page(ground.reading, EVERYTHING, first=100, newest_first=False)
    assert [one.id for one in oldest] == everything[::-1]
    for body, count in ((HEALTH, 8), (EDUCATION, 4), (OFFICES, 12), (FINANCE, 0)):
        assert len(papers.page(ground.reading, Reach(False, (body,)))) == count
        assert len(papers.page(ground.reading, EVERYTHING, body=body)) == count
    due = papers.due(ground.reading, EVERYTHING, "loan", MONDAY + timedelta(days=3))
    assert [one.due for one in due] == [MONDAY + timedelta(days=n) for n in range(4)]
    assert papers.one(ground.reading, Reach(False, (FINANCE,)), loans[0]) is None


def test_slips_stand_in_their_series_with_voids_and_reprints(ground: Ground) -> None:
    loan, series = uuid4(), series_of(WAREHOUSE, SlipKind.LOAN, 2026)
    tell(ground, loan, opened(uuid4()))
    for _ in range(3):
        line = SlipLine(name="投影仪", quantity=2)
        slip = SlipIssued(
            kind=SlipKind.LOAN,
            warehouse=WAREHOUSE,
            code="GSW1",
            year=2026,
            paper=loan,
            lines=(line,),
            giver=OFFICES,
        )
        tell(ground, series, slip)
    tell(ground, marks_of(series), SlipReprinted(number=1, copy=1), SlipReprinted(number=1, copy=2))
    tell(ground, marks_of(series), SlipVoided(number=2), reason="写错了")
    found = papers.slips(ground.reading, EVERYTHING, warehouse=WAREHOUSE, kind="loan", year=2026)
    assert [(one.n, one.number, one.voided, one.reason, one.copies) for one in found] == [
        (1, "GSW1-LOAN-2026-000001", False, "", 2),
        (2, "GSW1-LOAN-2026-000002", True, "写错了", 0),
        (3, "GSW1-LOAN-2026-000003", False, "", 0),
    ]
    assert found == papers.slips(ground.reading, Reach(False, (HEALTH,)), paper=loan)
    assert papers.slips(ground.reading, Reach(False, (FINANCE,)), paper=loan) == []
    (third,) = papers.slips(ground.reading, EVERYTHING, number="GSW1-LOAN-2026-000003")
    assert third == found[2]
    assert papers.slips(ground.reading, EVERYTHING, after=(found[0].number, series), first=1) == [found[1]]
    assert ground.wrong() == []
    assert all(one.same for one in rebuild(ground.database.projector, ALL))
