"""What happened, in sentences that name thing, bodies, persons and places in both languages; and only to those it concerns."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

import pytest

import domain.vocabulary  # noqa: F401  # every fact is asked for its sentence
from domain.aggregate import FACTS, Meta, decode, encode
from domain.asset import Custody, CustodyKind, Kind
from domain.life.keeping import Moved
from domain.life.lending import Lent, Returned
from domain.life.registering import Description, Registered
from domain.papers.slip import SlipIssued, SlipKind, SlipReprinted, SlipVoided, marks_of, series_of
from domain.texts import LANGUAGES, Language, catalogue
from domain.values import SPACE, Condition
from projections import history
from projections.history_fold import THINGS
from projections.papers_fold import PAPERS
from projections.reach import EVERYTHING, SMALL, Reach
from projections.sentences import Names, sentence, sentences
from projections.store.recorder import Append, NewEvent
from tests.clusters import Database
from tests.examples import ANA, BEN, EDUCATION, GANSU, HEALTH, NAMES, OFFICES, WAREHOUSE, ZONE_A
from tests.ground import Ground
from tests.one_by_one import for_each
from tests.story import MONDAY, Step, flat

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
ZONE = ZoneInfo("Asia/Shanghai")


class Everything(dict[UUID, str]):
    """Every id has a name."""

    def get(self, id: UUID, default: object = None) -> str:
        return f"‹{id.hex[:4]}›"


@for_each({file.stem: file for file in GOLDEN})
def test_every_fact_has_a_sentence_of_its_own_in_both_languages(file: Path) -> None:
    stored = json.loads(file.read_text("utf-8"))
    fact = decode(stored["topic"], json.dumps(stored["body"]).encode())
    meta = Meta(account=uuid4(), person=uuid4(), body=uuid4(), command=uuid4(), use_case="x", reason="因为")
    said: dict[Language, str] = {
        language: sentence(uuid4(), 7, fact, meta, language, Names(Everything()), ZONE)
        for language in LANGUAGES
    }
    assert said["zh"] != said["en"]
    assert re.search("[一-鿿]", said["zh"])
    for text in said.values():
        assert "{" not in text
        assert "Struct" not in text
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


def test_every_topic_has_a_sentence_and_every_thing_a_history() -> None:
    assert [topic for topic in FACTS if f"fact.{topic}" not in catalogue()] == []
    kinds = {topic.split(".")[0] for topic in FACTS}
    assert kinds == {one.KIND for one in THINGS}
    assert {one.KIND for one in PAPERS} <= kinds


def people(ids: Collection[UUID]) -> Mapping[UUID, str]:
    return {id: NAMES[id] for id in ids if id in NAMES}


def write(ground: Ground, *steps: Step) -> int:
    """The facts of a story's steps, into the real log."""
    events = tuple(
        NewEvent(step.stream, None, fact.TOPIC, encode(fact), encode(step.meta), step.at)
        for step in steps
        for fact in step.facts
    )
    return ground.recorder.append(Append(uuid4(), uuid4(), b"-", events=events), 30).position  # type: ignore[union-attr]  # accepted


def happened(
    stream: UUID, fact: object, hours: int = 0, *, person: UUID = ANA, body: UUID = OFFICES, reason: str = ""
) -> Step:
    meta = Meta(
        account=uuid5(SPACE, f"account:{person}"),
        person=person,
        body=body,
        command=uuid4(),
        use_case="story",
        reason=reason,
    )
    return Step(stream, [fact], MONDAY + timedelta(hours=hours), meta, ())  # type: ignore[list-item]  # a fact


@pytest.fixture(scope="module")
def ground(module_database: Database) -> Iterator[Ground]:
    with Ground(module_database) as made:
        write(made, *flat(GANSU))
        yield made


def card(holder: UUID, name: str) -> Registered:
    said = Description(name=name, kind=Kind.SERIALISED, quantity=1)
    custody = Custody(CustodyKind.CUSTODIAN, holder)
    return Registered(
        said=said, number=f"GW-{uuid4().hex[:6]}", holder=holder, custody=custody, condition=Condition.GOOD
    )


@pytest.mark.postgres
def test_history_says_who_did_what_where_for_whom(ground: Ground) -> None:
    asset, loan = uuid4(), uuid4()
    registered = card(EDUCATION, "投影仪")
    lent = Lent(
        loan=loan,
        borrower=HEALTH,
        person=BEN,
        quantity=1,
        condition=Condition.GOOD,
        due=MONDAY + timedelta(days=7),
    )
    returned = Returned(loan=loan, quantity=1, condition=Condition.WORN, operator=OFFICES, place=ZONE_A)
    write(ground, happened(asset, registered), happened(asset, lent, 1), happened(asset, returned, 5))
    ground.runner.catch_up()
    rows = history.of(ground.reading, EVERYTHING, asset)
    thing = f"{registered.number} 投影仪"
    chinese = sentences(ground.reading, rows, "zh", people, ZONE)
    english = sentences(ground.reading, rows, "en", people, ZONE)
    for said in (chinese, english):
        assert len(said) == 3
        for text in said:
            assert thing in text
            assert "安娜" in text
            assert "#" not in text
        assert "甘肃省教育厅" in said[0]
        assert "甘肃省卫生健康委员会" in said[1]
        assert "贲志强" in said[1]
        assert "2026-03-09 09:00" in said[1]
        assert "A区" in said[2]
    assert "worn" in english[2]
    assert "陈旧" in chinese[2]


