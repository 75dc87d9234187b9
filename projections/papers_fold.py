"""How the papers follow the log: each as its own fold says, its lines with what is still without outcome, slips one by one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.aggregate import Recorded, Root
from domain.numbering import paper_number
from domain.papers.acquisition import Acquisition
from domain.papers.certificate import CertificateIssued, CertificateSeries, certificate_number, check_code
from domain.papers.damage_case import DamageCase
from domain.papers.demand import Demand
from domain.papers.disposal_case import DisposalCase
from domain.papers.emergency import Emergency
from domain.papers.intake import Intake
from domain.papers.kit import Kit
from domain.papers.loan import Loan, LoanLine
from domain.papers.outside_decision import OutsideDecision
from domain.papers.pool_check import PoolCheck
from domain.papers.print_job import PrintJob
from domain.papers.repair_order import RepairOrder
from domain.papers.request import Request
from domain.papers.slip import SlipIssued, SlipMarks, SlipSeries, SlipVoided, marks_of, slip_number
from domain.papers.transfer import Transfer
from projections.changes import Changes, Connection, Table
from projections.feed import Batch, Poison, advance
from projections.lines import NULL, moment, text, uid, uids, yes
from projections.lives import Lives
from projections.projection import Projection, replace
from projections.things import roots, things

PAPERS: tuple[type[Root], ...] = (
    Acquisition, DamageCase, Demand, DisposalCase, Emergency, Intake, Kit, Loan, OutsideDecision, PoolCheck, PrintJob, RepairOrder,
    Request, Transfer,
)  # fmt: skip
"""The kinds of papers that are listed."""

PAPER = Table(
    "paper",
    (("id", "uuid"),),
    (
        "kind", "version", "number", "state", "giving", "receiving", "warehouse", "opened", "changed", "due", "closed", "lines",
        "parties", "waiting", "detail",
    ),
)  # fmt: skip
LINE = Table("line", (("paper", "uuid"), ("n", "integer")), ("asset", "name", "quantity", "undone"))
SLIP = Table(
    "slip",
    (("series", "uuid"), ("n", "integer")),
    (
        "number", "kind", "warehouse", "year", "paper", "issued", "office", "giver", "receiver", "lines", "position", "marks",
    ),
)  # fmt: skip
CERTIFICATE = Table(
    "certificate",
    (("series", "uuid"), ("n", "integer")),
    ("number", "check_code", "paper", "office", "issued", "valid_until", "lines"),
)
DEMAND = Table(
    "demand",
    (("id", "uuid"),),
    (
        "body", "kind", "form", "state", "class_scheme", "class_edition", "class_code", "asset", "quantity", "start", "until",
        "wanted_until", "later", "since", "moved", "alerted",
    ),
)  # fmt: skip
MARK = Table("mark", (("marks", "uuid"), ("n", "integer")), ("voided", "reason", "copies"))

GIVING = ("lender", "giver", "from_body", "holder", "body")
RECEIVING = ("borrower", "receiver", "to_body", "pool", "workshop", "authority", "office")
SIDES = {Request.KIND: (("holder",), ("body",))}
"""Where a paper's own words would put a body on the other side."""
STATES = (
    "dissolved", "missing", "withdrawn", "taken_back", "ran_out", "undone", "rejected", "refused", "cancelled", "closed",
    "completed", "in_transit", "sent", "remitted", "booked_out", "handed_over", "decided", "approved", "allowed",
)  # fmt: skip
"""The first of these flags that a paper's fold raises is its state."""
LEFT = ("out", "left", "open")
"""What of the lines has no outcome yet, under the name the paper has for it."""
ENDED = frozenset(
    {
        "dissolved", "settled", "withdrawn", "taken_back", "ran_out", "undone", "rejected", "cancelled", "closed", "completed", "revoked",
        "given_up", "print_done", "print_cancelled", "turn_passed", "turn_taken_up", "not_wanted_any_more",
    }
)  # fmt: skip
_OWN = frozenset({"id", "version", "pending", "stamp"})
_SETS = (set, frozenset)
_sorted = msgspec.json.Encoder(order="deterministic").encode


