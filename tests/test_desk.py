"""Where commands are decided: what is remembered, what is decided again, what is kept, and what another process did meanwhile.

Two desks on two recorders of one database stand for two processes: they share nothing but the log.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest

import domain.vocabulary  # noqa: F401  # all facts and use cases
from domain.account import Account
from domain.aggregate import Meta, encode
from domain.asset import Asset
from domain.body import Body, BodyKind, Relation
from domain.command import Envelope
from domain.refusals import NumberTaken, StaleVersion
from domain.usecases import permitted_actions
from domain.usecases.organisations import foundation
from domain.values import CONSOLE, ROOT, SPACE, Role
from projections.desk import Decided, Desk, Reused, recorded
from projections.store.recorder import Append, NewEvent, OutcomeUnknown, Recorder, Verdict
from tests.clusters import Database

pytestmark = pytest.mark.postgres

MANAGER, PERSON = uuid5(SPACE, "desk test: account"), uuid5(SPACE, "desk test: person")


class Counting:
    """The real log, and what was asked of it; `before`: what happens just before the next append."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.read_streams: list[UUID] = []
        self.verdicts: list[str] = []
        self.before: Callable[[], object] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recorder, name)

    def read(self, streams: Any) -> Any:
        self.read_streams += streams
        return self._recorder.read(streams)

    def append(self, command: Append, deadline_s: float) -> Verdict:
        does, self.before = self.before, None
        if does is not None:
            does()
        verdict = self._recorder.append(command, deadline_s)
        self.verdicts.append(type(verdict).__name__)
        return verdict


class Office:
    """A desk with its own connections and its own memory: as good as another process."""

    def __init__(self, database: Database) -> None:
        self.recorder = Recorder(database.app)
        self.log = Counting(self.recorder)
        self.desk = Desk(self.log, open_loans=lambda *_: ())  # type: ignore[arg-type]  # it is the recorder, and counts

    def ask(self, use_case: str, as_: UUID = CONSOLE, command: UUID | None = None, **more: Any) -> Decided:
        carried = {
            "expected": "expected",
            "acting_body": "body",
            "occurred_at": "occurred_at",
            "reason": "reason",
        }
        envelope = {named: more.pop(name) for name, named in carried.items() if name in more}
        deadline = more.pop("deadline_s", 10.0)
        return self.desk.execute(
            use_case, Envelope(account=as_, command_id=command or uuid4(), **envelope), more, deadline
        )

    def done(self, use_case: str, as_: UUID = CONSOLE, **more: Any) -> Decided:
        answer = self.ask(use_case, as_, **more)
        assert not answer.refused, answer
        return answer


@contextmanager
def office(database: Database) -> Iterator[Office]:
    made = Office(database)
    try:
        yield made
    finally:
        made.recorder.close()


@pytest.fixture
def here(database: Database) -> Iterator[Office]:
    with office(database) as made:
        events = [
            NewEvent(stream, at, fact.TOPIC, encode(fact), META, datetime.now(UTC))
            for stream, facts in foundation("甘肃省").items()
            for at, fact in enumerate(facts, 1)
        ]
        made.recorder.append(Append(CONSOLE, uuid4(), b"f", events=tuple(events)), 10)
        made.done("open_account", person=PERSON, body=ROOT, id=MANAGER)
        yield made


@pytest.fixture
def there(database: Database, here: Office) -> Iterator[Office]:
    """Another process."""
    with office(database) as made:
        yield made


META = encode(Meta(account=CONSOLE, person=CONSOLE, body=ROOT, command=ROOT, use_case="found"))


def grant(office: Office, role: Role = Role.ADMINISTRATOR) -> None:
    office.done("grant_role", account=MANAGER, role=role, scope=ROOT)


def test_slow_streams_are_read_once_and_remembered(here: Office) -> None:
    body = UUID(here.done("register_body", name="甲局").outcome["body"])
    here.done("register_body", name="乙局")
    here.log.read_streams.clear()
    for n in range(5):
        here.done("rename_body", body=body, name=f"甲局{n}")
    assert here.log.read_streams.count(CONSOLE) == 0, "nobody has changed the account since it was read"
    assert here.log.read_streams.count(body) == 5, "each rename forgets what it has changed"


def test_what_another_process_changed_is_decided_again(here: Office, there: Office) -> None:
    body = UUID(here.done("register_body", name="甲局").outcome["body"])
    for each in (here, there):
        each.done("set_relation", body=body, relation=Relation.SUPERVISED_BY, other=ROOT)
        each.desk.look(Envelope(account=CONSOLE, command_id=uuid4())).load(Body, body)
    there.done("rename_body", body=body, name="乙局")
    here.log.verdicts.clear()
    answer = here.done("rename_body", body=body, name="丙局")
    assert here.log.verdicts == ["Conflict", "Accepted"], "the guard noticed what the memory did not"
    assert answer.versions[body] == here.recorder.read([body])[body][-1].version
    assert [row.topic for row in here.recorder.read([body])[body]][-2:] == ["body.renamed", "body.renamed"]