@pytest.mark.postgres
def test_who_was_forgotten_by_the_directory_is_a_short_number_in_the_sentence(ground: Ground) -> None:
    asset, stranger = uuid4(), uuid4()
    write(ground, happened(asset, card(EDUCATION, "椅子"), person=stranger))
    ground.runner.catch_up()
    (said,) = sentences(ground.reading, history.of(ground.reading, EVERYTHING, asset), "zh", people, ZONE)
    assert f"#{stranger.hex[-8:]}" in said


@pytest.mark.postgres
def test_history_is_in_the_order_things_came_true_and_late_facts_are_marked(ground: Ground) -> None:
    asset = uuid4()
    write(ground, happened(asset, card(EDUCATION, "柜子"), 0), happened(asset, Moved(place=WAREHOUSE), 9))
    before = ground.recorder.head()
    write(ground, happened(asset, Moved(place=ZONE_A), 4))
    ground.runner.catch_up()
    rows = history.of(ground.reading, EVERYTHING, asset)
    assert [(one.version, one.late) for one in rows] == [(1, False), (3, True), (2, False)]
    assert [one.version for one in history.of(ground.reading, EVERYTHING, asset, known_at=before)] == [1, 2]
    backwards = history.of(ground.reading, EVERYTHING, asset, newest_first=True, first=2)
    assert [one.version for one in backwards] == [2, 3]
    last = (backwards[-1].occurred, backwards[-1].position)
    assert [
        one.version for one in history.of(ground.reading, EVERYTHING, asset, newest_first=True, after=last)
    ] == [1]
    assert history.count(ground.reading, EVERYTHING, asset) == 3


@pytest.mark.postgres
def test_what_became_of_a_slip_is_told_with_the_number_printed_on_it(ground: Ground) -> None:
    series = series_of(WAREHOUSE, SlipKind.LOAN, 2031)
    issued = SlipIssued(
        kind=SlipKind.LOAN, warehouse=WAREHOUSE, code="GS1", year=2031, paper=uuid4(), lines=()
    )
    void, again = SlipVoided(number=2), SlipReprinted(number=1, copy=1)
    write(
        ground,
        happened(series, issued),
        happened(series, issued),
        happened(marks_of(series), void, 1, reason="打印错位"),
    )
    write(ground, happened(marks_of(series), again, 2))
    ground.runner.catch_up()
    rows = history.of(ground.reading, EVERYTHING, marks_of(series))
    assert sentences(ground.reading, rows, "zh", people, ZONE) == [
        "安娜（甘肃省机关事务管理局）将单据 GS1-LOAN-2031-000002 作废：打印错位",
        "安娜（甘肃省机关事务管理局）补打单据 GS1-LOAN-2031-000001（第 1 次）。",
    ]


@pytest.mark.postgres
def test_history_up_to_a_true_moment_leaves_out_what_happened_later(ground: Ground) -> None:
    asset = uuid4()
    write(ground, happened(asset, card(EDUCATION, "书架"), 0), happened(asset, Moved(place=WAREHOUSE), 9))
    write(ground, happened(asset, Moved(place=ZONE_A), 4))
    ground.runner.catch_up()
    noon = MONDAY + timedelta(hours=4)
    assert [one.version for one in history.of(ground.reading, EVERYTHING, asset, true_at=noon)] == [1, 3]
    assert history.count(ground.reading, EVERYTHING, asset, true_at=noon) == 2
    assert history.count(ground.reading, EVERYTHING, asset, true_at=MONDAY - timedelta(hours=1)) == 0


@pytest.mark.postgres
def test_history_is_read_by_those_it_concerned_and_by_the_present_holder(ground: Ground) -> None:
    asset, loan = uuid4(), uuid4()
    lent = Lent(loan=loan, borrower=HEALTH, person=BEN, quantity=1, condition=Condition.GOOD)
    write(
        ground, happened(asset, card(EDUCATION, "桌子"), body=EDUCATION), happened(asset, Moved(place=ZONE_A), 1, body=EDUCATION),
        happened(asset, lent, 2),
    )  # fmt: skip
    ground.runner.catch_up()

    def versions(*bodies: UUID) -> list[int]:
        reach = Reach(False, bodies)
        rows = history.of(ground.reading, reach, asset)
        assert history.count(ground.reading, reach, asset) == len(rows)
        fed = {one.version for one in history.feed(ground.reading, reach, first=1000) if one.thing == asset}
        wide = Reach(False, (*bodies, *(uuid4() for _ in range(SMALL))))
        assert not wide.small
        assert fed == {
            one.version for one in history.feed(ground.reading, wide, first=1000) if one.thing == asset
        }
        assert fed <= {one.version for one in rows}
        return [one.version for one in rows]

    assert versions(EDUCATION) == [1, 2, 3]
    assert versions(HEALTH) == [3]
    assert versions(OFFICES) == [3]
    assert versions(uuid4()) == []


@pytest.mark.postgres
def test_the_feed_is_one_walk_newest_record_first(ground: Ground) -> None:
    random = Random(1)
    for _ in range(20):
        write(ground, happened(uuid4(), card(random.choice((EDUCATION, HEALTH)), "杂物"), body=EDUCATION))
    ground.runner.catch_up()
    for reach in (EVERYTHING, Reach(False, (EDUCATION,)), Reach(False, (HEALTH, EDUCATION))):
        everything = [one.position for one in history.feed(ground.reading, reach, first=100_000)]
        assert everything == sorted(everything, reverse=True)
        walked: list[int] = []
        while rows := history.feed(ground.reading, reach, before=walked[-1] if walked else None, first=7):
            walked += [one.position for one in rows]
        assert walked == everything
    assert {one.kind for one in history.feed(ground.reading, EVERYTHING, kinds=["body", "place"])} == {
        "body",
        "place",
    }
