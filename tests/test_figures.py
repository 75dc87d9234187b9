"""The figures of those who decide, on a story small enough to count by hand; rebuilt they are the same."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from domain.aggregate import Fact
from domain.asset import Kind
from domain.life.lending import Lent, Returned
from domain.life.pooling import Listed, ListingWithdrawn
from domain.life.registering import Description, Source, TakenOver
from domain.papers.loan import LineOutcome, LineReturned, LoanClosed, LoanLine, LoanOpened
from domain.papers.pool_check import LineAsked, Need, PoolCheckApplied, PurchaseAvoided
from domain.papers.request import (
    RequestApproved,
    RequestHandedOver,
    RequestLine,
    RequestSubmitted,
    RequestUnit,
)
from domain.papers.request_endings import RequestRefused
from domain.papers.request_reasons import RefusalReason
from domain.terms import Form
from domain.values import ClassCode, Condition, Money, Signature, SignedBy, Window
from projections import figures
from projections.catalogue import ALL
from projections.figures import By
from projections.reach import EVERYTHING, Reach
from projections.rebuild import rebuild
from tests.clusters import Database
from tests.examples import (
    ANA,
    EDUCATION,
    EDUCATION_OFFICE,
    GANSU,
    HEALTH,
    LANZHOU_FINANCE,
    OFFICES,
    WAREHOUSE,
)
from tests.ground import Ground
from tests.story import FOUNDATION, MONDAY, flat, on
from tests.test_history import write

pytestmark = pytest.mark.postgres

CHAIR, DESK = ClassCode("gbt14885", "2022", "A05010301"), ClassCode("gbt14885", "2022", "A05010201")
WEEK = timedelta(days=7)


def day(n: float) -> datetime:
    return MONDAY + timedelta(days=n)


QUARTER = Window(day(0), day(90))
NOW = day(60)


@pytest.fixture
def ground(database: Database) -> Iterator[Ground]:
    with Ground(database) as made:
        write(made, *flat((FOUNDATION, GANSU)))
        yield made


def tell(ground: Ground, stream: UUID, *facts: Fact, at: float) -> None:
    write(ground, on(stream, *facts, at=day(at)))


def offered(
    ground: Ground, what: ClassCode = CHAIR, *, holder: UUID = EDUCATION, quantity: int = 1, at: float = 0
) -> UUID:
    id = uuid4()
    said = Description(
        name="椅子", kind=Kind.LOT if quantity > 1 else Kind.SERIALISED, quantity=quantity, class_code=what
    )
    fact = TakenOver(
        said=said,
        number=f"N{id.hex[:8]}",
        holder=holder,
        source=Source("ab" * 32, 1, MONDAY),
        place=WAREHOUSE,
        condition=Condition.GOOD,
    )
    tell(ground, id, fact, Listed(listing=uuid4(), loan=True), at=at)
    return id


def lent(
    ground: Ground, asset: UUID, *, at: float, due: float, back: float | None, to: UUID = HEALTH,
    holder: UUID = EDUCATION, quantity: int = 1,
) -> UUID:  # fmt: skip
    loan, good = uuid4(), Condition.GOOD
    opened = LoanOpened(
        warehouse=WAREHOUSE,
        lender=holder,
        borrower=to,
        lines=(LoanLine(asset, quantity),),
        due=day(due),
        giver=Signature(ANA, SignedBy.ACCOUNT),
    )
    tell(ground, loan, opened, at=at)
    tell(
        ground,
        asset,
        Lent(loan=loan, borrower=to, person=ANA, quantity=quantity, condition=good, due=day(due)),
        at=at,
    )
    if back is not None:
        tell(
            ground,
            loan,
            LineReturned(asset=asset, quantity=quantity, outcome=LineOutcome.RETURNED, condition=good),
            LoanClosed(),
            at=back,
        )
        tell(
            ground,
            asset,
            Returned(loan=loan, quantity=quantity, condition=good, operator=OFFICES, place=WAREHOUSE),
            at=back,
        )
    return loan


def test_idle_since_it_was_offered_or_last_came_back(ground: Ground) -> None:
    fresh, back, away, withdrawn = (offered(ground, at=at) for at in (50, 0, 0, 0))
    lent(ground, back, at=10, due=20, back=20)
    lent(ground, away, at=10, due=70, back=None)
    tell(ground, withdrawn, ListingWithdrawn(listing=listing_of(ground, withdrawn)), at=30)
    lot = offered(ground, DESK, quantity=10)
    lent(ground, lot, at=40, due=70, back=None, quantity=4)
    ground.runner.catch_up()
    assert figures.idle(ground.reading, EVERYTHING, By.ALL, NOW) == {
        "": figures.Idle(3, 1 + 1 + 6, 40.0, 60.0)
    }
    assert figures.idle(ground.reading, EVERYTHING, By.CLASS, NOW) == {
        CHAIR.code: figures.Idle(2, 2, 25.0, 40.0), DESK.code: figures.Idle(1, 6, 60.0, 60.0),
    }  # fmt: skip
    assert fresh != back


def listing_of(ground: Ground, asset: UUID) -> UUID:
    ground.runner.catch_up()
    row = ground.reading.execute("SELECT listing FROM figures.offer WHERE asset = %s", (asset,)).fetchone()
    assert row is not None
    listing: UUID = row[0]
    return listing


def test_one_reuse_counts_once_and_what_stays_in_the_department_is_none(ground: Ground) -> None:
    again, inside, never = offered(ground), offered(ground), offered(ground)
    lent(ground, again, at=10, due=20, back=20)
    lent(ground, again, at=23, due=30, back=30)  # three days later, the same body: the same reuse goes on
    lent(ground, again, at=45, due=50, back=50)  # two weeks later: another one
    lent(ground, again, at=51, due=55, back=55, to=LANZHOU_FINANCE)  # another body: another one
    lent(ground, inside, at=10, due=20, back=20, to=EDUCATION_OFFICE)
    ground.runner.catch_up()
    found = figures.reuse(ground.reading, EVERYTHING, By.ALL, QUARTER, NOW, WEEK)[""]
    assert (found.offered, found.reused, found.reuses) == (3, 1, 3)
    assert found.rate == pytest.approx(1 / 3)
    assert found.days_used == pytest.approx(10 + 7 + 5 + 4 + 10)
    assert found.days_offered == pytest.approx(3 * 60)
    assert figures.reuse(ground.reading, EVERYTHING, By.BODY, QUARTER, NOW, WEEK).keys() == {str(EDUCATION)}
    later = figures.reuse(ground.reading, EVERYTHING, By.ALL, Window(day(52), day(60)), NOW, WEEK)[""]
    assert (later.reused, later.reuses) == (0, 0)
    assert later.days_used == pytest.approx(3)
    assert never != again


def test_late_is_what_came_back_after_its_day_or_is_due_and_out(ground: Ground) -> None:
    for due, back in ((20, 19), (20, 21), (50, None), (70, None)):
        lent(ground, offered(ground), at=10, due=due, back=back)
    ground.runner.catch_up()
    assert figures.late(ground.reading, EVERYTHING, By.BODY, QUARTER, NOW) == {
        str(HEALTH): figures.Late(3, 2)
    }
    assert figures.late(ground.reading, EVERYTHING, By.LEVEL, QUARTER, day(40)) == {
        "province": figures.Late(2, 1)
    }
    assert figures.late(ground.reading, Reach(False, (LANZHOU_FINANCE,)), By.ALL, QUARTER, NOW) == {}


def asked(ground: Ground, asset: UUID, *, at: float, quantity: int = 1, body: UUID = HEALTH) -> UUID:
    request = uuid4()
    submitted = RequestSubmitted(
        cart=request, body=body, form=Form.LOAN, purpose="会议", holder=EDUCATION,
        lines=(RequestLine(quantity=quantity, class_code=CHAIR),),
        units=(RequestUnit(asset, 0, 1),), steps=(), rule="", policy=0, due=day(at + 3), window=Window(day(at + 4), day(at + 9)),
    )  # fmt: skip
    tell(ground, request, submitted, at=at)
    return request


def test_what_was_asked_got_and_refused_and_how_long_it_took(ground: Ground) -> None:
    one, other = offered(ground), offered(ground, at=4)
    for asset, at, handed in ((one, 10, 12), (other, 10, 16)):
        request = asked(ground, asset, at=at, quantity=2)
        tell(ground, request, RequestApproved(), at=at + 1)
        tell(ground, request, RequestHandedOver(paper=uuid4(), units=(RequestUnit(asset, 0, 1),)), at=handed)
    for _ in range(2):
        tell(
            ground,
            asked(ground, one, at=20),
            RequestRefused(step=0, body=EDUCATION, why=next(iter(RefusalReason))),
            at=21,
        )
    ground.runner.catch_up()
    found = figures.asked(ground.reading, EVERYTHING, By.CLASS, QUARTER, NOW)
    assert found == {CHAIR.code: figures.Asked(4, 6, 2)}
    assert found[CHAIR.code].fill_rate == pytest.approx(1 / 3)
    why = next(iter(RefusalReason)).value
    assert figures.refusals(ground.reading, EVERYTHING, By.ALL, QUARTER, NOW) == {
        "": [figures.Refused("refused", why, 2)]
    }
    hours = figures.hours(ground.reading, EVERYTHING, By.ALL, QUARTER, NOW)[""]
    assert hours.listing_to_request == pytest.approx((10 + 6) / 2 * 24)
    assert hours.request_to_hand_over == pytest.approx((2 + 6) / 2 * 24)


def test_a_kit_that_was_asked_for_counts_by_its_members_under_the_class_of_the_first(ground: Ground) -> None:
    parts, request, kit = [offered(ground) for _ in range(3)], uuid4(), uuid4()
    units = tuple(RequestUnit(one, 0, 1) for one in parts)
    submitted = RequestSubmitted(
        cart=request, body=HEALTH, form=Form.LOAN, purpose="会议", holder=EDUCATION,
        lines=(RequestLine(quantity=3, kit=kit, kit_name="摄影套装"),),
        units=units, steps=(), rule="", policy=0, due=day(13), window=Window(day(14), day(19)),
    )  # fmt: skip
    tell(ground, request, submitted, at=10)
    ground.runner.catch_up()
    assert figures.asked(ground.reading, EVERYTHING, By.CLASS, QUARTER, NOW) == {
        CHAIR.code: figures.Asked(1, 3, 0)
    }
    tell(ground, request, RequestApproved(), RequestHandedOver(paper=uuid4(), units=units), at=14)
    ground.runner.catch_up()
    assert figures.asked(ground.reading, EVERYTHING, By.CLASS, QUARTER, NOW) == {
        CHAIR.code: figures.Asked(1, 3, 3)
    }


def test_what_need_not_be_bought_is_summed_by_who_asked(ground: Ground) -> None:
    for body, quantity in ((HEALTH, 2), (HEALTH, 1), (LANZHOU_FINANCE, 4)):
        check = uuid4()
        need = Need(
            class_code=CHAIR,
            function="会议用椅",
            quantity=5,
            start=day(5),
            unit_price=Money(Decimal("300.00"), "CNY"),
        )
        avoided = PurchaseAvoided(
            line=0, quantity=quantity, amount=Money(Decimal(300 * quantity), "CNY"), request=uuid4()
        )
        tell(
            ground,
            check,
            PoolCheckApplied(body=body, purpose="会议", count=1, soon_days=7),
            LineAsked(line=0, need=need),
            at=1,
        )
        tell(ground, check, avoided, at=20)
    ground.runner.catch_up()
    assert figures.avoided(ground.reading, EVERYTHING, By.BODY, QUARTER, NOW) == {
        str(HEALTH): [figures.Avoided("CNY", Decimal("900.00"), 3)],
        str(LANZHOU_FINANCE): [figures.Avoided("CNY", Decimal("1200.00"), 4)],
    }
    assert figures.avoided(ground.reading, EVERYTHING, By.ALL, Window(day(21), day(30)), NOW) == {}
    assert figures.labels(ground.reading, By.BODY, [str(HEALTH)]) == {str(HEALTH): "甘肃省卫生健康委员会"}


def test_rebuilt_they_are_the_same(ground: Ground) -> None:
    asset = offered(ground)
    request = asked(ground, asset, at=1)
    lent(ground, asset, at=10, due=20, back=25)
    listing = listing_of(ground, asset)
    tell(ground, request, RequestApproved(), at=11)
    tell(ground, asset, ListingWithdrawn(listing=listing), Listed(listing=uuid4(), loan=True), at=30)
    ground.runner.catch_up()
    before = {name: rows for name, rows in ground.tables().items() if name.startswith("figures.")}
    assert [len(before[f"figures.{name}"]) for name in ("offer", "use", "ask")] == [2, 1, 1]
    assert all(one.same for one in rebuild(ground.database.projector, ALL))
    assert before.items() <= ground.tables().items()
    assert ground.wrong() == []


def test_offers_followed_step_by_step_are_those_of_a_rebuild(ground: Ground) -> None:
    asset = offered(ground)
    ground.runner.catch_up()
    first, second, third, live = listing_of(ground, asset), uuid4(), uuid4(), ground.tables()["figures.offer"]
    for fact, at in (
        (ListingWithdrawn(listing=first), 5), (Listed(listing=second, loan=True), 8), (Listed(listing=third, loan=True), 9),
        (ListingWithdrawn(listing=third), 7), (Listed(listing=first, loan=True), 12), (ListingWithdrawn(listing=first), 13),
    ):  # fmt: skip
        tell(ground, asset, fact, at=at)
        ground.runner.catch_up()
        assert ground.wrong() == []
        live = ground.tables()["figures.offer"]
        assert all(one.same for one in rebuild(ground.database.projector, ALL))
        assert ground.tables()["figures.offer"] == live
    assert len(live) == 3
