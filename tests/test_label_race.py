"""Two people and one label at the same moment, in threads of two server processes on one database: one wins, the other is told why."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.label import LabelFor, LabelKind
from projections import labels
from projections.catalogue import ALL
from projections.rebuild import rebuild
from projections.verify import verify
from tests.errands_labels import LABELS, sticker
from tests.meanwhile import decided
from tests.servers import Caller, run_all, two_servers
from tests.town import Town, new_town

pytestmark = pytest.mark.postgres

CLIENTS, ROUNDS = 8, 25


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with new_town() as made:
        yield made


@pytest.fixture(scope="module")
def ports(town: Town) -> Iterator[tuple[int, int]]:
    """Two server processes on the database of the town."""
    with two_servers(town) as both:
        yield both


def at_once(
    town: Town, ports: tuple[int, int], rounds: list[list[dict[str, Any]]]
) -> list[Counter[tuple[str, str | None]]]:
    """Each round, every client sends its input of `bindLabel` at the same moment; how the answers of each round add up."""
    barrier = threading.Barrier(CLIENTS, timeout=120)
    told: list[list[tuple[str, str | None]]] = [[] for _ in range(CLIENTS)]

    def compete(me: int) -> None:
        with closing(Caller(ports[me % 2], town.tokens["keeper"])) as caller:
            for inputs in rounds:
                barrier.wait()
                answer = caller.call("bind_label", command_id=uuid4(), **inputs[me])
                told[me].append((answer["__typename"], answer.get("code")))

    run_all(compete, range(CLIENTS))
    return [Counter(one[at] for one in told) for at in range(len(rounds))]


def blanks(town: Town, count: int) -> list[str]:
    tokens: list[str] = town.as_("keeper").done("preprint_labels", body=town.bodies["offices"], count=count)[
        "tokens"
    ]
    return tokens


def live(town: Town, things: list[UUID]) -> Counter[tuple[UUID, int | None]]:
    """How many live labels each thing or piece has, by the read model."""
    town.installation.runner.wait_for("labels", town.installation.recorder.head(), 20)
    rows = town.sql(
        "SELECT thing, piece FROM labels.label WHERE state = 'label_live' AND thing = ANY(%s)", things
    )
    return Counter((thing, piece) for thing, piece in rows)


@pytest.mark.slow
def test_two_people_bind_one_blank_label_at_once_and_one_wins(town: Town, ports: tuple[int, int]) -> None:
    things = town.in_store("education", *(f"抢签物{n}" for n in range(CLIENTS)))
    rounds = [[{"code": token, "to": sticker("ASSET", one)} for one in things] for token in blanks(town, 1)]
    assert at_once(town, ports, rounds) == [
        Counter({("BindLabelPayload", None): 1, ("Refused", "LABEL_NOT_BLANK"): CLIENTS - 1})
    ]
    for token in blanks(town, ROUNDS):
        free = town.in_store("education", *["又一件"] * CLIENTS)
        [told] = at_once(town, ports, [[{"code": token, "to": sticker("ASSET", one)} for one in free]])
        assert told == {("BindLabelPayload", None): 1, ("Refused", "LABEL_NOT_BLANK"): CLIENTS - 1}
        assert sum(live(town, free).values()) == 1


@pytest.mark.slow
def test_blanks_for_one_thing_at_once_and_one_wins(town: Town, ports: tuple[int, int]) -> None:
    things = town.in_store("education", *(f"一物一签{n}" for n in range(ROUNDS)))
    tokens = blanks(town, ROUNDS * CLIENTS)
    rounds = [
        [{"code": tokens[at * CLIENTS + me], "to": sticker("ASSET", one)} for me in range(CLIENTS)]
        for at, one in enumerate(things)
    ]
    won = Counter({("BindLabelPayload", None): 1, ("Refused", "ALREADY_LABELLED"): CLIENTS - 1})
    assert at_once(town, ports, rounds) == [won] * ROUNDS
    assert live(town, things) == {(one, None): 1 for one in things}


@pytest.mark.slow
def test_people_who_label_the_pieces_of_one_lot_at_once_get_a_number_each(
    town: Town, ports: tuple[int, int]
) -> None:
    [lot] = town.in_store("education", "并发椅", lot=CLIENTS * 5, unit="把")
    tokens = blanks(town, CLIENTS * 5)
    rounds = [
        [{"code": tokens[at * CLIENTS + me], "to": sticker("PIECE", lot)} for me in range(CLIENTS)]
        for at in range(5)
    ]
    assert at_once(town, ports, rounds) == [Counter({("BindLabelPayload", None): CLIENTS})] * 5
    assert live(town, [lot]) == {(lot, n): 1 for n in range(1, CLIENTS * 5 + 1)}


def test_whoever_is_a_moment_later_is_told_what_stands_in_the_way(town: Town) -> None:
    """Between decision and append somebody else is quicker: decided again, and refused by the rule."""
    one, other = town.in_store("education", "慢一步甲", "慢一步乙")
    first, second, third = blanks(town, 3)

    def bind(code: str, thing: UUID, does: Callable[[], object] | None = None) -> tuple[str, list[str]]:
        said = {"code": code, "to": LabelFor(kind=LabelKind.ASSET, thing=thing)}
        answer, verdicts = decided(town, "keeper", "bind_label", does, **said)
        return answer.refused, verdicts

    assert bind(first, one, lambda: bind(second, one)) == ("ALREADY_LABELLED", ["Taken", "Accepted"])
    [last] = town.in_store("education", "慢一步丙")
    assert bind(third, last, lambda: bind(third, other)) == ("LABEL_NOT_BLANK", ["Conflict", "Accepted"])


def test_the_same_command_is_done_once_and_answers_with_the_same_labels(town: Town) -> None:
    [thing] = town.in_store("education", "只此一张")
    keeper = town.as_("keeper")
    for name, said in (
        ("issue_labels", {"things": [sticker("ASSET", thing)]}),
        ("preprint_labels", {"body": town.bodies["offices"], "count": 5}),
    ):
        id = uuid4()
        first = keeper.done(name, command_id=id, **said)
        second = keeper.done(name, command_id=id, **said)
        assert not first["replayed"]
        assert second["replayed"]
        assert (first["labelIds"], first["tokens"]) == (second["labelIds"], second["tokens"])
    assert live(town, [thing]) == {(thing, None): 1}


def test_a_rebuild_of_the_read_model_gives_the_same_rows_and_a_planted_one_is_found(town: Town) -> None:
    for errand in LABELS:
        errand(town)
    runner = town.installation.runner
    runner.wait_for("labels", town.installation.recorder.head(), 20)
    login = town.installation.logins.projector
    before = town.sql("SELECT l::text FROM labels.label l ORDER BY 1")
    assert len(before) > 10
    assert [line for one in verify(login, ALL) if one.name == "labels" for line in one.wrong] == []
    assert all(one.same for one in rebuild(login, [one for one in ALL if one.name == "labels"]))
    assert town.sql("SELECT l::text FROM labels.label l ORDER BY 1") == before
    with psycopg.connect(login, autocommit=True) as connection:
        planted = "UPDATE labels.label SET copies = copies + %s WHERE id = (SELECT min(id::text)::uuid FROM labels.label)"
        connection.execute(planted, (1,))
        assert [one.name for one in verify(login, ALL) if one.wrong] == ["labels"]
        connection.execute(planted, (-1,))
    assert [one.name for one in verify(login, ALL) if one.wrong] == []


def test_what_a_thing_has_gone_on_as_is_known_to_the_read_model_nearest_first(town: Town) -> None:
    keeper = town.as_("keeper")
    [lot] = town.in_store("education", "谱系椅", lot=9, unit="把")
    one = UUID(keeper.done("split_lot", asset=lot, quantity=4)["partId"])
    two = UUID(keeper.done("split_lot", asset=one, quantity=2)["partId"])
    keeper.done("merge_lots", asset=lot, others=[two])
    town.installation.runner.wait_for("labels", town.installation.recorder.head(), 20)
    with town.installation.reader.connection() as connection:
        assert labels.successors(connection, lot)[0] == one
        assert labels.successors(connection, lot) == [one, two]
        assert labels.successors(connection, two) == [lot, one]
