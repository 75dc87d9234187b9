"""History in sentences: who did what to what, where, for whom, in Chinese or English, with names instead of ids.

`sentences(connection, rows, language, people, zone)` gives one sentence per row. Names of bodies, places, things and papers come from
the read models, names of people from the directory (`people`), which may have forgotten them: then a short opaque id stands there.
There is no text for "something happened": a fact without a sentence of its own is a fault, and a test finds it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from string import Formatter
from typing import Any, LiteralString, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from domain.aggregate import Fact, Meta, decode, decode_meta
from domain.asset import Book, Custody
from domain.classification import name_of
from domain.label import LabelFor
from domain.life.keeping import CaseOpened, CaseSettled
from domain.life.registering import CardNumber, Description, Source
from domain.notices import NAMED
from domain.papers.certificate import CertificateIssued, certificate_number
from domain.papers.demand import DemandEntered
from domain.papers.loan import LineOutcome, LineReturned, LoanLine
from domain.papers.request import RequestLine, RequestStepApproved
from domain.papers.slip import SlipIssued, SlipReprinted, SlipVoided, slip_number
from domain.policy_book import PolicyEnded, PolicySet
from domain.refusals import InvalidValue
from domain.terms import ChainCase, Form, LoanTerms, OpeningHours, PickUp, Scope, Terms
from domain.texts import Language, case_name, catalogue, say
from domain.values import ClassCode, Condition, Funding, Money, Signature, Window
from projections.feed import Connection
from projections.history import HistoryRow
from projections.inbox import NoticeRow
from projections.terms_in_words import case_in_words, week_in_words

People = Callable[[Collection[UUID]], Mapping[UUID, str]]

_THINGS: LiteralString = (
    "SELECT asset, concat_ws(' ', NULLIF(number, ''), name) FROM register.current WHERE asset = ANY(%(ids)s)"
)
_NAMED: LiteralString = """
SELECT id, name FROM organisations.body WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, name FROM organisations.place WHERE id = ANY(%(ids)s)
"""
_ACCOUNTS: LiteralString = (
    "SELECT id, person FROM organisations.account WHERE id = ANY(%(ids)s) AND person IS NOT NULL"
)
_PAPERS: LiteralString = "SELECT id, number FROM papers.paper WHERE id = ANY(%(ids)s)"
_SERIES: LiteralString = "SELECT DISTINCT ON (series) series, number FROM papers.slip WHERE series = ANY(%(ids)s) ORDER BY series, n"

_LABELS: LiteralString = (
    "SELECT id, concat_ws('-', left(token, 4), substr(token, 5, 4), substr(token, 9))"
    " FROM labels.label WHERE id = ANY(%(ids)s)"
)

NOTHING: Mapping[str, object] = {}
_MARKED: LiteralString = """
SELECT marks, n, number FROM papers.slip JOIN unnest(%(marks)s::uuid[], %(numbers)s::int[]) AS asked (marks, n) USING (marks, n)
"""

_BETWEEN: Mapping[Language, str] = {"zh": "、", "en": ", "}
_GONE = (LineOutcome.LOST, LineOutcome.CONSUMED, LineOutcome.TRANSFERRED)
_COUNTED = ("line", "match")
"""Fields that are places in a list: kept from 0, said from 1."""
_NOTHING_SAID = re.compile(
    r"（[^（）；，]*：–）| \([^(),;]*: –\)|[；;,，] ?[^；;,，（(]* –(?=[）)])|[：:] ?–[。.]?$|(?<=[。.]) ?–$"
)
"""What is left of a text whose last value is empty (a reason, a remark), or of one in brackets."""


class _Said(NamedTuple):
    """A row, with what its fact says."""

    row: HistoryRow
    fact: Fact
    meta: Meta


class Names:
    """What ids are called. `of` never fails: an id without a name is shown by its first digits. `marked`: slips by their marks."""

    def __init__(
        self, names: Mapping[UUID, str], marked: Mapping[tuple[UUID, int], str] | None = None
    ) -> None:
        self._names, self._marked = names, marked or {}

    def of(self, id: UUID) -> str:
        return self._names.get(id) or f"#{id.hex[-8:]}"

    def slip(self, marks: UUID, number: int) -> str:
        """The slip that a mark is about, as it is printed on it."""
        return self._marked.get((marks, number)) or f"{self.of(marks)}-{number}"

    @classmethod
    def read(
        cls,
        connection: Connection,
        ids: Collection[UUID],
        people: People,
        marked: Collection[tuple[UUID, int]] = (),
    ) -> "Names":
        """Names of these ids, whatever they are ids of, and of the slips that marks are about."""
        given = {"ids": list(ids)}
        names: dict[UUID, str] = {}
        for statement in (_THINGS, _NAMED, _PAPERS, _SERIES, _LABELS):
            names.update(connection.execute(statement, given).fetchall())
        accounts = dict(connection.execute(_ACCOUNTS, given).fetchall())
        called = people({*(id for id in ids if id not in names), *accounts.values()})
        names |= called
        names |= {account: called[person] for account, person in accounts.items() if person in called}
        wanted = {"marks": [marks for marks, _ in marked], "numbers": [number for _, number in marked]}
        rows = connection.execute(_MARKED, wanted).fetchall() if marked else ()
        return cls(names, {(marks, n): number for marks, n, number in rows})


def sentences(
    connection: Connection, rows: Sequence[HistoryRow], language: Language, people: People, zone: ZoneInfo
) -> list[str]:
    """One sentence per row."""
    said = [_Said(row, decode(row.topic, row.fact), decode_meta(row.meta)) for row in rows]
    ids = {id for one in said for id in (one.row.thing, one.meta.person, one.meta.body, *_ids(one.fact))}
    marked = {
        (one.row.thing, one.fact.number) for one in said if isinstance(one.fact, SlipVoided | SlipReprinted)
    }
    names = Names.read(connection, ids, people, marked)
    return [
        sentence(one.row.thing, one.row.version, one.fact, one.meta, language, names, zone) for one in said
    ]


def notices(
    connection: Connection, rows: Sequence[NoticeRow], language: Language, people: People, zone: ZoneInfo
) -> list[str]:
    """What each notice of an inbox says to whoever reads it."""
    facts = [(row, decode(row.topic, row.fact), decode_meta(row.meta)) for row in rows]
    ids = {id for row, fact, meta in facts for id in (row.thing, meta.person, meta.body, *_ids(fact))}
    names = Names.read(connection, ids, people)
    return [
        sentence(
            row.thing, row.version, fact, meta, language, names, zone, key=f"notice.{row.name}",
            also={**({"until": row.until} if row.until else {}), **NAMED[row.name].says(fact)},
        )
        for row, fact, meta in facts
    ]  # fmt: skip


def sentence(
    thing: UUID, version: int, fact: Fact, meta: Meta, language: Language, names: Names, zone: ZoneInfo, *, key: str = "",
    also: Mapping[str, object] = NOTHING,
) -> str:  # fmt: skip
    """What a fact says, as people say it. `key`: another text than that of history, which may need something more (`also`)."""
    key = key or _key(fact)
    asked = _asked(key, language)
    more = {name: shown(value, language, names, zone) for name, value in also.items() if name in asked}
    values = {
        name: _told(getattr(fact, name), language, names, zone) for name in asked & {*fact.__struct_fields__}
    }
    if isinstance(fact, DemandEntered):  # it is for a class, or for one thing
        values["class_code"] = shown(fact.asset or fact.class_code, language, names, zone)
    called = names.of(thing)
    if not key.startswith("notice."):
        values.pop("office", None)  # there it is whose person did it, whatever office the fact names
    for place in values.keys() & {*_COUNTED}:
        if isinstance(at := getattr(fact, place), int):
            values[place] = str(at + 1)
    if isinstance(fact, CaseOpened | CaseSettled):
        values["case"] = case_name(language, fact.case)
    if isinstance(fact, SlipIssued):
        called = slip_number(fact.code, fact.kind, fact.year, version)
    if isinstance(fact, SlipVoided | SlipReprinted):
        called = names.slip(thing, fact.number)
    if isinstance(fact, CertificateIssued):
        called = certificate_number(fact, version)
    own = {
        "thing": called, "who": names.of(meta.person), "office": names.of(meta.body), "reason": meta.reason,
    }  # fmt: skip
    return _tidy(say(language, key, **(own | values | more)), language)


def _key(fact: Fact) -> str:
    """The text of a fact; what a document from outside decided is nobody's decision here, and what is gone has no condition; and
    terms that count from a day that had passed say so.
    """
    if isinstance(fact, RequestStepApproved) and fact.decision is not None:
        return f"by_document.{fact.TOPIC}"
    if isinstance(fact, LineReturned) and fact.outcome in _GONE:
        return f"gone.{fact.TOPIC}"
    if isinstance(fact, PolicySet | PolicyEnded) and fact.back_dated:
        return f"back_dated.{fact.TOPIC}"
    return f"fact.{fact.TOPIC}"


def _told(value: object, language: Language, names: Names, zone: ZoneInfo) -> str:
    """A value where a text stands around it: of an empty list it says that there is nothing."""
    return _word("none", language) if value == () else shown(value, language, names, zone)


def _tidy(said: str, language: Language) -> str:
    """Without the colon or the dash that an empty value leaves behind."""
    left = _NOTHING_SAID.sub("", said).rstrip()
    return left if left == said or left.endswith(("。", ".")) else left + ("。" if language == "zh" else ".")


def shown(value: object, language: Language, names: Names, zone: ZoneInfo) -> str:  # noqa: C901, PLR0912  # one line per kind of value
    """A value of a fact as people read it."""
    match value:
        case None:
            return ""
        case UUID():
            return names.of(value)
        case bool():
            return _word("yes" if value else "no", language)
        case Form():
            return say(language, f"form.{value.value}")
        case StrEnum():
            return _word(value.value, language)
        case datetime():
            return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case Money():
            return f"{value.amount:.2f} {value.currency}"
        case Decimal() | int() | str():
            return str(value)
        case Signature():
            return names.of(value.person)
        case Window():
            return f"{shown(value.start, language, names, zone)} – {shown(value.end, language, names, zone)}"
        case ClassCode():
            return _class(value, language)
        case Custody():
            return names.of(value.body)
        case Book():
            return shown(value.original, language, names, zone)
        case RequestLine():
            if value.kit is not None:
                return _remarked(f"{value.kit_name} ({value.quantity})", (value.wishes,), language)
            what = shown(value.asset or value.class_code, language, names, zone)
            return _remarked(f"{value.quantity} × {what}", (value.wishes,), language)
        case LoanLine():
            seen = () if value.condition is Condition.UNKNOWN else (_word(value.condition.value, language),)
            return _remarked(
                f"{value.quantity} × {names.of(value.asset)}", (*seen, *value.accessories), language
            )
        case LabelFor():
            called = names.of(value.thing)
            return (
                called
                if value.piece is None
                else say(language, "labelled.piece", thing=called, piece=value.piece)
            )
        case ChainCase():
            return case_in_words(value, language)
        case Description():
            return value.name
        case Scope():
            return _scope(value, language, names, zone)
        case _ if isinstance(value, Terms):
            return _terms(value, language, names, zone)
        case CardNumber():
            return f"{value.issuer} {value.number}"
        case Source():
            return f"{value.file[:12]}:{value.row}"
        case Funding():
            return f"{value.source} {shown(value.value, language, names, zone)}"
        case tuple() | frozenset() | list():
            parts = sorted(value, key=str) if isinstance(value, frozenset) else value
            return _BETWEEN[language].join(shown(one, language, names, zone) for one in parts)
        case msgspec.Struct():
            fields = (getattr(value, name) for name in value.__struct_fields__)
            return " ".join(filter(None, (shown(one, language, names, zone) for one in fields)))
    raise TypeError(f"no way to show a {type(value).__name__}")


def _scope(scope: Scope, language: Language, names: Names, zone: ZoneInfo) -> str:
    """Where terms hold, as people read it."""
    parts = (scope.warehouse, scope.body, scope.region, scope.class_code)
    where = " ".join(shown(one, language, names, zone) for one in parts if one)
    return say(language, "scope.somewhere", where=where) if where else say(language, "scope.everywhere")


def _terms(terms: Terms, language: Language, names: Names, zone: ZoneInfo) -> str:
    """Terms, as people read them: a sentence of their own per kind."""
    key = f"terms.{terms.__struct_config__.tag}"
    if isinstance(terms, PickUp) and not terms.slot_minutes:
        key = "terms.pick_up_without_slots"
    if isinstance(terms, LoanTerms) and terms.ahead_days:
        key = "terms.loan_terms_ahead"
    values = {name: _told(getattr(terms, name), language, names, zone) for name in _asked(key, language)}
    if isinstance(terms, OpeningHours):
        values["week"] = week_in_words(terms.week, language)
    return say(language, key, **values)


def _class(code: ClassCode, language: Language) -> str:
    """A class by its name and code; by its code and the edition, where our tables have no name."""
    try:
        name = name_of(code, language)
    except InvalidValue:
        name = None
    return _remarked(name, (code.code,), language) if name else f"{code.code} ({code.scheme} {code.edition})"


def _remarked(what: str, remarks: Sequence[str], language: Language) -> str:
    """Something, and in brackets what there is to add."""
    more = _BETWEEN[language].join(filter(None, remarks))
    if not more:
        return what
    return f"{what}（{more}）" if language == "zh" else f"{what} ({more})"


@cache
def _asked(key: str, language: Language) -> frozenset[str]:
    """The placeholders of a text."""
    return frozenset(name for _, name, _, _ in Formatter().parse(catalogue()[key][language]) if name)


def _word(value: str, language: Language) -> str:
    key = f"word.{value}"
    return say(language, key) if key in catalogue() else value


def _ids(value: Any) -> Iterator[UUID]:
    """All ids a fact names, however deep."""
    if isinstance(value, UUID):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _ids(getattr(value, name))
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from _ids(one)