def test_a_refusal_never_rests_on_stale_memory(here: Office, there: Office) -> None:
    """The role is granted by another process: this one remembers an account without it."""
    assert here.ask("register_body", MANAGER, name="甲局").refused == "NOT_YOURS"
    grant(there)
    answer = here.ask("register_body", MANAGER, name="甲局")
    assert answer.refused == ""
    there.done("revoke_role", account=MANAGER, role=Role.ADMINISTRATOR, scope=ROOT)
    assert here.ask("register_body", MANAGER, name="乙局").refused == "NOT_YOURS", "nor does an acceptance"


def test_a_stale_version_is_never_answered_from_stale_memory(here: Office, there: Office) -> None:
    """The asker saw the version that another process has just made; this process remembers an older one."""
    body = UUID(here.done("register_body", name="甲局").outcome["body"])
    here.desk.look(Envelope(account=CONSOLE, command_id=uuid4())).load(Body, body)
    version = there.done("rename_body", body=body, name="乙局").versions[body]
    assert here.done("rename_body", body=body, name="丙局", expected={body: version}).versions == {
        body: version + 1
    }
    with pytest.raises(StaleVersion) as stale:
        here.ask("rename_body", body=body, name="丁局", expected={body: version})
    assert (stale.value.expected, stale.value.actual) == (version, version + 1)


def test_what_a_screen_offers_does_not_rest_on_stale_memory(here: Office, there: Office) -> None:
    here.ask("register_body", MANAGER, name="甲局")
    grant(there, Role.ASSET_MANAGER)

    command = here.desk.look(Envelope(account=MANAGER, command_id=uuid4()))
    no = permitted_actions(command, command.begin(Asset))["see_condition"]
    assert no is not None
    assert no.code != "NOT_YOURS", "he has the role now: it is the asset that is none"


def test_a_version_that_moves_while_it_is_decided_is_a_conflict_for_who_named_it(
    here: Office, there: Office
) -> None:
    body = UUID(here.done("register_body", name="甲局").outcome["body"])
    here.log.before = lambda: there.done("rename_body", body=body, name="乙局")
    with pytest.raises(StaleVersion):
        here.ask("rename_body", body=body, name="丙局", expected={body: 1})
    assert [row.version for row in here.recorder.read([body])[body]] == [1, 2]


def test_a_version_of_something_the_command_does_not_read_is_kept_to_as_well(
    here: Office, there: Office
) -> None:
    one, other = (UUID(here.done("register_body", name=name).outcome["body"]) for name in ("甲局", "乙局"))
    both = {one: 1, other: 1}
    here.log.before = lambda: there.done("rename_body", body=other, name="丙局")
    with pytest.raises(StaleVersion) as stale:
        here.ask("rename_body", body=one, name="丁局", expected=both)
    assert stale.value.args[0] == other
    assert not here.ask("rename_body", body=one, name="丁局", expected={one: 1, other: 2}).refused
    with pytest.raises(StaleVersion):
        here.ask("rename_body", body=one, name="戊局", expected={uuid4(): 1})


def test_the_same_id_gets_the_first_outcome_in_any_process(here: Office, there: Office) -> None:
    id = uuid4()
    first = here.ask("register_body", name="甲局", command=id)
    for each in (here, there):
        again = each.ask("register_body", name="甲局", command=id)
        assert again.replayed
        assert (again.position, again.versions, again.outcome) == (
            first.position,
            first.versions,
            first.outcome,
        )
        with pytest.raises(Reused):
            each.ask("register_body", name="乙局", command=id)
    with pytest.raises(Reused):
        here.ask("rename_body", body=UUID(first.outcome["body"]), name="甲局", command=id)
    assert here.recorder.receipt(CONSOLE, id) is not None


@pytest.mark.parametrize(
    "changed",
    [{"reason": "另有缘由"}, {"acting_body": ROOT}, {"occurred_at": datetime(2026, 3, 2, tzinfo=UTC)}],
)
def test_what_belongs_to_the_input_belongs_to_the_id(here: Office, changed: dict[str, Any]) -> None:
    id = uuid4()
    here.ask("register_body", name="甲局", command=id)
    with pytest.raises(Reused):
        here.ask("register_body", name="甲局", command=id, **changed)


def test_a_retry_that_names_the_old_version_gets_its_own_outcome(here: Office) -> None:
    body, id = UUID(here.done("register_body", name="甲局").outcome["body"]), uuid4()
    first = here.ask("rename_body", body=body, name="乙局", expected={body: 1}, command=id)
    again = here.ask("rename_body", body=body, name="乙局", expected={body: 1}, command=id)
    assert (again.replayed, again.position, again.versions) == (True, first.position, {body: 2})


