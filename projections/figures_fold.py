"""How the figures follow the log: spans of offers and uses, lines of requests, purchases avoided (see `figures`)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from domain.aggregate import Recorded, Root
from domain.asset import Asset
from domain.papers.loan import Loan, LoanOpened
from domain.papers.pool_check import PoolCheck, PurchaseAvoided
from domain.papers.request import Request, RequestApproved, RequestHandedOver, RequestSubmitted
from domain.papers.transfer import Ending, Transfer, TransferLineEnded, TransferProposed
from projections.changes import Changes, Connection, Table
from projections.feed import Batch, Poison, advance, read_streams, readable
from projections.lines import NULL, amount, moment, text, uid
from projections.lives import Lives, OfferChange
from projections.projection import Projection, replace
from projections.things import things

Span = tuple[datetime, datetime | None]

OFFER = Table("offer", (("asset", "uuid"), ("listing", "uuid")), ("started", "ended"))
USE = Table(
    "use",
    (("paper", "uuid"), ("asset", "uuid")),
    ("kind", "quantity", "lender", "borrower", "started", "due", "ended"),
)
ASK = Table(
    "ask",
    (("request", "uuid"), ("line", "integer")),
    (
        "body", "holder", "form", "asset", "class_code", "asked", "got", "submitted", "approved", "handed", "ended", "state", "why",
    ),
)  # fmt: skip
SAVED = Table(
    "saved",
    (("paper", "uuid"), ("n", "integer")),
    ("body", "class_code", "quantity", "amount", "currency", "at"),
)

_OFFERS: LiteralString = "SELECT asset, listing, started, ended FROM offer WHERE asset = ANY(%s)"


class Figures(Projection):
    """The projection `figures`."""

    name = "figures"
    version = 2
    kinds = (Asset.KIND, Loan.KIND, Transfer.KIND, Request.KIND, PoolCheck.KIND)
    tables = (OFFER, USE, ASK, SAVED)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        if Asset.KIND in batch.kinds():
            _offers(connection, batch, lives, changes)
        uses = [
            line for id, facts in batch.streams(connection, Loan.KIND).items() for line in _loan(id, facts)
        ]
        uses += [
            line
            for one in things(connection, batch, Transfer).values()
            for line in _transfer(one.root, one.facts)
        ]
        replace(connection, changes, USE, [*batch.begun(Loan.KIND), *batch.begun(Transfer.KIND)], uses)
        asks = [
            line
            for id, facts in batch.streams(connection, Request.KIND).items()
            for line in _request(id, facts)
        ]
        replace(connection, changes, ASK, batch.begun(Request.KIND), asks)
        saved = [
            line
            for one in things(connection, batch, PoolCheck).values()
            for line in _saved(one.root, one.facts)
        ]
        replace(connection, changes, SAVED, batch.begun(PoolCheck.KIND), saved)
        return changes


def _offers(connection: Connection, batch: Batch, lives: Lives, changes: Changes) -> None:
    """A register comes in by the hundred thousand and offers little: looked at is only what was offered, or is no longer.

    Spans are as the facts came. Where none came late that is how they are folded anyway; else all facts are read once more.
    """
    touched = lives.of(connection, batch)
    changed = {id: life for id, life in touched.items() if life.offers or life.bent}
    if not changed:
        return
    begun = [id for id in batch.begun(Asset.KIND) if id in changed]
    there: dict[UUID, dict[UUID, Span]] = defaultdict(dict)
    if begun:
        for asset, listing, started, ended in connection.execute(_OFFERS, (begun,)):
            there[asset][listing] = (started, ended)
    bent = {
        id for id, life in changed.items() if life.bent or life.offers[0].before not in {None, *there[id]}
    }
    older = read_streams(connection, [id for id in begun if id in bent], batch.first)
    for id, life in changed.items():
        if id in bent:
            spans = _replayed(id, readable([*older.get(id, ()), *batch.of(Asset.KIND)[id]]))
        else:
            spans = there[id].copy()
            for change in life.offers:
                _takes_over(spans, change)
        for listing in there[id].keys() | spans.keys():
            key = (uid(id), uid(listing))
            changes.put(OFFER, key, _offer(key, there[id].get(listing)), _offer(key, spans.get(listing)))


def _replayed(id: UUID, facts: Iterable[Recorded]) -> dict[UUID, Span]:
    asset, spans = Asset(id), dict[UUID, Span]()
    for one in facts:
        before = asset.listing
        _apply(asset, one)
        change = OfferChange.between(one.occurred_at, before, asset.listing)
        if change is not None:
            _takes_over(spans, change)
    return spans


def _takes_over(spans: dict[UUID, Span], change: OfferChange) -> None:
    """One offer ends, the other begins."""
    if change.before is not None:
        spans[change.before] = (spans[change.before][0], change.at)
    if change.now is not None and change.now not in spans:
        spans[change.now] = (change.at, None)


def _offer(key: tuple[str, str], span: Span | None) -> str | None:
    return f"{key[0]}\t{key[1]}\t{moment(span[0])}\t{moment(span[1])}" if span else None


def _loan(id: UUID, facts: Sequence[Recorded]) -> list[str]:
    """One row for each asset of a loan."""
    opened = facts[0].fact
    if not isinstance(opened, LoanOpened):
        return []
    loan, ended = Loan(id), dict[UUID, datetime]()
    for one in facts:
        before = [*loan.out]
        _apply(loan, one)
        if before != [*loan.out]:
            ended |= dict.fromkeys([asset for asset in before if asset not in loan.out], one.occurred_at)
    start = facts[0].occurred_at
    return [
        f"{uid(id)}\t{uid(line.asset)}\tloan\t{line.quantity}\t{uid(opened.lender)}\t{uid(opened.borrower)}\t{moment(start)}"
        f"\t{moment(loan.dues.get(line.asset, loan.due))}\t{NULL if line.asset in loan.out else moment(ended.get(line.asset))}"
        for line in opened.lines
    ]


def _transfer(transfer: Transfer, facts: Sequence[Recorded]) -> list[str]:
    """One row for each piece that was accepted."""
    proposed = facts[0].fact
    if not isinstance(proposed, TransferProposed) or transfer.undone:
        return []
    return [
        f"{uid(transfer.id)}\t{uid(one.fact.piece)}\ttransfer\t{one.fact.quantity}\t{uid(proposed.giver)}\t{uid(proposed.receiver)}"
        f"\t{moment(one.occurred_at)}\t{NULL}\t{NULL}"
        for one in facts
        if isinstance(one.fact, TransferLineEnded) and one.fact.ending is Ending.ACCEPTED
    ]


def _request(id: UUID, facts: Sequence[Recorded]) -> list[str]:
    """One row for each line of a request: asked, got, when, and how it ended."""
    submitted = facts[0].fact
    if not isinstance(submitted, RequestSubmitted):
        return []
    request, approved, ended = Request(id), None, None
    got, handed = dict[int, int](), dict[int, datetime]()
    first = {one.line: one.asset for one in reversed(submitted.units) if submitted.lines[one.line].kit}
    for one in facts:
        _apply(request, one)
        if isinstance(one.fact, RequestApproved):
            approved = one.occurred_at
        if isinstance(one.fact, RequestHandedOver):
            for unit in one.fact.units:
                got[unit.line] = got.get(unit.line, 0) + unit.quantity
                first.setdefault(unit.line, unit.asset)
                handed.setdefault(unit.line, one.occurred_at)
        if ended is None and request.ended:
            ended = one.occurred_at
    return [
        f"{uid(id)}\t{n}\t{uid(request.body)}\t{uid(request.holder)}\t{request.form.value}\t{uid(line.asset or first.get(n))}"
        f"\t{text(line.class_code.code) if line.class_code else NULL}\t{line.quantity}\t{got.get(n, 0)}"
        f"\t{moment(facts[0].occurred_at)}\t{moment(approved)}\t{moment(handed.get(n))}\t{moment(ended)}"
        f"\t{request.state.value}\t{text(request.why)}"
        for n, line in enumerate(submitted.lines)
    ]


def _saved(check: PoolCheck, facts: Sequence[Recorded]) -> list[str]:
    """One row for each hand-over that made a purchase needless."""
    return [
        f"{uid(check.id)}\t{one.version}\t{uid(check.body)}\t{text(check.lines[one.fact.line].need.class_code.code)}\t{one.fact.quantity}"
        f"\t{amount(one.fact.amount.amount)}\t{one.fact.amount.currency}\t{moment(one.occurred_at)}"
        for one in facts
        if isinstance(one.fact, PurchaseAvoided)
    ]


def _apply(root: Root, one: Recorded) -> None:
    try:
        advance(root, one)
    except Exception as error:
        raise Poison(one.position, f"{type(error).__name__}: {error}") from error
