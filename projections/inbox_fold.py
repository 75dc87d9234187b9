"""How the inboxes follow the log: a row per notice (`domain.notices.NOTICES`), to whom it goes, what was read, and what put an end to what
was asked (`domain.dealt_with.DONE`). Rows are only added.
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from domain.aggregate import Fact, Recorded, Root
from domain.dealt_with import DONE, asks
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
    ("id", "name", "thing", "kind", "occurred", "until", "to_do", "about"),
)
DONE_ROW = Table("done", (("thing", "uuid"), ("position", "bigint")), ("names",))
TOLD = Table(
    "told", (("role", "text"), ("scope", "uuid"), ("position", "bigint"), ("n", "integer")), ("notice", "by")
)
MARK = Table("mark", (("account", "uuid"), ("n", "integer")), ("notice", "up_to"))

_BY_FACT: dict[type[Fact], list[Notice]] = defaultdict(list)
for _one in NOTICES:
    _BY_FACT[_one.fact].append(_one)
_ENDING: dict[type[Fact], list[str]] = defaultdict(list)
for _name, _done in DONE.items():
    for _fact in _done.facts:
        _ENDING[_fact].append(_name)
CONCERNING = _BY_FACT.keys() | _ENDING.keys()
ROOTS: dict[str, type[Root]] = {one.of.KIND: one.of for one in NOTICES if one.of is not None}
TELLING = tuple(sorted({fact.TOPIC.partition(".")[0] for fact in CONCERNING}))
"""The kinds of things whose facts tell somebody, or put an end to what somebody was told."""


class Inboxes(Projection):
    """The projection `inbox`."""

    name = "inbox"
    version = 3
    kinds = (*TELLING, Inbox.KIND)
    tables = (NOTICE, TOLD, MARK, DONE_ROW)

    def listens(self, batch: Batch) -> bool:
        return Inbox.KIND in batch.kinds() or (super().listens(batch) and batch.may_have(CONCERNING))

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        if batch.may_have(CONCERNING):
            for kind in TELLING:
                for id, entries in batch.of(kind).items():
                    told = [one for one in readable(entries) if type(one.fact) in CONCERNING]
                    ends = any(type(one.fact) in _ENDING for one in told)
                    if ends and any(asks(one.fact) for one in batch.streams(connection, kind)[id]):
                        thing = ROOTS[kind](id) if kind in ROOTS else None
                        _of_a_thing(changes, kind, thing, batch.streams(connection, kind)[id], batch.first)
                    elif any(notice.of for one in told for notice in _BY_FACT.get(type(one.fact), ())):
                        _of_a_thing(
                            changes, kind, ROOTS[kind](id), batch.streams(connection, kind)[id], batch.first
                        )
                    else:
                        for one in told:
                            _notices(changes, kind, one, None, None)
        for entries in batch.facts(Inbox.KIND):
            for mark in entries:
                _mark(changes, mark)
        return changes


def _of_a_thing(
    changes: Changes, kind: str, thing: Root | None, facts: Sequence[Recorded], first: int
) -> None:
    """What its new facts tell, and put an end to, as far as something was asked before them."""
    asked = False
    for one in facts:
        tells = one.position >= first and type(one.fact) in CONCERNING
        before = thing.copy() if thing is not None and tells else None
        if thing is not None:
            try:
                advance(thing, one)
            except Exception as error:
                raise Poison(one.position, f"{type(error).__name__}: {error}") from error
        if tells:
            _notices(changes, kind, one, before, thing)
            if asked:
                _ends(changes, one, Told(one.fact, before, thing, one.meta))
        asked = asked or asks(one.fact)


def _notices(changes: Changes, kind: str, one: Recorded, before: Root | None, after: Root | None) -> None:
    told = Told(one.fact, before, after, one.meta)
    for n, notice in enumerate(_BY_FACT.get(type(one.fact), ())):
        try:
            people, until, loans = (
                dict.fromkeys(notice.to(told)),
                notice.until(told),
                notice.says(one.fact).get("loans"),
            )
        except Exception as error:
            raise Poison(one.position, f"{notice.name}: {type(error).__name__}: {error}") from error
        if people:
            id = uid(notice_id(one.position, n))
            changes.add(
                NOTICE,
                f"{one.position}\t{n}\t{id}\t{notice.name}\t{uid(one.stream)}\t{kind}\t{moment(one.occurred_at)}\t{moment(until)}"
                f"\t{yes(notice.to_do)}\t{{{','.join(map(uid, loans if isinstance(loans, tuple) else (one.stream,)))}}}",
            )
            everywhere = (To(one.role, ROOT) for one in people if one.role != PERSON)
            for to in dict.fromkeys((*people, *everywhere)):
                changes.add(
                    TOLD, f"{to.role}\t{uid(to.where)}\t{one.position}\t{n}\t{id}\t{uid(one.meta.person)}"
                )


def _ends(changes: Changes, one: Recorded, told: Told) -> None:
    """What its thing asked of people so far is done, by this."""
    try:
        names = [name for name in _ENDING.get(type(one.fact), ()) if DONE[name].so(told)]
    except Exception as error:
        raise Poison(one.position, f"done: {type(error).__name__}: {error}") from error
    if names:
        changes.add(DONE_ROW, f"{uid(one.stream)}\t{one.position}\t{{{','.join(names)}}}")


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
