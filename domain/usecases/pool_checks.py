"""Pool checks: asked before a purchase, answered from the pool, reviewed by somebody else, counted when goods are bought or reused."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from domain.availability import Match, Wanted
from domain.body import Body, must_have_standing, same_accountable
from domain.command import Command
from domain.papers.acquisition import Acquisition, AcquisitionLine, UncheckedLine
from domain.papers.certificate import CertificateIssued, CertifiedLine, certificates_of
from domain.papers.pool_check import (
    CheckState,
    LineAsked,
    LineDecided,
    MatchRefused,
    Need,
    PoolCheck,
    PoolCheckApplied,
    PoolCheckCertified,
    PoolCheckWithdrawn,
    Unchecked,
    Unfit,
    Verdict,
)
from domain.papers.request import Request, RequestLine
from domain.place import HOME
from domain.policy_book import terms
from domain.refusals import InvalidValue, TooMany, Unknown
from domain.rings import ring_of
from domain.terms import PurchaseCheck, Ring, reaches
from domain.usecases import Outcome, use_case
from domain.usecases.lots import FOR_EVER
from domain.usecases.pool_check_rules import (
    ASKING,
    REVIEWING,
    ask_of,
    class_wanted,
    must_be_decided_each,
    reviewing_office,
)
from domain.usecases.pooling import ReasonMissing
from domain.values import Role, Window, free_text, named

MOST_LINES = 200
MOST_MATCHES = 40
MOST_QUANTITY = 1_000_000
LONGEST_SOON = 365


@use_case("apply_pool_check", by=ASKING, emits=(PoolCheckApplied, LineAsked), gives=("pool_check",))
def apply_pool_check(
    c: Command, *, body: UUID, purpose: str, lines: tuple[Need, ...], soon_days: int = 30
) -> Outcome:
    """Asks what the pool has of each line before it is bought; what matches now is kept with the question. A plan is many lines."""
    asker = c.load(Body, body, "body")
    c.must(ASKING, *asker.scopes)
    must_have_standing(asker, c, "body")
    if not lines or len(lines) > MOST_LINES:
        raise TooMany("lines", most=MOST_LINES)
    if not 0 <= soon_days <= LONGEST_SOON:
        raise InvalidValue("soonDays", value=soon_days, least=0, most=LONGEST_SOON)
    needs = [_need(c, one, f"lines.{n}") for n, one in enumerate(lines)]
    paper = c.begin(PoolCheck)
    paper.record(
        PoolCheckApplied(
            body=asker.id,
            office=reviewing_office(c, asker).id,
            purpose=named(purpose, "purpose"),
            count=len(needs),
            soon_days=soon_days,
        )
    )
    answers = c.matches([_wanted(one) for one in needs], timedelta(days=soon_days))
    for n, (need, found) in enumerate(zip(needs, answers, strict=True)):
        kept, rest = found[:MOST_MATCHES], found[MOST_MATCHES:]
        paper.record(
            LineAsked(line=n, need=need, matches=tuple(kept), more=sum(one.free + one.soon for one in rest))
        )
    return {"pool_check": paper.id}


@use_case("refuse_match", by=ASKING, emits=(MatchRefused,), gives=("pool_check",))
def refuse_match(
    c: Command, *, pool_check: UUID, line: int, match: int, why: Unfit, note: str = ""
) -> Outcome:
    """Says why a match does not do. Another reason may be given later, until the check is reviewed."""
    paper = c.load(PoolCheck, pool_check, "poolCheck")
    ask_of("refuse_match", c, paper)
    matches: Sequence[Match] = paper.line(line).matches
    if not 0 <= match < len(matches):
        raise InvalidValue("match", value=match, because="match", most=len(matches) - 1)
    said = free_text(note, "note")
    if why is Unfit.OTHER and not said:
        raise ReasonMissing("note")
    paper.record(MatchRefused(line=line, match=match, why=why, note=said))
    return {"pool_check": paper.id}


@use_case(
    "review_pool_check",
    by=REVIEWING,
    emits=(LineDecided, PoolCheckCertified, CertificateIssued),
    gives=("pool_check", "certificate_series"),
)
def review_pool_check(c: Command, *, pool_check: UUID, verdicts: tuple[Verdict, ...]) -> Outcome:
    """Decides every line: so many allotted, so many may be bought. Never by who asked; it issues the numbered certificate."""
    paper = c.load(PoolCheck, pool_check, "poolCheck")
    ask_of("review_pool_check", c, paper)
    body = c.load(Body, paper.body)
    office = reviewing_office(c, body)
    must_be_decided_each(paper, verdicts)
    for n, one in enumerate(verdicts):
        tidy = Verdict(
            line=one.line,
            allot=one.allot,
            may_buy=one.may_buy,
            note=free_text(one.note, f"verdicts.{n}.note"),
        )
        paper.decide(tidy, f"verdicts.{n}")
    found = terms(c, PurchaseCheck, body=body)
    year = c.now.astimezone(HOME).year
    series, valid_until = (
        certificates_of(office.id, year),
        c.now + timedelta(days=found.terms.valid_days),
    )
    paper.record(
        PoolCheckCertified(
            office=office.id, series=series, valid_until=valid_until, rule=found.rule, policy=found.policy
        )
    )
    c.next_in(
        series,
        CertificateIssued(
            paper=paper.id,
            office=office.id,
            code=office.code or office.id.hex[-8:].upper(),
            year=year,
            valid_until=valid_until,
            lines=tuple(
                CertifiedLine(
                    class_code=one.need.class_code,
                    quantity=one.quantity,
                    allot=one.allot,
                    may_buy=one.may_buy,
                )
                for one in paper.lines
            ),
        ),
    )
    return {"pool_check": paper.id, "certificate_series": series}


@use_case(
    "withdraw_pool_check", by=(*ASKING, Role.APPROVER), emits=(PoolCheckWithdrawn,), gives=("pool_check",)
)
def withdraw_pool_check(c: Command, *, pool_check: UUID) -> Outcome:
    """Takes a pool check or its certificate back: the asker, or the office that reviews it. Needs a reason."""
    paper = c.load(PoolCheck, pool_check, "poolCheck")
    ask_of("withdraw_pool_check", c, paper)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    paper.record(PoolCheckWithdrawn())
    return {"pool_check": paper.id}


def must_be_lines_of_pool_checks(c: Command, asker: Body, lines: Sequence[RequestLine]) -> None:
    """A request that stands for a purchase names a line of its own body's pool check, by whose class it could have been bought."""
    for n, line in enumerate(lines):
        if line.pool_check is None:
            if line.pool_check_line is not None:
                raise InvalidValue(
                    f"lines.{n}.poolCheckLine", value=line.pool_check_line, because="line_without_check"
                )
            continue
        paper = c.load(PoolCheck, line.pool_check, f"lines.{n}.poolCheck")
        if not same_accountable(c, paper.body, asker.id):
            raise Unknown(f"lines.{n}.poolCheck", id=str(paper.id))
        if line.pool_check_line is None:
            raise InvalidValue(f"lines.{n}.poolCheckLine", value="")
        wanted = paper.line(line.pool_check_line, f"lines.{n}.poolCheckLine")
        if line.class_code is not None and not line.class_code.code.startswith(wanted.need.class_code.code):
            raise InvalidValue(
                f"lines.{n}.classCode", value=line.class_code.code, because="class_of_the_need",
                wanted=wanted.need.class_code.code,
            )  # fmt: skip