class Papers(Projection):
    """The projection `papers`."""

    name = "papers"
    version = 7
    kinds = (*(kind.KIND for kind in PAPERS), SlipSeries.KIND, SlipMarks.KIND, CertificateSeries.KIND)
    tables = (PAPER, LINE, SLIP, MARK, CERTIFICATE, DEMAND)

    def fold(self, connection: Connection, batch: Batch, lives: Lives) -> Changes:
        changes = Changes()
        papers: list[str] = []
        lines: list[str] = []
        begun: list[UUID] = []
        for kind in PAPERS:
            begun += batch.begun(kind.KIND)
            if kind.KIND in batch.kinds():
                for one in things(connection, batch, kind).values():
                    _paper(one.root, one.facts, papers, lines)
        replace(connection, changes, PAPER, begun, papers)
        replace(connection, changes, LINE, begun, lines)
        for entries in batch.facts(SlipSeries.KIND):
            for slip in entries:
                _slip(changes, slip)
        for entries in batch.facts(CertificateSeries.KIND):
            for issued in entries:
                _certificate(changes, issued)
        demands = [_demand(one) for one in roots(connection, batch, Demand).values()]
        replace(connection, changes, DEMAND, batch.begun(Demand.KIND), demands)
        marks = batch.streams(connection, SlipMarks.KIND)
        made = [line for id, facts in marks.items() for line in _marks(id, facts)]
        replace(connection, changes, MARK, batch.begun(SlipMarks.KIND), made)
        return changes


def _paper(root: Root, facts: Sequence[Recorded], papers: list[str], lines: list[str]) -> None:
    kind, id = type(root), root.id
    try:
        made = list(_lines(root, facts[0]))
        known = vars(root)
        state = _state(known)
        detail = _detail(known)
        named = {value for name, value in known.items() if isinstance(value, UUID) and name != "id"}
        parties = sorted({facts[0].meta.body, *named, *getattr(root, "parties", ())})
        giving, receiving = SIDES.get(kind.KIND, (GIVING, RECEIVING))
        closed = state in ENDED or bool(getattr(root, "ended", False))
        called = root.name if isinstance(root, Kit) else known.get("number")
        number = called or paper_number(kind.KIND, id)
        due = None if _all_is_back(root) else known.get("due") or known.get("expires")
        papers.append(
            f"{uid(id)}\t{kind.KIND}\t{root.version}\t{text(str(number))}\t{state}\t{uid(_first(known, giving))}"
            f"\t{uid(_first(known, receiving))}\t{uid(_first(known, ('warehouse',)))}\t{moment(facts[0].occurred_at)}"
            f"\t{moment(facts[-1].occurred_at)}\t{moment(due if isinstance(due, datetime) else None)}\t{yes(closed)}"
            f"\t{len(made)}\t{uids(parties)}\t{uid(_first(known, ('waiting',)))}\t{text(detail)}"
        )
        lines += made
    except Exception as error:
        raise Poison(facts[-1].position, f"{type(error).__name__}: {error}") from error


def _all_is_back(root: Root) -> bool:
    """A loan that only waits for a damage to be settled has no day any more: nothing of it is overdue."""
    return isinstance(root, Loan) and not root.out and not root.closed


def _detail(known: Mapping[str, Any]) -> str:
    """All its fold knows as JSON, the same text in every rebuild."""
    plain = {name: _in_order(value) for name, value in known.items() if name not in _OWN}
    return _sorted(msgspec.to_builtins(plain, str_keys=True)).decode()


def _in_order(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, _SETS) else value