def test_a_refusal_is_kept_and_given_again_with_its_values(here: Office) -> None:
    here.done("register_body", name="甲局", code="A1")
    id = uuid4()
    first = here.ask("register_body", name="乙局", code="A1", command=id)
    again = here.ask("register_body", name="乙局", code="A1", command=id)
    assert (first.refused, first.replayed, again.replayed) == ("NUMBER_TAKEN", False, True)
    assert (again.refused, again.path, again.values, again.position) == (
        first.refused,
        first.path,
        first.values,
        first.position,
    )
    kept = here.recorder.receipt(CONSOLE, id)
    assert kept is not None
    assert kept.refused


def test_conflicts_and_stale_versions_are_not_kept(here: Office) -> None:
    body, id = UUID(here.done("register_body", name="甲局").outcome["body"]), uuid4()
    here.done("rename_body", body=body, name="乙局")
    with pytest.raises(StaleVersion):
        here.ask("rename_body", body=body, name="丙局", expected={body: 1}, command=id)
    assert here.recorder.receipt(CONSOLE, id) is None
    assert not here.ask("rename_body", body=body, name="丙局", expected={body: 2}, command=id).replayed


def test_a_key_taken_between_decision_and_append_is_a_number_taken(here: Office, there: Office) -> None:
    here.log.before = lambda: there.done("register_body", name="乙局", code="SAME")
    answer = here.ask("register_body", name="甲局", code="SAME")
    assert answer.refused == NumberTaken.code == "NUMBER_TAKEN"
    assert here.log.verdicts[-2:] == ["Taken", "Accepted"], "the refusal itself is kept"
    assert answer.values["number"] == "SAME"


def test_after_its_deadline_a_command_is_unknown_and_a_retry_finds_out(
    here: Office, database: Database
) -> None:
    id = uuid4()
    with psycopg.connect(database.owner) as holding:
        lock_the_log(holding, here.recorder)
        with pytest.raises(OutcomeUnknown):
            here.ask("register_body", name="甲局", command=id, deadline_s=0.4)
    answer = here.ask("register_body", name="甲局", command=id)
    assert not answer.refused
    made = [row for row in here.recorder.read_log(0, 1000) if b"\xe7\x94\xb2\xe5\xb1\x80" in row.body]
    assert len(made) == 1, "once, whether the first try got through or not"


def lock_the_log(holding: psycopg.Connection[Any], recorder: Recorder) -> None:
    """Holds what every append needs, so that none gets through."""
    recorder.head()
    holding.execute("LOCK TABLE gongwu.receipt IN ACCESS EXCLUSIVE MODE")


def test_a_command_that_is_always_overtaken_ends_at_its_deadline(here: Office, there: Office) -> None:
    body = UUID(here.done("register_body", name="甲局").outcome["body"])
    n = iter(range(10_000))

    def overtake() -> None:
        there.done("rename_body", body=body, name=f"乙局{next(n)}")
        here.log.before = overtake

    here.log.before = overtake
    with pytest.raises(OutcomeUnknown):
        here.ask("rename_body", body=body, name="丙局", deadline_s=0.5)
    here.log.before = None
    assert set(here.log.verdicts[-3:]) == {"Conflict"}
    assert not here.ask("rename_body", body=body, name="丙局").refused


def test_many_threads_on_one_desk_lose_nothing(here: Office) -> None:
    body = UUID(here.done("register_body", name="甲局").outcome["body"])
    answers: list[Decided] = []

    def rename(me: int) -> None:
        answers.extend(
            here.ask("rename_body", body=body, name=f"{me}号局{n}", deadline_s=60) for n in range(5)
        )

    threads = [threading.Thread(target=rename, args=(me,)) for me in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.versions[body] for one in answers) == list(range(2, 42))


def test_the_versions_of_an_answer_are_those_of_the_streams_it_wrote(here: Office) -> None:
    answer = here.done("register_body", name="甲局")
    made = UUID(answer.outcome["body"])
    office_ = here.done("register_body", name="处", kind=BodyKind.DIVISION, parent=made)
    assert office_.versions == {UUID(office_.outcome["body"]): 1, made: 2}
    last = here.recorder.read_log(office_.position - 1, 1)[0]
    assert last.position == office_.position


def test_decided_in_the_past_it_carries_both_clocks(here: Office) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    body = UUID(here.done("register_body", name="甲局", occurred_at=yesterday).outcome["body"])
    [row] = here.recorder.read([body])[body]
    assert row.occurred_at == yesterday
    assert row.recorded_at > yesterday
    assert (
        here.ask("register_body", name="乙局", occurred_at=datetime.now(UTC) + timedelta(days=1)).refused
        == "IN_THE_FUTURE"
    )


def test_replaying_the_log_gives_what_was_decided_on(here: Office) -> None:
    grant(here)
    account = Account.replay(MANAGER, map(recorded, here.recorder.read([MANAGER])[MANAGER]))
    assert {(one.role, one.scope) for one in account.grants} == {(Role.ADMINISTRATOR, ROOT)}