def note_purchase_avoided(c: Command, request: Request, units: Iterable[tuple[UUID, int]]) -> int:
    """Call it when goods of a request are handed over and accepted.

    Counts on the pool check that the request's lines name: each thing that was needed once, and nothing that only moved inside one
    department. Gives how many were counted.
    """
    counted = 0
    for asset, quantity in units:
        n = request.line_of(asset)
        if n is None:
            continue
        line = request.lines[n]
        if line.pool_check is None or line.pool_check_line is None:
            continue
        if ring_of(c, c.load(Body, request.holder), c.load(Body, request.body)) is Ring.OWN_DEPARTMENT:
            continue
        paper = c.load(PoolCheck, line.pool_check)
        if paper.state is CheckState.CERTIFIED:
            counted += paper.avoid(line.pool_check_line, quantity, request.id)
    return counted


def check_purchase(
    c: Command, body: Body, lines: Sequence[AcquisitionLine], certificate: UUID | None, acquisition: UUID
) -> tuple[UncheckedLine, ...]:
    """Counts a purchase on its certificate. Gives the lines that no live certificate covers. It refuses nothing."""
    paper = c.load(PoolCheck, certificate, "certificate") if certificate else None
    found = []
    for n, line in enumerate(lines):
        why, over = _covered(c, body, line, paper, acquisition)
        if why is not None and (why is Unchecked.MORE_THAN_ALLOWED or _wants_a_check(c, body, line)):
            found.append(UncheckedLine(line=n, why=why, quantity=over))
    return tuple(found)