def _lines(root: Root, opening: Recorded) -> list[str]:
    """The lines of the opening fact; what has no outcome yet is known by asset (a loan, a transfer) or by line (an intake)."""
    known, fact = vars(root), opening.fact
    left: Mapping[Any, int] | None = next(
        (known[name] for name in LEFT if isinstance(known.get(name), dict)), None
    )
    lines: Sequence[Any] = getattr(fact, "lines", getattr(fact, "items", ()))
    if isinstance(root, Kit):  # its members now
        lines = tuple(LoanLine(member, 1) for member in root.members)
    if not lines or isinstance(root, Request):  # a request may have been cut since
        lines = known.get("lines") or ()
    if not lines and isinstance(getattr(fact, "asset", None), UUID):
        lines = (fact,)
    made = []
    for n, line in enumerate(lines):
        asset: UUID | None = getattr(line, "asset", None)
        goods = getattr(line, "goods", None)
        name = goods.name if goods else getattr(line, "name", "")
        undone = NULL if left is None else str(left.get(asset if asset in left else n, 0))
        made.append(
            f"{uid(root.id)}\t{n}\t{uid(asset)}\t{text(name)}\t{getattr(line, 'quantity', 1)}\t{undone}"
        )
    return made


def _state(known: Mapping[str, Any]) -> str:
    state = known.get("state")
    if state is not None:
        return str(state.value)
    return next(
        (flag for flag in STATES if known.get(flag)), "verified" if known.get("verified_by") else "open"
    )


def _first(known: Mapping[str, Any], names: Sequence[str]) -> UUID | None:
    return next((known[name] for name in names if isinstance(known.get(name), UUID)), None)


def _slip(changes: Changes, one: Recorded) -> None:
    fact = one.fact
    if not isinstance(fact, SlipIssued):
        raise Poison(one.position, f"{fact.TOPIC} is no slip")
    series, n = uid(one.stream), one.version
    changes.add(
        SLIP,
        f"{series}\t{n}\t{text(slip_number(fact.code, fact.kind, fact.year, n))}\t{fact.kind.value}\t{uid(fact.warehouse)}\t{fact.year}"
        f"\t{uid(fact.paper)}\t{moment(one.occurred_at)}\t{uid(one.meta.body)}\t{uid(fact.giver)}\t{uid(fact.receiver)}"
        f"\t{len(fact.lines)}\t{one.position}\t{uid(marks_of(one.stream))}",
    )


def _certificate(changes: Changes, one: Recorded) -> None:
    fact = one.fact
    if not isinstance(fact, CertificateIssued):
        raise Poison(one.position, f"{fact.TOPIC} is no certificate")
    lines = _sorted(msgspec.to_builtins(fact.lines, str_keys=True)).decode()
    changes.add(
        CERTIFICATE,
        f"{uid(one.stream)}\t{one.version}\t{text(certificate_number(fact, one.version))}\t{check_code(fact, one.version)}"
        f"\t{uid(fact.paper)}\t{uid(fact.office)}\t{moment(one.occurred_at)}\t{moment(fact.valid_until)}\t{text(lines)}",
    )


def _demand(one: Demand) -> str:
    code, window = one.class_code, one.window
    a_class = (
        f"{text(code.scheme)}\t{text(code.edition)}\t{text(code.code)}" if code else f"{NULL}\t{NULL}\t{NULL}"
    )
    return (
        f"{uid(one.id)}\t{uid(one.body)}\t{one.kind.value}\t{one.form.value}\t{one.state.value}\t{a_class}\t{uid(one.asset)}"
        f"\t{one.quantity}\t{moment(window.start if window else None)}\t{moment(window.end if window else None)}\t{moment(one.until)}"
        f"\t{yes(one.rank.later)}\t{moment(one.since)}\t{text(one.moved)}\t{moment(one.alerted)}"
    )


def _marks(id: UUID, facts: Sequence[Recorded]) -> list[str]:
    root, reasons = SlipMarks(id), {}
    for one in facts:
        advance(root, one)
        if isinstance(one.fact, SlipVoided):
            reasons[one.fact.number] = one.meta.reason
    return [
        f"{uid(id)}\t{n}\t{yes(n in root.voided)}\t{text(reasons.get(n, ''))}\t{root.copies.get(n, 0)}"
        for n in sorted(root.voided | root.copies.keys())
    ]
