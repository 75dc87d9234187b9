"""Decisions: documents of authorities that will not sign in, and the approval step that a document or an
approver inside can give.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from domain import policies as rule
from domain.body import Body
from domain.command import Command
from domain.papers.outside_decision import (
    DecisionRecorded,
    DecisionTakenBack,
    DecisionVerified,
    Matter,
    OutsideDecision,
)
from domain.refusals import InTheFuture, InvalidValue
from domain.usecases import Outcome, use_case
from domain.usecases.pooling import ReasonMissing
from domain.values import Role, named

SHA256 = re.compile(r"[0-9a-f]{64}")
EASTERNMOST = timedelta(hours=14)
"""Where a day begins first: a document may carry the date it has there."""
DECISION = "decision"
"""The kind of claim that keeps one document from being entered twice for the same list."""
ENTERING = (Role.OFFICER, Role.ASSET_MANAGER, Role.APPROVER)


@use_case("record_decision", by=ENTERING, emits=(DecisionRecorded,), gives=("decision",))
def record_decision(
    c: Command,
    *,
    matter: Matter,
    body: UUID,
    authority: UUID,
    number: str,
    dated: date,
    list_hash: str,
    scan: str,
    expires: datetime | None = None,
) -> Outcome:
    """Enters a document that decides on a list. It counts after somebody else has verified it."""
    c.must(ENTERING, *c.load(Body, body, "body").scopes)
    c.load(Body, authority, "authority")
    number = named(number, "number")
    for path, value in (("listHash", list_hash), ("scan", scan)):
        if not SHA256.fullmatch(value):
            raise InvalidValue(path, value=value[:64], because="no_hash")
    if dated > (c.now.astimezone(UTC) + EASTERNMOST).date():
        raise InTheFuture("dated", occurred_at=dated.isoformat())
    if expires is not None and expires.date() < dated:
        raise InvalidValue("expires", value=expires.isoformat(), because="expires_before_dated")
    decision = c.begin(OutsideDecision)
    decision.record(
        DecisionRecorded(
            matter=matter,
            body=body,
            authority=authority,
            number=number,
            dated=dated,
            list_hash=list_hash,
            scan=scan,
            expires=expires,
        )
    )
    c.claim(DECISION, _key(decision), decision.id)
    return {"decision": decision.id}


@use_case("verify_decision", by=ENTERING, emits=(DecisionVerified,), gives=("decision",))
def verify_decision(c: Command, *, decision: UUID) -> Outcome:
    """Confirms that what was entered is what the document says. Never by the person who entered it."""
    paper = c.load(OutsideDecision, decision, "decision")
    c.must(ENTERING, *c.load(Body, paper.body).scopes)
    rule.not_the_same_person(c.person, (paper.entered_by,), "verifier", "enterer")
    paper.verify()
    return {"decision": paper.id}


@use_case("take_back_decision", by=ENTERING, emits=(DecisionTakenBack,), gives=("decision",))
def take_back_decision(c: Command, *, decision: UUID) -> Outcome:
    """Marks a decision as entered wrongly or taken back by its authority. Needs a reason; the document may be entered anew."""
    paper = c.load(OutsideDecision, decision, "decision")
    c.must(ENTERING, *c.load(Body, paper.body).scopes)
    if not c.meta.reason:
        raise ReasonMissing("reason")
    paper.take_back()
    c.release(DECISION, _key(paper), paper.id)
    return {"decision": paper.id}


def must_be_approved(
    c: Command,
    *,
    matter: Matter,
    listed: str,
    applicants: Iterable[UUID | None],
    scopes: Iterable[UUID | None],
    decision: UUID | None = None,
    path: str = "decision",
) -> None:
    """One approval step on exactly this list (`listed`: its `list_hash`): by a verified document, or by an
    approver here.

    An approver here is not the applicant. A document is a guard of this command. Ask `must_carry` again when
    the list is carried out: a decision may have expired or been taken back since.
    """
    if decision is None:
        c.must((Role.APPROVER,), *scopes)
        rule.not_the_same_person(c.person, tuple(applicants), "approver", "applicant")
        return
    c.must(ENTERING, *scopes)
    c.load(OutsideDecision, decision, path).must_carry(matter, listed, c.now, path)


def _key(paper: OutsideDecision) -> str:
    """What makes a document the same: who decided, its number, on what, on which list."""
    return f"{paper.authority}/{paper.number}/{paper.matter.value}/{paper.list_hash}"