def give_purchase_back(c: Command, acquisition: Acquisition) -> None:
    """What the inspectors did not accept was not bought: it counts no more on the certificate."""
    if acquisition.certificate is None:
        return
    paper = c.load(PoolCheck, acquisition.certificate)
    for n, line in enumerate(acquisition.lines):
        left = line.quantity - acquisition.accepted.get(n, 0)
        if line.class_code is not None and left > 0:
            paper.give_back(line.class_code, left, acquisition.id)


def _covered(
    c: Command, body: Body, line: AcquisitionLine, paper: PoolCheck | None, acquisition: UUID
) -> tuple[Unchecked | None, int]:
    if paper is None:
        return Unchecked.NO_CERTIFICATE, line.quantity
    if not same_accountable(c, paper.body, body.id):
        return Unchecked.ANOTHER_BODY, line.quantity
    if not paper.live(c.now):
        return Unchecked.NOT_LIVE, line.quantity
    if line.class_code is None or not paper.covers(line.class_code):
        return Unchecked.CLASS_NOT_COVERED, line.quantity
    over = paper.buy(line.class_code, line.quantity, acquisition)
    return (Unchecked.MORE_THAN_ALLOWED, over) if over else (None, 0)


def _wants_a_check(c: Command, body: Body, line: AcquisitionLine) -> bool:
    """Whether its unit value reaches the limit that holds for the body and the class."""
    limit = terms(c, PurchaseCheck, body=body, class_code=line.class_code).terms.from_value
    return reaches(line.value.part(1, line.quantity), limit)


def _wanted(need: Need) -> Wanted:
    code = need.class_code
    return Wanted(
        class_code=code.code,
        quantity=need.quantity,
        window=Window(need.start, need.end or FOR_EVER),
        scheme=code.scheme,
        edition=code.edition,
    )


def _need(c: Command, said: Need, path: str) -> Need:
    if not 1 <= said.quantity <= MOST_QUANTITY:
        raise InvalidValue(f"{path}.quantity", value=said.quantity, least=1, most=MOST_QUANTITY)
    if said.unit_price.amount < 0:
        raise InvalidValue(f"{path}.unitPrice", value=said.unit_price.amount, least=0)
    if said.start.tzinfo is None or (
        said.end is not None and (said.end.tzinfo is None or said.end <= said.start)
    ):
        raise InvalidValue(f"{path}.start", value=said.start.isoformat(), because="need_from_to")
    if (said.end or FOR_EVER) <= c.now:
        raise InvalidValue(
            f"{path}.end", value=said.end.isoformat() if said.end else "", after=c.now.isoformat()
        )
    return Need(
        class_code=class_wanted(said.class_code, f"{path}.classCode"),
        function=named(said.function, f"{path}.function"),
        quantity=said.quantity,
        start=said.start,
        unit_price=said.unit_price,
        end=said.end,
    )  # fmt: skip
