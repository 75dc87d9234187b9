"""How the inboxes follow the log: a row per notice (`domain.notices.NOTICES`), to whom it goes, and what was read. Rows are only added."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from domain.aggregate import Fact, Recorded, Root
from domain.notices import NOTICES, PERSON, Notice, To, Told
from domain.papers.inbox import Inbox, InboxReadUpTo, NoticeRead, notice_id
from domain.values import ROOT
from projections.changes import Changes, Connection, Table
from projections.feed import Batch, Poison, advance, readable
from projections.lines import NULL, moment, uid, yes
from projections.lives import Lives
from projections.projection import Projection

NOTICE = Table(
    "notice",
    (("position", "bigint"), ("n", "integer")),
    ("id", "name", "thing", "kind", "occurred", "until", "to_do"),
)
TOLD = Table(
    "told", (("role", "text"), ("scope", "uuid"), ("position", "bigint"), ("n", "integer")), ("notice", "by")
)
MARK = Table("mark", (("account", "uuid"), ("n", "integer")), ("notice", "up_to"))

_BY_FACT: dict[type[Fact], list[Notice]] = defaultdict(list)
for _one in NOTICES:
    _BY_FACT[_one.fact].append(_one)
TELLING = tuple(sorted({fact.TOPIC.partition(".")[0] for fact in _BY_FACT}))
"""The kinds of things whose facts tell somebody."""


class Inboxes(Projection):
    """The projection `inbox`."""

    name = "inbox"
    version = 1
    kinds = (*TELLING, Inbox.KIND)
    tables = (NOTICE, TOLD, MARK)

    def listens(self, batch: Batch) -> bool:
        return Inbox.KIND in batch.kinds() or (super().listens(batch) and batch.may_have(_BY_FACT.keys()))

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        if batch.may_have(_BY_FACT.keys()):
            for kind in TELLING:
                for id, entries in batch.of(kind).items():
                    told = [one for one in readable(entries) if type(one.fact) in _BY_FACT]
                    of = next(
                        (notice.of for one in told for notice in _BY_FACT[type(one.fact)] if notice.of), None
                    )
                    if of is not None:
                        _of_a_thing(changes, of(id), batch.streams(connection, kind)[id], batch.first)
                    else:
                        for one in told:
                            _notices(changes, kind, one, None, None)
        for entries in batch.facts(Inbox.KIND):
            for mark in entries:
                _mark(changes, mark)
        return changes


def _of_a_thing(changes: Changes, thing: Root, facts: Sequence[Recorded], first: int) -> None:
    for one in facts:
        tells = one.position >= first and type(one.fact) in _BY_FACT
        before = thing.copy() if tells else None
        try:
            advance(thing, one)
        except Exception as error:
            raise Poison(one.position, f"{type(error).__name__}: {error}") from error
        if tells:
            _notices(changes, thing.KIND, one, before, thing)


def _notices(changes: Changes, kind: str, one: Recorded, before: Root | None, after: Root | None) -> None:
    told = Told(one.fact, before, after, one.meta)
    for n, notice in enumerate(_BY_FACT[type(one.fact)]):
        try:
            people, until = dict.fromkeys(notice.to(told)), notice.until(told)
        except Exception as error:
            raise Poison(one.position, f"{notice.name}: {type(error).__name__}: {error}") from error
        if people:
            id = uid(notice_id(one.position, n))
            changes.add(
                NOTICE,
                f"{one.position}\t{n}\t{id}\t{notice.name}\t{uid(one.stream)}\t{kind}\t{moment(one.occurred_at)}\t{moment(until)}"
                f"\t{yes(notice.to_do)}",
            )
            everywhere = (To(one.role, ROOT) for one in people if one.role != PERSON)
            for to in dict.fromkeys((*people, *everywhere)):
                changes.add(
                    TOLD, f"{to.role}\t{uid(to.where)}\t{one.position}\t{n}\t{id}\t{uid(one.meta.person)}"
                )


def _mark(changes: Changes, one: Recorded) -> None:
    match one.fact:
        case NoticeRead(notice=notice):
            said = f"{uid(notice)}\t{NULL}"
        case InboxReadUpTo(position=position):
            said = f"{NULL}\t{min(position, one.position)}"  # nobody has read what is still to come
        case _:
            raise Poison(one.position, f"{one.fact.TOPIC} is no read mark")
    account: UUID = one.meta.account
    changes.add(MARK, f"{uid(account)}\t{one.version}\t{said}")
