"""Whose turn is it: judged together as one by one, and by few searches however many wait."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from domain.availability import Wanted
from domain.body import Body, must_have_standing
from domain.command import Command, Envelope
from domain.papers.demand import Demand, DemandEntered, DemandKind
from domain.refusals import Refusal
from domain.terms import Form
from domain.usecases import turns
from domain.usecases.choosing import Take, must_be_on_offer, spare
from domain.usecases.turns import NotYourTurn, asks_for, nobody_comes_earlier, serves
from domain.values import ClassCode, Window
from tests.asking import laptop, offered
from tests.examples import EDUCATION, HEALTH, LANZHOU_FINANCE, NEXT_YEAR, OFFICES, TAX, WAREHOUSE, named_id
from tests.goods import CHAIRS, DESKTOP, LAPTOP, book, card, said
from tests.properties import at_most
from tests.store_room import XIE_ASKS, promised
from tests.story import Step, Story, given, on
from tests.test_demand import LATER, NEXT_WEEK, QUEUE

OTHER = ClassCode(DESKTOP.scheme, DESKTOP.edition, "A02010499")
WIDE = ClassCode(DESKTOP.scheme, DESKTOP.edition, "A0201")
STOCK = [named_id(f"笔记本{n}") for n in range(4)]
DAY = timedelta(days=1)


def asks_there(story: Story, searched: list[Wanted] | None = None) -> Command:
    def candidates(wanted: Wanted) -> list[UUID]:
        if searched is not None:
            searched.append(wanted)
        return story.log.candidates(wanted, story.now)

    return Command(
        Envelope(account=XIE_ASKS, command_id=XIE_ASKS), "look", now=story.now, read=story.log.read, owners=story.log.owners,
        new_id=lambda: XIE_ASKS, candidates=candidates, waiting=story.log.waiting, open_loans=story.log.open_loans,
    )  # fmt: skip


def entered(
    n: int, body: UUID, quantity: int, window: Window, code: ClassCode = DESKTOP, asset: UUID | None = None
) -> Step:
    fact = DemandEntered(
        body=body, kind=DemandKind.WAIT, form=Form.LOAN, quantity=quantity, class_code=code, asset=asset, window=window, until=LATER,
        since=NEXT_WEEK.start - 30 * DAY + timedelta(minutes=n),
    )  # fmt: skip
    return on(named_id(f"排队{n}"), fact)


def competes(c: Command, paper: Demand, other: Demand) -> bool:
    """One by one: it is served by a search of its own, and something that this demand would take could be among it."""
    ask = asks_for(c, other, other.id)
    try:
        must_have_standing(c.load(Body, other.body), c, "demand")
    except Refusal:
        return False
    return bool(serves(c, other, ask)[0]) and any(
        could_take(c, other, take) for take in serves(c, paper, asks_for(c, paper, paper.id))[0]
    )


def could_take(c: Command, other: Demand, take: Take) -> bool:
    ask, of = asks_for(c, other, other.id), other.class_code
    own = take.asset.class_code
    if (
        other.asset not in {None, take.asset.id}
        or of is None
        or own is None
        or not own.code.startswith(of.code)
    ):
        return False
    try:
        must_be_on_offer(c, take.asset, ask, "demand")
    except Refusal:
        return False
    return spare(c, take.asset, ask) > 0


def says_no(c: Command, paper: Demand) -> int | None:
    try:
        nobody_comes_earlier(c, paper)
    except NotYourTurn as no:
        return int(str(no.values["place"]))
    return None


WINDOWS = st.builds(
    lambda start, length: Window(NEXT_WEEK.start + start * DAY, NEXT_WEEK.start + (start + length) * DAY),
    st.integers(0, 4), st.integers(1, 4),
)  # fmt: skip
WAITING = st.tuples(
    st.sampled_from([HEALTH, TAX, OFFICES]), st.integers(1, 5), WINDOWS, st.sampled_from([DESKTOP, DESKTOP, WIDE]),
    st.sampled_from([None, None, None, LAPTOP, STOCK[0]]),
)  # fmt: skip


@settings(max_examples=at_most(60), deadline=None)
@examples(
    st.lists(WAITING, min_size=2, max_size=8), st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9), WINDOWS), max_size=6),
    st.sets(st.integers(0, 3)),
)  # fmt: skip
def test_judged_together_is_judged_one_by_one(
    waiting: list[tuple[UUID, int, Window, ClassCode, UUID | None]],
    taken: list[tuple[int, int, Window]],
    elsewhere: set[int],
) -> None:
    goods, left = [LAPTOP, CHAIRS, *STOCK], Counter({LAPTOP: 1, CHAIRS: 10, **dict.fromkeys(STOCK, 1)})
    steps: list[object] = [
        QUEUE,
        [laptop(id, place=None if n in elsewhere else WAREHOUSE) for n, id in enumerate(STOCK)],
    ]
    steps += [offered(*STOCK)]
    for n, (which, quantity, window) in enumerate(taken):
        some = min(quantity, left[goods[which]])
        left[goods[which]] -= some
        if some:
            steps.append(
                promised(goods[which], some, to=LANZHOU_FINANCE, window=window, id=named_id(f"占用{n}"))
            )
    steps += [entered(n, *one) for n, one in enumerate(waiting)]
    story = given(*steps)
    for last in range(len(waiting)):
        c = asks_there(story)
        papers = [c.load(Demand, named_id(f"排队{n}")) for n in range(last + 1)]
        ahead = papers[:-1]
        expected = next((n for n, other in enumerate(ahead, 1) if competes(c, papers[-1], other)), None)
        for together in (1, 100):
            turns.MOST_TOGETHER, kept = together, turns.MOST_TOGETHER
            try:
                assert says_no(asks_there(story), papers[-1]) == expected
            finally:
                turns.MOST_TOGETHER = kept


@pytest.mark.parametrize(("quantity", "searches"), [(900, 2), (1, 1)], ids=["too many", "not all the time"])
def test_a_hundred_who_wait_cost_no_search_each(quantity: int, searches: int) -> None:
    """Each for a time of its own: more than there is, or for longer than the one that is free."""
    story, searched = (
        given(QUEUE, promised(CHAIRS, 10, to=LANZHOU_FINANCE, window=Window(NEXT_WEEK.start, NEXT_YEAR))),
        list[Wanted](),
    )
    if quantity == 1:
        story.given(
            promised(LAPTOP, to=LANZHOU_FINANCE, window=Window(NEXT_WEEK.end, NEXT_YEAR), id=named_id("占用"))
        )
    for n in range(100):
        story.given(
            entered(n, TAX, quantity, Window(NEXT_WEEK.start, NEXT_WEEK.end + timedelta(minutes=n + 1)))
        )
    story.given(entered(100, HEALTH, 1, NEXT_WEEK))
    assert says_no(asks_there(story, searched), story.thing(Demand, named_id("排队100"))) is None
    assert len(searched) == searches


def test_what_the_common_search_leaves_out_is_looked_for_again() -> None:
    """The first in the queue wants any computers: one of these and one of another class are two of them."""
    other = said(worth=book("6999"), class_code=OTHER)
    story = given(
        QUEUE,
        card(STOCK[0], other, holder=EDUCATION, place=WAREHOUSE),
        offered(STOCK[0]),
        promised(CHAIRS, 10, to=LANZHOU_FINANCE, window=Window(NEXT_WEEK.start, NEXT_YEAR)),
    )
    story.given(entered(0, TAX, 2, NEXT_WEEK, WIDE), entered(1, HEALTH, 1, NEXT_WEEK))
    searched: list[Wanted] = []
    assert says_no(asks_there(story, searched), story.thing(Demand, named_id("排队1"))) == 1
    assert len(searched) == 3


def test_who_could_take_nothing_of_it_is_passed_without_harm() -> None:
    """Earlier in the queue is somebody for whom this one thing is not free: its turn waits for nobody."""
    story = given(
        QUEUE, promised(CHAIRS, 10, to=LANZHOU_FINANCE, window=Window(NEXT_WEEK.start, NEXT_WEEK.end))
    )
    story.given(
        promised(LAPTOP, to=LANZHOU_FINANCE, window=Window(NEXT_WEEK.end, NEXT_YEAR), id=named_id("占用"))
    )
    story.given(
        entered(0, TAX, 1, Window(NEXT_WEEK.end, NEXT_WEEK.end + DAY)), entered(1, HEALTH, 1, NEXT_WEEK)
    )
    assert says_no(asks_there(story), story.thing(Demand, named_id("排队1"))) is None
