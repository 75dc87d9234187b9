"""How the figures follow the log: spans of offers and uses, lines of requests, purchases avoided (see `figures`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from domain.aggregate import Recorded, Root
from domain.asset import Asset
from domain.life.pooling import Listed
from domain.papers.loan import Loan, LoanOpened
from domain.papers.pool_check import PoolCheck, PurchaseAvoided
from domain.papers.request import Request, RequestApproved, RequestHandedOver, RequestSubmitted
from domain.papers.transfer import Ending, Transfer, TransferLineEnded, TransferProposed
from projections.changes import Changes, Connection, Table
from projections.feed import Batch, Poison, advance, read_streams, readable
from projections.lines import NULL, amount, moment, text, uid
from projections.lives import Lives
from projections.projection import Projection, replace

R = TypeVar("R", bound=Root)

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
    "saved", (("paper", "uuid"), ("n", "integer")), ("body", "class_code", "quantity", "amount", "currency", "at")
)


class Figures(Projection):
    """The projection `figures`."""

    name = "figures"
    version = 2
    kinds = (Asset.KIND, Loan.KIND, Transfer.KIND, Request.KIND, PoolCheck.KIND)
    tables = (OFFER, USE, ASK, SAVED)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        self._offers(connection, batch, lives, changes)
        uses = [line for id, facts in batch.streams(connection, Loan.KIND).items() for line in _loan(id, facts)]
        uses += [
            line for id, facts in batch.streams(connection, Transfer.KIND).items() for line in _transfer(id, facts)
        ]
        replace(connection, changes, USE, [*batch.begun(Loan.KIND), *batch.begun(Transfer.KIND)], uses)
        asks = [line for id, facts in batch.streams(connection, Request.KIND).items() for line in _request(id, facts)]
        replace(connection, changes, ASK, batch.begun(Request.KIND), asks)
        saved = [line for id, facts in batch.streams(connection, PoolCheck.KIND).items() for line in _saved(id, facts)]
        replace(connection, changes, SAVED, batch.begun(PoolCheck.KIND), saved)
        return changes

    @staticmethod
    def _offers(connection: Connection, batch: Batch, lives: Lives, changes: Changes) -> None:
        """Only of assets whose offer changed are all facts read: a register comes in by the hundred thousand and offers little."""
        touched = lives.of(connection, batch)
        begun = batch.begun(Asset.KIND)
        known = {}
        if begun:
            rows = connection.execute("SELECT asset, listing FROM offer WHERE asset = ANY(%s) AND ended IS NULL", (begun,))
            known = dict(rows.fetchall())
        changed = {
            id
            for id, entries in batch.of(Asset.KIND).items()
            if any(isinstance(one, Recorded) and isinstance(one.fact, Listed) for one in entries)
            or known.get(id) != _listing(touched[id].asset)
        }
        if not changed:
            return
        older = read_streams(connection, [id for id in begun if id in changed], batch.first)
        streams = {id: [*older.get(id, ()), *batch.of(Asset.KIND)[id]] for id in changed}
        offers = [line for id, entries in streams.items() for line in _offered(id, list(readable(entries)))]
        replace(connection, changes, OFFER, [id for id in begun if id in changed], offers)


def _listing(asset: Asset) -> UUID | None:
    return asset.listing.id if asset.listing else None


def _offered(id: UUID, facts: Sequence[Recorded]) -> list[str]:
    """The spans of an asset's offers, as the facts came."""
    asset, spans = Asset(id), dict[UUID, tuple[datetime, datetime | None]]()
    for one in facts:
        before = asset.listing
        _apply(asset, one)
        after = asset.listing
        if before is not None and (after is None or after.id != before.id):
            spans[before.id] = (spans[before.id][0], one.occurred_at)
        if after is not None and after.id not in spans:
            spans[after.id] = (one.occurred_at, None)
    return [
        f"{uid(id)}\t{uid(listing)}\t{moment(started)}\t{moment(ended)}" for listing, (started, ended) in spans.items()
    ]


def _loan(id: UUID, facts: Sequence[Recorded]) -> list[str]:
    """One row for each asset of a loan."""
    opened = facts[0].fact
    if not isinstance(opened, LoanOpened):
        return []
    loan, ended = Loan(id), dict[UUID, datetime]()
    for one in facts:
        before = set(loan.out)
        _apply(loan, one)
        ended |= dict.fromkeys(before - set(loan.out), one.occurred_at)
    start = facts[0].occurred_at
    return [
        f"{uid(id)}\t{uid(line.asset)}\tloan\t{line.quantity}\t{uid(opened.lender)}\t{uid(opened.borrower)}\t{moment(start)}"
        f"\t{moment(loan.dues.get(line.asset, loan.due))}\t{NULL if line.asset in loan.out else moment(ended.get(line.asset))}"
        for line in opened.lines
    ]


def _transfer(id: UUID, facts: Sequence[Recorded]) -> list[str]:
    """One row for each piece that was accepted."""
    proposed = facts[0].fact
    if not isinstance(proposed, TransferProposed):
        return []
    undone = _folded(Transfer(id), facts).undone
    return [
        f"{uid(id)}\t{uid(one.fact.piece)}\ttransfer\t{one.fact.quantity}\t{uid(proposed.giver)}\t{uid(proposed.receiver)}"
        f"\t{moment(one.occurred_at)}\t{NULL}\t{NULL}"
        for one in facts
        if isinstance(one.fact, TransferLineEnded) and one.fact.ending is Ending.ACCEPTED and not undone
    ]


def _request(id: UUID, facts: Sequence[Recorded]) -> list[str]:
    """One row for each line of a request: asked, got, when, and how it ended."""
    submitted = facts[0].fact
    if not isinstance(submitted, RequestSubmitted):
        return []
    request, approved, ended = Request(id), None, None
    got, first, handed = dict[int, int](), dict[int, UUID](), dict[int, datetime]()
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


def _saved(id: UUID, facts: Sequence[Recorded]) -> list[str]:
    """One row for each hand-over that made a purchase needless."""
    check = _folded(PoolCheck(id), facts)
    return [
        f"{uid(id)}\t{one.version}\t{uid(check.body)}\t{text(check.lines[one.fact.line].need.class_code.code)}\t{one.fact.quantity}"
        f"\t{amount(one.fact.amount.amount)}\t{one.fact.amount.currency}\t{moment(one.occurred_at)}"
        for one in facts
        if isinstance(one.fact, PurchaseAvoided)
    ]


def _folded(root: R, facts: Sequence[Recorded]) -> R:
    for one in facts:
        _apply(root, one)
    return root


def _apply(root: Root, one: Recorded) -> None:
    try:
        advance(root, one)
    except Exception as error:
        raise Poison(one.position, f"{type(error).__name__}: {error}") from error
